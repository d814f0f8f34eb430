"""Memory that is given back: a server runs for weeks, and each picture and pair of runs takes some for a moment."""

from __future__ import annotations

import ctypes
import gc

__all__ = ["keep_little", "release"]

# of the C library's mallopt
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE = 256 * 1024  # bytes, from which on memory goes straight back to the system when it is free
POOLS = 2  # of memory; every thread would have its own otherwise, and every visit has several


def _library() -> ctypes.CDLL | None:
    """Return the C library if it is the one that knows these calls (glibc)."""
    try:
        library = ctypes.CDLL("libc.so.6")
    except OSError:
        return None  # another system, which manages memory in its own way
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


def keep_little() -> None:
    """Let this process keep little of what it frees; to be called when all that stays has been loaded."""
    library = _library()
    if library is not None:
        library.mallopt(M_ARENA_MAX, POOLS)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
    # what is loaded by now stays for good; looking for unused memory need not go through it each time
    gc.collect()
    gc.freeze()


def release() -> None:
    """Give back what former runs held: a model of Mesa refers to itself, which only this look finds."""
    gc.collect()
    library = _library()
    if library is not None:
        library.malloc_trim(0)
