"""A promise of rule of law, delivered step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.institutions import Announcement
from abm.months import month_number
from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Reform, Slider
from abm.reforms.promises import last_month, refuse_too_fast

__all__ = ["JudicialReform"]


@dataclass(frozen=True, kw_only=True)
class JudicialReform(Reform):
    """Announce a level of rule of law and move towards it at a bounded speed.

    New professional standards, transparent selection of judges, jury trials.  What is announced is a path: from the
    level of the day up to the target, then on with the trend.  When it ends, what was delivered stays and nothing more
    is promised.  ``fidelity`` and ``decay`` are those of delivery: the promise stands in full, so a reform that is not
    carried out is believed in part at first, and costs credibility.
    """

    pillar: ClassVar[str] = "institutions"
    title: ClassVar[str] = "Rule of law: a promise, delivered step by step"
    priced_as: ClassVar[str] = "judicial_reform"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("speed", "how fast", 0.0, 0.108, 0.002),
        Slider("target", "level promised", -0.5, 1.5, 0.05),
    )

    target: float = parameter(
        0.0,
        meaning="announced level (RL.EST)",
        unit="index points",
        low=-2.5,
        high=2.5,
        source="assumption: about the level of Georgia after ten years of reform",
    )
    speed: float = parameter(
        0.05,
        meaning="improvement promised on the way there; home.rule_of_law.speed_limit is the most that is allowed",
        unit="index points per year",
        low=0.0,
        high=1.0,
        source="wgi-decades",
    )

    def changes(self, environment: Paths) -> Sequence[Announcement]:
        """Return the announcement."""
        refuse_too_fast(self, self.speed, environment)
        start, last = month_number(self.start) - environment.first_month, last_month(self, environment)
        return [Announcement(start, self.target, self.speed, self.ramp_months, self.fidelity, last, self.decay)]

    def why_idle(self, environment: Paths) -> str:
        """Return what keeps it from being a promise: its speed or its target."""
        first = max(month_number(self.start) - environment.first_month, 0)
        level = float(environment.rule_of_law_path().actual[first])
        if self.speed > 0.0 and self.target <= level:
            return f"rule of law is {level:.3g} already, and {self.target:g} is not above it"
        if self.speed == 0.0 > environment.scenario.home.rule_of_law.trend:
            return "a speed of 0 index points a year promises nothing, not even to stop the fall that there is"
        return f"a speed of {self.speed:g} index points a year is not above the trend that there is anyway"
