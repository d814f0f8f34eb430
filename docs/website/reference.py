"""A page for each module, from its docstrings: what it offers, with its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from website.places import PACKAGES, PAGES, ROOT, between, place_of
from website.roles import ROLE

INDEX = "modules.md"


def modules() -> Iterator[Path]:
    """Yield the modules of the packages, but for those that are pages of another kind."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.relative_to(ROOT).as_posix() not in PAGES:
                yield path


def page_of_module(path: Path) -> tuple[str, str]:
    """Return the page of a module in the site, and its text."""
    file = path.relative_to(ROOT).as_posix()
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return place_of(file), f"---\ntitle: {name}\n---\n\n::: {name}\n"


def index() -> str:
    """Return the page that lists all modules, each with the first line of its docstring."""
    lines = [
        "# Every module",
        "",
        "By name; [the tour](code.md) has them in the order in which data meets them.",
        "",
    ]
    for package in PACKAGES:
        lines += [f"## {package}", "", "| module | what |", "|---|---|"]
        lines += [_row(path) for path in modules() if path.is_relative_to(ROOT / package)]
        lines.append("")
    return "\n".join(lines)


def _row(path: Path) -> str:
    file = path.relative_to(ROOT).as_posix()
    said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
    said = ROLE.sub(r"`\2`", said).replace("``", "`")
    return f"| [`{file}`]({between(INDEX, place_of(file))}) | {said.replace('|', chr(92) + '|')} |"
