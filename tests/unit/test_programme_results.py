"""What experiments on programmes compute from the yearly table: compliance, and who is in the reserve and leaves it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.questions import personnel_reserve, serpin
from experiments.study.contrasts import ratio_of_contrasts


def results(columns: dict[str, list[float]], plans: tuple[str, ...] = ("a",), first_year: int = 2026) -> Any:
    """Return results of one replicate, the same series for each plan."""
    n = len(next(iter(columns.values())))
    rows = [
        {"plan": plan, "replicate": 0, "year": first_year + year} | {name: v[year] for name, v in columns.items()}
        for plan in plans
        for year in range(n)
    ]
    return SimpleNamespace(runs=pd.DataFrame(rows))


def test_compliance_counts_the_same_cohorts_on_both_sides() -> None:
    """Ten a year come to owe from 2026, twenty from 2033 on; half of them have met it four years later."""
    owed = [10.0] * 7 + [20.0] * 7
    met = [0.0] * 4 + [value / 2 for value in owed[:10]]
    table = results({"service_owed": owed, "service_met": met})
    assert serpin.complied(table, "service", "met", delay=4)["a"].tolist() == [0.5]


def test_compliance_is_not_a_number_where_nobody_owes() -> None:
    table = results({"service_owed": [0.0] * 14, "service_met": [0.0] * 14})
    assert np.isnan(serpin.complied(table, "service", "met", delay=4)["a"]).all()


def test_mean_ability_weighs_years_by_persons() -> None:
    table = results({"employed_in_reserve": [10.0, 30.0, 0.0], "mean_ability_in_reserve": [1.0, 2.0, 0.0]})
    assert personnel_reserve.mean_ability(table, "reserve")["a"].tolist() == [pytest.approx(1.75)]


def test_those_who_leave_are_counted_per_person_year() -> None:
    table = results({"employed_in_reserve": [100.0, 300.0], "emigrants_from_reserve": [1.0, 1.0]})
    assert personnel_reserve.leaving(table, "reserve")["a"].tolist() == [pytest.approx(0.005)]
    nobody = results({"employed_in_reserve": [0.0], "emigrants_from_reserve": [0.0]})
    assert np.isnan(personnel_reserve.leaving(nobody, "reserve")["a"]).all()


def test_a_ratio_of_contrasts_is_taken_replicate_by_replicate() -> None:
    above = pd.DataFrame({"more": [30.0, 50.0], "less": [10.0, 10.0]}).rename_axis("replicate")
    below = pd.DataFrame({"more": [60.0, 60.0], "less": [20.0, 20.0]}).rename_axis("replicate")
    assert ratio_of_contrasts(above, below, {"more": 1.0, "less": -1.0}).mean == pytest.approx((0.5 + 1.0) / 2)
