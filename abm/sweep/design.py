"""What a sweep runs: named factors, the arms they span, and the runs of every arm.

An *arm* is one combination of levels: a scenario with some values replaced, under some reforms.  Replicates of all arms
share their seeds (common random numbers), so an arm minus the baseline is the effect of the reforms on the same people
with the same luck.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from abm.environment import Environment
from abm.reforms.base import Reform, ReformError
from abm.scenario import Scenario, ScenarioError
from abm.streams import replicate_seed
from abm.sweep.store import run_key

__all__ = ["Arm", "DesignError", "Factor", "FullFactorial", "Level", "Run", "plan", "RESERVED"]

Level = float | int | str | bool

RESERVED = ("run", "arm", "replicate", "seed", "status", "error", "year")
LARGEST_DESIGN = 1_000_000
LARGEST_SEED = 2**63 - 1


class DesignError(ValueError):
    """A design that cannot be run, said in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Factor:
    """Something that is varied, and the values it takes.

    Parameters
    ----------
    name : str
        Column of the published tables; without ``reform``, the dotted name of a scenario parameter.
    values : sequence of numbers or texts
        Levels; the first is the baseline's.
    reform : callable, optional
        Turns a level into a reform, or into None where the level means to change nothing.
    unit, meaning : str
        For axes and manifests.
    """

    name: str
    values: Sequence[Level]
    reform: Callable[[Any], Reform | None] | None = None
    unit: str = ""
    meaning: str = ""

    def __post_init__(self) -> None:
        """Refuse factors without a usable name or with unusable values."""
        if not self.name or self.name in RESERVED:
            raise DesignError(
                f"a factor is named '{self.name}', but {', '.join(RESERVED)} and no name at all are taken"
            )
        if isinstance(self.values, str) or not isinstance(self.values, Sequence) or not self.values:
            raise DesignError(f"factor '{self.name}' has values {self.values!r}, but must have a list of at least one")
        for value in self.values:
            if not isinstance(value, (int, float, str)) or (isinstance(value, float) and not math.isfinite(value)):
                raise DesignError(
                    f"factor '{self.name}' has the value {value!r}, but a level is a finite number or a text"
                )
        if len(set(self.values)) < len(self.values):
            raise DesignError(f"factor '{self.name}' has a value twice: {', '.join(map(str, self.values))}")

    def to_dict(self) -> dict[str, Any]:
        """Return the factor as plain values."""
        return {"name": self.name, "values": list(self.values), "unit": self.unit, "meaning": self.meaning}


@dataclass(frozen=True)
class Arm:
    """One combination of levels."""

    label: str
    levels: Mapping[str, Level]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    reforms: tuple[Reform, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the arm as plain values, from which its runs can be repeated."""
        return {
            "label": self.label,
            "levels": dict(self.levels),
            "overrides": dict(self.overrides),
            "reforms": [reform.to_dict() for reform in self.reforms],
        }


@dataclass(frozen=True)
class FullFactorial:
    """Every combination of the levels of some factors; the first arm is the baseline."""

    factors: Sequence[Factor]

    def __post_init__(self) -> None:
        """Refuse designs without factors, with a factor twice or too large to be meant."""
        names = [factor.name for factor in self.factors]
        if not names:
            raise DesignError("a full factorial has no factors, but needs at least one")
        if len(set(names)) < len(names):
            raise DesignError(f"a full factorial has a factor twice: {', '.join(names)}")
        if len(self) > LARGEST_DESIGN:
            raise DesignError(f"a full factorial has {len(self):,} arms, but at most {LARGEST_DESIGN:,} are allowed")

    def __len__(self) -> int:
        return math.prod(len(factor.values) for factor in self.factors)

    def arms(self) -> list[Arm]:
        """Return the arms, the last factor varying fastest."""
        combinations = itertools.product(*(factor.values for factor in self.factors))
        return [self._arm(levels) for levels in combinations]

    def _arm(self, values: tuple[Level, ...]) -> Arm:
        levels, overrides, reforms = {}, {}, []
        for factor, value in zip(self.factors, values, strict=True):
            levels[factor.name] = value
            if factor.reform is None:
                overrides[factor.name] = value
            elif (reform := factor.reform(value)) is not None:
                reforms.append(reform)
        label = ", ".join(f"{name} = {value}" for name, value in levels.items())
        return Arm(label, levels, overrides, tuple(reforms))


@dataclass(frozen=True)
class Run:
    """One run of one arm: all that a worker needs, and the key its result is kept under."""

    key: str
    arm: Arm
    replicate: int
    seed: int
    scenario: str  # TOML

    @property
    def name(self) -> str:
        """The key as published tables have it."""
        return self.key[:16]


def plan(world: Scenario, arms: Sequence[Arm], *, replicates: int, seed: int) -> list[Run]:
    """Return the runs of a sweep after checking every arm, replicate by replicate, so that early results pair up.

    Parameters
    ----------
    world : Scenario
        What all arms start from.
    arms : sequence of Arm
        The arms; the first is the baseline.
    replicates : int
        Runs of each arm.
    seed : int
        Seed of the whole sweep; a replicate's seed follows from it and from the replicate's number alone.

    Raises
    ------
    DesignError
        If an arm cannot be run or the numbers make no sense.
    """
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1:
        raise DesignError(f"replicates is {replicates!r}, but must be a whole number of at least 1")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise DesignError(f"seed is {seed!r}, but must be a whole number from 0 to {LARGEST_SEED}")
    scenarios = [_checked(world, arm) for arm in arms]
    return [
        Run(run_key(scenario, arm.reforms, luck), arm, replicate, luck, scenario)
        for replicate, luck in ((number, replicate_seed(seed, number)) for number in range(replicates))
        for arm, scenario in zip(arms, scenarios, strict=True)
    ]


def _checked(world: Scenario, arm: Arm) -> str:
    """Return an arm's scenario as TOML, having built its environment."""
    try:
        scenario = world.replace(arm.overrides) if arm.overrides else world
        Environment(scenario, arm.reforms)
    except (ScenarioError, ReformError) as error:
        raise DesignError(f"arm '{arm.label}' cannot be run: {error}") from None
    return scenario.to_toml()
