"""Reforms of rule of law: judicial standards, transparent selection of judges, jury trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from abm.institutions import Announcement
from abm.reforms.base import Reform, ReformError
from abm.scenario import month_number

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["JudicialReform"]


@dataclass(frozen=True, kw_only=True)
class JudicialReform(Reform):
    """Announce a level of rule of law and move towards it at a bounded speed.

    Combines with others as the highest announced level and the fastest speed in force.

    Parameters
    ----------
    target : float
        Announced level, RL.EST index points.
    speed : float
        Improvement a year promised on the way there, index points a year; the scenario's
        ``home.rule_of_law.speed_limit`` is the most that is allowed.
    """

    pillar: ClassVar[str] = "institutions"
    ranges: ClassVar[dict[str, tuple[float, float, str]]] = {
        "target": (-2.5, 2.5, "index points"),
        "speed": (0.0, 1.0, "index points per year"),
    }

    target: float = 0.0
    speed: float = 0.05

    def apply(self, environment: Environment) -> None:
        """Add the announcement to the environment's."""
        limit = environment.speed_limit
        if self.speed > limit:
            raise ReformError(
                f"JudicialReform: speed is {self.speed:g} index points per year, but no country on record went faster "
                f"than {limit:g}; raise home.rule_of_law.speed_limit in the scenario to override this"
            )
        start = month_number(self.start) - environment.first_month
        environment.announcements.append(Announcement(start, self.target, self.speed, self.ramp_months, self.fidelity))
