"""Public pay raised towards private pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["PublicSalaryParity"]


@dataclass(frozen=True, kw_only=True)
class PublicSalaryParity(Reform):
    """Raise public pay towards private pay; never lowers it."""

    pillar: ClassVar[str] = "gain"
    title: ClassVar[str] = "Public pay"
    sliders: ClassVar[tuple[Slider, ...]] = (Slider("target", "public pay relative to private", 0.5, 1.5, 0.05),)

    target: float = parameter(
        1.0,
        meaning="public wage relative to the private wage of equal graduates",
        unit="public wage / private wage",
        low=0.0,
        high=5.0,
        source="assumption: parity, as the programme asks",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the rise of public pay."""
        return [Change("public_wage_ratio", self.target)]
