"""Predictions, dated and left alone: Kazakhstan after 2019, Turkey, Georgia and Ireland, each beside null models.

Run it with ``python -m experiments run predictions``; score it with ``python -m experiments score``.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from abm.engine.version import PACKAGE
from abm.posterior import FOLDER, Posterior
from abm.scenario import SCENARIO_FOLDER
from experiments.study.estimate import Estimate, Found
from experiments.study.options import Parser, file_name, whole_number
from experiments.study.since_2010 import FROM_2010

if TYPE_CHECKING:
    import pandas as pd

    from experiments.predicting.bench import Bench
    from experiments.predicting.draws import Draws

__all__ = ["EXPERIMENT"]

DRAWS, GRADUATES, SEEDS = 60, 20_000, 2
SCENARIOS = (FROM_2010, "turkey", "georgia", "ireland")
TABLE = "predictions.csv"


def options(parser: Parser) -> None:
    """Add what a smaller trial needs."""
    add = parser.add_argument
    add("--draws", type=whole_number(2, 10_000), default=DRAWS, metavar="N", help="of the posterior, evenly spread")
    size = "simulated graduates at home at the start; twice as many in Kazakhstan"
    add("--graduates", type=whole_number(100, 10_000_000), default=GRADUATES, metavar="N", help=size)
    add("--seeds", type=whole_number(2, 1000), default=SEEDS, metavar="N", help="runs of each draw")
    add("--posterior", type=file_name, metavar="FILE", help="another than the one that comes with the scenario")


def answer(asked: Namespace, store: Path | None) -> Found:
    """Run all draws as the options ask, keeping runs in a store if there is one, and return what is published."""
    from experiments.predicting.bench import opened
    from experiments.predicting.draws import Draws
    from experiments.predicting.nulls import stock_change, yearly_change
    from experiments.predicting.pages import figures, report

    posterior = Posterior.bundled(FROM_2010) if asked.posterior is None else Posterior.read(asked.posterior)
    draws = Draws(posterior.select(asked.draws))
    with opened(store, asked.workers, quiet=asked.quiet) as bench:
        table = predicted(bench, draws, (asked.graduates, asked.seeds))
    lines = report(table, (yearly_change(), stock_change(2000)))
    return Found("\n".join(lines), {TABLE: table}, lambda: figures(table))


def predicted(bench: Bench, draws: Draws, size: tuple[int, int]) -> pd.DataFrame:
    """Return the table of predictions, from so many simulated graduates and runs of each draw."""
    import pandas as pd

    from experiments.predicting import elsewhere, kazakhstan
    from experiments.predicting.table import rows

    parts = [kazakhstan.departures(draws), kazakhstan.incentives(), kazakhstan.scholars()]
    of_parts = kazakhstan.forecasts(bench, draws, parts, size)
    found = [
        row
        for place, part in enumerate(parts)
        for quantity in part.quantities
        for row in rows(quantity, of_parts[place], part.nulls(quantity, draws))
    ]
    for history in elsewhere.COUNTRIES:
        of_history = {name: elsewhere.forecast(bench, draws, history, name, size) for name in elsewhere.VARIANTS}
        found += [row for one in history.quantities for row in rows(one, of_history, history.nulls(one, len(draws)))]
    return pd.DataFrame(found)


def inputs() -> list[Path]:
    """Return the tables that are read."""
    data = [PACKAGE / "data" / f"{name}.csv" for name in ("histories", "migration")]
    scenarios = [SCENARIO_FOLDER / f"{name}.toml" for name in SCENARIOS]
    posterior = FOLDER / f"{FROM_2010}.csv"
    return [*data, *scenarios, *([posterior] if posterior.is_file() else [])]


EXPERIMENT = Estimate(
    "predictions",
    "Kazakhstan 2020-2025, incentives, bonds, Turkey, Georgia, Ireland: predicted, with nulls, to be scored",
    inputs=inputs,
    answer=answer,
    order=162,
    keeps_runs=True,
    options=options,
    telling=("draws", "graduates", "seeds", "posterior"),
)
