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

from abm.compiled import compiled
from abm.environment import HOME, SECTORS, Month
from abm.graduates import EMPLOYED, Graduates
from abm.life_course import LifeCourse, job_match, start_job
from abm.streams import Purpose, logistic, uniform

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["HomeLabourMarket", "hiring_score", "sector_of", "application_limits"]


@compiled
def hiring_score(merit: float, ability: float, connections: float, luck: float) -> float:
    """Return what applicants are ranked by."""
    return merit * ability + (1.0 - merit) * connections + luck


@compiled
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


@compiled
def apply_for_posts(
    people: Graduates,
    applicants: np.ndarray,
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
    for k in range(len(applicants)):
        i = applicants[k]
        rank, cohort = people.person[i].rank, people.person[i].cohort
        sector = sector_of(uniform(seed, rank, cohort, month, Purpose.SECTOR_APPLIED, 0), limits)
        if people.stage[i] == EMPLOYED and ratio[sector] <= ratio[people.sector[i]]:
            sector = -1
        sectors[k] = sector
        chance = luck * logistic(seed, rank, cohort, month, Purpose.HIRING_LUCK, 0)
        scores[k] = hiring_score(merit, float(people.person[i].ability), float(people.person[i].connections), chance)


@compiled
def on_the_job_seekers(
    people: Graduates, reviewers: np.ndarray, month: int, rate: float, seed: int, out: np.ndarray
) -> int:
    """List the reviewers in work at home who also apply for a post elsewhere; return how many."""
    n = 0
    for i in reviewers:
        if people.country[i] == HOME and people.stage[i] == EMPLOYED:
            if (
                uniform(seed, people.person[i].rank, people.person[i].cohort, month, Purpose.ON_THE_JOB_SEARCH, 0)
                < rate
            ):
                out[n] = i
                n += 1
    return n


@compiled
def hire(
    people: Graduates,
    applicants: np.ndarray,
    scores: np.ndarray,
    threshold: float,
    sector: int,
    sectors: np.ndarray,
    month: int,
    countries: np.recarray,
    life: LifeCourse,
) -> int:
    """Give the posts of a sector to all applicants at or above the threshold; return how many had no job before."""
    from_unemployment = 0
    for k in range(len(applicants)):
        if sectors[k] == sector and scores[k] >= threshold:
            i = applicants[k]
            from_unemployment += people.stage[i] != EMPLOYED
            start_job(people, i, month, countries, job_match(people, i, month, countries, HOME, life), sector, life)
    return from_unemployment


class HomeLabourMarket:
    """Vacancies and hiring at home, and the chance of finding work that people reckon with.

    Attributes
    ----------
    job_finding_prob : float
        Monthly chance of a job-seeker at home, averaged over about a year.
    filled, vacancies, hires : ndarray, shape (3,)
        Posts by sector this month, simulated persons.
    """

    def __init__(self, environment: Environment, seed: int) -> None:
        self.environment = environment
        self.labour = environment.scenario.labour
        self.seed = seed
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
        filled: np.ndarray,
        month: Month,
        life: LifeCourse,
    ) -> None:
        """Fill vacancies from job-seekers and from those who look for another post."""
        labour = self.labour
        posts = self.environment.posts[month.month]
        self.filled = filled
        self.vacancies = np.maximum(posts - filled, 0.0)
        movers = np.empty(len(reviewers), dtype=np.int32)
        n_movers = on_the_job_seekers(people, reviewers, month.month, labour.on_the_job_search_rate, self.seed, movers)
        applicants = np.concatenate((seekers, movers[:n_movers]))
        sectors = np.empty(len(applicants), dtype=np.int8)
        scores = np.empty(len(applicants))
        limits = application_limits(posts, month.ln_sector_ratio, labour.sector_taste)
        ratio, luck = month.ln_sector_ratio, labour.hiring_luck
        apply_for_posts(people, applicants, month.month, limits, ratio, month.merit, luck, self.seed, sectors, scores)
        found = 0
        for sector in range(len(SECTORS)):
            found += self._fill(people, applicants, sectors, scores, sector, month, life)
        if len(seekers):
            self.job_finding_prob += (found / len(seekers) - self.job_finding_prob) / 12.0

    def _fill(
        self,
        people: Graduates,
        applicants: np.ndarray,
        sectors: np.ndarray,
        scores: np.ndarray,
        sector: int,
        month: Month,
        life: LifeCourse,
    ) -> int:
        own_scores = scores[sectors == sector]
        n_applicants, vacancies = len(own_scores), float(self.vacancies[sector])
        matches = min(self.labour.matching_efficiency * math.sqrt(n_applicants * vacancies), n_applicants, vacancies)
        matches += float(self._carried[sector])
        n_hires = min(int(matches), n_applicants)
        self._carried[sector] = min(matches - n_hires, 1.0)
        self.hires[sector] = n_hires
        if n_hires == 0:
            return 0
        threshold = np.partition(own_scores, n_applicants - n_hires)[n_applicants - n_hires]
        return int(hire(people, applicants, scores, threshold, sector, sectors, month.month, month.countries, life))
