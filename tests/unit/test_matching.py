"""How well vacancies and job-seekers find each other: as many are hired as keep unemployment as it is given."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.matching import Economy, Efficiency, Workforce, matching_efficiency


def solved(economy: Economy, unemployment: np.ndarray, size: np.ndarray, entrants: np.ndarray) -> Efficiency:
    """Return what is found for a workforce."""
    return matching_efficiency(economy, Workforce(unemployment.tobytes(), size.tobytes(), entrants.tobytes()), "world")


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize(("pay", "search"), [((1.9, 0.95, 0.6), 0.02), ((1.0, 1.0, 1.0), 0.0)])
def test_as_many_are_hired_as_bring_unemployment_to_the_share_given(
    pay: tuple[float, float, float], search: float, spread: float
) -> None:
    """Whoever searches at work and however applicants are ranked: 5 % more would be seen, and stay within 3 % of u."""
    economy = Economy((0.05, 0.60, 0.35), (0.10, 0.60, 0.30), pay, 0.03, 0.015, search, spread)
    unemployment, size = 0.06 + 0.02 * np.sin(np.arange(120) / 20), 1.002 ** np.arange(121.0)
    entrants = 0.004 * size[:-1]
    found = solved(economy, unemployment, size, entrants)
    before = np.concatenate((unemployment[:1], unemployment[:-1]))
    stay = (size[1:] - entrants) / size[:-1]
    seekers = size[:-1] * stay * (before + 0.015 * (1.0 - before)) + entrants
    assert np.allclose(found.finding_prob, (seekers - unemployment * size[1:]) / seekers, rtol=1e-8)


def test_the_efficiency_of_one_sector_in_closed_form() -> None:
    """Where all apply to one sector, hires are m sqrt(U V): so many as jobs end, of those out of work and vacancies."""
    u, s, v = 0.05, 0.02, 0.04
    economy = Economy((0.0, 1.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 1.0), v, s, 0.0, 0.0)
    found = solved(economy, np.full(60, u), np.ones(61), np.zeros(60))
    hires, seekers, vacancies = s * (1 - u), u + s * (1 - u), (1 - u) / (1 - v) - (1 - u) * (1 - s)
    assert np.allclose(found.efficiency, hires / math.sqrt(seekers * vacancies), rtol=1e-10)
