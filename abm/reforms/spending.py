"""What is spent on the reforms of a plan by what they are asserted to cost: month by month, by one rule.

A reform costs what :mod:`abm.reforms.costs` says while it is in force, phased in with its ramp.  What is paid follows
what is done, reform by reform of a plan:

- What changes nothing costs nothing: a reform that, carried out in full, would leave the environment as it is without
  it, as a raise to less than there is, grants to nobody, or a second reform that does what a first one does already.
- What is tried and not carried out is paid for: money is spent whether or not it works, so fidelity and decay do not
  make a reform cheaper, not even one of which nothing is carried out (assumption).
- Where only one of several acts, one is paid.  Of reforms of one kind, or of the same quantities, of which the highest
  level counts (or the highest path and the fastest step of promises), the dearest in force is paid month by month: a
  step in two reforms, the first of which stays in force, costs what one does.  Reforms that add amounts, multiply or
  set anything are paid each, for each of them acts.
- A promise of rule of law that is taken back costs nothing from its reversal on.

All is in USD of one year: no inflation (assumption).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from abm.months import month_number
from abm.paths import Paths
from abm.reforms.base import Reform
from abm.reforms.checked import strength_of
from abm.reforms.composition import acts_of
from abm.reforms.costs import plausible_cost
from abm.reforms.effect import Idle, alike, idle, in_full
from abm.reforms.files import is_bundled
from abm.reforms.kinds.judicial_reform import JudicialReform
from abm.reforms.kinds.reversal import Reversal
from abm.scenario import Scenario

__all__ = ["asserted_costs"]


def asserted_costs(world: Scenario, reforms: Sequence[Reform]) -> np.ndarray:
    """Return what is spent by month, USD a month for the country: low end, as stated, high end; shape (months, 3).

    What the run itself computes, as the cost of a rise of pay or of sums to those who return, is not in it.

    Raises
    ------
    ReformError
        If the reforms cannot be carried out in this scenario.
    """
    plan = tuple(reforms)
    if not plan:
        return np.zeros((world.n_months, 3))
    if all(map(is_bundled, plan)):
        return _asserted_costs(world, plan)
    return _asserted_costs.__wrapped__(world, plan)  # those of one's own may be equal and say something else


@functools.lru_cache(maxsize=32)  # the arms of a design, of which each is asked for by its runs and for its costs
def _asserted_costs(world: Scenario, reforms: tuple[Reform, ...]) -> np.ndarray:
    base, total = Paths(world), np.zeros((world.n_months, 3))
    acts = acts_of(base, reforms)
    if any(plausible_cost(reform, base.scenario).high > 0.0 for reform in reforms):
        unpaid = {n for n, why in idle(base, reforms).items() if why is not Idle.UNDELIVERED}
        asked = [_asked(reform, reforms, base) for reform in reforms]
        dearest_first = sorted(set(range(len(reforms))) - unpaid, key=lambda n: -asked[n][:, 1].sum())
        bills: dict[int, np.ndarray] = {}
        for place, n in enumerate(dearest_first):
            paid = [asked[other] for other in dearest_first[:place] if alike(acts[n], acts[other])]
            bills[n] = np.maximum(asked[n] - np.max(paid, axis=0), 0.0) if paid else asked[n]
        for n in sorted(bills):  # in the order of the plan
            total += bills[n]
    total.flags.writeable = False
    return total


def _asked(reform: Reform, reforms: Sequence[Reform], base: Paths) -> np.ndarray:
    """Return what a reform by itself costs by month, USD, shape (months, 3)."""
    share = strength_of(in_full(reform), base.first_month, base.n_months)
    months = np.arange(base.n_months) + base.first_month
    share = np.where(months < _taken_back(reform, reforms), share, 0.0)
    by_month: np.ndarray = share[:, None] * np.array(plausible_cost(reform, base.scenario)) / 12.0
    return by_month


def _taken_back(reform: Reform, reforms: Sequence[Reform]) -> float:
    """Return the month from which a promise of rule of law is taken back; infinite for all else."""
    if not isinstance(reform, JudicialReform):
        return math.inf
    reversals = [month_number(other.start) for other in reforms if isinstance(other, Reversal) and other.fidelity > 0.0]
    return min((start for start in reversals if start > month_number(reform.start)), default=math.inf)
