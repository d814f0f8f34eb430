"""How many digits of a measure mean something: those that stand out from the chance of a run.

What a published table is asked for are effects: the mean over replicates of an arm's difference from its baseline.  The
standard deviation of that difference says how far chance alone moves it, so of each measure the last digit kept is
worth at most ``SHARE`` times the least such deviation among all arms.  Rounding errs by half of that at most, and
differently in every year and run, so that an effect moves by a few hundredths of its standard error.  A measure without
chance, such as a rule of law that a scenario prescribes, keeps every digit, which costs nothing in a compressed table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

__all__ = ["EVERY_DIGIT", "decimals_of", "rounded", "step_shown"]

SHARE = 0.3  # of the least standard deviation of a difference, that the last digit may be worth
DUST = 1e-9  # of a measure's largest value: differences as small are those of sums in another order
EVERY_DIGIT = 17  # decimals of a measure that is not rounded
MOST_DECIMALS = 12
LARGEST_EXACT = 2.0**53  # beyond it decimals are no question


def decimals_of(
    finished: pd.DataFrame, factors: Sequence[str], measures: Sequence[str], within: Sequence[str] = ()
) -> dict[str, int]:
    """Return how many decimals of each measure to keep; ``EVERY_DIGIT`` where chance says nothing of it.

    Parameters
    ----------
    finished : DataFrame
        Rows of runs that succeeded, a run's years one after another, the baseline's arm first in each world.
    factors : sequence of str
        Columns that tell arms apart.
    measures : sequence of str
        Columns to round.
    within : sequence of str
        Factors that make worlds, each with a baseline of its own.

    Returns
    -------
    dict
        Whole numbers of persons are never rounded further, so no number of decimals is below 0.
    """
    by_run = finished.groupby([*factors, "replicate"], sort=False, dropna=False)[list(measures)].mean()
    spreads = pd.DataFrame(_spreads(by_run, list(factors), list(within)), columns=list(measures), dtype=float)
    least = spreads.where(spreads > DUST * finished[list(measures)].abs().max()).min()
    return {name: _decimals(finished[name].dropna().to_numpy(), float(least[name])) for name in measures}


def _spreads(by_run: pd.DataFrame, factors: list[str], within: list[str]) -> Iterator[pd.Series]:
    """Yield the standard deviation of every measure: of each world's baseline, and of each difference from it."""
    baselines: dict[tuple[object, ...], pd.DataFrame] = {}
    for levels, runs in by_run.groupby(factors, sort=False, dropna=False):
        named = dict(zip(factors, levels, strict=True))
        world = tuple(named[name] for name in within)
        runs = runs.droplevel(factors)
        baseline = baselines.setdefault(world, runs)
        difference = runs if baseline is runs else runs - baseline.reindex(runs.index)
        yield difference.std(ddof=1)


def _decimals(values: np.ndarray, spread: float) -> int:
    if np.array_equal(values, np.rint(values)):
        return 0  # persons are counted in the scenario's weight, mostly a whole number
    if not spread > 0.0:
        return EVERY_DIGIT
    decimals = max(0, math.ceil(-math.log10(SHARE * spread)))
    return decimals if decimals <= MOST_DECIMALS else EVERY_DIGIT


def rounded(values: np.ndarray, decimals: int) -> np.ndarray:
    """Return numbers with so many decimals, as they are read again from their text."""
    if decimals == EVERY_DIGIT:
        return values
    return np.where(np.abs(values) < LARGEST_EXACT, np.round(values, decimals) + 0.0, values)


def step_shown(values: np.ndarray) -> float:
    """Return what the last digit of rounded numbers is worth, by the most decimals that any of them is written with."""
    texts = (np.format_float_positional(value, trim="-") for value in values.tolist())
    return 10.0 ** -max((len(text.partition(".")[2]) for text in texts), default=0)
