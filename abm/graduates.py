"""The graduates: how a person of the roster is drawn, her traits for life and her state at the start."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.codes import (
    FOREIGN,
    FREE_ENTRY,
    GROUP_COHORT,
    GROUP_FOREIGN,
    GROUP_START,
    GROUP_STUDENT,
    HOME,
    JOB_SEEKER,
    NEVER,
    NO_SECTOR,
    NOWHERE,
    OWED,
    SCHOLAR,
    SELF_FUNDED,
    SETTLED,
    STUDENT,
    STUDY_PERMIT,
)
from abm.engine.compiled import compiled, inlined
from abm.engine.streams import Purpose, geometric_months
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.life_course import begin_job, match_of
from abm.mortality import month_of_death
from abm.perception import first_belief
from abm.person import CHILDREN, OF_AGE, PERSON, Graduates, draw, draw_normal
from abm.roster import Roster

__all__ = ["create"]


class Given(NamedTuple):
    """What persons are drawn by: the parameters, and what depends on the country or on the month they appear in."""

    rules: np.record  # of RULES
    countries: np.ndarray  # of COUNTRY, in the first month
    diaspora_years: np.ndarray  # by country
    sector_limits: np.ndarray  # cumulative shares of those in work by sector
    master_share: np.ndarray  # of home graduates to come, by month
    doctorate_share: np.ndarray
    grantee_share: np.ndarray  # of home graduates to come who owe service, by month
    student_degrees: np.ndarray  # by country: shares of its students who finish with a master's degree, a doctorate
    scholarship_share: np.ndarray  # of students abroad, by month, of the start first
    hazard: np.ndarray  # of dying, summed up to each month


def given_in(environment: Environment, rules: np.recarray) -> Given:
    """Return what the persons of an environment are drawn by."""
    at_start = environment.scenario.education.scholarship_share
    return Given(
        rules=rules[0],
        countries=environment.countries[0],
        diaspora_years=environment.diaspora_years,
        sector_limits=np.cumsum(environment.start_shares),
        master_share=environment.master_share,
        doctorate_share=environment.doctorate_share,
        grantee_share=environment.grantee_share,
        student_degrees=environment.student_degrees,
        scholarship_share=np.concatenate(([at_start], environment.scholarship_share)),
        hazard=environment.hazard,
    )


def create(environment: Environment, roster: Roster, rules: np.recarray, workers: Workers) -> Graduates:
    """Return the population of a roster, with its fixed traits and its state at the start.

    Parameters
    ----------
    environment : Environment
        The scenario, under its reforms.
    roster : Roster
        Who everybody is (:func:`abm.roster.enrol`).
    rules : recarray of RULES, shape (1,)
        The parameters of the run.
    workers : Workers
        Threads that share the work.
    """
    n, given = len(roster.rank), given_in(environment, rules)
    person = np.zeros(n, dtype=PERSON).view(np.recarray)
    person.rank[:] = roster.rank
    person.heritage[:] = roster.heritage
    person.child_month[:] = NEVER
    person.country[:] = NOWHERE
    person.sector[:] = NO_SECTOR
    graduates = Graduates(person, event_month=np.zeros(n, dtype=np.int16), belief=np.zeros(n, dtype=np.float32))
    workers.share(n, lambda first, last: draw_graduates(graduates, first, last, roster, given))
    return graduates


@compiled
def draw_graduates(people: Graduates, first: int, last: int, roster: Roster, given: Given) -> None:
    """Draw the fixed traits and the starting state of rows ``first`` to ``last``."""
    group, month, country, graduation = roster.group, roster.month, roster.country, roster.graduation
    for i in range(first, last):
        person = people.person[i]
        person.cohort = (group[i] << 16) | month[i]
        draw_person(person, group[i], month[i], math.floor(graduation[i]), given)
        person.left_month = NEVER
        person.permit_month = NEVER
        person.obligation_month = OWED if is_grantee(person, group[i], month[i], given) else NEVER
        person.status_month = NEVER
        people.event_month[i] = month[i]
        if group[i] == GROUP_START:
            draw_start(person, country[i], given)
        elif group[i] >= GROUP_STUDENT:
            people.event_month[i] = begin_study(person, country[i], month[i], math.floor(graduation[i]), given)
        is_there = group[i] == GROUP_START or person.stage == STUDENT
        if is_there:
            people.belief[i] = first_belief(person, given.rules)
        # nobody dies before she is there, or in the month in which she appears
        since = 0 if is_there else people.event_month[i] + 1
        person.death_month = draw_death(person, since, given)
        if is_there:
            people.event_month[i] = min(people.event_month[i], person.death_month)


@compiled
def draw_death(person: np.record, since: int, given: Given) -> int:
    """Draw the month in which somebody dies who may from month ``since`` on."""
    if given.hazard[-1] <= 0.0:
        return NEVER
    u = draw(person, 0, Purpose.DEATH, 0, given.rules.seed)
    return month_of_death(u, person.birth_month, since, given.hazard, given.rules.mortality)


@compiled
def begin_study(person: np.record, country: int, month: int, graduation: int, given: Given) -> int:
    """Let somebody study abroad, since before the start or from a ``month`` on; return when she is looked at next."""
    person.permit = STUDY_PERMIT
    person.status_month = graduation
    person.arrival_month = person.status_month - given.rules.education.study_months
    person.left_month = person.arrival_month
    if month > 0:
        return month - 1
    person.stage = STUDENT
    person.country = country
    return graduation


@inlined
def weight(person: np.record, mean: float, spread: float, purpose: int, seed: int) -> float:
    """Draw the weight of a motive: lognormal over persons, so that all are positive."""
    z = draw_normal(person, 0, purpose, 0, seed)
    return mean * math.exp(spread * z - 0.5 * spread * spread)


@compiled
def draw_person(person: np.record, group: int, month: int, graduation: int, given: Given) -> None:
    """Draw what a person is for life."""
    decision, seed = given.rules.decision, given.rules.seed
    person.ability = draw_normal(person, 0, Purpose.ABILITY, 0, seed)
    person.connections = draw_normal(person, 0, Purpose.CONNECTIONS, 0, seed)
    person.income_weight = weight(
        person, decision.income_weight, decision.income_weight_spread, Purpose.INCOME_TASTE, seed
    )
    person.rule_of_law_weight = weight(
        person, decision.rule_of_law_weight, decision.rule_of_law_weight_spread, Purpose.RULE_OF_LAW_TASTE, seed
    )
    z = draw_normal(person, 0, Purpose.HOME_ATTACHMENT, 0, seed)
    person.home_attachment = decision.home_attachment + decision.home_attachment_spread * z
    person.science = int(draw(person, 1, Purpose.DEGREE, 0, seed) < given.rules.education.science_share)
    person.review_month = int(12.0 * draw(person, 0, Purpose.REVIEW_MONTH, 0, seed))
    draw_origin(person, group, month, graduation, given)
    draw_degree(person, group, month, given)
    draw_household(person, given.rules)


@compiled
def draw_origin(person: np.record, group: int, month: int, graduation: int, given: Given) -> None:
    """Draw where somebody studies and who pays for it, and when she was born and graduates for the first time."""
    graduation_age, retirement_age = given.rules.education.graduation_age, given.rules.decision.retirement_age
    if group >= GROUP_STUDENT:
        scholar = draw(person, 0, Purpose.SCHOLARSHIP, 0, given.rules.seed) < given.scholarship_share[month]
        person.origin = SCHOLAR if scholar else SELF_FUNDED
    elif group == GROUP_FOREIGN:
        person.origin = FOREIGN
        career_months = round(12 * (retirement_age - graduation_age))
        graduation -= math.floor(0.5 * career_months * draw(person, 0, Purpose.AGE, 0, given.rules.seed))
    person.career_month = graduation
    person.birth_month = graduation - round(12 * graduation_age)


@compiled
def is_grantee(person: np.record, group: int, month: int, given: Given) -> bool:
    """Return whether somebody studies at home on a grant that obliges to serve: larger shares take in more people."""
    if group != GROUP_COHORT or given.grantee_share[month] <= 0.0:
        return False
    return draw(person, 0, Purpose.GRANT, 0, given.rules.seed) < given.grantee_share[month]


@compiled
def draw_degree(person: np.record, group: int, month: int, given: Given) -> None:
    """Draw the degree with which a person appears, or will finish: larger shares raise some degrees and lower none."""
    master_share, doctorate_share = given.rules.education.master_share, given.rules.education.doctorate_share
    if group >= GROUP_STUDENT:
        degrees = given.student_degrees[group - GROUP_STUDENT]
        master_share, doctorate_share = degrees[0], degrees[1]
    elif group == GROUP_COHORT:
        master_share, doctorate_share = given.master_share[month], given.doctorate_share[month]
    u = draw(person, 0, Purpose.DEGREE, 0, given.rules.seed)
    person.degree = int(u < master_share + doctorate_share) + int(u < doctorate_share)


@compiled
def draw_household(person: np.record, rules: np.record) -> None:
    """Draw the months of partnership and births: a person's household is then a function of the month."""
    household, seed = rules.household, rules.seed
    person.partner_month = NEVER
    if draw(person, 0, Purpose.PARTNER, 0, seed) >= household.partner_share:
        return
    z = draw_normal(person, 0, Purpose.PARTNER, 1, seed)
    age = 12 * household.partner_age + 12 * household.partner_age_spread * z
    month = person.birth_month + max(age, float(OF_AGE))
    person.partner_month = whole_month(month)
    mean = 12 * household.first_child_years
    for child in range(CHILDREN):
        if draw(person, 0, Purpose.CHILD, 2 * child, seed) >= household.next_child_prob:
            break
        month += 9.0 - mean * math.log(draw(person, 0, Purpose.CHILD, 2 * child + 1, seed))
        person.child_month[child] = whole_month(month)
        mean = 2.0 * (12 * household.first_child_years)


@inlined
def whole_month(month: float) -> int:
    """Return the month in which a moment lies, as far as a record has room for it."""
    return min(max(int(math.floor(month)), -NEVER), NEVER)


@compiled
def draw_start(person: np.record, lives_in: int, given: Given) -> None:
    """Draw the job and the years abroad of somebody who has graduated before the start."""
    country, seed = given.countries[lives_in], given.rules.seed
    person.country = lives_in
    person.arrival_month = person.birth_month
    if lives_in != HOME:
        years = -given.diaspora_years[lives_in] * math.log(draw(person, 0, Purpose.YEARS_ABROAD, 0, seed))
        person.arrival_month = max(-1 - int(12.0 * min(years, 100.0)), person.career_month)
        person.left_month = person.arrival_month
        person.permit = FREE_ENTRY if country.free_entry else SETTLED
    # under a key of its own: the next job, begun in the first month, lasts another time
    length = draw(person, 0, Purpose.SEPARATION, 1, seed)
    if draw(person, 0, Purpose.EMPLOYED_AT_START, 0, seed) >= country.unemployment:
        z, level = draw_normal(person, 0, Purpose.MATCH, 0, seed), draw(person, 0, Purpose.GRADUATE_LEVEL, 0, seed)
        match = match_of(z, level, country.graduate_job_share, given.rules)
        # as of the month before, so that in the first as many jobs end and searches succeed as in any other
        begin_job(person, -1, country.separation_prob, match, sector_at_start(person, given), length)
    else:
        person.stage = JOB_SEEKER
        person.status_month = NEVER
        if lives_in != HOME:
            person.status_month = min(geometric_months(country.job_finding_prob, length) - 1, NEVER)


@inlined
def sector_at_start(person: np.record, given: Given) -> int:
    """Draw the sector in which somebody works at the start, none abroad."""
    if person.country != HOME:
        return NO_SECTOR
    u = draw(person, 0, Purpose.SECTOR_AT_START, 0, given.rules.seed)
    return int(u >= given.sector_limits[0]) + int(u >= given.sector_limits[1])
