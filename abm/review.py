"""The yearly (or sooner) review: hear, learn, and choose where to live, a block of reviewers at a time.

A block is small enough to stay near the processor, and long enough for its draws to be made side by side.
"""

from __future__ import annotations

import numpy as np

from abm.compiled import BLOCK, allocating, compiled
from abm.decision import OPTION, choose, choose_foreign, draw_luck, months_to_retirement
from abm.environment import HOME, Month
from abm.graduates import ABSENT, EMPLOYED, FOREIGN, Graduates, read_keys
from abm.human_capital import HumanCapitalRules, human_capital_of
from abm.perception import form_belief
from abm.scenario import Scenario
from abm.streams import Purpose, standard_normals
from abm.tally import count_changes

__all__ = ["belief_rules", "review"]

BELIEF_RULES = np.dtype(
    [("signal_noise", np.float64), ("signal_weight", np.float64), ("neighbour_weight", np.float64)]
)


# whom a reviewer knows
KNOWN = np.dtype([("begin", np.int64), ("end", np.int64), ("n_present", np.int64), ("nearest", np.int64)])


def belief_rules(scenario: Scenario) -> np.recarray:
    """Return the parameters of perception of a run, one record of BELIEF_RULES."""
    given = scenario.beliefs
    table = np.zeros(1, dtype=BELIEF_RULES).view(np.recarray)
    table[0] = (given.signal_noise, given.signal_weight, given.neighbour_weight)
    return table


@compiled
def meet(listed: np.ndarray, first: np.ndarray, neighbour: np.ndarray, ties: np.ndarray, known: np.recarray) -> None:
    """Find, for listed rows, where those they know are listed in ``neighbour``, and how many of them have appeared.

    Rows may lie far apart in memory: loops that do little else read many of them at a time.
    """
    for place in range(len(listed)):
        i, here = listed[place], known[place]
        here.begin, here.end, here.n_present = 0, 0, 0
        if i < len(first) - 1:
            here.begin, here.end = first[i], first[i + 1]
            for j in range(ties.shape[1]):
                here.n_present += ties[i, j]
    for place in range(len(listed)):
        if known[place].end > known[place].begin:
            known[place].nearest = neighbour[known[place].begin]


@compiled
def hear(
    listed: np.ndarray,
    belief: np.ndarray,
    neighbour: np.ndarray,
    known: np.recarray,
    expected: float,
    noise: np.ndarray,
    hearing: np.record,
    formed: np.ndarray,
) -> None:
    """Form the beliefs of listed rows from the public signal, with each her ``noise``, and from those they know."""
    for place in range(len(listed)):
        own, them = float(belief[listed[place]]), known[place]
        signal = expected + hearing.signal_noise * noise[place]
        formed[place] = form_belief(
            own,
            belief,
            neighbour,
            them.begin,
            them.end,
            them.n_present,
            signal,
            hearing.signal_weight,
            hearing.neighbour_weight,
        )


@compiled
def learn(
    persons: np.recarray,
    listed: np.ndarray,
    belief: np.ndarray,
    formed: np.ndarray,
    month: int,
    capital: HumanCapitalRules,
    tally: np.ndarray,
) -> None:
    """Bring the human capital of listed rows up to date, and the tally with it and with their new beliefs."""
    for place in range(len(listed)):
        person = persons[listed[place]]
        human_capital = human_capital_of(person, month, capital)
        if person.stage != ABSENT:
            count_changes(person, belief[listed[place]], formed[place], human_capital, tally)
        person.human_capital = human_capital


@allocating
def review(
    people: Graduates,
    reviewers: np.ndarray,
    begin: int,
    end: int,
    first: np.ndarray,
    neighbour: np.ndarray,
    ties: np.ndarray,
    month: Month,
    outlook: np.ndarray,
    rule_table: np.recarray,
    belief_table: np.recarray,
    capital: HumanCapitalRules,
    formed: np.ndarray,
    choices: np.recarray,
    tally: np.ndarray,
) -> None:
    """Let reviewers ``begin`` to ``end`` of the list form beliefs, into ``formed``, and choose, into ``choices``.

    Beliefs are formed from those of all others at the beginning of the month; the caller puts them in place.
    """
    persons, belief = people.person, people.belief
    # arrays are taken out of their tuples once: taking them out costs more than most rules
    countries, annuity, fade, ln_kept = month.countries, month.annuity, month.fade, month.ln_kept
    growth, home, t = month.growth, month.countries[HOME], month.month
    rules, hearing = rule_table[0], belief_table[0]
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    noise, luck = np.empty(BLOCK), np.empty((3, len(countries), BLOCK))
    options, known = np.empty(len(countries), dtype=OPTION), np.empty(BLOCK, dtype=KNOWN)
    for start in range(begin, end, BLOCK):
        listed = reviewers[start : min(start + BLOCK, end)]
        n = len(listed)
        beliefs = formed[start : start + n]
        read_keys(persons, listed, rank, cohort)
        standard_normals(rules.seed, rank[:n], cohort[:n], t, Purpose.SIGNAL, 0, noise[:n])
        draw_luck(rank[:n], cohort[:n], t, countries, rules, luck)
        meet(listed, first, neighbour, ties, known)
        hear(listed, belief, neighbour, known, month.expected_rule_of_law, noise, hearing, beliefs)
        learn(persons, listed, belief, beliefs, t, capital, tally)
        for place in range(n):
            i = listed[place]
            person, choice, own = persons[i], choices[start + place], float(beliefs[place])
            if person.origin == FOREIGN:
                left = months_to_retirement(person, t, len(annuity) - 1, rules)
                ahead = outlook[HOME, 1 if person.stage == EMPLOYED else 0, left]
                outside = month.ln_outside_wage
                choose_foreign(person, own, t, home, outside, left, growth[HOME, left], ahead, rules, choice)
                continue
            choose(
                person,
                own,
                ties,
                i,
                known[place].end - known[place].begin,
                t,
                countries,
                annuity,
                fade,
                ln_kept,
                outlook,
                rules,
                luck,
                place,
                options,
                choice,
            )
