"""One person: the record that holds all that rules ask about her, and the whole population of such records."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import DEGREES, NEVER, OWED, POSTED, POSTING, SCHOLAR, SCHOLARSHIP, SERVICE
from abm.engine.compiled import compiled, inlined
from abm.engine.prefetch import prefetch
from abm.engine.streams import standard_normal, uniform

__all__ = [
    "CHILDREN",
    "OF_AGE",
    "PERSON",
    "SCHOOL_AGE",
    "TEENAGE",
    "Graduates",
    "degree_after",
    "draw",
    "draw_normal",
    "is_serving",
    "last_anniversary",
    "month_of_chances",
    "obligation_of",
    "read_chances",
    "read_keys",
]

CHILDREN = 3  # whom a record has room for
SCHOOL_AGE, TEENAGE, OF_AGE = 72, 156, 216  # months at which a child goes to school, turns thirteen and eighteen


PERSON = np.dtype(
    [
        # who she is
        ("rank", np.uint32),
        ("cohort", np.uint32),  # (group << 16) | month of the run
        ("ability", np.float32),  # standard normal
        ("connections", np.float32),  # standard normal
        ("income_weight", np.float32),
        ("rule_of_law_weight", np.float32),
        ("home_attachment", np.float32),
        # where she stands
        ("match", np.float32),  # log wage of this job relative to the mean of such jobs
        ("human_capital", np.int32),  # in 1/4096 of the human capital of a mean new graduate, as of her last review
        ("birth_month", np.int16),
        ("death_month", np.int16),  # NEVER if not in the run
        ("partner_month", np.int16),  # NEVER without a partner
        ("child_month", np.int16, (CHILDREN,)),  # NEVER without the child
        ("career_month", np.int16),  # month of the first degree
        ("arrival_month", np.int16),  # when she came to live in this country
        ("left_month", np.int16),  # when she last left home, NEVER if she did not
        ("months_abroad", np.int16),  # in completed stays
        ("permit_month", np.int16),  # when her permit ends
        ("work_permit_month", np.int16),  # when she first got a work permit in this country
        ("obligation_month", np.int16),  # when her obligation ends, NEVER without one
        ("status_month", np.int16),  # when her job, search or study ends
        ("stage", np.uint8),  # index of STAGES
        ("country", np.int8),  # 0 home, 1..K, NOWHERE
        ("sector", np.int8),  # index of SECTORS, NO_SECTOR
        ("permit", np.uint8),  # index of PERMITS
        ("degree", np.uint8),  # index of DEGREES
        ("origin", np.uint8),  # index of ORIGINS
        ("science", np.uint8),
        ("review_month", np.uint8),  # month of the year, 0..11
        ("heritage", np.uint8),  # group by language, kin or citizenship, 0 for everybody else
        ("tax_cut_month", np.int16),  # when the tax cut she came home under ends; none, if that is past
    ],
    align=True,
)


class Graduates(NamedTuple):
    """The population, one row a person.

    A record holds all that rules ask about one person, so that a review reads one place in memory.  Two columns of
    their own hold what is asked of many people at once: whose month has come, and what friends believe.  Months are
    months of the run (0 is its first), negative before it.
    """

    person: np.recarray  # of PERSON
    event_month: np.ndarray  # int16, the next month in which anything is due
    belief: np.ndarray  # float32, perceived rule of law at home, index points; 0 for those still to join the network


@inlined
def draw(person: np.record, month: int, purpose: int, alternative: int, seed: int) -> float:
    """Return a person's own uniform draw (:func:`abm.engine.streams.uniform`); month 0 for what is fixed for life."""
    return uniform(seed, person.rank, person.cohort, month, purpose, alternative)


@inlined
def draw_normal(person: np.record, month: int, purpose: int, alternative: int, seed: int) -> float:
    """Return a person's own standard normal draw."""
    return standard_normal(seed, person.rank, person.cohort, month, purpose, alternative)


@inlined
def degree_after(person: np.record) -> int:
    """Return the degree somebody has once she has finished another one: the next, of which there are DEGREES."""
    return min(person.degree + 1, len(DEGREES) - 1)


@inlined
def last_anniversary(person: np.record, month: int) -> int:
    """Return the month of a person's last yearly review, this month's included; negative if that was before the run."""
    since = month % 12 - int(person.review_month)
    return month - (since + 12 if since < 0 else since)


@inlined
def month_of_chances(person: np.record, month: int) -> int:
    """Return the month whose draws are a person's chances of the year: that of her last anniversary, or the first."""
    return max(last_anniversary(person, month), 0)


@inlined
def obligation_of(person: np.record) -> int:
    """Return which of :data:`abm.codes.OBLIGATIONS` somebody who owes anything owes."""
    if person.permit == POSTED:
        return POSTING
    return SCHOLARSHIP if person.origin == SCHOLAR else SERVICE


@inlined
def is_serving(person: np.record) -> bool:
    """Return whether somebody is bound to the place in which she serves."""
    begun = person.obligation_month != NEVER and person.obligation_month != OWED
    return begun and obligation_of(person) == SERVICE


@compiled
def read_keys(persons: np.ndarray, listed: np.ndarray, rank: np.ndarray, cohort: np.ndarray) -> None:
    """Copy the identity of listed rows, so that their draws can be made side by side."""
    for k in range(len(listed)):
        prefetch(persons, listed[k])  # all of the record: whoever needs the identity will need the rest
        person = persons[listed[k]]
        rank[k], cohort[k] = person.rank, person.cohort


@compiled
def read_chances(persons: np.ndarray, listed: np.ndarray, month: int, out: np.ndarray) -> None:
    """Write the month whose draws are the chances of each of listed rows (:func:`month_of_chances`)."""
    for k in range(len(listed)):
        out[k] = month_of_chances(persons[listed[k]], month)
