"""The observed series in ``abm/data``: well formed, sourced, and re-computable where they are derived."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.gravity.tables import TABLES as COUNTRIES

PROJECT = Path(__file__).parents[2]
DATA = PROJECT / "abm" / "data"
TABLES = sorted(path.name for path in DATA.glob("*.csv"))
COLUMNS = ["series", "country", "year", "value", "unit", "source"]
UNITS = {
    "index points",
    "index points per year",
    "USD PPP per month",
    "USD PPP per year",
    "USD per month",
    "USD per year",
    "USD",
    "KZT per month",
    "KZT per USD",
    "KZT per USD PPP",
    "KZT",
    "date",
    "RUB per month",
    "RUB per USD",
    "EUR per USD",
    "EUR per week",
    "EUR per year",
    "GEL per USD",
    "GEL per month",
    "TRY per USD",
    "TRY per year",
    "share",
    "ratio",
    "per year",
    "persons",
    "persons per year",
    "posts",
    "registrations",
    "months",
}
MEMBERS = ("Canada", "United Kingdom", "Poland", "South Korea", "Czechia")  # of the other OECD
SOURCE_FIELDS = {
    "observed": {"title", "publisher", "year", "url", "accessed"},
    "derived": {"title", "inputs", "derivation"},
    "assumption": {"title", "reason"},
}

Row = dict[str, str]


def rows_of(table: str) -> list[Row]:
    """Return the rows of one table."""
    with (DATA / table).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def all_rows() -> Iterator[tuple[str, Row]]:
    """Yield every row with a label that says where it stands."""
    for table in TABLES:
        for number, row in enumerate(rows_of(table), start=2):
            yield f"{table}, line {number}", row


def sources() -> dict[str, dict[str, Any]]:
    """Return the bibliography."""
    return tomllib.loads((DATA / "sources.toml").read_text(encoding="utf-8"))


def series(table: str, name: str, country: str, unit: str) -> dict[int, float]:
    """Return one series as {year: value}."""
    chosen = {
        int(row["year"]): float(row["value"])
        for row in rows_of(table)
        if (row["series"], row["country"], row["unit"]) == (name, country, unit)
    }
    assert chosen, f"{table} has no series {name!r} for {country} in {unit}"
    return chosen


def test_the_folder_holds_the_documented_tables() -> None:
    documented = (PROJECT / "docs" / "data.md").read_text(encoding="utf-8")
    assert len(TABLES) == 16
    assert [table for table in TABLES if f"`{table}`" not in documented] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_the_same_six_columns(table: str) -> None:
    with (DATA / table).open(encoding="utf-8", newline="") as handle:
        lines = list(csv.reader(handle))
    assert lines[0] == COLUMNS
    assert len(lines) > 1
    assert {len(line) for line in lines} == {len(COLUMNS)}


def test_every_row_is_a_finite_number_in_a_known_unit_of_a_plausible_year() -> None:
    for place, row in all_rows():
        assert math.isfinite(float(row["value"])), f"{place}: value {row['value']!r}"
        assert row["unit"] in UNITS, f"{place}: unit {row['unit']!r}"
        assert 2000 <= int(row["year"]) <= 2026, f"{place}: year {row['year']!r}"
        assert row["series"].strip() and row["country"].strip(), place


def test_values_lie_within_the_range_of_their_unit() -> None:
    for place, row in all_rows():
        value = float(row["value"])
        if row["unit"] == "share":
            assert 0.0 <= value <= 1.0, f"{place}: share {value}"
        elif row["unit"] == "index points":
            assert -2.5 <= value <= 2.5, f"{place}: index points {value}"
        elif row["unit"] in UNITS - {"share", "ratio", "index points", "index points per year"}:
            assert value > 0.0, f"{place}: {value} {row['unit']}"


def test_no_figure_is_given_twice() -> None:
    for table in TABLES:
        identities = [
            (row["series"], row["country"], row["year"], row["unit"], row["source"]) for row in rows_of(table)
        ]
        assert len(set(identities)) == len(identities), table


def test_every_row_names_a_source_and_every_source_is_named() -> None:
    used = {row["source"] for _, row in all_rows()} | {key for table in COUNTRIES.values() for key in table.sources}
    known = sources()
    assert sorted(used - set(known)) == []
    assert sorted(set(known) - used) == []


@pytest.mark.parametrize("key", sorted(sources()))
def test_a_source_says_who_published_it_or_how_it_was_made(key: str) -> None:
    entry = sources()[key]
    assert entry["kind"] in SOURCE_FIELDS
    for name in SOURCE_FIELDS[entry["kind"]]:
        assert entry.get(name), f"sources.toml [{key}] has no {name}"
    if entry["kind"] == "observed":
        assert entry["url"].startswith("https://")


def test_derived_sources_rest_on_known_sources_without_circles() -> None:
    known = sources()

    def ancestors(key: str, path: tuple[str, ...] = ()) -> None:
        assert key not in path, " -> ".join((*path, key))
        for parent in known[key].get("inputs", []):
            assert parent in known, f"sources.toml [{key}] rests on unknown {parent!r}"
            ancestors(parent, (*path, key))

    for key in known:
        ancestors(key)


def test_departures_of_2009_to_2019_sum_to_the_published_total() -> None:
    departures = series("migration.csv", "registered departures", "Kazakhstan", "persons per year")
    assert sum(departures[year] for year in range(2009, 2020)) == 366_263
    assert min(range(2009, 2020), key=lambda year: departures[year]) == 2013
    assert max(range(2009, 2020), key=lambda year: departures[year]) == 2019


def test_rule_of_law_has_its_published_values_and_no_gaps() -> None:
    home = series("rule_of_law.csv", "rule of law (RL.EST)", "Kazakhstan", "index points")
    assert home[2023] == -0.4468
    for country in ("Kazakhstan", "Russia", "United States", "Germany", "Other OECD", "Georgia"):
        years = series("rule_of_law.csv", "rule of law (RL.EST)", country, "index points")
        assert sorted(years) == list(range(2009, 2024))


def test_rule_of_law_of_the_other_oecd_is_the_mean_of_its_members() -> None:
    members = [series("rule_of_law.csv", "rule of law (RL.EST)", country, "index points") for country in MEMBERS]
    mean = series("rule_of_law.csv", "rule of law (RL.EST)", "Other OECD", "index points")
    for year, value in mean.items():
        assert value == pytest.approx(sum(member[year] for member in members) / len(members), abs=6e-5)


@pytest.mark.parametrize(
    ("unit", "divisor"),
    [
        ("USD PPP per month", "purchasing-power parity, household consumption"),
        ("USD per month", "official exchange rate"),
    ],
)
def test_home_wages_in_dollars_follow_from_tenge(unit: str, divisor: str) -> None:
    tenge = series("wages.csv", "average wage, all workers", "Kazakhstan", "KZT per month")
    dollars = series("wages.csv", "average wage, all workers", "Kazakhstan", unit)
    price = series("wages.csv", divisor, "Kazakhstan", "KZT per " + unit.removesuffix(" per month"))
    compared = sorted(set(tenge) & set(price))
    assert compared[0] == 2012
    for year in compared:
        assert dollars[year] == pytest.approx(tenge[year] / price[year], abs=0.11)


def test_graduate_wages_are_average_wages_times_the_stated_ratio() -> None:
    ratio = series("wages.csv", "graduate wage relative to average wage", "Kazakhstan", "ratio")[2015]
    average = series("wages.csv", "average wage, all workers", "Kazakhstan", "USD PPP per month")
    graduate = series("wages.csv", "graduate wage", "Kazakhstan", "USD PPP per month")
    for year, value in graduate.items():
        assert value == pytest.approx(ratio * average[year], abs=0.51)


def test_every_country_of_the_default_world_has_wages_and_unemployment() -> None:
    for country in ("Kazakhstan", "Russia", "United States", "Germany", "Other OECD"):
        for unit in ("USD PPP per month", "USD per month"):
            assert sorted(series("wages.csv", "graduate wage", country, unit)) == list(range(2010, 2025))
        name = "unemployment rate, graduates" + (" aged 25-54" if country != "Kazakhstan" else "")
        years = series("labour_market.csv", name, country, "share")
        assert (2010 in years) and (2024 in years)


def test_wages_abroad_at_yearly_rates_follow_from_exchange_rates_and_price_levels() -> None:
    """Roubles over the rate of the year, and pay at PPP times the price level: to a dollar, as both are rounded."""
    table, level = "market_wages.csv", "price level of GDP, United States in 2021 = 1"
    roubles = series(table, "average wage, all workers", "Russia", "RUB per month")
    rate = series(table, "exchange rate", "Russia", "RUB per USD")
    prices = {
        country: series(table, level, country, "ratio") for country in ("Russia", "United States", "Germany", *MEMBERS)
    }
    others = {year: sum(prices[country][year] for country in MEMBERS) / len(MEMBERS) for year in rate}
    market = {
        country: series(table, "graduate wage at yearly rates", country, "USD per month")
        for country in ("Russia", "Germany", "Other OECD")
    }
    parity = {
        country: series("wages.csv", "graduate wage", country, "USD PPP per month")
        for country in ("Germany", "Other OECD")
    }
    assert sorted(rate) == list(range(2010, 2024)) and all(sorted(found) == sorted(rate) for found in market.values())
    for year in rate:
        assert market["Russia"][year] == pytest.approx(1.2 * roubles[year] / rate[year], abs=0.51)
        for country, price in (("Germany", prices["Germany"][year]), ("Other OECD", others[year])):
            expected = parity[country][year] * price / prices["United States"][year]
            assert market[country][year] == pytest.approx(expected, abs=0.51)


def test_roubles_of_years_not_seen_follow_gdp_in_roubles() -> None:
    """Before 2012 and after 2016 in a constant proportion; the rate then says what Russia pays next to Kazakhstan."""
    table = "market_wages.csv"
    roubles = series(table, "average wage, all workers", "Russia", "RUB per month")
    parts = [
        series(table, name, "Russia", unit)
        for name, unit in (
            ("GDP per head, 2021 prices", "USD PPP per year"),
            ("price level of GDP, United States in 2021 = 1", "ratio"),
            ("exchange rate", "RUB per USD"),
        )
    ]
    share = {year: roubles[year] / math.prod(part[year] for part in parts) for year in roubles}
    for year, value in share.items():
        if year < 2012 or year > 2016:
            assert value == pytest.approx(share[2012 if year < 2012 else 2016], rel=1e-4)
    assert share[2014] / share[2013] == pytest.approx((share[2016] / share[2013]) ** (1 / 3), rel=1e-4)
    home = series("wages.csv", "graduate wage", "Kazakhstan", "USD per month")
    market = series(table, "graduate wage at yearly rates", "Russia", "USD per month")
    assert [round(market[year] / home[year], 1) for year in (2013, 2015, 2019)] == [1.3, 1.0, 1.5]


def test_visa_lottery_chances_are_selected_over_eligible() -> None:
    eligible = series("us_visas.csv", "H-1B registrations, eligible", "United States", "registrations")
    selected = series("us_visas.csv", "H-1B registrations, selected", "United States", "registrations")
    chance = series("us_visas.csv", "H-1B selection probability", "United States", "share")
    for year in range(2021, 2027):
        assert chance[year] == pytest.approx(selected[year] / eligible[year], abs=6e-4)


def test_adult_mortality_of_men_halves_between_2000_and_2023_and_rises_for_two_years() -> None:
    name = "chance of dying between 15 and 60, men, at the rates of the year"
    chance = series("mortality.csv", name, "Kazakhstan", "share")
    assert (chance[2000], chance[2010], chance[2023]) == (0.4257, 0.348, 0.2056)
    assert sorted(chance) == [2000, 2005, *range(2010, 2024)]
    assert [year for year in range(2011, 2024) if chance[year] > chance[year - 1]] == [2020, 2021]


def test_weights_of_the_three_motives_sum_to_one() -> None:
    weights = [
        float(row["value"])
        for row in rows_of("intentions.csv")
        if row["series"].startswith("weight among three motives")
    ]
    assert len(weights) == 3
    assert sum(weights) == pytest.approx(1.0, abs=1e-9)
