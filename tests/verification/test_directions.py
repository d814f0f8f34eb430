"""Each channel moves emigration and return the way the model says, at five standard errors, seeds in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

import abm.reforms as kinds
from abm.engine.streams import replicate_seed
from abm.reforms import Reform
from abm.scenario import Scenario
from abm.simulation import Simulation

GRADUATES, REPLICATES, END = 8_000, 8, "2033-12"
DESTINATIONS = ("russia", "united_states", "germany", "other_oecd")


def outcome(simulation: Simulation) -> dict[str, float]:
    """Return the sums over the run that directions are about."""
    yearly = simulation.accounts.yearly()
    names = ("emigrants", "returns", "net_brain_gain", "students_home", "emigrants_to_germany", "foreign_arrivals")
    names += ("pillar_linkage", "service_begun", "service_met", "scholarships_begun", "postings_begun", "postings_met")
    sums = {name: float(yearly[name].sum()) for name in names}
    sums["selection"] = float((yearly["mean_ability_abroad"] - yearly["mean_ability_at_home"])[-1])
    for name in ("mean_ability_in_reserve", "employed_in_reserve", "employed_in_private", "human_capital_at_home"):
        sums[name] = float(yearly[name].mean())
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
    beside: Sequence[Reform] = (),
) -> float:
    """Return the paired effect on a measure over its standard error (eight replicates, seven degrees of freedom).

    ``base`` and ``beside`` are in force with and without the change.
    """
    before = replicates(tuple((base or {}).items()), tuple(beside))
    after = replicates(tuple(((base or {}) | (changes or {})).items()), (*beside, *reforms))
    difference = after[measure] - before[measure]
    return float(difference.mean() / (difference.std(ddof=1) / np.sqrt(len(difference))))


def everywhere(parameter: str, value: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the same change of a parameter in every destination."""
    world = Scenario.load("kazakhstan")
    names = [f"destinations.{key}.{parameter}" for key in DESTINATIONS]
    return {name: value(world.get(name)) for name in names}


def test_higher_pay_at_home_keeps_and_brings_back_graduates() -> None:
    richer = {"home.wage": 2763.0 * 1.5}
    assert standard_errors("emigrants", richer) < -5
    assert standard_errors("returns", richer) > 5


def test_rule_of_law_at_home_keeps_and_brings_back_graduates() -> None:
    lawful = {"home.rule_of_law.start": 1.2}
    assert standard_errors("emigrants", lawful) < -5
    assert standard_errors("returns", lawful) > 5
    assert standard_errors("foreign_arrivals", lawful) > 5


def test_a_judicial_reform_works_through_the_same_channel() -> None:
    reform = [kinds.JudicialReform(start="2026-01", target=0.68, speed=0.108)]
    assert standard_errors("emigrants", reforms=reform) < -5
    assert standard_errors("net_brain_gain", reforms=reform) > 5


def test_public_pay_works_through_what_posts_pay() -> None:
    assert standard_errors("emigrants", reforms=[kinds.PublicSalaryParity(start="2026-01", target=1.0)]) < -5


def test_more_private_posts_mean_less_unemployment_and_less_emigration() -> None:
    reform = [kinds.Diversification(start="2026-01", private_jobs=0.2, ramp_months=12)]
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


def test_merit_in_hiring_and_pay_keeps_the_able_at_home() -> None:
    assert standard_errors("selection", reforms=[kinds.MeritReform(target=1.0)], base={"labour.merit": 0.0}) < -5
    more = [kinds.MeritReform(target=0.0, return_to_ability=0.6)]
    assert standard_errors("selection", reforms=more, base={"labour.merit": 1.0}) < -5


def test_a_reversal_undoes_what_a_judicial_reform_had_kept() -> None:
    promise = [kinds.JudicialReform(start="2026-01", target=1.0, speed=0.108)]
    reversal = [kinds.Reversal(start="2028-01", speed=0.108)]
    assert standard_errors("emigrants", reforms=reversal, beside=promise) > 5
    assert standard_errors("net_brain_gain", reforms=reversal, beside=promise) < -5


FALL = kinds.OilPriceShock(start="2026-01", factor=0.2, decay=0.0)


def test_a_fall_of_the_oil_price_costs_jobs_and_people() -> None:
    assert standard_errors("unemployment", reforms=[FALL]) > 5
    exposed = {"labour.oil_elasticity_private": 0.3}
    assert standard_errors("emigrants", reforms=[FALL], base=exposed) > 5


def test_independence_of_oil_protects_jobs_when_the_price_falls() -> None:
    shielded = [kinds.Diversification(private_jobs=0.0, less_exposure=1.0, ramp_months=0)]
    assert standard_errors("unemployment", reforms=shielded, beside=[FALL]) < -5


@pytest.mark.parametrize(
    "reform",
    [kinds.ReturnIncentive(cost_reduction=0.7), kinds.ReturnIncentive(cost_reduction=1.0, only_with_offer=True)],
    ids=["for all", "with an offer"],
)
def test_an_incentive_brings_graduates_home(reform: Reform) -> None:
    assert standard_errors("returns", reforms=[reform]) > 5


@pytest.mark.parametrize(
    "reform",
    [kinds.ReturnIncentive(cost_reduction=0.0, offers=20.0), kinds.DiasporaEngagement(tie_offers=1.0, offers=20.0)],
    ids=["incentive", "engagement"],
)
def test_offers_from_home_bring_graduates_home_where_they_are_rare_and_work_is_hard_to_find(reform: Reform) -> None:
    """Where work is found within months, an offer in hand adds little to coming home and searching."""
    hard = {"labour.remote_search": 0.1, "home.unemployment": 0.2, "decision.fallback_ratio": 0.1}
    assert standard_errors("returns", reforms=[reform], base=hard) > 5


def test_kept_ties_bring_graduates_home_through_offers_of_those_they_know() -> None:
    assert standard_errors("pillar_linkage", reforms=[kinds.DiasporaEngagement(tie_offers=10.0)]) > 5


def test_the_diasporas_investment_makes_jobs() -> None:
    invested = [kinds.DiasporaEngagement(tie_offers=1.0, posts_per_thousand=1000.0)]
    assert standard_errors("unemployment", reforms=invested) < -5


@pytest.mark.parametrize(
    "reform", [kinds.ForeignTalentVisa(), kinds.ForeignTalentVisa(candidates=1.0, cost_reduction=0.7)]
)
def test_invitations_and_a_lower_cost_bring_foreign_specialists(reform: Reform) -> None:
    assert standard_errors("foreign_arrivals", reforms=[reform]) > 5


@pytest.mark.parametrize("levels", [{"masters": 0.5, "doctorates": 0.0}, {"masters": 0.4, "doctorates": 0.3}])
def test_higher_degrees_bring_offers_from_abroad_and_some_leave(levels: dict[str, float]) -> None:
    assert standard_errors("emigrants", reforms=[kinds.GraduateResearchFunding(**levels)]) > 5


def test_hosts_with_fewer_offers_permits_or_months_receive_fewer() -> None:
    for tightening in ({"offers": 0.3}, {"permit_prob": 0.2}):
        assert standard_errors("emigrants", reforms=[kinds.HostTightening(**tightening)]) < -5
    cap = kinds.HostTightening(destination="germany", permits_per_year=100.0)
    assert standard_errors("emigrants_to_germany", reforms=[cap]) < -5
    assert (
        standard_errors(
            "students_home", reforms=[kinds.HostTightening(post_study_months=0, post_study_months_science=0)]
        )
        > 5
    )


GRANTS = kinds.ServiceObligation(share=0.3)


@pytest.mark.parametrize(
    "help_given",
    [{"placement": 0.9}, {"housing": 1.5}, {"pay": 2.0}, {"placement": 0.9, "follow_up": 1.0, "repayment": 200_000.0}],
    ids=["placement", "housing", "pay", "placement and follow-up"],
)
def test_what_helps_those_who_owe_service_makes_more_of_them_serve(help_given: dict[str, float]) -> None:
    helped = kinds.ServiceObligation(share=0.3, **help_given)
    before, after = (replicates((), (reform,)) for reform in (GRANTS, helped))
    gap = after["service_met"] - before["service_met"]
    assert gap.mean() > 5 * gap.std(ddof=1) / np.sqrt(len(gap))


def test_follow_up_makes_more_of_them_serve_where_there_are_places() -> None:
    places = kinds.ServiceObligation(share=0.3, placement=0.9)
    pursued = kinds.ServiceObligation(share=0.3, placement=0.9, follow_up=1.0, repayment=200_000.0)
    gap = replicates((), (pursued,))["service_begun"] - replicates((), (places,))["service_begun"]
    assert gap.mean() > 5 * gap.std(ddof=1) / np.sqrt(len(gap))


def test_a_bond_that_costs_much_brings_scholars_home() -> None:
    terms = {"share": 0.6, "pursuit": 1.0}
    weak, strong = (kinds.BondedScholarship(repayment=sum_owed, **terms) for sum_owed in (0.0, 600_000.0))
    base = {"education.repayment": 0.0, "education.pursuit_prob": 0.0}
    gap = replicates(tuple(base.items()), (strong,))["scholarships_begun"]
    gap = gap - replicates(tuple(base.items()), (weak,))["scholarships_begun"]
    assert gap.mean() > 5 * gap.std(ddof=1) / np.sqrt(len(gap))


def test_what_kin_would_lose_brings_scholars_home() -> None:
    scholars = [kinds.BondedScholarship(share=0.6)]
    assert standard_errors("scholarships_begun", {"decision.broken_obligation_cost": 3.0}, beside=scholars) > 5


def test_a_reserve_by_merit_takes_the_able_and_by_connections_does_not() -> None:
    chosen, befriended = (kinds.PersonnelReserve(places=4000.0, merit=merit) for merit in (1.0, 0.0))
    gap = (
        replicates((), (chosen,))["mean_ability_in_reserve"] - replicates((), (befriended,))["mean_ability_in_reserve"]
    )
    assert gap.mean() > 5 * gap.std(ddof=1) / np.sqrt(len(gap))


def test_a_reserve_takes_people_from_private_firms_and_holds_those_it_takes() -> None:
    reserve = [kinds.PersonnelReserve(places=150_000.0, pay=1.8)]
    assert standard_errors("employed_in_private", reforms=reserve) < -5
    assert standard_errors("emigrants", reforms=reserve) < -5


def test_posts_abroad_bring_more_back_the_more_staying_costs() -> None:
    free, bound = (
        kinds.CirculationScheme(places=80_000.0, pursuit=pursuit, repayment=500_000.0) for pursuit in (0.0, 1.0)
    )
    gap = replicates((), (bound,))["postings_met"] - replicates((), (free,))["postings_met"]
    assert gap.mean() > 5 * gap.std(ddof=1) / np.sqrt(len(gap))
    assert standard_errors("emigrants", reforms=[bound]) > 5
    assert standard_errors("returns", reforms=[bound]) > 5


def test_more_graduates_without_more_posts_mean_unemployment_and_departures() -> None:
    more = [kinds.GraduateResearchFunding(doctorates=0.0, graduates=0.3)]
    assert standard_errors("unemployment", reforms=more) > 5
    assert standard_errors("emigrants", reforms=more) > 5
    assert standard_errors("human_capital_at_home", reforms=more) > 5
