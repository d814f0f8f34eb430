"""The latest month once more, up to the moment of decision: how everybody stood when she chose, and what she chose."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from abm.month import (
    APPLICANTS,
    APPLY,
    AWARD,
    CONSIDER,
    GATHER,
    HIRE,
    INFORM,
    PART,
    PAY,
    REVIEWERS,
    SETTLE,
    State,
    run_phase,
)
from abm.page.pair import MARKET_MEMORY, Arm
from abm.person import Graduates

__all__ = ["moment_of_decision"]


def moment_of_decision(arm: Arm) -> State:
    """Return the state of a run in its latest month after the reviews and before the moves; the run stays untouched.

    Its lists hold the month's reviewers, the beliefs they formed and what they chose, before any quota.
    """
    if not arm.before:
        raise ValueError("no month was run yet, so nobody has decided anything")
    state, t = _as_before(arm), arm.simulation.month - 1
    lengths, parts = state.lists.lengths, np.zeros((1, PART), dtype=np.int64)
    run_phase(state, t, SETTLE, 0, len(state.people.event_month), parts, state.books.tally)
    run_phase(state, t, GATHER, 0, 0, parts, state.books.tally)
    run_phase(state, t, APPLY, 0, int(lengths[APPLICANTS]), parts, state.books.tally)
    run_phase(state, t, AWARD, 0, 0, parts, state.books.tally)
    run_phase(state, t, HIRE, 0, int(lengths[APPLICANTS]), parts, state.books.tally)
    run_phase(state, t, PAY, 0, len(state.people.event_month), parts, state.books.tally)
    run_phase(state, t, INFORM, 0, 0, parts, state.books.tally)
    run_phase(state, t, CONSIDER, 0, int(lengths[REVIEWERS]), parts, state.books.tally)
    return state


def _as_before(arm: Arm) -> State:
    """Return the state at the beginning of the latest month, in arrays of its own wherever a month writes."""
    state = arm.simulation.state
    person, event_month, belief, ties, tally, seekers, lengths, *market = (column.copy() for column in arm.before)
    remembered: dict[str, Any] = dict(zip(MARKET_MEMORY, market, strict=True))
    lists, books = copy.deepcopy(state.lists), state.books
    lists.seekers[:] = seekers
    lists.lengths[:] = lengths
    return state._replace(
        people=Graduates(person.view(np.recarray), event_month, belief),
        ties=state.ties._replace(counts=ties),
        books=books._replace(
            tally=tally, events=books.events.copy(), entered=books.entered.copy(), deaths=books.deaths.copy()
        ),
        lists=lists,
        market=state.market._replace(**remembered),
        treasury=state.treasury._replace(budget=state.treasury.budget.copy(), tax=state.treasury.tax.copy()),
        countries=state.countries.copy(),
        outlook=copy.deepcopy(state.outlook),
    )
