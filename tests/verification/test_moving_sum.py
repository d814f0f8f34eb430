"""Money up front: who can neither have saved it nor is given it stays, and a rise of low pay first opens the door."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import numpy as np
import pytest
from worlds import frictionless

from abm.codes import EMIGRANT
from abm.engine.streams import replicate_seed
from abm.scenario import Scenario
from abm.simulation import Simulation

N = 20_000
DESTINATIONS = ("russia", "united_states", "germany", "other_oecd")
KAZAKHSTAN = Scenario.load("kazakhstan").replace({"graduates": 4_000, "end": "2031-12"})


def everywhere(usd: float) -> dict[str, Any]:
    return {f"destinations.{name}.moving_sum": usd for name in DESTINATIONS}


def history(changes: dict[str, Any]) -> tuple[str, int]:
    """Return a digest of all that happens, and how many leave."""
    run = Simulation(KAZAKHSTAN.replace(changes), seed=7).run()
    digest = hashlib.sha256(run.graduates.person.tobytes() + run.graduates.belief.tobytes())
    digest.update(run.accounts.flows.tobytes())
    return digest.hexdigest(), int(run.accounts.flows[:, EMIGRANT].sum())


def test_a_sum_that_all_families_give_is_no_sum_to_the_bit_and_one_that_nobody_has_keeps_all_at_home() -> None:
    none = history({})
    assert history(everywhere(1e7) | {"decision.family_support_share": 1.0}) == none
    assert history({"decision.family_support_share": 0.5, "decision.saving_share": 0.0}) == none
    assert none[1] > 50
    assert history(everywhere(1e7) | {"decision.family_support_share": 0.0})[1] == 0


SUM, SAVED, ABROAD = 6_000.0, 0.1, 4_000.0


@cache
def leavers(pay: float) -> tuple[int, float, float]:
    """Return how many of 20,000 leave in their first review, and of how many it is expected, with its variance.

    Without frictions all earn what home pays, USD a month at the market rate, and choose by the logit of two wages; the
    door is open to those who began to earn so long ago that a tenth of it since then is the sum.
    """
    changes = {
        "decision.income_basis": "market",
        "decision.rule_of_law_weight": 0.0,
        "decision.saving_share": SAVED,
        "decision.family_support_share": 0.0,
        "home.wage_market": pay,
        "end": "2026-12",
    }
    world = frictionless(changes, graduates=N, destinations={"abroad": {"wage_market": ABROAD, "moving_sum": SUM}})
    simulation = Simulation(world, seed=5)
    person = simulation.state.people.person
    worked = person.review_month.astype(int) - person.career_month
    chance = np.where(SAVED * pay * worked >= SUM, ABROAD / (ABROAD + pay), 0.0)
    return int(simulation.run().accounts.flows[:, EMIGRANT].sum()), chance.sum(), (chance * (1.0 - chance)).sum()


@pytest.mark.parametrize("pay", [150.0, 300.0, 1_000.0, 3_000.0])
def test_those_leave_who_want_to_among_those_who_can_have_saved_the_sum(pay: float) -> None:
    """To four standard errors of the draws, given who began to work when."""
    left, expected, variance = leavers(pay)
    assert 1_000 < expected < 0.8 * N
    assert abs(left - expected) < 4 * np.sqrt(variance)


def test_a_rise_of_low_pay_at_home_first_opens_the_door_and_later_keeps_people() -> None:
    """The hump of the mobility transition (Clemens 2014), at five standard errors a step."""
    for before, after, sign in ((150.0, 300.0, 1), (300.0, 1_000.0, 1), (1_000.0, 3_000.0, -1)):
        gap = sign * (leavers(after)[0] - leavers(before)[0])
        assert gap > 5 * np.sqrt(leavers(after)[2] + leavers(before)[2])


def test_a_sum_that_takes_years_to_save_keeps_graduates_at_home() -> None:
    """Paired by seed, at five standard errors."""
    kept = []
    for number in range(8):
        seed = replicate_seed(1, number)
        free, dear = (Simulation(KAZAKHSTAN.replace(everywhere(usd)), seed=seed).run() for usd in (0.0, 10_000.0))
        kept.append(int(free.accounts.flows[:, EMIGRANT].sum()) - int(dear.accounts.flows[:, EMIGRANT].sum()))
    assert np.mean(kept) > 5 * np.std(kept, ddof=1) / np.sqrt(len(kept))
