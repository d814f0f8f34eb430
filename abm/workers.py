"""Threads that share the rows or the reviewers of a month; the result is the same bits for any number of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["Workers"]

SMALLEST_PART = 1024  # handing over less costs more than it saves

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
        """Split 0..n into one part a thread, not smaller than is worth a thread."""
        count = max(1, min(self.threads, n // SMALLEST_PART))
        limits = [part * n // count for part in range(count + 1)]
        return list(zip(limits[:-1], limits[1:], strict=True))

    def share(self, n: int, work: Callable[[int, int], Result]) -> list[Result]:
        """Do ``work(first, last)`` on the parts of 0..n, at the same time if there are several; results in order."""
        if self.threads == 1 or n < 2 * SMALLEST_PART:
            return [work(0, n)]
        own, *others = self.parts(n)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads - 1, thread_name_prefix="brain-gain")
        waiting = [self._pool.submit(work, *part) for part in others]
        return [work(*own), *(future.result() for future in waiting)]
