"""The console command ``brain-gain``: the experiments installed beside this package, whatever else has their name.

A folder ``experiments`` of one's own, found first where ``PYTHONPATH`` names it, would take their place.  A worker
process imports this module too, as it begins with the script of the command.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

__all__ = ["main"]

FOLDER = Path(__file__).resolve().parents[1] / "experiments"


def _pin() -> None:
    """Import the package ``experiments`` from its own folder, so that all its modules come from there."""
    spec = importlib.util.spec_from_file_location(
        FOLDER.name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{FOLDER} cannot be read; install the package again")
    module = sys.modules[FOLDER.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def main() -> int:
    """Do what the command line asks and return the exit code."""
    from experiments.__main__ import main as run
    from experiments.terminal import guarded

    return guarded(lambda: run(sys.argv[1:]))


if FOLDER.name not in sys.modules or Path(sys.modules[FOLDER.name].__file__ or "").parent != FOLDER:
    _pin()
