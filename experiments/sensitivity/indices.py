"""Indices by SALib: elementary effects of trajectories, and Sobol's of Saltelli's points, each with its interval.

The points may be of any sample of SALib; of a published table of one's own they are found by their levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["IndicesError", "elementary", "outcomes_of_rows", "sobol"]

SEED = 41  # of all resampling
RESAMPLES = 500
LEAST_VARIANCE = 1e-12


class IndicesError(ValueError):
    """Indices that cannot be computed, said in one sentence."""


def elementary(shares: np.ndarray, outcome: np.ndarray, inputs: Sequence[str], *, levels: int = 4) -> dict[str, Any]:
    """Return Morris's measures of each input: mean of absolute effects, its 95 % interval, mean, and deviation.

    Parameters
    ----------
    shares : ndarray
        Points of whole trajectories, a row each, in the order of the sample.
    outcome : ndarray
        What came out at each.
    inputs : sequence of str
        Names of the columns.
    levels : int
        Of the sample's grid.  An effect is over the whole range, as if it were even.

    Raises
    ------
    IndicesError
        If the rows are no whole trajectories.
    """
    from SALib.analyze import morris

    size = len(inputs) + 1
    if len(outcome) % size or not len(outcome):
        raise IndicesError(f"{len(outcome):,} rows are no whole trajectories, which have {size} rows each")
    moved = np.diff(shares.reshape(-1, size, len(inputs)), axis=1) != 0.0
    if (moved.sum(axis=2) != 1).any() or (moved.sum(axis=1) != 1).any():
        raise IndicesError("the rows are no trajectories of Morris: from row to row one input moves, each of them once")
    found = morris.analyze(
        {"num_vars": len(inputs), "names": list(inputs), "bounds": [[0.0, 1.0]] * len(inputs)},
        np.asarray(shares, dtype=float),
        np.asarray(outcome, dtype=float),
        num_resamples=RESAMPLES,
        num_levels=levels,
        seed=SEED,
    )
    return {name: np.asarray(found[name], dtype=float) for name in ("mu_star", "mu_star_conf", "mu", "sigma")}


def sobol(
    outcome: np.ndarray, labels: Sequence[str], *, second_order: bool = False
) -> tuple[list[str], dict[str, Any]]:
    """Return the inputs, or groups of them, and the first-order and total index of each, with 95 % intervals' halves.

    Parameters
    ----------
    outcome : ndarray
        What came out at each of Saltelli's points, in the order of the sample.
    labels : sequence of str
        Of each input the group that it is of, or its own name.
    second_order : bool
        Whether the sample was made for indices of pairs too.

    Raises
    ------
    IndicesError
        If the rows are no whole sample, or all outcomes are alike.
    """
    from SALib.analyze import sobol as analysis

    groups = list(dict.fromkeys(labels))
    size = (2 if second_order else 1) * len(groups) + 2
    if len(outcome) % size or not len(outcome):
        raise IndicesError(
            f"{len(outcome):,} rows are no whole sample of Saltelli, which has {size} rows for each base"
        )
    if np.var(outcome) < LEAST_VARIANCE:
        raise IndicesError("the outcome is the same at all points, so that there is no variance to share")
    inputs = [f"input {place}" for place in range(len(labels))]
    found = analysis.analyze(
        {"num_vars": len(labels), "names": inputs, "groups": list(labels), "bounds": [[0.0, 1.0]] * len(labels)},
        np.asarray(outcome, dtype=float),
        calc_second_order=second_order,
        num_resamples=RESAMPLES,
        seed=SEED,
    )
    return groups, {name: np.asarray(found[name], dtype=float) for name in ("S1", "S1_conf", "ST", "ST_conf")}


def outcomes_of_rows(
    sample: Sequence[Sequence[Any]], levels: Sequence[Sequence[Any]], numbers: np.ndarray
) -> np.ndarray:
    """Return the outcome of every row of a sample: that of the arm that has its levels, repeated rows included.

    Parameters
    ----------
    sample : sequence of rows
        The levels of each row of the sample.
    levels : sequence of rows
        Those of each arm, in the same columns.
    numbers : ndarray
        The outcome of each arm.

    Raises
    ------
    IndicesError
        If a row is no arm.
    """
    arms = {tuple(map(_plain, row)): float(number) for row, number in zip(levels, numbers, strict=True)}
    found = [arms.get(tuple(map(_plain, row))) for row in sample]
    if None in found:
        missing = [place for place, number in enumerate(found, start=1) if number is None]
        raise IndicesError(f"row {missing[0]} of the sample is none of the {len(arms):,} arms that were run")
    return np.array(found, dtype=float)


def _plain(level: Any) -> Any:
    """Return a level as it compares: a number as a number, however it is written."""
    return float(level) if isinstance(level, int | float | np.number) and not isinstance(level, bool) else str(level)
