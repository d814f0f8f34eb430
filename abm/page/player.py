"""Playing: on and on in a thread of its own, and no picture before the browser has shown the one before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import solara

__all__ = ["SILENCES", "Player"]

PATIENCE = 1.0  # seconds for which a browser may leave a picture unanswered before it gets the next one
SILENCES = 10  # pictures in a row that it may leave unanswered; then nobody is watching


class Player:
    """Plays until it is paused, there is nothing left, or nobody watches.

    However slow the machine, the drawing or the browser: one picture is under way, never a queue of them, and the
    thread that answers the visitor's clicks draws none of them.

    Parameters
    ----------
    show_next : callable
        Runs on, shows it, and returns the number of what is shown: numbers rise. None if nothing is left to run. The
        event that it is given is set once playing was halted: it need not run and draw all it would then.
    interval : callable
        The seconds between two pictures, at least.

    Attributes
    ----------
    playing : solara.Reactive
        Whether it plays.
    """

    def __init__(self, show_next: Callable[[threading.Event], int | None], interval: Callable[[], float]) -> None:
        self.playing = solara.Reactive(False)
        self._show_next, self._interval = show_next, interval
        self._halt = threading.Event()  # of the latest playing; each has its own
        self._answer = threading.Condition()
        self._seen = 0
        self._turn = threading.Lock()  # one that was paused may still be drawing when the next begins

    def play(self) -> None:
        """Begin, unless it plays already."""
        if self.playing.value:
            return
        self._halt = threading.Event()
        self.playing.set(True)
        threading.Thread(target=self._play, args=(self._halt,), daemon=True).start()

    def pause(self) -> None:
        """Halt, and say so at once."""
        self.halt()
        self.playing.set(False)

    def halt(self) -> None:
        """Let the thread end after what it is doing."""
        self._halt.set()
        with self._answer:
            self._answer.notify_all()

    def seen(self, number: Any) -> None:
        """Take the browser's word that it has shown a picture; what is no number counts as nothing said."""
        with self._answer:
            self._seen = number if isinstance(number, int) else self._seen
            self._answer.notify_all()

    def _play(self, halt: threading.Event) -> None:
        try:
            with self._turn:
                self._play_on(halt)
        finally:
            if not halt.is_set():  # it came to its end by itself
                self.pause()

    def _play_on(self, halt: threading.Event) -> None:
        silences = 0
        while not halt.is_set() and silences < SILENCES:
            began = time.monotonic()
            number = self._show_next(halt)
            if number is None:
                return
            silences = 0 if self._answered(number, halt) else silences + 1
            halt.wait(max(self._interval() - (time.monotonic() - began), 0.0))

    def _answered(self, number: int, halt: threading.Event) -> bool:
        """Wait for the answer to a picture, as long as there is patience and nobody halts."""
        with self._answer:
            return self._answer.wait_for(lambda: self._seen >= number or halt.is_set(), PATIENCE)
