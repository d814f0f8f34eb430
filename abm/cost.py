"""The cost of moving, K: distance, age, family and the years in a place, eased by those one knows at the other end.

What is added at the border stands beside it, a subsidy to those who come home and the doors of other countries: whom
one knows makes moving easier, and neither money nor a rule worth less.
"""

from __future__ import annotations

import math

import numpy as np

from abm.codes import EVERYBODY_ELSE, HOME, NEVER, RETURN_OFFER
from abm.engine.compiled import compiled, inlined
from abm.engine.streams import Purpose, normal_ceiling, normal_quantile
from abm.person import CHILDREN, OF_AGE, SCHOOL_AGE, TEENAGE, draw_normal
from abm.reviewer import AFFINITY, Month, Reviewer, ties_in

__all__ = [
    "cost_of_moving",
    "distance_to",
    "group_affinity",
    "highest_affinity",
    "highest_offset",
    "least_cost",
    "moving_cost",
    "offset_by",
    "share_of_cost",
    "shortest_distance",
]


@inlined
def cost_of_moving(her: Reviewer, now: Month, j: int, distance: float) -> float:
    """Return the cost of moving to country ``j``, at such a distance."""
    whole = moving_cost(her.person, now.month, her.person.country == HOME, distance, now.rules)
    return whole * share_of_cost(ties_in(her, j), now.rules)


@inlined
def least_cost(her: Reviewer, now: Month, j: int, distance: float) -> float:
    """Return a bound below :func:`cost_of_moving`: nothing else about a person lowers it."""
    return distance * share_of_cost(ties_in(her, j), now.rules)


@inlined
def share_of_cost(ties: int, rules: np.record) -> float:
    """Return the share of the moving cost that remains with ``ties`` at the destination."""
    return 1.0 - rules.decision.ties_discount * ties / (1.0 + ties)


@inlined
def moving_cost(person: np.record, month: int, from_home: bool, distance: float, rules: np.record) -> float:
    """Return the cost of moving without ties: distance, age, partner, children and place."""
    age_above_25 = max(month - person.birth_month - 300, 0)
    cost = distance + rules.decision.age_cost / 120.0 * age_above_25
    if not from_home:
        cost += place_cost(person, month, rules)
    if person.partner_month <= month:
        cost += rules.decision.partner_cost
    return cost + children_cost(person, month, rules)


@inlined
def place_cost(person: np.record, month: int, rules: np.record) -> float:
    """Return what the years lived abroad since graduation add to the cost of leaving a country abroad."""
    settled_since = max(person.arrival_month, person.career_month)
    return rules.decision.place_cost * math.log(1.0 + max(month - settled_since, 0) / 12.0)


@compiled
def children_cost(person: np.record, month: int, rules: np.record) -> float:
    """Return what children add to the cost of moving: more the more of their life was spent in this country."""
    cost = 0.0
    lived_here = month - person.arrival_month
    for child in range(CHILDREN):
        born = np.int64(person.child_month[child])
        age = month - born
        if born == NEVER or age < 0 or age >= OF_AGE:
            continue
        if age < SCHOOL_AGE:
            cost += rules.decision.child_cost
            continue
        grown_up_here = min(lived_here / age, 1.0)
        cost += grown_up_here * (rules.decision.school_child_cost if age < TEENAGE else rules.decision.teenager_cost)
    return cost


@inlined
def distance_to(her: Reviewer, now: Month, j: int, path: int) -> float:
    """Return the distance between her and country ``j``, 0 from her own."""
    if j == her.person.country:
        return 0.0
    return distance(now.countries[j], path, affinity(her, now, j)) - group_affinity(her.person, now.countries[j])


@inlined
def distance(country: np.record, path: int, affinity: float) -> float:
    """Return what lies between a person and another country: its cost of moving, less her affinity to it."""
    average = country.moving_cost_with_offer if path == RETURN_OFFER else country.moving_cost
    return average - country.affinity_spread * affinity


@inlined
def shortest_distance(country: np.record, path: int, affinity: float) -> float:
    """Return a bound below :func:`distance`, whether or not she takes a job that is offered."""
    average = min(country.moving_cost, country.moving_cost_with_offer) if path == RETURN_OFFER else country.moving_cost
    return average - country.affinity_spread * affinity


@inlined
def group_affinity(person: np.record, country: np.record) -> float:
    """Return how much less than everybody else a person's group minds going to a country, in utility."""
    return country.group_affinity[person.heritage - 1] if person.heritage != EVERYBODY_ELSE else 0.0


@inlined
def offset_by(country: np.record, path: int) -> float:
    """Return what is added to the utility of coming to a country by a path: a subsidy at home, its doors abroad."""
    return country.moving_offset_with_offer if path == RETURN_OFFER else country.moving_offset


@inlined
def highest_offset(country: np.record, path: int) -> float:
    """Return a bound above :func:`offset_by`, whether or not she takes a job that is offered."""
    largest = max(country.moving_offset, country.moving_offset_with_offer)
    return largest if path == RETURN_OFFER else country.moving_offset


@inlined
def affinity(her: Reviewer, now: Month, j: int) -> float:
    """Return how much less than others she minds going to a country, standard normal; 0 where nobody differs."""
    if now.countries[j].affinity_spread <= 0.0:
        return 0.0
    if now.countries[j].free_entry:
        return normal_quantile(her.luck[AFFINITY, j, her.place])
    return draw_normal(her.person, 0, Purpose.AFFINITY, j, now.rules.seed)


@inlined
def highest_affinity(her: Reviewer, now: Month, j: int) -> float:
    """Return a bound above :func:`affinity`, from a table where that takes a quantile."""
    if now.countries[j].free_entry:
        return normal_ceiling(her.luck[AFFINITY, j, her.place])
    return affinity(her, now, j)
