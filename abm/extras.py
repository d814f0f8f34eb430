"""What an extra of the package needs, so that a message can say what to install, however the package came here."""

from __future__ import annotations

import shlex
from importlib import metadata

__all__ = ["install"]

PACKAGE = "brain-gain"


def install(extra: str) -> str:
    """Return the command that installs what an extra needs: by the names of the libraries, which every index has.

    The package itself is on none, so that ``brain-gain[extra]`` would find nothing.
    """
    try:
        needs = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        needs = []
    libraries = [need.partition(";")[0].strip() for need in needs if f'extra == "{extra}"' in need]
    if not libraries:  # not installed, or before it had this extra
        return f"pip install '.[{extra}]' in the package's folder"
    return "pip install " + " ".join(shlex.quote(library) for library in libraries)
