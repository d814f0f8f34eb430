"""A sample of graduates and their ties, as the network that Mesa's space components draw."""

from __future__ import annotations

import inspect
from typing import Any

import networkx as nx
import numpy as np
from mesa.discrete_space import Network

from abm.codes import ABSENT
from abm.simulation import Simulation
from abm.view import View

__all__ = ["SampledGraduate", "places", "sample_network"]

SIZE = 120  # persons: so many can be told apart in half a page
PLACE = "place"  # where a node stands, as an attribute of the graph


class SampledGraduate(View):
    """A graduate of the sample, in the cell of a network: asked as any other, and not one of Mesa's agents."""

    pos = None  # Mesa's older spaces know agents by a position, its networks by a cell

    def __init__(self, simulation: Simulation, row: int, cell: Any) -> None:
        self.simulation, self.row, self.cell = simulation, row, cell
        cell.add_agent(self)


def sample_network(simulation: Simulation, random: Any) -> Network:
    """Return persons around the largest cluster of those who live abroad, a cell each, joined by their ties.

    Parameters
    ----------
    simulation : Simulation
        The run; who is drawn depends on it as it is now.
    random : random.Random
        What Mesa's cells choose neighbours with; nothing of the run is drawn from it.
    """
    from abm.analysis.figures import around_emigrants

    person, n = simulation.graduates.person, simulation.n_networked
    country = np.where(person.stage[:n] == ABSENT, -1, person.country[:n])
    rows = around_emigrants(simulation.network, np.zeros_like(country), country, size=min(SIZE, n)).tolist()
    node = {row: k for k, row in enumerate(rows)}
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(rows)))
    graph.add_edges_from(
        (k, node[other])
        for row, k in node.items()
        for other in simulation.network.neighbours(row).tolist()
        if node.get(other, -1) > k
    )
    found = nx.kamada_kawai_layout(graph)
    nx.set_node_attributes(graph, found, PLACE)
    # newer versions of Mesa lay a network out themselves, by chance, unless they are told where its nodes stand
    layout = {"layout": found} if "layout" in inspect.signature(Network.__init__).parameters else {}
    network = Network(graph, capacity=1, random=random, **layout)
    cells = {cell.coordinate: cell for cell in network.all_cells}
    for k, row in enumerate(rows):
        SampledGraduate(simulation, row, cells[k])
    return network


def places(graph: nx.Graph[int]) -> dict[int, Any]:
    """Return where the nodes of a sample stand, as a layout for Mesa's space components."""
    return dict(graph.nodes(data=PLACE))
