"""The one way rules are compiled, and where compiled code is kept.

Rules are plain Python functions decorated with :func:`compiled`.  Numba's own cache only notices an edit in the file of
the *outermost* function: a rule edited in another module would silently go on with its old meaning.  The cache folder
is therefore named after a digest of all modules of the model, so that edited code never meets stale code.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

__all__ = ["BLOCK", "allocating", "compiled", "inlined", "compiler_is_on", "source_digest", "cache_folder"]

BLOCK = 256  # persons dealt with at a time: their data stay near the processor, their draws are made side by side

FACES = ("__init__.py", "app.py", "model.py")  # they show a run and hold no rule

Function = TypeVar("Function", bound=Callable[..., Any])


def source_digest() -> str:
    """Return a digest of the model's modules, rules and the constants they use, and of the compiler's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name not in FACES:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder for compiled code: the user's cache folder, or a private temporary one if that is read-only."""
    root = os.environ.get("BRAIN_GAIN_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(root) / "brain-gain" / source_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        folder = Path(tempfile.gettempdir()) / f"brain-gain-{os.getuid()}" / source_digest()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def compiler_is_on() -> bool:
    """Return whether rules are compiled (they are, unless ``NUMBA_DISABLE_JIT=1``)."""
    return not numba.config.DISABLE_JIT


numba.config.CACHE_DIR = str(cache_folder())


# "_nrt" counts references to arrays.  Rules only look at arrays they are given, and counting would cost more than most
# rules, above all in several threads at once
OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
    "no_cfunc_wrapper": True,
}


def compiled(function: Function) -> Function:
    """Compile a rule: cached on disk, releasing the interpreter lock, and without reordering floating-point sums.

    A rule makes no arrays of its own; see :func:`allocating`.
    """
    decorated: Function = numba.njit(**OPTIONS)(function)
    return decorated


def inlined(function: Function) -> Function:
    """Compile a small rule into every rule that uses it, so that loops over it can be turned into vector code."""
    decorated: Function = numba.njit(forceinline=True, **OPTIONS)(function)
    return decorated


def allocating(function: Function) -> Function:
    """Compile a rule that makes room of its own: an outer loop over a month's persons, never what it calls for each."""
    decorated: Function = numba.njit(**OPTIONS | {"_nrt": True})(function)
    return decorated


def internal(function: Function) -> Function:
    """Compile a rule that makes room of its own and that only rules call: it need not unpack Python objects."""
    decorated: Function = numba.njit(**OPTIONS | {"_nrt": True, "no_cpython_wrapper": True})(function)
    return decorated
