"""Observations are what somebody would count who followed every person of a run month by month."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from worlds import GROUPS, MORTAL, grouped

from abm.codes import (
    ABSENT,
    DEGREES,
    EMIGRANT,
    EMPLOYED,
    FOREIGN,
    GROUP_COHORT,
    HOME,
    ONWARD,
    RETIRED,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_TIES,
    STUDENT,
    STUDENT_STAYING,
)
from abm.measures import columns
from abm.observations import (
    AGES,
    OBSERVATIONS,
    STAYED,
    YEARS,
    Graduation,
    observations,
    observed,
    simulate_observed,
    stay_rate,
)
from abm.reforms import CirculationScheme, ForeignTalentVisa
from abm.registers import entries, registered_departures
from abm.scenario import Scenario
from abm.simulation import Simulation
from abm.stays import beginning_of, remade, stays_of
from abm.sweep import Plans, run

# begins and ends within a year; people who die, go on, study again, are posted for a time, and foreigners
WORLD = grouped(Scenario.load("kazakhstan")).replace(
    {"graduates": 8_000, "start": "2026-04", "end": "2038-09"}
    | {f"destinations.{name}.offer_rate": 1.0 for name in ("united_states", "germany", "other_oecd")}
    | {f"destinations.{name}.study_place_rate": 0.1 for name in ("united_states", "germany", "other_oecd")}
    | {f"destinations.{name}.registration_prob": 0.5 for name in ("united_states", "germany", "other_oecd")}
    | MORTAL
)
REFORMS = (CirculationScheme(places=20_000), ForeignTalentVisa(candidates=10.0))
NAMES = tuple(name for name, _ in WORLD.destinations)
OF_GROUPS = ("", *GROUPS)  # everybody else first
RETURNS = (RETURN_EARLY, RETURN_LATE, RETURN_TIES)
GONE = -2  # a country in which nobody lives


@functools.cache
def table() -> dict[str, np.ndarray]:
    """Return the observations of the run."""
    return dict(simulate_observed(WORLD, REFORMS, 4))


def years_class(months: int) -> str:
    return YEARS[sum(months // 12 >= first for first in (2, 5, 10))]


def age_class(months: int) -> str:
    return AGES[sum(months // 12 >= first for first in (25, 35, 45))]


@functools.cache
def followed() -> tuple[dict[tuple[str, int], int], Simulation]:
    """Follow a run month by month; return what was counted under each name in each year, and the run."""
    simulation, counts = Simulation(WORLD, REFORMS, seed=4), Counter[tuple[str, int]]()
    person, degrees = simulation.graduates.person, []
    age_of_retirement = round(12 * WORLD.decision.retirement_age)
    while not simulation.finished:
        month, before = simulation.month, person.copy()
        year = (simulation.environment.first_month + month) // 12
        simulation.step()
        for move in simulation.accounts.records[-1]:
            who = before[move.person]
            abroad = NAMES[max(move.origin_country, move.destination) - 1]
            age, degree = age_class(month - int(who.birth_month)), DEGREES[move.degree]
            # those who come to study and move in the month in which they come up have no record before
            since = years_class(month - int(who.arrival_month))
            if move.flow == EMIGRANT:
                counts[f"departures_to_{abroad}_{degree}", year] += 1
                counts[f"departures_to_{abroad}_{age}", year] += 1
            elif move.flow in RETURNS:
                counts[f"returns_from_{abroad}_{degree}", year] += 1
                counts[f"returns_from_{abroad}_{age}", year] += 1
                counts[f"returns_from_{abroad}_after_{since}", year] += 1
                counts[f"returns_from_{abroad}_of_{OF_GROUPS[who.heritage]}", year] += 1
            if move.flow in (*RETURNS, ONWARD):
                counts[f"exits_from_{NAMES[move.origin_country - 1]}_after_{since}", year] += 1
        # whoever comes up to the month of her degree has it, also if she begins to study for another in it
        studied = np.flatnonzero((before.stage == STUDENT) & (before.status_month == month) & (person.stage != ABSENT))
        for row in studied[person.stage[studied] != RETIRED]:
            country, degree = NAMES[before.country[row] - 1], DEGREES[person.degree[row]]
            counts[f"degrees_in_{country}_{degree}", year] += 1
            degrees.append((row, month, int(before.country[row]), country, degree))
        country_now, stage_now = person.country.tolist(), person.stage.tolist()
        came, old = person.arrival_month.tolist(), degrees
        degrees = []
        for row, when, code, country, degree in old:
            stays = country_now[row] == code and stage_now[row] != ABSENT and came[row] <= when
            degrees.append((row, when, code if stays else GONE, country, degree))
            for n in STAYED:
                if month == when + 12 * n:
                    counts[f"degrees_{n}_years_before_in_{country}_{degree}", year] += 1
                    counts[f"still_after_{n}_years_in_{country}_{degree}", year] += stays
        graduated = (person.cohort >> 16 == GROUP_COHORT) & (person.career_month == month - 12)
        counts["graduated_a_year_before", year] += int(graduated.sum())
        counts["at_home_after_a_year", year] += int((graduated & (person.country == HOME)).sum())
        at_work = graduated & (person.country == HOME) & (person.stage == EMPLOYED)
        counts["at_work_after_a_year", year] += int(at_work.sum())
        if (month + simulation.environment.first_month) % 12 == 11 or simulation.finished:
            there = (person.country > HOME) & (person.origin != FOREIGN) & (person.career_month <= month)
            there &= (person.stage != ABSENT) & (person.birth_month + age_of_retirement > month)
            for row in np.flatnonzero(there):
                name = NAMES[person.country[row] - 1]
                counts[f"in_{name}_since_{years_class(month - int(person.arrival_month[row]))}", year] += 1
    return counts, simulation


def test_every_count_is_that_of_somebody_who_followed_every_person() -> None:
    counts, simulation = followed()
    weight, found = simulation.environment.weight, table()
    registered = registered_departures(simulation)
    for row, country, month in zip(*entries(simulation), strict=True):
        group = OF_GROUPS[simulation.graduates.person.heritage[row]]
        year = (simulation.environment.first_month + month) // 12
        counts[f"registered_to_{NAMES[country - 1]}_of_{group}", int(year)] += 1
    assert found["year"].tolist() == list(range(2026, 2039))
    for name in observations(NAMES, tuple(GROUPS)):
        if name in [f"registered_to_{country}" for country in NAMES]:
            expected = registered[f"registered_departures_to_{name.removeprefix('registered_to_')}"]
        else:
            expected = np.array([counts[name, int(year)] for year in found["year"]]) * weight
        assert np.allclose(found[name], expected, rtol=1e-12, atol=0), name
    # of every kind there were some to be counted wrongly
    for each in OBSERVATIONS:
        names = [name for name in observations(NAMES, tuple(GROUPS)) if name.startswith(each.name.partition("{")[0])]
        assert sum(found[name].sum() for name in names) > 20 * weight, each.name


def test_cells_add_up_to_the_measures_of_the_accounts() -> None:
    found = table()
    for name in NAMES:
        for cells, measure in (
            ([f"departures_to_{name}_{degree}" for degree in DEGREES], f"emigrants_to_{name}"),
            ([f"departures_to_{name}_{age}" for age in AGES], f"emigrants_to_{name}"),
            ([f"returns_from_{name}_{degree}" for degree in DEGREES], f"returns_from_{name}"),
            ([f"returns_from_{name}_{age}" for age in AGES], f"returns_from_{name}"),
            ([f"returns_from_{name}_after_{years}" for years in YEARS], f"returns_from_{name}"),
        ):
            assert np.allclose(sum(found[cell] for cell in cells), found[measure], rtol=1e-12)
    assert (
        np.array_equal(found["graduated_a_year_before"][2:-1].round(), np.roll(found["new_graduates"], 1)[2:-1].round())
        or abs(found["graduated_a_year_before"][2:-1] / found["new_graduates"][1:-2] - 1).max() < 0.02
    )


def test_how_everybody_stood_is_made_anew_to_the_bit_also_of_a_run_that_was_branched_or_saved(tmp_path: Path) -> None:
    unbroken = Simulation(WORLD, REFORMS, seed=4)
    began = beginning_of(unbroken.graduates)
    for _ in range(40):
        unbroken.step()
    for one in (unbroken, unbroken.branch(REFORMS), unbroken.copy()):
        assert all(np.array_equal(mine, its) for mine, its in zip(remade(one), began, strict=True))
        assert all(np.array_equal(*pair) for pair in zip(stays_of(one), stays_of(unbroken, began), strict=True))
    unbroken.save(tmp_path / "run.npz")
    loaded = Simulation.load(tmp_path / "run.npz")
    nobody = Graduation(*(np.zeros(40, dtype=np.int64) for _ in range(3)))
    one, other = observed(loaded, nobody), observed(unbroken, nobody, began)
    assert all(np.array_equal(one[name], other[name]) for name in other)


def test_stays_are_apart_and_a_student_who_stays_has_one() -> None:
    _, simulation = followed()
    stays = stays_of(simulation)
    same = stays.row[1:] == stays.row[:-1]
    assert same.any() and (stays.begin < stays.end).all() and (stays.end[:-1][same] <= stays.begin[1:][same]).all()
    assert (simulation.graduates.person.origin[stays.row] != FOREIGN).all()
    staying = np.concatenate(simulation.accounts.records)
    rows = staying["person"][staying["flow"] == STUDENT_STAYING]
    first = stays.row[np.append(True, ~same)]
    assert np.isin(rows, first).all()


def test_a_sweep_has_observations_beside_the_measures_of_the_accounts() -> None:
    world = WORLD.replace({"graduates": 300, "end": "2028-12", "reforms_from": "2028-01"})
    found = run(Plans.of({"none": ()}), world, replicates=1, seed=2, simulate=simulate_observed, quiet=True).runs
    assert found["year"].tolist() == [2026, 2027, 2028]  # what is compared with the past is of all of it
    assert set(columns(NAMES, tuple(GROUPS))) | set(observations(NAMES, tuple(GROUPS))) <= set(found.columns)


def test_a_rate_of_staying_is_one_count_over_another() -> None:
    of, stayed = np.array([10.0, 30.0]), np.array([4.0, 16.0])
    name = "{}_5_years{}_in_japan_master".format
    own = {name("degrees", "_before"): of, "still_after_5_years_in_japan_master": stayed}
    assert stay_rate(own, "japan", "master", 5) == pytest.approx(0.5)
    assert np.isnan(stay_rate({key: 0 * value for key, value in own.items()}, "japan", "master", 5))


def test_observations_are_declared_once_and_are_no_measures_of_the_accounts() -> None:
    names = list(observations(NAMES, tuple(GROUPS)))
    assert len(set(names)) == len(names) and not set(names) & set(columns(NAMES, tuple(GROUPS)))
    assert all(each.meaning and each.kind for each in observations(NAMES, tuple(GROUPS)).values())
    assert [name for name in table() if name in observations(NAMES, tuple(GROUPS))] == names
    lines = [f"| `{each.name}` | {each.meaning} |".replace("{", "<").replace("}", ">") for each in OBSERVATIONS]
    assert "\n".join(lines) in (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
