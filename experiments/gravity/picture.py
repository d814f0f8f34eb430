"""The figure: the ratio of rule of law to income by every design, and the prior that follows of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abm.analysis.figures import BLACK, BLUE, VERMILION, house_style, new_figure
from experiments.study.priors import Prior

__all__ = ["forest"]

SHOWN = (-1.25, 1.75)  # ratios beyond it are told by the table
Z = 1.96


def forest(names: Sequence[str], ratios: Sequence[tuple[float, float, bool]], prior: Prior, shipped: float) -> Figure:
    """Return ratios with 95 % intervals, a line for each design, and the density of the prior beside them.

    ``ratios`` are value, standard error and whether the design counts for the prior: blue if it does; ``shipped`` is
    what the scenario of Kazakhstan has.
    """
    with house_style():
        figure = new_figure(10.0, 1.4 + 0.27 * len(names))
        left, right = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
        for place, (value, error, counts) in enumerate(ratios):
            _line(left, place, (value, error), BLUE if counts else BLACK)
        left.axvline(0.0, color=BLACK, linewidth=1.0)
        left.set_yticks(range(len(names)), list(names))
        left.set_ylim(len(names) - 0.5, -0.5)
        left.set_xlim(*SHOWN)
        left.tick_params(axis="y", length=0)
        left.grid(axis="x", color="#E5E5E5", linewidth=0.6)
        left.set_xlabel("a point of rule of law over a log of income\n(blue: counts for the prior; arrows go on)")
        _density(right, prior, shipped)
        figure.suptitle("What flows between countries say of rule of law against income", fontsize=11)
        return figure


def _line(axes: Axes, place: int, estimate: tuple[float, float], colour: str) -> None:
    """Draw an estimate with its interval, an arrow where it goes beyond what is shown."""
    value, error = estimate
    low, high = value - Z * error, value + Z * error
    axes.plot([max(low, SHOWN[0]), min(high, SHOWN[1])], [place, place], color=colour, linewidth=2.0)
    for beyond, end, marker in ((low < SHOWN[0], SHOWN[0], "<"), (high > SHOWN[1], SHOWN[1], ">")):
        if beyond:
            axes.plot(end, place, marker, color=colour, markersize=5.0, clip_on=False)
    if SHOWN[0] < value < SHOWN[1]:
        axes.plot(value, place, "o", color=colour, markersize=5.0)


def _density(axes: Axes, prior: Prior, shipped: float) -> None:
    """Draw the density of a prior, its mean and its 95 % bound, and what is shipped."""
    at = np.linspace(1e-3, 1.25, 500)
    axes.plot(at, prior.density(at), color=BLUE)
    for value, said, colour, line in (
        (prior.mean, "mean", BLUE, "--"),
        (prior.quantile(0.95), "95 % lie below", BLUE, ":"),
        (shipped, "as shipped", VERMILION, "--"),
    ):
        axes.axvline(value, color=colour, linestyle=line, linewidth=1.4, label=f"{said}: {value:.2f}")
    axes.legend(loc="center right", frameon=True, framealpha=1.0, edgecolor="none")
    axes.set_xlim(0.0, 1.25)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("rule_of_law_weight over income_weight")
    axes.set_ylabel("density of the prior")
