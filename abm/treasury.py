r"""The treasury: what reforms cost the public purse, and the tax on graduates' pay that bears it, month by month.

After a month's hires everybody at work at home is paid, in whole US cents at the market rate.  The bill of the
reforms of pay is what is paid in sectors whose pay they change less what would be paid there without them, person by
person; of the personnel reserve, whose posts only a reform makes, it is the whole pay.  Sums for coming home are paid
in the month after, and the tax that those who came are let off is forgone month by month.  With the costs that are
asserted it is the public cost C.  If that is financed, graduates bear a share, by a tax on the wage bill B:

.. math::
   \tau_t = \sigma\, C_t / B_t .

The bill is of pay before tax, so that the tax does not feed on itself.  All sums are whole cents of the simulated
persons; multiplied by a run's weight they are those of the country.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.codes import BY_TAX, EMPLOYED, HOME, PUBLIC, RESERVE, SECTORS
from abm.engine.compiled import BLOCK, compiled, internal
from abm.engine.exponentials import round_exponentials
from abm.environment import Environment
from abm.incentives import tax_cut_of
from abm.labour import HIRED
from abm.life_course import Now
from abm.person import Graduates
from abm.wage import ln_current_wage

__all__ = ["ENDS", "Treasury", "pay", "settle_budget", "treasury_of"]

CENTS = 100.0
# the budget of a month, whole US cents of simulated persons
WAGE_BILL, COST, BORNE_BY_OTHERS = range(3)
# where a part of the rows counts, behind its hires: pay by sector, and what it would be there without reforms
PAID, UNREFORMED = HIRED, HIRED + len(SECTORS)
LET_OFF = UNREFORMED + len(SECTORS)  # tax
ENDS = LET_OFF + 1


class Treasury(NamedTuple):
    """What the budget is made of, by month, and the budget of this month."""

    raised: np.ndarray  # by month and sector: log pay less what it would be without reforms
    cents: np.ndarray  # by month: US cents at the market rate that a unit of pay is worth
    asserted: np.ndarray  # by month: costs that are not computed, whole cents of simulated persons
    tax_cut: np.ndarray  # by month: share of pay that who comes home in it is let off
    pays: np.ndarray  # by month: whether anything depends on what graduates are paid
    due: np.ndarray  # shape (1,): sums for last month's coming home, whole cents of simulated persons
    budget: np.ndarray  # WAGE_BILL, COST, BORNE_BY_OTHERS
    tax: np.ndarray  # shape (1,): share of graduates' pay


def treasury_of(environment: Environment) -> Treasury:
    """Return the treasury at the beginning of a run."""
    base = environment.scenario.labour.public_wage_ratio
    raised = np.zeros((environment.n_months, len(SECTORS)))
    raised[:, PUBLIC] = np.log(environment.public_wage_ratio / base)
    asserted = np.rint(environment.asserted_cost * CENTS / environment.weight).astype(np.int64)
    reserve = np.logical_or.accumulate(environment.reserve_places > 0.0)  # who is in it stays for her term
    let_off = np.logical_or.accumulate(environment.tax_cut > 0.0)
    taxed = (environment.scenario.treasury.financing == "tax") & ((asserted > 0) | may_be_due(environment))
    return Treasury(
        raised=raised,
        cents=CENTS * environment.market_usd,
        asserted=asserted,
        tax_cut=environment.tax_cut,
        pays=raised.any(axis=1) | reserve | let_off | taxed,
        due=np.zeros(1, dtype=np.int64),
        budget=np.zeros(3, dtype=np.int64),
        tax=np.zeros(1),
    )


def may_be_due(environment: Environment) -> np.ndarray:
    """Return by month whether sums may be due for coming home, or here, in the month before."""
    paid = environment.payment + environment.payment_with_offer + environment.coming_payment > 0.0
    return np.concatenate(([False], paid[:-1]))


@internal
def pay(treasury: Treasury, people: Graduates, first: int, last: int, now: Now, part: np.ndarray) -> None:
    """Add up what rows ``first`` to ``last`` are paid at home, by sector, from place PAID of ``part`` on.

    Pay is before tax: the month's has still to be set.  In months in which nothing depends on it, it is 0.
    """
    part[PAID:ENDS] = 0
    if not treasury.pays[now.month]:
        return
    persons, home, raised = people.person, now.countries[HOME], treasury.raised[now.month]
    ln_pay, place, cents, n = np.empty(BLOCK), np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK), 0
    for i in range(first, last):
        person = persons[i]
        if person.stage == EMPLOYED and person.country == HOME:
            sector = person.sector
            own = ln_current_wage(person, home, now.month, now.rules)
            ln_pay[n], place[n] = own, PAID + sector
            n += 1
            if raised[sector] != 0.0:
                ln_pay[n], place[n] = own - raised[sector], UNREFORMED + sector
                n += 1
            share = tax_cut_of(person, now.month, treasury.tax_cut)
            if share > 0.0:
                ln_pay[n], place[n] = own + math.log(share), LET_OFF
                n += 1
        if n >= BLOCK - 2 or i == last - 1:
            add_up(ln_pay[:n], treasury.cents[now.month], cents[:n], place, part)
            n = 0


@compiled
def add_up(ln_pay: np.ndarray, unit: float, cents: np.ndarray, place: np.ndarray, part: np.ndarray) -> None:
    """Add log pay, in whole cents, to the places of a part's sums."""
    round_exponentials(ln_pay, unit, cents)
    for k in range(len(ln_pay)):
        part[place[k]] += np.int64(cents[k])


@compiled
def settle_budget(treasury: Treasury, parts: np.ndarray, now: Now) -> None:
    """Reckon what reforms cost in the month, and set the tax that graduates bear of it; it lowers pay at home."""
    raised, wages = treasury.raised[now.month], np.int64(0)
    cost = treasury.asserted[now.month] + treasury.due[0]
    for part in parts:
        cost += part[LET_OFF]
        for sector in range(len(SECTORS)):
            paid = part[PAID + sector]
            wages += paid
            if sector == RESERVE:
                cost += paid
            elif raised[sector] != 0.0:
                cost += paid - part[UNREFORMED + sector]
    financed = now.rules.treasury.financing == BY_TAX
    due = int(round(now.rules.treasury.graduates_share * cost)) if financed else 0
    treasury.budget[WAGE_BILL], treasury.budget[COST], treasury.budget[BORNE_BY_OTHERS] = wages, cost, cost - due
    if due > 0:
        treasury.tax[0] = due / wages if wages > 0 else math.inf  # nobody at work can bear it
    else:
        treasury.tax[0] = 0.0
    if 0.0 < treasury.tax[0] < 1.0:
        now.countries[HOME].ln_wage_answer += math.log1p(-treasury.tax[0])
