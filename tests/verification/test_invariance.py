"""What must not change a history: threads, the compiler, reforms without effect, one more measure, one more person."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from worlds import frictionless

from abm.codes import ABSENT, EMPLOYED, FLOWS, JOB_SEEKER, RETIRED
from abm.month import APPLICANTS, APPLY, CONSIDER, HIRE, SETTLE
from abm.reforms import Diversification, JudicialReform, PublicSalaryParity
from abm.scenario import Scenario
from abm.simulation import Simulation

ROOT = Path(__file__).parents[2]


def digest(simulation: Simulation) -> str:
    """Return a digest of the accounts and of everybody's state."""
    total = hashlib.sha256()
    for column in simulation.graduates:
        total.update(np.ascontiguousarray(column).tobytes())
    for values in simulation.accounts.monthly().values():
        total.update(values.tobytes())
    total.update(simulation.ties.tobytes())
    return total.hexdigest()


def kazakhstan(graduates: int, end: str) -> Scenario:
    return Scenario.load("kazakhstan").replace({"graduates": graduates, "end": end})


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_gives_the_same_bits(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With parts so small that every phase is shared: 100 to 5,000 entries are a dozen parts."""
    world = kazakhstan(20_000, "2027-12")
    one = Simulation(world, seed=4, threads=1).run()
    monkeypatch.setattr("abm.simulation.FEWEST_ROWS", 500)
    monkeypatch.setattr("abm.simulation.FEWEST", {SETTLE: 500, APPLY: 10, HIRE: 10, CONSIDER: 10})
    shared = Simulation(world, seed=4, threads=threads).run()
    assert len(shared.workers.parts(int(shared.state.lists.lengths[APPLICANTS]), 10)) > 4
    assert digest(one) == digest(shared)


SMALL_WORLD = """
from test_invariance import digest, kazakhstan
from abm.simulation import Simulation
from abm.engine.compiled import compiler_is_on
import sys
print(compiler_is_on(), digest(Simulation(kazakhstan(120, "2027-06"), seed=9).run()))
"""


def test_plain_python_gives_the_same_bits() -> None:
    """A small Kazakhstan of 18 months with the compiler switched off, in a process of its own."""
    environment = os.environ | {
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests"), str(Path(__file__).parent)]),
    }
    done = subprocess.run(
        [sys.executable, "-c", SMALL_WORLD], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    compiled, plain = done.stdout.split()
    assert compiled == "False"
    assert plain == digest(Simulation(kazakhstan(120, "2027-06"), seed=9).run())


def test_reforms_without_strength_are_the_baseline_to_the_bit() -> None:
    world = kazakhstan(3_000, "2030-12")
    nothing = [
        JudicialReform(target=0.5, speed=0.0, fidelity=0.0),
        PublicSalaryParity(target=0.0),
        PublicSalaryParity(target=1.0, fidelity=0.0),
        Diversification(private_jobs=0.0),
    ]
    base = Simulation(world, seed=4).run()
    # a promise that nobody keeps still raises hopes, so credibility starts at nothing here
    unbelieved = world.replace({"beliefs.credibility_start": 0.0})
    assert digest(Simulation(world, nothing[1:], seed=4).run()) == digest(base)
    with_promise, without = (Simulation(unbelieved, plan, seed=4).run() for plan in (nothing, []))
    assert np.array_equal(with_promise.accounts.flows, without.accounts.flows)


def test_a_reform_changes_nothing_before_it_starts() -> None:
    world = kazakhstan(3_000, "2030-12")
    reforms = [JudicialReform(start="2029-01", target=0.5, speed=0.1), PublicSalaryParity(start="2029-01")]
    base = Simulation(world, seed=4).run().accounts.flows
    reformed = Simulation(world, reforms, seed=4).run().accounts.flows
    assert np.array_equal(base[:36], reformed[:36])
    assert not np.array_equal(base[36:], reformed[36:])


def test_looking_at_more_measures_changes_no_history() -> None:
    world = kazakhstan(2_000, "2027-12")
    looked_at = Simulation(world, seed=4)
    while not looked_at.finished:
        looked_at.step()
        looked_at.accounts.monthly()
        looked_at.accounts.yearly()
    assert digest(looked_at) == digest(Simulation(world, seed=4).run())


def histories(simulation: Simulation) -> dict[tuple[int, int], list[int]]:
    """Return where everybody lived at the end of each month, by identity."""
    person = simulation.graduates.person
    identities = list(zip(person.cohort.tolist(), person.rank.tolist(), strict=True))
    lived: dict[tuple[int, int], list[int]] = {identity: [] for identity in identities}
    while not simulation.finished:
        simulation.step()
        for identity, country in zip(identities, simulation.graduates.person.country.tolist(), strict=True):
            lived[identity].append(country)
    return lived


def test_one_more_person_leaves_every_history_equal_where_nothing_couples_people() -> None:
    """Without ties, and where being in work does not matter, newcomers disturb nobody."""
    few = {"end": "2029-12", "education.graduates_per_year": 120.0}
    more = few | {"education.graduates_per_year": 133.0}
    base, larger = (histories(Simulation(frictionless(changes, graduates=500), seed=6)) for changes in (few, more))
    assert len(larger) == len(base) + 52
    started = {identity: lived for identity, lived in base.items() if identity[0] == 0}
    assert all(larger[identity] == lived for identity, lived in started.items())
    shared = [identity for identity in base if identity in larger]
    assert len(shared) > 900
    assert all(larger[identity] == base[identity] for identity in shared)


def test_accounts_balance_in_every_month_of_a_full_kazakhstan() -> None:
    """Recounted here from scratch after every month of 25 years: stocks, flows, and nobody in two places."""
    world = kazakhstan(2_000, "2050-12")
    simulation = Simulation(world, [JudicialReform(target=0.6, speed=0.108), Diversification()], seed=8)
    people, names = simulation.graduates, dict(zip(FLOWS, range(len(FLOWS)), strict=True))
    inwards = [
        "returns_after_years",
        "returns_within_five_years",
        "returns_through_ties",
        "students_home",
        "foreign_arrivals",
    ]
    before = int(np.sum((people.person.country == 0) & (people.person.stage != ABSENT)))
    retired_before = 0
    while not simulation.finished:
        t = simulation.month
        simulation.step()
        flows = simulation.accounts.flows[t].sum(axis=1)
        moved_in = sum(int(flows[names[flow]]) for flow in inwards)
        moved_out = int(flows[names["emigrants"]] + flows[names["foreign_departures"]])
        graduated = int(simulation.accounts.events[t, 0])
        now = int(np.sum((people.person.country == 0) & (people.person.stage != ABSENT)))
        assert now == before + graduated + moved_in - moved_out
        assert np.all((people.person.country >= 0) == (people.person.stage != ABSENT))
        working_at_home = (people.person.country == 0) & (people.person.stage == EMPLOYED)
        assert np.all((people.person.sector >= 0) == working_at_home)
        retired = int(np.sum(people.person.stage == RETIRED))
        assert retired == retired_before + int(simulation.accounts.events[t, 4])
        before, retired_before = now, retired
    pillars = [
        simulation.accounts.yearly()[f"pillar_{pillar}"] for pillar in ("gain", "train", "circulation", "linkage")
    ]
    assert np.allclose(np.sum(pillars, axis=0), simulation.accounts.yearly()["net_brain_gain"])
    assert np.sum((people.person.stage == EMPLOYED) | (people.person.stage == JOB_SEEKER)) > 2_000


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_seeds_out_of_range_are_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="seed is"):
        Simulation(kazakhstan(100, "2026-02"), seed=seed)
