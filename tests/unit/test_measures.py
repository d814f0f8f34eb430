"""What is declared of a measure is what the accounts do with it, and what tables, figures, page, files and docs say."""

from __future__ import annotations

import ast
import dataclasses
import lzma
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plans import EVERY_KIND

from abm import model
from abm.accounts import AccountsError, in_order
from abm.analysis.effects import OUTCOMES, Outcome
from abm.measures import (
    FLOW,
    MEASURES,
    RATE,
    STOCK,
    WINDOWS,
    Measure,
    MeasureError,
    columns,
    in_documentation,
    known_among,
    measure,
    monthly,
)
from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.commands.export import as_dataset, export
from experiments.study.tables import COLUMNS

PROJECT = Path(__file__).parents[2]
# begins and ends within a year
WORLD = Scenario.load("kazakhstan").replace({"graduates": 3000, "start": "2026-02", "end": "2029-09"})


@pytest.fixture(scope="module")
def run() -> Simulation:
    return Simulation(WORLD, EVERY_KIND, seed=3).run()


def countries(simulation: Simulation) -> tuple[str, ...]:
    return simulation.environment.names[1:]


@pytest.mark.parametrize("name", ["two-country", "kazakhstan"])
def test_every_column_is_declared_and_every_declared_measure_is_a_column(name: str) -> None:
    simulation = Simulation(Scenario.load(name).replace({"graduates": 100, "end": "2026-12"})).run()
    accounts, declared = simulation.accounts, columns(countries(simulation))
    assert list(accounts.monthly()) == ["month", *monthly(countries(simulation))]
    assert list(accounts.yearly()) == ["year", "months", *declared]
    assert all(each.name == name and "{" not in each.label for name, each in declared.items())


def test_what_is_computed_and_not_declared_or_the_reverse_stops_the_run() -> None:
    assert list(in_order({"b": np.ones(1), "a": np.ones(1)}, ["a", "b"])) == ["a", "b"]
    with pytest.raises(AccountsError, match="^tax_rate is computed, but not declared in abm/measures.py$"):
        in_order({"a": np.ones(1), "tax_rate": np.ones(1)}, ["a"])
    with pytest.raises(AccountsError, match="^tax_rate is declared in abm/measures.py, but not computed$"):
        in_order({"a": np.ones(1)}, ["a", "tax_rate"])


def wrong_kinds(declared: Mapping[str, Measure], quiet: Mapping[str, np.ndarray]) -> set[str]:
    """Return the measures whose kind a month without moves disproves: flows are 0 in it, and all else is not."""
    return {name for name, each in declared.items() if name in quiet and each.adds_up != (quiet[name][0] == 0)}


def test_flows_are_nothing_in_a_month_without_moves_and_all_else_goes_on(run: Simulation) -> None:
    quiet = model._before(run).monthly()
    del quiet["tax_rate"]  # which nobody asks for here
    declared = dict(columns(countries(run)))
    assert run.accounts.monthly()["reserve_entrants"].sum() > 0
    assert wrong_kinds(declared, quiet) == set()
    planted = {"emigrants": STOCK, "net_human_capital_gain": STOCK, "graduates_at_home": FLOW, "rule_of_law": FLOW}
    for name, kind in planted.items():
        wrong = declared | {name: dataclasses.replace(declared[name], kind=kind)}
        assert wrong_kinds(wrong, quiet) == {name}


def test_a_year_is_the_sum_of_its_months_of_a_flow_and_their_mean_of_all_else(run: Simulation) -> None:
    by_month, yearly = run.accounts.monthly(), run.accounts.yearly()
    year_of = np.array([int(month[:4]) for month in by_month["month"]])
    assert yearly["months"].tolist() == [11, 12, 12, 9]
    for name, each in columns(countries(run)).items():
        for position, year in enumerate(yearly["year"]):
            part = {series: values[year_of == year] for series, values in by_month.items()}
            if each.ratio is not None:
                flow, stock = (part[series] for series in each.ratio)
                expected = 12 * flow.mean() / stock.mean()
            elif each.yearly_only:
                continue  # over who moves, which the months do not hold
            else:
                expected = part[name].sum() if each.kind == FLOW else part[name].mean()
            assert yearly[name][position] == pytest.approx(expected, rel=1e-12, abs=1e-12), (name, year)


def test_a_rate_is_made_of_a_declared_flow_and_stock() -> None:
    kinds = {each.name: each.kind for each in MEASURES}
    rates = [each for each in MEASURES if each.kind == RATE]
    assert {each.name for each in rates} == {"emigration_rate", "return_rate"}
    for each in rates:
        assert each.ratio is not None
        assert [kinds[part] for part in each.ratio] == [FLOW, STOCK]


def test_every_declaration_has_words_and_names_what_there_is() -> None:
    assert len({each.name for each in MEASURES}) == len(MEASURES)
    for each in MEASURES:
        assert each.label and each.meaning and each.unit.name and each.kind, each.name
        assert each.view in ("", "rates", "stocks"), each.name
        assert set(each.effects) <= set(WINDOWS), each.name
        assert each.tabled in ("", *each.effects), each.name  # or the table would ask for what is not estimated


@pytest.mark.parametrize(
    ("name", "window", "head", "axis", "unit"),
    [
        (
            "net_brain_gain",
            "last years",
            "net brain gain, thousands a year",
            "net brain gain, thousand graduates a year",
            "graduates a year",
        ),
        (
            "net_brain_gain",
            "cumulative",
            "net brain gain, thousands",
            "net brain gain, thousand graduates",
            "graduates",
        ),
        (
            "net_human_capital_gain",
            "yearly",
            "net human capital gain, thousands a year",
            "net human capital gain, thousand mean new graduates' worth a year",
            "units of human capital a year",
        ),
        (
            "emigration_rate",
            "mean",
            "emigration per 1,000 at home a year",
            "emigration per 1,000 graduates at home a year",
            "per person-year",
        ),
        (
            "unemployment_rate",
            "mean",
            "unemployment, % of graduates",
            "unemployment, % of graduates at home",
            "share",
        ),
        (
            "mean_ability_abroad",
            "last mean",
            "mean ability abroad, sd",
            "mean ability abroad, standard deviations",
            "standard deviations",
        ),
        (
            "graduates_abroad",
            "mean",
            "graduates abroad, thousands",
            "graduates abroad, thousand graduates",
            "graduates",
        ),
        (
            "graduates_at_work",
            "at end",
            "graduates at work at the end, thousands",
            "graduates at work, thousand graduates",
            "graduates",
        ),
        ("public_cost", "yearly", "public cost, million USD a year", "public cost, million USD a year", "USD a year"),
        ("tax_rate", "mean", "tax, % of graduates' pay", "tax, % of graduates' pay", "share"),
    ],
)
def test_heads_axes_and_units_follow_from_the_declaration(
    name: str, window: str, head: str, axis: str, unit: str
) -> None:
    declared = measure(name)
    assert (declared.head(window), declared.axis(window), declared.unit_over(window)) == (head, axis, unit)
    assert Outcome(name, window).unit == unit
    assert Outcome(name, window, "of my own").unit == "of my own"


def test_numbers_are_printed_in_the_unit_that_their_head_names() -> None:
    assert measure("emigrants").scaled(2500.0) == 2.5
    assert measure("emigration_rate").scaled(0.004) == pytest.approx(4.0, rel=1e-15)
    assert measure("unemployment_rate").scaled(np.array([0.05])) == pytest.approx([5.0], rel=1e-15)
    assert measure("rule_of_law").scaled(0.3) == 0.3
    assert [column.divide_by for column in COLUMNS] == [1000.0, 1000.0, 1000.0, 1000.0, 1000.0, 1e6, 0.01, 0.001, 0.001]
    assert measure("emigrants").unit_over("month") == "graduates a month"


def test_an_unknown_window_is_refused() -> None:
    with pytest.raises(MeasureError, match="window is 'decade', but must be month or one of cumulative"):
        measure("emigrants").head("decade")


@pytest.mark.parametrize("name", ["abroad_alone_0_1", "emigrants_of_my_own", "returns_from_training", "new_ideas"])
def test_a_series_that_is_not_declared_has_its_name_and_no_unit(name: str) -> None:
    own = measure(name, ("germany",))
    assert (own.head(), own.axis("cumulative"), own.title()) == (name, name, name)
    assert (own.unit_over(), own.kind, own.divide_by, own.adds_up) == ("", None, 1.0, False)
    assert Outcome(name, "cumulative").unit == ""


def test_a_measure_by_country_is_known_by_the_countries_of_its_world_and_of_its_table() -> None:
    assert measure("emigrants_to_united_states", ("united_states",)).head() == (
        "emigrants to united states, thousands a year"
    )
    assert measure("emigrants_to_germany", ("united_states",)).unit_over() == ""
    table = ["year", "emigrants", "graduates_in_germany", "emigrants_to_germany", "returns_from_germany"]
    assert list(known_among([*table, "returns_from_training", "level"])) == table[1:]
    assert "deaths_in_germany" in known_among([*table, "deaths_in_germany"])  # as tables have it since there are deaths


def test_the_documentation_has_the_declared_measures() -> None:
    text = (PROJECT / "docs" / "model.md").read_text(encoding="utf-8")
    assert "\n".join(in_documentation()) in text


EXPORTED = pd.DataFrame(
    {"run": ["a"], "status": ["SUCCEEDED"], "year": [2026], "months": [12], "net_brain_gain": [1.0], "own": [2.0]}
)
ATTRIBUTES = {
    "long_name": "net brain gain",
    "units": "graduates a year",
    "description": "the sum of the four pillars",
    "kind": "flow",
}


def test_a_netcdf_file_says_what_a_measure_is() -> None:
    pytest.importorskip("xarray")
    data = as_dataset(EXPORTED)
    assert data["net_brain_gain"].attrs == ATTRIBUTES
    assert data["own"].attrs == {}


def test_a_parquet_file_says_what_a_measure_is(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    with lzma.open(tmp_path / "runs.csv.xz", "wt") as handle:
        EXPORTED.to_csv(handle, index=False)
    schema = parquet.read_schema(export(tmp_path, "parquet"))
    said = {key.decode(): value.decode() for key, value in schema.field("net_brain_gain").metadata.items()}
    assert {key: said[key] for key in ATTRIBUTES} == ATTRIBUTES
    assert b"units" not in (schema.field("own").metadata or {})


DECLARED_LATER = """
import abm.measures as measures

more = measures.Measure(
    name="graduates_in_posts", label="graduates in posts", meaning="graduates who work at home",
    unit=measures.GRADUATES, kind=measures.STOCK, effects=("mean",), tabled="mean", view="stocks",
)
measures.MEASURES += (more,)

from abm.accounts import Accounts

levels = Accounts._levels
Accounts._levels = lambda self, rows: levels(self, rows) | {"graduates_in_posts": self.employed[rows].sum(axis=1)}

from abm.analysis.effects import OUTCOMES
from abm.model import EmigrationModel
from abm.page.figures import _panels_of
from experiments.study.tables import COLUMNS

model = EmigrationModel("two-country", rng=1)
model.step()
yearly = model.simulation.accounts.yearly()
assert yearly["graduates_in_posts"].tolist() == [model.simulation.accounts.employed[0].sum()]
assert "graduates_in_posts" in model.datacollector.get_model_vars_dataframe()
assert OUTCOMES[-1].measure == "graduates_in_posts" and OUTCOMES[-1].unit == "graduates"
assert COLUMNS[-1].head == "graduates in posts, thousands"
assert _panels_of("stocks")[-1].title == "Graduates in posts, thousands"
assert "graduates_in_posts" in measures.known_among(yearly)
assert measures.in_documentation()[-1].startswith("| `graduates_in_posts` | graduates who work at home | graduates |")
"""


def test_a_new_measure_takes_a_declaration_and_its_computation_and_nothing_else() -> None:
    subprocess.run([sys.executable, "-c", DECLARED_LATER], cwd=PROJECT, check=True)


def test_the_effects_that_are_published_are_those_declared() -> None:
    assert [(each.measure, each.window, each.unit) for each in OUTCOMES] == [
        ("graduates_at_home", "mean", "graduates"),
        ("graduates_at_home", "at end", "graduates"),
        ("net_brain_gain", "cumulative", "graduates"),
        ("net_brain_gain", "yearly", "graduates a year"),
        ("net_brain_gain", "last years", "graduates a year"),
        ("net_human_capital_gain", "cumulative", "units of human capital"),
        ("net_human_capital_gain", "yearly", "units of human capital a year"),
        ("net_human_capital_gain", "last years", "units of human capital a year"),
        ("graduates_at_work", "mean", "graduates"),
        ("graduates_at_work", "at end", "graduates"),
        ("human_capital_at_work", "mean", "units of human capital"),
        ("human_capital_at_work", "at end", "units of human capital"),
        ("public_cost", "cumulative", "USD"),
        ("public_cost", "yearly", "USD a year"),
        ("tax_rate", "mean", "share"),
        ("emigration_rate", "mean", "per person-year"),
        ("return_rate", "mean", "per person-year"),
    ]


def said_in(path: Path) -> Iterator[str]:
    """Yield the texts of a module, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) if has_doc(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def has_doc(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> bool:
    return ast.get_docstring(node) is not None


def test_no_printed_unit_of_a_measure_is_written_by_hand() -> None:
    """Money is no measure, what a parameter is counted in is its own, and in a table of levels thousands are read."""
    by_hand = re.compile(r"\bthousands?\b(?!-| USD)")
    sources = [*(PROJECT / "abm").rglob("*.py"), *(PROJECT / "experiments").rglob("*.py")]
    found = [
        f"{path.name}: {text.strip()}"
        for path in sources
        if path.name not in ("measures.py", "parameters.py", "explicit.py")
        and path.parent.name not in ("kinds", "benchmark")
        for text in said_in(path)
        if by_hand.search(text)
    ]
    assert found == []
