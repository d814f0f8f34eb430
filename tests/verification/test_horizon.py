"""How far graduates look ahead: the career as the limit, what is worth what in closed form, and what it moves."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import pytest
from plans import EVERY_KIND
from worlds import frictionless

from abm.capability import NO_OFFER, Option
from abm.codes import EMPLOYED, HOME, NEVER, POST_ABROAD, RETURN, RETURN_EARLY, RETURN_LATE, RETURN_TIES, SCHOLAR, STUDY
from abm.decision import share_abroad
from abm.engine.streams import replicate_seed
from abm.environment import Environment
from abm.incentives import ln_income_of_coming
from abm.income import ln_after_repayment, ln_income_by, ln_income_here
from abm.reforms import JudicialReform, ReturnIncentive
from abm.reviewer import LUCK, Month, Reviewer, months_counted
from abm.scenario import Scenario
from abm.simulation import Simulation

KAZAKHSTAN = Scenario.load("kazakhstan").replace({"graduates": 2_000, "end": "2029-12"})
MONTHLY = 1.05 ** (-1 / 12)


def annuity(months: int, growth: float = 0.0) -> float:
    """Return what a unit a month that grows is worth now, at 5 % a year."""
    return math.fsum((MONTHLY * (1.0 + growth) ** (1 / 12)) ** m for m in range(months))


def history(world: Scenario, years: float) -> str:
    """Return a digest of all that happens in a world, under reforms of every kind."""
    run = Simulation(world.replace({"decision.planning_horizon": years}), EVERY_KIND, seed=7).run()
    digest = hashlib.sha256(run.graduates.person.tobytes() + run.graduates.belief.tobytes())
    for table in (run.accounts.stocks, run.accounts.flows, run.accounts.public_cost, *run.accounts.records):
        digest.update(table.tobytes())
    return digest.hexdigest()


def test_a_horizon_of_the_longest_career_or_more_is_the_whole_career_to_the_bit() -> None:
    """The youngest are 22 and retire at 63."""
    assert KAZAKHSTAN.decision.planning_horizon == 65.0
    whole = history(KAZAKHSTAN, 65.0)
    assert history(KAZAKHSTAN, 63.0 - 22.0) == whole
    assert history(KAZAKHSTAN, 63.0 - 22.0 - 2.0) != whole


def meet(changes: dict[str, Any], country: int, remaining: int, growth: float = 0.0) -> tuple[Reviewer, Month]:
    """Return somebody at work in a country without frictions, with so many months left, and the first month."""
    own = {"diaspora": 4_000.0, "wage_growth": growth}
    world = frictionless({"home.wage_growth": growth} | changes, graduates=400, destinations={"abroad": own})
    simulation = Simulation(world, seed=3)
    simulation.step()
    people = simulation.state.people.person
    row = int(np.flatnonzero((people.country == country) & (people.stage == EMPLOYED))[0])
    luck = np.full((LUCK, 2, 1), 0.5)
    person = people[row]
    person.obligation_month = NEVER
    her = Reviewer(person, 0.0, simulation.state.ties.counts, row, 0, 0.0, remaining, 0, luck, 0, 1.0)
    return her, Month(0, simulation.state.countries[0].copy(), simulation.state.outlook, simulation.rules[0])


@pytest.mark.parametrize(("years", "remaining", "counted"), [(3.0, 400, 36), (65.0, 400, 400), (3.0, 20, 20)])
def test_income_counts_up_to_the_horizon_or_the_career(years: float, remaining: int, counted: int) -> None:
    """A constant income is itself whatever the horizon; one that grows is the mean of what is counted."""
    for growth in (0.0, 0.04):
        her, now = meet({"decision.planning_horizon": years}, HOME, remaining, growth)
        expected = now.countries[HOME].ln_wage + math.log(annuity(counted, growth) / annuity(counted))
        assert ln_income_here(her, now) == pytest.approx(expected, abs=1e-12)
        assert months_counted(her, now, 0) == counted


@pytest.mark.parametrize(("years", "remaining", "counted"), [(3.0, 400, 36), (65.0, 400, 400), (3.0, 20, 20)])
def test_a_sum_a_claim_and_a_tax_cut_are_spread_over_what_is_counted(
    years: float, remaining: int, counted: int
) -> None:
    her, now = meet({"decision.planning_horizon": years}, 1, remaining)
    home = now.countries[HOME]
    home.return_sum, home.tax_cut_months = 30_000.0, 24
    home.repayment, home.pursuit_prob = 9_000.0, 0.5
    now.outlook.tax_cut[0] = 0.2
    let_off = 0.2 * annuity(min(24, counted)) / annuity(counted)
    expected = math.log(1_500.0 * (1.0 + let_off) + 30_000.0 / annuity(counted))
    assert ln_income_of_coming(her, now, RETURN, math.log(1_500.0)) == pytest.approx(expected, rel=1e-12)
    her.person.origin = SCHOLAR
    expected = math.log(1_500.0 - 4_500.0 / annuity(counted))
    assert ln_after_repayment(her, now, RETURN, math.log(1_500.0)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("years", "remaining", "after"), [(1.0, 400, 12), (65.0, 400, 376), (1.0, 30, 6)])
def test_the_horizon_begins_after_studies_and_after_a_post_for_a_time(years: float, remaining: int, after: int) -> None:
    """Two years of studies with a stipend of half the wage, then the wage, which grows; home pays a third of it."""
    changes = {"decision.planning_horizon": years, "education.stipend_ratio": 0.5, "education.master_months": 24}
    her, now = meet(changes, HOME, remaining, growth=0.04)
    her.person.degree = 0
    now.countries[1].ln_wage, now.countries[1].posting_months = now.countries[HOME].ln_wage + math.log(3.0), 24
    studies = annuity(24) / annuity(24 + after)
    later = 1.04**2 * annuity(after, 0.04) / annuity(after)
    option = Option(1, STUDY, 0.0, NO_OFFER)
    expected = now.countries[1].ln_wage + math.log(0.5 * studies + (1.0 - studies) * later)
    assert ln_income_by(her, now, option) == pytest.approx(expected, abs=1e-12)
    assert share_abroad(her, now, Option(1, POST_ABROAD, 0.0, NO_OFFER)) == pytest.approx(studies, rel=1e-12)
    home = now.countries[HOME]
    home.repayment, home.pursuit_prob, her.person.origin = 2_000.0, 0.5, SCHOLAR
    claimed = math.exp(7.0) - math.exp(ln_after_repayment(her, now, STUDY, 7.0))
    assert claimed == pytest.approx(1_000.0 / annuity(24 + after), rel=1e-9)


@pytest.mark.parametrize("years", [3.0, 65.0])
def test_a_promise_is_believed_by_what_it_adds_within_the_horizon(years: float) -> None:
    """At .1 index points a year above a trend of 0, towards a target that 30 years do not reach."""
    changes = {"decision.planning_horizon": years, "home.rule_of_law.start": -2.0, "home.rule_of_law.trend": 0.0}
    reform = JudicialReform(target=2.5, speed=0.1, ramp_months=0, fidelity=0.0)
    law = Environment(KAZAKHSTAN.replace(changes | {"home.rule_of_law.speed_limit": 0.1}), reform).rule_of_law
    months = min(round(12 * years), 12 * 41)
    mean = sum(0.1 / 12 * k for k in range(1, months + 1)) / months
    start = int(np.flatnonzero(law.expected > law.actual)[0])
    assert law.expected[start] - law.actual[start] == pytest.approx(law.credibility[start] * mean, rel=1e-9)


def test_months_of_pay_bring_several_times_more_home_when_one_looks_three_years_ahead() -> None:
    """Paired by seed; more than twice as many, at five standard errors."""

    def returns(years: float, months_of_pay: float, seed: int) -> int:
        world = KAZAKHSTAN.replace({"graduates": 20_000, "end": "2031-12", "decision.planning_horizon": years})
        run = Simulation(world, ReturnIncentive(months_of_pay=months_of_pay, start="2026-01"), seed=seed).run()
        return int(run.accounts.flows[:, [RETURN_LATE, RETURN_EARLY, RETURN_TIES]].sum())

    beyond = []
    for number in range(8):
        seed = replicate_seed(1, number)
        near, far = (returns(years, 12.0, seed) - returns(years, 0.0, seed) for years in (3.0, 65.0))
        beyond.append(near - 2 * far)
    assert np.mean(beyond) > 5 * np.std(beyond, ddof=1) / np.sqrt(len(beyond))
