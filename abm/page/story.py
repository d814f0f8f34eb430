"""One graduate's story: what she earns here and there, whom she knows, what she believes, and why she stayed or left.

The terms of her utility come from the rules of :mod:`abm.decision`, asked about the very moment of her decision
(:mod:`abm.page.rewind`) with the very luck she had, so that they add up to what she did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.capability import offers_by_ability, open_by, place_to_serve
from abm.codes import (
    CLOSED,
    DEGREES,
    EMPLOYED,
    EVERYBODY_ELSE,
    FOREIGN,
    HOME,
    JOB_SEEKER,
    NEVER,
    OBLIGATIONS,
    ORIGINS,
    OWED,
    PATHS,
    PERMITS,
    SECTORS,
    STAGES,
    STUDENT,
)
from abm.decision import weighed
from abm.income import ln_wage_by
from abm.month import REVIEWERS, State
from abm.page.pair import Arm, Pair
from abm.page.rewind import moment_of_decision
from abm.person import OF_AGE, month_of_chances, obligation_of
from abm.reviewer import LUCK, Month, Reviewer, draw_luck, experience_gain, months_to_retirement

__all__ = ["TERMS", "Candidate", "Option", "Story", "candidates", "decided", "told"]

# those of abm.decision.Terms, and the shock
TERMS = ("income", "rule of law", "people she knows", "home", "cost of moving", "chance")


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
    latest = pair.month - 1
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
    return np.where((moved >= pair.world.past_months) & (moved < pair.month), moved, max(pair.month - 1, 0))


def _label(pair: Pair, row: int, why: str) -> str:
    person = pair.under.simulation.graduates.person[row]
    age = (pair.month - 1 - int(person.birth_month)) // 12
    country = pair.country_names[person.country]
    return f"{why}: {age}, {DEGREES[person.degree]}, {STAGES[person.stage]}, lives in {country} (no. {row})"


def told(pair: Pair, arm: Arm, row: int) -> Story | None:
    """Return somebody's story in one run, or None if she is not in it (yet), has died or is a foreign specialist."""
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
    """Return every country, and a place to serve that she is offered, as :func:`abm.decision.choose` weighs it."""
    now = Month(t, state.countries[t], state.outlook, state.rules[0])
    her = _reviewer(state, now, row, belief)
    offered = [open_by(her, now, j) for j in range(len(now.countries))]
    service = place_to_serve(her, now)
    return [_option(her, now, way) for way in (offered if service.path == CLOSED else [*offered, service])]


def _reviewer(state: State, now: Month, row: int, belief: float) -> Reviewer:
    """Return somebody at her review, with the luck she has in it; who has no place in the network knows nobody."""
    person = state.people.person[row]
    first, counts = state.ties.first, state.ties.counts
    networked = row < len(counts)
    ties = counts[row : row + 1] if networked else np.zeros((1, len(now.countries)), dtype=counts.dtype)
    luck = np.ones((LUCK, len(now.countries), 1))
    chances = int(month_of_chances(person, now.month))
    rank, cohort, months = (np.array([word], np.uint32) for word in (person.rank, person.cohort, chances))
    draw_luck(rank, cohort, months, now, luck)
    return Reviewer(
        person,
        belief,
        ties,
        row=0,
        degree=int(first[row + 1] - first[row]) if networked else 0,
        experience=experience_gain(person, now.month, now.rules),
        remaining=int(months_to_retirement(person, now)),
        chances=chances,
        luck=luck,
        place=0,
        ability_gain=offers_by_ability(person, now.rules),
    )


def _option(her: Reviewer, now: Month, way: Any) -> Option:
    """Return a country that is open in such a way, or closed, in words and numbers."""
    if way.path == CLOSED:
        return Option(way.country, "", math.exp(ln_wage_by(her, now, way)), {})
    way, ln_wage, terms, shock = weighed(her, now, way)
    shown = dict(zip(TERMS, (*terms[:-1], -terms.cost, shock), strict=True))
    return Option(way.country, PATHS[way.path], math.exp(ln_wage), shown)


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
    children = [(t - int(born)) // 12 for born in person.child_month if born < NEVER and 0 <= t - int(born) < OF_AGE]
    family = "partner" if person.partner_month <= t else "single"
    if children:
        family += f", children aged {', '.join(str(age) for age in sorted(children))}"
    owes = "nothing"
    if person.obligation_month != NEVER:
        owes = f"{OBLIGATIONS[obligation_of(person)]}, {'not begun' if person.obligation_month == OWED else 'begun'}"
    group = [("group", pair.world.groups[person.heritage - 1][1].name)] if person.heritage != EVERYBODY_ELSE else []
    actual = float(arm.simulation.environment.rule_of_law.actual[max(t, 0)])
    return (
        *group,
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
