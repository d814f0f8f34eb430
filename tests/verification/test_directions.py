"""Each channel moves emigration and return the way the model says, at five standard errors, seeds in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from abm.reforms import Diversification, JudicialReform, PublicSalaryParity, Reform
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.streams import replicate_seed

GRADUATES, REPLICATES, END = 8_000, 8, "2033-12"
DESTINATIONS = ("russia", "united_states", "germany", "other_oecd")


def outcome(simulation: Simulation) -> dict[str, float]:
    """Return the sums over the run that directions are about."""
    yearly = simulation.accounts.yearly()
    names = ("emigrants", "returns", "net_brain_gain", "students_home", "emigrants_to_germany", "foreign_arrivals")
    sums = {name: float(yearly[name].sum()) for name in names}
    sums["selection"] = float((yearly["mean_ability_abroad"] - yearly["mean_ability_at_home"])[-1])
    sums["unemployment"] = float(yearly["unemployment_rate"].mean())
    return sums


@cache
def replicates(changes: tuple[tuple[str, Any], ...], reforms: tuple[Reform, ...]) -> dict[str, np.ndarray]:
    world = Scenario.load("kazakhstan").replace({"graduates": GRADUATES, "end": END} | dict(changes))
    runs = [outcome(Simulation(world, reforms, seed=replicate_seed(1, number)).run()) for number in range(REPLICATES)]
    return {name: np.array([run[name] for run in runs]) for name in runs[0]}


def standard_errors(
    measure: str,
    changes: dict[str, Any] | None = None,
    reforms: Sequence[Reform] = (),
    base: dict[str, Any] | None = None,
) -> float:
    """Return the paired effect on a measure over its standard error (eight replicates, seven degrees of freedom)."""
    before = replicates(tuple((base or {}).items()), ())
    after = replicates(tuple(((base or {}) | (changes or {})).items()), tuple(reforms))
    difference = after[measure] - before[measure]
    return float(difference.mean() / (difference.std(ddof=1) / np.sqrt(len(difference))))


def everywhere(parameter: str, value: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the same change of a parameter in every destination."""
    world = Scenario.load("kazakhstan")
    names = [f"destinations.{key}.{parameter}" for key in DESTINATIONS]
    return {name: value(world.get(name)) for name in names}


def test_higher_pay_at_home_keeps_and_brings_back_graduates() -> None:
    richer = {"home.wage": 2763.0 * 1.3}
    assert standard_errors("emigrants", richer) < -5
    assert standard_errors("returns", richer) > 5


def test_rule_of_law_at_home_keeps_and_brings_back_graduates() -> None:
    lawful = {"home.rule_of_law.start": 0.6}
    assert standard_errors("emigrants", lawful) < -5
    assert standard_errors("returns", lawful) > 5
    assert standard_errors("foreign_arrivals", lawful) > 5


def test_a_judicial_reform_works_through_the_same_channel() -> None:
    reform = [JudicialReform(start="2026-01", target=0.68, speed=0.108)]
    assert standard_errors("emigrants", reforms=reform) < -5
    assert standard_errors("net_brain_gain", reforms=reform) > 5


def test_public_pay_works_through_what_posts_pay() -> None:
    assert standard_errors("emigrants", reforms=[PublicSalaryParity(start="2026-01", target=1.0)]) < -5


def test_more_private_posts_mean_less_unemployment_and_less_emigration() -> None:
    reform = [Diversification(start="2026-01", private_jobs=0.2, ramp_months=12)]
    assert standard_errors("unemployment", reforms=reform) < -5
    assert standard_errors("emigrants", reforms=reform) < -5


def test_more_offers_abroad_take_more_graduates_away() -> None:
    assert standard_errors("emigrants", everywhere("offer_rate", lambda rate: 3 * rate)) > 5


def test_a_higher_moving_cost_keeps_graduates_at_home() -> None:
    assert standard_errors("emigrants", everywhere("moving_cost", lambda cost: cost + 0.5)) < -5


def test_a_higher_cost_of_return_keeps_graduates_abroad() -> None:
    assert standard_errors("returns", {"decision.return_cost": 3.2}) < -5


def test_a_larger_diaspora_pulls_more_graduates() -> None:
    larger = {"destinations.germany.diaspora": 300_000.0}
    assert standard_errors("emigrants_to_germany", larger) > 5


def test_a_cap_on_permits_holds_departures_down() -> None:
    capped = {"destinations.germany.permits_per_year": 300.0}
    assert standard_errors("emigrants_to_germany", capped) < -5


def test_a_lottery_with_worse_odds_holds_departures_down() -> None:
    assert standard_errors("emigrants_to_germany", {"destinations.germany.permit_prob": 0.3}) < -5


def test_merit_keeps_the_able_at_home() -> None:
    """Under full merit the able earn more at home, so those abroad are less positively selected than without merit."""
    assert standard_errors("selection", {"labour.merit": 1.0}, base={"labour.merit": 0.0}) < -5


@pytest.mark.parametrize(("parameter", "value"), [("decision.home_attachment", 1.2), ("decision.ties_discount", 0.0)])
def test_attachment_and_ties_move_departures(parameter: str, value: float) -> None:
    assert standard_errors("emigrants", {parameter: value}) < -5
