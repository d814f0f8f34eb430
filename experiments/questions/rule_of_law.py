"""How fast and how far rule of law must rise before net brain gain turns positive, and with what lag.

Run it with ``python -m experiments run rule-of-law``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abm.measures import measure
from abm.reforms import JudicialReform
from abm.reforms.prices import FASTEST, judicial_reform, rule_of_law_after
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.plans import Plans
from experiments.study.comparison import GAIN, of_plan
from experiments.study.conduct import run
from experiments.study.contrasts import paragraph
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import MODERATE, TOP, moderate, start_of
from experiments.study.remarks import remark_lines
from experiments.study.report import Report, last_years_of
from experiments.study.sections import table_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import cost_lines, cost_table, interval
from experiments.study.turning import closed, lag, late, middle_of, shares, turned

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "STAGE", "Rise", "design"]

TREND = "trend goes on"
# RL.EST index points a year
SPEEDS = {MODERATE: "0.036", TOP: "0.05 (top 5 %)", FASTEST: "0.108 (fastest on record)"}
HORIZONS = {5: "5", 10: "10", 15: "15", 25: "25"}
STAGE = 5  # years that are announced at a time, where not all is announced at once
BELIEF, ACTUAL, EMIGRANTS = "mean_perceived_rule_of_law", "rule_of_law", "emigrants"
SETTLING = 10  # years after the promised rise without which nothing is said about lags


@dataclass(frozen=True)
class Rise:
    """Rule of law rising at a speed (index points a year) for some years, some of them announced at a time."""

    speed: float
    years: int
    stage: int

    @property
    def name(self) -> str:
        """The plan's name."""
        staged = f", {self.stage} years at a time" if self.stage < self.years else ""
        return f"{self.speed:g} a year for {self.years} years{staged}"

    def reforms(self, world: Scenario, start: str) -> tuple[JudicialReform, ...]:
        """Return the announcements, each in place of the one before it, as far as they are made before the end."""
        first, promises = month_number(start), []
        for begin in range(0, self.years, self.stage):
            month = month_name(first + 12 * begin)
            if month > world.end:
                break
            until = min(begin + self.stage, self.years)
            promise = judicial_reform(world, month, rule_of_law_after(world, self.speed, until), self.speed)
            last = month_name(first + 12 * until - 1)
            promises.append(promise if until == self.years else dataclasses.replace(promise, end=last))
        return tuple(promises)


AT_ONCE = [Rise(speed, years, years) for speed in SPEEDS for years in HORIZONS]
IN_STAGES = [Rise(speed, years, STAGE) for speed in SPEEDS for years in HORIZONS if years > STAGE]
RISES = {rise.name: rise for rise in (*AT_ONCE, *IN_STAGES)}
LAGGED = (Rise(0.108, 10, 10).name, Rise(0.108, 10, STAGE).name)
SHOWN = (
    *(Rise(0.05, years, years).name for years in (10, 25)),
    *(Rise(0.108, years, years).name for years in (10, 15, 25)),
    Rise(0.108, 25, STAGE).name,
)


def design(world: Scenario) -> Plans:
    """Return the plans: the trend, and every speed for every number of years, announced at once or in stages."""
    start = start_of(world)
    return Plans.of({TREND: (), **{name: rise.reforms(world, start) for name, rise in RISES.items()}})


LIMITS = paragraph(
    "How much graduates care for rule of law the past hardly says, and every number here scales with it: draws of",
    "the posterior hold that, a scenario's own weight, a prior from stated motives, does not. A believed promise",
    "counts by what it adds to the trend on average over a whole career, near years and far ones alike: long promises",
    "work before anything is delivered, so beliefs and emigration can run ahead of the courts; those made in stages",
    "lean less on that. No country on record kept up 0.108 for more than about ten years, so longer paths at that",
    "speed show what it would take, not what can be done. Wages and investment, which better courts should raise, stay",
    "as they are.",
)


def _table(results: Results) -> list[str]:
    last = int(results.runs["year"].max())
    of = {plan: of_plan(results.runs, plan) for plan in (TREND, *RISES)}
    gains = {plan: late(results, plan) for plan, runs in of.items() if len(runs)}
    years = {plan: turned(of[plan]) for plan in gains}
    return table_of(
        gains.keys(),
        {
            f"level in {last}": lambda plan: f"{of[plan][of[plan]['year'] == last][ACTUAL].mean():+.2f}",
            f"net brain gain {last_years_of(results)}": lambda plan: interval(
                *(gains[plan][column] / 1000 for column in ("mean", "mean_low", "mean_high"))
            ),
            "loss made good": lambda plan: "" if plan == TREND else closed(results, plan, TREND),
            "replicates that turned": lambda plan: f"{len(years[plan])} of {of[plan]['replicate'].nunique()}",
            "year": lambda plan: middle_of(years[plan]),
            "beliefs lag, years": lambda plan: _lag_cell(results, plan, BELIEF),
            "emigration lags, years": lambda plan: _lag_cell(results, plan, EMIGRANTS),
        },
        "rule of law",
    )


def _lag_cell(results: Results, plan: str, measure: str) -> str:
    found = None if plan == TREND else _lag(results, plan, measure)
    return "" if found is None or math.isnan(found[0]) else interval(*(round(value, 1) + 0.0 for value in found))


def _lag(results: Results, plan: str, measure: str) -> tuple[float, float, float] | None:
    """Return the lag of a measure behind rule of law with its interval; None if too few years are left to say it."""
    if int(results.runs["year"].nunique()) < RISES[plan].years + SETTLING:
        return None
    found = lag(results, (plan, TREND), measure, ACTUAL)
    return found.mean, found.low, found.high


def _meaning(results: Results) -> Sequence[str]:
    years, sure = last_years_of(results), _sure(results)
    loss = measure(GAIN).scaled(late(results, TREND)["mean"])
    lines = [f"With the trend alone net brain gain is {loss:+.1f} {measure(GAIN).word()} in {years}."]
    if sure:
        least = min(sure, key=lambda plan: RISES[plan].speed * RISES[plan].years)
        lines += [
            f"It is surely positive then on {len(sure)} of {len(RISES)} paths:",
            f"{'; '.join(sure)}.",
            f"The smallest rise among them, {least}, turns it in {middle_of(turned(of_plan(results.runs, least)))}.",
        ]
    else:
        best = max(RISES, key=lambda plan: float(late(results, plan)["mean"]))
        lines += [
            "On no path is it surely positive then: rule of law alone is not known to turn the balance. The best,",
            f"{best}, makes good {closed(results, best, TREND)} of the loss.",
        ]
    if loss < 0.0:
        decades = [Rise(speed, 10, 10) for speed in SPEEDS]
        made_good = ", ".join(f"{closed(results, rise.name, TREND)} at {rise.speed:g}" for rise in decades)
        lines += [f"A decade of rise, announced at once, makes good {made_good} of the loss."]
    for plan in LAGGED:
        believed, moved = (_lag(results, plan, measure) for measure in (BELIEF, EMIGRANTS))
        if believed and moved:
            lines += [f"With {plan}, beliefs change {_when(believed)},", f"and emigration {_when(moved)}."]
    return lines


def _sure(results: Results) -> list[str]:
    """Return the plans under which net brain gain is surely positive at the end: the whole interval is."""
    return [plan for plan in RISES if late(results, plan)["mean_low"] > 0.0]


def _when(years: tuple[float, float, float]) -> str:
    mean, low, high = years
    if low <= 0.0 <= high:
        return "when the courts do, as far as can be seen"
    said = f"{abs(mean):.1f} years {'after' if mean > 0.0 else 'before'} the courts on average"
    return said if low != low else f"{said} ([{low:+.1f}, {high:+.1f}])"


def _figures(results: Results) -> Iterator[Drawn]:
    """Draw the map of speed and years, the paths by year, and what follows what."""
    from abm.analysis import figures as draw

    sure, years = _sure(results), last_years_of(results)
    said = f"is positive in {years} on {len(sure)} of {len(RISES)} paths" if sure else f"is not positive in {years}"
    trend = f"({late(results, TREND)['mean'] / 1000:+.1f} with the trend)"
    figure = draw.heat_maps(
        _for_map(results),
        x=draw.Axis("years", "for so many years", HORIZONS),
        y=draw.Axis("speed", "rule of law, index points a year", SPEEDS | moderate(results.world)),
        panel=draw.Axis("announced", "announced", {"at once": "at once", "in stages": f"{STAGE} years at a time"}),
        title=f"Rule of law alone: net brain gain {said}\n{trend}",
        unit=measure(GAIN).axis(),
    )
    yield "net_brain_gain_by_speed_and_years", figure
    arms = {plan: of_plan(results.runs, plan) for plan in (TREND, *SHOWN)}
    title = "Net brain gain while and after rule of law rises"
    yield "net_brain_gain_by_year", draw.time_paths(arms, GAIN, title=title)
    measures = {"rule of law": ACTUAL, "what graduates believe of it": BELIEF, "fall of emigration": EMIGRANTS}
    for plan, name in zip(LAGGED, ("what_follows_what", "what_follows_what_in_stages"), strict=True):
        figure = draw.time_paths(
            shares(results, (plan, TREND), measures),
            "share",
            title=f"Courts, beliefs, flows: how much of the change has come by when\n(rule of law {plan})",
            unit="% of the change at the end",
            divide_by=0.01,
        )
        yield name, figure


def _for_map(results: Results) -> pd.DataFrame:
    """Return net brain gain at the end, with speed, years and announcement of each plan."""
    import pandas as pd

    rows = []
    for announced in ("at once", "in stages"):
        for rise in AT_ONCE:
            shown = rise if announced == "at once" else dataclasses.replace(rise, stage=min(STAGE, rise.years))
            found = {"speed": rise.speed, "years": rise.years, "announced": announced}
            rows.append(found | late(results, shown.name).to_dict())
    return pd.DataFrame(rows)


EXPERIMENT = Experiment(
    name="rule-of-law",
    description="How fast and how far must rule of law rise before net brain gain turns positive",
    order=20,
    design=design,
    runs=over_the_posterior("rule_of_law", "mean_perceived_rule_of_law"),
    answer=Report(
        question="How fast and how far must rule of law rise before net brain gain turns positive, and with what lag?",
        method=lambda _: [
            "A level is announced that leads there at a constant speed, all at once or five years at a time, and it is",
            "delivered; then the trend goes on. Net brain gain is that of the last five years, in",
            f"{measure(GAIN).printed_unit()}. It has turned in the first positive year from which it is positive on",
            "average over five years, and over all that are left; of the replicates in which it turned there are the",
            "median year and, in brackets, the middle 90 %. Lags are of mean times: the increments of beliefs, and of",
            "the fall of emigration, come on average so many years after those of rule of law, before them if negative",
            f"(said where at least {SETTLING} years are left after the rise).",
        ],
        blocks=lambda results: [_table(results), cost_lines(results), remark_lines(results.world, results.arms)],
        meaning=_meaning,
        limits=LIMITS,
        figures=_figures,
        tables=lambda results: {"costs.csv": cost_table(results)},
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
