"""Spending, graduate-years gained and what one costs, against numbers worked out by hand."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import pandas as pd
import pytest

from abm.analysis.costs import costs, graduate_years, spending, spent
from abm.environment import Environment
from abm.parameters import Costs, parameter
from abm.reforms import (
    KINDS,
    Change,
    CirculationScheme,
    Diversification,
    HostTightening,
    JudicialReform,
    MeritReform,
    PersonnelReserve,
    PublicSalaryParity,
    Reform,
    Reversal,
    ServiceObligation,
)
from abm.reforms.base import ReformError
from abm.reforms.costs import cost_of, plausible_cost
from abm.reforms.scale import yearly_pay
from abm.scenario import Scenario, ScenarioError
from abm.simulation import Simulation
from abm.sweep.arms import Arm

WORLD = Scenario.load("kazakhstan").replace({"graduates": 100, "end": "2028-12"})
T_1 = 12.706204736174694  # 0.975 quantile of Student's t on 1 degree of freedom


def rows(plan: str, at_home: Sequence[Sequence[float]]) -> list[dict[str, object]]:
    """Return rows of runs from the graduates at home in each year of each replicate."""
    return [
        {"plan": plan, "replicate": replicate, "year": 2026 + year, "months": 12, "graduates_at_home": graduates}
        for replicate, years in enumerate(at_home)
        for year, graduates in enumerate(years)
    ]


def arm(plan: str, *reforms: Reform) -> Arm:
    return Arm(f"plan = {plan}", {"plan": plan}, reforms=reforms)


def test_money_is_spent_while_a_reform_is_in_force() -> None:
    by_year = spending([MeritReform(start="2026-07", end="2027-09", cost_usd_per_year=12e6)], WORLD)
    assert by_year["central"].tolist() == pytest.approx([6e6, 9e6, 0.0])
    assert spent([MeritReform(start="2026-07", end="2027-09", cost_usd_per_year=12e6)], WORLD).central == 15e6


def test_money_is_phased_in_with_the_ramp_but_neither_fades_nor_is_saved_by_poor_delivery() -> None:
    ramped = MeritReform(start="2026-01", ramp_months=11, fidelity=0.2, decay=0.5, cost_usd_per_year=12e6)
    # a twelfth of a million in January, twice that in February, ... a million in December: 78 twelfths
    assert spending([ramped], WORLD)["central"].tolist() == pytest.approx([6.5e6, 12e6, 12e6])


ROUNDED = 6e-5  # shares of pay are given to five digits


def test_the_range_is_the_kinds_own_and_scales_with_a_cost_of_ones_own() -> None:
    assert plausible_cost(MeritReform(), WORLD) == pytest.approx((10e6, 30e6, 100e6), rel=ROUNDED)
    stated = plausible_cost(MeritReform(cost_usd_per_year=60e6), WORLD)
    assert stated == pytest.approx((20e6, 60e6, 200e6), rel=ROUNDED) and stated.central == 60e6
    assert plausible_cost(HostTightening(cost_usd_per_year=5.0), WORLD) == (5.0, 5.0, 5.0)


# USD a year in Kazakhstan before costs became shares of pay
IN_KAZAKHSTAN = {
    "BondedScholarship": (40e6, 80e6, 160e6),
    "CirculationScheme": (8e6, 20e6, 60e6),
    "DiasporaEngagement": (0.3e6, 5e6, 30e6),
    "Diversification": (0.1e9, 0.4e9, 2e9),
    "ForeignTalentVisa": (2e6, 10e6, 50e6),
    "GraduateResearchFunding": (20e6, 45e6, 300e6),
    "JudicialReform": (20e6, 50e6, 200e6),
    "MeritReform": (10e6, 30e6, 100e6),
    "ReturnIncentive": (0.3e6, 10e6, 100e6),
    "ServiceObligation": (10e6, 25e6, 60e6),
}


def test_every_kind_costs_a_share_of_pay_that_the_scenario_names_or_nothing() -> None:
    for name, kind in KINDS.items():
        expected = IN_KAZAKHSTAN.get(name, (0.0, 0.0, 0.0))
        assert plausible_cost(kind(), WORLD) == pytest.approx(expected, rel=ROUNDED), name
        assert (kind.priced_as != "") == (name in IN_KAZAKHSTAN)
    assert {kind.priced_as for kind in KINDS.values()} - {""} == {item.name for item in dataclasses.fields(Costs)}


def test_the_same_reform_costs_a_tenth_in_a_country_a_tenth_of_the_size_and_in_one_that_pays_a_tenth() -> None:
    reforms = [MeritReform(), Diversification(start="2027-01")]
    whole = spending(reforms, WORLD)
    for name in ("home.graduates", "home.wage_market"):
        tenth = {str(year): value / 10.0 for year, value in zip(*dataclasses.astuple(WORLD.get(name)), strict=True)}
        small = WORLD.replace({name: tenth})
        assert yearly_pay(small) == pytest.approx(yearly_pay(WORLD) / 10.0)
        assert spending(reforms, small).to_numpy() == pytest.approx(whole.to_numpy() / 10.0)
    stated = [MeritReform(cost_usd_per_year=12e6)]
    assert spending(stated, small)["central"].tolist() == pytest.approx([12e6] * 3)  # what is stated is stated in USD


def test_costs_that_are_stated_in_part_are_refused_in_a_sentence_that_names_all_that_is_missing() -> None:
    table = WORLD.to_dict()
    del table["costs"]["merit_reform"], table["costs"]["diversification"]["low"], table["home"]["wage"]
    with pytest.raises(ScenarioError) as refused:
        Scenario.from_dict(table, "old.toml")
    sentence = str(refused.value)
    assert sentence.startswith("old.toml: 5 keys are missing") and "home.wage: " in sentence and "\n" not in sentence
    assert all(f"costs.merit_reform.{key}: " in sentence for key in ("share", "low", "high"))


def test_a_country_without_costs_runs_and_refuses_only_reforms_whose_cost_nobody_says() -> None:
    table = WORLD.replace({"graduates": 200}).to_dict()
    del table["costs"]
    world = Scenario.from_dict(table, "history.toml")
    assert world.costs is None and Scenario.from_toml(world.to_toml()) == world
    parity, stated = PublicSalaryParity(), MeritReform(cost_usd_per_year=12e6)
    assert plausible_cost(stated, world) == (12e6, 12e6, 12e6)
    assert spending([stated, parity], world)["central"].tolist() == pytest.approx([12e6] * 3)
    assert Simulation(world, [stated, parity], seed=1).run().finished
    for ask in (cost_of, plausible_cost):
        with pytest.raises(ReformError, match=r"kazakhstan: costs is missing, so .* MeritReform costs.*\[costs\]"):
            ask(MeritReform(), world)
    with pytest.raises(ReformError, match="costs is missing"):
        Simulation(world, [MeritReform()], seed=1).run()


def test_a_cost_outside_its_own_range_is_refused() -> None:
    with pytest.raises(ScenarioError, match="costs.merit_reform.share is 0.9, but must lie between"):
        WORLD.replace({"costs.merit_reform.share": 0.9})


def test_the_model_and_the_analysis_reckon_the_same_bill_and_idle_reforms_add_nothing() -> None:
    plan = [MeritReform(), MeritReform(target=0.6), PublicSalaryParity(), Diversification(), MeritReform(target=0.2)]
    environment = Environment(WORLD, plan)
    by_year = environment.asserted_cost.reshape(-1, 12).sum(axis=1)
    assert by_year.tolist() == pytest.approx(spending(plan, WORLD)["central"].tolist()) and by_year.min() > 30e6
    assert environment.asserted_cost is environment.asserted_cost
    assert Environment(WORLD).asserted_cost.tolist() == [0.0] * WORLD.n_months


def test_a_promise_taken_back_costs_nothing_more_and_one_made_afterwards_does() -> None:
    first = JudicialReform(start="2026-01", cost_usd_per_year=12e6)
    later = JudicialReform(start="2028-01", cost_usd_per_year=24e6)
    merit = MeritReform(start="2026-01", cost_usd_per_year=1.2e6)
    plan = [first, Reversal(start="2027-07"), later, merit]
    assert spending(plan, WORLD)["central"].tolist() == pytest.approx([13.2e6, 7.2e6, 25.2e6])
    ignored = spending([first, Reversal(start="2027-07", fidelity=0.0)], WORLD)
    assert ignored["central"].tolist() == pytest.approx([12e6, 12e6, 12e6])


def test_later_money_counts_less_when_it_is_discounted() -> None:
    merit = [MeritReform(start="2026-01", cost_usd_per_year=1e6)]
    assert spent(merit, WORLD, discount_rate=0.25).central == pytest.approx(1e6 * (1 + 0.8 + 0.64))


def test_graduate_years_are_paired_summed_and_cut_short_with_the_year() -> None:
    baseline = pd.DataFrame(rows("none", [[100.0, 100.0], [110.0, 120.0]]))
    more = pd.DataFrame(rows("more", [[101.0, 103.0], [112.0, 126.0]]))  # 4 and 8 graduate-years
    gain = graduate_years(more, baseline)
    assert gain.mean == 6.0 and gain.standard_error == pytest.approx(2.0)
    assert gain.low == pytest.approx(6.0 - 2.0 * T_1)
    discounted = graduate_years(more, baseline, discount_rate=0.25)
    assert discounted.mean == pytest.approx((1 + 0.8 * 3 + 2 + 0.8 * 6) / 2)
    half = [table.assign(months=[12, 6, 12, 6]) for table in (more, baseline)]
    assert graduate_years(*half).mean == pytest.approx((1 + 3 / 2 + 2 + 6 / 2) / 2)


def table_of_costs(at_home: Sequence[Sequence[float]], *reforms: Reform) -> pd.Series:
    runs = pd.DataFrame(rows("none", [[100.0] * 3, [100.0] * 3]) + rows("plan", at_home))
    return costs([arm("none"), arm("plan", *reforms)], runs, WORLD).iloc[0]


def test_the_cost_of_a_graduate_year_is_spending_over_gain_at_each_end_of_its_interval() -> None:
    # 300 and 306 graduate-years for 90 million (30 to 300 million)
    row = table_of_costs([[200.0] * 3, [202.0] * 3], MeritReform())
    reach = 3.0 * T_1
    assert (row["spent"], row["spent_low"], row["spent_high"]) == pytest.approx((90e6, 30e6, 300e6), rel=ROUNDED)
    assert row["usd_per_graduate_year"] == pytest.approx(90e6 / 303.0, rel=ROUNDED)
    assert row["usd_per_graduate_year_low"] == pytest.approx(90e6 / (303.0 + reach), rel=ROUNDED)
    assert row["usd_per_graduate_year_high"] == pytest.approx(90e6 / (303.0 - reach), rel=ROUNDED)
    assert row["usd_per_graduate_year_at_best"] == pytest.approx(30e6 / (303.0 + reach), rel=ROUNDED)
    assert row["usd_per_graduate_year_at_worst"] == pytest.approx(300e6 / (303.0 - reach), rel=ROUNDED)
    assert row["graduate_years_per_million_usd"] == pytest.approx(303.0 / 90.0, rel=ROUNDED)
    assert row["graduate_years_per_million_usd_low"] == pytest.approx((303.0 - reach) / 90.0, rel=ROUNDED)
    assert row["note"] == ""


def test_without_a_gain_shown_or_a_cost_there_is_no_ratio() -> None:
    unsure = table_of_costs([[99.0] * 3, [102.0] * 3], MeritReform())
    lost = table_of_costs([[90.0] * 3, [90.1] * 3], MeritReform())
    free = table_of_costs([[200.0] * 3, [201.0] * 3], HostTightening(offers=0.5))
    assert [row["note"] for row in (unsure, lost, free)] == ["no gain shown", "graduates lost", "not costed"]
    assert all(math.isnan(row["usd_per_graduate_year"]) for row in (unsure, lost, free))


def test_another_plan_can_take_the_place_of_the_baseline_in_money_and_in_graduates() -> None:
    tables = rows("none", [[100.0] * 3] * 2) + rows("less", [[110.0] * 3] * 2) + rows("more", [[120.0] * 3] * 2)
    less = arm("less", PublicSalaryParity(cost_usd_per_year=1e9))
    more = arm("more", PublicSalaryParity(cost_usd_per_year=1e9), Diversification(cost_usd_per_year=3e6, ramp_months=0))
    found = costs([arm("none"), less, more], pd.DataFrame(tables), WORLD, against={more.label: less})
    last = found.set_index("plan").loc["more"]
    assert last["spent"] == pytest.approx(9e6) and last["graduate_years"] == 30.0
    assert last["usd_per_graduate_year"] == pytest.approx(0.3e6)


def paid(*reforms: Reform, world: Scenario = WORLD) -> list[float]:
    return spending(reforms, world)["central"].tolist()


def test_the_same_reform_twice_costs_what_it_costs_once() -> None:
    for reform in (MeritReform(ramp_months=20), JudicialReform(target=0.5)):
        assert spent([reform, reform], WORLD) == spent([reform], WORLD)
    once, twice = ([Diversification()] * n for n in (1, 2))  # twice the posts for twice the money
    assert spent(twice, WORLD).central == pytest.approx(2 * spent(once, WORLD).central)


def test_a_step_in_two_reforms_is_one_bill_whether_the_first_one_ends_or_not() -> None:
    first = PublicSalaryParity(target=0.8, start="2026-01", end="2026-12", cost_usd_per_year=12e6)
    second = PublicSalaryParity(target=1.0, start="2027-01", cost_usd_per_year=24e6)
    open_ended = dataclasses.replace(first, end=None)
    assert paid(first, second) == paid(open_ended, second) == paid(second, open_ended)
    assert paid(open_ended, second) == pytest.approx([12e6, 24e6, 24e6])
    assert spent([open_ended, second], WORLD) == spent([first, second], WORLD)


def test_while_the_second_step_is_phased_in_the_dearer_of_both_is_paid() -> None:
    first = MeritReform(target=0.6, cost_usd_per_year=12e6)
    second = MeritReform(target=1.0, ramp_months=23, cost_usd_per_year=24e6)
    # the second costs a month's 1/24 more of two million each month: it is the dearer one from the thirteenth on
    assert paid(first, second)[0] == pytest.approx(12e6)
    assert paid(first, second)[1] == pytest.approx(2e6 * sum(range(13, 25)) / 24)
    assert paid(first, second)[2] == pytest.approx(24e6)


def test_what_changes_nothing_costs_nothing() -> None:
    idle = [
        PublicSalaryParity(target=0.4),
        MeritReform(target=0.3),
        ServiceObligation(share=0.0, placement=1.0),
        JudicialReform(target=1.5, speed=0.0),
        JudicialReform(target=-2.0),
        Reversal(cost_usd_per_year=5e6),
        HostTightening(destination="russia", permit_prob=0.0, cost_usd_per_year=5e6),
    ]
    assert paid(*idle) == [0.0, 0.0, 0.0]
    assert paid(*idle, MeritReform()) == paid(MeritReform()) == pytest.approx([30e6] * 3, rel=ROUNDED)


def test_what_is_tried_and_not_carried_out_is_paid_for() -> None:
    merit = {"cost_usd_per_year": 7e6}
    assert paid(MeritReform(fidelity=0.0, **merit)) == paid(MeritReform(**merit)) == pytest.approx([7e6] * 3)
    assert paid(JudicialReform(target=0.5, fidelity=0.0)) == pytest.approx([50e6] * 3, rel=ROUNDED)
    assert paid(MeritReform(target=0.4, fidelity=0.0)) == [0.0] * 3
    assert paid(MeritReform(fidelity=0.0, **merit), MeritReform(**merit)) == pytest.approx([7e6] * 3)
    two = [CirculationScheme(fidelity=fidelity) for fidelity in (0.0, 1.0)]
    assert paid(*two) == pytest.approx([40e6] * 3, rel=ROUNDED)  # two were set up


def test_what_the_run_computes_is_not_asserted() -> None:
    assert paid(PublicSalaryParity()) == paid(PersonnelReserve()) == [0.0] * 3


def test_a_lower_level_beneath_a_higher_one_is_not_paid_for_though_it_is_dearer() -> None:
    higher, lower = (MeritReform(target=t, cost_usd_per_year=cost) for t, cost in ((0.9, 10e6), (0.6, 40e6)))
    assert paid(higher, lower) == paid(lower, higher) == pytest.approx([10e6] * 3)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FairPay(Reform):
    """Another kind that raises public pay, by a name of its own."""

    target: float = parameter(0.9, meaning="pay", unit="ratio", low=0.0, high=5.0, source="assumption: a test")

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the rise of public pay."""
        return [Change("public_wage_ratio", self.target)]


def test_kinds_of_ones_own_that_change_the_same_share_a_bill_too() -> None:
    mine = FairPay(start="2026-01", cost_usd_per_year=12e6)
    parity = PublicSalaryParity(start="2027-01", cost_usd_per_year=24e6)
    assert paid(mine, parity) == pytest.approx([12e6, 24e6, 24e6])
    assert paid(FairPay(target=0.5, cost_usd_per_year=12e6)) == [0.0] * 3
    # a merit reform that raises another quantity too is a reform beside it
    assert paid(mine, MeritReform(start="2027-01", cost_usd_per_year=1e6)) == pytest.approx([12e6, 13e6, 13e6])


def test_what_runs_say_was_paid_is_spent_with_the_range_of_what_is_asserted() -> None:
    runs = pd.DataFrame(rows("none", [[100.0] * 3] * 2) + rows("plan", [[110.0] * 3] * 2))
    merit = MeritReform(cost_usd_per_year=30e6)  # and 5 and 7 million a year were paid to persons
    runs["public_cost"] = [0.0] * 6 + [35e6] * 3 + [37e6] * 3
    found = costs([arm("none"), arm("plan", merit)], runs, WORLD).iloc[0]
    low, high = (bound * 3.0 for bound in (10e6 + 6e6, 100e6 + 6e6))
    assert (found["spent_low"], found["spent"], found["spent_high"]) == pytest.approx((low, 108e6, high), rel=ROUNDED)
    assert found["usd_per_graduate_year"] == pytest.approx(108e6 / 30.0)
    # what only the run computes is a cost too
    found = costs([arm("none"), arm("plan", PublicSalaryParity())], runs, WORLD).iloc[0]
    assert found["spent_low"] == found["spent"] == found["spent_high"] == pytest.approx(108e6)


def test_an_arm_pays_for_what_is_done_in_its_own_world() -> None:
    runs = pd.DataFrame(rows("none", [[100.0] * 3] * 2) + rows("plan", [[110.0] * 3] * 2))
    merit = arm("plan", MeritReform(target=0.7, cost_usd_per_year=7e6))
    able = dataclasses.replace(merit, overrides={"labour.merit": 0.8})
    here, there = (costs([arm("none"), each], runs, WORLD).iloc[0] for each in (merit, able))
    assert here["spent"] == pytest.approx(21e6) and here["note"] == ""
    assert there["spent"] == 0.0 and there["note"] == "not costed"


def test_places_and_sums_that_a_reform_leaves_out_are_in_proportion_to_the_country() -> None:
    """Of ten times the graduates, ten times the places; at twice the pay, twice the sum; what is stated, stays."""
    stock, cohort = WORLD.home.graduates.values[-1], WORLD.education.graduates_per_year.values[-1]
    size = {"home.graduates": stock, "education.graduates_per_year": cohort}
    large, small = (WORLD.replace({key: value / part for key, value in size.items()}) for part in (1.0, 10.0))
    rich = WORLD.replace({"home.wage": 2.0 * WORLD.home.wage.values[-1]})

    def given(reform: Reform, name: str, world: Scenario) -> float:
        return next(change.value for change in reform.changes(Environment(world)) if change.quantity == name)

    for reform, stated, name in (
        (CirculationScheme(), CirculationScheme(places=50.0), "posting_rate"),
        (PersonnelReserve(), PersonnelReserve(places=50.0), "reserve_places"),
    ):
        scale = 1.0 if name == "posting_rate" else 10.0  # a chance, or persons
        assert given(reform, name, large) == pytest.approx(scale * given(reform, name, small))
        assert given(stated, name, large) == pytest.approx(scale / 10.0 * given(stated, name, small))
    for reform, stated, name in (
        (CirculationScheme(), CirculationScheme(repayment=50.0), "posting_repayment"),
        (ServiceObligation(), ServiceObligation(repayment=50.0), "service_repayment"),
    ):
        assert given(reform, name, rich) == pytest.approx(2.0 * given(reform, name, WORLD))
        assert given(stated, name, rich) == given(stated, name, WORLD) == 50.0
