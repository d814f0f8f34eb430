"""Reforms of institutions: courts, merit, and what happens when a promise is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from abm.institutions import ALWAYS, Announcement, Revocation
from abm.parameters import parameter
from abm.reforms.base import Change, Reform, ReformError, costing
from abm.scenario import month_number

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["JudicialReform", "MeritReform", "Reversal"]


def _last_month(reform: Reform, environment: Environment) -> int:
    """Return the last month of the run in which a reform is in force."""
    return ALWAYS if reform.end is None else month_number(reform.end) - environment.first_month


def _refuse_too_fast(reform: Reform, speed: float, environment: Environment) -> None:
    """Refuse a speed that no country on record has had."""
    limit = environment.speed_limit
    if speed > limit:
        raise ReformError(
            f"{type(reform).__name__}: speed is {speed:g} index points per year, but no country on record went faster "
            f"than {limit:g}; raise home.rule_of_law.speed_limit in the scenario to override this"
        )


@dataclass(frozen=True, kw_only=True)
class JudicialReform(Reform):
    """Announce a level of rule of law and move towards it at a bounded speed.

    New professional standards, transparent selection of judges, jury trials.  When it ends, what was delivered stays
    and nothing more is promised.  ``fidelity`` and ``decay`` are those of delivery: the promise stands in full, so a
    reform that is not carried out is believed in part at first, and costs credibility.
    """

    pillar: ClassVar[str] = "institutions"

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
    cost_usd_per_year: float = costing(
        50e6, low=20e6, high=200e6, source="assumption: no figure was found; courts, training and juries of 20 million"
    )

    def changes(self, environment: Environment) -> Sequence[Announcement]:
        """Return the announcement."""
        _refuse_too_fast(self, self.speed, environment)
        start, last = month_number(self.start) - environment.first_month, _last_month(self, environment)
        return [Announcement(start, self.target, self.speed, self.ramp_months, self.fidelity, last, self.decay)]

    def why_idle(self, environment: Environment) -> str:
        """Return what keeps it from being a promise: its speed or its target."""
        first = max(month_number(self.start) - environment.first_month, 0)
        level = float(environment.rule_of_law.actual[first])
        if self.speed > 0.0 and self.target <= level:
            return f"rule of law is {level:.3g} already, and {self.target:g} is not above it"
        return f"a speed of {self.speed:g} index points a year is not above the trend that there is anyway"


@dataclass(frozen=True, kw_only=True)
class Reversal(Reform):
    """Take back what was announced before: rule of law falls back towards its base path, and credibility with it.

    What a promise that was taken back had delivered no longer counts, until the reversal ends or a new promise is made;
    the promise itself stays taken back.  Without an earlier announcement nothing happens.
    """

    pillar: ClassVar[str] = "institutions"

    speed: float = parameter(
        0.076,
        meaning="fall towards the base path; home.rule_of_law.speed_limit is the most that is allowed",
        unit="index points per year",
        low=0.0,
        high=1.0,
        source="wgi-decades",
    )
    cost_usd_per_year: float = costing(0.0, low=0.0, high=0.0, source="assumption: breaking a promise is free")

    def changes(self, environment: Environment) -> Sequence[Revocation]:
        """Return the revocation, unless it is not carried out at all."""
        _refuse_too_fast(self, self.speed, environment)
        if self.fidelity == 0.0:
            return []
        losses = self.speed * self.strength(environment.first_month, environment.n_months)
        start = month_number(self.start) - environment.first_month
        return [Revocation(start, _last_month(self, environment), losses)]

    def why_idle(self, environment: Environment) -> str:
        """Return that there is nothing to reverse."""
        return "no promise stands that was made before it, so there is nothing to take back"


@dataclass(frozen=True, kw_only=True)
class MeritReform(Reform):
    """Recruit and pay by ability: merit-based recruitment, accountability, less corruption."""

    pillar: ClassVar[str] = "institutions"

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
    cost_usd_per_year: float = costing(
        30e6, low=10e6, high=100e6, source="assumption: examinations, audits and an independent recruitment agency"
    )

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the rise of merit and, if stated, of the return to ability."""
        changes = [Change("merit", self.target)]
        if self.return_to_ability is not None:
            changes.append(Change("return_to_ability", self.return_to_ability))
        return changes
