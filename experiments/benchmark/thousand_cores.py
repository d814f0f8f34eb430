"""How many workers one sweep can feed: its own loop and its own store, against workers that only wait.

The scheduler is a queue that serves one task at a time, as slowly as Dask's was measured to; workers wait as long as
their runs would take and then hand over results like the model's, packed for the journey.  What is real is everything
that happens in the one process that hands out runs and keeps results, which is what does not grow with the cluster.
"""

from __future__ import annotations

import heapq
import pickle
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from abm.scenario import Scenario
from abm.sweep.arms import Arm
from abm.sweep.design import Run, pack_scenario
from abm.sweep.runner import run_sweep
from abm.sweep.store import SUCCEEDED, Outcome, Store, pack
from experiments.benchmark.laboratory import no_time
from experiments.benchmark.timing import Row, Sizes, row

__all__ = ["thousand_cores"]

NAME = "thousand-cores"
TASK_SECONDS = 0.004  # of Dask's scheduler; measured by the laboratory's rows
CASES = ((64, 0.02), (250, 0.02), (1000, 0.1), (1000, 0.5))  # workers, seconds a run


class VirtualWorkers(Executor):
    """A cluster in which nothing is computed.

    Parameters
    ----------
    workers : int
        How many chunks are done at a time.
    run_seconds, task_seconds : float
        What a run takes its worker, and a chunk the scheduler.
    """

    def __init__(self, workers: int, run_seconds: float, task_seconds: float = TASK_SECONDS) -> None:
        self._run_seconds, self._task_seconds = run_seconds, task_seconds
        self._series = pack(no_time(Scenario.load("two-country"), (), 1))
        self._scheduler_free = 0.0
        self._workers_free = [0.0] * workers
        self._due: list[tuple[float, int, Future[Any], list[Run]]] = []
        self._n_submitted = 0
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Say when a chunk, the last argument, will be done."""
        runs: list[Run] = args[-1]
        pickle.dumps(runs)  # as it would be sent
        future: Future[Any] = Future()
        with self._changed:
            self._scheduler_free = max(self._scheduler_free, time.perf_counter()) + self._task_seconds
            begins = max(self._scheduler_free, heapq.heappop(self._workers_free))
            ends = begins + self._run_seconds * len(runs)
            heapq.heappush(self._workers_free, ends)
            self._n_submitted += 1
            heapq.heappush(self._due, (ends, self._n_submitted, future, runs))
            self._changed.notify()
        return future

    def _deliver(self) -> None:
        while True:
            with self._changed:
                now = time.perf_counter()
                while self._open and (not self._due or self._due[0][0] > now):
                    self._changed.wait(self._due[0][0] - now if self._due else None)
                    now = time.perf_counter()
                if not self._open:
                    return
                _, _, future, runs = heapq.heappop(self._due)
            outcomes = [Outcome(run.key, SUCCEEDED, "", self._run_seconds, self._series) for run in runs]
            arrived = pickle.loads(pickle.dumps(outcomes))
            future.set_result(arrived)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop delivering."""
        with self._changed:
            self._open = False
            self._changed.notify()
        if wait:
            self._thread.join()


def thousand_cores(sizes: Sizes) -> list[Row]:
    """Measure which share of their time so many workers would be busy."""
    full = sizes.rounds > 1
    return [_busy(workers, each, seconds=30.0) for workers, each in CASES] if full else [_busy(4, 0.02, seconds=0.5)]


def _busy(workers: int, run_seconds: float, seconds: float) -> Row:
    n_runs = round(workers * seconds / run_seconds)
    scenario = pack_scenario(Scenario.load("two-country"))
    arm = Arm("baseline", {})
    runs = [Run(f"{number:064x}", arm, number, number, scenario) for number in range(n_runs)]
    # the folder for temporary files may be memory
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, Store(Path(folder) / "runs.sqlite") as store:
        with VirtualWorkers(workers, run_seconds) as executor:
            sweep = run_sweep(runs, store, workers=workers, executor=executor, quiet=True)
    if sweep.n_missing:
        raise KeyboardInterrupt
    share = 100.0 * n_runs * run_seconds / (workers * sweep.seconds)
    size = f"{workers:,} workers, runs of {1000 * run_seconds:g} ms, {n_runs:,} runs"
    note = f"{n_runs / sweep.seconds:,.0f} runs a second kept; first chunks of one run each included"
    return row(NAME, size, "% of the workers' time", [share], note=note)
