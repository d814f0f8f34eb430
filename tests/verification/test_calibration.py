"""The posterior where it is known: a linear emulator with normal errors has a normal posterior, to the digit."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis.calibration import Evidence, contraction, covered, n_effective, ranks, regressed, sampled
from abm.analysis.emulator import Emulator, quadratic
from abm.scenario import Scenario
from abm.sweep.store import Store
from experiments.calibration.targets import completeness, covariance, seen, targets
from experiments.calibration.unknowns import Unknown, columns, fitted, unknowns, values
from experiments.calibration.waves import Wave, carried_out, points_of, rounded, run_again, spread, weight_of, world_of

N_UNKNOWNS, N_TARGETS = 4, 3
SLOPES = np.array([[1.0, 0.0, 0.5], [0.5, 1.0, 0.0], [0.0, 0.3, 0.0], [0.0, 0.0, 0.0]])
ERROR = np.array([[0.25, 0.05, 0.0], [0.05, 0.2, 0.0], [0.0, 0.0, 0.4]])


def linear() -> Emulator:
    """Return an emulator without products of scores."""
    terms = quadratic(np.zeros((1, N_UNKNOWNS))).shape[1]
    coefficients = np.zeros((terms, N_TARGETS))
    coefficients[0], coefficients[1 : 1 + N_UNKNOWNS] = (0.3, -0.2, 0.1), SLOPES
    return Emulator(coefficients, np.zeros((1, N_TARGETS)), np.zeros((1, N_TARGETS)))


def exact(observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the posterior."""
    precision = np.eye(N_UNKNOWNS) + SLOPES @ np.linalg.solve(ERROR, SLOPES.T)
    table = np.linalg.inv(precision)
    return table @ SLOPES @ np.linalg.solve(ERROR, observed - linear().coefficients[0]), table


def test_the_sampler_has_the_exact_posterior() -> None:
    """Means and covariances within four standard errors, of 60 chains that are worth over 5,000 draws."""
    observed = np.array([1.5, -0.5, 0.8])
    draws = sampled(Evidence(linear(), ERROR, observed), chains=60, steps=1200, burned=100, seed=1)[0]
    mean, table = exact(observed)
    worth = n_effective(draws)
    assert worth.min() > 5000.0
    flat = draws.reshape(-1, N_UNKNOWNS)
    error = np.sqrt(np.diag(table) / worth)
    assert np.all(np.abs(flat.mean(axis=0) - mean) < 4.0 * error)
    np.testing.assert_allclose(np.cov(flat, rowvar=False), table, atol=0.05)
    # what no target hangs on keeps its prior
    assert contraction(flat)[3] == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(("factor", "holds"), [(1.0, True), (0.25, False)])
def test_intervals_hold_the_truth_as_often_as_they_say(factor: float, holds: bool) -> None:
    """Over 600 made-up worlds: .9 with a standard error of .012; errors taken for half as large are found out."""
    generator = np.random.default_rng(2)
    truths = generator.normal(size=(600, N_UNKNOWNS))
    observed = linear().at(truths) + generator.multivariate_normal(np.zeros(N_TARGETS), ERROR, size=600)
    draws = sampled(Evidence(linear(), factor * ERROR, observed), chains=6, steps=350, burned=50, seed=3)
    flat = draws.reshape(600, -1, N_UNKNOWNS)
    told = np.array([covered(truth, own, 0.9) for truth, own in zip(truths, flat, strict=True)])[:, :2]
    assert (abs(told.mean() - 0.9) < 3.0 * math.sqrt(0.09 / 1200)) == holds
    places = np.array([ranks(truth, own) for truth, own in zip(truths, flat, strict=True)])[:, 0]
    # of an even law the variance is a twelfth; errors that are too small push ranks to both ends
    assert (abs(places.var() - 1.0 / 12.0) < 3.0 * math.sqrt(1.0 / 180.0 / 600)) == holds


def test_the_second_method_has_the_exact_posterior_where_all_is_linear() -> None:
    """Near points are moved to where the outputs are those observed; means within .06, deviations within 6 %."""
    generator = np.random.default_rng(4)
    scores = generator.normal(size=(40_000, N_UNKNOWNS))
    outputs = linear().at(scores) + generator.multivariate_normal(np.zeros(N_TARGETS), ERROR, size=len(scores))
    observed = np.array([1.0, 0.3, -0.4])
    mean, deviation = regressed(scores, outputs, observed)
    true, table = exact(observed)
    np.testing.assert_allclose(mean, true, atol=0.06)
    np.testing.assert_allclose(deviation, np.sqrt(np.diag(table)), rtol=0.06)


@pytest.mark.parametrize(("year", "lag"), [(0, 1.0), (3, 0.5), (9, 3.0)])
def test_a_register_that_begins_to_fill_has_the_share_that_is_stated(year: int, lag: float) -> None:
    """Moves at a constant rate, each entered after an exponential time: 2 million moves, a standard error of .001."""
    generator = np.random.default_rng(5)
    begins = generator.random(2_000_000) * (40.0 + year + 1.0) - 40.0
    entered = begins + generator.exponential(lag, size=len(begins))
    in_year = (entered >= year) & (entered < year + 1)
    assert (begins[in_year] >= 0.0).mean() == pytest.approx(completeness(year, lag), abs=0.008)


def test_what_is_multiplied_is_multiplied_and_priors_have_their_moments() -> None:
    """The weight of rule of law is drawn over that of income."""
    known = fitted()
    drawn = values(np.random.default_rng(6).normal(size=(200_000, len(known))), known)
    named = dict(zip((one.name for one in known), drawn.T, strict=True))
    ratio = named["decision.rule_of_law_weight"] / named["decision.income_weight"]
    assert ratio.mean() == pytest.approx(1.082 * 0.1852, rel=0.01)
    assert named["groups.slavs.share x"].mean() == pytest.approx(1.0, abs=0.002)
    kin = named["groups.slavs.destinations.russia.rule_of_law_weight"]
    assert (kin == 0.0).mean() == pytest.approx(0.5, abs=0.004)
    assert kin[kin > 0.0].mean() == pytest.approx(0.5, abs=0.004)


def test_a_law_that_nobody_knows_is_refused() -> None:
    """A misspelt law never draws."""
    with pytest.raises(ValueError, match="x has the law 'nromal'"):
        Unknown("x", "nromal", (0.0, 1.0), "none").quantile(np.array([0.5]))


def test_every_point_is_a_scenario() -> None:
    """All unknowns are parameters that the scenario has, at the far ends of their priors too."""
    world = world_of(2000)
    for at in (-4.0, 0.0, 4.0):
        points = points_of(rounded(np.full((1, len(fitted())), at)))
        changed = world.replace(points.overrides(world, 0))
        assert isinstance(changed, Scenario)
        assert changed.get("destinations.germany.registration_prob") == changed.get(
            "destinations.other_oecd.registration_prob"
        )
    found = columns(values(spread(5, 1, len(unknowns())), unknowns()), unknowns())
    assert len(found) == len(set(found))
    assert weight_of(world) == pytest.approx(world.home.graduates.values[0] / 2000, rel=0.05)


def test_scales_turn_back() -> None:
    """What is put on a target's scale is shown as it was."""
    for one in targets():
        numbers = [one.of[0].observed, 1.3 * one.of[0].observed] if one.scale != "logit" else [0.2, 0.7]
        shown = one.shown(np.array([one.scaled(number) for number in numbers]))
        divided = numbers if one.scale == "logit" else [number / one.of[0].divide_by for number in numbers]
        np.testing.assert_allclose(shown, divided)


def test_departures_share_an_error_and_the_rest_have_their_own() -> None:
    """The covariance is one: symmetric, positive, and far from diagonal among years of departures only."""
    table = covariance()
    np.linalg.cholesky(table)
    np.testing.assert_array_equal(table, table.T)
    years = sum(one.name.startswith("registered") for one in targets())
    assert years == 10
    assert table[0, 9] == pytest.approx(0.12**2 + 0.15**2 * 0.8**9)
    assert not table[years:, :years].any()


def test_what_a_run_has_of_each_target_is_what_its_counts_say() -> None:
    """Made-up counts: 4,000 entered in Russia and 1,000 elsewhere a year, three quarters and a tenth of groups."""
    columns = {name for one in targets() for each in one.of for name in each.columns}
    years = pd.DataFrame(0.0, index=range(2010, 2022), columns=sorted(columns))
    years["registered_to_russia"] = 4000.0
    years["registered_to_germany"] = 1000.0
    years["registered_to_russia_of_slavs"], years["registered_to_germany_of_germans"] = 3750.0, 500.0
    years["graduates_in_united_states"] = 5000.0 + 600.0 * np.arange(12)
    for degree, stayed in (("bachelor", 10.0), ("master", 40.0), ("doctorate", 80.0)):
        years[f"degrees_5_years_before_in_united_states_{degree}"] = 100.0
        years[f"still_after_5_years_in_united_states_{degree}"] = stayed
    years["in_germany_since_2_4"], years["in_other_oecd_since_5_9"] = 7000.0, 3000.0
    point = {"observation.kappa": 0.5, "destinations.russia.registration_years": 1.0}
    found = dict(zip(((one.name, one.when) for one in targets()), seen(years, point, 10.0), strict=True))
    yearly = math.log(0.276 / 0.198) / 12.0
    for year in (2010, 2019):
        # a register sees less in its first years, and graduates are fewer of those who leave as they are fewer at home
        complete = 1.0 - (math.exp(-(year - 2010)) - math.exp(-(year - 2009)))
        expected = math.log(5000.0 / complete) + 0.5 * yearly * (2022 - year)
        assert found["registered departures of graduates", str(year)] == pytest.approx(expected)
    shares = {"of them to Russia": 0.8, "of them Slavs": 0.75, "of them Germans": 0.1}
    shares |= {"stay five years after a US bachelor's": (0.1 * 50 + 0.5) / 51}  # of fifty simulated ones
    shares |= {"stay five years after a US doctorate": (0.8 * 50 + 0.5) / 51}
    for name, share in shares.items():
        (number,) = (value for (said, _), value in found.items() if said == name)
        assert number == pytest.approx(math.log(share / (1.0 - share))), name
    assert found["growth of graduates in the United States", "2014 to 2019"] == pytest.approx(math.asinh(600 / 500))
    assert found["graduates in the OECD, up to 5 years after arrival", "end of 2015"] == pytest.approx(math.log(7000))
    assert found["graduates in the OECD, 5 to 10 years after arrival", "end of 2015"] == pytest.approx(math.log(3000))


def test_a_wave_is_found_again_and_each_of_its_runs_can_be_made_again(tmp_path: Path) -> None:
    """Three points of a small world, through the store; a number that is another is named."""
    world, wave = world_of(6000), Wave("small", 7, spread(3, 8))
    with Store(tmp_path / "runs.sqlite") as store:
        table = carried_out(wave, world, store, {"workers": 1, "quiet": True})
        kept = (tmp_path / "runs.sqlite").stat().st_mtime_ns
        pd.testing.assert_frame_equal(carried_out(wave, world, store, {"workers": 1, "quiet": True}), table)
        assert (tmp_path / "runs.sqlite").stat().st_mtime_ns == kept  # nothing was run again
    assert table["seed"].is_unique  # points have luck of their own
    for _, row in table.iterrows():
        assert run_again(row, 6000) == ""
    row = table.iloc[1].copy()
    row["of them Slavs, 2013-2017"] += 0.01
    assert run_again(row, 6000) == "wave small, point 1: of them Slavs, 2013-2017 is another"
