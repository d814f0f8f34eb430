"""Fill published numbers into the page that answers questions: ``python -m experiments answers``.

``results/README.in.md`` is the page as it is written; in it stand, in double braces, numbers of published folders:

``{{effect FOLDER | POINT | MEASURE | WINDOW | DIVIDE BY}}``
    What the arm at POINT does against the baseline, with its 95 % interval, from ``effects.csv``.  POINT is the name of
    a plan, or ``factor=level, factor=level`` where there are several factors.
``{{level FOLDER | POINT | MEASURE | WINDOW | DIVIDE BY}}``
    The mean of that arm itself.
``{{gains FOLDER | POINT}}``
    What that arm does against the baseline in three measures, in thousands with intervals: net brain gain over all
    years, and graduates at home and at work there at the end.
``{{cell FOLDER | ROW | COLUMN}}``
    A cell of ``table.md``, by the text its row begins with and the head of its column; rows with several names are
    named by all of them, with `` / `` in between.

``results/README.md`` is the page with the numbers; a test holds it to be the one that this command writes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from abm.measures import AT_END
from abm.sweep.publication import finish_to_read
from abm.writing import TakenError, refuse_taken, write_text
from experiments import called
from experiments.study.options import Parser, add_overwrite, folder_name

__all__ = ["PAGE", "TEMPLATE", "AnswersError", "filled", "main"]

PAGE, TEMPLATE = "README.md", "README.in.md"

# measure and window by what the page says of them
GAINS = {
    "gained": ("net_brain_gain", "cumulative"),
    "heads": ("graduates_at_home", AT_END),
    "at work": ("graduates_at_work", AT_END),
}


class AnswersError(ValueError):
    """A number that cannot be filled in, said in one sentence."""


def filled(template: str, results: Path) -> str:
    """Return the page with its numbers.

    Raises
    ------
    AnswersError
        If a number is asked for that is not published.
    """
    return re.sub(r"\{\{(.*?)\}\}", lambda found: _number(found.group(1), results), template, flags=re.DOTALL)


def _number(asked: str, results: Path) -> str:
    """Return the text that one pair of double braces stands for."""
    kind, _, rest = asked.strip().partition(" ")
    parts = [part.strip() for part in rest.split("|")]
    if kind == "cell" and len(parts) == 3:
        return _cell(results, *parts)
    if kind in ("effect", "level") and len(parts) == 5:
        return _estimate(results, kind, *parts)
    if kind == "gains" and len(parts) == 2:
        folder, point = parts
        said = [(_estimate(results, "effect", folder, point, *of, "1000"), what) for what, of in GAINS.items()]
        return ", ".join(f"{number} {what}" for number, what in said)
    raise AnswersError(
        f"{TEMPLATE}: {{{{{asked.strip()}}}}} is not known; there is effect or level FOLDER | POINT | MEASURE | WINDOW "
        "| DIVIDE BY, gains FOLDER | POINT, and cell FOLDER | ROW | COLUMN"
    )


def _estimate(results: Path, kind: str, folder: str, point: str, measure: str, window: str, divide_by: str) -> str:
    import pandas as pd

    from experiments.study.tables import interval

    path = results / folder / "effects.csv"
    if not path.is_file():
        raise AnswersError(f"{TEMPLATE}: {path} is asked for, but is not there")
    table = pd.read_csv(path)
    named = table[(table["measure"] == measure) & (table["window"] == window)]
    for name, level in _levels(point, table.columns[0]):
        if name not in table:
            raise AnswersError(f"{TEMPLATE}: {folder} has no factor {name}")
        named = named[named[name].map(str) == level]
    if len(named) != 1:
        raise AnswersError(
            f"{TEMPLATE}: {point}, {measure}, {window} names {len(named)} rows of {path}, but must name one"
        )
    row, columns = (
        named.iloc[0],
        {"effect": ("effect", "low", "high"), "level": ("mean", "mean_low", "mean_high")}[kind],
    )
    return interval(*(float(row[column]) / float(divide_by) for column in columns))


def _levels(point: str, only: str) -> Iterator[tuple[str, str]]:
    """Yield factor and level of a point; without ``=`` it is a level of the only factor."""
    if "=" not in point:
        yield only, point
        return
    for pair in point.split(","):
        name, _, level = pair.partition("=")
        yield name.strip(), level.strip()


def _cell(results: Path, folder: str, row: str, column: str) -> str:
    path = results / folder / "table.md"
    if not path.is_file():
        raise AnswersError(f"{TEMPLATE}: {path} is asked for, but is not there")
    head: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if not head:
            head = cells
        elif column in head:
            place = head.index(column)
            if cells[0] == row or " / ".join(cells[:place]) == row or " / ".join(cells[: len(row.split(" / "))]) == row:
                return cells[place]
    raise AnswersError(f"{TEMPLATE}: {path} has no row '{row}' under a head '{column}'")


def main(arguments: Sequence[str]) -> int:
    """Write the page and return the exit code."""
    parser = Parser(prog=called("answers"), description="Fill published numbers into results/README.md.")
    parser.add_argument("--results", type=folder_name, default=Path("results"), help="where the folders are")
    add_overwrite(parser, f"a {PAGE} that this command did not write")
    options = parser.parse_args(arguments)
    page = options.results / PAGE
    try:
        for folder in options.results.glob("*/"):
            if said := finish_to_read(folder):
                print(said, file=sys.stderr)
        template = (options.results / TEMPLATE).read_text(encoding="utf-8")
        text = filled(template, options.results)
        refuse_taken(page, overwrite=options.overwrite or _is_made_from(template, page))
        write_text(page, text)
    except OSError as error:
        print(f"{error.filename or page}: cannot be read or written ({error.strerror})", file=sys.stderr)
        return 2
    except UnicodeDecodeError as error:
        print(
            f"{options.results}: {TEMPLATE} and what it asks for must be text in UTF-8 ({error.reason})",
            file=sys.stderr,
        )
        return 2
    except (AnswersError, TakenError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _is_made_from(template: str, page: Path) -> bool:
    """Return whether a page is one that this command wrote, perhaps from an earlier template: it begins like it."""
    if not page.is_file():
        return False
    return page.read_text(encoding="utf-8").partition("\n")[0] == template.partition("\n")[0]
