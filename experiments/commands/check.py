"""Whether a published folder is what its manifest says, and whether its effects and runs come out again to the bit.

Effects are computed again of the table of runs as it is published.  Its measures are rounded, so a run that is made
again is known by the digest of its rows before they were rounded; which number differs is said as far as the rounded
ones tell.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm import reforms
from abm.engine.streams import replicate_seed
from abm.reforms.base import ReformError
from abm.scenario import Scenario, ScenarioError
from abm.sweep.manifest import ManifestError, data_digests, read_manifest, source_digest, versions
from abm.sweep.posterior_draws import POSTERIOR
from abm.sweep.publication import finish_to_read
from abm.sweep.runner import Simulate, simulate_years
from abm.sweep.store import FAILED, SUCCEEDED, digest_of
from abm.writing import TakenError
from experiments import called
from experiments.questions import EXPERIMENTS, experiment
from experiments.study.conduct import MANIFEST, RUNS
from experiments.study.estimate import Estimate
from experiments.study.estimating import ESTIMATE, check_estimate
from experiments.study.experiment import Experiment
from experiments.study.options import Parser, UsageError, folder_name, whole_number
from experiments.study.vouched import strange_files, wrong_files, wrong_manifest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check", "main"]

OLD_RUNS = "runs.csv.gz"
NEEDED: dict[str, type] = {  # of a manifest
    "files": dict,
    "scenario": str,
    "design": dict,
    "versions": dict,
    "source_digest": str,
    "runs": dict,
    "partial": bool,
    "seed": int,
    "replicates": int,
}


def main(arguments: Sequence[str]) -> int:
    """Check a folder as the command line asks and return 0 if all is well, 1 if anything differs, 2 for a mistake."""
    parser = Parser(prog=called("check"), description="Verify a published folder and repeat some runs")
    parser.add_argument("folder", type=folder_name, help="folder with a manifest.json")
    parser.add_argument("--sample", type=whole_number(0), default=3, metavar="N", help="runs to repeat")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="which runs these are")
    options = parser.parse_args(arguments)
    try:
        findings = check(options.folder, sample=options.sample, seed=options.seed)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def check(folder: Path, *, sample: int = 3, seed: int = 0, simulate: Simulate | None = None) -> list[str]:
    """Return what is wrong with a published folder, a sentence each; nothing if all is well.

    Parameters
    ----------
    folder : Path
        Where ``manifest.json`` is.
    sample, seed : int
        How many runs to repeat, and which choice of them.
    simulate : callable, optional
        Does one run; left out, as the experiment does it that the manifest names.

    Raises
    ------
    UsageError
        If there is no manifest to check against.
    """
    manifest = _manifest(folder)
    if manifest.get("kind") == ESTIMATE:
        return check_estimate(_estimate_of(folder, manifest), folder, manifest, sample=sample, seed=seed)
    if RUNS not in manifest["files"] and OLD_RUNS in manifest["files"]:
        raise UsageError(
            f"{folder}: this was published before runs had digests, as {OLD_RUNS}; check it with the version that "
            "its manifest names, or publish it anew by the command that stands there"
        )
    findings = wrong_files(folder, manifest["files"])
    changed = {finding.partition(":")[0] for finding in findings}
    n_files = len(manifest["files"])
    print(f"{n_files - len(findings)} of {n_files} files are as published.")
    findings += strange_files(folder, manifest["files"])
    has_answers = False
    if (folder / RUNS).is_file():
        published = _Published(folder, manifest, simulate or _simulate_of(manifest), as_published=RUNS not in changed)
        found, has_answers = _wrong_runs(published, sample, seed, effects_too="effects.csv" not in changed)
        findings += found
    return wrong_manifest(manifest, has_answers=has_answers) + findings


@dataclass(frozen=True)
class _Published:
    """A published folder: its manifest, what does a run of it, and whether its table is the one that was published."""

    folder: Path
    manifest: Mapping[str, Any]
    simulate: Simulate
    as_published: bool


def _simulate_of(manifest: Mapping[str, Any]) -> Simulate:
    """Return what does a run of the experiment that published a folder; one that is not ours measures the accounts."""
    name = str(manifest.get("experiment"))
    found = experiment(name) if name in EXPERIMENTS else None
    return found.runs.simulate if isinstance(found, Experiment) else simulate_years


def _estimate_of(folder: Path, manifest: Mapping[str, Any]) -> Estimate:
    """Return the estimate that published a folder."""
    name = str(manifest.get("experiment"))
    found = experiment(name) if name in EXPERIMENTS else None
    if not isinstance(found, Estimate):
        raise UsageError(f"{folder / MANIFEST}: there is no estimate '{name}'")
    return found


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        if said := finish_to_read(folder):
            print(said, file=sys.stderr)
        manifest = read_manifest(path)
    except OSError as error:
        raise UsageError(f"{folder}: its publication was cut short and cannot be finished ({error.strerror})") from None
    except (ManifestError, TakenError) as error:
        raise UsageError(str(error)) from None
    needed = {"files": dict} if manifest.get("kind") == ESTIMATE else NEEDED
    missing = {name for name, kind in needed.items() if not isinstance(manifest.get(name), kind)}
    if missing:
        raise UsageError(f"{path}: the manifest lacks {', '.join(sorted(missing))}")
    return manifest


def _wrong_runs(published: _Published, sample: int, seed: int, *, effects_too: bool) -> tuple[list[str], bool]:
    """Return what is wrong with the table of runs and what is computed of it; and whether the baseline has any run."""
    from abm.sweep.table import read_runs, rows_of, successful

    manifest = published.manifest
    try:
        whole = read_runs(published.folder / RUNS)
        table = _with_levels(successful(whole), manifest["design"]["arms"])
        findings = _wrong_counts(manifest, whole) + _wrong_seeds(manifest, whole) + _wrong_draws(manifest, whole)
        has_answers = bool(len(rows_of(table, manifest["design"]["arms"][0]["levels"])))
        if has_answers and effects_too:
            findings += _wrong_effects(published, table)
        findings += _unlike_runs(published, table, sample, seed)
    except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
        cause = "so no run can be repeated" if published.as_published else "most likely because it was edited"
        return [f"{RUNS}: the table and the manifest do not fit together ({error}), {cause}"], False
    _say_what_is_not_repeated(manifest)
    return findings, has_answers


def _with_levels(table: pd.DataFrame, arms: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table with the levels of its arms as they were before they became text."""
    levels = {name: {str(arm["levels"][name]): arm["levels"][name] for arm in arms} for name in arms[0]["levels"]}
    return table.assign(
        **{name: [known.get(str(cell), cell) for cell in table[name]] for name, known in levels.items()}
    )


def _wrong_effects(published: _Published, table: pd.DataFrame) -> list[str]:
    """Return whether effects computed of the table are not those that are published."""
    from abm.analysis.effects import effects, outcomes_in

    path = published.folder / "effects.csv"
    if not path.is_file():
        return []  # of which the manifest's own check speaks
    baseline = published.manifest["design"]["arms"][0]["levels"]
    # a manifest has its keys in the order of the alphabet, the table its factors in that of the design
    factors = [name for name in table.columns if name in baseline]
    within = published.manifest.get("within", [])
    again = effects(table, factors, baseline, within=within, outcomes=outcomes_in(table))
    if again.to_csv(index=False, lineterminator="\n") == path.read_bytes().decode("utf-8", "replace"):
        print("The effects come out of the table the same to the bit.")
        return []
    return [f"effects.csv: other effects come out of {RUNS}; {_likely_cause(published)}"]


def _unlike_runs(published: _Published, table: pd.DataFrame, sample: int, seed: int) -> list[str]:
    """Repeat some runs and return which differ from the table, and why that may be."""
    from abm.sweep.table import measures_of

    design = published.manifest["design"]
    names = [factor["name"] for factor in design["factors"]]
    drawn = [factor["name"] for factor in design.get("draws", {}).get("factors", [])]
    measures = measures_of(table, [*names, *drawn])
    every = sorted(table["run"].unique(), key=lambda run: hashlib.sha256(f"{seed} {run}".encode()).digest())
    picked, findings = every[:sample], []
    for run in picked:
        rows = _of_one_arm(table[table["run"] == run], names)
        now = _repeat(published.manifest, rows, names, published.simulate)
        if (difference := _difference(rows, measures, now)) is not None:
            findings.append(f"{RUNS}: run {run}: {difference}; {_likely_cause(published)}")
    if sample:
        same = len(picked) - len(findings)
        print(f"{same} of {len(picked)} runs picked from {len(every)} come out the same to the bit.")
    return findings


def _wrong_counts(manifest: Mapping[str, Any], table: pd.DataFrame) -> list[str]:
    """Return whether the table has other numbers of runs than the manifest says, by what became of them."""
    counted = table.drop_duplicates("run")["status"].value_counts()
    findings = [
        f"{RUNS}: the table has {int(counted.get(status, 0))} runs that {said}, but the manifest says {expected}"
        for status, said in ((SUCCEEDED, "succeeded"), (FAILED, "failed"))
        if (expected := manifest["runs"][status]) != counted.get(status, 0)
    ]
    if bool(manifest["partial"]) != bool(pending := manifest["runs"]["PENDING"]):
        findings.append(f"{MANIFEST}: partial is {manifest['partial']}, but {pending} runs are said to be still to do")
    return findings


def _wrong_seeds(manifest: Mapping[str, Any], table: pd.DataFrame) -> list[str]:
    """Return whether the table is of other replicates than the manifest says, or of other luck than its seed gives."""
    expected, seed = manifest["replicates"], manifest["seed"]
    luck = dict(zip(table["replicate"].tolist(), table["seed"].tolist(), strict=True))
    findings = []
    if any(replicate >= expected for replicate in luck) or (not manifest["partial"] and len(luck) != expected):
        findings.append(f"{RUNS}: the table has {len(luck)} replicates, but the manifest says {expected}")
    if other := [replicate for replicate in sorted(luck) if luck[replicate] != replicate_seed(seed, replicate)]:
        findings.append(
            f"{RUNS}: replicate {other[0]} has the seed {luck[other[0]]}, which does not follow from the "
            f"manifest's seed {seed}"
        )
    return findings


def _wrong_draws(manifest: Mapping[str, Any], table: pd.DataFrame) -> list[str]:
    """Return whether a replicate is said to be of another draw of a posterior than the manifest has it."""
    draws = manifest["design"].get("draws", {})
    if draws.get("kind") != POSTERIOR:
        return []
    for replicate, draw in zip(table["replicate"].tolist(), table["draw"].tolist(), strict=True):
        if draw != replicate // draws["seeds"]:
            return [
                f"{RUNS}: replicate {replicate} is of draw {draw}, but by the manifest {replicate // draws['seeds']}"
            ]
    return []


def _of_one_arm(rows: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the first arm: arms that come to the same, as with a reform left out, share their runs."""
    from abm.sweep.table import rows_of

    return rows_of(rows, {name: rows[name].iloc[0] for name in factors})


def _say_what_is_not_repeated(manifest: Mapping[str, Any]) -> None:
    counts = manifest.get("runs", {})
    if counts.get(FAILED):
        print(f"{counts[FAILED]} runs failed; column error says why, and none of them is repeated.")
    if manifest.get("partial"):
        print(f"The sweep was published before its end; {counts.get('PENDING', 'some')} runs are still to be done.")


def _repeat(
    manifest: Mapping[str, Any], published: pd.DataFrame, factors: Sequence[str], simulate: Simulate
) -> Mapping[str, Any]:
    first = published.iloc[0]
    arm = next(
        (
            arm
            for arm in manifest["design"]["arms"]
            if all(_equal(arm["levels"][name], first[name]) for name in factors)
        ),
        None,
    )
    if arm is None:
        raise KeyError("an arm of the table is not in the design")
    try:
        world = Scenario.from_toml(manifest["scenario"], "manifest.json")
        drawn = _draw(manifest, int(first["replicate"]))
        overrides = drawn["overrides"] | arm["overrides"]
        world = world.replace(overrides) if overrides else world
        plan = [_reform(values) for values in (*arm["reforms"], *drawn["reforms"])]
    except (ScenarioError, ReformError) as error:
        raise ValueError(str(error)) from None
    return simulate(world, plan, int(first["seed"]))


def _draw(manifest: Mapping[str, Any], replicate: int) -> Mapping[str, Any]:
    """Return what was drawn for a replicate: nothing, where nothing is uncertain."""
    draws = manifest["design"].get("draws")
    if draws is None:
        return {"overrides": {}, "reforms": []}
    drawn: Mapping[str, Any] = (
        draws["each"][replicate // draws["seeds"]] if draws.get("kind") == POSTERIOR else draws["replicates"][replicate]
    )
    return drawn


def _equal(level: Any, cell: Any) -> bool:
    return bool(level == cell) or str(level) == str(cell)


def _reform(values: Mapping[str, Any]) -> reforms.Reform:
    arguments = dict(values)
    name = arguments.pop("reform")
    if name not in reforms.KINDS:
        raise ValueError(f"there is no reform {name}")
    return reforms.KINDS[name](**arguments)


def _difference(published: pd.DataFrame, measures: Sequence[str], now: Mapping[str, Any]) -> str | None:
    """Return the first number that differs, or that none does as far as they are published; None if every bit is."""
    from abm.sweep.rounding import step_shown

    if list(published["year"]) != [int(year) for year in now["year"]]:
        return "it has other years"
    for measure in measures:
        if measure not in now:
            return f"{measure} is no longer computed"
        half = 0.5 * step_shown(published[measure].to_numpy(float))
        for year, old, new in zip(published["year"], published[measure], now[measure], strict=True):
            if abs(float(old) - float(new)) > half + 2.0 * math.ulp(float(new)):
                return f"{measure} in {year} is published as {float(old)!r}, but comes out as {float(new)!r}"
    # what was published, in its order: a measure declared since makes no other run
    series = {name: values for name, values in now.items() if name in ("year", "months", *measures)}
    if digest_of(series) != published["digest"].iloc[0]:
        return "its unrounded rows are not those of the published digest, though rounded they are alike"
    return None


def _likely_cause(published: _Published) -> str:
    manifest = published.manifest
    if not published.as_published:
        return "the table was edited"
    if manifest["source_digest"] != source_digest():
        return "the model's sources are not those that made the table"
    changed = [
        f"{name} {old} then, {versions().get(name)} now"
        for name, old in manifest["versions"].items()
        if versions().get(name) != old
    ]
    if changed:
        return f"other versions: {', '.join(changed)}"
    then, now = manifest.get("data", {}), data_digests()
    files = [name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)]
    if then and files:
        return f"other data: {', '.join(files)}"
    return "sources, versions and data are the same, so suspect another processor or mathematical library"
