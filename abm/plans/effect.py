"""The environments of a world under plans of reforms, kept for whoever looks at the same few again and again."""

from __future__ import annotations

import functools

from abm.environment import Environment
from abm.reforms.base import Reform
from abm.reforms.files import is_bundled
from abm.scenario import Scenario

__all__ = ["environment_of"]


def environment_of(world: Scenario, plan: tuple[Reform, ...]) -> Environment:
    """Return a world's environment under a plan, to be looked at and not to be changed."""
    if all(map(is_bundled, plan)):
        return _environment_of(world, plan)
    return _environment_of.__wrapped__(world, plan)  # those of one's own may be equal and say something else


@functools.lru_cache(maxsize=8)  # the same few are asked for again and again
def _environment_of(world: Scenario, plan: tuple[Reform, ...]) -> Environment:
    return Environment(world, plan)
