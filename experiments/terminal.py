"""What every command owes its terminal: it ends in order when interrupted, and when nobody listens any more.

Nothing but the standard library is imported here, so that this is in force before anything that takes time.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TextIO

__all__ = ["CLOSED_PIPE", "INTERRUPTED", "guarded"]

INTERRUPTED, CLOSED_PIPE = 128 + 2, 128 + 13  # as shells report SIGINT and SIGPIPE
UNWRITABLE = 2


def guarded(command: Callable[[], int]) -> int:
    """Do a command and return its exit code, with one line after Ctrl-C wherever it was.

    Standard output and errors are written whatever the locale: a character that it lacks is spelled out.
    """
    _open_what_is_closed()
    interrupts = _Interrupts()
    try:
        sys.stdout, sys.stderr = _in_place_of(sys.stdout, _Output), _in_place_of(sys.stderr, _Errors)
        try:
            code = command()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        sys.stdout.flush()
    except SystemExit as ended:
        return int(ended.code or 0)
    except KeyboardInterrupt:
        return interrupts.end()
    except ImportError:
        if interrupts.n:  # libraries written in C turn an interrupt while they are loaded into this
            return interrupts.end()
        raise
    interrupts.let_kill()
    return code


class _Interrupts:
    """Count Ctrl-C, which is a KeyboardInterrupt as usual, unless it was to have no effect."""

    def __init__(self) -> None:
        self.n = 0
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.n += 1
        signal.default_int_handler(number, frame)

    def end(self) -> int:
        """Say that the command was interrupted and return the exit code."""
        self.let_kill()
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED

    def let_kill(self) -> None:
        """From now on Ctrl-C ends the process without another word."""
        if signal.getsignal(signal.SIGINT) == self._interrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _open_what_is_closed() -> None:
    """Lead standard files that are closed to nowhere, lest the next file to be opened is taken for one of them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one


def _in_place_of(stream: TextIO | None, kind: type[_Output]) -> TextIO:
    """Return a stream of a kind to what another one writes to; nowhere if that is nothing."""
    if stream is None:
        return kind(open(os.devnull, "wb"), encoding="utf-8")  # noqa: SIM115
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # a notebook's, say, which is no file
    encoding, line_buffering = stream.encoding, stream.line_buffering
    return kind(stream.detach(), encoding=encoding, errors="backslashreplace", line_buffering=line_buffering)


class _Output(io.TextIOWrapper):
    """Standard output that ends the command when it cannot be written, which is no error of any file."""

    def write(self, text: str, /) -> int:
        """Write a text."""
        try:
            return super().write(text)
        except OSError as error:
            self.unwritable(error)
        return len(text)

    def flush(self) -> None:
        """Write what was held back."""
        try:
            super().flush()
        except OSError as error:
            self.unwritable(error)

    def unwritable(self, error: OSError) -> None:
        """End the command."""
        self.silence()
        if isinstance(error, BrokenPipeError):
            raise SystemExit(CLOSED_PIPE) from None
        print(f"standard output: cannot be written ({error.strerror})", file=sys.stderr)
        raise SystemExit(UNWRITABLE) from None

    def silence(self) -> None:
        """Lead this and what is still to be written nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


class _Errors(_Output):
    """Standard error, which a command does without if it cannot be written."""

    def unwritable(self, error: OSError) -> None:
        """Go on in silence."""
        self.silence()
