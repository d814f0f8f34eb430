"""Linkage against pull: what ties, offers and investment of the diaspora bring, and what a larger diaspora takes.

Run it with ``python -m experiments run diaspora``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from abm.environment import Environment
from abm.reforms import DiasporaEngagement, Reform, ReturnIncentive
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.brain_gain_initiative import LARGE, worth
from experiments.comparison import Comparison, Path, experiment_of
from experiments.conduct import Results, conduct
from experiments.contrasts import by_plan, change, contrast, paragraph, shown
from experiments.tables import markdown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "design", "diaspora_of", "main"]

START = "2026-01"
STRONGER_TIES = 3.0  # assumption
MORE_OFFERS = 3.0  # assumption
POSTS = 100.0  # private posts for each thousand graduates abroad; assumption: one in ten abroad gives one a post
SMALLER, LARGER = 0.5, 2.0  # times the diaspora of the start
NOTHING, TIES, OFFERS, INVESTMENT, RETURNS, LINKAGE, HALF, HALF_LINKED, DOUBLE, DOUBLE_LINKED = (
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
)
# linkage under each diaspora, against the same diaspora without it
WORLDS = {"half": (HALF_LINKED, HALF), "as it is": (LINKAGE, NOTHING), "twice": (DOUBLE_LINKED, DOUBLE)}
CHANNELS = {
    TIES: "each tie at home raises the rate of offers from there three times as much",
    OFFERS: "three times the offers from home",
    INVESTMENT: "a private post for every ten graduates abroad at the start",
    RETURNS: "two years' pay for returning to an offer",
}


def design(world: Scenario) -> Plans:
    """Return the plans: each channel of linkage alone and all together, and all under half and twice the diaspora."""
    start = max(START, world.start)
    ties = DiasporaEngagement(start=start, tie_offers=STRONGER_TIES)
    offers = DiasporaEngagement(start=start, tie_offers=1.0, offers=MORE_OFFERS)
    investment = DiasporaEngagement(start=start, tie_offers=1.0, posts_per_thousand=POSTS)
    returns = ReturnIncentive(start=start, cost_reduction=worth(world, LARGE), only_with_offer=True)
    linkage: tuple[Reform, ...] = (
        DiasporaEngagement(start=start, tie_offers=STRONGER_TIES, offers=MORE_OFFERS, posts_per_thousand=POSTS),
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
        },
        {HALF: half, HALF_LINKED: half, DOUBLE: double, DOUBLE_LINKED: double},
    )


def diaspora_of(world: Scenario, factor: float) -> dict[str, float]:
    """Return the scenario values of a diaspora that is so many times as large at the start."""
    environment = Environment(world)
    persons = environment.diaspora * environment.weight * factor
    return {
        f"destinations.{name}.diaspora": round(float(number))
        for name, number in zip(environment.names[1:], persons[1:], strict=True)
    }


def _of(results: Results, measure: str, window: str) -> pd.DataFrame:
    from abm.analysis.effects import Outcome

    return by_plan(results, Outcome(measure, window, ""))


def _findings(results: Results) -> Sequence[str]:
    return [*_channels(results), *_pull(results)]


def _channels(results: Results) -> Sequence[str]:
    columns = (
        ("returns, thousands a year", _of(results, "returns", "yearly")),
        ("of them through ties", _of(results, "pillar_linkage", "yearly")),
        ("net brain gain, thousands a year", _of(results, "net_brain_gain", "yearly")),
        ("human capital, thousands a year", _of(results, "net_human_capital_gain", "yearly")),
    )
    rows = [("", "what it is", *(head for head, _ in columns))]
    for plan, meaning in {**CHANNELS, LINKAGE: "all four together"}.items():
        against = {plan: 1.0, NOTHING: -1.0}
        rows.append((plan, meaning, *(shown(contrast(table, against), 1000.0) for _, table in columns)))
    gain = columns[2][1]
    together = contrast(gain, {LINKAGE: 1.0, NOTHING: 3.0} | dict.fromkeys(CHANNELS, -1.0))
    words = ("are more together", "are less together", "are neither more nor less together")
    return [
        "",
        "**What linkage is made of**, each channel alone and all together, against no reform:",
        "",
        *markdown(rows),
        "",
        *paragraph(
            f"The four channels {change(together, 1000.0, ' thousand a year', words)} than the sum of each alone.",
            "The human capital of those who return is all the knowledge that the model knows of.",
        ),
    ]


def _pull(results: Results) -> Sequence[str]:
    from abm.analysis.effects import mean_interval

    columns = (
        ("emigration per 1,000 a year", _of(results, "emigration_rate", "mean"), 0.001),
        ("return per 1,000 abroad a year", _of(results, "return_rate", "mean"), 0.001),
        ("net brain gain, thousands a year", _of(results, "net_brain_gain", "yearly"), 1000.0),
    )
    rows: list[tuple[str, ...]] = [
        ("diaspora", *(f"{head}{more}" for more in ("", ", linkage") for head, *_ in columns))
    ]
    for name, (linked, without) in WORLDS.items():
        levels = (shown(mean_interval(table[without].to_numpy(float)), unit) for _, table, unit in columns)
        effects = (shown(contrast(table, {linked: 1.0, without: -1.0}), unit) for _, table, unit in columns)
        rows.append((name, *levels, *effects))
    emigration, _, gain = (table for _, table, _ in columns)
    pull = contrast(emigration, {DOUBLE: 1.0, HALF: -1.0})
    net = contrast(gain, {DOUBLE: 1.0, HALF: -1.0})
    more = contrast(gain, {DOUBLE_LINKED: 1.0, DOUBLE: -1.0, HALF_LINKED: -1.0, HALF: 1.0})
    left = contrast(emigration, {DOUBLE_LINKED: 1.0, HALF: -1.0})
    return [
        "",
        "**The pull of a larger diaspora**, levels without reform, and what linkage (all four) adds to them:",
        "",
        *markdown(rows),
        "",
        *paragraph(
            "From half to twice the diaspora, which is four times as many abroad at the start, emigration",
            f"{change(pull, 0.001, ' per 1,000 a year')}; net brain gain, in which a larger diaspora also has",
            "more who can",
            f"return, {change(net, 1000.0, ' thousand a year')}. What linkage brings",
            f"{change(more, 1000.0, ' thousand a year', ('is more', 'is less', 'does not differ'))} where the",
            "diaspora is",
            "twice than where it is half. With linkage under twice the diaspora, against half of it without,",
            "emigration",
            f"{change(left, 0.001, ' per 1,000 a year')}: linkage works on returns, not on the pull.",
        ),
    ]


def _drawings(results: Results) -> list[str]:
    from abm.analysis import figures as draw
    from abm.analysis.plan_figures import Panel, dots

    measures = (
        ("emigration, per 1,000 a year", _of(results, "emigration_rate", "mean"), 0.001, -1),
        ("return, per 1,000 abroad a year", _of(results, "return_rate", "mean"), 0.001, 1),
        ("net brain gain, thousands a year", _of(results, "net_brain_gain", "yearly"), 1000.0, 1),
    )
    rows = {plan: (plan, NOTHING) for plan in (*CHANNELS, LINKAGE)}
    rows |= {HALF: (HALF, NOTHING), DOUBLE: (DOUBLE, NOTHING)}
    panels = [
        Panel(label, [contrast(table, {plan: 1.0, base: -1.0}) for plan, base in rows.values()], unit, good)
        for label, table, unit, good in measures
    ]
    figure = dots(
        list(rows), panels, title="What linkage brings, and what a smaller or larger diaspora means, against today"
    )
    return draw.save(figure, results.folder / "figures", "linkage_and_pull")


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, against no reform: stronger ties bring {effects[TIES]} graduates, more offers",
        f"{effects[OFFERS]}, investment {effects[INVESTMENT]}, paid returns {effects[RETURNS]}, all four",
        f"{effects[LINKAGE]}. A country whose diaspora was half as large at the start has {effects[HALF]}, one whose",
        f"diaspora was twice as large {effects[DOUBLE]}.",
    )


EXPERIMENT = experiment_of(
    Comparison(
        name="diaspora",
        description="Ties, offers, investment and returns of the diaspora, against the pull of a larger one",
        question="Does a diaspora bring home more than it draws away?",
        method=[
            "Linkage has four channels: ties that bring offers, offers, investment that makes posts, and paid returns.",
            "Half and twice the diaspora are other countries: as many graduates at home, and half or twice as many",
            "abroad at the start, in each destination. They share the seeds, but not all ties, with the",
            "country as it is.",
        ],
        plans=design,
        meaning=_meaning,
        findings=_findings,
        drawings=_drawings,
        limits=[
            "Knowledge that comes without its bearer, trade, remittances and reputation are not in the model:",
            "linkage is",
            "what shows as a return or as a post. How strong a programme's ties, offers and investment are is assumed.",
            "Investment follows the diaspora of the start and not who leaves or returns later. A larger diaspora pulls",
            "by the ties of those at home to those abroad, whose weights are assumptions; who is abroad at",
            "the start is",
            "drawn from the same graduates and no more or less able.",
        ],
        drawn=(NOTHING, TIES, INVESTMENT, RETURNS, LINKAGE),
        paths=[
            Path(
                "returns_through_ties_by_year",
                "pillar_linkage",
                "Returns that would not have come about without ties at home",
                "thousand graduates a year",
            )
        ],
    )
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
