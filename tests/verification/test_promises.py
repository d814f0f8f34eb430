"""What a promise is: a path, believed by what it adds to the trend, as far as what was announced was delivered.

What promises nothing changes nothing: whole runs, to the bit, and the same through a sweep and a replay.
"""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.environment import Environment
from abm.institutions import RuleOfLawPath
from abm.past import first_difference
from abm.paths import Paths
from abm.reforms import JudicialReform, PublicSalaryParity, Reform, Reversal
from abm.reforms.effect import idle
from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.__main__ import main

WORLD = Scenario.load("kazakhstan").replace({"graduates": 1500, "end": "2033-12"})
TREND = WORLD.home.rule_of_law.trend


def yearly(*plan: Reform) -> dict[str, np.ndarray]:
    return dict(Simulation(WORLD, plan, seed=7).run().accounts.yearly())


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


@pytest.fixture(scope="module")
def baseline() -> dict[str, np.ndarray]:
    return yearly()


@pytest.mark.parametrize("speed", [0.0, 0.5 * TREND, TREND])
def test_a_promise_of_no_more_than_the_trend_is_the_baseline_to_the_bit(
    baseline: dict[str, np.ndarray], speed: float
) -> None:
    for fidelity in (0.0, 1.0):
        promise = JudicialReform(target=1.5, speed=speed, fidelity=fidelity)
        assert first_difference(Environment(WORLD, [promise]), Environment(WORLD)) == WORLD.n_months
        assert list(idle(Paths(WORLD), [promise])) == [0]
        assert same(yearly(promise), baseline)


OBSERVED = Scenario.load("kazakhstan").replace({"start": "2010-01", "end": "2030-12"})
FALLING = WORLD.replace({"home.rule_of_law.trend": -0.02})


@pytest.mark.parametrize("world", [WORLD, OBSERVED, FALLING], ids=["trend", "observed", "falling"])
@pytest.mark.parametrize("start", ["2008-01", "2010-01", "2029-03", "2030-12"])
def test_a_speed_up_to_the_trend_promises_nothing_in_any_world(world: Scenario, start: str) -> None:
    """Though the observed series falls in some years, and whenever it is announced."""
    base = Environment(world)
    for speed in {0.0, max(world.home.rule_of_law.trend, 0.0)}:
        for others in ([], [JudicialReform(target=0.5, fidelity=0.5)]):
            promise = JudicialReform(start=start, target=1.5, speed=speed, ramp_months=12)
            beside = Environment(world, others) if others else base
            assert first_difference(Environment(world, [*others, promise]), beside) == world.n_months


LONG = Scenario.load("kazakhstan").replace({"graduates": 1500, "end": "2050-12"})


def law(*plan: Reform, world: Scenario = LONG) -> RuleOfLawPath:
    return Environment(world, plan).rule_of_law


def test_from_the_trend_on_what_is_expected_rises_with_the_speed_and_never_jumps() -> None:
    """A step of speed adds at most itself, times the years of delivery and of looking ahead, and on no day more."""
    speeds = TREND + np.concatenate(([0.0], np.geomspace(1e-6, 0.09, 180)))
    expected = np.array([law(JudicialReform(target=1.5, speed=float(v))).expected for v in speeds])
    years = LONG.n_months / 12 + LONG.decision.retirement_age - LONG.education.graduation_age
    assert np.array_equal(expected[0], law().expected)
    steps = np.diff(expected, axis=0)
    assert np.all(steps >= -1e-9) and np.all(steps <= np.diff(speeds)[:, None] * years)
    assert np.all(np.diff(expected.sum(axis=1)) > 0.0)  # and so does what is expected of the whole run


def test_credibility_is_delivered_over_announced_beyond_the_trend_since_the_announcement() -> None:
    """Worked out by hand over 24 months, two promises, in a world whose trend is a thousandth of a point a month.

    The first promises five thousandths a month and ends after a year: four beyond the trend are announced, and half of
    them delivered.  The second promises three thousandths, two beyond the
    trend, of which a quarter is delivered; that 24 thousandths had been gained before is no delivery of it.
    """
    values = {"end": "2027-12", "home.rule_of_law.start": -0.5, "home.rule_of_law.trend": 0.012}
    world = WORLD.replace(values)
    first = JudicialReform(target=0.0, speed=0.06, fidelity=0.5, end="2026-12")
    second = JudicialReform(target=0.0, speed=0.036, fidelity=0.25, start="2027-01")
    found = law(first, second, world=world)
    month = np.arange(24)
    gained = np.where(month < 12, 0.002 * month, 0.024 + 0.0005 * (month - 12))
    assert np.allclose(found.actual, -0.5 + 0.001 * month + gained)
    announced = np.where(month < 12, -0.5 + 0.005 * month, -0.5 + 0.036 + 0.003 * (month - 12))
    assert np.allclose(found.announced, np.maximum(announced, found.actual))
    # from 0.3 up to a half at 0.15 a year, as of the second month; then down to a quarter at 0.9
    up = 0.5 - 0.2 * np.exp(-0.15 / 12 * month[:12])
    down = 0.25 + (up[-1] - 0.25) * np.exp(-0.9 / 12 * (month[12:] - 12))
    assert np.allclose(found.credibility, np.concatenate((up, down)))
    # what was promised for the first year stays to the end of a career of so many months, of which 1 + ... + 12 grow
    career = round(12 * (world.decision.retirement_age - world.education.graduation_age))
    mean = 0.004 * (12 * 13 / 2 + 12 * (career - 12)) / career
    assert found.expected[0] == pytest.approx(-0.5 + 0.3 * mean)
    # a month later the same level lies ahead, and two thousandths of it have been delivered
    assert found.expected[1] - found.actual[1] == pytest.approx(
        up[1] * (0.048 - 0.002 - 0.004 * (10 * 11 / 2) / career), rel=1e-9
    )


def test_no_later_observation_is_used() -> None:
    series = OBSERVED.home.rule_of_law.observed
    later = {str(year): value - 0.3 * (year >= 2019) for year, value in zip(series.years, series.values, strict=True)}
    other = OBSERVED.replace({"home.rule_of_law.observed": later})
    plan = (JudicialReform(start="2012-03", target=0.5, speed=0.06, fidelity=0.7, ramp_months=24, end="2021-12"),)
    until = 12 * 8 + 7  # the series is one line from the middle of a year to the middle of the next
    seen, unseen = (vars(law(*plan, world=world)) for world in (OBSERVED, other))
    for name, path in seen.items():
        assert np.array_equal(path[: until - 1], unseen[name][: until - 1]), name
        assert not np.allclose(path[until + 6 :], unseen[name][until + 6 :]), name


def test_what_is_expected_depends_on_no_reform_that_is_announced_later() -> None:
    before = JudicialReform(target=0.4, speed=0.06, fidelity=0.5)
    later = [JudicialReform(start="2031-01", target=1.5, speed=0.1), Reversal(start="2031-01"), PublicSalaryParity()]
    for plan in ([later[0]], [later[1]], later[:2]):
        whole = Environment(LONG, [before, *plan])
        assert first_difference(whole, Environment(LONG, [before])) == 60


def test_after_a_broken_promise_the_same_new_promise_brings_less() -> None:
    new = JudicialReform(start="2033-01", target=0.6, speed=0.06)
    broken = JudicialReform(target=0.6, speed=0.06, fidelity=0.0)
    fresh = law(new)
    for past in ([broken], [dataclasses.replace(broken, end="2029-12")], [broken, Reversal(start="2029-01")]):
        after = law(*past, new)
        assert np.array_equal(after.actual, fresh.actual)
        gains = [(path.expected - path.actual)[84:].sum() for path in (after, fresh)]
        assert gains[0] < 0.9 * gains[1]
        assert np.all(after.expected[84:] <= fresh.expected[84:] + 1e-12)


SPEEDS = (0.03, 0.05, 0.08, 0.108)
SEEDS = 18


@pytest.fixture(scope="module")
def gains() -> dict[str, np.ndarray]:
    """Return by how much yearly net brain gain exceeds the baseline of the same luck, by plan: seeds by years."""
    plans = {f"{speed}": [JudicialReform(target=1.5, speed=speed)] for speed in SPEEDS}
    plans |= {
        name: [JudicialReform(target=1.5, speed=0.108, fidelity=share)]
        for name, share in (("half", 0.5), ("said", 0.0))
    }
    by_seed = [
        {
            name: Simulation(LONG, plan, seed=seed).run().accounts.yearly()["net_brain_gain"]
            for name, plan in plans.items()
        }
        | {"none": Simulation(LONG, seed=seed).run().accounts.yearly()["net_brain_gain"]}
        for seed in range(SEEDS)
    ]
    return {name: np.array([runs[name] - runs["none"] for runs in by_seed]) for name in plans}


def errors(by_seed: np.ndarray) -> float:
    """Return the mean over seeds in standard errors, those of the mean of paired runs."""
    return float(by_seed.mean() / (by_seed.std(ddof=1) / np.sqrt(len(by_seed))))


def test_more_speed_brings_more_graduates(gains: dict[str, np.ndarray]) -> None:
    """Standard errors of the steps to 2050, thousand graduates: about 4, 3 and 2, of 72, 52 and 26."""
    sums = [gains[f"{speed}"].sum(axis=1) for speed in SPEEDS]
    assert errors(sums[0]) > 3.0
    for slower, faster in zip(sums[:-1], sums[1:], strict=True):
        assert errors(faster - slower) > 3.0


def test_a_promise_that_is_only_made_brings_a_little_at_first_and_nothing_in_the_end(
    gains: dict[str, np.ndarray],
) -> None:
    """Thousand graduates: 2.2 in five years (standard error .5), in the last ten -.3 (.6); kept, it brings 199."""
    said, half, kept = (gains[name] for name in ("said", "half", "0.108"))
    assert errors(said[:, :5].sum(axis=1)) > 3.0
    assert abs(errors(said[:, -10:].sum(axis=1))) < 2.0
    assert 0.0 < said.sum(axis=1).mean() < 0.05 * kept.sum(axis=1).mean()
    for less, more in ((said, half), (half, kept)):
        assert errors((more - less).sum(axis=1)) > 3.0


def test_the_same_reform_twice_is_the_same_run() -> None:
    assert same(yearly(PublicSalaryParity()), yearly(PublicSalaryParity(), PublicSalaryParity()))


REPLAYED = """
[[reform]]
kind = "JudicialReform"
target = 1.5
speed = 0.0
[[reform]]
kind = "PublicSalaryParity"
target = 0.4
"""


def test_a_replay_says_what_does_nothing_and_shows_no_gap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "world.toml").write_text(WORLD.to_toml(), encoding="utf-8")
    (tmp_path / "plan.toml").write_text(REPLAYED, encoding="utf-8")
    files = ["--scenario", str(tmp_path / "world.toml"), "--reforms", str(tmp_path / "plan.toml")]
    assert main(["replay", *files, "--months", "24", "--out", str(tmp_path / "series.csv")]) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("JudicialReform from 2026-01 changes nothing: a speed of 0 ")
    assert second.startswith("PublicSalaryParity from 2026-01 changes nothing: ") and "0.6 already" in second
    assert "the reforms bring +0 graduates" in last
    with (tmp_path / "series.csv").open(encoding="utf-8") as handle:
        assert len(list(csv.reader(handle))) > 24


DESIGN = """
scenario = "kazakhstan"
replicates = 2
seed = 1
kind = "full"
[set]
graduates = 500
end = "2029-12"
[reforms.JudicialReform]
target = 0.4
[[factors]]
name = "JudicialReform.speed"
values = ["none", 0.0, 0.108]
[[factors]]
name = "PublicSalaryParity.target"
values = ["none", 0.4]
"""


def test_level_0_of_a_promise_is_no_reform_and_the_report_names_the_arms_that_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "design.toml").write_text(DESIGN, encoding="utf-8")
    out = tmp_path / "out"
    command = [
        "run",
        "sweep",
        "--design",
        str(tmp_path / "design.toml"),
        "--out",
        str(out),
        "--workers",
        "1",
        "--quiet",
    ]
    assert main(command) == 0
    effects = pd.read_csv(out / "effects.csv", keep_default_na=False, na_values=[""])
    speed = effects["JudicialReform.speed"].astype(str)
    nothing = effects[speed.isin(["none", "0.0"])]
    assert len(nothing) and np.all(nothing["effect"].dropna() == 0.0)
    assert np.any(effects[speed == "0.108"]["effect"] != 0.0)
    table = (out / "table.md").read_text(encoding="utf-8")
    assert "pay is 0.6 already, and 0.4 is not above it" in table
    assert "- JudicialReform from 2026-01 changes nothing: a speed of 0 " in table
    assert "(JudicialReform.speed = 0.0, PublicSalaryParity.target = none; JudicialReform.speed = 0.0, Public" in table
