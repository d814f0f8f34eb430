"""Stand-ins for the model, in a module that workers can import and that imports next to nothing."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from abm.reforms import Reform
from abm.scenario import Scenario

RAISES, NOT_A_NUMBER, DIES, NEVER_ENDS = 13, 14, 15, 16  # sizes at which the fake model fails
SERIES = {  # the other measures that effects are computed of, as parts of net_brain_gain
    "net_human_capital_gain": 0.5,
    "graduates_at_work": 2.0,
    "graduates_at_home": 3.0,
    "human_capital_at_work": 4.0,
    "public_cost": 5.0,
    "tax_rate": 0.02,
    "emigration_rate": 0.01,
    "return_rate": 0.1,
}


def fake(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Stand in for the model: a made-up series that follows from scenario, reforms and seed."""
    if world.graduates == RAISES:
        raise RuntimeError("thirteen graduates\nare bad luck")
    if world.graduates == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    if world.graduates == NEVER_ENDS:
        # compiled code that holds the interpreter's lock for longer than anyone can wait: no thread, no signal gets in
        re.match("(a+)+$", "a" * 100 + "b")
    gain = np.sin(np.arange(3) + seed % 1000) * world.graduates + len(reforms)
    if world.graduates == NOT_A_NUMBER:
        gain[1] = np.nan
    return {"year": np.arange(2026, 2029), "months": np.full(3, 12), "net_brain_gain": gain}


def whole_fake(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Stand in for the model with all measures that effects are computed of, which answer to a parameter too."""
    series = fake(world, reforms, seed)
    gain = series["net_brain_gain"] + 5.0 * world.labour.merit
    return {**series, "net_brain_gain": gain, **{name: level * gain for name, level in SERIES.items()}}


def slow_fake(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Take a moment."""
    time.sleep(0.02)
    return fake(world, reforms, seed)


def endless_fake(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Leave a note in the folder that the environment names, and not end while anybody looks."""
    (Path(os.environ["WORKERS_NOTED_IN"]) / str(os.getpid())).touch()
    time.sleep(3600.0)
    return {}


def large_fake(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return a long series that cannot be compressed much."""
    gain = np.random.default_rng(seed).random(2000) * world.graduates
    return {"year": np.arange(len(gain)), "net_brain_gain": gain}


def modules_fake(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return which heavy modules this process has imported, besides importing the engine as the model does."""
    import abm.simulation  # noqa: F401

    heavy = [name in sys.modules for name in ("mesa", "matplotlib", "pandas")]
    return {"year": np.array([2026]), "heavy": np.array([sum(heavy)])}
