"""Reforms: what they change, how they combine, and what is refused."""

from __future__ import annotations

import dataclasses
import math
import sys
import tomllib
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import abm.reforms as kinds
from abm.codes import EXTRACTIVE, HOME, PRIVATE, PUBLIC
from abm.environment import Environment
from abm.heads import heads_of
from abm.institutions import RuleOfLawPath
from abm.parameters import parameter
from abm.reforms import KINDS, Change, Reform, ReformError, describe, dump, dumps, load, loads
from abm.reforms.base import PILLARS
from abm.reforms.quantities import QUANTITIES
from abm.reforms.quantity import Rule
from abm.scenario import Scenario

WORLD = Scenario.load("kazakhstan").replace({"end": "2035-12"})
BASE = Environment(WORLD)
WORLD_NAMES = BASE.names


def paths(environment: Environment) -> dict[str, np.ndarray]:
    """Return every array of an environment by name."""
    found: dict[str, np.ndarray] = {}
    for name, value in vars(environment).items():
        if isinstance(value, RuleOfLawPath):
            found |= {f"{name}.{item.name}": getattr(value, item.name) for item in dataclasses.fields(value)}
        elif isinstance(value, np.ndarray):
            found[name] = value
    return found


def differing(one: Environment, other: Environment) -> set[str]:
    """Return the names of the arrays that are not equal to the bit; of countries, of the columns."""
    before, after = paths(one), paths(other)
    assert before.keys() == after.keys() and len(before) > 20
    names = {name for name in before if name != "countries" and not np.array_equal(before[name], after[name])}
    columns = one.countries.dtype.names
    return names | {name for name in columns if not np.array_equal(one.countries[name], other.countries[name])}


def built(*reforms: Reform, world: Scenario = WORLD) -> Environment:
    return Environment(world, reforms)


ZEROES: dict[str, Reform] = {
    "no fidelity in pay": kinds.PublicSalaryParity(target=1.0, fidelity=0.0),
    "no fidelity in jobs": kinds.Diversification(private_jobs=0.5, fidelity=0.0),
    "no jobs": kinds.Diversification(private_jobs=0.0),
    "pay as it is": kinds.PublicSalaryParity(target=WORLD.labour.public_wage_ratio),
    "pay below what it is": kinds.PublicSalaryParity(target=0.1),
    "rule of law as it is": kinds.JudicialReform(target=-2.5, speed=0.1),
    "no fidelity in merit": kinds.MeritReform(target=1.0, return_to_ability=0.5, fidelity=0.0),
    "merit as it is": kinds.MeritReform(target=WORLD.labour.merit, return_to_ability=0.0),
    "nothing to take back": kinds.Reversal(speed=0.1),
    "no fidelity in independence of oil": kinds.Diversification(less_exposure=1.0, fidelity=0.0),
    "no fidelity in incentives": kinds.ReturnIncentive(cost_reduction=2.0, offers=3.0, fidelity=0.0),
    "no incentive": kinds.ReturnIncentive(months_of_pay=0.0),
    "no incentive with an offer": kinds.ReturnIncentive(months_of_pay=0.0, only_with_offer=True),
    "no fidelity in invitations": kinds.ForeignTalentVisa(candidates=3.0, cost_reduction=1.0, fidelity=0.0),
    "no more candidates": kinds.ForeignTalentVisa(candidates=1.0),
    "no fidelity in research": kinds.GraduateResearchFunding(doctorates=0.1, masters=0.2, fidelity=0.0),
    "no more degrees": kinds.GraduateResearchFunding(doctorates=0.0),
    "no fidelity in linkage": kinds.DiasporaEngagement(
        tie_offers=5.0, offers=2.0, posts_per_thousand=50.0, fidelity=0.0
    ),
    "no stronger ties": kinds.DiasporaEngagement(tie_offers=1.0),
    "no shock": kinds.OilPriceShock(factor=1.0),
    "no fidelity in a shock": kinds.OilPriceShock(factor=0.3, fidelity=0.0),
    "hosts as they are": kinds.HostTightening(),
    "no fidelity in hosts": kinds.HostTightening(
        offers=0.5, permit_prob=0.5, permits_per_year=1.0, post_study_months=0, fidelity=0.0
    ),
    "no grants": kinds.ServiceObligation(
        share=0.0, months=1, placement=0.0, housing=0.0, follow_up=0.0, repayment=0.0, pay=0.5, fidelity=0.0
    ),
    "no scholarships on better terms": kinds.BondedScholarship(share=0.0, months=1, pursuit=0.0, repayment=0.0),
    "no fidelity in scholarships": kinds.BondedScholarship(months=200, pursuit=1.0, repayment=1e9, fidelity=0.0),
    "no places": kinds.PersonnelReserve(places=100.0, pay=3.0, merit=1.0, fidelity=0.0),
    "no posts abroad": kinds.CirculationScheme(places=1e6, pursuit=1.0, fidelity=0.0),
    "ended before the run": kinds.PublicSalaryParity(start="2020-01", end="2025-12"),
    "faded at once": kinds.PublicSalaryParity(start="2025-01", decay=1.0),
    "rule of law no higher than the base path": kinds.JudicialReform(
        target=float(BASE.rule_of_law.actual[0]), speed=0.05
    ),
}


@pytest.mark.parametrize("name", ZEROES)
def test_a_reform_without_strength_changes_no_path_to_the_bit(name: str) -> None:
    assert differing(BASE, built(ZEROES[name])) == set()


def test_all_reforms_without_strength_together_change_no_path_to_the_bit() -> None:
    assert differing(BASE, built(*ZEROES.values())) == set()


def test_judicial_reform_changes_rule_of_law_at_home_and_nothing_else() -> None:
    reformed = built(kinds.JudicialReform(target=0.3, speed=0.1))
    names = {f"rule_of_law.{name}" for name in ("actual", "announced", "credibility", "expected")}
    assert differing(BASE, reformed) == names | {"rule_of_law"}
    assert np.array_equal(reformed.countries[:, 1:].rule_of_law, BASE.countries[:, 1:].rule_of_law)
    assert np.array_equal(reformed.countries[:, HOME].rule_of_law, reformed.rule_of_law.actual)


def test_pay_reform_raises_public_pay_alone() -> None:
    reformed = built(kinds.PublicSalaryParity(target=1.0))
    assert differing(BASE, reformed) == {"public_wage_ratio", "ln_sector_ratio", "ln_mean_ratio"}
    moved = reformed.ln_sector_ratio - BASE.ln_sector_ratio
    assert np.all(moved[:, :PUBLIC] == 0)
    assert np.allclose(moved[:, PUBLIC], -np.log(WORLD.labour.public_wage_ratio), rtol=1e-12)
    assert np.allclose(reformed.ln_sector_ratio[:, PUBLIC], reformed.ln_sector_ratio[:, PRIVATE], atol=1e-12)
    assert np.all(reformed.countries[:, HOME].ln_mean_ratio > BASE.countries[:, HOME].ln_mean_ratio)


def test_diversification_adds_private_posts_alone() -> None:
    reformed = built(kinds.Diversification(private_jobs=0.1, ramp_months=0))
    assert differing(BASE, reformed) == {"additional_private_jobs", "posts", "ln_mean_ratio"}
    assert np.allclose(reformed.posts / BASE.posts, [1.0, 1.1, 1.0], rtol=1e-12)


def test_fidelity_delivers_its_share_of_pay_and_posts() -> None:
    half = built(
        kinds.PublicSalaryParity(target=1.0, fidelity=0.5),
        kinds.Diversification(private_jobs=0.2, fidelity=0.5, ramp_months=0),
    )
    base = WORLD.labour.public_wage_ratio
    assert np.allclose(half.public_wage_ratio, base + 0.5 * (1.0 - base), rtol=1e-12)
    assert np.allclose(half.posts[:, PRIVATE], 1.1 * BASE.posts[:, PRIVATE], rtol=1e-12)


COMPOSED: dict[str, Sequence[Reform]] = {
    "one of each": [kinds.JudicialReform(target=0.1), kinds.PublicSalaryParity(), kinds.Diversification()],
    "the same again": [kinds.JudicialReform(target=0.1)] * 2 + [kinds.Diversification(private_jobs=0.1)] * 2,
    "two of each": [
        kinds.JudicialReform(target=0.1, speed=0.1, start="2027-03"),
        kinds.JudicialReform(target=0.3, speed=0.04, fidelity=0.7, ramp_months=12),
        kinds.PublicSalaryParity(target=0.9, start="2028-01"),
        kinds.PublicSalaryParity(target=1.2, ramp_months=60, fidelity=0.8),
        kinds.Diversification(private_jobs=0.1, start="2029-05"),
    ],
}


@pytest.mark.parametrize("name", COMPOSED)
def test_the_order_of_reforms_does_not_matter_to_the_bit(name: str) -> None:
    first = built(*COMPOSED[name])
    assert differing(BASE, first)
    for order in list(permutations(COMPOSED[name]))[1::5]:
        assert differing(first, built(*order)) == set()


def test_the_order_of_many_additions_does_not_matter_but_for_rounding() -> None:
    several = [kinds.Diversification(private_jobs=share, ramp_months=7) for share in (0.1, 0.2, 0.3, -0.05)]
    posts = [built(*order).posts for order in permutations(several)]
    assert all(np.allclose(other, posts[0], rtol=1e-14) for other in posts[1:])
    assert np.allclose(posts[0][-1, PRIVATE], 1.55 * BASE.posts[-1, PRIVATE], rtol=1e-12)


def test_pay_reforms_combine_as_the_highest_and_posts_as_the_sum() -> None:
    lower, higher = kinds.PublicSalaryParity(target=0.8), kinds.PublicSalaryParity(target=1.1, start="2030-01")
    ratios = [built(*reforms).public_wage_ratio for reforms in ([lower], [higher], [lower, higher])]
    assert np.array_equal(ratios[2], np.maximum(ratios[0], ratios[1]))
    assert ratios[2][0] == pytest.approx(0.8) and ratios[2][-1] == pytest.approx(1.1)
    added = built(
        kinds.Diversification(private_jobs=0.1), kinds.Diversification(private_jobs=0.2)
    ).additional_private_jobs
    assert added[-1] == pytest.approx(0.3)


def test_reforms_leave_the_environment_without_them_alone() -> None:
    before = {name: value.copy() for name, value in paths(BASE).items()}
    built(kinds.JudicialReform(target=0.1), kinds.PublicSalaryParity(), kinds.Diversification())
    assert all(np.array_equal(value, before[name]) for name, value in paths(BASE).items())
    assert differing(BASE, built()) == set()


def test_a_ramp_phases_in_evenly_from_the_first_month() -> None:
    strength = kinds.PublicSalaryParity(start="2026-03", ramp_months=3, fidelity=0.8).strength(WORLD.first_month, 8)
    assert np.allclose(strength, 0.8 * np.array([0, 0, 0.25, 0.5, 0.75, 1, 1, 1]), rtol=1e-15)


def test_without_a_ramp_a_reform_is_in_force_at_once() -> None:
    strength = kinds.PublicSalaryParity(start="2026-02").strength(WORLD.first_month, 4)
    assert list(strength) == [0, 1, 1, 1]


def test_a_reform_begun_before_the_run_is_as_far_as_it_would_be() -> None:
    early = kinds.PublicSalaryParity(start="2025-01", ramp_months=23).strength(WORLD.first_month, 13)
    assert early[0] == pytest.approx(13 / 24) and early[11] == 1.0 and early[12] == 1.0


def test_nothing_changes_before_the_start() -> None:
    reforms = [
        kind(start="2030-01") for kind in (kinds.JudicialReform, kinds.PublicSalaryParity, kinds.Diversification)
    ]
    before, after = paths(BASE), paths(built(*reforms))
    for name, value in before.items():
        if value.shape[:1] == (WORLD.n_months,):
            assert np.array_equal(value[:48], after[name][:48]), name
    assert not np.array_equal(before["posts"][48], after["posts"][48])


BAD: dict[str, tuple[type[Reform], dict[str, Any], list[str]]] = {
    "month 13": (kinds.JudicialReform, {"start": "2026-13"}, ["start", "'2026-13'", "YYYY-MM"]),
    "year as a start": (kinds.PublicSalaryParity, {"start": "2026"}, ["start", "'2026'", "YYYY-MM"]),
    "number as a start": (kinds.Diversification, {"start": 2026}, ["start", "2026", "YYYY-MM"]),
    "no start": (kinds.Diversification, {"start": None}, ["start", "None", "YYYY-MM"]),
    "start over two lines": (kinds.Diversification, {"start": "2026\n01"}, ["start", r"2026\n01", "YYYY-MM"]),
    "negative ramp": (kinds.JudicialReform, {"ramp_months": -1}, ["ramp_months", "-1", "between 0 and 600", "months"]),
    "endless ramp": (kinds.JudicialReform, {"ramp_months": float("inf")}, ["ramp_months", "inf", "between 0 and 600"]),
    "fidelity above 1": (
        kinds.PublicSalaryParity,
        {"fidelity": 1.01},
        ["fidelity", "1.01", "between 0 and 1", "share"],
    ),
    "negative fidelity": (kinds.PublicSalaryParity, {"fidelity": -0.1}, ["fidelity", "-0.1", "between 0 and 1"]),
    "fidelity that is no number": (
        kinds.JudicialReform,
        {"fidelity": float("nan")},
        ["fidelity", "nan", "between 0 and 1"],
    ),
    "fidelity as text": (kinds.JudicialReform, {"fidelity": "half"}, ["fidelity", "'half'", "must be a number"]),
    "fidelity as a truth": (kinds.JudicialReform, {"fidelity": True}, ["fidelity", "True", "must be a number"]),
    "negative cost": (
        kinds.Diversification,
        {"cost_usd_per_year": -1.0},
        ["cost_usd_per_year", "-1.0", "USD per year"],
    ),
    "target off the scale": (
        kinds.JudicialReform,
        {"target": 2.6},
        ["target", "2.6", "between -2.5 and 2.5", "index points"],
    ),
    "speed off the scale": (
        kinds.JudicialReform,
        {"speed": 1.1},
        ["speed", "1.1", "between 0 and 1", "index points per year"],
    ),
    "negative speed": (kinds.JudicialReform, {"speed": -0.1}, ["speed", "-0.1", "between 0 and 1"]),
    "negative pay": (kinds.PublicSalaryParity, {"target": -0.1}, ["target", "-0.1", "between 0 and 5"]),
    "list as pay": (kinds.PublicSalaryParity, {"target": [1.0]}, ["target", "[1.0]", "must be a number"]),
    "all private posts gone": (
        kinds.Diversification,
        {"private_jobs": -1.0},
        ["private_jobs", "-1.0", "between -0.9 and 10"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_is_refused_in_one_sentence(name: str) -> None:
    kind, values, words = BAD[name]
    with pytest.raises(ReformError) as caught:
        kind(**values)
    sentence = str(caught.value)
    assert sentence.startswith(f"{kind.__name__}: ") and sentence.isprintable()
    assert [word for word in words if word not in sentence] == []


def test_a_reform_faster_than_any_on_record_is_refused_with_the_way_out() -> None:
    too_fast = kinds.JudicialReform(target=0.5, speed=0.2)
    with pytest.raises(ReformError, match=r"JudicialReform: speed is 0\.2 .*0\.108.*home\.rule_of_law\.speed_limit"):
        built(too_fast)
    assert kinds.JudicialReform(target=0.5, speed=0.108) and built(kinds.JudicialReform(target=0.5, speed=0.108))


def test_a_raised_speed_limit_lets_the_faster_reform_pass() -> None:
    lifted = WORLD.replace({"home.rule_of_law.speed_limit": 0.2})
    path = built(kinds.JudicialReform(target=1.5, speed=0.2), world=lifted).rule_of_law.actual
    assert np.allclose(np.diff(path[:100]), 0.2 / 12, atol=1e-12)


def test_a_start_after_the_end_is_refused_and_in_the_last_month_is_not() -> None:
    with pytest.raises(ReformError, match="PublicSalaryParity: start is '2036-01', but the run ends with 2035-12"):
        built(kinds.PublicSalaryParity(start="2036-01"))
    last = built(kinds.PublicSalaryParity(start="2035-12"))
    assert last.public_wage_ratio[-1] == 1.0 and last.public_wage_ratio[-2] == WORLD.labour.public_wage_ratio


@pytest.mark.parametrize("wrong", ["JudicialReform", kinds.JudicialReform, None, {"reform": "JudicialReform"}])
def test_what_is_no_reform_is_refused(wrong: Any) -> None:
    with pytest.raises(ReformError, match="is not a reform"):
        Environment(WORLD, [wrong])


def test_a_reform_that_does_not_say_what_it_changes_is_refused() -> None:
    with pytest.raises(ReformError, match=r"Reform: .*changes"):
        built(Reform())


def test_reforms_cannot_be_changed_and_equal_ones_are_equal() -> None:
    reform = kinds.JudicialReform(target=0.1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reform.target = 0.2  # type: ignore[misc]
    assert reform == kinds.JudicialReform(target=0.1) and len({reform, kinds.JudicialReform(target=0.1)}) == 1


@pytest.mark.parametrize("kind", [kinds.JudicialReform, kinds.PublicSalaryParity, kinds.Diversification])
def test_a_reform_is_rebuilt_from_its_plain_values(kind: type[Reform]) -> None:
    reform = kind(start="2027-05", ramp_months=9, fidelity=0.4, cost_usd_per_year=5e6)
    plain = reform.to_dict()
    assert plain.pop("reform") == kind.__name__
    assert kind(**plain) == reform
    assert reform.pillar in ("gain", "train", "circulation", "linkage", "institutions")


def test_two_deep_cuts_of_private_jobs_leave_none_and_not_fewer() -> None:
    plan = [
        kinds.Diversification(private_jobs=-0.9, ramp_months=0),
        kinds.Diversification(private_jobs=-0.9, ramp_months=0),
    ]
    environment = Environment(Scenario.load("kazakhstan"), plan)
    assert environment.posts[-1, 1] == 0.0


@pytest.mark.parametrize("value", [10**400, 0.5, True, "12"])
def test_a_ramp_is_a_whole_number_of_months(value: object) -> None:
    with pytest.raises(ReformError, match="ramp_months is"):
        kinds.Diversification(ramp_months=value)
    assert kinds.Diversification(ramp_months=np.int64(12)).ramp_months == 12


# what follows from any sum that is paid
PAID, TIED = {"payment", "return_sum"}, {"payment_with_offer", "return_sum_with_offer"}

# every lever of every reform at some strength: what it changes, and nothing else
LEVERS: dict[str, tuple[Reform, set[str]]] = {
    "merit": (kinds.MeritReform(target=0.9), {"merit", "return_to_ability"}),
    "return to ability": (kinds.MeritReform(target=0.0, return_to_ability=0.4), {"return_to_ability"}),
    "oil price": (kinds.OilPriceShock(factor=0.4), {"oil_price", "posts", "ln_mean_ratio"}),
    "subsidy": (
        kinds.ReturnIncentive(cost_reduction=0.5, months_of_pay=0.0),
        {"moving_offset", "moving_offset_with_offer"},
    ),
    "months of pay": (kinds.ReturnIncentive(), PAID | TIED | {"return_pay_months", "return_pay_months_with_offer"}),
    "months of pay with an offer": (
        kinds.ReturnIncentive(only_with_offer=True),
        TIED | {"return_pay_months_with_offer"},
    ),
    "sum": (
        kinds.ReturnIncentive(sum_usd=1e4, months_of_pay=0.0),
        PAID | TIED | {"return_usd", "return_usd_with_offer"},
    ),
    "sum with an offer": (
        kinds.ReturnIncentive(sum_usd=1e4, months_of_pay=0.0, only_with_offer=True),
        TIED | {"return_usd_with_offer"},
    ),
    "tax cut": (
        kinds.ReturnIncentive(tax_cut=0.2, months_of_pay=0.0),
        {"tax_cut", "tax_cut_months", "tax_cut_months_with_offer"},
    ),
    "tax cut with an offer": (
        kinds.ReturnIncentive(tax_cut=0.2, months_of_pay=0.0, only_with_offer=True),
        {"tax_cut", "tax_cut_months_with_offer"},
    ),
    "offers to those abroad": (kinds.ReturnIncentive(months_of_pay=0.0, offers=2.0), {"remote_search"}),
    "sum for coming": (
        kinds.ForeignTalentVisa(candidates=1.0, sum_usd=1e4),
        {"coming_usd", "coming_payment", "coming_sum"},
    ),
    "months of pay for coming": (
        kinds.ForeignTalentVisa(candidates=1.0, months_of_pay=4.0),
        {"coming_pay_months", "coming_payment", "coming_sum"},
    ),
    "candidates": (kinds.ForeignTalentVisa(candidates=2.0), {"candidates_per_year", "candidates_rates"}),
    "coming": (kinds.ForeignTalentVisa(candidates=1.0, cost_reduction=0.5), {"coming_cost"}),
    "doctorates": (kinds.GraduateResearchFunding(doctorates=0.01), {"doctorate_share"}),
    "masters": (kinds.GraduateResearchFunding(doctorates=0.0, masters=0.01), {"master_share"}),
    "more graduates": (
        kinds.GraduateResearchFunding(doctorates=0.0, graduates=0.1),
        {"enrolment", "additional_rate"},
    ),
    "grants": (
        kinds.ServiceObligation(repayment=0.0),
        {"grantee_share", "obligation_months"},
    ),
    "placement": (
        kinds.ServiceObligation(share=0.0, placement=0.9, repayment=0.0),
        {"service_place_prob", "obligation_months"},
    ),
    "housing": (
        kinds.ServiceObligation(share=0.0, housing=1.0, repayment=0.0),
        {"service_cost", "obligation_months"},
    ),
    "follow-up": (
        kinds.ServiceObligation(share=0.0, follow_up=0.5),
        {"repayment", "pursuit_prob", "obligation_months"},
    ),
    "pay where service is owed": (
        kinds.ServiceObligation(share=0.0, pay=1.5, repayment=0.0),
        {"service_pay", "obligation_months"},
    ),
    "scholarships": (kinds.BondedScholarship(), {"scholarship_share"}),
    "scholarships on other terms": (
        kinds.BondedScholarship(share=0.0, months=72, pursuit=0.9, repayment=1e5),
        {"obligation_months", "pursuit_prob", "repayment"},
    ),
    "reserve": (
        kinds.PersonnelReserve(),
        {
            "reserve_places_per_year",
            "reserve_places",
            "reserve_pay",
            "reserve_merit",
            "reserve_age",
            "reserve_months",
            "appointment_prob",
            "ln_sector_ratio",
        },
    ),
    "older reserve": (
        kinds.PersonnelReserve(places=0.0, oldest=40.0, merit=WORLD.labour.merit, pay=WORLD.labour.public_wage_ratio),
        {"reserve_age", "reserve_months", "appointment_prob"},
    ),
    "posts abroad": (
        kinds.CirculationScheme(),
        {"posting_rate", "posting_months", "repayment", "pursuit_prob"},
    ),
    "ties": (kinds.DiasporaEngagement(tie_offers=2.0), {"offer_ties_gain"}),
    "linked offers": (kinds.DiasporaEngagement(tie_offers=1.0, offers=2.0), {"remote_search"}),
    "investment": (
        kinds.DiasporaEngagement(tie_offers=1.0, posts_per_thousand=10.0),
        {"additional_private_posts", "posts", "ln_mean_ratio"},
    ),
    "host offers": (kinds.HostTightening(offers=0.5), {"offer_rate"}),
    "host permits": (kinds.HostTightening(permit_prob=0.5), {"permit_prob"}),
    "host cap": (kinds.HostTightening(permits_per_year=100.0), {"permits_per_year", "permits"}),
    "host stays": (kinds.HostTightening(post_study_months=3, post_study_months_science=3), {"post_study_months"}),
}


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_changes_what_it_says_and_nothing_else(name: str) -> None:
    reform, expected = LEVERS[name]
    changed = differing(BASE, built(reform))
    assert changed == expected


@pytest.mark.parametrize("name", LEVERS)
def test_an_ended_reform_leaves_the_environment_as_it_was(name: str) -> None:
    reform, _ = LEVERS[name]
    before, after = paths(BASE), paths(built(dataclasses.replace(reform, start="2028-01", end="2030-06")))
    months = WORLD.n_months
    outside = np.r_[0:24, 54:months]
    for path, value in before.items():
        if value.shape[:1] == (months,):
            assert np.array_equal(value[outside], after[path][outside]), path
    assert any(not np.array_equal(value, after[path]) for path, value in before.items())


def test_what_a_judicial_reform_delivered_outlasts_it() -> None:
    ended = built(kinds.JudicialReform(target=0.5, speed=0.1, end="2028-12")).rule_of_law
    kept = built(kinds.JudicialReform(target=0.5, speed=0.1)).rule_of_law
    assert np.array_equal(ended.actual[:37], kept.actual[:37]) and np.all(ended.announced[36:] == ended.actual[36:])
    gained = ended.actual - BASE.rule_of_law.actual
    assert gained[36] > 0.2 and np.allclose(gained[36:], gained[36])
    assert np.all(ended.credibility[36:] == ended.credibility[36])


def test_decay_fades_a_reform_from_when_it_is_fully_in_force() -> None:
    strength = kinds.PublicSalaryParity(start="2026-01", ramp_months=11, decay=0.5).strength(WORLD.first_month, 48)
    assert strength[11] == 1.0 and strength[23] == pytest.approx(0.5) and strength[35] == pytest.approx(0.25)
    assert np.all(np.diff(strength[:12]) > 0) and np.all(np.diff(strength[11:]) < 0)


def test_a_judicial_reform_that_fades_delivers_less_of_the_same_promise() -> None:
    kept, fading = (built(kinds.JudicialReform(target=1.0, speed=0.1, decay=decay)).rule_of_law for decay in (0.0, 0.3))
    assert fading.actual[-1] < kept.actual[-1] - 0.1 and fading.credibility[-1] < kept.credibility[-1]


def test_only_the_destination_that_is_named_is_touched() -> None:
    reformed = built(kinds.HostTightening(destination="germany", offers=0.5, permits_per_year=200.0))
    germany = WORLD_NAMES.index("germany")
    others = [country for country in range(len(WORLD_NAMES)) if country != germany]
    assert np.array_equal(reformed.countries.offer_rate[:, others], BASE.countries.offer_rate[:, others])
    assert np.allclose(reformed.countries.offer_rate[:, germany], 0.5 * BASE.countries.offer_rate[:, germany])
    assert np.all(reformed.permits_per_year[:, germany] == 200.0)
    assert np.all(np.isinf(reformed.permits_per_year[:, others]))


def test_free_entry_has_no_permits_to_tighten() -> None:
    russia = WORLD_NAMES.index("russia")
    reformed = built(kinds.HostTightening(permit_prob=0.0, permits_per_year=0.0))
    assert np.all(np.isinf(reformed.permits_per_year[:, russia])) and np.all(
        reformed.countries.permit_prob[:, russia] == 1.0
    )
    with pytest.raises(ReformError, match="entry to russia is free"):
        built(kinds.HostTightening(destination="russia", permits_per_year=10.0))
    with pytest.raises(ReformError, match="destination is 'utopia'.*must be one of russia, united_states"):
        built(kinds.HostTightening(destination="utopia"))


def test_a_cap_closes_in_on_its_level_from_no_limit_at_all() -> None:
    cap = built(kinds.HostTightening(destination="germany", permits_per_year=120.0, ramp_months=2)).permits_per_year
    germany = WORLD_NAMES.index("germany")
    assert np.allclose(cap[:4, germany], [360.0, 180.0, 120.0, 120.0])


def test_a_looser_rule_than_the_present_is_allowed_but_no_chance_above_one() -> None:
    states = WORLD_NAMES.index("united_states")
    reformed = built(kinds.HostTightening(destination="united_states", permit_prob=10.0, post_study_months=36))
    assert np.all(reformed.countries.permit_prob[:, states] == 1.0)
    assert np.all(reformed.countries.post_study_months[:, states, 0] == 36)


SEVERAL: list[Reform] = [
    kinds.JudicialReform(target=0.1, speed=0.08),
    kinds.Reversal(start="2029-01", end="2031-01"),
    kinds.JudicialReform(target=0.3, start="2032-01"),
    kinds.MeritReform(target=0.7, ramp_months=5),
    kinds.MeritReform(target=0.9, start="2028-01", decay=0.4),
    kinds.Diversification(private_jobs=0.1, less_exposure=0.3, ramp_months=7),
    kinds.Diversification(private_jobs=0.2, less_exposure=0.7, fidelity=0.3),
    kinds.Diversification(private_jobs=0.3, ramp_months=3),
    kinds.OilPriceShock(factor=0.7),
    kinds.OilPriceShock(factor=0.6, start="2027-01"),
    kinds.OilPriceShock(factor=1.7, start="2027-03"),
    kinds.ReturnIncentive(cost_reduction=0.1, offers=1.3),
    kinds.ReturnIncentive(cost_reduction=0.7, only_with_offer=True, ramp_months=13),
    kinds.DiasporaEngagement(offers=1.1, posts_per_thousand=7.0),
    kinds.HostTightening(offers=0.7, permits_per_year=900.0, end="2027-12"),
    kinds.HostTightening(offers=0.3, permits_per_year=300.0, start="2028-01"),
    kinds.ForeignTalentVisa(candidates=1.7, cost_reduction=0.3),
    kinds.ForeignTalentVisa(candidates=1.3, ramp_months=9),
    kinds.GraduateResearchFunding(doctorates=0.01, masters=0.03),
    kinds.GraduateResearchFunding(doctorates=0.02, decay=0.2, graduates=0.1),
    kinds.GraduateResearchFunding(doctorates=0.0, graduates=0.07, start="2027-01"),
    kinds.ServiceObligation(share=0.1, placement=0.7, housing=0.3),
    kinds.ServiceObligation(share=0.03, months=60, follow_up=0.7, housing=0.1, start="2027-03"),
    kinds.BondedScholarship(share=0.1, pursuit=0.9),
    kinds.BondedScholarship(share=0.03, months=70, fidelity=0.7),
    kinds.PersonnelReserve(places=300.0, ramp_months=7),
    kinds.CirculationScheme(places=700.0, months=12),
    kinds.CirculationScheme(places=1100.0, pursuit=0.8, start="2028-01"),
]


def test_any_order_of_many_reforms_of_all_kinds_gives_the_same_bits() -> None:
    others = set(KINDS.values()) - {type(reform) for reform in SEVERAL}
    plan = [*SEVERAL, *(kind() for kind in sorted(others, key=lambda kind: kind.__name__))]
    first, order = built(*plan), np.random.default_rng(5)
    for _ in range(12):
        assert differing(first, built(*(plan[k] for k in order.permutation(len(plan))))) == set()


def test_reforms_without_strength_disturb_no_other_to_the_bit() -> None:
    assert differing(built(*SEVERAL[3:]), built(*ZEROES.values(), *SEVERAL[3:])) == set()


CONFLICTS: dict[str, list[Reform]] = {
    "caps": [
        kinds.HostTightening(permits_per_year=100.0),
        kinds.HostTightening(destination="germany", permits_per_year=200.0, start="2027-05"),
    ],
    "stays": [
        kinds.HostTightening(post_study_months=3, end="2028-12"),
        kinds.HostTightening(post_study_months=6, start="2028-12"),
    ],
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_two_reforms_that_set_the_same_are_a_conflict_that_names_both(name: str) -> None:
    for order in permutations(CONFLICTS[name]):
        with pytest.raises(ReformError, match="HostTightening from 2026-01 and HostTightening from 202") as caught:
            built(*order)
        assert "both set" in str(caught.value) and "only one may at a time" in str(caught.value)


def test_no_conflict_between_months_countries_or_without_strength() -> None:
    built(
        kinds.HostTightening(post_study_months=3, end="2028-11"),
        kinds.HostTightening(post_study_months=6, start="2028-12"),
        kinds.HostTightening(destination="germany", permits_per_year=5.0),
        kinds.HostTightening(destination="other_oecd", permits_per_year=7.0),
        kinds.HostTightening(permits_per_year=9.0, fidelity=0.0),
    )


def test_more_degrees_than_graduates_are_refused_by_name() -> None:
    with pytest.raises(ReformError, match="GraduateResearchFunding from 2026-01 and .* from 2030-01.* in 2030-01"):
        built(kinds.GraduateResearchFunding(masters=0.5), kinds.GraduateResearchFunding(masters=0.5, start="2030-01"))


def test_added_candidates_rename_nobody() -> None:
    """Cohorts of candidates hold those of the baseline, before, during and after the reform."""
    environment = built(kinds.ForeignTalentVisa(candidates=1.5, start="2028-01", end="2030-12"))
    for seed in range(5):
        more, base = heads_of(environment, seed).candidates, heads_of(BASE, seed).candidates
        assert np.all(more >= base) and np.all(more[60:] == base[60:])
        assert more[24:60].sum() / base[24:60].sum() == pytest.approx(1.5, abs=0.05)


def test_investment_counts_the_diaspora_of_the_start() -> None:
    reformed = built(kinds.DiasporaEngagement(posts_per_thousand=20.0))
    abroad = BASE.diaspora.sum() * BASE.weight
    assert abroad > 100_000 and np.allclose(reformed.additional_private_posts, 0.02 * abroad, rtol=1e-12)
    more = (reformed.posts - BASE.posts) * BASE.weight
    assert np.allclose(more[:, PRIVATE], 0.02 * abroad) and np.all(more[:, [EXTRACTIVE, PUBLIC]] == 0.0)


# declarations


def test_every_number_of_a_reform_has_a_unit_a_range_and_a_source() -> None:
    sources = tomllib.loads((Path(__file__).parents[2] / "abm/data/sources.toml").read_text(encoding="utf-8"))
    for kind in KINDS.values():
        assert kind.pillar in PILLARS and kind.__doc__
        for item in dataclasses.fields(kind):
            given = item.metadata
            assert given["meaning"] and given["unit"], f"{kind.__name__}.{item.name}"
            assert given["source"].startswith("assumption: ") or given["source"] in sources, item.name
            if isinstance(item.default, float):
                assert given["low"] <= item.default <= given["high"], item.name


def test_kinds_are_in_the_order_of_pillars_and_files_and_are_public() -> None:
    places = [(PILLARS.index(kind.pillar), kind.__module__) for kind in KINDS.values()]
    assert places == sorted(places) and len(places) >= 15
    for name, kind in KINDS.items():
        assert getattr(kinds, name) is kind and name in kinds.__all__ and name in dir(kinds)
    with pytest.raises(AttributeError, match="no attribute 'Magic'; it offers .*MeritReform"):
        kinds.Magic  # noqa: B018


def made(number: int, pillar: str = "gain") -> ModuleType:
    """Return a module of so many kinds of reforms, as one would stand in the folder of kinds."""
    module = ModuleType("kind_of_ones_own")
    for name in "ABC"[:number]:
        setattr(module, name, type(name, (Reform,), {"__module__": module.__name__, "pillar": pillar}))
    return module


@pytest.mark.parametrize(
    ("module", "said"),
    [(made(0), "holds 0 kinds"), (made(2), "holds 2 kinds"), (made(1, "luck"), "pillar is 'luck', but must be one of")],
    ids=["none", "two", "a pillar of its own"],
)
def test_a_file_of_kinds_is_one_class_of_a_known_pillar(
    module: ModuleType, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(TypeError, match=said):
        kinds.kinds.kind_in(module.__name__)


def test_every_quantity_is_a_path_by_month_and_is_changed_by_some_reform() -> None:
    changed = {change.quantity for reform, _ in LEVERS.values() for change in reform.changes(BASE)}
    changed |= {
        change.quantity for kind in (kinds.PublicSalaryParity, kinds.Diversification) for change in kind().changes(BASE)
    }
    # what moving home costs itself is for kinds of one's own: help with it is a subsidy
    assert changed == set(QUANTITIES) - {"return_cost", "return_cost_with_offer"}
    for name, quantity in QUANTITIES.items():
        path = quantity.path(BASE, 2)
        assert path.shape == (WORLD.n_months,) and quantity.meaning and quantity.unit, name
        assert np.all((path >= quantity.low) & (path <= quantity.high)), name
    assert {quantity.rule for quantity in QUANTITIES.values()} == set(Rule)


# files


def test_a_file_states_only_what_a_reform_changes_and_comes_back_equal(tmp_path: Path) -> None:
    plan = [*SEVERAL, kinds.PublicSalaryParity(target=1, end="2040-12", source='a "quoted" source\n')]
    dump(plan, tmp_path / "plan.toml")
    assert load(tmp_path / "plan.toml") == plan and loads(dumps(plan)) == plan
    assert dumps([kinds.PublicSalaryParity(target=0.8)]) == (
        '[[reform]]\nkind = "PublicSalaryParity"\nstart = "2026-01"\ntarget = 0.8\n'
    )
    assert loads("") == []


def test_whole_numbers_of_a_file_are_the_same_reform_as_numbers_with_a_point() -> None:
    one = loads('[[reform]]\nkind = "PublicSalaryParity"\ntarget = 1\n')[0]
    assert one.to_dict() == kinds.PublicSalaryParity(target=1.0).to_dict() and isinstance(vars(one)["target"], float)


# the table


def test_the_table_says_what_changes_when() -> None:
    plan = [
        kinds.PublicSalaryParity(target=0.9, start="2027-01", ramp_months=12, end="2030-06"),
        kinds.HostTightening(destination="germany", permits_per_year=500.0),
        kinds.JudicialReform(target=0.1),
    ]
    text = describe(WORLD, plan)
    assert "| ratio | 0.6 | 0.6231 (2027-01) | 0.9 (2028-01) | 0.9 (2030-06) | 0.6 (2030-07) | the highest" in text
    assert "(germany) | persons per year | no limit | 500 (2026-01) | 500 (2026-01) | 500 (2035-12) |" in text
    assert (
        "credibility | share | 0.3 |" in text and "| 49,997,802 | 20,0" in text and "phased in over 12 months" in text
    )
    assert len({line.count("|") for line in text.split("\n\n")[0].splitlines()}) == 1
    assert describe(WORLD, []) == "No reform: nothing changes.\n"


@pytest.mark.parametrize("early", ["2020-01", "2026-01"])
def test_the_table_copes_with_reforms_that_began_or_ended_before_the_run(early: str) -> None:
    for end in (None, "2025-12", "2026-03", "2060-01"):
        if end is None or end >= early:
            text = describe(WORLD, [kinds.MeritReform(start=early, end=end, ramp_months=7)])
            assert "weight of ability" in text and str(math.nan) not in text


# a reform of one's own


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaxHoliday(Reform):
    """A reform as a user would write it, its annotations postponed or not."""

    posts: float = parameter(1000.0, meaning="posts", unit="persons", low=0.0, high=1e6, source="assumption: a test")

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return the posts."""
        return [Change("private_posts", self.posts)]


def test_a_reform_of_ones_own_needs_only_say_what_it_changes() -> None:
    plan = [TaxHoliday(start="2027-01", end="2027-12", ramp_months=1), kinds.DiasporaEngagement(posts_per_thousand=1.0)]
    added = built(*plan).additional_private_posts - built(plan[1]).additional_private_posts
    assert np.allclose(added[11:26], [0.0, 500.0, *[1000.0] * 11, 0.0, 0.0])
    assert "additional private posts" in describe(WORLD, plan)
    with pytest.raises(ReformError, match="TaxHoliday: posts is -1.*between 0 and 1e"):
        TaxHoliday(posts=-1.0)


def test_types_in_place_of_postponed_annotations_are_read_alike() -> None:
    count = parameter(3, meaning="a count", unit="persons", low=0, high=9, source="assumption: a test")
    kind = dataclasses.make_dataclass("Count", [("count", int, count)], bases=(Reform,), frozen=True, kw_only=True)
    assert kind(count=np.int64(4)).count == 4
    with pytest.raises(ReformError, match="Count: count is 1.5, but must be a whole number"):
        kind(count=1.5)


def test_a_parameter_without_a_declaration_is_refused() -> None:
    kind = dataclasses.make_dataclass("Bare", [("x", float, 1.0)], bases=(Reform,), frozen=True, kw_only=True)
    with pytest.raises(ReformError, match=r"Bare: x .* must be declared by parameter\(\)"):
        kind()
