"""Tables that follow from declarations: parameters of scenarios and of reforms, and the sources that they name."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from website.places import ROOT

from abm.country.declared import declared
from abm.parameters import Series
from abm.reforms import KINDS, Reform
from abm.wording import toml_value

SOURCES = ROOT / "abm" / "data" / "sources.toml"
# one table of each kind that a scenario may have several of, and of each that it may leave out
NAMED: Mapping[str, Any] = {
    "destinations": {"NAME": {"doors": {"DOOR": {}}}},
    "groups": {"NAME": {"destinations": {"DESTINATION": {}}}},
    "costs": {},
}
HEAD = ("| parameter | meaning | unit | allowed | default | source of the default |", "|---|---|---|---|---|---|")
TOP = "At the top of the file"


def parameters() -> str:
    """Return the page of all parameters: a table for each table of a scenario file, and one for each kind of reform."""
    named = sources()
    lines = [
        "# Parameters",
        "",
        "Made of the declarations in `abm/parameters.py`, `abm/scenario.py` and `abm/reforms/kinds`. What has no",
        "default a scenario must state. A value that rests on no observation is an *assumption*.",
        "",
    ]
    table = None
    for key in declared(NAMED):
        if table != (table := key.name.rpartition(".")[0]):
            about = f"{_sentence(key.table)}\n\n" if key.table else ""
            lines += ["", f"## {f'`[{table}]`' if table else TOP}", "", f"{about}{HEAD[0]}", HEAD[1]]
        lines.append(_row(key.item.name, key.item, named))
    return "\n".join([*lines, "", *_reforms(named)])


def _reforms(named: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## What all reforms have in common", "", *HEAD)
    common = [_row(item.name, item, named) for item in dataclasses.fields(Reform)]
    yield from common
    for name, kind in KINDS.items():
        own = [row for item in dataclasses.fields(kind) if (row := _row(item.name, item, named)) not in common]
        yield from ("", f"## `{name}`", "", _sentence((kind.__doc__ or "").split("\n")[0]), "")
        yield from (*HEAD, *own) if own else ()
    yield ""


def _row(name: str, item: dataclasses.Field[Any], named: Mapping[str, Any]) -> str:
    facts = item.metadata
    source = _source(facts["source"], named)
    cells = (f"`{name}`", facts["meaning"], facts["unit"], _allowed(facts), _default(item), source)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _allowed(facts: Mapping[str, Any]) -> str:
    """Return the range or the texts that are allowed."""
    if facts["choices"]:
        return ", ".join(f"`{choice}`" for choice in facts["choices"])
    low, high = facts["low"], facts["high"]
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f"{low:,.12g} and more"
    return f"up to {high:,.12g}" if math.isinf(low) else f"{low:,.12g} to {high:,.12g}"


def _default(item: dataclasses.Field[Any]) -> str:
    value = item.default
    if value is dataclasses.MISSING:
        return "" if item.default_factory is dataclasses.MISSING else "a table"
    if value is None or value == ():
        return "none"
    return f"`{toml_value(value.values[0] if isinstance(value, Series) else value)}`"


def _source(said: str, named: Mapping[str, Any]) -> str:
    return f"[{said}](sources.md#{said})" if said in named else said


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def sources() -> dict[str, Mapping[str, Any]]:
    """Return what is said of each source of the data, by its key."""
    return tomllib.loads(SOURCES.read_text(encoding="utf-8"))


def page_of_sources() -> str:
    """Return the page of the sources, each under its key."""
    lines = ["# Sources", "", "Where each number of the [data](data.md) and each default comes from.", ""]
    for key, facts in sources().items():
        lines += [f"## {facts['title']} {{ #{key} }}", "", f"`{key}`, {facts['kind']}.", ""]
        rest = {name: value for name, value in facts.items() if name not in ("title", "kind")}
        lines += [f"- *{name.replace('_', ' ')}*: {_said(name, value)}" for name, value in rest.items()]
        lines.append("")
    return "\n".join(lines)


def _said(name: str, value: Any) -> str:
    if name == "inputs":
        return ", ".join(f"[{key}](#{key})" for key in value)
    return f"<{value}>" if name == "url" else str(value)
