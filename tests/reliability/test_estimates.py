"""Questions to the data are published and checked like those to the model: whole, vouched for, and made again."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from abm.analysis.figures import new_figure
from abm.sweep.manifest import read_manifest
from abm.sweep.store import Store
from experiments.commands import check
from experiments.questions import experiment
from experiments.study.conduct import MANIFEST, POINTS, STORE
from experiments.study.estimate import Estimate, Found, Made
from experiments.study.estimating import carry_out, check_estimate
from experiments.study.options import Parser, UsageError, whole_number
from experiments.terminal import INTERRUPTED

VALUE = 0.123456789


@pytest.fixture
def mine(tmp_path: Path) -> Estimate:
    (table := tmp_path / "in.csv").write_text("a\n1\n", encoding="utf-8")
    return Estimate("mine", "A made-up estimate", lambda: [table], found(VALUE), order=1)


def found(value: float) -> Callable[[], Found]:
    tables = {"estimates.csv": pd.DataFrame({"term": ["law"], "estimate": [value]})}
    return lambda: Found(f"It is {value:.2f}.\n\nMore.\n", tables, lambda: [("one", new_figure(1.0, 1.0))])


def published(estimate: Estimate, folder: Path) -> Path:
    assert carry_out(estimate, ["--out", str(folder), "--quiet"]) == 0
    return folder


def wrong_with(estimate: Estimate, folder: Path) -> list[str]:
    return check_estimate(estimate, folder, read_manifest(folder / MANIFEST))


def test_what_is_published_is_whole_and_comes_out_again(
    mine: Estimate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published(mine, tmp_path / "new" / "out")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {MANIFEST, "table.md", "estimates.csv", "figures/one.png", "figures/one.pdf"}
    manifest = read_manifest(folder / MANIFEST)
    assert {*manifest["files"]} == names - {MANIFEST} and {*manifest["inputs"]} == {"in.csv"}
    assert wrong_with(mine, folder) == []
    assert "1 of 1 tables come out the same." in capsys.readouterr().out
    assert published(mine, folder) == folder  # in place of itself
    assert carry_out(mine, ["--out", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("It is 0.12.\n")


def test_another_number_is_found_and_rounding_is_not(mine: Estimate, tmp_path: Path) -> None:
    folder = published(mine, tmp_path / "out")
    assert wrong_with(replace(mine, answer=found(VALUE + 1e-6)), folder) == []
    (said,) = wrong_with(replace(mine, answer=found(VALUE + 1e-4)), folder)
    assert said.startswith("estimates.csv: another table comes out")


def test_edited_files_and_other_tables_are_found(mine: Estimate, tmp_path: Path) -> None:
    folder = published(mine, tmp_path / "out")
    (tmp_path / "in.csv").write_text("a\n2\n", encoding="utf-8")
    (said,) = wrong_with(mine, folder)
    assert said == "in.csv: this table is not the one that the estimates were made from"
    (folder / "estimates.csv").write_text("term,estimate\nlaw,9\n", encoding="utf-8")
    (folder / "figures" / "two.png").write_bytes(b"")
    said = " ".join(wrong_with(mine, folder))
    assert "estimates.csv: the file is not the one that was published" in said
    assert "figures/two.png: this file is none of those" in said


def test_a_folder_of_another_question_is_left_alone(
    mine: Estimate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published(mine, tmp_path / "out")
    before = (folder / MANIFEST).read_bytes()
    other = replace(mine, name="other")
    assert carry_out(other, ["--out", str(folder)]) == 2
    assert "the experiment mine is published there" in capsys.readouterr().err
    assert (folder / MANIFEST).read_bytes() == before
    assert carry_out(other, ["--out", str(folder), "--overwrite", "--quiet"]) == 0


def test_what_is_missing_is_said_in_a_sentence(
    mine: Estimate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published(mine, tmp_path / "out")
    lacking = replace(mine, missing=lambda: "estimating needs a library")
    assert carry_out(lacking, ["--out", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == "estimating needs a library\n"
    assert not (tmp_path / "none").exists()
    assert check.main([str(folder)]) == 2
    assert "there is no estimate 'mine'" in capsys.readouterr().err


def test_the_published_prior_is_as_published(capsys: pytest.CaptureFixture[str]) -> None:
    """What comes out again is ``check``'s to say, which takes a minute: here the inputs and the files."""
    prior = experiment("prior")
    assert isinstance(prior, Estimate)
    folder = Path(__file__).parents[2] / "results" / "prior"
    tables = {name: pd.read_csv(folder / name) for name in ("estimates.csv", "priors.csv")}
    as_published = replace(prior, missing=lambda: "", answer=lambda: Found("", tables, lambda: []))
    assert wrong_with(as_published, folder) == []


def counted(points: pd.DataFrame) -> Found:
    """Return a finding that hangs on the table of runs."""
    tables = {"estimates.csv": pd.DataFrame({"sum": [points["seen"].sum()]})}
    return Found(f"{len(points)} runs.\n", tables, lambda: [])


def test_runs_of_an_estimate_are_published_and_made_again(mine: Estimate, tmp_path: Path) -> None:
    """What is answered is answered from the published table; a number of it that is another is found."""

    def runs(store: Store, where: Mapping[str, Any]) -> pd.DataFrame:
        assert store.path == tmp_path / "out" / STORE and where["workers"] == 1
        return pd.DataFrame({"wave": ["one"] * 4, "point": range(4), "seen": [0.5, 1.25, 2.0, 3.0]})

    def again(row: pd.Series) -> str:
        return "" if row["seen"] == [0.5, 1.25, 2.0, 3.0][int(row["point"])] else f"point {row['point']} is another"

    made = replace(mine, answer=counted, made=Made(runs, again))
    assert carry_out(made, ["--out", str(tmp_path / "out"), "--quiet", "--workers", "1"]) == 0
    assert wrong_with(made, tmp_path / "out") == []
    other = replace(made, made=Made(runs, lambda row: "another" if row["point"] == 2 else ""))
    manifest = read_manifest(tmp_path / "out" / MANIFEST)
    assert check_estimate(other, tmp_path / "out", manifest, sample=4) == ["another"]
    (tmp_path / "out" / POINTS).unlink()
    assert "nothing can be made again" in " ".join(wrong_with(made, tmp_path / "out"))


def test_an_estimate_that_is_cut_short_says_where_its_runs_are(
    mine: Estimate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def runs(store: Store, where: Mapping[str, Any]) -> pd.DataFrame:
        raise KeyboardInterrupt

    made = replace(mine, answer=counted, made=Made(runs, lambda row: ""))
    assert carry_out(made, ["--out", str(tmp_path / "out")]) == INTERRUPTED
    said = capsys.readouterr().err
    assert said.startswith("Interrupted; finished runs are safe in") and "the same command goes on from there" in said


def test_an_estimate_with_options_is_checked_with_those_it_was_made_with(mine: Estimate, tmp_path: Path) -> None:
    seen: list[tuple[int, Path | None]] = []

    def answer(asked: argparse.Namespace, store: Path | None) -> Found:
        seen.append((asked.times, store))
        return found(VALUE * asked.times)()

    def options(parser: Parser) -> None:
        parser.add_argument("--times", type=whole_number(1, 9), default=1)

    asked = replace(mine, answer=answer, options=options, telling=("times",), keeps_runs=True)
    assert carry_out(asked, ["--out", str(tmp_path / "out"), "--quiet", "--times", "3"]) == 0
    manifest = read_manifest(tmp_path / "out" / MANIFEST)
    assert manifest["options"] == {"times": "3"} and check_estimate(asked, tmp_path / "out", manifest) == []
    # runs are kept beside what is published, and all made again when it is checked
    assert seen == [(3, tmp_path / "out" / STORE), (3, None)]
    for options_of_others in ({"out": "elsewhere"}, "three", {"times": "3", "seed": "1"}):
        with pytest.raises(UsageError, match="may name times"):
            check_estimate(asked, tmp_path / "out", {**manifest, "options": options_of_others})
