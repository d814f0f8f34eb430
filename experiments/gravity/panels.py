"""What is explained and by what: the tables of countries joined to one row for each flow or stock.

A gap is that of the destination over the origin: in log GDP per head, and in points of rule of law (RL.EST).  Where all
destinations are taken together their part is the same for every origin, so that only the origin's stands in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.gravity.tables import FOLDER, read

__all__ = ["researchers", "stayed_recently", "stocks", "world"]

LAG = 1  # years from what is known to a move
LEAD = 2  # years from a move to what cannot have been its reason
BASE_YEAR = 2000  # of the populations that weigh destinations
SETTLED_BY = 2010  # halfway through the years in which the recent of 2015/16 can have left


@dataclass(frozen=True)
class World:
    """Countries by year: series by country and year.

    Parameters
    ----------
    law : Series
        RL.EST; of years without an edition the mean of its neighbours, of 1995 that of 1996.
    income : Series
        Log of GDP per head (USD PPP of 2021).
    population : Series
        Millions.
    """

    law: pd.Series
    income: pd.Series
    population: pd.Series


def world(folder: Path = FOLDER) -> World:
    """Return countries by year."""
    wide = read("rule_of_law", folder).pivot(index="country", columns="year", values="rule_of_law")
    first = int(wide.columns.min())
    wide = wide.reindex(columns=range(first - 1, int(wide.columns.max()) + 1))
    wide = wide.interpolate(axis="columns", limit_area="inside")
    wide[first - 1] = wide[first]
    pwt = read("income", folder).set_index(["country", "year"])
    return World(wide.stack(), np.log(pwt["gdp_per_head"]), pwt["population"])


def of(series: pd.Series, countries: pd.Series, years: pd.Series | int) -> np.ndarray:
    """Return the values of a series for countries in years, nan where there is none."""
    years = pd.Series(years, index=countries.index) if isinstance(years, int) else years
    return series.reindex(pd.MultiIndex.from_arrays([countries, years])).to_numpy(float)


def researchers(source: str, now: World, folder: Path = FOLDER) -> pd.DataFrame:
    """Return a row for each pair of countries and year in which researchers of a source could have moved.

    A year in which nobody was seen to move is a zero, as long as anybody ever moved between the two and the source has
    anything of both in that year: a country and year that is in no table is unknown, not empty.  Columns:
    ``movers``, ``log_share`` (log of movers per researcher at the origin; nan at zeros), ``log_stayers`` (log of those
    researchers the year before), gaps ``income`` and ``law`` of the year before, ``income_home`` and ``law_home`` (with
    their signs turned) and ``income_abroad`` and ``law_abroad`` of which the gaps are the sums, ``law_later`` (the gap
    two years after), and the names ``origin``, ``dest``, ``pair``, ``dest_year``, ``origin_year``.
    """
    seen = read("researcher_moves", folder).query("source == @source")
    stock = read("researchers", folder).query("source == @source").set_index(["country", "year"])["researchers"]
    pairs = seen[["origin", "dest"]].drop_duplicates()
    years = pd.DataFrame({"year": np.arange(seen["year"].min(), seen["year"].max() + 1)})
    rows = pairs.merge(years, how="cross").merge(seen.drop(columns="source"), how="left").fillna({"movers": 0.0})
    known = _country_years(seen, stock)
    there = [pd.MultiIndex.from_frame(rows[[end, "year"]]).isin(known) for end in ("origin", "dest")]
    rows = rows[np.logical_and(*there)].reset_index(drop=True)
    before = rows["year"] - LAG
    rows["log_stayers"] = np.log(of(stock, rows["origin"], before))
    for name, series in (("income", now.income), ("law", now.law)):
        rows[f"{name}_home"] = -of(series, rows["origin"], before)
        rows[f"{name}_abroad"] = of(series, rows["dest"], before)
        rows[name] = rows[f"{name}_home"] + rows[f"{name}_abroad"]
    rows = rows.dropna().reset_index(drop=True)
    later = rows["year"] + LEAD
    rows["law_later"] = of(now.law, rows["dest"], later) - of(now.law, rows["origin"], later)
    rows["log_share"] = np.log(rows["movers"].where(rows["movers"] > 0)) - rows["log_stayers"]
    rows["pair"] = rows["origin"] + rows["dest"]
    for end in ("origin", "dest"):
        rows[f"{end}_year"] = rows[end] + rows["year"].astype(str)
    return rows


def _country_years(seen: pd.DataFrame, stock: pd.Series) -> pd.MultiIndex:
    """Return the countries and years of which a source has researchers, or moves from or to."""
    ends = [pd.MultiIndex.from_frame(seen[[end, "year"]]) for end in ("origin", "dest")]
    return stock.index.union(ends[0].union(ends[1], sort=False), sort=False).unique()


def stocks(now: World, folder: Path = FOLDER) -> pd.DataFrame:
    """Return a row for each country and fifth year, 1995-2010, of its emigrants in rich countries.

    Columns: ``graduates`` and ``low`` (log odds of living there, by schooling), ``diaspora`` (log odds of all
    schoolings five years before), gaps ``income`` and ``law`` without the destinations' part, and the geography of
    :func:`_near`.
    """
    table = read("emigration_rates", folder)
    odds = {name: _log_odds(table[name]) for name in ("high", "low", "all")}
    table = table.assign(graduates=odds["high"], low=odds["low"])
    settled = pd.Series(odds["all"].to_numpy(), index=pd.MultiIndex.from_frame(table[["country", "year"]]))
    table["diaspora"] = of(settled, table["country"], table["year"] - 5)
    return _with_origin(table, table["year"], now, folder).dropna(subset=["diaspora"])


def stayed_recently(now: World, folder: Path = FOLDER) -> pd.DataFrame:
    """Return a row for each country of those who came to the OECD in the five years before 2015/16 and were there then.

    Columns as those of :func:`stocks`, but ``graduates`` and ``low`` are logs of recent emigrants over those of that
    schooling at home, and ``diaspora`` that of emigrants of over ten years, of every schooling, over the population.
    """
    table = read("emigrants_by_stay", folder).merge(read("schooling", folder), on="country")
    with np.errstate(divide="ignore"):
        table["graduates"] = np.log(table["graduates_recent"] / table["tertiary"])
        table["low"] = np.log(table["low_recent"] / table["primary_or_less"])
        table["diaspora"] = np.log(table["all_settled"]) - np.log(
            1e6 * of(now.population, table["country"], SETTLED_BY)
        )
    return _with_origin(table, SETTLED_BY, now, folder)


def _log_odds(share: pd.Series) -> pd.Series:
    """Return log odds of a share; nan where it is 0 or 1."""
    inside = share.where((share > 0.0) & (share < 1.0))
    return np.log(inside / (1.0 - inside))


def _with_origin(table: pd.DataFrame, years: pd.Series | int, now: World, folder: Path) -> pd.DataFrame:
    """Return a table with gaps, population and geography of each origin; infinite values are nan."""
    table["income"] = -of(now.income, table["country"], years)
    table["law"] = -of(now.law, table["country"], years)
    table["log_population"] = np.log(of(now.population, table["country"], years))
    joined = table.merge(_near(now, folder), left_on="country", right_index=True).rename(columns={"country": "origin"})
    return joined.replace([np.inf, -np.inf], np.nan).dropna(subset=["income", "law"]).reset_index(drop=True)


def _near(now: World, folder: Path) -> pd.DataFrame:
    """Return how near the destinations are to each origin.

    ``log_km`` is the log of the mean distance, destinations weighed by population; ``border``, ``language`` and
    ``colony`` whether any of them has a border, an official language or a past of empire with it; ``log_km_nearest``
    the log of the distance to the nearest, ``language_share`` and ``colony_share`` the weights of those that have.
    """
    table = read("geography", folder)
    weight = of(now.population, table["dest"], BASE_YEAR)
    weighed = table[["km", "language", "colony"]].mul(weight, axis=0).assign(origin=table["origin"], weight=weight)
    sums = weighed.groupby("origin").sum()
    nearest, any_of = (
        table.groupby("origin")["km"].min(),
        table.groupby("origin")[["border", "language", "colony"]].max(),
    )
    return any_of.assign(
        log_km=np.log(sums["km"] / sums["weight"]),
        log_km_nearest=np.log(nearest),
        language_share=sums["language"] / sums["weight"],
        colony_share=sums["colony"] / sums["weight"],
    )
