"""Make the tables of countries from those of their publishers: ``python -m experiments.gravity.derive FROM TO``.

FROM is a folder with the publishers' tables saved as CSV, packed or not, under the names and with the columns of
``NEEDED``; rows and columns that no design uses are left out, and nothing is estimated or filled in.
"""

from __future__ import annotations

import lzma
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from abm.writing import TakenError, new_file, refuse_taken
from experiments.gravity.tables import TABLES, TableError, checked, path_of
from experiments.study.options import Parser, add_overwrite, folder_name

__all__ = ["NEEDED", "main"]

# files of FROM by the publisher's table, and the columns that are read; countries are ISO 3166 alpha-3
NEEDED = {
    "scholars_bilateral_flows": ("origin", "dest", "year", "movers", "source"),  # Scholarly Migration Database, flows
    "scholars_country_year": ("country", "year", "researchers", "source"),  # the same, researchers by country
    "wgi2024": ("iso3", "year", "indicator", "estimate"),  # Worldwide Governance Indicators, in long form
    "pwt110_gdp_pop": ("iso3", "year", "gdppc", "pop"),  # Penn World Table, rgdpe / pop and population in millions
    "iab_emigration_by_skill": ("iso3", "sex", "year", "tot_rate", "low_rate", "high_rate"),  # IAB brain-drain data
    "cepii_geodist": ("iso_o", "iso_d", "dist", "contig", "comlang_off", "colony"),  # GeoDist
    "dioc2015_emigrants_by_duration": ("iso3", "edu_lfs", "dos_lfs", "persons"),  # DIOC 2015/16, all OECD together
    "barrolee_v3_education_25_64": ("iso3", "year", "tertiary_any_k", "primary_or_less_k"),  # Barro and Lee, v3
}
SINCE = 1995  # the first year in which rule of law is used, as that of 1996
# destinations of the IAB's data, to which distances count
DESTINATIONS = (
    *("AUS", "AUT", "CAN", "CHE", "CHL", "DEU", "DNK", "ESP", "FIN", "FRA"),
    *("GBR", "GRC", "IRL", "LUX", "NLD", "NOR", "NZL", "PRT", "SWE", "USA"),
)
ONE_COUNTRY = "[A-Z]{3}"
RECENT, SETTLED, LOW, HIGH = 1, 3, 1, 3  # codes of DIOC: up to five years, over ten; schooling
SCHOOLED_IN = 2010  # halfway through the years in which the recent of 2015/16 can have left
Given = Callable[[str], pd.DataFrame]


def main(arguments: Sequence[str]) -> int:
    """Make the tables as the command line asks and return the exit code."""
    parser = Parser(prog="python -m experiments.gravity.derive", description="Make tables of countries")
    parser.add_argument("given", metavar="FROM", type=folder_name, help="folder with the publishers' tables as CSV")
    parser.add_argument("made", metavar="TO", type=folder_name, help="folder to write to")
    add_overwrite(parser, "tables that are in TO already")
    options = parser.parse_args(arguments)
    try:
        made = _tables(lambda name: _given(options.given, name))
        for name, table in made.items():
            made[name] = table.sort_values(list(TABLES[name].keys)).reset_index(drop=True)
            checked(made[name].astype(str), TABLES[name], options.given / name)
            refuse_taken(path_of(name, options.made), overwrite=options.overwrite)
        for name, table in made.items():
            _write(table, path_of(name, options.made))
    except (TableError, TakenError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or options.made}: cannot be read or written ({error.strerror})", file=sys.stderr)
        return 2
    return 0


def _given(folder: Path, name: str) -> pd.DataFrame:
    """Return the columns of a publisher's table that are used."""
    path = next((path for path in sorted(folder.glob(f"{name}.csv*")) if path.is_file()), None)
    if path is None:
        raise TableError(f"{folder / name}.csv: the table is not there; {', '.join(NEEDED)} are needed")
    columns = list(NEEDED[name])
    try:
        return pd.read_csv(path, usecols=columns, keep_default_na=False, na_values=[""])[columns]
    except (ValueError, UnicodeDecodeError) as error:
        raise TableError(f"{path}: this is not a table with the columns {', '.join(columns)} ({error})") from None


def _tables(given: Given) -> dict[str, pd.DataFrame]:
    """Return all tables."""
    law, income = _rule_of_law(given), _income(given)
    known = {*law["country"]} & {*income["country"]}
    return {
        "rule_of_law": law,
        "income": income,
        "researcher_moves": _researcher_moves(given, known),
        "researchers": _researchers(given, known),
        "emigration_rates": _emigration_rates(given),
        "geography": _geography(given),
        "emigrants_by_stay": _emigrants_by_stay(given),
        "schooling": _schooling(given),
    }


def _rule_of_law(given: Given) -> pd.DataFrame:
    table = given("wgi2024")
    table = table[(table["indicator"] == "rl") & table["iso3"].str.fullmatch(ONE_COUNTRY)].dropna()
    return table.rename(columns={"iso3": "country", "estimate": "rule_of_law"})[["country", "year", "rule_of_law"]]


def _income(given: Given) -> pd.DataFrame:
    names = {"iso3": "country", "gdppc": "gdp_per_head", "pop": "population"}
    table = given("pwt110_gdp_pop").rename(columns=names).dropna()
    return table[table["year"] >= SINCE]


def _named(source: pd.Series) -> pd.Series:
    """Return whose records moves are read from, without the year of the edition."""
    return source.str.replace(r"\d+$", "", regex=True)


def _researcher_moves(given: Given, known: set[str]) -> pd.DataFrame:
    table = given("scholars_bilateral_flows")
    abroad = (table["origin"] != table["dest"]) & table["origin"].isin(known) & table["dest"].isin(known)
    table = table[abroad].assign(source=_named(table["source"]))
    return table[["source", "origin", "dest", "year", "movers"]]


def _researchers(given: Given, known: set[str]) -> pd.DataFrame:
    table = given("scholars_country_year")
    table = table[table["country"].isin(known) & (table["researchers"] > 0)]
    table = table.assign(source=_named(table["source"]), year=table["year"].astype(int))
    return table[["source", "country", "year", "researchers"]]


def _emigration_rates(given: Given) -> pd.DataFrame:
    table = given("iab_emigration_by_skill")
    table = table[(table["sex"] == "both") & (table["year"] >= SINCE - 5)]
    names = {"iso3": "country", "low_rate": "low", "high_rate": "high", "tot_rate": "all"}
    return table.rename(columns=names)[["country", "year", "low", "high", "all"]]


def _geography(given: Given) -> pd.DataFrame:
    names = {"iso_o": "origin", "iso_d": "dest", "dist": "km", "contig": "border", "comlang_off": "language"}
    table = given("cepii_geodist").rename(columns=names)
    table = table[table["dest"].isin(DESTINATIONS) & (table["origin"] != table["dest"])]
    return table[["origin", "dest", "km", "border", "language", "colony"]]


def _emigrants_by_stay(given: Given) -> pd.DataFrame:
    table = given("dioc2015_emigrants_by_duration")
    table = table[table["iso3"].str.fullmatch(ONE_COUNTRY)]  # others are regions, or states that are gone
    recent, settled = table["dos_lfs"] == RECENT, table["dos_lfs"] == SETTLED
    groups = {
        "graduates_recent": recent & (table["edu_lfs"] == HIGH),
        "low_recent": recent & (table["edu_lfs"] == LOW),
        "all_settled": settled & table["edu_lfs"].between(LOW, HIGH),
    }
    sums = {name: table[rows].groupby("iso3")["persons"].sum() for name, rows in groups.items()}
    return pd.DataFrame(sums).fillna(0).astype(int).rename_axis("country").reset_index()


def _schooling(given: Given) -> pd.DataFrame:
    table = given("barrolee_v3_education_25_64")
    table = table[table["year"] == SCHOOLED_IN].set_index("iso3")[["tertiary_any_k", "primary_or_less_k"]]
    persons = (1000 * table).round().astype(int)
    persons.columns = pd.Index(["tertiary", "primary_or_less"])
    return persons.rename_axis("country").reset_index()


def _write(table: pd.DataFrame, path: Path) -> None:
    """Write a table as compressed CSV: the same numbers are the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = table.to_csv(index=False, lineterminator="\n").encode()
    with new_file(path) as handle:
        handle.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
