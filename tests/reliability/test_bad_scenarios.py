"""Files that are no scenario are refused with one sentence, and nothing but :class:`ScenarioError` is ever raised."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.environment import Environment
from abm.model import EmigrationModel
from abm.parameters import Series
from abm.scenario import SCENARIO_FOLDER, Scenario, ScenarioError
from abm.simulation import Simulation
from abm.sweep import DesignError, Factor, FullFactorial, plan
from tests.reliability.designs import WRONG_VALUES

GOOD = (SCENARIO_FOLDER / "two-country.toml").read_text(encoding="utf-8")
ARMS = FullFactorial([Factor(name="decision.discount_rate", values=(0.05, 0.06))]).arms()
LINES = (SCENARIO_FOLDER / "kazakhstan.toml").read_text(encoding="utf-8").splitlines()


def changed(old: str, new: str) -> str:
    """Return the good file with one place changed."""
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def valued(line: str, new: str) -> str:
    """Return the good file with another value in one line (its beginning up to the value)."""
    start = GOOD.index(line) + len(line)
    return GOOD[:start] + new + GOOD[min(GOOD.index(mark, start) for mark in ",}") :]


def without(*starts: str) -> str:
    """Return the good file without the lines that begin so."""
    kept = [line for line in GOOD.splitlines() if not line.startswith(starts)]
    assert len(kept) < len(GOOD.splitlines())
    return "\n".join(kept)


WAGE = "wage = {value = "
TREND = "trend = {value = "

# the file, and what the sentence must name: key, value, what is allowed
BAD: dict[str, tuple[str, list[str]]] = {
    "unknown key": (changed("[home]", "[home]\nwages = 3"), ["home.wages", "did you mean home.wage"]),
    "unknown key like no other": (changed("[home]", "[home]\nxyzzy = 3"), ["home.xyzzy", "allowed here are name"]),
    "unknown table": (GOOD + "\n[labor]\nmerit = 0.5\n", ["labor", "did you mean labour"]),
    "key with a line break": ('"a\\nb" = 1\n' + GOOD, [r"a\nb", "is not a parameter"]),
    "text for a number": (valued(WAGE, '"2000"'), ["home.wage", "'2000'", "must be a number", "USD PPP per month"]),
    "list for a number": (valued(WAGE, "[2000]"), ["home.wage", "[2000]", "must be a number"]),
    "bool for a number": (valued(TREND, "true"), ["home.rule_of_law.trend", "True", "must be a number"]),
    "number for a text": (valued("entry = {value = ", "1"), ["destinations.abroad.entry", "1", "must be text"]),
    "number for a table": ("beliefs = 3\n" + GOOD, ["beliefs", "is 3", "must be a table"]),
    "list of tables": (changed("[home]", "[[home]]"), ["home", "must be a table"]),
    "fraction for a whole number": (
        valued("mean_degree = {value = ", "9.5"),
        ["network.mean_degree", "9.5", "whole number"],
    ),
    "below its range": (valued(TREND, "-0.4"), ["home.rule_of_law.trend", "-0.4", "between -0.3 and 0.3"]),
    "above its range": (valued("permit_prob = {value = ", "1.01"), ["permit_prob", "1.01", "between 0 and 1"]),
    "below its only bound": (valued(WAGE, "0"), ["home.wage", "is 0 USD", "at least 1"]),
    "not a number": (valued(WAGE, "nan"), ["home.wage", "nan", "at least 1"]),
    "infinite wage": (valued(WAGE, "inf"), ["home.wage", "inf", "finite"]),
    "infinitely many students": (valued("students = {value = ", "inf"), ["students", "inf", "finite"]),
    "minus infinity": (valued(TREND, "-inf"), ["home.rule_of_law.trend", "-inf", "between"]),
    "number of 401 digits": (valued(WAGE, "1" + "0" * 400), ["home.wage", "1000000", "1e300"]),
    "number of 401 digits, bounded": (valued("graduates = {value = ", "1" + "0" * 400), ["graduates", "5e+07"]),
    "number of 5001 digits": (valued(WAGE, "1" + "0" * 5000), ["digits"]),
    "hexadecimal number of 901 digits": (valued(WAGE, "0x1" + "0" * 900), ["home.wage", "1e300"]),
    "wrong choice": (valued("entry = {value = ", '"visa"'), ["destinations.abroad.entry", "'visa'", "free, permit"]),
    "choice over two lines": (valued("entry = {value = ", '"a\\nb"'), ["entry", r"a\nb", "free, permit"]),
    "month 13": (valued("start = {value = ", '"2026-13"'), ["start", "'2026-13'", "YYYY-MM"]),
    "month as a year": (valued("end = {value = ", '"2050"'), ["end", "'2050'", "YYYY-MM"]),
    "date as a value": (valued("start = {value = ", "2026-01-01"), ["start", "2026, 1, 1", "must be text"]),
    "date for a number": (valued(WAGE, "2026-01-01"), ["home.wage", "2026, 1, 1", "must be a number"]),
    "end before start": (valued("end = {value = ", '"2025-12"'), ["end", "'2025-12'", "start", "'2026-01'"]),
    "run of 201 years": (valued("end = {value = ", '"2227-01"'), ["end", "'2227-01'", "200 years"]),
    "missing required key": (
        without("candidates_per_year"),
        ["foreign_specialists.candidates_per_year is missing: foreign specialists a year", "per year, between 0 and"],
    ),
    "key missing in two tables": (
        without("wage = "),
        ["2 keys", "home.wage: mean wage", "destinations.abroad.wage: mean", "(USD PPP per month, at least 1)"],
    ),
    "missing required table": (
        GOOD[: GOOD.index("[labour]")] + GOOD[GOOD.index("[treasury]") :],
        ["7 keys are missing", "labour.public_share: share of graduate posts", "labour.vacancy_rate: "],
    ),
    "empty file": ("", ["33 keys are missing", "name, start, end, destinations", "[labour] extractive_share, public"]),
    "broken TOML": (GOOD + "\nwage = = 3\n", ["not valid TOML", "line"]),
    "key given twice": (changed("[home]", '[home]\nname = "x"'), ["not valid TOML"]),
    "deep nesting": (f"x = {'[' * 5000}{']' * 5000}\n" + GOOD, ["nested"]),
    "shares of sectors": (
        without("extractive_share", "public_share").replace(
            "[labour]", "[labour]\nextractive_share = 0.5\npublic_share = 0.6"
        ),
        ["labour.extractive_share (0.5)", "labour.public_share (0.6)", "more than 1"],
    ),
    "weights of beliefs": (
        GOOD + "\n[beliefs]\nsignal_weight = 0.7\nneighbour_weight = 0.4\n",
        ["beliefs.signal_weight (0.7)", "beliefs.neighbour_weight (0.4)", "more than 1"],
    ),
    "shares of degrees": (
        without("master_share", "doctorate_share").replace(
            "[education]", "[education]\nmaster_share = 0.9\ndoctorate_share = 0.2"
        ),
        ["education.master_share (0.9)", "education.doctorate_share (0.2)", "more than 1"],
    ),
    "everybody knows everybody among too many": (
        changed("[network]", '[network]\nkind = "complete"').replace(
            "graduates = {value = 2000", "graduates = {value = 5001"
        ),
        ["network.kind", "'complete'", "5,000"],
    ),
    "no destinations": (
        GOOD[: GOOD.index("[destinations")],
        ["destinations is missing: the countries", "[destinations.NAME]"],
    ),
    "empty destinations": (GOOD[: GOOD.index("[destinations")] + "[destinations]\n", ["destinations", "at least one"]),
    "destinations as a number": (
        "destinations = 3\n" + GOOD[: GOOD.index("[destinations")],
        ["destinations", "at least one"],
    ),
    "bad name of a destination": (
        changed("[destinations.abroad]", '[destinations."The West"]'),
        ["destinations.The West", "lower-case"],
    ),
    "year out of range": (valued(WAGE, "{1850 = 3.0}"), ["home.wage.1850", "between 1900 and 2200"]),
    "year of two": (changed(WAGE + "2000,", "wage = {'²' = 3.0,"), ["home.wage.²", "between 1900 and 2200"]),
    "year twice": (changed(WAGE + "2000,", "wage = {2010 = 1, 02010 = 2,"), ["home.wage.02010", "between 1900"]),
    "year of 5000 digits": (
        changed(WAGE + "2000,", f"wage = {{{'1' * 5000} = 3.0,"),
        ["1111", "digits", "line"],
    ),
    "bad value in a year": (valued(WAGE, "{2010 = -1.0}"), ["home.wage.2010", "-1.0", "at least 1"]),
    "empty series": (valued(WAGE, "{}"), ["home.wage", "empty table", "table of years"]),
    "series for a single value": (
        changed(TREND + "0.0,", "trend = {2010 = 0.0,"),
        ["home.rule_of_law.trend", "one value"],
    ),
    "value beside years": (
        changed(WAGE + "2000,", "wage = {2010 = 1.0, value = 2000,"),
        ["home.wage.2010", "not allowed"],
    ),
    "source not text": (
        changed('source = "assumption: invented"', "source = 5"),
        ["start.source", "is 5", "key of a source"],
    ),
    "empty source": (changed('source = "assumption: invented"', 'source = " "'), ["start.source", "key of a source"]),
}


def refused(text: str, where: str = "bad.toml") -> str:
    """Return the one sentence with which a text is refused."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_toml(text, where)
    return str(caught.value)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_in_one_sentence(kind: str) -> None:
    """The sentence names the file, the key and the value, and says what is allowed."""
    text, words = BAD[kind]
    sentence = refused(text)
    assert sentence.startswith("bad.toml: ")
    assert sentence.isprintable()
    missing = [word for word in words if word not in sentence]
    assert not missing, sentence
    assert len(sentence) < 6000


def test_the_unchanged_file_is_no_bad_one() -> None:
    """Otherwise the tests above would show nothing."""
    assert Scenario.from_toml(GOOD).name == "two-country"


def test_an_infinite_cap_is_allowed_where_it_means_none() -> None:
    world = Scenario.from_toml(GOOD + "\npermits_per_year = inf\n")
    assert world == Scenario.from_toml(GOOD)


@pytest.mark.parametrize("name", ["kazakstan", "", ".", "x" * 300, "no\nsuch", "no\0such", "../two-country.txt"])
def test_an_unknown_scenario_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(name)
    assert str(caught.value).isprintable()


def test_an_unknown_name_is_answered_with_the_bundled_ones() -> None:
    names = "ireland, kazakhstan, kazakhstan-2010, turkey, two-country"
    with pytest.raises(ScenarioError, match=f"no scenario 'kazakstan'.*{names}"):
        Scenario.load("kazakstan")


def test_what_is_missing_is_told_by_a_copy_too_which_other_processes_send() -> None:
    with pytest.raises(ScenarioError) as raised:
        Scenario.from_toml(BAD["missing required table"][0], "bad.toml")
    for again in (copy.copy(raised.value), pickle.loads(pickle.dumps(raised.value))):
        assert isinstance(again, ScenarioError) and str(again) == str(raised.value)


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml", "missing/x.toml", "x" * 300 + ".toml", "a\0b.toml"])
def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(f"{tmp_path}/{name}")
    assert str(caught.value).startswith(str(tmp_path)) and str(caught.value).isprintable()


@pytest.mark.parametrize("content", [GOOD.encode("utf-16"), GOOD.encode() + b"\n# \xff\xfe\n", bytes(range(256))])
def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"odd\.toml: the file is not text in UTF-8"):
        Scenario.load(path)


def test_a_file_too_large_for_a_scenario_is_not_even_parsed(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text(GOOD + "#" * 1_000_000, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"large\.toml: the file is larger"):
        Scenario.load(path)


def test_a_file_with_a_path_is_named_in_full(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(valued(WAGE, "-1"), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    assert str(caught.value).startswith(f"{path}: home.wage is -1 ")


def deep(levels: int) -> list[object]:
    """Return lists within lists."""
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["home", "wage"], True, ["home.wage is True", "must be a number"]),
        (["home", "wage"], np.True_, ["home.wage is", "must be a number"]),
        (["home", "wage"], math.nan, ["home.wage is nan"]),
        (["home", "wage"], np.float64("nan"), ["home.wage is"]),
        (["home", "wage"], 10**5000, ["home.wage is a number of more than 4300 digits"]),
        (["home", "wage"], deep(50_000), ["home.wage is", "must be a number"]),
        (["home", "wage"], np.array([1.0]), ["home.wage is", "must be a number"]),
        (["home", "wage"], {2010: 1000.0, "2010": 1100.0}, ["home.wage has a year twice"]),
        (["home", "wage"], {"２０１０": 1000.0}, ["home.wage.２０１０ is not a year"]),
        (["home", "wage"], {2010.0: 1000.0}, ["home.wage.2010.0 is not a year"]),
        (["home", "wage"], {None: 1000.0}, ["home.wage.None is not a year"]),
        (["home", 3], 4, ["home.3 is not a parameter"]),
        (["home", "name"], "a\nb", [r"home.name is 'a\nb'", "one line"]),
        (["home", "name"], "\ud800", ["home.name is", "half of a character"]),
        (["description"], "\ud800", ["description is", "half of a character"]),
        (["start"], "２０２６-01", ["start is '２０２６-01'", "YYYY-MM"]),
        (["destinations", 5], {}, ["destinations.5 is not a name"]),
        (["destinations", None], {}, ["destinations.None is not a name"]),
    ],
    ids=range(18),
)
def test_values_that_no_file_holds_are_refused_too(path: list[Any], value: object, words: list[str]) -> None:
    table = Scenario.load("two-country").to_dict()
    inner = table
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_dict(table, "mine")
    said = str(caught.value)
    assert said.startswith("mine: ") and said.isprintable() and [word for word in words if word not in said] == [], said


def test_numbers_of_numpy_are_taken_as_the_numbers_they_are() -> None:
    table = Scenario.load("two-country").to_dict()
    table["graduates"], table["home"]["wage"] = np.int64(77), {2010: np.float32(1500.5)}
    world = Scenario.from_dict(table)
    assert (world.graduates, world.home.wage.values) == (77, (1500.5,))
    assert Scenario.from_toml(world.to_toml()) == world


def test_what_cannot_be_written_in_a_file_is_refused_from_python_too() -> None:
    world = Scenario.load("two-country")
    for value in (None, 10**5000, [10**5000], object(), 1j, "3", b"3", float("nan"), float("inf"), {"x": 1}, {}):
        with pytest.raises(ScenarioError) as caught:
            world.replace({"home.wage": value})
        assert str(caught.value).isprintable() and "home.wage" in str(caught.value)


WRONG = [
    *WRONG_VALUES,
    "{value = {value = 1}}",
    "{source = 1}",
    '{2010 = "a"}',
    "'''\n'''",
    "9" * 4400,
    "{a.b.c = 1}",
]

MUTATIONS = st.one_of(
    st.tuples(st.just("drop"), st.integers(0, len(LINES) - 1), st.just("")),
    st.tuples(st.just("repeat"), st.integers(0, len(LINES) - 1), st.just("")),
    st.tuples(st.just("line"), st.integers(0, len(LINES) - 1), st.text(max_size=30)),
    st.tuples(st.just("value"), st.integers(0, len(LINES) - 1), st.one_of(st.sampled_from(WRONG), st.text(max_size=8))),
    st.tuples(st.just("number"), st.integers(0, len(LINES) - 1), st.floats().map(repr)),
    st.tuples(st.just("cut"), st.integers(0, len(LINES) - 1), st.just("")),
)


def mutated(kind: str, position: int, new: str) -> str:
    """Return the Kazakhstan file with one line dropped, repeated, replaced, or given another value or figure."""
    line, lines = LINES[position], list(LINES)
    key = line.split("=")[0]
    inner = line.partition("value = ")
    replacement = {
        "drop": [],
        "repeat": [line, line],
        "line": [new],
        "value": [f"{key}= {new}"],
        "number": [inner[0] + inner[1] + new + "," + inner[2].partition(",")[2]] if inner[1] else [f"{key}= {new}"],
        "cut": [line[: len(line) // 2]],
    }[kind]
    lines[position : position + 1] = replacement
    return "\n".join(lines)


@given(MUTATIONS)
@settings(max_examples=150, deadline=None)
def test_a_mutated_file_is_read_or_refused_in_one_sentence(mutation: tuple[str, int, str]) -> None:
    try:
        world = Scenario.from_toml(mutated(*mutation), "mutated.toml")
    except ScenarioError as error:
        assert str(error).startswith("mutated.toml: ") and str(error).isprintable()
    else:
        assert Scenario.from_toml(world.to_toml()) == world


class Kind(str, Enum):  # noqa: UP042 - a StrEnum would be written as its text
    """Texts as members of an enumeration, which Python writes by their names."""

    COMPLETE = "complete"
    SMALL = "small_world"


def put_together(table: str = "", **changes: Any) -> Scenario:
    """Return a scenario changed behind the reader's back, or one of its tables."""
    world = Scenario.from_toml(GOOD)
    if table:
        return dataclasses.replace(world, **{table: dataclasses.replace(getattr(world, table), **changes)})
    return dataclasses.replace(world, **changes)


PUT_TOGETHER: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "half a graduate": ("", {"graduates": 2000.9}, ["graduates", "2000.9", "whole number"]),
    "graduates below nobody": ("", {"graduates": -5}, ["graduates", "-5"]),
    "graduates in words": ("", {"graduates": "3"}, ["graduates", "'3'"]),
    "graduates in an array": ("", {"graduates": np.array(5)}, ["graduates", "array(5)"]),
    "no table": ("", {"labour": None}, ["labour.public_share", "missing"]),
    "a number for a table": ("", {"labour": 3}, ["labour", "3"]),
    "no destinations": ("", {"destinations": ()}, ["destinations"]),
    "a number for destinations": ("", {"destinations": 3}, ["put together"]),
    "no sources": ("", {"sources": None}, ["put together"]),
    "no month": ("", {"end": "x"}, ["end", "'x'"]),
    "an end before the start": ("", {"end": "1900-01"}, ["end", "1900-01"]),
    "out of range": ("labour", {"merit": 9.0}, ["labour.merit", "9.0", "between 0 and 1"]),
    "no number": ("labour", {"merit": math.nan}, ["labour.merit", "nan"]),
    "unknown kind": ("network", {"kind": "zzz"}, ["network.kind", "zzz"]),
    "tables that contradict each other": ("decision", {"retirement_age": 3.0}, ["retirement_age"]),
    "years without values": ("home", {"wage": Series((2026, 2027), (2000.0,))}, ["put together"]),
}


@pytest.mark.parametrize("case", PUT_TOGETHER)
def test_a_scenario_put_together_without_the_reader_is_read_before_it_is_run(case: str) -> None:
    table, changes, words = PUT_TOGETHER[case]
    world = put_together(table, **changes)
    for use in (Environment, Simulation, EmigrationModel, lambda it: plan(it, ARMS, replicates=1, seed=1)):
        with pytest.raises((ScenarioError, DesignError)) as raised:
            use(world)
        assert all(word in str(raised.value) for word in words), raised.value
        assert "\n" not in str(raised.value)


def test_a_scenario_put_together_of_what_can_be_read_is_run_as_it_is_read() -> None:
    world = put_together(graduates=np.int64(60), network=put_together("network", kind=Kind.SMALL).network)
    checked = Environment(world).scenario
    assert checked == Scenario.from_toml(GOOD).replace({"graduates": 60, "network.kind": "small_world"})
    assert type(checked.graduates) is int and type(checked.network.kind) is str


def test_what_was_read_is_not_read_again_and_neither_are_its_copies() -> None:
    world = Scenario.from_toml(GOOD)
    for one in (world, copy.copy(world), copy.deepcopy(world), pickle.loads(pickle.dumps(world))):
        assert one.checked() is one
    assert put_together(graduates=60).checked().checked() == put_together(graduates=60)


def test_texts_are_kept_as_the_plain_texts_they_are() -> None:
    world = Scenario.from_toml(GOOD).replace({"network.kind": Kind.COMPLETE, "graduates": 60})
    assert type(world.network.kind) is str
    assert Scenario.from_toml(world.to_toml()) == world
