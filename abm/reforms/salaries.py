"""Reforms of pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from abm.reforms.base import Reform

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["PublicSalaryParity"]


@dataclass(frozen=True, kw_only=True)
class PublicSalaryParity(Reform):
    """Raise public pay towards private pay.

    Never lowers pay; combines with others as the highest ratio in force.

    Parameters
    ----------
    target : float
        Public wage relative to the private wage of equal graduates.
    """

    pillar: ClassVar[str] = "gain"
    ranges: ClassVar[dict[str, tuple[float, float, str]]] = {"target": (0.0, 5.0, "public wage / private wage")}

    target: float = 1.0

    def apply(self, environment: Environment) -> None:
        """Raise the path of the public wage ratio."""
        base = environment.base_public_wage_ratio
        strength = self.strength(environment.first_month, environment.n_months)
        raised = base + strength * max(self.target - base, 0.0)
        environment.public_wage_ratio = np.maximum(environment.public_wage_ratio, raised)
