"""Did it do anything?  A sentence for each reform of a plan that changes nothing, or nothing that others do not."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from abm.environment import Environment
from abm.institutions import Announcement
from abm.months import month_name, month_number
from abm.paths import Paths
from abm.plans.effect import environment_of
from abm.reforms.base import Change, Reform, ReformError
from abm.reforms.composition import Act, acts_of
from abm.reforms.costs import cost_of
from abm.reforms.effect import PROMISE, Idle, Where, alike, concerns_nobody, differ, idle, levels_of
from abm.reforms.given import reforms_of
from abm.reforms.quantities import QUANTITIES
from abm.reforms.quantity import Rule
from abm.scenario import Scenario
from abm.wording import toml_value

__all__ = ["remarks"]

NOT_PAID = "; its cost is not counted"
MOST_REASONS = 2  # of a reform that changes many things


class Remark(NamedTuple):
    """A sentence about the reform at a position of a plan, from 0."""

    position: int
    sentence: str


def remarks(world: Scenario, plan: Reform | Iterable[Reform] | None) -> list[Remark]:
    """Return a sentence for each reform that adds nothing to the others of its plan, always, in some months or in part.

    Environments with and without it say so, whatever the reform says of itself, so this holds for kinds of one's own
    too; why it is so is told as far as its changes show it.

    Raises
    ------
    ReformError
        If the plan is, or holds, anything but reforms, or cannot be carried out in this world.
    """
    plan = reforms_of(plan)
    found = idle(Paths(world), plan)
    acting = [n for n in range(len(plan)) if n not in found]
    base, without = environment_of(world, ()), environment_of(world, tuple(plan[n] for n in acting))
    acts = acts_of(base, plan)
    said = [Remark(n, _idle_sentence(acts, n, acting, found[n], without)) for n in found]
    said += [Remark(n, sentence) for n in acting for sentence in _overlaps(acts, n, acting, base)]
    said += [Remark(n, f"{_name(acts, n)}: {lever}.") for n in acting for lever in _idle_levers(world, plan, n)]
    return sorted(said)


def _idle_sentence(acts: Sequence[Act], position: int, acting: Sequence[int], why: Idle, without: Environment) -> str:
    """Return why a reform adds nothing, and what becomes of its cost."""
    name, reform = _name(acts, position), acts[position].reform
    costs = cost_of(reform, without.scenario) > 0.0
    if why is Idle.COVERED:
        others = [n for n in acting if _touched(acts[position]) & _touched(acts[n])]
        shared = {where for n in others for where in _touched(acts[position]) & _touched(acts[n])}
        done_by = " and ".join(_name(acts, n) for n in others) or "the others"
        return f"{name} adds nothing to {done_by}: {_rule_of(shared)}{NOT_PAID if costs else ''}."
    if why is Idle.UNDELIVERED:
        bill = "; what it costs is spent all the same" if costs else ""
        return f"{name} changes nothing: {_why_undelivered(reform)}{bill}."
    return f"{name} changes nothing: {_why_nothing(acts[position], without)}{NOT_PAID if costs else ''}."


def _why_undelivered(reform: Reform) -> str:
    if reform.fidelity == 0.0:
        return "nothing of it is carried out (fidelity 0)"
    return f"nothing of its strength is left (decay {reform.decay:g} a year)"


def _why_nothing(act: Act, without: Environment) -> str:
    reform, begins = act.reform, without.first_month
    if reform.end is not None and month_number(reform.end) < begins:
        return f"it ends with {reform.end}, before the run begins in {month_name(begins)}"
    own = reform.why_idle(without)
    if own:
        return own
    if not act.changes:
        return "it names nothing that it changes"
    if not act.strength.any():
        return "it is in force in no month of the run"
    reasons = [_why_no_change(act, change, without) for change in act.changes if isinstance(change, Change)]
    distinct = list(dict.fromkeys(filter(None, reasons)))
    return "; ".join(distinct[:MOST_REASONS]) or "all that it adds is 0, and all that it multiplies by is 1"


def _why_no_change(act: Act, change: Change, without: Environment) -> str:
    """Return why one change changes nothing; '' where it says itself that it is none."""
    quantity, country = QUANTITIES[change.quantity], change.country
    if change.value == {Rule.ADD: 0.0, Rule.MULTIPLY: 1.0}.get(quantity.rule):
        return ""
    if quantity.by_permit and without.countries["free_entry"][0, country]:
        return f"entry to {without.names[country]} is free, so nobody there needs a permit"
    if concerns_nobody(quantity, country, without):
        whom = QUANTITIES[quantity.concerns]
        return f"it makes no difference while the {whom.meaning} is {whom.absent:g}"
    now = quantity.path(without, country)[act.strength > 0.0].min()
    where = f" ({without.names[country]})" if country else ""
    beyond = f", and {change.value:g} is not above it" if quantity.rule is Rule.HIGHEST else ""
    return f"the {quantity.meaning}{where} is {now:g} already{beyond}"


def _idle_levers(world: Scenario, plan: Sequence[Reform], position: int) -> Iterator[str]:
    """Yield the parameters of a reform's own that might as well have the value they have if nothing is said of them."""
    reform, under = plan[position], environment_of(world, tuple(plan))
    common = {item.name for item in dataclasses.fields(Reform)}
    for item in dataclasses.fields(reform):
        value = getattr(reform, item.name)
        if item.name in common or item.default is dataclasses.MISSING or value == item.default:
            continue
        try:
            usual = reform.replaced({item.name: item.default})
            other = environment_of(world, (*plan[:position], usual, *plan[position + 1 :]))
        except ReformError:
            continue  # what cannot be is not the same
        if not differ(under, other):
            instead = "leaving it out" if item.default in (None, "") else toml_value(item.default)
            yield f"{item.name} = {toml_value(value)} comes to the same as {instead}"


def _overlaps(acts: Sequence[Act], position: int, acting: Sequence[int], base: Environment) -> Iterator[str]:
    """Yield a sentence for each other reform in whose favour one does not count in some months."""
    mine, levels = acts[position], levels_of(acts[position])
    for n in acting:
        other, is_earlier = acts[n], n < position
        if n == position or not levels or not levels <= levels_of(other):
            continue
        promises = PROMISE in levels
        if promises and not is_earlier:
            continue  # it is said once, of the later one
        months = np.flatnonzero(_both_stand(mine, other, base) if promises else _outdone(mine, other, base, is_earlier))
        if len(months):
            first, last = (month_name(base.first_month + int(months[end])) for end in (0, -1))
            what = "stands beside" if promises else "adds nothing to"
            bill = (
                "; one bill is paid, the larger" if alike(mine, other) and cost_of(mine.reform, base.scenario) else ""
            )
            yield (f"From {first} to {last} {_name(acts, position)} {what} {_name(acts, n)}: {_rule_of(levels)}{bill}.")


def _both_stand(one: Act, other: Act, base: Environment) -> np.ndarray:
    """Return the months in which two promises stand, whatever is done of them."""
    months, both = np.arange(base.n_months), np.ones(base.n_months, dtype=bool)
    for act in (one, other):
        promises = [change for change in act.changes if isinstance(change, Announcement)]
        both &= np.any([(months >= promise.start) & (months <= promise.last) for promise in promises], axis=0)
    return both


def _outdone(mine: Act, other: Act, base: Environment, even: bool) -> np.ndarray:
    """Return the months in which another reform raises all levels farther than one does, or as far if that counts."""
    rises, its = _rises(mine, base), _rises(other, base)
    outdone = [its[where] >= rise if even else its[where] > rise for where, rise in rises.items()]
    return np.all(outdone, axis=0) & np.any([rise > 0.0 for rise in rises.values()], axis=0)


def _rises(act: Act, base: Environment) -> dict[Where, np.ndarray]:
    """Return by how much a reform alone raises each level, by month."""
    found: dict[Where, np.ndarray] = {}
    for change in act.changes:
        if isinstance(change, Change):
            quantity = QUANTITIES[change.quantity]
            share = (act.strength > 0.0).astype(float) if quantity.is_term else act.strength
            rise = share * np.maximum(change.value - quantity.path(base, change.country), 0.0)
            found[change.quantity, change.country] = rise
    return found


def _touched(act: Act) -> set[Where]:
    """Return what a reform changes or promises."""
    changed = {(change.quantity, change.country) for change in act.changes if isinstance(change, Change)}
    return changed | {PROMISE for change in act.changes if isinstance(change, Announcement)}


def _rule_of(shared: Collection[Where]) -> str:
    """Return in words how reforms of the same quantities combine."""
    if PROMISE in shared:
        return "of promises the highest path and the fastest step count"
    levels = [QUANTITIES[name].meaning for name, _ in sorted(shared) if QUANTITIES[name].rule is Rule.HIGHEST]
    return f"of the {levels[0]} the highest level counts" if levels else "all that it does is done already"


def _name(acts: Sequence[Act], position: int) -> str:
    """Return what a reform is called, with its number in the plan where two have one name."""
    label = acts[position].reform.label
    twice = sum(act.reform.label == label for act in acts) > 1
    return f"{label} (number {position + 1})" if twice else label
