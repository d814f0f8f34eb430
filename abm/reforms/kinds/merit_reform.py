"""Merit in hiring and pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["MeritReform"]


@dataclass(frozen=True, kw_only=True)
class MeritReform(Reform):
    """Recruit and pay by ability: merit-based recruitment, accountability, less corruption."""

    pillar: ClassVar[str] = "institutions"
    title: ClassVar[str] = "Merit in hiring and pay"
    priced_as: ClassVar[str] = "merit_reform"
    sliders: ClassVar[tuple[Slider, ...]] = (Slider("target", "weight of ability", 0.0, 1.0, 0.05),)

    target: float = parameter(
        0.8,
        meaning="weight of ability against connections in hiring and pay",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: well above the baseline's half, and short of full merit; swept",
    )
    return_to_ability: float | None = parameter(
        None,
        meaning="log-wage gain from one standard deviation of ability under full merit; left out, as it is",
        unit="log points",
        low=0.0,
        high=2.0,
        source="assumption: 0.1-0.3 are usual in OECD surveys",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the rise of merit and, if stated, of the return to ability."""
        changes = [Change("merit", self.target)]
        if self.return_to_ability is not None:
            changes.append(Change("return_to_ability", self.return_to_ability))
        return changes
