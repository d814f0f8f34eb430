"""How the cost of a graduate's month grows with the number of graduates, ties, reviews and destinations."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from pathlib import Path

from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.benchmark.timing import (
    NANOSECONDS,
    SEED,
    Cost,
    Point,
    Row,
    Sizes,
    interleaved,
    kazakhstan,
    row,
    run_months,
)

__all__ = ["draw_cost", "growth", "write_cost"]

GRADUATES, DEGREE, REVIEWS, DESTINATIONS = "graduates", "mean degree", "review rate", "destinations"
LABELS = {
    GRADUATES: "graduates",
    DEGREE: "mean degree, ties a graduate",
    REVIEWS: "reviews a graduate and year",
    DESTINATIONS: "destinations",
}
NOTES = {
    GRADUATES: "",
    DEGREE: "network.mean_degree",
    REVIEWS: "everybody reviews once a year; labour.separation_rate adds reviews, searches and hires",
    DESTINATIONS: "copies of one destination; each also attracts emigrants",
}
COPIED = "germany"
# so many are out of work, and so many posts vacant, that jobs can end as often as the longest curve has it
SLACK = {"home.unemployment": 0.3, "labour.vacancy_rate": 0.2}


def growth(sizes: Sizes) -> list[Row]:
    """Measure a graduate's month while one thing grows and the rest stands still."""
    base = kazakhstan(sizes.base)
    ways = {
        GRADUATES: [kazakhstan(n) for n in sizes.growth],
        DEGREE: [base.replace({"network.mean_degree": n}) for n in sizes.degrees],
        REVIEWS: [base.replace(SLACK | {"labour.separation_rate": rate}) for rate in sizes.separation_rates],
        DESTINATIONS: [_with_destinations(base, n) for n in sizes.destinations],
    }
    return [found for varied, worlds in ways.items() for found in _curve(varied, worlds, sizes)]


def _with_destinations(world: Scenario, n: int) -> Scenario:
    """Return a scenario with so many copies of one destination in place of its own."""
    table = world.to_dict()
    table["destinations"] = {f"{COPIED}_{number}": table["destinations"][COPIED] for number in range(1, n + 1)}
    return Scenario.from_dict(table, world.name)


def _curve(varied: str, worlds: Sequence[Scenario], sizes: Sizes) -> list[Row]:
    def measure(world: Scenario) -> Cost:
        copies = max(1, sizes.base // world.graduates)  # small worlds are over too soon to be timed alone
        return run_months(world, sizes.months, copies=copies)

    taken = interleaved([lambda world=world: measure(world) for world in worlds], sizes.rounds)  # type: ignore[misc]
    return [_row(varied, world, costs) for world, costs in zip(worlds, taken, strict=True)]


def _row(varied: str, world: Scenario, costs: Sequence[Cost]) -> Row:
    each, reviews = [cost.each for cost in costs], 12.0 * costs[0].reviews / costs[0].graduate_months
    degree = Simulation(world.replace({"graduates": min(world.graduates, 10_000)}), seed=SEED).network.mean_degree
    point = Point(
        varied=varied,
        graduates=world.graduates,
        mean_degree=round(degree, 2),
        reviews_a_year=round(reviews, 3),
        destinations=len(world.destinations),
        graduate_months=costs[0].graduate_months,
        ns_a_graduate_month=statistics.median(each),
        lowest=min(each),
        highest=max(each),
        repeats=len(each),
    )
    size = f"{_varied(point):,.6g}"
    return row(f"growth: {varied}", size, NANOSECONDS, each, note=NOTES[varied], point=point)


def _varied(point: Point) -> float:
    """Return the value of what is varied."""
    values = {
        GRADUATES: point.graduates,
        DEGREE: point.mean_degree,
        REVIEWS: point.reviews_a_year,
        DESTINATIONS: point.destinations,
    }
    return float(values[point.varied])


def write_cost(path: Path, points: Sequence[Point]) -> None:
    """Write the table of cost, a row for each point."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(Point._fields)
        for point in points:
            writer.writerow([f"{value:.4g}" if isinstance(value, float) else value for value in point])


def draw_cost(folder: Path, points: Sequence[Point]) -> list[str]:
    """Draw the cost against everything that was varied, a panel each, and return the names of the files."""
    from abm.analysis import figures as draw

    curves = []
    for varied, label in LABELS.items():
        mine = sorted((point for point in points if point.varied == varied), key=_varied)
        shown = [point for point in mine if _varied(point) > 0.0]
        curves.append(
            draw.CostCurve(
                label,
                x=[_varied(point) for point in shown],
                y=[point.ns_a_graduate_month for point in shown],
                low=[point.lowest for point in shown],
                high=[point.highest for point in shown],
                at_zero=next((point.ns_a_graduate_month for point in mine if _varied(point) == 0.0), None),
            )
        )
    largest = max((point for point in points if point.varied == GRADUATES), key=_varied)
    title = (
        f"A graduate's month costs {largest.ns_a_graduate_month:.0f} ns at {largest.graduates:,} graduates, one thread"
    )
    return draw.save(draw.cost_curves(curves, title=title, unit="ns a living graduate and month"), folder, "cost")
