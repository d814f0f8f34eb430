"""Running a sweep: serially, in local processes, or through any ``concurrent.futures`` executor.

Runs are handed out in chunks of about a second of work, a few chunks ahead, and every finished chunk goes straight to
the store.  A run that fails becomes a row with its error and the sweep goes on; so does one that takes its process with
it or takes longer than allowed (:mod:`~abm.sweep.watched`).  Other machines are reached through
:mod:`~abm.sweep.cluster`.
"""

from __future__ import annotations

import functools
import math
import numbers
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
)
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from abm.checks import LONGEST_WAIT, is_collection, whole
from abm.engine.cache import announce_compiling
from abm.scenario import shown
from abm.sweep.cluster import worker_died
from abm.sweep.design import DesignError, Run
from abm.sweep.manifest import model_version
from abm.sweep.store import FAILED, Outcome, Series, Store, StoreError, unpack
from abm.sweep.tally import Tally
from abm.sweep.watched import WatchedProcesses, WorkerError, run_chunk_elsewhere
from abm.sweep.work import (
    Simulate,
    failure,
    family_of,
    is_compiled,
    measured_by,
    run_chunk,
    run_each,
    runs_the_model,
    simulate_years,
    warm_up,
)

__all__ = ["Simulate", "Sweep", "SweepError", "do_runs", "run_chunk", "run_sweep", "series_of", "simulate_years"]

CHUNK_SECONDS = 1.0  # long beside the cost of handing a chunk out, short beside the patience of whoever interrupts
FAMILY_SECONDS = 10.0  # that a chunk may take, so as not to part runs that share their past
LOOK_SECONDS = 0.5  # between looks whether there are more workers now
WORKERS_A_SECOND = 125  # that a scheduler serves with half its time; for more of them, chunks are longer
LARGEST_CHUNK = 1000  # runs, however short: results wait in memory until their chunk is done
CHUNKS_AHEAD = 2  # for each worker, so that none waits for the next

Do = Callable[[list[Run]], list[Outcome]]


class SweepError(RuntimeError):
    """A sweep that cannot go on, said in one sentence; what was finished is kept."""


class _WorkerDiedError(Exception):
    """A chunk took its workers with it."""


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
    workers: int | Callable[[], int] = 1,
    simulate: Simulate = simulate_years,
    executor: Executor | None = None,
    time_limit: float | None = None,
    quiet: bool = False,
) -> Sweep:
    """Do the runs that the store does not have yet, and keep each as it finishes.

    Parameters
    ----------
    runs : sequence of Run
        What to run, in this order.
    store : Store
        Where results are kept.
    workers : int, or callable that returns one
        Local processes; with 1 the runs are done in this one.  With ``executor``, how many workers that has.
    simulate : callable
        Does one run: (scenario, reforms, seed) -> yearly series.  Processes have to be able to import it.
    executor : concurrent.futures.Executor, optional
        Any other executor; it is left open.
    time_limit : float, optional
        Seconds that one run may take.  Its process is ended then, and the run has failed; every worker therefore has
        its runs done by a process of its own, one worker too.
    quiet : bool
        Whether to keep progress to oneself.

    Returns
    -------
    Sweep
        Counts; ``interrupted`` is set after Ctrl-C, and everything finished by then is in the store.

    Raises
    ------
    DesignError
        If the runs were planned for another function, under whose name they would be kept.
    SweepError
        If no worker can do any run.
    StoreError
        If results cannot be kept.
    """
    measured = measured_by(simulate)
    runs = _checked(runs)
    if other := [run for run in runs if run.measured != measured]:
        planned = f"measured='{other[0].measured}'" if other[0].measured else "the standard model, without measured"
        raise DesignError(
            f"{simulate.__qualname__} would do runs that are planned for {planned}, and a store would keep them under "
            "that name: make the plan with measured=measured_by(simulate), by the same function as it is now"
        )
    return do_runs(
        runs, store, workers=workers, simulate=simulate, executor=executor, time_limit=time_limit, quiet=quiet
    )


def series_of(runs: Sequence[Run], store: Store, **how: Any) -> list[Series]:
    """Return the yearly series of each run, in their order, having done those that the store does not have.

    Parameters
    ----------
    runs : sequence of Run
        What to run; some may be the same.
    store : Store
        Where results are kept.
    **how
        As :func:`run_sweep` takes it.

    Raises
    ------
    SweepError
        If one of them failed: which, and why.
    KeyboardInterrupt
        If they were interrupted; those that are done are kept.
    """
    if run_sweep(runs, store, **how).interrupted:
        raise KeyboardInterrupt
    found: dict[str, Series] = {}
    for outcome in store.outcomes(list(dict.fromkeys(run.key for run in runs))):
        if outcome.status == FAILED:
            name = next(run.arm.name for run in runs if run.key == outcome.key)
            raise SweepError(f"{name} failed: {outcome.error}")
        found[outcome.key] = unpack(outcome.series)
    return [found[run.key] for run in runs]


def _checked(runs: Any) -> tuple[Run, ...]:
    runs = tuple(runs) if is_collection(runs) else (runs,)
    if wrong := [run for run in runs if not isinstance(run, Run)]:
        raise DesignError(f"{shown(wrong[0])} is no run, but runs must be those that plan() returns")
    return runs


def do_runs(
    runs: Sequence[Run],
    store: Store,
    *,
    workers: int | Callable[[], int] = 1,
    simulate: Simulate = simulate_years,
    executor: Executor | None = None,
    time_limit: float | None = None,
    quiet: bool = False,
) -> Sweep:
    """Do runs as :func:`run_sweep` does, for callers who know that they were planned for this function."""
    is_number = isinstance(time_limit, numbers.Real) and not isinstance(time_limit, bool)
    if time_limit is not None and not (is_number and 0.0 < time_limit <= LONGEST_WAIT):
        raise SweepError(
            f"the time limit is {shown(time_limit)} seconds, but must be more than 0 and at most {LONGEST_WAIT:,}"
        )
    time_limit = None if time_limit is None else float(time_limit)
    if executor is not None and not isinstance(executor, Executor):
        raise SweepError(f"the executor is {shown(executor)}, but must be one of concurrent.futures or of its kind")
    count = _counted(workers, fewest=1 if executor is None else 0)  # an executor may have to wait for its workers
    if not isinstance(store, Store):
        raise StoreError(f"the store is {shown(store)}, but must be an open Store")
    runs = _checked(runs)
    began = time.perf_counter()
    unique = list({run.key: run for run in runs}.values())
    keys = [run.key for run in unique]
    n_damaged = store.drop_damaged(keys)
    found = store.succeeded(keys)
    pending = deque(_by_family([run for run in unique if run.key not in found], simulate))
    tally = Tally(store, len(unique), len(found), quiet)
    if n_damaged:
        were = "was damaged and is" if n_damaged == 1 else "were damaged and are"
        tally.say(f"{n_damaged} of the runs in the store {were} run again.")
    interrupted = False
    try:
        if executor is not None:
            do = functools.partial(run_chunk_elsewhere, simulate, time_limit, model_version())
            _feed(executor, do, pending, count, tally, simulate)
        elif workers == 1 and time_limit is None:
            _do_here(pending, simulate, tally)
        else:
            _do_in_processes(pending, count(), simulate, time_limit, tally)
    except KeyboardInterrupt:
        interrupted = True
        tally.say("Stopping; what is done is kept.")
    finally:
        tally.close()
    seconds = time.perf_counter() - began
    return Sweep(len(unique), len(found), tally.n_succeeded, tally.n_failed, interrupted, seconds)


def _counted(workers: int | Callable[[], int], fewest: int) -> Callable[[], int]:
    """Return what says how many workers there are, or refuses to, whenever it is asked."""
    if callable(workers):
        return lambda: whole("what workers() returns", workers(), fewest, error=DesignError)
    return functools.partial(int, whole("workers", workers, 1, error=DesignError))


def _compile_first(simulate: Simulate, tally: Tally, compile_it: Callable[[], None]) -> None:
    """Compile once, before several processes would each do it, and before any run's time counts."""
    if runs_the_model(simulate) and not is_compiled():
        announce_compiling(tally.say)
        compile_it()
        tally.restart_clock()


def _do_here(pending: deque[Run], simulate: Simulate, tally: Tally) -> None:
    """Do all runs in this process."""
    if pending:
        _compile_first(simulate, tally, lambda: warm_up(simulate))
    while pending:
        _do_chunk_here(_next_chunk(pending, tally.pace, 1, simulate), simulate, tally)


def _do_chunk_here(chunk: Sequence[Run], simulate: Simulate, tally: Tally) -> None:
    """Do a chunk, and keep what is done about every second of it, however long it takes."""
    done: list[Outcome] = []
    for _, outcome in run_each(chunk, simulate):
        done.append(outcome)
        if sum(one.seconds for one in done) >= CHUNK_SECONDS:
            tally.add(done)
            done = []
    if done:
        tally.add(done)


def _do_in_processes(
    pending: deque[Run], workers: int, simulate: Simulate, time_limit: float | None, tally: Tally
) -> None:
    """Do all runs in local processes, each watched from a thread of this one."""
    workers = min(workers, len(pending))
    if workers == 0:
        return
    made_of = {simulate, *(type(reform) for run in pending for reform in run.arm.reforms)}
    of_script = any(thing.__module__ == "__main__" for thing in made_of)
    processes = WatchedProcesses(simulate, time_limit, with_script=of_script)
    with ThreadPoolExecutor(workers, thread_name_prefix="watch-worker") as threads, closing(processes):
        _compile_first(simulate, tally, processes.start_one)
        _feed(threads, processes.do, pending, lambda: workers, tally, simulate)


def _feed(
    executor: Executor,
    do: Do,
    pending: deque[Run],
    n_workers: Callable[[], int],
    tally: Tally,
    simulate: Simulate,
) -> None:
    """Feed an executor until nothing is pending; runs whose workers died are tried again, each alone."""
    while pending:
        suspects = _feed_until_workers_die(executor, do, pending, n_workers, tally, simulate)
        if suspects:
            tally.say(f"Workers died; {len(suspects)} runs that they had are tried again one by one.")
        for run in suspects:
            tally.add(_alone(executor, do, run))


def _feed_until_workers_die(
    executor: Executor,
    do: Do,
    pending: deque[Run],
    n_workers: Callable[[], int],
    tally: Tally,
    simulate: Simulate,
) -> list[Run]:
    """Hand chunks out and keep what comes back; return the runs of which workers died, when nothing is under way."""
    under_way: dict[Future[list[Outcome]], list[Run]] = {}
    finished: SimpleQueue[Future[list[Outcome]]] = SimpleQueue()
    suspects: list[Run] = []
    try:
        while under_way or (pending and not suspects):
            # what is finished comes first: among many workers the first results say how long all other chunks should be
            while pending and not suspects and finished.empty() and len(under_way) < CHUNKS_AHEAD * n_workers():
                chunk = _next_chunk(pending, tally.pace, n_workers(), simulate)
                future = _submitted(executor, do, chunk)
                under_way[future] = chunk
                future.add_done_callback(finished.put)
            try:
                future = finished.get(timeout=LOOK_SECONDS)
            except Empty:
                continue
            chunk = under_way.pop(future)
            try:
                tally.add(_outcomes(future))
            except _WorkerDiedError:
                suspects += chunk
    except BrokenExecutor as error:
        raise SweepError(
            f"the executor has lost a worker and is closed ({error}); finished runs are kept, so start it anew"
        ) from error
    finally:
        for future in under_way:
            future.cancel()
    return suspects


def _submitted(executor: Executor, do: Do, chunk: list[Run]) -> Future[list[Outcome]]:
    """Hand a chunk to an executor, which may have been shut down."""
    try:
        return executor.submit(do, chunk)
    except BrokenExecutor:
        raise
    except RuntimeError as error:
        raise SweepError(f"the executor takes no runs ({error}); finished runs are kept, so start it anew") from error


def _alone(executor: Executor, do: Do, run: Run) -> list[Outcome]:
    """Return what became of one run while nothing else is under way: if workers die now, they die of it."""
    future = _submitted(executor, do, [run])
    try:
        return _outcomes(future)
    except _WorkerDiedError:
        return [failure(run, "the process died in this run, again and again (killed, or out of memory)", 0.0)]
    finally:
        future.cancel()


def _outcomes(future: Future[list[Outcome]]) -> list[Outcome]:
    """Return what a worker made of its chunk; runs' own errors are in there, so any other error is the executor's."""
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except WorkerError as error:
        raise SweepError(f"{error}; finished runs are kept") from error
    except CancelledError:
        raise SweepError("the executor gave up runs, as when its scheduler is gone; finished runs are kept") from None
    except Exception as error:
        if worker_died(error):
            raise _WorkerDiedError from None
        reason = f"{type(error).__name__}: {error}".replace("\n", " ")
        raise SweepError(f"the workers cannot do runs ({reason}); finished runs are kept") from error


def _next_chunk(pending: deque[Run], pace: float, workers: int, simulate: Simulate) -> list[Run]:
    """Take about a second of work, but leave enough for every worker at the end.

    Runs that share their past stay together, as long as they take no more than a few seconds.
    """
    seconds = CHUNK_SECONDS * max(1.0, workers / WORKERS_A_SECOND)
    fair = math.ceil(len(pending) / workers)
    most = 1 if pace <= 0.0 else min(LARGEST_CHUNK, fair, max(1, int(FAMILY_SECONDS * seconds / pace)))
    chunk = [pending.popleft() for _ in range(1 if pace <= 0.0 else min(max(1, int(seconds / pace)), most))]
    family = family_of(chunk[-1], simulate)
    while pending and len(chunk) < most and family is not None and family == family_of(pending[0], simulate):
        chunk.append(pending.popleft())
    return chunk


def _by_family(runs: Sequence[Run], simulate: Simulate) -> list[Run]:
    """Return runs with those that share their past side by side, the families in the order of their first."""
    order: dict[object, int] = {}
    places = [order.setdefault(family_of(run, simulate) or place, place) for place, run in enumerate(runs)]
    return [runs[which] for which in sorted(range(len(runs)), key=places.__getitem__)]
