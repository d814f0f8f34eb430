"""Notebooks that are written as Markdown, as Jupyter has them, and what their cells print.

A block of ``python`` is a cell; a block of ``text output`` after it is what the cell prints, and a picture after it
what it draws, both put there by

.. code-block:: console

   python docs/website/notebooks.py --write

which runs all notebooks, each in an empty folder.  The tests run them too, and compare what comes out with what stands
there.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "Cell", "as_file", "cells", "executed", "notebook", "written"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "notebooks"
OUTPUT = r"\n```text output\n(?P<printed>.*?)^```\n"
PICTURE = r"\n!\[[^\]]*\]\((?P<picture>[\w-]+\.png)\)\n"
CELL = re.compile(rf"^```python\n(?P<code>.*?)^```\n(?:{OUTPUT})?(?:{PICTURE})?", re.MULTILINE | re.DOTALL)
TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # by which a command colours what it says
SECONDS = 300  # that a cell may take


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook: text, or code with what it prints and whether it draws."""

    text: str = ""
    code: str = ""
    printed: str = ""
    picture: bytes = b""


def as_file(text: str) -> str:
    """Return a notebook as the text of Jupyter's file, its links led to pages of the site beside which it lies."""
    made = notebook(re.sub(r"(\]\((?![a-z]+:)[^)#\s]+)\.md", r"\1.html", text))
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def cells(text: str) -> Iterator[Cell]:
    """Yield the cells of a notebook that is written as Markdown; pictures are not read."""
    end = 0
    for found in CELL.finditer(text):
        if before := text[end : found.start()].strip():
            yield Cell(text=before)
        yield Cell(code=found["code"].rstrip("\n"), printed=found["printed"] or "")
        end = found.end()
    if after := text[end:].strip():
        yield Cell(text=after)


def notebook(text: str) -> dict[str, Any]:
    """Return a notebook as Jupyter has it, without outputs."""
    made = [_code(cell) if cell.code else _text(cell) for cell in cells(text)]
    for place, cell in enumerate(made):
        cell["id"] = f"cell-{place}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made}


def _code(cell: Cell) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": cell.code}


def _text(cell: Cell) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": cell.text}


def executed(text: str, folder: Path) -> list[Cell]:
    """Return the cells of a notebook after it was run in a folder.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient

    made = nbformat.from_dict(notebook(text))
    client = NotebookClient(made, timeout=SECONDS, resources={"metadata": {"path": str(folder)}})
    client.execute(env=_environment(folder))
    return [_done(cell) for cell in made["cells"]]


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which a notebook finds the package of this checkout, and its command."""
    command = folder / ".bin" / "brain-gain"
    command.parent.mkdir()
    command.write_text(f"#!{sys.executable}\nimport sys\nfrom abm.command import main\nsys.exit(main())\n")
    command.chmod(0o755)
    ahead = {"PATH": str(command.parent), "PYTHONPATH": str(ROOT)}
    return dict(os.environ) | {name: os.pathsep.join((path, os.environ.get(name, ""))) for name, path in ahead.items()}


def _done(cell: Any) -> Cell:
    if cell["cell_type"] != "code":
        return Cell(text=cell["source"])
    printed, picture = [], b""
    for output in cell["outputs"]:
        data = output.get("data", {})
        if output["output_type"] == "stream" and output["name"] == "stdout":
            printed.append(output["text"])
        elif "image/png" in data:
            picture = base64.b64decode(data["image/png"])
        elif "text/plain" in data:
            printed.append(data["text/plain"] + "\n")
    return Cell(code=cell["source"], printed=TERMINAL.sub("", "".join(printed)), picture=picture)


def written(done: Sequence[Cell], stem: str) -> tuple[str, dict[str, bytes]]:
    """Return a notebook as Markdown with what its cells print, and the pictures that they draw by file."""
    parts, pictures = [], {}
    for place, cell in enumerate(done):
        parts.append(cell.text if cell.text else f"```python\n{cell.code}\n```")
        if cell.printed:
            lines = "\n".join(line.rstrip() for line in cell.printed.rstrip().split("\n"))
            parts.append(f"```text output\n{lines}\n```")
        if cell.picture:
            name = f"{stem}-{place}.png"
            pictures[name] = cell.picture
            parts.append(f"![What the cell draws]({name})")
    return "\n\n".join(parts) + "\n", pictures


def main(arguments: Sequence[str]) -> int:
    """Run all notebooks, or those that are named, and write what comes out into them."""
    if "--write" not in arguments:
        print(__doc__)
        return 2
    named = {name for name in arguments if not name.startswith("--")}
    for path in sorted(FOLDER.glob("*.md")):
        if named and path.stem not in named:
            continue
        with tempfile.TemporaryDirectory() as folder:
            text, pictures = written(executed(path.read_text(encoding="utf-8"), Path(folder)), path.stem)
        for old in FOLDER.glob(f"{path.stem}-*.png"):
            old.unlink()
        for name, picture in pictures.items():
            (FOLDER / name).write_bytes(picture)
        path.write_text(text, encoding="utf-8")
        print(f"{path.name}: {len(pictures)} pictures{os.linesep}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
