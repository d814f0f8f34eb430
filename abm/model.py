"""Mesa's face of a run: the same :class:`abm.simulation.Simulation`, as a ``mesa.Model`` with agents one can ask."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np

from abm.decision import ln_current_wage
from abm.environment import HOME, SECTORS
from abm.graduates import ABSENT, DEGREES, EMPLOYED, NEVER, ORIGINS, OWED, PERMITS, STAGES, obligation_of
from abm.human_capital import UNIT
from abm.reforms import Diversification, JudicialReform, PublicSalaryParity, Reform
from abm.scenario import Scenario, month_name
from abm.simulation import Simulation

__all__ = ["EmigrationModel", "Graduate"]

GEORGIA_LIKE_LEVEL = 0.68  # today's level plus Georgia's gain of 1.08 points in 2002-2012 (wgi-fastest)


class Graduate(mesa.Agent):
    """One graduate, as she is now: a view of one row of the population, in the field's words."""

    def __init__(self, model: EmigrationModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    def _value(self, column: str) -> Any:
        graduates = self.model.simulation.graduates
        return getattr(graduates if column in graduates._fields else graduates.person, column)[self.row]

    @property
    def identity(self) -> tuple[int, int, int]:
        """Group, cohort and rank: what she is known by, whatever the row."""
        cohort = int(self._value("cohort"))
        return cohort >> 16, cohort & 0xFFFF, int(self._value("rank"))

    @property
    def country(self) -> str | None:
        """Country she lives in (``home`` or the key of a destination), None once she has left the model."""
        country = int(self._value("country"))
        return self.model.simulation.environment.names[country] if country >= 0 else None

    @property
    def stage(self) -> str:
        """Student, job-seeker, employed or retired."""
        return STAGES[self._value("stage")]

    @property
    def sector(self) -> str | None:
        """Sector of her post at home, None abroad or without one."""
        sector = int(self._value("sector"))
        return SECTORS[sector] if sector >= 0 else None

    @property
    def degree(self) -> str:
        """Highest degree."""
        return DEGREES[self._value("degree")]

    @property
    def origin(self) -> str:
        """Where she was educated, or that she came as a foreign specialist."""
        return ORIGINS[self._value("origin")]

    @property
    def ability(self) -> float:
        """Ability, standard normal in her cohort."""
        return float(self._value("ability"))

    @property
    def human_capital(self) -> float:
        """Human capital, 1 for a mean new graduate, as of her last review."""
        return float(self._value("human_capital")) / UNIT

    @property
    def age(self) -> float:
        """Age in years."""
        return (self.model.latest_month - int(self._value("birth_month"))) / 12.0

    @property
    def wage(self) -> float:
        """Wage in the scenario's unit per month, 0 without a job."""
        if self._value("stage") != EMPLOYED:
            return 0.0
        simulation = self.model.simulation
        month = simulation.environment.month(self.model.latest_month)
        person = simulation.graduates.person[self.row]
        return math.exp(ln_current_wage(person, month.countries[person.country], month.month, simulation.rules[0]))

    @property
    def months_in_place(self) -> int:
        """Months since she came to live in her country."""
        return self.model.latest_month - int(self._value("arrival_month"))

    @property
    def permit(self) -> str:
        """Permit she lives on abroad."""
        return PERMITS[self._value("permit")]

    @property
    def permit_months(self) -> int | None:
        """Months until the permit ends, None if it does not."""
        month = int(self._value("permit_month"))
        return month - self.model.latest_month if month < NEVER else None

    @property
    def obligation_months(self) -> int:
        """Months of work at home, or of service in a region, that she still owes."""
        month = int(self._value("obligation_month"))
        if month == NEVER:
            return 0
        if month != OWED:
            return max(month - self.model.latest_month, 0)
        home = self.model.simulation.environment.countries[self.model.latest_month, HOME]
        return int(home.obligation_months[obligation_of(self.model.simulation.graduates.person[self.row])])

    @property
    def household(self) -> str:
        """Single, partner, or children (of any age under 18)."""
        now = self.model.latest_month
        if any(0 <= now - int(born) < 216 for born in self._value("child_month") if born < NEVER):
            return "children"
        return "partner" if int(self._value("partner_month")) <= now else "single"

    @property
    def children_ages(self) -> list[float]:
        """Ages in years of her children under 18."""
        ages = [(self.model.latest_month - int(born)) / 12 for born in self._value("child_month") if born < NEVER]
        return [age for age in ages if 0 <= age < 18]

    @property
    def perceived_rule_of_law(self) -> float:
        """What she believes of rule of law at home, index points."""
        return float(self._value("belief"))

    @property
    def ties(self) -> dict[str, int]:
        """How many people she knows in each country."""
        simulation = self.model.simulation
        names = simulation.environment.names
        if self.row >= simulation.n_networked:
            return dict.fromkeys(names, 0)
        return {name: int(n) for name, n in zip(names, simulation.ties[self.row], strict=True)}


class EmigrationModel(mesa.Model):
    """The emigration model as a Mesa model: a step is a month.

    Parameters
    ----------
    world : Scenario or str
        The world, or the name or path of one.
    reforms : sequence of Reform
        What is changed in it.
    graduates : int, optional
        Simulated graduates at home at the start, in place of the scenario's.
    rule_of_law_speed : float
        Rise of rule of law by reform from the first month on, index points a year (0: no reform).
    public_salary_parity : float
        Public wage relative to the private one to reach over three years (0: no reform).
    private_jobs : float
        Additional private graduate posts to create over five years, share (0: no reform).
    threads : int
        Threads to share the work; the result does not depend on it.
    rng : int, optional
        Seed of every draw; drawn afresh if left out, and kept in :attr:`seed_used`.

    Attributes
    ----------
    datacollector : mesa.DataCollector
        A row a month: the series of :meth:`abm.accounts.Accounts.monthly`.
    simulation : Simulation
        The run itself.
    """

    def __init__(
        self,
        world: Scenario | str = "kazakhstan",
        reforms: Sequence[Reform] = (),
        *,
        graduates: int | None = None,
        rule_of_law_speed: float = 0.0,
        public_salary_parity: float = 0.0,
        private_jobs: float = 0.0,
        threads: int = 1,
        rng: int | str | None = None,
    ) -> None:
        self.seed_used = secrets.randbits(62) if rng is None else int(rng)
        super().__init__(rng=self.seed_used)
        chosen = world if isinstance(world, Scenario) else Scenario.load(world)
        if graduates is not None:
            chosen = chosen.replace({"graduates": int(graduates)})
        self.world = chosen
        self.reforms = (*reforms, *_levers(chosen.start, rule_of_law_speed, public_salary_parity, private_jobs))
        self.simulation = Simulation(chosen, self.reforms, seed=self.seed_used, threads=threads)
        self._views: dict[int, Graduate] = {}
        self._synchronised = -1
        self._latest: dict[str, np.ndarray] = {}
        self.datacollector = mesa.DataCollector(model_reporters={name: _reporter(name) for name in self._series()})

    def _series(self) -> list[str]:
        return list(self.simulation.accounts.monthly())

    @property
    def latest_month(self) -> int:
        """The month of the run that was simulated last (0 before the first)."""
        return max(self.simulation.month - 1, 0)

    @property
    def month(self) -> str:
        """The calendar month that was simulated last."""
        return month_name(self.simulation.environment.first_month + self.latest_month)

    def latest(self, series: str) -> Any:
        """Return the last month's value of a series."""
        return self._latest[series][-1].item()

    def step(self) -> None:
        """Simulate one month and collect its row; past the end of the scenario nothing happens."""
        if self.simulation.finished:
            self.running = False
            return
        self.simulation.step()
        self._latest = self.simulation.accounts.monthly(since=self.latest_month)
        self.datacollector.collect(self)
        self.running = not self.simulation.finished

    def _synchronise(self) -> None:
        """Give everybody in the population a view, and take it from those who have left."""
        if self._synchronised == self.simulation.month:
            return
        self._synchronised = self.simulation.month
        present = np.flatnonzero(self.simulation.graduates.person.stage != ABSENT).tolist()
        for row in self._views.keys() - set(present):
            self._views.pop(row).remove()
        for row in present:
            if row not in self._views:
                self._views[row] = Graduate(self, row)

    @property
    def agents(self) -> Any:
        """All graduates now in the population (and retired ones), as Mesa's AgentSet of :class:`Graduate`."""
        if hasattr(self, "_views"):
            self._synchronise()
        return self._all_agents

    @property
    def agents_by_type(self) -> Any:
        """The graduates by agent type, as Mesa has it."""
        if hasattr(self, "_views"):
            self._synchronise()
        return self._agents_by_type


def _levers(start: str, rule_of_law_speed: float, public_salary_parity: float, private_jobs: float) -> list[Reform]:
    """Turn the model's plain keyword levers into reforms from the first month on."""
    reforms: list[Reform] = []
    if rule_of_law_speed:
        reforms.append(JudicialReform(start=start, target=GEORGIA_LIKE_LEVEL, speed=rule_of_law_speed))
    if public_salary_parity:
        reforms.append(PublicSalaryParity(start=start, target=public_salary_parity, ramp_months=36))
    if private_jobs:
        reforms.append(Diversification(start=start, private_jobs=private_jobs))
    return reforms


def _reporter(name: str) -> Any:
    return lambda model: model.latest(name)
