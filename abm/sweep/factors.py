"""What a design varies: scenario parameters and reform parameters, by levels or over a range.

A factor is named like what it varies: ``decision.discount_rate`` is a scenario parameter, ``JudicialReform.speed`` a
parameter of a reform.  The level ``none`` of a reform parameter leaves that reform out.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.gate import Refusal, breaks_line, is_speakable
from abm.reforms import KINDS
from abm.reforms.base import Reform
from abm.scenario import shown

__all__ = [
    "DRAW",
    "NO_REFORM",
    "PERIOD",
    "RESERVED",
    "DesignError",
    "Factor",
    "Level",
    "Range",
    "Varied",
    "check_reform_parameter",
    "checked_level",
    "reform_class",
]

Level = float | int | str | bool

NO_REFORM = "none"
DRAW = "draw"  # column of the number of a replicate's draw of a posterior
# columns of the tables of runs, of effects, of main effects and of costs: a factor of such a name would hide one
RESERVED = (
    *("run", "arm", "replicate", "seed", "status", "error", "digest", "year", "months"),
    *("name", "measure", "window", "unit", "replicates", "mean", "mean_low", "mean_high"),
    *("effect", "standard_error", "low", "high", "variance_ratio"),
    *("factor", "level", "against", "arms"),
    *("discount_rate", "note"),
    *(DRAW, "draws", "median", "share_of_draws", "positive", "highest"),
)
PERIOD = ("start", "end", "reforms_from")  # of a scenario
LONGEST_LEVEL = 200  # letters of a text
LARGEST_EXACT = 2**53  # up to which every whole number is a number of 64 bits
LARGEST_WHOLE = 10**300  # beyond it a number is a slip, and past 4300 digits cannot even be written


class DesignError(Refusal):
    """A design that cannot be run, said in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Varied:
    """Something that a design varies.

    Parameters
    ----------
    name : str
        Column of the published tables; without ``reform``, the dotted name of a scenario parameter or
        ``ReformName.parameter``.
    reform : callable, optional
        Turns a level into a reform, or into None where the level means to change nothing; the name is then free.
    unit, meaning : str
        For axes and manifests.
    """

    name: str
    reform: Callable[[Any], Reform | None] | None = None
    unit: str = ""
    meaning: str = ""

    def __post_init__(self) -> None:
        """Refuse names that are no column."""
        if not isinstance(self.name, str) or not self.name:
            raise DesignError(f"a factor is named {shown(self.name)}, which is no name at all: it must be a text")
        if breaks_line(self.name):
            raise DesignError(
                f"a factor is named {shown(self.name)}, but a name stands on one line and holds no control characters"
            )
        for what, text in (("unit", self.unit), ("meaning", self.meaning)):
            if not isinstance(text, str) or not is_speakable(text):
                raise DesignError(f"factor '{self.name}' has the {what} {shown(text)}, but it must be a text")
        if self.name in RESERVED:
            raise DesignError(f"a factor is named '{self.name}', a name that is taken by another column of the tables")
        if self.name in PERIOD and self.reform is None:
            raise DesignError(
                f"'{self.name}' cannot be varied: arms are compared over the same years; set it for all of them instead"
            )
        if self.reform is not None and not callable(self.reform):
            raise DesignError(
                f"factor '{self.name}' has {shown(self.reform)} as its reform, but must have a function that turns a "
                "level into one"
            )

    @property
    def reform_parameter(self) -> tuple[str, str] | None:
        """Reform and parameter that the name stands for, or None where it stands for anything else."""
        kind, dot, parameter = self.name.partition(".")
        return (kind, parameter) if self.reform is None and dot and kind[:1].isupper() else None

    def to_dict(self) -> dict[str, Any]:
        """Return what is varied as plain values."""
        return {"name": self.name, "unit": self.unit, "meaning": self.meaning}


@dataclass(frozen=True, kw_only=True)
class Factor(Varied):
    """Something that is varied by levels.

    Parameters
    ----------
    values : sequence of numbers or texts
        Levels; the first is the baseline's.  ``none`` as a reform parameter's level leaves the reform out.
    """

    values: Sequence[Level]

    def __post_init__(self) -> None:
        """Refuse factors without a usable name or with unusable values."""
        super().__post_init__()
        given: Any = self.values.tolist() if isinstance(self.values, np.ndarray) else self.values
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            raise DesignError(f"factor '{self.name}' has values {shown(given)}, but must have a list of at least one")
        values = tuple(checked_level(self.name, value) for value in given)
        if len(set(values)) < len(values):
            raise DesignError(f"factor '{self.name}' has a value twice: {', '.join(map(str, values))}")
        if len(set(map(str, values))) < len(values):
            raise DesignError(f"factor '{self.name}' has values that read alike: {', '.join(map(repr, values))}")
        refuse_mixture(self.name, values)
        object.__setattr__(self, "values", values)

    def to_dict(self) -> dict[str, Any]:
        """Return the factor as plain values."""
        return super().to_dict() | {"values": list(self.values)}


@dataclass(frozen=True, kw_only=True)
class Range(Varied):
    """Something that is varied over a range, for sampled designs.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    baseline : number or text
        Level of the arm that effects are measured against; it may lie outside the range, and ``none`` leaves the
        reform out.
    scale : str
        ``linear``, or ``log`` to spread points evenly in ratios.
    whole : bool
        Whether only whole numbers are taken, both ends included.
    """

    low: float
    high: float
    baseline: Level
    scale: str = "linear"
    whole: bool = False

    def __post_init__(self) -> None:
        """Refuse ranges without a usable name or with unusable ends."""
        super().__post_init__()
        for end in ("low", "high"):
            value = checked_level(self.name, getattr(self, end))
            if isinstance(value, (str, bool)):
                raise DesignError(f"range '{self.name}': {end} is {shown(value)}, but must be a number")
            object.__setattr__(self, end, value)
        object.__setattr__(self, "baseline", checked_level(self.name, self.baseline))
        refuse_mixture(self.name, (self.low, self.high, self.baseline))
        if not self.low < self.high:
            raise DesignError(f"range '{self.name}' goes from {self.low} to {self.high}, but low must be below high")
        if self.scale not in ("linear", "log"):
            raise DesignError(f"range '{self.name}': scale is {shown(self.scale)}, but must be linear or log")
        if self.scale == "log" and not self.low > 0:
            raise DesignError(f"range '{self.name}': low is {self.low}, but must be above 0 on a log scale")
        if not isinstance(self.whole, bool):
            raise DesignError(f"range '{self.name}': whole is {shown(self.whole)}, but must be true or false")
        if self.whole and not (float(self.low).is_integer() and float(self.high).is_integer()):
            raise DesignError(
                f"range '{self.name}' goes from {self.low} to {self.high}, but a range of whole numbers has whole ends"
            )

    def levels_at(self, shares: np.ndarray) -> list[Level]:
        """Return the levels at these shares of the range, from 0 up to but not including 1."""
        low, high = float(self.low), float(self.high) + float(self.whole)  # a whole number owns the step above it
        if self.scale == "log":
            values = np.exp(math.log(low) + shares * (math.log(high) - math.log(low)))
        else:
            values = low + shares * (high - low)
        if self.whole:
            return [int(value) for value in np.clip(np.floor(values), low, high - 1.0)]
        return [float(value) for value in np.clip(values, low, high)]

    def to_dict(self) -> dict[str, Any]:
        """Return the range as plain values."""
        own = ("low", "high", "baseline", "scale", "whole")
        return super().to_dict() | {name: getattr(self, name) for name in own}


def refuse_mixture(name: str, values: Sequence[Level]) -> None:
    """Refuse whole numbers that a column of broken ones could not tell apart.

    Raises
    ------
    DesignError
        If there are such.
    """
    whole = [value for value in values if isinstance(value, int) and abs(value) > LARGEST_EXACT]
    if whole and any(isinstance(value, float) for value in values):
        raise DesignError(
            f"factor '{name}' has the value {shown(whole[0])} beside broken numbers, but a column of these holds whole "
            f"numbers up to {LARGEST_EXACT:,} only"
        )


def checked_level(name: str, value: Any) -> Level:
    """Return a level as a plain value.

    Raises
    ------
    DesignError
        If it is neither a finite number nor a text of one line.
    """
    level = value.item() if isinstance(value, np.generic) else value
    finite = math.isfinite(level) if isinstance(level, float) else True
    too_large = isinstance(level, int) and abs(level) > LARGEST_WHOLE
    if not isinstance(level, (int, float, str)) or not finite or too_large:
        raise DesignError(f"factor '{name}' has the value {shown(level)}, but a level is a finite number or a text")
    if isinstance(level, str) and (len(level) > LONGEST_LEVEL or breaks_line(level)):
        raise DesignError(
            f"factor '{name}' has the value {shown(level)}, but a text stands on one line, holds no control characters "
            f"and has {LONGEST_LEVEL} letters at most"
        )
    # plain: a member of an enumeration would be written by its name
    if isinstance(level, bool):
        return level
    return str.__str__(level) if isinstance(level, str) else int(level) if isinstance(level, int) else float(level)


def reform_class(name: str, known: Mapping[str, type[Reform]]) -> type[Reform]:
    """Return the class of a reform by its name: one of those given, else a bundled one.

    Raises
    ------
    DesignError
        If there is no such reform.
    """
    if name in known:
        return known[name]
    if name not in KINDS:
        names = sorted(set(KINDS) | set(known))
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there is {', '.join(names)}"
        raise DesignError(f"there is no reform '{name}'; {hint}")
    return KINDS[name]


def check_reform_parameter(kind: type[Reform], parameter: str) -> None:
    """Refuse a name that is no parameter of a reform."""
    names = [item.name for item in dataclasses.fields(kind)]
    if parameter not in names:
        close = difflib.get_close_matches(parameter, names, n=1)
        hint = f"did you mean {kind.__name__}.{close[0]}?" if close else f"it has {', '.join(names)}"
        raise DesignError(f"{kind.__name__} has no parameter '{parameter}'; {hint}")
