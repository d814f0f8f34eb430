"""Whatever docstrings, comments and documentation name is there: modules, functions, files and classes."""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from sources import PACKAGES, ROOT, modules, tree_of

ROLE = re.compile(r":(?:mod|func|class|data|meth|attr|exc):`~?([\w.]+)`")
DOTTED = re.compile(r"(?<![\w./-])(?:abm|experiments)(?:\.[A-Za-z_]\w*)+")
FILE = re.compile(r"(?<![\w.~/-])(?:abm|experiments|tests|docs|results)/[\w./-]*\.(?:py|md|toml|csv|vue|css)\b")
CLASS = re.compile(r"``?([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)``?")


@functools.cache
def sources() -> dict[str, Path]:
    """Return the files of the packages and of the tests by the names of their modules."""
    return modules(*PACKAGES, "tests")


@functools.cache
def names_in(path: Path) -> frozenset[str]:
    """Return all names that a module binds anywhere, those of attributes, arguments and imports too."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.rpartition(".")[2])
    return frozenset(found)


@functools.cache
def known_names() -> frozenset[str]:
    """Return all names in all code."""
    return frozenset().union(*map(names_in, sources().values()))


def exists(name: str) -> bool:
    """Return whether a dotted name is a module, or of something in one; kinds of reforms are those of their folder."""
    if any(known.startswith(f"{name}.") for known in sources()):
        return True
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        module = sources().get(".".join(parts[:end]))
        if module is not None:
            names = known_names() if module.name == "__init__.py" else names_in(module)
            return all(part in names for part in parts[end:])
    return False


def words_of(path: Path) -> str:
    """Return docstrings and comments of a module, or all of a text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    said = [ast.get_docstring(node) or "" for node in ast.walk(tree_of(path)) if isinstance(node, documented)]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join([*said, *(token.string for token in tokens if token.type == tokenize.COMMENT)])


def wrong_in(path: Path) -> Iterator[str]:
    """Yield what a file names that is not there."""
    words = words_of(path)
    for name in ROLE.findall(words):
        if "." not in name and name not in names_in(path):
            yield name
    yield from (name for name in DOTTED.findall(words) if not exists(name) and not is_file(name))
    made = set(re.findall(r"^\+\+\+ b/(.*)$", words, re.MULTILINE))  # by a change that is shown
    yield from (name for name in FILE.findall(words) if not (ROOT / name).exists() and name not in made)
    yield from (name for name in CLASS.findall(words) if name not in known_names())


def is_file(name: str) -> bool:
    """Return whether what looks like a module is a file's name."""
    return name.endswith(".md")


def test_a_name_that_is_gone_is_found(tmp_path: Path) -> None:
    gone = "abm.paths.CONTINENT :func:`abm.writing.old_file` abm/life.py ``LifeCourse`` :class:`Life`"
    there = "abm.paths.COUNTRY :func:`abm.writing.new_file` abm/model.py `Graduate` abm.reforms.JudicialReform"
    path = tmp_path / "module.py"
    path.write_text(f'"""{gone} {there}"""\nGone = "abm.paths.CONTINENT"\n')
    assert list(wrong_in(path)) == ["Life", "abm.paths.CONTINENT", "abm.writing.old_file", "abm/life.py", "LifeCourse"]


DOCUMENTATION = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "results" / "README.in.md"]


@pytest.mark.parametrize("path", DOCUMENTATION, ids=lambda path: path.name)
def test_the_documentation_names_nothing_that_is_gone(path: Path) -> None:
    assert list(wrong_in(path)) == []


def test_docstrings_and_comments_name_nothing_that_is_gone() -> None:
    wrong = {str(path.relative_to(ROOT)): list(wrong_in(path)) for path in sources().values()}
    assert {path: names for path, names in wrong.items() if names} == {}
