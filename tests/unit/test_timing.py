"""Turning years, build-up and fading against paths of which the answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.analysis.timing import build_up_years, fading_rate, jackknife, turning_year

YEARS = np.arange(2026, 2046)


def test_a_balance_turns_in_the_first_positive_year_from_which_it_stays_so_on_average() -> None:
    assert turning_year(YEARS, np.where(YEARS >= 2033, 3.0, -10.0)) == 2033
    wavering = np.where(YEARS >= 2033, 3.0, -1.0)
    wavering[YEARS == 2034] = -2.0
    assert turning_year(YEARS, wavering) == 2033


def test_a_lucky_spell_and_a_good_end_alone_turn_nothing() -> None:
    lucky = np.where((YEARS >= 2030) & (YEARS < 2036), 5.0, -4.0)
    assert turning_year(YEARS, lucky) is None
    assert turning_year(YEARS, np.where(YEARS == 2045, 100.0, -30.0)) is None  # a single year
    assert turning_year(YEARS[:3], np.ones(3)) is None  # too few


def test_a_gap_that_comes_at_once_after_some_years_has_built_up_then() -> None:
    assert build_up_years(np.where(YEARS >= 2033, 2.0, 0.0)) == pytest.approx(7.0)
    ramp = np.minimum(np.arange(20) / 10.0, 1.0)
    assert build_up_years(ramp) == pytest.approx(5.5)  # 1 + 0.9 + ... + 0.1
    assert build_up_years(-3.0 * ramp) == pytest.approx(5.5)
    assert math.isnan(build_up_years(np.zeros(20)))


def test_a_gap_that_shrinks_by_the_same_share_fades_at_that_rate() -> None:
    gap = 80.0 * 0.9 ** np.arange(10)
    rate = fading_rate(np.stack([gap, 2.0 * gap, 0.5 * gap]))
    assert rate.mean == pytest.approx(-math.log(0.9))
    assert rate.low == pytest.approx(rate.mean) and rate.high == pytest.approx(rate.mean)
    assert fading_rate(np.stack([gap[::-1]] * 2)).mean == pytest.approx(math.log(0.9))  # it grows
    assert fading_rate(-np.stack([gap] * 2)).mean == pytest.approx(-math.log(0.9))  # a loss fades alike
    assert math.isnan(fading_rate(np.stack([np.array([1.0, 1.0, -1.0, -1.0])] * 2)).mean)


def test_the_jackknife_of_a_mean_is_its_t_interval() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    estimate = jackknife(values, lambda some: float(some.mean()))
    assert estimate.standard_error == pytest.approx(values.std(ddof=1) / 2.0)
    assert estimate.high - estimate.mean == pytest.approx(3.182446305284263 * estimate.standard_error)
    assert math.isnan(jackknife(values[:1], lambda some: float(some.mean())).low)
