"""The migrant network: who knows whom, stored as compressed sparse rows, with neighbour counts kept by event.

Small runs may take any law from networkx, a graph or an edge list of one's own; ``small_world`` is the Watts-Strogatz
law (Watts and Strogatz, 1998, Nature 393) generated from keyed draws, for millions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.compiled import compiled
from abm.parameters import NETWORK_KINDS
from abm.prefetch import AHEAD, prefetch
from abm.streams import Purpose, uniform
from abm.workers import Workers

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["KINDS", "Network", "NetworkError", "build", "count_ties", "introduce", "move_ties"]

KINDS = NETWORK_KINDS
LARGEST_COMPLETE = 5_000


class NetworkError(ValueError):
    """A network that cannot be built, said in one sentence."""


@dataclass(frozen=True)
class Network:
    """An undirected simple graph of persons 0..n-1.

    Attributes
    ----------
    first : ndarray of int64, shape (n + 1,)
        Where each person's ties begin in ``neighbour``.
    neighbour : ndarray of int32, shape (2 * ties,)
        The other end of each tie, in ascending order for each person.
    """

    first: np.ndarray
    neighbour: np.ndarray

    @staticmethod
    def from_edges(n: int, left: np.ndarray, right: np.ndarray) -> Network:
        """Return the network with these ties; self-ties and repeated ties are dropped.

        Raises
        ------
        NetworkError
            If an end is not one of 0..n-1.
        """
        left, right = np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64)
        for ends in (left, right):
            outside = ends[(ends < 0) | (ends >= n)]
            if len(outside):
                raise NetworkError(f"a tie ends at person {outside[0]}, but persons are numbered 0 to {n - 1}")
        apart = left != right
        low = np.minimum(left[apart], right[apart])
        high = np.maximum(left[apart], right[apart])
        ties = np.unique(low * n + high)
        low, high = ties // n, ties % n
        start, end = np.concatenate((low, high)), np.concatenate((high, low))
        order = np.lexsort((end, start))
        first = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(start, minlength=n), out=first[1:])
        return Network(first, end[order].astype(np.int32))

    @staticmethod
    def from_networkx(graph: nx.Graph[Any]) -> Network:
        """Return the network of any networkx graph, its nodes taken in their order."""
        position = {node: i for i, node in enumerate(graph)}
        ends = np.array([(position[a], position[b]) for a, b in graph.edges()], dtype=np.int64).reshape(-1, 2)
        return Network.from_edges(len(position), ends[:, 0], ends[:, 1])

    @staticmethod
    def read_edge_list(path: str | Path, n: int) -> Network:
        """Read a network of ``n`` persons from a text file with two numbers a line, separated by a comma or space.

        Raises
        ------
        NetworkError
            If the file cannot be read or a line is not two numbers.
        """
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise NetworkError(f"{path}: the edge list cannot be read ({error})") from None
        ends = []
        for number, line in enumerate(lines, start=1):
            words = line.split("#")[0].replace(",", " ").split()
            if not words:
                continue
            if len(words) != 2 or not all(word.isdigit() for word in words):
                raise NetworkError(f"{path}: line {number} is '{line.strip()[:60]}', but must be two persons' numbers")
            ends.append((int(words[0]), int(words[1])))
        table = np.array(ends, dtype=np.int64).reshape(-1, 2)
        return Network.from_edges(n, table[:, 0], table[:, 1])

    @property
    def n_persons(self) -> int:
        """Return the number of persons."""
        return len(self.first) - 1

    @property
    def n_ties(self) -> int:
        """Return the number of ties, each counted once."""
        return len(self.neighbour) // 2

    @property
    def mean_degree(self) -> float:
        """Return the mean number of ties of a person."""
        return len(self.neighbour) / max(self.n_persons, 1)

    def degrees(self) -> np.ndarray:
        """Return everybody's number of ties, shape (n,)."""
        return np.diff(self.first)

    def neighbours(self, person: int) -> np.ndarray:
        """Return the persons somebody knows."""
        return self.neighbour[self.first[person] : self.first[person + 1]]

    def renamed(self, name: np.ndarray, workers: Workers | None = None) -> Network:
        """Return the same network with person ``p`` called ``name[p]``, a permutation of 0..n-1."""
        person = np.empty(self.n_persons, dtype=np.int32)
        person[name] = np.arange(self.n_persons, dtype=np.int32)
        first = np.zeros(self.n_persons + 1, dtype=np.int64)
        np.cumsum(self.degrees()[person], out=first[1:])
        neighbour, names = np.empty_like(self.neighbour), np.asarray(name, dtype=np.int32)

        def rename(begin: int, end: int) -> None:
            _rename(begin, end, self.first, self.neighbour, person, names, first, neighbour)

        (workers or Workers()).share(self.n_persons, rename)
        return Network(first, neighbour)

    def to_networkx(self) -> nx.Graph[Any]:
        """Return the network as a networkx graph."""
        import networkx as nx

        graph: nx.Graph[Any] = nx.Graph()
        graph.add_nodes_from(range(self.n_persons))
        start = np.repeat(np.arange(self.n_persons), self.degrees())
        once = start < self.neighbour
        graph.add_edges_from(zip(start[once].tolist(), self.neighbour[once].tolist(), strict=True))
        return graph


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
        Block of each person (``stochastic_block``).
    homophily : float
        Share of ties inside one's own block.
    workers : Workers, optional
        Threads that share the work; the result is the same for any number.

    Raises
    ------
    NetworkError
        If the kind is unknown or a value is not allowed.
    """
    if kind not in KINDS:
        raise NetworkError(f"network.kind is '{kind}', but must be one of {', '.join(KINDS)}")
    if mean_degree < 0 or not 0.0 <= rewiring <= 1.0:
        raise NetworkError(
            f"network.mean_degree is {mean_degree} and network.rewiring {rewiring:g}, but they must be at least 0 and "
            "between 0 and 1"
        )
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
        return _small_world(n, reach, 0.0 if kind == "ring" else rewiring, seed, workers or Workers())
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
    return _stochastic_block(n, mean_degree, seed, blocks, homophily)


def _stochastic_block(
    n: int, mean_degree: int, seed: int, blocks: np.ndarray | None, homophily: float
) -> nx.Graph[Any]:
    """Return a stochastic block graph in which a share ``homophily`` of everybody's expected ties is in the block."""
    import networkx as nx

    if blocks is None or len(blocks) != n:
        raise NetworkError(f"network.kind is 'stochastic_block', but needs the block of each of the {n:,} persons")
    order = np.argsort(blocks, kind="stable")
    _, sizes = np.unique(blocks, return_counts=True)
    chance = np.full((len(sizes), len(sizes)), (1.0 - homophily) * mean_degree / n)
    np.fill_diagonal(chance, homophily * mean_degree / np.maximum(sizes - 1, 1))
    graph = nx.stochastic_block_model(sizes.tolist(), np.minimum(chance, 1.0).tolist(), seed=seed, sparse=True)
    renamed = nx.relabel_nodes(nx.Graph(graph.edges()), dict(enumerate(order.tolist())))
    whole: nx.Graph[Any] = nx.Graph()
    whole.add_nodes_from(range(n))
    whole.add_edges_from(renamed.edges())
    return whole


def _small_world(n: int, reach: int, rewiring: float, seed: int, workers: Workers) -> Network:
    """Return the Watts-Strogatz law: a ring with ties to the next ``reach`` persons, each rewired with a probability.

    A rewired tie that meets an existing one is dropped, so that the mean degree falls short by about rewiring * degree
    / n.
    """
    other = np.empty((n, reach), dtype=np.int32)
    first = np.zeros(n + 1, dtype=np.int64)
    workers.share(n, lambda begin, end: _rewire(begin, end, other, rewiring, seed))
    _count_ends(other, first[1:])
    np.cumsum(first, out=first)
    neighbour = np.empty(2 * n * reach, dtype=np.int32)
    _scatter(other, first[:-1].copy(), neighbour)
    n_entries = _sort_rows(first, neighbour)
    return Network(first, neighbour[:n_entries])


@compiled
def _rewire(begin: int, end: int, other: np.ndarray, rewiring: float, seed: int) -> None:
    """Draw with whom the ties of persons ``begin`` to ``end`` to those after them end up."""
    n, reach = other.shape
    for person in range(begin, end):
        for tie in range(reach):
            other_end = (person + tie + 1) % n
            if rewiring > 0.0 and uniform(seed, person, 0, 0, Purpose.NETWORK, tie % 128) < rewiring:
                other_end = int(n * uniform(seed, person, 0, tie // 128, Purpose.NETWORK, 128 + tie % 128))
                if other_end == person:
                    other_end = (person + 1) % n
            other[person, tie] = other_end


@compiled
def _count_ends(other: np.ndarray, degree: np.ndarray) -> None:
    """Count everybody's ties."""
    for person in range(other.shape[0]):
        for tie in range(other.shape[1]):
            degree[person] += 1
            degree[other[person, tie]] += 1


@compiled
def _scatter(other: np.ndarray, filled: np.ndarray, neighbour: np.ndarray) -> None:
    """Write both ends of every tie; ``filled`` holds the next free place of each person."""
    for person in range(other.shape[0]):
        for tie in range(other.shape[1]):
            end = other[person, tie]
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


@compiled
def _rename(
    begin: int,
    end: int,
    first: np.ndarray,
    neighbour: np.ndarray,
    person: np.ndarray,
    name: np.ndarray,
    new_first: np.ndarray,
    new_neighbour: np.ndarray,
) -> None:
    """Write the ties of rows ``begin`` to ``end`` of the new network, each row in ascending order."""
    for row in range(begin, end):
        if row + AHEAD < end:
            prefetch(first, person[row + AHEAD])
        start, size, old = new_first[row], new_first[row + 1] - new_first[row], first[person[row]]
        for k in range(size):
            # insertion sort: rows are short
            called, place = name[neighbour[old + k]], start + k
            while place > start and new_neighbour[place - 1] > called:
                new_neighbour[place] = new_neighbour[place - 1]
                place -= 1
            new_neighbour[place] = called


def count_ties(network: Network, country: np.ndarray, n_countries: int, workers: Workers | None = None) -> np.ndarray:
    """Return how many ties each person has in each country, uint16 of shape (n, n_countries).

    ``country`` is int8 of shape (n,); ties to persons in no country (-1) are not counted.
    """
    ties = np.zeros((network.n_persons, n_countries), dtype=np.uint16)

    def count(begin: int, end: int) -> None:
        _count(begin, end, network.first, network.neighbour, country, ties)

    (workers or Workers()).share(network.n_persons, count)
    return ties


@compiled
def _count(
    begin: int, end: int, first: np.ndarray, neighbour: np.ndarray, country: np.ndarray, ties: np.ndarray
) -> None:
    for person in range(begin, end):
        for position in range(first[person], first[person + 1]):
            lives_in = country[neighbour[position]]
            if lives_in >= 0:
                ties[person, lives_in] += 1


@compiled
def move_ties(
    first: np.ndarray, neighbour: np.ndarray, ties: np.ndarray, person: int, origin: int, destination: int
) -> None:
    """Let everybody who knows ``person`` know of the move; -1 stands for no country."""
    for position in range(first[person], first[person + 1]):
        other = neighbour[position]
        if origin >= 0:
            ties[other, origin] -= 1
        if destination >= 0:
            ties[other, destination] += 1


@compiled
def introduce(
    persons: np.ndarray,
    first: np.ndarray,
    neighbour: np.ndarray,
    ties: np.ndarray,
    newcomers: np.ndarray,
    entered: np.ndarray,
) -> None:
    """Let everybody who knows a newcomer know where she lives, and count newcomers by country into ``entered``."""
    for i in newcomers:
        country = persons[i].country
        entered[country] += 1
        move_ties(first, neighbour, ties, i, -1, country)
