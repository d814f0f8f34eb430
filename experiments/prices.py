"""What reforms cost at other strengths than their own: in proportion to what they give (an assumption)."""

from __future__ import annotations

import dataclasses
import math

from abm.environment import Environment
from abm.reforms import Diversification, JudicialReform, PublicSalaryParity, ReturnIncentive
from abm.scenario import Scenario
from abm.sweep.factors import DesignError

__all__ = ["diversification", "judicial_reform", "return_incentive", "salary_parity", "worth_of_pay"]

RETURN_RATE = 0.05  # of graduates abroad a year, all of whom are paid; assumption: about the model's own rate
CAREER_AHEAD = 360  # months that who returns will still work; assumption


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

    At an income weight a, ``worth`` utility is the share exp(worth / a) - 1 of all later income: paid at the market
    wage to all who return, those included who would have come anyway (assumption), beside the reform's own cost, that
    of offices and relocation.
    """
    own = ReturnIncentive(start=start, end=end, cost_reduction=worth, only_with_offer=only_with_offer, offers=offers)
    share = math.expm1(worth / _income_weight(world))
    return dataclasses.replace(own, cost_usd_per_year=own.cost_usd_per_year + round(share * _later_income(world)))


def worth_of_pay(world: Scenario, usd_per_year: float) -> float:
    """Return what an incentive to return is worth in utility if so much is spent on it."""
    paid = max(usd_per_year - ReturnIncentive().cost_usd_per_year, 0.0)
    return _income_weight(world) * math.log1p(paid / _later_income(world))


def _income_weight(world: Scenario) -> float:
    if world.decision.income_weight <= 0.0:
        raise DesignError(
            "decision.income_weight is 0, but must be above 0 for returns to be paid in money: nobody would care for it"
        )
    return world.decision.income_weight


def _later_income(world: Scenario) -> float:
    """Return what all who return in a year will earn, discounted, USD at the market rate."""
    annuity = Environment(world).annuity
    income = world.home.wage_market.values[-1] * float(annuity[min(CAREER_AHEAD, len(annuity) - 1)])
    return income * RETURN_RATE * sum(destination.diaspora.values[-1] for _, destination in world.destinations)
