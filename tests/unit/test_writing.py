"""A file is written whole or not at all, never over what must stay, and what killed processes left is removed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from abm.writing import LOCK, TakenError, hold, new_file, new_name, refuse_taken, workplace, write_text


def test_a_file_is_the_old_one_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    write_text(path, "old\r\n")
    assert path.read_bytes() == b"old\r\n"
    with new_file(path) as partial:
        partial.write_text("new")
        assert path.read_bytes() == b"old\r\n"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["table.md"]


@pytest.mark.parametrize("stopped", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full"), ValueError()])
def test_what_stops_the_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path, stopped: BaseException) -> None:
    path = tmp_path / "table.md"
    path.write_text("old")
    with pytest.raises(type(stopped)), new_file(path) as partial:
        partial.write_text("half of the n")
        raise stopped
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.md"]


def test_an_error_names_the_file_and_not_where_it_was_being_written(tmp_path: Path) -> None:
    with pytest.raises(OSError) as raised, new_file(tmp_path / "table.md") as partial:
        partial.mkdir()
        partial.write_text("new")
    assert raised.value.filename == str(tmp_path / "table.md")
    with pytest.raises(FileNotFoundError) as raised:
        write_text(tmp_path / "gone" / "table.md", "new")
    assert raised.value.filename == str(tmp_path / "gone")


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    with pytest.raises(TakenError, match="is there already"), new_file(path, overwrite=False) as partial:
        partial.write_text("new")
        path.write_text("mine")
    assert path.read_text() == "mine"


def test_what_a_command_reads_is_never_replaced_under_whatever_name(tmp_path: Path) -> None:
    source = tmp_path / "scenario.toml"
    source.write_text("mine")
    (tmp_path / "link").symlink_to(source)
    os.link(source, tmp_path / "hard")
    for name in ("scenario.toml", "link", "hard", "./scenario.toml"):
        with pytest.raises(TakenError, match="the command reads it"):
            refuse_taken(tmp_path / name, overwrite=True, inputs=[tmp_path / "other", source])
    with pytest.raises(TakenError, match="say --overwrite"):
        refuse_taken(source)
    refuse_taken(source, overwrite=True)
    refuse_taken(tmp_path / "new")


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        (tmp_path / "folder", "a folder"),
        (tmp_path / "pipe", "no ordinary file"),
        (Path("/dev/null"), ""),
    ):
        with pytest.raises(TakenError, match=f"this is {what}"):
            refuse_taken(path, overwrite=True)


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "table.md").symlink_to(tmp_path / "mine")
    write_text(tmp_path / "table.md", "new")
    assert (tmp_path / "mine").read_text() == "mine" and not (tmp_path / "table.md").is_symlink()


def test_what_killed_processes_left_is_removed_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    before_lock, abandoned, used = (tmp_path / new_name() for _ in range(3))
    for left in (abandoned, used):
        (left / "new").mkdir(parents=True)
        (left / "new" / "runs.csv.gz").write_text("half")
        (left / LOCK).touch()
    before_lock.mkdir()
    lock = hold(used / LOCK)
    if lock is None:
        pytest.skip("this system has no locks that end with their process")
    (tmp_path / ".brain-gain-mine").write_text("of the user's own")
    with workplace(tmp_path):
        assert not before_lock.exists() and not abandoned.exists() and used.exists()
    lock.close()
    write_text(tmp_path / "table.md", "new")
    assert sorted(os.listdir(tmp_path)) == [".brain-gain-mine", "table.md"]


def test_a_file_system_without_locks_will_do_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    left = tmp_path / new_name()
    left.mkdir()
    (left / LOCK).touch()
    write_text(tmp_path / "table.md", "new")
    assert (tmp_path / "table.md").read_text() == "new"
    assert left.exists()  # nobody knows whether it is in use
    with pytest.raises(OSError, match="lock"):
        hold(tmp_path / "runs.sqlite.lock", needed=True)
