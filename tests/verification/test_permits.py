"""Who may stay after a degree abroad: by degree and field, as sponsors, exempt employers and lotteries say."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from worlds import BY_DEGREE, frictionless

from abm.capability import prob_of_staying
from abm.codes import DEGREES, EMIGRANT, GROUP_STUDENT, HOME, STUDENT
from abm.environment import Environment
from abm.scenario import Scenario
from abm.simulation import Simulation

FIELDS = {"other": (0, 12), "science": (1, 36)}  # code, and how many months one may stay to work after a degree
PERMIT = {
    "entry": "permit",
    "students": 24_000.0,
    "students_master_share": 1.0 / 3.0,
    "students_doctorate_share": 1.0 / 3.0,
    "offer_rate": 0.0,
    "separation_rate": 0.001,  # a job that all but never ends, found at once
    "work_permit_months": 400.0,
    "settlement_months": 300.0,
    "permits_per_year": float("inf"),
    "post_study_months": FIELDS["other"][1],
    "post_study_months_science": FIELDS["science"][1],
}


def world(**own: float) -> Scenario:
    """Return a world from whose one destination nobody would come home who may stay, and to which nobody else goes."""
    changes = {"end": "2034-12", "decision.return_cost": 30.0, "education.growth": 0.0, "education.science_share": 0.4}
    return frictionless(changes, graduates=1000, destinations={"abroad": PERMIT | BY_DEGREE | own})


def exact(degree: int, field: str, **own: float) -> float:
    """Return the chance to stay: somebody applies, and one is exempt or wins in one of as many years as one may try."""
    given = BY_DEGREE | own
    sponsor, exempt = (given[f"{name}_{DEGREES[degree]}"] for name in ("sponsor_prob", "exempt_share"))
    lost = (1.0 - given["permit_prob"]) * (1.0 - given["permit_prob_masters"] if degree else 1.0)
    return float(sponsor * (1.0 - (1.0 - exempt) * lost ** (FIELDS[field][1] // 12)))


@functools.cache
def run_of_students() -> Simulation:
    """Return a run of 24,000 who study abroad, a third of them for each degree."""
    return Simulation(world(), seed=5).run()


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("degree", range(3), ids=DEGREES)
def test_as_many_stay_after_a_degree_as_sponsors_exemptions_and_tries_say(degree: int, field: str) -> None:
    """Some 5,000 of each degree in science and 7,000 in other fields: s.e. .007 at most, tolerance 3 of them.

    With a sponsor drawn anew for each try, .16 and not .27 of bachelors in science would have none in three years.
    """
    run = run_of_students()
    person = run.graduates.person
    code, months = FIELDS[field]
    students = ((person.cohort >> 16) > GROUP_STUDENT) & (person.degree == degree) & (person.science == code)
    tried = students & (person.stage > STUDENT) & (person.career_month + months < run.month)
    expected = exact(degree, field)
    error = np.sqrt(expected * (1.0 - expected) / tried.sum())
    assert error < 0.008
    assert abs(np.mean(person.country[tried] > HOME) - expected) < 3.0 * error
    reckoned = prob_of_staying(Environment(world()).countries[0, 1], code, degree)
    assert reckoned == pytest.approx(expected, abs=1e-15)


def test_nobody_stays_whom_nobody_applies_for_though_her_employer_is_exempt() -> None:
    country = Environment(world(sponsor_prob_master=0.0, exempt_share_master=1.0)).countries[0, 1]
    assert prob_of_staying(country, 1, 1) == 0.0
    country.post_study_months[:] = 0  # in which to find one
    assert [prob_of_staying(country, 0, degree) for degree in range(3)] == [0.0, 0.0, 0.0]


def test_the_same_persons_are_sponsored_and_more_with_a_higher_chance() -> None:
    """Under the same luck: whoever may stay with a lower chance of a sponsor may stay with a higher one too."""
    stayed = []
    for chance in (0.3, 0.6, 1.0):
        run = Simulation(world(**{f"sponsor_prob_{degree}": chance for degree in DEGREES}), seed=5).run()
        stayed.append(set(np.flatnonzero(run.graduates.person.country > HOME).tolist()))
    assert stayed[0] < stayed[1] < stayed[2]


def test_exempt_employers_open_the_door_to_offers_from_abroad_too() -> None:
    """Without a lottery to win nobody would go; with every fifth employer exempt a fifth of those with offers may."""
    emigrants = {}
    for share in (0.0, 0.2, 1.0):
        own = {"offer_rate": 1.0, "permit_prob": 0.0, "permit_prob_masters": 0.0, "students": 0.0, "moving_cost": -20.0}
        own |= {f"exempt_share_{degree}": share for degree in DEGREES}
        shut = world(**own).replace({"end": "2026-12", "graduates": 4000})
        emigrants[share] = int(Simulation(shut, seed=3).run().accounts.flows[:, EMIGRANT].sum())
    assert emigrants[0.0] == 0
    error = np.sqrt(0.2 * 0.8 / emigrants[1.0])
    assert abs(emigrants[0.2] / emigrants[1.0] - 0.2) < 4.0 * error
