"""Another country: its template, filled in and run; what is said of a file; what looks implausible and what not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from abm.country.declared import declared
from abm.country.plausible import RELATIONS, doubts
from abm.country.report import report_of
from abm.country.template import PLACE, CountryError, file_stem, template
from abm.reading import MissingError
from abm.scenario import SCENARIO_FOLDER, Scenario
from abm.simulation import Simulation
from abm.wording import toml_value

WORLD = Scenario.load("two-country")
FILE = (SCENARIO_FOLDER / "two-country.toml").read_text(encoding="utf-8")
NEEDED = [key for key in declared(WORLD.to_dict()) if key.is_needed]
TO_FILL = re.compile(rf"{re.escape(PLACE)} (\w+) = (.*)")


def filled(text: str, world: Scenario = WORLD) -> str:
    """Return a template with every marked place filled in from another scenario."""
    values, lines, table = world.to_dict(), [], ""
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        elif found := TO_FILL.fullmatch(line):
            inner: Any = values
            for part in filter(None, table.split(".")):
                inner = inner[part]
            line = f"{found[1]} = {toml_value(inner[found[1]])}"
        lines.append(line)
    return "\n".join(lines)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Return a function that writes a file and says what is to be said of it."""

    def report(text: str) -> Any:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return report_of(path)

    return report


# ---------- The template


def test_a_template_is_toml_and_lacks_what_only_a_country_can_know() -> None:
    text = template("Freedonia")
    assert tomllib.loads(text)["home"] == {"name": "Freedonia", "rule_of_law": {}}
    with pytest.raises(MissingError) as refused:
        Scenario.from_toml(text)
    assert set(refused.value.missing) == {key.name for key in NEEDED} - {"name", "home.name"}


def test_a_template_names_every_key_once_with_its_default_and_where_that_comes_from() -> None:
    lines, table, found = template("Freedonia").splitlines(), "", []
    for line in lines:
        if line.removeprefix("## ").startswith("["):
            table = line.strip("#[] ") + "."
        elif named := re.fullmatch(r"(?:#[!#]? )?([a-z_]+) =(?: (.*))?", line):
            found.append(table + named[1])
            assert line.startswith("## ") == table.startswith("groups.")
    groups = {"some": {"destinations": {"abroad": {}}}}
    assert found == [key.name for key in declared({"destinations": {"abroad": {}}, "costs": {}, "groups": groups})]
    flowing = " ".join(line.removeprefix("# ") for line in lines)
    for key in declared({"destinations": {"abroad": {}}, "costs": {}, "groups": groups}):
        assert key.item.metadata["meaning"] in flowing
        if not key.is_needed:
            assert f"default: {key.item.metadata['source']}" in flowing


def test_a_template_whose_defaults_are_uncommented_is_one_that_leaves_them_out() -> None:
    text = filled(template("Freedonia"))
    stated = re.sub(r"(?m)^# (\w+ = \S.*)$", r"\1", text)
    assert stated != text and Scenario.from_toml(stated) == Scenario.from_toml(text)


def test_a_group_of_the_template_is_one_once_it_is_filled_in() -> None:
    lines = filled(template("Freedonia")).replace('## name = ""', '## name = "Some"').splitlines()
    text = "\n".join(line.removeprefix("## ") for line in lines if not line.endswith(("share =", "_prob =")))
    world = Scenario.from_toml(text.replace('{YEAR = , source = ""}', "{2020 = 0.2, source = 'a census'}"))
    assert [key for key, _ in world.groups] == ["some"] and world.source_of("groups.some.share") == "a census"


def test_from_new_to_filled_in_to_checked_to_run(written: Any) -> None:
    text = filled(template("Freedonia")).replace("# graduates = 20000", "graduates = 2000")
    report = written(text)
    assert report.can_be_run and not report.doubts and report.text().endswith("mine.toml can be run.")
    world = Scenario.from_toml(text)
    assert world.home.name == "Freedonia"
    for key in NEEDED:
        if key.name not in ("name", "home.name"):
            assert world.get(key.name) == WORLD.get(key.name)
            assert world.source_of(key.name) == WORLD.source_of(key.name)
    months = {"end": "2026-03", "graduates": 200}
    assert Simulation(world.replace(months), seed=1).run().month == 3


@pytest.mark.parametrize(
    ("name", "stem"),
    [("Georgia", "georgia"), ("Côte d'Ivoire", "côte-d-ivoire"), ("../etc/x", "etc-x"), ("Қазақстан", "қазақстан")],
)
def test_a_country_s_file_is_called_like_it_and_lies_in_no_other_folder(name: str, stem: str) -> None:
    assert file_stem(name) == stem
    assert tomllib.loads(template(name))["home"]["name"] == name


@pytest.mark.parametrize("name", ["", " ", "...", "x" * 61, "a\nb", "\ud800a"])
def test_what_names_no_country_is_refused(name: str) -> None:
    with pytest.raises(CountryError, match="is not the name of a country"):
        template(name)


# ---------- What is said of a file


def test_a_report_says_of_every_key_where_it_stands(written: Any) -> None:
    text = FILE.replace("wage_market = {value = 1000", "#").replace("diaspora = {value", "#")
    report = written(text)
    stated, usual, missing = (block.splitlines() for block in report.text().split("\n\n")[:3])
    assert "  home.wage" in "\n".join(stated) and "assumption: invented" in "\n".join(stated)
    assert any(line.split()[:2] == ["decision.discount_rate", "0.05"] for line in usual)
    assert [line.split()[0] for line in missing[1:]] == ["home.wage_market", "destinations.abroad.diaspora"]
    assert "(USD per month, at least 1)" in missing[1]
    assert len(stated) + len(usual) + len(missing) - 3 == len(list(declared(WORLD.to_dict())))
    assert not report.can_be_run
    assert report.text().endswith("mine.toml cannot be run: 2 keys are missing.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["33 keys are missing"]),
        ("destinations = 3\n", ["cannot be run", "destinations is 3"]),
        ("home = 3\n", ["cannot be run", "home is 3"]),
        (FILE.replace("[labour]", "[labor]"), ["labor is not a parameter", "labour"]),
        (
            FILE.replace("observed = {value = -0.5", "observed = {value = 40"),
            ["observed is 40", "between -2.5 and 2.5"],
        ),
        (
            FILE.replace("vacancy_rate = {value = 0.04", "vacancy_rate = {value = 0"),
            ["cannot be run", "labour.vacancy"],
        ),
    ],
)
def test_a_file_that_cannot_be_run_is_told_why(written: Any, text: str, words: list[str]) -> None:
    report = written(text)
    assert not report.can_be_run
    verdict = report.text().splitlines()[-1]
    assert [word for word in words if word not in verdict] == []


def test_what_stands_in_a_file_cannot_break_a_line_of_its_report(written: Any) -> None:
    report = written(FILE.replace("assumption: invented", "a\\nb\\u001b[31m" + "x" * 3000, 1))
    assert report.can_be_run
    assert all(line.isprintable() and len(line) < 1800 for line in report.text().split("\n"))


# ---------- What looks implausible


@pytest.mark.parametrize("name", Scenario.bundled())
def test_nothing_of_a_bundled_scenario_looks_implausible(name: str) -> None:
    assert doubts(Scenario.load(name)) == []


# on either side of each bound: of 2,000 graduates at home, 60 new ones a year, studies of four years
BOUNDS: list[tuple[str, Any, Any, str]] = [
    ("education.graduates_per_year", 300, 301, "are these students"),
    ("education.graduates_per_year", 10, 9, "are three digits missing"),
    ("destinations.abroad.diaspora", 2000, 2001, "more than the 2,000 of home.graduates"),
    ("destinations.abroad.students", 80, 84, "straight from school"),
    ("foreign_specialists.candidates_per_year", 200, 201, "another country's number"),
    ("home.unemployment", 0.4, 0.41, "more than 0.4"),
    ("destinations.abroad.unemployment", {"2010": 0.4}, {"2010": 0.5, "2020": 0.1}, "up to 0.5"),
    ("home.wage_market", 50, 49, "by the hour"),
    ("destinations.abroad.wage", 20_000, 20_001, "a year's pay"),
    ("home.wage_market", 3200, 3201, "1.6 times home.wage"),
    ("home.wage_growth", 0.1, 0.101, "is inflation in it"),
    ("destinations.abroad.wage_growth", 0.1, 0.11, "is inflation in it"),
    ("home.wage", {"2024": 1000, "2025": 1600}, {"2024": 1000, "2025": 1601}, "from 1000 in 2024 to 1601 in 2025"),
    ("home.wage", {"2023": 2000, "2025": 800}, {"2023": 2000, "2025": 780}, "change of unit"),
    ("home.rule_of_law.trend", -0.05, -0.06, "for ten years"),
    ("home.graduates", {"2021": 2000}, {"2020": 2000}, "ends in 2020, but the run starts in 2026"),
    ("graduates", 2000, 2001, "more than the 2,000 persons"),
]


@pytest.mark.parametrize(("name", "plausible", "implausible", "words"), BOUNDS)
def test_a_number_beyond_its_bound_looks_implausible_and_one_at_it_does_not(
    name: str, plausible: Any, implausible: Any, words: str
) -> None:
    world = WORLD if name.endswith("students") else WORLD.replace({"destinations.abroad.students": 0})
    assert doubts(world.replace({name: plausible})) == []
    found = doubts(world.replace({name: implausible}))
    assert len(found) == 1 and words in found[0].sentence
    assert found[0].name.replace("*", "abroad") == name


def test_every_relation_has_a_bound_here_that_is_crossed() -> None:
    crossed = {find for find in RELATIONS for name, _, value, _ in BOUNDS if list(find(WORLD.replace({name: value})))}
    assert crossed == set(RELATIONS)
