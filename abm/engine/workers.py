"""Threads that share the rows or the reviewers of a month; the result is the same bits for any number of them."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from abm.checks import whole
from abm.scenario import shown

__all__ = ["SMALLEST_PART", "Workers", "workers_of"]

SMALLEST_PART = 1024  # entries of a list; handing over less costs more than it saves

Result = TypeVar("Result")


def workers_of(given: Workers | None) -> Workers:
    """Return the threads that somebody means; without any, the calling one does everything.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if given is not None and not isinstance(given, Workers):
        raise ValueError(f"workers is {shown(given)}, but must be Workers, such as Workers(2)")
    return given or Workers()


class Workers:
    """A number of threads, the calling one among them.

    Parameters
    ----------
    threads : int
        How many, at least 1; none is started before there is work for it.
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = whole("threads", threads, 1)
        self._pool: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    def parts(self, n: int, smallest: int = SMALLEST_PART) -> list[tuple[int, int]]:
        """Split 0..n into ever smaller parts, none below ``smallest``.

        Work is not spread evenly, so that the last parts should be small; each costs something to hand over, so that
        the first should be large (guided self-scheduling: Polychronopoulos and Kuck, 1987, IEEE Transactions on
        Computers 36).
        """
        limits = [0]
        while limits[-1] < n and self.threads > 1:
            left = n - limits[-1]
            size = max(math.ceil(left / (2 * self.threads)), smallest)
            limits.append(limits[-1] + size if left - size >= smallest else n)
        return list(zip(limits[:-1], limits[1:], strict=True)) or [(0, n)]

    def share(self, n: int, work: Callable[[int, int], Result], smallest: int = SMALLEST_PART) -> list[Result]:
        """Do ``work(first, last)`` on the parts of 0..n, each thread taking the next one; results in order."""
        parts = self.parts(n, smallest)
        if len(parts) == 1:
            return [work(0, n)]
        if self._pool is None or self._process != os.getpid():  # a forked process has the pool, but not its threads
            self._process = os.getpid()
            self._pool = ThreadPoolExecutor(self.threads - 1, thread_name_prefix="brain-gain")
        results: dict[int, Result] = {}
        places = itertools.count()

        def take() -> None:
            while (place := next(places)) < len(parts):
                results[place] = work(*parts[place])

        others = [self._pool.submit(take) for _ in range(min(self.threads, len(parts)) - 1)]
        take()
        for other in others:
            other.result()
        return [results[place] for place in range(len(parts))]
