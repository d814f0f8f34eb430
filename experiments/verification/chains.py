"""Two-state chains: who is abroad after some years of one review each, of persons alike and unlike."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample, share_abroad
from experiments.verification.choice import lognormal, nodes_of
from experiments.verification.worlds import frictionless

__all__ = [
    "FAMILY",
    "FOR_GOOD",
    "WITHOUT_MERIT",
    "logistic",
    "two_state",
]

YEARS = (1, 2, 3, 5, 8, 12)
LAW_WEIGHT, LAW_GAIN, PAY_GAIN = 0.5, 2.0, math.log(5000.0 / 2000.0)
LEAVING, RETURNING = 3.0, 2.5  # costs
OFFERS, PERMIT = 0.5, 0.6
PERSONS = 250_000

Shares = Callable[[np.ndarray], np.ndarray]  # by years


def logistic(x: np.ndarray | float) -> np.ndarray:
    """Return the logistic function."""
    return np.asarray((1.0 + np.tanh(np.asarray(x, dtype=float) / 2.0)) / 2.0)


def two_state(e: np.ndarray | float, r: np.ndarray | float, years: np.ndarray | float) -> np.ndarray:
    """Return the share abroad of a chain that starts at home: chance e of leaving a year, r of coming back."""
    e, r = np.asarray(e, dtype=float), np.asarray(r, dtype=float)
    return np.asarray(e / (e + r) * (1.0 - (1.0 - e - r) ** years))


def _alike(income: np.ndarray | float = 1.0, home: np.ndarray | float = 0.0, found: float = 1.0) -> Shares:
    """Return shares abroad by years: of one person, or each column of one."""
    gain = income * PAY_GAIN + LAW_WEIGHT * LAW_GAIN - home
    e, r = found * logistic(gain - LEAVING), logistic(-gain - RETURNING)
    return lambda years: two_state(e, r, years)


def _mean(spread: float, person: Callable[[np.ndarray], Shares]) -> Shares:
    """Return shares abroad over persons of whom one taste differs."""
    (z,), weight = nodes_of([spread])
    shares = person(z)
    return lambda years: np.array([shares(np.asarray(year)) @ weight for year in np.atleast_1d(years)])


def _case(name: str, shares: Shares, changes: dict[str, float], **destination: Any) -> Case:
    """Return a chain seen at the end of some years."""
    exact, months = shares(np.array(YEARS, dtype=float)), [12 * year - 1 for year in YEARS]

    def simulate(error: float, seed: int, n: int) -> Sample:
        law = {"decision.rule_of_law_weight": LAW_WEIGHT * error, "decision.return_cost": RETURNING}
        world = frictionless(
            {"end": f"{2025 + YEARS[-1]}-12"} | law | changes,
            graduates=n,
            destinations={"abroad": {"moving_cost": LEAVING} | destination},
        )
        return share_abroad(Simulation(world, seed=seed).run(), months, exact)

    def curve() -> Curve:
        years = np.arange(0.0, YEARS[-1] + 1)
        return years, shares(years)

    cells = [f"abroad after {year} years" for year in YEARS]
    return Case(name, cells, lambda n: exact, simulate, PERSONS, x=YEARS, curve=curve)


# a permit of such months is for good
FOR_GOOD: dict[str, Any] = {
    "entry": "permit",
    "offer_rate": OFFERS,
    "permit_prob": PERMIT,
    "work_permit_months": 400.0,
    "settlement_months": 300.0,
    "permits_per_year": float("inf"),
}
WITHOUT_MERIT = {"decision.offer_ability_gain": 0.0, "decision.offer_degree_gain": 0.0}


def _cases() -> Sequence[Case]:
    attached, weighed = 1.5, 0.9
    return (
        _case("all alike", _alike(), {}),
        _case(
            "attachment differs",
            _mean(attached, lambda z: _alike(home=attached * z)),
            {"decision.home_attachment_spread": attached},
        ),
        _case(
            "weight of income differs",
            _mean(weighed, lambda z: _alike(income=lognormal(1.0, weighed, z))),
            {"decision.income_weight_spread": weighed},
        ),
        _case(
            "offers and permits",
            _alike(found=(1.0 - math.exp(-OFFERS)) * PERMIT),
            WITHOUT_MERIT,
            **FOR_GOOD,
        ),
    )


FAMILY = Family(
    name="two-state chains",
    form="e / (e + r) (1 - (1 - e - r)^t), over persons if they differ",
    planted="weight of rule of law",
    cases=_cases(),
    title="Two-state chains: the share abroad nears e / (e + r), more slowly where persons differ",
    xlabel="years",
    ylabel="share abroad",
)
