"""The table of runs, looked at before anything is computed of it: it may have been read, joined or edited by anybody.

What is computed of a table takes it for a sweep: every run once, a row a year, all runs of a world over the same years,
and the same luck for the same replicate of every arm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from abm.scenario import shown

__all__ = ["DRAW", "REPLICATE", "check_baseline", "check_columns", "check_draws", "check_measure", "check_runs"]

REPLICATE, YEAR, MONTHS, SEED, DRAW = "replicate", "year", "months", "seed", "draw"
OF_A_ROW = (REPLICATE, YEAR, MONTHS, SEED)


def check_columns(table: Any, needed: Sequence[str]) -> None:
    """Refuse a table of runs without some column, or with one twice.

    Raises
    ------
    ValueError
        If it is such a table, or none.
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"the table of runs is {shown(table)}, but must be a DataFrame, as Result.runs")
    for name in needed:
        if not isinstance(name, str) or name not in table.columns:
            said = f"'{name}'" if isinstance(name, str) else shown(name)
            raise ValueError(f"the table of runs has no column {said}, but it is needed to compute effects")
    twice = table.columns[table.columns.duplicated()]
    if doubled := [name for name in (*needed, *OF_A_ROW) if name in twice]:
        raise ValueError(
            f"the table of runs has the column '{doubled[0]}' twice, so it is not known which one is meant"
        )


def check_baseline(baseline: Any, factors: Sequence[str]) -> None:
    """Refuse a baseline that does not give the level of every factor.

    Raises
    ------
    ValueError
        If it does not.
    """
    if not isinstance(baseline, Mapping):
        raise ValueError(f"the baseline is {shown(baseline)}, but must give the level of every factor by its name")
    if missing := [name for name in factors if name not in baseline]:
        raise ValueError(f"the baseline is {shown(dict(baseline))}, but must give the level of '{missing[0]}'")


def check_runs(table: Any, factors: Sequence[str], measures: Sequence[str], within: Sequence[str] = ()) -> None:
    """Refuse a table of finished runs of which effects would be computed that mean nothing.

    Parameters
    ----------
    table : DataFrame
        A row for each run and year; ``months`` and ``seed`` are looked at where they are there.
    factors : sequence of str
        Columns that tell arms apart.
    measures : sequence of str
        Columns that effects are computed of.
    within : sequence of str
        Factors that make worlds, whose runs may cover other years.

    Raises
    ------
    ValueError
        If a column is missing or there twice, a cell holds no number or level, a run has a year twice or lacks one that
        others have, or the seeds are not those of replicates; it names the arm, the replicate and the year.
    """
    check_columns(table, [*factors, REPLICATE, YEAR, *measures])
    if taken := [name for name in measures if name in OF_A_ROW or name in factors]:
        raise ValueError(f"the measure is '{taken[0]}', which says what a row is of, but must be what a run measured")
    rows = _Rows(table, factors)
    rows.check_levels()
    for name in (REPLICATE, YEAR):
        rows.check_numbers(name, lambda values: values == np.floor(values), "a whole number")
    if MONTHS in table:
        rows.check_numbers(MONTHS, lambda values: (values > 0.0) & (values <= 12.0), "more than 0 and at most 12")
    for name in dict.fromkeys(measures):
        rows.check_numbers(name, np.isfinite, "a finite number")
    rows.check_once()
    rows.check_years(within)
    if SEED in table:
        rows.check_seeds()


def check_measure(table: Any, measure: str) -> None:
    """Refuse a table of runs whose years and cells of a measure are not all numbers.

    Raises
    ------
    ValueError
        If they are not.
    """
    check_columns(table, [YEAR, measure])
    rows = _Rows(table, [])
    for name in (YEAR, measure):
        rows.check_numbers(name, np.isfinite, "a finite number")


def check_draws(table: pd.DataFrame, factors: Sequence[str]) -> pd.Series | None:
    """Return of which draw of a posterior each replicate is, by the replicate; None where they are of none.

    Raises
    ------
    ValueError
        If a replicate is of two draws, or the column holds no whole numbers.
    """
    if DRAW not in table or DRAW in factors:
        return None
    rows = _Rows(table, factors)
    rows.check_numbers(DRAW, lambda values: values == np.floor(values), "a whole number")
    rows.check_one_draw()
    return table.drop_duplicates(REPLICATE).set_index(REPLICATE)[DRAW]


class _Rows:
    """The rows of a table, each of an arm, a replicate and a year."""

    def __init__(self, table: pd.DataFrame, factors: Sequence[str]) -> None:
        self.table, self.factors = table, list(factors)

    def _fail(self, place: int, problem: str, *, year: bool = True) -> NoReturn:
        shown_names = [name for name in (*self.factors, REPLICATE, *([YEAR] if year else [])) if name in self.table]
        row = {name: self.table[name].iloc[place] for name in shown_names}
        arm = ", ".join(f"{name} = {row.pop(name)}" for name in self.factors)
        parts = ["the table of runs", *([f"arm {arm}"] if arm else []), *(f"{name} {row[name]}" for name in row)]
        raise ValueError(f"{', '.join(parts)}: {problem}")

    def check_levels(self) -> None:
        """Refuse empty cells among the levels, which belong to no arm."""
        for name in self.factors:
            empty = np.flatnonzero(self.table[name].isna().to_numpy())
            if len(empty):
                self._fail(empty[0], f"there is no level of '{name}', but every row must be of an arm")

    def check_numbers(self, name: str, is_right: Any, allowed: str) -> None:
        """Refuse a column of anything but real numbers, or a number that is not what is allowed."""
        column = self.table[name]
        kind = getattr(column.dtype, "kind", "O")
        if len(column) and kind not in "biuf":
            raise ValueError(
                f"the column '{name}' of the table of runs holds {column.dtype}, but must hold real numbers"
            )
        values = column.to_numpy(dtype=float, na_value=np.nan)
        wrong = np.flatnonzero(~(np.isfinite(values) & is_right(values)))
        if len(wrong):
            self._fail(wrong[0], f"{name} is {values[wrong[0]]:g}, but must be {allowed}", year=name != YEAR)

    def check_once(self) -> None:
        """Refuse a run that is there twice."""
        again = np.flatnonzero(self.table.duplicated([*self.factors, REPLICATE, YEAR]).to_numpy())
        if len(again):
            self._fail(again[0], "there is a second row, but every run has one a year")

    def check_years(self, within: Sequence[str]) -> None:
        """Refuse a run without a year that other runs of its world have."""
        run, world = [*self.factors, REPLICATE], [name for name in self.factors if name in within]
        first = ~self.table.duplicated(run)
        of_world = self._groups(world)
        n_runs = np.bincount(of_world, weights=first)
        of_year = self._groups([*world, YEAR])
        lacking = np.bincount(of_year)[of_year] < n_runs[of_world]
        if not lacking.any():
            return
        place = int(np.flatnonzero(lacking)[0])
        year = self.table[YEAR].iloc[place]
        have = self.table[(of_year == of_year[place])][run]
        every = self.table[first & (of_world == of_world[place])]
        lacks = ~pd.MultiIndex.from_frame(every[run]).isin(pd.MultiIndex.from_frame(have))
        self.table = every[lacks]
        self._fail(0, f"there is no row of year {year}, which other runs have", year=False)

    def check_seeds(self) -> None:
        """Refuse the same replicate with another seed, or another replicate with the same one."""
        pairs = self.table.drop_duplicates([REPLICATE, SEED])
        for one, other in ((REPLICATE, SEED), (SEED, REPLICATE)):
            again = np.flatnonzero(pairs.duplicated(one).to_numpy())
            if len(again):
                self.table = pairs
                mine = pairs.iloc[again[0]]
                before = pairs[pairs[one] == mine[one]].iloc[0]
                same = f"the {other} is {mine[other]}, but in another arm {before[other]}"
                if one == SEED:
                    same = f"the seed is {mine[SEED]}, which is that of replicate {before[REPLICATE]} too"
                self._fail(
                    again[0], f"{same}; runs are of one sweep, each replicate with a seed of its own", year=False
                )

    def check_one_draw(self) -> None:
        """Refuse a replicate of two draws."""
        self.table = self.table.drop_duplicates([REPLICATE, DRAW])
        again = np.flatnonzero(self.table.duplicated(REPLICATE).to_numpy())
        if len(again):
            self._fail(again[0], "it is of another draw than in another arm, but arms share their draws", year=False)

    def _groups(self, names: Sequence[str]) -> np.ndarray:
        """Return the number of each row's group."""
        if not names:
            return np.zeros(len(self.table), dtype=np.int64)
        return self.table.groupby(list(names), sort=False).ngroup().to_numpy()
