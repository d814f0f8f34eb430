"""Code of one's own, told from other code by what it does: a digest of its instructions and of all that it names.

A store keeps runs under what determines them.  The model's own part of that is its version; a function of a script or
notebook has none, and keeps its name when it is edited.
"""

from __future__ import annotations

import copyreg
import dis
import functools
import hashlib
import importlib.util
import struct
import sys
import sysconfig
import types
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from abm.scenario import shown
from abm.sweep.factors import DesignError

__all__ = ["is_own_code", "own_digest"]

INSTALLED = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
PACKAGES = {"site-packages", "dist-packages"}
PLAIN = (bool, int, float, complex, str, bytes, bytearray, range, types.NoneType, types.EllipsisType)
COMPILED = (types.BuiltinFunctionType, types.WrapperDescriptorType, types.MethodDescriptorType)
COMPILED_OF_CLASSES = (types.ClassMethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType)
WEAK = (weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet)  # memories, never what is meant
NO_BEHAVIOUR = frozenset(
    "__dict__ __weakref__ __doc__ __module__ __qualname__ __firstlineno__ __static_attributes__ _abc_impl "
    "__slotnames__ __annotations__ __annotate__ __annotate_func__ __annotations_cache__ "
    "__builtins__ __loader__ __spec__ __file__ __cached__ __path__".split()
)  # of classes and modules
READS_GLOBALS = {"globals", "f_globals", "__globals__", "modules", "eval", "exec"}  # by which any of them may be read
MADE_IN_PYTHON = 1 << 9 | 1 << 10  # Py_TPFLAGS_HEAPTYPE and _BASETYPE, which all classes have that Python code makes
POINTER = struct.calcsize("P")
IMPORTS_ANYTHING = {"__import__", "import_module"}


def is_own_code(thing: Any) -> bool:
    """Return whether a function or class is of no part of this package, whose version says what it does."""
    module = str(thing.__module__)
    return not (module.startswith("abm.") and _found_in(module, thing.__qualname__) is thing)


def own_digest(thing: Any) -> str:
    """Return a digest of something of one's own and of all that it is made of, as it is in memory.

    Followed are functions (their instructions, defaults, enclosing variables, globals, and what they import), classes,
    objects with their state, containers, arrays and modules, wherever these are one's own; libraries count by name.  A
    global that the code itself fills, such as a cache, makes it another thing with every call, whose runs are never
    found again.

    Raises
    ------
    DesignError
        If of a part of it nobody can tell whether it is the same in another session, such as of an open file.
    """
    return _Digest(getattr(thing, "__qualname__", type(thing).__qualname__)).of(thing)[:16]


class _Digest:
    """Digests of values and of what they are made of; each value is looked into once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path: list[str] = []  # from the thing to what is looked at, for a sentence
        self.found: dict[int, tuple[Any, str]] = {}  # with the values, so that none gives its identity to another
        self.under_way: dict[int, int] = {}

    def of(self, value: Any, name: str = "") -> str:
        """Return the digest of a value; what contains itself is told by how far inside itself it is."""
        if type(value) in PLAIN:
            return _hashed(type(value).__name__, repr(value))
        if id(value) in self.found:
            return self.found[id(value)][1]
        if id(value) in self.under_way:
            return _hashed("within itself", str(len(self.under_way) - self.under_way[id(value)]))
        self.under_way[id(value)] = len(self.under_way)
        self.path.append(name)
        try:
            digest = _hashed(*self._parts(value))
        except RecursionError:
            self._refuse(value)
        finally:
            self.path.pop()
            del self.under_way[id(value)]
        self.found[id(value)] = value, digest
        return digest

    def _parts(self, value: Any) -> Iterator[str]:
        """Yield what tells a value from all others."""
        for kinds, parts in self._ways():
            if isinstance(value, kinds):
                yield from parts(value)
                return
        if _is_library(type(value)):
            yield from self._library_object(value)
        else:
            yield from self._own_object(value)

    def _ways(self) -> Iterator[tuple[Any, Callable[[Any], Iterator[str]]]]:
        yield types.FunctionType, self._function
        yield type, self._class
        yield types.ModuleType, self._module
        yield types.CodeType, self._code
        yield COMPILED, self._compiled
        yield COMPILED_OF_CLASSES, lambda value: iter(("descriptor", value.__qualname__))
        yield np.ufunc, self._ufunc
        yield types.MethodType, lambda value: self._all("method", value.__func__, value.__self__)
        yield (staticmethod, classmethod), lambda value: self._all(type(value).__name__, value.__func__)
        yield property, lambda value: self._all("property", value.fget, value.fset, value.fdel)
        yield functools.cached_property, lambda value: self._all("cached property", value.func)
        yield functools.partial, self._partial
        yield functools._lru_cache_wrapper, lambda value: self._all("remembered", value.__wrapped__)
        yield np.vectorize, self._vectorized
        yield types.MappingProxyType, lambda value: self._mapping("mappingproxy", value)
        yield types.CellType, self._cell
        yield WEAK, lambda value: iter((type(value).__name__,))

    def _all(self, kind: str, *values: Any) -> Iterator[str]:
        yield kind
        for value in values:
            yield self.of(value, self.path[-1])

    def _mapping(self, kind: str, values: Mapping[Any, Any]) -> Iterator[str]:
        yield kind
        for key, value in list(values.items()):
            yield self.of(key)
            yield self.of(value, key if isinstance(key, str) else self.path[-1])

    def _named(self, kind: str, values: Mapping[str, Any]) -> Iterator[str]:
        """Yield values in the order of their names; that in which they were set says nothing."""
        yield from self._mapping(kind, {name: values[name] for name in sorted(values)})

    def _partial(self, value: functools.partial[Any]) -> Iterator[str]:
        yield from self._all("partial", value.func, value.args, value.keywords)

    def _vectorized(self, value: np.vectorize) -> Iterator[str]:
        state = {name: item for name, item in vars(value).items() if not name.startswith("_") or name == "_in_and_out"}
        yield from self._named("vectorized", state)

    def _cell(self, cell: types.CellType) -> Iterator[str]:
        try:
            yield self.of(cell.cell_contents, self.path[-1])
        except ValueError:
            yield "nothing is assigned to it yet"

    def _function(self, function: types.FunctionType) -> Iterator[str]:
        globally = function.__globals__
        module = str(globally.get("__name__"))
        if _is_installed(module) and getattr(sys.modules.get(module), "__dict__", None) is globally:
            if _found_in(module, function.__qualname__) is function:
                yield from ("library function", module, function.__qualname__)
                return
            yield from ("made by a library", module, function.__qualname__)
        else:
            yield self.of(function.__code__, function.__name__)
            yield from self._globals(function)
        yield from self._all("defaults", function.__defaults__, function.__kwdefaults__)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            yield self.of(cell, name)
        yield from self._named("attributes", vars(function))

    def _globals(self, function: types.FunctionType) -> Iterator[str]:
        """Yield what a function takes from its module, and the modules that it imports itself."""
        globally, names = function.__globals__, _names(function.__code__)
        if names & IMPORTS_ANYTHING:
            self._fail(f"{function.__qualname__} imports what only a text names")
        if names & READS_GLOBALS:
            names = {name for name in globally if not name.startswith("__")}
        yield from self._named("globals", {name: globally[name] for name in names & globally.keys()})
        for name in sorted(_imported(function.__code__, str(globally.get("__package__") or ""))):
            yield self.of(_module_of(name), name)

    def _code(self, code: types.CodeType) -> Iterator[str]:
        """Yield what code does, with its constants; the instructions are those of this version of Python."""
        yield code.co_code.hex()
        yield getattr(code, "co_exceptiontable", b"").hex()
        yield repr((code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags))
        yield repr((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars))
        for constant in code.co_consts:
            yield self.of(constant, code.co_name)

    def _class(self, kind: type) -> Iterator[str]:
        yield f"class {kind.__module__}.{kind.__qualname__}"
        if _is_library(kind):
            return
        for base in (type(kind), *kind.__bases__):
            yield self.of(base, base.__name__)
        yield from self._named("members", {name: v for name, v in vars(kind).items() if name not in NO_BEHAVIOUR})

    def _module(self, module: types.ModuleType) -> Iterator[str]:
        yield f"module {module.__name__}"
        if not _is_installed(module.__name__) or sys.modules.get(module.__name__) is not module:
            yield from self._named("holds", {name: v for name, v in vars(module).items() if name not in NO_BEHAVIOUR})

    def _compiled(self, function: Any) -> Iterator[str]:
        """Yield the name of compiled code, and what it is bound to; whoever compiled it did so in a library."""
        bound = getattr(function, "__self__", None)
        yield from ("compiled", str(getattr(function, "__module__", None)), function.__qualname__)
        if bound is not None and not isinstance(bound, types.ModuleType):
            yield self.of(bound, self.path[-1])
        elif isinstance(function, types.BuiltinFunctionType) and not _is_installed(str(function.__module__)):
            self._refuse(function)

    def _ufunc(self, function: np.ufunc) -> Iterator[str]:
        special = sys.modules.get("scipy.special")
        if function not in (getattr(np, function.__name__, None), getattr(special, function.__name__, None)):
            self._refuse(function)
        yield from ("ufunc", function.__name__)

    def _content(self, value: Any) -> Iterator[str]:
        """Yield what a container or a plain value holds, also where a class of one's own is one."""
        if isinstance(value, np.ndarray):
            yield f"{value.dtype.descr if value.dtype.names else value.dtype.str} {value.shape}"
            plain = np.asarray(value)
            yield self.of(plain.tolist()) if plain.dtype.hasobject else hashlib.sha256(plain.tobytes()).hexdigest()
        elif isinstance(value, dict):
            yield from self._mapping("dict", {key: dict.__getitem__(value, key) for key in dict.keys(value)})
        elif isinstance(value, (list, tuple)):
            base = list if isinstance(value, list) else tuple
            yield from self._all(base.__name__, *base.__iter__(value))  # type: ignore[arg-type]
        elif isinstance(value, (set, frozenset)):
            yield from ("set", *sorted(self.of(item, self.path[-1]) for item in value))
        else:
            for plain_kind in (int, float, complex, str, bytes, bytearray):
                if isinstance(value, plain_kind):
                    yield plain_kind.__repr__(value)

    def _own_object(self, value: Any) -> Iterator[str]:
        """Yield the class of an object, what it holds and its attributes, whatever it says itself of its state."""
        yield self.of(type(value), type(value).__name__)
        yield from self._content(value)
        yield from self._named("attributes", getattr(value, "__dict__", {}))
        for kind in type(value).__mro__:
            slots = {name: slot for name, slot in vars(kind).items() if isinstance(slot, types.MemberDescriptorType)}
            held = {name: slot.__get__(value) for name, slot in slots.items() if _is_set(value, slot)}
            yield from self._named("slots", held)
            more = kind.__basicsize__ - (kind.__base__ or object).__basicsize__
            if not _is_library(kind) and more > POINTER * (len(slots) + 2):  # beside attributes and weak references
                self._refuse(value)  # compiled code keeps something in it
        library = next(kind for kind in type(value).__mro__ if _is_library(kind))
        if library is not object and not list(self._content(value)):
            yield from self._reduced(value)

    def _library_object(self, value: Any) -> Iterator[str]:
        """Yield the class of an object of a library and what it is made of."""
        yield f"{type(value).__module__}.{type(value).__qualname__}"
        module, qualname = (str(getattr(value, name, "")) for name in ("__module__", "__qualname__"))
        if _is_installed(module) and _found_in(module, qualname) is value:
            yield f"{module}.{qualname}"
        elif type(value) in (dict, list, tuple, set, frozenset, np.ndarray):
            yield from self._content(value)
        elif callable(getattr(value, "py_func", None)):  # compiled by Numba
            yield from self._all("compiled", value.py_func, getattr(value, "targetoptions", None))
        elif isinstance(value, np.generic) and not value.dtype.hasobject:
            yield f"{value.dtype.str} {value.tobytes().hex()}"
        else:
            yield from self._reduced(value)

    def _reduced(self, value: Any) -> Iterator[str]:
        """Yield what an object would be made from in another process."""
        try:
            known = copyreg.dispatch_table.get(type(value))
            made_from = value.__reduce_ex__(4) if known is None else known(value)
        except Exception:  # whatever a library raises when it is asked, nobody can tell
            self._refuse(value)
        if isinstance(made_from, str):
            yield made_from
            return
        for part in made_from:
            yield self.of(list(part) if isinstance(part, Iterator) else part, self.path[-1])

    def _refuse(self, value: Any) -> NoReturn:
        name = next((name for name in reversed(self.path) if name), "") or self.name
        what = f"'{name}' is {shown(value)}"
        self._fail(what if len(what) < 200 else f"'{name}' is a {type(value).__qualname__}")

    def _fail(self, problem: str) -> NoReturn:
        raise DesignError(
            f"{self.name} cannot be told from what it may be in another session, because {problem}, so a store would "
            "mix up its runs: let it do without, or keep no store"
        )


def _hashed(*parts: str) -> str:
    """Return a digest of texts, which none that are cut otherwise have."""
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")).hexdigest()


def _is_set(value: Any, slot: types.MemberDescriptorType) -> bool:
    try:
        slot.__get__(value)
    except AttributeError:
        return False
    return True


def _names(code: types.CodeType) -> set[str]:
    """Return all names that code uses, also in functions and classes within it."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*(_names(one) for one in inner))


def _imported(code: types.CodeType, package: str) -> set[str]:
    """Return the modules of one's own that code imports when it runs, also in functions within it."""
    found = {str(step.argval) for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME"}
    found |= {f"{package}.{name}".rstrip(".") for name in found} if package else set()
    own = {name for name in found if name and not _is_installed(name) and _module_of(name) is not None}
    parts = {f"{name}.{part}" for name in own for part in code.co_names if hasattr(_module_of(name), "__path__")}
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return own.union(
        {name for name in parts if _module_of(name) is not None}, *(_imported(one, package) for one in inner)
    )


def _module_of(name: str) -> types.ModuleType | None:
    """Return a module, loaded as the code that names it will load it; nothing if that fails there as well."""
    try:
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            return None
        return importlib.import_module(name)
    except Exception:  # whatever the module raises, it raises in every run
        return None


def _found_in(module: str, qualname: str) -> Any:
    """Return what has a name in a module; nothing if nothing has."""
    found: Any = sys.modules.get(module)
    for name in qualname.split("."):
        found = getattr(found, name, None)
    return found


def _is_library(kind: type) -> bool:
    """Return whether a class is of this package or of an installed library; its name says what it is.

    Classes that are hidden in compiled code cannot be found under their names, but neither are they made in Python.
    """
    module = str(kind.__module__)
    return _is_installed(module) and (
        _found_in(module, kind.__qualname__) is kind or kind.__flags__ & MADE_IN_PYTHON != MADE_IN_PYTHON
    )


def _is_installed(module: str) -> bool:
    """Return whether a module is of this package, of Python itself or installed; the script that runs never is."""
    top = module.partition(".")[0]
    if top in {"abm", "__main__"}:
        return top == "abm"
    loaded = sys.modules.get(module) or sys.modules.get(top)
    file = getattr(loaded, "__file__", None)
    if loaded is None:
        try:
            spec = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            return False
        file = spec.origin if spec is not None and spec.has_location else None
    if file is not None:
        return _is_of_library(str(file))
    return top in sys.stdlib_module_names or top in sys.builtin_module_names or top.startswith("_cython_")


@functools.cache
def _is_of_library(file: str) -> bool:
    path = Path(file)
    return bool(PACKAGES & set(path.parts)) or any(path.is_relative_to(folder) for folder in INSTALLED)
