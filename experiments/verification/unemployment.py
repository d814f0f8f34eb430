"""Unemployment: at home as given behind a closed border, and abroad the two states of those who have just come."""

from __future__ import annotations

import math

import numpy as np

from abm.codes import EMPLOYED, HOME, JOB_SEEKER
from abm.simulation import Simulation
from experiments.verification.case import Case, Curve, Family, Sample, binomial
from experiments.verification.worlds import frictionless

__all__ = ["FAMILY", "out_of_work"]

MONTHS = (3, 6, 9, 12, 15, 18, 24, 36)
PERSONS, FEW, RUNS = 400_000, 20_000, 40
SETTLED, END = 12, 60  # months over which home's is a mean


def out_of_work(unemployment: float, separation_rate: float, months: np.ndarray) -> np.ndarray:
    """Return the chance of being out of work so many months after a search has begun.

    Jobs end with the chance s a month, and searches with f = s (1 - u) / u: u + (1 - u) (1 - f - s)^k.
    """
    s = 1.0 - math.exp(-separation_rate / 12.0)
    f = s * (1.0 - unemployment) / unemployment
    return np.asarray(unemployment + (1.0 - unemployment) * (1.0 - f - s) ** months)


def _newly_abroad(name: str, unemployment: float, separation_rate: float) -> Case:
    """Return who is out of work when all have gone abroad without a job, a twelfth each month of the first year."""

    def expected(month: int) -> float:
        """Return the share at the end of a month of the run, of those who have come."""
        come = np.arange(min(month, 11) + 1)
        return float(out_of_work(unemployment, separation_rate, month - come).mean())

    exact = np.array([expected(month - 1) for month in MONTHS])

    def simulate(error: float, seed: int, n: int) -> Sample:
        there = {"unemployment": unemployment * error, "separation_rate": separation_rate}
        world = frictionless(
            {"end": "2028-12", "decision.return_cost": 50.0},
            graduates=n,
            destinations={"abroad": there | {"moving_cost": -20.0, "offer_rate": 0.0}},
        )
        stocks = Simulation(world, seed=seed).run().accounts.stocks[np.array(MONTHS) - 1, 1]
        seek, work = stocks[:, JOB_SEEKER], stocks[:, EMPLOYED]
        return binomial(seek / (seek + work), exact, seek + work)

    def curve() -> Curve:
        months = np.arange(1, MONTHS[-1] + 1)
        return months.astype(float), np.array([expected(int(month) - 1) for month in months])

    cells = [f"out of work after {month} months" for month in MONTHS]
    return Case(name, cells, lambda n: exact, simulate, PERSONS, x=MONTHS, curve=curve)


def _at_home(given: float, vacancy_rate: float) -> Case:
    """Return the mean over years of unemployment behind a closed border, where luck alone decides who is hired."""

    def simulate(error: float, seed: int, n: int) -> Sample:
        world = frictionless(
            {
                "end": f"{2025 + END // 12}-12",
                "home.unemployment": given * error,
                "labour.vacancy_rate": vacancy_rate,
                "labour.separation_rate": 0.3,
                "labour.hiring_luck": 50.0,
            },
            graduates=n,
            destinations={"abroad": {"moving_cost": 50.0}},
        )
        stocks = Simulation(world, seed=seed).run().accounts.stocks[SETTLED:, HOME]
        seek, work = stocks[:, JOB_SEEKER].sum(), stocks[:, EMPLOYED].sum()
        return Sample(np.array([seek / (seek + work)]), None)

    name = f"given {given:g}, vacancies {vacancy_rate:g}"
    return Case(name, ["mean of years 2 to 5"], lambda n: np.array([given]), simulate, FEW, RUNS)


FAMILY = Family(
    name="unemployment",
    form="u + (1 - u) (1 - f - s)^k abroad; at home the rate that matching is solved for",
    planted="unemployment",
    cases=(
        _newly_abroad("abroad, u = .2, a job lasts two years", 0.2, 0.5),
        _newly_abroad("abroad, u = .05, a job lasts five years", 0.05, 0.2),
        _at_home(0.05, 0.05),
        _at_home(0.1, 0.02),
        _at_home(0.2, 0.1),
    ),
    title="Unemployment: who comes without a job finds one as the two-state chain says",
    xlabel="months since the first of them came",
    ylabel="share out of work",
)
