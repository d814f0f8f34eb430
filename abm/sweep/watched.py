"""Runs in a process of their own, watched from this one: if it hangs or dies in a run, only that run is lost.

A run that takes longer than allowed cannot be stopped from within: compiled code listens to nobody.  So its process is
ended, and the next run begins in a new one.  A process that dies is followed by one that reports after every run, so
that it is known which run it died of.  All end with the process that watches them, however that ended.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from multiprocessing import resource_tracker, spawn
from multiprocessing.connection import Connection, wait
from typing import Any

from abm.engine.cache import announce_compiling
from abm.sweep.design import Run
from abm.sweep.manifest import model_version
from abm.sweep.store import Outcome
from abm.sweep.work import Simulate, failure, run_chunk, warm_up

__all__ = ["WatchedProcesses", "WorkerError", "run_chunk_elsewhere"]

ATTEMPTS = 2  # a process that died may have been somebody's mistake; one that dies of the same run again was not
IDLE_SECONDS = 300.0  # until a process without work ends: on a cluster nobody else tells it that the sweep is over
READY = "ready"

_STARTING = threading.Lock()  # what starting changes for a moment belongs to the whole process


class WorkerError(RuntimeError):
    """Worker processes that cannot work at all, said in one sentence."""


class _DiedError(Exception):
    """A process ended before it had reported; says how."""


class _Process:
    """A process that does runs and reports each."""

    def __init__(self, simulate: Simulate, with_script: bool, nice: int) -> None:
        # explicit, because importing Mesa changes the default start method for everybody
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, simulate, nice), daemon=True, name="sweep-worker")
        try:
            script = nullcontext() if with_script else _script_left_alone()
            with _STARTING, _children_allowed(), _interrupts_withheld(), script:
                self._process.start()
        finally:
            theirs.close()

    def wait_until_ready(self) -> None:
        """Wait until everything is imported and compiled, which is no run's fault."""
        self._receive(None)

    def do(self, runs: Sequence[Run], *, one_by_one: bool, time_limit: float | None) -> Iterator[list[Outcome]]:
        """Yield the outcomes as they are reported: all at once, which costs less, or one by one.

        Raises
        ------
        TimeoutError
            If the next report takes longer than the limit, in seconds.
        _DiedError
            If the process ends before it.
        """
        try:
            self._pipe.send((runs, one_by_one))
        except OSError:
            raise _DiedError(self._how_it_ended()) from None
        for _ in range(len(runs) if one_by_one else 1):
            outcomes: list[Outcome] = self._receive(time_limit)
            yield outcomes

    def _receive(self, time_limit: float | None) -> Any:
        try:
            if not self._pipe.poll(time_limit):
                raise TimeoutError
            return self._pipe.recv()
        except (EOFError, ConnectionError):
            raise _DiedError(self._how_it_ended()) from None

    def _how_it_ended(self) -> str:
        self._process.join(5.0)
        code = self._process.exitcode
        if code is None or code >= 0:
            return f"exit code {code}"
        name = signal.Signals(-code).name
        return name + (", as when memory runs out" if name == "SIGKILL" else "")

    def is_alive(self) -> bool:
        """Return whether the process still waits for runs."""
        return self._process.is_alive()

    def kill(self) -> None:
        """End the process, whatever it is doing; whoever waits for it learns that it died."""
        self._process.kill()

    def close(self) -> None:
        """End the process and leave nothing of it."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


@contextmanager
def _script_left_alone() -> Iterator[None]:
    """Keep a new process from running the caller's script again, as it would to find what that defines.

    A process that is spawned imports the main module of the one that spawns it; without ``if __name__ == "__main__"``
    around it, that would start the sweep once more.  What is prepared for a process that this thread starts therefore
    says nothing of a main module; what other threads do meanwhile stays as it is.
    """
    prepare, mine = spawn.get_preparation_data, threading.get_ident()

    def without_script(name: str) -> dict[str, Any]:
        data: dict[str, Any] = prepare(name)
        if threading.get_ident() == mine:
            data = {key: value for key, value in data.items() if not key.startswith("init_main_from")}
        return data

    spawn.get_preparation_data = without_script
    try:
        yield
    finally:
        spawn.get_preparation_data = prepare


@contextmanager
def _children_allowed() -> Iterator[None]:
    """Let a Dask worker have a child: as a daemon it may not, lest the child outlive it, which ours does not."""
    current = multiprocessing.current_process()
    daemon = current.daemon
    current.daemon = False
    try:
        yield
    finally:
        current.daemon = daemon


@contextmanager
def _interrupts_withheld() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach, not even before it can say so: whoever started it decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # started first, because starting it would let interrupts through again (seen in Python 3.11 to 3.13)
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, simulate: Simulate, nice: int) -> None:
    """Do runs as they come, until nobody asks any more."""
    if nice and hasattr(os, "nice"):
        os.nice(nice)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    announce_compiling(lambda sentence: None)  # whoever started this process has said so
    try:
        warm_up(simulate)
        pipe.send(READY)
        while pipe.poll(IDLE_SECONDS):
            runs, one_by_one = pipe.recv()
            for part in ([run] for run in runs) if one_by_one else [runs]:
                pipe.send(run_chunk(part, simulate))
    except (EOFError, ConnectionError):
        return  # whoever asked is gone


def _end_with_parent() -> None:
    """Watch the parent from a thread and end with it: one that was killed tells nobody (cpython issue 111873)."""
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("a sweep's worker was started without a parent")

    def watch(sentinel: int) -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, args=(parent.sentinel,), name="watch-parent", daemon=True).start()


class WatchedProcesses:
    """Processes that do chunks of runs, one for each thread that asks at a time; they are kept for the next chunk.

    Parameters
    ----------
    simulate : callable
        Does one run; a new process has to be able to import it.
    time_limit : float, optional
        Seconds that one run may take.
    with_script : bool
        Whether processes import the script that started this one, because it defines what they do.
    nice : int
        How far processes stand back where others ask for the same processor, up to 19, where the system knows of it.
    """

    def __init__(
        self, simulate: Simulate, time_limit: float | None, *, with_script: bool = True, nice: int = 0
    ) -> None:
        self._simulate, self._time_limit, self._with_script, self._nice = simulate, time_limit, with_script, nice
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._closed = False
        self._lock = threading.Lock()

    def start_one(self) -> None:
        """Have one process ready, its model compiled."""
        self._give_back(self._take())

    def do(self, runs: Sequence[Run]) -> list[Outcome]:
        """Return what became of some runs; one that never ends, or of which its process dies twice, has failed.

        Raises
        ------
        WorkerError
            If no process can be started.
        """
        outcomes: list[Outcome] = []
        deaths = [0] * len(runs)
        one_by_one = self._time_limit is not None
        while len(outcomes) < len(runs):
            process = self._take()
            try:
                rest = runs[len(outcomes) :]
                for reported in process.do(rest, one_by_one=one_by_one, time_limit=self._time_limit):
                    outcomes += reported
            except TimeoutError:
                limit = self._time_limit or 0.0
                outcomes.append(failure(runs[len(outcomes)], f"took longer than {limit:g} s", limit))
                self._drop(process)
            except _DiedError as died:
                if one_by_one:
                    which = len(outcomes)
                    deaths[which] += 1
                    if deaths[which] == ATTEMPTS:
                        outcomes.append(failure(runs[which], f"the process died in this run, twice ({died})", 0.0))
                one_by_one = True
                self._drop(process)
            else:
                self._give_back(process)
        return outcomes

    def _take(self) -> _Process:
        """Return a process that waits for runs; a new one if all are busy."""
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.is_alive():
                    self._busy.add(process)
                    return process
                process.close()
        return self._start(ATTEMPTS)

    def _start(self, attempts: int) -> _Process:
        process = _Process(self._simulate, self._with_script, self._nice)
        with self._lock:
            self._busy.add(process)
            if self._closed:
                process.kill()
        try:
            process.wait_until_ready()
        except _DiedError as died:
            self._drop(process)
            if attempts == 1 or self._closed:
                raise WorkerError(f"the worker processes end before their first run ({died})") from None
            return self._start(attempts - 1)
        return process

    def _give_back(self, process: _Process) -> None:
        with self._lock:
            self._busy.discard(process)
            self._idle.append(process)

    def _drop(self, process: _Process) -> None:
        with self._lock:
            self._busy.discard(process)
        process.close()

    def close(self) -> None:
        """End all processes at once; threads that wait for one learn that it died."""
        with self._lock:
            self._closed = True
            for process in self._busy:
                process.kill()
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()


def run_chunk_elsewhere(simulate: Simulate, time_limit: float | None, model: str, runs: Sequence[Run]) -> list[Outcome]:
    """Return what became of some runs, in a worker of some executor, on whatever machine.

    With a time limit they are done by a process of the worker's own, which is kept for the next chunk.

    Raises
    ------
    WorkerError
        If the worker has another version of the model than the one that keeps the results.
    """
    if model_version() != model:
        raise WorkerError(f"a worker has the model '{model_version()}', but the sweep is of '{model}'")
    return run_chunk(runs, simulate) if time_limit is None else _processes(os.getpid(), simulate, time_limit).do(runs)


@functools.cache
def _processes(_: int, simulate: Simulate, time_limit: float) -> WatchedProcesses:
    """Return the processes of this worker, by its own number: one forked of it has none of them."""
    return WatchedProcesses(simulate, time_limit)
