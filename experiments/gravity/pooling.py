"""From estimates by several designs to one prior: random effects over kinds of evidence, and a gamma law.

Designs that share their data are one kind of evidence: their mean, with the mean of their standard errors, as if
nothing were gained by the second.  A kind's variance is increased by the square of what its falsification finds, since
what moves people who should not be moved may be as large, and of either sign, in the estimate itself.  Kinds y_k with
variances v_k are then taken as draws around one mean,

    y_k ~ Normal(mu, v_k + tau^2),    mu flat,    tau half-normal,

and the prior is of the next such draw: another population of graduates (Higgins, Thompson and Spiegelhalter 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Evidence", "Pooled", "gamma_of", "kept_above_zero", "pooled"]

SPREAD = 0.25  # scale of the half-normal of tau, in the unit of what is pooled; assumption
STEPS = 400  # of tau, up to four times that scale
GRID = np.linspace(0.0, 8.0, 16_001)  # on which a law above 0 is summed up


@dataclass(frozen=True)
class Evidence:
    """A kind of evidence: its estimate, the standard error, and what its falsification finds (``allowance``)."""

    name: str
    value: float
    error: float
    allowance: float = 0.0

    @property
    def variance(self) -> float:
        """Return the variance with what the falsification adds."""
        return self.error**2 + self.allowance**2


@dataclass(frozen=True)
class Pooled:
    """The law of the next draw: a mixture of normals over what tau may be."""

    weights: np.ndarray
    means: np.ndarray
    deviations: np.ndarray

    @property
    def mean(self) -> float:
        """Return its mean."""
        return float(self.weights @ self.means)

    @property
    def deviation(self) -> float:
        """Return its standard deviation."""
        return float(np.sqrt(self.weights @ (self.deviations**2 + (self.means - self.mean) ** 2)))

    def density(self, at: np.ndarray) -> np.ndarray:
        """Return its density."""
        z = (at[:, None] - self.means) / self.deviations
        return np.exp(-0.5 * z**2) / (np.sqrt(2.0 * np.pi) * self.deviations) @ self.weights


def pooled(evidence: Sequence[Evidence], spread: float = SPREAD) -> Pooled:
    """Return the law of the next draw."""
    y = np.array([each.value for each in evidence])
    v = np.array([each.variance for each in evidence])
    tau = (np.arange(STEPS) + 0.5) * 4.0 * spread / STEPS
    precision = 1.0 / (v + tau[:, None] ** 2)  # a row for each tau
    total = precision.sum(axis=1)
    means = precision @ y / total
    # of the data given tau, mu summed out: sum of log precisions, less that of the mean, less the weighted squares
    log_likelihood = 0.5 * (np.log(precision).sum(axis=1) - np.log(total))
    log_likelihood -= 0.5 * (precision * (y - means[:, None]) ** 2).sum(axis=1)
    weights = np.exp(log_likelihood - log_likelihood.max() - 0.5 * (tau / spread) ** 2)
    return Pooled(weights / weights.sum(), means, np.sqrt(1.0 / total + tau**2))


def kept_above_zero(law: Pooled) -> tuple[float, float]:
    """Return mean and standard deviation of a law of which nothing is kept below 0."""
    density = law.density(GRID)
    share = density / density.sum()
    mean = float(share @ GRID)
    return mean, float(np.sqrt(share @ (GRID - mean) ** 2))


def gamma_of(mean: float, deviation: float) -> tuple[float, float]:
    """Return shape and scale of the gamma law with a mean and a standard deviation."""
    return (mean / deviation) ** 2, deviation**2 / mean
