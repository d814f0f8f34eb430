"""Reforms at other strengths than their own, and what they cost: in proportion to what they give (an assumption)."""

from __future__ import annotations

import dataclasses
import math

from abm.paths import Paths
from abm.reforms.costs import cost_of
from abm.reforms.decade import FASTEST, decade_of_rule_of_law, judicial_reform, rule_of_law_after
from abm.reforms.kinds.circulation_scheme import CirculationScheme
from abm.reforms.kinds.diaspora_engagement import DiasporaEngagement
from abm.reforms.kinds.diversification import Diversification
from abm.reforms.kinds.foreign_talent_visa import ForeignTalentVisa
from abm.reforms.kinds.graduate_research_funding import GraduateResearchFunding
from abm.reforms.kinds.return_incentive import ReturnIncentive
from abm.reforms.kinds.service_obligation import ServiceObligation
from abm.scenario import Scenario, ScenarioError

__all__ = [
    "ADDED_DEGREE",
    "FASTEST",
    "PLACEMENT",
    "circulation",
    "decade_of_rule_of_law",
    "diaspora_engagement",
    "diversification",
    "foreign_talent_visa",
    "judicial_reform",
    "research_funding",
    "return_incentive",
    "rule_of_law_after",
    "service_obligation",
    "worth_of_money",
    "worth_of_months_of_pay",
]

RETURN_RATE = 0.05  # of graduates abroad a year, all of whom are paid; assumption: about the model's own rate
CAREER_AHEAD = 360  # months that who returns, or comes, will still work; assumption
COMING = 1 / 6  # of foreign candidates, all of whom are paid; assumption: about the model's own share
# what each help adds to the cost of grants that oblige to serve, as a share of it, all assumptions: offices that place
# people, a flat at two and a half times the grant for a year of service, a registry that follows up
PLACEMENT, HOUSING, FOLLOW_UP = 0.12, 1.8, 0.04
ADDED_DEGREE = 7.7  # months of a graduate's pay that four years of study cost; assumption: 8,000 USD in Kazakhstan


def diversification(world: Scenario, start: str, private_jobs: float) -> Diversification:
    """Return additional private posts, at a cost in proportion to them; posts that are lost cost nothing."""
    own = Diversification(start=start)
    share = max(private_jobs, 0.0) / own.private_jobs
    return Diversification(start=start, private_jobs=private_jobs, cost_usd_per_year=round(share * cost_of(own, world)))


def return_incentive(
    world: Scenario,
    start: str,
    worth: float,
    *,
    end: str | None = None,
    only_with_offer: bool = False,
    offers: float = 1.0,
) -> ReturnIncentive:
    """Return an incentive that lowers the cost of coming home, at the price of paying in money what that is worth.

    At an income weight a, ``worth`` utility is the share exp(worth / a) - 1 of all later income: paid at the market
    wage to all who return, those included who would have come anyway (assumption), beside the reform's own cost, that
    of offices and relocation.
    """
    own = ReturnIncentive(start=start, end=end, cost_reduction=worth, only_with_offer=only_with_offer, offers=offers)
    paid = math.expm1(worth / _income_weight(world)) * _later_income(world) * _returns(world)
    return dataclasses.replace(own, cost_usd_per_year=cost_of(own, world) + round(paid))


def foreign_talent_visa(world: Scenario, start: str, candidates: float, worth: float = 0.0) -> ForeignTalentVisa:
    """Return so many times the foreign candidates, paid ``worth`` on coming in addition to the reform's own cost."""
    own = ForeignTalentVisa(start=start, candidates=candidates, cost_reduction=worth)
    coming = COMING * candidates * world.foreign_specialists.candidates_per_year
    paid = math.expm1(worth / _income_weight(world)) * _later_income(world) * coming if worth else 0.0
    return dataclasses.replace(own, cost_usd_per_year=cost_of(own, world) + round(paid))


def circulation(world: Scenario, start: str, places: float, months: int) -> CirculationScheme:
    """Return places abroad for a time, at a cost in proportion to places and months."""
    own = CirculationScheme(start=start)
    share = places / own.places * months / own.months
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


def worth_of_months_of_pay(world: Scenario, months: int) -> float:
    """Return what so many months of pay are worth in utility, as a share of the discounted income of a career."""
    return round(world.decision.income_weight * math.log1p(months / _career(world)), 4)


def worth_of_money(world: Scenario, usd_per_year: float) -> float:
    """Return what an incentive to return is worth in utility if so much is spent on it."""
    paid = max(usd_per_year - cost_of(ReturnIncentive(), world), 0.0)
    return _income_weight(world) * math.log1p(paid / (_later_income(world) * _returns(world)))


def _income_weight(world: Scenario) -> float:
    if world.decision.income_weight <= 0.0:
        raise ScenarioError(
            "decision.income_weight is 0, but must be above 0 for returns to be paid in money: nobody would care for it"
        )
    return world.decision.income_weight


def _later_income(world: Scenario) -> float:
    """Return what somebody with a career ahead will earn at home, discounted, USD at the market rate."""
    return world.home.wage_market.values[-1] * _career(world)


def _career(world: Scenario) -> float:
    """Return what a career ahead is worth in months of pay now, discounted as graduates do."""
    annuity = Paths(world).annuity
    return float(annuity[min(CAREER_AHEAD, len(annuity) - 1)])


def _returns(world: Scenario) -> float:
    """Return how many are paid for coming home in a year."""
    return RETURN_RATE * sum(destination.diaspora.values[-1] for _, destination in world.destinations)


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
