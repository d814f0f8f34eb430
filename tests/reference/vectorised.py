"""The model's rules in vectorised NumPy: a second oracle of the engine, and a yardstick of its speed.

One array a state variable, one array operation for all persons whom a rule concerns this month, no compiler.  The rules
are written from ``docs/model.md``; the engine gives the paths of the environment and the state before the first month.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.special import ndtri

from abm.codes import (
    ABSENT,
    CLOSED,
    EMPLOYED,
    FLOWS,
    FOREIGN,
    FREE,
    FREE_ENTRY,
    GONE,
    GROUP_COHORT,
    GROUP_START,
    GROUP_STUDENT,
    HOME,
    JOB_SEEKER,
    NEVER,
    NO_PERMIT,
    NO_SECTOR,
    NOWHERE,
    OFFER,
    POST_STUDY,
    PUBLIC,
    RENEW,
    RESERVE,
    RETIRED,
    RETURN,
    RETURN_OFFER,
    SCHOLAR,
    SCHOLARSHIP,
    SECTORS,
    SETTLED,
    STAGES,
    STAY,
    STUDENT,
    STUDY,
    STUDY_PERMIT,
    WORK_PERMIT,
)
from abm.engine.streams import Purpose
from abm.heads import heads_of
from abm.months import month_number
from abm.perception import first_belief
from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.simulation import Simulation

__all__ = ["History", "People", "VectorisedModel", "philox", "start_of", "uniform"]

OWED = -1  # obligation_month of somebody who has not begun to serve
UNIT = 4096  # human capital, and sums of ability and belief, are counted in whole 1/4096
PERMITS = 9  # the series whose first part is drawn
OWN_COUNTRY = 255  # the alternative for which foreign specialists draw their taste for home
BLOCK = 16_384  # draws made at once, so that the words of Philox stay in the processor's cache

LOW, SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85


def philox(
    c0: np.ndarray, c1: np.ndarray, c2: np.ndarray | np.uint64, c3: np.ndarray | np.uint64, seed: int
) -> tuple[Any, Any]:
    """Return the first two 32-bit words of Philox 4x32-10 for arrays of counter words (32 bits each, as uint64)."""
    words: tuple[Any, Any, Any, Any] = (c0, c1, c2, c3)
    key_0, key_1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(9):
        product_0, product_1 = words[0] * MULTIPLIER_0, words[2] * MULTIPLIER_1
        first, third = product_1 >> SHIFT, product_0 >> SHIFT
        first ^= words[1]
        third ^= words[3]
        first ^= np.uint64(key_0)
        third ^= np.uint64(key_1)
        product_0 &= LOW
        product_1 &= LOW
        words = first, product_1, third, product_0
        key_0, key_1 = (key_0 + WEYL_0) & 0xFFFFFFFF, (key_1 + WEYL_1) & 0xFFFFFFFF
    # the last round makes four words, of which a draw needs two
    product = words[2] * MULTIPLIER_1
    return (product >> SHIFT) ^ words[1] ^ np.uint64(key_0), product & LOW


def uniform(
    seed: int,
    rank: np.ndarray,
    cohort: np.ndarray,
    month: np.ndarray | int,
    purpose: int,
    alternative: np.ndarray | int = 0,
) -> np.ndarray:
    """Return the uniform draws on (0, 1) that belong to these persons, this month (or each's own) and this purpose."""
    draws = np.empty(len(rank))
    months = np.broadcast_to(np.asarray(month, dtype=np.uint64), len(rank))
    for begin in range(0, len(rank), BLOCK):
        part = slice(begin, begin + BLOCK)
        of_part = alternative[part].astype(np.uint64) if isinstance(alternative, np.ndarray) else np.uint64(alternative)
        last_word = np.uint64(purpose << 8) | of_part
        high, low = philox(rank[part], cohort[part], months[part], last_word, seed)
        draws[part] = ((high << SHIFT) | low) >> np.uint64(12)
    draws += 0.5
    draws *= 2.0**-52
    return draws


def months_until(monthly_prob: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the months (>= 1) until an event of this monthly probability, by the inverse of the geometric law."""
    with np.errstate(divide="ignore"):
        months = 1.0 + np.floor(np.log(u) / np.log1p(-np.clip(monthly_prob, 0.0, 1.0)))
    months = np.where(monthly_prob <= 0.0, NEVER, np.minimum(months, NEVER))
    return months.astype(np.int64)


@dataclass
class People:
    """One entry a person: who she is, then where she stands; months are months of the run."""

    rank: np.ndarray  # uint64, as are cohorts, because draws are made of them
    cohort: np.ndarray
    ability: np.ndarray  # float64, as are the other fixed traits
    connections: np.ndarray
    income_weight: np.ndarray
    rule_of_law_weight: np.ndarray
    home_attachment: np.ndarray
    birth_month: np.ndarray
    partner_month: np.ndarray
    child_month: np.ndarray  # shape (n, 3)
    origin: np.ndarray
    heritage: np.ndarray
    science: np.ndarray
    review_month: np.ndarray
    career_month: np.ndarray
    degree: np.ndarray
    match: np.ndarray  # float32
    belief: np.ndarray  # float32
    arrival_month: np.ndarray
    left_month: np.ndarray
    months_abroad: np.ndarray
    permit: np.ndarray
    permit_month: np.ndarray
    work_permit_month: np.ndarray
    obligation_month: np.ndarray
    tax_cut_month: np.ndarray
    status_month: np.ndarray
    event_month: np.ndarray
    stage: np.ndarray
    country: np.ndarray
    sector: np.ndarray
    human_capital: np.ndarray  # int64, in 1/4096


@dataclass
class Ties:
    """Who knows whom, and how many ties each person has, in all and in each country."""

    graph: csr_array  # 1 for each tie, shape (n, n)
    degree: np.ndarray  # shape (n,)
    count: np.ndarray  # int32, shape (countries, n); nobody knows a foreign specialist


def start_of(simulation: Simulation) -> tuple[People, Ties]:
    """Return copies of the engine's state before the first month."""
    graduates, person, network = simulation.graduates, simulation.graduates.person, simulation.network
    kinds: dict[str, type] = {"match": np.float32, "belief": np.float32, "rank": np.uint64, "cohort": np.uint64}
    traits = ("ability", "connections", "income_weight", "rule_of_law_weight", "home_attachment")
    kinds |= dict.fromkeys(traits, np.float64)
    kinds |= dict.fromkeys(("stage", "origin", "heritage", "science", "review_month", "degree", "permit"), np.uint8)
    kinds |= dict.fromkeys(("country", "sector"), np.int8)
    kinds |= {"human_capital": np.int64}
    columns = {}
    for name in People.__dataclass_fields__:
        holder = graduates if name in graduates._fields else person
        columns[name] = np.array(getattr(holder, name), dtype=kinds.get(name, np.int32))
    # the engine draws the first belief of those still to come when they appear
    columns["belief"][:] = [first_belief(row, simulation.rules[0]) for row in person]
    n, degree = len(person), np.zeros(len(person), dtype=np.int64)
    degree[: simulation.n_networked] = network.degrees()
    count = np.zeros((simulation.ties.shape[1], n), dtype=np.int32)
    count[:, : simulation.n_networked] = simulation.ties.T
    first = np.concatenate(([0], np.cumsum(degree))).astype(np.int32)
    graph = csr_array((np.ones(len(network.neighbour)), network.neighbour, first), shape=(n, n))
    return People(**columns), Ties(graph, degree, count)


@dataclass
class History:
    """What was counted, one array a month: simulated persons, and whole 1/4096 of human capital, ability and belief."""

    stocks: list[np.ndarray] = field(default_factory=list)  # (countries, stages)
    flows: list[np.ndarray] = field(default_factory=list)  # (flows, countries)
    flows_human_capital: list[np.ndarray] = field(default_factory=list)  # (flows, countries)
    deaths: list[np.ndarray] = field(default_factory=list)  # (countries,)
    human_capital: list[np.ndarray] = field(default_factory=list)  # of working graduates, by country
    ability: list[np.ndarray] = field(default_factory=list)
    belief: list[np.ndarray] = field(default_factory=list)
    job_finding_prob: list[float] = field(default_factory=list)
    public_cost: list[int] = field(default_factory=list)  # whole US cents
    tax_rate: list[float] = field(default_factory=list)


@dataclass
class Choice:
    """What reviewers decide: one entry a reviewer."""

    country: np.ndarray  # NOWHERE for a foreign specialist who stays away
    path: np.ndarray
    match: np.ndarray  # log wage of an offer relative to the mean of its kind
    referred: np.ndarray  # whether the offer came because of ties


class VectorisedModel:
    """One run of a scenario under reforms, month by month.

    Parameters
    ----------
    scenario : Scenario
        The world.
    reforms : sequence of Reform
        What is changed in it.
    seed : int
        Seed of all draws, the engine's.

    Attributes
    ----------
    people : People
        Everybody's state.
    history : History
        Stocks and flows of the months that have been run.
    """

    def __init__(self, scenario: Scenario, reforms: Sequence[Reform] = (), *, seed: int = 0) -> None:
        simulation = Simulation(scenario, reforms, seed=seed)
        self.scenario, self.seed = scenario, seed
        self.environment = simulation.environment
        if self.environment.countries.posting_rate.any() or self.environment.reserve_places.any():
            raise NotImplementedError("posts abroad for a time and the personnel reserve are not in this oracle")
        if self.environment.grantee_share.any():
            raise NotImplementedError("service owed at home is not in this oracle")
        self.posts, self.pay_answers = self.environment.posts[0], 0.0  # of the month
        self.people, self.ties = start_of(simulation)
        self.history = History()
        self.month = 0
        self.n_countries = self.environment.n_countries
        self.retirement_months = round(12 * scenario.decision.retirement_age)
        self.study_months = np.array([scenario.education.master_months, scenario.education.doctorate_months, 0])
        self.quota = np.full(self.n_countries, np.inf)
        self._remember_the_time_before()
        self.carried = np.zeros(len(SECTORS))
        # graduates at home by month: at the end of the month before, over those there would be if nobody had moved
        self.if_nobody_moved = self.environment.graduate_supply()
        self.ln_ratios: list[float] = []
        self.posts_follow = 0.0
        self.owed = 0  # for last month's coming home, whole US cents
        self.affinity = np.zeros(self.ties.count.shape)
        for country in np.flatnonzero(self.environment.countries[0].affinity_spread > 0.0):
            self.affinity[country] = self._normal(np.arange(len(self.people.stage)), Purpose.AFFINITY, int(country))
        # what each destination is to each group, everybody else the first: shape (groups, countries)
        self.drawn_to = np.zeros((len(scenario.groups) + 1, self.n_countries))
        self.weighs_law = np.ones_like(self.drawn_to)
        keys = ["home", *(key for key, _ in scenario.destinations)]
        for place, (_, group) in enumerate(scenario.groups, start=1):
            for key, abroad in group.destinations:
                self.drawn_to[place, keys.index(key)] = abroad.affinity
                self.weighs_law[place, keys.index(key)] = abroad.rule_of_law_weight
        self.known_from = self._known_from(simulation)
        # beliefs of those who are known: nobody hears others
        unknown = (self.people.stage == ABSENT) & (self.known_from >= 0)
        self.heard = np.where(unknown, 0.0, self.people.belief)
        u = uniform(self.seed, self.people.rank, self.people.cohort, 0, Purpose.DEATH)
        # the hazard of dying that each one bears, and to which she has been exposed
        self.borne, self.exposed = -np.log(u), np.zeros(len(u))
        self.ability_units = np.rint(self.people.ability * UNIT)
        self.log_one_more = np.log(1.0 + np.arange(self.ties.degree.max(initial=0) + 1))
        # retirement and children's birth, school and teens: what is due in a life whatever happens
        ages = (self.people.child_month[:, :, None] + np.array([0, 72, 156])).reshape(-1, 9)
        self.family_months = np.where(ages < NEVER, ages, NEVER).astype(np.int16)

    def step(self) -> None:
        """Run one month."""
        now = self.environment.countries[self.month]
        self.countries = SimpleNamespace(**{name: np.array(now[name]) for name in now.dtype.names})
        self._answer()
        absent = self.people.stage == ABSENT
        self._let_study(
            np.flatnonzero(absent & (self.known_from == self.month) & (self.people.event_month > self.month))
        )
        reviewers, seekers = self._life_course()
        self._labour_market(reviewers, seekers)
        self._settle_budget()
        self._tell_home_labour_market()
        self._perceive(reviewers)
        self._update_human_capital(reviewers)
        choice = self._decide(reviewers)
        self._apply_quotas(reviewers, choice)
        self._move(reviewers, choice)
        self._count()
        self.month += 1

    def _known_from(self, simulation: Simulation) -> np.ndarray:
        """Return the month from which on others know who is still to come: at home, that in which studies begin."""
        people, usual = self.people, heads_of(self.environment, self.seed).home_graduates
        cohort, known = people.cohort.astype(np.int64), people.event_month.astype(np.int64)
        studies = (cohort >> 16 == GROUP_COHORT) & (people.rank < usual[known % len(usual)])
        return np.where(studies, known - simulation.scenario.education.study_months, known)

    def _let_study(self, rows: np.ndarray) -> None:
        """Let others know who begins to study at home, and what she grew up with."""
        rule_of_law = self.environment.rule_of_law.actual
        self.heard[rows] = self.people.belief[rows] + np.float32(rule_of_law[self.month] - rule_of_law[0])
        self._tell_ties(rows, np.full(len(rows), HOME), 1)

    def _answer(self) -> None:
        """Let posts and pay at home follow the graduates there are, relative to the last month that was observed."""
        people, labour, t = self.people, self.scenario.labour, self.month
        at_home = np.count_nonzero((people.country == HOME) & np.isin(people.stage, (JOB_SEEKER, EMPLOYED)))
        self.ln_ratios.append(float(np.log(at_home) - np.log(self.if_nobody_moved[t])))
        series, observed = self.scenario.home.unemployment, 0
        if not series.is_constant:
            observed = max(12 * (max(series.years) + 1) - 1 - self.environment.first_month, 0)
        ratio = self.ln_ratios[t] - self.ln_ratios[min(observed, t)]
        self.posts_follow += (ratio - self.posts_follow) * (1.0 - math.exp(-labour.posts_adjustment / 12.0))
        by_sector = [
            labour.posts_elasticity_extractive,
            labour.posts_elasticity_private,
            labour.posts_elasticity_public,
        ]
        self.posts = self.environment.posts[t] * np.exp(np.array(by_sector) * self.posts_follow)
        self.pay_answers = -labour.wage_elasticity * ratio

    # draws

    def _uniform(self, rows: np.ndarray, purpose: int, alternative: np.ndarray | int = 0) -> np.ndarray:
        return uniform(self.seed, self.people.rank[rows], self.people.cohort[rows], self.month, purpose, alternative)

    def _normal(self, rows: np.ndarray, purpose: int, alternative: np.ndarray | int = 0) -> np.ndarray:
        return ndtri(self._uniform(rows, purpose, alternative))

    def _last_anniversary(self, rows: np.ndarray) -> np.ndarray:
        """Return the month of the last yearly review, this month's included; negative before the run."""
        return self.month - (self.month - self.people.review_month[rows].astype(np.int64)) % 12

    def _chance(self, rows: np.ndarray, purpose: int, alternative: np.ndarray | int = 0) -> np.ndarray:
        """Return the uniform draws that hold from one anniversary of review to the next."""
        people, month = self.people, np.maximum(self._last_anniversary(rows), 0)
        return uniform(self.seed, people.rank[rows], people.cohort[rows], month, purpose, alternative)

    def _gumbel(self, rows: np.ndarray, alternative: np.ndarray | int) -> np.ndarray:
        return -np.log(-np.log(self._chance(rows, Purpose.TASTE_SHOCK, alternative)))

    # life course

    def _life_course(self) -> tuple[np.ndarray, np.ndarray]:
        """Settle what is due this month; return who reviews and who looks for work at home."""
        people, t = self.people, self.month
        self._die()
        due = np.flatnonzero(people.event_month == t)
        absent = people.stage[due] == ABSENT
        self._enter(due[absent])
        present = due[~absent]
        retires = people.birth_month[present] + self.retirement_months <= t
        self._retire(present[retires])
        called = np.concatenate((due[absent], self._settle(present[~retires])))
        self.comes_up = np.zeros(len(people.stage), dtype=bool)
        self.comes_up[due[absent]] = True
        self.comes_up[due[people.career_month[due] == t]] = True
        working = (people.stage == EMPLOYED) | (people.stage == JOB_SEEKER)
        reviews = people.review_month == t % 12
        reviews[called] = True
        reviews &= working
        reviews[called[(people.stage[called] == ABSENT) & (people.origin[called] == FOREIGN)]] = True
        seekers = np.flatnonzero((people.stage == JOB_SEEKER) & (people.country == HOME))
        return np.flatnonzero(reviews), seekers

    def _die(self) -> None:
        """Let those die whose hazard, from the month after they appeared on, has become what they can bear."""
        people, given = self.people, self.scenario.mortality
        there = np.flatnonzero(people.stage != ABSENT)
        at_rates_of = (self.environment.first_month + self.month + 0.5) / 12.0
        series = given.adult_mortality
        q = np.interp(at_rates_of, np.array(series.years) + 0.5, series.values)
        age = (self.month - people.birth_month[there]) / 12.0
        of_adult_life = (np.exp(45.0 * given.ageing) - 1.0) / given.ageing
        at_fifteen = -np.log(1.0 - q) * given.relative_to_table / of_adult_life
        of_the_month = np.exp(given.ageing * (age - 15.0)) * (np.exp(given.ageing / 12.0) - 1.0) / given.ageing
        self.exposed[there] += at_fifteen * of_the_month
        dead = there[self.exposed[there] >= self.borne[there]]
        self.history.deaths.append(np.bincount(people.country[dead], minlength=self.n_countries))
        self._tell_ties(dead, people.country[dead], -1)
        people.stage[dead], people.country[dead], people.sector[dead] = ABSENT, NOWHERE, NO_SECTOR
        people.event_month[dead] = NEVER
        self.heard[dead] = 0.0

    def _enter(self, rows: np.ndarray) -> None:
        """Let those appear whose month has come; foreign specialists stay outside until they decide to come."""
        people, rule_of_law = self.people, self.environment.rule_of_law.actual
        people.belief[rows] += np.float32(rule_of_law[self.month] - rule_of_law[0])
        self.heard[rows] = people.belief[rows]
        foreign = people.origin[rows] == FOREIGN
        people.event_month[rows[foreign]] = NEVER
        rows = rows[~foreign]
        group = people.cohort[rows].astype(np.int64) >> 16
        is_student = group >= GROUP_STUDENT
        students, graduates = rows[is_student], rows[~is_student]
        people.stage[students] = STUDENT
        people.country[students] = group[is_student] - GROUP_STUDENT
        people.event_month[students] = people.status_month[students]
        people.country[graduates] = HOME
        people.arrival_month[graduates] = people.birth_month[graduates]
        self._start_search(graduates)
        self._reschedule(graduates)
        new = rows[self.known_from[rows] == self.month]
        self._tell_ties(new, people.country[new], 1)
        self._update_human_capital(students)  # graduates review at once

    def _retire(self, rows: np.ndarray) -> None:
        self.people.stage[rows] = RETIRED
        self.people.sector[rows] = NO_SECTOR
        self.people.event_month[rows] = NEVER

    def _settle(self, rows: np.ndarray) -> np.ndarray:
        """Carry out what is due for these persons; return whom it makes review where to live."""
        people, t = self.people, self.month
        review = np.any(self.family_months[rows] == t, axis=1)
        ends, stage = people.status_month[rows] == t, people.stage[rows]
        finished, dismissed = ends & (stage == STUDENT), ends & (stage == EMPLOYED)
        found = rows[ends & (stage == JOB_SEEKER)]
        self._finish_study(rows[finished])
        self._start_search(rows[dismissed])
        self._start_job(found, self._job_match(found), NO_SECTOR)
        review |= finished | dismissed
        expires = people.permit_month[rows] == t
        stayed = t - people.work_permit_month[rows]
        settles = expires & (people.permit[rows] == WORK_PERMIT)
        settles &= stayed >= self.countries.settlement_months[people.country[rows]]
        people.permit[rows[settles]] = SETTLED
        people.permit_month[rows[settles]] = NEVER
        served = people.obligation_month[rows] == t
        people.obligation_month[rows[served]] = NEVER
        self._reschedule(rows)
        # who was there at the start waits for her first anniversary, unless she has to decide
        waits = (people.cohort[rows].astype(np.int64) >> 16 == GROUP_START) & (self._last_anniversary(rows) < 0)
        waits &= people.obligation_month[rows] != OWED
        return rows[finished | (expires & ~settles) | ((review | served) & ~waits)]

    def _finish_study(self, rows: np.ndarray) -> None:
        """Give the degree, and the permit with which one may stay and look for work."""
        people, t = self.people, self.month
        further = people.career_month[rows] < t
        people.degree[rows[further]] = np.minimum(people.degree[rows[further]] + 1, 2)
        if self.countries.obligation_months[HOME, SCHOLARSHIP] > 0:
            people.obligation_month[rows[~further & (people.origin[rows] == SCHOLAR)]] = OWED
        country = people.country[rows]
        free = self.countries.free_entry[country]
        ends = t + self.countries.post_study_months[country, people.science[rows]]
        people.permit[rows] = np.where(free, FREE_ENTRY, POST_STUDY)
        people.permit_month[rows] = np.where(free, NEVER, ends)
        self._start_search(rows)

    def _job_match(self, rows: np.ndarray) -> np.ndarray:
        """Return the log wage of new jobs relative to the mean of their kind."""
        labour, country = self.scenario.labour, self.people.country[rows]
        z = self._normal(rows, Purpose.MATCH, country)
        below = self._uniform(rows, Purpose.GRADUATE_LEVEL, country) >= self.countries.graduate_job_share[country]
        return labour.match_spread * z - labour.underemployment_loss * below

    def _start_job(self, rows: np.ndarray, match: np.ndarray, sector: np.ndarray | int) -> None:
        people = self.people
        people.stage[rows] = EMPLOYED
        people.sector[rows] = sector
        people.match[rows] = match
        ends = self.countries.separation_prob[people.country[rows]]
        lasts = months_until(ends, self._uniform(rows, Purpose.SEPARATION))
        people.status_month[rows] = np.minimum(self.month + lasts, NEVER)

    def _start_search(self, rows: np.ndarray) -> None:
        """Let people look for a job; abroad it is drawn how long that takes, at home vacancies decide."""
        people = self.people
        people.stage[rows] = JOB_SEEKER
        people.sector[rows] = NO_SECTOR
        people.match[rows] = 0.0
        people.status_month[rows] = NEVER
        abroad = rows[people.country[rows] > HOME]
        finds = self.countries.job_finding_prob[people.country[abroad]]
        lasts = months_until(finds, self._uniform(abroad, Purpose.JOB_FINDING))
        people.status_month[abroad] = np.minimum(self.month + lasts, NEVER)

    def _reschedule(self, rows: np.ndarray) -> None:
        """Note the next month in which anything is due."""
        people, t = self.people, self.month
        family = self.family_months[rows]
        soonest = np.where(family > t, family, NEVER).min(axis=1).astype(np.int32)
        retires = people.birth_month[rows] + self.retirement_months
        ends = (people.status_month[rows], people.permit_month[rows], people.obligation_month[rows])
        for due in (retires, *ends):
            soonest = np.minimum(soonest, np.where(due > t, due, NEVER))
        people.event_month[rows] = soonest

    # network

    def _known_by(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return all whom these persons know, and for each the position in ``rows`` of who knows her."""
        return self.ties.graph[rows].indices, np.repeat(np.arange(len(rows)), self.ties.degree[rows])

    def _tell_ties(self, rows: np.ndarray, country: np.ndarray, change: int) -> None:
        """Add to the number of ties that all who know these persons have in the countries given."""
        known, owner = self._known_by(rows)
        place = country[owner] * np.intp(len(self.people.stage)) + known
        np.add.at(self.ties.count.reshape(-1), place, np.int32(change))

    # jobs at home

    def _sector_limits(self) -> np.ndarray:
        """Return the upper limits of the sectors' parts of the unit interval: applications go by posts and pay."""
        pay = self.environment.ln_sector_ratio[self.month]
        attraction = self.posts * np.exp(self.scenario.labour.sector_taste * pay[:RESERVE])
        return np.cumsum(attraction / attraction.sum())

    def _sector_offered(self, rows: np.ndarray) -> np.ndarray:
        """Return the sectors of offers from home: they come from this month's vacancies."""
        u = self._chance(rows, Purpose.SECTOR_APPLIED, 1)
        vacant = np.cumsum(self.vacancies)
        return np.searchsorted(vacant[:-1] / vacant[-1], u, side="right")

    def _remember_the_time_before(self) -> None:
        """Begin with the hires, and the numbers at risk of one, that the scenario implies."""
        environment, labour, home = self.environment, self.scenario.labour, self.environment.countries[0, HOME]
        n, pay = self.scenario.graduates, environment.ln_sector_ratio[0, :RESERVE]
        working = n * (1.0 - float(home.unemployment))
        posts = environment.posts[0] / environment.posts[0].sum()
        # rows: out of work, then by sector; so the columns of hires, which have no first one
        self.at_risk = np.ones(1 + len(SECTORS))
        self.at_risk[: 1 + RESERVE] = np.maximum(
            np.append(n - working + home.separation_prob * working, working * posts), 1.0
        )
        widths = np.diff(self._sector_limits(), prepend=0.0)
        found = float(home.job_finding_prob) * np.sqrt(posts * widths) / np.sqrt(posts * widths).sum()
        chances = np.zeros((1 + len(SECTORS), len(SECTORS)))
        chances[0, :RESERVE] = found
        higher = pay > pay[:, None]
        chances[1 : 1 + RESERVE, :RESERVE] = np.where(higher, labour.on_the_job_search_rate / 12.0 * found, 0.0)
        self.hires = chances * self.at_risk[:, None]
        self.job_finding_prob = float(self.hires[0].sum() / self.at_risk[0])
        self.reckoned: dict[int, tuple[float, ...]] = {}
        shape = (self.n_countries, len(environment.annuity), 1 + len(SECTORS))
        self.job, self.rest = np.zeros(shape), np.zeros(shape)
        self.job_lost, self.rest_lost = np.zeros(shape), np.zeros(shape)

    def _sector_applied(self, rows: np.ndarray) -> np.ndarray:
        u = self._uniform(rows, Purpose.SECTOR_APPLIED)
        return np.searchsorted(self._sector_limits()[:-1], u, side="right")

    def _labour_market(self, reviewers: np.ndarray, seekers: np.ndarray) -> None:
        """Fill vacancies at home from job-seekers and from those who look for another post."""
        people, labour, t = self.people, self.scenario.labour, self.month
        pay, merit = self.environment.ln_sector_ratio[t], float(self.environment.merit[t])
        efficiency = float(self.environment.matching_efficiency[t])
        filled = np.array([np.count_nonzero(people.sector == sector) for sector in range(RESERVE)])
        vacancies = np.maximum(self.posts - filled, 0.0)
        in_work = reviewers[(people.country[reviewers] == HOME) & (people.stage[reviewers] == EMPLOYED)]
        in_work = in_work[self._last_anniversary(in_work) == self.month]
        in_work = in_work[self._uniform(in_work, Purpose.ON_THE_JOB_SEARCH) < labour.on_the_job_search_rate]
        applicants = np.concatenate((seekers, in_work))
        sector = self._sector_applied(applicants)
        applies = np.ones(len(applicants), dtype=bool)
        applies[len(seekers) :] = pay[sector[len(seekers) :]] > pay[people.sector[in_work]]
        applicants, sector = applicants[applies], sector[applies]
        u = self._uniform(applicants, Purpose.HIRING_LUCK)
        score = merit * people.ability[applicants] + (1.0 - merit) * people.connections[applicants]
        score += labour.hiring_luck * np.log(u / (1.0 - u))
        hired = np.zeros(len(applicants), dtype=bool)
        for s in range(RESERVE):
            own = np.flatnonzero(sector == s)
            n, v = len(own), float(vacancies[s])
            matches = min(efficiency * math.sqrt(n * v), n, v) + float(self.carried[s])
            hires = min(int(matches), n)
            self.carried[s] = min(matches - hires, 1.0)
            if hires > 0:
                threshold = np.partition(score[own], n - hires)[n - hires]
                hired[own[score[own] >= threshold]] = True
        rows = applicants[hired]
        before = np.where(people.stage[rows] == EMPLOYED, 1 + people.sector[rows], 0)
        hires = np.zeros(self.hires.shape)
        np.add.at(hires, (before, sector[hired]), 1.0)
        at_risk = np.array([len(seekers), *filled, 0])
        self.hires += (hires - self.hires) / 12.0
        self.at_risk += (at_risk - self.at_risk) / 12.0
        self.vacancies = vacancies
        self._start_job(rows, self._job_match(rows), sector[hired])
        self._reschedule(rows)
        if self.at_risk[0] > 0.0:
            self.job_finding_prob = float(self.hires[0].sum() / self.at_risk[0])

    def _settle_budget(self) -> None:
        """Find what reforms of pay and those who come cost beside what is asserted, and the tax that bears a share."""
        people, environment, t, given = self.people, self.environment, self.month, self.scenario.treasury
        raised = float(environment.public_wage_ratio[t]) / self.scenario.labour.public_wage_ratio
        cost, wages = int(np.rint(environment.asserted_cost[t] * 100.0 / environment.weight)) + self.owed, 0
        let_off = environment.tax_cut[: t + 1].any()
        if raised != 1.0 or let_off or (given.financing == "tax" and cost):
            rows = np.flatnonzero((people.country == HOME) & (people.stage == EMPLOYED))
            ln_pay = self.countries.ln_wage[HOME] + self.pay_answers + people.match[rows].astype(float)
            ln_pay += self.environment.ln_sector_ratio[t][people.sector[rows]]
            ln_pay += self.countries.return_to_ability[HOME] * people.ability[rows] + self._experience_gain(rows)
            home, months = self.scenario.home, environment.first_month + t
            unit = 100.0
            if self.scenario.decision.income_basis == "ppp":
                in_usd, in_ppp = (self._carried_on(series, months) for series in (home.wage_market, home.wage))
                unit *= in_usd / in_ppp
            pay = np.rint(unit * np.exp(ln_pay)).astype(np.int64)
            public = people.sector[rows] == PUBLIC
            usual = np.rint(unit * np.exp(ln_pay[public]) / raised).astype(np.int64)
            cost, wages = cost + int(pay[public].sum() - usual.sum()), int(pay.sum())
            cut = np.where(
                people.tax_cut_month[rows] > t, environment.tax_cut[np.maximum(people.arrival_month[rows], 0)], 0.0
            )
            cost += int(np.rint(unit * np.exp(ln_pay) * cut).sum())
        tax = round(given.graduates_share * cost) / wages if given.financing == "tax" and cost else 0.0
        self.history.public_cost.append(cost)
        self.history.tax_rate.append(tax)
        self.pay_answers += math.log1p(-tax)

    def _carried_on(self, series: Any, month: int) -> float:
        """Return home's pay in a month: linear between mid-years, growing from the last on."""
        growth = 1.0 + self.scenario.home.wage_growth
        if series.is_constant:
            return float(series.values[0]) * float(growth ** (self.month / 12.0))
        year, middle = (month + 0.5) / 12.0, np.array(series.years) + 0.5
        return float(np.interp(year, middle, series.values)) * float(growth ** max(year - middle[-1], 0.0))

    def _remembered(self, there: np.ndarray, here: np.ndarray) -> np.ndarray:
        """Return by how much the log ratio of pay there and here was higher than today, on average over some years."""
        months = max(round(12 * self.scenario.decision.income_memory_years), 1)
        key = {"ppp": "wage", "market": "wage_market"}[self.scenario.decision.income_basis]
        past = self.month + np.arange(1 - months, 1)
        table = np.zeros((self.n_countries, months))
        for j, country in enumerate((self.scenario.home, *(one for _, one in self.scenario.destinations))):
            series, growth = getattr(country, key), math.log1p(country.wage_growth)
            if series.is_constant:
                table[j] = math.log(series.values[0]) + growth * past / 12.0
                continue
            year, middle = (self.environment.first_month + past + 0.5) / 12.0, np.array(series.years) + 0.5
            table[j] = np.log(np.interp(year, middle, series.values)) + growth * np.maximum(year - middle[-1], 0.0)
        ratio = table.mean(axis=1) - table[:, -1]
        return np.asarray(ratio[there] - ratio[here])

    def _tell_home_labour_market(self) -> None:
        """Let everybody reckon with the chance of finding work at home, and with offers from there, as they now are."""
        self.countries.job_finding_prob[HOME] = self.job_finding_prob
        rate = 12.0 * self.job_finding_prob * float(self.environment.remote_search[self.month])
        self.countries.offer_rate[HOME] = rate if self.vacancies.sum() > 0.0 else 0.0

    # perception and human capital

    def _perceive(self, reviewers: np.ndarray) -> None:
        """Form the reviewers' beliefs about rule of law at home, all from those at the beginning of the step.

        News is heard at the anniversary, and by those who come up.
        """
        people, beliefs = self.people, self.scenario.beliefs
        reviewers = reviewers[(self._last_anniversary(reviewers) == self.month) | self.comes_up[reviewers]]
        total = self.ties.graph[reviewers] @ self.heard
        n = self.ties.count[:, reviewers].sum(axis=0)
        neighbour_weight = np.where(n > 0, beliefs.neighbour_weight, 0.0)
        signal = beliefs.signal_noise * ndtri(self._chance(reviewers, Purpose.SIGNAL))
        signal += float(self.environment.rule_of_law.expected[self.month])
        kept = 1.0 - beliefs.signal_weight - neighbour_weight
        formed = beliefs.signal_weight * signal + neighbour_weight * (total / np.maximum(n, 1))
        people.belief[reviewers] = formed + kept * people.belief[reviewers]
        self.heard[reviewers] = people.belief[reviewers]

    def _update_human_capital(self, rows: np.ndarray) -> None:
        people, given = self.people, self.scenario.human_capital
        stay = np.where(people.country[rows] > HOME, self.month - people.arrival_month[rows], 0)
        abroad = np.minimum(people.months_abroad[rows] + stay, 120)
        work = np.clip(self.month - people.career_month[rows], 0, 360)
        gain = given.experience_gain / 12.0 * work + given.experience_gain_abroad / 12.0 * abroad
        value = np.exp(given.ability_spread * people.ability[rows] + gain)
        people.human_capital[rows] = np.rint(value * UNIT)

    # decision

    def _decide(self, reviewers: np.ndarray) -> Choice:
        """Let reviewers find which countries are open, value them, and pick one."""
        n = len(reviewers)
        choice = Choice(np.zeros(n, np.int8), np.zeros(n, np.uint8), np.zeros(n), np.zeros(n, bool))
        foreign = self.people.origin[reviewers] == FOREIGN
        self._tabulate_incomes()
        self._decide_foreign(reviewers, np.flatnonzero(foreign), choice)
        own = np.flatnonzero(~foreign)
        rows = reviewers[own]
        path, match, referred = self._open_countries(rows)
        self._turn_down_poor_offers(rows, path, match, referred)
        is_open = path != CLOSED
        country = np.argmax(is_open, axis=0)
        contested = np.flatnonzero(np.count_nonzero(is_open, axis=0) > 1)
        country[contested] = np.argmax(self._utility(rows[contested], path[:, contested], match[:, contested]), axis=0)
        everyone = np.arange(len(own))
        choice.country[own] = country
        choice.path[own] = path[country, everyone]
        choice.match[own] = match[country, everyone]
        choice.referred[own] = referred[country, everyone]
        return choice

    def _remaining_months(self, rows: np.ndarray) -> np.ndarray:
        months = self.people.birth_month[rows] + self.retirement_months - self.month
        return np.clip(months, 1, len(self.environment.annuity) - 1)

    def _counted_months(self, rows: np.ndarray, studies: np.ndarray | bool = False) -> np.ndarray:
        """Return over how many months everybody counts income: from now, or from the end of the next degree."""
        begins = np.where(studies, self.study_months[self.people.degree[rows]], 0)
        horizon = round(12 * self.scenario.decision.planning_horizon)
        return np.minimum(self._remaining_months(rows), begins + horizon)

    def _tabulate_incomes(self) -> None:
        """Tabulate what lies ahead by country, remaining months and state: out of work (0), or in a sector (1 and on).

        In months to come people go from state to state, as a matrix says; a job counts apart from what follows it.
        """
        countries, growth = self.countries, (1.0 + self.countries.wage_growth) ** (1.0 / 12.0)
        factor, fallback = self.environment.monthly_discount * growth, self.scenario.decision.fallback_ratio
        mean_pay, losing = np.exp(countries.mean_match), countries.separation_prob
        chances = np.divide(
            self.hires, self.at_risk[:, None], out=np.zeros_like(self.hires), where=self.at_risk[:, None] > 0.0
        )[: 1 + RESERVE, :RESERVE]
        pay = np.exp(countries.ln_sector_ratio[HOME, :RESERVE])
        found = chances[0]
        paid = float(found @ pay / found.sum()) if found.sum() > 0.0 else math.exp(countries.ln_mean_ratio[HOME])
        self.found_pay = np.where(np.arange(self.n_countries) == HOME, paid * mean_pay[HOME], mean_pay)
        # from a state (rows) to a state (columns), for who is not hired and for who is
        move = np.zeros((1 + RESERVE, 1 + RESERVE))
        move[0] = np.append(1.0 - found.sum(), found)
        move[1:] = losing[HOME] * move[0]
        move[1:, 1:] += (1.0 - losing[HOME]) * chances[1:]
        stay = (1.0 - losing[HOME]) * (1.0 - chances[1:].sum(axis=1))
        out = fallback * self.found_pay
        self.job[HOME, :, 1:-1], self.rest[HOME, :, :-1] = self._ahead(
            move, stay, factor[HOME], mean_pay[HOME], pay, out[HOME]
        )
        fading = math.exp(-1.0 / (12.0 * self.scenario.decision.assimilation_years))
        for j in range(1, self.n_countries):
            finding = countries.job_finding_prob[j]
            known = (float(finding), float(losing[j]), float(mean_pay[j]))
            if self.reckoned.get(j) == known:
                continue
            self.reckoned[j] = known
            # a search that begins takes a month at least
            move = np.array([[1.0 - finding, finding], [losing[j], 0.0]])
            stay, mean, one, idle = np.array([1.0 - losing[j]]), mean_pay[j], np.ones(1), out[j]
            self.job[j, :, 1:2], self.rest[j, :, :2] = self._ahead(move, stay, factor[j], mean, one, idle)
            job, rest = self._ahead(move, stay, factor[j] * fading, mean, one, idle)
            loss = countries.transfer_loss[j]
            self.job_lost[j, :, 1:2], self.rest_lost[j, :, :2] = loss * job, loss * rest

    def _ahead(
        self, move: np.ndarray, stay: np.ndarray, factor: float, mean_pay: float, pay: np.ndarray, out: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return means over the months left, of the present job by sector and of all else by state, for all months.

        ``move`` holds the chances of going from a state into search or a new job, ``stay`` those of keeping a job.
        """
        n, kinds = len(self.environment.annuity), len(pay)
        job, rest = np.zeros((n, kinds)), np.zeros((n, 1 + kinds))
        kept = np.append(0.0, stay)
        for months in range(1, n):
            new = rest[months - 1].copy()
            new[1:] += mean_pay * job[months - 1]
            rest[months] = factor * (move @ new + kept * rest[months - 1])
            rest[months, 0] += out
            job[months] = pay + factor * stay * job[months - 1]
        annuity = np.maximum(self.environment.annuity, 1e-300)[:, None]
        return job / annuity, rest / annuity

    def _experience_gain(self, rows: np.ndarray) -> np.ndarray:
        years = np.clip((self.month - self.people.career_month[rows]) / 12.0, 0.0, 30.0)
        premium = self.scenario.education.degree_premium * self.people.degree[rows]
        return self.scenario.labour.experience_return * (years - 15.0) + premium

    def _open_countries(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return path, match and whether it came through ties, by country and person."""
        people, decision, countries = self.people, self.scenario.decision, self.countries
        here = people.country[rows]
        shape = (self.n_countries, len(rows))
        path, referred = np.full(shape, CLOSED, dtype=np.int8), np.zeros(shape, dtype=bool)
        match = np.repeat(countries.mean_match[:, None], len(rows), axis=1)
        path[here, np.arange(len(rows))] = self._path_here(rows)
        ability_gain = decision.offer_ability_gain * people.ability[rows]
        gain = np.exp(ability_gain + decision.offer_degree_gain * people.degree[rows])
        young = self.month - people.birth_month[rows] < 12 * self.scenario.education.oldest_student
        may_study = young & (people.degree[rows] < 2)
        for j in range(self.n_countries):
            away = np.flatnonzero(here != j)
            movers = rows[away]
            rate = countries.offer_rate[j] * gain[away]
            expected = rate * (1.0 + countries.offer_ties_gain[j] * self.ties.count[j, movers])
            u = self._chance(movers, Purpose.OFFER, j)
            near = np.flatnonzero(u < expected)  # the probability is below the expected number
            offered = near[u[near] < -np.expm1(-expected[near])]
            chosen = away[offered]
            match[j, chosen] = self._offered_match(movers[offered], j)
            referred[j, chosen] = u[offered] >= -np.expm1(-rate[offered])
            if countries.free_entry[j]:
                path[j, away] = RETURN if j == HOME else FREE
                path[j, chosen] = RETURN_OFFER if j == HOME else OFFER
                continue
            if countries.study_place_rate[j] > 0.0:
                apply = away[may_study[away]]
                rate = countries.study_place_rate[j] * np.exp(ability_gain[apply])
                place = self._chance(rows[apply], Purpose.STUDY_PLACE, j) < -np.expm1(-rate)
                path[j, apply[place]] = STUDY
            path[j, chosen[self._permit_won(rows[chosen], j)]] = OFFER
        for j, (_, destination) in enumerate(self.scenario.destinations, start=1):
            if destination.moving_sum > 0.0:
                stuck = (here == HOME) & (self._money_for_moving(rows) < destination.moving_sum)
                path[j, stuck], referred[j, stuck] = CLOSED, False
        if np.any(self._doors()[2] < 1.0):
            can_leave = self._can_cross(rows, here)
            for j in range(self.n_countries):
                shut = (here != j) & ~(can_leave & self._can_cross(rows, j))
                path[j, shut], referred[j, shut] = CLOSED, False
        return path, match, referred

    def _money_for_moving(self, rows: np.ndarray) -> np.ndarray:
        """Return what everybody at home can pay up front, USD: without limit where the family helps."""
        people, decision, home = self.people, self.scenario.decision, HOME
        at_work = (people.stage[rows] == EMPLOYED) & (people.country[rows] == home)
        sector = self.countries.ln_sector_ratio[home][people.sector[rows]]
        pay = np.where(at_work, people.match[rows] + sector, self.countries.mean_match[home]) + self.pay_answers
        pay += self.countries.ln_wage[home] + self.countries.return_to_ability[home] * people.ability[rows]
        earned = np.exp(pay + self._experience_gain(rows)) * np.maximum(self.month - people.career_month[rows], 0)
        saved = decision.saving_share * earned * self.environment.market_usd[self.month]
        fixed = uniform(self.seed, people.rank[rows], people.cohort[rows], 0, Purpose.FAMILY_SUPPORT, 0)
        return np.where(fixed < decision.family_support_share, np.inf, saved)

    def _permit_won(self, rows: np.ndarray, country: np.ndarray | int) -> np.ndarray:
        countries, country = self.countries, np.broadcast_to(country, len(rows)).astype(np.int64)
        degree = np.where(countries.free_entry[country], 0, self.people.degree[rows])
        won = self._chance(rows, Purpose.PERMIT, country) < countries.permit_prob[country]
        own = self._chance(rows, Purpose.PERMIT, 128 + country) < countries.permit_prob_masters[country]
        exempt = self._of_life(rows, Purpose.SPONSOR, 128 + country) < countries.exempt_share[country, degree]
        return won | own & (degree > 0) | exempt & ~countries.free_entry[country]

    def _is_sponsored(self, rows: np.ndarray, country: np.ndarray) -> np.ndarray:
        """Return whether an employer applies for those who took a degree in a country and work there."""
        prob = self.countries.sponsor_prob[country, self.people.degree[rows]]
        return self._of_life(rows, Purpose.SPONSOR, country) < prob

    def _of_life(self, rows: np.ndarray, purpose: int, alternative: np.ndarray) -> np.ndarray:
        """Return the uniform draws that are made once a life."""
        return uniform(self.seed, self.people.rank[rows], self.people.cohort[rows], 0, purpose, alternative)

    def _offered_match(self, rows: np.ndarray, j: int) -> np.ndarray:
        labour = self.scenario.labour
        z = ndtri(self._chance(rows, Purpose.OFFER_WAGE, j))
        below = self._chance(rows, Purpose.OFFER_WAGE, 128 + j) >= self.countries.graduate_job_share[j]
        return labour.match_spread * z - labour.underemployment_loss * below

    def _path_here(self, rows: np.ndarray) -> np.ndarray:
        """Return the path by which everybody may stay in the country she lives in, or CLOSED."""
        people = self.people
        permit, at_work = people.permit[rows], people.stage[rows] == EMPLOYED
        secure = (people.country[rows] == HOME) | (permit == FREE_ENTRY) | (permit == SETTLED)
        lasts = people.permit_month[rows] > self.month
        renews = ~secure & at_work & (permit == WORK_PERMIT) & ~lasts
        applies = np.flatnonzero(~secure & at_work & (permit == POST_STUDY))
        applies = applies[self._is_sponsored(rows[applies], people.country[rows[applies]])]
        renews[applies] = self._permit_won(rows[applies], people.country[rows[applies]])
        stuck = ~self._can_cross(rows, people.country[rows])
        return np.where(renews, RENEW, np.where(secure | lasts | stuck, STAY, CLOSED))

    def _turn_down_poor_offers(
        self, rows: np.ndarray, path: np.ndarray, match: np.ndarray, referred: np.ndarray
    ) -> None:
        """Let those with an offer where they may come without one go there and search, if that is better."""
        free = self.countries.free_entry[:, None]
        offered = ((path == OFFER) | (path == RETURN_OFFER)) & free
        some = np.flatnonzero(offered.any(axis=0))
        offered = offered[:, some]
        country = np.arange(self.n_countries)[:, None]
        search = np.where(offered, np.where(country == HOME, RETURN, FREE), CLOSED)
        mean = np.repeat(self.countries.mean_match[:, None], len(some), axis=1)
        accepted = np.where(offered, path[:, some], CLOSED)
        declined = self._utility(rows[some], search, mean) > self._utility(rows[some], accepted, match[:, some])
        path[:, some] = np.where(declined, search, path[:, some])
        match[:, some] = np.where(declined, mean, match[:, some])
        referred[:, some] &= ~declined

    def _utility(self, rows: np.ndarray, path: np.ndarray, match: np.ndarray) -> np.ndarray:
        """Return the utility of each country to each person, minus infinity where it is closed."""
        people, countries, decision = self.people, self.countries, self.scenario.decision
        is_open = path != CLOSED
        j, k = np.nonzero(is_open)
        match, path_taken = match[is_open], path[is_open]
        person, stays = rows[k], j == people.country[rows][k]
        ties = self.ties.count[j, person]
        income = self._ln_income(rows, k, j, path_taken, match, stays)
        at_home = np.flatnonzero(j == HOME)
        usual = self._ln_usual_income(person[at_home])
        income[at_home] = usual + decision.home_income_weight * (income[at_home] - usual)
        value = people.income_weight[person] * (income - countries.ln_wage[HOME])
        value += self._amenities(person, j)
        study = np.flatnonzero(path_taken == STUDY)
        elsewhere = 1.0 - self._share_abroad(person[study], j[study])
        at_home = self._amenities(person[study], np.zeros_like(j[study]))
        value[study] += elsewhere * (at_home - self._amenities(person[study], j[study]))
        value += self._gumbel(person, j)
        broken = (people.obligation_month[person] != NEVER) & (j != HOME)
        value -= np.where(broken, decision.broken_obligation_cost, 0.0)
        moves, all_j = np.flatnonzero(~stays), j
        discount = 1.0 - decision.ties_discount * ties[moves] / (1.0 + ties[moves])
        k, j, person = k[moves], j[moves], person[moves]
        offered = path_taken[moves] == RETURN_OFFER
        distance = np.where(offered, countries.moving_cost_with_offer[j], countries.moving_cost[j])
        distance -= countries.affinity_spread[j] * self.affinity[j, person] + self.drawn_to[people.heritage[person], j]
        added, living, _ = self._doors()
        value += np.where(stays, living[all_j], 0.0)
        subsidy = np.where(offered, countries.moving_offset_with_offer[j], countries.moving_offset[j])
        gain = np.where(j == HOME, subsidy, added[j])
        value[moves] -= (distance + self._personal_cost(rows)[k]) * discount - gain
        utility = np.full(path.shape, -np.inf)
        utility[is_open] = value
        return utility

    def _doors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return, by country, what doors add this month to moving and to living there, and who can cross borders."""
        moving, living, share = np.zeros(self.n_countries), np.zeros(self.n_countries), np.ones(self.n_countries)
        now = self.environment.first_month + self.month
        for j, (_, destination) in enumerate(self.scenario.destinations, start=1):
            for _, door in destination.doors:
                if month_number(door.since or "0000-01") <= now <= month_number(door.until or "9999-12"):
                    middles, values = np.array(door.observed.years) + 0.5, np.array(door.observed.values)
                    driver = np.interp((now + 0.5) / 12.0, middles, values) / values[0]
                    moving[j] += door.offset + door.living_offset + door.weight * np.log(driver)
                    living[j] += door.living_offset
                    share[j] *= door.open_share
        return moving, living, share

    def _can_cross(self, rows: np.ndarray, country: np.ndarray | int) -> np.ndarray:
        """Return who can cross the border of a country, the same for all or one each; home's is open."""
        share = self._doors()[2][country]
        drawn: np.ndarray = self._chance(rows, Purpose.BORDER, country) < share
        return drawn | (share == 1.0)

    def _ln_usual_income(self, rows: np.ndarray) -> np.ndarray:
        """Return log permanent income at home from an average job in the first month, to each of these persons."""
        scenario, start = self.scenario, self.environment.countries[0, HOME]
        pay = start.ln_wage + start.mean_match
        pay += math.log(1.0 - (1.0 - scenario.decision.fallback_ratio) * start.unemployment)
        worth = scenario.labour.merit * scenario.labour.return_to_ability * self.people.ability[rows]
        growth = np.log(self.environment.growth[HOME, self._counted_months(rows)])
        return np.asarray(pay + worth + self._experience_gain(rows) + growth)

    def _amenities(self, rows: np.ndarray, country: np.ndarray) -> np.ndarray:
        """Return the utility of rule of law, ties and attachment in a country, to each of these persons."""
        people, decision = self.people, self.scenario.decision
        ties, at_home = self.ties.count[country, rows], country == HOME
        beyond_home = np.where(at_home, 0.0, self.countries.rule_of_law[country] - people.belief[rows])
        rule_of_law = people.belief[rows] + self.weighs_law[people.heritage[rows], country] * beyond_home
        value = people.rule_of_law_weight[rows] * rule_of_law + np.where(at_home, people.home_attachment[rows], 0.0)
        if decision.exposure == "share":
            return value + decision.ties_weight * ties / np.maximum(self.ties.degree[rows], 1)
        return value + decision.ties_weight * self.log_one_more[ties]

    def _share_abroad(self, rows: np.ndarray, country: np.ndarray) -> np.ndarray:
        """Return the discounted share of the career that is expected to be lived where one goes to study."""
        remaining, annuity = self._remaining_months(rows), self.environment.annuity
        during = (
            annuity[np.minimum(self.study_months[self.people.degree[rows]], remaining)]
            / annuity[self._counted_months(rows, True)]
        )
        return during + (1.0 - during) * self._stay_prob(rows, country)

    def _stay_prob(self, rows: np.ndarray, country: np.ndarray) -> np.ndarray:
        """Return the probability of a permit in time to stay after the next degree: a try a year, at least one."""
        countries, degree = self.countries, np.minimum(self.people.degree[rows] + 1, 2)
        months = countries.post_study_months[country, self.people.science[rows]]
        tries = np.where(months > 0, np.maximum(months // 12, 1), 0)
        lost = (1.0 - countries.permit_prob[country]) * (1.0 - countries.permit_prob_masters[country])
        exempt = np.where(months > 0, countries.exempt_share[country, degree], 0.0)
        won = countries.sponsor_prob[country, degree] * (1.0 - (1.0 - exempt) * lost**tries)
        return np.where(countries.free_entry[country], 1.0, won)

    def _personal_cost(self, rows: np.ndarray) -> np.ndarray:
        """Return what age, years in place, partner and children add to the cost of moving anywhere."""
        people, decision, t = self.people, self.scenario.decision, self.month
        cost = decision.age_cost / 120.0 * np.maximum(t - people.birth_month[rows] - 300, 0)
        since = np.maximum(people.arrival_month[rows], people.career_month[rows])
        in_place = decision.place_cost * np.log(1.0 + np.maximum(t - since, 0) / 12.0)
        cost += np.where(people.country[rows] == HOME, 0.0, in_place)
        cost += decision.partner_cost * (people.partner_month[rows] <= t)
        lived_here = t - people.arrival_month[rows]
        for child in range(3):
            age = t - people.child_month[rows, child]
            cost += decision.child_cost * ((age >= 0) & (age < 72))
            at_school = np.flatnonzero((age >= 72) & (age < 216))
            grown_up_here = np.minimum(lived_here[at_school] / age[at_school], 1.0)
            school, teens = decision.school_child_cost, decision.teenager_cost
            cost[at_school] += grown_up_here * np.where(age[at_school] < 156, school, teens)
        return cost

    def _ln_income(
        self, rows: np.ndarray, k: np.ndarray, j: np.ndarray, path: np.ndarray, match: np.ndarray, stays: np.ndarray
    ) -> np.ndarray:
        """Return log permanent income of person ``rows[k]`` in country ``j``."""
        people, countries = self.people, self.countries
        person, counted = rows[k], self._counted_months(rows)[k]
        level = countries.ln_wage[j] + countries.return_to_ability[j] * people.ability[person]
        level += np.where(stays, 0.0, self._remembered(j, people.country[person]))
        level += np.where(j == HOME, self.pay_answers, 0.0) + self._experience_gain(rows)[k]
        in_work = stays & (people.stage[person] == EMPLOYED)
        state = np.where(in_work & (j == HOME), 1 + people.sector[person], 0)
        state[(in_work & (j != HOME)) | (path == OFFER)] = 1
        returns = np.flatnonzero(path == RETURN_OFFER)
        state[returns] = 1 + self._sector_offered(person[returns])
        pay = np.exp(np.where(stays, people.match[person].astype(float), match))
        years = (self.month - people.arrival_month[person]) / 12.0
        left = np.where(stays, np.exp(-years / self.scenario.decision.assimilation_years), 1.0)
        left[j == HOME] = 0.0
        ahead = self.job[j, counted, state] * pay + self.rest[j, counted, state]
        ahead -= left * (self.job_lost[j, counted, state] * pay + self.rest_lost[j, counted, state])
        income = level + np.log(ahead)
        study = np.flatnonzero(path == STUDY)
        income[study] = self._ln_income_study(person[study], j[study])
        self._add_money_for_coming(income, person, counted, (j == HOME) & ~stays, path == RETURN_OFFER)
        self._add_rest_of_tax_cut(income, person, counted, stays)
        bound = np.flatnonzero((people.obligation_month[person] != NEVER) & (j != HOME))
        after = np.exp(income[bound])
        owed = countries.pursuit_prob[HOME, SCHOLARSHIP] * countries.repayment[HOME, SCHOLARSHIP]
        repayment = owed / self.environment.annuity[self._counted_months(person[bound], path[bound] == STUDY)]
        income[bound] = np.log(np.maximum(after - repayment, 0.05 * after))
        return income

    def _add_money_for_coming(
        self, income: np.ndarray, person: np.ndarray, counted: np.ndarray, comes: np.ndarray, offered: np.ndarray
    ) -> None:
        """Add, in place, sums and tax cuts to the log permanent income of those who would come home."""
        home, annuity = self.environment.countries[self.month, HOME], self.environment.annuity
        paid = np.where(offered, home.return_sum_with_offer, home.return_sum)
        months = np.where(offered, home.tax_cut_months_with_offer, home.tax_cut_months)
        share = self.environment.tax_cut[self.month] * annuity[np.minimum(months, counted)] / annuity[counted]
        gets = comes & ((paid > 0.0) | (share > 0.0))
        more = np.exp(income[gets]) * (1.0 + share[gets]) + paid[gets] / annuity[counted[gets]]
        income[gets] = np.log(more)

    def _add_rest_of_tax_cut(
        self, income: np.ndarray, person: np.ndarray, counted: np.ndarray, stays: np.ndarray
    ) -> None:
        """Add, in place, what is left of a tax cut to the log permanent income of those who would stay."""
        people, annuity = self.people, self.environment.annuity
        rest = people.tax_cut_month[person].astype(np.int64) - self.month
        some = np.flatnonzero(stays & (rest > 0))
        share = self.environment.tax_cut[people.arrival_month[person[some]]]
        income[some] += np.log1p(share * annuity[np.minimum(rest, counted)[some]] / annuity[counted[some]])

    def _ln_income_study(self, rows: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return log permanent income from a stipend, then a job there, or at home if no permit is won."""
        people, countries, education = self.people, self.countries, self.scenario.education
        length = self.study_months[people.degree[rows]]
        counted = self._counted_months(rows, True)
        after = np.maximum(counted - length, 1)

        def later(country: np.ndarray) -> np.ndarray:
            wage = countries.ln_wage[country] + countries.return_to_ability[country] * people.ability[rows]
            wage += np.where(country == HOME, self.pay_answers, 0.0) + self._experience_gain(rows)
            wage += self._remembered(country, people.country[rows])
            left = np.exp(-length / 12.0 / self.scenario.decision.assimilation_years)  # nothing is lost at home
            ahead = self.rest[country, after, 0] - left * self.rest_lost[country, after, 0]
            return ahead * np.exp(wage + length / 12.0 * np.log1p(countries.wage_growth[country]))

        stays = self._stay_prob(rows, j)
        career = stays * later(j) + (1.0 - stays) * later(np.zeros_like(j))
        career *= math.exp(education.degree_premium)
        during = self.environment.annuity[length] / self.environment.annuity[counted]
        stipend = education.stipend_ratio * np.exp(countries.ln_wage[j] + self._remembered(j, people.country[rows]))
        income = np.log(np.maximum(during * stipend + (1.0 - during) * career, 1e-300))
        return np.where(self._remaining_months(rows) > length, income, -1e9)

    def _decide_foreign(self, reviewers: np.ndarray, positions: np.ndarray, choice: Choice) -> None:
        """Let foreign specialists choose between this country and their own."""
        people, given, countries = self.people, self.scenario.foreign_specialists, self.countries
        rows = reviewers[positions]
        counted, lives_here = self._counted_months(rows), people.country[rows] == HOME
        in_work = lives_here & (people.stage[rows] == EMPLOYED)
        state = np.where(in_work, 1 + people.sector[rows], 0)
        ahead = self.job[HOME, counted, state] * np.exp(people.match[rows].astype(float))
        ahead += self.rest[HOME, counted, state]
        worth = countries.return_to_ability[HOME] * people.ability[rows] + self._experience_gain(rows)
        income = worth + self.pay_answers + np.log(ahead)
        paid = self.environment.countries[self.month, HOME].coming_sum / self.environment.annuity[counted]
        in_full = np.log(np.exp(income + countries.ln_wage[HOME]) + paid) - countries.ln_wage[HOME]
        income = np.where(lives_here | (paid == 0.0), income, in_full)
        growth = np.log(self.environment.growth[HOME, counted])
        own_wage = self.environment.ln_outside_wage[self.month] + worth + countries.mean_match[HOME]
        own_income = own_wage + growth - countries.ln_wage[HOME]
        income_weight, rule_of_law_weight = people.income_weight[rows], people.rule_of_law_weight[rows]
        here = income_weight * income + rule_of_law_weight * people.belief[rows] + self._gumbel(rows, HOME)
        there = income_weight * own_income + rule_of_law_weight * given.outside_rule_of_law
        there += self._gumbel(rows, OWN_COUNTRY)
        coming_cost = float(self.environment.coming_cost[self.month])
        stays = np.where(lives_here, here >= there - given.return_cost, here - coming_cost > there)
        choice.country[positions] = np.where(stays, HOME, NOWHERE)
        choice.path[positions] = np.where(stays, np.where(lives_here, STAY, RETURN), GONE)

    # moves

    def _apply_quotas(self, reviewers: np.ndarray, choice: Choice) -> None:
        """Hold permits down to each country's quota: who is refused stays, or goes home if the permit has ended."""
        people = self.people
        begins = uniform(
            self.seed,
            np.full(self.n_countries, PERMITS, dtype=np.uint64),
            np.zeros(self.n_countries, dtype=np.uint64),
            0,
            Purpose.WHOLE_PERSONS,
            np.arange(self.n_countries),
        )
        self.quota = np.where(np.isfinite(self.quota), self.quota, begins) + self.environment.permits[self.month]
        first_permit = people.permit[reviewers] != WORK_PERMIT
        for country in np.flatnonzero(np.isfinite(self.quota)).tolist():
            # anew for each country: whom another has refused applies nowhere
            applies = (choice.path == OFFER) | ((choice.path == RENEW) & first_permit)
            applicants = np.flatnonzero(applies & (choice.country == country))
            given = min(int(self.quota[country]), len(applicants))
            self.quota[country] -= given
            if given == len(applicants):
                continue
            order = np.argsort(self._chance(reviewers[applicants], Purpose.QUOTA, country), kind="stable")
            refused = applicants[order[given:]]
            rows = reviewers[refused]
            may_stay = (people.country[rows] == HOME) | (people.permit_month[rows] > self.month)
            may_stay |= ~self._can_cross(rows, people.country[rows])
            choice.country[refused] = np.where(may_stay, people.country[rows], HOME)
            choice.path[refused] = np.where(may_stay, STAY, RETURN)
            choice.referred[refused] = False

    def _move(self, reviewers: np.ndarray, choice: Choice) -> None:
        """Carry out the choices, and let ties' counts, permits, jobs and obligations follow."""
        people, t = self.people, self.month
        here, there = people.country[reviewers], choice.country
        self._record_flows(reviewers, choice)
        gone = choice.path == GONE
        leavers = reviewers[gone & (here != NOWHERE)]
        people.stage[leavers] = ABSENT
        people.country[leavers] = NOWHERE
        people.sector[leavers] = NO_SECTOR
        people.event_month[leavers] = NEVER
        renewing = reviewers[choice.path == RENEW]
        self._give_work_permit(renewing)
        self._reschedule(renewing)
        settlers = reviewers[(there == here) & (here != HOME) & ~gone]
        released = (people.obligation_month[settlers] == OWED) & self._can_cross(settlers, people.country[settlers])
        people.obligation_month[settlers[released]] = NEVER

        moved = np.flatnonzero((there != here) & ~gone)
        rows, here, there, path = reviewers[moved], here[moved], there[moved], choice.path[moved]
        self._tell_ties(rows[here >= 0], here[here >= 0], -1)
        self._tell_ties(rows, there, 1)
        from_abroad = rows[here > HOME]
        people.months_abroad[from_abroad] += t - people.arrival_month[from_abroad]
        people.left_month[rows[here == HOME]] = t
        people.country[rows] = there
        people.arrival_month[rows] = t
        people.permit_month[rows] = NEVER
        people.permit[rows] = NO_PERMIT
        people.sector[rows] = NO_SECTOR
        home, tied = self.environment.countries[t, HOME], path == RETURN_OFFER
        months = np.where(tied, home.tax_cut_months_with_offer, home.tax_cut_months)
        people.tax_cut_month[rows] = np.where(
            (there == HOME) & (months > 0) & (people.origin[rows] != FOREIGN), t + months, 0
        )
        owes = (there == HOME) & (people.obligation_month[rows] == OWED)
        people.obligation_month[rows] = np.where(owes, t + self.countries.obligation_months[HOME, SCHOLARSHIP], NEVER)
        studies, abroad = path == STUDY, there > HOME
        students = rows[studies]
        people.stage[students] = STUDENT
        people.permit[students] = STUDY_PERMIT
        people.status_month[students] = t + self.study_months[people.degree[students]]
        free = self.countries.free_entry[there]
        people.permit[rows[abroad & free & ~studies]] = FREE_ENTRY
        self._give_work_permit(rows[abroad & ~free & ~studies])
        with_offer = (path == OFFER) | (path == RETURN_OFFER)
        self._start_search(rows[~with_offer & ~studies])
        hired = rows[with_offer]
        sector = np.where(there[with_offer] == HOME, self._sector_offered(hired), NO_SECTOR)
        self._start_job(hired, choice.match[moved][with_offer], sector)
        self._reschedule(rows)

    def _give_work_permit(self, rows: np.ndarray) -> None:
        """Give a work permit that lasts until it ends or residence on such permits is long enough to settle."""
        people, t, country = self.people, self.month, self.people.country[rows]
        people.work_permit_month[rows[people.permit[rows] != WORK_PERMIT]] = t
        people.permit[rows] = WORK_PERMIT
        ends = t + self.countries.work_permit_months[country]
        settles = people.work_permit_month[rows] + self.countries.settlement_months[country]
        people.permit_month[rows] = np.minimum(np.minimum(ends, np.maximum(settles, t + 1)), NEVER)

    # accounts

    def _record_flows(self, reviewers: np.ndarray, choice: Choice) -> None:
        """Count moves, and degrees followed by a stay abroad, by flow and foreign country; and their human capital."""
        people, t = self.people, self.month
        here, there = people.country[reviewers], choice.country
        foreign = people.origin[reviewers] == FOREIGN
        finishing = (people.career_month[reviewers] == t) & (people.cohort[reviewers] >> 16 >= GROUP_STUDENT)
        listed = np.flatnonzero((there != here) | (finishing & ~foreign))
        rows, here, there, foreign = reviewers[listed], here[listed], there[listed], foreign[listed]
        names = {name: flow for flow, name in enumerate(FLOWS)}
        home = there == HOME
        early = t - people.left_month[rows] < 60
        late = np.where(early, names["returns_within_five_years"], names["returns_after_years"])
        returns = np.where(choice.referred[listed], names["returns_through_ties"], late)
        flow = np.where(home, returns, names["onward_moves"])
        flow = np.where(here == HOME, names["emigrants"], flow)
        student = np.where(home, names["students_home"], names["students_staying"])
        flow = np.where(finishing[listed], student, flow)
        flow = np.where(foreign, np.where(home, names["foreign_arrivals"], names["foreign_departures"]), flow)
        abroad = np.maximum(np.where(here > HOME, here, there), HOME)
        place, shape = flow * self.n_countries + abroad, (len(FLOWS), self.n_countries)
        size = len(FLOWS) * self.n_countries
        capital = np.bincount(place, weights=people.human_capital[rows], minlength=size)
        self.history.flows.append(np.bincount(place, minlength=size).reshape(shape))
        given, tied = self.environment, choice.path[listed] == RETURN_OFFER
        paid = np.where(home & ~foreign, np.where(tied, given.payment_with_offer[t], given.payment[t]), 0.0)
        paid[home & foreign] = given.coming_payment[t]
        self.owed = int(np.rint(100.0 * paid).sum())
        self.history.flows_human_capital.append(capital.astype(np.int64).reshape(shape))

    def _count(self) -> None:
        """Count everybody by country and stage, and sum human capital, ability and belief of graduates."""
        people, history, n = self.people, self.history, self.n_countries
        place = (people.country + np.int16(1)) * np.int16(len(STAGES)) + people.stage
        # who lives nowhere is absent, and is counted before the first country
        stocks = np.bincount(place, minlength=(n + 1) * len(STAGES)).reshape(n + 1, len(STAGES))
        history.stocks.append(stocks[1:])
        working = (people.stage == EMPLOYED) | (people.stage == JOB_SEEKER)
        sums = np.zeros((3, n), dtype=np.int64)
        for country in range(n):
            rows = np.flatnonzero(working & (people.country == country))
            beliefs = np.rint(people.belief[rows] * UNIT)
            capital, abilities = people.human_capital[rows], self.ability_units[rows]
            sums[:, country] = capital.sum(), abilities.sum(), beliefs.sum(dtype=float)
        history.human_capital.append(sums[0])
        history.ability.append(sums[1])
        history.belief.append(sums[2])
        history.job_finding_prob.append(self.job_finding_prob)
