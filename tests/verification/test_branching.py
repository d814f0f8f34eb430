"""A run that goes on elsewhere, or under other reforms from a month on, has the bits of one that never stopped."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import numpy as np
import pytest
from branches import after, bits, difference, later
from plans import EVERY_KIND

from abm.carried import BY_PERSON, MADE_ANEW, carried
from abm.environment import Environment
from abm.network import Network
from abm.parameters import NETWORK_KINDS
from abm.past import first_difference
from abm.reforms import (
    ForeignTalentVisa,
    GraduateResearchFunding,
    JudicialReform,
    MeritReform,
    PublicSalaryParity,
    Reform,
    ReformError,
    Reversal,
)
from abm.reforms.base import Change
from abm.scenario import Scenario
from abm.simulation import FEWEST, Simulation

START = "2026-01"
WORLD = Scenario.load("kazakhstan").replace({"start": START, "end": "2028-06", "graduates": 1_500})
MONTHS = 30
MORE_PEOPLE = (
    GraduateResearchFunding(start="2026-11", graduates=0.5, doctorates=0.1),
    ForeignTalentVisa(start="2027-02", candidates=5.0, cost_reduction=0.8),
)


@pytest.mark.parametrize("reform", EVERY_KIND, ids=lambda reform: f"{type(reform).__name__}-{reform.start}")
def test_a_branch_under_each_kind_of_reform_is_the_run_that_always_had_it(reform: Reform) -> None:
    before = [JudicialReform(target=0.5, speed=0.1)] if isinstance(reform, Reversal) else []  # what it takes back
    plan = [*before, *later([reform], 6)]
    unbroken, trunk = Simulation(WORLD, plan, seed=5), Simulation(WORLD, before, seed=5)
    month = first_difference(trunk.environment, unbroken.environment)
    assert 6 <= month < MONTHS
    branch = after(trunk, month).branch(plan)
    assert difference(unbroken.run(), branch.run()) == []


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("month", [0, 1, 11, 12])
def test_a_branch_under_every_kind_at_once_is_the_unbroken_run(
    month: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for phase in FEWEST:  # small worlds would be left to one thread
        monkeypatch.setitem(FEWEST, phase, 64)
    plan = later(EVERY_KIND, month)
    trunk = after(Simulation(WORLD, seed=8, threads=threads), month)
    before = bits(trunk)
    branch = trunk.branch(plan)
    assert branch.month == month and branch.reforms == plan and branch.workers.threads == threads
    branch.run()
    assert bits(trunk) == before  # a branch leaves the run as it is
    assert difference(Simulation(WORLD, plan, seed=8).run(), branch) == []
    assert difference(Simulation(WORLD, seed=8).run(), trunk.run()) == []


def test_people_whom_a_reform_adds_come_and_go_with_a_chain_of_branches() -> None:
    funding, visa = MORE_PEOPLE
    run = after(Simulation(WORLD, [funding], seed=2), 9).branch([funding, visa])
    run = after(run, 3).branch(MORE_PEOPLE)  # funding begins in month 10, so that it has added people by now
    assert len(run.graduates.person) > len(Simulation(WORLD, [funding], seed=2).graduates.person)
    assert difference(Simulation(WORLD, MORE_PEOPLE, seed=2).run(), run.copy().run()) == []
    without = after(Simulation(WORLD, MORE_PEOPLE, seed=2), 10).branch()
    assert difference(Simulation(WORLD, seed=2).run(), without.run()) == []
    half = after(Simulation(WORLD, MORE_PEOPLE, seed=2), 12).branch([funding])
    assert difference(Simulation(WORLD, [funding], seed=2).run(), half.run()) == []


@pytest.mark.parametrize("kind", NETWORK_KINDS)
def test_additional_graduates_get_the_ties_of_the_unbroken_run_in_every_network(kind: str) -> None:
    world = WORLD.replace({"network.kind": kind, "end": "2027-12", "graduates": 600})
    branch = after(Simulation(world, seed=4), 10).branch(MORE_PEOPLE)
    assert difference(Simulation(world, MORE_PEOPLE, seed=4).run(), branch.run()) == []


def test_a_branch_keeps_a_network_of_ones_own() -> None:
    n = Simulation(WORLD, seed=3).n_networked
    person = np.arange(n)
    ring = Network.from_edges(n, np.concatenate((person, person)), np.concatenate(((person + 1) % n, (person + 7) % n)))
    trunk = after(Simulation(WORLD, seed=3, network=ring), 10)
    for plan in (MORE_PEOPLE, later([MeritReform(target=0.9)], 10)):
        unbroken = Simulation(WORLD, plan, seed=3, network=ring).run()
        assert difference(unbroken, trunk.branch(plan).run()) == []
        assert difference(Simulation(WORLD, plan, seed=3).run(), unbroken) != []


def test_a_branch_may_begin_with_the_last_month() -> None:
    plan = [ForeignTalentVisa(start="2028-06", candidates=20.0), MeritReform(start="2028-06", target=0.9)]
    unbroken = Simulation(WORLD, plan, seed=1).run()
    assert difference(unbroken, after(Simulation(WORLD, seed=1), MONTHS - 1).branch(plan).run()) == []
    assert difference(unbroken, Simulation(WORLD, seed=1).run()) != []


def test_at_the_end_of_a_run_only_the_same_reforms_are_left() -> None:
    plan = later([MeritReform(target=0.9)], 4)
    run = Simulation(WORLD, plan, seed=1).run()
    assert run.branch(plan).finished and difference(run, run.branch(plan)) == []
    with pytest.raises(ReformError, match="MeritReform from 2026-05 is not among the reforms of the branch"):
        run.branch()


def test_what_would_have_made_the_past_different_is_refused_with_reform_and_month() -> None:
    courts, pay = JudicialReform(start="2026-03"), PublicSalaryParity(start="2027-09")
    run = after(Simulation(WORLD, [courts, pay], seed=1), 12)
    for plan, words in (
        ([], ("JudicialReform from 2026-03 is not among", "makes 2026-0", "has come to 2027-01")),
        ([courts, MeritReform(start="2026-12", target=0.9)], ("MeritReform from 2026-12 is among", "makes 2026-12")),
        ([JudicialReform(start="2026-02")], ("JudicialReform from 2026-02 is among", "from 2026-03 is not among")),
    ):
        with pytest.raises(ReformError) as refusal:
            run.branch(plan)
        assert all(word in str(refusal.value) for word in words), refusal.value
        assert "\n" not in str(refusal.value) and "PublicSalaryParity" not in str(refusal.value)
    assert run.branch([courts]).month == run.branch([courts, MeritReform(start="2027-01", target=0.9)]).month == 12


def test_a_reform_may_end_from_the_branch_on() -> None:
    ends = MeritReform(start="2026-03", target=0.9, end="2027-06")
    run = after(Simulation(WORLD, [dataclasses.replace(ends, end=None)], seed=1), 18)
    assert difference(Simulation(WORLD, [ends], seed=1).run(), run.branch(ends).run()) == []


def test_more_graduates_are_refused_where_exposure_counts_those_still_to_come() -> None:
    world = WORLD.replace({"decision.exposure": "share"})
    run = after(Simulation(world, seed=1), 3)
    with pytest.raises(ReformError, match="GraduateResearchFunding from 2026-11 is among"):
        run.branch(MORE_PEOPLE)
    unbroken = Simulation(world, MORE_PEOPLE, seed=1)
    assert difference(after(unbroken, 3), after(Simulation(world, seed=1), 3)) != []
    assert (
        difference(Simulation(world, MORE_PEOPLE, seed=1).run(), Simulation(world, seed=1).branch(MORE_PEOPLE).run())
        == []
    )


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class OfMyOwn(Reform):
    """A kind that no package knows."""

    def changes(self, environment: Environment) -> list[Change]:
        return [Change("public_wage_ratio", 1.5), Change("enrolment", 1.4)]


def test_reforms_of_ones_own_can_be_branched_to_and_copied() -> None:
    plan = [OfMyOwn(start="2026-08")]
    branch = after(Simulation(WORLD, seed=6), 7).branch(plan)
    unbroken = Simulation(WORLD, plan, seed=6).run()
    assert difference(unbroken, branch.copy().run()) == [] and difference(unbroken, branch.run()) == []


def arrays_in(value: Any, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield every array that something holds, with where it has it."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, tuple):
        names = getattr(value, "_fields", range(len(value)))
        for part, its in zip(names, value, strict=True):
            yield from arrays_in(its, f"{name}.{part}")


def test_every_array_that_a_month_changes_is_carried() -> None:
    """Whatever a rule keeps for the next month is declared, or made anew by whoever goes on."""
    run = after(Simulation(WORLD, EVERY_KIND, seed=8), 15)
    held = [*arrays_in(run.state, "state")]
    for part in ("", "accounts.", "environment."):
        holder = attrgetter(part[:-1])(run) if part else run
        held += [
            found for name, value in vars(holder).items() if name != "state" for found in arrays_in(value, part + name)
        ]
    before = [(name, array, array.tobytes()) for name, array in held if array.flags.writeable]
    after(run, 1)
    changed = [(name, array) for name, array, was in before if array.tobytes() != was]
    assert {"state.people.belief", "accounts.stocks", "quota"} <= {name for name, _ in changed}
    declared = list(carried(run).values())
    anew = [array for place in MADE_ANEW for _, array in arrays_in(attrgetter(place)(run), place)]
    missing = [name for name, array in changed if not any(np.may_share_memory(array, one) for one in declared + anew)]
    assert missing == []
    assert all(any(np.may_share_memory(array, attrgetter(place)(run)) for _, array in held) for place in BY_PERSON)
