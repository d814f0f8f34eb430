"""The weight of income at home: what differs from an average job at the start counts by it, and levels stay."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from worlds import frictionless

from abm.codes import EMPLOYED, HOME, JOB_SEEKER
from abm.decision import life_in
from abm.engine.streams import replicate_seed
from abm.income import ln_income_felt, ln_income_here
from abm.reviewer import LUCK, Month, Reviewer, experience_gain, months_to_retirement
from abm.scenario import Scenario
from abm.simulation import Simulation

KAZAKHSTAN = Scenario.load("kazakhstan").replace({"graduates": 8_000, "end": "2032-12"})


def met(simulation: Simulation, t: int, row: int) -> tuple[Reviewer, Month]:
    """Return somebody and a month of a run."""
    now = Month(t, simulation.state.countries[t].copy(), simulation.state.outlook, simulation.rules[0])
    person, luck = simulation.state.people.person[row], np.full((LUCK, len(now.countries), 1), 0.5)
    experience, remaining = experience_gain(person, t, now.rules), int(months_to_retirement(person, now))
    known = (person, 0.0, simulation.state.ties.counts, row, 0, experience, remaining, t, luck, 0, 1.0)
    return Reviewer(*known), now


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0, 2.0])
def test_a_rise_of_pay_at_home_counts_by_its_weight_and_pay_abroad_in_full(weight: float) -> None:
    """Without frictions income is the wage: 2,000 a month until the middle of 2026, 3,000 a year later."""
    pay = {"home.wage": {"2026": 2_000.0, "2027": 3_000.0}, "decision.home_income_weight": weight}
    world = frictionless(pay | {"end": "2028-12"}, graduates=400, destinations={"abroad": {"moving_cost": 50.0}})
    simulation = Simulation(world, seed=3)
    row = int(np.flatnonzero(simulation.state.people.person.stage == EMPLOYED)[0])
    for t, rise in ((0, 0.0), (24, math.log(1.5))):
        while simulation.month <= t:
            simulation.step()
        her, now = met(simulation, t, row)
        felt = life_in(her, now, HOME, ln_income_here(her, now)).income + now.countries[HOME].ln_wage
        assert felt == pytest.approx(math.log(2_000.0) + weight * rise, abs=1e-9)
        assert ln_income_felt(her, now, 1, 7.5) == 7.5


def test_an_ordinary_income_is_ordinary_so_that_levels_stay() -> None:
    """Of all at home in the first month, what they reckon with differs little from usual on average."""
    simulation = Simulation(KAZAKHSTAN.replace({"decision.home_income_weight": 0.0}), seed=3)
    simulation.step()
    person, beyond = simulation.state.people.person, []
    at_home = (person.country == HOME) & ((person.stage == EMPLOYED) | (person.stage == JOB_SEEKER))
    for row in np.flatnonzero(at_home)[:2_000].tolist():
        her, now = met(simulation, 0, row)
        ln_income = ln_income_here(her, now)
        beyond.append(ln_income - ln_income_felt(her, now, HOME, ln_income))
    assert abs(np.mean(beyond)) < 0.08 < 0.15 < np.std(beyond)


@cache
def emigrants(weight: float, rise: float) -> np.ndarray:
    """Return how many leave from the year on in which pay at home has risen, by seed."""
    wage = {"2025": 2_763.0, "2026": 2_763.0, "2027": 2_763.0 * rise}
    world = KAZAKHSTAN.replace({"decision.home_income_weight": weight, "home.wage": wage})
    runs = [Simulation(world, seed=replicate_seed(1, number)).run() for number in range(8)]
    return np.array([float(run.accounts.yearly()["emigrants"][1:].sum()) for run in runs])


def test_a_rise_of_pay_at_home_keeps_fewer_the_less_it_weighs() -> None:
    """Paired by seed, at five standard errors; with weight 0 a rise of pay keeps nobody."""
    kept = {weight: emigrants(weight, 1.0) - emigrants(weight, 1.5) for weight in (0.0, 0.3, 1.0)}
    for less, more in ((0.0, 0.3), (0.3, 1.0)):
        gap = kept[more] - kept[less]
        assert gap.mean() > 5 * gap.std(ddof=1) / np.sqrt(len(gap))
    assert abs(kept[0.0].mean()) < 3 * kept[0.0].std(ddof=1) / np.sqrt(8) + 1.0
