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

import numpy as np

from abm.codes import (
    BACK,
    CLOSED,
    EMPLOYED,
    FREE,
    FREE_ENTRY,
    GONE,
    HOME,
    LOG_TIES,
    NEVER,
    NOWHERE,
    OFFER,
    OWED,
    POST_ABROAD,
    POST_STUDY,
    POSTED,
    PUBLIC,
    RENEW,
    RESERVE,
    RETURN,
    RETURN_OFFER,
    SERVE,
    SERVICE,
    SETTLED,
    SHARE,
    STAY,
    STUDY,
    WORK_PERMIT,
)
from abm.engine.compiled import allocating, compiled, inlined
from abm.engine.streams import (
    Purpose,
    gumbel_bounds,
    gumbel_quantile,
    normal_ceiling,
    normal_quantile,
    standard_normal,
    uniform,
    uniforms,
)
from abm.environment import Environment
from abm.person import obligation_of

__all__ = [
    "CHOICE",
    "RULES",
    "tabulate_outlook",
    "rules_of",
    "choose",
    "choose_foreign",
    "draw_luck",
    "geometric_sum",
    "employed_share",
    "permanent_income",
    "ties_utility",
    "moving_cost",
    "offer_prob",
    "ln_wage",
]

# a place to serve and a foreign specialist's own country, among the alternatives of taste shocks
PLACE_TO_SERVE, OWN_COUNTRY = 254, 255


# limits of bins of ability, beyond whose ends no normal draw falls
ABILITIES = np.arange(-8.5, 8.5 + 1 / 32, 1 / 16)


RULES = np.dtype(
    [
        ("seed", np.int64),
        ("exposure", np.int64),
        ("ties_weight", np.float64),
        ("ties_discount", np.float64),
        ("offer_ability_gain", np.float64),
        ("ability_gain_ceiling", np.float64, (len(ABILITIES) - 1,)),  # of a person whose ability falls into a bin
        ("degree_gain", np.float64, (3,)),  # by which a degree multiplies the rate of offers
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
        ("foreign_return_cost", np.float64),
        ("outside_rule_of_law", np.float64),
    ]
)


# what a reviewer decides
CHOICE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("match", np.float32),  # log wage of an offer relative to the mean of its kind
                ("country", np.int8),  # NOWHERE for a foreign specialist who stays away
                ("path", np.uint8),  # index of PATHS, or GONE
                ("referred", np.uint8),  # whether the offer came through a tie
                ("acts", np.uint8),  # whether anything follows from the choice
            ],
            align=True,
        ),
    )
)

# draws of a block of reviewers, an array of shape (LUCK, countries, reviewers)
OFFER_LUCK, TASTE_LUCK, AFFINITY, PLACE_LUCK, POSTING_LUCK = range(5)
LUCK = 5

HIGHEST_DRAW = 8.3  # which no standard normal draw reaches
SLACK = 1e-6  # room for rounding in a bound


def rules_of(environment: Environment, seed: int) -> np.recarray:
    """Return the decision parameters of a run, one record of RULES."""
    scenario = environment.scenario
    decision, education, labour = scenario.decision, scenario.education, scenario.labour
    specialists = scenario.foreign_specialists
    values = dict(
        seed=seed,
        exposure=SHARE if decision.exposure == "share" else LOG_TIES,
        ties_weight=decision.ties_weight,
        ties_discount=decision.ties_discount,
        offer_ability_gain=decision.offer_ability_gain,
        ability_gain_ceiling=_highest_in_bins(np.exp(decision.offer_ability_gain * ABILITIES)),
        degree_gain=np.exp(decision.offer_degree_gain * np.arange(3)),
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
        foreign_return_cost=specialists.return_cost,
        outside_rule_of_law=specialists.outside_rule_of_law,
    )
    rules = np.zeros(1, dtype=RULES).view(np.recarray)
    for name in RULES.fields or ():
        rules[name] = values[name]
    return rules


def _highest_in_bins(at_limits: np.ndarray) -> np.ndarray:
    """Return the highest value in each bin of a monotone function given at the limits, with room for rounding."""
    highest: np.ndarray = np.maximum(at_limits[:-1], at_limits[1:]) * (1.0 + 1e-12)
    return highest


@inlined
def geometric_sum(factor: float, months: int) -> float:
    """Return 1 + q + ... + q**(months - 1) for 0 <= q; months >= 0."""
    if abs(1.0 - factor) < 1e-12:
        return float(months)
    if factor <= 0.0:
        return 1.0 if months > 0 else 0.0
    return (1.0 - math.exp(months * math.log(factor))) / (1.0 - factor)


@inlined
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


@inlined
def permanent_income(ln_wage: float, share_employed: float, fallback_ratio: float, growth: float) -> float:
    """Return the log of permanent income: wage when in work, fallback when not, times expected growth."""
    return ln_wage + math.log((share_employed + (1.0 - share_employed) * fallback_ratio) * growth)


LN_ONE_PLUS = np.array([math.log(1.0 + n) for n in range(256)])


@inlined
def ties_utility(ties: int, degree: int, exposure: int, weight: float) -> float:
    """Return the utility of having ``ties`` of one's ``degree`` ties in a country."""
    if exposure == SHARE:
        return weight * ties / degree if degree > 0 else 0.0
    return weight * (LN_ONE_PLUS[int(ties)] if ties < len(LN_ONE_PLUS) else math.log(1.0 + ties))


@inlined
def offers_by_ability(person: np.record, rules: np.record) -> float:
    """Return the factor by which ability multiplies a person's rate of offers."""
    return math.exp(rules.offer_ability_gain * float(person.ability))


@inlined
def ceiling_by_ability(person: np.record, rules: np.record) -> float:
    """Return a number just above :func:`offers_by_ability`, from a table: most draws need no exponential."""
    return rules.ability_gain_ceiling[int((float(person.ability) - ABILITIES[0]) * 16.0)]


@inlined
def expected_offers(rate: float, gain: float, ties: int, ties_gain: float) -> float:
    """Return how many offers are expected in the year between two reviews; ties at the place of the job refer."""
    return rate * gain * (1.0 + ties_gain * ties)


@inlined
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


@inlined
def place_cost(person: np.record, month: int, rules: np.record) -> float:
    """Return what the years lived abroad since graduation add to the cost of leaving a country abroad."""
    settled_since = max(person.arrival_month, person.career_month)
    return rules.place_cost * math.log(1.0 + max(month - settled_since, 0) / 12.0)


@inlined
def share_of_cost(ties: int, rules: np.record) -> float:
    """Return the share of the moving cost that remains with ``ties`` at the destination."""
    return 1.0 - rules.ties_discount * ties / (1.0 + ties)


@inlined
def moving_cost(person: np.record, month: int, from_home: bool, distance: float, rules: np.record) -> float:
    """Return the cost of moving without ties: distance, age, partner, children and place."""
    age_above_25 = max(month - person.birth_month - 300, 0)
    cost = distance + rules.age_cost * age_above_25
    if not from_home:
        cost += place_cost(person, month, rules)
    if person.partner_month <= month:
        cost += rules.partner_cost
    return cost + children_cost(person, month, rules)


@inlined
def experience_gain(person: np.record, month: int, rules: np.record) -> float:
    """Return the log-wage gain from experience and degree, relative to fifteen years with a bachelor's degree."""
    years = min(max(month - person.career_month, 0) / 12.0, 30.0)
    return rules.experience_return * (years - 15.0) + rules.degree_premium * person.degree


@inlined
def ln_wage(person: np.record, country: np.record, experience: float, match: float, ln_kept: float) -> float:
    """Return the log wage in a country: ability, experience and degree, match, less what is lost in transfer.

    ``country`` is a record of :data:`abm.environment.COUNTRY`; ``experience`` is :func:`experience_gain`; ``match``
    holds all that belongs to the job, at home its sector too; ``ln_kept`` is the log of the share kept in transfer.
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
    return math.exp(-(month - person.arrival_month) / rules.assimilation_months)


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


@compiled
def tabulate_outlook(
    countries: np.ndarray,
    annuity: np.ndarray,
    growth: np.ndarray,
    monthly_discount: float,
    fallback_ratio: float,
    seen: np.ndarray,
    outlook: np.ndarray,
) -> None:
    """Tabulate log permanent income relative to the wage, by country, job now (0 or 1) and remaining months.

    ``seen`` holds the chances of finding and losing a job for which a country was tabulated last, so that only what has
    changed is done again.
    """
    for j in range(len(countries)):
        finding, separation = countries[j].job_finding_prob, countries[j].separation_prob
        if seen[j, 0] == finding and seen[j, 1] == separation:
            continue
        seen[j, 0], seen[j, 1] = finding, separation
        for months in range(1, len(annuity)):
            for job in range(2):
                share = employed_share(float(job), finding, separation, monthly_discount, months, annuity[months])
                outlook[j, job, months] = permanent_income(0.0, share, fallback_ratio, growth[j, months])


@inlined
def ln_income_here(
    person: np.record,
    country: np.record,
    month: int,
    experience: float,
    fade: float,
    outlook: float,
    rules: np.record,
) -> float:
    """Return log permanent income from staying, in the present job or looking for one, given the outlook in that."""
    ln_kept = ln_kept_after(country, remaining_loss(person, country, month, rules) * fade)
    return ln_wage(person, country, experience, job_premium(person, country), ln_kept) + outlook


@inlined
def ln_income_there(
    person: np.record, country: np.record, experience: float, match: float, ln_kept: float, outlook: float
) -> float:
    """Return log permanent income from moving to a country, given the outlook with or without an offer."""
    return ln_wage(person, country, experience, match + country.ln_mean_ratio, ln_kept) + outlook


@compiled
def study_length(degree: int, rules: np.record) -> int:
    """Return the months of the next degree."""
    return rules.master_months if degree == 0 else rules.doctorate_months


@compiled
def ln_income_study(
    person: np.record,
    experience: float,
    remaining: int,
    j: int,
    countries: np.ndarray,
    annuity: np.ndarray,
    ln_kept: np.ndarray,
    outlook: np.ndarray,
    rules: np.record,
) -> float:
    """Return log permanent income from studying abroad: a stipend, then a job there, or at home if no permit is won."""
    length = study_length(person.degree, rules)
    after = remaining - length
    if after <= 0:
        return -1e9
    country = countries[j]
    abroad = ln_income_later(person, experience, length, remaining, 0, j, countries, ln_kept, outlook)
    at_home = ln_income_later(person, experience, length, remaining, 0, HOME, countries, ln_kept, outlook)
    stay_prob = 1.0
    if not country.free_entry:
        tries = 1 + country.post_study_months[person.science] // 12
        stay_prob = 1.0 - (1.0 - country.permit_prob) ** tries
    later = (stay_prob * math.exp(abroad) + (1.0 - stay_prob) * math.exp(at_home)) * math.exp(rules.degree_premium)
    stipend = rules.stipend_ratio * math.exp(country.ln_wage)
    during = annuity[length] / annuity[remaining]
    return math.log(during * stipend + (1.0 - during) * later)


@compiled
def ln_after_repayment(ln_income: float, annuity: float, obligation: int, home: np.record) -> float:
    """Return log permanent income when an obligation is broken: less the repayment, if it is pursued."""
    income = math.exp(ln_income)
    owed = home.pursuit_prob[obligation] * home.repayment[obligation]
    return math.log(max(income - owed / annuity, 0.05 * income))


@compiled
def ln_income_later(
    person: np.record,
    experience: float,
    months: int,
    remaining: int,
    at_work: int,
    j: int,
    countries: np.ndarray,
    ln_kept: np.ndarray,
    outlook: np.ndarray,
) -> float:
    """Return log permanent income in a country from ``months`` ahead on; wages go on growing until then."""
    country, after = countries[j], remaining - months
    income = ln_income_there(
        person, country, experience, country.mean_match, ln_kept[j, after], outlook[j, at_work, after]
    )
    return income + months / 12.0 * math.log1p(country.wage_growth)


@compiled
def value_of_serving(
    person: np.record,
    belief: float,
    ties: int,
    degree: int,
    experience: float,
    remaining: int,
    countries: np.ndarray,
    annuity: np.ndarray,
    ln_kept: np.ndarray,
    outlook: np.ndarray,
    rules: np.record,
) -> float:
    """Return V of a place to serve: its pay for the months owed, then an ordinary job, less the cost of going there."""
    home, length = countries[HOME], int(countries[HOME].obligation_months[SERVICE])
    if remaining <= length:
        return -1e9
    during = annuity[length] / annuity[remaining]
    pay = math.log(home.service_pay) + home.ln_sector_ratio[PUBLIC]
    served = math.exp(ln_wage(person, home, experience, pay, 0.0))
    later = math.exp(ln_income_later(person, experience, length, remaining, 1, HOME, countries, ln_kept, outlook))
    income = math.log(during * served + (1.0 - during) * later)
    value = systematic_utility(person, income - home.ln_wage, belief, ties, degree, True, rules)
    return value - home.service_cost


@inlined
def systematic_utility(
    person: np.record,
    ln_relative_income: float,
    rule_of_law: float,
    ties: int,
    degree: int,
    at_home: bool,
    rules: np.record,
) -> float:
    """Return V of a country before its moving cost: income, rule of law, ties and attachment."""
    value = float(person.income_weight) * ln_relative_income + float(person.rule_of_law_weight) * rule_of_law
    value += ties_utility(ties, degree, rules.exposure, rules.ties_weight)
    return value + float(person.home_attachment) if at_home else value


@inlined
def taste_luck(person: np.record, month: int, alternative: int, rules: np.record) -> float:
    """Return the draw that the taste shock of an alternative at this review is made of."""
    return uniform(rules.seed, person.rank, person.cohort, month, Purpose.TASTE_SHOCK, alternative)


@inlined
def offer_luck(person: np.record, month: int, rules: np.record) -> float:
    """Return the draw that decides on offers from home to somebody abroad."""
    return uniform(rules.seed, person.rank, person.cohort, month, Purpose.OFFER, HOME)


@inlined
def affinity(person: np.record, j: int, rules: np.record) -> float:
    """Return how much less than others a person minds going to a country, standard normal."""
    return standard_normal(rules.seed, person.rank, person.cohort, 0, Purpose.AFFINITY, j)


@inlined
def offer_arrives(u: float, expected: float) -> bool:
    """Return whether the draw ``u`` means at least one of the ``expected`` offers; most draws need no exponential."""
    if u >= expected:
        return False
    return u < expected - 0.5 * expected * expected or u < offer_prob(expected)


@compiled
def offer_match(person: np.record, country: np.record, month: int, j: int, rules: np.record) -> float:
    """Return the log wage of an offer relative to the mean of graduate-level jobs in its country."""
    seed, rank, cohort = rules.seed, person.rank, person.cohort
    z = standard_normal(seed, rank, cohort, month, Purpose.OFFER_WAGE, j)
    level = uniform(seed, rank, cohort, month, Purpose.OFFER_WAGE, 128 + j)
    loss = 0.0 if level < country.graduate_job_share else rules.underemployment_loss
    return rules.match_spread * z - loss


@inlined
def permit_won(person: np.record, country: np.record, month: int, j: int, rules: np.record) -> bool:
    """Return whether an application for a permit, made this month, would succeed."""
    return uniform(rules.seed, person.rank, person.cohort, month, Purpose.PERMIT, j) < country.permit_prob


@inlined
def may_study(person: np.record, month: int, rules: np.record) -> bool:
    """Return whether somebody is young enough for a place for further study, and without a doctorate."""
    return month - person.birth_month < rules.oldest_student_months and person.degree < 2


@inlined
def path_here(person: np.record, country: np.record, month: int, here: int, at_work: bool, rules: np.record) -> int:
    """Return the path by which a person may stay in the country she lives in, or CLOSED.

    A permit that has not ended allows it; somebody in work renews a work permit, and on a post-study permit applies for
    a first one at every review, at the end of a post abroad for a time likewise.
    """
    if here == HOME or person.permit == FREE_ENTRY or person.permit == SETTLED:
        return STAY
    lasts = person.permit_month > month
    if at_work and person.permit == WORK_PERMIT and not lasts:
        return RENEW
    tries = person.permit == POST_STUDY or (person.permit == POSTED and not lasts)
    if at_work and tries and permit_won(person, country, month, here, rules):
        return RENEW
    return STAY if lasts else CLOSED


@inlined
def path_there(
    person: np.record,
    country: np.record,
    month: int,
    j: int,
    offered: bool,
    posted: bool,
    study_place: bool,
    rules: np.record,
) -> int:
    """Return the path by which a person may move to a country, or CLOSED."""
    if j == HOME:
        if person.permit == POSTED:
            return BACK
        return RETURN_OFFER if offered else RETURN
    if country.free_entry:
        return OFFER if offered else FREE
    if offered and permit_won(person, country, month, j, rules):
        return OFFER
    if posted:
        return POST_ABROAD
    return STUDY if study_place else CLOSED


@inlined
def months_to_retirement(person: np.record, month: int, longest: int, rules: np.record) -> int:
    """Return the remaining months of the career, at least one and at most ``longest``."""
    months = np.int64(person.birth_month) + rules.retirement_months - month
    return min(max(months, 1), longest)


@allocating
def draw_luck(
    rank: np.ndarray, cohort: np.ndarray, month: int, countries: np.ndarray, rules: np.record, luck: np.ndarray
) -> None:
    """Draw, for a block of reviewers, what many of them need: offers, places for study, tastes where all may live."""
    n = len(rank)
    for j in range(len(countries)):
        country = countries[j]
        if j != HOME and country.offer_rate > 0.0:
            uniforms(rules.seed, rank, cohort, month, Purpose.OFFER, j, luck[OFFER_LUCK, j, :n])
        if country.free_entry:
            uniforms(rules.seed, rank, cohort, month, Purpose.TASTE_SHOCK, j, luck[TASTE_LUCK, j, :n])
            uniforms(rules.seed, rank, cohort, 0, Purpose.AFFINITY, j, luck[AFFINITY, j, :n])
        elif country.study_place_rate > 0.0:
            uniforms(rules.seed, rank, cohort, month, Purpose.STUDY_PLACE, j, luck[PLACE_LUCK, j, :n])
        if country.posting_rate > 0.0:
            uniforms(rules.seed, rank, cohort, month, Purpose.POSTING, j, luck[POSTING_LUCK, j, :n])


@inlined
def brought_offer(
    person: np.record,
    country: np.record,
    month: int,
    j: int,
    gain: float,
    ties: int,
    luck: float,
    rules: np.record,
) -> float:
    """Return the draw that brought an offer from country ``j``, ``luck`` from one abroad; -1 if it brought none."""
    if country.offer_rate <= 0.0:
        return -1.0
    u = offer_luck(person, month, rules) if j == HOME else luck
    return u if offer_arrives(u, expected_offers(country.offer_rate, gain, ties, country.offer_ties_gain)) else -1.0


@compiled
def place_to_serve(person: np.record, month: int, home: np.record, rules: np.record) -> bool:
    """Return whether somebody who is to serve has been offered a place to do so."""
    if home.obligation_months[SERVICE] <= 0:
        return False  # the programme has ended
    u = uniform(rules.seed, person.rank, person.cohort, month, Purpose.SERVICE_PLACE, 0)
    return u < home.service_place_prob


@inlined
def place_offered(
    person: np.record, country: np.record, month: int, ability_gain: float, luck: float, rules: np.record
) -> bool:
    """Return whether the draw ``luck`` means a place for further study, for those who may study."""
    return may_study(person, month, rules) and offer_arrives(
        luck, expected_offers(country.study_place_rate, ability_gain, 0, 0.0)
    )


@inlined
def posting_offered(person: np.record, country: np.record, ability_gain: float, luck: float) -> bool:
    """Return whether the draw ``luck`` means a post abroad for a time: for those in ordinary work who owe nothing."""
    if country.posting_rate <= 0.0 or country.free_entry:
        return False
    if person.country != HOME or person.stage != EMPLOYED or person.sector == RESERVE:
        return False
    if person.obligation_month != NEVER:
        return False
    return offer_arrives(luck, expected_offers(country.posting_rate, ability_gain, 0, 0.0))


@inlined
def tempted(
    person: np.record,
    belief: float,
    ties: np.ndarray,
    row: int,
    degree: int,
    month: int,
    countries: np.ndarray,
    fade: np.ndarray,
    ln_kept: np.ndarray,
    outlook: np.ndarray,
    rules: np.record,
    luck: np.ndarray,
    place: int,
) -> bool:
    """Return whether anything abroad might be better than home for a graduate who lives there; a no is certain.

    The arguments are those of :func:`choose`, which most need not go through: the best that a country could be worth,
    with bounds in place of logarithms, exponentials and most draws, is less than the least that home is.
    """
    home = countries[HOME]
    experience, gain = experience_gain(person, month, rules), ceiling_by_ability(person, rules)
    remaining = months_to_retirement(person, month, ln_kept.shape[1] - 1, rules)
    ahead = outlook[HOME, 1 if person.stage == EMPLOYED else 0, remaining]
    income = ln_income_here(person, home, month, experience, fade[remaining], ahead, rules)
    least, _ = gumbel_bounds(luck[TASTE_LUCK, HOME, place])
    least += systematic_utility(person, income - home.ln_wage, belief, int(ties[row, HOME]), degree, True, rules)
    gain_with_degree, student = gain * rules.degree_gain[person.degree], may_study(person, month, rules)
    for j in range(1, len(countries)):
        country, n_ties = countries[j], int(ties[row, j])
        offers = expected_offers(country.offer_rate, gain_with_degree, n_ties, country.offer_ties_gain)
        hopeful = luck[OFFER_LUCK, j, place] < offers
        if country.free_entry:
            u, z = luck[TASTE_LUCK, j, place], normal_ceiling(luck[AFFINITY, j, place])
        else:
            if student & (luck[PLACE_LUCK, j, place] < expected_offers(country.study_place_rate, gain, 0, 0.0)):
                return True
            if posting_offered(person, country, gain, luck[POSTING_LUCK, j, place]):
                return True
            if not hopeful or not permit_won(person, country, month, j, rules):
                continue
            u, z = taste_luck(person, month, j, rules), affinity(person, j, rules)
        match = rules.match_spread * HIGHEST_DRAW if hopeful else country.mean_match
        ahead = max(outlook[j, 0, remaining], outlook[j, 1, remaining])
        income = ln_income_there(person, country, experience, match, ln_kept[j, remaining], ahead)
        most = systematic_utility(person, income - home.ln_wage, country.rule_of_law, n_ties, degree, False, rules)
        most -= (country.moving_cost - country.affinity_spread * z) * share_of_cost(n_ties, rules)
        _, ceiling = gumbel_bounds(u)
        if most + ceiling + SLACK > least:
            return True
    return False


@inlined
def way_to(
    person: np.record,
    country: np.record,
    month: int,
    j: int,
    gain: float,
    ability_gain: float,
    ties: int,
    luck: np.ndarray,
    place: int,
    rules: np.record,
) -> tuple[int, float, float]:
    """Return the path by which country ``j`` is open, the match of the job there, and the draw that brought an offer.

    The draw is -1 where no offer matters.  Whoever was sent abroad for a time needs none to go back to her post.
    """
    if j == person.country:
        at_work = person.stage == EMPLOYED
        return path_here(person, country, month, j, at_work, rules), float(country.mean_match), -1.0
    offer = brought_offer(person, country, month, j, gain, ties, luck[OFFER_LUCK, j, place], rules)
    study = place_offered(person, country, month, ability_gain, luck[PLACE_LUCK, j, place], rules)
    posted = posting_offered(person, country, ability_gain, luck[POSTING_LUCK, j, place])
    path = path_there(person, country, month, j, offer >= 0.0, posted, study, rules)
    if path == BACK or path == POST_ABROAD:
        return path, float(person.match), -1.0
    if path == OFFER or path == RETURN_OFFER:
        return path, offer_match(person, country, month, j, rules), offer
    return path, float(country.mean_match), -1.0


@inlined
def breaks_obligation(person: np.record, path: int, j: int) -> bool:
    """Return whether somebody who owes anything breaks it by living in country ``j``.

    It is broken by leaving home before it ends, by not returning from the studies or the post abroad that it paid for,
    or by living at home elsewhere than where one is to serve.
    """
    if person.obligation_month == NEVER:
        return False
    if person.obligation_month == OWED and person.country == HOME:
        return True
    return j != HOME and not (path == STAY and person.permit == POSTED)


@inlined
def ln_income_by(
    person: np.record,
    path: int,
    match: float,
    month: int,
    j: int,
    ties: int,
    experience: float,
    remaining: int,
    countries: np.ndarray,
    annuity: np.ndarray,
    fade: np.ndarray,
    ln_kept: np.ndarray,
    outlook: np.ndarray,
    rules: np.record,
) -> tuple[float, int, float]:
    """Return log permanent income in a country that is open by ``path``, and the path and match that she then takes.

    A poor offer is turned down where one may come and search; whoever breaks an obligation counts the repayment.
    """
    country = countries[j]
    if j == person.country:
        ahead = outlook[j, 1 if person.stage == EMPLOYED else 0, remaining]
        income = ln_income_here(person, country, month, experience, fade[remaining], ahead, rules)
    elif path == STUDY:
        income = ln_income_study(person, experience, remaining, j, countries, annuity, ln_kept, outlook, rules)
    elif path == POST_ABROAD:
        length = min(country.posting_months, remaining)
        income = ln_income_there(person, country, experience, match, ln_kept[j, length], outlook[j, 1, length])
    elif path == BACK:
        post = match + country.ln_sector_ratio[person.sector] - country.ln_mean_ratio
        income = ln_income_there(person, country, experience, post, ln_kept[j, remaining], outlook[j, 1, remaining])
    else:
        kept, offered = ln_kept[j, remaining], path == OFFER or path == RETURN_OFFER
        income = ln_income_there(person, country, experience, match, kept, outlook[j, 1 if offered else 0, remaining])
        if offered and country.free_entry:
            mean, ahead = float(country.mean_match), outlook[j, 0, remaining]
            searching = ln_income_there(person, country, experience, mean, kept, ahead)
            spared = (country.moving_cost - country.moving_cost_with_offer) * share_of_cost(ties, rules)
            if float(person.income_weight) * (searching - income) > spared:
                income, path, match = searching, RETURN if j == HOME else FREE, mean
    if breaks_obligation(person, path, j):
        income = ln_after_repayment(income, annuity[remaining], obligation_of(person), countries[HOME])
    return income, path, match


@inlined
def distance_to(
    person: np.record, country: np.record, j: int, path: int, luck: np.ndarray, place: int, rules: np.record
) -> float:
    """Return what lies between a person and another country: its cost of moving, less her affinity to it."""
    distance = country.moving_cost_with_offer if path == RETURN_OFFER else country.moving_cost
    if country.affinity_spread > 0.0:
        free = country.free_entry
        z = normal_quantile(luck[AFFINITY, j, place]) if free else affinity(person, j, rules)
        distance -= country.affinity_spread * z
    return distance


@inlined
def time_abroad(country: np.record, annuity: np.ndarray, remaining: int) -> float:
    """Return the share of the discounted career that a post abroad for a time takes."""
    return annuity[min(country.posting_months, remaining)] / annuity[remaining]


@inlined
def value_at_home(
    person: np.record,
    belief: float,
    ties: int,
    degree: int,
    month: int,
    experience: float,
    remaining: int,
    home: np.record,
    fade: np.ndarray,
    outlook: np.ndarray,
    rules: np.record,
) -> float:
    """Return V of home for somebody at work there, whose post is kept."""
    income = ln_income_here(person, home, month, experience, fade[remaining], outlook[HOME, 1, remaining], rules)
    return systematic_utility(person, income - home.ln_wage, belief, ties, degree, True, rules)


@inlined
def choose(
    person: np.record,
    belief: float,
    ties: np.ndarray,
    row: int,
    degree: int,
    month: int,
    countries: np.ndarray,
    annuity: np.ndarray,
    fade: np.ndarray,
    ln_kept: np.ndarray,
    outlook: np.ndarray,
    rules: np.record,
    luck: np.ndarray,
    place: int,
    choice: np.record,
) -> None:
    """Choose the best of the open countries for one graduate of the home country; home is always open.

    ``ties`` counts in her ``row`` those she knows in each country, ``degree`` all she knows; ``luck`` holds her block's
    draws (:func:`draw_luck`), her own at ``place``.  A country whose utility cannot reach that of the best so far, by a
    table of bounds on its taste shock, is passed over without reckoning the rest of it.
    """
    here, home = person.country, countries[HOME]
    ability_gain, experience = offers_by_ability(person, rules), experience_gain(person, month, rules)
    gain = ability_gain * rules.degree_gain[person.degree]
    remaining = months_to_retirement(person, month, len(annuity) - 1, rules)
    best_value, best_luck, best_floor, best_ceiling, best_offer = -1e300, 0.5, -1e300, -1e300, -1.0
    for j in range(len(countries)):
        country, n_ties = countries[j], int(ties[row, j])
        path, match, offer = way_to(person, country, month, j, gain, ability_gain, n_ties, luck, place, rules)
        if path == CLOSED:
            continue
        income, path, match = ln_income_by(
            person,
            path,
            match,
            month,
            j,
            n_ties,
            experience,
            remaining,
            countries,
            annuity,
            fade,
            ln_kept,
            outlook,
            rules,
        )
        # incomes are compared with the wage at home, so that their unit does not matter
        rule_of_law = belief if j == HOME else country.rule_of_law
        value = systematic_utility(person, income - home.ln_wage, rule_of_law, n_ties, degree, j == HOME, rules)
        u = luck[TASTE_LUCK, j, place] if country.free_entry else taste_luck(person, month, j, rules)
        floor, ceiling = gumbel_bounds(u)
        if j != here:
            distance, eased = distance_to(person, country, j, path, luck, place, rules), share_of_cost(n_ties, rules)
            # nothing else about a person lowers the cost of moving
            if path != POST_ABROAD and value - distance * eased + ceiling < best_floor:
                continue
            value -= moving_cost(person, month, here == HOME, distance, rules) * eased
            if path == POST_ABROAD:
                # as much of a life abroad, its cost and its joys, as one spends there
                share, n_home = time_abroad(country, annuity, remaining), int(ties[row, HOME])
                value = share * value + (1.0 - share) * value_at_home(
                    person, belief, n_home, degree, month, experience, remaining, home, fade, outlook, rules
                )
        if value + ceiling < best_floor:
            continue
        if value + floor <= best_ceiling and value + gumbel_quantile(u) <= best_value + gumbel_quantile(best_luck):
            continue
        best_value, best_luck = value, u
        best_offer = offer if path == OFFER or path == RETURN_OFFER else -1.0
        best_floor, best_ceiling = value + floor, value + ceiling
        choice.country, choice.path, choice.match = j, path, match
    if person.obligation_month == OWED and here == HOME and place_to_serve(person, month, home, rules):
        value = value_of_serving(
            person,
            belief,
            int(ties[row, HOME]),
            degree,
            experience,
            remaining,
            countries,
            annuity,
            ln_kept,
            outlook,
            rules,
        )
        value += gumbel_quantile(taste_luck(person, month, PLACE_TO_SERVE, rules))
        if value > best_value + gumbel_quantile(best_luck):
            choice.country, choice.path, choice.match, best_offer = HOME, SERVE, math.log(home.service_pay), -1.0
    choice.referred = 0
    if best_offer >= 0.0:
        # the draw would have brought no offer without the ties
        unreferred = expected_offers(countries[choice.country].offer_rate, gain, 0, 0.0)
        choice.referred = best_offer >= offer_prob(unreferred)


@compiled
def choose_foreign(
    person: np.record,
    belief: float,
    month: int,
    home: np.record,
    ln_outside_wage: float,
    coming_cost: float,
    remaining: int,
    growth: float,
    outlook: float,
    rules: np.record,
    choice: np.record,
) -> None:
    """Let a foreign specialist choose between this country, of ``outlook`` for her, and her own, of such ``growth``."""
    living_here, experience = person.country == HOME, experience_gain(person, month, rules)
    if living_here:
        income = ln_income_here(person, home, month, experience, 0.0, outlook, rules)
    else:
        income = ln_income_there(person, home, experience, home.mean_match, 0.0, outlook)
    here = systematic_utility(person, income - home.ln_wage, belief, 0, 0, False, rules)
    ability = home.return_to_ability * float(person.ability)
    own_wage = ln_outside_wage + ability + experience + home.mean_match
    income = permanent_income(own_wage, 1.0, rules.fallback_ratio, growth)
    there = systematic_utility(person, income - home.ln_wage, rules.outside_rule_of_law, 0, 0, False, rules)
    here += gumbel_quantile(taste_luck(person, month, HOME, rules))
    there += gumbel_quantile(taste_luck(person, month, OWN_COUNTRY, rules))
    stays = here >= there - rules.foreign_return_cost if living_here else here - coming_cost > there
    choice.match, choice.referred = 0.0, 0
    choice.country = HOME if stays else NOWHERE
    choice.path = (STAY if living_here else RETURN) if stays else GONE
