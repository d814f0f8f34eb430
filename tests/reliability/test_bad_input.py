"""Whatever comes in from outside: it is read as it is meant, or refused by one sentence, with nothing written."""

from __future__ import annotations

import json
import lzma
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.environment import Environment
from abm.gate import Refusal
from abm.network import Network, NetworkError
from abm.page.settings import Settings, from_query
from abm.page.uploads import UploadError, read_upload
from abm.reforms import Reform
from abm.scenario import SCENARIO_FOLDER, Scenario
from tests.reliability.sweeping import with_project
from tests.reliability.test_bad_designs import GOOD, POINTS, SAMPLE, TABLE, asked

PATIENCE = 120.0  # seconds until a command that should have answered counts as stuck
MEMORY = 8 << 30  # bytes of addresses, of which the compiler alone takes some; short texts used to take 39 GB
MOST_BAD = 200
LARGE = 300 << 10

REFORMS = """[[reform]]
kind = "PublicSalaryParity"
start = "2027-01"
target = 0.9
[[reform]]
kind = "JudicialReform"
source = "assumption: a \\"guess\\""
"""
RUNS = "run,labour.merit,replicate,seed,status,error,year,months,net_brain_gain\n" + "".join(
    f"abc,0.5,0,{2**62 + 1},SUCCEEDED,,{year},12,{year / 7}\n" for year in range(2026, 2030)
)
MANIFEST = json.dumps(
    {
        "files": {"table.md": "0" * 64, "figures/a.png": "0" * 64},
        "runs": {"SUCCEEDED": 2, "FAILED": 0, "PENDING": 0},
        "partial": False,
        "seed": 1,
        "replicates": 1,
        "scenario": (SCENARIO_FOLDER / "two-country.toml").read_text(encoding="utf-8"),
        "design": {"factors": [{"name": "labour.merit"}], "arms": []},
        "versions": {"numpy": "2"},
        "source_digest": "0",
    },
    indent=1,
)

SWEEP = ["run", "sweep", "--workers", "1", "--quiet", "--out", "out", "--design", "design.toml"]
REPLAY = ["replay", "--months", "1", "--out", "series.csv"]
# the file that is damaged, what it holds, the command that reads it
INPUTS: dict[str, tuple[str, str, list[str]]] = {
    "scenario": (
        "world.toml",
        (SCENARIO_FOLDER / "two-country.toml").read_text(encoding="utf-8"),
        [*REPLAY, "--scenario", "world.toml"],
    ),
    "reforms": ("plan.toml", REFORMS, [*REPLAY, "--scenario", "two-country", "--reforms", "plan.toml"]),
    "grid": ("design.toml", GOOD, SWEEP),
    "sample": ("design.toml", SAMPLE, SWEEP),
    "points": ("points.csv", POINTS, SWEEP),
    "manifest": ("manifest.json", MANIFEST, ["check", "."]),
    "runs": ("runs.csv.xz", RUNS, ["export", ".", "--format", "csv", "--out", "exported.csv"]),
}


def laid_out(folder: Path, kind: str, content: bytes) -> list[str]:
    """Write a damaged file, with the whole ones it needs beside it, and return the command that reads it."""
    name, _, command = INPUTS[kind]
    if kind == "points":
        (folder / "design.toml").write_text(TABLE, encoding="utf-8")
    (folder / name).write_bytes(content)
    return command


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return what a folder holds."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and path.stat().st_size <= LARGE else None
        for path in sorted(folder.rglob("*"))
    }


def would_run(world: Scenario, plan: Sequence[Reform], seed: int) -> None:
    """Stand in for a replay that has found nothing wrong."""
    Environment(world, plan)
    raise SystemExit(1)


def is_refused(folder: Path, command: Sequence[str]) -> bool:
    """Return whether a command is refused, having made sure that it then says one sentence and writes nothing."""
    before = contents(folder)
    with mock.patch("experiments.commands.replay.Pair", side_effect=would_run):
        code, out, err = asked(folder, command)
    if code != 2:
        assert code in (0, 1) and "Traceback" not in out + err, (command, code, out, err)
        return False
    assert out == "" and err.endswith("\n") and err[:-1].isprintable() and err.strip(), (command, out, err)
    assert len(err) < 3000 and contents(folder) == before, (command, err)
    return True


# --- files that are damaged ---

HOSTILE = [
    *(b"[" * 3000, b"{" * 3000, b"x = " + b"{a = " * 600, b"a." * 9000 + b"a = 1\n", b"9" * 5000, b"k" * 9000),
    *(b"\0", b"\x07", b"\x1b[2J", b"\r", b"\x0b", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc3", b"\\ud800"),
    *(
        word.encode()
        for word in ("１２", "٣", "²", "\u202e", "\u2028", "\u0085", "，", "𝟗", "0,5", "1_0", "1e999", "-")
    ),
    *(b"'''", b'"""', b'"', b"'", b"#", b"=", b",", b";", b"\t", b"|", b".", b"]", b"}", b"{", b"[["),
    *(b"inf", b"nan", b"NaN", b"true", b"null", b"2026-13-45", b"{}", b"[]", b"0x" + b"f" * 400, b'"a\\nb"', b"$"),
]


@st.composite
def damaged(draw: Any) -> tuple[str, bytes]:
    """Return the kind of a file, and one that was right until something happened to it."""
    kind = draw(st.sampled_from(sorted(INPUTS)))
    content = INPUTS[kind][1].encode()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        word = draw(st.sampled_from(HOSTILE))
        line_end = content.find(b"\n", at)
        content = draw(
            st.sampled_from(
                [
                    content[:at] + word + content[at:],
                    content[:at] + word + content[at + len(word) :],
                    content[:at] + word + (content[line_end:] if line_end >= 0 else b""),
                    content[:at],
                    content[at:],
                    content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :],
                    content[:at] + content[:at],
                    content.replace(b"=", word) if b"=" in content else word,
                ]
            )
        )
    encoding = draw(st.sampled_from([*["utf-8"] * 9, "utf-16", "utf-16-be", "utf-32", "cp1251"]))
    if encoding != "utf-8":
        content = content.decode("utf-8", "replace").encode(encoding, "replace")
    packed = kind == "runs" and draw(st.integers(0, 9)) > 0
    return kind, lzma.compress(content) if packed else content


def test_two_hundred_damaged_files_get_a_sentence_each_and_nothing_is_written() -> None:
    refused = dict.fromkeys(INPUTS, 0)

    @given(damaged())
    @settings(max_examples=450, deadline=None, derandomize=True, database=None)
    def each(case: tuple[str, bytes]) -> None:
        kind, content = case
        with tempfile.TemporaryDirectory() as folder:
            refused[kind] += is_refused(Path(folder), laid_out(Path(folder), kind, content))

    each()
    assert sum(refused.values()) >= MOST_BAD and min(refused.values()) > 0, refused


@pytest.mark.parametrize("kind", INPUTS)
def test_the_files_are_right_until_something_happens_to_them(tmp_path: Path, kind: str) -> None:
    """Otherwise the test above would show nothing."""
    content = INPUTS[kind][1].encode()
    assert not is_refused(tmp_path, laid_out(tmp_path, kind, lzma.compress(content) if kind == "runs" else content))


@given(damaged(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_damaged_upload_gets_a_sentence(case: tuple[str, bytes], reforms: bool) -> None:
    try:
        read_upload("mine\n.toml", case[1] if reforms else case[1].replace(b"[[", b"[[reform"), len(case[1]))
    except UploadError as error:
        assert str(error).isprintable() and str(error).endswith(".")


PIECES = st.sampled_from(
    ["0", "1", "2", ",", " ", "\t", "\n", "\r\n", "#", "-", "٣", "９", "9" * 30, "\0", ";", ".", "\x1c"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_edge_list_is_read_or_refused_by_its_line(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ties.csv"
        path.write_bytes(text.encode())
        try:
            network = Network.read_edge_list(path, 3)
        except NetworkError as error:
            assert str(error).startswith(str(path)) and str(error).isprintable()
        else:
            assert "\0" not in text and network.n_persons == 3


QUERY_KEYS = st.sampled_from(
    ["seed", "months", "scenario", "uploaded", "MeritReform.start", "MeritReform.target", "X.y"]
)
QUERY_VALUES = st.sampled_from(
    ["1", "１", "1_0", "-1", "", "two-country", "2027-01", "0.5", "0.5%0Ax=1", "%00", "%ED%A0%80", "[" * 99, "9" * 5000]
)


@given(st.lists(st.tuples(QUERY_KEYS, QUERY_VALUES), max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_link_is_restored_or_said_to_be_none(pairs: list[tuple[str, str]]) -> None:
    restored, months, problem = from_query("&".join(f"{key}={value}" for key, value in pairs))
    assert isinstance(restored, Settings) and months >= 0 and problem.isprintable()


@pytest.mark.parametrize(
    "query",
    [
        *(
            "seed=１２",
            "seed=1_0",
            "seed=-1",
            "seed=1.0",
            "seed=" + "9" * 5000,
            "months=²",
            "months=-3",
            "seed=1&seed=2",
        ),
        *("MeritReform.target=0.5%0Aseed=3", "MeritReform.target=0.5 # 1", "JudicalReform.speed=0.05"),
        "MeritReform.source=" + "x" * 30_000,
    ],
)
def test_a_link_that_says_no_plain_thing_is_refused_as_a_whole(query: str) -> None:
    restored, _, problem = from_query(f"{query}&MeritReform.start=2027-01")
    assert "could not be read" in problem and problem.isprintable() and restored == Settings()


# --- names of files ---

PLACES: dict[str, Callable[[Path], str]] = {
    "a folder": lambda folder: _made(folder, "a.toml", Path.mkdir),
    "a pipe": lambda folder: _made(folder, "a.toml", os.mkfifo),
    "a device": lambda folder: _made(folder, "a.toml", lambda path: path.symlink_to("/dev/zero")),
    "a dangling link": lambda folder: _made(folder, "a.toml", lambda path: path.symlink_to("nowhere")),
    "a link to itself": lambda folder: _made(folder, "a.toml", lambda path: path.symlink_to(path)),
    "a hole of many gigabytes": lambda folder: _made(folder, "a.toml", lambda path: _hole(path, 1 << 36)),
    "nothing": lambda folder: "a.toml",
    "a file below a file": lambda folder: "design.toml/a.toml",
    "a long name": lambda folder: "x" * 300 + ".toml",
    "a name over two lines": lambda folder: "a\nb.toml",
}


def _made(folder: Path, name: str, make: Callable[[Path], Any]) -> str:
    make(folder / name)
    return name


def _hole(path: Path, size: int) -> None:
    with path.open("wb") as handle:
        handle.truncate(size)


READERS: dict[str, list[str]] = {
    "--scenario": [*REPLAY, "--scenario"],
    "--reforms": [*REPLAY, "--reforms"],
    "--design": [*SWEEP[:-1]],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("option", READERS)
def test_what_is_no_file_is_refused_by_its_name(tmp_path: Path, option: str, place: str) -> None:
    (tmp_path / "design.toml").touch()
    assert is_refused(tmp_path, [*READERS[option], PLACES[place](tmp_path)])


@pytest.mark.parametrize("place", [place for place in PLACES if place != "a name over two lines"])
@pytest.mark.parametrize("key", ["table", "scenario"])
def test_a_design_file_that_names_no_file_is_refused(tmp_path: Path, key: str, place: str) -> None:
    (tmp_path / "points.csv").write_text(POINTS, encoding="utf-8")
    old = {"table": "points.csv", "scenario": "two-country"}[key]
    (tmp_path / "design.toml").write_text(TABLE.replace(old, PLACES[place](tmp_path)), encoding="utf-8")
    assert is_refused(tmp_path, SWEEP)


@pytest.mark.parametrize("name", ["manifest.json", "runs.csv.xz"])
@pytest.mark.parametrize("place", ["a folder", "a pipe", "a device", "a dangling link", "a link to itself"])
def test_a_published_folder_with_other_things_under_its_names_is_refused(tmp_path: Path, name: str, place: str) -> None:
    (tmp_path / PLACES[place](tmp_path)).rename(tmp_path / name)
    command = ["check", "."] if name == "manifest.json" else ["export", ".", "--format", "csv"]
    assert is_refused(tmp_path, command)


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "a\0b", "x" * 300, "pipe"])
def test_the_check_of_a_folder_looks_at_its_own_files_only(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    (tmp_path / "secret").touch()
    os.mkfifo(folder / "pipe")
    manifest = json.loads(MANIFEST) | {"files": {name: "0" * 64}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, out, err = asked(tmp_path, ["check", "published"])
    assert (code, err) == (1, "") and "0 of 1 files are as published" in out
    assert "not in the folder" in out or "missing" in out or "cannot be read" in out


# --- options ---

ASSIGNMENTS = [
    *("graduates=10\nseed=3", "graduates=10\r\nend=1", "graduates=1 b=2", "a=1 b=2", "graduates=5 # 6", "graduates=５"),
    *("graduates = 10, labour.merit = 0.5", "labour.merit=[0.5", "labour.merit=" + "[" * 5000),
    *(
        "labour.merit=" + "9" * 5000,
        "labour.merit=0.5\0",
        "labour.merit=\ud800",
        "a." * 9000 + "a=1",
        "=",
        "==",
        "a",
        "",
    ),
    *(
        "graduates={a=1}",
        "graduates=" + "{a=" * 500,
        "graduates='10'",
        'name="a\\u0007"',
        "graduates=1 2",
    ),
    *("description='a' 'b'", "end=2030-12 end=2031-12", "k" * 5000 + "=1", "labour.merit=" + "x" * 200_000, "end=#"),
    *(
        "labour.merit=\x1b[2J",
        "graduates=１０",
        "graduates=+",
        "graduates=nan",
        "labour.merit=inf",
        "labour.merit=true",
    ),
    *(
        "end=2030‐12",
        "start=٢٠٢٦-01",
        "home.wage={２０２０=5}",
        "home.wage={2020=5} {2021=5}",
        "name=\u2028",
        "graduates=²",
    ),
]


@pytest.mark.parametrize("text", ASSIGNMENTS, ids=lambda text: ascii(text)[:40])
def test_an_assignment_that_is_none_or_more_than_one_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "design.toml").write_text(GOOD, encoding="utf-8")
    assert is_refused(tmp_path, [*SWEEP, "--set", text])


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (" labour.separation_rate = 0.1 ", "labour.separation_rate", 0.1),
        ("end=2040-12", "end", "2040-12"),
        ("end='2040-12'", "end", "2040-12"),
        ("description=A world of mine", "description", "A world of mine"),
        ("description='a = b # c'", "description", "a = b # c"),
    ],
)
def test_one_assignment_is_taken_as_it_is_written(text: str, name: str, value: Any) -> None:
    from experiments.study.options import common_options, scenario_of

    options = common_options("x", "x", graduates=None, replicates=1).parse_args(["--set", text])
    assert scenario_of(options, graduates=None).get(name) == value


@pytest.mark.parametrize("option", ["--replicates", "--seed", "--graduates", "--workers", "--time-limit"])
@pytest.mark.parametrize("text", ["１", "1_0", " 1", "²", "1e400", "9" * 5000, "\ud800", "1\n"])
def test_digits_of_other_scripts_and_other_slips_are_no_numbers(tmp_path: Path, option: str, text: str) -> None:
    (tmp_path / "design.toml").write_text(GOOD, encoding="utf-8")
    assert is_refused(tmp_path, [*SWEEP, option, text])


def test_a_value_of_the_command_line_for_what_is_a_factor_is_refused(tmp_path: Path) -> None:
    (tmp_path / "design.toml").write_text(GOOD, encoding="utf-8")
    assert is_refused(tmp_path, [*SWEEP, "--set", "labour.merit=0.5"])
    assert not is_refused(tmp_path, [*SWEEP, "--set", "labour.separation_rate=0.1"])


# --- the command itself, with a limit on memory ---

PROCESSES: dict[str, tuple[str, bytes]] = {
    "dotted keys": ("scenario", b"a." * 99_000 + b"a = 1\n"),
    "dotted keys in quotes": ("reforms", b'"a".' * 49_000 + b"a = 1\n"),
    "dotted head": ("grid", b"[" + b"a." * 99_000 + b"a]\n"),
    "brackets": ("scenario", b"x = " + b"[" * 400_000),
    "tables within tables": ("reforms", b"x = " + b"{a = " * 100_000),
    "digits": ("grid", b"seed = " + b"9" * 400_000),
    "open texts": ("sample", b"x = " + b'"""\\' * 200_000),
    "a long cell": ("points", b"graduates\n" + b"1" * 2_000_000),
    "a long number": ("points", b"graduates\n" + b"1" * 130_000 + b"x\n"),
    "many short lines": ("points", b"graduates\n" + b"1,2\n" * 400_000),
    "UTF-16": ("points", POINTS.encode("utf-16")),
    "bytes": ("scenario", bytes(range(256)) * 1000),
    "a bomb of zeros": ("runs", lzma.compress(bytes(30_000_000))),
    "a bomb of rows": ("runs", lzma.compress(b"run,status\n" + b"a,b\n" * 5_000_000)),
    "a cut table": ("runs", lzma.compress(RUNS.encode())[:-20]),
    "JSON of brackets": ("manifest", b"[" * 1_000_000),
    "JSON of digits": ("manifest", b'{"files": ' + b"9" * 1_000_000),
}


def limited() -> None:
    """Give a command a limit on memory, beyond which it would end in a traceback."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def answered(folder: Path, command: Sequence[str]) -> tuple[int, str, str]:
    """Return exit code, output and complaints of the command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "experiments", *command],
        check=False,
        cwd=folder,
        env=with_project(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        preexec_fn=limited,
    )
    return done.returncode, done.stdout, done.stderr


def test_short_texts_that_used_to_take_all_memory_or_time_are_refused_by_the_command(tmp_path: Path) -> None:
    def answer(case: str) -> tuple[str, tuple[int, str, str], list[str], list[str]]:
        folder = tmp_path / case
        folder.mkdir()
        kind, content = PROCESSES[case]
        command = laid_out(folder, kind, content)
        before = sorted(map(str, folder.iterdir()))
        return case, answered(folder, command), before, sorted(map(str, folder.iterdir()))

    with ThreadPoolExecutor(2) as pool:
        for case, (code, out, err), before, after in pool.map(answer, PROCESSES):
            assert (code, out) == (2, ""), (case, code, out, err)
            assert err.endswith("\n") and err[:-1].isprintable() and err.strip(), (case, err)
            assert after == before, case


def test_all_refusals_are_of_one_family() -> None:
    from abm.reforms import ReformError
    from abm.scenario import ScenarioError
    from abm.sweep import DesignError
    from experiments.study.options import UsageError

    for error in (ScenarioError, ReformError, DesignError, NetworkError, UploadError, UsageError):
        assert issubclass(error, Refusal) and str(error("a\nb")) == r"a\nb"
