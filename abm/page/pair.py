"""Two runs side by side: the same graduates with the same luck, without reform and with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from abm.reforms.base import Reform
from abm.scenario import Scenario, month_name
from abm.simulation import Simulation

__all__ = ["ARMS", "MARKET_MEMORY", "Arm", "Both", "Pair", "series_csv"]

ARMS = ("without reform", "with reform")
GAP = "gap"
MARKET_MEMORY = (
    "flows",
    "at_risk",
    "answer",
    "posts",
    "limits",
    "job_finding_prob",
    "vacancies",
    "hires",
    "thresholds",
    "carried",
)


class Both(NamedTuple):
    """A series without reform, with it, and the gap between them."""

    without: np.ndarray
    under: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """What the reform changes."""
        difference: np.ndarray = self.under - self.without
        return difference

    def so_far(self) -> Both:
        """Return the running totals."""
        return Both(np.cumsum(self.without), np.cumsum(self.under))

    def over_a_year(self) -> Both:
        """Return totals over the latest twelve months, or a year's pace while there are fewer."""
        return Both(_over_a_year(self.without), _over_a_year(self.under))


def _over_a_year(flow: np.ndarray) -> np.ndarray:
    total = np.concatenate(([0.0], np.cumsum(flow, dtype=float)))
    months = np.arange(1, len(total))
    first = np.maximum(months - 12, 0)
    pace: np.ndarray = (total[months] - total[first]) * 12.0 / (months - first)
    return pace


class Arm:
    """One of the two runs, with what is needed to live its latest month once more (:mod:`abm.page.rewind`)."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.start_country = self.simulation.graduates.person.country.copy()
        self.before: tuple[np.ndarray, ...] = ()  # what changes, as it was at the beginning of the latest month

    def changing(self) -> tuple[np.ndarray, ...]:
        """Return the arrays that a month changes and the next one reads: people, ties, tally, job-seekers, market."""
        state = self.simulation.state
        market = tuple(getattr(state.market, name) for name in MARKET_MEMORY)
        return (*state.people, state.ties.counts, state.books.tally, state.lists.seekers, state.lists.lengths, *market)

    def step(self) -> None:
        """Run one month."""
        now = self.changing()
        if not self.before:
            self.before = tuple(column.copy() for column in now)
        # as bytes: numpy copies records field by field
        for mine, theirs in zip(self.before, now, strict=True):
            np.copyto(_raw(mine), _raw(theirs))
        self.simulation.step()


def _raw(column: np.ndarray) -> np.ndarray:
    return column.view(np.ndarray).reshape(-1).view(np.uint8)


class Pair:
    """Two runs of one scenario, without reform and under a plan, month by month together.

    Both begin in the month in which reforms may: what the scenario has of a past is run before, once for both.

    Parameters
    ----------
    world : Scenario
        The world of both.
    plan : sequence of Reform
        What is changed in the second.
    seed : int
        Seed of both: the same persons meet the same luck.
    """

    def __init__(self, world: Scenario, plan: Sequence[Reform], seed: int) -> None:
        self.world, self.plan, self.seed = world, tuple(plan), int(seed)
        run = Simulation(world, seed=seed)
        while run.month < world.past_months:
            run.step()
        self.without, self.under = Arm(run), Arm(run.branch(plan))
        self._read: tuple[int, dict[str, Both]] = (-1, {})

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Both runs, the one without reform first."""
        return self.without, self.under

    @property
    def month(self) -> int:
        """The month of the run that comes next, counted from the scenario's first."""
        return self.under.simulation.month

    @property
    def months(self) -> int:
        """How many months were run, of those in which reforms may be in force."""
        return self.month - self.world.past_months

    @property
    def n_months(self) -> int:
        """How many there are of these."""
        return self.world.n_months - self.world.past_months

    @property
    def first_month(self) -> int:
        """The first of these, in months since the year 0."""
        return self.world.first_month + self.world.past_months

    @property
    def finished(self) -> bool:
        """Whether the scenario's last month was run."""
        return self.under.simulation.finished

    @property
    def latest(self) -> str:
        """The calendar month that was run last; before the first, that one."""
        return month_name(self.first_month + max(self.months - 1, 0))

    @cached_property
    def country_names(self) -> tuple[str, ...]:
        """The names of home and of the destinations, as printed."""
        return (self.world.home.name, *(destination.name for _, destination in self.world.destinations))

    @property
    def weight(self) -> float:
        """Persons that a simulated graduate stands for."""
        return self.under.simulation.environment.weight

    @property
    def persons(self) -> int:
        """How many simulated persons one of the runs holds, those to come included."""
        return len(self.under.simulation.graduates.person)

    def step(self) -> None:
        """Run one month of both."""
        for arm in self.arms:
            arm.step()

    def as_of(self, month: int) -> Pair:
        """Return the same two runs up to the end of a month of the run, run again unless that is the latest."""
        if month + 1 == self.month:
            return self
        again = Pair(self.world, self.plan, self.seed)
        while again.month <= month:
            again.step()
        return again

    def series(self) -> dict[str, Both]:
        """Return the monthly series of both runs by name."""
        if self._read[0] != self.months:
            without, under = (arm.simulation.accounts.monthly(self.world.past_months) for arm in self.arms)
            self._read = (self.months, {name: Both(without[name], under[name]) for name in under if name != "month"})
        return self._read[1]

    def years(self) -> np.ndarray:
        """Return the end of each month that was run, in calendar years."""
        ends: np.ndarray = (self.first_month + 1 + np.arange(self.months)) / 12.0
        return ends


def series_csv(pair: Pair) -> str:
    """Return all monthly series as CSV: a row for each run and month, then the gaps; numbers to the last bit."""
    return "".join(line + "\n" for line in _lines(pair))


def _lines(pair: Pair) -> Iterator[str]:
    series = pair.series()
    yield ",".join(["run", "month", *series])
    first = pair.first_month
    for run in (*ARMS, GAP):
        columns = [getattr(both, {ARMS[0]: "without", ARMS[1]: "under", GAP: "gap"}[run]) for both in series.values()]
        for month in range(pair.months):
            yield ",".join([run, month_name(first + month), *(_number(column[month]) for column in columns)])


def _number(value: float) -> str:
    return repr(float(value))
