"""The manifest of a published result: what made it, so that anyone can make it again or see why they cannot."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from abm.engine.version import PACKAGE, model_version, source_digest, versions
from abm.gate import Gate, Refusal
from abm.writing import write_text

__all__ = [
    "DIGEST",
    "ManifestError",
    "data_digests",
    "file_digest",
    "file_digests",
    "git_state",
    "is_as_written",
    "machine",
    "model_version",
    "read_manifest",
    "source_digest",
    "versions",
    "write_manifest",
]

DIGEST = "digest"  # of a manifest: its key for that of all the rest of it
LINE = 400  # letters of a line of a manifest that holds more than one value, at most: a reform with all its numbers


class ManifestError(Refusal):
    """A manifest that cannot be read, said in one sentence."""


GATE = Gate(ManifestError, "a manifest", largest=1_000_000_000)  # of a design of a million arms


def git_state() -> dict[str, Any]:
    """Return the commit the package stands at and whether its sources differ from it; both None outside a checkout."""
    top = _git("rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != PACKAGE.parent.resolve():
        return {"commit": None, "dirty": None}
    changes = _git("status", "--porcelain", "--", "abm", "experiments", "setup.cfg")
    return {"commit": _git("rev-parse", "HEAD"), "dirty": None if changes is None else bool(changes)}


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(PACKAGE.parent), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return os.fsdecode(done.stdout).strip()


def machine() -> dict[str, Any]:
    """Return what of the machine can matter to the last bit, and how many cores it had."""
    return {
        "system": platform.system(),
        "mathematical library": " ".join(platform.libc_ver()).strip(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }


def file_digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def data_digests() -> dict[str, str]:
    """Return the sha256 of every data and scenario file of the package."""
    found = [path for folder in ("data", "scenarios") for path in (PACKAGE / folder).glob("*.*") if path.is_file()]
    return {path.relative_to(PACKAGE.parent).as_posix(): file_digest(path) for path in sorted(found)}


def file_digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the sha256 of some files of a folder, by their names within it."""
    return {name: file_digest(folder / name) for name in sorted(names)}


def read_manifest(path: Path) -> dict[str, Any]:
    """Return what a manifest says.

    Raises
    ------
    ManifestError
        If it cannot be read or is no manifest.
    """
    content = GATE.parse_json(GATE.read_text(path), path)
    if not isinstance(content, dict):
        GATE.fail(path, "this is not a manifest of an experiment")
    return content


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest, with a digest of itself: the same content is the same bytes."""
    plain = json.loads(json.dumps(content, allow_nan=False))
    plain[DIGEST] = _own_digest(plain)
    write_text(path, _laid_out(plain) + "\n")


def _laid_out(value: Any, indent: int = 0) -> str:
    """Return JSON in which what fits on a line is on one: of thousands of reforms most lines would be a bracket."""
    line = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if indent + len(line) <= LINE or not isinstance(value, (dict, list)):
        return line
    inner, margin = indent + 1, " " * indent
    if isinstance(value, list):
        parts = [_laid_out(each, inner) for each in value]
    else:
        parts = [f"{json.dumps(name, ensure_ascii=False)}: {_laid_out(value[name], inner)}" for name in sorted(value)]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return f"{opening}\n{margin} " + f",\n{margin} ".join(parts) + f"\n{margin}{closing}"


def is_as_written(content: Mapping[str, Any]) -> bool:
    """Return whether a manifest is as it was written; of one from before they had a digest that is not known: True."""
    return DIGEST not in content or content[DIGEST] == _own_digest(content)


def _own_digest(content: Mapping[str, Any]) -> str:
    """Return the sha256 of what a manifest says beside it, however that is laid out."""
    rest = {name: value for name, value in content.items() if name != DIGEST}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
