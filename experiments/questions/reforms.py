"""The main experiment: rule of law x public salaries x private jobs, and the net brain gain of each combination.

A full factorial against one baseline, from 2026 to the scenario's end, every combination with the same replicates of
luck.  Run it with ``python -m experiments run reforms`` or ``python experiments/questions/reforms.py``.
"""

from __future__ import annotations

from abm.reforms import PublicSalaryParity
from abm.reforms.prices import FASTEST, diversification
from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial
from experiments.study.conduct import run
from experiments.study.experiment import Experiment
from experiments.study.grid import Grid, Shown
from experiments.study.levers import MODERATE, RULE_OF_LAW, TOP, moderate, rule_of_law_factor, start_of
from experiments.study.since_2010 import over_the_posterior

__all__ = ["EXPERIMENT", "design"]

PARITY, JOBS = "public_salary_parity", "private_jobs"
# level 0 of every factor leaves things as they are
SPEEDS = {0.0: "as it is", MODERATE: "0.036", TOP: "0.05 (top 5 %)", FASTEST: "0.108 (Georgia)"}
PARITIES = {0.0: "as it is", 0.7: "0.7", 1.0: "1.0"}
GROWTHS = {0.0: "as it is", 0.05: "+5 %", 0.1: "+10 %"}


def design(world: Scenario) -> FullFactorial:
    """Return the full factorial for a scenario."""
    start = start_of(world)
    return FullFactorial(
        (
            rule_of_law_factor(world, *list(SPEEDS)[1:]),
            Factor(
                name=PARITY,
                values=tuple(PARITIES),
                reform=lambda ratio: PublicSalaryParity(start=start, target=ratio) if ratio else None,
                unit="public wage / private wage",
                meaning=f"public pay of graduates relative to private pay from {start} on; 0: as it is",
            ),
            Factor(
                name=JOBS,
                values=tuple(GROWTHS),
                reform=lambda share: diversification(world, start, share) if share else None,
                unit="share of private graduate posts",
                meaning=f"graduate posts added in private firms over five years from {start} on",
            ),
        )
    )


EXPERIMENT = Experiment(
    name="reforms",
    description="Net brain gain under rule of law x public salaries x private jobs",
    order=10,
    design=design,
    runs=over_the_posterior(),
    answer=Grid(
        rows=Shown(RULE_OF_LAW, "rule of law a year", "rule of law, index points a year", SPEEDS, moderate),
        columns=Shown(PARITY, "public pay", "public pay / private pay", PARITIES),
        panels=Shown(JOBS, "private jobs", "private jobs", GROWTHS),
        highlights={
            "no reform": (0.0, 0.0, 0.0),
            "rule of law at Georgia's speed": (max(SPEEDS), 0.0, 0.0),
            "public pay on a par with private pay": (0.0, max(PARITIES), 0.0),
            "private jobs +10 %": (0.0, 0.0, max(GROWTHS)),
            "all three": (max(SPEEDS), max(PARITIES), max(GROWTHS)),
        },
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
