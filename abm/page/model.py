"""Mesa's face of the two runs: a model that is stepped, by this page or by Mesa's own."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Sequence

import mesa

from abm.page.pair import Pair
from abm.reforms.base import Reform
from abm.scenario import Scenario

__all__ = ["PairModel", "persons_held"]

NUMBERS = itertools.count()
_there: weakref.WeakSet[PairModel] = weakref.WeakSet()
_counting = threading.Lock()


class PairModel(mesa.Model):
    """A scenario without reform beside the same scenario under a plan: a step is a month of both.

    Parameters
    ----------
    world : Scenario or str
        The world, or the name of a bundled one.
    plan : sequence of Reform
        What is changed in the second run.
    rng : int
        Seed of both runs.

    Attributes
    ----------
    pair : Pair
        The two runs.
    number : int
        No other model of this process has it.
    still : threading.RLock
        Whoever holds it finds the runs standing still.
    """

    def __init__(
        self, *, world: Scenario | str = "kazakhstan", plan: Sequence[Reform] = (), rng: int | str | None = 1
    ) -> None:
        seed = 1 if rng is None else int(rng)
        super().__init__(rng=seed)
        self.pair = Pair(world.checked() if isinstance(world, Scenario) else Scenario.load(world), plan, seed)
        self.number = next(NUMBERS)
        with _counting:
            _there.add(self)
        # the page's buttons, its own work and its pictures are each in a thread of their own
        self.still = threading.RLock()

    def let_go(self) -> None:
        """Give back both runs: the visit has ended, though the framework keeps what it was made of."""
        with _counting:
            _there.discard(self)
        with self.still:
            for part in (*self.pair.arms, self.pair):
                part.__dict__.clear()

    def step(self) -> None:
        """Run one month of both; past the end of the scenario nothing happens."""
        with self.still:
            if not self.pair.finished:
                self.pair.step()
            self.running = not self.pair.finished


def persons_held() -> int:
    """Return how many persons the models of this process hold together, of whichever visit they are."""
    with _counting:
        models = list(_there)
    return sum(model.pair.persons for model in models)
