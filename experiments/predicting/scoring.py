"""Scores of predictions, once outcomes are known: interval scores, widths and coverage, of the model and of each null.

The interval score of a central interval [l, u] of probability 1 - alpha is (u - l) + 2/alpha (l - x) where the
outcome x is below it, + 2/alpha (x - u) where it is above (Gneiting and Raftery, 2007, "Strictly proper scoring
rules, prediction, and estimation", Journal of the American Statistical Association 102): less is better, and width
is not free.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.gate import Gate, Refusal

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "INTERVALS",
    "MODEL",
    "NULLS",
    "POINTS",
    "ScoreError",
    "interval_score",
    "read_outcomes",
    "read_predictions",
    "scores",
]

POINTS = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
INTERVALS = {"50": ("p25", "p75", 0.5), "90": ("p5", "p95", 0.1)}  # low end, high end, alpha
MODEL = "model"
# what a prediction has to beat: as columns begin, and in words
NULLS = {
    "constant_number": "constant number",
    "constant_rate": "constant rate",
    "usd_wage": "USD wage alone",
    "network_off": "network off",
    "law_zero": "law weight zero",
    "carried_on": "last five-year flow carried on",
}
KEYS = ("country", "quantity", "year", "variant")
OUTCOME = ("country", "quantity", "year", "value")


class ScoreError(Refusal):
    """Predictions or outcomes that cannot be scored, said in one sentence."""


GATE = Gate(ScoreError, "a table to score", largest=10_000_000)


def interval_score(low: float, high: float, outcome: float, alpha: float) -> float:
    """Return the interval score of a central interval of probability ``1 - alpha``, in the unit of the outcome."""
    if not 0.0 < alpha < 1.0 or not low <= high:
        raise ValueError(f"[{low:g}, {high:g}] at alpha {alpha:g} is no interval: low <= high and 0 < alpha < 1")
    return high - low + 2.0 / alpha * (max(low - outcome, 0.0) + max(outcome - high, 0.0))


def _read(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """Return a table with these columns at least, its numbers as numbers."""
    import pandas as pd

    text = GATE.read_text(path)
    try:
        table = pd.read_csv(io.StringIO(text), keep_default_na=False, dtype=str)
    except ValueError as error:  # pandas' own errors are among these
        GATE.fail(path, f"this is not a table in CSV ({str(error).strip()})")
    if missing := [name for name in needed if name not in table.columns]:
        GATE.fail(path, f"there is no column {', '.join(missing)}, but {', '.join(needed)} are needed")
    if "variant" not in table.columns:
        table["variant"] = ""
    return table


def _numbers(table: pd.DataFrame, name: str, path: Path, *, may_lack: bool = False) -> pd.Series:
    """Return a column as finite numbers; an empty cell is none, where that is allowed."""
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(table[name], errors="coerce")
    wrong = ~np.isfinite(numbers) & ~((table[name] == "") & may_lack)
    if wrong.any():
        line = int(wrong.to_numpy().argmax())
        GATE.fail(path, f"line {line + 2}: {name} is '{table[name].iloc[line]}', but must be a number")
    return numbers


def read_outcomes(path: Path) -> pd.DataFrame:
    """Return outcomes: country, quantity, year, value and, where there is one, the variant that it is of.

    Raises
    ------
    ScoreError
        If the file cannot be read, lacks a column, or holds what is no number.
    """
    table = _read(path, OUTCOME)
    table["value"], table["year"] = _numbers(table, "value", path), _numbers(table, "year", path).astype(int)
    if not len(table):
        GATE.fail(path, "there are no outcomes, but at least one line must stand below the names")
    twice = table.duplicated(list(KEYS))
    if twice.any():
        line = int(twice.to_numpy().argmax())
        GATE.fail(path, f"line {line + 2}: this outcome is there already; there must be one")
    return table


def read_predictions(path: Path) -> pd.DataFrame:
    """Return published predictions, their quantiles as numbers.

    Raises
    ------
    ScoreError
        If the file cannot be read or is no such table.
    """
    needed = (*KEYS, "unit", *POINTS, *(f"{null}_{point}" for null in NULLS for point in POINTS))
    table = _read(path, needed)
    table["year"] = _numbers(table, "year", path).astype(int)
    for name in needed[5:]:
        table[name] = _numbers(table, name, path, may_lack=name not in POINTS)
    return table


def scores(predictions: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of model and nulls by country, quantity and variant, means over years, and over all.

    An outcome without a variant is one of every variant of its quantity.  A null is compared with the model over the
    years for which it says anything: ``model_score_90`` is the model's own over the same years, and ``skill_90`` is
    one less the ratio, above 0 where the model is better.

    Raises
    ------
    ScoreError
        If an outcome is of nothing that was predicted.
    """
    import pandas as pd

    rows = []
    for _, outcome in outcomes.iterrows():
        for _, found in _meant(predictions, outcome).iterrows():
            rows += _of_outcome(found, float(outcome["value"]))
    each = pd.DataFrame(rows)
    keys = ["country", "quantity", "variant", "unit", "forecast"]
    table = each.groupby(keys, sort=False).agg(
        n=("score_90", "size"),
        **{name: (name, "mean") for name in each.columns if name not in keys and name != "year"},
    )
    table = table.reset_index()
    table["skill_90"] = 1.0 - table["model_score_90"] / table["score_90"].where(table["score_90"] > 0.0)
    return table


def _meant(predictions: pd.DataFrame, outcome: pd.Series) -> pd.DataFrame:
    """Return the predictions that an outcome is of."""
    same = predictions
    for name in ("country", "quantity", "year"):
        same = same[same[name] == outcome[name]]
    if outcome["variant"]:
        same = same[same["variant"] == outcome["variant"]]
    if not len(same):
        said = ", ".join(str(outcome[name]) for name in KEYS if outcome[name] != "")
        raise ScoreError(f"nothing was predicted of {said}; there is {_known(predictions, outcome)}")
    return same


def _known(predictions: pd.DataFrame, outcome: pd.Series) -> str:
    """Return what was predicted instead: years of the quantity, else quantities of the country, else countries."""
    own = predictions[predictions["country"] == outcome["country"]]
    same = own[own["quantity"] == outcome["quantity"]]
    if len(same):
        return "; ".join(dict.fromkeys(f"{one.year} {one.variant}".strip() for one in same.itertuples()))
    return "; ".join(dict.fromkeys(own["quantity"] if len(own) else predictions["country"]))


def _of_outcome(found: pd.Series, value: float) -> list[dict[str, Any]]:
    """Return the scores of a prediction and of its nulls for one outcome."""
    own = _scored({point: float(found[point]) for point in POINTS}, value)
    said: dict[str, Any] = {name: found[name] for name in (*KEYS, "unit")}
    rows = [said | {"forecast": MODEL} | own | {"model_score_90": own["score_90"]}]
    for null, words in NULLS.items():
        points = {point: float(found[f"{null}_{point}"]) for point in POINTS}
        if all(number == number for number in points.values()):
            rows.append(said | {"forecast": words} | _scored(points, value) | {"model_score_90": own["score_90"]})
    return rows


def _scored(points: Mapping[str, float], value: float) -> dict[str, float]:
    """Return interval scores, widths and whether the outcome is inside, and how far the median is off."""
    found = {"median_error": points["p50"] - value}
    for name, (low, high, alpha) in INTERVALS.items():
        ends = points[low], points[high]
        found[f"score_{name}"] = interval_score(*ends, value, alpha)
        found[f"width_{name}"] = ends[1] - ends[0]
        found[f"covered_{name}"] = float(ends[0] <= value <= ends[1])
    return found
