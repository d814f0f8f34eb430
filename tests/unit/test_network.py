"""The migrant network: a simple undirected graph in sparse rows, its laws, and counts kept by movers."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.generators import KINDS, build
from abm.graduates import PERSON
from abm.network import Network, NetworkError, count_ties, introduce, move_ties
from abm.workers import SMALLEST_PART, Workers

N = 2_000
edge_lists = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=60)


def is_simple_and_symmetric(network: Network) -> bool:
    rows = [network.neighbours(person).tolist() for person in range(network.n_persons)]
    ascending = all(row == sorted(set(row)) and person not in row for person, row in enumerate(rows))
    return ascending and all(person in rows[other] for person, row in enumerate(rows) for other in row)


@given(edge_lists)
def test_any_list_of_ties_becomes_a_simple_symmetric_graph(edges: list[tuple[int, int]]) -> None:
    left, right = (np.array([edge[k] for edge in edges], dtype=np.int64) for k in (0, 1))
    network = Network.from_edges(20, left, right)
    assert is_simple_and_symmetric(network)
    assert network.n_ties == len({frozenset(edge) for edge in edges if edge[0] != edge[1]})


def test_networkx_graphs_go_there_and_back() -> None:
    graph = nx.relabel_nodes(nx.karate_club_graph(), str)
    network = Network.from_networkx(graph)
    assert nx.is_isomorphic(network.to_networkx(), graph)
    assert network.degrees().tolist() == [degree for _, degree in graph.degree()]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("none", "complete")])
def test_every_law_has_the_mean_degree_asked_for(kind: str) -> None:
    """Within 4 %: the degree of the random laws has a standard error of about 0.7 % at 2,000 persons of degree 10."""
    network = build(kind, N, mean_degree=10, rewiring=0.1, seed=3, blocks=np.arange(N) // 200, homophily=0.8)
    assert network.n_persons == N
    assert network.mean_degree == pytest.approx(10, rel=0.04)
    assert is_simple_and_symmetric(network)


def test_nobody_and_everybody() -> None:
    assert build("none", 50, mean_degree=10).n_ties == 0
    assert build("complete", 50, mean_degree=0).n_ties == 50 * 49 // 2
    assert build("small_world", 1, mean_degree=10).n_ties == 0
    assert build("small_world", 4, mean_degree=10).n_persons == 4


@pytest.mark.parametrize("rewiring", [0.0, 0.1, 0.5])
def test_the_fast_generator_has_the_law_of_its_networkx_twin(rewiring: float) -> None:
    """Clustering and spread of degrees, five graphs each, agree within 0.015 and 8 % (between graphs: 0.004)."""
    fast = [build("small_world", N, mean_degree=10, rewiring=rewiring, seed=seed) for seed in range(5)]
    twin = [build("watts_strogatz", N, mean_degree=10, rewiring=rewiring, seed=seed) for seed in range(5)]
    clustering = [np.mean([nx.average_clustering(g.to_networkx()) for g in graphs]) for graphs in (fast, twin)]
    spread = [np.mean([g.degrees().std() for g in graphs]) for graphs in (fast, twin)]
    assert clustering[0] == pytest.approx(clustering[1], abs=0.015)
    assert spread[0] == pytest.approx(spread[1], rel=0.08)


def test_the_fast_homophilous_generator_has_the_law_of_its_networkx_twin() -> None:
    """Degrees, their spread, clustering and ties within blocks of unequal size, five graphs of each.

    Standard errors of the differences: 0.06 ties (degree, and its spread), 0.0005 (clustering), 0.0025 (share within).
    """
    blocks = np.random.default_rng(1).permutation(np.repeat(np.arange(4), (200, 300, 500, 1000)))
    wanted = {"mean_degree": 10, "blocks": blocks, "homophily": 0.7}
    fast = [build("homophilous", N, seed=seed, **wanted) for seed in range(5)]
    twin = [build("stochastic_block", N, seed=seed, **wanted) for seed in range(5)]
    measures = {
        "mean degree": (lambda network: network.mean_degree, 0.25),
        "spread of degrees": (lambda network: network.degrees().std(), 0.25),
        "degree in the smallest block": (lambda network: network.degrees()[blocks == 0].mean(), 0.45),
        "clustering": (lambda network: nx.average_clustering(network.to_networkx()), 0.002),
        "share within blocks": (lambda network: _share_within(network, blocks), 0.01),
    }
    for name, (measure, tolerance) in measures.items():
        found, expected = (float(np.mean([measure(network) for network in graphs])) for graphs in (fast, twin))
        assert found == pytest.approx(expected, abs=tolerance), name


def _share_within(network: Network, blocks: np.ndarray) -> float:
    ends = np.repeat(np.arange(network.n_persons), network.degrees())
    return float(np.mean(blocks[ends] == blocks[network.neighbour]))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=60), st.integers(1, 30), st.floats(0.0, 1.0))
@settings(max_examples=40, deadline=None)
def test_homophilous_networks_of_any_blocks_are_simple(blocks: list[int], degree: int, homophily: float) -> None:
    """Small blocks and many ties: chances of one, blocks of one person."""
    network = build("homophilous", len(blocks), mean_degree=degree, blocks=np.array(blocks), homophily=homophily)
    assert is_simple_and_symmetric(network)
    if homophily == 1.0:
        assert _share_within(network, np.array(blocks)) == 1.0 or network.n_ties == 0


@pytest.mark.parametrize(("homophily", "within"), [(0.0, False), (1.0, True)])
def test_certain_ties_are_all_there(homophily: float, within: bool) -> None:
    blocks = np.array([0, 1, 1, 0, 2, 1, 0])
    network = build("homophilous", 7, mean_degree=100, blocks=blocks, homophily=homophily)
    for person in range(7):
        others = np.flatnonzero((blocks == blocks[person]) == within)
        assert network.neighbours(person).tolist() == [other for other in others if other != person]


@pytest.mark.parametrize("kind", ["small_world", "homophilous"])
def test_threads_build_the_same_network(kind: str) -> None:
    n = 10 * SMALLEST_PART
    one, three = (
        build(kind, n, mean_degree=10, seed=3, blocks=np.arange(n) % 7, workers=Workers(threads)) for threads in (1, 3)
    )
    assert np.array_equal(one.first, three.first) and np.array_equal(one.neighbour, three.neighbour)


@pytest.mark.parametrize("kind", ["stochastic_block", "homophilous"])
def test_blocks_hold_the_share_of_ties_asked_for(kind: str) -> None:
    """At 10,000 ties the share has a standard error of 0.004."""
    blocks = np.random.default_rng(1).permutation(N) % 8
    network = build(kind, N, mean_degree=10, seed=3, blocks=blocks, homophily=0.8)
    # of the ties that may go anywhere an eighth falls inside by chance, but those are counted with the block's own
    assert _share_within(network, blocks) == pytest.approx(0.8 / (0.8 + 0.2 * 7 / 8), abs=0.016)


def test_a_seed_is_a_network() -> None:
    one, again, other = (build("small_world", N, mean_degree=10, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(one.neighbour, again.neighbour)
    assert not np.array_equal(one.neighbour, other.neighbour)


@settings(max_examples=30)
@given(edge_lists, st.lists(st.tuples(st.integers(0, 19), st.integers(-1, 3)), max_size=40))
def test_counts_kept_by_movers_equal_a_recount(edges: list[tuple[int, int]], moves: list[tuple[int, int]]) -> None:
    left, right = (np.array([edge[k] for edge in edges], dtype=np.int64) for k in (0, 1))
    network = Network.from_edges(20, left, right)
    country = np.full(20, -1, dtype=np.int8)
    ties = count_ties(network, country, 4)
    persons = np.zeros(20, dtype=PERSON).view(np.recarray)
    persons.country[:5] = country[:5] = 2
    entered = np.zeros(4, dtype=np.int64)
    introduce(persons, network.first, network.neighbour, ties, np.arange(5, dtype=np.int32), entered)
    assert entered.tolist() == [0, 0, 5, 0]
    for person, destination in moves:
        move_ties(network.first, network.neighbour, ties, person, country[person], destination)
        country[person] = destination
    assert np.array_equal(ties, count_ties(network, country, 4))


@settings(max_examples=30)
@given(edge_lists, st.permutations(range(20)))
def test_renaming_keeps_who_knows_whom(edges: list[tuple[int, int]], names: list[int]) -> None:
    left, right = (np.array([edge[k] for edge in edges], dtype=np.int64) for k in (0, 1))
    network = Network.from_edges(20, left, right)
    renamed = network.renamed(np.array(names))
    for person in range(20):
        assert renamed.neighbours(names[person]).tolist() == sorted(names[k] for k in network.neighbours(person))


def test_an_edge_list_is_read_and_a_bad_line_named(tmp_path: Path) -> None:
    path = tmp_path / "ties.csv"
    path.write_text("# who knows whom\n0,1\n1 2\n\n2,0\n")
    assert Network.read_edge_list(path, 4).degrees().tolist() == [2, 2, 2, 0]
    path.write_text("0,1\n1;2\n")
    with pytest.raises(NetworkError, match="line 2 is '1;2', but must be two persons' numbers"):
        Network.read_edge_list(path, 4)
    path.write_text("0,9\n")
    with pytest.raises(NetworkError, match="a tie ends at person 9, but persons are numbered 0 to 3"):
        Network.read_edge_list(path, 4)
    with pytest.raises(NetworkError, match="cannot be read"):
        Network.read_edge_list(tmp_path / "none.csv", 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "lattice"}, "must be one of none, complete"),
        ({"kind": "complete", "n": 6_000}, "at most 5,000"),
        ({"mean_degree": -1}, "must be a whole number from 0"),
        ({"rewiring": 1.5}, "between 0 and 1"),
        ({"kind": "stochastic_block"}, "needs the block of each of the 100 persons"),
        ({"kind": "homophilous"}, "needs the block of each of the 100 persons"),
    ],
)
def test_what_cannot_be_built_is_said_in_a_sentence(changes: dict[str, object], message: str) -> None:
    given_values: dict[str, object] = {"kind": "small_world", "n": 100, "mean_degree": 10} | changes
    with pytest.raises(NetworkError, match=message):
        build(**given_values)  # type: ignore[arg-type]
