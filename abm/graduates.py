"""The population: who the graduates are at the start, and who will join them.

Every person who may ever appear has a row from the beginning: graduates at home and abroad, students abroad, the
cohorts still to come, and foreign specialists who may consider coming.  In the network they stand in the order of
graduation, so that neighbours on its ring are classmates; in memory, in the order of the month of their review.  A
person is known by (group, cohort, rank), never by row.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.codes import (
    EMPLOYED,
    FOREIGN,
    FREE_ENTRY,
    GROUP_COHORT,
    GROUP_FOREIGN,
    GROUP_START,
    GROUP_STUDENT,
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
from abm.engine.compiled import compiled
from abm.engine.streams import Purpose, geometric_months, standard_normal, uniform, uniforms
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.network import Network
from abm.person import PERSON, Graduates

__all__ = [
    "Roster",
    "Traits",
    "create",
    "enrol",
    "with_classmates",
]


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
    new_master_share: np.ndarray  # of home graduates to come, by month
    new_doctorate_share: np.ndarray
    science_share: float
    scholarship_share: np.ndarray  # of students abroad, by the month in which they appear, of the start first
    grantee_share: np.ndarray  # of home graduates to come who owe service, by month
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
        new_master_share=environment.master_share,
        new_doctorate_share=environment.doctorate_share,
        science_share=education.science_share,
        scholarship_share=np.concatenate(([education.scholarship_share], environment.scholarship_share)),
        grantee_share=environment.grantee_share,
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


class Roster(NamedTuple):
    """Who the rows are: identity, the month they appear, where, and the month of graduation that orders them."""

    group: np.ndarray
    month: np.ndarray
    rank: np.ndarray
    country: np.ndarray
    graduation: np.ndarray

    def ordered(self, order: np.ndarray) -> Roster:
        """Return the same rows in another order."""
        return Roster(*(column[order] for column in self))


def enrol(environment: Environment, seed: int, workers: Workers) -> tuple[Roster, np.ndarray]:
    """Return who everybody is, and the row of each who has a place in the network, in the order of graduation.

    Rows are in the order of the month of review and within it of graduation: the reviewers of a month stand side by
    side.  The last rows are foreign specialists, who know nobody at home.  Graduates whom a reform adds are the last in
    the network, so that nobody else has another place in it.
    """
    networked = _networked_rows(environment)
    networked = networked.ordered(np.argsort(networked.graduation, kind="stable"))
    _settle_diaspora(networked, environment, seed, workers)
    networked = Roster(*(np.concatenate(pair) for pair in zip(networked, _additional_rows(environment), strict=True)))
    networked, row = _by_review_month(networked, seed)
    foreign = _foreign_rows(environment)
    return Roster(*(np.concatenate(pair) for pair in zip(networked, foreign, strict=True))), row


def with_classmates(network: Network, roster: Roster, n_additional: int, seed: int) -> Network:
    """Return a network, in the order of graduation, with the last rows of a roster, whom a reform adds.

    Each of them knows as many as others do on average, drawn from among those who graduate about when she does.
    """
    n, n_ties = network.n_persons, round(network.mean_degree)
    added = Roster(*(column[n:] for column in roster))
    middle = np.searchsorted(roster.graduation[:n], added.graduation)
    cohort = ((added.group << 16) | added.month).astype(np.uint32)
    draw, others = np.empty(n_additional), []
    for tie in range(n_ties):
        # a counter has room for 256 alternatives, and a network may have more ties
        uniforms(seed, added.rank.astype(np.uint32), cohort, tie // 256, Purpose.CLASSMATE, tie % 256, draw)
        # of twice as many classmates on either side as one knows, one of every four: nobody is drawn twice
        others.append(np.clip(middle + np.floor(4.0 * (tie + draw)).astype(np.int64) - 2 * n_ties, 0, n - 1))
    known = np.concatenate(others) if others else np.zeros(0, dtype=np.int64)
    return network.joined(np.tile(np.arange(n, n + n_additional), n_ties), known, n_additional)


def create(environment: Environment, roster: Roster, seed: int, workers: Workers) -> Graduates:
    """Return the population of a roster, with its fixed traits and its state at the start."""
    graduates, traits = _empty(roster), traits_of(environment, seed)

    def draw(first: int, last: int) -> None:
        _draw(graduates, first, last, roster.group, roster.month, roster.country, roster.graduation, traits)

    workers.share(len(roster.rank), draw)
    return graduates


def _by_review_month(rows: Roster, seed: int) -> tuple[Roster, np.ndarray]:
    """Return the rows in the order of their review month, and the new row of each."""
    draw = np.empty(len(rows.rank))
    cohort = ((rows.group << 16) | rows.month).astype(np.uint32)
    uniforms(seed, rows.rank.astype(np.uint32), cohort, 0, Purpose.REVIEW_MONTH, 0, draw)
    order = np.argsort((12.0 * draw).astype(np.uint8), kind="stable")
    row = np.empty(len(order), dtype=np.int32)
    row[order] = np.arange(len(order), dtype=np.int32)
    return rows.ordered(order), row


def _block(group: int, month: int, country: int, graduation: np.ndarray) -> Roster:
    n = len(graduation)
    rank = np.arange(n, dtype=np.int32)
    return Roster(_same(group, n), _same(month, n), rank, _same(country, n), graduation)


def _same(value: int, n: int) -> np.ndarray:
    return np.full(n, value, dtype=np.int32)


def _monthly(group: int, counts: np.ndarray, country: int, delay: int) -> Roster:
    """Return one row for each person of monthly cohorts that graduate ``delay`` months after they appear."""
    month = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    n = len(month)
    rank = np.arange(n, dtype=np.int32) - np.repeat((np.cumsum(counts) - counts).astype(np.int32), counts)
    within = (rank + 0.5) / np.repeat(counts, counts)
    return Roster(_same(group, n), month, rank, _same(country, n), month + delay + within)


def _networked_rows(environment: Environment) -> Roster:
    scenario = environment.scenario
    education, study_months = scenario.education, scenario.education.study_months
    career_months = round(12 * (scenario.decision.retirement_age - education.graduation_age))
    n_start = scenario.graduates + int(np.rint(environment.diaspora).sum())
    share = 1.0 - (np.arange(n_start) + 0.5) / n_start
    career = _career_quantile(share, education.age_tilt) * career_months
    blocks = [_block(GROUP_START, 0, 0, -career), _monthly(GROUP_COHORT, environment.home_graduates, 0, 0)]
    for country in range(1, environment.n_countries):
        n_students = int(np.rint(environment.students[country]))
        ahead = (np.arange(n_students) + 0.5) / max(n_students, 1) * study_months
        blocks.append(_block(GROUP_STUDENT + country, 0, country, ahead))
        entrants = environment.student_entrants[:, country]
        later = _monthly(GROUP_STUDENT + country, entrants, country, study_months)
        blocks.append(later._replace(month=later.month + 1))  # month 0 of the group is the stock at the start
    return Roster(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _additional_rows(environment: Environment) -> Roster:
    """Return the graduates whom a reform adds to the cohorts, ranked behind those who are there anyway."""
    rows = _monthly(GROUP_COHORT, environment.additional_graduates, 0, 0)
    return rows._replace(rank=rows.rank + environment.home_graduates[rows.month].astype(np.int32))


def _foreign_rows(environment: Environment) -> Roster:
    rows = _monthly(GROUP_FOREIGN, environment.candidates, 0, 0)
    return rows._replace(country=_same(NOWHERE, len(rows.rank)))


def _career_quantile(share: np.ndarray, tilt: float) -> np.ndarray:
    """Return the part of the career behind the graduates below which ``share`` of them lie (density 1 - tilt x)."""
    if tilt == 0.0:
        return share
    quantile: np.ndarray = (1.0 - np.sqrt(1.0 - 2.0 * tilt * share * (1.0 - 0.5 * tilt))) / tilt
    return quantile


def _settle_diaspora(rows: Roster, environment: Environment, seed: int, workers: Workers) -> None:
    """Choose who of the start lives abroad: a race in which kin share their speed, so that leaving runs in kin."""
    network = environment.scenario.network
    at_start = np.flatnonzero(rows.group == GROUP_START)
    rank = rows.rank[at_start]
    free = np.ones(len(at_start), dtype=bool)
    for country in range(1, environment.n_countries):
        n_diaspora = int(np.rint(environment.diaspora[country]))
        if n_diaspora == 0:
            continue
        arrival = np.empty(len(at_start))

        def race(first: int, last: int, arrival: np.ndarray = arrival, country: int = country) -> None:
            _race(arrival, first, last, rank, country, network.kin_group, network.kin_spread, seed)

        workers.share(len(at_start), race)
        arrival[~free] = np.inf
        first = np.argpartition(arrival, n_diaspora - 1)[:n_diaspora]
        free[first] = False
        rows.country[at_start[first]] = country


@compiled
def _race(
    arrival: np.ndarray,
    first: int,
    last: int,
    rank: np.ndarray,
    country: int,
    kin_group: int,
    kin_spread: float,
    seed: int,
) -> None:
    for i in range(first, last):
        kin = i // kin_group
        speed = math.exp(kin_spread * standard_normal(seed, kin, 0, 0, Purpose.COMMUNITY, country))
        arrival[i] = -math.log(uniform(seed, rank[i], 0, 0, Purpose.PLACE, country)) / speed


def _empty(rows: Roster) -> Graduates:
    n = len(rows.rank)
    person = np.zeros(n, dtype=PERSON).view(np.recarray)
    person.rank[:] = rows.rank
    person.child_month[:] = NEVER
    person.country[:] = NOWHERE
    person.sector[:] = NO_SECTOR
    return Graduates(person, event_month=np.zeros(n, dtype=np.int16), belief=np.zeros(n, dtype=np.float32))


@compiled
def _draw(
    people: Graduates,
    first: int,
    last: int,
    group: np.ndarray,
    month: np.ndarray,
    country: np.ndarray,
    graduation: np.ndarray,
    traits: Traits,
) -> None:
    """Draw the fixed traits and the starting state of rows ``first`` to ``last``."""
    persons, event_month, belief = people.person, people.event_month, people.belief
    for i in range(first, last):
        person = persons[i]
        person.cohort = (group[i] << 16) | month[i]
        draw_person(person, group[i], month[i], math.floor(graduation[i]), traits)
        draw_degree(person, group[i], month[i], traits)
        draw_household(person, traits)
        person.left_month = NEVER
        person.permit_month = NEVER
        person.obligation_month = OWED if is_grantee(person, group[i], month[i], traits) else NEVER
        person.status_month = NEVER
        event_month[i] = month[i]
        if group[i] == GROUP_START:
            draw_start(person, country[i], traits)
            belief[i] = first_belief(person, traits.seed, traits.belief, traits.belief_spread)
        elif group[i] >= GROUP_STUDENT:
            person.permit = STUDY_PERMIT
            person.status_month = math.floor(graduation[i])
            person.arrival_month = person.status_month - traits.study_months
            person.left_month = person.arrival_month
            event_month[i] -= 1
            if month[i] == 0:
                person.stage = STUDENT
                person.country = country[i]
                belief[i] = first_belief(person, traits.seed, traits.belief, traits.belief_spread)
                event_month[i] = person.status_month


@compiled
def draw_person(person: np.record, group: int, month: int, graduation: int, traits: Traits) -> None:
    """Draw what a person is for life."""
    seed, rank, cohort = traits.seed, person.rank, person.cohort
    person.ability = standard_normal(seed, rank, cohort, 0, Purpose.ABILITY, 0)
    person.connections = standard_normal(seed, rank, cohort, 0, Purpose.CONNECTIONS, 0)
    spread = traits.income_weight_spread
    z = standard_normal(seed, rank, cohort, 0, Purpose.INCOME_TASTE, 0)
    person.income_weight = traits.income_weight * math.exp(spread * z - 0.5 * spread * spread)
    spread = traits.rule_of_law_weight_spread
    z = standard_normal(seed, rank, cohort, 0, Purpose.RULE_OF_LAW_TASTE, 0)
    person.rule_of_law_weight = traits.rule_of_law_weight * math.exp(spread * z - 0.5 * spread * spread)
    z = standard_normal(seed, rank, cohort, 0, Purpose.HOME_ATTACHMENT, 0)
    person.home_attachment = traits.home_attachment + traits.home_attachment_spread * z
    person.science = int(uniform(seed, rank, cohort, 1, Purpose.DEGREE, 0) < traits.science_share)
    person.review_month = int(12.0 * uniform(seed, rank, cohort, 0, Purpose.REVIEW_MONTH, 0))
    if group >= GROUP_STUDENT:
        scholar = uniform(seed, rank, cohort, 0, Purpose.SCHOLARSHIP, 0) < traits.scholarship_share[month]
        person.origin = SCHOLAR if scholar else SELF_FUNDED
    elif group == GROUP_FOREIGN:
        person.origin = FOREIGN
        older = uniform(seed, rank, cohort, 0, Purpose.AGE, 0)
        graduation -= math.floor(0.5 * traits.career_months * older)
    person.career_month = graduation
    person.birth_month = graduation - traits.graduation_months


@compiled
def is_grantee(person: np.record, group: int, month: int, traits: Traits) -> bool:
    """Return whether somebody studies at home on a grant that obliges to serve: larger shares take in more people."""
    if group != GROUP_COHORT or traits.grantee_share[month] <= 0.0:
        return False
    u = uniform(traits.seed, person.rank, person.cohort, 0, Purpose.GRANT, 0)
    return u < traits.grantee_share[month]


@compiled
def draw_degree(person: np.record, group: int, month: int, traits: Traits) -> None:
    """Draw the degree with which a person appears: larger shares raise some degrees and lower none."""
    if group >= GROUP_STUDENT:
        person.degree = 0
        return
    master_share, doctorate_share = traits.master_share, traits.doctorate_share
    if group == GROUP_COHORT:
        master_share, doctorate_share = traits.new_master_share[month], traits.new_doctorate_share[month]
    u = uniform(traits.seed, person.rank, person.cohort, 0, Purpose.DEGREE, 0)
    person.degree = int(u < master_share + doctorate_share) + int(u < doctorate_share)


@compiled
def first_belief(person: np.record, seed: int, level: float, spread: float) -> np.float32:
    """Return what somebody believes of rule of law before any review, around its ``level``."""
    z = standard_normal(seed, person.rank, person.cohort, 0, Purpose.BELIEF, 0)
    return np.float32(level + spread * z)


@compiled
def draw_household(person: np.record, traits: Traits) -> None:
    """Draw the months of partnership and births: a person's household is then a function of the month."""
    seed, rank, cohort = traits.seed, person.rank, person.cohort
    person.partner_month = NEVER
    if uniform(seed, rank, cohort, 0, Purpose.PARTNER, 0) >= traits.partner_share:
        return
    z = standard_normal(seed, rank, cohort, 0, Purpose.PARTNER, 1)
    month = person.birth_month + max(traits.partner_months + traits.partner_months_spread * z, 216.0)
    person.partner_month = min(max(int(math.floor(month)), -NEVER), NEVER)
    mean = traits.first_child_months
    for child in range(3):
        if uniform(seed, rank, cohort, 0, Purpose.CHILD, 2 * child) >= traits.next_child_prob:
            break
        month += 9.0 - mean * math.log(uniform(seed, rank, cohort, 0, Purpose.CHILD, 2 * child + 1))
        person.child_month[child] = min(max(int(math.floor(month)), -NEVER), NEVER)
        mean = 2.0 * traits.first_child_months


@compiled
def draw_start(person: np.record, country: int, traits: Traits) -> None:
    """Draw the job and the years abroad of somebody who has graduated before the start."""
    seed, rank, cohort = traits.seed, person.rank, person.cohort
    person.country = country
    person.arrival_month = person.birth_month
    if country > 0:
        years = -traits.diaspora_years[country] * math.log(uniform(seed, rank, cohort, 0, Purpose.YEARS_ABROAD, 0))
        person.arrival_month = max(-1 - int(12.0 * min(years, 100.0)), person.career_month)
        person.left_month = person.arrival_month
        person.permit = FREE_ENTRY if traits.countries[country].free_entry else SETTLED
    if uniform(seed, rank, cohort, 0, Purpose.EMPLOYED_AT_START, 0) >= traits.countries[country].unemployment:
        person.stage = EMPLOYED
        u = uniform(seed, rank, cohort, 0, Purpose.SECTOR_AT_START, 0)
        if country == 0:
            person.sector = int(u >= traits.sector_limits[0]) + int(u >= traits.sector_limits[1])
        z = standard_normal(seed, rank, cohort, 0, Purpose.MATCH, 0)
        good = uniform(seed, rank, cohort, 0, Purpose.GRADUATE_LEVEL, 0) < traits.countries[country].graduate_job_share
        person.match = traits.match_spread * z - (0.0 if good else traits.underemployment_loss)
        ends = traits.countries[country].separation_prob
    else:
        person.stage = JOB_SEEKER
        ends = traits.countries[country].job_finding_prob if country > 0 else 0.0
    u = uniform(seed, rank, cohort, 0, Purpose.SEPARATION, 0)
    person.status_month = min(geometric_months(ends, u), NEVER)
