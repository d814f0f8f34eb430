"""Calibration: the posterior of what is unknown, given what was observed, and whether such posteriors can be believed.

The unknowns are standard normal scores, so that the prior is a normal law.  What was observed differs from what a run
at the true point has by a normal error, whose covariance holds the observation, the model's discrepancy and what the
emulator misses.  The posterior is sampled by elliptical slices (Murray, Adams and MacKay, 2010), which need a normal
prior and nothing to be tuned.  What is drawn here is of no person and no month, so that it comes from a generator of
its own with a stated seed, not from the streams of runs; another version of numpy may draw otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from abm.analysis.emulator import Emulator

__all__ = ["Evidence", "contraction", "covered", "n_effective", "ranks", "regressed", "sampled"]


@dataclass(frozen=True)
class Evidence:
    """What was observed, and what says how likely it is at a point.

    Parameters
    ----------
    emulator : Emulator
        Says what a run at a point has.
    covariance : ndarray
        Of what was observed with what the emulator says at the true point.
    observed : ndarray
        What was observed; with a row for each, what was observed of several worlds.
    """

    emulator: Emulator
    covariance: np.ndarray
    observed: np.ndarray


def sampled(evidence: Evidence, *, chains: int, steps: int, burned: int, seed: int) -> np.ndarray:
    """Return draws of the posterior of each world.

    Parameters
    ----------
    evidence : Evidence
        What was observed, of one world or of several.
    chains : int
        Chains for each world, each begun at a draw of the prior.
    steps, burned : int
        Steps of each chain, and those of them that are thrown away.
    seed : int
        Of all draws.

    Returns
    -------
    ndarray, shape (worlds, chains, steps - burned, unknowns)
        The scores of the unknowns.
    """
    white = np.linalg.inv(np.linalg.cholesky(evidence.covariance))
    emulator = Emulator(
        evidence.emulator.coefficients @ white.T, evidence.emulator.residuals, evidence.emulator.outputs
    )
    observed = np.repeat(np.atleast_2d(evidence.observed) @ white.T, chains, axis=0)
    generator = np.random.default_rng(seed)

    def log_likelihood(scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return -0.5 * np.asarray(((emulator.at(scores) - observed[rows]) ** 2).sum(axis=1))

    scores = generator.normal(size=(len(observed), emulator.n_inputs))
    found, likely = [], log_likelihood(scores, np.arange(len(scores)))
    for step in range(steps):
        scores, likely = _slice(scores, likely, log_likelihood, generator)
        if step >= burned:
            found.append(scores)
    return np.stack(found, axis=1).reshape(-1, chains, steps - burned, emulator.n_inputs)


def _slice(
    scores: np.ndarray,
    likely: np.ndarray,
    log_likelihood: Callable[[np.ndarray, np.ndarray], np.ndarray],
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return every chain's next point and its log likelihood: on an ellipse through the point and a draw of the prior.

    The angle is drawn from a bracket that shrinks towards the point itself until the likelihood is above a level.
    """
    other, level = generator.normal(size=scores.shape), likely + np.log(generator.random(len(scores)))
    angle = generator.random(len(scores)) * 2.0 * np.pi
    low, high = angle - 2.0 * np.pi, angle.copy()
    found, at = scores.copy(), likely.copy()
    rows = np.arange(len(scores))
    while len(rows):
        turned = scores[rows] * np.cos(angle[rows])[:, None] + other[rows] * np.sin(angle[rows])[:, None]
        now = log_likelihood(turned, rows)
        taken = now > level[rows]
        found[rows[taken]], at[rows[taken]] = turned[taken], now[taken]
        rows = rows[~taken]
        behind = angle[rows] < 0.0
        low[rows[behind]], high[rows[~behind]] = angle[rows[behind]], angle[rows[~behind]]
        angle[rows] = low[rows] + generator.random(len(rows)) * (high[rows] - low[rows])
    return found, at


def n_effective(draws: np.ndarray) -> np.ndarray:
    """Return how many independent draws chains are worth for the mean of each unknown.

    Parameters
    ----------
    draws : ndarray, shape (chains, steps, unknowns)
        The draws.

    Notes
    -----
    The variance of a chain's mean between chains, against that of single draws; known to one part in the square root
    of half the chains.
    """
    between = draws.mean(axis=1).var(axis=0, ddof=1)
    return np.asarray(draws.shape[0] * draws.reshape(-1, draws.shape[-1]).var(axis=0) / between)


def contraction(posterior: np.ndarray) -> np.ndarray:
    """Return how far the variance of each score is below that of the prior, which is 1: what the data said of it."""
    return 1.0 - posterior.var(axis=0)


def covered(truth: np.ndarray, posterior: np.ndarray, share: float) -> np.ndarray:
    """Return which true scores lie in the central interval of the posterior that holds such a share of it."""
    low, high = np.quantile(posterior, [0.5 - share / 2.0, 0.5 + share / 2.0], axis=0)
    return np.asarray((low <= truth) & (truth <= high))


def ranks(truth: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Return the share of the posterior's draws below each true score; even from 0 to 1 if the posterior is right.

    Notes
    -----
    Simulation-based calibration: Talts and others (2018).
    """
    return np.asarray((posterior < truth).mean(axis=0))


def regressed(
    scores: np.ndarray, outputs: np.ndarray, observed: np.ndarray, *, share: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each score by approximate Bayesian computation with regression.

    Parameters
    ----------
    scores, outputs : ndarray
        Points drawn from the prior and what would be observed at each, its errors drawn, a row each.
    observed : ndarray
        What was observed.
    share : float
        Of the points that are kept, the nearest.

    Notes
    -----
    Beaumont, Zhang and Balding (2002): the nearest points, weighted by Epanechnikov's kernel of their distance, moved
    along a linear regression of the scores on the outputs to where those are the ones observed.
    """
    white = np.linalg.inv(np.linalg.cholesky(np.cov(outputs, rowvar=False)))
    off = (outputs - observed) @ white.T
    distance = np.sqrt((off**2).sum(axis=1))
    kept = np.argsort(distance, kind="stable")[: max(int(share * len(off)), 4 * off.shape[1])]
    off, distance = off[kept], distance[kept]
    weights = np.maximum(1.0 - (distance / (1.0 + 1e-9) / distance.max()) ** 2, 0.0)
    design = np.hstack([np.ones((len(kept), 1)), off])
    root = np.sqrt(weights)[:, None]
    slopes, *_ = np.linalg.lstsq(design * root, scores[kept] * root, rcond=None)
    moved = scores[kept] - off @ slopes[1:]
    mean = np.average(moved, axis=0, weights=weights)
    variance = np.average((moved - mean) ** 2, axis=0, weights=weights)
    return mean, np.sqrt(variance)
