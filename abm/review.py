"""The yearly (or sooner) review: hear, learn, and choose where to live, a block of reviewers at a time.

A block is small enough to stay near the processor, and long enough for its draws to be made side by side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import ABSENT, EMPLOYED, FOREIGN, HOME, OWED, STAY
from abm.decision import LUCK, choose, choose_foreign, draw_luck, months_to_retirement, tempted
from abm.engine.compiled import BLOCK, compiled, internal
from abm.engine.prefetch import AHEAD, prefetch
from abm.engine.streams import Purpose, standard_normals
from abm.engine.tally import count_changes
from abm.environment import Environment
from abm.human_capital import human_capital_of
from abm.moves import acts
from abm.perception import form_belief
from abm.person import Graduates, read_keys
from abm.scenario import Scenario

__all__ = ["Outlook", "belief_rules", "outlook_of", "review"]

BELIEF_RULES = np.dtype([("signal_noise", np.float64), ("signal_weight", np.float64), ("neighbour_weight", np.float64)])


# whom a reviewer knows
KNOWN = np.dtype((np.record, [("begin", np.int64), ("end", np.int64), ("n_present", np.int64)]))


def belief_rules(scenario: Scenario) -> np.recarray:
    """Return the parameters of perception of a run, one record of BELIEF_RULES."""
    given = scenario.beliefs
    table = np.zeros(1, dtype=BELIEF_RULES).view(np.recarray)
    table[0] = (given.signal_noise, given.signal_weight, given.neighbour_weight)
    return table


@compiled
def meet(listed: np.ndarray, first: np.ndarray, neighbour: np.ndarray, ties: np.ndarray, known: np.ndarray) -> None:
    """Find, for listed rows, where those they know are listed in ``neighbour``, and how many of them have appeared."""
    for place in range(len(listed)):
        if place + AHEAD < len(listed) and listed[place + AHEAD] < len(first) - 1:
            prefetch(first, listed[place + AHEAD])
            prefetch(ties, listed[place + AHEAD])
        i, here = listed[place], known[place]
        here.begin, here.end, here.n_present = 0, 0, 0
        if i < len(first) - 1:
            here.begin, here.end = first[i], first[i + 1]
            for j in range(ties.shape[1]):
                here.n_present += ties[i, j]
        if here.end > here.begin:
            prefetch(neighbour, here.begin)
            prefetch(neighbour, here.end - 1)


@compiled
def hear(
    listed: np.ndarray,
    belief: np.ndarray,
    neighbour: np.ndarray,
    known: np.ndarray,
    expected: float,
    noise: np.ndarray,
    hearing: np.record,
    formed: np.ndarray,
) -> None:
    """Form the beliefs of listed rows from the public signal, with each her ``noise``, and from those they know."""
    for place in range(len(listed)):
        if place + AHEAD < len(listed):
            coming = known[place + AHEAD]
            for position in range(coming.begin, coming.end):
                prefetch(belief, neighbour[position])
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
    persons: np.ndarray,
    listed: np.ndarray,
    belief: np.ndarray,
    formed: np.ndarray,
    month: int,
    capital: np.record,
    tally: np.ndarray,
) -> None:
    """Bring the human capital of listed rows up to date, and the tally with it and with their new beliefs."""
    for place in range(len(listed)):
        person = persons[listed[place]]
        human_capital = human_capital_of(person, month, capital)
        if person.stage != ABSENT:
            count_changes(person, belief[listed[place]], formed[place], human_capital, tally)
        person.human_capital = human_capital


class Outlook(NamedTuple):
    """What reviewers look up, by country and by the remaining months of the career."""

    annuity: np.ndarray  # discounted months
    growth: np.ndarray  # shape (countries, months): discounted income under growth relative to none
    fade: np.ndarray  # share of the loss on arrival abroad that is left, averaged over the months
    ln_kept: np.ndarray  # shape (countries, months): log share of the wage kept, on average, after arrival
    ln_income: np.ndarray  # shape (countries, job now, months): log permanent income relative to the wage
    tabulated: np.ndarray  # chances of finding and losing a job for which a country was tabulated last
    monthly_discount: float
    expected_rule_of_law: np.ndarray  # at home, by month of the run
    ln_outside_wage: np.ndarray  # log wage of foreign specialists in their own country, by month of the run
    coming_cost: np.ndarray  # of foreign specialists, utility, by month of the run


def outlook_of(environment: Environment) -> Outlook:
    """Return the tables of a run; permanent income is filled in by :func:`abm.decision.tabulate_outlook`."""
    n = environment.n_countries
    return Outlook(
        environment.annuity,
        environment.growth,
        environment.fade,
        environment.ln_kept,
        ln_income=np.zeros((n, 2, len(environment.annuity))),
        tabulated=np.full((n, 2), np.nan),
        monthly_discount=environment.monthly_discount,
        expected_rule_of_law=environment.rule_of_law.expected,
        ln_outside_wage=environment.ln_outside_wage,
        coming_cost=environment.coming_cost,
    )


@internal
def review(
    people: Graduates,
    reviewers: np.ndarray,
    begin: int,
    end: int,
    first: np.ndarray,
    neighbour: np.ndarray,
    ties: np.ndarray,
    t: int,
    countries: np.ndarray,
    outlook: Outlook,
    rule_table: np.ndarray,
    belief_table: np.ndarray,
    capital: np.record,
    formed: np.ndarray,
    choices: np.ndarray,
    tally: np.ndarray,
) -> None:
    """Let reviewers ``begin`` to ``end`` of the list form beliefs, into ``formed``, and choose, into ``choices``.

    Beliefs are formed from those of all others at the beginning of the month; the caller puts them in place.
    """
    persons, belief = people.person, people.belief
    annuity, fade, ln_kept, ln_income = outlook.annuity, outlook.fade, outlook.ln_kept, outlook.ln_income
    growth, home, rules, hearing = outlook.growth, countries[HOME], rule_table[0], belief_table[0]
    expected, outside, coming = outlook.expected_rule_of_law[t], outlook.ln_outside_wage[t], outlook.coming_cost[t]
    rank, cohort = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint32)
    noise, luck = np.empty(BLOCK), np.ones((LUCK, len(countries), BLOCK))
    known = np.empty(BLOCK, dtype=KNOWN)
    for start in range(begin, end, BLOCK):
        listed = reviewers[start : min(start + BLOCK, end)]
        n = len(listed)
        beliefs = formed[start : start + n]
        read_keys(persons, listed, rank, cohort)
        standard_normals(rules.seed, rank[:n], cohort[:n], t, Purpose.SIGNAL, 0, noise[:n])
        draw_luck(rank[:n], cohort[:n], t, countries, rules, luck)
        meet(listed, first, neighbour, ties, known)
        hear(listed, belief, neighbour, known, expected, noise, hearing, beliefs)
        learn(persons, listed, belief, beliefs, t, capital, tally)
        for place in range(n):
            i = listed[place]
            person, choice, own = persons[i], choices[start + place], float(beliefs[place])
            degree = known[place].end - known[place].begin
            if person.origin == FOREIGN:
                left = months_to_retirement(person, t, len(annuity) - 1, rules)
                ahead = ln_income[HOME, 1 if person.stage == EMPLOYED else 0, left]
                choose_foreign(person, own, t, home, outside, coming, left, growth[HOME, left], ahead, rules, choice)
            elif (
                person.country == HOME
                and person.obligation_month != OWED
                and not tempted(
                    person, own, ties, i, degree, t, countries, fade, ln_kept, ln_income, rules, luck, place
                )
            ):
                choice.country, choice.path, choice.referred = HOME, STAY, 0
            else:
                choose(
                    person,
                    own,
                    ties,
                    i,
                    degree,
                    t,
                    countries,
                    annuity,
                    fade,
                    ln_kept,
                    ln_income,
                    rules,
                    luck,
                    place,
                    choice,
                )
            choice.acts = acts(person, choice, t)
