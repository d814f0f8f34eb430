r"""Effects of reforms: the same replicates with and without, and how sure we are of the difference.

Replicate i of every arm is run with the same seed, so the effect of an arm is estimated from the paired differences
d_i = y_i(arm) - y_i(baseline): their mean, its standard error s_d / sqrt(n), and the interval mean +- t s_d / sqrt(n)
with the 0.975 quantile t of Student's distribution on n - 1 degrees of freedom.  The *variance ratio*
(s_arm^2 + s_baseline^2) / s_d^2 says how many times more replicates the same precision would take with independent
seeds (common random numbers; Law, 2015, "Simulation Modeling and Analysis", section 11.2).

Where replicates are of draws of a posterior (a column ``draw``), intervals are the middle 90 % of what is expected
under the draws, luck taken out (:mod:`abm.analysis.over_draws`), and standard errors count draws, not replicates.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from abm.analysis.checked_runs import DRAW, REPLICATE, check_baseline, check_draws, check_measure, check_runs
from abm.analysis.over_draws import OverDraws, luck_of, over_draws, shares_of_highest
from abm.checks import is_collection, row_of_numbers, whole
from abm.measures import AT_END, MEASURES, WINDOWS, measure
from abm.scenario import shown

__all__ = [
    "CONFIDENCE",
    "LAST_YEARS",
    "OUTCOMES",
    "Interval",
    "Outcome",
    "effects",
    "interval_over",
    "mean_interval",
    "outcomes_by_run",
    "outcomes_in",
    "of_a_run",
    "paired_by_year",
    "with_draws",
    "yearly_bands",
]

CONFIDENCE = 0.95
LAST_YEARS = 5
FEWEST_ALIKE = 5  # replicates that agree by more than chance: counts of a few persons are easily alike in two or three
SIDE = "side"  # of a comparison of two arms


@dataclass(frozen=True)
class Outcome:
    """One number of a run: a measure, summed or averaged over some of its years.

    ``window`` is ``cumulative`` (sum over all years), ``yearly`` (that sum per year), ``last years`` (that of the last
    five), ``mean`` (mean over the years, for rates, stocks and levels), ``last mean`` (that of the last five) or
    ``at end`` (the last year's, for stocks and levels).
    ``unit`` is the declared one (:mod:`abm.measures`) if it is left out.
    """

    measure: str
    window: str
    unit: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no number of a run."""
        if not isinstance(self.measure, str):
            raise ValueError(f"the measure is {shown(self.measure)}, but must be a column of the table of runs")
        if self.window not in tuple(WINDOWS):
            raise ValueError(f"window is {shown(self.window)}, but must be one of {', '.join(WINDOWS)}")
        if self.unit is None:
            object.__setattr__(self, "unit", measure(self.measure).unit_over(self.window))

    def of(self, values: np.ndarray, months: np.ndarray) -> float:
        """Return the outcome of one run from its yearly values and the months that each year has."""
        if self.window == "cumulative":
            return float(values.sum())
        if self.window == "yearly":
            return float(12.0 * values.sum() / months.sum())
        if self.window == "last years":
            return float(12.0 * values[-LAST_YEARS:].sum() / months[-LAST_YEARS:].sum())
        if self.window == "mean":
            return float((values * months).sum() / months.sum())
        if self.window == AT_END:
            return float(values[-1])
        return float((values * months)[-LAST_YEARS:].sum() / months[-LAST_YEARS:].sum())


# what every experiment publishes
OUTCOMES = tuple(Outcome(each.name, window) for each in MEASURES for window in each.effects)


@dataclass(frozen=True)
class Interval:
    """A mean over replicates, its standard error and its 95 % interval; over draws, the middle 90 % of them.

    The last three are nan where they cannot be known: for one replicate, and for a few that came out alike.
    """

    mean: float
    standard_error: float
    low: float
    high: float


def mean_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Return the mean of independent values with its 95 % t interval.

    A few values that are alike, unless all are 0 as where nothing was changed, say nothing of how far others would lie.

    Raises
    ------
    ValueError
        If they are no row of numbers.
    """
    sample = row_of_numbers("values", values)
    if len(sample) == 0:
        return Interval(math.nan, math.nan, math.nan, math.nan)
    mean = float(sample.mean())
    alike = mean != 0.0 and len(sample) < FEWEST_ALIKE and np.allclose(sample, mean, rtol=1e-9, atol=0.0)
    if len(sample) == 1 or alike:
        return Interval(mean, math.nan, math.nan, math.nan)
    error = float(sample.std(ddof=1)) / math.sqrt(len(sample))
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(sample) - 1)) * error
    return Interval(mean, error, mean - reach, mean + reach)


def interval_over(values: pd.Series) -> Interval:
    """Return the mean of a value of each replicate with its interval.

    That is the 95 % interval of the mean or, where replicates are of draws of a posterior, the middle 90 % of what is
    expected under the draws.

    Parameters
    ----------
    values : Series
        Its index has the levels that :func:`of_a_run` names.  What is nan is left out.

    Raises
    ------
    ValueError
        If the index has no such level: it would not be known what is independent.
    """
    known = values.dropna()
    if REPLICATE not in known.index.names:
        raise ValueError(f"the values are by {shown(known.index.names)}, but must be by {REPLICATE}")
    if DRAW not in known.index.names:
        return mean_interval(known.to_numpy(float))
    spread = over_draws(known.to_numpy(float), known.index.get_level_values(DRAW))
    return Interval(spread.mean, spread.standard_error, spread.low, spread.high)


def of_a_run(table: pd.DataFrame) -> list[str]:
    """Return the columns of a table of runs that tell which replicate, and of which draw, a row is of."""
    return [REPLICATE, DRAW] if DRAW in table else [REPLICATE]


def with_draws(replicates: pd.Index, table: pd.DataFrame) -> pd.Index:
    """Return replicates with the draw that each is of, as the table of their runs says; as they are without draws."""
    draws = check_draws(table, [])
    if draws is None:
        return replicates
    return pd.MultiIndex.from_arrays([replicates, draws.loc[replicates]], names=[REPLICATE, DRAW])


def outcomes_in(table: pd.DataFrame) -> list[Outcome]:
    """Return the outcomes of :data:`OUTCOMES` whose measures a table of runs has: some publish a few of theirs."""
    return [outcome for outcome in OUTCOMES if outcome.measure in table]


def outcomes_by_run(
    table: pd.DataFrame, factors: Sequence[str], *, outcomes: Sequence[Outcome] = OUTCOMES, since: int | None = None
) -> pd.DataFrame:
    """Return a row for each arm and replicate with one column for each outcome.

    Parameters
    ----------
    table : DataFrame
        A row for each run and year: the factors, ``replicate``, ``year`` and the measures; ``months``, where there is
        such a column, is how many months of the year were run.
    factors : sequence of str
        Columns that tell arms apart.
    outcomes : sequence of Outcome
        What to compute.
    since : int, optional
        First year that counts.

    Returns
    -------
    DataFrame
        Indexed by the factors and ``replicate``; columns are the outcomes.

    Raises
    ------
    ValueError
        If the table is none of finished runs, as :func:`abm.analysis.checked_runs.check_runs` says.
    """
    factors, outcomes = _names(factors), _checked(outcomes)
    check_runs(table, factors, [outcome.measure for outcome in outcomes])
    return _by_run(table, factors, outcomes, since)


def _by_run(table: pd.DataFrame, factors: list[str], outcomes: list[Outcome], since: int | None) -> pd.DataFrame:
    since = None if since is None else whole("since", since, 0)
    rows = table if since is None else table[table["year"] >= since]
    index, results = [], []
    for identity, years in rows.groupby([*factors, "replicate"], sort=False, dropna=False):
        ordered = years.sort_values("year")
        months = ordered["months"].to_numpy(float) if "months" in ordered else np.full(len(ordered), 12.0)
        index.append(identity)
        results.append([outcome.of(ordered[outcome.measure].to_numpy(float), months) for outcome in outcomes])
    names = pd.MultiIndex.from_tuples(index, names=[*factors, "replicate"]) if index else None
    return pd.DataFrame(results, index=names, columns=pd.Index(list(outcomes), tupleize_cols=False))


def _checked(outcomes: Any) -> list[Outcome]:
    found = list(outcomes) if is_collection(outcomes) and not isinstance(outcomes, str) else [outcomes]
    for one in found:
        if not isinstance(one, Outcome):
            raise ValueError(f"an outcome is {shown(one)}, but must be an Outcome: measure, window and unit")
    return found


def _names(factors: Any) -> list[str]:
    if isinstance(factors, str) or not is_collection(factors):
        raise ValueError(f"the factors are {shown(factors)}, but must be a list of columns")
    return list(factors)


def effects(
    table: pd.DataFrame,
    factors: Sequence[str],
    baseline: Mapping[str, Any],
    *,
    outcomes: Sequence[Outcome] = OUTCOMES,
    since: int | None = None,
    within: Sequence[str] = (),
) -> pd.DataFrame:
    """Return, for each arm and outcome, its level and its paired difference from the baseline.

    Parameters
    ----------
    table : DataFrame
        A row for each run and year, as :func:`outcomes_by_run` takes it; ``draw``, where there is such a column, says
        of which draw of a posterior the replicate is.
    factors : sequence of str
        Columns that tell arms apart.
    baseline : mapping
        The baseline's level of every factor.
    outcomes : sequence of Outcome
        What to compute.
    since : int, optional
        First year that counts.
    within : sequence of str
        Factors that make worlds, not reforms: an arm is compared with the baseline's other levels in its own world.

    Returns
    -------
    DataFrame
        The factors, ``measure, window, unit``; ``replicates`` (pairs); ``mean, mean_low, mean_high`` (the arm's level);
        ``effect, standard_error, low, high`` (the paired difference); ``variance_ratio``.  Over draws of a posterior
        also ``draws``; of the effect ``median``, ``share_of_draws`` and ``positive``, as
        :class:`~abm.analysis.over_draws.OverDraws` has them; and ``highest``, in which share of the draws the arm has
        the highest level of all arms of its world.

    Raises
    ------
    ValueError
        If the table is none of finished runs, as :func:`abm.analysis.checked_runs.check_runs` says, or the baseline has
        no runs.
    """
    factors, outcomes, within = _names(factors), _checked(outcomes), _names(within)
    if not factors:
        raise ValueError("there are no factors, but it takes one to tell an arm from the baseline")
    check_baseline(baseline, factors)
    if unknown := [name for name in within if name not in factors]:
        raise ValueError(
            f"{shown(unknown[0])} makes worlds, but is none of the factors: {', '.join(map(str, factors))}"
        )
    check_runs(table, factors, [outcome.measure for outcome in outcomes], within)
    by_run = _by_run(table, factors, outcomes, since)
    arms: dict[tuple[Any, ...], pd.DataFrame] = {}
    if len(by_run):
        for levels, runs in by_run.groupby(list(factors), sort=False):
            arms[levels] = runs.droplevel(list(factors))
    if tuple(baseline[name] for name in factors) not in arms:
        described = ", ".join(f"{name} = {value}" for name, value in baseline.items())
        raise ValueError(f"the table of runs has no finished run of the baseline ({described}) to compare with")
    draws = check_draws(table, factors)
    highest = {} if draws is None else _highest(arms, [factors.index(name) for name in within], draws)
    rows = []
    for levels, runs in arms.items():
        mine = dict(zip(factors, levels, strict=True))
        without = arms.get(tuple(mine[name] if name in within else baseline[name] for name in factors))
        if without is None:  # of a world whose baseline has still to be run there is nothing to say
            continue
        for outcome in outcomes:
            row = mine | _compare(outcome, runs[outcome], without[outcome], draws)
            rows.append(row if draws is None else row | {"highest": highest[levels, outcome]})
    return pd.DataFrame(rows)


def _highest(
    arms: Mapping[tuple[Any, ...], pd.DataFrame], within: Sequence[int], draws: pd.Series
) -> dict[tuple[tuple[Any, ...], Outcome], float]:
    """Return, by arm and outcome, in which share of the draws the arm is the highest of its world."""
    worlds: dict[tuple[Any, ...], dict[tuple[Any, ...], pd.DataFrame]] = {}
    for levels, runs in arms.items():
        worlds.setdefault(tuple(levels[place] for place in within), {})[levels] = runs
    found: dict[tuple[tuple[Any, ...], Outcome], float] = {}
    for members in worlds.values():
        shared = functools.reduce(pd.Index.intersection, (runs.index for runs in members.values()))
        of_draw = draws.loc[shared].to_numpy()
        for outcome in next(iter(members.values())).columns:
            values = {levels: runs.loc[shared, outcome].to_numpy(float) for levels, runs in members.items()}
            shares = shares_of_highest(values, of_draw) if len(shared) else dict.fromkeys(values, math.nan)
            found |= {(levels, outcome): share for levels, share in shares.items()}
    return found


def _compare(outcome: Outcome, arm: pd.Series, baseline: pd.Series, draws: pd.Series | None) -> dict[str, Any]:
    """Return the comparison of one arm with the baseline over the replicates that both have."""
    shared = arm.index.intersection(baseline.index)
    with_reforms, without = arm.loc[shared].to_numpy(float), baseline.loc[shared].to_numpy(float)
    if draws is None:
        return _compared(outcome, mean_interval, with_reforms, without)
    of_draw = draws.loc[shared].to_numpy()
    spread = over_draws(with_reforms - without, of_draw)
    return _compared(outcome, lambda values: over_draws(values, of_draw), with_reforms, without) | {
        # of luck alone: that draws are paired as well is no saving of runs
        "variance_ratio": _variance_ratio(luck_of(with_reforms, of_draw), luck_of(without, of_draw)),
        "draws": spread.draws,
        "median": spread.median,
        "share_of_draws": spread.share_of_draws,
        "positive": spread.positive,
    }


def _compared(
    outcome: Outcome,
    interval_of: Callable[[np.ndarray], Interval | OverDraws],
    with_reforms: np.ndarray,
    without: np.ndarray,
) -> dict[str, Any]:
    """Return level and paired difference of an arm, with their intervals."""
    level, difference = interval_of(with_reforms), interval_of(with_reforms - without)
    return {
        "measure": outcome.measure,
        "window": outcome.window,
        "unit": outcome.unit,
        "replicates": len(without),
        "mean": level.mean,
        "mean_low": level.low,
        "mean_high": level.high,
        "effect": difference.mean,
        "standard_error": difference.standard_error,
        "low": difference.low,
        "high": difference.high,
        "variance_ratio": _variance_ratio(with_reforms, without),
    }


def _variance_ratio(with_reforms: np.ndarray, without: np.ndarray) -> float:
    """Return the variance of a difference of independent runs over that of paired ones; nan where there is none."""
    if len(without) < 2:
        return math.nan
    paired = float((with_reforms - without).var(ddof=1))
    return float(with_reforms.var(ddof=1) + without.var(ddof=1)) / paired if paired > 0.0 else math.nan


def paired_by_year(arm: pd.DataFrame, baseline: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return a measure of an arm less that of the baseline, a row for each replicate and year that both have.

    Parameters
    ----------
    arm, baseline : DataFrame
        Rows of runs with ``replicate``, ``year`` and the measure.
    measure : str
        The column to compare.

    Returns
    -------
    DataFrame
        ``replicate``, ``draw`` if both have it, ``year`` and, under the measure's name, the difference.

    Raises
    ------
    ValueError
        If these are not finished runs of one arm each, as :func:`abm.analysis.checked_runs.check_runs` says.
    """
    for table in (arm, baseline):
        check_runs(table, [], [measure])
    check_runs(
        pd.concat([arm.assign(**{SIDE: "compared"}), baseline.assign(**{SIDE: "baseline"})], join="inner"),
        [SIDE],
        [measure],
    )
    key = [*(of_a_run(arm) if DRAW in baseline else [REPLICATE]), "year"]
    both = arm[[*key, measure]].merge(baseline[[*key, measure]], on=key, suffixes=("", " of the baseline"))
    return both[key].assign(**{measure: both[measure] - both[f"{measure} of the baseline"]})


def yearly_bands(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the mean of a measure with its interval, by year (columns mean, low, high).

    That is the 95 % interval over replicates, or, of a table with draws of a posterior, the middle 90 % of them.
    """
    check_measure(table, measure)
    by_run = table.set_index(of_a_run(table))
    bands = {year: interval_over(values) for year, values in by_run.groupby("year")[measure]}
    rows = [(band.mean, band.low, band.high) for band in bands.values()]
    return pd.DataFrame(rows, index=pd.Index(list(bands), name="year"), columns=["mean", "low", "high"])
