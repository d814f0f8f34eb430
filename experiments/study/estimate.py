"""What an estimate is: a question that the data answer without the model, from tables to tables and figures."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.study.experiment import Drawn
from experiments.study.options import Parser

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "Found"]


@dataclass(frozen=True)
class Found:
    """What an estimate publishes.

    Parameters
    ----------
    report : str
        What is published as ``table.md``.
    tables : mapping
        Tables to publish as CSV, by the name of the file.
    figures : callable
        Draws the figures one after the other.
    """

    report: str
    tables: Mapping[str, pd.DataFrame]
    figures: Callable[[], Iterable[Drawn]]


@dataclass(frozen=True)
class Estimate:
    """A question to the data.

    Parameters
    ----------
    name : str
        As users type it: that of the question's file, with hyphens.
    description : str
        A line of the list of experiments.
    inputs : callable
        Returns the files that it reads.
    answer : callable
        Makes what is published of them.
    missing : callable
        Returns why it cannot be made here, a sentence; nothing if it can.
    libraries : sequence of str
        Those that it needs beside the model's, whose versions can matter to the last digit.
    order : int
        Its place in the list.
    options : callable
        Adds options of its own to the command line.
    asked : callable, optional
        Makes what is published as the options ask; left out, there are none to ask with, and ``answer`` does.
    telling : sequence of str
        Those of its options that change what comes out: the manifest has them, and it is checked with them.
    """

    name: str
    description: str
    inputs: Callable[[], Sequence[Path]]
    answer: Callable[[], Found]
    missing: Callable[[], str] = lambda: ""
    libraries: Sequence[str] = ()
    order: int = 1000
    options: Callable[[Parser], None] = lambda parser: None
    asked: Callable[[Namespace], Found] | None = None
    telling: Sequence[str] = ()

    def found(self, options: Namespace) -> Found:
        """Return what is published, as the options ask."""
        return self.answer() if self.asked is None else self.asked(options)
