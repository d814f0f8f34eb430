r"""Where to live: the review, by random utility over the countries that are open to a graduate.

For each country j that is open to person i, who lives in c,

.. math::
   V_{ij} = a_i \ln y_{ij} + b_i R_{ij} + c\, g(\text{ties}_{ij}) + A_i [j = \text{home}] - K_i(c \to j)
            + \varepsilon_{ij}

with y permanent income, R rule of law (at home: believed), g(ties) = log(1 + ties) or the share of one's ties, A home
attachment, K the moving cost (0 for staying) and :math:`\varepsilon` a standard Gumbel shock, so that given the tastes
a, b, A of a person the choice is a logit (McFadden, 1974), and over persons a mixed logit (McFadden and Train, 2000).
A country abroad is open by free entry, by a job offer with a permit, or by a study place; home always is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.compiled import compiled
from abm.environment import HOME, Environment, Month
from abm.graduates import (
    EMPLOYED,
    FOREIGN,
    FREE_ENTRY,
    NEVER,
    NOWHERE,
    POST_STUDY,
    SETTLED,
    WORK_PERMIT,
    Graduates,
)
from abm.streams import Purpose, gumbel, standard_normal, uniform

__all__ = [
    "RULES",
    "rules_of",
    "decide",
    "geometric_sum",
    "employed_share",
    "permanent_income",
    "ties_utility",
    "moving_cost",
    "offer_prob",
    "ln_wage",
    "PATHS",
]

# how a choice is carried out
PATHS = ("stay", "renewed permit", "job offer", "free entry", "study place", "return with an offer", "return")
STAY, RENEW, OFFER, FREE, STUDY, RETURN_OFFER, RETURN = range(7)
CLOSED = -1
GONE = 7  # a foreign specialist who leaves, or a candidate who does not come

LOG_TIES, SHARE = 0, 1


RULES = np.dtype(
    [
        ("seed", np.int64),
        ("exposure", np.int64),
        ("ties_weight", np.float64),
        ("ties_discount", np.float64),
        ("offer_ties_gain", np.float64),
        ("offer_ability_gain", np.float64),
        ("offer_degree_gain", np.float64),
        ("fallback_ratio", np.float64),
        ("age_cost", np.float64),
        ("partner_cost", np.float64),
        ("child_cost", np.float64),
        ("school_child_cost", np.float64),
        ("teenager_cost", np.float64),
        ("place_cost", np.float64),
        ("monthly_discount", np.float64),
        ("assimilation_months", np.float64),
        ("experience_return", np.float64),
        ("degree_premium", np.float64),
        ("match_spread", np.float64),
        ("underemployment_loss", np.float64),
        ("retirement_months", np.int64),
        ("oldest_student_months", np.float64),
        ("master_months", np.int64),
        ("doctorate_months", np.int64),
        ("stipend_ratio", np.float64),
        ("repayment", np.float64),
        ("pursuit_prob", np.float64),
        ("foreign_cost", np.float64),
        ("foreign_return_cost", np.float64),
        ("outside_rule_of_law", np.float64),
    ]
)


class Choice(NamedTuple):
    """What reviewers decide: arrays over the list of reviewers."""

    country: np.ndarray  # int8, NOWHERE for a foreign specialist who stays away
    path: np.ndarray  # uint8, index of PATHS, or GONE
    match: np.ndarray  # float32, log wage of an offer relative to the mean of its kind
    referred: np.ndarray  # uint8, whether the offer came through a tie


def rules_of(environment: Environment, seed: int) -> np.record:
    """Return the decision parameters of a run, a record of RULES."""
    scenario = environment.scenario
    decision, education, labour = scenario.decision, scenario.education, scenario.labour
    specialists = scenario.foreign_specialists
    values = dict(
        seed=seed,
        exposure=SHARE if decision.exposure == "share" else LOG_TIES,
        ties_weight=decision.ties_weight,
        ties_discount=decision.ties_discount,
        offer_ties_gain=decision.offer_ties_gain,
        offer_ability_gain=decision.offer_ability_gain,
        offer_degree_gain=decision.offer_degree_gain,
        fallback_ratio=decision.fallback_ratio,
        age_cost=decision.age_cost / 120.0,
        partner_cost=decision.partner_cost,
        child_cost=decision.child_cost,
        school_child_cost=decision.school_child_cost,
        teenager_cost=decision.teenager_cost,
        place_cost=decision.place_cost,
        monthly_discount=environment.monthly_discount,
        assimilation_months=12.0 * decision.assimilation_years,
        experience_return=labour.experience_return,
        degree_premium=education.degree_premium,
        match_spread=labour.match_spread,
        underemployment_loss=labour.underemployment_loss,
        retirement_months=round(12 * decision.retirement_age),
        oldest_student_months=12 * education.oldest_student,
        master_months=education.master_months,
        doctorate_months=education.doctorate_months,
        stipend_ratio=education.stipend_ratio,
        repayment=education.repayment,
        pursuit_prob=education.pursuit_prob,
        foreign_cost=specialists.moving_cost,
        foreign_return_cost=specialists.return_cost,
        outside_rule_of_law=specialists.outside_rule_of_law,
    )
    rules = np.zeros(1, dtype=RULES).view(np.recarray)
    for name in RULES.fields or ():
        rules[name] = values[name]
    record: np.record = rules[0]
    return record


@compiled
def geometric_sum(factor: float, months: int) -> float:
    """Return 1 + q + ... + q**(months - 1) for 0 <= q; months >= 0."""
    if abs(1.0 - factor) < 1e-12:
        return float(months)
    if factor <= 0.0:
        return 1.0 if months > 0 else 0.0
    return (1.0 - math.exp(months * math.log(factor))) / (1.0 - factor)


@compiled
def employed_share(
    employed_now: float, finding: float, separation: float, discount: float, months: int, annuity: float
) -> float:
    """Return the discounted share of the remaining months a person will be in work.

    With monthly finding and separation probabilities f and s the chance of being in work m months ahead is
    p* + (p0 - p*) (1 - f - s)**m with p* = f / (f + s), a two-state Markov chain; the share is its discounted mean.
    ``annuity`` is the sum of the discount factors of these months.
    """
    total = finding + separation
    if total <= 0.0:
        return employed_now
    in_the_long_run = finding / total
    persistence = max(1.0 - total, 0.0)
    weight = geometric_sum(discount * persistence, months) / annuity
    return in_the_long_run + (employed_now - in_the_long_run) * weight


@compiled
def permanent_income(ln_wage: float, share_employed: float, fallback_ratio: float, growth: float) -> float:
    """Return the log of permanent income: wage when in work, fallback when not, times expected growth."""
    return ln_wage + math.log((share_employed + (1.0 - share_employed) * fallback_ratio) * growth)


@compiled
def ties_utility(ties: float, degree: int, exposure: int, weight: float) -> float:
    """Return the utility of having ``ties`` of one's ``degree`` ties in a country."""
    if exposure == SHARE:
        return weight * ties / degree if degree > 0 else 0.0
    return weight * math.log(1.0 + ties)


@compiled
def personal_gain(ability: float, degree: int, rules: np.record) -> float:
    """Return the factor by which ability and degree multiply a person's rate of offers."""
    return math.exp(rules.offer_ability_gain * ability + rules.offer_degree_gain * degree)


@compiled
def expected_offers(rate: float, gain: float, ties: float, rules: np.record) -> float:
    """Return how many offers are expected in the year between two reviews; ties at the place of the job refer."""
    return rate * gain * (1.0 + rules.offer_ties_gain * ties)


@compiled
def offer_prob(expected: float) -> float:
    """Return the probability of at least one offer, offers arriving as a Poisson process."""
    return -math.expm1(-expected)


@compiled
def children_cost(person: np.record, month: int, rules: np.record) -> float:
    """Return what children add to the cost of moving: more the more of their life was spent in this country."""
    cost = 0.0
    lived_here = month - person.arrival_month
    for child in range(3):
        born = np.int64(person.child_month[child])
        age = month - born
        if born == NEVER or age < 0 or age >= 216:
            continue
        if age < 72:
            cost += rules.child_cost
            continue
        grown_up_here = min(lived_here / age, 1.0)
        cost += grown_up_here * (rules.school_child_cost if age < 156 else rules.teenager_cost)
    return cost


@compiled
def place_cost(person: np.record, month: int, rules: np.record) -> float:
    """Return what the years lived abroad since graduation add to the cost of leaving a country abroad."""
    settled_since = max(person.arrival_month, person.career_month)
    return rules.place_cost * math.log(1.0 + max(month - settled_since, 0) / 12.0)


@compiled
def moving_cost(
    person: np.record, month: int, from_home: bool, ties_there: float, distance: float, rules: np.record
) -> float:
    """Return the cost of moving: distance, age, partner, children and place, lowered by ties at the destination."""
    age_above_25 = max(month - person.birth_month - 300, 0)
    cost = distance + rules.age_cost * age_above_25
    if not from_home:
        cost += place_cost(person, month, rules)
    if person.partner_month <= month:
        cost += rules.partner_cost
    cost += children_cost(person, month, rules)
    return cost * (1.0 - rules.ties_discount * ties_there / (1.0 + ties_there))


@compiled
def experience_gain(person: np.record, month: int, rules: np.record) -> float:
    """Return the log-wage gain from experience and degree, relative to fifteen years with a bachelor's degree."""
    years = min(max(month - person.career_month, 0) / 12.0, 30.0)
    return rules.experience_return * (years - 15.0) + rules.degree_premium * person.degree


@compiled
def ln_wage(person: np.record, country: np.record, month: int, match: float, fade: float, rules: np.record) -> float:
    """Return the log wage in a country: ability, experience, degree, match, less what is lost in transfer.

    ``country`` is a record of :data:`abm.environment.COUNTRY`; ``match`` holds all that belongs to the job, at home its
    sector too; ``fade`` is the part of the loss on arrival that remains (1 on arrival; nothing is lost at home).
    """
    gain = country.return_to_ability * float(person.ability) + experience_gain(person, month, rules) + match
    if country.transfer_loss > 0.0:
        gain += math.log1p(-country.transfer_loss * fade)
    return country.ln_wage + gain


@compiled
def remaining_loss(person: np.record, country: np.record, month: int, rules: np.record) -> float:
    """Return the part of the loss on arrival that is left after the months lived in the country."""
    if country.transfer_loss <= 0.0:
        return 0.0
    return math.exp(-(month - person.arrival_month) / rules.assimilation_months)


@compiled
def job_premium(people: Graduates, i: int, month: Month, rules: np.record) -> float:
    """Return the log wage of the present job relative to the mean in its country; of a job to be found without one."""
    country = people.country[i]
    if people.stage[i] != EMPLOYED:
        return month.countries[country].mean_match + month.countries[country].ln_mean_ratio
    match = float(people.person[i].match)
    return match + month.ln_sector_ratio[people.sector[i]] if country == HOME else match


@compiled
def ln_current_wage(people: Graduates, i: int, month: Month, rules: np.record) -> float:
    """Return the log wage of somebody in work, in the month."""
    person, country, t = people.person[i], month.countries[people.country[i]], month.month
    fade = remaining_loss(person, country, t, rules)
    return ln_wage(person, country, t, job_premium(people, i, month, rules), fade, rules)


@compiled
def ln_income(
    country: np.record,
    ln_wage: float,
    employed_now: float,
    growth: float,
    annuity: float,
    remaining: int,
    rules: np.record,
) -> float:
    """Return log permanent income in a country, given the log wage there and whether there is a job at once."""
    finding, separation = country.job_finding_prob, country.separation_prob
    share = employed_share(employed_now, finding, separation, rules.monthly_discount, remaining, annuity)
    return permanent_income(ln_wage, share, rules.fallback_ratio, growth)


@compiled
def ln_income_here(people: Graduates, i: int, month: Month, remaining: int, rules: np.record) -> float:
    """Return log permanent income from staying, in the present job or looking for one."""
    person, here, t = people.person[i], people.country[i], month.month
    country = month.countries[here]
    fade = remaining_loss(person, country, t, rules) * month.fade[remaining]
    wage = ln_wage(person, country, t, job_premium(people, i, month, rules), fade, rules)
    at_work = 1.0 if people.stage[i] == EMPLOYED else 0.0
    return ln_income(country, wage, at_work, month.growth[here, remaining], month.annuity[remaining], remaining, rules)


@compiled
def ln_income_there(
    person: np.record,
    country: np.record,
    month: int,
    match: float,
    offered: bool,
    fade: float,
    growth: float,
    annuity: float,
    remaining: int,
    rules: np.record,
) -> float:
    """Return log permanent income from moving to a country, with an offer or with the chance of finding work."""
    wage = ln_wage(person, country, month, match + country.ln_mean_ratio, fade, rules)
    return ln_income(country, wage, 1.0 if offered else 0.0, growth, annuity, remaining, rules)


@compiled
def study_length(degree: int, rules: np.record) -> int:
    """Return the months of the next degree."""
    return rules.master_months if degree == 0 else rules.doctorate_months


@compiled
def ln_income_study(person: np.record, month: Month, j: int, remaining: int, rules: np.record) -> float:
    """Return log permanent income from studying abroad: a stipend, then a job there, or at home if no permit is won."""
    length = study_length(person.degree, rules)
    after = remaining - length
    if after <= 0:
        return -1e9
    country, home, t = month.countries[j], month.countries[HOME], month.month
    fade, annuity, years = month.fade[after], month.annuity[after], length / 12.0
    growth, home_growth = month.growth[j, after], month.growth[HOME, after]
    abroad = ln_income_there(person, country, t, country.mean_match, False, fade, growth, annuity, after, rules)
    at_home = ln_income_there(person, home, t, home.mean_match, False, fade, home_growth, annuity, after, rules)
    # wages go on growing during the study
    abroad += years * math.log1p(country.wage_growth)
    at_home += years * math.log1p(home.wage_growth)
    stay_prob = 1.0
    if not country.free_entry:
        tries = 1 + country.post_study_months[person.science] // 12
        stay_prob = 1.0 - (1.0 - country.permit_prob) ** tries
    later = (stay_prob * math.exp(abroad) + (1.0 - stay_prob) * math.exp(at_home)) * math.exp(rules.degree_premium)
    stipend = rules.stipend_ratio * math.exp(country.ln_wage)
    during = month.annuity[length] / month.annuity[remaining]
    return math.log(during * stipend + (1.0 - during) * later)


@compiled
def ln_after_repayment(ln_income: float, annuity: float, rules: np.record) -> float:
    """Return log permanent income when an obligation is broken: less the repayment, if it is pursued."""
    income = math.exp(ln_income)
    return math.log(max(income - rules.pursuit_prob * rules.repayment / annuity, 0.05 * income))


@compiled
def systematic_utility(
    person: np.record,
    ln_relative_income: float,
    rule_of_law: float,
    ties: float,
    degree: int,
    at_home: bool,
    rules: np.record,
) -> float:
    """Return V of a country before its moving cost: income, rule of law, ties and attachment."""
    value = float(person.income_weight) * ln_relative_income + float(person.rule_of_law_weight) * rule_of_law
    value += ties_utility(ties, degree, rules.exposure, rules.ties_weight)
    return value + float(person.home_attachment) if at_home else value


@compiled
def taste_shock(person: np.record, month: int, alternative: int, rules: np.record) -> float:
    """Return the Gumbel shock of an alternative at this review."""
    return gumbel(rules.seed, person.rank, person.cohort, month, Purpose.TASTE_SHOCK, alternative)


@compiled
def job_offer(
    person: np.record, country: np.record, month: int, j: int, gain: float, ties: float, rules: np.record
) -> tuple[bool, float, bool]:
    """Return whether an offer from a country arrived, its match, and whether it came through a tie."""
    seed, rank, cohort = rules.seed, person.rank, person.cohort
    u = uniform(seed, rank, cohort, month, Purpose.OFFER, j)
    expected = expected_offers(country.offer_rate, gain, ties, rules)
    # the probability is below the expected number, so most need no exponential
    if u >= expected or u >= offer_prob(expected):
        return False, country.mean_match, False
    z = standard_normal(seed, rank, cohort, month, Purpose.OFFER_WAGE, j)
    level = uniform(seed, rank, cohort, month, Purpose.OFFER_WAGE, 128 + j)
    loss = 0.0 if level < country.graduate_job_share else rules.underemployment_loss
    unreferred = offer_prob(expected_offers(country.offer_rate, gain, 0.0, rules))
    return True, rules.match_spread * z - loss, u >= unreferred


@compiled
def permit_won(person: np.record, country: np.record, month: int, j: int, rules: np.record) -> bool:
    """Return whether an application for a permit, made this month, would succeed."""
    return uniform(rules.seed, person.rank, person.cohort, month, Purpose.PERMIT, j) < country.permit_prob


@compiled
def study_place(person: np.record, country: np.record, month: int, j: int, rules: np.record) -> bool:
    """Return whether a place for further study is offered to a young graduate without a doctorate."""
    young = month - person.birth_month < rules.oldest_student_months
    if not young or person.degree >= 2 or country.study_place_rate <= 0.0:
        return False
    gain = personal_gain(float(person.ability), 0, rules)
    u = uniform(rules.seed, person.rank, person.cohort, month, Purpose.STUDY_PLACE, j)
    return u < offer_prob(expected_offers(country.study_place_rate, gain, 0.0, rules))


@compiled
def path_here(person: np.record, country: np.record, month: int, here: int, at_work: bool, rules: np.record) -> int:
    """Return the path by which a person may stay in the country she lives in, or CLOSED.

    A permit that has not ended allows it; somebody in work renews a work permit, and on a post-study permit applies for
    a first one at every review.
    """
    if here == HOME or person.permit == FREE_ENTRY or person.permit == SETTLED:
        return STAY
    lasts = person.permit_month > month
    if at_work and person.permit == WORK_PERMIT and not lasts:
        return RENEW
    if at_work and person.permit == POST_STUDY and permit_won(person, country, month, here, rules):
        return RENEW
    return STAY if lasts else CLOSED


@compiled
def path_there(person: np.record, country: np.record, month: int, j: int, offered: bool, rules: np.record) -> int:
    """Return the path by which a person may move to a country, or CLOSED."""
    if j == HOME:
        return RETURN_OFFER if offered else RETURN
    if country.free_entry:
        return OFFER if offered else FREE
    if offered and permit_won(person, country, month, j, rules):
        return OFFER
    return STUDY if study_place(person, country, month, j, rules) else CLOSED


@compiled
def months_to_retirement(person: np.record, month: Month, rules: np.record) -> int:
    """Return the remaining months of the career, at least one."""
    months = np.int64(person.birth_month) + rules.retirement_months - month.month
    return min(max(months, 1), len(month.annuity) - 1)


@compiled
def choose(
    people: Graduates, i: int, month: Month, ties: np.ndarray, degree: int, rules: np.record, choice: Choice, k: int
) -> None:
    """Choose the best of the open countries for one graduate of the home country."""
    person, here, t = people.person[i], people.country[i], month.month
    remaining = months_to_retirement(person, month, rules)
    home_wage = month.countries[HOME].ln_wage  # incomes are compared with it, so that their unit does not matter
    # an obligation is broken by leaving home before it ends, or by not returning from the studies it paid for
    bound = person.obligation_month != NEVER
    gain = personal_gain(float(person.ability), person.degree, rules)
    best = -1e300
    for j in range(len(month.countries)):
        country = month.countries[j]
        match, referred = country.mean_match, False
        if j == here:
            path = path_here(person, country, t, here, people.stage[i] == EMPLOYED, rules)
        else:
            offered, match, referred = job_offer(person, country, t, j, gain, ties[j], rules)
            path = path_there(person, country, t, j, offered, rules)
        if path == CLOSED:
            continue
        if j == here:
            income = ln_income_here(people, i, month, remaining, rules)
        elif path == STUDY:
            income = ln_income_study(person, month, j, remaining, rules)
        else:
            fade, growth, annuity = month.fade[remaining], month.growth[j, remaining], month.annuity[remaining]
            income = ln_income_there(person, country, t, match, offered, fade, growth, annuity, remaining, rules)
        if bound and j != HOME:
            income = ln_after_repayment(income, month.annuity[remaining], rules)
        rule_of_law = float(person.belief) if j == HOME else country.rule_of_law
        value = systematic_utility(person, income - home_wage, rule_of_law, ties[j], degree, j == HOME, rules)
        value += taste_shock(person, t, j, rules)
        if j != here:
            distance = country.moving_cost
            if country.affinity_spread > 0.0:
                z = standard_normal(rules.seed, person.rank, person.cohort, 0, Purpose.AFFINITY, j)
                distance -= country.affinity_spread * z
            value -= moving_cost(person, t, here == HOME, ties[j], distance, rules)
        if value > best:
            best = value
            choice.country[k], choice.path[k] = j, path
            choice.match[k], choice.referred[k] = match, referred


@compiled
def choose_foreign(people: Graduates, i: int, month: Month, rules: np.record, choice: Choice, k: int) -> None:
    """Let a foreign specialist choose between this country and her own."""
    person, t = people.person[i], month.month
    remaining = months_to_retirement(person, month, rules)
    living_here = people.country[i] == HOME
    home = month.countries[HOME]
    growth = month.growth[HOME, remaining]
    if living_here:
        income = ln_income_here(people, i, month, remaining, rules)
    else:
        annuity = month.annuity[remaining]
        income = ln_income_there(person, home, t, home.mean_match, False, 0.0, growth, annuity, remaining, rules)
    here = systematic_utility(person, income - home.ln_wage, float(person.belief), 0.0, 0, False, rules)
    ability = home.return_to_ability * float(person.ability)
    own_wage = month.ln_outside_wage + ability + experience_gain(person, t, rules) + home.mean_match
    income = permanent_income(own_wage, 1.0, rules.fallback_ratio, growth)
    there = systematic_utility(person, income - home.ln_wage, rules.outside_rule_of_law, 0.0, 0, False, rules)
    here += taste_shock(person, t, HOME, rules)
    there += taste_shock(person, t, 255, rules)
    stays = here >= there - rules.foreign_return_cost if living_here else here - rules.foreign_cost > there
    choice.country[k] = HOME if stays else NOWHERE
    choice.path[k] = (STAY if living_here else RETURN) if stays else GONE


@compiled
def decide(
    people: Graduates,
    reviewers: np.ndarray,
    first: int,
    last: int,
    ties: np.ndarray,
    degrees: np.ndarray,
    month: Month,
    rules: np.record,
    choice: Choice,
) -> None:
    """Let reviewers ``first`` to ``last`` of the list choose where to live."""
    for k in range(first, last):
        i = reviewers[k]
        if people.person[i].origin == FOREIGN:
            choose_foreign(people, i, month, rules, choice, k)
        else:
            choice.country[k] = HOME
            choice.path[k] = STAY if people.country[i] == HOME else RETURN
            choose(people, i, month, ties[i], degrees[i], rules, choice, k)
