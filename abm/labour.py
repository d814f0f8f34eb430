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
from typing import TYPE_CHECKING

import numpy as np

from abm.compiled import BLOCK, allocating, compiled, inlined
from abm.environment import HOME, SECTORS, Month
from abm.graduates import EMPLOYED, Graduates, read_keys
from abm.life_course import LifeCourse, job_match, next_event, start_job
from abm.streams import Purpose, logistic_quantile, uniforms
from abm.tally import POSTS, count
from abm.workers import Workers

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["HomeLabourMarket", "hiring_score", "sector_of", "application_limits"]


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


@allocating
def apply_for_posts(
    people: Graduates,
    applicants: np.ndarray,
    first: int,
    last: int,
    month: int,
    limits: np.ndarray,
    ratio: np.ndarray,
    merit: float,
    luck: float,
    seed: int,
    sectors: np.ndarray,
    scores: np.ndarray,
) -> None:
    """Let applicants choose a sector and be scored; people in work stay away (-1) unless that sector pays better."""
    persons = people.person
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    sector_draw, luck_draw = np.empty(BLOCK), np.empty(BLOCK)
    for begin in range(first, last, BLOCK):
        n = min(BLOCK, last - begin)
        read_keys(persons, applicants[begin : begin + n], rank, cohort)
        uniforms(seed, rank[:n], cohort[:n], month, Purpose.SECTOR_APPLIED, 0, sector_draw[:n])
        uniforms(seed, rank[:n], cohort[:n], month, Purpose.HIRING_LUCK, 0, luck_draw[:n])
        for place in range(n):
            k = begin + place
            person = persons[applicants[k]]
            sector = sector_of(sector_draw[place], limits)
            if person.stage == EMPLOYED and ratio[sector] <= ratio[person.sector]:
                sector = -1
            sectors[k] = sector
            chance = luck * logistic_quantile(luck_draw[place])
            scores[k] = hiring_score(merit, float(person.ability), float(person.connections), chance)


@allocating
def on_the_job_seekers(
    people: Graduates, reviewers: np.ndarray, first: int, last: int, month: int, rate: float, seed: int, out: np.ndarray
) -> int:
    """List from position ``first`` on the reviewers in work at home who also apply for a post elsewhere."""
    persons = people.person
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    draw = np.empty(BLOCK)
    found = 0
    for begin in range(first, last, BLOCK):
        n = min(BLOCK, last - begin)
        read_keys(persons, reviewers[begin : begin + n], rank, cohort)
        uniforms(seed, rank[:n], cohort[:n], month, Purpose.ON_THE_JOB_SEARCH, 0, draw[:n])
        for place in range(n):
            if draw[place] < rate:
                person = persons[reviewers[begin + place]]
                if person.country == HOME and person.stage == EMPLOYED:
                    out[first + found] = reviewers[begin + place]
                    found += 1
    return found


@compiled
def hire(
    people: Graduates,
    applicants: np.ndarray,
    scores: np.ndarray,
    threshold: float,
    sector: int,
    sectors: np.ndarray,
    month: int,
    home: np.record,
    life: LifeCourse,
    tally: np.ndarray,
) -> int:
    """Give the posts of a sector to all applicants at or above the threshold; return how many had no job before."""
    persons, event_month, belief = people.person, people.event_month, people.belief
    from_unemployment = 0
    for k in range(len(applicants)):
        if sectors[k] == sector and scores[k] >= threshold:
            i = applicants[k]
            person = persons[i]
            count(person, belief[i], tally, -1)
            from_unemployment += person.stage != EMPLOYED
            match = job_match(person, month, home.graduate_job_share, HOME, life)
            start_job(person, month, home.separation_prob, match, sector, life)
            event_month[i] = next_event(person, month, life.retirement_months)
            count(person, belief[i], tally, 1)
    return from_unemployment


@allocating
def fill_posts(
    people: Graduates,
    applicants: np.ndarray,
    sectors: np.ndarray,
    scores: np.ndarray,
    efficiency: float,
    vacancies: np.ndarray,
    carried: np.ndarray,
    hires: np.ndarray,
    month: int,
    countries: np.recarray,
    life: LifeCourse,
    tally: np.ndarray,
) -> int:
    """Fill vacancies by sector, into ``hires``, with the best of the applicants; return how many had no job before."""
    own_scores = np.empty(len(applicants))
    found = 0
    for sector in range(len(vacancies)):
        n = 0
        for k in range(len(applicants)):
            if sectors[k] == sector:
                own_scores[n] = scores[k]
                n += 1
        matches = min(efficiency * math.sqrt(n * vacancies[sector]), n, vacancies[sector]) + carried[sector]
        hires[sector] = min(int(matches), n)
        carried[sector] = min(matches - hires[sector], 1.0)
        if hires[sector] > 0:
            place = n - hires[sector]
            threshold = np.partition(own_scores[:n], place)[place]
            home = countries[HOME]
            found += hire(people, applicants, scores, threshold, sector, sectors, month, home, life, tally)
    return found


class HomeLabourMarket:
    """Vacancies and hiring at home, and the chance of finding work that people reckon with.

    Attributes
    ----------
    job_finding_prob : float
        Monthly chance of a job-seeker at home, averaged over about a year.
    filled, vacancies, hires : ndarray, shape (3,)
        Posts by sector this month, simulated persons.
    """

    def __init__(self, environment: Environment, seed: int, workers: Workers | None = None) -> None:
        self.labour = environment.scenario.labour
        self.posts = environment.posts
        self.limits = [
            application_limits(posts, ratio, self.labour.sector_taste)
            for posts, ratio in zip(environment.posts, environment.ln_sector_ratio, strict=True)
        ]
        self.seed = seed
        self.workers = workers or Workers()
        self.job_finding_prob = float(environment.countries[0, HOME].job_finding_prob)
        self.filled = np.zeros(len(SECTORS), dtype=np.int64)
        self.vacancies = np.zeros(len(SECTORS))
        self.hires = np.zeros(len(SECTORS), dtype=np.int64)
        self._carried = np.zeros(len(SECTORS))

    def clear(
        self,
        people: Graduates,
        seekers: np.ndarray,
        reviewers: np.ndarray,
        tally: np.ndarray,
        month: Month,
        life: LifeCourse,
    ) -> None:
        """Fill vacancies from job-seekers and from those who look for another post."""
        self.filled = tally[HOME, POSTS:].copy()
        self.vacancies = np.maximum(self.posts[month.month] - self.filled, 0.0)
        applicants = np.concatenate((seekers, *self._on_the_job(people, reviewers, month.month)))
        sectors = np.empty(len(applicants), dtype=np.int8)
        scores = np.empty(len(applicants))
        self._apply(people, applicants, month, sectors, scores)
        found = fill_posts(
            people,
            applicants,
            sectors,
            scores,
            self.labour.matching_efficiency,
            self.vacancies,
            self._carried,
            self.hires,
            month.month,
            month.countries,
            life,
            tally,
        )
        if len(seekers):
            self.job_finding_prob += (found / len(seekers) - self.job_finding_prob) / 12.0

    def _on_the_job(self, people: Graduates, reviewers: np.ndarray, month: int) -> list[np.ndarray]:
        found = np.empty(len(reviewers), dtype=np.int32)
        rate = self.labour.on_the_job_search_rate

        def look(first: int, last: int) -> np.ndarray:
            n = on_the_job_seekers(people, reviewers, first, last, month, rate, self.seed, found)
            return found[first : first + n]

        return self.workers.share(len(reviewers), look)

    def _apply(
        self, people: Graduates, applicants: np.ndarray, month: Month, sectors: np.ndarray, scores: np.ndarray
    ) -> None:
        t, ratio, merit, luck = month.month, month.ln_sector_ratio, month.merit, self.labour.hiring_luck
        limits = self.limits[t]

        def apply(first: int, last: int) -> None:
            apply_for_posts(people, applicants, first, last, t, limits, ratio, merit, luck, self.seed, sectors, scores)

        self.workers.share(len(applicants), apply)
