"""Reservation matches: offers draw a match, and only those are taken that are worth the move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from abm.codes import RETIRED
from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample, share_abroad, share_errors
from experiments.verification.chains import FOR_GOOD, WITHOUT_MERIT, logistic
from experiments.verification.worlds import frictionless

__all__ = [
    "FAMILY",
]

SPREAD, LOSS, LEVEL = 0.4, 0.5, 0.7  # of matches; below graduate level, and the share that is at it
OFFERS, PERMIT = 0.8, 0.9
FOUND = (1.0 - math.exp(-OFFERS)) * PERMIT
EDGES = np.linspace(-0.6, 1.4, 11)
WIDTH = 0.2
YEARS = (1, 2, 4, 7)
PERSONS = 400_000


def _normal(x: np.ndarray, spread: float) -> np.ndarray:
    return np.asarray(np.exp(-((x / spread) ** 2) / 2.0) / (spread * math.sqrt(2.0 * math.pi)))


def _law(matches: np.ndarray, spread: float, loss: float) -> np.ndarray:
    """Return the density of matches, of which a part is below graduate level if that costs anything."""
    if loss == 0.0:
        return _normal(matches, spread)
    return LEVEL * _normal(matches, spread) + (1.0 - LEVEL) * _normal(matches + loss, spread)


GRID = np.linspace(-3.0, 3.0, 1201)
STEP = float(GRID[1] - GRID[0])


def taken(weight: float, gain: float, loss: float = 0.0, spread: float = SPREAD) -> np.ndarray:
    """Return the chance that an offer comes in a year and is taken, by the match here and the density of that offered.

    Parameters
    ----------
    weight : float
        Of log income.
    gain : float
        By how much an offer must be better than the job here for an even chance: the reservation.
    loss, spread : float
        What a job below graduate level is worth less, and the spread of matches.

    Returns
    -------
    ndarray, shape (matches here, matches offered)
        Over :data:`GRID`.
    """
    chance = logistic(weight * (GRID[None, :] - GRID[:, None] - gain))
    return np.asarray(FOUND * chance * _law(GRID, spread, loss)[None, :])


def _world(weight: float, gain: float, loss: float, error: float, years: int, n: int) -> Any:
    changes = {
        "end": f"{2025 + years}-12",
        "decision.income_weight": weight,
        "decision.rule_of_law_weight": 0.0,
        "decision.return_cost": 50.0,
        "labour.match_spread": SPREAD * error,
        "labour.underemployment_loss": loss,
        "labour.graduate_job_share": LEVEL,
    }
    there = FOR_GOOD | {"wage": 2000.0, "offer_rate": OFFERS, "permit_prob": PERMIT, "moving_cost": weight * gain}
    return frictionless(
        WITHOUT_MERIT | changes, graduates=n, destinations={"abroad": there | {"graduate_job_share": LEVEL}}
    )


def _matches(name: str, weight: float, gain: float, loss: float = 0.0) -> Case:
    """Return the matches that those have who left in a year, by bins, and their mean."""

    @lru_cache(maxsize=1)
    def density() -> np.ndarray:
        here = _law(GRID, SPREAD, loss) * STEP
        return np.asarray(here @ taken(weight, gain, loss))

    def within(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return the chance of leaving with a match between two ends."""
        cumulative = np.concatenate([[0.0], np.cumsum((density()[1:] + density()[:-1]) / 2.0) * STEP])
        return np.asarray(np.interp(high, GRID, cumulative) - np.interp(low, GRID, cumulative))

    def moments() -> tuple[float, float]:
        share = density().sum()
        mean = float(GRID @ density() / share)
        return mean, float(np.sqrt((GRID - mean) ** 2 @ density() / share))

    def exact(n: int) -> np.ndarray:
        return np.append(within(EDGES[:-1], EDGES[1:]), [density().sum() * STEP, moments()[0]])

    def simulate(error: float, seed: int, n: int) -> Sample:
        run = Simulation(_world(weight, gain, loss, error, 1, n), seed=seed).run()
        person = run.graduates.person
        chose = person.stage != RETIRED
        match = person.match[chose & (person.country == 1)].astype(float)
        counts = np.append(np.histogram(match, EDGES)[0], len(match)) / chose.sum()
        errors = np.append(share_errors(exact(n)[:-1], int(chose.sum())), moments()[1] / math.sqrt(len(match)))
        return Sample(np.append(counts, match.mean()), errors)

    def curve() -> Curve:
        centre = np.linspace(-0.7, 1.5, 120)
        return centre, within(centre - WIDTH / 2.0, centre + WIDTH / 2.0)

    bins = [f"left with a match of {low:.1f} to {low + WIDTH:.1f}" for low in EDGES[:-1]]
    x = [*(EDGES[:-1] + WIDTH / 2.0), math.nan, math.nan]
    return Case(name, [*bins, "left", "mean match"], exact, simulate, PERSONS, x=x, curve=curve)


def _by_year(name: str, weight: float, gain: float, years: Sequence[int] = YEARS) -> Case:
    """Return who has left after some years: those with good matches here run out last."""
    a_year = taken(weight, gain).sum(axis=1) * STEP
    here = _law(GRID, SPREAD, 0.0) * STEP
    exact = np.array([1.0 - here @ (1.0 - a_year) ** year for year in years])

    def simulate(error: float, seed: int, n: int) -> Sample:
        run = Simulation(_world(weight, gain, 0.0, error, years[-1], n), seed=seed).run()
        return share_abroad(run, [12 * year - 1 for year in years], exact)

    return Case(name, [f"has left after {year} years" for year in years], lambda n: exact, simulate, PERSONS)


FAMILY = Family(
    name="reservation match",
    form="integral of offers over matches here and there, each taken by the logit of what it adds",
    planted="spread of matches",
    cases=(
        _matches("blunt: income weighs 1", 1.0, 0.4),
        _matches("sharp: income weighs 20", 20.0, 0.4),
        _matches("sharp, some jobs below graduate level", 20.0, 0.4, LOSS),
        _by_year("sharp, over years", 20.0, 0.4),
    ),
    title="Reservation match: where income weighs much, only matches well above one's own are taken",
    xlabel="match of the job abroad, log points",
    ylabel="left in a year with such a match, share per .2",
)
