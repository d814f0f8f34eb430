"""A national brain-gain initiative: paid returns, offers from home, foreign specialists; who comes, and who is paid.

Run it with ``python -m experiments run brain-gain-initiative``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from abm.reforms import ReturnIncentive
from abm.reforms.prices import (
    decade_of_rule_of_law,
    diversification,
    foreign_talent_visa,
    return_incentive,
    worth_of_months_of_pay,
)
from abm.scenario import Scenario
from abm.sweep.plans import PLAN, Plans
from experiments.study.comparison import Comparison, experiment_of
from experiments.study.conduct import Results, conduct
from experiments.study.contrasts import by_plan, change, contrast, mean_of, mean_of_movers, paragraph, ratio, shown
from experiments.study.tables import markdown, plain
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["EXPERIMENT", "design", "main"]

START = "2026-01"
BONUS, LARGE, HUGE = 4, 24, 60  # months of pay; Raices spent 4,000 USD a return, some four months' pay (raices)
MORE_OFFERS = 5.0  # assumption
MORE_CANDIDATES = 2.0  # assumption
MORE_POSTS = 0.1  # of all private posts; assumption
(
    NOTHING,
    OFFERS,
    TIED_BONUS,
    TIED_LARGE,
    TIED_HUGE,
    TIED_OFFERS,
    FOR_ALL,
    VISA,
    EASIER,
    TOGETHER,
    COURTS,
    COURTS_TOGETHER,
    JOBS,
    JOBS_TOGETHER,
) = (
    "no reform",
    "five times the offers from home",
    "four months' pay for returning to an offer",
    "two years' pay for returning to an offer",
    "five years' pay for returning to an offer",
    "two years' pay for that, five times the offers",
    "two years' pay for any return",
    "twice the foreign candidates",
    "twice the foreign candidates, and two years' pay",
    "the initiative: pay for any return, offers, candidates",
    "rule of law",
    "rule of law, and the initiative",
    "10 % more private posts",
    "10 % more private posts, and the initiative",
)
# a reform of the state or of the economy, with the initiative and without
REFORMS = {
    "no other reform": (TOGETHER, NOTHING),
    "rule of law": (COURTS_TOGETHER, COURTS),
    "10 % more private posts": (JOBS_TOGETHER, JOBS),
}
BESIDE = (COURTS, COURTS_TOGETHER, JOBS, JOBS_TOGETHER)
INCENTIVES = (TIED_BONUS, TIED_LARGE, TIED_HUGE, TIED_OFFERS, FOR_ALL)
# the mean rank among peers abroad of those who took China's Young Thousand Talents, and of those who declined
ACCEPTED, DECLINED = 0.15, 0.10  # top share (young-talents)


def design(world: Scenario) -> Plans:
    """Return the plans: returns paid for in several ways, foreign candidates, and all together."""
    start = max(START, world.start)
    bonus, large, huge = (worth_of_months_of_pay(world, months) for months in (BONUS, LARGE, HUGE))

    def paid(value: float, offers: float = 1.0, *, tied: bool = True) -> ReturnIncentive:
        return return_incentive(world, start, value, only_with_offer=tied, offers=offers)

    easier = foreign_talent_visa(world, start, MORE_CANDIDATES, large)
    initiative = (paid(large, MORE_OFFERS, tied=False), easier)
    courts = decade_of_rule_of_law(world, start)
    jobs = diversification(start, MORE_POSTS)
    return Plans.of(
        {
            NOTHING: (),
            OFFERS: (ReturnIncentive(start=start, cost_reduction=0.0, offers=MORE_OFFERS),),
            TIED_BONUS: (paid(bonus),),
            TIED_LARGE: (paid(large),),
            TIED_HUGE: (paid(huge),),
            TIED_OFFERS: (paid(large, MORE_OFFERS),),
            FOR_ALL: (paid(large, tied=False),),
            VISA: (foreign_talent_visa(world, start, MORE_CANDIDATES),),
            EASIER: (easier,),
            TOGETHER: initiative,
            COURTS: (courts,),
            COURTS_TOGETHER: (courts, *initiative),
            JOBS: (jobs,),
            JOBS_TOGETHER: (jobs, *initiative),
        }
    )


def come_home(results: Results, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return who comes home a year, by replicate and plan: returns, and students who come home with their degree."""
    return _yearly(results, "returns", years) + _yearly(results, "students_home", years)


def _yearly(results: Results, measure: str, years: tuple[int, int] | None = None) -> pd.DataFrame:
    from abm.analysis.effects import Outcome

    return by_plan(results, Outcome(measure, "yearly", "graduates a year"), years)


def _first_years(results: Results) -> tuple[int, int]:
    first = int(results.runs["year"].min())
    return first, first + 4


def top_share(ability: float) -> float:
    """Return the share of all graduates who are abler: ability is standard normal."""
    return 0.5 * math.erfc(ability / math.sqrt(2.0))


def _findings(results: Results) -> Sequence[str]:
    return [*_who_is_paid(results), *_who_comes(results), *_what_else_it_takes(results)]


def _who_is_paid(results: Results) -> Sequence[str]:
    years = _first_years(results)
    all_years, early = come_home(results), come_home(results, years)
    span = f"{years[0]}-{years[1]}"
    rows: list[tuple[str, ...]] = [
        ("", "come home, thousands a year", "anyway, % of all", f"come home in {span}", f"anyway in {span}, % of all")
    ]
    for plan in INCENTIVES:
        against = {plan: 1.0, NOTHING: -1.0}
        cells = [
            text
            for table in (all_years, early)
            for text in (shown(contrast(table, against), 1000.0), shown(ratio(table, NOTHING, plan), 0.01, plain))
        ]
        rows.append((plan, *cells))
    offers = contrast(all_years, {OFFERS: 1.0, NOTHING: -1.0})
    beside_pay = contrast(all_years, {TIED_OFFERS: 1.0, TIED_LARGE: -1.0})
    return [
        "",
        *paragraph(
            "**Who is paid.** How many more come home than without reform, students with a new degree among them; and",
            "of a hundred who come home under the plan, how many would have come without it, and are paid for",
            "nothing. Where pay is tied to an offer that is an upper limit, since who comes without one is not paid.",
            "Over all years there are also fewer left abroad who could come.",
        ),
        "",
        *markdown(rows),
        "",
        *paragraph(
            f"Four months' pay, as much as a programme on record spent (raices), is worth {_percent(results, BONUS)}",
            f"of what a graduate earns in thirty years; {_anyway(early, TIED_BONUS)} of those who come home in {span}",
            f"would have come anyway, and {_anyway(early, TIED_HUGE)} with five years' pay. With five times the offers",
            f"and nothing else the number of those who come home {change(offers, 1000.0, ' thousand a year')}; beside",
            f"two years' pay for returning to an offer it {change(beside_pay, 1000.0, ' thousand a year')}.",
            *_what_an_offer_is_worth(results),
        ),
    ]


def _anyway(table: pd.DataFrame, plan: str) -> str:
    return f"{shown(ratio(table, NOTHING, plan), 0.01, plain)} %"


def _percent(results: Results, months: int) -> str:
    share = math.expm1(worth_of_months_of_pay(results.world, months) / max(results.world.decision.income_weight, 1e-9))
    return f"{100 * share:.2g} %"


def _what_an_offer_is_worth(results: Results) -> Sequence[str]:
    """Return how long the search is that an offer saves, and how frequent offers are, in the baseline."""
    base = results.runs[results.runs[PLAN] == NOTHING]
    finding = float(base["job_finding_prob"].mean())
    offers = 12.0 * finding * results.world.labour.remote_search
    return [
        f"What an offer saves is the search at home, {1.0 / max(finding, 1e-9):.0f} months on average, which weighs",
        f"against the cost of moving ({results.world.decision.return_cost:.2g} in utility, for somebody young and",
        f"alone); and without any programme {offers:.1f} offers a year reach a graduate abroad who knows nobody at",
        "home. An offer would do more where work at home is hard to find, or if it paid more than the job one finds.",
    ]


def _who_comes(results: Results) -> Sequence[str]:
    from abm.analysis.effects import Outcome

    back, foreign = mean_of_movers(results, "returns"), mean_of_movers(results, "foreign_arrivals")
    abroad = by_plan(results, Outcome("mean_ability_abroad", "mean", ""))
    rows: list[tuple[str, ...]] = [
        ("", "who returns", "who lives abroad", "difference", "foreign specialists who come")
    ]
    for plan in (str(arm.levels[PLAN]) for arm in results.arms if arm.levels[PLAN] not in BESIDE):
        columns = (back[plan], abroad[plan], back[plan] - abroad[plan], foreign[plan])
        rows.append((plan, *(shown(mean_of(column), say="{:+.2f}".format) for column in columns)))
    returns, stays = (float(table[TIED_LARGE].mean()) for table in (back, abroad))
    top = [f"top {100 * share:.0f} %" for share in (top_share(returns), top_share(stays), ACCEPTED, DECLINED)]
    differs = contrast(back - abroad, {TIED_LARGE: 1.0, NOTHING: -1.0})
    return [
        "",
        "**Who comes.** Mean ability over all years, in standard deviations of all graduates:",
        "",
        *markdown(rows),
        "",
        *paragraph(
            f"Under two years' pay for returning to an offer, the mean graduate who returns stands in the {top[0]} of",
            f"all graduates, the mean graduate abroad in the {top[1]}. Of those whom China's Young Thousand Talents",
            f"invited, who accepted stood on average in the {top[2]}, who declined in the {top[3]} (young-talents).",
            f"Who comes is {_less_able(returns, stays)} who stays away. The payment itself: the difference in ability",
            f"{change(differs, 1.0, ' standard deviations')} against no reform.",
        ),
    ]


def _less_able(returns: float, stays: float) -> str:
    """Return how who returns compares with who stays; in China's programme they were less able."""
    return f"less able {'on average, here as there,' if returns < stays else 'there, but not here,'} than"


def _what_else_it_takes(results: Results) -> Sequence[str]:
    """Say whether the initiative does more beside another reform, and whether that makes a gain of the loss."""
    from abm.analysis.effects import Outcome

    gain = by_plan(results, Outcome("net_brain_gain", "yearly", "graduates a year"))
    late = by_plan(results, Outcome("net_brain_gain", "last years", "graduates a year"))
    heads = ("", "net brain gain in the last years", "with the initiative", "the initiative brings", "more than alone")
    rows: list[tuple[str, ...]] = [heads]
    more = {}
    for name, (both, alone) in REFORMS.items():
        levels = (shown(mean_of(late[plan]), 1000.0) for plan in (alone, both))
        brings = shown(contrast(gain, {both: 1.0, alone: -1.0}), 1000.0)
        if alone != NOTHING:
            more[name] = contrast(gain, {both: 1.0, alone: -1.0, TOGETHER: -1.0, NOTHING: 1.0})
        rows.append((name, *levels, brings, shown(more[name], 1000.0) if name in more else ""))
    words = ("brings more", "brings less", "brings neither more nor less")
    beside = [f"beside {name} it {change(each, 1000.0, ' thousand a year', words)}" for name, each in more.items()]
    turned = [name for name, (both, _) in REFORMS.items() if mean_of(late[both]).low > 0.0]
    return [
        "",
        "**What else it takes.** Net brain gain and what the initiative (pay for any return, offers and foreign",
        "candidates) adds to it, thousands a year, alone and beside another reform:",
        "",
        *markdown(rows),
        "",
        *paragraph(
            f"Against what the initiative brings alone, {'; '.join(beside)}. In the last years net brain gain is above",
            "zero, beyond chance,",
            f"{'with the initiative beside ' + ' and '.join(turned) if turned else 'in none of them'}.",
        ),
    ]


def _drawings(results: Results) -> list[str]:
    from abm.analysis import figures as draw

    drawn = {
        "what_each_brings": _draw_what_each_brings(results),
        "who_is_paid": _draw_who_is_paid(results),
        "what_else_it_takes": _draw_what_else_it_takes(results),
    }
    return [file for name, figure in drawn.items() for file in draw.save(figure, results.folder / "figures", name)]


def _draw_what_each_brings(results: Results) -> Figure:
    from abm.analysis.plan_figures import Panel, dots

    plans = [str(arm.levels[PLAN]) for arm in results.arms if arm.levels[PLAN] not in BESIDE][1:]
    measures = (
        ("come home, thousands a year", come_home(results)),
        ("foreign arrivals, thousands a year", _yearly(results, "foreign_arrivals")),
        ("net brain gain, thousands a year", _yearly(results, "net_brain_gain")),
    )
    panels = [
        Panel(label, [contrast(table, {plan: 1.0, NOTHING: -1.0}) for plan in plans], 1000.0, good=1)
        for label, table in measures
    ]
    return dots(plans, panels, title="What a brain-gain initiative brings, more than without reform")


def _draw_who_is_paid(results: Results) -> Figure:
    from abm.analysis.plan_figures import stacked

    years = _first_years(results)
    early = come_home(results, years).mean() / 1000.0
    because = [max(float(early[plan] - early[NOTHING]), 0.0) for plan in INCENTIVES]
    anyway = [float(early[plan]) - more for plan, more in zip(INCENTIVES, because, strict=True)]
    return stacked(
        INCENTIVES,
        {"would have come anyway": anyway, "come because of it, and their share": because},
        title=f"Who is paid to come home in {years[0]}-{years[1]}",
        x_label="come home, thousand graduates a year",
        highlight="come because of it, and their share",
    )


def _draw_what_else_it_takes(results: Results) -> Figure:
    from abm.analysis.effects import Outcome
    from abm.analysis.plan_figures import Panel, dots

    late = by_plan(results, Outcome("net_brain_gain", "last years", "graduates a year"))
    rows = {name: plan for reform, pair in REFORMS.items() for name, plan in _with_and_without(reform, pair).items()}
    levels = [contrast(late, {plan: 1.0}) for plan in rows.values()]
    title = "What it takes to turn the loss of the last five years into a gain"
    return dots(list(rows), [Panel("net brain gain, thousands a year", levels, 1000.0, good=1)], title=title)


def _with_and_without(reform: str, pair: tuple[str, str]) -> dict[str, str]:
    both, alone = pair
    return {reform: alone, f"{reform}, with the initiative": both}


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, against no reform: five times the offers bring {effects[OFFERS]} graduates; four months' pay",
        f"for returning to an offer {effects[TIED_BONUS]}, two years' pay {effects[TIED_LARGE]}, five years' pay",
        f"{effects[TIED_HUGE]}; two years' pay for any return {effects[FOR_ALL]}; twice the foreign candidates",
        f"{effects[VISA]}; the initiative of pay for any return, offers and foreign candidates {effects[TOGETHER]}.",
        f"Rule of law brings {effects[COURTS]}, 10 % more private posts {effects[JOBS]}.",
    )


EXPERIMENT = experiment_of(
    Comparison(
        name="brain-gain-initiative",
        description="Paid returns with and without an offer, offers, foreign specialists: who comes, who is paid",
        question="Would a brain-gain initiative bring graduates home, and which of them?",
        method=paragraph(
            "A payment on return is given in months of pay: its utility is that of the same share of all income in a",
            "career of thirty years, discounted as graduates do. Offers are those from home to people abroad. Twice",
            "as many foreign specialists consider coming, with or without two years' pay. The initiative is two",
            "years' pay for any return, the offers and the foreign candidates with pay. It is also set beside a",
            "decade of rule of law at the fastest speed on record, and beside 10 % more private posts.",
        ),
        plans=design,
        meaning=_meaning,
        findings=_findings,
        drawings=_drawings,
        limits=paragraph(
            "Nobody counts how many graduates return, so the level of returns is uncertain, and with it how many",
            "would come anyway. Both are flows: who comes home may leave again and be paid a second time, and a plan",
            "that brings many home leaves fewer abroad who can come. Payments are weighed like income spread over a",
            "career; who is short of money, or counts a sum at hand for more, would move for less. Nobody is chosen:",
            "real programmes invite the able. How many foreigners consider coming, and what holds them back, is an",
            "assumption; that they are as able as anybody is one too. What attracts adds up in the model, so a",
            "programme and another reform strengthen or weaken each other only through who is left to come and what",
            "work there is: that a programme fails because nobody trusts those who run it, it cannot show.",
        ),
        against={COURTS_TOGETHER: COURTS, JOBS_TOGETHER: JOBS},
        drawn=(NOTHING, OFFERS, FOR_ALL, EASIER, TOGETHER, COURTS, COURTS_TOGETHER),
    )
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
