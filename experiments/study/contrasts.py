"""An outcome by plan and replicate, and differences and ratios of plans with their intervals."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from abm import measures
from abm.sweep.plans import PLAN, WORLD
from experiments.study.tables import interval, plain, signed

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval, Outcome
    from experiments.study.experiment import Results

__all__ = [
    "at_end",
    "averages",
    "by_plan",
    "by_plan_and_year",
    "change",
    "change_of",
    "contrast",
    "difference",
    "effects_by_world",
    "in_window",
    "mean_of",
    "mean_of_movers",
    "over_all_years",
    "over_years",
    "paragraph",
    "ratio",
    "ratio_of_contrasts",
    "shown",
    "top_share",
    "totals",
    "yearly",
]


def by_plan(results: Results, outcome: Outcome, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return an outcome with a row for each replicate and a column for each plan.

    Parameters
    ----------
    results : Results
        Of an experiment that compares plans.
    outcome : Outcome
        What to compute.
    years : pair of int, optional
        First and last year that count; else all.
    """
    from abm.analysis.effects import outcomes_by_run, with_draws

    table = outcomes_by_run(in_years(results.runs, years), [PLAN], outcomes=[outcome])[outcome].unstack(PLAN)
    return table.set_axis(with_draws(table.index, results.runs))


def yearly(results: Results, measure: str, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return a measure a year, with a row for each replicate and a column for each plan."""
    from abm.analysis.effects import Outcome

    return by_plan(results, Outcome(measure, "yearly", ""), years)


def in_window(results: Results, measure: str, window: str) -> pd.DataFrame:
    """Return a measure in a window of years, with a row for each replicate and a column for each plan."""
    from abm.analysis.effects import Outcome

    return by_plan(results, Outcome(measure, window, ""))


def by_plan_and_year(results: Results, measure: str) -> pd.DataFrame:
    """Return a yearly measure with a row for each replicate and year and a column for each plan."""
    from abm.analysis.effects import of_a_run

    return results.runs.set_index([PLAN, *of_a_run(results.runs), "year"])[measure].unstack(PLAN)


def at_end(results: Results, measure: str) -> pd.DataFrame:
    """Return a measure in the last year, with a row for each replicate and a column for each plan."""
    table = by_plan_and_year(results, measure)
    return table.xs(int(table.index.get_level_values("year").max()), level="year")


def over_all_years(results: Results, measure: str) -> pd.DataFrame:
    """Return the sum of a measure, with a row for each replicate and a column for each plan."""
    return totals(by_plan_and_year(results, measure))


def effects_by_world(results: Results, measure: str, window: str, without: str) -> pd.DataFrame:
    """Return effect, low and high of a measure by world and plan, but of the plan ``without``, in each its baseline."""
    table = results.effects
    rows = table[(table["measure"] == measure) & (table["window"] == window) & (table[PLAN] != without)]
    return rows.set_index([WORLD, PLAN])[["effect", "low", "high"]]


def over_years(above: pd.DataFrame, below: pd.DataFrame) -> pd.DataFrame:
    """Return one yearly table over another, both summed over the years, by replicate; none where there is nothing."""
    total = totals(below)
    return totals(above) / total.where(total > 0.0)


def totals(table: pd.DataFrame) -> pd.DataFrame:
    """Return the sum over the years of a table by replicate and year."""
    return table.groupby(_but_the_year(table)).sum()


def averages(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over the years of a table by replicate and year."""
    return table.groupby(_but_the_year(table)).mean()


def _but_the_year(table: pd.DataFrame) -> list[Any]:
    return [name for name in table.index.names if name != "year"]


def in_years(runs: pd.DataFrame, years: tuple[int, int] | None) -> pd.DataFrame:
    """Return the rows of some years, the first and the last included; all without years."""
    return runs if years is None else runs[runs["year"].between(*years)]


def mean_of(values: pd.Series) -> Interval:
    """Return the mean of a value of each replicate, over those that have one, with its interval; so of each draw."""
    from abm.analysis.effects import interval_over

    return interval_over(values)


def contrast(table: pd.DataFrame, weights: Mapping[str, float]) -> Interval:
    """Return a weighted sum of plans, such as {"b": 1, "a": -1}, over the replicates that all of them have."""
    return mean_of(sum(weight * table[plan] for plan, weight in weights.items()))


def difference(table: pd.DataFrame, plan: str, other: str) -> Interval:
    """Return what a plan does beyond another, over the replicates that both have."""
    return contrast(table, {plan: 1.0, other: -1.0})


def ratio(table: pd.DataFrame, above: str, below: str) -> Interval:
    """Return one plan over another, by replicate, over those that both have."""
    return mean_of(table[above] / table[below])


def ratio_of_contrasts(above: pd.DataFrame, below: pd.DataFrame, weights: Mapping[str, float]) -> Interval:
    """Return a weighted sum of plans in one table over the same in another, by replicate."""
    parts = [sum(weight * table[plan] for plan, weight in weights.items()) for table in (above, below)]
    return mean_of(parts[0] / parts[1])


def shown(estimate: Interval, unit: float = 1.0, say: Callable[[float], str] = signed) -> str:
    """Return an interval as a table has it, in a printed unit, without its ends where one replicate gives none.

    Nothing is shown of no replicate.
    """
    if math.isnan(estimate.mean):
        return ""
    return interval(*(end / unit for end in (estimate.mean, estimate.low, estimate.high)), say=say)


RISES = ("rises", "falls", "does not change")


def change(estimate: Interval, unit: float = 1.0, what: str = "", words: tuple[str, str, str] = RISES) -> str:
    """Return in words whether something rises, falls, or neither beyond what is uncertain, and by how much."""
    more, less, neither = words
    if estimate.low > 0.0:
        return f"{more} by {shown(estimate, unit, plain)}{what}"
    if estimate.high < 0.0:
        return f"{less} by {shown(_negative(estimate), unit, plain)}{what}"
    return f"{neither} beyond what is uncertain ({shown(estimate, unit)}{what})"


def change_of(estimate: Interval, name: str, window: str = "yearly", *, words: tuple[str, str, str] = RISES) -> str:
    """Return the same of a declared measure, in the unit in which it is printed."""
    declared = measures.measure(name)
    return change(estimate, declared.divide_by, f" {declared.word(window)}", words)


def _negative(interval: Interval) -> Interval:
    return dataclasses.replace(interval, mean=-interval.mean, low=-interval.high, high=-interval.low)


def mean_of_movers(results: Results, movers: str, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return the mean ability of all who move over the years, a row for each replicate and a column for each plan.

    ``movers`` is a flow whose mean ability the yearly table has: emigrants, returns or foreign_arrivals.
    """
    from abm.analysis.effects import of_a_run

    rows = in_years(results.runs, years)
    of_a_plan = [PLAN, *of_a_run(rows)]
    total = rows[movers] * rows[f"mean_ability_of_{movers}"]
    sums = rows[[*of_a_plan, movers]].assign(total=total).groupby(of_a_plan, sort=False).sum()
    return (sums["total"] / sums[movers]).unstack(PLAN)


def top_share(ability: float) -> float:
    """Return the share of all graduates who are abler: ability is standard normal."""
    return 0.5 * math.erfc(ability / math.sqrt(2.0))


def paragraph(*sentences: str) -> list[str]:
    """Return sentences as the lines of a paragraph."""
    return textwrap.wrap(" ".join(sentences), 115, break_long_words=False, break_on_hyphens=False)
