"""How sure each answer is: the main reforms over draws of the posterior that the past leaves, and how often ranks hold.

Run it with ``python -m experiments run how-sure``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from abm.measures import AT_END, GRADUATES, measure
from abm.reforms import HostTightening, PublicSalaryParity, ReturnIncentive
from abm.reforms.prices import decade_of_rule_of_law, diaspora_engagement, diversification, research_funding
from abm.scenario import Scenario
from abm.sweep.plans import PLAN, Plans
from experiments.study.conduct import run
from experiments.study.contrasts import paragraph
from experiments.study.experiment import Drawn, Experiment, Results, Runs
from experiments.study.levers import TWO_YEARS, start_of
from experiments.study.over_draws import beats
from experiments.study.report import Report
from experiments.study.tables import FLOWS, cost_lines, cost_table, markdown

__all__ = ["EXPERIMENT"]

NOTHING, COURTS, HALF, ANNOUNCED, PAY, PAID, JOBS, TRAINING, RETURNS, TIES, DOORS, ALL = (
    "no reform",
    "rule of law",
    "rule of law, half kept",
    "rule of law, only announced",
    "public pay",
    "public pay, graduates pay",
    "private jobs",
    "more graduates",
    "paid returns",
    "diaspora ties",
    "doors abroad half shut",
    "law, pay and jobs",
)
MORE, OFFERS, SHUT = 0.1, 2.0, 0.5  # of posts and graduates; times the offers through ties; of offers and permits
OUTCOMES = {
    "net brain gain": ("net_brain_gain", "cumulative"),
    "heads at home": ("graduates_at_home", AT_END),
    "at work": ("graduates_at_work", AT_END),
}
# of every run; all that is reported, and what makes it up
MEASURES = ("net_brain_gain", "graduates_at_home", "graduates_at_work", "public_cost", *FLOWS)
DRAWS = 100
SURE = 0.9  # share of draws in which a sign must hold
PAIRS = ((COURTS, PAY), (COURTS, RETURNS), (PAY, JOBS), (COURTS, JOBS), (HALF, ANNOUNCED), (PAY, PAID))


def design(world: Scenario) -> Plans:
    """Return the main reforms, each alone, what may become of a promise, who pays, and three of them together."""
    start = start_of(world)
    law, pay = decade_of_rule_of_law(world, start), PublicSalaryParity(start=start, target=1.0)
    jobs = diversification(world, start, MORE)
    return Plans.of(
        {
            NOTHING: (),
            COURTS: (law,),
            HALF: (decade_of_rule_of_law(world, start, fidelity=0.5),),
            ANNOUNCED: (dataclasses.replace(law, fidelity=0.0, cost_usd_per_year=0.0),),
            PAY: (pay,),
            PAID: (pay,),
            JOBS: (jobs,),
            TRAINING: (research_funding(world, start, graduates=MORE),),
            RETURNS: (ReturnIncentive(start=start, months_of_pay=float(TWO_YEARS)),),
            TIES: (diaspora_engagement(world, start, tie_offers=OFFERS),),
            DOORS: (HostTightening(start=start, offers=SHUT, permit_prob=SHUT),),
            ALL: (law, pay, jobs),
        },
        elsewhere={PAID: {"treasury.financing": "tax", "treasury.graduates_share": 1.0}},
    )


def _effects(results: Results, outcome: tuple[str, str]) -> dict[str, dict[str, float]]:
    """Return, by plan, the effects on an outcome with their intervals and in which share of draws they are above 0."""
    rows = results.effects
    chosen = rows[(rows["measure"] == outcome[0]) & (rows["window"] == outcome[1]) & (rows[PLAN] != NOTHING)]
    return {str(row[PLAN]): row.to_dict() for _, row in chosen.iterrows()}


def _table(results: Results) -> list[str]:
    """Return a line for each plan: what it brings of each outcome, and in how many draws it brings anything."""
    found = {head: _effects(results, outcome) for head, outcome in OUTCOMES.items()}
    over_draws = results.draws is not None
    counted = [f"{head}: above 0 in" for head in OUTCOMES] if over_draws else []
    rows: list[tuple[str, ...]] = [("reform", *OUTCOMES, *counted)]
    for plan in next(iter(found.values())):
        cells = [_cell(found[head][plan], measure(OUTCOMES[head][0]).divide_by) for head in OUTCOMES]
        held = [_held(found[head][plan]) for head in OUTCOMES] if over_draws else []
        rows.append((plan, *cells, *held))
    return markdown(rows)


def _cell(row: dict[str, float], divide_by: float) -> str:
    numbers = (row[name] / divide_by for name in ("effect", "low", "high"))
    effect, low, high = (f"{number:+.3g}" for number in numbers)
    return f"{effect} [{low}, {high}]"


def _held(row: dict[str, float]) -> str:
    return f"{row['positive'] * row['draws']:.0f} of {row['draws']:.0f}"


def _pairs(results: Results) -> list[str]:
    """Return a line for each pair of plans: in how many draws the first brings more of each outcome."""
    if results.draws is None:
        return []
    rows: list[tuple[str, ...]] = [("reform", "against", *(f"more {head} in" for head in OUTCOMES))]
    for one, other in PAIRS:
        rows.append((one, other, *(beats(results, outcome, one, other) for outcome in OUTCOMES.values())))
    return markdown(rows)


def _meaning(results: Results) -> Sequence[str]:
    """Say what holds and what does not."""
    if results.draws is None:
        return ["Without draws (--draws) the brackets hold the chance of a run alone."]
    lines = []
    for head, outcome in OUTCOMES.items():
        plans = _effects(results, outcome)
        sure = [plan for plan, row in plans.items() if not 1.0 - SURE < row["positive"] < SURE]
        unsure = [f"{plan} ({_held(row)})" for plan, row in plans.items() if plan not in sure]
        first = max(plans, key=lambda plan: plans[plan]["highest"])
        lines.append(f"**By {head}** {first} is first in {_first(plans[first])} draws;")
        lines.append(
            f"the sign does not hold in nine of ten for {', '.join(unsure)}." if unsure else "every sign holds."
        )
    nothing = results.effects[(results.effects[PLAN] == NOTHING) & (results.effects["measure"] == "net_brain_gain")]
    row, unit = nothing.set_index("window").loc["last years"], measure("net_brain_gain").divide_by
    end = [row[name] / unit for name in ("mean", "mean_low", "mean_high")]
    lines.append(f"Without reform net brain gain at the end is {end[0]:+.2f} [{end[1]:+.2f}, {end[2]:+.2f}] a year.")
    return paragraph(*lines)


def _first(row: dict[str, float]) -> str:
    return f"{row['highest'] * row['draws']:.0f} of {row['draws']:.0f}"


def _figures(results: Results) -> Iterator[Drawn]:
    """Draw what each reform brings of each outcome."""
    from abm.analysis.effects import Interval
    from abm.analysis.plan_figures import Panel, dots

    found = {head: _effects(results, outcome) for head, outcome in OUTCOMES.items()}
    names = list(next(iter(found.values())))
    panels = [
        Panel(
            f"{head}, {GRADUATES.printed}",
            [Interval(*(plans[name][part] for part in ("effect", "standard_error", "low", "high"))) for name in names],
            GRADUATES.divide_by,
            good=1,
        )
        for head, plans in found.items()
    ]
    yield "effects", dots(names, panels, title=f"What reforms bring by the end, with {results.interval}")


EXPERIMENT = Experiment(
    name="how-sure",
    description="The main reforms over draws of what the past leaves open: what holds, and in how many of them",
    order=4,
    design=design,
    runs=Runs(graduates=10_000, replicates=2, draws_of_posterior=DRAWS, measures=MEASURES),
    answer=Report(
        question="What do the main reforms bring, given all that the past leaves open?",
        method=lambda results: [
            "Each draw of the posterior that results/calibration publishes sets what nobody knows, for all plans",
            "alike, and the runs go from 2010 on. Rule of law rises for ten years at the fastest speed on record, is",
            "half kept, or only announced; public pay is on a par with private pay, which nobody or graduates by a tax",
            "pay for; a tenth more private posts; a tenth more graduates; two years' pay for coming home; twice the",
            "offers that ties of the diaspora bring; half the offers and permits abroad; law, pay and jobs at once.",
            f"Net brain gain is over all years, heads and work are of the last, all {GRADUATES.short}.",
        ],
        blocks=lambda results: [_table(results), _pairs(results), cost_lines(results)],
        meaning=_meaning,
        limits=paragraph(
            "Draws hold what the calibration leaves open: weights, costs of moving, ties, who is registered, and, from",
            "assumptions alone, credibility and how posts and pay answer. They do not hold what is outside the model",
            "(docs/validation.md), or whether the strengths that are compared are the same effort.",
        ),
        figures=_figures,
        tables=lambda results: {"costs.csv": cost_table(results)},
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
