"""What an experiment is: a design, how it is run, and what becomes of its runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from abm.scenario import Scenario
from abm.sweep.arms import Arm, Design
from abm.sweep.draws import Draws
from abm.sweep.posterior_draws import PosteriorDraws
from abm.sweep.runner import Simulate, simulate_years
from experiments.study.options import Parser

if TYPE_CHECKING:  # workers import this module and need neither tables nor figures
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ELSEWHERE", "Answer", "Drawn", "Experiment", "Results", "Runs", "Stated"]

KAZAKHSTAN = "Kazakhstan"
ELSEWHERE = "**Asked about another country.**"  # begins the paragraph that says so
Drawn: TypeAlias = "tuple[str, Figure]"  # the name of its files, and the figure


@dataclass(frozen=True)
class Results:
    """What an experiment has to make its report, its tables and its figures from."""

    world: Scenario
    design: Design
    arms: Sequence[Arm]  # of the design; the first is the baseline
    seed: int
    runs: pd.DataFrame  # a row for each successful run and year; over draws, for each draw, the mean over its seeds
    effects: pd.DataFrame
    complete: bool
    draws: PosteriorDraws | None = None
    every: pd.DataFrame | None = None  # over draws, a row for each successful run and year
    within: Sequence[str] = ()  # factors that make worlds

    @property
    def single(self) -> pd.DataFrame:
        """The rows of single runs, whatever they draw."""
        return self.runs if self.every is None else self.every

    @property
    def interval(self) -> str:
        """What the brackets of effects hold, in words."""
        return "95 % interval" if self.draws is None else "90 % interval over draws"


class Answer(Protocol):
    """What is made of the runs."""

    def report(self, results: Results) -> str:
        """Return what is published as ``table.md``."""

    def tables(self, results: Results) -> Mapping[str, pd.DataFrame]:
        """Return further tables to publish as CSV, by the name of the file."""

    def figures(self, results: Results) -> Iterable[Drawn]:
        """Draw the figures one after the other; only asked for when all runs are done."""


@dataclass(frozen=True)
class Runs:
    """How an experiment is run, as far as the command line says nothing else.

    Parameters
    ----------
    graduates : int or None
        Simulated graduates at home at the start; None: as many as the scenario says.
    replicates : int
        Runs of every arm.
    draws_of_posterior : int, optional
        How many there are, of Kazakhstan since 2010 where no other scenario is named; unless the command line asks for
        replicates alone, or of a scenario that has no posterior.
    within : sequence of str
        Factors that make worlds, in each of which arms are compared with that world's own baseline.
    draws : callable
        What is uncertain and drawn anew for each replicate.
    measures : sequence of str, optional
        Those of a run that are published and known by its digest, where all would make a large table.
    simulate : callable
        Does one run, where the accounts alone do not answer the question: it adds yearly measures of its own.
    """

    graduates: int | None = 20_000
    replicates: int = 12
    draws_of_posterior: int | None = None
    within: Sequence[str] = ()
    draws: Callable[[Scenario], Draws | None] = lambda world: None
    measures: Sequence[str] | None = None
    simulate: Simulate = simulate_years


@dataclass(frozen=True)
class Stated:
    """What a file states of an experiment.

    Parameters
    ----------
    by : callable, optional
        Returns the experiment that the command line names, in place of this one.
    options : callable
        Adds to the common options or sets other defaults.
    changes : mapping
        Scenario values beneath what the command line sets.
    title : str
        Tells experiments apart that are published under one name.
    inputs : sequence of Path
        The files, which are never replaced.
    """

    by: Callable[[Sequence[str]], Experiment] | None = None
    options: Callable[[Parser], None] = lambda parser: None
    changes: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    inputs: Sequence[Path] = ()


@dataclass(frozen=True)
class Experiment:
    """A question to the model.

    Parameters
    ----------
    name : str
        As users type it: that of the question's file, with hyphens.
    description : str
        A line of the list of experiments.
    design : callable
        Returns the arms to run in a scenario.
    answer : Answer
        What is made of the runs.
    runs : Runs
        How it is run.
    order : int
        Its place in the list; of equal ones the name decides.
    stated : Stated
        What a file states of it.
    levels_of_kazakhstan : str
        Which of its levels are Kazakhstan's; said wherever it is asked about another country.
    """

    name: str
    description: str
    design: Callable[[Scenario], Design]
    answer: Answer
    runs: Runs = Runs()
    order: int = 1000
    stated: Stated = Stated()
    levels_of_kazakhstan: str = ""

    def said_elsewhere(self, world: Scenario) -> str:
        """Return what is to be known of its levels in a country that is not Kazakhstan; nothing there, or of others."""
        if not self.levels_of_kazakhstan or world.home.name == KAZAKHSTAN:
            return ""
        return f"{ELSEWHERE} {self.levels_of_kazakhstan} are {KAZAKHSTAN}'s; {world.home.name} may call for others."
