"""Turkey, Georgia and Ireland, uncalibrated, beside what is known of the years that are not to be predicted.

Run it with ``python -m experiments run histories``.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import abm
from abm.codes import EMIGRANT, STUDENT_STAYING
from abm.measures import GRADUATES
from abm.official import FIRST, LAST, SETTLED_MONTHS, home_graduates_abroad
from abm.scenario import SCENARIO_FOLDER, Scenario
from abm.simulation import Simulation
from experiments.study.contrasts import paragraph
from experiments.study.estimate import Estimate, Found
from experiments.study.experiment import Drawn
from experiments.study.tables import markdown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT", "departures", "emigration_rate", "known", "share_abroad"]

DATA = Path(abm.__file__).parent / "data" / "histories.csv"
SIZE, SEEDS = 20_000, range(1, 9)
CLOSE = 1.5  # a factor that is called the right order; costs of moving were set once, by hand, to a factor of three


@dataclass(frozen=True)
class Known:
    """What is known of a country's graduates, and what a run has of it at the end of its ``year``."""

    country: str
    series: str
    year: int
    value: float
    unit: str
    source: str
    run: Callable[[Simulation], float]

    @property
    def divide_by(self) -> float:
        """How numbers are printed: people in the unit of the project's tables, shares as they are."""
        return 1.0 if self.unit == "share" else GRADUATES.divide_by


def departures(run: Simulation, years: int) -> float:
    """Return how many graduates left, or stayed abroad with a first degree, in the last so many years, a year."""
    flows = run.accounts.flows[run.month - 12 * years : run.month][:, [EMIGRANT, STUDENT_STAYING]]
    return float(flows.sum()) * run.environment.weight / years


def emigration_rate(run: Simulation) -> float:
    """Return the share of graduates of working age who live abroad."""
    year = run.accounts.yearly()
    abroad, at_home = float(year["graduates_abroad"][-1]), float(year["graduates_at_home"][-1])
    return abroad / (abroad + at_home)


def share_abroad(run: Simulation, first: int, last: int, months: int) -> float:
    """Return the share abroad for so many months of those who finished at home ``first`` to ``last`` years ago."""
    asked, away = home_graduates_abroad(run, first, last, months)
    return away / max(asked, 1)


RUNS: Mapping[str, Callable[[Simulation], float]] = {
    "graduates who arrive in the OECD, mean of five years": lambda run: departures(run, 5),
    "share abroad of home graduates of six to fifteen years before": lambda run: share_abroad(
        run, FIRST, LAST, SETTLED_MONTHS
    ),
    "emigration rate, high-skilled aged 25+": emigration_rate,
    "graduates who leave, mean of five years": lambda run: departures(run, 2),  # the first that the run has
    "graduates who leave, mean of two years": lambda run: departures(run, 2),
}
LATER = {"Georgia": 1}  # years: the run begins in the year that ends what is known


def known() -> list[Known]:
    """Return what is known, from the project's own table."""
    with DATA.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [
        Known(
            row["country"],
            row["series"],
            int(row["year"]),
            float(row["value"]),
            row["unit"],
            row["source"],
            RUNS[row["series"]],
        )
        for row in rows
    ]


def _values(each: Known) -> list[float]:
    """Return what runs of the country have at the end of the year."""
    end = f"{each.year + LATER.get(each.country, 0)}-12"
    world = Scenario.load(each.country.lower()).replace({"graduates": SIZE, "end": end})
    return [each.run(Simulation(world, seed=seed).run()) for seed in SEEDS]


def _compared() -> pd.DataFrame:
    import pandas as pd

    from abm.analysis.effects import mean_interval

    rows = []
    for each in known():
        found = mean_interval(_values(each))
        numbers = {"known": each.value, "model": found.mean, "low": found.low, "high": found.high}
        rows.append(
            {"country": each.country, "quantity": each.series, "year": each.year, "source": each.source}
            | {name: value / each.divide_by for name, value in numbers.items()}
            | {"factor": found.mean / each.value}
        )
    return pd.DataFrame(rows)


def answer() -> Found:
    """Run the three countries and lay them beside what is known."""
    table = _compared()
    rows: list[tuple[str, ...]] = [("country", "quantity", "year", "known", "model", "factor")]
    for _, row in table.iterrows():
        cells = (f"{row['known']:.3g}", f"{row['model']:.3g} [{row['low']:.3g}, {row['high']:.3g}]")
        rows.append((row["country"], row["quantity"], str(row["year"]), *cells, f"x {row['factor']:.2f}"))
    off = table[(table["factor"] > CLOSE) | (table["factor"] < 1.0 / CLOSE)]
    said = [f"{row['country']}, {row['quantity']} (x {row['factor']:.2f})" for _, row in off.iterrows()]
    lines = [
        "Are the histories of three other countries, uncalibrated, of the order of what is known?",
        "",
        *paragraph(
            f"Turkey from 2005, Georgia from 2000, Ireland from 2006: {len(SEEDS)} runs of {SIZE:,} graduates",
            "each, with observed drivers and no reform, to the year of each figure. Costs of moving were set",
            "once, so that departures are of the order that is known; nothing else is fitted. Those who leave",
            "are emigrants, and students who stay abroad with a first degree. Numbers of people are",
            f"{GRADUATES.short}; in brackets 95 % intervals over runs.",
        ),
        "",
        *markdown(rows),
        "",
        *paragraph(
            f"**What it means.** Off by more than a factor of {CLOSE:g}: {'; '.join(said)}."
            if said
            else f"**What it means.** Nothing is off by more than a factor of {CLOSE:g}.",
            "What came after these years is not in the project's tables, so that it can be predicted.",
        ),
        "",
        *paragraph(
            "**What it cannot say.** Arrivals in the OECD are of all who were born in the country; Turkey's",
            "statistic counts citizens who were abroad for three of five years; Georgia's departures follow",
            "from two emigration rates and an assumed stock, and are of the five years before the run;",
            "Ireland's from departures of all nationalities and assumed shares. The emigration rate of 2010 is",
            "near what the run of Turkey begins with.",
        ),
    ]
    return Found("\n".join(lines) + "\n", {"histories.csv": table}, lambda: _figures(table))


def _figures(table: pd.DataFrame) -> Iterable[Drawn]:
    from abm.analysis.effects import Interval
    from abm.analysis.observed_figures import factors

    off = [
        Interval(row["factor"], 0.0, row["low"] / row["known"], row["high"] / row["known"])
        for _, row in table.iterrows()
    ]
    yield (
        "factors",
        factors(
            [f"{row['country']}, {row['year']}: {row['quantity']}" for _, row in table.iterrows()],
            [(1.0, 1.0)] * len(table),
            {"as the scenario states it": off},
            title="Three histories, uncalibrated, over what is known",
            label="model over known, with 95 % interval over runs",
        ),
    )


EXPERIMENT = Estimate(
    "histories",
    "Turkey, Georgia and Ireland, uncalibrated, beside what is known of the years before those to be predicted",
    inputs=lambda: [DATA, *(SCENARIO_FOLDER / f"{name}.toml" for name in ("turkey", "georgia", "ireland"))],
    answer=answer,
    order=157,
)
