"""Scenarios: reading, writing, changing, and where their values come from."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm import parameters
from abm.environment import Environment
from abm.parameters import Series
from abm.scenario import SCENARIO_FOLDER, Scenario, ScenarioError, month_name, month_number

BUNDLED = Scenario.bundled()
SOURCES = tomllib.loads((SCENARIO_FOLDER.parent / "data" / "sources.toml").read_text(encoding="utf-8"))
# what identifies a scenario needs no source, nor does a table whose entries have theirs
UNSOURCED_UNITS = {"text", "table"}
TABLES = [table for table in vars(parameters).values() if dataclasses.is_dataclass(table) and table is not Series]
DEFAULTS = [
    (f"{table.__name__}.{item.name}", item)
    for table in (*TABLES, Scenario)
    for item in dataclasses.fields(table)
    if item.default is not dataclasses.MISSING
]


def is_sourced(source: str) -> bool:
    """Return whether this is an assumption or a list of keys of ``data/sources.toml``."""
    return source.startswith("assumption") or all(key.strip() in SOURCES for key in source.split(","))


def test_there_are_bundled_scenarios_and_their_names_are_their_files() -> None:
    assert {"kazakhstan", "two-country"} <= set(BUNDLED)
    assert all(Scenario.load(name).name == name for name in BUNDLED)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_written_scenario_reads_back_equal(name: str) -> None:
    world = Scenario.load(name)
    again = Scenario.from_toml(world.to_toml())
    assert again == world
    assert dict(again.sources) == dict(world.sources)
    assert again.to_toml() == world.to_toml()
    assert Scenario.from_dict(world.to_dict()) == world


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_scenario_is_its_own_path(name: str) -> None:
    assert Scenario.load(SCENARIO_FOLDER / f"{name}.toml") == Scenario.load(name)


def test_a_changed_scenario_reads_back_equal() -> None:
    world = Scenario.load("kazakhstan").replace(
        {
            "graduates": 777,
            "decision.discount_rate": 0.1 + 0.2,
            "destinations.russia.wage": {"2010": 1000.5, "2030": 1e-3 + 2000},
            "destinations.germany.permits_per_year": 12.0,
            "home.rule_of_law.start": -0.1,
            "network.kind": "ring",
            "description": 'quotes " and \\ and\nlines, ü and 日本',
            "labour.oil_price": Series((2026, 2030), (1.0, 0.5)),
        }
    )
    assert Scenario.from_toml(world.to_toml()) == world
    assert world.get("destinations.russia.wage") == Series((2010, 2030), (1000.5, 2000.001))
    assert world.get("labour.oil_price") == Series((2026, 2030), (1.0, 0.5))


def test_a_file_as_windows_editors_write_it_is_the_same_scenario(tmp_path: Path) -> None:
    text = (SCENARIO_FOLDER / "two-country.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.TOML"
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert Scenario.load(path) == Scenario.load("two-country")


@given(
    trend=st.floats(-0.3, 0.3),
    wage=st.floats(1.0, 1e300),
    cap=st.one_of(st.floats(0.0, 1e300), st.just(math.inf)),
    values=st.dictionaries(st.integers(1900, 2200), st.floats(-2.5, 2.5), min_size=1, max_size=5),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_every_number_and_text_survives_writing(
    trend: float, wage: float, cap: float, values: dict[int, float], text: str
) -> None:
    world = Scenario.load("two-country").replace(
        {
            "home.rule_of_law.trend": trend,
            "home.wage": wage,
            "destinations.abroad.permits_per_year": cap,
            "destinations.abroad.rule_of_law": {str(year): value for year, value in values.items()},
            "description": text,
        }
    )
    again = Scenario.from_toml(world.to_toml())
    assert again == world
    assert again.description == text
    assert (again.home.rule_of_law.trend, again.home.wage.values[0]) == (trend, wage)
    assert dict(zip(*dataclasses.astuple(again.get("destinations.abroad.rule_of_law")), strict=True)) == values


@pytest.mark.parametrize(("name", "item"), DEFAULTS, ids=[name for name, _ in DEFAULTS])
def test_every_default_is_sourced_or_called_an_assumption(name: str, item: dataclasses.Field[Any]) -> None:
    if name == "Scenario.sources":
        return
    assert item.metadata["source"], f"{name} has no source"
    assert is_sourced(item.metadata["source"]), f"{name}: {item.metadata['source']} is no key of sources.toml"


@pytest.mark.parametrize(("name", "item"), DEFAULTS, ids=[name for name, _ in DEFAULTS])
def test_every_default_is_allowed_by_its_own_declaration(name: str, item: dataclasses.Field[Any]) -> None:
    default = item.default
    values = default.values if isinstance(default, Series) else (default,)
    if not all(isinstance(value, (int, float)) for value in values):
        return
    assert all(item.metadata["low"] <= value <= item.metadata["high"] for value in values), name


@pytest.mark.parametrize("name", BUNDLED)
def test_every_value_of_a_bundled_scenario_is_sourced_or_called_an_assumption(name: str) -> None:
    world = Scenario.load(name)
    for parameter, item in world.parameters():
        if item.metadata["unit"] in UNSOURCED_UNITS and not item.metadata["source"]:
            continue
        source = world.source_of(parameter)
        assert source and is_sourced(source), f"{name}: {parameter} has the source '{source}'"
    assert all(is_sourced(source) for source in world.sources.values())


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bare_value_of_a_bundled_file_is_a_name(name: str) -> None:
    """All numbers in the files carry a source of their own."""

    def bare(table: dict[str, Any], prefix: str) -> list[str]:
        found = []
        for key, value in table.items():
            if isinstance(value, dict) and "source" not in value:
                found += bare(value, f"{prefix}{key}.")
            elif not isinstance(value, dict):
                found.append(prefix + key)
        return found

    text = (SCENARIO_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert all(key.split(".")[-1] in {"name", "description", "base"} for key in bare(tomllib.loads(text), ""))


def test_parameters_say_what_they_mean() -> None:
    for name, item in Scenario.load("kazakhstan").parameters():
        assert item.metadata["meaning"] and item.metadata["unit"], name


def test_replacing_changes_what_it_names_and_nothing_else() -> None:
    world = Scenario.load("kazakhstan")
    changed = world.replace({"graduates": 5000, "destinations.russia.wage": 3000})
    assert changed.graduates == 5000 and changed.get("destinations.russia.wage") == Series.constant(3000.0)
    differing = {name for name, _ in world.parameters() if world.get(name) != changed.get(name)}
    assert differing == {"graduates", "destinations.russia.wage"}
    assert world.graduates == 20_000
    assert world.replace({}) == world


def test_a_value_set_by_hand_says_so() -> None:
    world = Scenario.load("kazakhstan")
    assert world.source_of("home.rule_of_law.trend") == "wgi-trend"
    assert world.replace({"home.rule_of_law.trend": 0.0}).source_of("home.rule_of_law.trend").startswith("assumption")
    assert world.source_of("labour.match_spread").startswith("assumption")


def test_a_value_replaced_by_itself_is_the_same_scenario() -> None:
    world = Scenario.load("kazakhstan")
    values = {name: world.get(name) for name, _ in world.parameters() if world.get(name) is not None}
    assert len(values) > 150
    assert world.replace(values) == world


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("decision.discount_rat", "decision.discount_rate"),
        ("home.rule_of_law.treand", "home.rule_of_law.trend"),
        ("destinations.rusia.wage", "destinations.russia.wage"),
        ("graduate", "graduates"),
    ],
)
def test_an_unknown_name_is_refused_with_a_close_one(name: str, suggestion: str) -> None:
    world = Scenario.load("kazakhstan")
    for attempt in (lambda: world.replace({name: 1}), lambda: world.get(name)):
        with pytest.raises(ScenarioError, match=f"no parameter '{name}'.*{suggestion}"):
            attempt()


@pytest.mark.parametrize(
    "name", ["", "nothing.like.this", "home.wage.2010", "destinations.mars.wage", "home.rule_of_law.x"]
)
def test_a_name_like_no_other_is_refused(name: str) -> None:
    with pytest.raises(ScenarioError, match="there is no parameter"):
        Scenario.load("kazakhstan").replace({name: 1})
    with pytest.raises(ScenarioError, match="there is no parameter"):
        Scenario.load("kazakhstan").get(name)


def test_a_bad_value_is_refused_on_replacing() -> None:
    with pytest.raises(ScenarioError, match=r"decision\.discount_rate is 2 per year, but must be between 0 and 1"):
        Scenario.load("kazakhstan").replace({"decision.discount_rate": 2})


def test_values_are_read_by_their_dotted_names() -> None:
    world = Scenario.load("two-country")
    assert world.get("home.rule_of_law.trend") == 0.0
    assert world.get("destinations.abroad.entry") == "permit"
    assert world.get("home.wage") == Series.constant(2000.0)
    assert world.get("home.rule_of_law.start") is None
    assert world.get("home.name") == "Home"


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [("2026-01", "2026-01", 1), ("2026-01", "2050-12", 300), ("2026-12", "2027-01", 2), ("2010-06", "2011-05", 12)],
)
def test_a_run_has_its_first_and_its_last_month(start: str, end: str, months: int) -> None:
    world = Scenario.load("two-country").replace({"start": start, "end": end})
    assert world.n_months == months
    assert month_name(world.first_month) == start
    assert month_name(world.first_month + world.n_months - 1) == end


def test_months_are_counted_from_the_year_0() -> None:
    assert month_number("0000-01") == 0 and month_number("2026-01") == 24_312
    assert all(month_number(month_name(number)) == number for number in range(0, 30_000, 7))
    for bad in ("2026", "2026-13", "2026-00", "2026-1", " 2026-01", "2026-01\n", "26-01"):
        with pytest.raises(ValueError, match="YYYY-MM"):
            month_number(bad)


def test_a_series_set_by_hand_says_so_and_numpy_numbers_are_numbers() -> None:
    world = Scenario.load("kazakhstan").replace(
        {"destinations.germany.permit_prob": {"2026": 0.5}, "graduates": np.int64(5)}
    )
    assert world.source_of("destinations.germany.permit_prob") == "assumption: set by hand"
    assert world.graduates == 5


def test_a_destination_cannot_be_called_home() -> None:
    table = Scenario.load("two-country").to_dict()
    table["destinations"]["home"] = table["destinations"].pop("abroad")
    with pytest.raises(ScenarioError, match="destinations.home is not allowed"):
        Scenario.from_dict(table)


def test_a_population_that_no_machine_holds_is_refused() -> None:
    world = Scenario.load("two-country").replace({"destinations.abroad.diaspora": 1e12})
    with pytest.raises(ScenarioError, match="persons, at home, abroad and to come"):
        Environment(world)


@pytest.mark.parametrize(
    "ask",
    [
        lambda world: world.replace(None),
        lambda world: world.replace({None: 1}),
        lambda world: world.get(None),
        lambda world: world.get("sources"),
        lambda world: world.source_of("x"),
        lambda world: Scenario.load(12),
        Scenario.load,
        lambda world: Scenario.from_toml(None),
        lambda world: Scenario.from_dict(None),
    ],
)
def test_what_names_no_scenario_and_no_parameter_is_refused_in_a_sentence(ask: Any) -> None:
    with pytest.raises(ScenarioError, match=r"^(?!.*(NoneType object|Traceback)).{20,200}$"):
        ask(Scenario.load("two-country"))


def test_a_country_that_stands_twice_among_destinations_put_together_is_refused() -> None:
    world = Scenario.load("two-country")
    (key, country), *_ = world.destinations
    richer = dataclasses.replace(country, wage_growth=0.05)
    with pytest.raises(ScenarioError, match="destinations name a country twice"):
        Environment(dataclasses.replace(world, destinations=((key, country), (key, richer))))
