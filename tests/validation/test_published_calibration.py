"""The published calibration: intervals hold what they say, and the draws shipped with the scenario are its own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from abm.posterior import FOLDER, Posterior
from abm.scenario import Scenario
from experiments.calibration.unknowns import unknowns

PUBLISHED = Path(__file__).parents[2] / "results" / "calibration"


def test_the_draws_that_are_shipped_are_those_published() -> None:
    """One file, byte for byte, of which every draw is a scenario."""
    assert (FOLDER / "kazakhstan-2010.csv").read_bytes() == (PUBLISHED / "posterior.csv").read_bytes()
    posterior, world = Posterior.bundled("kazakhstan-2010"), Scenario.load("kazakhstan-2010")
    assert len(posterior) == 200
    assert list(posterior.names) == [name for one in unknowns() for name in one.parameters]
    for draw in range(0, 200, 20):
        assert world.replace(posterior.overrides(world, draw)).decision.rule_of_law_weight > 0.0


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of 200 made-up worlds: pooled 88 to 92 % of 90 % intervals, each unknown 83 to 97 %; half of 50 % intervals."""
    table = pd.read_csv(PUBLISHED / "unknowns.csv")
    assert 0.88 <= table["coverage_90"].mean() <= 0.92
    assert table["coverage_90"].between(0.83, 0.97).all()
    assert 0.47 <= table["coverage_50"].mean() <= 0.53
    # as wide as the prior is no merit: where the data speak of known truths, intervals are narrower
    assert table["contraction_of_known_truths"].max() > 0.5


def test_each_target_is_inside_its_interval_or_its_miss_is_told() -> None:
    """The page names what is missed."""
    table, page = pd.read_csv(PUBLISHED / "targets.csv"), (PUBLISHED / "table.md").read_text(encoding="utf-8")
    said = " ".join(page.split())
    missed = table[~table["inside_90"]]
    assert len(missed) <= 2
    for _, row in missed.iterrows():
        assert f"{row['target']}, {row['when']}" in said
