"""How far the sweep in a folder is, whether it is in flight, was stopped or is done, or what is published there."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abm.sweep.manifest import ManifestError, read_manifest
from abm.sweep.progress import Progress, read_progress
from abm.sweep.publication import finish_to_read
from abm.sweep.store import StoreError
from abm.writing import TakenError
from experiments import called
from experiments.study.conduct import MANIFEST, STORE
from experiments.study.options import Parser, folder_name

__all__ = ["main"]

STATUSES = (("SUCCEEDED", "runs succeeded"), ("FAILED", "failed"), ("PENDING", "are still to be done"))


def main(arguments: Sequence[str]) -> int:
    """Say how far a folder's sweep is and return 0, or 2 where there is none."""
    parser = Parser(prog=called("status"), description="Say how far a sweep is, without disturbing it")
    parser.add_argument("folder", type=folder_name, help="folder that the sweep writes")
    options = parser.parse_args(arguments)
    published = options.folder / MANIFEST
    try:
        if said := finish_to_read(options.folder):
            print(said, file=sys.stderr)
        if published.is_file() and not (options.folder / STORE).exists():
            print(_what_is_published(options.folder, read_manifest(published)))
            return 0
        progress = read_progress(options.folder / STORE)
    except (StoreError, ManifestError, TakenError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or options.folder}: cannot be used ({error.strerror})", file=sys.stderr)
        return 2
    print("\n".join(_lines(options.folder, progress)))
    return 0


def _what_is_published(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Return what a folder holds of which the store is gone, as after it was copied."""
    runs = manifest.get("runs")
    counts = runs if isinstance(runs, Mapping) else {}
    named = ", ".join(f"{counts[status]} {said}" for status, said in STATUSES if counts.get(status))
    how_far = "in part" if manifest.get("partial") else "as a whole"
    title = manifest.get("title") or f"the experiment {manifest.get('experiment')}"
    return f"{folder}: {title} is published {how_far} ({named or 'no runs'}); there is no store of a sweep here."


def _lines(folder: Path, progress: Progress) -> list[str]:
    failed = f", {progress.n_failed:,} of them failed" if progress.n_failed else ""
    lines = [f"{folder}: {progress.n_done:,} of {progress.n_planned:,} runs are done{failed}; {_pace(progress)}."]
    lines += [f"  {count:,} x {sentence}" for sentence, count in progress.errors]
    named = sum(count for _, count in progress.errors)
    if named < progress.n_failed:
        lines.append(f"  {progress.n_failed - named:,} failed otherwise")
    return lines


def _pace(progress: Progress) -> str:
    """Return whether the sweep goes on, how fast, and until when."""
    where = f"process {progress.process}"
    if progress.running is None:
        return f"it was started as {where} on {progress.host}, so whether it runs is not known here"
    if not progress.running:
        done = progress.n_done == progress.n_planned
        return "it has ended" if done else "it was stopped, and the command it was started with goes on from there"
    if progress.rate is None or progress.seconds_left is None:
        return f"it runs as {where} and has finished none since it was started"
    return f"it runs as {where}, {_per_second(progress.rate)}, about {_duration(progress.seconds_left)} left"


def _per_second(rate: float) -> str:
    return f"{rate:.3g} runs a second" if rate >= 1.0 else f"a run in {1.0 / rate:.3g} seconds"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
