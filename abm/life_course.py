"""What happens to a graduate without a choice: entry, the end of a job, a study or a permit, retirement, death.

Nobody is asked every month.  Each row knows the next month in which anything is due (``event_month``); the others are
passed over.  Durations are drawn once, by the inverse of the geometric law, when a job or a search begins.  Whoever is
dealt with is counted anew (:mod:`abm.engine.tally`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import (
    ABSENT,
    DEATH,
    DEATH_IN_RETIREMENT,
    EMPLOYED,
    FOREIGN,
    FREE_ENTRY,
    GROUP_START,
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
from abm.engine.compiled import compiled, inlined
from abm.engine.prefetch import AHEAD, prefetch
from abm.engine.streams import Purpose, geometric_months
from abm.engine.tally import count
from abm.human_capital import human_capital_of
from abm.perception import newcomer_belief
from abm.person import (
    CHILDREN,
    SCHOOL_AGE,
    TEENAGE,
    Graduates,
    degree_after,
    draw,
    draw_normal,
    last_anniversary,
    obligation_of,
)

__all__ = [
    "A_REASON",
    "NOTHING",
    "NO_OTHER_WAY",
    "SERVICE_WINDOW",
    "Found",
    "Now",
    "begin_job",
    "due",
    "family_event",
    "is_job_seeker",
    "job_seekers",
    "leave_model",
    "match_of",
    "next_due",
    "next_event",
    "periodic_reviewers",
    "reviews_sooner",
    "settle_events",
    "start_job",
    "start_search",
]

# months after graduation in which service may be begun; assumption: whoever has not by then is not asked again
SERVICE_WINDOW = 24

# what a month gives a person to review where she lives: nothing, a reason to do so again, or no other way
NOTHING, A_REASON, NO_OTHER_WAY = range(3)


class Now(NamedTuple):
    """A month of the run, as rules ask about it."""

    month: int
    countries: np.ndarray  # of COUNTRY, as they are in this month
    rules: np.record  # of RULES


class Found(NamedTuple):
    """Room for the rows that settling a month finds, by part of the population."""

    due: np.ndarray  # rows whose month has come
    reviewers: np.ndarray
    on_the_job: np.ndarray  # reviewers in work who look for another post
    seekers: np.ndarray  # who begin to look for work at home
    newcomers: np.ndarray
    dead: np.ndarray


@compiled
def next_event(person: np.record, month: int, retirement_months: int) -> int:
    """Return the first month after ``month`` in which anything is due for this person."""
    earliest = NEVER
    retires = int(person.birth_month) + retirement_months
    if month < retires < earliest:
        earliest = retires
    if month < person.death_month < earliest:
        earliest = int(person.death_month)
    if month < person.status_month < earliest:
        earliest = int(person.status_month)
    if month < person.permit_month < earliest:
        earliest = int(person.permit_month)
    if month < person.obligation_month < earliest:
        earliest = int(person.obligation_month)
    for child in range(CHILDREN):
        born = int(person.child_month[child])
        if born < NEVER:
            for age in (0, SCHOOL_AGE, TEENAGE):
                if month < born + age < earliest:
                    earliest = born + age
    return earliest


@compiled
def family_event(person: np.record, month: int) -> bool:
    """Return whether a child is born, reaches school or turns thirteen in this month."""
    for child in range(CHILDREN):
        born = person.child_month[child]
        if born < NEVER and (born == month or born + SCHOOL_AGE == month or born + TEENAGE == month):
            return True
    return False


@inlined
def match_of(z: float, level: float, graduate_job_share: float, rules: np.record) -> float:
    """Return the log wage of a new job relative to the mean of its kind: luck, less the loss of a non-graduate job.

    ``z`` is its standard normal luck, ``level`` the uniform draw that says whether it is of graduate level.
    """
    loss = 0.0 if level < graduate_job_share else rules.labour.underemployment_loss
    return rules.labour.match_spread * z - loss


@compiled
def job_match(person: np.record, now: Now) -> float:
    """Draw the match of a new job in the country where somebody lives (:func:`match_of`)."""
    country, seed = person.country, now.rules.seed
    z = draw_normal(person, now.month, Purpose.MATCH, country, seed)
    level = draw(person, now.month, Purpose.GRADUATE_LEVEL, country, seed)
    return match_of(z, level, now.countries[country].graduate_job_share, now.rules)


@compiled
def begin_job(person: np.record, month: int, separation_prob: float, match: float, sector: int, u: float) -> None:
    """Put a person into a job that lasts as long as the uniform draw ``u`` says."""
    person.stage = EMPLOYED
    person.sector = sector
    person.match = match
    person.status_month = min(month + geometric_months(separation_prob, u), NEVER)


@compiled
def start_job(person: np.record, match: float, sector: int, now: Now) -> None:
    """Put a person into a job where she lives, and draw how long it will last (:func:`begin_job`)."""
    u = draw(person, now.month, Purpose.SEPARATION, 0, now.rules.seed)
    begin_job(person, now.month, now.countries[person.country].separation_prob, match, sector, u)


@compiled
def start_search(person: np.record, now: Now) -> None:
    """Make a person look for a job; abroad, draw how long that will take (at home vacancies decide)."""
    person.stage = JOB_SEEKER
    person.sector = NO_SECTOR
    person.match = 0.0
    person.status_month = NEVER
    if person.country > HOME:
        u = draw(person, now.month, Purpose.JOB_FINDING, 0, now.rules.seed)
        months = geometric_months(now.countries[person.country].job_finding_prob, u)
        person.status_month = min(now.month + months, NEVER)


@compiled
def enter(person: np.record, now: Now, counts: np.ndarray) -> None:
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
    start_search(person, now)
    counts[NEW_GRADUATE] += 1
    counts[SERVICE_OWED] += person.obligation_month == OWED


@compiled
def finish_study(person: np.record, now: Now, counts: np.ndarray) -> None:
    """Give the degree, and the permit with which one may stay and look for work; a scholar owes work at home."""
    country = now.countries[person.country]
    counts[STUDENT_FINISHED] += 1
    if person.career_month < now.month:
        person.degree = degree_after(person)
    elif person.origin == SCHOLAR and now.countries[HOME].obligation_months[SCHOLARSHIP] > 0:
        person.obligation_month = OWED
        counts[SCHOLARSHIP_OWED] += 1
    if country.free_entry:
        person.permit = FREE_ENTRY
        person.permit_month = NEVER
    else:
        person.permit = POST_STUDY
        person.permit_month = now.month + country.post_study_months[person.science]
    start_search(person, now)


@compiled
def end_job(person: np.record, now: Now, counts: np.ndarray) -> None:
    """End a job; from the personnel reserve one may go on to a public post."""
    if person.sector == RESERVE:
        u = draw(person, now.month, Purpose.APPOINTMENT, 0, now.rules.seed)
        if u < now.countries[HOME].appointment_prob:
            start_job(person, person.match, PUBLIC, now)
            counts[RESERVE_APPOINTMENT] += 1
            return
    start_search(person, now)
    counts[JOB_ENDED] += 1


@compiled
def end_status(person: np.record, now: Now, counts: np.ndarray) -> int:
    """End a study, a job or a search abroad; return whether that makes a person review where to live."""
    if person.stage == STUDENT:
        finish_study(person, now, counts)
        return NO_OTHER_WAY
    if person.stage == EMPLOYED:
        end_job(person, now, counts)
        return A_REASON
    start_job(person, job_match(person, now), NO_SECTOR, now)
    return NOTHING


@compiled
def end_permit(person: np.record, now: Now) -> int:
    """End a permit, or let it turn into the right to settle; return whether a person is to review where to live."""
    settlement_months = now.countries[person.country].settlement_months
    if person.permit == WORK_PERMIT and now.month - person.work_permit_month >= settlement_months:
        person.permit = SETTLED
        person.permit_month = NEVER
        return NOTHING
    return NO_OTHER_WAY


@compiled
def settle_person(person: np.record, now: Now, counts: np.ndarray) -> int:
    """Carry out what is due for one person; return whether it makes her review where to live."""
    month = now.month
    if month >= person.birth_month + now.rules.retirement_months:
        person.stage = RETIRED
        person.sector = NO_SECTOR
        counts[RETIREMENT] += 1
        return NOTHING
    reason = A_REASON if family_event(person, month) else NOTHING
    if person.status_month == month:
        reason = max(reason, end_status(person, now, counts))
    if person.permit_month == month:
        reason = max(reason, end_permit(person, now))
    if person.obligation_month == month:
        counts[SCHOLARSHIP_MET if obligation_of(person) == SCHOLARSHIP else SERVICE_MET] += 1
        person.obligation_month = NEVER
        reason = max(reason, A_REASON)
    return reason


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


@compiled
def let_appear(people: Graduates, row: int, now: Now, counts: np.ndarray) -> None:
    """Let somebody appear (:func:`enter`), with what she believes and what she can do."""
    person = people.person[row]
    people.belief[row] = newcomer_belief(person, now.countries[HOME].rule_of_law, now.rules)
    enter(person, now, counts)
    person.human_capital = human_capital_of(person, now.month, now.rules)


@compiled
def let_die(people: Graduates, row: int, tally: np.ndarray, counts: np.ndarray) -> None:
    """Let somebody die, wherever she is: she leaves the model for good, and her job, permit and obligation end.

    Where she lived is kept until those who know her are told (:func:`abm.introductions.take_leave`).
    """
    person = people.person[row]
    counts[DEATH] += 1
    counts[DEATH_IN_RETIREMENT] += person.stage == RETIRED
    count(person, people.belief[row], tally, -1)
    person.stage = ABSENT
    person.sector = NO_SECTOR
    person.obligation_month = NEVER
    people.event_month[row] = NEVER


@compiled
def settle_events(
    people: Graduates, first: int, last: int, now: Now, found: Found, tally: np.ndarray, counts: np.ndarray
) -> tuple[int, int, int, int]:
    """Settle what is due in rows ``first`` to ``last``; list who reviews, looks for work at home, appears, or dies.

    Those whose yearly review falls into this month are left to :func:`periodic_reviewers`.  Lists are written from
    position ``first`` on; events are counted into ``counts``.

    Returns
    -------
    tuple of int
        How many reviewers, new job-seekers at home, newcomers and dead were listed.
    """
    persons, event_month, belief = people.person, people.event_month, people.belief
    listed = found.due[first:last]
    n_reviewers, n_seekers, n_newcomers, n_dead = first, first, first, first
    end = due(event_month, now.month, first, last, listed)
    for k in range(end):
        if k + AHEAD < end:
            prefetch(persons, listed[k + AHEAD])
            prefetch(belief, listed[k + AHEAD])
        i = listed[k]
        person = persons[i]
        if person.death_month == now.month:
            let_die(people, i, tally, counts)
            found.dead[n_dead] = i
            n_dead += 1
            continue
        was, reason = person.stage, NO_OTHER_WAY
        if was == ABSENT:
            let_appear(people, i, now, counts)
        else:
            count(person, belief[i], tally, -1)
            reason = settle_person(person, now, counts)
        count(person, belief[i], tally, 1)
        event_month[i] = next_due(person, now.month, now.rules.retirement_months)
        if was == ABSENT and person.stage != ABSENT:
            found.newcomers[n_newcomers] = i
            n_newcomers += 1
        if was != JOB_SEEKER and is_job_seeker(person):
            found.seekers[n_seekers] = i
            n_seekers += 1
        if reviews_sooner(person, now.month, reason):
            found.reviewers[n_reviewers] = i
            n_reviewers += 1
    return n_reviewers - first, n_seekers - first, n_newcomers - first, n_dead - first


@inlined
def is_job_seeker(person: np.record) -> bool:
    """Return whether somebody looks for work at home."""
    return person.stage == JOB_SEEKER and person.country == HOME


@inlined
def works(person: np.record) -> bool:
    """Return whether somebody works or looks for work."""
    return person.stage == EMPLOYED or person.stage == JOB_SEEKER


@inlined
def reviews_sooner(person: np.record, month: int, reason: int) -> bool:
    """Return whether somebody has a reason to review now, and does not do so in the yearly review of this month.

    Whoever was there at the start waits for the first anniversary in the run, as her chances of the year before are
    not known; unless there is no other way, or she owes what she has not begun.
    """
    if person.stage == ABSENT:
        return person.origin == FOREIGN  # who considers coming
    anniversary = last_anniversary(person, month)
    if reason == NOTHING or anniversary == month or not works(person):
        return False
    waits = anniversary < 0 and (person.cohort >> 16) == GROUP_START
    return reason == NO_OTHER_WAY or person.obligation_month == OWED or not waits


@compiled
def next_due(person: np.record, month: int, retirement_months: int) -> int:
    """Return the month in which this row is to be looked at again."""
    if person.stage == ABSENT:
        return NEVER
    if person.stage == RETIRED:  # nothing is due any more but death
        return int(person.death_month)
    return next_event(person, month, retirement_months)


@compiled
def periodic_reviewers(persons: np.ndarray, first: int, last: int, month_of_year: int, out: np.ndarray) -> int:
    """List the rows from ``first`` to ``last`` that work or look for work and review in this month of every year."""
    n = 0
    for i in range(first, last):
        if works(persons[i]) and persons[i].review_month == month_of_year:
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
        if is_job_seeker(persons[i]):
            out[n] = i
            n += 1
    return n


@compiled
def leave_model(person: np.record) -> None:
    """Let a foreign specialist go for good."""
    person.stage = ABSENT
    person.country = NOWHERE
    person.sector = NO_SECTOR
