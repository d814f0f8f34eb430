"""Waves of runs: points spread over what is unknown, each run once with luck of its own, and what each has of targets.

The first wave spreads points over the prior, the second over what the first has left.  Runs go through the runner and
its store: they are found again after any interruption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.engine.streams import replicate_seed
from abm.observations import simulate_observed
from abm.posterior import Posterior
from abm.scenario import Scenario
from abm.sweep.arms import Arm
from abm.sweep.design import Run, pack_scenario
from abm.sweep.runner import series_of
from abm.sweep.store import Store, key_of
from abm.sweep.work import measured_by
from experiments.calibration.targets import FIRST, LAST, seen, targets
from experiments.calibration.unknowns import columns, fitted, values

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCENARIO", "Wave", "carried_out", "points_of", "rounded", "run_again", "spread", "weight_of", "world_of"]

SCENARIO = "kazakhstan-2010"
DIGITS = 4  # after the point, of a target on its scale
FARTHEST = 4.0  # a score, of a point
SCORE_DIGITS = 3  # and of a score: points are rounded before they are run


@dataclass(frozen=True)
class Wave:
    """Points to run.

    Parameters
    ----------
    name : str
        Of the wave.
    seed : int
        From which the luck of its runs follows.
    scores : ndarray
        Standard normal scores of the fitted unknowns, a row for each point.
    """

    name: str
    seed: int
    scores: np.ndarray


def spread(n_points: int, seed: int, n_unknowns: int | None = None) -> np.ndarray:
    """Return scores of points spread evenly over the prior, of the fitted unknowns or so many: a Latin hypercube."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    return rounded(ndtri(qmc.LatinHypercube(n_unknowns or len(fitted()), rng=seed).random(n_points)))


def rounded(scores: np.ndarray) -> np.ndarray:
    """Return scores as points have them: rounded, and in the space that a prior's quantiles can tell apart."""
    return np.round(np.clip(scores, -FARTHEST, FARTHEST), SCORE_DIGITS)


def world_of(graduates: int) -> Scenario:
    """Return the scenario that is calibrated, with so many simulated graduates."""
    period = {"start": FIRST, "end": LAST, "reforms_from": LAST}
    return Scenario.load(SCENARIO).replace(period | {"graduates": graduates})


def points_of(scores: np.ndarray) -> Posterior:
    """Return the values of points, as a posterior has them."""
    known = fitted()
    found = columns(values(scores, known), known)
    rows = np.column_stack(list(found.values()))
    return Posterior("points of a wave", "", tuple(found), rows, tuple(range(len(rows))))


def carried_out(wave: Wave, world: Scenario, store: Store, where: Mapping[str, Any]) -> pd.DataFrame:
    """Do the runs of a wave that the store does not have, and return a row for each point.

    Returns
    -------
    DataFrame
        ``wave``, ``point`` and ``seed`` of the run, the scores of the unknowns by name, and the targets by label,
        each on its scale and rounded.

    Raises
    ------
    SweepError
        If a run fails.
    KeyboardInterrupt
        If it was interrupted.
    """
    import pandas as pd

    points, weight = points_of(wave.scores), weight_of(world)
    runs = _planned(wave, world, points)
    found = series_of(runs, store, simulate=simulate_observed, **where)
    names, labels = [one.name for one in fitted()], [one.label for one in targets()]
    rows = []
    for place, (run, years) in enumerate(zip(runs, found, strict=True)):
        series = pd.DataFrame(dict(years)).set_index("year")
        numbers = np.round(seen(series, _point(points, place), weight), DIGITS)
        own = {"wave": wave.name, "point": place, "seed": run.seed}
        scores = dict(zip(names, wave.scores[place], strict=True))
        rows.append(own | scores | dict(zip(labels, numbers, strict=True)))
    return pd.DataFrame(rows)


def _planned(wave: Wave, world: Scenario, points: Posterior) -> list[Run]:
    """Return the run of every point, each with luck of its own; :func:`abm.sweep.design.plan` gives arms the same."""
    measured, runs = measured_by(simulate_observed), []
    for place in range(len(points)):
        changes, seed = points.overrides(world, place), replicate_seed(wave.seed, place)
        scenario, name = world.replace(changes), f"{wave.name} {place}"
        key = key_of(scenario.to_toml(), (), seed, measured)
        arm = Arm(name, {"point": name}, overrides=changes)
        runs.append(Run(key, arm, place, seed, pack_scenario(scenario), measured))
    return runs


def run_again(row: pd.Series, graduates: int) -> str:
    """Return what differs if the run of a row of the table is made again, a sentence, or nothing."""
    import pandas as pd

    names, labels = [one.name for one in fitted()], [one.label for one in targets()]
    points, world = points_of(row[names].to_numpy(dtype=float)[None]), world_of(graduates)
    series = simulate_observed(world.replace(points.overrides(world, 0)), (), int(row["seed"]))
    numbers = np.round(seen(pd.DataFrame(series).set_index("year"), _point(points, 0), weight_of(world)), DIGITS)
    off = [label for label, number in zip(labels, numbers, strict=True) if number != row[label]]
    return f"wave {row['wave']}, point {row['point']}: {', '.join(off)} is another" if off else ""


def _point(points: Posterior, place: int) -> Mapping[str, float]:
    return dict(zip(points.names, points.rows[place].tolist(), strict=True))


def weight_of(world: Scenario) -> float:
    """Return how many persons a simulated one stands for."""
    from abm.environment import Environment

    return float(Environment(world).weight)
