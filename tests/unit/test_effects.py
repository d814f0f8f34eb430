"""Effects and their intervals against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from abm.analysis.effects import (
    Outcome,
    effects,
    mean_interval,
    outcomes_by_run,
    paired_by_year,
    yearly_bands,
)

T_2 = 4.302652729749464  # 0.975 quantile of Student's t on 2 degrees of freedom
QUANTILE = 1e-10  # scipy before 1.17 knows the quantiles of t to ten digits
YEARLY = Outcome("net_brain_gain", "yearly", "graduates a year")
CUMULATIVE = Outcome("net_brain_gain", "cumulative", "graduates")


def table_of(arms: Mapping[float, Sequence[Sequence[float]]]) -> pd.DataFrame:
    """Return rows of runs from ``{level: [[value in each year] of each replicate]}``."""
    rows = [
        {"level": level, "replicate": replicate, "year": 2026 + year, "net_brain_gain": value}
        for level, replicates in arms.items()
        for replicate, values in enumerate(replicates)
        for year, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_the_interval_of_one_two_three_is_two_plus_minus_t_over_root_three() -> None:
    interval = mean_interval([1.0, 2.0, 3.0])
    assert interval.mean == 2.0
    assert interval.standard_error == pytest.approx(1 / math.sqrt(3), rel=1e-14)
    assert interval.high - 2.0 == pytest.approx(T_2 / math.sqrt(3), rel=QUANTILE)
    assert 2.0 - interval.low == pytest.approx(T_2 / math.sqrt(3), rel=QUANTILE)


def test_one_replicate_has_a_mean_and_no_interval() -> None:
    interval = mean_interval([5.0])
    assert interval.mean == 5.0
    assert math.isnan(interval.standard_error) and math.isnan(interval.low) and math.isnan(interval.high)


@pytest.mark.parametrize("alike", [[1.47, 1.47], [0.1 + 0.2, 0.3, 0.3], [-2.0] * 4])
def test_a_few_replicates_that_come_out_alike_give_no_interval(alike: list[float]) -> None:
    interval = mean_interval(alike)
    assert interval.mean == pytest.approx(alike[0])
    assert math.isnan(interval.standard_error) and math.isnan(interval.low) and math.isnan(interval.high)


@pytest.mark.parametrize("certain", [[0.0, 0.0], [3.0] * 5])
def test_no_change_at_all_and_many_replicates_that_agree_are_certain(certain: list[float]) -> None:
    interval = mean_interval(certain)
    assert interval.low == interval.mean == interval.high == certain[0]


def test_an_effect_is_the_mean_of_differences_within_replicates() -> None:
    # baseline 10, 50, 90; reform 11, 52, 93: differences 1, 2, 3 although levels vary by tens
    table = table_of({0.0: [[10.0], [50.0], [90.0]], 1.0: [[11.0], [52.0], [93.0]]})
    found = effects(table, ["level"], {"level": 0.0}, outcomes=[YEARLY]).set_index("level").loc[1.0]
    assert found["replicates"] == 3
    assert found["mean"] == 52.0
    assert found["effect"] == 2.0
    assert found["standard_error"] == pytest.approx(1 / math.sqrt(3), rel=1e-14)
    assert (found["low"], found["high"]) == pytest.approx(
        (2 - T_2 / math.sqrt(3), 2 + T_2 / math.sqrt(3)), rel=QUANTILE
    )


def test_the_variance_ratio_is_unpaired_over_paired_variance() -> None:
    # variances: baseline 1600, reform 1681 (11, 52, 93), differences 1
    table = table_of({0.0: [[10.0], [50.0], [90.0]], 1.0: [[11.0], [52.0], [93.0]]})
    found = effects(table, ["level"], {"level": 0.0}, outcomes=[YEARLY]).set_index("level")
    assert found.loc[1.0, "variance_ratio"] == pytest.approx(1600 + 1681, rel=1e-12)
    assert math.isnan(found.loc[0.0, "variance_ratio"])


def test_the_baseline_differs_from_itself_by_exactly_nothing() -> None:
    table = table_of({0.0: [[1.0], [2.0]], 1.0: [[3.0], [5.0]]})
    found = effects(table, ["level"], {"level": 0.0}, outcomes=[YEARLY]).set_index("level").loc[0.0]
    assert (found["effect"], found["standard_error"], found["low"], found["high"]) == (0.0, 0.0, 0.0, 0.0)


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    table = table_of({level: rng.normal(size=(4, 3)).tolist() for level in (0.0, 1.0, 2.0)})
    shuffled = table.sample(frac=1.0, random_state=2)
    one = effects(table, ["level"], {"level": 0.0}, outcomes=[YEARLY]).sort_values("level", ignore_index=True)
    other = effects(shuffled, ["level"], {"level": 0.0}, outcomes=[YEARLY]).sort_values("level", ignore_index=True)
    numbers = ["effect", "standard_error", "mean", "low", "high"]
    np.testing.assert_allclose(one[numbers], other[numbers], rtol=1e-12, atol=1e-14)


def test_a_replicate_that_one_arm_lacks_is_left_out_of_its_pairs() -> None:
    table = table_of({0.0: [[1.0], [2.0], [60.0]], 1.0: [[2.0], [5.0]]})
    found = effects(table, ["level"], {"level": 0.0}, outcomes=[YEARLY]).set_index("level")
    assert found.loc[1.0, "replicates"] == 2
    assert found.loc[1.0, "effect"] == 2.0
    assert found.loc[0.0, "replicates"] == 3


@pytest.mark.parametrize(
    ("window", "expected"),
    [("cumulative", 28.0), ("yearly", 4.0), ("last years", 5.0), ("mean", 4.0)],
)
def test_windows_sum_and_average_as_they_say(window: str, expected: float) -> None:
    values = np.arange(1.0, 8.0)  # 1..7: sum 28, mean 4, mean of the last five 5
    assert Outcome("x", window, "").of(values, np.full(7, 12.0)) == expected


def test_half_a_year_counts_as_half_a_year() -> None:
    values, months = np.array([10.0, 5.0]), np.array([12.0, 6.0])
    assert Outcome("x", "yearly", "").of(values, months) == 10.0  # 15 in a year and a half
    assert Outcome("x", "mean", "").of(values, months) == pytest.approx((10 * 12 + 5 * 6) / 18, rel=1e-15)


def test_an_unknown_window_is_refused() -> None:
    with pytest.raises(ValueError, match="window is 'decade'"):
        Outcome("x", "decade", "").of(np.ones(1), np.ones(1))


def test_years_before_the_reform_can_be_left_out() -> None:
    table = table_of({0.0: [[100.0, 1.0, 2.0]]})
    found = outcomes_by_run(table, ["level"], outcomes=[CUMULATIVE], since=2027)
    assert found[CUMULATIVE].tolist() == [3.0]


def test_effects_without_a_baseline_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"no finished run of the baseline \(level = 9\)"):
        effects(table_of({0.0: [[1.0]]}), ["level"], {"level": 9}, outcomes=[YEARLY])


def test_a_missing_measure_is_named() -> None:
    with pytest.raises(ValueError, match="no column 'return_rate'"):
        effects(table_of({0.0: [[1.0]]}), ["level"], {"level": 0.0}, outcomes=[Outcome("return_rate", "mean", "")])


def test_bands_are_the_intervals_of_each_year() -> None:
    bands = yearly_bands(table_of({0.0: [[1.0, 4.0], [2.0, 4.0], [3.0, 7.0]]}), "net_brain_gain")
    assert bands.loc[2026].tolist() == pytest.approx(
        [2.0, 2 - T_2 / math.sqrt(3), 2 + T_2 / math.sqrt(3)], rel=QUANTILE
    )
    assert bands.loc[2027].tolist() == pytest.approx([5.0, 5.0 - T_2, 5.0 + T_2], rel=QUANTILE)  # s / sqrt(3) is 1


def test_paired_differences_are_of_the_same_replicate_and_year() -> None:
    baseline = pd.DataFrame({"replicate": [0, 0, 1], "year": [2026, 2027, 2026], "gain": [1.0, 2.0, 30.0]})
    arm = pd.DataFrame({"replicate": [1, 0, 2], "year": [2026, 2027, 2026], "gain": [31.5, 5.0, 9.0]})
    gaps = paired_by_year(arm, baseline, "gain").sort_values("replicate")
    assert gaps.to_dict("list") == {"replicate": [0, 1], "year": [2027, 2026], "gain": [3.0, 1.5]}
    with pytest.raises(ValueError, match="no column 'gain'"):
        paired_by_year(arm, baseline.drop(columns="gain"), "gain")


def test_arms_of_another_world_are_compared_with_that_worlds_own_baseline() -> None:
    rows = [
        {"world": world, "plan": plan, "replicate": 0, "year": 2026, "net_brain_gain": gain}
        for (world, plan), gain in {("a", "none"): 1.0, ("a", "x"): 4.0, ("b", "none"): 10.0, ("b", "x"): 30.0}.items()
    ]
    rows.append({"world": "c", "plan": "x", "replicate": 0, "year": 2026, "net_brain_gain": 7.0})  # not run without
    first = {"world": "a", "plan": "none"}
    found = effects(pd.DataFrame(rows), list(first), first, outcomes=[CUMULATIVE], within=["world"])
    by_arm = found.set_index(["world", "plan"])["effect"].to_dict()
    assert by_arm == {("a", "none"): 0.0, ("a", "x"): 3.0, ("b", "none"): 0.0, ("b", "x"): 20.0}
