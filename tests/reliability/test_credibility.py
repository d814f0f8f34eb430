"""The experiment on credibility: what its plans mean for rule of law, and that it publishes an answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abm.environment import Environment
from abm.reforms import Diversification
from abm.scenario import Scenario
from abm.sweep import DesignError, Plans
from experiments import credibility
from experiments.check import check

WORLD = Scenario.load("kazakhstan").replace({"graduates": 200})


def test_half_of_a_promise_and_half_as_much_promised_are_the_same_path_but_not_the_same_trust() -> None:
    arms = {str(arm.levels["plan"]): arm for arm in credibility.design(WORLD).arms()}
    half, modest, full = (
        Environment(WORLD, arms[plan].reforms).rule_of_law
        for plan in (credibility.HALF_DELIVERED, credibility.MODEST, credibility.DELIVERED)
    )
    short_of_the_target = slice(0, 12 * 15)
    assert np.allclose(half.actual[short_of_the_target], modest.actual[short_of_the_target], atol=1e-9)
    assert np.allclose(half.actual, modest.actual, atol=0.002)  # the last step up to the target is cut off differently
    assert np.all(half.credibility[24:180] < modest.credibility[24:180] - 0.1)
    assert np.all(half.expected[24:120] < modest.expected[24:120] - 0.1)
    assert full.actual[120] > half.actual[120] + 0.3


def test_what_is_taken_back_falls_to_the_old_path() -> None:
    plans = credibility.design(WORLD).plans
    base, reversed_ = (
        Environment(WORLD, plans[plan]).rule_of_law for plan in (credibility.NOTHING, credibility.REVERSED)
    )
    assert reversed_.actual[36] > base.actual[36] + 0.2
    assert reversed_.actual[-1] == pytest.approx(base.actual[-1], abs=1e-9)


def test_it_publishes_an_answer_that_can_be_checked(tmp_path: Path) -> None:
    options = ["--graduates", "300", "--replicates", "2", "--workers", "1", "--quiet", "--out", str(tmp_path)]
    assert credibility.main([*options, "--set", "end=2030-12"]) == 0
    table = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert table.count("no reform") == 2 and "**What it means.** Over 2026-2030" in table
    assert {path.name for path in (tmp_path / "figures").glob("*.png")} == {
        "beliefs_by_year.png",
        "gap_by_year.png",
        "net_brain_gain_by_year.png",
    }
    assert check(tmp_path, sample=2) == []


def test_plans_are_arms_in_their_order_and_none_are_refused() -> None:
    arms = Plans.of({"nothing": (), "jobs": (Diversification(private_jobs=0.1),)}).arms()
    assert [arm.label for arm in arms] == ["plan = nothing", "plan = jobs"]
    assert [len(arm.reforms) for arm in arms] == [0, 1] and arms[1].overrides == {}
    with pytest.raises(DesignError, match="needs at least one: the first is the baseline"):
        Plans.of({})
