"""Reform files: a list of reforms in TOML, each stating only what it changes.

.. code-block:: toml

   [[reform]]
   kind = "PublicSalaryParity"
   start = "2027-01"
   target = 0.9
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from abm.gate import Gate
from abm.reforms.base import Reform, ReformError
from abm.reforms.given import reforms_of
from abm.reforms.kinds import KINDS
from abm.wording import shown, toml_value
from abm.writing import write_text

__all__ = ["BUNDLED", "KINDS", "dump", "dumps", "is_bundled", "load", "loads", "of_table"]

GATE = Gate(ReformError, "a list of reforms", largest=1_000_000)

BUNDLED = frozenset(KINDS.values())  # others may be added to KINDS, to be read from files


def load(path: str | Path) -> list[Reform]:
    """Read the reforms of a TOML file.

    Raises
    ------
    ReformError
        If there is no such file or it holds anything but reforms: one sentence that names the file, the entry, the key,
        the value and what is allowed.
    """
    return loads(GATE.read_text(path), str(path))


def loads(text: str, where: str = "reforms") -> list[Reform]:
    """Read reforms from TOML text; ``where`` names it in messages."""
    return of_table(GATE.parse_toml(text, where), where)


def of_table(table: Mapping[str, Any], where: str = "reforms") -> list[Reform]:
    """Read reforms from the plain values of a reform file."""
    for key in table:
        if key != "reform":
            raise ReformError(f"{where}: {key} is not known; a reform file holds tables [[reform]] and nothing else")
    entries = table.get("reform", [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ReformError(f"{where}: reform is {shown(entries)}, but must be a list of tables, each headed [[reform]]")
    return [_read(entry, f"{where}: reform {number}") for number, entry in enumerate(entries, start=1)]


def _read(entry: Mapping[str, Any], where: str) -> Reform:
    """Read one entry; ``where`` names file and entry."""
    values = dict(entry)
    name = values.pop("kind", None)
    if name is None:
        raise ReformError(f"{where}: kind is missing: it must be one of {', '.join(KINDS)}")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        close = difflib.get_close_matches(str(name), KINDS, n=1) if isinstance(name, str) else []
        hint = f"did you mean {close[0]}?" if close else f"it must be one of {', '.join(KINDS)}"
        raise ReformError(f"{where}: kind is {shown(name)}, which is no reform; {hint}")
    names = [item.name for item in dataclasses.fields(kind)]
    for key, value in values.items():
        if key not in names:
            close = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"allowed are {', '.join(names)}"
            raise ReformError(f"{where}, {name}: {key} = {shown(value)} is not known; {hint}")
    try:
        return kind(**values)
    except ReformError as error:
        raise ReformError(f"{where}, {error}") from None


def is_bundled(reform: Reform) -> bool:
    """Return whether a reform is of a kind of this package and nothing more: its parameters say all that it does."""
    return type(reform) in BUNDLED and _is_of_parameters(reform)


def _is_of_parameters(reform: Reform) -> bool:
    return vars(reform).keys() == {item.name for item in dataclasses.fields(reform)}


def dump(plan: Reform | Iterable[Reform] | None, path: str | Path) -> None:
    """Write reforms to a TOML file that :func:`load` reads back to equal ones.

    Raises
    ------
    ReformError
        If one is of a kind of one's own, which no file can say.
    """
    if not isinstance(path, (str, Path)):
        raise ReformError(f"{shown(path)} is not the name of a file")
    write_text(Path(path), dumps(plan))


def dumps(plan: Reform | Iterable[Reform] | None) -> str:
    """Return reforms as TOML text: of each its kind, its start, and what is not as its class has it.

    Raises
    ------
    ReformError
        If one is of a kind of one's own, which no file can say.
    """
    entries = []
    for reform in reforms_of(plan):
        if KINDS.get(type(reform).__name__) is not type(reform) or not _is_of_parameters(reform):
            raise ReformError(
                f"{reform.label} is of a kind of your own, which cannot be read back from a file: keep it in a module; "
                f"a file may hold {', '.join(KINDS)}"
            )
        lines = ["[[reform]]", f"kind = {toml_value(type(reform).__name__)}"]
        for item in dataclasses.fields(reform):
            value = getattr(reform, item.name)
            if item.name == "start" or value != item.default:
                lines.append(f"{item.name} = {toml_value(value)}")
        entries.append("\n".join(lines) + "\n")
    return "\n".join(entries)
