"""A published folder is the old publication or the new one, whole, whatever happens, and never replaces what is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from experiments.commands import status
from experiments.commands.check import check
from experiments.questions import EXPERIMENTS
from experiments.questions.sweep import EXPERIMENT as SWEEP
from experiments.study.conduct import FILES, MANIFEST, RUNS, SHOWN, STORE, _beginning, conduct
from tests.reliability.designs import of_one_factor
from tests.reliability.publishing import EXPERIMENT, Struck, held, publish, simulate
from tests.reliability.sweeping import PROJECT, with_project

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a process for each step")
EVERY = {"kill": 2, "interrupt": 3, "full": 3, "delete": 3}  # steps; there are about 140


def struck(what: str, folder: Path) -> list[Struck]:
    """Publish over an earlier publication, again and again, while something happens at every few steps."""
    command = [sys.executable, str(PROJECT / "tests" / "reliability" / "publishing.py"), what, str(EVERY[what])]
    done = subprocess.run([*command, str(folder)], env=with_project(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [Struck(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(found) * EVERY[what] >= 80
    return found


@needs_fork
def test_killed_at_any_step_it_is_the_old_publication_or_the_new_one(tmp_path: Path) -> None:
    found = struck("kill", tmp_path)
    for one in found:
        assert (one.code, one.wrong, one.kept, one.goes_on) == (-9, [], True, True), one
        # only among the renames that are left when everything is on the disk; whoever comes next does the rest of them
        assert one.at_once in ("old", "new") or one.later == "new", one
        assert one.later in ("old", "new"), one
    assert sum(one.at_once == "neither" for one in found) < len(found) / 5
    assert Counter(one.later for one in found).keys() == {"old", "new"}


@needs_fork
def test_interrupted_at_any_step_it_is_the_old_publication_or_the_new_one(tmp_path: Path) -> None:
    for one in struck("interrupt", tmp_path):
        assert (one.code, one.wrong, one.kept, one.goes_on) == (130, [], True, True), one
        assert one.at_once in ("old", "new"), one
        assert one.said.count("\n") == 1 and one.said.startswith("Interrupted; finished runs are safe in "), one


@needs_fork
def test_without_room_at_any_step_it_is_the_old_publication_or_the_new_one(tmp_path: Path) -> None:
    for one in struck("full", tmp_path):
        # what was not tidied up for want of room is no failure
        assert (one.wrong, one.kept, one.goes_on) == ([], True, True), one
        assert one.code == 2 or (one.code, one.at_once) == (0, "new"), one
        assert one.later in ("old", "new"), one
        assert one.code == 0 or one.said.count("\n") == 1, one
        assert ".brain-gain" not in one.said, one


@needs_fork
def test_a_folder_that_is_removed_at_any_step_gets_a_true_sentence_and_no_half_of_it_comes_back(tmp_path: Path) -> None:
    found = struck("delete", tmp_path)
    opened = min(one.step for one in found if STORE in one.said)  # till then there is no store that could be lost
    late = 0.75 * found[-1].step  # by then all is done, and only what is left over is tidied up
    for one in found:
        assert one.code in (0, 2) and one.at_once in ("nothing", "new") and one.goes_on, one
        assert one.code == 0 or (one.said.count("\n") == 1 and "are safe" not in one.said), one
        assert one.code == 2 or one.step < opened or one.step > late, one
        assert ".brain-gain" not in one.said, one


# --- what must stay ---


@pytest.mark.parametrize("name", [*FILES, MANIFEST, "figures/mine.png"])
def test_a_strangers_file_is_refused_before_any_run_and_replaced_if_asked_for(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}" if name == MANIFEST else "mine")
    before = sorted(tmp_path.rglob("*"))
    if name == MANIFEST:
        path.write_text("mine")
    assert publish(tmp_path, 2) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "--out" in said and "--overwrite" in said
    assert str(path if name.count("/") == 0 else path.parent) in said
    assert path.read_text() == "mine" and sorted(tmp_path.rglob("*")) == before
    assert overwritten(tmp_path) == 0
    of_its_own = {RUNS, "effects.csv", "table.md", "costs.csv"}  # which it publishes in place of the stranger's
    is_left = name != MANIFEST and name not in of_its_own
    assert [finding.partition(":")[0] for finding in check(tmp_path, sample=0)] == [name] * is_left
    assert path.exists() is (
        name not in {"portfolios.csv", "differences.csv", "main_effects.csv"} or path.read_text() == "mine"
    )
    assert name != "figures/mine.png" or path.read_text() == "mine"  # no file of the publication has this name


def overwritten(folder: Path) -> int:
    """Publish the old folder and say that it may replace what is there."""
    options = ["--scenario", "two-country", "--workers", "1", "--quiet", "--overwrite", "--out", str(folder)]
    return conduct(EXPERIMENT, options, simulate=simulate)


def test_files_of_the_users_own_stay_as_they_are(tmp_path: Path) -> None:
    publish(tmp_path, 2)
    for name in ("notes.md", "effects.xlsx", "figures/mine.png", "mine.csv", ".hidden"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "kept").mkdir()
    assert publish(tmp_path, 3) == 0
    for name in ("notes.md", "effects.xlsx", "figures/mine.png", "mine.csv", ".hidden"):
        assert (tmp_path / name).read_text() == "mine"
    assert (tmp_path / "kept").is_dir() and not (tmp_path / "figures" / "old.pdf").exists()


def test_an_edited_table_is_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path, 2)
    (tmp_path / "table.md").write_text("my reading of it")
    assert publish(tmp_path, 3) == 2
    assert "table.md: this file was changed since it was published" in capsys.readouterr().err
    assert (tmp_path / "table.md").read_text() == "my reading of it"
    assert overwritten(tmp_path) == 0


def test_a_file_that_came_during_the_runs_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def meanwhile(*run: object) -> object:
        (tmp_path / "table.md").write_text("mine")
        return simulate(*run)

    options = ["--scenario", "two-country", "--workers", "1", "--quiet", "--out", str(tmp_path)]
    assert conduct(EXPERIMENT, options, simulate=meanwhile) == 2
    said = capsys.readouterr().err
    assert "table.md: this file was not published by the command" in said and "runs are safe" in said
    assert set(held(tmp_path)) == {"table.md"} and not (tmp_path / MANIFEST).exists()
    (tmp_path / "table.md").unlink()
    assert publish(tmp_path, 2) == 0


def test_an_interrupted_sweep_does_not_replace_what_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "experiments.study.conduct.measured_by", lambda simulate: ""
    )  # as if it were one that is interrupted

    def stopped(*_: object) -> object:
        raise KeyboardInterrupt

    publish(tmp_path, 2)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if STORE not in path.name}
    options = ["--scenario", "two-country", "--workers", "1", "--replicates", "3", "--out", str(tmp_path)]
    assert conduct(EXPERIMENT, options, simulate=stopped) == 130
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if STORE not in path.name} == before
    said = capsys.readouterr()
    assert "Interrupted: 4 of 6 runs are safe" in said.err and "stays until all are done" in said.err
    assert said.out == ""
    assert publish(tmp_path, 3) == 0
    assert check(tmp_path, sample=0) == []


def test_what_is_no_ordinary_file_or_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("folder", "link"):
        (tmp_path / name).mkdir()
    (tmp_path / "folder" / "table.md").mkdir()
    (tmp_path / "link" / "figures").symlink_to(elsewhere)
    for name, said in (("folder", "this is a folder"), ("link", "must be an ordinary folder")):
        assert overwritten(tmp_path / name) == 2
        assert said in capsys.readouterr().err
    assert not any(elsewhere.iterdir())


def test_a_manifest_cannot_have_files_removed_that_no_publication_has(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    publish(folder, 2)
    content = json.loads((folder / MANIFEST).read_text())
    names = ["../mine.csv", "/mine.csv", "figures/../notes.txt", "notes.txt", STORE, "figures/../../mine.csv"]
    content["files"] |= dict.fromkeys(names, "0")
    (folder / MANIFEST).write_text(json.dumps(content))
    for path in (tmp_path / "mine.csv", folder / "notes.txt"):
        path.write_text("mine")
    assert publish(folder, 3) == 0
    assert (tmp_path / "mine.csv").read_text() == (folder / "notes.txt").read_text() == "mine"
    assert (folder / STORE).is_file()


# --- other questions ---


def test_another_questions_folder_is_refused_before_any_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    assert publish(folder, 2) == 0
    before = held(folder)
    (tmp_path / "one.toml").write_text(of_one_factor("One"), encoding="utf-8")
    options = ["--workers", "1", "--quiet", "--out", str(folder)]
    assert conduct(SWEEP, ["--design", str(tmp_path / "one.toml"), *options], simulate) == 2
    said = capsys.readouterr().err
    assert "the experiment small is published there" in said and "--overwrite" in said and held(folder) == before
    assert conduct(SWEEP, ["--design", str(tmp_path / "one.toml"), *options, "--overwrite"], simulate) == 0
    assert conduct(SWEEP, ["--design", str(tmp_path / "one.toml"), *options, "--replicates", "3"], simulate) == 0
    assert not (folder / "costs.csv").exists()
    for name, title in (("one.toml", "Two"), ("two.toml", "One")):
        (tmp_path / name).write_text(of_one_factor(title), encoding="utf-8")
        assert conduct(SWEEP, ["--design", str(tmp_path / name), *options], simulate) == 2
        assert "'one.toml: One' is published there" in capsys.readouterr().err
    assert publish(folder, 2) == 2


# --- what is said ---


def test_status_of_a_published_folder_says_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path / "out", 2)
    assert status.main([str(tmp_path / "out")]) == 0
    assert "4 of 4 runs are done" in capsys.readouterr().out
    for left in (tmp_path / "out").glob(f"{STORE}*"):
        left.unlink()
    before = sorted((tmp_path / "out").rglob("*"))
    assert status.main([str(tmp_path / "out")]) == 0
    assert "the experiment small is published as a whole (4 runs succeeded)" in capsys.readouterr().out
    assert sorted((tmp_path / "out").rglob("*")) == before
    assert status.main([str(tmp_path)]) == 2


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name != "sweep"])
def test_the_answer_of_each_experiment_takes_twenty_lines_and_has_its_first_table(name: str) -> None:
    report = (PROJECT / "results" / name / "table.md").read_text(encoding="utf-8")
    shown = _beginning(report)
    assert len(shown) <= SHOWN
    assert shown[0] == report.splitlines()[0]
    assert sum(line.startswith("|") for line in shown) >= 4
    published = {path.name for path in (PROJECT / "results" / name).glob("*.csv*")}
    assert published <= set(FILES)  # so that a stranger's is refused before the first run


def test_the_same_folder_copied_elsewhere_goes_on(tmp_path: Path) -> None:
    publish(tmp_path / "one", 2)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert publish(tmp_path / "two", 2) == 0
    assert held(tmp_path / "one") == held(tmp_path / "two")
