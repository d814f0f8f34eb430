"""The designs: whose moves or stocks are compared with whose, what is held fixed, and what an earlier estimate said.

A design's coefficients are those of the gaps of log income and of rule of law; their ratio is what a point of rule of
law weighs over a log of income.  Check values are of an earlier estimate by the same kinds of designs, from the same
publishers' tables before some cells were left out; why ours differ from them stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.gravity.estimator import PPML, Fit, Model, estimate, ratio
from experiments.gravity.panels import researchers, stayed_recently, stocks, world
from experiments.gravity.tables import FOLDER

__all__ = ["BOTH", "DESIGNS", "RECENT_DIASPORA", "Design", "dropped", "estimates", "panels"]

SOURCES = {"scopus": "Scopus", "openalex": "OpenAlex"}
BOTH = "researchers, both sides"
RECENT_DIASPORA = "recent graduates (DIOC): and diaspora"
GAPS = ("income", "law")
PLACE = ("log_population", "log_km", "border", "language", "colony")
OTHER_PLACE = ("log_population", "log_km_nearest", "language_share", "colony_share")
MOST_MOVES = 10  # origins that are left out in turn where there are many rows; the others weigh little
YEARS = "which years' rule of law was taken is not said"
PLACES = "which geography was taken is not said: see the row with another"
RECENTLY = "which graduates at home, years and geography were taken is not said"
LEFT_OUT = "cells were left out since"
CHINA = "not reproduced: see the row without China"


@dataclass(frozen=True)
class Earlier:
    """An earlier estimate: coefficients, the ratio with its standard error where there is one, and why ours differs."""

    income: float
    law: float
    ratio: float = np.nan
    error: float = np.nan
    why: str = ""


@dataclass(frozen=True)
class Design:
    """A design: its name, the panel that it is estimated on, the model, and the earlier estimate if there is one.

    ``family`` is what it is evidence of, with others of the same data; ``tests`` is the family that a falsification
    puts to the test, by what should not matter: the coefficient of ``tested``.
    """

    name: str
    panel: str
    model: Model
    family: str = ""
    earlier: Earlier | None = None
    tests: str = ""
    tested: str = ""


ORIGIN_SIDE = Model("movers", GAPS, ("pair", "dest_year"), ("origin",), PPML, "log_stayers")
ORIGIN_OLS = Model("log_share", GAPS, ("pair", "dest_year"))
DEST_SIDE = Model("movers", GAPS, ("pair", "origin_year"), ("origin", "dest"), PPML)
BOTH_SIDES = Model(
    "movers",
    ("income_home", "income_abroad", "law_home", "law_abroad"),
    ("pair", "year"),
    ("origin", "dest"),
    PPML,
    "log_stayers",
)
STOCKS = Model("graduates", (*GAPS, *PLACE), ("year",))
RECENT = Model("graduates", (*GAPS, *PLACE))
EARLIER = {
    ("scopus", "origin"): Earlier(0.33, 0.22, 0.68, 0.29, YEARS),
    ("openalex", "origin"): Earlier(0.31, 0.00, 0.01, 0.27, YEARS),
    ("scopus", "OLS"): Earlier(0.44, 0.18, 0.40, 0.24, YEARS),
    ("openalex", "OLS"): Earlier(0.38, 0.18, 0.47, 0.26, YEARS),
    ("scopus", "destination"): Earlier(
        0.86, 0.36, 0.42, 0.17, "not reproduced: law is half of it, for reasons unknown"
    ),
    ("openalex", "destination"): Earlier(0.79, 0.29, 0.36, 0.19, CHINA),
}


def with_terms(model: Model, *terms: str, outcome: str = "") -> Model:
    """Return a model with further terms, and another outcome if one is named."""
    return replace(model, terms=(*model.terms, *terms), outcome=outcome or model.outcome)


def _of_researchers() -> Iterator[Design]:
    origin, dest = "researchers, origin", "researchers, destination"
    for key, name in SOURCES.items():
        yield Design(f"{origin}: {name}", key, ORIGIN_SIDE, origin, EARLIER[key, "origin"])
        yield Design(f"{origin}: {name}, OLS", key, ORIGIN_OLS, origin, EARLIER[key, "OLS"])
        yield Design(f"{dest}: {name}", key, DEST_SIDE, dest, EARLIER[key, "destination"])
        for family, model in ((origin, ORIGIN_SIDE), (dest, DEST_SIDE)):
            lead = with_terms(model, "law_later")
            yield Design(f"{family}: {name}, lead", key, lead, tests=family, tested="law_later")
        yield Design(f"{BOTH}: {name}", key, BOTH_SIDES)
    yield Design(f"{dest}: OpenAlex, without China", "openalex without China", DEST_SIDE)


def _of_graduates() -> Iterator[Design]:
    stock, low = "graduates (IAB)", "low-educated (IAB)"
    earlier = Earlier(0.36, -0.01, -0.01, 0.43, PLACES)
    within = Model("graduates", GAPS, ("year", "origin"))
    yield Design(f"{stock}: geography", "stocks", STOCKS, "", earlier)
    yield Design(f"{stock}: other geography", "stocks", replace(STOCKS, terms=(*GAPS, *OTHER_PLACE)), "", earlier)
    with_diaspora = Earlier(0.52, 0.01, 0.01, 0.18, PLACES)
    yield Design(f"{stock}: and diaspora", "stocks", with_terms(STOCKS, "diaspora"), stock, with_diaspora)
    yield Design(f"{stock}: origin effects", "stocks", within, "", Earlier(0.07, 0.23, why=LEFT_OUT))
    yield Design(f"{low}: geography", "stocks", with_terms(STOCKS, outcome="low"))
    placebo = with_terms(STOCKS, "diaspora", outcome="low")
    yield Design(f"{low}: and diaspora", "stocks", placebo, tests=stock, tested="law")
    yield Design(
        f"{low}: origin effects", "stocks", with_terms(within, outcome="low"), "", Earlier(0.05, -0.01, why=LEFT_OUT)
    )


def _of_recent() -> Iterator[Design]:
    recent, low = "recent graduates (DIOC)", "recent low-educated (DIOC)"
    yield Design(f"{recent}: geography", "recent", RECENT, "", Earlier(0.19, 0.11, 0.54, 0.82, RECENTLY))
    with_diaspora = Earlier(0.30, 0.00, -0.01, 0.36, RECENTLY)
    yield Design(RECENT_DIASPORA, "recent", with_terms(RECENT, "diaspora"), recent, with_diaspora)
    placebo = with_terms(RECENT, "diaspora", outcome="low")
    yield Design(f"{low}: and diaspora", "recent", placebo, tests=recent, tested="law")


DESIGNS = (*_of_researchers(), *_of_graduates(), *_of_recent())


def panels(folder: Path = FOLDER) -> dict[str, pd.DataFrame]:
    """Return the panels by their names."""
    now = world(folder)
    made = {source: researchers(source, now, folder) for source in SOURCES}
    elsewhere = made["openalex"].query("origin != 'CHN' and dest != 'CHN'")
    of_graduates = {"stocks": stocks(now, folder), "recent": stayed_recently(now, folder)}
    return made | {"openalex without China": elsewhere} | of_graduates


def estimates(rows: Mapping[str, pd.DataFrame]) -> dict[str, Fit]:
    """Return the estimates of all designs by their names."""
    return {design.name: estimate(rows[design.panel], design.model) for design in DESIGNS}


def dropped(rows: pd.DataFrame, model: Model) -> tuple[float, float]:
    """Return the lowest and the highest ratio when each origin is left out in turn.

    Where rows are of pairs of countries these are the origins with most movers; nan where no ratio is defined.
    """
    if "movers" in rows:
        origins = rows.groupby("origin")["movers"].sum().nlargest(MOST_MOVES).index
    else:
        origins = pd.Index(rows["origin"].unique())
    fits = (estimate(rows[rows["origin"] != origin], model) for origin in sorted(origins))
    ratios = np.array([ratio(fit, "law", "income")[0] for fit in fits])
    return float(np.min(ratios)), float(np.max(ratios))
