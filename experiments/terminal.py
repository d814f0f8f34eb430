"""What every command owes its terminal: it ends in order when interrupted, and when nobody listens any more.

Nothing but the standard library is imported here, so that this is in force before anything that takes time.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from _thread import interrupt_main, start_new_thread
from collections.abc import Callable
from types import FrameType
from typing import TextIO

__all__ = ["CLOSED_PIPE", "INTERRUPTED", "NO_MEMORY", "guarded", "said_of_memory"]

INTERRUPTED, CLOSED_PIPE = 128 + 2, 128 + 13  # as shells report SIGINT and SIGPIPE
UNWRITABLE = NO_MEMORY = 2
SOON = 0.02  # seconds until an interrupt that was lost is sent again


def guarded(command: Callable[[], int]) -> int:
    """Do a command and return its exit code, with one line after Ctrl-C wherever it was.

    Standard output and errors are written whatever the locale: a character that it lacks is spelled out.
    """
    _open_what_is_closed()
    os.environ["MPLBACKEND"] = "agg"  # commands draw to files alone, whatever shows figures in the user's own scripts
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
    except MemoryError as error:
        interrupts.let_kill()
        print(said_of_memory(str(error)), file=sys.stderr)
        return NO_MEMORY
    except ImportError:
        if interrupts.n:  # libraries written in C turn an interrupt while they are loaded into this
            return interrupts.end()
        raise
    interrupts.let_kill()
    return code


def said_of_memory(detail: str = "", persons: int | None = None) -> str:
    """Return what a command says that was not given the memory it needs."""
    size = "" if persons is None else f" of {persons:,} simulated graduates at home at the start"
    return (
        f"There is not enough memory for a run{size}{f' ({detail.rstrip(chr(46))})' if detail else ''}; simulate fewer "
        "(graduates in the scenario; a run of an experiment has --graduates, and --workers for fewer runs at a time)."
    )


class _Interrupts:
    """Count Ctrl-C, which is a KeyboardInterrupt as usual, unless it was to have no effect.

    Python prints and forgets an error in a finalizer or a weak reference's callback, which run between any two steps of
    a program; an interrupt that arrives there is sent again.
    """

    def __init__(self) -> None:
        self.n = 0
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)
            self._usual, sys.unraisablehook = sys.unraisablehook, self._unraisable

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.n += 1
        signal.default_int_handler(number, frame)

    def _unraisable(self, lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            start_new_thread(_interrupt_soon, ())  # the simplest kind of thread: it takes no lock that may be held here
        else:
            self._usual(lost)

    def end(self) -> int:
        """Say that the command was interrupted and return the exit code."""
        self.let_kill()
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED

    def let_kill(self) -> None:
        """From now on Ctrl-C ends the process without another word."""
        if signal.getsignal(signal.SIGINT) == self._interrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            sys.unraisablehook = self._usual


def _interrupt_soon() -> None:
    time.sleep(SOON)
    interrupt_main()


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
