"""A month in phases: events, labour market, reviews, moves; threads can share those that go through a long list."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import EMPLOYED, EVENTS, HOME, JOB_SEEKER, RESERVE_ENTRANT
from abm.engine.compiled import allocating, compiled, internal
from abm.engine.streams import Purpose, uniform
from abm.heads import PERMITS
from abm.introductions import Introductions, introduce, take_leave
from abm.labour import (
    GRADUATES,
    Applications,
    Market,
    apply_for_posts,
    award_posts,
    fill_reserve,
    hire,
    offer_limits,
    on_the_job_seekers,
    remember_hires,
)
from abm.life_course import Found, Now, job_seekers, periodic_reviewers, settle_events
from abm.moves import Books, Decisions, apply_quotas, carry_out
from abm.network import Ties
from abm.outlook import Outlook, tabulate_outlook
from abm.person import Graduates
from abm.posts import answer_supply
from abm.review import Reviews, review
from abm.reviewer import Month
from abm.treasury import ENDS, Treasury, pay, settle_budget

__all__ = [
    "ALL",
    "APPLICANTS",
    "APPLY",
    "AWARD",
    "CONCLUDE",
    "CONSIDER",
    "GATHER",
    "HIRE",
    "INFORM",
    "MOVES",
    "PART",
    "PAY",
    "REVIEWERS",
    "SEEKERS",
    "SETTLE",
    "Lists",
    "State",
    "run_phase",
]

SETTLE, GATHER, APPLY, AWARD, HIRE, PAY, INFORM, CONSIDER, CONCLUDE, ALL = range(10)
REVIEWERS, NEWCOMERS, SEEKERS, APPLICANTS, MOVES = range(5)
LISTS = 6  # what settling says of its part: where it begins, and how long each list is
PART = max(LISTS + len(EVENTS), ENDS)  # what settling counts, or hiring and, behind it, paying


class Lists(NamedTuple):
    """Room for the lists of a month; ``lengths`` says how far those of the whole month are filled."""

    found: Found
    reviewers: np.ndarray
    seekers: np.ndarray  # rows that look for work at home, from month to month
    applications: Applications
    formed: np.ndarray  # beliefs, of reviewers
    choices: np.ndarray  # of reviewers
    moves: np.ndarray
    lengths: np.ndarray


class State(NamedTuple):
    """All that a month reads and changes."""

    people: Graduates
    ties: Ties
    introductions: Introductions
    review_month_starts: np.ndarray  # first row of each month of review, in the network
    countries: np.ndarray  # of COUNTRY, by month and country
    market: Market
    treasury: Treasury
    outlook: Outlook
    rules: np.ndarray  # of RULES, one record
    permits: np.ndarray  # by month and country
    quota: np.ndarray  # permits that may still be given
    books: Books
    lists: Lists


@compiled
def extend(room: np.ndarray, n: int, rows: np.ndarray) -> int:
    """Write rows behind the first ``n`` of a list; return the new length."""
    for k in range(len(rows)):
        room[n + k] = rows[k]
    return n + len(rows)


@internal
def settle(state: State, now: Now, first: int, last: int, part: np.ndarray, tally: np.ndarray) -> None:
    """Settle what is due in rows ``first`` to ``last``, and list the reviewers among them.

    Lists are written from position ``first`` on, their lengths into ``part``, from LISTS on followed by the counts of
    events.
    """
    listed, persons = state.lists.found, state.people.person
    n_sooner, n_seekers, n_newcomers, n_dead = settle_events(
        state.people, first, last, now, listed, tally, part[LISTS:]
    )
    found, month_of_year = listed.reviewers[first:last], now.month % 12
    begin = max(first, state.review_month_starts[month_of_year])
    end = min(last, state.review_month_starts[month_of_year + 1])
    n = n_sooner + periodic_reviewers(persons, begin, end, month_of_year, found[n_sooner:])
    n += periodic_reviewers(persons, max(first, len(state.ties.first) - 1), last, month_of_year, found[n:])
    # at the yearly review alone: an event is no second chance of a better post
    n_on_the_job = on_the_job_seekers(persons, found[n_sooner:n], now, listed.on_the_job[first:last])
    part[0], part[1], part[2], part[3], part[4], part[5] = first, n, n_on_the_job, n_seekers, n_newcomers, n_dead


@internal
def gather(state: State, now: Now, parts: np.ndarray) -> None:
    """Put the parts' lists together, take leave of the dead, and let posts answer to how many graduates there are.

    The lists stand in the order of the parts, so none is overwritten before it is read.
    """
    answer_supply(state.market, now)
    lists, found, lengths = state.lists, state.lists.found, state.lists.lengths
    seekers, applicants = lists.seekers[: lengths[SEEKERS]], lists.applications.applicants
    lengths[REVIEWERS], lengths[NEWCOMERS], lengths[SEEKERS] = 0, 0, job_seekers(state.people.person, seekers, seekers)
    for part in parts:
        first = part[0]
        lengths[REVIEWERS] = extend(lists.reviewers, lengths[REVIEWERS], found.reviewers[first : first + part[1]])
        lengths[SEEKERS] = extend(lists.seekers, lengths[SEEKERS], found.seekers[first : first + part[3]])
        lengths[NEWCOMERS] = extend(found.newcomers, lengths[NEWCOMERS], found.newcomers[first : first + part[4]])
        take_leave(state.people, state.ties, found.dead[first : first + part[5]], state.books.deaths[now.month])
        for event in range(len(EVENTS)):
            state.books.events[now.month, event] += part[LISTS + event]
    lengths[APPLICANTS] = extend(applicants, 0, lists.seekers[: lengths[SEEKERS]])
    for part in parts:
        first = part[0]
        lengths[APPLICANTS] = extend(applicants, lengths[APPLICANTS], found.on_the_job[first : first + part[2]])


@internal
def apply(state: State, now: Now, begin: int, end: int) -> None:
    """Let applicants ``begin`` to ``end`` apply for posts.

    Whoever takes the first of them makes those known who are due too: to be done by one thread, and before the reviews.
    """
    lists = state.lists
    apply_for_posts(state.market, state.people, lists.applications, begin, end, now)
    if begin == 0:
        entered, until = state.books.entered[now.month], state.introductions.until
        for row in lists.found.newcomers[: lists.lengths[NEWCOMERS]]:
            entered[state.people.person[row].country] += 1
        known = state.introductions.rows[until[now.month] : until[now.month + 1]]
        introduce(state.people, state.ties, known, now.countries[HOME].rule_of_law, state.rules[0])


@internal
def award(state: State, now: Now) -> None:
    """Decide who enters the personnel reserve, and from which score on an applicant gets another post."""
    n = state.lists.lengths[APPLICANTS]
    entrants = fill_reserve(state.market, state.people, state.lists.applications, n, now)
    state.books.events[now.month, RESERVE_ENTRANT] += entrants
    award_posts(state.market, state.lists.applications, n, now, state.books.tally)


@internal
def inform(state: State, now: Now, parts: np.ndarray) -> None:
    """Set the month's tax, and let its reviewers know the labour market."""
    t, countries, market = now.month, now.countries, state.market
    settle_budget(state.treasury, parts, now)
    hires = parts[0]
    for part in range(1, len(parts)):
        hires += parts[part]
    remember_hires(market, hires, state.lists.lengths[SEEKERS], state.books.tally)
    home, finding = countries[HOME], market.job_finding_prob[0]
    some = offer_limits(market, state.outlook.offer_limits)
    home.job_finding_prob = finding
    home.offer_rate = 12.0 * finding * market.remote_search[t] if some else 0.0
    tabulate_outlook(countries, state.outlook, market.flows, market.at_risk, state.rules[0])


@internal
def consider(state: State, t: int, begin: int, end: int, tally: np.ndarray) -> None:
    """Let reviewers ``begin`` to ``end`` of the month's list form beliefs and choose.

    Whoever takes the first of them strikes the hired off the list of job-seekers too, as one thread has to.
    """
    lists = state.lists
    if begin == 0:
        seekers = lists.seekers[: lists.lengths[SEEKERS]]
        lists.lengths[SEEKERS] = job_seekers(state.people.person, seekers, seekers)
    now = Month(t, state.countries[t], state.outlook, state.rules[0])
    reviews = Reviews(lists.reviewers[begin:end], lists.formed[begin:end], lists.choices[begin:end])
    review(state.people, state.ties, now, reviews, tally)


@internal
def conclude(state: State, now: Now) -> None:
    """Put beliefs in place, give permits, and carry out the moves."""
    t, lists, belief, lengths = now.month, state.lists, state.people.belief, state.lists.lengths
    n, n_seekers = lengths[REVIEWERS], lengths[SEEKERS]
    decisions = Decisions(lists.reviewers[:n], lists.choices[:n], lists.moves, lists.seekers[n_seekers:])
    for k in range(n):
        belief[decisions.reviewers[k]] = lists.formed[k]
    for country in range(len(state.quota)):
        left_over = state.quota[country]
        if not np.isfinite(left_over):
            # a cap begins with a part of a permit, so that rounding down takes nothing from a small run on average
            left_over = uniform(now.rules.seed, PERMITS, 0, 0, Purpose.WHOLE_PERSONS, country)
        state.quota[country] = left_over + state.permits[t, country]
    apply_quotas(state.people, decisions, state.quota, now)
    books, market = books_of(state.books, t), state.market
    n_moves, n_new = carry_out(state.people, state.ties, decisions, now, books)
    lengths[MOVES], lengths[SEEKERS] = n_moves, n_seekers + n_new
    market.answer[GRADUATES] = books.tally[HOME, JOB_SEEKER] + books.tally[HOME, EMPLOYED]


@internal
def books_of(books: Books, t: int) -> Books:
    """Return the books of month ``t``."""
    flows = books.flows[t], books.flows_human_capital[t], books.flows_ability[t], books.flows_by_group[t]
    return Books(books.tally, books.events[t], books.entered[t], books.deaths[t], *flows)


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
        SETTLE ... CONCLUDE or ALL; one function, because unpacking the state costs as much as a phase of a small run,
        and seconds of compiling for each function that does it.
    first, last : int
        Which rows to settle or to pay, which applicants apply or are hired, which reviewers choose.
    parts : ndarray of int64, shape (parts, PART)
        What settling, or hiring and paying, counted, a row for each part of the list; they fill the first row.
    tally : ndarray of int64
        The tally that settling, hiring and choosing change.
    """
    lists, whole, now = state.lists, phase == ALL, Now(t, state.countries[t], state.rules[0])
    if phase == SETTLE or whole:
        settle(state, now, first, last, parts[0], tally)
    if phase == GATHER or whole:
        gather(state, now, parts)
    if phase == APPLY or whole:
        apply(state, now, first, lists.lengths[APPLICANTS] if whole else last)
    if phase == AWARD or whole:
        award(state, now)
    if phase == HIRE or whole:
        end = lists.lengths[APPLICANTS] if whole else last
        parts[0] = 0  # what settling counted is told by now
        hire(state.market, state.people, lists.applications, (first, end), now, tally, parts[0])
    if phase == PAY or whole:
        pay(state.treasury, state.people, first, last, now, parts[0])
    if phase == INFORM or whole:
        inform(state, now, parts)
    if phase == CONSIDER or whole:
        consider(state, t, first, lists.lengths[REVIEWERS] if whole else last, tally)
    if phase == CONCLUDE or whole:
        conclude(state, now)
