"""What a worker does: some runs, one after the other, each to its outcome, whatever it raises."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.compiled import compiler_is_on
from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.sweep.design import DesignError, Run, unpack_scenario
from abm.sweep.store import FAILED, SUCCEEDED, Outcome, pack

__all__ = [
    "Simulate",
    "failure",
    "is_compiled",
    "measured_by",
    "run_chunk",
    "runs_the_model",
    "simulate_years",
    "warm_up",
]

Simulate = Callable[[Scenario, Sequence[Reform], int], Mapping[str, np.ndarray]]

SCENARIOS_KEPT = 256  # reading one takes milliseconds, and replicates come back to every arm


def simulate_years(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return the yearly series of one run of the model."""
    from abm.simulation import Simulation

    simulation = Simulation(world, reforms=reforms, seed=seed)
    simulation.run()
    return simulation.accounts.yearly()


def run_chunk(runs: Sequence[Run], simulate: Simulate = simulate_years) -> list[Outcome]:
    """Return what became of some runs; an error ends its run, not the chunk."""
    return [_outcome(run, simulate) for run in runs]


def _outcome(run: Run, simulate: Simulate) -> Outcome:
    began = time.perf_counter()
    try:
        series = simulate(_scenario(run.packed), run.arm.reforms, run.seed)
        packed = pack(series)
        _refuse_what_is_no_number(series)
    except Exception as error:  # whatever a run raises is its result; the sweep has to go on
        return failure(run, f"{type(error).__name__}: {error}".replace("\n", " "), time.perf_counter() - began)
    return Outcome(run.key, SUCCEEDED, "", time.perf_counter() - began, packed)


def _refuse_what_is_no_number(series: Mapping[str, np.ndarray]) -> None:
    if np.isfinite(np.concatenate(list(series.values()))).all():
        return
    name = next(name for name, values in series.items() if not np.isfinite(values).all())
    raise ArithmeticError(f"{name} is not a number in one year or more")


def failure(run: Run, sentence: str, seconds: float) -> Outcome:
    """Return the outcome of a run that failed."""
    return Outcome(run.key, FAILED, sentence, seconds, b"")


@functools.lru_cache(maxsize=SCENARIOS_KEPT)
def _scenario(packed: bytes) -> Scenario:
    return Scenario.from_toml(unpack_scenario(packed))


def is_compiled() -> bool:
    """Return whether a run was ever completed with these sources here: closing the accounts is compiled last."""
    if not compiler_is_on():
        return True
    from abm.accounts import balances

    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    dispatcher: Any = balances
    return any(Path(dispatcher.stats.cache_path).glob(f"*balances*{python}*.nbi"))


def measured_by(simulate: Simulate) -> str:
    """Return what a run measures beyond the accounts, part of its key; nothing if it measures nothing more.

    Raises
    ------
    DesignError
        If what does the run has no name of its own, such as a ``functools.partial``.
    """
    if simulate is simulate_years:
        return ""
    if not hasattr(simulate, "__qualname__"):
        raise DesignError(
            f"a run is done by a {type(simulate).__name__}, but must be by a function: its name tells its runs in a "
            "store from those of others"
        )
    return f"{simulate.__module__}.{simulate.__qualname__}"


def runs_the_model(simulate: Simulate) -> bool:
    """Return whether a run is one of the compiled model: what does so is part of its package."""
    return simulate.__module__.startswith("abm.")


def warm_up(simulate: Simulate) -> None:
    """Load the compiled model, or compile it, by a run of a very small world, so that no run has to wait for it."""
    if runs_the_model(simulate):
        simulate_years(Scenario.load("two-country").replace({"graduates": 50}), (), 0)
