"""Plans beside each other: contrasts are those of hand-made runs, and say no more than the runs do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.analysis.effects import Interval, Outcome
from abm.families import FAMILIES, YEARS_ABROAD, abroad, home
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.questions import diversification, family
from experiments.study.contrasts import by_plan, change, contrast, mean_of, mean_of_movers, paragraph, ratio, shown
from experiments.study.experiment import Results
from experiments.study.returning import at_equal_years, rates

NOTHING = Plans.of({"nothing": ()})


def results_of(rows: list[dict[str, Any]], plans: Plans = NOTHING) -> Results:
    """Return the results of an experiment with these runs."""
    return Results(Scenario.load("kazakhstan"), plans, plans.arms(), 1, pd.DataFrame(rows), pd.DataFrame(), True)


def test_a_contrast_is_paired_by_replicate_and_leaves_out_what_lacks_its_pair() -> None:
    table = pd.DataFrame({"none": [1.0, 2.0, 3.0], "one": [2.0, 3.5, 4.0], "both": [5.0, 5.0, np.nan]}).rename_axis(
        "replicate"
    )
    assert contrast(table, {"one": 1.0, "none": -1.0}).mean == pytest.approx(3.5 / 3)
    assert contrast(table, {"both": 1.0, "one": -1.0, "none": -1.0}).mean == pytest.approx(0.75)
    assert ratio(table, "none", "one").mean == pytest.approx(np.mean([1 / 2, 2 / 3.5, 3 / 4]))


def test_only_the_years_asked_for_count() -> None:
    rows = [
        {"plan": plan, "replicate": 0, "year": 2026 + k, "gain": gain * 10.0**k}
        for plan, gain in (("none", 1.0), ("one", 2.0))
        for k in range(3)
    ]
    table = by_plan(results_of(rows), Outcome("gain", "cumulative", ""), (2027, 2028))
    assert table["one"].tolist() == [220.0] and table["none"].tolist() == [110.0]


def test_the_mean_ability_of_movers_weighs_every_mover_alike() -> None:
    rows = [
        {"plan": "none", "replicate": 0, "year": year, "returns": n, "mean_ability_of_returns": ability}
        for year, n, ability in ((2026, 30.0, 1.0), (2027, 10.0, -1.0), (2028, 0.0, 0.0))
    ]
    assert mean_of_movers(results_of(rows), "returns")["none"].tolist() == [0.5]


def test_words_follow_the_interval_and_not_the_mean() -> None:
    assert change(Interval(2.0, 0.1, 1.5, 2.5)) == "rises by 2 [1.5, 2.5]"
    assert change(Interval(-2.0, 0.1, -2.5, -1.5), 1.0, " %") == "falls by 2 [1.5, 2.5] %"
    assert change(Interval(2.0, 1.5, -1.0, 5.0)).startswith("does not change beyond what is uncertain (+2 [-1, +5]")
    assert change(Interval(2.0, np.nan, np.nan, np.nan)) == "does not change beyond what is uncertain (+2)"
    assert shown(Interval(1500.0, 1.0, 1000.0, 2000.0), 1000.0, "{:.1f}".format) == "1.5 [1.0, 2.0]"
    assert shown(Interval(12345.6, 1.0, -0.5, 20000.0)) == "+12,346 [-0.5, +20,000]"  # no powers of ten in a table
    assert shown(mean_of(pd.Series([np.nan, np.nan]).rename_axis("replicate"))) == ""
    assert all(len(line) <= 115 for line in paragraph("word " * 100))


def test_the_fall_is_seen_against_the_same_country_and_its_difference_against_the_country_as_it_is() -> None:
    levels = dict.fromkeys((*diversification.WITHOUT_FALL, diversification.NOTHING, diversification.NEW_SOME), 10.0)
    levels |= {diversification.NEW_SOME: 8.0, diversification.FALLS: 15.0, diversification.FALLS_NEW: 9.0}
    rows = [
        {"plan": plan, "replicate": replicate, "year": 2032, "months": 12, "net_brain_gain": level + replicate}
        for plan, level in levels.items()
        for replicate in range(2)
    ]
    plans = diversification.design(Scenario.load("kazakhstan"))
    own, differs = diversification.effects_of_the_fall(
        results_of(rows, plans), diversification.Seen("net_brain_gain", "cumulative", 1)
    )
    assert own[diversification.FALLS].mean == 5.0 and own[diversification.FALLS_NEW].mean == 1.0
    assert diversification.FALLS not in differs and differs[diversification.FALLS_NEW].mean == -4.0


def test_families_that_differ_in_their_years_abroad_alone_are_equal_at_equal_years() -> None:
    rate = dict(zip(YEARS_ABROAD, (0.4, 0.3, 0.2, 0.1), strict=True))
    row: dict[str, Any] = {"plan": family.NOTHING, "replicate": 0, "year": 2026, "months": 12}
    for position, kind in enumerate(FAMILIES):
        for place, years in enumerate(YEARS_ABROAD):
            n = 100.0 * (1 + position) if place == 3 else 100.0
            row |= {abroad(kind, years): n, home(kind, years): n * rate[years]}
    # a part of a year does not count
    part = row | {"year": 2027, "months": 6} | {home(kind, years): 0.0 for kind in FAMILIES for years in YEARS_ABROAD}
    results = results_of([row, part])
    crude = [rates(results, [kind])[family.NOTHING].iloc[0] for kind in FAMILIES]
    assert crude == sorted(crude, reverse=True) and crude[0] == pytest.approx(0.25) and crude[-1] < 0.2
    # a sixth of all have been away for each of the shorter spans, half of them longest
    equal = at_equal_years(results, family.NOTHING, standard=family.NOTHING).to_numpy()
    assert equal == pytest.approx(np.full(equal.shape, (0.4 + 0.3 + 0.2) / 6 + 0.1 / 2))
