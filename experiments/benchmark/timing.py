"""The clock that measurements share: what is measured at which size, what it must reach, and how it is repeated."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from abm.codes import EMPLOYED, JOB_SEEKER
from abm.month import REVIEWERS
from abm.scenario import Scenario
from abm.simulation import Simulation

__all__ = [
    "FULL",
    "LIMITS",
    "NANOSECONDS",
    "QUICK",
    "SEED",
    "Cost",
    "Limit",
    "NotMeasuredError",
    "Point",
    "Row",
    "Sizes",
    "interleaved",
    "kazakhstan",
    "memory_figure",
    "ratios",
    "row",
    "run_months",
    "step_months",
    "usable_cores",
]

SEED = 1
NANOSECONDS = "ns a living graduate-month"
Outcome = TypeVar("Outcome")


class NotMeasuredError(RuntimeError):
    """A measurement that cannot be made here, with its reason."""


@dataclass(frozen=True)
class Limit:
    """What a measurement must reach (floor) and what it should (aim)."""

    floor: float
    aim: float
    more_is_better: bool = False

    def met(self, value: float, wanted: float) -> bool:
        """Return whether a value is as good as the floor or the aim."""
        return value >= wanted if self.more_is_better else value <= wanted


LIMITS = {
    "cost": Limit(floor=20.0, aim=15.0),
    "cost: many small runs": Limit(floor=22.0, aim=17.0),
    "objects": Limit(floor=100.0, aim=400.0, more_is_better=True),
    "numpy": Limit(floor=3.0, aim=10.0, more_is_better=True),
    "one-to-one: time": Limit(floor=90.0, aim=25.0),
    "one-to-one: peak memory": Limit(floor=3.0, aim=1.2),
    "thousand-runs": Limit(floor=45.0, aim=25.0),
    "threads": Limit(floor=1.6, aim=1.9, more_is_better=True),
    "large": Limit(floor=3.0, aim=2.0),
    "start: warm cache": Limit(floor=3.0, aim=1.5),
    "start: cold cache": Limit(floor=40.0, aim=15.0),
    "laboratory: serial, processors": Limit(floor=2.0, aim=1.0),
    "laboratory: 2 processes, processors": Limit(floor=2.0, aim=1.0),
    "laboratory: parent's memory": Limit(floor=300.0, aim=200.0),
}


@dataclass(frozen=True)
class Sizes:
    """How large everything is that is measured."""

    rounds: int = 3  # timed, after one that only warms up
    graduates: int = 1_000_000
    months: int = 24  # whole years, because the load of a month depends on the season
    objects: int = 10_000
    vectorised: int = 100_000
    reference_months: int = 12
    persons: int | None = None  # one to one: as many as the country has
    last_month: str | None = None  # of whole runs: the scenario's
    runs: tuple[int, int] = (20, 220)
    run_graduates: int = 10_000
    large: tuple[int, int] = (100_000, 10_000_000)
    large_months: int = 2  # a round
    base: int = 100_000  # graduates, while something else grows
    growth: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    degrees: tuple[int, ...] = (0, 2, 4, 10, 20, 40)
    separation_rates: tuple[float, ...] = (0.0, 0.5, 1.5, 5.0)
    destinations: tuple[int, ...] = (1, 2, 3, 4, 6, 8)
    streamed: int = 32_000_000  # numbers in each of three arrays
    gathers: int = 4_000_000
    tables: tuple[int, ...] = (100_000, 1_000_000, 10_000_000)  # numbers of four bytes


FULL = Sizes()
QUICK = Sizes(
    rounds=1,
    graduates=4_000,
    months=3,
    objects=100,
    vectorised=1_000,
    reference_months=2,
    persons=5_000,
    last_month="2026-12",
    runs=(2, 100),
    run_graduates=1_000,
    large=(1_000, 10_000),
    base=2_000,
    growth=(500, 5_000),
    degrees=(0, 4, 8),
    separation_rates=(0.0, 1.0),
    destinations=(1, 2),
    streamed=1_000_000,
    gathers=100_000,
    tables=(1_000, 10_000),
)


class Point(NamedTuple):
    """A place on one of the curves of cost."""

    varied: str
    graduates: int
    mean_degree: float  # as built
    reviews_a_year: float  # of a graduate
    destinations: int
    graduate_months: int  # in one repetition
    ns_a_graduate_month: float
    lowest: float
    highest: float
    repeats: int


@dataclass(frozen=True)
class Row:
    """One measured thing: the median of its repetitions, or the reason why there is none."""

    what: str
    size: str
    unit: str
    value: float | None = None
    lowest: float | None = None
    highest: float | None = None
    repeats: int = 0
    note: str = ""
    point: Point | None = None


def row(what: str, size: str, unit: str, values: Sequence[float], *, note: str = "", point: Point | None = None) -> Row:
    """Return the row of a thing that was measured some times."""
    return Row(what, size, unit, statistics.median(values), min(values), max(values), len(values), note, point)


class Cost(NamedTuple):
    """What some months took."""

    setup: float  # seconds until the first month
    seconds: float  # for the months
    graduate_months: int  # living graduates, in work or looking for it, summed over the months
    reviews: int = 0  # of graduates and of foreign specialists

    @property
    def each(self) -> float:
        """Nanoseconds a living graduate and month."""
        return 1e9 * self.seconds / self.graduate_months


def kazakhstan(graduates: int, last_month: str | None = None) -> Scenario:
    """Return the scenario at a size, to its own end or to another."""
    world = Scenario.load("kazakhstan").replace({"graduates": graduates})
    return world if last_month is None else world.replace({"end": last_month})


def step_months(simulation: Simulation, months: int) -> Cost:
    """Return what the next months of a run take."""
    first, reviews = simulation.month, 0
    began = time.perf_counter()
    for _ in range(months):
        simulation.step()
        reviews += int(simulation.state.lists.lengths[REVIEWERS])
    seconds = time.perf_counter() - began
    living = simulation.accounts.stocks[first : simulation.month, :, JOB_SEEKER : EMPLOYED + 1]
    return Cost(0.0, seconds, int(living.sum()), reviews)


def run_months(world: Scenario, months: int, *, threads: int = 1, copies: int = 1) -> Cost:
    """Return what the first months of a scenario take, summed over copies where one would be too short to time.

    The scenario keeps all its months, so that everybody who is still to come has her place in memory.
    """
    setup, seconds, graduate_months, reviews = 0.0, 0.0, 0, 0
    for copy in range(copies):
        began = time.perf_counter()
        simulation = Simulation(world, seed=SEED + copy, threads=threads)
        setup += time.perf_counter() - began
        cost = step_months(simulation, months)
        seconds += cost.seconds
        graduate_months += cost.graduate_months
        reviews += cost.reviews
    return Cost(setup, seconds, graduate_months, reviews)


def interleaved(measures: Sequence[Callable[[], Outcome]], rounds: int) -> list[list[Outcome]]:
    """Return the outcomes of every measure, taken in turns, so that a slow minute of the machine slows all of them.

    The first round warms up (compiler, memory, processor) and is dropped; every other round runs backwards.
    """
    taken: list[list[Outcome]] = [[] for _ in measures]
    for number in range(rounds + 1):
        order = range(len(measures)) if number % 2 else range(len(measures) - 1, -1, -1)
        for which in order:
            gc.collect()
            outcome = measures[which]()
            if number:
                taken[which].append(outcome)
    return taken


def ratios(above: Sequence[Cost], below: Sequence[Cost]) -> list[float]:
    """Return how many times the first costs the second, round by round."""
    return [one.each / other.each for one, other in zip(above, below, strict=True)]


def memory_figure(file: str, name: str) -> int | None:
    """Return a figure that Linux gives of memory, in bytes; None elsewhere."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(name + ":")]
    return 1024 * int(found[0]) if found else None


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
