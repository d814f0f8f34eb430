"""Named plans of reforms, side by side, in one world or several: what a question about programmes usually compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from abm.reforms.base import Reform
from abm.reforms.given import reforms_of
from abm.scenario import shown
from abm.sweep.arms import Design
from abm.sweep.factors import PERIOD, DesignError, Factor, Level

__all__ = ["PLAN", "WORLD", "Plans"]

PLAN = "plan"  # the column that names an arm's plan
WORLD = "world"  # the column that names its world, where there are several


@dataclass(frozen=True)
class Plans(Design):
    """One arm for each plan in each world; the first, usually of no reform at all, is the baseline.

    Make it with :meth:`of`.
    """

    plans: Mapping[str, Sequence[Reform]] = field(default_factory=dict)
    worlds: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)
    elsewhere: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)

    kind: ClassVar[str] = "plans"
    title: ClassVar[str] = "a comparison of plans"

    @staticmethod
    def of(
        plans: Mapping[str, Reform | Sequence[Reform] | None],
        *,
        worlds: Mapping[str, Mapping[str, Level]] = MappingProxyType({}),
        elsewhere: Mapping[str, Mapping[str, Level]] = MappingProxyType({}),
    ) -> Plans:
        """Return the design of these plans.

        Parameters
        ----------
        plans : mapping
            Reforms by the plan's name.
        worlds : mapping
            Scenario values that take the place of others, by dotted names, by the world's name; every plan is run in
            every world.  Without it there is one world, as the scenario says.
        elsewhere : mapping
            Scenario values, likewise, by the name of a plan that is carried out in a world of its own.

        Raises
        ------
        DesignError
            If there are no plans, or a world is given for a plan that is not there.
        """
        for name, given in (("plans", plans), ("worlds", worlds), ("elsewhere", elsewhere)):
            if not isinstance(given, Mapping):
                raise DesignError(f"{name} is {shown(given)}, but must be a mapping of names")
        for name, values in (*worlds.items(), *elsewhere.items()):
            if not isinstance(values, Mapping):
                raise DesignError(f"world '{name}' is {shown(values)}, but must be scenario values by dotted names")
        if not plans:
            raise DesignError("a comparison of plans has none, but needs at least one: the first is the baseline")
        if unknown := [name for name in elsewhere if name not in plans]:
            raise DesignError(f"a world is given for '{unknown[0]}', but there is no plan of that name")
        for name, changes in (*worlds.items(), *elsewhere.items()):
            if period := [key for key in PERIOD if key in changes]:
                raise DesignError(
                    f"the world of '{name}' has its own {period[0]}, but plans are compared over the same years; set "
                    "it for all of them instead"
                )
        factors = [Factor(name=PLAN, values=tuple(plans), meaning="reforms in force together")]
        if worlds:
            factors = [Factor(name=WORLD, values=tuple(worlds), meaning="what else holds"), *factors]
        for name in (*plans, *worlds):
            if not isinstance(name, str) or not name:
                raise DesignError(f"a plan or a world is named {shown(name)}, but must be named by text")
        reforms = {name: reforms_of(plan, DesignError) for name, plan in plans.items()}
        return Plans(factors, plans=reforms, worlds=dict(worlds), elsewhere=dict(elsewhere))

    def points(self) -> list[tuple[Level, ...]]:
        """Return the names, world by world."""
        if self.worlds:
            return [(world, plan) for world in self.worlds for plan in self.plans]
        return [(plan,) for plan in self.plans]

    def _overrides(self, point: Sequence[Level]) -> dict[str, Level]:
        world = self.worlds[str(point[0])] if self.worlds else {}
        return {**world, **self.elsewhere.get(str(point[-1]), {})}

    def _reforms(self, point: Sequence[Level]) -> tuple[Reform, ...]:
        return reforms_of(self.plans[str(point[-1])], DesignError)
