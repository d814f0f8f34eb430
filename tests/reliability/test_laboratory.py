"""From a design file or one's own script to a published folder that can be watched, checked and exported."""

from __future__ import annotations

import functools
import json
import lzma
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.reforms import Reform
from abm.scenario import Scenario, toml_value
from abm.sweep import DesignError, ExplicitTable, Factor, FullFactorial, LatinHypercube, Range, run
from abm.sweep.manifest import write_manifest
from abm.sweep.progress import read_progress
from abm.sweep.store import Store
from abm.sweep.table import read_runs
from experiments.commands import check as checking
from experiments.commands import export as exporting
from experiments.commands import status as watching
from experiments.questions.sweep import EXPERIMENT as SWEEP
from experiments.study.conduct import conduct
from tests.reliability.designs import HEAD
from tests.reliability.fake_model import RAISES, SERIES, whole_fake
from tests.reliability.sweeping import PATIENCE, PROJECT, with_project

WORLD = Scenario.load("two-country").replace({"graduates": 1000})

FILE = f"""{HEAD}[[factors]]
name = "PublicSalaryParity.target"
values = ["none", 0.9, 1]
[[factors]]
name = "labour.merit"
values = [0.4, 0.6]
"""
SAMPLE = """
scenario = "two-country"
replicates = 2
seed = 3
kind = "sobol"
points = 16
[[factors]]
name = "PublicSalaryParity.target"
low = 0.8
high = 1.2
baseline = "none"
[[factors]]
name = "graduates"
low = 20
high = 90
whole = true
baseline = 50
"""


def swept(folder: Path, text: str, *arguments: str, simulate: Any = whole_fake) -> int:
    """Run the sweep of a design file with this text into ``folder / 'out'``."""
    (folder / "design.toml").write_text(text, encoding="utf-8")
    options = ["--design", str(folder / "design.toml"), "--workers", "1", "--quiet", "--out", str(folder / "out")]
    return conduct(SWEEP, [*options, *arguments], simulate)


# --- a design file ---


DRAWN = ("net_brain_gain", "net_human_capital_gain", "graduates_at_home", "graduates_at_work")


def test_a_design_file_is_run_and_published(tmp_path: Path) -> None:
    assert swept(tmp_path, FILE) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    table = read_runs(tmp_path / "out" / "runs.csv.xz")
    assert (manifest["seed"], manifest["replicates"], manifest["runs"]["SUCCEEDED"]) == (3, 2, 12)
    assert manifest["design"]["kind"] == "full" and len(manifest["design"]["arms"]) == 6
    assert manifest["design"]["arms"][0]["reforms"][0]["private_jobs"] == 0.2
    assert "graduates = {value = 50" in manifest["scenario"]
    assert "--design" in manifest["command"]
    assert set(manifest["files"]) == {
        *("runs.csv.xz", "effects.csv", "main_effects.csv", "costs.csv", "table.md"),
        *(f"figures/effects_on_{name}.{kind}" for name in DRAWN for kind in ("png", "pdf")),
    }
    assert sorted(set(table["PublicSalaryParity.target"])) == ["0.9", "1", "none"]
    main_effects = pd.read_csv(tmp_path / "out" / "main_effects.csv")
    merit = main_effects.query("factor == 'labour.merit' and measure == 'net_brain_gain' and window == 'cumulative'")
    assert merit["effect"].tolist() == pytest.approx([3 * 5.0 * (0.6 - 0.4)])
    assert checking.check(tmp_path / "out", sample=99, simulate=whole_fake) == []


def test_a_sampled_design_is_published_with_scatters_and_checked(tmp_path: Path) -> None:
    assert swept(tmp_path, SAMPLE) == 0
    files = json.loads((tmp_path / "out" / "manifest.json").read_text())["files"]
    assert "figures/net_brain_gain_by_factor.png" in files
    assert checking.check(tmp_path / "out", sample=99, simulate=whole_fake) == []


TITLES = ["Pay of $100_a and $200 | құны", r"$\frac{1$ & $_$ ^ \alpha #1"]


@pytest.mark.parametrize("title", TITLES)
def test_titles_and_levels_are_drawn_and_written_as_they_stand(tmp_path: Path, title: str) -> None:
    """A dollar sign begins no formula, and a bar ends no cell."""
    text = f"title = {toml_value(title)}" + FILE[FILE.index("\nscenario") :].replace(
        '"labour.merit"\nvalues = [0.4, 0.6]', f'"description"\nvalues = ["at $_$ | a month", {toml_value(title)}]'
    )
    assert swept(tmp_path, text) == 0
    assert (tmp_path / "out" / "manifest.json").is_file()
    report = (tmp_path / "out" / "table.md").read_text(encoding="utf-8")
    assert report.startswith(f"{title}.\n")
    tables = re.findall(r"(?:^\|.*\n)+", report, re.M)
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table
    assert len(tables) == 3 and any(r"at $_$ \| a month" in table for table in tables)


def test_no_text_of_a_figure_is_read_as_a_formula() -> None:
    from matplotlib.text import Text

    from abm.analysis.design_figures import effect_dots, scatter_with_trend

    rows = pd.DataFrame({"name": ["$_$"], "effect": [1.0], "low": [0.0], "high": [2.0]})
    arms = pd.DataFrame({"$x_1$": [1.0, 2.0], "mean": [1.0, 3.0]})
    for figure in (
        effect_dots(rows, title="$^$", unit="$"),
        scatter_with_trend(arms, ["$x_1$"], "mean", title="$^$", unit="$"),
    ):
        texts = [text for text in figure.findobj(Text) if text.get_text()]
        assert texts and not any(text.get_parse_math() for text in texts)


def test_a_repeated_point_counts_once_in_every_table(tmp_path: Path) -> None:
    """As the samples of Morris have them: the same people with the same luck say nothing new."""
    lines = ["graduates,labour.merit", "50,0.4", "50,0.6", "80,0.4", "80,0.6"]
    table = 'scenario = "two-country"\nreplicates = 2\nseed = 3\nkind = "table"\ntable = "points.csv"\n'
    published = {}
    for name, more in (("once", []), ("again", ["80,0.60", "50,0.4", "80.0,0.6"])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "points.csv").write_text("\n".join([*lines, *more]), encoding="utf-8")
        assert swept(folder, table) == 0
        published[name] = [
            (folder / "out" / file).read_bytes() for file in ("runs.csv.xz", "effects.csv", "main_effects.csv")
        ]
        report = (folder / "out" / "table.md").read_text(encoding="utf-8")
        assert ("3 rows of the table repeat a point" in report) == bool(more) and "4 arms (table)" in report
        assert checking.check(folder / "out", sample=99, simulate=whole_fake) == []
    assert published["once"] == published["again"]


def test_the_command_line_goes_before_the_design_file(tmp_path: Path) -> None:
    swept(
        tmp_path, FILE, "--replicates", "1", "--seed", "9", "--graduates", "60", "--set", "labour.separation_rate=0.2"
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["seed"], manifest["replicates"]) == (9, 1)
    assert "graduates = {value = 60" in manifest["scenario"]
    assert "separation_rate = {value = 0.2" in manifest["scenario"]


@pytest.mark.parametrize(
    "design", sorted((PROJECT / "experiments" / "designs").glob("*.toml")), ids=lambda file: file.stem
)
def test_a_bundled_design_file_can_be_run(tmp_path: Path, design: Path) -> None:
    assert swept(tmp_path, design.read_text(encoding="utf-8")) == 0


def test_arms_that_come_to_the_same_share_their_runs_and_pass_the_check(tmp_path: Path) -> None:
    both = FILE.replace(
        '"labour.merit"\nvalues = [0.4, 0.6]', '"PublicSalaryParity.start"\nvalues = ["2026-01", "none"]'
    )
    assert swept(tmp_path, both) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert len(manifest["design"]["arms"]) == 6 and manifest["runs"]["SUCCEEDED"] == 2 * 3
    assert len(read_runs(tmp_path / "out" / "runs.csv.xz")) == 6 * 2 * 3
    assert checking.check(tmp_path / "out", sample=99, simulate=whole_fake) == []


# --- status ---


def with_a_failure(folder: Path) -> None:
    """Sweep sizes of which one fails, and publish what there is."""
    sizes = FILE.replace('"labour.merit"\nvalues = [0.4, 0.6]', f'"graduates"\nvalues = [50, {RAISES}]')
    swept(folder, sizes.replace("[set]\ngraduates = 50\n", ""))


def test_status_counts_what_is_done_and_failed_and_names_the_error(tmp_path: Path, capsys: Any) -> None:
    with_a_failure(tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    capsys.readouterr()
    assert watching.main([str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("12 of 12 runs are done, 6 of them failed; it runs as process " + str(os.getpid())) or (
        "12 of 12 runs are done, 6 of them failed" in said[0]
    )
    assert said[1:] == ["  6 x RuntimeError: thirteen graduates are bad luck"]
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_status_reads_a_sweep_in_flight_and_the_writer_goes_on(tmp_path: Path) -> None:
    seen = []

    def watched(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        seen.append(read_progress(tmp_path / "out" / "runs.sqlite"))
        return whole_fake(world, reforms, seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("abm.sweep.runner.CHUNK_SECONDS", 0.0)  # a run a chunk
        assert swept(tmp_path, FILE, simulate=watched) == 0
    assert [progress.n_done for progress in seen] == list(range(12))
    assert {progress.n_planned for progress in seen} == {12}
    assert seen[0].rate is None and seen[0].running
    late = seen[-1]
    assert late.rate is not None and late.seconds_left == pytest.approx(1 / late.rate)


def test_status_of_a_killed_sweep_says_that_it_was_stopped(tmp_path: Path, capsys: Any) -> None:
    swept(tmp_path, FILE)
    plan = tmp_path / "out" / "runs.sqlite.plan"
    content = json.loads(plan.read_text())
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    content |= {"process": ended.pid, "runs": [*content["runs"], "0" * 16]}
    plan.write_text(json.dumps(content))
    assert watching.main([str(tmp_path / "out")]) == 0
    assert "12 of 13 runs are done; it was stopped" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "", "[]", '{"runs": 3}', '{"began": "yesterday"}'])
def test_status_without_a_sweep_is_a_mistake(tmp_path: Path, content: str | None, capsys: Any) -> None:
    if content is not None:
        (tmp_path / "runs.sqlite.plan").write_text(content)
    assert watching.main([str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.strip().splitlines()) == 1


# --- check ---


def test_a_failed_run_is_counted_and_not_repeated(tmp_path: Path, capsys: Any) -> None:
    with_a_failure(tmp_path)
    capsys.readouterr()
    assert checking.check(tmp_path / "out", sample=99, simulate=whole_fake) == []
    assert "6 runs failed; column error says why" in capsys.readouterr().out


def test_a_run_taken_out_of_the_table_is_missed(tmp_path: Path) -> None:
    swept(tmp_path, FILE)
    path = tmp_path / "out" / "runs.csv.xz"
    lines = lzma.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    path.write_bytes(lzma.compress("".join(lines[:-3]).encode()))
    findings = checking.check(tmp_path / "out", sample=1, simulate=whole_fake)
    assert any("has 11 runs that succeeded, but the manifest says 12" in finding for finding in findings)


def test_other_data_is_suspected_when_runs_differ_and_all_else_is_the_same(tmp_path: Path) -> None:
    swept(tmp_path, FILE)
    path = tmp_path / "out" / "manifest.json"
    manifest = json.loads(path.read_text())
    name = next(iter(manifest["data"]))
    manifest["data"][name] = "0" * 64
    write_manifest(path, manifest)
    findings = checking.check(tmp_path / "out", sample=1, simulate=fake_of_other_luck)
    assert len(findings) == 1 and findings[0].endswith(f"other data: {name}")


def fake_of_other_luck(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Stand in for a model that has changed."""
    return whole_fake(world, reforms, seed + 1)


# --- export ---


def test_parquet_and_csv_give_every_cell_back(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    with_a_failure(tmp_path)
    folder = tmp_path / "out"
    table = read_runs(folder / "runs.csv.xz")
    parquet = pd.read_parquet(exporting.export(folder, "parquet"))
    assert list(parquet.columns) == list(table.columns)
    for name in table:
        assert parquet[name].dtype == table[name].dtype, name
        assert parquet[name].to_numpy().tobytes() == table[name].to_numpy().tobytes() or (
            parquet[name].tolist() == table[name].tolist()
        ), name
    assert exporting.export(folder, "csv").read_bytes() == lzma.decompress((folder / "runs.csv.xz").read_bytes())


def test_xarray_gives_every_number_back_to_the_bit_by_run_and_year(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5py")
    with_a_failure(tmp_path)
    table = read_runs(tmp_path / "out" / "runs.csv.xz")
    path = exporting.export(tmp_path / "out", "xarray", tmp_path / "new" / "mine.nc")
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        for position, run_ in enumerate(data["run"].values.tolist()):
            rows = table[table["run"] == run_]
            assert data["seed"].values[position] == rows["seed"].iloc[0]
            assert data["status"].values[position] == rows["status"].iloc[0]
            assert data["PublicSalaryParity.target"].values[position] == rows["PublicSalaryParity.target"].iloc[0]
            for measure in ("net_brain_gain", *SERIES):
                now, then = data[measure].values[position], rows[measure].to_numpy(float)
                assert now.tobytes() == then.tobytes() if len(rows) == 3 else np.isnan(now).all(), measure


def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert exporting.main([str(tmp_path), "--format", "parquet"]) == 2
    said = capsys.readouterr().err
    assert "pyarrow" in said and "pip install pyarrow" in said and len(said.strip().splitlines()) == 1


def test_an_export_never_writes_over_a_file(tmp_path: Path, capsys: Any) -> None:
    swept(tmp_path, FILE)
    published = (tmp_path / "out" / "runs.csv.xz").read_bytes()
    command = [str(tmp_path / "out"), "--format", "csv", "--out", str(tmp_path / "out" / "runs.csv.xz")]
    assert exporting.main(command) == 2
    assert "belongs to what is published in its folder" in capsys.readouterr().err
    assert (tmp_path / "out" / "runs.csv.xz").read_bytes() == published


# --- a script or notebook of one's own ---


def test_one_call_gives_tables_and_a_figure(tmp_path: Path) -> None:
    design = FullFactorial([Factor(name="graduates", values=(50, 80))])
    result = run(design, WORLD, replicates=3, store=tmp_path / "mine.sqlite", simulate=whole_fake, quiet=True)
    effects = result.effects(since=2027)
    assert len(result.runs) == 2 * 3 * 3 and result.sweep.n_succeeded == 6
    assert set(effects["graduates"]) == {50, 80} and "low" in effects
    assert result.plot("emigration_rate", "mean").axes
    again = run(design, WORLD, replicates=3, store=tmp_path / "mine.sqlite", simulate=whole_fake, quiet=True)
    assert (again.sweep.n_found, again.sweep.n_succeeded) == (6, 0)
    assert again.runs.equals(result.runs)


def test_a_store_never_gives_a_run_that_measures_something_else(tmp_path: Path) -> None:
    def more(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        years = whole_fake(world, reforms, seed)
        return {**years, "of_mine": 0.0 * years["year"]}

    design, store = FullFactorial([Factor(name="graduates", values=(50, 80))]), tmp_path / "mine.sqlite"
    plain = run(design, WORLD, replicates=1, store=store, simulate=whole_fake, quiet=True)
    mine = run(design, WORLD, replicates=1, store=store, simulate=more, quiet=True)
    assert "of_mine" not in plain.runs and mine.sweep.n_found == 0 and set(mine.runs["of_mine"]) == {0.0}
    with pytest.raises(DesignError, match="a partial, but must be by a function"):
        run(design, WORLD, replicates=1, store=store, simulate=functools.partial(more), quiet=True)


def test_without_a_store_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    design = LatinHypercube([Range(name="graduates", low=20, high=90, baseline=50, whole=True)], n_points=4, seed=1)
    assert len(run(design, WORLD, replicates=1, simulate=whole_fake, quiet=True).arms) == 5
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_reaches_the_caller_and_what_is_done_is_kept(tmp_path: Path) -> None:
    count = iter(range(100))

    def interrupted(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        if next(count) == 2:
            raise KeyboardInterrupt
        return whole_fake(world, reforms, seed)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("abm.sweep.runner.CHUNK_SECONDS", 0.0)
        design = FullFactorial([Factor(name="graduates", values=(50, 80))])
        run(design, WORLD, replicates=3, store=tmp_path / "mine.sqlite", simulate=interrupted, quiet=True)
    assert read_progress(tmp_path / "mine.sqlite").n_done == 2
    Store(tmp_path / "mine.sqlite").close()


def test_workers_cannot_be_given_what_only_the_caller_has(tmp_path: Path) -> None:
    def mine(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
        return whole_fake(world, reforms, seed)

    design = FullFactorial([Factor(name="graduates", values=(50, 80))])
    with pytest.raises(DesignError, match="mine is defined in the script or notebook itself.*workers=1"):
        run(design, WORLD, replicates=1, store=tmp_path / "mine.sqlite", workers=2, simulate=mine)
    assert list(tmp_path.iterdir()) == []


TWO_SWEEPS = """
import pickle, sys, threading
from abm import Scenario, sweep

class Mine:
    pass

world = Scenario.load("two-country").replace({"graduates": 50, "end": "2026-02"})
design = sweep.FullFactorial([sweep.Factor(name="labour.merit", values=(0.5, 0.8))])
script, ended, changed = sys.modules["__main__"], [], []

def go():
    ended.append(sweep.run(design, world, replicates=3, quiet=True, workers=int(sys.argv[1])).sweep)

def watch():
    while len(ended) < 2:
        if sys.modules["__main__"] is not script:
            changed.append(1)
        pickle.dumps(Mine())

threads = [threading.Thread(target=do) for do in (go, go, watch)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print([sweep.n_succeeded for sweep in ended], len(changed), sys.modules["__main__"] is script)
"""


def run_script(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of this text in a folder."""
    (folder / "mine.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "mine.py", *arguments],
        cwd=folder,
        env=with_project(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_two_sweeps_in_threads_leave_the_script_alone_at_every_time(tmp_path: Path, workers: int) -> None:
    """It has no guard around it, and is run once all the same."""
    done = run_script(tmp_path, TWO_SWEEPS, str(workers))
    assert (done.stdout, done.stderr, done.returncode) == ("[6, 6] 0 True\n", "", 0)


def python_of_the_docs() -> str:
    """Return the script that docs/experiments.md shows."""
    blocks = re.findall(r"```python\n(.*?)```", (PROJECT / "docs" / "experiments.md").read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 1
    return str(blocks[0])


def test_the_script_of_the_docs_runs_as_written_in_about_ten_lines(tmp_path: Path) -> None:
    script = python_of_the_docs()
    assert len(script.strip().splitlines()) <= 12
    done = run_script(tmp_path, script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("JudicialReform.speed") == 1  # the script itself ran once, not once a worker
    assert "net_brain_gain" in done.stdout
    assert (tmp_path / "net_brain_gain.png").stat().st_size > 10_000
    with_workers = read_progress(tmp_path / "my-sweep.sqlite")
    assert (with_workers.n_succeeded, with_workers.n_failed, with_workers.n_planned) == (18, 0, 18)


def test_the_reform_of_the_docs_works_as_written(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "experiments.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python reform\n(.*?)```", text, re.S)
    done = run_script(tmp_path, block)
    assert done.returncode == 0, done.stderr
    assert "LanguageCourses" in done.stdout and "2,000,000" in done.stdout


def test_the_sample_of_the_docs_is_a_table_of_points_as_written(tmp_path: Path) -> None:
    pytest.importorskip("SALib")
    text = (PROJECT / "docs" / "experiments.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python salib\n(.*?)```", text, re.S)
    done = run_script(tmp_path, block)
    assert done.returncode == 0, done.stderr
    table = ExplicitTable.read(tmp_path / "points.csv")
    assert [factor.name for factor in table.factors] == ["decision.return_cost", "decision.ties_weight"]
    assert len(table.rows) + table.n_repeated == 10 * (2 + 1)


def test_the_design_files_of_the_docs_can_be_read(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (PROJECT / "docs" / "experiments.md").read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 2
    assert swept(tmp_path, blocks[0], "--graduates", "50", "--replicates", "1") == 0
    rest = 'scenario = "kazakhstan"\nreplicates = 1\nseed = 1\n'
    (tmp_path / "sample").mkdir()
    assert swept(tmp_path / "sample", rest + blocks[1], "--graduates", "50") == 0
