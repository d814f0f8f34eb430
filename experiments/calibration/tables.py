"""What a calibration publishes as tables: unknowns, targets, coverage, and draws of the posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.analysis.calibration import contraction
from experiments.calibration.fit import SHARES, Belief, Fit, posterior_table
from experiments.calibration.targets import covariance, targets
from experiments.calibration.unknowns import fitted, values

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["coverage_of", "posterior_of", "predicted", "targets_of", "unknowns_of"]

POINTS = (0.05, 0.5, 0.95)
NOISE_SEED = 21
DIGITS = 6  # significant, of a published draw


def unknowns_of(fit: Fit, belief: Belief) -> pd.DataFrame:
    """Return a row for each fitted unknown: prior, posterior, what the data said, and what a second method says."""
    import pandas as pd

    known = fitted()
    before = values(np.random.default_rng(NOISE_SEED).normal(size=(20_000, len(known))), known)
    after = values(fit.draws, known)
    said, cross, same = contraction(fit.draws), fit.cross, fit.same
    rows = []
    for place, one in enumerate(known):
        row: dict[str, Any] = {"unknown": one.name, "prior": one.said, "source": one.source}
        for which, found in (("prior", before), ("posterior", after)):
            row |= {f"{which}_p{round(100 * at):02d}": float(np.quantile(found[:, place], at)) for at in POINTS}
        row |= {
            "contraction": said[place],
            "effective_draws": fit.effective[place],
            "first_wave_score": same[0][place],
            "first_wave_deviation": same[1][place],
            "regression_abc_score": cross[0][place],
            "regression_abc_deviation": cross[1][place],
        }
        row |= {f"coverage_{round(100 * share)}": belief.covered[share][:, place].mean() for share in SHARES}
        rows.append(row | {"contraction_of_known_truths": belief.contraction[:, place].mean()})
    return pd.DataFrame(rows)


def predicted(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Return what the posterior says of every target on its scale, a row for each draw: the model, and the statistic.

    The second has the error of what is observed and the model's discrepancy too.
    """
    generator = np.random.default_rng(NOISE_SEED)
    chosen = fit.draws[np.linspace(0, len(fit.draws) - 1, 4000).astype(int)]
    model = fit.emulator.at(chosen)
    error = fit.covariance - covariance()  # the emulator's
    zero = np.zeros(model.shape[1])
    model = model + generator.multivariate_normal(zero, error, size=len(model), method="cholesky")
    return model, model + generator.multivariate_normal(zero, covariance(), size=len(model), method="cholesky")


def targets_of(fit: Fit) -> pd.DataFrame:
    """Return a row for each target: observed, the runs of the prior, the posterior, and whether it is inside."""
    import pandas as pd

    model, statistic = predicted(fit)
    rows = []
    for place, one in enumerate(targets()):
        named = {"target": one.name, "when": one.when, "unit": one.unit, "scale": one.scale, "spread": one.spread}
        row: dict[str, Any] = dict(named)
        row["observed"] = float(one.shown(np.array(one.observed)))
        drawn = {"prior": fit.prior_emulator.outputs, "model": model, "statistic": statistic}
        for which, found in drawn.items():
            numbers = one.shown(np.quantile(found[:, place], POINTS))
            row |= {f"{which}_p{round(100 * at):02d}": float(n) for at, n in zip(POINTS, numbers, strict=True)}
        row["inside_90"] = bool(row["statistic_p05"] <= row["observed"] <= row["statistic_p95"])
        row["explained_first_wave"] = fit.prior_emulator.explained[place]
        row["emulator_error"] = float(np.sqrt((fit.covariance - covariance())[place, place]))
        row["luck_of_a_run"] = float(np.sqrt(fit.luck[place]))
        rows.append(row | {"source": one.of[0].source})
    return pd.DataFrame(rows)


def coverage_of(belief: Belief) -> pd.DataFrame:
    """Return where the truth of each made-up world lies in its posterior: the rank of every unknown, a row a world."""
    import pandas as pd

    return pd.DataFrame(belief.ranks, columns=[one.name for one in fitted()])


def posterior_of(fit: Fit) -> pd.DataFrame:
    """Return the draws that are published, of every unknown, in significant digits."""
    import pandas as pd

    found = posterior_table(fit.draws)
    return pd.DataFrame({name: [float(f"{n:.{DIGITS}g}") for n in column] for name, column in found.items()})
