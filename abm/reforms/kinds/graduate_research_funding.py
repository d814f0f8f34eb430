"""Doctorates and master's degrees funded at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, Slider

__all__ = ["GraduateResearchFunding"]


@dataclass(frozen=True, kw_only=True)
class GraduateResearchFunding(Reform):
    """Fund doctorates and master's degrees at home, as Brain Korea 21 did.

    Larger shares raise the degrees of some new graduates.  More graduates may be trained too, who look for the same
    posts as all others; private posts follow their number as far as they follow that of all graduates.
    """

    pillar: ClassVar[str] = "train"
    title: ClassVar[str] = "Doctorates and master's degrees funded"
    priced_as: ClassVar[str] = "graduate_research_funding"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("doctorates", "more doctorates", 0.0, 0.05, 0.001),
        Slider("masters", "more master's degrees", 0.0, 0.3, 0.01),
    )

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
    graduates: float = parameter(
        0.0,
        meaning="additional graduates as a share of each cohort",
        unit="share",
        low=0.0,
        high=9.0,
        source="assumption: none unless stated",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the rise of both shares and of the cohorts."""
        return [
            Change("doctorate_share", self.doctorates),
            Change("master_share", self.masters),
            Change("enrolment", 1.0 + self.graduates),
        ]
