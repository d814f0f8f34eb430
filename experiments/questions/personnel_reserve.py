"""The personnel reserve: who enters, who stays, and what it does to private firms, by places, merit and pay.

Run it with ``python -m experiments run personnel-reserve``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from abm.reforms import PersonnelReserve
from abm.reforms.prices import personnel_reserve, salary_parity
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import Comparison, Path, experiment_of
from experiments.study.conduct import Results, conduct
from experiments.study.contrasts import by_plan_and_year, change, contrast, mean_of, paragraph, shown
from experiments.study.tables import markdown, plain
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "design", "leaving", "main", "mean_ability"]

START = "2026-01"
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
    start = max(START, world.start)
    large = personnel_reserve(start, LARGER, merit=MERIT, pay=PARITY)
    no_office = PersonnelReserve(**{**vars(large), "appointment": 0.0})
    return Plans.of(
        {
            NOTHING: (),
            SMALL: (personnel_reserve(start, AS_BEGUN, merit=MERIT, pay=PARITY),),
            LARGE: (large,),
            BY_FAVOUR: (personnel_reserve(start, LARGER, merit=FAVOUR, pay=PARITY),),
            LOW_PAY: (personnel_reserve(start, LARGER, merit=MERIT, pay=PUBLIC_PAY),),
            HIGH_PAY: (personnel_reserve(start, LARGER, merit=MERIT, pay=MORE),),
            NO_OFFICE: (no_office,),
            WITH_PARITY: (large, salary_parity(world, start, PARITY)),
        }
    )


def mean_ability(results: Results, sector: str) -> pd.DataFrame:
    """Return the mean ability in a sector, over person-years, by replicate and plan; none where nobody is."""
    persons, ability = (by_plan_and_year(results, f"{name}_in_{sector}") for name in ("employed", "mean_ability"))
    total = persons.groupby("replicate").sum()
    return (persons * ability).groupby("replicate").sum() / total.where(total > 0.0)


def leaving(results: Results, sector: str) -> pd.DataFrame:
    """Return how many of those who work in a sector emigrate, per person-year, by replicate and plan."""
    persons, gone = (by_plan_and_year(results, name) for name in (f"employed_in_{sector}", f"emigrants_from_{sector}"))
    total = persons.groupby("replicate").sum()
    return gone.groupby("replicate").sum() / total.where(total > 0.0)


def _findings(results: Results) -> Sequence[str]:
    able = {sector: mean_ability(results, sector) for sector in ("reserve", "private", "public")}
    gone = {sector: leaving(results, sector) for sector in ("reserve", "private", "public")}
    entrants = by_plan_and_year(results, "reserve_entrants").groupby("replicate").mean()
    office = by_plan_and_year(results, "reserve_appointments").groupby("replicate").mean()

    rows: list[tuple[str, ...]] = [
        (
            "",
            "enter a year",
            "to office a year",
            "ability of members, sd",
            "of private employees, sd",
            "emigrate, per 1,000",
        )
    ]
    for plan in RESERVES:
        rows.append(
            (
                plan,
                f"{float(entrants[plan].mean()):,.0f}",
                f"{float(office[plan].mean()):,.0f}",
                shown(mean_of(able["reserve"][plan]), say="{:+.2f}".format),
                shown(mean_of(able["private"][plan]), say="{:+.3f}".format),
                shown(mean_of(gone["reserve"][plan]), 0.001, plain),
            )
        )
    merit = contrast(able["reserve"], {LARGE: 1.0, BY_FAVOUR: -1.0})
    pay = contrast(able["reserve"], {HIGH_PAY: 1.0, LOW_PAY: -1.0})
    private = contrast(able["private"], {LARGE: 1.0, NOTHING: -1.0})
    staff = contrast(_employed(results, "private"), {LARGE: 1.0, NOTHING: -1.0})
    beside = [shown(mean_of(gone[sector][LARGE]), 0.001, plain) for sector in ("private", "public")]
    return [
        "",
        "**Who enters, and who stays.** Means over all years; ability in standard deviations of all graduates:",
        "",
        *markdown(rows),
        "",
        *paragraph(
            "The mean ability of members",
            f"{change(merit, 1.0, ' standard deviations', ('is higher', 'is lower', 'does not differ'))} where merit",
            "decides than where connections do, and",
            f"{change(pay, 1.0, ' standard deviations', ('is higher', 'is lower', 'does not differ'))} at half more",
            "than private pay than at today's public pay. Under the large reserve members emigrate at the rate of the",
            f"last column; in private firms it is {beside[0]}, for the state {beside[1]} per 1,000 a year (of all",
            "ages; members are under 35). Private firms: the number of graduates there",
            f"{change(staff, 1000.0, ' thousand')}, and their mean ability",
            f"{change(private, 1.0, ' standard deviations')}.",
        ),
    ]


def _employed(results: Results, sector: str) -> pd.DataFrame:
    return by_plan_and_year(results, f"employed_in_{sector}").groupby("replicate").mean()


def _drawings(results: Results) -> list[str]:
    from abm.analysis import figures as draw
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
    return draw.save(figure, results.folder / "figures", "who_enters_and_stays")


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, against no reserve: as begun it brings {effects[SMALL]} graduates to the country, with 5,000",
        f"places a year {effects[LARGE]}, by connections {effects[BY_FAVOUR]}, at half more than private pay",
        f"{effects[HIGH_PAY]}, with all public pay at private pay {effects[WITH_PARITY]}. What it is for is who",
        "governs:",
    )


EXPERIMENT = experiment_of(
    Comparison(
        name="personnel-reserve",
        description="The personnel reserve by places, merit and pay: who enters, who stays, what private firms lose",
        question="Who would enter a personnel reserve, who would stay, and what would private firms lose?",
        method=paragraph(
            "Graduates under 35 who look for a post compete for the places of a month, if these pay better than what",
            "they have. A place is a post for three years, after which three in four are appointed to an ordinary",
            "public post (reserve-stay, reserve-appointed). The first two cohorts, 350 chosen in 2019 to 2021, are too",
            "few for a country of millions to feel: hence fifty times as many.",
        ),
        plans=design,
        meaning=_meaning,
        findings=_findings,
        drawings=_drawings,
        limits=paragraph(
            "What able officials do for a country is not modelled: rule of law, merit elsewhere and growth stay as",
            "they are. Nobody abroad can enter. Who is appointed earns ordinary public pay, real members go to higher",
            "posts. All who look for a post and would gain take part, real reserves reach fewer; the weight of merit",
            "is an assumption. Members are young, and the young leave more often, so rates by sector do not compare",
            "like with like.",
        ),
        paths=[
            Path(
                "members_by_year", "employed_in_reserve", "Members of the personnel reserve", "members", divide_by=1.0
            ),
        ],
        drawn=(NOTHING, SMALL, LARGE, BY_FAVOUR, HIGH_PAY, WITH_PARITY),
        graduates=40_000,
    )
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
