"""Draws of a posterior and luck told apart: closed forms, coverage, and what the tables of effects say of them."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from abm.analysis.effects import Outcome, effects, mean_interval
from abm.analysis.over_draws import DRAWS_CONFIDENCE, over_draws, share_above, shares_of_highest

SEED = 20_261_126
Study = tuple[np.ndarray, np.ndarray, np.ndarray]


def study(rng: np.random.Generator, draws: int, seeds: int, between: float, within: float, mean: float = 0.0) -> Study:
    """Return values, the draw of each, and what is expected under each draw."""
    expected = mean + math.sqrt(between) * rng.standard_normal(draws)
    values = np.repeat(expected, seeds) + math.sqrt(within) * rng.standard_normal(draws * seeds)
    return values, np.repeat(np.arange(draws), seeds), expected


def test_three_draws_by_hand() -> None:
    """Means 1, 4, 10 of pairs that differ by 2: within 2, between 21 - 1, reliability 20 / 21."""
    found = over_draws([0.0, 2.0, 3.0, 5.0, 9.0, 11.0], [0, 0, 1, 1, 2, 2])
    scale = math.sqrt(min(1.0, 20 / 21 + 1 / 3))
    assert (found.draws, found.mean, scale) == (3, 5.0, 1.0)
    assert found.standard_error == pytest.approx(math.sqrt(21 / 3))
    assert found.share_of_draws == pytest.approx(20 / 22)
    assert found.expected.tolist() == [1.0, 4.0, 10.0] and found.positive == 1.0
    assert (found.low, found.median, found.high) == (1.0, 4.0, 10.0)


def test_means_are_drawn_together_by_the_square_root_of_their_reliability() -> None:
    """Means -1 and 1 in turn, twenty of each, and pairs that differ by 2: within 2, between 40/39 - 1."""
    means = np.tile([-1.0, 1.0], 20)
    found = over_draws(np.repeat(means, 2) + np.tile([-1.0, 1.0], 40), np.repeat(np.arange(40), 2))
    between = 40 / 39 - 1
    scale = math.sqrt(between / (40 / 39) + 1 / 40)
    assert found.expected == pytest.approx(scale * means)
    assert found.share_of_draws == pytest.approx(between / (between + 2.0)) and found.positive == 0.5
    # what is expected is spread by what differs between draws, and by what is not known of the mean of all
    assert found.expected.var(ddof=1) == pytest.approx(between + 1 / 39)


@pytest.mark.parametrize("seeds", [2, 5])
def test_known_variances_are_recovered(seeds: int) -> None:
    """Of 4,000 draws: each estimate within 4 standard errors of its law under normal draws."""
    between, within, n = 3.0, 2.0, 4000
    found = over_draws(*study(np.random.default_rng(SEED), n, seeds, between, within, mean=7.0)[:2])
    spread = between + within / seeds
    assert abs(found.mean - 7.0) < 4 * math.sqrt(spread / n)
    share, error = between / (between + within), math.sqrt(2 / n) * spread / (between + within)
    assert abs(found.share_of_draws - share) < 4 * error
    ends = stats.norm(7.0, math.sqrt(between)).ppf([0.05, 0.5, 0.95])
    assert (found.low, found.median, found.high) == pytest.approx(ends, abs=4 * math.sqrt(spread / n) * 2.2)
    positive = stats.norm.cdf(7.0 / math.sqrt(between))
    assert abs(found.positive - positive) < 4 * 0.5 / math.sqrt(n)


def test_the_interval_holds_what_is_expected_under_another_draw_nine_times_in_ten() -> None:
    """400 studies of 64 draws by 2 seeds, luck as large as what differs; s.e. of the coverage .004 at the most.

    Without taking luck out the interval holds .956: the test would say so.
    """
    rng = np.random.default_rng(SEED)
    normal = stats.norm(1.0, 1.0)
    covered, raw = [], []
    for _ in range(400):
        values, draws, _ = study(rng, 64, 2, between=1.0, within=1.0, mean=1.0)
        found = over_draws(values, draws)
        covered.append(normal.cdf(found.high) - normal.cdf(found.low))
        low, high = np.quantile(values.reshape(64, 2).mean(axis=1), [0.05, 0.95])
        raw.append(normal.cdf(high) - normal.cdf(low))
    assert abs(np.mean(covered) - DRAWS_CONFIDENCE) < 0.02
    assert np.mean(raw) > DRAWS_CONFIDENCE + 0.03


def test_luck_alone_is_not_taken_for_a_posterior() -> None:
    """An effect that no draw moves, 400 times: the share due to draws is near 0, and the sign is not certain.

    The chance of a mean above 0 is uniform over studies whose mean is luck, so that a certain sign (above .95 or below
    .05) is rare: if draws were counted as they are, no sign would ever be certain; without 1 / N all would be.
    """
    rng = np.random.default_rng(SEED)
    shares, signs = [], []
    for _ in range(400):
        found = over_draws(*study(rng, 32, 2, between=0.0, within=4.0)[:2])
        shares.append(found.share_of_draws)
        signs.append(found.positive)
        assert found.low < found.mean < found.high
    assert np.mean(shares) < 0.12
    certain = np.mean((np.array(signs) > 0.95) | (np.array(signs) < 0.05))
    assert certain < 0.2


def test_unequal_numbers_of_seeds_are_weighed_as_the_analysis_of_variance_has_them() -> None:
    """One, two and three seeds: F is S_b / S_w, and n_0 = (6 - 14 / 6) / 2."""
    groups = ([5.0], [1.0, 4.0], [6.0, 9.0, 12.0])
    found = over_draws(np.concatenate(groups), [0, 1, 1, 2, 2, 2])
    within = (4.5 + 18.0) / 3
    between = (stats.f_oneway(*groups).statistic - 1.0) * within / (11 / 6)
    assert found.share_of_draws == pytest.approx(between / (between + within))
    scales = np.sqrt(np.minimum(1.0, between / (between + within / np.array([1, 2, 3])) + 1 / 3))
    assert scales[0] < 1.0
    assert found.expected == pytest.approx(found.mean + scales * (np.array([5.0, 2.5, 9.0]) - found.mean))


@pytest.mark.parametrize("values, draws", [([], []), ([1.0], [0]), ([1.0, 3.0], [4, 4])])
def test_of_one_draw_there_is_a_mean_and_no_interval(values: list[float], draws: list[int]) -> None:
    found = over_draws(values, draws)
    assert math.isnan(found.low) and math.isnan(found.positive) and math.isnan(found.standard_error)
    assert found.draws == len(set(draws)) and (not values or found.mean == np.mean(values))


def test_of_one_seed_each_luck_cannot_be_told() -> None:
    found = over_draws([1.0, 2.0, 6.0], [0, 1, 2])
    assert math.isnan(found.share_of_draws) and found.expected.tolist() == [1.0, 2.0, 6.0]


def test_what_is_the_same_everywhere_is_certain() -> None:
    found = over_draws([2.0] * 6, [0, 0, 1, 1, 2, 2])
    assert (found.low, found.high, found.positive) == (2.0, 2.0, 1.0) and math.isnan(found.share_of_draws)


def test_rows_must_be_of_one_length() -> None:
    with pytest.raises(ValueError, match="there are 2 values, but 1 draws"):
        over_draws([1.0, 2.0], [0])


def test_what_moves_all_arms_alike_does_not_matter_for_their_order() -> None:
    rng = np.random.default_rng(SEED)
    draws = np.repeat(np.arange(50), 2)
    common = np.repeat(rng.standard_normal(50), 2) + 100.0 * rng.standard_normal(100)  # luck for the most part
    better = np.repeat(np.where(np.arange(50) < 40, 1.0, -1.0), 2)  # in 40 of 50 draws
    luck = 0.01 * rng.standard_normal(100)
    values = {"a": common, "b": common + better + luck, "c": common - 5.0}
    assert share_above(values, draws, "b", "a") == 0.8
    assert share_above(values, draws, "a", "c") == 1.0
    assert shares_of_highest(values, draws) == pytest.approx({"a": 0.2, "b": 0.8, "c": 0.0})
    assert shares_of_highest({"a": common, "same": common}, draws) == pytest.approx({"a": 0.5, "same": 0.5})


# --- the table of effects ---


def table(n_draws: int = 6, seeds: int = 2) -> pd.DataFrame:
    """Return a table of runs of two worlds with two arms, whose effect is 10 + draw and luck of 1 or -1."""
    rows = []
    for world, plan, replicate, year in product(("old", "new"), ("none", "law"), range(n_draws * seeds), (2026, 2027)):
        draw, luck = divmod(replicate, seeds)
        gain = 1000.0 * (replicate % 3) + (10.0 + draw + (2 * luck - 1)) * (plan == "law") + 5.0 * (world == "new")
        rows.append((world, plan, draw, replicate, 100 + replicate, year, gain))
    return pd.DataFrame(rows, columns=["world", "plan", "draw", "replicate", "seed", "year", "net_brain_gain"])


BASELINE = {"world": "old", "plan": "none"}
ONE = [Outcome("net_brain_gain", "cumulative")]


def test_a_table_of_effects_over_draws_says_what_they_are_of() -> None:
    found = effects(table(), ["world", "plan"], BASELINE, outcomes=ONE, within=["world"])
    assert found.columns.tolist()[-5:] == ["draws", "median", "share_of_draws", "positive", "highest"]
    law = found[found["plan"] == "law"]
    expected = over_draws([2 * (10.0 + k // 2 + (2 * (k % 2) - 1)) for k in range(12)], [k // 2 for k in range(12)])
    for _, row in law.iterrows():
        assert (row["replicates"], row["draws"], row["positive"], row["highest"]) == (12, 6, 1.0, 1.0)
        ends = (row["effect"], row["low"], row["median"], row["high"], row["standard_error"], row["share_of_draws"])
        assert ends == pytest.approx(
            (expected.mean, expected.low, expected.median, expected.high, expected.standard_error, 10 / 18)
        )
    none = found[found["plan"] == "none"]
    assert none["positive"].tolist() == [0.0, 0.0] and none["highest"].tolist() == [0.0, 0.0]


def test_what_pairing_saves_is_told_of_luck_and_not_of_draws() -> None:
    """Within a draw the baseline is 5 off its mean, the reform 6, and their difference 1; draws are worlds apart."""
    rows = [
        {"plan": plan, "draw": draw, "replicate": 2 * draw + k, "year": 2026, "net_brain_gain": value + 1e6 * draw}
        for plan, values in (("none", (0.0, 10.0)), ("law", (5.0, 17.0)))
        for draw in range(3)
        for k, value in enumerate(values)
    ]
    found = effects(pd.DataFrame(rows), ["plan"], {"plan": "none"}, outcomes=ONE).set_index("plan")
    assert found.loc["law", "variance_ratio"] == pytest.approx((5**2 + 6**2) / 1**2)


def test_without_draws_the_table_is_as_before() -> None:
    found = effects(table().drop(columns="draw"), ["world", "plan"], BASELINE, outcomes=ONE, within=["world"])
    assert "draws" not in found and "highest" not in found
    row = found[found["plan"] == "law"].iloc[0]
    usual = mean_interval([2 * (10.0 + k // 2 + (2 * (k % 2) - 1)) for k in range(12)])
    assert (row["effect"], row["low"], row["high"]) == (usual.mean, usual.low, usual.high)


def test_a_draw_that_is_varied_is_a_factor_and_no_draw() -> None:
    runs = table().query("draw < 2 and world == 'old'").assign(replicate=lambda rows: rows["replicate"] % 2, seed=0)
    runs["seed"] = 100 + runs["replicate"]
    assert "draws" not in effects(runs, ["draw", "plan"], {"draw": 0, "plan": "none"}, outcomes=ONE)


def test_a_replicate_of_two_draws_is_refused() -> None:
    runs = table()
    runs.loc[(runs["plan"] == "law") & (runs["replicate"] == 3), "draw"] = 5
    with pytest.raises(ValueError, match="plan = law, replicate 3: it is of another draw than in another arm"):
        effects(runs, ["world", "plan"], BASELINE, outcomes=ONE)
    runs["draw"] = runs["draw"] + 0.5
    with pytest.raises(ValueError, match="draw is 0.5, but must be a whole number"):
        effects(runs, ["world", "plan"], BASELINE, outcomes=ONE)
