"""The same contrasts in this project's model: what a change does to the share of graduates who live abroad."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from abm.scenario import Scenario
from abm.sweep.plans import WORLD, Plans
from abm.sweep.runner import SweepError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AS_IT_IS", "REPLICATES", "share_abroad"]

REPLICATES = 40
SMALL = "two-country"
YEARS: Mapping[str, str] = MappingProxyType({"end": "2075-12"})  # fifty, as there
AS_IT_IS = "as it is"
CHANGES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        AS_IT_IS: {},
        "ties count for nothing": {
            "decision.ties_weight": 0.0,
            "decision.ties_discount": 0.0,
            "decision.offer_ties_gain": 0.0,
        },
        "moving costs 1 more": {"destinations.abroad.moving_cost": 5.5},
        "pay at home stands still": {"home.wage_growth": 0.0},
        "pay at home grows twice as fast": {"home.wage_growth": 0.02},
        "half the job offers": {"destinations.abroad.offer_rate": 0.1},
        "half the permits": {"destinations.abroad.permit_prob": 0.35},
        "nobody chooses to return": {"decision.return_cost": 50.0},
    }
)


def share_abroad(store: Path, workers: int, *, quiet: bool) -> pd.DataFrame:
    """Return a row for each world and replicate: share of graduates abroad in the last year, and returns in all.

    Raises
    ------
    SweepError
        If a run failed.
    """
    import pandas as pd

    from abm.sweep.laboratory import run

    world = Scenario.load(SMALL).replace(dict(YEARS))
    design = Plans.of({"no reform": ()}, worlds=CHANGES)
    found = run(design, world, replicates=REPLICATES, store=store, workers=workers, quiet=quiet)
    if found.sweep.n_failed:
        raise SweepError(f"a run of the small world failed: {found.runs['error'].dropna().iloc[0]}")
    rows = []
    for (name, replicate), years in found.runs.groupby([WORLD, "replicate"], sort=False):
        last = years.iloc[-1]
        share = last["graduates_abroad"] / (last["graduates_abroad"] + last["graduates_at_home"])
        rows.append({"world": name, "replicate": replicate, "share": share, "returns": years["returns"].sum()})
    return pd.DataFrame(rows)
