"""What is varied: everything that nobody knows, and luck, as problems of SALib: one by one, or in groups.

Luck is an input like the others: a number from 0 to 1 that stands for a seed, so that points of a sample share it as
they share other inputs, and its share of the variance, interactions included, comes out with the others'.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from experiments.calibration.unknowns import KAPPA, Unknown, unknowns

__all__ = ["GROUPS", "LUCK", "OTHERS", "group_of", "names", "problem", "varied"]

LUCK = "luck"
OTHERS = "all others"
BEHAVIOUR, MOVING, KIN, DOORS, LABOUR, BELIEFS, REGISTERS = (
    "behaviour",
    "moving costs",
    "kin and diaspora",
    "doors and permits",
    "posts and pay",
    "beliefs",
    "registers",
)
GROUPS = (BEHAVIOUR, MOVING, KIN, DOORS, LABOUR, BELIEFS, REGISTERS)
# what a name has in it, the first that fits; registers see moves and change none, so that theirs must be no share
BELONGING = {
    "registration": REGISTERS,
    ".doors.": DOORS,
    "sponsor_prob": DOORS,
    "exempt_share": DOORS,
    "groups.": KIN,
    "diaspora": KIN,
    "moving_cost": MOVING,
    "decision.": BEHAVIOUR,
    "beliefs.": BELIEFS,
    "labour.": LABOUR,
}
MIDDLE = (0.05, 0.95)  # shares of a prior between which Morris's levels lie


@functools.cache
def varied() -> tuple[Unknown, ...]:
    """Return the unknowns that a run can depend on."""
    return tuple(one for one in unknowns() if one.name != KAPPA)


def names() -> list[str]:
    """Return the inputs: the unknowns, and luck last."""
    return [*(one.name for one in varied()), LUCK]


def group_of(name: str) -> str:
    """Return the group of an input.

    Raises
    ------
    KeyError
        If there is none for it.
    """
    found = LUCK if name == LUCK else next((group for part, group in BELONGING.items() if part in name), "")
    if not found:
        raise KeyError(f"{name} is of no group: say in BELONGING of which")
    return found


def problem(groups: Sequence[str] = (), *, middle: bool = False) -> dict[str, Any]:
    """Return what SALib samples and analyses: inputs as shares of their priors, luck last.

    Parameters
    ----------
    groups : sequence of str
        Of each input; left out, each stands for itself.
    middle : bool
        Whether only the middle of each prior is asked for, whose ends may be infinite.
    """
    known = names()
    bounds: list[Sequence[float]] = [MIDDLE if middle else (0.0, 1.0)] * (len(known) - 1)
    found: dict[str, Any] = {
        "num_vars": len(known),
        "names": known,
        "bounds": [list(each) for each in [*bounds, (0.0, 1.0)]],
    }
    return found | ({"groups": list(groups)} if groups else {})
