"""The same reforms in several worlds: how much their effects on net brain gain differ from world to world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.study.comparison import GAIN
from experiments.study.contrasts import mean_of
from experiments.study.experiment import Results

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["differences"]


def differences(
    results: Results, factors: tuple[str, str], worlds: Sequence[str], reforms: Sequence[str], *, without: str
) -> pd.DataFrame:
    """Return each reform's effect over all years less that in the first world, with its interval over replicates.

    Parameters
    ----------
    results : Results
        Of all reforms in all worlds.
    factors : pair of str
        The names of the factor that makes worlds and of the one that makes reforms.
    worlds, reforms : sequence of str
        Their levels.
    without : str
        The level that leaves the reform out.

    Returns
    -------
    DataFrame
        Columns ``effect``, ``low`` and ``high``, by world and reform.
    """
    import pandas as pd

    from abm.analysis.effects import of_a_run

    by = of_a_run(results.runs)
    totals = results.runs.groupby([*factors, *by])[GAIN].sum()

    def effect(world: str, reform: str) -> pd.Series:
        at_hand = totals.index.droplevel(by)
        if (world, reform) not in at_hand or (world, without) not in at_hand:
            return totals.iloc[:0].droplevel(list(factors))
        return totals.loc[world, reform] - totals.loc[world, without]

    rows = []
    for world in worlds[1:]:
        for reform in reforms:
            estimate = mean_of(effect(world, reform) - effect(worlds[0], reform))
            ends = {"effect": estimate.mean, "low": estimate.low, "high": estimate.high}
            rows.append(dict(zip(factors, (world, reform), strict=True)) | ends)
    return pd.DataFrame(rows).set_index(list(factors))
