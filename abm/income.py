"""Income: what a graduate earns here and would earn there, and the log permanent income of what is open to her.

Permanent income is her wage without the match (:mod:`abm.wage`) times what lies ahead (:mod:`abm.outlook`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.capability import Option, best_match, is_offer, prob_of_staying, sector_offered
from abm.codes import (
    BACK,
    EMPLOYED,
    HOME,
    NEVER,
    NOWHERE,
    OFFER,
    OWED,
    POST_ABROAD,
    POSTED,
    PUBLIC,
    RESERVE,
    RETURN_OFFER,
    SERVE,
    SERVICE,
    STAY,
    STUDY,
)
from abm.engine.compiled import compiled, inlined
from abm.incentives import ln_income_with_rest_of_tax_cut
from abm.outlook import LOOKING, WORKING, lies_ahead, worth_after_reserve
from abm.person import degree_after, is_serving, obligation_of
from abm.reviewer import Month, Reviewer, months_counted
from abm.wage import ln_current_wage, ln_kept_after, ln_wage, remaining_loss

__all__ = [
    "breaks_obligation",
    "least_income_at_home",
    "ln_after_repayment",
    "ln_income_after_post",
    "ln_income_by",
    "ln_income_felt",
    "ln_income_here",
    "ln_income_there",
    "ln_most_there",
    "ln_wage_by",
    "study_length",
]


class Job(NamedTuple):
    """What somebody works in or comes to, as far as it says what lies ahead."""

    state: int  # of those of abm.outlook: LOOKING, or WORKING and on
    match: float  # log wage relative to the mean of its kind; of who has none, any
    left: float  # part of the loss on arrival that is left


@inlined
def ln_wage_by(her: Reviewer, now: Month, option: Option) -> float:
    """Return the log wage she has in her country, or would have on arrival in another; expected without an offer.

    Without an offer that is the mean pay of the jobs that people find by looking for them.
    """
    person, j, path = her.person, option.country, option.path
    country = now.countries[j]
    if path == SERVE:
        return ln_wage(person, country, her.experience, option.match + country.ln_sector_ratio[PUBLIC], 0.0)
    if j == person.country and person.stage == EMPLOYED:
        return ln_current_wage(person, country, now.month, now.rules)
    ln_pay = now.outlook.ln_found[j]
    if path == BACK:
        ln_pay = option.match + country.ln_sector_ratio[person.sector]
    elif path == RETURN_OFFER:
        ln_pay = option.match + country.ln_sector_ratio[sector_offered(her, now)]
    elif path == OFFER or path == POST_ABROAD:
        ln_pay = option.match
    left = remaining_loss(person, country, now.month, now.rules) if j == person.country else 1.0
    return ln_wage(person, country, her.experience, ln_pay, ln_kept_after(country, left))


@inlined
def ln_as_known(her: Reviewer, now: Month, j: int) -> float:
    """Return what makes of the log wage in a country that which she expects there.

    Where she lives pay is today's.  What is paid elsewhere she knows by how it compared with pay there, on average
    over the years that are remembered: so it does not matter in whose money wages are stated.
    """
    here = her.person.country
    if here == j or here == NOWHERE:
        return 0.0
    return now.countries[j].ln_wage_memory - now.countries[here].ln_wage_memory


@inlined
def ln_level(her: Reviewer, now: Month, j: int) -> float:
    """Return the log wage that she expects in a country without a match, before any loss on arrival."""
    return ln_wage(her.person, now.countries[j], her.experience, 0.0, 0.0) + ln_as_known(her, now, j)


@inlined
def state_of(person: np.record) -> int:
    """Return the state of somebody in her country, of those that :mod:`abm.outlook` knows; abroad there is one work."""
    if person.stage != EMPLOYED:
        return LOOKING
    return WORKING + person.sector if person.country == HOME else WORKING


@inlined
def sure_months(person: np.record, month: int) -> int:
    """Return for how many months a job is certain: that of who serves, and a post abroad for a time."""
    if person.stage != EMPLOYED:
        return 0
    if person.permit == POSTED:
        return max(person.permit_month - month, 0)
    return max(person.obligation_month - month, 0) if is_serving(person) else 0


@inlined
def ln_income(her: Reviewer, now: Month, j: int, job: Job, months: int) -> float:
    """Return log permanent income over ``months`` in a country, from a job, or from looking for one."""
    here, lost = now.outlook.ahead[j, months, job.state], now.outlook.lost[j, months, job.state]
    ahead = lies_ahead(here, job.match)
    if job.left > 0.0:
        ahead -= job.left * lies_ahead(lost, job.match)
    return ln_level(her, now, j) + math.log(ahead)


@inlined
def growth_until(country: np.record, months: int) -> float:
    """Return the log of what wages grow by until ``months`` ahead."""
    return months / 12.0 * math.log1p(country.wage_growth)


@inlined
def kept_until(rules: np.record, months: int) -> float:
    """Return the part of a loss on arrival that is left after ``months``."""
    return math.exp(-months / (12.0 * rules.decision.assimilation_years))


@compiled
def ln_income_from_sure_job(her: Reviewer, now: Month, j: int, job: Job, sure: int) -> float:
    """Return log permanent income from a job that is certain for ``sure`` months, and then goes on as others do."""
    country, outlook, months = now.countries[j], now.outlook, months_counted(her, now, sure)
    sure = min(sure, months)
    ln_pay = country.ln_sector_ratio[job.state - WORKING] + job.match
    kept = outlook.growth[j, sure] - job.left * country.transfer_loss * outlook.fade[j, sure]
    income = outlook.annuity[sure] * kept * math.exp(ln_level(her, now, j) + ln_pay)
    if sure < months:
        then = Job(job.state, job.match, job.left * kept_until(now.rules, sure))
        later = math.exp(ln_income(her, now, j, then, months - sure) + growth_until(country, sure))
        income += (outlook.annuity[months] - outlook.annuity[sure]) * later
    return math.log(income / outlook.annuity[months])


@compiled
def ln_income_in_reserve(her: Reviewer, now: Month) -> float:
    """Return log permanent income in the personnel reserve: its pay until the term ends, then a public post or search.

    The post has the match of the term, which is 0; whoever gets none looks for work in the same month.
    """
    person, home, outlook, months = her.person, now.countries[HOME], now.outlook, months_counted(her, now, 0)
    term = min(max(person.status_month - now.month, 1), months)
    ahead = outlook.annuity[term] * outlook.growth[HOME, term] * math.exp(home.ln_sector_ratio[RESERVE])
    if term < months:
        after = outlook.ahead[HOME, months - term]
        mean_pay, appointed = math.exp(home.mean_match), home.appointment_prob
        then = worth_after_reserve(after, outlook.found, mean_pay, appointed) * math.exp(growth_until(home, term))
        ahead += (outlook.annuity[months] - outlook.annuity[term]) * then
    return ln_level(her, now, HOME) + math.log(ahead / outlook.annuity[months])


@inlined
def ln_income_here(her: Reviewer, now: Month) -> float:
    """Return log permanent income from staying, in the present job or looking for one."""
    counted = months_counted(her, now, sure_months(her.person, now.month))
    return ln_income_with_rest_of_tax_cut(her, now, ln_income_of_work_here(her, now), counted)


@inlined
def ln_income_of_work_here(her: Reviewer, now: Month) -> float:
    """Return log permanent income from the present job, or from looking for one in the country she lives in."""
    person = her.person
    country, state, match = now.countries[person.country], state_of(person), np.float64(person.match)
    if state == WORKING + RESERVE:
        return ln_income_in_reserve(her, now)
    job = Job(state, match, remaining_loss(person, country, now.month, now.rules))
    sure = sure_months(person, now.month)
    if sure > 0:
        return ln_income_from_sure_job(her, now, person.country, job, sure)
    return ln_income(her, now, person.country, job, months_counted(her, now, 0))


@inlined
def least_income_at_home(her: Reviewer, now: Month) -> float:
    """Return a bound below :func:`ln_income_here` of somebody at home, without logarithms and exponentials for most."""
    person, state = her.person, state_of(her.person)
    if state == WORKING + RESERVE or is_serving(person):
        return ln_income_here(her, now)
    here = now.outlook.ahead[HOME, months_counted(her, now, 0), state]
    better_match = float(person.match) - now.countries[HOME].mean_match
    return ln_level(her, now, HOME) + (here.ln_least + here.lean * better_match)


@inlined
def ln_income_there(her: Reviewer, now: Month, j: int, state: int, match: float) -> float:
    """Return log permanent income after moving to country ``j``, to a job in a state or to look for one."""
    return ln_income(her, now, j, Job(state, match, 0.0 if j == HOME else 1.0), months_counted(her, now, 0))


@inlined
def ln_most_there(her: Reviewer, now: Month, j: int, path: int) -> float:
    """Return a bound above log permanent income after moving to ``j``, by the best of offers or without one."""
    outlook, months = now.outlook, months_counted(her, now, 0)
    if j != HOME:
        return ln_level(her, now, j) + (outlook.ln_best[j, months] if is_offer(path) else outlook.ln_looking[j, months])
    most = outlook.ahead[HOME, months, LOOKING].rest
    if is_offer(path):
        for sector in range(RESERVE):
            most = max(most, lies_ahead(outlook.ahead[HOME, months, WORKING + sector], best_match(now)))
    return ln_level(her, now, HOME) + math.log(most)


@inlined
def ln_income_later(her: Reviewer, now: Month, j: int, months: int, job: Job) -> float:
    """Return log permanent income in a country after a spell of ``months``; wages go on growing until then."""
    return ln_income(her, now, j, job, months_counted(her, now, months) - months) + growth_until(
        now.countries[j], months
    )


@inlined
def ln_income_after_post(her: Reviewer, now: Month, months: int) -> float:
    """Return log permanent income at home after a post abroad of ``months``, back in her post, if any are left."""
    job = Job(state_of(her.person), np.float64(her.person.match), 0.0)
    return ln_income_later(her, now, HOME, min(months, her.remaining - 1), job)


@compiled
def study_length(degree: int, rules: np.record) -> int:
    """Return the months of the next degree."""
    return rules.education.master_months if degree == 0 else rules.education.doctorate_months


@compiled
def ln_income_study(her: Reviewer, now: Month, j: int) -> float:
    """Return log permanent income from studying abroad: a stipend, then a job there, or at home if no permit is won.

    The years of study take away of the loss on arrival what years of work would.
    """
    person, country, education = her.person, now.countries[j], now.rules.education
    length = study_length(person.degree, now.rules)
    if her.remaining <= length:
        return -1e9
    abroad = ln_income_later(her, now, j, length, Job(LOOKING, 0.0, kept_until(now.rules, length)))
    at_home = ln_income_later(her, now, HOME, length, Job(LOOKING, 0.0, 0.0))
    stay_prob = prob_of_staying(country, person.science, degree_after(person))
    later = (stay_prob * math.exp(abroad) + (1.0 - stay_prob) * math.exp(at_home)) * math.exp(education.degree_premium)
    stipend = education.stipend_ratio * math.exp(country.ln_wage + ln_as_known(her, now, j))
    during = now.outlook.annuity[length] / now.outlook.annuity[months_counted(her, now, length)]
    return math.log(during * stipend + (1.0 - during) * later)


@inlined
def ln_income_by(her: Reviewer, now: Month, option: Option) -> float:
    """Return log permanent income in a country that is open, by the path and with the job of the option.

    Of a post for a time it is that of its time alone.
    """
    person, j, path, match = her.person, option.country, option.path, option.match
    if path == SERVE:
        length = int(now.countries[HOME].obligation_months[SERVICE])
        return ln_income_from_sure_job(her, now, HOME, Job(WORKING + PUBLIC, match, 0.0), length)
    if j == person.country:
        return ln_income_here(her, now)
    if path == STUDY:
        return ln_income_study(her, now, j)
    if path == POST_ABROAD:
        return ln_income_on_post(her, now, j, match)
    if path == BACK:
        return ln_income_there(her, now, HOME, WORKING + person.sector, match)
    if path == RETURN_OFFER:
        return ln_income_there(her, now, HOME, WORKING + sector_offered(her, now), match)
    return ln_income_there(her, now, j, WORKING if path == OFFER else LOOKING, match)


@inlined
def ln_income_on_post(her: Reviewer, now: Month, j: int, match: float) -> float:
    """Return log permanent income over the time of a post abroad, whose job is certain."""
    country, outlook = now.countries[j], now.outlook
    months = min(country.posting_months, her.remaining)
    kept = outlook.growth[j, months] - country.transfer_loss * outlook.fade[j, months]
    return ln_level(her, now, j) + match + math.log(kept)


@inlined
def ln_income_felt(her: Reviewer, now: Month, j: int, ln_income: float) -> float:
    """Return log permanent income as it counts next to income abroad: at home its difference from usual, by a weight.

    Usual is what an average job at home in the first month brought people like her over the months that she counts.  So
    a weight other than 1 leaves the level of the first month where it is, and changes what pay, posts, taxes and money
    for coming home do to it.
    """
    weight = now.rules.decision.home_income_weight
    if j != HOME or weight == 1.0:
        return ln_income
    usual = now.rules.ln_usual_pay + now.rules.usual_return_to_ability * float(her.person.ability) + her.experience
    usual += math.log(now.outlook.growth[HOME, months_counted(her, now, 0)])
    return usual + weight * (ln_income - usual)


@inlined
def breaks_obligation(person: np.record, path: int, j: int) -> bool:
    """Return whether somebody who owes anything breaks it by living in country ``j``.

    It is broken by leaving home before it ends, by not returning from the studies or the post abroad that it paid for,
    or by living at home elsewhere than where one is to serve.
    """
    if person.obligation_month == NEVER or path == SERVE:
        return False
    if person.obligation_month == OWED and person.country == HOME:
        return True
    return j != HOME and not (path == STAY and person.permit == POSTED)


@compiled
def ln_after_repayment(her: Reviewer, now: Month, path: int, ln_income: float) -> float:
    """Return log permanent income when an obligation is broken by a path: less the repayment, if it is pursued."""
    home, income, obligation = now.countries[HOME], math.exp(ln_income), obligation_of(her.person)
    # of what breaks an obligation, studies alone commit for a time
    spell = study_length(her.person.degree, now.rules) if path == STUDY else 0
    annuity = now.outlook.annuity[months_counted(her, now, spell)]
    owed = home.pursuit_prob[obligation] * home.repayment[obligation]
    return math.log(max(income - owed / annuity, 0.05 * income))
