"""Moves: quotas, what changes with a move, and the record of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.compiled import compiled
from abm.decision import GONE, OFFER, RENEW, RETURN, RETURN_OFFER, STAY, STUDY, Choice, study_length
from abm.environment import HOME
from abm.graduates import (
    FOREIGN,
    FREE_ENTRY,
    GROUP_STUDENT,
    NEVER,
    NO_PERMIT,
    NO_SECTOR,
    NOWHERE,
    STUDENT,
    STUDY_PERMIT,
    WORK_PERMIT,
    Graduates,
)
from abm.labour import sector_of
from abm.life_course import OWED, LifeCourse, leave_model, next_event, start_job, start_search
from abm.network import move_ties
from abm.streams import Purpose, uniform

__all__ = ["FLOWS", "MoveRecord", "apply_quotas", "carry_out", "RECENT_MONTHS"]

FLOWS = (
    "emigrants",
    "returns_after_years",
    "returns_within_five_years",
    "returns_through_ties",
    "students_home",
    "students_staying",
    "foreign_arrivals",
    "foreign_departures",
    "onward_moves",
)
EMIGRANT, RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME, STUDENT_STAYING, ARRIVAL, DEPARTURE, ONWARD = range(9)

RECENT_MONTHS = 60


class MoveRecord(NamedTuple):
    """Who moved in a month (or finished studies and stayed): one entry a person, all of shape (moves,)."""

    person: np.ndarray  # row
    flow: np.ndarray  # index of FLOWS
    origin_country: np.ndarray  # where from
    destination: np.ndarray  # where to
    degree: np.ndarray
    sector: np.ndarray  # left behind at home, NO_SECTOR without one
    origin: np.ndarray  # index of ORIGINS
    human_capital: np.ndarray  # in units of 1/4096


def empty_record(n: int) -> MoveRecord:
    """Return room for ``n`` moves."""
    columns = {name: np.empty(n, dtype=np.int8) for name in MoveRecord._fields}
    wide = {name: np.empty(n, dtype=np.int32) for name in ("person", "human_capital")}
    return MoveRecord(**(columns | wide))


def apply_quotas(
    people: Graduates, reviewers: np.ndarray, choice: Choice, quota: np.ndarray, month: int, seed: int
) -> None:
    """Hold permits down to each country's quota: who is refused stays, or goes home if the permit has ended.

    ``quota`` holds the permits (simulated persons) that may be given; what is given is taken off.  Applicants are
    ranked by a keyed draw, so that one applicant more displaces at most one other.
    """
    first_permit = people.person.permit[reviewers] != WORK_PERMIT
    permit_paths = (choice.path == OFFER) | ((choice.path == RENEW) & first_permit)
    for country in np.flatnonzero(np.isfinite(quota)).tolist():
        applicants = np.flatnonzero(permit_paths & (choice.country == country))
        given = min(int(quota[country]), len(applicants))
        if given < len(applicants):
            rank = _quota_ranks(people, reviewers[applicants], month, country, seed)
            refused = applicants[np.argsort(rank, kind="stable")[given:]]
            _refuse(people, reviewers, refused, choice, month)
        quota[country] -= given


def _quota_ranks(people: Graduates, listed: np.ndarray, month: int, country: int, seed: int) -> np.ndarray:
    draws = [
        uniform(seed, people.person[i].rank, people.person[i].cohort, month, Purpose.QUOTA, country) for i in listed
    ]
    return np.array(draws)


@compiled
def _refuse(people: Graduates, reviewers: np.ndarray, refused: np.ndarray, choice: Choice, month: int) -> None:
    for k in refused:
        i = reviewers[k]
        here = people.country[i]
        may_stay = here == HOME or people.person[i].permit_month > month
        choice.country[k] = here if may_stay else HOME
        choice.path[k] = STAY if may_stay else RETURN
        choice.referred[k] = 0


@compiled
def flow_of(people: Graduates, i: int, destination: int, path: int, referred: bool, month: int) -> int:
    """Return which flow a choice belongs to, or -1 if nothing is to be recorded."""
    here = people.country[i]
    if people.person[i].origin == FOREIGN:
        if destination == here:
            return -1
        return ARRIVAL if destination == HOME else DEPARTURE
    finishing = people.person[i].career_month == month and (people.person[i].cohort >> 16) >= GROUP_STUDENT
    if finishing:
        return STUDENT_HOME if destination == HOME else STUDENT_STAYING
    if destination == here:
        return -1
    if here == HOME:
        return EMIGRANT
    if destination != HOME:
        return ONWARD
    if referred:
        return RETURN_TIES
    return RETURN_EARLY if month - people.person[i].left_month < RECENT_MONTHS else RETURN_LATE


@compiled
def renew(people: Graduates, i: int, month: int, countries: np.recarray, life: LifeCourse) -> None:
    """Give a work permit that lasts until it ends or residence on such permits is long enough to settle."""
    person, country = people.person[i], countries[people.country[i]]
    if person.permit != WORK_PERMIT:
        person.work_permit_month = month
    person.permit = WORK_PERMIT
    ends = month + country.work_permit_months
    settles = person.work_permit_month + country.settlement_months
    person.permit_month = min(ends, max(settles, month + 1), NEVER)
    people.event_month[i] = next_event(people, i, month, life.retirement_months)


@compiled
def move(
    people: Graduates,
    i: int,
    destination: int,
    path: int,
    match: float,
    month: int,
    countries: np.recarray,
    life: LifeCourse,
    rules: np.record,
    limits: np.ndarray,
) -> None:
    """Move one person to another country, and let permit, job and human capital follow."""
    here = people.country[i]
    if here > HOME:
        people.person[i].months_abroad += month - people.person[i].arrival_month
    if here == HOME:
        people.person[i].left_month = month
    people.country[i] = destination
    people.person[i].arrival_month = month
    people.person[i].permit_month = NEVER
    people.person[i].permit = NO_PERMIT
    people.sector[i] = NO_SECTOR
    people.person[i].obligation_month = NEVER if people.person[i].obligation_month != OWED else OWED
    if destination == HOME:
        if people.person[i].obligation_month == OWED:
            people.person[i].obligation_month = month + life.obligation_months
        if path == RETURN_OFFER:
            u = uniform(life.seed, people.person[i].rank, people.person[i].cohort, month, Purpose.SECTOR_APPLIED, 1)
            start_job(people, i, month, countries, match, sector_of(u, limits), life)
        else:
            start_search(people, i, month, countries, life)
        return
    people.person[i].obligation_month = NEVER
    if path == STUDY:
        people.stage[i] = STUDENT
        people.person[i].permit = STUDY_PERMIT
        people.person[i].status_month = month + study_length(people.person[i].degree, rules)
        people.event_month[i] = next_event(people, i, month, life.retirement_months)
        return
    if countries[destination].free_entry:
        people.person[i].permit = FREE_ENTRY
    else:
        renew(people, i, month, countries, life)
    if path == OFFER:
        start_job(people, i, month, countries, match, NO_SECTOR, life)
    else:
        start_search(people, i, month, countries, life)


@compiled
def carry_out(
    people: Graduates,
    reviewers: np.ndarray,
    choice: Choice,
    month: int,
    countries: np.recarray,
    life: LifeCourse,
    rules: np.record,
    limits: np.ndarray,
    n_networked: int,
    first: np.ndarray,
    neighbour: np.ndarray,
    ties: np.ndarray,
    record: MoveRecord,
) -> int:
    """Carry out the choices of a month in the order of rows; return how many were recorded."""
    n = 0
    for k in range(len(reviewers)):
        i = reviewers[k]
        here, destination, path = people.country[i], choice.country[k], choice.path[k]
        flow = flow_of(people, i, destination, path, choice.referred[k], month)
        if flow >= 0:
            record.person[n] = i
            record.flow[n] = flow
            record.origin_country[n] = here
            record.destination[n] = destination
            record.degree[n] = people.person[i].degree
            record.sector[n] = people.sector[i]
            record.origin[n] = people.person[i].origin
            record.human_capital[n] = people.human_capital[i]
            n += 1
        if path == GONE:
            if here != NOWHERE:
                leave_model(people, i)
            continue
        if path == RENEW:
            renew(people, i, month, countries, life)
        if destination == here:
            if here != HOME and people.person[i].obligation_month == OWED:
                people.person[i].obligation_month = NEVER
            continue
        move(people, i, destination, path, choice.match[k], month, countries, life, rules, limits)
        if i < n_networked:
            move_ties(first, neighbour, ties, i, here, destination)
    return n
