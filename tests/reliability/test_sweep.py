"""Sweeps lose nothing: failing, resumed, by any number of workers, and from the command line to a published folder."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from abm.reforms import PublicSalaryParity, Reform
from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial, plan
from abm.sweep.manifest import file_digest, read_manifest, write_manifest
from abm.sweep.runner import do_runs
from abm.sweep.store import FAILED, SUCCEEDED, Store, digest_of
from abm.sweep.table import read_runs, runs_frame, write_runs
from experiments.commands.check import check
from experiments.questions.reforms import design as reforms_design
from experiments.study.conduct import conduct
from experiments.study.experiment import Experiment, Results, Runs
from experiments.study.options import UsageError
from tests.reliability.fake_answer import FakeAnswer, FakeFigure
from tests.reliability.fake_model import DIES, NOT_A_NUMBER, RAISES, fake, modules_fake, whole_fake
from tests.reliability.sweeping import PATIENCE, PROJECT, runs_of, table_bytes


def never(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Fail the test that uses it by being asked."""
    raise AssertionError("a run that is in the store was run again")


def test_a_run_in_the_store_is_never_run_again(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.sqlite") as store:
        first = do_runs(runs_of(), store, simulate=fake, quiet=True)
        again = do_runs(runs_of(), store, simulate=never, quiet=True)
        larger = do_runs(runs_of(replicates=5), store, simulate=fake, quiet=True)
    assert (first.n_found, first.n_succeeded) == (0, 9)
    assert (again.n_found, again.n_succeeded, again.n_failed) == (9, 0, 0)
    assert (larger.n_found, larger.n_succeeded) == (9, 6)


def test_a_failing_run_is_a_row_with_its_error_and_the_sweep_goes_on(tmp_path: Path) -> None:
    runs = runs_of(100, RAISES, NOT_A_NUMBER, 200, replicates=1)
    with Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(runs, store, simulate=fake, quiet=True)
        write_runs(tmp_path / "runs.csv.xz", runs, store)
    table = read_runs(tmp_path / "runs.csv.xz").drop_duplicates("run").set_index("graduates")
    assert (sweep.n_succeeded, sweep.n_failed) == (2, 2)
    assert table["status"].tolist() == [SUCCEEDED, FAILED, FAILED, SUCCEEDED]
    assert table.loc[RAISES, "error"] == "RuntimeError: thirteen graduates are bad luck"
    assert "net_brain_gain is not a number" in table.loc[NOT_A_NUMBER, "error"]
    assert table.loc[100, "error"] == ""


def test_a_run_that_kills_its_worker_is_a_row_and_takes_no_other_with_it(tmp_path: Path) -> None:
    runs = runs_of(100, DIES, 200, replicates=1)
    with Store(tmp_path / "runs.sqlite") as store:
        sweep = do_runs(runs, store, workers=2, simulate=fake, quiet=True)
        outcomes = list(store.outcomes([run.key for run in runs]))
    assert (sweep.n_succeeded, sweep.n_failed) == (2, 1)
    assert [outcome.status for outcome in outcomes] == [SUCCEEDED, FAILED, SUCCEEDED]
    assert "process died" in outcomes[1].error


def test_any_number_of_workers_and_any_executor_make_the_same_table(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("serial", "processes", "threads")]
    for folder in folders:
        folder.mkdir()
    serial = table_bytes(folders[0], runs_of(), simulate=fake)
    processes = table_bytes(folders[1], list(reversed(runs_of())), simulate=fake, workers=2)
    with ThreadPoolExecutor(3) as executor:
        threads = table_bytes(folders[2], runs_of(), simulate=fake, workers=3, executor=executor)
    assert serial == threads
    assert sorted(_lines(processes)) == sorted(_lines(serial))


def _lines(packed: bytes) -> list[bytes]:
    import lzma

    return lzma.decompress(packed).splitlines()


def test_workers_import_neither_mesa_nor_matplotlib_nor_pandas(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs_of(replicates=1), store, workers=2, simulate=modules_fake, quiet=True)
        table = runs_frame(runs_of(replicates=1), store)
    assert table["heavy"].tolist() == [0, 0, 0]


def test_a_frame_made_in_parts_is_the_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = runs_of(RAISES, 100, NOT_A_NUMBER, replicates=2)
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs, store, simulate=fake, quiet=True)
        whole = runs_frame(runs, store)
        monkeypatch.setattr("abm.sweep.table.ROWS_AT_A_TIME", 2)
        assert_frame_equal(runs_frame(runs, store), whole)
        assert runs_frame([], store).empty
    assert len(whole) == 2 + 2 * 3 + 2


def test_numbers_come_back_from_the_table_to_the_bit(tmp_path: Path) -> None:
    runs = runs_of(replicates=20)
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs, store, simulate=fake, quiet=True)
        made = write_runs(tmp_path / "runs.csv.xz", runs, store)
    read = read_runs(tmp_path / "runs.csv.xz")
    assert read["net_brain_gain"].to_numpy(float).tobytes() == made["net_brain_gain"].to_numpy(float).tobytes()
    assert read["digest"].tolist() == made["digest"].tolist() and read["digest"].nunique() == 60
    assert read["seed"].tolist() == made["seed"].tolist()


def test_a_table_of_a_few_measures_has_these_and_knows_runs_by_them(tmp_path: Path) -> None:
    """The same rows and digests as if a run had no other measure."""
    runs = runs_of(replicates=2)
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs, store, simulate=whole_fake, quiet=True)
        whole, few = runs_frame(runs, store), runs_frame(runs, store, ["net_brain_gain"])
    left_out = set(whole.columns) - set(few.columns)
    assert left_out and "net_brain_gain" in few and not left_out & {"year", "run", "seed", "digest"}
    assert_frame_equal(few.drop(columns="digest"), whole[few.columns].drop(columns="digest"))
    series = whole_fake(Scenario.from_toml(runs[0].scenario, "runs"), (), runs[0].seed)
    kept = {name: values for name, values in series.items() if name in ("year", "months", "net_brain_gain")}
    assert few["digest"].iloc[0] == digest_of(kept) != whole["digest"].iloc[0]


# --- from the command line to a published folder, and back ---


def _design(_: Scenario) -> FullFactorial:
    parity = Factor(name="parity", values=(0.0, 0.9), reform=lambda x: PublicSalaryParity(target=x) if x else None)
    return FullFactorial([Factor(name="decision.discount_rate", values=(0.03, 0.06)), parity])


def _figures(results: Results) -> list[tuple[str, FakeFigure]]:
    return [("mean", FakeFigure(results.runs["net_brain_gain"].mean()))]


SMALL = Experiment(
    name="small",
    description="an experiment for tests",
    design=_design,
    answer=FakeAnswer(report=lambda results: f"{len(results.effects)} effects\n", figures=_figures),
    runs=Runs(graduates=90, replicates=2),
)


def published(folder: Path, *arguments: str) -> int:
    """Conduct the small experiment into a folder."""
    options = ["--scenario", "two-country", "--workers", "1", "--quiet", "--out", str(folder)]
    return conduct(SMALL, [*options, *arguments], simulate=whole_fake)


def test_a_published_folder_is_found_in_order(tmp_path: Path) -> None:
    assert published(tmp_path / "out") == 0
    assert check(tmp_path / "out", sample=99, simulate=whole_fake) == []


def test_the_same_command_publishes_the_same_bytes(tmp_path: Path) -> None:
    published(tmp_path / "one")
    published(tmp_path / "two")
    for name in ("runs.csv.xz", "effects.csv", "table.md", "figures/mean.pdf"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_an_edited_table_is_named_with_the_number_that_differs(tmp_path: Path) -> None:
    import lzma

    published(tmp_path / "out")
    path = tmp_path / "out" / "runs.csv.xz"
    lines = lzma.decompress(path.read_bytes()).decode().splitlines()
    column = lines[0].split(",").index("net_brain_gain")
    row = lines[5].split(",")
    row[column] = repr(float(row[column]) + 1e-9)
    lines[5] = ",".join(row)
    path.write_bytes(lzma.compress("\n".join(lines).encode()))
    findings = check(tmp_path / "out", sample=99, simulate=whole_fake)
    assert any(finding.startswith("runs.csv.xz: the file is not the one") for finding in findings)
    assert any("net_brain_gain in 20" in finding and "the table was edited" in finding for finding in findings)


def test_an_edited_or_missing_file_is_named(tmp_path: Path) -> None:
    published(tmp_path / "out")
    (tmp_path / "out" / "effects.csv").write_text("edited")
    (tmp_path / "out" / "figures" / "mean.pdf").unlink()
    findings = check(tmp_path / "out", sample=0)
    assert len(findings) == 2
    assert findings[0].startswith("effects.csv: the file is not the one")
    assert findings[1] == "figures/mean.pdf: the file is missing"


def test_another_model_is_suspected_when_its_runs_differ(tmp_path: Path) -> None:
    published(tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    write_manifest(path, read_manifest(path) | {"source_digest": "0"})
    findings = check(tmp_path / "out", sample=1, simulate=lambda *run: _shifted(whole_fake(*run)))
    assert len(findings) == 1
    assert "the model's sources are not those that made the table" in findings[0]


def test_a_change_within_the_rounding_is_found_by_the_digest(tmp_path: Path) -> None:
    published(tmp_path / "out")

    def changed(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        series = whole_fake(world, reforms, seed)
        return dict(series) | {"emigration_rate": np.nextafter(series["emigration_rate"], np.inf)}

    findings = check(tmp_path / "out", sample=99, simulate=changed)
    assert len(findings) == 8
    assert all("its unrounded rows are not those of the published digest" in finding for finding in findings)


def test_a_change_beyond_the_rounding_in_one_column_of_one_run_is_named(tmp_path: Path) -> None:
    published(tmp_path / "out")
    runs = read_runs(tmp_path / "out" / "runs.csv.xz")
    one = runs.iloc[3]

    def changed(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        series = dict(whole_fake(world, reforms, seed))
        if seed == one["seed"] and world.decision.discount_rate == one["decision.discount_rate"] and not reforms:
            series["return_rate"] = series["return_rate"] + np.array([0.0, 30.0, 0.0])
        return series

    (finding,) = check(tmp_path / "out", sample=99, simulate=changed)
    assert f"run {one['run']}: return_rate in 2027 is published as" in finding


def test_effects_that_do_not_follow_from_the_table_are_found_under_any_manifest(tmp_path: Path) -> None:
    published(tmp_path / "out")
    path, manifest = tmp_path / "out" / "effects.csv", tmp_path / "out" / "manifest.json"
    path.write_text(path.read_text().replace("net_brain_gain,yearly", "net_brain_gain,never", 1))
    files = read_manifest(manifest)["files"] | {"effects.csv": file_digest(path)}
    write_manifest(manifest, read_manifest(manifest) | {"files": files})
    (finding,) = check(tmp_path / "out", sample=0)
    assert finding.startswith("effects.csv: other effects come out of runs.csv.xz")


def test_a_flipped_bit_in_any_file_is_found(tmp_path: Path) -> None:
    published(tmp_path / "out")
    for path in [
        path for path in sorted((tmp_path / "out").rglob("*")) if path.is_file() and "sqlite" not in path.name
    ]:
        whole = path.read_bytes()
        at = whole.index(b'"seed"') + 1 if path.name == "manifest.json" else len(whole) // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            assert check(tmp_path / "out", sample=0), path
        except UsageError as refusal:
            assert path.name in str(refusal)
        path.write_bytes(whole)
    assert check(tmp_path / "out", sample=0) == []


def test_a_folder_from_before_runs_had_digests_is_refused_in_a_sentence(tmp_path: Path) -> None:
    published(tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    content = read_manifest(path)
    content["files"]["runs.csv.gz"] = content["files"].pop("runs.csv.xz")
    write_manifest(path, content)
    with pytest.raises(UsageError, match="before runs had digests"):
        check(tmp_path / "out", sample=0)


def _shifted(series: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return dict(series) | {"net_brain_gain": series["net_brain_gain"] + 1.0}


def test_an_interrupted_experiment_publishes_a_partial_result(tmp_path: Path, capsys: Any) -> None:
    count = iter(range(100))

    def interrupted(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        if next(count) == 3:
            raise KeyboardInterrupt
        return whole_fake(world, reforms, seed)

    options = ["--scenario", "two-country", "--workers", "1", "--quiet", "--out", str(tmp_path)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("abm.sweep.runner.CHUNK_SECONDS", 0.0)  # a run a chunk, so that three are kept
        code = conduct(SMALL, options, simulate=interrupted)
    assert code == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert '"partial": true' in (tmp_path / "manifest.json").read_text()
    assert read_runs(tmp_path / "runs.csv.xz")["run"].nunique() == 3
    assert check(tmp_path, sample=3, simulate=whole_fake) == []
    assert published(tmp_path) == 0
    assert '"partial": false' in (tmp_path / "manifest.json").read_text()


def test_a_disk_that_is_full_when_tables_are_written_gets_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def full(path: Path, *_: Any, **__: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("abm.sweep.table.write_runs", full)
        assert published(tmp_path) == 2
    said = capsys.readouterr().err
    assert "runs.csv.xz: cannot be written (No space left on device); finished runs are safe" in said
    assert said.count("\n") == 1
    assert published(tmp_path) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--graduates", "0"],
        ["--graduates", "many"],
        ["--replicates", "0"],
        ["--replicates", "2.5"],
        ["--workers", "-1"],
        ["--time-limit", "0"],
        ["--time-limit", "nan"],
        ["--time-limit", "soon"],
        ["--cluster", "somewhere"],
        ["--cluster", ""],
        ["--cluster", "tcp://127.0.0.1:65536"],
        ["--seed", "-1"],
        ["--seed", str(2**63)],
        ["--set", "decision.discount_rate"],
        ["--set", "decision.discount_rat=0.1"],
        ["--set", "decision.discount_rate=high"],
        ["--set", "decision.discount_rate=-1"],
        ["--set", "end=2026-13"],
        ["--set", "graduates=5", "--graduates", "6"],
        ["--set", "end=2040-12", "--set", "end=2041-12"],
        ["--scenario", "atlantis"],
        ["--scenario", "no/such/file.toml"],
        ["--no-such-flag"],
        ["--out"],
        ["--rep", "3"],
    ],
)
def test_a_bad_option_gets_one_sentence_code_2_and_nothing_written(
    tmp_path: Path, arguments: list[str], capsys: Any
) -> None:
    try:
        code = published(tmp_path / "out", *arguments)
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "out").write_text("mine")
    assert published(tmp_path / "out") == 2
    assert "is a file, but must be a folder" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_without_a_manifest_is_a_mistake(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "experiments", "check", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and "manifest" in done.stderr


@pytest.mark.parametrize("name", ["kazakhstan", "two-country"])
def test_the_main_experiment_can_be_planned_for_every_scenario(name: str) -> None:
    world = Scenario.load(name).replace({"graduates": 100})
    arms = reforms_design(world).arms()
    runs = plan(world, arms, replicates=1, seed=1)
    assert len({run.key for run in runs}) == len(arms) == 36
    assert arms[0].reforms == ()
    assert len(arms[-1].reforms) == 3
