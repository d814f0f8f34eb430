"""Reforms of job opportunity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from abm.reforms.base import Reform

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["Diversification"]


@dataclass(frozen=True, kw_only=True)
class Diversification(Reform):
    """Add graduate posts in private firms outside extraction.

    Combines with others by adding the posts up.

    Parameters
    ----------
    private_jobs : float
        Additional private posts as a share of those there would be anyway.
    """

    pillar: ClassVar[str] = "gain"
    ranges: ClassVar[dict[str, tuple[float, float, str]]] = {"private_jobs": (-0.9, 10.0, "share of private posts")}

    private_jobs: float = 0.1
    ramp_months: int = 60

    def apply(self, environment: Environment) -> None:
        """Add to the path of additional private posts."""
        strength = self.strength(environment.first_month, environment.n_months)
        environment.additional_private_jobs = environment.additional_private_jobs + strength * self.private_jobs
