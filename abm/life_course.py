"""What happens to a graduate without a choice: entry, the end of a job, a search, a study or a permit, retirement.

Nobody is asked every month.  Each row knows the next month in which anything is due (``event_month``); the others are
passed over.  Durations are drawn once, by the inverse of the geometric law, when a job or a search begins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.compiled import compiled
from abm.environment import HOME, Environment
from abm.graduates import (
    ABSENT,
    EMPLOYED,
    FOREIGN,
    FREE_ENTRY,
    GROUP_STUDENT,
    JOB_SEEKER,
    NEVER,
    NO_SECTOR,
    NOWHERE,
    POST_STUDY,
    RETIRED,
    SCHOLAR,
    SETTLED,
    STUDENT,
    WORK_PERMIT,
    Graduates,
)
from abm.streams import Purpose, geometric_months, standard_normal, uniform

__all__ = ["LifeCourse", "settle_events", "next_event", "job_match", "start_search", "start_job", "EVENTS"]

SCHOOL_AGE, TEENAGE = 72, 156
# obligation_month of somebody who owes work at home that she has not begun
OWED = -1

EVENTS = ("new_graduates", "new_students_abroad", "students_finished", "jobs_ended", "new_retirements")
NEW_GRADUATE, NEW_STUDENT, STUDENT_FINISHED, JOB_ENDED, RETIREMENT = range(5)


class LifeCourse(NamedTuple):
    """The parameters of the life course."""

    seed: int
    retirement_months: int
    match_spread: float
    underemployment_loss: float
    obligation_months: int
    rule_of_law_at_start: float  # at home, in the first month, index points


def life_course_of(environment: Environment, seed: int) -> LifeCourse:
    """Return the parameters of the life course of a run."""
    scenario = environment.scenario
    return LifeCourse(
        seed=seed,
        retirement_months=round(12 * scenario.decision.retirement_age),
        match_spread=scenario.labour.match_spread,
        underemployment_loss=scenario.labour.underemployment_loss,
        obligation_months=scenario.education.obligation_months,
        rule_of_law_at_start=float(environment.rule_of_law.actual[0]),
    )


@compiled
def next_event(people: Graduates, i: int, month: int, retirement_months: int) -> int:
    """Return the first month after ``month`` in which anything is due for this person."""
    person = people.person[i]
    earliest = NEVER
    retires = int(person.birth_month) + retirement_months
    if month < retires < earliest:
        earliest = retires
    if month < person.status_month < earliest:
        earliest = int(person.status_month)
    if month < person.permit_month < earliest:
        earliest = int(person.permit_month)
    if month < person.obligation_month < earliest:
        earliest = int(person.obligation_month)
    for child in range(3):
        born = int(person.child_month[child])
        if born < NEVER:
            for age in (0, SCHOOL_AGE, TEENAGE):
                if month < born + age < earliest:
                    earliest = born + age
    return earliest


@compiled
def family_event(people: Graduates, i: int, month: int) -> bool:
    """Return whether a child is born, reaches school or turns thirteen in this month."""
    for child in range(3):
        born = people.person[i].child_month[child]
        if born < NEVER and (born == month or born + SCHOOL_AGE == month or born + TEENAGE == month):
            return True
    return False


@compiled
def job_match(people: Graduates, i: int, month: int, countries: np.recarray, country: int, life: LifeCourse) -> float:
    """Return the log wage of a new job relative to the mean of its kind: luck, less the loss of a non-graduate job."""
    seed, rank, cohort = life.seed, people.person[i].rank, people.person[i].cohort
    z = standard_normal(seed, rank, cohort, month, Purpose.MATCH, country)
    graduate_level = (
        uniform(seed, rank, cohort, month, Purpose.GRADUATE_LEVEL, country) < countries[country].graduate_job_share
    )
    return life.match_spread * z - (0.0 if graduate_level else life.underemployment_loss)


@compiled
def start_job(
    people: Graduates, i: int, month: int, countries: np.recarray, match: float, sector: int, life: LifeCourse
) -> None:
    """Put a person into a job in the country she lives in, and draw how long it will last."""
    people.stage[i] = EMPLOYED
    people.sector[i] = sector
    people.person[i].match = match
    u = uniform(life.seed, people.person[i].rank, people.person[i].cohort, month, Purpose.SEPARATION, 0)
    people.person[i].status_month = min(
        month + geometric_months(countries[people.country[i]].separation_prob, u), NEVER
    )
    people.event_month[i] = next_event(people, i, month, life.retirement_months)


@compiled
def start_search(people: Graduates, i: int, month: int, countries: np.recarray, life: LifeCourse) -> None:
    """Make a person look for a job; abroad, draw how long that will take (at home vacancies decide)."""
    people.stage[i] = JOB_SEEKER
    people.sector[i] = NO_SECTOR
    people.person[i].match = 0.0
    people.person[i].status_month = NEVER
    country = people.country[i]
    if country > HOME:
        u = uniform(life.seed, people.person[i].rank, people.person[i].cohort, month, Purpose.JOB_FINDING, 0)
        people.person[i].status_month = min(month + geometric_months(countries[country].job_finding_prob, u), NEVER)
    people.event_month[i] = next_event(people, i, month, life.retirement_months)


@compiled
def enter(people: Graduates, i: int, month: int, countries: np.recarray, life: LifeCourse, counts: np.ndarray) -> None:
    """Let somebody appear whose month has come; a foreign specialist stays outside until she decides to come."""
    group = int(people.person[i].cohort >> 16)
    # beliefs were drawn around the level at the start: newcomers know the level they grow up with
    people.person[i].belief += np.float32(countries[HOME].rule_of_law - life.rule_of_law_at_start)
    if people.person[i].origin == FOREIGN:
        people.event_month[i] = NEVER
        return
    if group >= GROUP_STUDENT:
        people.stage[i] = STUDENT
        people.country[i] = group - GROUP_STUDENT
        people.event_month[i] = people.person[i].status_month
        counts[NEW_STUDENT] += 1
        return
    people.country[i] = HOME
    people.person[i].arrival_month = people.person[i].birth_month
    start_search(people, i, month, countries, life)
    counts[NEW_GRADUATE] += 1


@compiled
def finish_study(people: Graduates, i: int, month: int, countries: np.recarray, life: LifeCourse) -> None:
    """Give the degree, and the permit with which one may stay and look for work."""
    if people.person[i].career_month < month:
        people.person[i].degree = min(people.person[i].degree + 1, 2)
    elif people.person[i].origin == SCHOLAR and life.obligation_months > 0:
        people.person[i].obligation_month = OWED
    country = people.country[i]
    if countries[country].free_entry:
        people.person[i].permit = FREE_ENTRY
        people.person[i].permit_month = NEVER
    else:
        people.person[i].permit = POST_STUDY
        people.person[i].permit_month = month + countries[country].post_study_months[people.person[i].science]
    start_search(people, i, month, countries, life)


@compiled
def settle_person(
    people: Graduates, i: int, month: int, countries: np.recarray, life: LifeCourse, counts: np.ndarray
) -> bool:
    """Carry out what is due for one person; return whether it makes her review where to live."""
    if people.stage[i] == ABSENT:
        enter(people, i, month, countries, life, counts)
        return True
    if month >= people.person[i].birth_month + life.retirement_months:
        people.stage[i] = RETIRED
        people.sector[i] = NO_SECTOR
        people.event_month[i] = NEVER
        counts[RETIREMENT] += 1
        return False
    review = family_event(people, i, month)
    if people.person[i].status_month == month:
        if people.stage[i] == STUDENT:
            finish_study(people, i, month, countries, life)
            counts[STUDENT_FINISHED] += 1
            review = True
        elif people.stage[i] == EMPLOYED:
            start_search(people, i, month, countries, life)
            counts[JOB_ENDED] += 1
            review = True
        else:
            start_job(
                people,
                i,
                month,
                countries,
                job_match(people, i, month, countries, people.country[i], life),
                NO_SECTOR,
                life,
            )
    if people.person[i].permit_month == month:
        stayed = month - people.person[i].work_permit_month
        if people.person[i].permit == WORK_PERMIT and stayed >= countries[people.country[i]].settlement_months:
            people.person[i].permit = SETTLED
            people.person[i].permit_month = NEVER
        else:
            review = True
    if people.person[i].obligation_month == month:
        people.person[i].obligation_month = NEVER
        review = True
    people.event_month[i] = next_event(people, i, month, life.retirement_months)
    return review


@compiled
def settle_events(
    people: Graduates,
    first: int,
    last: int,
    month: int,
    countries: np.recarray,
    life: LifeCourse,
    reviewers: np.ndarray,
    seekers: np.ndarray,
    entrants: np.ndarray,
    filled: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, int, int]:
    """Settle what is due in rows ``first`` to ``last``, and list who reviews, looks for work at home, or has appeared.

    Lists are written from position ``first`` on, so that chunks can be settled at the same time.

    Returns
    -------
    tuple of int
        How many reviewers, job-seekers at home and newcomers were listed.
    """
    n_reviewers, n_seekers, n_entrants = 0, 0, 0
    month_of_year = month % 12
    for i in range(first, last):
        review = False
        if people.event_month[i] == month:
            absent = people.stage[i] == ABSENT
            review = settle_person(people, i, month, countries, life, counts)
            if absent and people.stage[i] != ABSENT:
                entrants[first + n_entrants] = i
                n_entrants += 1
        stage = people.stage[i]
        if stage == EMPLOYED or stage == JOB_SEEKER:
            if people.country[i] == HOME:
                if stage == JOB_SEEKER:
                    seekers[first + n_seekers] = i
                    n_seekers += 1
                else:
                    filled[people.sector[i]] += 1
            if review or people.person[i].review_month == month_of_year:
                reviewers[first + n_reviewers] = i
                n_reviewers += 1
        elif review and stage == ABSENT and people.person[i].origin == FOREIGN:
            reviewers[first + n_reviewers] = i
            n_reviewers += 1
    return n_reviewers, n_seekers, n_entrants


@compiled
def leave_model(people: Graduates, i: int) -> None:
    """Let a foreign specialist go for good."""
    people.stage[i] = ABSENT
    people.country[i] = NOWHERE
    people.sector[i] = NO_SECTOR
    people.event_month[i] = NEVER
