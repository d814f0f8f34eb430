"""The rules of ``docs/model.md`` a second time, as one Mesa agent a graduate: an oracle for the engine and a yardstick.

Nothing of a month is shared with the engine but the numbers of purposes, stages and paths, and the paths of the
environment: rules, draws and accounts are plain Python, one object at a time, ties are asked through networkx.  A
history must be the engine's, person by person.  Values that the engine keeps in single precision are rounded likewise.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from ctypes import c_float
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any, NamedTuple

import mesa
import networkx as nx

from abm.codes import (
    ABSENT,
    ARRIVAL,
    BACK,
    DEPARTURE,
    EMIGRANT,
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
    ONWARD,
    OWED,
    POST_ABROAD,
    POST_STUDY,
    POSTED,
    POSTING,
    PUBLIC,
    RENEW,
    RESERVE,
    RETIRED,
    RETURN,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_OFFER,
    RETURN_TIES,
    SCHOLAR,
    SCHOLARSHIP,
    SECTORS,
    SERVE,
    SERVICE,
    SETTLED,
    STAGES,
    STAY,
    STUDENT,
    STUDENT_HOME,
    STUDENT_STAYING,
    STUDY,
    STUDY_PERMIT,
    UNIT,
    WORK_PERMIT,
)
from abm.engine.streams import Purpose
from abm.heads import heads_of
from abm.months import month_name
from abm.parameters import Door, GroupAbroad, Series
from abm.perception import first_belief
from abm.reforms import Reform
from abm.scenario import Scenario
from abm.simulation import Simulation

__all__ = ["Choice", "Graduate", "MonthAccount", "ObjectModel", "start_of"]

LOW = 0xFFFFFFFF
ONLY = 0  # the one kind of work there is abroad
# what lies ahead by state, a sector or None: from the present job, to be multiplied by the pay of its match, and else
Prospects = dict[int | None, tuple[float, float]]
# alternatives under which a place to serve and a foreign specialist's own country are drawn
PLACE_TO_SERVE, OWN_COUNTRY = 254, 255
PERMITS, RESERVE_PLACES = 9, 10  # whose first parts are drawn
NORMAL = NormalDist()


def start_of(simulation: Simulation) -> list[dict[str, Any]]:
    """Return everybody's state in a run as it stands, a dictionary of plain values a person, in the order of rows.

    The only place that knows how the engine stores people.  ``appears`` is the month in which somebody absent comes up,
    ``known`` that from which on others know her: who studies at home is known before, unless a reform adds her.
    """
    people, rules = simulation.graduates, simulation.rules[0]
    cohorts = heads_of(simulation.environment, simulation.seed).home_graduates.tolist()
    study_months = simulation.scenario.education.study_months
    person = people.person
    # when she dies, objects find out month by month
    names = [name for name in person.dtype.names if name not in ("child_month", "death_month")]
    columns = {name: person[name].tolist() for name in names}
    columns["children"] = person["child_month"].tolist()
    columns["appears"] = people.event_month.tolist()
    columns["known"] = [
        month - study_months if cohort >> 16 == GROUP_COHORT and rank < cohorts[cohort & 0xFFFF] else month
        for month, cohort, rank in zip(columns["appears"], columns["cohort"], columns["rank"], strict=True)
    ]
    columns["row"] = list(range(len(person)))
    # the engine draws the first belief of those still to come when they appear
    columns["belief"] = [
        float(first_belief(row, rules)) if simulation.month == 0 else float(belief)
        for row, belief in zip(person, people.belief, strict=True)
    ]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def single(value: float) -> float:
    """Return a value in single precision, as the engine keeps it."""
    return c_float(value).value


def round_keys(seed: int) -> list[tuple[int, int]]:
    """Return the keys of the ten rounds of Philox 4x32."""
    return [((seed & LOW) + k * 0x9E3779B9 & LOW, (seed >> 32) + k * 0xBB67AE85 & LOW) for k in range(10)]


def uniform(keys: list[tuple[int, int]], c0: int, c1: int, c2: int, c3: int) -> float:
    """Return the draw on (0, 1) at a 128-bit counter: the leading 52 bits of Philox 4x32 with ten rounds."""
    for k0, k1 in keys:
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & LOW, p0 >> 32 ^ c3 ^ k1, p0 & LOW
    return ((c0 << 20 | c1 >> 12) + 0.5) * 2.0**-52


def months_until(monthly_prob: float, u: float) -> int:
    """Return the months until an event of this monthly probability, from a uniform draw: the geometric law inverted."""
    if monthly_prob >= 1.0:
        return 1
    return NEVER if monthly_prob <= 0.0 else min(1 + math.floor(math.log(u) / math.log1p(-monthly_prob)), NEVER)


class Choice(NamedTuple):
    """Where to live, and how that is carried out."""

    country: int
    path: int
    match: float = 0.0
    referred: bool = False

    @property
    def offered(self) -> bool:
        """Return whether she starts in a job there."""
        return self.path in (OFFER, RETURN_OFFER)


class MonthAccount(NamedTuple):
    """A month's accounts in whole simulated persons, as in :class:`abm.accounts.Accounts`."""

    stocks: list[list[int]]  # countries x stages
    flows: list[list[int]]  # flows x countries
    flows_human_capital: list[list[int]]
    deaths: list[int]  # by country
    human_capital_at_work: int
    wage_bill: int  # whole US cents, as are the next two
    public_cost: int
    borne_by_others: int
    tax_rate: float
    vacancies: float
    job_finding_prob: float


class Graduate(mesa.Agent):
    """One graduate: months are months of the run, codes those of :mod:`abm.graduates`."""

    row: int
    rank: int
    cohort: int
    origin: int
    heritage: int
    ability: float
    connections: float
    income_weight: float
    rule_of_law_weight: float
    home_attachment: float
    birth_month: int
    partner_month: int
    children: list[int]
    science: int
    review_month: int
    career_month: int
    country: int
    stage: int
    sector: int
    match: float
    degree: int
    belief: float
    human_capital: int
    arrival_month: int
    left_month: int
    months_abroad: int
    permit: int
    permit_month: int
    work_permit_month: int
    obligation_month: int
    status_month: int
    tax_cut_month: int = 0

    def __init__(self, model: ObjectModel, state: dict[str, Any]) -> None:
        super().__init__(model)
        vars(self).update(state)
        self.reviews = self.hears = False
        self.exposed = 0.0  # to the hazard of dying, so far
        self.next_belief = self.belief
        self.choice = Choice(self.country, STAY)
        model.everybody[self.row] = self

    # draws and ties

    def draw(self, purpose: int, alternative: int = 0, month: int | None = None) -> float:
        """Return her uniform draw of this month (or another) for a purpose."""
        month = self.model.month if month is None else month
        return uniform(self.model.keys, self.rank, self.cohort, month, purpose << 8 | alternative)

    def normal(self, purpose: int, alternative: int = 0, month: int | None = None) -> float:
        """Return her standard normal draw."""
        return NORMAL.inv_cdf(self.draw(purpose, alternative, month))

    @property
    def last_anniversary(self) -> int:
        """The month of her last yearly review, negative if it was before the run."""
        month = self.model.month
        while month % 12 != self.review_month:
            month -= 1
        return month

    def chance(self, purpose: int, alternative: int = 0) -> float:
        """Return a uniform draw that holds for her year: from one anniversary of review to the next."""
        return self.draw(purpose, alternative, month=max(self.last_anniversary, 0))

    def taste_shock(self, alternative: int) -> float:
        """Return her standard Gumbel draw for an alternative."""
        return -math.log(-math.log(self.chance(Purpose.TASTE_SHOCK, alternative)))

    def acquaintances(self) -> Iterator[Graduate | SimpleNamespace]:
        """Return those she knows who have appeared or study at home."""
        if self.origin == FOREIGN:
            return
        everybody, students = self.model.everybody, self.model.students_at_home
        for other in self.model.graph.neighbors(self.row):
            if other in everybody:
                yield everybody[other]
            elif other in students:
                yield students[other]

    def ties_by_country(self) -> list[int]:
        """Return how many she knows in each country."""
        ties = [0] * len(self.model.countries)
        for other in self.acquaintances():
            ties[other.country] += 1
        return ties

    # life course

    def appear(self) -> None:
        """Come up for the first time: as a job-seeker, as a student abroad, or as a candidate outside."""
        model = self.model
        # beliefs were drawn around the level of the first month
        self.belief = single(self.belief + single(model.countries[HOME].rule_of_law - model.rule_of_law_at_start))
        group = self.cohort >> 16
        if self.origin == FOREIGN:
            self.reviews = self.hears = True
            return
        if group >= GROUP_STUDENT:
            self.stage, self.country = STUDENT, group - GROUP_STUDENT
        else:
            self.country, self.arrival_month, self.reviews, self.hears = HOME, self.birth_month, True, True
            self.start_search()
        self.update_human_capital()

    def live(self) -> None:
        """Settle what is due this month without a choice, and note whether she reviews where to live."""
        model, t = self.model, self.model.month
        self.reviews = self.hears = False
        self.exposed += model.hazard_at((t - self.birth_month) / 12.0)
        if self.exposed >= -math.log(self.draw(Purpose.DEATH, month=0)):
            self.die()
            return
        if self.stage == RETIRED:
            return
        if t >= self.birth_month + model.retirement_months:
            self.stage, self.sector = RETIRED, NO_SECTOR
            return
        event = any(t - born in (0, 72, 156) for born in self.children if born != NEVER)
        must = first_look = False
        if self.status_month == t:
            if self.stage == JOB_SEEKER:
                self.start_job(self.match_of_new_job(), NO_SECTOR)
            else:
                event = True
                if self.stage == STUDENT:
                    must, first_look = True, self.career_month == t
                    self.finish_study()
                if self.sector == RESERVE and self.draw(Purpose.APPOINTMENT) < self.here.appointment_prob:
                    self.start_job(self.match, PUBLIC)
                else:
                    self.start_search()
        if self.permit_month == t:
            lived_on_it = t - self.work_permit_month
            if self.permit == WORK_PERMIT and lived_on_it >= model.countries[self.country].settlement_months:
                self.permit, self.permit_month = SETTLED, NEVER
            else:
                must = True
        if self.obligation_month == t:
            self.obligation_month, event = NEVER, True
        # who was there at the start waits for her first anniversary, unless she has to decide
        from_the_start, yearly = self.cohort >> 16 == GROUP_START, self.last_anniversary == t
        reacts = event and (not from_the_start or self.last_anniversary >= 0 or self.obligation_month == OWED)
        self.reviews = self.stage != STUDENT and (yearly or must or reacts)
        self.hears = yearly or first_look

    def die(self) -> None:
        """Leave the model, and those who knew her."""
        model = self.model
        model.deaths[self.country] += 1
        del model.everybody[self.row]
        model.students_at_home.pop(self.row, None)
        self.remove()

    def match_of_new_job(self) -> float:
        """Return the log wage of a job begun this month relative to the mean of its kind."""
        labour = self.model.world.labour
        graduate_level = self.draw(Purpose.GRADUATE_LEVEL, self.country) < self.here.graduate_job_share
        z = self.normal(Purpose.MATCH, self.country)
        return labour.match_spread * z - (0.0 if graduate_level else labour.underemployment_loss)

    def start_job(self, match: float, sector: int) -> None:
        """Begin a job in the country she lives in."""
        self.stage, self.sector, self.match = EMPLOYED, sector, single(match)
        lasts = months_until(self.here.separation_prob, self.draw(Purpose.SEPARATION))
        self.status_month = min(self.model.month + lasts, NEVER)

    def start_search(self) -> None:
        """Look for a job; abroad that takes a drawn time, at home vacancies decide."""
        self.stage, self.sector, self.match, self.status_month = JOB_SEEKER, NO_SECTOR, 0.0, NEVER
        if self.country != HOME:
            lasts = months_until(self.here.job_finding_prob, self.draw(Purpose.JOB_FINDING))
            self.status_month = min(self.model.month + lasts, NEVER)

    def finish_study(self) -> None:
        """Take the degree, and the permit with which one may stay and look for work."""
        t = self.model.month
        if self.career_month < t:
            self.degree = min(self.degree + 1, 2)
        elif self.origin == SCHOLAR and self.model.countries[HOME].obligation_months[SCHOLARSHIP] > 0:
            self.obligation_month = OWED
        if self.here.free_entry:
            self.permit, self.permit_month = FREE_ENTRY, NEVER
        else:
            self.permit, self.permit_month = POST_STUDY, t + self.here.post_study_months[self.science]

    def update_human_capital(self) -> None:
        """Bring human capital up to date."""
        t, given = self.model.month, self.model.world.human_capital
        abroad = self.months_abroad + (t - self.arrival_month if self.country > HOME else 0)
        gain = given.experience_gain / 12.0 * min(max(t - self.career_month, 0), 360)
        gain += given.experience_gain_abroad / 12.0 * min(abroad, 120)
        self.human_capital = round(math.exp(given.ability_spread * self.ability + gain) * UNIT)

    @property
    def here(self) -> SimpleNamespace:
        """The country she lives in, as it is this month."""
        return self.model.countries[self.country]

    # home labour market

    def application(self, limits: Sequence[float]) -> tuple[int, float] | None:
        """Return the sector she applies to and her score; in work she applies only where pay is higher."""
        model, u = self.model, self.draw(Purpose.SECTOR_APPLIED)
        sector = sector_at(u, limits)
        ratio = model.ln_sector_ratio
        if self.stage == EMPLOYED and ratio[sector] <= ratio[self.sector]:
            return None
        u = self.draw(Purpose.HIRING_LUCK)
        luck = model.world.labour.hiring_luck * math.log(u / (1.0 - u))
        return sector, model.merit * self.ability + (1.0 - model.merit) * self.connections + luck

    def enter_reserve(self) -> None:
        """Take a place in the personnel reserve: a post for a term."""
        self.start_job(0.0, RESERVE)
        self.status_month = min(self.model.month + max(self.here.reserve_months, 1), NEVER)

    def score_for_reserve(self) -> float:
        """Return her score among those who want a place, minus infinity if she does not."""
        model, environment, pay = self.model, self.model.environment, self.model.ln_sector_ratio
        t = model.month
        young = t - self.birth_month < 12.0 * environment.reserve_age[t]
        gains = self.stage == JOB_SEEKER or pay[RESERVE] > pay[self.sector]
        if not young or self.sector == RESERVE or self.origin == FOREIGN or not gains:
            return -math.inf
        u, merit = self.draw(Purpose.RESERVE), float(environment.reserve_merit[t])
        luck = model.world.labour.hiring_luck * math.log(u / (1.0 - u))
        return merit * self.ability + (1.0 - merit) * self.connections + luck

    # the review

    def step(self) -> None:
        """Review where to live on the state of all at the beginning; :meth:`advance` carries it out."""
        self.perceive()
        self.update_human_capital()
        self.choice = self.choose_as_foreigner() if self.origin == FOREIGN else self.choose()

    def perceive(self) -> None:
        """Learn from the public signal and from ties what rule of law at home is like."""
        beliefs, total, known = self.model.world.beliefs, 0.0, 0
        if not self.hears:
            self.next_belief = self.belief
            return
        for other in self.acquaintances():
            total += other.belief
            known += 1
        signal = self.model.expected_rule_of_law + beliefs.signal_noise * NORMAL.inv_cdf(self.chance(Purpose.SIGNAL))
        weight = beliefs.neighbour_weight if known else 0.0
        kept = 1.0 - beliefs.signal_weight - weight
        heard = weight * (total / known) if known else 0.0
        self.next_belief = single(beliefs.signal_weight * signal + heard + kept * self.belief)

    def choose(self) -> Choice:
        """Return the open country of highest utility."""
        ties = self.ties_by_country()
        best, chosen = -math.inf, Choice(HOME, STAY)
        for country in self.model.countries:
            option = self.way_to_stay() if country is self.here else self.way_to(country, ties[country.number])
            if option is not None:
                value = self.aspiration(country, option, ties[country.number])
                if option.offered and country.free_entry:
                    # a poor offer is turned down where one may come and search
                    search = Choice(country.number, RETURN if country.number == HOME else FREE)
                    without = self.aspiration(country, search, ties[country.number])
                    if without > value:
                        option, value = search, without
                if value > best:
                    best, chosen = value, option
        asked = self.is_to_serve and self.here.obligation_months[SERVICE] > 0
        if asked and self.chance(Purpose.SERVICE_PLACE) < self.here.service_place_prob:
            if self.value_of_serving(ties[HOME]) > best:
                return Choice(HOME, SERVE, math.log(self.here.service_pay))
        return chosen

    @property
    def is_to_serve(self) -> bool:
        """Whether she owes service at home that she has not begun."""
        return self.country == HOME and self.obligation_month == OWED

    def way_to_stay(self) -> Choice | None:
        """Return how she may stay where she lives, None if she may not."""
        if self.country == HOME or self.permit in (FREE_ENTRY, SETTLED):
            return Choice(self.country, STAY)
        lasts, at_work = self.permit_month > self.model.month, self.stage == EMPLOYED
        if at_work and self.permit == WORK_PERMIT and not lasts:
            return Choice(self.country, RENEW)
        if at_work and self.permit == POST_STUDY and self.has_a_sponsor() and self.wins_permit(self.here):
            return Choice(self.country, RENEW)
        if at_work and self.permit == POSTED and not lasts and self.wins_permit(self.here):
            return Choice(self.country, RENEW)
        return Choice(self.country, STAY) if lasts or not self.is_let_across(self.country) else None

    def way_to(self, country: SimpleNamespace, ties: int) -> Choice | None:
        """Return how she may move to a country, None if it is closed: by an offer, freely, or to study."""
        if not all(self.is_let_across(number) for number in (self.country, country.number)):
            return None
        match, referred = self.job_offer(country, ties)
        if country.number == HOME and self.permit == POSTED:
            return Choice(HOME, BACK, self.match)
        if country.number == HOME:
            return Choice(HOME, RETURN) if match is None else Choice(HOME, RETURN_OFFER, match, referred)
        afforded = self.has_money_for(country)
        if afforded and match is not None and (country.free_entry or self.wins_permit(country)):
            return Choice(country.number, OFFER, match, referred)
        if country.free_entry:
            return Choice(country.number, FREE) if afforded else None
        if self.is_posted_to(country):
            return Choice(country.number, POST_ABROAD, self.match)
        return Choice(country.number, STUDY) if afforded and self.study_place(country) else None

    def has_money_for(self, country: SimpleNamespace) -> bool:
        """Return whether moving there from home is paid for: by her family, or by a part of what she has earned."""
        model, decision = self.model, self.model.world.decision
        usd = model.world.destinations[country.number - 1][1].moving_sum if country.number != HOME else 0.0
        if self.country != HOME or usd == 0.0:
            return True
        if self.draw(Purpose.FAMILY_SUPPORT, month=0) < decision.family_support_share:
            return True
        home = model.countries[HOME]
        job = self.match + home.ln_sector_ratio[self.sector] if self.stage == EMPLOYED else home.mean_match
        earned = math.exp(self.ln_wage(home, job, 0.0)) * max(model.month - self.career_month, 0)
        return bool(decision.saving_share * earned * float(model.environment.market_usd[model.month]) >= usd)

    def wins_permit(self, country: SimpleNamespace) -> bool:
        """Return whether an application made this year would succeed: drawn by all, by masters, or not needed."""
        if self.chance(Purpose.PERMIT, country.number) < country.permit_prob:
            return True
        own_draw = not country.free_entry and self.degree > 0
        if own_draw and self.chance(Purpose.PERMIT, 128 + country.number) < country.permit_prob_masters:
            return True
        exempt = 0.0 if country.free_entry else country.exempt_share[self.degree]
        return self.draw(Purpose.SPONSOR, 128 + country.number, month=0) < exempt

    def has_a_sponsor(self) -> bool:
        """Return whether an employer where she took a degree applies for her: one does, or does not, for life."""
        return self.draw(Purpose.SPONSOR, self.country, month=0) < self.here.sponsor_prob[self.degree]

    def job_offer(self, country: SimpleNamespace, ties: int) -> tuple[float | None, bool]:
        """Return the match of an offer (None without one), and whether it came only because of ties."""
        decision, j = self.model.world.decision, country.number
        gain = math.exp(decision.offer_ability_gain * self.ability + decision.offer_degree_gain * self.degree)
        unreferred = country.offer_rate * gain
        u = self.chance(Purpose.OFFER, j)
        if u >= at_least_one(unreferred * (1.0 + country.offer_ties_gain * ties)):
            return None, False
        return self.offered_match(country), u >= at_least_one(unreferred)

    def offered_match(self, country: SimpleNamespace) -> float:
        """Return the match of the offer that a country may make this year."""
        labour, j = self.model.world.labour, country.number
        graduate_level = self.chance(Purpose.OFFER_WAGE, 128 + j) < country.graduate_job_share
        match = labour.match_spread * NORMAL.inv_cdf(self.chance(Purpose.OFFER_WAGE, j))
        return match - (0.0 if graduate_level else labour.underemployment_loss)

    def is_posted_to(self, country: SimpleNamespace) -> bool:
        """Return whether she is offered a post there for a time: at work at home, and owing nothing."""
        if self.country != HOME or self.stage != EMPLOYED or self.sector == RESERVE:
            return False
        if self.obligation_month != NEVER:
            return False
        gain = math.exp(self.model.world.decision.offer_ability_gain * self.ability)
        return self.chance(Purpose.POSTING, country.number) < at_least_one(country.posting_rate * gain)

    def study_place(self, country: SimpleNamespace) -> bool:
        """Return whether she is offered a place for further study."""
        world = self.model.world
        young = self.model.month - self.birth_month < 12 * world.education.oldest_student
        if not young or self.degree >= 2 or country.study_place_rate <= 0.0:
            return False
        rate = country.study_place_rate * math.exp(world.decision.offer_ability_gain * self.ability)
        return self.chance(Purpose.STUDY_PLACE, country.number) < at_least_one(rate)

    # aspiration

    def aspiration(self, country: SimpleNamespace, option: Choice, ties: int) -> float:
        """Return the utility of a country: income, rule of law, ties, attachment, moving cost and taste."""
        j, moves = country.number, country.number != self.country
        if option.path == POST_ABROAD:
            return self.aspiration_of_post(country, ties)
        if not moves:
            ln_income = self.ln_income_here()
        elif option.path == STUDY:
            ln_income = self.ln_income_study(country)
        elif option.path == BACK:
            ln_income = self.ln_income_ahead(country, self.sector, self.match, self.counts_months())
        elif option.path == RETURN_OFFER:
            ln_income = self.ln_income_ahead(country, self.sector_offered(), option.match, self.counts_months())
        else:
            kind = ONLY if option.offered else None
            ln_income = self.ln_income_ahead(country, kind, option.match, self.counts_months(), left=float(j != HOME))
        if moves and j == HOME:
            ln_income = self.with_money_for_coming(ln_income, option.path)
        # an obligation is broken by leaving home before it ends, by not returning from the studies or the post abroad
        # that it paid for, or by living at home elsewhere than where one is to serve
        still_posted, lost_by_kin = self.permit == POSTED and option.path == STAY, 0.0
        if self.is_to_serve or (self.obligation_month != NEVER and j != HOME and not still_posted):
            bound = self.study_months() if option.path == STUDY else 0
            ln_income = self.ln_after_repayment(ln_income, self.counts_months(bound))
            lost_by_kin = self.model.world.decision.broken_obligation_cost
        value = self.life_in(country, ln_income, ties) + self.taste_shock(j) - lost_by_kin
        if option.path == STUDY:
            # what is not income is had there only for as long as she is expected to live there
            at_home = self.amenities_of(self.model.countries[HOME], self.ties_by_country()[HOME])
            value += (1.0 - self.share_abroad(country)) * (at_home - self.amenities_of(country, ties))
        if not moves:
            return value + sum(door.living_offset for door in self.model.doors_of(j))
        return value - (self.moving_cost(country, ties, option.offered) - self.added_by_moving(country, option))

    def added_by_moving(self, country: SimpleNamespace, option: Choice) -> float:
        """Return what the border adds to the utility of moving: a subsidy at home, the doors of a country abroad."""
        if country.number == HOME:
            with_offer = option.path == RETURN_OFFER
            return float(country.moving_offset_with_offer if with_offer else country.moving_offset)
        added, first = 0.0, self.model.environment.first_month
        for door in self.model.doors_of(country.number):
            driver = yearly_series(door.observed, 0.0, first, self.model.month) / door.observed.values[0]
            added += door.offset + door.weight * math.log(driver) + door.living_offset
        return added

    def is_let_across(self, number: int) -> bool:
        """Return whether she can cross the border of a country abroad this month."""
        share = math.prod(door.open_share for door in self.model.doors_of(number))
        return share == 1.0 or self.chance(Purpose.BORDER, number) < share

    def share_abroad(self, country: SimpleNamespace) -> float:
        """Return the part of her career that a study place is expected to be lived abroad."""
        annuity, left = self.model.annuity, self.months_left
        after = 1.0 - annuity[min(self.study_months(), left)] / annuity[self.counts_months(self.study_months())]
        return 1.0 - after * (1.0 - self.stay_prob(country))

    def stay_prob(self, country: SimpleNamespace) -> float:
        """Return the probability that she may stay where she will have taken her next degree.

        With a sponsor, who is exempt or not; if not, a try a year, one at the least, of masters and doctors two.
        """
        months, degree = country.post_study_months[self.science], min(self.degree + 1, 2)
        if country.free_entry or months == 0:
            return 1.0 if country.free_entry else 0.0
        lost_in_a_year = (1.0 - country.permit_prob) * (1.0 - country.permit_prob_masters)
        never = (1.0 - country.exempt_share[degree]) * lost_in_a_year ** max(months // 12, 1)
        return country.sponsor_prob[degree] * (1.0 - never)

    def aspiration_of_post(self, country: SimpleNamespace, ties: int) -> float:
        """Return the utility of a post abroad for a time: of a life there and of that at home, by the time of each."""
        model, home, j = self.model, self.model.countries[HOME], country.number
        length = min(country.posting_months, self.months_left)
        share = model.annuity[length] / model.annuity[self.counts_months(country.posting_months)]
        kept = model.growth[j][length] - country.transfer_loss * model.fade[j][length]
        ln_income = self.ln_wage_elsewhere(country) + self.match + math.log(kept)
        there = self.life_in(country, ln_income, ties) - self.moving_cost(country, ties, False)
        there += self.added_by_moving(country, Choice(j, POST_ABROAD))
        # then her post at home, which is kept, for the rest
        length = min(length, self.months_left - 1)
        ln_income = self.ln_income_ahead(home, self.sector, self.match, self.counts_months(length) - length)
        ln_income += length / 12.0 * math.log1p(home.wage_growth)
        at_home = self.life_in(home, ln_income, self.ties_by_country()[HOME])
        return share * there + (1.0 - share) * at_home + self.taste_shock(country.number)

    def value_of_serving(self, ties: int) -> float:
        """Return the utility of a place to serve: its pay for the months owed, then that of an ordinary job."""
        home, length = self.here, self.here.obligation_months[SERVICE]
        if self.months_left <= length:
            return -math.inf
        ln_income = self.ln_income_of_sure_job(home, PUBLIC, math.log(home.service_pay), length, 0.0)
        return self.life_in(home, ln_income, ties) - home.service_cost + self.taste_shock(PLACE_TO_SERVE)

    def life_in(self, country: SimpleNamespace, ln_income: float, ties: int) -> float:
        """Return the utility of a country by income, rule of law, ties and attachment."""
        if country.number == HOME:
            # what people like her had on average when the run began counts in full, what differs from it by its weight
            weight = self.model.world.decision.home_income_weight
            ln_income = weight * ln_income + (1.0 - weight) * self.ln_usual_income()
        relative = ln_income - self.model.countries[HOME].ln_wage
        return self.income_weight * relative + self.amenities_of(country, ties)

    def ln_usual_income(self) -> float:
        """Return log permanent income at home from an average job at the start, with the growth that is expected."""
        world, start = self.model.world, self.model.environment.countries[0][HOME]
        idle = (1.0 - world.decision.fallback_ratio) * start.unemployment
        ability = world.labour.merit * world.labour.return_to_ability * self.ability
        usual = start.ln_wage + start.mean_match + math.log(1.0 - idle) + ability + self.experience_and_degree()
        return float(usual + math.log(self.model.growth[HOME][self.counts_months()]))

    def amenities_of(self, country: SimpleNamespace, ties: int) -> float:
        """Return the utility of a country by rule of law, ties and attachment."""
        decision = self.model.world.decision
        rule_of_law, own = (
            self.next_belief if country.number == HOME else country.rule_of_law,
            self.group_abroad(country),
        )
        if own:  # of the difference between there and home she counts what her group counts
            rule_of_law = self.next_belief + own.rule_of_law_weight * (rule_of_law - self.next_belief)
        value = self.rule_of_law_weight * rule_of_law
        if decision.exposure == "share":
            known = self.model.graph.degree(self.row)
            value += decision.ties_weight * ties / known if known else 0.0
        else:
            value += decision.ties_weight * math.log(1.0 + ties)
        return value + (self.home_attachment if country.number == HOME else 0.0)

    def group_abroad(self, country: SimpleNamespace) -> GroupAbroad | None:
        """Return what a destination is to her group, if it is anything of its own."""
        if self.heritage == 0 or country.number == HOME:
            return None
        _, group = self.model.world.groups[self.heritage - 1]
        key, _ = self.model.world.destinations[country.number - 1]
        return dict(group.destinations).get(key)

    def valued(self, ln_income: float, rule_of_law: float) -> float:
        """Return the utility of log permanent income, relative to home's wage level, and of rule of law."""
        relative = ln_income - self.model.countries[HOME].ln_wage
        return self.income_weight * relative + self.rule_of_law_weight * rule_of_law

    def moving_cost(self, country: SimpleNamespace, ties: int, offered: bool) -> float:
        """Return the cost of moving to a country, with an offer or without, lowered by ties there."""
        decision, t = self.model.world.decision, self.model.month
        cost = country.moving_cost_with_offer if offered and country.number == HOME else country.moving_cost
        if country.affinity_spread > 0.0:
            cost -= country.affinity_spread * self.normal(Purpose.AFFINITY, country.number, month=0)
        own = self.group_abroad(country)
        cost -= own.affinity if own else 0.0
        cost += decision.age_cost / 120.0 * max(t - self.birth_month - 300, 0)
        if self.country != HOME:
            years_in_place = max(t - max(self.arrival_month, self.career_month), 0) / 12.0
            cost += decision.place_cost * math.log(1.0 + years_in_place)
        if self.partner_month <= t:
            cost += decision.partner_cost
        cost += sum(self.child_cost(t - born) for born in self.children if born != NEVER)
        return cost * (1.0 - decision.ties_discount * ties / (1.0 + ties))

    def child_cost(self, age: int) -> float:
        """Return what a child of an age in months adds to the cost: more, the more of its life was spent here."""
        decision = self.model.world.decision
        if not 0 <= age < 216:
            return 0.0
        if age < 72:
            return decision.child_cost
        lived_here = min((self.model.month - self.arrival_month) / age, 1.0)
        return lived_here * (decision.school_child_cost if age < 156 else decision.teenager_cost)

    # permanent income

    @property
    def months_left(self) -> int:
        """Months of the career that remain, at least one."""
        months = self.birth_month + self.model.retirement_months - self.model.month
        return min(max(months, 1), len(self.model.annuity) - 1)

    def counts_months(self, bound: int = 0) -> int:
        """Return over how many months she counts income when she is bound for the first of them."""
        after = min(self.months_left - bound, round(12 * self.model.world.decision.planning_horizon))
        return bound + after if after > 0 else self.months_left

    @property
    def bound_months(self) -> int:
        """Months for which she is bound to the post she has: abroad for a time, or to serve."""
        if self.stage != EMPLOYED:
            return 0
        until = self.permit_month if self.permit == POSTED else self.obligation_month if self.is_serving else NEVER
        return max(until - self.model.month, 0) if until != NEVER else 0

    def experience_and_degree(self) -> float:
        """Return their log-wage gain relative to fifteen years with a bachelor's degree."""
        world = self.model.world
        years = min(max(self.model.month - self.career_month, 0) / 12.0, 30.0)
        return world.labour.experience_return * (years - 15.0) + world.education.degree_premium * self.degree

    def ln_wage(self, country: SimpleNamespace, match: float, fade: float) -> float:
        """Return the log wage in a country with a match, when a part of the loss on arrival is left."""
        ln_wage = country.ln_wage + country.return_to_ability * self.ability + self.experience_and_degree() + match
        if country.number == HOME:
            ln_wage += self.model.ln_wage_answer
        return ln_wage + (math.log1p(-country.transfer_loss * fade) if country.transfer_loss > 0.0 else 0.0)

    def ln_wage_elsewhere(self, country: SimpleNamespace) -> float:
        """Return the log wage that she expects in a country without a match: today's times the ratio remembered."""
        ln_wage, months = self.ln_wage(country, 0.0, 0.0), round(12 * self.model.world.decision.income_memory_years)
        if country.number == self.country or self.country == NOWHERE or months < 2:
            return ln_wage
        there, here = (self.model.ln_wages(number, months) for number in (country.number, self.country))
        ratios = [a - b for a, b in zip(there, here, strict=True)]
        return ln_wage - ratios[-1] + math.fsum(ratios) / months

    def ln_income_ahead(
        self, country: SimpleNamespace, kind: int | None, match: float, months: int, left: float = 0.0
    ) -> float:
        """Return log permanent income from a job of a kind, or from looking for one; ``left`` of the loss is left."""
        own, rest = self.model.ahead[country.number][months][kind]
        ahead = own * math.exp(match) + rest
        if left > 0.0:
            own, rest = self.model.fading[country.number][months][kind]
            ahead -= left * country.transfer_loss * (own * math.exp(match) + rest)
        return self.ln_wage_elsewhere(country) + math.log(ahead / self.model.annuity[months])

    def ln_income_of_sure_job(self, country: SimpleNamespace, kind: int, match: float, sure: int, left: float) -> float:
        """Return log permanent income from a job that nobody can lose for some months, and then goes on as others."""
        model, j, months = self.model, country.number, self.counts_months(sure)
        sure = min(sure, months)
        pay = math.exp(match + country.ln_sector_ratio[kind]) * math.exp(self.ln_wage(country, 0.0, 0.0))
        total = model.annuity[sure] * (model.growth[j][sure] - left * country.transfer_loss * model.fade[j][sure]) * pay
        if months > sure:
            left *= math.exp(-sure / (12.0 * model.world.decision.assimilation_years))
            after = math.exp(self.ln_income_ahead(country, kind, match, months - sure, left))
            after *= (1.0 + country.wage_growth) ** (sure / 12.0)
            total += (model.annuity[months] - model.annuity[sure]) * after
        return math.log(total / model.annuity[months])

    def ln_income_in_reserve(self) -> float:
        """Return log permanent income in the personnel reserve, whose term she knows."""
        model, home, months = self.model, self.here, self.counts_months()
        term = min(max(self.status_month - model.month, 1), months)
        total = model.annuity[term] * model.growth[HOME][term] * math.exp(home.ln_sector_ratio[RESERVE])
        if months > term:
            after = model.after_reserve(model.ahead[HOME][months - term])
            factor = model.monthly_discount * (1.0 + home.wage_growth) ** (1.0 / 12.0)
            total += factor**term * after
        return self.ln_wage(home, 0.0, 0.0) + math.log(total / model.annuity[months])

    def pay_in_cents(self, more: float = 0.0) -> int:
        """Return what she is paid at home this month, in whole US cents at the market rate, at pay that is ``more``."""
        home = self.model.world.home
        series = {"ppp": home.wage, "market": home.wage_market}[self.model.world.decision.income_basis]
        now = (self.model.environment.first_month, self.model.month)
        usd = yearly_series(home.wage_market, home.wage_growth, *now) / yearly_series(series, home.wage_growth, *now)
        ln_pay = self.ln_wage(self.here, self.match + self.model.ln_sector_ratio[self.sector], 0.0)
        return round(100.0 * usd * math.exp(ln_pay + more))

    def ln_income_here(self) -> float:
        """Return log permanent income from staying, in the present job or looking for one."""
        model, ln_income = self.model, self.ln_income_of_work_here()
        rest = self.tax_cut_month - model.month
        if rest <= 0:
            return ln_income
        share = float(model.environment.tax_cut[self.arrival_month])
        counted = self.counts_months(self.bound_months)
        let_off = share * model.annuity[min(rest, counted)] / model.annuity[counted]
        return ln_income + math.log1p(let_off)

    def ln_income_of_work_here(self) -> float:
        """Return log permanent income from the present job or from looking for one, without what is let off tax."""
        model, country, t = self.model, self.here, self.model.month
        years_here = (t - self.arrival_month) / 12.0
        left = math.exp(-years_here / model.world.decision.assimilation_years) if self.country != HOME else 0.0
        if self.stage != EMPLOYED:
            return self.ln_income_ahead(country, None, 0.0, self.counts_months(), left)
        kind = self.sector if self.country == HOME else ONLY
        if kind == RESERVE:
            return self.ln_income_in_reserve()
        if self.bound_months > 0:
            return self.ln_income_of_sure_job(country, kind, self.match, self.bound_months, left)
        return self.ln_income_ahead(country, kind, self.match, self.counts_months(), left)

    def sector_offered(self) -> int:
        """Return the sector of an offer from home: offers come from this month's vacancies."""
        total = limit = 0.0
        for vacant in self.model.vacancies[:RESERVE]:
            total += vacant
        u = self.chance(Purpose.SECTOR_APPLIED, 1)
        for sector, vacant in enumerate(self.model.vacancies[: RESERVE - 1]):
            limit += vacant
            if u < limit / total:
                return sector
        return RESERVE - 1

    def study_months(self) -> int:
        """Return the length of the next degree."""
        education = self.model.world.education
        return education.master_months if self.degree == 0 else education.doctorate_months

    def ln_income_study(self, country: SimpleNamespace) -> float:
        """Return log permanent income from further study: a stipend, then a job there, or at home without a permit."""
        model, education, length = self.model, self.model.world.education, self.study_months()
        after = self.counts_months(length) - length
        if self.months_left <= length:
            return -1e9
        home, stay_prob, later = model.countries[HOME], self.stay_prob(country), 0.0
        for place, prob in ((country, stay_prob), (home, 1.0 - stay_prob)):
            grown = length / 12.0 * math.log1p(place.wage_growth)
            faded = math.exp(-length / 12.0 / model.world.decision.assimilation_years) if place is not home else 0.0
            later += prob * math.exp(self.ln_income_ahead(place, None, 0.0, after, faded) + grown)
        during = model.annuity[length] / model.annuity[length + after]
        expected = self.ln_wage_elsewhere(country) - self.ln_wage(country, 0.0, 0.0)
        stipend = education.stipend_ratio * math.exp(country.ln_wage + expected)
        return math.log(during * stipend + (1.0 - during) * later * math.exp(education.degree_premium))

    def with_money_for_coming(self, ln_income: float, path: int) -> float:
        """Return log permanent income with the sum that is paid for coming home and the tax that is let off."""
        model, home = self.model, self.model.countries[HOME]
        paid, months = home.return_sum, home.tax_cut_months
        if path == RETURN_OFFER:
            paid, months = home.return_sum_with_offer, home.tax_cut_months_with_offer
        share = float(model.environment.tax_cut[model.month])
        if paid == 0.0 and share * months == 0.0:
            return ln_income
        counted = self.counts_months()
        let_off = share * model.annuity[min(months, counted)] / model.annuity[counted]
        return math.log(math.exp(ln_income) * (1.0 + let_off) + paid / model.annuity[counted])

    def ln_after_repayment(self, ln_income: float, counted: int) -> float:
        """Return log income over the months counted when an obligation is broken: less the repayment, if pursued."""
        home, income = self.model.countries[HOME], math.exp(ln_income)
        owed = SCHOLARSHIP if self.origin == SCHOLAR else SERVICE
        if self.permit == POSTED:
            owed = POSTING
        repaid = home.pursuit_prob[owed] * home.repayment[owed] / self.model.annuity[counted]
        return math.log(max(income - repaid, 0.05 * income))

    def choose_as_foreigner(self) -> Choice:
        """Return whether a foreign specialist lives here or in her own country."""
        model, specialists, home = self.model, self.model.world.foreign_specialists, self.model.countries[HOME]
        lives_here = self.country == HOME
        if lives_here:
            ln_income = self.ln_income_here()
        else:
            ln_income = self.ln_income_ahead(home, None, 0.0, self.counts_months())
            if home.coming_sum > 0.0:
                ln_income = math.log(math.exp(ln_income) + home.coming_sum / model.annuity[self.counts_months()])
        here = self.valued(ln_income, self.next_belief) + self.taste_shock(HOME)
        ln_own = model.ln_outside_wage + home.return_to_ability * self.ability + self.experience_and_degree()
        ln_own += home.mean_match + math.log(model.growth[HOME][self.counts_months()])
        own = self.valued(ln_own, specialists.outside_rule_of_law) + self.taste_shock(OWN_COUNTRY)
        if lives_here:
            return Choice(HOME, STAY) if here >= own - specialists.return_cost else Choice(NOWHERE, GONE)
        return Choice(HOME, RETURN) if here - model.coming_cost > own else Choice(NOWHERE, GONE)

    # moves

    @property
    def asks_for_permit(self) -> bool:
        """Whether her choice needs a first work permit."""
        return self.choice.path == OFFER or (self.choice.path == RENEW and self.permit != WORK_PERMIT)

    def be_refused(self) -> None:
        """Stay, or go home if the permit has ended: the quota is exhausted."""
        may_stay = self.country == HOME or self.permit_month > self.model.month or not self.is_let_across(self.country)
        home = Choice(HOME, BACK, self.match) if self.permit == POSTED else Choice(HOME, RETURN)
        self.choice = Choice(self.country, STAY) if may_stay else home

    def flow(self) -> int | None:
        """Return the flow that her choice belongs to, if any."""
        t, destination, moves = self.model.month, self.choice.country, self.choice.country != self.country
        if self.origin == FOREIGN:
            return (ARRIVAL if destination == HOME else DEPARTURE) if moves else None
        if self.career_month == t and self.cohort >> 16 >= GROUP_STUDENT:
            return STUDENT_HOME if destination == HOME else STUDENT_STAYING
        if not moves:
            return None
        if self.country == HOME:
            return EMIGRANT
        if destination != HOME:
            return ONWARD
        if self.choice.referred:
            return RETURN_TIES
        return RETURN_EARLY if t - self.left_month < 60 else RETURN_LATE

    def advance(self) -> None:
        """Take on the new belief and carry the choice out."""
        self.belief = self.next_belief
        flow, choice = self.flow(), self.choice
        if flow is not None:
            self.model.enter_flow(self, flow)
        if choice.path == GONE:
            self.stage, self.country, self.sector = ABSENT, NOWHERE, NO_SECTOR
            self.remove()
            return
        if choice.path == RENEW:
            self.take_work_permit()
        if choice.path == SERVE:
            self.serve()
        elif choice.country != self.country:
            self.move()
        elif self.obligation_month == OWED and self.is_released:
            self.obligation_month = NEVER

    @property
    def is_serving(self) -> bool:
        """Whether she is bound to a place in which she serves."""
        return self.obligation_month not in (OWED, NEVER) and self.origin != SCHOLAR

    @property
    def is_released(self) -> bool:
        """Whether she is not asked again for what she owes, having stayed where she is."""
        if self.country == HOME:
            return self.model.month - self.career_month >= 24
        return self.permit != POSTED and self.is_let_across(self.country)

    def serve(self) -> None:
        """Begin to serve, in a post held until that ends."""
        self.start_job(self.choice.match, PUBLIC)
        self.obligation_month = self.model.month + self.here.obligation_months[SERVICE]
        self.status_month = min(self.status_month + self.here.obligation_months[SERVICE], NEVER)

    def move(self) -> None:
        """Move to the chosen country; permit, job and obligation follow."""
        model, t, choice = self.model, self.model.month, self.choice
        if self.country == HOME:
            self.left_month = t
        elif self.country != NOWHERE:
            self.months_abroad += t - self.arrival_month
        post = self.sector
        self.country, self.arrival_month, self.sector = choice.country, t, NO_SECTOR
        serves = choice.country == HOME and self.obligation_month == OWED and self.permit != POSTED
        self.permit, self.permit_month, self.tax_cut_month = NO_PERMIT, NEVER, 0
        if choice.country == HOME and self.origin != FOREIGN:
            tied = choice.path == RETURN_OFFER
            months = self.here.tax_cut_months_with_offer if tied else self.here.tax_cut_months
            self.tax_cut_month = t + months if months else 0
        self.obligation_month = t + model.countries[HOME].obligation_months[SCHOLARSHIP] if serves else NEVER
        if choice.path == STUDY:
            self.stage, self.permit, self.status_month = STUDENT, STUDY_PERMIT, t + self.study_months()
            return
        if choice.path == POST_ABROAD:
            # her post at home is kept, and so the sector in which it is
            self.start_job(choice.match, post)
            months = max(self.here.posting_months, 1)
            self.permit, self.permit_month, self.obligation_month = POSTED, t + months, OWED
            self.status_month = min(self.status_month + months, NEVER)
            return
        if choice.country != HOME and self.here.free_entry:
            self.permit = FREE_ENTRY
        elif choice.country != HOME:
            self.take_work_permit()
        if choice.path == BACK:
            self.start_job(choice.match, post)
        elif choice.path == RETURN_OFFER:
            # a post at home is taken without waiting for a vacancy
            self.start_job(choice.match, self.sector_offered())
        elif choice.path == OFFER:
            self.start_job(choice.match, NO_SECTOR)
        else:
            self.start_search()

    def take_work_permit(self) -> None:
        """Take a work permit that lasts until its end, or until residence on such permits is long enough to settle."""
        t = self.model.month
        if self.permit == POSTED:
            self.sector = NO_SECTOR
        if self.permit != WORK_PERMIT:
            self.work_permit_month = t
        self.permit = WORK_PERMIT
        settles = self.work_permit_month + self.here.settlement_months
        self.permit_month = min(t + self.here.work_permit_months, max(settles, t + 1), NEVER)


def sector_at(u: float, limits: Sequence[float]) -> int:
    """Return the sector whose part of the unit interval a draw falls in."""
    return next((sector for sector, limit in enumerate(limits[:-1]) if u < limit), len(limits) - 1)


def yearly_series(series: Series, growth: float, first_month: int, month: int) -> float:
    """Return the value of a yearly series in a month of the run: linear between mid-years, then growing."""
    if series.is_constant:
        return float(series.values[0] * (1.0 + growth) ** (month / 12.0))
    year, points = (
        (first_month + month + 0.5) / 12.0,
        [(y + 0.5, v) for y, v in zip(series.years, series.values, strict=True)],
    )
    if year <= points[0][0]:
        return float(points[0][1])
    for (y0, v0), (y1, v1) in pairwise(points):
        if year <= y1:
            return float(v0 + (v1 - v0) * (year - y0) / (y1 - y0))
    return float(points[-1][1] * (1.0 + growth) ** (year - points[-1][0]))


def at_least_one(expected: float) -> float:
    """Return the probability of at least one arrival of a Poisson process."""
    return -math.expm1(-expected)


class ObjectModel(mesa.Model):
    """The emigration model with an object a graduate: a step is a month.

    Parameters
    ----------
    scenario : Scenario
        The world.
    reforms : sequence of Reform
        What is changed in it.
    seed : int
        Seed of all draws.

    Attributes
    ----------
    everybody : dict of Graduate
        All who have appeared and live, by row; ``agents`` are those still in the model.
    students_at_home : dict of SimpleNamespace
        Where those live who study at home, or did, and what others hear them believe until they appear, by row.
    graph : networkx.Graph
        Ties between rows.
    history : list of MonthAccount
        The accounts of each month.
    month : int
        The month of the run that comes next, or that is under way.
    """

    def __init__(self, scenario: Scenario, reforms: Sequence[Reform] = (), *, seed: int = 0) -> None:
        super().__init__(rng=seed)
        beginning = Simulation(scenario, reforms, seed=seed)
        self.world, self.environment, self.keys = scenario, beginning.environment, round_keys(seed)
        self.graph: nx.Graph[int] = beginning.network.to_networkx()
        self.monthly_discount = float(self.environment.monthly_discount)
        self.annuity, self.fade = self.environment.annuity.tolist(), self.environment.fade.tolist()
        self.growth = self.environment.growth.tolist()
        self.retirement_months = round(12 * scenario.decision.retirement_age)
        self.rule_of_law_at_start = float(self.environment.rule_of_law.actual[0])
        self.owed_for_coming = 0
        self.n_before = 0  # graduates at home at the end of the month before
        self.ln_observed = 0.0  # log of their number over that if nobody had moved, in the last month observed
        self.ln_ratio, self.ln_ratio_of_posts = 0.0, 0.0
        self.graduates_if_nobody_moved = self.environment.graduate_supply().tolist()
        self.vacancies, self.carried = [0.0] * len(SECTORS), [0.0] * len(SECTORS)
        self.quota = [math.inf] * self.environment.n_countries
        self.carried[RESERVE] = self.first_part(RESERVE_PLACES)
        self.history: list[MonthAccount] = []
        self.everybody: dict[int, Graduate] = {}
        self.to_come: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        self.to_be_known: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        self.students_at_home: dict[int, SimpleNamespace] = {}
        self.month = 0
        self.read_month()
        self.remember_the_time_before()
        for state in start_of(beginning):
            appears, known = state.pop("appears"), state.pop("known")
            if state["stage"] == ABSENT:
                self.to_come[appears].append(state)
                if known < appears:
                    self.to_be_known[max(known, -1)].append(state)
            else:
                Graduate(self, state)
        self.let_study(-1, 0.0)
        self.n_before = self.count_graduates_at_home()

    def ln_wages(self, number: int, months: int) -> list[float]:
        """Return the log of mean pay in a country in this month and those before it, as many as asked for."""
        country = self.world.home if number == HOME else self.world.destinations[number - 1][1]
        series = {"ppp": country.wage, "market": country.wage_market}[self.world.decision.income_basis]
        first, now = self.environment.first_month, self.month
        past = range(now - months + 1, now + 1)
        return [math.log(yearly_series(series, country.wage_growth, first, month)) for month in past]

    def doors_of(self, number: int) -> list[Door]:
        """Return the doors of a country that are there this month; home has none."""
        doors = self.world.destinations[number - 1][1].doors if number != HOME else ()
        this = month_name(self.environment.first_month + self.month)  # months as texts are in the order of time
        return [door for _, door in doors if (door.since or "") <= this <= (door.until or "9999-12")]

    def let_study(self, month: int, higher: float) -> None:
        """Let those be known who begin to study at home; rule of law is so much higher than in the first month."""
        for state in self.to_be_known.pop(month, []):
            belief = single(state["belief"] + single(higher))
            self.students_at_home[state["row"]] = SimpleNamespace(country=HOME, belief=belief)

    def count_graduates_at_home(self) -> int:
        """Return how many work or look for work at home."""
        return sum(g.country == HOME and g.stage in (JOB_SEEKER, EMPLOYED) for g in self.agents)

    def answer(self) -> None:
        """Let posts and pay at home follow the graduates who are there, relative to those if nobody had moved."""
        labour, t, unemployment = self.world.labour, self.month, self.world.home.unemployment
        ln_now = math.log(self.n_before / self.graduates_if_nobody_moved[t])
        years = [] if unemployment.is_constant else list(unemployment.years)
        if t == 0 or (self.environment.first_month + t) // 12 <= max(years, default=0):
            self.ln_observed = ln_now
        self.ln_ratio = ln_now - self.ln_observed
        in_a_month = -math.expm1(-labour.posts_adjustment / 12.0)
        self.ln_ratio_of_posts += (self.ln_ratio - self.ln_ratio_of_posts) * in_a_month
        elasticities = (
            labour.posts_elasticity_extractive,
            labour.posts_elasticity_private,
            labour.posts_elasticity_public,
        )
        self.posts = [
            posts * math.exp(elasticity * self.ln_ratio_of_posts)
            for posts, elasticity in zip(self.posts, elasticities, strict=True)
        ]
        self.ln_wage_answer = -labour.wage_elasticity * self.ln_ratio

    def read_month(self) -> None:
        """Look up the month's environment."""
        t, environment = self.month, self.environment
        names = environment.countries.dtype.names
        self.countries = [
            SimpleNamespace(number=j, **{name: row[name].tolist() for name in names})
            for j, row in enumerate(environment.countries[t])
        ]
        self.expected_rule_of_law = float(environment.rule_of_law.expected[t])
        self.merit, self.ln_outside_wage = float(environment.merit[t]), float(environment.ln_outside_wage[t])
        self.efficiency = float(environment.matching_efficiency[t])
        self.coming_cost, self.remote_search = float(environment.coming_cost[t]), float(environment.remote_search[t])
        self.permits = environment.permits[t].tolist()
        self.ln_sector_ratio, self.posts = environment.ln_sector_ratio[t].tolist(), environment.posts[t].tolist()

    def step(self) -> None:
        """Run one month, in the order of ``docs/model.md``."""
        self.read_month()
        self.answer()
        self.flows = [[0] * len(self.countries) for _ in FLOWS]
        self.flows_human_capital = [[0] * len(self.countries) for _ in FLOWS]
        self.deaths = [0] * len(self.countries)
        self.let_study(self.month, self.countries[HOME].rule_of_law - self.rule_of_law_at_start)
        self.agents.do("live")
        for state in self.to_come.pop(self.month, []):
            Graduate(self, state).appear()
        reviewers = self.agents.select(lambda graduate: graduate.reviews)
        self.clear_home_labour_market(reviewers)
        self.settle_budget()
        reviewers.do("step")
        self.apply_quotas(reviewers)
        self.owed_for_coming = 0  # in whole cents, paid in the next month
        reviewers.do("advance")
        self.close_accounts()
        self.n_before = self.count_graduates_at_home()
        self.month += 1

    def hazard_at(self, age: float) -> float:
        """Return the hazard of dying in this month of a graduate who is so many years old at its beginning."""
        given, first_month = self.world.mortality, self.environment.first_month
        g, q = given.ageing, yearly_series(given.adult_mortality, 0.0, first_month, self.month)
        at_fifteen = -math.log(1.0 - q) * g / (math.exp(45.0 * g) - 1.0)
        within = (math.exp(g * (age + 1.0 / 12.0 - 15.0)) - math.exp(g * (age - 15.0))) / g
        return given.relative_to_table * at_fifteen * within

    def application_limits(self) -> list[float]:
        """Return the upper limits of the sectors' parts of the unit interval: applications go by posts and pay."""
        taste, limits, total = self.world.labour.sector_taste, [], 0.0
        pay = self.ln_sector_ratio[:RESERVE]
        pull = [posts * math.exp(taste * ln_pay) for posts, ln_pay in zip(self.posts, pay, strict=True)]
        for part in pull:
            total += part
            limits.append(total)
        return [limit / total for limit in limits]

    def clear_home_labour_market(self, reviewers: Iterable[Graduate]) -> None:
        """Fill vacancies at home, and bring the chance of finding work up to date."""
        labour, filled, applicants = self.world.labour, [0] * len(SECTORS), []
        for graduate in self.agents:
            if graduate.country == HOME and graduate.stage == EMPLOYED:
                filled[graduate.sector] += 1
            elif graduate.country == HOME and graduate.stage == JOB_SEEKER:
                applicants.append(graduate)
        n_seekers = len(applicants)
        for graduate in reviewers:
            if graduate.last_anniversary != self.month:
                continue
            if graduate.country == HOME and graduate.stage == EMPLOYED and not graduate.is_serving:
                if graduate.draw(Purpose.ON_THE_JOB_SEARCH) < labour.on_the_job_search_rate:
                    applicants.append(graduate)
        self.vacancies = [max(posts - taken, 0.0) for posts, taken in zip(self.posts, filled, strict=False)]
        limits = self.application_limits()
        entrants = self.fill_reserve(applicants)
        queues: list[list[tuple[float, Graduate]]] = [[] for _ in SECTORS[:RESERVE]]
        for graduate in [other for other in applicants if other not in entrants]:
            application = graduate.application(limits)
            if application is not None:
                queues[application[0]].append((application[1], graduate))
        hired = [(graduate, sector) for sector, queue in enumerate(queues) for graduate in self.hire(sector, queue)]
        hired += [(graduate, RESERVE) for graduate in entrants]
        hires: dict[int | None, list[int]] = {state: [0] * len(SECTORS) for state in self.at_risk}
        for graduate, sector in hired:
            hires[graduate.sector if graduate.stage == EMPLOYED else None][sector] += 1
        for graduate, sector in hired:
            if sector == RESERVE:
                graduate.enter_reserve()
            else:
                graduate.start_job(graduate.match_of_new_job(), sector)
        for state, n in {None: n_seekers, **dict(enumerate(filled))}.items():
            self.at_risk[state] += (n - self.at_risk[state]) / 12.0
            for sector, count in enumerate(hires[state]):
                self.hires[state][sector] += (count - self.hires[state][sector]) / 12.0
        self.reckon_with_the_labour_market()

    def remember_the_time_before(self) -> None:
        """Begin with the hires, and the numbers at risk of one, that the scenario implies."""
        home, world, pay = self.countries[HOME], self.world, self.ln_sector_ratio
        working = world.graduates * (1.0 - home.unemployment)
        shares = [posts / sum(self.posts) for posts in self.posts]
        seeking = max(world.graduates - working + home.separation_prob * working, 1.0)
        self.at_risk: dict[int | None, float] = {None: seeking, RESERVE: 1.0}
        self.at_risk |= {sector: max(working * share, 1.0) for sector, share in enumerate(shares)}
        limits = [0.0, *self.application_limits()]
        roots = [math.sqrt(share * (limits[k + 1] - limits[k])) for k, share in enumerate(shares)]
        found = [home.job_finding_prob * root / sum(roots) for root in roots]
        search = world.labour.on_the_job_search_rate / 12.0
        self.hires: dict[int | None, list[float]] = {None: [f * seeking for f in found] + [0.0], RESERVE: [0.0] * 4}
        for sector in range(RESERVE):
            moved = [search * f * (pay[other] > pay[sector]) for other, f in enumerate(found)]
            self.hires[sector] = [chance * self.at_risk[sector] for chance in moved] + [0.0]
        self.job_finding_prob = sum(self.hires[None]) / seeking
        self.ahead: list[list[Prospects]] = [[] for _ in self.countries]
        self.fading: list[list[Prospects]] = [[] for _ in self.countries]
        self.reckoned: list[Any] = [None for _ in self.countries]

    def reckon_with_the_labour_market(self) -> None:
        """Let everybody know the chances at home, and what lies ahead here and there."""
        home, decision = self.countries[HOME], self.world.decision
        if self.at_risk[None] > 0.0:
            self.job_finding_prob = sum(self.hires[None]) / self.at_risk[None]
        home.job_finding_prob = self.job_finding_prob
        home.offer_rate = 12.0 * self.job_finding_prob * self.remote_search if sum(self.vacancies) > 0.0 else 0.0
        self.chances = {
            state: [flow / self.at_risk[state] if self.at_risk[state] > 0.0 else 0.0 for flow in flows]
            for state, flows in self.hires.items()
        }
        self.ahead[HOME] = self.prospects_at_home()
        for country in self.countries[1:]:
            known = (country.job_finding_prob, country.separation_prob, country.mean_match)
            if self.reckoned[country.number] != known:
                self.reckoned[country.number] = known
                fading = math.exp(-1.0 / (12.0 * decision.assimilation_years))
                self.ahead[country.number] = self.prospects_abroad(country, 1.0)
                self.fading[country.number] = self.prospects_abroad(country, fading)

    def factor(self, country: SimpleNamespace) -> float:
        """Return by how much less a month later counts: discount times growth."""
        growth: float = (1.0 + country.wage_growth) ** (1.0 / 12.0)
        return self.monthly_discount * growth

    def prospects_abroad(self, country: SimpleNamespace, fading: float) -> list[Prospects]:
        """Return what lies ahead abroad by months left: at work of one kind, or looking for it for a month at least."""
        q, pay = self.factor(country) * fading, math.exp(country.mean_match)
        finds, loses = country.job_finding_prob, country.separation_prob
        known: list[Prospects] = [{ONLY: (0.0, 0.0), None: (0.0, 0.0)}]
        for _ in self.annuity[1:]:
            (own, rest), (_, looking) = known[-1][ONLY], known[-1][None]
            hired = pay * own + rest
            waiting = self.world.decision.fallback_ratio * pay + q * (finds * hired + (1.0 - finds) * looking)
            at_work = (1.0 + q * (1.0 - loses) * own, q * ((1.0 - loses) * rest + loses * looking))
            known.append({ONLY: at_work, None: (0.0, waiting)})
        return known

    def prospects_at_home(self) -> list[Prospects]:
        """Return what lies ahead at home by months left: by sector, from the job one has and from all else."""
        home, q, chances = self.countries[HOME], self.factor(self.countries[HOME]), self.chances
        pay, loses = [math.exp(ratio) for ratio in home.ln_sector_ratio], home.separation_prob
        mean_pay = math.exp(home.mean_match)
        paid = [
            f * w * (1.0 if s == RESERVE else mean_pay) for s, (f, w) in enumerate(zip(chances[None], pay, strict=True))
        ]
        hires = sum(chances[None])
        found_pay = sum(paid) / hires if hires > 0.0 else mean_pay * math.exp(home.ln_mean_ratio)
        fallback, term = self.world.decision.fallback_ratio * found_pay, max(home.reserve_months, 1)
        known: list[Prospects] = [{None: (0.0, 0.0), **{sector: (0.0, 0.0) for sector in range(len(SECTORS))}}]
        for months in range(1, len(self.annuity)):
            later = known[-1]
            seeking = self.worth_of_search(later)
            now: Prospects = {None: (0.0, fallback + q * seeking)}
            for sector in range(RESERVE):
                own, rest = later[sector]
                stays = 1.0 - sum(chances[sector])
                moved = sum(g * self.worth_of_hire(later, to) for to, g in enumerate(chances[sector]))
                after = (1.0 - loses) * (moved + stays * rest) + loses * seeking
                now[sector] = (pay[sector] + q * (1.0 - loses) * stays * own, q * after)
            served = pay[RESERVE] * sum(q**k for k in range(min(months, term)))
            afterwards = q**term * self.after_reserve(known[months - term]) if months > term else 0.0
            now[RESERVE] = (0.0, served + afterwards)
            known.append(now)
        return known

    def worth_of_hire(self, later: Prospects, sector: int) -> float:
        """Return what lies ahead in a new job of a sector, its match still to be drawn."""
        own, rest = later[sector]
        return math.exp(self.countries[HOME].mean_match) * own + rest

    def worth_of_search(self, later: Prospects) -> float:
        """Return what lies ahead of somebody who may be hired this month."""
        found = self.chances[None]
        worth = (1.0 - sum(found)) * later[None][1]
        return worth + sum(f * self.worth_of_hire(later, sector) for sector, f in enumerate(found))

    def after_reserve(self, later: Prospects) -> float:
        """Return what lies ahead when a term in the personnel reserve has ended."""
        appointed = self.countries[HOME].appointment_prob
        return appointed * sum(later[PUBLIC]) + (1.0 - appointed) * self.worth_of_search(later)

    def settle_budget(self) -> None:
        """Pay everybody at work at home, add up what reforms cost person by person, and let graduates bear their share.

        Months in which nothing depends on pay have no wage bill.
        """
        t, environment, treasury = self.month, self.environment, self.world.treasury
        usual, now = self.world.labour.public_wage_ratio, float(environment.public_wage_ratio[t])
        asserted = round(float(environment.asserted_cost[t]) * 100.0 / environment.weight)
        taxed = treasury.financing == "tax"
        self.wage_bill, self.public_cost, pays = 0, asserted + self.owed_for_coming, [0]
        payments = (environment.payment, environment.payment_with_offer, environment.coming_payment)
        owing = t > 0 and any(paid[t - 1] > 0.0 for paid in payments)
        incentives = environment.tax_cut[: t + 1].any(), taxed and (asserted or owing)
        if now != usual or environment.reserve_places[: t + 1].any() or any(incentives):
            at_work = [g for g in self.agents if g.country == HOME and g.stage == EMPLOYED]
            pays = [graduate.pay_in_cents() for graduate in at_work]
            for graduate, pay in zip(at_work, pays, strict=True):
                self.wage_bill += pay
                if graduate.sector == RESERVE:
                    self.public_cost += pay
                elif graduate.sector == PUBLIC:
                    self.public_cost += pay - graduate.pay_in_cents(math.log(usual / now))
                if graduate.tax_cut_month > t:
                    let_off = float(environment.tax_cut[graduate.arrival_month])
                    self.public_cost += graduate.pay_in_cents(math.log(let_off)) if let_off else 0
        share = Fraction(0)
        if taxed and self.public_cost:
            share = Fraction(round(treasury.graduates_share * self.public_cost), self.wage_bill)
        received = sum(share * pay for pay in pays)  # to the last part of a cent
        assert received.denominator == 1
        self.borne_by_others, self.tax_rate = self.public_cost - received.numerator, float(share)
        self.ln_wage_answer += math.log1p(-self.tax_rate)

    def fill_reserve(self, applicants: Sequence[Graduate]) -> list[Graduate]:
        """Return the best of those who want the month's places in the personnel reserve."""
        a_month = float(self.environment.reserve_places[self.month])
        if a_month <= 0.0:
            return []
        scored = [(graduate.score_for_reserve(), graduate) for graduate in applicants]
        queue = sorted((pair for pair in scored if pair[0] > -math.inf), key=lambda pair: pair[0], reverse=True)
        places = a_month + self.carried[RESERVE]
        given = min(int(places), len(queue))
        self.carried[RESERVE] = places - int(places)
        return [graduate for _, graduate in queue[:given]]

    def hire(self, sector: int, queue: list[tuple[float, Graduate]]) -> list[Graduate]:
        """Return the best applicants, who get the posts of a sector."""
        vacancies, n = self.vacancies[sector], len(queue)
        matches = min(self.efficiency * math.sqrt(n * vacancies), n, vacancies)
        matches += self.carried[sector]
        n_hires = min(int(matches), n)
        self.carried[sector] = min(matches - n_hires, 1.0)
        best = sorted(queue, key=lambda entry: entry[0], reverse=True)[:n_hires]
        return [graduate for _, graduate in best]

    def first_part(self, series: int, country: int = 0) -> float:
        """Return what is left over, on average half of one, before the first of a series is given."""
        return uniform(self.keys, series, 0, 0, Purpose.WHOLE_PERSONS << 8 | country)

    def apply_quotas(self, reviewers: Iterable[Graduate]) -> None:
        """Hold first work permits down to each country's quota; a keyed draw ranks those who apply."""
        kept = [
            self.first_part(PERMITS, country) if math.isinf(left) else left for country, left in enumerate(self.quota)
        ]
        self.quota = [left + permits for left, permits in zip(kept, self.permits, strict=True)]
        for country, quota in enumerate(self.quota):
            if math.isinf(quota):
                continue
            queue = [g for g in reviewers if g.asks_for_permit and g.choice.country == country]
            given = min(int(quota), len(queue))
            if given < len(queue):
                queue.sort(key=lambda graduate: graduate.chance(Purpose.QUOTA, country))
            for graduate in queue[given:]:
                graduate.be_refused()
            self.quota[country] -= given

    def enter_flow(self, graduate: Graduate, flow: int) -> None:
        """Enter a choice under the foreign country it concerns (home for foreign specialists)."""
        abroad = graduate.country if graduate.country > HOME else max(graduate.choice.country, HOME)
        self.flows[flow][abroad] += 1
        self.flows_human_capital[flow][abroad] += graduate.human_capital
        tied, given = graduate.choice.path == RETURN_OFFER, self.environment
        if flow in (RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME):
            self.owed_for_coming += round(100.0 * (given.payment_with_offer if tied else given.payment)[self.month])
        elif flow == ARRIVAL:
            self.owed_for_coming += round(100.0 * given.coming_payment[self.month])

    def close_accounts(self) -> None:
        """Count everybody by country and stage, and keep the month's accounts."""
        stocks = [[0] * len(STAGES) for _ in self.countries]
        capital_at_work = 0
        for graduate in self.agents:
            stocks[graduate.country][graduate.stage] += 1
            if graduate.country == HOME and graduate.stage == EMPLOYED:
                capital_at_work += graduate.human_capital
        vacancies = 0.0
        for open_posts in self.vacancies:
            vacancies += open_posts
        counted = (self.flows, self.flows_human_capital, self.deaths, capital_at_work)
        budget = (self.wage_bill, self.public_cost, self.borne_by_others, self.tax_rate)
        self.history.append(MonthAccount(stocks, *counted, *budget, vacancies, self.job_finding_prob))
