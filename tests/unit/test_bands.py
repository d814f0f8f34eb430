"""Ranges of pairs of runs: exact cases, what they hold of further pairs, and that they say what the page draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm import Scenario
from abm.measures import measure
from abm.page.bands import FEWEST, KEPT, STRETCH, Pairs, Range, range_of
from abm.page.pair import Both, Pair
from abm.reforms import MeritReform
from abm.simulation import Simulation
from abm.sweep.shared_past import together

SEED = 20_261_127
DRAWN = 40_000


def test_ranges_by_hand() -> None:
    assert all(math.isnan(end) for end in range_of([]))
    assert range_of([3.0]).middle == 3.0 and not range_of([3.0]).known
    assert range_of([3.0, 5.0]).middle == 4.0 and not range_of([3.0, 5.0]).known
    four = range_of([0.0, 1.0, 3.0, 10.0])
    assert four == pytest.approx((2.0 - STRETCH[4] * 2.0, 2.0, 2.0 + STRETCH[4] * 8.0))
    twenty = range_of(np.arange(20.0))  # quantiles at p (n + 1): places 1.05 and 19.95 of 20
    assert twenty == pytest.approx((0.05, 9.5, 18.95))
    assert range_of([0.0] * 16) == Range(0.0, 0.0, 0.0)


def test_a_range_has_a_sign_only_where_it_holds_no_zero() -> None:
    assert [Range(*ends).sign for ends in ((1, 2, 3), (-3, -2, -1), (-1, 2, 3), (0, 1, 2), (0, 0, 0))] == [
        1,
        -1,
        0,
        0,
        0,
    ]
    assert Range(math.nan, 5.0, math.nan).sign == 0


@pytest.mark.parametrize("n", [*STRETCH, 19, 40])
def test_a_range_holds_nine_of_ten_further_values_of_the_normal_law(n: int) -> None:
    """Of 40,000 samples, within 4 standard errors of .0015 each and what the table of stretches leaves."""
    values = np.random.default_rng([SEED, n]).standard_normal((DRAWN, n + 1))
    held = np.mean([low <= last <= high for low, _, high, last in _ranges(values)])
    assert abs(held - 0.9) < 4 * math.sqrt(0.9 * 0.1 / DRAWN) + 0.002


def _ranges(values: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Return the range of all but the last of each row, and that."""
    from abm.page.bands import _ends

    low, middle, high = _ends(values[:, :-1].T)
    return list(zip(low, middle, high, values[:, -1], strict=True))


def test_of_sixteen_skewed_values_it_holds_at_least_fifteen_of_seventeen_and_keeps_their_side() -> None:
    """Of the exponential law, whose values are above 0: a symmetric range would reach far below."""
    values = np.random.default_rng(SEED).exponential(size=(DRAWN, 17))
    ranges = _ranges(values)
    held = np.mean([low <= last <= high for low, _, high, last in ranges])
    assert 15 / 17 - 4 * math.sqrt(0.88 * 0.12 / DRAWN) < held < 0.95
    assert np.median([low for low, *_ in ranges]) > -0.05


def test_ranges_narrow_as_values_come_in() -> None:
    """On average over 40,000 samples, from three values to sixteen: by more than 4 standard errors each time."""
    values = np.random.default_rng(SEED).standard_normal((DRAWN, 17))
    widths = [np.array([high - low for low, _, high, _ in _ranges(values[:, : n + 1])]) for n in range(FEWEST, 17)]
    for more, fewer in zip(widths[1:], widths, strict=False):
        assert fewer.mean() - more.mean() > 4 * (fewer - more).std() / math.sqrt(DRAWN)


@pytest.fixture(scope="module")
def world() -> Scenario:
    return Scenario.load("two-country").replace({"start": "2026-04", "end": "2029-08"})


@pytest.fixture(scope="module")
def pair(world: Scenario) -> Pair:
    both = Pair(world, (MeritReform(start="2026-06"),), 3)
    while not both.finished:
        both.step()
    return both


def test_bands_of_one_pair_are_what_the_page_draws_of_it(world: Scenario, pair: Pair) -> None:
    """At the end of each year; a year that is cut short counts at the pace of a year."""
    pairs = Pairs.of(pair.first_month, [[arm.simulation.accounts.counted() for arm in pair.arms]])
    assert len(pairs) == 1 and pairs.years.tolist() == [2026, 2027, 2028, 2029]
    assert pairs.months.tolist() == [9, 12, 12, 8] and pairs.ends() == pytest.approx(
        [2027.0, 2028.0, 2029.0, 2029 + 8 / 12]
    )
    assert [pairs.whole_years(months) for months in (0, 8, 9, 20, 21, 41)] == [0, 0, 1, 1, 2, 4]
    ends = np.cumsum(pairs.months) - 1
    series = pair.series()
    for name in ("net_brain_gain", "net_human_capital_gain", "public_cost"):
        shown = series[name].so_far()
        for band, line in zip(pairs.so_far(name), (shown.without, shown.under, shown.gap), strict=True):
            assert band.middle == pytest.approx([0.0, *line[ends]]) and np.isnan(band.low).all()
            assert band.at[0] == pair.first_month / 12 and band.at[1:] == pytest.approx(pairs.ends())
    whole = ends[:3]  # the latest twelve months are another year than one that is cut short
    a_year = series["net_brain_gain"].over_a_year()
    for band, line in zip(pairs.over_years(measure("net_brain_gain")), (a_year.without, a_year.under), strict=False):
        assert band.middle[:3] == pytest.approx(line[whole])
    stocks = series["graduates_at_work"]
    mean = Both(*(np.array([part.mean() for part in np.split(line, ends[:-1] + 1)]) for line in stocks))
    work = pairs.over_years(measure("graduates_at_work"))
    assert work[1].middle == pytest.approx(mean.under) and work[2].middle == pytest.approx(mean.under - mean.without)
    assert work[0].at[1] == 2027.5
    assert set(KEPT) <= set(Simulation(world).run().accounts.counted())


BLOCKS, TOGETHER = 14, 17


def test_the_band_of_sixteen_pairs_holds_the_path_of_a_seventeenth() -> None:
    """In a small world: 14 times 17 pairs, each of the 17 once the further one, all years and bands pooled.

    Blocks are independent; their spread gives the standard error, near .004.  Whole numbers that are alike count as
    held, which makes the share .926; it must lie from 85 to 95 %.
    """
    world = Scenario.load("two-country").replace({"graduates": 800, "end": "2028-12"})
    plan, shares = (MeritReform(start="2026-01"),), []
    for block in range(BLOCKS):
        runs = [dict(together(world, [(), plan], TOGETHER * block + seed)) for seed in range(TOGETHER)]
        held = []
        for left_out in range(TOGETHER):
            others = Pairs.of(world.first_month, [(run[0], run[1]) for k, run in enumerate(runs) if k != left_out])
            last = Pairs.of(world.first_month, [(runs[left_out][0], runs[left_out][1])])
            for band, path in zip(others.so_far("net_brain_gain"), last.so_far("net_brain_gain"), strict=True):
                held += [
                    low <= y <= high for low, y, high in zip(band.low[1:], path.middle[1:], band.high[1:], strict=True)
                ]
        shares.append(np.mean(held))
    error = np.std(shares, ddof=1) / math.sqrt(BLOCKS)
    assert error < 0.012
    assert 0.85 < np.mean(shares) < 0.95, (np.mean(shares), error)
