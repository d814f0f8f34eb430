"""Savings: who can pay what it takes to move abroad, out of what she can have put aside, or with her family's help.

Nobody's account is kept.  What she can have saved is a share of what she is paid at home now, or would be in a job of
mean pay, for each month since her first degree.
"""

from __future__ import annotations

import math

from abm.codes import EMPLOYED, HOME
from abm.engine.compiled import compiled, inlined
from abm.engine.streams import Purpose
from abm.person import draw
from abm.reviewer import Month, Reviewer
from abm.wage import job_premium, ln_wage

__all__ = ["can_pay"]


@inlined
def can_pay(her: Reviewer, now: Month, j: int) -> bool:
    """Return whether she has what moving to country ``j`` takes up front; who lives abroad is paid there, and has."""
    needed = now.countries[j].moving_sum
    return needed <= 0.0 or her.person.country != HOME or can_raise(her, now, needed)


@compiled
def can_raise(her: Reviewer, now: Month, needed: float) -> bool:
    """Return whether somebody at home has a sum (unit of wages times months) saved, or is given it by her family."""
    person, home, decision = her.person, now.countries[HOME], now.rules.decision
    if draw(person, 0, Purpose.FAMILY_SUPPORT, 0, now.rules.seed) < decision.family_support_share:
        return True
    job = job_premium(person, home) if person.stage == EMPLOYED else home.mean_match
    pay = math.exp(ln_wage(person, home, her.experience, job, 0.0))
    return decision.saving_share * pay * max(now.month - person.career_month, 0) >= needed
