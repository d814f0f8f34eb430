"""The books of a sweep: every finished chunk into the store, then counted, and how far it is said now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from tqdm import tqdm

from abm.sweep.store import FAILED, Outcome, Store

__all__ = ["Tally"]

LINE_SECONDS = 20.0  # between lines of progress where there is no terminal


class Tally:
    """Counts what finished, keeps it, and says how far the sweep is.

    Parameters
    ----------
    store : Store
        Where results are kept.
    n_runs, n_found : int
        Runs asked for, and those of them that the store has already.
    quiet : bool
        Whether to say nothing.
    """

    def __init__(self, store: Store, n_runs: int, n_found: int, quiet: bool) -> None:
        self.n_succeeded = self.n_failed = 0
        self.pace = 0.0  # seconds that a run takes its worker, lately
        self._store, self._n_runs, self._n_found, self._quiet = store, n_runs, n_found, quiet
        self._began = self._last_line = time.perf_counter()
        hidden = quiet or not sys.stderr.isatty()
        self._bar = tqdm(total=n_runs, initial=n_found, unit="run", file=sys.stderr, disable=hidden, dynamic_ncols=True)
        self._plain = hidden and not quiet
        if n_found:
            self.say(f"{n_found} of {n_runs} runs are in the store already.")
        if n_others := store.n_of_other_models():
            self.say(f"{n_others} runs in the store are of other versions of the model and are left as they are.")

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Keep a finished chunk and count it."""
        self._store.add(outcomes)
        failed = sum(outcome.status == FAILED for outcome in outcomes)
        self.n_failed += failed
        self.n_succeeded += len(outcomes) - failed
        self._bar.update(len(outcomes))
        seconds = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
        self.pace = seconds if self.pace == 0.0 else 0.7 * self.pace + 0.3 * seconds
        self._say_how_far()

    def _say_how_far(self) -> None:
        now = time.perf_counter()
        if not self._plain or now - self._last_line < LINE_SECONDS:
            return
        self._last_line = now
        new = self.n_succeeded + self.n_failed
        left = self._n_runs - self._n_found - new
        each = (now - self._began) / new
        self.say(f"{self._n_found + new} of {self._n_runs} runs, {1.0 / each:.3g} a second, {each * left:.0f} s left.")

    def say(self, sentence: str) -> None:
        """Write a line without tearing the bar apart."""
        if not self._quiet:
            tqdm.write(sentence, file=sys.stderr)

    def restart_clock(self) -> None:
        """Forget the time until now: compiling says nothing about how long runs take."""
        self._began = self._last_line = time.perf_counter()
        self._bar.unpause()

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()
