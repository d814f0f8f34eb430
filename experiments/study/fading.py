"""What is left of a push that ended: its gap to no push in the same world, by year, and how fast that fades."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from abm.measures import GRADUATES
from abm.sweep.plans import PLAN, WORLD
from experiments.study.contrasts import mean_of
from experiments.study.experiment import Results

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["by_year", "fading", "gaps", "half_life", "kept", "mean_gap", "rise_of_kept"]

YEARS = 10  # after the end in which a gap is seen to fade


def gaps(results: Results, world: str, plans: tuple[str, str], measure: str) -> pd.DataFrame:
    """Return the gap between two plans in a world, in thousands, by replicate (rows) and year (columns)."""
    from abm.analysis.effects import of_a_run, paired_by_year
    from abm.sweep.table import rows_of

    arm, baseline = (rows_of(results.runs, {WORLD: world, PLAN: name}) for name in plans)
    gap = paired_by_year(arm, baseline, measure)
    return GRADUATES.scaled(gap.pivot(index=of_a_run(gap), columns="year", values=measure))


def mean_gap(gaps: pd.DataFrame, first: int, last: int) -> Interval | None:
    """Return the mean gap of some years; None unless all were run."""
    years = [year for year in range(first, last + 1) if year in gaps.columns]
    return mean_of(gaps[years].mean(axis=1)) if len(years) == last - first + 1 else None


def kept(gaps: pd.DataFrame, end: int, later: int) -> Interval | None:
    """Return which share of the first gap after the end there is some years later; None unless that was run."""
    from abm.analysis.timing import jackknife

    if end + 1 + later not in gaps.columns or not len(gaps):
        return None
    return jackknife(gaps[[end + 1, end + 1 + later]].to_numpy(float), _ratio)


def rise_of_kept(weaker: pd.DataFrame, stronger: pd.DataFrame, end: int, later: int) -> Interval | None:
    """Return how much larger a share is kept of the stronger of two pushes; None unless that was run."""
    from abm.analysis.timing import jackknife

    both = (weaker, stronger)
    if any(end + 1 + later not in each.columns for each in both):
        return None
    shared = weaker.index.intersection(stronger.index)
    ends = np.stack([each.loc[shared, [end + 1, end + 1 + later]].to_numpy(float) for each in both], axis=1)
    return jackknife(ends, lambda some: _ratio(some[:, 1]) - _ratio(some[:, 0]))


def _ratio(both: np.ndarray) -> float:
    first, then = both.mean(axis=0)
    return float(then / first) if first else math.nan


def fading(gaps: pd.DataFrame, end: int) -> Interval | None:
    """Return the yearly rate at which the gap fades after the end; None unless these years were run."""
    from abm.analysis.timing import fading_rate

    years = [year for year in range(end + 1, end + 1 + YEARS) if year in gaps.columns]
    return fading_rate(gaps[years].to_numpy(float)) if len(years) == YEARS and len(gaps) else None


def half_life(rate: Interval | None) -> str:
    """Return the half-life in years that a rate means, or that none is shown."""
    if rate is None or math.isnan(rate.mean):
        return ""
    if math.isnan(rate.low):
        return f"{math.log(2) / rate.mean:.0f}" if rate.mean > 0.0 else "none"
    if rate.low <= 0.0:
        return f"none shown, above {math.log(2) / rate.high:.0f}" if rate.high > 0.0 else "none, it grows"
    return f"{math.log(2) / rate.mean:.0f} [{math.log(2) / rate.high:.0f}, {math.log(2) / rate.low:.0f}]"


def by_year(gaps: pd.DataFrame, over_that_of: int | None = None) -> pd.DataFrame:
    """Return a gap as rows of replicate and year; from a year on and over its mean in that year if one is given."""
    if over_that_of is not None:
        after = gaps[[year for year in gaps.columns if year >= over_that_of]]
        gaps = after / after[over_that_of].mean()
    return gaps.stack().rename("gap").reset_index()
