"""Compiled code: two first starts at once, a fresh cache, and a cache folder that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from abm import compiled

ROOT = Path(__file__).parents[2]
RUN = """
import hashlib
from abm.scenario import Scenario
from abm.simulation import Simulation
run = Simulation(Scenario.load("kazakhstan").replace({"graduates": 300, "end": "2026-06"}), seed=3).run()
total = hashlib.sha256(run.graduates.person.tobytes() + run.graduates.belief.tobytes())
for values in run.accounts.monthly().values():
    total.update(values.tobytes())
print(total.hexdigest())
"""


def start(**environment: str) -> subprocess.Popen[str]:
    paths = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.Popen([sys.executable, "-c", RUN], env=paths, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_first_starts_at_once_give_the_bits_of_a_warm_one(tmp_path: Path) -> None:
    """Both compile into the same empty folder; a third process reads what they left."""
    firsts = [start(BRAIN_GAIN_CACHE=str(tmp_path)) for _ in range(2)]
    said = [process.communicate(timeout=900)[0] for process in firsts]
    assert all(process.returncode == 0 for process in firsts)
    compiled_files = sorted(path.name for path in tmp_path.rglob("*.nbc"))
    said.append(start(BRAIN_GAIN_CACHE=str(tmp_path)).communicate(timeout=300)[0])
    assert sorted(path.name for path in tmp_path.rglob("*.nbc")) == compiled_files
    said.append(start().communicate(timeout=900)[0])
    assert len(said[0].strip()) == 64 and len(set(said)) == 1


def test_a_cache_folder_that_cannot_be_made_gives_way_to_a_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("BRAIN_GAIN_CACHE", str(tmp_path / "file"))
    folder = compiled.cache_folder()
    assert folder.is_relative_to(tempfile.gettempdir()) and os.access(folder, os.W_OK)
    assert folder.name == compiled.source_digest()
