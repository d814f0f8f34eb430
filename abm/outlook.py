"""What lies ahead: permanent income relative to today's wage, tabulated by country, job and months left of a career.

Income varies with work and its absence, and grows; what counts is its mean over the months left, discounted.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.engine.compiled import compiled, inlined
from abm.environment import Environment

__all__ = ["Outlook", "employed_share", "geometric_sum", "outlook_of", "permanent_income", "tabulate_outlook"]


class Outlook(NamedTuple):
    """What reviewers look up, by country and by the remaining months of the career."""

    annuity: np.ndarray  # discounted months
    growth: np.ndarray  # shape (countries, months): discounted income under growth relative to none
    fade: np.ndarray  # share of the loss on arrival abroad that is left, averaged over the months
    ln_kept: np.ndarray  # shape (countries, months): log share of the wage kept, on average, after arrival
    ln_income: np.ndarray  # shape (countries, job now, months): log permanent income relative to the wage
    tabulated: np.ndarray  # chances of finding and losing a job for which a country was tabulated last
    expected_rule_of_law: np.ndarray  # at home, by month of the run
    ln_outside_wage: np.ndarray  # log wage of foreign specialists in their own country, by month of the run
    coming_cost: np.ndarray  # of foreign specialists, utility, by month of the run
    tax_cut: np.ndarray  # share of pay that who comes home in a month is let off, by month of the run


def outlook_of(environment: Environment) -> Outlook:
    """Return the tables of a run; permanent income is filled in by :func:`tabulate_outlook`."""
    n = environment.n_countries
    return Outlook(
        environment.annuity,
        environment.growth,
        environment.fade,
        environment.ln_kept,
        ln_income=np.zeros((n, 2, len(environment.annuity))),
        tabulated=np.full((n, 2), np.nan),
        expected_rule_of_law=environment.rule_of_law.expected,
        ln_outside_wage=environment.ln_outside_wage,
        coming_cost=environment.coming_cost,
        tax_cut=environment.tax_cut,
    )


@compiled
def tabulate_outlook(countries: np.ndarray, outlook: Outlook, rules: np.record) -> None:
    """Tabulate log permanent income relative to the wage; only where the chances of having a job have changed."""
    seen, discount, fallback_ratio = outlook.tabulated, rules.monthly_discount, rules.decision.fallback_ratio
    for j in range(len(countries)):
        finding, separation = countries[j].job_finding_prob, countries[j].separation_prob
        if seen[j, 0] == finding and seen[j, 1] == separation:
            continue
        seen[j, 0], seen[j, 1] = finding, separation
        for months in range(1, len(outlook.annuity)):
            annuity, growth = outlook.annuity[months], outlook.growth[j, months]
            for job in range(2):
                share = employed_share(float(job), finding, separation, discount, months, annuity)
                outlook.ln_income[j, job, months] = permanent_income(0.0, share, fallback_ratio, growth)


@inlined
def geometric_sum(factor: float, months: int) -> float:
    """Return 1 + q + ... + q**(months - 1) for 0 <= q; months >= 0."""
    if abs(1.0 - factor) < 1e-12:
        return float(months)
    if factor <= 0.0:
        return 1.0 if months > 0 else 0.0
    return (1.0 - math.exp(months * math.log(factor))) / (1.0 - factor)


@inlined
def employed_share(
    employed_now: float, finding: float, separation: float, discount: float, months: int, annuity: float
) -> float:
    """Return the discounted share of the remaining months a person will be in work.

    With monthly finding and separation probabilities f and s the chance of being in work m months ahead is
    p* + (p0 - p*) (1 - f - s)**m with p* = f / (f + s), a two-state Markov chain; the share is its discounted mean.
    ``annuity`` is the sum of the discount factors of these months.
    """
    total = finding + separation
    if total <= 0.0:
        return employed_now
    in_the_long_run = finding / total
    persistence = max(1.0 - total, 0.0)
    weight = geometric_sum(discount * persistence, months) / annuity
    return in_the_long_run + (employed_now - in_the_long_run) * weight


@inlined
def permanent_income(ln_wage: float, share_employed: float, fallback_ratio: float, growth: float) -> float:
    """Return the log of permanent income: wage when in work, fallback when not, times expected growth."""
    return ln_wage + math.log((share_employed + (1.0 - share_employed) * fallback_ratio) * growth)
