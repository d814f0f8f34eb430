"""What home's register sees of those who leave: a part of them, and when they settle rather than when they go.

An observer of a run, beside the accounts: it reads the moves of every month and changes nothing.  Whoever settles in a
destination is entered with the destination's ``registration_prob``, or with what her group has there instead, after a
time that is exponential with the mean ``registration_years``, if she still lives there.  A register undercounts where
nobody asks for its entry (see ``undercount`` in ``data/sources.toml``); what it shows is to be compared with this, and
never with the moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import EMIGRANT, NEVER, ONWARD, POST_ABROAD, STUDENT_STAYING
from abm.engine.streams import Purpose, uniforms_by_month
from abm.parameters import Series
from abm.paths import series_by_month
from abm.simulation import Simulation
from abm.stays import moves_of

__all__ = ["entries", "registered_departures"]

SETTLING = (EMIGRANT, ONWARD, STUDENT_STAYING)
LAG = 128  # added to a country for the draw of how long registration takes


class _Stays(NamedTuple):
    """Stays of graduates from home in destinations that they went to in the run, in the order of person and month."""

    row: np.ndarray  # of the person
    country: np.ndarray
    begin: np.ndarray  # month of the run
    end: np.ndarray  # the month of the next move or of death, NEVER without one
    flow: np.ndarray  # by which each began
    is_post: np.ndarray  # for a time


class Entries(NamedTuple):
    """Who is entered as departed: her row, the destination, and the month of the run."""

    row: np.ndarray
    country: np.ndarray
    month: np.ndarray


def entries(run: Simulation) -> Entries:
    """Return what home's register has entered within the months of a run so far (:func:`registered_departures`)."""
    stays = _stays(run)
    entered = _entered(run, stays)
    seen = _first_entries(stays, entered, run.month)
    return Entries(stays.row[seen], stays.country[seen], entered[seen])


def registered_departures(run: Simulation) -> dict[str, np.ndarray]:
    """Return how many departures home's register has entered, by calendar year, destination and group.

    A graduate who leaves, a student abroad who stays there with her degree, and who moves on from one destination to
    another before being entered, are entered under the destination in which they settle, once; posts abroad for a time
    are no departures, and who left before the run was a departure then.  Entries that fall behind the month in which
    the run stands are not known yet.

    Parameters
    ----------
    run : Simulation
        A run, as far as it has come.

    Returns
    -------
    dict of str to ndarray
        ``year``; ``months``, how many months of the year were run; ``registered_departures``, persons a year; and
        ``registered_departures_to_NAME`` for each destination; where the scenario has groups, for each of them
        ``registered_departures_of_GROUP`` and ``registered_departures_of_GROUP_to_NAME``.
    """
    environment, weight = run.environment, run.environment.weight
    found = entries(run)
    years, of_month, months = np.unique(
        (np.arange(run.month) + environment.first_month) // 12, return_inverse=True, return_counts=True
    )
    by_group = np.zeros((len(environment.groups) + 1, len(years), environment.n_countries), dtype=np.int64)
    group = run.graduates.person.heritage[found.row]
    np.add.at(by_group, (group, of_month[found.month], found.country), 1)
    table = {"year": years, "months": months}
    groups = zip(environment.groups, by_group[1:], strict=True)
    for whose, counts in (("", by_group.sum(axis=0)), *((f"_of_{name}", counts) for name, counts in groups)):
        table[f"registered_departures{whose}"] = counts.sum(axis=1) * weight
        for country, name in enumerate(environment.names[1:], start=1):
            table[f"registered_departures{whose}_to_{name}"] = counts[:, country] * weight
    return table


def _stays(run: Simulation) -> _Stays:
    """Return the stays abroad that begin in a run."""
    moves, month = moves_of(run)
    order = np.lexsort((month, moves["person"]))
    moves, month = moves[order], month[order]
    moves_again = np.append(moves["person"][1:] == moves["person"][:-1], False)
    end = np.where(moves_again, np.append(month[1:], NEVER), NEVER)
    goes = np.isin(moves["flow"], SETTLING)
    moves, is_post = moves[goes], moves["path"][goes] == POST_ABROAD
    end = np.minimum(end[goes], run.graduates.person.death_month[moves["person"]])
    return _Stays(moves["person"], moves["destination"], month[goes], end, moves["flow"], is_post)


def _entered(run: Simulation, stays: _Stays) -> np.ndarray:
    """Return the month in which each stay is entered, NEVER if it is not."""
    person = run.graduates.person
    rank, cohort, month = person.rank[stays.row], person.cohort[stays.row], stays.begin.astype(np.uint32)
    entered = np.full(len(stays.row), NEVER)
    for country, (_, destination) in enumerate(run.scenario.destinations, start=1):
        there = np.flatnonzero(stays.country == country)
        chance, luck = np.empty(len(there)), np.empty(len(there))
        for alternative, draw in ((country, chance), (LAG + country, luck)):
            uniforms_by_month(
                run.seed, rank[there], cohort[there], month[there], Purpose.REGISTRATION, alternative, draw
            )
        chances, group = _chances(run, country, destination.registration_prob), person.heritage[stays.row[there]]
        months = np.floor(-12.0 * destination.registration_years * np.log(luck)).astype(np.int64)
        begin = stays.begin[there]
        due = begin + months
        stays_on = (due < stays.end[there]) & ~stays.is_post[there]
        entered[there] = np.where(stays_on & (chance < chances[group, begin]), np.minimum(due, NEVER), NEVER)
    return entered


def _chances(run: Simulation, country: int, usual: Series) -> np.ndarray:
    """Return the chance to be entered of each group, everybody else the first, by month."""
    environment, name = run.environment, run.environment.names[country]
    of_all = series_by_month(usual, environment.first_month, environment.n_months)
    chances = np.repeat(of_all[None], len(environment.groups) + 1, axis=0)
    for place, (_, group) in enumerate(run.scenario.groups, start=1):
        stated = dict(group.destinations).get(name)
        if stated is not None and stated.registration_prob is not None:
            chances[place] = stated.registration_prob
    return chances


def _first_entries(stays: _Stays, entered: np.ndarray, n_months: int) -> np.ndarray:
    """Return which stays are entered within the months that were run, of each time away from home the first."""
    goes_on = (stays.row[1:] == stays.row[:-1]) & (stays.begin[1:] == stays.end[:-1])
    first_stays = np.flatnonzero(np.append(True, ~goes_on)[: len(entered)])
    time_away = np.repeat(np.arange(len(first_stays)), np.diff(np.append(first_stays, len(entered))))
    left_in_run = stays.flow[first_stays] != ONWARD
    seen = np.flatnonzero((entered < n_months) & left_in_run[time_away])
    _, first = np.unique(time_away[seen], return_index=True)
    found: np.ndarray = seen[first]
    return found
