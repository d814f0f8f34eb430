"""Money for coming home: sums that are paid once, and a part of the tax let off for some years, as income.

A sum s adds s / a(n) to permanent income over the n months that are counted, with a(n) their annuity; a cut of the tax
by a share c of pay for T months is worth the factor 1 + c a(min(T, n)) / a(n).  So money at hand is worth the more the
less far one looks ahead.  Who has come home under a tax cut keeps the rest of it, and weighs it when she thinks of
leaving again.
"""

from __future__ import annotations

import math

import numpy as np

from abm.codes import (
    ARRIVAL,
    FOREIGN,
    HOME,
    NEVER,
    RETURN,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_OFFER,
    RETURN_TIES,
    STUDENT_HOME,
)
from abm.engine.compiled import compiled, inlined
from abm.environment import Environment
from abm.reviewer import Month, Reviewer, months_counted

__all__ = [
    "ln_income_of_coming",
    "ln_income_of_specialist",
    "ln_income_with_rest_of_tax_cut",
    "most_ln_income_of_coming",
    "sums_paid",
    "tax_cut_ends",
    "tax_cut_of",
]

COMING_HOME = (RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME)


@compiled
def ln_income_of_coming(her: Reviewer, now: Month, path: int, ln_income: float) -> float:
    """Return log permanent income from coming home by a path, with the sum and the tax cut that go with it."""
    home, counted, annuity = now.countries[HOME], months_counted(her, now, 0), now.outlook.annuity
    with_offer = path == RETURN_OFFER
    paid = home.return_sum_with_offer if with_offer else home.return_sum
    months = home.tax_cut_months_with_offer if with_offer else home.tax_cut_months
    cut = now.outlook.tax_cut[now.month] * annuity[min(months, counted)] / annuity[counted]
    if paid <= 0.0 and cut <= 0.0:
        return ln_income
    return math.log(math.exp(ln_income) * (1.0 + cut) + paid / annuity[counted])


@inlined
def most_ln_income_of_coming(her: Reviewer, now: Month, path: int, ln_income: float) -> float:
    """Return a bound above :func:`ln_income_of_coming`, whether or not she takes a job that is offered."""
    without = ln_income_of_coming(her, now, RETURN, ln_income)
    return max(without, ln_income_of_coming(her, now, RETURN_OFFER, ln_income)) if path == RETURN_OFFER else without


@inlined
def ln_income_with_rest_of_tax_cut(her: Reviewer, now: Month, ln_income: float, counted: int) -> float:
    """Return log permanent income from staying over the months counted, with the rest of the tax cut she came under."""
    rest = her.person.tax_cut_month - now.month
    if rest <= 0:
        return ln_income
    annuity = now.outlook.annuity
    share = tax_cut_of(her.person, now.month, now.outlook.tax_cut)
    return ln_income + math.log1p(share * annuity[min(rest, counted)] / annuity[counted])


@inlined
def tax_cut_of(person: np.record, month: int, tax_cut: np.ndarray) -> float:
    """Return the share of pay that somebody is let off in a month: that of the month in which she came home.

    ``tax_cut`` holds the share by month of the run.
    """
    return tax_cut[min(max(person.arrival_month, 0), month)] if person.tax_cut_month > month else 0.0


@compiled
def tax_cut_ends(person: np.record, path: int, month: int, home: np.record) -> int:
    """Return the month in which the tax cut of somebody who comes home ends; 0 if she gets none."""
    months = home.tax_cut_months_with_offer if path == RETURN_OFFER else home.tax_cut_months
    return min(month + months, NEVER) if months > 0 and person.origin != FOREIGN else 0


@compiled
def ln_income_of_specialist(her: Reviewer, now: Month, ln_income: float) -> float:
    """Return log permanent income of a foreign specialist from coming, with the sum paid for that."""
    paid, counted = now.countries[HOME].coming_sum, months_counted(her, now, 0)
    return math.log(math.exp(ln_income) + paid / now.outlook.annuity[counted]) if paid > 0.0 else ln_income


def sums_paid(moves: np.ndarray, environment: Environment, month: int) -> int:
    """Return what is paid for the moves of a month, whole US cents of simulated persons: to all who come home.

    To specialists too.  ``moves`` are records of :data:`abm.moves.MOVE`; what is let off tax later is not in it
    (:func:`tax_cut_of`).
    """
    if not environment.pays_sums:
        return 0
    home = np.isin(moves["flow"], COMING_HOME)
    with_offer = int((home & (moves["path"] == RETURN_OFFER)).sum())
    paid = with_offer * round(100.0 * environment.payment_with_offer[month])
    paid += (int(home.sum()) - with_offer) * round(100.0 * environment.payment[month])
    return paid + int((moves["flow"] == ARRIVAL).sum()) * round(100.0 * environment.coming_payment[month])
