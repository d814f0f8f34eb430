"""How many of those abroad come home, by family and by years abroad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from abm.families import FAMILIES, YEARS_ABROAD, abroad, home
from abm.sweep.plans import PLAN
from experiments.study.experiment import Results

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["at_equal_years", "rates"]


def rates(results: Results, families: Sequence[str] = FAMILIES, years: Sequence[str] = YEARS_ABROAD) -> pd.DataFrame:
    """Return how many of those abroad come home within a year, by replicate and plan, over all years of the run.

    Only years of twelve months count.  ``families`` and ``years`` say of whom.
    """
    from abm.analysis.effects import of_a_run

    whole = results.runs[results.runs["months"] == 12]
    cells = [(family, span) for family in families for span in years]
    of_a_plan = [PLAN, *of_a_run(whole)]
    sums = (
        whole[of_a_plan]
        .assign(
            came=whole[[home(*cell) for cell in cells]].sum(axis=1),
            there=whole[[abroad(*cell) for cell in cells]].sum(axis=1),
        )
        .groupby(of_a_plan, sort=False)
        .sum()
    )
    return (sums["came"] / sums["there"]).unstack(PLAN)


def at_equal_years(results: Results, plan: str, *, standard: str) -> pd.DataFrame:
    """Return rates by replicate and family under a plan, as if all families had the years abroad of all together.

    The rate of each span of years is weighted by the persons of all families who are that long abroad under the
    plan ``standard`` (direct standardisation).
    """
    import pandas as pd

    whole = results.runs[(results.runs["months"] == 12) & (results.runs[PLAN] == standard)]
    persons = {
        span: float(whole[[abroad(family, span) for family in FAMILIES]].to_numpy(float).sum()) for span in YEARS_ABROAD
    }
    total = sum(persons.values())
    return pd.DataFrame(
        {
            family: sum(rates(results, [family], [span])[plan] * persons[span] / total for span in YEARS_ABROAD)
            for family in FAMILIES
        }
    )
