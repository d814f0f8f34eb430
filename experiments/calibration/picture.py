"""The figures of a calibration: posterior beside prior, what was fitted, what goes together, what can be believed."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abm.analysis.figures import BLACK, BLUE, GREEN, ORANGE, VERMILION, house_style, new_figure
from abm.measures import GRADUATES
from experiments.calibration.fit import Belief, Fit
from experiments.calibration.unknowns import Unknown, fitted, values

__all__ = ["coverage", "departures", "joint", "others", "rank_histograms", "unknowns"]

COLUMNS = 4
BINS = 24
JOINT = 6  # pairs that are drawn
WIDEST = 34  # letters of a title
GREY = "#BBBBBB"
FAIR = {50: (0.5, 0.41, 0.59), 90: (0.9, 0.83, 0.97)}  # nominal, and what each unknown may have


def _grid(n: int, width: float = 10.0, height: float = 1.9, columns: int = COLUMNS) -> tuple[Figure, list[Axes]]:
    """Return a figure of small panels, and its first ``n``; the rest is empty."""
    rows = -(-n // columns)
    figure = new_figure(width, height * rows + 0.5)
    axes = np.atleast_2d(figure.subplots(rows, columns)).ravel()
    for axis in axes[n:]:
        axis.set_axis_off()
    return figure, list(axes[:n])


def _lines(name: str) -> str:
    """Return a name in lines that fit a small panel."""
    return textwrap.fill(name, WIDEST)


def unknowns(fit: Fit, said: np.ndarray) -> Figure:
    """Return a histogram of each unknown: prior in grey, posterior in blue, and what share of the variance is gone."""
    known = fitted()
    before = values(np.random.default_rng(1).normal(size=(20_000, len(known))), known)
    after = values(fit.draws, known)
    order = np.argsort(-said, kind="stable")
    with house_style():
        figure, axes = _grid(len(known))
        for axis, place in zip(axes, order, strict=True):
            low, high = np.quantile(np.concatenate([before[:, place], after[:, place]]), [0.003, 0.997])
            bins = np.linspace(low, high, BINS).tolist()
            axis.hist(before[:, place], bins=bins, density=True, color=GREY)
            axis.hist(after[:, place], bins=bins, density=True, histtype="step", color=BLUE, linewidth=1.6)
            gone = f"{100 * max(said[place], 0.0):.0f} %"
            axis.set_title(f"{_lines(known[place].short)}: {gone}", fontsize=7.5, loc="left")
            axis.set_yticks([])
            axis.tick_params(labelsize=7)
            axis.spines["left"].set_visible(False)
        figure.suptitle("Prior (grey) and posterior (blue), and how much smaller the variance is", fontsize=11)
        return figure


def departures(table: pd.DataFrame) -> Figure:
    """Return registered departures by year: what was observed, runs of the prior, the posterior and the statistic."""
    years = table["when"].astype(int).to_numpy()
    with house_style():
        figure = new_figure(7.6, 4.4)
        axis = figure.subplots()
        for which, colour, alpha, said in (
            ("prior", GREY, 0.45, "runs of the prior"),
            ("statistic", BLUE, 0.18, "posterior, with errors of what is observed and of the model"),
            ("model", BLUE, 0.35, "posterior of the model"),
        ):
            low, high = table[f"{which}_p05"], table[f"{which}_p95"]
            axis.fill_between(years, low, high, color=colour, alpha=alpha, linewidth=0.0, label=f"{said}, 90 %")
        axis.plot(years, table["model_p50"], color=BLUE, linewidth=1.8)
        axis.plot(years, table["observed"], "o", color=BLACK, markersize=5, label="observed")
        axis.set_ylim(0.0, 1.5 * float(table["statistic_p95"].max()))
        axis.set_xticks(years)
        axis.set_ylabel(f"{GRADUATES.printed} a year (runs of the prior go beyond)")
        axis.set_title("Registered departures of graduates: the posterior has their level, not their shape")
        axis.legend(loc="upper left", fontsize=8, frameon=True, framealpha=1.0, edgecolor="none")
        return figure


def others(table: pd.DataFrame) -> Figure:
    """Return all other targets: how far the posterior is off, in standard deviations of what may be between."""
    with house_style():
        figure = new_figure(9.0, 1.2 + 0.42 * len(table))
        axis = figure.subplots()
        for place, (_, row) in enumerate(table.iterrows()):
            axis.plot([row["off_p05"], row["off_p95"]], [place, place], color=BLUE, linewidth=3.0)
            axis.plot(row["off_p50"], place, "o", color=BLUE)
            axis.plot([row["prior_off_p05"], row["prior_off_p95"]], [place + 0.22] * 2, color=GREY, linewidth=2.0)
        axis.axvspan(-1.64, 1.64, color=ORANGE, alpha=0.15, linewidth=0.0)
        axis.axvline(0.0, color=BLACK, linewidth=1.0)
        axis.set_yticks(range(len(table)), [f"{row['target']}, {row['when']}" for _, row in table.iterrows()])
        axis.set_ylim(len(table) - 0.4, -0.6)
        axis.set_xlim(-6.0, 6.0)
        axis.set_xlabel(
            "model less observed, over the standard deviation\nof what may be between them (shaded: 90 %)\n"
            "blue: posterior, 90 %; grey: runs of the prior"
        )
        axis.set_title("What else was fitted")
        return figure


def joint(fit: Fit) -> Figure:
    """Return the pairs of unknowns that go together most in the posterior."""
    known = fitted()
    together = np.corrcoef(fit.draws, rowvar=False)
    first, second = np.triu_indices(len(known), 1)
    most = np.argsort(-np.abs(together[first, second]), kind="stable")[:JOINT]
    chosen = values(fit.draws[np.linspace(0, len(fit.draws) - 1, 1500).astype(int)], known)
    with house_style():
        figure, axes = _grid(JOINT, height=2.9, columns=3)
        for axis, which in zip(axes, most, strict=True):
            across, up = int(first[which]), int(second[which])
            axis.plot(chosen[:, across], chosen[:, up], ".", color=BLUE, markersize=2.0, alpha=0.5)
            axis.set_xlabel(known[across].short, fontsize=8)
            axis.set_ylabel(known[up].short, fontsize=8)
            axis.set_title(f"correlation {together[across, up]:+.2f}", fontsize=8.5)
        figure.suptitle("What the data fix only together: the pairs that go with each other most", fontsize=11)
        return figure


def coverage(table: pd.DataFrame) -> Figure:
    """Return, for each unknown, how often intervals held the truth of made-up worlds, and how narrow they were."""
    named: dict[str, Unknown] = {one.name: one for one in fitted()}
    ordered = table.sort_values("contraction_of_known_truths", kind="stable")
    with house_style():
        figure = new_figure(9.0, 1.2 + 0.27 * len(table))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.6, 1.0))
        places = np.arange(len(ordered))
        for share, colour in ((50, GREEN), (90, BLUE)):
            nominal, low, high = FAIR[share]
            left.axvspan(low, high, color=colour, alpha=0.12, linewidth=0.0)
            left.axvline(nominal, color=colour, linewidth=1.0)
            left.plot(ordered[f"coverage_{share}"], places, "o", color=colour, label=f"{share} % intervals")
        left.set_yticks(places, [named[name].short for name in ordered["unknown"]], fontsize=8)
        left.set_xlim(0.3, 1.0)
        left.set_xlabel("share of 200 made-up worlds whose truth was inside")
        left.legend(loc="upper left", fontsize=8)
        right.barh(places, ordered["contraction_of_known_truths"], color=VERMILION, height=0.6)
        right.set_xlabel("share of the prior's\nvariance that is gone")
        figure.suptitle(
            "Intervals hold what they say, and are narrower than the prior where the data speak", fontsize=11
        )
        return figure


def rank_histograms(belief: Belief) -> Figure:
    """Return where the truth lies among the draws: evenly, if the posterior is right."""
    known, n = fitted(), len(belief.ranks)
    bins = np.linspace(0.0, 1.0, 11).tolist()
    spread = 2.0 * np.sqrt(n / 10.0 * 0.9)
    with house_style():
        figure, axes = _grid(len(known), height=1.65)
        for axis, place in zip(axes, range(len(known)), strict=True):
            axis.axhspan(n / 10.0 - spread, n / 10.0 + spread, color=GREY, alpha=0.5, linewidth=0.0)
            axis.hist(belief.ranks[:, place], bins=bins, color=BLUE, rwidth=0.9)
            axis.set_title(_lines(known[place].short), fontsize=7.5, loc="left")
            axis.set_xticks([0.0, 0.5, 1.0])
            axis.tick_params(labelsize=7)
        figure.suptitle(
            "Rank of the truth among the posterior's draws (grey: where 95 % of bars end by chance)", fontsize=11
        )
        return figure
