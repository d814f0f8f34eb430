"""Who is of which group by language, kin or citizenship, how many of each have left, and what ties they keep within.

Kin are of one group at the start; who comes later is of one by herself.  Either way people are counted off in an order
that is drawn: the k-th is of the group in which k times the golden ratio, modulo 1, falls among the groups' shares.
These numbers are spread so evenly (Weyl, 1916; Niederreiter, 1992) that after any number of people every group has its
share but for one or two, and they begin where a draw says, so that the share is right on average in a run of any size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from abm.codes import EVERYBODY_ELSE, GROUP_START, GROUP_STUDENT, HOME
from abm.engine.streams import Purpose, uniform, uniforms
from abm.environment import Environment
from abm.network import Network, NetworkError
from abm.parameters import Group, Series
from abm.scenario import shown

__all__ = ["heritage_in", "heritage_of", "places_by_group", "ties_kept_within"]

GOLDEN = (5.0**0.5 - 1.0) / 2.0  # of all numbers the one whose multiples, modulo 1, are spread most evenly
BATCH = 16  # groups of kin that are counted off in an order that is drawn
BY_PERSON, BY_KIN, BEGIN, PLACES = range(4)  # what is drawn; a destination's places come behind the last


def heritage_of(
    environment: Environment,
    group: np.ndarray,
    month: np.ndarray,
    rank: np.ndarray,
    graduation: np.ndarray,
    diaspora: np.ndarray,
    seed: int,
) -> np.ndarray:
    """Return of which group each is, int32: 0 for everybody else, 1 for the scenario's first.

    Parameters
    ----------
    environment : Environment
        The run's environment.
    group, month, rank : ndarray of int
        The identity of graduates of the start and of those to come, by row (:class:`abm.roster.Roster`).
    graduation : ndarray
        The month in which each finishes, in ascending order.
    diaspora : ndarray of int64, shape (countries,)
        How many of the start live in each country abroad.
    seed : int
        Seed of all draws.
    """
    heritage = np.full(len(rank), EVERYBODY_ELSE, dtype=np.int32)
    if not environment.groups:
        return heritage
    for block in np.unique(group).tolist():
        members = np.flatnonzero(group == block)
        if block == GROUP_START:
            heritage[members] = _of_kin(environment, graduation[members], diaspora, seed)
            continue
        country = block - GROUP_STUDENT if block >= GROUP_STUDENT else HOME
        shares, months = _shares(environment, graduation[members], country), month[members]
        draw, cohort = np.empty(len(members)), ((block << 16) | months).astype(np.uint32)
        uniforms(seed, rank[members].astype(np.uint32), cohort, 0, Purpose.HERITAGE, BY_PERSON, draw)
        order = np.lexsort((draw, months))
        heritage[members[order]] = _counted_off(shares[order], uniform(seed, block, 0, 0, Purpose.HERITAGE, BEGIN))
    return heritage


def heritage_in(network: Network | None, environment: Environment) -> np.ndarray | None:
    """Return the groups that a network of one's own gives its persons, int32; None if it, or the scenario, has none.

    Raises
    ------
    NetworkError
        If somebody is of no group of the scenario, and not of everybody else.
    """
    if network is None or not network.groups or not environment.groups:
        return None
    codes: dict[Any, int] = {None: EVERYBODY_ELSE} | {name: k for k, name in enumerate(environment.groups, start=1)}
    for person, name in enumerate(network.groups):
        if not (name is None or isinstance(name, str)) or name not in codes:
            said = "has no group, though others have" if name == "" else f"is of the group {shown(name)}"
            raise NetworkError(
                f"person {person} of the network {said}, but must be of one of {', '.join(environment.groups)}, or "
                "None for everybody else"
            )
    return np.array([codes[name] for name in network.groups], dtype=np.int32)


def ties_kept_within(environment: Environment) -> np.ndarray:
    """Return the part of the ties between any two groups that is kept within them, everybody else the first.

    Either group keeps its part of them, shape (groups, groups), 0 within a group.
    """
    leaves = 1.0 - np.array([0.0, *(group.tie_share for _, group in environment.scenario.groups)])
    kept = 1.0 - np.outer(leaves, leaves)
    np.fill_diagonal(kept, 0.0)
    return kept


def places_by_group(environment: Environment, heritage: np.ndarray, diaspora: np.ndarray, seed: int) -> np.ndarray:
    """Return how many of each country's diaspora are of each group, whole, shape (countries, groups), 0 included.

    A group that states no share of a diaspora has there what it has of all graduates of the start, whose groups are
    given.
    """
    groups = environment.scenario.groups
    usual = np.bincount(heritage, minlength=len(groups) + 1)[1:] / max(len(heritage), 1)
    places = np.zeros((len(diaspora), len(groups) + 1), dtype=np.int64)
    for country in range(1, len(diaspora)):
        stated = [_stated(environment, group, country, "diaspora_share") for _, group in groups]
        shares = [share if share is not None else one for share, one in zip(stated, usual, strict=True)]
        up_to = np.concatenate(([0.0], np.minimum(np.cumsum(shares), 1.0), [1.0])) * int(diaspora[country])
        whole = np.floor(up_to + uniform(seed, country, 0, 0, Purpose.HERITAGE, PLACES)).astype(np.int64)
        parts = np.diff(whole)
        places[country] = np.concatenate((parts[-1:], parts[:-1]))
    return places


def _of_kin(environment: Environment, graduation: np.ndarray, diaspora: np.ndarray, seed: int) -> np.ndarray:
    """Return the group of each of the start: neighbours in the order of graduation are kin, and of one group.

    Groups have their shares of those at home, and what they state of each diaspora.
    """
    size, n = environment.scenario.network.kin_group, len(graduation)
    kin = np.arange(n) // size
    if n == 0:
        return kin
    shares = _shares(environment, np.bincount(kin, graduation) / np.bincount(kin), HOME)
    for place, (_, group) in enumerate(environment.scenario.groups):
        said = [_stated(environment, group, country, "diaspora_share") for country in range(len(diaspora))]
        stated, parts = np.array(said, dtype=float), diaspora / n
        known = ~np.isnan(stated)
        shares[:, place] *= 1.0 - parts[known].sum()
        shares[:, place] += (stated * parts)[known].sum()
    draw = np.empty(len(shares))
    numbers = np.arange(len(shares), dtype=np.uint32)
    uniforms(seed, numbers, np.zeros_like(numbers), 0, Purpose.HERITAGE, BY_KIN, draw)
    # near in age, so that shares change little from one that is counted off to the next
    order, found = np.lexsort((draw, numbers // BATCH)), np.empty(len(shares), dtype=np.int32)
    found[order] = _counted_off(shares[order], uniform(seed, GROUP_START, 0, 0, Purpose.HERITAGE, BEGIN))
    of_kin: np.ndarray = found[kin]
    return of_kin


def _counted_off(shares: np.ndarray, begin: float) -> np.ndarray:
    """Return the group of each who is counted off, given the groups' shares where each stands; 0 for the rest."""
    n, n_groups = shares.shape
    point = (begin + np.arange(n) * GOLDEN) % 1.0
    passed = (point[:, None] >= np.cumsum(shares, axis=1)).sum(axis=1)
    found: np.ndarray = np.where(passed < n_groups, passed + 1, EVERYBODY_ELSE)
    return found


def _shares(environment: Environment, graduation: np.ndarray, country: int) -> np.ndarray:
    """Return the groups' shares of those who finish in these months; of students abroad, what is stated of them."""
    shares = np.empty((len(graduation), len(environment.groups)))
    for place, (_, group) in enumerate(environment.scenario.groups):
        stated = _stated(environment, group, country, "students_share")
        years = (graduation + environment.first_month) / 12.0
        shares[:, place] = _in_years(group.share, years) if stated is None else stated
    return shares


def _stated(environment: Environment, group: Group, country: int, name: str) -> float | None:
    """Return what a group states of a destination, None if nothing; of home it states nothing."""
    share: float | None = getattr(dict(group.destinations).get(environment.names[country]), name, None)
    return share


def _in_years(share: Series, years: np.ndarray) -> np.ndarray:
    """Return a series at points in time: linear between the middle of years, constant outside."""
    if share.is_constant:
        return np.full(len(years), share.values[0])
    return np.interp(years, np.array(share.years) + 0.5, np.array(share.values))
