"""Design files that tests share, and what a key of a file may wrongly hold."""

from __future__ import annotations

__all__ = ["HEAD", "WRONG_VALUES", "of_one_factor"]

HEAD = """
title = "A small sweep"
scenario = "two-country"
replicates = 2
seed = 3
kind = "full"
[set]
graduates = 50
[reforms.Diversification]
private_jobs = 0.2
"""
WRONG_VALUES = (
    *("true", '"text"', "inf", "nan", "-nan", "-1", "0", "1e400", "[]", "{}", "1979-05-27", "07:32:00", "=", ""),
    "0x" + "f" * 300,
)


def of_one_factor(title: str) -> str:
    """Return the design of a sweep of two arms with this title."""
    return f"""
title = "{title}"
scenario = "two-country"
replicates = 2
seed = 1
kind = "full"
[set]
graduates = 90
[[factors]]
name = "decision.discount_rate"
values = [0.03, 0.06]
"""
