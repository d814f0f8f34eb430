"""Draws of a posterior, each shared by all arms of several replicates, which differ in their luck alone.

Replicate r is of draw r // K, with K seeds for each draw: effects paired by replicate then hold what is not known of
the parameters beside the chance of a run, and the two can be told apart (:mod:`abm.analysis.over_draws`).  An arm
that states a value itself, such as a world without ties, has it under every draw.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from abm.checks import seed as checked_seed
from abm.checks import whole
from abm.engine.streams import replicate_seed
from abm.posterior import Posterior, PosteriorError
from abm.scenario import Scenario, shown
from abm.sweep.arms import Arm
from abm.sweep.draws import Draws
from abm.sweep.factors import DRAW, DesignError

__all__ = ["FEWEST_SEEDS", "POSTERIOR", "PosteriorDraws"]

POSTERIOR = "posterior"  # the kind of these draws in a manifest
FEWEST_SEEDS = 2  # for each draw, without which luck cannot be told from what is drawn


@dataclass(frozen=True, eq=False)
class PosteriorDraws:
    """Draws of a posterior in a scenario, as :func:`abm.sweep.design.plan` takes them.

    Parameters
    ----------
    posterior : Posterior
        The draws that are used, all of them; :meth:`~abm.posterior.Posterior.select` picks a few.
    world : Scenario
        What the arms start from.
    seeds : int
        Replicates of each draw, two or more.
    seed : int
        Of the whole sweep; what ``others`` draw follows from it and from the draw's number.
    others : Draws, optional
        What is uncertain besides, drawn once for each draw of the posterior; what this draws too is left to it, and
        stands in the tables as if the others drew it.
    """

    posterior: Posterior
    world: Scenario
    seeds: int
    seed: int
    others: Draws | None = None
    _in_both: tuple[str, ...] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn in the scenario, draw by draw, and too few seeds."""
        if not isinstance(self.posterior, Posterior):
            raise DesignError(f"the posterior is {shown(self.posterior)}, but must be one that Posterior.read returns")
        if self.others is not None and not isinstance(self.others, Draws):
            raise DesignError(f"the others are {shown(self.others)}, but must be of the class Draws")
        whole("the number of seeds for each draw", self.seeds, FEWEST_SEEDS, error=DesignError)
        checked_seed(self.seed, DesignError)
        drawn, own = {*self.posterior.parameters()}, self.others.factors if self.others else ()
        left = [factor for factor in own if factor.name not in drawn]
        object.__setattr__(self, "_in_both", tuple(factor.name for factor in own if factor.name in drawn))
        object.__setattr__(self, "others", replace(self.others, factors=left) if self.others and left else None)
        _ = self._arms  # whatever is wrong with a draw is said before the first run

    @property
    def n_replicates(self) -> int:
        """Return how many replicates there are in all."""
        return self.seeds * len(self.posterior)

    @property
    def names(self) -> list[str]:
        """Return what no arm may state, as others draw it; what arms state of the posterior's goes before a draw."""
        return [*self._in_both, *(self.others.names if self.others else ())]

    def stated_by(self, arms: Iterable[Arm]) -> list[str]:
        """Return the parameters of the posterior that some arms state themselves, whatever is drawn."""
        stated = {name for arm in arms for name in arm.overrides}
        return [name for name in self.posterior.parameters() if name in stated]

    @functools.cached_property
    def _arms(self) -> tuple[Arm, ...]:
        return tuple(self._arm(draw) for draw in range(len(self.posterior)))

    def _arm(self, draw: int) -> Arm:
        try:
            overrides = self.posterior.overrides(self.world, draw)
        except PosteriorError as error:
            raise DesignError(str(error)) from None
        said, levels = f"{DRAW} = {draw}", {DRAW: draw, **{name: overrides[name] for name in self._in_both}}
        if self.others is None:
            return Arm(said, levels, overrides)
        also = self.others.draw(replicate_seed(self.seed, draw))
        return Arm(f"{said}, {also.label}", {**levels, **also.levels}, {**overrides, **also.overrides}, also.reforms)

    def for_replicate(self, replicate: int, seed: int) -> Arm:
        """Return what a replicate draws, the same object for all replicates of a draw; its own seed is for its luck."""
        return self._arms[whole("the replicate", replicate, 0, self.n_replicates - 1, DesignError) // self.seeds]

    def to_dict(self) -> dict[str, Any]:
        """Return what was drawn as plain values, from which the runs of replicates can be repeated."""
        return {
            "kind": POSTERIOR,
            "file": self.posterior.where,
            "file_digest": self.posterior.digest,
            "lines": list(self.posterior.lines),
            "observation": [self.posterior.observation(draw) for draw in range(len(self.posterior))],
            "factors": [{"name": name} for name in self._arms[0].levels],
            "reforms": [],
            "seeds": self.seeds,
            "each": [arm.to_dict() for arm in self._arms],
        }
