"""Main effects: averages over all other factors, and slopes along ranges, paired by replicate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.analysis.effects import Outcome
from abm.analysis.main_effects import main_effects

GAIN = Outcome("gain", "cumulative", "graduates")


def table(arms: list[dict[str, Any]], gain: Any, replicates: int = 3) -> pd.DataFrame:
    """Return a year of every arm and replicate, with luck that a replicate's arms share."""
    rows = [
        arm | {"replicate": luck, "year": 2026, "gain": gain(**arm) + 100.0 * luck}
        for arm in arms
        for luck in range(replicates)
    ]
    return pd.DataFrame(rows)


def test_a_level_is_compared_with_the_first_on_average_over_the_others() -> None:
    arms = [{"a": a, "b": b} for a in ("none", 0.5, 1.0) for b in (0, 1)]
    rows = table(arms, lambda a, b: {"none": 0.0, 0.5: 3.0, 1.0: 4.0}[a] + 10.0 * b + (2.0 * b if a == 1.0 else 0.0), 5)
    effects = main_effects(rows, ["a", "b"], {"a": "none", "b": 0}, outcomes=[GAIN])
    assert effects[["factor", "level", "against"]].to_numpy().tolist() == [
        ["a", 0.5, "none"],
        ["a", 1.0, "none"],
        ["b", 1, 0],
    ]
    assert effects["effect"].tolist() == pytest.approx([3.0, 5.0, 10.0 + 2.0 / 3.0])
    assert effects["arms"].tolist() == [4, 4, 6]
    assert (effects["high"] - effects["low"]).tolist() == pytest.approx([0.0, 0.0, 0.0])  # luck is shared


def test_a_range_has_the_slope_of_the_plane_times_its_length_and_the_baseline_is_not_of_it() -> None:
    points = np.random.default_rng(1).uniform(0.0, 2.0, size=(40, 2))
    arms: list[dict[str, Any]] = [{"x": 50.0, "y": 1.0}, {"x": 1.0, "y": "none"}]
    arms += [{"x": float(x), "y": float(y)} for x, y in points]
    rows = table(arms, lambda x, y: 1e6 if x == 50.0 or y == "none" else 7.0 - 3.0 * x + 5.0 * y)
    effects = main_effects(rows, ["x", "y"], {"x": 50.0, "y": 1.0}, outcomes=[GAIN]).set_index("factor")
    low, high = points.min(axis=0), points.max(axis=0)
    assert effects.loc["x", "effect"] == pytest.approx(-3.0 * (high - low)[0])
    assert effects.loc["y", "effect"] == pytest.approx(5.0 * (high - low)[1])
    assert (effects.loc["y", "against"], effects.loc["y", "level"]) == (low[1], high[1])
    assert effects["arms"].tolist() == [40, 40]


def test_a_replicate_that_not_all_arms_finished_does_not_count() -> None:
    arms = [{"a": 0}, {"a": 1}]
    rows = table(arms, lambda a: 2.0 * a)
    rows = rows[(rows["a"] == 0) | (rows["replicate"] < 2)]
    effects = main_effects(rows, ["a"], {"a": 0}, outcomes=[GAIN])
    assert effects["replicates"].tolist() == [2] and effects["effect"].tolist() == pytest.approx([2.0])


def test_no_finished_run_is_no_effect() -> None:
    rows = table([{"a": 0}], lambda a: 0.0).iloc[:0]
    assert len(main_effects(rows, ["a"], {"a": 0}, outcomes=[GAIN])) == 0
