"""Observations: what calibration compares with counts of the world, by year: declared once, and read from a run.

Departures and returns by age and degree, stays by years since arrival, degrees completed abroad and who has stayed
since, who works a year after graduating at home, and what home's register has entered.  Counts only, so that years and
cells add up: a rate is one count over another.  :func:`simulate_observed` gives them to a sweep beside the measures of
the accounts; they are of all years of a run, those of its past too.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from abm.codes import (
    DEGREES,
    EMIGRANT,
    EMPLOYED,
    FOREIGN,
    GROUP_COHORT,
    HOME,
    NEVER,
    ONWARD,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_TIES,
)
from abm.measures import GRADUATES
from abm.measuring import FLOW, STOCK, Measure
from abm.reforms.base import Reform
from abm.registers import entries
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.stays import Beginning, Stays, beginning_of, moves_of, stays_of

__all__ = [
    "AGES",
    "OBSERVATIONS",
    "STAYED",
    "Graduation",
    "YEARS",
    "observations",
    "observed",
    "simulate_observed",
    "stay_rate",
]

AGES = ("to_24", "25_34", "35_44", "45_up")  # completed years
YEARS = ("0_1", "2_4", "5_9", "10_up")  # completed years since she came to live in the country
FIRST_AGES, FIRST_YEARS = (25, 35, 45), (2, 5, 10)  # at which all but the first of them begin
STAYED = (1, 5, 10)  # years after a degree
SINCE = 12  # months after graduating at home
RETURNS = (RETURN_LATE, RETURN_EARLY, RETURN_TIES)


def _count(name: str, meaning: str) -> Measure:
    return Measure(name=name, label=name.replace("_", " "), meaning=meaning, unit=GRADUATES, kind=FLOW)


# in the order of the columns, one for each country, degree, age and number of years that the name has a place for
OBSERVATIONS = (
    _count("departures_to_{country}_{degree}", "graduates who leave home for a destination, by degree"),
    _count("departures_to_{country}_{age}", "the same by age, completed years"),
    _count("returns_from_{country}_{degree}", "graduates who come home from a destination, by degree"),
    _count("returns_from_{country}_{age}", "the same by age, completed years"),
    _count("returns_from_{country}_after_{years}", "the same by completed years since they came to live there"),
    _count("exits_from_{country}_after_{years}", "those who come home or go on to another destination, likewise"),
    replace(
        _count(
            "in_{country}_since_{years}",
            "graduates of working age from home who live in a destination at the end of the year, those who study "
            "again too, by completed years since they came to live there",
        ),
        kind=STOCK,
    ),
    _count("degrees_in_{country}_{degree}", "persons from home who complete a degree in a destination, by that degree"),
    _count("degrees_{stayed}_years_before_in_{country}_{degree}", "those who did so a number of years before"),
    _count(
        "still_after_{stayed}_years_in_{country}_{degree}",
        "those of them who have lived there ever since, that number of years later to the month",
    ),
    _count("returns_from_{country}_of_{group}", "graduates of a group who come home from a destination"),
    _count("registered_to_{country}", "departures that home's register enters (abm.registers), by destination"),
    _count("registered_to_{country}_of_{group}", "those of a group"),
    _count("graduated_a_year_before", "graduates of home's universities of twelve months before"),
    _count("at_home_after_a_year", "those of them who live at home twelve months after graduating"),
    _count("at_work_after_a_year", "those of them who live and work at home then"),
)


def _places(name: str) -> list[str]:
    return [place for _, place, _, _ in string.Formatter().parse(name) if place]


def _levels(countries: Sequence[str], groups: Sequence[str]) -> dict[str, Sequence[str]]:
    stayed = tuple(str(years) for years in STAYED)
    own = {"country": countries, "group": groups}
    return own | {"degree": DEGREES, "age": AGES, "years": YEARS, "stayed": stayed}


def _spread(each: Measure, countries: Sequence[str], groups: Sequence[str]) -> Iterator[Measure]:
    """Yield a declaration's columns, the last place of its name alternating fastest."""
    places, levels = _places(each.name), _levels(countries, groups)
    for chosen in itertools.product(*(levels[place] for place in places)):
        filled = dict(zip(places, chosen, strict=True))
        name = each.name.format(**filled)
        yield replace(each, name=name, label=name.replace("_", " "))


def observations(countries: Sequence[str], groups: Sequence[str] = ()) -> Mapping[str, Measure]:
    """Return the observations of a world by name, in the order of their columns.

    Parameters
    ----------
    countries, groups : sequence of str
        The destinations and the groups of the world, by key.
    """
    return {column.name: column for each in OBSERVATIONS for column in _spread(each, countries, groups)}


class Graduation(NamedTuple):
    """What became of home's graduates of a month twelve months later, persons by month of the run."""

    graduated: np.ndarray
    at_home: np.ndarray
    at_work: np.ndarray


class _Years(NamedTuple):
    """The calendar years of a run as far as it has come."""

    years: np.ndarray
    of_month: np.ndarray  # position of each month's year
    last_month: np.ndarray  # of each year, month of the run
    n_countries: int

    def tabled(self, month: np.ndarray, country: np.ndarray, cell: np.ndarray, n_cells: int) -> np.ndarray:
        """Return how many there are by year, destination and cell, of those whose month was run."""
        shape = (len(self.years), self.n_countries, n_cells)
        there = (month >= 0) & (month < len(self.of_month))
        place = (self.of_month[month[there]], country[there], cell[there])
        flat = np.ravel_multi_index(place, shape)
        return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)[:, 1:]


def _years_of(run: Simulation) -> _Years:
    calendar = (np.arange(run.month) + run.environment.first_month) // 12
    years, of_month = np.unique(calendar, return_inverse=True)
    last = np.searchsorted(of_month, np.arange(len(years)), side="right") - 1
    return _Years(years, of_month, last, run.environment.n_countries)


def observed(run: Simulation, graduation: Graduation, beginning: Beginning | None = None) -> dict[str, np.ndarray]:
    """Return the observations of a run by calendar year, persons, in the order in which they are declared.

    Parameters
    ----------
    run : Simulation
        The run, as far as it has come; at least a month.
    graduation : Graduation
        What :func:`simulate_observed` has counted meanwhile, which cannot be read from the run any more.
    beginning : Beginning, optional
        How its persons stood before the first month; else they are made anew.
    """
    years, stays = _years_of(run), stays_of(run, beginning)
    counts = [*_departures(run, years), *_endings(run, years, stays), _stock(run, years, stays)]
    counts += [*_degrees(run, years, stays), *_by_group(run, years)]
    columns = [count.reshape(len(years.years), -1) for count in counts]
    columns += [np.bincount(years.of_month, weights=part[: run.month])[:, None] for part in graduation]
    table = np.concatenate(columns, axis=1) * run.environment.weight
    names = observations(run.environment.names[1:], run.environment.groups)
    return {"year": years.years} | dict(zip(names, table.T, strict=True))


def _age(run: Simulation, row: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the age group of persons in a month."""
    age: np.ndarray = (month - run.graduates.person.birth_month[row].astype(np.int64)) // 12
    return np.searchsorted(FIRST_AGES, age, side="right")


def _departures(run: Simulation, years: _Years) -> list[np.ndarray]:
    """Return departures by degree and by age."""
    moves, month = moves_of(run)
    leaves = moves["flow"] == EMIGRANT
    moves, month = moves[leaves], month[leaves]
    age = _age(run, moves["person"], month)
    return [
        years.tabled(month, moves["destination"], moves["degree"], len(DEGREES)),
        years.tabled(month, moves["destination"], age, len(AGES)),
    ]


def _endings(run: Simulation, years: _Years, stays: Stays) -> list[np.ndarray]:
    """Return returns by degree, age and years since arrival, and exits by these."""
    moves, month = moves_of(run)
    back = np.isin(moves["flow"], RETURNS)
    moves, month = moves[back], month[back]
    country = moves["origin_country"].astype(np.int64)
    counts = [
        years.tabled(month, country, moves["degree"], len(DEGREES)),
        years.tabled(month, country, _age(run, moves["person"], month), len(AGES)),
    ]
    since = np.searchsorted(FIRST_YEARS, (stays.end - stays.begin) // 12, side="right")
    for flows in (RETURNS, (*RETURNS, ONWARD)):
        left = np.isin(stays.ended_by, flows)
        counts.append(years.tabled(stays.end[left], stays.country[left], since[left], len(YEARS)))
    return counts


def _stock(run: Simulation, years: _Years, stays: Stays) -> np.ndarray:
    """Return graduates of working age abroad at the end of each year by years since arrival."""
    person, stock = run.graduates.person, []
    graduated = person.career_month[stays.row].astype(np.int64)
    retires = person.birth_month[stays.row].astype(np.int64) + int(run.rules.retirement_months[0])
    for month in years.last_month:
        there = (stays.begin <= month) & (stays.end > month) & (graduated <= month) & (retires > month)
        since = np.searchsorted(FIRST_YEARS, (month - stays.begin[there]) // 12, side="right")
        now = np.full(there.sum(), month)
        stock.append(years.tabled(now, stays.country[there], since, len(YEARS)).sum(axis=0))
    return np.stack(stock)


def _degrees(run: Simulation, years: _Years, stays: Stays) -> list[np.ndarray]:
    """Return degrees completed abroad, those of some years before, and who of them has stayed, by degree."""
    retires = run.graduates.person.birth_month[stays.row].astype(np.int64) + int(run.rules.retirement_months[0])
    first = stays.studied_until == run.graduates.person.career_month[stays.row]
    # whoever dies in the month in which she would have the degree has none; who moves on then has it
    dies = run.graduates.person.death_month[stays.row] <= stays.studied_until
    has = (stays.studied_until < NEVER) & (stays.studied_until <= stays.end) & ~dies & (stays.studied_until < retires)
    degree = np.where(first, 0, np.minimum(stays.degree.astype(np.int64) + 1, len(DEGREES) - 1))
    until, end, country, degree = (each[has] for each in (stays.studied_until, stays.end, stays.country, degree))
    completed, before, still = years.tabled(until, country, degree, len(DEGREES)), [], []
    for n in STAYED:
        later = until + 12 * n
        in_run = until >= 0
        before.append(years.tabled(later[in_run], country[in_run], degree[in_run], len(DEGREES)))
        stays_on = in_run & (end > later)
        still.append(years.tabled(later[stays_on], country[stays_on], degree[stays_on], len(DEGREES)))
    return [completed, np.stack(before, axis=1), np.stack(still, axis=1)]


def _by_group(run: Simulation, years: _Years) -> list[np.ndarray]:
    """Return returns by group, and what home's register enters, in all and by group; everybody else is no group."""
    heritage, n_groups = run.graduates.person.heritage, len(run.environment.groups)
    moves, month = moves_of(run)
    back = np.isin(moves["flow"], RETURNS)
    moves, month = moves[back], month[back]
    country = moves["origin_country"].astype(np.int64)
    found = entries(run)
    registered = years.tabled(found.month, found.country, heritage[found.row], n_groups + 1)
    returns = years.tabled(month, country, heritage[moves["person"]], n_groups + 1)
    return [returns[..., 1:], registered.sum(axis=2), registered[..., 1:]]


def simulate_observed(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return the yearly series of one run, of all its years, with its observations: for a sweep's ``simulate``."""
    run = Simulation(world, reforms=reforms, seed=seed)
    person = run.graduates.person
    beginning = beginning_of(run.graduates)
    rows = np.flatnonzero((person.cohort >> 16 == GROUP_COHORT) & (person.origin != FOREIGN))
    rows = rows[np.argsort(person.career_month[rows], kind="stable")]
    first = np.searchsorted(person.career_month[rows], np.arange(run.environment.n_months + 1) - SINCE)
    found = Graduation(*(np.zeros(run.environment.n_months, dtype=np.int64) for _ in Graduation._fields))
    while not run.finished:
        month = run.month
        run.step()
        stands = person[rows[first[month] : first[month + 1]]]
        at_home = stands["country"] == HOME
        found.graduated[month] = len(stands)
        found.at_home[month] = at_home.sum()
        found.at_work[month] = (at_home & (stands["stage"] == EMPLOYED)).sum()
    return run.accounts.yearly() | observed(run, found, beginning)


def stay_rate(table: Mapping[str, np.ndarray], country: str, degree: str, years: int) -> float:
    """Return the share of those with a degree of a country who have lived there since, so many years later.

    Over all years of a table of observations; nan where nobody took such a degree long enough ago.
    """
    of = table[f"degrees_{years}_years_before_in_{country}_{degree}"].sum()
    return float(table[f"still_after_{years}_years_in_{country}_{degree}"].sum() / of) if of else float("nan")
