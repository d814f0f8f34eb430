r"""What some pairs of runs say together: yearly series of each, and within what range another pair would lie.

Of n values the middle is their median m, and the range that of 90 % of further values of their kind: from
m - c (m - lowest) to m + c (highest - m).  With c = 1 another value lies between the outermost with probability
(n - 1) / (n + 1), whatever the law; below 19 values that is less than 90 %, so the outermost are stretched by the c
with which it is 90 % under the normal law (:data:`STRETCH`).  The range narrows as pairs come in, keeps the side to
which values are skewed, and of 16 pairs it holds another with at least 15 / 17 under any law.  From 19 on its ends are
quantiles at p (n + 1), as in :mod:`abm.analysis.over_draws`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from abm.measures import MEASURES, STOCK, Measure

__all__ = ["FEWEST", "KEPT", "STRETCH", "Band", "Pairs", "Range", "kept", "range_of"]

SHARE = 0.9  # of further pairs that lie within a range
FEWEST = 3  # pairs that say anything of a range
# by how many values there are: from 6 million simulated samples each, to 0.5 % and of three to 1 %
STRETCH = {
    3: 5.633,
    4: 2.812,
    5: 2.222,
    6: 1.829,
    7: 1.631,
    8: 1.483,
    9: 1.384,
    10: 1.304,
    11: 1.245,
    12: 1.195,
    13: 1.153,
    14: 1.118,
    15: 1.088,
    16: 1.062,
    17: 1.039,
    18: 1.019,
}
# of each run: what the page's views and its sentence are of
KEPT = tuple(each.name for each in MEASURES if each.view) + ("net_human_capital_gain",)
CALENDAR = ("year", "months")


def kept(series: Mapping[str, Any]) -> dict[str, Any]:
    """Return what :class:`Pairs` takes of the yearly series of a run, which are many more."""
    return {name: series[name] for name in (*CALENDAR, *KEPT) if name in series}


class Range(NamedTuple):
    """The middle of some values, and within what 90 % of further ones lie; nan where there are too few to say."""

    low: float
    middle: float
    high: float

    @property
    def sign(self) -> int:
        """1 or -1 where the range is above or below 0, else 0: chance alone may have made what is seen."""
        return int(self.low > 0.0) - int(self.high < 0.0)

    @property
    def known(self) -> bool:
        """Whether there were values enough to say within what others lie."""
        return not math.isnan(self.low)


def range_of(values: Iterable[float] | np.ndarray) -> Range:
    """Return the range of some values; with none of them all is nan, with fewer than :data:`FEWEST` its ends are."""
    sample = np.asarray(list(values), dtype=float)
    if len(sample) == 0:
        return Range(math.nan, math.nan, math.nan)
    low, middle, high = (float(end[0]) for end in _ends(sample[:, None]))
    return Range(low, middle, high)


def _ends(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return low end, median and high end of each column."""
    n, middle = len(values), np.median(values, axis=0)
    if n < FEWEST:
        unknown = np.full_like(middle, math.nan)
        return unknown, middle, unknown
    if n not in STRETCH:
        low, high = np.quantile(values, [(1.0 - SHARE) / 2.0, (1.0 + SHARE) / 2.0], axis=0, method="weibull")
        return low, middle, high
    stretch = STRETCH[n]
    low, high = values.min(axis=0), values.max(axis=0)
    return middle - stretch * (middle - low), middle, middle + stretch * (high - middle)


@dataclass(frozen=True, eq=False)
class Band:
    """A series over time: the middle of the pairs, and the range of each moment.

    Attributes
    ----------
    at : ndarray
        Calendar years, at the end of each or, of a stock, in its middle.
    low, middle, high : ndarray
        Of each of these; low and high are nan where there are too few pairs.
    """

    at: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Pairs:
    """Yearly series of some pairs of runs, without reform and with it, under the same luck.

    Attributes
    ----------
    first_month : int
        The first month of the series, since the year 0.
    years, months : ndarray, shape (years,)
        Calendar years, and how many months of each were run.
    values : mapping of ndarray, shape (pairs, 2, years)
        By measure, without reform first.
    """

    first_month: int
    years: np.ndarray
    months: np.ndarray
    values: Mapping[str, np.ndarray]

    @staticmethod
    def of(first_month: int, series: Iterable[Sequence[Mapping[str, Any]]]) -> Pairs:
        """Return pairs, one or more, given the yearly series of both runs of each."""
        both = list(series)
        years, months = both[0][0]["year"], both[0][0]["months"]
        names = [name for name in KEPT if name in both[0][0]]
        values = {name: np.array([[arm[name] for arm in pair] for pair in both], dtype=float) for name in names}
        return Pairs(first_month, np.asarray(years), np.asarray(months), values)

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def gap(self, name: str) -> np.ndarray:
        """Return what the reform changes in a measure, shape (pairs, years)."""
        difference: np.ndarray = self.values[name][:, 1] - self.values[name][:, 0]
        return difference

    def whole_years(self, months: int) -> int:
        """Return how many of the years are over after some months."""
        return int(np.searchsorted(np.cumsum(self.months), months, side="right"))

    def ends(self) -> np.ndarray:
        """Return the end of each year, or of what was run of it, in calendar years."""
        end: np.ndarray = (self.first_month + np.cumsum(self.months)) / 12.0
        return end

    def so_far(self, name: str) -> tuple[Band, Band, Band]:
        """Return the bands of a flow added up since the beginning: without reform, with it, and their gap."""
        totals = np.cumsum(self.values[name], axis=2)
        start = np.zeros((*totals.shape[:2], 1))
        at = np.concatenate(([self.first_month / 12.0], self.ends()))
        return _three(at, np.concatenate((start, totals), axis=2))

    def over_years(self, declared: Measure) -> tuple[Band, Band, Band]:
        """Return the bands of a measure by year, a flow at the pace of a year: without reform, with it, and their gap.

        They are what the page draws of a run over its latest twelve months, where these are a calendar year; of a
        stock, which is drawn month by month, they are the mean of a year, at its middle.
        """
        values = self.values[declared.name]
        if declared.adds_up:
            values = values * 12.0 / self.months
        at = self.ends() - self.months / 24.0 if declared.kind == STOCK else self.ends()
        return _three(at, values)


def _three(at: np.ndarray, values: np.ndarray) -> tuple[Band, Band, Band]:
    parts = values[:, 0], values[:, 1], values[:, 1] - values[:, 0]
    without, under, gap = (Band(at, *_ends(part)) for part in parts)
    return without, under, gap
