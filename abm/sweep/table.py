"""The published table of a sweep: a row for each run and year, made from the store alone.

The same runs give the same bytes, in whatever order and by however many workers they were done.  Measures are rounded
to the digits that mean something (:mod:`abm.sweep.rounding`); what is computed of a published table is computed of the
rounded numbers, so that anyone can compute it again.  ``digest`` is that of a run's rows before they were rounded.  A
failed run has one row, with its error, no digest and no year.
"""

from __future__ import annotations

import csv
import io
import itertools
import lzma
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from abm.gate import Gate, Refusal
from abm.sweep.design import Run
from abm.sweep.rounding import decimals_of, rounded
from abm.sweep.store import FAILED, SUCCEEDED, Store, digest_of, unpack
from abm.writing import new_file

__all__ = [
    "GATE",
    "TableError",
    "measures_of",
    "read_runs",
    "rows_of",
    "runs_frame",
    "successful",
    "write_points",
    "write_runs",
]


class TableError(Refusal):
    """A published table that cannot be read, said in one sentence."""


GATE = Gate(TableError, "a table of runs", largest=4_000_000_000)
IDENTITY = ("replicate", "seed", "status", "error", "digest")
ROWS_AT_A_TIME = 10_000
NOT_MEASURES = ("run", *IDENTITY, "year", "months")
# lines of a table have no common length, so that where a byte stands says nothing, but the digit before it does
PACKING = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]


def _rows(runs: Sequence[Run], store: Store, measures: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """Yield the table's rows arm by arm in the order of the design, then by replicate and year."""
    kept = None if measures is None else {"year", "months", *measures}
    order = {label: position for position, label in enumerate(dict.fromkeys(run.arm.label for run in runs))}
    ordered = sorted(runs, key=lambda run: (order[run.arm.label], run.replicate))
    outcomes = store.outcomes([run.key for run in ordered])
    outcome = next(outcomes, None)
    for run in ordered:
        if outcome is None or outcome.key != run.key:
            continue  # not run yet
        series = {} if outcome.status == FAILED else unpack(outcome.series)
        series = {name: values for name, values in series.items() if kept is None or name in kept}
        made_by = (run.replicate, run.seed, outcome.status, outcome.error, digest_of(series) if series else "")
        identity = {"run": run.name, **run.arm.levels} | dict(zip(IDENTITY, made_by, strict=True))
        if not series:
            yield identity
        for values in zip(*series.values(), strict=True):
            yield identity | dict(zip(series, values, strict=True))
        outcome = next(outcomes, None)


def write_runs(
    path: Path,
    runs: Sequence[Run],
    store: Store,
    *,
    factors: Sequence[str] | None = None,
    within: Sequence[str] = (),
    measures: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Write the table of the runs that the store has, rounded, as compressed CSV, and return it as it is written.

    Parameters
    ----------
    path : Path
        The file.
    runs : sequence of Run
        The runs; the first is of the baseline.
    store : Store
        Where they are kept.
    factors : sequence of str, optional
        Columns that tell arms apart; left out, all that have levels. With what is drawn for each replicate
        among them no two runs are alike, and nothing is rounded.
    within : sequence of str
        Factors that make worlds, each with a baseline of its own.
    measures : sequence of str, optional
        Those that are written, and that a run's digest is of; left out, all.
    """
    levels = list(runs[0].arm.levels) if runs else []
    table = _rounded(runs_frame(runs, store, measures), levels if factors is None else factors, levels, within)
    identity = ["run", *levels, *IDENTITY]
    names = list(dict.fromkeys([*identity, *table.columns]))
    _write(path, table, names, identity)
    return table


def write_points(path: Path, table: pd.DataFrame) -> None:
    """Write a table of which each row is a run, its numbers rounded already, as compressed CSV."""
    _write(path, table, list(table.columns), [])


def _write(path: Path, table: pd.DataFrame, names: Sequence[str], identity: Sequence[str]) -> None:
    # neither a name nor a time in the compressed file, so that equal tables are equal bytes
    with new_file(path) as partial, lzma.open(partial, "wb", filters=PACKING) as packed:
        with io.TextIOWrapper(packed, encoding="utf-8", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(names)
            for first in range(0, len(table), ROWS_AT_A_TIME):
                part = table.iloc[first : first + ROWS_AT_A_TIME]
                cells = [part[name].tolist() if name in identity else _numbers(part[name]) for name in names]
                writer.writerows(zip(*cells, strict=True))


def _rounded(table: pd.DataFrame, factors: Sequence[str], levels: Sequence[str], within: Sequence[str]) -> pd.DataFrame:
    """Return a table with its measures rounded."""
    finished = successful(table) if len(table) else table
    if not len(finished) or not factors:
        return table
    measures = [name for name in measures_of(finished, levels) if finished[name].dtype.kind == "f"]
    decimals = decimals_of(finished, factors, measures, within)
    # copied, as columns that are set one by one lie apart in memory
    return table.assign(**{name: rounded(table[name].to_numpy(), decimals[name]) for name in measures}).copy()


def _numbers(column: pd.Series) -> list[Any]:
    """Return the cells of a column of numbers, whole ones without a decimal point and empty ones where a run failed."""
    cells = column.tolist()
    if column.dtype.kind != "f":
        return cells
    return [None if cell != cell else int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell for cell in cells]


def read_runs(path: Path) -> pd.DataFrame:
    """Return a published table, every number as it is written there, to the bit.

    Raises
    ------
    TableError
        If it cannot be read, is damaged or is larger than any that is published.
    """
    # not by pandas' own reader, whose rounding of the last bit depends on its version
    with GATE.unpacked(path) as plain, io.TextIOWrapper(plain, encoding="utf-8", newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            names = next(reader, [])
            rows = [cells for cells in reader if _fits(cells, names, path, reader.line_num)]
        except UnicodeDecodeError:
            GATE.fail(path, "the file is not text in UTF-8")
        except csv.Error as error:
            GATE.fail(path, f"line {reader.line_num} is not CSV ({error})")
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return pd.DataFrame({name: _column(name, cells) for name, cells in zip(names, columns, strict=True)})


def _fits(cells: Sequence[str], names: Sequence[str], path: Path, line: int) -> bool:
    if len(cells) != len(names):
        GATE.fail(path, f"line {line} has {len(cells)} cells, but {len(names)} columns have names")
    return True


def _column(name: str, cells: Sequence[str]) -> list[Any]:
    """Return the cells of a column as whole numbers, else as numbers with nan for empty cells, else as texts."""
    if name in ("run", "status", "error", "digest"):
        return list(cells)
    together = "".join(cells)
    if not together.isascii() or "_" in together:
        return list(cells)  # which Python would take for numbers, if the digits of other scripts
    try:
        return [int(cell) for cell in cells]
    except ValueError:
        pass
    try:
        return [float(cell) if cell else math.nan for cell in cells]
    except ValueError:
        return list(cells)


def runs_frame(runs: Sequence[Run], store: Store, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the same table before it is rounded, straight from the store."""
    rows, parts = _rows(runs, store, measures), []
    # a frame takes a tenth of the memory of its rows, so there are never many of these
    while part := list(itertools.islice(rows, ROWS_AT_A_TIME)):
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def measures_of(table: pd.DataFrame, factors: Sequence[str]) -> list[str]:
    """Return the columns of a table of runs that are measures."""
    return [name for name in table.columns if name not in NOT_MEASURES and name not in factors]


def rows_of(table: pd.DataFrame, levels: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of the arm with these levels."""
    kept = np.ones(len(table), dtype=bool)
    for name, level in levels.items():
        kept &= table[name].to_numpy(dtype=object) == level  # cell by cell: a column of texts knows no numbers
    return table[kept]


def successful(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of runs that succeeded, years as whole numbers unless one is none."""
    kept = table[table["status"] == SUCCEEDED]
    if "year" not in kept:
        return kept.assign(year=pd.Series(dtype=int))
    years = kept["year"].to_numpy()
    is_whole = years.dtype.kind in "iuf" and bool((np.isfinite(years) & (years == np.floor(years))).all())
    return kept.assign(year=years.astype(int)) if is_whole else kept
