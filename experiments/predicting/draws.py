"""What each posterior draw says of a world: of Kazakhstan all of it, of another country how graduates decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.posterior import Posterior
from abm.scenario import Scenario
from experiments.calibration.targets import SHARE_SEEN, STOCK_GROWTH
from experiments.predicting.spread import UNKNOWN, normals, shares
from experiments.study.since_2010 import FROM_2010

__all__ = ["Draws"]

BEHAVIOUR, DOOR, KAPPA = "decision.", ".doors.", "kappa"
NOT_TAKEN = ("decision.retirement_age",)  # a country's own
# doors after the last year that is fitted, of which a posterior says nothing: drawn from their priors
SHOCK, OFFSET = "destinations.russia.doors.shock_of_2022.living_offset", 0.25  # normal, mean 0
BORDER = "destinations.russia.doors.pandemic.open_share"  # uniform from 0 to 1
SEEN = 0.27  # graduates among registered departures, in 2022; before that it follows their share of the people


@dataclass(frozen=True, eq=False)
class Draws:
    """Some draws of a posterior, as worlds."""

    posterior: Posterior

    def __len__(self) -> int:
        return len(self.posterior)

    def kazakhstan(self, world: Scenario, *, doors: bool) -> list[dict[str, Any]]:
        """Return what each draw says of Kazakhstan since 2010, with or without the effects of dated doors."""
        found = [self.posterior.overrides(world, draw) for draw in range(len(self))]
        if not doors:
            return [{name: value for name, value in each.items() if DOOR not in name} for each in found]
        shock = OFFSET * normals(UNKNOWN, len(self))[:, 0]
        border = shares(UNKNOWN, len(self))
        drawn = [{SHOCK: float(a), BORDER: float(b)} for a, b in zip(shock, border, strict=True)]
        return [late | each for late, each in zip(drawn, found, strict=True)]

    def behaviour(self, world: Scenario) -> list[dict[str, Any]]:
        """Return how graduates of another country decide: as Kazakhstan's do, draw by draw, but for when they retire.

        All of the section ``decision``, also what no draw sets: weights hold for the pay that they were found for.
        """
        home = Scenario.load(FROM_2010)
        names = [name for name, _ in world.parameters() if name.startswith(BEHAVIOUR) and name not in NOT_TAKEN]
        stated = {name: home.get(name) for name in names}
        found = []
        for draw in range(len(self)):
            said: Mapping[str, Any] = self.posterior.overrides(home, draw)
            found.append(stated | {name: value for name, value in said.items() if name in stated})
        return found

    def n_parameters(self, *, behaviour: bool = False, doors: bool = True) -> int:
        """Return how many numbers are drawn: columns of the posterior that are not one number in several places."""
        asked = [name for name in self._columns(doors=doors) if name.startswith(BEHAVIOUR) or not behaviour]
        columns = [self.posterior.rows[:, self.posterior.names.index(name)].tobytes() for name in asked]
        late = len(self._late()) if doors and not behaviour else 0
        return len(set(columns)) + late

    def n_doors(self) -> int:
        """Return how many of them are effects of dated doors, those drawn from their priors too."""
        return sum(DOOR in name for name in self.posterior.parameters()) + len(self._late())

    def _late(self) -> list[str]:
        return [name for name in (SHOCK, BORDER) if name not in self.posterior.parameters()]

    def _columns(self, *, doors: bool) -> Sequence[str]:
        parameters = {name.removesuffix(" x") for name in self.posterior.parameters()}
        return [
            name
            for name in self.posterior.names
            if name.removesuffix(" x") in parameters and (doors or DOOR not in name)
        ]

    def share_of_graduates(self, draw: int, years: Sequence[int]) -> np.ndarray:
        """Return graduates' share of registered departures in some years, by a draw: .27 (stock / its last)^kappa."""
        known = self.posterior.observation(draw).get(KAPPA)
        kappa = float(shares(UNKNOWN, len(self), year=1)[draw]) if known is None else known
        before = np.minimum(np.asarray(years), SHARE_SEEN) - SHARE_SEEN
        found: np.ndarray = SEEN * np.exp(kappa * STOCK_GROWTH * before)
        return found
