"""What reforms cost at other strengths than their own: in proportion to what they give (an assumption)."""

from __future__ import annotations

from abm.reforms import Diversification, JudicialReform, PublicSalaryParity
from abm.scenario import Scenario

__all__ = ["diversification", "judicial_reform", "salary_parity"]


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
