"""Ties mostly within groups: ties between two groups exchanged in pairs, so that everybody knows as many as before.

Of a tie between a and b and one between c and d, where a and c are of one group and b and d of another, the exchange
makes one between a and c and one between b and d (a double-edge swap: Maslov and Sneppen, 2002, Science 296).  Ties
that are exchanged for each other stand next to each other in the order of persons, so that who knows those of her own
years goes on doing so.
"""

from __future__ import annotations

import numpy as np

from abm.engine.compiled import compiled, inlined
from abm.engine.streams import Purpose, uniform
from abm.network import Network

__all__ = ["kept_within"]

ROOM = 32  # ties between two groups that wait for another


def kept_within(network: Network, group: np.ndarray, kept: np.ndarray, seed: int) -> Network:
    """Return a network in which a part of the ties between groups is kept within them instead.

    Parameters
    ----------
    network : Network
        The ties as they are.
    group : ndarray of uint8, shape (n,)
        The group of each person.
    kept : ndarray, shape (groups, groups)
        The part of the ties between any two groups that is to be kept within them, symmetric.
    seed : int
        Seed of the draws, one for each tie.

    Returns
    -------
    Network
        With the same number of ties for everybody.  Ties for which there is no other to exchange them for, without
        anybody knowing herself or somebody twice, stay as they are.
    """
    if not kept.any():
        return network
    neighbour = network.neighbour.copy()
    n_pairs = len(kept) * len(kept)
    waiting, n_waiting = np.empty((n_pairs, ROOM, 2), dtype=np.int32), np.zeros(n_pairs, dtype=np.int64)
    _exchange(network.first, neighbour, group, kept, seed, waiting, n_waiting)
    _sort_rows(network.first, neighbour)
    return Network._of(network.first, neighbour)


@inlined
def knows(first: np.ndarray, neighbour: np.ndarray, one: int, other: int) -> bool:
    """Return whether two persons know each other; rows need not be in order."""
    if first[other + 1] - first[other] < first[one + 1] - first[one]:
        one, other = other, one
    for position in range(first[one], first[one + 1]):
        if neighbour[position] == other:
            return True
    return False


@inlined
def put(first: np.ndarray, neighbour: np.ndarray, person: int, old: int, new: int) -> None:
    """Let a person know another in somebody's place."""
    position = first[person]
    while neighbour[position] != old:
        position += 1
    neighbour[position] = new


@compiled
def _exchange(
    first: np.ndarray,
    neighbour: np.ndarray,
    group: np.ndarray,
    kept: np.ndarray,
    seed: int,
    waiting: np.ndarray,
    n_waiting: np.ndarray,
) -> None:
    """Exchange ties in place: each that is to be kept within waits for another between the same two groups."""
    for person in range(len(first) - 1):
        for position in range(first[person], first[person + 1]):
            other = neighbour[position]
            if other <= person or group[other] == group[person]:
                continue
            if uniform(seed, person, other, 0, Purpose.TIES_WITHIN, 0) >= kept[group[person], group[other]]:
                continue
            one, two = (person, other) if group[person] < group[other] else (other, person)
            pair = group[one] * len(kept) + group[two]
            place = _partner(first, neighbour, one, two, waiting[pair, : n_waiting[pair]])
            if place >= 0:
                like_one, like_two = waiting[pair, place, 0], waiting[pair, place, 1]
                put(first, neighbour, one, two, like_one)
                put(first, neighbour, like_one, like_two, one)
                put(first, neighbour, two, one, like_two)
                put(first, neighbour, like_two, like_one, two)
            if place >= 0 or n_waiting[pair] == ROOM:  # whoever has waited longest finds nobody, as with the best known
                n_waiting[pair] -= 1
                for k in range(max(place, 0), n_waiting[pair]):
                    waiting[pair, k, 0], waiting[pair, k, 1] = waiting[pair, k + 1, 0], waiting[pair, k + 1, 1]
            if place < 0:
                waiting[pair, n_waiting[pair], 0], waiting[pair, n_waiting[pair], 1] = one, two
                n_waiting[pair] += 1


@compiled
def _partner(first: np.ndarray, neighbour: np.ndarray, one: int, two: int, waiting: np.ndarray) -> int:
    """Return which of the waiting ties a tie can be exchanged for, the latest first; -1 for none."""
    for place in range(len(waiting) - 1, -1, -1):
        like_one, like_two = waiting[place, 0], waiting[place, 1]
        if like_one == one or like_two == two:
            continue
        if not knows(first, neighbour, one, like_one) and not knows(first, neighbour, two, like_two):
            return place
    return -1


@compiled
def _sort_rows(first: np.ndarray, neighbour: np.ndarray) -> None:
    for person in range(len(first) - 1):
        for position in range(first[person] + 1, first[person + 1]):
            # insertion sort: rows are short, or hardly changed
            other, place = neighbour[position], position
            while place > first[person] and neighbour[place - 1] > other:
                neighbour[place] = neighbour[place - 1]
                place -= 1
            neighbour[place] = other
