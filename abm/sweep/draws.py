"""Uncertain values, drawn anew for each replicate and shared by all arms of it (common random numbers).

Effects paired by replicate then hold the uncertainty of these values beside the chance of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from abm.sweep.arms import Arm, Design
from abm.sweep.factors import Level, Range, Varied

__all__ = ["Draws"]


@dataclass(frozen=True)
class Draws(Design):
    """Ranges of scenario and reform parameters, each drawn evenly and independently of the others.

    A reform parameter that is drawn puts its reform in force in every arm, such as a shock of unknown size.
    """

    factors: Sequence[Range]

    kind: ClassVar[str] = "draws"
    title: ClassVar[str] = "uncertain values"
    varied_by: ClassVar[type[Varied]] = Range

    def points(self) -> list[tuple[Level, ...]]:
        """Return the one point from which nothing is drawn."""
        return [tuple(factor.baseline for factor in self.factors)]

    def draw(self, seed: int) -> Arm:
        """Return what a replicate's seed draws: levels, scenario values, and reforms in force in all arms."""
        shares = np.random.default_rng(seed).random(len(self.factors))
        point = tuple(
            factor.levels_at(np.array([share]))[0] for factor, share in zip(self.factors, shares, strict=True)
        )
        levels = {factor.name: level for factor, level in zip(self.factors, point, strict=True)}
        label = ", ".join(f"{name} = {level}" for name, level in levels.items())
        return Arm(label, levels, overrides=self._overrides(point), reforms=self._reforms(point))
