"""Which reform is best, in moves, in heads and at work, where posts and pay answer or do not, and where somebody pays.

Run it with ``python -m experiments run ranking``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from abm.measures import AT_END, GRADUATES, measure
from abm.reforms import PublicSalaryParity, ReturnIncentive
from abm.reforms.prices import decade_of_rule_of_law, diversification, research_funding
from abm.scenario import Scenario
from abm.sweep.plans import PLAN, WORLD, Plans
from experiments.study.conduct import run
from experiments.study.contrasts import effects_by_world, paragraph
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import TWO_YEARS, start_of
from experiments.study.remarks import remark_lines
from experiments.study.report import Report, last_years_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import cost_lines, cost_table, interval, markdown, own_baselines

if TYPE_CHECKING:
    pass

__all__ = ["EXPERIMENT"]

NOTHING, COURTS, PAY, JOBS, TRAINING, RETURNS = (
    "no reform",
    "rule of law",
    "public pay",
    "private jobs",
    "more graduates",
    "paid returns",
)
PLANS = (COURTS, PAY, JOBS, TRAINING, RETURNS)
MORE = 0.1  # of private posts, and of graduates; assumption
AS_STATED, FIXED, FOLLOW, SCARCE, SPILL, SHARED, ALL_PAID = (
    "as in the scenario",
    "posts and pay fixed",
    "all posts follow fully",
    "pay falls with numbers",
    "pay rises with numbers",
    "graduates pay their share",
    "graduates pay all of it",
)
ELASTICITIES = [f"labour.posts_elasticity_{sector}" for sector in ("extractive", "private", "public")]
WORLDS: dict[str, dict[str, float | str]] = {
    AS_STATED: {},
    FIXED: {**dict.fromkeys(ELASTICITIES, 0.0), "labour.wage_elasticity": 0.0},
    FOLLOW: dict.fromkeys(ELASTICITIES, 1.0),
    SCARCE: {"labour.wage_elasticity": 0.4},
    SPILL: {"labour.wage_elasticity": -0.1},
    SHARED: {"treasury.financing": "tax"},
    ALL_PAID: {"treasury.financing": "tax", "treasury.graduates_share": 1.0},
}
# what a plan is ranked by: a measure, and the window in which its effect is looked at
RANKED = {
    "net brain gain": ("net_brain_gain", "cumulative"),
    "heads at home at the end": ("graduates_at_home", AT_END),
    "at work at the end": ("graduates_at_work", AT_END),
    "human capital at work at the end": ("human_capital_at_work", AT_END),
}
COST = ("public_cost", "yearly")


def design(world: Scenario) -> Plans:
    """Return every reform alone, in worlds whose posts, pay and purse answer in other ways."""
    start = start_of(world)
    return Plans.of(
        {
            NOTHING: (),
            COURTS: (decade_of_rule_of_law(world, start),),
            PAY: (PublicSalaryParity(start=start, target=1.0),),
            JOBS: (diversification(world, start, MORE),),
            TRAINING: (research_funding(world, start, graduates=MORE),),
            RETURNS: (ReturnIncentive(start=start, months_of_pay=float(TWO_YEARS)),),
        },
        worlds=WORLDS,
    )


def _table(results: Results) -> list[str]:
    """Return a row for each world and reform, a column for each measure, and what it costs."""
    effects = {
        head: effects_by_world(results, *ranked, NOTHING) / GRADUATES.divide_by for head, ranked in RANKED.items()
    }
    cost = measure(COST[0])
    effects[cost.head()] = effects_by_world(results, *COST, NOTHING) / cost.divide_by
    rows: list[tuple[str, ...]] = [("world", "reform", *effects)]
    for world in WORLDS:
        for plan in PLANS:
            if all((world, plan) in table.index for table in effects.values()):
                rows.append((world, plan, *(interval(*table.loc[(world, plan)]) for table in effects.values())))
    return markdown(rows)


def _order(results: Results, head: str) -> dict[str, list[str]]:
    """Return, by world, the reforms from the one that brings most of a measure to the one that brings least."""
    effects = effects_by_world(results, *RANKED[head], NOTHING)["effect"]
    return {world: effects.loc[world].sort_values(ascending=False).index.tolist() for world in WORLDS}


def _meaning(results: Results) -> Sequence[str]:
    lines = []
    for head in RANKED:
        orders = _order(results, head)
        usual = orders[AS_STATED]
        lines.append(f"**By {head}** the order in the scenario is {', '.join(usual)}.")
        other = [f"{', '.join(order)} in the world *{world}*" for world, order in orders.items() if order != usual]
        lines.append(f"It is another elsewhere: {'; '.join(other)}." if other else "It is the same in every world.")
    best = {head: _order(results, head)[AS_STATED][0] for head in RANKED}
    if len(set(best.values())) > 1:
        lines.append("So which reform is best depends on what is counted:")
        lines.append("; ".join(f"{plan} by {head}" for head, plan in best.items()) + ".")
    return paragraph(*lines)


def _figures(results: Results) -> Iterator[Drawn]:
    """Draw, for work and for net brain gain, what each reform brings in each world."""
    from abm.analysis.design_figures import effect_panels

    for name, head in (("at_work", "at work at the end"), ("net_brain_gain", "net brain gain")):
        rows = effects_by_world(results, *RANKED[head], NOTHING).reset_index()
        rows = rows.sort_values(PLAN, key=lambda names: names.map(PLANS.index), kind="stable")
        figure = effect_panels(
            rows.assign(name=rows[WORLD]),
            panel=PLAN,
            title=f"What each reform brings ({head}), by how posts, pay and purse answer",
            unit=f"{GRADUATES.printed} more than without it in the same world, with {results.interval}",
            note="shaded: the interval in the world of the scenario",
            divide_by=GRADUATES.divide_by,
        )
        yield name, figure


EXPERIMENT = Experiment(
    name="ranking",
    description="Which reform is best, where posts and pay answer or not, and where somebody pays for it",
    order=5,
    design=design,
    runs=over_the_posterior(within=(WORLD,)),
    answer=Report(
        question="Is the order of reforms the world's or the model's: in moves, in heads, at work, and paid for?",
        method=lambda results: paragraph(
            "Each reform alone: rule of law rising for ten years at the fastest speed on record; public pay on a par",
            "with private pay; a tenth more private posts; a tenth more graduates; two years' pay for coming home. In",
            "the scenario three quarters of private posts follow the number of graduates at home in the long run, and",
            "pay falls by a tenth of its rise, or by what a draw says. In the other worlds all posts and pay stay; all",
            "posts follow in full; pay falls by .4 of the rise, or rises by a tenth of it; graduates pay, by a tax,",
            "two fifths of what a reform costs, or all of it. Effects are against no reform in the same world,",
            f"{GRADUATES.short}; at the end is the mean of the last year ({last_years_of(results).split('-')[-1]});",
            "cost is what the public purse pays.",
        ),
        blocks=lambda results: [
            _table(results),
            cost_lines(results, own_baselines(results, WORLD)),
            remark_lines(results.world, results.arms),
        ],
        meaning=_meaning,
        limits=paragraph(
            "How far posts and pay answer is assumed, or drawn of what is assumed, and so are the strengths that",
            "are compared: a tenth more posts and a decade of courts are not the same effort. Private posts that a",
            "reform adds have no wage bill here: their cost is asserted. What graduates at work make is counted by",
            "head and by human capital, not by what it is worth to others.",
        ),
        figures=_figures,
        tables=lambda results: {"costs.csv": cost_table(results, own_baselines(results, WORLD))},
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
