"""What graduates believe about rule of law at home: DeGroot learning from a public signal and from one's ties.

At a review a belief moves to w_s * signal + w_n * mean belief of ties + (1 - w_s - w_n) * belief (DeGroot, 1974,
"Reaching a consensus", Journal of the American Statistical Association 69), where the signal is what can be expected of
rule of law (:mod:`abm.institutions`) plus a person's noise.  The diaspora is among the ties.  All beliefs of a month
are formed from those at its beginning.
"""

from __future__ import annotations

import numpy as np

from abm.compiled import compiled
from abm.graduates import ABSENT, Graduates
from abm.streams import Purpose, standard_normal

__all__ = ["form_beliefs", "new_belief"]


@compiled
def new_belief(
    belief: float, signal: float, neighbours: float, n_neighbours: int, signal_weight: float, neighbour_weight: float
) -> float:
    """Return the belief after hearing a signal and the mean of ``n_neighbours`` beliefs (none: one's own counts)."""
    if n_neighbours == 0:
        neighbour_weight = 0.0
    kept = 1.0 - signal_weight - neighbour_weight
    return signal_weight * signal + neighbour_weight * neighbours + kept * belief


@compiled
def form_beliefs(
    people: Graduates,
    reviewers: np.ndarray,
    begin: int,
    end: int,
    n_networked: int,
    first: np.ndarray,
    neighbour: np.ndarray,
    month: int,
    expected: float,
    noise: float,
    weights: tuple[float, float],
    seed: int,
    out: np.ndarray,
) -> None:
    """Form the beliefs of reviewers ``begin`` to ``end`` of the list into ``out``."""
    for k in range(begin, end):
        i = reviewers[k]
        total, n = 0.0, 0
        if i < n_networked:
            for position in range(first[i], first[i + 1]):
                other = neighbour[position]
                if people.stage[other] != ABSENT:
                    total += float(people.person[other].belief)
                    n += 1
        z = standard_normal(seed, people.person[i].rank, people.person[i].cohort, month, Purpose.SIGNAL, 0)
        mean = total / n if n > 0 else 0.0
        belief = float(people.person[i].belief)
        out[k] = new_belief(belief, expected + noise * z, mean, n, weights[0], weights[1])
