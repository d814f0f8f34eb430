"""A year brings one set of chances: an event between two anniversaries of review is no second lottery."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import frictionless

from abm.capability import prob_of_staying
from abm.codes import (
    EMIGRANT,
    EVENTS,
    GROUP_COHORT,
    GROUP_START,
    GROUP_STUDENT,
    HOME,
    JOB_SEEKER,
    NEVER,
    OWED,
    RETIRED,
    STUDENT,
)
from abm.environment import Environment
from abm.life_course import A_REASON, NO_OTHER_WAY, NOTHING, reviews_sooner
from abm.person import PERSON, last_anniversary, month_of_chances
from abm.scenario import Scenario
from abm.simulation import Simulation

# moves are rare enough to show who had more chances
FREE_ENTRY = {"abroad": {"moving_cost": 5.5}}
PERMIT = {
    "entry": "permit",
    "offer_rate": 0.3,
    "permit_prob": 0.4,
    "work_permit_months": 400.0,
    "settlement_months": 300.0,
    "permits_per_year": float("inf"),
}
# two, so that one may move on
PERMITS = {"abroad": PERMIT | {"moving_cost": 3.0}, "beyond": PERMIT | {"moving_cost": 2.5, "wage": 4000.0}}


def without_cost(separation_rate: float, destinations: dict[str, dict[str, Any]], **changes: object) -> Scenario:
    """Return a world in which losing a job costs nothing, and nothing changes as time passes."""
    lost = {"unemployment": 0.3, "separation_rate": separation_rate}
    return frictionless(
        {"end": "2030-12", "home.unemployment": 0.3, "labour.separation_rate": separation_rate, **changes},
        graduates=3000,
        destinations={name: own | lost for name, own in destinations.items()},
    )


@pytest.mark.parametrize("destinations", [FREE_ENTRY, PERMITS], ids=["free entry", "permits"])
def test_costless_events_change_nobodys_place_and_no_month(destinations: dict[str, dict[str, Any]]) -> None:
    """One history to the bit however often jobs are lost and children born, if neither costs or changes anything.

    When every review drew anew, the share abroad after five years rose with the rate: .10 .12 .14 with free entry, and
    .21 .24 .28 with permits.
    """
    births = {"household.next_child_prob": 0.8, "household.first_child_years": 1.0}
    costless = {f"decision.{child}_cost": 0.0 for child in ("child", "school_child", "teenager")}
    worlds = [without_cost(rate, destinations) for rate in (0.0, 0.5, 2.0)]
    worlds.append(without_cost(2.0, destinations, **births, **costless))
    runs = [Simulation(world, seed=4).run() for world in worlds]
    ended = [int(run.accounts.events[:, EVENTS.index("jobs_ended")].sum()) for run in runs]
    assert ended[0] == 0 and ended[2] > 2 * ended[1] > 6000
    children = [
        np.sum((run.graduates.person.child_month >= 0) & (run.graduates.person.child_month < 60)) for run in runs
    ]
    assert children[0] == 0 and children[3] > 500
    country = runs[0].graduates.person.country
    assert 0.05 < np.mean(country > HOME) < 0.3
    for run in runs[1:]:
        assert np.array_equal(run.graduates.person.country, country)
        assert np.array_equal(run.accounts.flows, runs[0].accounts.flows)


def moves_from_home(run: Simulation) -> dict[int, list[int]]:
    """Return the months in which somebody left home, by her row."""
    left: dict[int, list[int]] = {}
    for month, moves in enumerate(run.accounts.records):
        for row in moves.person[moves.flow == EMIGRANT].tolist():
            left.setdefault(row, []).append(month)
    return left


@pytest.fixture(scope="module")
def entrants() -> Simulation:
    """Return three years of large cohorts who need an offer and a permit to leave, all of them alike."""
    abroad = {"abroad": PERMIT | {"moving_cost": 1.0}}
    alike = {"decision.offer_ability_gain": 0.0, "decision.offer_degree_gain": 0.0}
    cohorts = {"end": "2028-12", "education.graduates_per_year": 6000.0, "labour.vacancy_rate": 0.15}
    return Simulation(frictionless(alike | cohorts, graduates=6000, destinations=abroad), seed=9).run()


def test_a_newcomers_first_look_has_a_full_years_chances(entrants: Simulation) -> None:
    """The share who leave at once, in the second year, is the closed form, and that of their next anniversary.

    6,000 newcomers and the 5,600 of them who stayed: s.e. .0032 and .0046 of the difference; tolerance four of them.
    """
    person, left = entrants.graduates.person, moves_from_home(entrants)
    cohort = person.cohort.astype(np.int64)
    rows = np.flatnonzero((cohort >> 16 == GROUP_COHORT) & (person.career_month >= 12) & (person.career_month < 24))
    entry = person.career_month[rows].astype(int)
    anniversary = entry + 1 + (person.review_month[rows].astype(int) - entry - 1) % 12
    at_once = np.array([month in left.get(row, []) for row, month in zip(rows.tolist(), entry.tolist(), strict=True)])
    gain = np.log(5000 / 2000) + 0.5 * 2.0 - 1.0
    expected = (1 - np.exp(-0.3)) * 0.4 / (1 + np.exp(-gain))
    n, stayed = len(rows), ~at_once
    assert n > 5900
    assert abs(at_once.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / n)
    pairs = zip(rows[stayed].tolist(), anniversary[stayed].tolist(), strict=True)
    next_year = np.array([month in left.get(row, []) for row, month in pairs])
    error = np.sqrt(expected * (1 - expected) * (1 / n + 1 / len(next_year)))
    assert abs(next_year.mean() - at_once.mean()) < 4 * error


def test_nobody_looks_between_who_has_no_reason_to(entrants: Simulation) -> None:
    """Whoever leaves does so on appearing, or at an anniversary; those of the start not before their first."""
    person, first_looks = entrants.graduates.person, 0
    for row, months in moves_from_home(entrants).items():
        who = person[row]
        for month in months:
            first_looks += month == who.career_month
            assert month % 12 == who.review_month or month == who.career_month
    assert first_looks > 500


def test_who_was_there_at_the_start_waits_for_her_first_anniversary_whatever_happens_to_her() -> None:
    """With jobs that last for months, in a first year, nobody leaves home before: all that she had was drawn then."""
    run = Simulation(without_cost(2.0, FREE_ENTRY, end="2026-12"), seed=4).run()
    assert run.accounts.events[:, EVENTS.index("jobs_ended")].sum() > 1000
    left = moves_from_home(run)
    assert len(left) > 50
    assert all(months[0] == run.graduates.person[row].review_month for row, months in left.items())


@given(st.integers(0, 600), st.integers(0, 11))
def test_chances_are_those_of_the_last_anniversary_and_never_from_before_the_run(month: int, review_month: int) -> None:
    person = np.zeros(1, dtype=PERSON).view(np.recarray)[0]
    person.review_month = review_month
    anniversary, chances = int(last_anniversary(person, month)), int(month_of_chances(person, month))
    assert anniversary % 12 == review_month and 0 <= month - anniversary < 12
    assert chances == (anniversary if month >= review_month else 0)


@pytest.mark.parametrize(
    ("group", "month", "reason", "owes", "now"),
    [
        (GROUP_START, 5, A_REASON, False, False),  # her chances before the run are not known
        (GROUP_START, 5, NO_OTHER_WAY, False, True),
        (GROUP_START, 5, A_REASON, True, True),
        (GROUP_START, 5, NOTHING, True, False),
        (GROUP_START, 7, NO_OTHER_WAY, False, False),  # it is the month of her yearly review
        (GROUP_START, 9, A_REASON, False, True),
        (GROUP_START, 12, A_REASON, False, True),
        (GROUP_COHORT, 5, A_REASON, False, True),  # she has looked on appearing
        (GROUP_COHORT, 5, NOTHING, False, False),
    ],
)
def test_whoever_has_a_reason_reviews_sooner(group: int, month: int, reason: int, owes: bool, now: bool) -> None:
    person = np.zeros(1, dtype=PERSON).view(np.recarray)[0]
    person.cohort, person.review_month, person.stage = group << 16, 7, JOB_SEEKER
    person.obligation_month = OWED if owes else NEVER
    assert reviews_sooner(person, month, reason) == now
    person.stage = RETIRED
    assert not reviews_sooner(person, month, reason)


@pytest.mark.parametrize(("months", "tries"), [(0, 0), (6, 1), (12, 1), (23, 1), (24, 2), (36, 3)])
def test_a_post_study_permit_lets_one_try_once_a_year(months: int, tries: int) -> None:
    """As many permits can be won as it has anniversaries, its end being none, but one in any case."""
    country = Environment(without_cost(0.0, PERMITS)).countries[0, 1]
    country.permit_prob, country.post_study_months[1] = 0.3, months
    assert prob_of_staying(country, 1, 0) == pytest.approx(1 - 0.7**tries, abs=1e-15)
    country.free_entry = 1
    assert prob_of_staying(country, 1, 0) == 1.0


@pytest.mark.parametrize("months", [6, 12, 24])
def test_as_many_can_stay_after_a_degree_as_are_expected_to(months: int) -> None:
    """Of 3,750 students, all at work a month after a degree, none of whom would go home; s.e. .008, tolerance 4."""
    study = {"students": 3000.0, "permit_prob": 0.3, "post_study_months": months, "post_study_months_science": months}
    world = frictionless(
        {"end": "2032-12", "decision.return_cost": 30.0, "education.growth": 0.0},
        graduates=1000,
        # a job that all but never ends, found at once
        destinations={"abroad": PERMIT | study | {"offer_rate": 0.0, "separation_rate": 0.001}},
    )
    run = Simulation(world, seed=2).run()
    person = run.graduates.person
    students = (person.cohort >> 16) > GROUP_STUDENT
    tried = students & (person.stage > STUDENT) & (person.career_month + months < run.month)
    expected = prob_of_staying(run.environment.countries[0, 1], 0, 0)
    error = np.sqrt(expected * (1 - expected) / tried.sum())
    assert tried.sum() > 2900
    assert abs(np.mean(person.country[tried] > HOME) - expected) < 4 * error
