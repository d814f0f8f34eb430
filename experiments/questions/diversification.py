"""Non-oil posts, and an oil-price fall on the undiversified and the diversified country: what dependence does.

Run it with ``python -m experiments run diversification``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abm.measures import measure
from abm.reforms import Diversification, OilPriceShock
from abm.reforms.prices import diversification
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.plans import Plans
from experiments.study.comparison import GAIN, UNEMPLOYMENT, ByYear, Comparison, Findings
from experiments.study.conduct import run
from experiments.study.contrasts import by_plan, change, change_of, contrast, paragraph
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import start_of
from experiments.study.sections import cells_of, section, table_of
from experiments.study.since_2010 import over_the_posterior

if TYPE_CHECKING:
    from abm.analysis.effects import Interval

__all__ = [
    "EXPERIMENT",
    "FALLS",
    "FALLS_MORE",
    "FALLS_NEW",
    "NEW_SOME",
    "NOTHING",
    "PHASED_IN",
    "WITHOUT_FALL",
    "Seen",
    "design",
    "effects_of_the_fall",
]

FEW, SOME, MANY = 0.05, 0.1, 0.2  # of all private posts; assumption
FALL = 0.5  # the price about halved in 2008-2009 and in 2014-2016
PHASED_IN = 72  # months: the fall comes when the new posts have been there for a year
YEARS_AFTER = 5  # in which the fall is looked at; half of it is made good within two
NOTHING, NEW_FEW, NEW_SOME, NEW_MANY = (
    "no reform",
    "5 % more private posts",
    "10 % more private posts",
    "20 % more private posts",
)
FALLS, FALLS_NEW, FALLS_APART, FALLS_BOTH, FALLS_LESS, FALLS_MORE = (
    "the oil price halves",
    "it halves, 10 % more private posts",
    "it halves, private firms depend on it no more",
    "it halves, 10 % more private posts and none depends on it",
    "it halves in a country half as dependent",
    "it halves in a country twice as dependent",
)
# what a fall does in a country is seen against the same country without it
WITHOUT_FALL = {
    FALLS: NOTHING,
    FALLS_NEW: NEW_SOME,
    FALLS_APART: NOTHING,
    FALLS_BOTH: NEW_SOME,
    FALLS_LESS: NOTHING,  # at the long-run price, dependence changes nothing
    FALLS_MORE: NOTHING,
}
COUNTRIES = {
    FALLS: "as it is",
    FALLS_NEW: "10 % more private posts",
    FALLS_APART: "private firms independent of oil",
    FALLS_BOTH: "both",
    FALLS_LESS: "half as dependent",
    FALLS_MORE: "twice as dependent",
}


def design(world: Scenario) -> Plans:
    """Return the plans: new posts of three numbers, and a fall of the oil price in six countries."""
    start = start_of(world)
    few, some, many = (diversification(world, start, share) for share in (FEW, SOME, MANY))
    apart = Diversification(start=start, private_jobs=0.0, less_exposure=1.0)
    both = dataclasses.replace(some, less_exposure=1.0)
    fall = OilPriceShock(start=_fall(world, start), factor=FALL)
    return Plans.of(
        {
            NOTHING: (),
            NEW_FEW: (few,),
            NEW_SOME: (some,),
            NEW_MANY: (many,),
            FALLS: (fall,),
            FALLS_NEW: (some, fall),
            FALLS_APART: (apart, fall),
            FALLS_BOTH: (both, fall),
            FALLS_LESS: (fall,),
            FALLS_MORE: (fall,),
        },
        elsewhere={FALLS_LESS: _dependent(world, 0.5), FALLS_MORE: _dependent(world, 2.0)},
    )


def _fall(world: Scenario, start: str) -> str:
    """Return the January in which the price falls: when the new posts are there, or halfway through a short run."""
    first, last = month_number(start), month_number(world.end)
    month = min(first + PHASED_IN, (first + last) // 2)
    return month_name(max(month // 12 * 12, first))


def _dependent(world: Scenario, factor: float) -> dict[str, float]:
    """Return the elasticities of posts to the oil price of a country that depends on it so many times as much."""
    return {
        "labour.oil_elasticity_extractive": factor * world.labour.oil_elasticity_extractive,
        "labour.oil_elasticity_private": factor * world.labour.oil_elasticity_private,
    }


def shock_years(results: Results) -> tuple[int, int]:
    """Return the years in which the fall is looked at."""
    fall = next(reform for arm in results.arms for reform in arm.reforms if isinstance(reform, OilPriceShock))
    first = int(fall.start[:4])
    return first, min(first + YEARS_AFTER - 1, int(results.runs["year"].max()))


@dataclass(frozen=True)
class Seen:
    """A measure in which the fall is seen, over which years, and the side that is a gain."""

    measure: str
    window: str
    good: int

    @property
    def label(self) -> str:
        """Head of a table and label of an axis."""
        return measure(self.measure).head(self.window)

    @property
    def unit(self) -> float:
        """How many make one printed unit."""
        return measure(self.measure).divide_by


SEEN = (
    Seen("emigration_rate", "mean", -1),
    Seen("unemployment_rate", "mean", -1),
    Seen(GAIN, "cumulative", 1),
)


def effects_of_the_fall(results: Results, seen: Seen) -> tuple[dict[str, Interval], dict[str, Interval]]:
    """Return, by plan, what the fall does in its country, and how much that differs from the country as it is."""
    import pandas as pd

    from abm.analysis.effects import Outcome

    table = by_plan(results, Outcome(seen.measure, seen.window, ""), shock_years(results))
    fallen = pd.DataFrame({fall: table[fall] - table[without] for fall, without in WITHOUT_FALL.items()})
    own = {fall: contrast(fallen, {fall: 1.0}) for fall in WITHOUT_FALL}
    differs = {fall: contrast(fallen, {fall: 1.0, FALLS: -1.0}) for fall in WITHOUT_FALL if fall != FALLS}
    return own, differs


def _findings(results: Results) -> Sequence[str]:
    first, last = shock_years(results)
    effects = [(seen, *effects_of_the_fall(results, seen)) for seen in SEEN]
    columns = {seen.label: cells_of(own, seen.unit) for seen, own, _ in effects}
    columns |= {f"difference: {seen.label}": cells_of(more, seen.unit) for seen, _, more in effects}
    (_, emigration, _), (_, unemployment, _), (_, gain, differs) = effects
    return section(
        [
            f"**What halving the oil price does in {first}-{last}**, against the same country without the fall;",
            "differences are against what it does in the country as it is, with 95 % intervals:",
        ],
        table_of(COUNTRIES, columns, "the country"),
        f"In the country as it is, unemployment {change(unemployment[FALLS], 0.01, ' points')}, emigration",
        f"{change_of(emigration[FALLS], 'emigration_rate')}, and net brain gain over these years",
        f"{change_of(gain[FALLS], GAIN, 'cumulative')}. What the fall does to net brain gain in other countries:",
        f"with 10 % more private posts it {_differs(differs[FALLS_NEW])}; where private firms do not depend on",
        f"oil, it {_differs(differs[FALLS_APART])}; with both, it {_differs(differs[FALLS_BOTH])}; half as",
        f"dependent, it {_differs(differs[FALLS_LESS])}; twice as dependent, it {_differs(differs[FALLS_MORE])}.",
    )


def _differs(interval: Interval) -> str:
    """Return in words whether a loss of net brain gain is smaller or larger than in the country as it is."""
    return change_of(interval, GAIN, "cumulative", words=("is better", "is worse", "does not differ"))


def _figures(results: Results) -> Iterator[Drawn]:
    from abm.analysis.plan_figures import Panel, dots

    first, last = shock_years(results)
    panels = [
        Panel(seen.label, list(effects_of_the_fall(results, seen)[0].values()), seen.unit, seen.good) for seen in SEEN
    ]
    title = f"What halving the oil price does in {first}-{last}, by how the country is built"
    figure = dots(list(COUNTRIES.values()), panels, title=title)
    yield "oil_price_fall_by_country", figure


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years}, against no reform: 5 % more private posts bring {effects[NEW_FEW]} graduates, 10 %",
        f"{effects[NEW_SOME]}, 20 % {effects[NEW_MANY]}. One fall of the oil price, which heals by itself, brings",
        f"{effects[FALLS]} over all these years.",
    )


EXPERIMENT = Experiment(
    name="diversification",
    description="More non-oil posts, and what a fall of the oil price does to a country more or less dependent",
    order=80,
    design=design,
    runs=over_the_posterior("unemployment_rate"),
    answer=Comparison(
        question="What do non-oil jobs bring, and what does dependence on oil cost when its price falls?",
        method=paragraph(
            "Posts are added in private firms over five years; a year after they are all there, the oil price halves,",
            "and regains three tenths of the distance each year. The fall meets six countries: as it is, with 10 %",
            "more private posts, with private firms that do not depend on oil, with both, and with all dependence on",
            "oil halved and doubled. What it does in each is the difference from the same country without the fall.",
        ),
        meaning=_meaning,
        limits=paragraph(
            "How strongly posts in extraction and in private firms follow the oil price is an assumption",
            "(labour.oil_elasticity_...); the countries half and twice as dependent show what that is worth. A fall",
            "ends no job before its time: posts that are no longer wanted are not filled again. Neither pay nor",
            "public budgets follow the price here, so the fall is milder than a real one, in which oil pays for",
            "public posts. Where new posts come from is not modelled: the plans assume that what repeated attempts at",
            "non-oil growth failed to bring has been brought about.",
        ),
        against={FALLS_NEW: FALLS, FALLS_APART: FALLS, FALLS_BOTH: FALLS},
        findings=Findings(_findings, _figures),
        by_year=ByYear(paths=[UNEMPLOYMENT], plans=(NOTHING, NEW_SOME, FALLS, FALLS_NEW, FALLS_BOTH, FALLS_MORE)),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
