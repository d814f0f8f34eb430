"""Talent Portfolio Theory taken at its word: mixes of reforms under one budget, expected gain against downside risk.

Run it with ``python -m experiments run portfolio``.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.reforms import (
    CirculationScheme,
    DiasporaEngagement,
    ForeignTalentVisa,
    GraduateResearchFunding,
    JudicialReform,
    MeritReform,
    OilPriceShock,
    ReturnIncentive,
)
from abm.reforms.base import Reform
from abm.reforms.prices import diversification, rule_of_law_after, worth_of_money
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.draws import Draws
from abm.sweep.factors import Range
from abm.sweep.plans import PLAN, Plans
from experiments.study.comparison import answer, of_plan, years_of
from experiments.study.conduct import Experiment, Results, conduct
from experiments.study.contrasts import mean_of, shown
from experiments.study.remarks import remark_lines
from experiments.study.tables import cost_table, interval, markdown
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["EXPERIMENT", "design", "main", "uncertain"]

START = "2026-01"
BUDGET = 100e6  # USD a year; assumption: about what Kazakhstan's scholarships for studies abroad cost
NOTHING, EVERYTHING = "no reform", "all in equal parts"
GAIN, PILLARS = "net_brain_gain", ("gain", "train", "circulation", "linkage")
ENOUGH = 8  # replicates without which nothing is said of halves of them, or of ranks
BARS = 10  # mixes whose pillars are drawn


@dataclass(frozen=True)
class Funds:
    """Money for one reform: USD a year, from the first month to the last, or to the end of the run."""

    world: Scenario
    start: str
    end: str | None
    usd: float

    def of(self, own: Reform, most: float = np.inf) -> tuple[float, dict[str, Any]]:
        """Return how often the reform's own cost is paid, and what all reforms say: when, and what is paid.

        No more is paid than the upper end of the plausible range of that cost, or ``most`` times it.
        """
        from abm.analysis.costs import plausible_cost

        paid = min(self.usd, plausible_cost(own).high, most * own.cost_usd_per_year)
        common = {"start": self.start, "end": self.end, "cost_usd_per_year": float(round(paid))}
        return paid / own.cost_usd_per_year, common


def _courts(funds: Funds) -> Reform:
    own, limit = JudicialReform(), funds.world.home.rule_of_law.speed_limit
    times, common = funds.of(own, most=limit / own.speed)
    speed = min(own.speed * times, limit)
    return JudicialReform(target=rule_of_law_after(funds.world, speed), speed=speed, **common)


def _merit(funds: Funds) -> Reform:
    own, now = MeritReform(), funds.world.labour.merit
    step = own.target - now
    times, common = funds.of(own, most=(1.0 - now) / step if step > 0.0 else 1.0)
    return MeritReform(target=min(now + max(step, 0.0) * times, 1.0), **common)


def _return(funds: Funds) -> Reform:
    worth = round(worth_of_money(funds.world, funds.usd), 4)
    return ReturnIncentive(
        cost_reduction=worth, start=funds.start, end=funds.end, cost_usd_per_year=float(round(funds.usd))
    )


def _visa(funds: Funds) -> Reform:
    own = ForeignTalentVisa()
    times, common = funds.of(own)
    return ForeignTalentVisa(candidates=1.0 + (own.candidates - 1.0) * times, **common)


def _jobs(funds: Funds) -> Reform:
    own = diversification(funds.start, 0.1)
    times, common = funds.of(own)
    return type(own)(private_jobs=own.private_jobs * times, **common)


def _research(funds: Funds) -> Reform:
    own = GraduateResearchFunding()
    times, common = funds.of(own)
    return GraduateResearchFunding(doctorates=own.doctorates * times, **common)


def _posts_abroad(funds: Funds) -> Reform:
    own = CirculationScheme()
    times, common = funds.of(own)
    return CirculationScheme(places=own.places * times, **common)


def _diaspora(funds: Funds) -> Reform:
    own = DiasporaEngagement()
    times, common = funds.of(own)
    return DiasporaEngagement(tie_offers=1.0 + (own.tie_offers - 1.0) * times, **common)


INSTRUMENTS: Mapping[str, Callable[[Funds], Reform]] = {
    "courts": _courts,
    "merit": _merit,
    "return pay": _return,
    "visas": _visa,
    "jobs": _jobs,
    "research": _research,
    "posts abroad": _posts_abroad,
    "diaspora": _diaspora,
}
ROTATIONS = (("courts", "visas"), ("courts", "return pay"), ("visas", "return pay"))  # in other parts, and in turn


def _half(*pair: str) -> str:
    return " + ".join(sorted(pair, key=list(INSTRUMENTS).index))


def _mostly(first: str, second: str) -> str:
    return f"3/4 {first} + 1/4 {second}"


def _then(first: str, second: str) -> str:
    return f"{first}, then {second}"


def design(world: Scenario) -> Plans:
    """Return the mixes: each instrument alone, pairs in halves and some in quarters, all of them, and some in turn."""
    start = max(START, world.start)
    months = month_number(world.end) - month_number(start) + 1
    turn = month_number(start) + months // 2
    first_half, second_half = (start, month_name(turn - 1)), (month_name(turn), None)

    def mix(*names: str, usd: float, when: tuple[str, str | None] = (start, None)) -> tuple[Reform, ...]:
        return tuple(INSTRUMENTS[name](Funds(world, *when, usd)) for name in names)

    plans: dict[str, Sequence[Reform]] = {NOTHING: ()}
    plans |= {name: mix(name, usd=BUDGET) for name in INSTRUMENTS}
    plans |= {_half(*pair): mix(*pair, usd=BUDGET / 2) for pair in itertools.combinations(INSTRUMENTS, 2)}
    plans[EVERYTHING] = mix(*INSTRUMENTS, usd=BUDGET / len(INSTRUMENTS))
    for pair in ROTATIONS:
        for first, second in (pair, pair[::-1]):
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
            Range(name="HostTightening.offers", low=0.5, high=2.0, baseline=1.0, scale="log", unit="factor"),
            Range(name="OilPriceShock.factor", low=0.5, high=1.5, baseline=1.0, unit="factor"),
        ],
        reforms=[OilPriceShock(decay=0.0, start=max(START, world.start))],
    )


def report(results: Results) -> str:
    """Return each mix's expected gain, worst tenth and pillars, and what mixing and moving money is worth."""
    lines = answer(
        results,
        question=f"Which mix of reforms is best for {BUDGET / 1e6:.0f} million USD a year, on average and at worst?",
        method=[
            "Courts: rule of law rising for ten years, at a speed that grows with the money. Merit: recruitment",
            "and pay by ability. Return pay: paid to who comes home, priced at what it is worth to them. Visas:",
            "more foreign specialists who consider coming. Jobs: private posts. Research: doctorates at home.",
            "Posts abroad: rotation with return. Diaspora: ties that bring offers from home. What a reform gives",
            "is in proportion to the money, by its own cost, up to the upper end of its plausible range; what it",
            "cannot use is not spent (assumptions). Gain is net brain gain over all years against no reform, in",
            "thousand graduates, and so are its four pillars. Each replicate draws what nobody knows, the same",
            "for all mixes: the weights of rule of law, income and ties, the cost of return, credibility at the",
            "start, offers abroad and the oil price. The worst tenth is the mean gain over the worst tenth of",
            "replicates (CVaR). A mix is efficient if no other with the same money every year is as good in both",
            "and better in one. All mixes are in portfolios.csv; here those of one reform, all in equal parts,",
            "efficient ones, and those that move the money from one reform to another at half time.",
        ],
        tables=[_table(results), remark_lines(results.world, results.arms)],
        meaning=lambda: _meaning(results),
        limits=LIMITS,
    )
    return "\n".join(lines) + "\n"


LIMITS = (
    "What money buys is the weakest part: costs are assumptions, none was drawn, and a reform's effect",
    "is taken to be in proportion to them. Courts keep what they have delivered when their money ends, which is why",
    "it pays to begin with them; upkeep is not counted. Ranges of what is unknown are assumptions, independent of each",
    "other, and each replicate is a small sample of a country, so that a part of every spread is the chance of a run,",
    "which a real country, being large, would hardly have. A pillar counts moves, not what who moves knows or brings.",
)


def portfolios(results: Results) -> pd.DataFrame:
    """Return a row for each mix: money, expected gain, worst tenth, pillars, and whether it is efficient."""
    import pandas as pd

    from abm.analysis.costs import spent
    from abm.analysis.portfolios import cvar, efficient
    from abm.analysis.timing import jackknife

    numbers = [f"{name}{end}" for name in ("gain", "worst") for end in ("", "_low", "_high")]
    pillars = [f"pillar_{name}" for name in PILLARS]
    rows = []
    for arm in results.arms[1:]:
        plan = str(arm.levels[PLAN])
        gains = _gains(results, plan)
        if not len(gains):
            continue
        mean, worst = mean_of(gains[GAIN]), jackknife(gains[GAIN].to_numpy(float), cvar)
        years = results.world.n_months / 12.0
        row = {PLAN: plan, "usd_per_year": spent(arm.reforms, results.world).central / years}
        row |= {"gain": mean.mean, "gain_low": mean.low, "gain_high": mean.high}
        row |= {"worst": worst.mean, "worst_low": worst.low, "worst_high": worst.high}
        rows.append(row | {name: float(gains[name].mean()) for name in pillars})
    table = pd.DataFrame(rows, columns=[PLAN, "usd_per_year", *numbers, *pillars])
    steady = ~table[PLAN].isin(_rotations()).to_numpy()
    table["efficient"] = False
    table.loc[steady, "efficient"] = efficient(
        table.loc[steady, "gain"].to_numpy(), table.loc[steady, "worst"].to_numpy()
    )
    return table


def _rotations() -> list[str]:
    return [_then(*pair) for both in ROTATIONS for pair in (both, both[::-1])]


def _gains(results: Results, plan: str) -> pd.DataFrame:
    """Return net brain gain over all years and its pillars against no reform, by replicate, in thousands."""
    columns = [GAIN, *(f"pillar_{name}" for name in PILLARS)]
    mine, none = (of_plan(results.runs, name).groupby("replicate")[columns].sum() for name in (plan, NOTHING))
    return (mine - none).dropna() / 1000.0


def _table(results: Results) -> list[str]:
    table = portfolios(results)
    named = [*INSTRUMENTS, EVERYTHING, *_rotations()]
    listed = table[table[PLAN].isin(named) | table["efficient"]].sort_values("gain", ascending=False)
    heads = ["mix", "million USD a year", "expected gain", "worst tenth", "efficient", *PILLARS]
    rows: list[tuple[str, ...]] = [tuple(heads)]
    for _, row in listed.iterrows():
        rows.append(
            (
                row[PLAN],
                f"{row['usd_per_year'] / 1e6:.0f}",
                *(interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ("gain", "worst")),
                "yes" if row["efficient"] else ("in turn" if row[PLAN] in _rotations() else ""),
                *(f"{row[f'pillar_{name}']:+.0f}" for name in PILLARS),
            )
        )
    return markdown(rows)


def _meaning(results: Results) -> Sequence[str]:
    table = portfolios(results).set_index(PLAN)
    steady = table.drop(index=[name for name in _rotations() if name in table.index])
    single = steady.loc[list(INSTRUMENTS)]
    best, safest = str(steady["gain"].idxmax()), str(steady["worst"].idxmax())
    lines = [
        f"Over {years_of(results)} the best single reform on average is {single['gain'].idxmax()}",
        f"({single['gain'].max():+.0f} thousand), and the one with the best worst tenth {single['worst'].idxmax()}",
        f"({single['worst'].max():+.0f}). Of all mixes with the same money every year {best} is best on average",
        f"({table.loc[best, 'gain']:+.0f}, worst tenth {table.loc[best, 'worst']:+.0f}), and at worst {safest}",
        f"({table.loc[safest, 'gain']:+.0f}, worst tenth {table.loc[safest, 'worst']:+.0f}).",
        f"{int(steady['efficient'].sum())} of {len(steady)} are efficient.",
        *_diversification(results, list(steady.index)),
    ]
    for first, second in ROTATIONS:
        early, late = (
            _against(results, _then(*pair), _half(first, second)) for pair in ((first, second), (second, first))
        )
        lines += [
            f"Against {first} and {second} at once, {first} first brings {shown(early)} thousand,",
            f"{second} first {shown(late)}.",
        ]
    return [*lines, *_what_decides(results, best)]


def _diversification(results: Results, mixes: Sequence[str]) -> list[str]:
    """Return what mixing gains over one reform, both picked in half of the replicates and judged in the other half."""
    from abm.analysis.portfolios import cvar
    from abm.analysis.timing import jackknife

    gains = {plan: _gains(results, plan)[GAIN] for plan in mixes}
    n = min(len(values) for values in gains.values())
    if n < ENOUGH:
        return []
    picked = {plan: values[values.index % 2 == 0].to_numpy(float) for plan, values in gains.items()}
    judged = {plan: values[values.index % 2 == 1] for plan, values in gains.items()}
    lines = []
    measures: dict[str, Callable[[np.ndarray], float]] = {"on average": lambda x: float(x.mean()), "at worst": cvar}
    for said, measure in measures.items():
        alone = max(INSTRUMENTS, key=lambda plan: measure(picked[plan]))
        mixed = max((plan for plan in mixes if plan not in INSTRUMENTS), key=lambda plan: measure(picked[plan]))
        both = np.stack([judged[plan].to_numpy(float) for plan in (mixed, alone)], axis=1)
        estimate = jackknife(both, functools.partial(_difference, measure))
        lines += [
            f"Picked {said} in half of the replicates and judged so in the other half, the best mix, {mixed},",
            f"brings {shown(estimate)} thousand against the best single reform, {alone}.",
        ]
    return lines


def _difference(measure: Callable[[np.ndarray], float], both: np.ndarray) -> float:
    return measure(both[:, 0]) - measure(both[:, 1])


def _against(results: Results, plan: str, other: str) -> Interval:
    return mean_of(_gains(results, plan)[GAIN] - _gains(results, other)[GAIN])


def _what_decides(results: Results, plan: str) -> list[str]:
    """Return with which of the drawn values the gain of a mix goes most, if there are replicates enough to say."""
    from scipy.stats import spearmanr

    names = [factor.name for factor in uncertain(results.world).factors]
    gains = _gains(results, plan)[GAIN]
    drawn = of_plan(results.runs, plan).groupby("replicate")[names].first().loc[gains.index]
    if len(gains) < ENOUGH:
        return []
    ranks = {name: float(spearmanr(drawn[name], gains).statistic) for name in names}
    most = max(ranks, key=lambda name: abs(ranks[name]))
    return [f"The gain of {plan} goes most with {most} (rank correlation {ranks[most]:+.2f})."]


def figures(results: Results) -> list[str]:
    """Draw the frontier, the pillars of the best mixes, and what moving the money is worth."""
    import pandas as pd

    from abm.analysis import figures as draw
    from abm.analysis.design_figures import effect_dots
    from abm.analysis.portfolio_figures import frontier, pillar_bars

    folder, table = results.folder / "figures", portfolios(results)
    kind = np.where(table[PLAN].isin(_rotations()), "in turn", np.where(table[PLAN].isin(INSTRUMENTS), "single", "mix"))
    figure = frontier(
        table.assign(name=table[PLAN], kind=kind),
        title=f"{BUDGET / 1e6:.0f} million USD a year: what mixes of reforms bring, on average and at worst",
        unit="thousand graduates more than without reform",
    )
    files = draw.save(figure, folder, "frontier")
    best = table.sort_values("gain", ascending=False).head(BARS)
    figure = pillar_bars(
        best.assign(name=best[PLAN]),
        [f"pillar_{name}" for name in PILLARS],
        PILLARS,
        title=f"The ten mixes with the highest expected gain over {years_of(results)}, by pillar",
        unit="thousand graduates more than without reform",
    )
    files += draw.save(figure, folder, "pillars")
    rows = []
    for first, second in ROTATIONS:
        for pair in ((first, second), (second, first)):
            estimate = _against(results, _then(*pair), _half(first, second))
            rows.append({"name": _then(*pair), "effect": estimate.mean, "low": estimate.low, "high": estimate.high})
    figure = effect_dots(
        pd.DataFrame(rows),
        title="What it brings to move all money to the other reform at half time, against both at once",
        unit="thousand graduates, with 95 % interval",
    )
    return files + draw.save(figure, folder, "rebalancing")


EXPERIMENT = Experiment(
    name="portfolio",
    description="Mixes of reforms under one budget: expected gain against downside risk, by pillar",
    graduates=5_000,
    replicates=32,
    design=design,
    report=report,
    figures=figures,
    tables=lambda results: {"costs.csv": cost_table(results), "portfolios.csv": portfolios(results)},
    draws=uncertain,
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
