"""Reform files: any valid one can be run and balances, any other is refused in one sentence."""

from __future__ import annotations

import dataclasses
import math
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.environment import Environment
from abm.reforms import KINDS, Reform, ReformError, load, loads
from abm.scenario import Scenario, month_name, month_number
from abm.simulation import Simulation

WORLD = Scenario.load("kazakhstan").replace({"graduates": 300, "end": "2030-12"})
TINY = Scenario.load("two-country").replace({"graduates": 300, "end": "2028-12"})
LIMIT = WORLD.home.rule_of_law.speed_limit
VALID, RUN = 1_000, 12


def month(rng: random.Random, first: str = "2020-01", last: str = "2030-12") -> str:
    return month_name(rng.randint(month_number(first), month_number(last)))


def value_of(rng: random.Random, item: dataclasses.Field[Any]) -> Any:
    """Return a valid value of a parameter: often an end of its range, else anything in between, small ones likelier."""
    kind, low, high = str(item.type), item.metadata["low"], item.metadata["high"]
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "str":
        return "" if item.name == "destination" else rng.choice(["wgi", 'assumption: a "guess"', "ö\n\\"])
    if item.name == "speed":
        high = LIMIT
    value = rng.choice([low, high, rng.uniform(low, high), low + (high - low) * rng.random() ** 4])
    return int(value) if kind.startswith("int") else value


def entry_of(rng: random.Random, kind: type[Reform]) -> dict[str, Any]:
    """Return a valid entry of a reform file: some of its parameters."""
    entry: dict[str, Any] = {"kind": kind.__name__, "start": month(rng)}
    if rng.random() < 0.5:
        entry["end"] = month(rng, entry["start"], "2035-12")
    for item in dataclasses.fields(kind):
        if item.name not in ("start", "end") and rng.random() < 0.6:
            entry[item.name] = value_of(rng, item)
    return entry


def text_of(entries: list[dict[str, Any]]) -> str:
    """Return a reform file written by hand, so to speak: not by the code under test."""

    def written(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'
        return repr(value)

    tables = ["[[reform]]\n" + "".join(f"{key} = {written(value)}\n" for key, value in e.items()) for e in entries]
    return "\n".join(tables)


def random_file(number: int) -> str:
    """Return a valid reform file: some reforms of any kinds, but at most one that sets levels or adds many degrees."""
    rng = random.Random(number)
    kinds = [rng.choice(list(KINDS.values())) for _ in range(rng.randint(1, 6))]
    once = ("HostTightening", "GraduateResearchFunding", "PersonnelReserve")
    chosen = [kind for n, kind in enumerate(kinds) if kind.__name__ not in once or kind not in kinds[:n]]
    return text_of([entry_of(rng, kind) for kind in chosen])


@pytest.mark.parametrize("part", range(4))
def test_a_thousand_valid_files_make_an_environment(part: int) -> None:
    """Every path is a number within its range, and none of rule of law outruns the fastest on record."""
    for number in range(part, VALID, 4):
        environment = Environment(WORLD, loads(random_file(number)))
        for name in environment.countries.dtype.names:
            assert np.all(np.isfinite(environment.countries[name])), f"file {number}: {name}"
        assert np.all(np.isfinite(environment.posts)) and np.all(environment.posts >= 0.0), f"file {number}"
        assert np.all(environment.permits >= 0.0) and np.all(environment.candidates_rates[:, 1] >= 0.0)
        assert np.all(environment.master_share + environment.doctorate_share <= 1.0)
        level = environment.rule_of_law
        steps = np.diff(level.actual)
        assert np.abs(steps).max() <= LIMIT / 12 + 1e-12, f"file {number}: rule of law outruns the limit"
        assert np.all((level.credibility >= 0.0) & (level.credibility <= 1.0))


@pytest.mark.parametrize("number", range(RUN))
def test_runs_under_valid_files_balance(number: int) -> None:
    """Accounts are checked every month; closing them raises when one person is missing."""
    simulation = Simulation(
        TINY if number % 2 else WORLD.replace({"end": "2028-06"}), within(number), seed=number
    ).run()
    assert simulation.finished and np.all(simulation.accounts.stocks >= 0)


def within(number: int) -> list[Reform]:
    """Return the reforms of a random file, begun before these short runs end."""
    return [reform for reform in loads(random_file(number)) if reform.start <= "2028-06"]


ENTRY = '[[reform]]\nkind = "PublicSalaryParity"\nstart = "2027-01"\ntarget = 0.9\n'
FILES: dict[str, tuple[str, list[str]]] = {
    "no TOML": ("= 3", ["not valid TOML"]),
    "open bracket": ("[[reform]\n", ["not valid TOML"]),
    "key twice": (ENTRY + "target = 1.0\n", ["not valid TOML"]),
    "deep nesting": (f"reform = {'[' * 5000}{']' * 5000}", ["nested"]),
    "endless number": (f"[[reform]]\nkind = {'9' * 5000}", ["digits"]),
    "another table": ("[scenario]\nx = 1\n" + ENTRY, ["scenario", "[[reform]]"]),
    "key on top": ("title = 'x'\n" + ENTRY, ["title", "[[reform]]"]),
    "one table": (ENTRY.replace("[[reform]]", "[reform]"), ["reform is a table", "[[reform]]"]),
    "a number": ("reform = 3", ["reform is 3", "[[reform]]"]),
    "a list of numbers": ("reform = [1, 2]", ["reform is [1, 2]", "[[reform]]"]),
    "no kind": ("[[reform]]\ntarget = 1.0", ["reform 1", "kind is missing", "JudicialReform"]),
    "second without kind": (ENTRY + "[[reform]]\n", ["reform 2", "kind is missing"]),
    "kind misspelt": (ENTRY.replace("Parity", "Party"), ["'PublicSalaryParty'", "PublicSalaryParity?"]),
    "kind unknown": (ENTRY.replace("PublicSalaryParity", "Magic"), ["'Magic'", "one of JudicialReform"]),
    "kind a number": ("[[reform]]\nkind = 3", ["kind is 3", "one of"]),
    "kind a list": ("[[reform]]\nkind = []", ["kind is []", "one of"]),
    "kind a table": ("[[reform]]\nkind = {}", ["kind is a table", "one of"]),
    "kind of no instrument": ("[[reform]]\nkind = 'Reform'", ["'Reform'", "is no reform"]),
    "kind in lower case": ("[[reform]]\nkind = 'judicialreform'", ["'judicialreform'", "is no reform"]),
    "empty kind": ("[[reform]]\nkind = ''", ["kind is ''", "one of"]),
    "start of thirteen months": (ENTRY.replace("2027-01", "2027-13"), ["start is '2027-13'", "YYYY-MM"]),
    "start a year": (ENTRY.replace('"2027-01"', "2027"), ["start is 2027", "YYYY-MM"]),
    "fidelity in per cent": (ENTRY + "fidelity = 50", ["fidelity is 50", "between 0 and 1 (share)"]),
    "key misspelt": (ENTRY + "fidelty = 0.5", ["PublicSalaryParity: fidelty = 0.5", "did you mean fidelity"]),
    "key of another kind": (ENTRY + "private_jobs = 0.5", ["private_jobs = 0.5", "allowed are start, end"]),
    "pillar": (ENTRY + "pillar = 'gain'", ["pillar = 'gain'", "allowed are"]),
    "key with a line break": (ENTRY + '"a\\nb" = 1', [r"a\nb = 1", "allowed are"]),
    "end before start": (ENTRY + "end = '2026-12'", ["end is '2026-12'", "start, '2027-01'"]),
    "end no month": (ENTRY + "end = '2027-00'", ["end is '2027-00'", "YYYY-MM"]),
    "start a date": (ENTRY.replace('"2027-01"', "2027-01-01"), ["start is datetime.date(2027, 1, 1)", "YYYY-MM"]),
    "source a number": (ENTRY + "source = 3", ["source is 3", "must be text"]),
    "target a table": (ENTRY.replace("0.9", "{value = 0.9}"), ["target is a table", "between 0 and 5"]),
    "truth as a number": (
        "[[reform]]\nkind = 'ReturnIncentive'\nonly_with_offer = 1",
        ["only_with_offer is 1", "true"],
    ),
    "ramp with a fraction": (ENTRY + "ramp_months = 1.5", ["ramp_months is 1.5", "whole number", "0 and 600"]),
    "destination a list": (
        "[[reform]]\nkind = 'HostTightening'\ndestination = ['x']",
        ["destination is ['x']", "text"],
    ),
}


def numeric_levers() -> list[tuple[str, str, float, float]]:
    """Return every number that a reform file may hold, with its range."""
    found = []
    for name, kind in KINDS.items():
        for item in dataclasses.fields(kind):
            if item.metadata["unit"] not in ("month", "text", "true or false"):
                found.append((name, item.name, item.metadata["low"], item.metadata["high"]))
    return found


def out_of_range() -> dict[str, tuple[str, list[str]]]:
    """Return files in which one number is out of its range or none at all."""
    wrong = {}
    for number, (kind, key, low, high) in enumerate(numeric_levers()):
        beyond = [repr(low - 1.0), repr(high + 1.0 + 0.01 * high), "nan", "inf", '"much"', "true", "[]"][number % 7]
        text = f'[[reform]]\nkind = "{kind}"\n{key} = {beyond}\n'
        wrong[f"{kind}.{key} = {beyond}"] = (
            text,
            [f"reform 1, {kind}: {key} is ", "must be a ", f"between {low:g} and"],
        )
    return wrong


INVALID = FILES | out_of_range()


def test_there_are_a_hundred_bad_files_and_the_good_one_among_them_is_none() -> None:
    assert len(INVALID) >= 100
    assert loads(ENTRY)[0].to_dict()["target"] == 0.9


@pytest.mark.parametrize("name", INVALID)
def test_a_bad_file_is_refused_in_one_sentence(name: str) -> None:
    """The sentence names the file, the entry, the key and the value, and says what is allowed."""
    text, words = INVALID[name]
    with pytest.raises(ReformError) as caught:
        loads(text, "plan.toml")
    sentence = str(caught.value)
    assert sentence.startswith("plan.toml: ") and sentence.isprintable() and len(sentence) < 800
    assert [word for word in words if word not in sentence] == [], sentence


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml", "x" * 300 + ".toml", "a\0b.toml"])
def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ReformError) as caught:
        load(f"{tmp_path}/{name}")
    assert str(caught.value).startswith(str(tmp_path)) and str(caught.value).isprintable()


def test_a_file_of_other_letters_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(ENTRY.encode("utf-16"))
    with pytest.raises(ReformError, match=r"odd\.toml: the file is not text in UTF-8"):
        load(path)
    path.write_text(ENTRY + "#" * 1_000_000, encoding="utf-8")
    with pytest.raises(ReformError, match=r"odd\.toml: the file is larger"):
        load(path)


def test_what_a_file_cannot_hold_is_refused_from_python_too() -> None:
    for value in (None, 1j, 10**400, 10**5000, object(), b"1", np.float64("nan"), math.inf):
        for name in ("fidelity", "ramp_months", "target"):
            with pytest.raises(ReformError) as caught:
                KINDS["PublicSalaryParity"](**{name: value})
            assert re.match(rf"PublicSalaryParity: {name} is .*between", str(caught.value))
            assert str(caught.value).isprintable()


def test_a_country_that_states_no_costs_is_refused_before_any_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reforms are made with the design, before arms are checked."""
    from experiments.questions import credibility
    from experiments.study.conduct import conduct

    assert conduct(credibility.EXPERIMENT, ["--scenario", "turkey", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("turkey: costs is missing") and said.count("\n") == 1
    assert not (tmp_path / "out").exists()
