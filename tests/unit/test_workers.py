"""Work shared among threads: every part once, results in order, and a failure that is not swallowed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.engine.workers import SMALLEST_PART, Workers


@given(st.integers(1, 5), st.integers(0, 40 * SMALLEST_PART), st.integers(1, 2 * SMALLEST_PART))
def test_parts_cover_everything_once(threads: int, n: int, smallest: int) -> None:
    parts = Workers(threads).parts(n, smallest)
    assert parts[0][0] == 0 and parts[-1][1] == n
    assert all(before[1] == after[0] for before, after in zip(parts[:-1], parts[1:], strict=True))
    assert len(parts) == 1 or min(last - first for first, last in parts) >= smallest
    assert threads == 1 or n < 3 * smallest or len(parts) > 1


def test_parts_become_smaller() -> None:
    sizes = [last - first for first, last in Workers(2).parts(100 * SMALLEST_PART)]
    assert sizes[0] == 25 * SMALLEST_PART
    # the last one takes what is left
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True) and sizes[-1] < 2 * SMALLEST_PART


@settings(max_examples=10)
@given(st.integers(1, 4))
def test_results_come_in_order(threads: int) -> None:
    workers, n = Workers(threads), 20 * SMALLEST_PART
    assert workers.share(n, lambda first, last: (first, last)) == workers.parts(n)


def test_a_failure_in_another_thread_is_raised() -> None:
    def work(first: int, last: int) -> None:
        if first > 0:
            raise RuntimeError(f"rows {first} to {last}")

    with pytest.raises(RuntimeError, match="rows"):
        Workers(2).share(10 * SMALLEST_PART, work)


def test_no_threads_are_refused() -> None:
    with pytest.raises(ValueError, match="threads is 0, but must be a whole number of at least 1"):
        Workers(0)


FORKING = """
import multiprocessing, sys, warnings
warnings.simplefilter("ignore")  # newer Pythons warn of forking where there are threads, which is what is tried here
from abm.engine.workers import SMALLEST_PART, Workers

workers, n = Workers(2), 20 * SMALLEST_PART
alone = workers.share(n, lambda first, last: (first, last))

def work():
    sys.exit(0 if workers.share(n, lambda first, last: (first, last)) == alone else 1)

child = multiprocessing.get_context("fork").Process(target=work)
child.start()
child.join(60.0)
if child.exitcode is None:
    child.kill()
sys.exit("it never ends" if child.exitcode is None else child.exitcode)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked")
def test_a_forked_process_shares_work_among_threads_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
