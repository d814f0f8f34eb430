"""The experiment on scale: its folder, and the difference of means it reports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abm.scenario import Scenario
from experiments.questions.one_to_one import EXPERIMENT, SCALE, design
from experiments.study.conduct import conduct
from experiments.study.scales import difference_of_means


def test_both_scales_are_run_without_and_with_a_reform() -> None:
    arms = design(Scenario.load("kazakhstan").replace({"graduates": 8000})).arms()
    assert [arm.levels["graduates"] for arm in arms] == [8000, 8000, 8000 // SCALE, 8000 // SCALE]
    assert [len(arm.reforms) for arm in arms] == [0, 1, 0, 1]


def test_the_difference_of_means_is_that_of_welch() -> None:
    """Two samples worked by hand: means 2 and 5, variances 1 and 4, three and three values."""
    result = difference_of_means(np.array([1.0, 2.0, 3.0]), np.array([3.0, 5.0, 7.0]))
    assert result.mean == pytest.approx(3.0)
    assert result.standard_error == pytest.approx(np.sqrt(1 / 3 + 4 / 3))
    # Satterthwaite's degrees of freedom: (5/3)**2 / ((1/3)**2 / 2 + (4/3)**2 / 2) = 50/17; t(0.975) = 3.2186
    assert result.high - result.mean == pytest.approx(3.2186 * np.sqrt(5 / 3), rel=1e-3)
    assert np.isnan(difference_of_means(np.array([1.0]), np.array([2.0])).low)


def test_a_small_country_is_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--graduates", "4000", "--replicates", "2", "--workers", "1", "--set", "end=2028-12"]
    assert conduct(EXPERIMENT, [*options, "--out", str(tmp_path / "out")]) == 0
    table = (tmp_path / "out" / "table.md").read_text()
    assert "4,000 graduates at the start" in table and "beside 100, each of whom stands for" in table
    assert "effect of the reform on net_brain_gain, yearly" in table
    assert "nan" not in table
    assert (tmp_path / "out" / "figures" / "net_brain_gain.png").stat().st_size > 10_000
    assert "1:40" in capsys.readouterr().out
