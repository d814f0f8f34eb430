"""Sweeps: many runs of a scenario under many reforms, that lose nothing and can be checked.

:mod:`~abm.sweep.design` says what to run, :mod:`~abm.sweep.runner` runs it, :mod:`~abm.sweep.store` keeps every
finished run, :mod:`~abm.sweep.table` makes the published table from the store, and :mod:`~abm.sweep.manifest` says what
made it.
"""

from __future__ import annotations

from abm.sweep.design import Arm, DesignError, Factor, FullFactorial, Run, plan
from abm.sweep.runner import Sweep, SweepError, run_sweep
from abm.sweep.store import Store, StoreError

__all__ = [
    "Arm",
    "DesignError",
    "Factor",
    "FullFactorial",
    "Run",
    "Store",
    "StoreError",
    "Sweep",
    "SweepError",
    "plan",
    "run_sweep",
]
