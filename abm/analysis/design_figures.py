"""Figures that suit any design: main effects with their intervals, and outcomes against sampled factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abm.analysis.figures import BLACK, BLUE, SKY, VERMILION, house_style, new_figure

__all__ = ["effect_dots", "effect_panels", "scatter_with_trend"]

MOST_PANELS = 12
MOST_DOTS = 60


def effect_dots(rows: pd.DataFrame, *, title: str, unit: str, divide_by: float = 1.0, ax: Axes | None = None) -> Figure:
    """Return effects as dots with their 95 % intervals, a line each, beside the zero line.

    Parameters
    ----------
    rows : DataFrame
        ``name``, ``effect``, ``low`` and ``high``; beyond the first sixty, rows are left out and the figure says so.
    title, unit : str
        A sentence that says what is seen, and the unit of the horizontal axis.
    divide_by : float
        Persons in one printed unit.
    ax : matplotlib Axes, optional
        Where to draw, in a figure of one's own, which is returned; else in a new one.
    """
    if ax is not None and not isinstance(ax, Axes):
        raise ValueError(f"ax is {ax!r}, but must be axes of matplotlib, as plt.subplots() returns them")
    shown = rows.head(MOST_DOTS)
    with house_style():
        axis = new_figure(7.6, 1.4 + 0.28 * max(len(shown), 2)).subplots() if ax is None else ax
        figure: Any = axis.figure
        axis.axvline(0.0, color=BLACK, linewidth=1.0)
        places = np.arange(len(shown))
        for place, (_, row) in zip(places, shown.iterrows(), strict=True):
            axis.plot([row["low"] / divide_by, row["high"] / divide_by], [place, place], color=BLUE, linewidth=1.8)
        axis.plot(shown["effect"].to_numpy(float) / divide_by, places, "o", color=BLUE, markersize=5)
        axis.set_yticks(places, shown["name"].tolist())
        axis.set_ylim(len(shown) - 0.5, -0.5)
        axis.set_xlabel(unit)
        axis.grid(axis="x", color="#E5E5E5", linewidth=0.6)
        left_out = f" (the first {len(shown)} of {len(rows)})" if len(rows) > len(shown) else ""
        if ax is None:
            figure.suptitle(title + left_out, fontsize=11)
        else:
            axis.set_title(title + left_out, fontsize=11)
        return figure


def effect_panels(
    rows: pd.DataFrame, *, panel: str, title: str, unit: str, note: str = "", divide_by: float = 1.0
) -> Figure:
    """Return effects as dots with their 95 % intervals, a panel for each level of a factor; the first row is shaded.

    Parameters
    ----------
    rows : DataFrame
        ``name``, ``effect``, ``low``, ``high`` and the column of the panels; every panel has the same names.
    panel : str
        The column of the panels.
    title, unit, note : str
        A sentence that says what is seen, the unit of the horizontal axes, and what stands below.
    divide_by : float
        Persons in one printed unit.
    """
    panels = list(dict.fromkeys(rows[panel]))
    names = list(dict.fromkeys(rows["name"]))
    with house_style():
        figure = new_figure(2.2 + 2.7 * len(panels), 1.7 + 0.32 * max(len(names), 2))
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axis, level in zip(axes, panels, strict=True):
            mine = rows[rows[panel] == level].set_index("name").reindex(names)
            effect, low, high = (mine[column].to_numpy(float) / divide_by for column in ("effect", "low", "high"))
            if low[0] == low[0]:
                axis.axvspan(low[0], high[0], color=SKY, alpha=0.25, linewidth=0.0)
            axis.axvline(0.0, color=BLACK, linewidth=1.0)
            places = np.arange(len(names))
            axis.hlines(places, low, high, color=BLUE, linewidth=1.8)
            axis.plot(effect, places, "o", color=BLUE, markersize=5)
            axis.set_title(str(level))
            axis.set_yticks(places, names)
            axis.set_ylim(len(names) - 0.5, -0.5)
            axis.grid(axis="x", color="#E5E5E5", linewidth=0.6)
        figure.supxlabel(f"{unit}\n{note}" if note else unit, fontsize=9)
        figure.suptitle(title, fontsize=11)
        return figure


def scatter_with_trend(
    arms: pd.DataFrame, factors: Sequence[str], outcome: str, *, title: str, unit: str, divide_by: float = 1.0
) -> Figure:
    """Return an outcome against each sampled factor, a point an arm, with the least-squares line of each.

    Parameters
    ----------
    arms : DataFrame
        A row for each arm with its levels and, in column ``outcome``, its mean; arms at which a factor is no number are
        left out of that factor's panel.
    factors : sequence of str
        The factors, a panel each; beyond the first twelve they are left out and the figure says so.
    outcome : str
        The column to show.
    title, unit : str
        A sentence that says what is seen, and the unit of the vertical axis.
    divide_by : float
        Persons in one printed unit.
    """
    shown = list(factors[:MOST_PANELS])
    columns = min(len(shown), 3)
    lines = -(-len(shown) // columns)
    with house_style():
        figure = new_figure(1.0 + 2.9 * columns, 0.9 + 2.6 * lines)
        panels = figure.subplots(lines, columns, sharey=True, squeeze=False)
        for axis, name in zip(panels.flat, shown, strict=False):
            x, y = _numbers(arms, name, outcome)
            axis.axhline(0.0, color=BLACK, linewidth=0.8)
            axis.plot(x, y / divide_by, "o", color=BLUE, markersize=3, alpha=max(0.15, min(0.8, 60.0 / max(len(x), 1))))
            if len(np.unique(x)) > 1:
                ends = np.array([x.min(), x.max()])
                axis.plot(ends, np.polyval(np.polyfit(x, y / divide_by, 1), ends), color=VERMILION, linewidth=1.8)
            axis.set_xlabel(name)
            axis.grid(color="#E5E5E5", linewidth=0.6)
        for axis in list(panels.flat)[len(shown) :]:
            axis.set_axis_off()
        left_out = f" (the first {len(shown)} of {len(factors)} factors)" if len(factors) > len(shown) else ""
        figure.supylabel(unit, fontsize=9)
        figure.suptitle(title + left_out, fontsize=11)
        return figure


def _numbers(arms: pd.DataFrame, name: str, outcome: str) -> tuple[np.ndarray, np.ndarray]:
    numeric: Any = pd.to_numeric(arms[name], errors="coerce")
    kept = numeric.notna().to_numpy()
    return numeric.to_numpy(float)[kept], arms[outcome].to_numpy(float)[kept]
