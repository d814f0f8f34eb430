"""What a reform that states no number gives in a country: in proportion to its graduates, or to what they earn."""

from __future__ import annotations

from abm.scenario import Scenario

__all__ = ["months_of_pay", "per_graduates", "yearly_pay"]


def per_graduates(world: Scenario, persons: float) -> float:
    """Return so many persons for every 100,000 graduates at home, as last observed."""
    return persons * world.home.graduates.values[-1] / 100_000.0


def months_of_pay(world: Scenario, months: float) -> float:
    """Return so many months of what graduates earn at home, as last observed, USD PPP."""
    return months * world.home.wage.values[-1]


def yearly_pay(world: Scenario) -> float:
    """Return what home's graduates earn in a year if all are at work, as last observed, USD at the market rate."""
    return 12.0 * world.home.graduates.values[-1] * world.home.wage_market.values[-1]
