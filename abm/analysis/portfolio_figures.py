"""Figures of portfolios: expected gain against the worst outcomes, and what a gain is made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.analysis.checked_runs import check_columns
from abm.analysis.figures import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION, house_style, new_figure

__all__ = ["frontier", "pillar_bars"]

PLACES = {"efficient": ((6, -9), "left"), "single": ((4, -12), "left"), "in turn": ((-2, 6), "right")}
# of the largest gain: smaller ones crowd around nothing, and plans in turn are told apart in a figure of their own
NAMED_FROM = {"single": 0.08, "in turn": 0.5, "mix": 2.0}
MARKERS = {"single": ("s", ORANGE, "one reform"), "mix": ("o", "#999999", "mix"), "in turn": ("^", GREEN, "in turn")}
COLOURS = (BLUE, ORANGE, VERMILION, GREEN, PURPLE)


def frontier(rows: pd.DataFrame, *, title: str, unit: str) -> Figure:
    """Return expected gains against worst outcomes, the efficient ones joined and named.

    Parameters
    ----------
    rows : DataFrame
        ``name``, ``kind`` (``single``, ``mix`` or ``in turn``), ``gain``, ``worst`` and ``efficient``.
    title, unit : str
        A sentence that says what is seen, and the unit of both axes.
    """
    check_columns(rows, ["name", "kind", "gain", "worst", "efficient"])
    with house_style():
        figure = new_figure(7.6, 5.4)
        axis = figure.subplots()
        axis.axhline(0.0, color=BLACK, linewidth=0.8)
        axis.axvline(0.0, color=BLACK, linewidth=0.8)
        for kind, (marker, colour, label) in MARKERS.items():
            mine = rows[rows["kind"] == kind]
            axis.scatter(mine["worst"], mine["gain"], marker=marker, color=colour, s=26, label=label, zorder=3)
        best = rows[rows["efficient"]].sort_values("worst")
        axis.plot(best["worst"], best["gain"], color=BLUE, linewidth=1.6, label="efficient, same money every year")
        large = rows["gain"].abs() > rows["kind"].map(NAMED_FROM) * rows["gain"].abs().max()
        named = rows["efficient"] | large
        for _, row in rows[named].iterrows():
            # each kind on its own side, so that names of neighbours do not meet
            shift, side = PLACES["efficient" if row["efficient"] else row["kind"]]
            axis.annotate(
                row["name"],
                (row["worst"], row["gain"]),
                xytext=shift,
                textcoords="offset points",
                ha=side,
                fontsize=7.5,
            )
        axis.margins(x=0.16, y=0.08)
        axis.set_xlabel(f"worst tenth of the outcomes, {unit}")
        axis.set_ylabel(f"expected, {unit}")
        axis.grid(color="#E5E5E5", linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        figure.suptitle(title, fontsize=11)
        return figure


def pillar_bars(rows: pd.DataFrame, columns: Sequence[str], names: Sequence[str], *, title: str, unit: str) -> Figure:
    """Return what gains are made of: a bar for each row, its positive parts to the right, its negative to the left.

    Parameters
    ----------
    rows : DataFrame
        ``name``, ``gain`` (the sum, marked) and the columns of the parts.
    columns, names : sequence of str
        The parts and what they are called.
    title, unit : str
        A sentence that says what is seen, and the unit of the axis.
    """
    with house_style():
        figure = new_figure(7.6, 1.6 + 0.32 * max(len(rows), 2))
        axis = figure.subplots()
        places = np.arange(len(rows))
        ends = {True: np.zeros(len(rows)), False: np.zeros(len(rows))}
        for column, name, colour in zip(columns, names, COLOURS, strict=False):
            values = rows[column].to_numpy(float)
            positive = values >= 0.0
            begin = np.where(positive, ends[True], ends[False])
            axis.barh(places, values, left=begin, color=colour, height=0.7, label=name)
            ends[True] += np.where(positive, values, 0.0)
            ends[False] += np.where(positive, 0.0, values)
        axis.plot(rows["gain"], places, "D", color=BLACK, markersize=4.5, label="all four")
        axis.axvline(0.0, color=BLACK, linewidth=1.0)
        axis.set_yticks(places, rows["name"].tolist())
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.set_xlabel(unit)
        axis.grid(axis="x", color="#E5E5E5", linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=5)
        figure.suptitle(title, fontsize=11)
        return figure
