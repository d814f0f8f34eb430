r"""Portfolios: expected gain against downside risk.

Risk is the *conditional value at risk*, here of gains: the mean of the worst share :math:`\alpha` of the outcomes
(Rockafellar and Uryasev, 2000, "Optimization of conditional value-at-risk", Journal of Risk 2).  A portfolio is
*efficient* if no other has at least its expected gain and at least its worst outcomes (Markowitz, 1952, "Portfolio
selection", Journal of Finance 7, with this risk in place of the variance).
"""

from __future__ import annotations

import math

import numpy as np

from abm.checks import number, row_of_numbers

__all__ = ["cvar", "efficient"]

WORST = 0.1  # share of the outcomes that count as the worst


def cvar(gains: np.ndarray, share: float = WORST) -> float:
    """Return the mean of the worst share of some gains, an outcome on the border counted in part; nan of none.

    Parameters
    ----------
    gains : ndarray
        Equally likely outcomes.
    share : float
        From above 0 to 1, which gives the mean.
    """
    sample = row_of_numbers("gains", gains)
    if number("share", share, 0.0, 1.0) == 0.0:
        raise ValueError("share is 0, but must be above 0: the worst outcomes are some")
    if len(gains) == 0:
        return math.nan
    counted = share * len(gains)
    weights = np.clip(counted - np.arange(len(gains)), 0.0, 1.0)
    return float(weights @ np.sort(sample) / counted)


def efficient(expected: np.ndarray, worst: np.ndarray) -> np.ndarray:
    """Return which portfolios are efficient: none other is as good in both and better in one.

    Parameters
    ----------
    expected, worst : ndarray, shape (portfolios,)
        Expected gain and the mean of the worst outcomes, higher being better in both.
    """
    expected, worst = row_of_numbers("expected", expected), row_of_numbers("worst", worst)
    if len(expected) != len(worst):
        raise ValueError(f"there are {len(expected)} expected gains, but {len(worst)} means of the worst outcomes")
    as_good = (expected >= expected[:, None]) & (worst >= worst[:, None])
    better = (expected > expected[:, None]) | (worst > worst[:, None])
    return ~np.any(as_good & better, axis=1)
