"""Experiments with designs of their own: what their arms are, and that they publish an answer that can be checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.environment import Environment
from abm.scenario import Scenario
from abm.sweep.runner import simulate_years
from experiments.commands.check import check
from experiments.questions import (
    credibility,
    diversification,
    family,
    portfolio,
    rule_of_law,
    serpin,
    tipping,
    topology,
)
from experiments.study.conduct import INTERRUPTED, conduct
from experiments.study.experiment import Results
from experiments.study.tables import own_baselines

WORLD = Scenario.load("kazakhstan").replace({"graduates": 200})
SMALL = ["--graduates", "200", "--replicates", "2", "--workers", "1", "--quiet"]


def published(experiment: Any, folder: Path, *options: str) -> str:
    """Run an experiment at a small size, check what it published, and return its table."""
    assert conduct(experiment.EXPERIMENT, [*SMALL, *options, "--out", str(folder)]) == 0
    assert check(folder, sample=2) == []
    return (folder / "table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("experiment", "end", "figures", "tables"),
    [
        (
            rule_of_law,
            "2028-12",
            {
                "net_brain_gain_by_speed_and_years",
                "net_brain_gain_by_year",
                "what_follows_what",
                "what_follows_what_in_stages",
            },
            {"costs"},
        ),
        (topology, "2028-12", {"effects_by_network", "net_brain_gain_by_network"}, {"costs", "differences"}),
        (tipping, "2028-12", {"gap_by_year"}, {"costs"}),
        (tipping, "2046-12", {"gap_by_year", "what_is_left_by_year", "what_is_kept"}, {"costs"}),
        (portfolio, "2028-12", {"frontier", "pillars", "rebalancing"}, {"costs", "portfolios"}),
    ],
)
def test_it_publishes_an_answer_that_can_be_checked(
    experiment: Any, end: str, figures: set[str], tables: set[str], tmp_path: Path
) -> None:
    table = published(experiment, tmp_path, "--set", f"end={end}")
    assert "**What it means.**" in table and "**What it cannot say.**" in table and "nan" not in table
    assert {path.stem for path in (tmp_path / "figures").glob("*.png")} == figures
    assert {path.stem for path in tmp_path.glob("*.csv")} == {"effects"} | tables
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["runs"]["FAILED"] == manifest["runs"]["PENDING"] == 0


def test_a_rise_in_stages_takes_the_same_path_and_promises_less_at_a_time() -> None:
    plans = rule_of_law.design(WORLD).plans
    at_once, staged = (rule_of_law.Rise(0.05, 15, stage).name for stage in (15, rule_of_law.STAGE))
    whole, steps = (Environment(WORLD, plans[name]).rule_of_law for name in (at_once, staged))
    assert np.allclose(whole.actual, steps.actual, atol=0.006)  # a month may be lost where a stage ends
    assert np.allclose(whole.announced, steps.announced, atol=0.006)
    assert np.all(steps.expected[:60] < whole.expected[:60] - 0.05)
    assert np.allclose(steps.expected[-1], whole.expected[-1], atol=0.006)
    assert sum(reform.cost_usd_per_year for reform in plans[staged]) == 3 * plans[at_once][0].cost_usd_per_year
    spans = [(reform.start, reform.end) for reform in plans[staged]]
    assert spans == [("2026-01", "2030-12"), ("2031-01", "2035-12"), ("2036-01", None)]  # paid one after the other


def test_no_path_of_the_default_experiment_outruns_the_fastest_on_record() -> None:
    for arm in rule_of_law.design(WORLD).arms():
        actual = Environment(WORLD, arm.reforms).rule_of_law.actual
        assert np.diff(actual).max() * 12 <= WORLD.home.rule_of_law.speed_limit + 1e-9


def test_every_network_has_its_own_baseline_and_a_world_without_ties_has_no_ties() -> None:
    arms = {(arm.levels["network.kind"], arm.levels["reform"]): arm for arm in topology.design(WORLD).arms()}
    assert len(arms) == len(topology.NETWORKS) * 4
    for network in topology.NETWORKS:
        assert arms[network, topology.NONE].reforms == ()
        assert arms[network, topology.PAY].overrides == {"network.kind": network}
        assert arms[network, topology.COURTS].reforms == arms["small_world", topology.COURTS].reforms


@pytest.mark.parametrize(
    ("experiment", "within", "without"),
    [(topology, "network.kind", ("reform", topology.NONE)), (tipping, "world", ("plan", tipping.NOTHING))],
)
def test_costs_in_a_world_are_against_that_world_as_it_is(
    experiment: Any, within: str, without: tuple[str, str]
) -> None:
    design = experiment.design(WORLD)
    arms = design.arms()
    against = own_baselines(Results(WORLD, design, arms, 1, pd.DataFrame(), pd.DataFrame(), True), within)
    assert set(against) == {arm.label for arm in arms}
    for arm in arms:
        baseline = against[arm.label]
        assert baseline.levels[within] == arm.levels[within] and baseline.levels[without[0]] == without[1]


def test_effects_in_a_network_are_against_the_same_network(tmp_path: Path) -> None:
    published(topology, tmp_path, "--set", "end=2027-12")
    runs = pd.read_csv(tmp_path / "runs.csv.xz").groupby(["network.kind", "reform"])["net_brain_gain"].sum() / 2
    effects = pd.read_csv(tmp_path / "effects.csv").query("measure == 'net_brain_gain' and window == 'cumulative'")
    found = effects.set_index(["network.kind", "reform"])["effect"]
    for network in topology.NETWORKS:
        expected = runs[network, topology.PAY] - runs[network, topology.NONE]
        assert found[network, topology.PAY] == pytest.approx(expected)
    differences = pd.read_csv(tmp_path / "differences.csv").set_index(["network.kind", "reform"])["effect"]
    ring = found["ring", topology.PAY] - found["small_world", topology.PAY]
    assert differences["ring", topology.PAY] == pytest.approx(ring / 1.0)


def test_a_push_ends_and_leaves_the_environment_as_it_was() -> None:
    base = Environment(WORLD)
    for arm in tipping.design(WORLD).arms()[1 : 1 + len(tipping.PUSHES)]:
        years = tipping.PUSHES[str(arm.levels["plan"])].years
        pushed = Environment(WORLD, arm.reforms)
        during, after = slice(0, 12 * years), slice(12 * years, None)
        assert np.array_equal(pushed.countries[after], base.countries[after])
        assert not np.array_equal(pushed.countries[during], base.countries[during])


def test_what_is_drawn_is_published_with_the_runs_and_repeated_from_the_manifest(tmp_path: Path) -> None:
    published(portfolio, tmp_path, "--set", "end=2026-06")
    runs = pd.read_csv(tmp_path / "runs.csv.xz")
    weights = runs.groupby("replicate")["decision.rule_of_law_weight"].unique()
    assert [len(values) for values in weights] == [1, 1] and weights[0] != weights[1]
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    drawn = manifest["design"]["draws"]["replicates"]
    assert [draw["overrides"]["decision.rule_of_law_weight"] for draw in drawn] == [values[0] for values in weights]
    assert not any("decision" in measure for measure in pd.read_csv(tmp_path / "effects.csv")["measure"])
    drawn[0]["overrides"]["decision.rule_of_law_weight"] = 0.9
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert any("comes out as" in finding for finding in check(tmp_path, sample=8))


@pytest.mark.parametrize("experiment", [rule_of_law, topology, tipping, portfolio])
@pytest.mark.parametrize("done", [1, 10])
def test_a_sweep_that_is_stopped_is_published_as_far_as_it_got(experiment: Any, done: int, tmp_path: Path) -> None:
    counted = iter(range(done))

    def stopped(*run: Any) -> Any:
        if next(counted, None) is None:
            raise KeyboardInterrupt
        return simulate_years(*run)

    options = [*SMALL, "--set", "end=2027-12", "--out", str(tmp_path)]
    assert conduct(experiment.EXPERIMENT, options, simulate=stopped) == INTERRUPTED
    table = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "PARTIAL" in table and "**What it means.**" not in table


@pytest.mark.parametrize("experiment", [credibility, diversification, serpin, family])
def test_a_plan_of_which_every_run_fails_costs_its_own_answer_alone(
    experiment: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = experiment.design(WORLD.replace({"end": "2029-12"})).arms()[1].reforms

    def simulate(world: Scenario, reforms: Any, seed: int) -> Any:
        if reforms == failing:
            raise ValueError("this plan cannot be run")
        return experiment.EXPERIMENT.runs.simulate(world, reforms, seed)

    options = [*SMALL, "--set", "end=2029-12", "--out", str(tmp_path)]
    assert conduct(experiment.EXPERIMENT, options, simulate=simulate) == 1
    table = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "PARTIAL" in table and "**What it means.**" not in table
    assert "runs failed; " in capsys.readouterr().err
