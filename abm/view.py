"""A view of one graduate of a run: one row of the population, in the field's words.  Knows nothing of Mesa."""

from __future__ import annotations

import math
from typing import Any

from abm.codes import DEGREES, EMPLOYED, HOME, NEVER, ORIGINS, OWED, PERMITS, SECTORS, STAGES, UNIT
from abm.person import obligation_of
from abm.simulation import Simulation
from abm.wage import ln_current_wage

__all__ = ["View"]


class View:
    """One graduate, as she is now.

    Attributes
    ----------
    simulation : Simulation
        The run that she lives in.
    row : int
        Her row in its population, which is hers alone for the whole run.
    """

    simulation: Simulation
    row: int

    @property
    def latest_month(self) -> int:
        """The month of the run that was simulated last (0 before the first)."""
        return max(self.simulation.month - 1, 0)

    def _value(self, column: str) -> Any:
        graduates = self.simulation.graduates
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
        return self.simulation.environment.names[country] if country >= 0 else None

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
        return (self.latest_month - int(self._value("birth_month"))) / 12.0

    @property
    def wage(self) -> float:
        """Wage in the scenario's unit per month, 0 without a job."""
        if self._value("stage") != EMPLOYED:
            return 0.0
        simulation, month = self.simulation, self.latest_month
        person = simulation.graduates.person[self.row]
        country = simulation.environment.countries[month, person.country]
        return math.exp(ln_current_wage(person, country, month, simulation.rules[0]))

    @property
    def months_in_place(self) -> int:
        """Months since she came to live in her country."""
        return self.latest_month - int(self._value("arrival_month"))

    @property
    def permit(self) -> str:
        """Permit she lives on abroad."""
        return PERMITS[self._value("permit")]

    @property
    def obligation_months(self) -> int:
        """Months of work at home, or of service in a region, that she still owes."""
        month = int(self._value("obligation_month"))
        if month == NEVER:
            return 0
        if month != OWED:
            return max(month - self.latest_month, 0)
        home = self.simulation.environment.countries[self.latest_month, HOME]
        return int(home.obligation_months[obligation_of(self.simulation.graduates.person[self.row])])

    @property
    def household(self) -> str:
        """Single, partner, or children (of any age under 18)."""
        now = self.latest_month
        if any(0 <= now - int(born) < 216 for born in self._value("child_month") if born < NEVER):
            return "children"
        return "partner" if int(self._value("partner_month")) <= now else "single"

    @property
    def children_ages(self) -> list[float]:
        """Ages in years of her children under 18."""
        ages = [(self.latest_month - int(born)) / 12 for born in self._value("child_month") if born < NEVER]
        return [age for age in ages if 0 <= age < 18]

    @property
    def perceived_rule_of_law(self) -> float:
        """What she believes of rule of law at home, index points."""
        return float(self._value("belief"))

    @property
    def ties(self) -> dict[str, int]:
        """How many people she knows in each country."""
        simulation = self.simulation
        names = simulation.environment.names
        if self.row >= simulation.n_networked:
            return dict.fromkeys(names, 0)
        return {name: int(n) for name, n in zip(names, simulation.ties[self.row], strict=True)}
