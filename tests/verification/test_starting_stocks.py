"""Who is there in the first month: how many, how old, since when abroad, on which permit, in which work.

The expected values are worked out by hand from the scenario's numbers and from the laws that docs/model.md states.
Distances are in standard errors, as in ``test_traits.py``; counts that are not drawn are exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from laws import errors_of_correlation, errors_of_mean, errors_of_share, kolmogorov, normal
from worlds import distinct

from abm.codes import ABSENT, EMPLOYED, FREE_ENTRY, JOB_SEEKER, NEVER, NO_SECTOR, SETTLED, STUDENT, STUDY_PERMIT
from abm.environment import Environment
from abm.roster import kin_speeds
from abm.rules import rules_of
from abm.simulation import Simulation

SEED = 20_260_402
NEAR, FAR = 1, 2
APRIL_2026 = 2026 + 3.5 / 12  # the middle of the first month, in years


def straight(first_year: int, first: float, last_year: int, last: float) -> float:
    """Return the value in April 2026 on the line between the middles of two years."""
    return first + (last - first) * (APRIL_2026 - first_year - 0.5) / (last_year - first_year)


# persons, from the scenario's series
HOME_GRADUATES = straight(2024, 300_000.0, 2030, 420_000.0)
DIASPORA = {NEAR: straight(2020, 30_000.0, 2032, 66_000.0), FAR: straight(2024, 21_000.0, 2028, 28_000.0)}
STUDENTS = {NEAR: straight(2022, 14_000.0, 2032, 9_000.0), FAR: straight(2024, 5_000.0, 2030, 8_000.0)}
UNEMPLOYMENT = (
    straight(2024, 0.11, 2029, 0.06),
    straight(2020, 0.2, 2027, 0.13),
    straight(2022, 0.03, 2028, 0.06),
)
assert len({round(share, 2) for share in UNEMPLOYMENT}) == 3  # else one country could stand in for another
SEPARATION, GRADUATE_JOBS = (0.4, 0.55, 0.25), (0.71, 0.81, 0.52)  # per year; share
CAREER = 456  # months from 23 and a half to 61 and a half


class Start:
    """A run that has not begun."""

    def __init__(self, graduates: int = 200_000, **changes: Any) -> None:
        world = distinct({key.replace("__", "."): value for key, value in changes.items()}, graduates=graduates)
        self.simulation = Simulation(world, seed=SEED)
        person = self.simulation.graduates.person
        self.person, self.stage = person, person.stage
        self.graduates = (self.stage == EMPLOYED) | (self.stage == JOB_SEEKER)

    def who(self, country: int) -> np.recarray:
        """Return the graduates who live in a country."""
        return self.person[self.graduates & (self.person.country == country)]

    def on_the_ring(self) -> np.ndarray:
        """Return where the graduates of the start live, in the order of their graduation, in groups of kin of 25."""
        people = self.person[self.graduates]
        country = people.country[np.argsort(people["rank"])]
        return country[: len(country) // 25 * 25].reshape(-1, 25)


@pytest.fixture(scope="module")
def start() -> Start:
    return Start()


@pytest.fixture(scope="module")
def unrelated() -> Start:
    """Return a start at which leaving does not run in kin, so that those abroad are a plain sample."""
    return Start(network__kin_spread=0.0)


@pytest.mark.parametrize("graduates", [60_000, 200_000])
def test_every_simulated_person_stands_for_as_many(graduates: int) -> None:
    """The scenario's graduates at home in April 2026 (not of the whole year, nor of mid-2026) over the simulated."""
    start = Start(graduates)
    weight = HOME_GRADUATES / graduates
    assert start.simulation.environment.weight == pytest.approx(weight, rel=1e-12)
    assert len(start.who(0)) == graduates
    for country in (NEAR, FAR):
        assert abs(len(start.who(country)) - DIASPORA[country] / weight) < 1.0  # to a person, by a keyed draw
        students = (start.stage == STUDENT) & (start.person.country == country)
        assert abs(students.sum() - STUDENTS[country] / weight) < 1.0


def test_nobody_else_is_there(start: Start) -> None:
    """Nobody is retired, no foreign specialist has come, and who is still to come is nowhere."""
    assert set(start.stage.tolist()) == {ABSENT, STUDENT, JOB_SEEKER, EMPLOYED}
    absent = start.person[start.stage == ABSENT]
    assert (absent.country == -1).all() and (absent.sector == NO_SECTOR).all()
    assert (start.person.origin[start.graduates] == 0).all()
    assert (start.person.obligation_month == NEVER).all() and (start.person.months_abroad == 0).all()
    assert (start.person.work_permit_month == 0).all()


def younger(months: np.ndarray) -> np.ndarray:
    """Return the share of careers of at most so many whole months: of density 1 - 0.8 x, at most one, over 38 years."""
    x = np.minimum(months / CAREER, 1.0)
    return (x - 0.4 * x**2) / 0.6


def test_careers_lie_behind_by_a_density_that_falls_in_a_straight_line(start: Start) -> None:
    """Not drawn but spread out, so that the distance is of the order of a person, not of their root."""
    behind = -start.person.career_month[start.graduates].astype(int)
    assert behind.min() == 1 and behind.max() == CAREER
    assert kolmogorov(behind, younger) / math.sqrt(len(behind)) < 3 / len(behind)
    assert (start.person.birth_month == start.person.career_month - 282).all()


@pytest.mark.parametrize(("tilt", "mean"), [(0.0, 0.5), (0.5, (1 / 2 - 0.5 / 3) / 0.75), (1.0, 1 / 3)])
def test_the_mean_age_follows_the_tilt(tilt: float, mean: float) -> None:
    """The mean of x under the density 1 - a x is (1/2 - a/3) / (1 - a/2); careers count in begun months."""
    start = Start(60_000, education__age_tilt=tilt)
    behind = -start.person.career_month[start.graduates].astype(int) - 0.5
    assert behind.mean() / CAREER == pytest.approx(mean, abs=2e-5)


@pytest.mark.parametrize(("country", "years"), [(NEAR, 6.0), (FAR, 14.0)])
def test_years_abroad_are_exponential_but_not_longer_than_the_career(
    unrelated: Start, country: int, years: float
) -> None:
    """Whole months, at least one, so the chance that a stay is not a month longer is 1 - exp(-1 / (12 years)).

    Of who came before she could have graduated it is only known that she has been there all her career, so that the
    estimate is the number of stays that ended sooner over all months at risk; its relative standard error is one over
    the root of that number.  Months read as years are off by a factor of 12, that is by 1,000 standard errors.
    """
    person = unrelated.who(country)
    stay, career = -person.arrival_month.astype(int), -person.career_month.astype(int)
    assert stay.min() == 1 and (stay <= career).all() and (person.left_month == person.arrival_month).all()
    known = stay < career
    at_risk = np.where(known, stay, career - 1).sum()
    expected = 1.0 - math.exp(-1.0 / (12.0 * years))
    assert abs(known.sum() / at_risk / expected - 1.0) * math.sqrt(known.sum()) < 4
    # the law itself, among those whose career is long enough to tell for fifteen years
    long = stay[career > 180]
    shown = np.minimum(long, 180)
    assert kolmogorov(shown, lambda months: np.where(months < 180, 1.0 - np.exp(-months / (12.0 * years)), 1.0)) < 2


def test_who_is_at_home_has_never_left(start: Start) -> None:
    home = start.who(0)
    assert (home.left_month == NEVER).all() and (home.arrival_month == home.birth_month).all()


def test_the_diaspora_may_stay(start: Start) -> None:
    """There by free entry, or settled; at home nobody needs a permit; no permit of them ever ends."""
    for country, permit in ((0, 0), (NEAR, FREE_ENTRY), (FAR, SETTLED)):
        who = start.who(country)
        assert (who.permit == permit).all() and (who.permit_month == NEVER).all()


@pytest.mark.parametrize("country", [NEAR, FAR])
def test_the_diaspora_is_like_those_who_stayed(unrelated: Start, country: int) -> None:
    """Of the same ages, abilities, degrees and tastes: who left before the start was not selected."""
    who = unrelated.who(country)
    assert kolmogorov(-who.career_month.astype(int), younger) < 2
    for trait, mean, deviation in (
        ("ability", 0.0, 1.0),
        ("connections", 0.0, 1.0),
        ("home_attachment", 0.7, 1.1),
        ("income_weight", 1.3, 1.3 * math.sqrt(math.exp(0.36) - 1)),
    ):
        assert errors_of_mean(who[trait].astype(float), mean, deviation) < 4
    assert errors_of_share(who.degree == 0, 0.73) < 4 and errors_of_share(who.science == 1, 0.31) < 4


NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(200)


def mean_over_kin(values: np.ndarray) -> float:
    """Return the mean over groups of a function of their standard normal propensity, given at the nodes."""
    return float(WEIGHTS @ values / WEIGHTS.sum())


def chances(share: float, spread: float) -> np.ndarray:
    """Return the chance of having left, by propensity z, where a share of all has: 1 - exp(-T exp(spread z))."""
    low, high = 1e-9, 1e3
    for _ in range(200):
        middle = math.sqrt(low * high)
        reached = mean_over_kin(1.0 - np.exp(-middle * np.exp(spread * NODES)))
        low, high = (middle, high) if reached < share else (low, middle)
    chance: np.ndarray = 1.0 - np.exp(-low * np.exp(spread * NODES))
    return chance


@pytest.mark.parametrize("spread", [0.0, 0.7, 1.5])
def test_leaving_runs_in_kin_as_far_as_the_race_says(spread: float) -> None:
    """How many pairs among 25 kin live in the same country abroad, and in different ones, 10,000 groups.

    Members of a group share their propensity for a destination and are independent otherwise; whoever is abroad already
    cannot go to the next destination, and propensities for different destinations are independent.
    """
    kin = Start(network__kin_spread=spread).on_the_ring()
    near, far = (np.sum(kin == country, axis=1) for country in (NEAR, FAR))
    n = kin.size
    to_near = chances(near.sum() / n, spread)
    to_far = chances(far.sum() / (n - near.sum()), spread)
    both_near, neither = mean_over_kin(to_near**2), mean_over_kin((1.0 - to_near) ** 2)
    staying_then_near = mean_over_kin(to_near * (1.0 - to_near))
    pairs = {
        "near": (near * (near - 1) / 600, both_near),
        "far": (far * (far - 1) / 600, neither * mean_over_kin(to_far**2)),
        "one in each": (near * far / 600, staying_then_near * mean_over_kin(to_far)),
    }
    for name, (found, expected) in pairs.items():
        assert errors_of_mean(found, expected, float(found.std())) < 4, name


def test_kin_stand_beside_each_other_in_groups_of_their_size() -> None:
    """In groups of 40, members of one group are alike, and the last of one and the first of the next are strangers."""
    start = Start(network__kin_group=40, network__kin_spread=2.0)
    people = start.person[start.graduates]
    abroad = (people.country[np.argsort(people["rank"])] > 0).astype(float)
    place = np.arange(len(abroad) - 1) % 40
    for last in (False, True):
        beside = np.flatnonzero((place == 39) == last)
        strange = errors_of_correlation(abroad[beside], abroad[beside + 1])
        assert strange < 4 if last else strange > 20


@pytest.mark.parametrize("country", [0, NEAR, FAR])
def test_who_is_in_work_has_a_job_of_her_country(start: Start, country: int) -> None:
    """Unemployment of the country in April 2026; months until the job ends are geometric, with the yearly rate of the
    country; the match is that of a new job: normal of spread 0.19, less 0.37 where it is not of graduate level."""
    who = start.who(country)
    employed = who.stage == EMPLOYED
    assert errors_of_share(~employed, UNEMPLOYMENT[country]) < 4
    months = who.status_month[employed].astype(int) + 1  # the first month counts: in it as many jobs end as in others
    assert months.min() == 1
    assert kolmogorov(months, lambda k: 1.0 - np.exp(-SEPARATION[country] * k / 12.0)) < 2
    good, match = GRADUATE_JOBS[country], who.match[employed].astype(float)

    def law(x: np.ndarray) -> np.ndarray:
        mixed: np.ndarray = good * normal(x / 0.19) + (1.0 - good) * normal((x + 0.37) / 0.19)
        return mixed

    assert kolmogorov(match, law) < 2
    assert errors_of_mean(match, -0.37 * (1.0 - good), math.sqrt(0.19**2 + 0.37**2 * good * (1.0 - good))) < 4
    assert (who.match[~employed] == 0.0).all()


def test_a_search_abroad_ends_as_unemployment_there_lasts_and_at_home_by_a_hire(start: Start) -> None:
    """Found each month with f = s (1 - u) / u, s the monthly chance of losing a job, which keeps unemployment at u."""
    for country in (NEAR, FAR):
        lost, unemployed = 1.0 - math.exp(-SEPARATION[country] / 12.0), UNEMPLOYMENT[country]
        who = start.who(country)
        months = who.status_month[who.stage == JOB_SEEKER].astype(int) + 1
        stays = 1.0 - lost * (1.0 - unemployed) / unemployed
        assert len(months) > 500
        assert kolmogorov(months, lambda k, stays=stays: 1.0 - stays**k) < 2  # type: ignore[misc]
    home = start.who(0)
    assert (home.status_month[home.stage == JOB_SEEKER] == NEVER).all()


def shares_at_work(environment: Environment) -> list[float]:
    """Return shares that the flows of the first month keep as they are, of everybody alike, by 3,000 such months.

    Persons with a good chance move up first, which the model reckons with and this does not; it matters by less than
    the spread of 180,000 draws.
    """
    lost, unemployed, vacant = 1.0 - math.exp(-SEPARATION[0] / 12.0), UNEMPLOYMENT[0], 0.05
    before, after = environment.workforce()[:2]
    joined = environment.graduates_rate[0] / before
    stay = after / before - joined
    posts = [(1.0 - unemployed) / (1.0 - vacant) * share for share in (0.09, 0.64, 0.27)]
    wanted = [share * pay for share, pay in zip((0.09, 0.64, 0.27), (2.3, 1.0, 0.7), strict=True)]
    applies = [each / sum(wanted) for each in wanted]
    search = environment.scenario.labour.on_the_job_search_rate / 12.0
    work = [(1.0 - unemployed) * share for share in (0.09, 0.64, 0.27)]
    for _ in range(3_000):
        looking = (1.0 - sum(work)) * stay + sum(work) * stay * lost + joined
        work = [each * stay * (1.0 - lost) for each in work]
        # who applies: to extraction also from the other two, to the private sector from the public one
        below = (work[1] + work[2], work[2], 0.0)
        applied = [share * (looking + search * other) for share, other in zip(applies, below, strict=True)]
        pools = [math.sqrt(each * max(have - has, 0.0)) for each, have, has in zip(applied, posts, work, strict=True)]
        of_search = [share * looking / each for share, each in zip(applies, applied, strict=True)]
        needed = looking - unemployed * after / before
        efficiency = needed / sum(pool * part for pool, part in zip(pools, of_search, strict=True))
        hired = [efficiency * pool for pool in pools]
        chance = [each * share / every for each, share, every in zip(hired, applies, applied, strict=True)]
        left = (0.0, chance[0] * search * work[1], (chance[0] + chance[1]) * search * work[2])
        work = [(has + new - old) * before / after for has, new, old in zip(work, hired, left, strict=True)]
    return [each / sum(work) for each in work]


def test_sectors_have_their_shares_at_home_and_there_are_none_abroad(start: Start) -> None:
    """Of posts extraction has 9 %, the private sector 64 %, the public sector 27 %; of those in work, shares with which
    each sector's hires, out of work and from worse paid sectors, replace whom it loses (:func:`shares_at_work`)."""
    home = start.who(0)
    employed = home.stage == EMPLOYED
    for sector, share in enumerate(shares_at_work(start.simulation.environment)):
        assert errors_of_share(home.sector[employed] == sector, share) < 4
    assert (home.sector[~employed] == NO_SECTOR).all()
    assert (start.person.sector[start.graduates & (start.person.country != 0)] == NO_SECTOR).all()


@pytest.mark.parametrize("country", [NEAR, FAR])
def test_students_are_spread_evenly_over_the_forty_months_of_a_first_degree(start: Start, country: int) -> None:
    """As many finish in each of the next 40 months, the first degree ends the study, and they came when it began."""
    students = start.person[(start.stage == STUDENT) & (start.person.country == country)]
    a_month = np.bincount(students.status_month, minlength=40)
    assert len(a_month) == 40 and a_month.max() - a_month.min() <= 1
    assert (students.career_month == students.status_month).all()
    assert (students.arrival_month == students.status_month - 40).all()
    assert (students.left_month == students.arrival_month).all()
    assert (students.permit == STUDY_PERMIT).all() and (students.permit_month == NEVER).all()


def test_human_capital_is_that_of_ability_experience_and_years_abroad(start: Start) -> None:
    """exp(0.33 ability + 0.013 min(x, 30) + 0.021 min(xa, 10)), x the years since the first degree and xa those abroad,
    studies among them; in whole 1/4096."""
    person = start.person[start.graduates | (start.stage == STUDENT)]
    experience = np.clip(-person.career_month / 12.0, 0.0, 30.0)
    away = np.where(person.country > 0, np.clip(-person.arrival_month / 12.0, 0.0, 10.0), 0.0)
    expected = np.exp(0.33 * person.ability.astype(float) + 0.013 * experience + 0.021 * away)
    assert (experience == 30.0).sum() > 10_000 and (away == 10.0).sum() > 5_000
    assert np.abs(person.human_capital / 4096 - expected).max() < 0.6 / 4096


def test_few_groups_of_kin_differ_as_much_as_many() -> None:
    """Of eight groups one leaves at a speed of each eighth of the lognormal law, in an order of each country's own.

    Over the seeds a group's own speed is lognormal, and says nothing of its speed to another country.
    """
    environment = Environment(distinct({"end": "2026-12"}, graduates=200))
    rules = rules_of(environment, SEED)
    reached = np.array([[_speeds_reached(rules, seed, country) for country in (NEAR, FAR)] for seed in range(4000)])
    assert (np.floor(8.0 * np.sort(reached, axis=2)) == np.arange(8)).all()
    near, far = reached[:, 0, 3], reached[:, 1, 3]
    assert kolmogorov(near, lambda share: share) < 2
    assert errors_of_correlation(near, far) < 4


def _speeds_reached(rules: np.recarray, seed: int, country: int) -> np.ndarray:
    """Return below which share of the law the speed of each of eight groups of kin lies, the last of them not full."""
    rules.seed[0] = seed
    speeds = kin_speeds(8 * 25 - 3, country, rules)
    return normal(np.log(speeds) / float(rules.network.kin_spread[0]))
