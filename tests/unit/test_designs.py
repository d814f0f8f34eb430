"""Fractions, samples and tables: what each kind of design promises, and reforms named by their parameters."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.reforms import Diversification, JudicialReform, PublicSalaryParity
from abm.scenario import Scenario
from abm.sweep import (
    DesignError,
    ExplicitTable,
    Factor,
    FractionalFactorial,
    FullFactorial,
    LatinHypercube,
    Plans,
    Range,
    Sobol,
    plan,
    read_design,
)

WORLD = Scenario.load("two-country").replace({"graduates": 100})
SPEED = Factor(name="JudicialReform.speed", values=("none", 0.03, 0.05))


def two_level(n_factors: int) -> list[Factor]:
    """Return factors at 0 and 1 that change nothing."""
    return [Factor(name=f"x{number}", values=(0, 1), reform=lambda _: None) for number in range(n_factors)]


# --- reforms by the names of their parameters ---


def test_a_reform_parameter_makes_the_reform_and_none_leaves_it_out() -> None:
    arms = FullFactorial([SPEED]).arms()
    assert [arm.reforms for arm in arms] == [(), (JudicialReform(speed=0.03),), (JudicialReform(speed=0.05),)]
    assert all(arm.overrides == {} for arm in arms)


def test_a_given_reform_says_the_other_parameters_of_a_varied_one_and_holds_everywhere_if_none_is_varied() -> None:
    given = (Diversification(private_jobs=0.2), JudicialReform(target=0.4, start="2027-01"))
    arms = FullFactorial([SPEED], reforms=given).arms()
    assert arms[0].reforms == (given[0],)
    assert arms[2].reforms == (given[0], JudicialReform(target=0.4, start="2027-01", speed=0.05))


def test_two_parameters_of_a_reform_make_one_reform_and_one_none_is_enough_to_leave_it_out() -> None:
    target = Factor(name="JudicialReform.target", values=(0.1, "none"))
    arms = FullFactorial([SPEED, target]).arms()
    assert [len(arm.reforms) for arm in arms] == [0, 0, 1, 0, 1, 0]
    assert arms[4].reforms == (JudicialReform(speed=0.05, target=0.1),)


def test_none_is_an_ordinary_text_where_no_reform_is_meant() -> None:
    arm = FullFactorial([Factor(name="network.kind", values=("none",))]).arms()[0]
    assert arm.overrides == {"network.kind": "none"}


@pytest.mark.parametrize(
    ("name", "values", "given", "said"),
    [
        ("JudicialReforms.speed", (0.1,), (), "did you mean JudicialReform?"),
        ("JudicialReform.sped", (0.1,), (), "did you mean JudicialReform.speed?"),
        ("JudicialReform.", (0.1,), (), "no parameter ''"),
        ("JudicialReform.speed", ("fast",), (), "speed is 'fast'"),
        ("JudicialReform.speed", (0.1,), (JudicialReform(), JudicialReform()), "given 2 times"),
        ("JudicialReform.speed", (0.1,), ("JudicialReform",), "reforms are objects of abm.reforms"),
    ],
)
def test_a_reform_that_cannot_be_meant_gets_one_sentence(name: str, values: Any, given: Any, said: str) -> None:
    with pytest.raises(DesignError) as raised:
        FullFactorial([Factor(name=name, values=values)], reforms=given).arms()
    assert said in str(raised.value) and "\n" not in str(raised.value)


# --- fractions ---

# factors, resolution, runs of the smallest fraction, as Montgomery lists them (2017, "Design and Analysis of
# Experiments", table 8.14)
TEXTBOOK = [
    (3, 3, 4),
    (4, 4, 8),
    (5, 3, 8),
    (5, 5, 16),
    (6, 4, 16),
    (6, 6, 32),
    (7, 3, 8),
    (7, 4, 16),
    (7, 7, 64),
    (8, 4, 16),
    (8, 5, 64),
    (9, 4, 32),
    (9, 6, 128),
    (10, 5, 128),
    (11, 5, 128),
    (15, 3, 16),
    (16, 4, 32),
]


def resolution_by_hand(points: np.ndarray) -> int:
    """Return the fewest columns of signs whose product is the same at every point."""
    signs = 1 - 2 * points
    for size in range(1, points.shape[1] + 1):
        for columns in itertools.combinations(range(points.shape[1]), size):
            if abs(signs[:, columns].prod(axis=1).sum()) == len(points):
                return size
    raise AssertionError("this is no fraction")


@pytest.mark.parametrize(("n_factors", "resolution", "n_runs"), TEXTBOOK)
def test_the_smallest_fraction_is_the_textbooks(n_factors: int, resolution: int, n_runs: int) -> None:
    design = FractionalFactorial(two_level(n_factors), resolution=resolution)
    points = np.array(design.points())
    assert len(design) == len(points) == len({tuple(point) for point in points}) == n_runs
    assert not points[0].any()  # the baseline
    assert resolution_by_hand(points) == design.to_dict()["resolution"] >= resolution


@given(st.data())
def test_a_fraction_is_balanced_and_its_resolution_is_what_it_says(data: st.DataObject) -> None:
    n_factors = data.draw(st.integers(3, 9))
    design = FractionalFactorial(two_level(n_factors), resolution=data.draw(st.integers(3, n_factors)))
    points = np.array(design.points())
    assert (points.sum(axis=0) == len(points) / 2).all()
    assert resolution_by_hand(points) == design.to_dict()["resolution"]


def test_stated_generators_are_kept() -> None:
    design = FractionalFactorial(two_level(5), generators=["D = AB", "E=AC"])
    points = np.array(design.points())
    assert (points[:, 3] == points[:, 0] ^ points[:, 1]).all()
    assert (points[:, 4] == points[:, 0] ^ points[:, 2]).all()
    assert design.to_dict()["generators"] == ["D = AB", "E = AC"]
    assert design.to_dict()["resolution"] == 3


@pytest.mark.parametrize(
    ("n_factors", "options", "said"),
    [
        (4, {}, "either a list of generators"),
        (4, {"generators": ["D = ABC"], "resolution": 4}, "either a list of generators"),
        (4, {"generators": "D = ABC"}, "either a list of generators"),
        (4, {"generators": ["D = -ABC"]}, "cannot be read"),
        (4, {"generators": [3]}, "cannot be read"),
        (4, {"generators": ["D = ABX"]}, "speaks of X"),
        (4, {"generators": ["D = AAB"]}, "a letter twice"),
        (4, {"generators": ["D = ABD"]}, "a letter twice"),
        (5, {"generators": ["D = AB", "D = AC"]}, "a second time"),
        (5, {"generators": ["D = AB", "E = AD"]}, "another generator's factor"),
        (4, {"generators": ["D = A"]}, "resolution 2"),
        (5, {"generators": ["D = AB", "E = AB"]}, "resolution 2"),
        (4, {"resolution": 5}, "from 3 to 4"),
        (4, {"resolution": 2}, "from 3 to 4"),
        (4, {"resolution": "IV"}, "'IV'"),
        (2, {"resolution": 3}, "2 factors"),
        (25, {"resolution": 25}, "more than 1,000,000 arms"),
    ],
)
def test_an_impossible_fraction_is_refused(n_factors: int, options: dict[str, Any], said: str) -> None:
    with pytest.raises(DesignError, match=said):
        FractionalFactorial(two_level(n_factors), **options)


def test_a_fraction_takes_factors_of_two_levels() -> None:
    with pytest.raises(DesignError, match="'JudicialReform.speed' has 3 values"):
        FractionalFactorial([*two_level(3), SPEED], resolution=3)


# --- samples ---

RANGES = [
    Range(name="decision.discount_rate", low=0.02, high=0.08, baseline=0.04),
    Range(name="JudicialReform.speed", low=0.01, high=0.1, baseline="none", scale="log"),
    Range(name="graduates", low=50, high=60, baseline=55, whole=True),
]


@pytest.mark.parametrize("kind", [LatinHypercube, Sobol])
def test_a_sample_stays_in_its_ranges_and_follows_from_its_seed(kind: Any) -> None:
    design = kind(RANGES, n_points=64, seed=3)
    baseline, *points = design.points()
    rates, speeds, sizes = map(np.array, zip(*points, strict=True))
    assert baseline == (0.04, "none", 55)
    assert (0.02 <= rates).all() and (rates <= 0.08).all()
    assert (0.01 <= speeds).all() and (speeds <= 0.1).all()
    assert abs(np.log(speeds).mean() - np.log([0.01, 0.1]).mean()) < 0.02
    assert set(sizes.tolist()) == set(range(50, 61))
    assert kind(RANGES, n_points=64, seed=3).points() == design.points()
    assert kind(RANGES, n_points=64, seed=4).points() != design.points()
    assert design.arms()[0].reforms == ()


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_range() -> None:
    ranges = [Range(name=f"x{k}", low=0, high=1, baseline=0, reform=lambda _: None) for k in range(3)]
    points = np.array(LatinHypercube(ranges, n_points=40, seed=1).points()[1:])
    for column in points.T:
        assert sorted(np.floor(column * 40).astype(int)) == list(range(40))


def test_points_that_come_out_twice_are_run_once() -> None:
    design = LatinHypercube([Range(name="graduates", low=1, high=3, baseline=1, whole=True)], n_points=50, seed=1)
    assert sorted(design.points()) == [(1,), (2,), (3,)]
    assert len(plan(WORLD, design.arms(), replicates=2, seed=1)) == 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"low": 0.1, "high": 0.1}, "low must be below high"),
        ({"low": float("nan")}, "nan"),
        ({"high": "much"}, "'much', but must be a number"),
        ({"baseline": None}, "None"),
        ({"scale": "cubic"}, "linear or log"),
        ({"low": 0, "scale": "log"}, "above 0"),
        ({"whole": True}, "whole ends"),
        ({"whole": 1}, "true or false"),
        ({"name": "seed"}, "taken"),
    ],
)
def test_a_malformed_range_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DesignError, match=said):
        Range(**({"name": "x", "low": 0.02, "high": 0.08, "baseline": 0.04} | change))


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        (LatinHypercube, {}, "has 0 points"),
        (LatinHypercube, {"n_points": 2.0}, "2.0 points"),
        (LatinHypercube, {"n_points": 10**7}, "10000000 points"),
        (LatinHypercube, {"n_points": 4, "seed": -1}, "seed -1"),
        (Sobol, {"n_points": 100}, "such as 64 or 128"),
    ],
)
def test_a_malformed_sample_is_refused(kind: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(DesignError, match=said):
        kind(RANGES, **options)


def test_a_sample_takes_ranges_and_a_factorial_takes_levels() -> None:
    with pytest.raises(DesignError, match="takes each factor as a Range"):
        LatinHypercube([SPEED], n_points=4)  # type: ignore[list-item]
    with pytest.raises(DesignError, match="takes each factor as a Factor"):
        FullFactorial(RANGES)  # type: ignore[arg-type]


# --- tables ---


def read(folder: Path, text: str) -> ExplicitTable:
    """Return the design of a CSV file with this text."""
    (folder / "points.csv").write_text(text, encoding="utf-8")
    return ExplicitTable.read(folder / "points.csv")


def test_a_table_is_its_rows_with_the_baseline_first(tmp_path: Path) -> None:
    text = "decision.discount_rate, PublicSalaryParity.target,network.kind\n0.04,none,none\n\n5e-2,1,small-world\n"
    arms = read(tmp_path, text).arms()
    assert [dict(arm.levels) for arm in arms] == [
        {"decision.discount_rate": 0.04, "PublicSalaryParity.target": "none", "network.kind": "none"},
        {"decision.discount_rate": 0.05, "PublicSalaryParity.target": 1, "network.kind": "small-world"},
    ]
    assert [arm.reforms for arm in arms] == [(), (PublicSalaryParity(target=1),)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs a line of factor names"),
        ("graduates\n", "at least one line below"),
        ("graduates,graduates\n1,2\n", "line 1: 'graduates' names both column 1 and column 2"),
        ("graduates,seed\n1,2\n", "'seed'"),
        ("graduates,\n1,2\n", "line 1: column 2 has no name of a factor"),
        ("graduates\n1\n1,2\n3\n", "points.csv, line 3: there are 2 cells, but 1 factors"),
        ("graduates,end\n1,2026-12\n2,\n", "points.csv, line 3: the cell of 'end' is empty"),
        ("graduates\n1\nnan\n", "points.csv, line 3: factor 'graduates' has the value nan"),
        ("graduates\n1\n-Infinity\n", "points.csv, line 3"),
        ('graduates\n1\n"2\n', "this is not CSV"),
    ],
)
def test_a_malformed_table_is_refused_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DesignError, match=said) as raised:
        read(tmp_path, text)
    assert str(raised.value).startswith(str(tmp_path)) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffJudicialReform.speed,labour.merit\r\nnone,0.5\r\n0.05,0.8\r\n",
        "\ufeffJudicialReform.speed;labour.merit\r\nnone;0.5\r\n0.05;0.8\r\n",
        "JudicialReform.speed\tlabour.merit\nnone\t0.5\n5e-2\t.8",
        'JudicialReform.speed, "labour.merit"\n\n none , 0.50\n\n"0.05","0.8"\n',
        "JudicialReform.speed,labour.merit\rnone,0.5\r0.05,0.8\r",
    ],
)
def test_a_table_is_read_as_spreadsheet_programs_write_it(tmp_path: Path, content: str) -> None:
    design = read(tmp_path, content)
    assert [factor.name for factor in design.factors] == ["JudicialReform.speed", "labour.merit"]
    assert design.points() == [("none", 0.5), (0.05, 0.8)]


@pytest.mark.parametrize("said", [("true", "false"), ("TRUE", "FALSE"), ("True", "False")])
def test_a_table_may_say_true_and_false_as_programs_write_it(tmp_path: Path, said: tuple[str, str]) -> None:
    design = read(tmp_path, f"ReturnIncentive.only_with_offer\n{said[1]}\n{said[0]}\n")
    assert design.points() == [(False,), (True,)]
    assert [arm.reforms[0].only_with_offer for arm in design.arms()] == [False, True]  # type: ignore[attr-defined]


def test_a_point_that_stands_in_a_table_again_is_one_arm(tmp_path: Path) -> None:
    design = read(tmp_path, "graduates,labour.merit\n10,0.5\n20,0.5\n10,0.50\n20,5e-1\n30,0.6\n10.0,0.5\n")
    assert design.points() == [(10, 0.5), (20, 0.5), (30, 0.6)]
    assert (len(design), design.n_repeated, design.to_dict()["repeated"]) == (3, 3, 3)
    runs = plan(WORLD, design.arms(), replicates=2, seed=1)
    assert len({run.key for run in runs}) == len(runs) == 6
    assert "repeated" not in read(tmp_path, "graduates\n10\n20\n").to_dict()


def test_every_row_that_cannot_be_run_is_named_by_its_line_before_the_first_run(tmp_path: Path) -> None:
    rows = ["graduates,decision.discount_rate", "100,0.04", "-1,0.04", "100,-7", "many,0.04", "100,9e9"]
    arms = read(tmp_path, "\n".join(rows)).arms()
    with pytest.raises(DesignError) as raised:
        plan(WORLD, arms, replicates=1, seed=1)
    said = str(raised.value)
    assert all(f"points.csv, line {line} (" in said for line in (3, 4, 5)) and said.endswith("with 1 more")


def test_a_row_whose_reform_cannot_be_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="points.csv, line 3 .*speed is 9"):
        read(tmp_path, "JudicialReform.speed\nnone\n9\n").arms()


# --- design files ---


def test_a_design_file_states_a_whole_sweep(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
scenario = "two-country"
replicates = 3
seed = 5
kind = "full"
set = {graduates = 100, decision.discount_rate = 0.06, "home.wage" = {2020 = 1000, 2030 = 1200}}
[reforms.JudicialReform]
target = 0.3
[reforms.PublicSalaryParity]
[[factors]]
name = "JudicialReform.speed"
values = ["none", 0.05]
unit = "index points a year"
[[factors]]
name = "labour.merit"
values = [0.4, 0.6]
""",
        encoding="utf-8",
    )
    study = read_design(path)
    world, arms = study.world(), study.design.arms()
    assert (study.title, study.replicates, study.seed, world.graduates) == ("mine", 3, 5, 100)
    assert world.get("decision.discount_rate") == 0.06 and world.get("home.wage").years == (2020, 2030)
    assert arms[0].reforms == (PublicSalaryParity(),)
    assert arms[3].reforms == (PublicSalaryParity(), JudicialReform(target=0.3, speed=0.05)) or arms[3].reforms == (
        JudicialReform(target=0.3, speed=0.05),
        PublicSalaryParity(),
    )
    assert arms[3].overrides == {"labour.merit": 0.6}


def test_a_table_and_a_scenario_are_found_beside_the_design_file(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text(WORLD.to_toml(), encoding="utf-8")
    (tmp_path / "points.csv").write_text("labour.merit\n0.5\n0.6\n", encoding="utf-8")
    text = 'scenario = "world.toml"\nreplicates = 1\nseed = 1\nkind = "table"\ntable = "points.csv"\n'
    (tmp_path / "design.toml").write_text(text, encoding="utf-8")
    study = read_design(tmp_path / "design.toml")
    assert study.world() == WORLD
    assert [arm.overrides for arm in study.design.arms()] == [{"labour.merit": 0.5}, {"labour.merit": 0.6}]


# --- planning ---


def test_arms_that_share_a_scenario_make_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    replace = Scenario.replace
    monkeypatch.setattr(Scenario, "replace", lambda self, changes: made.append(changes) or replace(self, changes))
    plan(WORLD, FullFactorial([SPEED, Factor(name="labour.merit", values=(0.4, 0.5))]).arms(), replicates=1, seed=1)
    assert made == [{"labour.merit": 0.4}, {"labour.merit": 0.5}]


@pytest.mark.parametrize("where", ["worlds", "elsewhere"])
def test_plans_are_compared_over_the_same_years(where: str) -> None:
    own_years: Any = {where: {"none": {"end": "2027-12"}}}
    with pytest.raises(DesignError, match="world of 'none' has its own end.*same years"):
        Plans.of({"none": ()}, **own_years)
