"""Tables as aligned text that is Markdown too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from experiments.conduct import Results

__all__ = ["COLUMNS", "arm_rows", "cells", "markdown", "signed", "short"]

# outcomes of the table: measure, window, head, persons or rates in one printed unit
COLUMNS = (
    ("net_brain_gain", "last years", "net brain gain, thousands a year", 1000.0),
    ("net_human_capital_gain", "last years", "human capital, thousands a year", 1000.0),
    ("emigration_rate", "mean", "emigration per 1,000 a year", 0.001),
    ("return_rate", "mean", "return per 1,000 a year", 0.001),
)


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


def arm_rows(results: Results) -> list[tuple[str, ...]]:
    """Return the rows of a table: the baseline's level, and what every other arm does against it."""
    names = list(results.arms[0].levels)
    rows: list[tuple[str, ...]] = [(*names, *(head for _, _, head, _ in COLUMNS))]
    for levels, mine in results.effects.groupby(names, sort=False):
        is_baseline = levels == tuple(results.arms[0].levels.values())
        columns = ("mean", "mean_low", "mean_high") if is_baseline else ("effect", "low", "high")
        mine_cells = cells(mine, *columns)
        rows.append((*map(short, levels), *(f"{cell} (level)" if is_baseline else cell for cell in mine_cells)))
    return rows


def cells(rows: pd.DataFrame, centre: str, low: str, high: str) -> list[str]:
    """Return one cell for each outcome of the table, with its interval where there is one."""
    by_outcome = rows.set_index(["measure", "window"])
    row_of_cells = []
    for measure, window, _, unit in COLUMNS:
        row = by_outcome.loc[(measure, window)]
        ends = ", ".join(signed(row[end] / unit) for end in (low, high))
        row_of_cells.append(signed(row[centre] / unit) + (f" [{ends}]" if row[low] == row[low] else ""))
    return row_of_cells


def short(level: Any) -> str:
    """Return a level as a table has it."""
    return f"{level:.4g}" if isinstance(level, float) else str(level)
