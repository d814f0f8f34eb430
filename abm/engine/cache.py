"""Where compiled code is kept, and why what lies there can be trusted.

Compiling takes half a minute, so it is done once for a machine.  Numba's own cache notices an edit only in the file of
the *outermost* function, runs whatever it reads, and is chosen for everybody in the process at once.  Here

- the folder is named after a digest of all modules of the model, so that edited code never meets stale code;
- each file begins with the digest of what it holds: one that was cut short or changed is deleted, and its rule is
  compiled anew;
- a file is read only if it is the user's own, in a folder that nobody else can write to;
- rules of other packages are left to whatever their authors have chosen.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import inspect
import os
import pickle
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

__all__ = ["COMPILING", "RuleCache", "announce_compiling", "cache_folder", "is_kept", "source_digest"]

FACES = ("__init__.py", "app.py", "model.py")  # they show a run and hold no rule
FOLDER = "BRAIN_GAIN_CACHE"  # the environment's name for the folder in which ours is made
ENDING = ".nbc"
DIGEST_BYTES = 32
UNUSED_SECONDS = 30 * 24 * 3600.0  # after which the code of other sources is given up
COMPILING = "Compiling the model's rules for this machine, once: about half a minute."
OTHERS_CAN_WRITE = stat.S_IWGRP | stat.S_IWOTH

_announced = threading.Event()


class _NotOursError(Exception):
    """A folder or file that others may have written; says why."""


def announce_compiling(say: Callable[[str], object] | None = None) -> None:
    """Say that rules are being compiled, in one line on the standard error or by ``say``; once in a process."""
    if not _announced.is_set():
        _announced.set()
        (say or _say)(COMPILING)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@functools.cache
def source_digest() -> str:
    """Return a digest of the model's modules, rules and the constants they use, and of what compiles them."""
    compiler = (numba.__version__, llvmlite.__version__, np.__version__, numba.config.BOUNDSCHECK)
    digest = hashlib.sha256(repr(compiler).encode())
    room = Path(__file__).parent
    for path in (*sorted(room.parent.glob("*.py")), *sorted(room.glob("*.py"))):
        if path.name not in FACES:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def cache_folder() -> Path:
    """Return the folder for compiled code: in the user's cache folder, or a private temporary one.

    The temporary one takes its place where the user's cannot be written to, or, with a line, where others could write.
    """
    refused = ""
    for root in _roots():
        try:
            folder = _private(root)
        except OSError:
            continue  # read-only, or no folder at all
        except _NotOursError as error:
            refused = refused or str(error)
            continue
        break
    else:
        root = Path(tempfile.mkdtemp(prefix="brain-gain-"))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        os.environ[FOLDER] = str(root)  # for processes that this one starts
        folder = _private(root)
    if refused:
        _say(f"{refused}, so compiled code, which is run as it is read, is kept in {folder}.")
    return folder


def _roots() -> list[Path]:
    """Return where the folder may be, the best place first."""
    chosen = os.environ.get(FOLDER) or os.environ.get("XDG_CACHE_HOME")
    home = os.path.expanduser("~")  # which is left as it is where nobody knows of a home
    user = os.getuid() if hasattr(os, "getuid") else "user"
    roots = [Path(chosen)] if chosen else [Path(home) / ".cache"] if home != "~" else []
    return [Path.cwd() / root / "brain-gain" for root in roots] + [Path(tempfile.gettempdir()) / f"brain-gain-{user}"]


def _private(root: Path) -> Path:
    """Return our folder within a root, made if need be, and closed to others.

    Raises
    ------
    OSError
        If it cannot be made or written to.
    _NotOursError
        If it is not the user's own.
    """
    folder = root / source_digest()
    is_new = not folder.exists()
    root.parent.mkdir(parents=True, exist_ok=True)
    for made in (root, folder):
        made.mkdir(mode=0o700, exist_ok=True)
        if problem := _foreign(made.lstat(), stat.S_ISDIR):
            raise _NotOursError(f"{made} {problem}")
        if made.stat().st_mode & OTHERS_CAN_WRITE:
            made.chmod(0o700)
            if hasattr(os, "getuid") and made.stat().st_mode & OTHERS_CAN_WRITE:
                raise _NotOursError(f"{made} can be written to by others")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be written to")
    os.utime(folder)  # in use
    if is_new:
        _give_up_unused(root)
    return folder


def _foreign(state: os.stat_result, is_kind: Callable[[int], bool]) -> str:
    """Return why a folder or file cannot be trusted: it is something else, or somebody else's."""
    if not is_kind(state.st_mode):
        return "is a link or something else"
    if hasattr(os, "getuid") and state.st_uid != os.getuid():
        return "belongs to another user"
    return ""


def _give_up_unused(root: Path) -> None:
    """Delete the code of other sources that no process has begun to use for a month."""
    for folder in root.iterdir():
        named_by_digest = len(folder.name) == 16 and set(folder.name) <= set("0123456789abcdef")
        if named_by_digest and time.time() - folder.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)  # another process may be deleting it too


@functools.cache
def _file_digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class RuleCache(_Cache):
    """The cache of one rule: a file for each combination of types that it was compiled for.

    A file is named after the digest of all that its code depends on and holds it again, so that two processes that
    compile at once write the same file, and nothing has to be looked up elsewhere.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        path = inspect.getfile(function)
        # a rule of a notebook has no file that says whether it was edited, and one with a closure depends on more
        self._kept = os.path.exists(path) and function.__closure__ is None
        python = f"py{sys.version_info.major}{sys.version_info.minor}{getattr(sys, 'abiflags', '')}"
        name = f"{function.__module__}.{function.__qualname__}".replace("<", "").replace(">", "")
        self._stem = f"{name}-{function.__code__.co_firstlineno}.{python}"
        self._path_of_source = path

    @property
    def cache_path(self) -> str:
        """The folder."""
        return str(cache_folder())

    def is_kept(self) -> bool:
        """Return whether there is code of the rule, for whatever types."""
        return next(cache_folder().glob(f"{self._stem}.*{ENDING}"), None) is not None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code for these types, None if there is none that can be trusted."""
        target_context.refresh()
        if not self._kept:
            return None
        key = self._key(sig, target_context.codegen())
        path = self._path(key)
        try:
            content = _own_content(path)
        except FileNotFoundError:
            return None
        except (OSError, _NotOursError):
            content = b""
        if hashlib.sha256(content[DIGEST_BYTES:]).digest() != content[:DIGEST_BYTES]:
            _delete_damaged(path)
            return None
        kept_key, reduced = pickle.loads(content[DIGEST_BYTES:])
        return CompileResult._rebuild(target_context, *reduced) if kept_key == key else None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep code for these types; where that is not possible, other processes compile it again."""
        if not self._kept or any(not lifted.can_cache for lifted in data.lifted) or data.library.has_dynamic_globals:
            return
        key = self._key(sig, data.codegen)
        content = dumps((key, data._reduce()))
        try:
            _write(self._path(key), hashlib.sha256(content).digest() + content)
        except OSError as error:
            _say_not_kept(error.strerror or str(error))

    def _key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return sig, codegen.magic_tuple(), _file_digest(self._path_of_source)

    def _path(self, key: tuple[Any, ...]) -> Path:
        return cache_folder() / f"{self._stem}.{hashlib.sha256(str(key).encode()).hexdigest()[:16]}{ENDING}"

    def enable(self) -> None:
        """Do nothing: the cache is always on."""

    def disable(self) -> None:
        """Keep nothing and read nothing from now on."""
        self._kept = False

    def flush(self) -> None:
        """Delete the code of the rule."""
        for path in cache_folder().glob(f"{self._stem}.*{ENDING}"):
            path.unlink(missing_ok=True)


def is_kept(rule: Any) -> bool:
    """Return whether compiled code of a rule is kept; always where rules are not compiled."""
    cache = getattr(rule, "_cache", None)
    return not isinstance(cache, RuleCache) or cache.is_kept()


def _own_content(path: Path) -> bytes:
    """Return what a file holds, if it is a file and the user's own."""
    # a pipe would keep its reader waiting, and a link lead anywhere
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:
        if problem := _foreign(os.fstat(file.fileno()), stat.S_ISREG):
            raise _NotOursError(f"{path} {problem}")
        return file.read()


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _delete_damaged(path: Path) -> None:
    """Delete what is no code of ours; the process that does so says it."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        return  # another process was first
    except OSError as error:
        _say_not_kept(error.strerror or str(error))
        return
    _say_damaged()


@functools.cache
def _say_damaged() -> None:
    _say(f"{cache_folder()}: compiled code kept here was damaged; it is deleted and compiled anew.")


@functools.cache
def _say_not_kept(why: str) -> None:
    _say(f"{cache_folder()}: compiled code cannot be kept here ({why}), so the next process compiles it again.")
