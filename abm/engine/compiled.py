"""The one way rules are compiled; where compiled code is kept says :mod:`abm.engine.cache`.

Rules are plain Python functions decorated with :func:`compiled`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from abm.engine.cache import RuleCache

__all__ = ["BLOCK", "allocating", "compiled", "compiler_is_on", "for_types_of", "inlined", "internal"]

BLOCK = 256  # persons dealt with at a time: their data stay near the processor, their draws are made side by side

Function = TypeVar("Function", bound=Callable[..., Any])


def compiler_is_on() -> bool:
    """Return whether rules are compiled (they are, unless ``NUMBA_DISABLE_JIT=1``)."""
    return not numba.config.DISABLE_JIT


# "_nrt" counts references to arrays.  Rules only look at arrays they are given, and counting would cost more than most
# rules, above all in several threads at once
OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
    "no_cfunc_wrapper": True,
}


def _decorated(function: Function, **options: Any) -> Function:
    rule = numba.njit(**OPTIONS | options)(function)
    if compiler_is_on():
        rule._cache = RuleCache(function)  # what numba's own `cache=True` would set to a cache for everybody
    decorated: Function = rule
    return decorated


def compiled(function: Function) -> Function:
    """Compile a rule: cached on disk, releasing the interpreter lock, and without reordering floating-point sums.

    A rule makes no arrays of its own; see :func:`allocating`.
    """
    return _decorated(function)


def inlined(function: Function) -> Function:
    """Compile a small rule into every rule that uses it, so that loops over it can be turned into vector code."""
    return _decorated(function, forceinline=True)


def allocating(function: Function) -> Function:
    """Compile a rule that makes room of its own: an outer loop over a month's persons, never what it calls for each."""
    return _decorated(function, _nrt=True)


def internal(function: Function) -> Function:
    """Compile a rule that makes room of its own and that only rules call: it need not unpack Python objects."""
    return _decorated(function, _nrt=True, no_cpython_wrapper=True)


def for_types_of(rule: Any, *arguments: Any) -> Callable[..., Any]:
    """Return a compiled rule for arguments of the types of these, and for no others.

    At every call of a rule the types of its arguments are found out, which for nested tuples of arrays takes five times
    as long as unpacking them.  Whoever calls a rule again and again with the same tuples has it done once.
    """
    if not compiler_is_on():
        return rule
    code: Callable[..., Any] = rule.compile(tuple(numba.typeof(argument) for argument in arguments))
    return code
