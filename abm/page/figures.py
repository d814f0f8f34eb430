"""The page's pictures: both runs and the gap between them, in one style, fast enough to be drawn every month.

Each takes the pair of runs and the width of its place and returns a figure of matplotlib's own canvas, never of pyplot.
Some take many pairs as well, where there are any: their ranges stand as bands behind the lines of the pair that is
shown, up to the end of the scenario.
"""

from __future__ import annotations

import base64
import io
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from abm.accounts import PILLARS
from abm.analysis.figures import ABROAD, BLACK, BLUE, SKY, VERMILION, house_style
from abm.codes import EMPLOYED, FLOWS, JOB_SEEKER
from abm.measures import GRADUATES, MEASURES, RATE, STOCK, Measure, measure
from abm.page.bands import FEWEST, Band, Pairs
from abm.page.pair import ARMS, Both, Pair

__all__ = [
    "DOTS",
    "NOTE",
    "Drawing",
    "encoded",
    "flows",
    "headline",
    "pillars",
    "rates",
    "rule_of_law",
    "saved",
    "signed",
    "stocks",
    "who_leaves",
]

DOTS = 100  # per inch, on the page
GRID, NOTE = "#E5E5E5", "#555555"
BAND = 0.16  # how much of its colour a band has
# matplotlib's cache of fonts is the process's, and every visitor has threads of his own
_DRAWING = threading.Lock()
Drawing = Callable[[], Figure]


def encoded(draw: Drawing) -> str:
    """Return a drawing as the source of an image element."""
    with _DRAWING:
        canvas = FigureCanvasAgg(_dressed(draw()))
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    image = io.BytesIO()
    # few colours are in it; a palette makes it small and quick to send
    Image.fromarray(pixels).quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        image, "png", compress_level=1
    )
    return "data:image/png;base64," + base64.b64encode(image.getvalue()).decode("ascii")


def saved(draw: Drawing, kind: str) -> bytes:
    """Return a drawing as a file, ``png`` or ``svg``, the same bytes from the same numbers."""
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    content = io.BytesIO()
    with _DRAWING, house_style():
        figure = _dressed(draw())
        FigureCanvasAgg(figure)
        figure.savefig(content, format=kind, dpi=200, metadata=metadata)
    return content.getvalue()


def _dressed(figure: Figure) -> Figure:
    """Give a figure the project's style by itself: matplotlib's settings, set for a while, stay with every visit."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # names come from uploads, and a dollar sign in one begins no formula
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_axisbelow(True)
    for legend in (*figure.legends, *(axis.get_legend() for axis in figure.axes)):
        if legend is not None:
            legend.set_frame_on(False)
    return figure


def signed(value: float) -> str:
    """Return a number with its sign and three digits that matter."""
    if abs(value) < 1e-9:
        return "0"
    digits = 3 - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:+,.0f}" if abs(rounded) >= 100 else f"{rounded:+.{max(min(digits, 3), 0)}f}"


def new_panels(width: float, height: float, n: int, *, narrow_height: float = 0.0) -> tuple[Figure, list[Axes], bool]:
    """Return a figure and its panels: side by side, or below each other where the place is narrow."""
    narrow = width < 5.5
    rows, columns = (n, 1) if narrow else ((1, n) if n < 4 else (2, -(-n // 2)))
    height = (narrow_height or height) * n if narrow else height
    figure = Figure(figsize=(width, height), dpi=DOTS)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for spare in axes[n:]:
        spare.remove()
    left, right = (0.62, 0.2) if narrow else (0.62, 0.25)
    figure.subplots_adjust(
        left=left / width,
        right=1.0 - right / width,
        bottom=0.45 / height,
        top=1.0 - 0.62 / height,
        wspace=0.85 / (width / columns),
        hspace=0.75 / (height / rows - 0.4),
    )
    return figure, axes[:n], narrow


def _dress(axis: Axes, pair: Pair, title: str, gap: str = "", pairs: Pairs | None = None) -> None:
    """Give a panel over time its title, the gap at the end, its years and a quiet grid."""
    if axis.get_window_extent().width < 3.4 * DOTS:
        axis.set_title(f"{title}{f' (gap {gap})' if gap else ''}", loc="left", fontsize=8.5)
    else:
        axis.set_title(title, loc="left", fontsize=9.5)
        axis.set_title(f"gap {gap}" if gap else "", loc="right", fontsize=8.5, color=NOTE)
    start = pair.first_month / 12.0
    months = pair.n_months if pairs is not None else pair.months
    axis.set_xlim(start, max(start + 5.0, start + months / 12.0 + 0.02))
    axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axis.yaxis.set_major_locator(MaxNLocator(4))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.tick_params(length=2, labelsize=8.5)


def _both_lines(axis: Axes, pair: Pair, both: Both, *, divide_by: float = 1.0, bands: tuple[Band, ...] = ()) -> str:
    """Draw a series of both runs and return the gap at the end in words.

    Bands of many pairs stand behind them; without these the gap between the two is shaded.
    """
    years = pair.years()
    without, under = both.without / divide_by, both.under / divide_by
    for band, colour in zip(bands, (BLACK, BLUE), strict=False):
        _draw_band(axis, band, colour, divide_by)
    if not bands:
        axis.fill_between(years, without, under, color=SKY, alpha=0.25, linewidth=0)
    axis.plot(years, without, color=BLACK, linewidth=1.3, linestyle=(0, (4, 2)))
    axis.plot(years, under, color=BLUE, linewidth=1.8)
    return signed(float(under[-1] - without[-1])) if pair.months else ""


def _draw_band(axis: Axes, band: Band, colour: str, divide_by: float = 1.0) -> None:
    """Draw the range of many pairs, with a thin line for their middle."""
    axis.fill_between(band.at, band.low / divide_by, band.high / divide_by, color=colour, alpha=BAND, linewidth=0)
    axis.plot(band.at, band.middle / divide_by, color=colour, linewidth=0.8, alpha=0.7)


def _zero(axis: Axes) -> None:
    axis.axhline(0.0, color=BLACK, linewidth=1.0)


def _legend(figure: Figure, *, gap: bool = True, pairs: Pairs | None = None) -> None:
    """Say once, above the panels, which line is which, and what the bands are of."""
    handles: list[Artist] = [
        figure.axes[0].plot([], [], color=BLACK, linewidth=1.3, linestyle=(0, (4, 2)), label=ARMS[0])[0],
        figure.axes[0].plot([], [], color=BLUE, linewidth=1.8, label=ARMS[1])[0],
    ]
    if pairs is not None:
        middle = "" if figure.get_figwidth() < 5.5 else "middle and "
        label = f"{middle}90 % of {len(pairs)} pairs" if len(pairs) >= FEWEST else f"middle of {len(pairs)}"
        handles.append(figure.axes[0].fill_between([], [], [], color=BLUE, alpha=BAND, label=label))
    elif gap:
        handles.append(figure.axes[0].fill_between([], [], [], color=SKY, alpha=0.25, label="gap"))
    height, width = figure.get_figheight(), figure.get_figwidth()
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 1.0 + 0.02 / height),
        ncols=4,
        fontsize=8.0 if width < 5.5 else 8.5,
        handlelength=1.8,
        columnspacing=1.0,
        borderaxespad=0.2,
    )


def headline(pair: Pair, width: float, pairs: Pairs | None = None) -> Figure:
    """Draw net brain gain so far in both runs, and the gap with its zero line."""
    both = pair.series()["net_brain_gain"].so_far()
    bands = pairs.so_far("net_brain_gain") if pairs is not None else ()
    figure, (left, right), narrow = new_panels(width, 2.75, 2, narrow_height=2.3)
    _both_lines(left, pair, both, divide_by=GRADUATES.divide_by, bands=bands[:2])
    _zero(left)
    _dress(left, pair, f"Net brain gain so far, {GRADUATES.printed}", pairs=pairs)
    years, gap = pair.years(), GRADUATES.scaled(both.gap)
    _zero(right)
    if bands:
        _draw_band(right, bands[2], BLUE, GRADUATES.divide_by)
    else:
        right.fill_between(years, 0.0, gap, color=SKY, alpha=0.25, linewidth=0)
    right.plot(years, gap, color=BLUE, linewidth=1.8)
    low, high = right.get_ylim()
    reach = max(high, -low, pair.weight / GRADUATES.divide_by)  # a single simulated graduate fills no picture
    right.set_ylim(min(-0.35 * reach, low), max(0.35 * reach, high))
    _dress(right, pair, f"The gap: what the reform adds, {GRADUATES.word}", pairs=pairs)
    right.annotate(
        "0", (1.0, 0.0), xycoords=("axes fraction", "data"), xytext=(3, -3), textcoords="offset points", fontsize=8.5
    )
    _legend(figure, pairs=pairs)
    return figure


@dataclass(frozen=True)
class _Panel:
    title: str
    values: Callable[[dict[str, Both], Pair], Both]
    divide_by: float = 1.0
    zero: bool = False
    declared: Measure | None = None  # of which many pairs may have bands


def _rate(flow: str, stock: str) -> Callable[[dict[str, Both], Pair], Both]:
    def values(series: dict[str, Both], pair: Pair) -> Both:
        flows, stocks = series[flow].over_a_year(), series[stock]
        return Both(*(f / np.maximum(s, 1e-9) for f, s in zip(flows, stocks, strict=True)))

    return values


def _level(name: str) -> Callable[[dict[str, Both], Pair], Both]:
    return lambda series, pair: series[name]


def _yearly(name: str) -> Callable[[dict[str, Both], Pair], Both]:
    return lambda series, pair: series[name].over_a_year()


def _averaged(name: str) -> Callable[[dict[str, Both], Pair], Both]:
    """Return a monthly level averaged over the latest year, which is what a year's total is a twelfth of."""

    def values(series: dict[str, Both], pair: Pair) -> Both:
        year = series[name].over_a_year()
        return Both(year.without / 12.0, year.under / 12.0)

    return values


def _panels_of(view: str) -> list[_Panel]:
    """Return a panel for each measure declared for a view: rates first, then flows, then what is not counted."""
    shown = [each for each in MEASURES if each.view == view]
    return [_panel_of(each) for each in sorted(shown, key=lambda each: (each.kind != RATE, not each.adds_up))]


def _panel_of(declared: Measure) -> _Panel:
    """Return the panel of a measure: a stock as it is, all else over the latest twelve months."""
    title, divide_by = declared.title(), declared.divide_by
    if declared.ratio is not None:
        return _Panel(title, _rate(*declared.ratio), divide_by, declared=declared)
    if declared.adds_up:
        return _Panel(title, _yearly(declared.name), divide_by, zero=True, declared=declared)
    values = _level if declared.kind == STOCK else _averaged
    return _Panel(title, values(declared.name), divide_by, declared=declared)


def _small_multiples(pair: Pair, width: float, panels: Sequence[_Panel], pairs: Pairs | None = None) -> Figure:
    figure, axes, _ = new_panels(width, 5.0, len(panels), narrow_height=2.1)
    series = pair.series()
    for axis, panel in zip(axes, panels, strict=True):
        bands = pairs.over_years(panel.declared)[:2] if pairs is not None and panel.declared is not None else ()
        gap = _both_lines(axis, pair, panel.values(series, pair), divide_by=panel.divide_by, bands=bands)
        _dress(axis, pair, panel.title, gap, pairs)
        if panel.zero:
            _zero(axis)
    _legend(figure, pairs=pairs)
    return figure


def rates(pair: Pair, width: float, pairs: Pairs | None = None) -> Figure:
    """Draw who leaves and returns, what it comes to in a year, and unemployment; latest twelve months each."""
    return _small_multiples(pair, width, _panels_of("rates"), pairs)


def stocks(pair: Pair, width: float, pairs: Pairs | None = None) -> Figure:
    """Draw how many graduates and how much human capital are where."""
    return _small_multiples(pair, width, _panels_of("stocks"), pairs)


def rule_of_law(pair: Pair, width: float) -> Figure:
    """Draw what is promised, what is delivered and what graduates believe, and how far a promise is believed."""
    figure, (left, right), narrow = new_panels(width, 3.6, 2, narrow_height=2.7)
    series, years = pair.series(), pair.years()
    lines = (
        ("announced_rule_of_law", "announced", (0, (1, 1.5)), 1.8),
        ("rule_of_law", "actual", "-", 2.0),
        ("mean_perceived_rule_of_law", "believed, on average", "-.", 1.5),
    )
    both = series["rule_of_law"]
    _dress(left, pair, "Rule of law at home, index points", signed(float(both.gap[-1])) if pair.months else "")
    for name, label, style, thick in lines:
        left.plot(years, series[name].without, color=BLACK, linestyle=style, linewidth=thick * 0.6)
        left.plot(years, series[name].under, color=BLUE, linestyle=style, linewidth=thick)
        left.plot([], [], color=NOTE, linestyle=style, linewidth=thick, label=label)
    left.fill_between(years, both.without, both.under, color=SKY, alpha=0.25, linewidth=0)
    _zero(left)
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.5 * (high - low))
    left.legend(fontsize=8.5, loc="upper left")
    gap = _both_lines(right, pair, series["credibility"], divide_by=measure("credibility").divide_by)
    _dress(right, pair, "How far a promise is believed, %", gap)
    right.set_ylim(0.0, 100.0)
    _legend(figure, gap=False)
    return figure


def _working(pair: Pair, column: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each run, a trait of those who work or look for work, at home and abroad."""
    found = []
    for arm in pair.arms:
        person = arm.simulation.graduates.person
        chosen = np.isin(person.stage, (JOB_SEEKER, EMPLOYED))
        values = person[column].astype(float)
        if column == "birth_month":
            values = (max(pair.month - 1, 0) - values) / 12.0
        found.append((values[chosen & (person.country == 0)], values[chosen & (person.country > 0)]))
    return found


def who_leaves(pair: Pair, width: float) -> Figure:
    """Draw how ability and age are spread at home and abroad."""
    figure, axes, narrow = new_panels(width, 3.6, 2, narrow_height=2.8)
    traits = (
        ("ability", "Ability (0: the mean of all new graduates)", np.linspace(-3, 3, 25)),
        ("birth_month", "Age, years", np.arange(20.0, 66.0, 3.0)),
    )
    for axis, (column, title, bins) in zip(axes, traits, strict=True):
        means = []
        for (home, abroad), style, thick in zip(_working(pair, column), ((0, (4, 2)), "-"), (1.2, 1.8), strict=True):
            for values, colour in ((home, BLUE), (abroad, VERMILION)):
                share = np.histogram(values, bins)[0] / max(len(values), 1) * 100.0
                axis.stairs(share, bins, color=colour, linestyle=style, linewidth=thick)
            means.append((float(home.mean()) if len(home) else 0.0, float(abroad.mean()) if len(abroad) else 0.0))
        axis.set_title(title, loc="left", fontsize=9.5)
        axis.set_ylabel("% of them", fontsize=8.5)
        axis.set_xlim(bins[0], bins[-1])
        axis.set_ylim(0.0, axis.get_ylim()[1] * 1.28)
        axis.grid(axis="y", color=GRID, linewidth=0.6)
        axis.tick_params(length=2, labelsize=8.5)
        (home_without, abroad_without), (home_under, abroad_under) = means
        digits = 2 if column == "ability" else 1
        for height, (where, colour, now, then) in enumerate(
            (("at home", BLUE, home_under, home_without), ("abroad", VERMILION, abroad_under, abroad_without))
        ):
            axis.text(
                0.98,
                0.95 - 0.09 * height,
                f"{where}: mean {now:.{digits}f} (gap {now - then:+.{digits}f})",
                transform=axis.transAxes,
                ha="right",
                va="top",
                fontsize=8.5,
                color=colour,
            )
    handles = [
        axes[0].plot([], [], color=BLUE, label="at home")[0],
        axes[0].plot([], [], color=VERMILION, label="abroad")[0],
        axes[0].plot([], [], color=NOTE, linewidth=1.8, label=ARMS[1])[0],
        axes[0].plot([], [], color=NOTE, linewidth=1.2, linestyle=(0, (4, 2)), label=ARMS[0])[0],
    ]
    figure.legend(
        handles=handles, loc="upper left", ncols=4, fontsize=8.0, handlelength=1.6, columnspacing=0.9, borderaxespad=0.1
    )
    return figure


def _so_far(name: str) -> Callable[[dict[str, Both], Pair], Both]:
    return lambda series, pair: series[name].so_far()


def pillars(pair: Pair, width: float) -> Figure:
    """Draw the four pillars of Talent Portfolio Theory, which add up to net brain gain so far."""
    declared = [measure(f"pillar_{name}") for name in PILLARS]
    panels = [_Panel(each.label.capitalize(), _so_far(each.name), each.divide_by, zero=True) for each in declared]
    return _small_multiples(pair, width, panels)


@dataclass(frozen=True)
class _Band:
    label: str
    without: float
    under: float
    colour: str


def flows(pair: Pair, width: float) -> Figure:
    """Draw, as bands, how many left for and came from each country so far; what was without reform as outlines."""
    names = pair.country_names[1:]
    out = _bands(pair, ("emigrants", "students_staying"), names)
    back = _bands(
        pair, ("returns_after_years", "returns_within_five_years", "returns_through_ties", "students_home"), names
    )
    others = _specialists(pair)
    out.append(others[1])
    back.append(others[0])
    narrow = width < 5.5
    figure = Figure(figsize=(width, 4.4), dpi=DOTS)
    axis = figure.add_axes((0.0, 0.0, 1.0, 0.86))
    axis.set_axis_off()
    _draw_bands(axis, out, back, pair, small=narrow)
    without, under = (
        sum(getattr(band, run) for band in back) - sum(getattr(band, run) for band in out)
        for run in ("without", "under")
    )
    gap, ends = signed(GRADUATES.scaled(under - without)), [signed(GRADUATES.scaled(end)) for end in (under, without)]
    figure.text(
        0.01,
        0.99,
        f"So far: in less out = net brain gain {ends[0]} {GRADUATES.word}{chr(10) if narrow else ' '}"
        f"({ARMS[0]} {ends[1]}, gap {gap})",
        va="top",
        fontsize=8.5 if narrow else 9.5,
    )
    return figure


def _bands(pair: Pair, names: Sequence[str], countries: Sequence[str]) -> list[_Band]:
    """Return a band for each destination: the total of some flows so far, in both runs."""
    chosen = [FLOWS.index(name) for name in names]
    shown = slice(pair.world.past_months, pair.month)
    totals = [arm.simulation.accounts.flows[shown, chosen].sum(axis=(0, 1)) * pair.weight for arm in pair.arms]
    return [
        _Band(name, float(totals[0][k]), float(totals[1][k]), ABROAD[(k - 1) % len(ABROAD)])
        for k, name in enumerate(countries, start=1)
    ]


def _specialists(pair: Pair) -> tuple[_Band, _Band]:
    series = pair.series()
    came, went = (
        [float(values.sum()) for values in series[name]] for name in ("foreign_arrivals", "foreign_departures")
    )
    return _Band("foreign specialists", came[0], came[1], NOTE), _Band("foreign specialists", went[0], went[1], NOTE)


def _draw_bands(axis: Axes, out: Sequence[_Band], back: Sequence[_Band], pair: Pair, *, small: bool) -> None:
    """Draw home in the middle, countries that send on the left and those that take on the right."""
    total = max(
        *(sum(getattr(band, run) for band in side) for side in (out, back) for run in ("without", "under")), 1.0
    )
    scale = 0.5 / total
    axis.set_xlim(0.0, 1.0)
    axis.set_ylim(-0.1, 1.0)
    size = 7.5 if small else 9.0
    edge = 0.36 if small else 0.28
    for side, x_far, x_home, align in ((back, edge, 0.47, "right"), (out, 1.0 - edge, 0.53, "left")):
        # a band of nobody has room for its label all the same
        slots = [max(scale * max(band.under, band.without), 0.085) for band in side]
        spare = (0.95 - sum(slots)) / len(side)
        top, home_top = 0.97, 0.5 + scale * sum(band.under for band in side) / 2.0
        for band, slot in zip(side, slots, strict=True):
            thick, before = scale * band.under, scale * band.without
            middle = top - spare / 2.0 - slot / 2.0
            _ribbon(axis, (x_far, middle), (x_home, home_top - thick / 2.0), thick, band.colour)
            _outline(axis, x_far, middle, before, towards=x_home)
            gap = signed(GRADUATES.scaled(band.under - band.without))
            text = f"{band.label}\n{GRADUATES.scaled(band.under):,.1f} ({gap})"
            axis.text(
                x_far + (-0.012 if align == "right" else 0.012), middle, text, ha=align, va="center", fontsize=size
            )
            top -= spare + slot
            home_top -= thick
    heights = [sum(band.under for band in side) for side in (back, out)]
    tall = max(scale * max(heights), 0.12)
    axis.add_patch(Rectangle((0.47, 0.5 - tall / 2.0), 0.06, tall, facecolor="#333333", linewidth=0))
    axis.text(0.5, 0.5, pair.country_names[0], ha="center", va="center", rotation=90, fontsize=size, color="white")
    axis.text(edge - 0.012, -0.09, f"in, {GRADUATES.word} (gap)", ha="right", va="bottom", fontsize=size, color=NOTE)
    axis.text(
        1.0 - edge + 0.012,
        -0.09,
        f"out, {GRADUATES.word} (gap)",
        ha="left",
        va="bottom",
        fontsize=size,
        color=NOTE,
    )
    axis.text(0.5, -0.09, "dashes: without reform", ha="center", va="bottom", fontsize=size, color=NOTE)


def _ribbon(axis: Axes, far: tuple[float, float], home: tuple[float, float], thick: float, colour: str) -> None:
    """Draw a band that swings from one place to another, as thick everywhere."""
    s = np.linspace(0.0, 1.0, 24)
    x = far[0] + (home[0] - far[0]) * s
    y = far[1] + (home[1] - far[1]) * (3 * s**2 - 2 * s**3)
    axis.fill_between(x, y - thick / 2.0, y + thick / 2.0, color=colour, alpha=0.6, linewidth=0.4)


def _outline(axis: Axes, x: float, middle: float, thick: float, *, towards: float) -> None:
    """Mark how thick a band was without reform."""
    inner = x + (towards - x) * 0.3
    for y in (middle - thick / 2.0, middle + thick / 2.0):
        axis.plot([x, inner], [y, y], color=BLACK, linewidth=1.0, linestyle=(0, (3, 2)))
