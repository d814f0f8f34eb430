"""How many live abroad in the model of Gürsoy and Badur where nobody knows anybody: the expectation without a draw.

Whoever knows nobody decides alone.  Given her advantage x, the score of every tick is known, and so is her luck, as it
falls with every try: after k of them it is luckCoef**k.  So the chance that she is still at home is a product,

    S_t(x) = S_{t-1}(x) (1 - [p_t > threshold] min(p_t luckCoef**k, 1)),    k increased by [p_t > threshold],

and the share of her cohort that is abroad is the mean of 1 - S_t over x.  Whether she tries in a tick changes at one x
only, so between those the integrand is smooth and Gauss and Legendre's rule exact to the last digits.

Who dies is the oldest, whatever she does, and all who are born in a year are of one age and younger than everybody
before.  So of the cohorts those who are there at the start die first, 33 a year, then the others in turn; how old those
of the start are plays no part.  The number abroad is a sum of independent binomials, which gives its variance too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from experiments.replication.fast import PERSONS, SCALE, SHIFT, TICKS, TURNOVER
from experiments.replication.settings import Setting, SettingError

__all__ = ["alive", "expected"]

NODES = 24  # on each smooth piece


class Abroad(NamedTuple):
    """Expectation and standard deviation, over runs, of how many live abroad after each tick, shape (TICKS,)."""

    mean: np.ndarray
    sd: np.ndarray


def expected(setting: Setting) -> Abroad:
    """Return how many are expected abroad after each tick.

    Raises
    ------
    SettingError
        If people know each other.
    """
    if setting.network != "none":
        raise SettingError(f"network is '{setting.network}', but only without one does everybody decide alone")
    share = np.zeros((TICKS + 1, TICKS))  # by cohort and tick
    for cohort in range(TICKS + 1):
        share[cohort] = _share_abroad(setting, max(cohort - 1, 0))
    n = alive()
    return Abroad((n * share).sum(axis=0), np.sqrt((n * share * (1.0 - share)).sum(axis=0)))


def alive() -> np.ndarray:
    """Return how many of each cohort live after each tick: those of the start, then those born in tick 0, 1, ..."""
    n = np.zeros((TICKS + 1, TICKS), dtype=np.int64)
    now = np.array([PERSONS] + [0] * TICKS)
    for tick in range(TICKS):
        dying = TURNOVER
        for cohort in range(TICKS + 1):
            gone = min(dying, now[cohort])
            now[cohort] -= gone
            dying -= gone
        now[tick + 1] = TURNOVER
        n[:, tick] = now
    return n


def _share_abroad(setting: Setting, first: int) -> np.ndarray:
    """Return the share abroad after each tick of a cohort that first decides in tick ``first``, 0 before."""
    ticks = range(first, TICKS)
    x, weight = _nodes(setting, ticks)
    at_home, luck = np.ones_like(x), np.ones_like(x)
    share = np.zeros(TICKS)
    for tick in ticks:
        p = 1.0 / (1.0 + np.exp(SHIFT - SCALE * (x + setting.gap(tick))))
        tries = p > setting.threshold
        at_home = np.where(tries, at_home * (1.0 - np.minimum(p * luck, 1.0)), at_home)
        luck = np.where(tries, luck * setting.luck_coef, luck)
        share[tick] = weight @ (1.0 - at_home)
    return share


def _nodes(setting: Setting, ticks: range) -> tuple[np.ndarray, np.ndarray]:
    """Return advantages and their weights for a mean over the uniform law on (-1, 1), by pieces that are smooth."""
    cuts = {-1.0, 1.0}
    if setting.threshold > 0.0:
        needed = (SHIFT + math.log(setting.threshold / (1.0 - setting.threshold))) / SCALE
        cuts |= {min(max(needed - setting.gap(tick), -1.0), 1.0) for tick in ticks}
    edges = np.array(sorted(cuts))
    low, high = edges[:-1, None], edges[1:, None]
    at, weight = np.polynomial.legendre.leggauss(NODES)
    x = 0.5 * (low + high) + 0.5 * (high - low) * at
    return x.ravel(), (0.25 * (high - low) * weight).ravel()
