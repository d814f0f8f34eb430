"""Figures of predictions: fans of 50 and 90 % intervals by year with those of null models, and intervals in a list."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from abm.analysis.figures import BLACK, BLUE, LINE_STYLES, LINES, house_style, new_figure

__all__ = ["Fan", "fans", "intervals"]

WIDE, TALL, LEGEND = 3.4, 2.3, 0.8  # inches of a panel, and of the legend below all
BESIDE = 0.035  # of the years between two nulls
NEAR_ONE = 0.5  # shares from which on are drawn without what lies below
WRAPPED = 44  # letters of a panel's title


@dataclass(frozen=True)
class Fan:
    """A quantity by year: its quantiles, those of null models, and what was observed before.

    Parameters
    ----------
    label : str
        What the panel shows, with its unit.
    years : sequence of int
        Of which years.
    bands : ndarray, shape (years, 5)
        The 5th, 25th, 50th, 75th and 95th percentile.
    nulls : mapping of str to ndarray
        The same of each null model, all nan where it says nothing.
    observed : mapping of int to float
        What was known before, by year.
    """

    label: str
    years: Sequence[int]
    bands: np.ndarray
    nulls: Mapping[str, np.ndarray] = field(default_factory=dict)
    observed: Mapping[int, float] = field(default_factory=dict)


def fans(panels: Sequence[Fan], *, title: str, n_columns: int = 2) -> Figure:
    """Return fans side by side: bands of the model, medians of the nulls, and their 90 % intervals in the last year."""
    with house_style():
        n_rows = -(-len(panels) // n_columns)
        figure = new_figure(WIDE * n_columns, TALL * n_rows + LEGEND)
        axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
        names = list(
            dict.fromkeys(name for panel in panels for name, of in panel.nulls.items() if np.isfinite(of).any())
        )
        for axis, panel in zip(axes, panels, strict=False):
            _fan(axis, panel, names)
        for axis in axes[len(panels) :]:
            axis.remove()
        handles: dict[str, Artist] = {}
        for axis in axes[: len(panels)]:
            handles |= {name: handle for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)}
        figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=3)
        figure.suptitle(title, fontsize=11)
        return figure


def _fan(axis: Axes, panel: Fan, names: Sequence[str]) -> None:
    """Draw one panel."""
    years, bands = np.array(panel.years), panel.bands
    if len(years) > 1:
        axis.fill_between(years, bands[:, 0], bands[:, 4], color=BLUE, alpha=0.18, linewidth=0, label="model, 90 %")
        axis.fill_between(years, bands[:, 1], bands[:, 3], color=BLUE, alpha=0.35, linewidth=0, label="model, 50 %")
        axis.plot(years, bands[:, 2], color=BLUE, linewidth=2.0, label="model, median")
    else:
        axis.plot([years[0]] * 2, bands[0, [0, 4]], color=BLUE, alpha=0.3, linewidth=7, solid_capstyle="butt")
        axis.plot([years[0]] * 2, bands[0, [1, 3]], color=BLUE, alpha=0.6, linewidth=7, solid_capstyle="butt")
        axis.plot(years, bands[:, 2], "o", color=BLUE, markersize=5)
    step = BESIDE * max(years[-1] - years[0], 6)
    others = [each for each in LINES if each != BLUE]  # which is the model's
    for place, name in enumerate(names):
        of = panel.nulls.get(name)
        if of is None or not np.isfinite(of[-1]).all():
            continue
        known = list(panel.nulls).index(name)  # so that a null has one colour in all figures
        colour, style = others[known % len(others)], LINE_STYLES[known % len(LINE_STYLES)]
        if len(years) > 1:
            axis.plot(years, of[:, 2], color=colour, linestyle=style, linewidth=1.3, label=name)
        at = years[-1] + step * (place + 1)
        axis.plot([at, at], of[-1, [0, 4]], color=colour, linewidth=1.5)
        axis.plot(at, of[-1, 2], "_", color=colour, markersize=6)
    if panel.observed:
        axis.plot(
            list(panel.observed), list(panel.observed.values()), "o", color=BLACK, markersize=3.5, label="observed"
        )
    if not NEAR_ONE < bands.min() <= bands.max() <= 1.0:
        axis.set_ylim(bottom=0.0)
    first = min([years[0], *panel.observed])
    ticks = MaxNLocator(integer=True, nbins=5).tick_values(first, years[-1])
    axis.set_xticks([tick for tick in ticks if first <= tick <= years[-1]] if len(years) > 1 else years)
    axis.set_xlim(first - step * (1 if len(years) > 1 else 4), years[-1] + step * (len(names) + 1))
    axis.set_title(textwrap.fill(panel.label, WRAPPED))
    axis.grid(axis="y", color="#E5E5E5", linewidth=0.6)


def intervals(bands: Mapping[str, np.ndarray], *, title: str, label: str) -> Figure:
    """Return intervals in a list, a line for each name: 50 and 90 %, and the median.

    Parameters
    ----------
    bands : mapping of str to ndarray
        The five percentiles by name, from above.
    title, label : str
        What is seen, and what the axis says.
    """
    with house_style():
        figure = new_figure(7.6, 1.1 + 0.32 * len(bands))
        axis = figure.subplots()
        for place, (low, lower, middle, upper, high) in enumerate(bands.values()):
            axis.plot([low, high], [place, place], color=BLUE, alpha=0.35, linewidth=6, solid_capstyle="butt")
            axis.plot([lower, upper], [place, place], color=BLUE, alpha=0.7, linewidth=6, solid_capstyle="butt")
            axis.plot(middle, place, "o", color=BLACK, markersize=4.5)
        axis.axvline(0.0, color=BLACK, linewidth=0.8)
        axis.set_yticks(range(len(bands)), list(bands))
        axis.set_ylim(len(bands) - 0.5, -0.5)
        axis.set_xlabel(label)
        axis.grid(axis="x", color="#E5E5E5", linewidth=0.6)
        axis.tick_params(axis="y", length=0)
        figure.suptitle(title, fontsize=11)
        return figure
