"""The budget: what a raise of public pay costs, the tax that bears it, and whom the tax drives out."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.codes import EMIGRANT, RETIRED
from abm.reforms import PublicSalaryParity
from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample
from experiments.verification.chains import logistic
from experiments.verification.choice import nodes_of
from experiments.verification.worlds import frictionless

__all__ = ["FAMILY"]

SHARES = np.array([0.1, 0.6, 0.3])  # of posts: extraction, private firms, the public sector
RATIOS = np.array([2.0, 1.0, 0.6])
HOME_WAGE, WAGE_ABROAD, MARKET_WAGE = 2000.0, 4000.0, 1000.0  # a month; the last in USD
BEARS = 0.8  # graduates' share
TARGETS = (0.8, 1.0, 1.2, 1.5)
PERSONS = 1_000_000
ABROAD = {"wage": WAGE_ABROAD, "moving_cost": 1.0, "offer_rate": 0.0}


class Expected(NamedTuple):
    """Means over persons, and their standard errors times the root of the number of persons."""

    bill: float
    cost: float
    tax: float
    leaves: float
    errors: np.ndarray


def _pay(target: float) -> np.ndarray:
    """Return pay by sector over the mean before the reform."""
    return np.asarray(np.where(RATIOS == RATIOS[2], target, RATIOS) / (SHARES @ RATIOS))


def budget(target: float, match: float, ability: float) -> Expected:
    """Return what there is in the first month of a raise of public pay to a target.

    Parameters
    ----------
    target : float
        Public pay over private pay.
    match, ability : float
        Spreads of log pay by luck and by ability; both are normal.
    """
    spread = math.hypot(match, ability)
    level = math.exp(spread**2 / 2.0)
    pay = _pay(target)
    raised = np.array([0.0, 0.0, pay[2] - _pay(RATIOS[2])[2]])
    bill, cost = SHARES @ pay * level, SHARES @ raised * level
    tax = BEARS * cost / bill
    squares = level**4  # of lognormal pay, over its square
    second = [SHARES @ (one * one) * squares for one in (pay, raised, BEARS * raised - tax * pay)]
    errors = np.sqrt([second[0] - bill**2, second[1] - cost**2, second[2] / bill**2])
    (z,), weight = nodes_of([spread])
    here = np.log(HOME_WAGE * (1.0 - tax) * pay[:, None]) + spread * z[None, :]
    leaves = float(SHARES @ logistic(math.log(WAGE_ABROAD) + match**2 / 2.0 - here - 1.0) @ weight)
    errors = np.append(errors * [100.0 * MARKET_WAGE] * 3, math.sqrt(12.0 * leaves * (1.0 - leaves)))
    errors[2] /= 100.0 * MARKET_WAGE
    cents = 100.0 * MARKET_WAGE
    return Expected(bill * cents, cost * cents, tax, leaves, errors)


def _case(name: str, match: float, ability: float, targets: tuple[float, ...]) -> Case:
    """Return bill, cost, tax and who leaves by what public pay is raised to."""
    expected = [budget(target, match, ability) for target in targets]
    exact = np.array([each[:4] for each in expected]).ravel()
    errors = np.array([each.errors for each in expected]).ravel()
    changes = {
        "end": "2026-01",
        "decision.rule_of_law_weight": 0.0,
        "labour.extractive_share": SHARES[0],
        "labour.public_share": SHARES[2],
        "labour.extractive_wage_ratio": RATIOS[0],
        "labour.public_wage_ratio": RATIOS[2],
        "labour.on_the_job_search_rate": 0.0,
        "labour.match_spread": match,
        "labour.merit": 1.0,
        "labour.return_to_ability": ability,
        "treasury.financing": "tax",
        "treasury.graduates_share": BEARS,
    }

    def simulate(error: float, seed: int, n: int) -> Sample:
        found = []
        for k, target in enumerate(targets):
            world = frictionless(changes, graduates=n, destinations={"abroad": ABROAD})
            raise_ = PublicSalaryParity(target=target * error, start="2026-01", ramp_months=0)
            run = Simulation(world, raise_, seed=seed + k).run()
            accounts, person = run.accounts, run.graduates.person
            reviewed = np.count_nonzero((person.review_month == 0) & (person.stage != RETIRED))
            left = accounts.flows[0, EMIGRANT].sum() / reviewed
            found += [accounts.wage_bill[0] / n, accounts.public_cost[0] / n, accounts.tax_rate[0], left]
        return Sample(np.array(found), errors / math.sqrt(n))

    def curve() -> Curve:
        x = np.linspace(RATIOS[2], 1.6, 60)
        return x, np.array([budget(target, match, ability).tax for target in x])

    kinds = ("wage bill, cents each", "public cost, cents each", "tax rate", "leave under the tax")
    cells = [f"{kind}, public pay at {target:g}" for target in targets for kind in kinds]
    x = [target if kind == "tax rate" else math.nan for target in targets for kind in kinds]
    return Case(name, cells, lambda n: exact, simulate, PERSONS, x=x, curve=curve)


FAMILY = Family(
    name="budget",
    form="cost of a raise of public pay, the tax sigma C / B that bears it, and the logit of pay after tax",
    planted="public pay that is aimed at",
    cases=(
        _case("all alike but for the sector", 0.0, 0.0, TARGETS),
        _case("pay differs by match and ability", 0.3, 0.4, (1.0,)),
    ),
    title="Budget: the tax that bears a raise of public pay is its cost over all pay",
    xlabel="public pay over private pay (.6 before)",
    ylabel="tax rate",
)
