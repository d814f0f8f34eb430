"""Ties mostly within groups: how many stay between them, and that nobody knows more or fewer than before."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from branches import after, difference
from worlds import grouped

from abm.engine.generators import KINDS, build
from abm.engine.swaps import kept_within
from abm.network import Network, NetworkError
from abm.reforms import GraduateResearchFunding, MeritReform
from abm.scenario import Scenario
from abm.simulation import Simulation

N = 4_000
LEAVES = np.array([1.0, 0.4, 0.7])  # of ties to others, what each group does not keep
KEPT = 1.0 - np.outer(LEAVES, LEAVES)
np.fill_diagonal(KEPT, 0.0)
GROUP = np.random.default_rng(3).choice(3, N, p=[0.6, 0.3, 0.1]).astype(np.int32)
CROSSES = [(0, 1), (0, 2), (1, 2)]


def built(kind: str, n: int = N) -> Network:
    return build(kind, n, mean_degree=10, rewiring=0.1, seed=3, blocks=np.arange(n) // 400, homophily=0.8)


def between(network: Network, one: int, other: int) -> int:
    """Return how many ties there are between two groups."""
    start = np.repeat(np.arange(network.n_persons), network.degrees())
    return int(np.sum((GROUP[start] == one) & (GROUP[network.neighbour] == other)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("none", "complete")])
def test_under_every_law_groups_keep_the_part_of_their_ties_that_is_stated(kind: str) -> None:
    """Five binomial standard errors, and ties that found none to be exchanged for; degrees person by person."""
    network = built(kind)
    mixed = kept_within(network, GROUP, KEPT, seed=5)
    assert np.array_equal(mixed.degrees(), network.degrees())
    assert Network(mixed.first, mixed.neighbour) == mixed  # which looks at every row again
    for one, other in CROSSES:
        before, left = between(network, one, other), 1.0 - KEPT[one, other]
        unpaired = 0.06 * before if kind == "barabasi_albert" else 3.0  # hubs know everybody already
        error = math.sqrt(left * (1.0 - left) * before)
        assert abs(between(mixed, one, other) - left * before) < 5.0 * error + unpaired, (one, other)


@pytest.mark.parametrize("kind", ["none", "complete"])
def test_where_nobody_or_everybody_knows_each_other_nothing_can_be_exchanged(kind: str) -> None:
    network = build(kind, 40, mean_degree=10)
    assert kept_within(network, GROUP[:40], KEPT, seed=5) == network


def test_groups_that_keep_nothing_leave_the_network_as_it_is() -> None:
    network = built("small_world")
    assert kept_within(network, GROUP, np.zeros((3, 3)), seed=5) is network
    assert kept_within(network, GROUP, KEPT, seed=5) != kept_within(network, GROUP, KEPT, seed=6)


def test_who_knows_those_of_her_own_years_goes_on_doing_so() -> None:
    """On a ring of 4,000 on which everybody knows the next five, hardly anybody comes to know who is a hundred away."""
    mixed = kept_within(built("ring"), GROUP, KEPT, seed=5)
    start = np.repeat(np.arange(N), mixed.degrees())
    away = np.abs(mixed.neighbour - start)
    away = np.minimum(away, N - away)
    assert np.mean(away > 5) > 0.1 and np.mean(away > 100) < 0.03


KAZAKHSTAN = Scenario.load("kazakhstan").replace({"graduates": 1_500, "end": "2027-12"})
NO_KIN = {"network.kin_group": 1}
EAST = {"name": "East", "share": 0.3, "destinations": {"russia": {"diaspora_share": 0.9}}}


def world_of(tie_share: float, **changes: Any) -> Scenario:
    return grouped(KAZAKHSTAN.replace(changes), {"east": EAST | {"tie_share": tie_share}})


def test_a_run_has_the_ties_and_whom_a_reform_adds_has_them_too() -> None:
    """Of ties that would be to others .8 stay; within the group .3 of all ties before, .3 + .8 * .7 then."""
    more = GraduateResearchFunding(start="2026-03", graduates=1.0)
    run, apart = (Simulation(world_of(share, graduates=6_000, **NO_KIN), [more], seed=2) for share in (0.8, 0.0))
    n, east = run.n_networked, run.graduates.person.heritage[: run.n_networked] == 1
    start = np.repeat(np.arange(n), run.network.degrees())
    within = east[run.network.neighbour[east[start]]].mean()
    assert abs(within - 0.86) < 0.01
    usual = Simulation(world_of(0.8, graduates=6_000, **NO_KIN), seed=2).graduates.person
    names = set(zip(usual.cohort.tolist(), usual.rank.tolist(), strict=True))
    person = run.graduates.person[:n]
    added = np.array([pair not in names for pair in zip(person.cohort.tolist(), person.rank.tolist(), strict=True)])
    assert added.sum() > 300
    ends = east[run.network.neighbour[(added & east)[start]]]
    error = math.sqrt(0.86 * 0.14 / len(ends))
    assert abs(ends.mean() - 0.86) < 5.0 * error + 0.02
    old = ~added
    assert np.array_equal(person.rank, apart.graduates.person.rank[:n])
    tied = np.abs(run.network.degrees().astype(int) - apart.network.degrees().astype(int))[old]
    assert tied.mean() < 1.5  # who is added knows others, and is known by them


@pytest.mark.parametrize(
    "other",
    [{"tie_share": 0.0}, {"destinations": {"russia": {"diaspora_share": 0.3}}}],
    ids=["ties within", "a larger part of the diaspora"],
)
def test_kin_abroad_whom_one_knows_draw_more_of_a_group_there(other: dict[str, Any]) -> None:
    """Ten seeds, with and without: more of the group go to Russia, and know people there; 5 standard errors."""
    strong = {"graduates": 20_000, "decision.ties_weight": 1.5, "destinations.russia.moving_cost": 4.0} | NO_KIN
    plain, east = KAZAKHSTAN.replace(strong), EAST | {"tie_share": 0.9}
    worlds = [grouped(plain, {"east": group}) for group in (east, east | other)]
    gaps, known = [], []
    for seed in range(10):
        runs = [Simulation(world, seed=seed) for world in worlds]
        of_group = [run.graduates.person.heritage[: run.n_networked] == 1 for run in runs]
        known.append(np.subtract(*(run.ties[of, 1].mean() for run, of in zip(runs, of_group, strict=True))))
        gaps.append(np.subtract(*(run.run().accounts.yearly()["emigrants_of_east_to_russia"].sum() for run in runs)))
    for gap in (known, gaps):
        assert np.mean(gap) > 5.0 * np.std(gap, ddof=1) / math.sqrt(len(gap)) > 0.0


def own_graph(world: Scenario, seed: int = 4) -> nx.Graph[Any]:
    """Return a graph for a run's persons, every third of them of the group."""
    graph = Simulation(world, seed=seed).network.to_networkx()
    for node in graph:
        graph.nodes[node]["group"] = "east" if node % 3 == 0 else None
    return graph


def test_a_graph_of_ones_own_says_who_is_of_which_group_and_its_ties_stay(tmp_path: Path) -> None:
    world = world_of(0.9, graduates=300)
    network = Network.from_networkx(own_graph(world))
    run = Simulation(world, seed=4, network=network)
    assert Network.from_networkx(network.to_networkx()) == network and run.network.n_ties == network.n_ties
    in_order = np.argsort(run.network.degrees(), kind="stable")
    assert len(in_order) == network.n_persons
    people = run.graduates.person[: run.n_networked]
    assert np.sum(people.heritage == 1) == len(range(0, network.n_persons, 3))
    # the same persons, whatever else: by degree, their groups are those of the graph
    by_degree = [np.bincount(degrees, groups) for degrees, groups in (
        (run.network.degrees(), people.heritage == 1),
        (network.degrees(), np.arange(network.n_persons) % 3 == 0),
    )]  # fmt: skip
    assert np.array_equal(*by_degree)
    after(run, 5).save(tmp_path / "run.npz")
    loaded = Simulation.load(tmp_path / "run.npz")
    assert loaded.own_network == network
    plan = [MeritReform(target=0.9, start="2026-09"), GraduateResearchFunding(start="2026-10", doctorates=0.2)]
    branch = loaded.branch(plan).run()
    assert difference(Simulation(world, plan, seed=4, network=network).run(), branch) == []


def test_a_scenario_without_groups_asks_a_graph_for_none() -> None:
    plain = KAZAKHSTAN.replace({"graduates": 300, "end": "2026-06"})
    graph = own_graph(plain)
    bare = nx.Graph(graph.edges())
    bare.add_nodes_from(graph)
    runs = [Simulation(plain, seed=4, network=Network.from_networkx(each)).run() for each in (graph, graph.copy())]
    assert not runs[0].graduates.person.heritage.any()
    assert difference(*runs) == []


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (
            "west",
            "person 7 of the network is of the group 'west', but must be of one of east, or None for everybody",
        ),
        (1, "person 7 of the network is of the group 1, but must be"),
        ("missing", "person 7 of the network has no group, though others have, but must be"),
    ],
)
def test_a_graph_whose_groups_are_wrong_or_missing_is_refused_in_a_sentence(group: object, said: str) -> None:
    world = world_of(0.9, graduates=300)
    graph = own_graph(world)
    graph.nodes[7]["group"] = group
    if group == "missing":
        del graph.nodes[7]["group"]
    with pytest.raises(NetworkError) as refused:
        Simulation(world, seed=4, network=Network.from_networkx(graph))
    assert str(refused.value).startswith(said) and "\n" not in str(refused.value)


def test_groups_of_another_number_are_refused() -> None:
    with pytest.raises(NetworkError, match="one for each of 3 persons"):
        Network(np.zeros(4, dtype=np.int64), np.zeros(0, dtype=np.int64), ("east",))
