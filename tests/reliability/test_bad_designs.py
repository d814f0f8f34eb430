"""Malformed designs, flags, tables and scenarios: one sentence, exit code 2, and nothing is written."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.sweep import SweepError
from experiments.__main__ import main
from tests.reliability.designs import HEAD, WRONG_VALUES

GOOD = f"""{HEAD}[reforms.JudicialReform]
target = 0.3
[[factors]]
name = "JudicialReform.speed"
values = ["none", 0.05]
[[factors]]
name = "labour.merit"
values = [0.4, 0.6]
[[factors]]
name = "decision.discount_rate"
values = [0.04, 0.06]
unit = "per year"
"""
SAMPLE = """
scenario = "two-country"
replicates = 2
seed = 3
kind = "latin-hypercube"
points = 4
[set]
"labour.merit" = 0.5
[[factors]]
name = "JudicialReform.speed"
low = 0.01
high = 0.1
baseline = "none"
scale = "log"
[[factors]]
name = "graduates"
low = 40
high = 60
baseline = 50
whole = true
"""
TABLE = 'scenario = "two-country"\nreplicates = 1\nseed = 1\nkind = "table"\ntable = "points.csv"\n'
POINTS = "graduates,JudicialReform.speed,labour.merit\n50,none,0.5\n60,0.05,0.5\n50,none,0.6\n"


def changed(old: str, new: str, text: str = GOOD) -> str:
    """Return a good file with one place changed."""
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def asked(folder: Path, arguments: Sequence[str]) -> tuple[int, str, str]:
    """Return exit code, output and complaints of a command; a sweep that would run stops there with code 1."""
    out, err = io.StringIO(), io.StringIO()
    would_run = mock.patch("experiments.study.conduct.do_runs", side_effect=SweepError("this would run"))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(folder), would_run:
        try:
            code = main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
    return code, out.getvalue(), err.getvalue()


def refused(folder: Path, arguments: Sequence[str]) -> str:
    """Return the one sentence with which a command is refused, having made sure that it wrote nothing."""
    before = sorted(folder.rglob("*"))
    code, out, err = asked(folder, arguments)
    assert (code, out) == (2, ""), (code, out, err)
    assert err.endswith("\n") and err[:-1].isprintable() and err.strip(), repr(err)
    assert sorted(folder.rglob("*")) == before
    return err.strip()


def written(folder: Path, design: str | bytes, points: str | bytes = POINTS) -> list[str]:
    """Write a design file and a table beside it, and return the command that runs it."""
    for name, content in (("design.toml", design), ("points.csv", points)):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return ["run", "sweep", "--design", "design.toml", "--workers", "1", "--quiet", "--out", "out"]


@pytest.mark.parametrize("design", [GOOD, SAMPLE, TABLE])
def test_the_unchanged_designs_are_no_bad_ones(tmp_path: Path, design: str) -> None:
    """Otherwise the tests below would show nothing."""
    assert asked(tmp_path, written(tmp_path, design))[::2] == (1, "this would run\n")


# the file, and what the sentence must name
DESIGNS: dict[str, tuple[str | bytes, list[str]]] = {
    "empty file": ("", ["kind is missing"]),
    "broken TOML": (GOOD + "x = = 1\n", ["not valid TOML", "line"]),
    "not UTF-8": (GOOD.encode("utf-16"), ["not text in UTF-8"]),
    "deep nesting": (f"x = {'[' * 5000}{']' * 5000}\n", ["nested"]),
    "5000 digits": (changed("seed = 3", f"seed = {'1' * 5000}"), ["digits"]),
    "unknown key": (changed("seed = 3", "seed = 3\nreplicate = 2"), ["'replicate'", "did you mean replicates"]),
    "unknown key over two lines": ('"a\\nb" = 1\n' + GOOD, [r"'a\nb'", "allowed are title"]),
    "key of another kind": (changed("seed = 3", "seed = 3\npoints = 8"), ["'points'", "kind 'full'"]),
    "unknown kind": (changed('"full"', '"Full"'), ["kind is 'Full'", "latin-hypercube"]),
    "kind as a number": (changed('"full"', "2"), ["kind is 2", "text"]),
    "no scenario": (changed('scenario = "two-country"', ""), ["scenario is missing"]),
    "unknown scenario": (
        changed("two-country", "atlantis"),
        ["'atlantis'", "ireland, kazakhstan, kazakhstan-2010, turkey, two"],
    ),
    "missing scenario file": (changed("two-country", "no.toml"), ["no.toml", "cannot be read"]),
    "design as its own scenario": (changed("two-country", "design.toml"), ["design.toml", "is not a parameter"]),
    "no replicates": (changed("replicates = 2", ""), ["replicates is missing"]),
    "fractional replicates": (changed("replicates = 2", "replicates = 2.0"), ["replicates is 2.0", "whole number"]),
    "zero replicates": (changed("replicates = 2", "replicates = 0"), ["replicates is 0", "from 1"]),
    "replicates as a truth": (changed("replicates = 2", "replicates = true"), ["replicates is True"]),
    "negative seed": (changed("seed = 3", "seed = -3"), ["seed is -3"]),
    "seed too large": (changed("seed = 3", f"seed = {2**63}"), ["seed is 9223372036854775808"]),
    "title as a list": (changed('"A small sweep"', "[1]"), ["title is [1]"]),
    "set twice": (
        changed("[set]\n", '[set]\nhome.wage = 1500\n"home.wage" = 1600\n'),
        ["[set] home.wage has a value twice"],
    ),
    "the end varied": (changed('name = "labour.merit"', 'name = "end"'), ["'end' cannot be varied", "same years"]),
    "values that read alike": (changed("values = [0.4, 0.6]", 'values = [0.4, "0.4"]'), ["labour.merit", "read alike"]),
    "set as a number": (changed("[set]\ngraduates = 50", "set = 3"), ["set is 3", "[set]"]),
    "set of an unknown parameter": (changed("graduates = 50", "graduate = 50"), ["'graduate'", "graduates"]),
    "set out of range": (changed("graduates = 50", "graduates = 0"), ["graduates is 0"]),
    "set to a list": (changed("graduates = 50", "graduates = [50]"), ["graduates is [50]"]),
    "unknown reform": (changed("[reforms.Div", "[reforms.Dvi"), ["'Dviersification'", "did you mean Diversification"]),
    "reform as a number": (
        changed("[reforms.Diversification]\nprivate_jobs = 0.2", "[reforms]\nDiversification = 1"),
        ["reforms.Diversification is 1", "table"],
    ),
    "unknown parameter of a reform": (changed("private_jobs", "jobs"), ["'jobs'", "of Diversification"]),
    "reform out of range": (changed("private_jobs = 0.2", "private_jobs = -2"), ["private_jobs is -2", "-0.9"]),
    "reform after the end": (changed("private_jobs = 0.2", 'start = "2199-01"'), ["2199-01", "the run ends"]),
    "reform at a date": (changed("private_jobs = 0.2", "start = 2026-01-01"), ["start is", "YYYY-MM"]),
    "reforms as a list": (changed("[reforms.Div", "[[reforms.Div"), ["not valid TOML"]),
    "no factors": (GOOD[: GOOD.index("[[factors]]")], ["factors is missing", "[[factors]]"]),
    "factors as a table": (GOOD[: GOOD.index("[[factors]]")] + "[factors]\nx = 1\n", ["factors is a table"]),
    "factor without a name": (changed('name = "labour.merit"\n', ""), ["factors: name is missing"]),
    "factor without values": (changed("values = [0.4, 0.6]\n", ""), ["'labour.merit' lacks values"]),
    "factor with a range in a grid": (changed("values = [0.4, 0.6]", "low = 0.4"), ["'low'", "'labour.merit'"]),
    "factor twice": (changed("labour.merit", "decision.discount_rate"), ["a factor twice"]),
    "factor that is no parameter": (changed("labour.merit", "labour.mreit"), ["'labour.mreit'", "labour.merit"]),
    "factor named like a column": (changed("labour.merit", "seed"), ["'seed'", "taken"]),
    "factor of an unknown reform": (changed("JudicialReform.speed", "Judicial.speed"), ["'Judicial'"]),
    "factor of an unknown reform parameter": (changed("Reform.speed", "Reform.sped"), ["'sped'", "Reform.speed?"]),
    "value twice": (changed("[0.4, 0.6]", "[0.4, 0.4]"), ["'labour.merit' has a value twice"]),
    "no values": (changed("[0.4, 0.6]", "[]"), ["at least one"]),
    "values as a number": (changed("[0.4, 0.6]", "0.4"), ["values 0.4"]),
    "value not finite": (changed("[0.4, 0.6]", "[0.4, nan]"), ["nan", "finite"]),
    "value a list": (changed("[0.4, 0.6]", "[0.4, [0.6]]"), ["[0.6]"]),
    "value out of range": (changed("[0.4, 0.6]", "[0.4, 1.6]"), ["labour.merit = 1.6", "between 0 and 1"]),
    "value of the wrong type": (changed("[0.4, 0.6]", '[0.4, "much"]'), ["labour.merit = much"]),
    "reform faster than any": (changed('"none", 0.05', '"none", 0.9'), ["JudicialReform.speed = 0.9", "speed_limit"]),
    "unit as a number": (changed('"per year"', "3"), ["unit is 3"]),
    "set beside a factor": (
        changed("graduates = 50", "labour.merit = 0.5"),
        ["[set] labour.merit has a value", "is a factor", "leave one of them out"],
    ),
    "set in quotes beside a range": (
        changed('"labour.merit" = 0.5', '"graduates" = 50', SAMPLE),
        ["[set] graduates has a value", "is a factor"],
    ),
    "parameter of a reform beside its factor": (
        changed("target = 0.3", "speed = 0.03"),
        ["[reforms.JudicialReform] speed has a value", "is a factor"],
    ),
    "title over two lines": (changed('"A small sweep"', r'"A\nsweep"'), ["title is 'A\\nsweep'", "on one line"]),
    "title with a control character": (changed('"A small sweep"', r'"A\u0007"'), [r"title is 'A\x07'", "control"]),
    "title without end": (changed("A small sweep", "x" * 5000), ["title is 'xxx", "300 letters"]),
    "unit over two lines": (changed('"per year"', r'"per\nyear"'), ["'decision.discount_rate': unit is", "one line"]),
    "name over two lines": (changed('"labour.merit"', r'"labour\nmerit"'), ["factors: name is", "one line"]),
    "level over two lines": (changed("[0.4, 0.6]", r'[0.4, "a\nb"]'), ["'labour.merit'", r"'a\nb'", "one line"]),
    "scenario as a list": (changed('"two-country"', '["two-country"]'), ["scenario is ['two-country']", "text"]),
    "scenario over two lines": (changed('"two-country"', r'"two\ncountry"'), ["scenario is 'two", "one line"]),
    "resolution as a text": (changed('"full"', '"fractional"\nresolution = "3"'), ["resolution is '3'", "from 3 to 3"]),
    "resolution as a truth": (changed('"full"', '"fractional"\nresolution = true'), ["resolution is True"]),
    "generators of numbers": (
        changed('"full"', '"fractional"\ngenerators = [1, [2]]'),
        ["generator 1", "like 'D = ABC'"],
    ),
    "points as a fraction": (changed("points = 4", "points = 4.0", SAMPLE), ["points is 4.0", "whole number"]),
    "points seed as a text": (changed("points = 4", 'points = 4\npoints_seed = "1"', SAMPLE), ["points_seed is '1'"]),
    "range from a text": (changed("low = 40", 'low = "40"', SAMPLE), ["low is '40'", "must be a number"]),
    "range of half a whole": (changed("low = 40", "low = 40.5", SAMPLE), ["whole ends"]),
    "baseline as a table": (
        changed("baseline = 50", "baseline = {}", SAMPLE),
        ["'graduates'", "a finite number or a text"],
    ),
    "values of tables": (changed("[0.4, 0.6]", "[{a = 1}]"), ["'labour.merit'", "a finite number or a text"]),
    "factors as a list of numbers": (
        GOOD[: GOOD.index("[set]")] + "factors = [1]\n",
        ["factors is [1]", "[[factors]]"],
    ),
    "table as a number": (changed('"points.csv"', "3", TABLE), ["table is 3", "text"]),
    "table as no name": (changed('"points.csv"', r'"a\u0000b"', TABLE), ["table is 'a\\x00b'"]),
    "table as a device": (changed("points.csv", "/dev/zero", TABLE), ["/dev/zero", "a device", "regular file"]),
    "table far away": (changed("points.csv", "/nowhere/points.csv", TABLE), ["/nowhere/points.csv", "cannot be read"]),
    "too many arms": (changed("[0.4, 0.6]", str(list(range(300_000)))), ["1,200,000 arms"]),
    "too many runs": (
        changed("[0.4, 0.6]", str(list(range(2_000)))).replace("replicates = 2", "replicates = 1000"),
        ["8,000,000 runs"],
    ),
    "fraction without either": (changed('"full"', '"fractional"'), ["generators", "resolution"]),
    "fraction with both": (
        changed('"full"', '"fractional"\ngenerators = ["C = AB"]\nresolution = 3'),
        ["either"],
    ),
    "fraction impossible": (changed('"full"', '"fractional"\nresolution = 4'), ["resolution is 4", "to 3"]),
    "fraction of resolution two": (changed('"full"', '"fractional"\ngenerators = ["C = A"]'), ["resolution 2"]),
    "generators as a text": (changed('"full"', '"fractional"\ngenerators = "C = AB"'), ["must be a list"]),
    "range without a baseline": (changed('baseline = "none"', "", SAMPLE), ["lacks baseline"]),
    "range upside down": (changed("high = 0.1", "high = 0.001", SAMPLE), ["low must be below high"]),
    "range on an unknown scale": (changed('"log"', '"square"', SAMPLE), ["'square'", "linear or log"]),
    "range to infinity": (changed("high = 0.1", "high = inf", SAMPLE), ["inf"]),
    "baseline out of range": (changed("baseline = 50", "baseline = 0", SAMPLE), ["graduates = 0"]),
    "values in a sample": (changed("baseline = 50", "baseline = 50\nvalues = [1]", SAMPLE), ["'values'"]),
    "points missing": (changed("points = 4", "", SAMPLE), ["points is missing"]),
    "points beyond reason": (changed("points = 4", "points = 100000000", SAMPLE), ["points is 100000000"]),
    "Sobol of a crooked number": (
        changed("points = 4", "points = 6", changed("latin-hypercube", "sobol", SAMPLE)),
        ["6 points", "4 or 8"],
    ),
    "table missing": (changed('table = "points.csv"', "", TABLE), ["table is missing"]),
    "table not there": (changed("points.csv", "other.csv", TABLE), ["other.csv", "cannot be read"]),
    "table is a folder": (changed("points.csv", ".", TABLE), ["cannot be read"]),
    "table and factors": (TABLE + '[[factors]]\nname = "x"\n', ["'factors'", "kind 'table'"]),
}


@pytest.mark.parametrize("kind", DESIGNS)
def test_a_bad_design_file_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    design, words = DESIGNS[kind]
    said = refused(tmp_path, written(tmp_path, design))
    assert [word for word in words if word not in said] == [], said


# the table, and the lines that the sentence must name
TABLES: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", ["a line of factor names"]),
    "names only": (POINTS.splitlines()[0], ["at least one line below"]),
    "UTF-16": (POINTS.encode("utf-16"), ["not text in UTF-8, but in UTF-16", "save it as UTF-8"]),
    "open quote": (POINTS + '"50', ["line 5", "not CSV"]),
    "a cell too many": (POINTS + "1,none,0.5,7\n", ["line 5: there are 4 cells, but 3 factors"]),
    "cells too few, twice": (POINTS + "1\n50,none,0.7\n1\n", ["line 5", "line 7"]),
    "empty cell": (POINTS + ",none,0.5\n", ["line 5: the cell of 'graduates' is empty"]),
    "not a number": (POINTS + "nan,none,0.5\n", ["line 5", "nan"]),
    "out of range": (POINTS + "50,none,1.5\n", ["line 5", "labour.merit"]),
    "reform out of range": (POINTS + "50,-1,0.5\n", ["line 5", "speed is -1"]),
    "reform too fast": (POINTS + "50,0.9,0.5\n", ["line 5", "speed_limit"]),
    "text for a number": (POINTS + "50,none,most\n", ["line 5", "'most'"]),
    "underscores": (POINTS + "5_0,none,0.5\n", ["line 5", "'5_0'"]),
    "unknown column": (POINTS.replace("labour.merit", "merit"), ["'merit'"]),
    "column twice": (
        POINTS.replace("labour.merit", "graduates"),
        ["line 1: 'graduates' names both column 1 and column 3"],
    ),
    "column without a name": (POINTS.replace("JudicialReform.speed", " "), ["line 1: column 2 has no name"]),
    "name over two lines": (POINTS.replace("labour.merit", '"labour\nmerit"'), ["line 1: column 3", r"labour\nmerit"]),
    "semicolons and commas": (POINTS.replace(",", ";", 1), ["line 1", "commas and semicolons", "one of them"]),
    "semicolons below commas": (POINTS + "50;none;0.5\n", ["line 5: there are 1 cells, but 3 factors"]),
    "decimal commas": (
        POINTS.replace(",", ";").replace("0.5", "0,5"),
        ["line 2: 'labour.merit' is '0,5' with a comma", "decimal point"],
    ),
    "thousands set apart by commas": (POINTS + '"1,500",none,0.5\n', ["line 5", "'1,500' with a comma", "is 1500"]),
    "thousands set apart by points": (
        POINTS.replace(",", ";") + "1.500;none;0.5\n",
        ["line 5: '1.500' may be 1500 or 1.5", "write either"],
    ),
    "a comment for a head": ("# from R\n" + POINTS, ["line 1", "comment", "name the factors"]),
    "infinity": (POINTS + "inf,none,0.5\n", ["line 5", "has the value inf"]),
    "decimal commas between commas": (POINTS + "50,none,0,5\n", ["line 5: there are 4 cells", "decimal point"]),
    "full-width digits": (POINTS + "５０,none,0.5\n", ["line 5", "graduates is '５０'", "must be a number"]),
    "a zero byte": (POINTS + "50\0,none,0.5\n", ["line 5", "zero byte"]),
    "a control character": (POINTS + "50,no\x07ne,0.5\n", ["line 5", r"\x07"]),
    "a cell without end": (POINTS + "50,none," + "0" * 200_000 + "\n", ["line 5", "not CSV", "field"]),
    "a long cell": (POINTS + "50,none," + "x" * 1000 + "\n", ["line 5", "'labour.merit'", "200 letters"]),
    "a number with many digits and a slip": (POINTS + "50,none," + "1" * 100_000 + "x\n", ["line 5", "labour.merit"]),
    "Latin-1": (POINTS.encode() + "50,für,0.5\n".encode("latin-1"), ["byte 0xFC in line 5", "Latin-1", "UTF-8"]),
    "UTF-16 without a mark": (POINTS.encode("utf-16-le"), ["zero byte in line 1", "UTF-16"]),
    "a workbook": (b"PK\x03\x04" + bytes(range(256)), ["a zip file", "save its table as CSV"]),
    "column named like another": (POINTS.replace("labour.merit", "year"), ["'year'"]),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_bad_table_is_refused_by_its_lines(tmp_path: Path, kind: str) -> None:
    points, words = TABLES[kind]
    said = refused(tmp_path, written(tmp_path, TABLE, points))
    assert "points.csv" in said or kind == "unknown column"
    assert [word for word in words if word not in said] == [], said


FLAGS: list[list[str]] = [
    ["--design"],
    ["--design", "no.toml"],
    ["--design", "."],
    ["--design", "a\nb.toml"],
    ["--design", ""],
    ["--replicates", "0"],
    ["--replicates", "1e3"],
    ["--replicates", "9999999"],
    ["--graduates", "-5"],
    ["--workers", "none"],
    ["--seed", "-1"],
    ["--set", "labour.merit"],
    ["--set", "=1"],
    ["--set", "labour.merit=[0.5"],
    ["--set", "a\nb=1"],
    ["--set", "labour.merit=0.5", "--set", "labour.merit=0.6"],
    ["--scenario", "a\nb"],
    ["--out", "design.toml"],
    ["--out", "a\0b"],
    ["--out", "x" * 300],
    ["--no\nsuch"],
    ["--desig", "design.toml"],
    ["stray"],
]
COMMANDS: list[list[str]] = [
    [],
    ["frobnicate"],
    ["a\nb"],
    ["run"],
    ["run", "swep"],
    ["run", "a\nb"],
    ["run", "sweep"],
    ["run", "sweep", "--replicates", "2"],
    ["status"],
    ["status", "nowhere"],
    ["status", "design.toml"],
    ["status", "x" * 300],
    ["check", "nowhere"],
    ["check", "x" * 300],
    ["check", ".", "--sample", "-1"],
    ["export", "."],
    ["export", ".", "--format", "excel"],
    ["export", ".", "--format", "csv"],
    ["export", "nowhere", "--format", "csv"],
    ["export", "x" * 300, "--format", "csv"],
    ["export", ".", "--format", "csv", "--out", "points.csv"],
]


@pytest.mark.parametrize("flags", FLAGS, ids=lambda words: " ".join(words)[:50])
def test_a_bad_flag_is_refused_in_one_sentence(tmp_path: Path, flags: list[str]) -> None:
    refused(tmp_path, [*written(tmp_path, GOOD), *flags])


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda words: " ".join(words)[:50])
def test_a_bad_command_is_refused_in_one_sentence(tmp_path: Path, command: list[str]) -> None:
    written(tmp_path, GOOD)
    refused(tmp_path, command)


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", "{}", '{"files": 3}', json.dumps({"files": [], "scenario": "", "design": {}, "versions": {}})],
)
def test_a_bad_manifest_is_refused_in_one_sentence(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    assert "manifest" in refused(tmp_path, ["check", "."])


@pytest.mark.parametrize("content", [b"", b"year\n2026\n", b"\xfd7zXZ\0broken"])
def test_a_bad_table_of_runs_is_not_exported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "runs.csv.xz").write_bytes(content)
    assert "runs.csv.xz" in refused(tmp_path, ["export", ".", "--format", "csv"])


# --- whatever a file or a flag holds ---

LINES = {name: text.splitlines() for name, text in (("grid", GOOD), ("sample", SAMPLE), ("table", TABLE))}


@st.composite
def mutated_designs(draw: Any) -> str:
    """Return a good file with a line dropped, repeated, cut, replaced or given another value."""
    lines = list(LINES[draw(st.sampled_from(sorted(LINES)))])
    for _ in range(draw(st.integers(1, 2))):
        position = draw(st.integers(0, len(lines) - 1))
        line = lines[position]
        value = draw(st.sampled_from(WRONG_VALUES) | st.floats().map(repr) | st.text(max_size=8))
        replacements = ([], [line, line], [line[: len(line) // 2]], [value], [f"{line.split('=')[0]}= {value}"])
        lines[position : position + 1] = draw(st.sampled_from(replacements)) or [""]
    return "\n".join(lines)


def run_or_refused(design: str | bytes, points: str | bytes = POINTS, flags: Sequence[str] = ()) -> None:
    """Fail unless a sweep would run or is refused in one sentence with nothing written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [*written(folder, design, points), *flags]
        before = sorted(folder.rglob("*"))
        code, out, err = asked(folder, command)
        assert out == "" and err.endswith("\n") and err[:-1].isprintable() and code in (1, 2), (code, out, err)
        if code == 1:
            assert err == "this would run\n"
        else:
            assert sorted(folder.rglob("*")) == before


@given(mutated_designs())
@settings(max_examples=150)
def test_a_mutated_design_file_is_run_or_refused_in_one_sentence(design: str) -> None:
    run_or_refused(design.encode("utf-8", "surrogatepass"))


CELLS = st.sampled_from(["none", "0.5", "60", "", "nan", '"', "1e999", "9" * 400, "=1+1", "\0"]) | st.text(max_size=6)
HEADS = st.sampled_from(["graduates", "JudicialReform.speed", "labour.merit", "network.kind", "seed", "X.y"]) | CELLS


@given(st.lists(HEADS, max_size=4), st.lists(st.lists(CELLS, max_size=4), max_size=4), st.sampled_from(",;\t"))
@settings(max_examples=150)
def test_any_table_is_run_or_refused_in_one_sentence(heads: list[str], rows: list[list[str]], mark: str) -> None:
    text = "\n".join(mark.join(cells) for cells in [heads, *rows])
    run_or_refused(TABLE, text.encode("utf-8", "surrogatepass"))


FLAG = st.sampled_from(
    ["--set", "--replicates", "--graduates", "--seed", "--workers", "--scenario", "--out", "--design"]
)
ARGUMENT = st.sampled_from(["labour.merit=0.5", "home.wage={2020=5}", "end=2030-12", "1", "two-country", "design.toml"])


@given(st.lists(st.tuples(FLAG, ARGUMENT | st.text(max_size=12)), min_size=1, max_size=3))
@settings(max_examples=150)
def test_any_flags_are_run_or_refused_in_one_sentence(flags: list[tuple[str, str]]) -> None:
    given_flags = [
        text
        for flag, argument in flags
        for text in (flag, argument.replace("/", "_").replace("-h", "_") if flag == "--out" else argument)
    ]
    run_or_refused(GOOD, POINTS, given_flags)


@given(st.sampled_from([0, 1, 2]), st.integers(0, 200), st.sampled_from(WRONG_VALUES) | st.text(max_size=8))
@settings(max_examples=60)
def test_a_mutated_scenario_beside_the_design_is_run_or_refused(kind: int, position: int, value: str) -> None:
    from abm.scenario import SCENARIO_FOLDER

    lines = (SCENARIO_FOLDER / "two-country.toml").read_text(encoding="utf-8").splitlines()
    position %= len(lines)
    lines[position] = ["", value, f"{lines[position].split('=')[0]}= {value}"][kind]
    design = changed('"two-country"', '"points.csv.toml"')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = written(folder, design)
        (folder / "points.csv.toml").write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        code, out, err = asked(folder, command)
        assert code in (1, 2) and out == "" and err[:-1].isprintable(), (code, out, err)
        assert (folder / "out").exists() == (code == 1)
