"""Many pairs of runs of the plan that is on the page: computed beside the server, in processes that all visits share.

A pair is what the page shows once more, without reform and with it, under other luck; where the past says how far the
scenario's parameters are known, under another draw of these too, the same for both.  The pairs of a visit take turns
with those of others, and the processes stand back behind all else that the machine has to do.
"""

from __future__ import annotations

import itertools
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import cached_property

from abm.page.bands import Pairs, kept
from abm.posterior import Posterior, PosteriorError
from abm.reforms.base import Reform
from abm.scenario import Scenario, ScenarioError
from abm.sweep.arms import Arm
from abm.sweep.design import Run, pack_scenario
from abm.sweep.store import FAILED, Series, unpack
from abm.sweep.watched import WatchedProcesses, WorkerError
from abm.sweep.work import simulate_years

__all__ = ["ASKED", "Bench", "Many", "Question", "Sofar", "processes_for"]

ASKED = 16  # pairs
MOST_PROCESSES = 4  # of all visits together, however many processors there are
NICE = 10
GRACE = 1.0  # seconds in which a pair that nobody waits for any more may end by itself; another process takes longer
PAUSE = 1.5  # seconds between two tellings, which take some time to draw
LINGER = 20.0  # seconds for which a process without work waits for more
NUMBERS = itertools.count()


@dataclass(frozen=True, eq=False)
class Question:
    """What pairs of runs are asked of.

    Parameters
    ----------
    world : Scenario
        The world of all.
    plan : tuple of Reform
        What is changed in the second run of each.
    seed : int
        Of the first pair; that of each further one is higher by one.
    pairs : int
        How many there are.
    """

    world: Scenario
    plan: tuple[Reform, ...]
    seed: int
    pairs: int = ASKED

    def asks_of(self, world: Scenario, plan: tuple[Reform, ...], seed: int) -> bool:
        """Whether it is asked of these."""
        return seed == self.seed and plan == self.plan and (world is self.world or world == self.world)

    @property
    def first_month(self) -> int:
        """The first month in which reforms may be in force, since the year 0."""
        return self.world.first_month + self.world.past_months

    @cached_property
    def draws(self) -> Posterior | None:
        """The draws of which each pair has one: those that come with a bundled scenario.

        None where none come with it, or where one of the parameters that they draw was set otherwise.
        """
        try:
            posterior, bundled = Posterior.bundled(self.world.name), Scenario.load(self.world.name)
            own = any(self.world.get(name) != bundled.get(name) for name in posterior.parameters())
        except (PosteriorError, ScenarioError):
            return None
        return None if own else posterior.select(self.pairs)

    def runs(self, pair: int) -> list[Run]:
        """Return the runs of a pair, counted from 0, the one without reform first.

        Raises
        ------
        PosteriorError
            If the scenario does not allow what is drawn.
        """
        world = self.world if self.draws is None else self.world.replace(self.draws.overrides(self.world, pair))
        packed, seed = pack_scenario(world), self.seed + pair
        arms = Arm("without reform", {}), Arm("with reform", {}, reforms=self.plan)
        return [Run(f"pair {pair}, {arm.label}", arm, pair, seed, packed) for arm in arms]


def processes_for(processors: int | None) -> int:
    """Return how many processes all visits share: half the processors, one at least."""
    return max(1, min(MOST_PROCESSES, (processors or 1) // 2))


class PairError(RuntimeError):
    """A pair of runs that came to nothing, and why."""


class Bench:
    """The processes that all visits share, each taken for a pair at a time by whoever has waited longest.

    Parameters
    ----------
    most : int
        How many there may be at once.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._idle: list[WatchedProcesses] = []
        self._busy: dict[WatchedProcesses, threading.Event] = {}
        self._uses = 0

    def do(self, runs: list[Run], halt: threading.Event) -> list[Series] | None:
        """Return the yearly series of some runs in a process of the bench; None if they are halted meanwhile.

        Raises
        ------
        PairError
            If a run fails, or no process can be started: why, in a sentence.
        """
        worker = self._take(halt)
        if worker is None:
            return None
        try:
            outcomes = worker.do(runs)
        except WorkerError as error:
            self._give_back(worker, kept=False)
            if halt.is_set():
                return None
            raise PairError(str(error)) from None
        self._give_back(worker)
        if failed := [outcome for outcome in outcomes if outcome.status == FAILED]:
            raise PairError(re.sub(r"^\w+: ", "", failed[0].error))  # without the class of the error
        return [unpack(outcome.series) for outcome in outcomes]

    def wake(self) -> None:
        """Let those who wait see that they were halted."""
        with self._changed:
            self._changed.notify_all()

    def end(self, halt: threading.Event) -> None:
        """End the processes that do runs which were halted."""
        with self._changed:
            for worker in [worker for worker, whose in self._busy.items() if whose is halt]:
                del self._busy[worker]
                worker.close()
            self._changed.notify_all()

    def rest(self, seconds: float) -> None:
        """End the processes if nobody asks for one for some seconds."""
        with self._changed:
            uses = self._uses
            if self._changed.wait_for(lambda: self._uses != uses, seconds) or self._busy:
                return  # whoever uses one now rests after that
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def _take(self, halt: threading.Event) -> WatchedProcesses | None:
        turn = object()
        with self._changed:
            self._waiting.append(turn)
            self._changed.wait_for(lambda: halt.is_set() or (self._waiting[0] is turn and len(self._busy) < self.most))
            self._waiting.remove(turn)
            self._changed.notify_all()
            if halt.is_set():
                return None
            self._uses += 1
            worker = self._idle.pop() if self._idle else _new_worker()
            self._busy[worker] = halt
            return worker

    def _give_back(self, worker: WatchedProcesses, *, kept: bool = True) -> None:
        with self._changed:
            if self._busy.pop(worker, None) is not None and kept:  # else it was ended meanwhile
                self._idle.append(worker)
            else:
                worker.close()
            self._changed.notify_all()


def _new_worker() -> WatchedProcesses:
    return WatchedProcesses(simulate_years, None, with_script=False, nice=NICE)


BENCH = Bench(processes_for(os.cpu_count()))


@dataclass(frozen=True, eq=False)
class Sofar:
    """How far a question is answered: the pairs that are done, how many failed and why, and whether more will come."""

    question: Question
    pairs: Pairs | None = None
    failed: int = 0
    why: str = ""  # the first that failed
    going_on: bool = True
    number: int = field(default_factory=lambda: next(NUMBERS))  # no other of this process has it

    @property
    def done(self) -> int:
        """How many pairs there are."""
        return 0 if self.pairs is None else len(self.pairs)


@dataclass(eq=False)
class Many:
    """The pairs of one question, computed in threads of the visit that asks it.

    Parameters
    ----------
    question : Question
        What is asked.
    tell : callable
        Called, in one of these threads, when more is told, and when nothing more will be.
    bench : Bench
        The processes.
    before : Many, optional
        One of the same question that was stopped, whose pairs need not be done again.

    Attributes
    ----------
    told : Sofar
        What was told last; it is replaced, never changed.
    """

    question: Question
    tell: Callable[[], None]
    bench: Bench = field(default_factory=lambda: BENCH)
    before: InitVar[Many | None] = None

    def __post_init__(self, before: Many | None) -> None:
        """Begin with what is known already."""
        self._halt = threading.Event()
        self._lock = threading.Lock()  # of what is found
        self._telling = threading.Lock()
        self._found = {} if before is None else before.found()
        self._failed: dict[int, str] = {}
        self._left = deque(pair for pair in range(self.question.pairs) if pair not in self._found)
        self._threads = min(self.bench.most, len(self._left))
        self._told_at = -PAUSE
        self.told = self._so_far()

    def found(self) -> dict[int, list[Series]]:
        """Return the series of the pairs that are done, by their numbers."""
        with self._lock:
            return dict(self._found)

    def start(self, patience: float = 0.0) -> None:
        """Begin, unless stopped within ``patience`` seconds."""
        for _ in range(self._threads):
            threading.Thread(target=self._work, args=(patience,), daemon=True, name="pairs").start()

    def stop(self) -> None:
        """End it; what is known by now stays."""
        if self._halt.is_set() or not self.told.going_on:
            return
        self._halt.set()
        self.told = self._so_far()
        self.bench.wake()
        timer = threading.Timer(GRACE, self.bench.end, [self._halt])
        timer.daemon = True
        timer.start()

    def _work(self, patience: float) -> None:
        """Do pairs while there are any, then see to it that no process stays without work."""
        if self._halt.wait(patience):
            return
        try:
            while self._do_next():
                self._tell()
        finally:
            with self._lock:
                self._threads -= 1
            self._tell()
        self.bench.rest(LINGER)

    def _do_next(self) -> bool:
        with self._lock:
            if not self._left or self._halt.is_set():
                return False
            pair = self._left.popleft()
        found: list[Series] | str | None
        try:
            found = self.bench.do(self.question.runs(pair), self._halt)
        except (PairError, PosteriorError) as error:
            found = str(error)
        with self._lock:
            if isinstance(found, str):
                self._failed[pair] = found
            elif found is not None:
                self._found[pair] = [kept(series) for series in found]
        return found is not None

    def _so_far(self) -> Sofar:
        """Return what is known: pairs in their order, whichever came first."""
        with self._lock:
            done = [self._found[pair] for pair in sorted(self._found)]
            pairs = Pairs.of(self.question.first_month, done) if done else None
            why = self._failed[min(self._failed)] if self._failed else ""
            return Sofar(self.question, pairs, len(self._failed), why, self._threads > 0 and not self._halt.is_set())

    def _tell(self) -> None:
        """Tell what is known, but not so soon after the last time unless it is all."""
        with self._telling:
            if self._halt.is_set() or (self._threads and time.monotonic() - self._told_at < PAUSE):
                return
            self.told = self._so_far()
            self.tell()
            self._told_at = time.monotonic()
