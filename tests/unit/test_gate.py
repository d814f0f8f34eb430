"""The gate reads what is right however it is written, and refuses the rest before it can do harm."""

from __future__ import annotations

import io
import lzma
import os
import pickle
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest

from abm.gate import DEEPEST, LONGEST_WORD, MOST_PARTS, Gate, Refusal, plain_number

LARGEST = 200_000


class ThingError(Refusal):
    """What this gate raises."""


GATE = Gate(ThingError, "a thing", LARGEST)


def refused(read: Any, *arguments: Any) -> str:
    """Return the one line with which something is refused."""
    with pytest.raises(ThingError) as caught:
        read(*arguments)
    assert str(caught.value).isprintable()
    return str(caught.value)


# --- files ---


def test_a_file_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    for content in ("сәлем = 1\r\n".encode(), "сәлем = 1\r\n".encode("utf-8-sig")):
        (tmp_path / "thing").write_bytes(content)
        assert GATE.read_text(tmp_path / "thing") == "сәлем = 1\r\n"


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    path.write_bytes(b"x" * LARGEST)
    assert len(GATE.read_bytes(path)) == LARGEST
    path.write_bytes(b"x" * (LARGEST + 1))
    assert "larger than a thing may be (200,000 bytes)" in refused(GATE.read_bytes, path)


def test_what_is_no_regular_file_is_named_for_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "to a pipe").symlink_to(tmp_path / "pipe")
    assert "a folder" in refused(GATE.read_bytes, tmp_path)
    assert "a pipe" in refused(GATE.read_bytes, tmp_path / "pipe")  # which nobody writes to: it must not wait
    assert "a pipe" in refused(GATE.read_bytes, tmp_path / "to a pipe")
    assert "a device" in refused(GATE.read_bytes, "/dev/zero")
    assert "cannot be read" in refused(GATE.read_bytes, tmp_path / "loop")
    assert "No such file" in refused(GATE.read_bytes, tmp_path / "dangling")
    assert "No such file" in refused(GATE.read_bytes, "")
    assert "cannot be read" in refused(GATE.read_bytes, tmp_path / ("x" * 300))
    with tempfile.TemporaryDirectory(prefix="s") as folder, socket.socket(socket.AF_UNIX) as end:
        end.bind(f"{folder}/end")
        assert "cannot be read" in refused(GATE.read_bytes, f"{folder}/end")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").touch(mode=0o000)
    assert "Permission denied" in refused(GATE.read_bytes, tmp_path / "secret")


@pytest.mark.parametrize("name", ["a\0b", "\ud800", None, 3, b"x", ["x"]])
def test_what_is_no_name_of_a_file_is_refused(name: Any) -> None:
    assert "not the name of a file" in refused(GATE.read_bytes, name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("x = 1".encode("utf-16"), ["but in UTF-16", "save it as UTF-8"]),
        ("x = 1".encode("utf-32"), ["but in UTF-32", "save it as UTF-8"]),
        ("a\nx = 1".encode("utf-16-le"), ["zero byte in line 1", "UTF-16"]),
        ("x = 1\ny = 'é'".encode("latin-1"), ["byte 0xE9 in line 2", "Latin-1", "Windows-1251", "save it as UTF-8"]),
        (lzma.compress(b"x = 1"), ["an xz file", "unpack it"]),
        (b"PK\x03\x04\xff", ["a zip file", "spreadsheet", "save its table as CSV in UTF-8"]),
        (b"\xed\xa0\x80", ["byte 0xED in line 1"]),
        (b"ok\nx\0y", ["zero byte in line 2"]),
    ],
)
def test_other_encodings_are_named_for_what_they_are(content: bytes, words: list[str]) -> None:
    said = refused(GATE.decode, content, "thing.toml")
    assert said.startswith("thing.toml: the file is not text in UTF-8, ")
    assert [word for word in words if word not in said] == [], said


def test_a_refusal_stays_on_one_line_and_survives_a_process() -> None:
    error = ThingError("a\nb\x07\ud800")
    assert str(error) == r"a\nb\x07\ud800"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


# --- TOML ---


def test_toml_may_hold_in_texts_and_comments_whatever_looks_dangerous() -> None:
    brackets, dots, digits = "[{" * 500, "a." * 500, "9" * 5000
    text = "\n".join(
        [
            f'# {brackets} {dots} {digits} " \'\'\' """',
            f'one = "{brackets} {dots} {digits} # \\" \'"',
            f"two = '{brackets} {dots} {digits} # \"'",
            f'three = """{brackets}\n{dots} "" \\""" {digits} # \'"""""',
            f"four = '''{brackets}\n{dots} '' {digits} # \"'''''  # {brackets}",
            "[five]",
        ]
    )
    assert list(GATE.parse_toml(text, "x")) == ["one", "two", "three", "four", "five"]
    assert GATE.parse_toml("\ufeffx = 1\r\n", "x") == {"x": 1}


def test_toml_up_to_the_limits_is_read() -> None:
    depth, parts = DEEPEST, MOST_PARTS
    assert GATE.parse_toml(f"x = {'[' * depth}{']' * depth}", "x")
    assert GATE.parse_toml(f"{'.'.join('a' * parts)} = 1", "x")
    assert GATE.parse_toml(f"x = 0x{'1' * (LONGEST_WORD - 2)}", "x")
    assert GATE.parse_toml(f"'{'k' * 198}' = '{'v' * 50_000}'", "x")
    assert GATE.parse_toml("x = [" + "1.5, " * 20_000 + "]", "x")


BEYOND = {
    "brackets": (f"y = 1\nx = {'[' * 50_000}", ["nested more deeply", "32 levels", "(at line 2)"]),
    "tables within each other": ("x = " + "{a = " * 20_000, ["nested more deeply"]),
    "lists and tables within each other": ("x = " + "[{a = " * 20_000, ["nested more deeply"]),
    "a dotted key": (f"x = '''\n'''\n{'.'.join('a' * 99_000)} = 1", ["more than 8 parts", "line 3"]),
    "a dotted key in quotes": (".".join(['"a"'] * 40_000) + " = 1", ["more than 8 parts"]),
    "a dotted key in single quotes with spaces": (" . ".join(["a", "'b'"] * 15_000) + " = 1", ["more than 8 parts"]),
    "a dotted head": (f"[{'.'.join('a' * 90_000)}]", ["more than 8 parts"]),
    "a dotted key within a table": (f"x = {{{'.'.join('a' * 90_000)} = 1}}", ["more than 8 parts"]),
    "a long key": ("k" * 150_000 + " = 1", ["longer than a key", "(at line 1)"]),
    "a long key in quotes": ("y = 1\n" + f'"{"k" * 150_000}" = 1', ["longer than a key", "(at line 2)"]),
    "a long key in quotes before a dot": (f"'{'k' * 150_000}' . a = 1", ["longer than a key"]),
    "digits": (f"x = {'9' * 5000}", ["digits", "(at line 1)"]),
    "digits after the point": (f"x = 0.{'9' * 5000}", ["digits"]),
    "hexadecimal digits": (f"x = 0x{'f' * 150_000}", ["digits"]),
    "full-width digits": ("x = １２", ["not valid TOML"]),
    "half a character": ("x = '\ud800'", ["half of a character"]),
    "half a character, escaped": (r'x = "\ud800"', ["not valid TOML"]),
    "a control character": ("x = 'a\x07'", ["not valid TOML", r"\x07"]),
    "too much": ("#" * (LARGEST + 1), ["larger than a thing may be"]),
    "no text": (b"x = 1", ["bytes, but must be text"]),
    "texts that do not end": ("x = " + '"' * 99_001, ["not valid TOML"]),
    "escapes that do not end": ('x = """' + '\\"' * 90_000, ["not valid TOML"]),
    "a date that is none": ("x = 2026-02-30", ["not valid TOML"]),
}


@pytest.mark.parametrize("kind", BEYOND)
def test_toml_beyond_the_limits_is_refused_with_the_line(kind: str) -> None:
    text, words = BEYOND[kind]
    said = refused(GATE.parse_toml, text, "thing.toml")
    assert said.startswith("thing.toml: ") and len(said) < 200
    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize(("text", "value"), [("3", 3), (' "a # = b" ', "a # = b"), ("{2020 = 5}", {"2020": 5})])
def test_one_value_is_read(text: str, value: Any) -> None:
    assert GATE.parse_value(text, "x") == value


@pytest.mark.parametrize(
    "text", ["", "1\nb = 2", "1 # 2", "1 b=2", "1, b = 2", "'a\tb'", "[1", "]", "1]", "\ud800", "9" * 5000, "{" * 99]
)
def test_anything_but_one_value_is_refused(text: str) -> None:
    assert "(at line" not in refused(GATE.parse_value, text, "--set x")


# --- JSON, lines, numbers and compressed tables ---


def test_json_is_read() -> None:
    text = '{"a": ["[[[[{{{{ \\" 999", "\\ud83d\\ude00"], "b": 1.5}'
    assert GATE.parse_json(text, "x") == {"a": ['[[[[{{{{ " 999', "😀"], "b": 1.5}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 50_000,
        '{"a":' * 20_000,
        "[NaN]",
        "[-Infinity]",
        "9" * 5000,
        '["\\ud800"]',
        "[1]x",
        "[１]",
        '"' * 9,
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    assert refused(GATE.parse_json, text, "m.json").startswith("m.json: ")


def test_lines_may_hold_tabs_and_both_kinds_of_line_ends_but_no_control_characters() -> None:
    assert GATE.check_lines("a\tb\r\nc\n", "x") == "a\tb\r\nc\n"
    for letter in "\x00\x07\x0b\x1b\x7f\x85\ud800":
        assert refused(GATE.check_lines, f"a\nb{letter}", "x").startswith("x, line 2: ")


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("-0", 0), ("+12", 12), ("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("-1e-3", -0.001)]
)
def test_a_plain_number_is_read(text: str, number: float) -> None:
    assert plain_number(text) == number and type(plain_number(text)) is type(number)


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1_0", "0,5", "１２", "١", "²", "nan", "inf", "0x10", "1e", "--1", ".", "9" * 5000, "1" * 900 + "x"],
)
def test_no_other_text_is_a_number(text: str) -> None:
    assert plain_number(text) is None


def test_a_compressed_table_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path, large = tmp_path / "t.xz", Gate(ThingError, "a thing", 50_000_000)
    path.write_bytes(lzma.compress(b"a,b\n1,2\n"))
    with large.unpacked(path) as plain, io.TextIOWrapper(plain, encoding="utf-8") as text:
        assert text.read() == "a,b\n1,2\n"
    whole = path.read_bytes()
    bombs = {
        "more than a thing of its size may": lzma.compress(b"\0" * 20_000_000),
        "damaged": whole[:-9],
        "not compressed": b"a,b\n",
        "damaged or": whole[:12] + b"\xff" + whole[13:],
    }
    for said, content in bombs.items():
        path.write_bytes(content)
        with pytest.raises(ThingError, match=said), large.unpacked(path) as plain:
            while plain.read(100_000):
                pass
    with pytest.raises(ThingError, match="a folder"), large.unpacked(tmp_path):
        pass
