"""The figure of a family: what was simulated on the exact curve, and by how many standard errors each cell is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.analysis.figures import BLACK, LINES, house_style, new_figure
from experiments.verification.case import Case, Family

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["picture"]

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#BBBBBB"
WITHIN = 3.0  # standard errors


def picture(family: Family, cells: pd.DataFrame) -> Figure:
    """Return the figure of a family's cells (:func:`experiments.verification.case.compared`)."""
    drawn = [case for case in family.cases if len(case.x)]
    with house_style():
        if not drawn:
            figure = new_figure(7.2, 6.4)
            _named(figure.subplots(), cells)
        else:
            figure = new_figure(8.6, 3.9)
            left, right = figure.subplots(1, 2, width_ratios=(3, 2))
            for background in family.background:
                left.plot(*background(), color=GREY, linewidth=2.5, zorder=1)
            for case in drawn:
                _on_the_curve(left, case, family, cells[cells["case"] == case.name])
            left.set_xlabel(family.xlabel)
            left.set_ylabel(family.ylabel)
            left.grid(color="#E5E5E5", linewidth=0.6)
            _off(right, family, cells)
            handles, labels = right.get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
        figure.suptitle(family.title, fontsize=10.5)
        return figure


def _style(family: Family, case: Case) -> dict[str, str]:
    place = [each.name for each in family.cases].index(case.name)
    return {"color": LINES[(place + 1) % len(LINES)], "marker": MARKERS[place % len(MARKERS)]}


def _on_the_curve(axis: Axes, case: Case, family: Family, cells: pd.DataFrame) -> None:
    """Draw the closed form as a line, and what was simulated as points with bars of three standard errors."""
    style = _style(family, case)
    if case.curve is not None:
        axis.plot(*case.curve(), color=style["color"], linewidth=1.2, zorder=2)
    x = np.asarray(case.x, dtype=float)
    bars = WITHIN * cells["standard_error"].to_numpy()
    axis.errorbar(
        x,
        cells["simulated"],
        yerr=bars,
        fmt=style["marker"],
        color=style["color"],
        markersize=4.5,
        markerfacecolor="white",
        elinewidth=1.2,
        capsize=2.0,
        zorder=3,
    )


def _off(axis: Axes, family: Family, cells: pd.DataFrame) -> None:
    """Draw by how many standard errors each cell is off, and those with the planted error as crosses."""
    axis.axhspan(-WITHIN, WITHIN, color="#EEEEEE", linewidth=0.0)
    axis.axhline(0.0, color=BLACK, linewidth=0.8)
    begin = 0
    for case in family.cases:
        own = cells[cells["case"] == case.name]
        place, style = np.arange(begin, begin + len(own)), _style(family, case)
        axis.plot(place, own["z"], style["marker"], color=style["color"], markersize=4.5, label=case.name)
        axis.plot(place, own["planted_z"], "x", color=style["color"], markersize=4.5, alpha=0.7)
        begin += len(own)
    axis.plot([], [], "x", color=BLACK, label=f"2 % error: {family.planted}")
    axis.set_yscale("symlog", linthresh=4.0)
    axis.set_yticks([-30, -10, -3, 0, 3, 10, 30], ["-30", "-10", "-3", "0", "3", "10", "30"])
    axis.minorticks_off()
    axis.set_xticks([])
    axis.set_xlabel("cells, in the order of the table")
    axis.set_ylabel("off by standard errors")


def _named(axis: Axes, cells: pd.DataFrame) -> None:
    """Draw the same of a family without a curve, a named line for each cell."""
    place = np.arange(len(cells))
    axis.axvspan(-WITHIN, WITHIN, color="#EEEEEE", linewidth=0.0)
    axis.axvline(0.0, color=BLACK, linewidth=0.8)
    axis.plot(cells["z"], place, "o", color=LINES[1], markersize=4.5, label="as stated")
    axis.plot(cells["planted_z"], place, "x", color=LINES[2], markersize=4.5, label="2 % error in every number")
    axis.set_xscale("symlog", linthresh=4.0)
    axis.set_xticks([-30, -10, -3, 0, 3, 10, 30], ["-30", "-10", "-3", "0", "3", "10", "30"])
    axis.minorticks_off()
    axis.set_yticks(place, list(cells["cell"]), fontsize=7.5)
    axis.set_ylim(len(cells) - 0.5, -0.5)
    axis.set_xlabel("off by standard errors")
    axis.legend(loc="lower right")
