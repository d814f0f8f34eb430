"""The same reform delivered, half delivered, only announced, and reversed: what a promise is worth.

Run it with ``python -m experiments run credibility``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from abm.environment import Environment
from abm.reforms import JudicialReform, Reversal, describe
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.plans import PLAN, Plans
from experiments.conduct import Experiment, Results, conduct
from experiments.tables import arm_rows, markdown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "design", "main"]

START = "2026-01"
SPEED, DECADE = 0.108, 10  # index points a year, as Georgia's in 2002-2012, the fastest on record; years of it promised
HALF = 0.5
YEARS_UNTIL_REVERSAL = 3  # assumption: a change of government
NOTHING, DELIVERED, HALF_DELIVERED, MODEST, ANNOUNCED, REVERSED = (
    "no reform",
    "delivered",
    "half of it delivered",
    "half as much promised, and delivered",
    "only announced",
    "reversed after three years",
)
GAIN = "net_brain_gain"


def design(world: Scenario) -> Plans:
    """Return the plans: a decade of rule of law at the fastest speed on record, and what may become of it."""
    start = max(START, world.start)
    path = Environment(world).rule_of_law.actual
    target = round(min(float(path[0]) + DECADE * SPEED, 2.5), 4)
    trend = 12.0 * float(path[1] - path[0])
    # the same path as half of the promise delivered: fidelity counts on what goes beyond the trend
    modest = trend + HALF * (SPEED - trend)
    promise = JudicialReform(start=start, target=target, speed=SPEED)
    taken_back = Reversal(start=month_name(month_number(start) + 12 * YEARS_UNTIL_REVERSAL))
    return Plans.of(
        {
            NOTHING: (),
            DELIVERED: (promise,),
            HALF_DELIVERED: (JudicialReform(start=start, target=target, speed=SPEED, fidelity=HALF),),
            MODEST: (JudicialReform(start=start, target=target, speed=modest),),
            ANNOUNCED: (JudicialReform(start=start, target=target, speed=SPEED, fidelity=0.0),),
            REVERSED: (promise, taken_back),
        }
    )


def report(results: Results) -> str:
    """Return what each course of the reform does, what that means, and what it cannot say."""
    replicates = int(results.effects["replicates"].max())
    lines = [
        "What is a promise of rule of law worth if it is kept, half kept, only made, or broken?",
        "",
        f"{results.world.description or results.world.name}.",
        f"A decade at the fastest speed on record is promised; {replicates} replicates that all plans share;",
        "in brackets 95 % intervals over replicates. Gains are those of the last five years, in thousand graduates,",
        "human capital in thousand mean new graduates' worth; rates are means over all years.",
    ]
    if not results.complete:
        lines += ["", "PARTIAL: the sweep was stopped before its end."]
    lines += ["", *markdown(arm_rows(results)), "", *_meaning(results), "", "What changes when, delivered in full:", ""]
    return "\n".join(lines) + "\n" + describe(results.world, results.arms[1].reforms).strip() + "\n"


def _meaning(results: Results) -> list[str]:
    gains = results.effects.query(f"measure == {GAIN!r} and window == 'cumulative'").set_index(PLAN)
    if not {DELIVERED, HALF_DELIVERED, MODEST, ANNOUNCED, REVERSED} <= set(gains.index):
        return []
    first, last = (int(results.runs["year"].agg(end)) for end in ("min", "max"))
    return [
        f"**What it means.** Over {first}-{last} the reform, delivered, brings {_effect(gains, DELIVERED)}",
        f"graduates more than no reform; half of it delivered, {_effect(gains, HALF_DELIVERED)}; half as much",
        f"promised, so that rule of law takes the very same path, {_effect(gains, MODEST)}; only announced,",
        f"{_effect(gains, ANNOUNCED)}; reversed after three years, {_effect(gains, REVERSED)}.",
        "",
        "**What it cannot say.** How fast credibility is won and lost, and how much graduates care for rule of law,",
        "are assumptions; the intervals hold the chance of a run, not that. The model's graduates believe a promise",
        "as far as past ones were kept; they do not ask who makes it, and nothing else at home suffers when it is",
        "broken.",
    ]


def _effect(gains: pd.DataFrame, plan: str) -> str:
    row = gains.loc[plan]
    return f"{row['effect'] / 1000:+.0f} [{row['low'] / 1000:+.0f}, {row['high'] / 1000:+.0f}] thousand"


def figures(results: Results) -> list[str]:
    """Draw net brain gain, its gap to that without reform, and what graduates believe, by year and plan."""
    from abm.analysis import figures as draw
    from abm.analysis.effects import paired_by_year

    folder, unit = results.folder / "figures", "net brain gain, thousand graduates a year"
    arms = {str(arm.levels[PLAN]): results.runs[results.runs[PLAN] == arm.levels[PLAN]] for arm in results.arms}
    gaps = {plan: paired_by_year(rows, arms[NOTHING], GAIN) for plan, rows in arms.items() if len(rows)}
    gain = draw.time_paths(arms, GAIN, title="Net brain gain when one promise is kept, half kept or broken", unit=unit)
    gap = draw.time_paths(
        gaps,
        GAIN,
        title="What the promise changes: net brain gain against the same years and graduates without it",
        unit="gap to no reform, thousand graduates a year",
    )
    belief = draw.time_paths(
        arms,
        "mean_perceived_rule_of_law",
        title="What graduates at home believe of rule of law",
        unit="RL.EST index points",
        divide_by=1.0,
    )
    return [
        *draw.save(gain, folder, "net_brain_gain_by_year"),
        *draw.save(gap, folder, "gap_by_year"),
        *draw.save(belief, folder, "beliefs_by_year"),
    ]


EXPERIMENT = Experiment(
    name="credibility",
    description="The same reform delivered, half delivered, only announced, and reversed after three years",
    graduates=20_000,
    replicates=12,
    design=design,
    report=report,
    figures=figures,
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
