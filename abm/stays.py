"""Stays abroad: where graduates from home have lived, from when to when, read from the moves of a run.

An observer of a run, beside the accounts.  What a run does not keep, where everybody lived before the first month and
since when, is made anew, to the same bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import FOREIGN, GROUP_STUDENT, HOME, NEVER, STUDY
from abm.moves import MOVE
from abm.person import Graduates
from abm.setup import set_up_persons
from abm.simulation import Simulation

__all__ = ["Beginning", "Stays", "beginning_of", "moves_of", "remade", "stays_of"]

NO_MOVE = -1


class Beginning(NamedTuple):
    """Where everybody is before the first month, or appears if she studies abroad, by row."""

    country: np.ndarray  # NOWHERE for those still to come
    arrival: np.ndarray  # month of the run in which she came to live, or will come to study, there
    degree: np.ndarray


class Stays(NamedTuple):
    """Stays abroad of graduates and students from home, in the order of person and month; months are those of the run.

    Of whom a stay is, what began it and what ended it.  A first degree abroad is part of the stay in which it is taken.
    """

    row: np.ndarray  # of the person
    country: np.ndarray
    begin: np.ndarray  # negative if it began before the run
    end: np.ndarray  # of the month in which she moved on or died; NEVER if neither
    ended_by: np.ndarray  # flow of the move that ended it, NO_MOVE if none did
    degree: np.ndarray  # with which she came
    studied_until: np.ndarray  # month in which she has, or would have, the degree that she came for; NEVER if for none


def beginning_of(people: Graduates) -> Beginning:
    """Return how persons stand who have not lived a month of the run."""
    person = people.person
    return Beginning(person.country.copy(), person.arrival_month.copy(), person.degree.copy())


def remade(run: Simulation) -> Beginning:
    """Return how the persons of a run stood before its first month."""
    return beginning_of(set_up_persons(run.environment, run.introductions, run.seed, run.own_network, run.workers))


def moves_of(run: Simulation) -> tuple[np.ndarray, np.ndarray]:
    """Return the moves of a run so far, in the order in which they were made, and the month of each."""
    records = run.accounts.records
    month = np.repeat(np.arange(len(records)), [len(moves) for moves in records])
    return np.concatenate([np.zeros(0, dtype=MOVE), *records]), month


def stays_of(run: Simulation, beginning: Beginning | None = None) -> Stays:
    """Return the stays abroad of a run, as far as it has come.

    Parameters
    ----------
    run : Simulation
        The run.
    beginning : Beginning, optional
        How its persons stood before the first month; else they are made anew, in a tenth of the time of a run.
    """
    before = remade(run) if beginning is None else beginning
    person, education = run.graduates.person, run.scenario.education
    moves, month = moves_of(run)
    moved = (person.origin[moves["person"]] != FOREIGN) & (moves["origin_country"] != moves["destination"])
    moves, month = moves[moved], month[moved]
    first = _first_stays(person, before, run.month)
    months = np.where(moves["degree"] == 0, education.master_months, education.doctorate_months)
    until = np.where(moves["path"] == STUDY, month + months, NEVER)
    began = Stays(moves["person"], moves["destination"], month, month, moves["flow"], moves["degree"], until)
    both = Stays(*(np.concatenate(parts) for parts in zip(first, began, strict=True)))
    order = np.lexsort((both.begin, both.row))
    stays = _ended(Stays(*(each[order] for each in both)), person, run.month)
    abroad = stays.country > HOME
    return Stays(*(each[abroad] for each in stays))


def _first_stays(person: np.recarray, before: Beginning, months: int) -> Stays:
    """Return the stays of those who lived abroad before the first month, or have come abroad to study since."""
    group, month = (person.cohort >> 16).astype(np.int64), (person.cohort & 0xFFFF).astype(np.int64)
    studies = (group >= GROUP_STUDENT) & (month - 1 < months)  # month 0 is that of those who are there already
    row = np.flatnonzero(studies | ((before.country > HOME) & (group < GROUP_STUDENT)))
    studies, group, begin = studies[row], group[row], before.arrival[row].astype(np.int64)
    country = np.where(studies, group - GROUP_STUDENT, before.country[row])
    until = np.where(studies, person.career_month[row], NEVER)
    return Stays(row, country, begin, begin, np.full(len(row), NO_MOVE), before.degree[row], until)


def _ended(stays: Stays, person: np.recarray, months: int) -> Stays:
    """Return stays, at home too, whose ``ended_by`` is what began them, with what ended them."""
    same = np.append(stays.row[1:] == stays.row[:-1], np.zeros(min(len(stays.row), 1), dtype=bool))
    end = np.where(same, np.append(stays.begin[1:], NEVER)[: len(same)], NEVER)
    ended_by = np.where(same, np.append(stays.ended_by[1:], NO_MOVE)[: len(same)], NO_MOVE)
    death = person.death_month[stays.row].astype(np.int64)
    return stays._replace(end=np.where(death < np.minimum(end, months), death, end), ended_by=ended_by)
