"""A shock: the oil price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["OilPriceShock"]


@dataclass(frozen=True, kw_only=True)
class OilPriceShock(Reform):
    """Let the oil price fall or rise, and find back by itself (``decay``) or at once (``end``)."""

    pillar: ClassVar[str] = "shock"
    title: ClassVar[str] = "Shock: the oil price"
    sliders: ClassVar[tuple[Slider, ...]] = (Slider("factor", "price at its farthest", 0.1, 2.0, 0.05),)

    factor: float = parameter(
        0.5,
        meaning="factor on the oil price at its farthest",
        unit="factor",
        low=0.05,
        high=10.0,
        source="assumption: the price about halved in 2008-2009 and in 2014-2016",
    )
    decay: float = parameter(
        0.3,
        meaning="share of the distance that the price regains each year",
        unit="share per year",
        low=0.0,
        high=1.0,
        source="assumption: half of it within two years",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the factor on the price."""
        return [Change("oil_price", self.factor)]
