"""Everybody knows everybody: the expected path of a crowd, and its variance, to the first order in one over its size.

A twelfth of all reviews each month, on what everybody has seen the month before, so that the share s abroad follows a
recursion of twelve groups.  Mean and covariance are carried together (the expansion by system size: van Kampen 2007,
Stochastic Processes in Physics and Chemistry, chapter X): the spread of s moves its mean where the response is bent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["Crowd", "Response", "path"]

GROUPS = 12
ABROAD, STUCK, WORK = slice(0, GROUPS), GROUPS, slice(GROUPS + 1, 2 * GROUPS + 1)
CAREER = 12 * (80 - 22)  # months, of whose parts that lie behind the density at the start is 2 (1 - x)

Response = Callable[[int, float], tuple[float, float, float]]
"""The chance of being abroad after a review, in a month, by the share abroad; with its two derivatives."""


class Crowd(NamedTuple):
    """Who reviews: how many, how they choose at home and abroad, and the share abroad at the start."""

    persons: int
    from_home: Response
    from_abroad: Response
    start: float


def path(crowd: Crowd, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the share abroad at the end of each month, the retired included.

    The state has, as shares of the crowd, who of each group works abroad, who retired there, and how many of each group
    still work.  Whoever retires stays where she is.
    """
    size, part = 2 * GROUPS + 1, 1.0 / GROUPS
    mean, cov = np.zeros(size), np.zeros((size, size))
    mean[ABROAD], mean[WORK] = part * crowd.start, part
    # how many review in which month is drawn
    drawn = (part * np.eye(GROUPS) - part**2) / crowd.persons
    cov[WORK, WORK], cov[ABROAD, ABROAD] = drawn, crowd.start**2 * drawn
    cov[WORK, ABROAD] = cov[ABROAD, WORK] = crowd.start * drawn
    found = np.empty((months, 2))
    for month in range(months):
        _retire(mean, cov, month)
        _review(mean, cov, month, crowd)
        found[month] = mean[: STUCK + 1].sum(), cov[: STUCK + 1, : STUCK + 1].sum()
    return found[:, 0], found[:, 1]


def _retire(mean: np.ndarray, cov: np.ndarray, month: int) -> None:
    """Let those retire whose career ends."""
    left = 1.0 - (1.0 - ((month + 1) / CAREER) ** 2) / (1.0 - (month / CAREER) ** 2)
    step = np.eye(len(mean))
    step[ABROAD, ABROAD] *= 1.0 - left
    step[WORK, WORK] *= 1.0 - left
    step[STUCK, ABROAD] = left
    mean[:], cov[:] = step @ mean, step @ cov @ step.T


def _review(mean: np.ndarray, cov: np.ndarray, month: int, crowd: Crowd) -> None:
    """Let one group choose anew."""
    group, known = month % GROUPS, slice(0, STUCK + 1)
    work = GROUPS + 1 + group
    y, n, s = mean[group], mean[work], mean[known].sum()
    a, a1, a2 = crowd.from_abroad(month, s)
    b, b1, b2 = crowd.from_home(month, s)
    var, with_y, with_n = cov[known, known].sum(), cov[group, known].sum(), cov[work, known].sum()
    slope = y * a1 + (n - y) * b1
    mean[group] = y * a + (n - y) * b + with_y * (a1 - b1) + with_n * b1 + var * (y * a2 + (n - y) * b2) / 2.0
    step = np.eye(len(mean))
    step[group, known] = slope
    step[group, work] += b
    step[group, group] = slope + a - b
    cov[:] = step @ cov @ step.T
    cov[group, group] += (y * a * (1.0 - a) + (n - y) * b * (1.0 - b)) / crowd.persons
