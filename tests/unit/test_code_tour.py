"""The documentation names every module once, and says of each what its docstring says."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest
from sources import PACKAGES, ROOT, modules, tree_of

TOUR = ROOT / "docs" / "code.md"
ROW = re.compile(r"^\| `([\w/]+\.py)` \| (.*) \|$", re.M)
# files that are found by being there, so that adding one touches nothing else: named as long as nobody adds any
FOUND = ("abm/reforms/kinds/", "experiments/questions/")

FILES = {path.relative_to(ROOT).as_posix(): path for path in modules(*PACKAGES).values()}
NAMED = dict(ROW.findall(TOUR.read_text(encoding="utf-8")))


def first_sentence(file: str) -> str:
    """Return the first sentence of a module's docstring as Markdown."""
    paragraph = (ast.get_docstring(tree_of(FILES[file])) or "").split("\n\n")[0].replace("\n", " ")
    sentence = re.split(r"(?<=\.)\s{1,2}(?=[A-Z])", paragraph)[0]
    return re.sub(r":\w+:`([^`]*)`", r"`\1`", sentence).replace("``", "`").replace("|", "\\|")


def test_every_module_is_named_once() -> None:
    times = Counter(file for file, _ in ROW.findall(TOUR.read_text(encoding="utf-8")))
    assert {file: n for file, n in times.items() if n > 1} == {}
    assert set(times) - set(FILES) == set()
    assert {file for file in FILES if not file.startswith(FOUND)} - set(times) == set()


@pytest.mark.parametrize("file", NAMED)
def test_it_says_what_the_module_says_of_itself(file: str) -> None:
    assert NAMED[file] == first_sentence(file)
