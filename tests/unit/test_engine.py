"""What makes a month fast does what the slow way would: lists, order statistics, bounds, draws side by side."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.accounts import AccountsError
from abm.capability import ceiling_by_ability, offers_by_ability
from abm.codes import EMPLOYED, FOREIGN, HOME, JOB_SEEKER
from abm.decision import CHOICE, choose, tempted
from abm.engine.compiled import allocating, compiled
from abm.engine.prefetch import prefetch
from abm.engine.streams import (
    HIGHEST_DRAW,
    gumbel_bounds,
    normal_ceiling,
    normal_quantile,
    standard_normal,
    standard_normals,
    uniform,
    uniforms,
    uniforms_by_month,
)
from abm.engine.tally import ABILITY, CAPITAL_AT_WORK, HUMAN_CAPITAL, POSTS
from abm.labour import order_statistic
from abm.life_course import due
from abm.month import State
from abm.person import PERSON, read_keys
from abm.reviewer import LUCK, Month, Reviewer, draw_luck, experience_gain, months_to_retirement
from abm.scenario import Scenario
from abm.simulation import Simulation


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


@allocating
def read_after_asking(values, wide):  # type: ignore[no-untyped-def]
    """Return sums of columns whose entries were asked for, first and last among them."""
    total = 0.0
    for k in range(len(values)):
        prefetch(values, k)
        prefetch(wide, k)
        total += values[k]["match"] + wide[k, 1]
    return total


@pytest.mark.parametrize("n", [1, 100])
def test_asking_memory_ahead_changes_nothing(n: int) -> None:
    persons = np.ones(n, dtype=PERSON)
    assert read_after_asking(persons, np.ones((n, 2), dtype=np.uint16)) == 2.0 * n


@given(st.floats(2.0**-53, 1.0 - 2.0**-53))
def test_gumbel_bounds_hold_the_quantile_between_them(probability: float) -> None:
    low, high = gumbel_bounds(probability)
    assert low < -math.log(-math.log(probability)) < high


@given(st.floats(2.0**-53, 1.0 - 2.0**-53))
def test_a_normal_ceiling_is_just_above_the_quantile(probability: float) -> None:
    quantile = normal_quantile(probability)
    assert quantile < normal_ceiling(probability) <= HIGHEST_DRAW + 1e-9
    if 0.01 < probability < 0.99:
        assert normal_ceiling(probability) < quantile + 0.2


def test_whoever_is_not_tempted_would_have_stayed() -> None:
    world = Scenario.load("kazakhstan").replace({"graduates": 4000, "destinations.russia.moving_cost": 2.5})
    simulation = Simulation(world, seed=4)
    for _ in range(12):
        simulation.step()
    state = simulation.state
    person = simulation.graduates.person
    working = (person.stage == EMPLOYED) | (person.stage == JOB_SEEKER)
    rows = np.flatnonzero(working & (person.country == HOME) & (person.origin != FOREIGN)).astype(np.int32)
    tempting, destination = np.zeros(len(rows), dtype=bool), np.full(len(rows), HOME, dtype=np.int8)
    for month in range(12, 24):
        weigh_twice(state, rows, month, tempting, destination)
        assert (destination[~tempting] == HOME).all()
        # the filter is worth having only if it lets few through, and a test of it only if some leave
        assert (destination != HOME).sum() > 20 and tempting.mean() < 0.3


@allocating
def weigh_twice(state: State, rows: np.ndarray, month: int, tempting: np.ndarray, destination: np.ndarray) -> None:
    """Ask of rows whether anything abroad might tempt them, and where they would go if nobody had asked."""
    rank, cohort = np.empty(len(rows), dtype=np.uint32), np.empty(len(rows), dtype=np.uint32)
    read_keys(state.people.person, rows, rank, cohort)
    chances = np.full(len(rows), month, dtype=np.uint32)  # as if it were everybody's anniversary
    now = Month(month, state.countries[month], state.outlook, state.rules[0])
    luck = np.ones((LUCK, len(now.countries), len(rows)))
    draw_luck(rank, cohort, chances, now, luck)
    choices = np.empty(1, dtype=CHOICE)
    for place in range(len(rows)):
        tempting[place] = weigh(state, now, rows[place], luck, place, choices[0])
        destination[place] = choices[0].country


@compiled
def weigh(state: State, now: Month, i: int, luck: np.ndarray, place: int, choice: np.record) -> bool:
    """Let one row choose; return whether anything abroad might have tempted her."""
    person, known = state.people.person[i], state.ties.first[i + 1] - state.ties.first[i]
    experience, remaining = experience_gain(person, now.month, now.rules), months_to_retirement(person, now)
    belief = float(state.people.belief[i])
    her = (person, belief, state.ties.counts, i, known, experience, remaining, now.month, luck, place)
    choose(Reviewer(*her, offers_by_ability(person, now.rules)), now, choice)
    return tempted(Reviewer(*her, ceiling_by_ability(person, now.rules)), now)


def test_draws_side_by_side_are_those_of_each_person() -> None:
    rank, cohort = np.arange(1000, dtype=np.uint32), np.full(1000, 3 << 16, dtype=np.uint32)
    uniform_draws, normal_draws = np.empty(1000), np.empty(1000)
    uniforms(5, rank, cohort, 17, 40, 2, uniform_draws)
    standard_normals(5, rank, cohort, 17, 40, 2, normal_draws)
    assert uniform_draws.tolist() == [uniform(5, int(k), 3 << 16, 17, 40, 2) for k in rank]
    months = (17 * np.arange(1000) % 29).astype(np.uint32)
    uniforms_by_month(5, rank, cohort, months, 40, 2, own_month := np.empty(1000))
    assert own_month.tolist() == [
        uniform(5, int(k), 3 << 16, int(month), 40, 2) for k, month in zip(rank, months, strict=True)
    ]
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


@pytest.mark.parametrize("column", [HUMAN_CAPITAL, CAPITAL_AT_WORK, ABILITY, POSTS])
def test_a_tally_gone_astray_is_found_by_the_census_in_december(simulation: Simulation, column: int) -> None:
    simulation.tally[0, column] += 1
    simulation.step()
    with pytest.raises(AccountsError, match="2026-12: a census counts"):
        simulation.step()
