"""Formulas as MathML, which browsers draw by themselves: no script, no font, nothing from elsewhere."""

from __future__ import annotations

import html
import re

from latex2mathml.converter import convert

WRITTEN = re.compile(r'<(span|div) class="arithmatex">\s*\\[(\[](.*?)\\[)\]]\s*</\1>', re.DOTALL)


def drawn(page: str) -> str:
    """Return a page with its formulas as MathML.

    Parameters
    ----------
    page : str
        HTML in which formulas stand as LaTeX, as Arithmatex leaves them.

    Raises
    ------
    ValueError
        If a formula holds a command that is not understood, which would be printed as it is written.
    """
    return WRITTEN.sub(_mathml, page)


def _mathml(found: re.Match[str]) -> str:
    written = html.unescape(found[2]).strip()
    formula = convert(written, display="block" if found[1] == "div" else "inline")
    formula = re.sub(r">\\([{}])<", r">\1<", formula)  # large braces come out as they are written
    if "\\" in formula or "&<" in formula:
        raise ValueError(f"this formula has a command that cannot be drawn: {written}")
    return f'<div class="formula">{formula}</div>' if found[1] == "div" else formula
