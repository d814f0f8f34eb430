"""Calibration: the posterior of what is unknown, given what was observed, and whether such posteriors can be believed.

The unknowns are standard normal scores, so that the prior is a normal law.  What was observed differs from what a run
at the true point has by a normal error, whose covariance holds the observation, the model's discrepancy and what the
emulator misses.  The posterior is sampled by an ensemble of walkers (emcee: Foreman-Mackey and others, 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abm.analysis.emulator import Emulator

__all__ = ["Evidence", "Posterior", "contraction", "covered", "ranks", "regressed", "sampled"]

WALKERS, STEPS, BURNED, KEPT = 104, 3000, 1000, 2000  # steps of each walker; those thrown away; draws that are kept


@dataclass(frozen=True)
class Evidence:
    """What was observed, and what says how likely it is at a point.

    Parameters
    ----------
    emulator : Emulator
        Says what a run at a point has.
    observed : ndarray
        What was observed.
    covariance : ndarray
        Of what was observed with what the emulator says at the true point.
    """

    emulator: Emulator
    observed: np.ndarray
    covariance: np.ndarray

    def log_density(self, scores: np.ndarray) -> np.ndarray:
        """Return the logarithm of the posterior's density at points, a row each, up to a constant."""
        off = self.emulator.at(scores) - self.observed
        white = np.linalg.solve(np.linalg.cholesky(self.covariance), off.T)
        return -0.5 * np.asarray((white**2).sum(axis=0) + (scores**2).sum(axis=1))


@dataclass(frozen=True)
class Posterior:
    """Draws of a posterior, a row each, and how many independent ones they are worth for the worst unknown."""

    scores: np.ndarray
    n_effective: float


def sampled(evidence: Evidence, n_unknowns: int, seed: int, *, steps: int = STEPS, burned: int = BURNED) -> Posterior:
    """Return draws of a posterior.

    Parameters
    ----------
    evidence : Evidence
        What was observed.
    n_unknowns : int
        How many unknowns there are.
    seed : int
        Of the walkers.
    steps, burned : int
        Steps of every walker, and those of them that are thrown away.
    """
    import emcee

    white = np.linalg.inv(np.linalg.cholesky(evidence.covariance))
    emulator = Emulator(evidence.emulator.coefficients @ white.T, *(np.empty((0, 0)),) * 2)
    seen = white @ evidence.observed

    def log_density(scores: np.ndarray) -> np.ndarray:
        off = emulator.at(scores) - seen
        return -0.5 * np.asarray((off**2).sum(axis=1) + (scores**2).sum(axis=1))

    state = np.random.RandomState(seed)
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(WALKERS, n_unknowns, log_density, moves=moves, vectorize=True)
    sampler.random_state = state.get_state()
    sampler.run_mcmc(state.normal(scale=0.5, size=(WALKERS, n_unknowns)), steps)
    times = sampler.get_autocorr_time(discard=burned, quiet=True, tol=0)
    draws = sampler.get_chain(discard=burned, flat=True)
    which = np.linspace(0, len(draws) - 1, min(KEPT, len(draws))).astype(int)
    return Posterior(draws[which], float(len(draws) / np.max(times)))


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
