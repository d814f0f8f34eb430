"""Code of one's own in a store: known by what it says, wherever it says it."""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from abm.families import simulate_families
from abm.reforms import JudicialReform, Reform
from abm.scenario import Scenario
from abm.sweep import DesignError
from abm.sweep.manifest import model_version
from abm.sweep.own_code import own_digest
from abm.sweep.store import run_key
from abm.sweep.work import measured_by, simulate_years

HELPERS = """
    SCALE = 2.0

    def doubled(x):
        return SCALE * x
"""
MINE = """
    import functools
    import helpers
    from helpers import doubled
    from abm.reforms import Change, Reform

    LIMIT = 3
    REPLICATES = 10

    def inner(x):
        return x + 1

    def simulate(world, reforms, seed, step=1):
        def deepest():
            return inner(LIMIT)
        return {"year": [2026], "gain": [doubled(deepest())]}

    def by_module(world, reforms, seed):
        return helpers.doubled(1)

    def wrapping(function):
        @functools.wraps(function)
        def wrapped(*arguments):
            return function(*arguments)
        return wrapped

    @wrapping
    def decorated(world, reforms, seed):
        return inner(seed)

    def made(factor):
        def simulate(world, reforms, seed):
            return factor
        return simulate

    twice, thrice = made(2), made(3)
    one, two = lambda w, r, s: 1, lambda w, r, s: 2

    class Mine(Reform):
        def changes(self, environment):
            return [Change("merit", LIMIT / 10)]
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """Return what imports the modules as they are after some texts were replaced in them."""

    def loaded(*changes: tuple[str, str]) -> ModuleType:
        own_digest.cache_clear()
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        found: dict[str, ModuleType] = {}
        for name, text in (("helpers", HELPERS), ("mine", MINE)):
            for old, new in changes:
                text = text.replace(old, new)
            path = folder / f"{name}.py"
            path.write_text(textwrap.dedent(text))
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            found[name] = importlib.util.module_from_spec(spec)
            monkeypatch.setitem(sys.modules, name, found[name])
            spec.loader.exec_module(found[name])
        return found["mine"]

    yield loaded
    own_digest.cache_clear()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("simulate", ("def deepest():", "def deepest():  # the same, said otherwise")),
        ("simulate", ("step=1", "step=2")),
        ("simulate", ("x + 1", "x + 2")),  # in a function that it calls
        ("simulate", ("LIMIT = 3", "LIMIT = 4")),  # in a value that it names
        ("simulate", ("SCALE = 2.0", "SCALE = 2.5")),  # in a value of a helper in another module
        ("by_module", ("SCALE * x", "SCALE + x")),
        ("decorated", ("x + 1", "x + 2")),
        ("decorated", ("return function(*arguments)", "return 2 * function(*arguments)")),
        ("twice", ("made(2)", "made(4)")),
        ("one", ("s: 1", "s: 5")),
        ("Mine", ("LIMIT / 10", "LIMIT / 20")),
        ("Mine", ("LIMIT = 3", "LIMIT = 4")),
    ],
)
def test_an_edit_of_what_does_the_run_is_another_run(
    load: Callable[..., ModuleType], name: str, change: tuple[str, str]
) -> None:
    before, again, after = load(), load(), load(change)
    digests = []
    for module in (before, again, after):
        own_digest.cache_clear()
        sys.modules["mine"] = module
        digests.append(own_digest(getattr(module, name)))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("name", ["simulate", "by_module", "decorated", "Mine"])
def test_an_edit_elsewhere_in_the_script_leaves_the_runs_as_they_are(
    load: Callable[..., ModuleType], name: str
) -> None:
    before, after = load(), load(("REPLICATES = 10", "REPLICATES = 20  # and a figure"))
    assert own_digest(getattr(before, name)) == own_digest(getattr(after, name))


def test_functions_that_differ_in_what_they_were_made_with_have_runs_of_their_own(
    load: Callable[..., ModuleType],
) -> None:
    mine = load()
    assert own_digest(mine.twice) != own_digest(mine.thrice)
    assert own_digest(mine.one) != own_digest(mine.two)


def test_a_reform_of_ones_own_is_another_when_its_class_is_edited_and_a_bundled_one_is_as_ever(
    load: Callable[..., ModuleType],
) -> None:
    toml = Scenario.load("two-country").to_toml()
    kinds = [module.Mine for module in (load(), load(), load(("LIMIT / 10", "LIMIT / 20")))]
    assert kinds[0]().to_dict() == kinds[2]().to_dict()
    keys = [run_key(toml, [kind()], 1) for kind in kinds]
    assert keys[0] == keys[1] != keys[2]
    plain = [model_version(), toml, [JudicialReform().to_dict()], 1]
    assert run_key(toml, [JudicialReform()], 1) == sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def test_a_file_that_was_edited_since_it_was_imported_is_not_taken_for_what_runs(
    load: Callable[..., ModuleType],
) -> None:
    imported, edited = load(), load(("x + 1", "x + 2"))
    Path(str(imported.__file__)).write_text(Path(str(edited.__file__)).read_text())
    assert own_digest(imported.simulate) != own_digest(edited.simulate)


def test_what_the_package_itself_measures_is_known_by_its_name_as_ever() -> None:
    assert measured_by(simulate_years) == ""
    assert measured_by(simulate_families) == "abm.families.simulate_families"


class Measuring:
    def simulate(self, world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        return {}


@pytest.mark.parametrize(
    "simulate", [functools.partial(simulate_years), Measuring().simulate, Measuring, "simulate", None, 5]
)
def test_what_is_no_function_is_refused(simulate: Any) -> None:
    with pytest.raises(DesignError, match="must be by a function"):
        measured_by(simulate)


def test_a_function_without_a_source_is_refused() -> None:
    made: dict[str, Any] = {"__name__": "made"}
    exec("def simulate(world, reforms, seed):\n    return {}", made)
    for simulate in (made["simulate"], print):
        with pytest.raises(DesignError, match="has no source that can be read"):
            measured_by(simulate)
