"""Running counts by country: who changes is taken out before and put back after, so that nobody is counted every month.

A tally is an int64 array of shape (countries, COLUMNS + groups); whole numbers, so that it does not depend on the order
of persons or on the number of threads.  The accounts compare it with a full census every year.
"""

from __future__ import annotations

import numpy as np

from abm.codes import ABSENT, EMPLOYED, EVERYBODY_ELSE, HOME, JOB_SEEKER, SECTORS, STAGES, UNIT
from abm.engine.compiled import compiled, inlined
from abm.person import Graduates

__all__ = [
    "ABILITY",
    "BELIEF",
    "CAPITAL_AT_WORK",
    "COLUMNS",
    "HUMAN_CAPITAL",
    "POSTS",
    "SECTOR_ABILITY",
    "census",
    "count",
    "count_changes",
    "empty_tally",
    "whole_units",
]

# the first columns count persons by stage; then human capital of graduates (who work or look for work) and of those at
# work alone, and ability and belief of graduates, in 1/4096
HUMAN_CAPITAL, CAPITAL_AT_WORK, ABILITY, BELIEF, POSTS = range(len(STAGES), len(STAGES) + 5)
# posts at home filled, and the ability of those who fill them, by sector
SECTOR_ABILITY = POSTS + len(SECTORS)
# behind them graduates of each group by language, kin or citizenship, but for everybody else
COLUMNS = SECTOR_ABILITY + len(SECTORS)


def empty_tally(n_countries: int, n_groups: int = 0) -> np.ndarray:
    """Return a tally of nobody, int64 of shape (countries, COLUMNS + groups)."""
    return np.zeros((n_countries, COLUMNS + n_groups), dtype=np.int64)


@inlined
def whole_units(value: float) -> int:
    """Return a number in whole 1/4096."""
    return int(round(float(value) * UNIT))


@compiled
def count(person: np.record, belief: float, tally: np.ndarray, sign: int) -> None:
    """Put a person into the tally (``sign`` 1), or take her out (-1)."""
    country, stage = person.country, person.stage
    if stage == ABSENT:
        return
    tally[country, stage] += sign
    if stage == EMPLOYED or stage == JOB_SEEKER:
        tally[country, HUMAN_CAPITAL] += sign * person.human_capital
        tally[country, ABILITY] += sign * whole_units(person.ability)
        tally[country, BELIEF] += sign * whole_units(belief)
        if person.heritage != EVERYBODY_ELSE:
            tally[country, COLUMNS + person.heritage - 1] += sign
    if stage == EMPLOYED:
        tally[country, CAPITAL_AT_WORK] += sign * person.human_capital
    if stage == EMPLOYED and country == HOME:
        tally[HOME, POSTS + person.sector] += sign
        tally[HOME, SECTOR_ABILITY + person.sector] += sign * whole_units(person.ability)


@inlined
def count_changes(
    person: np.record, belief: float, new_belief: float, new_human_capital: int, tally: np.ndarray
) -> None:
    """Bring the tally up to date with a new belief and new human capital of somebody who works or looks for work."""
    gained = new_human_capital - person.human_capital
    tally[person.country, HUMAN_CAPITAL] += gained
    if person.stage == EMPLOYED:
        tally[person.country, CAPITAL_AT_WORK] += gained
    tally[person.country, BELIEF] += whole_units(new_belief) - whole_units(belief)


@compiled
def census(people: Graduates, first: int, last: int, tally: np.ndarray) -> None:
    """Put rows ``first`` to ``last`` into the tally."""
    persons, belief = people.person, people.belief
    for i in range(first, last):
        count(persons[i], belief[i], tally, 1)
