"""Experiments over draws of a posterior: what is published, whether it can be checked, and what is refused."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from abm.scenario import Scenario
from experiments.commands.check import check
from experiments.questions import credibility, referrals
from experiments.study.conduct import conduct
from experiments.study.drawing import posterior_draws
from experiments.study.options import UsageError, common_options

SMALL = ["--graduates", "200", "--workers", "1", "--quiet", "--set", "end=2029-12"]
TEXT = "decision.return_cost,decision.age_cost x,observation.error\n2.0,0.5,1\n2.2,1,2\n2.4,1,3\n2.6,1.5,4\n"


@pytest.fixture(scope="module")
def posterior(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("posterior") / "draws.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(posterior: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    options = [*SMALL, "--posterior", str(posterior), "--draws", "2", "--out", str(folder)]
    assert conduct(credibility.EXPERIMENT, options) == 0
    return folder


def manifest_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def test_a_sweep_over_draws_is_published_and_its_runs_come_out_again_to_the_bit(folder: Path, posterior: Path) -> None:
    assert check(folder, sample=4) == []
    manifest = manifest_of(folder)
    draws = manifest["design"]["draws"]
    assert (manifest["replicates"], draws["seeds"], draws["lines"], draws["kind"]) == (4, 2, [2, 4], "posterior")
    assert draws["file_digest"] == hashlib.sha256(posterior.read_bytes()).hexdigest()
    assert [each["overrides"]["decision.return_cost"] for each in draws["each"]] == [2.0, 2.4]
    assert draws["observation"] == [{"error": 1.0}, {"error": 3.0}]
    runs = pd.read_csv(folder / "runs.csv.xz")
    assert (runs["draw"] == runs["replicate"] // 2).all() and runs["replicate"].nunique() == 4
    assert runs.groupby("replicate")["seed"].nunique().eq(1).all() and runs["seed"].nunique() == 4


def test_tables_say_what_they_are_of(folder: Path) -> None:
    effects = pd.read_csv(folder / "effects.csv")
    assert effects.columns.tolist()[-5:] == ["draws", "median", "share_of_draws", "positive", "highest"]
    assert set(effects["draws"]) == {2} and set(effects["replicates"]) == {4}
    text = (folder / "table.md").read_text(encoding="utf-8")
    assert "2 draws of the posterior" in text and "4 replicates that all arms share" in text
    assert "intervals over replicates" not in text
    assert (
        "**Over the draws.**" in text and " beats " in text and "| above 0 in | highest in |" in text.replace("  ", " ")
    )


def test_the_same_command_finds_its_runs_and_publishes_the_same(folder: Path, posterior: Path) -> None:
    def stored() -> int:
        with sqlite3.connect(folder / "runs.sqlite") as store:
            return int(store.execute("select count(*) from run").fetchone()[0])

    names = ("runs.csv.xz", "effects.csv", "table.md")
    before, n = [(folder / name).read_bytes() for name in names], stored()
    options = [*SMALL, "--posterior", str(posterior), "--draws", "2", "--out", str(folder)]
    assert conduct(credibility.EXPERIMENT, options) == 0
    assert [(folder / name).read_bytes() for name in names] == before and stored() == n


def test_check_finds_another_draw_in_the_manifest_and_in_the_table(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.*"):
        if path.suffix in (".json", ".xz", ".csv", ".md"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    manifest = manifest_of(folder)
    for each in manifest["design"]["draws"]["each"]:
        each["overrides"]["decision.return_cost"] = 0.5
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert any("comes out as" in finding for finding in check(tmp_path, sample=24))
    text = lzma.decompress((folder / "runs.csv.xz").read_bytes()).decode()
    runs = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    runs.loc[runs["replicate"] == "2", "draw"] = "0"
    (tmp_path / "runs.csv.xz").write_bytes(lzma.compress(runs.to_csv(index=False).encode()))
    (tmp_path / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    assert any("replicate 2 is of draw 0, but by the manifest 1" in finding for finding in check(tmp_path, sample=0))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--draws", "5"], "5 draws are asked for, but there are 4"),
        (["--draws", "0"], "--draws 0 draws nothing, but --posterior names what to draw of"),
        (["--replicates", "1"], "the number of seeds for each draw is 1"),
        (["--set", "decision.return_cost=2"], "decision.return_cost is set for all runs, but"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "draws.csv"
    path.write_text(TEXT, encoding="utf-8")
    try:
        code = conduct(
            credibility.EXPERIMENT, [*SMALL, "--posterior", str(path), *options, "--out", str(tmp_path / "out")]
        )
    except SystemExit as stopped:
        code = int(str(stopped.code))
    assert code == 2 and not (tmp_path / "out").exists()
    found = capsys.readouterr().err
    assert said in found and found.count("\n") == 1


def test_arms_that_state_what_is_drawn_come_out_again_to_the_bit(tmp_path: Path) -> None:
    """Of four plans one is without ties, whose weight is drawn."""
    path, out = tmp_path / "draws.csv", tmp_path / "out"
    path.write_text("decision.ties_weight\n0.5\n3\n", encoding="utf-8")
    options = [*SMALL, "--posterior", str(path), "--out", str(out)]
    assert conduct(referrals.EXPERIMENT, options) == 0
    assert check(out, sample=16) == []
    assert "Arms that state decision.ties_weight themselves" in (out / "table.md").read_text(encoding="utf-8")


def test_a_scenario_without_a_posterior_has_none_to_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [*SMALL, "--scenario", "two-country", "--draws", "2", "--out", str(tmp_path / "out")]
    assert conduct(credibility.EXPERIMENT, options) == 2
    assert "no posterior of the scenario 'two-country' is bundled" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "n"),
    [
        ([], 25),
        (["--graduates", "50"], 25),
        (["--draws", "7"], 7),
        (["--draws", "7", "--replicates", "3"], 7),
        (["--draws", "0"], None),
        (["--replicates", "3"], None),
        (["--scenario", "two-country"], None),  # no posterior comes with it
    ],
)
def test_a_question_draws_where_nobody_asks_for_anything_else(asked: list[str], n: int | None) -> None:
    parser = common_options("credibility", "", graduates=100, replicates=12, draws=25)
    parser.set_defaults(scenario="kazakhstan-2010")
    options = parser.parse_args(asked)
    drawn = posterior_draws(options, Scenario.load(options.scenario), None, usual=25)
    assert (None if drawn is None else len(drawn.posterior)) == n
    without = posterior_draws(parser.parse_args([]), Scenario.load("kazakhstan-2010"), None)
    assert without is None  # as in a design file of one's own


def test_a_value_that_is_drawn_unless_asked_otherwise_cannot_be_set_unnoticed() -> None:
    parser = common_options("credibility", "", graduates=100, replicates=12, draws=25)
    options = parser.parse_args(["--set", "decision.rule_of_law_weight=0.5"])
    with pytest.raises(UsageError, match="rule_of_law_weight is set for all runs, but .* say --draws 0"):
        posterior_draws(options, Scenario.load("kazakhstan-2010"), None, usual=25)
