"""The yearly (or sooner) review: hear, learn, and choose where to live, a block of reviewers at a time.

A block is small enough to stay near the processor, and long enough for its draws to be made side by side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.capability import ceiling_by_ability, offers_by_ability
from abm.codes import ABSENT, FOREIGN, HOME, OWED, STAY
from abm.decision import choose, choose_foreign, tempted
from abm.engine.compiled import BLOCK, compiled, internal
from abm.engine.prefetch import AHEAD, prefetch
from abm.engine.streams import Purpose, normal_quantiles, uniforms_by_month
from abm.engine.tally import count_changes
from abm.human_capital import human_capital_of_many
from abm.moves import acts
from abm.network import Ties
from abm.perception import KNOWN, hears, mean_belief, new_belief
from abm.person import Graduates, month_of_chances, read_chances, read_keys
from abm.reviewer import LUCK, Month, Reviewer, draw_luck, experience_gain, months_to_retirement

__all__ = ["News", "Reviews", "hear", "meet", "review"]


class Reviews(NamedTuple):
    """The reviews of a list of rows, or of a block of it, and what comes of them."""

    rows: np.ndarray
    formed: np.ndarray  # beliefs
    choices: np.ndarray  # of abm.decision.CHOICE


class News(NamedTuple):
    """What a block of reviewers hears of rule of law at home."""

    expected: float  # index points
    noise: np.ndarray  # of each one's signal, standard normal
    reaches: np.ndarray  # whether each hears anything (:func:`abm.perception.hears`)


@compiled
def meet(listed: np.ndarray, ties: Ties, known: np.ndarray) -> None:
    """Find, for listed rows, where their ties are listed in ``neighbour``, and how many of them are known already."""
    first, neighbour, counts = ties.first, ties.neighbour, ties.counts
    for place in range(len(listed)):
        if place + AHEAD < len(listed) and listed[place + AHEAD] < len(first) - 1:
            prefetch(first, listed[place + AHEAD])
            prefetch(counts, listed[place + AHEAD])
        i, here = listed[place], known[place]
        here.begin, here.end, here.n_present = 0, 0, 0
        if i < len(first) - 1:
            here.begin, here.end = first[i], first[i + 1]
            for j in range(counts.shape[1]):
                here.n_present += counts[i, j]
        if here.end > here.begin:
            prefetch(neighbour, here.begin)
            prefetch(neighbour, here.end - 1)


@compiled
def hear(
    reviews: Reviews,
    belief: np.ndarray,
    neighbour: np.ndarray,
    known: np.ndarray,
    news: News,
    beliefs: np.record,
) -> None:
    """Form beliefs from the public signal and from those known; whom no news reaches keeps hers.

    ``beliefs`` holds the scenario's parameters of that name.
    """
    for place in range(len(reviews.rows)):
        if place + AHEAD < len(reviews.rows):
            coming = known[place + AHEAD]
            for position in range(coming.begin, coming.end):
                prefetch(belief, neighbour[position])
        own, them = float(belief[reviews.rows[place]]), known[place]
        if not news.reaches[place]:
            reviews.formed[place] = own
            continue
        signal, others = news.expected + beliefs.signal_noise * news.noise[place], mean_belief(belief, neighbour, them)
        reviews.formed[place] = new_belief(
            own, signal, others, them.n_present, beliefs.signal_weight, beliefs.neighbour_weight
        )


@compiled
def learn(
    persons: np.ndarray,
    listed: np.ndarray,
    belief: np.ndarray,
    formed: np.ndarray,
    human_capital: np.ndarray,
    tally: np.ndarray,
) -> None:
    """Bring the human capital of listed rows up to date, and the tally with it and with their new beliefs."""
    for place in range(len(listed)):
        person, now_capable_of = persons[listed[place]], int(human_capital[place])
        if person.stage != ABSENT:
            count_changes(person, belief[listed[place]], formed[place], now_capable_of, tally)
        person.human_capital = now_capable_of


@compiled
def find_listeners(persons: np.ndarray, listed: np.ndarray, month: int, out: np.ndarray) -> None:
    """Write whether news reaches each of listed rows."""
    for place in range(len(listed)):
        out[place] = hears(persons[listed[place]], month)


@internal
def review(
    people: Graduates,
    ties: Ties,
    now: Month,
    reviews: Reviews,
    tally: np.ndarray,
) -> None:
    """Let reviewers form beliefs and choose.

    Beliefs are formed from those of all others at the beginning of the month; the caller puts them in place.
    """
    persons, belief, rules, seed = people.person, people.belief, now.rules, now.rules.seed
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    chances, reaches = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.bool_)
    signal, noise, luck = np.empty(BLOCK), np.empty(BLOCK), np.ones((LUCK, len(now.countries), BLOCK))
    known, logs, human_capital = np.empty(BLOCK, dtype=KNOWN), np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, len(reviews.rows), BLOCK):
        end = min(start + BLOCK, len(reviews.rows))
        n, listed = end - start, reviews.rows[start:end]
        block = Reviews(listed, reviews.formed[start:end], reviews.choices[start:end])
        read_keys(persons, listed, rank, cohort)
        read_chances(persons, listed, now.month, chances)
        uniforms_by_month(seed, rank[:n], cohort[:n], chances[:n], Purpose.SIGNAL, 0, signal[:n])
        normal_quantiles(signal[:n], noise[:n])
        draw_luck(rank[:n], cohort[:n], chances[:n], now, luck)
        meet(listed, ties, known)
        find_listeners(persons, listed, now.month, reaches)
        news = News(now.outlook.expected_rule_of_law[now.month], noise, reaches)
        hear(block, belief, ties.neighbour, known, news, rules.beliefs)
        human_capital_of_many(persons, listed, now.month, rules, logs, human_capital)
        learn(persons, listed, belief, block.formed, human_capital, tally)
        decide(persons, ties.counts, known, now, block, luck)


@compiled
def decide(
    persons: np.ndarray, ties: np.ndarray, known: np.ndarray, now: Month, reviews: Reviews, luck: np.ndarray
) -> None:
    """Let a block of reviewers choose: most who live at home see at a glance that nothing abroad is better."""
    for place in range(len(reviews.rows)):
        row, choice = reviews.rows[place], reviews.choices[place]
        person, degree = persons[row], known[place].end - known[place].begin
        experience, remaining = experience_gain(person, now.month, now.rules), months_to_retirement(person, now)
        chances, formed = month_of_chances(person, now.month), float(reviews.formed[place])
        known_of_her = (person, formed, ties, row, degree, experience, remaining, chances, luck, place)
        her = Reviewer(*known_of_her, ceiling_by_ability(person, now.rules))
        if person.origin == FOREIGN:
            choose_foreign(her, now, choice)
        elif person.country == HOME and person.obligation_month != OWED and not tempted(her, now):
            choice.country, choice.path, choice.referred = HOME, STAY, 0
        else:
            choose(Reviewer(*known_of_her, offers_by_ability(person, now.rules)), now, choice)
        choice.acts = acts(person, choice, now.month)
