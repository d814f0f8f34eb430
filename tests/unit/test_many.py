"""Many pairs of runs: the bits of those that Python makes, bounded for all visits, stopped, told and resumed."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from abm import Scenario
from abm.page import many as module
from abm.page.many import Bench, Many, Question, processes_for
from abm.page.pair import Pair
from abm.posterior import Posterior
from abm.reforms import MeritReform, PublicSalaryParity
from abm.simulation import Simulation
from abm.sweep.store import FAILED, SUCCEEDED, Outcome, pack
from abm.sweep.watched import WorkerError

PLAN = (MeritReform(start="2026-01"),)
SECONDS = 60.0


@pytest.fixture(scope="module")
def world() -> Scenario:
    return Scenario.load("two-country").replace({"graduates": 300, "end": "2027-12"})


def until(what: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < SECONDS
        time.sleep(0.01)


def done(many: Many) -> None:
    until(lambda: not many.told.going_on)


class Fake:
    """What stands for a process: it notes what it is doing, and goes on when it is let."""

    there: list[Fake] = []
    let = threading.Event()
    under_way: list[str] = []
    most = 0
    fails: dict[str, str] = {}
    lock = threading.Lock()

    def __init__(self) -> None:
        self.closed = threading.Event()
        Fake.there.append(self)

    def do(self, runs: list[Any]) -> list[Outcome]:
        with Fake.lock:
            Fake.under_way.append(runs[0].key)
            Fake.most = max(Fake.most, len(Fake.under_way))
        try:
            while not Fake.let.wait(0.005):
                if self.closed.is_set():
                    raise WorkerError("ended")
        finally:
            with Fake.lock:
                Fake.under_way.remove(runs[0].key)
        return [self._outcome(run) for run in runs]

    def _outcome(self, run: Any) -> Outcome:
        why = Fake.fails.get(run.key, "")
        names = ("net_brain_gain", "graduates_at_home", "public_cost")
        series = {name: np.full(2, float(run.seed)) for name in names}
        packed = b"" if why else pack({"year": np.array([2026, 2027]), "months": np.array([12, 12])} | series)
        return Outcome(run.key, FAILED if why else SUCCEEDED, why, 0.0, packed)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Fake]]:
    monkeypatch.setattr(module, "_new_worker", Fake)
    monkeypatch.setattr(module, "GRACE", 0.05)
    monkeypatch.setattr(module, "LINGER", 0.2)
    monkeypatch.setattr(module, "PAUSE", 0.0)
    Fake.there, Fake.under_way, Fake.most, Fake.fails = [], [], 0, {}
    Fake.let.clear()
    yield Fake
    Fake.let.set()


def test_processes_are_half_the_processors_one_at_least_and_four_at_most() -> None:
    assert [processes_for(n) for n in (None, 1, 2, 3, 4, 8, 64)] == [1, 1, 1, 1, 2, 4, 4]


def test_pairs_are_the_bits_of_the_same_seeds_run_by_python_and_leave_no_process(
    world: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of their own, which stands back behind all others and ends when there is no more to do."""
    monkeypatch.setattr(module, "LINGER", 0.3)
    before, bench, niceness = set(multiprocessing.active_children()), Bench(1), []

    def tell() -> None:
        for process in set(multiprocessing.active_children()) - before:
            niceness.append(_nice_of(process.pid))

    many = Many(Question(world, PLAN, 7, pairs=3), tell, bench)
    many.start()
    done(many)
    assert many.told.pairs is not None and (many.told.done, many.told.failed) == (3, 0)
    for place in range(3):
        for arm, plan in enumerate(((), PLAN)):
            alone = Simulation(world, plan, seed=7 + place).run().accounts.counted()
            for name, values in many.told.pairs.values.items():
                assert np.array_equal(values[place, arm], alone[name]), (place, arm, name)
    shown = Pair(world, PLAN, 7)
    while not shown.finished:
        shown.step()
    gap = shown.series()["net_brain_gain"].gap
    assert many.told.pairs.gap("net_brain_gain")[0].tolist() == [gap[:12].sum(), gap[12:].sum()]
    assert set(niceness) == {min(os.nice(0) + 10, 19)}
    until(lambda: set(multiprocessing.active_children()) <= before)


def _nice_of(pid: int | None) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid or 0)


def test_a_bundled_posterior_is_drawn_from_once_for_each_pair_the_same_for_both_runs() -> None:
    world = Scenario.load("kazakhstan-2010")
    question = Question(world, PLAN, 5)
    posterior = Posterior.bundled("kazakhstan-2010").select(16)
    assert question.draws is not None and np.array_equal(question.draws.rows, posterior.rows)
    for place in (0, 15):
        without, under = question.runs(place)
        drawn = world.replace(posterior.overrides(world, place))
        assert without.packed == under.packed and Scenario.from_toml(without.scenario) == drawn
        assert without.seed == under.seed == 5 + place
        assert (without.arm.reforms, under.arm.reforms) == ((), PLAN)
    assert question.runs(0)[0].packed != question.runs(1)[0].packed


def test_whoever_set_a_parameter_that_is_drawn_keeps_it_and_other_countries_have_no_draws() -> None:
    world = Scenario.load("kazakhstan-2010")
    assert Question(world.replace({"graduates": 500}), PLAN, 5).draws is not None
    mine = Question(world.replace({"decision.rule_of_law_weight": 0.2}), PLAN, 5)
    assert mine.draws is None
    assert Scenario.from_toml(mine.runs(3)[0].scenario).decision.rule_of_law_weight == 0.2
    assert Question(Scenario.load("kazakhstan"), PLAN, 5).draws is None
    other = Scenario.load("two-country").to_dict() | {"name": "kazakhstan-2010"}
    assert Question(Scenario.from_dict(other), PLAN, 5).draws is None


def test_a_question_is_of_its_world_plan_and_seed_alone(world: Scenario) -> None:
    question = Question(world, PLAN, 1)
    assert question.asks_of(world, PLAN, 1) and question.asks_of(world.replace({}), PLAN, 1)
    assert not question.asks_of(world, PLAN, 2) and not question.asks_of(world, (), 1)
    assert not question.asks_of(world.replace({"graduates": 301}), PLAN, 1)


@pytest.mark.parametrize("most", [1, 2])
def test_all_visits_together_have_no_more_processes_than_the_bench(
    world: Scenario, fakes: type[Fake], most: int
) -> None:
    bench = Bench(most)
    visits = [Many(Question(world, PLAN, seed, pairs=4), lambda: None, bench) for seed in (100, 200, 300)]
    for visit in visits:
        visit.start()
    until(lambda: len(fakes.under_way) == most)
    time.sleep(0.05)
    assert len(fakes.under_way) == most == len(fakes.there)
    fakes.let.set()
    for visit in visits:
        done(visit)
    assert fakes.most == most and len(fakes.there) == most
    assert [visit.told.done for visit in visits] == [4, 4, 4]
    until(lambda: all(fake.closed.is_set() for fake in fakes.there))


def test_whoever_has_waited_longest_comes_next(fakes: type[Fake]) -> None:
    """One who gives a process back and asks again, before anybody could look, waits behind the one who waits."""
    bench, halt, order = Bench(1), threading.Event(), list[str]()
    mine = bench._take(halt)
    assert mine is not None

    def wait_and_use() -> None:
        theirs = bench._take(halt)
        assert theirs is not None
        order.append("waited")
        bench._give_back(theirs)

    threading.Thread(target=wait_and_use, daemon=True).start()
    until(lambda: len(bench._waiting) == 1)
    with bench._changed:  # so that nobody else runs in between
        bench._give_back(mine)
        assert bench._take(halt) is mine
        order.append("came again")
    assert order == ["waited", "came again"] and len(fakes.there) == 1


def test_a_stop_tells_what_is_known_ends_what_is_under_way_and_can_be_taken_up_again(
    world: Scenario, fakes: type[Fake]
) -> None:
    told: list[int] = []
    bench = Bench(1)
    fakes.let.set()
    many = Many(Question(world, PLAN, 100, pairs=5), lambda: told.append(many.told.done), bench)

    def pause_at_two() -> None:
        told.append(many.told.done)
        if many.told.done == 2:
            fakes.let.clear()

    many.tell = pause_at_two
    many.start()
    until(lambda: many.told.done == 2 and len(fakes.under_way) == 1)
    many.stop()
    assert not many.told.going_on and many.told.done == 2
    until(lambda: not fakes.under_way)  # ended, though nobody let it go on
    assert fakes.there[0].closed.is_set() and told == [1, 2]
    fakes.let.set()
    again = Many(many.question, lambda: None, bench, before=many)
    assert again.told.done == 2 and again.told.going_on
    again.start()
    done(again)
    assert again.told.pairs is not None
    assert again.told.pairs.values["net_brain_gain"][:, 0, 0].tolist() == [100.0, 101.0, 102.0, 103.0, 104.0]
    assert many.told.done == 2 and len(fakes.there) == 2


def test_who_stops_while_waiting_leaves_the_process_to_whoever_has_it(world: Scenario, fakes: type[Fake]) -> None:
    bench = Bench(1)
    first, second = (Many(Question(world, PLAN, seed, pairs=2), lambda: None, bench) for seed in (100, 200))
    first.start()
    until(lambda: len(fakes.under_way) == 1)
    second.start()
    until(lambda: len(bench._waiting) == 1)
    second.stop()
    until(lambda: not bench._waiting)
    time.sleep(0.15)
    assert not fakes.there[0].closed.is_set()
    fakes.let.set()
    done(first)
    assert (first.told.done, second.told.done) == (2, 0)


def test_who_stops_before_it_begins_never_takes_a_process(world: Scenario, fakes: type[Fake]) -> None:
    many = Many(Question(world, PLAN, 100), lambda: None, Bench(1))
    many.start(patience=30.0)
    many.stop()
    time.sleep(0.05)
    assert not fakes.there and not many.told.going_on


def test_a_pair_that_fails_is_told_in_words_and_the_others_go_on(world: Scenario, fakes: type[Fake]) -> None:
    fakes.fails = {"pair 1, with reform": "ReformError: the tax is 120% of all pay"}
    fakes.let.set()
    many = Many(Question(world, PLAN, 100, pairs=3), lambda: None, Bench(1))
    many.start()
    done(many)
    assert (many.told.done, many.told.failed, many.told.why) == (2, 1, "the tax is 120% of all pay")
    assert many.told.pairs is not None
    assert many.told.pairs.values["net_brain_gain"][:, 0, 0].tolist() == [100.0, 102.0]


def test_a_plan_that_its_country_cannot_pay_fails_in_a_sentence(world: Scenario) -> None:
    """In a real process: what a draw or a plan makes impossible is told as the model tells it."""
    poor = world.replace({"treasury.financing": "tax", "treasury.graduates_share": 1.0})
    plan = (PublicSalaryParity(start="2026-01", target=1.0, cost_usd_per_year=1e12),)
    many = Many(Question(poor, plan, 1, pairs=2), lambda: None, Bench(1))
    many.start()
    done(many)
    many.bench.rest(0.0)
    assert (many.told.done, many.told.failed) == (0, 2)
    assert "of all their pay" in many.told.why
    assert "Traceback" not in many.told.why and "\n" not in many.told.why
