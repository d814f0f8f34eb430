"""Many exponentials in whole units: an approximation may be used only where it cannot round to another number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.codes import UNIT
from abm.engine.compiled import compiled, compiler_is_on
from abm.engine.exponentials import ERROR, LARGEST, nearly_exp, round_exponentials

DRAWS = 10_000_000 if compiler_is_on() else 20_000


@compiled
def largest_error(x: np.ndarray) -> float:
    """Return the largest relative error of the approximation."""
    largest = 0.0
    for k in range(len(x)):
        largest = max(largest, abs(nearly_exp(x[k]) / math.exp(x[k]) - 1.0))
    return largest


@compiled
def one_by_one(x: np.ndarray, unit: float, out: np.ndarray) -> None:
    """Round each exponential by itself."""
    for k in range(len(x)):
        out[k] = float(round(math.exp(x[k]) * unit))


@compiled
def unguarded(x: np.ndarray, unit: float, out: np.ndarray) -> None:
    """Round the approximation wherever it lies."""
    for k in range(len(x)):
        out[k] = np.rint(nearly_exp(x[k]) * unit)


def both(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    together, alone = np.empty(len(x)), np.empty(len(x))
    round_exponentials(x, float(UNIT), together)
    one_by_one(x, float(UNIT), alone)
    return together, alone


def test_the_error_of_the_approximation_is_below_its_bound() -> None:
    x = np.random.default_rng(1).uniform(-LARGEST, LARGEST, DRAWS)
    # the bound leaves room for what no draw has met, and is not so wide that all would be reckoned twice
    assert ERROR / 100 < largest_error(x) < ERROR / 2


@pytest.mark.parametrize("spread", [0.5, 3.0, 20.0])
def test_whole_numbers_are_those_of_each_exponential_by_itself(spread: float) -> None:
    together, alone = both(np.random.default_rng(2).normal(0.0, spread, DRAWS // 3))
    assert np.array_equal(together, alone)


def test_next_to_a_half_the_exact_exponential_decides() -> None:
    whole = np.random.default_rng(3).integers(1, 200_000, 100_000 if compiler_is_on() else 5_000)
    x = np.log((whole + 0.5) / UNIT)
    together, alone = both(x)
    assert np.array_equal(together, alone)
    guessed = np.empty(len(x))
    unguarded(x, float(UNIT), guessed)
    assert (guessed != alone).mean() > 0.1  # so the guard is what makes the others equal


def test_exponents_beyond_the_stated_range_are_reckoned_exactly() -> None:
    together, alone = both(np.array([-1e9, -800.0, -LARGEST - 1.0, -LARGEST, 0.0, 30.0]))
    assert np.array_equal(together, alone)
