"""Poisson pseudo-maximum likelihood and least squares with fixed effects, clustered errors, ratios of coefficients.

The estimation is pyfixest's (its own optional library); here stands what is asked of it and what is read of its answer.
Poisson pseudo-maximum likelihood takes zeros and is consistent where the variance grows with the mean (Santos Silva and
Tenreyro 2006); errors are robust to any correlation within a cluster.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from abm.extras import install
from abm.gate import Refusal

__all__ = ["OLS", "PPML", "EstimationError", "Fit", "Model", "estimate", "missing", "ratio"]

PPML, OLS = "PPML", "OLS"


class EstimationError(Refusal):
    """An estimation that cannot be made, said in one sentence."""


@dataclass(frozen=True)
class Model:
    """What is estimated.

    Parameters
    ----------
    outcome : str
        Column that is explained: a count for PPML, a logarithm for OLS.
    terms : sequence of str
        Columns that explain it.
    effects : sequence of str
        Columns that name the fixed effects.
    clusters : sequence of str
        Columns within which errors may be correlated, each way.
    method : str
        ``PPML`` or ``OLS``.
    offset : str
        Column that is added with a coefficient of 1 (PPML).
    """

    outcome: str
    terms: Sequence[str]
    effects: Sequence[str] = ()
    clusters: Sequence[str] = ("origin",)
    method: str = OLS
    offset: str = ""

    @property
    def formula(self) -> str:
        """Return it as pyfixest writes it."""
        effects = f" | {' + '.join(self.effects)}" if self.effects else ""
        return f"{self.outcome} ~ {' + '.join(self.terms)}{effects}"

    @property
    def columns(self) -> list[str]:
        """Return the columns that it needs."""
        named = [self.outcome, *self.terms, *self.effects, *self.clusters, self.offset]
        return list(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True)
class Fit:
    """What was estimated: coefficients and their covariance by name, and of how many rows and clusters."""

    coefficients: pd.Series
    covariance: pd.DataFrame
    n_rows: int
    n_clusters: int

    def error(self, name: str) -> float:
        """Return the standard error of a coefficient."""
        return float(np.sqrt(self.covariance.loc[name, name]))


def missing() -> str:
    """Return why nothing can be estimated here: a sentence, or nothing if all is there."""
    if importlib.util.find_spec("pyfixest") is not None:
        return ""
    return f"estimating needs pyfixest, which is not installed: {install('estimation')} brings it"


def estimate(rows: pd.DataFrame, model: Model) -> Fit:
    """Return the estimates of a model.

    Raises
    ------
    EstimationError
        If pyfixest is not installed, a column is missing, or the rows do not identify every term.
    """
    if said := missing():
        raise EstimationError(said)
    if lacking := [name for name in model.columns if name not in rows]:
        raise EstimationError(f"{model.formula}: the rows have no column {lacking[0]}")
    used = rows[model.columns].dropna()
    if len(used) <= len(model.terms) + 1:
        raise EstimationError(f"{model.formula}: {len(used)} rows are too few for {len(model.terms)} terms")
    answer = _asked(used, model)
    names = list(answer._coefnames)
    if unidentified := [name for name in model.terms if name not in names]:
        raise EstimationError(f"{model.formula}: {unidentified[0]} does not vary beside the others and the effects")
    covariance = pd.DataFrame(np.asarray(answer._vcov), index=names, columns=names)
    n_clusters = min(used[name].nunique() for name in model.clusters)
    return Fit(answer.coef(), covariance, int(answer._N), n_clusters)


def _asked(rows: pd.DataFrame, model: Model) -> Any:
    """Return pyfixest's answer; that it leaves out rows which identify nothing is no news."""
    import pyfixest

    errors = {"CRV1": "+".join(model.clusters)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if model.method == PPML:
            return pyfixest.fepois(model.formula, rows, vcov=errors, offset=model.offset or None)
        return pyfixest.feols(model.formula, rows, vcov=errors)


def ratio(fit: Fit, over: str, under: str) -> tuple[float, float]:
    """Return a ratio of two coefficients and its standard error by the delta method.

    For r = b / a the gradient in (b, a) is (1 / a, -r / a), so var(r) = (var b - 2 r cov + r^2 var a) / a^2.  Both are
    nan where ``under`` is smaller than its own standard error: of such a ratio nothing is known.
    """
    b, a = float(fit.coefficients[over]), float(fit.coefficients[under])
    if abs(a) < fit.error(under):
        return np.nan, np.nan
    r, v = b / a, fit.covariance
    variance = (v.loc[over, over] - 2.0 * r * v.loc[over, under] + r**2 * v.loc[under, under]) / a**2
    return r, float(np.sqrt(variance))
