"""Income: what a graduate earns here and would earn there, and the log permanent income of what is open to her.

A log wage is the sum of the country's mean, the return to ability, experience, the match, and what is kept of it in
transfer; permanent income is the wage and its outlook (:mod:`abm.outlook`).
"""

from __future__ import annotations

import math

import numpy as np

from abm.capability import Option, is_offer
from abm.codes import (
    BACK,
    EMPLOYED,
    HOME,
    NEVER,
    OWED,
    POST_ABROAD,
    POSTED,
    PUBLIC,
    SERVE,
    SERVICE,
    STAY,
    STUDY,
)
from abm.engine.compiled import compiled, inlined
from abm.incentives import ln_income_with_rest_of_tax_cut
from abm.person import obligation_of
from abm.reviewer import Month, Reviewer, experience_gain

__all__ = [
    "breaks_obligation",
    "ln_after_repayment",
    "ln_current_wage",
    "ln_income_by",
    "ln_income_here",
    "ln_income_there",
    "ln_wage_by",
    "study_length",
]


@inlined
def ln_wage(person: np.record, country: np.record, experience: float, match: float, ln_kept: float) -> float:
    """Return the log wage in a country: ability, experience and degree, match, less what is lost in transfer.

    ``country`` is a record of :data:`abm.paths.COUNTRY`; ``experience`` is what experience and degree add;
    ``match`` holds all that belongs to the job, at home its sector too; ``ln_kept`` is the log of the share kept in
    transfer.
    """
    return country.ln_wage + (country.return_to_ability * float(person.ability) + experience + match + ln_kept)


@inlined
def ln_kept_after(country: np.record, left: float) -> float:
    """Return the log of the share of the wage that is kept when the share ``left`` of the loss on arrival remains."""
    return math.log1p(-country.transfer_loss * left) if country.transfer_loss > 0.0 else 0.0


@inlined
def remaining_loss(person: np.record, country: np.record, month: int, rules: np.record) -> float:
    """Return the part of the loss on arrival that is left after the months lived in the country."""
    if country.transfer_loss <= 0.0:
        return 0.0
    return math.exp(-(month - person.arrival_month) / (12.0 * rules.decision.assimilation_years))


@inlined
def job_premium(person: np.record, country: np.record) -> float:
    """Return the log wage of the present job relative to the mean in its country; of a job to be found without one."""
    if person.stage != EMPLOYED:
        return country.mean_match + country.ln_mean_ratio
    match = float(person.match)
    return match + country.ln_sector_ratio[person.sector] if person.sector >= 0 else match


@compiled
def ln_current_wage(person: np.record, country: np.record, month: int, rules: np.record) -> float:
    """Return the log wage of somebody in work, in the month."""
    ln_kept = ln_kept_after(country, remaining_loss(person, country, month, rules))
    return ln_wage(person, country, experience_gain(person, month, rules), job_premium(person, country), ln_kept)


@inlined
def ln_wage_by(her: Reviewer, now: Month, option: Option) -> float:
    """Return the log wage she has in her country, or would have on arrival in another; expected without an offer."""
    person, country = her.person, now.countries[option.country]
    if option.path == SERVE:
        return ln_wage(person, country, her.experience, option.match + country.ln_sector_ratio[PUBLIC], 0.0)
    if option.country == person.country:
        return ln_current_wage(person, country, now.month, now.rules)
    sector = country.ln_sector_ratio[person.sector] if option.path == BACK else country.ln_mean_ratio
    return ln_wage(person, country, her.experience, option.match + sector, ln_kept_after(country, 1.0))


@inlined
def ln_income_here(her: Reviewer, now: Month) -> float:
    """Return log permanent income from staying, in the present job or looking for one."""
    person, outlook = her.person, now.outlook
    country, at_work = now.countries[person.country], 1 if person.stage == EMPLOYED else 0
    loss = remaining_loss(person, country, now.month, now.rules) * outlook.fade[her.remaining]
    wage = ln_wage(person, country, her.experience, job_premium(person, country), ln_kept_after(country, loss))
    ln_income = wage + outlook.ln_income[person.country, at_work, her.remaining]
    return ln_income_with_rest_of_tax_cut(her, now, ln_income)


@inlined
def ln_income_there(her: Reviewer, now: Month, j: int, match: float, months: int, at_work: int) -> float:
    """Return log permanent income over ``months`` after moving to country ``j``, to a job or to look for one."""
    country, outlook = now.countries[j], now.outlook
    wage = ln_wage(her.person, country, her.experience, match + country.ln_mean_ratio, outlook.ln_kept[j, months])
    return wage + outlook.ln_income[j, at_work, months]


@inlined
def ln_income_later(her: Reviewer, now: Month, j: int, months: int, at_work: int) -> float:
    """Return log permanent income in a country from ``months`` ahead on; wages go on growing until then."""
    country = now.countries[j]
    income = ln_income_there(her, now, j, country.mean_match, her.remaining - months, at_work)
    return income + months / 12.0 * math.log1p(country.wage_growth)


@compiled
def study_length(degree: int, rules: np.record) -> int:
    """Return the months of the next degree."""
    return rules.education.master_months if degree == 0 else rules.education.doctorate_months


@compiled
def ln_income_study(her: Reviewer, now: Month, j: int) -> float:
    """Return log permanent income from studying abroad: a stipend, then a job there, or at home if no permit is won."""
    person, country, education = her.person, now.countries[j], now.rules.education
    length = study_length(person.degree, now.rules)
    if her.remaining <= length:
        return -1e9
    abroad, at_home = ln_income_later(her, now, j, length, 0), ln_income_later(her, now, HOME, length, 0)
    stay_prob = 1.0
    if not country.free_entry:
        tries = 1 + country.post_study_months[person.science] // 12
        stay_prob = 1.0 - (1.0 - country.permit_prob) ** tries
    later = (stay_prob * math.exp(abroad) + (1.0 - stay_prob) * math.exp(at_home)) * math.exp(education.degree_premium)
    stipend = education.stipend_ratio * math.exp(country.ln_wage)
    during = now.outlook.annuity[length] / now.outlook.annuity[her.remaining]
    return math.log(during * stipend + (1.0 - during) * later)


@compiled
def ln_income_serving(her: Reviewer, now: Month, match: float) -> float:
    """Return log permanent income from a place to serve: its pay for the months owed, then an ordinary job."""
    home, length = now.countries[HOME], int(now.countries[HOME].obligation_months[SERVICE])
    during = now.outlook.annuity[length] / now.outlook.annuity[her.remaining]
    served = math.exp(ln_wage(her.person, home, her.experience, match + home.ln_sector_ratio[PUBLIC], 0.0))
    later = math.exp(ln_income_later(her, now, HOME, length, 1))
    return math.log(during * served + (1.0 - during) * later)


@inlined
def ln_income_by(her: Reviewer, now: Month, option: Option) -> float:
    """Return log permanent income in a country that is open, by the path and with the job of the option."""
    person, j, path, match, remaining = her.person, option.country, option.path, option.match, her.remaining
    country = now.countries[j]
    if path == SERVE:
        return ln_income_serving(her, now, match)
    if j == person.country:
        return ln_income_here(her, now)
    if path == STUDY:
        return ln_income_study(her, now, j)
    if path == POST_ABROAD:
        return ln_income_there(her, now, j, match, min(country.posting_months, remaining), 1)
    if path == BACK:
        post = match + country.ln_sector_ratio[person.sector] - country.ln_mean_ratio
        return ln_income_there(her, now, j, post, remaining, 1)
    return ln_income_there(her, now, j, match, remaining, 1 if is_offer(path) else 0)


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
def ln_after_repayment(ln_income: float, annuity: float, person: np.record, home: np.record) -> float:
    """Return log permanent income when an obligation is broken: less the repayment, if it is pursued."""
    income, obligation = math.exp(ln_income), obligation_of(person)
    owed = home.pursuit_prob[obligation] * home.repayment[obligation]
    return math.log(max(income - owed / annuity, 0.05 * income))
