"""Designs that spread points over ranges: Latin hypercubes and Sobol sequences, beside an explicit baseline arm.

The points follow from the design's own seed, so the same design is the same points.  The baseline comes first and
stands outside the sample: effects stay paired with it under common random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from abm.scenario import shown
from abm.sweep.arms import LARGEST_DESIGN, Design
from abm.sweep.factors import DesignError, Level, Range, Varied

if TYPE_CHECKING:  # a worker imports this module and draws nothing
    from scipy.stats import qmc

__all__ = ["LatinHypercube", "Sobol"]

MOST_FACTORS = 1000
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Sampled(Design):
    """Points spread over ranges, after the baseline.

    Parameters
    ----------
    n_points : int
        Points beside the baseline.
    seed : int
        Where the points follow from, apart from the seed of the runs.
    """

    factors: Sequence[Range]
    n_points: int = 0
    seed: int = 0

    varied_by: ClassVar[type[Varied]] = Range

    def __post_init__(self) -> None:
        """Refuse numbers of points and seeds that make no sense."""
        n_points, seed = self.n_points, self.seed
        if isinstance(n_points, bool) or not isinstance(n_points, int) or not 1 <= n_points < LARGEST_DESIGN:
            raise DesignError(
                f"{self.title} has {shown(n_points)} points, but takes a whole number from 1 to {LARGEST_DESIGN - 1:,}"
            )
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            raise DesignError(f"{self.title} has seed {shown(seed)}, but takes a whole number from 0 to {LARGEST_SEED}")
        if len(self.factors) > MOST_FACTORS:
            raise DesignError(f"{self.title} has {len(self.factors):,} factors, but takes {MOST_FACTORS:,} at most")
        super().__post_init__()

    def __len__(self) -> int:
        return self.n_points + 1

    def points(self) -> list[tuple[Level, ...]]:
        """Return the baseline, then the points; one that comes out twice, as whole numbers may, is kept once."""
        shares = self._engine().random(self.n_points)
        columns = [factor.levels_at(shares[:, position]) for position, factor in enumerate(self.factors)]
        baseline = tuple(factor.baseline for factor in self.factors)
        return list(dict.fromkeys([baseline, *zip(*columns, strict=True)]))

    def _engine(self) -> qmc.QMCEngine:
        raise TypeError(f"{type(self).__name__} does not say how it draws: it must define _engine()")

    def to_dict(self) -> dict[str, Any]:
        """Return the design as plain values, without its arms."""
        return super().to_dict() | {"points": self.n_points, "seed": self.seed}


@dataclass(frozen=True)
class LatinHypercube(Sampled):
    """Any number of points, one in each of as many slices of every range."""

    kind: ClassVar[str] = "latin-hypercube"
    title: ClassVar[str] = "a Latin hypercube"

    def _engine(self) -> qmc.QMCEngine:
        from scipy.stats import qmc

        return qmc.LatinHypercube(len(self.factors), rng=self.seed)


@dataclass(frozen=True)
class Sobol(Sampled):
    """A scrambled Sobol sequence: a power of two of points, more even than chance in every projection."""

    kind: ClassVar[str] = "sobol"
    title: ClassVar[str] = "a Sobol design"

    def __post_init__(self) -> None:
        """Refuse numbers of points at which the sequence is not even."""
        super().__post_init__()
        if self.n_points & (self.n_points - 1):
            below = 1 << (self.n_points.bit_length() - 1)
            raise DesignError(
                f"a Sobol design has {self.n_points} points, but takes a power of two, such as {below} or {2 * below}"
            )

    def _engine(self) -> qmc.QMCEngine:
        from scipy.stats import qmc

        return qmc.Sobol(len(self.factors), rng=self.seed)
