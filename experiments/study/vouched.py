"""Whether the files of a published folder are those that its manifest vouches for, and all of those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abm.gate import one_line
from abm.sweep.manifest import file_digest, is_as_written
from abm.sweep.publication import FIGURES
from experiments.study.conduct import FILES, MANIFEST, RUNS

__all__ = ["strange_files", "wrong_by_itself", "wrong_files", "wrong_manifest"]

ALWAYS = (RUNS,)  # what every publication has
ANSWERS = ("effects.csv", "table.md")  # and what it has where there is anything to compare with
DRAWN = (".png", ".pdf", ".svg")


def wrong_manifest(manifest: Mapping[str, Any], *, has_answers: bool) -> list[str]:
    """Return what is wrong with a manifest of runs by itself."""
    return wrong_by_itself(manifest, (*ALWAYS, *(ANSWERS if has_answers else ())))


def wrong_by_itself(manifest: Mapping[str, Any], needed: Sequence[str]) -> list[str]:
    """Return what is wrong with a manifest by itself: edited, or silent on a file that it must vouch for."""
    findings = []
    if not is_as_written(manifest):
        findings.append(f"{MANIFEST}: the manifest is not as it was written; it was edited")
    lacking = [name for name in needed if name not in manifest["files"]]
    return findings + [f"{name}: the manifest does not vouch for this file, which belongs to it" for name in lacking]


def wrong_files(folder: Path, digests: Mapping[str, Any]) -> list[str]:
    """Return which files are not those that were published, a sentence each."""
    found = ((name, _wrong_file(folder, name, digest)) for name, digest in sorted(digests.items()))
    return [one_line(f"{name}: {problem}") for name, problem in found if problem]


def strange_files(folder: Path, digests: Mapping[str, Any]) -> list[str]:
    """Return which files look like published ones, but are none: of such a name, or figures among the figures."""
    drawn = (path for path in (folder / FIGURES).glob("*") if path.suffix in DRAWN)
    names = [*FILES, *(path.relative_to(folder).as_posix() for path in sorted(drawn))]
    return [
        one_line(f"{name}: this file is none of those that were published, though it looks like one")
        for name in names
        if name not in digests and name not in ALWAYS and (folder / name).exists()
    ]


def _wrong_file(folder: Path, name: str, digest: Any) -> str:
    """Return what is wrong with a published file, or nothing; what lies elsewhere is not looked at."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return "the manifest names a file that is not in the folder"
    try:
        if not (folder / name).is_file():
            return "the file is missing"
        same = file_digest(folder / name) == digest
    except OSError as error:
        return f"the file cannot be read ({error.strerror or error})"
    return "" if same else "the file is not the one that was published; it was edited or made anew"
