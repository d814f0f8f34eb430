"""What official statistics would count of a run: graduates abroad years after a degree, years to April, scholars.

An observer of a run, beside the accounts: it reads the population every December and the moves of every month, and
changes nothing.  Turkey's statistic counts citizens with a first degree from home who have been abroad for some years;
Ireland's counts who left and who came back in the twelve months up to April; and of scholars who owe work at home one
asks how many have not come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from abm.codes import (
    EMIGRANT,
    HOME,
    HOME_EDUCATED,
    NEVER,
    RETIRED,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_TIES,
    SCHOLAR,
    STUDENT,
    STUDENT_HOME,
    STUDENT_STAYING,
)
from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.stays import Stays, beginning_of, stays_of

__all__ = ["FIRST", "LAST", "SCHOLAR_MONTHS", "SETTLED_MONTHS", "home_graduates_abroad", "simulate_official"]

FIRST, LAST = 6, 15  # years since a first degree at home of whom Turkey's statistic speaks
SETTLED_MONTHS = 36  # abroad, of those whom it counts
SCHOLAR_MONTHS = 24  # after the degree, by which a scholar is home or is not
APRIL = 4
LEAVING = (EMIGRANT, STUDENT_STAYING)
COMING_HOME = (RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME)


def home_graduates_abroad(
    run: Simulation, first: int, last: int, months: int, *, in_run: bool = False
) -> tuple[int, int]:
    """Return how many finished at home ``first`` to ``last`` years ago, and who of them has lived abroad for so long.

    Simulated persons who are alive, as the run stands; the retired are among them.  Who was abroad before a run is
    not known by where she studied, so ``in_run`` asks of those alone who have finished since it began.
    """
    person, now = run.graduates.person, run.month
    years_ago = (now - 1 - person.career_month.astype(float)) / 12.0
    there = (person.stage > STUDENT) & (person.stage <= RETIRED) & (person.origin == HOME_EDUCATED)
    asked = there & (years_ago >= first - 0.5) & (years_ago < last + 0.5) & ((person.career_month >= 0) | (not in_run))
    away = asked & (person.country > HOME) & (person.left_month.astype(int) <= now - months)
    return int(np.count_nonzero(asked)), int(np.count_nonzero(away))


def simulate_official(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return the yearly series of one run, of all its years, with these counts in persons: for a sweep's ``simulate``.

    ``home_degrees`` and ``home_degrees_abroad`` are of the end of a year, of degrees taken in the run;
    ``left_to_april`` and ``came_to_april`` of the year that ends with April, as far as its months are in the run;
    ``scholars_of_COUNTRY`` are those who had their degree there so long before (:data:`SCHOLAR_MONTHS`) and owed work
    at home, and ``scholars_away_from_COUNTRY`` who of them has not come home.
    """
    run = Simulation(world, reforms=reforms, seed=seed)
    beginning, counted = beginning_of(run.graduates), []
    first_month, n_months = run.environment.first_month, run.environment.n_months
    while not run.finished:
        run.step()
        if (first_month + run.month) % 12 == 0 or run.month == n_months:
            counted.append(home_graduates_abroad(run, FIRST, LAST, SETTLED_MONTHS, in_run=True))
    weight = run.environment.weight
    asked, away = np.array(counted).T * weight
    yearly = run.accounts.yearly()
    found = {"home_degrees": asked, "home_degrees_abroad": away, **_to_april(run, yearly["year"])}
    before = _scholars(run, stays_of(run, beginning), yearly["year"])
    return yearly | found | {name: count * weight for name, count in before.items()}


def _to_april(run: Simulation, years: np.ndarray) -> dict[str, np.ndarray]:
    """Return who left and who came home in the year to April, persons."""
    month = run.environment.first_month + np.arange(run.month)
    ends_in = month // 12 + (month % 12 >= APRIL)  # months are counted from January, 0
    flows = run.accounts.flows[: run.month] * run.environment.weight
    return {
        name: np.array([flows[ends_in == year][:, list(of)].sum() for year in years], dtype=float)
        for name, of in (("left_to_april", LEAVING), ("came_to_april", COMING_HOME))
    }


def _scholars(run: Simulation, stays: Stays, years: np.ndarray) -> dict[str, np.ndarray]:
    """Return scholars by country of their degree and by the year in which they are asked for, simulated persons."""
    person = run.graduates.person
    first = stays.studied_until == person.career_month[stays.row]
    finished = first & (stays.studied_until < NEVER) & (stays.studied_until <= stays.end)
    asked = np.flatnonzero(finished & (person.origin[stays.row] == SCHOLAR))
    until, end = (each[asked].astype(np.int64) for each in (stays.studied_until, stays.end))
    due = until + SCHOLAR_MONTHS
    home = np.isin(stays.ended_by[asked], COMING_HOME) & (end <= due)
    year, country = (run.environment.first_month + due) // 12, stays.country[asked]
    in_run = (until >= 0) & (due < run.month)
    counts: dict[str, np.ndarray] = {}
    for code, name in enumerate(run.environment.names[1:], start=1):
        there = in_run & (country == code)
        for of, who in ((f"scholars_of_{name}", there), (f"scholars_away_from_{name}", there & ~home)):
            counts[of] = np.array([np.count_nonzero(who & (year == one)) for one in years], dtype=float)
    return counts
