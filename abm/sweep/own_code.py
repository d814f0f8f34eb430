"""Code of one's own, told from other code by what it says: a digest of its source and of all that it names.

A store keeps runs under what determines them.  The model's own part of that is its version; a function or a reform
class of a script or notebook has none, and keeps its name when it is edited.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import pickle
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from abm.sweep.factors import DesignError

__all__ = ["is_own_code", "own_digest"]

INSTALLED = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))
PLAIN = (int, float, str, bytes, tuple, list, dict, types.NoneType)  # and truth values: what says what it is


def is_own_code(thing: Any) -> bool:
    """Return whether a function or class is of no part of this package, whose version says what it does."""
    return not str(thing.__module__).startswith("abm.")


@functools.cache
def own_digest(thing: Any) -> str:
    """Return a digest of the source of a function or class, and of the functions, classes and values that it names.

    Followed are globals, variables of enclosing functions, defaults and base classes, in whatever module of one's own
    they stand; libraries are not.  A value that cannot be written down, such as an open file, does not count.
    Remembered until ``cache_clear``: in a notebook something that is named may have another meaning later.

    Raises
    ------
    DesignError
        If there is no source, as for what was made by ``exec`` or is compiled.
    """
    texts: dict[str, str] = {}
    try:
        _gather(thing, texts)
    except (OSError, TypeError):
        raise DesignError(
            f"{thing.__qualname__} has no source that can be read, but its source tells its runs in a store from those "
            "of others: write it in a file or in a cell of a notebook"
        ) from None
    return hashlib.sha256("\0".join(f"{name} {texts[name]}" for name in sorted(texts)).encode()).hexdigest()[:16]


def _gather(thing: Any, texts: dict[str, str]) -> None:
    """Add the source of a function or class, and what it names, under their names."""
    name = f"{thing.__module__}.{thing.__qualname__}"
    if name in texts:
        return
    functions = list(_methods(thing) if isinstance(thing, type) else _wrapped(thing))
    texts[name] = _source(thing, functions)
    for base in thing.__bases__ if isinstance(thing, type) else ():
        _follow(f"{name} {base.__name__}", base, texts)
    for function in functions:
        for key, value in _named(function):
            _follow(f"{name} {function.__name__} {key}", value, texts)


def _source(thing: Any, functions: list[types.FunctionType]) -> str:
    """Return the source, and what was made of it: a file may have been edited since it was imported."""
    if not functions:
        raise OSError
    try:
        sources = [inspect.getsource(thing)] if isinstance(thing, type) else []
    except (OSError, TypeError):  # a class of a notebook, of which only the functions have a source
        sources = []
    return "\n".join(sources or [inspect.getsource(function.__code__) for function in functions]) + "".join(
        _instructions(function.__code__) for function in functions
    )


def _instructions(code: types.CodeType) -> str:
    """Return what a function's code does, with its constants; the instructions are those of this version of Python."""
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    constants = [_written(constant) for constant in code.co_consts if not isinstance(constant, types.CodeType)]
    return f"{code.co_code.hex()} {constants} {code.co_names} {[_instructions(one) for one in inner]}"


def _wrapped(function: Any) -> Iterator[types.FunctionType]:
    """Yield a function, and the one that it wraps, and so on."""
    while isinstance(function, types.FunctionType):
        yield function
        function = getattr(function, "__wrapped__", None)


def _methods(kind: type) -> Iterator[types.FunctionType]:
    """Yield the functions that a class has of its own; those that a decorator made up have no source."""
    for member in vars(kind).values():
        found = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
        for function in _wrapped(found):
            if not function.__code__.co_filename.startswith("<string"):
                yield function


def _named(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the values that a function names, by their names: defaults, enclosing variables and globals."""
    yield from ((f"default {place}", value) for place, value in enumerate(function.__defaults__ or ()))
    yield from (function.__kwdefaults__ or {}).items()
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue  # nothing is assigned to it yet
    for name in sorted(_names(function.__code__) & function.__globals__.keys()):
        yield name, function.__globals__[name]


def _names(code: types.CodeType) -> set[str]:
    """Return all names that a function's code uses, also in functions within it."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*(_names(one) for one in inner))


def _follow(name: str, value: Any, texts: dict[str, str]) -> None:
    """Add what something names: the source of one's own code, or the value."""
    value = getattr(value, "py_func", None) or getattr(value, "__wrapped__", None) or value  # compiled, or remembered
    if isinstance(value, types.ModuleType):
        if _is_followed(value.__name__, getattr(value, "__file__", None)):
            texts[value.__name__] = Path(str(value.__file__)).read_text(encoding="utf-8")
    elif isinstance(value, (type, types.FunctionType)):
        if _is_followed(value.__module__, _file_of(value)):
            _gather(value, texts)
    elif not callable(value):
        texts[name] = _written(value)


def _written(value: Any) -> str:
    """Return a value as text that is the same in every process; nothing for what cannot be written down."""
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)  # which has another order in every process
    text = repr(value) if isinstance(value, PLAIN) else ""
    if text and " at 0x" not in text:
        return text
    try:
        return hashlib.sha256(pickle.dumps(value, protocol=4)).hexdigest()
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError):
        return ""


def _file_of(thing: Any) -> str | None:
    """Return the file of a function or class; of a class of a notebook, that of its functions."""
    try:
        return inspect.getfile(thing)
    except (OSError, TypeError):
        return next((function.__code__.co_filename for function in _methods(thing)), None)


@functools.cache
def _is_followed(module: str, file: str | None) -> bool:
    """Return whether a module is neither of this package nor installed."""
    if file is None or module.partition(".")[0] == "abm":
        return False
    return not any(Path(file).is_relative_to(folder) for folder in INSTALLED)
