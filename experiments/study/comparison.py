"""The answer of an experiment that compares named plans of reforms: its tables, their reading, figures by year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from abm.measures import CAPITAL, GRADUATES, measure
from abm.reforms import describe
from abm.sweep.arms import Arm
from abm.sweep.plans import PLAN
from experiments.study.experiment import Drawn, Results
from experiments.study.report import introduction, lines_of, reading, text_of, years_of
from experiments.study.tables import Column, arm_rows, cost_lines, cost_table, interval, markdown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "EMIGRANTS",
    "GAIN",
    "RETURNS",
    "UNEMPLOYMENT",
    "ByYear",
    "Comparison",
    "Findings",
    "Further",
    "Path",
    "of_plan",
    "total_effects",
]

GAIN = "net_brain_gain"
METHOD = (
    f"Gains are those of the last five years, in {GRADUATES.printed}, human capital in",
    f"{CAPITAL.printed}; who is at home, and at work there, is counted in the last year;",
    "costs are by the year, and rates and the tax means over all years.",
)


@dataclass(frozen=True)
class Path:
    """A measure that a comparison draws by year, beside net brain gain, in its declared unit or in another."""

    file: str
    measure: str
    title: str
    unit: str | None = None
    divide_by: float | None = None
    differences: bool = False  # of arms from a baseline


AT_WORK = Path("graduates_at_work_by_year", "graduates_at_work", "Graduates at work at home")
EMIGRANTS = Path("emigrants_by_year", "emigrants", "Graduates who leave")
RETURNS = Path("returns_by_year", "returns", "Graduates who come home")
UNEMPLOYMENT = Path("unemployment_by_year", "unemployment_rate", "Unemployment of graduates at home")


@dataclass(frozen=True)
class ByYear:
    """What is drawn by year beside net brain gain and who is at work, and whose, where all plans would be too many."""

    paths: Sequence[Path] = ()
    plans: Sequence[str] = ()  # the baseline among them


@dataclass(frozen=True)
class Further:
    """Outcomes of a second table, and sentences on their effects."""

    outcomes: Sequence[Column]
    remarks: Callable[[pd.DataFrame], Sequence[str]]


@dataclass(frozen=True)
class Findings:
    """What a question finds beyond net brain gain: lines of tables and what they mean, and figures."""

    lines: Callable[[Results], Sequence[str]] = lambda results: ()
    figures: Callable[[Results], Iterable[Drawn]] = lambda results: ()


@dataclass(frozen=True)
class Comparison:
    """What plans side by side answer.

    Parameters
    ----------
    question : str
        What is asked.
    method, limits : sequence of str
        How it is answered and what the result cannot say, as lines.
    meaning : callable
        How it reads: it is given, by plan, the effect on net brain gain over all years as text, and the years.
    against : mapping
        Plans whose costs, and the graduates these win, are counted against another plan than the first, such as the
        same shock without an answer to it.
    by_year, further, findings : ByYear, Further, Findings
        What is drawn by year, what a second table has, and what else is found.
    """

    question: str
    method: Sequence[str]
    meaning: Callable[[Mapping[str, str], str], Sequence[str]]
    limits: Sequence[str]
    against: Mapping[str, str] = field(default_factory=dict)
    by_year: ByYear = ByYear()
    further: Further | None = None
    findings: Findings = Findings()

    def report(self, results: Results) -> str:
        """Return what each plan does and costs, what that means and cannot say, and what the plans change when."""
        further, remarks = _further(self.further, results)
        costs = cost_lines(results, self._against(results))
        costs += [f"*{plan}* is counted against *{other}*." for plan, other in self.against.items()]

        def meaning() -> list[str]:
            said = self.meaning(_effects(results), years_of(results))
            return [*said, *remarks(), *self.findings.lines(results)]

        lines = introduction(results, self.question, [*self.method, *METHOD])
        lines += lines_of([markdown(arm_rows(results)), further, costs])
        return text_of([*lines, *reading(results, meaning, self.limits), *_what_changes_when(results)])

    def tables(self, results: Results) -> Mapping[str, pd.DataFrame]:
        """Return the table of costs."""
        return {"costs.csv": cost_table(results, self._against(results))}

    def figures(self, results: Results) -> Iterator[Drawn]:
        """Draw effects, by year net brain gain, its gap to the baseline and who is at work, and what else is asked."""
        from abm.analysis.effects import paired_by_year
        from abm.analysis.figures import time_paths

        unit = measure(GAIN).printed_unit()
        plans = [str(arm.levels[PLAN]) for arm in results.arms]
        arms = {plan: of_plan(results.runs, plan) for plan in plans if plan in (self.by_year.plans or plans)}
        baseline = next(iter(arms))
        gaps = {plan: paired_by_year(rows, arms[baseline], GAIN) for plan, rows in arms.items()}
        title = f"Net brain gain against {baseline!r}, same graduates and same luck"
        shown = [
            (arms, Path("net_brain_gain_by_year", GAIN, self.question)),
            (gaps, Path("gap_by_year", GAIN, title, f"gap, {unit}", differences=True)),
            (arms, AT_WORK),
            *((arms, path) for path in self.by_year.paths),
        ]
        yield "effects", _effect_dots(results, baseline)
        for rows, path in shown:
            how = {name: getattr(path, name) for name in ("title", "unit", "divide_by", "differences")}
            yield path.file, time_paths(rows, path.measure, **how)
        yield from self.findings.figures(results)

    def _against(self, results: Results) -> dict[str, Arm]:
        """Return, by the label of an arm, the arm that its costs are counted against, where that is not the first."""
        arms = {str(arm.levels[PLAN]): arm for arm in results.arms}
        return {arms[plan].label: arms[other] for plan, other in self.against.items()}


def of_plan(runs: pd.DataFrame, plan: str) -> pd.DataFrame:
    """Return the rows of a plan."""
    return runs[runs[PLAN] == plan]


def _further(further: Further | None, results: Results) -> tuple[list[str], Callable[[], Sequence[str]]]:
    """Return the table of further outcomes, and what gives the sentences on them."""
    from abm.analysis.effects import Outcome, effects

    if further is None:
        return [], lambda: ()
    outcomes = [Outcome(name, window) for name, window, _, _ in further.outcomes]
    estimates = effects(results.single, [PLAN], results.arms[0].levels, outcomes=outcomes)
    remarks = further.remarks
    return markdown(arm_rows(results, further.outcomes, estimates)), lambda: remarks(estimates)


def _what_changes_when(results: Results) -> list[str]:
    """Return what each plan changes when, and in which world."""
    lines = ["", "What changes when:"]
    for arm in results.arms[1:]:
        lines += ["", f"*{arm.levels[PLAN]}*"]
        world = results.world
        if arm.overrides:
            world = world.replace(arm.overrides)
            said = ", ".join(f"{name} = {value}" for name, value in arm.overrides.items())
            lines += ["", f"In another world: {said}."]
        lines += ["", describe(world, arm.reforms).strip()]
    return lines


def total_effects(results: Results) -> pd.DataFrame:
    """Return the effects on net brain gain over all years, a row for each arm."""
    return results.effects.query(f"measure == {GAIN!r} and window == 'cumulative'")


def _effects(results: Results) -> dict[str, str]:
    """Return, by plan, the graduates that it brings over all years more than the baseline."""
    return {
        str(plan): f"{interval(*(GRADUATES.scaled(row[end]) for end in ('effect', 'low', 'high')))} {GRADUATES.word}"
        for plan, row in total_effects(results).set_index(PLAN).iterrows()
    }


def _effect_dots(results: Results, baseline: str) -> Figure:
    from abm.analysis.design_figures import effect_dots

    effects = total_effects(results).iloc[1:]
    return effect_dots(
        effects.assign(name=effects[PLAN]),
        title=f"What each plan brings over {years_of(results)} against {baseline!r}",
        unit=f"{GRADUATES.printed} more, with {results.interval}",
        divide_by=GRADUATES.divide_by,
    )
