r"""How well vacancies and job-seekers find each other at home: what leaves ``home.unemployment`` as it is given.

Posts follow the given unemployment and vacancy rate, so of the matching function :math:`M = m \sqrt{U V}` of
:mod:`abm.labour` nothing is left to choose but its efficiency m: there is one that keeps as many out of work as the
scenario says (in equilibrium unemployment three of the Beveridge curve's four numbers give the fourth: Blanchard and
Diamond, 1989, "The Beveridge curve", Brookings Papers 1989:1).  It is found by following the mean flows of a month,
with nobody crossing a border: retirements, jobs that end, graduates who begin to look, hires by sector of people out of
work and in work.  Persons are counted for one graduate at home in the first month.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from abm.engine.compiled import compiled
from abm.scenario import ScenarioError

__all__ = ["Economy", "Efficiency", "Workforce", "application_shares", "matching_efficiency"]

N_SECTORS, N_SCORES = 3, 12  # scores: equal parts of the people, by what lasts of what applicants are ranked by
MOST_SPREAD = 200.0  # log odds beyond which numbers end
NEWTON, EXACT = 60, 1e-10  # steps of an approximation, and the share of a number by which it may be missed
# of a market in which nobody stays out of work: as many are hired as there are vacancies or applicants, to any accuracy
WITHOUT_FRICTION = 1e6
LONGEST, SETTLED = 20_000, 1e-9  # months after which sectors are taken as settled, or change by less
SHORT = 1e-6  # share of the hires wanted by which they may be missed
STEPS = 30  # of a bisection
HIGHEST = 0.5  # unemployment and vacancy rate that a scenario may have

_Month = tuple[float, tuple[float, float], float]  # unemployment, workforce before and after, entrants


class Economy(NamedTuple):
    """What the home labour market is like, whoever lives there."""

    post_shares: tuple[float, ...]  # of the sectors
    application_shares: tuple[float, ...]  # of the sectors
    pay: tuple[float, ...]  # of the sectors, in any unit
    vacancy_rate: float  # share of posts
    separation_prob: float  # per month
    search_prob: float  # chance a month that somebody in work applies for another post
    score_spread: float  # standard deviation of what lasts of a person's score, relative to her luck in hiring


class Efficiency(NamedTuple):
    """What is found."""

    efficiency: np.ndarray  # by month: hires from one vacancy and one applicant
    finding_prob: np.ndarray  # by month: chance of a job-seeker to be hired
    start_shares: np.ndarray  # of the sectors among those who work before the first month


class _Sectors(NamedTuple):
    """Numbers by sector, and by sector and score, and room."""

    posts: np.ndarray  # shares
    applications: np.ndarray  # shares
    pay: np.ndarray
    odds: np.ndarray  # by score, of getting a post relative to somebody of mean score
    applied: np.ndarray
    vacant: np.ndarray
    hired: np.ndarray
    from_search: np.ndarray  # share of those hired who were out of work
    level: np.ndarray  # odds of an applicant of mean score
    seekers: np.ndarray  # by score
    applicants: np.ndarray  # by sector and score
    chance: np.ndarray  # by sector and score, of an applicant
    employed: np.ndarray  # by sector and score
    earlier: np.ndarray  # the same, a month before


@compiled
def _efficiency_for(wanted: float, sectors: _Sectors) -> float:
    """Return the efficiency with which ``wanted`` job-seekers are hired, or the least with which all are that can be.

    Hires from among job-seekers rise with it in straight lines, one less for each sector whose applicants or vacancies
    run out.
    """
    efficiency, found = 0.0, 0.0
    slope = _slope(efficiency, sectors)
    for _ in range(N_SECTORS):
        limit = math.inf
        for s in range(N_SECTORS):
            exhausted = _exhausted_at(s, sectors)
            if efficiency < exhausted < limit:
                limit = exhausted
        if limit == math.inf or found + slope * (limit - efficiency) >= wanted:
            break
        found += slope * (limit - efficiency)
        efficiency = limit
        slope = _slope(efficiency, sectors)
    if slope > 0.0:
        efficiency += max(wanted - found, 0.0) / slope
    return efficiency


@compiled
def _slope(efficiency: float, sectors: _Sectors) -> float:
    """Return how many more job-seekers are hired for a rise of the efficiency."""
    slope = 0.0
    for s in range(N_SECTORS):
        if _exhausted_at(s, sectors) > efficiency:
            slope += sectors.from_search[s] * math.sqrt(sectors.applied[s] * sectors.vacant[s])
    return slope


@compiled
def _exhausted_at(s: int, sectors: _Sectors) -> float:
    """Return the efficiency from which on a sector hires all its applicants or fills all its posts, 0 without any."""
    fewer, more = min(sectors.applied[s], sectors.vacant[s]), max(sectors.applied[s], sectors.vacant[s])
    return math.sqrt(fewer / more) if fewer > 0.0 else 0.0


@compiled
def _pass_month(
    sectors: _Sectors, unemployment: float, workforce: tuple[float, float], entrants: float, flows: tuple[float, ...]
) -> tuple[float, float, float]:
    """Let a month pass in which hires bring unemployment to its given share, as far as they can.

    Parameters
    ----------
    sectors : _Sectors
        Who is employed in each sector and who looks for work, brought up to date.
    unemployment : float
        The share given for the end of the month.
    workforce : tuple of float
        Graduates before and after the month.
    entrants : float
        Graduates who begin to look for work.
    flows : tuple of float
        Vacancy rate, monthly probabilities of losing a job and of looking for another one.

    Returns
    -------
    tuple of float
        The efficiency, the chance of a job-seeker, and the share of the hires wanted that is missed.
    """
    vacancy_rate, separation_prob, search_prob = flows
    before, after = workforce
    stay, n_scores, seekers = min((after - entrants) / before, 1.0), len(sectors.odds), 0.0
    for k in range(n_scores):
        lost = 0.0
        for s in range(N_SECTORS):
            lost += sectors.employed[s, k] * stay * separation_prob
            sectors.employed[s, k] *= stay * (1.0 - separation_prob)
        sectors.seekers[k] = sectors.seekers[k] * stay + lost + entrants / n_scores
        seekers += sectors.seekers[k]
    posts = before * (1.0 - unemployment) / (1.0 - vacancy_rate)
    for s in range(N_SECTORS):
        sectors.applied[s], filled = 0.0, 0.0
        for k in range(n_scores):
            sectors.applicants[s, k] = _applicants(s, k, sectors, search_prob)
            sectors.applied[s] += sectors.applicants[s, k]
            filled += sectors.employed[s, k]
        sectors.vacant[s] = max(posts * sectors.posts[s] - filled, 0.0)
    wanted, efficiency, found = seekers - unemployment * after, -1.0, 0.0
    for _ in range(NEWTON):
        # who of those hired were out of work depends on how many are hired, but little: soon nothing changes
        last, efficiency = efficiency, WITHOUT_FRICTION if unemployment == 0.0 else _efficiency_for(wanted, sectors)
        found = _hire(efficiency, sectors)
        if abs(found - wanted) <= EXACT * wanted or efficiency == last:
            break
    _move(sectors, search_prob)
    missed = (wanted - found) / wanted if wanted > 0.0 else 0.0
    return efficiency, found / seekers if seekers > 0.0 else 1.0, missed


@compiled
def _hire(efficiency: float, sectors: _Sectors) -> float:
    """Write down who is hired by sector; return how many of them were out of work."""
    found = 0.0
    for s in range(N_SECTORS):
        applied, vacant = sectors.applied[s], sectors.vacant[s]
        sectors.hired[s] = min(efficiency * math.sqrt(applied * vacant), applied, vacant)
        _choose(s, sectors)
        for k in range(len(sectors.odds)):
            found += sectors.chance[s, k] * sectors.applications[s] * sectors.seekers[k]
    return found


@compiled
def _applicants(s: int, k: int, sectors: _Sectors, search_prob: float) -> float:
    """Return how many of a score apply to a sector: out of work, or in work where pay is lower."""
    in_work = 0.0
    for other in range(N_SECTORS):
        if sectors.pay[other] < sectors.pay[s]:
            in_work += sectors.employed[other, k]
    return sectors.applications[s] * (sectors.seekers[k] + search_prob * in_work)


@compiled
def _choose(s: int, sectors: _Sectors) -> None:
    """Write down each score's chance of a sector's posts, and the share of its hires that were out of work.

    Luck is logistic, so the chance is x o / (1 + x o) with o the odds of the score; x is found by Newton's method,
    which on such a sum, concave in x, comes from below once it is below.
    """
    n_scores, hired, applied = len(sectors.odds), sectors.hired[s], sectors.applied[s]
    x = sectors.level[s]
    if x <= 0.0 or hired <= 0.0 or hired >= applied * (1.0 - 1e-12):
        x = hired / max(applied - hired, 1e-300) if hired > 0.0 else 0.0
    for _ in range(NEWTON if hired < applied * (1.0 - 1e-12) else 0):
        total, slope = 0.0, 0.0
        for k in range(n_scores):
            chance = x * sectors.odds[k] / (1.0 + x * sectors.odds[k])
            total += chance * sectors.applicants[s, k]
            slope += chance * (1.0 - chance) * sectors.applicants[s, k]
        if abs(total - hired) <= EXACT * hired or slope <= 0.0:
            break
        x *= max(1.0 + (hired - total) / slope, 0.1)
    sectors.level[s], from_search = x, 0.0
    for k in range(n_scores):
        sectors.chance[s, k] = x * sectors.odds[k] / (1.0 + x * sectors.odds[k])
        from_search += sectors.chance[s, k] * sectors.applications[s] * sectors.seekers[k]
    if hired > 0.0:
        sectors.from_search[s] = min(from_search / hired, 1.0)


@compiled
def _move(sectors: _Sectors, search_prob: float) -> None:
    """Put those hired into their sectors, and take those who were in work out of the sectors they leave."""
    for k in range(len(sectors.odds)):
        first, second, third = sectors.employed[0, k], sectors.employed[1, k], sectors.employed[2, k]
        was, found = (first, second, third), 0.0
        for s in range(N_SECTORS):
            chance = sectors.chance[s, k] * sectors.applications[s]
            found += chance * sectors.seekers[k]
            sectors.employed[s, k] += chance * sectors.seekers[k]
            for other in range(N_SECTORS):
                if sectors.pay[other] < sectors.pay[s]:
                    sectors.employed[s, k] += chance * search_prob * was[other]
                    sectors.employed[other, k] -= chance * search_prob * was[other]
        sectors.seekers[k] -= found


@compiled
def _settle(
    sectors: _Sectors, unemployment: float, workforce: tuple[float, float], entrants: float, flows: tuple[float, ...]
) -> float:
    """Let the same month pass until nothing changes; return the share of the hires wanted that is missed."""
    missed = 0.0
    for _ in range(LONGEST):
        _, _, missed = _pass_month(sectors, unemployment, workforce, entrants, flows)
        change = 0.0
        for k in range(len(sectors.odds)):
            sectors.seekers[k] *= workforce[0] / workforce[1]
            for s in range(N_SECTORS):
                sectors.employed[s, k] *= workforce[0] / workforce[1]
                change += abs(sectors.employed[s, k] - sectors.earlier[s, k])
                sectors.earlier[s, k] = sectors.employed[s, k]
        if change < SETTLED * workforce[0]:
            break
    return missed


@compiled
def _follow(
    sectors: _Sectors,
    unemployment: np.ndarray,
    workforce: np.ndarray,
    entrants: np.ndarray,
    flows: tuple[float, ...],
    efficiency: np.ndarray,
    finding_prob: np.ndarray,
) -> None:
    """Let the months pass, and write down with which efficiency; nobody left to work leaves it as it was."""
    for t in range(len(efficiency)):
        if workforce[t] > 0.0 and workforce[t + 1] > 0.0:
            months = (workforce[t], workforce[t + 1])
            found, chance, _ = _pass_month(sectors, unemployment[t], months, entrants[t], flows)
            efficiency[t], finding_prob[t] = found, chance
        else:
            efficiency[t] = efficiency[t - 1] if t > 0 else WITHOUT_FRICTION
            finding_prob[t] = finding_prob[t - 1] if t > 0 else 1.0


class Workforce(NamedTuple):
    """Graduates of working age at home if nobody crosses a border, in bytes of float64, so that tables can be kept."""

    unemployment: bytes  # by month, share at its end
    size: bytes  # before each month and after the last
    entrants: bytes  # by month

    def month(self, t: int) -> _Month:
        """Return what :func:`_settle` wants to know of a month."""
        unemployment, size, entrants = (np.frombuffer(path) for path in self)
        return float(unemployment[t]), (float(size[t]), float(size[t + 1])), float(entrants[t])


def _beginning(economy: Economy, unemployment: float, workforce: float, sector_shares: np.ndarray) -> _Sectors:
    """Return sectors in which all scores are alike in work and out of it, as at the beginning of a run."""
    quantiles = np.array([NormalDist().inv_cdf((k + 0.5) / N_SCORES) for k in range(N_SCORES)])
    score = np.clip(economy.score_spread * quantiles / quantiles.std(), -MOST_SPREAD, MOST_SPREAD)
    employed = np.repeat(workforce * (1.0 - unemployment) * sector_shares[:, None] / N_SCORES, N_SCORES, axis=1)
    return _Sectors(
        posts=np.array(economy.post_shares),
        applications=np.array(economy.application_shares),
        pay=np.array(economy.pay),
        odds=np.exp(score),
        applied=np.zeros(N_SECTORS),
        vacant=np.zeros(N_SECTORS),
        hired=np.zeros(N_SECTORS),
        from_search=np.ones(N_SECTORS),
        level=np.zeros(N_SECTORS),
        seekers=np.full(N_SCORES, workforce * unemployment / N_SCORES),
        applicants=np.zeros((N_SECTORS, N_SCORES)),
        chance=np.zeros((N_SECTORS, N_SCORES)),
        employed=employed,
        earlier=employed.copy(),
    )


def _settled(economy: Economy, unemployment: float, workforce: tuple[float, float], entrants: float) -> _Sectors | None:
    """Return the sectors that these flows keep as they are, or none if they cannot keep unemployment as given."""
    sectors = _beginning(economy, unemployment, workforce[0], np.array(economy.post_shares))
    missed = _settle(sectors, unemployment, workforce, entrants, _flows(economy))
    return sectors if missed <= SHORT else None


def _flows(economy: Economy) -> tuple[float, float, float]:
    return economy.vacancy_rate, economy.separation_prob, economy.search_prob


@functools.lru_cache(maxsize=64)
def matching_efficiency(economy: Economy, workforce: Workforce, name: str) -> Efficiency:
    """Return the efficiency of matching with which unemployment at the end of each month is as given.

    Where the path of unemployment rises faster than people lose jobs, or falls faster than vacancies can be filled,
    nobody is hired, or as many as can be.

    Parameters
    ----------
    economy : Economy
        The home labour market.
    workforce : Workforce
        Its people, and how many of them are to be out of work.
    name : str
        Of the scenario, for messages.

    Returns
    -------
    Efficiency
        Read-only arrays: they are kept for whoever asks again.

    Raises
    ------
    ScenarioError
        If no efficiency keeps unemployment as low as it is given.
    """
    unemployment, size, entrants = (np.frombuffer(path) for path in workforce)
    efficiency, finding_prob = np.empty(len(unemployment)), np.empty(len(unemployment))
    start_shares = np.array(economy.post_shares)
    peopled = np.flatnonzero((size[:-1] > 0.0) & (size[1:] > 0.0))
    if len(peopled):
        # where the lowest can be kept up, the others can
        _sectors_of(economy, workforce.month(int(peopled[np.argmin(unemployment[peopled])])), name)
        sectors = _sectors_of(economy, workforce.month(int(peopled[0])), name)
        start_shares = sectors.employed.sum(axis=1) / sectors.employed.sum()
        chosen, sectors = sectors.from_search, _beginning(economy, unemployment[0], size[0], start_shares)
        sectors.from_search[:] = chosen
        _follow(sectors, unemployment, size, entrants, _flows(economy), efficiency, finding_prob)
    else:
        efficiency[:], finding_prob[:] = WITHOUT_FRICTION, 1.0
    for array in (efficiency, finding_prob, start_shares):
        array.flags.writeable = False
    return Efficiency(efficiency, finding_prob, start_shares)


def _sectors_of(economy: Economy, month: _Month, name: str) -> _Sectors:
    """Return the sectors of a month that repeats itself, or refuse what cannot be."""
    found = _settled(economy, *month)
    if found is not None:
        return found
    unemployment, workforce, entrants = month

    def possible(unemployment: float, vacancy_rate: float, separation_prob: float) -> bool:
        other = economy._replace(vacancy_rate=vacancy_rate, separation_prob=separation_prob)
        return _settled(other, unemployment, workforce, entrants) is not None

    vacancy_rate, separation_prob = economy.vacancy_rate, economy.separation_prob
    least = _limit(lambda value: possible(value, vacancy_rate, separation_prob), unemployment, HIGHEST)
    fewest = _limit(lambda value: possible(unemployment, value, separation_prob), vacancy_rate, HIGHEST)
    most = _limit(lambda value: possible(unemployment, vacancy_rate, value), separation_prob, 0.0)
    instead = [] if least is None else [f"home.unemployment at least {math.ceil(1e4 * least) / 1e4:g}"]
    instead += [] if fewest is None else [f"labour.vacancy_rate at least {math.ceil(1e4 * fewest) / 1e4:g}"]
    if most is not None:
        yearly = -12.0 * math.log1p(-most)
        instead.append(f"labour.separation_rate at most {math.floor(1e4 * yearly) / 1e4:g}")
    raise ScenarioError(
        f"{name}: home.unemployment of {unemployment:g} cannot be with labour.vacancy_rate {vacancy_rate:g} and "
        f"labour.separation_rate {-12.0 * math.log1p(-separation_prob):.4g}, however well vacancies and job-seekers "
        "find each other, as too few apply where posts are vacant; possible is "
        f"{' or '.join(instead) or 'none of these with the others as they are'}"
    )


def _limit(possible: Callable[[float], bool], impossible: float, far: float) -> float | None:
    """Return the value nearest to the impossible one from which on all is possible up to ``far``, by bisection."""
    if not possible(far):
        return None
    for _ in range(STEPS):
        middle = 0.5 * (impossible + far)
        if possible(middle):
            far = middle
        else:
            impossible = middle
    return far


def application_shares(posts: np.ndarray, ln_sector_ratio: np.ndarray, taste: float) -> np.ndarray:
    """Return the share of applications that goes to each sector, by posts and pay."""
    attraction = posts * np.exp(taste * ln_sector_ratio)
    shares: np.ndarray = attraction / attraction.sum()
    return shares
