"""A scenario file that states only what differs from another: its ``base``, a bundled scenario or a file.

A table is laid over the table of its name, key by key.  A value, or a series of years, takes the place of the whole
value or series that the base has: years of two series are never mixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from abm.reading import GATE, ScenarioError
from abm.wording import shown

__all__ = ["SCENARIO_FOLDER", "bundled", "table_of", "with_base"]

SCENARIO_FOLDER = Path(__file__).parent / "scenarios"
BASE = "base"
LONGEST_CHAIN = 8  # of files of which each is the base of the one before


def bundled() -> list[str]:
    """Return the names of the bundled scenarios."""
    return sorted(path.stem for path in SCENARIO_FOLDER.glob("*.toml"))


def table_of(name: str | Path) -> Mapping[str, Any]:
    """Return all that a scenario file states, by the name of a bundled scenario or by its path, with its base.

    Raises
    ------
    ScenarioError
        If there is no such scenario, or its text is not TOML.
    """
    path = _path_of(str(name), Path(), f"there is no scenario '{name}'")
    return with_base(GATE.parse_toml(GATE.read_text(path), str(name)), str(name), path.parent)


def with_base(table: Mapping[str, Any], where: str, folder: Path | None = None) -> Mapping[str, Any]:
    """Return a table as nested plain values, laid over its base if it names one, and that over its own.

    Parameters
    ----------
    table : mapping
        What a file states.
    where : str
        The file, in messages.
    folder : Path, optional
        In which a base that is named by its path is looked for; left out, only a bundled scenario may be one, as a text
        from elsewhere must not have this machine's files read.

    Raises
    ------
    ScenarioError
        If there is no such base, or files are each other's base.
    """
    chain = [table]
    while BASE in chain[-1]:
        base = chain[-1][BASE]
        if not isinstance(base, str):
            raise ScenarioError(f"{where}: base is {shown(base)}, but must be the name of a scenario, or a path")
        if len(chain) > LONGEST_CHAIN:
            raise ScenarioError(f"{where}: base leads through {LONGEST_CHAIN} files and more, or in a circle")
        if folder is None and base not in bundled():
            raise ScenarioError(f"{where}: base is '{base}', but must be a bundled scenario: {', '.join(bundled())}")
        path = _path_of(base, folder or SCENARIO_FOLDER, f"{where}: base is '{base}', and there is no such scenario")
        folder = path.parent
        chain.append(GATE.parse_toml(GATE.read_text(path), f"{where}, base {base}"))
    whole: Mapping[str, Any] = {}
    for stated in reversed(chain):
        whole = _laid_over(stated, whole)
    return {key: value for key, value in whole.items() if key != BASE}


def _path_of(name: str, folder: Path, refusal: str) -> Path:
    if name.lower().endswith(".toml"):
        return folder / name
    if name not in bundled():
        names = ", ".join(bundled())
        raise ScenarioError(
            f"{refusal}: the bundled ones are {names}, and any other is named by the path of its .toml file"
        )
    return SCENARIO_FOLDER / f"{name}.toml"


def _laid_over(stated: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(base)
    for key, value in stated.items():
        below = whole.get(key)
        whole[key] = _laid_over(value, below) if _is_table(value) and _is_table(below) else value
    return whole


def _is_table(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Return whether this is a table of parameters, and no value with its origin, or series of years."""
    return isinstance(value, Mapping) and not any(key in ("value", "source") or str(key).isdigit() for key in value)
