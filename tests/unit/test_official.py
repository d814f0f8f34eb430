"""What official statistics would count of a run, counted once more person by person and move by move."""

from __future__ import annotations

import numpy as np
import pytest

from abm.codes import (
    EMIGRANT,
    EMPLOYED,
    HOME,
    HOME_EDUCATED,
    JOB_SEEKER,
    NEVER,
    RETIRED,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_TIES,
    SCHOLAR,
    STUDENT_HOME,
    STUDENT_STAYING,
)
from abm.official import SCHOLAR_MONTHS, home_graduates_abroad, simulate_official
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.stays import moves_of, stays_of

WORLD = {"graduates": 3000, "end": "2014-12", "education.scholarship_share": 0.5}


@pytest.fixture(scope="module")
def turkey() -> Simulation:
    return Simulation(Scenario.load("turkey").replace(WORLD), seed=4).run()


@pytest.fixture(scope="module")
def table() -> dict[str, np.ndarray]:
    return dict(simulate_official(Scenario.load("turkey").replace(WORLD), (), 4))


def test_degrees_of_the_run_are_those_taken_since_it_began(turkey: Simulation, table: dict[str, np.ndarray]) -> None:
    """In December 2014: of those with a first degree at home of 2005 to 2009, who has lived abroad since 2011."""
    asked = away = 0
    for person in turkey.graduates.person:
        months = turkey.month - 1 - int(person.career_month)
        stands = person.stage in (JOB_SEEKER, EMPLOYED, RETIRED) and person.origin == HOME_EDUCATED
        if stands and person.career_month >= 0 and months >= 66:
            asked += 1
            away += int(person.country > HOME and turkey.month - int(person.left_month) >= 36)
    alive = home_graduates_abroad(turkey, 6, 15, 36, in_run=True)
    assert alive == (asked, away) and asked > 200 and away > 5
    weight = turkey.environment.weight
    assert (table["home_degrees"][-1], table["home_degrees_abroad"][-1]) == (alive[0] * weight, alive[1] * weight)
    every = home_graduates_abroad(turkey, 6, 15, 36)
    assert every[0] > alive[0] and every[1] > alive[1]


def test_a_year_to_april_is_counted_move_by_move(turkey: Simulation, table: dict[str, np.ndarray]) -> None:
    moves, month = moves_of(turkey)
    calendar = turkey.environment.first_month + month
    for name, flows in (
        ("left_to_april", (EMIGRANT, STUDENT_STAYING)),
        ("came_to_april", (RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME)),
    ):
        for place, year in enumerate(range(2005, 2015)):
            # from May of the year before to April, months counted from January of the year 0
            within = (calendar >= 12 * (year - 1) + 4) & (calendar < 12 * year + 4)
            counted = np.isin(moves["flow"][within], flows).sum() * turkey.environment.weight
            assert table[name][place] == pytest.approx(counted), (name, year)
    assert (table["left_to_april"] > 0.0).all()


def test_scholars_are_asked_for_two_years_after_their_degree(turkey: Simulation, table: dict[str, np.ndarray]) -> None:
    """Stay by stay: whose first degree it was, and whether coming home ended it within two years."""
    person, first = turkey.graduates.person, turkey.environment.first_month
    asked: dict[tuple[int, int], list[bool]] = {}
    stays = stays_of(turkey)
    for k in range(len(stays.row)):
        row, until = int(stays.row[k]), int(stays.studied_until[k])
        if person.origin[row] != SCHOLAR or until == NEVER or until != int(person.career_month[row]):
            continue
        due = until + SCHOLAR_MONTHS
        if until < 0 or until > stays.end[k] or due >= turkey.month:
            continue
        came = stays.ended_by[k] in (RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME) and stays.end[k] <= due
        asked.setdefault((int(stays.country[k]), (first + due) // 12), []).append(not came)
    weight = turkey.environment.weight
    for code, name in enumerate(turkey.environment.names[1:], start=1):
        for place, year in enumerate(range(2005, 2015)):
            here = asked.get((code, year), [])
            assert table[f"scholars_of_{name}"][place] == pytest.approx(len(here) * weight)
            assert table[f"scholars_away_from_{name}"][place] == pytest.approx(sum(here) * weight)
    every = sum(len(here) for here in asked.values())
    away = sum(sum(here) for here in asked.values())
    assert every > 10 and 0 < away < every


def test_observing_changes_no_run(turkey: Simulation, table: dict[str, np.ndarray]) -> None:
    yearly = turkey.accounts.yearly()
    assert all(np.array_equal(table[name], values) for name, values in yearly.items())
