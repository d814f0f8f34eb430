"""What a measure is: what sort of number, in which unit, over which years, and in which words it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "AT_END",
    "FLOW",
    "LEVEL",
    "MEAN",
    "RATE",
    "STOCK",
    "WINDOWS",
    "Measure",
    "MeasureError",
    "Unit",
]


class MeasureError(ValueError):
    """A declaration, or a use of one, that cannot be meant."""


@dataclass(frozen=True)
class Kind:
    """What sort of number a measure is, and what its months come to in a year, and its years in a run."""

    name: str
    over_months: str  # sum, mean, or ratio of a flow's sum to a stock's mean
    over_years: str  # sum or mean


FLOW = Kind("flow", "sum", "sum")
STOCK = Kind("stock", "mean", "mean")
MEAN = Kind("mean", "mean", "mean")  # over persons
LEVEL = Kind("level", "mean", "mean")  # of the world: an index, a share, a chance
RATE = Kind("rate", "ratio", "mean")  # per person-year

AT_END = "at end"  # what a stock has come to: its mean over the last year
# what a run's years are summed or averaged over (see abm.analysis.effects.Outcome), and whether that is per year
WINDOWS = {"cumulative": False, "yearly": True, "last years": True, "mean": True, "last mean": True, AT_END: True}


@dataclass(frozen=True)
class Unit:
    """What a series is counted in, and what it is printed in.

    Parameters
    ----------
    name : str
        The unit of the numbers as the accounts have them, such as ``graduates``.
    said : str
        The same in a sentence, where it is called otherwise there.
    printed : str
        The unit in which they are printed, such as ``thousand graduates``; else the same.
    short : str
        The same where the label says already what is counted, such as ``thousands``.
    word : str
        What makes it a printed number in a sentence, such as ``thousand``.
    divide_by : float
        How many of the one make one of the other.
    """

    name: str
    said: str = ""
    printed: str = ""
    short: str = ""
    word: str = ""
    divide_by: float = 1.0

    def __post_init__(self) -> None:
        """Fill in what is left out."""
        object.__setattr__(self, "said", self.said or self.name)
        object.__setattr__(self, "printed", self.printed or f"{self.word} {self.said}".strip())
        object.__setattr__(self, "short", self.short or self.printed)

    def scaled(self, values: Any) -> Any:
        """Return a number, an array or a table in the unit in which it is printed."""
        return values / self.divide_by


NONE = Unit("")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One series of a run, or one for every country, sector or flow: what it is and how it is shown.

    Parameters
    ----------
    name : str
        Its column, with ``{country}``, ``{sector}`` or ``{flow}`` where there is one for each.
    label : str
        What it is called in heads and figures.
    meaning : str
        What is counted, in the documentation and in exported files.
    unit : Unit
        What it is counted and printed in.
    kind : Kind, optional
        How it adds up; None for what is not declared.
    by : str
        ``country``, ``sector`` or ``flow`` if there is one for each, else nothing.
    symbol : str
        Its symbol in the equations of the documentation.
    yearly_only : bool
        Whether only the yearly table has it.
    ratio : tuple of str
        Flow and stock of which a rate is made.
    effects : tuple of str
        Windows in which every experiment estimates the effect on it.
    tabled : str
        The window in which every experiment's table has it.
    view : str
        The view of the page, ``rates`` or ``stocks``, that has a panel of it.
    """

    name: str
    label: str
    meaning: str = ""
    unit: Unit = NONE
    kind: Kind | None = None
    by: str = ""
    symbol: str = ""
    yearly_only: bool = False
    ratio: tuple[str, str] | None = None
    effects: tuple[str, ...] = ()
    tabled: str = ""
    view: str = ""

    @property
    def adds_up(self) -> bool:
        """Whether the months of a year, and the years of a run, are summed."""
        return self.kind is not None and self.kind.over_months == "sum"

    @property
    def divide_by(self) -> float:
        """How many of the unit make one printed unit."""
        return self.unit.divide_by

    def scaled(self, values: Any) -> Any:
        """Return a number, an array or a table in the unit in which it is printed."""
        return self.unit.scaled(values)

    def unit_over(self, window: str = "yearly") -> str:
        """Return the unit of the numbers themselves, a flow's by the year or, ``month``, by the month."""
        return self._timed(self.unit.name, window)

    def printed_unit(self, window: str = "yearly") -> str:
        """Return the unit in which they are printed, such as ``thousand graduates a year``."""
        return self._timed(self.unit.printed, window)

    def short_unit(self, window: str = "yearly") -> str:
        """Return the same where it is said already what is counted, such as ``thousands a year``."""
        return self._timed(self.unit.short, window)

    def word(self, window: str = "yearly") -> str:
        """Return what follows a printed number in a sentence, such as ``thousand a year``."""
        return self._timed(self.unit.word, window)

    def head(self, window: str = "yearly") -> str:
        """Return the head of a table's column, such as ``net brain gain, thousands a year``."""
        label = f"{self.label} at the end" if window == AT_END else self.label
        return _with(label, self.short_unit(window))

    def axis(self, window: str = "yearly") -> str:
        """Return the label of a figure's axis, such as ``net brain gain, thousand graduates a year``."""
        return _with(self.label, self.printed_unit(window))

    def title(self) -> str:
        """Return the title of a panel over time, such as ``Net brain gain a year, thousands``."""
        a_year = " a year" if self.adds_up or self.kind == RATE else ""
        label = self.label[:1].upper() + self.label[1:] if self.kind else self.label
        return f"{label}{a_year}, {self.unit.short}" if self.unit.short else label

    def attributes(self) -> dict[str, str]:
        """Return what an exported file of yearly values says of it, in the words that such files use."""
        said = {"long_name": self.label, "units": self.unit_over(), "description": self.meaning}
        return said | ({"kind": self.kind.name} if self.kind else {})

    def _timed(self, unit: str, window: str) -> str:
        if window == "month":
            return f"{unit} a month" if self.adds_up else unit
        if window not in tuple(WINDOWS):
            raise MeasureError(f"window is {window!r}, but must be month or one of {', '.join(WINDOWS)}")
        printed_rate = self.kind == RATE and unit != self.unit.name
        return f"{unit} a year" if printed_rate or (self.adds_up and WINDOWS[window]) else unit


def _with(label: str, unit: str) -> str:
    if not unit:
        return label
    return f"{label} {unit}" if unit.startswith("per ") else f"{label}, {unit}"
