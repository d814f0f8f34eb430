"""The worked changes of docs/contributing.md can be made, and do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sources import ROOT

pytestmark = pytest.mark.slow

BLOCK = re.compile(r"^```(diff|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGES = ("A reform", "A measure", "A question", "A rule")
COPIED = ("abm", "experiments", "tests", "docs", "setup.cfg")


def blocks_of(change: str) -> dict[str, str]:
    """Return the diff and the commands of a change."""
    text = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    (section,) = (part for part in text.split("\n## ") if part.startswith(f"{change}\n"))
    found = BLOCK.findall(section)
    assert [kind for kind, _ in found] == ["diff", "console"]
    return dict(found)


def run(command: str, folder: Path) -> None:
    """Run a command of the documentation in a folder, and pass if it does."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert "pytest" not in command or re.search(r"\d+ passed", done.stdout), f"{command}\n{done.stdout}"


@pytest.mark.parametrize("change", CHANGES)
def test_a_worked_change_can_be_made_and_its_commands_pass(tmp_path: Path, change: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("git, which applies a diff, is not there")
    blocks = blocks_of(change)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "change.diff").write_text(blocks["diff"], encoding="utf-8")
    run("git apply change.diff", tmp_path)
    for command in blocks["console"].splitlines():
        run(command, tmp_path)


def test_every_section_with_a_diff_is_tested() -> None:
    text = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    assert tuple(part.split("\n")[0] for part in text.split("\n## ") if "```diff" in part) == CHANGES
