"""From an experiment's design to its published folder: check, run, publish.

What is published is made from the store alone: ``runs.csv.gz``, ``effects.csv``, ``table.md``, ``figures/`` and, last,
``manifest.json`` with the digest of all of them.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.scenario import Scenario
from abm.sweep.arms import Arm, Design
from abm.sweep.cluster import ClusterError
from abm.sweep.design import DesignError, Run, plan
from abm.sweep.draws import Draws
from abm.sweep.manifest import (
    data_digests,
    file_digests,
    git_state,
    machine,
    source_digest,
    versions,
    write_manifest,
)
from abm.sweep.progress import note_plan
from abm.sweep.runner import Simulate, Sweep, SweepError, run_sweep, simulate_years
from abm.sweep.store import Store, StoreError
from abm.sweep.work import measured_by
from experiments.options import Parser, UsageError, check_folder, common_options, scenario_of, workers_of

if TYPE_CHECKING:  # workers import this module and need no tables
    import pandas as pd

__all__ = ["Experiment", "Results", "conduct"]

STORE = "runs.sqlite"
MANY_ARMS = 1000  # of which the check takes seconds, so that silence would be odd
INTERRUPTED = 130  # the exit code of a command ended by Ctrl-C


@dataclass(frozen=True)
class Results:
    """What an experiment has to draw its figures and its table from."""

    world: Scenario
    arms: Sequence[Arm]  # the first is the baseline
    seed: int
    runs: pd.DataFrame  # a row for each successful run and year
    effects: pd.DataFrame
    folder: Path
    complete: bool


@dataclass(frozen=True)
class Experiment:
    """A question: its design for a scenario, the table that answers it, and its figures.

    ``changes`` are scenario values beneath what the command line sets; ``options`` adds to the common options or sets
    other defaults; ``tables`` are further ones to publish as CSV, by the name of the file; ``within`` are factors that
    make worlds, in each of which arms are compared with that world's own baseline; ``draws`` says what is uncertain and
    drawn anew for each replicate; ``simulate`` does one run, where the accounts alone do not answer the question: it
    adds yearly measures of its own.
    """

    name: str
    description: str
    graduates: int | None  # None: as many as the scenario says
    replicates: int
    design: Callable[[Scenario], Design]
    report: Callable[[Results], str]
    figures: Callable[[Results], list[str]]
    tables: Callable[[Results], Mapping[str, pd.DataFrame]] = lambda results: {}
    changes: Mapping[str, Any] = field(default_factory=dict)
    options: Callable[[Parser], None] = lambda parser: None
    within: Sequence[str] = ()
    draws: Callable[[Scenario], Draws | None] = lambda world: None
    simulate: Simulate = simulate_years


def conduct(experiment: Experiment, arguments: Sequence[str], simulate: Simulate | None = None) -> int:
    """Run an experiment as the command line asks, publish it, and return the exit code.

    ``simulate`` does the runs in place of the experiment's own.
    """
    parser = common_options(
        experiment.name, experiment.description, graduates=experiment.graduates, replicates=experiment.replicates
    )
    experiment.options(parser)
    options = parser.parse_args(arguments)
    try:
        world = scenario_of(options, graduates=experiment.graduates, changes=experiment.changes)
        check_folder(options.out)
        design = experiment.design(world)
        arms = design.arms()
        if len(arms) >= MANY_ARMS and not options.quiet:
            print(f"Checking all {len(arms):,} arms before the first run.", file=sys.stderr)
        draws, measured = experiment.draws(world), measured_by(experiment.simulate)
        runs = plan(world, arms, replicates=options.replicates, seed=options.seed, measured=measured, draws=draws)
        command = shlex.join(["python", "-m", "experiments", "run", experiment.name, *arguments])
        # the cluster first: if nobody answers there, nothing is written
        with workers_of(options) as where, Store(options.out / STORE, network=options.network_store) as store:
            note_plan(store.path, runs, command)
            sweep = run_sweep(
                runs,
                store,
                **where,
                simulate=simulate or experiment.simulate,
                time_limit=options.time_limit,
                quiet=options.quiet,
            )
            _publish(experiment, options, command, world, design, arms, draws, runs, store, sweep)
    except (UsageError, DesignError, StoreError, ClusterError) as error:
        print(error, file=sys.stderr)
        return 2
    except SweepError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"{error.filename or options.out}: cannot be written ({error.strerror}); finished runs are safe in "
            f"{options.out / STORE}, and the same command goes on from there",
            file=sys.stderr,
        )
        return 2
    return _farewell(sweep, options.out)


def _farewell(sweep: Sweep, folder: Path) -> int:
    if sweep.interrupted:
        print(
            f"Interrupted: {sweep.n_runs - sweep.n_missing} of {sweep.n_runs} runs are safe in {folder / STORE} and "
            "published as a partial result; the same command goes on from there.",
            file=sys.stderr,
        )
        return INTERRUPTED
    if sweep.n_failed:
        print(
            f"{sweep.n_failed} of {sweep.n_runs} runs failed; {folder / 'runs.csv.gz'} says why in column error.",
            file=sys.stderr,
        )
        return 1
    return 0


def _publish(
    experiment: Experiment,
    options: argparse.Namespace,
    command: str,
    world: Scenario,
    design: Design,
    arms: Sequence[Arm],
    draws: Draws | None,
    runs: Sequence[Run],
    store: Store,
    sweep: Sweep,
) -> None:
    """Write the folder from the store; the manifest comes last, so that it never speaks of what is not there."""
    from abm.analysis.effects import effects
    from abm.sweep.table import rows_of, runs_frame, successful, write_runs

    folder: Path = options.out
    earlier = _published_files(folder)
    (folder / "manifest.json").unlink(missing_ok=True)
    write_runs(folder / "runs.csv.gz", runs, store)
    files = ["runs.csv.gz"]
    table = runs_frame(runs, store)
    finished = successful(table) if len(table) else table
    baseline = arms[0].levels
    if len(finished) and len(rows_of(finished, baseline)):
        estimates = effects(finished, list(baseline), baseline, within=experiment.within)
        # an arm of which every run failed is as far from an answer as one that was never run
        complete = not sweep.n_missing and all(len(rows_of(finished, arm.levels)) for arm in arms)
        results = Results(world, arms, options.seed, finished, estimates, folder, complete)
        estimates.to_csv(folder / "effects.csv", index=False, lineterminator="\n")
        report = experiment.report(results)
        (folder / "table.md").write_text(report, encoding="utf-8")
        files += ["effects.csv", "table.md"]
        for name, content in experiment.tables(results).items():
            content.to_csv(folder / name, index=False, lineterminator="\n")
            files.append(name)
        if results.complete:  # whoever interrupts wants the prompt back: tables take a second, figures several
            files += [f"figures/{name}" for name in experiment.figures(results)]
        if not options.quiet:
            print(report)
    for name in earlier - set(files):
        (folder / name).unlink(missing_ok=True)  # what an earlier, larger publication left must not pass for this one
    counts = {
        "SUCCEEDED": sweep.n_found + sweep.n_succeeded,
        "FAILED": sweep.n_failed,
        "PENDING": sweep.n_missing,
    }
    manifest: dict[str, Any] = {
        "experiment": experiment.name,
        "command": command,
        "git": git_state(),
        "versions": versions(),
        "source_digest": source_digest(),
        "machine": machine(),
        "data": data_digests(),
        "scenario": world.to_toml(),
        "design": design.to_dict() | {"arms": [arm.to_dict() for arm in arms]} | _drawn(draws, runs),
        "seed": options.seed,
        "replicates": options.replicates,
        "runs": counts,
        "partial": bool(sweep.n_missing),
        "seconds": round(sweep.seconds, 1),
        "files": file_digests(folder, files),
    }
    write_manifest(folder / "manifest.json", manifest)
    if not options.quiet:
        where = f"figures are in {folder / 'figures'}" if not sweep.n_missing else "figures are drawn at the end"
        print(f"\nThe table is {folder / 'table.md'}; {where}, all else is in {folder}.")


def _drawn(draws: Draws | None, runs: Sequence[Run]) -> dict[str, Any]:
    """Return what was drawn for each replicate as plain values, from which its runs can be repeated."""
    if draws is None:
        return {}
    seeds = {run.replicate: run.seed for run in runs}
    drawn = [draws.draw(seeds[replicate]).to_dict() for replicate in sorted(seeds)]
    return {"draws": draws.to_dict() | {"replicates": drawn}}


def _published_files(folder: Path) -> set[str]:
    """Return the files that an earlier manifest of this folder speaks for and that are inside it."""
    try:
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    names = {name for name in files if isinstance(name, str)}
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}
