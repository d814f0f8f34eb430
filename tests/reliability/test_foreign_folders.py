"""A folder from anybody, whatever lies in it, has nothing replaced or removed by our commands that is not theirs."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from abm.sweep import publication
from abm.sweep.manifest import file_digest
from abm.sweep.publication import MANIFESTS, NEW, READY, finish
from abm.sweep.store import Store, StoreError
from abm.writing import LOCK, TakenError, hold
from experiments.commands import check, export, status
from experiments.study.conduct import MANIFEST, STORE
from tests.reliability.publishing import held, publish

COMMANDS: dict[str, Callable[[Path], int]] = {
    "check": lambda folder: check.main([str(folder), "--sample", "0"]),
    "status": lambda folder: status.main([str(folder)]),
    "export": lambda folder: export.main([str(folder), "--format", "csv"]),
    "run": lambda folder: publish(folder, 2),
}
every_command = pytest.mark.parametrize("name", COMMANDS)
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def cut_short(folder: Path, files: dict[str, str], digests: dict[str, str] | None = None) -> Path:
    """Put something into a published folder that looks like a publication that was cut short, with these files."""
    new = folder / READY / NEW
    for name, text in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    content = json.loads((folder / MANIFEST).read_text())
    content["files"] = {name: file_digest(new / name) for name in files} if digests is None else digests
    (new / MANIFEST).write_text(json.dumps(content))
    (folder / READY / LOCK).touch()
    return folder / READY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(tmp_path / "out", 2)
    return tmp_path / "out"


@every_command
def test_nothing_is_put_or_removed_through_a_link(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    victim = folder.with_name("victim")
    shutil.copytree(folder / "figures", victim)
    shutil.rmtree(folder / "figures")
    (folder / "figures").symlink_to(victim)
    before = held(victim)
    ready = cut_short(folder, {"figures/both.pdf": "evil"})
    (ready / "list.json").write_text('{"put": ["figures/both.pdf"], "remove": ["figures/old.pdf"]}')
    assert COMMANDS[name](folder) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "figures: this must be an ordinary folder" in said
    assert held(victim) == before


@every_command
def test_only_what_a_manifest_vouches_for_is_removed_or_put(name: str, folder: Path) -> None:
    mine = {"mine.md": "mine", "effects.csv": "edited", "notes.csv": "mine"}
    for each, text in mine.items():
        (folder / each).write_text(text)
    kept = {each: (folder / each).read_text() for each in ("table.md", "runs.csv.xz") if each == "table.md"}
    ready = cut_short(folder, kept)
    (ready / NEW / "notes.csv").write_text("evil")
    (ready / "list.json").write_text('{"put": ["notes.csv", "table.md"], "remove": ["mine.md", "effects.csv"]}')
    COMMANDS[name](folder)
    assert {each: (folder / each).read_text() for each in mine} == mine
    assert name == "run" or not (folder / "costs.csv").exists()  # of the old publication, unchanged, and not of the new
    assert not ready.exists()


@every_command
def test_what_is_not_as_its_manifest_says_is_not_put(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(folder)
    ready = cut_short(folder, {"table.md": "evil"}, {"table.md": "0" * 64})
    assert COMMANDS[name](folder) == 2
    said = capsys.readouterr().err
    assert "table.md: this file is not the one that its manifest speaks of" in said and str(ready) in said
    shutil.rmtree(ready)
    assert held(folder) == before


@pytest.mark.parametrize("part", [READY, f"{READY}/{NEW}", f"{READY}/{NEW}/figures", f"{READY}/{NEW}/table.md"])
def test_nothing_is_taken_through_a_link(part: str, folder: Path) -> None:
    ready = cut_short(folder, {"table.md": "new", "figures/both.pdf": "new"})
    away = folder.with_name("away")
    (folder / part).rename(away)
    (folder / part).symlink_to(away)
    before = away.read_bytes() if away.is_file() else held(away)
    with pytest.raises(TakenError, match=r"ordinary folder|not the one"):
        finish(folder)
    assert (away.read_bytes() if away.is_file() else held(away)) == before
    assert os.path.lexists(ready) and (folder / "table.md").read_text() != "new"


@pytest.mark.parametrize("name", MANIFESTS)
def test_what_is_no_manifest_is_read_no_further_than_a_limit(name: str, folder: Path) -> None:
    ready = folder / READY
    (ready / NEW).mkdir(parents=True)
    (ready / NEW / name).symlink_to("/dev/zero")
    (ready / "list.json").symlink_to("/dev/zero")
    (ready / LOCK).touch()
    before = held(folder)
    with pytest.raises(TakenError, match="this is no manifest"):
        finish(folder)
    assert held(folder) == before


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")
def test_what_another_user_has_begun_is_said_and_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cut_short(folder, {"table.md": "new"})
    before = held(folder)
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    for name, code in (("check", 0), ("status", 0), ("run", 2)):
        assert COMMANDS[name](folder) == code
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "another user has begun" in said
        assert held(folder) == before


def test_a_folder_that_may_only_be_read_is_read_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    cut_short(folder, {"table.md": "new"})
    before = held(folder)
    monkeypatch.setattr(publication, "hold", refuse)
    for name in ("check", "status"):
        assert COMMANDS[name](folder) == 0
        assert "cannot finish it (Read-only file system); what follows is of the folder" in capsys.readouterr().err
    assert export.main([str(folder), "--format", "csv", "--out", str(folder.with_name("runs.csv"))]) == 0
    assert held(folder) == before


# --- pipes, which make whoever opens them wait for their other end ---


@needs_pipes
@pytest.mark.parametrize("name", ["", "-wal", "-shm", "-journal", ".lock"])
def test_a_pipe_in_place_of_a_store_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / (STORE + name))
    with pytest.raises(StoreError, match="ordinary file"):
        Store(tmp_path / STORE)
    assert publish(tmp_path, 2) == 2
    assert capsys.readouterr().err.count("\n") == 1


@needs_pipes
@pytest.mark.parametrize(
    "name", [STORE, f"{STORE}.plan", f"{STORE}-wal", f"{READY}/{LOCK}", f"{READY}/{NEW}/{MANIFEST}"]
)
def test_a_pipe_in_a_published_folder_makes_no_command_wait(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name.startswith(READY):
        cut_short(folder, {"table.md": "new"})
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    for command in ("status", "run"):
        assert COMMANDS[command](folder) == 2, command
        assert capsys.readouterr().err.count("\n") == 1, command


@needs_pipes
def test_a_lock_is_an_ordinary_file_and_no_link(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name in ("pipe", "folder", "link"):
        with pytest.raises(TakenError, match=f"{name}: this must be an ordinary file"):
            hold(tmp_path / name, wait=True)
    assert not (tmp_path / "mine").exists()
