"""What can be set in the model of Gürsoy and Badur, by their sliders, and the forty settings that are run."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.replication.fast import BARABASI_ALBERT, ERDOS_RENYI, NO_TIES, Levels

__all__ = ["NETWORKS", "SLIDERS", "Setting", "SettingError", "label_of", "settings"]

NETWORKS = {"none": NO_TIES, "erdos-renyi": ERDOS_RENYI, "barabasi-albert": BARABASI_ALBERT}
WITHOUT_TIES, RANDOM, PREFERENTIAL = NETWORKS


class SettingError(ValueError):
    """A setting that the model does not have, said in one sentence."""


def _slider(default: float, low: float, high: float, says: str) -> Any:
    return dataclasses.field(default=default, metadata={"low": low, "high": high, "says": says})


@dataclass(frozen=True)
class Setting:
    """One position of the sliders; what is not said stands at the authors' default.

    Parameters
    ----------
    network : str
        A key of :data:`NETWORKS`.
    threshold : float
        Barrier: a score at or below it makes nobody try.
    luck_coef : float
        What luck is multiplied by after every try that fails.
    gap_start, gap_end : float
        How much more attractive abroad is than home, at first and in the long run.
    network_coef : float
        What those one knows abroad add to the score.
    links_per_node : int
        Links over persons; the mean number of others that one knows is twice that.

    Raises
    ------
    SettingError
        If a value is not of a slider's range.
    """

    network: str = RANDOM
    threshold: float = _slider(0.04, 0.0, 0.15, "threshold")
    luck_coef: float = _slider(0.45, 0.25, 0.75, "luckCoef")
    gap_start: float = _slider(0.0, -0.5, 0.5, "G_0")
    gap_end: float = _slider(0.0, -0.5, 0.5, "G_*")
    network_coef: float = _slider(0.95, 0.5, 1.4, "networkCoef")
    links_per_node: int = _slider(10, 1, 30, "linksToNodesRatio")

    def __post_init__(self) -> None:
        """Refuse what the authors' sliders cannot say."""
        if self.network not in NETWORKS:
            raise SettingError(f"network is '{self.network}', but must be one of {', '.join(NETWORKS)}")
        for name, (low, high) in SLIDERS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
                raise SettingError(f"{name} is {value!r}, but must be a number from {low:g} to {high:g}")
        if not isinstance(self.links_per_node, int):
            raise SettingError(f"links_per_node is {self.links_per_node!r}, but must be a whole number")

    def to_text(self) -> str:
        """Return the setting as a text, from which :meth:`from_text` makes the same."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @staticmethod
    def from_text(text: str) -> Setting:
        """Return the setting that :meth:`to_text` wrote."""
        return Setting(**json.loads(text))

    def levels(self) -> Levels:
        """Return the numbers that the rules read."""
        return Levels(
            network=NETWORKS[self.network],
            threshold=float(self.threshold),
            luck_coef=float(self.luck_coef),
            gap_start=float(self.gap_start),
            gap_end=float(self.gap_end),
            network_coef=float(self.network_coef),
            links_per_node=self.links_per_node,
        )

    def gap(self, tick: int) -> float:
        """Return how much more attractive abroad is than home at a tick, from 0."""
        return self.gap_end - (self.gap_end - self.gap_start) * math.exp(-0.1 * tick)


SLIDERS: Mapping[str, tuple[float, float]] = {
    each.name: (each.metadata["low"], each.metadata["high"]) for each in dataclasses.fields(Setting) if each.metadata
}
_SAYS = {each.name: each.metadata["says"] for each in dataclasses.fields(Setting) if each.metadata}
_OF_NETWORKS = ("network_coef", "links_per_node")


def label_of(setting: Setting) -> str:
    """Return what differs from the authors' defaults, in their names."""
    default = Setting(setting.network)
    moved = [f"{_SAYS[name]} = {getattr(setting, name):g}" for name in SLIDERS if _differs(setting, default, name)]
    return ", ".join(moved) or "defaults"


def _differs(one: Setting, other: Setting, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def settings() -> list[Setting]:
    """Return the forty: for each network its defaults, every slider at either end, and some of them together."""
    found = []
    for network in NETWORKS:
        names = [name for name in SLIDERS if network != WITHOUT_TIES or name not in _OF_NETWORKS]
        ends: list[dict[str, Any]] = [{name: SLIDERS[name][end]} for name in names for end in (0, 1)]
        together: list[dict[str, Any]] = [{"gap_start": 0.5, "gap_end": 0.5}]
        if network == WITHOUT_TIES:
            together.append({"threshold": 0.0, "luck_coef": 0.75, "gap_start": 0.5, "gap_end": 0.5})
        if network == RANDOM:
            together.append({"threshold": 0.15, "gap_start": 0.5, "gap_end": 0.5})
        found += [Setting(network, **changes) for changes in ({}, *ends, *together)]
    return found
