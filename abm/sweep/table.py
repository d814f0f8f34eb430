"""The published table of a sweep: a row for each run and year, made from the store alone.

The same runs give the same bytes, in whatever order and by however many workers they were done; numbers are written so
that every bit comes back.  A failed run has one row, with its error and no year.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from abm.gate import Gate, Refusal
from abm.sweep.design import Run
from abm.sweep.store import FAILED, SUCCEEDED, Store, unpack
from abm.writing import new_file

__all__ = ["TableError", "measures_of", "read_runs", "rows_of", "runs_frame", "successful", "write_runs"]


class TableError(Refusal):
    """A published table that cannot be read, said in one sentence."""


GATE = Gate(TableError, "a table of runs", largest=4_000_000_000)
IDENTITY = ("replicate", "seed", "status", "error")
ROWS_AT_A_TIME = 10_000
NOT_MEASURES = ("run", *IDENTITY, "year", "months")


def _rows(runs: Sequence[Run], store: Store) -> Iterator[dict[str, Any]]:
    """Yield the table's rows arm by arm in the order of the design, then by replicate and year."""
    order = {label: position for position, label in enumerate(dict.fromkeys(run.arm.label for run in runs))}
    ordered = sorted(runs, key=lambda run: (order[run.arm.label], run.replicate))
    outcomes = store.outcomes([run.key for run in ordered])
    outcome = next(outcomes, None)
    for run in ordered:
        if outcome is None or outcome.key != run.key:
            continue  # not run yet
        made_by = (run.replicate, run.seed, outcome.status, outcome.error)
        identity = {"run": run.name, **run.arm.levels} | dict(zip(IDENTITY, made_by, strict=True))
        if outcome.status == FAILED:
            yield identity
        else:
            series = unpack(outcome.series)
            for values in zip(*series.values(), strict=True):
                yield identity | dict(zip(series, values, strict=True))
        outcome = next(outcomes, None)


def write_runs(path: Path, runs: Sequence[Run], store: Store) -> int:
    """Write the table of the runs that the store has as compressed CSV, and return its number of rows."""
    columns: dict[str, None] = dict.fromkeys(["run", *(runs[0].arm.levels if runs else ()), *IDENTITY])
    for row in _rows(runs, store):
        columns |= dict.fromkeys(row)
    n_rows = 0
    # neither a name nor a time in the compressed file, so that equal tables are equal bytes
    with new_file(path) as partial, partial.open("wb") as handle, gzip.GzipFile("", "wb", 9, handle, mtime=0) as packed:
        with io.TextIOWrapper(packed, encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
            writer.writeheader()
            for row in _rows(runs, store):
                writer.writerow(row)
                n_rows += 1
    return n_rows


def read_runs(path: Path) -> pd.DataFrame:
    """Return a published table, every number as it was written, to the bit.

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
    if name in ("run", "status", "error"):
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


def runs_frame(runs: Sequence[Run], store: Store) -> pd.DataFrame:
    """Return the same table as a data frame, straight from the store."""
    rows, parts = _rows(runs, store), []
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
