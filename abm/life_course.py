"""What happens to a graduate without a choice: entry, the end of a job, a search, a study or a permit, retirement.

Nobody is asked every month.  Each row knows the next month in which anything is due (``event_month``); the others are
passed over.  Durations are drawn once, by the inverse of the geometric law, when a job or a search begins.  Whoever is
dealt with is counted anew (:mod:`abm.engine.tally`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import (
    ABSENT,
    EMPLOYED,
    FOREIGN,
    FREE_ENTRY,
    GROUP_STUDENT,
    HOME,
    JOB_ENDED,
    JOB_SEEKER,
    NEVER,
    NEW_GRADUATE,
    NEW_STUDENT,
    NO_SECTOR,
    NOWHERE,
    OWED,
    POST_STUDY,
    PUBLIC,
    RESERVE,
    RESERVE_APPOINTMENT,
    RETIRED,
    RETIREMENT,
    SCHOLAR,
    SCHOLARSHIP,
    SCHOLARSHIP_MET,
    SCHOLARSHIP_OWED,
    SERVICE_MET,
    SERVICE_OWED,
    SETTLED,
    STUDENT,
    STUDENT_FINISHED,
    WORK_PERMIT,
)
from abm.engine.compiled import compiled, inlined, internal
from abm.engine.prefetch import AHEAD, prefetch
from abm.engine.streams import Purpose, geometric_months, standard_normal, uniform
from abm.engine.tally import count
from abm.environment import Environment
from abm.graduates import first_belief
from abm.human_capital import HumanCapitalRules, human_capital_of
from abm.person import Graduates, obligation_of

__all__ = [
    "LifeCourse",
    "due",
    "settle_events",
    "periodic_reviewers",
    "job_seekers",
    "next_event",
    "begin_job",
    "job_match",
    "match_of",
    "start_search",
    "start_job",
]

SCHOOL_AGE, TEENAGE = 72, 156
# months after graduation in which service may be begun; assumption: whoever has not by then is not asked again
SERVICE_WINDOW = 24


class LifeCourse(NamedTuple):
    """The parameters of the life course."""

    seed: int
    retirement_months: int
    match_spread: float
    underemployment_loss: float
    rule_of_law_at_start: float  # at home, in the first month, index points
    belief_spread: float  # of first beliefs around the level, index points


def life_course_of(environment: Environment, seed: int) -> LifeCourse:
    """Return the parameters of the life course of a run."""
    scenario = environment.scenario
    return LifeCourse(
        seed=seed,
        retirement_months=round(12 * scenario.decision.retirement_age),
        match_spread=scenario.labour.match_spread,
        underemployment_loss=scenario.labour.underemployment_loss,
        rule_of_law_at_start=float(environment.rule_of_law.actual[0]),
        belief_spread=scenario.beliefs.start_spread,
    )


@compiled
def next_event(person: np.record, month: int, retirement_months: int) -> int:
    """Return the first month after ``month`` in which anything is due for this person."""
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
def family_event(person: np.record, month: int) -> bool:
    """Return whether a child is born, reaches school or turns thirteen in this month."""
    for child in range(3):
        born = person.child_month[child]
        if born < NEVER and (born == month or born + SCHOOL_AGE == month or born + TEENAGE == month):
            return True
    return False


@inlined
def match_of(z: float, level: float, graduate_job_share: float, life: LifeCourse) -> float:
    """Return the log wage of a new job relative to the mean of its kind: luck, less the loss of a non-graduate job.

    ``z`` is its standard normal luck, ``level`` the uniform draw that says whether it is of graduate level.
    """
    return life.match_spread * z - (0.0 if level < graduate_job_share else life.underemployment_loss)


@compiled
def job_match(person: np.record, month: int, graduate_job_share: float, country: int, life: LifeCourse) -> float:
    """Draw the match of a new job (:func:`match_of`)."""
    seed, rank, cohort = life.seed, person.rank, person.cohort
    z = standard_normal(seed, rank, cohort, month, Purpose.MATCH, country)
    level = uniform(seed, rank, cohort, month, Purpose.GRADUATE_LEVEL, country)
    return match_of(z, level, graduate_job_share, life)


@compiled
def begin_job(person: np.record, month: int, separation_prob: float, match: float, sector: int, u: float) -> None:
    """Put a person into a job that lasts as long as the uniform draw ``u`` says."""
    person.stage = EMPLOYED
    person.sector = sector
    person.match = match
    person.status_month = min(month + geometric_months(separation_prob, u), NEVER)


@compiled
def start_job(
    person: np.record, month: int, separation_prob: float, match: float, sector: int, life: LifeCourse
) -> None:
    """Put a person into a job, and draw how long it will last (:func:`begin_job`)."""
    u = uniform(life.seed, person.rank, person.cohort, month, Purpose.SEPARATION, 0)
    begin_job(person, month, separation_prob, match, sector, u)


@compiled
def start_search(person: np.record, month: int, job_finding_prob: float, life: LifeCourse) -> None:
    """Make a person look for a job; abroad, draw how long that will take (at home vacancies decide)."""
    person.stage = JOB_SEEKER
    person.sector = NO_SECTOR
    person.match = 0.0
    person.status_month = NEVER
    if person.country > HOME:
        u = uniform(life.seed, person.rank, person.cohort, month, Purpose.JOB_FINDING, 0)
        person.status_month = min(month + geometric_months(job_finding_prob, u), NEVER)


@compiled
def newcomer_belief(person: np.record, rule_of_law: float, life: LifeCourse) -> np.float32:
    """Return the first belief of a newcomer, who knows the level of rule of law she grew up with."""
    belief = first_belief(person, life.seed, life.rule_of_law_at_start, life.belief_spread)
    return belief + np.float32(rule_of_law - life.rule_of_law_at_start)


@compiled
def enter(person: np.record, month: int, life: LifeCourse, counts: np.ndarray) -> None:
    """Let somebody appear whose month has come; a foreign specialist stays outside until she decides to come."""
    group = int(person.cohort >> 16)
    if person.origin == FOREIGN:
        return
    if group >= GROUP_STUDENT:
        person.stage = STUDENT
        person.country = group - GROUP_STUDENT
        counts[NEW_STUDENT] += 1
        return
    person.country = HOME
    person.arrival_month = person.birth_month
    start_search(person, month, 0.0, life)
    counts[NEW_GRADUATE] += 1
    counts[SERVICE_OWED] += person.obligation_month == OWED


@compiled
def finish_study(
    person: np.record, month: int, country: np.record, owed_months: int, life: LifeCourse, counts: np.ndarray
) -> None:
    """Give the degree, and the permit with which one may stay and look for work; a scholar owes ``owed_months``."""
    counts[STUDENT_FINISHED] += 1
    if person.career_month < month:
        person.degree = min(person.degree + 1, 2)
    elif person.origin == SCHOLAR and owed_months > 0:
        person.obligation_month = OWED
        counts[SCHOLARSHIP_OWED] += 1
    if country.free_entry:
        person.permit = FREE_ENTRY
        person.permit_month = NEVER
    else:
        person.permit = POST_STUDY
        person.permit_month = month + country.post_study_months[person.science]
    start_search(person, month, country.job_finding_prob, life)


@compiled
def end_job(person: np.record, month: int, country: np.record, life: LifeCourse, counts: np.ndarray) -> None:
    """End a job; from the personnel reserve one may go on to a public post."""
    if person.sector == RESERVE:
        u = uniform(life.seed, person.rank, person.cohort, month, Purpose.APPOINTMENT, 0)
        if u < country.appointment_prob:
            start_job(person, month, country.separation_prob, person.match, PUBLIC, life)
            counts[RESERVE_APPOINTMENT] += 1
            return
    start_search(person, month, country.job_finding_prob, life)
    counts[JOB_ENDED] += 1


@compiled
def settle_person(person: np.record, month: int, countries: np.ndarray, life: LifeCourse, counts: np.ndarray) -> bool:
    """Carry out what is due for one person; return whether it makes her review where to live."""
    if month >= person.birth_month + life.retirement_months:
        person.stage = RETIRED
        person.sector = NO_SECTOR
        counts[RETIREMENT] += 1
        return False
    country = countries[person.country]
    review = family_event(person, month)
    if person.status_month == month:
        if person.stage == STUDENT:
            finish_study(person, month, country, countries[HOME].obligation_months[SCHOLARSHIP], life, counts)
            review = True
        elif person.stage == EMPLOYED:
            end_job(person, month, country, life, counts)
            review = True
        else:
            match = job_match(person, month, country.graduate_job_share, person.country, life)
            start_job(person, month, country.separation_prob, match, NO_SECTOR, life)
    if person.permit_month == month:
        if person.permit == WORK_PERMIT and month - person.work_permit_month >= country.settlement_months:
            person.permit = SETTLED
            person.permit_month = NEVER
        else:
            review = True
    if person.obligation_month == month:
        counts[SCHOLARSHIP_MET if obligation_of(person) == SCHOLARSHIP else SERVICE_MET] += 1
        person.obligation_month = NEVER
        review = True
    return review


@compiled
def due(event_month: np.ndarray, month: int, first: int, last: int, out: np.ndarray) -> int:
    """List the rows from ``first`` to ``last`` whose month has come; return how many."""
    n = 0
    wanted = np.int16(month)
    for begin in range(first, last, 64):
        block = event_month[begin : min(begin + 64, last)]
        # most blocks have nobody: this loop becomes a few vector comparisons
        found = False
        for k in range(len(block)):
            found |= block[k] == wanted
        if found:
            for k in range(len(block)):
                if block[k] == wanted:
                    out[n] = begin + k
                    n += 1
    return n


@internal
def settle_events(
    people: Graduates,
    first: int,
    last: int,
    month: int,
    countries: np.ndarray,
    life: LifeCourse,
    capital: HumanCapitalRules,
    listed: np.ndarray,
    reviewers: np.ndarray,
    seekers: np.ndarray,
    entrants: np.ndarray,
    tally: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, int, int]:
    """Settle what is due in rows ``first`` to ``last``; list who reviews, begins to look for work at home, or appears.

    Those whose yearly review falls into this month are left to :func:`periodic_reviewers`.  ``listed`` is room for all
    with anything due.

    Returns
    -------
    tuple of int
        How many reviewers, new job-seekers at home and newcomers were listed.
    """
    persons, event_month, belief = people.person, people.event_month, people.belief
    n_reviewers, n_seekers, n_entrants = 0, 0, 0
    month_of_year = month % 12
    end = due(event_month, month, first, last, listed)
    for k in range(end):
        if k + AHEAD < end:
            prefetch(persons, listed[k + AHEAD])
            prefetch(belief, listed[k + AHEAD])
        i = listed[k]
        person = persons[i]
        was = person.stage
        if was == ABSENT:
            belief[i] = newcomer_belief(person, countries[HOME].rule_of_law, life)
            enter(person, month, life, counts)
            person.human_capital = human_capital_of(person, month, capital)
            review = True
            if person.stage != ABSENT:
                entrants[n_entrants] = i
                n_entrants += 1
        else:
            count(person, belief[i], tally, -1)
            review = settle_person(person, month, countries, life, counts)
        count(person, belief[i], tally, 1)
        event_month[i] = next_due(person, month, life.retirement_months)
        now = person.stage
        if now == JOB_SEEKER and was != JOB_SEEKER and person.country == HOME:
            seekers[n_seekers] = i
            n_seekers += 1
        works = now == EMPLOYED or now == JOB_SEEKER
        considers_coming = now == ABSENT and person.origin == FOREIGN
        if review and (considers_coming or (works and person.review_month != month_of_year)):
            reviewers[n_reviewers] = i
            n_reviewers += 1
    return n_reviewers, n_seekers, n_entrants


@compiled
def next_due(person: np.record, month: int, retirement_months: int) -> int:
    """Return the month in which this row is to be looked at again."""
    if person.stage == ABSENT or person.stage == RETIRED:
        return NEVER
    return next_event(person, month, retirement_months)


@compiled
def periodic_reviewers(persons: np.ndarray, first: int, last: int, month_of_year: int, out: np.ndarray) -> int:
    """List the rows from ``first`` to ``last`` that work or look for work and review in this month of every year."""
    n = 0
    for i in range(first, last):
        stage = persons[i].stage
        if (stage == EMPLOYED or stage == JOB_SEEKER) and persons[i].review_month == month_of_year:
            out[n] = i
            n += 1
    return n


@compiled
def job_seekers(persons: np.ndarray, listed: np.ndarray, out: np.ndarray) -> int:
    """List those of ``listed`` rows who look for work at home, in ``out``, which may be the same; return how many."""
    n = 0
    for k in range(len(listed)):
        if k + AHEAD < len(listed):
            prefetch(persons, listed[k + AHEAD])
        i = listed[k]
        if persons[i].stage == JOB_SEEKER and persons[i].country == HOME:
            out[n] = i
            n += 1
    return n


@compiled
def leave_model(person: np.record) -> None:
    """Let a foreign specialist go for good."""
    person.stage = ABSENT
    person.country = NOWHERE
    person.sector = NO_SECTOR
