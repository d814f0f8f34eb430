"""What we ask the model: a short script each, from its design to its published tables and figures."""

import sys
from pathlib import Path

EXPERIMENTS = (
    "reforms",
    "rule-of-law",
    "credibility",
    "salary",
    "serpin",
    "personnel-reserve",
    "brain-korea",
    "diversification",
    "brain-gain-initiative",
    "diaspora",
    "family",
    "host-shock",
    "topology",
    "tipping",
    "portfolio",
    "one-to-one",
    "sweep",
)


def called(*words: str) -> str:
    """Return a command line as users type it here: by the console command if they called that, else by the module."""
    program = "brain-gain" if Path(sys.argv[0]).stem == "brain-gain" else "python -m experiments"
    return " ".join((program, *words))
