"""Draws of a posterior as a design has them: shared by arms and by the seeds of a draw, and refused before any run."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from abm.posterior import Posterior
from abm.reforms import JudicialReform
from abm.scenario import Scenario
from abm.sweep import DesignError, Draws, Factor, FullFactorial, Plans, PosteriorDraws, Range, plan, run

WORLD = Scenario.load("two-country").replace({"graduates": 60, "end": "2027-12"})
SEEDS = 3
TEXT = "decision.return_cost,decision.age_cost x,observation.error\n2.1,0.5,0.1\n2.5,1.0,0.2\n2.9,2.0,0.3\n"
REFORM = JudicialReform(speed=0.05)
PLANS = Plans.of({"none": (), "law": (REFORM,)})


def posterior(folder: Path, text: str = TEXT) -> Posterior:
    path = folder / "draws.csv"
    path.write_text(text, encoding="utf-8")
    return Posterior.read(path)


@pytest.fixture
def draws(tmp_path: Path) -> PosteriorDraws:
    return PosteriorDraws(posterior(tmp_path), WORLD, seeds=SEEDS, seed=1)


def test_arms_of_a_replicate_share_draw_and_luck_and_replicates_of_a_draw_the_draw(draws: PosteriorDraws) -> None:
    runs = plan(WORLD, PLANS.arms(), replicates=9, seed=1, draws=draws)
    assert len(runs) == 18 and len({run.key for run in runs}) == 18
    by_replicate, by_draw = defaultdict(list), defaultdict(set)
    for each in runs:
        assert each.arm.levels["draw"] == each.replicate // SEEDS
        by_replicate[each.replicate].append((each.seed, each.packed))
        by_draw[each.arm.levels["draw"]].add(each.scenario)
    assert all(len(pairs) == 2 and len(set(pairs)) == 1 for pairs in by_replicate.values())
    assert len({seed for pairs in by_replicate.values() for seed, _ in pairs}) == 9
    assert {draw: len(worlds) for draw, worlds in by_draw.items()} == {0: 1, 1: 1, 2: 1}
    costs = [Scenario.from_toml(*by_draw[draw]).decision.return_cost for draw in range(3)]
    ages = [Scenario.from_toml(*by_draw[draw]).decision.age_cost / WORLD.decision.age_cost for draw in range(3)]
    assert costs == [2.1, 2.5, 2.9] and ages == pytest.approx([0.5, 1.0, 2.0])


def test_luck_is_that_of_a_sweep_without_draws_and_a_longer_posterior_adds_runs_only(
    draws: PosteriorDraws, tmp_path: Path
) -> None:
    runs = plan(WORLD, PLANS.arms(), replicates=9, seed=1, draws=draws)
    plain = plan(WORLD, PLANS.arms(), replicates=9, seed=1)
    assert [run.seed for run in runs] == [run.seed for run in plain]
    longer = PosteriorDraws(posterior(tmp_path, TEXT + "3,1,1\n"), WORLD, seeds=SEEDS, seed=1)
    again = plan(WORLD, PLANS.arms(), replicates=12, seed=1, draws=longer)
    assert [run.key for run in again[:18]] == [run.key for run in runs]


def test_a_sweep_over_draws_has_their_effects(draws: PosteriorDraws) -> None:
    found = run(PLANS, WORLD, replicates=9, draws=draws, quiet=True)
    assert found.runs.groupby("replicate")["draw"].agg(["min", "max"]).to_numpy().tolist() == [
        [replicate // SEEDS] * 2 for replicate in range(9)
    ]
    effects = found.effects()
    assert set(effects["draws"]) == {3} and set(effects["replicates"]) == {9}


def test_what_is_uncertain_besides_is_drawn_once_for_each_draw(tmp_path: Path) -> None:
    own = Draws(
        [
            Range(name="decision.return_cost", low=1.0, high=1.5, baseline=1.2),
            Range(name="decision.ties_weight", low=0.1, high=0.5, baseline=0.2),
        ]
    )
    both = PosteriorDraws(posterior(tmp_path), WORLD, seeds=2, seed=1, others=own)
    arms = [both.for_replicate(replicate, replicate) for replicate in range(6)]
    assert both.names == ["decision.return_cost", "decision.ties_weight"]
    assert [arm.overrides["decision.return_cost"] for arm in arms] == [2.1, 2.1, 2.5, 2.5, 2.9, 2.9]
    # what both draw has its column in the tables as before
    assert [arm.levels["decision.return_cost"] for arm in arms[::2]] == [2.1, 2.5, 2.9]
    assert [each["name"] for each in both.to_dict()["factors"]] == [
        "draw",
        "decision.return_cost",
        "decision.ties_weight",
    ]
    ties = [arm.levels["decision.ties_weight"] for arm in arms]
    assert ties[0] == ties[1] and ties[2] == ties[3] and len(set(ties)) == 3
    other = PosteriorDraws(posterior(tmp_path), WORLD, seeds=2, seed=2, others=own)
    assert other.for_replicate(0, 0).levels["decision.ties_weight"] != ties[0]
    assert PosteriorDraws(posterior(tmp_path), WORLD, seeds=2, seed=1, others=Draws(own.factors[:1])).others is None


def test_what_an_arm_states_holds_under_every_draw(draws: PosteriorDraws) -> None:
    worlds = {"as drawn": {}, "dear": {"decision.return_cost": 9.0}}
    design = Plans.of({"none": (), "law": (REFORM,)}, worlds=worlds)
    for each in plan(WORLD, design.arms(), replicates=9, seed=1, draws=draws):
        found = Scenario.from_toml(each.scenario)
        drawn = draws.for_replicate(each.replicate, each.seed).overrides
        expected = 9.0 if each.arm.levels["world"] == "dear" else drawn["decision.return_cost"]
        assert found.decision.return_cost == expected and found.decision.age_cost == drawn["decision.age_cost"]
    assert draws.stated_by(design.arms()) == ["decision.return_cost"] and draws.stated_by(PLANS.arms()) == []


def test_what_cannot_be_drawn_is_refused(draws: PosteriorDraws, tmp_path: Path) -> None:
    def refused(said: str, text: str = TEXT, seeds: int = 2) -> None:
        with pytest.raises(DesignError, match=said):
            PosteriorDraws(posterior(tmp_path, text), WORLD, seeds=seeds, seed=1)

    refused("line 3: two-country: decision.return_cost is 99.0", "decision.return_cost\n1\n99\n")
    refused("there is no parameter 'groups.slavs.share'", "groups.slavs.share x\n1\n")
    refused("seeds for each draw is 1, but must be a whole number of at least 2", seeds=1)
    with pytest.raises(DesignError, match="the posterior is 'draws.csv', but must be one that Posterior.read"):
        PosteriorDraws("draws.csv", WORLD, seeds=2, seed=1)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="there are 8 replicates, but 3 draws with 3 seeds each are 9"):
        plan(WORLD, PLANS.arms(), replicates=8, seed=1, draws=draws)
    own = Draws([Range(name="decision.ties_weight", low=0.1, high=0.5, baseline=0.2)])
    varied = FullFactorial([Factor(name="decision.ties_weight", values=(1.0, 2.0))])
    both = PosteriorDraws(draws.posterior, WORLD, seeds=3, seed=1, others=own)
    with pytest.raises(DesignError, match="sets decision.ties_weight, which is also drawn anew"):
        plan(WORLD, varied.arms(), replicates=9, seed=1, draws=both)
    with pytest.raises(DesignError, match="draws is 3, but must be of the class Draws or PosteriorDraws"):
        plan(WORLD, PLANS.arms(), replicates=9, seed=1, draws=3)  # type: ignore[arg-type]
