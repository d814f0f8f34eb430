"""What graduates know of pay elsewhere: a mean over some years of how it compared with pay where they live."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from worlds import frictionless

from abm.codes import EMIGRANT
from abm.environment import Environment
from abm.scenario import Scenario
from abm.simulation import Simulation

N = 20_000
HOME_WAGE = {2023: 2000.0, 2027: 3000.0}
WAGE = {2023: 8000.0, 2025: 6000.0, 2027: 1500.0}


def ln_pay(series: dict[int, float], month: int) -> float:
    """Return the log of a yearly series in a month since 2026, linear between the middles of years."""
    return math.log(np.interp(2026 + (month + 0.5) / 12.0, [year + 0.5 for year in series], list(series.values())))


def world_of(years: float, cost: float, home: Any, abroad: Any, **changes: Any) -> Scenario:
    own = {"moving_cost": cost, "wage": abroad, "wage_market": abroad}
    wages = {"home.wage": home, "home.wage_market": home, "decision.income_memory_years": years}
    world = frictionless({"end": "2026-12"} | changes, graduates=N, destinations={"abroad": {}})
    return world.replace(wages | {f"destinations.abroad.{key}": value for key, value in own.items()})


def test_the_table_holds_the_mean_over_the_years_before_less_todays() -> None:
    rows = Environment(world_of(2.5, 3.0, HOME_WAGE, WAGE)).countries
    for month in (0, 5, 11):
        for country, series in ((0, HOME_WAGE), (1, WAGE)):
            past = [ln_pay(series, month - back) for back in range(30)]
            assert math.isclose(rows.ln_wage_memory[month, country], np.mean(past) - past[0], rel_tol=1e-9)


def test_pay_that_has_always_grown_is_remembered_so() -> None:
    """A constant that grows by 3 % a year was lower by that before the first month too, by 17.5 months on average."""
    changes = {"home.wage_growth": 0.03}
    rows = Environment(world_of(3.0, 3.0, 2000.0, 5000.0, **changes)).countries
    assert np.allclose(rows.ln_wage_memory[:, 0], -math.log(1.03) * 35 / 24, rtol=1e-9)
    assert np.all(np.abs(rows.ln_wage_memory[:, 1]) < 1e-12)


@pytest.mark.parametrize("years", [0.0, 3.0])
def test_departures_follow_the_mean_of_the_ratio(years: float) -> None:
    """A review each; the share who leave is that of the closed form within four standard errors (of .0035).

    Pay abroad falls fast, pay at home rises: by the pay of the day .45 go, by the mean of three years .61, and by the
    mean of pay abroad alone, next to today's at home, .57 would.
    """
    world = world_of(years, 1.5, HOME_WAGE, WAGE)
    simulation = Simulation(world, seed=7).run()
    review = simulation.graduates.person.review_month[:N]
    months = max(round(12 * years), 1)
    expected = np.zeros(12)
    for month in range(12):
        ratio = np.mean([ln_pay(WAGE, month - back) - ln_pay(HOME_WAGE, month - back) for back in range(months)])
        expected[month] = 1.0 / (1.0 + math.exp(-(ratio + 0.5 * 2.0 - 1.5)))
    mean = float(expected[review].mean())
    variance = float((expected * (1.0 - expected))[review].mean())
    left = simulation.accounts.flows[:, EMIGRANT].sum() / N
    assert abs(left - mean) < 4.0 * math.sqrt(variance / N)


def test_whose_money_wages_are_stated_in_does_not_matter() -> None:
    """A dollar that loses half of its worth doubles all pay in dollars, and moves nobody, however one recalls.

    Incomes are compared at market rates; in every year pay abroad is 2.5 times that at home.
    """
    steady, swung = {2022: 1000.0, 2030: 1000.0}, {2022: 1000.0, 2025: 1000.0, 2026: 2000.0, 2028: 1600.0}
    places = []
    for years, home in ((0.0, steady), (0.0, swung), (3.0, swung)):
        abroad = {year: 2.5 * wage for year, wage in home.items()}
        world = world_of(years, 3.0, home, abroad, **{"end": "2028-12", "decision.income_basis": "market"})
        simulation = Simulation(world, seed=7).run()
        places.append(simulation.graduates.person.country.copy())
    assert np.array_equal(places[0], places[1]) and np.array_equal(places[0], places[2])
    assert 0.05 < np.mean(places[0] > 0) < 0.95


def test_who_is_abroad_knows_pay_at_home_by_the_mean_and_pay_abroad_as_it_is() -> None:
    """Everybody has left at once; then pay at home rises to that abroad, and those who come back follow the mean.

    The second year's reviews of 20,000 who live abroad; standard error .0029, tolerance four of them.
    """
    home = {2024: 2000.0, 2026: 2000.0, 2028: 16_000.0}
    changes = {"end": "2027-12", "decision.return_cost": 3.0, "decision.rule_of_law_weight": 0.0}
    world = world_of(2.0, -20.0, home, 5000.0, **changes)
    simulation = Simulation(world, seed=7).run()
    assert simulation.accounts.flows[:12, EMIGRANT].sum() > N - 10  # but who retires before her review
    review = simulation.graduates.person.review_month[:N]
    means = [np.mean([ln_pay(home, month - back) for back in range(24)]) - math.log(5000.0) for month in range(12, 24)]
    expected = 1.0 / (1.0 + np.exp(-(np.array(means) - 3.0)))
    came = float(np.mean(simulation.graduates.person.country[:N] == 0))
    mean, variance = expected[review].mean(), (expected * (1.0 - expected))[review].mean()
    assert abs(came - mean) < 4.0 * math.sqrt(variance / N)


def test_nothing_is_remembered_by_default_nor_of_pay_that_never_changed() -> None:
    world = Scenario.load("two-country").replace({"end": "2030-12"})
    still = {"home.wage_growth": 0.0, "destinations.abroad.wage_growth": 0.0}
    assert np.all(Environment(world).countries.ln_wage_memory == 0.0)
    runs = [
        Simulation(world.replace(still | {"decision.income_memory_years": years}), seed=3).run() for years in (0.0, 5.0)
    ]
    assert np.array_equal(runs[0].accounts.flows, runs[1].accounts.flows)
