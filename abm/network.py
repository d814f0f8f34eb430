"""The migrant network: who knows whom, stored as compressed sparse rows, with neighbour counts kept by event.

Its laws are in :mod:`abm.generators`; a networkx graph or an edge list of one's own does as well.
"""

from __future__ import annotations

import io
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.compiled import compiled
from abm.gate import Gate, Refusal
from abm.prefetch import AHEAD, prefetch
from abm.workers import Workers

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Network", "NetworkError", "count_ties", "introduce", "move_ties"]


class NetworkError(Refusal):
    """A network that cannot be built, said in one sentence."""


GATE = Gate(NetworkError, "an edge list", largest=500_000_000)
LONGEST_PERSON = 18  # digits of a person's number, more than anybody has and few enough for 64 bits


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

        Lines may end in a comment after ``#``.

        Raises
        ------
        NetworkError
            If the file cannot be read, or a line is not two of the numbers 0..n-1.
        """
        ends = array("q")
        text = io.StringIO(GATE.check_lines(GATE.read_text(path), path), newline="\n")
        for number, line in enumerate(text, start=1):
            words = line.partition("#")[0].replace(",", " ").split()
            if not words:
                continue
            if len(words) != 2 or not all(_is_person(word) for word in words):
                said = f"'{line.strip()[:60]}', but must be two persons' numbers, separated by a comma or space"
                raise NetworkError(f"{path}: line {number} is {said}")
            pair = int(words[0]), int(words[1])
            if max(pair) >= n:
                said = f"names person {max(pair)}, but persons are numbered 0 to {n - 1}"
                raise NetworkError(f"{path}: line {number} {said}")
            ends.extend(pair)
        table = np.array(ends, dtype=np.int64).reshape(-1, 2)
        return Network.from_edges(n, table[:, 0], table[:, 1])

    def joined(self, left: np.ndarray, right: np.ndarray, n_newcomers: int) -> Network:
        """Return the network with newcomers n, n + 1, ... and further ties, each between a newcomer and another."""
        start = np.repeat(np.arange(self.n_persons), self.degrees())
        once = start < self.neighbour
        return Network.from_edges(
            self.n_persons + n_newcomers,
            np.concatenate((start[once], left)),
            np.concatenate((self.neighbour[once], right)),
        )

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


def _is_person(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= LONGEST_PERSON


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
