"""A personnel reserve: posts for the able young."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider
from abm.reforms.scale import per_graduates

__all__ = ["PersonnelReserve"]


@dataclass(frozen=True, kw_only=True)
class PersonnelReserve(Reform):
    """Choose young graduates for a reserve that leads to public office, as the Presidential Youth Personnel Reserve.

    Those who look for a post and would be paid better there compete for its places: by ability as far as merit
    counts, else by connections.  A place is a post for a term, in which she keeps no other; after it most are appointed
    to a public post.  Places are paid beside all posts of the public sector, and take none away.
    """

    pillar: ClassVar[str] = "gain"
    title: ClassVar[str] = "Personnel reserve: posts for the able young"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("places", "places a year", 0.0, 5000.0, 50.0),
        Slider("merit", "weight of ability in choosing", 0.0, 1.0, 0.05),
        Slider("pay", "pay relative to private", 0.5, 2.0, 0.05),
    )

    places: float | None = parameter(
        None,
        meaning="places filled a year; left out, 2.7 for every 100,000 graduates at home",
        unit="persons per year",
        low=0.0,
        high=1e7,
        source="assumption: 350 were chosen in its first two cohorts in Kazakhstan, 2019 to 2021 (reserve-selected)",
    )
    merit: float = parameter(
        0.9,
        meaning="weight of ability against connections in choosing",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: tests and interviews that leave little else to count; swept",
    )
    pay: float = parameter(
        1.0,
        meaning="pay in the reserve relative to the private wage of equal graduates",
        unit="wage / private wage",
        low=0.01,
        high=20.0,
        source="assumption: parity, as the programme asks",
    )
    months: int = parameter(36, meaning="months in the reserve", unit="months", low=1, high=240, source="reserve-stay")
    oldest: float = parameter(
        35.0,
        meaning="age below which one may enter",
        unit="years",
        low=18.0,
        high=100.0,
        source="assumption: the age up to which the law of Kazakhstan counts people as young",
    )
    appointment: float = parameter(
        0.75,
        meaning="chance of a public post after the term",
        unit="probability",
        low=0.0,
        high=1.0,
        source="reserve-appointed",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the places, and the terms on which they are given."""
        places = per_graduates(environment.scenario, 2.7) if self.places is None else self.places
        return [
            Change("reserve_places", places),
            Change("reserve_merit", self.merit),
            Change("reserve_pay", self.pay),
            Change("reserve_months", float(self.months)),
            Change("reserve_age", self.oldest),
            Change("appointment_prob", self.appointment),
        ]
