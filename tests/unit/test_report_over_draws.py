"""What a report says over draws: runs counted as draws, signs, ranks and who beats whom, from a table made by hand."""

from __future__ import annotations

import dataclasses
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from abm.analysis.costs import graduate_years
from abm.analysis.effects import Outcome, effects, interval_over, paired_by_year, yearly_bands
from abm.analysis.figures import time_paths, year_ticks
from abm.analysis.main_effects import main_effects
from abm.posterior import Posterior
from abm.scenario import Scenario
from abm.sweep import Plans, PosteriorDraws
from experiments.study.contrasts import difference, in_window, over_all_years
from experiments.study.experiment import Results
from experiments.study.over_draws import mean_over_seeds, over_draws_lines
from experiments.study.report import replicates_of
from experiments.study.turning import shares

WORLD = Scenario.load("kazakhstan")
GAIN = "net_brain_gain"
PLANS = Plans.of({"no reform": (), "law": (), "pay": ()})
# thousand graduates a year that each draw brings, without luck but for what the baseline shares
LAW, PAY = (10.0, 10.0, 10.0, 10.0), (20.0, 20.0, 20.0, -6.0)


def table() -> pd.DataFrame:
    rows = []
    for (plan, gains), replicate, year in product(
        {"no reform": (0.0,) * 4, "law": LAW, "pay": PAY}.items(), range(8), (2026, 2027)
    ):
        luck = 1000.0 * (replicate % 2) + 100.0 * replicate
        gain = luck + 1000.0 * gains[replicate // 2]
        rows.append((plan, replicate // 2, replicate, 7 + replicate, year, 12, gain))
    return pd.DataFrame(rows, columns=["plan", "draw", "replicate", "seed", "year", "months", "net_brain_gain"])


@pytest.fixture
def results(tmp_path: Path) -> Results:
    path = tmp_path / "draws.csv"
    path.write_text("decision.return_cost\n2\n2.1\n2.2\n2.3\n", encoding="utf-8")
    draws = PosteriorDraws(Posterior.read(path), WORLD, seeds=2, seed=1)
    arms, runs = PLANS.arms(), table()
    found = effects(runs, ["plan"], arms[0].levels, outcomes=[Outcome("net_brain_gain", "cumulative")])
    means = mean_over_seeds(runs, ["plan"])
    return Results(WORLD, PLANS, arms, 1, means, found, True, draws=draws, every=runs)


def test_draws_are_the_replicates_of_all_that_counts_these(results: Results) -> None:
    means = results.runs.set_index(["plan", "replicate", "year"])["net_brain_gain"]
    assert len(means) == 3 * 4 * 2 and "seed" not in results.runs and set(results.runs["months"]) == {12}
    # of draw 3: replicates 6 and 7, luck of 600 and of 1,700
    assert means["pay", 3, 2026] == -6000.0 + 1150.0 and means["no reform", 3, 2027] == 1150.0


def test_what_is_computed_of_runs_holds_what_the_draws_differ_by_and_not_how_well_their_mean_is_known(
    results: Results,
) -> None:
    gained = difference(over_all_years(results, "net_brain_gain"), "pay", "no reform")
    assert (gained.mean, gained.low, gained.high) == (27_000.0, -12_000.0, 40_000.0)
    summed = difference(in_window(results, GAIN, "cumulative"), "pay", "no reform")
    assert (summed.mean, summed.low, summed.high) == (gained.mean, gained.low, gained.high)
    paid = results.runs[results.runs["plan"] == "pay"]
    gap = paired_by_year(paid, results.runs[results.runs["plan"] == "no reform"], "net_brain_gain")
    assert yearly_bands(gap, "net_brain_gain").loc[2027].tolist() == [13_500.0, -6_000.0, 20_000.0]
    (slope,) = main_effects(
        results.runs[results.runs["plan"] != "law"],
        ["plan"],
        {"plan": "no reform"},
        outcomes=[Outcome("net_brain_gain", "cumulative")],
    ).to_dict("records")
    assert (slope["effect"], slope["low"], slope["high"]) == (27_000.0, -12_000.0, 40_000.0)


def test_when_a_change_comes_is_told_of_its_mean_and_not_of_how_large_draws_make_it(results: Results) -> None:
    years = pd.DataFrame({"year": range(2026, 2034)})
    first = results.runs[results.runs["year"] == 2026]
    longer = first.drop(columns="year").merge(years, how="cross")
    coming = shares(dataclasses.replace(results, runs=longer), ("law", "no reform"), {"gain": GAIN})["gain"]
    assert coming.columns.tolist() == ["replicate", "year", "share"]
    assert coming["share"].tolist() == pytest.approx([1.0] * len(coming))


@pytest.mark.parametrize("each", ["draw", "run"])
def test_graduate_years_over_draws_are_those_of_each_draw_whether_its_runs_are_averaged_or_not(
    results: Results, each: str
) -> None:
    runs = (results.runs if each == "draw" else results.single).assign(graduates_at_home=lambda rows: rows[GAIN])
    mine, its = (runs[runs["plan"] == plan] for plan in ("pay", "no reform"))
    years = graduate_years(mine, its)
    assert (years.mean, years.low, years.high) == (27_000.0, -12_000.0, 40_000.0)


def test_a_figure_says_what_its_bands_hold_and_which_years_it_is_of(results: Results) -> None:
    for runs, held in (
        (results.runs, "the middle 90 % of draws"),
        (results.runs.drop(columns="draw"), "95 % interval"),
    ):
        arms = {plan: rows for plan, rows in runs.groupby("plan", sort=False)}
        (axis,) = time_paths(arms, GAIN, title="").axes
        assert held in axis.get_xlabel() and axis.get_xticks().tolist() == [2026, 2027]
    assert year_ticks(2026, 2050) == list(range(2026, 2051, 3)) and year_ticks(2026, 2026) == [2026]
    assert (year_ticks(2010, 2024)[0], year_ticks(2010, 2024)[-1], len(year_ticks(2010, 2024))) == (2010, 2024, 9)


def test_values_of_which_it_is_not_known_what_is_independent_have_no_interval() -> None:
    with pytest.raises(ValueError, match="must be by replicate"):
        interval_over(pd.Series([1.0, 2.0], index=pd.Index([2026, 2027], name="year")))


def test_signs_ranks_and_who_beats_whom_are_counted_in_draws(results: Results) -> None:
    lines = over_draws_lines(results)
    text = " ".join(" ".join(lines).split())
    # luck is shared with the baseline, so that draws stand as they are
    assert "*pay* beats *law* in 3 of 4 draws." in text
    assert "Signs that hold in fewer than nine of ten draws: *pay* (3 of 4 above 0)." in text
    cells = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]] for line in lines if "|" in line
    }
    assert cells["law"] == ["+20", "+20", "+20 to +20", "", "", "4 of 4", "1 of 4"]
    assert cells["pay"] == ["+27", "+40", "-12 to +40", "100", "", "3 of 4", "3 of 4"]
    assert "no reform" not in cells


def test_a_report_says_what_its_brackets_hold(results: Results) -> None:
    said = " ".join(replicates_of(results))
    assert said.startswith("4 draws of the posterior ") and "8 replicates" in said and "middle 90 %" in said
    assert results.interval == "90 % interval over draws" and len(results.single) == 48


def test_without_draws_there_is_no_such_section(results: Results) -> None:
    plain = Results(WORLD, PLANS, results.arms, 1, results.single, results.effects, True)
    assert over_draws_lines(plain) == [] and plain.single is plain.runs and plain.interval == "95 % interval"
    assert replicates_of(plain) == ["8 replicates that all arms share; in brackets 95 % intervals over replicates."]


def test_over_draws_levels_of_which_bands_would_coincide_have_one_and_differences_each_their_own(
    results: Results,
) -> None:
    arms = {plan: rows for plan, rows in results.runs.groupby("plan", sort=False)}
    for runs, differences, bands in (
        (arms, False, 1),
        (arms, True, 3),
        ({plan: rows.drop(columns="draw") for plan, rows in arms.items()}, False, 3),
    ):
        (axis,) = time_paths(runs, GAIN, title="", differences=differences).axes
        assert len(axis.collections) == bands
        assert ("no reform" in axis.get_xlabel()) == (bands == 1)


def test_where_a_posterior_could_be_drawn_of_and_nothing_is_the_report_says_so(results: Results) -> None:
    calibrated = dataclasses.replace(results, draws=None, world=Scenario.load("kazakhstan-2010"))
    assert "to which nothing is fitted" in " ".join(replicates_of(calibrated))
    drawn = dataclasses.replace(results, world=Scenario.load("kazakhstan-2010"))
    assert "nothing is fitted" not in " ".join(replicates_of(drawn))
