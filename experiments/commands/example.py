"""Write out a bundled design or scenario to start one's own from: ``brain-gain example courts-and-pay > mine.toml``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from abm.scenario import SCENARIO_FOLDER
from experiments import called
from experiments.study.options import Parser
from experiments.terminal import guarded

__all__ = ["DESIGNS", "main"]

DESIGNS = Path(__file__).parents[1] / "designs"


def main(arguments: Sequence[str]) -> int:
    """Print the file and return the exit code."""
    files = {path.stem: path for folder in (DESIGNS, SCENARIO_FOLDER) for path in sorted(folder.glob("*.toml"))}
    parser = Parser(prog=called("example"), description="Print a bundled design or scenario, to start one's own from")
    parser.add_argument("name", metavar="NAME", choices=files, help=f"one of {', '.join(files)}")
    name = parser.parse_args(arguments).name
    sys.stdout.flush()
    sys.stdout.buffer.write(files[name].read_bytes())  # as it is, whatever the terminal's encoding
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
