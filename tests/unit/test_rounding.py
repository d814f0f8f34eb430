"""Rounding keeps what stands out from the chance of a run, and moves no effect by more than a tenth of its error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from abm.analysis.effects import Outcome, effects
from abm.sweep.rounding import EVERY_DIGIT, decimals_of, rounded, step_shown
from abm.sweep.store import digest_of, pack, unpack

MEASURES = ("stock", "rate", "count", "rule")


def table(n_replicates: int = 12, size: float = 1.0) -> pd.DataFrame:
    """Return runs of three arms with common luck: a large stock, a small rate, counts and a prescribed path."""
    luck, rows = np.random.default_rng(3), []
    for replicate, shared in enumerate(luck.normal(size=n_replicates)):
        for plan, effect in (("none", 0.0), ("little", 0.02), ("much", 1.0)):
            for year in range(2026, 2051):
                own = luck.normal(scale=0.1) if effect else 0.0
                stock = size * (3e6 + 5000.0 * (shared + effect + own) / 3.0)
                rate, count = 0.005 + 3e-4 * (shared + effect + own), 184.0 * round(80 + 10 * (shared + effect))
                rows.append((plan, replicate, year, stock, rate, count, 0.1 * (year - 2025)))
    frame = pd.DataFrame(rows, columns=["plan", "replicate", "year", *MEASURES])
    return frame.sort_values("plan", key=lambda plans: plans.map({"none": 0, "little": 1, "much": 2}), kind="stable")


def test_no_effect_moves_by_more_than_a_tenth_of_its_standard_error() -> None:
    exact = table()
    decimals = decimals_of(exact, ["plan"], MEASURES)
    stored = exact.assign(**{name: rounded(exact[name].to_numpy(), decimals[name]) for name in MEASURES})
    assert decimals["stock"] == 0 and 3 < decimals["rate"] < 7 and not stored["rate"].equals(exact["rate"])
    outcomes = [Outcome(name, window, "") for name in ("stock", "rate") for window in ("mean", "last mean")]
    before, after = (effects(each, ["plan"], {"plan": "none"}, outcomes=outcomes) for each in (exact, stored))
    chance = before["standard_error"] > 0.0
    moved = (after["effect"] - before["effect"]).abs()[chance] / before["standard_error"][chance]
    assert 0.0 < moved.max() < 0.1
    assert (after["standard_error"][chance] / before["standard_error"][chance] - 1.0).abs().max() < 0.1


def test_whole_numbers_and_what_has_no_chance_are_kept_as_they_are() -> None:
    decimals = decimals_of(table(), ["plan"], MEASURES)
    assert (decimals["count"], decimals["rule"]) == (0, EVERY_DIGIT)
    values = table()["rule"].to_numpy()
    assert rounded(values, EVERY_DIGIT).tobytes() == values.tobytes()
    assert set(decimals_of(table(1), ["plan"], ["stock", "rate"]).values()) == {EVERY_DIGIT}


def test_each_world_is_compared_with_its_own_baseline() -> None:
    near = table().assign(world="near")
    far = table(size=1e-3).assign(world="far")
    both = pd.concat([far, near])
    apart = [decimals_of(each, ["plan"], ["stock"])["stock"] for each in (near, far)]
    assert decimals_of(both, ["world", "plan"], ["stock"], ["world"])["stock"] == max(apart) > min(apart)


@pytest.mark.parametrize(
    ("values", "step"), [([0.0, 0.25, 1.5], 0.01), ([3.0, 120.0], 1.0), ([1e-5, 0.5], 1e-5), ([], 1.0)]
)
def test_the_last_digit_is_worth_what_is_shown(values: list[float], step: float) -> None:
    assert step_shown(np.array(values)) == pytest.approx(step)


def test_the_digest_is_that_of_every_bit_of_name_year_and_number() -> None:
    series = {"year": np.arange(2026, 2029), "gain": np.array([0.1, -0.0, 3.0])}
    digest = digest_of(series)
    assert len(digest) == 16 and digest_of(unpack(pack(series))) == digest
    others = [
        series | {"gain": np.array([np.nextafter(0.1, 1.0), -0.0, 3.0])},
        series | {"gain": np.array([0.1, 0.0, 3.0])},
        series | {"gain": np.array([0.1, -0.0, np.nextafter(3.0, 4.0)])},
        {name: values[:-1] for name, values in series.items()},
        {name: series[name] for name in reversed(series)},
        series | {"year": np.arange(2027, 2030)},
        {"year": series["year"], "loss": series["gain"]},
    ]
    assert digest not in {digest_of(other) for other in others}
