"""Worlds without frictions, of which closed forms are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from abm.scenario import Scenario

__all__ = [
    "FRICTIONLESS_DESTINATION",
    "frictionless",
    "in_groups",
]

# nothing but the logit: no heterogeneity, ties, jobs, families, newcomers or retirement
FRICTIONLESS: dict[str, Any] = {
    "start": "2026-01",
    "decision.income_weight": 1.0,
    "decision.income_weight_spread": 0.0,
    "decision.rule_of_law_weight": 0.5,
    "decision.rule_of_law_weight_spread": 0.0,
    "decision.home_attachment": 0.0,
    "decision.home_attachment_spread": 0.0,
    "decision.ties_weight": 0.0,
    "decision.ties_discount": 0.0,
    "decision.offer_ties_gain": 0.0,
    "decision.fallback_ratio": 1.0,
    "decision.age_cost": 0.0,
    "decision.partner_cost": 0.0,
    "decision.place_cost": 0.0,
    "decision.return_cost": 0.0,
    "decision.retirement_age": 80.0,
    "household.next_child_prob": 0.0,
    "labour.match_spread": 0.0,
    "labour.underemployment_loss": 0.0,
    "labour.experience_return": 0.0,
    "labour.separation_rate": 0.0,
    "labour.return_to_ability": 0.0,
    "labour.public_wage_ratio": 1.0,
    "labour.extractive_wage_ratio": 1.0,
    "labour.posts_elasticity_private": 0.0,
    "labour.wage_elasticity": 0.0,
    "education.degree_premium": 0.0,
    "education.graduates_per_year": 0.0,
    "education.age_tilt": 1.0,
    "beliefs.start_spread": 0.0,
    "beliefs.signal_noise": 0.0,
    "network.kind": "none",
    "foreign_specialists.candidates_per_year": 0.0,
    "home.unemployment": 0.0,
    "home.wage_growth": 0.0,
}

FRICTIONLESS_DESTINATION: dict[str, Any] = {
    "wage_growth": 0.0,
    "unemployment": 0.0,
    "separation_rate": 0.0,
    "return_to_ability": 0.0,
    "entry": "free",
    "study_place_rate": 0.0,
    "moving_cost": 0.0,
    "affinity_spread": 0.0,
    "transfer_loss": 0.0,
    "diaspora": 0.0,
    "students": 0.0,
}


def frictionless(
    changes: dict[str, Any] | None = None,
    *,
    graduates: int = 20_000,
    destinations: dict[str, dict[str, Any]] | None = None,
) -> Scenario:
    """Return the two-country world without frictions.

    Parameters
    ----------
    changes : mapping, optional
        Values of the scenario, by name.
    graduates : int
        Persons at home at the start, one for one.
    destinations : mapping, optional
        What each destination states of its own.
    """
    table = Scenario.load("two-country").to_dict()
    template = table["destinations"]["abroad"]
    table["destinations"] = {
        name: template | FRICTIONLESS_DESTINATION | own for name, own in (destinations or {"abroad": {}}).items()
    }
    world = Scenario.from_dict(table, "frictionless")
    return world.replace(FRICTIONLESS | {"graduates": graduates, "home.graduates": float(graduates)} | (changes or {}))


def in_groups(world: Scenario, groups: Mapping[str, Any]) -> Scenario:
    """Return a world with groups by language, kin or citizenship."""
    return Scenario.from_dict(world.to_dict() | {"groups": dict(groups)}, world.name)
