"""Grants that oblige to serve in a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider
from abm.reforms.scale import months_of_pay

__all__ = ["ServiceObligation"]


@dataclass(frozen=True, kw_only=True)
class ServiceObligation(Reform):
    """Give grants to students at home who owe service in a labour-scarce region for them, as Serpin-2050 did.

    The grant obliges; whether it is met comes out of choices: of a place there, if one is offered, against any other
    life at home or abroad, and what breaking the obligation costs.  Placement, housing and follow-up each stand alone.
    """

    pillar: ClassVar[str] = "train"
    title: ClassVar[str] = "Grants that oblige to serve in a region"
    priced_as: ClassVar[str] = "service_obligation"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("share", "new graduates with a grant", 0.0, 0.2, 0.01),
        Slider("months", "service owed", 1.0, 120.0, 1.0),
        Slider("placement", "placement: chance of a place", 0.0, 1.0, 0.05),
        Slider("housing", "housing: help with moving there", 0.0, 5.0, 0.1),
        Slider("follow_up", "follow-up: chance of being claimed", 0.0, 1.0, 0.05),
    )

    share: float = parameter(
        0.02,
        meaning="share of new graduates at home who had such a grant",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: some 3,000 of 150,000 graduates a year",
    )
    months: int = parameter(36, meaning="months of service owed", unit="months", low=1, high=240, source="serpin")
    placement: float = parameter(
        0.0,
        meaning="chance in a year that the programme finds a place there; never less than one finds by oneself",
        unit="probability per year",
        low=0.0,
        high=1.0,
        source="assumption: no placement unless stated",
    )
    housing: float = parameter(
        0.0,
        meaning="fall of the cost of moving there, by housing provided",
        unit="utility (logit scale)",
        low=0.0,
        high=50.0,
        source="assumption: no housing unless stated",
    )
    follow_up: float = parameter(
        0.0,
        meaning="chance that the grant is claimed back with success from those who do not serve",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: no follow-up unless stated",
    )
    repayment: float | None = parameter(
        None,
        meaning="sum that is then owed; left out, seven months of pay at home",
        unit="USD PPP",
        low=0.0,
        high=1e10,
        source="assumption: in Kazakhstan four years of a grant of 0.9 million tenge, some 20,000 USD PPP",
    )
    pay: float = parameter(
        1.0,
        meaning="pay of a place to serve relative to public pay elsewhere; never lowers it",
        unit="ratio",
        low=0.1,
        high=10.0,
        source="assumption: the pay scale unless stated",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return who owes, how long, and what is done that it be met."""
        owed = months_of_pay(environment.scenario, 7.0) if self.repayment is None else self.repayment
        return [
            Change("grantee_share", self.share),
            Change("service_months", float(self.months)),
            Change("service_place_prob", self.placement),
            Change("service_cost", -self.housing),
            Change("service_pursuit", self.follow_up),
            Change("service_repayment", owed),
            Change("service_pay", self.pay),
        ]
