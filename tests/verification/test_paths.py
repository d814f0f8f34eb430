"""The paths of a run against the same numbers worked out month by month in plain Python, from the scenario alone.

The world is one in which every number is unlike all others (``worlds.distinct``), from April 2026 on, so that a month
is not a year, a country not another, and the middle of a year not its beginning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from worlds import DISTINCT, DISTINCT_DESTINATIONS, distinct

from abm.codes import SCHOLARSHIP
from abm.environment import Environment
from abm.heads import heads_of
from abm.reforms import Diversification, OilPriceShock, PublicSalaryParity
from abm.simulation import Simulation

MONTHS = 141  # April 2026 to December 2037
NEAR, FAR = 1, 2
COUNTRIES = ("near", "far")


def middle(month: int) -> float:
    """Return the middle of a month of the run, in calendar years; the first is April 2026."""
    return 2026 + (3 + month + 0.5) / 12


def observed(series: Mapping[int, float], month: int) -> tuple[float, float]:
    """Return a yearly series in a month of the run, and the years since the middle of its last year (0 before it)."""
    when, years = middle(month), sorted(series)
    if when <= years[0] + 0.5:
        return series[years[0]], 0.0
    for first, last in zip(years[:-1], years[1:], strict=True):
        if when <= last + 0.5:
            share = (when - first - 0.5) / (last - first)
            return (1.0 - share) * series[first] + share * series[last], 0.0
    return series[years[-1]], when - years[-1] - 0.5


def path(series: Mapping[int, float], growth: float = 0.0, trend: float = 0.0, months: int = MONTHS) -> np.ndarray:
    """Return a series by month: linear between mid-years, then carried on by yearly growth or a yearly trend."""
    values = []
    for month in range(months):
        value, beyond = observed(series, month)
        values.append(value * (1.0 + growth) ** beyond + trend * beyond)
    return np.array(values)


def home(name: str) -> Any:
    """Return a number of the scenario."""
    return DISTINCT[name]


def same(found: np.ndarray, expected: np.ndarray) -> bool:
    """Return whether two paths agree in every month but for rounding."""
    return bool(np.allclose(found, expected, rtol=1e-11, atol=1e-12)) and np.shape(found) == np.shape(expected)


@pytest.fixture(scope="module")
def world() -> Environment:
    return Environment(distinct())


def test_the_run_has_its_months_and_countries(world: Environment) -> None:
    assert world.n_months == MONTHS and world.names == ("home", *COUNTRIES)
    assert world.weight == pytest.approx(path(home("home.graduates"), months=1)[0] / 60_000, rel=1e-12)


@pytest.mark.parametrize(("basis", "wage"), [("ppp", "wage"), ("market", "wage_market")])
def test_wages_follow_the_series_and_then_grow_everywhere(basis: str, wage: str) -> None:
    """At home by 2.3 % a year, nearby by 1.4 %, far away by 3.7 %, each from the middle of its last year on."""
    rows = Environment(distinct({"decision.income_basis": basis})).countries
    assert same(np.exp(rows.ln_wage[:, 0]), path(home(f"home.{wage}"), growth=0.023))
    assert (rows.wage_growth[:, 0] == 0.023).all()
    for country, (name, growth) in enumerate((("near", 0.014), ("far", 0.037)), start=1):
        given = DISTINCT_DESTINATIONS[name]
        assert same(np.exp(rows.ln_wage[:, country]), path(given[wage], growth=growth))
        assert (rows.wage_growth[:, country] == growth).all()
    # in the ten years to April 2036 the wage far away rises by 44 %
    assert math.exp(rows.ln_wage[120, FAR] - rows.ln_wage[0, FAR]) == pytest.approx(1.438, abs=5e-4)


def test_a_wage_given_as_one_number_is_that_of_the_first_month_and_grows_from_there() -> None:
    rows = Environment(distinct({"destinations.far.wage": 5000.0, "home.wage": 2000.0})).countries
    years = np.arange(MONTHS) / 12
    assert same(np.exp(rows.ln_wage[:, FAR]), 5000.0 * 1.037**years)
    assert same(np.exp(rows.ln_wage[:, 0]), 2000.0 * 1.023**years)


def test_observed_years_are_read_between_their_middles() -> None:
    """A historical run: the wage of mid-2022 is that of June and July 2022, and 2018 holds before its middle."""
    world = Environment(distinct({"start": "2018-01", "end": "2023-12"}))
    wage = np.exp(world.countries.ln_wage[:, FAR])
    assert wage[:6] == pytest.approx(6100.0)
    assert (wage[53] + wage[54]) / 2 == pytest.approx(7600.0, rel=2e-3) and wage[:54].max() < 7600.0
    assert wage[30] == pytest.approx(6100.0 + 1500.0 * (24.5 / 48))  # July 2020, 24 months and a half after mid-2018
    assert wage[71] == pytest.approx(7400.0 * 1.037 ** (5.5 / 12))


def test_institutions_abroad_stay_and_home_goes_on_by_its_trend(world: Environment) -> None:
    assert same(world.rule_of_law.actual, path(home("home.rule_of_law.observed"), trend=0.031))
    assert same(world.countries.rule_of_law[:, 0], world.rule_of_law.actual)
    for country, name in enumerate(COUNTRIES, start=1):
        assert same(world.countries.rule_of_law[:, country], path(DISTINCT_DESTINATIONS[name]["rule_of_law"]))


def test_a_start_of_ones_own_takes_the_place_of_the_observed_level() -> None:
    world = Environment(distinct({"home.rule_of_law.start": 0.1}))
    assert same(world.rule_of_law.actual, 0.1 + 0.031 * np.arange(MONTHS) / 12)


def found_at_home(world: Environment, unemployment: np.ndarray, lost: float) -> np.ndarray:
    """Return the chance of a job-seeker, of those who look at the beginning of a month, who join or who lose a job."""
    size, found = world.workforce(), []
    before = np.concatenate((unemployment[:1], unemployment[:-1]))
    for t, joined in enumerate(world.graduates_rate):
        stay = (size[t + 1] - joined) / size[t]
        looking = joined + size[t] * stay * (before[t] + lost * (1.0 - before[t]))
        found.append(1.0 - unemployment[t] * size[t + 1] / looking)
    return np.array(found)


def test_jobs_abroad_and_at_home_end_and_are_found_at_their_monthly_chances(world: Environment) -> None:
    """A yearly rate r is a monthly chance of 1 - exp(-r / 12); finding keeps unemployment at its series; new jobs
    pay the mean of those at graduate level and of those below it."""
    given = (
        (home("home.unemployment"), home("labour.separation_rate"), home("labour.graduate_job_share")),
        *(
            tuple(DISTINCT_DESTINATIONS[name][key] for key in ("unemployment", "separation_rate", "graduate_job_share"))
            for name in COUNTRIES
        ),
    )
    for country, (series, rate, share) in enumerate(given):
        rows, unemployment = world.countries[:, country], path(series)
        lost = 1.0 - math.exp(-rate / 12)
        assert same(rows.unemployment, unemployment)
        assert same(rows.separation_prob, np.full(MONTHS, lost))
        found = np.minimum(lost * (1.0 - unemployment) / unemployment, 1.0)
        found = found if country else found_at_home(world, unemployment, lost)
        assert np.allclose(rows.job_finding_prob, found, rtol=1e-9 if country == 0 else 1e-12)
        assert same(rows.graduate_job_share, np.full(MONTHS, share))
        # the mean of a mixture of lognormal pay, 0.19 the spread of luck
        mean_pay = math.exp(0.5 * 0.19**2) * (share + (1.0 - share) * math.exp(-0.37))
        assert same(rows.mean_match, np.full(MONTHS, math.log(mean_pay)))


def test_each_destination_has_its_own_terms(world: Environment) -> None:
    """And not those of its neighbour in the table."""
    names = ("offer_rate", "moving_cost", "affinity_spread", "transfer_loss", "return_to_ability")
    for country, name in enumerate(COUNTRIES, start=1):
        rows, given = world.countries[:, country], DISTINCT_DESTINATIONS[name]
        for key in names:
            assert (rows[key] == given[key]).all(), key
        assert (rows.free_entry == (given["entry"] == "free")).all()
        assert (rows.moving_cost_with_offer == given["moving_cost"]).all()
    far = world.countries[:, FAR]
    assert (far.post_study_months == (13, 29)).all() and (far.study_place_rate == 0.034).all()
    assert (far.work_permit_months == 50).all() and (far.settlement_months == 67).all()
    assert (far.sponsor_prob == (0.31, 0.83, 0.96)).all() and (far.exempt_share == (0.03, 0.12, 0.61)).all()
    assert far.permits_by_degree.all() and not world.countries.permits_by_degree[:, NEAR].any()
    at_home = world.countries[:, 0]
    assert at_home.free_entry.all() and (at_home.permit_prob == 1.0).all() and (at_home.transfer_loss == 0.0).all()
    assert same(at_home.return_to_ability, np.full(MONTHS, 0.6 * 0.35))  # as far as merit counts


def test_what_only_reforms_change_stands_at_the_scenarios_values() -> None:
    """Sums, months, chances and rates of home, each in its own unit, in every month."""
    given = {
        "decision.return_cost": 2.1,
        "decision.offer_ties_gain": 0.13,
        "education.obligation_months": 44,
        "education.repayment": 71_000.0,
        "education.pursuit_prob": 0.66,
        "region.place_prob": 0.31,
        "region.pay": 1.2,
        "region.moving_cost": 1.9,
        "labour.remote_search": 0.37,
        "foreign_specialists.moving_cost": 1.7,
    }
    world = Environment(distinct(given))
    at_home = world.countries[:, 0]
    assert (at_home.moving_cost == 2.1).all() and (at_home.moving_cost_with_offer == 2.1).all()
    assert (world.countries.offer_ties_gain == 0.13).all()
    scholarship = [at_home[name][:, SCHOLARSHIP] for name in ("obligation_months", "repayment", "pursuit_prob")]
    assert [set(values.tolist()) for values in scholarship] == [{44}, {71_000.0}, {0.66}]
    region = (at_home.service_place_prob, at_home.service_pay, at_home.service_cost)
    assert [set(values.tolist()) for values in region] == [{0.31}, {1.2}, {1.9}]
    paths = (world.remote_search, world.coming_cost, world.scholarship_share, world.public_wage_ratio, world.merit)
    assert [set(values.tolist()) for values in paths] == [{0.37}, {1.7}, {0.17}, {0.7}, {0.6}]
    assert set(world.master_share.tolist()) == {0.22} and set(world.doctorate_share.tolist()) == {0.05}


def test_permits_are_won_by_their_series_and_capped_in_twelfths(world: Environment) -> None:
    assert same(world.countries.permit_prob[:, FAR], path({2025: 0.33, 2031: 0.57}))
    assert same(world.countries.permit_prob_masters[:, FAR], path({2024: 0.11, 2030: 0.19}))
    assert same(world.permits[:, FAR], np.full(MONTHS, 3_900.0 / 12 / world.weight))
    assert np.isinf(world.permits[:, [0, NEAR]]).all()


def test_cohorts_students_and_candidates_come_month_by_month(world: Environment) -> None:
    """A cohort of a year in twelfths, growing by 4 % a year after 2028; of students as many as keep their number up for
    40 months of study; of candidates from abroad always the same."""
    heads = heads_of(world, 5)
    cohorts = path(home("education.graduates_per_year"), growth=0.04) / 12 / world.weight
    assert np.abs(np.cumsum(heads.home_graduates) - np.cumsum(cohorts)).max() <= 1
    assert not heads.additional_graduates.any()
    for country, name in enumerate(COUNTRIES, start=1):
        entrants = path(DISTINCT_DESTINATIONS[name]["students"]) / 40 / world.weight
        running = np.cumsum(heads.student_entrants[:, country])
        assert np.abs(running - np.cumsum(entrants)).max() <= 1
    assert not heads.student_entrants[:, 0].any()
    candidates = np.cumsum(np.full(MONTHS, 2_600.0 / 12 / world.weight))
    assert np.abs(np.cumsum(heads.candidates) - candidates).max() <= 1


def test_stocks_of_the_start_are_those_of_the_first_month(world: Environment) -> None:
    for country, name in enumerate(COUNTRIES, start=1):
        given = DISTINCT_DESTINATIONS[name]
        for found, key in ((world.diaspora, "diaspora"), (world.students, "students")):
            assert found[country] * world.weight == pytest.approx(path(given[key], months=1)[0], rel=1e-11)
        assert world.diaspora_years[country] == given["diaspora_years"]


def test_the_own_wage_of_specialists_from_abroad_grows_as_at_home(world: Environment) -> None:
    at_start = 0.83 * path(home("home.wage"), growth=0.023, months=1)[0]
    assert same(np.exp(world.ln_outside_wage), at_start * 1.023 ** (np.arange(MONTHS) / 12))


def supply(cohorts: np.ndarray, at_start: int, career: int, tilt: float) -> np.ndarray:
    """Return the graduates at the beginning of each month if nobody ever moved, cohort by cohort.

    Of those of the start the part x of whose career lies behind, of density proportional to 1 - tilt x, whoever reaches
    1 has retired; the density is summed over ten thousand slices.
    """
    x = (np.arange(10_000) + 0.5) / 10_000
    density = (1.0 - tilt * x) / np.sum(1.0 - tilt * x)
    found = []
    for month in range(len(cohorts)):
        # the slice that is partly retired counts in part
        left = np.clip((1.0 - month / career - x) * 10_000 + 0.5, 0.0, 1.0)
        stayers = at_start * float(density @ left)
        found.append(stayers + sum(cohorts[joined] for joined in range(month) if month - joined <= career))
    return np.array(found)


OIL = path(DISTINCT["labour.oil_price"])


def posts(world: Environment, career: int, tilt: float, months: int = MONTHS) -> np.ndarray:
    """Return the posts of each sector: of the graduates, less the unemployed, over what is filled of all posts."""
    cohorts = path(home("education.graduates_per_year"), growth=0.04, months=months) / 12 / world.weight
    graduates = supply(cohorts, 60_000, career, tilt)
    filled = graduates * (1.0 - path(home("home.unemployment"), months=months)) / (1.0 - 0.05)
    oil = path(home("labour.oil_price"), months=months)
    return np.stack([0.09 * filled * oil**0.45, 0.64 * filled * oil**0.13, 0.27 * filled], axis=1)


def test_posts_are_sized_by_those_who_would_be_there_if_nobody_ever_moved(world: Environment) -> None:
    """And move with the price of oil, 1.4 in 2025 and 0.8 from mid-2028 on, in extraction and in private firms."""
    assert same(world.oil_price, OIL)
    assert np.allclose(world.posts, posts(world, 456, 0.8), rtol=1e-6)


@pytest.mark.parametrize(("young", "old"), [(28.0, 40.0), (28.3, 40.3)])
def test_posts_no_longer_count_who_has_retired(young: float, old: float) -> None:
    """Careers of twelve years, in a run of 21: the first cohorts of the run retire in it too.

    The difference of 40.3 and 28.3 is a little less than 12 in a computer, but 144 months all the same.
    """
    changes = {"decision.retirement_age": old, "education.graduation_age": young, "end": "2046-12"}
    world = Environment(distinct(changes))
    assert np.allclose(world.posts, posts(world, 144, 0.8, 249), rtol=1e-6)


def pay(public: np.ndarray | float) -> np.ndarray:
    """Return the pay of each sector, relative to the mean over posts before any reform."""
    mean = 0.09 * 2.3 + 0.64 + 0.27 * 0.7
    return np.stack(np.broadcast_arrays(2.3 * np.ones(MONTHS), 1.0, public), axis=1) / mean


def test_pay_by_sector_is_relative_to_the_mean_over_posts(world: Environment) -> None:
    """A post picked at random pays the mean by the month's posts, which oil changes."""
    assert same(np.exp(world.ln_sector_ratio[:, :3]), pay(0.7))
    share = world.posts / world.posts.sum(axis=1, keepdims=True)
    assert same(np.exp(world.countries.ln_mean_ratio[:, 0]), np.sum(share * pay(0.7), axis=1))


def test_a_rise_of_public_pay_and_of_private_posts_leaves_other_pay_alone() -> None:
    """Public pay rises evenly from 0.7 to 1 over 24 months, from January 2028 (month 21) on; a fifth more private posts
    and an oil price of 60 % from the same month."""
    reforms = (
        PublicSalaryParity(target=1.0, start="2028-01", ramp_months=23),
        Diversification(private_jobs=0.2, start="2028-01", ramp_months=0),
        OilPriceShock(factor=0.6, decay=0.0, start="2028-01"),
    )
    world, base = Environment(distinct(), reforms), Environment(distinct())
    phased = np.clip((np.arange(MONTHS) - 21 + 1) / 24, 0.0, 1.0)
    assert same(np.exp(world.ln_sector_ratio[:, :3]), pay(0.7 + 0.3 * phased))
    after = np.arange(MONTHS) >= 21
    expected = base.posts * np.where(after[:, None], [0.6**0.45, 1.2 * 0.6**0.13, 1.0], 1.0)
    assert same(world.posts, expected)


@pytest.mark.parametrize("months", [1, 30, 456])
def test_the_rest_of_a_career_is_discounted_month_by_month(world: Environment, months: int) -> None:
    """7 % a year; wages grow as in each country; of the loss on arrival 1/e is left after six years."""
    k = np.arange(months)
    factors = 1.07 ** (-k / 12)
    assert world.annuity[months] == pytest.approx(factors.sum(), rel=1e-11)
    weights = factors / factors.sum()
    for country, growth in enumerate((0.023, 0.014, 0.037)):
        assert world.growth[country, months] == pytest.approx(weights @ (1.0 + growth) ** (k / 12), rel=1e-11)
        left = float(weights @ ((1.0 + growth) ** (k / 12) * np.exp(-k / 72.0)))
        assert world.fade[country, months] == pytest.approx(left, rel=1e-11)


def test_newcomers_of_a_run_are_those_of_the_paths() -> None:
    """Three years and a half of a small run: new graduates and new students a month, who retires, and who studies.

    A student is one for 40 months from the month she comes; those of the start finish evenly over the first 40.
    Whoever reaches 61 and a half retires that month; so do those of the start whose career is then behind them.
    """
    world = distinct({"end": "2029-09", "destinations.far.study_place_rate": 0.0}, graduates=6_000)
    simulation = Simulation(world, seed=20_260_404).run()
    environment, table = simulation.environment, simulation.accounts.monthly()
    cohorts = path(home("education.graduates_per_year"), growth=0.04, months=42) / 12 / environment.weight
    graduated = np.cumsum(table["new_graduates"]) / environment.weight
    assert np.abs(graduated - np.cumsum(cohorts)).max() <= 1.01
    studying = np.zeros(42)
    for name in COUNTRIES:
        series = DISTINCT_DESTINATIONS[name]["students"]
        at_start = round(path(series, months=1)[0] / environment.weight)
        came = np.cumsum(path(series, months=42) / 40 / environment.weight)
        left = at_start * np.clip(1.0 - (np.arange(42) + 1) / 40, 0.0, 1.0)
        gone = np.concatenate([np.zeros(40), came[:2]])
        studying += left + came - gone
    assert np.abs(table["students_abroad"] / environment.weight - studying).max() <= 5  # four sums in whole persons
    retired = np.cumsum(table["new_retirements"]) / environment.weight
    n_start = 6_000 + sum(
        round(path(DISTINCT_DESTINATIONS[name]["diaspora"], months=1)[0] / environment.weight) for name in COUNTRIES
    )
    x = 1.0 - (np.arange(42) + 1) / 456
    due = n_start * (1.0 - (x - 0.4 * x**2) / 0.6)
    assert np.abs(retired - due).max() <= 2
