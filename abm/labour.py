r"""The home labour market: vacancies by sector, applications, and who gets the posts.

Posts are those of the environment, as :mod:`abm.posts` lets them answer to the number of graduates; a post that nobody
fills is a vacancy.  Hires of a sector in a month are
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
from abm.outlook import LOOKING, STATES, WORKING
from abm.person import Graduates, draw, is_serving, read_keys

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = [
    "ADJUSTED",
    "GRADUATES",
    "LN_SUPPLY",
    "REFERENCE",
    "Applications",
    "HIRED",
    "Market",
    "apply_for_posts",
    "award_posts",
    "fill_reserve",
    "hire",
    "hiring_score",
    "market_of",
    "offer_limits",
    "on_the_job_seekers",
    "order_statistic",
    "remember_hires",
    "sector_of",
]


HIRED = STATES * len(SECTORS)  # counts of hires: by state before, and in it by sector
# what posts and wages answer to (:mod:`abm.posts`): graduates at home, the log of their number relative to that if
# nobody had moved in the last month observed, the log of the ratio since, and as far as posts have adjusted to it
GRADUATES, REFERENCE, LN_SUPPLY, ADJUSTED = range(4)


class Market(NamedTuple):
    """The home labour market: what each month brings, and what is remembered from month to month."""

    base_posts: np.ndarray  # by month and sector, as the environment has them, simulated persons
    efficiency: np.ndarray  # by month: hires from one vacancy and one applicant
    pull: np.ndarray  # by month and sector: by how much its pay makes a post attract more applications
    supply: np.ndarray  # by month, graduates at home if nobody had moved, simulated persons
    observed_until: int  # month up to which posts and wages are as they were observed
    ln_sector_ratio: np.ndarray  # by month and sector: log wage relative to the mean before reforms
    merit: np.ndarray  # by month: weight of ability, share
    reserve_places: np.ndarray  # by month, simulated persons
    reserve_merit: np.ndarray  # by month: weight of ability in choosing among those who want one, share
    reserve_age: np.ndarray  # by month: below which one may have one, years
    remote_search: np.ndarray  # by month: rate of offers to people abroad over the rate at which seekers find work
    flows: np.ndarray  # shape (STATES, sectors): hires a month from states to sectors, averaged over about a year
    at_risk: np.ndarray  # shape (STATES,): how many in these states might have been hired, likewise
    posts: np.ndarray  # by sector, this month, simulated persons
    limits: np.ndarray  # by sector, this month: upper limits of the sectors' parts of the unit interval
    answer: np.ndarray  # GRADUATES, REFERENCE, LN_SUPPLY, ADJUSTED
    job_finding_prob: np.ndarray  # shape (1,): monthly chance of a job-seeker, that of these hires
    vacancies: np.ndarray  # by sector, this month, simulated persons
    hires: np.ndarray  # by sector, this month, simulated persons
    thresholds: np.ndarray  # by sector, the lowest score that gets a post this month
    carried: np.ndarray  # by sector: fractions of matches, and of places in the reserve, carried to the next month


def market_of(environment: Environment, seed: int) -> Market:
    """Return the home labour market at the beginning of a run."""
    carried = np.zeros(len(SECTORS))
    carried[RESERVE] = start_offset(seed, RESERVE_PLACES)
    taste, ratio = environment.scenario.labour.sector_taste, environment.ln_sector_ratio[:, :RESERVE]
    pull = np.exp(taste * ratio)
    flows, at_risk = first_flows(environment, np.cumsum(application_shares(environment.posts[0], ratio[0], taste)))
    return Market(
        base_posts=environment.posts,
        efficiency=environment.matching_efficiency,
        pull=pull,
        supply=environment.graduate_supply(),
        observed_until=environment.observed_until(),
        ln_sector_ratio=environment.ln_sector_ratio,
        merit=environment.merit,
        reserve_places=environment.reserve_places,
        reserve_merit=environment.reserve_merit,
        reserve_age=environment.reserve_age,
        remote_search=environment.remote_search,
        flows=flows,
        at_risk=at_risk,
        posts=np.zeros(RESERVE),
        limits=np.zeros(RESERVE),
        answer=np.zeros(4),
        job_finding_prob=np.array([flows[LOOKING].sum() / at_risk[LOOKING]]),
        vacancies=np.zeros(len(SECTORS)),
        hires=np.zeros(len(SECTORS), dtype=np.int64),
        thresholds=np.full(len(SECTORS), np.inf),
        carried=carried,
    )


def first_flows(environment: Environment, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hires a month, and those at risk of one, that are reckoned with before there have been any.

    Job-seekers find work as unemployment and separations imply, by sector as matching does where vacancies are as posts
    are; who works and looks for another post has the chance of a job-seeker who applies to the same sector.
    """
    scenario, home = environment.scenario, environment.countries[0, HOME]
    labour, pay = scenario.labour, environment.ln_sector_ratio[0]
    working = scenario.graduates * (1.0 - home.unemployment)
    at_risk, flows = np.ones(STATES), np.zeros((STATES, len(SECTORS)))
    # at least one, so that there is a chance to begin with
    at_risk[LOOKING] = max(scenario.graduates - working + home.separation_prob * working, 1.0)
    shares = environment.posts[0] / environment.posts[0].sum()
    at_risk[WORKING : WORKING + RESERVE] = np.maximum(working * shares, 1.0)
    matches = np.sqrt(shares * np.diff(limits, prepend=0.0))
    found = home.job_finding_prob * matches / matches.sum()
    flows[LOOKING, :RESERVE] = found * at_risk[LOOKING]
    gains = pay[None, :RESERVE] > pay[:RESERVE, None]
    moved = labour.on_the_job_search_rate / 12.0 * found * gains
    flows[WORKING : WORKING + RESERVE, :RESERVE] = moved * at_risk[WORKING : WORKING + RESERVE, None]
    return flows, at_risk


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
    limits, ratio, merit = market.limits, market.ln_sector_ratio[month], market.merit[month]
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
        vacancies = max(market.posts[sector] - tally[HOME, POSTS + sector], 0.0)
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
    market: Market,
    people: Graduates,
    applications: Applications,
    part: tuple[int, int],
    now: Now,
    tally: np.ndarray,
    hires: np.ndarray,
) -> None:
    """Give posts to a ``part`` of the applicants, first and last, if at or above the thresholds, and count them.

    ``hires``, whole numbers, counts them by state before and by sector (:data:`HIRED`).
    """
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    row, post = np.empty(BLOCK, dtype=np.int32), np.empty(BLOCK, dtype=np.int8)
    block = Hired(row, post, rank, cohort, np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK))
    applicants, sectors, scores = applications.applicants, applications.sectors, applications.scores
    n, (begin, end) = 0, part
    for k in range(begin, end):
        sector = sectors[k]
        if sector >= 0 and scores[k] >= market.thresholds[sector]:
            row[n], post[n] = applicants[k], sector
            n += 1
        if n == BLOCK or k == end - 1:
            draw_jobs(people.person, block, n, now)
            fill_posts(people, block, n, now, tally, hires)
            n = 0


@internal
def draw_jobs(persons: np.ndarray, block: Hired, n: int, now: Now) -> None:
    """Draw the jobs of the first ``n`` of a block side by side."""
    rank, cohort, month, seed = block.rank[:n], block.cohort[:n], now.month, now.rules.seed
    read_keys(persons, block.row[:n], rank, cohort)
    standard_normals(seed, rank, cohort, month, Purpose.MATCH, HOME, block.luck[:n])
    uniforms(seed, rank, cohort, month, Purpose.GRADUATE_LEVEL, HOME, block.level[:n])
    uniforms(seed, rank, cohort, month, Purpose.SEPARATION, 0, block.length[:n])


@compiled
def fill_posts(people: Graduates, block: Hired, n: int, now: Now, tally: np.ndarray, hires: np.ndarray) -> None:
    """Give their posts to the first ``n`` of a block, and count them by state before and by sector."""
    for place in range(n):
        prefetch(people.event_month, block.row[place])
        prefetch(people.belief, block.row[place])
    for place in range(n):
        i = block.row[place]
        person = people.person[i]
        count(person, people.belief[i], tally, -1)
        state = WORKING + person.sector if person.stage == EMPLOYED else LOOKING
        hires[state * len(SECTORS) + block.post[place]] += 1
        fill_post(person, block, place, now)
        people.event_month[i] = next_event(person, now.month, now.rules.retirement_months)
        count(person, people.belief[i], tally, 1)


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
def remember_hires(market: Market, hires: np.ndarray, n_seekers: int, tally: np.ndarray) -> None:
    """Move the averages of hires, and of those at risk of them, towards this month's.

    Hires and those at risk are averaged apart, so that a chance is not biased where both are few.  ``tally`` counts
    posts as they are after these hires, ``n_seekers`` those who looked for work before them.
    """
    n_sectors, total = len(SECTORS), 0.0
    for state in range(STATES):
        left, came = 0, 0
        for sector in range(n_sectors):
            hired = hires[state * n_sectors + sector]
            market.flows[state, sector] += (hired - market.flows[state, sector]) / 12.0
            left += hired
        for other in range(STATES if state >= WORKING else 0):
            came += hires[other * n_sectors + state - WORKING]
        at_risk = n_seekers if state == LOOKING else tally[HOME, POSTS + state - WORKING] - came + left
        market.at_risk[state] += (at_risk - market.at_risk[state]) / 12.0
    for sector in range(n_sectors):
        total += market.flows[LOOKING, sector]
    if market.at_risk[LOOKING] > 0.0:
        market.job_finding_prob[0] = total / market.at_risk[LOOKING]


@compiled
def offer_limits(market: Market, limits: np.ndarray) -> bool:
    """Set upper limits of the sectors' parts of the unit interval by this month's vacancies; return if there are any.

    Offers to people abroad come from them.
    """
    total, cumulated = 0.0, 0.0
    for sector in range(RESERVE):
        total += market.vacancies[sector]
    if total <= 0.0:
        return False
    for sector in range(RESERVE):
        cumulated += market.vacancies[sector]
        limits[sector] = cumulated / total
    return True
