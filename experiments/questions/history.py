"""A first look at the past: what was observed of departures, stays and stocks, beside the uncalibrated model.

Run it with ``python -m experiments run history``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from abm.measures import GRADUATES
from abm.observations import simulate_observed
from abm.paths import series_by_month
from abm.scenario import Scenario
from abm.sweep.plans import PLAN, Plans
from experiments.study.conduct import run
from experiments.study.contrasts import paragraph
from experiments.study.experiment import Drawn, Experiment, Results, Runs, Stated
from experiments.study.observed import Quantity, quantities, registered
from experiments.study.report import Report
from experiments.study.since_2010 import FROM_2010, projected
from experiments.study.tables import markdown

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["AS_PROJECTED", "EXPERIMENT", "design"]

AS_STATED, AS_PROJECTED = "as the scenario from 2010 states it", "as the projection from 2026 has it"
FIRST, LAST = "2010-01", "2024-12"
CLOSE = 1.15  # a factor that is called no miss
YEARLY = "registered departures of graduates"


def design(world: Scenario) -> Plans:
    """Return the world as it is stated and, of Kazakhstan from 2010, as the projection from 2026 has it; no reform."""
    elsewhere = {AS_PROJECTED: projected(world)} if world.name == FROM_2010 else {}
    return Plans.of({AS_STATED: (), **dict.fromkeys(elsewhere, ())}, elsewhere=elsewhere)


def _asked(results: Results) -> list[Quantity]:
    """Return what was observed and the world's runs have too."""
    return [each for each in quantities() if set(each.columns) <= set(results.runs.columns)]


def _values(results: Results, quantity: Quantity, plan: str) -> list[float]:
    """Return what each run of a plan has, in the order of replicates; runs that have none are left out."""
    rows = results.runs[results.runs[PLAN] == plan]
    values = [quantity.run(years.set_index("year")) for _, years in rows.groupby("replicate")]
    return [value for value in values if math.isfinite(value)]


def _interval(results: Results, quantity: Quantity, plan: str) -> Interval:
    from abm.analysis.effects import mean_interval

    return mean_interval(_values(results, quantity, plan))


def _plans(results: Results) -> list[str]:
    return [plan for plan in (AS_STATED, AS_PROJECTED) if (results.runs[PLAN] == plan).any()]


def _compared(results: Results) -> pd.DataFrame:
    """Return a row for each quantity and plan: what was observed, what runs have, and the factor between them."""
    import pandas as pd

    rows = []
    for each in _asked(results):
        for plan in _plans(results):
            found = _interval(results, each, plan)
            said = {"quantity": each.name, "when": each.when, "unit": each.unit, "source": each.source}
            numbers = {"observed": each.observed, "observed_low": each.low, "observed_high": each.high}
            numbers |= {"model": found.mean, "model_low": found.low, "model_high": found.high}
            printed = {name: value / each.divide_by for name, value in numbers.items()}
            rows.append(said | {"plan": plan} | printed | {"factor": found.mean / each.observed})
    return pd.DataFrame(rows)


def _table(results: Results) -> list[str]:
    """Return a line for each quantity: observed with its range, and for each world the model and its factor."""
    table, plans = _compared(results), _plans(results)
    if not len(table):
        return ["None of what was observed is in this country's runs."]
    rows: list[tuple[str, ...]] = [("quantity", "when", "unit", "observed", *plans)]
    for (name, when), lines in table.groupby(["quantity", "when"], sort=False):
        first = lines.iloc[0]
        low, high = first["observed_low"], first["observed_high"]
        span = f" [{low:.3g}, {high:.3g}]" if low < high else ""
        cells = [_cell(line) for _, line in lines.iterrows()]
        rows.append((name, when, first["unit"], f"{first['observed']:.3g}{span}", *cells))
    return markdown(rows)


def _at_home(results: Results) -> list[str]:
    """Return a line for each year: graduates at home as counted, between counts interpolated, and what is left over."""
    world, runs = results.world, results.runs
    counted = series_by_month(world.home.graduates, world.first_month, world.n_months)
    years = (np.arange(world.n_months) + world.first_month) // 12
    rows: list[tuple[str, ...]] = [("graduates at home, millions", "counted, or between counts", *_plans(results))]
    for year in np.unique(years).tolist():
        known = float(counted[years == year].mean())
        found = runs[runs["year"] == year].groupby(PLAN)["graduates_at_home"].mean()
        cells = [f"{found[plan] / 1e6:.3f} ({100.0 * (found[plan] / known - 1.0):+.1f} %)" for plan in _plans(results)]
        rows.append((str(year), f"{known / 1e6:.3f}", *cells))
    return markdown(rows)


def _cell(row: pd.Series) -> str:
    """Return what a world has and the factor; nothing where its runs have nobody to say it of."""
    return f"{row['model']:.3g} (x {row['factor']:.2f})" if math.isfinite(row["factor"]) else ""


def _said(row: pd.Series) -> str:
    unit = "" if row["unit"] in ("share", "ratio") else f" {row['unit']}"
    return f"{row['quantity']}, {row['when']}: {row['model']:.3g} against {row['observed']:.3g}{unit}"


def _meaning(results: Results) -> Sequence[str]:
    """Say what is missed, in each of the worlds."""
    table = _compared(results)
    if not len(table):
        return ["There is nothing to compare."]
    lines: list[str] = []
    for plan in _plans(results):
        rows = table[(table["plan"] == plan) & table["factor"].notna()]
        within = (rows["model"] >= rows["observed_low"] / CLOSE) & (rows["model"] <= rows["observed_high"] * CLOSE)
        yearly = rows["quantity"] == YEARLY
        said = [_departures(rows[yearly], rows[yearly & within])] if yearly.any() else []
        said += _missed(rows[~yearly & ~within], rows[~yearly & within])
        lines += [*([""] if lines else []), *paragraph(f"*{plan[:1].upper()}{plan[1:]}.*", *said)]
    return lines


def _departures(rows: pd.DataFrame, met: pd.DataFrame) -> str:
    """Say how far registered departures are off once the register has caught up."""
    factors = rows[rows["when"] >= "2013"]["factor"]
    return (
        f"Registered departures of 2013 to 2019 are {factors.min():.2f} to {factors.max():.2f} times those observed; "
        f"of the years from 2010 on, {len(met)} within the range of the share of graduates."
    )


def _missed(missed: pd.DataFrame, met: pd.DataFrame) -> list[str]:
    """Say what else is missed, by the largest factor first, and what is not."""
    farthest_first = missed["factor"].map(lambda factor: -abs(math.log(factor)) if factor > 0 else -math.inf)
    ordered = missed.loc[farthest_first.sort_values(kind="stable").index]
    off = [f"{_said(row)} (x {row['factor']:.2f})" for _, row in ordered.iterrows()]
    lines = [f"Missed, the largest factor first: {'; '.join(off)}." if off else "Nothing else is missed."]
    if len(met):
        named = "; ".join(f"{row['quantity']}, {row['when']}" for _, row in met.iterrows())
        lines.append(f"Within {100 * (CLOSE - 1):.0f} % of what was observed, or of its range: {named}.")
    return lines


def _figures(results: Results) -> Iterator[Drawn]:
    """Draw registered departures by year, and all factors."""
    from abm.analysis.effects import Interval
    from abm.analysis.observed_figures import beside_observed, factors

    asked, plans = _asked(results), _plans(results)
    if not asked:
        return
    yearly = [each for each in asked if each.name == YEARLY]
    measured = results.runs.assign(registered=registered(results.runs))
    measured = measured[measured["year"] <= int(yearly[-1].when)] if yearly else measured
    if yearly:
        yield (
            "registered_departures",
            beside_observed(
                {plan: measured[measured[PLAN] == plan] for plan in plans},
                "registered",
                {int(each.when): (each.low, each.observed, each.high) for each in yearly},
                title="Registered departures of graduates: observed, with the range of their share, and the model",
                unit=f"{GRADUATES.printed} a year",
                divide_by=GRADUATES.divide_by,
            ),
        )
    off = {}
    for plan in plans:
        found = [(_interval(results, each, plan), each.observed) for each in asked]
        off[plan] = [
            Interval(one.mean / seen, one.standard_error / seen, one.low / seen, one.high / seen) for one, seen in found
        ]
    figure = factors(
        [f"{each.name}, {each.when}" for each in asked],
        [(each.low / each.observed, each.high / each.observed) for each in asked],
        off,
        title="The uncalibrated model over what was observed",
        label="model over observed, with 95 % interval over replicates\nshaded: the range of what was observed",
    )
    yield "factors", figure


EXPERIMENT = Experiment(
    name="history",
    description="What was observed up to 2019 of departures, stays and stocks, beside the uncalibrated model",
    order=155,
    design=design,
    runs=Runs(graduates=60_000, replicates=8, simulate=simulate_observed),
    stated=Stated(
        options=lambda parser: parser.set_defaults(scenario=FROM_2010),
        changes={"start": FIRST, "end": LAST, "reforms_from": LAST},
    ),
    levels_of_kazakhstan="What was observed, and what home's register sees,",
    answer=Report(
        question="Does the model, uncalibrated, have the past that was observed?",
        method=lambda results: [
            f"Runs from {FIRST} to {LAST} with observed drivers and no reform, counted from their first month on.",
            "Nothing is fitted to what is compared here. The scenario kazakhstan-2010 has groups by language and",
            "kin, permits in the United States by degree, pay at exchange rates of the year as a mean of three",
            "years, deaths, and second degrees that make nobody new; its moving costs were set once, so that",
            "departures are of the observed order. Beside it stand the same years with all of these as in the",
            "projection from 2026, whose answers are published here. In both home's register enters .88 of those who",
            "settle in Russia, .95 of Germans in Germany and .2 of all others, a year after they went on average: so",
            "in 2010 it sees a third of what it will, in 2011 three quarters, as nobody left before the run.",
            "Registered departures of graduates are .26 of all, .22 to .30 (docs/data.md); who leaves by ethnicity",
            "was observed of all ages and schooling. No flow after 2019 is looked at.",
        ],
        blocks=lambda results: [_table(results), _at_home(results)],
        meaning=_meaning,
        limits=paragraph(
            "Neither what was observed nor the model is the truth: shares of graduates among those who leave were seen",
            "in two half-years only, stay rates are those of all nationalities, stocks in the OECD hold people who",
            "came as children or before they graduated, of whom the model has none, and the 167,033 who came over",
            "ten years before 2015 are no part of it. The emigration rate of 2010, and who of those abroad in 2015 had",
            "been there for over five years, is where the runs start. Known rules with dates are in the scenario but",
            "none is taken to open or shut anything. Intervals are the chance of a run, not what is unknown.",
        ),
        figures=_figures,
        tables=lambda results: {"observed.csv": _compared(results)},
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
