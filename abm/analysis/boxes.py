"""Scenario discovery: the box, limits on a few inputs, in which most of the cases lie that are asked for.

The patient rule induction method (Friedman and Fisher, 1999), as Bryant and Lempert (2010) look for the conditions
under which a plan fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Box", "found_box"]

PEELED = 0.05  # share of a box that a peel takes away
SMALLEST = 0.05  # share of all points that a box must hold
MOST_INPUTS = 3  # that a box limits: more fit the noise of hundreds of points, and nobody can tell them


@dataclass(frozen=True)
class Box:
    """Limits on inputs: the lowest and the highest value of each that has them, by its column."""

    low: dict[int, float] = field(default_factory=dict)
    high: dict[int, float] = field(default_factory=dict)

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Return which points, a row each, are inside."""
        inside = np.ones(len(points), dtype=bool)
        for column, least in self.low.items():
            inside &= points[:, column] >= least
        for column, most in self.high.items():
            inside &= points[:, column] <= most
        return inside

    def without(self, column: int, *, low: bool) -> Box:
        """Return the box that one limit less makes."""
        kept = {place: value for place, value in (self.low if low else self.high).items() if place != column}
        return Box(kept, self.high) if low else Box(self.low, kept)

    def judged(self, points: np.ndarray, cases: np.ndarray) -> tuple[float, float]:
        """Return coverage (share of the cases that are inside) and density (share of those inside that are cases)."""
        inside = self.holds(points)
        both = float(np.count_nonzero(inside & cases))
        return both / max(float(cases.sum()), 1.0), both / max(float(inside.sum()), 1.0)


def found_box(points: np.ndarray, cases: np.ndarray) -> Box:
    """Return the box that tells cases from other points best, with no limit that it does not need.

    From the box of all points twentieths are peeled off, each time the one after which the share of cases is largest;
    no more than three inputs are limited. Of the boxes on the way that one is taken whose harmonic mean of coverage
    and density is largest; then limits go without which that is no smaller.

    Parameters
    ----------
    points : ndarray
        A row for each point, a column for each input.
    cases : ndarray of bool
        Which points are asked for.
    """
    box = best = Box()
    while (peels := _peels(box, points)) and box.holds(points).mean() > SMALLEST:
        box = max(peels, key=lambda peel: peel.judged(points, cases)[1])
        best = max(best, box, key=lambda one: _both(one, points, cases))
    return _pruned(best, points, cases)


def _peels(box: Box, points: np.ndarray) -> list[Box]:
    """Return the boxes that are left if a twentieth is taken off at either end of one of the inputs."""
    inside, found = points[box.holds(points)], []
    least, most = np.quantile(inside, [PEELED, 1.0 - PEELED], axis=0)
    limited = box.low.keys() | box.high.keys()
    for column in limited if len(limited) >= MOST_INPUTS else range(points.shape[1]):
        if (inside[:, column] < least[column]).any():
            found.append(Box(box.low | {column: float(least[column])}, box.high))
        if (inside[:, column] > most[column]).any():
            found.append(Box(box.low, box.high | {column: float(most[column])}))
    return found


def _both(box: Box, points: np.ndarray, cases: np.ndarray) -> float:
    coverage, density = box.judged(points, cases)
    return 2.0 * coverage * density / max(coverage + density, 1e-12)


def _pruned(box: Box, points: np.ndarray, cases: np.ndarray) -> Box:
    """Return the box without the limits that it does not need, those first without which it is best."""
    while fewer := [box.without(column, low=low) for low in (True, False) for column in (box.low if low else box.high)]:
        best = max(fewer, key=lambda one: _both(one, points, cases))
        if _both(best, points, cases) < _both(box, points, cases):
            return box
        box = best
    return box
