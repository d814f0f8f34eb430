"""Figures of runs beside what was observed: by year, and as factors by which runs are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abm.analysis.effects import Interval, yearly_bands
from abm.analysis.figures import BLACK, LINE_STYLES, LINES, house_style, new_figure

__all__ = ["beside_observed", "factors"]

MARKERS = ("o", "s", "^", "D")
FACTORS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)  # on the axis
LEAST_REACH = 2.5  # of the axis, as a factor either way


def beside_observed(
    arms: Mapping[str, pd.DataFrame],
    measure: str,
    observed: Mapping[int, tuple[float, float, float]],
    *,
    title: str,
    unit: str,
    divide_by: float = 1.0,
) -> Figure:
    """Return a measure of runs by year with 95 % bands over replicates, and what was observed with its range.

    Parameters
    ----------
    arms : mapping of DataFrame
        Rows of runs (``year``, the measure) by the name of their arm.
    measure : str
        The measure to show.
    observed : mapping of int to tuple
        Low end, value and high end by year.
    title, unit : str
        What is seen, and what the vertical axis says.
    divide_by : float
        How many make one printed unit.
    """
    with house_style():
        figure = new_figure(7.6, 4.4)
        axis = figure.subplots()
        years, values = list(observed), np.array(list(observed.values())) / divide_by
        bars = np.abs(values[:, [0, 2]] - values[:, [1]]).T
        axis.errorbar(years, values[:, 1], yerr=bars, fmt="o", color=BLACK, capsize=3, markersize=5, label="observed")
        for position, (name, rows) in enumerate(arms.items()):
            bands = yearly_bands(rows, measure) / divide_by
            colour, style = LINES[(position + 1) % len(LINES)], LINE_STYLES[position % len(LINE_STYLES)]
            axis.fill_between(bands.index, bands["low"], bands["high"], color=colour, alpha=0.18, linewidth=0.0)
            axis.plot(bands.index, bands["mean"], color=colour, linestyle=style, linewidth=1.8, label=name)
        axis.set_ylim(bottom=0.0)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel("year")
        axis.set_ylabel(unit)
        axis.grid(axis="y", color="#E5E5E5", linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.suptitle(title, fontsize=11)
        return figure


def factors(
    names: Sequence[str],
    ranges: Sequence[tuple[float, float]],
    arms: Mapping[str, Sequence[Interval]],
    *,
    title: str,
    label: str,
) -> Figure:
    """Return by which factor runs are off what was observed, a line for each quantity, on a logarithmic axis.

    Parameters
    ----------
    names : sequence of str
        The quantities.
    ranges : sequence of tuple
        What was observed, low and high end over the value itself, shaded.
    arms : mapping of sequence of Interval
        Run over observed, by the name of the arm; what is not a number is left out.
    title, label : str
        What is seen, and what the horizontal axis says.
    """
    with house_style():
        figure = new_figure(8.6, 1.6 + 0.3 * len(names))
        axis = figure.subplots()
        axis.axvline(1.0, color=BLACK, linewidth=1.0)
        for place, (low, high) in enumerate(ranges):
            axis.plot([low, high], [place, place], color="#BBBBBB", linewidth=8.0, solid_capstyle="butt", zorder=1)
        for position, (name, estimates) in enumerate(arms.items()):
            places = np.arange(len(names)) + 0.24 * (position - (len(arms) - 1) / 2)
            colour = LINES[(position + 1) % len(LINES)]
            for place, one in zip(places, estimates, strict=True):
                axis.plot([one.low, one.high], [place, place], color=colour, linewidth=1.6, zorder=2)
            means = [one.mean for one in estimates]
            axis.plot(means, places, MARKERS[position % len(MARKERS)], color=colour, markersize=5, label=name, zorder=3)
        axis.set_xscale("log")
        all_means = [one.mean for estimates in arms.values() for one in estimates if one.mean > 0.0]
        reach = max(LEAST_REACH, 1.3 * max((max(mean, 1.0 / mean) for mean in all_means), default=1.0))
        axis.set_xlim(1.0 / reach, reach)
        axis.set_xticks([factor for factor in FACTORS if 1.0 / reach <= factor <= reach])
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.minorticks_off()
        axis.set_yticks(np.arange(len(names)), list(names))
        axis.set_ylim(len(names) - 0.5, -0.5)
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel(label)
        axis.grid(axis="x", color="#E5E5E5", linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(title, fontsize=11)
        return figure
