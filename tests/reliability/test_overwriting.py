"""No command writes over what it reads or over a file that is not its own, unless it is told to."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from abm import reforms
from abm.reforms import PublicSalaryParity
from experiments import answers, export
from experiments.conduct import MANIFEST
from tests.reliability.publishing import held, publish

SCENARIO = (Path(reforms.__file__).parents[1] / "scenarios" / "two-country.toml").read_text(encoding="utf-8")


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    """Return a replay of a scenario and reforms of the user's own."""
    pytest.importorskip("solara")
    (tmp_path / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    reforms.dump([PublicSalaryParity()], tmp_path / "reforms.toml")
    return [
        *("--scenario", str(tmp_path / "scenario.toml"), "--reforms", str(tmp_path / "reforms.toml")),
        *("--months", "1"),
    ]


@pytest.mark.parametrize("asked", [[], ["--overwrite"]])
@pytest.mark.parametrize("name", ["scenario.toml", "reforms.toml", "link"])
def test_a_replay_never_writes_over_what_it_reads(
    name: str, asked: list[str], inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments import replay

    (tmp_path / "link").symlink_to("reforms.toml")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert replay.main([*inputs, "--out", str(tmp_path / name), *asked]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and name in said and "the command reads it" in said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_replay_replaces_another_file_only_if_asked_to(
    inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments import replay

    path = tmp_path / "series.csv"
    path.write_text("mine")
    assert replay.main([*inputs, "--out", str(path)]) == 2
    assert "series.csv is there already; name another file with --out, or say --overwrite" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert replay.main([*inputs, "--out", str(path), "--overwrite"]) == 0
    assert path.read_text().startswith("run,")
    assert replay.main([*inputs, "--out", str(tmp_path)]) == 2
    assert replay.main([*inputs, "--out", os.devnull, "--overwrite"]) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"scenario.toml", "reforms.toml", "series.csv"}


def test_an_export_replaces_a_file_only_if_asked_to_and_never_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    publish(folder, 2)
    before = held(folder)
    for out in (folder / "runs.csv.gz", folder / ".." / "out" / "runs.csv.gz"):
        assert export.main([str(folder), "--format", "csv", "--out", str(out), "--overwrite"]) == 2
        assert "the command reads it" in capsys.readouterr().err
    (tmp_path / "mine.csv").write_text("mine")
    command = [str(folder), "--format", "csv", "--out", str(tmp_path / "mine.csv")]
    assert export.main(command) == 2
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert export.main([*command, "--overwrite"]) == 0
    assert (tmp_path / "mine.csv").read_bytes() == gzip.decompress((folder / "runs.csv.gz").read_bytes())
    assert held(folder) == before and (folder / MANIFEST).exists()


def test_answers_replace_their_own_page_but_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path / "out", 2)
    (tmp_path / answers.TEMPLATE).write_text("# Results\n\n{{cell out | 12 | effects}}\n", encoding="utf-8")
    command = ["--results", str(tmp_path)]
    page = tmp_path / answers.PAGE
    page.write_text("# My own readme\n", encoding="utf-8")
    assert answers.main(command) == 2
    assert "README.md is there already" in capsys.readouterr().err
    assert page.read_text() == "# My own readme\n"
    assert answers.main([*command, "--overwrite"]) == 0
    assert page.read_text() == "# Results\n\n12\n"
    assert answers.main(command) == 0  # it is the command's own
