"""Series for a scenario file from tables that the World Bank and the United Nations publish, saved as CSV.

Two layouts are read.  The World Bank's: lines before the head, then ``Country Name``, ``Country Code``, ``Indicator
Name`` and ``Indicator Code`` (or ``Series Name`` and ``Series Code``) and a column for each year, ``1960`` or
``1960 [YR1960]``.  The United Nations' table of international migrant stocks: columns of the area of destination and of
origin, and a column for each year, of which the first of its name counts (both sexes).  ``..`` and nothing are missing.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abm.gate import Gate, Refusal, one_line, plain_number
from abm.wording import shown

__all__ = ["Asked", "TableError", "series_of"]


class TableError(Refusal):
    """A table of which no series can be made, said in one sentence."""


GATE = Gate(TableError, "a table", largest=30_000_000)
DEEPEST_HEAD = 60  # lines in which the head of a table is looked for
LISTED = 12  # names in a message
MISSING = ("", "..", "...")
_YEAR = re.compile(r"([12][0-9]{3})(?: \[YR\1\])?")
_SPACED = re.compile("[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:\\.[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9 ]*,[0-9.,]*")


@dataclass(frozen=True)
class Asked:
    """What is asked of a table.

    Parameters
    ----------
    country : str
        Name or code of the country; of migrant stocks, where the migrants live.
    indicator : str
        Name or code of the indicator; needed where a table has several, and of no use for migrant stocks.
    origin : str
        Where migrants come from; needed for migrant stocks, and of no use for others.
    years : range
        The years that are asked for.
    """

    country: str
    indicator: str = ""
    origin: str = ""
    years: range = range(1900, 2201)


@dataclass(frozen=True)
class Found:
    """A series of a table: the values by year, as they are published, and what they are."""

    values: Mapping[int, float]
    title: str


@dataclass(frozen=True)
class _Layout:
    """Where in a table is what: columns by number, and the rows below the head, each with the line it begins in."""

    where: str
    columns: Mapping[str, int]
    years: Mapping[int, int]
    rows: Sequence[tuple[int, list[str]]]

    def cell(self, row: Sequence[str], name: str) -> str:
        """Return what a row has in a column; nothing where the row ends before it."""
        column = self.columns.get(name, len(row))
        return row[column].strip() if column < len(row) else ""


def series_of(path: str | Path, asked: Asked) -> Found:
    """Return a series of a table.

    Raises
    ------
    TableError
        If there is no such file, no such country or indicator in it, or no number: the sentence says what there is.
    """
    layout = _layout(str(path), GATE.check_lines(GATE.read_text(path), path))
    is_stock = "origin" in layout.columns
    if is_stock and not asked.origin:
        raise TableError(f"{path}: this is a table of migrant stocks; name the country they come from with --origin")
    if is_stock and asked.indicator:
        raise TableError(f"{path}: this is a table of migrant stocks, which has no indicators; leave --indicator out")
    if asked.origin and not is_stock:
        raise TableError(f"{path}: this table has no countries of origin; leave --origin out")
    rows = _of_country(layout, layout.rows, asked.country, ("country", "code"), "country")
    if is_stock:
        rows = _of_country(layout, rows, asked.origin, ("origin", "origin code"), "country of origin")
        title = f"UN DESA, international migrant stock: from {asked.origin} in {asked.country}"
    else:
        rows = _of_indicator(layout, rows, asked.indicator)
        name, code = (layout.cell(rows[0][1], name) for name in ("indicator", "indicator code"))
        title = f"World Bank: {name} ({code})" if code else f"World Bank: {name}"
    if len(rows) > 1:
        lines = ", ".join(str(line) for line, _ in rows[:LISTED])
        GATE.fail(path, f"{len(rows)} rows answer, in lines {lines}; keep one of them in the table")
    return Found(_numbers(layout, rows[0], asked), one_line(title))


def _layout(where: str, text: str) -> _Layout:
    """Return the layout of a table, whatever stands before its head; the mark between cells is that of the head."""
    fault = ""
    for mark in (",", ";", "\t"):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        try:
            for _, row in zip(range(DEEPEST_HEAD), reader, strict=False):
                columns, years = _columns(row), _years(row)
                if years and ({"country", "indicator"} <= set(columns) or {"country", "origin"} <= set(columns)):
                    rows = [(reader.line_num, cells) for cells in reader]
                    return _Layout(where, columns, years, rows)
        except csv.Error as error:
            fault = fault or f"; as a table of commas it breaks off in line {reader.line_num} ({error})"
    GATE.fail(
        where,
        f"its first {DEEPEST_HEAD} lines have no head of a table that is known here: 'Country Name', 'Indicator Name' "
        f"and years (World Bank), or areas of destination and of origin and years (UN DESA){fault}",
    )


def _columns(row: Sequence[str]) -> dict[str, int]:
    """Return which column holds what, as far as a head says it."""
    columns: dict[str, int] = {}
    for number, cell in enumerate(row):
        head = " ".join(cell.lower().split())
        is_code, name = "code" in head, ""
        if head in ("country name", "country code"):
            name = "code" if is_code else "country"
        elif head in ("indicator name", "series name", "indicator code", "series code"):
            name = "indicator code" if is_code else "indicator"
        elif "destination" in head and not head.startswith(("notes", "type")):
            name = "code" if is_code else "country"
        elif "origin" in head and not head.startswith(("notes", "type")):
            name = "origin code" if is_code else "origin"
        if name:
            columns.setdefault(name, number)
    return columns


def _years(row: Sequence[str]) -> dict[int, int]:
    """Return the columns of the years; of a year that stands there again, for men and for women, the first."""
    years: dict[int, int] = {}
    for number, cell in enumerate(row):
        if found := _YEAR.fullmatch(cell.strip()):
            years.setdefault(int(found[1]), number)
    return years


def _plain(name: str) -> str:
    """Return a name as it is compared: without case, marks of notes and further spaces."""
    return " ".join(name.rstrip("* ").lower().split())


def _of_country(
    layout: _Layout, rows: Sequence[tuple[int, list[str]]], name: str, columns: tuple[str, str], noun: str
) -> list[tuple[int, list[str]]]:
    """Return the rows of a country, by its name or its code."""
    found = [row for row in rows if _plain(name) in {_plain(layout.cell(row[1], column)) for column in columns} - {""}]
    if not found:
        known = list(dict.fromkeys(filter(None, (layout.cell(row, columns[0]) for _, row in rows))))
        near = {_plain(one): one for one in known}
        close = difflib.get_close_matches(_plain(name)[:200], near, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near[one] for one in close)}?" if close else _listed(known)
        GATE.fail(layout.where, f"there is no {noun} {shown(name)}; {hint}")
    return found


def _of_indicator(layout: _Layout, rows: Sequence[tuple[int, list[str]]], name: str) -> list[tuple[int, list[str]]]:
    """Return the rows of an indicator, by its name or its code; of the only one, if none is named."""
    columns = ("indicator", "indicator code")
    known = list(dict.fromkeys(" = ".join(layout.cell(row, column) for column in columns[::-1]) for _, row in rows))
    if not name and len(known) > 1:
        GATE.fail(layout.where, f"there are {len(known)} indicators; name one with --indicator: {_listed(known)}")
    found = [row for row in rows if not name or _plain(name) in {_plain(layout.cell(row[1], one)) for one in columns}]
    if not found:
        GATE.fail(layout.where, f"there is no indicator {shown(name)}; {_listed(known)}")
    return found


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"there is {', '.join(name[:80] for name in names[:LISTED])}{more}" if names else "there is none"


def _numbers(layout: _Layout, numbered: tuple[int, list[str]], asked: Asked) -> dict[int, float]:
    line, row = numbered
    values = {}
    for year, column in layout.years.items():
        cell = row[column].strip() if column < len(row) else ""
        if year in asked.years and cell not in MISSING:
            values[year] = _number(f"{layout.where}, line {line}, {year}", cell)
    if not values:
        GATE.fail(f"{layout.where}, line {line}", f"there is no number from {asked.years[0]} to {asked.years[-1]}")
    return dict(sorted(values.items()))


def _number(where: str, cell: str) -> float:
    """Return the number in a cell: with a decimal point, its thousands without a mark or set apart by spaces."""
    spaced = re.sub(r"\s", "", cell) if _SPACED.fullmatch(cell) else cell
    number = plain_number(spaced)
    if number is None:
        comma = "a comma may be the decimal mark or set digits apart here; save it with points alone"
        GATE.fail(where, f"{shown(cell)} is no number{f': {comma}' if _COMMA.fullmatch(cell) else ''}")
    return number
