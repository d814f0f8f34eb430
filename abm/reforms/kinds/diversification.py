"""Private graduate posts outside extraction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["Diversification"]


@dataclass(frozen=True, kw_only=True)
class Diversification(Reform):
    """Add graduate posts in private firms outside extraction, and make them depend less on the oil price."""

    pillar: ClassVar[str] = "gain"
    title: ClassVar[str] = "Private jobs outside oil and mining"
    priced_as: ClassVar[str] = "diversification"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("private_jobs", "additional posts", 0.0, 0.5, 0.01),
        Slider("less_exposure", "less dependence on the oil price", 0.0, 1.0, 0.05),
    )

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

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the additional posts and the lower exposure."""
        return [Change("private_jobs", self.private_jobs), Change("oil_exposure", 1.0 - self.less_exposure)]
