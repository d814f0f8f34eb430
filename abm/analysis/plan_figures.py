"""Figures of plans side by side: estimates with their intervals, a line for each plan and a panel for each measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from abm.analysis.effects import Interval
from abm.analysis.figures import BLACK, BLUE, LINE_STYLES, LINES, VERMILION, house_style, new_figure

__all__ = ["Panel", "dots", "lines", "stacked"]

MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True)
class Panel:
    """A measure: what its axis says, the estimates in the order of the plans, and the side of zero that is a gain.

    ``mark`` is a value to compare with, drawn as a dashed line and named by ``mark_label``.
    """

    label: str
    estimates: Sequence[Interval]
    divide_by: float = 1.0
    good: int = 0  # 1 where more is better, -1 where less is, 0 where neither is
    mark: float | None = None
    mark_label: str = ""


def dots(names: Sequence[str], panels: Sequence[Panel], *, title: str) -> Figure:
    """Return estimates as dots with their 95 % intervals, a line for each plan, beside the zero line.

    Blue is a gain, red a loss, black neither or not told apart from zero.
    """
    with house_style():
        figure = new_figure(max(3.0 + 2.5 * len(panels), 7.6), 1.5 + 0.36 * max(len(names), 2))
        places = np.arange(len(names))
        all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axis, panel in zip(all_axes, panels, strict=True):
            axis.axvline(0.0, color=BLACK, linewidth=1.0)
            for place, estimate in zip(places, panel.estimates, strict=True):
                colour = _colour(estimate, panel.good)
                ends = np.array([estimate.low, estimate.high]) / panel.divide_by
                axis.plot(ends, [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
                axis.plot(estimate.mean / panel.divide_by, place, "o", color=colour, markersize=5.5)
            if panel.mark is not None:
                axis.axvline(panel.mark / panel.divide_by, color=BLUE, linestyle="--", linewidth=1.4)
                axis.annotate(
                    panel.mark_label,
                    (panel.mark / panel.divide_by, len(names) - 0.6),
                    xytext=(4, 0),
                    textcoords="offset points",
                    color=BLUE,
                    fontsize=9,
                )
            axis.set_xlabel(panel.label)
            axis.grid(axis="x", color="#E5E5E5", linewidth=0.6)
            axis.margins(x=0.08)
            axis.xaxis.set_major_locator(MaxNLocator(5))
            axis.tick_params(axis="y", length=0)
        all_axes[0].set_yticks(places, list(names))
        all_axes[0].set_ylim(len(names) - 0.5, -0.5)
        figure.suptitle(title, fontsize=11)
        return figure


def _colour(estimate: Interval, good: int) -> str:
    unsure = not (estimate.low > 0.0 or estimate.high < 0.0)
    if unsure or not good:
        return BLACK
    return BLUE if estimate.mean * good > 0.0 else VERMILION


def lines(
    steps: Sequence[str], series: Mapping[str, Sequence[Interval]], *, title: str, x_label: str, y_label: str
) -> Figure:
    """Return estimates over ordered steps, a line for each series, with their 95 % intervals as bars.

    Series stand a little beside each other, so that their bars can be told apart.
    """
    with house_style():
        figure = new_figure(7.6, 4.6)
        axis = figure.subplots()
        for position, (name, estimates) in enumerate(series.items()):
            x = np.arange(len(steps)) + 0.06 * (position - (len(series) - 1) / 2)
            mean = np.array([estimate.mean for estimate in estimates])
            bars = np.array([[e.mean - e.low, e.high - e.mean] for e in estimates]).T
            axis.errorbar(
                x,
                mean,
                yerr=bars if np.isfinite(bars).all() else None,
                color=LINES[position % len(LINES)],
                linestyle=LINE_STYLES[position % len(LINE_STYLES)],
                marker=MARKERS[position % len(MARKERS)],
                markersize=5,
                linewidth=1.8,
                capsize=2.5,
                label=name,
            )
        axis.set_xticks(np.arange(len(steps)), list(steps))
        axis.set_ylim(bottom=0.0)
        axis.set_xlabel(x_label)
        axis.set_ylabel(y_label)
        axis.grid(axis="y", color="#E5E5E5", linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.suptitle(title, fontsize=11)
        return figure


def stacked(
    names: Sequence[str], parts: Mapping[str, Sequence[float]], *, title: str, x_label: str, highlight: str
) -> Figure:
    """Return bars of parts that add up, a bar for each plan; one part is highlighted and its share is printed."""
    with house_style():
        figure = new_figure(7.6, 1.7 + 0.42 * max(len(names), 2))
        axis = figure.subplots()
        places, left = np.arange(len(names)), np.zeros(len(names))
        total = np.sum([np.asarray(values, dtype=float) for values in parts.values()], axis=0)
        for part, values in parts.items():
            width = np.asarray(values, dtype=float)
            axis.barh(places, width, left=left, color=BLUE if part == highlight else "#C8C8C8", height=0.62, label=part)
            left = left + width
        for place, (share, end) in enumerate(zip(parts[highlight], total, strict=True)):
            axis.text(end, place, f" {100 * share / max(end, 1e-9):.1f} %", va="center", color=BLUE, fontsize=8.5)
        axis.set_yticks(places, list(names))
        axis.set_ylim(len(names) - 0.5, -0.5)
        axis.margins(x=0.1)
        axis.set_xlim(left=0.0)
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel(x_label)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(title, fontsize=11)
        return figure
