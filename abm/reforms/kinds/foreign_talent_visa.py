"""Foreign specialists invited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["ForeignTalentVisa"]


@dataclass(frozen=True, kw_only=True)
class ForeignTalentVisa(Reform):
    """Invite foreign specialists: more of them consider coming, and coming costs less or is paid for.

    What is paid is weighed as income, goes to all who come, and its cost is computed in the run.  Those who would have
    considered coming anyway do so in the same month with the same luck.
    """

    pillar: ClassVar[str] = "gain"
    title: ClassVar[str] = "Foreign specialists invited"
    priced_as: ClassVar[str] = "foreign_talent_visa"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("candidates", "how many more consider coming", 1.0, 10.0, 0.5),
        Slider("months_of_pay", "months of pay for coming", 0.0, 60.0, 1.0),
        Slider("cost_reduction", "help with the cost of coming", 0.0, 3.0, 0.1),
    )

    candidates: float = parameter(
        2.0,
        meaning="factor on the number of foreign specialists who consider coming",
        unit="factor",
        low=1.0,
        high=20.0,
        source="assumption: swept",
    )
    sum_usd: float = parameter(
        0.0,
        meaning="sum paid on coming",
        unit="USD at the market rate",
        low=0.0,
        high=1e7,
        source="assumption: none unless stated",
    )
    months_of_pay: float = parameter(
        0.0,
        meaning="months of the mean pay of graduates at home, paid on coming",
        unit="months",
        low=0.0,
        high=2400.0,
        source="assumption: none unless stated",
    )
    cost_reduction: float = parameter(
        0.0,
        meaning="fall of the cost of coming",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: none unless stated",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the candidates and the lower cost."""
        return [
            Change("candidates_per_year", self.candidates),
            Change("coming_cost", -self.cost_reduction),
            Change("coming_usd", self.sum_usd),
            Change("coming_pay_months", self.months_of_pay),
        ]
