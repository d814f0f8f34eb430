"""Running a sweep: serially, in local processes, or through any ``concurrent.futures`` executor.

Runs are handed out in chunks of about a second of work, a few chunks ahead, and every finished chunk goes straight to
the store.  A run that fails becomes a row with its error and the sweep goes on; a worker that dies takes only its own
chunk with it, which is tried again run by run.  Local workers end with the process that started them, however it ended:
each watches it from a thread (a killed executor would otherwise leave its workers behind, cpython issue 111873).
"""

from __future__ import annotations

import functools
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_any
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from abm.compiled import compiler_is_on
from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.sweep.design import Run
from abm.sweep.store import FAILED, SUCCEEDED, Outcome, Store, pack

__all__ = ["Simulate", "Sweep", "SweepError", "run_chunk", "run_sweep", "simulate_years"]

Simulate = Callable[[Scenario, Sequence[Reform], int], Mapping[str, np.ndarray]]

CHUNK_SECONDS = 1.0  # long beside the cost of handing a chunk out, short beside the patience of whoever interrupts
CHUNKS_AHEAD = 2  # for each worker, so that none waits for the next
LINE_SECONDS = 20.0  # between lines of progress where there is no terminal


def simulate_years(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return the yearly series of one run of the model."""
    from abm.simulation import Simulation

    simulation = Simulation(world, reforms=reforms, seed=seed)
    simulation.run()
    return simulation.accounts.yearly()


class SweepError(RuntimeError):
    """A sweep that cannot go on, said in one sentence; what was finished is kept."""


class _WorkerDiedError(Exception):
    """A worker took some runs with it."""

    def __init__(self, lost: list[Run]) -> None:
        super().__init__(f"{len(lost)} runs")
        self.lost = lost


@functools.lru_cache(maxsize=64)
def _scenario(toml: str) -> Scenario:
    return Scenario.from_toml(toml)


def run_chunk(runs: Sequence[Run], simulate: Simulate = simulate_years) -> list[Outcome]:
    """Return what became of some runs; an error ends its run, not the chunk."""
    return [_outcome(run, simulate) for run in runs]


def _outcome(run: Run, simulate: Simulate) -> Outcome:
    began = time.perf_counter()
    try:
        series = simulate(_scenario(run.scenario), run.arm.reforms, run.seed)
        for name, values in series.items():
            if not np.all(np.isfinite(values)):
                raise ArithmeticError(f"{name} is not a number in one year or more")
        packed = pack(series)
    except Exception as error:  # whatever a run raises is its result; the sweep has to go on
        sentence = f"{type(error).__name__}: {error}".replace("\n", " ")
        return Outcome(run.key, FAILED, sentence, time.perf_counter() - began, b"")
    return Outcome(run.key, SUCCEEDED, "", time.perf_counter() - began, packed)


@dataclass(frozen=True)
class Sweep:
    """How a sweep ended: runs asked for, found finished in the store, newly finished, failed, and whether cut short."""

    n_runs: int
    n_found: int
    n_succeeded: int
    n_failed: int
    interrupted: bool
    seconds: float

    @property
    def n_missing(self) -> int:
        """Runs that are still to be done."""
        return self.n_runs - self.n_found - self.n_succeeded - self.n_failed


def run_sweep(
    runs: Sequence[Run],
    store: Store,
    *,
    workers: int = 1,
    simulate: Simulate = simulate_years,
    executor: Executor | None = None,
    quiet: bool = False,
) -> Sweep:
    """Do the runs that the store does not have yet, and keep each as it finishes.

    Parameters
    ----------
    runs : sequence of Run
        What to run, in this order.
    store : Store
        Where results are kept.
    workers : int
        Local processes; with 1 the runs are done in this one.  With ``executor``, how many workers that has.
    simulate : callable
        Does one run: (scenario, reforms, seed) -> yearly series.  Processes have to be able to import it.
    executor : concurrent.futures.Executor, optional
        Any other executor; it is left open.
    quiet : bool
        Whether to keep progress to oneself.

    Returns
    -------
    Sweep
        Counts; ``interrupted`` is set after Ctrl-C, and everything finished by then is in the store.
    """
    began = time.perf_counter()
    unique = list({run.key: run for run in runs}.values())
    found = store.succeeded([run.key for run in unique])
    pending = deque(run for run in unique if run.key not in found)
    tally = _Tally(store, len(unique), len(found), quiet)
    interrupted = False
    try:
        if pending and simulate is simulate_years and _nothing_compiled():
            tally.say("Compiling the model for this machine; this happens once and takes about a minute.")
            tally.add(run_chunk([pending.popleft()], simulate), timed=False)
        if executor is not None:
            _run_through(executor, pending, workers, simulate, tally)
        elif workers == 1 or len(pending) <= 1:
            while pending:
                tally.add(run_chunk(_next_chunk(pending, tally.pace, 1), simulate))
        else:
            _run_in_processes(pending, workers, simulate, tally)
    except KeyboardInterrupt:
        interrupted = True
        tally.say("Stopping; what is done is kept.")
    except _WorkerDiedError:
        raise SweepError("the executor lost a worker and is closed; finished runs are kept, so start it anew") from None
    finally:
        tally.close()
    seconds = time.perf_counter() - began
    return Sweep(len(unique), len(found), tally.n_succeeded, tally.n_failed, interrupted, seconds)


def _nothing_compiled() -> bool:
    """Return whether no run was ever completed with these sources here: closing the accounts is compiled last."""
    if not compiler_is_on():
        return False
    from abm.accounts import balances

    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    dispatcher: Any = balances
    return not any(Path(dispatcher.stats.cache_path).glob(f"*balances*{python}*.nbi"))


def _next_chunk(pending: deque[Run], pace: float, workers: int) -> list[Run]:
    """Take about a second of work, but leave enough for every worker at the end."""
    size = 1 if pace <= 0.0 else max(1, int(CHUNK_SECONDS / pace))
    size = min(size, math.ceil(len(pending) / workers))
    return [pending.popleft() for _ in range(size)]


def _run_through(executor: Executor, pending: deque[Run], workers: int, simulate: Simulate, tally: _Tally) -> None:
    """Feed an executor until nothing is pending or under way.

    Raises
    ------
    _WorkerDiedError
        If the executor breaks; it names the runs that were under way.
    """
    under_way: dict[Future[list[Outcome]], list[Run]] = {}
    try:
        while pending or under_way:
            while pending and len(under_way) < CHUNKS_AHEAD * workers:
                chunk = _next_chunk(pending, tally.pace, workers)
                under_way[_submit(executor, chunk, simulate)] = chunk
            finished, _ = wait(under_way, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                tally.add(future.result())
                del under_way[future]
    except BrokenExecutor:
        raise _WorkerDiedError([run for chunk in under_way.values() for run in chunk]) from None
    finally:
        for future in under_way:
            future.cancel()


def _submit(executor: Executor, chunk: list[Run], simulate: Simulate) -> Future[list[Outcome]]:
    """Hand a chunk out; an executor that is broken already says so through the future, like one that breaks later."""
    try:
        return executor.submit(run_chunk, chunk, simulate)
    except BrokenExecutor as error:
        broken: Future[list[Outcome]] = Future()
        broken.set_exception(error)
        return broken


def _run_in_processes(pending: deque[Run], workers: int, simulate: Simulate, tally: _Tally) -> None:
    """Use local processes; when one dies, find out which run it died of and go on without it."""
    while pending:
        try:
            with _Processes(min(workers, len(pending))) as executor:
                _run_through(executor, pending, workers, simulate, tally)
        except _WorkerDiedError as died:
            tally.say(f"A worker process died; the {len(died.lost)} runs under way are tried again one by one.")
            for run in died.lost:
                _run_alone(run, simulate, tally)


def _run_alone(run: Run, simulate: Simulate, tally: _Tally) -> None:
    """Do one run in a process of its own: if the process dies of it, that is the run's result."""
    try:
        with _Processes(1) as executor:
            outcomes = executor.submit(run_chunk, [run], simulate).result()
    except BrokenExecutor:
        outcomes = [Outcome(run.key, FAILED, "the process died in this run (killed, or out of memory)", 0.0, b"")]
    tally.add(outcomes)


class _Processes:
    """Local worker processes that are gone when the ``with`` block is, or when this process is."""

    def __init__(self, workers: int) -> None:
        # explicit, because importing Mesa changes the default start method for everybody
        context = multiprocessing.get_context("spawn")
        listen, self._stop = context.Pipe(duplex=False)
        self._listen = listen
        self.executor = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_end_with_parent, initargs=(listen,)
        )

    def __enter__(self) -> Executor:
        return self.executor

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.executor.shutdown()
        self._stop.close()  # workers that are still busy end here and now
        self.executor.shutdown(wait=False, cancel_futures=True)
        self._listen.close()


def _end_with_parent(listen: Connection) -> None:
    """Prepare a worker: the parent decides about Ctrl-C, and the worker ends when the parent says so or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    signs: list[Any] = [listen] if parent is None else [listen, parent.sentinel]

    def watch() -> None:
        wait_for_any(signs)
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


class _Tally:
    """Counts what finished, keeps it, and says how far the sweep is."""

    def __init__(self, store: Store, n_runs: int, n_found: int, quiet: bool) -> None:
        self.n_succeeded = self.n_failed = 0
        self.pace = 0.0  # seconds a run
        self._store, self._n_runs, self._n_found, self._quiet = store, n_runs, n_found, quiet
        self._began = self._last_line = time.perf_counter()
        self._n_untimed = 0
        hidden = quiet or not sys.stderr.isatty()
        self._bar = tqdm(total=n_runs, initial=n_found, unit="run", file=sys.stderr, disable=hidden, dynamic_ncols=True)
        self._plain = hidden and not quiet
        if n_found:
            self.say(f"{n_found} of {n_runs} runs are in the store already.")

    def add(self, outcomes: list[Outcome], *, timed: bool = True) -> None:
        """Keep a finished chunk and count it; one that took its time to compile says nothing about the pace."""
        self._store.add(outcomes)
        failed = sum(outcome.status == FAILED for outcome in outcomes)
        self.n_failed += failed
        self.n_succeeded += len(outcomes) - failed
        self._bar.update(len(outcomes))
        if not timed:
            self._n_untimed += len(outcomes)
            self._began = self._last_line = time.perf_counter()
            self._bar.unpause()
            return
        seconds = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
        self.pace = seconds if self.pace == 0.0 else 0.7 * self.pace + 0.3 * seconds
        self._say_how_far()

    def _say_how_far(self) -> None:
        now = time.perf_counter()
        if not self._plain or now - self._last_line < LINE_SECONDS:
            return
        self._last_line = now
        new = self.n_succeeded + self.n_failed
        left = self._n_runs - self._n_found - new
        each = (now - self._began) / max(new - self._n_untimed, 1)
        self.say(f"{self._n_found + new} of {self._n_runs} runs, {each * left:.0f} s left.")

    def say(self, sentence: str) -> None:
        """Write a line without tearing the bar apart."""
        if not self._quiet:
            tqdm.write(sentence, file=sys.stderr)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()
