"""Groups by language, kin or citizenship: who is of which, where they go, and that nobody is lost between them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from branches import after, difference
from worlds import FRICTIONLESS_DESTINATION, GROUPS, frictionless, grouped

from abm.codes import (
    EMIGRANT,
    EMPLOYED,
    FLOWS,
    GROUP_COHORT,
    GROUP_FOREIGN,
    GROUP_START,
    GROUP_STUDENT,
    JOB_SEEKER,
    STUDENT_STAYING,
)
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.reforms import GraduateResearchFunding, JudicialReform
from abm.registers import registered_departures
from abm.roster import Roster, enrol
from abm.rules import rules_of
from abm.scenario import Scenario, ScenarioError
from abm.simulation import Simulation
from experiments.verification.mixture import hazard as hazards

KAZAKHSTAN = Scenario.load("kazakhstan").replace({"graduates": 2_000, "end": "2030-12"})
WORLD = grouped(KAZAKHSTAN)
RUSSIA = 1


def roster_of(world: Scenario, seed: int = 1) -> Roster:
    """Return who is who before the first month, in the order of graduation and of groups of kin."""
    environment = Environment(world)
    roster = enrol(environment, rules_of(environment, seed), Workers(1)).roster
    return roster.ordered(np.argsort(roster.graduation, kind="stable"))


@pytest.fixture(scope="module")
def run() -> Simulation:
    return Simulation(WORLD, seed=3)


@pytest.mark.parametrize("seed", [1, 2])
def test_cohorts_have_their_share_of_each_group_but_for_a_few_persons(seed: int) -> None:
    """However many have come: .4 in mid-2000 falling to .2 in mid-2030, and .1; drawn freely they would miss by 25."""
    roster = roster_of(WORLD.replace({"graduates": 20_000, "end": "2035-12"}), seed)
    come = roster.ordered(np.flatnonzero(roster.group == GROUP_COHORT))
    finished = 2026.0 + come.graduation / 12.0
    shares = (np.interp(finished, [2000.5, 2030.5], [0.4, 0.2]), np.full(len(finished), 0.1))
    ends = np.flatnonzero(np.diff(come.month, append=-1))
    for group, share in enumerate(shares, start=1):
        surplus = np.cumsum(come.heritage == group)[ends] - np.cumsum(share)[ends]
        assert np.abs(surplus).max() < 5.0
    assert len(ends) == 120 and len(finished) > 7_000


def test_the_share_is_right_on_average_in_a_small_run() -> None:
    """300 seeds of 200 graduates: 9 groups of kin at the start, and some eight newcomers a year; 5 standard errors."""
    world = WORLD.replace({"graduates": 200, "end": "2027-12"})
    start, come = [], []
    for seed in range(300):
        roster = roster_of(world, seed)
        start.append(np.bincount(roster.heritage[roster.group == GROUP_START], minlength=3) / 200.0)
        come.append(np.mean(roster.heritage[roster.group == GROUP_COHORT] == 2))
    error = np.std(come) / math.sqrt(len(come))
    assert abs(np.mean(come) - 0.1) < 5.0 * error < 0.03
    western = np.array(start)[:, 2]
    n_start = np.mean([each.sum() for each in start])
    assert abs(western.mean() - 0.1 * n_start) < 5.0 * np.std(western) / math.sqrt(len(western)) < 0.03


def test_kin_are_of_one_group_and_those_at_home_have_the_shares_that_are_stated() -> None:
    """Abroad the groups have other shares; at home each misses its own by no more than a few groups of kin."""
    world = WORLD.replace({"graduates": 20_000})
    roster = roster_of(world)
    start = roster.ordered(np.flatnonzero(roster.group == GROUP_START))
    kin = np.arange(len(start.rank)) // world.network.kin_group
    assert all(len(np.unique(start.heritage[kin == each])) == 1 for each in np.unique(kin))
    home = start.ordered(np.flatnonzero(start.country == 0))
    finished = 2026.0 + home.graduation / 12.0
    expected = [np.interp(finished, [2000.5, 2030.5], [0.4, 0.2]).sum(), 0.1 * len(finished)]
    missed = np.bincount(home.heritage, minlength=3)[1:] - np.array(expected)
    assert np.all(np.abs(missed) < 4 * world.network.kin_group), missed


def test_groups_have_what_they_state_of_a_diaspora_and_of_students_and_what_they_have_of_all_elsewhere() -> None:
    roster = roster_of(WORLD.replace({"graduates": 20_000}))
    usual = np.bincount(roster.heritage[roster.group == GROUP_START], minlength=3) / np.sum(roster.group == GROUP_START)
    for country in range(1, 5):
        there = roster.heritage[(roster.group == GROUP_START) & (roster.country == country)]
        expected = np.array([0.8 if country == RUSSIA else usual[1], usual[2]]) * len(there)
        assert np.all(np.abs(np.bincount(there, minlength=3)[1:] - expected) <= 1.0)
    students = roster.heritage[roster.group == GROUP_STUDENT + RUSSIA]
    assert abs(np.mean(students == 1) - 0.9) < 3.0 / len(students)
    assert not roster.heritage[roster.group == GROUP_FOREIGN].any()


def test_a_small_run_without_anybody_of_a_group_fills_the_places_with_others() -> None:
    """Of 60 graduates a hundredth is no group of kin, and the whole diaspora of a country cannot be of it."""
    groups = {"few": {"name": "Few", "share": 0.01, "destinations": {"russia": {"diaspora_share": 0.9}}}}
    small = KAZAKHSTAN.replace({"graduates": 60, "destinations.russia.diaspora": 900_000.0})
    for seed in range(5):
        alike, apart = roster_of(small, seed), roster_of(grouped(small, groups), seed)
        for country in range(5):
            assert np.sum(alike.country == country) == np.sum(apart.country == country)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a destination there is not": (
        {"destinations": {"mars": {}}},
        "groups.some.destinations.mars is no destination of this scenario; there are russia, united_states, ",
    ),
    "more than all": ({"share": {"2010": 0.5, "2020": 0.95}}, "groups.*.share add up to 1.05 in 2020"),
    "more than all abroad": (
        {"destinations": {"russia": {"diaspora_share": 0.95}}},
        "groups.*.destinations.russia.diaspora_share add up to 1.05, the shares of groups that state none included",
    ),
    "an affinity beyond the range": (
        {"destinations": {"russia": {"affinity": 21}}},
        "groups.some.destinations.russia.affinity is 21 utility, but must be between -20 and 20",
    ),
    "a key there is not": ({"shares": 0.1}, "groups.some.shares is not a parameter; did you mean groups.some.share?"),
}


@pytest.mark.parametrize(("changes", "said"), REFUSED.values(), ids=REFUSED)
def test_groups_that_cannot_be_are_refused_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    other = {"name": "Other", "share": 0.1}
    with pytest.raises(ScenarioError) as refused:
        grouped(KAZAKHSTAN, {"some": {"name": "Some", "share": 0.2} | changes, "other": other})
    assert str(refused.value).startswith(f"kazakhstan: {said}") and "\n" not in str(refused.value)


def test_a_scenario_with_groups_is_written_as_it_is_read_and_changed_by_name() -> None:
    assert Scenario.from_toml(WORLD.to_toml()) == WORLD
    name = "groups.eastern.destinations.russia.affinity"
    assert WORLD.replace({name: 1.5}).get(name) == 1.5 and WORLD.get(name) == 2.5
    assert "groups" not in KAZAKHSTAN.to_dict()


def without(person: np.ndarray) -> dict[str, np.ndarray]:
    return {name: person[name] for name in person.dtype.names or () if name != "heritage"}


def test_groups_for_whom_nothing_differs_change_nobody_else_by_a_bit() -> None:
    """With nobody abroad at the start, of whom each group has a part of its own."""
    nobody = {f"destinations.{key}.diaspora": 0.0 for key, _ in KAZAKHSTAN.destinations}
    world = KAZAKHSTAN.replace(nobody | {"end": "2027-12"})
    alike = {key: {"name": key, "share": group["share"]} for key, group in GROUPS.items()}
    ungrouped, apart = Simulation(world, seed=4).run(), Simulation(grouped(world, alike), seed=4).run()
    assert np.count_nonzero(apart.graduates.person.heritage) > 500
    one, other = without(ungrouped.graduates.person), without(apart.graduates.person)
    assert [name for name in one if not np.array_equal(one[name], other[name])] == []
    assert np.array_equal(ungrouped.accounts.flows, apart.accounts.flows)


def test_graduates_whom_a_reform_adds_change_nobodys_group() -> None:
    more = GraduateResearchFunding(start="2026-06", graduates=0.5)
    usual, larger = (Simulation(WORLD, reforms, seed=4).graduates.person for reforms in ([], [more]))
    names = [np.stack([person.cohort, person.rank]).T.tolist() for person in (usual, larger)]
    group_of = dict(zip(map(tuple, names[1]), larger.heritage.tolist(), strict=True))
    assert [group_of[tuple(name)] for name in names[0]] == usual.heritage.tolist()
    added = [group for name, group in group_of.items() if name not in set(map(tuple, names[0]))]
    assert len(added) > 100 and abs(np.mean(np.array(added) == 2) - 0.1) < 3.0 / len(added)


def test_nobody_is_lost_between_groups(run: Simulation) -> None:
    """Each month's stocks are those of a count of persons, and moves of groups and of everybody else are all moves."""
    run = run.copy()
    while not run.finished:
        run.step()
        t, person = run.month - 1, run.graduates.person
        works = (person.stage == EMPLOYED) | (person.stage == JOB_SEEKER)
        counted = np.zeros((5, 3), dtype=np.int64)
        np.add.at(counted, (person.country[works], person.heritage[works]), 1)
        assert np.array_equal(run.accounts.by_group[t], counted[:, 1:])
        stocks = run.accounts.stocks[t][:, [JOB_SEEKER, EMPLOYED]].sum(axis=1)
        assert np.array_equal(counted.sum(axis=1), stocks)
        moves = run.accounts.records[t]
        of_each = np.zeros((3, len(FLOWS)), dtype=np.int64)
        np.add.at(of_each, (person.heritage[moves.person], moves.flow), 1)
        assert np.array_equal(of_each[1:], run.accounts.flows_by_group[t].sum(axis=2))
        assert np.array_equal(of_each.sum(axis=0), run.accounts.flows[t].sum(axis=1))
    series, weight = run.accounts.yearly(), run.environment.weight
    assert np.all(series["emigrants_of_eastern"] + series["emigrants_of_western"] <= series["emigrants"])
    for group in ("eastern", "western"):
        by_country = sum(series[f"emigrants_of_{group}_to_{name}"] for name in run.environment.names[1:])
        assert np.allclose(by_country, series[f"emigrants_of_{group}"], atol=1e-9 * weight)
        abroad = sum(series[f"graduates_of_{group}_in_{name}"] for name in run.environment.names[1:])
        assert np.allclose(abroad, series[f"graduates_abroad_of_{group}"])
    assert series["returns_of_eastern"].sum() > 0.0


def test_threads_branches_and_saved_runs_have_the_groups(run: Simulation, tmp_path: Any) -> None:
    plan = [
        JudicialReform(start="2027-03", target=0.5, speed=0.1),
        GraduateResearchFunding(start="2027-05", graduates=0.4),
    ]
    unbroken = Simulation(WORLD, plan, seed=3).run()
    trunk = after(run.copy(), 14)
    assert difference(unbroken, trunk.branch(plan).run()) == []
    trunk.save(tmp_path / "run.npz")
    loaded = Simulation.load(tmp_path / "run.npz", threads=2)
    assert difference(Simulation(WORLD, seed=3, threads=2).run(), loaded.run()) == []
    assert loaded.accounts.flows_by_group.sum() > 0


def test_registers_enter_departures_by_group_and_destination() -> None:
    """Where all are entered at once, what is entered of a group is who of it left home, or stayed with a degree."""
    always = {f"destinations.{key}.registration_prob": 1.0 for key, _ in KAZAKHSTAN.destinations}
    run = Simulation(WORLD.replace(always | {"graduates": 20_000}), seed=3).run()
    table, weight, names = registered_departures(run), run.environment.weight, run.environment.names[1:]
    person, moves = run.graduates.person, np.concatenate(run.accounts.records)
    leaves = moves[np.isin(moves["flow"], (EMIGRANT, STUDENT_STAYING))]
    for place, group in enumerate(run.environment.groups, start=1):
        left = leaves[person.heritage[leaves["person"]] == place]
        for country, name in enumerate(names, start=1):
            entered = table[f"registered_departures_of_{group}_to_{name}"].sum()
            assert entered == pytest.approx(weight * np.sum(left["destination"] == country))
        of_group = sum(table[f"registered_departures_of_{group}_to_{name}"] for name in names)
        assert np.array_equal(of_group, table[f"registered_departures_of_{group}"]) and of_group.sum() > 0.0
    assert table["registered_departures"].sum() == pytest.approx(weight * len(leaves))


# where a year's reviews are all there is: who leaves is a logit, and nobody comes back
NEAR = {"wage": 2000.0, "rule_of_law": -0.9, "moving_cost": 6.0}
FAR = NEAR | {"rule_of_law": 1.5}
NO_WAY_BACK = {"decision.return_cost": 30.0, "home.rule_of_law.trend": 0.0}
N = 40_000


def apart(years: int, **of_group: Any) -> Simulation:
    """Return a run of years of a frictionless world in which half are of a group."""
    home = {"end": f"{2025 + years}-12", "network.kin_group": 1, "home.rule_of_law.observed": -0.5}
    world = frictionless(home | NO_WAY_BACK, graduates=N, destinations={"near": NEAR, "far": FAR})
    return Simulation(grouped(world, {"half": {"name": "Half", "share": 0.5} | of_group}), seed=11).run()


def odds(affinity: tuple[float, float], law_weight: tuple[float, float] = (1.0, 1.0)) -> np.ndarray:
    """Return the logit's shares of staying, near and far: wages are equal, rule of law counts .5 of its difference."""
    value = [0.0]
    for place, own, weight in zip((NEAR, FAR), affinity, law_weight, strict=True):
        value.append(0.5 * weight * (place["rule_of_law"] + 0.5) - place["moving_cost"] + own)
    weights = np.exp(value)
    found: np.ndarray = weights / weights.sum()
    return found


def places_of(run: Simulation, group: int) -> tuple[np.ndarray, int]:
    """Return the share of a group in each country, of those who still work, and how many they are."""
    person = run.graduates.person
    works = ((person.stage == EMPLOYED) | (person.stage == JOB_SEEKER)) & (person.heritage == group)
    return np.bincount(person.country[works], minlength=3) / works.sum(), int(works.sum())


@pytest.mark.parametrize(
    ("near", "far", "shares"),
    [
        ({}, {}, odds((0.0, 0.0))),
        ({"affinity": 5.0}, {}, odds((5.0, 0.0))),
        ({"affinity": 5.0, "rule_of_law_weight": 0.0}, {"affinity": 4.0}, odds((5.0, 4.0), (0.0, 1.0))),
        ({"affinity": 5.0}, {"affinity": 4.0, "rule_of_law_weight": 2.0}, odds((5.0, 4.0), (1.0, 2.0))),
    ],
    ids=["as everybody", "affinity", "a corridor blind to law", "law counts twice"],
)
def test_a_group_chooses_by_the_logit_with_its_own_affinity_and_weight_of_law(
    near: dict[str, float], far: dict[str, float], shares: np.ndarray
) -> None:
    """One year of 40,000, half of them of the group; 4 standard errors of at most .0035 each, of .0003 for the rest."""
    run = apart(1, destinations={"near": near, "far": far})
    for group, expected in ((1, shares), (0, odds((0.0, 0.0)))):
        observed, n = places_of(run, group)
        assert np.all(np.abs(observed - expected) <= 4.0 * np.sqrt(expected * (1.0 - expected) / n)), group


def test_others_do_not_notice_a_group_of_which_they_know_nobody() -> None:
    """To the person, and five standard errors and more of the group's own choices apart."""
    drawn, alike = (apart(1, destinations={"near": {"affinity": affinity}}) for affinity in (5.0, 0.0))
    lives = [(run.graduates.person.heritage, run.graduates.person.country) for run in (drawn, alike)]
    others = lives[0][0] == 0
    assert np.array_equal(lives[0][0], lives[1][0]) and np.array_equal(lives[0][1][others], lives[1][1][others])
    went, n = places_of(drawn, 1)
    assert went[1] - places_of(alike, 1)[0][1] > 5.0 * math.sqrt(0.25 / n)


def test_the_hazard_of_a_mixture_falls_as_its_movers_run_out() -> None:
    """Of half, each leaves with chance p a year, of the others next to nobody.

    So in year t + 1 a share pi p e^(-l t) / (pi e^(-l t) + 1 - pi) of those at home leaves, with e^(-l) = 1 - p.
    """
    groups = {"near": {"affinity": 5.5}, "far": {"affinity": -20.0}}
    run, years = apart(6, destinations=groups), 6
    p = float(odds((5.5, -20.0))[1])
    rest = 1.0 - float(odds((0.0, 0.0))[0])
    assert 0.25 < p < 0.4 and rest < 0.01
    flows = run.accounts.flows[:, EMIGRANT].sum(axis=1).reshape(years, 12).sum(axis=1)
    stayers = run.accounts.stocks[:, 0, [JOB_SEEKER, EMPLOYED]].sum(axis=1)
    at_home = np.array([N, *stayers[11:-1:12]])
    for t, hazard in enumerate(hazards(0.5, p, rest, np.arange(years))):
        error = math.sqrt(hazard * (1.0 - hazard) / at_home[t])
        assert abs(flows[t] / at_home[t] - hazard) < 4.0 * error, t
    assert flows[5] / at_home[5] < 0.35 * flows[0] / at_home[0]
    assert FRICTIONLESS_DESTINATION["entry"] == "free"
