"""A question is a file: it is found by being there, says its own place, and needs no other question."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abm.scenario import Scenario
from experiments import questions
from experiments.__main__ import COMMANDS
from experiments.study.conduct import conduct
from experiments.study.experiment import ELSEWHERE, Experiment
from experiments.study.grid import Grid

FOLDER = Path(questions.__file__).parent
PROJECT = FOLDER.parents[1]


def shown() -> str:
    """Return the question that the documentation shows."""
    text = (PROJECT / "docs" / "experiments.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python question\n(.*?)```", text, re.S)
    return str(block)


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where a package ``experiments`` of its own goes before the project's."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(folder), str(PROJECT)))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def with_mine(tmp_path: Path) -> Path:
    """Return a folder with a copy of the experiments, and the documentation's question among them."""
    shutil.copytree(FOLDER.parent, tmp_path / "experiments", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "experiments" / "questions" / "merit_alone.py").write_text(shown(), encoding="utf-8")
    return tmp_path


def test_every_question_is_named_like_its_file_and_has_a_place_of_its_own() -> None:
    found = questions.in_order()
    assert {one.name for one in found} == {path.stem.replace("_", "-") for path in FOLDER.glob("[!_]*.py")}
    assert all(questions.experiment(one.name) is one for one in found)
    assert len({one.order for one in found}) == len(found)


def test_a_file_among_the_questions_is_all_that_it_takes_to_add_one(with_mine: Path) -> None:
    listed = python(with_mine, "-P", "-m", "experiments", "list").stdout.splitlines()
    place = next(k for k, line in enumerate(listed) if line.startswith("merit-alone"))
    assert listed[place].split() == "merit-alone Recruitment and pay by ability, and nothing else".split()
    assert listed[place - 1].startswith("salary") and listed[place + 1].startswith("serpin")
    assert len(listed) == len(questions.EXPERIMENTS) + 1
    size = ["--graduates", "100", "--replicates", "2", "--workers", "1", "--set", "end=2026-12", "--quiet"]
    for program in (["-m", "experiments", "run", "merit-alone"], ["experiments/questions/merit_alone.py"]):
        out = with_mine / Path(program[-1]).stem
        done = python(with_mine, *program, *size, "--out", str(out))
        assert done.returncode == 0, done.stderr
        assert "Over 2026-2026 merit brings" in (out / "table.md").read_text(encoding="utf-8")
        assert (out / "figures" / "effects.pdf").is_file()
    checked = python(with_mine, "-P", "-m", "experiments", "check", str(out))
    assert checked.returncode == 0, checked.stdout


def test_no_question_imports_another() -> None:
    for path in FOLDER.glob("[!_]*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            modules = [*names, getattr(node, "module", None) or ""]
            assert not any(name.startswith("experiments.questions") for name in modules), path.name


def test_levels_of_kazakhstan_are_called_so_elsewhere_and_nowhere_else(tmp_path: Path) -> None:
    home, other = Scenario.load("kazakhstan"), Scenario.load("two-country")
    asked = {one.name: one for one in questions.in_order() if isinstance(one, Experiment)}
    said = {name for name, one in asked.items() if one.said_elsewhere(other)}
    assert said == {"serpin", "personnel-reserve", "diaspora", "portfolio", "brain-korea", "history"}
    assert not any(one.said_elsewhere(home) for one in asked.values())
    note = asked["brain-korea"].said_elsewhere(other)
    assert note.startswith(ELSEWHERE) and note.endswith("are Kazakhstan's; Home may call for others.")
    size = ["--graduates", "100", "--replicates", "1", "--workers", "1", "--set", "end=2026-02", "--quiet"]
    for name, where in (("two-country", (note,)), ("kazakhstan", ())):
        out = tmp_path / name
        assert conduct(asked["brain-korea"], [*size, "--scenario", name, "--out", str(out)]) == 0
        paragraphs = (out / "table.md").read_text(encoding="utf-8").split("\n\n")
        assert tuple(part for part in paragraphs if part.startswith(ELSEWHERE)) == where
        assert not where or paragraphs[1] == note


def test_a_speed_is_a_country_s_own_best_only_where_its_scenario_says_so() -> None:
    other = Scenario.load("two-country")
    reforms = questions.experiment("reforms")
    assert isinstance(reforms, Experiment)
    answer = reforms.answer
    assert isinstance(answer, Grid)
    rows = answer.rows
    assert rows.names(Scenario.load("kazakhstan"))[0.036] == "0.036 (own best)"
    assert rows.names(other)[0.036] == "0.036 (best of Kazakhstan)"
    assert rows.names(other.replace({"home.rule_of_law.own_best": 0.036}))[0.036] == "0.036 (own best)"
    assert rows.names(other)[0.0] == "as it is" and list(rows.names(other)) == list(rows.levels)


def test_the_list_needs_no_tables_and_no_figures(tmp_path: Path) -> None:
    program = "import sys; from experiments.__main__ import main; main(['list']); print(*sys.modules)"
    loaded = python(tmp_path, "-P", "-c", program).stdout.splitlines()[-1].split()
    assert not {"pandas", "matplotlib", "mesa"} & set(loaded)


def test_every_command_that_is_told_is_a_module_and_every_module_is_told() -> None:
    assert sorted(COMMANDS) == sorted(path.stem for path in (FOLDER.parent / "commands").glob("[!_]*.py"))
