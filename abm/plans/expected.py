"""What a reform should do: its expected table, which stands beside its class and is read by the tests.

A table states a small world and the reform, then *what changes when* (each quantity with the first month, the first in
full, the last, and the values before and after) and *which flows move which way*, each with its paired effect, its
standard error and how far it may stray.  What is stated by the author is the top; the rest is computed from it:

.. code-block:: console

   python -m abm.plans.expected JudicialReform --write
"""

from __future__ import annotations

import argparse
import functools
import inspect
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from abm.engine.streams import replicate_seed
from abm.environment import Environment
from abm.gate import Gate, Refusal
from abm.measures import known_among
from abm.months import month_name
from abm.plans.effect import environment_of
from abm.reforms.base import Reform
from abm.reforms.effect import everywhere
from abm.reforms.files import BUNDLED, KINDS, of_table
from abm.reforms.quantities import QUANTITIES
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.wording import toml_value
from abm.writing import write_text

__all__ = ["Expected", "ExpectedError", "computed", "disagreements", "main", "place_of", "read", "text_of"]

WORLD: dict[str, Any] = {"graduates": 3000, "end": "2033-12"}
PARTS = ("scenario", "seed", "replicates", "world", "reform", "beside", "changes", "flows")
MEASURES = (
    "emigrants",
    "returns",
    "students_home",
    "foreign_arrivals",
    "net_brain_gain",
    "pillar_linkage",
    "new_graduates",
    "unemployment_rate",
    "service_begun",
    "scholarships_begun",
    "postings_begun",
    "reserve_entrants",
)  # of which those that move most stand in a new table
CLEAR = 4.0  # standard errors by which a flow that is stated moves at the least
MOST_FLOWS = 3
# an effect may stray by so many standard errors or such a share of it, but never to nothing or the other side
BAND, LEAST_BAND, WIDEST_BAND = 4.0, 0.02, 0.75
SAME = 1e-5  # relative, of values that are written with six digits


class ExpectedError(Refusal):
    """An expected table that cannot be read, said in one sentence."""


GATE = Gate(ExpectedError, "an expected table", largest=100_000)


@dataclass(frozen=True)
class Shift:
    """What changes when: one quantity in one country; months are written YYYY-MM, values have the quantity's unit."""

    quantity: str
    country: str
    first: str  # month in which it is another one
    full: str  # first month in which it is farthest from what it would be
    last: str  # month in which it is another one
    before: float  # what it would be then without the reform
    after: float  # what it is then


@dataclass(frozen=True)
class Flow:
    """A measure of the accounts over years, both included: flows are added up, all others averaged.

    ``effect`` is the mean over replicates of the difference that the reform makes, each with its own luck in both runs.
    """

    measure: str
    years: tuple[int, int]
    direction: str = ""  # up or down
    effect: float = math.nan
    standard_error: float = math.nan
    tolerance: float = math.nan


@dataclass(frozen=True)
class Expected:
    """A small world, a reform, and what it does there beside other reforms that are in force with and without it."""

    kind: type[Reform]
    scenario: str = "kazakhstan"
    seed: int = 1
    replicates: int = 8
    world: Mapping[str, Any] = field(default_factory=lambda: dict(WORLD))  # parameters with another value
    reform: Mapping[str, Any] = field(default_factory=dict)
    beside: Sequence[Mapping[str, Any]] = ()
    changes: tuple[Shift, ...] = ()
    flows: tuple[Flow, ...] = ()

    def where(self) -> Scenario:
        """Return the small world."""
        return Scenario.load(self.scenario).replace(self.world)

    def plans(self) -> tuple[tuple[Reform, ...], tuple[Reform, ...]]:
        """Return the reforms without and with the one that the table is about."""
        name = self.kind.__name__
        others = tuple(of_table({"reform": list(self.beside)}, f"expected table of {name}: beside"))
        return others, (
            *others,
            *of_table({"reform": [{"kind": name} | dict(self.reform)]}, f"expected table of {name}"),
        )


def place_of(kind: type[Reform]) -> Path:
    """Return where the expected table of a kind of reform stands: beside the file of its class."""
    return Path(inspect.getfile(kind)).with_suffix(".expected.toml")


def read(kind: type[Reform]) -> Expected:
    """Return the expected table that stands beside a kind of reform.

    Raises
    ------
    ExpectedError
        If there is none, or it holds anything else.
    """
    place = place_of(kind)
    if not place.is_file():
        raise ExpectedError(
            f"{kind.__name__} has no expected table: python -m abm.plans.expected {kind.__name__} --write makes "
            f"{place.name} beside its class"
        )
    table = GATE.parse_toml(GATE.read_text(place), place)
    for name in table:
        if name not in PARTS:
            raise ExpectedError(f"{place}: {name} is not known; allowed are {', '.join(PARTS)}")
    try:
        changes = tuple(Shift(**entry) for entry in table.pop("changes", []))
        flows = tuple(Flow(**entry | {"years": tuple(entry["years"])}) for entry in table.pop("flows", []))
        return Expected(kind, **table, changes=changes, flows=flows)
    except (TypeError, KeyError) as error:
        raise ExpectedError(f"{place}: an entry has other keys than it may have ({error})") from None


def computed(stated: Expected) -> Expected:
    """Return a table with what changes and what moves as the model has it, for the measures and years it states.

    Where it states none, those of the usual measures stand there that move most clearly, if any does.
    """
    world, (others, plan) = stated.where(), stated.plans()
    changes = tuple(_shifts(environment_of(world, others), environment_of(world, plan)))
    if stated.flows:
        return replace(
            stated, changes=changes, flows=tuple(_flow(stated, flow.measure, flow.years) for flow in stated.flows)
        )
    years = (world.first_month // 12, (world.first_month + world.n_months - 1) // 12)
    clear = [flow for name in MEASURES if _is_clear(flow := _flow(stated, name, years))]
    clear.sort(key=lambda flow: -abs(flow.effect) / max(flow.standard_error, 1e-300))
    return replace(stated, changes=changes, flows=tuple(clear[:MOST_FLOWS]))


def disagreements(stated: Expected, found: Expected) -> list[str]:
    """Return in sentences where the model does something else than a table states; none if they agree."""
    said = []
    for flow in stated.flows:
        if not _is_clear(flow):
            said.append(f"{flow.measure} is stated to move by less than {CLEAR:g} standard errors, which may be luck")
    if not stated.flows:
        said.append("no flow is stated, but a reform is expected to move one")
    names = {(shift.quantity, shift.country): shift for shift in found.changes}
    expected = {(shift.quantity, shift.country): shift for shift in stated.changes}
    for where in sorted(names.keys() ^ expected.keys()):
        verb = "is not changed, as is stated" if where in expected else "is changed, which is not stated"
        said.append(f"{' of '.join(where)} {verb}")
    for where in expected.keys() & names.keys():
        if not _same(expected[where], names[where]):
            said.append(f"{' of '.join(where)} changes otherwise: {names[where]}, and not {expected[where]}")
    for flow, now in zip(stated.flows, found.flows, strict=True):
        if now.direction != flow.direction:
            said.append(
                f"{flow.measure} goes {now.direction or 'nowhere'} ({now.effect:.4g}), and not {flow.direction}"
            )
        elif not abs(now.effect - flow.effect) <= flow.tolerance:
            said.append(f"{flow.measure} moves by {now.effect:.4g}, and not by {flow.effect:g} +- {flow.tolerance:g}")
    return said


def _is_clear(flow: Flow) -> bool:
    return flow.effect != 0.0 and abs(flow.effect) >= CLEAR * flow.standard_error


def _same(one: Shift, other: Shift) -> bool:
    close = (
        math.isclose(getattr(one, name), getattr(other, name), rel_tol=SAME, abs_tol=SAME)
        for name in ("before", "after")
    )
    return all(close) and replace(one, before=0.0, after=0.0) == replace(other, before=0.0, after=0.0)


def _shifts(without: Environment, under: Environment) -> Iterable[Shift]:
    """Yield what is another one under a plan in any month."""
    names = {id(quantity): name for name, quantity in QUANTITIES.items()}
    for quantity, country in everywhere(under):
        paths = quantity.path(without, country), quantity.path(under, country)
        yield from _shift(names[id(quantity)], country, under, *paths)
    law = {"actual": "rule_of_law", "announced": "announced_rule_of_law", "credibility": "credibility"}
    for path, name in (law | {"expected": "expected_rule_of_law"}).items():
        yield from _shift(name, 0, under, getattr(without.rule_of_law, path), getattr(under.rule_of_law, path))


def _shift(name: str, country: int, under: Environment, before: np.ndarray, after: np.ndarray) -> Iterable[Shift]:
    months = np.flatnonzero(before != after)
    if len(months):
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = np.where(before == after, 0.0, np.where(np.isfinite(before), np.abs(after - before), 1.0 / after))
        full = int(np.argmax(gap >= gap.max() * (1.0 - 1e-9)))
        first, in_full, last = (month_name(under.first_month + int(n)) for n in (months[0], full, months[-1]))
        yield Shift(
            name, under.names[country], first, in_full, last, *(float(f"{path[full]:.6g}") for path in (before, after))
        )


def _flow(stated: Expected, measure: str, years: tuple[int, int]) -> Flow:
    """Return how a measure moves: the paired effect over the replicates and its standard error."""
    world, (others, plan) = stated.where(), stated.plans()
    luck = stated.seed, stated.replicates
    gaps = np.array(
        [
            _over(after, measure, years) - _over(before, measure, years)
            for before, after in zip(_runs(world, others, *luck), _runs(world, plan, *luck), strict=True)
        ]
    )
    effect, error = float(gaps.mean()), float(gaps.std(ddof=1) / math.sqrt(len(gaps)))
    direction = {1.0: "up", -1.0: "down"}.get(float(np.sign(effect)), "")
    rounded = (float(f"{value:.4g}") for value in (effect, error, _tolerance(effect, error)))
    return Flow(measure, years, direction, *rounded)


def _tolerance(effect: float, error: float) -> float:
    return min(max(BAND * error, LEAST_BAND * abs(effect)), WIDEST_BAND * abs(effect))


def _over(yearly: Mapping[str, np.ndarray], measure: str, years: tuple[int, int]) -> float:
    if measure not in yearly:
        raise ExpectedError(f"there is no measure {measure!r}; there are {', '.join(yearly)}")
    values = yearly[measure][(yearly["year"] >= years[0]) & (yearly["year"] <= years[1])]
    return float(values.sum() if known_among(yearly)[measure].adds_up else values.mean())


@functools.lru_cache(maxsize=64)  # most tables are about one world, whose runs without a reform are the same
def _runs(world: Scenario, plan: tuple[Reform, ...], seed: int, replicates: int) -> list[Mapping[str, np.ndarray]]:
    return [Simulation(world, plan, seed=replicate_seed(seed, n)).run().accounts.yearly() for n in range(replicates)]


def text_of(table: Expected) -> str:
    """Return a table as it stands in its file: an entry a line."""
    name = table.kind.__name__
    lines = [
        f"# What {name} does in a small world, as the tests expect it.  The top is chosen; changes and flows are",
        f"# computed: python -m abm.plans.expected {name} --write",
    ]
    lines += [
        f"{key} = {_written(getattr(table, key))}" for key in ("scenario", "seed", "replicates", "world", "reform")
    ]
    for key, entries in (
        ("beside", table.beside),
        ("changes", list(map(vars, table.changes))),
        ("flows", list(map(vars, table.flows))),
    ):
        if entries:
            lines += ["", f"{key} = [", *(f"    {_written(entry)}," for entry in entries), "]"]
    return "\n".join(lines) + "\n"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        entries = (f"{toml_value(key) if '.' in key else key} = {_written(inner)}" for key, inner in value.items())
        return f"{{{', '.join(entries)}}}"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else toml_value(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute the expected table of a kind of reform and print it, or write it beside its class."""
    known = {name: kind for name, kind in KINDS.items() if kind in BUNDLED}
    parser = argparse.ArgumentParser(prog="python -m abm.plans.expected", description=main.__doc__)
    parser.add_argument("kind", choices=known, metavar="NAME", help=f"one of {', '.join(known)}")
    parser.add_argument("--write", action="store_true", help="write it beside the class instead of printing it")
    options = parser.parse_args(arguments)
    kind = known[options.kind]
    try:
        table = computed(read(kind) if place_of(kind).is_file() else Expected(kind))
    except Refusal as error:
        print(error, file=sys.stderr)
        return 2
    if not table.flows or not all(map(_is_clear, table.flows)):
        print("Not every flow moves clearly: state a stronger reform or other measures.", file=sys.stderr)
    if options.write:
        write_text(place_of(kind), text_of(table))
        print(f"{place_of(kind)}: {len(table.changes)} changes, {len(table.flows)} flows")
    else:
        print(text_of(table), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
