r"""What reforms cost, and what a graduate-year gained by them costs.

*Spending.* A reform costs ``cost_usd_per_year`` while it is in force, phased in with its ramp.  What is paid follows
what is done, reform by reform of a plan:

- What changes nothing costs nothing: a reform that, carried out in full, would leave the environment as it is without
  it, as a raise to less than there is, grants to nobody, or a second reform that does what a first one does already.
- What is tried and not carried out is paid for: money is spent whether or not it works, so fidelity and decay do not
  make a reform cheaper, not even one of which nothing is carried out (assumption).
- Where only one of several acts, one is paid.  Of reforms of one kind, or of the same quantities, of which the highest
  level counts (or the highest path and the fastest step of promises), the dearest in force is paid month by month: a
  step in two reforms, the first of which stays in force, costs what one does.  Reforms that add amounts, multiply or
  set anything are paid each, for each of them acts.
- A promise of rule of law that is taken back costs nothing from its reversal on.

All is in USD of one year: no inflation (assumption).  The plausible range of a cost scales with the cost: who states
half of a reform's own figure gets half of both ends.

*Gain.* A graduate-year is a graduate living and working, or looking for work, at home for a year.  Those gained are the
yearly differences of ``graduates_at_home`` between an arm and its baseline, added up, with the 95 % interval of their
mean over paired replicates.

*Cost of a graduate-year.* Spending C over gain G.  With G within [a, b] and a > 0 the ratio lies within [C/b, C/a];
with C within [c, d] as well, within [c/b, d/a].  Where the interval of G holds 0 there is no such number.

Discounted at a rate r, money and graduate-years alike, those of the n-th year of the run count (1 + r)^-(n - 1).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from abm.analysis.checked_runs import check_runs
from abm.analysis.effects import Interval, mean_interval, paired_by_year
from abm.checks import is_collection, number
from abm.plans.effect import Idle, alike, environment_of, idle, in_full
from abm.reforms import JudicialReform, Reversal
from abm.reforms.base import Reform, ReformError
from abm.reforms.checked import strength_of
from abm.reforms.composition import acts_of
from abm.reforms.given import reforms_of
from abm.scenario import Scenario, ScenarioError, month_number, shown
from abm.sweep.arms import Arm
from abm.sweep.table import rows_of

__all__ = ["costs", "graduate_years", "plausible_cost", "spending", "spent"]

SHOWN, NO_GAIN, LOSS, NOT_COSTED = "", "no gain shown", "graduates lost", "not costed"


class Spent(NamedTuple):
    """USD, at the low end of the plausible range, as stated, and at its high end."""

    low: float
    central: float
    high: float

    def less(self, other: Spent) -> Spent:
        """Return what is spent beyond another plan, range by range."""
        return Spent(*(mine - its for mine, its in zip(self, other, strict=True)))


def plausible_cost(reform: Reform) -> Spent:
    """Return a reform's yearly cost in USD with its plausible range, which scales with the cost that is stated."""
    if not isinstance(reform, Reform):
        raise ReformError(f"{shown(reform)} is not a reform: reforms are objects of abm.reforms")
    declared = next(item for item in dataclasses.fields(reform) if item.name == "cost_usd_per_year")
    own: Any = declared.default
    stated = reform.cost_usd_per_year
    if not own or "plausible" not in declared.metadata:  # a kind of reform without a range has none that could scale
        return Spent(stated, stated, stated)
    low, high = declared.metadata["plausible"]
    ratio = stated / own
    return Spent(low * ratio, stated, high * ratio)


def spending(reforms: Sequence[Reform], world: Scenario) -> pd.DataFrame:
    """Return what is spent in each calendar year of a scenario, USD (columns low, central, high; index year).

    Raises
    ------
    ReformError
        If the reforms cannot be carried out in this scenario.
    """
    if not isinstance(world, Scenario):
        raise ScenarioError(f"{shown(world)} is not a scenario: Scenario.load and Scenario.from_toml read one")
    world, reforms = world.checked(), reforms_of(reforms)
    years = (np.arange(world.n_months) + world.first_month) // 12
    by_month = sum(_bills(reforms, world), np.zeros((world.n_months, 3)))
    return pd.DataFrame(by_month, columns=list(Spent._fields)).groupby(years).sum().rename_axis("year")


def _bills(reforms: Sequence[Reform], world: Scenario) -> list[np.ndarray]:
    """Return what each reform that is paid for adds to the bill by month, in the order of the plan."""
    acts = acts_of(environment_of(world, ()), reforms)
    unpaid = {n for n, why in idle(world, reforms).items() if why is not Idle.UNDELIVERED}
    asked = [_asked(reform, reforms, world) for reform in reforms]
    dearest_first = sorted(set(range(len(reforms))) - unpaid, key=lambda n: -asked[n][:, 1].sum())
    bills: dict[int, np.ndarray] = {}
    for place, n in enumerate(dearest_first):
        paid = [asked[other] for other in dearest_first[:place] if alike(acts[n], acts[other])]
        bills[n] = np.maximum(asked[n] - np.max(paid, axis=0), 0.0) if paid else asked[n]
    return [bills[n] for n in sorted(bills)]


def _asked(reform: Reform, reforms: Sequence[Reform], world: Scenario) -> np.ndarray:
    """Return what a reform by itself costs by month, USD, shape (months, 3)."""
    share = strength_of(in_full(reform), world.first_month, world.n_months)
    months = np.arange(world.n_months) + world.first_month
    share = np.where(months < _taken_back(reform, reforms), share, 0.0)
    return share[:, None] * np.array(plausible_cost(reform)) / 12.0


def _taken_back(reform: Reform, reforms: Sequence[Reform]) -> float:
    """Return the month from which a promise of rule of law is taken back; infinite for all else."""
    if not isinstance(reform, JudicialReform):
        return math.inf
    reversals = [month_number(other.start) for other in reforms if isinstance(other, Reversal) and other.fidelity > 0.0]
    return min((start for start in reversals if start > month_number(reform.start)), default=math.inf)


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
    return mean_interval(discounted.groupby("replicate")["graduate_years"].sum().to_numpy(float))


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
        its 95 % interval ``_low, _high``; ``usd_per_graduate_year`` with that interval and, ``..._at_worst`` and
        ``..._at_best``, with the range of the cost as well; ``graduate_years_per_million_usd`` with its interval;
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
                bills[one.label] = spending(one.reforms, world.replace(one.overrides) if one.overrides else world)
        for rate in rates:
            money = _discounted(bills[arm.label], rate).less(_discounted(bills[other.label], rate))
            gain = graduate_years(mine, its, discount_rate=rate)
            rows.append(dict(arm.levels) | {"discount_rate": rate} | _ratios(money, gain))
    return pd.DataFrame(rows)


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
