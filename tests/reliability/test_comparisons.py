"""Experiments that compare plans: what the plans mean, and that they publish an answer that can be checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.environment import Environment
from abm.reforms import Diversification, ReturnIncentive, prices
from abm.reforms.costs import cost_of
from abm.scenario import Scenario
from abm.sweep import DesignError, Plans
from experiments.commands.check import check
from experiments.questions import (
    brain_gain_initiative,
    brain_korea,
    credibility,
    diaspora,
    diversification,
    family,
    host_shock,
    personnel_reserve,
    salary,
    serpin,
)
from experiments.study.conduct import conduct

WORLD = Scenario.load("kazakhstan").replace({"graduates": 200})


def test_half_of_a_promise_and_half_as_much_promised_are_the_same_path_but_not_the_same_trust() -> None:
    arms = {str(arm.levels["plan"]): arm for arm in credibility.design(WORLD).arms()}
    half, modest, full = (
        Environment(WORLD, arms[plan].reforms).rule_of_law
        for plan in (credibility.HALF_DELIVERED, credibility.MODEST, credibility.DELIVERED)
    )
    short_of_the_target = slice(0, 12 * 15)
    assert np.allclose(half.actual[short_of_the_target], modest.actual[short_of_the_target], atol=1e-9)
    assert np.allclose(half.actual, modest.actual, atol=0.002)  # the last step up to the target is cut off differently
    assert np.all(half.credibility[24:180] < modest.credibility[24:180] - 0.1)
    # twice as much is promised, so more is expected at first, but what is half kept is soon believed less
    assert half.expected[0] > modest.expected[0] + 0.03
    assert np.all(half.expected[24:180] < modest.expected[24:180] - 0.005)
    assert full.actual[120] > half.actual[120] + 0.3


def test_what_is_taken_back_falls_to_the_old_path() -> None:
    plans = credibility.design(WORLD).plans
    base, reversed_ = (
        Environment(WORLD, plans[plan]).rule_of_law for plan in (credibility.NOTHING, credibility.REVERSED)
    )
    assert reversed_.actual[36] > base.actual[36] + 0.2
    assert reversed_.actual[-1] == pytest.approx(base.actual[-1], abs=1e-9)


def test_shocks_alone_touch_their_own_quantity_and_together_all() -> None:
    arms = {str(arm.levels["plan"]): arm for arm in host_shock.design(WORLD).arms()}
    base, jobs, stays, permits, every = (
        Environment(WORLD, arms[plan].reforms).countries[0]
        for plan in (host_shock.NOTHING, host_shock.JOBS, host_shock.STAYS, host_shock.PERMITS, host_shock.ALL)
    )
    capped = ~base.free_entry
    assert np.array_equal(jobs.offer_rate[1:], 0.5 * base.offer_rate[1:]) and jobs.permit_prob[1] == base.permit_prob[1]
    assert np.all(stays.post_study_months[capped] == 6) and np.array_equal(stays.offer_rate, base.offer_rate)
    assert np.allclose(permits.permit_prob[capped], 0.54 * base.permit_prob[capped])
    assert np.array_equal(every.offer_rate, jobs.offer_rate) and np.array_equal(every.permit_prob, permits.permit_prob)


ALWAYS = {"effects", "gap_by_year", "net_brain_gain_by_year", "graduates_at_work_by_year"}


@pytest.mark.parametrize(
    ("experiment", "figures"),
    [
        (credibility, {"beliefs_by_year"}),
        (host_shock, {"returns_by_year", "unemployment_by_year"}),
        (
            salary,
            {f"{name}_by_year" for name in ("unemployment", "emigrants", "returns")}
            | {"ability_in_public_by_year", "ability_in_private_by_year"},
        ),
        (diversification, {"unemployment_by_year", "oil_price_fall_by_country"}),
        (brain_gain_initiative, {"what_each_brings", "who_is_paid", "what_else_it_takes"}),
        (diaspora, {"returns_through_ties_by_year", "linkage_and_pull"}),
        (serpin, {"who_complies"}),
        (personnel_reserve, {"members_by_year", "who_enters_and_stays"}),
        (brain_korea, {"emigrants_by_year", "unemployment_by_year", "kept_or_lost"}),
        (family, {"return_by_family_and_years", "whom_a_reform_reaches"}),
    ],
)
def test_it_publishes_an_answer_that_can_be_checked(experiment: Any, figures: set[str], tmp_path: Path) -> None:
    options = ["--graduates", "300", "--replicates", "2", "--workers", "1", "--quiet", "--out", str(tmp_path)]
    assert conduct(experiment.EXPERIMENT, [*options, "--set", "end=2030-12"]) == 0
    table = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "**What it means.** Over 2026-2030" in table
    assert all(f"*{plan}*" in table for plan in list(experiment.design(WORLD).plans)[1:])
    drawn = {path.name for path in (tmp_path / "figures").glob("*.png")}
    assert drawn == {f"{name}.png" for name in ALWAYS | figures}
    costs = pd.read_csv(tmp_path / "costs.csv")
    assert set(costs["plan"]) == {str(arm.levels["plan"]) for arm in experiment.design(WORLD).arms()[1:] if arm.reforms}
    assert check(tmp_path, sample=2) == []


def test_answers_to_a_shock_are_paid_and_counted_against_the_shock(tmp_path: Path) -> None:
    options = ["--graduates", "300", "--replicates", "2", "--workers", "1", "--quiet", "--out", str(tmp_path)]
    assert conduct(host_shock.EXPERIMENT, [*options, "--set", "end=2027-12"]) == 0
    costs = pd.read_csv(tmp_path / "costs.csv").query("discount_rate == 0").set_index("plan")
    shock, answer = costs.loc[host_shock.ALL], costs.loc[host_shock.INCENTIVE]
    runs = pd.read_csv(tmp_path / "runs.csv.xz").groupby("plan")["graduates_at_home"].sum() / 2
    beyond = {plan: runs[plan] - runs[host_shock.NOTHING] for plan in (host_shock.ALL, host_shock.INCENTIVE)}
    assert shock["graduate_years"] == pytest.approx(beyond[host_shock.ALL]) and shock["note"] == "not costed"
    assert answer["graduate_years"] == pytest.approx(beyond[host_shock.INCENTIVE] - beyond[host_shock.ALL])
    # the offices, and two years' pay for each who came home to an offer
    paid = pd.read_csv(tmp_path / "runs.csv.xz").groupby("plan")["public_cost"].sum() / 2
    assert answer["spent"] == pytest.approx(paid[host_shock.INCENTIVE] - paid[host_shock.ALL], rel=1e-6)
    assert answer["spent"] > 2 * cost_of(ReturnIncentive(), WORLD) and paid[host_shock.ALL] == 0.0


def test_posts_that_are_lost_cost_nobody_anything() -> None:
    arms = {str(arm.levels["plan"]): arm for arm in salary.design(WORLD).arms()}
    assert arms[salary.NO_JOBS].reforms[1].cost_usd_per_year == 0.0


def test_plans_are_arms_in_their_order_and_none_are_refused() -> None:
    arms = Plans.of({"nothing": (), "jobs": (Diversification(private_jobs=0.1),)}).arms()
    assert [arm.label for arm in arms] == ["plan = nothing", "plan = jobs"]
    assert [len(arm.reforms) for arm in arms] == [0, 1] and arms[1].overrides == {}
    with pytest.raises(DesignError, match="needs at least one: the first is the baseline"):
        Plans.of({})


def test_a_plan_may_be_carried_out_in_another_world_but_not_one_that_is_not_there() -> None:
    elsewhere = {"labour.merit": 0.9}
    arms = Plans.of({"nothing": (), "elsewhere": ()}, elsewhere={"elsewhere": elsewhere}).arms()
    assert [arm.overrides for arm in arms] == [{}, elsewhere]
    with pytest.raises(DesignError, match="a world is given for 'nowhere'"):
        Plans.of({"nothing": ()}, elsewhere={"nowhere": elsewhere})


def test_dependence_on_oil_changes_nothing_until_the_price_falls_and_more_then() -> None:
    plans = diversification.design(WORLD)
    arms = {str(arm.levels["plan"]): arm for arm in plans.arms()}
    fall, dependent = arms[diversification.FALLS], arms[diversification.FALLS_MORE]
    base = Environment(WORLD)
    posts = [Environment(WORLD.replace(arm.overrides), arm.reforms).posts for arm in (fall, dependent)]
    before = slice(0, diversification.PHASED_IN)
    assert all(np.array_equal(each[before], base.posts[before]) for each in posts)
    after = diversification.PHASED_IN
    assert np.all(posts[1][after, :2] < posts[0][after, :2]) and np.all(posts[0][after, :2] < base.posts[after, :2])


def test_the_price_falls_when_the_new_posts_are_there_or_halfway_through_a_short_run() -> None:
    def falls(world: Scenario) -> str:
        return next(iter(diversification.design(world).plans[diversification.FALLS])).start

    assert falls(WORLD) == "2032-01"
    assert falls(WORLD.replace({"end": "2030-12"})) == "2028-01"


def test_another_diaspora_is_another_diaspora_and_nothing_else() -> None:
    base, same, double = (
        Environment(WORLD.replace(diaspora.diaspora_of(WORLD, factor)) if factor else WORLD) for factor in (0, 1.0, 2.0)
    )
    assert np.allclose(same.diaspora, base.diaspora, atol=1e-2) and np.allclose(
        double.diaspora, 2 * base.diaspora, 0.01
    )
    assert np.array_equal(double.posts, base.posts) and double.weight == base.weight


def test_a_decade_of_rule_of_law_ends_where_it_leads_and_never_beyond_the_scale() -> None:
    level = float(Environment(WORLD).rule_of_law.actual[0])
    decade = prices.decade_of_rule_of_law(WORLD, "2026-01")
    assert decade.target == pytest.approx(level + 1.08, abs=1e-4) and decade.speed == 0.108
    assert prices.rule_of_law_after(WORLD, 0.108, 40) == 2.5
    # a promise costs the same whether it is kept or not
    empty = prices.decade_of_rule_of_law(WORLD, "2026-01", fidelity=0.0)
    assert empty.cost_usd_per_year == decade.cost_usd_per_year


def test_what_a_diaspora_policy_costs_grows_with_ties_and_offers_and_investors_pay_for_their_posts() -> None:
    own = prices.diaspora_engagement(WORLD, "2026-01", tie_offers=2.0)
    cost = own.cost_usd_per_year
    assert own == type(own)(start="2026-01", cost_usd_per_year=cost) and cost == pytest.approx(5e6, rel=1e-4)

    def priced(**given: float) -> float | None:
        return prices.diaspora_engagement(WORLD, "2026-01", **given).cost_usd_per_year

    assert priced(tie_offers=3.0) == pytest.approx(2 * cost, abs=2)
    assert priced(tie_offers=3.0, offers=3.0) == pytest.approx(4 * cost, abs=4)
    for posts in (10.0, 100.0):
        assert priced(posts_per_thousand=posts) == cost
    assert priced() == 0


def test_help_for_those_who_serve_is_paid_beside_their_grants() -> None:
    alone, helped = (prices.service_obligation(WORLD, "2026-01", **given) for given in ({}, {"placement": 0.9}))
    assert helped.cost_usd_per_year == pytest.approx((1.0 + prices.PLACEMENT) * alone.cost_usd_per_year, abs=2)
    assert helped.placement == 0.9 and alone.placement == 0.0


def test_training_costs_in_proportion_to_what_it_gives() -> None:
    few, many = (prices.research_funding(WORLD, "2026-01", doctorates=share) for share in (0.004, 0.02))
    assert many.cost_usd_per_year == pytest.approx(5 * few.cost_usd_per_year, abs=3)
    more = prices.research_funding(WORLD, "2026-01", graduates=0.1)
    degrees, pay = 0.1 * WORLD.education.graduates_per_year.values[-1], WORLD.home.wage_market.values[-1]
    assert more.cost_usd_per_year == pytest.approx(degrees * prices.ADDED_DEGREE * pay, abs=1)
