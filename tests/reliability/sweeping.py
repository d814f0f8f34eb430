"""What tests of sweeps share: a design over a fake model, its published bytes, and processes that are killed.

Waiting is for a condition, and limits are far beyond what a busy machine needs: they only end what is stuck.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial, Run, plan
from abm.sweep.runner import do_runs
from abm.sweep.store import Store
from abm.sweep.table import write_runs

PROJECT = Path(__file__).parents[2]
PATIENCE = 600.0  # seconds until a process that should have ended counts as stuck; it may have to compile the model
GONE = 60.0  # seconds in which nothing may be left of a killed process; what would stay stays for minutes
WORLD = Scenario.load("two-country").replace({"graduates": 1000})
NEEDS_PROC = "looks for processes in /proc"
HAS_PROC = Path("/proc/self/stat").exists()


def with_project() -> dict[str, str]:
    """Return the environment of a process that finds the project wherever it is started."""
    return os.environ | {"PYTHONPATH": str(PROJECT)}


def runs_of(*sizes: int, replicates: int = 3) -> list[Run]:
    """Return a sweep over worlds of these sizes."""
    arms = FullFactorial([Factor(name="graduates", values=sizes or (100, 200, 300))]).arms()
    return plan(WORLD, arms, replicates=replicates, seed=1)


def table_bytes(folder: Path, runs: Sequence[Run], **options: Any) -> bytes:
    """Return the published table of a sweep in a new store."""
    with Store(folder / "runs.sqlite") as store:
        do_runs(runs, store, quiet=True, **options)
        write_runs(folder / "runs.csv.xz", runs, store)
    return (folder / "runs.csv.xz").read_bytes()


def with_interrupts(command: Sequence[str], handler: str = "SIG_DFL") -> list[str]:
    """Return a command of Python that Ctrl-C reaches, or with ``SIG_IGN`` does not, however the tests were started.

    A shell's background jobs ignore interrupts, and so does all that they start: ``nohup make test &``.
    """
    prepare = f"import os, signal, sys; signal.signal(signal.SIGINT, signal.{handler})"
    prepare += "; os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", prepare, sys.executable, *command[1:]]


def started(program: str, folder: Path, handler: str = "SIG_DFL") -> subprocess.Popen[str]:
    """Start a program in a session of its own, so that nothing it starts can be missed (:func:`with_interrupts`)."""
    script = folder / "program.py"
    script.write_text(program, encoding="utf-8")
    command = with_interrupts([sys.executable, str(script)], handler)
    return subprocess.Popen(command, env=with_project(), stderr=subprocess.PIPE, text=True, start_new_session=True)


def keys_in(path: Path) -> set[str]:
    """Return the keys of the runs in a store, without touching it."""
    if not path.exists():
        return set()
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE)) as database:
            return {key for (key,) in database.execute("SELECT key FROM run")}
    except sqlite3.OperationalError as error:
        assert "no such table" in str(error), error
        return set()


def wait_for_rows(path: Path, n_rows: int) -> None:
    """Wait until a store has so many finished runs."""
    end = time.monotonic() + PATIENCE
    while len(keys_in(path)) < n_rows:
        assert time.monotonic() < end, "the sweep did not start in time"
        time.sleep(0.02)


def once_stored(path: Path, n_rows: int, act: Callable[[], object]) -> threading.Thread:
    """Do something from a thread as soon as a store has so many finished runs."""

    def wait() -> None:
        wait_for_rows(path, n_rows)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def alive_in_session(session: int) -> list[int]:
    """Return the processes of a session that run; one that has ended and only waits to be collected does not."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


def left_in_session(session: int) -> list[int]:
    """Return what is left of a session after the time in which everything has to be gone."""
    end = time.monotonic() + GONE
    while (left := alive_in_session(session)) and time.monotonic() < end:
        time.sleep(0.02)
    return left
