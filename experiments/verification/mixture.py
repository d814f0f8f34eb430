"""A mixture: of all, a group is drawn abroad and runs out, so that the hazard of those who are left falls."""

from __future__ import annotations

import numpy as np

from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample, working
from experiments.verification.choice import logit
from experiments.verification.worlds import frictionless, in_groups

__all__ = [
    "FAMILY",
    "hazard",
]

YEARS, KNOWN = 8, 4  # of hazards, and of what is left of the group
PERSONS = 500_000
NEAR = {"wage": 2000.0, "rule_of_law": -0.5, "moving_cost": 6.0}


def hazard(share: float, p: float, r: float, years: np.ndarray) -> np.ndarray:
    """Return which share of those at home leaves in a year, after so many: a group with chance p, the rest with r."""
    movers, stayers = share * (1.0 - p) ** years, (1.0 - share) * (1.0 - r) ** years
    return np.asarray((movers * p + stayers * r) / (movers + stayers))


def share_of_movers(share: float, p: float, r: float, years: np.ndarray) -> np.ndarray:
    """Return the group's share of those who are at home after so many years."""
    movers, stayers = share * (1.0 - p) ** years, (1.0 - share) * (1.0 - r) ** years
    return np.asarray(movers / (movers + stayers))


def _case(name: str, share: float, affinity: float) -> Case:
    """Return hazards by year, and what is left of the group."""
    p, r = (float(logit([0.0, own - NEAR["moving_cost"]])[1]) for own in (affinity, 0.0))
    years, months = np.arange(YEARS), 12 * np.arange(1, YEARS + 1) - 1
    exact = np.concatenate([hazard(share, p, r, years), share_of_movers(share, p, r, years[:KNOWN] + 1)])

    def simulate(error: float, seed: int, n: int) -> Sample:
        home = {"end": f"{2025 + YEARS}-12", "network.kin_group": 1, "decision.return_cost": 50.0}
        group = {"name": "Movers", "share": share * error, "destinations": {"near": {"affinity": affinity}}}
        world = in_groups(frictionless(home, graduates=n, destinations={"near": NEAR}), {"movers": group})
        run = Simulation(world, seed=seed).run()
        stocks = working(run, months)
        at_home = stocks[:, 0] / stocks.sum(axis=1)
        found = 1.0 - at_home / np.append(1.0, at_home[:-1])
        of_group = (run.accounts.by_group[months, 0, 0] / stocks[:, 0])[:KNOWN]
        return Sample(np.append(found, of_group), np.append(errors_of_hazard(n), left_of_group(n)))

    # the group and the rest are counted off, not drawn: only who of each is left is luck
    def errors_of_hazard(n: int) -> np.ndarray:
        """Return the standard errors of one less the ratio of those at home a year later to those at home."""
        h, both, var = hazard(share, p, r, years), np.zeros(YEARS), np.zeros(YEARS)
        for part, chance in ((share, p), (1.0 - share, r)):
            at_home = (1.0 - chance) ** years
            square = at_home * ((1.0 - chance) * h**2 + chance * (1.0 - h) ** 2)
            var += part * (square - (at_home * (h - chance)) ** 2)
            both += part * at_home
        return np.asarray(np.sqrt(var / n) / both)

    def left_of_group(n: int) -> np.ndarray:
        """Return the standard errors of the group's share."""
        t = years[:KNOWN] + 1
        movers, stayers = share * (1.0 - p) ** t, (1.0 - share) * (1.0 - r) ** t
        both = movers + stayers
        var = movers * stayers**2 * (1.0 - movers / share) + stayers * movers**2 * (1.0 - stayers / (1.0 - share))
        return np.asarray(np.sqrt(var / n) / both**2)

    def curve() -> Curve:
        t = np.linspace(0.0, YEARS - 1.0, 60)
        return t + 1.0, hazard(share, p, r, t)

    cells = [f"leaves in year {year + 1}" for year in years] + [
        f"of the group after {year + 1} years" for year in years[:KNOWN]
    ]
    return Case(name, cells, lambda n: exact, simulate, PERSONS, x=[*(years + 1.0), *([np.nan] * KNOWN)], curve=curve)


FAMILY = Family(
    name="mixture",
    form="(pi p (1 - p)^t + (1 - pi) r (1 - r)^t) / (pi (1 - p)^t + (1 - pi) (1 - r)^t)",
    planted="share of the group",
    cases=(_case("half would leave", 0.5, 5.5), _case("a fifth would leave, sooner", 0.2, 6.5)),
    title="Mixture: the hazard of the country falls from year to year as its movers run out",
    xlabel="year",
    ylabel="share of those at home that leaves in the year",
)
