"""Her and now: a graduate at her review, and the month in which it is.

Every rule of the decision takes these two.  ``her`` is all that is known of one reviewer, ``now`` all that is the same
for everybody who reviews this month.

What a year brings her, its tastes, offers, permits and places, is drawn for the month of her last anniversary of
review (``her.chances``).  So an event between two anniversaries lets her reconsider, but draws nothing anew.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.codes import HOME
from abm.engine.compiled import allocating, inlined
from abm.engine.streams import Purpose, uniforms, uniforms_by_month
from abm.outlook import Outlook
from abm.person import draw

__all__ = [
    "AFFINITY",
    "LUCK",
    "OFFER_LUCK",
    "PERMIT_LUCK",
    "PLACE_LUCK",
    "POSTING_LUCK",
    "TASTE_LUCK",
    "Month",
    "Reviewer",
    "draw_luck",
    "experience_gain",
    "months_counted",
    "months_to_retirement",
    "taste_draw",
    "ties_in",
]

# draws of a block of reviewers, an array of shape (LUCK, countries, reviewers)
OFFER_LUCK, TASTE_LUCK, AFFINITY, PLACE_LUCK, POSTING_LUCK, PERMIT_LUCK = range(6)
LUCK = 6


class Month(NamedTuple):
    """The month of the reviews: ``now``, as events have it (:class:`abm.life_course.Now`), with what lies ahead."""

    month: int  # of the run
    countries: np.ndarray  # of abm.paths.COUNTRY, home first
    outlook: Outlook
    rules: np.record  # of abm.rules.RULES


class Reviewer(NamedTuple):
    """One graduate at her review: ``her``."""

    person: np.record  # of abm.person.PERSON
    belief: float  # perceived rule of law at home, index points
    ties: np.ndarray  # how many each knows in each country
    row: int  # which of these are hers
    degree: int  # how many she knows in all
    experience: float  # :func:`experience_gain`
    remaining: int  # :func:`months_to_retirement`
    chances: int  # :func:`abm.person.month_of_chances`
    luck: np.ndarray  # draws of her block, see :func:`draw_luck`
    place: int  # which of these are hers
    ability_gain: float  # by which ability multiplies her offers; a ceiling of it until she is tempted


@inlined
def ties_in(her: Reviewer, j: int) -> int:
    """Return how many people she knows in country ``j``."""
    return int(her.ties[her.row, j])


@inlined
def experience_gain(person: np.record, month: int, rules: np.record) -> float:
    """Return the log-wage gain from experience and degree, relative to fifteen years with a bachelor's degree."""
    years = min(max(month - person.career_month, 0) / 12.0, 30.0)
    return rules.labour.experience_return * (years - 15.0) + rules.education.degree_premium * person.degree


@inlined
def months_to_retirement(person: np.record, now: Month) -> int:
    """Return the remaining months of the career, at least one and at most as many as are tabulated."""
    months = np.int64(person.birth_month) + now.rules.retirement_months - now.month
    return min(max(months, 1), len(now.outlook.annuity) - 1)


@inlined
def months_counted(her: Reviewer, now: Month, spell: int) -> int:
    """Return the months whose income she counts: up to the planning horizon, which begins after a committed ``spell``.

    ``spell`` is how many months she is bound, or would be, to studies, service or a post for a time; their income
    counts too.  Nobody counts more than the rest of her career.
    """
    return min(her.remaining, spell + now.rules.horizon_months)


@inlined
def taste_draw(her: Reviewer, now: Month, alternative: int) -> float:
    """Return the draw that her taste shock of an alternative this year is made of."""
    return draw(her.person, her.chances, Purpose.TASTE_SHOCK, alternative, now.rules.seed)


@allocating
def draw_luck(rank: np.ndarray, cohort: np.ndarray, chances: np.ndarray, now: Month, luck: np.ndarray) -> None:
    """Draw, for a block of reviewers, what many of them need: offers, places, permits, tastes where all may live.

    ``chances`` are the months whose draws they have (:func:`abm.person.month_of_chances`).
    """
    n, seed = len(rank), now.rules.seed
    for j in range(len(now.countries)):
        country = now.countries[j]
        if j != HOME and country.offer_rate > 0.0:
            uniforms_by_month(seed, rank, cohort, chances, Purpose.OFFER, j, luck[OFFER_LUCK, j, :n])
        if country.free_entry:
            uniforms_by_month(seed, rank, cohort, chances, Purpose.TASTE_SHOCK, j, luck[TASTE_LUCK, j, :n])
            if country.affinity_spread > 0.0:
                uniforms(seed, rank, cohort, 0, Purpose.AFFINITY, j, luck[AFFINITY, j, :n])
        else:
            uniforms_by_month(seed, rank, cohort, chances, Purpose.PERMIT, j, luck[PERMIT_LUCK, j, :n])
            if country.study_place_rate > 0.0:
                uniforms_by_month(seed, rank, cohort, chances, Purpose.STUDY_PLACE, j, luck[PLACE_LUCK, j, :n])
        if country.posting_rate > 0.0:
            uniforms_by_month(seed, rank, cohort, chances, Purpose.POSTING, j, luck[POSTING_LUCK, j, :n])
