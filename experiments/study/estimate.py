"""What an estimate is: a question that the data answer, without the model or with runs of its own, by tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.sweep.store import Store
from experiments.study.experiment import Drawn

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
    answer_in : callable, optional
        Makes the same with runs kept in a folder, so that a command that was stopped goes on where it was; its
        second argument says whether to keep progress to oneself.
    libraries : sequence of str
        Those that it needs beside the model's, whose versions can matter to the last digit.
    order : int
        Its place in the list.
    """

    name: str
    description: str
    inputs: Callable[[], Sequence[Path]]
    answer: Callable[..., Found]
    made: Made | None = None
    missing: Callable[[], str] = lambda: ""
    answer_in: Callable[[Path, bool], Found] | None = None
    libraries: Sequence[str] = ()
    order: int = 1000
