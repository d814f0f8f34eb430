"""However a sweep is done, it is the same table; what a run does to its process hurts no other run; memory stays."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from abm.sweep import runner
from abm.sweep.runner import SweepError, do_runs
from abm.sweep.store import FAILED, SUCCEEDED, Store
from abm.sweep.table import read_runs, write_runs
from tests.reliability.fake_model import NEVER_ENDS, NOT_A_NUMBER, RAISES, fake, slow_fake
from tests.reliability.sweeping import PATIENCE, runs_of, table_bytes, with_project

LARGEST_PARENT = 300e6  # bytes


class Disorderly(Executor):
    """Does some tasks at a time and says so in any order."""

    def __init__(self) -> None:
        self._luck = random.Random(5)
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Keep a task, and do the latest ones in any order when there are a few."""
        future: Future[Any] = Future()
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        if len(self._waiting) == 4:
            self._luck.shuffle(self._waiting)
            while self._waiting:
                one, task = self._waiting.pop()
                one.set_result(task())
        return future


@pytest.mark.parametrize("chunk_seconds", [0.0, 0.05, 100.0])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_and_any_size_of_chunks_make_the_same_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, chunk_seconds: float
) -> None:
    runs = runs_of(100, RAISES, 200, NOT_A_NUMBER, replicates=5)
    monkeypatch.setattr(runner, "CHUNK_SECONDS", chunk_seconds)
    (tmp_path / "serial").mkdir()
    (tmp_path / "other").mkdir()
    serial = table_bytes(tmp_path / "serial", runs, simulate=fake)
    assert table_bytes(tmp_path / "other", runs, simulate=slow_fake, workers=workers) == serial


def test_any_order_of_completion_makes_the_same_table(tmp_path: Path) -> None:
    runs = runs_of(100, 200, 300, replicates=4)  # twelve, so that nothing is left waiting for company
    (tmp_path / "serial").mkdir()
    (tmp_path / "other").mkdir()
    serial = table_bytes(tmp_path / "serial", runs, simulate=fake)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "CHUNK_SECONDS", 0.0)
        assert table_bytes(tmp_path / "other", runs, simulate=fake, executor=Disorderly(), workers=2) == serial


@pytest.mark.parametrize("workers", [1, 2])
def test_of_200_points_three_fail_and_say_how(tmp_path: Path, workers: int) -> None:
    runs = runs_of(*range(100, 170), RAISES, *range(170, 240), NEVER_ENDS, NOT_A_NUMBER, *range(240, 297), replicates=1)
    assert len(runs) == 200
    with Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(runs, store, workers=workers, simulate=fake, time_limit=3.0, quiet=True)
        write_runs(tmp_path / "runs.csv.xz", runs, store)
    assert (sweep.n_succeeded, sweep.n_failed, sweep.n_missing) == (197, 3, 0)
    table = read_runs(tmp_path / "runs.csv.xz").drop_duplicates("run").set_index("graduates")
    errors = table.loc[table["status"] == FAILED, "error"]
    assert (table["status"] == SUCCEEDED).sum() == 197
    assert dict(errors) == {
        RAISES: "RuntimeError: thirteen graduates are bad luck",
        NOT_A_NUMBER: "ArithmeticError: net_brain_gain is not a number in one year or more",
        NEVER_ENDS: "took longer than 3 s",
    }
    assert (table["seed"] == runs[0].seed).all()


def test_any_executors_runs_are_ended_after_their_time(tmp_path: Path) -> None:
    runs = runs_of(100, NEVER_ENDS, 200, replicates=1)
    with ThreadPoolExecutor(2) as executor, Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(runs, store, workers=2, executor=executor, simulate=fake, time_limit=3.0, quiet=True)
        outcomes = list(store.outcomes([run.key for run in runs]))
    assert (sweep.n_succeeded, sweep.n_failed) == (2, 1)
    assert outcomes[1].error == "took longer than 3 s"


def test_a_time_limit_leaves_runs_within_it_alone(tmp_path: Path) -> None:
    """Runs of 20 ms, which take longer than the limit together."""
    with Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(runs_of(100, replicates=150), store, simulate=slow_fake, time_limit=2.0, quiet=True)
    assert (sweep.n_succeeded, sweep.n_failed) == (150, 0)


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_senseless_time_limit_is_refused(tmp_path: Path, limit: float) -> None:
    with Store(tmp_path / "runs.sqlite") as store, pytest.raises(SweepError, match="must be more than 0"):
        do_runs(runs_of(), store, simulate=fake, time_limit=limit)


def test_what_workers_cannot_import_gets_one_sentence(tmp_path: Path) -> None:
    def homeless(*_: Any) -> Any:
        return {}

    with Store(tmp_path / "runs.sqlite") as store, pytest.raises(SweepError, match="cannot do runs") as raised:
        do_runs(runs_of(), store, workers=2, simulate=homeless, quiet=True)
    assert "homeless" in str(raised.value) and "\n" not in str(raised.value)


def test_an_executor_that_has_lost_a_worker_gets_one_sentence(tmp_path: Path) -> None:
    class Broken(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise BrokenExecutor("a worker is gone")

    with Store(tmp_path / "runs.sqlite") as store, pytest.raises(SweepError, match="finished runs are kept"):
        do_runs(runs_of(), store, executor=Broken(), simulate=fake, quiet=True)


def test_a_worker_with_another_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "model_version", lambda: "of tomorrow")
    with ThreadPoolExecutor(1) as executor, Store(tmp_path / "runs.sqlite") as store:
        with pytest.raises(SweepError, match="a worker has the model .* but the sweep is of 'of tomorrow'"):
            do_runs(runs_of(), store, executor=executor, simulate=fake, quiet=True)
        assert store.succeeded([run.key for run in runs_of()]) == set()


MEMORY = """
import sys
from pathlib import Path
from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial, plan
from abm.sweep.runner import do_runs
from abm.sweep.store import Store
from experiments.benchmark.timing import memory_figure
from tests.reliability.fake_model import fake

# nothing here needs tables, so that no pandas is counted: a sweep loads it when all runs are done
if __name__ == "__main__":
    peaks = []
    for replicates in (20, 200):
        arms = FullFactorial([Factor(name="graduates", values=range(100, 200))]).arms()
        runs = plan(Scenario.load("two-country"), arms, replicates=replicates, seed=1)
        with Store(Path(sys.argv[1]) / "runs.sqlite") as store:
            do_runs(runs, store, workers=2, simulate=fake, quiet=True)
        peaks.append(memory_figure("/proc/self/status", "VmHWM"))
    print(*peaks)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc for the peak of memory")
def test_twenty_thousand_runs_fit_into_the_memory_that_two_thousand_need(tmp_path: Path) -> None:
    script = tmp_path / "sweep.py"
    script.write_text(MEMORY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env=with_project(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    few, many = map(int, done.stdout.split())
    assert many < LARGEST_PARENT
    assert many - few < 40e6  # 18,000 runs more, of which only what to run is kept
