"""Mixes of reforms under one budget: what they gain on average and at worst, by pillar, and what mixing is worth."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from abm.measures import GRADUATES
from abm.sweep.plans import PLAN
from experiments.study.comparison import GAIN, of_plan
from experiments.study.contrasts import mean_of
from experiments.study.experiment import Results

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["PILLARS", "goes_with", "mixing", "moved", "portfolios"]

PILLARS = ("gain", "train", "circulation", "linkage")
COLUMNS = [f"pillar_{name}" for name in PILLARS]
ENOUGH = 8  # replicates without which nothing is said of halves of them, or of ranks


def gains(results: Results, plan: str, without: str) -> pd.DataFrame:
    """Return net brain gain over all years and its pillars against another plan, by replicate, in thousands."""
    from abm.analysis.effects import of_a_run

    columns, by = [GAIN, *COLUMNS], of_a_run(results.runs)
    mine, none = (of_plan(results.runs, name).groupby(by)[columns].sum() for name in (plan, without))
    return GRADUATES.scaled((mine - none).dropna())


def portfolios(results: Results, without: str, *, unsteady: Sequence[str]) -> pd.DataFrame:
    """Return a row for each mix: money, expected gain, worst tenth, pillars, and whether it is efficient.

    Parameters
    ----------
    results : Results
        Of plans that are mixes.
    without : str
        The plan against which they gain.
    unsteady : sequence of str
        Mixes that spend otherwise in some years, which are not compared with the others.
    """
    import pandas as pd

    from abm.analysis.costs import spent
    from abm.analysis.portfolios import cvar, efficient
    from abm.analysis.timing import jackknife

    years = (results.world.n_months - results.world.past_months) / 12.0
    rows = []
    for arm in results.arms[1:]:
        found = gains(results, str(arm.levels[PLAN]), without)
        if not len(found):
            continue
        mean, worst = mean_of(found[GAIN]), jackknife(found[GAIN].to_numpy(float), cvar)
        row = {PLAN: arm.levels[PLAN], "usd_per_year": spent(arm.reforms, results.world).central / years}
        row |= {"gain": mean.mean, "gain_low": mean.low, "gain_high": mean.high}
        row |= {"worst": worst.mean, "worst_low": worst.low, "worst_high": worst.high}
        rows.append(row | {name: float(found[name].mean()) for name in COLUMNS})
    numbers = [f"{name}{end}" for name in ("gain", "worst") for end in ("", "_low", "_high")]
    table = pd.DataFrame(rows, columns=[PLAN, "usd_per_year", *numbers, *COLUMNS])
    steady = ~table[PLAN].isin(unsteady).to_numpy()
    table["efficient"] = False
    table.loc[steady, "efficient"] = efficient(
        table.loc[steady, "gain"].to_numpy(), table.loc[steady, "worst"].to_numpy()
    )
    return table


def moved(results: Results, plan: str, other: str, without: str) -> Interval:
    """Return what one mix gains beyond another, in thousands."""
    return mean_of(gains(results, plan, without)[GAIN] - gains(results, other, without)[GAIN])


def mixing(
    results: Results, singles: Sequence[str], mixes: Sequence[str], without: str
) -> Mapping[str, tuple[str, str, Interval]]:
    """Return the best mix, the best single reform, and what the one gains beyond the other, on average and at worst.

    Both are picked in half of the replicates and judged in the other half; nothing is said of too few.
    """
    from abm.analysis.portfolios import cvar
    from abm.analysis.timing import jackknife

    found = {plan: gains(results, plan, without)[GAIN] for plan in (*singles, *mixes)}
    if min(len(values) for values in found.values()) < ENOUGH:
        return {}
    picked = {plan: values[values.index % 2 == 0].to_numpy(float) for plan, values in found.items()}
    judged = {plan: values[values.index % 2 == 1].to_numpy(float) for plan, values in found.items()}
    measures: dict[str, Callable[[np.ndarray], float]] = {"on average": lambda x: float(x.mean()), "at worst": cvar}
    best = {}
    for said, measure in measures.items():
        mixed, alone = (max(plans, key=lambda plan: measure(picked[plan])) for plans in (mixes, singles))
        both = np.stack([judged[plan] for plan in (mixed, alone)], axis=1)
        best[said] = mixed, alone, jackknife(both, functools.partial(_difference, measure))
    return best


def _difference(measure: Callable[[np.ndarray], float], both: np.ndarray) -> float:
    return measure(both[:, 0]) - measure(both[:, 1])


def goes_with(results: Results, plan: str, without: str, names: Sequence[str]) -> tuple[str, float] | None:
    """Return with which of some drawn values the gain of a mix goes most, and its rank correlation; None of too few."""
    from scipy.stats import spearmanr

    from abm.analysis.effects import of_a_run

    found = gains(results, plan, without)[GAIN]
    drawn = of_plan(results.runs, plan).groupby(of_a_run(results.runs))[list(names)].first().loc[found.index]
    if len(found) < ENOUGH:
        return None
    ranks = {name: float(spearmanr(drawn[name], found).statistic) for name in names}
    most = max(ranks, key=lambda name: abs(ranks[name]))
    return most, ranks[most]
