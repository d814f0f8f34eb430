"""Sections of a report: a lead, a table with a row for each plan, and how it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from experiments.study.contrasts import paragraph, shown
from experiments.study.tables import markdown, signed

if TYPE_CHECKING:
    from abm.analysis.effects import Interval

__all__ = ["Columns", "cells_of", "section", "table_of"]

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
