"""Tables of plain values read into the declared dataclasses of a scenario, each value checked as it is read."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from abm.gate import Gate, Refusal, breaks_line, is_speakable
from abm.months import MONTH
from abm.parameters import REPLACED, Destination, Series
from abm.wording import shown

__all__ = ["GATE", "Reader", "ScenarioError"]

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_YEAR = re.compile(r"[0-9]{4}")
_YEARS = range(1900, 2201)


class ScenarioError(Refusal):
    """A scenario that cannot be run, said in one sentence."""


GATE = Gate(ScenarioError, "a scenario", largest=1_000_000)


@functools.cache
def type_hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; working them out is half the time of reading a scenario."""
    return typing.get_type_hints(kind)


class Reader:
    """Reads one file's tables into dataclasses; knows the file's name for its messages."""

    def __init__(self, where: str, sources: dict[str, str]) -> None:
        self.where = where
        self.sources = sources
        self._file: tuple[Any, Any] = (None, None)

    def _fail(self, key: str, problem: str) -> typing.NoReturn:
        raise ScenarioError(f"{self.where}: {key} {problem}")

    def read(self, kind: Any, table: Any) -> Any:
        """Return a file's table as the dataclass that declares it.

        Raises
        ------
        ScenarioError
            If a key is unknown, a value is not allowed, or anything is missing: all that is, in one sentence.
        """
        self._file = (kind, table)
        return self._read_table(kind, table, "")

    def _read_table(self, kind: Any, table: Any, prefix: str) -> Any:
        """Return a table as its dataclass; ``prefix`` is its dotted name with a dot, or nothing."""
        if not isinstance(table, Mapping):
            self._fail(prefix.rstrip(".") or "the scenario", f"is {shown(table)}, but must be a table")
        items = {item.name: item for item in dataclasses.fields(kind) if item.name != "sources"}
        for key in table:
            if key not in items:
                if f"{prefix}{key}" in REPLACED:
                    self._fail(f"{prefix}{key}", f"is no longer a parameter: it {REPLACED[f'{prefix}{key}']}")
                close = difflib.get_close_matches(str(key), items, n=1)
                hint = f"did you mean {prefix}{close[0]}?" if close else f"allowed here are {', '.join(items)}"
                self._fail(f"{prefix}{key}", f"is not a parameter; {hint}")
        hints = type_hints(kind)
        values = {}
        for key, item in items.items():
            name = prefix + key
            if key in table:
                values[key] = self._read_value(item, hints[key], table[key], name)
            elif item.default is dataclasses.MISSING:
                self._fail(name, f"is missing: {item.metadata['meaning']} ({item.metadata['unit']}){self._other(name)}")
        return kind(**values)

    def _other(self, name: str) -> str:
        """Return what is missing in the file beside one key, and what that must hold."""
        missing = list(_missing(*self._file, ""))
        within = [key for key in missing if key.startswith(f"{name}.")]
        others = [key for key in missing if key != name and key not in within]
        said = f"; it must hold {', '.join(within)}" if within else ""
        return f"{said}; missing too: {', '.join(others)}" if others else said

    def _read_value(self, item: dataclasses.Field[Any], kind: Any, value: Any, name: str) -> Any:
        if name == "destinations":
            return self._read_destinations(value)
        if dataclasses.is_dataclass(kind) and kind is not Series:
            return self._read_table(kind, value, name + ".")
        if isinstance(value, Mapping):
            value = self._take_source(kind, dict(value), name)
        if kind is Series:
            return self._read_series(item, value, name)
        if kind is str:
            return self._read_text(item, value, name)
        return self._read_number(item, kind, value, name)

    def _take_source(self, kind: Any, value: dict[str, Any], name: str) -> Any:
        source = value.pop("source", None)
        if source is not None:
            if not isinstance(source, str) or not source.strip():
                self._fail(f"{name}.source", f"is {shown(source)}, but must be the key of a source or an assumption")
            if not is_speakable(source):
                self._fail(f"{name}.source", f"is {shown(source)}, but half of a character cannot be written")
            self.sources[name] = str.__str__(source)
        if "value" in value:
            bare = value.pop("value")
            if value:
                self._fail(f"{name}.{next(iter(value))}", "is not allowed beside value and source")
            return bare
        if kind is not Series:
            self._fail(name, f"is {shown(value)}, but must be one value, bare or as {{value = ..., source = ...}}")
        return value

    def _read_destinations(self, table: Any) -> tuple[tuple[str, Destination], ...]:
        if not isinstance(table, Mapping) or not table:
            self._fail("destinations", f"is {shown(table)}, but must hold at least one table [destinations.NAME]")
        if len(table) > 100:
            self._fail("destinations", f"holds {len(table)} countries, but at most 100 are allowed")
        for key in table:
            if key == "home":
                self._fail("destinations.home", "is not allowed: home is the name of the home country")
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                self._fail(f"destinations.{key}", "is not a name of lower-case letters, digits and underscores")
        named = {str.__str__(key): inner for key, inner in table.items()}
        return tuple(
            (key, self._read_table(Destination, inner, f"destinations.{key}.")) for key, inner in named.items()
        )

    def _read_number(self, item: dataclasses.Field[Any], kind: Any, value: Any, name: str) -> float | int:
        unit, low, high = item.metadata["unit"], item.metadata["low"], item.metadata["high"]
        if not isinstance(value, (int, float)) and isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._fail(name, f"is {shown(value)}, but must be a number ({unit}{_range(low, high)})")
        if not low <= value <= high:
            self._fail(name, f"is {shown(value)} {unit}, but must be{_range(low, high).lstrip(',')}")
        if abs(value) > 1e300 and (item.default != math.inf or value != math.inf):
            self._fail(name, f"is {shown(value)} {unit}, but must be finite, 1e300 at most{_range(low, high)}")
        if kind is int and value != math.floor(value):
            self._fail(name, f"is {shown(value)}, but must be a whole number ({unit}{_range(low, high)})")
        return int(value) if kind is int else float(value)

    def _read_text(self, item: dataclasses.Field[Any], value: Any, name: str) -> str:
        if not isinstance(value, str):
            self._fail(name, f"is {shown(value)}, but must be text ({item.metadata['meaning']})")
        value = str.__str__(value)  # the text itself: a member of an enumeration would be written by its name
        if not is_speakable(value):
            self._fail(name, f"is {shown(value)}, but half of a character (a lone surrogate) cannot be written")
        if item.name == "name" and breaks_line(value):
            self._fail(name, f"is {shown(value)}, but a name stands on one line and holds no control characters")
        choices = item.metadata["choices"]
        if choices and value not in choices:
            self._fail(name, f"is '{value}', but must be one of {', '.join(choices)}")
        if item.metadata["unit"] == "month" and not MONTH.fullmatch(value):
            self._fail(name, f"is '{value}', but must be a month written YYYY-MM, such as 2026-01")
        return value

    def _read_series(self, item: dataclasses.Field[Any], value: Any, name: str) -> Series:
        if not isinstance(value, Mapping):
            return Series.constant(self._read_number(item, float, value, name))
        if not value:
            self._fail(name, "is an empty table, but must be a number or a table of years")
        for year in value:
            if not _YEAR.fullmatch(str(year)) or int(year) not in _YEARS:
                self._fail(f"{name}.{year}", f"is not a year between {_YEARS[0]} and {_YEARS[-1]}")
        years = sorted(value, key=int)
        if len({int(year) for year in years}) < len(years):
            self._fail(name, "has a year twice, as a number and as text")
        numbers = tuple(float(self._read_number(item, float, value[year], f"{name}.{year}")) for year in years)
        return Series(tuple(int(year) for year in years), numbers)


def _missing(kind: Any, table: Any, prefix: str) -> Iterator[str]:
    """Yield the dotted names of what must stand in a table and does not; of a table of tables, those in it."""
    hints = type_hints(kind)
    for item in dataclasses.fields(kind):
        inner, name = hints[item.name], prefix + item.name
        is_table = dataclasses.is_dataclass(inner) and inner is not Series
        given = table.get(item.name) if isinstance(table, Mapping) else None
        if name == "destinations" and isinstance(given, Mapping):
            for key, destination in given.items():
                if isinstance(destination, Mapping):
                    yield from _missing(Destination, destination, f"{name}.{key}.")
        elif is_table and isinstance(given, Mapping):
            yield from _missing(inner, given, f"{name}.")
        elif given is None and item.default is dataclasses.MISSING and item.name != "sources":
            parts = [f"{name}.{part.name}" for part in dataclasses.fields(inner)] if is_table else []
            of_tables = is_table and all(part.metadata["unit"] == "table" for part in dataclasses.fields(inner))
            yield from parts if of_tables else [name]


def _range(low: float, high: float) -> str:
    if low == -math.inf and high == math.inf:
        return ", any number"
    if high == math.inf:
        return f", at least {low:g}"
    if low == -math.inf:
        return f", at most {high:g}"
    return f", between {low:g} and {high:g}"
