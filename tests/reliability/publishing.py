"""Publish over an earlier publication and have something happen at each step; a program of its own, since it forks.

Started with what happens, with every how many steps, and with a folder to work in.  It may be ``kill`` (as by ``kill
-9``), ``interrupt`` (Ctrl-C), ``full`` (no room) or ``delete`` (somebody removes the folder).  Every file system
operation that Python makes in the folder is a step.  For each it prints a line of JSON, a :class:`Struck`.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from abm.analysis.effects import OUTCOMES
from abm.reforms import Reform
from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial
from experiments.commands.check import check
from experiments.study.conduct import MANIFEST, STORE, conduct
from experiments.study.experiment import Experiment, Results, Runs
from experiments.study.options import UsageError
from tests.reliability.fake_answer import FakeAnswer, FakeFigure
from tests.reliability.fake_model import fake

OPERATIONS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.scandir", "os.listdir", "shutil.rmtree"}
MEASURES = sorted({outcome.measure for outcome in OUTCOMES} - {"net_brain_gain"})


def simulate(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Stand in for the model with all measures that effects are computed of."""
    series = fake(world, reforms, seed)
    return dict(series) | {name: 0.1 * series["net_brain_gain"] for name in MEASURES}


def _tables(results: Results) -> dict[str, pd.DataFrame]:
    name = "costs.csv" if _is_old(results) else "portfolios.csv"
    return {name: pd.DataFrame({"runs": [len(results.runs)]})}


def _figures(results: Results) -> list[tuple[str, FakeFigure]]:
    names = ("both", "old" if _is_old(results) else "new")
    return [(name, FakeFigure(len(results.runs))) for name in names]


def _is_old(results: Results) -> bool:
    return int(results.effects["replicates"].max()) == 2


EXPERIMENT = Experiment(
    name="small",
    description="an experiment for tests",
    design=lambda _: FullFactorial([Factor(name="decision.discount_rate", values=(0.03, 0.06))]),
    answer=FakeAnswer(
        report=lambda results: f"What comes out?\n\n| effects |\n|---|\n| {len(results.runs)} |\n",
        figures=_figures,
        tables=_tables,
    ),
    runs=Runs(graduates=90, replicates=2),
)


def publish(folder: Path, replicates: int) -> int:
    """Publish the old folder, with two replicates, or the new one, with three."""
    options = ["--scenario", "two-country", "--workers", "1", "--quiet", "--replicates", str(replicates)]
    return conduct(EXPERIMENT, [*options, "--out", str(folder)], simulate=simulate)


def held(folder: Path) -> dict[str, bytes]:
    """Return all that a folder holds but the store, files beside it, and the manifest, which has a duration."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if name != MANIFEST and not name.startswith(STORE)}


def _strike(what: str, folder: Path) -> None:
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / "something"))
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Struck:
    """What came of it.

    ``at_once`` and ``later`` say which publication the folder holds, by its bytes: before any other command, and after
    ``check``, which found ``wrong``; ``kept`` is whether a file of the user's own is there, ``goes_on`` whether the
    same command then publishes everything and leaves nothing else.
    """

    step: int
    code: int
    said: str
    at_once: str
    later: str
    wrong: list[str]
    kept: bool
    goes_on: bool


def strike(what: str, folder: Path, step: int) -> tuple[int, str] | None:
    """Publish the new folder in a process to which something happens at a step; return its exit code and its words."""
    said, mark = folder.with_name("said"), folder.with_name("mark")
    mark.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        sys.addaudithook(_striker(what, folder, step, mark))
        with said.open("w") as stream, redirect_stderr(stream), redirect_stdout(stream):
            try:
                code = publish(folder, 3)
            except BaseException:
                traceback.print_exc()
                code = 99
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (code, said.read_text()) if mark.exists() else None


def _striker(what: str, folder: Path, step: int, mark: Path) -> Any:
    left = step

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal left
        if event not in OPERATIONS or not any(str(detail).startswith(str(folder)) for detail in details[:2]):
            return
        left -= 1
        if left == 0:
            mark.touch()
            _strike(what, folder)

    return hook


def state(folder: Path, old: dict[str, bytes], new: dict[str, bytes]) -> str:
    """Return which publication a folder holds, by its bytes."""
    if not folder.exists():
        return "nothing"
    found = {name: content for name, content in held(folder).items() if not name.startswith((".brain-gain", "mine"))}
    if not found and not (folder / MANIFEST).exists():
        return "nothing"
    return "old" if found == old else "new" if found == new else "neither"


def _wrong(folder: Path) -> list[str]:
    with redirect_stdout(io.StringIO()):
        try:
            return check(folder, sample=0)
        except UsageError as error:
            return [str(error)]


def main(what: str, every: int, work: Path) -> None:
    """Strike at every so many steps."""
    os.fsync = lambda descriptor: None  # processes are killed here, not machines
    first, folder = work / "first", work / "out"
    publish(first, 2)
    old = held(first)
    shutil.copytree(first, work / "second")
    publish(work / "second", 3)
    new = held(work / "second")
    for store in work.glob(f"second/{STORE}*"):
        shutil.copy(store, first)  # with all runs in it
    step = 1
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(first, folder)
        (folder / "mine.txt").write_text("mine")
        ended = strike(what, folder, step)
        if ended is None:
            return
        at_once = state(folder, old, new)
        wrong = _wrong(folder)
        later = state(folder, old, new)
        kept = (folder / "mine.txt").exists()
        goes_on = publish(folder, 3) == 0 and state(folder, old, new) == "new" and not list(folder.glob(".brain*"))
        print(json.dumps(asdict(Struck(step, *ended, at_once, later, wrong, kept, goes_on))), flush=True)
        step += every


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]).resolve())
