"""Worlds, plans and runs that are copied, pickled, and shown in a notebook."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abm import Scenario, Simulation
from abm.month import run_phase
from abm.reforms import HostTightening, JudicialReform, PersonnelReserve
from abm.sweep import Draws, Factor, FullFactorial, Plans, Range, plan

WORLD = Scenario.load("kazakhstan").replace({"graduates": 400, "end": "2028-12"})
PLAN = (PersonnelReserve(places=5000), JudicialReform(speed=0.05), HostTightening())
COPIES: dict[str, Callable[[Any], Any]] = {
    "pickled": lambda thing: pickle.loads(pickle.dumps(thing)),
    "deeply copied": copy.deepcopy,
    "copied": copy.copy,
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copied_scenario_is_equal_with_its_sources_and_cannot_be_changed(how: str) -> None:
    copied = COPIES[how](WORLD)
    assert copied == WORLD and copied.to_toml() == WORLD.to_toml()
    assert dict(copied.sources) == dict(WORLD.sources) and copied.sources
    with pytest.raises(TypeError):
        copied.sources["graduates"] = "mine"


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("how", COPIES)
def test_a_run_that_is_copied_in_its_midst_goes_on_to_the_same_bits_and_compiles_nothing(
    how: str, threads: int
) -> None:
    original = Simulation(WORLD, PLAN, seed=3, threads=threads)
    for _ in range(13):
        original.step()
    n_compiled = len(run_phase.signatures)  # type: ignore[attr-defined]
    copied = COPIES[how](original)
    assert copied.month == 13 and copied.workers.threads == threads
    for _ in range(12):
        original.step()
    assert copied.month == 13  # it shares nothing with the original
    for _ in range(12):
        copied.step()
    assert len(run_phase.signatures) == n_compiled  # type: ignore[attr-defined]
    for name, values in original.accounts.monthly().items():
        assert values.tobytes() == copied.accounts.monthly()[name].tobytes(), name
    for column in original.graduates.person.dtype.names:
        assert np.array_equal(original.graduates.person[column], copied.graduates.person[column]), column
    assert np.array_equal(original.ties, copied.ties)
    assert copied.run().accounts.n_closed == original.run().accounts.n_closed


def test_designs_and_their_runs_can_be_sent_to_another_process() -> None:
    designs = [
        Plans.of({"none": None, "one": JudicialReform()}, worlds={"now": {}, "merit": {"labour.merit": 0.5}}),
        FullFactorial([Factor(name="labour.merit", values=(0.3, 0.4))], reforms=JudicialReform()),
        Draws([Range(name="labour.merit", low=0.3, high=0.4, baseline=0.3)]),
    ]
    for design in designs:
        assert pickle.loads(pickle.dumps(design)) == design
    runs = plan(WORLD, designs[0].arms(), replicates=2, seed=1)
    assert pickle.loads(pickle.dumps(runs)) == runs


def test_what_is_shown_at_a_prompt_is_short_and_says_what_it_is() -> None:
    run = Simulation(WORLD, PLAN[:1], seed=3)
    for shown, words in (
        (repr(WORLD), ("kazakhstan", "2026-01 to 2028-12", "400", "germany")),
        (repr(run), ("kazakhstan", "PersonnelReserve", "seed 3", "0 of 36 months")),
        (repr(PLAN[0]), ("PersonnelReserve(", "places=5000")),
        (repr(run.network), ("persons", "ties")),
    ):
        assert len(shown) < 200 and "\n" not in shown and all(word in shown for word in words), shown


def test_a_reform_can_be_made_again_from_what_is_shown() -> None:
    for reform in (*PLAN, JudicialReform(end="2030-01", source="a 'quoted' source")):
        assert eval(repr(reform)) == reform


def test_a_notebook_shows_texts_as_they_are_written() -> None:
    world = WORLD.replace({"name": "<script>alert(1)</script>", "description": "a < b & c"})
    reform = JudicialReform(source="<img src=x onerror=alert(1)>")
    for shown in (world._repr_html_(), Simulation(world, seed=1)._repr_html_(), reform._repr_html_()):
        assert "<script" not in shown and "<img" not in shown and "&lt;" in shown
    assert "a &lt; b &amp; c" in world._repr_html_() and "labour.merit" in world._repr_html_()
