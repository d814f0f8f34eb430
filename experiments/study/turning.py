"""When plans turn net brain gain positive, how much of the loss they make good, and what comes after what."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from abm.sweep.plans import PLAN
from experiments.study.comparison import GAIN, of_plan
from experiments.study.experiment import Results

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["closed", "lag", "late", "middle_of", "shares", "turned"]


def late(results: Results, plan: str) -> pd.Series:
    """Return net brain gain in the last years under a plan: its mean and its effect, with their intervals."""
    rows = results.effects
    return rows[(rows["measure"] == GAIN) & (rows["window"] == "last years") & (rows[PLAN] == plan)].iloc[0]


def closed(results: Results, plan: str, trend: str) -> str:
    """Return which share of the loss under the trend a plan makes good, above 100 % where it turns it into a gain."""
    loss = -float(late(results, trend)["mean"])
    return f"{100 * float(late(results, plan)['effect']) / loss:.0f} %" if loss > 0.0 else "no loss to make good"


def turned(runs: pd.DataFrame) -> list[int]:
    """Return the year in which net brain gain turned, of each replicate in which it did."""
    from abm.analysis.timing import turning_year

    years = [
        turning_year(rows["year"].to_numpy(int), rows[GAIN].to_numpy(float))
        for _, rows in runs.sort_values("year").groupby("replicate")
    ]
    return [year for year in years if year is not None]


def middle_of(years: Sequence[int]) -> str:
    """Return the median year with the middle 90 % in brackets."""
    if not years:
        return "never"
    low, middle, high = np.quantile(years, [0.05, 0.5, 0.95])
    return f"{middle:.0f} [{low:.0f}, {high:.0f}]"


def lag(results: Results, plans: tuple[str, str], measure: str, after: str) -> Interval:
    """Return how many years a measure's gap between two plans builds up after that of another, over replicates."""
    from abm.analysis.effects import interval_over, of_a_run
    from abm.analysis.timing import build_up_years

    def years_after(gap: pd.DataFrame) -> float:
        return build_up_years(gap[measure].to_numpy(float)) - build_up_years(gap[after].to_numpy(float))

    gaps = _gaps(results, plans, (after, measure))
    return interval_over(gaps.groupby(level=of_a_run(results.runs)).apply(years_after))


def shares(results: Results, plans: tuple[str, str], measures: Mapping[str, str]) -> Mapping[str, pd.DataFrame]:
    """Return, by year, how much of its final gap (the mean over replicates) each measure has made, by its name.

    Draws of a posterior differ by how large that gap is, not by when it is made: of which draw a row is, is left out.
    """
    from abm.analysis.timing import SPAN

    gaps = _gaps(results, plans, measures.values())
    last = gaps.index.get_level_values("year").max()
    ends = gaps[gaps.index.get_level_values("year") > last - SPAN].mean()
    return {
        name: (gaps[measure] / ends[measure]).rename("share").reset_index()[["replicate", "year", "share"]]
        for name, measure in measures.items()
        if ends[measure]
    }


def _gaps(results: Results, plans: tuple[str, str], measures: Iterable[str]) -> pd.DataFrame:
    """Return the gaps of some measures between two plans, by replicate and year."""
    from abm.analysis.effects import of_a_run, paired_by_year

    arms = [of_plan(results.runs, plan) for plan in plans]
    by = [*of_a_run(results.runs), "year"]
    columns = [paired_by_year(arms[0], arms[1], measure).set_index(by) for measure in measures]
    return functools.reduce(lambda left, right: left.join(right), columns).sort_index()
