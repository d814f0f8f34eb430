"""The same country at two scales: means, their bias, and the spread of a single run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from experiments.study.tables import markdown, signed

if TYPE_CHECKING:
    from abm.analysis.effects import Interval

__all__ = ["difference_of_means", "scale_table"]

HEADS = ("", "1:1", "1:{scale}", "bias [95 % interval]", "bias, %", "spread 1:1, %", "spread 1:{scale}, %")


def scale_table(scale: int, values: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> list[str]:
    """Return the table of what single runs gave at 1:1 and at a smaller scale, a row for each name."""
    heads = tuple(head.format(scale=scale) for head in HEADS)
    return markdown([heads, *(_row(name, *both) for name, both in values.items())])


def difference_of_means(one: np.ndarray, other: np.ndarray) -> Interval:
    """Return mean(other) - mean(one) of independent samples with its 95 % interval (Welch, 1947, Biometrika 34)."""
    from scipy import stats

    from abm.analysis.effects import Interval, mean_interval

    if min(len(one), len(other)) < 2:
        return Interval(float(other.mean() - one.mean()), float("nan"), float("nan"), float("nan"))
    result = stats.ttest_ind(other, one, equal_var=False).confidence_interval(0.95)
    error = float(np.hypot(mean_interval(one).standard_error, mean_interval(other).standard_error))
    return Interval(float(other.mean() - one.mean()), error, float(result.low), float(result.high))


def _row(name: str, full: np.ndarray, small: np.ndarray) -> tuple[str, ...]:
    if not len(full) or not len(small):
        return (name, *("" for _ in HEADS[1:]))
    bias, mean = difference_of_means(full, small), float(full.mean())
    interval = f" [{signed(bias.low)}, {signed(bias.high)}]" if bias.low == bias.low else ""
    return (
        name,
        signed(mean).lstrip("+"),
        signed(float(small.mean())).lstrip("+"),
        signed(bias.mean) + interval,
        _share(bias.mean, mean, "+.1f"),
        _share(_spread(full), mean, ".1f"),
        _share(_spread(small), mean, ".1f"),
    )


def _spread(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _share(value: float, mean: float, form: str) -> str:
    return format(100 * value / abs(mean), form) if mean and value == value else ""
