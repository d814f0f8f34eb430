"""A rule that is asked for once, for the types of its arguments, is the same rule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from abm.engine.compiled import compiled, compiler_is_on, for_types_of


class Pair(NamedTuple):
    values: np.ndarray
    weights: np.ndarray


@compiled
def weighted(pair: Pair, power: int, out: np.ndarray) -> float:
    total = 0.0
    for k in range(len(pair.values)):
        out[k] = pair.values[k] ** power * pair.weights[k]
        total += out[k]
    return total


def test_it_returns_and_writes_what_the_rule_does() -> None:
    pair, directly, once = Pair(np.arange(5.0), np.full(5, 0.5)), np.empty(5), np.empty(5)
    code = for_types_of(weighted, pair, 2, once)
    for power in (1, 2, 3):
        assert code(pair, power, once) == weighted(pair, power, directly)
        assert np.array_equal(once, directly)


@pytest.mark.skipif(not compiler_is_on(), reason="without the compiler it is the rule itself")
def test_it_does_not_take_something_else_for_an_array() -> None:
    pair = Pair(np.arange(5.0), np.full(5, 0.5))
    code = for_types_of(weighted, pair, 2, np.empty(5))
    with pytest.raises(TypeError):
        code(pair, 2, "no array")
