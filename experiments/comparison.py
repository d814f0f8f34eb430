"""What experiments share that compare named plans of reforms: their table, its reading, and figures by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abm.reforms import describe
from abm.scenario import Scenario
from abm.sweep.plans import PLAN, Plans
from abm.sweep.runner import Simulate, simulate_years
from experiments.conduct import Experiment, Results
from experiments.tables import arm_rows, markdown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "Path", "experiment_of"]

GAIN = "net_brain_gain"


@dataclass(frozen=True)
class Path:
    """A measure that a comparison draws by year, beside net brain gain."""

    file: str
    measure: str
    title: str
    unit: str
    divide_by: float = 1000.0


@dataclass(frozen=True)
class Comparison:
    """A question that plans side by side answer.

    ``meaning`` reads the result: it is given, by plan, the effect on net brain gain over all years as text, and the
    first and last year; ``limits`` is what the result cannot say.  ``drawn`` are the plans of the figures by year, the
    baseline among them, where all would be too many.  ``findings`` are lines of further tables and what
    they mean, ``drawings`` draws further figures and returns their files, ``simulate`` does a run that has to measure
    more than the accounts.
    """

    name: str
    description: str
    question: str
    method: Sequence[str]
    plans: Callable[[Scenario], Plans]
    meaning: Callable[[Mapping[str, str], str], Sequence[str]]
    limits: Sequence[str]
    paths: Sequence[Path] = ()
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
        simulate=comparison.simulate,
    )


def _report(comparison: Comparison, results: Results) -> str:
    """Return what each plan does, what that means, what it cannot say, and what the plans change when."""
    replicates = int(results.effects["replicates"].max())
    lines = [
        comparison.question,
        "",
        f"{results.world.description or results.world.name}.",
        *comparison.method,
        f"{replicates} replicates that all plans share; in brackets 95 % intervals over replicates. Gains are those",
        "of the last five years, in thousand graduates, human capital in thousand mean new graduates' worth; rates",
        "are means over all years.",
    ]
    if not results.complete:
        lines += ["", "PARTIAL: the sweep was stopped before its end."]
    lines += ["", *markdown(arm_rows(results))]
    if results.complete:
        years = f"{int(results.runs['year'].min())}-{int(results.runs['year'].max())}"
        lines += ["", "**What it means.** " + "\n".join(comparison.meaning(_effects(results), years))]
        lines += comparison.findings(results)
    lines += ["", "**What it cannot say.** " + "\n".join(comparison.limits), "", "What changes when:"]
    for arm in results.arms[1:]:
        lines += ["", f"*{arm.levels[PLAN]}*"]
        world = results.world
        if arm.overrides:
            world = world.replace(arm.overrides)
            said = ", ".join(f"{name} = {value}" for name, value in arm.overrides.items())
            lines += ["", f"In another world: {said}."]
        lines += ["", describe(world, arm.reforms).strip()]
    return "\n".join(lines) + "\n"


def _effects(results: Results) -> dict[str, str]:
    """Return, by plan, the graduates that it brings over all years more than the baseline."""
    rows = results.effects.query(f"measure == {GAIN!r} and window == 'cumulative'").set_index(PLAN)
    return {
        str(plan): f"{row['effect'] / 1000:+.0f} [{row['low'] / 1000:+.0f}, {row['high'] / 1000:+.0f}] thousand"
        for plan, row in rows.iterrows()
    }


def _figures(comparison: Comparison, results: Results) -> list[str]:
    """Draw net brain gain, its gap to the baseline, and what else the comparison wants to see, by year and plan."""
    from abm.analysis import figures as draw
    from abm.analysis.effects import paired_by_year

    unit = "thousand graduates a year"
    plans = [str(arm.levels[PLAN]) for arm in results.arms]
    arms = {plan: _of_plan(results.runs, plan) for plan in plans if plan in (comparison.drawn or plans)}
    baseline = next(iter(arms))
    gaps = {plan: paired_by_year(rows, arms[baseline], GAIN) for plan, rows in arms.items()}
    shown = [
        (arms, Path("net_brain_gain_by_year", GAIN, comparison.question, f"net brain gain, {unit}")),
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
    files = []
    for rows, path in shown:
        figure = draw.time_paths(rows, path.measure, title=path.title, unit=path.unit, divide_by=path.divide_by)
        files += draw.save(figure, results.folder / "figures", path.file)
    return files


def _of_plan(runs: pd.DataFrame, plan: str) -> pd.DataFrame:
    return runs[runs[PLAN] == plan]
