"""What a worker does: some runs, one after the other, each to its outcome, whatever it raises."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from abm.gate import breaks_line
from abm.reforms.base import Reform, ReformError
from abm.reforms.files import is_bundled
from abm.scenario import Scenario, shown
from abm.sweep.design import DesignError, Run, unpack_scenario
from abm.sweep.own_code import is_own_code, own_digest
from abm.sweep.own_reforms import said_by
from abm.sweep.store import FAILED, SUCCEEDED, Outcome, pack

__all__ = [
    "Simulate",
    "failure",
    "family_of",
    "is_compiled",
    "measured_by",
    "of_another_model",
    "run_chunk",
    "run_each",
    "runs_the_model",
    "simulate_years",
    "warm_up",
]

Simulate = Callable[[Scenario, Sequence[Reform], int], Mapping[str, np.ndarray]]
World = TypeVar("World")

IDENTITY = ("run", "arm", "replicate", "seed", "status", "error", "digest")  # columns that say which run a row is of
YEAR, MONTHS = "year", "months"

SCENARIOS_KEPT = 256  # reading one takes milliseconds, and replicates come back to every arm


class SeriesError(ValueError):
    """Yearly series that no table can hold, said in one sentence."""


def simulate_years(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return the yearly series of one run of the model, from when reforms may begin."""
    from abm.simulation import Simulation

    simulation = Simulation(world, reforms=reforms, seed=seed)
    simulation.run()
    return simulation.accounts.counted()


def of_another_model(
    read: Callable[[str], World],
) -> Callable[[Callable[[World, Sequence[Reform], int], Mapping[str, np.ndarray]]], Simulate]:
    """Return a decorator of functions that do runs of another model, whose worlds are no scenarios.

    The text of such a run (:attr:`~abm.sweep.design.Run.packed`) is whatever ``read`` makes that model's world of.
    """

    def decorated(function: Callable[[World, Sequence[Reform], int], Mapping[str, np.ndarray]]) -> Simulate:
        function.__dict__["read"] = read
        return cast(Simulate, function)

    return decorated


def run_chunk(runs: Sequence[Run], simulate: Simulate = simulate_years) -> list[Outcome]:
    """Return what became of some runs, in their order; an error ends its run, not the chunk."""
    found = dict(run_each(runs, simulate))
    return [found[place] for place in range(len(runs))]


def run_each(runs: Sequence[Run], simulate: Simulate) -> Iterator[tuple[int, Outcome]]:
    """Yield what became of some runs, as each is done, with its place among them.

    Runs of the standard model that have the same scenario and the same seed are done together, so that they share their
    past (:mod:`abm.sweep.shared_past`).
    """
    families: dict[object, list[int]] = {}
    for place, run in enumerate(runs):
        families.setdefault(family_of(run, simulate) or place, []).append(place)
    for family, places in families.items():
        if isinstance(family, tuple):
            yield from _outcomes(runs, places)
        else:
            yield places[0], _outcome(runs[places[0]], simulate)


def family_of(run: Run, simulate: Simulate) -> tuple[bytes, int] | None:
    """Return what the runs have in common that share their past with this one; None if it shares it with none."""
    return (run.packed, run.seed) if simulate is simulate_years else None


def _outcomes(runs: Sequence[Run], places: Sequence[int]) -> Iterator[tuple[int, Outcome]]:
    """Yield what became of runs of one scenario and one seed; what they share counts as the time of the first."""
    from abm.sweep.shared_past import together

    began = time.perf_counter()
    ready = []
    for place in places:
        try:
            world = _ready(runs[place], simulate_years)
            ready.append(place)
        except (Exception, SystemExit) as error:
            yield place, failure(runs[place], _said(error), time.perf_counter() - began)
            began = time.perf_counter()
    plans = [runs[place].arm.reforms for place in ready]
    for which, found in together(world, plans, runs[places[0]].seed) if ready else ():
        outcome = _kept(runs[ready[which]], found, began)
        yield ready[which], outcome
        began = time.perf_counter()


def _ready(run: Run, simulate: Simulate) -> Any:
    """Return a run's world, a scenario or another model's, if its reforms are what they were when it was planned."""
    if run.said:
        _check_said(run)
    return _world(run.packed, getattr(simulate, "read", Scenario.from_toml))


def _outcome(run: Run, simulate: Simulate) -> Outcome:
    began = time.perf_counter()
    try:
        series = simulate(_ready(run, simulate), run.arm.reforms, run.seed)
    except (Exception, SystemExit) as error:  # whatever a run raises is its result; the sweep has to go on
        return failure(run, _said(error), time.perf_counter() - began)
    return _kept(run, series, began)


def _kept(run: Run, found: Any, began: float) -> Outcome:
    """Return the outcome of a run that began at some time, given its series or the error that ended it."""
    try:
        if isinstance(found, BaseException):
            raise found
        packed = pack(_checked(found, run.arm.levels))
    except (Exception, SystemExit) as error:
        return failure(run, _said(error), time.perf_counter() - began)
    return Outcome(run.key, SUCCEEDED, "", time.perf_counter() - began, packed)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".replace("\n", " ")


def _check_said(run: Run) -> None:
    """Refuse to keep a run under what its reforms no longer say, as when a class was changed meanwhile.

    Raises
    ------
    ReformError
        If a reform of one's own says anything else here and now than where and when the run was planned.
    """
    if said_by(_world(run.packed, Scenario.from_toml), run.arm.reforms) != run.said:
        names = ", ".join(type(reform).__name__ for reform in run.arm.reforms if not is_bundled(reform))
        raise ReformError(
            f"{names}: what it says of itself has changed since the runs were planned, or is another in worker "
            "processes: give it all that it depends on as parameters, and plan the runs anew"
        )


def _checked(series: Any, levels: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return yearly series as arrays, having refused whatever a table of runs could not hold.

    Raises
    ------
    SeriesError, ArithmeticError
        If they are no rows of numbers, a number for each year, under names that are free.
    """
    if not isinstance(series, Mapping):
        raise SeriesError(f"a run returns {type(series).__name__}, but must return yearly series by their names")
    if masked := [name for name, values in series.items() if np.ma.is_masked(values)]:
        raise SeriesError(f"{masked[0]} has masked values, but must have a number for each year")
    arrays = {name: np.asarray(values) for name, values in series.items()}
    for name, values in arrays.items():
        if not isinstance(name, str) or not name or breaks_line(name):
            raise SeriesError(f"a measure is named {shown(name)}, but must be named by a text of one line")
        if name in IDENTITY or name in levels:
            raise SeriesError(f"a measure is named '{name}', which is another column of the table of runs")
        if values.ndim != 1 or values.dtype.kind not in "biuf":
            raise SeriesError(f"{name} is no row of numbers, one for each year")
    if YEAR not in arrays:
        raise SeriesError(f"there is no series '{YEAR}', but it says which year each number is of")
    years = arrays[YEAR]
    if len(years) == 0 or years.dtype.kind not in "iu" or (np.diff(years.astype(np.int64)) <= 0).any():
        raise SeriesError(
            f"{YEAR} is {shown(years.tolist())}, but must be whole years, one or more, in ascending order"
        )
    for name, values in arrays.items():
        if len(values) != len(years):
            raise SeriesError(f"{name} has {len(values)} numbers, but there are {len(years)} years")
        if not np.isfinite(values).all():
            raise ArithmeticError(f"{name} is not a number in one year or more")
    if MONTHS in arrays and not ((arrays[MONTHS] > 0) & (arrays[MONTHS] <= 12)).all():
        raise SeriesError(f"{MONTHS} is {shown(arrays[MONTHS].tolist())}, but a year has 1 to 12 months")
    return arrays


def failure(run: Run, sentence: str, seconds: float) -> Outcome:
    """Return the outcome of a run that failed."""
    return Outcome(run.key, FAILED, sentence, seconds, b"")


@functools.lru_cache(maxsize=SCENARIOS_KEPT)
def _world(packed: bytes, read: Callable[[str], Any]) -> Any:
    return read(unpack_scenario(packed))


def is_compiled() -> bool:
    """Return whether the model was ever compiled here."""
    from abm.simulation import is_compiled

    return is_compiled()


def measured_by(simulate: Simulate, *, kept: bool = True) -> str:
    """Return what a run measures beyond the accounts, part of its key; nothing if it measures nothing more.

    A function of one's own is known by what it does (:func:`~abm.sweep.own_code.own_digest`), so that it never meets
    runs of what it was before; where its runs are not ``kept``, it meets none, and its name will do.

    Raises
    ------
    DesignError
        If what does the run is no function, such as a ``functools.partial``, or one of which nobody can tell whether it
        is the same in another session.
    """
    if simulate is simulate_years:
        return ""
    if inspect.ismethod(simulate) or not inspect.isroutine(simulate):
        raise DesignError(
            f"a run is done by a {type(simulate).__name__}, but must be by a function: its name and code tell its runs "
            "in a store from those of others"
        )
    name = f"{simulate.__module__}.{simulate.__qualname__}"
    if not is_own_code(simulate):
        return name
    return f"{name} {own_digest(simulate)}" if kept else f"{name}, not kept"


def runs_the_model(simulate: Simulate) -> bool:
    """Return whether a run is one of the compiled model: what does so is part of its package."""
    return str(simulate.__module__).startswith("abm.")  # what is made by exec may have none


def warm_up(simulate: Simulate) -> None:
    """Load the compiled model, or compile it, by a run of a very small world, so that no run has to wait for it."""
    if runs_the_model(simulate):
        simulate_years(Scenario.load("two-country").replace({"graduates": 50}), (), 0)
