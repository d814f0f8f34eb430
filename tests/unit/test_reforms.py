"""Reforms: what they change, how they combine, and what is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from abm.environment import HOME, PRIVATE, PUBLIC, Environment
from abm.institutions import RuleOfLawPath
from abm.reforms import Diversification, JudicialReform, PublicSalaryParity, Reform, ReformError
from abm.scenario import Scenario

WORLD = Scenario.load("kazakhstan").replace({"end": "2035-12"})
BASE = Environment(WORLD)


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
    "no fidelity in pay": PublicSalaryParity(target=1.0, fidelity=0.0),
    "no fidelity in jobs": Diversification(private_jobs=0.5, fidelity=0.0),
    "no jobs": Diversification(private_jobs=0.0),
    "pay as it is": PublicSalaryParity(target=WORLD.labour.public_wage_ratio),
    "pay below what it is": PublicSalaryParity(target=0.1),
    "rule of law as it is": JudicialReform(target=-2.5, speed=0.1),
    "rule of law no higher than the base path": JudicialReform(target=float(BASE.rule_of_law.actual[0]), speed=0.05),
}


@pytest.mark.parametrize("name", ZEROES)
def test_a_reform_without_strength_changes_no_path_to_the_bit(name: str) -> None:
    assert differing(BASE, built(ZEROES[name])) == set()


def test_all_reforms_without_strength_together_change_no_path_to_the_bit() -> None:
    assert differing(BASE, built(*ZEROES.values())) == set()


def test_judicial_reform_changes_rule_of_law_at_home_and_nothing_else() -> None:
    reformed = built(JudicialReform(target=0.3, speed=0.1))
    names = {f"rule_of_law.{name}" for name in ("actual", "announced", "credibility", "expected")}
    assert differing(BASE, reformed) == names | {"rule_of_law"}
    assert np.array_equal(reformed.countries[:, 1:].rule_of_law, BASE.countries[:, 1:].rule_of_law)
    assert np.array_equal(reformed.countries[:, HOME].rule_of_law, reformed.rule_of_law.actual)


def test_pay_reform_raises_public_pay_alone() -> None:
    reformed = built(PublicSalaryParity(target=1.0))
    assert differing(BASE, reformed) == {"public_wage_ratio", "ln_sector_ratio", "ln_mean_ratio"}
    moved = reformed.ln_sector_ratio - BASE.ln_sector_ratio
    assert np.all(moved[:, :PUBLIC] == 0)
    assert np.allclose(moved[:, PUBLIC], -np.log(WORLD.labour.public_wage_ratio), rtol=1e-12)
    assert np.allclose(reformed.ln_sector_ratio[:, PUBLIC], reformed.ln_sector_ratio[:, PRIVATE], atol=1e-12)
    assert np.all(reformed.countries[:, HOME].ln_mean_ratio > BASE.countries[:, HOME].ln_mean_ratio)


def test_diversification_adds_private_posts_alone() -> None:
    reformed = built(Diversification(private_jobs=0.1, ramp_months=0))
    assert differing(BASE, reformed) == {"additional_private_jobs", "posts", "ln_mean_ratio"}
    assert np.allclose(reformed.posts / BASE.posts, [1.0, 1.1, 1.0], rtol=1e-12)


def test_fidelity_delivers_its_share_of_pay_and_posts() -> None:
    half = built(
        PublicSalaryParity(target=1.0, fidelity=0.5), Diversification(private_jobs=0.2, fidelity=0.5, ramp_months=0)
    )
    base = WORLD.labour.public_wage_ratio
    assert np.allclose(half.public_wage_ratio, base + 0.5 * (1.0 - base), rtol=1e-12)
    assert np.allclose(half.posts[:, PRIVATE], 1.1 * BASE.posts[:, PRIVATE], rtol=1e-12)


COMPOSED: dict[str, Sequence[Reform]] = {
    "one of each": [JudicialReform(target=0.1), PublicSalaryParity(), Diversification()],
    "the same again": [JudicialReform(target=0.1)] * 2 + [Diversification(private_jobs=0.1)] * 2,
    "two of each": [
        JudicialReform(target=0.1, speed=0.1, start="2027-03"),
        JudicialReform(target=0.3, speed=0.04, fidelity=0.7, ramp_months=12),
        PublicSalaryParity(target=0.9, start="2028-01"),
        PublicSalaryParity(target=1.2, ramp_months=60, fidelity=0.8),
        Diversification(private_jobs=0.1, start="2029-05"),
    ],
}


@pytest.mark.parametrize("name", COMPOSED)
def test_the_order_of_reforms_does_not_matter_to_the_bit(name: str) -> None:
    first = built(*COMPOSED[name])
    assert differing(BASE, first)
    for order in list(permutations(COMPOSED[name]))[1::5]:
        assert differing(first, built(*order)) == set()


def test_the_order_of_many_additions_does_not_matter_but_for_rounding() -> None:
    several = [Diversification(private_jobs=share, ramp_months=7) for share in (0.1, 0.2, 0.3, -0.05)]
    posts = [built(*order).posts for order in permutations(several)]
    assert all(np.allclose(other, posts[0], rtol=1e-14) for other in posts[1:])
    assert np.allclose(posts[0][-1, PRIVATE], 1.55 * BASE.posts[-1, PRIVATE], rtol=1e-12)


def test_pay_reforms_combine_as_the_highest_and_posts_as_the_sum() -> None:
    lower, higher = PublicSalaryParity(target=0.8), PublicSalaryParity(target=1.1, start="2030-01")
    ratios = [built(*reforms).public_wage_ratio for reforms in ([lower], [higher], [lower, higher])]
    assert np.array_equal(ratios[2], np.maximum(ratios[0], ratios[1]))
    assert ratios[2][0] == pytest.approx(0.8) and ratios[2][-1] == pytest.approx(1.1)
    added = built(Diversification(private_jobs=0.1), Diversification(private_jobs=0.2)).additional_private_jobs
    assert added[-1] == pytest.approx(0.3)


def test_reforms_leave_the_environment_without_them_alone() -> None:
    before = {name: value.copy() for name, value in paths(BASE).items()}
    built(JudicialReform(target=0.1), PublicSalaryParity(), Diversification())
    assert all(np.array_equal(value, before[name]) for name, value in paths(BASE).items())
    assert differing(BASE, built()) == set()


def test_a_ramp_phases_in_evenly_from_the_first_month() -> None:
    strength = PublicSalaryParity(start="2026-03", ramp_months=3, fidelity=0.8).strength(WORLD.first_month, 8)
    assert np.allclose(strength, 0.8 * np.array([0, 0, 0.25, 0.5, 0.75, 1, 1, 1]), rtol=1e-15)


def test_without_a_ramp_a_reform_is_in_force_at_once() -> None:
    strength = PublicSalaryParity(start="2026-02").strength(WORLD.first_month, 4)
    assert list(strength) == [0, 1, 1, 1]


def test_a_reform_begun_before_the_run_is_as_far_as_it_would_be() -> None:
    early = PublicSalaryParity(start="2025-01", ramp_months=23).strength(WORLD.first_month, 13)
    assert early[0] == pytest.approx(13 / 24) and early[11] == 1.0 and early[12] == 1.0


def test_nothing_changes_before_the_start() -> None:
    reforms = [kind(start="2030-01") for kind in (JudicialReform, PublicSalaryParity, Diversification)]
    before, after = paths(BASE), paths(built(*reforms))
    for name, value in before.items():
        if value.shape[:1] == (WORLD.n_months,):
            assert np.array_equal(value[:48], after[name][:48]), name
    assert not np.array_equal(before["posts"][48], after["posts"][48])


BAD: dict[str, tuple[type[Reform], dict[str, Any], list[str]]] = {
    "month 13": (JudicialReform, {"start": "2026-13"}, ["start", "'2026-13'", "YYYY-MM"]),
    "year as a start": (PublicSalaryParity, {"start": "2026"}, ["start", "'2026'", "YYYY-MM"]),
    "number as a start": (Diversification, {"start": 2026}, ["start", "2026", "YYYY-MM"]),
    "no start": (Diversification, {"start": None}, ["start", "None", "YYYY-MM"]),
    "start over two lines": (Diversification, {"start": "2026\n01"}, ["start", r"2026\n01", "YYYY-MM"]),
    "negative ramp": (JudicialReform, {"ramp_months": -1}, ["ramp_months", "-1", "between 0 and 600", "months"]),
    "endless ramp": (JudicialReform, {"ramp_months": float("inf")}, ["ramp_months", "inf", "between 0 and 600"]),
    "fidelity above 1": (PublicSalaryParity, {"fidelity": 1.01}, ["fidelity", "1.01", "between 0 and 1", "share"]),
    "negative fidelity": (PublicSalaryParity, {"fidelity": -0.1}, ["fidelity", "-0.1", "between 0 and 1"]),
    "fidelity that is no number": (JudicialReform, {"fidelity": float("nan")}, ["fidelity", "nan", "between 0 and 1"]),
    "fidelity as text": (JudicialReform, {"fidelity": "half"}, ["fidelity", "'half'", "must be a number"]),
    "fidelity as a truth": (JudicialReform, {"fidelity": True}, ["fidelity", "True", "must be a number"]),
    "negative cost": (Diversification, {"cost_usd_per_year": -1.0}, ["cost_usd_per_year", "-1.0", "USD per year"]),
    "target off the scale": (
        JudicialReform,
        {"target": 2.6},
        ["target", "2.6", "between -2.5 and 2.5", "index points"],
    ),
    "speed off the scale": (
        JudicialReform,
        {"speed": 1.1},
        ["speed", "1.1", "between 0 and 1", "index points per year"],
    ),
    "negative speed": (JudicialReform, {"speed": -0.1}, ["speed", "-0.1", "between 0 and 1"]),
    "negative pay": (PublicSalaryParity, {"target": -0.1}, ["target", "-0.1", "between 0 and 5"]),
    "list as pay": (PublicSalaryParity, {"target": [1.0]}, ["target", "[1.0]", "must be a number"]),
    "all private posts gone": (
        Diversification,
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
    too_fast = JudicialReform(target=0.5, speed=0.2)
    with pytest.raises(ReformError, match=r"JudicialReform: speed is 0\.2 .*0\.108.*home\.rule_of_law\.speed_limit"):
        built(too_fast)
    assert JudicialReform(target=0.5, speed=0.108) and built(JudicialReform(target=0.5, speed=0.108))


def test_a_raised_speed_limit_lets_the_faster_reform_pass() -> None:
    lifted = WORLD.replace({"home.rule_of_law.speed_limit": 0.2})
    path = built(JudicialReform(target=1.5, speed=0.2), world=lifted).rule_of_law.actual
    assert np.allclose(np.diff(path[:100]), 0.2 / 12, atol=1e-12)


def test_a_start_after_the_end_is_refused_and_in_the_last_month_is_not() -> None:
    with pytest.raises(ReformError, match="PublicSalaryParity: start is '2036-01', but the run ends with 2035-12"):
        built(PublicSalaryParity(start="2036-01"))
    last = built(PublicSalaryParity(start="2035-12"))
    assert last.public_wage_ratio[-1] == 1.0 and last.public_wage_ratio[-2] == WORLD.labour.public_wage_ratio


@pytest.mark.parametrize("wrong", ["JudicialReform", JudicialReform, None, {"reform": "JudicialReform"}])
def test_what_is_no_reform_is_refused(wrong: Any) -> None:
    with pytest.raises(ReformError, match="is not a reform"):
        Environment(WORLD, [wrong])


def test_a_reform_that_does_not_say_what_it_changes_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Reform.*changes"):
        built(Reform())


def test_reforms_cannot_be_changed_and_equal_ones_are_equal() -> None:
    reform = JudicialReform(target=0.1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reform.target = 0.2  # type: ignore[misc]
    assert reform == JudicialReform(target=0.1) and len({reform, JudicialReform(target=0.1)}) == 1


@pytest.mark.parametrize("kind", [JudicialReform, PublicSalaryParity, Diversification])
def test_a_reform_is_rebuilt_from_its_plain_values(kind: type[Reform]) -> None:
    reform = kind(start="2027-05", ramp_months=9, fidelity=0.4, cost_usd_per_year=5e6)
    plain = reform.to_dict()
    assert plain.pop("reform") == kind.__name__
    assert kind(**plain) == reform
    assert reform.pillar in ("gain", "train", "circulation", "linkage", "institutions")


def test_two_deep_cuts_of_private_jobs_leave_none_and_not_fewer() -> None:
    plan = [Diversification(private_jobs=-0.9, ramp_months=0), Diversification(private_jobs=-0.9, ramp_months=0)]
    environment = Environment(Scenario.load("kazakhstan"), plan)
    assert environment.posts[-1, 1] == 0.0


@pytest.mark.parametrize("value", [10**400, 0.5, True, "12"])
def test_a_ramp_is_a_whole_number_of_months(value: object) -> None:
    with pytest.raises(ReformError, match="ramp_months is"):
        Diversification(ramp_months=value)
    assert Diversification(ramp_months=np.int64(12)).ramp_months == 12
