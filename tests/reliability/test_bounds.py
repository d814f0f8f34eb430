"""Compiled code reads and writes only where there is something: it asks nobody unless it is compiled to be asked.

Numba's cache does not tell checked from unchecked code, so that checks need a cache of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.sweeping import PATIENCE, PROJECT

CHECKED = """
import numpy as np
from abm.engine.compiled import compiled

@compiled
def beyond(values):
    return values[len(values)]

try:
    beyond(np.zeros(3))
except IndexError:
    print("checked")

from plans import EVERY_KIND
from abm.scenario import Scenario
from abm.simulation import Simulation

world = Scenario.load("kazakhstan").replace(
    {"graduates": 8000, "end": "2028-12", "education.obligation_months": 6, "education.scholarship_share": 0.5}
    | {f"destinations.{name}.students": 100_000.0 for name in ("russia", "germany")}
)
if __name__ == "__main__":
    for threads, reforms in ((1, EVERY_KIND), (2, ())):
        for kind in ("small_world", "homophilous"):
            run = Simulation(world.replace({"network.kind": kind}), reforms, seed=5, threads=threads).run()
            accounts = run.accounts
            happened = accounts.events.any(axis=0), accounts.flows.any(axis=(0, 2))
            print(*(int(some.sum()) for some in happened))
"""


@pytest.mark.slow
def test_a_run_under_every_kind_of_reform_stays_within_its_arrays(tmp_path: Path) -> None:
    """Every event and every flow happens, with one thread and two, each index compared with the length of its array."""
    script = tmp_path / "checked.py"
    script.write_text(CHECKED, encoding="utf-8")
    environment = os.environ | {
        "NUMBA_BOUNDSCHECK": "1",
        "BRAIN_GAIN_CACHE": str(tmp_path),
        "PYTHONPATH": os.pathsep.join((str(PROJECT), str(PROJECT / "tests"))),
    }
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.split("\n")
    assert said[0] == "checked"
    assert [tuple(map(int, line.split())) for line in said[1:3]] == [(15, 9), (15, 9)]
    assert len(said) == 6
