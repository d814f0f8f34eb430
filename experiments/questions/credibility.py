"""The same reform delivered, half delivered, only announced, and reversed: what a promise is worth.

Run it with ``python -m experiments run credibility``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from abm.environment import Environment
from abm.reforms import Reversal
from abm.reforms.prices import FASTEST, decade_of_rule_of_law, judicial_reform
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.plans import Plans
from experiments.study.comparison import ByYear, Comparison, Path
from experiments.study.conduct import run
from experiments.study.experiment import Experiment
from experiments.study.levers import start_of
from experiments.study.since_2010 import over_the_posterior

__all__ = ["DELIVERED", "EXPERIMENT", "HALF_DELIVERED", "MODEST", "NOTHING", "REVERSED", "design"]

HALF = 0.5
YEARS_UNTIL_REVERSAL = 3  # assumption: a change of government
NOTHING, DELIVERED, HALF_DELIVERED, MODEST, ANNOUNCED, REVERSED = (
    "no reform",
    "delivered",
    "half of it delivered",
    "half as much promised, and delivered",
    "only announced",
    "reversed after three years",
)


def design(world: Scenario) -> Plans:
    """Return the plans: a decade of rule of law at the fastest speed on record, and what may become of it."""
    start = start_of(world)
    path = Environment(world).rule_of_law.actual[world.past_months :]
    trend = 12.0 * float(path[1] - path[0])
    # the same path as half of the promise delivered: fidelity counts on what goes beyond the trend
    modest = trend + HALF * (FASTEST - trend)
    promise = decade_of_rule_of_law(world, start)
    taken_back = Reversal(start=month_name(month_number(start) + 12 * YEARS_UNTIL_REVERSAL))
    return Plans.of(
        {
            NOTHING: (),
            DELIVERED: (promise,),
            HALF_DELIVERED: (decade_of_rule_of_law(world, start, fidelity=HALF),),
            MODEST: (judicial_reform(world, start, promise.target, modest),),
            # nothing is done, so nothing is spent
            ANNOUNCED: (dataclasses.replace(promise, fidelity=0.0, cost_usd_per_year=0.0),),
            REVERSED: (promise, taken_back),
        }
    )


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return [
        f"Over {years} the reform, delivered, brings {effects[DELIVERED]}",
        f"graduates more than no reform; half of it delivered, {effects[HALF_DELIVERED]}; half as much",
        f"promised, so that rule of law takes the very same path, {effects[MODEST]}; only announced,",
        f"{effects[ANNOUNCED]}; reversed after three years, {effects[REVERSED]}.",
    ]


EXPERIMENT = Experiment(
    name="credibility",
    description="The same reform delivered, half delivered, only announced, and reversed after three years",
    order=30,
    design=design,
    runs=over_the_posterior("credibility", "mean_perceived_rule_of_law"),
    answer=Comparison(
        question="What is a promise of rule of law worth: kept, half kept, only made, or broken?",
        method=["A decade at the fastest speed on record is promised."],
        meaning=_meaning,
        limits=[
            "How fast credibility is won and lost is an assumption. How much graduates care for rule of law, and how",
            "credible promises are at first, the past hardly says: draws of the posterior hold that, a scenario's own",
            "values do not. The model's graduates believe a promise as far as past ones were kept; they do not ask who",
            "makes it, and nothing else at home suffers when it is broken.",
        ],
        by_year=ByYear(
            paths=[
                Path(
                    "beliefs_by_year",
                    "mean_perceived_rule_of_law",
                    "What graduates at home believe of rule of law",
                )
            ]
        ),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
