"""The visits that are there at once, each with two runs in memory, and whose place a new one may take."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from anyio import sleep, to_thread

__all__ = ["IDLE_SECONDS", "VISITS", "GuardError", "Visits", "allowed_visits"]

VISITS = "BRAIN_GAIN_VISITS"  # the environment variable that says how many there may be
MOST_VISITS = 24  # unless that says otherwise; each takes some 60 MB
IDLE_SECONDS = 600.0  # after which a tab that says nothing makes room for a new one


class GuardError(ValueError):
    """A setting of the guard that cannot be meant, said in one sentence."""


def allowed_visits(text: str) -> int:
    """Return how many visits there may be at once; unless something is said, :data:`MOST_VISITS`.

    Raises
    ------
    GuardError
        If it is no whole number from 1 to 10,000.
    """
    if not text.strip():
        return MOST_VISITS
    if not re.fullmatch(r"[1-9][0-9]{0,3}|10000", text.strip()):
        raise GuardError(f"{VISITS} is '{text[:40]}', but must be a whole number from 1 to 10000")
    return int(text)


class Visits:
    """The visits that are there, and when each was heard of last.

    Parameters
    ----------
    contexts : mapping
        The framework's own table of visits, by their keys.
    most : int
        How many there may be at once.
    """

    def __init__(self, contexts: MutableMapping[str, Any], most: int = MOST_VISITS) -> None:
        self.contexts, self.most = contexts, most
        self._heard: dict[str, float] = {}
        self._connections: Counter[str] = Counter()  # those of a visit that is only about to begin count too

    @property
    def full(self) -> str:
        """What is said when there is no room."""
        return (
            f"Every place at this page is taken ({self.most} at once), as each holds a country in memory; please try "
            "again in some minutes."
        )

    def knows(self, visit: str) -> bool:
        """Whether a visit is there."""
        return visit in self.contexts

    def has_browser(self, session: str) -> bool:
        """Whether one of the visits is of the browser that the framework has given this session."""
        return any(context.session_id == session for context in list(self.contexts.values()))

    @contextmanager
    def connected(self, visit: str) -> Iterator[None]:
        """Count a connection of a visit while it lasts."""
        self._connections[visit] += 1
        try:
            yield
        finally:
            self._connections[visit] -= 1
            self._connections = +self._connections

    def heard(self, visit: str) -> None:
        """Note that a visit has said something."""
        self._heard[visit] = time.monotonic()

    async def make_room(self, patience: float = 0.0) -> bool:
        """Return whether there is room for one more visit; if need be, end the one that was silent for longest.

        Parameters
        ----------
        patience : float
            Seconds to wait for a place: a page that is loaded anew may ask before its old place is given up.
        """
        until = time.monotonic() + patience
        while len({*self.contexts, *self._connections}) >= self.most:
            idle = self._idle()
            if idle is not None:
                await to_thread.run_sync(idle.close)
                return True
            if time.monotonic() >= until:
                return False
            await sleep(0.1)
        return True

    def _idle(self) -> Any:
        """Return the visit to be ended: one whose tab is gone, else one long silent; None if all are used."""
        there = dict(self.contexts)
        self._heard = {visit: at for visit, at in self._heard.items() if visit in there}
        silent = sorted(there, key=lambda visit: self._heard.get(visit, 0.0))
        gone = [visit for visit in silent if not self._connections[visit]]
        still = [visit for visit in silent if time.monotonic() - self._heard.get(visit, 0.0) > IDLE_SECONDS]
        return next((there[visit] for visit in (*gone, *still)), None)
