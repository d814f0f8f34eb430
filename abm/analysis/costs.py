r"""What reforms cost, and what a graduate-year gained by them costs.

*Spending.* Where runs say what was paid (``public_cost``: what is asserted, and what they compute), that is spent, on
average over replicates.  What reforms are asserted to cost follows the rule of :mod:`abm.reforms.spending`; its range,
which scales with the cost, is that of the whole bill, for what is computed has none.

*Gain.* A graduate-year is a graduate living and working, or looking for work, at home for a year.  Those gained are the
yearly differences of ``graduates_at_home`` between an arm and its baseline, added up, with the 95 % interval of their
mean over paired replicates.

*Cost of a graduate-year.* Spending C over gain G.  With G within [a, b] and a > 0 the ratio lies within [C/b, C/a];
with C within [c, d] as well, within [c/b, d/a].  Where the interval of G holds 0 there is no such number.

Discounted at a rate r, money and graduate-years alike, those of the n-th year of the run count (1 + r)^-(n - 1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from abm.analysis.checked_runs import check_runs
from abm.analysis.effects import Interval, interval_over, of_a_run, paired_by_year
from abm.checks import is_collection, number
from abm.reforms.base import Reform
from abm.reforms.given import reforms_of
from abm.reforms.spending import asserted_costs
from abm.scenario import Scenario, ScenarioError, shown
from abm.sweep.arms import Arm
from abm.sweep.table import rows_of

__all__ = ["costs", "graduate_years", "spending", "spent"]

SHOWN, NO_GAIN, LOSS, NOT_COSTED = "", "no gain shown", "graduates lost", "not costed"


class Spent(NamedTuple):
    """USD, at the low end of the plausible range, as stated, and at its high end."""

    low: float
    central: float
    high: float

    def less(self, other: Spent) -> Spent:
        """Return what is spent beyond another plan, range by range."""
        return Spent(*(mine - its for mine, its in zip(self, other, strict=True)))


def spending(reforms: Sequence[Reform], world: Scenario) -> pd.DataFrame:
    """Return what is spent in each calendar year of a scenario, USD (columns low, central, high; index year).

    Years are those in which reforms may be in force.

    Raises
    ------
    ReformError
        If the reforms cannot be carried out in this scenario.
    """
    if not isinstance(world, Scenario):
        raise ScenarioError(f"{shown(world)} is not a scenario: Scenario.load and Scenario.from_toml read one")
    world, reforms = world.checked(), reforms_of(reforms)
    years = (np.arange(world.past_months, world.n_months) + world.first_month) // 12
    return (
        pd.DataFrame(asserted_costs(world, reforms)[world.past_months :], columns=list(Spent._fields))
        .groupby(years)
        .sum()
        .rename_axis("year")
    )


def spent(reforms: Sequence[Reform], world: Scenario, *, discount_rate: float = 0.0) -> Spent:
    """Return what is spent over all years of a scenario, USD."""
    return _discounted(spending(reforms, world), discount_rate)


def _discounted(by_year: pd.DataFrame, rate: float) -> Spent:
    factors = _discount_factors(by_year.index.to_numpy(int), rate)
    return Spent(*(float(factors @ by_year[name].to_numpy(float)) for name in Spent._fields))


def _discount_factors(years: np.ndarray, rate: float) -> np.ndarray:
    rate = number("the discount rate", rate, 0.0, 1.0)
    return (1.0 + rate) ** -(years - years.min()).astype(float)


def graduate_years(arm: pd.DataFrame, baseline: pd.DataFrame, *, discount_rate: float = 0.0) -> Interval:
    """Return the graduate-years at home that an arm has more than its baseline, over all years and per replicate.

    Parameters
    ----------
    arm, baseline : DataFrame
        Rows of runs with ``replicate``, ``year``, ``graduates_at_home`` and, where a year may be cut short, ``months``.
    discount_rate : float
        Per year.
    """
    gaps = paired_by_year(_graduate_years_by_year(arm), _graduate_years_by_year(baseline), "graduate_years")
    factors = _discount_factors(gaps["year"].to_numpy(int), discount_rate) if len(gaps) else np.zeros(0)
    discounted = gaps.assign(graduate_years=gaps["graduate_years"] * factors)
    return interval_over(discounted.groupby(of_a_run(discounted))["graduate_years"].sum())


def _graduate_years_by_year(rows: pd.DataFrame) -> pd.DataFrame:
    check_runs(rows, [], ["graduates_at_home"])
    months = rows["months"] if "months" in rows else 12.0
    return rows.assign(graduate_years=rows["graduates_at_home"] * months / 12.0)


def costs(
    arms: Sequence[Arm],
    runs: pd.DataFrame,
    world: Scenario,
    *,
    against: Mapping[str, Arm] | None = None,
    discount_rates: Sequence[float] = (0.0,),
) -> pd.DataFrame:
    """Return spending, graduate-years gained and the cost of one, for each arm with reforms and each discount rate.

    Parameters
    ----------
    arms : sequence of Arm
        The arms; the first is the baseline.
    runs : DataFrame
        Rows of finished runs, a row for each run and year.
    world : Scenario
        What all arms start from.
    against : mapping of Arm, optional
        For the labels of some arms, the arm that takes the place of the baseline: both its graduates and its spending
        are taken off.
    discount_rates : sequence of float
        Rates per year; 0 does not discount.

    Returns
    -------
    DataFrame
        The factors, ``discount_rate``; ``spent, spent_low, spent_high`` (USD, plausible range); ``graduate_years`` and
        its interval ``_low, _high``, of 95 % over replicates or 90 % over draws; ``usd_per_graduate_year`` with that
        interval and, ``..._at_worst`` and ``..._at_best``, with the range of the cost as well;
        ``graduate_years_per_million_usd`` with its interval;
        ``note``: why there is no ratio, if there is none.
    """
    if not isinstance(arms, Sequence) or not all(isinstance(arm, Arm) for arm in arms):
        raise ValueError(f"the arms are {shown(arms)}, but must be those that a design's arms() returns")
    if isinstance(discount_rates, str) or not is_collection(discount_rates):
        raise ValueError(f"discount_rates is {shown(discount_rates)}, but must be a list of rates")
    rates = tuple(discount_rates)
    rows: list[dict[str, Any]] = []
    bills: dict[str, pd.DataFrame] = {}
    for arm in arms[1:]:
        other = (against or {}).get(arm.label, arms[0])
        mine, its = rows_of(runs, arm.levels), rows_of(runs, other.levels)
        if not len(mine) or not len(its) or not (arm.reforms or other.reforms):
            continue
        for one in (arm, other):
            if one.label not in bills:
                bills[one.label] = _bill(one, mine if one is arm else its, world)
        for rate in rates:
            money = _discounted(bills[arm.label], rate).less(_discounted(bills[other.label], rate))
            gain = graduate_years(mine, its, discount_rate=rate)
            rows.append(dict(arm.levels) | {"discount_rate": rate} | _ratios(money, gain))
    return pd.DataFrame(rows)


def _bill(arm: Arm, rows: pd.DataFrame, world: Scenario) -> pd.DataFrame:
    """Return what an arm spends by year: what its runs paid, if they say so, with the range of what is asserted."""
    asserted = spending(arm.reforms, world.replace(arm.overrides) if arm.overrides else world)
    if "public_cost" not in rows:
        return asserted
    paid = rows.groupby("year")["public_cost"].mean()
    asserted = asserted.reindex(paid.index, fill_value=0.0)
    return asserted.add(paid - asserted["central"], axis=0)


def _ratios(money: Spent, gain: Interval) -> dict[str, Any]:
    """Return one arm's spending and gain, and their ratios where they mean anything."""
    note = _note(money, gain)
    low, high = (gain.low, gain.high) if note == SHOWN else (math.nan, math.nan)
    mean = gain.mean if note == SHOWN else math.nan
    million = money.central / 1e6
    return {
        "spent": money.central,
        "spent_low": money.low,
        "spent_high": money.high,
        "graduate_years": gain.mean,
        "graduate_years_low": gain.low,
        "graduate_years_high": gain.high,
        "usd_per_graduate_year": money.central / mean,
        "usd_per_graduate_year_low": money.central / high,
        "usd_per_graduate_year_high": money.central / low,
        "usd_per_graduate_year_at_best": money.low / high,
        "usd_per_graduate_year_at_worst": money.high / low,
        "graduate_years_per_million_usd": mean / million if million > 0.0 else math.nan,
        "graduate_years_per_million_usd_low": low / million if million > 0.0 else math.nan,
        "graduate_years_per_million_usd_high": high / million if million > 0.0 else math.nan,
        "note": note,
    }


def _note(money: Spent, gain: Interval) -> str:
    """Return why a cost of a graduate-year would mean nothing, or nothing at all."""
    if money.central <= 0.0:
        return NOT_COSTED
    low, high = (gain.mean, gain.mean) if math.isnan(gain.low) else (gain.low, gain.high)
    if high < 0.0:
        return LOSS
    return SHOWN if low > 0.0 else NO_GAIN
