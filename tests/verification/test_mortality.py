"""Deaths: the hazard is that of the table, whoever dies leaves everywhere, and without deaths nothing is different."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from branches import after, bits, difference
from worlds import MORTAL, frictionless

from abm.accounts import AccountsError
from abm.codes import (
    ABSENT,
    ARRIVAL,
    DEATH_IN_RETIREMENT,
    DEPARTURE,
    EMPLOYED,
    GROUP_COHORT,
    HOME,
    JOB_SEEKER,
    NEVER,
    NOWHERE,
    RETIRED,
    STUDENT,
)
from abm.environment import Environment
from abm.introductions import where_known
from abm.mortality import hazard_by_month, month_of_death
from abm.network import count_ties
from abm.parameters import Mortality
from abm.reforms import GraduateResearchFunding, MeritReform
from abm.rules import rules_of
from abm.scenario import Scenario, ScenarioError
from abm.simulation import FEWEST, Simulation

WORLD = Scenario.load("kazakhstan").replace({"graduates": 2_000, "end": "2035-12"} | MORTAL)


def exposed(hazard: np.ndarray, birth_month: int, first: int, last: int, mortality: Mortality) -> float:
    """Return the hazard that somebody born in a month has come through from one month of the run up to another."""
    own = mortality.relative_to_table * math.exp(-mortality.ageing * birth_month / 12.0)
    return float(own * (hazard[last] - hazard[first]))


# the hazard


@pytest.mark.parametrize("ageing", [0.0, 1e-9, 0.05, 0.085, 0.2])
@pytest.mark.parametrize("q", [0.0, 0.2056, 0.4257, 0.95])
def test_of_those_aged_15_the_table_leaves_its_share_at_60(q: float, ageing: float) -> None:
    """At constant rates one less the chance of dying survives, whenever one is 15; half the rates, its root."""
    for relative in (1.0, 0.5):
        mortality = Mortality(relative_to_table=relative, ageing=ageing)
        hazard = hazard_by_month(np.full(1200, q), mortality)
        for born in (-180, 0, 300):
            lived = math.exp(-exposed(hazard, born, born + 180, born + 720, mortality))
            assert lived == pytest.approx((1.0 - q) ** relative, rel=1e-12)


def test_the_hazard_rises_with_age_by_the_law_and_with_the_year_by_the_table() -> None:
    mortality = Mortality(relative_to_table=0.6, ageing=0.07)
    table = np.linspace(0.5, 0.1, 600)
    hazard = hazard_by_month(table, mortality)
    for month in (0, 17, 599):
        for age in (22.0, 40.0, 62.0):
            steps = (np.arange(10_000) + 0.5) / 10_000 / 12.0  # ages within the month, by the middle rule
            level = -math.log(1.0 - table[month]) * 0.07 / (math.exp(0.07 * 45.0) - 1.0)
            expected = 0.6 * level * np.exp(0.07 * (age + steps - 15.0)).mean() / 12.0
            born = month - round(12 * age)
            assert exposed(hazard, born, month, month + 1, mortality) == pytest.approx(expected, rel=1e-9)


def test_somebody_dies_in_the_month_in_which_fewer_live_on_than_her_draw() -> None:
    mortality = Mortality(relative_to_table=0.8, ageing=0.07)
    hazard = hazard_by_month(np.full(240, 0.5), mortality)
    rules: Any = SimpleNamespace(relative_to_table=0.8, ageing=0.07)
    found = set()
    for born, since in ((-700, 0), (-260, 12), (-400, 240)):
        living = [math.exp(-exposed(hazard, born, since, t + 1, mortality)) for t in range(since, 240)]
        for u in (1e-12, 0.3, 0.7, 0.9, 0.99, 1.0 - 1e-15):
            dies = next((since + k for k, share in enumerate(living) if share <= u), NEVER)
            assert month_of_death.py_func(u, born, since, hazard, rules) == dies
            found.add(dies)
    assert NEVER in found and 0 in found and len(found) > 6


# who dies


@pytest.fixture(scope="module")
def cohort() -> tuple[Simulation, np.ndarray, np.ndarray]:
    """Return a run of 20,000 who graduate within eighteen months, free to go abroad, and their months: birth, death."""
    table = {"2026": 0.55, "2050": 0.35}
    world = frictionless(
        {
            "end": "2066-12",
            "home.unemployment": 0.1,
            "labour.vacancy_rate": 0.1,
            "labour.separation_rate": 0.3,
            "education.graduates_per_year": {"2026": 20_000.0, "2027": 0.0},
            "mortality.adult_mortality": table,
            "mortality.relative_to_table": 0.8,
        },
        graduates=20_000,
    )
    run = Simulation(world, seed=11).run()
    person = run.graduates.person
    newcomers = person[person.cohort >> 16 == GROUP_COHORT]
    assert abs(len(newcomers) - 20_000) < 200
    return run, newcomers.birth_month.astype(int), newcomers.death_month.astype(int)


def test_survivors_of_a_cohort_are_those_of_the_table(cohort: tuple[Simulation, np.ndarray, np.ndarray]) -> None:
    """At 30, 40, 50 and 60, and the dead of each decade, within 3 s.e. of what the rates of the years give.

    The rates are summed up here year of age by year of age, by the middle rule.  Rates of men where women's were meant,
    .8 for 1, are 6 to 40 s.e. off.
    """
    _, birth, death = cohort
    living, from_age = np.ones(len(birth)), 22
    for age in (30, 40, 50, 60):
        before = living.copy()
        for k in range(12 * from_age + (from_age == 22), 12 * age):  # nobody dies in the month in which she appears
            q = np.interp(2026.0 + (birth + k + 0.5) / 12.0, [2026.5, 2050.5], [0.55, 0.35])
            level = -np.log(1.0 - q) * 0.085 / (math.exp(0.085 * 45.0) - 1.0)
            living *= np.exp(-0.8 * level * math.exp(0.085 * ((k + 0.5) / 12.0 - 15.0)) / 12.0)
        alive = death >= birth + 12 * age
        dies = (death >= birth + 12 * from_age) & ~alive
        for counted, share in ((alive, living), (dies, before - living)):
            assert abs(counted.sum() - share.sum()) < 3 * math.sqrt((share * (1.0 - share)).sum())
        from_age = age
    assert 0.5 < living.mean() < 0.75


def test_who_has_died_is_in_no_country_and_everybody_else_in_one(
    cohort: tuple[Simulation, np.ndarray, np.ndarray],
) -> None:
    run, *_ = cohort
    person, last = run.graduates.person, run.environment.n_months - 1
    assert ((person.death_month <= last) == (person.country == NOWHERE)).all()
    assert ((person.stage == ABSENT) == (person.country == NOWHERE)).all()
    assert run.accounts.deaths[:, 1].sum() > 1_000  # abroad too


def test_at_lower_rates_fewer_die_and_nobody_earlier() -> None:
    """With the same luck: whoever dies at four tenths of the rates dies at eight tenths too, and no later."""
    months = [
        Simulation(WORLD.replace({"mortality.relative_to_table": relative}), seed=3).graduates.person.death_month
        for relative in (0.4, 0.41, 0.8)
    ]
    for low, high in zip(months, months[1:], strict=False):
        assert (high <= low).all() and (high < low).any()
        assert ((low < NEVER) <= (high < NEVER)).all()
    assert (months[2] < NEVER).sum() > 1.5 * (months[0] < NEVER).sum()


@pytest.mark.parametrize(
    "off", [{"mortality.relative_to_table": 0.0}, {"mortality.adult_mortality": 0.0, "mortality.ageing": 0.01}]
)
def test_without_deaths_every_bit_is_that_of_a_world_that_knows_none(off: dict[str, Any]) -> None:
    plain = {"graduates": 1_000, "end": "2028-12"}
    without = Simulation(Scenario.load("kazakhstan").replace(plain), seed=9).run()
    assert difference(without, Simulation(WORLD.replace(plain | off), seed=9).run()) == []
    assert difference(without, Simulation(WORLD.replace(plain), seed=9).run()) != []


# what follows from a death


@pytest.fixture(scope="module")
def run() -> Simulation:
    """Return ten years of a small Kazakhstan in which many die."""
    return Simulation(WORLD, seed=4).run()


def test_persons_are_conserved(run: Simulation) -> None:
    """Who was there, appeared or came from outside has left for outside, died, or is there; so in every month."""
    accounts = run.accounts
    flows = accounts.flows.sum(axis=2)
    gained = accounts.entered.sum(axis=1) + flows[:, ARRIVAL] - flows[:, DEPARTURE] - accounts.deaths.sum(axis=1)
    there = accounts.opening.sum() + np.cumsum(gained)
    assert np.array_equal(there, accounts.stocks.sum(axis=(1, 2)))
    assert (accounts.deaths.sum(axis=0) > 0).all()
    assert accounts.events[:, DEATH_IN_RETIREMENT].sum() > 0
    died = (run.graduates.person.death_month < run.month) & (run.graduates.belief == 0.0)
    assert died.sum() >= accounts.deaths.sum() > 100
    table = accounts.yearly()
    assert table["deaths"].sum() == pytest.approx(accounts.deaths.sum() * run.environment.weight)
    assert table["deaths_in_russia"].sum() == pytest.approx(accounts.deaths[:, 1].sum() * run.environment.weight)


def test_a_death_too_many_is_found_by_the_accounts() -> None:
    run = after(Simulation(WORLD, seed=4), 5)
    run.accounts.deaths[5, HOME] += 1
    with pytest.raises(AccountsError, match="died"):
        run.step()


def test_nobody_knows_or_hears_the_dead(run: Simulation) -> None:
    """Ties, kept by event, are those counted anew among who lives or studies at home; the dead believe nothing."""
    person, n = run.graduates.person, run.n_networked
    alive = person.country[:n].copy()
    assert np.array_equal(run.ties, count_ties(run.network, where_known(run.introductions, person, n, run.month), 5))
    dead = person.death_month[:n] < run.month
    studies = (person.stage[:n] == ABSENT) & ~dead & (run.graduates.belief[:n] != 0.0)
    alive[studies] = HOME
    assert np.array_equal(run.ties, count_ties(run.network, alive, 5))
    assert dead.sum() > 100 and (run.graduates.belief[:n][dead] == 0.0).all() and (alive[dead] == NOWHERE).all()


def test_students_workers_and_the_retired_die(run: Simulation) -> None:
    dead = run.graduates.person[run.graduates.person.death_month < run.month]
    before = Simulation(WORLD, seed=4)
    stages = set()
    while not before.finished:
        dying = before.graduates.person.death_month == before.month
        stages |= set(before.graduates.person.stage[dying].tolist())
        before.step()
        assert (before.graduates.person.stage[dying] == ABSENT).all()
    assert stages >= {STUDENT, JOB_SEEKER, EMPLOYED, RETIRED} and (dead.obligation_month == NEVER).all()


# runs that go on elsewhere


def test_a_branch_and_a_saved_run_go_on_with_the_same_deaths(tmp_path: Path) -> None:
    plan = (
        GraduateResearchFunding(start="2028-03", graduates=0.5, doctorates=0.1),
        MeritReform(start="2028-03", target=0.9),
    )
    world = WORLD.replace({"end": "2030-12", "graduates": 1_000})
    unbroken, trunk = Simulation(world, plan, seed=5).run(), after(Simulation(world, seed=5), 26)
    assert trunk.accounts.deaths.sum() > 30
    trunk.save(tmp_path / "run.npz")
    assert difference(unbroken, trunk.branch(plan).run()) == []
    whole = Simulation(world, seed=5).run()
    assert difference(whole, Simulation.load(tmp_path / "run.npz").run()) == []
    assert difference(whole, trunk.copy().run()) == []


def test_threads_agree_on_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    world = WORLD.replace({"end": "2028-12"})
    one = Simulation(world, seed=6).run()
    for phase in FEWEST:  # small worlds would be left to one thread
        monkeypatch.setitem(FEWEST, phase, 64)
    assert bits(one) == bits(Simulation(world, seed=6, threads=3).run())
    assert one.accounts.deaths.sum() > 50


def test_rules_know_the_parameters_of_death() -> None:
    rules = rules_of(Environment(WORLD), 1)
    assert (rules.mortality.relative_to_table[0], rules.mortality.ageing[0]) == (0.8, 0.07)


def test_a_certain_death_is_refused_in_a_sentence() -> None:
    with pytest.raises(ScenarioError, match="mortality.adult_mortality"):
        WORLD.replace({"mortality.adult_mortality": 1.0})
