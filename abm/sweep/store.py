"""The store of a sweep: one SQLite file in which every finished run is safe.

One process writes, a transaction for each finished chunk of runs, in write-ahead mode and flushed to the disk before
the write counts as done; a killed sweep therefore loses only what was still being computed.  Runs are kept under a
digest of everything that determines them, so nothing is ever run twice and a larger design only adds.  The file is
scratch: what is published is made from it (:mod:`abm.sweep.table`).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from abm.reforms.base import Reform
from abm.scenario import shown
from abm.sweep.manifest import model_version
from abm.sweep.own_reforms import known_reforms
from abm.writing import TakenError, hold

__all__ = [
    "BESIDE",
    "FAILED",
    "SUCCEEDED",
    "Outcome",
    "Series",
    "Store",
    "StoreError",
    "digest_of",
    "key_of",
    "pack",
    "refuse_irregular",
    "run_key",
    "unpack",
]

SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
APPLICATION = 0x42524741  # "BRGA", which marks the file as ours
LAYOUT = 2  # 1 did not say which model a run is of, and kept series as text
COLUMNS = "key, status, error, seconds, series"
SMALLEST_PAGE = 512  # bytes that SQLite reads and writes at a time, at least
BESIDE = ("-wal", "-shm", "-journal")  # endings of the files that SQLite keeps beside it
DIGEST_DIGITS = 16  # of a run's rows: 64 bits, so that no two are the same by chance
LARGEST_QUERY = 500  # keys asked for at a time, below SQLite's oldest limit of 999

Series = dict[str, list[Any]]


class StoreError(RuntimeError):
    """A store that cannot be used, said in one sentence."""


@dataclass(frozen=True)
class Outcome:
    """What became of a run: its yearly series, packed, or the error that ended it."""

    key: str
    status: str
    error: str
    seconds: float
    series: bytes


def run_key(scenario: str, reforms: Sequence[Reform], seed: int, measured: str = "") -> str:
    """Return the digest of all that determines a run: the model's version, scenario (TOML), reforms and seed.

    A reform of one's own is known by what it says in this scenario (:mod:`abm.sweep.own_reforms`).  ``measured`` says
    what is measured in the run beyond the accounts, so that runs with other columns never meet.
    """
    return key_of(scenario, known_reforms(scenario, reforms, measured).known, seed, measured)


def key_of(scenario: str, known: Sequence[Mapping[str, Any]], seed: int, measured: str = "") -> str:
    """Return the key of a run of which it is known already by what its reforms are told from others."""
    determinants: list[Any] = [model_version(), scenario, known, seed]
    if measured:
        determinants.append(measured)
    return hashlib.sha256(json.dumps(determinants, sort_keys=True).encode()).hexdigest()


def digest_of(series: Mapping[str, Any]) -> str:
    """Return the digest of a run's yearly series, of every bit of them, by which a run made again is known.

    Whether the numbers come from the model, as arrays, or from a store, as lists, makes no difference.
    """
    digest = hashlib.sha256()
    for name, values in series.items():
        row = np.asarray(values)
        row = row.astype("<f8" if row.dtype.kind == "f" else "<i8")
        digest.update(f"{name} {row.dtype.str} {len(row)}\n".encode() + row.tobytes())
    return digest.hexdigest()[:DIGEST_DIGITS]


def pack(series: Mapping[str, np.ndarray]) -> bytes:
    """Return yearly series as compressed bytes from which every bit comes back.

    A line says name, type and length of each series; the numbers follow as the processor has them, since turning them
    into text takes a good part of a short run's time.

    Raises
    ------
    TypeError
        If a series is anything but a row of numbers.
    """
    arrays = {name: np.ascontiguousarray(values) for name, values in series.items()}
    for name, values in arrays.items():
        if values.ndim != 1 or values.dtype.kind not in "biuf":
            raise TypeError(f"{name} is no row of numbers")
    head = json.dumps([[name, values.dtype.str, len(values)] for name, values in arrays.items()]).encode()
    return zlib.compress(b"\n".join((head, b"".join(values.tobytes() for values in arrays.values()))), level=1)


def unpack(packed: bytes) -> Series:
    """Return the yearly series that :func:`pack` was given, as lists.

    Raises
    ------
    StoreError
        If these are not the bytes that were packed.
    """
    try:
        plain = zlib.decompress(packed)
        if plain.startswith(b"{"):  # as layout 1 had them
            return dict(json.loads(plain))
        head, _, numbers = plain.partition(b"\n")
        series: Series = {}
        first = 0
        for name, kind, length in _layout(head):
            series[name] = np.frombuffer(numbers, kind, length, first).tolist()
            first += length * kind.itemsize
    except (zlib.error, ValueError, TypeError) as error:
        raise StoreError(f"the series of a run is damaged ({error}); the same command runs it again") from error
    return series


@functools.lru_cache(maxsize=256)
def _layout(head: bytes) -> list[tuple[str, np.dtype[Any], int]]:
    """Return name, type and length of each series; those of a sweep's runs are mostly the same."""
    return [(name, np.dtype(kind), length) for name, kind, length in json.loads(head)]


def _is_sound(packed: Any) -> bool:
    """Return whether series come back; the checksum of the compression tells of any byte that is another."""
    try:
        plain = zlib.decompress(packed)
        if plain.startswith(b"{"):
            return isinstance(json.loads(plain), dict)
        head, _, numbers = plain.partition(b"\n")
        return len(numbers) == sum(kind.itemsize * length for _, kind, length in _layout(head))
    except (zlib.error, ValueError, TypeError):
        return False


class Store:
    """An open store; close it, or use it in a ``with`` block.

    Parameters
    ----------
    path : path
        The SQLite file; it is made, with its folder, if there is none.
    network : bool
        Whether the file is on a network file system, where SQLite cannot write ahead: a rollback journal does the
        same, a little more slowly.

    Raises
    ------
    StoreError
        If the file is not a store, is damaged, cannot be written or is in use by another sweep; later, if it is no
        longer where it was.
    """

    def __init__(self, path: str | Path, *, network: bool = False) -> None:
        if not isinstance(path, (str, Path)) or not _is_path(str(path)) or not Path(path).name:
            raise StoreError(f"the store is {shown(path)}, but must be the path of a file")
        self.path = path = Path(path)
        self._network = network
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            refuse_irregular(path)
            self._lock = _lock(path)
        except OSError as error:
            raise StoreError(f"{path}: the store cannot be written ({error.strerror})") from None
        try:
            with self._speaking():
                self._refuse_what_is_cut_short()
                self._database = sqlite3.connect(path, timeout=30.0, isolation_level=None)
                self._open()
                self._files = self._found_files()
        except StoreError:
            self.close()
            raise

    def _refuse_what_is_cut_short(self) -> None:
        """Refuse what SQLite would take for a new or a sound database, though its end is missing.

        A page whose end is missing is read as if there were zeros, and what is beside an empty file is thrown away.
        """
        ahead, back = (self.path.with_name(self.path.name + ending) for ending in ("-wal", "-journal"))
        size = _size(self.path)
        page = _page_size(self.path) if size else SMALLEST_PAGE
        if size < page and _size(ahead):
            raise sqlite3.DatabaseError(f"it has {size} bytes, too few for what is in {ahead.name} beside it")
        unfinished = _size(ahead) or _size(back)  # SQLite finishes first what a killed process had begun
        if size % page and not unfinished:
            raise sqlite3.DatabaseError("its end is missing")

    def _open(self) -> None:
        """Make sure that the file is ours and sound before anything is written to it."""
        database = self._database
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (n_tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION and n_tables:
            raise StoreError(f"{self.path}: this is another program's database; name another folder with --out")
        (layout,) = database.execute("PRAGMA user_version").fetchone()
        if n_tables and layout not in (1, LAYOUT):
            raise StoreError(
                f"{self.path}: the store has layout {layout}, but this version reads 1 and {LAYOUT}; "
                "name another folder with --out"
            )
        (soundness,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if soundness != "ok":
            raise sqlite3.DatabaseError(soundness)
        self._choose_journal()
        with self._transaction():
            if not n_tables:
                database.execute(
                    "CREATE TABLE run (key TEXT PRIMARY KEY, status TEXT NOT NULL, error TEXT NOT NULL, "
                    "seconds REAL NOT NULL, series BLOB NOT NULL, model TEXT NOT NULL) WITHOUT ROWID"
                )
            elif layout == 1:
                database.execute("ALTER TABLE run ADD COLUMN model TEXT NOT NULL DEFAULT ''")
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute(f"PRAGMA user_version = {LAYOUT}")

    def _choose_journal(self) -> None:
        """Write ahead, which needs memory that processes share; a network file system has none."""
        journal = "delete" if self._network else "wal"
        (chosen,) = self._database.execute(f"PRAGMA journal_mode = {journal}").fetchone()
        if chosen != journal:
            raise StoreError(
                f"{self.path}: the store cannot be kept as {journal.upper()} here, but only as {chosen.upper()}; "
                "on a network file system say --network-store"
            )
        self._database.execute("PRAGMA synchronous = FULL")

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Keep some outcomes: all of them or none; when this returns they are on the disk.

        A run that succeeded is never replaced; one that failed is replaced by its next attempt.
        """
        self.check_place()
        model = model_version()
        rows = [(one.key, one.status, one.error, one.seconds, one.series, model) for one in outcomes]
        with self._speaking(), self._transaction():
            self._database.executemany(
                f"INSERT INTO run ({COLUMNS}, model) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET status = excluded.status, error = excluded.error, "
                "seconds = excluded.seconds, series = excluded.series "
                f"WHERE run.status <> '{SUCCEEDED}'",
                rows,
            )
        self.check_place()

    def check_place(self) -> None:
        """Make sure that the store is where it was: what is written to a file without a name is lost with the process.

        Raises
        ------
        StoreError
            If it was deleted or moved, or its disk is gone.
        """
        try:
            is_there = self._found_files() == self._files
        except OSError:
            is_there = False
        if not is_there:
            raise StoreError(
                f"{self.path}: the store is no longer where it was (deleted, moved or unmounted), so the sweep has "
                "stopped; runs that were in it are lost unless it comes back"
            )

    def _found_files(self) -> list[tuple[int, int]]:
        """Return what tells the store's files from all others: disk and number on it."""
        endings = [""] if self._network else ["", "-wal"]
        found = [self.path.with_name(self.path.name + ending).stat() for ending in endings]
        return [(one.st_dev, one.st_ino) for one in found]

    def drop_damaged(self, keys: Sequence[str]) -> int:
        """Drop those of some runs that succeeded, but of whose series the bytes have changed, and return how many."""
        with self._speaking():
            damaged = [
                (key,)
                for part in _parts(keys)
                for key, series in self._database.execute(
                    f"SELECT key, series FROM run WHERE status = '{SUCCEEDED}' AND key IN ({_places(part)})", part
                )
                if not _is_sound(series)
            ]
            if damaged:
                with self._transaction():
                    self._database.executemany("DELETE FROM run WHERE key = ?", damaged)
        return len(damaged)

    def succeeded(self, keys: Sequence[str]) -> set[str]:
        """Return those of some keys whose runs have succeeded."""
        with self._speaking():
            return {
                key
                for part in _parts(keys)
                for (key,) in self._database.execute(
                    f"SELECT key FROM run WHERE status = '{SUCCEEDED}' AND key IN ({_places(part)})", part
                )
            }

    def n_of_other_models(self) -> int:
        """Return how many runs are of other versions of the model; their keys never meet those of this one's."""
        with self._speaking():
            counted = self._database.execute("SELECT count(*) FROM run WHERE model <> ?", (model_version(),))
            return int(counted.fetchone()[0])

    def outcomes(self, keys: Sequence[str]) -> Iterator[Outcome]:
        """Yield what became of the runs with these keys, in the order of the keys; those not run yet are left out."""
        for part in _parts(keys):
            with self._speaking():
                rows = self._database.execute(
                    f"SELECT {COLUMNS} FROM run WHERE key IN ({_places(part)})", part
                ).fetchall()
            found = {row[0]: Outcome(*row) for row in rows}
            yield from (found[key] for key in part if key in found)

    def close(self) -> None:
        """Close the file; nothing is lost if this is never called."""
        if hasattr(self, "_database"):
            self._database.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._database.in_transaction:  # a full disk has undone it already
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Say in one sentence what SQLite or the system reports."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self.path}: the store cannot be used ({error.strerror})") from error
        except sqlite3.OperationalError as error:
            if hasattr(self, "_files"):
                self.check_place()
            raise StoreError(f"{self.path}: the store cannot be used ({error}); what it holds is safe") from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{self.path}: this is not a store of runs, or it is damaged ({error}); move it away or name another "
                "folder with --out"
            ) from error


def refuse_irregular(path: Path) -> None:
    """Refuse a store that is no file, or has no file beside it where SQLite keeps one: opening it might never end.

    Raises
    ------
    StoreError
        If it is a folder, a pipe or a device.
    """
    for one in (path, *(path.with_name(path.name + ending) for ending in BESIDE)):
        if one.exists() and not one.is_file():
            raise StoreError(f"{one}: this is no ordinary file, so no store can be kept here; move it away")


def _is_path(text: str) -> bool:
    """Return whether the system can have a file of this name, whose letters the locale may not know."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _page_size(path: Path) -> int:
    """Return the bytes of a page, which stand after the 16 that every SQLite file begins with; 1 means 65,536."""
    with path.open("rb") as handle:
        stated = int.from_bytes(handle.read(18)[16:], "big")
    return 65536 if stated == 1 else max(stated, SMALLEST_PAGE)


def _size(path: Path) -> int:
    """Return the bytes of a file, or 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(keys), LARGEST_QUERY):
        yield keys[first : first + LARGEST_QUERY]


def _places(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _lock(path: Path) -> IO[bytes] | None:
    """Hold a lock beside the store for as long as this process has it open; on Windows SQLite's own have to do."""
    try:
        return hold(path.with_name(path.name + ".lock"), needed=True)
    except TakenError as error:
        raise StoreError(str(error)) from None
    except BlockingIOError:
        raise StoreError(f"{path}: another sweep is using this store; wait for it or name another folder") from None
