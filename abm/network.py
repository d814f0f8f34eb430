"""The migrant network: who knows whom, stored as compressed sparse rows, with neighbour counts kept by event.

Its laws are in :mod:`abm.engine.generators`; a networkx graph or an edge list of one's own does as well.
"""

from __future__ import annotations

import io
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from abm.checks import whole
from abm.engine.compiled import compiled
from abm.engine.prefetch import AHEAD, prefetch
from abm.engine.workers import Workers, workers_of
from abm.gate import Gate, Refusal
from abm.scenario import shown

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["MOST_PERSONS", "MOST_TIES", "Network", "NetworkError", "Ties", "count_ties", "move_ties"]

MOST_PERSONS = 2**31 - 1
MOST_TIES = 2**16 - 1


class NetworkError(Refusal):
    """A network that cannot be built, said in one sentence."""


GATE = Gate(NetworkError, "an edge list", largest=500_000_000)
GAPS = (701, 301, 132, 57, 23, 10, 4, 1)  # Ciura 2001, Fundamentals of Computation Theory, LNCS 2138
LONGEST_PERSON = 18  # digits of a person's number, more than anybody has and few enough for 64 bits


class Rows(NamedTuple):
    """The arrays of a :class:`Network`, as compiled rules read them."""

    first: np.ndarray
    neighbour: np.ndarray


class Ties(NamedTuple):
    """The ties of a run: a network's rows, and how many of each person's ties lead to each country."""

    first: np.ndarray
    neighbour: np.ndarray
    counts: np.ndarray  # uint16, shape (persons, countries)


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """An undirected simple graph of persons 0..n-1.

    Attributes
    ----------
    first : ndarray of int64, shape (n + 1,)
        Where each person's ties begin in ``neighbour``.
    neighbour : ndarray of int32, shape (2 * ties,)
        The other end of each tie, in ascending order for each person. Neither can be written to: what was checked
        stays as it was checked.
    groups : tuple, optional
        The group by language, kin or citizenship of each person, by its key in a scenario, None for everybody else;
        empty if the network says nothing of groups.  A scenario without groups does not ask.

    Raises
    ------
    NetworkError
        If these are not the rows of such a graph: compiled rules follow them without looking again.
    """

    first: np.ndarray
    neighbour: np.ndarray
    groups: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        """Keep the rows as compiled rules take them, or refuse them."""
        first, neighbour = _persons("first", self.first), _persons("neighbour", self.neighbour)
        if len(first) == 0 or first[0] != 0 or first[-1] != len(neighbour) or (np.diff(first) < 0).any():
            raise NetworkError(
                f"first must go from 0 to the length of neighbour, {len(neighbour):,}, and never fall, but is "
                f"{shown(first[:8].tolist())}"
            )
        n = len(first) - 1
        if n > MOST_PERSONS:
            raise NetworkError(f"the network has {n:,} persons, but at most {MOST_PERSONS:,} can be numbered")
        _refuse_outside(neighbour, n)
        if not isinstance(self.groups, tuple) or len(self.groups) not in (0, n):
            raise NetworkError(f"groups are {shown(self.groups)}, but must be a tuple, one for each of {n:,} persons")
        self._keep(first, neighbour.astype(np.int32), self.groups)
        fault = _fault(self.first, self.neighbour, np.zeros(n, dtype=np.int64))
        if fault >= 0:
            raise NetworkError(
                f"the ties of person {fault} are {shown(self.neighbours(fault)[:8].tolist())}, but must be in "
                "ascending order, each once, none to oneself, and each must be among the other's ties too; "
                "Network.from_edges sees to that"
            )

    @staticmethod
    def _of(first: np.ndarray, neighbour: np.ndarray, groups: tuple[Any, ...] = ()) -> Network:
        """Return the network of rows that were built here and need no second look."""
        network = object.__new__(Network)
        network._keep(first, neighbour, groups)
        return network

    def _keep(self, first: np.ndarray, neighbour: np.ndarray, groups: tuple[Any, ...]) -> None:
        """Keep rows that nobody else holds, such that nobody can write to them."""
        for name, rows in (("first", first), ("neighbour", neighbour)):
            rows.setflags(write=False)
            object.__setattr__(self, name, rows)
        object.__setattr__(self, "groups", groups)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Become a copy, here or in another process; copied arrays could be written to."""
        self._keep(**state)

    def __repr__(self) -> str:
        return f"Network of {self.n_persons:,} persons with {self.n_ties:,} ties"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        same_ties = np.array_equal(self.first, other.first) and np.array_equal(self.neighbour, other.neighbour)
        return same_ties and self.groups == other.groups

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @staticmethod
    def from_edges(n: int, left: np.ndarray, right: np.ndarray) -> Network:
        """Return the network with these ties; self-ties and repeated ties are dropped.

        Parameters
        ----------
        n : int
            Number of persons.
        left, right : array_like of int, shape (ties,)
            Both ends of each tie.

        Raises
        ------
        NetworkError
            If these are no whole numbers, or an end is not one of 0..n-1.
        """
        n = whole("n", n, 0, MOST_PERSONS, NetworkError)
        left, right = _persons("left", left), _persons("right", right)
        if len(left) != len(right):
            raise NetworkError(f"left has {len(left):,} ends and right {len(right):,}, but every tie has one of each")
        for ends in (left, right):
            _refuse_outside(ends, n)
        apart = left != right
        low = np.minimum(left[apart], right[apart])
        high = np.maximum(left[apart], right[apart])
        ties = np.unique(low * n + high)
        low, high = ties // n, ties % n
        start, end = np.concatenate((low, high)), np.concatenate((high, low))
        order = np.lexsort((end, start))
        first = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(start, minlength=n), out=first[1:])
        return Network._of(first, end[order].astype(np.int32))

    @staticmethod
    def from_networkx(graph: nx.Graph[Any]) -> Network:
        """Return the network of an undirected networkx graph, its nodes taken in their order; self-ties are dropped.

        An attribute ``group`` of nodes says of which group of the scenario a person is, None for everybody else.

        Raises
        ------
        NetworkError
            If it is no such graph.
        """
        import networkx as nx

        if not isinstance(graph, nx.Graph):
            raise NetworkError(f"graph is {shown(graph)}, but must be a graph of networkx")
        if graph.is_directed() or graph.is_multigraph():
            sort = "has directions" if graph.is_directed() else "may have several ties between two persons"
            raise NetworkError(f"the graph {sort}, but a tie is mutual and there once: give networkx.Graph(graph)")
        position = {node: i for i, node in enumerate(graph)}
        ends = np.array([(position[a], position[b]) for a, b in graph.edges()], dtype=np.int64).reshape(-1, 2)
        network = Network.from_edges(len(position), ends[:, 0], ends[:, 1])
        if not any("group" in about for _, about in graph.nodes(data=True)):
            return network
        groups = tuple(about.get("group", "") for _, about in graph.nodes(data=True))
        return Network._of(network.first, network.neighbour, groups)

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
        n_newcomers = whole("n_newcomers", n_newcomers, 0, MOST_PERSONS - self.n_persons, NetworkError)
        start = np.repeat(np.arange(self.n_persons), self.degrees())
        once = start < self.neighbour
        return Network.from_edges(
            self.n_persons + n_newcomers,
            np.concatenate((start[once], _persons("left", left))),
            np.concatenate((self.neighbour[once], _persons("right", right))),
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
        person = whole("person", person, 0, self.n_persons - 1, NetworkError)
        return self.neighbour[self.first[person] : self.first[person + 1]]

    def renamed(self, name: np.ndarray, workers: Workers | None = None) -> Network:
        """Return the same network with person ``p`` called ``name[p]``, a permutation of 0..n-1."""
        name = _persons("name", name)
        _refuse_outside(name, self.n_persons)
        person = np.full(self.n_persons, -1, dtype=np.int32)
        person[name] = np.arange(len(name), dtype=np.int32)
        if len(name) != self.n_persons or (person < 0).any():
            raise NetworkError(f"name must give each of the {self.n_persons:,} persons a number of her own")
        first = np.zeros(self.n_persons + 1, dtype=np.int64)
        np.cumsum(self.degrees()[person], out=first[1:])
        neighbour, names = np.empty_like(self.neighbour), name.astype(np.int32)

        def rename(begin: int, end: int) -> None:
            _rename(begin, end, Rows(self.first, self.neighbour), Rows(first, neighbour), person, names)

        workers_of(workers).share(self.n_persons, rename)
        return Network._of(first, neighbour, tuple(self.groups[k] for k in person) if self.groups else ())

    def to_networkx(self) -> nx.Graph[Any]:
        """Return the network as a networkx graph, with the group of each node if the network says of which she is."""
        import networkx as nx

        graph: nx.Graph[Any] = nx.Graph()
        graph.add_nodes_from(range(self.n_persons))
        for node, group in enumerate(self.groups):
            graph.nodes[node]["group"] = group
        start = np.repeat(np.arange(self.n_persons), self.degrees())
        once = start < self.neighbour
        graph.add_edges_from(zip(start[once].tolist(), self.neighbour[once].tolist(), strict=True))
        return graph


def _is_person(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= LONGEST_PERSON


def _persons(name: str, given: Any) -> np.ndarray:
    """Return whole numbers of persons as int64, shape (n,)."""
    try:
        array = np.asarray(given)
    except ValueError:
        raise NetworkError(f"{name} is {shown(given)}, but must be a row of whole numbers, shape (n,)") from None
    if array.ndim == 1 and len(array) == 0:
        return np.zeros(0, dtype=np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise NetworkError(
            f"{name} is of {array.dtype} and shape {array.shape}, but must be a row of whole numbers, shape (n,)"
        )
    if array.dtype == np.uint64 and array.max() > np.uint64(MOST_PERSONS):
        raise NetworkError(f"{name} holds {array.max()}, but there are at most {MOST_PERSONS:,} persons")
    return array.astype(np.int64)


def _refuse_outside(persons: np.ndarray, n: int) -> None:
    if len(persons) and (persons.min() < 0 or persons.max() >= n):
        outside = persons[(persons < 0) | (persons >= n)][0]
        numbered = f"persons are numbered 0 to {n - 1}" if n else "there is nobody"
        raise NetworkError(f"a tie ends at person {outside}, but {numbered}")


@compiled
def _fault(first: np.ndarray, neighbour: np.ndarray, seen: np.ndarray) -> int:
    """Return the first person whose row is not that of a simple graph, or -1; ``seen`` holds zeros, one a person.

    Persons come in ascending order, and so do those in each row: whoever is met has to be the next in the other's row.
    """
    for person in range(len(first) - 1):
        last = -1
        for position in range(first[person], first[person + 1]):
            other = neighbour[position]
            its = first[other] + seen[other]
            if other <= last or other == person or its >= first[other + 1] or neighbour[its] != person:
                return person
            last = other
            seen[other] += 1
    return -1


@compiled
def _rename(begin: int, end: int, old: Rows, new: Rows, person: np.ndarray, name: np.ndarray) -> None:
    """Write the ties of rows ``begin`` to ``end`` of the new network, each row in ascending order."""
    neighbour = new.neighbour
    for row in range(begin, end):
        if row + AHEAD < end:
            prefetch(old.first, person[row + AHEAD])
        start, size, known = new.first[row], new.first[row + 1] - new.first[row], old.first[person[row]]
        for k in range(size):
            neighbour[start + k] = name[old.neighbour[known + k]]
        _sort(neighbour, start, size)


@compiled
def _sort(neighbour: np.ndarray, start: int, size: int) -> None:
    """Sort a row in place: by insertion if it is short, as most are, else by Shell's passes over ever smaller gaps."""
    for gap in GAPS:
        if gap > 1 and size < 16 * gap:
            continue
        for k in range(start + gap, start + size):
            called, place = neighbour[k], k
            while place >= start + gap and neighbour[place - gap] > called:
                neighbour[place] = neighbour[place - gap]
                place -= gap
            neighbour[place] = called


def count_ties(network: Network, country: np.ndarray, n_countries: int, workers: Workers | None = None) -> np.ndarray:
    """Return how many ties each person has in each country, uint16 of shape (n, n_countries).

    ``country`` is int8 of shape (n,); ties to persons in no country (-1) are not counted.

    Raises
    ------
    NetworkError
        If somebody has more ties than can be counted, 65,535, or ``country`` is not one of those for each person.
    """
    if not isinstance(network, Network):
        raise NetworkError(f"network is {shown(network)}, but must be a Network")
    n_countries = whole("n_countries", n_countries, 0, error=NetworkError)
    if not isinstance(country, np.ndarray) or country.shape != (network.n_persons,) or country.dtype != np.int8:
        raise NetworkError(f"country must be int8 of shape ({network.n_persons},), the country of each person")
    if len(country) and not -1 <= country.min() <= country.max() < n_countries:
        raise NetworkError(f"country must be -1 to {n_countries - 1}, but goes from {country.min()} to {country.max()}")
    most = int(network.degrees().max(initial=0))
    if most > MOST_TIES:
        raise NetworkError(f"somebody in the network has {most:,} ties, but at most {MOST_TIES:,} can be counted")
    ties = np.zeros((network.n_persons, n_countries), dtype=np.uint16)

    def count(begin: int, end: int) -> None:
        _count(begin, end, network.first, network.neighbour, country, ties)

    workers_of(workers).share(network.n_persons, count)
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
def move_ties(ties: Ties, person: int, origin: int, destination: int) -> None:
    """Let everybody who knows ``person`` know of the move; -1 stands for no country."""
    for position in range(ties.first[person], ties.first[person + 1]):
        other = ties.neighbour[position]
        if origin >= 0:
            ties.counts[other, origin] -= 1
        if destination >= 0:
            ties.counts[other, destination] += 1
