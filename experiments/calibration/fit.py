"""The fit: waves of runs, an emulator of each, the posterior, and what says whether it can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.analysis.calibration import Evidence, covered, n_effective, ranks, regressed, sampled
from abm.analysis.emulator import Emulator
from abm.sweep.store import Store
from experiments.calibration.targets import covariance, targets
from experiments.calibration.unknowns import columns, fitted, unknowns, values
from experiments.calibration.waves import Wave, carried_out, rounded, run_again, spread, world_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "GRADUATES",
    "N_DRAWS",
    "N_PRIOR",
    "N_SECOND",
    "N_TRUTHS",
    "SHARES",
    "Belief",
    "Fit",
    "again",
    "believed",
    "fit",
    "made",
    "posterior_table",
]

GRADUATES = 100_000
N_PRIOR, N_SECOND, N_AGAIN, N_TRUTHS = 1024, 768, 64, 200  # points of each wave
PRIOR, SECOND, AGAIN, TRUTHS = "prior", "second", "again", "truths"
WIDER = 1.25  # the second wave is spread over the first posterior, its deviations so many times as large
SEEDS = {PRIOR: 1, SECOND: 2, AGAIN: 3, TRUTHS: 4}  # of the luck of each wave's runs
DESIGN_SEED, TRUTHS_SEED, SECOND_SEED, POSTERIOR_SEED, BELIEF_SEED, NOISE_SEED = 11, 12, 13, 14, 15, 16
CHAINS, STEPS, BURNED = 100, 1500, 300
N_DRAWS = 200  # of the published posterior
NOISY = 50  # draws of the observation's error for each run, for the second method
SHARES = (0.5, 0.9)  # of the posterior, in the intervals that are checked


def made(store: Store, where: Mapping[str, Any]) -> pd.DataFrame:
    """Do the runs of all waves that a store does not have, and return a row for each."""
    import pandas as pd

    world = world_of(GRADUATES)

    def wave(name: str, scores: np.ndarray) -> pd.DataFrame:
        return carried_out(Wave(name, SEEDS[name], scores), world, store, where)

    first = wave(PRIOR, spread(N_PRIOR, DESIGN_SEED))
    truths = np.random.default_rng(TRUTHS_SEED).normal(size=(N_TRUTHS, len(fitted())))
    second = second_points(first)
    waves = [first, wave(SECOND, second), wave(AGAIN, second[:N_AGAIN]), wave(TRUTHS, rounded(truths))]
    return pd.concat(waves, ignore_index=True)


def again(row: pd.Series) -> str:
    """Return what differs if the run of a row of the published table is made again, or nothing."""
    return run_again(row, GRADUATES)


def second_points(first: pd.DataFrame) -> np.ndarray:
    """Return the points of the second wave: draws of the first wave's posterior, spread wider."""
    emulator = _emulator(first)
    draws = _draws(Evidence(emulator, covariance() + emulator.covariance, _observed()), SECOND_SEED)
    middle = draws.mean(axis=0)
    chosen = draws[np.linspace(0, len(draws) - 1, N_SECOND).astype(int)]
    return rounded(middle + WIDER * (chosen - middle))


def _scores(table: pd.DataFrame) -> np.ndarray:
    return table[[one.name for one in fitted()]].to_numpy(dtype=float)


def _outputs(table: pd.DataFrame) -> np.ndarray:
    return table[[one.label for one in targets()]].to_numpy(dtype=float)


def _observed() -> np.ndarray:
    return np.array([one.observed for one in targets()])


def _emulator(table: pd.DataFrame) -> Emulator:
    return Emulator.fitted(_scores(table), _outputs(table))


def _draws(evidence: Evidence, seed: int) -> np.ndarray:
    """Return draws of the posterior of one world, a row each, those of different chains by turns."""
    found = sampled(evidence, chains=CHAINS, steps=STEPS, burned=BURNED, seed=seed)[0]
    return found.swapaxes(0, 1).reshape(-1, found.shape[-1])


@dataclass(frozen=True)
class Fit:
    """The posterior, and what it was made of.

    Parameters
    ----------
    draws : ndarray
        Scores of the fitted unknowns, a row for each draw.
    effective : ndarray
        Independent draws that these are worth, for each unknown.
    prior_emulator, emulator : Emulator
        Of the first wave and of the second.
    luck : ndarray
        Variance of the luck of a run of the second wave, for each target.
    covariance : ndarray
        Of what was observed with what the emulator says at the true point.
    cross : tuple of ndarray
        Mean and standard deviation of each score by the second method.
    same : tuple of ndarray
        The same of the posterior of the first wave alone, which that method sees too.
    """

    draws: np.ndarray
    effective: np.ndarray
    prior_emulator: Emulator
    emulator: Emulator
    luck: np.ndarray
    covariance: np.ndarray
    cross: tuple[np.ndarray, np.ndarray]
    same: tuple[np.ndarray, np.ndarray]


def fit(table: pd.DataFrame) -> Fit:
    """Return the posterior that a table of waves gives.

    A run of many more persons has less luck than one that is simulated, so that of the second wave's error the luck of
    a run is taken off, as far as it is more than that of everybody.
    """
    waves = {str(name): rows for name, rows in table.groupby("wave", sort=False)}
    first, second = _emulator(waves[PRIOR]), _emulator(waves[SECOND])
    pairs = _outputs(waves[SECOND])[: len(waves[AGAIN])] - _outputs(waves[AGAIN])
    luck = pairs.var(axis=0) / 2.0
    error = _without_luck(second.covariance, luck)
    evidence = Evidence(second, covariance() + error, _observed())
    chains = sampled(evidence, chains=CHAINS, steps=STEPS, burned=BURNED, seed=POSTERIOR_SEED)[0]
    before = _draws(Evidence(first, covariance() + first.covariance, _observed()), SECOND_SEED)
    runs = np.vstack([_scores(waves[name]) for name in (PRIOR, TRUTHS)])
    outputs = np.vstack([_outputs(waves[name]) for name in (PRIOR, TRUTHS)])
    cross = regressed(*_noisy(runs, outputs), _observed())
    return Fit(
        chains.swapaxes(0, 1).reshape(-1, chains.shape[-1]),
        n_effective(chains),
        first,
        second,
        luck,
        evidence.covariance,
        cross,
        (before.mean(axis=0), before.std(axis=0)),
    )


def _without_luck(error: np.ndarray, luck: np.ndarray) -> np.ndarray:
    """Return an emulator's error without the luck of a run, but for at least a twentieth of each variance."""
    real = 1.0 - GRADUATES / world_of(GRADUATES).home.graduates.values[0]
    own = np.diag(error)
    taken = np.minimum(real * luck, 0.95 * own)
    scale = np.sqrt((own - taken) / own)
    return np.asarray(error * scale[:, None] * scale[None, :])


def _noisy(scores: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each run several times, with the error of what would be observed."""
    generator = np.random.default_rng(NOISE_SEED)
    shape = (NOISY * len(outputs),)
    noise = generator.multivariate_normal(np.zeros(outputs.shape[1]), covariance(), size=shape, method="cholesky")
    return np.repeat(scores, NOISY, axis=0), np.repeat(outputs, NOISY, axis=0) + noise


@dataclass(frozen=True)
class Belief:
    """What calibrating made-up worlds says, a row for each of them and a column for each unknown.

    ``covered`` has a table for each of :data:`SHARES`; ``ranks`` are shares of draws below the truth; ``contraction``
    is how far the variance is below the prior's.
    """

    covered: Mapping[float, np.ndarray]
    ranks: np.ndarray
    contraction: np.ndarray


def believed(table: pd.DataFrame) -> Belief:
    """Return what comes out if worlds whose truth is known are calibrated as the real one is.

    Each is a run at a point drawn from the prior, with the error of what is observed drawn too; the emulator is the
    first wave's, which has not seen it.
    """
    waves = {str(name): rows for name, rows in table.groupby("wave", sort=False)}
    emulator, truths = _emulator(waves[PRIOR]), waves[TRUTHS]
    generator = np.random.default_rng(BELIEF_SEED)
    outputs = _outputs(truths)
    noise = generator.multivariate_normal(
        np.zeros(outputs.shape[1]), covariance(), size=len(outputs), method="cholesky"
    )
    evidence = Evidence(emulator, covariance() + emulator.covariance, outputs + noise)
    draws = sampled(evidence, chains=10, steps=900, burned=200, seed=BELIEF_SEED)
    flat = draws.reshape(len(outputs), -1, draws.shape[-1])
    scores = _scores(truths)
    pairs = list(zip(scores, flat, strict=True))
    return Belief(
        {share: np.array([covered(truth, own, share) for truth, own in pairs]) for share in SHARES},
        np.array([ranks(truth, own) for truth, own in pairs]),
        1.0 - flat.var(axis=1),
    )


def posterior_table(draws: np.ndarray) -> dict[str, np.ndarray]:
    """Return the draws that are published, by the columns of a posterior.

    What the past says nothing of is drawn evenly over its prior, independently of all else.
    """
    chosen = draws[np.linspace(0, len(draws) - 1, N_DRAWS).astype(int)]
    others = spread(N_DRAWS, POSTERIOR_SEED, len(unknowns()) - len(fitted()))
    return columns(values(np.hstack([chosen, others]), unknowns()), unknowns())
