"""The Mesa face: what users of Mesa expect of a model, on Mesa 3.3 and on the newest 3.x."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

from abm import EmigrationModel, Graduate, Scenario, reforms
from abm.codes import DEGREES, PERMITS, STAGES
from abm.reforms import ReformError
from abm.reforms.decade import rule_of_law_after

SMALL = {"graduates": 300}


@pytest.fixture(scope="module")
def model() -> EmigrationModel:
    stepped = EmigrationModel(graduates=300, rng=7)
    for _ in range(24):
        stepped.step()
    return stepped


def test_the_data_collector_has_a_row_a_month(model: EmigrationModel) -> None:
    table = model.datacollector.get_model_vars_dataframe()
    assert len(table) == 24
    assert {"net_brain_gain", "net_human_capital_gain", "emigrants", "returns", "graduates_at_home"} <= set(
        table.columns
    )
    assert table["month"].iloc[-1] == "2027-12" == model.month
    monthly = model.simulation.accounts.monthly()
    assert np.array_equal(table["emigrants"].to_numpy(), monthly["emigrants"])


def test_agents_are_graduates_in_the_words_of_the_field(model: EmigrationModel) -> None:
    agents = model.agents
    assert isinstance(agents, type(mesa.Model(rng=0).agents))
    present = int(np.sum(model.simulation.graduates.person.stage > 0))
    assert len(agents) == present == len(model.agents_by_type[Graduate])
    for graduate in list(agents)[:300]:
        assert graduate.country in model.simulation.environment.names
        assert graduate.stage in STAGES
        assert graduate.degree in DEGREES
        assert graduate.permit in PERMITS
        assert 17 < graduate.age < 120
        assert (graduate.wage > 100) == (graduate.stage == "employed")
        assert (graduate.sector is not None) == (graduate.stage == "employed" and graduate.country == "home")
        assert graduate.household in ("single", "partner", "children")
        assert bool(graduate.children_ages) == (graduate.household == "children")
        assert graduate.obligation_months >= 0
        assert graduate.human_capital > 0
        assert -2.5 < graduate.perceived_rule_of_law < 2.5
        assert sum(graduate.ties.values()) <= 30


def test_agents_follow_the_population() -> None:
    model = EmigrationModel(graduates=300, rng=7)
    first = len(model.agents)
    abroad = model.agents.select(lambda graduate: graduate.country != "home")
    for _ in range(13):
        model.step()
    assert len(model.agents) > first
    assert all(graduate.country is not None for graduate in abroad)
    counted = model.agents.select(lambda graduate: graduate.country == "home" and graduate.stage in STAGES[2:4])
    assert len(counted) * model.simulation.environment.weight == pytest.approx(model.latest("graduates_at_home"))


def test_agent_reporters_work() -> None:
    model = EmigrationModel(graduates=200, rng=1)
    model.datacollector = mesa.DataCollector(agent_reporters={"country": "country", "belief": "perceived_rule_of_law"})
    model.step()
    model.datacollector.collect(model)
    table = model.datacollector.get_agent_vars_dataframe()
    assert len(table) == len(model.agents)
    assert set(table.columns) == {"country", "belief"}


def test_batch_run_repeats_a_seed_and_sweeps_a_lever() -> None:
    parameters = {"graduates": 200, "rule_of_law_speed": [0.0, 0.1], "rng": 5}
    if "rng" in mesa.batch_run.__annotations__:
        parameters.pop("rng")
        rows = mesa.batch_run(EmigrationModel, parameters, rng=[5], max_steps=14, display_progress=False)
    else:
        rows = mesa.batch_run(EmigrationModel, parameters, iterations=1, max_steps=14, display_progress=False)
    assert len(rows) == 2
    # the reform raises rule of law within the first year, and nothing else about the two runs differs
    assert rows[1]["rule_of_law"] > rows[0]["rule_of_law"]


def test_run_model_stops_at_the_end_of_the_scenario() -> None:
    world = Scenario.load("two-country").replace({"end": "2026-06", "graduates": 100})
    model = EmigrationModel(world, rng="3")
    model.run_model()
    assert not model.running
    assert model.seed_used == 3


def test_steps_past_the_end_do_nothing_and_say_so_once() -> None:
    world = Scenario.load("two-country").replace({"end": "2026-02", "graduates": 100})
    model = EmigrationModel(world, rng=3)
    model.run_model()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(3):
            model.step()
    assert [str(one.message) for one in said] == [
        "the run has reached the end of its scenario, 2026-02: further steps do nothing; a loop may ask model.running"
    ]
    assert len(model.datacollector.get_model_vars_dataframe()) == 2 and not model.running


def test_reforms_and_levers_reach_the_simulation() -> None:
    plan = [
        reforms.JudicialReform(start="2026-01", target=0.05),
        reforms.PublicSalaryParity(start="2026-01", target=1.0),
    ]
    model = EmigrationModel("kazakhstan", reforms=plan, graduates=100, private_jobs=0.1, rng=7)
    assert [type(reform).__name__ for reform in model.reforms] == [
        "JudicialReform",
        "PublicSalaryParity",
        "Diversification",
    ]


def test_the_same_seed_is_the_same_run() -> None:
    tables = []
    for _ in range(2):
        model = EmigrationModel(graduates=200, rng=np.int64(11))
        for _ in range(12):
            model.step()
        tables.append(model.datacollector.get_model_vars_dataframe())
    assert tables[0].equals(tables[1])


def test_simulating_does_not_import_mesa() -> None:
    code = "import sys, abm.simulation, abm.reforms; print('mesa' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_unknown_names_of_the_package_are_told_apart() -> None:
    import abm

    with pytest.raises(AttributeError, match="it offers EmigrationModel"):
        abm.Emigration  # noqa: B018
    assert set(abm.__all__) <= set(dir(abm)) | {"__version__"}


def small(rng: Any = 7, **arguments: Any) -> EmigrationModel:
    return EmigrationModel("two-country", rng=rng, **SMALL | arguments)


def test_a_model_whose_agents_were_asked_is_freed() -> None:
    """Mesa 3.3 keeps in a table of the class whatever it counts the agents of."""
    alive = []
    for seed in range(3):
        model = small(seed)
        assert len(model.agents) > 0
        assert len(model.grid.agents) > 0
        model.step()
        alive.append(weakref.ref(model))
        del model
    gc.collect()
    assert [one() for one in alive] == [None, None, None]


def test_every_agent_has_a_number_of_its_own_and_ones_own_agents_do_too() -> None:
    class Employer(mesa.Agent):
        """Somebody whom the model does not know."""

    model = small()
    mine = Employer(model)
    numbers = [agent.unique_id for agent in model.agents]
    assert len(set(numbers)) == len(numbers) == len(model.agents_by_type[Graduate]) + 1
    assert set(model.agent_types) == {Employer, Graduate}
    mine.remove()
    assert list(model.agents_by_type[Employer]) == []


SAME_SEED: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "numpy's whole number": (lambda: 11, lambda: np.int64(11)),
    "text of a field": (lambda: 11, lambda: "11"),
    "sequences": (lambda: [1, 2], lambda: (np.int32(1), 2)),
    "array and SeedSequence": (lambda: np.array([1, 2]), lambda: np.random.SeedSequence([1, 2])),
    "two generators": (lambda: np.random.default_rng(5), lambda: np.random.PCG64(5)),
}


@pytest.mark.parametrize("case", SAME_SEED)
def test_a_seed_is_taken_as_mesa_takes_it(case: str) -> None:
    one, other = SAME_SEED[case]
    assert small(one()).seed_used == small(other()).seed_used
    mesa.Model(rng=None if case == "text of a field" else one())  # Mesa takes it too


def test_the_older_name_of_the_seed_does_as_well_but_not_both() -> None:
    assert small(None, seed=11).seed_used == 11
    with pytest.raises(ValueError, match="rng and seed are both given"):
        small(1, seed=2)


@pytest.mark.parametrize(
    "rng", [1.9, 2.0, True, np.True_, "abc", "1.5", "٣", -1, 2**63, [], [1, -2], [1.5], [True], b"1"]
)
def test_what_is_no_seed_is_refused_in_a_sentence(rng: Any) -> None:
    with pytest.raises(ValueError, match=r"^(rng|seed) is .*must be a whole number from 0 to 2\*\*63 - 1"):
        small(rng)


def test_no_seed_is_drawn_afresh() -> None:
    assert small(None).seed_used != small(None).seed_used


@pytest.mark.parametrize("graduates", [10.9, True, "300", 0])
def test_a_number_of_graduates_is_never_bent(graduates: Any) -> None:
    with pytest.raises(ValueError, match="graduates is .*must be"):
        EmigrationModel("two-country", graduates=graduates)


def test_one_bare_reform_and_none_are_taken_as_meant() -> None:
    reform = reforms.JudicialReform(start="2026-01", target=0.5)
    assert small(reforms=reform).reforms == (reform,)
    assert small(reforms=None).reforms == small(reforms=[]).reforms == ()


@pytest.mark.parametrize("world", ["two-country", "kazakhstan"])
def test_the_lever_of_rule_of_law_leads_where_ten_years_of_it_lead_in_that_country(world: str) -> None:
    model = EmigrationModel(world, rule_of_law_speed=0.05, rng=1, **SMALL)
    (reform,) = model.reforms
    assert reform.target == rule_of_law_after(model.world, 0.05)
    assert reform.target == pytest.approx(model.latest("rule_of_law") + 0.5, abs=1e-3)


@pytest.mark.parametrize("speed", [-0.1, "fast", True, float("nan")])
def test_what_is_no_speed_is_refused_by_name(speed: Any) -> None:
    with pytest.raises(ValueError, match="speed is .*must be"):
        small(rule_of_law_speed=speed)


def test_graduates_are_neither_removed_nor_made_by_hand() -> None:
    model = small()
    graduate = next(iter(model.agents))
    with pytest.raises(RuntimeError, match="cannot be removed"):
        model.remove_all_agents()
    with pytest.raises(RuntimeError, match="cannot be removed"):
        graduate.remove()
    with pytest.raises(ValueError, match="has her agent already"):
        Graduate(model, graduate.row)
    assert graduate in model.agents


def test_resetting_mesas_generators_is_refused_as_it_could_change_nothing() -> None:
    model = small()
    with pytest.raises(RuntimeError, match="every draw is keyed by seed and person"):
        model.reset_rng(5)
    with pytest.raises(RuntimeError, match="every draw is keyed by seed and person"):
        model.reset_randomizer(5)


def test_nothing_of_a_run_is_drawn_from_mesas_generators() -> None:
    model, other = small(), small()
    other.random.random(), other.rng.random(), other.agents.shuffle()
    for _ in range(14):
        model.step()
        other.step()
    assert model.datacollector.model_vars == other.datacollector.model_vars


def test_an_unknown_series_is_named_with_what_there_is() -> None:
    model = small()
    with pytest.raises(ValueError, match="there is no series 'emigrant'; did you mean emigrants or"):
        model.latest("emigrant")
    with pytest.raises(ValueError, match="there is no series 'zzz'; there are month, graduates_at_home, .*vacancies$"):
        model.latest("zzz")


def test_what_is_collected_before_the_first_step_are_the_opening_stocks() -> None:
    model = small()
    model.datacollector.collect(model)
    model.step()
    table = model.datacollector.get_model_vars_dataframe()
    assert table["month"].tolist() == ["2025-12", "2026-01"]
    opening = model.simulation.accounts.opening * model.simulation.environment.weight
    assert table["graduates_at_home"].iloc[0] == opening[0, 2:4].sum()
    assert table["graduates_abroad"].iloc[0] == opening[1:, 2:4].sum()
    assert table["emigrants"].iloc[0] == table["new_graduates"].iloc[0] == 0
    assert table["mean_perceived_rule_of_law"].iloc[0] == pytest.approx(
        table["mean_perceived_rule_of_law"].iloc[1], abs=0.1
    )


def test_the_sample_of_graduates_is_one_that_mesa_can_draw() -> None:
    model = small()
    grid = model.grid
    assert isinstance(grid, mesa.discrete_space.Network) and model.grid is grid
    assert list(grid.G) == list(range(len(grid.G))) and len(grid.G) == min(120, model.simulation.n_networked)
    assert sorted(graduate.cell.coordinate for graduate in grid.agents) == list(grid.G)
    rows = {graduate.cell.coordinate: graduate.row for graduate in grid.agents}
    for left, right in grid.G.edges:
        assert rows[right] in model.simulation.network.neighbours(rows[left])
    by_row = {graduate.row: graduate for graduate in model.agents}
    for graduate in grid.agents:
        assert graduate.country == by_row[graduate.row].country
        assert graduate.ties == by_row[graduate.row].ties
    assert len(model.agents) == len(by_row)  # the sample is not counted among the agents


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_goes_on_to_the_same_months(again: Callable[[EmigrationModel], EmigrationModel]) -> None:
    model = small()
    model.step()
    n_agents, n_drawn = len(model.agents), len(model.grid.agents)
    other = again(model)
    for _ in range(14):
        model.step()
        other.step()
    assert other.datacollector.model_vars == model.datacollector.model_vars
    assert len(other.agents) == len(model.agents) > n_agents
    assert len(other.grid.agents) == n_drawn
    numbers = [agent.unique_id for agent in other.agents]
    assert len(set(numbers)) == len(numbers)


def test_a_scenario_is_sent_to_processes_by_batch_run() -> None:
    world = Scenario.load("two-country").replace({"graduates": 100, "end": "2026-03"})
    rows = mesa.batch_run(
        EmigrationModel, {"world": [world], "private_jobs": [0.0, 0.2]}, number_processes=2, display_progress=False
    )
    assert [row["month"] for row in rows] == ["2026-03", "2026-03"]


def test_a_model_is_shown_in_short_and_as_html_without_markup_of_its_names() -> None:
    model = EmigrationModel(Scenario.load("two-country").replace({"name": "<b>&"}), rng=7, private_jobs=0.1, **SMALL)
    assert repr(model) == "<EmigrationModel <b>&: 0 of 300 months, 300 graduates, seed 7, Diversification>"
    model.step()
    shown = model._repr_html_()
    assert "&lt;b&gt;&amp;" in shown and "<b>" not in shown
    assert "net brain gain" in shown and "1 of 300 months" in shown and "2026-01" in shown


@pytest.mark.parametrize("lever", ["rule_of_law_speed", "public_salary_parity", "private_jobs"])
@pytest.mark.parametrize("value", ["", [], {}, 0j, False, None, pd.NA, pd.Series([0.05]), float("inf")], ids=repr)
def test_what_is_no_number_is_no_lever_even_where_it_counts_as_nothing(lever: str, value: Any) -> None:
    with pytest.raises(ReformError, match=f"{lever} is .*must be a number") as raised:
        small(**{lever: value})
    assert "\n" not in str(raised.value)


def test_no_lever_is_nothing_and_short_numbers_of_numpy_are_levers() -> None:
    assert small(rule_of_law_speed=0, private_jobs=np.float32(0.0)).reforms == ()
    assert small(rule_of_law_speed=np.float16(0.0625)).reforms == small(rule_of_law_speed=0.0625).reforms


def test_an_array_of_one_number_is_that_number_as_a_seed() -> None:
    assert small(rng=np.array(5)).seed_used == 5
    with pytest.raises(ValueError, match="rng is 0.5"):
        small(rng=np.array(0.5))


@pytest.mark.parametrize("row", [10**7, -1, 0.5, "0", None])
def test_a_graduate_is_a_row_of_the_population(row: Any) -> None:
    with pytest.raises(ValueError, match="row is .*must be a whole number"):
        Graduate(small(), row)


def test_what_names_no_series_is_refused() -> None:
    for wrong in ([], ["graduates_at_home"], 3, None):
        with pytest.raises(ValueError, match="there is no series"):
            small().latest(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the model is 3"):
        Graduate(3, 0)  # type: ignore[arg-type]
