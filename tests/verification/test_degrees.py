"""Which degrees people finish with, and whom a second degree does not make another person."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import frictionless

from abm.codes import GROUP_STUDENT, STUDENT
from abm.scenario import Scenario
from abm.simulation import Simulation

STUDENTS = {"students": 24_000.0, "students_master_share": 0.4, "students_doctorate_share": 0.1}


def world(second_degree_share: float = 0.0, **abroad: float) -> Scenario:
    """Return a world that nobody leaves who has graduated at home."""
    changes = {
        "end": "2034-12",
        "decision.return_cost": 30.0,
        "education.growth": 0.0,
        "education.second_degree_share": second_degree_share,
    }
    abroad = {"entry": "permit", "offer_rate": 0.0, "post_study_months": 0, "post_study_months_science": 0, **abroad}
    return frictionless(changes, graduates=4000, destinations={"abroad": abroad})


def test_students_abroad_finish_with_the_degrees_of_their_country() -> None:
    """Some 15,000: the standard error of a share is .004, and the tolerance 3 of them; master's share at home is .22,
    half as far from .4 as would be noticed 20 times over."""
    run = Simulation(world(**STUDENTS), seed=3).run()
    person = run.graduates.person
    students = ((person.cohort >> 16) > GROUP_STUDENT) & (person.stage > STUDENT)
    found = np.bincount(person.degree[students], minlength=3) / students.sum()
    expected = np.array([0.5, 0.4, 0.1])
    assert students.sum() > 14_000
    assert (np.abs(found - expected) < 3.0 * np.sqrt(expected * (1.0 - expected) / students.sum())).all()


def test_a_larger_share_of_degrees_lowers_nobodys() -> None:
    """The draw is one, whatever the shares."""
    low, high = (
        Simulation(world(**STUDENTS | {"students_master_share": share}), seed=3).graduates.person
        for share in (0.1, 0.4)
    )
    students = (low.cohort >> 16) > GROUP_STUDENT
    assert (high.degree >= low.degree)[students].all()
    assert (high.degree == low.degree)[~students].all()


@pytest.mark.parametrize("share", [0.0, 0.125])
def test_a_second_degree_is_the_same_person(share: float) -> None:
    """Of all who finish, exactly that share appears as nobody: to the one person that a rounded total leaves."""
    some = {"education.graduates_per_year": 300.0}
    run = Simulation(world(share).replace(some), seed=3)
    paths = run.environment
    everybody = Simulation(world().replace(some), seed=3).environment.graduates_rate.sum()
    assert everybody > 2000.0
    assert paths.graduates_rate.sum() == pytest.approx((1.0 - share) * everybody, rel=1e-12)
    found = run.run().accounts.events[:, 0].sum()
    assert abs(found - (1.0 - share) * everybody) <= 1.0
