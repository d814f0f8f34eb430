"""How far a sweep is, as any other process can see it while it goes on.

A sweep notes beside its store what it is going to run; a reader counts what the store has of that.  The reader opens
the store read-only and holds no lock beyond its one query, so it never disturbs the writer.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm.gate import Gate, Refusal
from abm.sweep.design import Run
from abm.sweep.store import FAILED, SUCCEEDED, StoreError, refuse_irregular
from abm.writing import write_text

__all__ = ["PLAN_SUFFIX", "Progress", "note_plan", "read_progress"]


class _PlanError(Refusal):
    """A plan that cannot be read."""


GATE = Gate(_PlanError, "the plan of a sweep", largest=200_000_000)
PLAN_SUFFIX = ".plan"  # of the file beside the store
NAMED_ERRORS = 3


@dataclass(frozen=True)
class Progress:
    """What a store has of a sweep.

    ``running`` is None where that cannot be known: the sweep was started on another machine.
    """

    n_planned: int
    n_succeeded: int
    n_failed: int
    n_before: int  # finished when the sweep was last started
    running: bool | None
    process: int
    host: str
    seconds: float  # since the sweep was last started
    errors: tuple[tuple[str, int], ...]  # the most frequent, with how many runs had each

    @property
    def n_done(self) -> int:
        """Runs that ended, well or not."""
        return self.n_succeeded + self.n_failed

    @property
    def rate(self) -> float | None:
        """Runs a second since the last start, or None where the sweep does not run or has finished none yet."""
        new = self.n_done - self.n_before
        return new / self.seconds if self.running and new > 0 and self.seconds > 0.0 else None

    @property
    def seconds_left(self) -> float | None:
        """Time until the last run at this rate, or None without a rate."""
        return None if self.rate is None else (self.n_planned - self.n_done) / self.rate


def note_plan(store: Path, runs: Sequence[Run], command: str) -> None:
    """Write beside a store what is about to be run, for :func:`read_progress`."""
    names = list(dict.fromkeys(run.name for run in runs))
    content = {
        "command": command,
        "host": platform.node(),
        "process": os.getpid(),
        "began": datetime.datetime.now(datetime.UTC).isoformat(),
        "n_before": len(_found(store, names)),
        "runs": names,
    }
    write_text(_plan_of(store), json.dumps(content))


def read_progress(store: Path) -> Progress:
    """Return how far the sweep of a store is.

    Raises
    ------
    StoreError
        If there is no store, or no plan of a sweep beside it.
    """
    path = _plan_of(store)
    try:
        plan: dict[str, Any] = GATE.parse_json(GATE.read_text(path), path)
        began = datetime.datetime.fromisoformat(plan["began"])
        names, before = [str(name) for name in plan["runs"]], int(plan["n_before"])
        process, host = int(plan["process"]), str(plan["host"])
    except _PlanError as error:
        raise StoreError(f"no sweep can be seen here: {error}") from None
    except (ValueError, KeyError, TypeError, OverflowError):
        raise StoreError(f"{path}: this is not the plan of a sweep; starting the sweep again makes it anew") from None
    found = _found(store, names)
    statuses = Counter(status for status, _ in found.values())
    errors = Counter(error for status, error in found.values() if status == FAILED)
    return Progress(
        n_planned=len(names),
        n_succeeded=statuses[SUCCEEDED],
        n_failed=statuses[FAILED],
        n_before=before,
        running=_is_running(process) if host == platform.node() else None,
        process=process,
        host=host,
        seconds=(datetime.datetime.now(datetime.UTC) - began).total_seconds(),
        errors=tuple(errors.most_common(NAMED_ERRORS)),
    )


def _plan_of(store: Path) -> Path:
    return store.with_name(store.name + PLAN_SUFFIX)


def _found(store: Path, names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return status and error of those of some runs that a store has."""
    refuse_irregular(store)
    wanted = set(names)
    query = "SELECT substr(key, 1, 16), status, error FROM run"
    try:
        with closing(_open_to_read(store)) as database:
            return {name: (status, error) for name, status, error in database.execute(query) if name in wanted}
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{store}: the store cannot be read ({error})") from None


def _open_to_read(store: Path) -> sqlite3.Connection:
    """Open a store without leaving a trace of it.

    A file that is written ahead, but has no such log beside it, is one that nobody has open: it is read as it is, since
    SQLite would make the log anew, and could not in a folder that this user cannot write.
    """
    is_closed = not store.with_name(store.name + "-wal").exists() and _writes_ahead(store)
    how = "mode=ro&immutable=1" if is_closed else "mode=ro"
    return sqlite3.connect(f"{store.absolute().as_uri()}?{how}", uri=True, timeout=30.0)


def _writes_ahead(store: Path) -> bool:
    """Return whether a store's header says so (https://www.sqlite.org/fileformat2.html, "File format version")."""
    try:
        with store.open("rb") as handle:
            return handle.read(20)[18:20] == b"\x02\x02"
    except OSError:
        return False  # SQLite will say what is wrong


def _is_running(process: int) -> bool | None:
    if os.name != "posix":
        return None  # elsewhere, asking a process for a sign of life ends it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
