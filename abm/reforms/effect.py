"""What each reform of a plan adds to the others, found by leaving it out: the paths say it, not the reforms."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np

from abm.institutions import Announcement
from abm.paths import Paths
from abm.reforms.base import Change, Reform, ReformError
from abm.reforms.composition import Act, acts_of, put_in_force
from abm.reforms.costs import cost_of
from abm.reforms.quantities import QUANTITIES
from abm.reforms.quantity import Place, Quantity, Rule

__all__ = [
    "PROMISE",
    "Idle",
    "Where",
    "alike",
    "concerns_nobody",
    "differ",
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


def idle(base: Paths, plan: Sequence[Reform]) -> dict[int, Idle]:
    """Return the reforms, by position in the plan, without which the paths are the same to the bit.

    ``base`` are a world's paths without reforms.  Of several that do the same, as one that stands there twice, the
    dearest is not among them: they are left out one after the other, the cheapest first, and then the last.

    Raises
    ------
    ReformError
        If the plan cannot be carried out in this world.
    """
    acts = acts_of(base, plan)
    under = _under(base, acts)
    kept, found = list(range(len(plan))), {}
    for position in sorted(kept, key=lambda n: (cost_of(plan[n], base.scenario), -n)):
        rest = [n for n in kept if n != position]
        without = _under(base, [acts[n] for n in rest])
        if not differ(under, without):
            kept = rest
            found[position] = _kind_of_idle(base, [acts[n] for n in rest], without, plan[position])
    return found


def _under(base: Paths, acts: Sequence[Act]) -> Paths:
    """Return a copy of paths under what some reforms do."""
    paths = copy.copy(base)
    for name, value in vars(base).items():
        if isinstance(value, np.ndarray):
            setattr(paths, name, value.copy())
        elif isinstance(value, list):
            setattr(paths, name, list(value))
    put_in_force(paths, acts)
    paths.rule_of_law = paths.rule_of_law_path()
    return paths


def in_full(reform: Reform) -> Reform:
    """Return a reform as if it were carried out in full and never faded, with all that it keeps beside parameters."""
    full = copy.copy(reform)
    for name, value in (("fidelity", 1.0), ("decay", 0.0)):
        object.__setattr__(full, name, value)
    return full


def _kind_of_idle(base: Paths, others: Sequence[Act], without: Paths, reform: Reform) -> Idle:
    (full,) = acts_of(base, [in_full(reform)])
    try:
        if differ(_under(base, [*others, full]), without):
            return Idle.UNDELIVERED
    except ReformError:  # in full it would be in the way of another, which it is not as it is
        return Idle.UNDELIVERED
    return Idle.COVERED if differ(_under(base, [full]), _under(base, [])) else Idle.NOTHING


def differ(one: Paths, other: Paths) -> bool:
    """Return whether graduates of one world ever meet anything else under one plan than under another.

    All that reforms can change is looked at.  Terms on which nobody is, such as those of grants that are not given, do
    not count.
    """
    promised = ("actual", "announced", "credibility", "expected")
    if any(not np.array_equal(getattr(one.rule_of_law, name), getattr(other.rule_of_law, name)) for name in promised):
        return True
    return any(
        not np.array_equal(quantity.path(one, country), quantity.path(other, country))
        and not (concerns_nobody(quantity, country, one) and concerns_nobody(quantity, country, other))
        for quantity, country in everywhere(one)
    )


def everywhere(paths: Paths) -> Iterator[tuple[Quantity, int]]:
    """Yield all that reforms may change: each quantity with each country that has it."""
    for quantity in QUANTITIES.values():
        for country in _countries_of(quantity, paths):
            yield quantity, country


def _countries_of(quantity: Quantity, paths: Paths) -> range:
    return range(1, paths.n_countries) if quantity.path.place is Place.ABROAD else range(1)


def concerns_nobody(quantity: Quantity, country: int, paths: Paths) -> bool:
    """Return whether a quantity speaks of something that there is not: permits where entry is free, grants to none."""
    if quantity.by_permit and paths.countries["free_entry"][0, country]:
        return True
    if not quantity.concerns:
        return False
    whom = QUANTITIES[quantity.concerns]
    countries = _countries_of(whom, paths)
    return all(
        bool(np.all(whom.path(paths, there) == whom.absent))
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
