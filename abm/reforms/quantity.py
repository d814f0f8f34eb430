"""A quantity that reforms may change: where it stands, its range, and the rule by which several reforms combine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from abm.paths import Paths

__all__ = ["INFINITY", "Path", "Place", "Quantity", "Rule", "combined"]

INFINITY = math.inf


class Rule(Enum):
    """How several reforms of one quantity combine; none of the rules depends on their order."""

    ADD = "the amounts add up"
    MULTIPLY = "the factors multiply"
    HIGHEST = "the highest level counts; none is lowered"
    REPLACE = "the level is set; two at a time are a conflict"


class Place(Enum):
    """Which countries have a quantity: what ``country`` of a change may be."""

    NONE = "it has no country"
    HOME = "only home has it"
    ABROAD = "each destination has its own"


@dataclass(frozen=True)
class Path:
    """Where a quantity stands among the paths: one, or one for each destination, to be changed in place."""

    place: Place
    read: Callable[[Paths, int], Any]

    def __call__(self, paths: Paths, country: int) -> Any:
        """Return the path of a country by month."""
        return self.read(paths, country)


@dataclass(frozen=True)
class Quantity:
    """A monthly path that reforms may change.

    ``concerns`` names another quantity: while that has its value of ``absent``, this one concerns nobody.
    """

    meaning: str
    unit: str
    rule: Rule
    low: float
    high: float
    path: Path
    is_term: bool = False  # in force or not, whatever the strength: half an obligation is not half as long
    concerns: str = ""
    absent: float = 0.0  # the value at which there is none of it
    by_permit: bool = False  # concerns nobody where entry is free

    @property
    def values(self) -> tuple[float, float]:
        """The least and the largest value that a change may have: an amount, a factor or a level, as the rule says."""
        if self.rule is Rule.ADD:
            return -INFINITY, INFINITY
        return (0.0, INFINITY) if self.rule is Rule.MULTIPLY else (self.low, self.high)


def combined(quantity: Quantity, base: np.ndarray, parts: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Return a path under several reforms, each its strength by month and its value at full strength.

    Months in which none has any strength keep the base path to the bit, and the order of the parts does not matter:
    they are added or multiplied by size.
    """
    strengths = np.array([strength for strength, _ in parts])
    if quantity.is_term:
        strengths = (strengths > 0.0).astype(float)
    values = np.array([value for _, value in parts])[:, None]
    if quantity.rule is Rule.ADD:
        path = base + np.sort(strengths * values, axis=0).cumsum(axis=0)[-1]
    elif quantity.rule is Rule.MULTIPLY:
        path = base * np.sort(1.0 + strengths * (values - 1.0), axis=0).cumprod(axis=0)[-1]
    elif quantity.rule is Rule.HIGHEST:
        path = (base + strengths * np.maximum(values - base, 0.0)).max(axis=0)
    else:
        path = _replaced(base, strengths, values)
    in_force = np.any(strengths > 0.0, axis=0)
    return np.where(in_force, np.clip(path, quantity.low, quantity.high), base)


def _replaced(base: np.ndarray, strengths: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the way from the base path to the level that is set; from no limit at all, a limit closes in on it."""
    chosen = strengths.argmax(axis=0)
    strength, value = strengths.max(axis=0), values[chosen, 0]
    finite = np.where(np.isfinite(base), base, 0.0)
    closing_in = value / np.where(strength > 0.0, strength, 1.0)
    return np.where(np.isfinite(base), finite + strength * (value - finite), closing_in)
