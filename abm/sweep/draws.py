"""Uncertain values, drawn anew for each replicate and shared by all arms of it (common random numbers).

Effects paired by replicate then hold the uncertainty of these values beside the chance of a run.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from abm.checks import seed as checked_seed
from abm.engine.streams import Purpose, uniform
from abm.sweep.arms import Arm, Design
from abm.sweep.factors import DesignError, Level, Range, Varied

__all__ = ["Draws"]


@dataclass(frozen=True)
class Draws(Design):
    """Ranges of scenario and reform parameters, each drawn evenly and independently of the others.

    A draw's key is the replicate's seed and the parameter's name, so one range more, or another order, moves no other
    draw.  A reform parameter that is drawn puts its reform in force in every arm, such as a shock of unknown size.
    """

    factors: Sequence[Range]

    kind: ClassVar[str] = "draws"
    title: ClassVar[str] = "uncertain values"
    varied_by: ClassVar[type[Varied]] = Range

    @property
    def names(self) -> list[str]:
        """Return what is drawn."""
        return [factor.name for factor in self.factors]

    def points(self) -> list[tuple[Level, ...]]:
        """Return the one point from which nothing is drawn."""
        return [tuple(factor.baseline for factor in self.factors)]

    def for_replicate(self, replicate: int, seed: int) -> Arm:
        """Return what a replicate draws, which follows from its seed alone."""
        return self.draw(seed)

    def draw(self, seed: int) -> Arm:
        """Return what a replicate's seed draws: levels, scenario values, and reforms in force in all arms."""
        seed = checked_seed(seed, DesignError)
        point = tuple(factor.levels_at(np.array([_share(seed, factor.name)]))[0] for factor in self.factors)
        levels = {factor.name: level for factor, level in zip(self.factors, point, strict=True)}
        label = ", ".join(f"{name} = {level}" for name, level in levels.items())
        return Arm(label, levels, overrides=self._overrides(point), reforms=self._reforms(point))


def _share(seed: int, name: str) -> float:
    """Return where in its range a value is drawn, from 0 to 1."""
    return float(uniform(seed, zlib.crc32(name.encode()), 0, 0, Purpose.UNCERTAIN, 0))
