"""The laws of the migrant network.

Small runs may take any law from networkx.  Two are generated from keyed draws, for millions: ``small_world``, the
Watts-Strogatz law (Watts and Strogatz, 1998, Nature 393), and ``homophilous``, the stochastic block model (Holland,
Laskey and Leinhardt, 1983, Social Networks 5).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from abm.checks import number, whole
from abm.checks import seed as checked_seed
from abm.engine.compiled import compiled
from abm.engine.streams import Purpose, uniform
from abm.engine.workers import Workers, workers_of
from abm.network import MOST_PERSONS, MOST_TIES, Network, NetworkError
from abm.parameters import NETWORK_KINDS
from abm.scenario import shown

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["KINDS", "build"]

KINDS = NETWORK_KINDS
LARGEST_COMPLETE = 5_000


def build(
    kind: str,
    n: int,
    *,
    mean_degree: int,
    rewiring: float = 0.1,
    seed: int = 0,
    blocks: np.ndarray | None = None,
    homophily: float = 0.8,
    workers: Workers | None = None,
) -> Network:
    """Return a network of ``n`` persons.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    mean_degree : int
        Mean number of ties (ignored by ``none`` and ``complete``).
    rewiring : float
        Share of ties that go to anybody (``watts_strogatz`` and ``small_world``).
    seed : int
        Seed of the draws.
    blocks : ndarray of int, shape (n,), optional
        Block of each person (``homophilous`` and ``stochastic_block``).
    homophily : float
        Share of ties inside one's own block.
    workers : Workers, optional
        Threads that share the work; the result is the same for any number.

    Raises
    ------
    NetworkError
        If the kind is unknown or a value is not allowed.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise NetworkError(f"network.kind is {shown(kind)}, but must be one of {', '.join(KINDS)}")
    n = whole("n", n, 0, MOST_PERSONS, NetworkError)
    mean_degree = whole("network.mean_degree", mean_degree, 0, MOST_TIES, NetworkError)
    rewiring = number("network.rewiring", rewiring, 0.0, 1.0, NetworkError)
    homophily = number("network.homophily", homophily, 0.0, 1.0, NetworkError)
    seed = checked_seed(seed, NetworkError)
    workers = workers_of(workers)
    nobody = np.zeros(0, dtype=np.int64)
    if kind == "none" or n < 2 or (mean_degree == 0 and kind != "complete"):
        return Network.from_edges(n, nobody, nobody)
    if kind == "complete":
        if n > LARGEST_COMPLETE:
            raise NetworkError(
                f"network.kind is 'complete' with {n:,} persons, but at most {LARGEST_COMPLETE:,} can be"
            )
        left, right = np.triu_indices(n, k=1)
        return Network.from_edges(n, left, right)
    if kind in ("ring", "small_world"):
        reach = min(max(mean_degree // 2, 1), max((n - 1) // 2, 1))
        return _small_world(n, reach, 0.0 if kind == "ring" else rewiring, seed, workers)
    if kind == "homophilous":
        return _homophilous(n, mean_degree, seed, _checked_blocks(kind, n, blocks), homophily, workers)
    return Network.from_networkx(_networkx_graph(kind, n, mean_degree, rewiring, seed % 2**32, blocks, homophily))


def _networkx_graph(
    kind: str, n: int, mean_degree: int, rewiring: float, seed: int, blocks: np.ndarray | None, homophily: float
) -> nx.Graph[Any]:
    import networkx as nx

    if kind == "watts_strogatz":
        return nx.watts_strogatz_graph(n, min(mean_degree, n - 1), rewiring, seed=seed)
    if kind == "barabasi_albert":
        return nx.barabasi_albert_graph(n, min(max(mean_degree // 2, 1), n - 1), seed=seed)
    if kind == "erdos_renyi":
        return nx.fast_gnp_random_graph(n, min(mean_degree / (n - 1), 1.0), seed=seed)
    return _stochastic_block(n, mean_degree, seed, _checked_blocks(kind, n, blocks), homophily)


def _checked_blocks(kind: str, n: int, blocks: np.ndarray | None) -> np.ndarray:
    given = np.asarray(blocks)
    if given.shape != (n,) or given.dtype.kind not in "iu":
        raise NetworkError(
            f"network.kind is '{kind}', but needs the block of each of the {n:,} persons, a whole number"
        )
    return given


def _chances(sizes: np.ndarray, mean_degree: int, homophily: float) -> tuple[np.ndarray, float]:
    """Return the chance of a tie within each block and between any two, homophily being the share of ties within."""
    within = homophily * mean_degree / np.maximum(sizes - 1, 1)
    return np.minimum(within, 1.0), min((1.0 - homophily) * mean_degree / int(sizes.sum()), 1.0)


def _stochastic_block(n: int, mean_degree: int, seed: int, blocks: np.ndarray, homophily: float) -> nx.Graph[Any]:
    """Return a stochastic block graph in which a share ``homophily`` of everybody's expected ties is in the block."""
    import networkx as nx

    order = np.argsort(blocks, kind="stable")
    _, sizes = np.unique(blocks, return_counts=True)
    within, between = _chances(sizes, mean_degree, homophily)
    chance = np.full((len(sizes), len(sizes)), between)
    np.fill_diagonal(chance, within)
    graph = nx.stochastic_block_model(sizes.tolist(), chance.tolist(), seed=seed, sparse=True)
    renamed = nx.relabel_nodes(nx.Graph(graph.edges()), dict(enumerate(order.tolist())))
    whole: nx.Graph[Any] = nx.Graph()
    whole.add_nodes_from(range(n))
    whole.add_edges_from(renamed.edges())
    return whole


def _homophilous(
    n: int, mean_degree: int, seed: int, blocks: np.ndarray, homophily: float, workers: Workers
) -> Network:
    """Return the law of the stochastic block graph from keyed draws.

    From tie to tie of a person the persons passed over are a geometric number, so that only ties cost anything
    (Batagelj and Brandes, 2005, "Efficient generation of large random networks", Physical Review E 71).
    """
    order = np.argsort(blocks, kind="stable").astype(np.int32)
    _, sizes = np.unique(blocks, return_counts=True)
    within, between = _chances(sizes, mean_degree, homophily)
    law = _Blocks(np.repeat(np.cumsum(sizes), sizes), np.repeat(within, sizes), between)
    starts, nothing = np.zeros(n + 1, dtype=np.int64), np.zeros(0, dtype=np.int32)
    workers.share(n, lambda begin, end: _skip(begin, end, law, seed, starts, nothing))
    np.cumsum(starts, out=starts)
    other = np.empty(starts[-1], dtype=np.int32)
    workers.share(n, lambda begin, end: _skip(begin, end, law, seed, starts, other))
    return _symmetric(starts, other).renamed(order, workers)


class _Blocks(NamedTuple):
    """The chances of ties, by position in the order of blocks."""

    end: np.ndarray  # of the person's block
    within: np.ndarray  # chance of a tie to anybody in it
    between: float  # to anybody behind it


@compiled
def _skip(begin: int, end: int, law: _Blocks, seed: int, starts: np.ndarray, other: np.ndarray) -> None:
    """Draw the ties of persons ``begin`` to ``end`` to those after them: first count them, then write them.

    Without room in ``other`` person ``p`` is counted into ``starts[p + 1]``; with it, her ties begin at ``starts[p]``.
    """
    n, writing = len(law.end), len(other) > 0
    for person in range(begin, end):
        n_ties, position, draws = 0, person, 0
        for last, chance in ((law.end[person], law.within[person]), (n, law.between)):
            while chance > 0.0:
                u = uniform(seed, person, 0, draws, Purpose.NETWORK, 0)
                draws += 1
                # a real number, because it may be larger than any whole number
                passed_over = np.floor(math.log(u) / math.log1p(-chance)) if chance < 1.0 else 0.0
                if position + 1 + passed_over >= last:
                    break
                position += 1 + int(passed_over)
                if writing:
                    other[starts[person] + n_ties] = position
                n_ties += 1
            position = last - 1
        if not writing:
            starts[person + 1] = n_ties


def _small_world(n: int, reach: int, rewiring: float, seed: int, workers: Workers) -> Network:
    """Return the Watts-Strogatz law: a ring with ties to the next ``reach`` persons, each rewired with a probability.

    A rewired tie that meets an existing one is dropped, so that the mean degree falls short by about rewiring * degree
    / n.
    """
    other = np.empty(n * reach, dtype=np.int32)
    workers.share(n, lambda begin, end: _rewire(begin, end, n, reach, rewiring, seed, other))
    return _symmetric(np.arange(n + 1, dtype=np.int64) * reach, other)


@compiled
def _rewire(begin: int, end: int, n: int, reach: int, rewiring: float, seed: int, other: np.ndarray) -> None:
    """Draw with whom the ties of persons ``begin`` to ``end`` to those after them end up."""
    for person in range(begin, end):
        for tie in range(reach):
            other_end = (person + tie + 1) % n
            if rewiring > 0.0 and uniform(seed, person, 0, 0, Purpose.NETWORK, tie % 128) < rewiring:
                other_end = int(n * uniform(seed, person, 0, tie // 128, Purpose.NETWORK, 128 + tie % 128))
                if other_end == person:
                    other_end = (person + 1) % n
            other[person * reach + tie] = other_end


def _symmetric(starts: np.ndarray, other: np.ndarray) -> Network:
    """Return the network in which person ``p`` knows ``other[starts[p]:starts[p + 1]]`` and they know her."""
    first = np.zeros(len(starts), dtype=np.int64)
    _count_ends(starts, other, first[1:])
    np.cumsum(first, out=first)
    neighbour = np.empty(2 * len(other), dtype=np.int32)
    _scatter(starts, other, first[:-1].copy(), neighbour)
    n_entries = _sort_rows(first, neighbour)
    return Network._of(first, neighbour[:n_entries])


@compiled
def _count_ends(starts: np.ndarray, other: np.ndarray, degree: np.ndarray) -> None:
    """Count everybody's ties."""
    for person in range(len(degree)):
        degree[person] += starts[person + 1] - starts[person]
        for place in range(starts[person], starts[person + 1]):
            degree[other[place]] += 1


@compiled
def _scatter(starts: np.ndarray, other: np.ndarray, filled: np.ndarray, neighbour: np.ndarray) -> None:
    """Write both ends of every tie; ``filled`` holds the next free place of each person."""
    for person in range(len(filled)):
        for place in range(starts[person], starts[person + 1]):
            end = other[place]
            neighbour[filled[person]] = end
            filled[person] += 1
            neighbour[filled[end]] = person
            filled[end] += 1


@compiled
def _sort_rows(first: np.ndarray, neighbour: np.ndarray) -> int:
    """Sort every row (they are short), drop ties to oneself and repeated ones, and close up; return what is left."""
    written, begin = 0, 0
    for person in range(len(first) - 1):
        start, end = written, first[person + 1]
        first[person] = start
        for position in range(begin, end):
            other, place = neighbour[position], written
            while place > start and neighbour[place - 1] > other:
                place -= 1
            if other == person or (place > start and neighbour[place - 1] == other):
                continue
            for k in range(written, place, -1):
                neighbour[k] = neighbour[k - 1]
            neighbour[place] = other
            written += 1
        begin = end
    first[len(first) - 1] = written
    return written
