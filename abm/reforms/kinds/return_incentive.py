"""An incentive to return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["ReturnIncentive"]


@dataclass(frozen=True, kw_only=True)
class ReturnIncentive(Reform):
    """Pay for coming home, for all or only for those with an offer, and bring offers to those abroad.

    It is written as programmes are: a sum, months of a graduate's mean pay at home, or a part of the tax let off for
    some years.  Money is weighed as income; what it achieves comes out of choices.  Everybody who comes home is paid,
    also who would have come anyway and who comes again, and that cost is computed in the run.  Help that is no money
    is a subsidy in utility, the same whomever one knows at home.
    """

    pillar: ClassVar[str] = "gain"
    title: ClassVar[str] = "Incentive to return"
    priced_as: ClassVar[str] = "return_incentive"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("months_of_pay", "months of pay for coming home", 0.0, 60.0, 1.0),
        Slider("tax_cut", "pay let off tax", 0.0, 0.5, 0.01),
        Slider("cost_reduction", "other help with returning", 0.0, 3.0, 0.1),
        Slider("offers", "job offers sent abroad", 1.0, 5.0, 0.1),
    )

    sum_usd: float = parameter(
        0.0,
        meaning="sum paid on coming home",
        unit="USD at the market rate",
        low=0.0,
        high=1e7,
        source="assumption: none unless stated",
    )
    months_of_pay: float = parameter(
        4.0,
        meaning="months of the mean pay of graduates at home, paid on coming home",
        unit="months",
        low=0.0,
        high=2400.0,
        source="assumption: in Kazakhstan some 4,000 USD, as Raices spent per return (raices)",
    )
    tax_cut: float = parameter(
        0.0,
        meaning="part of the tax let off after coming home",
        unit="share of pay",
        low=0.0,
        high=1.0,
        source="assumption: none unless stated",
    )
    tax_cut_years: float = parameter(
        5.0,
        meaning="how long it is let off",
        unit="years",
        low=0.0,
        high=50.0,
        source="assumption: as long as a settlement takes in most countries",
    )
    cost_reduction: float = parameter(
        0.0,
        meaning="help with moving home that is no money, whomever one knows there",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: none unless stated",
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

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return what is paid and let off, to whom, and the more frequent offers."""
        given = {
            "return_usd": self.sum_usd,
            "return_pay_months": self.months_of_pay,
            "return_subsidy": self.cost_reduction,
        }
        if self.tax_cut > 0.0:
            given["tax_cut_months"] = float(round(12.0 * self.tax_cut_years))
        ends = ("_with_offer",) if self.only_with_offer else ("", "_with_offer")
        changes = [Change(name + end, value) for name, value in given.items() for end in ends]
        if self.tax_cut > 0.0:
            changes.append(Change("tax_cut", self.tax_cut))
        return [*changes, Change("remote_search", self.offers)]
