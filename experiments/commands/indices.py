"""Sensitivity indices of a published sweep whose design was a sample of SALib, by SALib."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.sweep.explicit import read_points
from abm.sweep.factors import DesignError
from experiments import called
from experiments.study.conduct import RUNS
from experiments.study.options import Parser, UsageError, folder_name, whole_number

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Print the indices that the command line asks for as CSV and return 0, or 2 for a mistake."""
    parser = Parser(prog=called("indices"), description="Indices of a sweep over a sample of SALib")
    parser.add_argument("folder", type=folder_name, help=f"folder with a {RUNS} of the sample as a table of points")
    parser.add_argument("--sample", required=True, type=Path, metavar="FILE", help="the table, every row in its order")
    parser.add_argument("--method", choices=("morris", "sobol"), required=True)
    parser.add_argument("--measure", default="net_brain_gain", metavar="NAME", help="default: net_brain_gain")
    parser.add_argument("--window", default="cumulative", metavar="NAME", help="default: cumulative")
    parser.add_argument("--groups", default="", metavar="A,B,...", help="the group of each column, for sobol")
    parser.add_argument("--second-order", action="store_true", help="the sample was made with calc_second_order=True")
    parser.add_argument("--levels", type=whole_number(2, 1000), default=4, metavar="N", help="of morris (default: 4)")
    options = parser.parse_args(arguments)
    try:
        table = indices_of(
            options.folder,
            options.sample,
            options.method,
            (options.measure, options.window),
            groups=[part.strip() for part in options.groups.split(",")] if options.groups else (),
            second_order=options.second_order,
            levels=options.levels,
        )
    except (UsageError, DesignError) as error:
        print(error, file=sys.stderr)
        return 2
    print(table.to_csv(index=False, lineterminator="\n", float_format="%.6g"), end="")
    return 0


def indices_of(
    folder: Path,
    sample: Path,
    method: str,
    outcome: tuple[str, str],
    *,
    groups: Sequence[str] = (),
    second_order: bool = False,
    levels: int = 4,
) -> Any:
    """Return a row of indices for each column of a sample, or for each group of them.

    Parameters
    ----------
    folder : Path
        Where the sweep was published that had the sample as its table.
    sample : Path
        The sample, every row in its order; repeated rows are found by their levels.
    method : str
        ``morris`` or ``sobol``.
    outcome : tuple of str
        A measure and its window, as :class:`abm.analysis.effects.Outcome` takes them; its mean over replicates is
        what indices are of.
    groups : sequence of str
        Of each column, for Sobol indices of groups.
    second_order : bool
        Whether the sample was made for indices of pairs too.
    levels : int
        Of Morris's grid.

    Raises
    ------
    UsageError
        If folder and sample do not belong together, or SALib is missing.
    """
    import pandas as pd

    from experiments.sensitivity.indices import IndicesError, elementary, outcomes_of_rows, sobol
    from experiments.sensitivity.samples import missing

    if said := missing():
        raise UsageError(said)
    names, rows, _ = read_points(sample)
    if groups and len(groups) != len(names):
        raise UsageError(f"--groups names {len(groups)}, but {sample} has {len(names)} columns")
    try:
        seen = outcomes_of_rows(rows, *_arms(folder, names, outcome))
        if method == "sobol":
            labels, found = sobol(seen, groups or names, second_order=second_order)
            return pd.DataFrame({"input": labels} | found)
        if texts := [name for name, cell in zip(names, rows[0], strict=True) if isinstance(cell, str)]:
            raise UsageError(f"{sample}: '{texts[0]}' is no number, but trajectories of Morris have only numbers")
        return pd.DataFrame({"input": names} | elementary(np.array(rows, dtype=float), seen, names, levels=levels))
    except (IndicesError, ValueError) as error:
        raise UsageError(f"{folder}: {error}") from None


def _arms(folder: Path, names: Sequence[str], outcome: tuple[str, str]) -> tuple[list[list[Any]], np.ndarray]:
    """Return the levels of every arm of a published table, and its outcome, the mean over replicates."""
    from abm.analysis.effects import Outcome, outcomes_by_run
    from abm.sweep.table import TableError, read_runs, successful

    try:
        table = read_runs(folder / RUNS)
    except TableError as error:
        raise UsageError(str(error)) from None
    if absent := [name for name in [*names, outcome[0]] if name not in table.columns]:
        raise UsageError(f"{folder / RUNS}: there is no column '{absent[0]}'")
    by_run = outcomes_by_run(successful(table), names, outcomes=[Outcome(*outcome)])
    arms = by_run.groupby(level=list(range(len(names))), sort=False).mean()
    levels = [list(key) if isinstance(key, tuple) else [key] for key in arms.index]
    return levels, arms.iloc[:, 0].to_numpy(dtype=float)
