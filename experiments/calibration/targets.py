"""What calibration fits: what was observed up to 2021, as a run at a point has it, and how far they may be apart.

Every target is on a scale on which errors add up: counts by their logarithm, shares by their logit, and a growth that
may be below 0 by its inverse hyperbolic sine.  How far a run may be from what was observed, were its parameters true,
is the error of what was observed and the discrepancy of the model together; both are assumptions (``spread``).  Years
of departures share an error of the level, that of the share of graduates among those who leave, and each its own part
of one that persists: the model has no yearly effects, and ten points decide nothing about their shape.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.calibration.unknowns import KAPPA, LAG
from experiments.study.observed import Quantity, quantities

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DEPARTURES",
    "FIRST",
    "LAST",
    "LEVEL",
    "SHARE_SEEN",
    "SPREADS",
    "STOCK_GROWTH",
    "YEARLY",
    "completeness",
    "covariance",
    "seen",
    "targets",
]

FIRST, LAST = "2010-01", "2021-12"
DEPARTURES = "registered departures of graduates"
LEVEL, YEARLY, PERSISTENCE = 0.12, 0.15, 0.8  # of departures, in logs: of all years; of a year; from year to year
STOCK_GROWTH = math.log(0.276 / 0.198) / 12.0  # a year, of graduates' share of those aged 15+ (kz-census)
SHARE_SEEN = 2022  # the year of which graduates' share of departures was seen
ONE_WAY = 500.0  # graduates a year, below which a growth is on a linear scale
SPREADS = {
    "of them to Russia": 0.25,
    "of them Slavs": 0.25,
    "of them Germans": 0.35,
    "growth of graduates in the United States": 0.2,
    "stay five years after a US": 0.3,
    "graduates in the OECD, up to 5 years": 0.2,
    "graduates in the OECD, 5 to 10 years": 0.3,
}  # each pooled over its years: what was observed is of all ages and schooling, or of all nationalities

Point = Mapping[str, float]  # values of unknowns by the columns of a posterior


@dataclass(frozen=True)
class Target:
    """Something observed, as calibration fits it.

    Parameters
    ----------
    name, when : str
        What and of when.
    of : sequence of Quantity
        What it is the mean of, on the target's scale.
    scale : str
        ``log``, ``logit`` or ``asinh``.
    spread : float
        Standard deviation of what may be between a run and what was observed, on the scale.
    """

    name: str
    when: str
    of: Sequence[Quantity]
    scale: str
    spread: float

    @property
    def label(self) -> str:
        """Return its name in tables and figures."""
        return f"{self.name}, {self.when}"

    @property
    def observed(self) -> float:
        """Return what was observed, on the scale."""
        return float(np.mean([self.scaled(one.observed) for one in self.of]))

    def scaled(self, number: float, n_persons: float = math.inf) -> float:
        """Return a number on the scale; of a share of few simulated persons, as if half a person more were each way."""
        if self.scale == "log":
            return math.log(max(number, 1.0))
        if self.scale == "asinh":
            return math.asinh(number / ONE_WAY)
        share = number if math.isinf(n_persons) else (number * n_persons + 0.5) / (n_persons + 1.0)
        share = min(max(share, 1e-3), 1.0 - 1e-3)
        return math.log(share / (1.0 - share))

    def shown(self, scaled: np.ndarray) -> np.ndarray:
        """Return numbers of the scale as tables print them, in :attr:`unit`."""
        if self.scale == "log":
            return np.exp(scaled) / self.of[0].divide_by
        if self.scale == "asinh":
            return ONE_WAY * np.sinh(scaled) / self.of[0].divide_by
        return np.asarray(1.0 / (1.0 + np.exp(-scaled)))

    @property
    def unit(self) -> str:
        """Return the unit that people read."""
        return self.of[0].unit


@functools.cache
def targets() -> tuple[Target, ...]:
    """Return what is fitted, departures first."""
    every = quantities()
    yearly = [one for one in every if one.name == DEPARTURES]
    found = [Target(one.name, one.when, (one,), "log", math.hypot(LEVEL, YEARLY)) for one in yearly]
    for begins, spread in SPREADS.items():
        named: dict[str, list[Quantity]] = {}
        for one in every:
            if one.name.startswith(begins):
                named.setdefault(one.name, []).append(one)
        scale = "asinh" if begins.startswith("growth") else "log" if "OECD" in begins else "logit"
        for name, of in named.items():
            when = of[0].when if len(of) == 1 else f"{of[0].when[:4]}-{of[-1].when[:4]}"
            found.append(Target(name.partition(" (")[0], when, tuple(of), scale, spread))
    return tuple(found)


def covariance() -> np.ndarray:
    """Return the covariance of what may be between a run and what was observed, by target and target."""
    known = targets()
    table = np.diag([one.spread**2 for one in known])
    years = np.array([int(one.when) for one in known if one.name == DEPARTURES])
    apart = np.abs(years[:, None] - years[None, :])
    table[: len(years), : len(years)] = LEVEL**2 + YEARLY**2 * PERSISTENCE**apart
    return table


def seen(run: pd.DataFrame, point: Point, weight: float) -> np.ndarray:
    """Return what a run has of every target, each on its scale.

    Parameters
    ----------
    run : DataFrame
        Its yearly series, indexed by year.
    point : mapping
        Its unknowns, by column of a posterior.
    weight : float
        Persons that a simulated one stands for.
    """
    return np.array([_seen(target, run, point, weight) for target in targets()])


def _seen(target: Target, run: pd.DataFrame, point: Point, weight: float) -> float:
    """Return what a run has of a target.

    The register of departures begins to fill when the run begins; a constant flow before it would have had it enter
    all that it enters.  And graduates are a larger share of those who leave as they are of the people.
    """
    values = [one.run(run) for one in target.of]
    if target.name == DEPARTURES:
        year = int(target.when)
        complete = completeness(year - int(FIRST[:4]), point[LAG])
        return target.scaled(values[0] / complete) + point[KAPPA] * STOCK_GROWTH * (SHARE_SEEN - year)
    if target.name.startswith("stay"):
        persons = float(run[target.of[0].columns[0]].loc[2017:2021].sum()) / weight
        share = values[0] if math.isfinite(values[0]) else 0.5
        return target.scaled(share, persons)
    return float(np.mean([target.scaled(value) for value in values]))


def completeness(year: int, lag: float) -> float:
    """Return the share of what a register would enter in a year that comes of moves since the first year.

    Parameters
    ----------
    year : int
        Years since the first.
    lag : float
        Mean of the exponential time from a move to its entry, years; moves are as frequent in all years.
    """
    return 1.0 - lag * (math.exp(-year / lag) - math.exp(-(year + 1) / lag))
