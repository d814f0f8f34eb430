"""The verification report: its closed forms, what it would find, and that faults in the code are found too."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm import heritage, treasury
from abm.environment import Environment
from abm.paths import Paths
from experiments.questions import verification
from experiments.questions.verification import FAMILIES, found_in, summary
from experiments.verification import cascades, chains, choice, mean_field, mixture, social, traits, unemployment
from experiments.verification.case import ERROR, Case, Family, Sample, beyond, bound, compared

SMALL = 0.1


# how it is judged


def test_a_bound_is_what_the_worst_of_so_many_cells_exceeds_once_in_a_hundred() -> None:
    rng = np.random.default_rng(1)
    worst = np.abs(rng.standard_normal((20_000, 200))).max(axis=1)
    assert np.mean(worst > bound(200, 0.01)) == pytest.approx(0.01, abs=0.003)
    assert bound(1, 0.05) == pytest.approx(1.95996, abs=1e-5)
    assert beyond(3.0, 200) == pytest.approx(0.54, abs=0.001)


def made_up(simulate: Callable[[float, int, int], Sample], runs: int) -> Family:
    case = Case("one", ["mean"], lambda n: np.zeros(1), simulate, 1_000, runs)
    return Family("made up", "0", "the mean", [case], "", "", "")


def test_few_runs_are_judged_by_students_law() -> None:
    """Of a mean of six runs t is beyond 3 once in 33, but z once in 370: 2,000 families of one cell."""
    draws = np.random.default_rng(2)
    z = []
    for number in range(2_000):
        family = made_up(lambda error, seed, n: Sample(draws.standard_normal(1), None), 6)
        z.append(float(compared(family, number)["z"].iloc[0]))
    assert np.mean(np.abs(z) > 2.0) == pytest.approx(0.0455, abs=4.0 * math.sqrt(0.0455 / 2_000))
    assert np.std(z) == pytest.approx(1.0, abs=0.07)


def test_no_two_cases_share_their_luck_and_the_planted_error_is_of_the_same() -> None:
    seeds: dict[float, list[int]] = {1.0: [], ERROR: []}

    def simulate(error: float, seed: int, n: int) -> Sample:
        seeds[error].append(seed)
        return Sample(np.zeros(1), np.ones(1))

    for number in range(len(FAMILIES)):
        compared(made_up(simulate, 50), number)
    assert seeds[1.0] == seeds[ERROR] and len(set(seeds[1.0])) == 50 * len(FAMILIES)


# closed forms against others


def test_mixed_logit_without_spread_is_the_logit_and_with_it_a_mean_over_drawn_persons() -> None:
    assert choice.mixed_logit(choice.FOUR, choice.ALIKE) == pytest.approx(choice.logit(choice.utilities(choice.FOUR)))
    rng, n = np.random.default_rng(3), 400_000
    law, places = choice.ALL, choice.APART
    z = rng.standard_normal((6, n))
    income = choice.lognormal(law.income_weight, law.income_weight_spread, z[0])
    weight = choice.lognormal(law.rule_of_law_weight, law.rule_of_law_weight_spread, z[1])
    value = [law.home_attachment + law.home_attachment_spread * z[2]]
    for there, own in zip(places.values(), z[3:], strict=True):
        gain = income * math.log(there["wage"] / 2000.0) + weight * (there["rule_of_law"] + 0.5)
        value.append(gain - there["moving_cost"] + there["affinity_spread"] * own)
    chances = np.exp(value) / np.sum(np.exp(value), axis=0)
    errors = chances.std(axis=1) / math.sqrt(n)
    assert np.all(np.abs(chances.mean(axis=1) - choice.mixed_logit(places, law)) < 4.0 * errors)


def test_the_crowd_without_interaction_is_two_states_and_its_spread_is_binomial() -> None:
    """Chances that do not depend on others: nothing is left of the order 1 / N, and nobody counts who retires."""
    e, r, n = 0.3, 0.1, 1_000
    crowd = mean_field.Crowd(n, lambda month, s: (e, 0.0, 0.0), lambda month, s: (1.0 - r, 0.0, 0.0), 0.0)
    mean, variance = mean_field.path(crowd, 36)
    for year in (1, 2, 3):
        expected = float(chains.two_state(e, r, year))
        assert mean[12 * year - 1] == pytest.approx(expected, rel=0.003)  # 3 in a thousand have retired before
        assert variance[12 * year - 1] == pytest.approx(expected * (1.0 - expected) / n, rel=0.01)


def test_a_crowd_left_alone_comes_to_an_equilibrium_and_no_fold_is_where_none_was_found() -> None:
    low, _, high = social.equilibria(0.0, social.STRONG)
    for start, expected in ((0.0, low), (1.0, high)):
        answer = social._response(np.zeros(240), social.STRONG, 10**7, 0)
        mean, _ = mean_field.path(mean_field.Crowd(10**7, answer, answer, start), 240)
        # a tenth has retired by then, who followed the others where they were
        assert mean[-1] == pytest.approx(expected, abs=0.01)
    upper, lower = social.folds(social.STRONG)
    assert (
        len(social.equilibria(upper - 1e-3, social.STRONG)) == len(social.equilibria(lower + 1e-3, social.STRONG)) == 3
    )
    assert (
        len(social.equilibria(upper + 1e-3, social.STRONG)) == len(social.equilibria(lower - 1e-3, social.STRONG)) == 1
    )


def test_the_cascade_is_that_of_a_ring_run_person_by_person() -> None:
    """200 rings of 2,000 in plain numpy: months of review are drawn, and whoever reviews looks at both sides."""
    chances, months, rng = np.array([0.02, 0.3, 0.8]), 72, np.random.default_rng(4)
    n = 400_000
    abroad, review = np.zeros(n, dtype=bool), rng.integers(0, 12, n)
    left = np.empty(months)
    for month in range(months):
        neighbours = np.roll(abroad, 1).astype(int) + np.roll(abroad, -1)
        goes = (review == month % 12) & (rng.random(n) < chances[neighbours])
        abroad |= goes
        left[month] = abroad.mean()
    assert np.abs(left - cascades.cascade(chances, months)).max() < 0.004
    assert left[-1] > 2.0 * (1.0 - 0.98**6)  # most who left were drawn along: alone they would be an eighth at most
    independent = cascades.cascade(np.full(3, 0.1), 24)
    assert independent[[11, 23]] == pytest.approx([0.1, 1.0 - 0.9**2], abs=1e-12)


def test_the_mixture_has_one_hazard_at_its_ends() -> None:
    years = np.arange(5)
    assert mixture.hazard(1.0, 0.3, 0.01, years) == pytest.approx(np.full(5, 0.3))
    assert mixture.hazard(0.0, 0.3, 0.01, years) == pytest.approx(np.full(5, 0.01))
    assert mixture.hazard(0.5, 0.3, 0.01, np.array([200]))[0] == pytest.approx(0.01)


def test_who_looks_for_work_is_out_of_it_at_first_and_as_often_as_others_in_the_end() -> None:
    months = np.array([0, 1, 600])
    s = 1.0 - math.exp(-0.5 / 12.0)
    assert unemployment.out_of_work(0.2, 0.5, months) == pytest.approx([1.0, 1.0 - 4.0 * s, 0.2])


def test_moments_of_an_age_that_is_eighteen_at_least_are_those_of_a_sample() -> None:
    age = np.floor(np.maximum(np.random.default_rng(5).normal(250.0, 60.0, 400_000), 216.0))
    mean, deviation = traits._adult(250.0, 60.0)
    assert age.mean() == pytest.approx(mean, abs=4.0 * deviation / math.sqrt(len(age)))
    assert age.std() == pytest.approx(deviation, rel=0.01)


# the engine


QUICK = [
    family for family in FAMILIES if family.name in ("mixed logit", "two-state chains", "mixture", "traits", "budget")
]


@pytest.mark.parametrize("family", QUICK, ids=lambda family: family.name)
def test_families_hold_in_runs_a_tenth_as_large(family: Family) -> None:
    cells = found_in(SMALL, [family])
    assert cells["z"].abs().max() < bound(len(cells), 0.01)
    row = summary(cells).iloc[0]
    assert row["cells"] == sum(len(case.cells) for case in family.cases) and row["planted"] > row["worst"]


def of_case(family: Family, *names: str) -> Family:
    """Return a family with some of its cases."""
    return dataclasses.replace(family, cases=[case for case in family.cases if case.name in names])


def jobs_end_at_a_twelfth_of_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of 1 - exp(-rate / 12): 2 % more of them where a job lasts two years."""
    read = Paths._read_destination

    def linear(paths: Paths, rows: Any, destination: Any) -> None:
        read(paths, rows, destination)
        rows.separation_prob = destination.separation_rate / 12.0

    monkeypatch.setattr(Paths, "_read_destination", linear)


def matching_is_two_per_cent_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = Environment._solve_matching

    def worse(environment: Environment) -> None:
        solve(environment)
        environment.matching_efficiency *= 0.98

    monkeypatch.setattr(Environment, "_solve_matching", worse)


def one_in_fifty_is_counted_off_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    count = heritage._counted_off
    monkeypatch.setattr(heritage, "_counted_off", lambda shares, begin: count(1.02 * shares, begin))


def pay_is_in_other_cents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(treasury, "CENTS", 102.0)


FAULTS = {
    "unemployment": (jobs_end_at_a_twelfth_of_the_rate, ["abroad, u = .2, a job lasts two years"]),
    "unemployment at home": (matching_is_two_per_cent_worse, ["given 0.1, vacancies 0.02"]),
    "mixture": (one_in_fifty_is_counted_off_too_many, ["half would leave"]),
    "budget": (pay_is_in_other_cents, ["all alike but for the sector"]),
}


@pytest.mark.parametrize("place", FAULTS)
def test_a_fault_in_the_code_fails_at_the_size_that_is_published(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound of all cells of the report; without the fault, within it."""
    fault, cases = FAULTS[place]
    family = next(family for family in FAMILIES if place.startswith(family.name))
    some, limit = of_case(family, *cases), bound(250, 0.01)
    assert found_in(1.0, [some])["z"].abs().max() < limit
    fault(monkeypatch)
    assert found_in(1.0, [some])["z"].abs().max() > limit


def test_the_page_says_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made of cells of the quick families: one that fails and one planted error that is not found are named."""
    cells = found_in(0.01, [FAMILIES[0]])
    every = [cells.assign(family=family.name) for family in FAMILIES]
    table = pd.concat(every, ignore_index=True).assign(z=0.5, planted_z=9.0)
    said = "\n".join(verification._report(table))
    assert "All cells hold" in said and "Each planted error fails its family." in said
    monkeypatch.setattr(verification, "asked_again", lambda family, number, row: 0.25)
    table.loc[0, "z"] = 7.0
    table.loc[table["family"] == "budget", "planted_z"] = 1.0
    said = " ".join(verification._report(table))
    assert "is +0.25 off." in said and "Not all cells hold" in said and "Not found is the error of budget." in said
