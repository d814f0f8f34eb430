"""What the Python interface cannot mean is refused in a sentence that names it, and what it can mean is taken so."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm import Scenario, ScenarioError, Simulation
from abm.analysis.costs import costs, graduate_years, spending, spent
from abm.analysis.effects import Outcome, effects, mean_interval
from abm.analysis.main_effects import is_trend
from abm.analysis.portfolio_figures import frontier
from abm.analysis.portfolios import cvar, efficient
from abm.analysis.timing import build_up_years, fading_rate, jackknife, turning_year
from abm.checks import LONGEST_WAIT
from abm.engine.generators import build
from abm.network import Network, count_ties
from abm.reforms import JudicialReform, MeritReform, Reform, ReformError, describe
from abm.reforms.costs import plausible_cost
from abm.sweep import (
    DesignError,
    Draws,
    Factor,
    FullFactorial,
    LatinHypercube,
    Plans,
    Range,
    Result,
    Store,
    StoreError,
    SweepError,
    plan,
    run,
    run_sweep,
)
from abm.sweep.factors import RESERVED

WORLD = Scenario.load("two-country").replace({"graduates": 60, "end": "2026-06"})
DESIGN = FullFactorial([Factor(name="graduates", values=(50, 60))])
MERIT = Range(name="labour.merit", low=0.3, high=0.4, baseline=0.3)
NO_WHOLE_NUMBERS = (1.5, 1.0, True, None, "2", math.nan, np.float64(2.0), np.True_, [1], 10**5000)
REFORM = JudicialReform(speed=0.05)


def refused(call: Callable[[], object], error: type[Exception], *words: str) -> None:
    with pytest.raises(error) as raised:
        call()
    said = str(raised.value)
    assert "\n" not in said and len(said) < 400 and all(word in said for word in words), said


def swept(**options: Any) -> Result:
    return run(DESIGN, WORLD, **({"replicates": 1, "quiet": True} | options))


# --- whole numbers ---


@pytest.mark.parametrize("value", [*NO_WHOLE_NUMBERS[:-1], 0, -1], ids=repr)
def test_workers_threads_replicates_and_points_are_whole_numbers(value: Any) -> None:
    refused(lambda: swept(workers=value), DesignError, "workers is")
    refused(lambda: swept(replicates=value), DesignError, "replicates is")
    refused(lambda: plan(WORLD, DESIGN.arms(), replicates=value, seed=1), DesignError, "replicates is")
    refused(lambda: Simulation(WORLD, threads=value), ValueError, "threads is")
    refused(lambda: LatinHypercube([MERIT], n_points=value, seed=1).arms(), DesignError, "points")


@pytest.mark.parametrize("value", [*NO_WHOLE_NUMBERS[:-1], -1, 2**63], ids=repr)
def test_a_seed_is_a_whole_number_of_63_bits(value: Any) -> None:
    refused(lambda: swept(seed=value), DesignError, "seed is", "9223372036854775807")
    refused(lambda: Simulation(WORLD, seed=value), ValueError, "seed is", "9223372036854775807")
    refused(lambda: Draws([MERIT]).draw(value), DesignError, "seed is")


def test_a_number_of_thousands_of_digits_is_refused_like_any_other() -> None:
    refused(lambda: Simulation(WORLD, seed=10**5000), ValueError, "more than 4300 digits")
    refused(lambda: swept(seed=10**5000), DesignError, "more than 4300 digits")


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    assert Simulation(WORLD, seed=np.uint8(7), threads=np.int64(1)).seed == 7
    result = swept(seed=np.int32(5), replicates=np.int16(2), workers=np.int64(1))
    assert result.runs.equals(swept(seed=5, replicates=2).runs)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "5", True, LONGEST_WAIT + 1, 10**400], ids=repr)
def test_a_time_limit_is_a_number_of_seconds(value: Any) -> None:
    refused(lambda: swept(time_limit=value), SweepError, "time limit")


# --- reforms ---


def test_no_reform_one_and_any_collection_are_taken_as_what_they_mean() -> None:
    for none in (None, (), []):
        assert Simulation(WORLD, none).reforms == () and describe(WORLD, none).startswith("No reform")
    for one in (REFORM, [REFORM], (reform for reform in [REFORM]), {REFORM: 1}.keys()):
        assert Simulation(WORLD, one).reforms == (REFORM,)
    assert describe(WORLD, REFORM) == describe(WORLD, iter([REFORM])) == describe(WORLD, [REFORM])
    assert DESIGN.arms()[0].reforms == () == FullFactorial(DESIGN.factors, reforms=None).arms()[0].reforms
    assert FullFactorial(DESIGN.factors, reforms=REFORM).arms()[0].reforms == (REFORM,)
    plans = Plans.of({"none": None, "one": REFORM, "two": (r for r in (REFORM, MeritReform()))})
    assert [len(arm.reforms) for arm in plans.arms()] == [0, 1, 2] == [len(arm.reforms) for arm in plans.arms()]
    both = FullFactorial(
        [Factor(name="both", values=(0, 1), reform=lambda level: [REFORM, MeritReform()][: 2 * level])]
    )
    assert [len(arm.reforms) for arm in both.arms()] == [0, 2]
    assert spending(None, WORLD)["central"].sum() == 0.0 < spending(REFORM, WORLD)["central"].sum()


@pytest.mark.parametrize("wrong", ["JudicialReform", {"reform": "x"}, JudicialReform, 5, [None], [5], b"x"])
def test_what_is_no_reform_is_refused_wherever_reforms_are_taken(wrong: Any) -> None:
    refused(lambda: Simulation(WORLD, wrong), ReformError, "is not a reform")
    refused(lambda: describe(WORLD, wrong), ReformError, "is not a reform")
    refused(lambda: spending(wrong, WORLD), ReformError, "is not a reform")
    refused(lambda: FullFactorial(DESIGN.factors, reforms=wrong), DesignError, "is not a reform")
    refused(lambda: Plans.of({"one": wrong}), DesignError, "is not a reform")
    made = FullFactorial([Factor(name="mine", values=(0, 1), reform=lambda level: wrong)])
    refused(made.arms, DesignError, "is not a reform")


@pytest.mark.parametrize("wrong", ["kazakhstan", None, 5, {"name": "x"}])
def test_what_is_no_scenario_is_refused_wherever_a_world_is_taken(wrong: Any) -> None:
    refused(lambda: Simulation(wrong), ScenarioError, "is not a scenario", "Scenario.load")
    refused(lambda: describe(wrong, ()), ScenarioError, "is not a scenario")
    refused(lambda: spending((), wrong), ScenarioError, "is not a scenario")
    refused(lambda: run(DESIGN, wrong, replicates=1), DesignError, "must be a scenario")


# --- names ---


@pytest.mark.parametrize("name", [*RESERVED, "", None, 5, ["a"]], ids=repr)
def test_a_factor_never_takes_the_name_of_a_column(name: Any) -> None:
    refused(lambda: Factor(name=name, values=(0, 1), reform=lambda level: None), DesignError, "a factor is named")
    refused(lambda: Range(name=name, low=0, high=1, baseline=0), DesignError, "a factor is named")


def test_every_column_of_the_tables_is_reserved() -> None:
    result = swept(replicates=2)
    tables = set(result.effects().columns) | set(result.runs.columns)
    measures = set(Simulation(WORLD).run().accounts.yearly())
    assert tables - measures - {"graduates"} <= set(RESERVED)
    assert "year" in measures and {"year", "months"} <= set(RESERVED)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("reserve_entrants", "a measure of the accounts"),
        ("net_brain_gain", "a measure of the accounts"),
        ("graduates_in_abroad", "a measure of the accounts"),  # which depends on the world
        ("labour.merit", "a parameter of the scenario"),
    ],
)
def test_a_factor_never_takes_the_name_of_something_else(name: str, what: str) -> None:
    factor = Factor(name=name, values=(0, 1), reform=lambda level: REFORM if level else None)
    refused(lambda: run(FullFactorial([factor]), WORLD, replicates=1), DesignError, f"'{name}', which is {what}")
    drawn = Draws([Range(name=name, low=0, high=1, baseline=0, reform=lambda level: REFORM)])
    refused(lambda: swept(draws=drawn), DesignError, f"'{name}', which is {what}")


def test_what_is_drawn_never_hides_what_is_varied() -> None:
    drawn = Draws([Range(name="plan", low=0, high=1, baseline=0, reform=lambda level: REFORM)])
    refused(lambda: run(Plans.of({"a": None}), WORLD, replicates=1, draws=drawn), DesignError, "plan", "drawn anew")


# --- what a run returns ---

YEARS = [2026, 2027]
SERIES: dict[str, tuple[Any, str]] = {
    "nothing": (None, "returns NoneType"),
    "a list": ([1, 2], "returns list"),
    "an empty mapping": ({}, "no series 'year'"),
    "no year": ({"gain": [1, 2]}, "no series 'year'"),
    "unequal length": ({"year": YEARS, "gain": [1, 2, 3]}, "gain has 3 numbers, but there are 2 years"),
    "years in part": ({"year": [2026.5, 2027.5], "gain": [1, 2]}, "year is [2026.5"),
    "a year twice": ({"year": [2026, 2026], "gain": [1, 2]}, "year is [2026, 2026]"),
    "years backwards": ({"year": [2027, 2026], "gain": [1, 2]}, "ascending"),
    "no years": ({"year": [], "gain": []}, "year is []"),
    "not a number": ({"year": YEARS, "gain": [1, math.nan]}, "gain is not a number"),
    "infinite": ({"year": YEARS, "gain": [1, math.inf]}, "gain is not a number"),
    "a table": ({"year": YEARS, "gain": [[1, 2], [3, 4]]}, "gain is no row of numbers"),
    "one number": ({"year": YEARS, "gain": 5}, "gain is no row of numbers"),
    "objects": ({"year": YEARS, "gain": [None, 1]}, "gain is no row of numbers"),
    "complex": ({"year": YEARS, "gain": [1j, 2]}, "gain is no row of numbers"),
    "texts": ({"year": YEARS, "gain": ["a", "b"]}, "gain is no row of numbers"),
    "a number as a name": ({"year": YEARS, 3: [1, 2]}, "a measure is named 3"),
    "a factor's name": ({"year": YEARS, "graduates": [1, 2]}, "a measure is named 'graduates'"),
    "a column's name": ({"year": YEARS, "seed": [1, 2]}, "a measure is named 'seed'"),
    "no months": ({"year": YEARS, "months": [0, 12]}, "months is [0, 12]"),
    "a masked number": ({"year": YEARS, "gain": np.ma.array([1, 2], mask=[0, 1])}, "gain has masked values"),
    "half a character as a name": ({"year": YEARS, "gain\ud800": [1, 2]}, "a measure is named 'gain"),
}


@pytest.mark.parametrize("case", SERIES)
def test_a_run_whose_series_no_table_can_hold_has_failed_with_a_sentence(case: str) -> None:
    series, said = SERIES[case]

    def simulate(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, Any]:
        return {"year": YEARS, "gain": [1, 2]} if world.graduates == 50 else series

    result = swept(simulate=simulate)
    assert (result.sweep.n_succeeded, result.sweep.n_failed) == (1, 1)
    (error,) = set(result.runs.loc[result.runs["status"] == "FAILED", "error"])
    assert said in error
    assert result.runs["gain"].dropna().tolist() == [1, 2]  # the other run is as it should be


# --- sweeps and analyses ---


def test_parts_of_a_sweep_in_the_wrong_place_are_named(tmp_path: Any) -> None:
    arms, runs = DESIGN.arms(), plan(WORLD, DESIGN.arms(), replicates=1, seed=1)
    wrong: Any
    for wrong in (None, arms, "full"):
        refused(lambda wrong=wrong: run(wrong, WORLD, replicates=1), DesignError, "the design is")
    for wrong in (None, DESIGN, [5]):
        refused(lambda wrong=wrong: plan(WORLD, wrong, replicates=1, seed=1), DesignError, "the arms are")
    for wrong in (None, DESIGN.factors[0], "x", 5, [5], {"a": 1}, [MERIT]):
        refused(lambda wrong=wrong: FullFactorial(wrong), DesignError, "a full factorial takes")
    for wrong in (5, [MERIT], MERIT):
        refused(lambda wrong=wrong: swept(draws=wrong), DesignError, "draws is")
    for wrong in (5, b"x", ".", "a\0b", ["x"]):
        refused(lambda wrong=wrong: swept(store=wrong), StoreError, "the path of a file")
    for wrong in (None, 5, [{}]):
        refused(lambda wrong=wrong: Plans.of(wrong), DesignError, "must be a mapping")
    refused(lambda: Plans.of({"a": None}, worlds={"w": 5}), DesignError, "world 'w' is 5")  # type: ignore[dict-item]
    refused(lambda: Plans.of({5: None}), DesignError, "is named 5")  # type: ignore[dict-item]
    with Store(str(tmp_path / "runs.sqlite")) as store:
        for wrong in (None, arms, [None]):
            refused(lambda wrong=wrong: run_sweep(wrong, store), DesignError, "is no run")
    refused(lambda: run_sweep(runs, "runs.sqlite"), StoreError, "must be an open Store")  # type: ignore[arg-type]


def test_analyses_name_what_they_cannot_compute() -> None:
    result = swept(replicates=2)
    table, arms = result.runs, result.arms
    for since in (1.5, "2026", True, math.nan, -1):
        refused(lambda since=since: result.effects(since=since), ValueError, "since is")
    for outcomes in ("net_brain_gain", [5], 5, ["emigrants"]):
        refused(lambda outcomes=outcomes: result.effects(outcomes), ValueError, "an outcome is")
    assert len(result.effects([])) == 0
    refused(lambda: Outcome("emigrants", "daily", ""), ValueError, "window is 'daily'", "last mean")
    refused(lambda: result.plot("nothing"), ValueError, "no column 'nothing'")
    refused(lambda: result.plot(ax=5), ValueError, "ax is 5")  # type: ignore[arg-type]
    refused(lambda: effects(None, ["a"], {"a": 1}), ValueError, "must be a DataFrame")  # type: ignore[arg-type]
    refused(lambda: effects(table, "graduates", {}), ValueError, "a list of columns")
    refused(lambda: effects(table, ["graduates"], {}), ValueError, "the level of 'graduates'")
    for values in (None, "abc", [[1, 2], [3, 4]], [[1], [2, 3]]):
        refused(lambda values=values: mean_interval(values), ValueError, "a row of numbers")
    for rate in (-2, math.nan, "x", True):
        refused(lambda rate=rate: spent((REFORM,), WORLD, discount_rate=rate), ValueError, "discount rate is")
    refused(lambda: costs(DESIGN, table, WORLD), ValueError, "the arms are")  # type: ignore[arg-type]
    refused(lambda: costs(arms, table, WORLD, discount_rates=0.1), ValueError, "a list")  # type: ignore[arg-type]
    refused(lambda: graduate_years(table[["year"]], table), ValueError, "no column")
    refused(lambda: turning_year(np.arange(3), np.arange(4.0)), ValueError, "3 years, but 4 values")
    refused(lambda: turning_year(np.arange(3), np.arange(3.0), 0), ValueError, "span is 0")
    refused(lambda: build_up_years(np.ones((2, 2))), ValueError, "a row of numbers")
    refused(lambda: fading_rate(np.ones(3)), ValueError, "a table of 2 axes")
    refused(lambda: jackknife(5, np.mean), ValueError, "a row for each replicate")  # type: ignore[arg-type]
    for share in (0, 2, -1, math.nan, "x"):
        refused(lambda share=share: cvar(np.ones(3), share), ValueError, "share is")
    refused(lambda: efficient(np.ones(2), np.ones(3)), ValueError, "2 expected gains, but 3")


def test_a_figure_is_drawn_on_axes_of_ones_own() -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert swept(replicates=2).plot("emigration_rate", "mean", ax=right) is figure
    assert not left.lines and right.lines and "emigration_rate" in right.get_title()


def test_a_result_is_shown_in_a_line_and_in_a_notebook_with_its_effects() -> None:
    result = swept(replicates=2)
    assert repr(result) == "Result of 4 runs of 2 arms: 4 succeeded, 0 failed"
    assert "net_brain_gain" in result._repr_html_() and "<table" in result._repr_html_()

    def simulate(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, Any]:
        return {"year": YEARS, "gain": [1, 2]}

    shown = swept(simulate=simulate)._repr_html_()
    assert "2 succeeded" in shown and "no column" in shown


def test_a_figure_leaves_out_the_baseline_wherever_its_rows_stand() -> None:
    result = swept(replicates=2)
    turned = Result(result.runs.iloc[::-1].reset_index(drop=True), result.arms, result.sweep)
    labels = [[label.get_text() for label in one.plot().axes[0].get_yticklabels()] for one in (result, turned)]
    assert labels[0] == labels[1] == ["graduates = 60"]


# --- how a sweep is run ---


@pytest.mark.parametrize("answer", [0, -1, "a", None, 1.5], ids=repr)
def test_a_function_that_says_how_many_workers_there_are_says_a_whole_number(answer: Any, tmp_path: Path) -> None:
    runs = plan(WORLD, DESIGN.arms(), replicates=1, seed=1)
    with Store(tmp_path / "runs.sqlite") as store:
        refused(
            lambda: run_sweep(runs, store, workers=lambda: answer, quiet=True), DesignError, "what workers() returns is"
        )


def test_what_is_no_executor_or_takes_no_runs_is_refused(tmp_path: Path) -> None:
    runs = plan(WORLD, DESIGN.arms(), replicates=1, seed=1)
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with Store(tmp_path / "runs.sqlite") as store:
        for wrong in (3, ThreadPoolExecutor, "threads"):
            refused(lambda wrong=wrong: run_sweep(runs, store, executor=wrong), SweepError, "the executor is")
        refused(
            lambda: run_sweep(runs, store, executor=closed, quiet=True), SweepError, "takes no runs", "start it anew"
        )


def test_a_run_that_leaves_its_script_has_failed_and_the_script_goes_on() -> None:
    def simulate(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, Any]:
        return {"year": YEARS} if world.graduates == 50 else sys.exit("enough")

    result = swept(simulate=simulate)
    assert (result.sweep.n_succeeded, result.sweep.n_failed) == (1, 1)
    assert "SystemExit: enough" in set(result.runs["error"])


def test_an_interrupt_in_a_run_is_no_failure_of_it() -> None:
    def simulate(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(simulate=simulate)


# --- arrays without axes, texts that cannot be written, numbers that cannot be told apart ---


def test_an_array_without_axes_is_no_collection(tmp_path: Path) -> None:
    single: Any = np.array(REFORM, dtype=object)
    refused(lambda: Simulation(WORLD, single), ReformError, "is not a reform")
    refused(lambda: FullFactorial(np.array(5)), DesignError, "takes a list of factors")  # type: ignore[arg-type]
    with Store(tmp_path / "runs.sqlite") as store:
        refused(lambda: run_sweep(np.array(5), store), DesignError, "is no run")  # type: ignore[arg-type]
    table, arms = swept(replicates=2).runs, DESIGN.arms()
    refused(lambda: effects(table, np.array("graduates"), {}), ValueError, "a list of columns")  # type: ignore[arg-type]
    refused(lambda: costs(arms, table, WORLD, discount_rates=np.array(0.1)), ValueError, "a list")  # type: ignore[arg-type]


def test_half_a_character_is_refused_wherever_it_would_be_written(tmp_path: Path) -> None:
    half = "a\ud800b"
    refused(lambda: Factor(name=half, values=(1, 2)), DesignError, "a factor is named")
    refused(lambda: Factor(name="graduates", values=(1, 2), unit=half), DesignError, "unit")
    refused(lambda: Factor(name="graduates", values=(1, 2), meaning=half), DesignError, "meaning")
    refused(lambda: Store(tmp_path / half), StoreError, "the store is")
    refused(lambda: JudicialReform(speed=0.05, source=half), ReformError, "source", "half of a character")


def test_levels_that_would_read_back_alike_are_refused() -> None:
    for values in ((2**53, 2**53 + 1, 0.5), (0.5, -(2**53) - 1)):
        refused(lambda values=values: Factor(name="x", values=values), DesignError, "holds whole numbers up to")
    refused(lambda: Range(name="x", low=0.5, high=2.0, baseline=2**53 + 1), DesignError, "holds whole numbers up to")
    assert Factor(name="x", values=(2**53, 2**53 + 1)).values == (2**53, 2**53 + 1)
    assert Factor(name="x", values=(2**53, 0.5)).values == (2**53, 0.5)


class Word(str, Enum):  # noqa: UP042 - a StrEnum would be written as its text
    """Texts as members of an enumeration, which Python writes by their names."""

    MONTH = "2026-03"


def test_a_text_is_kept_as_the_plain_text_it_is() -> None:
    reform = JudicialReform(speed=0.05, start=Word.MONTH, source=Word.MONTH)
    assert type(reform.start) is str and type(reform.source) is str
    assert eval(repr(reform), {"JudicialReform": JudicialReform}) == reform
    (level,) = Factor(name="x", values=(Word.MONTH,)).values
    assert type(level) is str and level == "2026-03"


def test_short_numbers_of_numpy_are_numbers() -> None:
    assert JudicialReform(speed=np.float16(0.0625)).speed == 0.0625
    assert spent((REFORM,), WORLD, discount_rate=np.float16(0.5)) == spent((REFORM,), WORLD, discount_rate=0.5)


def test_what_is_handed_in_in_the_wrong_place_is_named() -> None:
    wrong: Any
    for wrong in (3, None, "judicial"):
        refused(lambda wrong=wrong: plausible_cost(wrong, WORLD), ReformError, "is not a reform")
        refused(lambda wrong=wrong: is_trend(wrong), ValueError, "the levels are")
        refused(lambda wrong=wrong: frontier(wrong, title="", unit=""), ValueError, "must be a DataFrame")
        refused(lambda wrong=wrong: count_ties(wrong, np.zeros(2, np.int8), 1), ValueError, "must be a Network")
    network = Network.from_edges(2, [0], [1])  # type: ignore[arg-type]
    refused(lambda: count_ties(network, [0, 0], 1), ValueError, "country must be int8")  # type: ignore[arg-type]
    refused(lambda: count_ties(network, np.zeros(2, np.int8), 1.0), ValueError, "n_countries is")  # type: ignore[arg-type]
    for use in (lambda it: build("ring", 9, mean_degree=2, workers=it), lambda it: network.renamed([1, 0], it)):
        refused(lambda use=use: use(3), ValueError, "workers is 3")


def test_a_result_whose_table_was_edited_gives_a_sentence() -> None:
    result = swept(replicates=2)
    rows = result.runs
    wrong: dict[str, Any] = {
        "no column 'status'": rows.drop(columns="status"),
        "must be a DataFrame": None,
        "year is nan": rows.assign(year=rows["year"].where(rows["replicate"] == 0)),
        "year is 2026.5": rows.assign(year=rows["year"] + 0.5),
        "'year' of the table of runs holds": rows.assign(year=rows["year"].astype(str)),
    }
    for words, table in wrong.items():
        refused(Result(table, result.arms, result.sweep).effects, ValueError, words)


@pytest.mark.parametrize("since", [-1, 1.0, "a", None, True], ids=repr)
def test_series_begin_in_a_month_of_the_run(since: Any) -> None:
    simulation = Simulation(WORLD).run()
    refused(lambda: simulation.accounts.monthly(since), ValueError, "since is")
    assert [len(values) for values in simulation.accounts.monthly(since=4).values()][:2] == [2, 2]
