"""What a module offers is what others take from it: ``__all__`` has every such name, and no other.

A name counts as taken where it is imported, and where it stands behind the name of its module.
"""

from __future__ import annotations

import ast
import functools
from collections import defaultdict

from sources import PACKAGES, modules, tree_of

FACES = ("abm", "abm.reforms", "abm.sweep")  # what users import from, whether or not the project does
FOUND_BY_NAME = {"EXPERIMENT", "main", "Page"}  # in a question, in a command, and by the server of pages
KINDS = "abm.reforms.kinds."  # their classes are found by standing there


@functools.cache
def held() -> dict[str, ast.Module]:
    """Return the modules that are held to it."""
    return {module: tree_of(path) for module, path in modules().items()}


def offered(tree: ast.Module) -> list[str] | None:
    """Return ``__all__`` of a module, None where there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


def bound(tree: ast.Module) -> set[str]:
    """Return the names that a module itself defines, not those it imports."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return found


def taken_by(tree: ast.Module) -> set[tuple[str, str]]:
    """Return what a file takes from which module."""
    found, aliases = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found.add((node.module, alias.name))
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            aliases |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            module = aliases.get(ast.unparse(node.value))
            if module in held():
                found.add((module, node.attr))
    return found


@functools.cache
def taken() -> dict[str, set[str]]:
    """Return, by module, the public names that other files take from it."""
    found = defaultdict(set)
    for taker, path in modules(*PACKAGES, "tests").items():
        for module, name in taken_by(tree_of(path)):
            if module in held() and module != taker and not name.startswith("_"):
                found[module].add(name)
    return found


def test_whatever_others_take_from_a_module_is_in_its_all() -> None:
    missing = {
        module: sorted(names)
        for module, tree in held().items()
        if (public := offered(tree)) is not None and (names := (taken()[module] & bound(tree)) - {*public})
    }
    assert missing == {}


def test_nothing_is_in_all_that_nobody_takes() -> None:
    idle = {
        module: names
        for module, tree in held().items()
        if module not in FACES
        and not module.startswith(KINDS)
        and (names := [name for name in offered(tree) or () if name not in taken()[module] | FOUND_BY_NAME])
    }
    assert idle == {}


def test_all_has_only_what_is_there_and_nothing_twice() -> None:
    for module, tree in held().items():
        public = offered(tree) or []
        imported = {alias.asname or alias.name for node in tree.body for alias in getattr(node, "names", ())}
        there = bound(tree) | imported
        assert len(public) == len({*public}), module
        assert module in FACES or {*public} <= there, module
