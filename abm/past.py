"""Whether two runs have the same past: the first month in which their environments differ.

All that tells two runs of one scenario and one seed from each other is their environment, and a month reads only its
own row of it; so up to the first row that differs they are one run.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence

import numpy as np

from abm.codes import HOME
from abm.environment import Environment
from abm.reforms.base import Reform, ReformError
from abm.scenario import month_name, month_number

__all__ = ["as_built", "fingerprints", "first_difference", "refuse_another_past"]

# at home, by the labour market of a run and by no reform
FILLED_IN = ("job_finding_prob", "offer_rate", "ln_wage_answer")


def first_difference(one: Environment, other: Environment) -> int:
    """Return the first month of the run in which two environments of the same scenario differ, or how many there are.

    Whoever will appear only later counts from the month in which she does; but where exposure to migrants is a share
    of all one's ties, also of those to people who have not appeared, more people make a difference from the beginning.
    """
    months = np.flatnonzero((_by_month(one) != _by_month(other)).any(axis=1))
    return int(months[0]) if len(months) else one.n_months


def fingerprints(environment: Environment) -> np.ndarray:
    """Return two numbers for each month, shape (months, 2), by which environments of a scenario are told apart."""
    digests = [hashlib.blake2b(month, digest_size=16).digest() for month in _by_month(environment)]
    return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 2)


def as_built(environment: Environment) -> Environment:
    """Return an environment in which no run has filled in anything, to be another run's own."""
    other = copy.copy(environment)
    other.countries = environment.countries.copy()
    return other


def _by_month(environment: Environment) -> np.ndarray:
    """Return all paths of an environment, a row of bytes for each month; all else follows from the scenario alone."""
    months = environment.n_months
    countries = environment.countries.copy()
    for name in FILLED_IN:
        countries[name][:, HOME] = 0.0
    values = {
        "asserted_cost": environment.asserted_cost,  # first, whether or not it has been asked for before
        **vars(environment),
        **vars(environment.rule_of_law),
        "countries": countries,
    }
    paths = [value for value in values.values() if isinstance(value, np.ndarray) and value.shape[:1] == (months,)]
    if environment.scenario.decision.exposure == "share":
        paths.append(np.tile(environment.additional_rate, (months, 1)))
    rows = [np.ascontiguousarray(path).reshape(months, -1).view(np.ndarray).view(np.uint8) for path in paths]
    return np.ascontiguousarray(np.concatenate(rows, axis=1))


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
