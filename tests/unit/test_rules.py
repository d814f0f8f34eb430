"""The record that rules read holds every declared number under its own name."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from worlds import distinct

from abm.codes import LOG_TIES, SHARE
from abm.engine.compiled import compiled
from abm.environment import Environment
from abm.parameters import Series
from abm.rules import ABILITIES, RULES, rules_of
from abm.scenario import Scenario

SECTIONS = ("education", "decision", "beliefs", "labour", "human_capital", "household", "network")
SECTIONS += ("foreign_specialists", "region")


def test_every_number_of_a_scenario_is_in_the_record_as_it_was_given() -> None:
    world, read = distinct(), 0
    (rules,) = rules_of(Environment(world), 3)
    for name in SECTIONS:
        section = getattr(world, name)
        for item in dataclasses.fields(section):
            value = getattr(section, item.name)
            if isinstance(value, str | Series):
                continue
            assert float(getattr(getattr(rules, name), item.name)) == value, f"{name}.{item.name}"
            read += 1
    assert read > 70 and rules.seed == 3


@pytest.mark.parametrize(("exposure", "code"), [("log_ties", LOG_TIES), ("share", SHARE)])
def test_what_is_chosen_by_name_is_its_code(exposure: str, code: int) -> None:
    (rules,) = rules_of(Environment(distinct({"decision.exposure": exposure})), 0)
    assert rules.decision.exposure == code


def test_what_changes_from_month_to_month_is_no_parameter_of_a_rule() -> None:
    assert "oil_price" not in (RULES["labour"].names or ())
    assert "graduates_per_year" not in (RULES["education"].names or ())


@compiled
def cost_of_a_decade(rules):  # type: ignore[no-untyped-def]
    """Return what a compiled rule reads of a parameter of each of two sections, and of a table."""
    return rules.decision.age_cost + rules.human_capital.experience_gain + rules.degree_gain[2]


def test_a_compiled_rule_reads_a_parameter_by_its_name_in_the_scenario() -> None:
    world = Scenario.load("two-country").replace({"decision.age_cost": 0.47, "human_capital.experience_gain": 0.031})
    (rules,) = rules_of(Environment(world), 0)
    degree_gain = math.exp(2 * world.decision.offer_degree_gain)
    assert cost_of_a_decade(rules) == pytest.approx(0.47 + 0.031 + degree_gain, rel=1e-14)


def test_months_are_counted_from_years_and_bins_hold_the_highest_gain_within() -> None:
    world = distinct()
    (rules,) = rules_of(Environment(world), 0)
    assert rules.retirement_months == 738  # of 61 and a half
    gain = np.exp(world.decision.offer_ability_gain * ABILITIES)
    assert (rules.ability_gain_ceiling >= gain[1:]).all() and (rules.ability_gain_ceiling >= gain[:-1]).all()
    assert rules.ability_gain_ceiling == pytest.approx(np.maximum(gain[1:], gain[:-1]), rel=1e-9)
