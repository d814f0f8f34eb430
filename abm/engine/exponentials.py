"""Many exponentials in whole units at once: the same whole numbers as one by one, in half the time.

A call for each exponential keeps a loop from becoming vector code.  An approximation of known error does as well
wherever it is further than that error from the next rounding; the few that are not are reckoned exactly.
"""

from __future__ import annotations

import math

import numpy as np

from abm.engine.compiled import compiled, inlined

__all__ = ["ERROR", "LARGEST", "nearly_exp", "round_exponentials"]

ERROR = 1e-12  # bound of the relative error of nearly_exp, three times what the first term left out amounts to
LARGEST = 40.0  # exponents, of either sign, for which the bound is stated

# added to a number below 2**51 it leaves the nearest whole number in the lowest bits, and subtracted again that number
_ROUNDER = 1.5 * 2.0**52
_LN_2_HIGH, _LN_2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first of few digits: k times it is exact
_BIAS = 1023.0  # of the exponent in the bits of a number
_MANTISSA_BITS = np.uint64(52)


@inlined
def nearly_exp(x: float) -> float:
    """Return exp(x) to a relative error below :data:`ERROR`, for ``x`` up to :data:`LARGEST` of either sign.

    With k the whole number nearest to x / ln 2 it is 2**k times the series of exp(x - k ln 2) up to the tenth power, of
    which the next, (ln 2 / 2)**11 / 11!, is 2.2e-13.
    """
    shifted = x * 1.4426950408889634 + (_ROUNDER + _BIAS)
    k = shifted - (_ROUNDER + _BIAS)
    r = (x - k * _LN_2_HIGH) - k * _LN_2_LOW
    series = 1.0 + r / 10.0
    for power in (9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0):
        series = 1.0 + r * series * (1.0 / power)
    power_of_two = np.uint64(np.float64(shifted).view(np.uint64) << _MANTISSA_BITS).view(np.float64)
    return series * power_of_two


@compiled
def round_exponentials(x: np.ndarray, unit: float, out: np.ndarray) -> None:
    """Write round(exp(x) * unit) into ``out``, the same whole numbers as ``round(math.exp(x) * unit)``."""
    for k in range(len(x)):
        out[k] = nearly_exp(x[k]) * unit
    for k in range(len(x)):
        nearest = np.rint(out[k])
        certain = (abs(x[k]) < LARGEST) & (0.5 - abs(out[k] - nearest) > ERROR * out[k])
        out[k] = nearest if certain else np.nan
    for k in range(len(x)):
        if np.isnan(out[k]):
            out[k] = float(round(math.exp(x[k]) * unit))
