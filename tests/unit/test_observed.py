"""What was observed is what the project's tables say, and a run is compared with it in the same unit and years."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis.effects import Interval
from abm.analysis.observed_figures import factors
from abm.observations import simulate_observed
from abm.reforms import ReformError
from abm.scenario import Scenario
from abm.simulation import Simulation
from experiments.questions import history
from experiments.study.conduct import conduct
from experiments.study.observed import DEPARTURES, quantities, registered

YEARS = list(range(2010, 2025))
RUN = pd.DataFrame(
    {
        "registered_to_russia": [1_000.0 * year for year in range(1, 16)],
        "registered_to_germany": [500.0 * year for year in range(1, 16)],
        "registered_to_united_states": [0.0] * 15,
        "registered_to_other_oecd": [0.0] * 15,
        "graduates_in_united_states": [10_000.0 + 700.0 * year for year in range(15)],
        "graduates_in_germany": [15_000.0] * 15,
        "graduates_in_other_oecd": [25_000.0] * 15,
        "graduates_at_home": [950_000.0 + 10_000.0 * year for year in range(15)],
        "degrees_5_years_before_in_united_states_master": [1.0] * 7 + [10.0, 20.0, 30.0, 20.0, 20.0] + [9.0] * 3,
        "still_after_5_years_in_united_states_master": [1.0] * 7 + [4.0, 6.0, 15.0, 10.0, 5.0] + [9.0] * 3,
        **{
            f"in_{country}_since_{years}": [float(100 * k + year) for year in YEARS]
            for k, country in enumerate(("united_states", "germany", "other_oecd"))
            for years in ("0_1", "2_4", "5_9")
        },
    },
    index=pd.Index(YEARS, name="year"),
)


def found(name: str, when: str = "") -> list[float]:
    """Return what the run has of a quantity, by hand countable."""
    return [q.run(RUN) for q in quantities() if q.name.startswith(name) and q.when.startswith(when)]


def test_what_was_observed_is_what_the_tables_and_their_sources_say() -> None:
    by_name = {(each.name, each.when): each for each in quantities()}
    assert len(by_name) == len(quantities())
    departures = [by_name["registered departures of graduates", str(year)] for year in DEPARTURES]
    # the published departures times .26, .22 to .30
    published = [26541, 32920, 29722, 24384, 28946, 30047, 34900, 37725, 41868, 45225]
    for each, all_of_them in zip(departures, published, strict=True):
        wanted = [all_of_them * share for share in (0.22, 0.26, 0.30)]
        assert [each.low, each.observed, each.high] == pytest.approx(wanted, abs=1.0)
    assert by_name["rise of registered departures", "2013 to 2019"].observed == pytest.approx(45225 / 24384, rel=1e-3)
    directions = [each.observed for each in quantities() if each.name.startswith("of them to Russia")]
    assert directions == pytest.approx([0.949, 0.936, 26992 / 30047, 33700 / 37725])
    stays = [each.observed for each in quantities() if each.name.startswith("stay five years")]
    assert stays == [0.17, 0.5, 0.75]
    recent = [each.observed for each in quantities() if each.name.startswith("graduates in the OECD")]
    assert recent == [15830, 13502]
    assert all(each.low <= each.observed <= each.high for each in quantities())


def test_a_run_is_read_in_the_years_and_units_of_what_was_observed() -> None:
    assert found("registered departures") == [1_500.0 * year for year in range(1, 11)]
    assert found("rise of registered departures") == [pytest.approx(10 / 4)]
    assert found("of them to Russia") == pytest.approx([2 / 3] * 4)
    assert found("growth of graduates in the United States") == [pytest.approx(700.0)]
    # (4 + 6 + 15 + 10 + 5) of 100: who took a degree in 2012 to 2016, as seen in 2017 to 2021
    assert [q.run(RUN) for q in quantities() if q.name == "stay five years after a US master's"] == [0.4]
    assert found("graduates in the OECD") == [3 * 2 * 2015 + 2 * 300, 3 * 2015 + 300]
    assert found("emigration rate") == [pytest.approx(0.05)]
    assert found("graduates of working age at home") == [1_060_000.0]
    assert registered(RUN).loc[2019] == 15_000.0
    none = RUN.assign(degrees_5_years_before_in_united_states_master=0.0)
    assert math.isnan(next(q for q in quantities() if q.name.endswith("US master's")).run(none))


def test_every_quantity_is_read_from_columns_that_runs_have() -> None:
    world = Scenario.load("kazakhstan-2010").replace({"graduates": 200, "reforms_from": "2024-12", "end": "2024-12"})
    table = pd.DataFrame(dict(simulate_observed(world, (), 1))).set_index("year")
    for each in quantities():
        assert set(each.columns) <= set(table.columns)
        each.run(table[list(each.columns)])  # and from no others


def test_the_question_publishes_observed_and_model_side_by_side(tmp_path: Path) -> None:
    options = ["--graduates", "400", "--replicates", "2", "--workers", "1", "--quiet", "--out", str(tmp_path)]
    assert conduct(history.EXPERIMENT, options) == 0
    table, runs = pd.read_csv(tmp_path / "observed.csv"), pd.read_csv(tmp_path / "runs.csv.xz")
    assert sorted(set(runs["year"])) == YEARS and set(runs["plan"]) == set(table["plan"])
    assert np.allclose(table["factor"], table["model"] / table["observed"], equal_nan=True)
    rows = runs[runs["plan"] == history.AS_PROJECTED]
    mean = rows[rows["year"] == 2021]["graduates_at_home"].mean() / 1e6
    line = table[(table["quantity"] == "graduates of working age at home") & (table["plan"] == history.AS_PROJECTED)]
    assert line["model"].iloc[0] == pytest.approx(mean) and line["observed"].iloc[0] == pytest.approx(3.404)
    report = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert f"(x {line['factor'].iloc[0]:.2f})" in report and "*As the projection from 2026 has it.*" in report
    assert {path.name for path in (tmp_path / "figures").iterdir()} >= {"factors.png", "registered_departures.pdf"}
    # deaths are on in the world as it is stated alone
    assert runs.groupby("plan")["deaths"].sum().to_dict()[history.AS_PROJECTED] == 0.0
    assert runs.groupby("plan")["deaths"].sum().max() > 0.0


def test_the_question_may_be_asked_where_nothing_of_it_was_observed(tmp_path: Path) -> None:
    options = ["--scenario", "two-country", "--graduates", "200", "--replicates", "1", "--workers", "1", "--quiet"]
    assert conduct(history.EXPERIMENT, [*options, "--out", str(tmp_path)]) == 0
    report = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "Asked about another country" in report


def test_beside_it_stands_what_the_projection_has() -> None:
    """Every value that is no matter of years or of registers, and nobody of a group."""
    world = Scenario.load("kazakhstan-2010").replace({"graduates": 2000} | dict(history.EXPERIMENT.stated.changes))
    changed, usual = world.replace(history.projected(world)), Scenario.load("kazakhstan")
    different = [name for name, _ in usual.parameters() if changed.get(name) != usual.get(name)]
    own = {*history.SAME_IN_BOTH} - {"graduates"}
    assert {name for name in different if "registration" not in name} <= own | {"graduates"}
    assert not Simulation(changed, seed=1).graduates.person.heritage.any()
    assert Simulation(world, seed=1).graduates.person.heritage.any()


def test_no_reform_may_begin_in_the_past_that_is_compared() -> None:
    world = Scenario.load("kazakhstan-2010").replace({"graduates": 200} | dict(history.EXPERIMENT.stated.changes))
    assert all(arm.reforms == () for arm in history.design(world).arms())
    from abm.reforms import MeritReform

    with pytest.raises(ReformError, match="no reform may begin before 2024-12"):
        Simulation(world, MeritReform(start="2020-01"))


def test_an_axis_of_factors_reaches_as_far_either_way() -> None:
    one = Interval(4.0, 0.1, 3.8, 4.2)
    figure = factors(["a", "b"], [(0.9, 1.1), (1.0, 1.0)], {"x": [one, one]}, title="t", label="l")
    low, high = figure.axes[0].get_xlim()
    assert low * high == pytest.approx(1.0) and high == pytest.approx(5.2)
