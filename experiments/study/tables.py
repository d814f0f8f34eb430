"""Tables as aligned text that is Markdown too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from abm.measures import AT_END, GRADUATES, MEASURES, measure
from abm.plans.table import markdown_cell
from abm.sweep.arms import Arm

if TYPE_CHECKING:
    import pandas as pd

    from experiments.study.experiment import Results

__all__ = [
    "COLUMNS",
    "FLOWS",
    "REPORTED",
    "Column",
    "arm_rows",
    "cells",
    "column",
    "cost_lines",
    "cost_table",
    "interval",
    "level_names",
    "markdown",
    "names_of",
    "own_baselines",
    "plain",
    "signed",
    "that_are_anything",
]


class Column(NamedTuple):
    """An outcome as a column of a table."""

    measure: str
    window: str
    head: str
    divide_by: float  # persons, or whatever it is counted in, in one printed unit


def column(name: str, window: str, head: str = "") -> Column:
    """Return the column of an outcome, its head and unit as declared (:mod:`abm.measures`), or under another head."""
    declared = measure(name)
    return Column(name, window, head or declared.head(window), declared.divide_by)


# outcomes of the table of every experiment: what is gained, what there is at the end, what it costs, how fast it goes
WINDOWS = ("last years", AT_END, "yearly", "mean")
TABLED = sorted((each for each in MEASURES if each.tabled), key=lambda each: WINDOWS.index(each.tabled))
# those abroad, and the flows that net brain gain is made up of
FLOWS = (
    *("graduates_abroad", "emigrants", "returns", "students_home", "students_staying"),
    *("foreign_arrivals", "foreign_departures"),
)
# what every report has, and what makes it up: as much as is published of runs of which there are many
REPORTED = (*(each.name for each in TABLED), *FLOWS)
COLUMNS = tuple(column(each.name, each.tabled) for each in TABLED)


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose first row are the heads; every column is aligned to the right."""
    rows = [[markdown_cell(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|", *lines[1:]]


def signed(value: float) -> str:
    """Return a number with sign and three digits that matter, or whole from a hundred on; tiny ones are 0."""
    if abs(value) < 1e-9:
        return "0"
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.3g}"


def arm_rows(
    results: Results, columns: Sequence[tuple[str, str, str, float]] = COLUMNS, estimates: pd.DataFrame | None = None
) -> list[tuple[str, ...]]:
    """Return the rows of a table: the baseline's level, and what every other arm does against it.

    ``columns`` are measure, window, head and printed unit of each outcome; ``estimates`` are their effects, where those
    are not among the published ones.  Of what is nothing everywhere, as cost where nothing costs, there is no column.
    """
    names = list(results.arms[0].levels)
    columns = that_are_anything(columns, results.effects if estimates is None else estimates)
    said = level_names(results.arms)
    rows: list[tuple[str, ...]] = [(*names, *(head for _, _, head, _ in columns))]
    for levels, mine in (results.effects if estimates is None else estimates).groupby(names, sort=False):
        is_baseline = levels == tuple(results.arms[0].levels.values())
        ends = ("mean", "mean_low", "mean_high") if is_baseline else ("effect", "low", "high")
        mine_cells = cells(mine, *ends, columns=columns)
        own = [said[name][level] for name, level in zip(names, levels, strict=True)]
        rows.append((*own, *(f"{cell} (level)" if is_baseline else cell for cell in mine_cells)))
    return rows


def that_are_anything(columns: Sequence[tuple[str, str, str, float]], effects: pd.DataFrame) -> list[Any]:
    """Return the columns of outcomes that are other than 0 in any arm."""
    arms = effects.set_index(["measure", "window"])[["mean", "effect"]]
    return [each for each in columns if (arms.loc[[each[:2]]] != 0.0).any(axis=None)]


def cells(
    rows: pd.DataFrame,
    centre: str,
    low: str,
    high: str,
    *,
    columns: Sequence[tuple[str, str, str, float]] = COLUMNS,
) -> list[str]:
    """Return one cell for each outcome of the table, with its interval where there is one."""
    by_outcome = rows.set_index(["measure", "window"])
    row_of_cells = []
    for name, window, _, divide_by in columns:
        row = by_outcome.loc[(name, window)]
        row_of_cells.append(interval(*(row[end] / divide_by for end in (centre, low, high))))
    return row_of_cells


def short(level: Any) -> str:
    """Return a level as a table has it."""
    return f"{level:.4g}" if isinstance(level, float) else str(level)


def level_names(arms: Sequence[Arm]) -> dict[str, dict[Any, str]]:
    """Return, by factor and level, what a table calls the level: in short, or in full where others look the same."""
    return {name: names_of(arm.levels[name] for arm in arms) for name in arms[0].levels}


def names_of(levels: Iterable[Any]) -> dict[Any, str]:
    """Return what a table calls each of some levels, no two of them alike."""
    different = list(dict.fromkeys(levels))
    in_short = [short(level) for level in different]
    return {
        level: name if in_short.count(name) == 1 else str(level)
        for level, name in zip(different, in_short, strict=True)
    }


def interval(centre: float, low: float, high: float, *, say: Callable[[float], str] = signed) -> str:
    """Return a value with its interval in brackets, or alone where there is none."""
    return say(centre) + (f" [{say(low)}, {say(high)}]" if low == low else "")


def own_baselines(results: Results, within: str) -> dict[str, Arm]:
    """Return, by the label of an arm, the baseline of its own world, where a factor makes worlds."""
    first = results.arms[0].levels
    of_world = {arm.levels[within]: arm for arm in results.arms if arm.levels == {**first, within: arm.levels[within]}}
    return {arm.label: of_world[arm.levels[within]] for arm in results.arms}


def cost_table(results: Results, against: Mapping[str, Arm] | None = None) -> pd.DataFrame:
    """Return what every arm with reforms spends, gains, and pays for a graduate-year, as it is and discounted."""
    import pandas

    from abm.analysis.costs import costs

    if "graduates_at_home" not in results.runs:
        return pandas.DataFrame()  # runs of one's own measure may gain nobody whose years could be paid for
    rate = results.world.decision.discount_rate
    rates = (0.0, rate) if rate else (0.0,)
    return costs(results.arms, results.runs, results.world, against=against, discount_rates=rates)


def cost_lines(results: Results, against: Mapping[str, Arm] | None = None) -> list[str]:
    """Return the lines of a report on costs: the table, undiscounted, and what it rests on; none without reforms."""
    table = cost_table(results, against)
    if not len(table):
        return []
    names, rate = list(results.arms[0].levels), results.world.decision.discount_rate
    heads = (
        "spent, million USD (plausible)",
        f"graduate-years gained, {GRADUATES.short}",
        "USD per graduate-year",
        "with the range of the cost",
        "graduate-years per million USD",
    )
    rows, said = [(*names, *heads)], level_names(results.arms)
    for _, row in table[table["discount_rate"] == 0.0].iterrows():
        rows.append((*(said[name][row[name]] for name in names), *_cost_cells(row)))
    return [
        "What it costs, and what a graduate-year gained costs (a graduate more at home for a year):",
        "",
        *markdown(rows),
        "",
        "What graduates are paid for a reform, as a rise of public pay or a sum for coming home, is added up in the",
        "runs; other costs are asserted, mostly assumptions, in USD of one year, spent while a reform is in force and",
        "phased in with it, whether it works or not; what would change nothing if carried out is not paid for, and of",
        "several of which one acts, one. In parentheses the plausible range of what is asserted. Brackets hold",
        f"{'the chance of a run' if results.draws is None else 'the middle 90 % of the draws'}; the next column takes",
        "in that range too. Unless a tax is named, nobody pays in the model.",
        *([f"costs.csv also has all of it discounted at {100 * rate:g} % a year."] if rate else []),
    ]


def _cost_cells(row: pd.Series) -> tuple[str, ...]:
    """Return the cells of one plan: spending, gain, and the ratios or why there are none."""
    spent = f"{plain(row['spent'] / 1e6)} ({plain(row['spent_low'] / 1e6)} to {plain(row['spent_high'] / 1e6)})"
    gain = interval(*(GRADUATES.scaled(row[f"graduate_years{end}"]) for end in ("", "_low", "_high")))
    if row["note"]:
        return (spent if row["spent"] else "0", gain, row["note"], "", "")
    both = [row[f"usd_per_graduate_year_at_{end}"] for end in ("best", "worst")]
    known = both[0] == both[0]
    return (
        spent,
        gain,
        interval(*(row[f"usd_per_graduate_year{end}"] for end in ("", "_low", "_high")), say=plain),
        f"{plain(both[0])} to {plain(both[1])}" if known else "",
        interval(*(row[f"graduate_years_per_million_usd{end}"] for end in ("", "_low", "_high")), say=plain),
    )


def plain(value: float) -> str:
    """Return a number with three digits that matter, or whole from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
