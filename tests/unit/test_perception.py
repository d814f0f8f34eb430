"""Beliefs: learning from a signal and from ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.codes import ABSENT, EMPLOYED, JOB_SEEKER
from abm.decision import CHOICE
from abm.engine.streams import Purpose, standard_normal
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.graduates import create
from abm.network import Ties
from abm.perception import KNOWN, hears, new_belief
from abm.person import Graduates
from abm.review import News, Reviews, hear, meet
from abm.roster import enrol
from abm.rules import rules_of
from abm.scenario import Scenario

POINTS = st.floats(-2.5, 2.5)
SEED, MONTH, EXPECTED = 11, 7, 0.4
WORLD = Environment(Scenario.load("two-country").replace({"graduates": 50, "end": "2026-12"}))


def plain(belief: float, signal: float, neighbours: float, n: int, weights: tuple[float, float]) -> float:
    return float(new_belief(belief, signal, neighbours, n, *weights))


@given(POINTS, POINTS, POINTS, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
@settings(max_examples=100, deadline=None)
def test_a_new_belief_lies_among_what_it_is_formed_from(
    belief: float, signal: float, neighbours: float, signal_weight: float, share: float
) -> None:
    """It is a convex combination, whatever part of the rest the ties have."""
    weights = signal_weight, share * (1.0 - signal_weight)
    value = plain(belief, signal, neighbours, 3, weights)
    heard = (belief, signal, neighbours)
    assert min(heard) - 1e-12 <= value <= max(heard) + 1e-12
    kept = 1.0 - sum(weights)
    assert value == pytest.approx(np.dot((kept, *weights), heard), abs=1e-12)


@pytest.mark.parametrize(("weights", "expected"), [((0.0, 0.0), 0.1), ((1.0, 0.0), 0.2), ((0.0, 1.0), 0.3)])
def test_a_weight_of_one_takes_all(weights: tuple[float, float], expected: float) -> None:
    assert plain(0.1, 0.2, 0.3, 2, weights) == pytest.approx(expected, abs=1e-15)


@given(POINTS, POINTS, POINTS)
@settings(max_examples=50, deadline=None)
def test_without_ties_their_weight_stays_with_the_own_belief(belief: float, signal: float, nobody: float) -> None:
    value = plain(belief, signal, nobody, 0, (0.35, 0.25))
    assert value == pytest.approx(0.35 * signal + 0.65 * belief, abs=1e-12)


def test_how_many_ties_there_are_does_not_matter_once_there_is_one() -> None:
    assert plain(0.1, 0.2, 0.3, 1, (0.35, 0.25)) == plain(0.1, 0.2, 0.3, 90, (0.35, 0.25))


def test_repeated_signals_bring_a_belief_to_what_is_true() -> None:
    """In closed form the distance shrinks to 0.65 of itself with every review."""
    belief = -0.4
    for _ in range(10):
        belief = plain(belief, EXPECTED, 0.0, 0, (0.35, 0.25))
    assert EXPECTED - belief == pytest.approx(0.8 * 0.65**10, rel=1e-9)


@pytest.fixture
def people() -> Graduates:
    """Return fifty persons who hold beliefs of their own, all of them present."""
    rules = rules_of(WORLD, SEED)
    graduates = create(WORLD, enrol(WORLD, rules, Workers()).roster, rules, Workers())
    graduates.person.stage[:] = EMPLOYED
    graduates.belief[:] = np.linspace(-1.0, 1.0, len(graduates.person.stage))
    return graduates


TIES = {0: [1, 2, 3], 1: [0], 2: [0], 3: [0], 4: []}
FIRST = np.cumsum([0, *(len(ties) for ties in TIES.values())])
NEIGHBOUR = np.array([other for ties in TIES.values() for other in ties], dtype=np.int32)


def formed(
    people: Graduates,
    reviewers: list[int],
    *,
    n_networked: int = 5,
    noise: float = 0.0,
    weights: tuple[float, float] = (0.35, 0.25),
    chunks: tuple[int, ...] = (),
    deaf: tuple[int, ...] = (),
) -> np.ndarray:
    """Return the beliefs of reviewers, formed in chunks that end at the given positions; no news reaches the deaf."""
    out = np.full(len(reviewers), np.nan)
    listed = np.array(reviewers, dtype=np.int32)
    beliefs = rules_of(WORLD, SEED)[0].beliefs
    beliefs.signal_noise, beliefs.signal_weight, beliefs.neighbour_weight = noise, *weights
    present = people.person.stage[:5] != ABSENT
    ties = np.array([[sum(present[other] for other in known)] for known in TIES.values()], dtype=np.uint16)
    draws = np.array(
        [
            standard_normal(SEED, int(people.person.rank[i]), int(people.person.cohort[i]), MONTH, Purpose.SIGNAL, 0)
            for i in reviewers
        ]
    )
    begin = 0
    for end in (*chunks, len(reviewers)):
        part, known = listed[begin:end], np.zeros(end - begin, dtype=KNOWN).view(np.recarray)
        meet(part, Ties(FIRST[: n_networked + 1], NEIGHBOUR, ties), known)
        reviews = Reviews(part, out[begin:end], np.empty(end - begin, dtype=CHOICE))
        news = News(EXPECTED, draws[begin:end], ~np.isin(part, deaf))
        hear(reviews, people.belief, NEIGHBOUR, known, news, beliefs)
        begin = end
    return out


def absent(people: Graduates, rows: slice | int) -> None:
    """Let rows not have appeared yet, who by the rule hold a belief of 0."""
    people.person.stage[rows] = ABSENT
    people.belief[rows] = 0.0


def test_a_belief_is_formed_from_the_mean_of_ones_ties(people: Graduates) -> None:
    beliefs = people.belief.astype(float)
    value = formed(people, [0])[0]
    assert value == pytest.approx(0.35 * EXPECTED + 0.25 * beliefs[1:4].mean() + 0.4 * beliefs[0], abs=1e-12)


def test_ties_who_have_not_appeared_are_not_heard(people: Graduates) -> None:
    absent(people, 2)
    beliefs = people.belief.astype(float)
    value = formed(people, [0])[0]
    assert value == pytest.approx(0.35 * EXPECTED + 0.25 * beliefs[[1, 3]].mean() + 0.4 * beliefs[0], abs=1e-12)


def test_who_has_no_ties_or_no_place_in_the_network_hears_the_signal_alone(people: Graduates) -> None:
    absent(people, slice(1, 4))
    beliefs = people.belief.astype(float)
    alone = 0.35 * EXPECTED + 0.65 * beliefs
    assert np.allclose(formed(people, [4, 0]), alone[[4, 0]], atol=1e-12)
    assert np.allclose(formed(people, [0, 7], n_networked=0), alone[[0, 7]], atol=1e-12)


def test_whom_no_news_reaches_keeps_her_belief_and_others_hear_what_they_heard(people: Graduates) -> None:
    everybody, some = formed(people, [0, 1, 4], noise=0.2), formed(people, [0, 1, 4], noise=0.2, deaf=(1,))
    assert some[1] == people.belief[1] != everybody[1]
    assert some[[0, 2]].tolist() == everybody[[0, 2]].tolist()


@pytest.mark.parametrize(
    ("review_month", "career_month", "stage", "month", "heard"),
    [
        (3, -90, EMPLOYED, 15, True),  # the anniversary
        (3, -90, EMPLOYED, 14, False),  # an event
        (3, 14, JOB_SEEKER, 14, True),  # a newcomer, or a first degree abroad
        (3, -90, ABSENT, 14, True),  # a foreign specialist who considers coming
    ],
)
def test_news_is_heard_once_a_year_and_on_coming_up(
    people: Graduates, review_month: int, career_month: int, stage: int, month: int, heard: bool
) -> None:
    person = people.person[0]
    person.review_month, person.career_month, person.stage = review_month, career_month, stage
    assert hears(person, month) == heard


def test_beliefs_are_formed_together_from_those_before(people: Graduates) -> None:
    """The order of reviewers and their cuts into chunks change nothing, as nobody hears a belief of this month."""
    before = people.belief.copy()
    values = formed(people, [0, 1, 2, 3, 4], noise=0.1)
    assert np.array_equal(values[::-1], formed(people, [4, 3, 2, 1, 0], noise=0.1))
    assert np.array_equal(values, formed(people, [0, 1, 2, 3, 4], noise=0.1, chunks=(1, 4)))
    assert np.array_equal(people.belief, before)


def test_the_noise_of_a_signal_belongs_to_the_person(people: Graduates) -> None:
    values = formed(people, [0, 1, 4], noise=0.2, weights=(1.0, 0.0))
    keys = [(int(people.person.rank[i]), int(people.person.cohort[i])) for i in (0, 1, 4)]
    noise = [standard_normal(SEED, *key, MONTH, Purpose.SIGNAL, 0) for key in keys]
    assert np.allclose(values, EXPECTED + 0.2 * np.array(noise), atol=1e-12)
    assert len(set(noise)) == 3
