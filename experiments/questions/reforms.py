"""The main experiment: rule of law x public salaries x private jobs, and the net brain gain of each combination.

A full factorial against one baseline, from 2026 to the scenario's end, every combination with the same replicates of
luck.  Run it with ``python -m experiments run reforms`` or ``python experiments/questions/reforms.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from abm.reforms.prices import decade_of_rule_of_law, diversification, salary_parity
from abm.scenario import Scenario
from abm.sweep.design import Arm, Factor, FullFactorial
from experiments.study.conduct import Experiment, Results, conduct
from experiments.study.remarks import remark_lines
from experiments.study.tables import cost_lines, cost_table, markdown
from experiments.terminal import guarded

if TYPE_CHECKING:
    import pandas as pd

    from abm.simulation import Simulation

__all__ = ["EXPERIMENT", "design", "main"]

START = "2026-01"
SPEED, PARITY, JOBS = "rule_of_law_speed", "public_salary_parity", "private_jobs"

# RL.EST index points a year: home 2002-2023, a decade few exceed, Georgia 2002-2012 (docs/data.md, "Rule of law")
SPEEDS = {0.0: "as it is", 0.036: "0.036 (own best)", 0.05: "0.05 (top 5 %)", 0.108: "0.108 (Georgia)"}
PARITIES = {0.0: "as it is", 0.7: "0.7", 1.0: "1.0"}
GROWTHS = {0.0: "as it is", 0.05: "+5 %", 0.1: "+10 %"}

PICTURE_GRADUATES = 4000  # enough for a neighbourhood of 250, small beside the sweep
THOUSANDS = "thousand graduates a year"


def design(world: Scenario) -> FullFactorial:
    """Return the full factorial for a scenario; level 0 of every factor leaves things as they are."""
    start = max(START, world.start)
    return FullFactorial(
        (
            Factor(
                name=SPEED,
                values=tuple(SPEEDS),
                reform=lambda speed: decade_of_rule_of_law(world, start, speed) if speed else None,
                unit="RL.EST index points a year",
                meaning=f"speed at which rule of law rises for ten years from {start} on; 0: its own trend goes on",
            ),
            Factor(
                name=PARITY,
                values=tuple(PARITIES),
                reform=lambda ratio: salary_parity(world, start, ratio) if ratio else None,
                unit="public wage / private wage",
                meaning=f"public pay of graduates relative to private pay from {start} on; 0: as it is",
            ),
            Factor(
                name=JOBS,
                values=tuple(GROWTHS),
                reform=lambda share: diversification(start, share) if share else None,
                unit="share of private graduate posts",
                meaning=f"graduate posts added in private firms over five years from {start} on",
            ),
        )
    )


def report(results: Results) -> str:
    """Return the table of the experiment, a row for each combination, as aligned text that is Markdown too."""
    years = _last_years(results)
    heads = (
        "rule of law a year",
        "public pay",
        "private jobs",
        f"net brain gain {years}",
        "against baseline",
        "cumulative",
        f"human capital {years}",
        "emigration",
        "return",
    )
    rows = [_report_row(results.effects, arm) for arm in results.arms]
    table = [heads, *(row for row in rows if row is not None)]
    replicates = int(results.effects["replicates"].max())
    notes = (
        f"{results.world.description or results.world.name}.",
        f"Means over {replicates} replicates, with 95 % intervals. Net brain gain and its difference from the baseline",
        f"are in thousand graduates a year, the cumulative one in thousand graduates over {_span(results)}, human",
        "capital in thousand mean new graduates' worth a year; emigration and return are per year and 1,000 graduates",
        "at home and abroad. Standard errors, all effects and exact units are in effects.csv.",
    )
    partial = (
        () if results.complete else ("", "PARTIAL: the sweep was stopped before its end, or all runs of an arm failed.")
    )
    blocks = (cost_lines(results), remark_lines(results.world, results.arms))
    lines = [*notes, *partial, "", *markdown(table), *(line for block in blocks if block for line in ("", *block))]
    return "\n".join(lines) + "\n"


def _report_row(estimates: pd.DataFrame, arm: Arm) -> tuple[str, ...] | None:
    mine = _of_levels(estimates, arm.levels).set_index(["measure", "window"])
    if not len(mine):
        return None
    late = mine.loc[("net_brain_gain", "last years")]
    cumulative = mine.loc[("net_brain_gain", "cumulative")]
    capital = mine.loc[("net_human_capital_gain", "last years")]
    is_baseline = not any(arm.levels.values())
    return (
        SPEEDS[float(arm.levels[SPEED])],
        PARITIES[float(arm.levels[PARITY])],
        GROWTHS[float(arm.levels[JOBS])],
        _with_interval(late["mean"], late["mean_low"], late["mean_high"]),
        "baseline" if is_baseline else _with_interval(late["effect"], late["low"], late["high"]),
        f"{cumulative['mean'] / 1000:+.0f}",
        f"{capital['mean'] / 1000:+.1f}",
        f"{1000 * mine.loc[('emigration_rate', 'mean'), 'mean']:.2f}",
        f"{1000 * mine.loc[('return_rate', 'mean'), 'mean']:.1f}",
    )


def _with_interval(mean: float, low: float, high: float) -> str:
    """Return thousands with their interval, or without where one replicate gives none."""
    interval = f" [{_thousands(low)}, {_thousands(high)}]" if low == low else ""
    return _thousands(mean) + interval


def _thousands(persons: float) -> str:
    return f"{round(persons / 1000, 2) + 0.0:+.2f}"  # adding 0.0 turns -0.0 into +0.0


def _of_levels(table: pd.DataFrame, levels: Mapping[str, Any]) -> pd.DataFrame:
    from abm.sweep.table import rows_of  # workers import this script and need no tables

    return rows_of(table, levels)


def _first_year(results: Results) -> int:
    return int(results.runs["year"].min())


def _last_years(results: Results) -> str:
    from abm.analysis.effects import LAST_YEARS

    last = int(results.runs["year"].max())
    return f"{max(last - LAST_YEARS + 1, _first_year(results))}-{last}"


def _span(results: Results) -> str:
    return f"{_first_year(results)}-{int(results.runs['year'].max())}"


def figures(results: Results) -> list[str]:
    """Draw the heat maps, the time paths and the network before and after."""
    from abm.analysis import figures as draw

    folder, years = results.folder / "figures", _last_years(results)
    span = _span(results)
    maps = (
        ("net_brain_gain", "last years", "net_brain_gain_late", f"Net brain gain in {years}", THOUSANDS),
        (
            "net_brain_gain",
            "cumulative",
            "net_brain_gain_cumulative",
            f"Net brain gain over {span}",
            "thousand graduates",
        ),
        (
            "net_human_capital_gain",
            "last years",
            "net_human_capital_gain_late",
            f"Net human capital gain in {years}",
            "thousand mean new graduates' worth a year",
        ),
    )
    files = []
    for measure, window, name, subject, unit in maps:
        rows = results.effects.query(f"measure == {measure!r} and window == {window!r}")
        figure = draw.heat_maps(
            rows,
            x=draw.Axis(PARITY, "public pay / private pay", PARITIES),
            y=draw.Axis(SPEED, "rule of law, index points a year", SPEEDS),
            panel=draw.Axis(JOBS, "private jobs", GROWTHS),
            title=_sign_sentence(subject, rows),
            unit=unit,
        )
        files += draw.save(figure, folder, name)
    arms = {name: _of_levels(results.runs, levels) for name, levels in _highlights().items()}
    arms = {name: rows for name, rows in arms.items() if len(rows)}
    figure = draw.time_paths(arms, "net_brain_gain", title=_path_sentence(results), unit=f"net brain gain, {THOUSANDS}")
    files += draw.save(figure, folder, "net_brain_gain_by_year")
    return files + _network_before_and_after(results)


def _sign_sentence(subject: str, rows: pd.DataFrame) -> str:
    """Return what the signs in a heat map say, and how many of the positive ones are beyond chance."""
    positive, arms = int((rows["mean"] > 0).sum()), len(rows)
    if positive == 0:
        return f"{subject} is negative in all {arms} combinations of reforms"
    sure = int((rows["mean_low"] > 0).sum())
    return f"{subject} is positive in {positive} of {arms} combinations of reforms, with 95 % confidence in {sure}"


def _highlights() -> dict[str, dict[str, float]]:
    """Return the arms worth a line: the baseline, each reform alone at its strongest, all of them together."""
    speed, parity, jobs = max(SPEEDS), max(PARITIES), max(GROWTHS)
    return {
        "no reform": {SPEED: 0.0, PARITY: 0.0, JOBS: 0.0},
        "rule of law at Georgia's speed": {SPEED: speed, PARITY: 0.0, JOBS: 0.0},
        "public pay on a par with private pay": {SPEED: 0.0, PARITY: parity, JOBS: 0.0},
        "private jobs +10 %": {SPEED: 0.0, PARITY: 0.0, JOBS: jobs},
        "all three": {SPEED: speed, PARITY: parity, JOBS: jobs},
    }


def _path_sentence(results: Results) -> str:
    """Return where the baseline and the strongest combination end."""
    late = results.effects.query("measure == 'net_brain_gain' and window == 'last years'")
    ends = {
        name: _of_levels(late, levels)["mean"] / 1000
        for name, levels in _highlights().items()
        if name in ("no reform", "all three") and len(_of_levels(late, levels))
    }
    said = ", ".join(f"{mean.iloc[0]:+.1f} with {name}" for name, mean in ends.items())
    return f"Net brain gain in {_last_years(results)}, thousands a year: {said}"


def _network_before_and_after(results: Results) -> list[str]:
    """Draw a neighbourhood of the migrant network at the start, at the end, and at the end after all reforms."""
    from abm.analysis import figures as draw
    from abm.engine.streams import replicate_seed
    from abm.simulation import Simulation

    world = results.world.replace({"graduates": min(PICTURE_GRADUATES, results.world.graduates)})
    seed = replicate_seed(results.seed, 0)
    strongest = _highlights()["all three"]
    reforms = next(arm.reforms for arm in results.arms if dict(arm.levels) == strongest)

    def simulated(*plan: Any) -> Simulation:
        return Simulation(world, reforms=plan, seed=seed)

    without, with_reforms = simulated(), simulated(*reforms)
    before = without.graduates.person.country.copy()
    without.run()
    with_reforms.run()
    persons = draw.around_emigrants(without.network, before, without.graduates.person.country)
    figure = draw.network_pictures(
        without.network,
        persons,
        (
            draw.Snapshot(world.start, before),
            draw.Snapshot(f"{world.end}, no reform", without.graduates.person.country),
            draw.Snapshot(f"{world.end}, all three reforms", with_reforms.graduates.person.country),
        ),
        [world.home.name, *(destination.name for _, destination in world.destinations)],
        title=f"The same {len(persons)} graduates and their ties around a cluster of emigrants, before and after",
    )
    return draw.save(figure, results.folder / "figures", "network_before_and_after")


EXPERIMENT = Experiment(
    name="reforms",
    description="Net brain gain under rule of law x public salaries x private jobs",
    graduates=10_000,
    replicates=6,  # 36 x 6 runs of a tenth of a second each: half a minute on two cores, once the model is compiled
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
