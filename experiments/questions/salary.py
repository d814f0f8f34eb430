"""Public pay on a par with private pay: alone, with merit, while private employers hire less, and beyond parity.

Run it with ``python -m experiments run salary``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from abm.measures import GRADUATES
from abm.reforms import MeritReform, PublicSalaryParity
from abm.reforms.prices import diversification
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import EMIGRANTS, RETURNS, UNEMPLOYMENT, ByYear, Comparison, Further, Path
from experiments.study.conduct import run
from experiments.study.experiment import Experiment
from experiments.study.levers import start_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import column, interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "NO_JOBS", "design"]

HALFWAY, PARITY, OVERSHOOT = 0.8, 1.0, 1.4  # public pay over private pay; 0.6 at the start (kz-sector-wages)
FEWER_JOBS = -0.05  # assumption: private employers who lose applicants to the state cut a twentieth of their posts
TAX = {"treasury.financing": "tax"}
NOTHING, HALF, ALONE, TAXED, ALL_TAXED, MERIT, WITH_MERIT, NO_JOBS, ALL, BEYOND = (
    "no reform",
    "half way to parity",
    "parity",
    "parity, graduates pay their share of it",
    "parity, graduates pay all of it",
    "merit alone",
    "parity with merit",
    "parity, and private employers cut 5 % of posts",
    "parity with merit, and the same cut",
    "public pay 40 % above private pay",
)


def design(world: Scenario) -> Plans:
    """Return the plans: pay alone, with merit, without jobs, and too much of it."""
    start = start_of(world)
    parity, merit = PublicSalaryParity(start=start, target=PARITY), MeritReform(start=start)
    fewer_jobs = diversification(world, start, FEWER_JOBS)
    return Plans.of(
        {
            NOTHING: (),
            HALF: (PublicSalaryParity(start=start, target=HALFWAY),),
            ALONE: (parity,),
            TAXED: (parity,),
            ALL_TAXED: (parity,),
            MERIT: (merit,),
            WITH_MERIT: (parity, merit),
            NO_JOBS: (parity, fewer_jobs),
            ALL: (parity, merit, fewer_jobs),
            BEYOND: (PublicSalaryParity(start=start, target=OVERSHOOT),),
        },
        elsewhere={TAXED: TAX, ALL_TAXED: {**TAX, "treasury.graduates_share": 1.0}},
    )


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return [
        f"Over {years} parity brings {effects[ALONE]} graduates more than no reform, half of the way",
        f"{effects[HALF]}, and pay 40 % above private pay {effects[BEYOND]}. That is a rise that nobody pays for:",
        f"where graduates pay their share by a tax on their pay it brings {effects[TAXED]},",
        f"and where they pay all of it {effects[ALL_TAXED]}. Merit alone brings",
        f"{effects[MERIT]}, with parity {effects[WITH_MERIT]}. If private employers cut 5 % of their",
        f"posts, parity brings {effects[NO_JOBS]}, with merit {effects[ALL]}.",
    ]


def _remarks(effects: pd.DataFrame) -> Sequence[str]:
    """Return what happens to work and to whom is at home."""
    at = effects.set_index(["plan", "measure"])

    def change(plan: str, measure: str, unit: float = 1.0) -> str:
        row = at.loc[(plan, measure)]
        return interval(*(row[end] / unit for end in ("effect", "low", "high")))

    work, private, public = "unemployment_rate", "employed_in_private", "employed_in_public"
    return [
        f"Of graduates at home {100 * at.loc[(NOTHING, work), 'mean']:.1f} % are without work in the last five years;",
        f"parity changes that by {change(ALONE, work, 0.01)} percentage points, merit alone by",
        f"{change(MERIT, work, 0.01)}, parity with fewer private posts by {change(NO_JOBS, work, 0.01)}.",
        f"With parity {change(ALONE, public, GRADUATES.divide_by)} {GRADUATES.printed} more work for the state and",
        f"{change(ALONE, private, GRADUATES.divide_by)} {GRADUATES.word} in private firms; their mean ability changes",
        f"by {change(ALONE, 'mean_ability_in_public')} standard deviations for the state and by",
        f"{change(ALONE, 'mean_ability_in_private')} in private firms (with pay 40 % above private pay by",
        f"{change(BEYOND, 'mean_ability_in_public')} and {change(BEYOND, 'mean_ability_in_private')}).",
    ]


EXPERIMENT = Experiment(
    name="salary",
    description="Public pay on a par with private pay: alone, with merit, without jobs, and beyond parity",
    order=40,
    design=design,
    runs=over_the_posterior(
        "unemployment_rate",
        "vacancies",
        "mean_ability_abroad",
        "mean_ability_in_public",
        "mean_ability_in_private",
        "mean_ability_of_emigrants",
        "employed_in_private",
        "employed_in_public",
    ),
    answer=Comparison(
        question="What does public pay on a par with private pay do: alone, with merit, and while jobs are cut?",
        method=[
            "Public pay is 0.6 of private pay at the start. What a raise costs is reckoned from what everybody in a",
            "public post is paid; in two variants graduates pay two fifths of it, or all, by a tax on their pay. Posts",
            "in the public sector stay as they are throughout; in one variant private posts fall by 5 % over five",
            "years.",
        ],
        meaning=_meaning,
        further=Further(
            [
                column("emigrants", "last years"),
                column("returns", "last years"),
                column("unemployment_rate", "last mean", "unemployment, % points"),
                column("vacancies", "last mean"),
                column("employed_in_private", "last mean", f"in private jobs, {GRADUATES.short}"),
                column("employed_in_public", "last mean", f"in public jobs, {GRADUATES.short}"),
                column("mean_ability_in_private", "last mean"),
                column("mean_ability_in_public", "last mean"),
                column("mean_ability_abroad", "last mean"),
            ],
            _remarks,
        ),
        limits=[
            "Where it is not said who pays, nobody does: no tax, no other spending. No private wage follows public",
            "pay; public posts are as many as before, so parity moves people between sectors and makes staying worth",
            "more. What private firms produce is not modelled: what they lose shows as fewer or less able employees.",
            "How much merit there is now, and which share of a tax graduates bear, are assumptions.",
        ],
        by_year=ByYear(
            paths=[
                UNEMPLOYMENT,
                EMIGRANTS,
                RETURNS,
                Path(
                    "ability_in_public_by_year",
                    "mean_ability_in_public",
                    "Mean ability of graduates who work for the state (0: of all new graduates)",
                ),
                Path(
                    "ability_in_private_by_year",
                    "mean_ability_in_private",
                    "Mean ability of graduates in private firms (0: of all new graduates)",
                ),
            ]
        ),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
