"""Tables of plain values read into the declared dataclasses of a scenario, each value checked as it is read."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import re
import typing
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from abm.codes import MOST_GROUPS
from abm.gate import LONGEST_SENTENCE, Gate, Refusal, breaks_line, is_speakable
from abm.months import MONTH
from abm.parameters import REPLACED, Series
from abm.wording import shown

__all__ = [
    "GATE",
    "MissingError",
    "Reader",
    "ScenarioError",
    "described",
    "kind_of_table",
    "tables_of",
    "type_hints",
]

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_YEAR = re.compile(r"[0-9]{4}")
_YEARS = range(1900, 2201)
_MOST_TABLES = {"destinations": 100, "doors": 100, "groups": MOST_GROUPS}  # that have names of their own


class ScenarioError(Refusal):
    """A scenario that cannot be run, said in one sentence."""


class MissingError(ScenarioError):
    """Keys that a country must state and a file does not: all of them in one sentence.

    Each is said with its meaning, unit and range; where that is more than a sentence holds, by its name alone.

    Parameters
    ----------
    where : str
        The file.
    missing : mapping of str to field
        The declarations of what is missing, by dotted names.
    """

    def __init__(self, where: str, missing: Mapping[str, dataclasses.Field[Any]]) -> None:
        self.missing = dict(missing)
        said = "; ".join(f"{name}: {described(item)}" for name, item in missing.items())
        head = f"{where}: {len(missing)} keys are missing that a country must state"
        sentence = f"{where}: {said.replace(': ', ' is missing: ', 1)}" if len(missing) == 1 else f"{head}: {said}"
        if len(sentence) > LONGEST_SENTENCE:
            names = "; ".join(f"[{table}] {keys}" if table else keys for table, keys in _by_table(missing))
            sentence = f"{head} ('country check' says what each means): {names}"
        super().__init__(sentence)

    def __reduce__(self) -> Any:
        """Return what another process makes it anew of: the sentence, as declarations are not sent."""
        return ScenarioError, (str(self),)


GATE = Gate(ScenarioError, "a scenario", largest=1_000_000)


def described(item: dataclasses.Field[Any]) -> str:
    """Return what a parameter is: its meaning, unit and allowed range, or the texts that are allowed."""
    facts = item.metadata
    if facts["unit"] == "table":
        return f"{facts['meaning']}, a table [{item.name}.NAME] each"
    numeric = facts["unit"] not in ("text", "month")
    limits = _range(facts["low"], facts["high"]) if numeric else ""
    words = f", one of {', '.join(facts['choices'])}" if facts["choices"] else ""
    return f"{facts['meaning']} ({'YYYY-MM' if facts['unit'] == 'month' else facts['unit']}{limits}{words})"


def _by_table(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Return tables, each with the keys that are named of it, in the order in which they are named first."""
    keys: dict[str, list[str]] = {}
    for name in names:
        table, _, key = name.rpartition(".")
        keys.setdefault(table, []).append(key)
    return [(table, ", ".join(found)) for table, found in keys.items()]


@functools.cache
def type_hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; working them out is half the time of reading a scenario."""
    return typing.get_type_hints(kind)


def tables_of(kind: Any) -> type | None:
    """Return what each table of several with names of their own is, such as the destinations; None of other types."""
    if typing.get_origin(kind) is not tuple:
        return None
    named: type = typing.get_args(typing.get_args(kind)[0])[1]
    return named


def kind_of_table(kind: Any) -> Any:
    """Return the dataclass of a table that holds keys, be it one that may be left out; None for any other type."""
    kinds = [one for one in (kind, *typing.get_args(kind)) if dataclasses.is_dataclass(one) and one is not Series]
    return kinds[0] if kinds else None


class Reader:
    """Reads one file's tables into dataclasses; knows the file's name for its messages."""

    def __init__(self, where: str, sources: dict[str, str]) -> None:
        self.where = where
        self.sources = sources
        self._missing: dict[str, dataclasses.Field[Any]] = {}

    def _fail(self, key: str, problem: str) -> typing.NoReturn:
        raise ScenarioError(f"{self.where}: {key} {problem}")

    def read(self, kind: Any, table: Any) -> Any:
        """Return a file's table as the dataclass that declares it.

        Raises
        ------
        ScenarioError
            If a key is unknown, a value is not allowed, or anything is missing: all that is, in one sentence.
        """
        found = self._read_table(kind, table, "")
        if self._missing:
            raise MissingError(self.where, self._missing)
        return found

    def _read_table(self, kind: Any, table: Any, prefix: str) -> Any:
        """Return a table as its dataclass, None if anything is missing; ``prefix`` is its dotted name with a dot."""
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
                self._take_missing(item, hints[key], name)
        return None if any(name.startswith(prefix) for name in self._missing) else kind(**values)

    def _take_missing(self, item: dataclasses.Field[Any], kind: Any, name: str) -> None:
        """Remember that a key is missing; of a table, the keys that it must hold."""
        if kind_of_table(kind) is not None:
            self._read_table(kind, {}, f"{name}.")
        else:
            self._missing[name] = item

    def _read_value(self, item: dataclasses.Field[Any], kind: Any, value: Any, name: str) -> Any:
        named = tables_of(kind)
        if named is not None:
            return self._read_tables(named, value, name)
        if table := kind_of_table(kind):
            return self._read_table(table, value, name + ".")
        if isinstance(value, Mapping):
            value = self._take_source(kind, dict(value), name)
        if kind is Series:
            return self._read_series(item, value, name)
        if kind in (str, str | None):
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

    def _read_tables(self, kind: type, table: Any, name: str) -> tuple[tuple[str, Any], ...]:
        """Return tables by the names that a file gives them; there must be a destination, and need not be a group."""
        most, each = _MOST_TABLES[name.rpartition(".")[2]], f"[{name}.NAME]"
        if not isinstance(table, Mapping) or (not table and name == "destinations"):
            self._fail(name, f"is {shown(table)}, but must hold at least one table {each}")
        if len(table) > most:
            self._fail(name, f"holds {len(table)} tables {each}, but at most {most} are allowed")
        for key in table:
            if key == "home" and name.endswith("destinations"):
                self._fail(f"{name}.home", "is not allowed: home is the name of the home country")
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                self._fail(f"{name}.{key}", "is not a name of lower-case letters, digits and underscores")
        given = {str.__str__(key): inner for key, inner in table.items()}
        return tuple((key, self._read_table(kind, inner, f"{name}.{key}.")) for key, inner in given.items())

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


def _range(low: float, high: float) -> str:
    """Return what a message says of a range, after the unit."""
    if low == -math.inf and high == math.inf:
        return ", any number"
    if high == math.inf:
        return f", at least {low:g}"
    if low == -math.inf:
        return f", at most {high:g}"
    return f", between {low:g} and {high:g}"
