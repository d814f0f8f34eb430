"""What callers mean by reforms: none, one, or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from abm.checks import is_collection
from abm.reforms.base import Reform, ReformError
from abm.wording import shown

__all__ = ["reforms_of"]


def reforms_of(given: Any, error: Callable[[str], Exception] = ReformError) -> tuple[Reform, ...]:
    """Return the reforms that somebody means: ``None`` is none, one stands for itself, any collection is taken once.

    Raises
    ------
    ReformError
        If it is, or holds, anything but reforms; what ``error`` makes, if that is given.
    """
    if given is None:
        return ()
    if isinstance(given, Reform):
        return (given,)
    if isinstance(given, (str, bytes, Mapping, type)) or not is_collection(given):
        raise error(_no_reform(given))
    reforms = tuple(given)
    for one in reforms:
        if not isinstance(one, Reform):
            raise error(_no_reform(one))
    return reforms


def _no_reform(given: Any) -> str:
    if isinstance(given, type) and issubclass(given, Reform):
        return f"{given.__name__} is not a reform but a kind of them: {given.__name__}() is one"
    return f"{shown(given)} is not a reform: reforms are objects of abm.reforms"
