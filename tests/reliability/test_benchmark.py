"""The benchmark measures, judges and writes; how fast anything is, no test says."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.benchmark import speed
from experiments.benchmark.timing import FULL, LIMITS, QUICK, Limit, NotMeasuredError, Row, Sizes, interleaved
from experiments.commands import benchmark

COST_COLUMNS = ["varied", "graduates", "mean_degree", "reviews_a_year", "destinations", "graduate_months"]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return a table's rows by column."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a quick benchmark."""
    folder = tmp_path_factory.mktemp("benchmark")
    command = ["--quick", "--only", "cost", "growth", "--out", str(folder)]
    (folder / "cost.png").write_text("mine")
    assert benchmark.main(command) == 2
    assert (folder / "cost.png").read_text() == "mine"
    assert benchmark.main([*command, "--overwrite"]) == 0
    assert benchmark.main(command) == 0
    return folder


def test_it_writes_tables_a_figure_and_the_machine(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names == {"benchmark.csv", "cost.csv", "cost.png", "cost.pdf", "machine.json"}
    assert (folder / "cost.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_has_its_columns_and_positive_numbers(folder: Path) -> None:
    rows = rows_of(folder / "benchmark.csv")
    assert list(rows[0]) == list(benchmark.COLUMNS)
    assert {row["what"].split(":")[0] for row in rows} == {"cost", "growth"}
    for row in rows:
        assert float(row["lowest"]) > 0.0
        assert float(row["lowest"]) <= float(row["value"]) <= float(row["highest"])
        assert int(row["repeats"]) == QUICK.rounds
        assert row["met floor"] == row["met aim"] == ""  # the limits are those of the full sizes
    (cost,) = (row for row in rows if row["what"] == "cost")
    assert (float(cost["floor"]), float(cost["aim"])) == (LIMITS["cost"].floor, LIMITS["cost"].aim)


def test_each_curve_of_cost_varies_what_it_says(folder: Path) -> None:
    rows = rows_of(folder / "cost.csv")
    assert list(rows[0])[: len(COST_COLUMNS)] == COST_COLUMNS
    assert all(float(row["ns_a_graduate_month"]) > 0.0 and int(row["graduate_months"]) > 0 for row in rows)
    curves = {varied: [row for row in rows if row["varied"] == varied] for varied in {row["varied"] for row in rows}}
    assert [int(row["graduates"]) for row in curves["graduates"]] == list(QUICK.growth)
    assert [float(row["mean_degree"]) for row in curves["mean degree"]] == pytest.approx(QUICK.degrees, abs=0.1)
    assert [int(row["destinations"]) for row in curves["destinations"]] == list(QUICK.destinations)
    reviews = [float(row["reviews_a_year"]) for row in curves["review rate"]]
    assert 0.8 < reviews[0] < reviews[-1]


def test_the_machine_is_described_without_its_name_or_any_path(folder: Path) -> None:
    text = (folder / "machine.json").read_text(encoding="utf-8")
    machine = json.loads(text)
    assert machine["command"] == "python -m experiments benchmark --quick --only cost growth"
    assert {"python", "numpy", "numba", "mesa"} <= set(machine["versions"])
    assert machine["machine"]["processor"] and machine["machine"]["cores"] >= 1
    assert set(machine["files"]) == {"benchmark.csv", "cost.csv", "cost.png", "cost.pdf"}
    assert str(folder) not in text and str(Path.home()) + "/" not in text


def test_an_unknown_measurement_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        benchmark.main(["--only", "costs", "--out", str(tmp_path / "new")])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "'costs' is not a measurement; there is cost, objects" in said and said.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_a_file_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert benchmark.main(["--out", str(tmp_path / "file")]) == 2
    assert "must be a folder" in capsys.readouterr().err


def test_without_reference_models_the_comparisons_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed, "PROJECT", tmp_path)
    assert benchmark.main(["--quick", "--only", "objects", "numpy", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.count("not measured: tests/reference is not here") == 2
    assert [row["value"] for row in rows_of(tmp_path / "out" / "benchmark.csv")] == ["", ""]


@pytest.mark.parametrize(
    ("measure", "module", "name"),
    [(speed.objects, "objects", "ObjectModel"), (speed.numpy_model, "vectorised", "VectorisedModel")],
)
def test_a_reference_model_is_timed_by_its_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measure: Callable[[Sizes], list[Row]], module: str, name: str
) -> None:
    model = f"""
class {name}:
    def __init__(self, scenario, reforms=(), *, seed=0):
        assert scenario.name == "two-country"
    def step(self):
        sum(range(100))
"""
    (tmp_path / "tests" / "reference").mkdir(parents=True)
    monkeypatch.setattr(speed, "PROJECT", tmp_path)
    with pytest.raises(NotMeasuredError, match=rf"reference/{module}\.py is not here"):
        measure(QUICK)
    (tmp_path / "tests" / "reference" / f"{module}.py").write_text(model, encoding="utf-8")
    rows = measure(QUICK)
    assert len(rows) == 3
    assert all(row.value is not None and row.value > 0.0 for row in rows)


def test_what_fails_is_a_row_with_its_error_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(sizes: object) -> list[Row]:
        raise ValueError("no luck")

    monkeypatch.setitem(benchmark.MEASUREMENTS, "cost", fail)
    assert benchmark.main(["--quick", "--only", "cost", "--out", str(tmp_path)]) == 1
    assert "cost: not measured, because it failed (ValueError: no luck)" in capsys.readouterr().out


def test_ten_million_graduates_are_not_tried_without_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "memory_figure", lambda file, name: 1_000_000)
    with pytest.raises(NotMeasuredError, match="GB of memory are free, but 10,000 graduates need about"):
        speed.large(QUICK)


def test_rounds_are_taken_by_turns_after_one_that_warms_up() -> None:
    order: list[str] = []
    taken = interleaved([lambda: order.append("a"), lambda: order.append("b")], 2)
    assert "".join(order) == "baabba"
    assert [len(outcomes) for outcomes in taken] == [2, 2]


def test_floors_and_aims_are_judged_in_their_direction() -> None:
    assert Limit(40.0, 15.0).met(15.0, 15.0) and not Limit(40.0, 15.0).met(41.0, 40.0)
    assert Limit(1.6, 1.9, more_is_better=True).met(1.7, 1.6)
    assert not Limit(1.6, 1.9, more_is_better=True).met(1.7, 1.9)
    cells = benchmark._cells(Row("threads", "", "", 1.7, 1.7, 1.7, 3), quick=False)
    assert (cells["met floor"], cells["met aim"]) == ("yes", "no")


def test_one_to_one_has_as_many_graduates_as_the_country(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_in_a_process", lambda work, persons, last_month: (1.0, persons))
    seconds, memory = speed.one_to_one(FULL)
    assert seconds.size == "3,680,000 graduates, 300 months, 2 threads"
    assert (seconds.value, memory.value) == (1.0, 3.68e-3)
