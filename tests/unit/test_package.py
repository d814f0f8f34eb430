"""The package as others install and call it: its command, its extras, its lowest versions."""

from __future__ import annotations

import configparser
import os
import re
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import abm
from abm.extras import install
from abm.scenario import SCENARIO_FOLDER
from experiments import called
from experiments.__main__ import main
from experiments.commands import app
from experiments.commands.example import DESIGNS

ROOT = Path(__file__).parents[2]
# as an installer writes it for the console command
SCRIPT = """import sys
from abm.command import main
if __name__ == "__main__":
    sys.exit(main())
"""


def brain_gain(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Call the console command in a folder with a package of the user's own that is named ``experiments``."""
    script = tmp_path / "bin" / "brain-gain"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    own = tmp_path / "own" / "experiments"
    own.mkdir(parents=True)
    (own / "__init__.py").write_text("raise SystemExit('this is the experiments of the user')\n")
    path = os.pathsep.join((str(own.parent), str(ROOT)))
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=own.parent,
        env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True,
        check=False,
    )


def test_the_command_says_its_own_name_and_version(tmp_path: Path) -> None:
    done = brain_gain(tmp_path, "--version")
    assert (done.returncode, done.stdout.decode().split()) == (0, ["brain-gain", abm.__version__])


def test_a_folder_of_ones_own_named_experiments_does_not_take_its_place_in_workers_either(tmp_path: Path) -> None:
    options = ("--graduates", "50", "--replicates", "1", "--workers", "2", "--set", "end=2026-06", "--quiet")
    done = brain_gain(tmp_path, "run", "sweep", "--design", str(DESIGNS / "courts-and-pay.toml"), *options)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "own" / "results" / "courts-and-pay" / "manifest.json").is_file()


@pytest.mark.parametrize("name", [path.stem for path in (*DESIGNS.glob("*.toml"), *SCENARIO_FOLDER.glob("*.toml"))])
def test_an_example_is_the_bundled_file_whatever_the_encoding(name: str, capfdbinary: Any) -> None:
    assert main(["example", name]) == 0
    folder = DESIGNS if (DESIGNS / f"{name}.toml").is_file() else SCENARIO_FOLDER
    assert capfdbinary.readouterr().out == (folder / f"{name}.toml").read_bytes()


@pytest.mark.parametrize("program, name", [("/usr/bin/brain-gain", "brain-gain"), ("a.py", "python -m experiments")])
def test_usage_names_the_command_as_it_was_called(
    program: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [program])
    assert called("run", "sweep") == f"{name} run sweep"
    assert main(["--help"]) == 0
    assert all(line.removeprefix("usage:").strip().startswith(name) for line in capsys.readouterr().out.splitlines())


def test_the_page_is_refused_in_a_sentence_where_it_cannot_be_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(app.importlib.util, "find_spec", lambda name: name)
        port = str(taken.getsockname()[1])
        assert app.main(["--port", port]) == 2
    said = capsys.readouterr().err
    assert said == f"--host 127.0.0.1 --port {port}: the page cannot listen there (Address already in use)\n"
    monkeypatch.setattr(app.importlib.util, "find_spec", lambda name: None)
    assert app.main([]) == 2
    assert capsys.readouterr().err.startswith("the page needs solara, which is not installed: pip install 'mesa[viz]'")


def _setup() -> configparser.ConfigParser:
    setup = configparser.ConfigParser(delimiters=("=",))
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


@pytest.mark.parametrize("extra", ["viz", "cluster", "docs", "estimation", "export", "sensitivity"])
def test_what_an_extra_brings_is_named_by_libraries_that_an_index_has(extra: str) -> None:
    if extra not in (metadata.metadata("brain-gain").get_all("Provides-Extra") or ()):
        pytest.skip(f"the package was installed before it had the extra {extra}; install it again")
    libraries = _setup()["options.extras_require"][extra].split()
    assert install(extra).replace("'", "").split() == ["pip", "install", *libraries]


def test_no_message_asks_for_the_package_by_a_name_that_no_index_has() -> None:
    sources = [path for folder in ("abm", "experiments") for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 100
    assert [path.name for path in sources if "install 'brain-gain" in path.read_text(encoding="utf-8")] == []


def test_the_lowest_versions_that_are_tested_are_the_lowest_that_are_allowed() -> None:
    required = dict(line.split(">=") for line in _setup()["options"]["install_requires"].split() if ">=" in line)
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert set(tested) == set(required)
    for library, version in required.items():
        assert re.fullmatch(re.escape(version.partition(",")[0]) + r"(\.\d+)*", tested[library]), library
