"""Linkage against pull: what ties, offers and investment of the diaspora bring, what a larger one takes; circulation.

Run it with ``python -m experiments run diaspora``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from abm.environment import Environment
from abm.measures import measure
from abm.reforms import Reform, ReturnIncentive
from abm.reforms.prices import circulation, diaspora_engagement
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import GAIN, ByYear, Comparison, Findings, Path
from experiments.study.conduct import run
from experiments.study.contrasts import change_of, contrast, difference, mean_of, paragraph, shown, yearly
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import TWO_YEARS, start_of
from experiments.study.sections import Columns, cells_of, dots_of_differences, section, seen, table_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import markdown, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "diaspora_of"]

STRONGER_TIES = 3.0  # assumption
MORE_OFFERS = 3.0  # assumption
POSTS = 100.0  # private posts for each thousand graduates abroad; assumption: one in ten abroad gives one a post
LONG, SHORT = 24, 6  # months; assumption
PLACES = 5000.0  # offered a year, to some 3.5 million graduates at home; assumption
SMALLER, LARGER = 0.5, 2.0  # times the diaspora of the start
NOTHING, TIES, OFFERS, INVESTMENT, RETURNS, LINKAGE, HALF, HALF_LINKED, DOUBLE, DOUBLE_LINKED, POSTED, BRIEFLY = (
    "no reform",
    "stronger ties",
    "more offers",
    "investment",
    "paid returns",
    "all four: linkage",
    "half the diaspora",
    "half the diaspora, linkage",
    "twice the diaspora",
    "twice the diaspora, linkage",
    "posts abroad for a time",
    "posts abroad for half a year",
)
# linkage under each diaspora, against the same diaspora without it
WORLDS = {"half": (HALF_LINKED, HALF), "as it is": (LINKAGE, NOTHING), "twice": (DOUBLE_LINKED, DOUBLE)}
CHANNELS = {
    TIES: "each tie at home raises the rate of offers from there three times as much",
    OFFERS: "three times the offers from home",
    INVESTMENT: "a private post for every ten graduates abroad at the start",
    RETURNS: "two years' pay for returning to an offer",
}
CIRCULATION = {
    POSTED: "two years abroad, the post at home kept",
    BRIEFLY: "half a year, the post at home kept",
}


MORE_OR_LESS = ("is more", "is less", "does not differ")


def design(world: Scenario) -> Plans:
    """Return the plans: each channel of linkage alone and all together, and all under half and twice the diaspora."""
    start = start_of(world)
    ties = diaspora_engagement(world, start, tie_offers=STRONGER_TIES)
    offers = diaspora_engagement(world, start, offers=MORE_OFFERS)
    investment = diaspora_engagement(world, start, posts_per_thousand=POSTS)
    returns = ReturnIncentive(start=start, months_of_pay=TWO_YEARS, only_with_offer=True)
    linkage: tuple[Reform, ...] = (
        diaspora_engagement(world, start, tie_offers=STRONGER_TIES, offers=MORE_OFFERS, posts_per_thousand=POSTS),
        returns,
    )
    half, double = diaspora_of(world, SMALLER), diaspora_of(world, LARGER)
    return Plans.of(
        {
            NOTHING: (),
            TIES: (ties,),
            OFFERS: (offers,),
            INVESTMENT: (investment,),
            RETURNS: (returns,),
            LINKAGE: linkage,
            HALF: (),
            HALF_LINKED: linkage,
            DOUBLE: (),
            DOUBLE_LINKED: linkage,
            POSTED: (circulation(world, start, PLACES, LONG),),
            BRIEFLY: (circulation(world, start, PLACES, SHORT),),
        },
        elsewhere={HALF: half, HALF_LINKED: half, DOUBLE: double, DOUBLE_LINKED: double},
    )


def diaspora_of(world: Scenario, factor: float) -> dict[str, float]:
    """Return the scenario values of a diaspora that is so many times as large at the start."""
    environment = Environment(world)
    persons = environment.diaspora * environment.weight * factor
    return {
        f"destinations.{name}.diaspora": round(float(number))
        for name, number in zip(environment.names[1:], persons[1:], strict=True)
    }


# what moves are seen in: the table's head, measure
SEEN = (
    ("emigrants", "emigrants"),
    ("returns", "returns"),
    ("of them through ties", "pillar_linkage"),
    ("net brain gain", GAIN),
    ("human capital", "net_human_capital_gain"),
)


def _findings(results: Results) -> Sequence[str]:
    tables = {name: yearly(results, name) for _, name in SEEN}
    return [*_channels(tables), *_pull(tables), *_circulation(results, tables)]


def _does(tables: Mapping[str, pd.DataFrame], others: Mapping[str, str]) -> Columns:
    """Return the columns of what plans do against others, in printed units."""
    return {
        head: cells_of(
            {plan: difference(tables[name], plan, other) for plan, other in others.items()}, measure(name).divide_by
        )
        for head, name in SEEN
    }


def _channels(tables: Mapping[str, pd.DataFrame]) -> Sequence[str]:
    meanings = {**CHANNELS, LINKAGE: "together"}
    weights = {LINKAGE: 1.0, NOTHING: len(CHANNELS) - 1.0} | dict.fromkeys(CHANNELS, -1.0)
    together = contrast(tables[GAIN], weights)
    columns = {"what it is": meanings.__getitem__, **_does(tables, dict.fromkeys(meanings, NOTHING))}
    return section(
        [
            "**What linkage is made of**, each channel alone and all together, "
            f"{measure(GAIN).short_unit()} more than without reform:"
        ],
        table_of(meanings.keys(), columns),
        "Against the sum of what each brings alone, what all four bring",
        f"{change_of(together, GAIN, words=MORE_OR_LESS)}. A return counts as one through ties only if",
        "the offer would not have come without them, so with more offers fewer do. The human capital of those who",
        "come home is all the knowledge that the model knows of.",
    )


def _pull(tables: Mapping[str, pd.DataFrame]) -> Sequence[str]:
    does = _does(tables, dict(WORLDS.values()))
    rows: list[tuple[str, ...]] = [("diaspora", "linkage", *does)]
    for name, (linked, without) in WORLDS.items():
        levels = (shown(mean_of(tables[name][without]), measure(name).divide_by) for _, name in SEEN)
        rows += [(name, "none (levels)", *levels), (name, "more than none", *(cell(linked) for cell in does.values()))]
    emigrants, returns, gain = (tables[name] for name in ("emigrants", "returns", GAIN))
    larger, linkage = (
        [difference(table, plan, NOTHING) for table in (emigrants, returns)] for plan in (DOUBLE, LINKAGE)
    )
    thousand = measure(GAIN).divide_by
    more = contrast(gain, {DOUBLE_LINKED: 1.0, DOUBLE: -1.0, LINKAGE: -1.0, NOTHING: 1.0})
    return section(
        [f"**The pull of a larger diaspora**, {measure(GAIN).short_unit()}:"],
        markdown(rows),
        "Where the diaspora is twice as large at the start, the number of emigrants",
        f"{change_of(larger[0], 'emigrants')}, which is its pull, and the number of",
        f"returns {change_of(larger[1], 'returns')}, since more can return. Linkage",
        f"with the diaspora as it is: emigrants {shown(linkage[0], thousand)}, returns {shown(linkage[1], thousand)}",
        f"{measure(GAIN).word()}. What linkage brings {change_of(more, GAIN, words=MORE_OR_LESS)} where the",
        "diaspora is twice as large.",
    )


def _circulation(results: Results, tables: Mapping[str, pd.DataFrame]) -> Sequence[str]:
    postings = measure("postings_begun")
    sent, back = yearly(results, postings.name), yearly(results, "postings_met")
    share = {plan: shown(mean_of(back[plan] / sent[plan]), 0.01, plain) for plan in CIRCULATION}
    gain, capital = (
        {plan: change_of(difference(tables[name], plan, NOTHING), name) for plan in CIRCULATION}
        for name in (GAIN, "net_human_capital_gain")
    )
    columns = {
        "what it is": CIRCULATION.__getitem__,
        f"sent, {postings.short_unit()}": lambda plan: shown(mean_of(sent[plan]), postings.divide_by, plain),
        "come back from the post, %": share.__getitem__,
        **_does(tables, dict.fromkeys(CIRCULATION, NOTHING)),
    }
    return section(
        [f"**Circulation**, {measure(GAIN).short_unit()} more than without reform:"],
        table_of(CIRCULATION.keys(), columns),
        f"Of {PLACES:,.0f} places a year not all are taken, and of those sent for two years {share[POSTED]} % come",
        f"back from the post: whoever wins a permit there may stay. Net brain gain {gain[POSTED]}; in human capital,",
        f"of which who returns brings more than she took, it {capital[POSTED]}. Posts of half a year: net brain gain",
        f"{gain[BRIEFLY]}, human capital {capital[BRIEFLY]}.",
    )


def _figures(results: Results) -> Iterator[Drawn]:
    measures = [
        seen(name, yearly(results, name), good) for name, good in (("emigrants", -1), ("returns", 1), (GAIN, 1))
    ]
    pairs = dict.fromkeys([*CHANNELS, LINKAGE, HALF, DOUBLE, POSTED], NOTHING)
    title = "What linkage brings, and what another diaspora or circulation means, against no reform"
    yield "linkage_and_pull", dots_of_differences(pairs, measures, title=title)


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, against no reform: stronger ties bring {effects[TIES]} graduates, more offers",
        f"{effects[OFFERS]}, investment {effects[INVESTMENT]}, paid returns {effects[RETURNS]}, all four",
        f"{effects[LINKAGE]}; posts abroad for a time {effects[POSTED]}. A country whose diaspora was half as large at",
        f"the start has {effects[HALF]}, one whose diaspora was twice as large {effects[DOUBLE]}.",
    )


EXPERIMENT = Experiment(
    name="diaspora",
    description="Ties, offers, investment and returns of the diaspora against its pull; circulation",
    levels_of_kazakhstan="5,000 places abroad a year",
    order=100,
    design=design,
    runs=over_the_posterior("pillar_linkage", "postings_begun", "postings_met"),
    answer=Comparison(
        question="Does a diaspora bring home more than it draws away?",
        method=paragraph(
            "Linkage has four channels: ties that bring offers, offers, investment that makes posts, and paid",
            "returns. Half and twice the diaspora are other countries: as many graduates at home, and half or twice",
            "as many abroad at the start, in each destination. They share the seeds, but not all ties, with the",
            "country as it is.",
        ),
        meaning=_meaning,
        limits=paragraph(
            "Knowledge that comes without its bearer, trade, remittances and reputation are not in the model: linkage",
            "is what shows as a return or as a post. How strong a programme's ties, offers and investment are is",
            "assumed. Investment follows the diaspora of the start and not who leaves or returns later. A larger",
            "diaspora pulls by the ties of those at home to those abroad, whose weights are assumptions; who is",
            "abroad at the start is drawn from the same graduates and no more or less able. Those still on a post",
            "abroad at the end of a run count as gone; what they learn there enters as human capital only.",
        ),
        against={HALF_LINKED: HALF, DOUBLE_LINKED: DOUBLE},
        findings=Findings(_findings, _figures),
        by_year=ByYear(
            paths=[
                Path(
                    "returns_through_ties_by_year",
                    "pillar_linkage",
                    "Returns that would not have come about without ties at home",
                )
            ],
            plans=(NOTHING, TIES, INVESTMENT, RETURNS, LINKAGE),
        ),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
