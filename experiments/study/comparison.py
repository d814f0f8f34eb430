"""What experiments share that compare named plans of reforms: their table, its reading, and figures by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from abm.measures import CAPITAL, GRADUATES, measure
from abm.reforms import describe
from abm.scenario import Scenario
from abm.sweep.arms import Arm
from abm.sweep.plans import PLAN, Plans
from abm.sweep.runner import Simulate, simulate_years
from experiments.study.conduct import Experiment, Results
from experiments.study.tables import arm_rows, cost_lines, cost_table, interval, markdown

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EMIGRANTS",
    "RETURNS",
    "UNEMPLOYMENT",
    "Comparison",
    "Path",
    "answer",
    "experiment_of",
    "of_plan",
    "years_of",
]

GAIN = "net_brain_gain"


@dataclass(frozen=True)
class Path:
    """A measure that a comparison draws by year, beside net brain gain, in its declared unit or in another."""

    file: str
    measure: str
    title: str
    unit: str | None = None
    divide_by: float | None = None


EMIGRANTS = Path("emigrants_by_year", "emigrants", "Graduates who leave")
RETURNS = Path("returns_by_year", "returns", "Graduates who come home")
UNEMPLOYMENT = Path("unemployment_by_year", "unemployment_rate", "Unemployment of graduates at home")


@dataclass(frozen=True)
class Comparison:
    """A question that plans side by side answer.

    ``meaning`` reads the result: it is given, by plan, the effect on net brain gain over all years as text, and the
    first and last year; ``limits`` is what the result cannot say.  Costs and the graduates they win are counted against
    the first plan, or against the one that ``against`` names, such as the same shock without an answer to it.
    ``further`` are outcomes of a second table (measure, window, head, unit), ``remarks`` sentences on their effects.
    ``drawn`` are the plans of the figures by year, the baseline among them, where all would be too many.  ``findings``
    are lines of further tables and what they mean, ``drawings`` draws further figures and returns their files,
    ``simulate`` does a run that has to measure more than the accounts.
    """

    name: str
    description: str
    question: str
    method: Sequence[str]
    plans: Callable[[Scenario], Plans]
    meaning: Callable[[Mapping[str, str], str], Sequence[str]]
    limits: Sequence[str]
    paths: Sequence[Path] = ()
    against: Mapping[str, str] = field(default_factory=dict)
    further: Sequence[tuple[str, str, str, float]] = ()
    remarks: Callable[[pd.DataFrame], Sequence[str]] = lambda effects: ()
    drawn: Sequence[str] = ()
    graduates: int = 20_000
    replicates: int = 12
    findings: Callable[[Results], Sequence[str]] = lambda results: ()
    drawings: Callable[[Results], list[str]] = lambda results: []
    simulate: Simulate = simulate_years


def experiment_of(comparison: Comparison) -> Experiment:
    """Return the experiment that publishes a comparison."""
    return Experiment(
        name=comparison.name,
        description=comparison.description,
        graduates=comparison.graduates,
        replicates=comparison.replicates,
        design=comparison.plans,
        report=lambda results: _report(comparison, results),
        figures=lambda results: [*_figures(comparison, results), *comparison.drawings(results)],
        tables=lambda results: {"costs.csv": cost_table(results, _against(comparison, results))},
        simulate=comparison.simulate,
    )


def _against(comparison: Comparison, results: Results) -> dict[str, Arm]:
    """Return, by the label of an arm, the arm that its costs are counted against, where that is not the first."""
    arms = {str(arm.levels[PLAN]): arm for arm in results.arms}
    return {arms[plan].label: arms[other] for plan, other in comparison.against.items()}


def answer(
    results: Results,
    *,
    question: str,
    method: Sequence[str],
    tables: Sequence[Sequence[str]],
    meaning: Callable[[], Sequence[str]],
    limits: Sequence[str],
) -> list[str]:
    """Return the lines of a report: question, method, tables, what they mean, and what they cannot say.

    ``meaning`` is asked only when all runs are done.
    """
    replicates = int(results.effects["replicates"].max())
    lines = [
        question,
        "",
        f"{results.world.description or results.world.name}.",
        *method,
        f"{replicates} replicates that all arms share; in brackets 95 % intervals over replicates.",
    ]
    if not results.complete:
        lines += ["", "PARTIAL: the sweep was stopped before its end, or all runs of an arm failed."]
    for table in tables:
        lines += ["", *table] if table else []
    if results.complete:
        lines += ["", "**What it means.** " + "\n".join(meaning())]
    return [*lines, "", "**What it cannot say.** " + "\n".join(limits)]


def years_of(results: Results) -> str:
    """Return the first and the last year of the runs."""
    return f"{int(results.runs['year'].min())}-{int(results.runs['year'].max())}"


def _report(comparison: Comparison, results: Results) -> str:
    """Return what each plan does and costs, what that means, what it cannot say, and what the plans change when."""
    further = _further(comparison, results)
    lines = answer(
        results,
        question=comparison.question,
        method=[
            *comparison.method,
            f"Gains are those of the last five years, in {GRADUATES.printed}, human capital in",
            f"{CAPITAL.printed}; rates are means over all years.",
        ],
        tables=[
            markdown(arm_rows(results)),
            markdown(arm_rows(results, comparison.further, further)) if comparison.further else [],
            [
                *cost_lines(results, _against(comparison, results)),
                *(f"*{plan}* is counted against *{other}*." for plan, other in comparison.against.items()),
            ],
        ],
        meaning=lambda: [
            *comparison.meaning(_effects(results), years_of(results)),
            *comparison.remarks(further),
            *comparison.findings(results),
        ],
        limits=comparison.limits,
    )
    lines += ["", "What changes when:"]
    for arm in results.arms[1:]:
        lines += ["", f"*{arm.levels[PLAN]}*"]
        world = results.world
        if arm.overrides:
            world = world.replace(arm.overrides)
            said = ", ".join(f"{name} = {value}" for name, value in arm.overrides.items())
            lines += ["", f"In another world: {said}."]
        lines += ["", describe(world, arm.reforms).strip()]
    return "\n".join(lines) + "\n"


def _further(comparison: Comparison, results: Results) -> pd.DataFrame:
    """Return the effects on the further outcomes."""
    from abm.analysis.effects import Outcome, effects

    outcomes = [Outcome(name, window) for name, window, _, _ in comparison.further]
    return effects(results.runs, [PLAN], results.arms[0].levels, outcomes=outcomes)


def _effects(results: Results) -> dict[str, str]:
    """Return, by plan, the graduates that it brings over all years more than the baseline."""
    rows = results.effects.query(f"measure == {GAIN!r} and window == 'cumulative'").set_index(PLAN)
    return {
        str(plan): f"{interval(*(GRADUATES.scaled(row[end]) for end in ('effect', 'low', 'high')))} {GRADUATES.word}"
        for plan, row in rows.iterrows()
    }


def _figures(comparison: Comparison, results: Results) -> list[str]:
    """Draw each plan's effect, and by year net brain gain, its gap to the baseline, and what else is asked for."""
    from abm.analysis import figures as draw
    from abm.analysis.design_figures import effect_dots
    from abm.analysis.effects import paired_by_year

    unit = measure(GAIN).printed_unit()
    plans = [str(arm.levels[PLAN]) for arm in results.arms]
    arms = {plan: of_plan(results.runs, plan) for plan in plans if plan in (comparison.drawn or plans)}
    baseline = next(iter(arms))
    gaps = {plan: paired_by_year(rows, arms[baseline], GAIN) for plan, rows in arms.items()}
    shown = [
        (arms, Path("net_brain_gain_by_year", GAIN, comparison.question)),
        (
            gaps,
            Path(
                "gap_by_year",
                GAIN,
                f"Net brain gain against {baseline!r}, same graduates and same luck",
                f"gap, {unit}",
            ),
        ),
        *((arms, path) for path in comparison.paths),
    ]
    effects = results.effects.query(f"measure == {GAIN!r} and window == 'cumulative'").iloc[1:]
    figure = effect_dots(
        effects.assign(name=effects[PLAN]),
        title=f"What each plan brings over {years_of(results)} against {baseline!r}",
        unit=f"{GRADUATES.printed} more, with 95 % interval",
        divide_by=GRADUATES.divide_by,
    )
    files = draw.save(figure, results.folder / "figures", "effects")
    for rows, path in shown:
        figure = draw.time_paths(rows, path.measure, title=path.title, unit=path.unit, divide_by=path.divide_by)
        files += draw.save(figure, results.folder / "figures", path.file)
    return files


def of_plan(runs: pd.DataFrame, plan: str) -> pd.DataFrame:
    """Return the rows of a plan."""
    return runs[runs[PLAN] == plan]
