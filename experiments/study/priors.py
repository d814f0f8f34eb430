"""Priors as a table: the law of each parameter or outcome before it is calibrated, with its moments and where from."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.country.declared import declared
from abm.gate import Gate, Refusal, plain_number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DIGITS", "OUTCOME", "PARAMETER", "Prior", "PriorError", "frame", "read_priors"]

PARAMETER, OUTCOME = "parameter", "outcome"  # of a scenario, and what runs must show
GAMMA = "gamma"
COLUMNS = ("name", "kind", "relative_to", "law", "shape", "scale", "mean", "p05", "p50", "p95", "source")
POINTS = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
DIGITS = 4  # after the point, of a published number
CLOSE = 1e-3  # how far a stated moment may be from that of the law, as it is rounded


class PriorError(Refusal):
    """A table of priors that cannot be used, said in one sentence."""


GATE = Gate(PriorError, "a table of priors", largest=1_000_000)


@dataclass(frozen=True)
class Prior:
    """The law of a parameter or an outcome: gamma, of a shape and a scale.

    Parameters
    ----------
    name : str
        Of the parameter, as in a scenario file, or of an outcome.
    shape, scale : float
        Of the gamma law, whose mean is their product.
    kind : str
        ``parameter`` or ``outcome``.
    relative_to : str
        The parameter that the law's values are multiplied by; nothing where they are the parameter's own.
    source : str
        Where the law comes from.
    """

    name: str
    shape: float
    scale: float
    kind: str = PARAMETER
    relative_to: str = ""
    source: str = ""

    @property
    def mean(self) -> float:
        """Return the mean."""
        return self.shape * self.scale

    def quantile(self, share: float) -> float:
        """Return the value that a share of the law lies below."""
        return float(self._law().ppf(share))

    def density(self, at: np.ndarray) -> np.ndarray:
        """Return the density at some values."""
        return np.asarray(self._law().pdf(at))

    def _law(self) -> Any:
        from scipy.stats import gamma

        return gamma(self.shape, scale=self.scale)

    def row(self) -> dict[str, Any]:
        """Return it as a row of the table."""
        numbers = {"shape": self.shape, "scale": self.scale, "mean": self.mean}
        numbers |= {name: self.quantile(share) for name, share in POINTS.items()}
        named = {"name": self.name, "kind": self.kind, "relative_to": self.relative_to, "law": GAMMA}
        return named | {name: round(value, DIGITS) for name, value in numbers.items()} | {"source": self.source}


def frame(priors: Iterable[Prior]) -> pd.DataFrame:
    """Return priors as a table."""
    import pandas as pd

    return pd.DataFrame([prior.row() for prior in priors], columns=list(COLUMNS))


def read_priors(path: Path) -> dict[str, Prior]:
    """Return the priors of a table by their names.

    Raises
    ------
    PriorError
        If it cannot be read, names a parameter that no scenario has, or states moments that are not those of the law.
    """
    rows = csv.reader(io.StringIO(GATE.read_text(path)))
    if tuple(head := next(rows, [])) != COLUMNS:
        GATE.fail(path, f"the columns are {', '.join(head)}, but must be {', '.join(COLUMNS)}")
    known = {key.name for key in declared({})}
    found: dict[str, Prior] = {}
    for line, cells in enumerate(rows, start=2):
        where = f"{path}, line {line}"
        if len(cells) != len(COLUMNS):
            GATE.fail(where, f"there are {len(cells)} cells, but must be {len(COLUMNS)}")
        prior = _read(dict(zip(COLUMNS, cells, strict=True)), known, where)
        if prior.name in found:
            GATE.fail(where, f"{prior.name} has a prior already; there must be one")
        found[prior.name] = prior
    return found


def _read(row: Mapping[str, str], known: set[str], where: str) -> Prior:
    """Return the prior of a row."""
    if row["law"] != GAMMA:
        GATE.fail(where, f"law is '{row['law']}', but must be {GAMMA}")
    if row["kind"] not in (PARAMETER, OUTCOME):
        GATE.fail(where, f"kind is '{row['kind']}', but must be {PARAMETER} or {OUTCOME}")
    for name in (row["name"] if row["kind"] == PARAMETER else "", row["relative_to"]):
        if name and name not in known:
            GATE.fail(where, f"'{name}' is no parameter of a scenario")
    shape, scale = (_above_zero(row, name, where) for name in ("shape", "scale"))
    prior = Prior(row["name"], shape, scale, row["kind"], row["relative_to"], row["source"])
    for name in ("mean", *POINTS):
        stated, own = _above_zero(row, name, where), prior.row()[name]
        if not math.isclose(stated, own, rel_tol=CLOSE, abs_tol=CLOSE):
            GATE.fail(where, f"{name} is {stated:g}, but that of the law is {own:g}")
    return prior


def _above_zero(row: Mapping[str, str], name: str, where: str) -> float:
    """Return a number above 0."""
    number = plain_number(row[name])
    if number is None or not 0.0 < number < math.inf:
        GATE.fail(where, f"{name} is '{row[name]}', but must be a number above 0")
    return float(number)
