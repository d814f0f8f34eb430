"""The page's controls, from what each reform says of its own parameters: meaning, unit, range, source.

A reform of :data:`abm.reforms.KINDS` has its controls here without a word of ours; its class may say a better title,
and which sliders come first, with a span in which values are plausible where the allowed range is far wider.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from abm.reforms import KINDS, Reform

__all__ = ["Lever", "Sheet", "sheets"]

SOURCES = Path(__file__).parents[1] / "data" / "sources.toml"

# what every reform has, shown under "timing and delivery"
COMMON = ("start", "end", "ramp_months", "fidelity", "decay")
NOT_SHOWN = ("cost_usd_per_year", "source")

COMMON_WORDS = {
    "start": "first month",
    "end": "last month",
    "ramp_months": "phased in over",
    "fidelity": "share delivered",
    "decay": "fades each year by",
}
COMMON_SPANS = {"ramp_months": (0.0, 120.0, 6.0), "fidelity": (0.0, 1.0, 0.05), "decay": (0.0, 1.0, 0.05)}


@dataclass(frozen=True)
class Lever:
    """One control: a parameter of a reform in people's words.

    ``kind`` says what it takes: ``number``, ``whole``, ``yes or no``, ``month`` or ``text``.
    """

    name: str
    label: str
    kind: str
    default: Any
    unit: str
    about: str  # meaning, unit, allowed range and source, for the tooltip
    low: float = 0.0  # of the slider
    high: float = 1.0
    step: float = 0.01
    optional: bool = False  # whether it may be left out

    @property
    def slides(self) -> bool:
        """Whether it is a slider; all others are fields to type in."""
        return self.kind in ("number", "whole") and not self.optional

    def nearest(self, position: float, low: float, high: float) -> float | int:
        """Return the multiple of the step that is nearest to where a slider from ``low`` to ``high`` was moved.

        Its ends are reached too where they are no multiples. What comes is as it would be written: 0.15, never
        0.15000000000000002.
        """
        if not low < position < high:
            value = min(max(position, low), high)
        else:
            value = min(max(float(round(position / self.step) * Decimal(repr(self.step))), low), high)
        return round(value) if self.kind == "whole" else float(value)


@dataclass(frozen=True)
class Sheet:
    """The controls of one kind of reform."""

    reform: str
    title: str
    about: str
    pillar: str
    levers: tuple[Lever, ...]
    timing: tuple[Lever, ...]

    @property
    def all_levers(self) -> dict[str, Lever]:
        """Every lever by the name of its parameter."""
        return {lever.name: lever for lever in (*self.levers, *self.timing)}


@functools.cache
def sheets() -> dict[str, Sheet]:
    """Return the controls of every kind of reform, by the name of its class."""
    return {name: _sheet(name, kind) for name, kind in KINDS.items()}


def _sheet(name: str, kind: type[Reform]) -> Sheet:
    title = vars(kind).get("title") or _spoken(name)  # its own: a kind made from another is not called like that
    fields = {item.name: item for item in dataclasses.fields(kind) if item.name not in NOT_SHOWN}
    spanned = {parameter: (label, (low, high, step)) for parameter, label, low, high, step in kind.sliders}
    own = [*spanned, *(parameter for parameter in fields if parameter not in spanned and parameter not in COMMON)]
    return Sheet(
        name,
        title,
        " ".join((kind.__doc__ or "").split("\n\n")[0].split()),
        kind.pillar,
        tuple(_lever(fields[parameter], *spanned.get(parameter, (None, None))) for parameter in own),
        tuple(_lever(fields[parameter], COMMON_WORDS[parameter], COMMON_SPANS.get(parameter)) for parameter in COMMON),
    )


def _spoken(name: str) -> str:
    """Return a class name in words: ServiceObligation is 'Service obligation'."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()


def _lever(item: dataclasses.Field[Any], label: str | None, span: tuple[float, float, float] | None) -> Lever:
    facts = item.metadata
    low, high, step = span or _span(item)
    return Lever(
        name=item.name,
        label=label or item.name.replace("_", " "),
        kind=_kind(item),
        default=item.default,
        unit="" if facts["unit"] in ("text", "true or false", "month") else facts["unit"],
        about=_about(facts),
        low=max(low, facts["low"]),
        high=min(high, facts["high"]),
        step=step,
        optional=item.default is None,
    )


def _kind(item: dataclasses.Field[Any]) -> str:
    if item.metadata["unit"] == "month":
        return "month"
    annotation = item.type.__name__ if isinstance(item.type, type) else str(item.type)
    named = {"bool": "yes or no", "str": "text", "int": "whole", "float": "number"}
    return named[annotation.split(" ")[0]]


def _span(item: dataclasses.Field[Any]) -> tuple[float, float, float]:
    """Return a slider's span where we have no word on it: the allowed range, or a few times the default if that is far.

    The step is a hundredth of it, or one.
    """
    low, high = item.metadata["low"], item.metadata["high"]
    default = float(item.default) if isinstance(item.default, (int, float)) else 0.0
    if math.isinf(low) or low < min(-1.0, -5.0 * abs(default)):
        low = min(default, 0.0)
    if math.isinf(high) or high - low > max(6.0 * abs(default), 1.0):
        high = low + max(4.0 * abs(default - low), 1.0)
    return low, high, 1.0 if _kind(item) == "whole" else (high - low) / 100.0


def _about(facts: Any) -> str:
    """Return what a tooltip says: meaning, unit, allowed range, source."""
    low, high = facts["low"], facts["high"]
    allowed = f"; allowed {low:g} to {high:g}" if not (math.isinf(low) and math.isinf(high)) else ""
    unit = "" if facts["unit"] in ("text", "true or false") else f" ({facts['unit']}{allowed})"
    return f"{facts['meaning']}{unit}. Source: {origin(facts['source'])}"


def origin(source: str) -> str:
    """Return where a number comes from: an assumption as it stands, a key of the sources by the source's title."""
    table = _sources()
    if source in table:
        entry = table[source]
        publisher = f", {entry['publisher']}" if "publisher" in entry else ""
        return f"{entry['title']}{publisher}"
    return source


@functools.cache
def _sources() -> dict[str, Any]:
    return tomllib.loads(SOURCES.read_text(encoding="utf-8"))
