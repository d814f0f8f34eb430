"""What is nobody's programme: the oil price, and what host countries do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from abm.parameters import parameter
from abm.reforms.base import Change, Reform, ReformError, costing

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["OilPriceShock", "HostTightening"]


@dataclass(frozen=True, kw_only=True)
class OilPriceShock(Reform):
    """Let the oil price fall or rise, and find back by itself (``decay``) or at once (``end``)."""

    pillar: ClassVar[str] = "shock"

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
    cost_usd_per_year: float = costing(0.0, low=0.0, high=0.0, source="assumption: no programme, so no cost of one")

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the factor on the price."""
        return [Change("oil_price", self.factor)]


@dataclass(frozen=True, kw_only=True)
class HostTightening(Reform):
    """Let host countries offer fewer jobs or fewer permits, or shorter stays after a degree; each only if stated.

    Values beyond 1 or above the present ones open a host country instead.
    """

    pillar: ClassVar[str] = "shock"

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
    cost_usd_per_year: float = costing(0.0, low=0.0, high=0.0, source="assumption: home pays nothing for it")

    def changes(self, environment: Environment) -> Sequence[Change]:
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

    def why_idle(self, environment: Environment) -> str:
        """Return that permits are changed where nobody needs one."""
        country = environment.names.index(self.destination) if self.destination else 0
        by_permit = self.permit_prob != 1.0 or self.post_study_months is not None
        if not country or not environment.countries["free_entry"][0, country]:
            return ""
        if self.offers == 1.0 and (by_permit or self.post_study_months_science is not None):
            return f"entry to {self.destination} is free, so nobody there needs a permit"
        return ""

    def _countries(self, environment: Environment) -> Sequence[int]:
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
