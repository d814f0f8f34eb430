"""Talent Portfolio Theory taken at its word: mixes of reforms under one budget, expected gain against downside risk.

Run it with ``python -m experiments run portfolio``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from abm.measures import GRADUATES
from abm.reforms import OilPriceShock
from abm.reforms.base import Reform
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.draws import Draws
from abm.sweep.factors import Range
from abm.sweep.plans import PLAN, Plans
from experiments.study.conduct import run
from experiments.study.contrasts import shown
from experiments.study.experiment import Drawn, Experiment, Results, Runs
from experiments.study.funds import INSTRUMENTS, Funds
from experiments.study.levers import start_of
from experiments.study.mixes import PILLARS, goes_with, mixing, moved, portfolios
from experiments.study.remarks import remark_lines
from experiments.study.report import Report, years_of
from experiments.study.tables import REPORTED, cost_table, interval, markdown

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["BUDGET", "EXPERIMENT", "design", "uncertain"]

BUDGET = 100e6  # USD a year; assumption: about what Kazakhstan's scholarships for studies abroad cost
NOTHING, EVERYTHING = "no reform", "all in equal parts"
BARS = 10  # mixes whose pillars are drawn


ROTATIONS = (("courts", "visas"), ("courts", "return pay"), ("visas", "return pay"))  # in other parts, and in turn


def _half(*pair: str) -> str:
    return " + ".join(sorted(pair, key=list(INSTRUMENTS).index))


def _mostly(first: str, second: str) -> str:
    return f"3/4 {first} + 1/4 {second}"


def _then(first: str, second: str) -> str:
    return f"{first}, then {second}"


PAIRS = [pair for both in ROTATIONS for pair in (both, both[::-1])]
IN_TURN = [_then(*pair) for pair in PAIRS]


def design(world: Scenario) -> Plans:
    """Return the mixes: each instrument alone, pairs in halves and some in quarters, all of them, and some in turn."""
    start = start_of(world)
    months = month_number(world.end) - month_number(start) + 1
    turn = month_number(start) + months // 2
    first_half, second_half = (start, month_name(turn - 1)), (month_name(turn), None)

    def mix(*names: str, usd: float, when: tuple[str, str | None] = (start, None)) -> tuple[Reform, ...]:
        return tuple(INSTRUMENTS[name](Funds(world, *when, usd)) for name in names)

    plans: dict[str, Sequence[Reform]] = {NOTHING: ()}
    plans |= {name: mix(name, usd=BUDGET) for name in INSTRUMENTS}
    plans |= {_half(*pair): mix(*pair, usd=BUDGET / 2) for pair in itertools.combinations(INSTRUMENTS, 2)}
    plans[EVERYTHING] = mix(*INSTRUMENTS, usd=BUDGET / len(INSTRUMENTS))
    for first, second in PAIRS:
        plans[_mostly(first, second)] = (*mix(first, usd=0.75 * BUDGET), *mix(second, usd=0.25 * BUDGET))
        early = mix(first, usd=BUDGET, when=first_half)
        plans[_then(first, second)] = (*early, *mix(second, usd=BUDGET, when=second_half))
    return Plans.of(plans)


def uncertain(world: Scenario) -> Draws:
    """Return what nobody knows, with the ranges from which each replicate draws; all of them are assumptions."""
    decision, beliefs = world.decision, world.beliefs
    return Draws(
        [
            Range(
                name="decision.rule_of_law_weight",
                low=0.1,
                high=0.6,
                baseline=decision.rule_of_law_weight,
                unit="utility",
            ),
            Range(name="decision.income_weight", low=0.5, high=1.5, baseline=decision.income_weight, unit="utility"),
            Range(name="decision.ties_weight", low=0.1, high=0.5, baseline=decision.ties_weight, unit="utility"),
            Range(name="decision.return_cost", low=1.5, high=3.5, baseline=decision.return_cost, unit="utility"),
            Range(
                name="beliefs.credibility_start", low=0.1, high=0.5, baseline=beliefs.credibility_start, unit="share"
            ),
            Range(
                name="labour.posts_elasticity_private",
                low=0.5,
                high=1.0,
                baseline=world.labour.posts_elasticity_private,
                unit="ratio",
            ),
            Range(
                name="labour.wage_elasticity",
                low=-0.1,
                high=0.4,
                baseline=world.labour.wage_elasticity,
                unit="ratio",
            ),
            Range(name="HostTightening.offers", low=0.5, high=2.0, baseline=1.0, scale="log", unit="factor"),
            Range(name="OilPriceShock.factor", low=0.5, high=1.5, baseline=1.0, unit="factor"),
        ],
        reforms=[OilPriceShock(decay=0.0, start=start_of(world))],
    )


METHOD = (
    "Courts: rule of law rising for ten years, at a speed that grows with the money. Merit: recruitment and",
    "pay by ability. Return pay: a sum for each who comes home, as many as are expected. Visas: more",
    "foreign specialists who consider coming. Jobs: private posts. Research: doctorates at home. Posts",
    "abroad: rotation with return. Diaspora: ties that bring offers from home. What a reform gives is in",
    "proportion to the money, by its own cost, up to the upper end of its plausible range; what it cannot use",
    "is not spent (assumptions). Gain is net brain gain over all years against no reform, in",
    f"{GRADUATES.printed}, and so are its four pillars. Each replicate draws what nobody knows, the same for",
    "all mixes: the weights of rule of law, income and ties, the cost of return, credibility at the start,",
    "how far posts and pay follow the number of graduates, offers abroad and the oil price. The worst tenth",
    "is the mean gain over the worst tenth of replicates (CVaR). A mix is efficient if no other with the same",
    "money every year is as good in both and better in one. All mixes are in portfolios.csv; here those of",
    "one reform, all in equal parts, efficient ones, and those that move the money from one reform to another",
    "at half time.",
)
LIMITS = (
    "What money buys is the weakest part: costs are assumptions, none was drawn, and a reform's effect",
    "is taken to be in proportion to them. Courts keep what they have delivered when their money ends, which is why",
    "it pays to begin with them; upkeep is not counted. Ranges of what is unknown are assumptions, independent of each",
    "other, and each replicate is a small sample of a country, so that a part of every spread is the chance of a run,",
    "which a real country, being large, would hardly have. A pillar counts moves, not what who moves knows or brings.",
)


def _portfolios(results: Results) -> pd.DataFrame:
    return portfolios(results, NOTHING, unsteady=IN_TURN)


def _table(results: Results) -> list[str]:
    table = _portfolios(results)
    named = [*INSTRUMENTS, EVERYTHING, *IN_TURN]
    listed = table[table[PLAN].isin(named) | table["efficient"]].sort_values("gain", ascending=False)
    heads = ["mix", "million USD a year", "expected gain", "worst tenth", "efficient", *PILLARS]
    rows: list[tuple[str, ...]] = [tuple(heads)]
    for _, row in listed.iterrows():
        rows.append(
            (
                row[PLAN],
                f"{row['usd_per_year'] / 1e6:.0f}",
                *(interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ("gain", "worst")),
                "yes" if row["efficient"] else ("in turn" if row[PLAN] in IN_TURN else ""),
                *(f"{row[f'pillar_{name}']:+.0f}" for name in PILLARS),
            )
        )
    return markdown(rows)


def _meaning(results: Results) -> Sequence[str]:
    table = _portfolios(results).set_index(PLAN)
    steady = table.drop(index=[name for name in IN_TURN if name in table.index])
    single = steady.loc[list(INSTRUMENTS)]
    best, safest = str(steady["gain"].idxmax()), str(steady["worst"].idxmax())
    thousand = GRADUATES.word
    lines = [
        f"Over {years_of(results)} the best single reform on average is {single['gain'].idxmax()}",
        f"({single['gain'].max():+.0f} {thousand}), and the one with the best worst tenth {single['worst'].idxmax()}",
        f"({single['worst'].max():+.0f}). Of all mixes with the same money every year {best} is best on average",
        f"({table.loc[best, 'gain']:+.0f}, worst tenth {table.loc[best, 'worst']:+.0f}), and at worst {safest}",
        f"({table.loc[safest, 'gain']:+.0f}, worst tenth {table.loc[safest, 'worst']:+.0f}).",
        f"{int(steady['efficient'].sum())} of {len(steady)} are efficient.",
    ]
    mixes = [plan for plan in steady.index if plan not in INSTRUMENTS]
    for said, (mixed, alone, estimate) in mixing(results, list(INSTRUMENTS), mixes, NOTHING).items():
        lines += [
            f"Picked {said} in half of the replicates and judged so in the other half, the best mix, {mixed},",
            f"brings {shown(estimate)} {thousand} against the best single reform, {alone}.",
        ]
    for first, second in ROTATIONS:
        early, late = (shown(_in_turn(results, *pair)) for pair in ((first, second), (second, first)))
        lines += [
            f"Against {first} and {second} at once, {first} first brings {early} {thousand},",
            f"{second} first {late}.",
        ]
    if most := goes_with(results, best, NOTHING, [factor.name for factor in uncertain(results.world).factors]):
        lines += [f"The gain of {best} goes most with {most[0]} (rank correlation {most[1]:+.2f})."]
    return lines


def _in_turn(results: Results, first: str, second: str) -> Interval:
    return moved(results, _then(first, second), _half(first, second), NOTHING)


def _figures(results: Results) -> Iterator[Drawn]:
    """Draw the frontier, the pillars of the best mixes, and what moving the money is worth."""
    import numpy as np
    import pandas as pd

    from abm.analysis.design_figures import effect_dots
    from abm.analysis.portfolio_figures import frontier, pillar_bars

    table, unit = _portfolios(results), f"{GRADUATES.printed} more than without reform"
    kind = np.where(table[PLAN].isin(IN_TURN), "in turn", np.where(table[PLAN].isin(INSTRUMENTS), "single", "mix"))
    title = f"{BUDGET / 1e6:.0f} million USD a year: what mixes of reforms bring, on average and at worst"
    yield "frontier", frontier(table.assign(name=table[PLAN], kind=kind), title=title, unit=unit)
    best = table.sort_values("gain", ascending=False).head(BARS)
    title = f"The ten mixes with the highest expected gain over {years_of(results)}, by pillar"
    columns = [f"pillar_{name}" for name in PILLARS]
    yield "pillars", pillar_bars(best.assign(name=best[PLAN]), columns, PILLARS, title=title, unit=unit)
    rows = []
    for pair in PAIRS:
        estimate = _in_turn(results, *pair)
        rows.append({"name": _then(*pair), "effect": estimate.mean, "low": estimate.low, "high": estimate.high})
    title = "What it brings to move all money to the other reform at half time, against both at once"
    yield "rebalancing", effect_dots(pd.DataFrame(rows), title=title, unit=f"{GRADUATES.printed}, with 95 % interval")


EXPERIMENT = Experiment(
    name="portfolio",
    description="Mixes of reforms under one budget: expected gain against downside risk, by pillar",
    levels_of_kazakhstan="The 100 million USD a year that are spent",
    order=150,
    design=design,
    runs=Runs(
        graduates=5_000, replicates=32, draws=uncertain, measures=(*REPORTED, *(f"pillar_{name}" for name in PILLARS))
    ),
    answer=Report(
        question=f"Which mix of reforms is best for {BUDGET / 1e6:.0f} million USD a year, on average and at worst?",
        method=lambda _: METHOD,
        blocks=lambda results: [_table(results), remark_lines(results.world, results.arms)],
        meaning=_meaning,
        limits=LIMITS,
        figures=_figures,
        tables=lambda results: {"costs.csv": cost_table(results), "portfolios.csv": _portfolios(results)},
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
