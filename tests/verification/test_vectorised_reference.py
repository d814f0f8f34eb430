"""The engine against the same rules in vectorised numpy: stocks, flows, and everybody's place at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plans import FOR_ALL
from reference.vectorised import VectorisedModel
from worlds import BY_DEGREE, MORTAL, grouped, with_doors

from abm.reforms import Diversification, JudicialReform, PublicSalaryParity, Reform
from abm.scenario import Scenario
from abm.simulation import Simulation

REFORMS: tuple[Reform, ...] = (
    JudicialReform(start="2026-06", target=0.68, speed=0.108),
    PublicSalaryParity(start="2027-01", target=1.0, ramp_months=24),
    Diversification(start="2026-03", private_jobs=0.1),
)


def assert_same_history(world: Scenario, reforms: tuple[Reform, ...], seed: int) -> None:
    """Run both; whole numbers are compared exactly, beliefs to 1e-5, as numpy's logarithms may round differently."""
    simulation, model = Simulation(world, reforms, seed=seed).run(), VectorisedModel(world, reforms, seed=seed)
    for _ in range(world.n_months):
        model.step()
    for name in ("stocks", "flows", "flows_human_capital", "deaths", "public_cost", "tax_rate"):
        assert np.array_equal(getattr(simulation.accounts, name), np.array(getattr(model.history, name))), name
    assert np.array_equal(simulation.graduates.person.country, model.people.country)
    assert np.array_equal(simulation.graduates.person.stage, model.people.stage)
    appeared = simulation.graduates.person.stage > 0
    assert np.allclose(simulation.graduates.belief[appeared], model.people.belief[appeared], atol=1e-5)
    assert simulation.accounts.flows.sum() > 0


@pytest.mark.parametrize("reforms", [(), REFORMS], ids=["baseline", "three reforms"])
@pytest.mark.parametrize("seed", [1, 2**40 + 7])
def test_two_countries_have_the_same_history(seed: int, reforms: tuple[Reform, ...]) -> None:
    assert_same_history(Scenario.load("two-country"), reforms, seed)


def test_a_taxed_country_has_the_same_history() -> None:
    taxed = {"graduates": 3000, "end": "2028-06", "treasury.financing": "tax", "treasury.graduates_share": 1.0}
    assert_same_history(Scenario.load("kazakhstan").replace(taxed), REFORMS, 6)


def test_kazakhstan_has_the_same_history() -> None:
    assert_same_history(Scenario.load("kazakhstan").replace({"graduates": 5000, "end": "2027-12"}), REFORMS, 4)


def test_countries_that_give_permits_by_degree_have_the_same_history() -> None:
    by_degree = {f"destinations.united_states.{key}": value for key, value in BY_DEGREE.items()}
    much = {"destinations.united_states.offer_rate": 0.5, "destinations.united_states.students": 60_000.0}
    world = Scenario.load("kazakhstan").replace({"graduates": 3000, "end": "2028-12"} | much | by_degree)
    assert_same_history(world, (), 9)


def test_a_country_where_people_die_has_the_same_history() -> None:
    """Ten years, so that the retired die too; none of them is heard or known any more."""
    world = Scenario.load("kazakhstan").replace({"graduates": 3000, "end": "2035-12"} | MORTAL)
    assert_same_history(world, REFORMS, 7)


def test_a_country_of_groups_has_the_same_history() -> None:
    world = Scenario.load("kazakhstan").replace({"graduates": 3000, "end": "2028-06"})
    assert_same_history(grouped(world), REFORMS, 10)


def test_reforms_that_concern_all_have_the_same_history() -> None:
    world = Scenario.load("kazakhstan").replace({"graduates": 4000, "end": "2028-12"})
    assert_same_history(world, FOR_ALL, 8)


@pytest.mark.parametrize(
    "rule",
    [
        {"decision.planning_horizon": 3.0},
        {"decision.home_income_weight": 0.4},
        {"decision.broken_obligation_cost": 2.0, "education.scholarship_share": 0.6},
        {"destinations.russia.moving_sum": 12_000.0, "destinations.germany.moving_sum": 20_000.0},
        {"decision.income_memory_years": 4.0, "home.wage": {2022: 1500.0, 2027: 3000.0}},
    ],
    ids=["a horizon of three years", "a weight of income at home", "kin who would lose", "money up front", "memory"],
)
def test_rules_that_are_off_as_shipped_have_the_same_history(rule: dict[str, Any]) -> None:
    world = Scenario.load("kazakhstan").replace({"graduates": 3000, "end": "2028-06"} | rule)
    assert_same_history(world, FOR_ALL, 9)


def test_doors_and_shut_borders_have_the_same_history() -> None:
    owed = {"graduates": 3000, "end": "2028-06", "education.scholarship_share": 0.6}
    capped = {"destinations.germany.permits_per_year": 500, "destinations.germany.post_study_months": 0}
    easy = {"destinations.germany.offer_rate": 0.6, "destinations.germany.students": 60_000.0}
    assert_same_history(with_doors(Scenario.load("kazakhstan").replace(owed | capped | easy)), FOR_ALL, 9)


def test_capped_countries_that_people_move_between_have_the_same_history() -> None:
    """Permits of two countries run out, and whom one refuses must not stand in the other's queue."""
    caps = {f"destinations.{country}.permits_per_year": 300 for country in ("germany", "other_oecd")}
    more = {f"destinations.{country}.offer_rate": 0.6 for country in ("germany", "other_oecd")}
    world = Scenario.load("kazakhstan").replace({"graduates": 3000, "end": "2029-12"} | caps | more)
    assert_same_history(world, (), 5)
