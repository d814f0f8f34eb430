"""A month in four phases, of which threads can share the first and the third: events, labour market, reviews, moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.compiled import allocating, compiled, internal
from abm.decision import tabulate_outlook
from abm.environment import HOME
from abm.graduates import Graduates
from abm.human_capital import HumanCapitalRules
from abm.labour import Market, clear_market, on_the_job_seekers
from abm.life_course import EVENTS, LifeCourse, job_seekers, periodic_reviewers, settle_events
from abm.moves import apply_quotas, carry_out
from abm.network import introduce
from abm.review import Outlook, review

__all__ = [
    "PART",
    "Lists",
    "State",
    "run_phase",
    "SETTLE",
    "MEET_MARKET",
    "CONSIDER",
    "CONCLUDE",
    "ALL",
]

SETTLE, MEET_MARKET, CONSIDER, CONCLUDE, ALL = range(5)
REVIEWERS, SEEKERS, MOVES = range(3)
LISTS = 5
PART = LISTS + len(EVENTS)  # what settling counts


class Lists(NamedTuple):
    """Room for the lists of a month; ``lengths`` says how far the last three are filled."""

    due: np.ndarray  # rows whose month has come
    found: np.ndarray  # reviewers by part
    on_the_job: np.ndarray  # reviewers in work who look for another post, by part
    new_seekers: np.ndarray  # by part
    newcomers: np.ndarray  # by part
    reviewers: np.ndarray
    seekers: np.ndarray  # rows that look for work at home, from month to month
    formed: np.ndarray  # beliefs, of reviewers
    choices: np.ndarray  # of reviewers
    moves: np.ndarray
    lengths: np.ndarray


class State(NamedTuple):
    """All that a month reads and changes."""

    people: Graduates
    first: np.ndarray  # the network, as in abm.network
    neighbour: np.ndarray
    ties: np.ndarray  # how many each knows in each country
    review_month_starts: np.ndarray  # first row of each month of review, in the network
    countries: np.ndarray  # of COUNTRY, by month and country
    market: Market
    outlook: Outlook
    rules: np.ndarray
    hearing: np.ndarray
    life: LifeCourse
    capital: HumanCapitalRules
    permits: np.ndarray  # a month, by country
    quota: np.ndarray  # permits that may still be given
    tally: np.ndarray
    events: np.ndarray  # by month
    entered: np.ndarray  # by month and country
    flows: np.ndarray  # by month, flow and country
    flows_human_capital: np.ndarray
    lists: Lists


@internal
def settle(state: State, t: int, first: int, last: int, part: np.ndarray, tally: np.ndarray) -> None:
    """Settle what is due in rows ``first`` to ``last``, and list the reviewers among them.

    Lists are written from position ``first`` on, their lengths into ``part``, from LISTS on followed by the counts of
    events.
    """
    lists, persons = state.lists, state.people.person
    begin = max(first, state.review_month_starts[t % 12])
    end = min(last, state.review_month_starts[t % 12 + 1])
    n_sooner, n_seekers, n_newcomers = settle_events(
        state.people,
        first,
        last,
        t,
        state.countries[t],
        state.life,
        state.capital,
        lists.due[first:last],
        lists.found[first:last],
        lists.new_seekers[first:last],
        lists.newcomers[first:last],
        tally,
        part[LISTS:],
    )
    found = lists.found[first:last]
    n = n_sooner + periodic_reviewers(persons, begin, end, t % 12, found[n_sooner:])
    n += periodic_reviewers(persons, max(first, len(state.first) - 1), last, t % 12, found[n:])
    rate, seed = state.market.on_the_job_search_rate, state.market.seed
    n_on_the_job = on_the_job_seekers(persons, found[:n], t, rate, seed, lists.on_the_job[first:last])
    part[0], part[1], part[2], part[3], part[4] = first, n, n_on_the_job, n_seekers, n_newcomers


@compiled
def extend(room: np.ndarray, n: int, rows: np.ndarray) -> int:
    """Write rows behind the first ``n`` of a list; return the new length."""
    for k in range(len(rows)):
        room[n + k] = rows[k]
    return n + len(rows)


@internal
def meet_market(state: State, t: int, parts: np.ndarray) -> None:
    """Put the parts' lists together, and let the labour market at home clear."""
    lists, persons, countries = state.lists, state.people.person, state.countries[t]
    seekers = lists.seekers[: lists.lengths[SEEKERS]]
    n_reviewers, n_on_the_job, n_seekers = 0, 0, job_seekers(persons, seekers, seekers)
    on_the_job = lists.due  # whose content has served
    for part in parts:
        first = part[0]
        n_reviewers = extend(lists.reviewers, n_reviewers, lists.found[first : first + part[1]])
        n_on_the_job = extend(on_the_job, n_on_the_job, lists.on_the_job[first : first + part[2]])
        n_seekers = extend(lists.seekers, n_seekers, lists.new_seekers[first : first + part[3]])
        newcomers = lists.newcomers[first : first + part[4]]
        introduce(persons, state.first, state.neighbour, state.ties, newcomers, state.entered[t])
        for event in range(len(EVENTS)):
            state.events[t, event] += part[LISTS + event]
    seekers = lists.seekers[:n_seekers]
    clear_market(state.market, state.people, seekers, on_the_job[:n_on_the_job], t, countries, state.life, state.tally)
    lists.lengths[REVIEWERS], lists.lengths[SEEKERS] = n_reviewers, job_seekers(persons, seekers, seekers)
    # what this month's reviewers know of it
    home, finding = countries[HOME], state.market.job_finding_prob[0]
    home.job_finding_prob = min(finding, 1.0 - home.separation_prob)
    home.offer_rate = 12.0 * finding * state.market.remote_search
    outlook = state.outlook
    tabulate_outlook(
        countries,
        outlook.annuity,
        outlook.growth,
        outlook.monthly_discount,
        state.rules[0].fallback_ratio,
        outlook.tabulated,
        outlook.ln_income,
    )


@internal
def consider(state: State, t: int, begin: int, end: int, tally: np.ndarray) -> None:
    """Let reviewers ``begin`` to ``end`` of the month's list form beliefs and choose."""
    lists = state.lists
    review(
        state.people,
        lists.reviewers,
        begin,
        end,
        state.first,
        state.neighbour,
        state.ties,
        t,
        state.countries[t],
        state.outlook,
        state.rules,
        state.hearing,
        state.capital,
        lists.formed,
        lists.choices,
        tally,
    )


@internal
def conclude(state: State, t: int) -> None:
    """Put beliefs in place, give permits, and carry out the moves."""
    lists, belief, rules = state.lists, state.people.belief, state.rules[0]
    n = lists.lengths[REVIEWERS]
    reviewers, choices = lists.reviewers[:n], lists.choices[:n]
    for k in range(n):
        belief[reviewers[k]] = lists.formed[k]
    for country in range(len(state.quota)):
        state.quota[country] += state.permits[country]
    apply_quotas(state.people, reviewers, choices, state.quota, t, rules.seed)
    n_seekers = lists.lengths[SEEKERS]
    n_moves, n_new = carry_out(
        state.people,
        reviewers,
        choices,
        t,
        state.countries[t],
        state.life,
        state.rules,
        state.market.limits[t],
        state.first,
        state.neighbour,
        state.ties,
        lists.moves,
        lists.seekers[n_seekers:],
        state.tally,
        state.flows[t],
        state.flows_human_capital[t],
    )
    lists.lengths[MOVES], lists.lengths[SEEKERS] = n_moves, n_seekers + n_new


@allocating
def run_phase(state: State, t: int, phase: int, first: int, last: int, parts: np.ndarray, tally: np.ndarray) -> None:
    """Run one phase of month ``t``, or all of them in one thread.

    Parameters
    ----------
    state : State
        The run.
    t : int
        Month of the run.
    phase : int
        SETTLE, MEET_MARKET, CONSIDER, CONCLUDE or ALL; one function, because unpacking the state costs as much as a
        phase of a small run, and seconds of compiling for each function that does it.
    first, last : int
        The rows to settle, or which of the reviewers choose.
    parts : ndarray of int64, shape (parts, PART)
        What settling counted, a row for each part of the rows; settling fills the first.
    tally : ndarray of int64
        The tally that settling and choosing change.
    """
    if phase == SETTLE or phase == ALL:
        settle(state, t, first, last, parts[0], tally)
    if phase == MEET_MARKET or phase == ALL:
        meet_market(state, t, parts)
    if phase == CONSIDER or phase == ALL:
        consider(state, t, first, state.lists.lengths[REVIEWERS] if phase == ALL else last, tally)
    if phase == CONCLUDE or phase == ALL:
        conclude(state, t)
