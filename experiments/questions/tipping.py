"""Whether a push that ends has a lasting effect, and whether a stronger one tips the balance for good.

Run it with ``python -m experiments run tipping``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.reforms import HostTightening
from abm.reforms.base import Reform
from abm.reforms.prices import return_incentive
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.plans import PLAN, WORLD, Plans
from experiments.study.comparison import answer
from experiments.study.conduct import Experiment, Results, conduct
from experiments.study.contrasts import mean_of, shown
from experiments.study.remarks import remark_lines
from experiments.study.tables import cost_table, markdown, own_baselines
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["EXPERIMENT", "design", "main"]

START = "2026-01"
NOTHING = "no push"
STRENGTHS = (0.25, 0.5, 1.0, 2.0)  # utility; assumption: from a quarter of all later income to far more than all of it
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
    Push(f"incentive of {strength:g} for {years} years", "incentive", strength, years)
    for years in DURATIONS
    for strength in STRENGTHS
]
EXODUS = Push(
    f"{EXODUS_OFFERS:g} times the offers abroad for {EXODUS_YEARS} years", "exodus", EXODUS_OFFERS, EXODUS_YEARS
)
PUSHES = {push.name: push for push in (*INCENTIVES, EXODUS)}


def design(world: Scenario) -> Plans:
    """Return every push in worlds in which ties weigh more and more."""
    start = max(START, world.start)

    def reform(push: Push) -> Reform:
        end = month_name(month_number(start) + 12 * push.years - 1)
        if push.kind == "incentive":
            return return_incentive(world, start, push.strength, end=end)
        return HostTightening(start=start, end=end, offers=push.strength)

    weight, gain = world.decision.ties_weight, world.decision.offer_ties_gain
    worlds: dict[str, dict[str, float]] = {
        AS_ASSUMED: {},
        STRONG: {"decision.ties_weight": STRONGER * weight, "decision.offer_ties_gain": STRONGER * gain},
        CHAIN: {"decision.offer_ties_gain": CHAIN_OFFERS * gain, "decision.ties_discount": CHAIN_DISCOUNT},
    }
    return Plans.of({NOTHING: (), **{name: (reform(push),) for name, push in PUSHES.items()}}, worlds=worlds)


def report(results: Results) -> str:
    """Return what is left of every push, how fast it fades, and whether anything tips."""
    lines = answer(
        results,
        question="Does a push that ends have a lasting effect, and does a stronger one tip the balance for good?",
        method=[
            "An incentive to return is paid for some years and then no more (its strength is in utility: at an income",
            "weight of one, 0.1 is a tenth of all later income); in the other direction, jobs abroad open up for some",
            "years. The gap is graduates at home against no push in the same world, in thousands, on average over the",
            "first year after the end, and so many years later; what is kept is the gap then over the first. The flow",
            "is net brain gain against no push, thousands a year. The half-life is that of the gap in the ten years",
            "after the end. In the second world both the weight of ties and what each adds to offers are three times",
            "as strong; in the third a tie adds thirty times as much to offers from where it is, and many ties take",
            "away three quarters of the moving cost instead of one.",
        ],
        tables=[_table(results), remark_lines(results.world, results.arms)],
        meaning=lambda: _meaning(results),
        limits=LIMITS,
    )
    return "\n".join(lines) + "\n"


LIMITS = (
    "Tipping needs people to do what others do strongly enough. Here ties keep people where most of",
    "theirs are, and most are at home, so that stronger ties make home stickier. Other ways to tip are not in it:",
    "firms or professions that need a critical mass, wages or institutions that improve because graduates are there,",
    "beliefs that a country is done for. Part of what fades is age: who came back retires.",
)


def _gaps(results: Results, world: str, plan: str, measure: str) -> pd.DataFrame:
    """Return the gap to no push in the same world, a row for each replicate and a column for each year."""
    from abm.analysis.effects import paired_by_year
    from abm.sweep.table import rows_of

    arm, baseline = (rows_of(results.runs, {WORLD: world, PLAN: name}) for name in (plan, NOTHING))
    return paired_by_year(arm, baseline, measure).pivot(index="replicate", columns="year", values=measure) / 1000.0


def _end(results: Results, push: Push) -> int:
    """Return the last year in which a push is in force."""
    start = max(START, results.world.start)
    return (month_number(start) + 12 * push.years - 1) // 12


def _mean_of(gaps: pd.DataFrame, first: int, last: int) -> Interval | None:
    """Return the mean gap of some years; None unless all were run."""
    years = [year for year in range(first, last + 1) if year in gaps.columns]
    return mean_of(gaps[years].mean(axis=1)) if len(years) == last - first + 1 else None


def _kept(gaps: pd.DataFrame, end: int, later: int) -> Interval | None:
    """Return which share of the first gap after the end there is some years later; None unless that was run."""
    from abm.analysis.timing import jackknife

    if end + 1 + later not in gaps.columns or not len(gaps):
        return None
    return jackknife(gaps[[end + 1, end + 1 + later]].to_numpy(float), _ratio)


def _ratio(both: np.ndarray) -> float:
    first, then = both.mean(axis=0)
    return float(then / first) if first else math.nan


def _fading(gaps: pd.DataFrame, end: int) -> Interval | None:
    """Return the yearly rate at which the gap fades after the end; None unless these years were run."""
    from abm.analysis.timing import fading_rate

    years = [year for year in range(end + 1, end + 1 + LATER[-1]) if year in gaps.columns]
    return fading_rate(gaps[years].to_numpy(float)) if len(years) == LATER[-1] and len(gaps) else None


def _half_life(rate: Interval | None) -> str:
    """Return the half-life in years that a rate means, or that none is shown."""
    if rate is None or math.isnan(rate.mean):
        return ""
    if math.isnan(rate.low):
        return f"{math.log(2) / rate.mean:.0f}" if rate.mean > 0.0 else "none"
    if rate.low <= 0.0:
        return f"none shown, above {math.log(2) / rate.high:.0f}" if rate.high > 0.0 else "none, it grows"
    return f"{math.log(2) / rate.mean:.0f} [{math.log(2) / rate.high:.0f}, {math.log(2) / rate.low:.0f}]"


def _say(estimate: Interval | None, unit: float = 1.0) -> str:
    return "" if estimate is None else shown(estimate, unit)


def _table(results: Results) -> list[str]:
    heads = ["world", "push", "gap after the end", *(f"{later} years later" for later in LATER)]
    heads += [f"kept after {LATER[-1]} years, %", "flow while it lasts", "flow, next 5 years", "flow, 5 after that"]
    rows: list[tuple[str, ...]] = [(*heads, "half-life, years")]
    for world in TIES:
        for name, push in PUSHES.items():
            stock, flow, end = (
                _gaps(results, world, name, STOCK),
                _gaps(results, world, name, FLOW),
                _end(results, push),
            )
            if not len(stock):
                continue
            spans = ((end - push.years + 1, end), (end + 1, end + 5), (end + 6, end + 10))
            rows.append(
                (
                    world,
                    name,
                    *(_say(_mean_of(stock, end + 1 + later, end + 1 + later)) for later in (0, *LATER)),
                    _say(_kept(stock, end, LATER[-1]), 0.01),
                    *(_say(_mean_of(flow, *span)) for span in spans),
                    _half_life(_fading(stock, end)),
                )
            )
    return markdown(rows)


def _meaning(results: Results) -> Sequence[str]:
    lasting = {(world, name): _lasting_flow(results, world, name) for world in TIES for name in PUSHES}
    if not any(lasting.values()):
        return ["The runs end before anything can be said of what is left of a push."]
    strongest = max(INCENTIVES, key=lambda push: (push.years, push.strength))
    end, lines = _end(results, strongest), []
    for world in TIES:
        gaps = _gaps(results, world, strongest.name, STOCK)
        kept, rise = _kept(gaps, end, LATER[-1]), _rise_with_strength(results, world)
        if kept and rise and not math.isnan(kept.mean + rise.mean):
            lines += [
                f"With {world}, {100 * kept.mean:.0f} % of the graduates whom an {strongest.name} had",
                f"brought are there {LATER[-1]} years after the first year without it (half-life "
                f"{_half_life(_fading(gaps, end))} years);",
                f"the share kept {_rises(rise)}.",
            ]
    tipped = [
        f"{name} with {world}" for (world, name), flow in lasting.items() if flow and _goes_on(flow, PUSHES[name].kind)
    ]
    if tipped:
        lines += [
            f"In {len(tipped)} of {len(lasting)} cases the flow goes on in the direction of the push six to ten years",
            "after its end, beyond chance at 95 %:",
            ";\n".join(tipped) + ".",
        ]
    else:
        lines += [
            f"Nothing tips: in none of {len(lasting)} cases does the flow go on in the direction of the push six to",
            "ten years after its end, beyond chance. Whom a push has brought, or sent away, draws nobody after them.",
        ]
    return lines


def _lasting_flow(results: Results, world: str, name: str) -> Interval | None:
    """Return the gap in net brain gain six to ten years after the end of a push."""
    end = _end(results, PUSHES[name])
    return _mean_of(_gaps(results, world, name, FLOW), end + 6, end + 10)


def _goes_on(flow: Interval, kind: str) -> bool:
    return flow.low > 0.0 if kind == "incentive" else flow.high < 0.0


def _rise_with_strength(results: Results, world: str) -> Interval | None:
    """Return how much larger a share is kept of the strongest incentive than of half its strength."""
    from abm.analysis.timing import jackknife

    years = max(DURATIONS)
    pushes = [push for push in INCENTIVES if push.years == years and push.strength in STRENGTHS[-2:]]
    end = _end(results, pushes[0])
    gaps = [_gaps(results, world, push.name, STOCK) for push in pushes]
    if any(end + 1 + LATER[-1] not in each.columns for each in gaps):
        return None
    shared = gaps[0].index.intersection(gaps[1].index)
    both = np.stack([each.loc[shared, [end + 1, end + 1 + LATER[-1]]].to_numpy(float) for each in gaps], axis=1)
    return jackknife(both, lambda some: _ratio(some[:, 1]) - _ratio(some[:, 0]))


def _rises(rise: Interval) -> str:
    said = f"at twice the strength ({_say(rise, 0.01)} percentage points)"
    if rise.low > 0.0:
        return f"is larger {said}"
    return f"is smaller {said}" if rise.high < 0.0 else f"is the same {said}"


def figures(results: Results) -> list[str]:
    """Draw what is kept by strength, the gap by year, and how it fades in each world."""
    import pandas as pd

    from abm.analysis import figures as draw
    from abm.analysis.design_figures import effect_panels

    folder, world = results.folder / "figures", next(iter(TIES))
    longest = [push for push in INCENTIVES if push.years == max(DURATIONS)]
    paths = {NOTHING: _long(0.0 * _gaps(results, world, longest[0].name, STOCK))}
    paths |= {push.name: _long(_gaps(results, world, push.name, STOCK)) for push in (*longest, EXODUS)}
    figure = draw.time_paths(
        paths,
        "gap",
        title=f"Graduates at home against no push: what comes while it lasts fades afterwards\n({world})",
        unit="thousand graduates",
        divide_by=1.0,
    )
    files = draw.save(figure, folder, "gap_by_year")
    strongest = longest[-1]
    if _end(results, strongest) + 1 + LATER[-1] > int(results.runs["year"].max()):
        return files  # the runs end before anything is left to be seen
    figure = draw.time_paths(
        {name: _share_by_year(results, name, strongest) for name in TIES},
        "gap",
        title=f"What is left of an {strongest.name},\n% of the gap in the first year after its end",
        unit="% of the gap",
        divide_by=0.01,
    )
    files += draw.save(figure, folder, "what_is_left_by_year")
    rows: list[dict[str, Any]] = []
    for name in TIES:
        for push in (*INCENTIVES, EXODUS):
            kept = _kept(_gaps(results, name, push.name, STOCK), _end(results, push), LATER[-1])
            ends = (math.nan,) * 3 if kept is None else (kept.mean, kept.low, kept.high)
            rows.append({"world": name, "name": push.name, **dict(zip(("effect", "low", "high"), ends, strict=True))})
    figure = effect_panels(
        pd.DataFrame(rows),
        panel=WORLD,
        title=f"What is kept {LATER[-1]} years after the end, by strength and length of the push",
        unit="% of the gap in the first year after the end, with 95 % interval",
        note="shaded: the interval of the weakest and shortest; a balance that tips keeps more than 100 %",
        divide_by=0.01,
    )
    return files + draw.save(figure, folder, "what_is_kept")


def _long(gaps: pd.DataFrame) -> pd.DataFrame:
    return gaps.stack().rename("gap").reset_index()


def _share_by_year(results: Results, world: str, push: Push) -> pd.DataFrame:
    """Return the gap of every replicate from the end of a push on, over its mean in the first year."""
    gaps, first = _gaps(results, world, push.name, STOCK), _end(results, push) + 1
    after = gaps[[year for year in gaps.columns if year >= first]]
    return _long(after / after[first].mean())


EXPERIMENT = Experiment(
    name="tipping",
    description="Does a temporary push have a lasting effect, and does anything tip",
    graduates=10_000,
    replicates=12,
    design=design,
    report=report,
    figures=figures,
    tables=lambda results: {"costs.csv": cost_table(results, own_baselines(results, WORLD))},
    within=(WORLD,),
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
