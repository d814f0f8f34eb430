"""The one way to write a file: beside its place, flushed, then renamed, so that whoever reads it finds it whole.

What is being written lies in a workplace, a hidden folder beside the file, and a lock is held in it for as long as its
process lives.  The system lifts the lock when the process ends, however it ends; so the next to write there knows what
a killed one left, and removes it.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = [
    "LOCK",
    "NEW",
    "WORKPLACE",
    "TakenError",
    "flush",
    "hold",
    "new_file",
    "new_name",
    "refuse_taken",
    "workplace",
    "write_text",
]

WORKPLACE = ".brain-gain-partial-"  # that a folder's name begins with in which something is being written
LOCK, NEW = "lock", "new"  # in it
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)  # what file systems without them answer
LOCK_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND
LOCK_FLAGS |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NOCTTY", 0)
_NO_LOCK = "{}: this must be an ordinary file, by which one process at a time is let in, but is none; remove it"
ATTEMPTS = 10  # at a workplace that another process takes for abandoned before its lock is held


class TakenError(ValueError):
    """A place where something else is kept already, said in one sentence."""


def refuse_taken(path: Path, *, overwrite: bool = False, inputs: Sequence[Path] = ()) -> None:
    """Refuse to write over what is there, before anything is computed.

    Parameters
    ----------
    path : Path
        The file to write.
    overwrite : bool
        Whether the user has said that a file may be replaced.
    inputs : sequence of Path
        What the command reads, which it never replaces.

    Raises
    ------
    TakenError
        If something is there that must stay.
    """
    if not os.path.lexists(path):
        return
    if any(path.exists() and other.exists() and path.samefile(other) for other in inputs):
        raise TakenError(f"{path} is there already, and the command reads it; name another file with --out")
    if not (path.is_file() or path.is_symlink()):
        raise TakenError(f"{path}: this is {'a folder' if path.is_dir() else 'no ordinary file'}; name another file")
    if not overwrite:
        raise TakenError(f"{path} is there already; name another file with --out, or say --overwrite to replace it")


@contextmanager
def new_file(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Yield where to write a file; if all goes well it then takes its place at once, and else nothing has happened.

    Raises
    ------
    TakenError
        If something is in its place that must stay.
    """
    with workplace(path.parent) as folder:
        partial = folder / path.name
        yield partial
        flush(partial)
        refuse_taken(path, overwrite=overwrite)
        os.replace(partial, path)
    flush(path.parent)


def write_text(path: Path, text: str, *, overwrite: bool = True) -> None:
    """Write a text in UTF-8, with its line ends as they are."""
    with new_file(path, overwrite=overwrite) as partial:
        partial.write_text(text, encoding="utf-8", newline="")


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """Yield an empty folder within a folder, gone afterwards; first remove those that killed processes have left.

    Errors of files in it speak of them as if they were in the folder already.
    """
    for left in folder.glob(WORKPLACE + "*"):
        _remove_abandoned(left)
    path, lock = _make_workplace(folder)
    try:
        yield path / NEW
    except OSError as error:
        if isinstance(error.filename, str | Path) and Path(error.filename).is_relative_to(path):
            part = Path(error.filename).relative_to(path)
            error.filename = str(folder / part.relative_to(NEW) if part.is_relative_to(NEW) else folder)
        raise
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if lock is not None:
            lock.close()


def new_name() -> str:
    """Return a name for a workplace, or for what should be removed as one that was left behind."""
    return f"{WORKPLACE}{secrets.token_hex(4)}"


def _make_workplace(folder: Path) -> tuple[Path, IO[bytes] | None]:
    for _ in range(ATTEMPTS):
        path, lock = folder / new_name(), None
        try:
            path.mkdir()
            lock = hold(path / LOCK)
            (path / NEW).mkdir()
        except (FileNotFoundError, BlockingIOError) as error:
            if lock is not None:
                lock.close()
            if not folder.exists():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder)) from error
            continue  # in the moment before its lock was held it looked abandoned, and was removed
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            error.filename = str(folder)
            raise
        return path, lock
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(folder))


def _remove_abandoned(path: Path) -> None:
    """Remove a workplace unless its process lives."""
    with suppress(OSError):  # what cannot be removed, or is used, stays; it is in nobody's way
        path.rmdir()  # killed before it held a lock
    if not (path / LOCK).is_file():
        return
    with suppress(OSError, TakenError):
        lock = hold(path / LOCK)
        if lock is None:
            return  # without locks nobody knows whether it is in use
        shutil.rmtree(path, ignore_errors=True)
        lock.close()


def hold(path: Path, *, wait: bool = False, needed: bool = False) -> IO[bytes] | None:
    """Return a lock file, held until it is closed or this process ends; None where the system has no such locks.

    Parameters
    ----------
    path : Path
        The file; it is made if there is none.
    wait : bool
        Whether to wait while another process holds it.
    needed : bool
        Whether a file system without locks is an error.

    Raises
    ------
    BlockingIOError
        If another process holds it and this one should not wait.
    TakenError
        If something else than an ordinary file is in its place.
    """
    handle = _open_lock(path)
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # not on Windows
        handle.close()
        return None
    except OSError as error:
        handle.close()
        if error.errno in NO_LOCKS and not needed:
            return None
        raise
    return handle


def _open_lock(path: Path) -> IO[bytes]:
    """Open an ordinary file, or make it: no link is followed, and no pipe can make us wait for its other end."""
    try:
        descriptor = os.open(path, LOCK_FLAGS, 0o666)
    except OSError as error:
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            raise TakenError(_NO_LOCK.format(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise TakenError(_NO_LOCK.format(path))
    return open(descriptor, "ab")


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on."""
    if path.is_dir() and os.name != "posix":
        return  # only there can a folder be opened
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() or os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not (path.is_dir() and error.errno == errno.EINVAL):  # some file systems cannot flush a folder
            raise
    finally:
        os.close(descriptor)
