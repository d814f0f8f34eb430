"""What changes when: a plan of reforms as a table in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from abm.environment import Environment
from abm.months import month_name, month_number
from abm.plans.remark import remarks
from abm.reforms.base import Change, Reform
from abm.reforms.composition import Act, acts_of
from abm.reforms.costs import cost_source, plausible_cost
from abm.reforms.given import reforms_of
from abm.reforms.quantities import QUANTITIES
from abm.reforms.quantity import Rule
from abm.scenario import Scenario

__all__ = ["markdown_cell"]

PROMISES = "the highest path and the fastest step count"
RULE_OF_LAW = {
    "actual": "rule of law",
    "announced": "rule of law, announced",
    "expected": "rule of law, expected",
    "credibility": "credibility",
}


def describe(world: Scenario, plan: Reform | Sequence[Reform] | None) -> str:
    """Return, in Markdown, what a plan costs and what it changes in a world: before, at the start, in full, at the end.

    Values are those under the whole plan; ``before`` is without any reform, in the month of the start.  Reforms that
    add nothing to the others are named after the tables, each in a sentence.

    Raises
    ------
    ReformError
        If the plan cannot be carried out in this world.
    """
    plan = reforms_of(plan)
    without, under = Environment(world), Environment(world, plan)
    rows = [row for act in acts_of(without, plan) for row in _rows(act, without, under)]
    head = ["reform", "changes", "unit", "before", "at the start", "in full", "at the end", "after", "several combine"]
    changes = _markdown(head, rows)
    costs = _markdown(
        ["reform", "pillar", "in force", "fidelity", "USD a year", "plausible", "cost from", "strength from"],
        [_cost(reform, without.scenario) for reform in plan],
    )
    said = "".join(f"\n{remark.sentence}\n" for remark in remarks(world, plan))
    return f"{changes}\n{costs}{said}" if plan else "No reform: nothing changes.\n"


def _rows(act: Act, without: Environment, under: Environment) -> Iterator[list[str]]:
    """Yield a row for each path that a reform changes."""
    reform = act.reform
    for change in act.changes:
        if not isinstance(change, Change):
            for name, meaning in RULE_OF_LAW.items():
                paths = getattr(without.rule_of_law, name), getattr(under.rule_of_law, name)
                unit = "share" if name == "credibility" else "index points"
                yield [reform.label, meaning, unit, *_values(reform, under, *paths), PROMISES]
            continue
        quantity = QUANTITIES[change.quantity]
        neutral = 1.0 if quantity.rule is Rule.MULTIPLY else 0.0
        if quantity.rule in (Rule.ADD, Rule.MULTIPLY) and change.value == neutral:
            continue
        where = f" ({under.names[change.country]})" if change.country else ""
        paths = quantity.path(without, change.country), quantity.path(under, change.country)
        values = _values(reform, under, *paths)
        yield [reform.label, quantity.meaning + where, quantity.unit, *values, quantity.rule.value]


def _values(reform: Reform, under: Environment, before: np.ndarray, path: np.ndarray) -> list[str]:
    """Return a path's values before a reform, at its start, fully in force, at its end and after it."""
    start = max(month_number(reform.start) - under.first_month, 0)
    run_ends = under.n_months - 1
    end = run_ends if reform.end is None else month_number(reform.end) - under.first_month
    full = month_number(reform.start) - under.first_month + reform.ramp_months
    return [
        _number(before[start]),
        _at(path, start, under) if end >= 0 else "",
        _at(path, max(full, 0), under) if full <= min(end, run_ends) else "",
        _at(path, min(end, run_ends), under) if end >= 0 else "",
        _at(path, max(end + 1, 0), under) if end < run_ends else "",
    ]


def _at(path: np.ndarray, month: int, environment: Environment) -> str:
    return f"{_number(path[month])} ({month_name(environment.first_month + month)})"


def _number(value: float) -> str:
    return "no limit" if value == np.inf else f"{value:.4g}"


def _cost(reform: Reform, world: Scenario) -> list[str]:
    """Return what a reform costs, and where that and its strength come from."""
    low, usual, high = plausible_cost(reform, world)
    in_force = f"{reform.start} to {reform.end}" if reform.end else f"from {reform.start}"
    ramp = f", phased in over {reform.ramp_months} months" if reform.ramp_months else ""
    fades = f", fading by {reform.decay:g} a year" if reform.decay else ""
    return [
        type(reform).__name__,
        reform.pillar,
        in_force + ramp,
        f"{reform.fidelity:g}{fades}",
        f"{usual:,.0f}",
        f"{low:,.0f} to {high:,.0f}" if low < high else "",
        cost_source(reform, world),
        reform.source,
    ]


def _markdown(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(markdown_cell, line)) + " |\n" for line in lines)


def markdown_cell(text: str) -> str:
    """Return a text as it may stand in a cell of a Markdown table: on one line, without ending the cell."""
    return " ".join(text.splitlines()).replace("|", "\\|")
