"""Null models: what a prediction has to beat, each with an interval from what was observed before.

A number that is carried on walks: after h years it is off by s sqrt(h) in logs, with s the root mean square of yearly
changes of what was observed before (an assumption where another series has to lend it).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abm.parameters import Series
from abm.paths import series_by_month
from abm.scenario import Scenario
from experiments.predicting.spread import NULL, REPEATS, normals
from experiments.study.observed import DEPARTURES, series

__all__ = [
    "ON_WAGE",
    "departures_on_wage",
    "repeated",
    "stock_change",
    "walked",
    "yearly_change",
    "yearly_means",
]

ON_WAGE = range(2012, 2020)  # over which departures follow the dollar wage (docs/data.md)
CENTRAL = 3.29  # standard deviations of a normal law between its 5th and its 95th percentile


@dataclass(frozen=True)
class Elasticity:
    """Log departures on the log of home's pay in US dollars, by least squares."""

    mean: float
    error: float
    residual: float  # standard deviation

    def draws(self, n_draws: int) -> np.ndarray:
        """Return draws of it, shape (draws, repeats)."""
        return self.mean + self.error * normals(NULL, n_draws, REPEATS)


def yearly_means(values: Series, years: Sequence[int]) -> np.ndarray:
    """Return a yearly series of a scenario as means of the months of some years."""
    first = 12 * years[0]
    monthly = series_by_month(values, first, 12 * (years[-1] - years[0] + 1))
    means: np.ndarray = monthly.reshape(-1, 12).mean(axis=1)
    return means[np.array(years) - years[0]]


@functools.cache
def yearly_change(first: int = DEPARTURES[0] - 1, last: int = DEPARTURES[-1]) -> float:
    """Return the root mean square of yearly changes of the log of Kazakhstan's registered departures."""
    known = series("migration", "registered departures")
    logs = np.log([known[year] for year in range(first, last + 1)])
    return float(np.sqrt(np.mean(np.diff(logs) ** 2)))


@functools.cache
def stock_change(until: int) -> float:
    """Return the spread of a year's change of the log of graduates' emigration rates, all countries to some year.

    Changes over five years from 1990 on, half of their central 90 % in standard deviations, over the root of five.
    """
    from experiments.gravity.tables import read

    table = read("emigration_rates")
    table = table[(table["year"] <= until) & (table["high"] > 0.0)]
    by_year = table.pivot(index="country", columns="year", values="high")
    changes = np.log(by_year).diff(axis=1).iloc[:, 1:].to_numpy(float)
    low, high = np.quantile(changes[np.isfinite(changes)], (0.05, 0.95))
    return float((high - low) / CENTRAL / np.sqrt(5.0))


@functools.cache
def departures_on_wage() -> Elasticity:
    """Return how Kazakhstan's registered departures of 2012-2019 follow its pay in dollars."""
    known, world = series("migration", "registered departures"), Scenario.load("kazakhstan-2010")
    logs = np.log([known[year] for year in ON_WAGE])
    wage = np.log(yearly_means(world.home.wage_market, ON_WAGE))
    centred = wage - wage.mean()
    slope = float(centred @ logs / (centred @ centred))
    rest = logs - logs.mean() - slope * centred
    residual = float(np.sqrt(rest @ rest / (len(logs) - 2)))
    return Elasticity(slope, residual / float(np.sqrt(centred @ centred)), residual)


def repeated(values: np.ndarray | float, n_draws: int) -> np.ndarray:
    """Return numbers, one for all or one for each draw, shape (draws, repeats)."""
    return np.broadcast_to(np.reshape(values, (-1, 1)), (n_draws, REPEATS))


def walked(values: Mapping[int, np.ndarray], since: int, yearly: float) -> dict[int, np.ndarray]:
    """Return draws of numbers that are carried on from a year, by year: off by ``yearly`` times the root of the years.

    Parameters
    ----------
    values : mapping of int to ndarray
        Shape (draws, repeats), by year.
    since : int
        The year in which it was last observed.
    yearly : float
        Standard deviation of a year's change, in logs.
    """
    return {
        year: (each * np.exp(yearly * np.sqrt(max(year - since, 0)) * normals(NULL, len(each), REPEATS, year))).ravel()
        for year, each in values.items()
    }
