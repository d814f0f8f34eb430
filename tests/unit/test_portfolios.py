"""Downside risk and efficiency by hand, draws of what is uncertain, and what a portfolio's money buys."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.analysis.costs import spent
from abm.analysis.portfolios import cvar, efficient
from abm.engine.streams import replicate_seed
from abm.environment import Environment
from abm.reforms import HostTightening, JudicialReform, OilPriceShock
from abm.scenario import Scenario
from abm.sweep import DesignError, Draws, Factor, FullFactorial, Plans, Range, plan
from experiments.questions import portfolio
from experiments.study.funds import INSTRUMENTS, Funds

WORLD = Scenario.load("kazakhstan").replace({"graduates": 100})
INCOME = Range(name="decision.income_weight", low=0.5, high=1.5, baseline=1.0)
OFFERS = Range(name="HostTightening.offers", low=0.5, high=2.0, baseline=1.0, scale="log")


def test_the_worst_tenth_is_the_mean_of_the_worst_outcomes_with_the_one_on_the_border_in_part() -> None:
    gains = np.array([5.0, -3.0, 8.0, 1.0, 9.0, 4.0, 7.0, 2.0, 6.0, 10.0])
    assert cvar(gains) == -3.0
    assert cvar(gains, 0.25) == pytest.approx((-3.0 + 1.0 + 0.5 * 2.0) / 2.5)
    assert cvar(gains, 1.0) == pytest.approx(gains.mean())
    assert cvar(gains[:5]) == -3.0  # half an outcome is the worst one
    assert math.isnan(cvar(np.zeros(0)))


def test_a_portfolio_is_efficient_unless_another_is_as_good_in_both_and_better_in_one() -> None:
    expected = np.array([10.0, 8.0, 8.0, 5.0, 10.0, 1.0])
    worst = np.array([1.0, 4.0, 3.0, 5.0, 1.0, 0.0])
    assert efficient(expected, worst).tolist() == [True, True, False, True, True, False]


def test_a_draw_is_the_same_for_all_arms_of_a_replicate_and_another_for_each() -> None:
    design = Plans.of({"nothing": (), "courts": (JudicialReform(),)})
    runs = plan(WORLD, design.arms(), replicates=3, seed=1, draws=Draws([INCOME, OFFERS]))
    by_replicate = [[run for run in runs if run.replicate == replicate] for replicate in range(3)]
    for nothing, courts in by_replicate:
        assert nothing.packed == courts.packed and nothing.key != courts.key
        assert courts.arm.reforms == (JudicialReform(), *nothing.arm.reforms)
        (shock,) = nothing.arm.reforms
        assert isinstance(shock, HostTightening) and shock.offers == nothing.arm.levels["HostTightening.offers"]
        drawn = Scenario.from_toml(nothing.scenario).decision.income_weight
        assert drawn == nothing.arm.levels["decision.income_weight"] and 0.5 <= drawn < 1.5
    assert len({runs_of[0].packed for runs_of in by_replicate}) == 3


def test_more_replicates_change_no_draw_and_the_whole_range_is_drawn() -> None:
    draws, arms = Draws([INCOME]), Plans.of({"nothing": ()}).arms()
    few, many = (plan(WORLD, arms, replicates=n, seed=1, draws=draws) for n in (4, 60))
    assert [run.key for run in few] == [run.key for run in many[:4]]
    values = sorted(float(run.arm.levels["decision.income_weight"]) for run in many)
    assert values[0] < 0.6 and values[-1] > 1.4 and sum(value < 1.0 for value in values) in range(20, 41)


def test_a_draw_belongs_to_its_parameter_whatever_else_is_drawn_and_parameters_are_drawn_independently() -> None:
    alone, both, turned = Draws([INCOME]), Draws([INCOME, OFFERS]), Draws([OFFERS, INCOME])
    points = []
    for replicate in range(400):
        seed = replicate_seed(1, replicate)
        levels = both.draw(seed).levels
        assert alone.draw(seed).levels[INCOME.name] == levels[INCOME.name]
        assert turned.draw(seed).levels == levels
        points.append([levels[INCOME.name], math.log(levels[OFFERS.name])])
    # of independent draws the correlation over 400 has a standard error of 0.05
    assert abs(np.corrcoef(np.array(points).T)[0, 1]) < 3 * 0.05


def test_what_an_arm_sets_cannot_be_drawn_as_well_and_a_draw_that_cannot_be_is_refused() -> None:
    arms = FullFactorial([Factor(name="decision.income_weight", values=(1.0, 2.0))]).arms()
    with pytest.raises(DesignError, match="income_weight, which is also drawn anew"):
        plan(WORLD, arms, replicates=1, seed=1, draws=Draws([INCOME]))
    impossible = Draws([Range(name="labour.merit", low=2.0, high=3.0, baseline=0.5)])
    with pytest.raises(DesignError, match="merit"):
        plan(WORLD, Plans.of({"nothing": ()}).arms(), replicates=1, seed=1, draws=impossible)


def test_no_mix_spends_more_than_the_budget_in_any_year_and_halves_cost_half() -> None:
    from abm.analysis.costs import spending

    for arm in portfolio.design(WORLD).arms()[1:]:
        assert spending(arm.reforms, WORLD)["central"].max() <= portfolio.BUDGET * (1 + 1e-6), arm.label
    arms = {str(arm.levels["plan"]): arm for arm in portfolio.design(WORLD).arms()}
    years = WORLD.n_months / 12
    assert spent(arms["research"].reforms, WORLD).central == pytest.approx(years * portfolio.BUDGET)
    half = next(reform for reform in arms["merit + research"].reforms if reform.pillar == "train")
    assert half.cost_usd_per_year == portfolio.BUDGET / 2


def test_money_buys_in_proportion_and_no_more_than_a_reform_can_use() -> None:
    def bought(name: str, usd: float) -> tuple[float, float]:
        reform = INSTRUMENTS[name](Funds(WORLD, "2026-01", None, usd))
        return getattr(reform, strength[name]), reform.cost_usd_per_year

    strength = {"courts": "speed", "visas": "candidates", "research": "doctorates", "merit": "target"}
    assert bought("courts", 50e6) == (pytest.approx(0.05, rel=1e-4), 50e6)
    assert bought("courts", 500e6) == (pytest.approx(0.108), pytest.approx(108e6, rel=1e-4))  # the speed limit
    assert bought("visas", 10e6) == (pytest.approx(2.0, rel=1e-4), 10e6)
    assert bought("visas", 25e6)[0] == pytest.approx(3.5, rel=1e-4)
    # the upper end of the plausible cost, and no more than full merit
    assert bought("visas", 400e6) == (
        pytest.approx(6.0, rel=1e-4),
        pytest.approx(50e6, rel=1e-4),
    )
    assert bought("merit", 400e6) == (
        pytest.approx(1.0),
        pytest.approx(50e6, rel=1e-4),
    )
    assert bought("research", 90e6) == (pytest.approx(0.008, rel=1e-4), 90e6)


def test_the_sum_for_each_who_returns_is_what_the_money_leaves_beside_the_offices() -> None:
    paid = INSTRUMENTS["return pay"](Funds(WORLD, "2026-01", None, 100e6))
    abroad = sum(country.diaspora.values[-1] for _, country in WORLD.destinations)
    assert paid.cost_usd_per_year == pytest.approx(10e6, rel=1e-4)
    assert paid.sum_usd * 0.05 * abroad == pytest.approx(90e6, rel=1e-4) and paid.months_of_pay == 0.0


def test_the_oil_price_that_is_drawn_stays() -> None:
    drawn = portfolio.uncertain(WORLD).draw(7)
    (shock,) = [reform for reform in drawn.reforms if isinstance(reform, OilPriceShock)]
    price = Environment(WORLD, drawn.reforms).oil_price
    assert np.allclose(price, shock.factor) and shock.factor != 1.0
