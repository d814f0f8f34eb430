"""Figures of an experiment: one style, safe for colour-blind readers, and the same bytes from the same numbers."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import networkx
import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from PIL import Image

from abm.analysis.checked_runs import DRAW
from abm.analysis.effects import yearly_bands
from abm.measures import measure as declared_of
from abm.writing import new_file

if TYPE_CHECKING:
    from abm.network import Network

__all__ = [
    "ABROAD",
    "BLACK",
    "BLUE",
    "GREEN",
    "HOME",
    "LINES",
    "LINE_STYLES",
    "ORANGE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "Axis",
    "CostCurve",
    "Snapshot",
    "around_emigrants",
    "cost_curves",
    "heat_maps",
    "house_style",
    "network_pictures",
    "new_figure",
    "save",
    "time_paths",
    "year_ticks",
]

# Okabe and Ito's palette ("Color universal design", 2008), told apart by all common kinds of colour vision
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
LINES = (BLACK, BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
# one more than there are colours, so that colour and style together repeat only after 56 lines
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)), (0, (3, 1.5)))
HOME, ABSENT = "#D9D9D9", "#FFFFFF"
ABROAD = (VERMILION, BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW)

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.dpi": 100.0,
    "legend.frameon": False,
    "svg.hashsalt": "brain-gain",  # element names in an SVG follow from this instead of from chance
    "svg.fonttype": "path",
    "text.parse_math": False,  # a title or a level may hold a dollar sign; our own labels hold no formulas
}
RESOLUTION = 150  # dots per inch of a PNG: about 1,100 across, as wide as a page shows them on a dense screen
COLOURS = 256  # of a PNG
MOST_YEARS = 9  # that an axis names


@dataclass(frozen=True)
class Axis:
    """A factor as an axis: its column, its label with unit, and what each level is called."""

    column: str
    label: str
    names: Mapping[Any, str]


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the one style, whatever the user's own settings are."""
    with rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


def save(figure: Figure, folder: Path, name: str) -> list[str]:
    """Write a figure as PNG, to look at, and as PDF, to print, and return the names of the files.

    Neither holds a date or a program's version, so the same figure is the same bytes; the PNG has a palette, which
    makes it a quarter as large.
    """
    folder.mkdir(exist_ok=True)
    pixels = io.BytesIO()
    with house_style(), new_file(folder / f"{name}.png") as png, new_file(folder / f"{name}.pdf") as pdf:
        figure.savefig(pixels, format="png", dpi=RESOLUTION)
        with Image.open(pixels) as drawn:
            few = drawn.convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(png, format="png", optimize=True)
        figure.savefig(pdf, format="pdf", metadata={"Creator": None, "Producer": None, "CreationDate": None})
    return [f"{name}.png", f"{name}.pdf"]


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, drawn without a screen."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def heat_maps(
    table: pd.DataFrame, *, x: Axis, y: Axis, panel: Axis, title: str, unit: str, divide_by: float = 1000.0
) -> Figure:
    """Return heat maps of an outcome, a panel for each level of a third factor, with its zero line drawn.

    Parameters
    ----------
    table : DataFrame
        Rows of one outcome of :func:`abm.analysis.effects.effects`; column ``mean`` is shown, in parentheses where its
        interval includes zero.
    x, y, panel : Axis
        The three factors.
    title, unit : str
        A sentence that says what is seen, and the unit of the printed values.
    divide_by : float
        Persons in one printed unit.
    """
    with house_style():
        panels = list(panel.names)
        figure = new_figure(1.6 + 2.9 * len(panels), 3.7)
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        rows = [table[table[panel.column] == level] for level in panels]
        grids = [_grid(each, x, y, "mean") / divide_by for each in rows]
        unsure = [(_grid(each, x, y, "mean_low") <= 0.0) & (_grid(each, x, y, "mean_high") >= 0.0) for each in rows]
        reach = max(float(np.nanmax(np.abs(grids))) if np.isfinite(grids).any() else 0.0, 1e-9)
        norm = TwoSlopeNorm(0.0, -reach, reach)
        for position, (axis, level, grid) in enumerate(zip(axes, panels, grids, strict=True)):
            image = axis.imshow(grid, cmap="PuOr", norm=norm, origin="lower", aspect="auto")
            _print_values(axis, grid, unsure[position], reach)
            _zero_line(axis, grid)
            _name_ticks(axis, x, y, first=position == 0)
            axis.set_title(f"{panel.label}: {panel.names[level]}")
        bar = figure.colorbar(image, ax=axes, label=unit, shrink=0.9)
        bar.ax.axhline(0.0, color=BLACK, linewidth=2.5)
        figure.suptitle(title, fontsize=11)
        note = "black line: where the sign changes; in parentheses: the interval includes zero"
        figure.supxlabel(note, fontsize=8, color="#444444")
        return figure


def _grid(rows: pd.DataFrame, x: Axis, y: Axis, values: str) -> np.ndarray:
    """Return a column of the table with a row for each level of y and a column for each of x; nan without an arm."""
    pivot = rows.pivot(index=y.column, columns=x.column, values=values)
    return pivot.reindex(index=list(y.names), columns=list(x.names)).to_numpy(float)


def _print_values(axis: Axes, grid: np.ndarray, unsure: np.ndarray, reach: float) -> None:
    digits = 0 if reach >= 100.0 else 1
    for (row, column), value in np.ndenumerate(grid):
        text = f"{round(value, digits) + 0.0:+.{digits}f}" if np.isfinite(value) else "not run"
        text = f"({text})" if unsure[row, column] else text
        shade = "white" if abs(value) > 0.65 * reach else BLACK
        axis.text(column, row, text, ha="center", va="center", color=shade, fontsize=8.5)


def _zero_line(axis: Axes, grid: np.ndarray) -> None:
    """Draw the border between negative and positive cells; levels are not evenly spaced, so nothing is interpolated."""
    positive = grid > 0.0
    for row, column in np.ndindex(*grid.shape):
        if column + 1 < grid.shape[1] and positive[row, column] != positive[row, column + 1]:
            axis.plot(
                [column + 0.5] * 2, [row - 0.5, row + 0.5], color=BLACK, linewidth=2.5, solid_capstyle="projecting"
            )
        if row + 1 < grid.shape[0] and positive[row, column] != positive[row + 1, column]:
            axis.plot(
                [column - 0.5, column + 0.5], [row + 0.5] * 2, color=BLACK, linewidth=2.5, solid_capstyle="projecting"
            )


def _name_ticks(axis: Axes, x: Axis, y: Axis, *, first: bool) -> None:
    axis.set_xticks(range(len(x.names)), list(x.names.values()))
    axis.set_yticks(range(len(y.names)), list(y.names.values()))
    axis.tick_params(length=0)
    axis.set_xlabel(x.label)
    if first:
        axis.set_ylabel(y.label)
    for spine in axis.spines.values():
        spine.set_visible(False)


def year_ticks(first: int, last: int) -> list[int]:
    """Return the years that an axis names: the first, the last, and some between them."""
    return sorted({round(year) for year in np.linspace(first, last, min(MOST_YEARS, last - first + 1))})


def time_paths(
    arms: Mapping[str, pd.DataFrame],
    measure: str,
    *,
    title: str,
    unit: str | None = None,
    divide_by: float | None = None,
    differences: bool = False,
) -> Figure:
    """Return the paths of a measure, a line and a band (:func:`yearly_bands`) for each arm, and the zero line.

    Parameters
    ----------
    arms : mapping of DataFrame
        Rows of runs (``year``, the measure) by the name of their arm; the first is the baseline.
    measure : str
        The measure to show.
    title : str
        A sentence that says what is seen.
    unit : str, optional
        What the vertical axis says, else the measure's declared label and unit (:mod:`abm.measures`).
    divide_by : float, optional
        How many make one printed unit, else as declared.
    differences : bool
        Whether each arm is a difference from another.  Levels differ between draws by what all arms share, so that over
        draws the baseline alone is given a band.
    """
    declared = declared_of(measure)
    unit = declared.axis() if unit is None else unit
    divide_by = declared.divide_by if divide_by is None else divide_by
    over_draws = all(DRAW in rows for rows in arms.values())
    with house_style():
        figure = new_figure(7.6, 4.4)
        axis = figure.subplots()
        axis.axhline(0.0, color=BLACK, linewidth=1.0)
        for position, (name, rows) in enumerate(arms.items()):
            bands = yearly_bands(rows, measure) / divide_by
            colour = LINES[position % len(LINES)]
            style = LINE_STYLES[position % len(LINE_STYLES)]
            if position == 0 or differences or not over_draws:
                axis.fill_between(bands.index, bands["low"], bands["high"], color=colour, alpha=0.18, linewidth=0.0)
            axis.plot(bands.index, bands["mean"], color=colour, linestyle=style, linewidth=1.8, label=name)
        axis.margins(x=0.01)
        years = pd.concat([rows["year"] for rows in arms.values()])
        axis.set_xticks(year_ticks(int(years.min()), int(years.max())))
        of_which = "" if differences or len(arms) == 1 else f", {next(iter(arms))}"
        held = f"the middle 90 % of draws{of_which}" if over_draws else "95 % intervals of means"
        axis.set_xlabel(f"year; shaded: {held}")
        axis.set_ylabel(unit)
        axis.grid(axis="y", color="#E5E5E5", linewidth=0.6)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(title, fontsize=11)
        return figure


@dataclass(frozen=True)
class CostCurve:
    """What a cost depends on: the label of the axis, its values, and the cost at each with its range."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    at_zero: float | None = None  # the cost where x is 0, which a logarithmic axis cannot show


def cost_curves(curves: Sequence[CostCurve], *, title: str, unit: str) -> Figure:
    """Return costs against what they depend on, a panel each, both axes logarithmic and the vertical one shared.

    Parameters
    ----------
    curves : sequence of CostCurve
        The curves; bars show their range.
    title, unit : str
        A sentence that says what is seen, and the unit of the vertical axis.
    """
    with house_style():
        figure = new_figure(7.6, 5.6)
        panels = figure.subplots(-(-len(curves) // 2), 2, sharey=True, squeeze=False).flat
        for axis, curve in zip(panels, curves, strict=False):
            y = np.asarray(curve.y)
            bars = (y - np.asarray(curve.low), np.asarray(curve.high) - y)
            axis.errorbar(curve.x, y, yerr=bars, color=BLUE, marker="o", markersize=4, linewidth=1.6, capsize=2.5)
            if curve.at_zero is not None:
                axis.axhline(curve.at_zero, color=VERMILION, linestyle="--", linewidth=1.2, label="at 0")
                axis.legend(loc="upper left")
            axis.set(xscale="log", yscale="log", xlabel=curve.label)
            axis.set_xticks(curve.x, [_short(value) for value in curve.x])
            axis.xaxis.set_minor_locator(NullLocator())
            axis.margins(x=0.08)
            axis.grid(color="#E5E5E5", linewidth=0.6)
        costs = [cost for curve in curves for cost in (*curve.low, *curve.high, curve.at_zero) if cost is not None]
        for axis in figure.axes:
            axis.set_ylim(min(costs) / 1.5, max(costs) * 1.5)
            axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            axis.yaxis.set_minor_locator(NullLocator())
        figure.supylabel(unit, fontsize=9)
        figure.suptitle(title, fontsize=11)
        return figure


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.2g}"


@dataclass(frozen=True)
class Snapshot:
    """Where everybody lives at one moment: a title and the country of each person (-1 absent, 0 home, 1.. abroad)."""

    title: str
    country: np.ndarray


def around_emigrants(network: Network, before: np.ndarray, after: np.ndarray, *, size: int = 250) -> np.ndarray:
    """Return persons around the largest local cluster of emigrants, found step by step along ties.

    Parameters
    ----------
    network : Network
        Ties, as compressed sparse rows.
    before, after : ndarray, shape (persons,)
        Country of everybody at two moments; only persons present at both are drawn.
    size : int
        How many persons to return.
    """
    n = len(network.first) - 1
    present = (before[:n] >= 0) & (after[:n] >= 0)
    left = present & (before[:n] == 0) & (after[:n] > 0)
    emigrants_near = np.zeros(n, dtype=np.int64)
    for person in np.flatnonzero(left).tolist():
        emigrants_near[_neighbours(network, person)] += 1
        emigrants_near[person] += 1
    emigrants_near[~present] = -1
    reached, waiting = {int(np.argmax(emigrants_near)): None}, deque([int(np.argmax(emigrants_near))])
    while waiting and len(reached) < size:
        for other in _neighbours(network, waiting.popleft()).tolist():
            if present[other] and other not in reached and len(reached) < size:
                reached[other] = None
                waiting.append(other)
    return np.array(sorted(reached), dtype=np.int64)


def _neighbours(network: Network, person: int) -> np.ndarray:
    return np.asarray(network.neighbour[network.first[person] : network.first[person + 1]])


def network_pictures(
    network: Network, persons: np.ndarray, snapshots: Sequence[Snapshot], names: Sequence[str], *, title: str
) -> Figure:
    """Return pictures of the same persons in the same places, coloured by the country they live in.

    Parameters
    ----------
    network : Network
        Ties, as compressed sparse rows.
    persons : ndarray
        Whom to draw.
    snapshots : sequence of Snapshot
        The moments, a panel each.
    names : sequence of str
        Names of home and of the destinations.
    title : str
        A sentence that says what is seen.
    """
    chosen = {int(person): position for position, person in enumerate(persons)}
    edges = [
        (position, chosen[int(other)])
        for person, position in chosen.items()
        for other in _neighbours(network, person)
        if int(other) in chosen and chosen[int(other)] > position
    ]
    places = _layout(len(persons), edges)
    colours = np.array([HOME, *(ABROAD[k % len(ABROAD)] for k in range(len(names) - 1)), ABSENT])
    with house_style():
        figure = new_figure(3.4 * len(snapshots), 4.2)
        for axis, snapshot in zip(figure.subplots(1, len(snapshots), squeeze=False)[0], snapshots, strict=True):
            country = snapshot.country[persons]
            axis.add_collection(LineCollection(list(places[edges]), colors="#BBBBBB", linewidths=0.4, zorder=1))
            axis.scatter(*places.T, s=np.where(country > 0, 26, 13), c=colours[country], edgecolors="#555555", lw=0.4)
            axis.set_title(f"{snapshot.title}: {int((country > 0).sum())} of {len(persons)} abroad")
            axis.set_axis_off()
        handles = [
            Line2D([], [], marker="o", linestyle="", markeredgecolor="#555555", color=colour, label=name)
            for name, colour in zip(names, colours, strict=False)
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(names))
        figure.suptitle(title, fontsize=11)
        return figure


def _layout(n_persons: int, edges: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return fixed places, shape (persons, 2): ties pull together what is otherwise pushed apart."""
    graph = networkx.Graph()
    graph.add_nodes_from(range(n_persons))
    graph.add_edges_from(edges)
    places = networkx.spring_layout(graph, seed=1, iterations=120, k=1.6 / max(n_persons, 1) ** 0.5)
    return np.array([places[person] for person in range(n_persons)])
