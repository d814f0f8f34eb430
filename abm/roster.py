"""The roster: who may ever appear, when and where, who of them lives abroad at the start, and who are classmates.

Every person who may ever appear has a row from the beginning: graduates at home and abroad, students abroad, the
cohorts still to come, and foreign specialists who may consider coming.  In the network they stand in the order of
graduation, so that neighbours on its ring are classmates; in memory, in the order of the month of their review.  A
person is known by (group, cohort, rank), never by row.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.codes import EVERYBODY_ELSE, GROUP_COHORT, GROUP_FOREIGN, GROUP_START, GROUP_STUDENT, HOME, NOWHERE
from abm.engine.compiled import compiled
from abm.engine.streams import Purpose, normal_quantiles, uniform, uniforms
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.heads import Heads, heads_of
from abm.heritage import heritage_of, places_by_group
from abm.network import Network

__all__ = ["Enrolled", "Roster", "enrol", "kin_speeds", "with_classmates"]


class Roster(NamedTuple):
    """Who the rows are: identity, the month they appear, where, the month of graduation that orders them, group."""

    group: np.ndarray
    month: np.ndarray
    rank: np.ndarray
    country: np.ndarray
    graduation: np.ndarray
    heritage: np.ndarray  # group by language, kin or citizenship, 0 for everybody else

    def ordered(self, order: np.ndarray) -> Roster:
        """Return the same rows in another order."""
        return Roster(*(column[order] for column in self))


class Enrolled(NamedTuple):
    """Everybody, and who of them have a place in the network."""

    roster: Roster
    row: np.ndarray  # int32, of each who has a place in the network, in the order of graduation
    n_additional: int  # of these, the last, whom a reform adds


def enrol(environment: Environment, rules: np.recarray, workers: Workers, groups: np.ndarray | None = None) -> Enrolled:
    """Return who everybody is.

    Of which groups by language, kin or citizenship people are may be given in the order of graduation, as a network of
    one's own says it; whom a reform adds is none of them.

    Rows are in the order of the month of review and within it of graduation: the reviewers of a month stand side by
    side.  The last rows are foreign specialists, who know nobody at home.  Graduates whom a reform adds are the last in
    the network, so that nobody else has another place in it.
    """
    seed = int(rules.seed[0])
    heads = heads_of(environment, seed)
    networked = _networked_rows(environment, heads)
    networked = networked.ordered(np.argsort(networked.graduation, kind="stable"))
    additional = _additional_rows(heads)
    for rows in (networked, additional):
        identity = rows.group, rows.month, rows.rank
        rows.heritage[:] = heritage_of(environment, *identity, rows.graduation, heads.diaspora, seed)
    if groups is not None and len(groups) == len(networked.rank):  # any other number is refused with the network
        networked.heritage[:] = groups
    _settle_diaspora(networked, environment, heads.diaspora, rules, workers)
    networked = Roster(*(np.concatenate(pair) for pair in zip(networked, additional, strict=True)))
    networked, row = _by_review_month(networked, seed)
    foreign = _foreign_rows(heads)
    everybody = Roster(*(np.concatenate(pair) for pair in zip(networked, foreign, strict=True)))
    return Enrolled(everybody, row, len(additional.rank))


def with_classmates(
    network: Network, roster: Roster, n_additional: int, seed: int, kept: np.ndarray | None = None
) -> Network:
    """Return a network, in the order of graduation, with the last rows of a roster, whom a reform adds.

    Each of them knows as many as others do on average, drawn from among those who graduate about when she does.  Of
    the ties to another group the part ``kept`` goes to her own instead (:func:`abm.heritage.ties_kept_within`).
    """
    n, n_ties = network.n_persons, round(network.mean_degree)
    added = Roster(*(column[n:] for column in roster))
    cohort = ((added.group << 16) | added.month).astype(np.uint32)
    everybody = np.arange(n)
    own = [np.flatnonzero(roster.heritage[:n] == group) for group in range(0 if kept is None else len(kept))]
    draw, within, others = np.empty(n_additional), np.empty(n_additional), []
    for tie in range(n_ties):
        # a counter has room for 256 alternatives, and a network may have more ties
        key = seed, added.rank.astype(np.uint32), cohort, tie // 256
        uniforms(*key, Purpose.CLASSMATE, tie % 256, draw)
        # of twice as many classmates on either side as one knows, one of every four: nobody is drawn twice
        place = np.floor(4.0 * (tie + draw)).astype(np.int64) - 2 * n_ties
        known = _about(added.graduation, place, everybody, roster.graduation)
        if kept is not None and kept.any():
            uniforms(*key, Purpose.TIES_WITHIN, tie % 256, within)
            stays = within < kept[added.heritage, roster.heritage[known]]
            for group, members in enumerate(own):
                some = np.flatnonzero(stays & (added.heritage == group))
                if len(members):
                    known[some] = _about(added.graduation[some], place[some], members, roster.graduation)
        others.append(known)
    known = np.concatenate(others) if others else np.zeros(0, dtype=np.int64)
    return network.joined(np.tile(np.arange(n, n + n_additional), n_ties), known, n_additional)


def _about(when: np.ndarray, place: np.ndarray, among: np.ndarray, graduation: np.ndarray) -> np.ndarray:
    """Return who of some rows stands so many places behind those who graduate then, or before them."""
    middle = np.searchsorted(graduation[among], when)
    found: np.ndarray = among[np.clip(middle + place, 0, len(among) - 1)]
    return found


def _by_review_month(rows: Roster, seed: int) -> tuple[Roster, np.ndarray]:
    """Return the rows in the order of their review month, and the new row of each."""
    draw = np.empty(len(rows.rank))
    cohort = ((rows.group << 16) | rows.month).astype(np.uint32)
    uniforms(seed, rows.rank.astype(np.uint32), cohort, 0, Purpose.REVIEW_MONTH, 0, draw)
    order = np.argsort((12.0 * draw).astype(np.uint8), kind="stable")
    row = np.empty(len(order), dtype=np.int32)
    row[order] = np.arange(len(order), dtype=np.int32)
    return rows.ordered(order), row


def _block(group: int, month: int, country: int, graduation: np.ndarray) -> Roster:
    n = len(graduation)
    rank = np.arange(n, dtype=np.int32)
    return Roster(_same(group, n), _same(month, n), rank, _same(country, n), graduation, _same(EVERYBODY_ELSE, n))


def _same(value: int, n: int) -> np.ndarray:
    return np.full(n, value, dtype=np.int32)


def _monthly(group: int, counts: np.ndarray, country: int, delay: int) -> Roster:
    """Return one row for each person of monthly cohorts that graduate ``delay`` months after they appear."""
    month = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    n = len(month)
    rank = np.arange(n, dtype=np.int32) - np.repeat((np.cumsum(counts) - counts).astype(np.int32), counts)
    within = (rank + 0.5) / np.repeat(counts, counts)
    graduation = month + delay + within
    return Roster(_same(group, n), month, rank, _same(country, n), graduation, _same(EVERYBODY_ELSE, n))


def _networked_rows(environment: Environment, heads: Heads) -> Roster:
    scenario = environment.scenario
    education, study_months = scenario.education, scenario.education.study_months
    career_months = round(12 * (scenario.decision.retirement_age - education.graduation_age))
    n_start = scenario.graduates + int(heads.diaspora.sum())
    share = 1.0 - (np.arange(n_start) + heads.first_age) / n_start
    career = _career_quantile(share, education.age_tilt) * career_months
    blocks = [_block(GROUP_START, 0, 0, -career), _monthly(GROUP_COHORT, heads.home_graduates, 0, 0)]
    for country in range(1, environment.n_countries):
        n_students = int(heads.students[country])
        ahead = (np.arange(n_students) + heads.first_study[country]) / max(n_students, 1) * study_months
        blocks.append(_block(GROUP_STUDENT + country, 0, country, ahead))
        later = _monthly(GROUP_STUDENT + country, heads.student_entrants[:, country], country, study_months)
        blocks.append(later._replace(month=later.month + 1))  # month 0 of the group is the stock at the start
    return Roster(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _additional_rows(heads: Heads) -> Roster:
    """Return the graduates whom a reform adds to the cohorts, ranked behind those who are there anyway."""
    rows = _monthly(GROUP_COHORT, heads.additional_graduates, 0, 0)
    return rows._replace(rank=rows.rank + heads.home_graduates[rows.month].astype(np.int32))


def _foreign_rows(heads: Heads) -> Roster:
    rows = _monthly(GROUP_FOREIGN, heads.candidates, 0, 0)
    return rows._replace(country=_same(NOWHERE, len(rows.rank)))


def _career_quantile(share: np.ndarray, tilt: float) -> np.ndarray:
    """Return the part of the career behind the graduates below which ``share`` of them lie (density 1 - tilt x)."""
    if tilt == 0.0:
        return share
    quantile: np.ndarray = (1.0 - np.sqrt(1.0 - 2.0 * tilt * share * (1.0 - 0.5 * tilt))) / tilt
    return quantile


def _settle_diaspora(
    rows: Roster, environment: Environment, diaspora: np.ndarray, rules: np.recarray, workers: Workers
) -> None:
    """Choose who of the start lives abroad: a race in which kin share their speed, so that leaving runs in kin.

    Each group races for its own part of the places; those that a small run has nobody of the group for, all may have.
    """
    at_start = np.flatnonzero(rows.group == GROUP_START)
    rank, heritage = rows.rank[at_start], rows.heritage[at_start]
    places = places_by_group(environment, heritage, diaspora, int(rules.seed[0]))
    free = np.ones(len(at_start), dtype=bool)
    for country in range(1, len(diaspora)):
        if diaspora[country] == 0:
            continue
        arrival = np.empty(len(at_start))
        speed = kin_speeds(len(at_start), country, rules)

        def race(
            first: int, last: int, arrival: np.ndarray = arrival, speed: np.ndarray = speed, country: int = country
        ) -> None:
            _race(arrival, first, last, rank, speed, country, rules[0])

        workers.share(len(at_start), race)
        left = int(diaspora[country])
        for group, of_group in enumerate(places[country].tolist()):
            left -= _settle(free, arrival, heritage == group, min(of_group, left))
        _settle(free, arrival, free.copy(), left)
        rows.country[at_start[~free & (rows.country[at_start] == HOME)]] = country


def _settle(free: np.ndarray, arrival: np.ndarray, group: np.ndarray, places: int) -> int:
    """Give places to the first of a group to arrive who are still free; return how many there were to take them."""
    racing = np.where(free & group, arrival, np.inf)
    places = min(places, int(np.count_nonzero(free & group)))
    if places > 0:
        free[np.argpartition(racing, places - 1)[:places]] = False
    return places


def kin_speeds(n_persons: int, country: int, rules: np.recarray) -> np.ndarray:
    """Return the speed at which each group of kin leaves for a country, lognormal and stratified.

    One draw orders the groups, another places each within its part of the distribution: the few groups of a small run
    differ as much as the many of a large one.
    """
    network, seed = rules.network[0], int(rules.seed[0])
    n_groups = -(-n_persons // int(network.kin_group))
    kin, cohort = np.arange(n_groups, dtype=np.uint32), np.zeros(n_groups, dtype=np.uint32)
    order, within, quantile = np.empty(n_groups), np.empty(n_groups), np.empty(n_groups)
    uniforms(seed, kin, cohort, 0, Purpose.COMMUNITY, country, order)
    uniforms(seed, kin, cohort, 0, Purpose.KIN_STRATUM, country, within)
    place = np.empty(n_groups)
    place[np.argsort(order, kind="stable")] = np.arange(n_groups)
    normal_quantiles((place + within) / n_groups, quantile)
    speed: np.ndarray = np.exp(float(network.kin_spread) * quantile)
    return speed


@compiled
def _race(
    arrival: np.ndarray, first: int, last: int, rank: np.ndarray, speed: np.ndarray, country: int, rules: np.record
) -> None:
    """Draw when those at places ``first`` to ``last`` would arrive in a country."""
    kin_group, seed = rules.network.kin_group, rules.seed
    for i in range(first, last):
        drawn = uniform(seed, rank[i], 0, 0, Purpose.PLACE, country)
        arrival[i] = -math.log(drawn) / speed[i // kin_group]
