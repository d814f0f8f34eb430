"""Permanent income and its parts against sums written out month by month."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.capability import offer_prob
from abm.decision import ties_utility
from abm.environment import Environment
from abm.outlook import employed_share, geometric_sum, permanent_income
from abm.rules import rules_of
from abm.scenario import Scenario

probability = st.floats(0.0, 1.0)


@given(st.floats(0.0, 1.02), st.integers(0, 600))
def test_geometric_sum_is_the_sum_written_out(factor: float, months: int) -> None:
    expected = math.fsum(factor**m for m in range(months))
    assert geometric_sum(factor, months) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(probability, st.floats(0.001, 0.9), st.floats(0.001, 0.1), st.integers(1, 500))
def test_employed_share_is_the_discounted_markov_chain(
    now: float, finding: float, separation: float, months: int
) -> None:
    discount, chance, total, weight = 0.996, now, 0.0, 0.0
    for m in range(months):
        total += discount**m * chance
        weight += discount**m
        chance = chance * (1 - separation) + (1 - chance) * finding
    share = employed_share(now, finding, separation, discount, months, weight)
    assert share == pytest.approx(total / weight, rel=1e-8)


def test_permanent_income_mixes_wage_and_fallback() -> None:
    assert math.exp(permanent_income(math.log(2000.0), 0.75, 0.4, 1.0)) == pytest.approx(2000 * (0.75 + 0.25 * 0.4))


@pytest.mark.parametrize("remaining", [1, 12, 120, 480])
def test_growth_and_fading_loss_are_discounted_means(remaining: int) -> None:
    """The tables the decision reads, against sums over the remaining months."""
    world = Scenario.load("kazakhstan")
    environment = Environment(world)
    discount = 1.05 ** (-1 / 12)
    months = np.arange(remaining)
    weights = discount**months / np.sum(discount**months)
    growth = float(np.sum(weights * 1.016 ** (months / 12)))
    fade = float(np.sum(weights * np.exp(-months / (12 * world.decision.assimilation_years))))
    assert environment.growth[0, remaining] == pytest.approx(growth, rel=1e-10)
    assert environment.fade[remaining] == pytest.approx(fade, rel=1e-10)
    assert rules_of(environment, 0).monthly_discount == pytest.approx(discount, rel=1e-14)


def test_harris_todaro_expected_wages_equalise() -> None:
    """With employment p at wage w and no fallback, log incomes are equal exactly when p w is."""
    high_wage = permanent_income(math.log(3000.0), 0.5, 1e-12, 1.0)
    sure_job = permanent_income(math.log(1500.0), 1.0, 1e-12, 1.0)
    assert high_wage == pytest.approx(sure_job, abs=1e-9)


def test_offers_are_poisson() -> None:
    assert offer_prob(0.7) == pytest.approx(1 - math.exp(-0.7))


def test_ties_enter_as_logarithm_or_share() -> None:
    assert ties_utility(3.0, 10, 0, 0.5) == pytest.approx(0.5 * math.log(4))
    assert ties_utility(3.0, 10, 1, 0.5) == pytest.approx(0.15)
    assert ties_utility(0.0, 0, 1, 0.5) == 0.0
