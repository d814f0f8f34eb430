"""The store refuses what is no store, says so in one sentence, and never harms what is there."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.sweep import store as store_module
from abm.sweep.runner import do_runs
from abm.sweep.store import FAILED, SUCCEEDED, Outcome, Store, StoreError, pack, unpack
from tests.reliability.fake_model import fake, large_fake
from tests.reliability.sweeping import runs_of

RUNS = runs_of(replicates=20)
KEYS = [run.key for run in RUNS]


def outcomes_in(path: Path, **options: bool) -> list[Outcome]:
    """Return everything that a store has of the runs."""
    with Store(path, **options) as store:
        return list(store.outcomes(KEYS))


@pytest.fixture(scope="module")
def closed_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a store that was closed."""
    path = tmp_path_factory.mktemp("closed") / "runs.sqlite"
    with Store(path) as store:
        do_runs(RUNS, store, simulate=fake, quiet=True)
    return path


@pytest.fixture(scope="module")
def killed_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a store as a kill leaves it, with the latest runs in the file beside it."""
    folder = tmp_path_factory.mktemp("killed")
    with Store(folder / "open.sqlite") as store:
        for first in range(0, len(RUNS), 10):
            do_runs(RUNS[first : first + 10], store, simulate=fake, quiet=True)
        for name in ("", "-wal"):
            shutil.copy(folder / f"open.sqlite{name}", folder / f"runs.sqlite{name}")
    return folder / "runs.sqlite"


def damaged_stores() -> Iterator[tuple[str, bytes]]:
    """Yield files that are no sound store, by what is wrong with them."""
    yield "text", b"year,value\n2026,1\n" * 500
    yield "noise", bytes(range(256)) * 64
    yield "short", b"SQLite format 3\0"


@pytest.mark.parametrize(("kind", "content"), list(damaged_stores()))
def test_a_foreign_or_corrupt_store_gets_one_sentence_and_stays_as_it_is(
    tmp_path: Path, kind: str, content: bytes
) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a store of runs, or it is damaged") as raised:
        Store(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)
    assert path.read_bytes() == content


@settings(max_examples=40)
@given(st.data())
def test_a_store_cut_off_anywhere_is_refused_and_stays_as_it_is(closed_store: Path, data: st.DataObject) -> None:
    content = closed_store.read_bytes()
    cut = content[: data.draw(st.integers(1, len(content) - 1))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        path.write_bytes(cut)
        with pytest.raises(StoreError, match="damaged"):
            Store(path)
        assert path.read_bytes() == cut


@settings(max_examples=40)
@given(st.data())
def test_a_killed_store_cut_off_anywhere_is_refused_or_gives_what_was_kept(
    closed_store: Path, killed_store: Path, data: st.DataObject
) -> None:
    kept = {outcome.key: outcome.series for outcome in outcomes_in(closed_store)}
    name = data.draw(st.sampled_from(["", "-wal"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        for part in ("", "-wal"):
            content = Path(f"{killed_store}{part}").read_bytes()
            cut = data.draw(st.integers(0, len(content))) if part == name else len(content)
            Path(f"{path}{part}").write_bytes(content[:cut])
        try:
            found = outcomes_in(path)
        except StoreError as error:
            assert "damaged" in str(error) and "\n" not in str(error)
            return
        assert all(outcome.series == kept[outcome.key] for outcome in found)
        # what comes after the cut is not there, what came before it is; nothing else was allowed to go
        assert len(found) == len(RUNS) or (name == "-wal" and cut < len(content))
        with Store(path) as store:
            assert do_runs(RUNS, store, simulate=fake, quiet=True).n_found == len(found)


def test_an_empty_store_beside_runs_written_ahead_is_refused(tmp_path: Path, killed_store: Path) -> None:
    ahead = tmp_path / "runs.sqlite-wal"
    shutil.copy(f"{killed_store}-wal", ahead)
    for content in (None, b"", killed_store.read_bytes()[:1], killed_store.read_bytes()[:4095]):
        if content is not None:
            (tmp_path / "runs.sqlite").write_bytes(content)
        with pytest.raises(StoreError, match="too few for what is in runs.sqlite-wal"):
            Store(tmp_path / "runs.sqlite")
        assert ahead.read_bytes() == Path(f"{killed_store}-wal").read_bytes()


@given(
    st.dictionaries(
        st.text(),
        st.one_of(
            st.lists(st.floats(width=64), max_size=5).map(lambda values: np.array(values, dtype=float)),
            st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5).map(lambda values: np.array(values, dtype=np.int64)),
        ),
    )
)
def test_series_come_back_to_the_bit(series: dict[str, np.ndarray]) -> None:
    found = unpack(pack(series))
    assert list(found) == list(series)
    for name, values in series.items():
        assert np.array(found[name], dtype=values.dtype).tobytes() == values.tobytes()


def test_what_is_no_row_of_numbers_is_not_kept() -> None:
    for values in (np.array(["text"]), np.zeros((2, 2)), np.array([None])):
        with pytest.raises(TypeError, match="gain is no row of numbers"):
            pack({"gain": values})


def test_a_damaged_series_gets_one_sentence() -> None:
    with pytest.raises(StoreError, match="the series of a run is damaged"):
        unpack(b"no series")


def test_another_programs_database_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE run (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database"):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="the lock beside the store is a POSIX one")
def test_a_store_in_use_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.sqlite"), pytest.raises(StoreError, match="another sweep is using this store"):
        Store(tmp_path / "runs.sqlite")
    Store(tmp_path / "runs.sqlite").close()


def test_runs_of_another_version_of_the_model_are_counted_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = runs_of(replicates=1)
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs, store, simulate=fake, quiet=True)
        monkeypatch.setattr(store_module, "model_version", lambda: "0.0.1")
        others = runs_of(replicates=1)
        assert not {run.key for run in runs} & {run.key for run in others}
        sweep = do_runs(others, store, simulate=fake)
        assert (sweep.n_found, sweep.n_succeeded, store.n_of_other_models()) == (0, 3, 3)
        assert len(list(store.outcomes([run.key for run in runs]))) == 3
    assert "3 runs in the store are of other versions of the model" in capsys.readouterr().err


def test_a_store_that_does_not_say_which_model_its_runs_are_of_goes_on(tmp_path: Path, closed_store: Path) -> None:
    path = tmp_path / "runs.sqlite"
    shutil.copy(closed_store, path)
    kept = {one.key: unpack(one.series) for one in outcomes_in(closed_store)}
    as_text = [(zlib.compress(json.dumps(series).encode()), key) for key, series in kept.items()]
    with closing(sqlite3.connect(path)) as database:  # as the first layout was
        database.execute("ALTER TABLE run DROP COLUMN model")
        database.executemany("UPDATE run SET series = ? WHERE key = ?", as_text)
        database.execute("PRAGMA user_version = 1")
        database.commit()
    assert {one.key: unpack(one.series) for one in outcomes_in(path)} == kept
    with Store(path) as store:
        assert store.n_of_other_models() == len(RUNS)


def test_a_store_of_a_later_layout_is_refused(tmp_path: Path, closed_store: Path) -> None:
    path = tmp_path / "runs.sqlite"
    shutil.copy(closed_store, path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 3")
    with pytest.raises(StoreError, match="has layout 3, but this version reads 1 and 2"):
        Store(path)


def test_on_a_network_file_system_nothing_is_written_ahead(tmp_path: Path, closed_store: Path) -> None:
    path = tmp_path / "runs.sqlite"
    shutil.copy(closed_store, path)
    for network, journal in ((True, "delete"), (False, "wal"), (True, "delete")):
        assert outcomes_in(path, network=network) == outcomes_in(closed_store)
        with Store(path, network=network) as store:
            store.add([Outcome(journal, SUCCEEDED, "", 0.0, b"")])
            assert store._database.execute("PRAGMA journal_mode").fetchone() == (journal,)
            assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
            assert Path(f"{path}-wal").exists() is not network


def test_a_success_is_never_replaced_but_a_failure_is(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.sqlite") as store:
        store.add([Outcome("a", SUCCEEDED, "", 1.0, b"first"), Outcome("b", FAILED, "no luck", 1.0, b"")])
        store.add([Outcome("a", FAILED, "late", 2.0, b""), Outcome("b", SUCCEEDED, "", 2.0, b"second")])
        assert [(one.status, one.series) for one in store.outcomes(["a", "b"])] == [
            (SUCCEEDED, b"first"),
            (SUCCEEDED, b"second"),
        ]


# --- one damaged run ---


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "text", "other"])
def test_a_damaged_run_is_done_again_and_the_rest_is_kept(
    tmp_path: Path, damage: str, closed_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "runs.sqlite"
    shutil.copy(closed_store, path)
    series = {one.key: one.series for one in outcomes_in(path)}
    key = KEYS[7]
    sound = series[key]
    bad: dict[str, bytes | str] = {
        "flipped": sound[:-6] + bytes([sound[-6] ^ 1]) + sound[-5:],
        "cut": sound[:-1],
        "empty": b"",
        "text": "no series",
        "other": zlib.compress(b'[["gain", "<f8", 4]]\n1234'),
    }
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE run SET series = ? WHERE key = ?", (bad[damage], key))
        database.commit()
    with Store(path) as store:
        sweep = do_runs(RUNS, store, simulate=fake)
        assert (sweep.n_found, sweep.n_succeeded, sweep.n_missing) == (len(RUNS) - 1, 1, 0)
        assert {one.key: one.series for one in store.outcomes(KEYS)} == series
        assert store.drop_damaged(KEYS) == 0
    said = capsys.readouterr().err
    assert "1 of the runs in the store was damaged and is run again." in said


# --- stores that are gone ---


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)


def _rename(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def _replace(folder: Path) -> None:
    _rename(folder)
    shutil.copytree(folder.with_name("elsewhere"), folder)


def _remove_store(folder: Path) -> None:
    (folder / "runs.sqlite").unlink()


def _remove_log(folder: Path) -> None:
    (folder / "runs.sqlite-wal").unlink()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a file in use can neither be removed nor renamed")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("happens", [_remove, _rename, _replace, _remove_store, _remove_log])
def test_a_sweep_whose_store_is_gone_stops_within_a_chunk_and_claims_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Path], None], workers: int
) -> None:
    monkeypatch.setattr("abm.sweep.runner.CHUNK_SECONDS", 0.0)
    folder = tmp_path / "out"
    added = []

    class Vanishing(Store):
        def add(self, outcomes: Iterable[Outcome]) -> None:
            added.append(outcomes)
            if len(added) == 4:
                happens(folder)
            super().add(outcomes)

    with Vanishing(folder / "runs.sqlite") as store:
        with pytest.raises(StoreError, match="the store is no longer where it was") as raised:
            do_runs(RUNS, store, simulate=fake, quiet=True, workers=workers)
    assert len(added) == 4
    assert "safe" not in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a file in use cannot be removed")
def test_a_store_that_goes_while_it_is_written_to_is_noticed_at_once(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.sqlite") as store:
        outcomes = ([Outcome("a", SUCCEEDED, "", 1.0, b"")], [Outcome("b", SUCCEEDED, "", 1.0, b"")])
        store.add(outcomes[0])

        def vanishing() -> Iterator[Outcome]:
            yield from outcomes[1]
            (tmp_path / "runs.sqlite").unlink()

        with pytest.raises(StoreError, match="no longer where it was"):
            store.add(vanishing())


# --- disks that take no more ---


class Disk:
    """A small file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, options: str) -> None:
        """Mount it, or mount it anew with other options."""
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(errno.EPERM, done.stderr.strip())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Return a disk of half a megabyte."""
    disk = Disk(tmp_path / "disk")
    disk.folder.mkdir()
    try:
        disk.mount("size=512k")
    except OSError as error:
        pytest.skip(f"a small disk can be mounted by root only, and where mounting is allowed ({error})")
    yield disk
    subprocess.run(["umount", str(disk.folder)], check=True)


@pytest.mark.parametrize("network", [False, True])
def test_a_full_disk_gets_one_sentence_and_the_sweep_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: Disk, network: bool
) -> None:
    monkeypatch.setattr("abm.sweep.runner.CHUNK_SECONDS", 0.0)  # a commit for each run
    path = disk.folder / "runs.sqlite"
    with pytest.raises(StoreError, match=r"the store cannot be used \(.*full\); what it holds is safe") as raised:
        with Store(path, network=network) as store:
            do_runs(RUNS, store, simulate=large_fake, quiet=True)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)
    disk.mount("remount,size=4m")
    with Store(path, network=network) as store:
        sweep = do_runs(RUNS, store, simulate=large_fake, quiet=True)
        found = list(store.outcomes(KEYS))
    assert 5 < sweep.n_found < len(RUNS) and sweep.n_missing == 0
    with Store(tmp_path / "other.sqlite") as other:
        do_runs(RUNS, other, simulate=large_fake, quiet=True)
        assert [one.series for one in other.outcomes(KEYS)] == [one.series for one in found]


@pytest.mark.skipif(os.name != "posix", reason="a limit on the size of files is a POSIX one")
def test_a_store_that_cannot_grow_gets_one_sentence_and_keeps_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    monkeypatch.setattr("abm.sweep.runner.CHUNK_SECONDS", 0.0)
    path = tmp_path / "runs.sqlite"
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store(path) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            with pytest.raises(StoreError, match="the store cannot be used"):
                do_runs(RUNS, store, simulate=large_fake, quiet=True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    with Store(path) as store:
        sweep = do_runs(RUNS, store, simulate=large_fake, quiet=True)
    assert 5 < sweep.n_found < len(RUNS) and sweep.n_missing == 0


def test_a_read_only_folder_gets_one_sentence_and_its_store_stays_as_it_is(disk: Disk, closed_store: Path) -> None:
    path = disk.folder / "runs.sqlite"
    shutil.copy(closed_store, path)
    disk.mount("remount,ro")
    for name in ("runs.sqlite", "new/runs.sqlite"):
        with pytest.raises(StoreError, match="cannot be written") as raised:
            Store(disk.folder / name)
        assert name in str(raised.value) and "\n" not in str(raised.value)
    assert path.read_bytes() == closed_store.read_bytes()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_gets_one_sentence(tmp_path: Path, closed_store: Path) -> None:
    shutil.copy(closed_store, tmp_path / "runs.sqlite")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            Store(tmp_path / "runs.sqlite")
    finally:
        tmp_path.chmod(0o700)
