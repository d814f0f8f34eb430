"""The model of Gürsoy and Badur (2021) in arrays: its rules, its draws, and a run of all its ticks, compiled.

Gürsoy, F., and Badur, B. (2021), "An agent-based modelling approach to brain drain", IEEE Transactions on Computational
Social Systems.  A thousand skilled persons at home may leave for good.  In tick t = 0, 1, ..., 49 of a year each

    G_t = G* - (G* - G_0) exp(-0.1 t)
    y   = x + G_t
    p   = exp(1.5 y - 4) / (exp(1.5 y - 4) + 1) + networkCoef ln(1 + NA) / 20

and, where p > threshold, whoever is at home tries: she leaves if a uniform draw is below p luck, else her luck is
multiplied by luckCoef.  NA are those she knows who live abroad.  The same model as Mesa's agents is
:mod:`experiments.replication.plain`; both take rules and draws from here, and end in the same bits.

All is in one file, as compiled code is kept by the file of the rule that is called.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.engine.compiled import allocating, compiled, inlined, internal
from abm.engine.streams import Purpose, uniform

__all__ = [
    "BARABASI_ALBERT",
    "ERDOS_RENYI",
    "NO_TIES",
    "PERSONS",
    "SCALE",
    "SHIFT",
    "TICKS",
    "TURNOVER",
    "Levels",
    "acting_order",
    "advantage_abroad",
    "age_at_start",
    "attempt",
    "attractiveness_gap",
    "death_order",
    "end_drawn",
    "link_drawn",
    "links_wanted",
    "one_drawn",
    "other_drawn",
    "run_ticks",
    "score",
]

NO_TIES, ERDOS_RENYI, BARABASI_ALBERT = 0, 1, 2
PERSONS, TURNOVER, TICKS = 1000, 33, 50
OLDEST_AT_START = 30
SCALE, SHIFT, NORM, DECAY = 1.5, 4.0, 20.0, 0.1
HOME_IS_EMPTY, NO_OTHER_LINK = 1, 2  # what ends a run early


class Levels(NamedTuple):
    """A setting as numbers (:class:`experiments.replication.settings.Setting`)."""

    network: int
    threshold: float
    luck_coef: float
    gap_start: float
    gap_end: float
    network_coef: float
    links_per_node: int


class Persons(NamedTuple):
    """Those who are alive, a place each, and their links; a place is taken again by the next who is born."""

    number: np.ndarray  # in the order of birth, which keys their draws
    age: np.ndarray
    advantage: np.ndarray  # of being abroad, x
    luck: np.ndarray
    at_home: np.ndarray
    n_abroad: np.ndarray  # those one knows who live abroad, NA
    tied: np.ndarray  # which two places have a link
    links: np.ndarray  # the two places of each link, in the order in which links were made
    n_links: np.ndarray  # one number
    by_birth: np.ndarray  # places in the order of birth


@inlined
def attractiveness_gap(gap_start: float, gap_end: float, tick: int) -> float:
    """Return how much more attractive abroad is than home in a tick, G_t."""
    return gap_end - (gap_end - gap_start) * math.exp(-DECAY * tick)


@inlined
def score(utility: float, n_abroad: int, network_coef: float) -> float:
    """Return the emigration score p of a utility y of moving, and of those one knows abroad."""
    odds = math.exp(SCALE * utility - SHIFT)
    return odds / (odds + 1.0) + network_coef * math.log(1.0 + n_abroad) / NORM


@inlined
def _one_of(draw: float, n: int) -> int:
    return min(int(draw * n), n - 1)


@inlined
def advantage_abroad(seed: int, person: int) -> float:
    """Return a person's private advantage of being abroad, uniform on (-1, 1)."""
    return 2.0 * uniform(seed, person, 0, 0, Purpose.ADVANTAGE_ABROAD, 0) - 1.0


@inlined
def age_at_start(seed: int, person: int) -> int:
    """Return for how many years somebody has worked at the start: 0 to 30, all equally likely."""
    return _one_of(uniform(seed, person, 0, 0, Purpose.YEARS_WORKED, 0), OLDEST_AT_START + 1)


@inlined
def death_order(seed: int, person: int, age: int, tick: int) -> float:
    """Return what tells who dies first, the largest: age, and chance among equals."""
    return age + uniform(seed, person, 0, tick, Purpose.TURNOVER, 0)


@inlined
def acting_order(seed: int, person: int, tick: int) -> float:
    """Return what tells who acts first in a tick, the smallest."""
    return uniform(seed, person, 0, tick, Purpose.ACTING_ORDER, 0)


@inlined
def attempt(seed: int, person: int, tick: int) -> float:
    """Return the draw that p luck has to exceed for a person to leave."""
    return uniform(seed, person, 0, tick, Purpose.ATTEMPT, 0)


@inlined
def links_wanted(seed: int, person: int, links_per_node: int) -> int:
    """Return how often somebody who is born tries to make a link: 0 to four times the links per node."""
    return _one_of(uniform(seed, person, 0, 0, Purpose.TIES_WANTED, 0), 4 * links_per_node + 1)


@inlined
def one_drawn(seed: int, number: int, again: int, n: int) -> int:
    """Return which of ``n`` persons a link of the initial network begins at."""
    return _one_of(uniform(seed, number, 0, again, Purpose.TIE, 0), n)


@inlined
def other_drawn(seed: int, number: int, which: int, place: int, n: int) -> int:
    """Return which of ``n`` persons, but not the one in ``place``, a link leads to."""
    other = _one_of(uniform(seed, number, which, 0, Purpose.TIE, 1), n - 1)
    return other + 1 if other >= place else other


@inlined
def link_drawn(seed: int, number: int, which: int, again: int, n_links: int) -> int:
    """Return which of the links there are gives one of its ends to another link."""
    return _one_of(uniform(seed, number, which, again, Purpose.TIE, 1), n_links)


@inlined
def end_drawn(seed: int, number: int, which: int) -> int:
    """Return which end of it, 0 or 1."""
    return _one_of(uniform(seed, number, which, 0, Purpose.TIE, 2), 2)


@compiled
def _link(persons: Persons, one: int, other: int) -> None:
    """Link two places, unless they are linked already."""
    if persons.tied[one, other]:
        return
    persons.tied[one, other] = persons.tied[other, one] = True
    n = persons.n_links[0]
    persons.links[n, 0], persons.links[n, 1] = one, other
    persons.n_links[0] = n + 1
    persons.n_abroad[one] += not persons.at_home[other]
    persons.n_abroad[other] += not persons.at_home[one]


@compiled
def _has_all_links(persons: Persons, place: int) -> bool:
    """Return whether every link there is leads to somebody; nobody can have as many links as there are persons."""
    n = persons.n_links[0]
    if n >= PERSONS:
        return False
    for other in range(PERSONS):
        n -= persons.tied[place, other]
    return n == 0


@compiled
def _end_of_another_link(persons: Persons, seed: int, number: int, which: int, place: int) -> int:
    """Return an end of a link that is not of the one in ``place``; there must be one."""
    again = 0
    while True:
        found = persons.links[link_drawn(seed, number, which, again, persons.n_links[0])]
        if found[0] != place and found[1] != place:
            return int(found[end_drawn(seed, number, which)])
        again += 1


@compiled
def _first_links(persons: Persons, levels: Levels, seed: int) -> None:
    """Make the initial network."""
    wanted = PERSONS * levels.links_per_node
    number = 0
    if levels.network == ERDOS_RENYI:
        while persons.n_links[0] < wanted:
            one = one_drawn(seed, number, 0, PERSONS)
            _link(persons, one, other_drawn(seed, number, 0, one, PERSONS))
            number += 1
    if levels.network == BARABASI_ALBERT:
        one = one_drawn(seed, 0, 0, PERSONS)
        _link(persons, one, other_drawn(seed, 0, 0, one, PERSONS))
        for number in range(1, wanted + 1):
            one, again = one_drawn(seed, number, 0, PERSONS), 0
            while _has_all_links(persons, one):
                again += 1
                one = one_drawn(seed, number, again, PERSONS)
            _link(persons, one, _end_of_another_link(persons, seed, number, 0, one))


@compiled
def _links_of_newborn(persons: Persons, levels: Levels, seed: int, rank: int) -> int:
    """Make the links of whoever was born last, who is the ``rank``-th of the living by birth, from 0."""
    if levels.network == NO_TIES:
        return 0
    place = persons.by_birth[rank]
    number = persons.number[place]
    for which in range(1, links_wanted(seed, number, levels.links_per_node) + 1):
        if levels.network == ERDOS_RENYI:
            other = persons.by_birth[other_drawn(seed, number, which, rank, rank + 1)]
        else:
            if _has_all_links(persons, place):
                return NO_OTHER_LINK
            other = _end_of_another_link(persons, seed, number, which, place)
        _link(persons, place, other)
    return 0


@compiled
def _die(persons: Persons, place: int) -> None:
    """Take somebody's links away."""
    for other in range(PERSONS):
        if persons.tied[place, other]:
            persons.tied[place, other] = persons.tied[other, place] = False
            persons.n_abroad[other] -= not persons.at_home[place]
    persons.n_abroad[place] = 0
    persons.number[place] = -1


@compiled
def _forget_links(persons: Persons) -> None:
    """Keep the links that are left, in their order."""
    kept = 0
    for each in range(persons.n_links[0]):
        one, other = persons.links[each, 0], persons.links[each, 1]
        if persons.number[one] >= 0 and persons.number[other] >= 0:
            persons.links[kept, 0], persons.links[kept, 1] = one, other
            kept += 1
    persons.n_links[0] = kept


@compiled
def _appear(persons: Persons, seed: int, place: int, number: int, age: int) -> None:
    persons.number[place], persons.age[place] = number, age
    persons.advantage[place] = advantage_abroad(seed, number)
    persons.luck[place], persons.at_home[place] = 1.0, True


@internal
def _oldest(persons: Persons, seed: int, tick: int) -> np.ndarray:
    """Return the places of those who die: the oldest, and by chance among those of one age."""
    by_age = np.zeros(persons.age.max() + 1, dtype=np.int64)
    for age in persons.age:
        by_age[age] += 1
    youngest, n = len(by_age), 0
    while n < TURNOVER:
        youngest -= 1
        n += by_age[youngest]
    places, order = np.empty(n, dtype=np.int64), np.empty(n)
    n = 0
    for place in persons.by_birth:
        if persons.age[place] >= youngest:
            places[n] = place
            order[n] = death_order(seed, persons.number[place], persons.age[place], tick)
            n += 1
    return places[np.argsort(order)[n - TURNOVER :]]


@allocating
def _renew(persons: Persons, levels: Levels, seed: int, tick: int) -> int:
    """Let the oldest die and as many be born, each with her links before the next; return what went wrong, or 0.

    A child takes after her parent in nothing but being at home, so nobody asks whose she is.
    """
    for place in range(PERSONS):
        persons.age[place] += 1
    free = _oldest(persons, seed, tick)
    for place in free:
        _die(persons, place)
    _forget_links(persons)
    living, n_home = 0, 0
    for rank in range(PERSONS):
        place = persons.by_birth[rank]
        if persons.number[place] >= 0:
            persons.by_birth[living] = place
            living += 1
            n_home += persons.at_home[place]
    if n_home < TURNOVER:
        return HOME_IS_EMPTY
    for which in range(TURNOVER):
        persons.by_birth[living] = free[which]
        _appear(persons, seed, free[which], PERSONS + TURNOVER * tick + which, 0)
        wrong = _links_of_newborn(persons, levels, seed, living)
        if wrong != 0:
            return wrong
        living += 1
    return 0


@compiled
def _act(persons: Persons, levels: Levels, seed: int, tick: int, place: int) -> int:
    """Let somebody at home decide; return whether she leaves."""
    utility = persons.advantage[place] + attractiveness_gap(levels.gap_start, levels.gap_end, tick)
    p = score(utility, persons.n_abroad[place], levels.network_coef)
    if not p > levels.threshold:
        return 0
    if not attempt(seed, persons.number[place], tick) < p * persons.luck[place]:
        persons.luck[place] *= levels.luck_coef
        return 0
    persons.at_home[place] = False
    if levels.network != NO_TIES:
        for other in range(PERSONS):
            persons.n_abroad[other] += persons.tied[place, other]
    return 1


@allocating
def _decide(persons: Persons, levels: Levels, seed: int, tick: int) -> int:
    """Let all at home decide, one after the other, and return how many leave."""
    at_home, order = np.empty(PERSONS, dtype=np.int64), np.empty(PERSONS)
    n = 0
    for rank in range(PERSONS):
        place = persons.by_birth[rank]
        if persons.at_home[place]:
            at_home[n], order[n] = place, acting_order(seed, persons.number[place], tick)
            n += 1
    left = 0
    for which in np.argsort(order[:n]):
        left += _act(persons, levels, seed, tick, at_home[which])
    return left


@allocating
def _persons(levels: Levels) -> Persons:
    most_links = 1
    if levels.network != NO_TIES:
        most_links += levels.links_per_node * (PERSONS + 4 * TURNOVER * TICKS)
    return Persons(
        np.arange(PERSONS),
        np.zeros(PERSONS, dtype=np.int64),
        np.zeros(PERSONS),
        np.ones(PERSONS),
        np.ones(PERSONS, dtype=np.bool_),
        np.zeros(PERSONS, dtype=np.int64),
        np.zeros((PERSONS, PERSONS), dtype=np.bool_),
        np.empty((most_links, 2), dtype=np.int16),
        np.zeros(1, dtype=np.int64),
        np.arange(PERSONS),
    )


@allocating
def run_ticks(levels: Levels, seed: int, abroad: np.ndarray, left: np.ndarray) -> int:
    """Run all ticks, and write how many live abroad after each, and how many left in it.

    Parameters
    ----------
    levels : Levels
        The setting.
    seed : int
        Seed of the run.
    abroad, left : ndarray of int64, shape (TICKS,)
        Where to write.

    Returns
    -------
    int
        0, or why the run ended early: 1, fewer than 33 at home; 2, no link but her own for one who is born.
    """
    persons = _persons(levels)
    for number in range(PERSONS):
        _appear(persons, seed, number, number, age_at_start(seed, number))
    _first_links(persons, levels, seed)
    for tick in range(TICKS):
        wrong = _renew(persons, levels, seed, tick)
        if wrong != 0:
            return wrong
        left[tick] = _decide(persons, levels, seed, tick)
        abroad[tick] = PERSONS - persons.at_home.sum()
    return 0
