"""The page of predictions: tables in words, with definitions and what would make the model wrong, and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from experiments.predicting.scoring import NULLS, POINTS
from experiments.study.contrasts import paragraph
from experiments.study.experiment import Drawn
from experiments.study.observed import DEPARTURES, series
from experiments.study.tables import interval, markdown, plain

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.fan_figures import Fan

__all__ = ["figures", "report"]

SHOWN_YEARS = 2  # of a quantity, in the report's tables; the CSV has all
KEYS = ["country", "quantity", "variant"]
CHANGES = "change of return: "
METHOD = """\
Each prediction is that of posterior draws of Kazakhstan's calibration, each run under several seeds. The luck of the
runs is taken out (`abm/analysis/over_draws.py`), and how far the model may be from a country whose parameters it has
is put in, as calibration takes it to be (assumptions): in logs, .15 for a year's flow, .19 for graduates in a
register, .2 for stocks and for shares of graduates abroad; in logits, .25 for shares of destinations and .3 for who
stays after a degree. Relative changes by an incentive have none. Intervals are central, 50 and 90 %.

In another country graduates decide as Kazakhstan's do, draw by draw: the whole section `decision`, pay at market rates
as a mean over some years among it, but for the age of retirement. One number is fitted to the country: the **level**,
what is added to the cost of moving to every destination, to the figures that are known of the years before, each drawn
within its own uncertainty (assumed, in logs: Turkey's share of 2015 .2, its arrivals .3; Georgia's and Ireland's
departures .3). Nothing after is used but what countries are like: pay, unemployment, rule of law, new graduates, doors
(docs/data.md)."""
NULLS_SAID = """\
Nulls. *Constant number*, *constant rate*: the last figure known before, carried on, as so many or as so many of those
at home. *USD wage alone*: the elasticity of Kazakhstan's departures of 2012-2019 to home's pay in dollars, with its
error. *Carried on*: the last observed five-year flow goes on, for stocks of which one is known. They walk: after h
years they are off by s times the root of h in logs, s = {flow:.2f} for flows (Kazakhstan's registered departures of
2009-2019, lent to Ireland), {stock:.2f} for stocks and shares abroad (emigration rates of all countries over five
years up to 2000, or 2010 for Turkey); Kazakhstan's share to Russia in logits, from four years seen. *Network off*, *law
weight zero*: the model with the weight of ties, or of rule of law, at 0 and its level fitted again, with the same
misfit. An empty cell: no figure before is known that could be carried on, or it means nothing there."""
WRONG = """\
**What would make the model wrong.** Outcomes outside the 90 % intervals in more than one of four cases; or a null with
the better interval score over all quantities of a country, width and all. One by one: *Kazakhstan*: registered
departures, or the part of Russia, outside the fan both with dated doors and without them. *Turkey*: a share abroad
outside the fan, when rule of law and pay in dollars do not weigh there as they do in Kazakhstan; the fan of law weight
zero says which. *Georgia*: a rate relative to 2000 outside the fan; the stock at home is assumed, so that its level is
no test. *Ireland*: departures or returns that swing by more, or later, than the fan: in the model unemployment counts
through the time that a search takes and through posts that are vacant, not through fear. *Incentives*: returns that
rise by a multiple of what is said, or by more for pay without a job offer than for both. *Bonds*: a share outside the
fan."""
NOT_SAID = """\
**What it cannot say.** Borders that shut, wars and new rules are no part of it but for the doors named; the first years
of Georgia and Ireland hold a transient, since who is abroad at the start is not selected. Turkey's share is that of
degrees since 2005 until 2020. Nationals of all schooling are graduates over an assumed share of them. The run of a
draw is the expected country; the misfits are those that calibration assumed, not ones that were seen out of sample."""


def report(table: pd.DataFrame, yearly: tuple[float, float]) -> Iterator[str]:
    """Yield the lines of the report; ``yearly`` are by how much flows and stocks walk in a year."""
    first = table.iloc[0]
    yield "What does the model say of years and countries that it has not been shown?"
    yield ""
    yield from paragraph(
        f"Dated {first['date']}, model version {first['model_version']}, {first['n_draws']} posterior draws.",
        "All quantiles are in `predictions.csv`; whoever holds outcomes scores model and nulls by",
        "`python -m experiments score results/predictions outcomes.csv` (country, quantity, year, value).",
    )
    for country in dict.fromkeys(table["country"]):
        yield from ("", f"**{country}**, median [5 %, 95 %]; nulls likewise:", "")
        yield from markdown(_rows(table[table["country"] == country]))
    yield from ("", *METHOD.splitlines(), "")
    yield from markdown(_levels(table))
    yield from ("", *NULLS_SAID.format(flow=yearly[0], stock=yearly[1]).splitlines(), "")
    yield from (*WRONG.splitlines(), "", *NOT_SAID.splitlines(), "", "Definitions:", "")
    for (country, quantity), of in table.groupby(["country", "quantity"], sort=False):
        yield f"- {country}, {quantity} ({of['unit'].iloc[0]}): {of['definition'].iloc[0]}"
    yield ""


def _rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return a line for some years of each quantity and variant, and a column for each null that says anything."""
    nulls = {null: words for null, words in NULLS.items() if table[f"{null}_p50"].notna().any()}
    found: list[tuple[str, ...]] = [("quantity", "unit", "year", "model", "50 %", *nulls.values())]
    for (_, quantity, variant), of in table.groupby(KEYS, sort=False):
        places = np.unique(np.linspace(0, len(of) - 1, min(SHOWN_YEARS, len(of))).round().astype(int))
        for _, row in of.iloc[places].iterrows():
            name = f"{quantity}, {variant}" if variant and row["unit"] != "relative change" else quantity
            half = f"{plain(row['p25'])} to {plain(row['p75'])}"
            said = [_cell(row, f"{null}_") if row[f"{null}_p50"] == row[f"{null}_p50"] else "" for null in nulls]
            found.append((name, row["unit"], str(row["year"]), _cell(row, ""), half, *said))
    return found


def _cell(row: pd.Series, begins: str) -> str:
    return interval(*(float(row[f"{begins}{point}"]) for point in ("p50", "p5", "p95")), say=plain)


def _levels(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return a line for each country and variant: the fitted level, and how many numbers were drawn or fitted."""
    found: list[tuple[str, ...]] = [("country", "variant", "level, utility", "drawn or fitted", "of them dated doors")]
    for (country, variant), of in table.groupby(["country", "variant"], sort=False):
        row = of.iloc[0]
        level = interval(*(float(row[f"level_{point}"]) for point in ("p50", "p5", "p95")), say="{:+.2f}".format)
        said = level if row["level_p50"] == row["level_p50"] else "as calibrated"
        found.append((country, variant, said, str(row["n_parameters"]), str(row["n_doors"])))
    return found


def figures(table: pd.DataFrame) -> Iterable[Drawn]:
    """Draw fans of what has years or nulls, and the intervals of what incentives change."""
    from abm.analysis.fan_figures import fans, intervals

    def of(country: str, *begins: str) -> pd.DataFrame:
        return table[(table["country"] == country) & table["quantity"].str.startswith(begins)]

    departures = _fans(of("Kazakhstan", "registered departures"))
    yield (
        "kazakhstan_departures",
        fans(departures, title="Kazakhstan: registered departures, with and without dated doors"),
    )
    where = of("Kazakhstan", "share of registered", "non-return")
    panels = _fans(where[where["variant"] == "with dated doors"])
    yield "kazakhstan_shares", fans(panels, title="Kazakhstan: where registered graduates go, and who breaks a bond")
    elsewhere = [*_fans(of("Turkey", "share")), *_fans(of("Georgia", "emigration rate, relative", "graduates"))]
    title = "{}: predicted with Kazakhstan's behaviour and one fitted level"
    yield "turkey_and_georgia", fans(elsewhere, title=title.format("Turkey, and Georgia"), n_columns=3)
    directions = of("Ireland", "nationals")
    panels = _fans(directions[directions["quantity"].str.endswith("index")])
    yield "ireland", fans(panels, title=title.format("Ireland, 2008 = 1"))
    changes = of("Kazakhstan", CHANGES).set_index("quantity")[list(POINTS)]
    bands = {str(name).removeprefix(CHANGES): 100.0 * row.to_numpy(float) for name, row in changes.iterrows()}
    yield (
        "kazakhstan_incentives",
        intervals(bands, title="Kazakhstan: what incentives to return bring", label="come home more in five years, %"),
    )


def _fans(table: pd.DataFrame) -> list[Fan]:
    """Return a panel for each quantity and variant."""
    from abm.analysis.fan_figures import Fan

    found = []
    for (country, quantity, variant), of in table.groupby(KEYS, sort=False):
        unit = of["unit"].iloc[0]
        label = ", ".join(part for part in (quantity, variant, "" if unit in ("share", "ratio") else unit) if part)
        nulls = {words: of[[f"{null}_{point}" for point in POINTS]].to_numpy(float) for null, words in NULLS.items()}
        bands = of[list(POINTS)].to_numpy(float)
        found.append(Fan(label, of["year"].tolist(), bands, nulls, _observed(str(country), str(quantity))))
    return found


def _observed(country: str, quantity: str) -> dict[int, float]:
    """Return what is known of the years before."""
    if country == "Kazakhstan" and quantity == "registered departures, all schooling":
        known = series("migration", "registered departures")
        return {year: known[year] / 1000.0 for year in DEPARTURES}
    return {}
