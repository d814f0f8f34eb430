"""Cascades on a ring: who has a neighbour abroad follows, so that a few who go first are followed by whole stretches.

With two ties each and a gain of v + w (a - 1) where a of them live abroad, a year's chance of leaving is q_a =
logistic(v + w (a - 1)), and nobody comes back.  As long as she is at home, her two neighbours do not hear of each other
through her, so that their months of departure are independent, and each is told by the neighbour beyond: a recursion by
month, exact on a long ring (one-dimensional contagion: Fibich and Gibori 2010, Operations Research 58).
"""

from __future__ import annotations

import numpy as np

from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample, working
from experiments.verification.chains import logistic
from experiments.verification.worlds import frictionless

__all__ = ["FAMILY", "cascade"]

YEARS = (1, 2, 3, 4, 5, 6, 8, 10)
PERSONS, RUNS = 25_000, 40
GROUPS = 12


def cascade(chances: np.ndarray, months: int) -> np.ndarray:
    """Return the share that has left by the end of each month.

    Parameters
    ----------
    chances : ndarray, shape (3,)
        The chance of leaving in a year's review with none, one and two neighbours abroad.
    months : int
        How many; a twelfth of all reviews in each.
    """
    # of one side: nobody beyond has left yet and she stays; the neighbour beyond has left and she stays
    alone, told = np.ones(GROUPS), np.zeros(GROUPS)
    here = np.zeros((3, GROUPS))  # she is at home with so many neighbours abroad, by the month in which she reviews
    here[0] = 1.0
    before, left = 1.0, np.empty(months)
    for month in range(months):
        group = month % GROUPS
        alone[group] *= 1.0 - chances[0]
        told[group] *= 1.0 - chances[1]
        stays = float(np.mean(alone * before + told))
        told += alone * (before - stays)
        goes, before = 1.0 - stays / before, stays
        here[:, group] *= 1.0 - chances
        none, one, both = here
        here = np.array(
            [
                none * (1.0 - goes) ** 2,
                one * (1.0 - goes) + 2.0 * none * goes * (1.0 - goes),
                both + one * goes + none * goes**2,
            ]
        )
        left[month] = 1.0 - here.sum(axis=0).mean()
    return left


def _case(name: str, v: float, w: float) -> Case:
    """Return the share that has left by the end of some years."""
    months = [12 * year - 1 for year in YEARS]
    path = cascade(logistic(v + w * np.array([-1.0, 0.0, 1.0])), 12 * YEARS[-1])

    def simulate(error: float, seed: int, n: int) -> Sample:
        world = frictionless(
            {
                "end": f"{2025 + YEARS[-1]}-12",
                "network.kind": "ring",
                "network.mean_degree": 2,
                "decision.exposure": "share",
                "decision.ties_weight": w * error,
                "decision.rule_of_law_weight": 0.0,
                "decision.return_cost": 50.0,
            },
            graduates=n,
            destinations={"abroad": {"wage": 2000.0, "moving_cost": -v}},
        )
        stocks = working(Simulation(world, seed=seed).run(), months)
        return Sample(stocks[:, 1] / stocks.sum(axis=1), None)

    def curve() -> Curve:
        return np.arange(len(path) + 1) / 12.0, np.concatenate([[0.0], path])

    cells = [f"has left after {year} years" for year in YEARS]
    return Case(name, cells, lambda n: path[months], simulate, PERSONS, RUNS, x=YEARS, curve=curve)


FAMILY = Family(
    name="cascades",
    form="recursion by month of one-sided contagion on a ring",
    planted="weight of ties",
    cases=(
        _case("half follow one neighbour", 0.0, 5.0),
        _case("one in ten follows one neighbour, most follow two", -2.2, 3.0),
        _case("nine in ten follow one neighbour", 2.2, 8.0),
    ),
    title="Cascades: those who go first are few, and those who follow run along the ring at the speed of the recursion",
    xlabel="years",
    ylabel="share that has left",
)
