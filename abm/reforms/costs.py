"""What a reform costs a year: what it states itself, or the share of graduates' pay that the scenario names for it."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from abm.parameters import CostShare
from abm.reforms.base import Reform, ReformError
from abm.reforms.scale import yearly_pay
from abm.scenario import Scenario
from abm.wording import shown

__all__ = ["cost_of", "cost_source", "plausible_cost"]


class Range(NamedTuple):
    """USD, at the low end of the plausible range, as stated, and at its high end."""

    low: float
    central: float
    high: float


def plausible_cost(reform: Reform, world: Scenario) -> Range:
    """Return a reform's yearly cost in a country, USD, with its plausible range.

    The range scales with a cost that the reform states itself; where there is none to scale, it is that cost alone.

    Raises
    ------
    ReformError
        If it is no reform, or neither it nor the scenario says what it costs.
    """
    if not isinstance(reform, Reform):
        raise ReformError(f"{shown(reform)} is not a reform: reforms are objects of abm.reforms")
    stated = reform.cost_usd_per_year
    if stated is not None and reform.priced_as and world.costs is None:
        return Range(stated, stated, stated)
    usual = _usual(reform, world)
    if stated is None:
        return usual
    if usual.central <= 0.0:
        return Range(stated, stated, stated)
    ratio = stated / usual.central
    return Range(usual.low * ratio, stated, usual.high * ratio)


def cost_of(reform: Reform, world: Scenario) -> float:
    """Return a reform's yearly cost in a country once fully in force, USD."""
    return plausible_cost(reform, world).central


def cost_source(reform: Reform, world: Scenario) -> str:
    """Return where a reform's cost comes from: itself, its kind, or the scenario."""
    item = _cost_field(reform)
    if reform.cost_usd_per_year != item.default:
        return "stated with the reform"
    return world.source_of(f"costs.{reform.priced_as}.share") if reform.priced_as else str(item.metadata["source"])


def _cost_field(reform: Reform) -> dataclasses.Field[float | None]:
    return next(item for item in dataclasses.fields(reform) if item.name == "cost_usd_per_year")


def _usual(reform: Reform, world: Scenario) -> Range:
    """Return what a kind of reform costs in a country if a reform states nothing else."""
    if reform.priced_as:
        if world.costs is None:
            raise ReformError(
                f"{world.name}: costs is missing, so nothing says what a {type(reform).__name__} costs: the scenario "
                "must have a table [costs], or the reform a cost_usd_per_year of its own"
            )
        share: CostShare = getattr(world.costs, reform.priced_as)
        pay = yearly_pay(world)
        return Range(share.low * pay, share.share * pay, share.high * pay)
    item, own = _cost_field(reform), type(reform).cost_usd_per_year or 0.0
    low, high = item.metadata.get("plausible", (own, own))
    return Range(low, own, high)
