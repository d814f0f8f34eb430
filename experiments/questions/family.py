"""Families abroad: how return falls with the years and with the children's age, and which reform reaches families.

Run it with ``python -m experiments run family``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from abm.families import FAMILIES, YEARS_ABROAD, simulate_families
from abm.reforms import PublicSalaryParity, ReturnIncentive
from abm.reforms.prices import (
    decade_of_rule_of_law,
    diaspora_engagement,
    diversification,
)
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import ByYear, Comparison, Findings
from experiments.study.conduct import run
from experiments.study.contrasts import change, mean_of, paragraph, shown
from experiments.study.experiment import Drawn, Experiment, Results, Runs
from experiments.study.levers import TWO_YEARS, start_of
from experiments.study.returning import at_equal_years, rates
from experiments.study.sections import cells_of, section, table_of
from experiments.study.tables import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "NOTHING"]

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
    start = start_of(world)
    bind = {f"decision.{name}": world.decision.child_cost for name in ("school_child_cost", "teenager_cost")}
    return Plans.of(
        {
            NOTHING: (),
            COURTS: (decade_of_rule_of_law(world, start),),
            INCENTIVE: (ReturnIncentive(start=start, months_of_pay=TWO_YEARS),),
            PAY: (PublicSalaryParity(start=start, target=PARITY),),
            JOBS: (diversification(world, start, MORE_POSTS),),
            LINKAGE: (diaspora_engagement(world, start, tie_offers=MORE_OFFERS, offers=MORE_OFFERS),),
            AS_SMALL: (),
        },
        elsewhere={AS_SMALL: bind},
    )


def _findings(results: Results) -> Sequence[str]:
    return [*_by_years(results), *_because_of_children(results), *_who_is_reached(results)]


def _at_equal_years(results: Results, plan: str) -> pd.DataFrame:
    return at_equal_years(results, plan, standard=NOTHING)


def _by_years(results: Results) -> Sequence[str]:
    equal = _at_equal_years(results, NOTHING)

    def rate(*spans: str) -> Callable[[str], str]:
        return lambda family: shown(mean_of(rates(results, [family], spans)[NOTHING]), 0.01, plain)

    columns = {name: rate(span) for span, name in YEARS_NAMES.items()} | {"all": rate(*YEARS_ABROAD)}
    columns["all, at equal years abroad"] = lambda family: shown(mean_of(equal[family]), 0.01, plain)
    lead = paragraph(
        "**Who comes home**, % a year without reform: of those at work or looking for work abroad in January, by",
        "the oldest child under age and the years since leaving home, who is back within the year; then of all of",
        "them, as they are and as if all families had the same years abroad.",
    )
    return section(lead, table_of(FAMILY_NAMES, columns, "family"))


def _because_of_children(results: Results) -> Sequence[str]:
    """Say how much of the gap between singles and families with teenagers goes with years abroad, and with children."""
    crude = rates(results, [ALONE])[NOTHING] - rates(results, [TEENAGERS])[NOTHING]
    equal = _at_equal_years(results, NOTHING)
    teenagers, unbound = equal[TEENAGERS], _at_equal_years(results, AS_SMALL)[TEENAGERS]
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


def _rises(results: Results, family: str) -> dict[str, pd.Series]:
    """Return by which factor each reform changes a family's rate of return, by replicate, at equal years abroad."""
    without = _at_equal_years(results, NOTHING)[family]
    return {plan: _at_equal_years(results, plan)[family] / without for plan in REFORMS}


def _who_is_reached(results: Results) -> Sequence[str]:
    alone, teenagers = _rises(results, ALONE), _rises(results, TEENAGERS)
    single, reached = ({plan: mean_of(rise - 1.0) for plan, rise in rises.items()} for rises in (alone, teenagers))
    best = max(reached, key=lambda plan: reached[plan].mean)
    return section(
        ["**Whom a reform reaches**: the change of the rate of return at equal years abroad, against no reform:"],
        table_of(
            REFORMS.keys(),
            {
                "what it is": REFORMS.__getitem__,
                "alone, %": cells_of(single, 0.01),
                "with teenagers, %": cells_of(reached, 0.01),
                "teenagers over alone, ratio": lambda plan: shown(mean_of(teenagers[plan] / alone[plan]), 1.0, plain),
            },
        ),
        f"Families with teenagers are reached most by {best} ({REFORMS[best]}): their rate of return",
        f"{change(reached[best], 0.01, ' %')}; that of those who live alone {change(single[best], 0.01, ' %')}.",
    )


def _figures(results: Results) -> Iterator[Drawn]:
    from abm.analysis.plan_figures import Panel, dots, lines

    percent = {
        name: [mean_of(100.0 * rates(results, [family], [span])[NOTHING]) for span in YEARS_ABROAD]
        for family, name in FAMILY_NAMES.items()
    }
    yield (
        "return_by_family_and_years",
        lines(
            list(YEARS_NAMES.values()),
            percent,
            title="How many graduates abroad come home, by family and years abroad, without reform",
            x_label="since leaving home",
            y_label="come home within a year, %",
        ),
    )
    panels = [
        Panel(
            f"{FAMILY_NAMES[family]}: change of return, %",
            [mean_of(rise - 1.0) for rise in _rises(results, family).values()],
            0.01,
            good=1,
        )
        for family in (ALONE, TEENAGERS)
    ]
    title = "How much a reform raises return, at equal years abroad"
    yield (
        "whom_a_reform_reaches",
        dots([f"{plan}: {meaning}" for plan, meaning in REFORMS.items()], panels, title=title),
    )


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, of all graduates, against no reform: rule of law brings {effects[COURTS]} graduates, paid",
        f"returns {effects[INCENTIVE]}, public pay {effects[PAY]}, private jobs {effects[JOBS]}, diaspora",
        f"{effects[LINKAGE]}. What that means for families follows.",
    )


EXPERIMENT = Experiment(
    name="family",
    description="How return falls with years abroad and the children's age, and which reform reaches families",
    order=110,
    design=design,
    runs=Runs(simulate=simulate_families),
    answer=Comparison(
        question="Will the daughters return? Families abroad, by years and children's age",
        method=paragraph(
            "Every January those at work or looking for work abroad are put down by their family and by the years",
            "since they left home; who comes home within the year is counted. One plan is no reform but another",
            "world, in which children of six and more bind their parents to a country as little as small ones do.",
        ),
        meaning=_meaning,
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
        findings=Findings(_findings, _figures),
        by_year=ByYear(plans=(NOTHING, COURTS, INCENTIVE, PAY, JOBS, LINKAGE)),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
