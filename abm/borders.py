"""Borders: who can cross those that are open to a part of the people only, as in 2020 and 2021."""

from __future__ import annotations

import numpy as np

from abm.codes import HOME
from abm.engine.compiled import inlined
from abm.engine.streams import Purpose
from abm.person import draw

__all__ = ["can_cross", "can_move"]


@inlined
def can_cross(person: np.record, chances: int, countries: np.ndarray, j: int, seed: int) -> bool:
    """Return whether somebody can cross the border of country ``j`` this month, in or out.

    She is drawn once a year, for the month ``chances`` (:func:`abm.person.month_of_chances`): so whoever can cross a
    border that is open to few can cross one that is open to more.  ``countries`` are this month's, of
    :data:`abm.paths.COUNTRY`.  No other border of home's is ever shut than that of the country at its other side.
    """
    share = countries[j].open_share
    return share >= 1.0 or draw(person, chances, Purpose.BORDER, j, seed) < share


@inlined
def can_move(person: np.record, chances: int, countries: np.ndarray, j: int, seed: int) -> bool:
    """Return whether she can move to country ``j`` from the one she lives in: both borders have to let her."""
    here = person.country
    leaves = here == HOME or can_cross(person, chances, countries, here, seed)
    return leaves and (j == HOME or can_cross(person, chances, countries, j, seed))
