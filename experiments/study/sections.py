"""What a question finds beyond net brain gain: sections with a row for each plan, how they read, and their figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from abm.measures import measure
from experiments.study.contrasts import difference, paragraph, shown
from experiments.study.tables import markdown, signed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from abm.analysis.effects import Interval

__all__ = ["Columns", "Seen", "cells_of", "dots_of_differences", "section", "seen", "table_of"]

Columns = Mapping[str, Callable[[str], str]]  # by head, what gives the cell of a plan


def table_of(plans: Iterable[str] | Mapping[str, str], columns: Columns, head: str = "") -> list[str]:
    """Return the lines of a table with a row for each plan, or for what a mapping calls it."""
    names = plans if isinstance(plans, Mapping) else {plan: plan for plan in plans}
    rows = [(name, *(cell(plan) for cell in columns.values())) for plan, name in names.items()]
    return markdown([(head, *columns), *rows])


def cells_of(
    estimates: Mapping[str, Interval], unit: float = 1.0, say: Callable[[float], str] = signed
) -> Callable[[str], str]:
    """Return what gives the cell of a plan, in a printed unit; that of a plan without an estimate is empty."""
    return lambda plan: shown(estimates[plan], unit, say) if plan in estimates else ""


def section(lead: Sequence[str], table: Sequence[str], *reading: str) -> list[str]:
    """Return a section as lines: what it is on, its table, and sentences on what that says, if there are any."""
    return ["", *lead, "", *table, *(["", *paragraph(*reading)] if reading else [])]


class Seen(NamedTuple):
    """What plans are seen in: its label, a table by replicate and plan, the printed unit, and which side is a gain."""

    label: str
    table: pd.DataFrame
    unit: float
    good: int  # 1 or -1


def seen(name: str, table: pd.DataFrame, good: int, window: str = "yearly") -> Seen:
    """Return a declared measure as plans are seen in it, with its own head and printed unit."""
    declared = measure(name)
    return Seen(declared.head(window), table, declared.divide_by, good)


def dots_of_differences(pairs: Mapping[str, str], measures: Iterable[Seen], *, title: str) -> Figure:
    """Draw what plans do beyond others, a panel for each measure.

    Parameters
    ----------
    pairs : mapping
        By plan, the plan that it is seen against.
    measures : iterable of Seen
        What they are seen in.
    title : str
        What the figure shows.
    """
    from abm.analysis.plan_figures import Panel, dots

    panels = [
        Panel(label, [difference(table, *pair) for pair in pairs.items()], unit, good)
        for label, table, unit, good in measures
    ]
    return dots(list(pairs), panels, title=title)
