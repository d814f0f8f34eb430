"""The answer of any design: what each factor does on average over all others, and each arm where they are few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from abm.sweep.arms import Arm
from abm.sweep.explicit import ExplicitTable
from experiments.study.experiment import Drawn, Results
from experiments.study.remarks import remark_lines
from experiments.study.report import lines_of, nothing_drawn, partial, replicates_of, text_of
from experiments.study.tables import (
    COLUMNS,
    arm_rows,
    cells,
    cost_lines,
    cost_table,
    markdown,
    names_of,
    that_are_anything,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MainEffects"]

MOST_ARMS = 40  # beyond it, arms are for effects.csv and not for reading
MOST_COSTED = 1000  # arms, each of whose reforms are carried out once more to see which of them act: some ten ms


@dataclass(frozen=True)
class MainEffects:
    """What the factors of a design do."""

    title: str

    def report(self, results: Results) -> str:
        """Return what each factor does on average and, where they are few, what each arm does against the baseline."""
        baseline = ", ".join(f"{name} = {level}" for name, level in results.arms[0].levels.items())
        lines = [
            f"{self.title}.",
            f"{results.world.description or results.world.name}.",
            *_arms_and_replicates(results),
            f"Baseline: {baseline}.",
        ]
        if everywhere := results.design.reforms_in_all_arms:
            lines += [f"In every arm, the baseline too: {'; '.join(reform.label for reform in everywhere)}."]
        if same := _same_as_baseline(results.arms):
            lines += [f"{same:,} more arms come to the same as the baseline, as what they vary is left out in them."]
        if isinstance(results.design, ExplicitTable) and results.design.n_repeated:
            lines += [f"{results.design.n_repeated:,} rows of the table repeat a point, which is one arm and run once."]
        lines += partial(results)
        lines += [
            "",
            "What a factor does, on average over all others:",
            "",
            *markdown(_main_rows(_main_effects(results), results.effects)),
        ]
        if len(results.arms) <= MOST_ARMS:
            lines += ["", "Each arm against the baseline:", "", *markdown(arm_rows(results))]
            lines += lines_of([cost_lines(results)])
        return text_of([*lines, *lines_of([remark_lines(results.world, results.arms)])])

    def tables(self, results: Results) -> Mapping[str, pd.DataFrame]:
        """Return main effects, and costs where arms are few enough and have reforms."""
        tables = {"main_effects.csv": _main_effects(results)}
        if len(results.arms) <= MOST_COSTED and len(costs := cost_table(results)):
            tables["costs.csv"] = costs
        return tables

    def figures(self, results: Results) -> Iterator[Drawn]:
        """Draw main effects, and outcomes against every factor that takes a range of numbers."""
        from abm.analysis import design_figures as draw
        from abm.analysis.main_effects import is_trend

        effects, arms = _main_effects(results), results.effects
        trends = [name for name in results.arms[0].levels if is_trend(arms[name].tolist())]
        for measure, window, head, unit in COLUMNS[:4]:
            chosen = f"measure == {measure!r} and window == {window!r}"
            subject = head.partition(",")[0]
            if len(effects):
                rows, said = effects.query(chosen), _names_in(effects)
                names = [
                    f"{row['factor']}: {said[row['factor']][row['against']]} to {said[row['factor']][row['level']]}"
                    for _, row in rows.iterrows()
                ]
                title = f"{self.title}: effects on {subject}, on average over all other factors"
                figure = draw.effect_dots(rows.assign(name=names), title=title, unit=head, divide_by=unit)
                yield f"effects_on_{measure}", figure
            if trends:
                title = f"{self.title}: {subject} against each factor, a point an arm"
                levels = arms.query(chosen)
                figure = draw.scatter_with_trend(levels, trends, "mean", title=title, unit=head, divide_by=unit)
                yield f"{measure}_by_factor", figure


def _arms_and_replicates(results: Results) -> list[str]:
    """Return how many arms and runs of each there are, and what brackets hold."""
    arms = f"{len(results.arms):,} arms ({results.design.kind}), "
    if results.draws is None:
        replicates = int(results.effects["replicates"].max())
        said = (f"{arms}{replicates} replicates that all arms share;", "in brackets 95 % intervals over replicates.")
        return [*said, *nothing_drawn(results)]
    first, *others = replicates_of(results)
    return [arms + first, *others]


def _main_effects(results: Results) -> pd.DataFrame:
    from abm.analysis.main_effects import main_effects

    baseline = results.arms[0].levels
    return main_effects(results.runs, list(baseline), baseline)


def _main_rows(table: pd.DataFrame, arms: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = that_are_anything(COLUMNS, arms)
    rows: list[tuple[str, ...]] = [("factor", "from", "to", *(head for _, _, head, _ in columns))]
    if len(table):
        said = _names_in(table)
        for (factor, against, level), mine in table.groupby(["factor", "against", "level"], sort=False):
            names = said[factor][against], said[factor][level]
            rows.append((str(factor), *names, *cells(mine, "effect", "low", "high", columns=columns)))
    return rows


def _same_as_baseline(arms: Sequence[Arm]) -> int:
    """Return how many arms differ from the baseline by nothing but their levels' names."""
    first = arms[0]
    return sum((arm.overrides, arm.reforms) == (first.overrides, first.reforms) for arm in arms[1:])


def _names_in(table: pd.DataFrame) -> dict[Any, dict[Any, str]]:
    """Return, by factor and level, what a table of main effects calls the level."""
    return {factor: names_of([*rows["against"], *rows["level"]]) for factor, rows in table.groupby("factor")}
