"""What a graduate can do: h = exp(spread * ability + experience + what was learned abroad)."""

from __future__ import annotations

import math

import numpy as np

from abm.codes import HOME, UNIT
from abm.engine.compiled import compiled, inlined
from abm.engine.exponentials import round_exponentials

__all__ = [
    "human_capital",
    "human_capital_of",
    "human_capital_of_many",
    "update_human_capital",
]


@inlined
def ln_human_capital(ability: float, months_of_work: int, months_abroad: int, rules: np.record) -> float:
    """Return the log of human capital; experience counts for thirty years at the most, experience abroad for ten."""
    given = rules.human_capital
    gain = given.experience_gain / 12.0 * min(max(months_of_work, 0), 360)
    gain += given.experience_gain_abroad / 12.0 * min(months_abroad, 120)
    return given.ability_spread * ability + gain


@compiled
def human_capital(ability: float, months_of_work: int, months_abroad: int, rules: np.record) -> float:
    """Return human capital."""
    return math.exp(ln_human_capital(ability, months_of_work, months_abroad, rules))


@inlined
def ln_human_capital_of(person: np.record, month: int, rules: np.record) -> float:
    """Return the log of a person's human capital in a month."""
    abroad = person.months_abroad
    if person.country > HOME:
        abroad += month - person.arrival_month
    return ln_human_capital(float(person.ability), month - person.career_month, abroad, rules)


@compiled
def human_capital_of(person: np.record, month: int, rules: np.record) -> int:
    """Return a person's human capital in a month, in whole 1/4096."""
    return int(round(math.exp(ln_human_capital_of(person, month, rules)) * UNIT))


@compiled
def human_capital_of_many(
    persons: np.ndarray, listed: np.ndarray, month: int, rules: np.record, logs: np.ndarray, out: np.ndarray
) -> None:
    """Write what :func:`human_capital_of` returns of each of many listed rows into ``out``, given room for ``logs``."""
    for place in range(len(listed)):
        logs[place] = ln_human_capital_of(persons[listed[place]], month, rules)
    round_exponentials(logs[: len(listed)], float(UNIT), out[: len(listed)])


@compiled
def update_human_capital(persons: np.ndarray, first: int, last: int, month: int, rules: np.record) -> None:
    """Bring the human capital of rows ``first`` to ``last`` up to date."""
    for i in range(first, last):
        persons[i].human_capital = human_capital_of(persons[i], month, rules)
