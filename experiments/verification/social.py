"""Social interactions: everybody knows everybody and goes where the others are, so that there are two equilibria.

The gain from going abroad is v + w (2 s - 1) when a share s lives there.  In equilibrium s = logistic(v + w (2 s - 1)):
one solution if w < 2, up to three beyond, which vanish in pairs at two folds (Brock and Durlauf 2001, Review of
Economic Studies 68).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from abm.network import Network
from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample
from experiments.verification.mean_field import Crowd, Response, path
from experiments.verification.worlds import frictionless

__all__ = [
    "FAMILY",
    "STRONG",
    "complete",
    "equilibria",
    "folds",
]

HOME_WAGE = 2000.0
STRONG, WEAK = 3.0, 1.0
PERSONS, RUNS = 1_000, 32
SWEPT = tuple(float(v) for v in (-1.0, -0.5, 0.0, 0.5, 1.0, 1.0, 0.5, 0.0, -0.5, -1.0, -1.5))  # by year


def equilibria(v: float, w: float) -> list[float]:
    """Return all solutions of s = logistic(v + w (2 s - 1)), found as sign changes on a fine grid."""
    s = np.linspace(0.0, 1.0, 200_000)  # an even number, so that no point is a solution itself
    gap = 1.0 / (1.0 + np.exp(-(v + w * (2.0 * s - 1.0)))) - s
    return [float(s[k]) for k in np.flatnonzero(np.diff(np.sign(gap)))]


def folds(w: float) -> tuple[float, float]:
    """Return the gain up to which the low equilibrium exists, and that from which on the high one does.

    There s (1 - s) = 1 / (2 w).
    """
    low = (1.0 - math.sqrt(1.0 - 2.0 / w)) / 2.0
    v = math.log(low / (1.0 - low)) - w * (2.0 * low - 1.0)
    return v, -v


@lru_cache(maxsize=1)
def complete(n: int) -> Network:
    """Return the network in which everybody knows everybody."""
    others = np.arange(n - 1)[None, :] + (np.arange(n - 1)[None, :] >= np.arange(n)[:, None])
    return Network(np.arange(n + 1, dtype=np.int64) * (n - 1), others.ravel())


def paying(gains: Sequence[float]) -> tuple[dict[str, float], np.ndarray]:
    """Return the pay abroad by year, at whose middles the gain from going is as given, and the gain by month."""
    wages = HOME_WAGE * np.exp(np.asarray(gains))
    middles = 12.0 * np.arange(len(gains)) + 6.0
    by_month = np.interp(np.arange(12 * len(gains)) + 0.5, middles, wages)
    return {str(2026 + k): float(wage) for k, wage in enumerate(wages)}, np.log(by_month / HOME_WAGE)


def _response(gain: np.ndarray, w: float, n: int, lives_here: int) -> Response:
    """Return how somebody who lives abroad (-1) or at home (1), and does not count herself, answers to the others."""
    slope = 2.0 * w * n / (n - 1)

    def chance(month: int, s: float) -> tuple[float, float, float]:
        f = 1.0 / (1.0 + math.exp(-(gain[month] + w * ((2.0 * s - 1.0) * n + lives_here) / (n - 1))))
        return f, f * (1.0 - f) * slope, f * (1.0 - f) * (1.0 - 2.0 * f) * slope**2

    return chance


def _crowd(gains: Sequence[float], w: float, n: int, *, abroad: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the share abroad by month, in closed form."""
    gain = paying(gains)[1]
    start = (n - 1) / n if abroad else 0.0
    return path(Crowd(n, _response(gain, w, n, 1), _response(gain, w, n, -1), start), len(gain))


def _run(gains: Sequence[float], w: float, seed: int, n: int, *, abroad: bool) -> np.ndarray:
    """Return the share abroad by month in a run of the crowd."""
    there = {"wage": paying(gains)[0], "diaspora": n - 1.0 if abroad else 0.0}
    world = frictionless(
        {
            "end": f"{2025 + len(gains)}-12",
            "decision.exposure": "share",
            "decision.ties_weight": w,
            "decision.rule_of_law_weight": 0.0,
        },
        graduates=1 if abroad else n,
        destinations={"abroad": there},
    )
    stocks = Simulation(world, seed=seed, network=complete(n)).run().accounts.stocks.sum(axis=2)
    return np.asarray(stocks[:, 1] / stocks.sum(axis=1))


def _case(name: str, gains: Sequence[float], years: Sequence[int], w: float = STRONG, *, abroad: bool = False) -> Case:
    """Return a crowd seen at the ends of some years, drawn over the gain of the month."""
    months = [12 * year - 1 for year in years]
    gain = paying(gains)[1]

    @lru_cache(maxsize=4)
    def expected(n: int) -> tuple[np.ndarray, np.ndarray]:
        return _crowd(gains, w, n, abroad=abroad)

    def simulate(error: float, seed: int, n: int) -> Sample:
        found = _run(gains, w * error, seed, n, abroad=abroad)
        return Sample(found[months], np.sqrt(expected(n)[1][months]))

    shown = w == STRONG
    cells = [f"gain {gain[month]:.2f}, after {year} years" for month, year in zip(months, years, strict=True)]
    return Case(
        name,
        cells,
        lambda n: expected(n)[0][months],
        simulate,
        PERSONS,
        RUNS,
        x=[gain[month] for month in months] if shown else (),
        curve=(lambda: (gain, expected(PERSONS)[0])) if shown and len(set(gains)) > 1 else None,
    )


def _branch(low: float, high: float) -> Callable[[], Curve]:
    """Return the equilibria at which the share lies between two, over the gain that has them."""

    def curve() -> Curve:
        s = np.linspace(max(low, 0.003), min(high, 0.997), 300)
        return np.log(s / (1.0 - s)) - STRONG * (2.0 * s - 1.0), s

    return curve


FOLD = (1.0 - math.sqrt(1.0 - 2.0 / STRONG)) / 2.0

FAMILY = Family(
    name="social interactions",
    form="s = logistic(v + w (2 s - 1)) by groups that review in turn, two folds, to the order 1 / N",
    planted="weight of ties",
    cases=(
        _case("weak ties: one equilibrium", [-0.5] * 5, (3, 5), WEAK),
        _case("below the fold, from home", [0.3] * 6, (2, 4, 6)),
        _case("beyond the fold, from home", [1.0] * 6, (2, 3, 4, 6)),
        _case("above the other fold, from abroad", [-0.3] * 6, (2, 4, 6), abroad=True),
        _case("beyond the other fold, from abroad", [-1.0] * 6, (2, 3, 4, 6), abroad=True),
        _case("swept up and down", SWEPT, range(1, len(SWEPT) + 1)),
    ),
    title="Social interactions: two equilibria between two folds; swept up and down, the crowd jumps later each way",
    xlabel="gain from going abroad without ties, v",
    ylabel="share abroad",
    background=[_branch(low, high) for low, high in pairwise((0.0, FOLD, 1.0 - FOLD, 1.0))],
)
