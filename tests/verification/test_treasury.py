"""What reforms cost, person by person, the tax that bears it, and the budget that balances to the cent every month."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import numpy as np
import pytest
from branches import after, difference
from plans import EVERY_KIND

from abm.accounts import AccountsError
from abm.codes import EMPLOYED, HOME, PUBLIC, RESERVE
from abm.environment import Environment
from abm.month import APPLICANTS, APPLY, AWARD, GATHER, HIRE, INFORM, PART, SETTLE, run_phase
from abm.reforms import (
    ForeignTalentVisa,
    JudicialReform,
    PersonnelReserve,
    PublicSalaryParity,
    Reform,
    ReformError,
    ReturnIncentive,
    Reversal,
)
from abm.scenario import Scenario
from abm.simulation import FEWEST, Simulation
from abm.wage import ln_current_wage

WORLD = Scenario.load("kazakhstan").replace({"graduates": 1500, "start": "2026-01", "end": "2028-06"})
TAXED = WORLD.replace({"treasury.financing": "tax", "treasury.graduates_share": 0.8})
PARITY = PublicSalaryParity(target=1.0, ramp_months=12)
# what is paid to persons is reckoned in the run
COMPUTED = (PublicSalaryParity, PersonnelReserve, ReturnIncentive, ForeignTalentVisa)
RESERVED = PersonnelReserve(places=20_000.0, months=12, start="2026-04", end="2027-03")


def with_costs(world: Scenario, usd_a_month: float, *reforms: Reform, seed: int = 3) -> Simulation:
    """Return a run in which reforms cost so much more than their pay, from its second year on."""
    environment = Environment(world, reforms)
    environment.asserted_cost = np.where(np.arange(world.n_months) < 12, 0.0, usd_a_month)
    return Simulation.within(environment, reforms, seed)


def pay_by_hand(run: Simulation, month: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return whole cents of pay at market rates, persons and log pay of all at work at home after a month's hires."""
    run = run.copy()
    parts, state = np.zeros((1, PART), dtype=np.int64), run.state
    run_phase(state, month, SETTLE, 0, len(run.graduates.person), parts, run.tally)
    run_phase(state, month, GATHER, 0, 0, parts, run.tally)
    run_phase(state, month, APPLY, 0, int(state.lists.lengths[APPLICANTS]), parts, run.tally)
    run_phase(state, month, AWARD, 0, 0, parts, run.tally)
    run_phase(state, month, HIRE, 0, int(state.lists.lengths[APPLICANTS]), parts, run.tally)
    home, person = state.countries[month, HOME], run.graduates.person
    at_work = person[(person.country == HOME) & (person.stage == EMPLOYED)]
    ln_pay = np.array([ln_current_wage(each, home, month, state.rules[0]) for each in at_work])
    # the last observations of pay are of 2024, and both series grow alike from then on
    in_usd = run.scenario.home.wage_market.values[-1] / run.scenario.home.wage.values[-1]
    return np.rint(100.0 * in_usd * np.exp(ln_pay)), at_work, ln_pay


def test_the_bill_of_public_pay_is_the_raise_of_everybody_in_a_public_post() -> None:
    run = after(Simulation(TAXED, PARITY, seed=2), 20)
    pay, at_work, _ = pay_by_hand(run, 20)
    sector = at_work["sector"]
    run.step()
    accounts, public = run.accounts, sector == PUBLIC
    # public pay was 0.6 of private pay, and is 1: two fifths of it are the reform's
    assert accounts.wage_bill[20] == pay.sum()
    assert accounts.public_cost[20] == pytest.approx(0.4 * pay[public].sum(), abs=int(public.sum()))
    assert accounts.monthly()["public_cost"][20] == accounts.public_cost[20] * run.environment.weight / 100.0
    assert accounts.tax_rate[20] == round(0.8 * int(accounts.public_cost[20])) / pay.sum()
    assert 0.05 < accounts.tax_rate[20] < 0.2


def test_the_reserve_costs_all_its_pay_as_long_as_somebody_is_in_it() -> None:
    run = after(Simulation(WORLD, RESERVED, seed=2), 18)  # it takes in nobody any more, and its last members stay
    pay, at_work, _ = pay_by_hand(run, 18)
    sector = at_work["sector"]
    run.step()
    assert (sector == RESERVE).sum() >= 5
    assert run.accounts.public_cost[18] == run.accounts.borne_by_others[18] == pay[sector == RESERVE].sum()
    assert run.run().accounts.public_cost[[2, -1]].tolist() == [0, 0]


def test_two_reforms_of_one_quantity_cost_what_they_do_together() -> None:
    less = PublicSalaryParity(target=0.8, ramp_months=12)
    both, one = (Simulation(TAXED, plan, seed=4).run() for plan in ([less, PARITY], [PARITY]))
    assert difference(both, one) == []
    twice = Simulation(TAXED, [PARITY, PARITY], seed=4).run()
    assert difference(twice, one) == [] and one.accounts.public_cost[-1] > 0


def test_without_reform_there_is_no_cost_and_no_tax_and_what_changes_nothing_costs_nothing() -> None:
    nothing: list[list[Reform]] = [
        [],
        [PublicSalaryParity(target=1.0, fidelity=0.0), PublicSalaryParity(target=0.5)],
        [PublicSalaryParity(target=0.6)],
        [JudicialReform(target=1.5, speed=0.0)],
        [JudicialReform(target=1.5, speed=0.018)],  # the trend
    ]
    base = Simulation(WORLD, seed=5).run()
    for plan in nothing:
        run = Simulation(TAXED, plan, seed=5).run()
        assert difference(run, base) == []
        assert not run.accounts.public_cost.any() and not run.accounts.tax_rate.any()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_asserted_costs_are_borne_by_graduates_as_far_as_they_have_to_and_by_others(share: float) -> None:
    run = with_costs(TAXED.replace({"treasury.graduates_share": share}), 50e6).run()
    accounts, weight = run.accounts, run.environment.weight
    assert not accounts.public_cost[:12].any() and not accounts.tax_rate[:12].any()
    assert np.all(np.abs(accounts.public_cost[12:] * weight / 100.0 - 50e6) <= 0.005 * weight)
    graduates = accounts.public_cost - accounts.borne_by_others
    assert np.array_equal(graduates[12:], np.rint(share * accounts.public_cost[12:]))
    assert np.allclose(accounts.tax_rate[12:] * accounts.wage_bill[12:], graduates[12:], atol=1e-3, rtol=0.0)
    assert accounts.yearly()["public_cost"].tolist() == pytest.approx([0.0, 600e6, 300e6])
    untaxed = with_costs(WORLD, 50e6).run()
    assert np.array_equal(untaxed.accounts.public_cost, untaxed.accounts.borne_by_others)
    if share == 0.0:
        assert np.array_equal(untaxed.graduates.person, run.graduates.person)
    changed = difference(untaxed, Simulation(WORLD, seed=3).run())
    assert set(changed) == {"accounts borne_by_others", "accounts public_cost"}


@pytest.mark.parametrize("reform", EVERY_KIND, ids=lambda reform: f"{type(reform).__name__}-{reform.start}")
def test_the_budget_balances_every_month_under_each_kind_of_reform(reform: Reform) -> None:
    """The accounts would stop the run; only pay that a reform changes is computed."""
    before = [JudicialReform(target=0.5, speed=0.1)] if isinstance(reform, Reversal) else []
    run = with_costs(TAXED, 1e6, *before, reform).run()
    accounts = run.accounts
    graduates = [round(rate * int(bill)) for rate, bill in zip(accounts.tax_rate, accounts.wage_bill, strict=True)]
    assert np.array_equal(np.array(graduates) + accounts.borne_by_others, accounts.public_cost)
    assert np.array_equal(graduates, np.rint(0.8 * accounts.public_cost))
    computed = accounts.public_cost - run.treasury.asserted
    assert computed.any() == isinstance(reform, COMPUTED) and np.all(computed >= 0)


def test_the_budget_balances_every_month_under_all_of_them_at_once() -> None:
    run = with_costs(TAXED, 3e6, *EVERY_KIND).run()
    assert np.all(run.accounts.tax_rate[6:] > 0.0)


def test_accounts_that_miss_a_cent_stop_the_run() -> None:
    accounts = Simulation(TAXED, PARITY, seed=1).accounts
    accounts.budget(3, 1_000_000, 500, 100, 400 / 1_000_000)
    with pytest.raises(
        AccountsError, match="2026-04: the budget does not balance: graduates pay 400 cents of 1,000,000"
    ):
        accounts.budget(3, 1_000_000, 501, 100, 400 / 1_000_000)


def test_the_tax_lowers_what_graduates_weigh_and_not_the_bill() -> None:
    """In the first month, before anybody has reviewed, the bills are the same; only then fewer want to stay."""
    world = TAXED.replace({"labour.wage_elasticity": 0.0})
    at_once = PublicSalaryParity(target=1.2)
    taxed, free = (
        Simulation(world, at_once, seed=6),
        Simulation(world.replace({"treasury.financing": "none"}), at_once, seed=6),
    )
    for run in (taxed, free):
        run.step()
    assert taxed.accounts.public_cost[0] == free.accounts.public_cost[0] > 0
    assert taxed.accounts.wage_bill[0] == free.accounts.wage_bill[0]
    tax = taxed.accounts.tax_rate[0]
    assert taxed.environment.countries.ln_wage_answer[0].tolist()[0] == math.log1p(-tax)
    assert not taxed.environment.countries.ln_wage_answer[0, 1:].any()
    assert free.environment.countries.ln_wage_answer[0, HOME] == 0.0


def test_a_tax_keeps_fewer_at_home() -> None:
    """Paired over four seeds: what parity brings falls by more than three standard errors if graduates pay for it."""
    world = WORLD.replace({"graduates": 6000, "end": "2031-12", "treasury.graduates_share": 1.0})
    gaps = []
    for seed in range(4):
        runs = [
            Simulation(world.replace({"treasury.financing": by}), PublicSalaryParity(target=1.0), seed=seed).run()
            for by in ("tax", "none")
        ]
        taxed, free = (run.accounts.monthly()["net_brain_gain"].sum() for run in runs)
        gaps.append(taxed - free)
    assert np.mean(gaps) < -3.0 * np.std(gaps, ddof=1) / 2.0


def test_those_who_came_are_let_off_their_share_of_pay_person_by_person() -> None:
    """To a cent a person; added to the log of pay as it is, a share of .3 would be a rise of a third."""
    cut = ReturnIncentive(months_of_pay=0.0, tax_cut=0.3, tax_cut_years=1.0, offers=20.0, cost_reduction=3.0)
    run = after(Simulation(WORLD, cut, seed=2), 20)
    pay, at_work, _ = pay_by_hand(run, 20)
    run.step()
    let_off = at_work["tax_cut_month"] > 20
    assert 10 < let_off.sum() < (at_work["arrival_month"] >= 0).sum()  # of some it has ended
    computed = run.accounts.public_cost[20] - run.treasury.asserted[20]
    assert computed == pytest.approx(0.3 * pay[let_off].sum(), abs=int(let_off.sum()))


def test_reforms_that_would_take_all_pay_are_refused_with_month_and_share() -> None:
    run = with_costs(TAXED, 20e9)
    with pytest.raises(
        ReformError, match=r"kazakhstan: in 2027-01 the share of what reforms cost that graduates bear is"
    ):
        run.run()
    for again in (run, copy.copy(run)):
        with pytest.raises(ReformError, match="treasury.graduates_share be smaller"):
            again.step()
    assert run.month == 12
    with_costs(WORLD, 20e9).run()  # whom nobody asks can be told any sum


def test_costs_that_nobody_is_at_work_to_bear_are_refused() -> None:
    run = after(with_costs(TAXED, 1e6), 12)
    run_phase(run.state, run.month, INFORM, 0, 0, np.zeros((1, PART), dtype=np.int64), run.tally)
    with pytest.raises(ReformError, match=r"in 2027-01 .* graduates bear falls on nobody: none is at work"):
        run.step()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_taxed_run_goes_on_elsewhere_to_the_same_bits(
    threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for phase in FEWEST:  # small worlds would be left to one thread
        monkeypatch.setitem(FEWEST, phase, 64)
    plan = [PARITY, RESERVED]
    unbroken = Simulation(TAXED, plan, seed=8, threads=1).run()
    run = after(Simulation(TAXED, plan, seed=8, threads=threads), 14)
    run.save(tmp_path / "run.npz")
    assert difference(unbroken, Simulation.load(tmp_path / "run.npz", threads=threads).run()) == []
    assert difference(unbroken, run.copy().run()) == []
    early = after(Simulation(TAXED, [PARITY], seed=8, threads=threads), 3)
    assert difference(unbroken, early.branch(plan).run()) == []
    assert difference(unbroken, run.run()) == []


def test_bills_are_in_market_dollars_whatever_graduates_compare() -> None:
    """Where they compare pay at the market rate there is nothing to convert; mean pay is near the 1,037 USD of 2024."""
    bills = []
    for basis in ("ppp", "market"):
        run = Simulation(TAXED.replace({"decision.income_basis": basis}), PublicSalaryParity(target=1.0), seed=1)
        run.step()
        bills.append(int(run.accounts.wage_bill[0]))
        assert 800.0 < bills[-1] / 100.0 / run.accounts.employed[0].sum() < 1300.0
    assert bills[0] == pytest.approx(bills[1], rel=1e-9)
