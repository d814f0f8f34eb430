"""What every report says in the same way, and the answer of an experiment that has tables of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abm.posterior import Posterior
from experiments.study.experiment import Drawn, Results

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Report",
    "introduction",
    "last_years_of",
    "lines_of",
    "nothing_drawn",
    "partial",
    "reading",
    "replicates_of",
    "text_of",
    "years_of",
]

PARTIAL = ("", "PARTIAL: the sweep was stopped before its end, or all runs of an arm failed.")


@dataclass(frozen=True)
class Report:
    """An answer in tables of its own.

    Parameters
    ----------
    question : str
        What is asked.
    method : callable
        How it is answered, as lines.
    blocks : callable
        Tables of the report, each as lines; one without lines is left out.
    meaning, limits : callable, sequence of str
        How the result reads, asked only when all runs are done, and what it cannot say.
    figures, tables : callable
        As of any :class:`~experiments.study.experiment.Answer`.
    """

    question: str
    method: Callable[[Results], Sequence[str]]
    blocks: Callable[[Results], Iterable[Sequence[str]]]
    meaning: Callable[[Results], Sequence[str]]
    limits: Sequence[str]
    figures: Callable[[Results], Iterable[Drawn]]
    tables: Callable[[Results], Mapping[str, pd.DataFrame]]

    def report(self, results: Results) -> str:
        """Return question, method, tables, what they mean, and what they cannot say."""
        lines = introduction(results, self.question, self.method(results))
        lines += [*lines_of(self.blocks(results)), *reading(results, lambda: self.meaning(results), self.limits)]
        return text_of(lines)


def introduction(results: Results, question: str, method: Sequence[str]) -> list[str]:
    """Return the first lines of a report: question, method, and whether runs are missing."""
    return [
        question,
        "",
        f"{results.world.description or results.world.name}.",
        *method,
        *replicates_of(results),
        *partial(results),
    ]


def replicates_of(results: Results) -> list[str]:
    """Return how many runs of an arm there are, and what brackets hold."""
    replicates = int(results.effects["replicates"].max())
    if results.draws is None:
        said = f"{replicates} replicates that all arms share; in brackets 95 % intervals over replicates."
        return [said, *nothing_drawn(results)]
    n = int(results.effects["draws"].max())
    return [
        f"{n} draws of the posterior {results.draws.posterior.where}, {replicates} replicates that all arms share.",
        "In brackets is the middle 90 % of what is expected under the draws: luck taken out of what arms are and do",
        "against a baseline, and of all else, computed of the means over each draw's runs, with what is left of it.",
    ]


def nothing_drawn(results: Results) -> list[str]:
    """Return that values are a scenario's own, where a posterior comes with it and nothing of that is drawn."""
    if results.draws is not None or not Posterior.is_bundled(results.world.name):
        return []
    return [
        "Nothing is drawn: what is not set is the scenario's own value, to which nothing is fitted; --draws N asks",
        "over what its calibration leaves open.",
    ]


def partial(results: Results) -> Sequence[str]:
    """Return the lines on runs that are missing, if there are such."""
    return () if results.complete else PARTIAL


def lines_of(blocks: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of blocks, such as tables, with an empty line before each; one without lines is left out."""
    return [line for block in blocks if block for line in ("", *block)]


def reading(results: Results, meaning: Callable[[], Sequence[str]], limits: Sequence[str]) -> list[str]:
    """Return what a result means, once all runs are done, and what it cannot say."""
    lines = ["", "**What it means.** " + "\n".join(meaning())] if results.complete else []
    return [*lines, "", "**What it cannot say.** " + "\n".join(limits)]


def text_of(lines: Iterable[str]) -> str:
    """Return lines as the text of a file."""
    return "\n".join(lines) + "\n"


def years_of(results: Results) -> str:
    """Return the first and the last year of the runs."""
    return f"{int(results.runs['year'].min())}-{int(results.runs['year'].max())}"


def last_years_of(results: Results) -> str:
    """Return the years that are the last ones of an outcome."""
    from abm.analysis.effects import LAST_YEARS

    first, last = int(results.runs["year"].min()), int(results.runs["year"].max())
    return f"{max(last - LAST_YEARS + 1, first)}-{last}"
