"""The tables of countries that weights are estimated from: what each holds, and how it is read or refused."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from abm.engine.version import PACKAGE
from abm.gate import Gate, Refusal

__all__ = ["FOLDER", "TABLES", "TableError", "checked", "path_of", "read"]

FOLDER = PACKAGE / "data" / "cross_country"


class TableError(Refusal):
    """A table of countries that cannot be used, said in one sentence."""


GATE = Gate(TableError, "a table of countries", largest=100_000_000)
COUNTRY = re.compile("[A-Z]{3}")  # ISO 3166, alpha-3
YEAR = (1980.0, 2030.0)


@dataclass(frozen=True)
class Table:
    """What a table holds.

    Parameters
    ----------
    name : str
        That of its file, without the ending.
    keys : mapping
        Columns that tell its rows apart: a pattern of text, or the lowest and the highest number.
    values : mapping
        The other columns, all numbers: the lowest and the highest.
    sources : sequence of str
        Keys of ``abm/data/sources.toml``.
    """

    name: str
    keys: Mapping[str, re.Pattern[str] | tuple[float, float]]
    values: Mapping[str, tuple[float, float]]
    sources: Sequence[str]

    @property
    def columns(self) -> list[str]:
        """Return the names of all columns, in their order."""
        return [*self.keys, *self.values]


PERSONS, SHARE, DUMMY = (0.0, 2e9), (0.0, 1.0), (0.0, 1.0)
TABLES = {
    table.name: table
    for table in (
        Table(
            "researcher_moves",
            {"source": re.compile("scopus|openalex"), "origin": COUNTRY, "dest": COUNTRY, "year": YEAR},
            {"movers": PERSONS},
            ("scholarly-migration",),
        ),
        Table(
            "researchers",
            {"source": re.compile("scopus|openalex"), "country": COUNTRY, "year": YEAR},
            {"researchers": PERSONS},
            ("scholarly-migration",),
        ),
        Table("rule_of_law", {"country": COUNTRY, "year": YEAR}, {"rule_of_law": (-3.5, 3.5)}, ("wgi",)),
        Table(
            "income",
            {"country": COUNTRY, "year": YEAR},
            {"gdp_per_head": (10.0, 1e6), "population": (1e-3, 2000.0)},
            ("pwt",),
        ),
        Table(
            "emigration_rates",
            {"country": COUNTRY, "year": YEAR},
            {"low": SHARE, "high": SHARE, "all": SHARE},
            ("iab",),
        ),
        Table(
            "geography",
            {"origin": COUNTRY, "dest": COUNTRY},
            {"km": (1.0, 20100.0), "border": DUMMY, "language": DUMMY, "colony": DUMMY},
            ("cepii-geodist",),
        ),
        Table(
            "emigrants_by_stay",
            {"country": COUNTRY},
            {"graduates_recent": PERSONS, "low_recent": PERSONS, "all_settled": PERSONS},
            ("dioc",),
        ),
        Table(
            "schooling",
            {"country": COUNTRY},
            {"tertiary": PERSONS, "primary_or_less": PERSONS},
            ("barro-lee",),
        ),
    )
}


def path_of(name: str, folder: Path = FOLDER) -> Path:
    """Return where a table is."""
    return folder / f"{name}.csv.xz"


def read(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Return a table, checked.

    Raises
    ------
    TableError
        If it is not there or not what it must be: one sentence that names file, line and column.
    """
    path = path_of(name, folder)
    with GATE.unpacked(path) as plain, io.TextIOWrapper(plain, encoding="utf-8", newline="") as text:
        try:
            cells = pd.read_csv(text, dtype=str, keep_default_na=False)
        except (ValueError, UnicodeDecodeError) as error:  # pandas' own errors are among the former
            GATE.fail(path, f"this is not a table in CSV ({error})")
    return checked(cells, TABLES[name], path)


def checked(cells: pd.DataFrame, table: Table, where: str | Path) -> pd.DataFrame:
    """Return a table of texts with its columns as texts and numbers.

    Raises
    ------
    TableError
        If a column is missing or strange, a cell is not what it must be, or a row is there twice.
    """
    if list(cells.columns) != table.columns:
        GATE.fail(where, f"the columns are {', '.join(cells.columns)}, but must be {', '.join(table.columns)}")
    if not len(cells):
        GATE.fail(where, "there are no rows")
    read_as = {name: _column(cells[name], name, kind, where) for name, kind in {**table.keys, **table.values}.items()}
    found = pd.DataFrame(read_as)
    twice = found.duplicated(list(table.keys))
    if twice.any():
        line = int(twice.to_numpy().argmax())
        what = ", ".join(cells.loc[line, list(table.keys)])
        GATE.fail(where, f"line {line + 2}: a row of {what} is there already; there must be one")
    return found


def _column(cells: pd.Series, name: str, kind: re.Pattern[str] | tuple[float, float], where: str | Path) -> pd.Series:
    """Return a column of texts that match, or of numbers in their range."""
    if isinstance(kind, re.Pattern):
        wrong, allowed, found = ~cells.str.fullmatch(kind), f"must match {kind.pattern}", cells
    else:
        found = pd.to_numeric(cells, errors="coerce")
        wrong, allowed = ~found.between(*kind), f"must be a number from {kind[0]:g} to {kind[1]:g}"
    if wrong.any():
        line = int(wrong.to_numpy().argmax())
        GATE.fail(where, f"line {line + 2}: {name} is '{cells.iloc[line]}', but {allowed}")
    return found
