"""Spending, graduate-years gained and what one costs, against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import pytest

from abm.analysis.costs import costs, graduate_years, plausible_cost, spending, spent
from abm.reforms import Diversification, HostTightening, JudicialReform, MeritReform, PublicSalaryParity, Reversal
from abm.reforms.base import Reform
from abm.scenario import Scenario
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


def test_the_range_is_the_reforms_own_and_scales_with_a_cost_of_ones_own() -> None:
    assert plausible_cost(MeritReform()) == pytest.approx((10e6, 30e6, 100e6))
    assert plausible_cost(MeritReform(cost_usd_per_year=60e6)) == pytest.approx((20e6, 60e6, 200e6))
    assert plausible_cost(HostTightening(cost_usd_per_year=5.0)) == (5.0, 5.0, 5.0)


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
    assert (row["spent"], row["spent_low"], row["spent_high"]) == pytest.approx((90e6, 30e6, 300e6))
    assert row["usd_per_graduate_year"] == pytest.approx(90e6 / 303.0)
    assert row["usd_per_graduate_year_low"] == pytest.approx(90e6 / (303.0 + reach))
    assert row["usd_per_graduate_year_high"] == pytest.approx(90e6 / (303.0 - reach))
    assert row["usd_per_graduate_year_at_best"] == pytest.approx(30e6 / (303.0 + reach))
    assert row["usd_per_graduate_year_at_worst"] == pytest.approx(300e6 / (303.0 - reach))
    assert row["graduate_years_per_million_usd"] == pytest.approx(303.0 / 90.0)
    assert row["graduate_years_per_million_usd_low"] == pytest.approx((303.0 - reach) / 90.0)
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
