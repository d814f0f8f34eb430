"""What is drawn once for a person follows the laws that docs/model.md states, in closed form.

Everybody of one world of some 360,000 persons, of whom 200,000 live at home at the start, and one seed.  Distances are
in standard errors: of true laws one in 16,000 is beyond four, of Kolmogorov's one in 1,500 beyond two.  A mean weight
without its correction misses by more than a hundred.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from laws import errors_of_correlation, errors_of_mean, errors_of_share, kolmogorov, normal
from worlds import distinct

from abm.codes import ABSENT, FOREIGN, HOME_EDUCATED, OWED, SCHOLAR, SELF_FUNDED, STUDENT
from abm.reforms import BondedScholarship, GraduateResearchFunding, Reform, ServiceObligation
from abm.simulation import Simulation

SEED = 20_260_401
MONTHS = 141  # from April 2026 to December 2037
TASTES = ("ability", "connections", "income_weight", "rule_of_law_weight", "home_attachment")


class Population:
    """Who there is in a run that has not begun, told apart by what is written about each."""

    def __init__(self, *reforms: Reform, **changes: Any) -> None:
        world = distinct({key.replace("__", "."): value for key, value in changes.items()}, graduates=200_000)
        self.people = Simulation(world, reforms, seed=SEED).graduates
        self.person = person = self.people.person
        self.students = (person.origin == SELF_FUNDED) | (person.origin == SCHOLAR)
        self.foreign = person.origin == FOREIGN
        self.to_come = person.stage == ABSENT
        self.newcomers = self.to_come & (person.origin == HOME_EDUCATED)
        self.graduates = ~self.to_come & (person.stage != STUDENT)


@pytest.fixture(scope="module")
def everybody() -> Population:
    return Population()


def test_there_are_enough_of_every_kind(everybody: Population) -> None:
    """The counts from which standard errors below follow."""
    kinds = (everybody.graduates, everybody.newcomers, everybody.students, everybody.foreign)
    assert [int(round(kind.sum(), -4)) for kind in kinds] == [240_000, 100_000, 50_000, 20_000]
    assert sum(int(kind.sum()) for kind in kinds) == len(everybody.person)


@pytest.mark.parametrize("trait", ["ability", "connections"])
def test_ability_and_connections_are_standard_normal(everybody: Population, trait: str) -> None:
    values = everybody.person[trait].astype(float)
    assert errors_of_mean(values, 0.0, 1.0) < 4
    assert errors_of_mean(values**2, 1.0, math.sqrt(2.0)) < 4
    assert kolmogorov(values, normal) < 2


@pytest.mark.parametrize(("trait", "mean", "spread"), [("income_weight", 1.3, 0.6), ("rule_of_law_weight", 0.42, 0.9)])
def test_weights_are_lognormal_with_the_mean_that_is_stated(
    everybody: Population, trait: str, mean: float, spread: float
) -> None:
    """A lognormal law of log spread s has the mean m if the mean of the log is ln m - s**2 / 2; its standard deviation
    is m sqrt(exp(s**2) - 1)."""
    values = everybody.person[trait].astype(float)
    assert errors_of_mean(values, mean, mean * math.sqrt(math.exp(spread**2) - 1.0)) < 4
    centre = math.log(mean) - spread**2 / 2
    assert errors_of_mean(np.log(values), centre, spread) < 4
    assert kolmogorov(values, lambda x: normal((np.log(x) - centre) / spread)) < 2


def test_attachment_to_home_is_normal(everybody: Population) -> None:
    values = everybody.person["home_attachment"].astype(float)
    assert errors_of_mean(values, 0.7, 1.1) < 4
    assert kolmogorov(values, lambda x: normal((x - 0.7) / 1.1)) < 2


def test_without_spread_everybody_is_the_mean() -> None:
    person = Population(
        decision__income_weight_spread=0.0,
        decision__rule_of_law_weight_spread=0.0,
        decision__home_attachment_spread=0.0,
    ).person
    for trait, mean in (("income_weight", 1.3), ("rule_of_law_weight", 0.42), ("home_attachment", 0.7)):
        assert (person[trait] == np.float32(mean)).all()


def test_what_is_drawn_of_a_person_is_independent(everybody: Population) -> None:
    """Ability, connections and the three tastes, field, degree, partner and month of review: 36 pairs, each within four
    standard errors of no correlation."""
    person, here = everybody.person, everybody.graduates
    columns = {name: person[name][here].astype(float) for name in TASTES}
    columns["income_weight"], columns["rule_of_law_weight"] = (
        np.log(columns[name]) for name in ("income_weight", "rule_of_law_weight")
    )
    columns |= {name: person[name][here] for name in ("science", "degree", "review_month")}
    columns["partner"] = person.partner_month[here] - person.birth_month[here] < 1000
    far = {
        pair: errors_of_correlation(columns[pair[0]], columns[pair[1]]) for pair in itertools.combinations(columns, 2)
    }
    assert len(far) == 36 and max(far.values()) < 4, max(far, key=lambda pair: far[pair])


def test_a_science_degree_has_its_share_and_reviews_fall_evenly_on_the_year(everybody: Population) -> None:
    person = everybody.person
    for kind in (everybody.graduates, everybody.newcomers, everybody.students):
        assert errors_of_share(person.science[kind] == 1, 0.31) < 4
    assert set(person.review_month.tolist()) == set(range(12))
    assert max(errors_of_share(person.review_month == month, 1 / 12) for month in range(12)) < 4


@pytest.mark.parametrize("kind", ["graduates", "newcomers", "foreign"])
def test_degrees_have_their_shares(everybody: Population, kind: str) -> None:
    """22 % masters and 5 % doctors, the others bachelors."""
    degree = everybody.person.degree[getattr(everybody, kind)]
    for which, share in enumerate((0.73, 0.22, 0.05)):
        assert errors_of_share(degree == which, share) < 4


def test_students_abroad_begin_without_a_degree_and_some_are_bonded(everybody: Population) -> None:
    person, students = everybody.person, everybody.students
    assert not person.degree[students].any()
    for when in (everybody.to_come, ~everybody.to_come):
        assert errors_of_share(person.origin[students & when] == SCHOLAR, 0.17) < 4
    assert (person.obligation_month == 30_000).all()  # nobody owes anything yet


def month_of_appearance(population: Population, kind: np.ndarray) -> np.ndarray:
    """Return the month of the run in which people appear: as graduates, or 40 months before they are."""
    person = population.person
    return np.where(population.students, person.status_month.astype(int) - 40, person.career_month.astype(int))[kind]


def test_more_degrees_go_to_those_who_graduate_under_the_reform_and_lower_none(everybody: Population) -> None:
    """From January 2028 (month 21) on 10 points more doctors and 30 more masters; students and foreigners as before."""
    funded = Population(GraduateResearchFunding(doctorates=0.1, masters=0.3, start="2028-01"))
    before, after, newcomers = everybody.person, funded.person, funded.newcomers
    month = month_of_appearance(funded, newcomers)
    degree, without = after.degree[newcomers], before.degree[newcomers]
    assert (degree[month < 21] == without[month < 21]).all() and (degree >= without).all()
    assert (month >= 21).sum() > 80_000
    for which, share in enumerate((0.33, 0.52, 0.15)):
        assert errors_of_share(degree[month >= 21] == which, share) < 4
    assert (after.degree[~newcomers] == before.degree[~newcomers]).all()


def test_more_students_are_bonded_under_the_reform(everybody: Population) -> None:
    """From January 2028 on 40 points more of those who begin to study abroad; who began sooner is bonded as before."""
    bonded = Population(BondedScholarship(share=0.4, start="2028-01"))
    month = month_of_appearance(bonded, bonded.students)
    scholar, before = (people.person.origin[people.students] == SCHOLAR for people in (bonded, everybody))
    assert (month >= 21).sum() > 25_000
    assert (scholar[month < 21] == before[month < 21]).all()
    assert errors_of_share(scholar[month >= 21], 0.57) < 4


def test_who_studies_abroad_already_is_not_bonded_by_a_reform_of_the_first_month() -> None:
    bonded = Population(BondedScholarship(share=0.83, start="2026-04"))
    month = month_of_appearance(bonded, bonded.students)
    scholar = bonded.person.origin[bonded.students] == SCHOLAR
    assert scholar[month >= 0].all() and errors_of_share(scholar[month < 0], 0.17) < 4


def test_who_graduates_on_a_grant_owes_service_and_nobody_else() -> None:
    """A quarter of those who graduate at home from January 2028 on."""
    grants = Population(ServiceObligation(share=0.25, start="2028-01"))
    owes, month = grants.person.obligation_month == OWED, month_of_appearance(grants, grants.newcomers)
    assert not owes[~grants.newcomers].any()
    assert not owes[grants.newcomers][month < 21].any()
    assert errors_of_share(owes[grants.newcomers][month >= 21], 0.25) < 4


def test_the_young_are_as_old_as_graduates_are_and_specialists_have_up_to_half_a_career(everybody: Population) -> None:
    """Everybody is 23 and a half years old, 282 months, in the month of the first degree.  A career lasts 38 years, 456
    months; whoever comes from abroad appears with 0 to 227 months behind her, evenly."""
    person = everybody.person
    assert (person.career_month - person.birth_month == 282).all()
    assert (month_of_appearance(everybody, everybody.newcomers) >= 0).all()
    assert set(month_of_appearance(everybody, everybody.newcomers)) == set(range(MONTHS))
    appears = everybody.people.event_month[everybody.foreign].astype(int)
    behind = appears - person.career_month[everybody.foreign]
    assert behind.min() == 0 and behind.max() == 227
    assert kolmogorov(behind, lambda months: (months + 1.0) / 228.0) < 2
    assert errors_of_mean(behind, 113.5, math.sqrt((228**2 - 1) / 12)) < 4
    assert set(appears) <= set(range(MONTHS)) and errors_of_correlation(appears, behind) < 4


def level_at_start() -> float:
    """Return rule of law of April 2026 in the world of the tests: -0.41 in mid-2024, and 0.031 a year since."""
    return -0.41 + 0.031 * (2026 + 3.5 / 12 - 2024.5)


def test_first_beliefs_are_normal_around_the_level_of_the_first_month(everybody: Population) -> None:
    known = everybody.people.belief[~everybody.to_come].astype(float)
    assert errors_of_mean(known, level_at_start(), 0.24) < 4
    assert kolmogorov(known, lambda x: normal((x - level_at_start()) / 0.24)) < 2


def test_newcomers_believe_around_the_level_of_the_month_in_which_they_appear() -> None:
    """Rule of law falls by 0.3 a year, and nobody learns: 11,000 newcomers of two years, by year and place."""
    never_learn = {"beliefs.signal_weight": 0.0, "beliefs.neighbour_weight": 0.0, "home.rule_of_law.trend": -0.3}
    simulation = Simulation(distinct(never_learn | {"end": "2028-03"}), seed=SEED)
    person, belief = simulation.graduates.person, simulation.graduates.belief
    come = person.stage == ABSENT
    level = -0.41 - 0.3 * (2026 + 3.5 / 12 - 2024.5)
    simulation.run()
    come &= person.stage != ABSENT
    appeared = np.where(person.origin == HOME_EDUCATED, person.career_month, person.status_month - 40)
    for year in (0, 1):
        for abroad in (False, True):
            these = come & (person.stage != STUDENT) if not abroad else come & (person.stage == STUDENT)
            these &= (appeared // 12 == year) & (person.origin != FOREIGN)
            assert these.sum() > 600
            surprise = belief[these] - (level - 0.3 / 12 * appeared[these])
            assert errors_of_mean(surprise, 0.0, 0.24) < 4
            assert errors_of_mean(surprise**2, 0.24**2, 0.24**2 * math.sqrt(2.0)) < 4
