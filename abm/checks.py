"""Numbers that callers hand in, checked in one way: what is given, and what is allowed, in one sentence."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from abm.scenario import shown

__all__ = ["LARGEST_SEED", "LONGEST_WAIT", "is_collection", "number", "row_of_numbers", "seed", "whole"]

LARGEST_SEED = 2**63 - 1
LONGEST_WAIT = 2_000_000  # seconds; three weeks, and about what waiting for a process can take

MakeError = Callable[[str], Exception]


def whole(name: str, value: Any, low: int, high: int | None = None, error: MakeError = ValueError) -> int:
    """Return a whole number as Python's own.

    Parameters
    ----------
    name : str
        What the number is called in the message.
    value : int
        Python's or numpy's; a truth value or a real number is none, whatever it comes to.
    low, high : int
        What is allowed, both included; without ``high`` there is no limit.
    error : callable
        Makes the exception of a sentence.

    Raises
    ------
    ValueError
        If it is no whole number, or outside; what ``error`` makes, if that is given.
    """
    value = _plain(value)
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_whole or value < low or (high is not None and value > high):
        allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise error(f"{name} is {shown(value)}, but must be a whole number {allowed}")
    return int(value)


def seed(value: Any, error: MakeError = ValueError) -> int:
    """Return the seed of a run as Python's own whole number; see :func:`whole`."""
    return whole("seed", value, 0, LARGEST_SEED, error)


def number(name: str, value: Any, low: float, high: float = math.inf, error: MakeError = ValueError) -> float:
    """Return a finite number from ``low`` to ``high``, both included, as Python's own; see :func:`whole`.

    What is infinite there allows all.
    """
    value = _plain(value)  # a short number of numpy cannot be compared with a large one
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or not low <= value <= high or not math.isfinite(value):
        allowed = f" of at least {low:g}" if high == math.inf else f" between {low:g} and {high:g}"
        anything = low == -math.inf and high == math.inf
        raise error(f"{name} is {shown(value)}, but must be a number{'' if anything else allowed}")
    return float(value)


def is_collection(value: Any) -> bool:
    """Return whether something holds things that can be gone through; an array of no axes says so, but cannot."""
    return isinstance(value, Iterable) and not (isinstance(value, np.ndarray) and value.ndim == 0)


def row_of_numbers(name: str, values: Any, n_axes: int = 1) -> np.ndarray:
    """Return numbers, given as an array or in a list, as real ones in an array of ``n_axes`` axes.

    Raises
    ------
    ValueError
        If they are something else.
    """
    try:
        array = np.asarray(values)
    except ValueError:  # rows of unequal length
        array = np.array(None)
    if n_axes == 1 and array.shape == (0,):
        return np.zeros(0)  # of whatever kind: numpy takes no numbers for real ones or for objects
    if array.ndim != n_axes or array.dtype.kind not in "biuf":
        what = "a row" if n_axes == 1 else f"a table of {n_axes} axes"
        raise ValueError(f"{name} is of {array.dtype} and shape {array.shape}, but must be {what} of numbers")
    return array.astype(float)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
