"""What home's register sees: a share of those who settle abroad, late, and each time away from home once."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from worlds import MORTAL, grouped

from abm.codes import EMIGRANT, HOME, NEVER, ONWARD, POST_ABROAD, POSTING_BEGUN, STUDENT_STAYING
from abm.engine.streams import Purpose, uniform
from abm.reforms import CirculationScheme, ForeignTalentVisa
from abm.registers import registered_departures
from abm.scenario import Scenario
from abm.simulation import Simulation

WORLD = Scenario.load("kazakhstan").replace({"graduates": 100_000, "start": "2026-04", "end": "2033-09"})
NAMES = tuple(name for name, _ in WORLD.destinations)
# people who go on, posts for a time, foreigners who leave again: none of these is a departure of its own
REFORMS = (CirculationScheme(places=20_000), ForeignTalentVisa(candidates=10.0))
BUSY = {f"destinations.{name}.offer_rate": 1.0 for name in NAMES[1:]} | MORTAL


@functools.cache
def run_with(prob: float, years: float, *, reforms: bool = True, busy: bool = True) -> Simulation:
    """Return a run in which every destination's departures are entered with a probability, after a mean time."""
    changes: dict[str, Any] = dict(BUSY) if busy else {}
    changes |= {f"destinations.{name}.registration_prob": prob for name in NAMES}
    changes |= {f"destinations.{name}.registration_years": years for name in NAMES}
    return Simulation(WORLD.replace(changes), REFORMS if reforms else (), seed=11).run()


def by_hand(run: Simulation) -> dict[int, dict[str, int]]:
    """Follow every person's moves, one after the other; return what is entered by year and destination."""
    life: dict[int, list[tuple[int, Any]]] = {}
    for month, moves in enumerate(run.accounts.records):
        for move in moves:
            life.setdefault(int(move.person), []).append((month, move))
    seen: dict[int, dict[str, int]] = {}
    for row, moves in life.items():
        person, is_entered, left_before = run.graduates.person[row], False, moves[0][1].flow == ONWARD
        for k, (month, move) in enumerate(moves):
            if move.destination == HOME:
                is_entered = left_before = False
                continue
            settles = move.flow in (EMIGRANT, ONWARD, STUDENT_STAYING) and move.path != POST_ABROAD
            if not settles or is_entered or left_before:
                continue
            name, destination = run.scenario.destinations[move.destination - 1]
            until = min(moves[k + 1][0] if k + 1 < len(moves) else NEVER, int(person.death_month))
            who, j = (run.seed, person.rank, person.cohort, month, Purpose.REGISTRATION), int(move.destination)
            due = month + int(-12.0 * destination.registration_years * np.log(uniform(*who, 128 + j)))
            chance = of_group(run, person, name, destination.registration_prob.values[0])
            if uniform(*who, j) < chance and due < min(until, run.month):
                year, is_entered = (due + run.environment.first_month) // 12, True
                of_year = seen.setdefault(year, dict.fromkeys(NAMES, 0))
                of_year[name] += 1
    return seen


def of_group(run: Simulation, person: Any, name: str, usual: float) -> float:
    """Return the chance that somebody's group states for a destination, else the usual one."""
    if person.heritage == 0:
        return usual
    stated = dict(run.scenario.groups[person.heritage - 1][1].destinations).get(name)
    return usual if stated is None or stated.registration_prob is None else stated.registration_prob


@pytest.mark.parametrize(("prob", "years"), [(1.0, 0.0), (0.6, 1.5)])
def test_the_register_is_that_of_one_person_after_another(prob: float, years: float) -> None:
    run = run_with(prob, years)
    flows = run.accounts.flows.sum(axis=(0, 2))
    posts = run.accounts.events[:, POSTING_BEGUN].sum()
    assert min(flows[ONWARD], posts, run.accounts.deaths[:, 1:].sum()) > 100  # else there is nothing to tell apart
    table, expected = registered_departures(run), by_hand(run)
    for place, year in enumerate(table["year"].tolist()):
        for name in NAMES:
            found = table[f"registered_departures_to_{name}"][place] / run.environment.weight
            assert found == pytest.approx(expected.get(year, {}).get(name, 0), abs=1e-9), (year, name)
    assert table["months"].tolist() == [9, 12, 12, 12, 12, 12, 12, 9]


def test_a_register_that_sees_all_at_once_has_the_departures() -> None:
    """Those who leave, and the students who stay, year by year and to the person; who moves on was entered before."""
    run = run_with(1.0, 0.0, reforms=False, busy=False)
    flows = run.accounts.flows[:, [EMIGRANT, STUDENT_STAYING]].sum(axis=(1, 2)) * run.environment.weight
    years = (np.arange(run.month) + run.environment.first_month) // 12
    expected = np.bincount(years - years[0], weights=flows)
    assert registered_departures(run)["registered_departures"] == pytest.approx(expected, rel=1e-12)


def test_a_share_of_them_is_entered_as_a_binomial_says() -> None:
    """3 standard errors of some 5,000 departures are .02."""
    all_of_them, some = (registered_departures(run_with(prob, 0.0, reforms=False, busy=False)) for prob in (1.0, 0.3))
    weight = run_with(1.0, 0.0, reforms=False, busy=False).environment.weight
    departures = all_of_them["registered_departures"].sum() / weight
    share = some["registered_departures"].sum() / weight / departures
    assert departures > 2_000
    assert abs(share - 0.3) < 3.0 * np.sqrt(0.3 * 0.7 / departures)


def test_the_time_to_an_entry_is_exponential() -> None:
    """Of those who went in the first two years and stayed on, as many are entered within five years as should be.

    Months are whole, rounded down; 4 standard errors.  The draws are read here as the register reads them, as the first
    test says.
    """
    run, mean = run_with(1.0, 3.0, reforms=False, busy=False), 36.0
    moves = run.accounts.records[:24]
    gone = {int(row) for month in moves for row in month.person[month.flow == EMIGRANT]}
    person = run.graduates.person
    stayed = [row for row in gone if person.country[row] > HOME]
    draws = [
        uniform(run.seed, p.rank, p.cohort, int(p.left_month), Purpose.REGISTRATION, 128 + int(p.country))
        for p in (person[row] for row in stayed)
    ]
    lags = np.floor(-mean * np.log(draws))
    expected = -np.expm1(-60.0 / mean)
    assert len(stayed) > 400
    assert abs(np.mean(lags < 60) - expected) < 4.0 * np.sqrt(expected * (1.0 - expected) / len(stayed))


def test_nothing_of_a_run_depends_on_its_register() -> None:
    one, other = run_with(1.0, 0.0), run_with(0.6, 1.5)
    assert np.array_equal(one.accounts.flows, other.accounts.flows)
    assert one.graduates.person.tobytes() == other.graduates.person.tobytes()


def test_a_run_that_has_not_begun_has_no_entries() -> None:
    table = registered_departures(Simulation(WORLD.replace({"graduates": 500})))
    assert all(len(column) == 0 for column in table.values())


def test_a_group_may_be_entered_where_others_are_not() -> None:
    """Person by person; there its members are, and others nowhere."""
    there = {"affinity": 3.0, "registration_prob": 0.9}
    groups = {"kin": {"name": "Kin", "share": 0.3, "destinations": {"russia": there}}}
    world = grouped(WORLD, groups).replace({f"destinations.{name}.registration_prob": 0.0 for name in NAMES})
    run = Simulation(world.replace({"graduates": 20_000}), seed=7).run()
    table, expected = registered_departures(run), by_hand(run)
    of_kin = table["registered_departures_of_kin_to_russia"]
    found = [int(round(persons / run.environment.weight)) for persons in of_kin]
    assert found == [expected.get(year, {}).get("russia", 0) for year in table["year"].tolist()]
    assert sum(found) > 300 and table["registered_departures"].sum() == of_kin.sum()
