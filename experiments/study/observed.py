"""What has been observed of Kazakhstan's graduates, from the project's own tables, and what a run has of the same."""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import abm
from abm.codes import DEGREES
from abm.measures import GRADUATES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DEPARTURES", "Quantity", "quantities", "registered", "series"]

DATA = Path(abm.__file__).parent / "data"
OECD = ("united_states", "germany", "other_oecd")
REGISTERED = tuple(f"registered_to_{name}" for name in ("russia", *OECD))
SLAVS = ("Russians", "Ukrainians")
ETHNICITIES = (*SLAVS, "Germans")
RECENT = ("0_1", "2_4")  # completed years since arrival: less than five
DEPARTURES = range(2010, 2020)
GRADUATES_AMONG_BORN = 0.55  # of Kazakhstan-born in the United States (assumption of diaspora-graduates)
COMPLETED = 5  # years after a degree


@dataclass(frozen=True)
class Quantity:
    """Something observed, with the range that its sources leave, and what a run has of it.

    ``run`` takes a run's yearly table, indexed by year, and ``columns`` are those that it reads.
    """

    name: str
    when: str
    unit: str
    low: float
    observed: float
    high: float
    source: str
    columns: tuple[str, ...]
    run: Callable[[pd.DataFrame], float]
    divide_by: float = 1.0


@functools.cache
def series(table: str, name: str, country: str = "Kazakhstan") -> Mapping[int, float]:
    """Return a series of one of the project's tables by year."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if (row["series"], row["country"]) == (name, country)]
    return {int(row["year"]): float(row["value"]) for row in rows}


def _over(part: float, whole: float) -> float:
    """Return part / whole, nan where there is nobody to take part of."""
    return float(part) / float(whole) if whole > 0.0 else math.nan


def registered(run: pd.DataFrame) -> pd.Series:
    """Return registered departures by year, whatever the destination."""
    return run[[name for name in REGISTERED if name in run.columns]].sum(axis=1)


def quantities() -> list[Quantity]:
    """Return what has been observed of departures, stays and stocks up to 2019, and stocks of later years."""
    return [*_departures(), *_directions(), *_ethnicities(), *_growth(), *_stays(), *_stocks()]


def _departures() -> list[Quantity]:
    low, middle, high = (series("migration", f"registered departures of graduates, {n}") for n in _RANGE)
    found = [
        Quantity(
            "registered departures of graduates",
            str(year),
            f"{GRADUATES.word} a year",
            low[year],
            middle[year],
            high[year],
            "tertiary-emigrants",
            REGISTERED,
            functools.partial(_registered_in, year=year),
            divide_by=GRADUATES.divide_by,
        )
        for year in DEPARTURES
    ]
    rise = middle[2019] / middle[2013]  # the share of graduates among them is one for all years
    name = "rise of registered departures"
    return [
        *found,
        Quantity(name, "2013 to 2019", "ratio", rise, rise, rise, "bns-migration", REGISTERED, _rise),
    ]


_RANGE = ("low", "middle", "high")


def _registered_in(run: pd.DataFrame, year: int) -> float:
    return float(registered(run).loc[year])


def _rise(run: pd.DataFrame) -> float:
    return _over(registered(run).loc[2019], registered(run).loc[2013])


def _directions() -> list[Quantity]:
    """Return the share of registered departures that goes to the neighbours in the east, all ages and schooling."""
    departures = series("migration", "registered departures")
    cis = series("migration", "departures to the Commonwealth of Independent States")
    shares = {f"{year}": (cis[year] / departures[year], "bns-migration") for year in sorted(cis)}
    half = series("migration", "share of departures to the Commonwealth of Independent States, January-July")
    shares |= {f"{year}, January-July": (share, "mgorod-2013") for year, share in half.items()}
    return [
        Quantity(
            "of them to Russia (observed: to the CIS)",
            when,
            "share",
            share,
            share,
            share,
            source,
            ("registered_to_russia",),
            functools.partial(_share_to_russia, year=int(when[:4])),
        )
        for when, (share, source) in sorted(shares.items())
    ]


def _share_to_russia(run: pd.DataFrame, year: int) -> float:
    return _over(run["registered_to_russia"].loc[year], registered(run).loc[year])


def _ethnicities() -> list[Quantity]:
    """Return the shares of registered departures that are of a group, all ages and schooling."""
    half = {each: series("migration", f"share of {each} among departures, January-July") for each in ETHNICITIES}
    nine_months = {each: series("migration", f"departures of {each}, January-September")[2017] for each in ETHNICITIES}
    departures = series("migration", "departures, January-September")[2017]
    slavs_2015 = sum(series("migration", f"departures of {each}")[2015] for each in SLAVS)
    shares = [
        ("slavs", "2013, January-July", sum(half[each][2013] for each in SLAVS), "mgorod-2013"),
        ("slavs", "2015", slavs_2015 / series("migration", "registered departures")[2015], "kursiv-2016"),
        ("slavs", "2017, January-September", sum(nine_months[each] for each in SLAVS) / departures, "ratel-2017"),
        ("germans", "2012, January-July", half["Germans"][2012], "mgorod-2013"),
        ("germans", "2013, January-July", half["Germans"][2013], "mgorod-2013"),
        ("germans", "2017, January-September", nine_months["Germans"] / departures, "ratel-2017"),
    ]
    return [
        Quantity(
            f"of them {group.capitalize()}{' (observed: Russians and Ukrainians)' * (group == 'slavs')}",
            when,
            "share",
            share,
            share,
            share,
            source,
            tuple(f"{name}_of_{group}" for name in REGISTERED),
            functools.partial(_share_of_group, group=group, year=int(when[:4])),
        )
        for group, when, share, source in shares
    ]


def _share_of_group(run: pd.DataFrame, group: str, year: int) -> float:
    """Return the share of a group; nan where nobody is of it."""
    of_group = run[[f"{name}_of_{group}" for name in REGISTERED if f"{name}_of_{group}" in run.columns]].sum(axis=1)
    return _over(of_group.loc[year], registered(run).loc[year]) if of_group.sum() > 0.0 else math.nan


def _growth() -> list[Quantity]:
    born = [
        series("diaspora", f"yearly growth of the Kazakhstan-born stock, {which}", "United States")[year]
        for which, year in (("UN estimate, 2015-2020", 2020), ("survey, 2014-2019", 2019))
    ]
    low, high = (GRADUATES_AMONG_BORN * value for value in born)
    return [
        Quantity(
            "growth of graduates in the United States",
            "2014 to 2019",
            f"{GRADUATES.word} a year",
            low,
            (low + high) / 2.0,
            high,
            "us-stock-growth",
            ("graduates_in_united_states",),
            lambda run: float(np.diff(run["graduates_in_united_states"].loc[[2014, 2019]])[0] / 5.0),
            divide_by=GRADUATES.divide_by,
        )
    ]


def _stays() -> list[Quantity]:
    called = {"bachelor": "bachelor's", "master": "master's", "doctorate": "doctorate"}
    found = []
    for degree in DEGREES:
        of = f"degrees_{COMPLETED}_years_before_in_united_states_{degree}"
        still = f"still_after_{COMPLETED}_years_in_united_states_{degree}"
        (stay,) = series("us_visas", f"stay rate of foreign graduates, {called[degree]}", "United States").values()
        found.append(
            Quantity(
                f"stay five years after a US {called[degree]}",
                "degrees of 2012-2016",
                "share",
                stay,
                stay,
                stay,
                "eig-stay-rates",
                (of, still),
                functools.partial(_stayed, of=of, still=still),
            )
        )
    return found


def _stayed(run: pd.DataFrame, of: str, still: str) -> float:
    """Return the share who have stayed; nan where nobody took such a degree."""
    return _over(run[still].loc[2017:2021].sum(), run[of].loc[2017:2021].sum())


def _stocks() -> list[Quantity]:
    found = []
    for stay, years in (("up to 5", RECENT), ("5 to 10", ("5_9",))):
        name = f"born in Kazakhstan, tertiary education, aged 15+, {stay} years of stay"
        count = series("diaspora", name, "OECD")[2015]
        columns = tuple(f"in_{country}_since_{bin_}" for country in OECD for bin_ in years)
        found.append(
            Quantity(
                f"graduates in the OECD, {stay} years after arrival",
                "end of 2015",
                GRADUATES.word,
                count,
                count,
                count,
                "dioc",
                columns,
                functools.partial(_in_2015, columns=columns),
                divide_by=GRADUATES.divide_by,
            )
        )
    rate = series("diaspora", "emigration rate to 20 OECD countries, aged 25+, high-skilled")[2010]
    stocks = ("graduates_at_home", *(f"graduates_in_{country}" for country in OECD))
    of_age = 0.92 * series("labour_market", "population aged 15+ with higher education")[2021]
    return [
        *found,
        Quantity(
            "emigration rate of graduates to the OECD", "2010", "share", rate, rate, rate, "iab", stocks, _emigrated
        ),
        Quantity(
            "graduates of working age at home",
            "2021",
            "million",
            of_age,
            of_age,
            of_age,
            "kz-census, working-age-share",
            ("graduates_at_home",),
            lambda run: float(run["graduates_at_home"].loc[2021]),
            divide_by=1e6,
        ),
    ]


def _in_2015(run: pd.DataFrame, columns: tuple[str, ...]) -> float:
    return float(run[list(columns)].loc[2015].sum())


def _emigrated(run: pd.DataFrame) -> float:
    abroad = float(run[[f"graduates_in_{country}" for country in OECD]].loc[2010].sum())
    return _over(abroad, abroad + float(run["graduates_at_home"].loc[2010]))
