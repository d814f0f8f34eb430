"""What a scenario file states, leaves to defaults and lacks, and what of it looks implausible, as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm.country.declared import Key, declared
from abm.country.plausible import Doubt, doubts
from abm.environment import Environment
from abm.gate import one_line
from abm.parameters import Series
from abm.reading import GATE, MissingError, described
from abm.scenario import Scenario, ScenarioError
from abm.variants import with_base

__all__ = ["report_of"]

LONGEST = 70  # characters of a source or a value in a column
INDENT = "  "


@dataclass(frozen=True)
class Report:
    """What is to be said of a file.

    Parameters
    ----------
    where : str
        The file.
    keys : sequence of Key
        Every key there is, as far as the file states it.
    problem : str
        Why it cannot be run, beside what is missing; nothing if that is all, or if it can.
    doubts : sequence of Doubt
        What looks implausible; none are looked for in a file that cannot be run.
    """

    where: str
    keys: Sequence[Key]
    problem: str
    doubts: Sequence[Doubt]

    @property
    def missing(self) -> list[Key]:
        """What a country must state and this file does not."""
        return [key for key in self.keys if key.is_needed and key.stated is None]

    @property
    def can_be_run(self) -> bool:
        """Whether it can be run."""
        return not self.problem and not self.missing

    def text(self) -> str:
        """Return the report, a line for each key, in columns."""
        given = [key for key in self.keys if key.stated is not None]
        usual = [key for key in self.keys if key.stated is None and not key.is_needed]
        blocks = [
            _block(
                f"Stated ({len(given)}): key, value, where it comes from",
                [(key.name, _shown(key.value), key.source or "no source") for key in given],
            ),
            _block(
                f"Left to defaults ({len(usual)}): key, default, where it comes from",
                [(key.name, _default(key), key.item.metadata["source"]) for key in usual],
            ),
            _block(
                f"Missing ({len(self.missing)}): what a country must state",
                [(key.name, described(key.item)) for key in self.missing],
            ),
            _block(
                f"Implausible ({len(self.doubts)}): no error if you know why",
                [(doubt.name, doubt.sentence) for doubt in self.doubts],
            ),
        ]
        return "\n".join([*(line for block in blocks for line in block), self._verdict()])

    def _verdict(self) -> str:
        if self.can_be_run:
            return f"{self.where} can be run."
        n = len(self.missing)
        said = [f"{'a key is' if n == 1 else f'{n} keys are'} missing"] if n else []
        if self.problem:
            said.append(self.problem.removeprefix(f"{self.where}: "))
        return one_line(f"{self.where} cannot be run: {'; and '.join(said)}.")


def report_of(path: str | Path) -> Report:
    """Return what is to be said of a scenario file.

    Raises
    ------
    ScenarioError
        If there is no such file, or it is not TOML.
    """
    where = str(path)
    file = with_base(GATE.parse_toml(GATE.read_text(path), where), where, Path(path).parent)
    keys = list(declared(file))
    try:
        world = Scenario.from_dict(file, where)
        Environment(world)  # what no month can be made of is refused here
    except MissingError:
        return Report(where, keys, "", ())
    except ScenarioError as error:
        return Report(where, keys, str(error), ())
    return Report(where, keys, "", doubts(world))


def _block(head: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a headed list in columns, and nothing where there are no rows; what stands last is said in full."""
    if not rows:
        return
    yield head
    cut = [[*map(_short, row[:-1]), one_line(row[-1])] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    for row in cut:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (INDENT + INDENT.join(cells)).rstrip()
    yield ""


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _shown(value: Any) -> str:
    """Return a value as a file states it; of a series the first and the last year."""
    if not isinstance(value, Mapping):
        return value if isinstance(value, str) else repr(value)
    years = sorted(map(str, value))
    ends = years if len(years) < 2 else [years[0], years[-1]]
    by_year = {str(year): number for year, number in value.items()}
    return " to ".join(f"{by_year[year]} in {year}" for year in ends) + f" ({len(years)} years)" * (len(years) > 2)


def _default(key: Key) -> str:
    default = key.item.default
    if default is None:
        return "left out"
    if default == ():
        return "none"
    return _shown(default.values[0] if isinstance(default, Series) else default)
