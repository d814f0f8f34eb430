"""What an estimate is: a question that the data answer, without the model or with runs of its own, by tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.sweep.store import Store
from experiments.study.experiment import Drawn
from experiments.study.options import Parser

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "Found", "Made"]


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
class Made:
    """Runs that an estimate makes first, and answers from as a table that is published with it.

    Parameters
    ----------
    runs : callable
        Does those that a store does not have, by the workers that it is told of, and returns a row for each, its
        numbers rounded as they are published.
    again : callable
        Does the run of a row of the published table again and returns what differs, a sentence, or nothing.
    """

    runs: Callable[[Store, Mapping[str, Any]], pd.DataFrame]
    again: Callable[[pd.Series], str]


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
        Makes what is published of them, and of the table of runs if it makes any.
    made : Made, optional
        The runs that it makes.
    missing : callable
        Returns why it cannot be made here, a sentence; nothing if it can.
    keeps_runs : bool
        Whether it makes runs of its own that are kept but not published: it is then answered from the options and
        from the file where they are kept, None when it is checked and all of them are made again.
    libraries : sequence of str
        Those that it needs beside the model's, whose versions can matter to the last digit.
    order : int
        Its place in the list.
    options : callable
        Adds options of its own to the command line.
    telling : sequence of str
        Those of them that change what comes out: the manifest has them, and it is checked with them.
    """

    name: str
    description: str
    inputs: Callable[[], Sequence[Path]]
    answer: Callable[..., Found]
    made: Made | None = None
    missing: Callable[[], str] = lambda: ""
    keeps_runs: bool = False
    libraries: Sequence[str] = ()
    order: int = 1000
    options: Callable[[Parser], None] = lambda parser: None
    telling: Sequence[str] = ()
