"""The check of a published folder finds what was edited, taken away or added, in its manifest too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.reforms import Reform
from abm.scenario import Scenario
from abm.sweep.manifest import DIGEST, is_as_written, read_manifest, write_manifest
from experiments.commands.check import check
from experiments.study.conduct import MANIFEST
from tests.reliability.publishing import publish, simulate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(tmp_path / "out", 2)
    assert check(tmp_path / "out", sample=0) == []
    return tmp_path / "out"


def edit(folder: Path, change: Callable[[dict[str, Any]], object], *, digest: str = "kept") -> None:
    """Edit the manifest by hand: its digest is kept, taken out, as older manifests have none, or made anew."""
    content = read_manifest(folder / MANIFEST)
    change(content)
    if digest == "anew":
        write_manifest(folder / MANIFEST, content)
        return
    if digest == "none":
        del content[DIGEST]
    (folder / MANIFEST).write_text(json.dumps(content), encoding="utf-8")


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "seed": lambda content: content.update(seed=2),
    "replicates": lambda content: content.update(replicates=3),
    "command": lambda content: content.update(command="python -m experiments run something-else"),
    "files": lambda content: content.update(files={}),
    "table.md": lambda content: content["files"].pop("table.md"),
    "runs": lambda content: content["runs"].update(SUCCEEDED=5),
    "partial": lambda content: content.update(partial=True),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_manifest_is_found(name: str, folder: Path) -> None:
    edit(folder, EDITS[name])
    assert f"{MANIFEST}: the manifest is not as it was written; it was edited" in check(folder, sample=0)


@pytest.mark.parametrize("digest", ["none", "anew"])
@pytest.mark.parametrize("name", [name for name in EDITS if name != "command"])
def test_what_a_manifest_says_against_its_table_is_found_without_its_digest(
    name: str, digest: str, folder: Path
) -> None:
    edit(folder, EDITS[name], digest=digest)
    said = {
        "seed": "does not follow from the manifest's seed 2",
        "replicates": "the table has 2 replicates, but the manifest says 3",
        "files": "runs.csv.xz: the manifest does not vouch for this file",
        "table.md": "table.md: the manifest does not vouch for this file",
        "runs": "the table has 4 runs that succeeded, but the manifest says 5",
        "partial": "partial is True, but 0 runs are said to be still to do",
    }[name]
    assert any(said in finding for finding in check(folder, sample=0))


def test_a_manifest_from_before_they_had_a_digest_passes_however_it_is_laid_out(folder: Path) -> None:
    edit(folder, lambda content: None)
    assert check(folder, sample=0) == []
    edit(folder, lambda content: None, digest="none")
    assert check(folder, sample=0) == []


def test_a_measure_declared_later_makes_no_other_run_and_another_bit_does(folder: Path) -> None:
    def later(world: Scenario, reforms: Sequence[Reform], seed: int) -> dict[str, Any]:
        series = dict(simulate(world, reforms, seed))
        years = {name: series.pop(name) for name in ("year", "months")}
        return years | {"declared_later": 1.0 + series["net_brain_gain"]} | series

    def changed(world: Scenario, reforms: Sequence[Reform], seed: int) -> dict[str, Any]:
        series = later(world, reforms, seed)
        return series | {"net_brain_gain": np.nextafter(series["net_brain_gain"], np.inf)}

    assert check(folder, sample=4, simulate=later) == []
    findings = check(folder, sample=4, simulate=changed)
    assert len(findings) == 4 and all("not those of the published digest" in finding for finding in findings)


@pytest.mark.parametrize("name", ["differences.csv", "figures/added.png", "figures/added.pdf"])
def test_what_looks_published_but_is_not_is_named(name: str, folder: Path) -> None:
    for each in ("notes.md", "runs.csv", "figures/notes.txt"):
        (folder / each).write_text("mine")
    assert check(folder, sample=0) == []
    (folder / name).write_text("added")
    (finding,) = check(folder, sample=0)
    assert finding == f"{name}: this file is none of those that were published, though it looks like one"


def test_a_manifest_has_the_digest_of_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST
    write_manifest(path, {"files": {}, "seconds": 0.1, "title": "Жалақы", "levels": {2: 1e-300}})
    content = read_manifest(path)
    assert is_as_written(content) and is_as_written({"files": {}})
    again = path.read_bytes()
    write_manifest(path, content)
    assert path.read_bytes() == again
    assert not is_as_written(content | {"seconds": 0.2})
