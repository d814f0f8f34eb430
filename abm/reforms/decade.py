"""A promise of a decade of rising rule of law: where it leads, and what it costs in proportion to its speed."""

from __future__ import annotations

from abm.paths import Paths
from abm.reforms.costs import cost_of
from abm.reforms.kinds.judicial_reform import JudicialReform
from abm.scenario import Scenario

__all__ = ["FASTEST", "decade_of_rule_of_law", "judicial_reform", "rule_of_law_after"]

FASTEST = 0.108  # RL.EST index points a year: Georgia in 2002-2012, the fastest on record (wgi-fastest)
DECADE = 10  # years a speed is promised for: those on record were not kept up longer
HIGHEST = 2.5  # end of the scale of rule of law


def judicial_reform(
    world: Scenario, start: str, target: float, speed: float, *, fidelity: float = 1.0
) -> JudicialReform:
    """Return rule of law rising to a target, at a cost in proportion to the promised speed, delivered or not."""
    own = JudicialReform(start=start)
    cost = round(speed / own.speed * cost_of(own, world))
    return JudicialReform(start=start, target=target, speed=speed, fidelity=fidelity, cost_usd_per_year=cost)


def rule_of_law_after(world: Scenario, speed: float, years: int = DECADE) -> float:
    """Return where rule of law stands after rising for so many years at a speed, from when reforms may begin."""
    level = float(Paths(world).base_rule_of_law()[world.past_months])
    return round(min(level + years * speed, HIGHEST), 4)


def decade_of_rule_of_law(
    world: Scenario, start: str, speed: float = FASTEST, *, fidelity: float = 1.0
) -> JudicialReform:
    """Return the promise of a decade of rising rule of law; its trend goes on from where that leads."""
    return judicial_reform(world, start, rule_of_law_after(world, speed), speed, fidelity=fidelity)
