"""Capability: which countries are open to a graduate, how, and with which job.

Home is.  A country abroad is open by free entry, by a job offer with a permit, by a study place, or by a post
for a time; and all but the last to those alone who can pay what it takes to move (:mod:`abm.savings`).  No country is
open, home neither, to whom a border does not let pass (:mod:`abm.borders`); who may not stay abroad then is let stay.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.borders import can_cross, can_move
from abm.codes import (
    BACK,
    CLOSED,
    EMPLOYED,
    FREE,
    FREE_ENTRY,
    HOME,
    NEVER,
    OFFER,
    OWED,
    POST_ABROAD,
    POST_STUDY,
    POSTED,
    RENEW,
    RESERVE,
    RETURN,
    RETURN_OFFER,
    SERVE,
    SERVICE,
    SETTLED,
    STAY,
    STUDY,
    WORK_PERMIT,
)
from abm.engine.compiled import compiled, inlined
from abm.engine.streams import HIGHEST_DRAW, Purpose
from abm.labour import sector_of
from abm.life_course import match_of
from abm.person import draw, draw_normal
from abm.reviewer import OFFER_LUCK, PERMIT_LUCK, PLACE_LUCK, POSTING_LUCK, Month, Reviewer, ties_in
from abm.rules import ABILITIES
from abm.savings import can_pay

__all__ = [
    "NO_OFFER",
    "Option",
    "best_match",
    "ceiling_by_ability",
    "expected_offers",
    "hoped_for",
    "is_offer",
    "maybe_open",
    "offer_prob",
    "offers_by_ability",
    "open_by",
    "place_to_serve",
    "prob_of_staying",
    "sector_offered",
    "way_to",
    "with_job",
]

NO_OFFER = -1.0
OF_MASTERS, EXEMPT = 128, 128  # what is added to a country for a draw of the same purpose


class Option(NamedTuple):
    """A country as it is open to somebody."""

    country: int
    path: int  # index of PATHS, or CLOSED
    match: float  # log wage of the job there relative to the mean of its kind
    draw: float  # that brought an offer, NO_OFFER where none matters


@inlined
def is_offer(path: int) -> bool:
    """Return whether a path leads through an offer."""
    return path == OFFER or path == RETURN_OFFER


@inlined
def offers_by_ability(person: np.record, rules: np.record) -> float:
    """Return the factor by which ability multiplies a person's rate of offers."""
    return math.exp(rules.decision.offer_ability_gain * float(person.ability))


@inlined
def ceiling_by_ability(person: np.record, rules: np.record) -> float:
    """Return a number just above :func:`offers_by_ability`, from a table: most draws need no exponential."""
    return rules.ability_gain_ceiling[int((float(person.ability) - ABILITIES[0]) * 16.0)]


@inlined
def expected_offers(her: Reviewer, now: Month, j: int, ties: int) -> float:
    """Return how many offers are expected in the year between two reviews; ties at the place of the job refer."""
    country, gain = now.countries[j], her.ability_gain * now.rules.degree_gain[her.person.degree]
    return country.offer_rate * gain * (1.0 + country.offer_ties_gain * ties)


@inlined
def offer_prob(expected: float) -> float:
    """Return the probability of at least one offer, offers arriving as a Poisson process."""
    return -math.expm1(-expected)


@inlined
def offer_arrives(u: float, expected: float) -> bool:
    """Return whether the draw ``u`` means at least one of the ``expected`` offers; most draws need no exponential."""
    if u >= expected:
        return False
    return u < expected - 0.5 * expected * expected or u < offer_prob(expected)


@inlined
def offer_from(her: Reviewer, now: Month, j: int) -> float:
    """Return the draw that brought an offer from country ``j``, NO_OFFER if it brought none."""
    if now.countries[j].offer_rate <= 0.0:
        return NO_OFFER
    u = offer_from_home(her, now) if j == HOME else her.luck[OFFER_LUCK, j, her.place]
    return u if offer_arrives(u, expected_offers(her, now, j, ties_in(her, j))) else NO_OFFER


@inlined
def offer_from_home(her: Reviewer, now: Month) -> float:
    """Return the draw that decides on offers from home to somebody abroad."""
    return draw(her.person, her.chances, Purpose.OFFER, HOME, now.rules.seed)


@compiled
def offer_match(her: Reviewer, now: Month, j: int) -> float:
    """Return the log wage of her offer relative to the mean of graduate-level jobs in country ``j``."""
    z = draw_normal(her.person, her.chances, Purpose.OFFER_WAGE, j, now.rules.seed)
    level = draw(her.person, her.chances, Purpose.OFFER_WAGE, 128 + j, now.rules.seed)
    return match_of(z, level, now.countries[j].graduate_job_share, now.rules)


@compiled
def sector_offered(her: Reviewer, now: Month) -> int:
    """Return the sector of an offer from home to somebody abroad: offers come from this month's vacancies."""
    u = draw(her.person, her.chances, Purpose.SECTOR_APPLIED, 1, now.rules.seed)
    return sector_of(u, now.outlook.offer_limits)


@inlined
def permit_won(her: Reviewer, now: Month, j: int) -> bool:
    """Return whether an application for a permit, made this year, would succeed."""
    country = now.countries[j]
    if country.free_entry:
        return draw(her.person, her.chances, Purpose.PERMIT, j, now.rules.seed) < country.permit_prob
    won = her.luck[PERMIT_LUCK, j, her.place] < country.permit_prob
    return won or (country.permits_by_degree and won_by_degree(her, now, j))


@compiled
def won_by_degree(her: Reviewer, now: Month, j: int) -> bool:
    """Return whether a permit that was not won in the draw of all is won in that of masters, or needs none.

    Whose employer is exempt is found once a life: the same persons, and more the higher the degree.
    """
    person, country, seed = her.person, now.countries[j], now.rules.seed
    if person.degree > 0 and country.permit_prob_masters > 0.0:
        if draw(person, her.chances, Purpose.PERMIT, OF_MASTERS + j, seed) < country.permit_prob_masters:
            return True
    return draw(person, 0, Purpose.SPONSOR, EXEMPT + j, seed) < country.exempt_share[person.degree]


@inlined
def is_sponsored(her: Reviewer, now: Month, j: int) -> bool:
    """Return whether an employer applies for a permit for somebody who took a degree in country ``j`` and works there.

    That, too, is found once a life: an employer who does not will not next year.
    """
    prob = now.countries[j].sponsor_prob[her.person.degree]
    return prob >= 1.0 or draw(her.person, 0, Purpose.SPONSOR, j, now.rules.seed) < prob


@inlined
def may_study(person: np.record, now: Month) -> bool:
    """Return whether somebody is young enough for a place for further study, and without a doctorate."""
    young = now.month - person.birth_month < 12.0 * now.rules.education.oldest_student
    return young & (person.degree < 2)


@inlined
def prob_of_staying(country: np.record, science: int, degree: int) -> float:
    """Return the probability of being able to stay in a country after a degree there: of one permit won in time.

    An employer has to apply for it, and an exempt one gets it; others try once a year of a post-study permit, and once
    where it lasts for less than that.
    """
    if country.free_entry:
        return 1.0
    months, lost = country.post_study_months[science], 1.0 - country.permit_prob
    if months == 0:
        return 0.0
    if degree > 0:
        lost *= 1.0 - country.permit_prob_masters
    exempt = country.exempt_share[degree]
    return country.sponsor_prob[degree] * (exempt + (1.0 - exempt) * (1.0 - lost ** max(months // 12, 1)))


@inlined
def place_offered(her: Reviewer, now: Month, j: int) -> bool:
    """Return whether her draw means a place for further study, for those who may study."""
    expected = now.countries[j].study_place_rate * her.ability_gain
    return may_study(her.person, now) and offer_arrives(her.luck[PLACE_LUCK, j, her.place], expected)


@inlined
def posting_offered(her: Reviewer, now: Month, j: int) -> bool:
    """Return whether her draw means a post abroad for a time: for those in ordinary work who owe nothing."""
    person, country = her.person, now.countries[j]
    if country.posting_rate <= 0.0 or country.free_entry:
        return False
    if person.country != HOME or person.stage != EMPLOYED or person.sector == RESERVE:
        return False
    if person.obligation_month != NEVER:
        return False
    return offer_arrives(her.luck[POSTING_LUCK, j, her.place], country.posting_rate * her.ability_gain)


@inlined
def path_here(her: Reviewer, now: Month) -> int:
    """Return the path by which a person may stay in the country she lives in, or CLOSED.

    A permit that has not ended allows it; somebody in work renews a work permit, and on a post-study permit applies for
    a first one once a year, at the end of a post abroad for a time likewise.
    """
    person = her.person
    here, at_work = person.country, person.stage == EMPLOYED
    if here == HOME or person.permit == FREE_ENTRY or person.permit == SETTLED:
        return STAY
    lasts = person.permit_month > now.month
    if at_work and person.permit == WORK_PERMIT and not lasts:
        return RENEW
    studied = person.permit == POST_STUDY and is_sponsored(her, now, here)
    if at_work and (studied or (person.permit == POSTED and not lasts)) and permit_won(her, now, here):
        return RENEW
    # whom the border does not let out is let stay
    return STAY if lasts or not can_cross(person, her.chances, now.countries, here, now.rules.seed) else CLOSED


@inlined
def path_there(her: Reviewer, now: Month, j: int, offered: bool) -> int:
    """Return the path by which a person may move to a country, or CLOSED."""
    if j == HOME:
        if her.person.permit == POSTED:
            return BACK
        return RETURN_OFFER if offered else RETURN
    pays = can_pay(her, now, j)
    if pays and now.countries[j].free_entry:
        return OFFER if offered else FREE
    if pays and offered and permit_won(her, now, j):
        return OFFER
    if posting_offered(her, now, j):
        return POST_ABROAD
    return STUDY if pays and place_offered(her, now, j) else CLOSED


@inlined
def way_to(her: Reviewer, now: Month, j: int) -> Option:
    """Return how country ``j`` is open to her; of an offer only a bound above its match (:func:`with_job`).

    Whoever was sent abroad for a time needs no offer to go back to her post.
    """
    person, country = her.person, now.countries[j]
    if j == person.country:
        return Option(j, path_here(her, now), float(country.mean_match), NO_OFFER)
    if not can_move(person, her.chances, now.countries, j, now.rules.seed):
        return Option(j, CLOSED, float(country.mean_match), NO_OFFER)
    draw = offer_from(her, now, j)
    path = path_there(her, now, j, draw >= 0.0)
    if path == BACK or path == POST_ABROAD:
        return Option(j, path, np.float64(person.match), NO_OFFER)
    if is_offer(path):
        return Option(j, path, best_match(now), draw)
    return Option(j, path, float(country.mean_match), NO_OFFER)


@inlined
def with_job(her: Reviewer, now: Month, option: Option) -> Option:
    """Return an option with the job that it brings."""
    if not is_offer(option.path):
        return option
    return Option(option.country, option.path, offer_match(her, now, option.country), option.draw)


@inlined
def open_by(her: Reviewer, now: Month, j: int) -> Option:
    """Return how country ``j`` is open to her, and with which job."""
    return with_job(her, now, way_to(her, now, j))


@inlined
def best_match(now: Month) -> float:
    """Return a bound above the match of any offer, and above the mean of those that one may find."""
    return now.rules.labour.match_spread * HIGHEST_DRAW


@inlined
def hoped_for(her: Reviewer, now: Month, j: int) -> Option:
    """Return the best way in which country ``j`` might be open to somebody at home: a bound on :func:`open_by`."""
    country, offers = now.countries[j], expected_offers(her, now, j, ties_in(her, j))
    offered = her.luck[OFFER_LUCK, j, her.place] < offers
    match = best_match(now) if offered else float(country.mean_match)
    path = OFFER if offered else FREE
    if not country.free_entry:
        places = country.study_place_rate * her.ability_gain
        if may_study(her.person, now) & (her.luck[PLACE_LUCK, j, her.place] < places):
            path = STUDY
        elif posting_offered(her, now, j):
            path = POST_ABROAD
        elif not offered or not permit_won(her, now, j):
            path = CLOSED
    return Option(j, path, match, NO_OFFER)


@inlined
def maybe_open(her: Reviewer, now: Month, j: int) -> bool:
    """Return whether a country without free entry might be open to somebody at home: a quick bound on hopes for it."""
    country, gain, offers = now.countries[j], her.ability_gain, expected_offers(her, now, j, ties_in(her, j))
    permit = (her.luck[PERMIT_LUCK, j, her.place] < country.permit_prob) | country.permits_by_degree
    works = (her.luck[OFFER_LUCK, j, her.place] < offers) & permit
    studies = (her.luck[PLACE_LUCK, j, her.place] < country.study_place_rate * gain) & may_study(her.person, now)
    return works | studies | (her.luck[POSTING_LUCK, j, her.place] < country.posting_rate * gain)


@inlined
def place_to_serve(her: Reviewer, now: Month) -> Option:
    """Return the place that somebody who is to serve is offered to do so; CLOSED to others, and if there is none."""
    person, home = her.person, now.countries[HOME]
    path, length = CLOSED, home.obligation_months[SERVICE]
    # the programme may have ended, and a career may be too short for it
    if person.obligation_month == OWED and person.country == HOME and 0 < length < her.remaining:
        u = draw(person, her.chances, Purpose.SERVICE_PLACE, 0, now.rules.seed)
        if u < home.service_place_prob:
            path = SERVE
    return Option(HOME, path, math.log(home.service_pay) if path == SERVE else 0.0, NO_OFFER)
