"""The level of another country: one shift of all costs of moving, for each draw, that meets what is known before.

Behaviour is taken over from the posterior; how far away another country's destinations are is not, so that one number
is fitted to it: what is added to the cost of moving to every destination.  Departures fall as it rises, so the shift
is where the misses of known figures, weighed by their precision, add up to nothing: found by secant steps, and between
two shifts with misses of either sign by false position.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from abm.scenario import Scenario
from abm.sweep.runner import Simulate
from experiments.predicting.bench import Bench, Table, Task

__all__ = ["CLOSE", "Figure", "Level", "levels", "miss", "shifted"]

ROUNDS = 6
CLOSE = 0.02  # log points by which a level may miss
SLOPE = 0.8  # log points of departures for one of cost, of the first step; a logit has 1 where few go
LONGEST = 2.5  # step


@dataclass(frozen=True)
class Figure:
    """A known figure: its value, its standard deviation in logs (an assumption), and what a run has of it."""

    name: str
    value: float
    deviation: float
    read: Callable[[Table, int], float]  # of a run and the number of its draw
    source: str = ""


@dataclass
class Level:
    """How a draw's shift was found: shifts tried and what they missed by, log points; the last is the one taken."""

    tried: list[float] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)

    @property
    def best(self) -> int:
        """Return which of those tried misses least."""
        return int(np.argmin(np.abs(self.missed)))

    @property
    def shift(self) -> float:
        """Return the shift that misses least."""
        return self.tried[self.best]

    @property
    def off(self) -> float:
        """Return by how much it misses, log points."""
        return self.missed[self.best]

    def next(self) -> float:
        """Return the shift to try next."""
        if not self.tried:
            return 0.0
        above = [(x, f) for x, f in zip(self.tried, self.missed, strict=True) if f > 0.0]
        below = [(x, f) for x, f in zip(self.tried, self.missed, strict=True) if f <= 0.0]
        if above and below:
            (low, high_miss), (high, low_miss) = max(above), min(below)
            share = high_miss / (high_miss - low_miss)
            return low + min(max(share, 0.1), 0.9) * (high - low)
        slope = SLOPE
        if len(self.tried) > 1 and self.tried[-1] != self.tried[-2]:
            slope = -(self.missed[-1] - self.missed[-2]) / (self.tried[-1] - self.tried[-2])
        step = self.missed[-1] / min(max(slope, 0.3), 1.5)
        return self.tried[-1] + min(max(step, -LONGEST), LONGEST)


def shifted(world: Scenario, shift: float) -> Scenario:
    """Return a world with all costs of moving higher by so much."""
    costs = {f"destinations.{key}.moving_cost": place.moving_cost + shift for key, place in world.destinations}
    return world.replace(costs)


def miss(table: Table, figures: Sequence[Figure], scores: np.ndarray, draw: int) -> float:
    """Return by how many log points a run is above known figures, weighed by their precision.

    ``scores`` says where each figure stands in its own uncertainty, as a standard normal.
    """
    precision = np.array([figure.deviation**-2.0 for figure in figures])
    off = [
        np.log(max(figure.read(table, draw), 1e-9)) - np.log(figure.value) - figure.deviation * score
        for figure, score in zip(figures, scores, strict=True)
    ]
    return float(np.clip(precision @ np.array(off) / precision.sum(), -10.0, 10.0))


def levels(
    bench: Bench,
    worlds: Sequence[Scenario],
    missed: Callable[[Table, int], float],
    simulate: Simulate,
    name: str,
    seed: int,
) -> list[Level]:
    """Return the level of each draw's world, found in rounds of runs of all that are not there yet.

    Parameters
    ----------
    bench : Bench
        Where runs are done.
    worlds : sequence of Scenario
        One for each draw, as far as it has to run.
    missed : callable
        By how many log points a run of a draw is above what is known.
    simulate : callable
        Does a run.
    name : str
        What the runs are called.
    seed : int
        Of the first draw's runs; each further draw has the next.
    """
    found = [Level() for _ in worlds]
    for _ in range(ROUNDS):
        open_ones = [k for k, level in enumerate(found) if not level.tried or abs(level.off) > CLOSE]
        if not open_ones:
            break
        shifts = [found[k].next() for k in open_ones]
        tasks = [
            Task(f"{name}, draw {k}, level {shift:.3f}", shifted(worlds[k], shift), seed + k)
            for k, shift in zip(open_ones, shifts, strict=True)
        ]
        for k, shift, table in zip(open_ones, shifts, bench.tables(tasks, simulate), strict=True):
            found[k].tried.append(shift)
            found[k].missed.append(missed(table, k))
    return found
