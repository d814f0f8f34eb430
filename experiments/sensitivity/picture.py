"""The figures of a sensitivity study: elementary effects, and shares of variance with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.analysis.figures import BLACK, BLUE, ORANGE, house_style, new_figure
from abm.measures import GRADUATES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["effects", "shares"]

SHOWN = 12  # inputs of a panel


def effects(table: pd.DataFrame) -> Figure:
    """Return the largest elementary effects on what each plan does, luck always among them."""
    plans = list(dict.fromkeys(table["plan"]))
    with house_style():
        figure = new_figure(10.0, 2.9 * len(plans))
        for axis, plan in zip(figure.subplots(len(plans), 1), plans, strict=True):
            rows = table[table["plan"] == plan].sort_values("mu_star", ascending=False, kind="stable")
            rows = rows[(np.arange(len(rows)) < SHOWN) | (rows["input"] == "luck").to_numpy()]
            places = np.arange(len(rows))
            colours = [ORANGE if name == "luck" else BLUE for name in rows["input"]]
            axis.barh(places, rows["mu_star"], xerr=rows["mu_star_conf"], color=colours, ecolor=BLACK, height=0.6)
            axis.plot(rows["sigma"], places, "|", color=BLACK, markersize=9)
            axis.set_yticks(places, rows["input"].tolist(), fontsize=7.5)
            axis.set_ylim(len(rows) - 0.5, -0.5)
            axis.set_xlim(left=0.0)
            axis.set_title(f"{plan}: {'level of' if plan == plans[0] else 'effect on'} net brain gain", loc="left")
        axis.set_xlabel(f"{GRADUATES.printed} over the prior's middle: mean absolute effect, 95 % interval; |: s.d.")
        return figure


def shares(table: pd.DataFrame, title: str) -> Figure:
    """Return first-order and total shares of the variance of what each plan does, a panel for each plan."""
    plans, inputs = list(dict.fromkeys(table["plan"])), list(dict.fromkeys(table["input"]))
    with house_style():
        figure = new_figure(11.0, 1.6 + 0.34 * len(inputs))
        for axis, plan in zip(figure.subplots(1, len(plans), sharey=True), plans, strict=True):
            rows = table[table["plan"] == plan]
            places = np.arange(len(rows))
            for index, shift, colour, said in (("S1", -0.15, BLUE, "alone"), ("ST", 0.15, ORANGE, "with others")):
                wide = rows[f"{index}_conf"]
                axis.errorbar(rows[index], places + shift, xerr=wide, fmt="o", color=colour, markersize=4, label=said)
            axis.axvline(0.0, color=BLACK, linewidth=0.8)
            axis.set_yticks(places, inputs, fontsize=8)
            axis.set_ylim(len(inputs) - 0.5, -0.5)
            axis.set_xlim(-0.3, 1.3)
            axis.set_title(plan, fontsize=9)
        axis.legend(loc="lower right", fontsize=7)
        figure.suptitle(title, fontsize=11)
        return figure
