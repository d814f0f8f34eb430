"""The environment: series by month, discounting, whole persons, and what a scenario becomes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from abm.codes import EXTRACTIVE, HOME, PRIVATE, PUBLIC, RESERVE
from abm.environment import Environment
from abm.heads import heads_of
from abm.parameters import Series
from abm.paths import annuity, series_by_month
from abm.scenario import Scenario, month_number

JANUARY_2026 = month_number("2026-01")


def environment(name: str = "two-country", **changes: Any) -> Environment:
    """Return the environment of a bundled scenario; double underscores stand for dots."""
    world = Scenario.load(name)
    return Environment(world.replace({key.replace("__", "."): value for key, value in changes.items()}))


def test_a_series_is_linear_between_mid_years() -> None:
    """The month July 2020 lies half a month after mid-2020, and the values half a month later on the straight line."""
    series = Series((2020, 2022), (10.0, 34.0))
    path = series_by_month(series, month_number("2020-01"), 36)
    assert np.allclose(np.diff(path[6:30]), 1.0, atol=1e-9)
    assert path[6] == pytest.approx(10.5)
    assert path[29] == pytest.approx(33.5)


def test_a_series_is_constant_before_its_first_year_and_after_its_last() -> None:
    path = series_by_month(Series((2020, 2021), (10.0, 22.0)), month_number("2018-01"), 72)
    assert np.all(path[:30] == 10.0) and np.all(path[42:] == 22.0)


def test_a_series_grows_only_after_its_last_year() -> None:
    """After mid-2021 by 5 % a year, and by the trend in index points."""
    series, first = Series((2020, 2021), (10.0, 22.0)), month_number("2020-01")
    years = (np.arange(60) + 0.5) / 12 - 1.5
    plain = series_by_month(series, first, 60)
    grown = series_by_month(series, first, 60, growth=0.05)
    tilted = series_by_month(series, first, 60, trend=-0.3)
    assert np.array_equal(grown[:18], plain[:18]) and np.array_equal(tilted[:18], plain[:18])
    assert np.allclose(grown[18:], 22.0 * 1.05 ** years[18:], rtol=1e-12)
    assert np.allclose(tilted[18:], 22.0 - 0.3 * years[18:], rtol=1e-12)


def test_a_constant_grows_from_the_first_month() -> None:
    path = series_by_month(Series.constant(3.0), JANUARY_2026, 25, growth=0.02)
    assert path[0] == 3.0
    assert path[12] == pytest.approx(3.06, rel=1e-12) and path[24] == pytest.approx(3.1212, rel=1e-12)


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    series = Series((2020, 2030), (1.0, 2.0))
    shorter, longer = (series_by_month(series, JANUARY_2026, months, growth=0.01) for months in (60, 300))
    assert np.array_equal(longer[:60], shorter)


@pytest.mark.parametrize("factor", [0.9, 0.996, 1.0, 1.002])
def test_annuity_is_the_sum_of_a_geometric_series(factor: float) -> None:
    months = np.arange(781)
    closed = months.astype(float) if factor == 1.0 else (1 - factor**months) / (1 - factor)
    assert np.allclose(annuity(factor, 780), closed, rtol=1e-11)


@pytest.mark.parametrize(("basis", "parameter"), [("ppp", "wage"), ("market", "wage_market")])
def test_wages_are_those_of_the_chosen_basis(basis: str, parameter: str) -> None:
    world = Scenario.load("kazakhstan").replace({"decision.income_basis": basis})
    rows = Environment(world).countries
    for country, prefix in enumerate(("home", *(f"destinations.{name}" for name, _ in world.destinations))):
        series, growth = world.get(f"{prefix}.{parameter}"), world.get(f"{prefix}.wage_growth")
        expected = series_by_month(series, world.first_month, world.n_months, growth=growth)
        assert np.allclose(np.exp(rows[:, country].ln_wage), expected, rtol=1e-12)


def test_home_wages_stay_below_those_of_rich_destinations() -> None:
    rows = environment("kazakhstan").countries
    assert np.all(rows[:, HOME].ln_wage < rows[:, 2:].ln_wage.min(axis=1))


@pytest.mark.parametrize("basis", ["ppp", "market"])
def test_the_unit_of_money_changes_no_difference_of_log_wages(basis: str) -> None:
    """All wages and the repayment in units 512 times smaller: only the level of log wages moves."""
    world = Scenario.load("kazakhstan").replace({"decision.income_basis": basis})
    changes: dict[str, Any] = {"education.repayment": 512.0 * world.education.repayment}
    for prefix in ("home", *(f"destinations.{name}" for name, _ in world.destinations)):
        for name in ("wage", "wage_market"):
            series = world.get(f"{prefix}.{name}")
            changes[f"{prefix}.{name}"] = Series(series.years, tuple(512.0 * value for value in series.values))
    before, after = Environment(world), Environment(world.replace(changes))
    difference = after.countries.ln_wage - before.countries.ln_wage
    assert np.allclose(difference, math.log(512.0), rtol=0, atol=1e-12)
    assert np.allclose(after.ln_outside_wage - before.ln_outside_wage, math.log(512.0), rtol=0, atol=1e-12)
    for name in ("ln_mean_ratio", "offer_rate", "permit_prob", "job_finding_prob"):
        assert np.array_equal(after.countries[name], before.countries[name])
    assert np.array_equal(after.posts, before.posts)
    assert np.array_equal(after.growth, before.growth)
    assert after.countries[0, HOME].ln_wage - math.log(after.scenario.education.repayment) == pytest.approx(
        before.countries[0, HOME].ln_wage - math.log(before.scenario.education.repayment), abs=1e-12
    )


@pytest.mark.parametrize("size", [1, 100, 1000, 2000])
def test_quantities_of_persons_scale_with_the_simulated_number(size: int) -> None:
    """Caps, diaspora, students, cohorts and posts are the same in persons whatever the size of the run."""
    whole, part = environment(graduates=2000), environment(graduates=size)
    assert whole.weight == 1.0 and part.weight == 2000 / size
    for name in ("diaspora", "students", "graduates_rate", "posts"):
        assert np.allclose(getattr(part, name) * part.weight, getattr(whole, name), rtol=1e-12)


@pytest.mark.parametrize("size", [200, 2000])
def test_caps_on_permits_scale_with_the_weight(size: int) -> None:
    capped = environment(graduates=size, destinations__abroad__permits_per_year=24.0)
    assert capped.permits[0, 1] * capped.weight == pytest.approx(2.0, rel=1e-12)
    assert np.all(np.isinf(environment(graduates=size).permits))


def test_entrants_add_up_to_the_population_of_students() -> None:
    """Entrants of one length of study are the students enrolled, to a person."""
    world = environment("kazakhstan", graduates=100_000)
    months, entrants = world.scenario.education.study_months, heads_of(world, 1).student_entrants
    for country, (name, destination) in enumerate(world.scenario.destinations, start=1):
        enrolled = destination.students.values[-1] / world.weight
        assert entrants[:months, country].sum() == pytest.approx(enrolled, abs=1.0), name
    assert not entrants[:, HOME].any()


def test_supply_begins_with_everybody_and_settles_at_the_length_of_a_career() -> None:
    """Without growth, cohorts times years of the career in the end; the young dominate at first, so it falls slowly."""
    world = environment(end="2085-12", education__graduates_per_year=60, education__age_tilt=0.0)
    supply = world.graduate_supply()
    career = world.scenario.decision.retirement_age - world.scenario.education.graduation_age
    assert supply[0] == world.scenario.graduates
    assert supply[-1] == pytest.approx(60 * career, rel=0.01)
    assert np.all(supply > 0) and np.abs(np.diff(supply)).max() < 10


def test_supply_without_cohorts_runs_out_when_the_youngest_retire() -> None:
    """A career lasts 41 years, so in the last month of the 41st a handful is left of 2,000."""
    supply = environment(end="2066-12", education__graduates_per_year=0.0).graduate_supply()
    assert np.all(np.diff(supply) < 0)
    assert 0 < supply[-1] < 10


def test_a_tilt_towards_the_young_makes_the_first_retirements_rarer() -> None:
    level, tilted = (environment(education__age_tilt=tilt).graduate_supply() for tilt in (0.0, 0.6))
    assert np.all(tilted[1:] > level[1:])


def test_posts_follow_the_shares_of_the_sectors() -> None:
    world = environment("kazakhstan")
    labour = world.scenario.labour
    shares = world.posts / world.posts.sum(axis=1, keepdims=True)
    assert np.allclose(shares[:, EXTRACTIVE], labour.extractive_share, rtol=1e-12)
    assert np.allclose(shares[:, PUBLIC], labour.public_share, rtol=1e-12)
    assert np.allclose(shares[:, PRIVATE], 1.0 - labour.extractive_share - labour.public_share, rtol=1e-12)
    filled = world.graduate_supply() * (1.0 - world.countries[:, HOME].unemployment)
    assert np.allclose(world.posts.sum(axis=1) * (1.0 - labour.vacancy_rate), filled, rtol=1e-12)


def test_oil_moves_extraction_by_its_elasticity_and_the_public_sector_not_at_all() -> None:
    base, dear = environment(), environment(labour__oil_price=2.0)
    ratio = dear.posts / base.posts
    assert np.allclose(ratio, [2.0**0.5, 2.0**0.1, 1.0], rtol=1e-12)


def test_sector_wages_average_to_the_mean_wage() -> None:
    world = environment("kazakhstan")
    mean = np.exp(world.ln_sector_ratio[:, :RESERVE]) @ world.base_shares
    assert np.allclose(mean, 1.0, rtol=1e-12)
    assert np.allclose(world.countries[:, HOME].ln_mean_ratio, 0.0, atol=1e-12)
    assert np.exp(world.ln_sector_ratio[0, PUBLIC] - world.ln_sector_ratio[0, PRIVATE]) == pytest.approx(
        world.scenario.labour.public_wage_ratio, rel=1e-12
    )


def test_job_finding_balances_separation_at_the_long_run_rate() -> None:
    """Abroad, in the long run, the share s / (s + f) is without work."""
    rows = environment("kazakhstan").countries[:, 1:]
    lost, found = rows.separation_prob, rows.job_finding_prob
    inside = found < 1.0
    assert inside.mean() > 0.5
    assert np.allclose((lost / (lost + found))[inside], rows.unemployment[inside], rtol=1e-9)


def test_full_employment_means_that_work_is_found_at_once() -> None:
    assert np.all(environment(destinations__abroad__unemployment=0.0).countries[:, 1].job_finding_prob == 1.0)


def test_expected_growth_raises_permanent_income_and_none_leaves_it_alone() -> None:
    world = environment(home__wage_growth=0.03, destinations__abroad__wage_growth=0.0)
    assert np.allclose(world.growth[1][1:], 1.0, rtol=1e-12)
    assert np.all(np.diff(world.growth[HOME][1:]) > 0) and world.growth[HOME][1] == pytest.approx(1.0)
    assert np.all(np.diff(world.fade[:, 1:]) < 0) and np.allclose(world.fade[:, 1], 1.0)


def test_base_rule_of_law_starts_where_it_is_told_and_stays_on_the_scale() -> None:
    told = environment(home__rule_of_law__start=2.4, home__rule_of_law__trend=0.3)
    path = told.rule_of_law.actual
    assert path[0] == 2.4 and path[4] == pytest.approx(2.5) and np.all(path[4:] == 2.5)
    observed = environment("kazakhstan").rule_of_law.actual
    years_since_observed = 2026 + 0.5 / 12 - 2023.5
    assert observed[0] == pytest.approx(-0.4468 + 0.018 * years_since_observed, abs=1e-9)
