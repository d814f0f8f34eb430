"""The one way in: files and texts from outside are bounded, decoded and parsed here, or refused in one sentence.

A scenario, a plan of reforms, a design, a table of points, an edge list, a manifest, an upload, a link and an option of
the command line all come from hands we do not know.  What they have in common is decided here: only regular files are
read, no further than a limit; text is UTF-8, with or without a byte-order mark; how deep values are nested, how long
keys are and how many digits a number has is checked before a parser sees the text, since parsers answer some short
texts with gigabytes; and digits are those of ASCII.  What a text means is decided where it is read.
"""

from __future__ import annotations

import codecs
import io
import itertools
import json
import lzma
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

__all__ = [
    "DEEPEST",
    "LONGEST_SENTENCE",
    "LONGEST_WORD",
    "MOST_PARTS",
    "Gate",
    "Refusal",
    "breaks_line",
    "is_speakable",
    "one_line",
    "plain_number",
]

DEEPEST = 32  # tables and lists within each other; a scenario needs four
LONGEST_WORD = 1000  # letters of a bare key or digits of a number
MOST_PARTS = 8  # of a dotted key, which needs five; the parser's memory grows with their square
LONGEST_KEY = 200  # letters of a key in quotes
EXPANSION = 300  # times that a compressed table may be larger than its file; ours are seven to fifteen times larger
UNPACKING = 200_000_000  # bytes of memory for unpacking, which a file's own head asks for; ours take 9 million
SMALL = 10_000_000  # bytes up to which a compressed table may be larger still
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
LONGEST_SENTENCE = 1500  # letters; what is longer has a value in it that nobody reads
CHUNK = 1 << 20  # bytes read at a time

_NOT_ON_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_A_TABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE = re.compile(r"[+-]?[0-9]{1,300}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

# texts and comments of TOML, as its specification has them; one that does not end is the parser's to refuse, so it is
# taken to the end: looking for where the next one begins would take time in the square of the length
_TEXT = (
    r'"""(?:[^"\\]|\\(?:.|\Z)|"(?!""))*+(?:"{3,5}|\Z)',
    r"'''(?:[^']|'(?!''))*+(?:'{3,5}|\Z)",
    r'"(?:[^"\\\n]|\\(?:.|\Z))*+"?',
    r"'[^'\n]*+'?",
)
_QUOTED = re.compile(rf"{'|'.join(_TEXT)}|(?P<comment>\#[^\n]*+)", re.DOTALL)
_QUOTED_KEY = re.compile(r"[\"'][ \t]*[.=]")
_KEY_GOES_ON = re.compile(r"[ \t]*[.=]")
_BRACKET = re.compile(r"[\[\]{}]")
_LONG_WORD = re.compile(rf"(?<![^\s.=,\[\]{{}}'])[^\s.=,\[\]{{}}']{{{LONGEST_WORD + 1}}}")
_LONG_DOTTED = re.compile(rf"(?<![^\s=,\[\]{{}}])(?:[^\s.=,\[\]{{}}]++[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}")
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*+"?', re.DOTALL)
_JSON_LONG_NUMBER = re.compile(rf"[0-9]{{{LONGEST_WORD + 1}}}")
_JSON_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PLACE = re.compile(r" \(at [^()]*\)$")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_PACKED = (
    (b"\x1f\x8b", "a gzip file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"PK\x03\x04", "a zip file, as workbooks of spreadsheet programs are"),
)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def one_line(text: str) -> str:
    """Return a text with whatever would break its line, or could not be written, escaped, and its middle left out."""
    if len(text) > LONGEST_SENTENCE:
        text = f"{text[: LONGEST_SENTENCE - 500]} ... {text[-490:]}"
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class Refusal(ValueError):
    """Something from outside that cannot be used, said in one sentence.

    Names and values come from a file: whatever they hold, the message stays on one line that can be read.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def breaks_line(text: str) -> bool:
    """Return whether a text holds control characters, line breaks or halves of characters: no name or title has any."""
    return _NOT_ON_A_LINE.search(text) is not None


def is_speakable(text: str) -> bool:
    """Return whether a text can be written at all: halves of characters (lone surrogates) cannot."""
    return _SURROGATE.search(text) is None


def plain_number(text: str) -> int | float | None:
    """Return the number that a text is in ASCII digits with a decimal point; ``1_0``, ``0,5`` and ``１２`` are None.

    A number too large for a float is infinite.
    """
    if len(text) > LONGEST_WORD:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else None


@dataclass(frozen=True)
class Gate:
    """Where one kind of thing comes in.

    Parameters
    ----------
    error : class of Refusal
        What is raised.
    noun : str
        What comes in, for messages.
    largest : int
        Bytes that a file of it may have, and letters that a text of it may have.
    """

    error: type[Refusal]
    noun: str
    largest: int

    def fail(self, where: str | os.PathLike[str], problem: str) -> NoReturn:
        """Refuse what is read."""
        raise self.error(f"{where}: {problem}")

    def read_bytes(self, path: str | os.PathLike[str]) -> bytes:
        """Return what a regular file holds.

        Raises
        ------
        Refusal
            The gate's own, if there is no such file, it cannot be read, it is no regular file or is too large.
        """
        parts, size = [], 0
        with self._open(path) as handle:
            try:
                # the file may grow while it is read, and those of some file systems do not say their size
                while size <= self.largest and (part := handle.read(CHUNK)):
                    parts.append(part)
                    size += len(part)
            except OSError as error:
                self._cannot_be_read(path, error)
        if size > self.largest:
            self.fail(path, f"the file is larger than {self.noun} may be ({self.largest:,} bytes)")
        return b"".join(parts)

    def read_text(self, path: str | os.PathLike[str]) -> str:
        """Return the text of a regular file.

        Raises
        ------
        Refusal
            The gate's own, as :meth:`read_bytes` and :meth:`decode` raise it.
        """
        return self.decode(self.read_bytes(path), path)

    def decode(self, content: bytes, where: str | os.PathLike[str]) -> str:
        """Return text in UTF-8, without its byte-order mark.

        Raises
        ------
        Refusal
            The gate's own, if it is anything else: the sentence says what, as far as that can be known.
        """
        try:
            if b"\0" not in content:
                return content.decode("utf-8-sig")
            position = content.index(b"\0")
        except UnicodeDecodeError as error:
            position = error.start
        line = content.count(b"\n", 0, position) + 1
        self.fail(where, f"the file is not text in UTF-8, {_what_else(content, position, line)}")

    def parse_toml(self, text: str, where: str | os.PathLike[str]) -> dict[str, Any]:
        """Return the tables of TOML text.

        Raises
        ------
        Refusal
            The gate's own, if the text is too large, has values nested too deeply, keys too long or numbers of too many
            digits, which is found before it is parsed, or is no TOML.
        """
        text = self._bounded(text, where).removeprefix("\ufeff")
        text = text.replace("\r\n", "\n")
        if self._fault(_QUOTED.sub("'", text)):
            # only now, since it takes longer: with the lines of longer texts kept, so that the fault has its number
            line, said = self._fault(_QUOTED.sub(lambda found: "'" + "\n" * found[0].count("\n"), text)) or (1, "")
            self.fail(where, f"{said} (at line {line})")
        if _QUOTED_KEY.search(text):
            self._check_quoted_keys(text, where)
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.fail(where, f"this is not valid TOML: {error}")
        except (ValueError, OverflowError, RecursionError) as error:
            self.fail(where, f"this cannot be read as TOML ({error})")

    def parse_value(self, text: str, where: str | os.PathLike[str]) -> Any:
        """Return the one value that a text is in TOML: what stands behind an equals sign, and nothing after it.

        Raises
        ------
        Refusal
            The gate's own, if it is none.
        """
        if breaks_line(self._bounded(text, where)):
            self.fail(where, "a value stands on one line and holds no control character")
        if any(found["comment"] for found in _QUOTED.finditer(text)):
            self.fail(where, "a value has no comment after it; text with # stands in quotes")
        try:
            return self.parse_toml(f"value = {text}", where)["value"]
        except self.error as error:
            raise self.error(_PLACE.sub("", str(error))) from None  # a place in a line that nobody wrote

    def parse_json(self, text: str, where: str | os.PathLike[str]) -> Any:
        """Return the values of JSON text; NaN and infinities are none.

        Raises
        ------
        Refusal
            The gate's own, if the text is too large, has values nested too deeply or numbers of too many digits, which
            is found before it is parsed, or is no JSON.
        """
        bare = _JSON_TEXT.sub("'", self._bounded(text, where))
        if _depth(bare) > DEEPEST:
            self.fail(where, self._too_deep)
        if _JSON_LONG_NUMBER.search(bare):
            self.fail(where, f"a number has more digits than it may have ({LONGEST_WORD})")
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, OverflowError, RecursionError) as error:
            self.fail(where, f"this is not valid JSON ({error})")
        if _JSON_SURROGATE.search(text) and not is_speakable(json.dumps(value, ensure_ascii=False)):
            self.fail(where, "a text holds half of a character (a lone surrogate)")
        return value

    def check_lines(self, text: str, where: str | os.PathLike[str]) -> str:
        """Return text of lines and cells as it is, having refused control characters other than tabs.

        Raises
        ------
        Refusal
            The gate's own, naming the line.
        """
        if found := _NOT_IN_A_TABLE.search(text):
            line = text.count("\n", 0, found.start()) + 1
            self.fail(f"{where}, line {line}", f"the character {found[0]!r} is no part of text or numbers")
        return text

    @contextmanager
    def unpacked(self, path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
        """Open a regular file compressed by xz, to be read to its end or to the limit, whichever comes first.

        Reading beyond the gate's limit is refused, and so is a file of which far more comes out than of any table.

        Raises
        ------
        Refusal
            The gate's own, also while it is read.
        """
        with self._open(path) as handle:
            limit = min(self.largest, max(EXPANSION * os.fstat(handle.fileno()).st_size, SMALL))
            yield io.BufferedReader(_Unpacked(handle, limit, self, path))

    @contextmanager
    def opened(self, path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
        """Open a regular file of no more than the limit, of which parts are read in any order.

        Raises
        ------
        Refusal
            The gate's own.
        """
        with self._open(path) as handle:
            if os.fstat(handle.fileno()).st_size > self.largest:
                self.fail(path, f"the file is larger than {self.noun} may be ({self.largest:,} bytes)")
            yield handle

    def _open(self, path: str | os.PathLike[str]) -> BinaryIO:
        """Open a regular file: it is looked at once it is open, and no pipe can make us wait for its other end."""
        try:
            if isinstance(path, (int, bytes)):
                raise TypeError("a number or bytes are no name of a file")
            descriptor = os.open(path, FLAGS)
        except OSError as error:
            self._cannot_be_read(path, error)
        except (ValueError, TypeError):
            self.fail(path, "this is not the name of a file, which is text and holds no NUL")
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return open(descriptor, "rb")
        os.close(descriptor)
        kind = next((said for test, said in _KINDS if test(mode)), "something else")
        self.fail(path, f"the file cannot be read (it is {kind}, but must be a regular file)")

    def _cannot_be_read(self, path: str | os.PathLike[str], error: OSError) -> NoReturn:
        self.fail(path, f"the file cannot be read ({error.strerror or error})")

    def _bounded(self, text: str, where: str | os.PathLike[str]) -> str:
        if not isinstance(text, str):
            self.fail(where, f"this is {type(text).__name__}, but must be text")
        if len(text) > self.largest:
            self.fail(where, f"the text is larger than {self.noun} may be ({self.largest:,} letters)")
        if not is_speakable(text):
            self.fail(where, "the text holds half of a character (a lone surrogate)")
        return text

    @property
    def _too_deep(self) -> str:
        return f"values are nested more deeply than the {DEEPEST} levels that {self.noun} may have"

    def _fault(self, bare: str) -> tuple[int, str] | None:
        """Return the line and what is wrong with TOML whose texts and comments are taken out, or None."""
        if _depth(bare) > DEEPEST:
            depths = itertools.accumulate(_STEP[found[0]] for found in _BRACKET.finditer(bare))
            starts = (found.start() for found in _BRACKET.finditer(bare))
            first = next(start for start, depth in zip(starts, depths, strict=True) if depth > DEEPEST)
            return bare.count("\n", 0, first) + 1, self._too_deep
        for number, line_text in enumerate(bare.split("\n"), start=1):
            if len(line_text) <= LONGEST_WORD and line_text.count(".") < MOST_PARTS:
                continue
            if word := _LONG_WORD.search(line_text):
                limit = f"{LONGEST_WORD} letters or digits"
                return number, f"'{word[0][:20]}...' is longer than a key or a number may be ({limit})"
            if key := _LONG_DOTTED.search(line_text):
                return number, f"the key '{key[0][:20]}...' has more than {MOST_PARTS} parts"
        return None

    def _check_quoted_keys(self, text: str, where: str | os.PathLike[str]) -> None:
        for found in _QUOTED.finditer(text):
            if found.end() - found.start() > LONGEST_KEY and _KEY_GOES_ON.match(text, found.end()):
                line = text.count("\n", 0, found.start()) + 1
                said = f"the key {found[0][:20]}... is longer than a key may be ({LONGEST_KEY} letters)"
                self.fail(where, f"{said} (at line {line})")


def _depth(bare: str) -> int:
    """Return how many brackets are open at once at the most."""
    return max(itertools.accumulate(map(_STEP.__getitem__, _BRACKET.findall(bare))), default=0)


class _Unpacked(io.RawIOBase):
    """What a compressed file holds, up to a limit."""

    def __init__(self, packed: BinaryIO, limit: int, gate: Gate, path: str | os.PathLike[str]) -> None:
        self._packed, self._limit, self._gate, self._path = packed, limit, gate, path
        self._plain = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=UNPACKING)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            part = self._next(len(buffer))
        except (lzma.LZMAError, EOFError) as error:
            self._gate.fail(self._path, f"the file is damaged or not compressed by xz ({error})")
        except OSError as error:
            self._gate.fail(self._path, f"the file cannot be read ({error.strerror or error})")
        self._size += len(part)
        if self._size > self._limit:
            said = f"the file holds more than {self._gate.noun} of its size may ({self._limit:,} bytes)"
            self._gate.fail(self._path, said)
        buffer[: len(part)] = part
        return len(part)

    def _next(self, most: int) -> bytes:
        """Return what comes next, nothing at the end, which the file's own checksums have vouched for."""
        part = b""
        while not part and not self._plain.eof:
            packed = self._packed.read(CHUNK) if self._plain.needs_input else b""
            if self._plain.needs_input and not packed:
                raise EOFError("its end is missing")
            part = self._plain.decompress(packed, most)
        if self._plain.eof and (self._plain.unused_data or self._packed.read(1)):
            raise EOFError("something follows its end")
        return part


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _what_else(content: bytes, position: int, line: int) -> str:
    """Return what a file is that is not in UTF-8, and what to do about it."""
    for beginning, name in _MARKS:
        if content.startswith(beginning):
            return f"but in {name}; save it as UTF-8"
    for beginning, name in _PACKED:
        if content.startswith(beginning):
            return f"but {name}; save its table as CSV in UTF-8" if name[2:5] == "zip" else f"but {name}; unpack it"
    if content[position] == 0:
        return f"for it holds a zero byte in line {line}, as text in UTF-16 and binary files do; save it as UTF-8"
    return (
        f"for it holds the byte 0x{content[position]:02X} in line {line}, as text in Latin-1, Windows-1251 or another "
        "old encoding does; save it as UTF-8"
    )
