"""The population: who the graduates are at the start, and who will join them.

Every person who may ever appear has a row from the beginning: graduates at home and abroad, students abroad, the
cohorts still to come, and foreign specialists who may consider coming.  Rows are ordered by the month of graduation, so
that neighbours on the ring of the network are classmates.  A person is known by (group, cohort, rank), never by row.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.compiled import compiled
from abm.environment import Environment
from abm.streams import (
    Purpose,
    geometric_months,
    standard_normal,
    uniform,
)

__all__ = ["Graduates", "Traits", "create", "STAGES", "ORIGINS", "DEGREES", "PERMITS", "NEVER", "NOWHERE"]

NEVER = 30_000
NOWHERE = -1

STAGES = ("absent", "student", "job-seeker", "employed", "retired")
ABSENT, STUDENT, JOB_SEEKER, EMPLOYED, RETIRED = range(5)
ORIGINS = ("home-educated", "studied abroad", "studied abroad on a scholarship", "foreign specialist")
HOME_EDUCATED, SELF_FUNDED, SCHOLAR, FOREIGN = range(4)
DEGREES = ("bachelor", "master", "doctorate")
PERMITS = ("none", "free entry", "study", "post-study", "work", "settled")
NO_PERMIT, FREE_ENTRY, STUDY_PERMIT, POST_STUDY, WORK_PERMIT, SETTLED = range(6)

GROUP_START, GROUP_COHORT, GROUP_FOREIGN, GROUP_STUDENT = 0, 1, 2, 3
NO_SECTOR = -1


PERSON = np.dtype(
    [
        # who she is
        ("rank", np.uint32),
        ("cohort", np.uint32),  # (group << 16) | month of the run
        ("ability", np.float32),  # standard normal
        ("connections", np.float32),  # standard normal
        ("income_weight", np.float32),
        ("rule_of_law_weight", np.float32),
        ("home_attachment", np.float32),
        ("birth_month", np.int16),
        ("partner_month", np.int16),  # NEVER without a partner
        ("child_month", np.int16, (3,)),  # NEVER without the child
        ("origin", np.uint8),  # index of ORIGINS
        ("science", np.uint8),
        ("review_month", np.uint8),  # month of the year, 0..11
        # where she stands
        ("degree", np.uint8),  # index of DEGREES
        ("match", np.float32),  # log wage of this job relative to the mean of such jobs
        ("belief", np.float32),  # perceived rule of law at home, index points
        ("career_month", np.int16),  # month of the first degree
        ("arrival_month", np.int16),  # when she came to live in this country
        ("left_month", np.int16),  # when she last left home, NEVER if she did not
        ("months_abroad", np.int16),  # in completed stays
        ("permit_month", np.int16),  # when her permit ends
        ("work_permit_month", np.int16),  # when she first got a work permit in this country
        ("obligation_month", np.int16),  # when her obligation ends, NEVER without one
        ("status_month", np.int16),  # when her job, search or study ends
        ("permit", np.uint8),  # index of PERMITS
    ],
    align=True,
)


class Graduates(NamedTuple):
    """The population: columns that are read every month, and a record of all else that only reviewers touch.

    All have one entry a row; months are months of the run (0 is its first), negative before it.
    """

    event_month: np.ndarray  # int16, the next month in which anything is due
    stage: np.ndarray  # uint8, index of STAGES
    country: np.ndarray  # int8, 0 home, 1..K, NOWHERE
    sector: np.ndarray  # int8, index of SECTORS, NO_SECTOR
    human_capital: np.ndarray  # int32, in 1/4096 of the human capital of a mean new graduate
    person: np.recarray  # of PERSON


class Traits(NamedTuple):
    """The parameters that draw a person's fixed traits and starting state."""

    seed: int
    first_month: int
    graduation_months: int
    career_months: int
    study_months: int
    income_weight: float
    income_weight_spread: float
    rule_of_law_weight: float
    rule_of_law_weight_spread: float
    home_attachment: float
    home_attachment_spread: float
    master_share: float
    doctorate_share: float
    science_share: float
    scholarship_share: float
    partner_share: float
    partner_months: float
    partner_months_spread: float
    first_child_months: float
    next_child_prob: float
    belief: float
    belief_spread: float
    match_spread: float
    underemployment_loss: float
    sector_limits: np.ndarray  # cumulative shares of posts by sector
    diaspora_years: np.ndarray
    countries: np.recarray  # in the first month


def traits_of(environment: Environment, seed: int) -> Traits:
    """Return the parameters of :class:`Traits` from an environment."""
    scenario = environment.scenario
    education, decision, household = scenario.education, scenario.decision, scenario.household
    return Traits(
        seed=seed,
        first_month=environment.first_month,
        graduation_months=round(12 * education.graduation_age),
        career_months=round(12 * (decision.retirement_age - education.graduation_age)),
        study_months=education.study_months,
        income_weight=decision.income_weight,
        income_weight_spread=decision.income_weight_spread,
        rule_of_law_weight=decision.rule_of_law_weight,
        rule_of_law_weight_spread=decision.rule_of_law_weight_spread,
        home_attachment=decision.home_attachment,
        home_attachment_spread=decision.home_attachment_spread,
        master_share=education.master_share,
        doctorate_share=education.doctorate_share,
        science_share=education.science_share,
        scholarship_share=education.scholarship_share,
        partner_share=household.partner_share,
        partner_months=12 * household.partner_age,
        partner_months_spread=12 * household.partner_age_spread,
        first_child_months=12 * household.first_child_years,
        next_child_prob=household.next_child_prob,
        belief=float(environment.rule_of_law.actual[0]),
        belief_spread=scenario.beliefs.start_spread,
        match_spread=scenario.labour.match_spread,
        underemployment_loss=scenario.labour.underemployment_loss,
        sector_limits=np.cumsum(environment.base_shares),
        diaspora_years=environment.diaspora_years,
        countries=environment.countries[0],
    )


class _Rows(NamedTuple):
    """Who the rows are: identity, the month they appear, where, and the month of graduation that orders them."""

    group: np.ndarray
    month: np.ndarray
    rank: np.ndarray
    country: np.ndarray
    graduation: np.ndarray

    def ordered(self, order: np.ndarray) -> _Rows:
        return _Rows(*(column[order] for column in self))


def create(environment: Environment, seed: int) -> tuple[Graduates, int]:
    """Return the population and how many of its first rows have a place in the network.

    The remaining rows are foreign specialists, who know nobody at home.
    """
    traits = traits_of(environment, seed)
    networked = _networked_rows(environment, traits)
    networked = networked.ordered(np.argsort(networked.graduation, kind="stable"))
    _settle_diaspora(networked, environment, seed)
    foreign = _foreign_rows(environment)
    rows = _Rows(*(np.concatenate(pair) for pair in zip(networked, foreign, strict=True)))
    graduates = _empty(rows)
    _draw(graduates, rows.group, rows.month, rows.country, rows.graduation, traits)
    return graduates, len(networked.rank)


def _block(group: int, month: int, country: int, graduation: np.ndarray) -> _Rows:
    n = len(graduation)
    full = np.full(n, 1, dtype=np.int64)
    return _Rows(full * group, full * month, np.arange(n), full * country, graduation)


def _monthly(group: int, counts: np.ndarray, country: int, delay: int) -> _Rows:
    """Return one row for each person of monthly cohorts that graduate ``delay`` months after they appear."""
    month = np.repeat(np.arange(len(counts)), counts)
    rank = np.arange(len(month)) - np.repeat(np.cumsum(counts) - counts, counts)
    within = (rank + 0.5) / np.repeat(counts, counts)
    full = np.full(len(month), 1, dtype=np.int64)
    return _Rows(full * group, month, rank, full * country, month + delay + within)


def _networked_rows(environment: Environment, traits: Traits) -> _Rows:
    scenario = environment.scenario
    n_start = scenario.graduates + int(np.rint(environment.diaspora).sum())
    share = 1.0 - (np.arange(n_start) + 0.5) / n_start
    career = _career_quantile(share, scenario.education.age_tilt) * traits.career_months
    blocks = [_block(GROUP_START, 0, 0, -career), _monthly(GROUP_COHORT, environment.home_graduates, 0, 0)]
    for country in range(1, environment.n_countries):
        n_students = int(np.rint(environment.students[country]))
        ahead = (np.arange(n_students) + 0.5) / max(n_students, 1) * traits.study_months
        blocks.append(_block(GROUP_STUDENT + country, 0, country, ahead))
        entrants = environment.student_entrants[:, country]
        later = _monthly(GROUP_STUDENT + country, entrants, country, traits.study_months)
        blocks.append(later._replace(month=later.month + 1))  # month 0 of the group is the stock at the start
    return _Rows(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _foreign_rows(environment: Environment) -> _Rows:
    rows = _monthly(GROUP_FOREIGN, environment.candidates, 0, 0)
    return rows._replace(country=np.full(len(rows.rank), NOWHERE, dtype=np.int64))


def _career_quantile(share: np.ndarray, tilt: float) -> np.ndarray:
    """Return the part of the career behind the graduates below which ``share`` of them lie (density 1 - tilt x)."""
    if tilt == 0.0:
        return share
    quantile: np.ndarray = (1.0 - np.sqrt(1.0 - 2.0 * tilt * share * (1.0 - 0.5 * tilt))) / tilt
    return quantile


def _settle_diaspora(rows: _Rows, environment: Environment, seed: int) -> None:
    """Choose who of the start lives abroad: a race in which kin share their speed, so that leaving runs in kin."""
    network = environment.scenario.network
    at_start = np.flatnonzero(rows.group == GROUP_START)
    free = np.ones(len(at_start), dtype=bool)
    for country in range(1, environment.n_countries):
        n_diaspora = int(np.rint(environment.diaspora[country]))
        if n_diaspora == 0:
            continue
        arrival = np.empty(len(at_start))
        _race(arrival, rows.rank[at_start], country, network.kin_group, network.kin_spread, seed)
        arrival[~free] = np.inf
        first = np.argpartition(arrival, n_diaspora - 1)[:n_diaspora]
        free[first] = False
        rows.country[at_start[first]] = country


@compiled
def _race(arrival: np.ndarray, rank: np.ndarray, country: int, kin_group: int, kin_spread: float, seed: int) -> None:
    for i in range(len(arrival)):
        kin = i // kin_group
        speed = math.exp(kin_spread * standard_normal(seed, kin, 0, 0, Purpose.COMMUNITY, country))
        arrival[i] = -math.log(uniform(seed, rank[i], 0, 0, Purpose.PLACE, country)) / speed


def _empty(rows: _Rows) -> Graduates:
    n = len(rows.rank)
    person = np.zeros(n, dtype=PERSON).view(np.recarray)
    person.rank[:] = rows.rank
    person.child_month[:] = NEVER
    return Graduates(
        event_month=np.zeros(n, dtype=np.int16),
        stage=np.zeros(n, dtype=np.uint8),
        country=np.full(n, NOWHERE, dtype=np.int8),
        sector=np.full(n, NO_SECTOR, dtype=np.int8),
        human_capital=np.zeros(n, dtype=np.int32),
        person=person,
    )


@compiled
def _draw(
    people: Graduates, group: np.ndarray, month: np.ndarray, country: np.ndarray, graduation: np.ndarray, traits: Traits
) -> None:
    """Draw everybody's fixed traits and starting state."""
    for i in range(len(group)):
        appears = month[i]
        if group[i] >= GROUP_STUDENT and appears > 0:
            appears -= 1
        people.person[i].cohort = (group[i] << 16) | month[i]
        _draw_person(people, i, group[i], math.floor(graduation[i]), traits)
        _draw_household(people, i, traits)
        people.person[i].left_month = NEVER
        people.person[i].permit_month = NEVER
        people.person[i].obligation_month = NEVER
        people.person[i].status_month = NEVER
        people.event_month[i] = appears
        if group[i] == GROUP_START:
            _draw_start(people, i, country[i], traits)
        elif group[i] >= GROUP_STUDENT:
            people.stage[i] = STUDENT if month[i] == 0 else ABSENT
            people.country[i] = country[i] if month[i] == 0 else NOWHERE
            people.person[i].permit = STUDY_PERMIT
            people.person[i].status_month = math.floor(graduation[i])
            people.person[i].arrival_month = math.floor(graduation[i]) - traits.study_months
            people.person[i].left_month = people.person[i].arrival_month
            if month[i] == 0:
                people.event_month[i] = people.person[i].status_month


@compiled
def _draw_person(people: Graduates, i: int, group: int, graduation: int, traits: Traits) -> None:
    seed, rank, cohort = traits.seed, people.person[i].rank, people.person[i].cohort
    people.person[i].ability = standard_normal(seed, rank, cohort, 0, Purpose.ABILITY, 0)
    people.person[i].connections = standard_normal(seed, rank, cohort, 0, Purpose.CONNECTIONS, 0)
    spread = traits.income_weight_spread
    z = standard_normal(seed, rank, cohort, 0, Purpose.INCOME_TASTE, 0)
    people.person[i].income_weight = traits.income_weight * math.exp(spread * z - 0.5 * spread * spread)
    spread = traits.rule_of_law_weight_spread
    z = standard_normal(seed, rank, cohort, 0, Purpose.RULE_OF_LAW_TASTE, 0)
    people.person[i].rule_of_law_weight = traits.rule_of_law_weight * math.exp(spread * z - 0.5 * spread * spread)
    z = standard_normal(seed, rank, cohort, 0, Purpose.HOME_ATTACHMENT, 0)
    people.person[i].home_attachment = traits.home_attachment + traits.home_attachment_spread * z
    people.person[i].science = int(uniform(seed, rank, cohort, 1, Purpose.DEGREE, 0) < traits.science_share)
    people.person[i].review_month = int(12.0 * uniform(seed, rank, cohort, 0, Purpose.REVIEW_MONTH, 0))
    u = uniform(seed, rank, cohort, 0, Purpose.DEGREE, 0)
    people.person[i].degree = int(u < traits.master_share + traits.doctorate_share) + int(u < traits.doctorate_share)
    if group >= GROUP_STUDENT:
        scholar = uniform(seed, rank, cohort, 0, Purpose.SCHOLARSHIP, 0) < traits.scholarship_share
        people.person[i].origin = SCHOLAR if scholar else SELF_FUNDED
        people.person[i].degree = 0
    elif group == GROUP_FOREIGN:
        people.person[i].origin = FOREIGN
        older = uniform(seed, rank, cohort, 0, Purpose.AGE, 0)
        graduation -= math.floor(0.5 * traits.career_months * older)
    people.person[i].career_month = graduation
    people.person[i].birth_month = graduation - traits.graduation_months
    people.person[i].belief = traits.belief + traits.belief_spread * standard_normal(
        seed, rank, cohort, 0, Purpose.BELIEF, 0
    )


@compiled
def _draw_household(people: Graduates, i: int, traits: Traits) -> None:
    """Draw the months of partnership and births: a person's household is then a function of the month."""
    seed, rank, cohort = traits.seed, people.person[i].rank, people.person[i].cohort
    people.person[i].partner_month = NEVER
    if uniform(seed, rank, cohort, 0, Purpose.PARTNER, 0) >= traits.partner_share:
        return
    z = standard_normal(seed, rank, cohort, 0, Purpose.PARTNER, 1)
    month = people.person[i].birth_month + max(traits.partner_months + traits.partner_months_spread * z, 216.0)
    people.person[i].partner_month = min(max(int(math.floor(month)), -NEVER), NEVER)
    mean = traits.first_child_months
    for child in range(3):
        if uniform(seed, rank, cohort, 0, Purpose.CHILD, 2 * child) >= traits.next_child_prob:
            break
        month += 9.0 - mean * math.log(uniform(seed, rank, cohort, 0, Purpose.CHILD, 2 * child + 1))
        people.person[i].child_month[child] = min(max(int(math.floor(month)), -NEVER), NEVER)
        mean = 2.0 * traits.first_child_months


@compiled
def _draw_start(people: Graduates, i: int, country: int, traits: Traits) -> None:
    """Draw the job and the years abroad of somebody who has graduated before the start."""
    seed, rank, cohort = traits.seed, people.person[i].rank, people.person[i].cohort
    people.country[i] = country
    people.person[i].arrival_month = people.person[i].birth_month
    if country > 0:
        years = -traits.diaspora_years[country] * math.log(uniform(seed, rank, cohort, 0, Purpose.YEARS_ABROAD, 0))
        people.person[i].arrival_month = max(-1 - int(12.0 * min(years, 100.0)), people.person[i].career_month)
        people.person[i].left_month = people.person[i].arrival_month
        people.person[i].permit = FREE_ENTRY if traits.countries[country].free_entry else SETTLED
    if uniform(seed, rank, cohort, 0, Purpose.EMPLOYED_AT_START, 0) >= traits.countries[country].unemployment:
        people.stage[i] = EMPLOYED
        u = uniform(seed, rank, cohort, 0, Purpose.SECTOR_AT_START, 0)
        if country == 0:
            people.sector[i] = int(u >= traits.sector_limits[0]) + int(u >= traits.sector_limits[1])
        z = standard_normal(seed, rank, cohort, 0, Purpose.MATCH, 0)
        good = uniform(seed, rank, cohort, 0, Purpose.GRADUATE_LEVEL, 0) < traits.countries[country].graduate_job_share
        people.person[i].match = traits.match_spread * z - (0.0 if good else traits.underemployment_loss)
        ends = traits.countries[country].separation_prob
    else:
        people.stage[i] = JOB_SEEKER
        ends = traits.countries[country].job_finding_prob if country > 0 else 0.0
    u = uniform(seed, rank, cohort, 0, Purpose.SEPARATION, 0)
    people.person[i].status_month = min(geometric_months(ends, u), NEVER)
    people.event_month[i] = 0
