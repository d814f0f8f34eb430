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
from abm.engine.streams import Purpose, logistic_quantile, standard_normals, uniforms
from abm.engine.tally import POSTS, count
from abm.heads import RESERVE_PLACES, start_offset
from abm.life_course import Now, begin_job, match_of, next_event
from abm.matching import application_shares
from abm.person import Graduates, draw, is_serving, read_keys

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = [
    "Applications",
    "Market",
    "application_limits",
    "apply_for_posts",
    "award_posts",
    "fill_reserve",
    "hire",
    "hiring_score",
    "market_of",
    "on_the_job_seekers",
    "order_statistic",
    "remember_hires",
    "sector_of",
]


class Market(NamedTuple):
    """The home labour market: what each month brings, and what is remembered from month to month."""

    posts: np.ndarray  # by month and sector, simulated persons
    efficiency: np.ndarray  # by month: hires from one vacancy and one applicant
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
    carried: np.ndarray  # by sector: fractions of matches, and of places in the reserve, carried to the next month


def market_of(environment: Environment, seed: int) -> Market:
    """Return the home labour market at the beginning of a run."""
    labour = environment.scenario.labour
    carried = np.zeros(len(SECTORS))
    carried[RESERVE] = start_offset(seed, RESERVE_PLACES)
    limits = [
        application_limits(posts, ratio[:RESERVE], labour.sector_taste)
        for posts, ratio in zip(environment.posts, environment.ln_sector_ratio, strict=True)
    ]
    return Market(
        posts=environment.posts,
        efficiency=environment.matching_efficiency,
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
        carried=carried,
    )


@inlined
def hiring_score(merit: float, ability: float, connections: float, luck: float) -> float:
    """Return what applicants are ranked by."""
    return merit * ability + (1.0 - merit) * connections + luck


@inlined
def score_of(person: np.record, merit: float, u: float, rules: np.record) -> float:
    """Return what a person is ranked by (:func:`hiring_score`), her luck from the uniform draw ``u``."""
    luck = rules.labour.hiring_luck * logistic_quantile(u)
    return hiring_score(merit, float(person.ability), float(person.connections), luck)


@inlined
def sector_of(u: float, limits: np.ndarray) -> int:
    """Return the sector whose part of the unit interval the draw ``u`` falls in."""
    for sector in range(len(limits) - 1):
        if u < limits[sector]:
            return sector
    return len(limits) - 1


def application_limits(posts: np.ndarray, ln_sector_ratio: np.ndarray, taste: float) -> np.ndarray:
    """Return the upper limits of the sectors' parts of the unit interval: applications go by posts and pay."""
    limits: np.ndarray = np.cumsum(application_shares(posts, ln_sector_ratio, taste))
    return limits


class Applications(NamedTuple):
    """Room for the applications of a month: job-seekers', then those of people in work."""

    applicants: np.ndarray  # rows
    sectors: np.ndarray  # -1 for who stays away
    scores: np.ndarray
    room: np.ndarray  # for scores


@internal
def apply_for_posts(
    market: Market, people: Graduates, applications: Applications, begin: int, end: int, now: Now
) -> None:
    """Let applicants ``begin`` to ``end`` of the list choose a sector and be scored.

    People in work stay away (-1) unless that sector pays better.
    """
    persons, month, seed = people.person, now.month, now.rules.seed
    applicants, sectors, scores = applications.applicants, applications.sectors, applications.scores
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
            scores[k] = score_of(person, merit, luck_draw[place], now.rules)


@allocating
def on_the_job_seekers(persons: np.ndarray, reviewers: np.ndarray, now: Now, out: np.ndarray) -> int:
    """List the reviewers in work at home who also apply for a post elsewhere; return how many."""
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    luck, found = np.empty(BLOCK), 0
    for begin in range(0, len(reviewers), BLOCK):
        n = min(BLOCK, len(reviewers) - begin)
        read_keys(persons, reviewers[begin : begin + n], rank, cohort)
        uniforms(now.rules.seed, rank[:n], cohort[:n], now.month, Purpose.ON_THE_JOB_SEARCH, 0, luck[:n])
        for place in range(n):
            if luck[place] < now.rules.labour.on_the_job_search_rate:
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
def fill_reserve(market: Market, people: Graduates, applications: Applications, n: int, now: Now) -> int:
    """Give the month's places in the personnel reserve to the best who want one of the first ``n`` applicants.

    Whoever gets one applies nowhere else; to all others it makes no difference that they tried.  A fraction of a place
    is carried to the next month, a place that nobody wants is not.  Returns how many are given.
    """
    month = now.month
    if market.reserve_places[month] <= 0.0:
        return 0
    ratio, merit, age = market.ln_sector_ratio[month], market.reserve_merit[month], market.reserve_age[month]
    places, wanted = market.reserve_places[month] + market.carried[RESERVE], 0
    persons, applicants, room, chance = people.person, applications.applicants, applications.room, np.empty(n)
    for k in range(n):
        person = persons[applicants[k]]
        chance[k] = -np.inf
        if wants_reserve(person, month, age, ratio):
            u = draw(person, month, Purpose.RESERVE, 0, now.rules.seed)
            chance[k] = score_of(person, merit, u, now.rules)
            room[wanted] = chance[k]
            wanted += 1
    given = min(int(places), wanted)
    market.carried[RESERVE] = places - int(places)
    if given > 0:
        lowest = order_statistic(room[:wanted], wanted - given)
        for k in range(n):
            if chance[k] >= lowest:
                applications.sectors[k], applications.scores[k] = RESERVE, np.inf
    return given


@internal
def award_posts(market: Market, applications: Applications, n: int, now: Now, tally: np.ndarray) -> None:
    """Match vacancies and the first ``n`` applicants by sector, and set the score from which on one gets a post."""
    sectors, scores, room = applications.sectors, applications.scores, applications.room
    efficiency = market.efficiency[now.month]
    for sector in range(RESERVE):
        vacancies = max(market.posts[now.month, sector] - tally[HOME, POSTS + sector], 0.0)
        applied = 0
        for k in range(n):
            room[applied] = scores[k]
            applied += int(sectors[k] == sector)
        matches = min(efficiency * math.sqrt(applied * vacancies), applied, vacancies) + market.carried[sector]
        hires = min(int(matches), applied)
        market.vacancies[sector], market.hires[sector] = vacancies, hires
        market.carried[sector] = min(matches - hires, 1.0)
        market.thresholds[sector] = order_statistic(room[:applied], applied - hires) if hires > 0 else np.inf


class Hired(NamedTuple):
    """Room for a block of people who get a post, and for the draws of their jobs."""

    row: np.ndarray
    post: np.ndarray  # its sector
    rank: np.ndarray
    cohort: np.ndarray
    luck: np.ndarray
    level: np.ndarray
    length: np.ndarray


@internal
def hire(
    market: Market, people: Graduates, applications: Applications, begin: int, end: int, now: Now, tally: np.ndarray
) -> int:
    """Give posts to applicants ``begin`` to ``end`` at or above the thresholds; return how many had no job before."""
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    row, post = np.empty(BLOCK, dtype=np.int32), np.empty(BLOCK, dtype=np.int8)
    block = Hired(row, post, rank, cohort, np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK))
    applicants, sectors, scores = applications.applicants, applications.sectors, applications.scores
    from_unemployment, n = 0, 0
    for k in range(begin, end):
        sector = sectors[k]
        if sector >= 0 and scores[k] >= market.thresholds[sector]:
            row[n], post[n] = applicants[k], sector
            n += 1
        if n == BLOCK or k == end - 1:
            draw_jobs(people.person, block, n, now)
            from_unemployment += fill_posts(people, block, n, now, tally)
            n = 0
    return from_unemployment


@internal
def draw_jobs(persons: np.ndarray, block: Hired, n: int, now: Now) -> None:
    """Draw the jobs of the first ``n`` of a block side by side."""
    rank, cohort, month, seed = block.rank[:n], block.cohort[:n], now.month, now.rules.seed
    read_keys(persons, block.row[:n], rank, cohort)
    standard_normals(seed, rank, cohort, month, Purpose.MATCH, HOME, block.luck[:n])
    uniforms(seed, rank, cohort, month, Purpose.GRADUATE_LEVEL, HOME, block.level[:n])
    uniforms(seed, rank, cohort, month, Purpose.SEPARATION, 0, block.length[:n])


@compiled
def fill_posts(people: Graduates, block: Hired, n: int, now: Now, tally: np.ndarray) -> int:
    """Give their posts to the first ``n`` of a block; return how many of them had no job before."""
    for place in range(n):
        prefetch(people.event_month, block.row[place])
        prefetch(people.belief, block.row[place])
    from_unemployment = 0
    for place in range(n):
        i = block.row[place]
        person = people.person[i]
        count(person, people.belief[i], tally, -1)
        from_unemployment += person.stage != EMPLOYED
        fill_post(person, block, place, now)
        people.event_month[i] = next_event(person, now.month, now.rules.retirement_months)
        count(person, people.belief[i], tally, 1)
    return from_unemployment


@compiled
def fill_post(person: np.record, block: Hired, place: int, now: Now) -> None:
    """Give her post to the person at a ``place`` of a block."""
    home, sector = now.countries[HOME], block.post[place]
    match = match_of(block.luck[place], block.level[place], home.graduate_job_share, now.rules)
    begin_job(person, now.month, home.separation_prob, match, sector, block.length[place])
    if sector == RESERVE:
        # its posts are paid by a scale and last for a term
        person.match, person.status_month = 0.0, min(now.month + max(home.reserve_months, 1), NEVER)


@compiled
def remember_hires(market: Market, from_unemployment: int, n_seekers: int) -> None:
    """Move a job-seeker's chance towards this month's."""
    if n_seekers > 0:
        market.job_finding_prob[0] += (from_unemployment / n_seekers - market.job_finding_prob[0]) / 12.0
