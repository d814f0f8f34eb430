"""Runs that share their past come to the bits of runs that were done apart, in any order and however they are ended."""

from __future__ import annotations

import dataclasses
import random
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from branches import later
from plans import EVERY_KIND

from abm.reforms import Change, GraduateResearchFunding, JudicialReform, MeritReform, Reform, Reversal
from abm.scenario import Scenario
from abm.setup import set_up
from abm.simulation import Simulation
from abm.sweep import Factor, FullFactorial, Plans, shared_past
from abm.sweep.design import Run, plan
from abm.sweep.shared_past import together
from abm.sweep.store import SUCCEEDED, Store
from abm.sweep.work import run_chunk, simulate_years
from tests.reliability.sweeping import PROJECT, keys_in, once_stored, started, table_bytes

WORLD = Scenario.load("kazakhstan").replace({"end": "2028-12", "graduates": 400})
COURTS, COURTS_LATER = JudicialReform(target=0.5, speed=0.1), JudicialReform(start="2027-05", target=0.5, speed=0.1)
MERIT = MeritReform(start="2027-09", target=0.9)
PLANS: dict[str, tuple[Reform, ...]] = {
    "none": (),
    "idle": (MeritReform(target=0.0),),
    "courts": (COURTS,),
    "courts and a reversal": (COURTS, Reversal(start="2027-05")),
    "courts and merit": (COURTS, MERIT),
    "courts later": (COURTS_LATER,),
    "courts later and merit": (COURTS_LATER, MERIT),
    "merit": (MERIT,),
    "more people": (GraduateResearchFunding(start="2026-07", graduates=0.5, masters=0.1),),
    "more people and merit": (GraduateResearchFunding(start="2026-07", graduates=0.5, masters=0.1), MERIT),
    "everything": EVERY_KIND,
    "everything a year later": later(EVERY_KIND, 12),
}


def runs_of(replicates: int = 2) -> list[Run]:
    """Return a sweep of all plans."""
    return plan(WORLD, Plans.of(PLANS).arms(), replicates=replicates, seed=3)


def apart(world: Scenario, reforms: Sequence[Reform], seed: int) -> Any:
    """Do a run as nobody shares it."""
    return simulate_years(world, reforms, seed)


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    """Return what comes out of each run that is done by itself, by key."""
    return {run.key: run_chunk([run])[0].series for run in runs_of()}


def test_runs_done_together_have_the_bits_of_runs_done_apart_in_any_order(expected: dict[str, bytes]) -> None:
    runs = runs_of()
    for seed in range(4):
        random.Random(seed).shuffle(runs)
        outcomes = run_chunk(runs)
        assert [one.key for one in outcomes] == [run.key for run in runs]
        assert all(one.status == SUCCEEDED and one.series == expected[one.key] for one in outcomes)
    assert len(set(expected.values())) > 2 * (len(PLANS) - 2)


def test_shared_months_are_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    months: list[int] = []
    networks: list[int] = []
    step = Simulation.step
    monkeypatch.setattr(Simulation, "step", lambda self: (months.append(self.month), step(self))[1])
    monkeypatch.setattr("abm.simulation.set_up", lambda *given: (networks.append(1), set_up(*given))[1])
    late = [(), (MeritReform(start="2028-01", target=0.9),), (JudicialReform(start="2028-07"),), ()]
    assert len(list(together(WORLD, late, 1))) == len(late)
    assert len(months) == WORLD.n_months + 12 + 6 and len(networks) == 1
    months.clear()
    networks.clear()
    assert len(list(together(WORLD, [(), (COURTS,), (MeritReform(target=0.9),)], 1))) == 3
    assert len(months) == 3 * WORLD.n_months and len(networks) == 1


@pytest.mark.parametrize("options", [{}, {"workers": 2}, {"workers": 3}, {"workers": 2, "time_limit": 600.0}])
def test_tables_are_the_same_bytes_for_any_workers(options: dict[str, Any], tmp_path: Path) -> None:
    runs = runs_of()
    (tmp_path / "apart").mkdir(), (tmp_path / "together").mkdir()
    alone = tmp_path / "apart"
    with Store(alone / "runs.sqlite") as store:
        for run in runs:
            store.add(run_chunk([run]))
    assert table_bytes(alone, runs) == table_bytes(tmp_path / "together", runs, **options)


def test_runs_of_several_worlds_are_regrouped_and_come_out_the_same(tmp_path: Path) -> None:
    design = FullFactorial(
        [
            Factor(name="JudicialReform.start", values=("none", "2026-06", "2027-06")),
            Factor(name="graduates", values=(300, 400)),
        ],
        reforms=[JudicialReform()],
    )
    runs = plan(WORLD, design.arms(), replicates=2, seed=1)
    (tmp_path / "one").mkdir(), (tmp_path / "other").mkdir()
    one = table_bytes(tmp_path / "one", runs)
    with Store(tmp_path / "other" / "runs.sqlite") as store:
        for run in reversed(runs):
            store.add(run_chunk([run]))
    assert one == table_bytes(tmp_path / "other", runs)


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Spoilt(Reform):
    """Has its months fail, which nobody can tell from its environment."""

    def changes(self, environment: Any) -> list[Change]:
        return [Change("merit", 0.77)]


def test_a_failing_arm_fails_alone(monkeypatch: pytest.MonkeyPatch, expected: dict[str, bytes]) -> None:
    spoilt = (Spoilt(start="2027-02"),)
    plans = [*list(PLANS.values())[:8], spoilt, (MERIT, *spoilt)]
    step = Simulation.step

    def fail(self: Simulation) -> None:
        if self.month > 15 and any(isinstance(reform, Spoilt) for reform in self.reforms):
            raise ArithmeticError("spoilt")
        step(self)

    monkeypatch.setattr(Simulation, "step", fail)
    found = dict(together(WORLD, plans, 5))
    assert set(found) == set(range(10))
    for place in (8, 9):
        assert isinstance(found[place], ArithmeticError)
    for place in range(8):
        alone = simulate_years(WORLD, plans[place], 5)
        assert all(found[place][name].tobytes() == alone[name].tobytes() for name in alone)  # type: ignore[index]


def test_a_reform_that_cannot_be_carried_out_fails_alone() -> None:
    late = (MeritReform(start="2040-01"),)
    found = dict(together(WORLD, [(), late, (MERIT,)], 5))
    assert "start is '2040-01', but the run ends" in str(found[1])
    assert isinstance(found[0], dict) and isinstance(found[2], dict)


def test_no_more_runs_are_in_memory_than_the_bound_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    alive, most = [0], [0]
    begin = Simulation._begin

    class Counted:
        """Counts a run for as long as it is there."""

        def __init__(self) -> None:
            alive[0] += 1
            most[0] = max(most[0], alive[0])

        def __del__(self) -> None:
            alive[0] -= 1

    def counted(self: Simulation, population: Any) -> None:
        self.__dict__.setdefault("counted", Counted())
        begin(self, population)

    monkeypatch.setattr(Simulation, "_begin", counted)
    starts = [f"20{26 + n // 12}-{n % 12 + 1:02d}" for n in range(1, 33)]
    nested = [tuple(MeritReform(start=s, end=s, target=0.9) for s in starts[:n]) for n in range(33)]
    alone = [simulate_years(WORLD, reforms, 2) for reforms in nested]
    for bytes_allowed, allowed in ((10**12, 8), (2 * size_of(nested) + 1, 2), (size_of(nested) + 1, 1), (0, 1)):
        monkeypatch.setattr(shared_past, "MOST_BYTES", bytes_allowed)
        most[0] = 0
        found = dict(together(WORLD, nested, 2))
        assert most[0] <= allowed and alive[0] <= 1
        for place, series in enumerate(alone):
            assert all(found[place][name].tobytes() == series[name].tobytes() for name in series)  # type: ignore[index]


def size_of(plans: Sequence[Sequence[Reform]]) -> int:
    """Return the bytes that a run in these plans is taken for."""
    return shared_past.BYTES_A_PERSON * len(Simulation(WORLD, plans[0], seed=2).graduates.person)


def test_ones_own_function_runs_every_arm_by_itself() -> None:
    calls = []

    def mine(world: Scenario, reforms: Sequence[Reform], seed: int) -> Any:
        calls.append(reforms)
        return simulate_years(world, reforms, seed)

    runs = runs_of(1)[:4]
    assert all(one.status == SUCCEEDED for one in run_chunk(runs, mine))
    assert calls == [run.arm.reforms for run in runs]


PROGRAM = """
import sys
from pathlib import Path
sys.path.append({tests!r})
from abm.sweep.runner import do_runs
from abm.sweep.store import Store
from tests.reliability.test_shared_past import runs_of
if __name__ == "__main__":
    with Store(Path(__file__).parent / "runs.sqlite") as store:
        do_runs(runs_of(), store, workers={workers}, quiet=True)
"""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_after_any_end_the_sweep_goes_on_to_the_same_table(how: signal.Signals, workers: int, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    process = started(PROGRAM.format(workers=workers, tests=str(PROJECT / "tests")), folder)
    once_stored(folder / "runs.sqlite", 1, lambda: process.send_signal(how)).join()
    process.communicate()
    assert keys_in(folder / "runs.sqlite")
    (tmp_path / "whole").mkdir()
    assert table_bytes(folder, runs_of()) == table_bytes(tmp_path / "whole", runs_of())
