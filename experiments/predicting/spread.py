"""From runs of posterior draws to a predictive distribution: the luck of runs taken out, the model's misfit put in.

A run of some ten thousand graduates has luck that a country of millions has not; what is left between draws once it is
taken out is what is unknown of parameters.  To that comes how far the model may be from a country whose parameters it
has: as far as calibration takes it to be (an assumption), drawn :data:`REPEATS` times for each draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from abm.analysis.over_draws import over_draws
from abm.engine.streams import Purpose, normal_quantiles, uniforms
from experiments.calibration.targets import LEVEL, SPREADS, YEARLY

__all__ = [
    "CHOICE",
    "FLOW",
    "GRADUATE_FLOW",
    "KNOWN",
    "NO_MISFIT",
    "NULL",
    "REPEATS",
    "SHARE",
    "STOCK",
    "UNKNOWN",
    "Misfit",
    "normals",
    "ratio_misfit",
    "shares",
    "spread",
    "without_luck",
]

REPEATS = 25
SEED = 1  # of all that is drawn here; luck of runs is keyed by theirs
# what is drawn: known figures, misfits, nulls, what a posterior does not hold
KNOWN, MISFIT, NULL, UNKNOWN = range(4)


@dataclass(frozen=True)
class Misfit:
    """How far the model may be off: a standard deviation in logs, or in logits of shares; 0 for none.

    With ``since`` it is of a ratio to that year, and both years are off.
    """

    scale: str
    deviation: float
    since: int = 0


# as calibration takes them to be (assumptions): of a year's flow, and of graduates' share in it too; of shares of
# destinations; of stocks of those who came lately, taken for shares abroad too; of who stays after a degree
FLOW = Misfit("log", YEARLY)
GRADUATE_FLOW = Misfit("log", float(np.hypot(YEARLY, LEVEL)))
SHARE = Misfit("logit", SPREADS["of them to Russia"])
STOCK = Misfit("log", SPREADS["graduates in the OECD, up to 5 years"])
CHOICE = Misfit("logit", SPREADS["stay five years after a US"])
NO_MISFIT = Misfit("log", 0.0)


def ratio_misfit(year: int) -> Misfit:
    """Return the misfit of a flow relative to that of a year."""
    return Misfit("log", FLOW.deviation, year)


def normals(what: int, n_draws: int, repeats: int = 1, year: int = 0) -> np.ndarray:
    """Return standard normal draws, shape (draws, repeats), keyed by number and year, one in each of equal strata."""
    strata = (_order(what, n_draws * repeats, year) + 0.5) / (n_draws * repeats)
    found = np.empty(len(strata))
    normal_quantiles(strata, found)
    return found.reshape(n_draws, repeats)


def shares(what: int, n_draws: int, year: int = 0) -> np.ndarray:
    """Return uniform draws, one for each posterior draw and in each of equal strata; ``year`` tells several apart."""
    found: np.ndarray = (_order(what, n_draws, year) + 0.5) / n_draws
    return found


def _order(what: int, n: int, year: int) -> np.ndarray:
    """Return numbers from 0 to n - 1 in an order that is drawn."""
    drawn = np.empty(n)
    uniforms(SEED, np.arange(n), np.zeros(n, dtype=np.int64), year, Purpose.PREDICTION, what, drawn)
    order: np.ndarray = drawn.argsort().argsort()
    return order


def without_luck(values: np.ndarray) -> np.ndarray:
    """Return what is expected under each draw, the luck of its seeds taken out; ``values`` are by draw and seed."""
    n_draws, n_seeds = values.shape
    return over_draws(values.ravel(), np.repeat(np.arange(n_draws), n_seeds)).expected


def spread(values: np.ndarray, misfit: Misfit, year: int) -> np.ndarray:
    """Return draws of what will be observed in a year, shape (draws * repeats,), from those of the model."""
    z = normals(MISFIT, len(values), REPEATS, year)
    if misfit.since:
        z = z - normals(MISFIT, len(values), REPEATS, misfit.since)
    off = misfit.deviation * z
    if misfit.scale == "log":
        return (values[:, None] * np.exp(off)).ravel()
    inside = np.clip(values, 1e-6, 1.0 - 1e-6)
    logit = np.log(inside / (1.0 - inside))[:, None] + off
    return (1.0 / (1.0 + np.exp(-logit))).ravel()
