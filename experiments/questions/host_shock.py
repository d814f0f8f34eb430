"""Fewer jobs, shorter stays and a smaller lottery abroad: forced return, and what home must offer for it to be a gain.

Run it with ``python -m experiments run host-shock``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from abm.reforms import Diversification, HostTightening, ReturnIncentive
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import RETURNS, UNEMPLOYMENT, ByYear, Comparison
from experiments.study.conduct import run
from experiments.study.experiment import Experiment
from experiments.study.levers import TWO_YEARS, start_of
from experiments.study.since_2010 import over_the_posterior

__all__ = ["ALL", "EXPERIMENT", "INCENTIVE", "JOBS", "NOTHING", "PERMITS", "STAYS", "design"]

FEWER = 0.5  # assumption: half of the offers
LOTTERY = 0.54  # the lottery of the United States, 2024 against 2021 (h1b-selection)
SHORT_STAY = 6  # months; assumption: half of a year after the degree, whatever the field
MORE_OFFERS = 2.0  # assumption
NOTHING, JOBS, STAYS, PERMITS, ALL, INCENTIVE, POSTS = (
    "no shock",
    "half the job offers abroad",
    "six months to stay after a degree",
    "fewer permits",
    "all three",
    "all three, and an incentive to return to an offer",
    "all three, and 10 % more private jobs at home",
)


def design(world: Scenario) -> Plans:
    """Return the plans: each shock alone, all together, and two answers to them."""
    start = start_of(world)
    jobs = HostTightening(start=start, offers=FEWER)
    stays = HostTightening(start=start, post_study_months=SHORT_STAY, post_study_months_science=SHORT_STAY)
    permits = HostTightening(start=start, permit_prob=LOTTERY, source="h1b-selection")
    shocks = (jobs, stays, permits)
    return Plans.of(
        {
            NOTHING: (),
            JOBS: (jobs,),
            STAYS: (stays,),
            PERMITS: (permits,),
            ALL: shocks,
            INCENTIVE: (
                *shocks,
                ReturnIncentive(start=start, months_of_pay=TWO_YEARS, only_with_offer=True, offers=MORE_OFFERS),
            ),
            POSTS: (*shocks, Diversification(start=start)),
        }
    )


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return [
        f"Over {years}, against a world without shock: half the job offers abroad, {effects[JOBS]}",
        f"graduates; short stays after a degree, {effects[STAYS]}; fewer permits, {effects[PERMITS]};",
        f"all three, {effects[ALL]}. With an incentive to return to an offer, and twice the offers to those",
        f"abroad, {effects[INCENTIVE]}; with 10 % more private jobs instead, {effects[POSTS]}.",
    ]


EXPERIMENT = Experiment(
    name="host-shock",
    description="Fewer jobs, shorter stays, a smaller lottery abroad: forced return, and what home can make of it",
    order=120,
    design=design,
    runs=over_the_posterior("unemployment_rate"),
    answer=Comparison(
        question="What if host countries close the door: fewer jobs, shorter stays, fewer permits?",
        method=["The shocks hold in every destination that asks for permits; offers fall in all of them."],
        meaning=_meaning,
        limits=[
            "The size of the shocks is assumed, and so is that of the answers: two years' pay for coming home, about",
            "a tenth of all later income, is a large incentive. The chance of a permit falls everywhere as that in the",
            "lottery of the United States did from 2021 to 2024. Pay abroad does not follow the shock; how",
            "far posts at home follow who comes is an assumption; nobody goes to a country that is not among the",
            "destinations.",
        ],
        against={INCENTIVE: ALL, POSTS: ALL},
        by_year=ByYear(paths=[RETURNS, UNEMPLOYMENT]),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
