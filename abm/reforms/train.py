"""Reforms that train talent, at home or abroad, and ask for work in return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from abm.parameters import parameter
from abm.reforms.base import Change, Reform, costing

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["BondedScholarship", "GraduateResearchFunding", "ServiceObligation"]


@dataclass(frozen=True, kw_only=True)
class GraduateResearchFunding(Reform):
    """Fund doctorates and master's degrees at home, as Brain Korea 21 did.

    Larger shares raise the degrees of some new graduates.  More graduates may be trained too, who look for the same
    posts as all others: posts at home are not made by training.
    """

    pillar: ClassVar[str] = "train"

    doctorates: float = parameter(
        0.004,
        meaning="rise of the share of new graduates at home with a doctorate",
        unit="share",
        low=0.0,
        high=0.3,
        source="assumption: half as many again; swept",
    )
    masters: float = parameter(
        0.0,
        meaning="rise of the share of new graduates at home with a master's degree",
        unit="share",
        low=0.0,
        high=0.5,
        source="assumption: none unless stated",
    )
    graduates: float = parameter(
        0.0,
        meaning="additional graduates as a share of each cohort",
        unit="share",
        low=0.0,
        high=9.0,
        source="assumption: none unless stated",
    )
    cost_usd_per_year: float = costing(
        45e6,
        low=20e6,
        high=300e6,
        source="assumption: 600 doctorates a year for five years at 15,000 USD, near 300 million a year for 17,000 "
        "students in South Korea (bk21-rand, bk21-four)",
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the rise of both shares and of the cohorts."""
        return [
            Change("doctorate_share", self.doctorates),
            Change("master_share", self.masters),
            Change("enrolment", 1.0 + self.graduates),
        ]


@dataclass(frozen=True, kw_only=True)
class ServiceObligation(Reform):
    """Give grants to students at home who owe service in a labour-scarce region for them, as Serpin-2050 did.

    The grant obliges; whether it is met comes out of choices: of a place there, if one is offered, against any other
    life at home or abroad, and what breaking the obligation costs.  Placement, housing and follow-up each stand alone.
    """

    pillar: ClassVar[str] = "train"

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
        meaning="chance at a review that the programme finds a place there; never less than one finds by oneself",
        unit="probability per review",
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
    repayment: float = parameter(
        20_000.0,
        meaning="sum that is then owed",
        unit="USD PPP",
        low=0.0,
        high=1e10,
        source="assumption: four years of a grant of 0.9 million tenge at about 180 tenge per international dollar",
    )
    pay: float = parameter(
        1.0,
        meaning="pay of a place to serve relative to public pay elsewhere; never lowers it",
        unit="ratio",
        low=0.1,
        high=10.0,
        source="assumption: the pay scale unless stated",
    )
    cost_usd_per_year: float = costing(
        25e6,
        low=10e6,
        high=60e6,
        source="assumption: 3,000 grants a year for four years at 2,000 USD; placement and housing come on top",
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return who owes, how long, and what is done that it be met."""
        return [
            Change("grantee_share", self.share),
            Change("service_months", float(self.months)),
            Change("service_place_prob", self.placement),
            Change("service_cost", -self.housing),
            Change("service_pursuit", self.follow_up),
            Change("service_repayment", self.repayment),
            Change("service_pay", self.pay),
        ]


@dataclass(frozen=True, kw_only=True)
class BondedScholarship(Reform):
    """Pay for studies abroad of some who would study there anyway, against years of work at home, backed by collateral.

    Who studies abroad, and how many, stays as it is: the scholarship obliges and helps nobody to go.
    """

    pillar: ClassVar[str] = "train"

    share: float = parameter(
        0.05,
        meaning="rise of the share of students abroad on such a scholarship",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: several times the present share of one in a hundred; swept",
    )
    months: int = parameter(
        60,
        meaning="months of work at home owed; never shortens",
        unit="months",
        low=1,
        high=240,
        source="bolashak-obligation",
    )
    pursuit: float = parameter(
        0.8,
        meaning="chance that repayment is claimed with success; never lowers it",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: backed by collateral",
    )
    repayment: float = parameter(
        60_000.0,
        meaning="sum owed on breaking the obligation; never lowers it",
        unit="USD PPP",
        low=0.0,
        high=1e10,
        source="assumption: 10-15 million tenge per master's graduate at about 180 tenge per international dollar",
    )
    cost_usd_per_year: float = costing(
        80e6, low=40e6, high=160e6, source="assumption: 4,000 scholars abroad at 20,000 USD a year"
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return who owes, how long, and what breaking it costs."""
        return [
            Change("scholarship_share", self.share),
            Change("scholarship_months", float(self.months)),
            Change("scholarship_pursuit", self.pursuit),
            Change("scholarship_repayment", self.repayment),
        ]
