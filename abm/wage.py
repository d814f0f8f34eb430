"""The wage: what a graduate is paid in a country, in a form of Mincer's.

A log wage is the sum of the country's mean, the return to ability, experience and degree, the match, and what is kept
of it in transfer.
"""

from __future__ import annotations

import math

import numpy as np

from abm.engine.compiled import compiled, inlined
from abm.reviewer import experience_gain

__all__ = ["job_premium", "ln_current_wage", "ln_kept_after", "ln_wage", "remaining_loss"]


@inlined
def ln_wage(person: np.record, country: np.record, experience: float, match: float, ln_kept: float) -> float:
    """Return the log wage in a country: its level as it answers, ability, experience and degree, match, less transfer.

    ``country`` is a record of :data:`abm.paths.COUNTRY`; ``experience`` is what experience and degree add;
    ``match`` holds all that belongs to the job, at home its sector too; ``ln_kept`` is the log of the share kept in
    transfer.
    """
    level = country.ln_wage + country.ln_wage_answer
    return level + (country.return_to_ability * float(person.ability) + experience + match + ln_kept)


@inlined
def ln_kept_after(country: np.record, left: float) -> float:
    """Return the log of the share of the wage that is kept when the share ``left`` of the loss on arrival remains."""
    return math.log1p(-country.transfer_loss * left) if country.transfer_loss > 0.0 else 0.0


@inlined
def remaining_loss(person: np.record, country: np.record, month: int, rules: np.record) -> float:
    """Return the part of the loss on arrival that is left after the months lived in the country."""
    if country.transfer_loss <= 0.0:
        return 0.0
    return math.exp(-(month - person.arrival_month) / (12.0 * rules.decision.assimilation_years))


@inlined
def job_premium(person: np.record, country: np.record) -> float:
    """Return the log wage of the present job relative to the mean in its country."""
    match = float(person.match)
    return match + country.ln_sector_ratio[person.sector] if person.sector >= 0 else match


@compiled
def ln_current_wage(person: np.record, country: np.record, month: int, rules: np.record) -> float:
    """Return the log wage of somebody in work, in the month."""
    ln_kept = ln_kept_after(country, remaining_loss(person, country, month, rules))
    return ln_wage(person, country, experience_gain(person, month, rules), job_premium(person, country), ln_kept)
