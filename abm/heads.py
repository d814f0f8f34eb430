"""Whole persons: how many of a run's people, whom the scenario gives as numbers with fractions, there are to be.

A small run has room for a fraction of a student a year.  Rounding it down would leave her out for ever, rounding it to
the nearest would add or drop her in every run; so the running total of each series begins with a keyed draw between 0
and 1, and its expected value is right in every month of a run of any size (systematic sampling: Madow and Madow, 1944,
Annals of Mathematical Statistics 15).  The draw belongs to the seed and the series: arms of a seed share it, and who is
added by a reform has a series of her own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.engine.streams import Purpose, uniform
from abm.environment import Environment

__all__ = ["PERMITS", "RESERVE_PLACES", "Heads", "heads_of", "start_offset", "whole_persons"]

# what a draw is the beginning of: part of every result, so never renumber
DIASPORA, STUDENTS, COHORTS, ADDED, CANDIDATES, INVITED, ENTRANTS, AGES, STUDIES = range(9)
PERMITS, RESERVE_PLACES = 9, 10  # given out month by month


class Heads(NamedTuple):
    """How many persons there are, whole and simulated; and where in a row of ages, or of studies, the first stands."""

    diaspora: np.ndarray  # int64, by country, before the first month
    students: np.ndarray  # int64, by country, before the first month
    home_graduates: np.ndarray  # int64, by month
    additional_graduates: np.ndarray  # int64, by month: whom a reform adds
    candidates: np.ndarray  # int64, by month: foreign specialists who consider coming
    student_entrants: np.ndarray  # int64, by month and country: school leavers who go abroad to study
    first_age: float  # share of a step
    first_study: np.ndarray  # by country, share of a step


def start_offset(seed: int, series: int, country: int = 0) -> float:
    """Return what a series begins with beside its first rate, between 0 and 1."""
    return float(uniform(seed, series, 0, 0, Purpose.WHOLE_PERSONS, country))


def whole_persons(rate: np.ndarray, offset: float) -> np.ndarray:
    """Return whole persons (int64) whose running total is that of ``rate`` and ``offset``, rounded down."""
    total = np.floor(np.cumsum(rate) + offset).astype(np.int64)
    return np.diff(total, prepend=0)


def heads_of(environment: Environment, seed: int) -> Heads:
    """Return the whole persons of a run."""
    countries = range(environment.n_countries)

    def whole(rate: np.ndarray, series: int, country: int = 0) -> np.ndarray:
        return whole_persons(rate, start_offset(seed, series, country))

    usual, invited = environment.candidates_rates.T
    nobody = np.zeros(environment.n_months, dtype=np.int64)
    entrants = [whole(rate, ENTRANTS, country) for country, rate in enumerate(environment.student_rates, start=1)]
    return Heads(
        diaspora=whole(environment.diaspora, DIASPORA),
        students=whole(environment.students, STUDENTS),
        home_graduates=whole(environment.graduates_rate, COHORTS),
        additional_graduates=whole(environment.additional_rate, ADDED),
        candidates=whole(usual, CANDIDATES) + whole(invited, INVITED),
        student_entrants=np.stack([nobody, *entrants], axis=1),
        first_age=start_offset(seed, AGES),
        first_study=np.array([start_offset(seed, STUDIES, country) for country in countries]),
    )
