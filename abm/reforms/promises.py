"""What reforms that promise rule of law, or take a promise back, have in common."""

from __future__ import annotations

from abm.institutions import ALWAYS
from abm.months import month_number
from abm.paths import Paths
from abm.reforms.base import Reform, ReformError

__all__ = ["last_month", "refuse_too_fast"]


def last_month(reform: Reform, environment: Paths) -> int:
    """Return the last month of the run in which a reform is in force."""
    return ALWAYS if reform.end is None else month_number(reform.end) - environment.first_month


def refuse_too_fast(reform: Reform, speed: float, environment: Paths) -> None:
    """Refuse a speed that no country on record has had."""
    limit = environment.speed_limit
    if speed > limit:
        raise ReformError(
            f"{type(reform).__name__}: speed is {speed:g} index points per year, but no country on record went faster "
            f"than {limit:g}; raise home.rule_of_law.speed_limit in the scenario to override this"
        )
