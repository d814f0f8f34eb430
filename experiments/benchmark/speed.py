"""How fast: a month, a country, a thousand runs, threads, a first start, and the same model written in other ways."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from abm.engine.compiled import compiled
from abm.engine.streams import Purpose, uniforms
from abm.environment import Environment
from abm.months import month_name, month_number
from abm.reforms import PublicSalaryParity
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.sweep.design import Factor, FullFactorial, Run, plan
from abm.sweep.plans import Plans
from abm.sweep.runner import run_sweep
from abm.sweep.store import Store
from experiments.benchmark.timing import (
    NANOSECONDS,
    SEED,
    Cost,
    NotMeasuredError,
    Row,
    Sizes,
    interleaved,
    kazakhstan,
    memory_figure,
    ratios,
    row,
    run_months,
    step_months,
    usable_cores,
)

__all__ = ["cost", "large", "numpy_model", "objects", "one_to_one", "shared_past", "start", "thousand_runs", "threads"]

PROJECT = Path(__file__).parents[2]
CORES = 2
PEAK_BYTES = 300  # a row of the population, while it is drawn; measured at 2.3 million rows
LATE_ARMS, LATE_YEARS = 12, 16
SHORTEST = 100_000  # graduates in all copies of a world: less is too short to time

FIRST_MONTH = """
from abm.months import month_name, month_number
from abm.reforms import PublicSalaryParity
from abm.scenario import Scenario
from abm.simulation import Simulation
Simulation(Scenario.load("kazakhstan").replace({"graduates": 1000}), seed=1).step()
print("done", flush=True)
"""


def cost(sizes: Sizes) -> list[Row]:
    """Measure a living graduate's month in the whole model, one thread, set-up apart."""
    world, small = kazakhstan(sizes.graduates), kazakhstan(sizes.run_graduates)
    copies = max(1, 2 * SHORTEST // sizes.run_graduates) if sizes.rounds > 1 else 1
    taken, of_small = interleaved(
        [lambda: run_months(world, sizes.months), lambda: run_months(small, sizes.months, copies=copies)], sizes.rounds
    )
    size = f"{sizes.graduates:,} graduates, {sizes.months} months, 1 thread"
    note = "the first months of the whole scenario, set-up excluded; living: in work or looking for it"
    return [
        row("cost", size, NANOSECONDS, [one.each for one in taken], note=note),
        row("cost: set-up", size, "s", [one.setup for one in taken], note="population, network and accounts"),
        row(
            "cost: many small runs",
            f"{sizes.run_graduates:,} graduates, {sizes.months} months, {copies} runs one after the other, 1 thread",
            NANOSECONDS,
            [one.each for one in of_small],
        ),
    ]


def objects(sizes: Sizes) -> list[Row]:
    """Measure an object for each agent, in Python with Mesa and networkx, against the engine."""
    note = "drawing Philox numbers in pure Python takes about a quarter of the object model's time"
    return _against("objects", "objects", "ObjectModel", sizes.objects, sizes, note)


def numpy_model(sizes: Sizes) -> list[Row]:
    """Measure vectorised numpy against the engine."""
    return _against("numpy", "vectorised", "VectorisedModel", sizes.vectorised, sizes, "")


def _against(what: str, module: str, name: str, graduates: int, sizes: Sizes, note: str) -> list[Row]:
    model = _reference(module, name)
    world, months = Scenario.load("two-country").replace({"graduates": graduates}), sizes.reference_months
    copies = max(1, 2 * SHORTEST // graduates) if sizes.rounds > 1 else 1
    theirs, ours = interleaved(
        [lambda: _reference_months(model, world, months), lambda: run_months(world, months, copies=copies)],
        sizes.rounds,
    )
    size = f"two-country, {graduates:,} graduates, {months} months, 1 thread"
    return [
        row(what, size, "times the engine's time", ratios(theirs, ours), note=note),
        row(f"{what}: reference model", size, NANOSECONDS, [one.each for one in theirs], note=note),
        row(f"{what}: engine", size, NANOSECONDS, [one.each for one in ours]),
    ]


def _reference(module: str, name: str) -> Callable[..., Any]:
    """Return a class of the reference models, which stand beside the tests and are not installed."""
    path = PROJECT / "tests" / "reference" / f"{module}.py"
    if not path.parent.is_dir():
        raise NotMeasuredError("tests/reference is not here")
    if not path.is_file():
        raise NotMeasuredError(f"tests/reference/{module}.py is not here")
    # by its path: another package's folder of tests may come first under the name
    specification = importlib.util.spec_from_file_location(f"reference_{module}", path)
    assert specification is not None and specification.loader is not None
    loaded = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = loaded
    specification.loader.exec_module(loaded)
    model: Callable[..., Any] = getattr(loaded, name)
    return model


def _reference_months(model: Callable[..., Any], world: Scenario, months: int) -> Cost:
    """Return what the first months take in a reference model; who lives in them is asked of the engine."""
    living = run_months(world, months).graduate_months
    began = time.perf_counter()
    reference = model(world, seed=SEED)
    ready = time.perf_counter()
    for _ in range(months):
        reference.step()
    return Cost(ready - began, time.perf_counter() - ready, living)


def one_to_one(sizes: Sizes) -> list[Row]:
    """Measure all graduates of Kazakhstan, one simulated person for each, to the last month."""
    world = kazakhstan(1)
    persons = sizes.persons or round(Environment(world).weight)
    found = [_in_a_process(whole_run, persons, sizes.last_month) for _ in range(sizes.rounds)]
    months = kazakhstan(persons, sizes.last_month).n_months
    size = f"{persons:,} graduates, {months} months, {CORES} threads"
    rows = [row("one-to-one: time", size, "s", [seconds for seconds, _ in found], note="set-up included")]
    peaks = [peak / 1e9 for _, peak in found if peak is not None]
    note = "of a process that does nothing else"
    if peaks:
        return [*rows, row("one-to-one: peak memory", size, "GB", peaks, note=note)]
    return [*rows, Row("one-to-one: peak memory", size, "GB", note="not measured: only Linux says it")]


def whole_run(graduates: int, last_month: str | None) -> tuple[float, int | None]:
    """Return the seconds of a whole run and the peak of this process's memory, in bytes."""
    Simulation(kazakhstan(2_000, last_month), seed=SEED, threads=CORES).run()  # load what is compiled, or compile
    began = time.perf_counter()
    Simulation(kazakhstan(graduates, last_month), seed=SEED, threads=CORES).run()
    # not ru_maxrss, which begins at the memory of the process that started this one
    return time.perf_counter() - began, memory_figure("/proc/self/status", "VmHWM")


def _in_a_process(work: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(work, *arguments).result()


def thousand_runs(sizes: Sizes) -> list[Row]:
    """Measure a sweep of a thousand runs on two cores from two smaller ones: start-up once, runs scaled up."""
    few, many = sizes.runs
    world = kazakhstan(sizes.run_graduates, sizes.last_month)
    short, long = interleaved([lambda: _sweep(world, few), lambda: _sweep(world, many)], sizes.rounds)
    if any(last <= first for first, last in zip(short, long, strict=True)):
        raise NotMeasuredError(f"{many} runs took no longer than {few}, so that nothing can be scaled up from them")
    seconds = [last + (1000 - many) * (last - first) / (many - few) for first, last in zip(short, long, strict=True)]
    size = f"1,000 runs of {sizes.run_graduates:,} graduates, {world.n_months} months, {CORES} processes"
    note = f"scaled up from sweeps of {few} and {many} runs, their processes' start and the store included"
    return [row("thousand-runs", size, "s", seconds, note=note)]


def shared_past(sizes: Sizes) -> list[Row]:
    """Measure runs of one seed whose reforms begin sixteen years after the start against as many of other seeds."""
    world = kazakhstan(sizes.run_graduates, sizes.last_month)
    last = month_number(world.end)
    start = month_name(min(world.first_month + 12 * LATE_YEARS, last))
    levels = [0.2 + 0.1 * n for n in range(LATE_ARMS)]
    late = Plans.of({f"{level:.1f}": (PublicSalaryParity(start=start, target=level),) for level in levels}).arms()
    alone = FullFactorial([Factor(name="graduates", values=(world.graduates,))]).arms()
    together = plan(world, late, replicates=1, seed=SEED)
    apart = plan(world, alone, replicates=LATE_ARMS, seed=SEED)
    shared, one_by_one = interleaved([lambda: _seconds(together, 1), lambda: _seconds(apart, 1)], sizes.rounds)
    found = [one / other for one, other in zip(shared, one_by_one, strict=True)]
    size = f"{LATE_ARMS} runs of {sizes.run_graduates:,} graduates, {world.n_months} months, reforms from {start} on"
    return [row("shared-past", size, "of the time of runs apart", found)]


def _sweep(world: Scenario, n_runs: int) -> float:
    """Return the seconds of a sweep through the project's own runner."""
    arms = FullFactorial([Factor(name="graduates", values=(world.graduates,))]).arms()
    return _seconds(plan(world, arms, replicates=n_runs, seed=SEED), CORES)


def _seconds(runs: Sequence[Run], workers: int) -> float:
    """Return the seconds that the project's own runner takes for some runs, the store included."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "runs.sqlite") as store:
        sweep = run_sweep(runs, store, workers=workers, quiet=True)
    if sweep.interrupted:
        raise KeyboardInterrupt
    if sweep.n_succeeded < len(runs):
        raise RuntimeError(f"{len(runs) - sweep.n_succeeded} of {len(runs)} runs failed")
    return sweep.seconds


def threads(sizes: Sizes) -> list[Row]:
    """Measure two threads against one."""
    if usable_cores() < CORES:
        raise NotMeasuredError("this process may use one core only")
    world = kazakhstan(sizes.graduates)
    one, two = interleaved(
        [lambda: run_months(world, sizes.months), lambda: run_months(world, sizes.months, threads=CORES)], sizes.rounds
    )
    size = f"{sizes.graduates:,} graduates, {sizes.months} months"
    setups = [alone.setup / shared.setup for alone, shared in zip(one, two, strict=True)]
    return [
        row("threads", size, "times as fast with 2 threads", ratios(one, two), note="months; set-up is apart"),
        row("threads: set-up", size, "times as fast with 2 threads", setups),
        row("threads: draws alone", "40 million draws", "times as fast with 2 threads", _two_threads_of_draws(sizes),
            note="what two threads gain here that share nothing and need no memory"),
    ]  # fmt: skip


def _two_threads_of_draws(sizes: Sizes) -> list[float]:
    """Return how much faster two threads make random numbers than one."""
    n, repeats = 256, 80_000 if sizes.rounds > 1 else 8
    rank, cohort = np.arange(n, dtype=np.uint32), np.zeros(n, dtype=np.uint32)

    def work(_: int) -> None:
        draw_again_and_again(rank, cohort, repeats, np.empty(n))

    def seconds(workers: int) -> float:
        with ThreadPoolExecutor(workers) as pool:
            began = time.perf_counter()
            list(pool.map(work, range(2)))
            return time.perf_counter() - began

    one, two = interleaved([lambda: seconds(1), lambda: seconds(2)], sizes.rounds)
    return [alone / shared for alone, shared in zip(one, two, strict=True)]


@compiled
def draw_again_and_again(rank: np.ndarray, cohort: np.ndarray, repeats: int, out: np.ndarray) -> None:
    """Make the uniform draws of some persons, month after month."""
    for month in range(repeats):
        uniforms(SEED, rank, cohort, month, Purpose.SIGNAL, 0, out)


def large(sizes: Sizes) -> list[Row]:
    """Measure a month of very many graduates against one of few, by turns."""
    few, many = sizes.large
    world, months = kazakhstan(few), sizes.large_months
    rows = len(Simulation(world, seed=SEED).graduates.person)
    needed, available = PEAK_BYTES * rows * many / few, memory_figure("/proc/meminfo", "MemAvailable")
    if available is not None and available < needed:
        raise NotMeasuredError(
            f"{available / 1e9:.1f} GB of memory are free, but {many:,} graduates need about {needed / 1e9:.1f} GB"
        )
    began = time.perf_counter()
    everybody = Simulation(kazakhstan(many), seed=SEED)
    setup = time.perf_counter() - began
    small, big = interleaved(
        [lambda: run_months(world, 6 * months), lambda: step_months(everybody, months)], sizes.rounds
    )
    size = f"{many:,} against {few:,} graduates"
    return [
        row("large", size, "times the cost", ratios(big, small), note=f"{months} months a round, 1 thread"),
        row("large: few", f"{few:,} graduates", NANOSECONDS, [one.each for one in small]),
        row("large: many", f"{many:,} graduates", NANOSECONDS, [one.each for one in big]),
        row("large: set-up", f"{many:,} graduates", "s", [setup], note="1 thread"),
    ]


def start(sizes: Sizes) -> list[Row]:
    """Measure the seconds from a new process to its first month, with and without compiled code on the disk."""
    size = "1,000 graduates, 1 month"
    (warm,) = interleaved([_first_month], sizes.rounds)
    cold = []
    for _ in range(sizes.rounds):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(_first_month(BRAIN_GAIN_CACHE=folder))
    note = "from the start of Python; its files were read shortly before"
    return [
        row("start: warm cache", size, "s", warm, note=note),
        row("start: cold cache", size, "s", cold, note="everything is compiled"),
    ]


def _first_month(**environment: str) -> float:
    """Return the seconds from starting Python until the first month is done."""
    paths = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", FIRST_MONTH],
        env=os.environ | {"PYTHONPATH": paths} | environment,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is for this process alone, which then ends the other
    ) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
        except KeyboardInterrupt:
            process.kill()
            raise
        seconds = time.perf_counter() - began
    if said.strip() != "done":
        raise RuntimeError("the process that should run one month ended without it")
    return seconds
