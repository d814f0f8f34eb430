"""Indices, boxes and samples where the answer is known in closed form."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis.boxes import Box, found_box
from abm.scenario import Scenario
from experiments.sensitivity import samples, study
from experiments.sensitivity.indices import IndicesError, elementary, outcomes_of_rows, sobol
from experiments.sensitivity.inputs import GROUPS, LUCK, group_of, names, varied
from experiments.sensitivity.runs import OUTCOMES, PLANS, column_of

needs_salib = pytest.mark.skipif(bool(samples.missing()), reason=samples.missing())


def test_a_box_that_is_known_is_found() -> None:
    """Cases are those with input 0 above .6 and input 2 below .3; inputs 1, 3 and 4 say nothing."""
    points = np.random.default_rng(1).random((4000, 5))
    cases = (points[:, 0] > 0.6) & (points[:, 2] < 0.3)
    box = found_box(points, cases)
    assert set(box.low) == {0} and set(box.high) == {2}
    assert box.low[0] == pytest.approx(0.6, abs=0.03) and box.high[2] == pytest.approx(0.3, abs=0.03)
    new = np.random.default_rng(2).random((4000, 5))
    coverage, density = box.judged(new, (new[:, 0] > 0.6) & (new[:, 2] < 0.3))
    assert coverage > 0.9 and density > 0.9


def test_coverage_and_density_are_shares_of_cases_and_of_the_box() -> None:
    points = np.array([[0.1], [0.4], [0.6], [0.9]])
    cases = np.array([True, False, True, True])
    assert Box({0: 0.5}).judged(points, cases) == (pytest.approx(2 / 3), 1.0)
    assert Box(high={0: 0.5}).judged(points, cases) == (pytest.approx(1 / 3), 0.5)


def test_a_box_limits_three_inputs_at_the_most_and_a_slant_is_no_reason_for_more() -> None:
    """Cases beyond a plane through six inputs, of 400 points: without a bound sixteen limits fitted the noise."""
    points = np.random.default_rng(3).random((400, 8))
    box = found_box(points, points[:, :6].sum(axis=1) < 2.5)
    assert 1 <= len(box.low.keys() | box.high.keys()) <= 3
    assert (box.low.keys() | box.high.keys()) <= set(range(6)) and not box.low


@needs_salib
def test_elementary_effects_of_a_line_are_its_slopes() -> None:
    sample = samples.screening(4)
    assert sample.block == len(names()) + 1 and len(sample.shares) == 4 * sample.block
    slopes = np.arange(len(names()), dtype=float) - 3.0
    steps = 0.9 * np.ones(len(names()))
    steps[-1] = 1.0  # an effect is over the middle of the prior, and over all of luck
    found = elementary(sample.shares, sample.shares @ slopes, names())
    np.testing.assert_allclose(found["mu"], slopes * steps, atol=1e-9)
    np.testing.assert_allclose(found["mu_star"], np.abs(slopes * steps), atol=1e-9)
    np.testing.assert_allclose(found["sigma"], 0.0, atol=1e-9)
    with pytest.raises(IndicesError, match="no whole trajectories"):
        elementary(sample.shares[:-1], np.zeros(len(sample.shares) - 1), names())
    with pytest.raises(IndicesError, match="no trajectories of Morris"):
        elementary(sample.shares[::-1].copy()[np.r_[1, 0, 2 : len(sample.shares)]], sample.shares @ slopes, names())


@needs_salib
def test_sobol_indices_of_groups_and_luck_are_those_of_a_known_sum() -> None:
    """Variances 4, 1 and 3 of a law, of registers and of luck, each uniform: shares 1/2, 1/8 and 3/8."""
    sample = samples.in_groups(512)
    place = {name: k for k, name in enumerate(names())}
    weights = {names()[0]: 2.0, "destinations.russia.registration_prob": 1.0, LUCK: np.sqrt(3.0)}
    outcome = sum(weight * sample.shares[:, place[name]] for name, weight in weights.items())
    labels = [group_of(name) for name in names()]
    groups, found = sobol(np.asarray(outcome), labels)
    expected = {group_of(names()[0]): 0.5, "registers": 0.125, LUCK: 0.375}
    assert set(groups) == {*GROUPS, LUCK}
    for name, first, total in zip(groups, found["S1"], found["ST"], strict=True):
        assert first == pytest.approx(expected.get(name, 0.0), abs=0.03), name
        assert total == pytest.approx(expected.get(name, 0.0), abs=0.03), name
    with pytest.raises(IndicesError, match="no whole sample"):
        sobol(np.asarray(outcome)[:-1], labels)
    with pytest.raises(IndicesError, match="the same at all points"):
        sobol(np.ones(len(outcome)), labels)


def test_repeated_rows_are_found_by_their_levels() -> None:
    arms, numbers = [[0, "none"], [0.5, "none"], [0.5, 2.0]], np.array([1.0, 2.0, 3.0])
    rows = [[0.0, "none"], [0.5, 2], [0.0, "none"], [0.5, "none"]]
    assert outcomes_of_rows(rows, arms, numbers).tolist() == [1.0, 3.0, 1.0, 2.0]
    with pytest.raises(IndicesError, match="row 2 of the sample is none of the 3 arms"):
        outcomes_of_rows([rows[0], [0.7, 2]], arms, numbers)


def test_every_unknown_is_of_a_group_and_every_group_has_one() -> None:
    assert {group_of(name) for name in names()} == {*GROUPS, LUCK}
    with pytest.raises(KeyError, match="of no group"):
        group_of("something new")


def made_up(effect: Callable[[pd.DataFrame], np.ndarray]) -> pd.DataFrame:
    """Return a table of points in which the effect of every reform is a function of the scores."""
    from experiments.sensitivity.runs import _rows

    screening = pd.DataFrame(_rows(samples.screening(4)))
    chosen = [one.name for one in varied()][: study.N_FIRST]
    rest = [pd.DataFrame(_rows(each)) for each in (samples.in_groups(32), samples.leading(64, chosen))]
    points = pd.concat([screening, *rest], ignore_index=True)
    outcomes = {column_of(plan, name): effect(points) for plan in ("no reform", *PLANS) for name in OUTCOMES}
    return points.assign(**outcomes)


@needs_salib
def test_the_study_finds_what_a_made_up_world_hangs_on() -> None:
    law, credibility = "decision.rule_of_law_weight", "beliefs.credibility_start"
    points = made_up(lambda rows: 10.0 + 6.0 * rows[law] + 4.0 * rows[credibility] + 0.5 * rows[LUCK])
    effects = study.screened(points)
    assert study.first(effects)[:2] == [law, credibility]
    shares = study.shared(points)
    groups = shares[(shares["sample"] == "groups") & (shares["plan"] == "public pay")].set_index("input")
    assert abs(groups.loc["registers", "ST"]) < 1e-9
    assert groups.loc["behaviour", "ST"] == pytest.approx(36 / 52, abs=0.35)
    found = study.conditions(points)
    boxed = found[(found["plan"] == "public pay") & (found["fails"] == "does less than half of its median")]
    assert set(boxed["input"]) <= {law, credibility} | set(names()) and law in set(boxed["input"])
    assert (boxed[boxed["input"] == law]["limit"] == "at most").all()


@needs_salib
def test_a_reform_fails_where_it_does_little_the_opposite_or_less_than_another() -> None:
    """Rule of law brings 4, in a tenth of the points 1, in one of them -3; public pay 2, and 5 in a fifth."""
    points = made_up(lambda rows: np.full(len(rows), 2.0))
    tenth, fifth = np.arange(len(points)) % 10 == 0, np.arange(len(points)) % 5 == 1
    law = np.where(tenth, 1.0, 4.0)
    law[0] = -3.0
    points[column_of("rule of law", "net brain gain")] = law
    points[column_of("public pay", "net brain gain")] = np.where(fifth, 5.0, 2.0)
    found = study.cases(points)
    assert np.flatnonzero(found["rule of law", "has the wrong sign"]).tolist() == [0]
    little = found["rule of law", "does less than half of its median"]
    assert (little == (tenth & (law > 0.0))).all()
    assert (found["rule of law", "brings less than public pay"] == (tenth | fifth)).all()
    assert not found["public pay", "does less than half of its median"].any()


@needs_salib
def test_a_sample_of_salib_goes_in_as_a_table_and_comes_out_as_indices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twelve rows of Morris's in two inputs: some stand twice, each arm is run once."""
    from SALib.sample import morris

    from abm.sweep.design import plan
    from abm.sweep.explicit import ExplicitTable
    from abm.sweep.runner import do_runs
    from abm.sweep.store import Store
    from abm.sweep.table import write_runs
    from abm.sweep.work import measured_by
    from experiments.commands import indices
    from experiments.commands.indices import main

    columns = ["decision.return_cost", "decision.ties_weight"]
    rows = morris.sample({"num_vars": 2, "names": columns, "bounds": [[1.0, 4.0], [0.0, 0.3]]}, 6, num_levels=4, seed=1)
    (sample := tmp_path / "points.csv").write_text(
        "\n".join([",".join(columns), *(f"{a!r},{b!r}" for a, b in rows.tolist())]) + "\n", encoding="utf-8"
    )
    design = ExplicitTable.read(sample)
    assert design.n_repeated > 0
    runs = plan(
        Scenario.load("two-country").replace({"graduates": 50}),
        design.arms(),
        replicates=2,
        seed=1,
        measured=measured_by(linear),
    )
    with Store(tmp_path / "runs.sqlite") as store:
        do_runs(runs, store, simulate=linear, quiet=True)
        write_runs(tmp_path / "runs.csv.xz", runs, store)
    command = [str(tmp_path), "--sample", str(sample), "--method", "morris"]
    assert main(command) == 0
    table = pd.read_csv(io.StringIO(capsys.readouterr().out)).set_index("input")
    assert table.loc[columns[0], "mu"] == pytest.approx(3.0 * 2.0, rel=1e-3)
    assert table.loc[columns[1], "mu"] == pytest.approx(0.3 * 5.0, rel=1e-3)
    assert main([*command, "--measure", "nonsense"]) == 2
    assert "there is no column 'nonsense'" in capsys.readouterr().err
    assert indices.main([str(tmp_path), "--sample", str(sample), "--method", "sobol", "--groups", "a"]) == 2
    assert "--groups names 1, but" in capsys.readouterr().err


def linear(world: Scenario, reforms: object, seed: int) -> dict[str, np.ndarray]:
    """Stand in for a run: a line in two parameters, and luck."""
    value = 2.0 * float(world.get("decision.return_cost")) + 5.0 * float(world.get("decision.ties_weight"))
    return {"year": np.array([2026]), "net_brain_gain": np.array([value + (seed % 7)])}
