"""Sweeps lose nothing when they are killed or interrupted, they or their workers, and leave no process behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from abm.sweep.runner import do_runs
from abm.sweep.store import Store
from abm.sweep.table import write_runs
from tests.reliability.fake_model import fake
from tests.reliability.sweeping import (
    HAS_PROC,
    NEEDS_PROC,
    PATIENCE,
    alive_in_session,
    keys_in,
    left_in_session,
    runs_of,
    started,
    table_bytes,
    wait_for_rows,
    with_project,
)

REPLICATES = 900  # of three arms: more than all sweeps that are killed here come to

# notes every run whose commit has returned, in a file that a kill cannot take back
SWEEP = """
import os, sys
from pathlib import Path
from abm.sweep import runner, tally
from abm.sweep.store import Store
from tests.reliability.fake_model import slow_fake
from tests.reliability.sweeping import runs_of

class NotingStore(Store):
    def add(self, outcomes):
        super().add(outcomes)
        os.write(NOTES, "".join(one.key + "\\n" for one in outcomes).encode())

if __name__ == "__main__":  # workers import this file too
    folder = Path({folder!r})
    NOTES = os.open(folder / "acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    runner.CHUNK_SECONDS = 0.05
    with NotingStore(folder / "runs.sqlite") as store:
        sweep = runner.do_runs(
            runs_of(replicates={replicates}), store, workers={workers}, time_limit={limit}, simulate=slow_fake
        )
    sys.exit(130 if sweep.interrupted else 0)
"""


def sweep_program(folder: Path, workers: int, limit: float | None = None, replicates: int = REPLICATES) -> str:
    """Return a program that sweeps, and notes what is acknowledged."""
    return SWEEP.format(folder=str(folder), workers=workers, limit=limit, replicates=replicates)


def finish(folder: Path) -> bytes:
    """Finish a sweep here and return its table."""
    runs = runs_of(replicates=REPLICATES)
    with Store(folder / "runs.sqlite") as store:
        do_runs(runs, store, simulate=fake, quiet=True)
        write_runs(folder / "runs.csv.xz", runs, store)
    return (folder / "runs.csv.xz").read_bytes()


def uninterrupted(folder: Path) -> bytes:
    """Return the table of a sweep that nobody disturbed."""
    (folder / "undisturbed").mkdir()
    return table_bytes(folder / "undisturbed", runs_of(replicates=REPLICATES), simulate=fake)


@pytest.mark.skipif(not HAS_PROC, reason=NEEDS_PROC)
@pytest.mark.parametrize("n_kills", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_a_sweep_killed_again_and_again_loses_nothing_and_leaves_no_process(tmp_path: Path, n_kills: int) -> None:
    luck = random.Random(n_kills)
    n_found = 0
    for number in range(n_kills):
        process = started(sweep_program(tmp_path, workers=1 + number % 2), tmp_path)
        if luck.random() < 0.5:  # at any moment of the start
            time.sleep(luck.uniform(0.0, 1.2))
        else:  # at any moment of the runs
            wait_for_rows(tmp_path / "runs.sqlite", n_found + luck.randint(1, 20))
            time.sleep(luck.uniform(0.0, 0.1))
        process.kill()
        assert process.wait(PATIENCE) == -signal.SIGKILL, "the sweep ended before it was killed"
        assert left_in_session(process.pid) == []
        process.communicate(timeout=PATIENCE)
        found = keys_in(tmp_path / "runs.sqlite")
        notes = tmp_path / "acknowledged"
        assert set(notes.read_text().splitlines() if notes.exists() else []) <= found
        assert len(found) >= n_found
        n_found = len(found)
    assert finish(tmp_path) == uninterrupted(tmp_path)


ENDLESS = """
import os
from pathlib import Path
from abm.sweep.runner import do_runs
from abm.sweep.store import Store
from tests.reliability.fake_model import endless_fake
from tests.reliability.sweeping import runs_of
if __name__ == "__main__":
    os.environ["WORKERS_NOTED_IN"] = {notes!r}
    with Store(Path({notes!r}) / "runs.sqlite") as store:
        do_runs(runs_of(), store, workers=2, simulate=endless_fake, quiet=True)
"""


@pytest.mark.skipif(not HAS_PROC, reason=NEEDS_PROC)
def test_workers_in_the_middle_of_a_long_run_end_with_the_killed_sweep(tmp_path: Path) -> None:
    process = started(ENDLESS.format(notes=str(tmp_path)), tmp_path)
    end = time.monotonic() + PATIENCE
    while len(list(tmp_path.glob("[0-9]*"))) < 2:
        assert time.monotonic() < end, "the workers did not start in time"
        time.sleep(0.02)
    process.kill()
    process.wait(PATIENCE)  # not for its pipes, which workers that do not end would hold open
    left = left_in_session(process.pid)
    for worker in left:
        os.kill(worker, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert left == []


@pytest.mark.skipif(not HAS_PROC, reason=NEEDS_PROC)
def test_killed_workers_change_nothing(tmp_path: Path) -> None:
    process = started(sweep_program(tmp_path, workers=2), tmp_path)
    for n_rows in (5, 60, 120):
        wait_for_rows(tmp_path / "runs.sqlite", n_rows)
        for child in alive_in_session(process.pid):
            if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
                os.kill(child, signal.SIGKILL)
                break
    wait_for_rows(tmp_path / "runs.sqlite", 200)
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    with Store(tmp_path / "runs.sqlite") as store:
        done = list(store.outcomes([run.key for run in runs_of(replicates=REPLICATES)]))
    assert len(done) >= 200
    assert {outcome.error for outcome in done} == {""}
    assert finish(tmp_path) == uninterrupted(tmp_path)


@pytest.mark.skipif(not HAS_PROC, reason=NEEDS_PROC)
@pytest.mark.parametrize(("workers", "limit"), [(1, None), (2, None), (1, 5.0)])
def test_an_interrupted_sweep_stops_at_once_and_keeps_what_is_done(
    tmp_path: Path, workers: int, limit: float | None
) -> None:
    process = started(sweep_program(tmp_path, workers, limit), tmp_path)
    wait_for_rows(tmp_path / "runs.sqlite", 5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everybody
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert left_in_session(process.pid) == []
    assert said == "Stopping; what is done is kept.\n"
    with Store(tmp_path / "runs.sqlite") as store:
        # done at the end are the chunks begun before: of 2,700 runs that take a minute, a few dozen
        assert 5 <= len(store.succeeded([run.key for run in runs_of(replicates=REPLICATES)])) < REPLICATES


@pytest.mark.skipif(not HAS_PROC, reason=NEEDS_PROC)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_in_the_background_is_not_stopped_by_an_interrupt(tmp_path: Path, workers: int) -> None:
    """A shell starts background jobs with interrupts ignored: Ctrl-C is then meant for somebody else."""
    runs = runs_of(replicates=20)
    process = started(sweep_program(tmp_path, workers, replicates=20), tmp_path, "SIG_IGN")
    wait_for_rows(tmp_path / "runs.sqlite", 5)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert keys_in(tmp_path / "runs.sqlite") == {run.key for run in runs}
    assert left_in_session(process.pid) == []


FIRST_WORKER = """
from tests.reliability.fake_model import fake
from abm.sweep.watched import WatchedProcesses

if __name__ == "__main__":
    processes = WatchedProcesses(fake, None)
    processes.start_one()
    (worker,) = processes._idle
    with open(f"/proc/{worker._process.pid}/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("SigBlk")))
    processes.close()
"""


@pytest.mark.skipif(not HAS_PROC, reason=NEEDS_PROC)
def test_ctrl_c_never_reaches_a_worker_not_even_the_first_while_it_starts(tmp_path: Path) -> None:
    """Starting multiprocessing's resource tracker, as the first worker does, lets interrupts through again."""
    (tmp_path / "program.py").write_text(FIRST_WORKER, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "program.py")]
    done = subprocess.run(command, env=with_project(), capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert int(done.stdout, 16) & (1 << signal.SIGINT - 1)
