"""Samples of SALib: trajectories of Morris, then Saltelli's for groups of inputs and for the inputs that matter."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abm.extras import install
from experiments.sensitivity.inputs import LUCK, OTHERS, group_of, names, problem

__all__ = [
    "IN_GROUPS",
    "LEADING",
    "SCREENING",
    "Sample",
    "in_groups",
    "labels",
    "leading",
    "missing",
    "screening",
]

SCREENING, IN_GROUPS, LEADING = "screening", "groups", "leading"
LEVELS = 4  # of Morris
SEEDS = {SCREENING: 31, IN_GROUPS: 32, LEADING: 33}


@dataclass(frozen=True)
class Sample:
    """Points to run.

    Parameters
    ----------
    name : str
        Of the sample.
    shares : ndarray
        Shares of the inputs' priors, a row for each point, luck last.
    block : int
        Points that belong together: a trajectory, or a row of Saltelli's with all that is made of it.
    """

    name: str
    shares: np.ndarray
    block: int


def missing() -> str:
    """Return what is not installed and how it comes, or nothing."""
    if importlib.util.find_spec("SALib") is not None:
        return ""
    return f"sampling and indices need SALib, which is not installed: {install('sensitivity')} brings it"


def screening(trajectories: int) -> Sample:
    """Return so many trajectories of Morris (1991), every input moved once in each."""
    from SALib.sample import morris

    shares = morris.sample(problem(middle=True), trajectories, num_levels=LEVELS, seed=SEEDS[SCREENING])
    return Sample(SCREENING, shares, len(names()) + 1)


def in_groups(n: int) -> Sample:
    """Return Saltelli's points for groups of inputs; ``n`` is a power of two."""
    return _saltelli(IN_GROUPS, n, [group_of(name) for name in names()])


def leading(n: int, inputs: Sequence[str]) -> Sample:
    """Return Saltelli's points for some inputs one by one, luck, and all others together."""
    return _saltelli(LEADING, n, labels(inputs))


def labels(inputs: Sequence[str]) -> list[str]:
    """Return for every input itself if it is one of some or luck, else that it is one of the others."""
    return [name if name in (*inputs, LUCK) else OTHERS for name in names()]


def _saltelli(name: str, n: int, groups: Sequence[str]) -> Sample:
    from SALib.sample import sobol

    shares = sobol.sample(problem(groups), n, calc_second_order=False, seed=SEEDS[name])
    return Sample(name, shares, len(set(groups)) + 2)
