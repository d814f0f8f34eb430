"""What tables call the levels of factors."""

from __future__ import annotations

from experiments.study.tables import names_of


def test_levels_are_named_in_short_unless_two_would_look_alike() -> None:
    assert names_of([0.1, 0.25, "none"]) == {0.1: "0.1", 0.25: "0.25", "none": "none"}
    assert names_of([0.1, 0.1000000001, 0.5]) == {0.1: "0.1", 0.1000000001: "0.1000000001", 0.5: "0.5"}
