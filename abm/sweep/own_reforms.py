"""Reforms of one's own, told from others by what they say in a world.

A class of a script or notebook may keep what it depends on anywhere: in enclosing variables, in its class, in
attributes that are no parameters.  A run depends on it only through the environment that it makes, so that is what
counts.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from abm.environment import Environment
from abm.reforms.base import Reform
from abm.reforms.files import is_bundled
from abm.scenario import Scenario
from abm.sweep.factors import DesignError
from abm.sweep.own_code import own_digest

__all__ = ["Known", "known_reforms", "said_by"]


class Known(NamedTuple):
    """By what reforms are told from others, and what those of one's own among them say (:func:`said_by`)."""

    known: list[dict[str, Any]]
    said: tuple[str, ...]


def known_reforms(scenario: str, reforms: Sequence[Reform], measured: str = "", *, kept: bool = True) -> Known:
    """Return by what reforms are told from others in a scenario (TOML).

    Those of the package are known by their parameters.  Where a function of one's own does the runs, it may look into
    the reforms itself, so they count with all that they are made of.

    Raises
    ------
    DesignError
        If that cannot be told of a reform whose runs are ``kept``.
    ReformError, ScenarioError
        If the reforms cannot be carried out.
    """
    own = [reform for reform in reforms if not is_bundled(reform)]
    said = said_by(_scenario(scenario), reforms) if own else ()
    says = iter(said)
    known = []
    for reform in reforms:
        if is_bundled(reform):
            known.append(reform.to_dict())
        else:
            known.append({"says": next(says)} | ({"is": _made_of(reform, kept)} if measured else {}))
    return Known(known, said)


def said_by(scenario: Scenario, reforms: Sequence[Reform]) -> tuple[str, ...]:
    """Return a digest of what each reform of one's own says in a scenario: its strength by month and its changes.

    Raises
    ------
    ReformError, ScenarioError
        If the reforms cannot be carried out.
    """
    acts = Environment(scenario, reforms).acts
    return tuple(_digest(act.strength, act.changes) for act in acts if not is_bundled(act.reform))


def _digest(*said: Any) -> str:
    return hashlib.sha256("\0".join(text for one in said for text in _texts(one)).encode()).hexdigest()[:16]


def _texts(said: Any) -> Iterator[str]:
    """Yield numbers as the model takes them, whatever their type."""
    if isinstance(said, np.ndarray):
        yield said.astype(float).tobytes().hex()
    elif dataclasses.is_dataclass(said) and not isinstance(said, type):
        for item in dataclasses.fields(said):
            yield item.name
            yield from _texts(getattr(said, item.name))
    elif isinstance(said, (list, tuple)):
        for one in said:
            yield type(one).__name__
            yield from _texts(one)
    else:
        yield said if isinstance(said, str) else repr(float(said))


def _made_of(reform: Reform, kept: bool) -> str:
    try:
        return own_digest(reform)
    except DesignError:
        if kept:
            raise
        return f"object {id(reform)}"  # which no other has as long as the sweep lasts


@functools.lru_cache(maxsize=64)
def _scenario(toml: str) -> Scenario:
    return Scenario.from_toml(toml)
