"""The table of predictions: a row for each quantity, year and variant, with its quantiles and those of every null."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import abm
from experiments.predicting.bench import Table
from experiments.predicting.level import Level
from experiments.predicting.scoring import INTERVALS, NULLS, POINTS
from experiments.predicting.spread import Misfit, spread, without_luck

__all__ = ["NETWORK_OFF", "LAW_ZERO", "AS_IT_IS", "Forecast", "Quantity", "Samples", "rows"]

DIGITS = 4
DATED = "2026-11-26"  # when these predictions were fixed; the manifest has the sources that made them
AS_IT_IS, NETWORK_OFF, LAW_ZERO = "", "network_off", "law_zero"  # of a world; the last two are nulls
Samples = Mapping[str, Mapping[int, np.ndarray]]  # of a null, by its column and year


@dataclass(frozen=True)
class Quantity:
    """What is predicted.

    Parameters
    ----------
    country, name, definition, unit : str
        As the table has them.
    years : sequence of int
        Of which years; of a span its last one.
    read : callable
        What a run has of it, one number for each year, given the run's table and the number of its draw.
    misfit : callable
        How far the model may be off in a year.
    """

    country: str
    name: str
    definition: str
    unit: str
    years: Sequence[int]
    read: Callable[[Table, int], np.ndarray]
    misfit: Callable[[int], Misfit]


@dataclass(frozen=True)
class Forecast:
    """The runs of a world's draws: by draw and seed, with the levels that were fitted, if any."""

    tables: Sequence[Sequence[Table]]
    levels: Sequence[Level] = ()
    n_parameters: int = 0  # all that is drawn or fitted, dated doors among them
    n_doors: int = 0

    def expected(self, quantity: Quantity) -> np.ndarray:
        """Return what each draw expects of a quantity, shape (draws, years)."""
        values = np.array(
            [[quantity.read(table, draw) for table in seeds] for draw, seeds in enumerate(self.tables)]
        )  # draws, seeds, years
        return np.stack([without_luck(values[:, :, k]) for k in range(values.shape[2])], axis=1)

    def samples(self, quantity: Quantity) -> dict[int, np.ndarray]:
        """Return draws of what will be observed, by year."""
        expected = self.expected(quantity)
        return {year: spread(expected[:, k], quantity.misfit(year), year) for k, year in enumerate(quantity.years)}


def rows(quantity: Quantity, forecasts: Mapping[str, Forecast], nulls: Samples) -> Iterator[dict[str, Any]]:
    """Yield the rows of a quantity: a row for each variant and year.

    Parameters
    ----------
    quantity : Quantity
        What is predicted.
    forecasts : mapping of str to Forecast
        By variant; ``network_off`` and ``law_zero`` are nulls.
    nulls : mapping
        Draws of the other nulls by year; who says nothing of a year has none.
    """
    every = dict(nulls)
    every |= {name: forecasts[name].samples(quantity) for name in (NETWORK_OFF, LAW_ZERO) if name in forecasts}
    for variant, forecast in forecasts.items():
        if variant in (NETWORK_OFF, LAW_ZERO):
            continue
        of_model = forecast.samples(quantity)
        for year in quantity.years:
            yield _row(quantity, year, variant, of_model[year], {name: of.get(year) for name, of in every.items()}) | (
                _about(forecast)
            )


def _row(
    quantity: Quantity, year: int, variant: str, samples: np.ndarray, nulls: Mapping[str, np.ndarray | None]
) -> dict[str, Any]:
    points = _points(samples)
    found: dict[str, Any] = {
        "country": quantity.country,
        "quantity": quantity.name,
        "definition": quantity.definition,
        "year": year,
        "unit": quantity.unit,
        "variant": variant,
    }
    found |= points
    found |= {f"width_{name}": _rounded(points[high] - points[low]) for name, (low, high, _) in INTERVALS.items()}
    for null in NULLS:
        draws = nulls.get(null)
        said = dict.fromkeys(POINTS, np.nan) if draws is None else _points(draws)
        found |= {f"{null}_{point}": value for point, value in said.items()}
    return found


def _points(samples: np.ndarray) -> dict[str, float]:
    return {name: _rounded(float(np.quantile(samples, share))) for name, share in POINTS.items()}


def _rounded(value: float) -> float:
    """Return a number to the digits that mean something."""
    return float(f"{value:.{DIGITS}g}")


def _about(forecast: Forecast) -> dict[str, Any]:
    shifts = np.array([level.shift for level in forecast.levels])
    fitted = _points(shifts) if len(shifts) else dict.fromkeys(POINTS, np.nan)
    return {f"level_{name}": fitted[name] for name in ("p5", "p50", "p95")} | {
        "n_parameters": forecast.n_parameters,
        "n_doors": forecast.n_doors,
        "n_draws": len(forecast.tables),
        "model_version": abm.__version__,
        "date": DATED,
    }
