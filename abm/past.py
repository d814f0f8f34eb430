"""Whether two runs have the same past: the first month in which their environments differ.

All that tells two runs of one scenario and one seed from each other is their environment, and a month reads only its
own row of it; so up to the first row that differs they are one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from abm.codes import HOME
from abm.environment import Environment
from abm.reforms.base import Reform, ReformError
from abm.scenario import month_name, month_number

__all__ = ["first_difference", "refuse_another_past"]

FILLED_IN = ("job_finding_prob", "offer_rate")  # at home by the labour market of a run, and by no reform


def first_difference(one: Environment, other: Environment) -> int:
    """Return the first month of the run in which two environments of the same scenario differ, or how many there are.

    Whoever will appear only later counts from the month in which she does; but where exposure to migrants is a share
    of all one's ties, also of those to people who have not appeared, more people make a difference from the beginning.
    """
    first = one.n_months
    for path, its in zip(_paths(one), _paths(other), strict=True):
        if path is its:
            continue
        months = np.flatnonzero((path != its).reshape(one.n_months, -1).any(axis=1))
        first = min(first, int(months[0]) if len(months) else first)
    by_share = one.scenario.decision.exposure == "share"
    if by_share and not np.array_equal(one.additional_graduates, other.additional_graduates):
        return 0
    return first


def _paths(environment: Environment) -> Iterator[np.ndarray]:
    """Yield every path of an environment by month; what has no months follows from the scenario alone."""
    for value in (*vars(environment).values(), *vars(environment.rule_of_law).values()):
        if not isinstance(value, np.ndarray) or value.shape[:1] != (environment.n_months,):
            continue
        for name in value.dtype.names or ("",):
            column = value[name] if name else value
            yield column[:, HOME + 1 :] if name in FILLED_IN else column


def refuse_another_past(
    environment: Environment, reforms: Sequence[Reform], other: Environment, others: Sequence[Reform], month: int
) -> None:
    """Refuse other reforms for a run that would have come to ``month`` in another way under them.

    Raises
    ------
    ReformError
        If a month before was different; it names the reforms that make it so.
    """
    different = first_difference(environment, other)
    if different >= min(month, environment.n_months):
        return
    now = environment.first_month + month
    gone = [reform for reform in reforms if reform not in others]
    new = [reform for reform in others if reform not in reforms]
    early = [reform for reform in (*gone, *new) if month_number(reform.start) < now] or [*gone, *new]
    said = [f"{one.label} {'is not among' if one in gone else 'is among'} the reforms of the branch" for one in early]
    raise ReformError(
        f"{' and '.join(said) or 'the reforms of the branch do something else'}, which makes "
        f"{month_name(environment.first_month + different)} another month, but the run has come to {month_name(now)}: "
        "a branch has the reforms that have acted so far as they were, and others begin with its first month or later"
    )
