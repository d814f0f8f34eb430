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
    """Make it cheaper to come home, for all or only for those with an offer, and bring offers to those abroad.

    What it achieves comes out of choices: the cost it lowers is weighed against income, institutions and ties.
    """

    pillar: ClassVar[str] = "gain"
    title: ClassVar[str] = "Incentive to return"
    priced_as: ClassVar[str] = "return_incentive"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("cost_reduction", "help with the cost of returning", 0.0, 3.0, 0.1),
        Slider("offers", "job offers sent abroad", 1.0, 5.0, 0.1),
    )

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

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the lower cost and the more frequent offers."""
        paid = (
            ["return_subsidy_with_offer"] if self.only_with_offer else ["return_subsidy", "return_subsidy_with_offer"]
        )
        return [*(Change(name, self.cost_reduction) for name in paid), Change("remote_search", self.offers)]
