"""Reforms that train talent at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from abm.parameters import parameter
from abm.reforms.base import Change, Reform, costing

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["GraduateResearchFunding"]


@dataclass(frozen=True, kw_only=True)
class GraduateResearchFunding(Reform):
    """Fund doctorates and master's degrees at home, as Brain Korea 21 did.

    Larger shares raise the degrees of some new graduates; who graduates, and how many, stays as it is.
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
    cost_usd_per_year: float = costing(
        45e6,
        low=20e6,
        high=300e6,
        source="assumption: 600 doctorates a year for five years at 15,000 USD, near 300 million a year for 17,000 "
        "students in South Korea (bk21-rand, bk21-four)",
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the rise of both shares."""
        return [Change("doctorate_share", self.doctorates), Change("master_share", self.masters)]
