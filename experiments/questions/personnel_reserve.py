"""The personnel reserve: who enters, who stays, and what it does to private firms, by places, merit and pay.

Run it with ``python -m experiments run personnel-reserve``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from abm.reforms import PersonnelReserve, PublicSalaryParity
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import ByYear, Comparison, Findings, Path
from experiments.study.conduct import run
from experiments.study.contrasts import (
    averages,
    by_plan_and_year,
    change,
    change_of,
    difference,
    mean_of,
    over_years,
    paragraph,
    shown,
)
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import start_of
from experiments.study.sections import section, table_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "leaving", "mean_ability"]

AS_BEGUN, LARGER = 100.0, 5000.0  # places a year: about the first two cohorts' (reserve-selected), and an assumption
MERIT, FAVOUR = 0.9, 0.2  # weight of ability against connections; assumptions
PARITY, PUBLIC_PAY, MORE = 1.0, 0.6, 1.5  # of private pay; 0.6 is what the state pays now
NOTHING, SMALL, LARGE, BY_FAVOUR, LOW_PAY, HIGH_PAY, NO_OFFICE, WITH_PARITY = (
    "no reserve",
    "100 places a year, by merit, at private pay",
    "5,000 places a year, by merit, at private pay",
    "5,000 places, by connections",
    "5,000 places, at today's public pay",
    "5,000 places, at half more than private pay",
    "5,000 places, and no office after the term",
    "5,000 places, and all public pay at private pay",
)
RESERVES = (SMALL, LARGE, BY_FAVOUR, LOW_PAY, HIGH_PAY, NO_OFFICE, WITH_PARITY)


def design(world: Scenario) -> Plans:
    """Return the plans: the reserve as begun, fifty times as large, and that on other terms."""
    start = start_of(world)
    large = PersonnelReserve(start=start, places=LARGER, merit=MERIT, pay=PARITY)
    no_office = PersonnelReserve(**{**vars(large), "appointment": 0.0})
    return Plans.of(
        {
            NOTHING: (),
            SMALL: (PersonnelReserve(start=start, places=AS_BEGUN, merit=MERIT, pay=PARITY),),
            LARGE: (large,),
            BY_FAVOUR: (PersonnelReserve(start=start, places=LARGER, merit=FAVOUR, pay=PARITY),),
            LOW_PAY: (PersonnelReserve(start=start, places=LARGER, merit=MERIT, pay=PUBLIC_PAY),),
            HIGH_PAY: (PersonnelReserve(start=start, places=LARGER, merit=MERIT, pay=MORE),),
            NO_OFFICE: (no_office,),
            WITH_PARITY: (large, PublicSalaryParity(start=start, target=PARITY)),
        }
    )


def mean_ability(results: Results, sector: str) -> pd.DataFrame:
    """Return the mean ability in a sector, over person-years, by replicate and plan; none where nobody is."""
    persons, ability = (by_plan_and_year(results, f"{name}_in_{sector}") for name in ("employed", "mean_ability"))
    return over_years(persons * ability, persons)


def leaving(results: Results, sector: str) -> pd.DataFrame:
    """Return how many of those who work in a sector emigrate, per person-year, by replicate and plan."""
    persons, gone = (by_plan_and_year(results, f"{name}_{sector}") for name in ("employed_in", "emigrants_from"))
    return over_years(gone, persons)


def _findings(results: Results) -> Sequence[str]:
    able = {sector: mean_ability(results, sector) for sector in ("reserve", "private")}
    gone = {sector: leaving(results, sector) for sector in ("reserve", "private", "public")}
    entrants, office, staff = (
        averages(by_plan_and_year(results, measure))
        for measure in ("reserve_entrants", "reserve_appointments", "employed_in_private")
    )
    differs = ("is higher", "is lower", "does not differ")
    merit, pay = (difference(able["reserve"], *plans) for plans in ((LARGE, BY_FAVOUR), (HIGH_PAY, LOW_PAY)))
    private, fewer = (difference(table, LARGE, NOTHING) for table in (able["private"], staff))
    beside = [shown(mean_of(gone[sector][LARGE]), 0.001, plain) for sector in ("private", "public")]
    return section(
        ["**Who enters, and who stays.** Means over all years; ability in standard deviations of all graduates:"],
        table_of(
            RESERVES,
            {
                "enter a year": lambda plan: f"{float(entrants[plan].mean()):,.0f}",
                "to office a year": lambda plan: f"{float(office[plan].mean()):,.0f}",
                "ability of members, sd": lambda plan: shown(mean_of(able["reserve"][plan]), say="{:+.2f}".format),
                "of private employees, sd": lambda plan: shown(mean_of(able["private"][plan]), say="{:+.3f}".format),
                "emigrate, per 1,000": lambda plan: shown(mean_of(gone["reserve"][plan]), 0.001, plain),
            },
        ),
        "The mean ability of members",
        f"{change(merit, 1.0, ' standard deviations', differs)} where merit decides than where connections do, and",
        f"{change(pay, 1.0, ' standard deviations', differs)} at half more",
        "than private pay than at today's public pay. Under the large reserve members emigrate at the rate of the",
        f"last column; in private firms it is {beside[0]}, for the state {beside[1]} per 1,000 a year (of all",
        "ages; members are under 35). Private firms: the number of graduates there",
        f"{change_of(fewer, 'employed_in_private')}, and their mean ability",
        f"{change(private, 1.0, ' standard deviations')}.",
    )


def _figures(results: Results) -> Iterator[Drawn]:
    from abm.analysis.plan_figures import Panel, dots

    able, gone = mean_ability(results, "reserve"), leaving(results, "reserve")
    usual = float(leaving(results, "private")[NOTHING].mean())
    average = float(mean_ability(results, "private")[NOTHING].mean())
    panels = [
        Panel(
            "mean ability of members, sd",
            [mean_of(able[plan]) for plan in RESERVES],
            mark=average,
            mark_label="private firms",
        ),
        Panel(
            "emigrate, per 1,000 members a year",
            [mean_of(gone[plan]) for plan in RESERVES],
            0.001,
            mark=usual,
            mark_label="private firms",
        ),
    ]
    figure = dots(RESERVES, panels, title="Who is in the personnel reserve, and how many of them leave the country")
    yield "who_enters_and_stays", figure


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, against no reserve: as begun it brings {effects[SMALL]} graduates to the country, with 5,000",
        f"places a year {effects[LARGE]}, by connections {effects[BY_FAVOUR]}, at half more than private pay",
        f"{effects[HIGH_PAY]}, with all public pay at private pay {effects[WITH_PARITY]}. What it is for is who",
        "governs:",
    )


EXPERIMENT = Experiment(
    name="personnel-reserve",
    description="The personnel reserve by places, merit and pay: who enters, who stays, what private firms lose",
    levels_of_kazakhstan="100 and 5,000 places a year, 'today's public pay' of 0.6 of private pay, and the age of 35",
    order=60,
    design=design,
    runs=over_the_posterior(
        "reserve_entrants",
        "reserve_appointments",
        "employed_in_reserve",
        "employed_in_private",
        "employed_in_public",
        "mean_ability_in_reserve",
        "mean_ability_in_private",
        "emigrants_from_reserve",
        "emigrants_from_private",
        "emigrants_from_public",
        graduates=10_000,
    ),
    answer=Comparison(
        question="Who would enter a personnel reserve, who would stay, and what would private firms lose?",
        method=paragraph(
            "Graduates under 35 who look for a post compete for the places of a month, if these pay better than what",
            "they have. A place is a post for three years, after which three in four are appointed to an ordinary",
            "public post (reserve-stay, reserve-appointed). The first two cohorts, 350 chosen in 2019 to 2021, are too",
            "few for a country of millions to feel: hence fifty times as many.",
        ),
        meaning=_meaning,
        limits=paragraph(
            "What able officials do for a country is not modelled: rule of law, merit elsewhere and growth stay as",
            "they are. Nobody abroad can enter. Who is appointed earns ordinary public pay, real members go to higher",
            "posts. All who look for a post and would gain take part, real reserves reach fewer; the weight of merit",
            "is an assumption. Members are young, and the young leave more often, so rates by sector do not compare",
            "like with like.",
        ),
        findings=Findings(_findings, _figures),
        by_year=ByYear(
            paths=[
                Path(
                    "members_by_year",
                    "employed_in_reserve",
                    "Members of the personnel reserve",
                    "members",
                    divide_by=1.0,
                ),
            ],
            plans=(NOTHING, SMALL, LARGE, BY_FAVOUR, HIGH_PAY, WITH_PARITY),
        ),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
