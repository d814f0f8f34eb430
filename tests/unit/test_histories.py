"""What is known of three other countries, and what a run has of the same, counted person by person."""

from __future__ import annotations

import pytest

from abm.codes import EMPLOYED, HOME, HOME_EDUCATED, JOB_SEEKER, RETIRED
from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.questions.histories import departures, emigration_rate, known, share_abroad


@pytest.fixture(scope="module")
def turkey() -> Simulation:
    return Simulation(Scenario.load("turkey").replace({"graduates": 3000, "end": "2010-12"}), seed=4).run()


def test_what_is_known_is_what_the_sources_say() -> None:
    values = {(each.country, each.year, each.unit): each.value for each in known()}
    assert values == {
        ("Turkey", 2015, "persons per year"): round(61_422 / 5),
        ("Turkey", 2015, "share"): 0.016,
        ("Turkey", 2010, "share"): 0.06729,
        ("Georgia", 2000, "persons per year"): pytest.approx((0.06355 - 0.0285) * 650_000 / 5, rel=0.02),
        ("Ireland", 2007, "persons per year"): round((36_000 + 46_300) / 2 / 3 * 0.4),
    }


def test_who_lives_abroad_years_after_a_degree_at_home_is_counted_person_by_person(turkey: Simulation) -> None:
    """In December 2010: of those with a first degree of 1995 to 2004 at home, who left before 2008 and is abroad."""
    now, asked, away = turkey.month, 0, 0
    for person in turkey.graduates.person:
        months = now - 1 - int(person.career_month)
        if person.origin != HOME_EDUCATED or person.stage not in (JOB_SEEKER, EMPLOYED, RETIRED):
            continue
        if 66 <= months < 186:
            asked += 1
            away += int(person.country > HOME and now - int(person.left_month) >= 36)
    assert asked > 300 and away > 5
    assert share_abroad(turkey, 6, 15, 36) == away / asked


def test_departures_and_the_share_abroad_are_those_of_the_accounts(turkey: Simulation) -> None:
    yearly = turkey.accounts.yearly()
    left = sum(float(yearly[name][-2:].sum()) for name in ("emigrants", "students_staying"))
    assert departures(turkey, 2) == pytest.approx(left / 2, rel=1e-12)
    abroad, home = (float(yearly[f"graduates_{where}"][-1]) for where in ("abroad", "at_home"))
    assert emigration_rate(turkey) == pytest.approx(abroad / (abroad + home), rel=1e-12)
