"""A scenario: everything a run needs to know about a country and its graduates, read from and written to TOML.

A value stands in a file either bare (``trend = 0.018``) or with its origin (``trend = {value = 0.018, source =
"wgi"}``); a yearly series is a table of years (``wage = {2013 = 900, 2014 = 950, source = "bns"}``).  Everything is
checked when it is read: unknown keys, wrong types, values out of range and tables that contradict each other raise
:class:`ScenarioError` with one sentence that names the file, the key, the value and what is allowed.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import html
import math
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.gate import Gate, Refusal, breaks_line, is_speakable, one_line
from abm.parameters import (
    Beliefs,
    Decision,
    Destination,
    Education,
    ForeignSpecialists,
    Home,
    Household,
    HumanCapital,
    Labour,
    NetworkParameters,
    Region,
    Series,
    parameter,
)

__all__ = ["Scenario", "ScenarioError", "month_number", "month_name", "SCENARIO_FOLDER"]

SCENARIO_FOLDER = Path(__file__).parent / "scenarios"
NAMED_COUNTRIES = 6  # in a line
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_YEAR = re.compile(r"[0-9]{4}")
_YEARS = range(1900, 2201)


class ScenarioError(Refusal):
    """A scenario that cannot be run, said in one sentence."""


GATE = Gate(ScenarioError, "a scenario", largest=1_000_000)


def month_number(month: str) -> int:
    """Return the number of a month written ``YYYY-MM``: months since the year 0.

    Raises
    ------
    ValueError
        If the text is not a month.
    """
    match = _MONTH.fullmatch(month)
    if match is None:
        raise ValueError(f"'{month}' is not a month written YYYY-MM, such as 2026-01")
    return 12 * int(match[1]) + int(match[2]) - 1


def month_name(number: int) -> str:
    """Return the month of this number as ``YYYY-MM``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Scenario:
    """A country, its destinations and the behaviour of its graduates."""

    name: str = parameter(meaning="short name of the scenario", unit="text")
    description: str = parameter("", meaning="what the scenario is about", unit="text", source="assumption: none")
    start: str = parameter(meaning="first month of the run", unit="month")
    end: str = parameter(meaning="last month of the run", unit="month")
    graduates: int = parameter(
        20_000,
        meaning="simulated graduates at home at the start; everything else is scaled alike",
        unit="simulated persons",
        low=1,
        high=50_000_000,
        source="assumption: a size at which a run takes under a second",
    )
    home: Home = parameter(meaning="the home country", unit="table")
    destinations: tuple[tuple[str, Destination], ...] = parameter(
        meaning="the countries graduates may leave for", unit="table"
    )
    education: Education = parameter(meaning="new graduates and study abroad", unit="table")
    decision: Decision = parameter(Decision(), meaning="tastes and costs", unit="table", source="assumption: defaults")
    beliefs: Beliefs = parameter(Beliefs(), meaning="learning", unit="table", source="assumption: defaults")
    labour: Labour = parameter(Labour(), meaning="home labour market", unit="table", source="assumption: defaults")
    human_capital: HumanCapital = parameter(
        HumanCapital(), meaning="human capital", unit="table", source="assumption: defaults"
    )
    household: Household = parameter(Household(), meaning="households", unit="table", source="assumption: defaults")
    network: NetworkParameters = parameter(
        NetworkParameters(), meaning="migrant network", unit="table", source="assumption: defaults"
    )
    foreign_specialists: ForeignSpecialists = parameter(
        ForeignSpecialists(), meaning="foreign specialists", unit="table", source="assumption: defaults"
    )
    region: Region = parameter(Region(), meaning="where service is owed", unit="table", source="assumption: defaults")
    sources: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    def __repr__(self) -> str:
        return f"Scenario {self.name!r}: {self._in_short}"

    @property
    def _in_short(self) -> str:
        countries = [key for key, _ in self.destinations]
        listed = ", ".join(countries[:NAMED_COUNTRIES]) + (", ..." if len(countries) > NAMED_COUNTRIES else "")
        return f"{self.start} to {self.end}, {self.graduates:,} simulated graduates, destinations {listed}"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the scenario in short, and its parameters folded up."""
        rows = (
            (name, shown(_plain(self.get(name))), item.metadata["unit"], item.metadata["meaning"], self.source_of(name))
            for name, item in self.parameters()
        )
        head = ("parameter", "value", "unit", "meaning", "source")
        return (
            f"<p><b>{html.escape(self.name)}</b>: {html.escape(self._in_short)}<br>{html.escape(self.description)}</p>"
            f"<details><summary>parameters</summary>{html_table(head, rows)}</details>"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy, here or in another process, is made of: a view of a mapping cannot be sent."""
        return self.__dict__ | {"sources": dict(self.sources)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Become the copy."""
        self.__dict__.update(state | {"sources": types.MappingProxyType(state["sources"])})

    @staticmethod
    def load(name: str | Path) -> Scenario:
        """Read a bundled scenario by its name, or any scenario by the path of its TOML file.

        Raises
        ------
        ScenarioError
            If there is no such scenario or it cannot be run.
        """
        if not isinstance(name, (str, Path)):
            raise ScenarioError(f"{shown(name)} is not the name of a scenario or the path of its .toml file")
        if str(name).lower().endswith(".toml"):
            return Scenario.from_toml(GATE.read_text(name), where=str(name))
        if str(name) not in Scenario.bundled():
            raise ScenarioError(
                f"there is no scenario '{name}': the bundled ones are {', '.join(Scenario.bundled())}, "
                "and any other is named by the path of its .toml file"
            )
        return Scenario.from_toml(GATE.read_text(SCENARIO_FOLDER / f"{name}.toml"), where=str(name))

    @staticmethod
    def bundled() -> list[str]:
        """Return the names of the bundled scenarios."""
        return sorted(path.stem for path in SCENARIO_FOLDER.glob("*.toml"))

    @staticmethod
    def from_toml(text: str, where: str = "scenario") -> Scenario:
        """Read a scenario from TOML text; ``where`` names it in messages."""
        return Scenario.from_dict(GATE.parse_toml(text, where), where)

    @staticmethod
    def from_dict(table: Mapping[str, Any], where: str = "scenario") -> Scenario:
        """Read a scenario from nested plain values, as TOML gives them."""
        if not isinstance(table, Mapping):
            raise ScenarioError(f"{where}: this is {shown(table)}, but must be a table of parameters")
        sources: dict[str, str] = {}
        reader = _Reader(where, sources)
        scenario: Scenario = reader.read_table(Scenario, table, "")
        scenario = dataclasses.replace(scenario, sources=types.MappingProxyType(sources))
        _check_consistency(scenario, where)
        # no field, so that what dataclasses.replace makes of it is not taken for what was read
        object.__setattr__(scenario, "_was_read", True)
        return scenario

    def checked(self) -> Scenario:
        """Return the scenario as it is read: itself, unless it was put together by hand or by ``dataclasses.replace``.

        Raises
        ------
        ScenarioError
            If a scenario put together cannot be run, or would be read as something else.
        """
        if self.__dict__.get("_was_read"):
            return self
        where = self.name if isinstance(self.name, str) else "the scenario"
        try:
            table = self.to_dict()
        except (AttributeError, TypeError, ValueError) as error:  # whatever stands in place of a table or a series
            raise ScenarioError(
                f"{where}: a scenario put together holds what no scenario has ({error}), but must hold tables, series "
                "and values as Scenario.from_dict makes them"
            ) from None
        if len(table["destinations"]) < len(self.destinations):
            raise ScenarioError(f"{where}: destinations name a country twice, but each has a name of its own")
        read = Scenario.from_dict(table, where)
        for name, item in read.to_dict().items():
            if name not in table or table[name] != item:
                raise ScenarioError(
                    f"{where}: {name} is {shown(getattr(self, name))}, but would be read as something else; change a "
                    "scenario by Scenario.replace"
                )
        return read

    def to_dict(self) -> dict[str, Any]:
        """Return the scenario as nested plain values that :meth:`from_dict` reads back."""
        return _table_of(self, "", self.sources)

    def to_toml(self) -> str:
        """Return the scenario as TOML text that :meth:`from_toml` reads back to an equal scenario."""
        lines: list[str] = []
        _write_table(self.to_dict(), "", lines)
        return "\n".join(lines) + "\n"

    def get(self, name: str) -> Any:
        """Return the value of a parameter by its dotted name, such as ``home.rule_of_law.trend``.

        Raises
        ------
        ScenarioError
            If there is none of that name.
        """
        value: Any = self
        for position, part in enumerate(self._parts_of(name)):
            if position == 1 and isinstance(value, tuple):
                value = dict(value).get(part)
            elif dataclasses.is_dataclass(value) and part in {item.name for item in dataclasses.fields(value)}:
                value = getattr(value, part)
            else:
                value = None
                break
        if (value is None or name == "sources") and name not in dict(self.parameters()):
            raise ScenarioError(self._unknown(name))
        return value

    def parameters(self) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
        """Yield every parameter as its dotted name and its declaration."""
        yield from _walk(self, "")

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """Return a scenario with other values for some parameters, given by their dotted names.

        Raises
        ------
        ScenarioError
            If a name is unknown or a value is not allowed.
        """
        if not isinstance(changes, Mapping):
            raise ScenarioError(f"{self.name}: the changes are {shown(changes)}, but must be values by dotted names")
        known = dict(self.parameters())
        table = self.to_dict()
        for name, value in changes.items():
            *path, leaf = self._parts_of(name)
            if name not in known:
                raise ScenarioError(self._unknown(name))
            inner = table
            for part in path:
                inner = inner.setdefault(part, {})
            if isinstance(value, Series):
                value = _plain(value)
            elif isinstance(value, np.generic):
                value = value.item()
            given = value if isinstance(value, dict) else {"value": value}
            inner[leaf] = {"source": "assumption: set by hand"} | given
        return Scenario.from_dict(table, self.name)

    def source_of(self, name: str) -> str:
        """Return where the value of a parameter comes from: a key of ``data/sources.toml``, or an assumption.

        Raises
        ------
        ScenarioError
            If there is no parameter of that name.
        """
        self._parts_of(name)
        if name in self.sources:
            return self.sources[name]
        known = dict(self.parameters())
        if name not in known:
            raise ScenarioError(self._unknown(name))
        return str(known[name].metadata["source"])

    def _parts_of(self, name: Any) -> list[str]:
        if not isinstance(name, str):
            raise ScenarioError(f"{self.name}: {shown(name)} is not the dotted name of a parameter")
        return name.split(".")

    def _unknown(self, name: str) -> str:
        names = [known for known, _ in self.parameters()]
        close = difflib.get_close_matches(str(name)[:200], names, n=3, cutoff=0.5)
        return f"{self.name}: there is no parameter '{name}'" + (
            f"; did you mean {' or '.join(close)}?" if close else ""
        )

    @property
    def n_months(self) -> int:
        """Return the number of months from the first to the last, both included."""
        return month_number(self.end) - month_number(self.start) + 1

    @property
    def first_month(self) -> int:
        """Return the number of the first month (months since the year 0)."""
        return month_number(self.start)


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as notebooks show it, every text as it is written."""
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{cells}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _walk(table: Any, prefix: str) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    for item in dataclasses.fields(table):
        if item.name == "sources":
            continue
        value = getattr(table, item.name)
        if item.name == "destinations":
            for key, destination in value:
                yield from _walk(destination, f"{prefix}destinations.{key}.")
        elif dataclasses.is_dataclass(value) and not isinstance(value, Series):
            yield from _walk(value, f"{prefix}{item.name}.")
        else:
            yield prefix + item.name, item


def _plain(value: Any) -> Any:
    if isinstance(value, Series):
        if value.is_constant:
            return value.values[0]
        return {str(year): number for year, number in zip(value.years, value.values, strict=True)}
    return value


def _table_of(table: Any, prefix: str, sources: Mapping[str, str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for item in dataclasses.fields(table):
        value = getattr(table, item.name)
        name = prefix + item.name
        if item.name == "sources" or value is None:
            continue
        if item.name == "destinations":
            result[item.name] = {key: _table_of(inner, f"{name}.{key}.", sources) for key, inner in value}
        elif dataclasses.is_dataclass(value) and not isinstance(value, Series):
            result[item.name] = _table_of(value, name + ".", sources)
        else:
            plain = _plain(value)
            if name in sources:
                plain = (plain if isinstance(plain, dict) else {"value": plain}) | {"source": sources[name]}
            result[item.name] = plain
    return result


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, dict) or "value" in value or any(key[:1].isdigit() for key in value)


def _write_table(table: Mapping[str, Any], prefix: str, lines: list[str]) -> None:
    for key, value in table.items():
        if _is_leaf(value):
            lines.append(f"{key} = {toml_value(value)}")
    for key, value in table.items():
        if not _is_leaf(value):
            if any(_is_leaf(inner) for inner in value.values()):
                lines.extend(["", f"[{prefix}{key}]"])
            _write_table(value, f"{prefix}{key}.", lines)


def toml_value(value: Any) -> str:
    """Return a plain value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    escaped = "".join(
        f"\\u{ord(letter):04x}"
        if ord(letter) < 32 or letter == "\x7f"
        else {"\\": "\\\\", '"': '\\"'}.get(letter, letter)
        for letter in str(value)
    )
    return f'"{escaped}"'


@functools.cache
def type_hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; working them out is half the time of reading a scenario."""
    return typing.get_type_hints(kind)


class _Reader:
    """Reads one file's tables into dataclasses; knows the file's name for its messages."""

    def __init__(self, where: str, sources: dict[str, str]) -> None:
        self.where = where
        self.sources = sources

    def fail(self, key: str, problem: str) -> typing.NoReturn:
        raise ScenarioError(f"{self.where}: {key} {problem}")

    def read_table(self, kind: Any, table: Any, prefix: str) -> Any:
        if not isinstance(table, Mapping):
            self.fail(prefix.rstrip(".") or "the scenario", f"is {shown(table)}, but must be a table")
        items = {item.name: item for item in dataclasses.fields(kind) if item.name != "sources"}
        for key in table:
            if key not in items:
                close = difflib.get_close_matches(str(key), items, n=1)
                hint = f"did you mean {prefix}{close[0]}?" if close else f"allowed here are {', '.join(items)}"
                self.fail(f"{prefix}{key}", f"is not a parameter; {hint}")
        hints = type_hints(kind)
        values = {}
        for key, item in items.items():
            name = prefix + key
            if key in table:
                values[key] = self.read_value(item, hints[key], table[key], name)
            elif item.default is dataclasses.MISSING:
                self.fail(name, f"is missing: {item.metadata['meaning']} ({item.metadata['unit']})")
        return kind(**values)

    def read_value(self, item: dataclasses.Field[Any], kind: Any, value: Any, name: str) -> Any:
        if name == "destinations":
            return self.read_destinations(value)
        if dataclasses.is_dataclass(kind) and kind is not Series:
            return self.read_table(kind, value, name + ".")
        if isinstance(value, Mapping):
            value = self.take_source(kind, dict(value), name)
        if kind is Series:
            return self.read_series(item, value, name)
        if kind is str:
            return self.read_text(item, value, name)
        return self.read_number(item, kind, value, name)

    def take_source(self, kind: Any, value: dict[str, Any], name: str) -> Any:
        source = value.pop("source", None)
        if source is not None:
            if not isinstance(source, str) or not source.strip():
                self.fail(f"{name}.source", f"is {shown(source)}, but must be the key of a source or an assumption")
            if not is_speakable(source):
                self.fail(f"{name}.source", f"is {shown(source)}, but half of a character cannot be written")
            self.sources[name] = str.__str__(source)
        if "value" in value:
            bare = value.pop("value")
            if value:
                self.fail(f"{name}.{next(iter(value))}", "is not allowed beside value and source")
            return bare
        if kind is not Series:
            self.fail(name, f"is {shown(value)}, but must be one value, bare or as {{value = ..., source = ...}}")
        return value

    def read_destinations(self, table: Any) -> tuple[tuple[str, Destination], ...]:
        if not isinstance(table, Mapping) or not table:
            self.fail("destinations", f"is {shown(table)}, but must hold at least one table [destinations.NAME]")
        if len(table) > 100:
            self.fail("destinations", f"holds {len(table)} countries, but at most 100 are allowed")
        for key in table:
            if key == "home":
                self.fail("destinations.home", "is not allowed: home is the name of the home country")
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                self.fail(f"destinations.{key}", "is not a name of lower-case letters, digits and underscores")
        named = {str.__str__(key): inner for key, inner in table.items()}
        return tuple((key, self.read_table(Destination, inner, f"destinations.{key}.")) for key, inner in named.items())

    def read_number(self, item: dataclasses.Field[Any], kind: Any, value: Any, name: str) -> float | int:
        unit, low, high = item.metadata["unit"], item.metadata["low"], item.metadata["high"]
        if not isinstance(value, (int, float)) and isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(name, f"is {shown(value)}, but must be a number ({unit}{_range(low, high)})")
        if not low <= value <= high:
            self.fail(name, f"is {shown(value)} {unit}, but must be{_range(low, high).lstrip(',')}")
        if abs(value) > 1e300 and (item.default != math.inf or value != math.inf):
            self.fail(name, f"is {shown(value)} {unit}, but must be finite, 1e300 at most{_range(low, high)}")
        if kind is int and value != math.floor(value):
            self.fail(name, f"is {shown(value)}, but must be a whole number ({unit}{_range(low, high)})")
        return int(value) if kind is int else float(value)

    def read_text(self, item: dataclasses.Field[Any], value: Any, name: str) -> str:
        if not isinstance(value, str):
            self.fail(name, f"is {shown(value)}, but must be text ({item.metadata['meaning']})")
        value = str.__str__(value)  # the text itself: a member of an enumeration would be written by its name
        if not is_speakable(value):
            self.fail(name, f"is {shown(value)}, but half of a character (a lone surrogate) cannot be written")
        if item.name == "name" and breaks_line(value):
            self.fail(name, f"is {shown(value)}, but a name stands on one line and holds no control characters")
        choices = item.metadata["choices"]
        if choices and value not in choices:
            self.fail(name, f"is '{value}', but must be one of {', '.join(choices)}")
        if item.metadata["unit"] == "month" and not _MONTH.fullmatch(value):
            self.fail(name, f"is '{value}', but must be a month written YYYY-MM, such as 2026-01")
        return value

    def read_series(self, item: dataclasses.Field[Any], value: Any, name: str) -> Series:
        if not isinstance(value, Mapping):
            return Series.constant(self.read_number(item, float, value, name))
        if not value:
            self.fail(name, "is an empty table, but must be a number or a table of years")
        for year in value:
            if not _YEAR.fullmatch(str(year)) or int(year) not in _YEARS:
                self.fail(f"{name}.{year}", f"is not a year between {_YEARS[0]} and {_YEARS[-1]}")
        years = sorted(value, key=int)
        if len({int(year) for year in years}) < len(years):
            self.fail(name, "has a year twice, as a number and as text")
        numbers = tuple(float(self.read_number(item, float, value[year], f"{name}.{year}")) for year in years)
        return Series(tuple(int(year) for year in years), numbers)


def shown(value: Any) -> str:
    """Return a value as messages show it, on one line and not too long."""
    try:
        text = one_line(repr(value)) if not isinstance(value, Mapping) else "a table"
    except ValueError:  # Python writes whole numbers of 4300 digits at most
        text = "a number of more than 4300 digits"
    except RecursionError:
        text = "a list of lists beyond counting"
    return text if len(text) <= 60 else text[:57] + "..."


def _range(low: float, high: float) -> str:
    if low == -math.inf and high == math.inf:
        return ", any number"
    if high == math.inf:
        return f", at least {low:g}"
    if low == -math.inf:
        return f", at most {high:g}"
    return f", between {low:g} and {high:g}"


def _check_consistency(scenario: Scenario, where: str) -> None:
    """Refuse tables that contradict each other."""

    def fail(message: str) -> typing.NoReturn:
        raise ScenarioError(f"{where}: {message}")

    first, last = month_number(scenario.start), month_number(scenario.end)
    if last < first:
        fail(f"end is '{scenario.end}', but must not come before start, '{scenario.start}'")
    if last - first >= 2400:
        fail(f"end is '{scenario.end}', but a run may last 200 years at most from start, '{scenario.start}'")
    labour, beliefs, education = scenario.labour, scenario.beliefs, scenario.education
    if labour.extractive_share + labour.public_share > 1.0:
        fail(
            f"labour.extractive_share ({labour.extractive_share:g}) and labour.public_share ({labour.public_share:g}) "
            "add up to more than 1, but the private sector has what they leave"
        )
    if beliefs.signal_weight + beliefs.neighbour_weight > 1.0:
        fail(
            f"beliefs.signal_weight ({beliefs.signal_weight:g}) and beliefs.neighbour_weight "
            f"({beliefs.neighbour_weight:g}) add up to more than 1, but one's own belief has what they leave"
        )
    if education.master_share + education.doctorate_share > 1.0:
        fail(
            f"education.master_share ({education.master_share:g}) and education.doctorate_share "
            f"({education.doctorate_share:g}) add up to more than 1, but bachelors are what they leave"
        )
    if scenario.decision.retirement_age <= education.graduation_age:
        fail(
            f"decision.retirement_age is {scenario.decision.retirement_age:g} years, but must be above "
            f"education.graduation_age, {education.graduation_age:g} years"
        )
    for key, destination in scenario.destinations:
        if destination.entry == "free" and math.isfinite(destination.permits_per_year):
            fail(
                f"destinations.{key}.permits_per_year is {destination.permits_per_year:g}, but entry is free there, so "
                "nobody needs a permit that could be capped"
            )
    if scenario.network.kind == "complete" and scenario.graduates > 5000:
        fail(
            f"network.kind is 'complete' with {scenario.graduates:,} graduates, but everybody can know everybody "
            "among 5,000 at the most"
        )
