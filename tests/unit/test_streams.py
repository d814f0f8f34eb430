"""Keyed draws: the generator's published answers, the laws drawn from it, and their independence.

Every statistical test has fixed seeds, so it either always passes or always fails; tolerances are such that a correct
generator would have failed with a probability of about 1e-4 when the seeds were chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from abm.engine import streams
from abm.engine.streams import Purpose, geometric_months, gumbel, normal_quantile, philox, replicate_seed, uniform

N = 20_000
SEED = 20_260_101
SMALLEST, LARGEST = 2.0**-53, 1.0 - 2.0**-53

# counter, key and answer as published with the generator (Salmon et al. 2011, known-answer tests of Random123)
KNOWN_ANSWERS = {
    "zeros": ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    "ones": ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    "digits of pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
}


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Python function behind a compiled one (itself where compiling is switched off)."""
    return getattr(function, "py_func", function)


def draws(n: int = N, **fixed: int) -> np.ndarray:
    """Return draws of ``n`` persons, or along the one of the words that is named ``over``."""
    key = {"seed": SEED, "rank": 0, "cohort": 0, "month": 0, "purpose": Purpose.ABILITY, "alternative": 0} | fixed
    varied = next(name for name in key if key[name] < 0)
    values = list(key.values())
    place = list(key).index(varied)
    out = np.empty(n)
    for i in range(n):
        values[place] = i
        out[i] = uniform(*values)
    return out


@pytest.mark.parametrize("name", KNOWN_ANSWERS)
@pytest.mark.parametrize("form", [philox, plain(philox)], ids=["compiled", "plain"])
def test_generator_gives_the_published_answers(form: Callable[..., Any], name: str) -> None:
    counter, key, answer = KNOWN_ANSWERS[name]
    words = form(*(np.uint64(word) for word in (*counter, *key)))
    assert tuple(int(word) for word in words) == answer


@pytest.mark.parametrize(
    "fixed",
    [
        {"rank": -1},
        {"cohort": -1, "rank": 7},
        {"month": -1, "rank": 7},
        {"rank": -1, "month": 299, "purpose": Purpose.TASTE_SHOCK, "alternative": 4},
        {"seed": -1, "rank": 7},
        {"rank": -1, "seed": 2**63 - 1},
    ],
    ids=["persons", "cohorts", "months", "persons, one country", "neighbouring seeds", "largest seed"],
)
def test_draws_are_uniform_inside_the_open_interval(fixed: dict[str, int]) -> None:
    """Kolmogorov-Smirnov distance of 20,000 draws below its 1e-4 quantile, 2.23 / sqrt(n)."""
    sample = draws(**fixed)
    assert 0.0 < sample.min() and sample.max() < 1.0
    assert stats.kstest(sample, "uniform").statistic < 2.23 / math.sqrt(N)


def test_draws_are_uniform_over_purposes_and_alternatives() -> None:
    """One person, one month: all 36 purposes with 250 alternatives each."""
    sample = np.array([uniform(SEED, 3, 4, 5, purpose, other) for purpose in Purpose for other in range(250)])
    assert len(np.unique(sample)) == len(sample)
    assert stats.kstest(sample, "uniform").statistic < 2.23 / math.sqrt(len(sample))


def test_purposes_have_numbers_of_their_own_that_fit_their_byte() -> None:
    assert len(set(Purpose)) == len(Purpose)
    assert min(Purpose) >= 1 and max(Purpose) < 2**24


def test_smallest_and_largest_draws_stay_inside_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generator's extreme words give the midpoints of the first and the last interval."""
    for word, expected in ((0, SMALLEST), (0xFFFFFFFF, LARGEST)):
        monkeypatch.setattr(streams, "philox", lambda *_, word=word: (np.uint64(word),) * 4)
        assert plain(uniform)(1, 2, 3, 4, 5, 6) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"purpose": Purpose.ABILITY}, {"purpose": Purpose.CONNECTIONS}),
        ({"alternative": 1}, {"alternative": 2}),
        ({"month": 10}, {"month": 11}),
        ({"cohort": 1 << 16}, {"cohort": (1 << 16) | 1}),
        ({"seed": SEED}, {"seed": SEED + 1}),
        ({"seed": SEED}, {"seed": SEED + 2**32}),
    ],
    ids=["purposes", "countries", "months", "cohorts", "seeds", "high words of the seed"],
)
def test_draws_under_different_keys_are_uncorrelated(one: dict[str, int], other: dict[str, int]) -> None:
    """Correlation of 20,000 pairs within 4 standard errors of 0."""
    correlation = np.corrcoef(draws(rank=-1, **one), draws(rank=-1, **other))[0, 1]
    assert abs(correlation) < 4.0 / math.sqrt(N)


@pytest.mark.parametrize("varied", ["rank", "cohort", "month", "seed"])
def test_consecutive_draws_are_uncorrelated(varied: str) -> None:
    """Lag-one autocorrelation within 4 standard errors of 0."""
    sample = draws(**{varied: -1})
    assert abs(np.corrcoef(sample[1:], sample[:-1])[0, 1]) < 4.0 / math.sqrt(N)


def test_pairs_of_purposes_fill_the_square_evenly() -> None:
    """Chi-square over a 20 x 20 grid of pairs, at the 1e-4 level."""
    pair = draws(rank=-1), draws(rank=-1, purpose=Purpose.MATCH)
    counts = np.histogram2d(*pair, bins=20, range=((0, 1), (0, 1)))[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4


def test_normal_quantile_agrees_with_scipy() -> None:
    """Relative difference below 1e-14 from the smallest to the largest draw, and in each of its three branches."""
    lower = np.concatenate((np.logspace(math.log10(SMALLEST), -1, 4000), np.linspace(0.01, 0.4999, 4000)))
    tails = np.array([0.075, math.exp(-25.0)])  # where the branches meet
    points = np.concatenate((lower, tails * (1 - 1e-12), tails * (1 + 1e-12), 1.0 - lower, [SMALLEST, LARGEST]))
    ours = np.array([normal_quantile(float(point)) for point in points])
    assert np.max(np.abs(ours / special.ndtri(points) - 1.0)) < 1e-14
    assert normal_quantile(0.5) == 0.0


def test_normal_quantile_rises_with_the_probability() -> None:
    points = np.concatenate((np.logspace(-15.5, -1, 2000), np.linspace(0.1, 0.9, 2001)[1:]))
    values = np.array([normal_quantile(float(point)) for point in points])
    assert np.all(np.diff(values) > 0)


def test_gumbel_draws_have_the_moments_of_the_law() -> None:
    """Mean 0.5772, variance pi^2 / 6, kurtosis 5.4: both moments within 4 standard errors."""
    sample = np.array([gumbel(SEED, rank, 0, 0, Purpose.TASTE_SHOCK, 0) for rank in range(N)])
    variance = math.pi**2 / 6
    assert abs(sample.mean() - np.euler_gamma) < 4 * math.sqrt(variance / N)
    assert abs(sample.var(ddof=1) - variance) < 4 * variance * math.sqrt(4.4 / N)


def test_logistic_and_normal_draws_follow_their_laws() -> None:
    """Kolmogorov-Smirnov distances below the 1e-4 quantile."""
    logistic = [streams.logistic(SEED, rank, 0, 0, Purpose.HIRING_LUCK, 0) for rank in range(N)]
    normal = [streams.standard_normal(SEED, rank, 0, 0, Purpose.ABILITY, 0) for rank in range(N)]
    assert stats.kstest(logistic, "logistic").statistic < 2.23 / math.sqrt(N)
    assert stats.kstest(normal, "norm").statistic < 2.23 / math.sqrt(N)


@pytest.mark.parametrize("monthly_prob", [0.01, 0.2, 0.7])
def test_waiting_times_are_geometric(monthly_prob: float) -> None:
    """Chi-square of 20,000 waiting times in cells of at least 20 expected, at the 1e-4 level."""
    months = np.array([geometric_months(monthly_prob, u) for u in draws(rank=-1)])
    assert months.min() == 1
    last = int(stats.geom.isf(20 / N, monthly_prob))
    expected = N * stats.geom.pmf(np.arange(1, last + 1), monthly_prob)
    expected = np.append(expected, N - expected.sum())
    observed = np.bincount(np.minimum(months, last + 1), minlength=last + 2)[1:]
    edges = np.unique(np.floor(np.cumsum(expected) / 20), return_index=True)[1]
    grouped = [np.add.reduceat(cells, edges) for cells in (observed, expected)]
    assert stats.chisquare(*grouped).pvalue > 1e-4


def test_a_likelier_event_never_comes_later_under_the_same_draw() -> None:
    probabilities = np.concatenate(([0.0], np.logspace(-6, 0, 300)))
    for u in (SMALLEST, 1e-6, 0.1, 0.5, 0.9, LARGEST):
        months = [geometric_months(float(probability), u) for probability in probabilities]
        assert months == sorted(months, reverse=True)
        assert months[-1] == 1 and months[0] == 30_000


def test_replicates_have_seeds_of_their_own() -> None:
    seeds = [replicate_seed(7, replicate) for replicate in range(10_000)]
    assert len(set(seeds)) == 10_000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62
    assert not set(seeds) & {replicate_seed(8, replicate) for replicate in range(10_000)}
    assert replicate_seed(2**63 - 1, 0) != replicate_seed(2**63 - 2, 0)


def test_plain_python_draws_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [
        (seed, rank, (3 << 16) | 299, month, Purpose.OFFER, other)
        for seed in (0, SEED, 2**63 - 1)
        for rank in (0, 1, 2**32 - 1)
        for month in (0, 299)
        for other in (0, 100)
    ]
    names = ("uniform", "standard_normal", "gumbel", "logistic")
    compiled = {name: [getattr(streams, name)(*key) for key in keys] for name in names}
    points = np.concatenate((np.logspace(-15.9, -0.4, 500), np.linspace(0.4, 1.0, 500, endpoint=False)))
    quantiles = [normal_quantile(float(point)) for point in points]
    months = [geometric_months(0.03, float(point)) for point in points]
    for name in (*names, "philox", "normal_quantile", "geometric_months"):
        monkeypatch.setattr(streams, name, plain(getattr(streams, name)))
    assert compiled == {name: [float(getattr(streams, name)(*key)) for key in keys] for name in names}
    assert quantiles == [streams.normal_quantile(float(point)) for point in points]
    assert months == [streams.geometric_months(0.03, float(point)) for point in points]
