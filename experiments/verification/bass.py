"""Bass's diffusion through referrals: ties abroad bring offers, so that who has left draws others after.

A year's chance of leaving is q(s) = P (1 - exp(-(p + c s))) when a share s lives abroad: innovation p, imitation c
(Bass 1969, Management Science 15), here by groups that review in turn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample
from experiments.verification.chains import FOR_GOOD, WITHOUT_MERIT
from experiments.verification.mean_field import Crowd, Response, path
from experiments.verification.social import complete
from experiments.verification.worlds import frictionless

__all__ = ["FAMILY"]

YEARS = 16
PERSONS, RUNS = 1_000, 160
ACCEPTS = 1.0 / (1.0 + math.exp(-2.0))  # an offer that is worth 2


def _leaving(p: float, c: float) -> Response:
    """Return the chance of leaving in a year's review, with its derivatives."""

    def chance(month: int, s: float) -> tuple[float, float, float]:
        none = math.exp(-(p + c * s))
        return ACCEPTS * (1.0 - none), ACCEPTS * c * none, -ACCEPTS * c**2 * none

    return chance


def _for_ever(month: int, s: float) -> tuple[float, float, float]:
    """Return that nobody comes back."""
    return 1.0, 0.0, 0.0


def _case(name: str, p: float, c: float, years: Sequence[int]) -> Case:
    """Return the share that has left by the end of some years."""
    months = [12 * year - 1 for year in years]
    there: dict[str, Any] = FOR_GOOD | {"permit_prob": 1.0, "wage": 2000.0, "moving_cost": -2.0}

    @lru_cache(maxsize=4)
    def expected(n: int) -> tuple[np.ndarray, np.ndarray]:
        return path(Crowd(n, _leaving(p, c), _for_ever, 0.0), 12 * YEARS)

    def simulate(error: float, seed: int, n: int) -> Sample:
        gain = {"decision.offer_ties_gain": c / (p * n), "decision.rule_of_law_weight": 0.0}
        fixed = {"end": f"{2025 + YEARS}-12", "decision.return_cost": 50.0}
        world = frictionless(
            WITHOUT_MERIT | fixed | gain, graduates=n, destinations={"abroad": there | {"offer_rate": p * error}}
        )
        stocks = Simulation(world, seed=seed, network=complete(n)).run().accounts.stocks.sum(axis=2)
        found = (stocks[:, 1] / stocks.sum(axis=1))[months]
        return Sample(found, np.sqrt(expected(n)[1][months]))

    def curve() -> Curve:
        return np.arange(12 * YEARS + 1) / 12.0, np.concatenate([[0.0], expected(PERSONS)[0]])

    cells = [f"has left after {year} years" for year in years]
    return Case(name, cells, lambda n: expected(n)[0][months], simulate, PERSONS, RUNS, x=years, curve=curve)


FAMILY = Family(
    name="Bass diffusion",
    form="a year's chance P (1 - exp(-p - c s)) by groups that review in turn, to the order 1 / N",
    planted="rate of offers",
    cases=(
        _case("p = .03, c = .5", 0.03, 0.5, (2, 4, 6, 8, 10, 12, 16)),
        _case("p = .05, c = 1", 0.05, 1.0, (1, 2, 3, 4, 5, 6, 8)),
    ),
    title="Bass: offers through ties make departures an S-curve, steeper where ties bring more",
    xlabel="years",
    ylabel="share that has left",
)
