"""Values in words: on a line of a message, in a TOML file, in a notebook's table."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from abm.gate import one_line

__all__ = ["html_table", "shown", "toml_value"]


def shown(value: Any) -> str:
    """Return a value as messages show it, on one line and not too long."""
    try:
        text = one_line(repr(value)) if not isinstance(value, Mapping) else "a table"
    except ValueError:  # Python writes whole numbers of 4300 digits at most
        text = "a number of more than 4300 digits"
    except RecursionError:
        text = "a list of lists beyond counting"
    return text if len(text) <= 60 else text[:57] + "..."


def toml_value(value: Any) -> str:
    """Return a plain value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    escaped = "".join(
        f"\\u{ord(letter):04x}"
        if ord(letter) < 32 or letter == "\x7f"
        else {"\\": "\\\\", '"': '\\"'}.get(letter, letter)
        for letter in str(value)
    )
    return f'"{escaped}"'


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as notebooks show it, every text as it is written."""
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{cells}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
