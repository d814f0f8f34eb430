"""Workers on other machines, through Dask: a scheduler's address in, an executor and its number of workers out.

Dask is the extra ``cluster``.  Chunks are the runner's: Dask would hand out runs one by one, and its scheduler manages
some five hundred tasks a second.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from abm.extras import install

__all__ = ["Cluster", "ClusterError", "connect", "worker_died"]

CONNECT_SECONDS = 10.0
COUNT_SECONDS = 5.0  # between questions to the scheduler, how many workers it has
RETRIES = 2


class ClusterError(RuntimeError):
    """A cluster that cannot be used, said in one sentence."""


class Cluster:
    """A connection to a Dask scheduler."""

    def __init__(self, client: Any) -> None:
        # not pure: two equal calls are two calls; nothing may be answered from the scheduler's memory
        self.executor: Executor = client.get_executor(pure=False, retries=RETRIES)
        self.client = client
        self._counted_at = float("-inf")
        self._n_workers = 1

    def n_workers(self) -> int:
        """Return how many runs the workers can do at a time, which may change while a sweep goes on."""
        now = time.monotonic()
        if now - self._counted_at > COUNT_SECONDS:
            self._counted_at = now
            self._n_workers = max(1, sum(self.client.nthreads().values()))
        return self._n_workers


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Yield the cluster whose scheduler listens at an address such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ClusterError
        If Dask is not installed, or if nobody answers.
    """
    try:
        from distributed import Client, Security
    except ImportError:
        raise ClusterError(
            f"a cluster needs Dask, which is not installed here: {install('cluster')} brings it"
        ) from None
    _check_form(address)
    if address.startswith("tls:") and Security().get_connection_args("client").get("ssl_context") is None:
        raise ClusterError(
            f"'{address}' asks for encryption, but Dask's configuration here names no certificate for it"
        )
    with _quiet_library():
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            reason = str(error).replace("\n", " ") or type(error).__name__
            raise ClusterError(f"no Dask scheduler answers at '{address}' ({reason})") from None
        try:
            yield Cluster(client)
        finally:
            client.close(timeout=1.0)


@contextmanager
def _quiet_library() -> Iterator[None]:
    """Keep Dask's own lines away: what matters in them is said in a sentence of ours."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _check_form(address: str) -> None:
    """Refuse what is no address before Dask sees it, which would leave half a client behind."""
    form = re.fullmatch(r"((tcp|tls)://)?(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})", address)
    if form is None or not 0 < int(form[4]) < 65536:
        raise ClusterError(f"'{address}' is no address of a Dask scheduler, such as tcp://10.0.0.1:8786")


def worker_died(error: BaseException) -> bool:
    """Return whether an executor's error is Dask's way to say that workers died of a task, again and again."""
    distributed = sys.modules.get("distributed")  # its errors exist only where it is in use
    return distributed is not None and isinstance(error, distributed.KilledWorker)
