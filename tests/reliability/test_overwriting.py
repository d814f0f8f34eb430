"""No command writes over what it reads or over a file that is not its own, unless it is told to."""

from __future__ import annotations

import lzma
import os
from pathlib import Path

import pytest

from abm import reforms
from abm.reforms import PublicSalaryParity
from experiments.commands import answers, check, export, status
from experiments.questions import sweep
from experiments.study.conduct import MANIFEST, STORE, conduct
from tests.reliability.publishing import EXPERIMENT, held, publish, simulate

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
    from experiments.commands import replay

    (tmp_path / "link").symlink_to("reforms.toml")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert replay.main([*inputs, "--out", str(tmp_path / name), *asked]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and name in said and "the command reads it" in said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_replay_replaces_another_file_only_if_asked_to(
    inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.commands import replay

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
    for out in (folder / "runs.csv.xz", folder / ".." / "out" / "runs.csv.xz"):
        assert export.main([str(folder), "--format", "csv", "--out", str(out), "--overwrite"]) == 2
        assert "belongs to what is published in its folder" in capsys.readouterr().err
    (tmp_path / "mine.csv").write_text("mine")
    command = [str(folder), "--format", "csv", "--out", str(tmp_path / "mine.csv")]
    assert export.main(command) == 2
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert export.main([*command, "--overwrite"]) == 0
    assert (tmp_path / "mine.csv").read_bytes() == lzma.decompress((folder / "runs.csv.xz").read_bytes())
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


# --- what a sweep reads ---

POINTS = "decision.discount_rate\n0.03\n0.06\n"
STUDY = """
title = "Read and kept"
scenario = "{scenario}"
replicates = 2
seed = 1
kind = "table"
table = "{table}"
[set]
graduates = 90
"""


@pytest.mark.parametrize(
    ("design", "scenario", "table"),
    [
        ("out/manifest.json", "two-country", "points.csv"),
        ("out/table.md", "two-country", "points.csv"),
        (f"out/{STORE}.plan", "two-country", "points.csv"),
        ("design.toml", "two-country", "out/costs.csv"),
        ("design.toml", "out/scenario.toml", "points.csv"),
    ],
)
def test_a_sweep_never_writes_over_what_it_reads(
    design: str,
    scenario: str,
    table: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "where").mkdir()
    Path(table).write_text(POINTS, encoding="utf-8")
    if scenario.endswith(".toml"):
        Path(scenario).write_text(SCENARIO, encoding="utf-8")
        os.link(scenario, folder / "effects.csv")
    Path(design).write_text(
        STUDY.format(scenario=scenario, table=os.path.relpath(table, Path(design).parent)), encoding="utf-8"
    )
    before = held(tmp_path)
    command = ["--design", design, "--out", "out", "--workers", "1", "--quiet", "--overwrite"]
    assert conduct(sweep.EXPERIMENT, command, simulate) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "the command reads this file and would replace it" in said
    assert held(tmp_path) == before
    assert conduct(sweep.EXPERIMENT, [*command, "--out", "elsewhere"], simulate) == 0


def test_a_sweep_may_read_other_files_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(POINTS, encoding="utf-8")
    design = tmp_path / "design.toml"
    design.write_text(STUDY.format(scenario="two-country", table="points.csv"), encoding="utf-8")
    command = ["--design", str(design), "--out", str(tmp_path), "--workers", "1", "--quiet"]
    for asked in ([], ["--overwrite"]):
        assert conduct(sweep.EXPERIMENT, [*command, *asked], simulate) == 0
    assert (tmp_path / "points.csv").read_text(encoding="utf-8") == POINTS


@pytest.mark.parametrize(
    "name", [MANIFEST, STORE, f"{STORE}.plan", "table.md", "figures/both.pdf", "../out/effects.csv"]
)
def test_nothing_else_is_written_over_a_publication_or_a_store(
    name: str, inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.commands import replay

    folder = tmp_path / "out"
    publish(folder, 2)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for main, command in ((export.main, [str(folder), "--format", "csv"]), (replay.main, inputs)):
        assert main([*command, "--out", str(folder / name), "--overwrite"]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "this file belongs to " in said
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


# --- names ---


@pytest.mark.parametrize("name", ["", "new/", ".", "..", "new/.."])
def test_what_is_no_name_of_a_file_is_refused(
    name: str, inputs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.commands import replay

    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    for main, command in ((replay.main, inputs), (export.main, ["out", "--format", "csv"])):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--out", name])
        assert ended.value.code == 2 and f"'{name}' is no name of a file" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_an_empty_name_of_a_folder_is_not_the_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        conduct(EXPERIMENT, ["--workers", "1", "--out", ""], simulate=simulate)
    assert ended.value.code == 2 and "'' is no name of a folder" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
    for main in (check.main, status.main):
        with pytest.raises(SystemExit):
            main([""])


def test_what_is_said_to_be_safe_is_what_the_command_has_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    publish(folder, 2)
    (folder / "table.md").write_text("mine")
    assert publish(folder, 3) == 2
    said = capsys.readouterr().err
    assert "table.md: this file was changed" in said and "runs are safe" not in said and "goes on" not in said
