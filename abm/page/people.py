"""Pictures of persons: the migrant network around those who moved, and one graduate's weighing of countries."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import networkx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from abm.analysis.figures import ABROAD, BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, around_emigrants
from abm.codes import ABSENT, HOME, NEVER
from abm.page.figures import DOTS, NOTE
from abm.page.pair import ARMS, Arm, Pair
from abm.page.story import TERMS, Option, Story

__all__ = ["Sample", "nearest", "network", "sample", "weighing"]

SIZE = 260  # persons: a few hundred can be told apart
LATELY = 12  # months
MARKERS = ("s", "^", "D", "v", "P", "p", "h")  # by destination, besides the colour
AT_HOME = "#D9D9D9"
TERM_COLOURS = dict(zip(TERMS, (BLUE, GREEN, ORANGE, SKY, VERMILION, "#BBBBBB"), strict=True))


@dataclass(frozen=True)
class Sample:
    """Whom the network picture shows, where in it, and who of them knows whom."""

    rows: np.ndarray
    places: np.ndarray  # shape (persons, 2), within the unit square
    segments: np.ndarray = field(repr=False)  # shape (ties, 2, 2)


def sample(pair: Pair) -> Sample:
    """Return persons around the largest cluster of those who have left by now, and lay them out once.

    Where nobody has left yet, they stand around the largest cluster of the diaspora.
    """
    simulation = pair.under.simulation
    n = simulation.n_networked
    now = np.where(simulation.graduates.person.stage[:n] == ABSENT, -1, simulation.graduates.person.country[:n])
    start = np.where(pair.under.start_country[:n] < 0, HOME, pair.under.start_country[:n])
    if not np.any((start == HOME) & (now > HOME)):
        start = np.zeros_like(now)
    rows = around_emigrants(simulation.network, start, now, size=min(SIZE, n))
    position = {int(row): k for k, row in enumerate(rows)}
    edges = [
        (k, position[int(other)])
        for row, k in position.items()
        for other in simulation.network.neighbours(row)
        if int(other) in position and position[int(other)] > k
    ]
    graph: networkx.Graph[int] = networkx.Graph()
    graph.add_nodes_from(range(len(rows)))
    graph.add_edges_from(edges)
    found = networkx.spring_layout(graph, seed=1, iterations=60, k=1.8 / max(len(rows), 1) ** 0.5)
    places = np.array([found[k] for k in range(len(rows))])
    low, high = places.min(axis=0), places.max(axis=0)
    places = (places - low) / np.maximum(high - low, 1e-9)
    segments = places[np.array(edges, dtype=np.int64)] if edges else np.zeros((0, 2, 2))
    return Sample(rows, places, segments)


def _boxes(width: float) -> tuple[float, list[tuple[float, float, float, float]]]:
    """Return the picture's height in inches and the places of its two panels in it, as shares."""
    if width < 5.5:
        return 8.6, [(0.02, 0.46, 0.96, 0.39), (0.02, 0.02, 0.96, 0.39)]
    return 5.0, [(0.01, 0.02, 0.48, 0.80), (0.51, 0.02, 0.48, 0.80)]


def network(pair: Pair, width: float, shown: Sample) -> Figure:
    """Draw the same persons in the same places in both runs: where each lives, who left or came home lately."""
    height, boxes = _boxes(width)
    figure = Figure(figsize=(width, height), dpi=DOTS)
    for arm, title, box in zip(pair.arms, ARMS, boxes, strict=True):
        axis = figure.add_axes(box)
        _persons(axis, arm, shown, small=width < 5.5)
        country = arm.simulation.graduates.person.country[shown.rows]
        axis.set_title(f"{title}: {int((country > HOME).sum())} of {len(shown.rows)} abroad", loc="left", fontsize=9.5)
    _key(figure, pair, small=width < 5.5)
    return figure


def _persons(axis: Axes, arm: Arm, shown: Sample, *, small: bool) -> None:
    person, latest = arm.simulation.graduates.person, max(arm.simulation.month - 1, 0)
    rows, places = shown.rows, shown.places
    country, present = person.country[rows], person.stage[rows] != ABSENT
    lately = (latest - person.arrival_month[rows] < LATELY) & (person.left_month[rows] < NEVER)
    axis.add_collection(LineCollection(list(shown.segments), colors="#CCCCCC", linewidths=0.35, zorder=1))
    size = 14 if small else 22
    home = present & (country == HOME)
    axis.scatter(places[home, 0], places[home, 1], s=size * 0.55, c=AT_HOME, edgecolors="#888888", lw=0.3, zorder=2)
    for k in range(1, int(country.max(initial=0)) + 1):
        there = present & (country == k)
        marker, colour = MARKERS[(k - 1) % len(MARKERS)], ABROAD[(k - 1) % len(ABROAD)]
        axis.scatter(
            places[there, 0],
            places[there, 1],
            s=size * 1.3,
            c=colour,
            marker=marker,
            edgecolors="#333333",
            lw=0.4,
            zorder=3,
        )
    for chosen, colour, style in ((country > HOME, BLACK, "-"), (country == HOME, GREEN, "--")):
        ringed = places[present & lately & chosen]
        axis.scatter(
            ringed[:, 0],
            ringed[:, 1],
            s=size * 4.0,
            facecolors="none",
            edgecolors=colour,
            lw=1.5,
            linestyles=style,
            zorder=4,
        )
    axis.set_xlim(-0.03, 1.03)
    axis.set_ylim(-0.03, 1.03)
    axis.set_axis_off()


def _key(figure: Figure, pair: Pair, *, small: bool) -> None:
    def sign(marker: str, colour: str, label: str, edge: str = "#333333", size: float = 6.0) -> Line2D:
        return Line2D(
            [], [], marker=marker, linestyle="", color=colour, markeredgecolor=edge, markersize=size, label=label
        )

    handles = [sign("o", AT_HOME, f"lives in {pair.country_names[HOME]}", "#888888", 4.5)]
    for k, name in enumerate(pair.country_names[1:8]):
        handles.append(sign(MARKERS[k % len(MARKERS)], ABROAD[k % len(ABROAD)], name))
    handles.append(sign("o", "none", "left in the last year", BLACK, 9.0))
    handles.append(sign("o", "none", "came home in it (dashed)", GREEN, 9.0))
    figure.legend(
        handles=handles, loc="upper left", ncols=2 if small else 7, fontsize=8.0, columnspacing=1.0, handletextpad=0.2
    )


def nearest(width: float, shown: Sample, x: float, y: float) -> int | None:
    """Return the row of the person at a place of the picture, given as shares of its width and height from the top."""
    for left, bottom, wide, high in _boxes(width)[1]:
        inside = np.array([(x - left) / wide, (1.0 - y - bottom) / high])
        if np.all((inside >= 0.0) & (inside <= 1.0)):
            place = inside * 1.06 - 0.03
            distance = np.linalg.norm((shown.places - place) * np.array([wide, high]), axis=1)
            closest = int(np.argmin(distance))
            return int(shown.rows[closest]) if distance[closest] < 0.05 else None
    return None


def weighing(pair: Pair, width: float, stories: tuple[Story | None, Story | None]) -> Figure:
    """Draw, for both runs, what speaks for each country against the one she lived in, term by term."""
    narrow = width < 5.5
    n = len(pair.country_names)
    height = (0.5 + 0.42 * n) * (2 if narrow else 1) + (1.2 if narrow else 0.9)
    figure = Figure(figsize=(width, height), dpi=DOTS)
    axes = figure.subplots(2 if narrow else 1, 1 if narrow else 2, squeeze=False).flat
    side = 1.25 / width
    figure.subplots_adjust(
        left=side,
        right=0.98,
        top=1.0 - (1.0 if narrow else 0.75) / height,
        bottom=0.35 / height,
        wspace=1.5 / (width / 2),
        hspace=0.4,
    )
    reach = 1.0
    for axis, story, title in zip(axes, stories, ARMS, strict=True):
        axis.set_title(title, loc="left", fontsize=9.5, x=-side * width / (width if narrow else width / 2.6))
        if story is None:
            axis.text(
                0.5,
                0.5,
                "no decision to show: she studies, has retired,\nhas died or is not in this run",
                ha="center",
                va="center",
                transform=axis.transAxes,
                fontsize=8.5,
                color=NOTE,
            )
            axis.set_axis_off()
            continue
        reach = max(reach, _weigh(axis, pair, story))
    for axis in figure.axes:
        axis.set_xlim(-reach, reach)
    handles = [
        Line2D([], [], marker="s", linestyle="", color=colour, label=term) for term, colour in TERM_COLOURS.items()
    ]
    handles.append(Line2D([], [], marker="D", linestyle="", color=BLACK, label="all together"))
    figure.legend(
        handles=handles, loc="upper left", ncols=3 if narrow else 7, fontsize=8.0, columnspacing=1.0, handletextpad=0.2
    )
    return figure


def _weigh(axis: Axes, pair: Pair, story: Story) -> float:
    """Draw one run's bars and return how far they reach."""
    staying = next(option for option in story.options if option.country == story.here)
    here = staying if staying.terms else story.chosen
    reach, labels = 0.5, []
    for place, option in enumerate(story.options):
        name = pair.country_names[option.country]
        labels.append(f"{name}\n{'here' if option is staying and option.terms else option.path or 'closed'}")
        if option is here:
            axis.text(0.0, place, " the others are weighed against it", va="center", fontsize=7.5, color=NOTE)
        elif not option.terms:
            axis.text(0.0, place, " no offer, permit or place", va="center", fontsize=7.5, color=NOTE)
        else:
            reach = max(reach, _bars(axis, place, option, here))
        if option is story.chosen:
            axis.axhspan(place - 0.45, place + 0.45, color=PURPLE, alpha=0.18, linewidth=0, zorder=0)
    axis.set_yticks(range(len(labels)), labels, fontsize=8.0)
    axis.set_ylim(len(labels) - 0.4, -0.6)
    axis.axvline(0.0, color=BLACK, linewidth=1.0)
    axis.tick_params(length=0, labelsize=8.0)
    return reach * 1.08


def _bars(axis: Axes, place: int, option: Option, here: Option) -> float:
    """Stack what speaks for a country to the right and what speaks against it to the left."""
    ends = {True: 0.0, False: 0.0}
    for term in TERMS:
        difference = option.terms[term] - here.terms[term]
        if math.isfinite(difference) and difference:
            axis.barh(place, difference, left=ends[difference > 0], height=0.5, color=TERM_COLOURS[term], linewidth=0)
            ends[difference > 0] += difference
    total = sum(ends.values())
    axis.plot([total], [place], marker="D", color=BLACK, markersize=5, zorder=5)
    return max(abs(end) for end in (*ends.values(), total))
