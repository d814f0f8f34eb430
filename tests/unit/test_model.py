"""The Mesa face: what users of Mesa expect of a model, on Mesa 3.3 and on the newest 3.x."""

from __future__ import annotations

import subprocess
import sys

import mesa
import numpy as np
import pytest

from abm import EmigrationModel, Graduate, Scenario, reforms
from abm.graduates import DEGREES, PERMITS, STAGES

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
    model.step()
    assert len(model.datacollector.get_model_vars_dataframe()) == 6


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
