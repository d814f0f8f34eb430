"""Modules import in one direction only."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from sources import modules, tree_of


def imported_by(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """Return all modules that a module imports, wherever the statement stands, with the packages that are run first.

    The packages that it is in itself do not count: they are run before it, whatever it imports.
    """
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    packages = {module[:end] for module in found for end in range(len(module)) if module[end] == "."}
    return {other for other in (found | packages) & known.keys() if not f"{name}.".startswith(f"{other}.")}


def test_no_module_imports_what_imports_it() -> None:
    """Inside functions and for the type checker too; a circle is raised as an error that names its modules."""
    known = modules()
    graph = {name: imported_by(name, path, known) for name, path in known.items()}
    assert len(graph) > 150 and graph["abm.environment"] >= {"abm.paths", "abm.reforms.composition", "abm.reforms"}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("abm.paths") < order.index("abm.reforms.base") < order.index("abm.environment")
