"""A posterior: draws of a scenario's parameters from a csv file, a column for each parameter and a row for each draw.

A column is named by the parameter's dotted name, such as ``decision.return_cost``.  A name that ends in `` x``
multiplies the scenario's own number or series of years: ``groups.slavs.share x`` of .9 is nine tenths of every year's
share.  Names that begin with ``observation.`` belong to the observation model of a calibration: they are kept, and
change no scenario.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from abm.checks import whole
from abm.gate import Gate, Refusal, breaks_line, plain_number
from abm.parameters import Series
from abm.scenario import Scenario, ScenarioError, shown

__all__ = ["FOLDER", "MOST_DRAWS", "OBSERVATION", "TIMES", "Posterior", "PosteriorError"]

FOLDER = Path(__file__).parent / "data" / "posteriors"
OBSERVATION = "observation."  # begins what belongs to the observation model
TIMES = " x"  # ends what multiplies
MOST_PARAMETERS = 200
MOST_DRAWS = 10_000


class PosteriorError(Refusal):
    """A posterior that cannot be used, said in one sentence."""


GATE = Gate(PosteriorError, "a posterior", largest=20_000_000)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of parameters; make it with :meth:`read` or :meth:`bundled`.

    Parameters
    ----------
    where : str
        The file.
    digest : str
        The sha256 of the file, whichever of its draws are taken.
    names : tuple of str
        The columns.
    rows : ndarray, shape (draws, columns)
        The values.
    lines : tuple of int
        The line of the file in which each draw stands.
    """

    where: str
    digest: str
    names: tuple[str, ...]
    rows: np.ndarray
    lines: tuple[int, ...]

    @staticmethod
    def read(path: str | Path) -> Posterior:
        """Return the posterior that a csv file holds: a line of names, then a line of numbers for each draw.

        Raises
        ------
        PosteriorError
            If the file cannot be read or is no such table: the sentence names file, line and column.
        """
        content = GATE.read_bytes(path)
        names, rows, lines = _table(GATE.check_lines(GATE.decode(content, path), path), str(path))
        values = np.array(rows)
        values.setflags(write=False)
        return Posterior(str(path), hashlib.sha256(content).hexdigest(), names, values, lines)

    @staticmethod
    def is_bundled(name: str) -> bool:
        """Return whether a posterior comes with the scenario of this name."""
        return name in _bundled()

    @staticmethod
    def bundled(name: str) -> Posterior:
        """Return the posterior that comes with a bundled scenario, by the scenario's name.

        Raises
        ------
        PosteriorError
            If none comes with it.
        """
        known = _bundled()
        if name not in known:
            there = f"there is one of {', '.join(known)}" if known else "there is none of any"
            raise PosteriorError(
                f"no posterior of the scenario {shown(name)} is bundled: {there}, and any other is named by the path "
                "of its .csv file"
            )
        return replace(Posterior.read(FOLDER / f"{name}.csv"), where=f"abm/data/posteriors/{name}.csv")

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, n: int) -> Posterior:
        """Return ``n`` of the draws, spread evenly over the file, the first of them its first.

        Raises
        ------
        PosteriorError
            If there are fewer.
        """
        n = whole("the number of draws", n, 1, error=PosteriorError)
        if n > len(self):
            raise PosteriorError(f"{self.where}: {n:,} draws are asked for, but there are {len(self):,}")
        chosen = [place * len(self) // n for place in range(n)]
        return replace(self, rows=self.rows[chosen], lines=tuple(self.lines[place] for place in chosen))

    def parameters(self) -> list[str]:
        """Return the dotted names of the scenario's parameters that the draws set or multiply."""
        return [name.removesuffix(TIMES) for name in self.names if not name.startswith(OBSERVATION)]

    def overrides(self, world: Scenario, draw: int) -> dict[str, Any]:
        """Return what a draw, counted from 0, says of a scenario, as :meth:`Scenario.replace` takes it.

        Raises
        ------
        PosteriorError
            If the scenario has no such parameter, nothing to multiply, or does not allow a value.
        """
        draw = self._checked(draw)
        values = zip(self.names, self.rows[draw].tolist(), strict=True)
        try:
            found = dict(_change(world, name, value) for name, value in values if not name.startswith(OBSERVATION))
            world.replace(found)
        except ScenarioError as error:
            raise PosteriorError(f"{self.where}, line {self.lines[draw]}: {error}") from None
        return found

    def observation(self, draw: int) -> dict[str, float]:
        """Return what a draw, counted from 0, says of the observation model, by names without their beginning."""
        values = zip(self.names, self.rows[self._checked(draw)].tolist(), strict=True)
        return {name.removeprefix(OBSERVATION): value for name, value in values if name.startswith(OBSERVATION)}

    def _checked(self, draw: int) -> int:
        return whole("the draw", draw, 0, len(self) - 1, error=PosteriorError)


def _bundled() -> list[str]:
    """Return the names of the scenarios that a posterior comes with."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


def _change(world: Scenario, name: str, value: float) -> tuple[str, Any]:
    """Return the parameter that a column means, and what its value makes of it."""
    target = name.removesuffix(TIMES)
    own = world.get(target)
    if isinstance(own, bool) or not isinstance(own, int | float | Series | None):
        raise ScenarioError(f"{world.name}: '{name}' is {shown(own)}, but only numbers and series of years are drawn")
    if target == name:
        return name, value
    if own is None:
        raise ScenarioError(
            f"{world.name}: '{name}' multiplies what the scenario leaves out, but must multiply a number"
        )
    if isinstance(own, Series) and not own.is_constant:
        return target, {str(year): value * number for year, number in zip(own.years, own.values, strict=True)}
    return target, value * (own.values[0] if isinstance(own, Series) else own)


def _table(text: str, where: str) -> tuple[tuple[str, ...], list[list[float]], tuple[int, ...]]:
    """Return names, rows and the line of each row."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[float]] = []
    lines: list[int] = []
    try:
        names = _names([cell.strip() for cell in next(reader, [])], f"{where}, line 1")
        for cells in filter(None, reader):
            if len(rows) == MOST_DRAWS:
                GATE.fail(where, f"there are more than the {MOST_DRAWS:,} draws that are allowed")
            rows.append(_numbers(cells, names, f"{where}, line {reader.line_num}"))
            lines.append(reader.line_num)
    except csv.Error as error:
        GATE.fail(f"{where}, line {reader.line_num}", f"this is not CSV ({error})")
    if not rows:
        GATE.fail(where, "there are no draws, but at least one line of numbers must stand below the names")
    return names, rows, tuple(lines)


def _names(cells: list[str], where: str) -> tuple[str, ...]:
    """Return the names of the columns, or refuse them."""
    if not cells:
        GATE.fail(where, "the first line is empty, but must name the parameters, separated by commas")
    if len(cells) > MOST_PARAMETERS:
        GATE.fail(where, f"there are {len(cells):,} columns, but at most {MOST_PARAMETERS:,} are allowed")
    meant: dict[str, int] = {}
    for column, name in enumerate(cells, start=1):
        bare = name.removesuffix(TIMES).removeprefix(OBSERVATION)
        if not bare or breaks_line(name) or plain_number(name) is not None:
            GATE.fail(where, f"column {column} is named {shown(name)}, but must have the dotted name of a parameter")
        target = name.removesuffix(TIMES)
        if target in meant:
            GATE.fail(
                where, f"columns {meant[target]} and {column} are both of {shown(target)}, but each has one column"
            )
        meant[target] = column
    return tuple(cells)


def _numbers(cells: list[str], names: tuple[str, ...], where: str) -> list[float]:
    """Return the numbers of a line, or refuse it."""
    if len(cells) != len(names):
        GATE.fail(where, f"there are {len(cells)} cells, but line 1 names {len(names)} columns, separated by commas")
    values = []
    for name, cell in zip(names, cells, strict=True):
        number = plain_number(cell.strip())
        if number is None or not math.isfinite(number):
            GATE.fail(where, f"'{name}' is {shown(cell)}, but must be a finite number with a decimal point")
        values.append(float(number))
    return values
