"""What a graduate can do: h = exp(spread * ability + experience + what was learned abroad)."""

from __future__ import annotations

import math

import numpy as np

from abm.codes import HOME, UNIT
from abm.engine.compiled import compiled

__all__ = [
    "human_capital",
    "human_capital_of",
    "update_human_capital",
]


@compiled
def human_capital(ability: float, months_of_work: int, months_abroad: int, rules: np.record) -> float:
    """Return human capital; experience counts for thirty years at the most, experience abroad for ten."""
    given = rules.human_capital
    gain = given.experience_gain / 12.0 * min(max(months_of_work, 0), 360)
    gain += given.experience_gain_abroad / 12.0 * min(months_abroad, 120)
    return math.exp(given.ability_spread * ability + gain)


@compiled
def human_capital_of(person: np.record, month: int, rules: np.record) -> int:
    """Return a person's human capital in a month, in whole 1/4096."""
    abroad = person.months_abroad
    if person.country > HOME:
        abroad += month - person.arrival_month
    months_of_work = month - person.career_month
    return int(round(human_capital(float(person.ability), months_of_work, abroad, rules) * UNIT))


@compiled
def update_human_capital(persons: np.ndarray, first: int, last: int, month: int, rules: np.record) -> None:
    """Bring the human capital of rows ``first`` to ``last`` up to date."""
    for i in range(first, last):
        persons[i].human_capital = human_capital_of(persons[i], month, rules)
