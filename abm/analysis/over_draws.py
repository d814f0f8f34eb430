r"""What is not known of the parameters and the chance of a run, told apart: one value for each draw and seed.

Replicate k of draw i of a posterior gives x_ik, such as the paired effect of a reform.  By the one-way random-effects
model (Searle, Casella and McCulloch, 1992, "Variance Components", chapter 3) x_ik = m + a_i + e_ik: m + a_i is what is
expected under the draw's parameters, e_ik is luck.  With n_i seeds of draw i, M of N draws in all, and S_w, S_b the
mean squares within and between draws,

    within = S_w,    between = max(0, (S_b - S_w) / n_0),    n_0 = (M - sum n_i^2 / M) / (N - 1),

which with K seeds each is the variance of the draws' means less within / K.  The mean of a draw over its seeds is
spread more widely than what is expected under it, by that luck; so it is drawn towards the mean of all by the square
root of its *reliability* between / (between + within / n_i), after which the draws are spread as what is expected is.
What is not known of the mean of all adds 1 / N to the reliability (1 at most): without it an effect that no draw moves
would be taken for certain, however little of it is known.  Ends of intervals are quantiles at p (N + 1) of the ordered
draws, which hold another draw as often as they say; of fewer than 19 draws they are the outermost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.checks import row_of_numbers

__all__ = ["DRAWS_CONFIDENCE", "OverDraws", "luck_of", "over_draws", "share_above", "shares_of_highest"]

DRAWS_CONFIDENCE = 0.90


@dataclass(frozen=True, eq=False)
class OverDraws:
    """A value over draws and luck.

    Attributes
    ----------
    draws : int
        How many there are.
    mean, standard_error : float
        The mean of the draws' means, and how far it would lie from that of many more draws.
    median, low, high : float
        The middle, and the middle 90 %, of what is expected under the draws, luck taken out.
    share_of_draws : float
        Which share of the variance of a single run is due to the draws; the rest is luck.
    positive : float
        In which share of the draws what is expected is above 0.
    expected : ndarray, shape (draws,)
        What is expected under each, luck taken out.

    All that a single draw, or seeds of one each, cannot say is nan.
    """

    draws: int
    mean: float
    standard_error: float
    median: float
    low: float
    high: float
    share_of_draws: float
    positive: float
    expected: np.ndarray


def over_draws(values: Sequence[float] | np.ndarray, draws: Sequence[int] | np.ndarray) -> OverDraws:
    """Return what is known of a value of which each draw has several, the draws in ascending order.

    Parameters
    ----------
    values : row of numbers
        A value for each replicate.
    draws : row of numbers
        The draw that each replicate is of.

    Raises
    ------
    ValueError
        If they are no rows of numbers of the same length.
    """
    sample, of_draw = row_of_numbers("values", values), row_of_numbers("draws", draws)
    if len(sample) != len(of_draw):
        raise ValueError(f"there are {len(sample)} values, but {len(of_draw)} draws that they are of")
    means, which, counts = _by_draw(sample, of_draw)
    n = len(means)
    if n < 2:
        mean = float(means[0]) if n else math.nan
        return OverDraws(n, mean, *(math.nan,) * 6, means)
    between, within = _components(sample, means, which, counts)
    mean, error = float(means.mean()), float(means.std(ddof=1)) / math.sqrt(n)
    # without luck to be told from the draws, or anything that differs, the means are all that is known
    noise = np.nan_to_num(within / counts)
    spread = between + noise
    reliability = np.divide(between, spread, out=np.ones(n), where=spread > 0.0)
    expected = mean + np.sqrt(np.minimum(1.0, reliability + 1.0 / n)) * (means - mean)
    ends = np.quantile(expected, [(1 - DRAWS_CONFIDENCE) / 2, 0.5, (1 + DRAWS_CONFIDENCE) / 2], method="weibull")
    low, median, high = ends.tolist()
    share = between / (between + within) if between + within > 0.0 else math.nan
    return OverDraws(n, mean, error, median, low, high, share, float((expected > 0.0).mean()), expected)


def luck_of(values: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return by how much each value is off the mean of those of its draw, shape (replicates,)."""
    means, which, _ = _by_draw(values, draws)
    off: np.ndarray = values - means[which]
    return off


def _by_draw(values: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean of each draw, the place of each value's draw among them, and how many values a draw has."""
    _, which, counts = np.unique(draws, return_inverse=True, return_counts=True)
    return np.bincount(which, weights=values) / counts, which, counts


def _components(sample: np.ndarray, means: np.ndarray, which: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """Return the variances between and within draws; within is nan where no draw has two seeds."""
    total, n = len(sample), len(means)
    if total == n:
        return float(means.var(ddof=1)), math.nan
    within = float(((sample - means[which]) ** 2).sum()) / (total - n)
    grand = float(sample.mean())
    among = float((counts * (means - grand) ** 2).sum()) / (n - 1)
    usual = (total - float((counts**2).sum()) / total) / (n - 1)
    return max(0.0, (among - within) / usual), within


def share_above(values: Mapping[Any, np.ndarray], draws: np.ndarray, one: Any, other: Any) -> float:
    """Return in which share of the draws one arm is expected above another, by their paired difference.

    Parameters
    ----------
    values : mapping
        By arm, a value for each replicate.
    draws : ndarray
        The draw that each replicate is of.
    one, other : of the mapping's keys
        The arms.
    """
    return over_draws(values[one] - values[other], draws).positive


def shares_of_highest(values: Mapping[Any, np.ndarray], draws: np.ndarray) -> dict[Any, float]:
    """Return in which share of the draws each arm is expected above all others; arms that are alike share a draw.

    Luck is taken out of each arm's difference from the mean of all arms, as what moves all of them alike does not
    matter for their order.

    Parameters
    ----------
    values : mapping
        By arm, a value for each replicate, the same replicates in all arms.
    draws : ndarray
        The draw that each replicate is of.
    """
    common = np.mean(list(values.values()), axis=0)
    expected = np.array([over_draws(mine - common, draws).expected for mine in values.values()])
    first = np.isclose(expected, expected.max(axis=0), rtol=1e-9, atol=0.0)
    shares = (first / first.sum(axis=0)).mean(axis=1)
    return dict(zip(values, shares.tolist(), strict=True))
