"""What a verification is: a closed form, the world that expresses it, and by how much a run of it is off."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.codes import EMPLOYED, JOB_SEEKER
from abm.engine.streams import replicate_seed

if TYPE_CHECKING:
    import pandas as pd

    from abm.simulation import Simulation

__all__ = [
    "AGAIN",
    "Case",
    "Curve",
    "ERROR",
    "Family",
    "Sample",
    "asked_again",
    "beyond",
    "binomial",
    "bound",
    "compared",
    "share_abroad",
    "share_errors",
    "working",
]

SEED = 1  # of all worlds; chosen before the first run, and never again
ERROR = 1.02  # by which a planted error multiplies what it is planted in
AGAIN, FURTHER = 16, 5_000  # runs in which a cell is asked again, and where their seeds begin
FEWEST = 200  # persons of a run, however small it is asked to be

Curve = tuple[np.ndarray, np.ndarray]


class Sample(NamedTuple):
    """What one run has in the cells of a case, and the standard errors of that; none if runs are to tell."""

    values: np.ndarray
    errors: np.ndarray | None


@dataclass(frozen=True)
class Case:
    """A closed form and the world that expresses it.

    Parameters
    ----------
    name : str
        Of the case, in its family.
    cells : sequence of str
        Names of the numbers that are compared.
    exact : callable
        Returns them in closed form; it is handed the persons of a run, as some are exact up to one over that number.
    simulate : callable
        Returns them in a run: what the planted parameter is multiplied by, the seed, and the persons.
    persons, runs : int
        Size of a run, and how many there are.
    x : sequence of float
        Where the cells stand in the figure; nowhere if empty.
    curve : callable, optional
        Returns the closed form between them.
    """

    name: str
    cells: Sequence[str]
    exact: Callable[[int], np.ndarray]
    simulate: Callable[[float, int, int], Sample]
    persons: int
    runs: int = 1
    x: Sequence[float] = ()
    curve: Callable[[], Curve] | None = None


@dataclass(frozen=True)
class Family:
    """Cases that are compared with one kind of closed form.

    Parameters
    ----------
    name, form : str
        What it is called, and the closed form in words.
    planted : str
        The parameter of the simulated world that is 2 % off in the runs that must fail.
    cases : sequence of Case
        Its cases.
    title, xlabel, ylabel : str
        What its figure says is seen.
    background : sequence of callable
        Further exact curves of the figure, drawn thin.
    """

    name: str
    form: str
    planted: str
    cases: Sequence[Case]
    title: str
    xlabel: str
    ylabel: str
    background: Sequence[Callable[[], Curve]] = field(default=())


def working(run: Simulation, months: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return who works or looks for work by month of the run and country: a retired person chooses no more."""
    stocks: np.ndarray = run.accounts.stocks[np.asarray(months, dtype=int)][:, :, [JOB_SEEKER, EMPLOYED]].sum(axis=2)
    return stocks


def share_errors(expected: np.ndarray, n: np.ndarray | int) -> np.ndarray:
    """Return the standard errors of shares of independent persons."""
    return np.asarray(np.sqrt(expected * (1.0 - expected) / n))


def binomial(found: np.ndarray, expected: np.ndarray, n: np.ndarray | int) -> Sample:
    """Return shares of independent persons with the standard errors that their closed form gives."""
    return Sample(found, share_errors(expected, n))


def share_abroad(run: Simulation, months: Sequence[int], expected: np.ndarray) -> Sample:
    """Return the share of those who work that is abroad at the end of some months."""
    stocks = working(run, months)
    return binomial(1.0 - stocks[:, 0] / stocks.sum(axis=1), expected, stocks.sum(axis=1))


def compared(family: Family, number: int = 0, size: float = 1.0) -> pd.DataFrame:
    """Run the cases of a family, right and with its planted error, and return a row for each cell.

    Parameters
    ----------
    family : Family
        What to run.
    number : int
        Place of the family among all, so that no two families share their luck.
    size : float
        Persons of a run relative to those that a case asks for.
    """
    import pandas as pd

    return pd.DataFrame(
        [row for place, case in enumerate(family.cases) for row in _rows(family, case, number, place, size)]
    )


def _rows(family: Family, case: Case, number: int, place: int, size: float) -> Iterator[dict[str, object]]:
    persons = max(round(case.persons * size), FEWEST)
    exact, first = case.exact(persons), 10_000 * (100 * number + place)
    right, wrong = (
        _mean([case.simulate(error, replicate_seed(SEED, first + k), persons) for k in range(case.runs)])
        for error in (1.0, ERROR)
    )
    z, planted = (_normal(sample, exact, case.runs, known) for sample, known in (right, wrong))
    for k, cell in enumerate(case.cells):
        yield {
            "family": family.name,
            "case": case.name,
            "cell": cell,
            "persons": persons * case.runs,
            "exact": exact[k],
            "simulated": right[0].values[k],
            "standard_error": _errors(right[0])[k],
            "z": z[k],
            "planted_z": planted[k],
        }


def asked_again(family: Family, number: int, row: Mapping[str, object]) -> float:
    """Return by how many standard errors a cell is off over further runs under seeds of their own.

    Parameters
    ----------
    family : Family
        What to run.
    number : int
        Its place among all.
    row : mapping
        The cell, a row of :func:`compared`.
    """
    place = next(place for place, case in enumerate(family.cases) if case.name == row["case"])
    case = family.cases[place]
    first, runs = 10_000 * (100 * number + place) + FURTHER, max(AGAIN, case.runs)
    seeds = [replicate_seed(SEED, first + k) for k in range(runs)]
    sample, known = _mean([case.simulate(1.0, seed, case.persons) for seed in seeds])
    return float(_normal(sample, case.exact(case.persons), runs, known)[list(case.cells).index(str(row["cell"]))])


def _errors(sample: Sample) -> np.ndarray:
    assert sample.errors is not None
    return sample.errors


def _mean(samples: Sequence[Sample]) -> tuple[Sample, bool]:
    """Return the mean of runs with its standard error, and whether that is known in closed form."""
    values = np.array([sample.values for sample in samples], dtype=float)
    root, known = math.sqrt(len(samples)), samples[0].errors is not None
    if known:
        errors = np.sqrt(np.mean([_errors(sample) ** 2 for sample in samples], axis=0)) / root
    else:
        errors = values.std(axis=0, ddof=1) / root
    return Sample(values.mean(axis=0), errors), known


def _normal(sample: Sample, exact: np.ndarray, runs: int, known: bool) -> np.ndarray:
    """Return by how many standard errors means are off, those that few runs tell as normal ones of equal chance.

    Of Student's law by Wallace's approximation (1959, Annals of Mathematical Statistics 30).
    """
    t = (sample.values - exact) / _errors(sample)
    if known:
        return np.asarray(t)
    nu = runs - 1
    z = (8.0 * nu + 1.0) / (8.0 * nu + 3.0) * np.sqrt(nu * np.log1p(t**2 / nu))
    return np.asarray(np.sign(t) * z)


def beyond(errors: float, cells: int) -> float:
    """Return of how many cells it is expected that they lie beyond so many standard errors by chance."""
    return 2.0 * cells * NormalDist().cdf(-errors)


def bound(cells: int, chance: float) -> float:
    """Return the distance that the worst of so many independent cells exceeds with this chance (Šidák 1967)."""
    one = 1.0 - (1.0 - chance) ** (1.0 / cells)
    return -NormalDist().inv_cdf(one / 2.0)
