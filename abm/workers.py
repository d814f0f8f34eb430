"""Threads that share the rows or the reviewers of a month; the result is the same bits for any number of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["Workers"]

SMALLEST_PART = 1024  # handing over less costs more than it saves
PARTS_A_THREAD = 4

Result = TypeVar("Result")


class Workers:
    """A number of threads, the calling one among them.

    Parameters
    ----------
    threads : int
        How many, at least 1; none is started before there is work for it.
    """

    def __init__(self, threads: int = 1) -> None:
        if threads < 1:
            raise ValueError(f"threads is {threads}, but must be at least 1")
        self.threads = threads
        self._pool: ThreadPoolExecutor | None = None

    def parts(self, n: int) -> list[tuple[int, int]]:
        """Split 0..n into a few parts a thread, as work is not spread evenly, but none too small to hand over."""
        count = max(1, min(PARTS_A_THREAD * self.threads, n // SMALLEST_PART)) if self.threads > 1 else 1
        limits = [part * n // count for part in range(count + 1)]
        return list(zip(limits[:-1], limits[1:], strict=True))

    def share(self, n: int, work: Callable[[int, int], Result]) -> list[Result]:
        """Do ``work(first, last)`` on the parts of 0..n, each thread taking the next one; results in order."""
        parts = self.parts(n)
        if len(parts) == 1:
            return [work(0, n)]
        if self._pool is None:
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
