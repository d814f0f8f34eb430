"""What reforms cost at other strengths than their own: in proportion to what they give (an assumption)."""

from __future__ import annotations

from abm.reforms import (
    CirculationScheme,
    Diversification,
    ForeignTalentVisa,
    JudicialReform,
    PublicSalaryParity,
    ReturnIncentive,
)
from abm.scenario import Scenario
from abm.sweep.factors import DesignError

__all__ = [
    "circulation",
    "diversification",
    "foreign_talent_visa",
    "judicial_reform",
    "return_incentive",
    "salary_parity",
]

RETURN_RATE = 0.05  # of graduates abroad a year, all of whom are paid; assumption: about the model's own rate
YEARS_LEFT = 30  # of the career of who returns; assumption
COMING = 1 / 6  # of foreign candidates, all of whom are paid; assumption: about the model's own share


def judicial_reform(start: str, target: float, speed: float, *, fidelity: float = 1.0) -> JudicialReform:
    """Return rule of law rising to a target, at a cost in proportion to the promised speed, delivered or not."""
    own = JudicialReform(start=start)
    cost = round(speed / own.speed * own.cost_usd_per_year)
    return JudicialReform(start=start, target=target, speed=speed, fidelity=fidelity, cost_usd_per_year=cost)


def salary_parity(world: Scenario, start: str, target: float) -> PublicSalaryParity:
    """Return public pay raised to a share of private pay, at a cost in proportion to the raise.

    The reform's own cost is that of its own target, parity; where public pay needs no raise, none is paid for.
    """
    own = PublicSalaryParity(start=start)
    now = world.labour.public_wage_ratio
    raised = max(target - now, 0.0) / (own.target - now) if now < own.target else 0.0
    return PublicSalaryParity(start=start, target=target, cost_usd_per_year=round(raised * own.cost_usd_per_year))


def diversification(start: str, private_jobs: float) -> Diversification:
    """Return additional private posts, at a cost in proportion to them; posts that are lost cost nothing."""
    own = Diversification(start=start)
    share = max(private_jobs, 0.0) / own.private_jobs
    return Diversification(
        start=start, private_jobs=private_jobs, cost_usd_per_year=round(share * own.cost_usd_per_year)
    )


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

    At an income weight a, ``worth`` utility is the share worth / a of all later income: paid at the market wage, to all
    who return, those included who would have come anyway (assumption).  The reform's own cost, that of offices and
    relocation, would be far less than what it is worth to who returns.
    """
    abroad = sum(destination.diaspora.values[-1] for _, destination in world.destinations)
    paid = _in_money(world, worth) * RETURN_RATE * abroad
    return ReturnIncentive(
        start=start,
        end=end,
        cost_reduction=worth,
        only_with_offer=only_with_offer,
        offers=offers,
        cost_usd_per_year=float(round(paid, -5)),
    )


def foreign_talent_visa(world: Scenario, start: str, candidates: float, worth: float = 0.0) -> ForeignTalentVisa:
    """Return so many times the foreign candidates, paid ``worth`` on coming in addition to the reform's own cost."""
    coming = COMING * candidates * world.foreign_specialists.candidates_per_year
    paid = _in_money(world, worth) * coming if worth else 0.0
    own = ForeignTalentVisa(start=start).cost_usd_per_year
    return ForeignTalentVisa(
        start=start, candidates=candidates, cost_reduction=worth, cost_usd_per_year=own + float(round(paid, -5))
    )


def circulation(start: str, places: float, months: int) -> CirculationScheme:
    """Return places abroad for a time, at a cost in proportion to places and months."""
    own = CirculationScheme(start=start)
    share = places / own.places * months / own.months
    return CirculationScheme(
        start=start, places=places, months=months, cost_usd_per_year=round(share * own.cost_usd_per_year)
    )


def _in_money(world: Scenario, worth: float) -> float:
    """Return the USD, at the market wage, that are worth so much utility to somebody with a career ahead."""
    if world.decision.income_weight <= 0.0:
        raise DesignError(
            "decision.income_weight is 0, but must be above 0 for an incentive to be paid in money: nobody would care"
        )
    rate = world.decision.discount_rate
    years = sum((1.0 + rate) ** -year for year in range(YEARS_LEFT))
    return worth / world.decision.income_weight * 12.0 * world.home.wage_market.values[-1] * years
