"""A design that is a table: a column for each factor and a row for each point, the first row being the baseline.

The samples of Morris and of other methods hold some points several times.  Arms share their luck, so a point run twice
would give the same runs twice, and nothing that is not known already; counted as two arms it would weigh double in
averages over arms.  A repeated point is therefore one arm, which is run once and has one row in every table of arms;
whoever computes indices from the sample finds the outcome of each of its rows by the levels that stand there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from abm.gate import Gate, breaks_line, plain_number
from abm.reforms.base import Reform
from abm.sweep.arms import LARGEST_DESIGN, Design, refuse
from abm.sweep.factors import DesignError, Factor, Level, checked_level

__all__ = ["ExplicitTable", "read_points"]

GATE = Gate(DesignError, "a table of points", largest=200_000_000)
MOST_FACTORS = 1000
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_COMMA = re.compile(r"[+-]?[0-9]+(,[0-9]+)+(\.[0-9]*)?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")  # 1.500, which is 1500 where semicolons separate cells
_TRUTH = {"true": True, "false": False}
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
    n_repeated : int
        Rows that the table had beside these, each the same as one of them.
    """

    factors: Sequence[Factor]
    rows: Sequence[tuple[Level, ...]] = ()
    origins: Sequence[str] = ()
    n_repeated: int = 0

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
        """Return the design with these columns and rows; rows that repeat a point are that one point.

        Raises
        ------
        DesignError
            If there are no rows or one does not fit the columns.
        """
        rows = list(rows)
        if not rows:
            raise DesignError("a table of points has no rows, but needs at least one: the first is the baseline")
        where = origins or [f"row {number}" for number in range(1, len(rows) + 1)]
        points: dict[tuple[Level, ...], str] = {}
        problems = []
        for origin, row in zip(where, rows, strict=True):
            try:
                points.setdefault(_point(names, row), origin)
            except DesignError as error:
                problems.append(f"{origin}: {error}")
        refuse(problems)
        columns = zip(*points, strict=True)
        factors = [
            Factor(name=name, values=tuple(dict.fromkeys(column))) for name, column in zip(names, columns, strict=True)
        ]
        return ExplicitTable(factors, reforms, list(points), list(points.values()), len(rows) - len(points))

    @staticmethod
    def read(path: Path, *, reforms: Sequence[Reform] = ()) -> ExplicitTable:
        """Return the design that a CSV file holds: a line of factor names, then a line for each point.

        Cells are separated by commas, semicolons or tabs, whichever stand in the first line; numbers have a decimal
        point.

        Raises
        ------
        DesignError
            If the file cannot be read or a line is no point; every such line is named by its number.
        """
        names, rows, origins = read_points(path)
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

    def to_dict(self) -> dict[str, Any]:
        """Return the design as plain values, without its arms."""
        return super().to_dict() | ({"repeated": self.n_repeated} if self.n_repeated else {})


def read_points(path: Path) -> tuple[list[str], list[list[Level]], list[str]]:
    """Return the factors of a CSV file, the levels of every line, repeated points too, and where each line stands.

    Raises
    ------
    DesignError
        If the file cannot be read, or has no points.
    """
    text = GATE.check_lines(GATE.read_text(path), path)
    head = text.partition("\n")[0].partition("\r")[0]
    used = [mark for mark in SEPARATORS if mark in head]
    if len(used) > 1:
        marks = " and ".join(f"{SEPARATORS[mark]}s" for mark in used)
        raise DesignError(f"{path}, line 1: the names are separated by {marks}, but must be by one of them")
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, skipinitialspace=True, delimiter=used[0] if used else ","
    )
    rows: list[list[Level]] = []
    origins: list[str] = []
    try:
        names = _names(next(reader, []), path)
        for cells in reader:
            if cells and len(rows) == LARGEST_DESIGN:
                raise DesignError(f"{path}: the table has more than the {LARGEST_DESIGN:,} points that are allowed")
            if cells:
                origins.append(f"{path}, line {reader.line_num}")
                rows.append([_level(cell.strip(), origins[-1], grouped=used == [";"]) for cell in cells])
    except csv.Error as error:
        raise DesignError(f"{path}, line {reader.line_num}: this is not CSV ({error})") from None
    if not rows or not names:
        raise DesignError(f"{path}: the table needs a line of factor names and at least one line below it")
    return names, rows, origins


def _names(cells: Sequence[str], path: Path) -> list[str]:
    """Return the factors' names, or refuse a first line in which one is missing or stands twice."""
    names = [cell.strip() for cell in cells]
    if names and names[0].startswith("#"):
        raise DesignError(f"{path}, line 1: this is a comment, but the first line must name the factors")
    if len(names) > MOST_FACTORS:
        raise DesignError(f"{path}, line 1: there are {len(names):,} columns, but at most {MOST_FACTORS:,} are allowed")
    for column, name in enumerate(names, start=1):
        if not name or breaks_line(name):
            said = f"is {name!r}, but must be the name of a factor" if name else "has no name of a factor"
            raise DesignError(f"{path}, line 1: column {column} {said}")
        if name in names[: column - 1]:
            first = names.index(name) + 1
            raise DesignError(f"{path}, line 1: '{name}' names both column {first} and column {column}")
    return names


def _point(names: Sequence[str], row: Sequence[Any]) -> tuple[Level, ...]:
    if len(row) != len(names):
        too_many = len(row) > len(names)
        hint = "; numbers have a decimal point, and a text with commas stands in quotes" if too_many else ""
        raise DesignError(f"there are {len(row)} cells, but {len(names)} factors{hint}")
    for name, value in zip(names, row, strict=True):
        if isinstance(value, str) and value == "":
            raise DesignError(f"the cell of '{name}' is empty")
        if isinstance(value, str) and _COMMA.fullmatch(value):
            raise DesignError(
                f"'{name}' is '{value}' with a comma, but a number has a decimal point and its thousands are not set "
                "apart: fifteen hundred is 1500, and one and a half 1.5"
            )
    return tuple(checked_level(name, value) for name, value in zip(names, row, strict=True))


def _level(cell: str, where: str, *, grouped: bool) -> Level:
    """Return what a cell means: a number, true or false, or else a text; ``grouped`` if points may group thousands."""
    if grouped and _GROUPED.fullmatch(cell):
        raise DesignError(
            f"{where}: '{cell}' may be {cell.replace('.', '')} or {float(cell):g}, as some programs set thousands "
            "apart by points where semicolons separate cells; write either of them"
        )
    number = plain_number(cell)
    if number is None and _NOT_FINITE.fullmatch(cell):
        return float(cell)  # refused as a level, with the line that has it
    return _TRUTH.get(cell.lower(), cell) if number is None else number
