"""The notebooks of the documentation run, and print what stands in them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from sources import ROOT

nbformat = pytest.importorskip("nbformat", reason="notebooks need the extra docs")
pytest.importorskip("nbclient", reason="notebooks need the extra docs")
pytest.importorskip("ipykernel", reason="notebooks need the extra docs")

sys.path.insert(0, str(ROOT / "docs"))
from website import notebooks  # noqa: E402

NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
AGAIN = "python docs/website/notebooks.py --write"
FILES = sorted(notebooks.FOLDER.glob("*.md"))


def words(printed: str) -> list[str]:
    """Return what is printed without its numbers."""
    return NUMBER.sub("#", printed).split()


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_notebook_runs_and_prints_what_stands_in_it(tmp_path: Path, path: Path) -> None:
    """Words are the same; one person may decide otherwise where a processor rounds otherwise, so not every number."""
    text = path.read_text(encoding="utf-8")
    stated, done = list(notebooks.cells(text)), notebooks.executed(text, tmp_path)
    assert [cell.code for cell in stated] == [cell.code for cell in done]
    numbers: list[bool] = []
    for before, now in zip(stated, done, strict=True):
        assert words(before.printed) == words(now.printed), f"{before.code}\n{now.printed}\nif that is right: {AGAIN}"
        pairs = zip(NUMBER.findall(before.printed), NUMBER.findall(now.printed), strict=True)
        numbers += [one == other for one, other in pairs]
    assert sum(numbers) >= 0.8 * len(numbers), f"{numbers.count(False)} of {len(numbers)} numbers are others: {AGAIN}"
    drawn = notebooks.written(done, path.stem)[1]
    assert sorted(drawn) == sorted(picture.name for picture in notebooks.FOLDER.glob(f"{path.stem}-*.png"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_notebook_as_a_file_is_one_that_jupyter_reads(path: Path) -> None:
    made = json.loads(notebooks.as_file(path.read_text(encoding="utf-8")))
    nbformat.validate(made)
    assert {cell["cell_type"] for cell in made["cells"]} == {"code", "markdown"}
    assert "text output" not in json.dumps(made) and ".md)" not in json.dumps(made)


def test_what_cells_print_and_draw_is_written_after_them_and_read_back() -> None:
    done = [
        notebooks.Cell(text="# Head"),
        notebooks.Cell(code="print(1)\n1", printed="1\n1\n", picture=b"png"),
        notebooks.Cell(code="x = 2"),
        notebooks.Cell(text="The end."),
    ]
    text, pictures = notebooks.written(done, "try")
    assert pictures == {"try-1.png": b"png"}
    again = list(notebooks.cells(text))
    assert [(cell.text, cell.code, cell.printed) for cell in again] == [
        (cell.text, cell.code, cell.printed) for cell in done
    ]
    assert notebooks.written([*again[:1], done[1], *again[2:]], "try")[0] == text


def test_a_cell_that_fails_stops_the_notebook(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="ZeroDivisionError"):
        notebooks.executed("```python\n1 / 0\n```\n", tmp_path)
