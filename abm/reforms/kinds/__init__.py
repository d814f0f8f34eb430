"""The kinds of reforms, one a file: a class is known by standing here, and no other place lists it.

In their order: by pillar, then by the name of the file.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from abm.reforms.base import PILLARS, Reform

__all__ = ["KINDS"]


def kind_in(module: str) -> type[Reform]:
    """Return the one kind of reform that a module of this folder holds.

    Raises
    ------
    TypeError
        If it holds none or several, or one of an unknown pillar.
    """
    found = [
        value
        for value in vars(import_module(module)).values()
        if isinstance(value, type) and issubclass(value, Reform) and value.__module__ == module
    ]
    if len(found) != 1:
        raise TypeError(f"{module} holds {len(found)} kinds of reforms, but a file here is one class of Reform")
    if found[0].pillar not in PILLARS:
        raise TypeError(f"{module}: pillar is {found[0].pillar!r}, but must be one of {', '.join(PILLARS)}")
    return found[0]


def _kinds() -> list[type[Reform]]:
    files = sorted(f"{__name__}.{file.name}" for file in pkgutil.iter_modules(__path__))
    return sorted(map(kind_in, files), key=lambda kind: PILLARS.index(kind.pillar))


# others may be added to it, to be read from files
KINDS: dict[str, type[Reform]] = {kind.__name__: kind for kind in _kinds()}
