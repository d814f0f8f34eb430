"""What a sweep runs: arms in order, shared luck, and one sentence for a design that cannot be run."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.reforms import JudicialReform, PublicSalaryParity
from abm.scenario import Scenario
from abm.sweep.design import Arm, DesignError, Factor, FullFactorial, plan
from abm.sweep.store import run_key

WORLD = Scenario.load("two-country").replace({"graduates": 100})
RATE = Factor(name="decision.discount_rate", values=(0.03, 0.08))
PARITY = Factor(
    name="parity", values=(0.0, 0.9, 1.0), reform=lambda ratio: PublicSalaryParity(target=ratio) if ratio else None
)


def test_a_full_factorial_has_every_combination_once_and_the_baseline_first() -> None:
    arms = FullFactorial((RATE, PARITY)).arms()
    assert [tuple(arm.levels.values()) for arm in arms] == [
        (0.03, 0.0),
        (0.03, 0.9),
        (0.03, 1.0),
        (0.08, 0.0),
        (0.08, 0.9),
        (0.08, 1.0),
    ]
    assert arms[0].reforms == ()


def test_a_level_becomes_a_scenario_value_or_a_reform() -> None:
    arm = FullFactorial((RATE, PARITY)).arms()[-1]
    assert arm.overrides == {"decision.discount_rate": 0.08}
    assert arm.reforms == (PublicSalaryParity(target=1.0),)
    assert arm.to_dict()["reforms"] == [PublicSalaryParity(target=1.0).to_dict()]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_the_number_of_arms_is_the_product_of_the_numbers_of_levels(sizes: list[int]) -> None:
    design = FullFactorial([Factor(name=f"factor{i}", values=range(n), reform=_none) for i, n in enumerate(sizes)])
    labels = {arm.label for arm in design.arms()}
    product = 1
    for size in sizes:
        product *= size
    assert len(design) == len(labels) == product


def _none(_: Any) -> None:
    return None


def test_all_arms_share_the_seeds_of_their_replicates() -> None:
    runs = plan(WORLD, FullFactorial((RATE, PARITY)).arms(), replicates=3, seed=7)
    seeds = {replicate: {run.seed for run in runs if run.replicate == replicate} for replicate in range(3)}
    assert all(len(shared) == 1 for shared in seeds.values())
    assert len(set.union(*seeds.values())) == 3


def test_a_larger_design_keeps_every_run_of_the_smaller_one() -> None:
    small = plan(WORLD, FullFactorial((PARITY,)).arms()[:2], replicates=2, seed=7)
    large = plan(WORLD, FullFactorial((PARITY,)).arms(), replicates=4, seed=7)
    assert {run.key for run in small} < {run.key for run in large}


def test_whatever_determines_a_run_changes_its_key() -> None:
    toml, reform = WORLD.to_toml(), JudicialReform(speed=0.05)
    keys = [
        run_key(toml, (), 1),
        run_key(toml, (), 2),
        run_key(toml, (reform,), 1),
        run_key(toml, (JudicialReform(speed=0.06),), 1),
        run_key(WORLD.replace({"graduates": 101}).to_toml(), (), 1),
        run_key(toml, (), 1, "families"),  # more is measured in it
    ]
    assert len(set(keys)) == len(keys)
    assert run_key(toml, (JudicialReform(speed=0.05),), 1) == keys[2]


def test_a_run_can_be_sent_to_a_worker() -> None:
    run = plan(WORLD, FullFactorial((PARITY,)).arms(), replicates=1, seed=7)[-1]
    assert pickle.loads(pickle.dumps(run)) == run


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ([], "no factors"),
        ([{"name": "x", "values": ()}], "at least one"),
        ([{"name": "", "values": (1,)}], "no name"),
        ([{"name": "year", "values": (1,)}], "taken"),
        ([{"name": "x", "values": (1, 1)}], "twice"),
        ([{"name": "x", "values": (1, float("nan"))}], "nan"),
        ([{"name": "x", "values": (1, [2])}], r"\[2\]"),
        ([{"name": "x", "values": "abc"}], "abc"),
        ([{"name": "x", "values": (1,)}, {"name": "x", "values": (2,)}], "factor twice"),
        ([{"name": f"x{i}", "values": range(100)} for i in range(4)], "100,000,000 arms"),
    ],
)
def test_a_malformed_design_gets_one_sentence(factors: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(DesignError, match=said) as raised:
        FullFactorial([Factor(**factor) for factor in factors])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (Arm("typo", {}, {"decision.discount_rat": 0.1}), "decision.discount_rate"),
        (Arm("range", {}, {"decision.discount_rate": -3.0}), "discount_rate"),
        (Arm("late", {}, {}, (PublicSalaryParity(start="2199-01"),)), "2199-01"),
        (Arm("fast", {}, {}, (JudicialReform(speed=0.9),)), "0.9"),
    ],
)
def test_every_arm_is_checked_before_the_first_run(arm: Arm, said: str) -> None:
    with pytest.raises(DesignError, match=said) as raised:
        plan(WORLD, [Arm("baseline", {}), arm], replicates=1, seed=1)
    assert arm.label in str(raised.value)


@pytest.mark.parametrize(("replicates", "seed"), [(0, 1), (-1, 1), (2.0, 1), (True, 1), (1, -1), (1, 2**63), (1, 1.5)])
def test_senseless_replicates_and_seeds_are_refused(replicates: Any, seed: Any) -> None:
    with pytest.raises(DesignError, match="whole number"):
        plan(WORLD, [Arm("baseline", {})], replicates=replicates, seed=seed)
