"""When graduates live with somebody, have children and stop working, against the laws that docs/model.md states.

Some 300,000 persons of one world and one seed; distances in standard errors as in ``test_traits.py``.  Months are told
from years by hundreds of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from laws import errors_of_correlation, errors_of_mean, errors_of_share, kolmogorov, normal
from worlds import distinct

from abm.codes import ABSENT, EMPLOYED, FOREIGN, JOB_SEEKER, NEVER, RETIRED
from abm.cost import moving_cost
from abm.families import FAMILIES, NOBODY, YEARS_ABROAD, cells
from abm.life_course import family_event, next_event
from abm.person import PERSON
from abm.rules import rules_of
from abm.simulation import Simulation

SEED = 20_260_403
PARTNER_SHARE, NEXT_CHILD = 0.73, 0.64
PARTNER_AGE, PARTNER_SPREAD = 27.5 * 12, 5.0 * 12  # months
FIRST_CHILD = 2.5 * 12  # months beyond nine
ADULT = 18 * 12


@pytest.fixture(scope="module")
def person() -> np.recarray:
    return Simulation(distinct(graduates=150_000), seed=SEED).graduates.person


@pytest.fixture(scope="module")
def couples(person: np.recarray) -> np.recarray:
    return person[person.partner_month != NEVER]


def test_as_many_live_with_a_partner_at_some_time_as_the_scenario_says(person: np.recarray) -> None:
    together = person.partner_month != NEVER
    assert len(person) > 280_000
    assert errors_of_share(together, PARTNER_SHARE) < 4
    for kind in (person.stage == ABSENT, person.origin == FOREIGN, person.country > 0):
        assert errors_of_share(together[kind], PARTNER_SHARE) < 4
    assert errors_of_correlation(together, person.ability) < 4


def test_partners_are_found_at_a_normal_age_but_not_before_eighteen(couples: np.recarray) -> None:
    """Mean 27 and a half years, spread 5; whoever would be younger is 18, one in 35; ages in whole months."""
    age = couples.partner_month.astype(int) - couples.birth_month
    assert age.min() == ADULT
    assert kolmogorov(age, lambda months: normal((months + 1.0 - PARTNER_AGE) / PARTNER_SPREAD)) < 2
    assert errors_of_share(age == ADULT, float(normal(np.array((ADULT + 1 - PARTNER_AGE) / PARTNER_SPREAD)))) < 4
    median, upper = np.quantile(age / 12, [0.5, 0.841345])
    assert median == pytest.approx(27.5, abs=0.1) and upper == pytest.approx(32.5, abs=0.1)


def test_there_are_as_many_children_as_there_are_chances_taken(person: np.recarray, couples: np.recarray) -> None:
    """A first with 0.64, each further one with 0.64, three at the most; none without a partner, none out of order."""
    children = (couples.child_month != NEVER).sum(axis=1)
    expected = (1 - NEXT_CHILD, NEXT_CHILD * (1 - NEXT_CHILD), NEXT_CHILD**2 * (1 - NEXT_CHILD), NEXT_CHILD**3)
    for number, share in enumerate(expected):
        assert errors_of_share(children == number, share) < 4
    assert errors_of_correlation(children, couples.ability) < 4
    assert (person.child_month[person.partner_month == NEVER] == NEVER).all()
    there = couples.child_month != NEVER
    assert (there[:, :-1] >= there[:, 1:]).all()


@pytest.mark.parametrize(("child", "mean"), [(0, FIRST_CHILD), (1, 2 * FIRST_CHILD), (2, 2 * FIRST_CHILD)])
def test_a_child_comes_nine_months_and_an_exponential_time_after_what_went_before(
    couples: np.recarray, child: int, mean: float
) -> None:
    """Two and a half years on average after the partner, five after a child, and nine months.

    Both ends are told in whole months.  Where the first falls evenly within its month, a wait of nine months and E is
    at most k if E + U is below k - 8, of which the chance is 1 - m exp(-(k - 8) / m) (exp(1 / m) - 1).
    """
    born = couples.child_month.astype(int)
    before = couples.partner_month.astype(int) if child == 0 else born[:, child - 1]
    # who is eighteen is so on her birthday; and the calendar ends for nobody here
    known = (born[:, child] != NEVER) & (couples.partner_month - couples.birth_month > ADULT)
    wait = born[known, child] - before[known]
    assert wait.min() >= 9 and len(wait) > 30_000
    assert errors_of_mean(wait, 9.0 + mean, mean) < 4

    def law(k: np.ndarray) -> np.ndarray:
        started: np.ndarray = 1.0 - mean * np.exp(-(k - 8.0) / mean) * math.expm1(1.0 / mean)
        return started

    assert kolmogorov(wait, law) < 2


def test_waits_are_independent_of_each_other_and_of_the_partners_age(couples: np.recarray) -> None:
    three = couples[(couples.child_month != NEVER).all(axis=1)]
    born = three.child_month.astype(int)
    waits = np.column_stack([three.partner_month.astype(int) - three.birth_month, born[:, 0] - three.partner_month])
    waits = np.column_stack([waits, np.diff(born, axis=1), three.ability])
    far = np.abs(np.corrcoef(waits.T) - np.eye(5)).max() * math.sqrt(len(three))
    assert len(three) > 30_000 and far < 4


def somebody(**values: Any) -> np.record:
    """Return somebody of 30 who has lived at home all her life, with neither partner nor children, in month 0."""
    people = np.zeros(1, dtype=PERSON).view(np.recarray)
    people.birth_month, people.career_month, people.arrival_month = -360, -78, -360
    for name in ("death_month", "partner_month", "permit_month", "obligation_month", "status_month", "left_month"):
        people[name] = NEVER
    people.child_month = NEVER
    people.stage = EMPLOYED
    for name, value in values.items():
        people[name] = value
    return people[0]


COSTS = {"age_cost": 0.31, "partner_cost": 0.47, "child_cost": 0.11, "school_child_cost": 0.59, "teenager_cost": 0.83}


def cost(month: int, from_home: bool = True, **values: Any) -> float:
    """Return what it costs somebody to move a distance of 2 in a month."""
    world = distinct({f"decision.{name}": value for name, value in COSTS.items()} | {"decision.place_cost": 0.9})
    rules = rules_of(Simulation(world.replace({"graduates": 50}), seed=1).environment, 0)
    return float(moving_cost(somebody(**values), month, from_home, 2.0, rules[0]))


@pytest.mark.parametrize(
    ("month", "values", "expected"),
    [
        (0, {}, 2.0 + 0.31 * 0.5),  # five years above 25 are half a decade
        (120, {}, 2.0 + 0.31 * 1.5),
        (0, {"birth_month": -290}, 2.0),  # below 25
        (5, {"partner_month": 6, "birth_month": -290}, 2.0),  # nobody yet
        (6, {"partner_month": 6, "birth_month": -290}, 2.0 + 0.47),
        (0, {"birth_month": -200, "child_month": (1, NEVER, NEVER)}, 2.0),  # to be born next month
        (0, {"birth_month": -200, "child_month": (0, NEVER, NEVER)}, 2.0 + 0.11),
        (0, {"birth_month": -200, "child_month": (-71, -5, NEVER)}, 2.0 + 2 * 0.11),
        (0, {"birth_month": -200, "child_month": (-72, NEVER, NEVER)}, 2.0 + 0.59),  # six years old
        (0, {"birth_month": -200, "child_month": (-155, NEVER, NEVER)}, 2.0 + 0.59),
        (0, {"birth_month": -200, "child_month": (-156, NEVER, NEVER)}, 2.0 + 0.83),  # thirteen
        (0, {"birth_month": -200, "child_month": (-215, NEVER, NEVER)}, 2.0 + 0.83),
        (0, {"birth_month": -200, "child_month": (-216, NEVER, NEVER)}, 2.0),  # eighteen
        # of the ten years of its life the child has lived three here
        (0, {"birth_month": -200, "arrival_month": -36, "child_month": (-120, NEVER, NEVER)}, 2.0 + 0.59 * 0.3),
        (0, {"birth_month": -200, "arrival_month": -36, "child_month": (-180, NEVER, NEVER)}, 2.0 + 0.83 * 0.2),
        (0, {"birth_month": -200, "arrival_month": -36, "child_month": (-60, NEVER, NEVER)}, 2.0 + 0.11),
    ],
)
def test_families_weigh_on_a_move_by_their_ages_in_years(month: int, values: dict[str, Any], expected: float) -> None:
    assert cost(month, **values) == pytest.approx(expected, rel=1e-6)


def test_years_in_place_count_from_arrival_or_the_degree_whichever_is_later() -> None:
    """Abroad 0.9 ln(1 + years): of eight years there of which she has been a graduate for six and a half, those."""
    young = {"birth_month": -200, "country": 1}
    assert cost(0, from_home=False, arrival_month=-60, **young) == pytest.approx(2.0 + 0.9 * math.log(6.0))
    assert cost(0, from_home=False, arrival_month=-96, **young) == pytest.approx(2.0 + 0.9 * math.log(7.5))


def test_a_birth_and_the_sixth_and_thirteenth_birthdays_are_events_and_no_other() -> None:
    """Of a child born in month 10 and one born in month 100."""
    parent = somebody(child_month=(10, 100, NEVER))
    events = [month for month in range(400) if family_event(parent, month)]
    assert events == sorted((10, 10 + 6 * 12, 10 + 13 * 12, 100, 100 + 6 * 12, 100 + 13 * 12))
    due, month = [], -1
    while (month := int(next_event(parent, month, 738))) < 378:
        due.append(month)
    assert due == events and month == 738 - 360  # and then she retires, at 61 and a half


def test_everybody_retires_in_the_month_of_the_retirement_age_and_nobody_sooner() -> None:
    """At 61 and a half, 738 months, at home and abroad, at work or not; a run of two years and a half."""
    simulation = Simulation(distinct({"end": "2028-09"}, graduates=6_000), seed=SEED)
    person = simulation.graduates.person
    working = (person.stage == EMPLOYED) | (person.stage == JOB_SEEKER)
    while not simulation.finished:
        simulation.step()
        age = simulation.month - 1 - person.birth_month.astype(int)
        assert ((person.stage == RETIRED) == ((age >= 738) & (person.stage != ABSENT)))[working].all()
    assert (person.stage == RETIRED).sum() > 100 and set(person.country[person.stage == RETIRED]) == {0, 1, 2}


def test_months_abroad_are_those_between_leaving_and_coming_home() -> None:
    """Of who left and came back within four years, and of the diaspora that came home, from the record of moves."""
    changes = {f"destinations.{name}.moving_cost": 1.0 for name in ("near", "far")}
    changes |= {"decision.return_cost": 0.0, "decision.place_cost": 0.0}
    world = distinct(changes | {"end": "2030-03"}, graduates=4_000)
    simulation = Simulation(world, seed=SEED)
    person = simulation.graduates.person
    since = person.left_month.astype(int)  # of the diaspora and of students, as test_starting_stocks.py has it
    months = np.zeros(len(person), dtype=int)
    returned = 0
    while not simulation.finished:
        simulation.step()
        month = simulation.month - 1
        for move in simulation.accounts.records[month]:
            row = move.person
            if person.origin[row] == FOREIGN:
                continue
            if move.destination == 0:
                months[row] += month - since[row]
                returned += 1
            elif move.origin_country == 0:
                since[row] = month
    home = (person.country == 0) & (person.origin != FOREIGN)
    assert returned > 500
    assert (person.months_abroad[home] == months[home]).all()


@pytest.mark.parametrize(
    ("years_old", "family"),
    [(None, "couple"), (0, "small_children"), (5, "small_children"), (6, "school_children"), (12, "school_children")]
    + [(13, "teenagers"), (17, "teenagers"), (18, "couple")],
)
def test_families_abroad_are_told_apart_by_the_age_of_the_child_in_years(years_old: int | None, family: str) -> None:
    """At either end of the year of life."""
    for months in (0, 11):
        born = NEVER if years_old is None else 500 - 12 * years_old - months
        people = np.array([somebody(country=1, left_month=440, partner_month=0)]).view(np.recarray)
        people.child_month[0, 0] = born
        (cell,) = cells(people, 500)
        assert cell != NOBODY
        assert (FAMILIES[cell // 4], YEARS_ABROAD[cell % 4]) == (family, "5_9")


@pytest.mark.parametrize(
    ("years_old", "family"), [((14, 8, 2), "teenagers"), ((8, 2), "school_children"), ((19, 2), "small_children")]
)
def test_the_oldest_child_under_age_says_what_family_it_is(years_old: tuple[int, ...], family: str) -> None:
    people = np.array([somebody(country=1, left_month=440, partner_month=0)]).view(np.recarray)
    people.child_month[0, : len(years_old)] = [500 - 12 * age for age in years_old]
    (cell,) = cells(people, 500)
    assert FAMILIES[cell // 4] == family
