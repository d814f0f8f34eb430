"""History first: a run may have a past, in which there are no reforms; it is counted from when there may be some."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from branches import after, difference

from abm.analysis.costs import spending, spent
from abm.codes import EMPLOYED, FOREIGN, HOME, JOB_SEEKER, NEVER, PERMITS, SCHOLAR, STUDENT
from abm.families import simulate_families
from abm.parameters import Series
from abm.paths import Paths
from abm.reforms import Diversification, JudicialReform, PublicSalaryParity, ReformError
from abm.reforms.prices import decade_of_rule_of_law
from abm.scenario import Scenario, ScenarioError
from abm.simulation import Simulation
from abm.sweep import Plans, run
from abm.sweep.shared_past import together

FROM = "2026-01"
KAZAKHSTAN = Scenario.load("kazakhstan").replace({"graduates": 1_500})
WORLD = KAZAKHSTAN.replace({"start": "2022-07", "reforms_from": FROM, "end": "2028-06"})
PAST, REST = 42, 30  # months
COURTS = JudicialReform(start=FROM, target=0.5, speed=0.1)
PLAN = (COURTS, PublicSalaryParity(start=FROM), Diversification(start=FROM))


def held(changes: Mapping[str, object]) -> Scenario:
    """Return a world whose drivers were observed up to 2024 and never changed."""
    values: dict[str, object] = {}
    for name, _ in KAZAKHSTAN.parameters():
        value = KAZAKHSTAN.get(name)
        if isinstance(value, Series) and not value.is_constant:
            level = float(np.interp(2010, value.years, value.values))
            values[name] = {"2010": level, "2024": level}
        elif name.endswith(("wage_growth", "rule_of_law.trend")):
            values[name] = 0.0
    return KAZAKHSTAN.replace(values | {"start": "2010-01", "reforms_from": FROM} | dict(changes))


@pytest.mark.parametrize("plan", [(), PLAN])
def test_a_run_without_a_past_has_the_bits_of_one_that_says_nothing_of_it(plan: tuple[JudicialReform, ...]) -> None:
    world = KAZAKHSTAN.replace({"end": "2027-12"})
    unsaid = Simulation(world, plan, seed=4).run()
    said = Simulation(world.replace({"reforms_from": FROM}), plan, seed=4).run()
    assert difference(unsaid, said) == []
    counted, all_years = said.accounts.counted(), unsaid.accounts.yearly()
    assert list(counted) == list(all_years)
    assert all(np.array_equal(counted[name], all_years[name]) for name in counted)


def test_a_past_is_the_same_with_reforms_and_without_and_however_much_of_it_there_is() -> None:
    without = after(Simulation(WORLD, seed=2), PAST)
    apart = difference(without, after(Simulation(WORLD, PLAN, seed=2), PAST))
    assert {name.split()[0] for name in apart} == {"countries"}  # those of the months to come
    never = WORLD.replace({"reforms_from": "2028-06"})
    moves = [run.accounts.records for run in (without, after(Simulation(never, seed=2), PAST))]
    # all but what foreign specialists would earn elsewhere from the month on is the same
    assert all(one.tobytes() == other.tobytes() for one, other in zip(*moves, strict=True))
    branch = without.branch(PLAN).run()
    assert difference(branch, Simulation(WORLD, PLAN, seed=2).run()) == []
    assert branch.accounts.flows[PAST:].tobytes() != without.run().accounts.flows[PAST:].tobytes()


@pytest.mark.parametrize("start", ["2025-12", "2022-07", "2010-01"])
def test_a_reform_in_the_past_is_refused(start: str) -> None:
    message = f"JudicialReform: start is '{start}', but no reform may begin before 2026-01, the scenario's reforms_from"
    with pytest.raises(ReformError, match=message):
        Simulation(WORLD, JudicialReform(start=start))


@pytest.mark.parametrize("month", ["2022-06", "2028-07"])
def test_reforms_may_begin_only_within_the_run(month: str) -> None:
    message = f"reforms_from is '{month}', but must be a month of the run, '2022-07' to '2028-06'"
    with pytest.raises(ScenarioError, match=message):
        WORLD.replace({"reforms_from": month})
    with pytest.raises(ScenarioError, match="reforms_from is '2026-1', but must be a month written YYYY-MM"):
        WORLD.replace({"reforms_from": "2026-1"})


def test_a_world_with_a_past_is_written_and_read_again() -> None:
    assert Scenario.from_toml(WORLD.to_toml()) == WORLD
    assert (WORLD.past_months, WORLD.n_months) == (PAST, PAST + REST)
    assert "reforms_from" not in KAZAKHSTAN.to_toml() and KAZAKHSTAN.past_months == 0


def test_a_sweep_counts_from_when_reforms_may_begin() -> None:
    result = run(Plans.of({"none": (), "courts": (COURTS,)}), WORLD, replicates=2, seed=3, quiet=True)
    table = result.runs
    assert sorted(set(table["year"])) == [2026, 2027, 2028] and set(table.loc[table.year == 2028, "months"]) == {6}
    seed = int(table["seed"].iloc[0])
    one = Simulation(WORLD, seed=seed).run().accounts
    rows = table[(table["plan"] == "none") & (table["seed"] == seed)]
    for name in ("emigrants", "net_brain_gain", "new_graduates"):
        monthly = one.monthly()[name][PAST:]
        assert rows[name].sum() == pytest.approx(monthly.sum(), rel=1e-12)
        assert abs(rows[name].sum()) < abs(one.yearly()[name].sum())
    assert rows["mean_ability_of_emigrants"].tolist() == one.yearly(PAST)["mean_ability_of_emigrants"].tolist()
    effects = result.effects()
    level = effects[(effects["plan"] == "none") & (effects["measure"] == "graduates_at_home")]
    by_run = table[table["plan"] == "none"].groupby("replicate")
    means = by_run.apply(lambda years: (years["graduates_at_home"] * years["months"]).sum() / REST)
    assert level.loc[level["window"] == "mean", "mean"].iloc[0] == pytest.approx(means.mean())


def test_a_past_is_run_once_for_all_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    months, step = [0], Simulation.step

    def counted(simulation: Simulation) -> None:
        months[0] += 1
        step(simulation)

    monkeypatch.setattr(Simulation, "step", counted)
    plans = [(), (COURTS,), (PublicSalaryParity(start=FROM),), PLAN]
    assert len(list(together(WORLD, plans, 7))) == 4
    assert months[0] == PAST + 4 * REST


def test_what_is_spent_is_spent_in_the_years_that_count() -> None:
    short = WORLD.replace({"start": FROM})
    assert spending(PLAN, WORLD).index.tolist() == [2026, 2027, 2028]
    assert spending(PLAN, WORLD).equals(spending(PLAN, short))
    assert spent(PLAN, WORLD, discount_rate=0.05) == spent(PLAN, short, discount_rate=0.05)


def test_families_are_counted_from_when_reforms_may_begin() -> None:
    table = simulate_families(WORLD, (), 1)
    assert table["year"].tolist() == [2026, 2027, 2028]
    assert {len(values) for values in table.values()} == {3}


def test_a_decade_of_rule_of_law_leads_up_from_when_reforms_may_begin() -> None:
    long = KAZAKHSTAN.replace({"start": "2010-01", "reforms_from": FROM})
    assert decade_of_rule_of_law(long, FROM) == decade_of_rule_of_law(KAZAKHSTAN, FROM)
    assert Paths(long).base_rule_of_law()[0] < Paths(long).base_rule_of_law()[192] - 0.2


def test_what_specialists_earn_elsewhere_keeps_its_ratio_to_pay_at_home_until_reforms_may_begin() -> None:
    """Home's pay doubled from 2010 to 2024: what was earned elsewhere in 2010 would be little beside it."""
    paths = Paths(WORLD)
    ratio = paths.ln_outside_wage - paths.countries[:, HOME].ln_wage
    own = math.log(WORLD.foreign_specialists.outside_wage_ratio)
    assert np.allclose(ratio[: PAST + 1], own, rtol=0, atol=1e-12)
    growth = np.diff(paths.ln_outside_wage[PAST:])
    assert np.allclose(growth, math.log1p(WORLD.home.wage_growth) / 12, rtol=0, atol=1e-12)


def standing(simulation: Simulation) -> dict[str, float]:
    """Return stocks of a run as it stands: permits abroad, foreign specialists, those bound, students again, posts."""
    person = simulation.graduates.person
    active = (person.stage == EMPLOYED) | (person.stage == JOB_SEEKER)
    abroad = active & (person.country > HOME)
    found = {f"permit: {name}": float((abroad & (person.permit == code)).sum()) for code, name in enumerate(PERMITS)}
    found["foreign specialists"] = float((active & (person.country == HOME) & (person.origin == FOREIGN)).sum())
    bound = (person.origin == SCHOLAR) & (person.obligation_month != NEVER) & active
    found["scholars bound"] = float(bound.sum())
    found["students again"] = float(((person.stage == STUDENT) & (person.career_month < simulation.month)).sum())
    return found


FLOWS = ("emigrants_to_{country}", "returns_from_{country}", "students_home", "students_staying", "foreign_arrivals")
STOCKS = ("graduates_in_{country}", "graduates_at_home", "graduates_at_work", "unemployment_rate")


def test_the_first_projected_year_continues_the_last_of_the_past() -> None:
    """With drivers that never change, each series goes on straight: x(2026) - 2 x(2025) + x(2024) is 0 within three
    standard errors over 24 seeds. Whatever jumps at the month in which reforms may begin by more than that is found."""
    world = held({"graduates": 6_000, "end": "2026-12"})
    bends: dict[str, list[float]] = {}
    for seed in range(24):
        simulation = after(Simulation(world, seed=seed), world.n_months - 36)
        stood = []
        for _ in range(3):
            after(simulation, 12)
            stood.append(standing(simulation))
        yearly = simulation.accounts.yearly()
        names = [name.format(country=key) for name in FLOWS + STOCKS for key, _ in world.destinations]
        series = {name: yearly[name][-3:] for name in names}
        series |= {name: [one[name] for one in stood] for name in stood[0]}
        for name, values in series.items():
            bends.setdefault(name, []).append(float(values[2] - 2 * values[1] + values[0]))
    errors = {name: np.std(values, ddof=1) / math.sqrt(len(values)) for name, values in bends.items()}
    off = {name: np.mean(bends[name]) / error for name, error in errors.items() if error > 0.0}
    assert len(off) >= 20 and {name: value for name, value in off.items() if abs(value) > 3.0} == {}
