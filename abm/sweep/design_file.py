"""A sweep stated in a TOML file: scenario, replicates, seed, the kind of design, its factors and the reforms.

docs/experiments.md says what may stand in it.  Everything is checked when it is read; a mistake raises
:class:`~abm.sweep.factors.DesignError` with one sentence that names the file, the key, the value and what is allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm.gate import Gate, breaks_line
from abm.reforms.base import Reform, ReformError
from abm.scenario import Scenario, shown
from abm.sweep.arms import LARGEST_DESIGN, Design
from abm.sweep.design import LARGEST_SEED, FullFactorial
from abm.sweep.explicit import ExplicitTable
from abm.sweep.factors import DesignError, Factor, Range, reform_class
from abm.sweep.fractional import FractionalFactorial
from abm.sweep.sampled import LatinHypercube, Sobol

__all__ = ["GATE", "Study", "read_design"]

GATE = Gate(DesignError, "a design", largest=3_000_000)
LONGEST_TEXT = 300  # letters of a title, a name or a meaning
MOST_REPLICATES = 1_000_000
COMMON = ("title", "scenario", "set", "replicates", "seed", "kind", "reforms")
OWN = {
    "full": ("factors",),
    "fractional": ("factors", "generators", "resolution"),
    "latin-hypercube": ("factors", "points", "points_seed"),
    "sobol": ("factors", "points", "points_seed"),
    "table": ("table",),
}
FACTOR = ("name", "values", "unit", "meaning")
RANGE = ("name", "low", "high", "baseline", "scale", "whole", "unit", "meaning")


@dataclass(frozen=True)
class Study:
    """What a design file states."""

    title: str
    scenario: str  # name of a bundled one, or the path of a file
    changes: Mapping[str, Any]  # scenario values for all arms, by dotted names
    replicates: int
    seed: int
    design: Design

    def world(self) -> Scenario:
        """Return the scenario with the file's changes.

        Raises
        ------
        ScenarioError
            If there is no such scenario, parameter or value.
        """
        return Scenario.load(self.scenario).replace(self.changes)


def read_design(path: str | Path) -> Study:
    """Read a design file.

    Raises
    ------
    DesignError
        If it cannot be read or states no design.
    """
    table = GATE.parse_toml(GATE.read_text(path), path)
    path = Path(path)
    try:
        return _study(table, path.parent, path.stem)
    except (DesignError, ReformError) as error:
        raise DesignError(f"{path}: {error}") from None


def _study(table: Mapping[str, Any], folder: Path, name: str) -> Study:
    kind = _text(table, "kind", required=True)
    if kind not in OWN:
        raise DesignError(f"kind is '{kind}', but must be one of {', '.join(OWN)}")
    _refuse_unknown(table, (*COMMON, *OWN[kind]), f"in a design of kind '{kind}'")
    title = _text(table, "title") or name
    scenario = _text(table, "scenario", required=True)
    if scenario.lower().endswith(".toml"):
        scenario = str(folder / scenario)
    replicates = _whole(table, "replicates", 1, MOST_REPLICATES)
    seed = _whole(table, "seed", 0, LARGEST_SEED)
    changes = _changes(_table(table, "set"))
    stated = _table(table, "reforms")
    reforms = [_reform(name, values) for name, values in stated.items()]
    design = _design(kind, table, folder, reforms)
    _refuse_stated_twice(design, changes, stated)
    return Study(title, scenario, changes, replicates, seed, design)


def _changes(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return scenario values by dotted names, of which each may stand there in one way of writing it only."""
    leaves = _leaves(table, "")
    changes = dict(leaves)
    if len(changes) < len(leaves):
        names = [name for name, _ in leaves]
        twice = next(name for name in names if names.count(name) > 1)
        raise DesignError(f"[set] {twice} has a value twice, but each can have one only")
    return changes


def _refuse_stated_twice(design: Design, changes: Mapping[str, Any], reforms: Mapping[str, Any]) -> None:
    """Refuse a value for what is a factor: every arm has its own level, so the value would mean nothing."""
    stated = {name: f"[set] {name}" for name in changes}
    stated |= {f"{name}.{key}": f"[reforms.{name}] {key}" for name, values in reforms.items() for key in values}
    for factor in design.factors:
        if factor.name in stated:
            said = stated[factor.name]
            raise DesignError(
                f"{said} has a value, but {factor.name} is a factor with levels of its own; leave one of them out"
            )


def _design(kind: str, table: Mapping[str, Any], folder: Path, reforms: Sequence[Reform]) -> Design:
    if kind == "table":
        return ExplicitTable.read(folder / _text(table, "table", required=True), reforms=reforms)
    if kind in ("latin-hypercube", "sobol"):
        ranges = [_varied(Range, RANGE, one) for one in _tables(table, "factors")]
        n_points = _whole(table, "points", 1, LARGEST_DESIGN - 1)
        seed = _whole(table, "points_seed", 0, LARGEST_SEED, default=0)
        sampled = LatinHypercube if kind == "latin-hypercube" else Sobol
        return sampled(ranges, reforms, n_points=n_points, seed=seed)
    factors = [_varied(Factor, FACTOR, one) for one in _tables(table, "factors")]
    if kind == "full":
        return FullFactorial(factors, reforms)
    generators = table.get("generators", [])
    if not isinstance(generators, list):
        raise DesignError(f"generators is {shown(generators)}, but must be a list such as ['D = ABC']")
    return FractionalFactorial(factors, reforms, generators=generators, resolution=table.get("resolution"))


def _varied(kind: Callable[..., Any], names: Sequence[str], stated: Mapping[str, Any]) -> Any:
    """Return the factor or range that one of the file's tables states."""
    name = _text(stated, "name", required=True, where="factors: ")
    _refuse_unknown(stated, names, f"of factor '{name}'")
    needed = ("low", "high", "baseline") if kind is Range else ("values",)
    for key in needed:
        if key not in stated:
            raise DesignError(f"factor '{name}' lacks {key}")
    for key in ("unit", "meaning", "scale"):
        _text(stated, key, where=f"factor '{name}': ")
    return kind(**stated)


def _reform(name: str, values: Any) -> Reform:
    if not isinstance(values, Mapping):
        raise DesignError(f"reforms.{name} is {shown(values)}, but must be a table of the reform's parameters")
    kind = reform_class(name, {})
    _refuse_unknown(values, list(kind.__dataclass_fields__), f"of {name}")
    return kind(**values)


def _leaves(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """Return dotted names and values, whether a file writes names in quotes or as nested tables."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        is_series = isinstance(value, Mapping) and any(inner[:1].isdigit() for inner in value)
        if isinstance(value, Mapping) and not is_series and "value" not in value:
            found += _leaves(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, value))
    return found


def _refuse_unknown(table: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    for key in table:
        if key not in allowed:
            close = difflib.get_close_matches(key, allowed, n=1)
            hint = f"did you mean {close[0]}?" if close else f"allowed are {', '.join(allowed)}"
            raise DesignError(f"'{key}' is not a key {where}; {hint}")


def _text(table: Mapping[str, Any], key: str, *, required: bool = False, where: str = "") -> str:
    value = table.get(key, "")
    if not isinstance(value, str) or (required and not value):
        said = f"is {shown(value)}" if key in table else "is missing"
        raise DesignError(f"{where}{key} {said}, but must be a text")
    if len(value) > LONGEST_TEXT or breaks_line(value):
        raise DesignError(
            f"{where}{key} is {shown(value)}, but must be a text on one line, without control characters and of "
            f"{LONGEST_TEXT} letters at most"
        )
    return value


def _whole(table: Mapping[str, Any], key: str, low: int, high: int, *, default: int | None = None) -> int:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        said = f"is {shown(value)}" if key in table else "is missing"
        raise DesignError(f"{key} {said}, but must be a whole number from {low} to {high:,}")
    return value


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, Mapping):
        raise DesignError(f"{key} is {shown(value)}, but must be a table [{key}]")
    return value


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = table.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(one, Mapping) for one in value):
        said = f"is {shown(value)}" if key in table else "is missing"
        raise DesignError(f"{key} {said}, but must be one table or more, each under [[{key}]]")
    return value
