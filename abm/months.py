"""Months as text and as numbers: ``YYYY-MM``, and months since the year 0."""

from __future__ import annotations

import re

__all__ = ["MONTH", "month_name", "month_number"]

MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_number(month: str) -> int:
    """Return the number of a month written ``YYYY-MM``: months since the year 0.

    Raises
    ------
    ValueError
        If the text is not a month.
    """
    match = MONTH.fullmatch(month)
    if match is None:
        raise ValueError(f"'{month}' is not a month written YYYY-MM, such as 2026-01")
    return 12 * int(match[1]) + int(match[2]) - 1


def month_name(number: int) -> str:
    """Return the month of this number as ``YYYY-MM``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
