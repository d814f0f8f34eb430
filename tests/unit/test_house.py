"""How the code is built: few arguments, short functions, and modules one can read at a sitting.

An argument counts as one, except ``self``, ``cls`` and the keyword-only ones of public functions and constructors,
which are read by name where they are given.
"""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from sources import PACKAGES, ROOT, modules, tree_of

MOST_ARGUMENTS, MOST_LINES, MEDIAN_LINES = 7, 500, 10
NOT_THE_MODEL = ROOT / "abm" / "page"
A_TABLE = ROOT / "abm" / "parameters.py"  # every parameter with its meaning and source, which is long

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """Yield every function of a file, also those inside others."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield node


def n_arguments(function: Function) -> int:
    """Return how many arguments of a function count."""
    given, name = function.args, function.name
    public = not name.startswith("_") or name == "__init__"
    counted = [*given.posonlyargs, *given.args, *([] if public else given.kwonlyargs)]
    return sum(argument.arg not in ("self", "cls") for argument in counted)


def n_lines(function: Function) -> int:
    """Return the lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_function_takes_more_than_seven_arguments() -> None:
    many = {
        f"{module}.{function.name}": n_arguments(function)
        for module, path in modules().items()
        for function in functions(path)
        if n_arguments(function) > MOST_ARGUMENTS
    }
    assert many == {}


def test_half_of_all_functions_are_shorter_than_ten_lines() -> None:
    for package in PACKAGES:
        lengths = [n_lines(function) for path in modules(package).values() for function in functions(path)]
        assert statistics.median(lengths) < MEDIAN_LINES, package


def test_no_module_of_the_model_is_longer_than_five_hundred_lines() -> None:
    lines = {
        module: len(path.read_text(encoding="utf-8").splitlines())
        for module, path in modules("abm").items()
        if NOT_THE_MODEL not in path.parents and path != A_TABLE
    }
    assert {name: n for name, n in lines.items() if n > MOST_LINES} == {}
