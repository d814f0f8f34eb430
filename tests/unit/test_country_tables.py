"""Series from tables in the two layouts that are read; every number here is invented."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from abm.country.tables import Asked, TableError, series_of
from abm.scenario import Scenario
from experiments.commands.country import main

BANK = """\
"Data Source","Invented Indicators",

"Last Updated Date","2031-01-01",

"Country Name","Country Code","Indicator Name","Indicator Code","2009","2010","2011","2012",
"Freedonia","FRD","Rule of a kind: estimate","XX.ONE","","-0.5","..","-0.25",
"Freedonia","FRD","People out of work (%)","XX.TWO","4","5.5","","7.25",
"Sylvania","SYL","Rule of a kind: estimate","XX.ONE","1","1.5","2","2.25",
"Borduria","BOR","Rule of a kind: estimate","XX.ONE","","..","","",
"""
STOCKS = """\
Invented Nations;;;;;;;;;
International stock of migrants by destination and origin;;;;;;;;;
;;;;;Both sexes;;;Women;
Index;Region, country or area of destination;Notes on destination;Location code of destination;\
Region, country or area of origin;1990;1995;2000;1990;1995
1;WORLD;;900;WORLD;9000000;9500000;9900000;4000000;4100000
2;Sylvania*;12;900100;WORLD;12 000;13000;14000;6;7
3;Sylvania*;12;900100;Freedonia ;1 250;..;1 400.5;600;700
4;Borduria;;900200;Freedonia;10;20;30;5;6
"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "bank.csv"
    path.write_text("\ufeff" + BANK, encoding="utf-8", newline="\r\n")
    return path


@pytest.fixture
def stocks(tmp_path: Path) -> Path:
    path = tmp_path / "stocks.csv"
    path.write_text(STOCKS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        (Asked("Freedonia", "XX.ONE"), {2010: -0.5, 2012: -0.25}),
        (Asked("frd", "rule of a kind:  Estimate"), {2010: -0.5, 2012: -0.25}),
        (Asked("Freedonia", "XX.TWO"), {2009: 4, 2010: 5.5, 2012: 7.25}),
        (Asked("Freedonia", "XX.TWO", years=range(2010, 2012)), {2010: 5.5}),
        (Asked("Sylvania"), {2009: 1, 2010: 1.5, 2011: 2, 2012: 2.25}),  # of one indicator none need be named
    ],
)
def test_a_series_of_the_world_bank(bank: Path, asked: Asked, values: dict[int, float]) -> None:
    found = series_of(bank, asked)
    assert dict(found.values) == values
    assert found.title.startswith("World Bank: ") and "XX." in found.title


def test_the_data_bank_s_heads_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(
        "Country Name,Country Code,Series Name,Series Code,2010 [YR2010],2011 [YR2011]\nFreedonia,FRD,A thing,XX,..,3\n"
    )
    assert dict(series_of(path, Asked("Freedonia")).values) == {2011: 3}


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        (Asked("Sylvania", origin="Freedonia"), {1990: 1250, 2000: 1400.5}),  # both sexes: the first of each year
        (Asked("900100", origin="freedonia"), {1990: 1250, 2000: 1400.5}),
        (Asked("Borduria", origin="Freedonia", years=range(1995, 2001)), {1995: 20, 2000: 30}),
        (Asked("Sylvania", origin="World"), {1990: 12000, 1995: 13000, 2000: 14000}),
    ],
)
def test_a_stock_of_migrants(stocks: Path, asked: Asked, values: dict[int, float]) -> None:
    found = series_of(stocks, asked)
    assert dict(found.values) == values
    assert found.title == f"UN DESA, international migrant stock: from {asked.origin} in {asked.country}"


@pytest.mark.parametrize(
    ("change", "asked", "words"),
    [
        (None, Asked("Fredonia", "XX.ONE"), ["no country 'Fredonia'", "did you mean Freedonia?"]),
        (None, Asked("Zz", "XX.ONE"), ["no country 'Zz'", "there is Freedonia, Sylvania, Borduria"]),
        (
            None,
            Asked("Freedonia"),
            ["2 indicators", "--indicator", "XX.ONE = Rule of a kind: estimate, XX.TWO = People"],
        ),
        (None, Asked("Freedonia", "XX.SIX"), ["no indicator 'XX.SIX'", "XX.ONE = Rule of a kind"]),
        (None, Asked("Borduria", "XX.ONE"), ["line 9", "no number from 1900 to 2200"]),
        (None, Asked("Freedonia", "XX.ONE", years=range(1990, 2000)), ["no number from 1990 to 1999"]),
        (None, Asked("Freedonia", "XX.ONE", "Sylvania"), ["no countries of origin"]),
        (("-0.5", "-0,5"), Asked("Freedonia", "XX.ONE"), ["line 6, 2010", "'-0,5' is no number", "a comma may be"]),
        (
            ("5.5", "1,234.5"),
            Asked("Freedonia", "XX.TWO"),
            ["line 7, 2010", "'1,234.5'", "a comma may be the decimal mark or"],
        ),
        (("5.5", "1 23"), Asked("Freedonia", "XX.TWO"), ["'1 23' is no number"]),
        (("5.5", "nan"), Asked("Freedonia", "XX.TWO"), ["'nan' is no number"]),
        (("5.5", "n/a"), Asked("Freedonia", "XX.TWO"), ["'n/a' is no number"]),
        (("XX.TWO", "XX.ONE"), Asked("Freedonia", "XX.ONE"), ["2 rows answer, in lines 6, 7"]),
        (("Country Name", "Nation"), Asked("Freedonia"), ["no head of a table that is known", "World Bank", "UN DESA"]),
        (('"Freedonia"', '"Free"donia"'), Asked("Freedonia"), ["no head", "breaks off in line"]),
        (("Freedonia", "Free\x07donia"), Asked("Freedonia"), ["line 6", r"'\x07'"]),
        ((BANK, ""), Asked("Freedonia"), ["no head of a table"]),
        (
            (BANK[BANK.index('"Freedonia"') :], ""),
            Asked("Freedonia"),
            ["there is no country 'Freedonia'", "there is none"],
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    bank: Path, change: tuple[str, str] | None, asked: Asked, words: list[str]
) -> None:
    if change:
        assert change[0] in BANK
        bank.write_text(BANK.replace(change[0], change[1], 1), encoding="utf-8")
    with pytest.raises(TableError) as refused:
        series_of(bank, asked)
    sentence = str(refused.value)
    assert sentence.startswith(str(bank)) and sentence.isprintable()
    assert [word for word in words if word not in sentence] == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("Sylvania"), ["migrant stocks", "--origin"]),
        (Asked("Sylvania", "XX", "Freedonia"), ["no indicators", "--indicator"]),
        (Asked("Sylvania", origin="Fredonia"), ["no country of origin 'Fredonia'", "did you mean Freedonia?"]),
        (Asked("Silvania", origin="Freedonia"), ["no country 'Silvania'", "did you mean Sylvania*?"]),
    ],
)
def test_what_cannot_be_found_among_migrants_is_refused(stocks: Path, asked: Asked, words: list[str]) -> None:
    with pytest.raises(TableError) as refused:
        series_of(stocks, asked)
    assert [word for word in words if word not in str(refused.value)] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + b"\0" * 50, ["zip", "save its table as CSV"]),
        (BANK.replace("Freedonia", "Fr\u00e9edonia").encode("latin-1"), ["not text in UTF-8", "0xE9"]),
        (BANK.encode("utf-16"), ["UTF-16", "save it as UTF-8"]),
    ],
)
def test_a_spreadsheet_or_another_encoding_is_refused(tmp_path: Path, content: bytes, words: list[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(TableError) as refused:
        series_of(path, Asked("Freedonia"))
    assert [word for word in words if word not in str(refused.value)] == []


# ---------- The command


def test_what_is_imported_is_read_back_by_a_scenario(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = "home.rule_of_law.observed"
    assert main(["import", str(bank), "--country", "Freedonia", "--indicator", "XX.ONE", "--key", key]) == 0
    printed = capsys.readouterr().out
    assert printed == (
        "[home.rule_of_law]\n"
        'observed = {2010 = -0.5, 2012 = -0.25, source = "World Bank: Rule of a kind: estimate (XX.ONE)"}\n'
    )
    series = tomllib.loads(printed)["home"]["rule_of_law"]["observed"]
    world = Scenario.load("two-country").replace({key: series})
    assert world.get(key).values == (-0.5, -0.25) and world.source_of(key).startswith("World Bank")


def test_per_cent_become_shares_without_a_digit_too_many(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["import", str(bank), "--country", "Freedonia", "--indicator", "XX.TWO", "--key", "home.unemployment"]
    assert main(asked) == 2
    said = capsys.readouterr().err
    assert "home.unemployment would be 4 in 2009" in said and "between 0 and 0.5 (share)" in said and "--scale" in said
    assert main([*asked, "--scale", "0.01"]) == 0
    assert "{2009 = 0.04, 2010 = 0.055, 2012 = 0.0725, source" in capsys.readouterr().out


def test_an_import_writes_a_new_file_and_never_over_another(stocks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = stocks.with_name("diaspora.toml")
    asked = ["import", str(stocks), "--country", "Sylvania", "--origin", "Freedonia", "--years", "1990-1995"]
    asked += ["--key", "destinations.sylvania.diaspora", "--out", str(out)]
    assert main(asked) == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith("[destinations.sylvania]\ndiaspora = {1990 = 1250, source = ")
    assert main(asked) == 2
    assert "is there already" in capsys.readouterr().err
    assert main([*asked[:-1], str(stocks), "--overwrite"]) == 2
    assert "the command reads it" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == text and stocks.read_text(encoding="utf-8") == STOCKS
    assert main([*asked, "--overwrite"]) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--key", "home.wag"], ["--key 'home.wag'", "home.wage"]),
        (["--key", "home.name"], ["no key of a yearly series"]),
        (["--key", "destinations.a b.wage.x"], ["no key of a yearly series"]),
        (["--years", "2012-2010"], ["'2012-2010' is not a year"]),
        (["--years", "12"], ["'12' is not a year"]),
        (["--scale", "0"], ["'0' is not a number above 0"]),
        (["--scale", "0,01"], ["'0,01' is not a number above 0"]),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    bank: Path, options: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: Any = main(["import", str(bank), "--country", "Freedonia", "--indicator", "XX.ONE", *options])
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr().err
    assert code == 2 and said.count("\n") == 1
    assert [word for word in words if word not in said] == []


def test_new_and_check_say_what_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "Freedonia"]) == 0
    assert "freedonia.toml is a template" in capsys.readouterr().out
    before = Path("freedonia.toml").read_bytes()
    assert main(["new", "freedonia"]) == 2
    assert "freedonia.toml is there already" in capsys.readouterr().err
    assert Path("freedonia.toml").read_bytes() == before
    assert main(["check", "freedonia.toml"]) == 2
    assert "cannot be run: 69 keys are missing." in capsys.readouterr().out
    Path("good.toml").write_text(Scenario.load("two-country").to_toml(), encoding="utf-8")
    assert main(["check", "good.toml"]) == 0
    assert capsys.readouterr().out.endswith("good.toml can be run.\n")
    assert main(["check", "none.toml"]) == 2
    assert "none.toml: the file cannot be read" in capsys.readouterr().err
    assert main(["new", "x", "--out", "missing/folder/x.toml"]) == 0
    assert Path("missing/folder/x.toml").is_file()
