"""Whole persons: running totals that are right on average, whatever the size of the run, and arms that share them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.environment import Environment
from abm.heads import Heads, heads_of, whole_persons
from abm.reforms import ForeignTalentVisa, GraduateResearchFunding, MeritReform, Reform
from abm.scenario import Scenario
from abm.simulation import Simulation

SEEDS = 4_000
SMALL = Scenario.load("kazakhstan").replace({"graduates": 200, "end": "2032-12"})
BASE = Environment(SMALL)


@given(st.lists(st.floats(0.0, 1e4), min_size=1, max_size=200), st.floats(0.0, 1.0, exclude_max=True))
@settings(max_examples=100, deadline=None)
def test_whole_persons_never_stray_a_person_from_the_running_total(rates: list[float], offset: float) -> None:
    persons = whole_persons(np.array(rates), offset)
    assert np.all(persons >= 0)
    ahead = np.cumsum(persons) - np.cumsum(rates)
    assert np.all(ahead < 1.0 + 1e-6) and np.all(ahead > -1.0 - 1e-6)


def test_the_mean_over_beginnings_is_the_rate_in_every_month() -> None:
    """Over offsets spread evenly the mean differs from the rate by less than one over their number."""
    rates = np.array([0.013, 0.0, 0.4, 0.013, 2.7, 0.21])
    offsets = (np.arange(1000) + 0.5) / 1000
    mean = np.mean([whole_persons(rates, offset) for offset in offsets], axis=0)
    assert np.abs(mean - rates).max() < 2e-3


@pytest.fixture(scope="module")
def many() -> list[Heads]:
    """Return the whole persons of a run of 200 graduates under many seeds."""
    return [heads_of(BASE, seed) for seed in range(SEEDS)]


def test_a_small_run_has_its_students_and_diaspora_on_average(many: list[Heads]) -> None:
    """Within 4 standard errors in every country: a count's two values lie 1 apart, so its s.d. is at most one half,
    but for those of the start, which are what two rounded totals differ by: at most 1."""
    bound = 4 / math.sqrt(SEEDS)
    entrants = np.mean([heads.student_entrants.sum(axis=0) for heads in many], axis=0)
    expected = np.array([0.0, *(rate.sum() for rate in BASE.student_rates)])
    assert np.abs(entrants - expected).max() < 0.5 * bound
    for name in ("diaspora", "students"):
        found = np.mean([getattr(heads, name) for heads in many], axis=0)
        assert np.abs(found - getattr(BASE, name)).max() < bound, name
        total = {int(getattr(heads, name).sum()) for heads in many}
        assert total == {math.floor(getattr(BASE, name).sum()), math.ceil(getattr(BASE, name).sum())}


def test_no_month_is_favoured(many: list[Heads]) -> None:
    """Entrants of each year within 4 standard errors of the rate of that year (a count's s.d. is at most one half)."""
    for country, rate in enumerate(BASE.student_rates, start=1):
        by_year = np.mean([heads.student_entrants[:, country].reshape(-1, 12).sum(axis=1) for heads in many], axis=0)
        assert np.abs(by_year - rate.reshape(-1, 12).sum(axis=1)).max() < 2 / math.sqrt(SEEDS)


@pytest.mark.parametrize(
    "reform",
    [
        MeritReform(target=0.9),
        ForeignTalentVisa(candidates=3.0),
        GraduateResearchFunding(doctorates=0.0, graduates=0.3),
    ],
    ids=["nobody", "candidates", "graduates"],
)
def test_arms_of_a_seed_have_the_same_people_but_those_added(reform: Reform) -> None:
    environment, added = Environment(SMALL, [reform]), 0
    for seed in range(20):
        base, heads = heads_of(BASE, seed), heads_of(environment, seed)
        for name in ("diaspora", "students", "home_graduates", "student_entrants", "first_study"):
            assert np.array_equal(getattr(heads, name), getattr(base, name)), name
        assert np.all(heads.candidates >= base.candidates) and heads.first_age == base.first_age
        added += int(heads.additional_graduates.sum() + (heads.candidates - base.candidates).sum())
    assert (added > 0) == (not isinstance(reform, MeritReform))


def test_seeds_differ_in_who_is_there() -> None:
    sizes = {len(Simulation(SMALL, seed=seed).graduates.person) for seed in range(6)}
    assert len(sizes) > 1
