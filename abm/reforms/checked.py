"""What a reform says of itself, looked at before it is believed: kinds of one's own may say anything."""

from __future__ import annotations

import copy
import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import numpy as np

from abm.institutions import Announcement, Revocation
from abm.paths import Paths
from abm.reforms.base import Change, Reform, ReformError
from abm.reforms.files import is_bundled
from abm.reforms.quantities import QUANTITIES
from abm.reforms.quantity import Place
from abm.wording import shown

__all__ = ["changes_of", "strength_of"]

Stated = Change | Announcement | Revocation
Answer = TypeVar("Answer")
CHANGES_ITS_MIND = "answers differently when it is asked again, but must not: let it draw no random numbers"


def strength_of(reform: Reform, first_month: int, n_months: int) -> np.ndarray:
    """Return a reform's strength by month.

    Raises
    ------
    ReformError
        If that is anything but a share for each month of the run, or another one when it is asked again.
    """
    said, again = (_asked(reform, "strength", lambda: reform.strength(first_month, n_months)) for _ in range(2))
    if not isinstance(said, np.ndarray) or said.shape != (n_months,) or said.dtype.kind not in "fiub":
        _fail(reform, f"strength() returned {_sort(said)}, but must return an array of {n_months} shares, one a month")
    wrong = np.flatnonzero(~((said >= 0.0) & (said <= 1.0)))
    if len(wrong):
        value, month = said[wrong[0]], int(wrong[0])
        _fail(reform, f"strength() is {value:g} in month {month} of the run, but must be a share between 0 and 1")
    if not np.array_equal(said, again):
        _fail(reform, f"strength() {CHANGES_ITS_MIND}")
    return said.astype(float)


def changes_of(reform: Reform, paths: Paths) -> Sequence[Stated]:
    """Return what a reform changes at full strength, asked with the paths before it.

    Raises
    ------
    ReformError
        If it does not say that twice in the same way, or names a quantity, a value or a country that cannot be.
    """
    # twice: a run whose reform changes its mind could never be repeated
    said, again = (_asked(reform, "changes", lambda: reform.changes(_shown_to(reform, paths))) for _ in range(2))
    if not isinstance(said, list | tuple) or not isinstance(again, list | tuple):
        _fail(reform, f"changes() returned {_sort(said)}, but must return a list of changes")
    for change in (*said, *again):
        if isinstance(change, Change):
            _check_change(reform, change, paths)
        elif isinstance(change, Announcement):
            _check_announcement(reform, change, paths)
        elif isinstance(change, Revocation):
            _check_revocation(reform, change, paths)
        else:
            _fail(reform, f"changes() holds {_sort(change)}, but may hold only Change, Announcement and Revocation")
    if len(said) != len(again) or not all(map(_same, said, again)):
        _fail(reform, f"changes() {CHANGES_ITS_MIND}")
    return list(said)


def _shown_to(reform: Reform, paths: Paths) -> Paths:
    """Return what a reform may look at: one of one's own gets a copy, in which it can write into no path."""
    if is_bundled(reform):
        return paths
    looked_at = copy.copy(paths)
    for name, value in vars(paths).items():
        if isinstance(value, np.ndarray):
            value = value.copy()
            value.flags.writeable = False
        elif name != "scenario":
            value = copy.deepcopy(value)
        setattr(looked_at, name, value)
    return looked_at


def _asked(reform: Reform, name: str, ask: Callable[[], Answer]) -> Answer:
    """Return a reform's answer; an error of its own is said to be its own, the error itself attached."""
    try:
        return ask()
    except ReformError:
        raise
    except Exception as error:
        raise ReformError(f"{type(reform).__name__}: {name}() failed with {type(error).__name__}: {error}") from error


def _check_change(reform: Reform, change: Change, paths: Paths) -> None:
    quantity = QUANTITIES.get(change.quantity) if isinstance(change.quantity, str) else None
    if quantity is None:
        known = ", ".join(QUANTITIES)
        _fail(reform, f"it changes {shown(change.quantity)}, which is no quantity; quantities are {known}")
    low, high = quantity.values
    if not _is_number(change.value) or not low <= change.value <= high:
        between = "" if (low, high) == (-np.inf, np.inf) else f" between {low:g} and {high:g}"
        _fail(
            reform, f"it changes {change.quantity} by {shown(change.value)}, but that must be a finite number{between}"
        )
    abroad = quantity.path.place is Place.ABROAD
    allowed = range(1, paths.n_countries) if abroad else range(1)
    whole = isinstance(change.country, numbers.Integral) and not isinstance(change.country, bool)
    if not whole or change.country not in allowed:
        names = ", ".join(f"{country} ({paths.names[country]})" for country in allowed)
        _fail(
            reform,
            f"it changes {change.quantity} in country {shown(change.country)}, but {quantity.path.place.value}, so "
            f"country must be {f'one of {names}' if abroad else '0, or left out'}",
        )


def _check_announcement(reform: Reform, promise: Announcement, paths: Paths) -> None:
    ranges: dict[str, tuple[float, float]] = {
        "target": (-2.5, 2.5),
        "speed": (0.0, paths.speed_limit),
        "ramp_months": (0, 600),
        "fidelity": (0.0, 1.0),
        "decay": (0.0, 1.0),
    }
    for name, (low, high) in ranges.items():
        value = getattr(promise, name)
        if not _is_number(value) or not low <= value <= high:
            _fail(reform, f"it announces a {name} of {shown(value)}, but that must lie between {low:g} and {high:g}")
    _check_months(reform, promise)


def _check_revocation(reform: Reform, revocation: Revocation, paths: Paths) -> None:
    losses = revocation.losses
    if not isinstance(losses, np.ndarray) or losses.shape != (paths.n_months,) or losses.dtype.kind not in "fiu":
        _fail(reform, f"its revocation has losses that are {_sort(losses)}, but must have {paths.n_months} numbers")
    if not np.all(np.isfinite(losses) & (losses >= 0.0)):
        _fail(reform, "its revocation has a loss below 0 or none at all, but losses must be finite numbers from 0 on")
    _check_months(reform, revocation)


def _check_months(reform: Reform, stated: Announcement | Revocation) -> None:
    for name in ("start", "last"):
        value = getattr(stated, name)
        if not isinstance(value, numbers.Integral) or isinstance(value, bool):
            _fail(reform, f"{name} of what it states is {shown(value)}, but must be a whole number: a month of the run")


def _same(one: Stated, other: Stated) -> bool:
    if isinstance(one, Revocation) and isinstance(other, Revocation):
        return (one.start, one.last) == (other.start, other.last) and np.array_equal(one.losses, other.losses)
    return type(one) is type(other) and one == other


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:  # a whole number beyond all others
        return False


def _sort(value: Any) -> str:
    """Return what a value is, for a sentence: long arrays and odd objects by their kind."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} in the shape {value.shape}"
    return "None" if value is None else f"{type(value).__name__} {shown(value)}"


def _fail(reform: Reform, problem: str) -> NoReturn:
    raise ReformError(f"{type(reform).__name__}: {problem}")
