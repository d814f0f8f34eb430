"""The questions: a file each, found by being here, with an ``EXPERIMENT`` that says all there is to know of it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.study.estimate import Estimate
    from experiments.study.experiment import Experiment

__all__ = ["EXPERIMENTS", "experiment", "in_order"]

EXPERIMENTS = tuple(sorted(module.name.replace("_", "-") for module in iter_modules(__path__)))


def experiment(name: str) -> Experiment | Estimate:
    """Return an experiment, or an estimate, by its name, which is that of its file with hyphens."""
    found: Experiment | Estimate = import_module(f"{__name__}.{name.replace('-', '_')}").EXPERIMENT
    return found


def in_order() -> list[Experiment | Estimate]:
    """Return all experiments in the order in which they read, which each of them says."""
    return sorted(map(experiment, EXPERIMENTS), key=lambda found: (found.order, found.name))
