"""One graduate's story: what she earns here and there, whom she knows, what she believes, and why she stayed or left.

The terms of her utility come from the rules of :mod:`abm.decision`, asked about the very moment of her decision
(:mod:`abm.page.rewind`) with the very luck she had, so that they add up to what she did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm import decision
from abm.codes import (
    BACK,
    CLOSED,
    DEGREES,
    EMPLOYED,
    FOREIGN,
    HOME,
    JOB_SEEKER,
    NEVER,
    OBLIGATIONS,
    ORIGINS,
    OWED,
    PATHS,
    PERMITS,
    POST_ABROAD,
    PUBLIC,
    SECTORS,
    SERVE,
    STAGES,
    STAY,
    STUDENT,
)
from abm.engine.streams import gumbel_quantile
from abm.month import REVIEWERS, State
from abm.page.pair import Arm, Pair
from abm.page.rewind import moment_of_decision
from abm.person import obligation_of

__all__ = ["TERMS", "Candidate", "Option", "Story", "candidates", "decided", "told"]

TERMS = ("income", "rule of law", "people she knows", "home", "cost of moving", "chance")
COST, CHANCE = TERMS[4:]


@dataclass(frozen=True)
class Option:
    """A country as she saw it: whether it was open, what she would earn, and the terms of its utility."""

    country: int
    path: str  # how it was open; empty if it was not
    wage: float  # a month, in the scenario's unit; expected where no offer is in hand
    terms: dict[str, float]  # by TERMS; empty if closed

    @property
    def total(self) -> float:
        """The utility she compared."""
        return sum(self.terms.values())


@dataclass(frozen=True)
class Story:
    """A graduate in one of the two runs."""

    row: int
    facts: tuple[tuple[str, str], ...]
    here: int  # country she lived in when she decided
    options: tuple[Option, ...]
    reviewed: bool  # whether she decided in the latest month; else what she would have weighed in it
    refused: bool  # whether a cap on permits undid her choice
    lives: int  # country she lives in now

    @property
    def chosen(self) -> Option:
        """The best of the open countries."""
        return max((option for option in self.options if option.terms), key=lambda option: option.total)


@dataclass(frozen=True)
class Candidate:
    """Somebody whose story is worth telling, why, and in which month of the run it was decided."""

    row: int
    label: str
    month: int


def candidates(pair: Pair, most: int = 4) -> list[Candidate]:
    """Return graduates of the latest month: whom the reform turned, who left, who came home, who stayed though tempted.

    Parameters
    ----------
    pair : Pair
        The two runs, at least a month old.
    most : int
        How many of each sort.
    """
    without, under = (arm.simulation.graduates.person for arm in pair.arms)
    n = pair.under.simulation.n_networked
    now, then = under.country[:n], without.country[:n]
    alive = np.isin(under.stage[:n], (JOB_SEEKER, EMPLOYED)) & np.isin(without.stage[:n], (JOB_SEEKER, EMPLOYED))
    latest = pair.months - 1
    kept, lured = alive & (now == HOME) & (then != HOME), alive & (now != HOME) & (then == HOME)
    moved = alive & (under.arrival_month[:n] == latest) & (under.left_month[:n] < NEVER)
    groups = (
        ("with the reform at home, without it abroad", kept),
        ("with the reform abroad, without it at home", lured),
        ("just left", moved & (now != HOME)),
        ("just came home", moved & (now == HOME)),
    )
    found: dict[int, Candidate] = {}
    for why, members in groups:
        rows = np.flatnonzero(members)
        newest = np.argsort(-_decided(pair, rows), kind="stable")
        for row in rows[newest][:most].tolist():
            found.setdefault(row, Candidate(row, _label(pair, row, why), decided(pair, row)))
    lists = pair.under.simulation.state.lists
    reviewers = lists.reviewers[: lists.lengths[REVIEWERS]]
    home = reviewers[reviewers < n]
    home = home[alive[home] & (now[home] == HOME) & (under.ability[home] > 0.5)]
    for row in home[: 2 * most].tolist():
        found.setdefault(row, Candidate(row, _label(pair, row, "able, and stays"), latest))
    return list(found.values())


def decided(pair: Pair, row: int) -> int:
    """Return the month of the run in which somebody last moved in either run, the latest one if in neither."""
    return int(_decided(pair, np.array([row]))[0])


def _decided(pair: Pair, rows: np.ndarray) -> np.ndarray:
    arrivals = [arm.simulation.graduates.person.arrival_month[rows].astype(int) for arm in pair.arms]
    moved = np.maximum(*arrivals)
    return np.where((moved >= 0) & (moved < pair.months), moved, max(pair.months - 1, 0))


def _label(pair: Pair, row: int, why: str) -> str:
    person = pair.under.simulation.graduates.person[row]
    age = (pair.months - 1 - int(person.birth_month)) // 12
    country = pair.country_names[person.country]
    return f"{why}: {age}, {DEGREES[person.degree]}, {STAGES[person.stage]}, lives in {country} (no. {row})"


def told(pair: Pair, arm: Arm, row: int) -> Story | None:
    """Return somebody's story in one run, or None if she is not in it (any more, or yet) or is a foreign specialist."""
    person = arm.simulation.graduates.person[row]
    if not arm.before or person.stage not in (STUDENT, JOB_SEEKER, EMPLOYED) or person.origin == FOREIGN:
        return None
    state, t = moment_of_decision(arm), arm.simulation.month - 1
    reviewers = state.lists.reviewers[: state.lists.lengths[REVIEWERS]]
    place = np.flatnonzero(reviewers == row)
    reviewed = bool(len(place))
    belief = float(state.lists.formed[place[0]]) if reviewed else float(state.people.belief[row])
    if person.stage == STUDENT and not reviewed:
        return None  # students do not choose before they finish
    options = tuple(_options(state, t, row, belief))
    before = state.people.person[row]
    story = Story(
        row, _facts(pair, arm, row, belief), int(before.country), options, reviewed, False, int(person.country)
    )
    refused = reviewed and story.chosen.country != story.lives
    return Story(row, story.facts, story.here, options, reviewed, refused, story.lives)


def _options(state: State, t: int, row: int, belief: float) -> list[Option]:
    """Return every country as :func:`abm.decision.choose` weighs it."""
    person, countries, rules, outlook = state.people.person[row], state.countries[t], state.rules[0], state.outlook
    known = state.ties
    ties = known.counts[row] if row < len(known.counts) else np.zeros(len(countries), dtype=np.int64)
    degree = int(known.first[row + 1] - known.first[row]) if row < len(known.first) - 1 else 0
    luck = np.ones((decision.LUCK, len(countries), 1))
    decision.draw_luck(
        np.array([person.rank], np.uint32), np.array([person.cohort], np.uint32), t, countries, rules, luck
    )
    her = _Reviewer(person, belief, ties, degree, t, countries, rules, outlook, luck)
    return [*(her.option(j) for j in range(len(countries))), *her.service()]


@dataclass(frozen=True)
class _Reviewer:
    """One graduate at her review, with all that the rules ask for."""

    person: Any
    belief: float
    ties: np.ndarray
    degree: int
    month: int
    countries: Any
    rules: Any
    outlook: Any
    luck: np.ndarray

    def option(self, j: int) -> Option:
        """Return a country as she sees it."""
        path, match = self.path(j)
        if path == CLOSED:
            return Option(j, "", self.wage(j, path, match), {})
        income, path, match = self.income(j, path, match)
        return Option(j, PATHS[path], self.wage(j, path, match), self.terms(j, path, income))

    def path(self, j: int) -> tuple[int, float]:
        """Return how a country is open to her, and the match of the job there."""
        person, country, rules = self.person, self.countries[j], self.rules
        ability = decision.offers_by_ability(person, rules)
        gain = ability * rules.degree_gain[person.degree]
        path, match, _ = decision.way_to(
            person, country, self.month, j, gain, ability, int(self.ties[j]), self.luck, 0, rules
        )
        return path, float(match)

    def wage(self, j: int, path: int, match: float) -> float:
        """Return what she earns in her country, or would earn on arrival in another, in the scenario's unit a month."""
        person, country, rules, t = self.person, self.countries[j], self.rules, self.month
        if j == person.country:
            return math.exp(decision.ln_current_wage(person, country, t, rules))
        experience = decision.experience_gain(person, t, rules)
        kept = decision.ln_kept_after(country, 1.0)
        sector = country.ln_sector_ratio[person.sector] if path == BACK else country.ln_mean_ratio
        return math.exp(decision.ln_wage(person, country, experience, match + sector, kept))

    @property
    def remaining(self) -> int:
        """Return the months left of her career."""
        return int(decision.months_to_retirement(self.person, self.month, len(self.outlook.annuity) - 1, self.rules))

    @property
    def experience(self) -> float:
        """Return what experience and degree add to the log of her wage."""
        return float(decision.experience_gain(self.person, self.month, self.rules))

    def income(self, j: int, path: int, match: float) -> tuple[float, int, float]:
        """Return log permanent income there, after any repayment, and the path and match that she would take."""
        outlook = self.outlook
        income, path, match = decision.ln_income_by(
            self.person,
            path,
            match,
            self.month,
            j,
            int(self.ties[j]),
            self.experience,
            self.remaining,
            self.countries,
            outlook.annuity,
            outlook.fade,
            outlook.ln_kept,
            outlook.ln_income,
            self.rules,
        )
        return float(income), path, float(match)

    def life(self, j: int, income: float) -> dict[str, float]:
        """Return the terms of living in a country, without the cost of going there; income as its logarithm."""
        person, rules = self.person, self.rules
        at_home, n_ties = j == HOME, int(self.ties[j])
        law = self.belief if at_home else float(self.countries[j].rule_of_law)

        def value(income: float, law: float, ties: int) -> float:
            """Return the utility with some of its parts at zero; home attachment stays."""
            return float(decision.systematic_utility(person, income, law, ties, self.degree, at_home, rules))

        attachment = value(0.0, 0.0, 0)
        parts = (
            value(income - float(self.countries[HOME].ln_wage), 0.0, 0) - attachment,
            value(0.0, law, 0) - attachment,
            value(0.0, 0.0, n_ties) - attachment,
            attachment,
        )
        return dict(zip(TERMS, parts, strict=False))

    def terms(self, j: int, path: int, income: float) -> dict[str, float]:
        """Return the terms of a country's utility; their sum is what she compares."""
        terms = self.life(j, income) | {COST: -self.cost(j, path)}
        if path == POST_ABROAD:
            # as much of a life abroad as one spends there, and the rest at home
            share = float(decision.time_abroad(self.countries[j], self.outlook.annuity, self.remaining))
            stays, _, _ = self.income(HOME, STAY, 0.0)
            at_home = self.life(HOME, stays) | {COST: 0.0}
            terms = {term: share * terms[term] + (1.0 - share) * at_home[term] for term in terms}
        return terms | {CHANCE: self.chance(j)}

    def service(self) -> list[Option]:
        """Return the place to serve that she is offered, if she is to serve and is offered one."""
        person, home, rules, outlook = self.person, self.countries[HOME], self.rules, self.outlook
        to_serve = person.obligation_month == OWED and person.country == HOME
        if not to_serve or not decision.place_to_serve(person, self.month, home, rules):
            return []
        value = decision.value_of_serving(
            person,
            self.belief,
            int(self.ties[HOME]),
            self.degree,
            self.experience,
            self.remaining,
            self.countries,
            outlook.annuity,
            outlook.ln_kept,
            outlook.ln_income,
            rules,
        )
        terms = self.life(HOME, 0.0) | {COST: -float(home.service_cost)}
        terms[TERMS[0]] += float(value) - sum(terms.values())
        luck = gumbel_quantile(decision.taste_luck(person, self.month, decision.PLACE_TO_SERVE, rules))
        pay = math.log(home.service_pay) + home.ln_sector_ratio[PUBLIC]
        wage = math.exp(decision.ln_wage(person, home, self.experience, pay, 0.0))
        return [Option(HOME, PATHS[SERVE], wage, terms | {CHANCE: float(luck)})]

    def cost(self, j: int, path: int) -> float:
        """Return the cost of moving there, eased by those she knows."""
        person, country, rules = self.person, self.countries[j], self.rules
        if j == person.country:
            return 0.0
        distance = float(decision.distance_to(person, country, j, path, self.luck, 0, rules))
        whole = decision.moving_cost(person, self.month, person.country == HOME, distance, rules)
        return float(whole * decision.share_of_cost(int(self.ties[j]), rules))

    def chance(self, j: int) -> float:
        """Return her taste shock of this review."""
        drawn = (
            self.luck[decision.TASTE_LUCK, j, 0]
            if self.countries[j].free_entry
            else decision.taste_luck(self.person, self.month, j, self.rules)
        )
        return float(gumbel_quantile(drawn))


def _facts(pair: Pair, arm: Arm, row: int, belief: float) -> tuple[tuple[str, str], ...]:
    """Return who she is and where she stands now, in words."""
    person, t = arm.simulation.graduates.person[row], arm.simulation.month - 1
    names = pair.country_names
    years = (t - int(person.arrival_month)) / 12.0
    stay = "all her life" if person.arrival_month <= person.birth_month else f"for {years:.0f} years"
    lives = f"{names[person.country]}, {stay if years >= 1.5 else 'lately'}"
    work = STAGES[person.stage]
    if person.stage == EMPLOYED and person.sector >= 0:
        work += f", {SECTORS[person.sector]} sector"
    ties = arm.simulation.ties[row] if row < arm.simulation.n_networked else np.zeros(len(names))
    known = ", ".join(f"{int(n)} in {name}" for name, n in zip(names, ties, strict=True) if n) or "nobody"
    children = [(t - int(born)) // 12 for born in person.child_month if born < NEVER and 0 <= t - int(born) < 216]
    family = "partner" if person.partner_month <= t else "single"
    if children:
        family += f", children aged {', '.join(str(age) for age in sorted(children))}"
    owes = "nothing"
    if person.obligation_month != NEVER:
        owes = f"{OBLIGATIONS[obligation_of(person)]}, {'not begun' if person.obligation_month == OWED else 'begun'}"
    actual = float(arm.simulation.environment.rule_of_law.actual[max(t, 0)])
    return (
        ("lives in", lives),
        ("work", work),
        ("age", f"{(t - int(person.birth_month)) // 12}"),
        ("degree", f"{DEGREES[person.degree]}, {ORIGINS[person.origin]}"),
        ("ability", f"{round(float(person.ability), 1) + 0.0:+.1f} (0 is the mean, 1 better than five in six)"),
        ("family", family),
        ("knows", known),
        ("permit", PERMITS[person.permit] if person.country != HOME else "needs none"),
        ("owes", owes),
        ("believes", f"rule of law at home is {belief:+.2f}; it is {actual:+.2f}"),
    )
