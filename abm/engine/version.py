"""Which model this is: what has to be equal for two runs to be the same run."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
from pathlib import Path

from abm import __version__

__all__ = ["PACKAGE", "model_version", "source_digest", "versions"]

PACKAGE = Path(__file__).parents[1]
NOT_THE_MODEL = (
    "sweep",
    "analysis",
    "page",
    "app.py",
    "model.py",
    "writing.py",
)  # they run the model and look at it, and cannot change a run
LIBRARIES = ("numpy", "numba", "scipy", "mesa")


@functools.cache
def source_digest() -> str:
    """Return a digest of the sources that determine a run."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in NOT_THE_MODEL:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def versions() -> dict[str, str | None]:
    """Return the versions of the package, of Python and of the libraries (None where one is not installed)."""
    found: dict[str, str | None] = {"brain-gain": __version__, "python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            found[library] = None
    return found


@functools.cache
def model_version() -> str:
    """Return what has to be equal for two runs to be the same run: package version, sources and compiling libraries."""
    found = versions()
    return f"{__version__} {source_digest()} numpy {found['numpy']} numba {found['numba']}"
