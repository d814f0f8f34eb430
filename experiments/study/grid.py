"""The answer of a full factorial of three factors: a table of all combinations, heat maps, and some by year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from abm.measures import AT_END, measure
from abm.scenario import Scenario
from abm.sweep.arms import Arm
from experiments.study.comparison import GAIN
from experiments.study.experiment import Drawn, Results
from experiments.study.networks import before_and_after
from experiments.study.remarks import remark_lines
from experiments.study.report import last_years_of, lines_of, nothing_drawn, partial, text_of, years_of
from experiments.study.tables import cost_lines, cost_table, markdown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Grid", "Shown"]

WORK, COST = "graduates_at_work", "public_cost"


@dataclass(frozen=True)
class Shown:
    """What the table and the figures call a factor and its levels; the first level is the baseline's.

    ``own`` returns what levels are called in a country in place of that.
    """

    factor: str
    head: str
    axis: str
    levels: Mapping[float, str]
    own: Callable[[Scenario], Mapping[float, str]] = lambda world: {}

    def names(self, world: Scenario) -> dict[float, str]:
        """Return what the levels are called in a country."""
        return {**self.levels, **self.own(world)}


@dataclass(frozen=True)
class Grid:
    """What all combinations of three factors answer.

    Parameters
    ----------
    rows, columns, panels : Shown
        The factors, by their place in the heat maps.
    highlights : mapping
        Arms that are drawn by year, the baseline first and the strongest last, by name: their levels in that order.
    """

    rows: Shown
    columns: Shown
    panels: Shown
    highlights: Mapping[str, tuple[float, float, float]]

    @property
    def factors(self) -> tuple[Shown, Shown, Shown]:
        """The factors in the order of the table."""
        return self.rows, self.columns, self.panels

    def report(self, results: Results) -> str:
        """Return the table, a row for each combination."""
        years = last_years_of(results)
        heads = (
            *(factor.head for factor in self.factors),
            f"net brain gain {years}",
            "against baseline",
            "cumulative",
            f"human capital {years}",
            "at work",
            "public cost",
            "emigration",
            "return",
        )
        rows = (self._row(results, arm) for arm in results.arms)
        table = markdown([heads, *(row for row in rows if row is not None)])
        blocks = (table, cost_lines(results), remark_lines(results.world, results.arms))
        return text_of([*_notes(results), *partial(results), *lines_of(blocks)])

    def _row(self, results: Results, arm: Arm) -> tuple[str, ...] | None:
        mine = _of_levels(results.effects, arm.levels).set_index(["measure", "window"])
        if not len(mine):
            return None
        late = mine.loc[("net_brain_gain", "last years")]
        cumulative = mine.loc[("net_brain_gain", "cumulative")]
        capital = mine.loc[("net_human_capital_gain", "last years")]
        work, cost = mine.loc[(WORK, AT_END)], mine.loc[(COST, "yearly")]
        is_baseline = not any(arm.levels.values())
        return (
            *(factor.names(results.world)[float(arm.levels[factor.factor])] for factor in self.factors),
            _with_interval(late["mean"], late["mean_low"], late["mean_high"]),
            "baseline" if is_baseline else _with_interval(late["effect"], late["low"], late["high"]),
            f"{cumulative['mean'] / 1000:+.0f}",
            f"{capital['mean'] / 1000:+.1f}",
            f"{work['mean'] / 1000:.0f}" if is_baseline else _with_interval(work["effect"], work["low"], work["high"]),
            f"{measure(COST).scaled(cost['mean']):,.0f}",
            f"{1000 * mine.loc[('emigration_rate', 'mean'), 'mean']:.2f}",
            f"{1000 * mine.loc[('return_rate', 'mean'), 'mean']:.1f}",
        )

    def tables(self, results: Results) -> Mapping[str, pd.DataFrame]:
        """Return the table of costs."""
        return {"costs.csv": cost_table(results)}

    def figures(self, results: Results) -> Iterator[Drawn]:
        """Draw the heat maps, the highlights by year, and the network before and after the strongest of them."""
        from abm.analysis import figures as draw

        maps = (
            ("net_brain_gain", "last years", "net_brain_gain_late"),
            ("net_brain_gain", "cumulative", "net_brain_gain_cumulative"),
            ("net_human_capital_gain", "last years", "net_human_capital_gain_late"),
            (WORK, AT_END, "graduates_at_work_at_end"),
        )
        for name, window, file in maps:
            shown = measure(name)
            rows = results.effects.query(f"measure == {name!r} and window == {window!r}")
            if window == AT_END:  # of a stock it is the difference from the baseline that has a sign
                rows = rows.assign(mean=rows["effect"], mean_low=rows["low"], mean_high=rows["high"])
            title = _sign_sentence(f"{shown.label.capitalize()} {_when(results, window)}", rows, results.interval[:4])
            yield file, self._heat_maps(results.world, rows, title, shown.printed_unit(window))
        arms = {name: _of_levels(results.runs, self._levels(name)) for name in self.highlights}
        yield (
            "net_brain_gain_by_year",
            draw.time_paths(
                {name: rows for name, rows in arms.items() if len(rows)},
                "net_brain_gain",
                title=self._path_sentence(results),
            ),
        )
        without, strongest = self._ends()
        plan = next(arm.reforms for arm in results.arms if dict(arm.levels) == self._levels(strongest))
        yield "network_before_and_after", before_and_after(results, {without: (), f"{strongest} reforms": plan})

    def _heat_maps(self, world: Scenario, rows: pd.DataFrame, title: str, unit: str) -> Figure:
        from abm.analysis.figures import Axis, heat_maps

        y, x, panel = (Axis(factor.factor, factor.axis, factor.names(world)) for factor in self.factors)
        return heat_maps(rows, x=x, y=y, panel=panel, title=title, unit=unit)

    def _ends(self) -> Sequence[str]:
        names = list(self.highlights)
        return names[0], names[-1]

    def _levels(self, highlight: str) -> dict[str, float]:
        names = (factor.factor for factor in self.factors)
        return dict(zip(names, self.highlights[highlight], strict=True))

    def _path_sentence(self, results: Results) -> str:
        """Return where the baseline and the strongest combination end."""
        late, gain = results.effects.query(f"measure == {GAIN!r} and window == 'last years'"), measure(GAIN)
        ends = {name: gain.scaled(_of_levels(late, self._levels(name))["mean"]) for name in self._ends()}
        said = ", ".join(f"{mean.iloc[0]:+.1f} with {name}" for name, mean in ends.items() if len(mean))
        return f"Net brain gain in {last_years_of(results)}, {gain.short_unit()}: {said}"


def _notes(results: Results) -> tuple[str, ...]:
    replicates = int(results.effects["replicates"].max())
    held = "with 95 % intervals" if results.draws is None else "with 90 % intervals over draws of a posterior"
    gain, capital = measure(GAIN), measure("net_human_capital_gain")
    return (
        f"{results.world.description or results.world.name}.",
        f"Means over {replicates} replicates, {held}. Net brain gain and its difference from the baseline",
        f"are in {gain.printed_unit()}, the cumulative one in {gain.unit.printed} over {years_of(results)}, human",
        f"capital in {capital.printed_unit()}; at work are {gain.unit.printed} at home",
        f"in the last year, against the baseline, and public cost is in {measure(COST).printed_unit()}. Emigration and",
        "return are per year and 1,000 graduates at home and abroad. Standard errors, all effects and exact units are",
        "in effects.csv.",
        *nothing_drawn(results),
    )


def _when(results: Results, window: str) -> str:
    """Return of which years a window is, in words."""
    if window == AT_END:
        return f"in {int(results.runs['year'].max())} against the baseline"
    return f"in {last_years_of(results)}" if window == "last years" else f"over {years_of(results)}"


def _with_interval(mean: float, low: float, high: float) -> str:
    """Return thousands with their interval, or without where one replicate gives none."""
    interval = f" [{_in_thousands(low)}, {_in_thousands(high)}]" if low == low else ""
    return _in_thousands(mean) + interval


def _in_thousands(persons: float) -> str:
    return f"{round(measure(GAIN).scaled(persons), 2) + 0.0:+.2f}"  # adding 0.0 turns -0.0 into +0.0


def _of_levels(table: pd.DataFrame, levels: Mapping[str, Any]) -> pd.DataFrame:
    from abm.sweep.table import rows_of  # workers import this module and need no tables

    return rows_of(table, levels)


def _sign_sentence(subject: str, rows: pd.DataFrame, confidence: str) -> str:
    """Return what the signs in a heat map say, and how many of the positive ones are beyond chance."""
    positive, arms = int((rows["mean"] > 0).sum()), len(rows)
    if positive == 0:
        return f"{subject} is negative in all {arms} combinations of reforms"
    sure = int((rows["mean_low"] > 0).sum())
    return (
        f"{subject} is positive in {positive} of {arms} combinations of reforms, with {confidence} confidence in {sure}"
    )
