"""Runs that share their past: under common random numbers all arms of a replicate are one run until they first differ.

The runs of one scenario and one seed are run together, up to the first month in which their environments are not all
the same; there they part into branches (:meth:`abm.simulation.Simulation.branch`), and so on in each.  Where they
differ from the first month on they still share the network and, as far as no reform changes who there is, the
population.  What comes out are the bits of runs that were done apart.

Of the parts into which runs divide the largest goes on last, in the run that is there; so, with k runs, at most
log2(k) + 2 of them are in memory at a time, and never more than :data:`MOST_BYTES` allow.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abm.environment import Environment
from abm.past import as_built, fingerprints
from abm.reforms.base import Reform
from abm.reforms.files import is_bundled
from abm.scenario import Scenario
from abm.simulation import Simulation

__all__ = ["BYTES_A_PERSON", "together"]

# runs, whose environments are in memory at once and are kept for the next replicate, half a megabyte each over 25 years
MOST_TOGETHER = 64
MOST_BYTES = 500_000_000  # that runs together may take in a process; those of larger worlds are done one by one
BYTES_A_PERSON = 300  # that a run takes in memory, once its months are run

Found = Mapping[str, np.ndarray] | BaseException  # yearly series, or what ended the run


@dataclass(frozen=True, eq=False)
class _Member:
    """One of the runs."""

    place: int
    plan: tuple[Reform, ...]
    environment: Environment
    prints: np.ndarray


def together(world: Scenario, plans: Sequence[Sequence[Reform]], seed: int) -> Iterator[tuple[int, Found]]:
    """Yield what comes out of the runs of one scenario and one seed under some plans, each with its place in these.

    A run that fails ends itself alone: those that have shared its months are done again, each apart.
    """
    for first in range(0, len(plans), MOST_TOGETHER):
        members = []
        for place, plan in enumerate(plans[first : first + MOST_TOGETHER], start=first):
            try:
                members.append(_Member(place, tuple(plan), *_environment(world, tuple(plan))))
            except (Exception, SystemExit) as error:  # of one's own reforms, whatever they raise
                yield place, error
        if len(members) > 1 and (most := _most(members)) > 1:
            yield from _guarded(functools.partial(_begun, members[0], seed), members, seed, most)
        else:
            yield from _apart(members, seed)


_Environments = OrderedDict[tuple[int, tuple[Reform, ...]], tuple[Scenario, Environment, np.ndarray]]
_kept: _Environments = OrderedDict()  # with its scenario, so that no other has its number meanwhile


def _environment(world: Scenario, plan: tuple[Reform, ...]) -> tuple[Environment, np.ndarray]:
    """Return an environment as it is built, and its fingerprints; replicates come back to those of every arm."""
    key = (id(world), plan) if all(map(is_bundled, plan)) else None  # others may not even be compared
    if key is not None and key in _kept:
        _kept.move_to_end(key)
        return _kept[key][1:]
    environment = Environment(world, plan)
    found = environment, fingerprints(environment)
    if key is not None:
        _kept[key] = (world, *found)
        if len(_kept) > MOST_TOGETHER:
            _kept.popitem(last=False)
    return found


def _begun(member: _Member, seed: int) -> Simulation:
    return Simulation.within(as_built(member.environment), member.plan, seed)


def _most(members: Sequence[_Member]) -> int:
    """Return how many runs may be in memory at a time."""
    return int(MOST_BYTES // (BYTES_A_PERSON * max(member.environment.n_persons for member in members)))


def _apart(members: Sequence[_Member], seed: int) -> Iterator[tuple[int, Found]]:
    """Yield what comes out of runs that are done one by one."""
    for member in members:
        try:
            found: Found = _begun(member, seed).run().accounts.counted()
        except (Exception, SystemExit) as error:
            found = error
        yield member.place, found


def _guarded(
    begin: Callable[[], Simulation], members: list[_Member], seed: int, most: int
) -> Iterator[tuple[int, Found]]:
    """Yield what comes out of the runs that go on from one; if that fails, each is done apart."""
    left = {member.place: member for member in members}
    try:
        # nobody else holds the run that is handed over: it makes room as soon as it is done
        for place, series in _split(begin(), members, seed, most):
            del left[place]
            yield place, series
    except (Exception, SystemExit):  # whose fault it is will be seen
        yield from _apart(list(left.values()), seed)


def _split(run: Simulation, members: list[_Member], seed: int, most: int) -> Iterator[tuple[int, Found]]:
    """Yield what comes out of runs that are one so far, in the environment of the first; ``most`` may be in memory."""
    owner, later = members[0], list[_Member]()
    while True:
        month = _parting(members)
        while run.month < month:
            run.step()
        if run.finished:
            series = run.accounts.counted()
            break
        *smaller, largest = sorted(_parts(members, month), key=len)
        if most < 2:  # there is no room for another beside it
            members = next(part for part in (*smaller, largest) if owner in part)
            later += [member for part in (*smaller, largest) if part is not members for member in part]
            continue
        for part in smaller:
            branch = functools.partial(run.branched, part[0].plan, as_built(part[0].environment))
            yield from _guarded(branch, part, seed, most - 1)
            del branch
        members = largest
        if owner not in members:
            owner = members[0]
            run = run.branched(owner.plan, as_built(owner.environment))
    yield from ((member.place, series) for member in members)
    del run
    yield from _apart(later, seed)


def _parting(members: Sequence[_Member]) -> int:
    """Return the first month in which the environments are not all the same, or how many there are."""
    prints = np.stack([member.prints for member in members])
    months = np.flatnonzero((prints != prints[0]).any(axis=(0, 2)))
    return int(months[0]) if len(months) else prints.shape[1]


def _parts(members: Sequence[_Member], month: int) -> list[list[_Member]]:
    """Return the members whose environments are the same in a month together."""
    parts: dict[bytes, list[_Member]] = {}
    for member in members:
        parts.setdefault(member.prints[month].tobytes(), []).append(member)
    return list(parts.values())
