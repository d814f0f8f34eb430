"""What money for one reform buys: a reform's strength in proportion to the money, by its own cost (an assumption)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.reforms import (
    CirculationScheme,
    DiasporaEngagement,
    Diversification,
    ForeignTalentVisa,
    GraduateResearchFunding,
    JudicialReform,
    MeritReform,
    ReturnIncentive,
)
from abm.reforms.base import Reform
from abm.reforms.costs import plausible_cost
from abm.reforms.prices import rule_of_law_after
from abm.scenario import Scenario

__all__ = ["INSTRUMENTS", "Funds"]


# of graduates abroad a year, by which the sum for each is reckoned beforehand; assumption: about the model's own rate
RETURN_RATE = 0.05


@dataclass(frozen=True)
class Funds:
    """Money for one reform: USD a year, from the first month to the last, or to the end of the run."""

    world: Scenario
    start: str
    end: str | None
    usd: float

    def of(self, own: Reform, most: float = np.inf) -> tuple[float, dict[str, Any]]:
        """Return how often the reform's own cost is paid, and what all reforms say: when, and what is paid.

        No more is paid than the upper end of the plausible range of that cost, or ``most`` times it.
        """
        usual = plausible_cost(own, self.world)
        paid = min(self.usd, usual.high, most * usual.central)
        common = {"start": self.start, "end": self.end, "cost_usd_per_year": float(round(paid))}
        return paid / usual.central, common


def _courts(funds: Funds) -> Reform:
    own, limit = JudicialReform(), funds.world.home.rule_of_law.speed_limit
    times, common = funds.of(own, most=limit / own.speed)
    speed = min(own.speed * times, limit)
    return JudicialReform(target=rule_of_law_after(funds.world, speed), speed=speed, **common)


def _merit(funds: Funds) -> Reform:
    own, now = MeritReform(), funds.world.labour.merit
    step = own.target - now
    times, common = funds.of(own, most=(1.0 - now) / step if step > 0.0 else 1.0)
    return MeritReform(target=min(now + max(step, 0.0) * times, 1.0), **common)


def _return(funds: Funds) -> Reform:
    offices = plausible_cost(ReturnIncentive(), funds.world).central
    abroad = sum(destination.diaspora.values[-1] for _, destination in funds.world.destinations)
    each = round(max(funds.usd - offices, 0.0) / max(RETURN_RATE * abroad, 1.0))
    paid = min(offices, funds.usd)
    return ReturnIncentive(
        sum_usd=float(each), months_of_pay=0.0, start=funds.start, end=funds.end, cost_usd_per_year=float(round(paid))
    )


def _visa(funds: Funds) -> Reform:
    own = ForeignTalentVisa()
    times, common = funds.of(own)
    return ForeignTalentVisa(candidates=1.0 + (own.candidates - 1.0) * times, **common)


def _jobs(funds: Funds) -> Reform:
    own = Diversification()
    times, common = funds.of(own)
    return type(own)(private_jobs=own.private_jobs * times, **common)


def _research(funds: Funds) -> Reform:
    own = GraduateResearchFunding()
    times, common = funds.of(own)
    return GraduateResearchFunding(doctorates=own.doctorates * times, **common)


def _posts_abroad(funds: Funds) -> Reform:
    own = CirculationScheme()
    times, common = funds.of(own)
    return CirculationScheme(places=own.places_in(funds.world) * times, **common)


def _diaspora(funds: Funds) -> Reform:
    own = DiasporaEngagement()
    times, common = funds.of(own)
    return DiasporaEngagement(tie_offers=1.0 + (own.tie_offers - 1.0) * times, **common)


INSTRUMENTS: Mapping[str, Callable[[Funds], Reform]] = {
    "courts": _courts,
    "merit": _merit,
    "return pay": _return,
    "visas": _visa,
    "jobs": _jobs,
    "research": _research,
    "posts abroad": _posts_abroad,
    "diaspora": _diaspora,
}
