"""The engine against closed forms of discrete choice, with the network off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from worlds import frictionless

from abm.codes import SERVICE_BEGUN, SERVICE_OWED
from abm.reforms import ServiceObligation
from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.verification.chains import two_state
from experiments.verification.choice import logit

N = 20_000


def shares(world: Scenario, seed: int = 11) -> np.ndarray:
    """Return the share of graduates in each country at the end."""
    simulation = Simulation(world, seed=seed).run()
    country = simulation.graduates.person.country
    return np.bincount(country[country >= 0], minlength=simulation.environment.n_countries) / np.sum(country >= 0)


def within(observed: np.ndarray, expected: np.ndarray, n: int, errors: float = 4.0) -> bool:
    """Return whether shares lie within so many binomial standard errors; at 4, a true model fails once in 16,000."""
    return bool(np.all(np.abs(observed - expected) <= errors * np.sqrt(expected * (1 - expected) / n)))


DESTINATIONS = {
    "near": {"wage": 2600.0, "rule_of_law": -0.9},
    "far": {"wage": 5000.0, "rule_of_law": 1.5, "moving_cost": 0.0},
    "farther": {"wage": 3500.0, "rule_of_law": 1.0},
}


def utilities(income_weight: float = 1.0) -> list[float]:
    wages = [2000.0, 2600.0, 5000.0, 3500.0]
    rule_of_law = [-0.5, -0.9, 1.5, 1.0]
    return [income_weight * math.log(w / 2000.0) + 0.5 * r for w, r in zip(wages, rule_of_law, strict=True)]


def test_shares_of_four_countries_are_multinomial_logit() -> None:
    """20,000 graduates after a year of reviews; standard errors 0.0024-0.0035; tolerance four of them."""
    world = frictionless({"end": "2026-12"}, graduates=N, destinations=DESTINATIONS)
    assert within(shares(world), logit(utilities()), N)


def test_shares_follow_the_income_weight() -> None:
    """The same with twice the income weight: other shares, the same formula."""
    world = frictionless({"end": "2026-12", "decision.income_weight": 2.0}, graduates=N, destinations=DESTINATIONS)
    assert within(shares(world), logit(utilities(2.0)), N)


def test_odds_do_not_depend_on_a_dropped_alternative() -> None:
    """Independence of irrelevant alternatives: log odds far/near with and without the third, s.e. 0.03 each."""
    with_third = shares(frictionless({"end": "2026-12"}, graduates=N, destinations=DESTINATIONS))
    two = {name: DESTINATIONS[name] for name in ("near", "far")}
    without = shares(frictionless({"end": "2026-12"}, graduates=N, destinations=two), seed=12)
    standard_error = math.sqrt(sum(1 / (N * share) for share in (*with_third[1:3], *without[1:3])))
    difference = math.log(with_third[2] / with_third[1]) - math.log(without[2] / without[1])
    assert abs(difference) < 4 * standard_error


def test_common_shocks_hold_the_odds_person_by_person() -> None:
    """Under the same seed nobody who chose another country changes because one alternative is dropped."""
    worlds = [
        frictionless({"end": "2026-12"}, graduates=2000, destinations={name: DESTINATIONS[name] for name in names})
        for names in (("near", "far", "farther"), ("near", "far"))
    ]
    with_third, without = (Simulation(world, seed=5).run().graduates.person.country for world in worlds)
    stayed = with_third != 3
    assert np.array_equal(with_third[stayed], without[stayed])


@pytest.mark.parametrize("years", [1, 2, 5, 15])
def test_two_state_chain_reaches_and_approaches_its_stationary_share(years: int) -> None:
    """Emigration e and return r a review, one review a year: e/(e+r) and the path to it, 20,000 persons, 4 s.e."""
    gain = math.log(5000 / 2000) + 0.5 * 2.0
    leaving, returning = 3.0, 2.5
    e, r = 1 / (1 + math.exp(-(gain - leaving))), 1 / (1 + math.exp(-(-gain - returning)))
    world = frictionless(
        {"end": f"{2025 + years}-12", "decision.return_cost": returning},
        graduates=N,
        destinations={"abroad": {"moving_cost": leaving}},
    )
    abroad = float(two_state(e, r, years))
    expected = np.array([1 - abroad, abroad])
    assert within(shares(world), expected, N)


def test_wages_in_another_unit_change_nothing() -> None:
    """Every wage and the repayment times 512 (a power of two, so exact): the same histories."""
    world = Scenario.load("two-country").replace({"end": "2035-12"})
    names = ["home.wage", "home.wage_market", "destinations.abroad.wage", "destinations.abroad.wage_market"]
    scaled = {name: world.get(name).values[0] * 512 for name in names}
    scaled["education.repayment"] = world.education.repayment * 512
    one = Simulation(world, seed=3).run()
    other = Simulation(world.replace(scaled), seed=3).run()
    assert np.array_equal(one.accounts.flows, other.accounts.flows)
    assert np.array_equal(one.graduates.person.country, other.graduates.person.country)


@pytest.mark.parametrize("cost", [0.0, 1.0])
def test_service_is_taken_up_by_a_logit_share(cost: float) -> None:
    """Of new graduates who owe service and are all offered a place, 1 / (1 + exp(cost)) take it up where pay weighs
    nothing; 2,500 of them, tolerance four binomial standard errors (0.04)."""
    changes = {
        "end": "2026-01",
        "decision.income_weight": 0.0,
        "region.place_prob": 1.0,
        "region.moving_cost": cost,
        "education.graduates_per_year": 30_000.0,
        "labour.vacancy_rate": 0.2,  # room for an eighth more people in a month
    }
    world = frictionless(changes, graduates=N, destinations={"abroad": {"moving_cost": 50.0}})
    simulation = Simulation(world, [ServiceObligation(share=1.0)], seed=11).run()
    owed, begun = (simulation.accounts.events[0, event] for event in (SERVICE_OWED, SERVICE_BEGUN))
    expected = np.array([1 / (1 + math.exp(cost))])
    assert owed == 2_500 and within(np.array([begun / owed]), expected, int(owed))
