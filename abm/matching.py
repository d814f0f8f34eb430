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
from typing import NamedTuple

import numpy as np

from abm.engine.compiled import compiled
from abm.scenario import ScenarioError

__all__ = ["Economy", "Efficiency", "Workforce", "application_shares", "matching_efficiency"]

N_SECTORS = 3
# of a market in which nobody stays out of work: as many are hired as there are vacancies or applicants, to any accuracy
WITHOUT_FRICTION = 1e6
LONGEST, SETTLED = 20_000, 1e-12  # months after which sectors are taken as settled, or change by less
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


class Efficiency(NamedTuple):
    """What is found."""

    efficiency: np.ndarray  # by month: hires from one vacancy and one applicant
    finding_prob: np.ndarray  # by month: chance of a job-seeker to be hired
    start_shares: np.ndarray  # of the sectors among those who work before the first month


class _Sectors(NamedTuple):
    """Numbers by sector, and room."""

    posts: np.ndarray  # shares
    applications: np.ndarray  # shares
    pay: np.ndarray
    applied: np.ndarray
    vacant: np.ndarray
    hired: np.ndarray
    leaving: np.ndarray
    employed: np.ndarray


@compiled
def _efficiency_for(wanted: float, seekers: float, sectors: _Sectors) -> float:
    """Return the efficiency with which ``wanted`` job-seekers are hired, or the least with which all are that can be.

    Hires from among job-seekers rise with it in straight lines, one less for each sector whose applicants or vacancies
    run out.
    """
    efficiency, found, slope = 0.0, 0.0, 0.0
    for s in range(N_SECTORS):
        slope += _from_search(seekers, s, sectors) * math.sqrt(sectors.applied[s] * sectors.vacant[s])
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
        slope = 0.0
        for s in range(N_SECTORS):
            if _exhausted_at(s, sectors) > efficiency:
                slope += _from_search(seekers, s, sectors) * math.sqrt(sectors.applied[s] * sectors.vacant[s])
    if slope > 0.0:
        efficiency += max(wanted - found, 0.0) / slope
    return efficiency


@compiled
def _from_search(seekers: float, s: int, sectors: _Sectors) -> float:
    """Return which share of a sector's applicants is out of work."""
    return sectors.applications[s] * seekers / sectors.applied[s] if sectors.applied[s] > 0.0 else 0.0


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
        Who is employed in each sector, brought up to date.
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
    stay = min((after - entrants) / before, 1.0)
    total = 0.0
    for s in range(N_SECTORS):
        total += sectors.employed[s]
        sectors.employed[s] *= stay * (1.0 - separation_prob)
    seekers = max(before - total, 0.0) * stay + total * stay * separation_prob + entrants
    filled = before * (1.0 - unemployment) / (1.0 - vacancy_rate)
    for s in range(N_SECTORS):
        in_work = 0.0
        for other in range(N_SECTORS):
            if sectors.pay[other] < sectors.pay[s]:
                in_work += sectors.employed[other]
        sectors.applied[s] = sectors.applications[s] * (seekers + search_prob * in_work)
        sectors.vacant[s] = max(filled * sectors.posts[s] - sectors.employed[s], 0.0)
    wanted = seekers - unemployment * after
    efficiency = WITHOUT_FRICTION if unemployment == 0.0 else _efficiency_for(wanted, seekers, sectors)
    found = 0.0
    for s in range(N_SECTORS):
        applied, vacant = sectors.applied[s], sectors.vacant[s]
        sectors.hired[s] = min(efficiency * math.sqrt(applied * vacant), applied, vacant)
        found += _from_search(seekers, s, sectors) * sectors.hired[s]
    _move(sectors, search_prob)
    missed = (wanted - found) / wanted if wanted > 0.0 else 0.0
    return efficiency, found / seekers if seekers > 0.0 else 1.0, missed


@compiled
def _move(sectors: _Sectors, search_prob: float) -> None:
    """Put those hired into their sectors, and take those who were in work out of the sectors they leave."""
    for s in range(N_SECTORS):
        sectors.leaving[s] = 0.0
    for s in range(N_SECTORS):
        chance = sectors.hired[s] / sectors.applied[s] if sectors.applied[s] > 0.0 else 0.0
        for other in range(N_SECTORS):
            if sectors.pay[other] < sectors.pay[s]:
                moved = chance * sectors.applications[s] * search_prob * sectors.employed[other]
                sectors.leaving[other] += moved
    for s in range(N_SECTORS):
        sectors.employed[s] += sectors.hired[s] - sectors.leaving[s]


@compiled
def _settle(
    sectors: _Sectors, unemployment: float, workforce: tuple[float, float], entrants: float, flows: tuple[float, ...]
) -> float:
    """Let the same month pass until sectors keep their shares; return the share of the hires wanted that is missed."""
    missed = 0.0
    for _ in range(LONGEST):
        first, second, third = sectors.employed[0], sectors.employed[1], sectors.employed[2]
        _, _, missed = _pass_month(sectors, unemployment, workforce, entrants, flows)
        for s in range(N_SECTORS):
            sectors.employed[s] *= workforce[0] / workforce[1]
        change = abs(sectors.employed[0] - first) + abs(sectors.employed[1] - second)
        if change + abs(sectors.employed[2] - third) < SETTLED * workforce[0]:
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


def _settled(
    economy: Economy, unemployment: float, workforce: tuple[float, float], entrants: float
) -> _Sectors | None:
    """Return the sectors that these flows keep as they are, or none if they cannot keep unemployment as given."""
    shares, room = np.array(economy.post_shares), np.zeros((4, N_SECTORS))
    employed = workforce[0] * (1.0 - unemployment) * shares
    sectors = _Sectors(shares, np.array(economy.application_shares), np.array(economy.pay), *room, employed)
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
        start_shares = sectors.employed / sectors.employed.sum()
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
        f"find each other, as too few apply where posts are vacant; possible is {' or '.join(instead) or 'none of them'}"
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
