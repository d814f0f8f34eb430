"""Any question: a sweep as a design file states it, with a table and figures that suit every design.

Run it with ``python -m experiments run sweep --design FILE``; docs/experiments.md says what stands in such a file, and
experiments/designs has one to start from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.sweep.arms import Arm
from abm.sweep.design_file import GATE, Study, read_design
from abm.sweep.explicit import ExplicitTable
from abm.sweep.factors import DesignError
from abm.sweep.runner import Simulate, simulate_years
from experiments import called
from experiments.study.conduct import Experiment, Results, conduct, readable
from experiments.study.options import Parser, UsageError
from experiments.study.remarks import remark_lines
from experiments.study.tables import COLUMNS, arm_rows, cells, cost_lines, cost_table, markdown, names_of
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "experiment_of", "main"]

MOST_ARMS = 40  # beyond it, arms are for effects.csv and not for reading
MOST_COSTED = 1000  # arms, each of whose reforms are carried out once more to see which of them act: some ten ms


def main(arguments: Sequence[str], simulate: Simulate = simulate_years) -> int:
    """Run the sweep of a design file as the command line asks and return the exit code."""
    first = Parser(prog=called("run", "sweep"), add_help=False)
    _add_design(first)
    first.add_argument("--set", action="append", default=[])
    first.add_argument("--graduates")
    chosen, _ = first.parse_known_args(arguments)
    if chosen.design is None:
        return conduct(EXPERIMENT, arguments, simulate)  # which refuses, or says its options
    try:
        study = read_design(chosen.design)
        _refuse_without_effect(study, chosen)
    except (DesignError, UsageError) as error:
        print(error, file=sys.stderr)
        return 2
    return conduct(experiment_of(study, chosen.design), arguments, simulate)


def _refuse_without_effect(study: Study, chosen: argparse.Namespace) -> None:
    """Refuse a value of the command line for a factor: every arm has a level of its own, so it would mean nothing."""
    asked = {text.partition("=")[0].strip() for text in chosen.set} | ({"graduates"} if chosen.graduates else set())
    for factor in study.design.factors:
        if factor.name in asked:
            raise UsageError(
                f"{factor.name} is set by the command line, but in the design file it is a factor with levels of its "
                "own; leave one of them out"
            )


def experiment_of(study: Study, path: Path) -> Experiment:
    """Return the experiment that a design file states; the command line may still ask for other options."""

    def options(parser: Parser) -> None:
        _add_design(parser)
        parser.set_defaults(scenario=study.scenario, seed=study.seed, out=Path("results") / path.stem)

    return Experiment(
        name="sweep",
        description=study.title,
        graduates=None,
        replicates=study.replicates,
        design=lambda world: study.design,
        report=lambda results: report(study, results),
        figures=lambda results: figures(study, results),
        tables=_tables,
        changes=study.changes,
        options=options,
        title=readable(f"{path.name}: {study.title}"),
        inputs=_inputs(path),
    )


def _inputs(path: Path) -> list[Path]:
    """Return the files that state a design, which has been read: its own and that of its points, if it has one."""
    table = GATE.parse_toml(GATE.read_text(path), path).get("table")
    return [path, *([path.parent / table] if isinstance(table, str) else [])]


def _add_design(parser: Parser) -> None:
    parser.add_argument("--design", type=Path, metavar="FILE", help="TOML file that states the design")


def _design_is_missing(_: object) -> Any:
    raise DesignError("the experiment sweep takes its design from a file, but --design FILE is missing")


def _main_effects(results: Results) -> pd.DataFrame:
    from abm.analysis.main_effects import main_effects

    baseline = results.arms[0].levels
    return main_effects(results.runs, list(baseline), baseline)


def _tables(results: Results) -> dict[str, pd.DataFrame]:
    tables = {"main_effects.csv": _main_effects(results)}
    if len(results.arms) <= MOST_COSTED and len(costs := cost_table(results)):
        tables["costs.csv"] = costs
    return tables


def report(study: Study, results: Results) -> str:
    """Return what each factor does on average and, where they are few, what each arm does against the baseline."""
    baseline = ", ".join(f"{name} = {level}" for name, level in results.arms[0].levels.items())
    replicates = int(results.effects["replicates"].max())
    lines = [
        f"{study.title}.",
        f"{results.world.description or results.world.name}.",
        f"{len(results.arms):,} arms ({study.design.kind}), {replicates} replicates that all arms share;",
        "in brackets 95 % intervals over replicates.",
        f"Baseline: {baseline}.",
    ]
    if everywhere := study.design.reforms_in_all_arms:
        lines += [f"In every arm, the baseline too: {'; '.join(reform.label for reform in everywhere)}."]
    if same := _same_as_baseline(results.arms):
        lines += [f"{same:,} more arms come to the same as the baseline, as what they vary is left out in them."]
    if isinstance(study.design, ExplicitTable) and study.design.n_repeated:
        lines += [f"{study.design.n_repeated:,} rows of the table repeat a point, which is one arm and run once."]
    if not results.complete:
        lines += ["", "PARTIAL: the sweep was stopped before its end, or all runs of an arm failed."]
    lines += ["", "What a factor does, on average over all others:", "", *markdown(_main_rows(_main_effects(results)))]
    if len(results.arms) <= MOST_ARMS:
        lines += ["", "Each arm against the baseline:", "", *markdown(arm_rows(results))]
        if costs := cost_lines(results):
            lines += ["", *costs]
    if said := remark_lines(results.world, results.arms):
        lines += ["", *said]
    return "\n".join(lines) + "\n"


def _main_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("factor", "from", "to", *(head for _, _, head, _ in COLUMNS))]
    if len(table):
        said = _names_in(table)
        for (factor, against, level), mine in table.groupby(["factor", "against", "level"], sort=False):
            names = said[factor][against], said[factor][level]
            rows.append((str(factor), *names, *cells(mine, "effect", "low", "high")))
    return rows


def _same_as_baseline(arms: Sequence[Arm]) -> int:
    """Return how many arms differ from the baseline by nothing but their levels' names."""
    first = arms[0]
    return sum((arm.overrides, arm.reforms) == (first.overrides, first.reforms) for arm in arms[1:])


def _names_in(table: pd.DataFrame) -> dict[Any, dict[Any, str]]:
    """Return, by factor and level, what a table of main effects calls the level."""
    return {factor: names_of([*rows["against"], *rows["level"]]) for factor, rows in table.groupby("factor")}


def figures(study: Study, results: Results) -> list[str]:
    """Draw main effects, and outcomes against every factor that takes a range of numbers."""
    from abm.analysis import design_figures as draw
    from abm.analysis.figures import save
    from abm.analysis.main_effects import is_trend

    folder = results.folder / "figures"
    effects, arms = _main_effects(results), results.effects
    trends = [name for name in results.arms[0].levels if is_trend(arms[name].tolist())]
    files = []
    for measure, window, head, unit in COLUMNS[:2]:
        chosen = f"measure == {measure!r} and window == {window!r}"
        subject = head.partition(",")[0]
        if len(effects):
            rows, said = effects.query(chosen), _names_in(effects)
            names = [
                f"{row['factor']}: {said[row['factor']][row['against']]} to {said[row['factor']][row['level']]}"
                for _, row in rows.iterrows()
            ]
            title = f"{study.title}: effects on {subject}, on average over all other factors"
            figure = draw.effect_dots(rows.assign(name=names), title=title, unit=head, divide_by=unit)
            files += save(figure, folder, f"effects_on_{measure}")
        if trends:
            title = f"{study.title}: {subject} against each factor, a point an arm"
            levels = arms.query(chosen)
            figure = draw.scatter_with_trend(levels, trends, "mean", title=title, unit=head, divide_by=unit)
            files += save(figure, folder, f"{measure}_by_factor")
    return files


EXPERIMENT = Experiment(
    name="sweep",
    description="Any design: a full or fractional grid, a sample or a table, as the file of --design states it",
    graduates=None,
    replicates=1,
    design=_design_is_missing,
    report=lambda results: "",
    figures=lambda results: [],
    options=_add_design,
)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
