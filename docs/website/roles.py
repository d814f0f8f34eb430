"""Docstrings as Markdown: ``:func:`choose``` leads to where it is described, if it is, and formulas are drawn."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":\w+:`(~?)([\w.]+)`")
FORMULA = re.compile(r":math:`([^`]+)`")
EQUATION = re.compile(r"^\.\. math::(?: +(.+)$|\n+((?: +.*\n?)+))", re.MULTILINE)


class Roles(griffe.Extension):
    """What is done to every docstring as it is read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Make the roles of an object's docstring into links, and its formulas into those of Markdown."""
        if obj.docstring is not None:
            text = EQUATION.sub(_equation, obj.docstring.value)
            text = FORMULA.sub(r"$\1$", text)
            obj.docstring.value = ROLE.sub(lambda found: _link(found, obj.module.path), text)


def _link(found: re.Match[str], module: str) -> str:
    short, name = found.groups()
    full = name if "." in name else f"{module}.{name}"
    shown = name.rpartition(".")[2] if short else name
    return f'<autoref identifier="{full}" optional><code>{shown}</code></autoref>'


def _equation(found: re.Match[str]) -> str:
    lines = "\n".join(line.strip() for line in (found[1] or found[2]).strip().split("\n"))
    if "&" in lines:
        lines = "\\begin{split}" + lines + "\\end{split}"
    return f"$$\n{lines}\n$$\n\n"
