"""How fast and how far rule of law must rise before net brain gain turns positive, and with what lag.

Run it with ``python -m experiments run rule-of-law``.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from abm.reforms import JudicialReform
from abm.reforms.prices import judicial_reform, rule_of_law_after
from abm.scenario import Scenario, month_name, month_number
from abm.sweep.plans import PLAN, Plans
from experiments.study.comparison import answer, of_plan
from experiments.study.conduct import Experiment, Results, conduct
from experiments.study.remarks import remark_lines
from experiments.study.tables import cost_lines, cost_table, interval, markdown
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "design", "main"]

START = "2026-01"
TREND = "trend goes on"
# RL.EST index points a year: home 2002-2023, a decade few exceed, Georgia 2002-2012 (docs/data.md, "Rule of law")
SPEEDS = {0.036: "0.036 (own best)", 0.05: "0.05 (top 5 %)", 0.108: "0.108 (fastest on record)"}
HORIZONS = {5: "5", 10: "10", 15: "15", 25: "25"}
STAGE = 5  # years that are announced at a time, where not all is announced at once
GAIN, BELIEF, ACTUAL, EMIGRANTS = "net_brain_gain", "mean_perceived_rule_of_law", "rule_of_law", "emigrants"
SETTLING = 10  # years after the promised rise without which nothing is said about lags
THOUSANDS = "thousand graduates a year"


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
            promise = judicial_reform(month, rule_of_law_after(world, self.speed, until), self.speed)
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
    start = max(START, world.start)
    return Plans.of({TREND: (), **{name: rise.reforms(world, start) for name, rise in RISES.items()}})


def report(results: Results) -> str:
    """Return what every path does, when it turns the balance, and with what lag."""
    lines = answer(
        results,
        question="How fast and how far must rule of law rise before net brain gain turns positive, and with what lag?",
        method=[
            "A level is announced that leads there at a constant speed, all at once or five years at a time, and it is",
            "delivered; then the trend goes on. Net brain gain is that of the last five years, in thousand graduates a",
            "year. It has turned in the first positive year from which it is positive on average over five years, and",
            "over all that are left; of the replicates in which it turned there are the median year and, in",
            "brackets, the middle 90 %. Lags are of mean times: the increments of beliefs, and of the fall of",
            "emigration, come on average so many years after those of rule of law, before them if negative (said",
            f"where at least {SETTLING} years are left after the rise).",
        ],
        tables=[_table(results), cost_lines(results), remark_lines(results.world, results.arms)],
        meaning=lambda: _meaning(results),
        limits=LIMITS,
    )
    return "\n".join(lines) + "\n"


LIMITS = (
    "How much graduates care for rule of law is a prior from stated motives, not an estimate; every",
    "number here scales with it. A believed promise counts as if it were kept already, however far off within a",
    "career: long promises work before anything is delivered, which is why beliefs and emigration can run ahead of the",
    "courts; those made in stages lean less on that. No country on record kept up 0.108 for more than about ten years,",
    "so longer paths at that speed show what it would take, not what can be done. Wages and investment, which better",
    "courts should raise, stay as they are.",
)


def _table(results: Results) -> list[str]:
    years, last = _years(results), int(results.runs["year"].max())
    rows: list[tuple[str, ...]] = [
        (
            "rule of law",
            f"level in {last}",
            f"net brain gain {years}",
            "loss made good",
            "replicates that turned",
            "year",
            "beliefs lag, years",
            "emigration lags, years",
        )
    ]
    for arm in results.arms:
        plan = str(arm.levels[PLAN])
        runs = of_plan(results.runs, plan)
        if not len(runs):
            continue
        late = _late(results, plan)
        turned = _turned(runs)
        closed = "" if plan == TREND else _closed(results, plan)
        lags = ["", ""] if plan == TREND else [_lag_cell(results, plan, measure) for measure in (BELIEF, EMIGRANTS)]
        rows.append(
            (
                plan,
                f"{runs[runs['year'] == last][ACTUAL].mean():+.2f}",
                interval(*(late[column] / 1000 for column in ("mean", "mean_low", "mean_high"))),
                closed,
                f"{len(turned)} of {runs['replicate'].nunique()}",
                _range(turned),
                *lags,
            )
        )
    return markdown(rows)


def _years(results: Results) -> str:
    from abm.analysis.effects import LAST_YEARS

    first, last = int(results.runs["year"].min()), int(results.runs["year"].max())
    return f"{max(last - LAST_YEARS + 1, first)}-{last}"


def _late(results: Results, plan: str) -> pd.Series:
    rows = results.effects
    return rows[(rows["measure"] == GAIN) & (rows["window"] == "last years") & (rows[PLAN] == plan)].iloc[0]


def _closed(results: Results, plan: str) -> str:
    """Return which share of the loss under the trend a plan makes good, above 100 % where it turns it into a gain."""
    loss = -float(_late(results, TREND)["mean"])
    return f"{100 * float(_late(results, plan)['effect']) / loss:.0f} %" if loss > 0.0 else "no loss to make good"


def _turned(runs: pd.DataFrame) -> list[int]:
    """Return the year in which net brain gain turned, of each replicate in which it did."""
    from abm.analysis.timing import turning_year

    years = [
        turning_year(rows["year"].to_numpy(int), rows[GAIN].to_numpy(float))
        for _, rows in runs.sort_values("year").groupby("replicate")
    ]
    return [year for year in years if year is not None]


def _range(years: Sequence[int]) -> str:
    if not years:
        return "never"
    low, middle, high = np.quantile(years, [0.05, 0.5, 0.95])
    return f"{middle:.0f} [{low:.0f}, {high:.0f}]"


def _lag_cell(results: Results, plan: str, measure: str) -> str:
    lag = _lag(results, plan, measure)
    return "" if lag is None else interval(*(round(value, 1) + 0.0 for value in lag))


def _lag(results: Results, plan: str, measure: str) -> tuple[float, float, float] | None:
    """Return how many years a measure's gap builds up after that of rule of law, with its interval over replicates."""
    from abm.analysis.effects import mean_interval
    from abm.analysis.timing import build_up_years

    if int(results.runs["year"].nunique()) < RISES[plan].years + SETTLING:
        return None
    lags = [
        build_up_years(gap[measure].to_numpy(float)) - build_up_years(gap[ACTUAL].to_numpy(float))
        for gap in _gaps(results, plan)
    ]
    estimate = mean_interval(lags)
    return estimate.mean, estimate.low, estimate.high


def _gaps(results: Results, plan: str) -> list[pd.DataFrame]:
    """Return, of each replicate, the gaps of rule of law, beliefs and emigrants to the trend, by year."""
    from abm.analysis.effects import paired_by_year

    arms = (of_plan(results.runs, plan), of_plan(results.runs, TREND))
    key = ["replicate", "year"]
    columns = [paired_by_year(*arms, measure).set_index(key) for measure in (ACTUAL, BELIEF, EMIGRANTS)]
    both = functools.reduce(lambda left, right: left.join(right), columns).sort_index()
    return [rows.droplevel("replicate") for _, rows in both.groupby(level="replicate")]


def _meaning(results: Results) -> Sequence[str]:
    years, sure = _years(results), _sure(results)
    loss = _late(results, TREND)["mean"] / 1000
    lines = [f"With the trend alone net brain gain is {loss:+.1f} thousand a year in {years}."]
    if sure:
        least = min(sure, key=lambda plan: RISES[plan].speed * RISES[plan].years)
        lines += [
            f"It is positive then, beyond chance, on {len(sure)} of {len(RISES)} paths:",
            f"{'; '.join(sure)}.",
            f"The smallest rise among them, {least}, turns it in {_range(_turned(of_plan(results.runs, least)))}.",
        ]
    else:
        best = max(RISES, key=lambda plan: float(_late(results, plan)["mean"]))
        lines += [
            "On no path is it positive then beyond chance: rule of law alone does not turn the balance. The best,",
            f"{best}, makes good {_closed(results, best)} of the loss.",
        ]
    if loss < 0.0:
        decades = [Rise(speed, 10, 10) for speed in SPEEDS]
        closed = ", ".join(f"{_closed(results, rise.name)} at {rise.speed:g}" for rise in decades)
        lines += [f"A decade of rise, announced at once, makes good {closed} of the loss."]
    for plan in LAGGED:
        believed, moved = (_lag(results, plan, measure) for measure in (BELIEF, EMIGRANTS))
        if believed and moved:
            lines += [f"With {plan}, beliefs change {_when(believed)},", f"and emigration {_when(moved)}."]
    return lines


def _sure(results: Results) -> list[str]:
    """Return the plans under which net brain gain is positive at the end beyond chance."""
    return [plan for plan in RISES if _late(results, plan)["mean_low"] > 0.0]


def _when(lag: tuple[float, float, float]) -> str:
    mean, low, high = lag
    if low <= 0.0 <= high:
        return "when the courts do, as far as chance lets see"
    said = f"{abs(mean):.1f} years {'after' if mean > 0.0 else 'before'} the courts on average"
    return said if low != low else f"{said} ([{low:+.1f}, {high:+.1f}])"


def figures(results: Results) -> list[str]:
    """Draw the map of speed and years, the paths by year, and what follows what."""
    from abm.analysis import figures as draw

    folder, years = results.folder / "figures", _years(results)
    figure = draw.heat_maps(
        _for_map(results),
        x=draw.Axis("years", "for so many years", HORIZONS),
        y=draw.Axis("speed", "rule of law, index points a year", SPEEDS),
        panel=draw.Axis("announced", "announced", {"at once": "at once", "in stages": f"{STAGE} years at a time"}),
        title=_map_title(results, years),
        unit=f"net brain gain, {THOUSANDS}",
    )
    files = draw.save(figure, folder, "net_brain_gain_by_speed_and_years")
    arms = {plan: of_plan(results.runs, plan) for plan in (TREND, *SHOWN)}
    figure = draw.time_paths(
        arms, GAIN, title="Net brain gain while and after rule of law rises", unit=f"net brain gain, {THOUSANDS}"
    )
    files += draw.save(figure, folder, "net_brain_gain_by_year")
    for plan, name in zip(LAGGED, ("what_follows_what", "what_follows_what_in_stages"), strict=True):
        figure = draw.time_paths(
            _shares(results, plan),
            "share",
            title=f"Courts, beliefs, flows: how much of the change has come by when\n(rule of law {plan})",
            unit="% of the change at the end",
            divide_by=0.01,
        )
        files += draw.save(figure, folder, name)
    return files


def _for_map(results: Results) -> pd.DataFrame:
    """Return net brain gain at the end, with speed, years and announcement of each plan."""
    import pandas as pd

    rows = []
    for announced in ("at once", "in stages"):
        for rise in AT_ONCE:
            shown = rise if announced == "at once" else dataclasses.replace(rise, stage=min(STAGE, rise.years))
            found = {"speed": rise.speed, "years": rise.years, "announced": announced}
            rows.append(found | _late(results, shown.name).to_dict())
    return pd.DataFrame(rows)


def _map_title(results: Results, years: str) -> str:
    sure = _sure(results)
    said = f"is positive in {years} on {len(sure)} of {len(RISES)} paths" if sure else f"is not positive in {years}"
    return f"Rule of law alone: net brain gain {said}\n({_late(results, TREND)['mean'] / 1000:+.1f} with the trend)"


def _shares(results: Results, plan: str) -> Mapping[str, pd.DataFrame]:
    """Return, by year, how much of its final change (the mean over replicates) each measure has made."""
    import pandas as pd

    from abm.analysis.timing import SPAN

    gaps = pd.concat(dict(enumerate(_gaps(results, plan))), names=["replicate", "year"])
    named = {"rule of law": ACTUAL, "what graduates believe of it": BELIEF, "fall of emigration": EMIGRANTS}
    last = gaps.index.get_level_values("year").max()
    ends = gaps[gaps.index.get_level_values("year") > last - SPAN].mean()
    return {
        name: (gaps[measure] / ends[measure]).rename("share").reset_index()
        for name, measure in named.items()
        if ends[measure]
    }


EXPERIMENT = Experiment(
    name="rule-of-law",
    description="How fast and how far must rule of law rise before net brain gain turns positive",
    graduates=20_000,
    replicates=12,
    design=design,
    report=report,
    figures=figures,
    tables=lambda results: {"costs.csv": cost_table(results)},
)


def main(arguments: Sequence[str]) -> int:
    """Run the experiment as the command line asks and return the exit code."""
    return conduct(EXPERIMENT, arguments)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
