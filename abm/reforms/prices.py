"""Reforms at other strengths than their own, and what they cost: in proportion to what they give (an assumption)."""

from __future__ import annotations

from abm.reforms.costs import cost_of
from abm.reforms.decade import FASTEST, decade_of_rule_of_law, judicial_reform, rule_of_law_after
from abm.reforms.kinds.circulation_scheme import CirculationScheme
from abm.reforms.kinds.diaspora_engagement import DiasporaEngagement
from abm.reforms.kinds.diversification import Diversification
from abm.reforms.kinds.graduate_research_funding import GraduateResearchFunding
from abm.reforms.kinds.service_obligation import ServiceObligation
from abm.scenario import Scenario

__all__ = [
    "ADDED_DEGREE",
    "FASTEST",
    "PLACEMENT",
    "circulation",
    "decade_of_rule_of_law",
    "diaspora_engagement",
    "diversification",
    "judicial_reform",
    "research_funding",
    "rule_of_law_after",
    "service_obligation",
]

# what each help adds to the cost of grants that oblige to serve, as a share of it, all assumptions: offices that place
# people, a flat at two and a half times the grant for a year of service, a registry that follows up
PLACEMENT, HOUSING, FOLLOW_UP = 0.12, 1.8, 0.04
ADDED_DEGREE = 7.7  # months of a graduate's pay that four years of study cost; assumption: 8,000 USD in Kazakhstan


def diversification(world: Scenario, start: str, private_jobs: float) -> Diversification:
    """Return additional private posts, at a cost in proportion to them; posts that are lost cost nothing."""
    own = Diversification(start=start)
    share = max(private_jobs, 0.0) / own.private_jobs
    return Diversification(start=start, private_jobs=private_jobs, cost_usd_per_year=round(share * cost_of(own, world)))


def circulation(world: Scenario, start: str, places: float, months: int) -> CirculationScheme:
    """Return places abroad for a time, at a cost in proportion to places and months."""
    own = CirculationScheme(start=start)
    share = places / own.places_in(world) * months / own.months
    return CirculationScheme(
        start=start, places=places, months=months, cost_usd_per_year=round(share * cost_of(own, world))
    )


def diaspora_engagement(
    world: Scenario, start: str, *, tie_offers: float = 1.0, offers: float = 1.0, posts_per_thousand: float = 0.0
) -> DiasporaEngagement:
    """Return ties, offers and investment of the diaspora, at the cost of each in addition to what there is.

    So many times the offers cost as much as ties that bring so many times; to win investors costs as much as the
    reform's own ties, however much they invest: the posts are paid for by them.
    """
    own = DiasporaEngagement(start=start)
    share = (tie_offers - 1.0 + offers - 1.0) / (own.tie_offers - 1.0) + float(posts_per_thousand > 0.0)
    return DiasporaEngagement(
        start=start,
        tie_offers=tie_offers,
        offers=offers,
        posts_per_thousand=posts_per_thousand,
        cost_usd_per_year=round(share * cost_of(own, world)),
    )


def service_obligation(
    world: Scenario, start: str, *, placement: float = 0.0, housing: float = 0.0, follow_up: float = 0.0
) -> ServiceObligation:
    """Return grants that oblige to serve, at their own cost and that of each help that is given."""
    own = ServiceObligation(start=start)
    given = ((placement, PLACEMENT), (housing, HOUSING), (follow_up, FOLLOW_UP))
    cost = round(cost_of(own, world) * (1.0 + sum(price for strength, price in given if strength > 0.0)))
    return ServiceObligation(
        start=start, placement=placement, housing=housing, follow_up=follow_up, cost_usd_per_year=cost
    )


def research_funding(
    world: Scenario, start: str, *, doctorates: float = 0.0, masters: float = 0.0, graduates: float = 0.0
) -> GraduateResearchFunding:
    """Return graduate training at a cost in proportion to doctorates; a master's is a third of one, a degree by itself.

    A third is the ratio of its two years to the doctorate's five at a lower stipend (assumption).
    """
    own = GraduateResearchFunding(start=start)
    by_degree = (doctorates + masters / 3.0) / own.doctorates * cost_of(own, world)
    cohort = world.education.graduates_per_year.values[-1]
    return GraduateResearchFunding(
        start=start,
        doctorates=doctorates,
        masters=masters,
        graduates=graduates,
        cost_usd_per_year=round(by_degree + graduates * cohort * ADDED_DEGREE * world.home.wage_market.values[-1]),
    )
