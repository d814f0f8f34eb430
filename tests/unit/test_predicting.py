"""From runs of draws to predictions: luck, misfit, levels, nulls, and what a posterior says of which world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abm.posterior import Posterior
from abm.scenario import Scenario
from experiments.predicting import elsewhere, kazakhstan, nulls
from experiments.predicting.bench import Bench, Table
from experiments.predicting.draws import Draws
from experiments.predicting.level import CLOSE, Figure, Level, levels, miss, shifted
from experiments.predicting.scoring import NULLS, POINTS
from experiments.predicting.spread import (
    NO_MISFIT,
    NULL,
    REPEATS,
    SHARE,
    Misfit,
    normals,
    ratio_misfit,
    shares,
    spread,
    without_luck,
)
from experiments.predicting.table import LAW_ZERO, NETWORK_OFF, Forecast, Quantity, rows
from experiments.questions.predictions import EXPERIMENT

NAMES = (
    "decision.rule_of_law_weight",
    "decision.income_memory_years",
    "destinations.russia.moving_cost",
    "destinations.germany.registration_prob",
    "destinations.united_states.registration_prob",
    "destinations.russia.doors.compatriots_programme.offset",
    "observation.kappa",
)
VALUES = (
    (0.1, 2.0, 8.0, 0.2, 0.2, 0.3, 0.0),
    (0.3, 4.0, 9.0, 0.1, 0.1, -0.2, 1.0),
    (0.2, 1.0, 8.5, 0.3, 0.3, 0.1, 0.5),
)


@pytest.fixture
def draws(tmp_path: Path) -> Draws:
    path = tmp_path / "made_up.csv"
    lines = [",".join(NAMES), *(",".join(map(str, line)) for line in VALUES)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Draws(Posterior.read(path))


def test_draws_are_keyed_stratified_and_differ_by_what_and_year() -> None:
    found = normals(NULL, 40, REPEATS, 2020)
    assert found.shape == (40, REPEATS) and np.array_equal(found, normals(NULL, 40, REPEATS, 2020))
    assert abs(found.mean()) < 1e-9 and found.std() == pytest.approx(1.0, abs=0.01)
    for other in (normals(NULL, 40, REPEATS, 2021), normals(NULL + 1, 40, REPEATS, 2020)):
        assert abs(np.corrcoef(found.ravel(), other.ravel())[0, 1]) < 0.15
    assert np.array_equal(np.sort(shares(NULL, 4)), [0.125, 0.375, 0.625, 0.875])


def test_luck_is_taken_out_of_the_spread_and_nothing_else() -> None:
    """2,000 draws of standard deviation 2 under luck of 3, two seeds each: what is expected is spread by 2 again."""
    random = np.random.default_rng(5)
    truth = 10.0 + 2.0 * random.standard_normal(2000)
    found = without_luck(truth[:, None] + 3.0 * random.standard_normal((2000, 2)))
    assert found.std() == pytest.approx(2.0, rel=0.06) and found.mean() == pytest.approx(10.0, abs=0.25)
    assert without_luck(np.repeat(truth[:, None], 2, axis=1)) == pytest.approx(truth)


def test_misfit_widens_by_its_own_deviation_and_of_a_ratio_by_that_of_both_years() -> None:
    sure = np.full(400, 0.25)
    assert np.array_equal(spread(sure, NO_MISFIT, 2020), np.full(400 * REPEATS, 0.25))
    logs = np.log(spread(sure, Misfit("log", 0.15), 2020))
    assert logs.std() == pytest.approx(0.15, rel=0.01) and logs.mean() == pytest.approx(np.log(0.25), abs=1e-3)
    both = np.log(spread(sure, ratio_misfit(2008), 2020))
    assert both.std() == pytest.approx(0.15 * np.sqrt(2.0), rel=0.05)
    share = spread(sure, SHARE, 2020)
    logits = np.log(share / (1.0 - share))
    assert logits.std() == pytest.approx(0.25, rel=0.01) and 0.0 < share.min() < share.max() < 1.0


def test_a_level_is_found_where_departures_are_known() -> None:
    """Departures of exp(-.9 x) times their number: the root is known, and noise of a few per cent does not matter."""
    for start in (-4.0, -0.5, 0.0, 0.7, 3.0):
        level = Level()
        while len(level.tried) < 6 and (not level.tried or abs(level.off) > CLOSE):
            shift = level.next()
            level.tried.append(shift)
            level.missed.append(0.9 * (start - shift) + 0.005 * np.sin(50.0 * shift))
        assert abs(level.off) <= CLOSE and level.shift == pytest.approx(start, abs=0.04), start


def test_a_shift_is_added_to_every_cost_and_to_nothing_else() -> None:
    world = Scenario.load("turkey")
    moved = shifted(world, 0.75)
    for (key, before), (_, after) in zip(world.destinations, moved.destinations, strict=True):
        assert after.moving_cost == pytest.approx(before.moving_cost + 0.75), key
    costs = {f"destinations.{key}.moving_cost": place.moving_cost for key, place in world.destinations}
    assert moved.replace(costs) == world


def test_a_miss_weighs_figures_by_their_precision_and_follows_the_drawn_figure() -> None:
    figures = [
        Figure("one", 100.0, 0.1, lambda table, draw: float(table["one"])),
        Figure("two", 50.0, 0.2, lambda table, draw: float(table["two"])),
    ]
    table: Table = {"one": np.float64(100.0 * np.e), "two": np.float64(50.0)}
    assert miss(table, figures, np.zeros(2), 0) == pytest.approx(0.8)  # 100 of 125
    assert miss(table, figures, np.array([1.0, 0.0]), 0) == pytest.approx(0.8 * 0.9)


class Made(Bench):
    """A bench on which a run's departures are a formula of its cost of moving."""

    def __init__(self, slope: float) -> None:
        object.__setattr__(self, "slope", slope)

    def tables(self, tasks, simulate):  # type: ignore[no-untyped-def]
        """Return a run's departures."""
        costs = [dict(task.world.destinations)["germany"].moving_cost for task in tasks]
        return [{"year": np.array([2015]), "left": np.array([np.exp(-self.slope * cost)])} for cost in costs]


def test_levels_are_found_for_all_draws_in_a_few_rounds() -> None:
    worlds = [Scenario.load("turkey").replace({"destinations.germany.moving_cost": cost}) for cost in (3.0, 5.0, 9.0)]
    found = levels(Made(0.7), worlds, lambda t, k: float(np.log(t["left"][0])) + 4.2, lambda *_: {}, "made", 1)  # type: ignore[arg-type]
    assert [level.shift for level in found] == pytest.approx([3.0, 1.0, -3.0], abs=0.03)


def test_another_country_takes_over_how_graduates_decide_and_keeps_its_own_facts(draws: Draws) -> None:
    world = Scenario.load("georgia")
    told = draws.behaviour(world)
    home = Scenario.load("kazakhstan-2010")
    first = world.replace(told[0])
    assert first.decision.rule_of_law_weight == 0.1 and first.decision.income_memory_years == 2.0
    assert first.decision.income_basis == home.decision.income_basis == "market"
    assert first.decision.retirement_age == world.decision.retirement_age
    assert first.replace({name: world.get(name) for name in told[0]}) == world
    assert [each["decision.rule_of_law_weight"] for each in told] == [0.1, 0.3, 0.2]


def test_doors_are_left_out_or_drawn_where_a_posterior_says_nothing(draws: Draws) -> None:
    world = Scenario.load("kazakhstan-2010")
    without, within = (draws.kazakhstan(world, doors=doors) for doors in (False, True))
    assert not any(".doors." in name for each in without for name in each)
    late = {name for name in within[0] if name not in without[0]} - {NAMES[5]}
    assert late == {
        "destinations.russia.doors.shock_of_2022.living_offset",
        "destinations.russia.doors.pandemic.open_share",
    }
    assert all(world.replace(each) for each in within)
    # two columns are one number
    assert (draws.n_parameters(), draws.n_parameters(doors=False), draws.n_doors()) == (7, 4, 3)
    assert draws.n_parameters(behaviour=True, doors=False) == 2


def test_the_share_of_graduates_is_seen_in_2022_and_follows_their_stock_before(draws: Draws) -> None:
    assert draws.share_of_graduates(0, [2010, 2022, 2025]) == pytest.approx([0.27] * 3)
    early, seen, late = draws.share_of_graduates(1, [2009, 2022, 2025])
    assert (seen, late) == (0.27, 0.27) and early == pytest.approx(0.27 * (0.198 / 0.276) ** (13.0 / 12.0))


def test_what_is_carried_on_walks_with_the_root_of_the_years() -> None:
    found = nulls.walked({year: nulls.repeated(3.0, 40) for year in (2020, 2024)}, 2019, 0.2)
    assert [np.log(found[year]).std() for year in (2020, 2024)] == pytest.approx([0.2, 0.2 * np.sqrt(5.0)], rel=0.01)
    assert np.median(found[2024]) == pytest.approx(3.0, rel=0.01)


def test_nulls_come_from_what_was_observed_before() -> None:
    follows = nulls.departures_on_wage()
    assert follows.mean == pytest.approx(-0.89, abs=0.02) and 0.1 < follows.error < 0.4
    assert nulls.yearly_change() == pytest.approx(0.153, abs=0.002)
    assert 0.05 < nulls.stock_change(2010) < nulls.stock_change(2000) < 0.2
    world = Scenario.load("georgia")
    assert nulls.yearly_means(world.home.graduates, range(2000, 2003)) == pytest.approx([650_000.0] * 3)


def test_nulls_of_georgia_begin_with_the_stock_and_the_flow_that_are_known() -> None:
    history = next(each for each in elsewhere.COUNTRIES if each.country == "Georgia")
    rate, relative, stock = (history.nulls(quantity, 20) for quantity in history.quantities)
    begins = 0.06355 / (1.0 - 0.06355) * 650.0
    assert np.median(stock["constant_number"][2015]) == pytest.approx(begins, rel=0.02)
    assert np.median(stock["carried_on"][2015]) == pytest.approx(begins + 15 * 4.6, rel=0.02)
    assert np.median(rate["constant_rate"][2005]) == pytest.approx(0.06355, rel=0.02)
    assert np.median(relative["constant_rate"][2010]) == pytest.approx(1.0, rel=0.02)


def test_a_prediction_has_a_row_for_each_variant_and_year_with_every_null(draws: Draws) -> None:
    quantity = Quantity(
        "Here",
        "leavers",
        "who leaves",
        "persons",
        (2020, 2021),
        lambda t, k: np.asarray(t["left"]),
        lambda y: NO_MISFIT,
    )

    def runs(first: float) -> Forecast:
        tables = [[{"left": np.array([first + k, 10.0 * (first + k)])}] * 2 for k in range(3)]
        return Forecast(tables, [Level([0.0, 1.0], [0.5, 0.01])] * 3, n_parameters=4, n_doors=1)

    given = {"with": runs(1.0), "without": runs(2.0), NETWORK_OFF: runs(3.0), LAW_ZERO: runs(4.0)}
    found = list(rows(quantity, given, {"constant_number": {2020: np.array([5.0])}}))
    assert [(row["variant"], row["year"], row["p50"]) for row in found] == [
        ("with", 2020, 2.0),
        ("with", 2021, 20.0),
        ("without", 2020, 3.0),
        ("without", 2021, 30.0),
    ]
    first, second = found[:2]
    assert (first["network_off_p50"], second["law_zero_p50"]) == (4.0, 50.0)
    assert first["constant_number_p95"] == 5.0 and np.isnan(second["constant_number_p95"])
    assert (first["level_p50"], first["n_parameters"], first["n_doors"], first["n_draws"]) == (1.0, 4, 1, 3)
    assert second["width_90"] == pytest.approx(second["p95"] - second["p5"]) and second["width_50"] > 0.0
    assert {f"{null}_{point}" for null in NULLS for point in POINTS} <= set(first)


def test_nothing_that_is_to_be_predicted_is_among_the_years_that_are_known(draws: Draws) -> None:
    """Figures that levels are fitted to end before the first year that is predicted."""
    for history in elsewhere.COUNTRIES:
        first = min(min(quantity.years) for quantity in history.quantities)
        assert int(history.fitted_until[:4]) < first, history.country
    assert max(kazakhstan.FITTED) < min(kazakhstan.YEARS)
    assert EXPERIMENT.telling == ("draws", "graduates", "seeds", "posterior")
