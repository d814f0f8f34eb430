"""Rules of the home labour market and of human capital."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.codes import EMPLOYED, EXTRACTIVE, HOME, JOB_SEEKER, NO_SECTOR, PRIVATE, PUBLIC, RESERVE, UNIT
from abm.engine.compiled import allocating
from abm.engine.tally import census, empty_tally
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.graduates import create
from abm.human_capital import human_capital, update_human_capital
from abm.labour import (
    HIRED,
    Applications,
    apply_for_posts,
    award_posts,
    hire,
    hiring_score,
    market_of,
    offer_limits,
    on_the_job_seekers,
    remember_hires,
    sector_of,
)
from abm.life_course import Now
from abm.outlook import LOOKING, WORKING
from abm.person import Graduates
from abm.posts import answer_supply, application_limits
from abm.roster import enrol
from abm.rules import rules_of
from abm.scenario import Scenario

SEED, MONTH = 3, 5
SCORES = st.floats(-5.0, 5.0)
GAINS = {"ability_spread": 0.3, "experience_gain": 0.012, "experience_gain_abroad": 0.02}
WORLD = Scenario.load("two-country").replace({f"human_capital.{name}": value for name, value in GAINS.items()})
RULES = rules_of(Environment(WORLD), SEED)[0]


@given(SCORES, SCORES, SCORES)
@settings(max_examples=50, deadline=None)
def test_merit_decides_alone_at_one_and_connections_alone_at_zero(
    ability: float, connections: float, luck: float
) -> None:
    assert hiring_score(1.0, ability, connections, luck) == pytest.approx(ability + luck, abs=1e-12)
    assert hiring_score(0.0, ability, connections, luck) == pytest.approx(connections + luck, abs=1e-12)
    assert hiring_score(0.5, ability, connections, 0.0) == pytest.approx((ability + connections) / 2, abs=1e-12)


def test_more_merit_moves_ranks_from_connections_to_ability() -> None:
    able, connected = [
        hiring_score(merit, 1.0, -1.0, 0.0) - hiring_score(merit, -1.0, 1.0, 0.0) for merit in (0.9, 0.1)
    ]
    assert able > 0 > connected
    assert hiring_score(0.5, 1.0, -1.0, 0.0) == hiring_score(0.5, -1.0, 1.0, 0.0)


def test_a_draw_falls_into_the_part_of_its_sector() -> None:
    limits = np.array([0.1, 0.7, 1.0])
    draws = {0.0: 0, 0.0999: 0, 0.1: 1, 0.6999: 1, 0.7: 2, 0.9999: 2}
    assert {u: sector_of(u, limits) for u in draws} == draws


def test_rounding_of_the_last_limit_leaves_nobody_without_a_sector() -> None:
    assert sector_of(1.0 - 2.0**-53, np.array([0.1, 0.7, 1.0 - 2.0**-50])) == PUBLIC


def limits_of(posts: list[float] | np.ndarray, ln_ratio: list[float] | np.ndarray, taste: float) -> np.ndarray:
    limits = np.empty(3)
    application_limits(np.array(posts), np.exp(taste * np.array(ln_ratio)), limits)
    return limits


def test_a_sector_without_posts_gets_no_applications() -> None:
    limits = limits_of([0.0, 60.0, 40.0], np.zeros(3), 1.0)
    assert limits[0] == 0.0
    assert sector_of(2.0**-53, limits) == PRIVATE


@given(
    st.lists(st.floats(0.1, 1e6), min_size=3, max_size=3),
    st.lists(st.floats(-2.0, 2.0), min_size=3, max_size=3),
    st.floats(0.0, 5.0),
)
@settings(max_examples=50, deadline=None)
def test_applications_go_by_posts_and_pay(posts: list[float], ln_ratio: list[float], taste: float) -> None:
    limits = limits_of(posts, ln_ratio, taste)
    shares = np.diff(limits, prepend=0.0)
    assert limits[-1] == pytest.approx(1.0, abs=1e-12) and np.all(shares >= 0)
    for sector in (PRIVATE, PUBLIC):
        odds = posts[sector] / posts[EXTRACTIVE] * math.exp(taste * (ln_ratio[sector] - ln_ratio[EXTRACTIVE]))
        assert shares[sector] == pytest.approx(odds * shares[EXTRACTIVE], rel=1e-6, abs=1e-12)


def test_without_a_taste_for_pay_applications_go_by_posts_alone() -> None:
    limits = limits_of([5.0, 60.0, 35.0], [0.7, 0.0, -0.5], 0.0)
    assert np.allclose(np.diff(limits, prepend=0.0), [0.05, 0.60, 0.35])


def test_the_scale_of_posts_changes_no_application() -> None:
    posts, ratio = np.array([5.0, 60.0, 35.0]), np.array([0.7, 0.0, -0.5])
    assert np.array_equal(limits_of(posts, ratio, 1.0), limits_of(1024 * posts, ratio, 1.0))


def test_where_there_is_no_post_at_all_everybody_applies_to_the_last_sector() -> None:
    assert sector_of(0.5, limits_of([0.0, 0.0, 0.0], np.zeros(3), 1.0)) == PUBLIC


@allocating
def clear_market(market, people, seekers, on_the_job, now, tally):  # type: ignore[no-untyped-def]
    """Apply, award and hire as a month does, in one thread."""
    n = len(seekers) + len(on_the_job)
    applicants = np.empty(n, dtype=np.int32)
    applicants[: len(seekers)], applicants[len(seekers) :] = seekers, on_the_job
    applications = Applications(applicants, np.empty(n, dtype=np.int8), np.empty(n), np.empty(n))
    answer_supply(market, now)
    apply_for_posts(market, people, applications, 0, n, now)
    award_posts(market, applications, n, now, tally)
    hires = np.zeros(HIRED, dtype=np.int64)
    hire(market, people, applications, (0, n), now, tally, hires)
    remember_hires(market, hires, len(seekers), tally)


class Market:
    """A labour market with everybody of the start at home out of work, and posts as given."""

    def __init__(
        self, posts: tuple[float, ...], *, efficiency: float = 10.0, merit: float = 0.5, luck: float = 1.0
    ) -> None:
        changes = {"labour.merit": merit, "labour.hiring_luck": luck}
        world = Scenario.load("two-country").replace({"graduates": 400, "end": "2026-12"} | changes)
        self.environment = Environment(world)
        self.environment.posts[:] = posts
        self.environment.matching_efficiency[:] = efficiency
        self.rules = rules_of(self.environment, SEED)
        roster = enrol(self.environment, self.rules, Workers()).roster
        self.people = create(self.environment, roster, self.rules, Workers())
        self.home = np.flatnonzero(self.people.person.country == HOME).astype(np.int32)
        self.people.person.stage[self.home] = JOB_SEEKER
        self.people.person.sector[self.home] = NO_SECTOR
        self.market = market_of(self.environment, SEED)

    def now(self, month: int = MONTH) -> Now:
        """Return a month of this world."""
        return Now(month, self.environment.countries[month], self.rules[0])

    def clear(self, seekers: np.ndarray, on_the_job: np.ndarray | None = None, month: int = MONTH) -> Graduates:
        """Clear the market once; posts are filled by those in work at home."""
        tally = empty_tally(self.environment.n_countries)
        census(self.people, 0, len(self.people.person), tally)
        listed = np.empty(0, dtype=np.int32) if on_the_job is None else on_the_job
        clear_market(self.market, self.people, seekers, listed, self.now(month), tally)
        recounted = empty_tally(self.environment.n_countries)
        census(self.people, 0, len(self.people.person), recounted)
        assert np.array_equal(tally, recounted)
        return self.people

    @property
    def employed(self) -> np.ndarray:
        return self.home[self.people.person.stage[self.home] == EMPLOYED]


def test_nobody_is_hired_where_no_post_is_vacant() -> None:
    market = Market((0.0, 0.0001, 0.0))
    market.clear(market.home)
    assert len(market.employed) == 0 and market.market.hires.sum() == 0


def test_hires_never_exceed_vacancies() -> None:
    market = Market((3.0, 20.0, 7.0))
    market.clear(market.home)
    counts = np.bincount(market.people.person.sector[market.employed], minlength=4)
    assert np.array_equal(counts, market.market.hires)
    assert np.all(counts <= [3, 20, 7, 0]) and counts.sum() == 30


def test_hires_never_exceed_applicants() -> None:
    market = Market((1000.0, 1000.0, 1000.0))
    market.clear(market.home[:50])
    assert set(market.employed) == set(market.home[:50])


def test_hires_follow_the_square_root_of_vacancies_and_applicants() -> None:
    """With 400 seekers all for one sector, 100 posts and efficiency 0.3: 0.3 * sqrt(40,000) = 60 hires."""
    market = Market((0.0, 100.0, 0.0), efficiency=0.3)
    seekers = market.home[:400]
    market.clear(seekers)
    assert len(market.employed) == int(0.3 * math.sqrt(len(seekers) * 100.0))


def test_a_part_of_a_hire_is_carried_to_the_next_month() -> None:
    """0.2 * sqrt(4 * 1) = 0.4 hires a month: the first in the third month."""
    market = Market((0.0, 1.0, 0.0), efficiency=0.2)
    hires = []
    for month in range(3):
        market.clear(market.home[:4], month=month)
        hires.append(len(market.employed))
    assert hires == [0, 0, 1]


@pytest.mark.parametrize(
    ("merit", "trait", "other"), [(1.0, "ability", "connections"), (0.0, "connections", "ability")]
)
def test_full_merit_hires_the_able_and_none_the_connected(merit: float, trait: str, other: str) -> None:
    """With hardly any luck those hired are exactly the best; their mean of the other trait is that of all, +-4 s.e."""
    market = Market((0.0, 40.0, 0.0), merit=merit, luck=0.01)
    market.clear(market.home)
    hired, rest = market.employed, np.setdiff1d(market.home, market.employed)
    person = market.people.person
    assert len(hired) == 40
    assert person[trait][hired].min() > person[trait][rest].max() - 0.25
    assert abs(person[other][hired].mean()) < 4 / math.sqrt(40) + 0.2


def test_one_applicant_more_costs_at_most_one_other_her_post() -> None:
    markets = [Market((0.0, 40.0, 0.0)) for _ in range(2)]
    for market, n in zip(markets, (200, 201), strict=True):
        market.clear(market.home[:n])
    before, after = (set(market.employed.tolist()) for market in markets)
    assert len(before - after) <= 1 and len(after - before) <= 1


def test_people_in_work_move_only_to_better_paid_sectors() -> None:
    market = Market((50.0, 50.0, 200.0))
    market.people.person.stage[market.home] = EMPLOYED
    market.people.person.sector[market.home] = PUBLIC
    market.environment.posts[:] = (50.0, 50.0, 1000.0)
    market.clear(market.home[:0], market.home)
    moved = market.people.person.sector[market.home]
    assert np.any(moved != PUBLIC)
    market.people.person.sector[market.home] = EXTRACTIVE
    market.environment.posts[:] = 1000.0
    market.clear(market.home[:0], market.home, month=MONTH + 1)
    assert np.all(market.people.person.sector[market.home] == EXTRACTIVE)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_the_rate_says_how_many_in_work_look_for_another_post(rate: float) -> None:
    """A share of reviewers in work within 4 standard errors; of those out of work nobody is listed."""
    market = Market((1.0, 1.0, 1.0))
    market.rules.labour.on_the_job_search_rate[:] = rate
    market.people.person.stage[market.home[100:]] = EMPLOYED
    out = np.empty(len(market.home), dtype=np.int32)
    n = on_the_job_seekers(market.people.person, market.home, market.now(), out)
    in_work = len(market.home) - 100
    assert abs(n - rate * in_work) <= 4 * math.sqrt(rate * (1 - rate) * in_work)
    assert np.all(out[:n] >= market.home[100])


def test_the_chance_of_work_moves_a_twelfth_towards_this_months() -> None:
    """Of hires and of those who might have been, apart: their ratio is no mean of ratios, which few would bias."""
    market = Market((0.0, 40.0, 0.0))
    hires, at_risk = market.market.flows[LOOKING].sum(), market.market.at_risk[LOOKING]
    market.clear(market.home[:200])
    hires, at_risk = hires + (len(market.employed) - hires) / 12, at_risk + (200 - at_risk) / 12
    assert market.market.at_risk[LOOKING] == pytest.approx(at_risk, rel=1e-12)
    assert market.market.job_finding_prob[0] == pytest.approx(hires / at_risk, rel=1e-12)


def test_hires_are_counted_by_where_people_come_from_and_go() -> None:
    """Forty get posts in private firms out of search; in the next month ten of them go to extraction."""
    market = Market((10.0, 40.0, 0.0), luck=0.01)
    market.environment.posts[0] = (0.0, 40.0, 0.0)
    market.market = market_of(market.environment, 1)
    market.clear(market.home[:200], month=0)
    before = market.market.flows.copy(), market.market.at_risk.copy()
    hired = market.employed.astype(np.int32)
    market.environment.posts[1] = (10.0, 0.0, 0.0)
    market.clear(np.empty(0, dtype=np.int32), hired, month=1)
    flows, at_risk = 12 * market.market.flows - 11 * before[0], 12 * market.market.at_risk - 11 * before[1]
    expected = np.zeros(flows.shape)
    expected[WORKING + PRIVATE, EXTRACTIVE] = 10
    assert len(hired) == 40 and np.allclose(flows, expected, atol=1e-9)
    assert np.allclose(at_risk, [0, 0, 40, 0, 0], atol=1e-9)


def test_offers_come_from_the_months_vacancies_and_without_any_there_are_none() -> None:
    market, limits = Market((1.0, 1.0, 1.0)).market, np.zeros(RESERVE)
    market.vacancies[:] = (3.0, 5.0, 2.0, 7.0)
    assert offer_limits(market, limits) and np.allclose(limits, [0.3, 0.8, 1.0])
    market.vacancies[:] = 0.0
    assert not offer_limits(market, limits)


@pytest.mark.parametrize("search", [0.0, 0.2])
def test_the_chances_before_the_first_month_are_the_scenarios(search: float) -> None:
    """Of all job-seekers those of the environment; who looks on the job has those of who applies to that sector."""
    world = Scenario.load("kazakhstan").replace({"graduates": 5_000, "labour.on_the_job_search_rate": search})
    environment = Environment(world)
    market = market_of(environment, 1)
    chances = market.flows / market.at_risk[:, None]
    assert market.job_finding_prob[0] == pytest.approx(environment.countries[0, HOME].job_finding_prob)
    assert np.allclose(chances[WORKING + PUBLIC, [EXTRACTIVE, PRIVATE]], search / 12 * chances[0, :2], rtol=1e-12)
    assert not chances[WORKING + EXTRACTIVE].any() and not chances[WORKING + PRIVATE, [PRIVATE, PUBLIC]].any()


def test_the_mean_new_graduate_has_human_capital_one() -> None:
    assert human_capital(0.0, 0, 0, RULES) == 1.0


def test_human_capital_rises_with_ability_experience_and_years_abroad() -> None:
    by_ability = [human_capital(ability, 60, 24, RULES) for ability in np.linspace(-3, 3, 13)]
    by_work = [human_capital(0.5, months, 24, RULES) for months in range(0, 361, 12)]
    by_stay = [human_capital(0.5, 60, months, RULES) for months in range(0, 121, 12)]
    for values in (by_ability, by_work, by_stay):
        assert np.all(np.diff(values) > 0)


def test_human_capital_is_the_product_of_its_gains() -> None:
    """One deviation of ability 0.3, ten years of work 0.12, five years abroad 0.1."""
    assert human_capital(1.0, 120, 60, RULES) == pytest.approx(math.exp(0.3 + 0.12 + 0.1), rel=1e-12)


def test_work_counts_for_thirty_years_and_stays_abroad_for_ten() -> None:
    assert human_capital(0.0, 360, 120, RULES) == human_capital(0.0, 500, 300, RULES)
    assert human_capital(0.0, 359, 120, RULES) < human_capital(0.0, 360, 120, RULES)
    assert human_capital(0.0, 360, 119, RULES) < human_capital(0.0, 360, 120, RULES)


def test_months_before_graduation_take_nothing_away() -> None:
    assert human_capital(0.2, -48, 0, RULES) == human_capital(0.2, 0, 0, RULES)


def test_human_capital_of_a_person_counts_the_running_stay_abroad() -> None:
    people = Market((1.0, 1.0, 1.0)).people
    people.person.ability[:2] = 0.5
    people.person.career_month[:2] = -60
    people.person.months_abroad[:2] = 12
    people.person.arrival_month[:2] = MONTH - 24
    people.person.country[0], people.person.country[1] = HOME, 1
    untouched = people.person.human_capital[2:].copy()
    update_human_capital(people.person, 0, 2, MONTH, RULES)
    expected = [human_capital(0.5, MONTH + 60, abroad, RULES) for abroad in (12, 36)]
    assert np.allclose(people.person.human_capital[:2] / UNIT, expected, atol=0.5 / UNIT)
    assert people.person.human_capital[1] > people.person.human_capital[0]
    assert np.array_equal(people.person.human_capital[2:], untouched)
