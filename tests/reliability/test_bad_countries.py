"""Whatever a table or a scenario file of another country holds: an answer or one sentence, and no other error."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from abm.country.report import report_of
from abm.country.tables import Asked, TableError, series_of
from abm.scenario import SCENARIO_FOLDER, ScenarioError

BANK = """\
Country Name,Country Code,Indicator Name,Indicator Code,2010,2011
Freedonia,FRD,A thing,XX,1,2.5
Sylvania,SYL,"A thing, again",XX,..,3
"""
STOCKS = """\
Region of destination,Region of origin,1990,1995
Sylvania,Freedonia,1,2
Borduria,Freedonia,..,4
"""
WORLD = (SCENARIO_FOLDER / "two-country.toml").read_text(encoding="utf-8")
CELLS = (
    "",
    "..",
    '"',
    "'",
    ",",
    ";",
    "\n",
    "\r",
    "\t",
    "2010",
    "1e400",
    "-1",
    "1 000",
    "0,5",
    "nan",
    "[YR2010]",
    "{}",
    "=",
)
MENDED = st.one_of(st.sampled_from(CELLS), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))


def mutated(text: str, at: int, until: int, new: str) -> str:
    """Return a text with another in place of a part of it."""
    first = at % len(text)
    return text[:first] + new + text[first + until :]


@given(at=st.integers(0, 10_000), until=st.integers(0, 40), new=MENDED, which=st.sampled_from((BANK, STOCKS)))
@settings(max_examples=300, deadline=None)
def test_any_table_gives_numbers_or_a_sentence(at: int, until: int, new: str, which: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_text(mutated(which, at, until, new), encoding="utf-8", newline="")
        for asked in (Asked("Freedonia"), Asked("Sylvania", origin="Freedonia"), Asked("SYL", "XX")):
            try:
                found = series_of(path, asked)
            except TableError as refused:
                assert str(refused).startswith(str(path)) and str(refused).isprintable()
            else:
                assert found.values and found.title.isprintable()
                assert all(type(value) in (int, float) for value in found.values.values())


@given(at=st.integers(0, 10_000), until=st.integers(0, 40), new=MENDED)
@settings(max_examples=150, deadline=None)
def test_any_scenario_file_gives_a_report_or_a_sentence(at: int, until: int, new: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        path.write_text(mutated(WORLD, at, until, new), encoding="utf-8", newline="")
        try:
            report = report_of(path)
        except ScenarioError as refused:
            assert str(refused).startswith(str(path)) and str(refused).isprintable()
        else:
            assert all(line.isprintable() for line in report.text().split("\n"))
            assert report.can_be_run is report.text().endswith("can be run.")
