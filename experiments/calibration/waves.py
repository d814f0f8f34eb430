"""Waves of runs: points spread over what is unknown, each run once with luck of its own, and what each has of targets.

The first wave spreads points over the prior, the second over what the first has left.  Runs go through the runner and
its store: they are found again after any interruption.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.engine.streams import replicate_seed
from abm.parameters import Series
from abm.scenario import Scenario
from abm.sweep.arms import Arm
from abm.sweep.design import Run, plan
from abm.sweep.runner import do_runs
from abm.sweep.store import SUCCEEDED, Store, unpack
from abm.sweep.work import measured_by
from experiments.calibration.targets import FIRST, LAST, seen, simulate_fitted, targets
from experiments.calibration.unknowns import columns, fitted, values

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCENARIO", "Wave", "carried_out", "overrides", "run_of", "spread", "world_of"]

SCENARIO = "kazakhstan-2010"
SEED = 20_100  # of all waves; each has its own from it
TIMES = " x"  # ends the name of what multiplies a scenario's own value
OBSERVATION = "observation."  # begins the name of what is no part of a scenario


class WaveError(RuntimeError):
    """Runs of a wave that could not be done, said in one sentence."""


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


def spread(n_points: int, seed: int) -> np.ndarray:
    """Return scores of points spread evenly over the prior: a Latin hypercube."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    return np.asarray(ndtri(qmc.LatinHypercube(len(fitted()), rng=seed).random(n_points)))


def world_of(graduates: int) -> Scenario:
    """Return the scenario that is calibrated, with so many simulated graduates."""
    period = {"start": FIRST, "end": LAST, "reforms_from": LAST}
    return Scenario.load(SCENARIO).replace(period | {"graduates": graduates})


def overrides(world: Scenario, point: Mapping[str, float]) -> dict[str, Any]:
    """Return the scenario values that a point sets."""
    found: dict[str, Any] = {}
    for name, value in point.items():
        if name.startswith(OBSERVATION):
            continue
        key = name.removesuffix(TIMES)
        found[key] = _times(world.get(key), value) if name.endswith(TIMES) else value
    return found


def _times(stated: Any, factor: float) -> Any:
    """Return a number or a series of years, multiplied."""
    if not isinstance(stated, Series):
        return stated * factor
    return {str(year): number * factor for year, number in zip(stated.years, stated.values, strict=True)}


def points_of(scores: np.ndarray) -> list[dict[str, float]]:
    """Return the values of every point by the columns of a posterior."""
    known = fitted()
    found = columns(values(scores, known), known)
    return [dict(zip(found, row, strict=True)) for row in np.column_stack(list(found.values())).tolist()]


def run_of(world: Scenario, name: str, point: Mapping[str, float], seed: int) -> Run:
    """Return the run of a point."""
    arm = Arm(name, {"point": name}, overrides=overrides(world, point))
    (run,) = plan(world, [arm], replicates=1, seed=seed, measured=measured_by(simulate_fitted))
    return run


def carried_out(wave: Wave, world: Scenario, store: Store, where: Mapping[str, Any]) -> pd.DataFrame:
    """Do the runs of a wave that the store does not have, and return a row for each point.

    Returns
    -------
    DataFrame
        ``wave``, ``point``, ``seed`` and ``digest`` of the run, the scores of the unknowns by name, and the targets
        by label, each on its scale.

    Raises
    ------
    WaveError
        If a run fails, or it was interrupted.
    """
    import pandas as pd

    points = points_of(wave.scores)
    names = [f"{wave.name} {place}" for place in range(len(points))]
    runs = [
        run_of(world, name, point, replicate_seed(wave.seed, place))
        for place, (name, point) in enumerate(zip(names, points, strict=True))
    ]
    sweep = do_runs(runs, store, simulate=simulate_fitted, **where)
    if sweep.interrupted:
        raise KeyboardInterrupt
    if sweep.n_failed:
        raise WaveError(f"{sweep.n_failed} of {sweep.n_runs} runs of wave '{wave.name}' failed")
    weight = weight_of(world)
    rows = []
    found = {outcome.key: outcome for outcome in store.outcomes([run.key for run in runs])}
    for run, point, place in zip(runs, points, range(len(points)), strict=True):
        series = unpack(found[run.key].series)
        table = pd.DataFrame(dict(series)).set_index("year")
        numbers = dict(zip((one.label for one in targets()), seen(table, point, weight), strict=True))
        scores = dict(zip((one.name for one in fitted()), wave.scores[place], strict=True))
        rows.append({"wave": wave.name, "point": place, "seed": run.seed, "run": run.name} | scores | numbers)
    return pd.DataFrame(rows)


def weight_of(world: Scenario) -> float:
    """Return how many persons a simulated one stands for."""
    from abm.environment import Environment

    return float(Environment(world).weight)
