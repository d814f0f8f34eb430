"""Many worlds run through the sweep's own runner and store: in parallel, and found again by whoever was interrupted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.sweep.arms import Arm
from abm.sweep.design import Run, pack_scenario
from abm.sweep.own_reforms import known_reforms
from abm.sweep.runner import Simulate, series_of, simulate_years
from abm.sweep.store import Store, key_of
from abm.sweep.work import measured_by, warm_up

__all__ = ["Bench", "Table", "Task", "opened"]

Table = Mapping[str, np.ndarray]  # yearly series of a run


@dataclass(frozen=True)
class Task:
    """A run: a world under reforms, and its luck."""

    name: str
    world: Scenario
    seed: int
    reforms: tuple[Reform, ...] = field(default=())

    def as_run(self, measured: str) -> Run:
        """Return it as the runner has it."""
        packed, scenario = pack_scenario(self.world), self.world.to_toml()
        known = known_reforms(scenario, self.reforms, measured)
        arm = Arm(self.name, {"run": self.name}, reforms=self.reforms)
        return Run(key_of(scenario, known.known, self.seed, measured), arm, 0, self.seed, packed, measured, known.said)


@dataclass(frozen=True)
class Bench:
    """Where runs are done and kept.

    Parameters
    ----------
    store : Store
        Where they are kept.
    workers : int
        Processes.
    quiet : bool
        Whether to keep progress to oneself.
    executor : Executor, optional
        The processes, which stay from one round of runs to the next; without them runs are done in this one.
    """

    store: Store
    workers: int = 1
    quiet: bool = True
    executor: Executor | None = None

    def tables(self, tasks: Sequence[Task], simulate: Simulate) -> list[Table]:
        """Return the yearly series of runs, in their order.

        Raises
        ------
        SweepError
            If one of them fails.
        KeyboardInterrupt
            If they were interrupted; those that are done are kept.
        """
        measured = measured_by(simulate)
        runs = [task.as_run(measured) for task in tasks]
        how = {"workers": self.workers, "simulate": simulate, "executor": self.executor, "quiet": self.quiet}
        found = series_of(runs, self.store, **how)
        return [{name: np.asarray(values) for name, values in series.items()} for series in found]


@contextmanager
def opened(path: Path | None, workers: int, *, quiet: bool) -> Iterator[Bench]:
    """Yield a bench whose runs are kept in a file, or for as long as it is there only."""
    with ExitStack() as stack:
        if path is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="brain-gain-"))) / "runs.sqlite"
        store = stack.enter_context(Store(path))
        executor = None
        if workers > 1:
            warm_up(simulate_years)  # compiled once, before several processes would each do it
            executor = stack.enter_context(ProcessPoolExecutor(workers, mp_context=get_context("spawn")))
        yield Bench(store, workers, quiet, executor)
