"""Posts abroad for a time, with a return."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, ReformError, Slider
from abm.reforms.scale import months_of_pay, per_graduates
from abm.scenario import Scenario

__all__ = ["CirculationScheme"]


@dataclass(frozen=True, kw_only=True)
class CirculationScheme(Reform):
    """Send graduates at work to posts abroad for a time, with their post at home kept for them.

    At the end they return to it, or win a permit and owe the scheme a sum.  Places are offered in all
    destinations that ask for permits, in equal parts, the more often the abler one is; not everybody accepts.
    """

    pillar: ClassVar[str] = "circulation"
    title: ClassVar[str] = "Posts abroad for a time, with a return"
    priced_as: ClassVar[str] = "circulation_scheme"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("places", "places a year", 0.0, 20000.0, 100.0),
        Slider("months", "how long", 1.0, 60.0, 1.0),
    )

    places: float | None = parameter(
        None,
        meaning="places offered a year, about: more to the abler; left out, 54 for every 100,000 graduates at home",
        unit="persons per year",
        low=0.0,
        high=1e7,
        source="assumption: about one graduate at work in 1,700; swept",
    )
    months: int = parameter(
        24, meaning="months that a post abroad lasts", unit="months", low=1, high=240, source="assumption: two years"
    )
    pursuit: float = parameter(
        0.5,
        meaning="chance that the sum is claimed with success from those who stay abroad",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: the employer at home answers for her",
    )
    repayment: float | None = parameter(
        None,
        meaning="sum owed by those who stay abroad; left out, seven months of pay at home",
        unit="USD PPP",
        low=0.0,
        high=1e10,
        source="assumption: what sending her cost",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the places by destination, their length, and what staying abroad costs."""
        asking = [j for j in range(1, environment.n_countries) if not environment.countries["free_entry"][0, j]]
        if not asking:
            raise ReformError(
                "CirculationScheme: no destination asks for permits, so nobody has to be sent; leave the scheme out"
            )
        scenario = environment.scenario
        graduates = environment.weight * float(environment.graduate_supply().mean())
        mean_gain = math.exp(0.5 * scenario.decision.offer_ability_gain**2)
        rate = self.places_in(scenario) / graduates / mean_gain / len(asking)
        owed = months_of_pay(scenario, 7.0) if self.repayment is None else self.repayment
        changes = [Change("posting_pursuit", self.pursuit), Change("posting_repayment", owed)]
        for country in asking:
            changes.append(Change("posting_rate", rate, country))
            changes.append(Change("posting_months", float(self.months), country))
        return changes

    def places_in(self, world: Scenario) -> float:
        """Return how many places a year are offered in a country."""
        return per_graduates(world, 54.0) if self.places is None else self.places
