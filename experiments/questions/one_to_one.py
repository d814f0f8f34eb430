"""Every graduate of a country, one to one, beside the same country at one to forty.

What does the scale do to results?  Both scales are run without reform and with rule of law at the fastest speed on
record.  The error of the scale has two parts: a bias, the difference of the means, and the spread of a single run
around its mean.  Run it with ``python -m experiments run one-to-one``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from abm.analysis.effects import Interval, Outcome, mean_interval, outcomes_by_run
from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial
from experiments.questions import reforms as main_experiment
from experiments.study.conduct import Experiment, Results, conduct
from experiments.study.tables import markdown, signed
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "design", "main"]

SCALE = 40
GRADUATES, SPEED = "graduates", main_experiment.SPEED
MEASURED = (
    Outcome("emigrants", "yearly", "graduates a year"),
    Outcome("returns", "yearly", "graduates a year"),
    Outcome("net_brain_gain", "yearly", "graduates a year"),
    Outcome("net_brain_gain", "last years", "graduates a year"),
    Outcome("net_human_capital_gain", "yearly", "units of human capital a year"),
    Outcome("emigration_rate", "mean", "per person-year"),
    Outcome("return_rate", "mean", "per person-year"),
    Outcome("unemployment_rate", "mean", "share"),
)
HEADS = ("", "1:1", "1:{scale}", "bias [95 % interval]", "bias, %", "spread 1:1, %", "spread 1:{scale}, %")


def design(world: Scenario) -> FullFactorial:
    """Return both scales, each without reform and with the main experiment's fastest reform of rule of law."""
    speed = main_experiment.design(world).factors[0]
    sizes = (world.graduates, max(world.graduates // SCALE, 1))
    return FullFactorial(
        (
            Factor(name=GRADUATES, values=sizes, unit="persons", meaning="simulated graduates at home at the start"),
            Factor(
                name=SPEED,
                values=(speed.values[0], speed.values[-1]),
                reform=speed.reform,
                unit=speed.unit,
                meaning=speed.meaning,
            ),
        )
    )


def report(results: Results) -> str:
    """Return the table of both scales and their difference, for levels without reform and for the reform's effect."""
    by_run = outcomes_by_run(results.runs, [GRADUATES, SPEED], outcomes=MEASURED)
    full, small = (int(size) for size in _sizes(results))
    table = [tuple(head.format(scale=full // small) for head in HEADS)]
    for outcome in MEASURED:
        name = f"{outcome.measure}, {outcome.window} ({outcome.unit})"
        table.append(_row(name, *(_levels(by_run[outcome], size) for size in (full, small))))
    for outcome in MEASURED:
        name = f"effect of the reform on {outcome.measure}, {outcome.window}"
        table.append(_row(name, *(_reform_effects(by_run[outcome], size) for size in (full, small))))
    notes = (
        f"{results.world.description or results.world.name}.",
        f"{full:,} graduates at the start, each a simulated person, beside {small:,}, each of whom stands for",
        f"{full / small:g}. Means over {_replicates(by_run)} replicates. The two scales share no luck, so the interval",
        "of the bias is that of the difference of two independent means (Welch). Spread is the standard deviation of",
        "a single run, in % of the mean at 1:1. The reform is rule of law at the fastest speed on record.",
    )
    partial = (
        () if results.complete else ("", "PARTIAL: the sweep was stopped before its end, or all runs of an arm failed.")
    )
    return "\n".join([*notes, *partial, "", *markdown(table)]) + "\n"


def _sizes(results: Results) -> list[int]:
    return list(dict.fromkeys(int(arm.levels[GRADUATES]) for arm in results.arms))


def _replicates(by_run: pd.DataFrame) -> int:
    return int(by_run.index.get_level_values("replicate").nunique())


def _levels(outcome: pd.Series, size: int) -> np.ndarray:
    """Return an outcome of the runs of one scale without reform."""
    chosen = outcome[outcome.index.get_level_values(GRADUATES) == size]
    return chosen[chosen.index.get_level_values(SPEED) == 0.0].to_numpy(float)


def _reform_effects(outcome: pd.Series, size: int) -> np.ndarray:
    """Return the reform's effect on an outcome, replicate by replicate, at one scale."""
    wide = outcome[outcome.index.get_level_values(GRADUATES) == size].unstack(SPEED)
    return (wide[wide.columns.max()] - wide[0.0]).dropna().to_numpy(float)


def difference_of_means(one: np.ndarray, other: np.ndarray) -> Interval:
    """Return mean(other) - mean(one) of independent samples with its 95 % interval (Welch, 1947, Biometrika 34)."""
    from scipy import stats

    if min(len(one), len(other)) < 2:
        return Interval(float(other.mean() - one.mean()), float("nan"), float("nan"), float("nan"))
    result = stats.ttest_ind(other, one, equal_var=False).confidence_interval(0.95)
    error = float(np.hypot(mean_interval(one).standard_error, mean_interval(other).standard_error))
    return Interval(float(other.mean() - one.mean()), error, float(result.low), float(result.high))


def _row(name: str, full: np.ndarray, small: np.ndarray) -> tuple[str, ...]:
    if not len(full) or not len(small):
        return (name, *("" for _ in HEADS[1:]))
    bias, mean = difference_of_means(full, small), float(full.mean())
    interval = f" [{signed(bias.low)}, {signed(bias.high)}]" if bias.low == bias.low else ""
    return (
        name,
        signed(mean).lstrip("+"),
        signed(float(small.mean())).lstrip("+"),
        signed(bias.mean) + interval,
        _share(bias.mean, mean, "+.1f"),
        _share(_spread(full), mean, ".1f"),
        _share(_spread(small), mean, ".1f"),
    )


def _spread(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _share(value: float, mean: float, form: str) -> str:
    return format(100 * value / abs(mean), form) if mean and value == value else ""


def figures(results: Results) -> list[str]:
    """Draw the yearly series of both scales."""
    from abm.analysis import figures as draw

    full, small = _sizes(results)
    without = results.runs[results.runs[SPEED] == 0.0]
    arms = {
        f"1:1, {full:,} graduates": without[without[GRADUATES] == full],
        f"1:{full // small}, {small:,} graduates": without[without[GRADUATES] == small],
    }
    files = []
    for measure, title in (
        ("net_brain_gain", "Net brain gain without reform"),
        ("emigrants", "Emigrants without reform"),
        ("returns", "Returns without reform"),
    ):
        both = f"{title}, at both scales: means and their 95 % intervals"
        figure = draw.time_paths(arms, measure, title=both, unit=main_experiment.THOUSANDS)
        files += draw.save(figure, results.folder / "figures", measure)
    return files


EXPERIMENT = Experiment(
    name="one-to-one",
    description="Every graduate of a country one to one, and what a smaller scale does to results",
    graduates=3_680_000,  # of Kazakhstan in 2026
    replicates=4,  # of four arms, two of them a country each: four minutes on two cores
    design=design,
    report=report,
    figures=figures,
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
