"""What we ask the model: questions, how they become published tables and figures, and the commands around them."""

import sys
from pathlib import Path


def called(*words: str) -> str:
    """Return a command line as users type it here: by the console command if they called that, else by the module."""
    program = "brain-gain" if Path(sys.argv[0]).stem == "brain-gain" else "python -m experiments"
    return " ".join((program, *words))
