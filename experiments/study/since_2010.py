"""Kazakhstan since 2010: how questions are asked of it, and what the projection from 2026 has in other ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from abm.parameters import Series
from abm.scenario import Scenario
from experiments.study.experiment import Runs
from experiments.study.tables import REPORTED

__all__ = ["DIFFERENT_YEARS", "FROM_2010", "over_the_posterior", "projected"]

FROM_2010, _PROJECTION = "kazakhstan-2010", "kazakhstan"
DIFFERENT_YEARS = ("name", "description", "start", "end", "reforms_from", "graduates")
DRAWS, DRAWN_GRADUATES = 32, 6_000
REPLICATES = 12  # where nothing is drawn


def over_the_posterior(*measures: str, graduates: int = DRAWN_GRADUATES, within: Sequence[str] = ()) -> Runs:
    """Return how a question is run over draws of what the past leaves open, each of them twice.

    Parameters
    ----------
    measures : str
        What its table of runs has beside what every report needs.
    graduates : int
        Simulated graduates of a run.
    within : sequence of str
        Factors that make worlds.
    """
    published = (*REPORTED, *measures)
    return Runs(graduates, REPLICATES, draws_of_posterior=DRAWS, within=within, measures=published)


def projected(world: Scenario) -> dict[str, Any]:
    """Return what makes the scenario from 2010 the one of the projection but for its years: nobody is of a group.

    What home's register sees is no behaviour, and stays.
    """
    usual = Scenario.load(_PROJECTION)
    known = {name for name, _ in world.parameters()} - set(DIFFERENT_YEARS)
    changes = {
        name: _plain(usual.get(name))
        for name, _ in usual.parameters()
        if name in known and "registration" not in name and usual.get(name) != world.get(name)
    }
    return changes | _without_groups(world)


def _without_groups(world: Scenario) -> dict[str, float]:
    """Return what leaves nobody in a group."""
    changes = {}
    for key, group in world.groups:
        changes[f"groups.{key}.share"] = 0.0
        for country, there in group.destinations:
            stated = [name for name in ("affinity", "diaspora_share", "students_share") if getattr(there, name)]
            changes |= {f"groups.{key}.destinations.{country}.{name}": 0.0 for name in stated}
    return changes


def _plain(value: Any) -> Any:
    """Return a series as a table of years, anything else as it is."""
    if not isinstance(value, Series):
        return value
    if value.is_constant:
        return value.values[0]
    return {str(year): number for year, number in zip(value.years, value.values, strict=True)}
