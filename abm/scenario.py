"""A scenario: everything a run needs to know about a country and its graduates, read from and written to TOML.

A value stands in a file either bare (``trend = 0.018``) or with its origin (``trend = {value = 0.018, source =
"wgi"}``); a yearly series is a table of years (``wage = {2013 = 900, 2014 = 950, source = "bns"}``).  A file with a
``base`` states only what differs from it (:mod:`abm.variants`).  Everything is
checked when it is read: unknown keys, wrong types, values out of range and tables that contradict each other raise
:class:`ScenarioError` with one sentence that names the file, the key, the value and what is allowed.
"""

from __future__ import annotations

import dataclasses
import difflib
import html
import math
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.months import month_name, month_number
from abm.parameters import (
    REPLACED,
    Beliefs,
    Costs,
    Decision,
    Destination,
    Education,
    ForeignSpecialists,
    Group,
    Home,
    Household,
    HumanCapital,
    Labour,
    Mortality,
    NetworkParameters,
    Region,
    Series,
    TreasuryParameters,
    parameter,
)
from abm.reading import GATE, Reader, ScenarioError, tables_of, type_hints
from abm.variants import SCENARIO_FOLDER, bundled, table_of, with_base
from abm.wording import html_table, shown, toml_value

# a scenario's months, and how values are shown, are asked for here too
__all__ = ["SCENARIO_FOLDER", "Scenario", "ScenarioError", "month_name", "month_number", "shown", "toml_value"]

NAMED_COUNTRIES = 6  # in a line
ROUNDING = 1e-9  # by which shares that add up to 1 may miss it


@dataclass(frozen=True, kw_only=True, repr=False)
class Scenario:
    """A country, its destinations and the behaviour of its graduates."""

    name: str = parameter(meaning="short name of the scenario", unit="text")
    description: str = parameter("", meaning="what the scenario is about", unit="text", source="assumption: none")
    start: str = parameter(meaning="first month of the run", unit="month")
    end: str = parameter(meaning="last month of the run", unit="month")
    reforms_from: str | None = parameter(
        None,
        meaning="first month in which a reform may begin, from which on a run is counted; left out, from its start",
        unit="month",
        source="assumption: a run has no past unless the scenario says how much of it is",
    )
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
    groups: tuple[tuple[str, Group], ...] = parameter(
        (),
        meaning="groups of graduates by language, kin or citizenship; who is of none is one of everybody else",
        unit="table",
        source="assumption: graduates differ as persons only",
    )
    education: Education = parameter(meaning="new graduates and study abroad", unit="table")
    costs: Costs | None = parameter(
        None,
        meaning="what reforms cost",
        unit="table",
        source="assumption: none is named, and reforms are refused whose cost a scenario has to name",
    )
    decision: Decision = parameter(meaning="tastes and costs", unit="table")
    beliefs: Beliefs = parameter(Beliefs(), meaning="learning", unit="table", source="assumption: defaults")
    labour: Labour = parameter(meaning="home labour market", unit="table")
    treasury: TreasuryParameters = parameter(meaning="who pays for reforms", unit="table")
    human_capital: HumanCapital = parameter(
        HumanCapital(), meaning="human capital", unit="table", source="assumption: defaults"
    )
    household: Household = parameter(Household(), meaning="households", unit="table", source="assumption: defaults")
    mortality: Mortality = parameter(Mortality(), meaning="deaths", unit="table", source="assumption: defaults")
    network: NetworkParameters = parameter(
        NetworkParameters(), meaning="migrant network", unit="table", source="assumption: defaults"
    )
    foreign_specialists: ForeignSpecialists = parameter(meaning="foreign specialists", unit="table")
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
        return Scenario.from_dict(table_of(name), str(name))

    @staticmethod
    def bundled() -> list[str]:
        """Return the names of the bundled scenarios."""
        return bundled()

    @staticmethod
    def from_toml(text: str, where: str = "scenario") -> Scenario:
        """Read a scenario from TOML text, whose base can only be a bundled one; ``where`` names it in messages."""
        return Scenario.from_dict(with_base(GATE.parse_toml(text, where), where), where)

    @staticmethod
    def from_dict(table: Mapping[str, Any], where: str = "scenario") -> Scenario:
        """Read a scenario from nested plain values, as TOML gives them."""
        if not isinstance(table, Mapping):
            raise ScenarioError(f"{where}: this is {shown(table)}, but must be a table of parameters")
        sources: dict[str, str] = {}
        reader = Reader(where, sources)
        scenario: Scenario = reader.read(Scenario, table)
        scenario = dataclasses.replace(scenario, sources=types.MappingProxyType(sources))
        _check_consistency(scenario, where)
        _check_groups(scenario, where)
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
        for several, what in (("destinations", "a country"), ("groups", "a group")):
            if len(table.get(several, ())) < len(getattr(self, several)):
                raise ScenarioError(f"{where}: {several} name {what} twice, but each has a name of its own")
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
            if position > 0 and _are_tables(value):
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
        if name in REPLACED:
            return f"{self.name}: {name} is no longer a parameter: it {REPLACED[name]}"
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
    def past_months(self) -> int:
        """Return how many months of the run lie before the first in which a reform may begin: its past."""
        return 0 if self.reforms_from is None else month_number(self.reforms_from) - month_number(self.start)

    @property
    def first_month(self) -> int:
        """Return the number of the first month (months since the year 0)."""
        return month_number(self.start)


def _are_tables(value: Any) -> bool:
    """Return whether a value of a scenario is tables by their names, such as its destinations."""
    return isinstance(value, tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value)


def _holds_tables(table: Any, item: dataclasses.Field[Any]) -> bool:
    """Return whether a field of a table is declared to hold tables by their names."""
    kind: Any = type(table)
    return tables_of(type_hints(kind)[item.name]) is not None


def _walk(table: Any, prefix: str) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    for item in dataclasses.fields(table):
        if item.name == "sources":
            continue
        value = getattr(table, item.name)
        if _holds_tables(table, item):
            for key, inner in value:
                yield from _walk(inner, f"{prefix}{item.name}.{key}.")
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
        if _holds_tables(table, item):
            if value or item.default is dataclasses.MISSING:
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


def _check_consistency(scenario: Scenario, where: str) -> None:
    """Refuse tables that contradict each other."""

    def fail(message: str) -> typing.NoReturn:
        raise ScenarioError(f"{where}: {message}")

    first, last = month_number(scenario.start), month_number(scenario.end)
    if last < first:
        fail(f"end is '{scenario.end}', but must not come before start, '{scenario.start}'")
    if last - first >= 2400:
        fail(f"end is '{scenario.end}', but a run may last 200 years at most from start, '{scenario.start}'")
    if not 0 <= scenario.past_months <= last - first:
        fail(
            f"reforms_from is '{scenario.reforms_from}', but must be a month of the run, '{scenario.start}' to "
            f"'{scenario.end}'"
        )
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
    for item in dataclasses.fields(Costs) if scenario.costs is not None else ():
        cost = getattr(scenario.costs, item.name)
        if not cost.low <= cost.share <= cost.high:
            fail(
                f"costs.{item.name}.share is {cost.share:g}, but must lie between its low end, {cost.low:g}, and its "
                f"high end, {cost.high:g}"
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
        if destination.students_master_share + destination.students_doctorate_share > 1.0:
            fail(
                f"destinations.{key}.students_master_share ({destination.students_master_share:g}) and "
                f"students_doctorate_share ({destination.students_doctorate_share:g}) add up to more than 1, but first "
                "degrees are what they leave"
            )
        for name, door in destination.doors:
            if door.since and door.until and door.until < door.since:
                fail(
                    f"destinations.{key}.doors.{name}.until is '{door.until}', but must not come before since, "
                    f"'{door.since}'"
                )
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


def _check_groups(scenario: Scenario, where: str) -> None:
    """Refuse groups that are more than all graduates, or stand apart in destinations that there are not."""
    names = [key for key, _ in scenario.destinations]
    for key, group in scenario.groups:
        for name, _ in group.destinations:
            if name not in names:
                raise ScenarioError(
                    f"{where}: groups.{key}.destinations.{name} is no destination of this scenario; there are "
                    f"{', '.join(names)}"
                )
    shares = [group.share for _, group in scenario.groups]
    years = sorted({year for share in shares for year in share.years})
    by_year = np.array([[np.interp(year, share.years, share.values) for year in years] for share in shares])
    in_all = by_year.sum(axis=0)
    if shares and in_all.max() > 1.0 + ROUNDING:
        year = years[int(in_all.argmax())]
        when = f" in {year}" if year else ""
        raise ScenarioError(
            f"{where}: groups.*.share add up to {in_all.max():g}{when}, but everybody else is what they leave of 1"
        )
    most = {key: max(group.share.values) for key, group in scenario.groups}
    for name in names:
        for part in ("diaspora_share", "students_share"):
            stated = {key: getattr(dict(group.destinations).get(name), part, None) for key, group in scenario.groups}
            total = sum(most[key] if share is None else share for key, share in stated.items())
            if any(share is not None for share in stated.values()) and total > 1.0 + ROUNDING:
                raise ScenarioError(
                    f"{where}: groups.*.destinations.{name}.{part} add up to {total:g}, the shares of groups that "
                    "state none included, but must leave everybody else a part of 1"
                )
