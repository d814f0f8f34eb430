"""Reforms put into force together: their changes combined path by path, and conflicts refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.institutions import Announcement, Revocation
from abm.months import month_name, month_number
from abm.paths import Paths
from abm.reforms.base import Change, Reform, ReformError
from abm.reforms.checked import changes_of, strength_of
from abm.reforms.quantities import QUANTITIES
from abm.reforms.quantity import Rule, combined
from abm.wording import shown

__all__ = ["Act", "acts_of", "compose", "put_in_force"]


LARGEST_WHOLE = 2**53  # up to which every whole number is a floating-point number too


class Act(NamedTuple):
    """What one reform does in a world."""

    reform: Reform
    strength: np.ndarray  # by month
    changes: Sequence[Change | Announcement | Revocation]


class Part(NamedTuple):
    """What one reform does to one path."""

    reform: Reform
    strength: np.ndarray  # by month
    value: float  # at full strength


def compose(paths: Paths, reforms: Sequence[Reform]) -> list[Act]:
    """Change paths to what they are under the reforms, in any order, and return what each does.

    Raises
    ------
    ReformError
        If a reform cannot be carried out in this world, or two of them set the same quantity in the same month,
        or a quantity would become too large for a number.
    """
    acts = acts_of(paths, reforms)
    put_in_force(paths, acts)
    return acts


def put_in_force(paths: Paths, acts: Sequence[Act]) -> None:
    """Change paths to what they are under what some reforms do, as :func:`compose`."""
    for act in acts:
        paths.announcements += [change for change in act.changes if isinstance(change, Announcement)]
        paths.revocations += [change for change in act.changes if isinstance(change, Revocation)]
    by_path = _parts_by_path(acts)
    for (name, country), parts in by_path.items():
        quantity = QUANTITIES[name]
        if quantity.rule is Rule.REPLACE:
            _refuse_conflict(paths, f"{name} of {paths.names[country]}", parts)
        path = quantity.path(paths, country)
        with np.errstate(over="ignore", invalid="ignore"):
            new = combined(quantity, path.copy(), [(part.strength, part.value) for part in parts])
        _refuse_too_large(paths, f"{name} of {paths.names[country]}", path, new, parts)
        path[:] = np.rint(new) if path.dtype.kind == "i" else new
    _refuse_too_many_degrees(paths, by_path)


def acts_of(paths: Paths, reforms: Sequence[Reform]) -> list[Act]:
    """Return what each reform says that it does, each asked with the paths as they are.

    Raises
    ------
    ReformError
        If one is no reform, begins after the run or before reforms may, or says what none may say.
    """
    for reform in reforms:
        _check(paths, reform)
    return [
        Act(
            reform,
            strength_of(reform, paths.first_month, paths.n_months),
            changes_of(reform, paths),
        )
        for reform in reforms
    ]


def _parts_by_path(acts: Sequence[Act]) -> dict[tuple[str, int], list[Part]]:
    """Return, for each quantity and country that is changed, who changes it; reforms without strength change none."""
    found = defaultdict(list)
    for act in acts:
        if act.strength.any():
            for change in act.changes:
                if isinstance(change, Change):
                    found[change.quantity, change.country].append(Part(act.reform, act.strength, float(change.value)))
    return found


def _check(paths: Paths, reform: Reform) -> None:
    """Refuse what is no reform, and one that would begin after the run or in its past."""
    if not isinstance(reform, Reform):
        raise ReformError(f"{shown(reform)} is not a reform: reforms are objects of abm.reforms")
    last = paths.first_month + paths.n_months - 1
    if month_number(reform.start) > last:
        raise ReformError(
            f"{type(reform).__name__}: start is '{reform.start}', but the run ends with {month_name(last)}"
        )
    earliest = paths.scenario.reforms_from
    if earliest is not None and month_number(reform.start) < month_number(earliest):
        raise ReformError(
            f"{type(reform).__name__}: start is '{reform.start}', but no reform may begin before {earliest}, the "
            "scenario's reforms_from"
        )


def _refuse_conflict(paths: Paths, what: str, parts: Sequence[Part]) -> None:
    """Refuse two reforms that set the same quantity in the same month."""
    for n, second in enumerate(parts):
        for first in parts[:n]:
            both = np.flatnonzero((first.strength > 0.0) & (second.strength > 0.0))
            if len(both):
                labels = " and ".join(sorted([first.reform.label, second.reform.label]))
                raise ReformError(
                    f"{labels} both set {what} in {month_name(paths.first_month + int(both[0]))}, but only one "
                    "may at a time: let one end before the other starts"
                )


def _refuse_too_large(paths: Paths, what: str, path: np.ndarray, new: np.ndarray, parts: Sequence[Part]) -> None:
    """Refuse changes that leave no number where there was one, or a whole one beyond all that can be kept."""
    largest = LARGEST_WHOLE if path.dtype.kind == "i" else np.finfo(float).max
    with np.errstate(invalid="ignore"):
        lost = np.flatnonzero(np.isfinite(path) & ~(np.abs(new) <= largest))
    if len(lost):
        month = int(lost[0])
        raise ReformError(
            f"{' and '.join(sorted({part.reform.label for part in parts}))}: {what} would be {new[month]:g} in "
            f"{month_name(paths.first_month + month)}, but must remain a number that can be computed with"
        )


def _refuse_too_many_degrees(paths: Paths, by_path: dict[tuple[str, int], list[Part]]) -> None:
    """Refuse reforms that leave less than nothing for bachelors."""
    over = np.flatnonzero(paths.master_share + paths.doctorate_share > 1.0)
    if len(over):
        parts = [*by_path.get(("master_share", 0), []), *by_path.get(("doctorate_share", 0), [])]
        raise ReformError(
            f"{' and '.join(sorted({part.reform.label for part in parts}))}: masters and doctorates would be more than "
            f"all new graduates in {month_name(paths.first_month + int(over[0]))}, but bachelors are what they "
            "leave, so their shares must add up to 1 at most"
        )
