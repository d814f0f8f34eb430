"""Who becomes known to whom, and when: home's students from the first day of their studies, others when they appear.

A tie counts from the month on in which its other end has become known.  Who studies at home lives there, among those
with whom she will graduate, so she is known as long as she studies; in a run of few graduates, whose classmates follow
each other by months, and in one of many, whose classmates graduate together, everybody then knows as many.  What a
student believes is what she grew up with; she forms beliefs of her own when she graduates.  The dead are known no more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import ABSENT, GROUP_COHORT, GROUP_STUDENT, HOME, NOWHERE
from abm.engine.compiled import compiled
from abm.environment import Environment
from abm.network import Ties, move_ties
from abm.perception import newcomer_belief
from abm.person import Graduates
from abm.roster import Enrolled

__all__ = ["Introductions", "believe", "introduce", "introductions_of", "take_leave", "where_known"]


class Introductions(NamedTuple):
    """Who becomes known in which month."""

    rows: np.ndarray  # int32, in the order of the month; first those who studied at home before the first
    until: np.ndarray  # int64, shape (months + 1,): how many of them are known before a month begins


def introductions_of(environment: Environment, enrolled: Enrolled) -> Introductions:
    """Return who becomes known when, of all who have ties and were not there from the beginning.

    Graduates whom a reform adds become known when they appear: before, nobody knew of the reform.
    """
    n = len(enrolled.row)
    group, month = enrolled.roster.group[:n], enrolled.roster.month[:n].copy()
    studied_at_home = group == GROUP_COHORT
    studied_at_home[enrolled.row[n - enrolled.n_additional :]] = False
    month[studied_at_home] -= environment.scenario.education.study_months
    month[group >= GROUP_STUDENT] -= 1  # of students abroad, 0 are those who are there from the beginning
    rows = np.flatnonzero((group == GROUP_COHORT) | ((group >= GROUP_STUDENT) & (month >= 0))).astype(np.int32)
    rows = rows[np.argsort(month[rows], kind="stable")]
    until = np.searchsorted(month[rows], np.arange(environment.n_months + 1))
    return Introductions(rows, until)


@compiled
def believe(people: Graduates, rows: np.ndarray, rule_of_law: float, rules: np.record) -> None:
    """Let rows believe what they grew up with."""
    for i in rows:
        people.belief[i] = newcomer_belief(people.person[i], rule_of_law, rules)


@compiled
def introduce(people: Graduates, ties: Ties, rows: np.ndarray, rule_of_law: float, rules: np.record) -> None:
    """Let everybody who knows them know where rows live; who still studies at home believes what she grew up with."""
    for i in rows:
        person = people.person[i]
        country = person.country
        if person.stage == ABSENT:
            country, people.belief[i] = HOME, newcomer_belief(person, rule_of_law, rules)
        move_ties(ties, i, -1, country)


@compiled
def take_leave(people: Graduates, ties: Ties, rows: np.ndarray, deaths: np.ndarray) -> None:
    """Let nobody know or hear those any more who have died in a month, and count them in ``deaths`` by country."""
    for i in rows:
        person = people.person[i]
        deaths[person.country] += 1
        if i < len(ties.first) - 1:
            move_ties(ties, i, person.country, NOWHERE)
        person.country = NOWHERE
        people.belief[i] = 0.0


def where_known(introductions: Introductions, person: np.ndarray, n: int, month: int) -> np.ndarray:
    """Return where each of the first ``n`` rows is known to live before a month, int8; -1 of whom nobody knows yet."""
    country: np.ndarray = person["country"][:n].copy()
    known = introductions.rows[: introductions.until[month]]
    studies = (person["stage"][known] == ABSENT) & (person["death_month"][known] >= month)
    country[known[studies]] = HOME
    return country
