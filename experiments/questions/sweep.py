"""Any question: a sweep as a design file states it, with a table and figures that suit every design.

Run it with ``python -m experiments run sweep --design FILE``; docs/experiments.md says what stands in such a file, and
experiments/designs has one to start from.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from abm.sweep.design_file import GATE, Study, read_design
from abm.sweep.factors import DesignError
from experiments import called
from experiments.study.conduct import readable, run
from experiments.study.experiment import Experiment, Runs, Stated
from experiments.study.main_effects import MainEffects
from experiments.study.options import Parser, UsageError

__all__ = ["EXPERIMENT"]


def _stated_by(arguments: Sequence[str]) -> Experiment:
    """Return the experiment of the design file that the command line names; without one, what refuses to be run."""
    first = Parser(prog=called("run", "sweep"), add_help=False)
    _add_design(first)
    first.add_argument("--set", action="append", default=[])
    first.add_argument("--graduates")
    chosen, _ = first.parse_known_args(arguments)
    if chosen.design is None:
        return EXPERIMENT
    study = read_design(chosen.design)
    _refuse_without_effect(study, chosen)
    return _experiment_of(study, chosen.design)


def _refuse_without_effect(study: Study, chosen: argparse.Namespace) -> None:
    """Refuse a value of the command line for a factor: every arm has a level of its own, so it would mean nothing."""
    asked = {text.partition("=")[0].strip() for text in chosen.set} | ({"graduates"} if chosen.graduates else set())
    for factor in study.design.factors:
        if factor.name in asked:
            raise UsageError(
                f"{factor.name} is set by the command line, but in the design file it is a factor with levels of its "
                "own; leave one of them out"
            )


def _experiment_of(study: Study, path: Path) -> Experiment:
    """Return the experiment that a design file states; the command line may still ask for other options."""

    def options(parser: Parser) -> None:
        _add_design(parser)
        parser.set_defaults(scenario=study.scenario, seed=study.seed, out=Path("results") / path.stem)

    return Experiment(
        name="sweep",
        description=study.title,
        design=lambda world: study.design,
        runs=Runs(graduates=None, replicates=study.replicates),
        answer=MainEffects(study.title),
        stated=Stated(
            options=options,
            changes=study.changes,
            title=readable(f"{path.name}: {study.title}"),
            inputs=_inputs(path),
        ),
    )


def _inputs(path: Path) -> list[Path]:
    """Return the files that state a design, which has been read: its own and that of its points, if it has one."""
    table = GATE.parse_toml(GATE.read_text(path), path).get("table")
    return [path, *([path.parent / table] if isinstance(table, str) else [])]


def _add_design(parser: Parser) -> None:
    parser.add_argument("--design", type=Path, metavar="FILE", help="TOML file that states the design")


def _design_is_missing(_: object) -> Any:
    raise DesignError("the experiment sweep takes its design from a file, but --design FILE is missing")


EXPERIMENT = Experiment(
    name="sweep",
    description="Any design: a full or fractional grid, a sample or a table, as the file of --design states it",
    order=170,
    design=_design_is_missing,
    runs=Runs(graduates=None, replicates=1),
    answer=MainEffects(""),
    stated=Stated(by=_stated_by, options=_add_design),
)


if __name__ == "__main__":
    run(EXPERIMENT)
