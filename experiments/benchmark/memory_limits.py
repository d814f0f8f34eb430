"""What memory allows at best: its bandwidth here, a random read, and the bytes that a graduate's month cannot avoid."""

from __future__ import annotations

import time

import numpy as np

from abm.engine.compiled import compiled
from abm.simulation import Simulation
from experiments.benchmark.timing import NANOSECONDS, SEED, Row, Sizes, interleaved, kazakhstan, row, step_months

__all__ = ["memory_limits"]

NAME = "memory-limits"
FORMULA = (
    "rows / living * event_month + reviews * (person's record + 8 for the place of her ties + 4 for each tie + "
    "4 for each tie's belief + counts of ties by country + 4 + 4 for her own belief, old and new); each byte once"
)
READS = "numpy's table, compiled loop; reads do not wait for each other"


@compiled
def triad(target: np.ndarray, left: np.ndarray, right: np.ndarray, factor: float) -> None:
    """Add one array to a multiple of another: as much memory and as little arithmetic as there can be."""
    for k in range(len(target)):
        target[k] = left[k] + factor * right[k]


@compiled
def gather(table: np.ndarray, index: np.ndarray) -> int:
    """Return the sum of the places of a table that are listed; whole numbers, whose sum holds nothing up."""
    total = 0
    for k in range(len(index)):
        total += table[index[k]]
    return total


def memory_limits(sizes: Sizes) -> list[Row]:
    """Measure this machine's memory, and how near the engine comes to what it allows."""
    simulation = Simulation(kazakhstan(sizes.graduates), seed=SEED)
    (costs,) = interleaved([lambda: step_months(simulation, 12)], sizes.rounds)
    living = sum(cost.graduate_months for cost in costs)
    months, reviews = 12 * len(costs), sum(cost.reviews for cost in costs) / living
    bandwidths = _bandwidths(sizes)
    moved = _bytes_moved(simulation, reviews, months / living)
    least = moved / max(bandwidths)  # bytes over GB/s are nanoseconds
    share = [100.0 * least / cost.each for cost in costs]
    everybody = _random_read(len(simulation.graduates.belief), sizes)
    asked = [reviews * simulation.network.mean_degree * each for each in everybody]
    arrays = f"3 arrays of {8e-6 * sizes.streamed:,.0f} MB"
    size = f"{sizes.graduates:,} graduates, {months} months, 1 thread"
    return [
        row(f"{NAME}: bandwidth", arrays, "GB/s", bandwidths, note="triad, one thread: two arrays read, one written"),
        *(row(f"{NAME}: random read", _table(n), "ns", _random_read(n, sizes), note=READS) for n in sizes.tables),
        row(f"{NAME}: reviews", size, "a graduate and year", [12.0 * reviews], note="counted"),
        row(f"{NAME}: bytes", size, "bytes a living graduate-month", [moved], note=FORMULA),
        row(f"{NAME}: least time", size, NANOSECONDS, [least], note="those bytes at the highest bandwidth"),
        row(f"{NAME}: ties' beliefs", size, NANOSECONDS, asked, note="reviews * ties * a random read from everybody's"),
        row(f"{NAME}: cost", size, NANOSECONDS, [cost.each for cost in costs]),
        row(f"{NAME}: share", size, "% of what memory allows", share, note="least time / cost"),
    ]


def _bandwidths(sizes: Sizes) -> list[float]:
    """Return the bandwidth of one thread in GB/s, round by round: two arrays read, one written."""
    target, left, right = (np.ones(sizes.streamed) for _ in range(3))

    def stream() -> float:
        began = time.perf_counter()
        triad(target, left, right, 0.5)
        return 1e-9 * (target.nbytes + left.nbytes + right.nbytes) / (time.perf_counter() - began)

    (found,) = interleaved([stream], max(3, sizes.rounds))
    return found


def _random_read(n: int, sizes: Sizes) -> list[float]:
    """Return the nanoseconds of a random read from a table of ``n`` numbers of four bytes, round by round."""
    table = np.ones(n, dtype=np.int32)
    index = np.random.default_rng(SEED).integers(0, n, sizes.gathers, dtype=np.int32)

    def read() -> float:
        began = time.perf_counter()
        gather(table, index)
        return 1e9 * (time.perf_counter() - began) / len(index)

    (found,) = interleaved([read], sizes.rounds)
    return found


def _table(n: int) -> str:
    return f"table of {4 * n / 1e3:,.0f} KB"


def _bytes_moved(simulation: Simulation, reviews: float, months_a_living: float) -> float:
    """Return the bytes that a living graduate's month has to move, by :data:`FORMULA`."""
    people, network, ties = simulation.graduates, simulation.network, simulation.ties
    a_tie = network.neighbour.itemsize + people.belief.itemsize
    a_review = people.person.itemsize + network.first.itemsize + network.mean_degree * a_tie
    a_review += ties.shape[1] * ties.itemsize + 2 * people.belief.itemsize
    looked_through = len(people.event_month) * people.event_month.itemsize * months_a_living
    return float(looked_through + reviews * a_review)
