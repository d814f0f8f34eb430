"""Moves: quotas, what changes with a move, and the record of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.borders import can_cross
from abm.codes import (
    ARRIVAL,
    BACK,
    DEPARTURE,
    EMIGRANT,
    EVERYBODY_ELSE,
    FOREIGN,
    FREE_ENTRY,
    GONE,
    GROUP_STUDENT,
    HOME,
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
from abm.engine.streams import Purpose
from abm.engine.tally import count, whole_units
from abm.incentives import tax_cut_ends
from abm.income import study_length
from abm.labour import order_statistic
from abm.life_course import SERVICE_WINDOW, Now, is_job_seeker, leave_model, next_due, start_job, start_search
from abm.network import Ties, move_ties
from abm.person import Graduates, draw, month_of_chances

__all__ = ["MOVE", "Books", "Decisions", "acts", "apply_quotas", "carry_out"]


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
                ("path", np.uint8),  # index of PATHS, or GONE
            ],
            align=True,
        ),
    )
)


class Decisions(NamedTuple):
    """What a month's reviewers decided, and room for what follows from it."""

    reviewers: np.ndarray  # rows
    choices: np.ndarray  # of CHOICE
    moves: np.ndarray  # of MOVE
    seekers: np.ndarray  # rows that begin to look for work at home


class Books(NamedTuple):
    """What is counted, a row for each month or that of one month; flows by kind and by the foreign country."""

    tally: np.ndarray  # as it is now
    events: np.ndarray
    entered: np.ndarray  # newcomers, by country
    deaths: np.ndarray  # by country
    flows: np.ndarray  # home stands for the country of foreign specialists
    flows_human_capital: np.ndarray
    flows_ability: np.ndarray
    flows_by_group: np.ndarray  # of each group but everybody else, as flows are


@internal
def apply_quotas(people: Graduates, decisions: Decisions, quota: np.ndarray, now: Now) -> None:
    """Hold permits down to each country's quota: who is refused stays, or goes home if the permit has ended.

    ``quota`` holds the permits (simulated persons) that may be given; what is given is taken off.  Applicants are
    ranked by a keyed draw, so that one applicant more displaces at most one other.
    """
    persons, reviewers, choices = people.person, decisions.reviewers, decisions.choices
    for country in range(len(quota)):
        if not np.isfinite(quota[country]):
            continue
        applicants, draws = np.empty(len(reviewers), dtype=np.int64), np.empty(len(reviewers))
        n = 0
        for k in range(len(reviewers)):
            person = persons[reviewers[k]]
            if choices[k].country == country and asks_for_permit(person, choices[k]):
                applicants[n] = k
                draws[n] = draw(person, month_of_chances(person, now.month), Purpose.QUOTA, country, now.rules.seed)
                n += 1
        given = min(int(quota[country]), n)
        if given < n:
            lowest_refused = order_statistic(draws[:n].copy(), given)
            for place in range(n):
                if draws[place] >= lowest_refused:
                    refuse(persons[reviewers[applicants[place]]], choices[applicants[place]], now)
        quota[country] -= given


@compiled
def asks_for_permit(person: np.record, choice: np.record) -> bool:
    """Return whether a choice needs a new work permit."""
    return choice.path == OFFER or (choice.path == RENEW and person.permit != WORK_PERMIT)


@compiled
def refuse(person: np.record, choice: np.record, now: Now) -> None:
    """Put the choice of somebody who gets no permit right; whom the border does not let out is let stay."""
    may_stay = person.country == HOME or person.permit_month > now.month or not can_leave(person, now)
    choice.country = person.country if may_stay else HOME
    choice.path = STAY if may_stay else BACK if person.permit == POSTED else RETURN
    choice.match = person.match if choice.path == BACK else choice.match
    choice.referred = 0


@inlined
def can_leave(person: np.record, now: Now) -> bool:
    """Return whether the border of the country abroad in which somebody lives lets her out this month."""
    return can_cross(person, month_of_chances(person, now.month), now.countries, person.country, now.rules.seed)


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
def renew(person: np.record, now: Now) -> None:
    """Give a work permit that lasts until it ends or residence on such permits is long enough to settle."""
    month, country = now.month, now.countries[person.country]
    if person.permit == POSTED:
        person.sector = NO_SECTOR  # the post at home is given up
    if person.permit != WORK_PERMIT:
        person.work_permit_month = month
    person.permit = WORK_PERMIT
    ends = month + country.work_permit_months
    settles = person.work_permit_month + country.settlement_months
    person.permit_month = min(ends, max(settles, month + 1), NEVER)


@compiled
def move(person: np.record, choice: np.record, now: Now, events: np.ndarray) -> None:
    """Move one person to the country of her choice, and let permit, job and obligation follow."""
    post, was_posted = person.sector, person.permit == POSTED
    change_country(person, choice.country, now.month)
    if choice.country == HOME:
        come_home(person, was_posted, now, events)
        person.tax_cut_month = tax_cut_ends(person, choice.path, now.month, now.countries[HOME])
        if choice.path == BACK:
            start_job(person, choice.match, post, now)
        elif choice.path == RETURN_OFFER:
            start_job(person, choice.match, choice.sector, now)
        else:
            start_search(person, now)
        return
    person.obligation_month = NEVER
    if choice.path == STUDY:
        go_to_study(person, now)
    elif choice.path == POST_ABROAD:
        go_on_a_post(person, choice.match, post, now)
        events[POSTING_BEGUN] += 1
    else:
        go_to_work(person, choice, now)


@compiled
def change_country(person: np.record, destination: int, month: int) -> None:
    """Let somebody live in another country, where she has no permit and no job yet."""
    if person.country > HOME:
        person.months_abroad += month - person.arrival_month
    if person.country == HOME:
        person.left_month = month
    person.country = destination
    person.arrival_month = month
    person.permit_month = NEVER
    person.permit = NO_PERMIT
    person.sector = NO_SECTOR
    person.tax_cut_month = 0
    if person.obligation_month != OWED:
        person.obligation_month = NEVER


@compiled
def come_home(person: np.record, was_posted: bool, now: Now, events: np.ndarray) -> None:
    """Meet, by coming home, what was owed for a post abroad, or begin to meet what is owed for a scholarship."""
    if person.obligation_month != OWED:
        return
    if was_posted:
        person.obligation_month = NEVER
        events[POSTING_MET] += 1
    else:
        person.obligation_month = now.month + now.countries[HOME].obligation_months[SCHOLARSHIP]
        events[SCHOLARSHIP_BEGUN] += 1


@compiled
def go_to_study(person: np.record, now: Now) -> None:
    """Begin to study for the next degree."""
    person.stage = STUDENT
    person.permit = STUDY_PERMIT
    person.status_month = now.month + study_length(person.degree, now.rules)


@compiled
def go_on_a_post(person: np.record, match: float, post: int, now: Now) -> None:
    """Begin a post abroad: it is hers for its time, that at home is kept for her, and so the sector in which it is."""
    months = max(now.countries[person.country].posting_months, 1)
    start_job(person, match, post, now)
    person.permit, person.obligation_month = POSTED, OWED
    person.permit_month = now.month + months
    person.status_month = min(person.status_month + months, NEVER)


@compiled
def go_to_work(person: np.record, choice: np.record, now: Now) -> None:
    """Begin to work abroad, or to look for work where one may do so freely."""
    if now.countries[person.country].free_entry:
        person.permit = FREE_ENTRY
    else:
        renew(person, now)
    if choice.path == OFFER:
        start_job(person, choice.match, NO_SECTOR, now)
    else:
        start_search(person, now)


@compiled
def serve(person: np.record, match: float, now: Now, events: np.ndarray) -> None:
    """Begin to serve: the place, a public post, is held until the obligation ends, and then as long as others."""
    months = now.countries[HOME].obligation_months[SERVICE]
    start_job(person, match, PUBLIC, now)
    person.obligation_month = now.month + months
    person.status_month = min(person.status_month + months, NEVER)
    events[SERVICE_BEGUN] += 1


@compiled
def release(person: np.record, now: Now) -> None:
    """Ask whoever stays where she is, and has not begun what she owes, for it no more; unless she could not leave."""
    if person.obligation_month != OWED:
        return
    if person.country == HOME:
        asked_again = now.month - person.career_month < SERVICE_WINDOW
    else:
        asked_again = person.permit == POSTED or not can_leave(person, now)
    if not asked_again:
        person.obligation_month = NEVER


@compiled
def note(entry: np.record, person: np.record, row: int, flow: int, choice: np.record) -> None:
    """Write down a move before it is made."""
    entry.person = row
    entry.flow = flow
    entry.origin_country = person.country
    entry.destination = choice.country
    entry.path = choice.path
    entry.degree = person.degree
    entry.sector = person.sector
    entry.origin = person.origin
    entry.human_capital = person.human_capital


@compiled
def enter_flow(entry: np.record, person: np.record, books: Books) -> None:
    """Count a move that was written down, with what the person can do, by the foreign country it leads to or from."""
    abroad = max(entry.origin_country if entry.origin_country > HOME else entry.destination, HOME)
    books.flows[entry.flow, abroad] += 1
    books.flows_human_capital[entry.flow, abroad] += person.human_capital
    books.flows_ability[entry.flow, abroad] += whole_units(person.ability)
    if person.heritage != EVERYBODY_ELSE:
        books.flows_by_group[person.heritage - 1, entry.flow, abroad] += 1


@compiled
def follow(person: np.record, choice: np.record, now: Now, events: np.ndarray) -> None:
    """Let follow from a choice all that changes for the person herself."""
    if choice.path == GONE:
        leave_model(person)
    elif choice.path == RENEW:
        renew(person, now)
        release(person, now)
    elif choice.path == SERVE:
        serve(person, choice.match, now, events)
    elif choice.country == person.country:
        release(person, now)
    else:
        move(person, choice, now, events)


@compiled
def carry_out(people: Graduates, ties: Ties, decisions: Decisions, now: Now, books: Books) -> tuple[int, int]:
    """Carry out the choices of a month, and write down moves and who begins to look for work at home.

    Returns
    -------
    tuple of int
        How many moves and how many job-seekers were written.
    """
    persons, belief, tally = people.person, people.belief, books.tally
    n_moves, n_seekers = 0, 0
    for k in range(len(decisions.reviewers)):
        choice, i = decisions.choices[k], decisions.reviewers[k]
        if not choice.acts:
            continue
        person = persons[i]
        here, flow = person.country, flow_of(person, choice.country, choice.referred, now.month)
        if flow >= 0:
            note(decisions.moves[n_moves], person, i, flow, choice)
            enter_flow(decisions.moves[n_moves], person, books)
            n_moves += 1
        count(person, belief[i], tally, -1)
        follow(person, choice, now, books.events)
        count(person, belief[i], tally, 1)
        people.event_month[i] = next_due(person, now.month, now.rules.retirement_months)
        if person.country != here and i < len(ties.first) - 1:
            move_ties(ties, i, here, person.country)
        if person.country != here and is_job_seeker(person):
            decisions.seekers[n_seekers] = i
            n_seekers += 1
    return n_moves, n_seekers
