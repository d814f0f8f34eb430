"""Dated doors and shut borders against closed forms: what they add, when, and who is let across."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import frictionless

from abm.codes import EMIGRANT, ONWARD, RETURN_EARLY, RETURN_LATE, RETURN_TIES, STUDENT_HOME, STUDENT_STAYING
from abm.environment import Environment
from abm.reforms import ReturnIncentive
from abm.scenario import SCENARIO_FOLDER, Scenario, ScenarioError
from abm.simulation import Simulation

DATA = Path(__file__).parents[2] / "docs" / "data.md"
N = 20_000
WAGE_GAIN = math.log(5000 / 2000) + 0.5 * 2.0  # of going abroad in that world, before any cost
CROSSING = [EMIGRANT, ONWARD, RETURN_EARLY, RETURN_LATE, RETURN_TIES, STUDENT_HOME]


def world_of(door: dict[str, Any], *, cost: float = 3.0, end: str = "2026-12", **changes: float) -> Scenario:
    """Return a world of one destination, reached at a cost, with one door."""
    abroad = {"moving_cost": cost, "doors": {"rule": door}}
    return frictionless({"end": end} | changes, graduates=N, destinations={"abroad": abroad})


def logistic(utility: float) -> float:
    return 1.0 / (1.0 + math.exp(-utility))


def within(observed: float, expected: float, n: int) -> bool:
    """Return whether a share lies within four binomial standard errors; a true model fails once in 16,000."""
    return abs(observed - expected) <= 4.0 * math.sqrt(expected * (1.0 - expected) / n)


def left(simulation: Simulation) -> np.ndarray:
    """Return departures by month."""
    return np.asarray(simulation.accounts.flows[:, EMIGRANT].sum(axis=1))


# ---------- Doors


@pytest.mark.parametrize("offset", [-1.0, 0.5])
def test_a_door_shifts_the_log_odds_of_moving_by_its_offset(offset: float) -> None:
    """A year of reviews by 20,000, each once; standard error of the share .0033; tolerance four of them."""
    simulation = Simulation(world_of({"offset": offset}), seed=7).run()
    assert within(left(simulation).sum() / N, logistic(WAGE_GAIN - 3.0 + offset), N)


def test_a_door_is_there_from_its_first_month_to_its_last() -> None:
    """From April to June; the months before and after have the departures of a world without doors, to the person."""
    door = {"since": "2026-04", "until": "2026-06", "offset": 1.0}
    with_door, without = (Simulation(world_of(one), seed=7).run() for one in (door, {}))
    more = left(with_door) - left(without)
    assert np.array_equal(more > 0, np.isin(np.arange(12), (3, 4, 5)))
    assert np.array_equal(more[:3], np.zeros(3)) and np.array_equal(more[6:], np.zeros(6))


def test_a_driver_makes_a_rare_move_as_frequent_as_it_is_large() -> None:
    """With a weight of 1 and odds of some .002, four times the driver is four times the departures.

    Of 20,000 graduates some 34 and 135 go, in two worlds under the same draws; exactly, the ratio of chances is 3.98.
    The chance of either is compared with the closed form, tolerance four binomial standard errors.
    """
    observed = {"2020": 2500.0, "2026": 10_000.0}
    for weight, gain in ((0.0, 1.0), (1.0, 4.0), (0.5, 2.0)):
        door = {"observed": observed, "weight": weight, "since": "2026-07"}
        simulation = Simulation(world_of(door, cost=8.0), seed=7).run()
        n = int(np.sum(simulation.graduates.person.review_month[:N] >= 6))
        assert within(left(simulation)[6:].sum() / n, logistic(WAGE_GAIN - 8.0 + math.log(gain)), n)


def test_doors_add_up_by_month_and_country() -> None:
    doors = {
        "programme": {"since": "2026-02", "offset": 0.3},
        "treaty": {"until": "2026-03", "offset": -0.1, "weight": 2.0, "observed": {"2025": 1.0, "2026": math.e}},
        "shock": {"since": "2026-04", "living_offset": -0.7},
        "border": {"since": "2026-02", "until": "2026-03", "open_share": 0.5},
        "other border": {"until": "2026-02", "open_share": 0.5},
    }
    doors = {name.replace(" ", "_"): door for name, door in doors.items()}
    destinations = {"near": {}, "abroad": {"doors": doors}}
    rows = Environment(frictionless({"end": "2026-04"}, graduates=100, destinations=destinations)).countries
    # the series stands for the middles of its years: at the end of January it has gone 6.5 months of twelve
    driven = [2.0 * math.log(1.0 + (math.e - 1.0) * (6.5 + month) / 12.0) for month in range(3)]
    moving = [-0.1 + driven[0], 0.2 + driven[1], 0.2 + driven[2], 0.3 - 0.7]
    assert np.allclose(rows.moving_offset[:, 2], moving, rtol=1e-12)
    assert np.array_equal(rows.moving_offset_with_offer[:, 2], rows.moving_offset[:, 2])
    assert np.array_equal(rows.living_offset[:, 2], [0.0, 0.0, 0.0, -0.7])
    assert np.array_equal(rows.open_share[:, 2], [0.5, 0.25, 0.5, 1.0])
    for country in (0, 1):
        assert np.all(rows.moving_offset[:, country] == 0.0) and np.all(rows.open_share[:, country] == 1.0)


def test_a_shock_changes_the_odds_of_coming_and_of_staying() -> None:
    """Emigration e and return r by the closed form of two states, three reviews; standard error .0032, four of them.

    r is .25; it would be .13 if the shock counted for those alone who come, and the share abroad .04 higher.
    """
    shock, returning = -0.8, 0.0
    e, r = logistic(WAGE_GAIN + shock - 3.0), logistic(-WAGE_GAIN - shock - returning)
    world = world_of({"living_offset": shock}, end="2028-12", **{"decision.return_cost": returning})
    country = Simulation(world, seed=7).run().graduates.person.country
    assert within(float(np.mean(country > 0)), e / (e + r) * (1.0 - (1.0 - e - r) ** 3), N)


def test_a_subsidy_to_who_comes_home_and_a_door_abroad_do_not_meet() -> None:
    """The columns are those of one country each: what is paid at home leaves what doors add abroad alone."""
    door = world_of({"offset": 0.4})
    rows = Environment(door, [ReturnIncentive(cost_reduction=0.9)]).countries
    assert np.all(rows.moving_offset[:, 1] == 0.4) and np.all(rows.moving_offset[:, 0] == 0.9)


def test_doors_that_add_nothing_change_no_bit() -> None:
    """A world whose doors are all as by default, or outside the run, has the history of one without any."""
    world = Scenario.load("two-country").replace({"end": "2030-12"})
    table = world.to_dict()
    table["destinations"]["abroad"]["doors"] = {
        "idle": {"since": "2027-03", "observed": {"2026": 5.0, "2030": 50.0}},
        "past": {"until": "2025-12", "offset": 3.0, "open_share": 0.0, "living_offset": 2.0},
    }
    one, other = (Simulation(each, seed=3).run() for each in (world, Scenario.from_dict(table, "with doors")))
    assert np.array_equal(one.accounts.flows, other.accounts.flows)
    assert np.array_equal(one.graduates.person, other.graduates.person)
    assert np.array_equal(one.graduates.belief, other.graduates.belief)


# ---------- Borders


def test_nobody_crosses_a_border_that_is_shut_and_others_go_on() -> None:
    """Kazakhstan with much movement: nobody crosses two borders while they are shut."""
    table = Scenario.load("kazakhstan").replace({"graduates": 4000, "end": "2028-12"}).to_dict()
    for name in ("russia", "germany"):
        shut = {"since": "2027-03", "until": "2028-02", "open_share": 0.0}
        table["destinations"][name] |= {"moving_cost": 2.0, "doors": {"borders": shut}}
    # many who finish studies there and may not stay, but cannot leave either
    table["destinations"]["germany"] |= {"post_study_months": 0, "post_study_months_science": 0, "students": 90_000.0}
    simulation = Simulation(Scenario.from_dict(table, "shut"), seed=4)
    months, shut_now = [], []
    while not simulation.finished:
        before = simulation.graduates.person.country.copy()
        simulation.step()
        after = simulation.graduates.person.country
        moved = (before != after) & (before >= 0) & (after >= 0)
        crossed = [int(np.sum(moved & ((before == j) | (after == j)))) for j in (1, 2, 3)]
        months.append(crossed)
        shut_now.append(
            "2027-03" <= f"{2026 + (simulation.month - 1) // 12}-{(simulation.month - 1) % 12 + 1:02d}" <= "2028-02"
        )
    crossings, shut_months = np.array(months), np.array(shut_now)
    assert shut_months.sum() == 12
    assert np.all(crossings[shut_months][:, [0, 2]] == 0)
    assert np.all(crossings[~shut_months][:, 0] > 0) and crossings[~shut_months][:, 2].sum() > 0
    assert crossings[shut_months][:, 1].sum() > 0  # the United States stay open
    finished = simulation.accounts.flows[shut_months][:, [STUDENT_HOME, STUDENT_STAYING], 3].sum(axis=0)
    assert finished[0] == 0 and finished[1] > 10


def test_a_border_open_to_a_share_lets_that_share_of_movers_pass_and_the_same_ones() -> None:
    """Everybody would go: the share who can is drawn, .3 of 20,000 (s.e. .0032), and who can at .3 can at .6."""
    gone = []
    for share in (0.3, 0.6):
        simulation = Simulation(world_of({"open_share": share}, cost=-20.0), seed=7).run()
        gone.append(simulation.graduates.person.country[:N] > 0)
        assert within(float(gone[-1].mean()), share, N)
    assert np.all(gone[1][gone[0]])


def test_who_could_not_leave_is_drawn_once_a_year() -> None:
    """With everybody wanting to go and .3 let through, 1 - .7 ** 2 have gone after two reviews (s.e. .0035)."""
    simulation = Simulation(world_of({"open_share": 0.3}, cost=-20.0, end="2027-12"), seed=7).run()
    # who is abroad has no wish to come back
    assert within(float(np.mean(simulation.graduates.person.country[:N] > 0)), 1.0 - 0.7**2, N)


# ---------- The doors that are known


def test_the_known_doors_change_nothing_until_one_is_given_a_strength() -> None:
    """The variant that docs/data.md prints, from 2010: Kazakhstan to the bit, until its programme counts from 2013."""
    text = DATA.read_text(encoding="utf-8")
    variant = Scenario.from_toml(re.search(r"```toml\n(base = .*?)```", text, re.DOTALL)[1])
    sources = tomllib.loads((SCENARIO_FOLDER.parent / "data" / "sources.toml").read_text(encoding="utf-8"))
    doors = [name for name, _ in variant.parameters() if ".doors." in name and name in variant.sources]
    assert len(doors) == 15
    for name in doors:
        source = variant.source_of(name)
        assert source.startswith("assumption: ") or all(key in sources for key in source.split(", ")), name
    past = {"start": "2010-01", "end": "2015-12", "graduates": 3000}
    counts = past | {"destinations.russia.doors.compatriots_programme.offset": 1.0}
    worlds = [Scenario.load("kazakhstan").replace(past), variant.replace(past), variant.replace(counts)]
    flows = [Simulation(world, seed=3).run().accounts.flows for world in worlds]
    assert np.array_equal(flows[0], flows[1])
    assert np.array_equal(flows[1][:36], flows[2][:36])
    assert flows[2][36:, EMIGRANT, 1].sum() > 1.5 * flows[1][36:, EMIGRANT, 1].sum()


# ---------- What is refused, and what a design can vary


def test_a_design_can_vary_a_door() -> None:
    world = world_of({"since": "2026-04", "offset": 0.0})
    name = "destinations.abroad.doors.rule.offset"
    assert name in dict(world.parameters()) and world.get(name) == 0.0
    varied = world.replace({name: 0.25})
    assert varied.get(name) == 0.25 and varied.get("destinations.abroad.doors.rule.since") == "2026-04"
    assert np.all(Environment(varied).countries.moving_offset[3:, 1] == 0.25)
    again = Scenario.from_toml(varied.to_toml())
    assert again == varied and again.source_of(name) == "assumption: set by hand"


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ({"since": "2026-13"}, ["doors.rule.since", "2026-13", "YYYY-MM"]),
        ({"since": 2026}, ["doors.rule.since", "2026", "text"]),
        ({"since": "2026-05", "until": "2026-04"}, ["doors.rule.until", "2026-04", "before since"]),
        ({"observed": {"2020": 0.0}}, ["doors.rule.observed.2020", "0"]),
        ({"open_share": 1.5}, ["doors.rule.open_share", "between 0 and 1"]),
        ({"offset": "wide"}, ["doors.rule.offset", "a number"]),
        ({"opens": "2026-01"}, ["doors.rule.opens", "is not a parameter", "did you mean", "open_share"]),
    ],
)
def test_a_door_that_makes_no_sense_is_refused_in_a_sentence(door: dict[str, Any], said: list[str]) -> None:
    table = Scenario.load("two-country").to_dict()
    table["destinations"]["abroad"]["doors"] = {"rule": door}
    with pytest.raises(ScenarioError) as refused:
        Scenario.from_dict(table, "mine")
    assert "destinations.abroad." in str(refused.value)
    assert all(part in str(refused.value) for part in said), str(refused.value)


@pytest.mark.parametrize("doors", [3, [], {"Rule": {}}, {"rule": 3}])
def test_doors_that_are_no_tables_are_refused(doors: Any) -> None:
    table = Scenario.load("two-country").to_dict()
    table["destinations"]["abroad"]["doors"] = doors
    with pytest.raises(ScenarioError, match=r"destinations\.abroad\.doors"):
        Scenario.from_dict(table, "mine")
