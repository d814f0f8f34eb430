"""What every reform has in common: when it is in force, how fast and how faithfully, how it fades, and at what cost."""

from __future__ import annotations

import dataclasses
import html
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, NoReturn, Self

import numpy as np

from abm.gate import Refusal, is_speakable
from abm.institutions import Announcement, Revocation
from abm.months import month_number
from abm.parameters import parameter
from abm.paths import Paths
from abm.wording import html_table, shown

__all__ = ["PILLARS", "Change", "Reform", "ReformError", "Slider", "costing"]

# what all stand on, those of Talent Portfolio Theory, and what happens to a country without its doing
PILLARS = ("institutions", "gain", "train", "circulation", "linkage", "shock")


class ReformError(Refusal):
    """A reform that cannot be carried out, said in one sentence."""


@dataclass(frozen=True)
class Change:
    """What a reform at full strength means for one quantity of :mod:`abm.reforms.quantities`.

    ``value`` is what the quantity's rule takes: an amount to add, a factor, a level to reach, or a level to set.
    ``country`` is 0 for home and for what has no country.
    """

    quantity: str
    value: float
    country: int = 0


class Slider(NamedTuple):
    """The span in which the values of a parameter are plausible, where far more is allowed, and what people call it."""

    parameter: str
    label: str
    low: float
    high: float
    step: float


def costing(usd_per_year: float, *, low: float, high: float, source: str) -> Any:
    """Declare the yearly cost of a kind of one's own, its plausible range, and where both come from.

    It is the same in every country; the kinds of this package have theirs in the scenario's ``costs``.
    """
    item = parameter(
        usd_per_year,
        meaning="yearly cost once fully in force",
        unit="USD per year",
        low=0.0,
        high=1e12,
        source=source,
    )
    return dataclasses.field(default=usd_per_year, metadata=dict(item.metadata) | {"plausible": (low, high)})


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether attributes are the same, arrays element by element."""
    return one.keys() == other.keys() and all(
        value is other[name] or bool(np.array_equal(value, other[name])) for name, value in one.items()
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Reform:
    """A policy instrument: while it is in force it changes the environment graduates decide in, never a graduate.

    Each parameter declares its meaning, unit, allowed range and source; ``source`` says where the strength of this
    very reform comes from.

    Raises
    ------
    ReformError
        If a value is not allowed.
    """

    pillar: ClassVar[str] = "institutions"
    title: ClassVar[str] = ""  # in people's words; its name, if a kind has none of its own
    sliders: ClassVar[tuple[Slider, ...]] = ()  # of the parameters that the page shows first
    priced_as: ClassVar[str] = ""  # key of the scenario's costs; none, if home pays nothing or a run computes what

    start: str = parameter("2026-01", meaning="first month in force", unit="month", source="assumption: the next year")
    end: str | None = parameter(
        None,
        meaning="last month in force; left out, it stays",
        unit="month",
        source="assumption: a reform is meant to stay",
    )
    ramp_months: int = parameter(
        0,
        meaning="months until it is fully in force",
        unit="months",
        low=0,
        high=600,
        source="assumption: at once unless stated",
    )
    fidelity: float = parameter(
        1.0,
        meaning="share of what was announced that is carried out",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: in full unless stated; Serpin-2050 reached 0.17 (serpin)",
    )
    decay: float = parameter(
        0.0,
        meaning="share of its strength that it loses each year once fully in force",
        unit="share per year",
        low=0.0,
        high=1.0,
        source="assumption: it does not fade unless stated",
    )
    cost_usd_per_year: float | None = parameter(
        None,
        meaning="yearly cost once fully in force; left out, the share that the scenario's costs name, or nothing",
        unit="USD per year",
        low=0.0,
        high=1e12,
        source="assumption: a kind that the scenario's costs do not name costs nothing, or what the run computes",
    )
    source: str = parameter(
        "assumption: strength chosen by the user",
        meaning="where the strength of this reform comes from: the key of a source, or an assumption",
        unit="text",
        source="assumption: none stated",
    )

    def __post_init__(self) -> None:
        """Refuse values that no reform can have, and keep numbers as plain ones."""
        for item in dataclasses.fields(self):
            object.__setattr__(self, item.name, self._checked(item, getattr(self, item.name)))
        if self.end is not None and month_number(self.end) < month_number(self.start):
            self._fail("end", f"is '{self.end}', but must not come before start, '{self.start}'")

    def __init_subclass__(cls) -> None:
        """Let a reform show what it was given; its dataclass would spell out every parameter."""
        super().__init_subclass__()
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Reform.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in self._own_values().items())
        return f"{type(self).__name__}({', '.join(given)})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: its parameters, with what they mean."""
        rows = [
            (item.name, shown(getattr(self, item.name)), item.metadata["unit"], item.metadata["meaning"])
            for item in dataclasses.fields(self)
        ]
        table = html_table(("parameter", "value", "unit", "meaning"), rows)
        return f"<p><b>{html.escape(self.label)}</b></p><details><summary>parameters</summary>{table}</details>"

    def _own_values(self) -> dict[str, Any]:
        """Return the values that are not those it has unless told otherwise."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        usual = {item.name: item.default for item in dataclasses.fields(self)}
        return {name: value for name, value in values.items() if value != usual[name] or name == "start"}

    def _fail(self, name: str, problem: str) -> NoReturn:
        raise ReformError(f"{type(self).__name__}: {name} {problem}")

    def _checked(self, item: dataclasses.Field[Any], value: Any) -> Any:
        """Return a value as it is kept, or refuse it."""
        if value is None and item.default is None:
            return None
        # an annotation is text, or a type where a module does not postpone its annotations
        kind = item.type.__name__ if isinstance(item.type, type) else str(item.type)
        if "unit" not in item.metadata:
            self._fail(item.name, "is no parameter, but must be declared by parameter(), with unit and range")
        unit = item.metadata["unit"]
        if unit == "month":
            try:
                month_number(value)
            except (TypeError, ValueError):
                self._fail(item.name, f"is {shown(value)}, but must be a month written YYYY-MM, such as 2026-01")
            return str.__str__(value)  # the text itself: a member of an enumeration would be written by its name
        if kind == "str":
            if not isinstance(value, str):
                self._fail(item.name, f"is {shown(value)}, but must be text ({item.metadata['meaning']})")
            if not is_speakable(value):
                self._fail(
                    item.name, f"is {shown(value)}, but half of a character (a lone surrogate) cannot be written"
                )
            return str.__str__(value)
        if kind == "bool":
            if not isinstance(value, bool):
                self._fail(item.name, f"is {shown(value)}, but must be true or false ({item.metadata['meaning']})")
            return value
        whole, low, high = kind.startswith("int"), item.metadata["low"], item.metadata["high"]
        value = value.item() if isinstance(value, np.generic) else value
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not number or (whole and not isinstance(value, numbers.Integral)) or not low <= value <= high:
            sort = "whole number" if whole else "number"
            self._fail(item.name, f"is {shown(value)}, but must be a {sort} between {low:g} and {high:g} ({unit})")
        return int(value) if whole else float(value)

    @property
    def label(self) -> str:
        """The reform's kind and start, by which messages and tables name it."""
        return f"{type(self).__name__} from {self.start}"

    def strength(self, first_month: int, n_months: int) -> np.ndarray:
        """Return, for each month of a run, the share of the announced change that is in force (0 to ``fidelity``)."""
        elapsed = np.arange(n_months) - (month_number(self.start) - first_month)
        in_force = elapsed >= 0
        if self.end is not None:
            in_force &= elapsed <= month_number(self.end) - month_number(self.start)
        phased_in = np.minimum((elapsed + 1) / (self.ramp_months + 1), 1.0)
        kept_up = (1.0 - self.decay) ** (np.maximum(elapsed - self.ramp_months, 0) / 12.0)
        return np.where(in_force, phased_in, 0.0) * kept_up * self.fidelity

    def changes(self, environment: Paths) -> Sequence[Change | Announcement | Revocation]:
        """Return what it changes at full strength; how that combines with others is up to each quantity."""
        raise ReformError(f"{type(self).__name__}: it does not say what it changes, but must define changes()")

    def why_idle(self, environment: Paths) -> str:
        """Return why it changes nothing in an environment without it, where its changes do not show that; else ''."""
        return ""

    def replaced(self, values: Mapping[str, Any]) -> Self:
        """Return the reform with other values of some parameters.

        Raises
        ------
        ReformError
            If a value is not allowed, or making it anew would lose what a kind of one's own keeps beside parameters.
        """
        if not values:
            return self
        try:
            if _alike(vars(self), vars(dataclasses.replace(self))):
                return dataclasses.replace(self, **values)
        except ReformError:
            raise
        except (TypeError, ValueError):  # it is made of more than its parameters
            pass
        return self._fail(
            next(iter(values)),
            "cannot be given another value, because that would lose what the reform keeps beside its parameters: "
            "declare that by parameter(), or make each reform yourself",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the reform as plain values, its class name under ``reform``."""
        return {"reform": type(self).__name__} | dataclasses.asdict(self)
