"""Effects and their intervals against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from abm.analysis.costs import graduate_years
from abm.analysis.effects import (
    Outcome,
    effects,
    mean_interval,
    outcomes_by_run,
    paired_by_year,
    yearly_bands,
)
from abm.analysis.main_effects import main_effects

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
    [("cumulative", 28.0), ("yearly", 4.0), ("last years", 5.0), ("mean", 4.0), ("last mean", 5.0), ("at end", 7.0)],
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
    baseline = pd.DataFrame({"replicate": [0, 0, 1, 1], "year": [2026, 2027] * 2, "gain": [1.0, 2.0, 30.0, 40.0]})
    arm = pd.DataFrame({"replicate": [1, 1, 2, 2], "year": [2027, 2026] * 2, "gain": [45.0, 31.5, 9.0, 8.0]})
    gaps = paired_by_year(arm, baseline, "gain").sort_values("year")
    assert gaps.to_dict("list") == {"replicate": [1, 1], "year": [2026, 2027], "gain": [1.5, 5.0]}
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


def edited(change: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """Return a table of three arms, two replicates and two years, changed by somebody."""
    table = table_of({0.0: [[1.0, 2.0], [3.0, 5.0]], 1.0: [[2.0, 4.0], [4.0, 9.0]], 2.0: [[2.0, 5.0], [5.0, 9.0]]})
    return change(table.assign(months=12, seed=table["replicate"] + 70))


def with_cell(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what sets a cell of the second arm's second replicate in its second year."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        here = (table["level"] == 1.0) & (table["replicate"] == 1) & (table["year"] == 2027)
        return table.assign(**{column: table[column].astype(object).where(~here, value).infer_objects()})

    return change


WHERE = ["level = 1.0", "replicate 1"]
EDITED: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "an arm twice": (lambda table: pd.concat([table, table[table["level"] == 1.0]]), ["level = 1.0", "second row"]),
    "a row twice": (lambda table: pd.concat([table, table.iloc[[7]]]), [*WHERE, "year 2027", "second row"]),
    "a year missing": (lambda table: table.drop(index=7), [*WHERE, "no row of year 2027"]),
    "a year missing in an arm": (
        lambda table: table[(table["level"] != 1.0) | (table["year"] != 2027)],
        ["level = 1.0", "no row of year 2027"],
    ),
    "no level": (with_cell("level", math.nan), ["replicate 1", "year 2027", "no level of 'level'"]),
    "no measure": (with_cell("net_brain_gain", math.nan), [*WHERE, "year 2027", "net_brain_gain is nan"]),
    "an infinite measure": (with_cell("net_brain_gain", math.inf), [*WHERE, "year 2027", "net_brain_gain is inf"]),
    "no year": (with_cell("year", math.nan), [*WHERE, "year is nan"]),
    "half a replicate": (with_cell("replicate", 0.5), ["replicate is 0.5", "whole number"]),
    "no months": (with_cell("months", 0), [*WHERE, "months is 0", "at most 12"]),
    "more months than a year has": (with_cell("months", 13), [*WHERE, "months is 13"]),
    "texts": (lambda table: table.assign(net_brain_gain=table["net_brain_gain"].astype(str)), ["real numbers"]),
    "complex numbers": (lambda table: table.assign(net_brain_gain=table["net_brain_gain"] * 1j), ["complex"]),
    "a column twice": (lambda table: pd.concat([table, table[["net_brain_gain"]]], axis=1), ["'net_brain_gain' twice"]),
    "an arm of another sweep": (
        lambda table: table.assign(seed=table["seed"].where(table["level"] != 2.0, table["seed"] + 5)),
        ["level = 2.0", "replicate 0", "seed is 75", "70"],
    ),
    "one seed for all": (lambda table: table.assign(seed=7), ["replicate 1", "seed is 7", "replicate 0"]),
}


@pytest.mark.parametrize("case", EDITED)
def test_a_table_that_is_no_sweep_gives_no_effects_but_a_sentence(case: str) -> None:
    change, words = EDITED[case]
    computations: list[Callable[[pd.DataFrame], object]] = [
        lambda table: effects(table, ["level"], {"level": 0.0}, outcomes=[CUMULATIVE]),
        lambda table: main_effects(table, ["level"], {"level": 0.0}, outcomes=[CUMULATIVE]),
    ]
    for compute in computations:
        compute(edited(lambda table: table))
        with pytest.raises(ValueError, match="table of runs") as raised:
            compute(edited(change))
        assert all(word in str(raised.value) for word in words), raised.value


def test_two_arms_are_compared_only_over_the_same_years_and_seeds() -> None:
    table = edited(lambda table: table.assign(graduates_at_home=table["net_brain_gain"]))
    arm, baseline = table[table["level"] == 1.0], table[table["level"] == 0.0]
    assert graduate_years(arm, baseline).mean == 4.0
    wrong = {
        "no row of year 2027": arm[arm["year"] == 2026],
        "second row": pd.concat([arm, arm]),
        "seed is": arm.assign(seed=arm["seed"] + 5),
        "graduates_at_home is nan": arm.assign(graduates_at_home=math.nan),
    }
    for words, rows in wrong.items():
        with pytest.raises(ValueError, match=words):
            graduate_years(rows, baseline)
        with pytest.raises(ValueError, match=words):
            paired_by_year(rows, baseline, "graduates_at_home")
    with pytest.raises(ValueError, match="the measure is 'year'"):
        paired_by_year(arm, baseline, "year")


def test_worlds_may_cover_other_years_and_replicates_may_be_missing() -> None:
    two = edited(lambda table: pd.concat([table.assign(world="a"), table.assign(world="b", year=table["year"] + 5)]))
    two = two[(two["level"] != 1.0) | (two["replicate"] != 0)]
    result = effects(two, ["world", "level"], {"world": "a", "level": 0.0}, outcomes=[CUMULATIVE], within=["world"])
    assert result["replicates"].tolist() == [2, 1, 2] * 2
    with pytest.raises(ValueError, match="world = b.* there is no row of year 2026"):
        effects(two, ["world", "level"], {"world": "a", "level": 0.0}, outcomes=[CUMULATIVE])


def test_effects_take_factors() -> None:
    with pytest.raises(ValueError, match="no factors"):
        effects(edited(lambda table: table), [], {})
    with pytest.raises(ValueError, match="a list of columns"):
        effects(edited(lambda table: table), ["level"], {"level": 0.0}, within="level")
    with pytest.raises(ValueError, match="'world' makes worlds, but is none of the factors: level"):
        effects(edited(lambda table: table), ["level"], {"level": 0.0}, within=["world"])
