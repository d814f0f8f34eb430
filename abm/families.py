"""Families abroad: with whom graduates live there, for how long, and who of them comes home within the year.

An observer of a run, beside the accounts: it reads the population every January and the moves of every month, and
changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from abm.codes import EMPLOYED, HOME, JOB_SEEKER
from abm.person import OF_AGE, SCHOOL_AGE, TEENAGE
from abm.reforms.base import Reform
from abm.scenario import Scenario
from abm.simulation import Simulation

__all__ = ["FAMILIES", "NOBODY", "YEARS_ABROAD", "abroad", "cells", "home", "simulate_families"]

# by the oldest child under age; couples have none under age
FAMILIES = ("alone", "couple", "small_children", "school_children", "teenagers")
ALONE, COUPLE, SMALL, SCHOOL, TEENAGERS = range(5)

YEARS_ABROAD = ("0_1", "2_4", "5_9", "10_up")  # completed years since leaving home
FIRST_YEARS = (2, 5, 10)  # at which all but the first of them begin

NOBODY = -1  # the cell of who is not abroad, or neither works nor looks for work there


def abroad(family: str, years: str) -> str:
    """Return the measure of the persons in a cell at the beginning of the year."""
    return f"abroad_{family}_{years}"


def home(family: str, years: str) -> str:
    """Return the measure of those of them who come home within the year."""
    return f"home_{family}_{years}"


def simulate_families(world: Scenario, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return the yearly series of a run, and by family and years abroad who is abroad and who of them comes home.

    A run that begins or ends within a year counts part of that year.
    """
    simulation = Simulation(world, reforms=reforms, seed=seed)
    person, first_month = simulation.graduates.person, simulation.environment.first_month
    past = world.past_months
    while simulation.month < past:
        simulation.step()
    there: list[np.ndarray] = []
    returned: list[np.ndarray] = []
    cell = np.full(len(person), NOBODY)
    while not simulation.finished:
        month = simulation.month
        if month == past or (first_month + month) % 12 == 0:
            cell = cells(person, month)
            there.append(_counted(cell))
            returned.append(np.zeros_like(there[-1]))
        simulation.step()
        moves = simulation.accounts.records[month]
        came = moves.person[moves.destination == HOME]
        returned[-1] += _counted(cell[came])
        cell[came] = NOBODY  # whoever leaves and comes back within the same year has come home once
    weight = simulation.environment.weight
    table = dict(simulation.accounts.counted())
    for place, cell_name in enumerate((family, years) for family in FAMILIES for years in YEARS_ABROAD):
        table[abroad(*cell_name)] = np.array([counts[place] for counts in there]) * weight
        table[home(*cell_name)] = np.array([counts[place] for counts in returned]) * weight
    return table


def cells(person: np.recarray, month: int) -> np.ndarray:
    """Return each person's cell, her family's number times four plus that of her years abroad, or NOBODY."""
    family = np.where(person.partner_month <= month, COUPLE, ALONE)
    age = month - person.child_month.astype(np.int64)  # far below 0 without the child
    for kind, youngest, oldest in ((SMALL, 0, SCHOOL_AGE), (SCHOOL, SCHOOL_AGE, TEENAGE), (TEENAGERS, TEENAGE, OF_AGE)):
        family[((age >= youngest) & (age < oldest)).any(axis=1)] = kind  # the oldest comes last
    years = np.searchsorted(FIRST_YEARS, (month - person.left_month.astype(np.int64)) // 12, side="right")
    counted = (person.country > HOME) & ((person.stage == EMPLOYED) | (person.stage == JOB_SEEKER))
    return np.where(counted, family * len(YEARS_ABROAD) + years, NOBODY)


def _counted(cell: np.ndarray) -> np.ndarray:
    """Return how many there are in each cell."""
    return np.bincount(cell[cell != NOBODY], minlength=len(FAMILIES) * len(YEARS_ABROAD))
