"""Moves: quotas, what changes with a move, and the record of it."""

from __future__ import annotations

import numpy as np

from abm.codes import (
    ARRIVAL,
    BACK,
    DEPARTURE,
    EMIGRANT,
    FOREIGN,
    FREE_ENTRY,
    GONE,
    GROUP_STUDENT,
    HOME,
    JOB_SEEKER,
    NEVER,
    NO_PERMIT,
    NO_SECTOR,
    OFFER,
    ONWARD,
    OWED,
    POST_ABROAD,
    POSTED,
    POSTING_BEGUN,
    POSTING_MET,
    PUBLIC,
    RENEW,
    RETURN,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_OFFER,
    RETURN_TIES,
    SCHOLARSHIP,
    SCHOLARSHIP_BEGUN,
    SERVE,
    SERVICE,
    SERVICE_BEGUN,
    STAY,
    STUDENT,
    STUDENT_HOME,
    STUDENT_STAYING,
    STUDY,
    STUDY_PERMIT,
    WORK_PERMIT,
)
from abm.engine.compiled import compiled, inlined, internal
from abm.engine.streams import Purpose, uniform
from abm.engine.tally import count, whole_units
from abm.income import study_length
from abm.labour import order_statistic, sector_of
from abm.life_course import SERVICE_WINDOW, LifeCourse, leave_model, next_event, start_job, start_search
from abm.network import move_ties
from abm.person import Graduates

__all__ = ["MOVE", "acts", "apply_quotas", "carry_out", "RECENT_MONTHS"]


RECENT_MONTHS = 60


# who moved in a month (or finished studies and stayed), one entry a person
MOVE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("person", np.int32),  # row
                ("human_capital", np.int32),  # in units of 1/4096
                ("flow", np.int8),  # index of FLOWS
                ("origin_country", np.int8),  # where from
                ("destination", np.int8),  # where to
                ("degree", np.int8),
                ("sector", np.int8),  # left behind at home, NO_SECTOR without one
                ("origin", np.int8),  # index of ORIGINS
            ],
            align=True,
        ),
    )
)


@internal
def apply_quotas(
    people: Graduates, reviewers: np.ndarray, choices: np.ndarray, quota: np.ndarray, month: int, seed: int
) -> None:
    """Hold permits down to each country's quota: who is refused stays, or goes home if the permit has ended.

    ``quota`` holds the permits (simulated persons) that may be given; what is given is taken off.  Applicants are
    ranked by a keyed draw, so that one applicant more displaces at most one other.
    """
    persons = people.person
    for country in range(len(quota)):
        if not np.isfinite(quota[country]):
            continue
        applicants, draws = np.empty(len(reviewers), dtype=np.int64), np.empty(len(reviewers))
        n = 0
        for k in range(len(reviewers)):
            person = persons[reviewers[k]]
            if choices[k].country == country and asks_for_permit(person, choices[k]):
                applicants[n] = k
                draws[n] = uniform(seed, person.rank, person.cohort, month, Purpose.QUOTA, country)
                n += 1
        given = min(int(quota[country]), n)
        if given < n:
            lowest_refused = order_statistic(draws[:n].copy(), given)
            for place in range(n):
                if draws[place] >= lowest_refused:
                    refuse(persons[reviewers[applicants[place]]], choices[applicants[place]], month)
        quota[country] -= given


@compiled
def asks_for_permit(person: np.record, choice: np.record) -> bool:
    """Return whether a choice needs a new work permit."""
    return choice.path == OFFER or (choice.path == RENEW and person.permit != WORK_PERMIT)


@compiled
def refuse(person: np.record, choice: np.record, month: int) -> None:
    """Put the choice of somebody who gets no permit right."""
    may_stay = person.country == HOME or person.permit_month > month
    choice.country = person.country if may_stay else HOME
    choice.path = STAY if may_stay else BACK if person.permit == POSTED else RETURN
    choice.match = person.match if choice.path == BACK else choice.match
    choice.referred = 0


@inlined
def finishes_study(person: np.record, month: int) -> bool:
    """Return whether somebody who left to study abroad graduates in this month."""
    return person.career_month == month and (person.cohort >> 16) >= GROUP_STUDENT


@inlined
def acts(person: np.record, choice: np.record, month: int) -> bool:
    """Return whether anything follows from a choice: a move, a permit, the end of studies or of an obligation."""
    moves = choice.country != person.country or choice.path == RENEW or choice.path == SERVE
    return moves or person.obligation_month == OWED or finishes_study(person, month)


@compiled
def flow_of(person: np.record, destination: int, referred: bool, month: int) -> int:
    """Return which flow a choice belongs to, or -1 if nothing is to be recorded."""
    here = person.country
    if person.origin == FOREIGN:
        if destination == here:
            return -1
        return ARRIVAL if destination == HOME else DEPARTURE
    if finishes_study(person, month):
        return STUDENT_HOME if destination == HOME else STUDENT_STAYING
    if destination == here:
        return -1
    if here == HOME:
        return EMIGRANT
    if destination != HOME:
        return ONWARD
    if referred:
        return RETURN_TIES
    return RETURN_EARLY if month - person.left_month < RECENT_MONTHS else RETURN_LATE


@compiled
def renew(person: np.record, month: int, country: np.record) -> None:
    """Give a work permit that lasts until it ends or residence on such permits is long enough to settle."""
    if person.permit == POSTED:
        person.sector = NO_SECTOR  # the post at home is given up
    if person.permit != WORK_PERMIT:
        person.work_permit_month = month
    person.permit = WORK_PERMIT
    ends = month + country.work_permit_months
    settles = person.work_permit_month + country.settlement_months
    person.permit_month = min(ends, max(settles, month + 1), NEVER)


@compiled
def move(
    person: np.record,
    destination: int,
    path: int,
    match: float,
    month: int,
    country: np.record,
    life: LifeCourse,
    rules: np.record,
    limits: np.ndarray,
    events: np.ndarray,
) -> None:
    """Move one person to another ``country``, and let permit, job, obligation and human capital follow."""
    here, was_posted, post = person.country, person.permit == POSTED, person.sector
    if here > HOME:
        person.months_abroad += month - person.arrival_month
    if here == HOME:
        person.left_month = month
    person.country = destination
    person.arrival_month = month
    person.permit_month = NEVER
    person.permit = NO_PERMIT
    person.sector = NO_SECTOR
    if person.obligation_month != OWED:
        person.obligation_month = NEVER
    if destination == HOME:
        if person.obligation_month == OWED and was_posted:
            person.obligation_month = NEVER
            events[POSTING_MET] += 1
        elif person.obligation_month == OWED:
            person.obligation_month = month + country.obligation_months[SCHOLARSHIP]
            events[SCHOLARSHIP_BEGUN] += 1
        if path == BACK:
            start_job(person, month, country.separation_prob, match, post, life)
        elif path == RETURN_OFFER:
            u = uniform(life.seed, person.rank, person.cohort, month, Purpose.SECTOR_APPLIED, 1)
            start_job(person, month, country.separation_prob, match, sector_of(u, limits), life)
        else:
            start_search(person, month, country.job_finding_prob, life)
        return
    person.obligation_month = NEVER
    if path == STUDY:
        person.stage = STUDENT
        person.permit = STUDY_PERMIT
        person.status_month = month + study_length(person.degree, rules)
        return
    if path == POST_ABROAD:
        # the post abroad is hers for its time, that at home is kept for her, and so the sector in which it is
        start_job(person, month, country.separation_prob, match, post, life)
        person.permit, person.obligation_month = POSTED, OWED
        person.permit_month = month + max(country.posting_months, 1)
        person.status_month = min(person.status_month + max(country.posting_months, 1), NEVER)
        events[POSTING_BEGUN] += 1
        return
    if country.free_entry:
        person.permit = FREE_ENTRY
    else:
        renew(person, month, country)
    if path == OFFER:
        start_job(person, month, country.separation_prob, match, NO_SECTOR, life)
    else:
        start_search(person, month, country.job_finding_prob, life)


@compiled
def serve(person: np.record, month: int, match: float, home: np.record, life: LifeCourse, events: np.ndarray) -> None:
    """Begin to serve: the place, a public post, is held until the obligation ends, and then as long as others."""
    start_job(person, month, home.separation_prob, match, PUBLIC, life)
    person.obligation_month = month + home.obligation_months[SERVICE]
    person.status_month = min(person.status_month + home.obligation_months[SERVICE], NEVER)
    events[SERVICE_BEGUN] += 1


@inlined
def is_released(person: np.record, month: int) -> bool:
    """Return whether somebody who stays where she is, and has not begun what she owes, is not asked for it again."""
    if person.obligation_month != OWED:
        return False
    if person.country == HOME:
        return month - person.career_month >= SERVICE_WINDOW
    return person.permit != POSTED


@compiled
def note(entry: np.record, person: np.record, row: int, flow: int, destination: int) -> None:
    """Write down a move before it is made."""
    entry.person = row
    entry.flow = flow
    entry.origin_country = person.country
    entry.destination = destination
    entry.degree = person.degree
    entry.sector = person.sector
    entry.origin = person.origin
    entry.human_capital = person.human_capital


@compiled
def carry_out(
    people: Graduates,
    reviewers: np.ndarray,
    choices: np.ndarray,
    month: int,
    countries: np.ndarray,
    life: LifeCourse,
    rule_table: np.ndarray,
    limits: np.ndarray,
    first: np.ndarray,
    neighbour: np.ndarray,
    ties: np.ndarray,
    moves: np.ndarray,
    seekers: np.ndarray,
    tally: np.ndarray,
    flows: np.ndarray,
    flows_human_capital: np.ndarray,
    flows_ability: np.ndarray,
    events: np.ndarray,
) -> tuple[int, int]:
    """Carry out the choices of a month, into ``moves`` and, of those who begin to look for work at home, ``seekers``.

    ``flows``, their human capital and their ability are counted by flow and by the foreign country, home for foreign
    specialists.

    Returns
    -------
    tuple of int
        How many moves and how many job-seekers were written.
    """
    persons, event_month, belief = people.person, people.event_month, people.belief
    rules, n_networked = rule_table[0], len(first) - 1
    n_moves, n_seekers = 0, 0
    for k in range(len(reviewers)):
        if not choices[k].acts:
            continue
        i = reviewers[k]
        person, choice = persons[i], choices[k]
        here, destination, path = person.country, choice.country, choice.path
        flow = flow_of(person, destination, choice.referred, month)
        if flow >= 0:
            note(moves[n_moves], person, i, flow, destination)
            n_moves += 1
            abroad = max(here if here > HOME else destination, HOME)
            flows[flow, abroad] += 1
            flows_human_capital[flow, abroad] += person.human_capital
            flows_ability[flow, abroad] += whole_units(person.ability)
        if path == RENEW:
            renew(person, month, countries[here])
            event_month[i] = next_event(person, month, life.retirement_months)
        if path == SERVE:
            count(person, belief[i], tally, -1)
            serve(person, month, choice.match, countries[HOME], life, events)
            count(person, belief[i], tally, 1)
            event_month[i] = next_event(person, month, life.retirement_months)
            continue
        if destination == here:
            if is_released(person, month):
                person.obligation_month = NEVER
            continue
        count(person, belief[i], tally, -1)
        if path == GONE:
            leave_model(person)
            event_month[i] = NEVER
            continue
        move(person, destination, path, choice.match, month, countries[destination], life, rules, limits, events)
        event_month[i] = next_event(person, month, life.retirement_months)
        count(person, belief[i], tally, 1)
        if person.stage == JOB_SEEKER and destination == HOME:
            seekers[n_seekers] = i
            n_seekers += 1
        if i < n_networked:
            move_ties(first, neighbour, ties, i, here, destination)
    return n_moves, n_seekers
