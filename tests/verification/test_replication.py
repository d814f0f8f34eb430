"""Gürsoy and Badur's model: Mesa's agents and the arrays end in the same bits, and both where the exact answer says."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from abm.engine.compiled import compiler_is_on
from experiments.questions.replications import relative_change, stocks
from experiments.replication.exact import alive, expected
from experiments.replication.fast import (
    BARABASI_ALBERT,
    ERDOS_RENYI,
    PERSONS,
    TICKS,
    TURNOVER,
    Levels,
    attractiveness_gap,
    run_ticks,
    score,
)
from experiments.replication.plain import BrainDrain
from experiments.replication.runs import abroad_by_tick, plan_settings
from experiments.replication.settings import NETWORKS, SLIDERS, Setting, SettingError, settings

OPEN = {"threshold": 0.0, "luck_coef": 0.75, "gap_start": 0.5, "gap_end": 0.5}  # most leave, most ties count
NONE = "none"
SEEDS = 400


def abroad_of(levels: Levels, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how many live abroad after each tick, and how many left in it."""
    abroad, left = np.zeros(TICKS, dtype=np.int64), np.zeros(TICKS, dtype=np.int64)
    assert run_ticks(levels, seed, abroad, left) == 0
    return abroad, left


@pytest.mark.skipif(not compiler_is_on(), reason="thousands of steps, which take minutes without the compiler")
class TestRuns:
    @pytest.mark.parametrize("network", NETWORKS)
    @pytest.mark.parametrize(
        ("changes", "seed"),
        [({}, 1), ({"links_per_node": 1, "gap_start": -0.5, "gap_end": 0.5}, 2**62 + 3), ({**OPEN}, 2)],
        ids=["defaults", "one link a node", "open"],
    )
    def test_both_forms_end_in_the_same_bits(self, network: str, changes: dict[str, float], seed: int) -> None:
        setting = Setting(network, **changes)  # type: ignore[arg-type]
        model = BrainDrain(setting, seed)
        while model.tick < TICKS:
            model.step()
        model.step()
        found = model.datacollector.get_model_vars_dataframe()
        assert not model.running and len(found) == TICKS and model.agents.select(lambda one: one.at_home)
        np.testing.assert_array_equal(found["abroad"], abroad_of(setting.levels(), seed)[0])
        assert ((found["abroad"] + found["at_home"]) == PERSONS).all()

    @pytest.mark.parametrize("changes", [{}, {"threshold": 0.0, "gap_end": 0.5}, {"luck_coef": 0.75}, OPEN], ids=str)
    def test_means_are_where_the_recursion_says(self, changes: dict[str, float]) -> None:
        """Within three standard errors after ten, thirty and all ticks; a fiftieth off would be seen in the last."""
        setting = Setting(NONE, **changes)  # type: ignore[arg-type]
        exact = expected(setting)
        runs = np.array([abroad_of(setting.levels(), seed)[0] for seed in range(SEEDS)])
        errors = (runs.mean(axis=0) - exact.mean) / (exact.sd / math.sqrt(SEEDS))
        assert np.abs(errors[[9, 29, -1]]).max() < 3.0
        assert runs[:, -1].std() == pytest.approx(exact.sd[-1], rel=0.12)  # of 400: 3.4 standard errors
        if changes == OPEN:
            assert 0.02 * exact.mean[-1] > 3.0 * exact.sd[-1] / math.sqrt(SEEDS)

    @pytest.mark.parametrize("network", [ERDOS_RENYI, BARABASI_ALBERT])
    def test_links_that_count_for_nothing_change_nothing(self, network: int) -> None:
        """The sliders cannot say so, but the rules can: to the bit the run without links, births and deaths as well."""
        without = Setting(NONE, **OPEN).levels()  # type: ignore[arg-type]
        linked = without._replace(network=network, network_coef=0.0, links_per_node=3)
        for seed in range(3):
            np.testing.assert_array_equal(abroad_of(linked, seed), abroad_of(without, seed))

    def test_a_barrier_above_every_score_lets_nobody_go(self) -> None:
        for network in NETWORKS:
            abroad, left = abroad_of(Setting(network, threshold=0.15, gap_start=0.5, gap_end=0.5).levels(), 4)
            assert not abroad.any() and not left.any()


class TestNetworks:
    def test_there_are_as_many_different_links_as_asked_for(self) -> None:
        model = BrainDrain(Setting(links_per_node=4), seed=5)
        assert len(model.links) == len({frozenset(link) for link in model.links}) == 4 * PERSONS
        degrees = np.array([len(person.knows) for person in model.agents])
        # uniform among graphs with so many links: hypergeometric, hardly less than binomial
        assert degrees.mean() == 8.0 and degrees.var() == pytest.approx(8.0, rel=4.0 * math.sqrt(2.0 / PERSONS))

    def test_preference_makes_hubs_and_counts_links_that_were_there(self) -> None:
        model = BrainDrain(Setting("barabasi-albert", links_per_node=4), seed=5)
        degrees = np.array([len(person.knows) for person in model.agents])
        assert 0.97 * 4 * PERSONS < len(model.links) <= 4 * PERSONS and degrees.sum() == 2 * len(model.links)
        assert degrees.var() > 2.5 * degrees.mean() and degrees.max() > 40

    def test_the_newborn_know_as_many_as_the_others_on_average(self) -> None:
        model = BrainDrain(Setting(links_per_node=5), seed=6)
        model.step()
        young = [person for person in model.agents if person.age == 0]
        assert len(young) == TURNOVER and len(model.agents) == PERSONS
        wanted = np.array([len(person.knows) for person in young])
        # 0 to 20 all alike, of variance 36.7, and a few from the other newborn
        assert wanted.mean() == pytest.approx(10.0, abs=3.0 * math.sqrt(36.7 / TURNOVER) + 0.5)


class TestExactAnswer:
    def test_the_rules_are_those_of_the_article(self) -> None:
        assert score(0.5, 3, 0.95) == pytest.approx(
            math.exp(-3.25) / (math.exp(-3.25) + 1.0) + 0.95 * math.log(4.0) / 20
        )
        assert attractiveness_gap(0.2, -0.4, 0) == pytest.approx(0.2)
        assert attractiveness_gap(0.2, -0.4, 7) == pytest.approx(-0.4 + 0.6 * math.exp(-0.7))

    @pytest.mark.parametrize("changes", [{}, {"gap_start": -0.5, "gap_end": 0.5, "luck_coef": 0.75}], ids=str)
    def test_it_is_that_of_an_integral_by_hand(self, changes: dict[str, float]) -> None:
        """The last who were born act once, those of the first ticks are dead; a sum over ages, each an integral."""
        setting = Setting(NONE, **changes)  # type: ignore[arg-type]
        total = 0.0
        for birth in range(TICKS - PERSONS // TURNOVER - 1, TICKS):

            def leaves(x: float, birth: int = birth) -> float:
                stays, luck = 1.0, 1.0
                for tick in range(birth, TICKS):
                    p = 1.0 / (1.0 + math.exp(4.0 - 1.5 * (x + setting.gap(tick))))
                    if p > setting.threshold:
                        stays *= 1.0 - p * luck
                        luck *= setting.luck_coef
                return 0.5 * (1.0 - stays)

            edge = (4.0 + math.log(setting.threshold / (1.0 - setting.threshold))) / 1.5
            edges = sorted(
                {-1.0, 1.0, *(min(max(edge - setting.gap(tick), -1.0), 1.0) for tick in range(birth, TICKS))}
            )
            share = sum(quad(leaves, low, high, epsabs=1e-13)[0] for low, high in itertools.pairwise(edges))
            total += share * (TURNOVER if birth > TICKS - PERSONS // TURNOVER - 1 else PERSONS % TURNOVER)
        assert expected(setting).mean[-1] == pytest.approx(total, rel=1e-10)

    def test_the_oldest_die_first(self) -> None:
        n = alive()
        assert (n.sum(axis=0) == PERSONS).all() and (n[0] == np.maximum(PERSONS - TURNOVER * np.arange(1, 51), 0)).all()
        assert (n[1:, -1] == [0] * 19 + [10] + [33] * 30).all()

    def test_it_is_refused_where_people_know_each_other(self) -> None:
        with pytest.raises(SettingError, match="only without one does everybody decide alone"):
            expected(Setting())


class TestSettings:
    def test_there_are_forty_and_every_end_of_every_slider(self) -> None:
        found = settings()
        assert len(found) == len({*found}) == 40
        for network, (name, ends) in itertools.product([*NETWORKS][1:], SLIDERS.items()):
            assert {*ends} <= {getattr(each, name) for each in found if each.network == network}

    def test_a_text_gives_the_same_setting_and_no_other_is_taken(self) -> None:
        for setting in settings():
            assert Setting.from_text(setting.to_text()) == setting
        for wrong, said in (
            ({"network": "ring"}, "network is 'ring', but must be one of none, erdos-renyi"),
            ({"threshold": 0.2}, "threshold is 0.2, but must be a number from 0 to 0.15"),
            ({"luck_coef": float("nan")}, "luck_coef is nan"),
            ({"links_per_node": 1.5}, "links_per_node is 1.5, but must be a whole number"),
        ):
            with pytest.raises(SettingError, match=said):
                dataclasses.replace(Setting(), **wrong)  # type: ignore[arg-type]


@pytest.mark.skipif(not compiler_is_on(), reason="runs that take a minute without the compiler")
def test_the_runner_keeps_runs_and_the_table_says_how_far_they_are_off(tmp_path: Path) -> None:
    asked = [Setting(NONE), Setting()]
    runs = plan_settings(asked, 3, seed=1)
    abroad = abroad_by_tick(runs, tmp_path / "store", 1, quiet=True)
    assert abroad.shape == (2, 3, TICKS) and len({run.key for run in runs}) == 6
    for run in runs:
        found = abroad[run.arm.levels["setting"], run.replicate]
        np.testing.assert_array_equal(found, abroad_of(asked[run.arm.levels["setting"]].levels(), run.seed)[0])
    np.testing.assert_array_equal(abroad_by_tick(runs, tmp_path / "store", 1, quiet=True), abroad)
    alone, linked = (row for _, row in stocks(asked, abroad).iterrows())
    exact = expected(asked[0])
    assert alone["errors_off"] == pytest.approx((alone["mean"] - exact.mean[-1]) / exact.sd[-1] * math.sqrt(3.0))
    assert math.isnan(linked["exact"]) and linked["mean"] == abroad[1, :, -1].mean()


def test_a_relative_change_is_paired() -> None:
    base = np.array([90.0, 100.0, 110.0])
    found = relative_change(1.5 * base, base)
    assert found.mean == pytest.approx(0.5) and relative_change(base + 10.0, base).mean == pytest.approx(0.1)
    assert relative_change(1.5 * base + [1.0, -2.0, 1.0], base).standard_error == pytest.approx(0.01)
