"""From an experiment's design to its published folder: check, run, publish.

What is published is made from the store alone: ``runs.csv.xz``, ``effects.csv``, ``table.md``, ``figures/`` and
``manifest.json`` with the digest of all of them.  They replace an earlier publication all at once
(:mod:`abm.sweep.publication`), and only then is anything said of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from abm.gate import Refusal
from abm.scenario import Scenario
from abm.sweep.arms import Arm, Design
from abm.sweep.cluster import ClusterError
from abm.sweep.design import DesignError, Run, plan
from abm.sweep.draws import Draws
from abm.sweep.manifest import (
    ManifestError,
    data_digests,
    file_digests,
    git_state,
    machine,
    read_manifest,
    source_digest,
    versions,
    write_manifest,
)
from abm.sweep.posterior_draws import PosteriorDraws
from abm.sweep.progress import PLAN_SUFFIX, note_plan
from abm.sweep.publication import finish, is_published, publishing, refuse_inputs, refuse_others
from abm.sweep.runner import Simulate, Sweep, SweepError, do_runs
from abm.sweep.store import BESIDE, Store, StoreError
from abm.sweep.work import measured_by
from abm.writing import WORKPLACE, TakenError, write_text
from experiments.study.drawing import posterior_draws
from experiments.study.experiment import ELSEWHERE, Answer, Experiment, Results
from experiments.study.options import UsageError, check_folder, common_options, scenario_of, workers_of
from experiments.study.over_draws import mean_over_seeds, over_draws_lines
from experiments.study.since_2010 import FROM_2010
from experiments.terminal import INTERRUPTED, guarded

__all__ = [
    "FILES",
    "INTERRUPTED",
    "MANIFEST",
    "POINTS",
    "RUNS",
    "SHOWN",
    "STORE",
    "conduct",
    "readable",
    "refuse_another",
    "refuse_published",
    "run",
]

STORE, RUNS, MANIFEST = "runs.sqlite", "runs.csv.xz", "manifest.json"
POINTS = "points.csv.xz"  # the runs of an estimate, a row each
# files of a publication, as far as they are known before the first run
FILES = (
    RUNS,
    POINTS,
    "runs.csv.gz",  # as it was published before runs had digests
    "effects.csv",
    "table.md",
    "costs.csv",
    "differences.csv",
    "main_effects.csv",
    "observed.csv",
    "portfolios.csv",
    "estimates.csv",
    "histories.csv",
    "predictions.csv",
    "priors.csv",
    "verification.csv",
    "unknowns.csv",
    "targets.csv",
    "coverage.csv",
    "posterior.csv",
    "screening.csv",
    "indices.csv",
    "conditions.csv",
    "replications.csv",
    "contrasts.csv",
)
PARTIAL = " and published as a partial result"
SHOWN = 20  # lines of a report that a run prints; all of it is in table.md
MANY_ARMS = 1000  # of which the check takes seconds, so that silence would be odd
# what ends a command in one sentence
FAULTS = (
    Refusal,  # of a scenario, a reform, a posterior, a design, an option
    StoreError,
    ClusterError,
    TakenError,
    SweepError,
    OSError,
    KeyboardInterrupt,
)


@dataclass(frozen=True)
class Task:
    """What the command line asks for, checked: an experiment in a scenario, and its runs."""

    experiment: Experiment
    options: argparse.Namespace
    command: str
    world: Scenario
    design: Design
    arms: Sequence[Arm]
    draws: Draws | PosteriorDraws | None
    runs: Sequence[Run]

    @property
    def inputs(self) -> list[Path]:
        """Files that state what is to be done, which are never replaced."""
        return _inputs(self.experiment, self.options)


def run(experiment: Experiment) -> NoReturn:
    """Run an experiment as a command of its own."""
    sys.exit(guarded(lambda: conduct(experiment, sys.argv[1:])))


def conduct(experiment: Experiment, arguments: Sequence[str], simulate: Simulate | None = None) -> int:
    """Run an experiment as the command line asks, publish it, and return the exit code.

    ``simulate`` does the runs in place of the experiment's own, and they are kept apart from those.
    """
    try:
        experiment = experiment.stated.by(arguments) if experiment.stated.by else experiment
    except (DesignError, UsageError) as error:
        print(error, file=sys.stderr)
        return 2
    simulate = simulate or experiment.runs.simulate
    parser = common_options(
        experiment.name,
        experiment.description,
        graduates=experiment.runs.graduates,
        draws=experiment.runs.draws_of_posterior,
        replicates=experiment.runs.replicates,
    )
    if experiment.runs.draws_of_posterior is not None:
        parser.set_defaults(scenario=FROM_2010)
    experiment.stated.options(parser)
    options = parser.parse_args(arguments)
    has_begun = False
    try:
        task = _task(experiment, options, arguments, measured_by(simulate))
        # the cluster first: if nobody answers there, nothing is written
        with workers_of(options) as where, Store(options.out / STORE, network=options.network_store) as store:
            note_plan(store.path, task.runs, task.command)
            has_begun = True
            sweep = do_runs(
                task.runs,
                store,
                **where,
                simulate=simulate,
                time_limit=options.time_limit,
                quiet=options.quiet,
            )
            report = None  # whoever interrupts has not asked for less than is published already
            if not (sweep.interrupted and _is_complete(options.out)):
                report = _publish(task, store, sweep)
    except FAULTS as error:
        return _refusal(error, options.out, has_begun=has_begun)
    if report is not None and not options.quiet:
        print(_closing_lines(report, options.out, sweep))
    become = "; what is published already stays until all are done" if report is None else PARTIAL
    return _farewell(sweep, options.out, become)


def _task(experiment: Experiment, options: argparse.Namespace, arguments: Sequence[str], measured: str) -> Task:
    """Return what is to be done, once all of it is checked that can be before the first run."""
    world = scenario_of(options, graduates=experiment.runs.graduates, changes=experiment.stated.changes)
    check_folder(options.out)
    finish(options.out)
    _refuse_others(experiment, options.out, _inputs(experiment, options), overwrite=options.overwrite)
    design = experiment.design(world)
    arms = design.arms()
    if len(arms) >= MANY_ARMS and not options.quiet:
        print(f"Checking all {len(arms):,} arms before the first run.", file=sys.stderr)
    own = experiment.runs.draws(world)
    usual = experiment.runs.draws_of_posterior
    drawn = posterior_draws(options, world, own, usual=usual, stated=experiment.stated.changes)
    draws, replicates = (own, options.replicates) if drawn is None else (drawn, drawn.n_replicates)
    runs = plan(world, arms, replicates=replicates, seed=options.seed, measured=measured, draws=draws)
    command = readable(shlex.join(["python", "-m", "experiments", "run", experiment.name, *arguments]))
    return Task(experiment, options, command, world, design, arms, draws, runs)


def _inputs(experiment: Experiment, options: argparse.Namespace) -> list[Path]:
    """Return the files that state what is to be done."""
    posterior = [options.posterior] if options.posterior is not None else []
    return [*experiment.stated.inputs, Path(options.scenario), *posterior]


def _refusal(error: BaseException, folder: Path, *, has_begun: bool) -> int:
    """Say why a command could not go on, and return the exit code."""
    store, code, sentence = folder / STORE, 2, str(error)
    if isinstance(error, KeyboardInterrupt):
        code, sentence = INTERRUPTED, f"Interrupted{_what_is_safe(store)}."
    elif isinstance(error, TakenError):
        # before the first run, what is in the store is of whoever published there
        sentence += f"; finished runs are safe in {store}" if has_begun else ""
    elif isinstance(error, SweepError):
        code = 1
    elif isinstance(error, OSError):
        safe = _what_is_safe(store) if has_begun else ""
        sentence = f"{error.filename or folder}: cannot be written ({error.strerror}){safe}"
    print(sentence, file=sys.stderr)
    return code


def _what_is_safe(store: Path) -> str:
    """Return the end of a sentence about a command that could not go on."""
    return f"; finished runs are safe in {store}, and the same command goes on from there" if store.is_file() else ""


def refuse_published(path: Path) -> None:
    """Refuse to write a file of another kind in place of one that belongs to a publication or to a store of runs.

    Raises
    ------
    TakenError
        If it does, whatever the user has said.
    """
    if os.path.lexists(path) and (path.name.startswith(STORE) or is_published(path)):
        what = "a store of runs" if path.name.startswith(STORE) else "what is published in its folder"
        raise TakenError(f"{path}: this file belongs to {what}; name another file with --out")


def readable(command: str) -> str:
    """Return a command line as UTF-8, whatever the locale; what is no text in it is spelled out."""
    return command.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _refuse_others(experiment: Experiment, folder: Path, inputs: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse a folder where another experiment is published, or what no experiment published.

    Raises
    ------
    TakenError
        If there is such a thing and the user has not said that it may be replaced.
    """
    refuse_others(folder, MANIFEST, FILES, overwrite=overwrite, inputs=inputs)
    for ending in ("", PLAN_SUFFIX, ".lock", *BESIDE):
        refuse_inputs(folder / (STORE + ending), inputs)
    refuse_another(folder, experiment.name, experiment.stated.title, overwrite=overwrite)


def refuse_another(folder: Path, own_name: str, own_title: str = "", *, overwrite: bool) -> None:
    """Refuse a folder where another experiment is published.

    Raises
    ------
    TakenError
        If there is one and the user has not said that it may be replaced.
    """
    try:
        manifest = read_manifest(folder / MANIFEST)
    except ManifestError:
        return
    name, title = manifest.get("experiment"), manifest.get("title", own_title)
    if (name, title) != (own_name, own_title) and not overwrite:
        what = f"'{title}'" if title and name == own_name else f"the experiment {name}"
        raise TakenError(
            f"{folder}: {what} is published there; name another folder with --out, or say --overwrite to replace it"
        )


def _is_complete(folder: Path) -> bool:
    """Return whether a folder holds the publication of a sweep that was not cut short."""
    try:
        return read_manifest(folder / MANIFEST).get("partial") is False
    except ManifestError:
        return False


def _farewell(sweep: Sweep, folder: Path, become: str) -> int:
    if sweep.interrupted:
        print(
            f"Interrupted: {sweep.n_runs - sweep.n_missing} of {sweep.n_runs} runs are safe in {folder / STORE}"
            f"{become}; the same command goes on from there.",
            file=sys.stderr,
        )
        return INTERRUPTED
    if sweep.n_failed:
        print(
            f"{sweep.n_failed} of {sweep.n_runs} runs failed; {folder / RUNS} says why in column error.",
            file=sys.stderr,
        )
        return 1
    return 0


def _publish(task: Task, store: Store, sweep: Sweep) -> str:
    """Publish what the store has and return the report; it is empty while the baseline has no run."""
    options = task.options
    with publishing(options.out, MANIFEST, overwrite=options.overwrite, inputs=task.inputs) as folder:
        report = _write_tables(task, folder, store, sweep)
        # but for what could not be tidied up because the disk was full for a moment
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        files = [name for name in names if WORKPLACE not in name]
        manifest = _provenance(task, sweep) | {"files": file_digests(folder, files)}
        if task.experiment.stated.title:
            manifest["title"] = task.experiment.stated.title
        write_manifest(folder / MANIFEST, manifest)
        store.check_place()
    return report


def _provenance(task: Task, sweep: Sweep) -> dict[str, Any]:
    """Return what made a publication: command, sources, machine, data, scenario, design, seeds and how many runs."""
    drawn = _drawn(task.draws, task.runs)
    return {
        "experiment": task.experiment.name,
        "command": task.command,
        "git": git_state(),
        "versions": versions(),
        "source_digest": source_digest(),
        "machine": machine(),
        "data": data_digests(),
        "scenario": task.world.to_toml(),
        "design": task.design.to_dict() | {"arms": [arm.to_dict() for arm in task.arms]} | drawn,
        "within": list(task.experiment.runs.within),
        "seed": task.options.seed,
        "replicates": _n_replicates(task),
        "runs": {
            "SUCCEEDED": sweep.n_found + sweep.n_succeeded,
            "FAILED": sweep.n_failed,
            "PENDING": sweep.n_missing,
        },
        "partial": bool(sweep.n_missing),
        "seconds": round(sweep.seconds, 1),
    }


def _n_replicates(task: Task) -> int:
    return task.draws.n_replicates if isinstance(task.draws, PosteriorDraws) else int(task.options.replicates)


def _write_tables(task: Task, folder: Path, store: Store, sweep: Sweep) -> str:
    """Write tables and figures to a folder and return the report."""
    from abm.analysis.effects import effects, outcomes_in
    from abm.sweep.table import rows_of, successful, write_runs

    baseline, answer, within = task.arms[0].levels, task.experiment.answer, task.experiment.runs.within
    # all that follows is computed of the table as it is written, so that anyone can compute it again
    measures = task.experiment.runs.measures
    table = write_runs(folder / RUNS, task.runs, store, factors=list(baseline), within=within, measures=measures)
    finished = successful(table) if len(table) else table
    if not len(finished) or not len(rows_of(finished, baseline)):
        return ""
    estimates = effects(finished, list(baseline), baseline, within=within, outcomes=outcomes_in(finished))
    # an arm of which every run failed is as far from an answer as one that was never run
    complete = not sweep.n_missing and all(len(rows_of(finished, arm.levels)) for arm in task.arms)
    results = _over_draws(
        Results(task.world, task.design, task.arms, task.options.seed, finished, estimates, complete, within=within),
        task.draws,
    )
    for name, content in {"effects.csv": estimates, **answer.tables(results)}.items():
        write_text(folder / name, content.to_csv(index=False, lineterminator="\n"))
    report = _with_note(answer.report(results), task.experiment.said_elsewhere(task.world))
    report += "".join(f"{line}\n" for line in over_draws_lines(results))
    write_text(folder / "table.md", report)
    if results.complete:  # whoever interrupts wants the prompt back: tables take a second, figures several
        _draw(answer, results, folder / "figures")
    return report


def _over_draws(results: Results, draws: Draws | PosteriorDraws | None) -> Results:
    """Return results over draws of a posterior, where there are such: what counts replicates then counts draws."""
    if not isinstance(draws, PosteriorDraws):
        return results
    means = mean_over_seeds(results.runs, list(results.arms[0].levels))
    return dataclasses.replace(results, runs=means, every=results.runs, draws=draws)


def _with_note(report: str, note: str) -> str:
    """Return a report with a note as its second paragraph, if there is one."""
    first, _, rest = report.partition("\n\n")
    return f"{first}\n\n{note}\n\n{rest}" if note else report


def _draw(answer: Answer, results: Results, folder: Path) -> None:
    """Draw all figures to a folder."""
    from abm.analysis.figures import save

    for name, figure in answer.figures(results):
        save(figure, folder, name)


def _closing_lines(report: str, folder: Path, sweep: Sweep) -> str:
    """Return the answer in a few lines and where the rest is."""
    figures = folder / "figures"
    where = f"figures are in {figures}" if not sweep.n_missing else "figures are drawn at the end"
    if not report:
        return f"There is no table yet, as the baseline has no run that succeeded; all there is is in {folder}."
    return "\n".join(
        [*_beginning(report), "", f"The table is {folder / 'table.md'}; {where}, all else is in {folder}."]
    )


def _beginning(report: str) -> list[str]:
    """Return a report's first paragraph, its first table as far as there is room, and its meaning if there is."""
    paragraphs = [part.splitlines() for part in report.strip("\n").split("\n\n")]
    shown = list(paragraphs[0])
    for begins, may_be_cut in ((ELSEWHERE, False), ("PARTIAL", False), ("|", True), ("**What it means", False)):
        found = next((part for part in paragraphs[1:] if part[:1] and part[0].startswith(begins)), None)
        if found is None:
            continue
        room = SHOWN - len(shown) - 1
        if len(found) <= room:
            shown += ["", *found]
        elif may_be_cut:
            shown += ["", *found[: room - 1], f"... and {len(found) - room + 1} rows more"]
    return shown


def _drawn(draws: Draws | PosteriorDraws | None, runs: Sequence[Run]) -> dict[str, Any]:
    """Return what was drawn for each replicate as plain values, from which its runs can be repeated."""
    if draws is None:
        return {}
    if isinstance(draws, PosteriorDraws):
        return {"draws": draws.to_dict()}
    seeds = {run.replicate: run.seed for run in runs}
    drawn = [draws.draw(seeds[replicate]).to_dict() for replicate in sorted(seeds)]
    return {"draws": draws.to_dict() | {"replicates": drawn}}
