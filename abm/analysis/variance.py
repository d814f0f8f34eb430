"""Shares of variance: Sobol indices of a quadratic in independent standard normal scores, exact for it.

With scores z that are independent and standard normal, 1, z and (z^2 - 1) / sqrt(2) and the products z_i z_j are
orthogonal, so that the variance of a quadratic is a sum of squares of coefficients (Sudret, 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["quadratic_shares"]


def quadratic_shares(coefficients: np.ndarray, groups: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray, float]:
    """Return first-order and total parts of the variance of each group of inputs, and the variance.

    Parameters
    ----------
    coefficients : ndarray
        Of the terms of :func:`abm.analysis.emulator.quadratic`: constant, scores, products two by two.
    groups : sequence of sequence of int
        The inputs of each group.

    Returns
    -------
    first, total : ndarray
        The part of the variance that a group makes alone, and with all others too, in units of the outcome squared.
    variance : float
        All of it.
    """
    n_inputs = int(round((np.sqrt(8.0 * len(coefficients) + 1.0) - 3.0) / 2.0))
    one, other = np.triu_indices(n_inputs)
    products = coefficients[1 + n_inputs :] ** 2 * np.where(one == other, 2.0, 1.0)
    linear = coefficients[1 : 1 + n_inputs] ** 2
    first, total = [], []
    for group in groups:
        alone = linear[list(group)].sum()
        has_one, has_other = np.isin(one, group), np.isin(other, group)
        first.append(alone + products[has_one & has_other].sum())
        total.append(alone + products[has_one | has_other].sum())
    return np.array(first), np.array(total), float(linear.sum() + products.sum())
