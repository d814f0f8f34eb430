"""Reforms that win talent or keep it: pay, posts, incentives to return, specialists from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from abm.parameters import parameter
from abm.reforms.base import Change, Reform, costing

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["PublicSalaryParity", "PersonnelReserve", "Diversification", "ReturnIncentive", "ForeignTalentVisa"]


@dataclass(frozen=True, kw_only=True)
class PublicSalaryParity(Reform):
    """Raise public pay towards private pay; never lowers it."""

    pillar: ClassVar[str] = "gain"

    target: float = parameter(
        1.0,
        meaning="public wage relative to the private wage of equal graduates",
        unit="public wage / private wage",
        low=0.0,
        high=5.0,
        source="assumption: parity, as the programme asks",
    )
    cost_usd_per_year: float = costing(
        7e9,
        low=0.5e9,
        high=10e9,
        source="assumption: a third of all graduates times the pay gap; 0.5 bn for the civil service alone "
        "(civil-service-2023)",
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the rise of public pay."""
        return [Change("public_wage_ratio", self.target)]


@dataclass(frozen=True, kw_only=True)
class PersonnelReserve(Reform):
    """Choose young graduates for a reserve that leads to public office, as the Presidential Youth Personnel Reserve.

    Those who look for a post and would be paid better there compete for its places: by ability as far as merit
    counts, else by connections.  A place is a post for a term, in which she keeps no other; after it most are appointed
    to a public post.  Places are paid beside all posts of the public sector, and take none away.
    """

    pillar: ClassVar[str] = "gain"

    places: float = parameter(
        100.0,
        meaning="places filled a year",
        unit="persons per year",
        low=0.0,
        high=1e7,
        source="assumption: 350 were chosen in its first two cohorts, 2019 to 2021 (reserve-selected)",
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
    cost_usd_per_year: float = costing(
        6e6, low=3e6, high=12e6, source="assumption: 300 members at 12,000 USD a year, and training"
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the places, and the terms on which they are given."""
        return [
            Change("reserve_places", self.places),
            Change("reserve_merit", self.merit),
            Change("reserve_pay", self.pay),
            Change("reserve_months", float(self.months)),
            Change("reserve_age", self.oldest),
            Change("appointment_prob", self.appointment),
        ]


@dataclass(frozen=True, kw_only=True)
class Diversification(Reform):
    """Add graduate posts in private firms outside extraction, and make them depend less on the oil price."""

    pillar: ClassVar[str] = "gain"

    private_jobs: float = parameter(
        0.1,
        meaning="additional private posts as a share of those there would be anyway",
        unit="share of private posts",
        low=-0.9,
        high=10.0,
        source="assumption: swept",
    )
    less_exposure: float = parameter(
        0.0,
        meaning="share by which the exposure of private posts to the oil price falls",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: none unless stated",
    )
    ramp_months: int = parameter(
        60,
        meaning="months until it is fully in force",
        unit="months",
        low=0,
        high=600,
        source="assumption: new industries take years",
    )
    cost_usd_per_year: float = costing(
        0.4e9, low=0.1e9, high=2e9, source="assumption: 200,000 posts at 20,000 USD each, over ten years"
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the additional posts and the lower exposure."""
        return [Change("private_jobs", self.private_jobs), Change("oil_exposure", 1.0 - self.less_exposure)]


@dataclass(frozen=True, kw_only=True)
class ReturnIncentive(Reform):
    """Make it cheaper to come home, for all or only for those with an offer, and bring offers to those abroad.

    What it achieves comes out of choices: the cost it lowers is weighed against income, institutions and ties.
    """

    pillar: ClassVar[str] = "gain"

    cost_reduction: float = parameter(
        0.02,
        meaning="fall of the cost of moving home (at an income weight of 1, 0.1 is a tenth of all later income)",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: about what four months' pay is worth beside thirty years of income; swept",
    )
    only_with_offer: bool = parameter(
        False,
        meaning="whether the incentive is tied to an offer at home",
        unit="true or false",
        source="assumption: for all unless stated",
    )
    offers: float = parameter(
        1.0,
        meaning="factor on the rate of offers from home to people abroad",
        unit="factor",
        low=0.0,
        high=20.0,
        source="assumption: none unless stated",
    )
    cost_usd_per_year: float = costing(
        10e6,
        low=0.3e6,
        high=100e6,
        source="assumption: 2,500 returns a year at 4,000 USD, some four months' pay, as Raices spent per return; the "
        "low end is its budget (raices); a larger fall of the cost has to be paid for, and its cost stated",
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the lower cost and the more frequent offers."""
        touched = ["return_cost_with_offer"] if self.only_with_offer else ["return_cost", "return_cost_with_offer"]
        return [*(Change(name, -self.cost_reduction) for name in touched), Change("remote_search", self.offers)]


@dataclass(frozen=True, kw_only=True)
class ForeignTalentVisa(Reform):
    """Invite foreign specialists: more of them consider coming, and coming costs less.

    Those who would have considered coming anyway do so in the same month with the same luck.
    """

    pillar: ClassVar[str] = "gain"

    candidates: float = parameter(
        2.0,
        meaning="factor on the number of foreign specialists who consider coming",
        unit="factor",
        low=1.0,
        high=20.0,
        source="assumption: swept",
    )
    cost_reduction: float = parameter(
        0.0,
        meaning="fall of the cost of coming",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: none unless stated",
    )
    cost_usd_per_year: float = costing(10e6, low=2e6, high=50e6, source="assumption: offices, recognition, relocation")

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the candidates and the lower cost."""
        return [Change("candidates_per_year", self.candidates), Change("coming_cost", -self.cost_reduction)]
