"""A shock: doors abroad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from abm.parameters import parameter
from abm.paths import Paths
from abm.reforms.base import Change, Reform, ReformError, Slider

__all__ = ["HostTightening"]


@dataclass(frozen=True, kw_only=True)
class HostTightening(Reform):
    """Let host countries offer fewer jobs or fewer permits, or shorter stays after a degree; each only if stated.

    Values beyond 1 or above the present ones open a host country instead.
    """

    pillar: ClassVar[str] = "shock"
    title: ClassVar[str] = "Shock: doors abroad"
    sliders: ClassVar[tuple[Slider, ...]] = (
        Slider("offers", "job offers from abroad", 0.0, 2.0, 0.05),
        Slider("permit_prob", "chance of a permit", 0.0, 2.0, 0.05),
        Slider("post_study_months", "stay after a degree", 0.0, 60.0, 1.0),
        Slider("post_study_months_science", "the same in science", 0.0, 60.0, 1.0),
    )

    destination: str = parameter(
        "",
        meaning="name of a destination; left out, all of them",
        unit="text",
        source="assumption: everywhere unless stated",
    )
    offers: float = parameter(
        1.0,
        meaning="factor on the rate of job offers from there",
        unit="factor",
        low=0.0,
        high=10.0,
        source="assumption: none unless stated",
    )
    permit_prob: float = parameter(
        1.0,
        meaning="factor on the chance of winning a permit",
        unit="factor",
        low=0.0,
        high=10.0,
        source="assumption: none unless stated; in the lottery of the United States chances fell by the factor 0.54 "
        "from 2021 to 2024 (h1b-selection)",
    )
    permits_per_year: float | None = parameter(
        None,
        meaning="cap on permits for graduates of the home country, for each destination concerned; left out, as it is",
        unit="persons per year",
        low=0.0,
        high=1e7,
        source="assumption: none unless stated",
    )
    post_study_months: int | None = parameter(
        None,
        meaning="months a graduate of a local university may stay to work; left out, as it is",
        unit="months",
        low=0,
        high=240,
        source="assumption: none unless stated",
    )
    post_study_months_science: int | None = parameter(
        None,
        meaning="the same for graduates of science and engineering; left out, as it is",
        unit="months",
        low=0,
        high=240,
        source="assumption: none unless stated",
    )

    def changes(self, environment: Paths) -> Sequence[Change]:
        """Return the factors and levels for each destination concerned."""
        changes = []
        for country in self._countries(environment):
            changes.append(Change("offer_rate", self.offers, country))
            if environment.countries["free_entry"][0, country]:
                continue  # nobody needs a permit there
            changes.append(Change("permit_prob", self.permit_prob, country))
            for name in ("permits_per_year", "post_study_months", "post_study_months_science"):
                level = getattr(self, name)
                if level is not None:
                    changes.append(Change(name, float(level), country))
        return changes

    def why_idle(self, environment: Paths) -> str:
        """Return that permits are changed where nobody needs one."""
        country = environment.names.index(self.destination) if self.destination else 0
        by_permit = self.permit_prob != 1.0 or self.post_study_months is not None
        if not country or not environment.countries["free_entry"][0, country]:
            return ""
        if self.offers == 1.0 and (by_permit or self.post_study_months_science is not None):
            return f"entry to {self.destination} is free, so nobody there needs a permit"
        return ""

    def _countries(self, environment: Paths) -> Sequence[int]:
        """Return the numbers of the destinations concerned."""
        abroad = environment.names[1:]
        if not self.destination:
            return range(1, environment.n_countries)
        if self.destination not in abroad:
            raise ReformError(
                f"HostTightening: destination is {self.destination!r:.60}, but must be one of {', '.join(abroad)}, "
                "or left out for all of them"
            )
        country = environment.names.index(self.destination)
        if environment.countries["free_entry"][0, country] and self.permits_per_year is not None:
            raise ReformError(
                f"HostTightening: permits_per_year is {self.permits_per_year:g}, but entry to {self.destination} is "
                "free, so nobody needs a permit that could be capped"
            )
        return [country]
