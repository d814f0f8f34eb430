"""Money for coming home: sums and tax cuts in income, against numbers worked out by hand, and what they cost."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.capability import NO_OFFER, Option
from abm.codes import (
    ARRIVAL,
    EMPLOYED,
    FOREIGN,
    HOME,
    RETURN,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_OFFER,
    RETURN_TIES,
    STUDENT_HOME,
)
from abm.decision import weighed
from abm.environment import Environment
from abm.incentives import ln_income_of_coming, tax_cut_of
from abm.income import ln_income_here
from abm.reforms import ForeignTalentVisa, ReturnIncentive
from abm.reviewer import LUCK, Month, Reviewer
from abm.scenario import Scenario
from abm.simulation import Simulation

SMALL = Scenario.load("two-country").replace({"graduates": 300, "end": "2028-12"})
KAZAKHSTAN = Scenario.load("kazakhstan").replace({"graduates": 10_000, "end": "2027-12"})


def met(incentive: ReturnIncentive, world: Scenario = SMALL, t: int = 0) -> tuple[Month, Simulation]:
    """Return a month under an incentive, before anybody has moved, and the run."""
    simulation = Simulation(world, incentive, seed=3)
    return Month(t, simulation.state.countries[t].copy(), simulation.state.outlook, simulation.rules[0]), simulation


def somebody(simulation: Simulation, country: int, remaining: int) -> Reviewer:
    """Return somebody at work in a country, with so many months of her career left."""
    people = simulation.state.people.person
    row = int(np.flatnonzero((people.country == country) & (people.stage == EMPLOYED))[0])
    luck = np.full((LUCK, simulation.environment.n_countries, 1), 0.5)
    return Reviewer(people[row], 0.0, simulation.state.ties.counts, row, 0, 0.0, remaining, 0, luck, 0, 1.0)


def annuity(months: int) -> float:
    """Return what a unit a month is worth now, at 5 % a year."""
    return math.fsum(1.05 ** (-m / 12) for m in range(months))


@pytest.mark.parametrize("given", [{"sum_usd": 12_000.0, "months_of_pay": 0.0}, {"months_of_pay": 12.0}])
@pytest.mark.parametrize(("basis", "in_basis"), [("ppp", 24_000.0), ("market", 12_000.0)])
def test_a_sum_adds_its_share_of_the_career_to_permanent_income(
    given: dict[str, float], basis: str, in_basis: float
) -> None:
    """Home pays 1,000 USD a month, which buys what 2,000 do at purchasing-power parity."""
    world = SMALL.replace({"decision.income_basis": basis, "home.wage_growth": 0.0})
    now, simulation = met(ReturnIncentive(**given), world)
    for remaining in (1, 30, 400):
        her = somebody(simulation, 1, remaining)
        expected = math.log(1500.0 + in_basis / annuity(remaining))
        for path in (RETURN, RETURN_OFFER):
            assert ln_income_of_coming(her, now, path, math.log(1500.0)) == pytest.approx(expected, rel=1e-12)


def test_money_tied_to_an_offer_goes_to_those_who_come_with_one() -> None:
    now, simulation = met(ReturnIncentive(months_of_pay=12.0, tax_cut=0.2, only_with_offer=True))
    her = somebody(simulation, 1, 200)
    assert ln_income_of_coming(her, now, RETURN, 7.0) == 7.0 < ln_income_of_coming(her, now, RETURN_OFFER, 7.0)


@pytest.mark.parametrize(("remaining", "counted"), [(400, 36), (36, 36), (10, 10)])
def test_a_tax_cut_is_worth_its_share_of_pay_while_it_and_the_career_last(remaining: int, counted: int) -> None:
    now, simulation = met(ReturnIncentive(months_of_pay=0.0, tax_cut=0.2, tax_cut_years=3.0))
    her = somebody(simulation, 1, remaining)
    expected = 7.0 + math.log(1.0 + 0.2 * annuity(counted) / annuity(remaining))
    assert ln_income_of_coming(her, now, RETURN, 7.0) == pytest.approx(expected, rel=1e-12)


def test_who_has_come_home_weighs_the_rest_of_the_tax_cut_of_her_month_though_the_programme_has_ended() -> None:
    generous = ReturnIncentive(months_of_pay=0.0, tax_cut=0.3, tax_cut_years=4.0, end="2026-06")
    now, simulation = met(generous, t=20)
    her = somebody(simulation, HOME, 200)
    her.person.tax_cut_month, her.person.arrival_month = 0, 3
    without = ln_income_here(her, now)
    her.person.tax_cut_month = 3 + 48
    rise = math.log(1.0 + 0.3 * annuity(3 + 48 - 20) / annuity(200))
    assert ln_income_here(her, now) == pytest.approx(without + rise, rel=1e-12)
    assert tax_cut_of(her.person, 20, simulation.environment.tax_cut) == 0.3
    assert tax_cut_of(her.person, 51, simulation.environment.tax_cut) == 0.0


def test_money_enters_the_income_of_the_option_of_returning_and_nothing_else() -> None:
    now, simulation = met(ReturnIncentive(sum_usd=30_000.0, tax_cut=0.1))
    plain, _ = met(ReturnIncentive(months_of_pay=0.0))
    her, way = somebody(simulation, 1, 240), Option(HOME, RETURN, 0.0, NO_OFFER)
    _, _, paid, _ = weighed(her, now, way)
    _, _, unpaid, _ = weighed(her, plain, way)
    assert paid.income > unpaid.income + 0.05 and paid[1:] == unpaid[1:]
    stays = Option(1, 0, 0.0, NO_OFFER)
    assert weighed(her, now, stays) == weighed(her, plain, stays)


def test_an_incentive_of_nothing_is_the_baseline_to_the_bit() -> None:
    nothing = [
        ReturnIncentive(months_of_pay=0.0),
        ReturnIncentive(months_of_pay=0.0, tax_cut=0.5, tax_cut_years=0.0, only_with_offer=True),
        ReturnIncentive(months_of_pay=9.0, tax_cut=0.5, sum_usd=1e4, cost_reduction=1.0, fidelity=0.0),
        ForeignTalentVisa(candidates=1.0),
    ]
    base, same = (Simulation(KAZAKHSTAN, reforms, seed=5).run() for reforms in ([], nothing))
    assert base.graduates.person.tobytes() == same.graduates.person.tobytes()
    assert np.array_equal(base.accounts.flows, same.accounts.flows) and base.accounts.flows.sum() > 150
    # nobody is paid; what is tried and not carried out has its offices
    offices = np.rint(same.environment.asserted_cost * 100.0 / same.environment.weight)
    assert np.array_equal(same.accounts.public_cost, offices) and offices.min() > 0


def test_everybody_who_comes_home_is_paid_and_the_bill_is_that_of_those_who_came() -> None:
    incentive = ReturnIncentive(sum_usd=5_000.0, months_of_pay=2.0, offers=3.0, start="2026-04")
    visa = ForeignTalentVisa(sum_usd=700.0, start="2026-04")
    run = Simulation(KAZAKHSTAN, [incentive, visa], seed=5).run()
    home = run.accounts.flows[:, [RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME]].sum(axis=(1, 2))
    came = run.accounts.flows[:, ARRIVAL].sum(axis=1)
    # 1,037 USD a month in the middle of 2024, growing by 1.6 % a year from then on
    month = np.arange(KAZAKHSTAN.n_months)
    pay = 1037.0 * 1.016 ** (2026 + (month + 0.5) / 12.0 - 2024.5)
    each = np.where(month >= 3, 5_000.0 + 2.0 * pay, 0.0)
    # in whole cents a person, and in the month after
    expected = home * np.rint(100.0 * each) + came * np.where(month >= 3, 70_000.0, 0.0)
    asserted = np.rint(run.environment.asserted_cost * 100.0 / run.environment.weight)
    assert np.array_equal(run.accounts.public_cost[1:], asserted[1:] + expected[:-1])
    assert run.accounts.public_cost[0] == asserted[0] and home.sum() > 50 and came.sum() > 5
    # tied to an offer, only those are paid who came with one
    tied = Simulation(KAZAKHSTAN, ReturnIncentive(sum_usd=1.0, months_of_pay=0.0, only_with_offer=True), seed=5).run()
    paths = np.concatenate([moves.path[moves.destination == HOME] for moves in tied.accounts.records])
    with_offer = int((paths == RETURN_OFFER).sum())
    last = int((tied.accounts.records[-1].path == RETURN_OFFER).sum())  # paid after the run
    asserted = np.rint(tied.environment.asserted_cost * 100.0 / tied.environment.weight).sum()
    assert tied.accounts.public_cost.sum() == asserted + 100 * (with_offer - last)
    assert 0 < with_offer < len(paths)


def test_a_tax_cut_begins_with_coming_home_and_ends_with_leaving() -> None:
    run = Simulation(KAZAKHSTAN, ReturnIncentive(tax_cut=0.3, tax_cut_years=2.0), seed=5).run()
    person = run.graduates.person
    came = (person.country == HOME) & (person.arrival_month >= 0) & (person.left_month < 30_000)
    native = came & (person.origin != FOREIGN)
    assert native.sum() > 50 and (person.tax_cut_month[native] == person.arrival_month[native] + 24).all()
    assert not person.tax_cut_month[person.country > HOME].any()


def test_money_brings_more_home_and_more_of_it_more() -> None:
    """One seed, the same luck: the order is that of the sums."""

    def home(months: float) -> int:
        run = Simulation(KAZAKHSTAN, ReturnIncentive(months_of_pay=months), seed=5).run()
        return int(run.accounts.flows[:, [RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME]].sum())

    assert home(0.0) < home(60.0) < home(600.0)


def test_a_sum_is_worth_the_same_whatever_ties_take_off_the_cost() -> None:
    """What a sum adds to log income does not go through the cost of moving."""
    gains = []
    for discount in (0.0, 0.9):
        world = SMALL.replace({"decision.ties_discount": discount})
        now, simulation = met(ReturnIncentive(months_of_pay=24.0), world)
        plain, _ = met(ReturnIncentive(months_of_pay=0.0), world)
        her, way = somebody(simulation, 1, 240), Option(HOME, RETURN, 0.0, NO_OFFER)
        gains.append(weighed(her, now, way)[2].income - weighed(her, plain, way)[2].income)
    assert gains[0] == gains[1] > 0.0


def test_what_is_paid_does_not_depend_on_how_many_persons_one_stands_for() -> None:
    environments = [Environment(KAZAKHSTAN.replace({"graduates": n}), ReturnIncentive()) for n in (500, 5000)]
    assert np.array_equal(environments[0].payment, environments[1].payment)
