r"""What lies ahead: the income of a career, tabulated by country, state and months left.

A state is looking for work, or working in a sector (abroad there are none).  From month to month people go from state
to state with the chances that hires of the past year have had, so a job lasts as long as jobs last, and what follows
it pays what jobs pay that people find.  With n months left, :math:`q` the discount times the growth of wages, s the
chance that a job ends, f and g those of being hired out of search and out of another job, and :math:`\bar m` the mean
pay of new jobs for luck and level, a job in sector s is worth

.. math::
   w_s(n) e^m + r_s(n), \qquad w_s(n) = \omega_s + q (1 - s)(1 - g_s)\, w_s(n - 1)

times the wage of a person without a match m, where r holds later jobs, each worth :math:`h_s = w_s \bar m + r_s`, and
time out of work:

.. math::
   r_s(n) &= q \{(1 - s) [\textstyle\sum_k g_{sk} h_k + (1 - g_s) r_s] + s\, u\}(n - 1), \\
   r_0(n) &= \psi \bar\omega + q\, u(n - 1), \qquad u = \textstyle\sum_k f_k h_k + (1 - f)\, r_0 .

A job lost at home may be replaced in the same month, so u follows it; abroad a search takes a month at least, and
:math:`r_0` does.  Permanent income is this sum over that of the discounts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.codes import HOME, PUBLIC, RESERVE, SECTORS
from abm.engine.compiled import allocating, compiled, inlined, internal
from abm.engine.streams import HIGHEST_DRAW
from abm.environment import Environment

__all__ = [
    "AHEAD",
    "LOOKING",
    "STATES",
    "WORKING",
    "Chain",
    "Outlook",
    "lies_ahead",
    "outlook_of",
    "reckon",
    "tabulate_outlook",
    "worth_after_reserve",
]

# states: looking for work, then in work by sector; abroad all work is in the first
LOOKING, WORKING = 0, 1
STATES = 1 + len(SECTORS)

# what lies ahead of somebody in a state, in units of her wage without a match; as a mean over the discounted months
AHEAD = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("job", np.float64),  # from the present job, to be multiplied by the pay of its match
                ("rest", np.float64),  # from later jobs, and from time out of work
                ("ln_least", np.float64),  # at home: bound below the log of both with the mean match of new jobs
                ("lean", np.float64),  # at home: by how much that rises with the log of the match, at least
            ]
        ),
    )
)
GRID = 12  # months left that share a logarithm in that bound
LEAST = 1e-300  # in place of an income of nothing


class Chain(NamedTuple):
    """The chances and the pay with which people of a country go from state to state."""

    found: np.ndarray  # by kind of job: monthly chance of somebody who looks for work
    moved: np.ndarray  # from kind to kind: monthly chance of somebody who keeps a job
    pay: np.ndarray  # by kind: relative to the mean wage of the country
    mean_pay: float  # of new jobs for luck and level, relative to a graduate-level job of mean luck
    separation: float  # monthly chance that a job ends
    at_once: bool  # whether a job that is lost may be replaced in the same month
    fallback: float  # income out of work, relative to the mean wage
    reserve_months: int  # how long a term in the personnel reserve is
    appointment_prob: float  # of a public post after it


class Outlook(NamedTuple):
    """What reviewers look up, by country and by the months that are counted (:func:`abm.reviewer.months_counted`)."""

    annuity: np.ndarray  # discounted months
    growth: np.ndarray  # shape (countries, months): discounted income under growth relative to none
    fade: np.ndarray  # shape (countries, months): the part of it that the loss on arrival takes, per unit of that loss
    ahead: np.ndarray  # of AHEAD, shape (countries, months, STATES)
    lost: np.ndarray  # likewise: what the loss on arrival takes of it
    ln_best: np.ndarray  # shape (countries, months), abroad: log of the most that may lie ahead of whoever comes
    ln_looking: np.ndarray  # likewise, of what lies ahead of whoever comes to look for work
    ln_found: np.ndarray  # by country: log of the mean pay of jobs that are found by looking
    tabulated: np.ndarray  # by country abroad: chances and pay for which it was tabulated last
    found: np.ndarray  # by sector at home: monthly chance of a job-seeker
    moved: np.ndarray  # from sector to sector at home: monthly chance of somebody in work
    offer_limits: np.ndarray  # upper limits of the sectors' parts of the unit interval, by this month's vacancies
    expected_rule_of_law: np.ndarray  # at home, by month of the run
    ln_outside_wage: np.ndarray  # log wage of foreign specialists in their own country, by month of the run
    coming_cost: np.ndarray  # of foreign specialists, utility, by month of the run
    tax_cut: np.ndarray  # share of pay that who comes home in a month is let off, by month of the run


def outlook_of(environment: Environment) -> Outlook:
    """Return the tables of a run; those of what lies ahead are filled in by :func:`tabulate_outlook`."""
    n, months, kinds = environment.n_countries, len(environment.annuity), len(SECTORS)
    return Outlook(
        environment.annuity,
        environment.growth,
        environment.fade,
        ahead=np.zeros((n, months, STATES), dtype=AHEAD),
        lost=np.zeros((n, months, STATES), dtype=AHEAD),
        ln_best=np.zeros((n, months)),
        ln_looking=np.zeros((n, months)),
        ln_found=np.zeros(n),
        tabulated=np.full((n, 4), np.nan),
        found=np.zeros(kinds),
        moved=np.zeros((kinds, kinds)),
        offer_limits=np.ones(RESERVE),
        expected_rule_of_law=environment.rule_of_law.expected,
        ln_outside_wage=environment.ln_outside_wage,
        coming_cost=environment.coming_cost,
        tax_cut=environment.tax_cut,
    )


@inlined
def lies_ahead(here: np.record, match: float) -> float:
    """Return what lies ahead in a state, a record of AHEAD, with a job of this match (of a state without one, any)."""
    return here.job * math.exp(match) + here.rest


@inlined
def worth_of_hire(ahead: np.ndarray, kind: int, mean_pay: float) -> float:
    """Return what lies ahead in a new job of a kind, whose match is still to be drawn."""
    return mean_pay * ahead[WORKING + kind].job + ahead[WORKING + kind].rest


@inlined
def worth_of_search(ahead: np.ndarray, found: np.ndarray, mean_pay: float) -> float:
    """Return what lies ahead of somebody who may be hired this month, and goes on looking otherwise."""
    looking = ahead[LOOKING].rest
    worth = looking
    for kind in range(len(found)):
        worth += found[kind] * (worth_of_hire(ahead, kind, mean_pay) - looking)
    return worth


@inlined
def worth_after_reserve(ahead: np.ndarray, found: np.ndarray, mean_pay: float, appointment_prob: float) -> float:
    """Return what lies ahead at the end of a term in the personnel reserve: a public post of match 0, or search."""
    post = ahead[WORKING + PUBLIC].job + ahead[WORKING + PUBLIC].rest
    return appointment_prob * post + (1.0 - appointment_prob) * worth_of_search(ahead, found, mean_pay)


@compiled
def reckon(chain: Chain, n_kinds: int, factor: float, ahead: np.ndarray) -> None:
    """Fill in what lies ahead, as sums over the months left with :math:`q` = ``factor``.

    ``n_kinds`` is how many kinds of jobs there are beside the personnel reserve, whose term is known: it is reckoned as
    if nobody left it before, and only where ``chain.found`` has a chance of it.
    """
    found, mean_pay = chain.found, chain.mean_pay
    kept, lost = factor * (1.0 - chain.separation), factor * chain.separation
    term, power, total = chain.reserve_months, 1.0, 0.0
    for state in range(STATES):
        ahead[0, state].job, ahead[0, state].rest = 0.0, 0.0
    for months in range(1, len(ahead)):
        now, after = ahead[months], ahead[months - 1]
        searching = worth_of_search(after, found, mean_pay)
        now[LOOKING].rest = chain.fallback + factor * searching
        out_of_it = lost * (searching if chain.at_once else after[LOOKING].rest)
        for kind in range(n_kinds):
            rest, leaves = after[WORKING + kind].rest, 0.0
            moving = rest
            for other in range(len(found)):
                chance = chain.moved[kind, other]
                if chance > 0.0:
                    moving += chance * (worth_of_hire(after, other, mean_pay) - rest)
                    leaves += chance
            now[WORKING + kind].job = chain.pay[kind] + kept * (1.0 - leaves) * after[WORKING + kind].job
            now[WORKING + kind].rest = kept * moving + out_of_it
        if len(found) > n_kinds:
            if months <= term:
                total, power = total + power, power * factor
            served = chain.pay[RESERVE] * total
            now[WORKING + RESERVE].rest = served
            if months > term:
                then = worth_after_reserve(ahead[months - term], found, mean_pay, chain.appointment_prob)
                now[WORKING + RESERVE].rest += power * then


@allocating
def tabulate_outlook(
    countries: np.ndarray, outlook: Outlook, flows: np.ndarray, at_risk: np.ndarray, rules: np.record
) -> None:
    """Tabulate what lies ahead: at home for this month's chances, abroad where they have changed.

    Parameters
    ----------
    countries : ndarray of COUNTRY
        This month's.
    outlook : Outlook
        What is filled in.
    flows : ndarray, shape (STATES, sectors)
        Hires at home a month from states to sectors, averaged over about a year.
    at_risk : ndarray, shape (STATES,)
        How many in these states might have been hired.
    rules : record of RULES
    """
    for kind in range(len(outlook.found)):
        outlook.found[kind] = flows[LOOKING, kind] / at_risk[LOOKING] if at_risk[LOOKING] > 0.0 else 0.0
        for other in range(len(outlook.found)):
            risk = at_risk[WORKING + kind]
            outlook.moved[kind, other] = flows[WORKING + kind, other] / risk if risk > 0.0 else 0.0
    tabulate_home(countries[HOME], outlook, rules)
    for j in range(1, len(countries)):
        country, seen = countries[j], outlook.tabulated[j]
        changed = seen[0] != country.job_finding_prob or seen[1] != country.separation_prob
        if changed or seen[2] != country.mean_match or seen[3] != country.transfer_loss:
            seen[0], seen[1] = country.job_finding_prob, country.separation_prob
            seen[2], seen[3] = country.mean_match, country.transfer_loss
            tabulate_abroad(country, j, outlook, rules)


@internal
def chain_at_home(home: np.record, outlook: Outlook, pay: np.ndarray, n_entered: int, rules: np.record) -> Chain:
    """Return the chain at home, of the first ``n_entered`` sectors, and note what jobs pay that looking finds."""
    mean_pay, hires, paid = math.exp(home.mean_match), 0.0, 0.0
    for sector in range(len(outlook.found)):
        pay[sector] = math.exp(home.ln_sector_ratio[sector])
        hires += outlook.found[sector]
        # who enters the reserve is paid by a scale, whatever her luck
        paid += outlook.found[sector] * pay[sector] * (1.0 if sector == RESERVE else mean_pay)
    found_pay = paid / hires if hires > 0.0 else mean_pay * math.exp(home.ln_mean_ratio)
    outlook.ln_found[HOME] = math.log(found_pay)
    return Chain(
        outlook.found[:n_entered],
        outlook.moved,
        pay,
        mean_pay,
        home.separation_prob,
        True,
        rules.decision.fallback_ratio * found_pay,
        max(home.reserve_months, 1),
        home.appointment_prob,
    )


@internal
def tabulate_home(home: np.record, outlook: Outlook, rules: np.record) -> None:
    """Tabulate what lies ahead at home."""
    ahead, annuity = outlook.ahead[HOME], outlook.annuity
    n_entered = RESERVE
    for state in range(STATES):
        entered = outlook.found[RESERVE] if state == LOOKING else outlook.moved[state - WORKING, RESERVE]
        n_entered = max(n_entered, STATES - WORKING if entered > 0.0 else RESERVE)
    chain = chain_at_home(home, outlook, np.empty(len(outlook.found)), n_entered, rules)
    reckon(chain, RESERVE, monthly_factor(home, rules), ahead)
    average(ahead, annuity, 1.0)
    for state in range(STATES - 1):
        bound_logarithms(ahead[:, state], chain.mean_pay)


@internal
def tabulate_abroad(country: np.record, j: int, outlook: Outlook, rules: np.record) -> None:
    """Tabulate what lies ahead in a country abroad, what of it a newcomer loses, and the most that she may hope for."""
    ahead, lost, loss = outlook.ahead[j], outlook.lost[j], country.transfer_loss
    mean_pay, found = math.exp(country.mean_match), np.full(1, country.job_finding_prob)
    fallback, separation = rules.decision.fallback_ratio * mean_pay, country.separation_prob
    chain = Chain(found, np.zeros((1, 1)), np.ones(1), mean_pay, separation, False, fallback, 1, 0.0)
    factor = monthly_factor(country, rules)
    reckon(chain, 1, factor, ahead)
    reckon(chain, 1, factor * math.exp(-1.0 / (12.0 * rules.decision.assimilation_years)), lost)
    average(ahead, outlook.annuity, 1.0)
    average(lost, outlook.annuity, loss)
    outlook.ln_found[j] = country.mean_match
    best = math.exp(rules.labour.match_spread * HIGHEST_DRAW)
    for months in range(1, len(ahead)):
        looking = ahead[months, LOOKING].rest - lost[months, LOOKING].rest
        job = ahead[months, WORKING].job - lost[months, WORKING].job
        rest = ahead[months, WORKING].rest - lost[months, WORKING].rest
        outlook.ln_looking[j, months] = math.log(max(looking, LEAST))
        outlook.ln_best[j, months] = math.log(max(job * best + rest, looking, LEAST))


@inlined
def monthly_factor(country: np.record, rules: np.record) -> float:
    """Return q: what a month takes off by the discount, and adds by the growth of wages."""
    return rules.monthly_discount * math.exp(math.log1p(country.wage_growth) / 12.0)


@compiled
def average(ahead: np.ndarray, annuity: np.ndarray, share: float) -> None:
    """Turn sums into a ``share`` of means over the discounted months."""
    for months in range(1, len(ahead)):
        scale = share / annuity[months]
        for state in range(STATES):
            ahead[months, state].job *= scale
            ahead[months, state].rest *= scale


@compiled
def bound_logarithms(ahead: np.ndarray, mean_pay: float) -> None:
    """Bound the logarithm of what lies ahead in a state by lines in the log of the match.

    The logarithm of w e^m + r is convex in m, so its tangent at the mean pay of new jobs lies below it, and of a number
    x near another one y it is at least ln y + 1 - y / x: so one logarithm does for a dozen months.
    """
    for start in range(0, len(ahead), GRID):
        middle = ahead[min(start + GRID // 2, len(ahead) - 1)]
        near = max(mean_pay * middle.job + middle.rest, LEAST)
        ln_near = math.log(near)
        for months in range(max(start, 1), min(start + GRID, len(ahead))):
            here = ahead[months]
            inverse = 1.0 / max(mean_pay * here.job + here.rest, LEAST)
            here.ln_least = ln_near + 1.0 - near * inverse
            here.lean = mean_pay * here.job * inverse
