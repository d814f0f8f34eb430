"""Saved runs: what is read back goes on to the same bits, and what is no saved run is refused in a sentence."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from branches import after, bits, difference, later
from plans import EVERY_KIND

from abm import saved
from abm.engine.version import model_version
from abm.network import Network
from abm.reforms import GraduateResearchFunding, MeritReform, Reform, ReformError
from abm.saved import SavedRunError
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.writing import WORKPLACE
from tests.reliability.sweeping import PATIENCE, PROJECT

WORLD = Scenario.load("kazakhstan").replace({"end": "2027-12", "graduates": 500})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a run in its midst."""
    path = tmp_path_factory.mktemp("saved") / "run.npz"
    after(Simulation(WORLD, EVERY_KIND, seed=7), 13).save(path)
    return path


@pytest.mark.parametrize("month", [0, 1, 13, 24])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_saved_run_goes_on_to_the_same_bits(month: int, threads: int, tmp_path: Path) -> None:
    original = after(Simulation(WORLD, EVERY_KIND, seed=7), month)
    original.save(tmp_path / "run.npz")
    loaded = Simulation.load(tmp_path / "run.npz", threads=threads)
    assert loaded.month == month and loaded.reforms == original.reforms and loaded.scenario == WORLD
    assert difference(original, loaded) == []
    assert difference(Simulation(WORLD, EVERY_KIND, seed=7).run(), loaded.run()) == []


def test_a_loaded_run_branches_and_is_saved_again(tmp_path: Path) -> None:
    plan = [*later([MeritReform(target=0.9)], 14), GraduateResearchFunding(start="2027-02", graduates=0.5)]
    after(Simulation(WORLD, seed=7), 5).save(tmp_path / "one.npz")
    branch = after(Simulation.load(tmp_path / "one.npz"), 7).branch(plan)
    branch.save(tmp_path / "two.npz")
    assert difference(Simulation(WORLD, plan, seed=7).run(), Simulation.load(tmp_path / "two.npz").run()) == []


def test_another_process_goes_on_to_the_same_bits_and_saves_the_same_file(whole: Path, tmp_path: Path) -> None:
    program = "import sys; from abm import Simulation; Simulation.load(sys.argv[1]).run().save(sys.argv[2])"
    command = [sys.executable, "-c", program, str(whole), str(tmp_path / "there.npz")]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(PROJECT)}, timeout=PATIENCE)
    unbroken = Simulation(WORLD, EVERY_KIND, seed=7).run()
    assert difference(unbroken, Simulation.load(tmp_path / "there.npz")) == []
    unbroken.save(tmp_path / "here.npz")
    with np.load(tmp_path / "here.npz") as here, np.load(tmp_path / "there.npz") as there:
        assert all(here[name].tobytes() == there[name].tobytes() for name in here.files) and here.files == there.files


def test_a_network_of_ones_own_is_saved_with_the_run(tmp_path: Path) -> None:
    n = Simulation(WORLD, seed=3).n_networked
    ring = Network.from_edges(n, np.arange(n), (np.arange(n) + 5) % n)
    plan = [GraduateResearchFunding(start="2026-09", graduates=0.5)]
    after(Simulation(WORLD, seed=3, network=ring), 4).save(tmp_path / "run.npz")
    loaded = Simulation.load(tmp_path / "run.npz")
    assert loaded.own_network == ring
    assert difference(Simulation(WORLD, plan, seed=3, network=ring).run(), loaded.branch(plan).run()) == []


def test_nothing_in_the_file_is_pickled(whole: Path) -> None:
    with np.load(whole, allow_pickle=False) as arrays:
        assert {"graduates.person", "accounts.stocks", "run"} <= set(arrays.files)
        assert all(not arrays[name].dtype.hasobject for name in arrays.files)


def test_a_reform_of_ones_own_is_not_saved_and_nothing_is_written(tmp_path: Path) -> None:
    class Mine(Reform):
        def changes(self, environment: Any) -> list[Any]:
            return []

    with pytest.raises(ReformError, match="Mine from 2026-01 is of a kind of your own"):
        Simulation(WORLD, [Mine()], seed=1).save(tmp_path / "run.npz")
    assert list(tmp_path.iterdir()) == []


def refusal(path: Any) -> str:
    """Return the one sentence in which a file is refused."""
    with pytest.raises(SavedRunError) as refused:
        Simulation.load(path)
    said = str(refused.value)
    assert str(path) in said and "\n" not in said and len(said) < 700, said
    return said


def test_what_is_no_file_of_ours_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.npz")
    assert "it is a folder" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "it is a pipe" in refusal(tmp_path / "pipe")
    for n, content in enumerate((b"", b"hello", b"PK\x03\x04" + b"\0" * 100, os.urandom(5000))):
        (tmp_path / str(n)).write_bytes(content)
        assert "no saved run, or it is damaged" in refusal(tmp_path / str(n))
    np.savez(tmp_path / "foreign.npz", a=np.zeros(3))
    assert "says of what run it is" in refusal(tmp_path / "foreign.npz")
    np.savez(tmp_path / "objects.npz", run=np.array([{}], dtype=object))
    assert "no saved run" in refusal(tmp_path / "objects.npz")
    assert "not the name of a file" in refusal(7)


def test_a_file_that_is_cut_or_of_which_a_byte_is_another_is_refused(whole: Path, tmp_path: Path) -> None:
    content, path = whole.read_bytes(), tmp_path / "run.npz"
    for length in (10, len(content) // 3, len(content) - 1):
        path.write_bytes(content[:length])
        assert "damaged" in refusal(path)
    original, n_refused = Simulation.load(whole), 0
    for position in range(150, len(content), len(content) // 60):
        path.write_bytes(content[:position] + bytes([content[position] ^ 255]) + content[position + 1 :])
        try:
            loaded = Simulation.load(path)
        except SavedRunError as error:
            n_refused += 1
            assert str(path) in str(error) and "\n" not in str(error)
        else:  # such as in the hour at which an array was written
            assert difference(original, loaded) == []
    assert n_refused > 50


def rewritten(whole: Path, path: Path, change: Callable[[dict[str, np.ndarray]], object]) -> Path:
    """Write a saved run in which something is another; its checksums are right."""
    with np.load(whole) as file:
        arrays = {name: file[name].copy() for name in file.files}
    change(arrays)
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def put(name: str, *index: Any, value: Any) -> Callable[[dict[str, np.ndarray]], object]:
    """Return what puts a value into an array."""

    def change(arrays: dict[str, np.ndarray]) -> None:
        array = arrays[name]
        for one in index[:-1]:
            array = array[one]
        array[index[-1]] = value

    return change


CHANGES: dict[str, Callable[[dict[str, np.ndarray]], object]] = {
    "somebody's country is none": put("graduates.person", "country", 3, value=90),
    "somebody's stage is none": put("graduates.person", "stage", 3, value=9),
    "somebody's sector is none": put("graduates.person", "sector", 3, value=-5),
    "another ability than those": put("graduates.person", "ability", 3, value=9.0),
    "another cohort than those": put("graduates.person", "cohort", 3, value=7),
    "list of job-seekers is none": put("seekers", 0, value=2**31 - 1),
    "moves are none": put("accounts.records", "person", 0, value=-4),
    "tally is not that of its persons": put("tally", 0, 2, value=10**6),
    "should not be there, or should": lambda arrays: arrays.pop("quota"),
    "quota is of float32": lambda arrays: arrays.update({"quota": arrays["quota"].astype(np.float32)}),
    "accounts.stocks is of int64 in the shape": lambda arrays: arrays.update(
        {"accounts.stocks": arrays["accounts.stocks"][:-1]}
    ),
}


@pytest.mark.parametrize("words", CHANGES)
def test_what_would_mislead_the_rules_is_refused(words: str, whole: Path, tmp_path: Path) -> None:
    assert words in refusal(rewritten(whole, tmp_path / "run.npz", CHANGES[words]))


def test_an_array_that_says_it_is_larger_than_its_file_takes_no_memory(whole: Path, tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(tmp_path / "run.npz", "w") as other:
        for info in archive.infolist():
            other.writestr(info, header.getvalue() if info.filename == "quota.npy" else archive.read(info))
    assert "damaged" in refusal(tmp_path / "run.npz")
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(tmp_path / "run.npz", "w", zipfile.ZIP_DEFLATED) as other:
        for info in archive.infolist():
            other.writestr(info.filename, archive.read(info))
    assert "damaged" in refusal(tmp_path / "run.npz")


def test_a_run_of_another_version_or_format_is_refused_by_name(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.copy(whole, tmp_path / "run.npz")
    monkeypatch.setattr(saved, "model_version", lambda: "0.0.1 of old")
    said = refusal(path)
    assert "0.0.1 of old" in said and model_version()[:20] in said
    monkeypatch.setattr(saved, "FORMAT", 2)
    assert "saved in format 1, but this version reads 2" in refusal(path)


def test_where_nothing_can_be_written_the_sentence_says_so(tmp_path: Path) -> None:
    run = Simulation(WORLD, seed=1)
    with pytest.raises(SavedRunError, match="cannot be saved"):
        run.save(tmp_path / "nowhere" / "run.npz")
    with pytest.raises(ValueError, match="this is a folder"):
        run.save(tmp_path)


SAVING = """
import sys
from abm import Scenario, Simulation
run = Simulation(Scenario.load("kazakhstan").replace({"end": "2027-12", "graduates": 500}), seed=1)
print("ready", flush=True)
while True:
    run.save(sys.argv[1])
"""


def test_a_process_that_is_killed_while_it_saves_leaves_the_old_file_whole(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    for attempt in range(4):
        shutil.copy(whole, path)
        command = [sys.executable, "-c", SAVING, str(path)]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            time.sleep(0.013 * attempt)  # each time at another place of a save, which takes about as long
            process.kill()
        assert Simulation.load(path).month in (0, 13)
    Simulation.load(whole).save(path)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(WORKPLACE)] == []
    assert bits(Simulation.load(path)) == bits(Simulation.load(whole))
