"""A neighbourhood of the migrant network drawn before and after reforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from abm.reforms.base import Reform
from experiments.study.experiment import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abm.simulation import Simulation

__all__ = ["before_and_after"]

PICTURE_GRADUATES = 4000  # enough for a neighbourhood of 250, small beside a sweep


def before_and_after(results: Results, plans: Mapping[str, Sequence[Reform]]) -> Figure:
    """Draw who is where among neighbours at the start, and at the end under each of some plans.

    The graduates are those around a cluster of emigrants of the first plan.
    """
    from abm.analysis import figures as draw
    from abm.engine.streams import replicate_seed
    from abm.simulation import Simulation

    world = results.world.replace({"graduates": min(PICTURE_GRADUATES, results.world.graduates)})
    seed = replicate_seed(results.seed, 0)

    runs: dict[str, Simulation] = {name: Simulation(world, reforms=plan, seed=seed) for name, plan in plans.items()}
    first = next(iter(runs.values()))
    before = first.graduates.person.country.copy()
    for simulation in runs.values():
        simulation.run()
    persons = draw.around_emigrants(first.network, before, first.graduates.person.country)
    after = (
        draw.Snapshot(f"{world.end}, {name}", simulation.graduates.person.country) for name, simulation in runs.items()
    )
    return draw.network_pictures(
        first.network,
        persons,
        (draw.Snapshot(world.start, before), *after),
        [world.home.name, *(destination.name for _, destination in world.destinations)],
        title=f"The same {len(persons)} graduates and their ties around a cluster of emigrants, before and after",
    )
