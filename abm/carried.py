"""What a run carries from month to month: declared here once, for all that saves, copies or branches it.

Everything else is made anew, to the same bits, of scenario, reforms, seed and a network of one's own.  A rule that
remembers something new from one month for the next names its array in one of the lists below, or keeps it in an array
of the accounts; ``tests/verification/test_branching.py`` finds what is not named.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from abm.codes import ABSENT
from abm.introductions import where_known
from abm.moves import MOVE
from abm.network import count_ties
from abm.person import Graduates

__all__ = [
    "BY_PERSON",
    "MADE_ANEW",
    "MOVES",
    "N_MOVES",
    "OPENING",
    "SEEKERS",
    "WHOLE",
    "carried",
    "carry_on",
    "copied",
    "same_rows",
]

# where a run has them
BY_PERSON = ("graduates.person", "graduates.event_month", "graduates.belief")
WHOLE = (
    "labour.flows",
    "labour.at_risk",
    "labour.answer",
    "treasury.due",
    "labour.job_finding_prob",
    "labour.vacancies",
    "labour.hires",
    "labour.thresholds",
    "labour.carried",
    "quota",
    "tally",
)
# of these the months so far; the accounts' own are added to them (:func:`_by_month`)
BY_MONTH = (  # filled in at home
    "environment.countries.job_finding_prob",
    "environment.countries.offer_rate",
    "environment.countries.ln_wage_answer",
)
# what months change too, but whoever goes on fills again: from the persons, or from what is above
TABULATED = ("ahead", "lost", "ln_best", "ln_looking", "ln_found", "tabulated", "found", "moved", "offer_limits")
MADE_ANEW = (
    "ties",
    "labour.posts",
    "labour.limits",
    "treasury.budget",
    "treasury.tax",
    *(f"state.outlook.{name}" for name in TABULATED),
    "state.lists",
)

OPENING, SEEKERS = "accounts.opening", "seekers"
MOVES, N_MOVES = "accounts.records", "accounts.records by month"


class Rows(NamedTuple):
    """Who is in two runs: her row in each, both in ascending order."""

    old: np.ndarray
    new: np.ndarray


def _by_month(run: Any) -> tuple[str, ...]:
    """Return where a run has what it keeps of every month."""
    kept = [name for name, value in vars(run.accounts).items() if isinstance(value, np.ndarray)]
    return (*BY_MONTH, *(f"accounts.{name}" for name in kept if f"accounts.{name}" != OPENING))


def carried(run: Any) -> dict[str, np.ndarray]:
    """Return what a run (:class:`abm.simulation.Simulation`) has come to, by name; arrays are its own, not copies."""
    arrays = {place: attrgetter(place)(run) for place in (*BY_PERSON, *WHOLE, OPENING)}
    arrays |= {place: attrgetter(place)(run)[: run.month] for place in _by_month(run)}
    arrays[SEEKERS] = run.seekers
    records = run.accounts.records
    arrays[N_MOVES] = np.array([len(moves) for moves in records], dtype=np.int64)
    arrays[MOVES] = np.concatenate([np.zeros(0, dtype=MOVE), *records])
    return arrays


def carry_on(run: Any, month: int, arrays: Mapping[str, np.ndarray], rows: Rows | None = None) -> None:
    """Bring a run that has not begun to where another has come.

    Parameters
    ----------
    run : Simulation
        The run, whose past would have been the same.
    month : int
        How many months the other has run.
    arrays : mapping of str to ndarray
        What that carries (:func:`carried`).
    rows : Rows, optional
        Who is in both, if not everybody is, in the same rows.  Who has not appeared by then stays as she was made here.
    """
    new_row = None if rows is None else _renumbering(rows, len(arrays["graduates.person"]))
    _carry_persons(run.graduates, month, arrays, rows)
    country = where_known(run.introductions, run.graduates.person, run.network.n_persons, month)
    run.ties[:] = count_ties(run.network, country, run.environment.n_countries, run.workers)
    for place in (*WHOLE, OPENING):
        attrgetter(place)(run)[...] = arrays[place]
    for place in _by_month(run):
        attrgetter(place)(run)[:month] = arrays[place]
    moves = arrays[MOVES].copy()
    seekers = arrays[SEEKERS]
    if new_row is not None:
        moves["person"], seekers = new_row[moves["person"]], new_row[seekers]
    ends = np.cumsum(arrays[N_MOVES])[:-1]
    run.accounts.records = [part.view(np.recarray) for part in np.split(moves, ends)] if month else []
    run.accounts.n_closed = run.month = month
    run.list_seekers(seekers)


def _have_appeared(people: Graduates, month: int) -> np.ndarray:
    """Return whose month has come before ``month``, given the persons as they are made before the first month."""
    appeared: np.ndarray = (people.person.stage != ABSENT) | (people.event_month < month)
    return appeared


def _carry_persons(people: Graduates, month: int, arrays: Mapping[str, np.ndarray], rows: Rows | None) -> None:
    if rows is None:
        for place, column in zip(BY_PERSON, people, strict=True):
            column[:] = arrays[place]
        return
    appeared = _have_appeared(people, month)[rows.new]
    for place, column in zip(BY_PERSON, people, strict=True):
        column[rows.new[appeared]] = arrays[place][rows.old[appeared]]
    people.belief[rows.new] = arrays["graduates.belief"][rows.old]  # who still studies at home has one too


def same_rows(old: np.ndarray, new: np.ndarray) -> Rows:
    """Return who is in both of two populations, arrays of PERSON, by identity: cohort and rank."""
    old_names, new_names = _names(old), _names(new)
    rows = Rows(np.flatnonzero(np.isin(old_names, new_names)), np.flatnonzero(np.isin(new_names, old_names)))
    if not np.array_equal(old_names[rows.old], new_names[rows.new]):
        raise RuntimeError("two runs of a scenario and a seed have the same persons in another order")
    return rows


def copied(people: Graduates) -> Graduates:
    """Return persons of their own in the same state."""
    return Graduates(people.person.copy(), people.event_month.copy(), people.belief.copy())


def _names(person: np.ndarray) -> np.ndarray:
    names: np.ndarray = (person["cohort"].astype(np.uint64) << np.uint64(32)) | person["rank"]
    return names


def _renumbering(rows: Rows, n: int) -> np.ndarray:
    """Return everybody's new row by her old one, -1 for who is not there."""
    new_row = np.full(n, -1, dtype=np.int32)
    new_row[rows.old] = rows.new
    return new_row
