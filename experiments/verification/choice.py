"""Mixed logit: where persons of unlike tastes live after one review each, by quadrature over their tastes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample, binomial, working
from experiments.verification.worlds import frictionless

__all__ = [
    "ALIKE",
    "ALL",
    "APART",
    "FAMILY",
    "FOUR",
    "logit",
    "lognormal",
    "mixed_logit",
    "nodes_of",
    "utilities",
]

HOME_WAGE, HOME_LAW = 2000.0, -0.5
NODES, FEWER_NODES, MANY = 48, 18, 3  # of each taste that differs, and with more tastes than so many
PERSONS = 400_000


class Tastes(NamedTuple):
    """Means and spreads of tastes, as a scenario has them."""

    income_weight: float = 1.0
    income_weight_spread: float = 0.0
    rule_of_law_weight: float = 0.5
    rule_of_law_weight_spread: float = 0.0
    home_attachment: float = 0.0
    home_attachment_spread: float = 0.0

    def changes(self, error: float = 1.0) -> dict[str, float]:
        """Return them as values of a scenario, the weight of income with an error."""
        given = {f"decision.{name}": value for name, value in self._asdict().items()}
        return given | {"decision.income_weight": self.income_weight * error}


def logit(utilities: Sequence[float]) -> np.ndarray:
    """Return the shares of a multinomial logit."""
    weights = np.exp(np.array(utilities))
    shares: np.ndarray = weights / weights.sum()
    return shares


ALIKE = Tastes()


def utilities(destinations: Mapping[str, Mapping[str, float]], tastes: Tastes = ALIKE) -> list[float]:
    """Return what home and each destination are worth to the average person who lives at home."""
    return [tastes.home_attachment] + [
        tastes.income_weight * math.log(there["wage"] / HOME_WAGE)
        + tastes.rule_of_law_weight * (there["rule_of_law"] - HOME_LAW)
        - there.get("moving_cost", 0.0)
        for there in destinations.values()
    ]


def nodes_of(spreads: Sequence[float]) -> tuple[list[np.ndarray], np.ndarray]:
    """Return nodes of standard normal draws by Gauss and Hermite, one for each spread, and the weight of each.

    A draw without spread has the one node 0.
    """
    differ = sum(spread > 0.0 for spread in spreads)
    x, w = np.polynomial.hermite_e.hermegauss(FEWER_NODES if differ > MANY else NODES)
    axes = [(x, w / w.sum()) if spread > 0.0 else (np.zeros(1), np.ones(1)) for spread in spreads]
    draws = [grid.ravel() for grid in np.meshgrid(*(nodes for nodes, _ in axes), indexing="ij")]
    weight = np.ones(1)
    for _, own in axes:
        weight = np.multiply.outer(weight, own).ravel()
    return draws, weight


def lognormal(mean: float, spread: float, z: np.ndarray) -> np.ndarray:
    """Return the quantiles of a lognormal law of this mean and this spread of the logarithm at normal ones."""
    return np.asarray(mean * np.exp(spread * z - spread**2 / 2.0))


def mixed_logit(destinations: Mapping[str, Mapping[str, float]], tastes: Tastes) -> np.ndarray:
    """Return the share of home and of each destination among persons whose tastes are drawn.

    Parameters
    ----------
    destinations : mapping
        Of each its ``wage``, ``rule_of_law``, ``moving_cost`` and ``affinity_spread``.
    tastes : Tastes
        Of those who choose.
    """
    places = list(destinations.values())
    own = [there.get("affinity_spread", 0.0) for there in places]
    spreads = [tastes.income_weight_spread, tastes.rule_of_law_weight_spread, tastes.home_attachment_spread, *own]
    (z_income, z_law, z_home, *z_there), weight = nodes_of(spreads)
    income = lognormal(tastes.income_weight, tastes.income_weight_spread, z_income)
    law = lognormal(tastes.rule_of_law_weight, tastes.rule_of_law_weight_spread, z_law)
    value = [tastes.home_attachment + tastes.home_attachment_spread * z_home]
    for there, spread, z in zip(places, own, z_there, strict=True):
        gain = income * math.log(there["wage"] / HOME_WAGE) + law * (there["rule_of_law"] - HOME_LAW)
        value.append(gain - there.get("moving_cost", 0.0) + spread * z)
    chances = np.exp(np.array(value) - np.max(value, axis=0))
    shares: np.ndarray = (chances / chances.sum(axis=0)) @ weight
    return shares


FOUR: dict[str, dict[str, float]] = {
    "near": {"wage": 2600.0, "rule_of_law": -0.9, "moving_cost": 0.3},
    "far": {"wage": 5000.0, "rule_of_law": 1.5, "moving_cost": 1.6},
    "farther": {"wage": 3500.0, "rule_of_law": 1.0, "moving_cost": 0.8},
}
APART = {
    name: there | {"affinity_spread": spread}
    for (name, there), spread in zip(FOUR.items(), (0.6, 1.2, 0.0), strict=True)
}
WEIGHTS = Tastes(income_weight_spread=0.8, rule_of_law_weight=0.8, rule_of_law_weight_spread=0.9)
ALL = Tastes(1.2, 0.7, 0.5, 0.8, 0.4, 1.5)
WAGES = (2400.0, 3600.0, 5400.0, 8100.0, 12150.0)


def _abroad(wage: float, affinity: float) -> dict[str, dict[str, float]]:
    """Return one destination that pays so much."""
    return {"abroad": {"wage": wage, "rule_of_law": 0.0, "moving_cost": 1.5, "affinity_spread": affinity}}


def _run(
    destinations: Mapping[str, Mapping[str, float]], tastes: Tastes, error: float, seed: int, n: int
) -> np.ndarray:
    """Return how many live in each country after a review each."""
    changes = {"end": "2026-12", "home.rule_of_law.observed": HOME_LAW} | tastes.changes(error)
    world = frictionless(changes, graduates=n, destinations={name: dict(there) for name, there in destinations.items()})
    return working(Simulation(world, seed=seed).run(), [11])[0]


def _among(name: str, destinations: Mapping[str, Mapping[str, float]], tastes: Tastes) -> Case:
    """Return the shares of all countries."""
    exact = mixed_logit(destinations, tastes)

    def simulate(error: float, seed: int, n: int) -> Sample:
        there = _run(destinations, tastes, error, seed, n)
        return binomial(there / there.sum(), exact, there.sum())

    return Case(name, ["home", *destinations], lambda n: exact, simulate, PERSONS)


def _by_wage(name: str, tastes: Tastes, affinity: float) -> Case:
    """Return the share abroad by what is paid there."""

    def share(wage: float) -> float:
        return float(mixed_logit(_abroad(wage, affinity), tastes)[1])

    exact = np.array([share(wage) for wage in WAGES])

    def simulate(error: float, seed: int, n: int) -> Sample:
        there = np.array([_run(_abroad(wage, affinity), tastes, error, seed + k, n) for k, wage in enumerate(WAGES)])
        return binomial(there[:, 1] / there.sum(axis=1), exact, there.sum(axis=1))

    def curve() -> Curve:
        ratios = np.linspace(1.0, 6.5, 45)
        return ratios, np.array([share(HOME_WAGE * ratio) for ratio in ratios])

    cells = [f"abroad at {wage / HOME_WAGE:.3g} times the pay" for wage in WAGES]
    return Case(name, cells, lambda n: exact, simulate, PERSONS, x=[w / HOME_WAGE for w in WAGES], curve=curve)


FAMILY = Family(
    name="mixed logit",
    form="integral of the logit over lognormal weights, normal attachment and normal affinities",
    planted="weight of income",
    cases=(
        _by_wage("all alike", ALIKE, 0.0),
        _by_wage("weights lognormal", WEIGHTS, 0.0),
        _by_wage("all tastes differ", ALL, 0.8),
        _among("four countries, all alike", FOUR, ALIKE),
        _among("four countries, all tastes differ", APART, ALL),
    ),
    title="Mixed logit: unlike tastes flatten how pay draws people, as the integral says",
    xlabel="pay abroad over pay at home",
    ylabel="share abroad after one review",
)
