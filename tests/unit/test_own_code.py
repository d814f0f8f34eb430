"""Code of one's own in a store: known by what it says, wherever it says it."""

from __future__ import annotations

import functools
import importlib.util
import json
import linecache
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from abm.families import simulate_families
from abm.reforms import JudicialReform, Reform
from abm.scenario import Scenario
from abm.sweep import DesignError, Factor, FullFactorial, Store, measured_by, plan, run, run_sweep
from abm.sweep.manifest import model_version
from abm.sweep.own_code import own_digest
from abm.sweep.store import run_key
from abm.sweep.work import simulate_years

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
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Return what imports the modules as they are after some texts were replaced in them."""

    def loaded(*changes: tuple[str, str]) -> ModuleType:
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

    return loaded


@pytest.mark.parametrize(
    ("name", "change"),
    [
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
    before = own_digest(imported.simulate)
    Path(str(imported.__file__)).write_text(Path(str(edited.__file__)).read_text())
    linecache.checkcache()
    assert own_digest(imported.simulate) == before != own_digest(edited.simulate)


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


def test_a_function_without_a_source_is_known_by_what_it_does() -> None:
    assert digest_of("def simulate(w, r, s): return 1") != digest_of("def simulate(w, r, s): return 2")
    assert digest_of("def simulate(w, r, s): return 1") == digest_of(
        "def simulate(w, r, s):\n    return 1  # said anew"
    )


def digest_of(text: str, name: str = "simulate") -> str:
    """Return the digest of a function of a script or a cell, of which there is no file."""
    made: dict[str, Any] = {"__name__": "__main__"}
    exec(textwrap.dedent(text), made)
    return own_digest(made[name])


C = "class C:\n  def __init__(self, k): self.k = k\n  def __call__(self): return self.k\n"
F = "import functools, numpy as np, pandas as pd\ndef f(a): return a\n"
UNLIKE = {
    "arguments of a partial": (F + "h = functools.partial(f, 1)", "h()"),
    "keywords of a partial": (F + "h = functools.partial(f, a=1)", "h()"),
    "the function of a partial": ("import functools\nh = functools.partial(lambda: 1)", "h()"),
    "an attribute of a callable object": (C + "h = C(1)", "h()"),
    "what a method is bound to": (C + "h = C(1).__call__", "h()"),
    "a method": ("class C:\n  def g(self): return 1\nh = C()", "h.g()"),
    "a slot": ("class C:\n  __slots__ = ('k',)\nh = C()\nh.k = 1", "h.k"),
    "an attribute of a class": ("class h:\n  k = 1", "h.k"),
    "an attribute of an object's class": ("class C:\n  k = 1\nh = C()", "h.k"),
    "a property": ("class C:\n  @property\n  def k(self): return 1\nh = C()", "h.k"),
    "a class method": ("class h:\n  @classmethod\n  def k(cls): return 1", "h.k()"),
    "a base class": ("class B:\n  k = 1\nclass h(B): pass", "h.k"),
    "a function in a dictionary": ("h = {'a': lambda: 1}", "h['a']()"),
    "a function in nested containers": ("h = [({'a': (lambda: 1,)},)]", "h"),
    "an element of a long array": (F + "h = [np.arange(5000)]\nh[0][2500] = 1", "h"),
    "an array's type": (F + "h = np.zeros(3, 'i1')", "h"),
    "an array of objects": (F + "h = np.array([lambda: 1], object)", "h"),
    "a value of a table": (F + "h = {'a': pd.DataFrame({'v': range(500)})}\nh['a'].loc[250, 'v'] = 1", "h"),
    "a value of a column": (F + "h = pd.Series(['x', '1'])", "h"),
    "a vectorised function": (F + "h = np.vectorize(lambda v: 1)", "h(1)"),
    "a remembered function": (F + "@functools.lru_cache\ndef h(): return 1", "h()"),
    "a function by type": (F + "h = functools.singledispatch(f)\n@h.register\ndef _(a: int): return 1", "h(1)"),
    "a compiled function": (F + "import numba\n@numba.njit\ndef h(): return 1", "h()"),
    "a generator of numbers": (F + "h = np.random.default_rng(1)", "h.random()"),
    "an interpolation": (F + "from scipy.interpolate import interp1d\nh = interp1d([0, 1], [0, 1])", "h(0)"),
    "a polynomial": (F + "h = np.poly1d([1, 1])", "h(1)"),
    "a named tuple": ("from typing import NamedTuple\nclass P(NamedTuple):\n  a: int = 1\nh = P()", "h.a"),
    "a choice": ("import enum\nclass E(enum.Enum):\n  A = 1\nh = E.A", "h.value"),
    "a data class": ("from dataclasses import dataclass\n@dataclass\nclass h:\n  a: int = 1", "h().a"),
    "a list of one's own kind": ("class L(list): pass\nh = L([1])", "h[0]"),
    "a default of a wrapped library function": (F + "@functools.wraps(np.sin)\ndef h(): return 1", "h()"),
    "what only a text names": ("h = 1", "globals()['h']"),
    "a class made within": ("h = 1", "type('', (), {})() and (lambda: h)"),
    "a set deep inside": ("h = ({'a', 'b', '1'}, 1)", "h"),
}


@pytest.mark.parametrize("what", UNLIKE)
def test_a_function_is_another_when_anything_that_it_names_is(what: str) -> None:
    named, use = UNLIKE[what]
    digests = [
        digest_of(f"{text}\ndef simulate(world, reforms, seed):\n    return {use}")
        for text in (named, named, "2".join(named.rsplit("1", 1)))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_classes_with_fields_or_values_alone_are_known_by_these() -> None:
    for text in ("class Wrong(Exception): pass", "class Kept: LEVEL = 0.9"):
        assert digest_of(f"{text}\ndef simulate(w, r, s): return {text.split()[1].split('(')[0].rstrip(':')}")


@pytest.mark.parametrize("text", ["h = {'a', 'b', 'c', 'd'}", "h = {'a': ({'x', 'y', 'z', 'v'}, 1)}"])
def test_a_function_is_the_same_in_every_session(text: str) -> None:
    program = (
        "from abm.sweep.own_code import own_digest\n"
        f"{text}\n"
        "class C:\n    k = 1\n    def g(self): return self\n"
        "c = C()\n"
        "def simulate(w, r, s): return h, c, w in {'p', 'q', 'r'}\n"
        "print(own_digest(simulate))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": str(luck)},
            cwd=Path(__file__).parents[2],
        ).stdout
        for luck in range(1, 4)
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("h = __import__('sys').__stderr__", "'h' is"),
        ("h = {'kept': [__import__('sys').__stderr__]}", "'kept' is"),
        ("import threading\nh = threading.Lock()", "'h' is"),
        ("import numpy\nh = numpy.frompyfunc(lambda v: v, 1, 1)", "'h' is"),
        ("h = (n for n in 'abc')", "'h' is"),
        ("import importlib\nh = 'helpers'\ndef f(): return importlib.import_module(h)", "imports what only a text"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name_where_runs_are_kept(text: str, named: str, tmp_path: Path) -> None:
    made: dict[str, Any] = {"__name__": "__main__"}
    use = "f" if "def f" in text else "h"
    exec(f"{text}\nimport numpy as np\ndef simulate(w, r, s):\n    {use}\n    return {YEARS}", made)
    with pytest.raises(DesignError, match=f"^simulate cannot be told .*{named}.* keep no store$"):
        run(DESIGN, WORLD, replicates=1, quiet=True, simulate=made["simulate"], store=tmp_path / "runs.sqlite")
    assert not list(tmp_path.iterdir())
    found = run(DESIGN, WORLD, replicates=1, quiet=True, simulate=made["simulate"])
    assert found.sweep.n_succeeded == found.sweep.n_runs == 2


YEARS = "{'year': np.array([2026]), 'x': np.array([len(r)])}"
WORLD = Scenario.load("two-country").replace({"graduates": 100, "end": "2026-12"})
DESIGN = FullFactorial([Factor(name="labour.merit", values=(0.5, 0.8))])


def test_modules_count_with_what_they_import_as_far_as_they_are_ones_own(
    load: Callable[..., ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    digests = []
    for value in (1, 2):
        for name in ("deep", "between"):
            sys.modules.pop(name, None)
        (tmp_path / "deep.py").write_text(f"V = {value}\n" + "#" * value)
        (tmp_path / "between.py").write_text("import deep\ndef value(): return deep.V\n")
        importlib.invalidate_caches()
        for text in (
            "import between\ndef simulate(w, r, s): return between.value()",
            "from between import value\ndef simulate(w, r, s): return value()",
            "def simulate(w, r, s):\n    import between\n    return between.value()",
            "class simulate:\n    import between",
        ):
            digests.append(digest_of(text))
    for name in ("deep", "between"):
        sys.modules.pop(name)
    assert len(set(digests)) == 8


def test_runs_of_one_function_are_never_kept_under_another_ones_name(tmp_path: Path) -> None:
    def mine(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        return {"year": np.array([2026]), "x": np.array([1.0])}

    with Store(tmp_path / "runs.sqlite") as store:
        for wrong in ("", "mine"):
            runs = plan(WORLD, DESIGN.arms(), replicates=1, seed=1, measured=wrong)
            with pytest.raises(DesignError, match="make the plan with measured=measured_by"):
                run_sweep(runs, store, simulate=mine, quiet=True)
        runs = plan(WORLD, DESIGN.arms(), replicates=1, seed=1, measured=measured_by(mine))
        with pytest.raises(DesignError, match="simulate_years would do runs that are planned for"):
            run_sweep(runs, store, quiet=True)
        assert run_sweep(runs, store, simulate=mine, quiet=True).n_succeeded == 2


def test_a_refused_call_leaves_nothing_that_a_later_one_would_take_for_true(tmp_path: Path) -> None:
    made: dict[str, Any] = {"__name__": "__main__", "np": np, "SHARE": 1.0}
    exec("def simulate(w, r, s): return {'year': np.array([2026]), 'x': np.array([SHARE])}", made)
    found = []
    for share, replicates in ((1.0, 0), (2.0, 1), (1.0, 1)):
        made["SHARE"] = share
        try:
            result = run(
                DESIGN, WORLD, replicates=replicates, simulate=made["simulate"], quiet=True, store=tmp_path / "s"
            )
            found.append(result.runs["x"].tolist())
        except DesignError:
            found.append([])
    assert found == [[], [2.0, 2.0], [1.0, 1.0]]
