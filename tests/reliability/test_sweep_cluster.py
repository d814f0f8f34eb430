"""Sweeps through a real Dask scheduler and two real worker processes: the same table, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abm.sweep import cluster as cluster_module
from abm.sweep import runner
from abm.sweep.cluster import Cluster, ClusterError, connect
from abm.sweep.runner import SweepError, do_runs
from abm.sweep.store import FAILED, Store
from abm.sweep.table import write_runs
from tests.reliability.fake_model import DIES, NEVER_ENDS, NOT_A_NUMBER, RAISES, fake, modules_fake, slow_fake
from tests.reliability.sweeping import (
    HAS_PROC,
    NEEDS_PROC,
    PATIENCE,
    keys_in,
    left_in_session,
    once_stored,
    runs_of,
    started,
    table_bytes,
    wait_for_rows,
    with_project,
)
from tests.reliability.test_sweep import published

pytest.importorskip("distributed", reason="Dask is the extra 'cluster'")
pytestmark = pytest.mark.skipif(not HAS_PROC, reason=NEEDS_PROC)


class Machines:
    """A scheduler and its workers, each a command of its own as on a cluster, on this machine alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "scheduler.json"
        self._commands: list[subprocess.Popen[bytes]] = []
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self._wait_for(self._file.exists)
        self.address: str = json.loads(self._file.read_text())["address"]

    def start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a scheduler or a worker."""
        command = [sys.executable, "-m", "dask", what, *options, "--scheduler-file", str(self._file), "--no-dashboard"]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=with_project(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._commands.append(process)
        return process

    def start_workers(self, n: int, client: Any) -> None:
        """Start some workers with a thread each, and wait for them."""
        for _ in range(n):
            self.start("worker", "--nthreads", "1", "--host", "127.0.0.1")
        self._wait_for(lambda: len(client.nthreads()) == n)

    def kill_scheduler(self) -> None:
        """Kill the scheduler, which was started first."""
        self._commands[0].kill()

    def _wait_for(self, reached: Any) -> None:
        end = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def end(self) -> list[int]:
        """End everything, workers first, and return what is left of it."""
        for process in reversed(self._commands):
            process.terminate()
            process.wait(PATIENCE)
        left = [one for process in self._commands for one in left_in_session(process.pid)]
        for one in left:
            os.kill(one, signal.SIGKILL)
        return left


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Return a scheduler with two workers; the test of its last user is that nothing is left of them."""
    machines = Machines(tmp_path_factory.mktemp("machines"))
    try:
        with connect(machines.address) as cluster:
            machines.start_workers(2, cluster.client)
        yield machines
    finally:
        left = machines.end()
    assert left == []


@pytest.fixture
def cluster(machines: Machines) -> Iterator[Cluster]:
    """Return a connection to both workers."""
    with connect(machines.address) as cluster:
        cluster.client.wait_for_workers(2, PATIENCE)
        yield cluster


def both_tables(folder: Path, runs: Any, cluster: Cluster, **options: Any) -> tuple[bytes, bytes]:
    """Return the table of a sweep on the cluster, and that of the same runs done here."""
    (folder / "here").mkdir()
    (folder / "there").mkdir()
    there = table_bytes(folder / "there", runs, executor=cluster.executor, workers=cluster.n_workers, **options)
    return there, table_bytes(folder / "here", runs, simulate=fake)


@pytest.mark.parametrize("chunk_seconds", [0.0, 1.0])
def test_a_cluster_makes_the_same_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: Cluster, chunk_seconds: float
) -> None:
    monkeypatch.setattr(runner, "CHUNK_SECONDS", chunk_seconds)
    assert cluster.n_workers() == 2
    there, here = both_tables(tmp_path, runs_of(100, RAISES, 200, replicates=20), cluster, simulate=fake)
    assert there == here


def test_equal_runs_are_not_answered_from_the_schedulers_memory(cluster: Cluster) -> None:
    asked = [cluster.executor.submit(os.urandom, 8) for _ in range(2)]
    first, second = (future.result(PATIENCE) for future in asked)
    assert first != second


def test_cluster_workers_import_neither_mesa_nor_matplotlib(tmp_path: Path, cluster: Cluster) -> None:
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs_of(replicates=1), store, executor=cluster.executor, simulate=modules_fake, quiet=True)
    heavy = cluster.client.run(lambda: [name for name in ("mesa", "matplotlib") if name in sys.modules])
    assert set(map(tuple, heavy.values())) == {()}


@pytest.mark.parametrize("limit", [None, 5.0])
def test_a_killed_cluster_worker_changes_nothing(tmp_path: Path, cluster: Cluster, limit: float | None) -> None:
    """It takes its chunk with it, which is done again, and with a limit the process that it watches."""
    victim = next(iter(cluster.client.run(os.getpid).values()))
    runs = runs_of(replicates=100)
    killer = once_stored(tmp_path / "there" / "runs.sqlite", 10, lambda: os.kill(victim, signal.SIGKILL))
    there, here = both_tables(tmp_path, runs, cluster, simulate=slow_fake, time_limit=limit)
    killer.join()
    assert there == here
    assert not Path(f"/proc/{victim}").exists()


def test_a_run_that_kills_cluster_workers_is_a_row_and_takes_no_other_with_it(tmp_path: Path, cluster: Cluster) -> None:
    runs = runs_of(100, DIES, 200, 300, replicates=1)
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs, store, executor=cluster.executor, workers=cluster.n_workers, simulate=fake, quiet=True)
        outcomes = list(store.outcomes([run.key for run in runs]))
    assert [outcome.status == FAILED for outcome in outcomes] == [False, True, False, False]
    assert "the process died in this run" in outcomes[1].error


def test_of_200_points_on_a_cluster_three_fail_and_say_how(tmp_path: Path, cluster: Cluster) -> None:
    runs = runs_of(*range(100, 170), RAISES, *range(170, 240), NEVER_ENDS, NOT_A_NUMBER, *range(240, 297), replicates=1)
    with Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(
            runs,
            store,
            executor=cluster.executor,
            workers=cluster.n_workers,
            simulate=fake,
            time_limit=3.0,
            quiet=True,
        )
        errors = {run.arm.levels["graduates"]: one.error for run, one in zip(runs, _all(store, runs), strict=True)}
    assert (sweep.n_succeeded, sweep.n_failed, sweep.n_missing) == (197, 3, 0)
    assert {size: error for size, error in errors.items() if error} == {
        RAISES: "RuntimeError: thirteen graduates are bad luck",
        NOT_A_NUMBER: "ArithmeticError: net_brain_gain is not a number in one year or more",
        NEVER_ENDS: "took longer than 3 s",
    }


def _all(store: Store, runs: Any) -> list[Any]:
    return list(store.outcomes([run.key for run in runs]))


def test_an_experiment_on_a_cluster_publishes_the_same_bytes(tmp_path: Path, machines: Machines) -> None:
    assert published(tmp_path / "here") == 0
    assert published(tmp_path / "there", "--cluster", machines.address, "--time-limit", "60", "--network-store") == 0
    for name in ("runs.csv.xz", "effects.csv", "table.md"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes(), name


SWEEP = """
import sys
from pathlib import Path
from abm.sweep.cluster import connect
from abm.sweep.runner import do_runs
from abm.sweep.store import Store
from tests.reliability.fake_model import slow_fake
from tests.reliability.sweeping import runs_of
with connect({address!r}) as cluster, Store(Path({store!r})) as store:
    sweep = do_runs(
        runs_of(replicates=900), store, executor=cluster.executor, workers=cluster.n_workers, simulate=slow_fake
    )
sys.exit(130 if sweep.interrupted else 0)
"""


def test_an_interrupted_sweep_on_a_cluster_stops_at_once(tmp_path: Path, machines: Machines) -> None:
    store = tmp_path / "runs.sqlite"
    process = started(SWEEP.format(address=machines.address, store=str(store)), tmp_path)
    wait_for_rows(store, 5)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said == "Stopping; what is done is kept.\n"
    assert len(keys_in(store)) < 900  # a third of all, which take half a minute


# --- clusters that cannot be used ---


def test_a_scheduler_that_dies_gets_one_sentence_and_the_sweep_goes_on_elsewhere(tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    runs = runs_of(replicates=200)
    try:
        with connect(machines.address) as cluster, Store(tmp_path / "runs.sqlite") as store:
            machines.start_workers(1, cluster.client)
            killer = once_stored(tmp_path / "runs.sqlite", 1, machines.kill_scheduler)
            with pytest.raises(SweepError, match="scheduler is gone; finished runs are kept"):
                do_runs(runs, store, executor=cluster.executor, workers=1, simulate=slow_fake, quiet=True)
            killer.join()
    finally:
        left = machines.end()
    assert left == []
    with Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(runs, store, simulate=fake, quiet=True)
        write_runs(tmp_path / "runs.csv.xz", runs, store)
    assert 0 < sweep.n_found < len(runs)
    (tmp_path / "here").mkdir()
    assert (tmp_path / "runs.csv.xz").read_bytes() == table_bytes(tmp_path / "here", runs, simulate=fake)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1"])
def test_an_address_where_nobody_answers_gets_one_sentence_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], address: str
) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1.0)
    assert published(tmp_path / "out", "--cluster", address) == 2
    said = capfd.readouterr().err
    assert said.startswith(f"no Dask scheduler answers at '{address}'") and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_without_dask_the_extra_is_named_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert published(tmp_path / "out", "--cluster", "tcp://127.0.0.1:8786") == 2
    said = capsys.readouterr().err
    assert "pip install 'dask[distributed]'" in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_address_with_encryption_that_is_not_set_up_is_refused() -> None:
    with pytest.raises(ClusterError, match="names no certificate"), connect("tls://127.0.0.1:8786"):
        pass


@pytest.mark.parametrize("address", ["", "somewhere", "tcp://", "tcp://host", "ftp://host:1", "tcp://a b:1", "h:65536"])
def test_what_is_no_address_is_refused_before_anybody_is_asked(address: str) -> None:
    with pytest.raises(ClusterError, match="is no address of a Dask scheduler"), connect(address):
        pass
