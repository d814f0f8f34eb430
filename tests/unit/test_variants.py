"""Scenario files that state only what differs from another."""

from __future__ import annotations

from pathlib import Path

import pytest

from abm.country.report import report_of
from abm.scenario import Scenario, ScenarioError

WORLD = Scenario.load("two-country")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_with_a_base_is_the_base_but_for_what_it_states(tmp_path: Path) -> None:
    text = 'base = "two-country"\nname = "variant"\n[home]\nunemployment = {value = 0.2, source = "assumption: high"}\n'
    changes = {"name": "variant", "home.unemployment": {"value": 0.2, "source": "assumption: high"}}
    expected = WORLD.replace(changes)
    path = written(tmp_path, "variant.toml", text)
    for found in (Scenario.load(path), Scenario.from_toml(text)):
        assert found == expected
        assert found.source_of("home.unemployment") == "assumption: high"
        assert found.source_of("home.wage") == WORLD.source_of("home.wage")
    assert report_of(path).can_be_run


def test_a_series_takes_the_place_of_a_whole_series(tmp_path: Path) -> None:
    """Years of the two are not mixed, nor is a series with a number."""
    first = written(tmp_path, "first.toml", 'base = "two-country"\n[home]\nwage = {2020 = 900, 2022 = 950}\n')
    second = written(tmp_path, "second.toml", 'base = "first.toml"\n[home]\nwage = {2021 = 800, 2030 = 1000}\n')
    third = written(tmp_path, "third.toml", f'base = "{second.name}"\n[home]\nwage = 700\n')
    assert Scenario.load(first).home.wage.years == (2020, 2022)
    assert Scenario.load(second).home.wage.years == (2021, 2030)
    assert Scenario.load(third).home.wage.values == (700.0,)


def test_a_destination_may_be_added(tmp_path: Path) -> None:
    """A new one states all that a destination must, and is missed what it does not."""
    text = 'base = "two-country"\n[destinations.elsewhere]\nname = "Elsewhere"\n'
    with pytest.raises(ScenarioError, match="8 keys are missing.*destinations.elsewhere.rule_of_law"):
        Scenario.load(written(tmp_path, "more.toml", text))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('base = "atlantis"', "base is 'atlantis', and there is no such scenario: the bundled ones are"),
        ("base = 7", "base is 7, but must be the name of a scenario, or a path"),
        ('base = "gone.toml"', "gone.toml"),
        ('base = "itself.toml"', "in a circle"),
        ('base = "two-country"\nnme = "x"', "nme"),
    ],
)
def test_what_is_no_base_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = written(tmp_path, "itself.toml", text)
    with pytest.raises(ScenarioError) as refused:
        Scenario.load(path)
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_a_text_from_elsewhere_has_no_file_read(tmp_path: Path) -> None:
    path = written(tmp_path, "mine.toml", 'base = "two-country"\n')
    with pytest.raises(ScenarioError, match="but must be a bundled scenario"):
        Scenario.from_toml(f'base = "{path.as_posix()}"')
