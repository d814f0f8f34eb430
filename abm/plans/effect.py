"""What each reform of a plan adds to the others, found by leaving it out: the environments say it, not the reforms."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np

from abm.environment import Environment
from abm.institutions import Announcement
from abm.reforms.base import Change, Reform, ReformError
from abm.reforms.composition import Act
from abm.reforms.files import is_bundled
from abm.reforms.quantities import QUANTITIES, Place, Quantity, Rule
from abm.scenario import Scenario

__all__ = [
    "PROMISE",
    "Idle",
    "Where",
    "alike",
    "concerns_nobody",
    "differ",
    "environment_of",
    "everywhere",
    "idle",
    "in_full",
    "levels_of",
]

Where = tuple[str, int]  # a quantity and a country
PROMISE: Where = ("rule of law", 0)


class Idle(Enum):
    """Why a reform adds nothing to the others of its plan."""

    NOTHING = "carried out in full it would change nothing either, alone or with the others"
    COVERED = "alone it would change something, but others do that already"
    UNDELIVERED = "carried out in full it would change something"


def idle(world: Scenario, plan: Sequence[Reform]) -> dict[int, Idle]:
    """Return the reforms, by position in the plan, without which the environment is the same to the bit.

    Of several that do the same, as one that stands there twice, the dearest is not among them: they are left out one
    after the other, the cheapest first, and then the last.

    Raises
    ------
    ReformError
        If the plan cannot be carried out in this world.
    """
    under = environment_of(world, tuple(plan))
    kept, found = list(range(len(plan))), {}
    for position in sorted(kept, key=lambda n: (plan[n].cost_usd_per_year, -n)):
        rest = [n for n in kept if n != position]
        others = tuple(plan[n] for n in rest)
        if not differ(under, environment_of(world, others)):
            kept = rest
            found[position] = _kind_of_idle(world, others, plan[position])
    return found


def environment_of(world: Scenario, plan: tuple[Reform, ...]) -> Environment:
    """Return a world's environment under a plan, to be looked at and not to be changed."""
    if all(map(is_bundled, plan)):
        return _environment_of(world, plan)
    return _environment_of.__wrapped__(world, plan)  # those of one's own may be equal and say something else


@functools.lru_cache(maxsize=8)  # the same few are asked for again and again
def _environment_of(world: Scenario, plan: tuple[Reform, ...]) -> Environment:
    return Environment(world, plan)


def in_full(reform: Reform) -> Reform:
    """Return a reform as if it were carried out in full and never faded, with all that it keeps beside parameters."""
    full = copy.copy(reform)
    for name, value in (("fidelity", 1.0), ("decay", 0.0)):
        object.__setattr__(full, name, value)
    return full


def _kind_of_idle(world: Scenario, others: tuple[Reform, ...], reform: Reform) -> Idle:
    full = in_full(reform)
    try:
        if differ(environment_of(world, (*others, full)), environment_of(world, others)):
            return Idle.UNDELIVERED
    except ReformError:  # in full it would be in the way of another, which it is not as it is
        return Idle.UNDELIVERED
    return Idle.COVERED if differ(environment_of(world, (full,)), environment_of(world, ())) else Idle.NOTHING


def differ(one: Environment, other: Environment) -> bool:
    """Return whether graduates of one world ever meet anything else in one environment than in the other.

    All that reforms can change is looked at.  Terms on which nobody is, such as those of grants that are not given, do
    not count.
    """
    paths = ("actual", "announced", "credibility", "expected")
    if any(not np.array_equal(getattr(one.rule_of_law, name), getattr(other.rule_of_law, name)) for name in paths):
        return True
    return any(
        not np.array_equal(quantity.path(one, country), quantity.path(other, country))
        and not (concerns_nobody(quantity, country, one) and concerns_nobody(quantity, country, other))
        for quantity, country in everywhere(one)
    )


def everywhere(environment: Environment) -> Iterator[tuple[Quantity, int]]:
    """Yield all that reforms may change: each quantity with each country that has it."""
    for quantity in QUANTITIES.values():
        for country in _countries_of(quantity, environment):
            yield quantity, country


def _countries_of(quantity: Quantity, environment: Environment) -> range:
    return range(1, environment.n_countries) if quantity.path.place is Place.ABROAD else range(1)


def concerns_nobody(quantity: Quantity, country: int, environment: Environment) -> bool:
    """Return whether a quantity speaks of something that there is not: permits where entry is free, grants to none."""
    if quantity.by_permit and environment.countries["free_entry"][0, country]:
        return True
    if not quantity.concerns:
        return False
    whom = QUANTITIES[quantity.concerns]
    countries = _countries_of(whom, environment)
    return all(
        bool(np.all(whom.path(environment, there) == whom.absent))
        for there in ([country] if country in countries else countries)
    )


def alike(one: Act, other: Act) -> bool:
    """Return whether only one of two reforms acts where both are in force.

    So it is with those of which the highest level counts, or the highest path and the fastest step of promises, if
    they are of one kind or change the same.
    """
    mine, its = levels_of(one), levels_of(other)
    return bool(mine and its) and (type(one.reform) is type(other.reform) or mine == its)


def levels_of(act: Act) -> frozenset[Where]:
    """Return what a reform promises or raises to a level; nothing, if it adds, multiplies or sets anything too."""
    found = set()
    for change in act.changes:
        if isinstance(change, Announcement):
            found.add(PROMISE)
        elif isinstance(change, Change) and QUANTITIES[change.quantity].rule is Rule.HIGHEST:
            found.add((change.quantity, change.country))
        else:
            return frozenset()
    return frozenset(found)
