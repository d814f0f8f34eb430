"""What every reform has in common: when it starts, how fast it is phased in, how faithfully, and at what cost."""

from __future__ import annotations

import dataclasses
import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from abm.scenario import month_number, shown

if TYPE_CHECKING:
    from abm.environment import Environment

__all__ = ["Reform", "ReformError"]

PILLARS = ("gain", "train", "circulation", "linkage", "institutions")


class ReformError(ValueError):
    """A reform that cannot be carried out, said in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Reform:
    """A policy instrument: from its start it changes the environment graduates decide in, never a graduate.

    Parameters
    ----------
    start : str
        First month in force, ``YYYY-MM``.
    ramp_months : int
        Months until it is fully in force.
    fidelity : float
        Share of what was announced that is carried out, 0 to 1.
    cost_usd_per_year : float
        Yearly cost once fully in force, in USD; 0 where it is not costed.
    """

    pillar: ClassVar[str] = "institutions"
    ranges: ClassVar[dict[str, tuple[float, float, str]]] = {}

    start: str = "2026-01"
    ramp_months: int = 0
    fidelity: float = 1.0
    cost_usd_per_year: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that no reform can have."""
        try:
            month_number(self.start)
        except (TypeError, ValueError):
            raise ReformError(
                f"{type(self).__name__}: start is {self.start!r}, but must be a month written YYYY-MM, such as 2026-01"
            ) from None
        common = {
            "ramp_months": (0.0, 600.0, "months"),
            "fidelity": (0.0, 1.0, "share"),
            "cost_usd_per_year": (0.0, 1e12, "USD per year"),
        }
        for name, (low, high, unit) in (common | self.ranges).items():
            value = getattr(self, name)
            number = isinstance(value, numbers.Real) and not isinstance(value, bool)
            whole = name != "ramp_months" or isinstance(value, numbers.Integral)
            if not number or not whole or not low <= value <= high:
                kind = "number" if name != "ramp_months" else "whole number"
                raise ReformError(
                    f"{type(self).__name__}: {name} is {shown(value)}, "
                    f"but must be a {kind} between {low:g} and {high:g} ({unit})"
                )

    def strength(self, first_month: int, n_months: int) -> np.ndarray:
        """Return, for each month of a run, the share of the announced change that is in force (0 to ``fidelity``)."""
        elapsed = np.arange(n_months) - (month_number(self.start) - first_month)
        in_force = elapsed >= 0
        phased_in = np.minimum((elapsed + 1) / (self.ramp_months + 1), 1.0)
        return np.where(in_force, phased_in, 0.0) * self.fidelity

    def apply(self, environment: Environment) -> None:
        """Change the environment's yearly paths; each reform says how it combines with others."""
        raise TypeError(f"{type(self).__name__} does not say what it changes: it must define apply()")

    def to_dict(self) -> dict[str, Any]:
        """Return the reform as plain values, its class name under ``reform``."""
        return {"reform": type(self).__name__} | dataclasses.asdict(self)
