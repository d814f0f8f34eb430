"""The migrant network: a simple undirected graph in sparse rows, its laws, and counts kept by movers."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.engine.generators import KINDS, build
from abm.engine.workers import SMALLEST_PART, Workers
from abm.network import Network, NetworkError, Ties, count_ties, move_ties

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
    known = Ties(network.first, network.neighbour, ties)
    for person, destination in moves:
        move_ties(known, person, country[person], destination)
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
    with pytest.raises(NetworkError, match="ties.csv: line 1 names person 9, but persons are numbered 0 to 3"):
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


# --- networks of one's own ---

ROWS = np.array([0, 2, 4, 6]), np.array([1, 2, 0, 2, 0, 1])  # everybody of three knows the others


def test_rows_of_ones_own_make_a_network_whatever_whole_numbers_they_are() -> None:
    as_made = Network.from_edges(3, [0, 1, 2], [1, 2, 0])  # type: ignore[arg-type]
    for first, neighbour in (ROWS, (ROWS[0].tolist(), ROWS[1].tolist()), (ROWS[0].astype(">u2"), ROWS[1][::-1][::-1])):
        own = Network(first, neighbour)
        assert own == as_made and (own.first.dtype, own.neighbour.dtype) == (np.int64, np.int32)
    first = ROWS[0].copy()
    own = Network(first, ROWS[1])
    first[:] = 99  # an array that is changed later changes no network
    assert own == as_made and own != Network([0, 0], []) and own != "a network"


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_whatever_is_built_passes_its_own_check(ties: list[tuple[int, int]]) -> None:
    built = Network.from_edges(8, [tie[0] for tie in ties], [tie[1] for tie in ties])  # type: ignore[arg-type]
    assert Network(built.first, built.neighbour) == built
    assert Network.from_networkx(built.to_networkx()) == built


@pytest.mark.parametrize("kind", ["ring", "small_world", "homophilous", "barabasi_albert", "complete", "none"])
def test_the_laws_build_what_the_check_accepts(kind: str) -> None:
    built = build(kind, 300, mean_degree=6, seed=1, blocks=np.arange(300) // 30)
    shuffled = built.renamed(np.random.default_rng(1).permutation(300)).joined(np.array([300]), np.array([5]), 2)
    for network in (built, shuffled):
        assert Network(network.first, network.neighbour) == network


@pytest.mark.parametrize(
    ("first", "neighbour", "message"),
    [
        ([0, 1, 2], [1, 5], "person 5, but persons are numbered 0 to 1"),
        ([0, 1, 2], [1, -1], "person -1"),
        ([0, 5], [0], "from 0 to the length of neighbour"),
        ([1, 2], [0, 0], "from 0 to the length of neighbour"),
        ([0, 2, 1, 2], [1, 0], "never fall"),
        ([], [], "from 0 to the length of neighbour"),
        ([0, 1], [0], "ties of person 0"),  # to oneself
        ([0, 1, 1], [1], "ties of person 0"),  # which she does not return
        ([0, 2, 4], [1, 1, 0, 0], "ties of person 0"),  # twice
        ([0, 2, 3, 4], [2, 1, 0, 0], "ascending"),
        ([0, 1, 2, 3], [1, 2, 0], "ties of person 0"),  # each knows somebody who knows another
        ([0.0, 1.0, 2.0], [1, 0], "first is of float64"),
        ([0, 1, 2], [True, False], "neighbour is of bool"),
        ([0, 1, 2], [[1, 0]], "neighbour is of int64 and shape"),
        (None, None, "first is of object"),
        ([0, 1, 2], [2**70, 0], "neighbour is of object"),
        ([0, 1, 2], np.array([2**64 - 1, 0], dtype=np.uint64), "neighbour holds 18446744073709551615"),
    ],
)
def test_rows_that_are_no_network_are_refused_before_compiled_code_follows_them(
    first: Any, neighbour: Any, message: str
) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(first, neighbour)


@pytest.mark.parametrize(
    ("n", "left", "right", "message"),
    [
        (3, [0.5], [1], "left is of float64"),
        (3, [0], [math.nan], "right is of float64"),
        (3, [[0]], [[1]], "left is of int64 and shape"),
        (3, [True], [False], "left is of bool"),
        (3, [0, 1], [1], "left has 2 ends and right 1"),
        (3, "ab", "cd", "left is of <U2"),
        (3, [3], [1], "persons are numbered 0 to 2"),
        (0, [0], [1], "there is nobody"),
        (-1, [], [], "n is -1"),
        (2.5, [], [], "n is 2.5"),
        (True, [], [], "n is True"),
        (2**40, [], [], "n is 1099511627776"),
    ],
)
def test_ends_that_are_no_ties_are_refused(n: Any, left: Any, right: Any, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network.from_edges(n, left, right)


def test_a_graph_in_which_ties_are_not_mutual_or_not_once_is_refused_with_the_remedy() -> None:
    for graph in (nx.DiGraph([(0, 1)]), nx.MultiGraph([(0, 1), (0, 1)])):
        with pytest.raises(NetworkError, match=r"give networkx.Graph\(graph\)"):
            Network.from_networkx(graph)
        assert Network.from_networkx(nx.Graph(graph)).n_ties == 1
    with pytest.raises(NetworkError, match="must be a graph of networkx"):
        Network.from_networkx([(0, 1)])  # type: ignore[arg-type]


def test_more_ties_than_can_be_counted_are_refused_and_the_most_are_right() -> None:
    def star(n: int) -> Network:
        return Network.from_edges(n + 1, np.zeros(n, dtype=int), np.arange(1, n + 1))

    most = 2**16 - 1
    assert count_ties(star(most), np.zeros(most + 1, dtype=np.int8), 2)[0].tolist() == [most, 0]
    with pytest.raises(NetworkError, match="65,536 ties, but at most 65,535"):
        count_ties(star(most + 1), np.zeros(most + 2, dtype=np.int8), 2)


def test_countries_that_do_not_exist_are_never_counted() -> None:
    network = Network(*ROWS)
    for country, message in (
        (np.array([0, 1, 2], dtype=np.int8), "must be -1 to 1"),
        (np.array([0, 1, -2], dtype=np.int8), "must be -1 to 1"),
        (np.zeros(2, dtype=np.int8), "int8 of shape"),
        (np.zeros(3), "int8 of shape"),
    ):
        with pytest.raises(NetworkError, match=message):
            count_ties(network, country, 2)


def test_persons_who_are_not_there_and_names_that_are_no_permutation_are_refused() -> None:
    network = Network(*ROWS)
    for person in (-1, 3, 1.5, True, None):
        with pytest.raises(NetworkError, match="person is"):
            network.neighbours(person)  # type: ignore[arg-type]
    for names in ([0, 1], [0, 0, 1], [0, 1, 3], [0, 1, -1], [0.0, 1.0, 2.0]):
        with pytest.raises(NetworkError):
            network.renamed(names)  # type: ignore[arg-type]
    assert network.neighbours(2).tolist() == [0, 1]


@pytest.mark.parametrize(
    "made", ["given", "of edges", "built", "renamed", "joined", "pickled", "copied", "deeply copied"]
)
def test_a_network_that_was_checked_cannot_be_written_to(made: str) -> None:
    first, neighbour = np.array([0, 1, 2]), np.array([1, 0], dtype=np.int32)
    given = Network(first, neighbour)
    makers: dict[str, Callable[[], Network]] = {
        "given": lambda: given,
        "of edges": lambda: Network.from_edges(2, [0], [1]),
        "built": lambda: build("small_world", 50, mean_degree=4, seed=1),
        "renamed": lambda: given.renamed([1, 0]),
        "joined": lambda: given.joined([0], [2], 1),
        "pickled": lambda: pickle.loads(pickle.dumps(given)),
        "copied": lambda: copy.copy(given),
        "deeply copied": lambda: copy.deepcopy(given),
    }
    network = makers[made]()
    for rows in (network.first, network.neighbour, network.neighbours(0)):
        with pytest.raises(ValueError, match="read-only"):
            rows[0] = 2**30
    first[1], neighbour[0] = 10**6, 2**30  # the arrays of whoever gave them are still their own
    assert given == Network([0, 1, 2], [1, 0])
