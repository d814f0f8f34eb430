"""What several questions vary: when reforms begin, and how strong they are."""

from __future__ import annotations

from abm.reforms.prices import decade_of_rule_of_law
from abm.scenario import Scenario
from abm.sweep.design import Factor

__all__ = ["MODERATE", "RULE_OF_LAW", "TOP", "TWO_YEARS", "moderate", "rule_of_law_factor", "start_of"]

START = "2026-01"
TWO_YEARS = 24  # months of pay for coming home; assumption
RULE_OF_LAW = "rule_of_law_speed"
# RL.EST index points a year: Kazakhstan 2002-2023, and a decade few exceed (docs/data.md, "Rule of law")
MODERATE, TOP = 0.036, 0.05


def start_of(world: Scenario) -> str:
    """Return the month in which reforms begin: the first in which they may, if a scenario says which that is.

    Else it is the same in every question, or a scenario's first if that is later.
    """
    return world.reforms_from or max(START, world.start)


def moderate(world: Scenario) -> dict[float, str]:
    """Return what the moderate speed is called in a country: its own best, if its scenario says so."""
    own = world.home.rule_of_law.own_best == MODERATE
    return {MODERATE: f"{MODERATE:g} ({'own best' if own else 'best of Kazakhstan'})"}


def rule_of_law_factor(world: Scenario, *speeds: float) -> Factor:
    """Return rule of law rising for ten years at each of some speeds, and first as it is."""
    start = start_of(world)
    return Factor(
        name=RULE_OF_LAW,
        values=(0.0, *speeds),
        reform=lambda speed: decade_of_rule_of_law(world, start, speed) if speed else None,
        unit="RL.EST index points a year",
        meaning=f"speed at which rule of law rises for ten years from {start} on; 0: its own trend goes on",
    )
