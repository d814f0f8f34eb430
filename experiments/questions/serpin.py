"""Grants that oblige to serve in a region: without help, with placement, housing, follow-up; and bonds beside them.

Run it with ``python -m experiments run serpin``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from abm.reforms import BondedScholarship, ServiceObligation
from abm.reforms.prices import service_obligation
from abm.scenario import Scenario
from abm.sweep.plans import PLAN, Plans
from experiments.study.comparison import ByYear, Comparison, Findings
from experiments.study.conduct import run
from experiments.study.contrasts import by_plan_and_year, mean_of, over_all_years, paragraph, shown, totals
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import start_of
from experiments.study.sections import section, table_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "complied"]

OBSERVED = 0.17  # of Serpin's graduates (serpin)
PLACED, HOUSED, PURSUED = 0.9, 1.5, 0.8  # chance of a place, utility, chance of repayment; assumptions
HARDER = 5.0  # times the sum that a scholar owes; assumption
FULLER, EMPTIER = 0.5, 0.1  # chance of finding a place there by oneself, beside 0.25; assumptions
NOTHING, PLAIN, PLACEMENT, HOUSING, FOLLOW_UP, TWO, ALL, IN_FULLER, IN_EMPTIER, BOND, HARD = (
    "no programme",
    "grants that oblige, and nothing else",
    "grants with placement",
    "grants with housing",
    "grants with follow-up",
    "grants with placement and housing",
    "grants with all three",
    "grants alone, twice the jobs there",
    "grants alone, fewer than half the jobs there",
    "bonded scholarships abroad",
    "bonded scholarships abroad, five times the sum",
)
AT_HOME = (PLAIN, PLACEMENT, HOUSING, FOLLOW_UP, TWO, ALL, IN_FULLER, IN_EMPTIER)
ABROAD = (BOND, HARD)
OWED = {"service": AT_HOME, "scholarships": ABROAD}
YEARS = {"service": 4, "scholarships": 5}  # from owing it to having met it


def design(world: Scenario) -> Plans:
    """Return the plans: grants with each help alone and all of it, in other regions, and bonded scholarships."""
    start = start_of(world)

    def grants(**help_given: float) -> ServiceObligation:
        return service_obligation(world, start, **help_given)

    return Plans.of(
        {
            NOTHING: (),
            PLAIN: (grants(),),
            PLACEMENT: (grants(placement=PLACED),),
            HOUSING: (grants(housing=HOUSED),),
            FOLLOW_UP: (grants(follow_up=PURSUED),),
            TWO: (grants(placement=PLACED, housing=HOUSED),),
            ALL: (grants(placement=PLACED, housing=HOUSED, follow_up=PURSUED),),
            IN_FULLER: (grants(),),
            IN_EMPTIER: (grants(),),
            BOND: (BondedScholarship(start=start),),
            HARD: (BondedScholarship(start=start, repayment=HARDER * world.education.repayment),),
        },
        elsewhere={IN_FULLER: {"region.place_prob": FULLER}, IN_EMPTIER: {"region.place_prob": EMPTIER}},
    )


def complied(results: Results, kind: str, stage: str, *, delay: int) -> pd.DataFrame:
    """Return the share of those who came to owe something who began it or met it, by replicate and plan.

    Parameters
    ----------
    results : Results
        Of an experiment that compares plans.
    kind, stage : str
        Of the yearly measures: ``service`` or ``scholarships``, ``begun`` or ``met``.
    delay : int
        Years from owing to this stage: those are counted against who came to owe so many years before.
    """
    owed, reached = (by_plan_and_year(results, f"{kind}_{what}") for what in ("owed", stage))
    first = int(owed.index.get_level_values("year").min())
    last = int(owed.index.get_level_values("year").max())
    # the first cohorts of scholars owe only after years of study
    since = first + 5
    mine = totals(reached.query(f"{since + delay} <= year <= {last}"))
    due = totals(owed.query(f"{since} <= year <= {last - delay}"))
    return mine / due.where(due > 0.0)


def _complied(results: Results, delays: Mapping[str, int], stage: str) -> pd.DataFrame:
    """Return who reached a stage of what they owe, by replicate and plan."""
    import pandas as pd

    shares = {kind: complied(results, kind, stage, delay=delay) for kind, delay in delays.items()}
    return pd.DataFrame({plan: shares[kind][plan] for kind, plans in OWED.items() for plan in plans})


def _findings(results: Results) -> Sequence[str]:
    begun, met = _complied(results, dict.fromkeys(YEARS, 0), "begun"), _complied(results, YEARS, "met")
    if met[list(AT_HOME)].dropna().empty:
        return ["", "The run is too short to see who complies: service takes three years, and so does finding a place."]
    alone = {plan: 100 * float(met[plan].mean()) for plan in AT_HOME}
    home = [100 * float(begun[plan].mean()) for plan in ABROAD]
    sum_of_gains = sum(alone[plan] - alone[PLAIN] for plan in (PLACEMENT, HOUSING, FOLLOW_UP))
    return section(
        ["**Who complies.** Of those who came to owe:"],
        table_of(
            (*AT_HOME, *ABROAD),
            {
                "began, %": lambda plan: shown(mean_of(begun[plan]), 0.01, plain),
                "met in full, %": lambda plan: shown(mean_of(met[plan]), 0.01, plain),
                "thousand USD for each who met it": lambda plan: _price(results, plan) if plan in AT_HOME else "",
            },
        ),
        f"Grants and nothing else are met by {alone[PLAIN]:.0f} %, beside the {100 * OBSERVED:.0f} % of",
        "Serpin-2050 (serpin); nothing was fitted to that number. With twice the jobs there it would be",
        f"{alone[IN_FULLER]:.0f} %, with fewer than half {alone[IN_EMPTIER]:.0f} %: the observed share says about",
        f"how thin the market is. Placement makes it {alone[PLACEMENT]:.0f} %, housing {alone[HOUSING]:.0f} %,",
        f"follow-up {alone[FOLLOW_UP]:.0f} %, all three {alone[ALL]:.0f} %:",
        _together(alone[ALL] - alone[PLAIN], sum_of_gains),
        "Whoever finds no place cannot be made to serve by claims on her. Of bonded scholars abroad",
        f"{home[0]:.0f} % come home, with five times the sum",
        f"{home[1]:.0f} %: spread over a career, a bond is a small part of what is earned abroad.",
    )


def _price(results: Results, plan: str) -> str:
    """Return what is spent for each who served in full, in thousand USD; nothing where nobody did."""
    from abm.analysis.costs import spent

    met = float(over_all_years(results, "service_met")[plan].mean())
    reforms = next(arm.reforms for arm in results.arms if arm.levels[PLAN] == plan)
    return f"{spent(reforms, results.world).central / met / 1000:,.0f}" if met > 0.0 else ""


def _together(jointly: float, added_up: float) -> str:
    """Return whether the three helps bring more together than each alone adds up to."""
    if jointly > 1.1 * added_up:
        return f"together they bring {jointly:.0f} points, more than the {added_up:.0f} that each alone adds up to."
    return f"together they bring {jointly:.0f} points; each alone adds up to {added_up:.0f}."


def _figures(results: Results) -> Iterator[Drawn]:
    from abm.analysis.plan_figures import Panel, dots

    met = _complied(results, YEARS, "met")
    panel = Panel(
        "met in full, % of those who came to owe",
        [mean_of(met[plan]) for plan in AT_HOME],
        0.01,
        mark=OBSERVED,
        mark_label="Serpin-2050: 17 %",
    )
    figure = dots(AT_HOME, [panel], title="Who serves in the region for a grant")
    yield "who_complies", figure


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years} grants that oblige bring {effects[PLAIN]} graduates more to the country as a whole, with all",
        f"three helps {effects[ALL]}; bonded scholarships {effects[BOND]}. What they are for is where in the country",
        "people work, and who comes back from studies abroad:",
    )


EXPERIMENT = Experiment(
    name="serpin",
    description="Grants that oblige to serve: without help, with placement, housing, follow-up; bonds beside them",
    levels_of_kazakhstan="One grant for fifty graduates, three years of service and the share of 17 % who complied",
    order=50,
    design=design,
    runs=over_the_posterior(
        "service_owed",
        "service_begun",
        "service_met",
        "scholarships_owed",
        "scholarships_begun",
        "scholarships_met",
        graduates=10_000,
    ),
    answer=Comparison(
        question="Why do so few serve in the regions for their grant, and what would make them?",
        method=paragraph(
            "One in fifty new graduates studied on a grant and owes three years of work in a labour-scarce region.",
            "Once a year, in the first two years, one may choose a place there, if one is offered, against life",
            f"elsewhere. Placement finds a place in {PLACED:.0%} of years, not in a quarter; housing takes three",
            f"quarters of the cost of going there; follow-up claims the grant back with success from {PURSUED:.0%}.",
            "Bonded scholarships concern one in twenty who study abroad. Same graduates and same luck throughout.",
        ),
        meaning=_meaning,
        limits=paragraph(
            "The region is a place with a cost and a chance of a job, not a labour market: who serves there takes a",
            "public post that another would have had, and nobody stays on because she has come to like it. Who studies",
            "on a grant would have studied anyway. The cost of going there, the chances, and what help does to them",
            "are assumptions; the observed share is one number, and cannot tell few jobs from dear housing. The sums",
            "that are owed weigh like income spread over a career; who is short of money would mind them more.",
        ),
        findings=Findings(_findings, _figures),
        by_year=ByYear(plans=(NOTHING, PLAIN, ALL, BOND, HARD)),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
