"""Scholarships abroad against a bond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["BondedScholarship"]


@dataclass(frozen=True, kw_only=True)
class BondedScholarship(Reform):
    """Pay for studies abroad of some who would study there anyway, against years of work at home, backed by collateral.

    Who studies abroad, and how many, stays as it is: the scholarship obliges and helps nobody to go.  Unless stated,
    its terms are those that the scenario's scholarships have already (``education``).
    """

    pillar: ClassVar[str] = "train"
    title: ClassVar[str] = "Scholarships abroad against a bond"
    priced_as: ClassVar[str] = "bonded_scholarship"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("share", "more students abroad on one", 0.0, 0.5, 0.01),
        Slider("months", "work at home owed", 1.0, 120.0, 1.0),
        Slider("repayment", "sum of the bond", 0.0, 300000.0, 5000.0),
    )

    share: float = parameter(
        0.05,
        meaning="rise of the share of students abroad on such a scholarship",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: several times the present share of one in a hundred; swept",
    )
    months: int | None = parameter(
        None,
        meaning="months of work at home owed; never shortens; left out, as it is",
        unit="months",
        low=1,
        high=240,
        source="assumption: as long as is owed already unless stated",
    )
    pursuit: float | None = parameter(
        None,
        meaning="chance that repayment is claimed with success; never lowers it; left out, as it is",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: as it is unless stated",
    )
    repayment: float | None = parameter(
        None,
        meaning="sum owed on breaking the obligation; never lowers it; left out, as it is",
        unit="USD PPP",
        low=0.0,
        high=1e10,
        source="assumption: the sum that is owed already unless stated",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return who owes, how long, and what breaking it costs."""
        terms = {"months": self.months, "pursuit": self.pursuit, "repayment": self.repayment}
        stated = [Change(f"scholarship_{name}", float(term)) for name, term in terms.items() if term is not None]
        return [Change("scholarship_share", self.share), *stated]
