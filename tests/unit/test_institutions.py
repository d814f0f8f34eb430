"""Rule of law at home: what reforms deliver, how fast, and what is believed of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.institutions import Announcement, Revocation, RuleOfLawPath, rule_of_law_path
from abm.parameters import Beliefs
from abm.scenario import Scenario

MONTHS = 300
TREND = 0.018
BASE = -0.4 + TREND / 12 * np.arange(MONTHS)
FLAT = np.full(MONTHS, -0.4)
HORIZON = 456  # months
BELIEFS = {"credibility_start": 0.3, "credibility_gain": 0.15, "credibility_loss": 0.9}
PATHS = ("actual", "announced", "credibility", "expected")


def announce(
    start: int = 0, target: float = 1.0, speed: float = 0.1, ramp: int = 0, fidelity: float = 1.0
) -> Announcement:
    return Announcement(start, target, speed, ramp, fidelity)


def path(
    *announcements: Announcement,
    revocations: Sequence[Revocation] = (),
    base: np.ndarray = BASE,
    trend: float | None = None,
    limit: float = 0.108,
    horizon: int = HORIZON,
    **beliefs: float,
) -> RuleOfLawPath:
    """Return what comes of announcements; the trend is that of the base path's first month, unless it is given."""
    return rule_of_law_path(
        base,
        announcements,
        revocations,
        trend=12 * float(base[1] - base[0]) if trend is None else trend,
        speed_limit=limit,
        horizon_months=horizon,
        beliefs=believed(**beliefs),
    )


def believed(**changes: float) -> Beliefs:
    return dataclasses.replace(Scenario.load("kazakhstan").beliefs, **(BELIEFS | changes))


def same(one: RuleOfLawPath, other: RuleOfLawPath) -> bool:
    """Return whether all paths are equal to the bit."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in PATHS)


ANNOUNCEMENTS = st.lists(
    st.builds(
        Announcement,
        start=st.integers(0, 120),
        target=st.floats(-2.5, 2.5),
        speed=st.floats(0.0, 1.0),
        ramp_months=st.integers(0, 120),
        fidelity=st.floats(0.0, 1.0),
    ),
    max_size=4,
)
BASES = st.builds(
    lambda level, slope: np.clip(level + slope / 12 * np.arange(120), -2.5, 2.5),
    st.floats(-2.5, 2.5),
    st.floats(-0.3, 0.3),
)


@pytest.mark.parametrize("base", [BASE, FLAT, BASE[::-1].copy(), np.clip(BASE + 2.6, -2.5, 2.5)])
def test_without_announcements_nothing_changes_to_the_bit(base: np.ndarray) -> None:
    result = path(base=base)
    for name in ("actual", "announced", "expected"):
        assert np.array_equal(getattr(result, name), base), name
    assert np.all(result.credibility == 0.3)


def test_nothing_happens_before_the_announcement() -> None:
    result = path(announce(start=60))
    for name in ("actual", "announced", "expected"):
        assert np.array_equal(getattr(result, name)[:60], BASE[:60]), name
    assert np.all(result.credibility[:60] == 0.3)
    assert result.actual[60] == BASE[60] and result.actual[61] > BASE[61]
    assert result.expected[60] > BASE[60]


def test_the_inputs_are_left_alone() -> None:
    base = BASE.copy()
    path(announce(), base=base)
    assert np.array_equal(base, BASE)


@given(BASES, ANNOUNCEMENTS, st.floats(0.0, 0.5))
@settings(max_examples=60, deadline=None)
def test_no_reform_is_faster_than_the_speed_limit(
    base: np.ndarray, announcements: list[Announcement], limit: float
) -> None:
    """A month brings at most a twelfth of the limit, or the base path's own rise where that is more."""
    result = path(*announcements, base=base, limit=limit)
    allowed = np.maximum(np.diff(base), limit / 12)
    assert np.all(np.diff(result.actual) <= allowed + 1e-12)


@given(BASES, ANNOUNCEMENTS)
@settings(max_examples=60, deadline=None)
def test_a_reform_never_makes_rule_of_law_worse_nor_leaves_the_scale(
    base: np.ndarray, announcements: list[Announcement]
) -> None:
    result = path(*announcements, base=base)
    gained = result.actual - base
    assert np.all(gained >= -1e-12) and np.all(result.actual <= 2.5)
    assert np.all(np.diff(gained)[result.actual[1:] < 2.5] >= -1e-12)


@given(BASES, ANNOUNCEMENTS)
@settings(max_examples=60, deadline=None)
def test_what_is_expected_is_no_less_than_what_is_and_on_the_scale(
    base: np.ndarray, announcements: list[Announcement]
) -> None:
    result = path(*announcements, base=base)
    assert np.all(result.expected >= result.actual) and np.all(result.expected <= 2.5)
    assert np.all(result.announced >= result.actual) and np.all(result.announced <= 2.5)
    assert np.all(result.credibility >= 0.0) and np.all(result.credibility <= 1.0)


def by_the_equations(
    base: np.ndarray, announcements: list[Announcement], actual: np.ndarray, trend: float, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return credibility and expected level, month by month and term by term, given what was delivered."""
    q, credibility, expected = 0.3, [], []
    binding = [a for a in announcements if promises_something(a, actual, trend, horizon)]
    for t in range(len(base)):
        seen = []
        for a in binding:
            if a.start <= t <= a.last:
                start = max(a.start, 0)
                today = float(actual[start])
                for month in range(start, t):
                    today = next_level(a, month, today, trend, stays_at_target=True)
                ahead = [today]
                for month in range(t, t + horizon):
                    ahead.append(next_level(a, month, ahead[-1], trend))
                seen.append((today, -start, ahead[1:]))
        if seen:
            today, start, _ = max(seen)
            since = base[t] - base[-start]
            delivered, announced = actual[t] - actual[-start] - since, today - actual[-start] - since
            if announced > 1e-9:
                share = min(max(delivered / announced, 0.0), 1.0)
                q += (share - q) * (1.0 - np.exp(-(0.15 if share > q else 0.9) / 12))
        credibility.append(q)
        without = [max(actual[t] + trend * k / 12, -2.5) for k in range(1, horizon + 1)]
        gaps = [max([0.0, *(ahead[k] - without[k] for *_, ahead in seen)]) for k in range(horizon)]
        expected.append(min(actual[t] + q * sum(gaps) / horizon, 2.5))
    return np.array(credibility), np.array(expected)


def next_level(a: Announcement, month: int, level: float, trend: float, *, stays_at_target: bool = False) -> float:
    phase = min((month - a.start + 1) / (a.ramp_months + 1), 1.0) if month <= a.last else 0.0
    after = level + trend / 12 + phase * min(max(a.speed - trend, 0.0) / 12, max(a.target - level, 0.0))
    if stays_at_target and level <= a.target:
        after = min(after, a.target)
    return min(max(after, -2.5), 2.5)


def promises_something(a: Announcement, actual: np.ndarray, trend: float, horizon: int) -> bool:
    if a.speed == 0.0 or a.speed <= trend + 1e-9:
        return False
    start = max(a.start, 0)
    level = without = float(actual[start])
    for month in range(start, start + horizon):
        level, without = next_level(a, month, level, trend), max(without + trend / 12, -2.5)
        if level > without + 1e-9:
            return True
    return False


@given(
    st.floats(-1.0, 1.0),
    st.floats(-0.2, 0.2),
    st.lists(st.floats(-0.02, 0.02), min_size=30, max_size=30),
    st.lists(
        st.builds(
            Announcement,
            start=st.integers(-6, 29),
            target=st.floats(-1.5, 2.5),
            speed=st.floats(0.0, 1.0),
            ramp_months=st.integers(0, 12),
            fidelity=st.floats(0.0, 1.0),
            last=st.integers(0, 60),
        ),
        max_size=3,
    ),
)
@settings(max_examples=60, deadline=None)
def test_credibility_and_belief_are_the_equations_term_by_term(
    level: float, trend: float, surprises: list[float], announcements: list[Announcement]
) -> None:
    """Also where the base path is observed, and so does not follow the trend."""
    base = np.clip(level + trend / 12 * np.arange(30) + np.cumsum(surprises), -2.5, 2.5)
    found = path(*announcements, base=base, trend=trend, limit=1.0, horizon=40)
    credibility, expected = by_the_equations(base, announcements, found.actual, trend, 40)
    assert np.allclose(found.credibility, credibility, atol=1e-6)
    assert np.allclose(found.expected, expected, atol=1e-6)


def test_a_full_reform_moves_at_its_speed_and_stops_at_its_target() -> None:
    """From -0.4 at 0.1 points a year, 0.2 is reached after six years and held."""
    result = path(announce(target=0.2, speed=0.1), base=FLAT)
    assert np.allclose(np.diff(result.actual[:73]), 0.1 / 12, atol=1e-12)
    assert result.actual[72] == pytest.approx(0.2) and np.allclose(result.actual[73:], 0.2)
    assert np.allclose(result.announced, result.actual)


def test_the_promised_speed_takes_the_place_of_the_trend() -> None:
    result = path(announce(speed=0.1), base=BASE)
    assert np.allclose(np.diff(result.actual[:60]), 0.1 / 12, atol=1e-12)


def test_a_reform_slower_than_the_trend_adds_nothing() -> None:
    assert np.array_equal(path(announce(speed=TREND / 2)).actual, BASE)


@pytest.mark.parametrize("base", [FLAT, BASE])
@pytest.mark.parametrize("fidelity", [0.25, 0.5])
def test_a_part_of_the_fidelity_delivers_that_part_of_the_gain(base: np.ndarray, fidelity: float) -> None:
    """As long as neither has come near the target."""
    full, part = (path(announce(speed=0.05, fidelity=share), base=base) for share in (1.0, fidelity))
    assert full.actual[-13] < 1.0 - 0.05
    gains = (full.actual - base)[:-12], (part.actual - base)[:-12]
    assert gains[0][-1] > 0.5
    assert np.allclose(gains[1], fidelity * gains[0], atol=1e-12)


def test_no_fidelity_delivers_nothing_and_destroys_credibility() -> None:
    result = path(announce(fidelity=0.0))
    assert np.array_equal(result.actual, BASE)
    assert result.credibility[-1] < 0.01 and np.all(np.diff(result.credibility[1:]) < 0)
    assert result.expected[0] > BASE[0] + 0.25
    assert result.expected[-1] == pytest.approx(BASE[-1], abs=0.01)


def test_a_ramp_phases_the_speed_in_month_by_month() -> None:
    steps = np.diff(path(announce(ramp=11), base=FLAT).actual)
    assert np.allclose(steps[:12], 0.1 / 12 * np.arange(1, 13) / 12, atol=1e-12)
    assert np.allclose(steps[12:100], 0.1 / 12, atol=1e-12)


def test_a_reform_begun_before_the_run_is_already_phased_in() -> None:
    early = path(announce(start=-12, ramp=11), base=FLAT)
    assert np.array_equal(early.actual, path(announce(start=0, ramp=0), base=FLAT).actual)


def test_delivery_as_promised_raises_credibility_towards_one() -> None:
    """In closed form: 1 - 0.7 exp(-0.15 t), as all that was promised by now is delivered."""
    credibility = path(announce(target=2.5, speed=0.1), base=FLAT).credibility
    months = np.arange(MONTHS)
    assert np.allclose(credibility, 1 - 0.7 * np.exp(-0.15 / 12 * months), atol=1e-6)


def test_credibility_falls_faster_than_it_rises() -> None:
    """The same distance to the delivered share, once above and once below it."""
    rising = path(announce(target=2.5), base=FLAT, credibility_start=0.5).credibility
    falling = path(announce(target=2.5, fidelity=0.0), base=FLAT, credibility_start=0.5).credibility
    rise, fall = rising[13] - rising[1], falling[1] - falling[13]
    assert rise > 0 and fall > 4 * rise
    assert np.allclose(falling, 0.5 * np.exp(-0.9 / 12 * np.arange(MONTHS)), atol=1e-6)


def test_credibility_settles_at_the_delivered_share() -> None:
    result = path(announce(target=2.5, speed=0.05, fidelity=0.5), base=FLAT)
    assert result.credibility[-1] == pytest.approx(0.5, abs=0.01)
    assert result.credibility[-1] > result.credibility[120] > 0.3


def test_the_highest_path_and_the_fastest_delivery_count() -> None:
    slow_high, fast_low = announce(target=1.0, speed=0.02), announce(target=0.0, speed=0.1)
    both = path(slow_high, fast_low, base=FLAT)
    assert np.allclose(both.announced, both.actual)
    for one in (slow_high, fast_low):
        assert np.all(both.expected >= path(one, base=FLAT).expected - 1e-12)
    assert np.allclose(both.actual[:40], path(fast_low, base=FLAT).actual[:40])
    assert np.allclose(np.diff(both.actual[60:]), 0.02 / 12, atol=1e-12)


@pytest.mark.parametrize("twice", [False, True])
def test_the_order_of_announcements_does_not_matter(twice: bool) -> None:
    several = [announce(12, 0.3, 0.1, 24, 0.5), announce(0, 0.1, 0.05), announce(24, 1.0, 0.02, 6, 0.9)]
    several += several[:1] * twice
    results = [path(*order) for order in permutations(several)]
    for name in ("actual", "announced", "credibility", "expected"):
        assert all(np.array_equal(getattr(result, name), getattr(results[0], name)) for result in results[1:]), name


def test_the_same_announcement_twice_is_one() -> None:
    once, twice = path(announce()), path(announce(), announce())
    assert np.array_equal(once.actual, twice.actual) and np.array_equal(once.expected, twice.expected)


def test_a_promise_that_stands_cannot_be_made_good_by_making_it_again() -> None:
    """The first is still owed: of two paths that have come to one target, credibility is that of the earlier."""
    first = announce(target=0.0, fidelity=0.5)
    again = announce(start=60, target=0.0, fidelity=0.0)
    alone = path(first, base=FLAT)
    for plan in ((first, again), (again, first)):
        assert np.array_equal(path(*plan, base=FLAT).credibility, alone.credibility)


@pytest.mark.parametrize("changes", [{"target": 0.5}, {"speed": 0.06}, {"fidelity": 0.6}])
def test_a_stronger_reform_delivers_at_least_as_much_in_every_month(changes: dict[str, Any]) -> None:
    weak = {"target": 0.2, "speed": 0.05, "fidelity": 0.5}
    weaker, stronger = path(announce(**weak)).actual, path(announce(**(weak | changes))).actual
    assert np.all(stronger >= weaker) and stronger[-1] > weaker[-1]


def test_a_promise_that_is_phased_in_and_kept_stays_believed() -> None:
    base = np.full(240, -0.4)
    for start in (0, -60):
        announcement = Announcement(start=start, target=0.6, speed=0.05, ramp_months=60, fidelity=1.0)
        credibility = path(announcement, base=base, limit=0.1).credibility
        assert np.all(np.diff(credibility) > -1e-12)
        assert credibility[-1] > 0.9


def test_the_promised_speed_takes_the_place_of_a_falling_trend() -> None:
    base = -0.4 - 0.01 * np.arange(120) / 12
    announcement = Announcement(start=0, target=2.0, speed=0.05, ramp_months=0, fidelity=1.0)
    actual = path(announcement, base=base, limit=0.1).actual
    assert (actual[-1] - actual[0]) * 12 / 119 == pytest.approx(0.05)


def revoke(start: int, speed: float = 0.1, last: int = 10_000) -> Revocation:
    months = np.arange(MONTHS)
    return Revocation(start, last, np.where((months >= start) & (months <= last), speed, 0.0))


def revoked(announcements: list[Announcement], revocations: list[Revocation], **beliefs: float) -> RuleOfLawPath:
    return path(*announcements, revocations=revocations, base=FLAT, **beliefs)


def test_without_an_earlier_promise_there_is_nothing_to_take_back() -> None:
    for announcements in ([], [announce(start=60)], [announce(start=90)]):
        plain = path(*announcements, base=FLAT)
        taken_back = revoked(announcements, [revoke(60)])
        for name in ("actual", "announced", "credibility", "expected"):
            assert np.array_equal(getattr(plain, name), getattr(taken_back, name)), name


def test_a_revocation_lets_the_level_fall_at_its_speed_and_no_further_than_the_base_path() -> None:
    result = revoked([announce()], [revoke(36, speed=0.06)])
    assert result.actual[36] == pytest.approx(-0.1)
    assert np.allclose(np.diff(result.actual[36:90]), -0.06 / 12)
    assert np.allclose(result.actual[97:], -0.4) and np.all(result.announced[36:] == result.actual[36:])


def test_a_revocation_destroys_credibility_at_once_and_faster_than_delivery_built_it() -> None:
    q = revoked([announce()], [revoke(36)]).credibility
    built, lost = q[35] - q[0], q[35] - q[71]
    assert np.all(np.diff(q[:36]) > 0) and np.all(np.diff(q[35:]) < 0)
    assert lost > 1.5 * built > 0
    assert np.allclose(q[36:], q[35] * np.exp(-0.9 / 12 * np.arange(1, MONTHS - 35)))


def test_nothing_falls_faster_than_the_speed_limit() -> None:
    actual = revoked([announce()], [revoke(36, speed=5.0), revoke(40, speed=2.0)]).actual
    assert np.diff(actual).min() == pytest.approx(-0.108 / 12)


def test_after_a_revocation_has_ended_the_level_stays_and_the_promise_stays_taken_back() -> None:
    result = revoked([announce()], [revoke(36, last=47)])
    assert np.all(result.actual[48:] == result.actual[48]) and result.actual[48] > -0.3
    assert np.all(result.credibility[47:] == result.credibility[47])
    assert np.array_equal(result.announced[36:], result.actual[36:])


def test_a_new_promise_stops_the_fall_and_is_judged_by_itself() -> None:
    result = revoked([announce(), announce(start=60, speed=0.05)], [revoke(36)])
    assert np.all(np.diff(result.actual[36:60]) < 0) and np.allclose(np.diff(result.actual[60:200]), 0.05 / 12)
    assert np.all(np.diff(result.credibility[60:]) > 0)


def test_the_order_of_revocations_does_not_matter() -> None:
    several = [revoke(36, 0.03), revoke(48, 0.08, last=60), revoke(30, 0.01)]
    results = [revoked([announce(), announce(33, 0.3, 0.05)], list(order)) for order in permutations(several)]
    assert all(np.array_equal(result.expected, results[0].expected) for result in results[1:])


def test_a_promise_that_fades_is_delivered_in_part_and_believed_less() -> None:
    kept = path(announce(), base=FLAT)
    fading = path(Announcement(0, 1.0, 0.1, 0, 1.0, decay=0.5), base=FLAT)
    assert np.allclose(fading.announced, kept.announced) and np.all(fading.actual <= kept.actual)
    assert fading.actual[-1] == pytest.approx(-0.4 + 0.1 / 12 / (1 - 0.5 ** (1 / 12)), abs=1e-3)
    assert fading.credibility[-1] < 0.3 < kept.credibility[-1]


RISING_THEN_FLAT = np.minimum(BASE, -0.2)


@pytest.mark.parametrize(
    "base", [BASE, FLAT, BASE[::-1].copy(), RISING_THEN_FLAT], ids="rising flat falling bent".split()
)
@pytest.mark.parametrize("fidelity", [0.0, 1.0])
def test_a_promise_without_speed_is_none_to_the_bit_and_cannot_be_broken(base: np.ndarray, fidelity: float) -> None:
    promise = announce(start=12, target=2.0, speed=0.0, fidelity=fidelity)
    assert same(path(promise, base=base), path(base=base))


@pytest.mark.parametrize("speed", [0.004, TREND / 2, TREND])
@pytest.mark.parametrize("start", [0, 60, MONTHS - 1])
def test_a_promise_of_no_more_than_the_trend_is_none_to_the_bit(speed: float, start: int) -> None:
    for fidelity in (0.0, 1.0):
        assert same(path(announce(start=start, target=2.0, speed=speed, fidelity=fidelity)), path())


def test_a_promise_is_worth_what_its_speed_adds_to_the_trend_on_average_over_the_horizon() -> None:
    """Far from its target the mean of (v - b) k / 12 over k = 1..H is (v - b)(H + 1) / 24."""
    for horizon in (1, 12, 240):
        result = path(announce(start=60, target=2.5, speed=0.025, fidelity=0.0), horizon=horizon)
        worth = (0.025 - TREND) * (horizon + 1) / 24
        assert result.expected[60] - result.actual[60] == pytest.approx(0.3 * worth)


def test_beyond_its_target_and_beyond_its_end_a_promise_goes_on_with_the_trend() -> None:
    """So a promise that ends when its target is reached is the same, and one that ends before is worth less."""
    endless, in_time, early = (
        path(Announcement(0, BASE[0] + 0.5, 0.1, 0, 0.0, last), horizon=120) for last in (10_000, 59, 23)
    )
    assert np.allclose(endless.expected[:60], in_time.expected[:60], atol=2e-3)
    gap = (0.1 - TREND) / 12
    assert early.expected[0] - BASE[0] == pytest.approx(0.3 * gap * (24 * 25 / 2 + 24 * 96) / 120)
    assert np.array_equal(early.expected[24:], BASE[24:]) and np.all(early.credibility[24:] == early.credibility[23])


def test_the_announced_level_is_the_promise_for_the_month_itself() -> None:
    said = path(announce(start=24, fidelity=0.0), base=FLAT)
    assert np.allclose(said.announced[24:100], -0.4 + 0.1 / 12 * np.arange(76)) and said.announced[24] == -0.4
    assert np.all(said.announced[:24] == -0.4)


def test_what_is_expected_rises_with_the_promised_speed_without_a_jump() -> None:
    """A step of 0.00025 a year adds at most its sum over time to what is delivered, and as much over the horizon."""
    speeds = np.linspace(0.0, 0.1, 401)
    for fidelity in (0.0, 0.5, 1.0):
        expected = np.array([path(announce(1, 1.5, float(v), 6, fidelity)).expected for v in speeds])
        steps = np.diff(expected, axis=0)
        assert np.all(steps >= -1e-9)
        assert steps.max() <= 0.00025 * (MONTHS + HORIZON) / 12
        assert np.array_equal(expected[72], BASE) and np.all(expected[73, 1:] > BASE[1:])


def test_no_later_observation_is_used() -> None:
    bent = np.concatenate((BASE[:120], BASE[119] + 0.05 / 12 * np.arange(1, 181)))
    promises = (announce(start=-5, speed=0.03, ramp=24), announce(start=110, target=2.0, speed=0.1, fidelity=0.4))
    straight, other = (path(*promises, base=base, trend=TREND) for base in (BASE, bent))
    for name in PATHS:
        assert np.array_equal(getattr(straight, name)[:120], getattr(other, name)[:120]), name
    assert not np.allclose(straight.expected[121:], other.expected[121:])


def test_what_is_announced_or_taken_back_later_changes_no_earlier_month() -> None:
    first = announce(start=6, target=0.6, speed=0.05, fidelity=0.5)
    alone = path(first)
    for month in (60, MONTHS - 1):
        later = path(first, announce(start=month, target=2.0, speed=0.1), revocations=[revoke(month)])
        for name in PATHS:
            assert np.array_equal(getattr(alone, name)[:month], getattr(later, name)[:month]), (name, month)
        assert alone.expected[month] != later.expected[month]


def test_a_run_that_ends_earlier_expects_the_same() -> None:
    whole, short = (path(announce(start=6), base=BASE[:months]) for months in (MONTHS, 24))
    for name in PATHS:
        assert np.array_equal(getattr(whole, name)[:24], getattr(short, name)), name


def test_a_promise_of_the_last_month_is_believed_in_it() -> None:
    result = path(announce(start=MONTHS - 1))
    assert np.array_equal(result.actual, BASE) and np.array_equal(result.expected[:-1], BASE[:-1])
    assert result.expected[-1] > BASE[-1] + 0.1


def test_one_that_began_before_the_run_counts_as_announced_in_its_first_month() -> None:
    before, now = path(announce(start=-60, fidelity=0.0)), path(announce(start=0, fidelity=0.0))
    assert same(before, now)
    phased = path(announce(start=-6, ramp=11, fidelity=0.0))
    assert now.announced[12] > phased.announced[12] > path(announce(ramp=11, fidelity=0.0)).announced[12]


def test_what_earlier_reforms_gained_is_no_delivery_of_a_new_promise() -> None:
    kept = Announcement(0, 1.0, 0.1, 0, 1.0, last=59)
    result = path(kept, announce(start=60, target=2.0, fidelity=0.0))
    assert result.actual[60] > BASE[60] + 0.3 and result.credibility[60] == result.credibility[59] > 0.6
    assert result.credibility[84] < 0.3 * result.credibility[60]


def test_after_a_broken_promise_the_same_new_promise_brings_less() -> None:
    broken, new = announce(target=0.5, fidelity=0.0), announce(start=60, target=0.5, speed=0.05)
    fresh = path(new, base=FLAT)
    for taken_back in ([], [revoke(36, last=59)], [revoke(36)]):
        after = path(broken, new, revocations=taken_back, base=FLAT)
        assert np.array_equal(after.actual, fresh.actual)
        assert np.all(after.credibility[60:] < fresh.credibility[60:])
        assert np.all(after.expected[60:200] < fresh.expected[60:200] - 1e-4)


def test_with_a_falling_trend_a_target_below_the_level_is_a_floor_that_may_be_broken() -> None:
    base = -0.4 - 0.1 / 12 * np.arange(120)
    floor = announce(target=-0.8, speed=0.1)
    kept, said = path(floor, base=base), path(dataclasses.replace(floor, fidelity=0.0), base=base)
    assert np.allclose(kept.actual[:48], base[:48]) and np.allclose(kept.actual[60:], -0.8, atol=0.01)
    assert np.all(kept.expected > kept.actual + 0.1) and kept.credibility[-1] > 0.6
    assert np.all(said.credibility[:48] == 0.3) and said.credibility[-1] < 0.01


def test_a_target_reached_already_promises_nothing_though_the_series_falls_later() -> None:
    base = np.concatenate((np.full(24, 0.0), np.full(96, -0.5)))
    for fidelity in (0.0, 1.0):
        assert same(path(announce(target=-0.1, fidelity=fidelity), base=base), path(base=base))


def test_a_speed_up_to_the_trend_promises_nothing_though_the_series_falls() -> None:
    base = np.concatenate((np.full(24, 0.0), -0.05 / 12 * np.arange(96)))
    for speed in (0.0, 0.01, TREND):
        assert same(path(announce(speed=speed), base=base, trend=TREND), path(base=base))


def test_taking_back_a_promise_that_promised_nothing_takes_nothing_back() -> None:
    nothing = announce(target=2.0, speed=0.0)
    assert same(revoked([nothing], [revoke(36)]), path(base=FLAT))
    renewed = announce(start=48, target=2.0, speed=0.0)
    assert same(revoked([announce(), renewed], [revoke(36)]), revoked([announce()], [revoke(36)]))
    reached = announce(target=-0.5)
    assert same(revoked([reached], [revoke(36)]), path(base=FLAT))


def test_a_target_below_a_falling_level_is_no_broken_promise() -> None:
    falling = -0.4 - 0.01 * np.arange(120) / 12
    assert same(path(announce(target=-2.0, speed=0.05, fidelity=0.0), base=falling), path(base=falling))


def test_a_promise_that_is_never_kept_is_believed_at_first_and_vanishes_as_trust_is_spent() -> None:
    only_said, half, kept = (path(announce(target=1.5, speed=0.05, fidelity=share)) for share in (0.0, 0.5, 1.0))
    believed_beyond = only_said.expected - only_said.actual
    assert 0.15 < believed_beyond[0] == pytest.approx(0.3 * (0.05 - TREND) * 457 / 24)
    assert np.all(np.diff(believed_beyond) < 0.0) and believed_beyond[-1] < 1e-6
    for month in (12, 60, MONTHS - 1):
        assert only_said.expected[month] < half.expected[month] < kept.expected[month]
