"""Named plans of reforms, side by side: what a question about programmes usually compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from abm.reforms.base import Reform
from abm.sweep.arms import Design
from abm.sweep.factors import DesignError, Factor, Level

__all__ = ["PLAN", "Plans"]

PLAN = "plan"  # the column that names an arm's plan


@dataclass(frozen=True)
class Plans(Design):
    """One arm for each plan; the first, usually of no reform at all, is the baseline.  Make it with :meth:`of`."""

    plans: Mapping[str, Sequence[Reform]] = field(default_factory=dict)
    worlds: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)

    kind: ClassVar[str] = "plans"
    title: ClassVar[str] = "a comparison of plans"

    @staticmethod
    def of(
        plans: Mapping[str, Sequence[Reform]], worlds: Mapping[str, Mapping[str, Level]] = MappingProxyType({})
    ) -> Plans:
        """Return the design of these plans.

        Parameters
        ----------
        plans : mapping
            Reforms by the plan's name.
        worlds : mapping
            Scenario values, by their dotted names, of plans that are carried out in another world.

        Raises
        ------
        DesignError
            If there are no plans, or a world is given for a plan that is not there.
        """
        if not plans:
            raise DesignError("a comparison of plans has none, but needs at least one: the first is the baseline")
        if unknown := [name for name in worlds if name not in plans]:
            raise DesignError(f"a world is given for '{unknown[0]}', but there is no plan of that name")
        factor = Factor(name=PLAN, values=tuple(plans), meaning="reforms in force together")
        return Plans([factor], plans=plans, worlds=worlds)

    def points(self) -> list[tuple[Level, ...]]:
        """Return the names."""
        return [(name,) for name in self.plans]

    def _overrides(self, point: Sequence[Level]) -> dict[str, Level]:
        return dict(self.worlds.get(str(point[0]), {}))

    def _reforms(self, point: Sequence[Level]) -> tuple[Reform, ...]:
        return tuple(self.plans[str(point[0])])
