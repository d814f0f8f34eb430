"""A design that is a table: a column for each factor and a row for each point, the first row being the baseline."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from abm.reforms.base import Reform
from abm.sweep.arms import LARGEST_DESIGN, Design, refuse
from abm.sweep.factors import DesignError, Factor, Level, checked_level

__all__ = ["ExplicitTable", "read_text"]

LARGEST_FILE = 200_000_000
_WHOLE = re.compile(r"[+-]?[0-9]{1,300}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True)
class ExplicitTable(Design):
    """The points of a table, one by one; make it with :meth:`of` or :meth:`read`.

    Parameters
    ----------
    rows : sequence of tuples
        The level of every factor at each point; the first is the baseline.
    origins : sequence of str
        Where each row is written down, for messages.
    """

    factors: Sequence[Factor]
    rows: Sequence[tuple[Level, ...]] = ()
    origins: Sequence[str] = ()

    kind: ClassVar[str] = "table"
    title: ClassVar[str] = "a table of points"

    @staticmethod
    def of(
        names: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        reforms: Sequence[Reform] = (),
        origins: Sequence[str] = (),
    ) -> ExplicitTable:
        """Return the design with these columns and rows.

        Raises
        ------
        DesignError
            If there are no rows, or one does not fit the columns or is there twice.
        """
        if not rows:
            raise DesignError("a table of points has no rows, but needs at least one: the first is the baseline")
        where = origins or [f"row {number}" for number in range(1, len(rows) + 1)]
        points: dict[tuple[Level, ...], str] = {}
        problems = []
        for origin, row in zip(where, rows, strict=True):
            try:
                point = _point(names, row)
                if point in points:
                    raise DesignError(f"the point is the same as that of {points[point]}")
                points[point] = origin
            except DesignError as error:
                problems.append(f"{origin}: {error}")
        refuse(problems)
        columns = zip(*points, strict=True)
        factors = [
            Factor(name=name, values=tuple(dict.fromkeys(column))) for name, column in zip(names, columns, strict=True)
        ]
        return ExplicitTable(factors, reforms, list(points), list(points.values()))

    @staticmethod
    def read(path: Path, *, reforms: Sequence[Reform] = ()) -> ExplicitTable:
        """Return the design that a CSV file holds: a line of factor names, then a line for each point.

        Raises
        ------
        DesignError
            If the file cannot be read or a line is no point; every such line is named by its number.
        """
        text = read_text(path, LARGEST_FILE)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
        rows, origins = [], []
        try:
            names = [name.strip() for name in next(reader, [])]
            for cells in reader:
                if cells:
                    rows.append([_level(cell.strip()) for cell in cells])
                    origins.append(f"{path}, line {reader.line_num}")
        except csv.Error as error:
            raise DesignError(f"{path}, line {reader.line_num}: this is not CSV ({error})") from None
        if not rows or not names:
            raise DesignError(f"{path}: the table needs a line of factor names and at least one line below it")
        if len(rows) > LARGEST_DESIGN:
            raise DesignError(f"{path}: the table has {len(rows):,} points, but at most {LARGEST_DESIGN:,} are allowed")
        try:
            return ExplicitTable.of(names, rows, reforms=reforms, origins=origins)
        except DesignError as error:
            raise DesignError(str(error) if str(error).startswith(str(path)) else f"{path}: {error}") from None

    def __len__(self) -> int:
        return len(self.rows)

    def points(self) -> list[tuple[Level, ...]]:
        """Return the rows."""
        return list(self.rows)

    def _origin(self, position: int) -> str:
        return self.origins[position] if self.origins else ""


def _point(names: Sequence[str], row: Sequence[Any]) -> tuple[Level, ...]:
    if len(row) != len(names):
        raise DesignError(f"there are {len(row)} cells, but {len(names)} factors")
    for name, value in zip(names, row, strict=True):
        if value == "":
            raise DesignError(f"the cell of '{name}' is empty")
    return tuple(checked_level(name, value) for name, value in zip(names, row, strict=True))


def _level(cell: str) -> Level:
    """Return what a cell means: a number, or else a text."""
    if _WHOLE.fullmatch(cell):
        return int(cell)
    if _NUMBER.fullmatch(cell):
        return float(cell)
    if _NOT_FINITE.fullmatch(cell):
        return math.nan  # refused as a level, with the line that has it
    return cell


def read_text(path: Path, largest: int) -> str:
    """Return the text of a file.

    Raises
    ------
    DesignError
        If it cannot be read, is larger than it may be, or is no text.
    """
    try:
        if path.stat().st_size > largest:
            raise DesignError(f"{path}: the file is larger than it may be ({largest:,} bytes)")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DesignError(f"{path}: the file cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DesignError(f"{path}: the file is not text in UTF-8") from None
    except ValueError:  # a name with a NUL is no name
        raise DesignError(f"{path}: this is not the name of a file, which holds no NUL") from None
