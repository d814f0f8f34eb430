"""Programmes that choose among persons: obligations to serve, the personnel reserve, posts abroad, larger cohorts."""

from __future__ import annotations

import numpy as np
import pytest
from plans import EVERY_KIND

from abm.codes import (
    EMPLOYED,
    EVENTS,
    GROUP_COHORT,
    HOME,
    NEVER,
    OWED,
    POSTED,
    PUBLIC,
    RESERVE,
    RETIRED,
    SERVICE,
    WORK_PERMIT,
)
from abm.environment import Environment
from abm.heads import heads_of
from abm.life_course import SERVICE_WINDOW
from abm.reforms import (
    CirculationScheme,
    GraduateResearchFunding,
    PersonnelReserve,
    Reform,
    ReformError,
    ServiceObligation,
)
from abm.reforms.quantities import QUANTITIES
from abm.scenario import Scenario
from abm.simulation import Simulation

WORLD = Scenario.load("kazakhstan").replace({"graduates": 6_000, "end": "2030-12"})
FREE_ENTRY_COUNTRY = 1


def run(*reforms: Reform, world: Scenario = WORLD, seed: int = 3, threads: int = 1) -> Simulation:
    return Simulation(world, reforms, seed=seed, threads=threads).run()


def counted(simulation: Simulation) -> dict[str, int]:
    """Return how often each event happened, in simulated persons."""
    return dict(zip(EVENTS, simulation.accounts.events.sum(axis=0).tolist(), strict=True))


def test_threads_change_no_bit_of_any_programme() -> None:
    one, two = (run(*EVERY_KIND, world=WORLD.replace({"end": "2028-12"}), threads=threads) for threads in (1, 2))
    assert one.graduates.person.tobytes() == two.graduates.person.tobytes()
    assert np.array_equal(one.accounts.events, two.accounts.events)


# obligations to serve


def test_only_new_graduates_at_home_have_a_grant() -> None:
    simulation = Simulation(WORLD, [ServiceObligation(share=1.0, start="2027-01")], seed=3)
    person = simulation.graduates.person
    owes, group, month = person.obligation_month == OWED, person.cohort >> 16, person.cohort & 0xFFFF
    assert np.array_equal(owes, (group == GROUP_COHORT) & (month >= 12))


def test_larger_shares_take_in_more_people_and_leave_out_none() -> None:
    few, many = (
        Simulation(WORLD, [ServiceObligation(share=share)], seed=3).graduates.person.obligation_month == OWED
        for share in (0.1, 0.3)
    )
    assert 0 < few.sum() < many.sum() and not np.any(few & ~many)
    new = np.count_nonzero(Simulation(WORLD, seed=3).graduates.person.cohort >> 16 == GROUP_COHORT)
    # a binomial share of about 4,000 new graduates: five standard errors
    assert abs(few.sum() / new - 0.1) < 5 * np.sqrt(0.1 * 0.9 / new)


def test_a_place_to_serve_is_a_public_post_held_until_the_obligation_ends() -> None:
    simulation = run(ServiceObligation(share=1.0, placement=1.0, housing=3.0))
    person, now = simulation.graduates.person, simulation.month - 1
    serving = (person.obligation_month > now) & (person.obligation_month < NEVER) & (person.stage == EMPLOYED)
    serving &= person.cohort >> 16 == GROUP_COHORT
    assert serving.sum() > 100
    assert np.all(person.sector[serving] == PUBLIC) and np.all(person.country[serving] == HOME)
    assert np.all(person.status_month[serving] >= person.obligation_month[serving])
    assert np.all(person.obligation_month[serving] - now <= 36)


def test_whoever_has_not_begun_within_the_window_is_not_asked_again() -> None:
    simulation = run(ServiceObligation(share=1.0))
    person, now = simulation.graduates.person, simulation.month - 1
    owing = (person.obligation_month == OWED) & (person.country == HOME)
    assert owing.sum() > 100
    # the last review comes at most a year after the window ends
    assert np.all(now - person.career_month[owing] < SERVICE_WINDOW + 12)


def test_obligations_add_up() -> None:
    events = counted(run(ServiceObligation(share=0.5, placement=0.8)))
    assert events["service_owed"] > events["service_begun"] > events["service_met"] > 0


def test_a_grant_that_nobody_follows_up_changes_nobody_elses_life() -> None:
    """Without places there is nothing to take up: grants leave every account as it is."""
    world = WORLD.replace({"region.place_prob": 0.0})
    with_grants, without = run(ServiceObligation(share=0.5), world=world), run(world=world)
    assert np.array_equal(with_grants.accounts.flows, without.accounts.flows)
    assert counted(with_grants)["service_begun"] == 0 < counted(with_grants)["service_owed"]


# the personnel reserve


def test_a_reserve_fills_its_places_and_no_more() -> None:
    simulation = run(PersonnelReserve(places=8_000.0))
    places = 5 * 8_000.0 / simulation.environment.weight
    assert places - 2 < counted(simulation)["reserve_entrants"] <= places


def test_a_term_in_the_reserve_ends_and_then_most_are_appointed() -> None:
    simulation = run(PersonnelReserve(places=20_000.0, months=12, appointment=0.75))
    person, now = simulation.graduates.person, simulation.month - 1
    members = (person.sector == RESERVE) & (person.country == HOME)
    assert members.sum() > 20
    assert np.all(person.status_month[members] - now <= 12) and np.all(person.match[members] == 0.0)
    assert np.all(now - person.birth_month[members] < 12 * 35 + 12)
    events = counted(simulation)
    ended = events["reserve_entrants"] - members.sum()
    # some leave before their term ends; four standard errors of a share of about 500
    assert abs(events["reserve_appointments"] / ended - 0.75) < 4 * np.sqrt(0.75 * 0.25 / ended) + 0.02


def test_nobody_enters_a_reserve_that_pays_less_than_what_she_has() -> None:
    """With pay below every sector's, only those without a post want a place."""
    simulation = Simulation(WORLD, [PersonnelReserve(places=1e7, pay=0.05)], seed=3)
    for _ in range(6):
        person = simulation.graduates.person
        keeps_a_post = (
            (person.stage == EMPLOYED) & (person.sector != RESERVE) & (person.status_month > simulation.month)
        )
        simulation.step()
        assert not np.any(keeps_a_post & (person.sector == RESERVE))
    assert np.any(person.sector == RESERVE)


# posts abroad for a time


def test_posts_abroad_end_after_their_months_and_leave_a_debt_until_return() -> None:
    simulation = run(CirculationScheme(places=200_000.0, months=18))
    person, now = simulation.graduates.person, simulation.month - 1
    posted = (person.permit == POSTED) & (person.stage != RETIRED)
    assert posted.sum() > 20
    assert np.all(person.country[posted] > FREE_ENTRY_COUNTRY) and np.all(person.obligation_month[posted] == OWED)
    assert np.all((person.permit_month[posted] > now) & (person.permit_month[posted] - now <= 18))
    assert np.all(person.stage[posted] == EMPLOYED)
    assert np.all(person.permit[person.country == HOME] != POSTED)
    events = counted(simulation)
    assert events["postings_begun"] > events["postings_met"] > 0


def test_those_who_come_back_from_a_post_abroad_have_their_post_at_home_again() -> None:
    simulation = Simulation(WORLD, [CirculationScheme(places=300_000.0, months=12)], seed=3)
    kept: dict[int, tuple[int, float]] = {}
    back = 0
    while not simulation.finished:
        person = simulation.graduates.person
        before = {
            row: (int(person.sector[row]), float(person.match[row])) for row in np.flatnonzero(person.permit == POSTED)
        }
        simulation.step()
        for row in np.flatnonzero((person.permit == POSTED) & (person.arrival_month == simulation.month - 1)):
            kept[row] = (int(person.sector[row]), float(person.match[row]))
        for row, post in before.items():
            if person.country[row] == HOME and person.stage[row] == EMPLOYED:
                assert post == kept[row] == (int(person.sector[row]), float(person.match[row]))
                back += 1
    assert back > 50


def test_some_win_a_permit_at_the_end_of_a_post_abroad_and_stay() -> None:
    simulation = Simulation(WORLD, [CirculationScheme(places=300_000.0, months=12)], seed=3)
    stayed = 0
    while not simulation.finished:
        person = simulation.graduates.person
        posted = person.permit == POSTED
        simulation.step()
        stayed += int(np.count_nonzero(posted & (person.permit == WORK_PERMIT)))
    assert stayed > 20


def test_what_a_programme_has_begun_outlasts_it_and_nothing_new_begins() -> None:
    ended = Simulation(WORLD, [ServiceObligation(share=1.0, placement=1.0, housing=3.0, end="2027-12")], seed=3).run()
    begun, met = (ended.accounts.events[:, EVENTS.index(f"service_{what}")] for what in ("begun", "met"))
    assert begun[:24].sum() > 50 and begun[24:].sum() == 0
    assert met[:36].sum() < met[36:].sum() and met.sum() > 0.9 * begun.sum()


@pytest.mark.parametrize("carried_out", [{"fidelity": 0.4}, {"ramp_months": 11}])
def test_terms_are_in_force_or_not_and_shares_grow_with_what_is_carried_out(carried_out: dict[str, float]) -> None:
    partly = Environment(WORLD, [ServiceObligation(share=0.5, follow_up=0.8, repayment=20_000.0, **carried_out)])
    home = partly.countries[:, HOME]
    assert np.all(home.obligation_months[:, SERVICE] == 36) and np.all(home.repayment[:, SERVICE] == 20_000.0)
    assert partly.grantee_share[0] < 0.3 and home.pursuit_prob[0, SERVICE] < 0.5


@pytest.mark.parametrize("carried_out", [{"fidelity": 0.4}, {"ramp_months": 11}])
def test_a_reserve_that_is_carried_out_in_part_has_its_whole_term_and_fewer_offices(
    carried_out: dict[str, float],
) -> None:
    partly = Environment(
        WORLD, [PersonnelReserve(places=1000.0, months=30, oldest=33.0, appointment=0.8, **carried_out)]
    )
    home = partly.countries[:, HOME]
    assert np.all(home.reserve_months == 30) and np.all(partly.reserve_age == 33.0)
    assert home.appointment_prob[0] < 0.4 and partly.reserve_places_per_year[0] < 500.0


def test_what_is_a_term_is_said_by_its_unit() -> None:
    """Months, sums and ages of what is owed are in force or not; shares, chances and rates grow with the strength."""
    owed = [name for name in QUANTITIES if name.startswith(("service_", "scholarship_", "reserve_", "posting_"))]
    for name in owed:
        assert QUANTITIES[name].is_term == (QUANTITIES[name].unit in ("months", "USD PPP", "years")), name


def test_a_scheme_needs_a_destination_that_asks_for_permits() -> None:
    world = WORLD.replace({f"destinations.{name}.entry": "free" for name in ("united_states", "germany", "other_oecd")})
    with pytest.raises(ReformError, match="no destination asks for permits"):
        Simulation(world, [CirculationScheme()], seed=1)


# larger cohorts


def test_added_graduates_rename_nobody_and_leave_the_ties_of_all_others() -> None:
    usual = Simulation(WORLD, seed=3)
    larger = Simulation(WORLD, [GraduateResearchFunding(doctorates=0.0, graduates=0.25)], seed=3)
    n_added = int(heads_of(larger.environment, 3).additional_graduates.sum())
    assert n_added == len(larger.graduates.person) - len(usual.graduates.person) > 200

    def known(simulation: Simulation) -> dict[tuple[int, int], set[tuple[int, int]]]:
        person, network = simulation.graduates.person, simulation.network
        names = list(zip(person.cohort.tolist(), person.rank.tolist(), strict=True))
        return {names[i]: {names[j] for j in network.neighbours(i)} for i in range(network.n_persons)}

    before, after = known(usual), known(larger)
    added = set(after) - set(before)
    assert len(added) == n_added and set(before) < set(after)
    assert all(after[name] - added == before[name] for name in before)
    # each knows about as many as others do, fewer where the same classmate was drawn twice, and none of the added
    degrees = [len(after[name]) for name in added]
    assert usual.network.mean_degree - 2 < np.mean(degrees) <= usual.network.mean_degree + 0.5
    assert not any(after[name] & added for name in added)


def test_added_graduates_are_as_many_as_the_reform_says() -> None:
    usual, larger = counted(run()), counted(run(GraduateResearchFunding(doctorates=0.0, graduates=0.25)))
    assert larger["new_graduates"] == pytest.approx(1.25 * usual["new_graduates"], abs=2)
