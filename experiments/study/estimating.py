"""From an estimate's tables to its published folder, and back: whether the same tables come out again.

A published number has six digits after the point.  Made again it is the same if it differs by no more than that
rounding, since sums over many rows may be added up in another order elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import io
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.gate import Refusal
from abm.sweep.design import DesignError
from abm.sweep.manifest import file_digest, file_digests, git_state, machine, source_digest, versions, write_manifest
from abm.sweep.publication import finish, publishing, refuse_others
from abm.sweep.runner import SweepError
from abm.sweep.store import Store, StoreError
from abm.sweep.table import read_runs, write_points
from abm.wording import shown
from abm.writing import WORKPLACE, TakenError, write_text
from experiments import called
from experiments.study.conduct import MANIFEST, POINTS, STORE, readable, refuse_another
from experiments.study.estimate import Estimate, Found, Made
from experiments.study.options import (
    Parser,
    UsageError,
    add_overwrite,
    check_folder,
    folder_name,
    usable_cores,
    whole_number,
)
from experiments.study.vouched import strange_files, wrong_by_itself, wrong_files
from experiments.terminal import INTERRUPTED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ESTIMATE", "carry_out", "check_estimate"]

ESTIMATE = "estimate"  # the manifest's kind of such a publication
REPORT = "table.md"
DIGITS, TOLERANCE = 6, 2e-6


def carry_out(estimate: Estimate, arguments: Sequence[str]) -> int:
    """Make an estimate as the command line asks, publish it, and return the exit code."""
    options = _parser(estimate).parse_args(arguments)
    command = readable(shlex.join(["python", "-m", "experiments", "run", estimate.name, *arguments]))
    try:
        if said := estimate.missing():
            raise UsageError(said)
        check_folder(options.out)
        finish(options.out)
        refuse_another(options.out, estimate.name, overwrite=options.overwrite)
        refuse_others(options.out, MANIFEST, [REPORT], overwrite=options.overwrite, inputs=estimate.inputs())
        options.out.mkdir(parents=True, exist_ok=True)
        given = _made(estimate.made, options) if estimate.made else ()
        found = estimate.answer(options, options.out / STORE) if estimate.keeps_runs else estimate.answer(*given)
        with publishing(options.out, MANIFEST, overwrite=options.overwrite, inputs=estimate.inputs()) as folder:
            _write(folder, found)
            for table in given:
                write_points(folder / POINTS, table)
            write_manifest(folder / MANIFEST, _manifest(estimate, command, folder) | _told(estimate, options))
    except (Refusal, TakenError, StoreError, DesignError) as error:
        print(error, file=sys.stderr)
        return 2
    except (SweepError, KeyboardInterrupt) as error:
        said = str(error) or "Interrupted"
        safe = f"finished runs are safe in {options.out / STORE}, and the same command goes on from there"
        print(f"{said}; {safe}", file=sys.stderr)
        return 1 if isinstance(error, SweepError) else INTERRUPTED
    except OSError as error:
        print(f"{error.filename or options.out}: cannot be written ({error.strerror})", file=sys.stderr)
        return 2
    if not options.quiet:
        print(found.report.split("\n\n")[0])
        print(f"\nThe table is {options.out / REPORT}; all else is in {options.out}.")
    return 0


def _parser(estimate: Estimate) -> Parser:
    """Return the parser of an estimate's command line."""
    parser = Parser(prog=called("run", estimate.name), description=estimate.description)
    parser.add_argument("--out", type=folder_name, default=Path("results") / estimate.name, metavar="DIR")
    add_overwrite(parser, "files in DIR that were not published there by this command")
    parser.add_argument("--quiet", action="store_true", help="say nothing at the end")
    if estimate.made or estimate.keeps_runs:
        parser.add_argument(
            "--workers", type=whole_number(1, 4096), default=usable_cores(), metavar="N", help="processes that run"
        )
    estimate.options(parser)
    return parser


def _told(estimate: Estimate, options: argparse.Namespace) -> dict[str, Any]:
    """Return for the manifest which options of an estimate's own change what comes out."""
    asked = {name: str(value) for name in estimate.telling if (value := getattr(options, name)) is not None}
    return {"options": asked} if estimate.telling else {}


def _asked_again(estimate: Estimate, manifest: Mapping[str, Any]) -> argparse.Namespace:
    """Return the options with which a published estimate was made.

    Raises
    ------
    UsageError
        If the manifest has others.
    """
    told = manifest.get("options", {})
    if not isinstance(told, Mapping) or not set(told) <= set(estimate.telling):
        allowed = ", ".join(estimate.telling) or "nothing"
        raise UsageError(f"{MANIFEST}: options is {shown(told)}, but may name {allowed}")
    return _parser(estimate).parse_args([*(f"--{name}={value}" for name, value in told.items()), "--quiet"])


def _made(made: Made, options: argparse.Namespace) -> tuple[pd.DataFrame]:
    """Return the table of an estimate's runs, having done those that its store does not have."""
    with Store(options.out / STORE) as store:
        return (made.runs(store, {"workers": options.workers, "quiet": options.quiet}),)


def _write(folder: Path, found: Found) -> None:
    """Write report, tables and figures."""
    from abm.analysis.figures import save

    for name, table in found.tables.items():
        write_text(folder / name, _as_text(table))
    write_text(folder / REPORT, found.report)
    for name, figure in found.figures():
        save(figure, folder / "figures", name)


def _as_text(table: pd.DataFrame) -> str:
    return table.round(DIGITS).to_csv(index=False, lineterminator="\n")


def _manifest(estimate: Estimate, command: str, folder: Path) -> dict[str, Any]:
    """Return what made a publication, and the digests of what went in and came out."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return {
        "experiment": estimate.name,
        "kind": ESTIMATE,
        "command": command,
        "git": git_state(),
        "versions": _versions(estimate),
        "source_digest": source_digest(),
        "machine": machine(),
        "inputs": _digests(estimate),
        "partial": False,
        "files": file_digests(folder, [name for name in names if WORKPLACE not in name]),
    }


def _versions(estimate: Estimate) -> dict[str, str | None]:
    return versions() | {library: importlib.metadata.version(library) for library in estimate.libraries}


def _digests(estimate: Estimate) -> dict[str, str]:
    return {path.name: file_digest(path) for path in sorted(estimate.inputs())}


def check_estimate(
    estimate: Estimate, folder: Path, manifest: Mapping[str, Any], *, sample: int = 3, seed: int = 0
) -> list[str]:
    """Return what is wrong with a published estimate, a sentence each: files, inputs, and tables made again.

    Of its own runs, if it makes any, so many are made again; ``seed`` says which.

    Raises
    ------
    UsageError
        If it cannot be made again here.
    """
    if said := estimate.missing():
        raise UsageError(said)
    digests = manifest["files"]
    findings = wrong_files(folder, digests)
    print(f"{len(digests) - len(findings)} of {len(digests)} files are as published.")
    changed = {finding.partition(":")[0] for finding in findings}
    findings += wrong_by_itself(manifest, (REPORT,)) + strange_files(folder, digests)
    stated = manifest.get("inputs", {})
    findings += [
        f"{name}: this table is not the one that the estimates were made from"
        for name, digest in _digests(estimate).items()
        if stated.get(name) != digest
    ]
    given: tuple[pd.DataFrame, ...] = ()
    if estimate.made:
        if POINTS not in digests or POINTS in changed:
            return [*findings, f"{POINTS}: without this table as it was published nothing can be made again"]
        given = (read_runs(folder / POINTS),)
        findings += _wrong_points(estimate.made, given[0], sample, seed)
    asked = _asked_again(estimate, manifest)
    found = estimate.answer(asked, None) if estimate.keeps_runs else estimate.answer(*given)
    again = {name: table for name, table in found.tables.items() if name not in changed}
    unlike = [said for name, table in again.items() if (said := _difference(folder / name, table))]
    print(f"{len(again) - len(unlike)} of {len(again)} tables come out the same.")
    return findings + unlike


def _wrong_points(made: Made, table: pd.DataFrame, sample: int, seed: int) -> list[str]:
    """Return what differs in some runs that are made again."""
    ordered = sorted(range(len(table)), key=lambda row: hashlib.sha256(f"{seed} {row}".encode()).digest())
    found = [made.again(table.iloc[row]) for row in ordered[:sample]]
    print(f"{sum(not said for said in found)} of {len(found)} runs are the same to the digits that are published.")
    return [said for said in found if said]


def _difference(path: Path, table: pd.DataFrame) -> str:
    """Return where a published table is not the one that comes out, or nothing."""
    import pandas as pd

    published = path.read_bytes().decode("utf-8", "replace")
    if published == (made := _as_text(table)):
        return ""
    old, new = (pd.read_csv(io.StringIO(text)) for text in (published, made))
    try:
        pd.testing.assert_frame_equal(old, new, rtol=TOLERANCE, atol=TOLERANCE)
    except AssertionError as error:
        said = " ".join(str(error).split())
        return f"{path.name}: another table comes out ({said}); suspect other versions, data or sources"
    return ""
