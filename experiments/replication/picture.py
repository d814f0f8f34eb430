"""Figures of the replication: the stock abroad by year and setting, beside the exact one; contrasts beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.analysis.figures import BLACK, BLUE, GREEN, LINE_STYLES, ORANGE, VERMILION, house_style, new_figure

__all__ = ["by_setting", "by_year", "side_by_side"]

COLOURS = (VERMILION, BLUE, ORANGE)
GREY = "#E5E5E5"


def by_year(abroad: Mapping[str, np.ndarray], exact: np.ndarray, *, title: str) -> Figure:
    """Return how many live abroad by year, mean and nine tenths of runs, and the exact expectation without a network.

    Parameters
    ----------
    abroad : mapping of ndarray, shape (replicates, years)
        Runs by network.
    exact : ndarray, shape (years,)
        The expectation where nobody knows anybody.
    title : str
        What is seen.
    """
    with house_style():
        figure = new_figure(7.2, 4.2)
        axis = figure.subplots()
        years = np.arange(1, len(exact) + 1)
        for (name, runs), colour, style in zip(abroad.items(), COLOURS, LINE_STYLES, strict=False):
            low, high = np.quantile(runs, [0.05, 0.95], axis=0)
            axis.fill_between(years, low, high, color=colour, alpha=0.16, linewidth=0.0)
            axis.plot(years, runs.mean(axis=0), color=colour, linestyle=style, linewidth=1.8, label=name)
        axis.plot(years[::4], exact[::4], "o", color=BLACK, markersize=4, fillstyle="none", label="none, exact")
        axis.set_xlabel("year")
        axis.set_ylabel("of 1,000 live abroad")
        axis.set_ylim(bottom=0.0)
        axis.grid(axis="y", color=GREY, linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        figure.suptitle(title, fontsize=11)
        return figure


def by_setting(table: pd.DataFrame, *, title: str) -> Figure:
    """Return the stock abroad at the end of every setting: the middle nine tenths of runs, the mean, the exact value.

    Parameters
    ----------
    table : DataFrame
        ``network``, ``setting``, ``mean``, ``low``, ``high`` and ``exact``, a row for each setting.
    title : str
        What is seen.
    """
    with house_style():
        figure = new_figure(8.0, 8.2)
        axis = figure.subplots()
        places = np.arange(len(table))
        for (network, rows), colour in zip(table.groupby("network", sort=False), COLOURS, strict=False):
            at = places[(table["network"] == network).to_numpy()]
            axis.hlines(at, rows["low"], rows["high"], color=colour, linewidth=2.4, alpha=0.5)
            axis.plot(rows["mean"], at, "o", color=colour, markersize=4.5, label=str(network))
        axis.plot(table["exact"], places, "o", color=BLACK, markersize=8, fillstyle="none", label="exact")
        axis.set_yticks(places, list(table["setting"]))
        axis.set_ylim(len(table) - 0.5, -0.5)
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel("of 1,000 abroad after 50 years: mean, nine tenths of runs")
        axis.grid(color=GREY, linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        figure.suptitle(title, fontsize=11)
        return figure


def side_by_side(names: Sequence[str], theirs: pd.DataFrame, ours: pd.DataFrame, *, title: str) -> Figure:
    """Return what comparable changes do to those abroad in both models, in per cent, with 95 % intervals.

    Parameters
    ----------
    names : sequence of str
        The changes.
    theirs, ours : DataFrame
        ``effect``, ``low`` and ``high``, shares of the stock without the change; what is no number is left out.
    title : str
        What is seen.
    """
    with house_style():
        figure = new_figure(8.0, 1.8 + 0.45 * len(names))
        axis = figure.subplots()
        places = np.arange(len(names))
        axis.axvline(0.0, color=BLACK, linewidth=1.0)
        for rows, colour, off, label in ((theirs, VERMILION, -0.14, "Gürsoy and Badur"), (ours, GREEN, 0.14, "ours")):
            axis.hlines(places + off, 100.0 * rows["low"], 100.0 * rows["high"], color=colour, linewidth=1.8)
            axis.plot(100.0 * rows["effect"], places + off, "o", color=colour, markersize=5, label=label)
        axis.set_yticks(places, list(names))
        axis.set_ylim(len(names) - 0.5, -0.5)
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel("change of those abroad at the end, %")
        axis.grid(axis="x", color=GREY, linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(title, fontsize=11)
        return figure
