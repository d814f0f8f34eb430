"""A promise of rule of law taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.institutions import Revocation
from abm.months import month_number
from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Reform, Slider
from abm.reforms.promises import last_month, refuse_too_fast

__all__ = ["Reversal"]


@dataclass(frozen=True, kw_only=True)
class Reversal(Reform):
    """Take back what was announced before: rule of law falls back towards its base path, and credibility with it.

    What a promise that was taken back had delivered no longer counts, until the reversal ends or a new promise is made;
    the promise itself stays taken back.  Without an earlier announcement nothing happens.
    """

    pillar: ClassVar[str] = "institutions"
    title: ClassVar[str] = "A promise of rule of law taken back"
    sliders: ClassVar[tuple[Slider, ...]] = (Slider("speed", "how fast it falls", 0.0, 0.108, 0.002),)

    speed: float = parameter(
        0.076,
        meaning="fall towards the base path; home.rule_of_law.speed_limit is the most that is allowed",
        unit="index points per year",
        low=0.0,
        high=1.0,
        source="wgi-decades",
    )

    def changes(self, environment: Paths) -> Sequence[Revocation]:
        """Return the revocation, unless it is not carried out at all."""
        refuse_too_fast(self, self.speed, environment)
        if self.fidelity == 0.0:
            return []
        losses = self.speed * self.strength(environment.first_month, environment.n_months)
        start = month_number(self.start) - environment.first_month
        return [Revocation(start, last_month(self, environment), losses)]

    def why_idle(self, environment: Paths) -> str:
        """Return that there is nothing to reverse."""
        return "no promise stands that was made before it, so there is nothing to take back"
