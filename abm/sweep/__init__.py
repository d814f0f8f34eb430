"""Sweeps: many runs of a scenario under many reforms, that lose nothing and can be checked.

A design says what to run (:mod:`~abm.sweep.design`, :mod:`~abm.sweep.fractional`, :mod:`~abm.sweep.sampled`,
:mod:`~abm.sweep.explicit`, :mod:`~abm.sweep.plans`, or a file of :mod:`~abm.sweep.design_file`), and what is uncertain
may be drawn anew for each replicate (:mod:`~abm.sweep.draws`), or from a posterior (:mod:`~abm.sweep.posterior_draws`).
:mod:`~abm.sweep.runner` runs it, :mod:`~abm.sweep.store` keeps every finished run, :mod:`~abm.sweep.table` makes the
published table from the store, and :mod:`~abm.sweep.manifest` says what made it.
:func:`~abm.sweep.laboratory.run` does all that in one call.
"""

from __future__ import annotations

from abm.sweep.arms import Arm, Design
from abm.sweep.design import FullFactorial, Run, plan
from abm.sweep.design_file import Study, read_design
from abm.sweep.draws import Draws
from abm.sweep.explicit import ExplicitTable
from abm.sweep.factors import DesignError, Factor, Range
from abm.sweep.fractional import FractionalFactorial
from abm.sweep.laboratory import Result, run
from abm.sweep.plans import Plans
from abm.sweep.posterior_draws import PosteriorDraws
from abm.sweep.runner import Sweep, SweepError, run_sweep
from abm.sweep.sampled import LatinHypercube, Sobol
from abm.sweep.store import Store, StoreError
from abm.sweep.work import measured_by

__all__ = [
    "Arm",
    "Design",
    "DesignError",
    "Draws",
    "ExplicitTable",
    "Factor",
    "FractionalFactorial",
    "FullFactorial",
    "LatinHypercube",
    "Plans",
    "PosteriorDraws",
    "Range",
    "Result",
    "Run",
    "Sobol",
    "Store",
    "StoreError",
    "Study",
    "Sweep",
    "SweepError",
    "measured_by",
    "plan",
    "read_design",
    "run",
    "run_sweep",
]
