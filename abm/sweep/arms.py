"""Arms, and what all designs have in common: factors, reforms that hold everywhere, and points made into arms.

An *arm* is one combination of levels: a scenario with some values replaced, under some reforms.  The first arm of every
design is the baseline that effects are measured against.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from abm.checks import is_collection
from abm.reforms.base import Reform, ReformError
from abm.reforms.given import reforms_of
from abm.scenario import shown
from abm.sweep.factors import (
    NO_REFORM,
    DesignError,
    Factor,
    Level,
    Varied,
    check_reform_parameter,
    reform_class,
)

__all__ = ["LARGEST_DESIGN", "Arm", "Design", "refuse"]

LARGEST_DESIGN = 1_000_000
NAMED_POINTS = 3  # of those that cannot be run: a sentence, not a list


@dataclass(frozen=True)
class Arm:
    """One combination of levels."""

    label: str
    levels: Mapping[str, Level]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    reforms: tuple[Reform, ...] = ()
    origin: str = ""  # where it is written down, for messages

    def to_dict(self) -> dict[str, Any]:
        """Return the arm as plain values, from which its runs can be repeated."""
        return {
            "label": self.label,
            "levels": dict(self.levels),
            "overrides": dict(self.overrides),
            "reforms": [reform.to_dict() for reform in self.reforms],
        }

    @property
    def name(self) -> str:
        """What messages call the arm."""
        return f"{self.origin} ({self.label})" if self.origin else f"arm '{self.label}'"


@dataclass(frozen=True)
class Design:
    """Factors, the points that a kind of design picks of them, and the reforms of every arm.

    Parameters
    ----------
    factors : sequence of Factor or Range
        What is varied.
    reforms : sequence of Reform
        Reforms in force in every arm, the baseline's too.  One with a parameter that is varied says what its other
        parameters are, and is left out where that parameter is ``none``.
    """

    factors: Sequence[Varied]
    reforms: Sequence[Reform] = ()

    kind: ClassVar[str] = ""
    title: ClassVar[str] = "a design"
    varied_by: ClassVar[type[Varied]] = Factor

    def __post_init__(self) -> None:
        """Refuse designs without factors, with a factor twice, of unknown reforms or too large to be meant."""
        object.__setattr__(self, "reforms", reforms_of(self.reforms, DesignError))
        if isinstance(self.factors, (str, Varied, Mapping)) or not is_collection(self.factors):
            raise DesignError(f"{self.title} takes a list of factors, but is given {shown(self.factors)}")
        object.__setattr__(self, "factors", tuple(self.factors))
        for factor in self.factors:
            if not isinstance(factor, self.varied_by):
                given = f"'{factor.name}'" if isinstance(factor, Varied) else shown(factor)
                raise DesignError(f"{self.title} takes each factor as a {self.varied_by.__name__}: {given}")
        names = [factor.name for factor in self.factors]
        if not names:
            raise DesignError(f"{self.title} has no factors, but needs at least one")
        if len(set(names)) < len(names):
            raise DesignError(f"{self.title} has a factor twice: {', '.join(names)}")
        self._check_reforms()
        if len(self) > LARGEST_DESIGN:
            raise DesignError(f"{self.title} has {len(self):,} arms, but at most {LARGEST_DESIGN:,} are allowed")

    def _check_reforms(self) -> None:
        given = [type(reform).__name__ for reform in self.reforms]
        known = {type(reform).__name__: type(reform) for reform in self.reforms}
        for factor in self.factors:
            if factor.reform_parameter is None:
                continue
            name, parameter = factor.reform_parameter
            check_reform_parameter(reform_class(name, known), parameter)
            if given.count(name) > 1:
                raise DesignError(f"{name} is given {given.count(name)} times, so '{factor.name}' could be of any")

    @property
    def reforms_in_all_arms(self) -> tuple[Reform, ...]:
        """The given reforms that no factor varies."""
        varied = {factor.reform_parameter[0] for factor in self.factors if factor.reform_parameter is not None}
        return tuple(reform for reform in self.reforms if type(reform).__name__ not in varied)

    def __len__(self) -> int:
        return len(self.points())

    def points(self) -> list[tuple[Level, ...]]:
        """Return the level of every factor at every point, the baseline first."""
        raise TypeError(f"{type(self).__name__} does not say what its points are: it must define points()")

    def arms(self) -> list[Arm]:
        """Return the arms, the baseline first.

        Raises
        ------
        DesignError
            If a point asks for a reform that cannot be.
        """
        arms, problems = [], []
        for position, point in enumerate(self.points()):
            levels = {factor.name: level for factor, level in zip(self.factors, point, strict=True)}
            label = ", ".join(f"{name} = {level}" for name, level in levels.items())
            arm = Arm(label, levels, origin=self._origin(position))
            try:
                arms.append(dataclasses.replace(arm, overrides=self._overrides(point), reforms=self._reforms(point)))
            except ReformError as error:
                problems.append(f"{arm.name} cannot be run: {error}")
        refuse(problems)
        return arms

    def _origin(self, position: int) -> str:
        return ""

    def _overrides(self, point: Sequence[Level]) -> dict[str, Level]:
        return {
            factor.name: level
            for factor, level in zip(self.factors, point, strict=True)
            if factor.reform is None and factor.reform_parameter is None
        }

    def _reforms(self, point: Sequence[Level]) -> tuple[Reform, ...]:
        """Return the reforms of a point: those given, with what the point says of them, then all others."""
        said: dict[str, dict[str, Any]] = {}
        others: list[Reform] = []
        for factor, level in zip(self.factors, point, strict=True):
            if factor.reform_parameter is not None:
                name, parameter = factor.reform_parameter
                said.setdefault(name, {})[parameter] = level
            elif factor.reform is not None:
                others += reforms_of(factor.reform(level), DesignError)
        given = {type(reform).__name__ for reform in self.reforms}
        made = [*self.reforms, *(reform_class(name, {})() for name in said if name not in given)]
        left_out = {name for name, parameters in said.items() if NO_REFORM in parameters.values()}
        return (
            *(
                reform.replaced(said.get(type(reform).__name__, {}))
                for reform in made
                if type(reform).__name__ not in left_out
            ),
            *others,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the design as plain values, without its arms."""
        factors = [factor.to_dict() for factor in self.factors]
        return {"kind": self.kind, "factors": factors, "reforms": [reform.to_dict() for reform in self.reforms]}


def refuse(problems: Iterable[str]) -> None:
    """Raise what is wrong with some points, if anything is, naming the first few."""
    found = list(problems)
    if found:
        more = f"; so it is with {len(found) - NAMED_POINTS:,} more" if len(found) > NAMED_POINTS else ""
        raise DesignError("; ".join(found[:NAMED_POINTS]) + more)
