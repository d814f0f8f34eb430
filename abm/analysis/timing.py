r"""When things happen: the year a balance turns, how long a gap takes to build up, and how fast it fades.

*Build-up.* A gap x(t) to the baseline that goes from nothing to x(end) has, on average, built up after
:math:`\sum_t [1 - x(t) / x(end)]` years: the mean time of its increments.  The difference of two such times is the lag
of one path behind another.

*Fading.* Of a gap that shrinks by the same share every year, the sum over the second half of n years is
:math:`e^{-\lambda n / 2}` times that over the first half.  The rate :math:`\lambda` that follows from the sums is
used, because sums are surer than single years; the half-life is :math:`\ln 2 / \lambda`.  Its interval is from leaving
out one replicate after the other (the jackknife; Efron and Tibshirani, 1993, "An Introduction to the Bootstrap",
chapter 11).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import stats

from abm.analysis.effects import CONFIDENCE, Interval
from abm.checks import row_of_numbers, whole

__all__ = ["SPAN", "build_up_years", "fading_rate", "jackknife", "turning_year"]

SPAN = 5  # years that are averaged, so that one lucky year turns nothing


def turning_year(years: np.ndarray, values: np.ndarray, span: int = SPAN) -> int | None:
    """Return the first year in which a yearly balance is positive, and stays so on average, if there is one.

    Parameters
    ----------
    years, values : ndarray
        The balance of one run by year.
    span : int
        Years from then on that must be there and be positive on average; so must be all that are left.
    """
    years, values = row_of_numbers("years", years), row_of_numbers("values", values)
    span = whole("span", span, 1)
    if len(years) != len(values):
        raise ValueError(f"there are {len(years)} years, but {len(values)} values")
    for position in range(len(values) - span + 1):
        left = values[position:]
        if left[0] > 0.0 and left[:span].mean() > 0.0 and left.mean() > 0.0:
            return int(years[position])
    return None


def build_up_years(gap: np.ndarray, span: int = SPAN) -> float:
    """Return after how many years a gap has built up on average; nan if at the end, over ``span`` years, it is none."""
    gap, span = row_of_numbers("gap", gap), whole("span", span, 1)
    end = float(gap[-span:].mean()) if len(gap) else 0.0
    return float((1.0 - gap / end).sum()) if end != 0.0 else math.nan


def jackknife(samples: np.ndarray, statistic: Callable[[np.ndarray], float]) -> Interval:
    """Return a statistic of replicates that is no mean, such as a ratio of means, with its 95 % jackknife interval.

    Parameters
    ----------
    samples : ndarray, shape (replicates, ...)
        What the statistic is of.
    statistic : callable
        Takes the samples of some replicates; where it is nan for all of them, so is everything.
    """
    samples = np.asarray(samples)
    if samples.ndim == 0:
        raise ValueError(f"samples is {samples}, but must be an array with a row for each replicate")
    all_of_them, n = statistic(samples), len(samples)
    if n < 2 or math.isnan(all_of_them):
        return Interval(all_of_them, math.nan, math.nan, math.nan)
    without = np.array([statistic(np.delete(samples, one, axis=0)) for one in range(n)])
    error = math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) * error
    return Interval(all_of_them, error, all_of_them - reach, all_of_them + reach)


def fading_rate(gaps: np.ndarray) -> Interval:
    """Return the yearly rate at which a gap fades, with its 95 % jackknife interval; negative where it grows.

    Parameters
    ----------
    gaps : ndarray, shape (replicates, years)
        Gaps to the baseline from the first year on in which nothing keeps them up.  All is nan where the sum over
        either half of the years has not the sign of the other.
    """
    gaps = row_of_numbers("gaps", gaps, 2)
    if len(gaps) == 0:
        return Interval(math.nan, math.nan, math.nan, math.nan)
    return jackknife(gaps, lambda some: _rate(some.mean(axis=0)))


def _rate(gap: np.ndarray) -> float:
    half = len(gap) // 2
    first, second = float(gap[:half].sum()), float(gap[len(gap) - half :].sum())
    if first * second <= 0.0:
        return math.nan
    return math.log(first / second) / (len(gap) - half)
