"""Every key that a scenario file may hold, in the order in which a file has them, beside what a file states of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from abm.parameters import Destination, Door, Group, GroupAbroad, Series
from abm.reading import kind_of_table, tables_of, type_hints
from abm.scenario import Scenario

__all__ = ["Key", "declared"]

# what each table of several is about
EACH: Mapping[type, str] = {
    Destination: "a country that graduates may leave for",
    Door: "what makes moving there, or living there, easier or harder for a time",
    Group: "a group of graduates by language, kin or citizenship",
    GroupAbroad: "a destination as it is to the group",
}


@dataclass(frozen=True)
class Key:
    """A key as it is declared, and as a file states it.

    Parameters
    ----------
    name : str
        Dotted, such as ``home.rule_of_law.trend``.
    item : field
        Its declaration in :mod:`abm.parameters`.
    table : str
        What the table is about that it stands in.
    stated : object
        What a file states of it; None if it says nothing.
    is_series : bool
        Whether it may be a table of years.
    """

    name: str
    item: dataclasses.Field[Any]
    table: str
    stated: Any
    is_series: bool

    @property
    def is_needed(self) -> bool:
        """Whether a country must state it."""
        return self.item.default is dataclasses.MISSING

    @property
    def value(self) -> Any:
        """What a file states as its value, of a series by year."""
        if not isinstance(self.stated, Mapping):
            return self.stated
        return self.stated.get("value", {key: value for key, value in self.stated.items() if key != "source"})

    @property
    def source(self) -> str:
        """Where a file says that the value comes from; nothing if it does not."""
        return str(self.stated.get("source", "")) if isinstance(self.stated, Mapping) else ""


def declared(file: Mapping[str, Any]) -> Iterator[Key]:
    """Yield every key of a scenario, those of a table before those of the tables within it.

    Parameters
    ----------
    file : mapping
        What a file holds; its destinations, their doors, groups and the tables that it may leave out are those that
        there are.
    """
    yield from _keys(Scenario, file, "", "")


def _keys(kind: Any, table: Any, prefix: str, about: str) -> Iterator[Key]:
    table = table if isinstance(table, Mapping) else {}
    hints = type_hints(kind)
    items = [item for item in dataclasses.fields(kind) if item.name != "sources"]
    inner = [item for item in items if _is_table(hints[item.name])]
    for item in items:
        if item not in inner:
            stated = table.get(item.name)
            yield Key(prefix + item.name, item, about, stated, hints[item.name] is Series)
    for item in inner:
        name, found = prefix + item.name, table.get(item.name)
        kind = tables_of(hints[item.name])
        if kind is None and not (item.default is None and found is None):
            yield from _keys(kind_of_table(hints[item.name]), found, f"{name}.", item.metadata["meaning"])
        elif kind is not None and isinstance(found, Mapping) and found:
            for key, inner_table in found.items():
                yield from _keys(kind, inner_table, f"{name}.{key}.", EACH[kind])
        else:
            yield Key(name, item, about, found, False)


def _is_table(kind: Any) -> bool:
    return tables_of(kind) is not None or kind_of_table(kind) is not None
