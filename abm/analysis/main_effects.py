r"""Main effects: what a factor does on average over all the others.

For a factor of a few levels, the *main effect* of a level is the mean outcome over all arms at it minus the mean over
all arms at the factor's first level.  For one of many numbers it is a *trend*: the change of the outcome over the
factor's range along the least-squares plane through all arms, y = a + sum b_k x_k.  Both are computed replicate by
replicate, so that arms share their luck, and the interval is that of the mean over replicates.  It holds the chance of
a run, not the lack of fit of averages or planes: in a design whose factors are not balanced, or that interact, look at
the arms themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from abm.analysis.checked_runs import check_baseline
from abm.analysis.effects import OUTCOMES, Outcome, interval_over, outcomes_by_run, with_draws
from abm.checks import is_collection
from abm.scenario import shown

__all__ = ["is_trend", "main_effects"]

MOST_LEVELS = 8  # numbers beyond which a factor is a range


def is_trend(values: Sequence[Any]) -> bool:
    """Return whether these levels of a factor are a range of numbers rather than a few levels."""
    if isinstance(values, str) or not is_collection(values):
        raise ValueError(f"the levels are {shown(values)}, but must be a list of them")
    return len({value for value in values if _is_number(value)}) > MOST_LEVELS


def main_effects(
    table: pd.DataFrame,
    factors: Sequence[str],
    baseline: Mapping[str, Any],
    *,
    outcomes: Sequence[Outcome] = OUTCOMES,
    since: int | None = None,
) -> pd.DataFrame:
    """Return the main effect of every level of every factor on each outcome.

    Parameters
    ----------
    table, factors, baseline, outcomes, since
        As for :func:`abm.analysis.effects.effects`.

    Returns
    -------
    DataFrame
        ``factor``; ``level`` and ``against``, or the two ends of the range of a trend; ``measure, window, unit``;
        ``arms``, that it is computed of; ``replicates``, in which all of those finished; ``effect, standard_error, low,
        high``.

    Raises
    ------
    ValueError
        As for :func:`abm.analysis.effects.effects`.
    """
    by_run = outcomes_by_run(table, factors, outcomes=outcomes, since=since)
    check_baseline(baseline, factors)
    rows: list[dict[str, Any]] = []
    for outcome in outcomes if len(by_run) else ():
        wide = by_run[outcome].unstack("replicate").dropna(axis="columns")  # an arm a row, a replicate a column
        arms = pd.DataFrame(
            {name: wide.index.get_level_values(name).to_numpy(dtype=object) for name in factors}, dtype=object
        )
        values = pd.DataFrame(wide.to_numpy(float), columns=with_draws(wide.columns, table))
        trends = [name for name in factors if is_trend(arms[name].tolist())]
        for name in factors:
            if name not in trends:
                rows += _by_level(name, arms[name], baseline[name], values, outcome)
        rows += _by_trend(trends, arms, baseline, values, outcome)
    return pd.DataFrame(rows)


def _by_level(name: str, levels: pd.Series, first: Any, values: pd.DataFrame, outcome: Outcome) -> list[dict[str, Any]]:
    is_first = (levels == first).to_numpy()
    rows = []
    for level in dict.fromkeys(levels):
        here = (levels == level).to_numpy()
        if level != first and is_first.any():
            difference = values[here].mean(axis=0) - values[is_first].mean(axis=0)
            rows.append(_row(name, level, first, outcome, int(here.sum() + is_first.sum()), difference))
    return rows


def _by_trend(
    names: Sequence[str], arms: pd.DataFrame, baseline: Mapping[str, Any], values: pd.DataFrame, outcome: Outcome
) -> list[dict[str, Any]]:
    """Fit one plane to the arms at which every such factor is a number; the baseline is not of the sample."""
    is_baseline = (arms[list(baseline)] == list(baseline.values())).all(axis=1)
    sampled = (~is_baseline & arms[list(names)].map(_is_number).all(axis=1)).to_numpy()
    if not names or int(sampled.sum()) <= len(names) + 1:
        return []
    x = arms.loc[sampled, list(names)].to_numpy(float)
    low, high = x.min(axis=0), x.max(axis=0)
    plane = np.column_stack([np.ones(len(x)), (x - low) / np.where(high > low, high - low, 1.0)])
    slopes = np.linalg.lstsq(plane, values.to_numpy()[sampled], rcond=None)[0][1:]
    by_run = [pd.Series(slope, index=values.columns) for slope in slopes]
    return [_row(name, float(high[k]), float(low[k]), outcome, len(x), by_run[k]) for k, name in enumerate(names)]


def _row(name: str, level: Any, against: Any, outcome: Outcome, n_arms: int, by_run: pd.Series) -> dict[str, Any]:
    interval = interval_over(by_run)
    return {
        "factor": name,
        "level": level,
        "against": against,
        "measure": outcome.measure,
        "window": outcome.window,
        "unit": outcome.unit,
        "arms": n_arms,
        "replicates": len(by_run),
        "effect": interval.mean,
        "standard_error": interval.standard_error,
        "low": interval.low,
        "high": interval.high,
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
