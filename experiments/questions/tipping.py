"""Whether a push that ends has a lasting effect, and whether a stronger one tips the balance for good.

Run it with ``python -m experiments run tipping``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abm.measures import GRADUATES, measure
from abm.reforms import HostTightening, ReturnIncentive
from abm.reforms.base import Reform
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.plans import WORLD, Plans
from experiments.study.conduct import run
from experiments.study.contrasts import shown
from experiments.study.experiment import Drawn, Experiment, Results, Runs
from experiments.study.fading import by_year, fading, gaps, half_life, kept, mean_gap, rise_of_kept
from experiments.study.levers import start_of
from experiments.study.remarks import remark_lines
from experiments.study.report import Report
from experiments.study.tables import REPORTED, cost_table, markdown, own_baselines

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["EXPERIMENT", "NOTHING", "PUSHES", "design"]

NOTHING = "no push"
STRENGTHS = (
    5.0,
    10.0,
    25.0,
    100.0,
)  # years of pay; assumption: from a third of all later income to six times it
DURATIONS = (3, 8)  # years; assumption: a term of office, and two
EXODUS_OFFERS, EXODUS_YEARS = 4.0, 8  # assumption: four times the job offers abroad
AS_ASSUMED, STRONG, CHAIN = "ties as assumed", "ties three times as strong", "ties open doors abroad"
STRONGER, CHAIN_OFFERS, CHAIN_DISCOUNT = 3, 30, 0.75  # assumptions, far beyond what is usual, to look for an edge
TIES = (AS_ASSUMED, STRONG, CHAIN)
LATER = (5, 10)  # years after the end
STOCK, FLOW = "graduates_at_home", "net_brain_gain"


@dataclass(frozen=True)
class Push:
    """A reform or a shock of some strength that ends after some years."""

    name: str
    kind: str
    strength: float
    years: int


INCENTIVES = [
    Push(f"incentive of {strength:g} years' pay, for {years} years", "incentive", strength, years)
    for years in DURATIONS
    for strength in STRENGTHS
]
EXODUS = Push(
    f"{EXODUS_OFFERS:g} times the offers abroad for {EXODUS_YEARS} years", "exodus", EXODUS_OFFERS, EXODUS_YEARS
)
LONGEST = [push for push in INCENTIVES if push.years == max(DURATIONS)]  # from the weakest to the strongest
PUSHES = {push.name: push for push in (*INCENTIVES, EXODUS)}


def design(world: Scenario) -> Plans:
    """Return every push in worlds in which ties weigh more and more."""
    start = start_of(world)

    def reform(push: Push) -> Reform:
        end = month_name(month_number(start) + 12 * push.years - 1)
        if push.kind == "incentive":
            return ReturnIncentive(start=start, end=end, months_of_pay=12.0 * push.strength)
        return HostTightening(start=start, end=end, offers=push.strength)

    weight, gain = world.decision.ties_weight, world.decision.offer_ties_gain
    worlds: dict[str, dict[str, float]] = {
        AS_ASSUMED: {},
        STRONG: {"decision.ties_weight": STRONGER * weight, "decision.offer_ties_gain": STRONGER * gain},
        CHAIN: {"decision.offer_ties_gain": CHAIN_OFFERS * gain, "decision.ties_discount": CHAIN_DISCOUNT},
    }
    return Plans.of({NOTHING: (), **{name: (reform(push),) for name, push in PUSHES.items()}}, worlds=worlds)


METHOD = (
    "An incentive to return is paid for some years and then no more, in years of the mean pay of graduates at home",
    "(fifteen and a half are a career's, discounted); in the other direction, jobs abroad open up for some",
    f"years. The gap is graduates at home against no push in the same world, in {GRADUATES.short}, on average over the",
    "first year after the end, and so many years later; what is kept is the gap then over the first. The flow",
    f"is net brain gain against no push, {measure(FLOW).short_unit()}. The half-life is that of the gap in the ten",
    "years after the end. In the second world both the weight of ties and what each adds to offers are three times",
    "as strong; in the third a tie adds thirty times as much to offers from where it is, and many ties take",
    "away three quarters of the moving cost instead of one.",
)
LIMITS = (
    "Tipping needs people to do what others do strongly enough. Here ties keep people where most of",
    "theirs are, and most are at home, so that stronger ties make home stickier. Other ways to tip are not in it:",
    "firms or professions that need a critical mass, wages or institutions that improve because graduates are there,",
    "beliefs that a country is done for. Part of what fades is age: who came back retires.",
)


def _gaps(results: Results, world: str, plan: str, measure: str) -> pd.DataFrame:
    return gaps(results, world, (plan, NOTHING), measure)


def _end(results: Results, push: Push) -> int:
    """Return the last year in which a push is in force."""
    return (month_number(start_of(results.world)) + 12 * push.years - 1) // 12


def _say(estimate: Interval | None, unit: float = 1.0) -> str:
    return "" if estimate is None else shown(estimate, unit)


def _table(results: Results) -> list[str]:
    heads = ["world", "push", "gap after the end", *(f"{later} years later" for later in LATER)]
    heads += [f"kept after {LATER[-1]} years, %", "flow while it lasts", "flow, next 5 years", "flow, 5 after that"]
    rows: list[tuple[str, ...]] = [(*heads, "half-life, years")]
    for world, (name, push) in itertools.product(TIES, PUSHES.items()):
        stock, flow = (_gaps(results, world, name, series) for series in (STOCK, FLOW))
        if not len(stock):
            continue
        end = _end(results, push)
        spans = ((end - push.years + 1, end), (end + 1, end + 5), (end + 6, end + 10))
        cells = [_say(mean_gap(stock, end + 1 + later, end + 1 + later)) for later in (0, *LATER)]
        cells += [_say(kept(stock, end, LATER[-1]), 0.01), *(_say(mean_gap(flow, *span)) for span in spans)]
        rows.append((world, name, *cells, half_life(fading(stock, end))))
    return markdown(rows)


def _meaning(results: Results) -> Sequence[str]:
    lasting = {(world, name): _lasting_flow(results, world, name) for world in TIES for name in PUSHES}
    if not any(lasting.values()):
        return ["The runs end before anything can be said of what is left of a push."]
    weaker, strongest = LONGEST[-2:]
    end, lines = _end(results, strongest), []
    for world in TIES:
        before, after = (_gaps(results, world, push.name, STOCK) for push in (weaker, strongest))
        share, rise = kept(after, end, LATER[-1]), rise_of_kept(before, after, end, LATER[-1])
        if share and rise and not math.isnan(share.mean + rise.mean):
            lines += [
                f"With {world}, {100 * share.mean:.0f} % of the graduates whom an {strongest.name} had",
                f"brought are there {LATER[-1]} years after the first year without it (half-life "
                f"{half_life(fading(after, end))} years);",
                f"the share kept {_rises(rise)}.",
            ]
    tipped = [
        f"{name} with {world}" for (world, name), flow in lasting.items() if flow and _goes_on(flow, PUSHES[name].kind)
    ]
    if tipped:
        return [
            *lines,
            f"In {len(tipped)} of {len(lasting)} cases the flow goes on in the direction of the push six to ten years",
            "after its end, beyond chance at 95 %:",
            ";\n".join(tipped) + ".",
        ]
    return [
        *lines,
        f"Nothing tips: in none of {len(lasting)} cases does the flow go on in the direction of the push six to",
        "ten years after its end, beyond chance. Whom a push has brought, or sent away, draws nobody after them.",
    ]


def _lasting_flow(results: Results, world: str, name: str) -> Interval | None:
    """Return the gap in net brain gain six to ten years after the end of a push."""
    end = _end(results, PUSHES[name])
    return mean_gap(_gaps(results, world, name, FLOW), end + 6, end + 10)


def _goes_on(flow: Interval, kind: str) -> bool:
    return flow.low > 0.0 if kind == "incentive" else flow.high < 0.0


def _rises(rise: Interval) -> str:
    said = f"at twice the strength ({_say(rise, 0.01)} percentage points)"
    if rise.low > 0.0:
        return f"is larger {said}"
    return f"is smaller {said}" if rise.high < 0.0 else f"is the same {said}"


def _figures(results: Results) -> Iterator[Drawn]:
    """Draw the gap by year, how it fades in each world, and what is kept by strength."""
    import pandas as pd

    from abm.analysis.design_figures import effect_panels
    from abm.analysis.figures import time_paths

    paths = {NOTHING: by_year(0.0 * _gaps(results, AS_ASSUMED, LONGEST[0].name, STOCK))}
    paths |= {push.name: by_year(_gaps(results, AS_ASSUMED, push.name, STOCK)) for push in (*LONGEST, EXODUS)}
    title = f"Graduates at home against no push: what comes while it lasts fades afterwards\n({AS_ASSUMED})"
    yield "gap_by_year", time_paths(paths, "gap", title=title, unit=GRADUATES.printed, divide_by=1.0, differences=True)
    strongest = LONGEST[-1]
    first = _end(results, strongest) + 1
    if first + LATER[-1] > int(results.runs["year"].max()):
        return  # the runs end before anything is left to be seen
    figure = time_paths(
        {world: by_year(_gaps(results, world, strongest.name, STOCK), over_that_of=first) for world in TIES},
        "gap",
        title=f"What is left of an {strongest.name},\n% of the gap in the first year after its end",
        unit="% of the gap",
        divide_by=0.01,
        differences=True,
    )
    yield "what_is_left_by_year", figure
    rows = []
    for world, push in itertools.product(TIES, PUSHES.values()):
        share = kept(_gaps(results, world, push.name, STOCK), _end(results, push), LATER[-1])
        ends = (math.nan,) * 3 if share is None else (share.mean, share.low, share.high)
        rows.append({WORLD: world, "name": push.name} | dict(zip(("effect", "low", "high"), ends, strict=True)))
    figure = effect_panels(
        pd.DataFrame(rows),
        panel=WORLD,
        title=f"What is kept {LATER[-1]} years after the end, by strength and length of the push",
        unit="% of the gap in the first year after the end, with 95 % interval",
        note="shaded: the interval of the weakest and shortest; a balance that tips keeps more than 100 %",
        divide_by=0.01,
    )
    yield "what_is_kept", figure


EXPERIMENT = Experiment(
    name="tipping",
    description="Does a temporary push have a lasting effect, and does anything tip",
    order=140,
    design=design,
    runs=Runs(graduates=10_000, within=(WORLD,), measures=REPORTED),
    answer=Report(
        question="Does a push that ends have a lasting effect, and does a stronger one tip the balance for good?",
        method=lambda _: METHOD,
        blocks=lambda results: [_table(results), remark_lines(results.world, results.arms)],
        meaning=_meaning,
        limits=LIMITS,
        figures=_figures,
        tables=lambda results: {"costs.csv": cost_table(results, own_baselines(results, WORLD))},
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
