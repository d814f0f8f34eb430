r"""The home labour market: vacancies by sector, applications, and who gets the posts.

Posts are given by the environment; a post that nobody fills is a vacancy.  Hires of a sector in a month are
:math:`m \sqrt{v u}` with v vacancies and u applicants (a matching function with elasticity one half: Petrongolo and
Pissarides, 2001, "Looking into the black box", Journal of Economic Literature 39), never more than either (to within
one person, as fractions are carried to the next month).  Applicants
are ranked by merit * ability + (1 - merit) * connections + luck, and those above a threshold are hired: one person more
or less moves only those at the margin.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.codes import EMPLOYED, FOREIGN, HOME, NEVER, RESERVE, SECTORS
from abm.engine.compiled import BLOCK, allocating, compiled, inlined, internal
from abm.engine.prefetch import prefetch
from abm.engine.streams import Purpose, logistic_quantile, standard_normals, uniform, uniforms
from abm.engine.tally import POSTS, count
from abm.life_course import LifeCourse, begin_job, match_of, next_event
from abm.person import Graduates, is_serving, read_keys

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = [
    "Market",
    "market_of",
    "apply_for_posts",
    "award_posts",
    "fill_reserve",
    "hire",
    "remember_hires",
    "on_the_job_seekers",
    "order_statistic",
    "hiring_score",
    "sector_of",
    "application_limits",
]


class Market(NamedTuple):
    """The home labour market: its parameters, and what it remembers from month to month (arrays)."""

    seed: int
    efficiency: float
    luck: float
    on_the_job_search_rate: float
    posts: np.ndarray  # by month and sector, simulated persons
    limits: np.ndarray  # by month and sector: upper limits of the sectors' parts of the unit interval
    ln_sector_ratio: np.ndarray  # by month and sector: log wage relative to the mean before reforms
    merit: np.ndarray  # by month: weight of ability, share
    reserve_places: np.ndarray  # by month, simulated persons
    reserve_merit: np.ndarray  # by month: weight of ability in choosing among those who want one, share
    reserve_age: np.ndarray  # by month: below which one may have one, years
    remote_search: np.ndarray  # by month: rate of offers to people abroad over the rate at which seekers find work
    job_finding_prob: np.ndarray  # shape (1,): monthly chance of a job-seeker, averaged over about a year
    vacancies: np.ndarray  # by sector, this month, simulated persons
    hires: np.ndarray  # by sector, this month, simulated persons
    thresholds: np.ndarray  # by sector, the lowest score that gets a post this month
    carried: np.ndarray  # by sector: fractions of matches carried to the next month


def market_of(environment: Environment, seed: int) -> Market:
    """Return the home labour market at the beginning of a run."""
    labour = environment.scenario.labour
    limits = [
        application_limits(posts, ratio[:RESERVE], labour.sector_taste)
        for posts, ratio in zip(environment.posts, environment.ln_sector_ratio, strict=True)
    ]
    return Market(
        seed=seed,
        efficiency=labour.matching_efficiency,
        luck=labour.hiring_luck,
        on_the_job_search_rate=labour.on_the_job_search_rate,
        posts=environment.posts,
        limits=np.array(limits),
        ln_sector_ratio=environment.ln_sector_ratio,
        merit=environment.merit,
        reserve_places=environment.reserve_places,
        reserve_merit=environment.reserve_merit,
        reserve_age=environment.reserve_age,
        remote_search=environment.remote_search,
        job_finding_prob=np.array([float(environment.countries[0, HOME].job_finding_prob)]),
        vacancies=np.zeros(len(SECTORS)),
        hires=np.zeros(len(SECTORS), dtype=np.int64),
        thresholds=np.full(len(SECTORS), np.inf),
        carried=np.zeros(len(SECTORS)),
    )


@inlined
def hiring_score(merit: float, ability: float, connections: float, luck: float) -> float:
    """Return what applicants are ranked by."""
    return merit * ability + (1.0 - merit) * connections + luck


@inlined
def sector_of(u: float, limits: np.ndarray) -> int:
    """Return the sector whose part of the unit interval the draw ``u`` falls in."""
    for sector in range(len(limits) - 1):
        if u < limits[sector]:
            return sector
    return len(limits) - 1


def application_limits(posts: np.ndarray, ln_sector_ratio: np.ndarray, taste: float) -> np.ndarray:
    """Return the upper limits of the sectors' parts of the unit interval: applications go by posts and pay."""
    attraction = posts * np.exp(taste * ln_sector_ratio)
    limits: np.ndarray = np.cumsum(attraction / attraction.sum())
    return limits


@internal
def apply_for_posts(
    market: Market,
    people: Graduates,
    applicants: np.ndarray,
    begin: int,
    end: int,
    month: int,
    sectors: np.ndarray,
    scores: np.ndarray,
) -> None:
    """Let applicants ``begin`` to ``end`` of a list choose a sector and be scored, at their places in both columns.

    People in work stay away (-1) unless that sector pays better.
    """
    persons, seed = people.person, market.seed
    limits, ratio, merit = market.limits[month], market.ln_sector_ratio[month], market.merit[month]
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    sector_draw, luck_draw = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(begin, end, BLOCK):
        n = min(BLOCK, end - start)
        read_keys(persons, applicants[start : start + n], rank, cohort)
        uniforms(seed, rank[:n], cohort[:n], month, Purpose.SECTOR_APPLIED, 0, sector_draw[:n])
        uniforms(seed, rank[:n], cohort[:n], month, Purpose.HIRING_LUCK, 0, luck_draw[:n])
        for place in range(n):
            k = start + place
            person = persons[applicants[k]]
            sector = sector_of(sector_draw[place], limits)
            if person.stage == EMPLOYED and ratio[sector] <= ratio[person.sector]:
                sector = -1
            sectors[k] = sector
            chance = market.luck * logistic_quantile(luck_draw[place])
            scores[k] = hiring_score(merit, float(person.ability), float(person.connections), chance)


@allocating
def on_the_job_seekers(
    persons: np.ndarray, reviewers: np.ndarray, month: int, rate: float, seed: int, out: np.ndarray
) -> int:
    """List the reviewers in work at home who also apply for a post elsewhere; return how many."""
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    draw = np.empty(BLOCK)
    found = 0
    for begin in range(0, len(reviewers), BLOCK):
        n = min(BLOCK, len(reviewers) - begin)
        read_keys(persons, reviewers[begin : begin + n], rank, cohort)
        uniforms(seed, rank[:n], cohort[:n], month, Purpose.ON_THE_JOB_SEARCH, 0, draw[:n])
        for place in range(n):
            if draw[place] < rate:
                person = persons[reviewers[begin + place]]
                if person.country == HOME and person.stage == EMPLOYED and not is_serving(person):
                    out[found] = reviewers[begin + place]
                    found += 1
    return found


@compiled
def order_statistic(values: np.ndarray, place: int) -> float:
    """Return the value that would be at ``place`` if ``values``, which are reordered, were sorted (Hoare, 1961)."""
    low, high = 0, len(values) - 1
    while low < high:
        pivot, left, right = values[(low + high) // 2], low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left, right = left + 1, right - 1
        if place <= right:
            high = right
        elif place >= left:
            low = left
        else:
            break
    return values[place]


@compiled
def wants_reserve(person: np.record, month: int, age: float, ratio: np.ndarray) -> bool:
    """Return whether an applicant may enter the personnel reserve, and is paid better there than now."""
    if month - person.birth_month >= 12.0 * age or person.sector == RESERVE or person.origin == FOREIGN:
        return False
    return person.stage != EMPLOYED or ratio[RESERVE] > ratio[person.sector]


@internal
def fill_reserve(
    market: Market,
    people: Graduates,
    applicants: np.ndarray,
    sectors: np.ndarray,
    scores: np.ndarray,
    month: int,
    room: np.ndarray,
) -> int:
    """Give the month's places in the personnel reserve to the best who want one; return how many are given.

    Whoever gets one applies nowhere else; to all others it makes no difference that they tried.  A fraction of a place
    is carried to the next month, a place that nobody wants is not.
    """
    if market.reserve_places[month] <= 0.0:
        return 0
    ratio, merit, age = market.ln_sector_ratio[month], market.reserve_merit[month], market.reserve_age[month]
    places, n = market.reserve_places[month] + market.carried[RESERVE], 0
    chance = np.empty(len(applicants))
    for k in range(len(applicants)):
        person = people.person[applicants[k]]
        chance[k] = -np.inf
        if wants_reserve(person, month, age, ratio):
            u = uniform(market.seed, person.rank, person.cohort, month, Purpose.RESERVE, 0)
            luck = market.luck * logistic_quantile(u)
            chance[k] = hiring_score(merit, float(person.ability), float(person.connections), luck)
            room[n] = chance[k]
            n += 1
    given = min(int(places), n)
    market.carried[RESERVE] = places - int(places)
    if given > 0:
        lowest = order_statistic(room[:n], n - given)
        for k in range(len(applicants)):
            if chance[k] >= lowest:
                sectors[k], scores[k] = RESERVE, np.inf
    return given


@internal
def award_posts(
    market: Market, sectors: np.ndarray, scores: np.ndarray, month: int, tally: np.ndarray, room: np.ndarray
) -> None:
    """Match vacancies and applicants by sector, and set the score from which on an applicant gets a post.

    ``room`` is room for all scores.
    """
    for sector in range(RESERVE):
        vacancies = max(market.posts[month, sector] - tally[HOME, POSTS + sector], 0.0)
        n = 0
        for k in range(len(scores)):
            room[n] = scores[k]
            n += int(sectors[k] == sector)
        matches = min(market.efficiency * math.sqrt(n * vacancies), n, vacancies) + market.carried[sector]
        hires = min(int(matches), n)
        market.vacancies[sector], market.hires[sector] = vacancies, hires
        market.carried[sector] = min(matches - hires, 1.0)
        market.thresholds[sector] = order_statistic(room[:n], n - hires) if hires > 0 else np.inf


@internal
def hire(
    market: Market,
    people: Graduates,
    applicants: np.ndarray,
    begin: int,
    end: int,
    sectors: np.ndarray,
    scores: np.ndarray,
    month: int,
    home: np.record,
    life: LifeCourse,
    tally: np.ndarray,
) -> int:
    """Give posts to applicants ``begin`` to ``end`` at or above the thresholds; return how many had no job before."""
    persons, event_month, belief = people.person, people.event_month, people.belief
    hired, rank, cohort = (
        np.empty(BLOCK, dtype=np.int32),
        np.empty(BLOCK, dtype=np.uint32),
        np.empty(BLOCK, dtype=np.uint32),
    )
    posts, luck, level, length = np.empty(BLOCK, dtype=np.int8), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    from_unemployment, n = 0, 0
    for k in range(begin, end):
        sector = sectors[k]
        if sector >= 0 and scores[k] >= market.thresholds[sector]:
            hired[n], posts[n] = applicants[k], sector
            n += 1
        if n < BLOCK and k < end - 1:
            continue
        read_keys(persons, hired[:n], rank, cohort)
        for place in range(n):
            prefetch(event_month, hired[place])
            prefetch(belief, hired[place])
        standard_normals(life.seed, rank[:n], cohort[:n], month, Purpose.MATCH, HOME, luck[:n])
        uniforms(life.seed, rank[:n], cohort[:n], month, Purpose.GRADUATE_LEVEL, HOME, level[:n])
        uniforms(life.seed, rank[:n], cohort[:n], month, Purpose.SEPARATION, 0, length[:n])
        for place in range(n):
            i = hired[place]
            person = persons[i]
            count(person, belief[i], tally, -1)
            from_unemployment += person.stage != EMPLOYED
            match = match_of(luck[place], level[place], home.graduate_job_share, life)
            begin_job(person, month, home.separation_prob, match, posts[place], length[place])
            if posts[place] == RESERVE:
                # its posts are paid by a scale and last for a term
                person.match, person.status_month = 0.0, min(month + max(home.reserve_months, 1), NEVER)
            event_month[i] = next_event(person, month, life.retirement_months)
            count(person, belief[i], tally, 1)
        n = 0
    return from_unemployment


@compiled
def remember_hires(market: Market, from_unemployment: int, n_seekers: int) -> None:
    """Move a job-seeker's chance towards this month's."""
    if n_seekers > 0:
        market.job_finding_prob[0] += (from_unemployment / n_seekers - market.job_finding_prob[0]) / 12.0
