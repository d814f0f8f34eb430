r"""Where to live: the review, by random utility over the countries that are open to a graduate.

For each country j that is open to person i, who lives in c,

.. math::
   V_{ij} = a_i \ln y_{ij} + b_i R_{ij} + c\, g(\text{ties}_{ij}) + A_i [j = \text{home}] - K_i(c \to j)
            + S_j + \varepsilon_{ij}

with y permanent income (at home, what it differs from usual by counts with a weight of its own), R rule of law (at
home: believed), g(ties) = log(1 + ties) or the share of one's ties, A home attachment, K the moving cost (0 for
staying), S what is added at the border (a subsidy to those who come home, the doors of other countries), and
:math:`\varepsilon` a standard Gumbel shock, so that given the tastes a, b, A of a person the choice is a logit
(McFadden, 1974), and over persons a mixed logit (McFadden and Train, 2000).
Which countries are open says :mod:`abm.capability`, what income is there :mod:`abm.income`, and what moving costs
:mod:`abm.cost`.  ``her`` and ``now``, which every rule takes, are those of :mod:`abm.reviewer`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.capability import (
    NO_OFFER,
    Option,
    best_match,
    expected_offers,
    hoped_for,
    is_offer,
    maybe_open,
    offer_prob,
    place_to_serve,
    prob_of_staying,
    sector_offered,
    way_to,
    with_job,
)
from abm.codes import (
    BACK,
    CLOSED,
    EVERYBODY_ELSE,
    FREE,
    GONE,
    HOME,
    NO_SECTOR,
    NOWHERE,
    OFFER,
    POST_ABROAD,
    RETURN,
    RETURN_OFFER,
    SERVE,
    SHARE,
    STAY,
    STUDY,
)
from abm.cost import (
    cost_of_moving,
    distance_to,
    group_affinity,
    highest_affinity,
    highest_offset,
    least_cost,
    offset_by,
    share_of_cost,
    shortest_distance,
)
from abm.engine.compiled import compiled, inlined
from abm.engine.streams import gumbel_bounds, gumbel_quantile
from abm.incentives import ln_income_of_coming, ln_income_of_specialist, most_ln_income_of_coming
from abm.income import (
    breaks_obligation,
    least_income_at_home,
    ln_after_repayment,
    ln_income_after_post,
    ln_income_by,
    ln_income_felt,
    ln_income_here,
    ln_income_there,
    ln_most_there,
    ln_wage_by,
    study_length,
)
from abm.outlook import LOOKING
from abm.person import degree_after
from abm.reviewer import TASTE_LUCK, Month, Reviewer, months_counted, taste_draw, ties_in

__all__ = [
    "CHOICE",
    "Best",
    "Terms",
    "better",
    "choose",
    "choose_foreign",
    "life_in",
    "most_of",
    "share_abroad",
    "tempted",
    "ties_utility",
    "utility",
    "weighed",
    "with_cost",
]

# a place to serve and a foreign specialist's own country, among the alternatives of taste shocks
PLACE_TO_SERVE, OWN_COUNTRY = 254, 255

SLACK = 1e-6  # room for rounding in a bound

# what a reviewer decides
CHOICE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("match", np.float32),  # log wage of an offer relative to the mean of its kind
                ("country", np.int8),  # NOWHERE for a foreign specialist who stays away
                ("path", np.uint8),  # index of PATHS, or GONE
                ("sector", np.int8),  # of an offer from home, NO_SECTOR otherwise
                ("referred", np.uint8),  # whether the offer came through a tie
                ("acts", np.uint8),  # whether anything follows from the choice
            ],
            align=True,
        ),
    )
)


class Terms(NamedTuple):
    """The terms of V, in its order; the shock is apart, as it is drawn only where it can matter."""

    income: float
    rule_of_law: float
    ties: float
    attachment: float
    cost: float  # less what is added at the border; the last, as it is reckoned only where it can matter


@inlined
def utility(terms: Terms) -> float:
    """Return V without the shock."""
    return terms.income + terms.rule_of_law + terms.ties + terms.attachment - terms.cost


@inlined
def life_in(her: Reviewer, now: Month, j: int, ln_income: float) -> Terms:
    """Return the terms of living in country ``j`` on an income, without the cost of going there."""
    person, weights = her.person, now.rules.decision
    return Terms(
        # incomes are compared with the wage at home, so that their unit does not matter
        float(person.income_weight) * (ln_income_felt(her, now, j, ln_income) - now.countries[HOME].ln_wage),
        float(person.rule_of_law_weight) * rule_of_law_felt(her, now, j),
        ties_utility(ties_in(her, j), her.degree, weights.exposure, weights.ties_weight),
        float(person.home_attachment) if j == HOME else 0.0,
        0.0,
    )


@inlined
def rule_of_law_felt(her: Reviewer, now: Month, j: int) -> float:
    """Return rule of law in country ``j`` as it counts: at home as believed, abroad as her group weighs the difference.

    Of the difference between there and home as she believes it to be, a group may count a part or more than all.
    """
    if j == HOME:
        return her.belief
    there = now.countries[j].rule_of_law
    if her.person.heritage == EVERYBODY_ELSE:
        return there
    weight = now.countries[j].group_rule_of_law_weight[her.person.heritage - 1]
    return there + (weight - 1.0) * (there - her.belief)


@inlined
def with_cost(her: Reviewer, now: Month, option: Option, life: Terms, distance: float) -> Terms:
    """Return the terms of a life with the cost of going there, none where one stays, and of breaking an obligation."""
    if option.path == SERVE:
        return Terms(*life[:-1], now.countries[HOME].service_cost)
    broken = breaks_obligation(her.person, option.path, option.country)
    cost = now.rules.decision.broken_obligation_cost if broken else 0.0
    if option.country == her.person.country:
        return Terms(*life[:-1], cost - now.countries[option.country].living_offset)
    cost += cost_of_moving(her, now, option.country, distance)
    there = Terms(*life[:-1], cost - offset_by(now.countries[option.country], option.path))
    return for_a_time(her, now, option, there) if option.path == POST_ABROAD or option.path == STUDY else there


@inlined
def for_a_time(her: Reviewer, now: Month, option: Option, there: Terms) -> Terms:
    """Return as much of a life abroad as a post or a study place takes of the time that is counted; home the rest.

    The income of a study place is that of all this time already, and one does not go there at a part of the cost.
    """
    share, studies = share_abroad(her, now, option), option.path == STUDY
    length, of_post = min(now.countries[option.country].posting_months, her.remaining), 1.0 if studies else share
    # from elsewhere than home one may go to study too, and then has no post there
    home = life_in(her, now, HOME, 0.0 if studies else ln_income_after_post(her, now, length))
    return Terms(
        of_post * there.income + (1.0 - of_post) * home.income,
        share * there.rule_of_law + (1.0 - share) * home.rule_of_law,
        share * there.ties + (1.0 - share) * home.ties,
        share * there.attachment + (1.0 - share) * home.attachment,
        of_post * there.cost,
    )


@inlined
def share_abroad(her: Reviewer, now: Month, option: Option) -> float:
    """Return the discounted share of the time counted that one expects to live where a post or a study place is.

    After a post she is at home; after a degree she stays as far as she can, else home it is (:func:`prob_of_staying`).
    """
    person, country, annuity = her.person, now.countries[option.country], now.outlook.annuity
    studies = option.path == STUDY
    months = study_length(person.degree, now.rules) if studies else country.posting_months
    during = annuity[min(months, her.remaining)] / annuity[months_counted(her, now, months)]
    if not studies:
        return during
    return during + (1.0 - during) * prob_of_staying(country, person.science, degree_after(person))


LN_ONE_PLUS = np.array([math.log(1.0 + n) for n in range(256)])


@inlined
def ties_utility(ties: int, degree: int, exposure: int, weight: float) -> float:
    """Return the utility of having ``ties`` of one's ``degree`` ties in a country."""
    if exposure == SHARE:
        return weight * ties / degree if degree > 0 else 0.0
    return weight * (LN_ONE_PLUS[int(ties)] if ties < len(LN_ONE_PLUS) else math.log(1.0 + ties))


@inlined
def shock_draw(her: Reviewer, now: Month, option: Option) -> float:
    """Return the draw that her taste shock for an option is the quantile of."""
    j = PLACE_TO_SERVE if option.path == SERVE else option.country
    if option.path != SERVE and now.countries[j].free_entry:
        return her.luck[TASTE_LUCK, j, her.place]
    return taste_draw(her, now, j)


@inlined
def taken(her: Reviewer, now: Month, option: Option) -> tuple[Option, float]:
    """Return what she does with an option, and its log permanent income.

    A poor offer is turned down where one may come and search; whoever breaks an obligation counts the repayment.
    """
    j, income = option.country, ln_income_by(her, now, option)
    country = now.countries[j]
    comes_home = j == HOME and her.person.country != HOME
    if comes_home:
        income = ln_income_of_coming(her, now, option.path, income)
    if is_offer(option.path) and country.free_entry:
        search = Option(j, RETURN if j == HOME else FREE, float(country.mean_match), NO_OFFER)
        searching = ln_income_there(her, now, j, LOOKING, search.match)
        if comes_home:
            searching = ln_income_of_coming(her, now, search.path, searching)
        spared = (country.moving_cost - country.moving_cost_with_offer) * share_of_cost(ties_in(her, j), now.rules)
        spared += country.moving_offset_with_offer - country.moving_offset
        gain = ln_income_felt(her, now, j, searching) - ln_income_felt(her, now, j, income)
        if float(her.person.income_weight) * gain > spared:
            option, income = search, searching
    if breaks_obligation(her.person, option.path, j):
        income = ln_after_repayment(her, now, option.path, income)
    return option, income


class Best(NamedTuple):
    """The best option so far: its utility without the shock, the draw of the shock, and bounds on their sum."""

    option: Option
    value: float
    draw: float
    floor: float
    ceiling: float


@inlined
def better(best: Best, option: Option, value: float, draw: float) -> Best:
    """Return the better of two options by utility and shock, reckoning shocks only where their bounds do not tell."""
    floor, ceiling = gumbel_bounds(draw)
    if value + ceiling < best.floor:
        return best
    if value + floor <= best.ceiling and value + gumbel_quantile(draw) <= best.value + gumbel_quantile(best.draw):
        return best
    return Best(option, value, draw, value + floor, value + ceiling)


@inlined
def most_of(her: Reviewer, now: Month, option: Option) -> float:
    """Return a bound above what moving to work, or to look for it, can be worth with its shock."""
    j, path = option.country, option.path
    income = ln_most_there(her, now, j, path)
    if j == HOME:
        income = most_ln_income_of_coming(her, now, path, income)
    nearest = shortest_distance(now.countries[j], path, highest_affinity(her, now, j))
    nearest -= group_affinity(her.person, now.countries[j])
    _, ceiling = gumbel_bounds(shock_draw(her, now, option))
    least = least_cost(her, now, j, nearest) - highest_offset(now.countries[j], path)
    return utility(life_in(her, now, j, income)) - least + ceiling + SLACK


@inlined
def out_of_reach(her: Reviewer, now: Month, option: Option, best: Best) -> bool:
    """Return whether moving to a country is certainly not the best, as most are; before the rest is reckoned."""
    if option.country == her.person.country or option.path == BACK:
        return False
    # of studies and of a post for a time, home is a part
    if option.path == STUDY or option.path == POST_ABROAD:
        return False
    return most_of(her, now, option) < best.floor


@inlined
def choose(her: Reviewer, now: Month, choice: np.record) -> None:
    """Choose the best of what is open to one graduate of the home country; home always is."""
    best, here = Best(Option(HOME, CLOSED, 0.0, NO_OFFER), -1e300, 0.5, -1e300, -1e300), her.person.country
    for turn in range(len(now.countries)):
        # her own country first: next to it most others need not be weighed
        j = here if turn == 0 else turn - (turn <= here)
        option = way_to(her, now, j)
        if option.path == CLOSED or out_of_reach(her, now, option, best):
            continue
        option, ln_income = taken(her, now, with_job(her, now, option))
        life, draw = life_in(her, now, j, ln_income), shock_draw(her, now, option)
        value = utility(with_cost(her, now, option, life, distance_to(her, now, j, option.path)))
        best = better(best, option, value, draw)
    service = place_to_serve(her, now)
    if service.path == SERVE:
        life = life_in(her, now, HOME, ln_income_by(her, now, service))
        value = utility(with_cost(her, now, service, life, 0.0))
        best = better(best, service, value, shock_draw(her, now, service))
    write_down(her, now, best.option, choice)


@inlined
def write_down(her: Reviewer, now: Month, chosen: Option, choice: np.record) -> None:
    """Write down what somebody has chosen, and whether she owes it to those she knows there."""
    choice.country, choice.path, choice.match, choice.referred = chosen.country, chosen.path, chosen.match, 0
    choice.sector = sector_offered(her, now) if chosen.path == RETURN_OFFER else NO_SECTOR
    if chosen.draw >= 0.0:
        # the draw would have brought no offer without the ties
        choice.referred = chosen.draw >= offer_prob(expected_offers(her, now, chosen.country, 0))


@inlined
def tempted(her: Reviewer, now: Month) -> bool:
    """Return whether anything abroad might be better than home for a graduate who lives there; a no is certain.

    The terms are those of :func:`choose`, which most need not go through: the best that a country could be worth, with
    bounds in place of logarithms, exponentials and most draws, is less than the least that home is.  Of ``her`` gain
    by ability a ceiling is enough.
    """
    least, _ = gumbel_bounds(her.luck[TASTE_LUCK, HOME, her.place])
    least += utility(life_in(her, now, HOME, least_income_at_home(her, now))) - SLACK
    if not tempted_at_a_glance(her, now, least):
        return False
    for j in range(1, len(now.countries)):
        hope = hoped_for(her, now, j)
        if hope.path == STUDY or hope.path == POST_ABROAD:
            return True
        if hope.path != CLOSED and most_of(her, now, hope) > least:
            return True
    return False


@inlined
def tempted_at_a_glance(her: Reviewer, now: Month, least: float) -> bool:
    """Return whether any country might be worth more than the ``least`` that home is, if offers were all of the best.

    All countries are asked, and all about them: that takes less than guessing what can be left out.
    """
    might = False
    for j in range(1, len(now.countries)):
        if now.countries[j].free_entry:
            might |= most_of(her, now, Option(j, OFFER, best_match(now), NO_OFFER)) > least
        else:
            might |= maybe_open(her, now, j)
    return might


@compiled
def weighed(her: Reviewer, now: Month, option: Option) -> tuple[Option, float, Terms, float]:
    """Return what :func:`choose` makes of an option that is open: what she does with it, log wage, terms and shock."""
    option, ln_income = taken(her, now, option)
    distance = distance_to(her, now, option.country, option.path)
    terms = with_cost(her, now, option, life_in(her, now, option.country, ln_income), distance)
    return option, ln_wage_by(her, now, option), terms, gumbel_quantile(shock_draw(her, now, option))


@inlined
def utility_abroad(person: np.record, ln_relative_income: float, rule_of_law: float) -> float:
    """Return V without the shock to a foreign specialist, who knows nobody here and has her home elsewhere."""
    return float(person.income_weight) * ln_relative_income + float(person.rule_of_law_weight) * rule_of_law


@compiled
def choose_foreign(her: Reviewer, now: Month, choice: np.record) -> None:
    """Let a foreign specialist choose between this country and her own."""
    person, home, outlook = her.person, now.countries[HOME], now.outlook
    specialists, lives_here = now.rules.foreign_specialists, person.country == HOME
    if lives_here:
        income = ln_income_here(her, now)
    else:
        income = ln_income_there(her, now, HOME, LOOKING, home.mean_match)
        income = ln_income_of_specialist(her, now, income)
    here = utility_abroad(person, income - home.ln_wage, her.belief)
    own = outlook.ln_outside_wage[now.month] + home.return_to_ability * float(person.ability)
    # in her own country she always finds work, of the same mean pay
    income = own + her.experience + home.mean_match + math.log(outlook.growth[HOME, months_counted(her, now, 0)])
    there = utility_abroad(person, income - home.ln_wage, specialists.outside_rule_of_law)
    here += gumbel_quantile(taste_draw(her, now, HOME))
    there += gumbel_quantile(taste_draw(her, now, OWN_COUNTRY))
    if lives_here:
        stays = here >= there - specialists.return_cost
    else:
        stays = here - outlook.coming_cost[now.month] > there
    choice.match, choice.referred = 0.0, 0
    choice.country = HOME if stays else NOWHERE
    choice.path = (STAY if lives_here else RETURN) if stays else GONE
