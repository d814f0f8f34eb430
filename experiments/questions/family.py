"""Families abroad: how return falls with the years and with the children's age, and which reform reaches families.

Run it with ``python -m experiments run family``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from abm.families import FAMILIES, YEARS_ABROAD, abroad, home, simulate_families
from abm.reforms.prices import (
    decade_of_rule_of_law,
    diaspora_engagement,
    diversification,
    return_incentive,
    salary_parity,
    worth_of_months_of_pay,
)
from abm.scenario import Scenario
from abm.sweep.plans import PLAN, Plans
from experiments.questions.brain_gain_initiative import LARGE
from experiments.study.comparison import Comparison, experiment_of
from experiments.study.conduct import Results, conduct
from experiments.study.contrasts import change, mean_of, paragraph, shown
from experiments.study.tables import markdown, plain
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["EXPERIMENT", "at_equal_years", "design", "main", "rates"]

START = "2026-01"
PARITY = 1.0  # public over private pay
MORE_POSTS = 0.1  # of all private posts; assumption
MORE_OFFERS = 3.0  # assumption
NOTHING, COURTS, INCENTIVE, PAY, JOBS, LINKAGE, AS_SMALL = (
    "no reform",
    "rule of law",
    "paid returns",
    "public pay",
    "private jobs",
    "diaspora",
    "children bind as small ones do",
)
REFORMS = {
    COURTS: "a decade at the fastest speed on record",
    INCENTIVE: "two years' pay for any return",
    PAY: "on a par with private pay",
    JOBS: "10 % more posts",
    LINKAGE: "three times the offers, and as many through ties",
}
ALONE, TEENAGERS = "alone", "teenagers"
FAMILY_NAMES = dict(
    zip(FAMILIES, ("alone", "couple", "children under 6", "children of 6 to 12", "teenagers"), strict=True)
)
YEARS_NAMES = dict(zip(YEARS_ABROAD, ("0-1 years", "2-4 years", "5-9 years", "10 years and more"), strict=True))


def design(world: Scenario) -> Plans:
    """Return the plans: each reform alone, and a world in which older children bind no more than small ones."""
    start = max(START, world.start)
    bind = {f"decision.{name}": world.decision.child_cost for name in ("school_child_cost", "teenager_cost")}
    return Plans.of(
        {
            NOTHING: (),
            COURTS: (decade_of_rule_of_law(world, start),),
            INCENTIVE: (return_incentive(world, start, worth_of_months_of_pay(world, LARGE)),),
            PAY: (salary_parity(world, start, PARITY),),
            JOBS: (diversification(start, MORE_POSTS),),
            LINKAGE: (diaspora_engagement(start, tie_offers=MORE_OFFERS, offers=MORE_OFFERS),),
            AS_SMALL: (),
        },
        elsewhere={AS_SMALL: bind},
    )


def rates(results: Results, families: Sequence[str] = FAMILIES, years: Sequence[str] = YEARS_ABROAD) -> pd.DataFrame:
    """Return how many of those abroad come home within a year, by replicate and plan, over all years of the run.

    Only years of twelve months count.  ``families`` and ``years`` say of whom.
    """
    whole = results.runs[results.runs["months"] == 12]
    cells = [(family, span) for family in families for span in years]
    sums = (
        whole[[PLAN, "replicate"]]
        .assign(
            came=whole[[home(*cell) for cell in cells]].sum(axis=1),
            there=whole[[abroad(*cell) for cell in cells]].sum(axis=1),
        )
        .groupby([PLAN, "replicate"], sort=False)
        .sum()
    )
    return (sums["came"] / sums["there"]).unstack(PLAN)


def at_equal_years(results: Results, plan: str) -> pd.DataFrame:
    """Return rates by replicate and family under a plan, as if all families had the years abroad of all together.

    The rate of each span of years is weighted by the persons of all families who are that long abroad in the baseline
    (direct standardisation).
    """
    import pandas as pd

    whole = results.runs[(results.runs["months"] == 12) & (results.runs[PLAN] == NOTHING)]
    persons = {
        span: float(whole[[abroad(family, span) for family in FAMILIES]].to_numpy(float).sum()) for span in YEARS_ABROAD
    }
    total = sum(persons.values())
    return pd.DataFrame(
        {
            family: sum(rates(results, [family], [span])[plan] * persons[span] / total for span in YEARS_ABROAD)
            for family in FAMILIES
        }
    )


def _findings(results: Results) -> Sequence[str]:
    return [*_by_years(results), *_because_of_children(results), *_who_is_reached(results)]


def _by_years(results: Results) -> Sequence[str]:
    heads = (*YEARS_NAMES.values(), "all", "all, at equal years abroad")
    rows: list[tuple[str, ...]] = [("family", *heads)]
    equal = at_equal_years(results, NOTHING)
    for family, name in FAMILY_NAMES.items():
        spans = [[span] for span in YEARS_ABROAD] + [list(YEARS_ABROAD)]
        cells = (shown(mean_of(rates(results, [family], span)[NOTHING]), 0.01, plain) for span in spans)
        rows.append((name, *cells, shown(mean_of(equal[family]), 0.01, plain)))
    return [
        "",
        *paragraph(
            "**Who comes home**, % a year without reform: of those at work or looking for work abroad in January, by",
            "the oldest child under age and the years since leaving home, who is back within the year; then of all of",
            "them, as they are and as if all families had the same years abroad.",
        ),
        "",
        *markdown(rows),
    ]


def _because_of_children(results: Results) -> Sequence[str]:
    """Say how much of the gap between singles and families with teenagers goes with years abroad, and with children."""
    crude = rates(results, [ALONE])[NOTHING] - rates(results, [TEENAGERS])[NOTHING]
    equal = at_equal_years(results, NOTHING)
    teenagers, unbound = equal[TEENAGERS], at_equal_years(results, AS_SMALL)[TEENAGERS]
    gaps = [shown(mean_of(gap), 0.01, plain) for gap in (crude, equal[ALONE] - teenagers)]
    bound = [shown(mean_of(each), 0.01, plain) for each in (teenagers, unbound, 1.0 - teenagers / unbound)]
    return [
        "",
        *paragraph(
            f"Return is {gaps[0]} points a year lower where there are teenagers than among those who live alone, and",
            f"{gaps[1]} points lower at equal years abroad: what goes with age, partner and children. If children of",
            f"six and more bound no more than small ones do, {bound[1]} % of families with teenagers would come home a",
            f"year, at equal years abroad, and not {bound[0]} %: because of the children's age {bound[2]} % of their",
            "returns fall away.",
        ),
    ]


def _rise(results: Results, family: str, plan: str) -> pd.Series:
    """Return by which factor a plan changes a family's rate of return, by replicate, at equal years abroad."""
    return at_equal_years(results, plan)[family] / at_equal_years(results, NOTHING)[family]


def _who_is_reached(results: Results) -> Sequence[str]:
    rows: list[tuple[str, ...]] = [("", "what it is", "alone, %", "with teenagers, %", "teenagers over alone, ratio")]
    reached = {}
    for plan, meaning in REFORMS.items():
        single, families = (_rise(results, family, plan) for family in (ALONE, TEENAGERS))
        reached[plan] = mean_of(families - 1.0)
        rises = (shown(mean_of(each - 1.0), 0.01) for each in (single, families))
        rows.append((plan, meaning, *rises, shown(mean_of(families / single), 1.0, plain)))
    best = max(reached, key=lambda plan: reached[plan].mean)
    single = mean_of(_rise(results, ALONE, best) - 1.0)
    return [
        "",
        "**Whom a reform reaches**: the change of the rate of return at equal years abroad, against no reform:",
        "",
        *markdown(rows),
        "",
        *paragraph(
            f"Families with teenagers are reached most by {best} ({REFORMS[best]}): their rate of return",
            f"{change(reached[best], 0.01, ' %')}; that of those who live alone {change(single, 0.01, ' %')}.",
        ),
    ]


def _drawings(results: Results) -> list[str]:
    from abm.analysis import figures as draw
    from abm.analysis.plan_figures import Panel, dots, lines

    percent = {
        name: [_percent(mean_of(rates(results, [family], [span])[NOTHING])) for span in YEARS_ABROAD]
        for family, name in FAMILY_NAMES.items()
    }
    figure = lines(
        list(YEARS_NAMES.values()),
        percent,
        title="How many graduates abroad come home, by family and years abroad, without reform",
        x_label="since leaving home",
        y_label="come home within a year, %",
    )
    files = draw.save(figure, results.folder / "figures", "return_by_family_and_years")
    panels = [
        Panel(
            f"{FAMILY_NAMES[family]}: change of return, %",
            [mean_of(_rise(results, family, plan) - 1.0) for plan in REFORMS],
            0.01,
            good=1,
        )
        for family in (ALONE, TEENAGERS)
    ]
    title = "How much a reform raises return, at equal years abroad"
    figure = dots([f"{plan}: {meaning}" for plan, meaning in REFORMS.items()], panels, title=title)
    return files + draw.save(figure, results.folder / "figures", "whom_a_reform_reaches")


def _percent(interval: Interval) -> Interval:
    import dataclasses

    ends = {name: 100.0 * getattr(interval, name) for name in ("mean", "standard_error", "low", "high")}
    return dataclasses.replace(interval, **ends)


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, of all graduates, against no reform: rule of law brings {effects[COURTS]} graduates, paid",
        f"returns {effects[INCENTIVE]}, public pay {effects[PAY]}, private jobs {effects[JOBS]}, diaspora",
        f"{effects[LINKAGE]}. What that means for families follows.",
    )


EXPERIMENT = experiment_of(
    Comparison(
        name="family",
        description="How return falls with years abroad and the children's age, and which reform reaches families",
        question="Will the daughters return? Families abroad, by years and children's age",
        method=paragraph(
            "Every January those at work or looking for work abroad are put down by their family and by the years",
            "since they left home; who comes home within the year is counted. One plan is no reform but another",
            "world, in which children of six and more bind their parents to a country as little as small ones do.",
        ),
        plans=design,
        meaning=_meaning,
        findings=_findings,
        drawings=_drawings,
        simulate=simulate_families,
        limits=paragraph(
            "What children, partners and years cost is an assumption, larger for school children and larger still for",
            "teenagers the more of their life was spent in the country; the table shows what these assumptions come",
            "to, not an observation. Children do not decide and do not come home as graduates of their own; partners",
            "have no career. Families in the diaspora of the start had their children wherever they lived then.",
            "Families with teenagers are older, and age binds too; the world in which older children bind less sets",
            "that apart. Rates at equal years abroad hold years since leaving home equal within four spans, not to",
            "the year. Nobody past the age up to which the model lets people study abroad does so: a parent of",
            "teenagers who studies there is nearest to those with teenagers in their first years.",
        ),
        drawn=(NOTHING, COURTS, INCENTIVE, PAY, JOBS, LINKAGE),
    )
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
