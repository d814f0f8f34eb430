"""What makes a month fast does what the slow way would: lists, order statistics, bounds, draws side by side."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.accounts import AccountsError
from abm.labour import order_statistic
from abm.life_course import due
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.streams import gumbel_bounds, standard_normal, standard_normals, uniform, uniforms
from abm.tally import ABILITY, HUMAN_CAPITAL, POSTS


@given(st.lists(st.integers(0, 5), max_size=300), st.integers(0, 5), st.data())
@settings(max_examples=60)
def test_those_whose_month_has_come_are_found(months: list[int], month: int, data: st.DataObject) -> None:
    last = data.draw(st.integers(0, len(months)))
    first = data.draw(st.integers(0, last))
    out = np.full(len(months), -1, dtype=np.int32)
    n = due(np.array(months, dtype=np.int16), month, first, last, out)
    assert out[:n].tolist() == [row for row in range(first, last) if months[row] == month]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.data())
@settings(max_examples=100)
def test_an_order_statistic_is_that_of_the_sorted_values(values: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    assert order_statistic(np.array(values), place) == sorted(values)[place]


@given(st.floats(2.0**-53, 1.0 - 2.0**-53))
def test_gumbel_bounds_hold_the_quantile_between_them(probability: float) -> None:
    low, high = gumbel_bounds(probability)
    assert low < -math.log(-math.log(probability)) < high


def test_draws_side_by_side_are_those_of_each_person() -> None:
    rank, cohort = np.arange(1000, dtype=np.uint32), np.full(1000, 3 << 16, dtype=np.uint32)
    uniform_draws, normal_draws = np.empty(1000), np.empty(1000)
    uniforms(5, rank, cohort, 17, 40, 2, uniform_draws)
    standard_normals(5, rank, cohort, 17, 40, 2, normal_draws)
    assert uniform_draws.tolist() == [uniform(5, int(k), 3 << 16, 17, 40, 2) for k in rank]
    assert normal_draws.tolist() == [standard_normal(5, int(k), 3 << 16, 17, 40, 2) for k in rank]


@pytest.fixture
def simulation() -> Simulation:
    """Return a small run that has come to the end of October."""
    simulation = Simulation(Scenario.load("two-country").replace({"graduates": 300}), seed=1)
    for _ in range(10):
        simulation.step()
    return simulation


def test_a_person_too_many_is_found_in_the_same_month(simulation: Simulation) -> None:
    simulation.tally[0, 3] += 1
    with pytest.raises(AccountsError, match="2026-11: the accounts do not balance"):
        simulation.step()


@pytest.mark.parametrize("column", [HUMAN_CAPITAL, ABILITY, POSTS])
def test_a_tally_gone_astray_is_found_by_the_census_in_december(simulation: Simulation, column: int) -> None:
    simulation.tally[0, column] += 1
    simulation.step()
    with pytest.raises(AccountsError, match="2026-12: a census counts"):
        simulation.step()
