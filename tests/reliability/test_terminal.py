"""Commands end in order: after Ctrl-C wherever it comes, when nobody listens, and in a locale that lacks letters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from abm.scenario import Scenario
from experiments.commands.check import check
from experiments.terminal import CLOSED_PIPE, INTERRUPTED
from tests.reliability.designs import of_one_factor
from tests.reliability.publishing import publish
from tests.reliability.sweeping import with_project

TITLE = "Соттар мен жалақы"
DESIGN = of_one_factor(TITLE)
# the sweep of a design file by the real command, but for its model
SWEEP = """
import sys
from experiments.terminal import guarded
def command():
    from experiments.questions.sweep import EXPERIMENT
    from experiments.study.conduct import conduct
    from tests.reliability.publishing import simulate
    return conduct(EXPERIMENT, sys.argv[1:], simulate)
if __name__ == "__main__":
    sys.exit(guarded(command))
"""
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")


def started(program: Sequence[str], folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a Python program in a folder, as from a shell where Ctrl-C works."""
    variables = with_project() | options.pop("environment", {})
    return subprocess.run(
        [sys.executable, *program],
        cwd=folder,
        env=variables,
        text=True,
        encoding="utf-8",
        check=False,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def swept(folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the sweep of the design file in a folder into ``folder / 'out'``."""
    (folder / "design.toml").write_text(DESIGN, encoding="utf-8")
    command = ["-c", SWEEP, "--design", "design.toml", "--workers", "1", "--out", "out"]
    return started(command, folder, **options)


def assert_is_whole(folder: Path) -> None:
    """Make sure that a sweep is published as a whole."""
    assert check(folder, sample=0) == []
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["runs"] == {"SUCCEEDED": 4, "FAILED": 0, "PENDING": 0}
    assert (folder / "table.md").read_text(encoding="utf-8").startswith(TITLE)


# --- standard output ---


@needs_full
def test_a_full_standard_output_gets_a_sentence_and_the_folder_is_whole(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = swept(tmp_path, stdout=full)
        assert done.returncode == 2
        assert done.stderr == "standard output: cannot be written (No space left on device)\n"
        assert_is_whole(tmp_path / "out")
        for command in (["list"], ["--help"], ["status", "out"], ["check", "out", "--sample", "0"]):
            done = started(["-m", "experiments", *command], tmp_path, stdout=full)
            assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
            assert done.stderr.startswith("standard output: cannot be written"), command


def test_a_closed_pipe_ends_a_command_in_silence_and_the_folder_is_whole(tmp_path: Path) -> None:
    def into_closed_pipe(run: Any) -> None:
        reader, writer = os.pipe()
        os.close(reader)  # as ``| head`` does when it has seen enough
        done = run(stdout=writer)
        os.close(writer)
        assert (done.returncode, done.stderr) == (CLOSED_PIPE, "")

    into_closed_pipe(lambda **options: swept(tmp_path, **options))
    assert_is_whole(tmp_path / "out")
    for command in (["list"], ["--help"], ["status", "out"], ["check", "out", "--sample", "0"]):
        program = ["-m", "experiments", *command]
        into_closed_pipe(lambda program=program, **options: started(program, tmp_path, **options))


@pytest.mark.parametrize("closed", [[1], [2], [0, 1, 2]])
def test_closed_standard_files_change_nothing(tmp_path: Path, closed: list[int]) -> None:
    (tmp_path / "design.toml").write_text(DESIGN, encoding="utf-8")
    shell = " ".join(f"{number}>&-" for number in closed)
    command = ["sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, "-c", SWEEP, "--design", "design.toml"]
    options = ["--workers", "2", "--out", "out"]
    done = subprocess.run([*command, *options], cwd=tmp_path, env=with_project(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 2 in closed or b"Traceback" not in done.stderr
    assert_is_whole(tmp_path / "out")


@needs_full
def test_what_cannot_be_said_on_the_way_does_not_stop_a_sweep(tmp_path: Path) -> None:
    (tmp_path / "design.toml").write_text(DESIGN, encoding="utf-8")
    command = ["-c", SWEEP, "--design", "design.toml", "--workers", "1", "--out", "out"]
    for number in (1, 2):  # the second time it has to say that runs are in the store
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, *command],
                cwd=tmp_path,
                env=with_project(),
                stdout=subprocess.PIPE,
                stderr=full,
                check=False,
            )
        assert done.returncode == 0, number
        assert_is_whole(tmp_path / "out")


@pytest.mark.parametrize("environment", [ASCII, {key: ASCII[key] for key in list(ASCII)[:3]}, {"LC_ALL": "C"}])
def test_a_title_in_letters_that_the_locale_lacks_is_said_and_written(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = swept(tmp_path, stdout=subprocess.PIPE, environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    ascii_title = TITLE.encode("ascii", "backslashreplace").decode()
    assert done.stdout.startswith((ascii_title, TITLE))
    assert_is_whole(tmp_path / "out")
    (tmp_path / "out" / "table.md").write_text("mine")
    (tmp_path / "design.toml").rename(tmp_path / f"{TITLE}.toml")
    command = ["-c", SWEEP, "--design", f"{TITLE}.toml", "--workers", "1", "--out", TITLE]
    done = started(command, tmp_path, stdout=subprocess.PIPE, environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert_is_whole(tmp_path / TITLE)
    command = json.loads((tmp_path / TITLE / "manifest.json").read_text(encoding="utf-8"))["command"]
    assert f"--out '{TITLE}'" in command
    done = started(["-m", "experiments", "status", TITLE], tmp_path, stdout=subprocess.PIPE, environment=environment)
    assert (done.returncode, done.stderr) == (0, "")


# --- Ctrl-C ---

# presses Ctrl-C when so many files have been opened or modules imported since the command has begun
PRESS = """
import os, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
left = int(sys.argv.pop(1))
def hook(event, details):
    global left
    if event in ("import", "open") and type(sys.stdout).__name__ == "_Output":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
if __name__ == "__main__":
    runpy.run_module("experiments", run_name="__main__", alter_sys=True)
"""
COMMANDS = {
    "list": ["list"],
    "run": ["run", "credibility", "--graduates", "50", "--replicates", "1", "--set", "end=2026-12", "--out", "new"],
    "status": ["status", "out"],
    "check": ["check", "out", "--sample", "0"],
    "export": ["export", "out", "--format", "csv", "--out", "new.csv"],
    "answers": ["answers", "--results", "."],
    "replay": ["replay", "--months", "1", "--out", "new.csv"],
    "benchmark": ["benchmark", "--quick", "--only", "cost", "--out", "new"],
}


@pytest.mark.parametrize("moment", [1, 40, 400])
@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c_in_any_command_is_one_line_and_code_130(name: str, moment: int, tmp_path: Path) -> None:
    publish(tmp_path / "out", 2)
    (tmp_path / "README.in.md").write_text("{{cell out | 4 | effects}}" + 400 * "\n")
    done = started(["-c", PRESS, str(moment), *COMMANDS[name]], tmp_path, stdout=subprocess.PIPE)
    assert "Traceback" not in done.stderr, done.stderr
    if moment == 400 and done.returncode == 0:
        return  # it takes fewer steps
    assert done.returncode == INTERRUPTED, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Interrupted") and last.endswith((".", "from there."))
    assert not (tmp_path / "new.csv").exists()
    assert check(tmp_path / "out", sample=0) == []


@pytest.mark.parametrize("moment", [600, 1200, 1800, 2600])  # of some 2,700, in the tables and the figures
def test_ctrl_c_while_a_folder_is_published_is_one_line_and_leaves_no_half_of_it(moment: int, tmp_path: Path) -> None:
    (tmp_path / "design.toml").write_text(DESIGN, encoding="utf-8")
    program = PRESS.replace('runpy.run_module("experiments", run_name="__main__", alter_sys=True)', SWEEP_HERE)
    command = ["-c", program, str(moment), "--design", "design.toml", "--workers", "1", "--quiet", "--out", "out"]
    done = started(command, tmp_path, stdout=subprocess.PIPE)
    assert "Traceback" not in done.stderr and done.returncode in (0, INTERRUPTED), done.stderr
    assert done.stderr.count("\n") == (done.returncode == INTERRUPTED)
    if (tmp_path / "out" / "manifest.json").exists():
        assert check(tmp_path / "out", sample=0) == []
    else:
        assert {path.name[:11] for path in tmp_path.glob("out/*")} <= {"runs.sqlite"}


SWEEP_HERE = """
    from experiments.terminal import guarded
    from tests.reliability import test_terminal
    exec(test_terminal.SWEEP)
"""


LOADING = """
import os, signal, sys
from experiments.terminal import guarded
def command():
    try:
        {event}
    except KeyboardInterrupt:
        pass
    raise ImportError("multiarray")  # what numpy makes of an interrupt while it is loaded
sys.exit(guarded(command))
"""


def test_ctrl_c_that_a_library_turns_into_a_failed_import_is_one_line_too(tmp_path: Path) -> None:
    done = started(["-c", LOADING.format(event="os.kill(os.getpid(), signal.SIGINT)")], tmp_path)
    assert (done.returncode, done.stderr) == (INTERRUPTED, "Interrupted.\n")
    done = started(["-c", LOADING.format(event="pass")], tmp_path)
    assert done.returncode == 1 and "ImportError: multiarray" in done.stderr  # a library that really cannot be loaded


# an interrupt that arrives where Python forgets errors: in a weak reference's callback and in a finalizer
FORGOTTEN = """
import os, signal, sys, time, weakref
from experiments.terminal import guarded
class Thing:
    {method}
def press(*_):
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(100):
        pass
def command():
    thing = Thing()
    reference = weakref.ref(thing, {callback})
    del thing
    until = time.monotonic() + 60
    while time.monotonic() < until:
        pass
    print("went on")
    return 0
if __name__ == "__main__":
    sys.exit(guarded(command))
"""


@pytest.mark.parametrize(
    ("method", "callback"),
    [("pass", "press"), ("__del__ = lambda self: press()", "None")],
    ids=["callback", "finalizer"],
)
def test_ctrl_c_is_not_forgotten_where_python_forgets_errors(method: str, callback: str, tmp_path: Path) -> None:
    done = started(["-c", FORGOTTEN.format(method=method, callback=callback)], tmp_path, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED, "", "Interrupted.\n")


# --- memory, and what else the user's surroundings decide ---

LITTLE = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, (4_000_000_000, 4_000_000_000))
runpy.run_module("experiments.commands.replay", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there is the limit kept")
def test_a_run_without_enough_memory_gets_a_sentence_that_says_how_large_it_is(tmp_path: Path) -> None:
    pytest.importorskip("solara")
    world = Scenario.load("two-country").replace({"graduates": 30_000_000})
    (tmp_path / "large.toml").write_text(world.to_toml(), encoding="utf-8")
    command = ["-c", LITTLE, "--scenario", "large.toml", "--months", "1", "--out", "new.csv"]
    done = started(command, tmp_path, stdout=subprocess.PIPE)
    said = done.stderr.splitlines()
    assert done.returncode == 2, done.stderr
    assert said[-1].startswith("There is not enough memory for a run of 30,000,000 simulated graduates")
    assert "simulate fewer" in said[-1] and "Traceback" not in done.stderr
    assert not (tmp_path / "new.csv").exists()


def test_any_command_without_enough_memory_ends_in_a_sentence(tmp_path: Path) -> None:
    program = LOADING.format(event="pass").replace('ImportError("multiarray")', "MemoryError()")
    done = started(["-c", program], tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("There is not enough memory for a run; simulate fewer")


def test_figures_are_drawn_whatever_shows_those_of_the_users_own_scripts(tmp_path: Path) -> None:
    done = swept(tmp_path, stdout=subprocess.PIPE, environment={"MPLBACKEND": "nosuch"})
    assert (done.returncode, done.stderr) == (0, "")
    assert_is_whole(tmp_path / "out")
    done = started(
        ["-c", "import os, experiments.questions.sweep; print(os.environ['MPLBACKEND'])"],
        tmp_path,
        stdout=subprocess.PIPE,
        environment={"MPLBACKEND": "module://mine"},
    )
    assert done.stdout == "module://mine\n"  # which is theirs to say in a script
