"""Every graduate of a country, one to one, beside the same country at one to forty.

What does the scale do to results?  Both scales are run without reform and with rule of law at the fastest speed on
record.  The error of the scale has two parts: a bias, the difference of the means, and the spread of a single run
around its mean.  Run it with ``python -m experiments run one-to-one``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from abm.measures import measure
from abm.reforms.prices import FASTEST
from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial
from experiments.study.conduct import run
from experiments.study.experiment import Drawn, Experiment, Results, Runs
from experiments.study.levers import RULE_OF_LAW, rule_of_law_factor
from experiments.study.report import partial, text_of
from experiments.study.scales import scale_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "SCALE", "design"]

SCALE = 40
GRADUATES = "graduates"
MEASURED = (  # measure, window
    ("emigrants", "yearly"),
    ("returns", "yearly"),
    ("net_brain_gain", "yearly"),
    ("net_brain_gain", "last years"),
    ("net_human_capital_gain", "yearly"),
    ("graduates_at_work", "at end"),
    ("human_capital_at_work", "at end"),
    ("emigration_rate", "mean"),
    ("return_rate", "mean"),
    ("unemployment_rate", "mean"),
)
DRAWN = {"net_brain_gain": "Net brain gain", "emigrants": "Emigrants", "returns": "Returns"}


def design(world: Scenario) -> FullFactorial:
    """Return both scales, each without reform and with rule of law at the fastest speed on record."""
    sizes = (world.graduates, max(world.graduates // SCALE, 1))
    scales = Factor(name=GRADUATES, values=sizes, unit="persons", meaning="simulated graduates at home at the start")
    return FullFactorial((scales, rule_of_law_factor(world, FASTEST)))


@dataclass(frozen=True)
class Scales:
    """The answer: both scales, their difference, and the yearly series of both."""

    def report(self, results: Results) -> str:
        """Return the table of both scales, for levels without reform and for the reform's effect."""
        from abm.analysis.effects import Outcome, outcomes_by_run

        outcomes = [Outcome(*measured) for measured in MEASURED]
        by_run = outcomes_by_run(results.runs, [GRADUATES, RULE_OF_LAW], outcomes=outcomes)
        full, small = _sizes(results)
        values = {}
        for outcome in outcomes:
            name = f"{outcome.measure}, {outcome.window} ({outcome.unit})"
            values[name] = _levels(by_run[outcome], full), _levels(by_run[outcome], small)
        for outcome in outcomes:
            name = f"effect of the reform on {outcome.measure}, {outcome.window}"
            values[name] = _reform_effects(by_run[outcome], full), _reform_effects(by_run[outcome], small)
        n_replicates = int(by_run.index.get_level_values("replicate").nunique())
        notes = _notes(results, n_replicates)
        return text_of([*notes, *partial(results), "", *scale_table(full // small, values)])

    def tables(self, results: Results) -> Mapping[str, pd.DataFrame]:
        """Return no further tables."""
        return {}

    def figures(self, results: Results) -> Iterator[Drawn]:
        """Draw the yearly series of both scales."""
        from abm.analysis.figures import time_paths

        full, small = _sizes(results)
        without = results.runs[results.runs[RULE_OF_LAW] == 0.0]
        arms = {
            f"1:1, {full:,} graduates": without[without[GRADUATES] == full],
            f"1:{full // small}, {small:,} graduates": without[without[GRADUATES] == small],
        }
        for name, said in DRAWN.items():
            title = f"{said} without reform, at both scales: means and their 95 % intervals"
            yield name, time_paths(arms, name, title=title, unit=measure(name).printed_unit())


def _notes(results: Results, n_replicates: int) -> list[str]:
    full, small = _sizes(results)
    return [
        f"{results.world.description or results.world.name}.",
        f"{full:,} graduates at the start, each a simulated person, beside {small:,}, each of whom stands for",
        f"{full / small:g}. Means over {n_replicates} replicates. The two scales share no luck, so the interval",
        "of the bias is that of the difference of two independent means (Welch). Spread is the standard deviation of",
        "a single run, in % of the mean at 1:1. The reform is rule of law at the fastest speed on record.",
    ]


def _sizes(results: Results) -> list[int]:
    return list(dict.fromkeys(int(arm.levels[GRADUATES]) for arm in results.arms))


def _levels(outcome: pd.Series, size: int) -> np.ndarray:
    """Return an outcome of the runs of one scale without reform."""
    chosen = outcome[outcome.index.get_level_values(GRADUATES) == size]
    return chosen[chosen.index.get_level_values(RULE_OF_LAW) == 0.0].to_numpy(float)


def _reform_effects(outcome: pd.Series, size: int) -> np.ndarray:
    """Return the reform's effect on an outcome, replicate by replicate, at one scale."""
    wide = outcome[outcome.index.get_level_values(GRADUATES) == size].unstack(RULE_OF_LAW)
    return (wide[wide.columns.max()] - wide[0.0]).dropna().to_numpy(float)


EXPERIMENT = Experiment(
    name="one-to-one",
    description="Every graduate of a country one to one, and what a smaller scale does to results",
    order=165,
    design=design,
    # of Kazakhstan in 2026; four arms, two of them a country each: four minutes on two cores
    runs=Runs(graduates=3_680_000, replicates=4),
    answer=Scales(),
)


if __name__ == "__main__":
    run(EXPERIMENT)
