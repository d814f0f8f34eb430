"""What the laboratory adds to the runs themselves: time, memory of the process that hands them out, commits."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.sweep import runner
from abm.sweep.design import Factor, FullFactorial, Run, plan
from abm.sweep.runner import Simulate, do_runs, run_chunk
from abm.sweep.store import Store
from experiments.benchmark.timing import SEED, Row, Sizes, interleaved, memory_figure, row

__all__ = ["no_time", "overhead"]

NAME = "laboratory"
RUN_SECONDS = 0.02
WORKERS = 2
YEARS, MEASURES = 25, 43  # as Kazakhstan's runs have them
CLOCK = "by the clock, on an idle machine only; a longer sweep less a shorter one, so that starting is left out"
PROCESSORS = (
    "what all processes compute beside runs, measured with empty ones in chunks of fifty, as runs of 20 ms have"
)
CHUNK = round(1.0 / RUN_SECONDS)


def twenty_milliseconds(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Keep the processor busy for so long, and return as many numbers as the model does."""
    end = time.thread_time() + RUN_SECONDS
    series = no_time(world, reforms, seed)
    while time.thread_time() < end:
        pass
    return series


def no_time(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return as many numbers as the model does, at once."""
    counts = np.random.default_rng(seed).integers(0, 100_000, (MEASURES, YEARS)).astype(float)
    years = {"year": np.arange(2026, 2026 + YEARS), "months": np.full(YEARS, 12)}
    return years | {f"measure_{number}": values for number, values in enumerate(counts)}


def overhead(sizes: Sizes) -> list[Row]:
    """Measure what a sweep costs beside its runs, done serially, in two processes and by two workers of Dask."""
    full = sizes.rounds > 1
    return [
        *_here(full, sizes.rounds),
        *_dask(full, sizes.rounds),
        *_commits(200 if full else 5, sizes.rounds),
        *_parent_memory(20_000 if full else 200),
    ]


def _here(full: bool, rounds: int) -> list[Row]:
    ways: dict[str, dict[str, Any]] = {
        "serial": {"workers": 1},
        f"{WORKERS} processes": {"workers": WORKERS},
        "1 process with a time limit": {"workers": 1, "time_limit": 60.0},
    }
    measures = [_measure(full, _processor_here, way) for way in ways.values()]
    taken = interleaved(measures, rounds)
    return [row for name, spent in zip(ways, taken, strict=True) for row in _rows(name, spent)]


def _measure(full: bool, processor: Callable[[], float], way: dict[str, Any]) -> Callable[[], tuple[float, float]]:
    return lambda: (_by_the_clock(full, way), _by_processors(full, processor, way))


def _rows(name: str, spent: Sequence[tuple[float, float]]) -> list[Row]:
    size, unit = "runs of 20 ms", "% of a run"
    return [
        row(f"{NAME}: {name}", size, unit, [clock for clock, _ in spent], note=CLOCK),
        row(f"{NAME}: {name}, processors", size, unit, [processor for _, processor in spent], note=PROCESSORS),
    ]


def _by_the_clock(full: bool, way: dict[str, Any]) -> float:
    """Return what a sweep adds to the time of a run, in % of it."""
    few, many = (50, 350) if full else (2, 22)
    short, long = (_seconds(_runs(n_runs), twenty_milliseconds, **way) for n_runs in (few, many))
    return 100.0 * (way["workers"] * (long - short) / (many - few) / RUN_SECONDS - 1.0)


def _by_processors(full: bool, processor: Callable[[], float], way: dict[str, Any]) -> float:
    """Return what all processes compute for a run beside the run, in % of it."""
    few, many = (500, 6500) if full else (10, 110)
    spent = []
    with mock.patch.object(runner, "LARGEST_CHUNK", CHUNK):
        for n_runs in (few, many):
            runs = _runs(n_runs)
            before = processor()
            _seconds(runs, no_time, **way)
            spent.append(processor() - before)
    return 100.0 * (spent[1] - spent[0]) / (many - few) / RUN_SECONDS


def _processor_here() -> float:
    """Return the seconds that processors have worked for this process and for its children that have ended."""
    return sum(os.times()[:4])


def _seconds(runs: Sequence[Run], simulate: Simulate, **options: Any) -> float:
    """Return the seconds of a sweep in a new store."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "runs.sqlite") as store:
        sweep = do_runs(runs, store, simulate=simulate, quiet=True, **options)
    if sweep.interrupted:
        raise KeyboardInterrupt
    if sweep.n_succeeded < len(runs):
        raise RuntimeError(f"{len(runs) - sweep.n_succeeded} of {len(runs)} runs failed")
    return sweep.seconds


def _runs(n_runs: int) -> list[Run]:
    arms = FullFactorial([Factor(name="graduates", values=(100,))]).arms()
    return plan(Scenario.load("kazakhstan"), arms, replicates=n_runs, seed=SEED)


def _dask(full: bool, rounds: int) -> list[Row]:
    """Return what two Dask workers on this machine add to a run, and what a task costs its scheduler."""
    name = f"{NAME}: {WORKERS} Dask workers"
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return [Row(name, "", "", note="not measured: Dask is the extra 'cluster'")]
    workers: dict[str, Any] = {"n_workers": WORKERS, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**workers) as machines, Client(machines, set_as_default=False) as client:
        executor = client.get_executor(pure=False, retries=2)

        def processor() -> float:
            return _processor_here() + sum(client.run(time.process_time).values())

        measure = _measure(full, processor, {"workers": WORKERS, "executor": executor})
        n_tasks = 300 if full else 10
        (added,) = interleaved([measure], rounds)
        (tasks,) = interleaved([lambda: _task_seconds(executor, n_tasks)], rounds)
    note = "tasks that do nothing, a few ahead; scheduler and client share a process here"
    milliseconds = [1e3 * each for each in tasks]
    return [
        *_rows(f"{WORKERS} Dask workers", added),
        row(f"{NAME}: Dask task", f"{n_tasks} tasks", "ms", milliseconds, note=note),
    ]


def _task_seconds(executor: Executor, n_tasks: int) -> float:
    """Return the seconds of an empty task, with two of them ahead for every worker."""
    began = time.perf_counter()
    under_way = [executor.submit(os.getpid) for _ in range(2 * WORKERS)]
    for _ in range(n_tasks):
        under_way.pop(0).result()
        under_way.append(executor.submit(os.getpid))
    for future in under_way:
        future.result()
    return (time.perf_counter() - began) / (n_tasks + len(under_way))


def _commits(n_commits: int, rounds: int) -> list[Row]:
    """Return how many chunks of fifty runs a store takes a second, each safe on the disk before the next."""
    outcomes = run_chunk(_runs(CHUNK * n_commits), no_time)
    chunks = [outcomes[first : first + CHUNK] for first in range(0, len(outcomes), CHUNK)]

    def commit(*, network: bool) -> float:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # the folder for temporary files may be memory
            with Store(Path(folder) / "runs.sqlite", network=network) as store:
                began = time.perf_counter()
                for one in chunks:
                    store.add(one)
                return n_commits / (time.perf_counter() - began)

    ahead, back = interleaved([lambda: commit(network=False), lambda: commit(network=True)], rounds)
    size = f"{n_commits} chunks of {CHUNK} runs, {len(outcomes[0].series):,} bytes each"
    return [
        row(f"{NAME}: store", size, "commits a second", ahead, note="written ahead and flushed"),
        row(f"{NAME}: network store", size, "commits a second", back, note="rollback journal, on this machine's disk"),
    ]


def _parent_memory(n_runs: int) -> list[Row]:
    name, size = f"{NAME}: parent's memory", f"{n_runs:,} runs, {WORKERS} processes"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        seconds, peak = executor.submit(large_sweep, n_runs).result()
    each = row(f"{NAME}: empty runs", size, "ms a run", [1e3 * seconds / n_runs], note="the processes' start included")
    if peak is None:
        return [each, Row(name, size, "MB", note="not measured: only Linux says it")]
    return [each, row(name, size, "MB", [peak / 1e6], note="peak of the process that hands out runs and keeps them")]


def large_sweep(n_runs: int) -> tuple[float, int | None]:
    """Return the seconds of a sweep of runs that take no time, and this process's peak of memory in bytes."""
    multiprocessing.current_process().daemon = False  # of an executor, yet with workers of its own
    seconds = _seconds(_runs(n_runs), no_time, workers=WORKERS)
    return seconds, memory_figure("/proc/self/status", "VmHWM")
