"""What graduates believe about rule of law at home: DeGroot learning from a public signal and from one's ties.

Once a year a belief moves to w_s * signal + w_n * mean belief of ties + (1 - w_s - w_n) * belief (DeGroot, 1974,
"Reaching a consensus", Journal of the American Statistical Association 69), where the signal is what can be expected of
rule of law (:mod:`abm.institutions`) plus a person's noise.  The diaspora is among the ties.  All beliefs of a month
are formed from those at its beginning.
"""

from __future__ import annotations

import numpy as np

from abm.codes import ABSENT
from abm.engine.compiled import compiled, inlined
from abm.engine.streams import Purpose
from abm.person import draw_normal, last_anniversary

__all__ = ["KNOWN", "first_belief", "hears", "mean_belief", "new_belief", "newcomer_belief"]

# whom a reviewer knows
KNOWN = np.dtype((np.record, [("begin", np.int64), ("end", np.int64), ("n_present", np.int64)]))


@inlined
def hears(person: np.record, month: int) -> bool:
    """Return whether a reviewer hears anything new: once a year, at her anniversary, and when she comes up.

    An event brings no news of rule of law, so that whoever has more of them does not learn faster.
    """
    comes_up = person.career_month == month or person.stage == ABSENT
    return comes_up or last_anniversary(person, month) == month


@inlined
def new_belief(
    belief: float, signal: float, neighbours: float, n_neighbours: int, signal_weight: float, neighbour_weight: float
) -> float:
    """Return the belief after hearing a signal and the mean of ``n_neighbours`` beliefs (none: one's own counts)."""
    if n_neighbours == 0:
        neighbour_weight = 0.0
    kept = 1.0 - signal_weight - neighbour_weight
    return signal_weight * signal + neighbour_weight * neighbours + kept * belief


@inlined
def mean_belief(belief: np.ndarray, neighbour: np.ndarray, known: np.record) -> float:
    """Return the mean belief of those of one's ties whom one knows already, 0 without any.

    Entries ``known.begin`` to ``known.end`` of ``neighbour`` name the ties, of whom ``known.n_present`` are known
    (:mod:`abm.introductions`); the others hold a belief of 0, so that all can be summed.
    """
    total = 0.0
    for position in range(known.begin, known.end):
        total += float(belief[neighbour[position]])
    return total / known.n_present if known.n_present > 0 else 0.0


@compiled
def first_belief(person: np.record, rules: np.record) -> np.float32:
    """Return what somebody believes before any review, around the level at the start."""
    z = draw_normal(person, 0, Purpose.BELIEF, 0, rules.seed)
    return np.float32(rules.rule_of_law_at_start + rules.beliefs.start_spread * z)


@compiled
def newcomer_belief(person: np.record, rule_of_law: float, rules: np.record) -> np.float32:
    """Return the first belief of a newcomer, who knows the level of rule of law she grew up with."""
    return first_belief(person, rules) + np.float32(rule_of_law - rules.rule_of_law_at_start)
