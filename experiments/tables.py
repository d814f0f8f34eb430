"""Tables as aligned text that is Markdown too."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["markdown", "signed"]


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose first row are the heads; every column is aligned to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|", *lines[1:]]


def signed(value: float) -> str:
    """Return a number with its sign and three digits that matter, or whole from a hundred on."""
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.3g}"
