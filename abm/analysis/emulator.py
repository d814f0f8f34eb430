"""An emulator: what a run would have at a point, by a quadratic regression of the runs that were made, with its error.

Each output is a quadratic polynomial of the inputs' scores, shrunk as far as leaving out one run after the other says.
Its error is what is left then: what a quadratic misses, and the luck of a run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Emulator", "quadratic"]

SHRINKAGE = np.geomspace(1e-2, 1e4, 25)  # penalties that are tried


def quadratic(scores: np.ndarray) -> np.ndarray:
    """Return a constant, the scores, and their products two by two, a row for each point."""
    first, second = np.triu_indices(scores.shape[1])
    return np.hstack([np.ones((len(scores), 1)), scores, scores[:, first] * scores[:, second]])


@dataclass(frozen=True)
class Emulator:
    """What runs have as a function of where they are.

    Parameters
    ----------
    coefficients : ndarray
        A row for each term of :func:`quadratic`, a column for each output.
    residuals : ndarray
        Of each run that it was made from, a row each, had the run been left out.
    outputs : ndarray
        What these runs have.
    """

    coefficients: np.ndarray
    residuals: np.ndarray
    outputs: np.ndarray

    @staticmethod
    def fitted(scores: np.ndarray, outputs: np.ndarray, *, penalties: np.ndarray = SHRINKAGE) -> Emulator:
        """Return the emulator of runs: ridge regression, its penalty by generalized cross-validation of each output.

        Parameters
        ----------
        scores : ndarray
            Where the runs are, a row each.
        outputs : ndarray
            What they have, a row each.

        Notes
        -----
        Golub, Heath and Wahba (1979).  The constant is not shrunk.
        """
        terms = quadratic(scores)
        centre, scale = terms.mean(axis=0), terms.std(axis=0)
        centre[0], scale[0] = 0.0, 1.0
        middle = outputs.mean(axis=0)
        design = ((terms - centre) / scale)[:, 1:]
        left, singular, right = np.linalg.svd(design, full_matrices=False)
        seen, n_runs = left.T @ (outputs - middle), len(outputs)
        best = np.full(outputs.shape[1], np.inf)
        weights = np.zeros((design.shape[1], outputs.shape[1]))
        residuals = np.zeros_like(outputs)
        for penalty in penalties:
            kept = singular**2 / (singular**2 + penalty)
            error = outputs - middle - left @ (kept[:, None] * seen)
            leverage = 1.0 / n_runs + (left**2) @ kept
            left_out = error / (1.0 - leverage)[:, None]
            score = np.mean(error**2, axis=0) / (1.0 - (1.0 + kept.sum()) / n_runs) ** 2
            better = score < best
            best[better] = score[better]
            slopes = right.T @ ((singular / (singular**2 + penalty))[:, None] * seen)
            weights[:, better] = slopes[:, better]
            residuals[:, better] = left_out[:, better]
        slopes = weights / scale[1:, None]
        constant = middle - centre[1:] @ slopes
        return Emulator(np.vstack([constant, slopes]), residuals, outputs)

    def at(self, scores: np.ndarray) -> np.ndarray:
        """Return what runs would have on average at points, a row each."""
        return quadratic(scores) @ self.coefficients

    @property
    def n_inputs(self) -> int:
        """Return how many scores a point has."""
        return int(round((np.sqrt(8.0 * len(self.coefficients) + 1.0) - 3.0) / 2.0))

    @property
    def covariance(self) -> np.ndarray:
        """Return the covariance of a run with what is said of it, output by output."""
        return np.atleast_2d(np.cov(self.residuals, rowvar=False))

    @property
    def explained(self) -> np.ndarray:
        """Return the share of each output's variance over the runs that is said, of runs left out."""
        return 1.0 - self.residuals.var(axis=0) / self.outputs.var(axis=0)
