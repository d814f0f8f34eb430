"""The project's own code, as tests of how it is built read it."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

__all__ = ["PACKAGES", "ROOT", "module_of", "modules", "tree_of"]

ROOT = Path(__file__).parents[1]
PACKAGES = ("abm", "experiments")


def module_of(path: Path) -> str:
    """Return a file's name as a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def modules(*folders: str) -> dict[str, Path]:
    """Return the files of some folders, else of the packages, by the names of their modules."""
    files = (path for folder in folders or PACKAGES for path in sorted((ROOT / folder).rglob("*.py")))
    return {module_of(path): path for path in files}


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """Return what a file consists of."""
    return ast.parse(path.read_text(encoding="utf-8"))
