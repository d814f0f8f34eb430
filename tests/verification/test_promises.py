"""What promises nothing changes nothing: whole runs, to the bit, and the same through a sweep and a replay."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.reforms import JudicialReform, PublicSalaryParity, Reform
from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.__main__ import main

WORLD = Scenario.load("kazakhstan").replace({"graduates": 1500, "end": "2033-12"})
TREND = WORLD.home.rule_of_law.trend


def yearly(*plan: Reform) -> dict[str, np.ndarray]:
    return dict(Simulation(WORLD, plan, seed=7).run().accounts.yearly())


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


@pytest.fixture(scope="module")
def baseline() -> dict[str, np.ndarray]:
    return yearly()


@pytest.mark.parametrize("speed", [0.0, 0.5 * TREND, TREND])
def test_a_promise_of_no_more_than_the_trend_is_the_baseline_to_the_bit(
    baseline: dict[str, np.ndarray], speed: float
) -> None:
    assert same(yearly(JudicialReform(target=1.5, speed=speed)), baseline)
    assert same(yearly(JudicialReform(target=1.5, speed=speed, fidelity=0.0)), baseline)


def test_a_promise_beyond_the_trend_is_felt_and_more_so_if_it_is_kept(baseline: dict[str, np.ndarray]) -> None:
    said, kept = (yearly(JudicialReform(target=1.5, speed=0.05, fidelity=share)) for share in (0.0, 1.0))
    assert not same(said, baseline)
    ends = [float(run["expected_rule_of_law"][-1]) for run in (baseline, said, kept)]
    assert ends[0] <= ends[1] < ends[0] + 0.01 < ends[2]


def test_the_same_reform_twice_is_the_same_run() -> None:
    assert same(yearly(PublicSalaryParity()), yearly(PublicSalaryParity(), PublicSalaryParity()))


REPLAYED = """
[[reform]]
kind = "JudicialReform"
target = 1.5
speed = 0.0
[[reform]]
kind = "PublicSalaryParity"
target = 0.4
"""


def test_a_replay_says_what_does_nothing_and_shows_no_gap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "world.toml").write_text(WORLD.to_toml(), encoding="utf-8")
    (tmp_path / "plan.toml").write_text(REPLAYED, encoding="utf-8")
    files = ["--scenario", str(tmp_path / "world.toml"), "--reforms", str(tmp_path / "plan.toml")]
    assert main(["replay", *files, "--months", "24", "--out", str(tmp_path / "series.csv")]) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("JudicialReform from 2026-01 changes nothing: a speed of 0 ")
    assert second.startswith("PublicSalaryParity from 2026-01 changes nothing: ") and "0.6 already" in second
    assert "the reforms bring +0 graduates" in last
    with (tmp_path / "series.csv").open(encoding="utf-8") as handle:
        assert len(list(csv.reader(handle))) > 24


DESIGN = """
scenario = "kazakhstan"
replicates = 2
seed = 1
kind = "full"
[set]
graduates = 500
end = "2029-12"
[reforms.JudicialReform]
target = 0.4
[[factors]]
name = "JudicialReform.speed"
values = ["none", 0.0, 0.108]
[[factors]]
name = "PublicSalaryParity.target"
values = ["none", 0.4]
"""


def test_level_0_of_a_promise_is_no_reform_and_the_report_names_the_arms_that_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "design.toml").write_text(DESIGN, encoding="utf-8")
    out = tmp_path / "out"
    command = [
        "run",
        "sweep",
        "--design",
        str(tmp_path / "design.toml"),
        "--out",
        str(out),
        "--workers",
        "1",
        "--quiet",
    ]
    assert main(command) == 0
    effects = pd.read_csv(out / "effects.csv", keep_default_na=False, na_values=[""])
    speed = effects["JudicialReform.speed"].astype(str)
    nothing = effects[speed.isin(["none", "0.0"])]
    assert len(nothing) and np.all(nothing["effect"].dropna() == 0.0)
    assert np.any(effects[speed == "0.108"]["effect"] != 0.0)
    table = (out / "table.md").read_text(encoding="utf-8")
    assert "pay is 0.6 already, and 0.4 is not above it" in table
    assert "- JudicialReform from 2026-01 changes nothing: a speed of 0 " in table
    assert "(JudicialReform.speed = 0.0, PublicSalaryParity.target = none; JudicialReform.speed = 0.0, Public" in table
