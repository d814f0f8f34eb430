"""Permits, quotas and obligations as they show in a run."""

from __future__ import annotations

import numpy as np
import pytest

from abm.codes import FLOWS, NEVER, POST_STUDY, SCHOLAR, SETTLED, STUDENT, WORK_PERMIT
from abm.scenario import Scenario, ScenarioError
from abm.simulation import Simulation

GERMANY = 3


def kazakhstan(**changes: object) -> Scenario:
    renamed = {name.replace("__", "."): value for name, value in changes.items()}
    return Scenario.load("kazakhstan").replace({"graduates": 8_000, "end": "2030-12"} | renamed)


def test_a_cap_is_never_exceeded() -> None:
    """600 permits a year are 1.3 simulated persons: no more emigrants than permits given so far, study aside."""
    world = kazakhstan(
        destinations__germany__permits_per_year=600.0,
        destinations__germany__study_place_rate=0.0,
        destinations__germany__students=0.0,
    )
    simulation = Simulation(world, seed=3).run()
    moved = simulation.accounts.flows[:, FLOWS.index("emigrants"), GERMANY]
    onward = simulation.accounts.flows[:, FLOWS.index("onward_moves"), GERMANY]
    given = np.cumsum(np.full(len(moved), 600 / 12 / simulation.environment.weight))
    assert np.all(np.cumsum(moved) <= given + 1e-9)
    assert np.sum(moved) > 0.4 * given[-1]
    assert np.sum(onward) <= np.sum(moved)


def test_a_cap_where_entry_is_free_contradicts_itself() -> None:
    with pytest.raises(ScenarioError, match="entry is free there"):
        kazakhstan(destinations__russia__permits_per_year=100.0)


def test_permits_fit_the_stage_and_the_country() -> None:
    simulation = Simulation(kazakhstan(), seed=3).run()
    people = simulation.graduates
    abroad = (people.person.country > 0) & (people.person.stage > 0)
    permit = people.person.permit
    free = np.isin(people.person.country, [1])
    assert np.all(permit[(people.person.country == 0)] == 0)
    assert np.all(np.isin(permit[abroad & free & (people.person.stage != STUDENT)], [1]))
    assert np.all(
        np.isin(permit[abroad & ~free & np.isin(people.person.stage, [2, 3])], [POST_STUDY, WORK_PERMIT, SETTLED])
    )
    ends = people.person.permit_month
    on_permit = abroad & np.isin(people.person.stage, [2, 3]) & np.isin(permit, [POST_STUDY, WORK_PERMIT])
    assert np.all(ends[on_permit] > simulation.month - 1)
    assert np.all(ends[abroad & (permit == SETTLED)] == NEVER)


def test_scholars_who_come_home_owe_their_months_there() -> None:
    simulation = Simulation(kazakhstan(education__scholarship_share=1.0), seed=3).run()
    people = simulation.graduates
    owing = (people.person.obligation_month < NEVER) & (people.person.obligation_month >= 0)
    assert np.sum(owing) > 0
    assert np.all(people.person.origin[owing] == SCHOLAR)
    assert np.all(people.person.country[owing] == 0)
    left = people.person.obligation_month[owing] - (simulation.month - 1)
    assert np.all((left > 0) & (left <= 60))


def test_bonds_bring_students_home() -> None:
    """All students bonded against none, same seed: more come home (a difference of ten standard errors)."""
    home = []
    for share in (0.0, 1.0):
        world = kazakhstan(education__scholarship_share=share, education__repayment=600_000.0)
        flows = Simulation(world, seed=3).run().accounts.flows.sum(axis=(0, 2))
        home.append(flows[FLOWS.index("students_home")])
    assert home[1] > 1.5 * home[0]
