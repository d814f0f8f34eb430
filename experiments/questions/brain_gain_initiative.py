"""A national brain-gain initiative: paid returns, offers from home, foreign specialists; who comes, and who is paid.

Run it with ``python -m experiments run brain-gain-initiative``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from abm.measures import measure
from abm.paths import Paths
from abm.reforms import ForeignTalentVisa, ReturnIncentive
from abm.reforms.prices import decade_of_rule_of_law, diversification
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import GAIN, ByYear, Comparison, Findings, of_plan
from experiments.study.conduct import run
from experiments.study.contrasts import (
    change,
    change_of,
    contrast,
    difference,
    in_window,
    mean_of,
    mean_of_movers,
    paragraph,
    ratio,
    shown,
    top_share,
    yearly,
)
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import TWO_YEARS, start_of
from experiments.study.sections import Seen, cells_of, dots_of_differences, section, seen, table_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT"]

BONUS, LARGE, HUGE = 4, TWO_YEARS, 60  # months of pay; Raices spent 4,000 USD a return, some four months' pay (raices)
MORE_OFFERS = 5.0  # assumption
CAREER_AHEAD = 360  # months that who returns will still work; assumption
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
INCENTIVES = (TIED_BONUS, TIED_LARGE, TIED_HUGE, TIED_OFFERS, FOR_ALL)
PROGRAMMES = (OFFERS, *INCENTIVES, VISA, EASIER, TOGETHER)
# the mean rank among peers abroad of those who took China's Young Thousand Talents, and of those who declined
ACCEPTED, DECLINED = 0.15, 0.10  # top share (young-talents)


def design(world: Scenario) -> Plans:
    """Return the plans: returns paid for in several ways, foreign candidates, and all together."""
    start = start_of(world)

    def paid(months: float, offers: float = 1.0, *, tied: bool = True) -> ReturnIncentive:
        return ReturnIncentive(start=start, months_of_pay=months, only_with_offer=tied, offers=offers)

    easier = ForeignTalentVisa(start=start, candidates=MORE_CANDIDATES, months_of_pay=LARGE)
    initiative = (paid(LARGE, MORE_OFFERS, tied=False), easier)
    courts = decade_of_rule_of_law(world, start)
    jobs = diversification(world, start, MORE_POSTS)
    return Plans.of(
        {
            NOTHING: (),
            OFFERS: (paid(0.0, MORE_OFFERS),),
            TIED_BONUS: (paid(BONUS),),
            TIED_LARGE: (paid(LARGE),),
            TIED_HUGE: (paid(HUGE),),
            TIED_OFFERS: (paid(LARGE, MORE_OFFERS),),
            FOR_ALL: (paid(LARGE, tied=False),),
            VISA: (ForeignTalentVisa(start=start, candidates=MORE_CANDIDATES),),
            EASIER: (easier,),
            TOGETHER: initiative,
            COURTS: (courts,),
            COURTS_TOGETHER: (courts, *initiative),
            JOBS: (jobs,),
            JOBS_TOGETHER: (jobs, *initiative),
        }
    )


RETURNS = measure("returns")  # in whose unit all who come home are counted


def come_home(results: Results, years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return who comes home a year, by replicate and plan: returns, and students who come home with their degree."""
    return yearly(results, "returns", years) + yearly(results, "students_home", years)


def _first_years(results: Results) -> tuple[int, int]:
    first = int(results.runs["year"].min())
    return first, first + 4


def _findings(results: Results) -> Sequence[str]:
    return [*_who_is_paid(results), *_who_comes(results), *_what_else_it_takes(results)]


def _who_is_paid(results: Results) -> Sequence[str]:
    first, last = _first_years(results)
    span = f"{first}-{last}"
    always, early = come_home(results), come_home(results, (first, last))
    more, at_first = ({plan: difference(table, plan, NOTHING) for plan in INCENTIVES} for table in (always, early))
    anyway, first_anyway = ({plan: ratio(table, NOTHING, plan) for plan in INCENTIVES} for table in (always, early))
    offers, beside_pay = difference(always, OFFERS, NOTHING), difference(always, TIED_OFFERS, TIED_LARGE)
    return section(
        paragraph(
            "**Who is paid.** How many more come home than without reform, students with a new degree among them; and",
            "of a hundred who come home under the plan, how many would have come without it, and are paid for",
            "nothing. Where pay is tied to an offer that is an upper limit, since who comes without one is not paid.",
            "Over all years there are also fewer left abroad who could come.",
        ),
        table_of(
            INCENTIVES,
            {
                f"come home, {RETURNS.short_unit()}": cells_of(more, RETURNS.divide_by),
                "anyway, % of all": cells_of(anyway, 0.01, plain),
                f"come home in {span}": cells_of(at_first, RETURNS.divide_by),
                f"anyway in {span}, % of all": cells_of(first_anyway, 0.01, plain),
            },
        ),
        f"Four months' pay, as much as a programme on record spent (raices), is worth {_percent(results, BONUS)} of",
        f"what a graduate earns in thirty years; {shown(first_anyway[TIED_BONUS], 0.01, plain)} % of those who come",
        f"home in {span} would have come anyway, and {shown(first_anyway[TIED_HUGE], 0.01, plain)} % with five years'",
        "pay. With five times the offers and nothing else the number of those who come home",
        f"{change_of(offers, RETURNS.name)}; beside two years' pay for returning to an offer it",
        f"{change_of(beside_pay, RETURNS.name)}.",
        *_what_an_offer_is_worth(results),
    )


def _percent(results: Results, months: int) -> str:
    """Return months of pay as a share of what somebody with a career ahead will earn, discounted."""
    annuity = Paths(results.world).annuity
    return f"{100 * months / float(annuity[min(CAREER_AHEAD, len(annuity) - 1)]):.2g} %"


def _what_an_offer_is_worth(results: Results) -> Sequence[str]:
    """Return how long the search is that an offer saves, and how frequent offers are, in the baseline."""
    finding = float(of_plan(results.runs, NOTHING)["job_finding_prob"].mean())
    offers = 12.0 * finding * results.world.labour.remote_search
    return [
        f"What an offer saves is the search at home, {1.0 / max(finding, 1e-9):.0f} months on average, which weighs",
        f"against the cost of moving ({results.world.decision.return_cost:.2g} in utility, for somebody young and",
        f"alone); and without any programme {offers:.1f} offers a year reach a graduate abroad who knows nobody at",
        "home. An offer would do more where work at home is hard to find, or if it paid more than the job one finds.",
    ]


def _who_comes(results: Results) -> Sequence[str]:
    back, foreign = mean_of_movers(results, "returns"), mean_of_movers(results, "foreign_arrivals")
    abroad = in_window(results, "mean_ability_abroad", "mean")
    tables = {
        "who returns": back,
        "who lives abroad": abroad,
        "difference": back - abroad,
        "foreign specialists who come": foreign,
    }
    plans = [NOTHING, *PROGRAMMES]
    columns = {
        head: cells_of({plan: mean_of(table[plan]) for plan in plans}, say="{:+.2f}".format)
        for head, table in tables.items()
    }
    returns, stays = (float(table[TIED_LARGE].mean()) for table in (back, abroad))
    top = [f"top {100 * share:.0f} %" for share in (top_share(returns), top_share(stays), ACCEPTED, DECLINED)]
    less_able = "less able on average, here as there," if returns < stays else "less able there, but not here,"
    return section(
        ["**Who comes.** Mean ability over all years, in standard deviations of all graduates:"],
        table_of(plans, columns),
        f"Under two years' pay for returning to an offer, the mean graduate who returns stands in the {top[0]} of",
        f"all graduates, the mean graduate abroad in the {top[1]}. Of those whom China's Young Thousand Talents",
        f"invited, who accepted stood on average in the {top[2]}, who declined in the {top[3]} (young-talents).",
        f"Who comes is {less_able} than who stays away. The payment itself: the difference in ability",
        f"{change(difference(back - abroad, TIED_LARGE, NOTHING), 1.0, ' standard deviations')} against no reform.",
    )


def _what_else_it_takes(results: Results) -> Sequence[str]:
    """Say whether the initiative does more beside another reform, and whether that makes a gain of the loss."""
    gain, late = yearly(results, GAIN), in_window(results, GAIN, "last years")
    alone, both = ({name: mean_of(late[pair[k]]) for name, pair in REFORMS.items()} for k in (1, 0))
    brings = {name: difference(gain, *pair) for name, pair in REFORMS.items()}
    more = {
        name: contrast(gain, {with_it: 1.0, without: -1.0, TOGETHER: -1.0, NOTHING: 1.0})
        for name, (with_it, without) in REFORMS.items()
        if without != NOTHING
    }
    unit = measure(GAIN).divide_by
    words = ("brings more", "brings less", "brings neither more nor less")
    beside = [f"beside {name} it {change_of(each, GAIN, words=words)}" for name, each in more.items()]
    turned = [name for name, level in both.items() if level.low > 0.0]
    return section(
        [
            "**What else it takes.** Net brain gain and what the initiative (pay for any return, offers and foreign",
            f"candidates) adds to it, {measure(GAIN).short_unit()}, alone and beside another reform:",
        ],
        table_of(
            REFORMS.keys(),
            {
                "net brain gain in the last years": cells_of(alone, unit),
                "with the initiative": cells_of(both, unit),
                "the initiative brings": cells_of(brings, unit),
                "more than alone": cells_of(more, unit),
            },
        ),
        f"Against what the initiative brings alone, {'; '.join(beside)}. In the last years net brain gain is above",
        "zero, with the whole interval,",
        f"{'with the initiative beside ' + ' and '.join(turned) if turned else 'in none of them'}.",
    )


def _figures(results: Results) -> Iterator[Drawn]:
    from abm.analysis.plan_figures import Panel, dots, stacked

    measures = (
        Seen(f"come home, {RETURNS.short_unit()}", come_home(results), RETURNS.divide_by, 1),
        seen("foreign_arrivals", yearly(results, "foreign_arrivals"), 1),
        seen(GAIN, yearly(results, GAIN), 1),
    )
    title = "What a brain-gain initiative brings, more than without reform"
    yield "what_each_brings", dots_of_differences(dict.fromkeys(PROGRAMMES, NOTHING), measures, title=title)

    years = _first_years(results)
    early = RETURNS.scaled(come_home(results, years).mean())
    because = [max(float(early[plan] - early[NOTHING]), 0.0) for plan in INCENTIVES]
    anyway = [float(early[plan]) - more for plan, more in zip(INCENTIVES, because, strict=True)]
    figure = stacked(
        INCENTIVES,
        {"would have come anyway": anyway, "come because of it, and their share": because},
        title=f"Who is paid to come home in {years[0]}-{years[1]}",
        x_label=f"come home, {RETURNS.printed_unit()}",
        highlight="come because of it, and their share",
    )
    yield "who_is_paid", figure

    late = in_window(results, GAIN, "last years")
    rows: dict[str, str] = {}
    for reform, (both, alone) in REFORMS.items():
        rows |= {reform: alone, f"{reform}, with the initiative": both}
    levels = [mean_of(late[plan]) for plan in rows.values()]
    gain = measure(GAIN)
    title = "What it takes to turn the loss of the last five years into a gain"
    figure = dots(list(rows), [Panel(gain.head(), levels, gain.divide_by, good=1)], title=title)
    yield "what_else_it_takes", figure


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, against no reform: five times the offers bring {effects[OFFERS]} graduates; four months' pay",
        f"for returning to an offer {effects[TIED_BONUS]}, two years' pay {effects[TIED_LARGE]}, five years' pay",
        f"{effects[TIED_HUGE]}; two years' pay for any return {effects[FOR_ALL]}; twice the foreign candidates",
        f"{effects[VISA]}; the initiative of pay for any return, offers and foreign candidates {effects[TOGETHER]}.",
        f"Rule of law brings {effects[COURTS]}, 10 % more private posts {effects[JOBS]}.",
    )


EXPERIMENT = Experiment(
    name="brain-gain-initiative",
    description="Paid returns with and without an offer, offers, foreign specialists: who comes, who is paid",
    order=90,
    design=design,
    runs=over_the_posterior(
        "job_finding_prob", "mean_ability_abroad", "mean_ability_of_returns", "mean_ability_of_foreign_arrivals"
    ),
    answer=Comparison(
        question="Would a brain-gain initiative bring graduates home, and which of them?",
        method=paragraph(
            "A payment on return is given in months of the mean pay of graduates at home, and weighed as income:",
            "spread over the career that is left, discounted as graduates do. Offers go from home to those abroad.",
            "Twice as many foreign specialists consider coming, with or without two years' pay. The initiative is two",
            "years' pay for any return, the offers and the foreign candidates with pay. It is also set beside a",
            "decade of rule of law at the fastest speed on record, and beside 10 % more private posts.",
        ),
        meaning=_meaning,
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
        findings=Findings(_findings, _figures),
        by_year=ByYear(plans=(NOTHING, OFFERS, FOR_ALL, EASIER, TOGETHER, COURTS, COURTS_TOGETHER)),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
