"""Families abroad: who is put where, and that who comes home is counted once, and nothing else is changed by it."""

from __future__ import annotations

import numpy as np

from abm.codes import EMPLOYED, JOB_SEEKER, NEVER, STUDENT
from abm.families import FAMILIES, NOBODY, YEARS_ABROAD, abroad, cells, home, simulate_families
from abm.person import PERSON
from abm.reforms import ReturnIncentive
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.sweep.work import simulate_years

WORLD = Scenario.load("kazakhstan").replace({"graduates": 3000, "end": "2030-12"})
NOW = 400


def cell_of(**values: object) -> tuple[str, str] | None:
    """Return family and years abroad of somebody abroad at work, alone, for three years, but for these values."""
    person = np.zeros(1, dtype=PERSON).view(np.recarray)
    person.country, person.stage, person.partner_month, person.child_month = 1, EMPLOYED, NEVER, NEVER
    person.left_month = NOW - 36
    for name, value in values.items():
        person[name] = value
    (cell,) = cells(person, NOW)
    return None if cell == NOBODY else (FAMILIES[cell // len(YEARS_ABROAD)], YEARS_ABROAD[cell % len(YEARS_ABROAD)])


def test_a_family_is_that_of_its_oldest_child_under_age() -> None:
    def with_children(*ages: int) -> str:
        born = [NOW - age for age in ages] + [NEVER] * (3 - len(ages))
        found = cell_of(partner_month=0, child_month=born)
        return found[0] if found else ""

    assert cell_of() == ("alone", "2_4") and cell_of(partner_month=NOW) == ("couple", "2_4")
    assert [with_children(age) for age in (-1, 0, 71, 72, 155, 156, 215, 216)] == [
        "couple",
        "small_children",
        "small_children",
        "school_children",
        "school_children",
        "teenagers",
        "teenagers",
        "couple",
    ]
    assert with_children(160, 100, 3) == "teenagers" and with_children(230, 80) == "school_children"


def test_years_abroad_are_completed_years_since_leaving_home() -> None:
    found = [cell_of(left_month=NOW - months) for months in (0, 23, 24, 59, 60, 119, 120, 500)]
    assert [cell[1] for cell in found if cell] == ["0_1", "0_1", "2_4", "2_4", "5_9", "5_9", "10_up", "10_up"]


def test_only_those_at_work_or_looking_for_work_abroad_are_counted() -> None:
    assert cell_of(country=0) is None and cell_of(stage=STUDENT) is None and cell_of(country=-1) is None
    assert cell_of(stage=JOB_SEEKER) is not None


def test_the_accounts_are_as_they_are_without_the_observer() -> None:
    observed, plain = simulate_families(WORLD, (), 5), simulate_years(WORLD, (), 5)
    assert all(np.array_equal(observed[name], values) for name, values in plain.items())
    assert len(observed) == len(plain) + 2 * len(FAMILIES) * len(YEARS_ABROAD)


def test_everybody_abroad_in_january_is_counted_and_who_has_come_home_by_december_once() -> None:
    restless = WORLD.replace(
        # jobs are lost every other month, whereupon one reviews, and moving costs next to nothing
        {"labour.separation_rate": 5.0, "home.unemployment": 0.3, "destinations.russia.separation_rate": 5.0}
        | {"destinations.russia.moving_cost": 0.0, "decision.place_cost": 0.0, "household.partner_share": 0.5}
    )
    plan = (ReturnIncentive(cost_reduction=2.4),)
    table = simulate_families(restless, plan, 5)
    simulation = Simulation(restless, reforms=plan, seed=5)
    person, weight = simulation.graduates.person, simulation.environment.weight
    for year in range(5):
        there = (person.country > 0) & ((person.stage == EMPLOYED) | (person.stage == JOB_SEEKER))
        came = np.zeros(len(person), dtype=bool)
        for _ in range(12):
            simulation.step()
            came |= there & (person.country == 0)
        for name, counted in ((abroad, there), (home, came)):
            total = sum(table[name(family, years)][year] for family in FAMILIES for years in YEARS_ABROAD)
            assert np.isclose(total, counted.sum() * weight)
    returned_again = simulation.accounts.yearly()["returns"].sum() - sum(
        table[home(family, years)].sum() for family in FAMILIES for years in YEARS_ABROAD
    )
    assert returned_again > 0.0  # else the test would not see who is counted twice


def test_a_run_that_begins_within_a_year_counts_from_there() -> None:
    table = simulate_families(WORLD.replace({"start": "2026-07", "end": "2027-12"}), (), 5)
    assert table["months"].tolist() == [6, 12]
    assert len(table[abroad("alone", "2_4")]) == 2 and table[abroad("alone", "0_1")][0] > 0
