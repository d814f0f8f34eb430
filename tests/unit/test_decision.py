"""A graduate's utility is the equation written out, and the choice is of the best."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.capability import NO_OFFER, Option, offers_by_ability, way_to, with_job
from abm.codes import BACK, CLOSED, EMPLOYED, FREE, HOME, OFFER, POST_ABROAD, RETURN, RETURN_OFFER, STAY, STUDY
from abm.cost import distance_to, moving_cost
from abm.decision import Best, Terms, better, life_in, most_of, utility, weighed, with_cost
from abm.incentives import ln_income_of_coming
from abm.income import ln_income_after_post, ln_income_by, ln_income_here
from abm.reforms import ReturnIncentive
from abm.reviewer import LUCK, Month, Reviewer, draw_luck, experience_gain, months_to_retirement
from abm.scenario import Scenario
from abm.simulation import Simulation


class Review(NamedTuple):
    """Somebody who works at home, in the eighth month of a run."""

    her: Reviewer
    now: Month


@pytest.fixture(scope="module", params=[1, 2])
def review(request: pytest.FixtureRequest) -> Review:
    world = Scenario.load("kazakhstan").replace({"graduates": 2000, "decision.place_cost": 0.7})
    simulation = Simulation(world, seed=request.param)
    for _ in range(8):
        simulation.step()
    state, t = simulation.state, 7
    now = Month(t, state.countries[t].copy(), state.outlook, simulation.rules[0])
    people = state.people.person
    works = (people.country == HOME) & (people.stage == EMPLOYED) & (people.sector < 3)
    row = int(np.flatnonzero(works[: simulation.n_networked] & (state.ties.counts[:, 1:].sum(axis=1) > 0))[0])
    person = people[row]
    luck = np.full((LUCK, len(now.countries), 1), 0.3)
    experience, remaining = experience_gain(person, t, now.rules), int(months_to_retirement(person, now))
    degree = int(state.ties.first[row + 1] - state.ties.first[row])
    gain = offers_by_ability(person, now.rules)
    known_of_her = (person, -0.37, state.ties.counts, row, degree, experience, remaining, t, luck, 0, gain)
    return Review(Reviewer(*known_of_her), now)


def test_a_life_is_worth_income_rule_of_law_ties_and_attachment(review: Review) -> None:
    """The weights are her own, ties count by the logarithm, home by attachment and by rule of law as believed."""
    her, now = review
    person, weight = her.person, now.rules.decision.ties_weight
    for j, country in enumerate(now.countries):
        law = -0.37 if j == HOME else country.rule_of_law
        expected = person.income_weight * (0.2 + country.ln_wage - now.countries[HOME].ln_wage)
        expected += person.rule_of_law_weight * law + weight * math.log(1 + her.ties[her.row, j])
        expected += person.home_attachment if j == HOME else 0.0
        assert utility(life_in(her, now, j, country.ln_wage + 0.2)) == pytest.approx(expected, rel=1e-6)


def test_whoever_moves_pays_the_cost_of_it_less_what_her_ties_there_spare(review: Review) -> None:
    her, now = review
    for j in range(1, len(now.countries)):
        there, ties = life_in(her, now, j, 8.0), int(her.ties[her.row, j])
        whole = moving_cost(her.person, now.month, True, 3.1, now.rules)
        paid = whole * (1.0 - now.rules.decision.ties_discount * ties / (1 + ties))
        moved = with_cost(her, now, Option(j, FREE, 0.0, NO_OFFER), there, 3.1)
        assert utility(there) - utility(moved) == pytest.approx(paid, rel=1e-9)
    home = life_in(her, now, HOME, 8.0)
    assert with_cost(her, now, Option(HOME, STAY, 0.0, NO_OFFER), home, 0.0) == home


def test_a_post_for_a_time_is_worth_a_life_there_as_long_as_it_lasts_and_home_for_the_rest(review: Review) -> None:
    her, now = review
    now.countries["posting_months"][1] = 36
    there = life_in(her, now, 1, 8.0)
    for_good = utility(with_cost(her, now, Option(1, OFFER, 0.1, 0.2), there, 3.1))
    for_a_time = utility(with_cost(her, now, Option(1, POST_ABROAD, 0.1, NO_OFFER), there, 3.1))
    home = utility(life_in(her, now, HOME, ln_income_after_post(her, now, 36)))
    monthly = float(now.rules.monthly_discount)
    share = (1 - monthly ** min(36, her.remaining)) / (1 - monthly**her.remaining)
    assert for_a_time == pytest.approx(share * for_good + (1 - share) * home, rel=1e-9)


def test_a_study_place_is_a_life_there_for_as_long_as_one_is_expected_to_stay(review: Review) -> None:
    """Rule of law, ties and attachment for the study, and after it by the chance to stay; income and cost in full."""
    her, now = review.her._replace(remaining=300), review.now
    country, person, monthly = now.countries[2], her.person, float(now.rules.monthly_discount)
    country.free_entry, country.permit_prob, country.post_study_months[:] = 0, 0.3, (24, 24)
    there, home = life_in(her, now, 2, 8.0), life_in(her, now, HOME, ln_income_here(her, now))
    for_good = with_cost(her, now, Option(2, OFFER, 0.1, 0.2), there, 3.1)
    place = with_cost(her, now, Option(2, STUDY, 0.1, NO_OFFER), there, 3.1)
    length = 24 if person.degree == 0 else 60
    during = (1 - monthly**length) / (1 - monthly**her.remaining)
    share = during + (1 - during) * (1 - 0.7**2)
    assert 0.5 < share < 0.9
    assert (place.income, place.cost) == (for_good.income, for_good.cost)
    for name in ("rule_of_law", "ties", "attachment"):
        mixed = share * getattr(there, name) + (1 - share) * getattr(home, name)
        assert getattr(place, name) == pytest.approx(mixed, rel=1e-9), name
    country.permit_prob = 1.0
    assert with_cost(her, now, Option(2, STUDY, 0.1, NO_OFFER), there, 3.1) == pytest.approx(for_good, rel=1e-12)


def test_what_is_shown_of_staying_has_no_cost_and_the_wage_she_has(review: Review) -> None:
    her, now = review
    option, ln_wage, terms, shock = weighed(her, now, Option(HOME, STAY, 0.0, NO_OFFER))
    assert option.country == HOME and terms.cost == 0.0
    assert terms.attachment == pytest.approx(float(her.person.home_attachment))
    assert shock == pytest.approx(-math.log(-math.log(0.3)), rel=1e-9)
    assert terms == life_in(her, now, HOME, ln_income_here(her, now))
    assert math.isfinite(ln_wage)


@given(st.lists(st.tuples(st.floats(-9.0, 9.0), st.floats(1e-9, 1.0 - 1e-9)), min_size=1, max_size=8))
def test_the_best_has_the_highest_sum_of_utility_and_shock(options: list[tuple[float, float]]) -> None:
    best = Best(Option(HOME, CLOSED, 0.0, NO_OFFER), -1e300, 0.5, -1e300, -1e300)
    for country, (value, draw) in enumerate(options):
        best = better(best, Option(country, FREE, 0.0, NO_OFFER), value, draw)
    sums = [value - math.log(-math.log(draw)) for value, draw in options]
    assert sums[best.option.country] == pytest.approx(max(sums), abs=1e-9)


def test_utility_is_the_sum_of_benefits_less_the_cost() -> None:
    assert utility(Terms(1.0, 0.5, 0.25, 0.125, 4.0)) == 1.875 - 4.0


def test_nothing_is_worth_more_than_the_bound_by_which_it_is_passed_over() -> None:
    """Of everybody abroad, in a world where offers from home are many and returning to one costs little."""
    incentive = ReturnIncentive(cost_reduction=9.0, offers=20.0, only_with_offer=True)
    # by more than the best of matches would make up for
    world = {"graduates": 3000, "decision.return_cost": 10.0}
    simulation = Simulation(Scenario.load("kazakhstan").replace(world), incentive, seed=3)
    for _ in range(8):
        simulation.step()
    now = month_of(simulation, 7)
    assert now.countries[HOME].moving_offset_with_offer > 0.8 * now.countries[HOME].moving_cost
    n_persons, n_offers = 0, 0
    for her in at_work_abroad(simulation, now):
        n_persons += 1
        for j in range(len(now.countries)):
            way = way_to(her, now, j)
            if j == her.person.country or way.path in (CLOSED, BACK, STUDY, POST_ABROAD):
                continue
            _, _, terms, shock = weighed(her, now, with_job(her, now, way))
            assert utility(terms) + shock <= most_of(her, now, way)
            n_offers += way.path == RETURN_OFFER
    assert n_persons > 100 and n_offers > 20


@pytest.mark.parametrize("only_with_offer", [False, True])
def test_a_subsidy_of_one_raises_the_utility_of_returning_by_one_whatever_ties_take_off_the_cost(
    only_with_offer: bool,
) -> None:
    incentive = ReturnIncentive(cost_reduction=1.0, only_with_offer=only_with_offer, offers=20.0)
    rises: list[float] = []
    for discount in (0.0, 0.25, 0.9):
        world = {"graduates": 1000, "decision.ties_discount": discount}
        simulation = Simulation(Scenario.load("kazakhstan").replace(world), incentive, seed=3)
        for _ in range(2):
            simulation.step()
        with_it, without = month_of(simulation, 1), month_of(simulation, 1)
        without.countries[HOME].moving_offset = without.countries[HOME].moving_offset_with_offer = 0.0
        for her in at_work_abroad(simulation, with_it):
            way = with_job(her, with_it, way_to(her, with_it, HOME))
            option, _, terms, _ = weighed(her, with_it, way)
            same, _, less, _ = weighed(her, without, way)
            paid = option.path == RETURN_OFFER or not only_with_offer
            if option.path == same.path:
                rises.append(utility(terms) - utility(less) - (1.0 if paid else 0.0))
        assert int(simulation.state.ties.counts[:, HOME].max()) > 5  # ties do take something off
    assert len(rises) > 50 and np.abs(rises).max() < 1e-9


@pytest.mark.parametrize("only_with_offer", [False, True])
def test_an_offer_from_home_is_turned_down_just_where_coming_to_search_is_worth_more(only_with_offer: bool) -> None:
    """Whatever ties take off the cost: a subsidy paid with an offer alone is spared in full by taking it."""
    incentive = ReturnIncentive(cost_reduction=1.0, only_with_offer=only_with_offer, offers=20.0)
    world = {"graduates": 1000, "decision.ties_discount": 0.9}
    simulation = Simulation(Scenario.load("kazakhstan").replace(world), incentive, seed=3)
    for _ in range(2):
        simulation.step()
    now, taken = month_of(simulation, 1), [0, 0]
    search = Option(HOME, RETURN, float(now.countries[HOME].mean_match), NO_OFFER)
    for her in at_work_abroad(simulation, now):
        for match in np.linspace(-8.0, 1.0, 91):
            offer, worth = Option(HOME, RETURN_OFFER, float(match), 0.5), []
            for way in (offer, search):
                income = ln_income_of_coming(her, now, way.path, ln_income_by(her, now, way))
                there, far = life_in(her, now, HOME, income), distance_to(her, now, HOME, way.path)
                worth.append(utility(with_cost(her, now, way, there, far)))
            option, _, terms, _ = weighed(her, now, offer)
            assert utility(terms) == pytest.approx(max(worth), abs=1e-9)
            taken[option.path == RETURN] += 1
    assert min(taken) > 100


def month_of(simulation: Simulation, t: int) -> Month:
    """Return a month as a run of it meets it, with countries of its own."""
    state = simulation.state
    return Month(t, state.countries[t].copy(), state.outlook, simulation.rules[0])


def at_work_abroad(simulation: Simulation, now: Month) -> Iterator[Reviewer]:
    """Yield everybody at work abroad as she would review in a month."""
    state, people = simulation.state, simulation.state.people.person
    abroad = (people.country > HOME) & (people.stage == EMPLOYED)
    luck = np.ones((LUCK, len(now.countries), 1))
    for row in np.flatnonzero(abroad[: simulation.n_networked]).tolist():
        person = people[row]
        keys = (np.array([word], np.uint32) for word in (person.rank, person.cohort, now.month))
        draw_luck(*keys, now, luck)
        degree = int(state.ties.first[row + 1] - state.ties.first[row])
        experience, remaining = experience_gain(person, now.month, now.rules), int(months_to_retirement(person, now))
        gain = offers_by_ability(person, now.rules)
        yield Reviewer(person, -0.37, state.ties.counts, row, degree, experience, remaining, now.month, luck, 0, gain)
