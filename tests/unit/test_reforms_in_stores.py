"""Reforms of one's own in a sweep: told from others by what they say, wherever they keep what that depends on."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.environment import Environment
from abm.families import simulate_families
from abm.parameters import parameter
from abm.plans.effect import environment_of
from abm.reforms import (
    KINDS,
    Change,
    JudicialReform,
    PublicSalaryParity,
    Reform,
    ReformError,
    describe,
    dumps,
    loads,
    remarks,
)
from abm.scenario import Scenario
from abm.sweep import DesignError, Draws, Factor, FullFactorial, Plans, Range, Store, measured_by, plan, run
from abm.sweep.runner import do_runs

WORLD = Scenario.load("two-country").replace({"graduates": 100, "end": "2028-12"})


class InItsAttributes(Reform):
    """A reform that keeps what it does beside its parameters."""

    def __init__(self, level: float) -> None:
        super().__init__()
        object.__setattr__(self, "level", level)

    def changes(self, environment: Environment) -> list[Change]:
        return [Change("merit", self.level)]  # type: ignore[attr-defined]

    def to_dict(self) -> dict[str, Any]:
        return {"reform": "the same whatever it does"}


class InItsClass(Reform):
    """A reform that keeps what it does in its class."""

    level = 0.5

    def changes(self, environment: Environment) -> list[Change]:
        return [Change("merit", self.level)]


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class InAnInitVar(Reform):
    """A reform that keeps what it does from a parameter that is none."""

    level: dataclasses.InitVar[float] = 0.5

    def __post_init__(self, level: float) -> None:
        super().__post_init__()
        object.__setattr__(self, "_level", level)

    def changes(self, environment: Environment) -> list[Change]:
        return [Change("merit", self._level)]  # type: ignore[attr-defined]


def enclosing(level: float) -> Reform:
    class Enclosing(Reform):
        def changes(self, environment: Environment) -> list[Change]:
            return [Change("merit", level)]

    return Enclosing()


def by_type(level: float) -> Reform:
    return type("InItsClass", (InItsClass,), {"level": level})()


def by_exec(level: float) -> Reform:
    made: dict[str, Any] = {"Reform": Reform, "Change": Change}
    exec(f"class Made(Reform):\n    def changes(self, e): return [Change('merit', {level})]", made)
    reform: Reform = made["Made"]()
    return reform


def on_the_object(level: float, of: Reform | None = None) -> Reform:
    reform = of if of is not None else InItsClass()
    vars(reform)["changes"] = lambda environment: [Change("merit", level)]
    return reform


def on_a_bundled_one(level: float) -> Reform:
    return on_the_object(level, PublicSalaryParity())


def in_strength(level: float) -> Reform:
    class Strong(PublicSalaryParity):
        def strength(self, first_month: int, n_months: int) -> np.ndarray:
            return np.full(n_months, level)

    return Strong()


MAKERS = [InItsAttributes, lambda level: InAnInitVar(level=level), enclosing, by_type, by_exec, on_the_object]
MAKERS += [on_a_bundled_one, in_strength]


def fake(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Stand in for the model: how much merit there is in the end."""
    return {"year": np.array([2026]), "merit": Environment(world, reforms).merit[-1:]}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("measured", ["", measured_by(simulate_families), "mine"])
def test_arms_whose_reforms_say_something_else_have_runs_of_their_own(
    make: Callable[[float], Reform], measured: str
) -> None:
    keys = []
    for levels in ((0.6, 0.9), (0.6, 0.7)):
        arms = FullFactorial([Factor(name="how_much", values=levels, reform=make)]).arms()
        keys.append([one.key for one in plan(WORLD, arms, replicates=2, seed=1, measured=measured)])
    assert len(set(keys[0])) == 4
    assert keys[0][0] == keys[1][0] and keys[0][1] != keys[1][1]  # the same says the same, made anew


def test_arms_of_drawn_worlds_too() -> None:
    arms = FullFactorial([Factor(name="how_much", values=(0.6, 0.9), reform=InItsAttributes)]).arms()
    draws = Draws([Range(name="decision.discount_rate", low=0.02, high=0.05, baseline=0.03)])
    assert len({one.key for one in plan(WORLD, arms, replicates=2, seed=1, draws=draws)}) == 4


def test_a_kind_of_ones_own_that_files_may_hold_is_still_told_by_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "InItsClass", InItsClass)
    assert type(loads(dumps(InItsClass()))[0]) is InItsClass
    keys = []
    for level in (0.6, 0.9):
        monkeypatch.setattr(InItsClass, "level", level)
        keys += [one.key for one in plan(WORLD, Plans.of({"mine": [InItsClass()]}).arms(), replicates=1, seed=1)]
    assert len(set(keys)) == len(keys)


def test_reforms_that_say_the_same_share_their_runs() -> None:
    arms = Plans.of({"one": [enclosing(0.9)], "other": [by_exec(0.9)]}).arms()
    assert len({one.key for one in plan(WORLD, arms, replicates=1, seed=1)}) == 1


def test_nothing_collapses_where_nothing_is_kept_though_it_cannot_be_told() -> None:
    def with_a_lock(level: float) -> Reform:
        reform = InItsAttributes(0.7)
        object.__setattr__(reform, "lock", threading.Lock())
        object.__setattr__(reform, "factor", level)
        return reform

    def reads(world: Scenario, reforms: Any, seed: int) -> Mapping[str, np.ndarray]:
        return {"year": np.array([2026]), "x": np.array([reforms[0].factor])}

    design = FullFactorial([Factor(name="how_much", values=(1, 2), reform=with_a_lock)])
    assert run(design, WORLD, replicates=1, quiet=True, simulate=reads).runs["x"].tolist() == [1, 2]
    with pytest.raises(DesignError, match="'lock' is .*keep no store"):
        plan(WORLD, design.arms(), replicates=1, seed=1, measured=measured_by(reads))


def test_a_reform_that_has_changed_its_mind_since_the_plan_is_not_kept_under_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = plan(WORLD, Plans.of({"none": [], "mine": [InItsClass()]}).arms(), replicates=1, seed=1)
    monkeypatch.setattr(InItsClass, "level", 0.99)
    with Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(runs, store, simulate=fake, quiet=True)
        assert (sweep.n_succeeded, sweep.n_failed) == (1, 1)
        (failed,) = store.outcomes([runs[1].key])
    assert "InItsClass: what it says of itself has changed since the runs were planned" in failed.error


def test_environments_of_reforms_that_are_equal_but_say_something_else_are_not_taken_for_each_other() -> None:
    one, other = InItsAttributes(0.6), InItsAttributes(0.9)
    assert one == other
    assert [environment_of(WORLD, (reform,)).merit[-1] for reform in (one, other)] == [0.6, 0.9]


def test_reforms_of_every_arm_keep_what_is_no_parameter() -> None:
    rate = Factor(name="decision.discount_rate", values=(0.03, 0.05))
    given = [InItsAttributes(0.9), InAnInitVar(level=0.9)]
    for arm in FullFactorial([rate], reforms=given).arms():
        assert [reform.changes(None)[0].value for reform in arm.reforms] == [0.9, 0.9]  # type: ignore[arg-type, union-attr]


@pytest.mark.parametrize("given", [InItsAttributes(0.9), InAnInitVar(level=0.9), on_a_bundled_one(0.9)])
def test_a_parameter_is_not_varied_where_that_would_lose_what_is_none(given: Reform) -> None:
    name = type(given).__name__
    factor = Factor(name=f"{name}.fidelity", values=(0.5, 1.0))
    with pytest.raises(DesignError, match="fidelity cannot be given another value, because that would lose"):
        FullFactorial([factor], reforms=[given]).arms()


def test_what_the_dataclass_makes_of_parameters_is_made_anew() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
    class Doubled(Reform):
        half: float = parameter(0.2, meaning="half", unit="share", low=0.0, high=1.0, source="assumption: for a test")

        def __post_init__(self) -> None:
            super().__post_init__()
            object.__setattr__(self, "whole", np.array([2.0 * self.half]))

        def changes(self, environment: Environment) -> list[Change]:
            return [Change("merit", float(self.whole[0]))]  # type: ignore[attr-defined]

    assert Doubled().replaced({"half": 0.3}).changes(None)[0].value == 0.6  # type: ignore[arg-type]
    with pytest.raises(ReformError, match="half is 3"):
        Doubled().replaced({"half": 3})


def test_a_strength_that_differs_from_call_to_call_is_refused() -> None:
    luck = iter(range(1, 100))

    class Moody(PublicSalaryParity):
        def strength(self, first_month: int, n_months: int) -> np.ndarray:
            return np.full(n_months, 1.0 / next(luck))

    with pytest.raises(ReformError, match=r"Moody: strength\(\) answers differently when it is asked again"):
        Environment(WORLD, [Moody()])


def test_a_reform_that_writes_into_the_environment_does_no_harm() -> None:
    class Writing(Reform):
        def changes(self, environment: Environment) -> list[Change]:
            environment.weight = 1e9
            environment.announcements.append(None)  # type: ignore[arg-type]
            return []

    class Overwriting(Reform):
        def changes(self, environment: Environment) -> list[Change]:
            environment.countries.permit_prob[:] = 0.0
            return []

    plain, under = Environment(WORLD), Environment(WORLD, [Writing()])
    assert (under.weight, under.announcements) == (plain.weight, plain.announcements)
    with pytest.raises(ReformError, match=r"Overwriting: changes\(\) failed with ValueError: .*read-only"):
        Environment(WORLD, [Overwriting()])


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("quantity", ["coming_cost", "return_cost", "return_cost_with_offer", "service_cost"])
def test_changes_that_leave_no_number_are_refused(quantity: str, sign: float) -> None:
    class Boundless(Reform):
        def changes(self, environment: Environment) -> list[Change]:
            return [Change(quantity, sign * 1e308), Change(quantity, sign * 1.5e308)]

    with pytest.raises(ReformError, match=f"Boundless from 2026-01: {quantity} of home would be -?inf in 2026-01"):
        Environment(WORLD, [Boundless()])


@pytest.mark.parametrize("kind", ["JudicialReform", "Mine"])
def test_a_reform_that_no_file_can_say_is_written_into_none(kind: str) -> None:
    own = type(kind, (Reform,), {"changes": lambda self, environment: [Change("merit", 0.9)]})()
    with pytest.raises(ReformError, match=f"{kind} from 2026-01 is of a kind of your own"):
        dumps([JudicialReform(), own])
    with pytest.raises(ReformError, match="is of a kind of your own"):
        dumps(on_a_bundled_one(0.9))


@pytest.mark.parametrize("given", [JudicialReform(), None, (reform for reform in [JudicialReform()])])
def test_remarks_take_what_tables_take(given: Any) -> None:
    assert isinstance(remarks(WORLD, given), list)
    with pytest.raises(ReformError):
        remarks(WORLD, "JudicialReform")  # type: ignore[arg-type]


def test_tables_and_remarks_take_the_same_plans() -> None:
    for given in (JudicialReform(), [JudicialReform()], None):
        assert isinstance(describe(WORLD, given), str)
        assert remarks(WORLD, given) == remarks(WORLD, [given] if isinstance(given, Reform) else given)
