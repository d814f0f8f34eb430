r"""Deaths: the hazard of dying by age and year, in closed form, and the month in which somebody dies.

Of the rates of a year a scenario knows q, the chance of dying between 15 and 60 at these rates.  Over age they rise by
Gompertz's law (1825, "On the nature of the function expressive of the law of human mortality", Philosophical
Transactions of the Royal Society 115), by g a year of age, so that at age a, for graduates,

.. math::
   \mu_t(a) = \rho\, A_t\, e^{g (a - 15)}, \qquad A_t\, \frac{e^{45 g} - 1}{g} = -\ln(1 - q_t) .

Age and time pass together: with a month of birth B, :math:`e^{g (t - B)/12}` is a factor of the month times one of the
person.  So one table C by month is enough for all ages, and what somebody has been exposed to from month s up to t is
:math:`\rho\, e^{-g B/12} (C_t - C_s)`.  She dies in the month in which that passes :math:`-\ln u`, u her draw for life.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.codes import NEVER
from abm.engine.compiled import compiled

if TYPE_CHECKING:
    from abm.parameters import Mortality

__all__ = ["Cohort", "expected_deaths", "hazard_by_month", "month_of_death"]

FROM_AGE, TO_AGE = 15.0, 60.0  # between which adult mortality is measured, years


class Cohort(NamedTuple):
    """Persons who are born in one month and appear in one month, for as long as they are followed."""

    persons: float
    birth_month: int
    since: int  # first month in which one of them may die
    until: int  # month before which they are followed no more


def mean_exponential(x: float) -> float:
    """Return the mean of exp between 0 and x, (exp(x) - 1) / x."""
    return math.expm1(x) / x if x != 0.0 else 1.0


def hazard_by_month(adult_mortality: np.ndarray, mortality: Mortality) -> np.ndarray:
    """Return C: the hazard, at the table's rates, of who is born with the first month, summed up to each month.

    Parameters
    ----------
    adult_mortality : ndarray, shape (months,)
        Chance of dying between 15 and 60 at the rates of the month.
    mortality : Mortality
        The scenario's parameters of that name.

    Returns
    -------
    ndarray, shape (months + 1,)
        0 throughout if nobody dies.
    """
    total = np.zeros(len(adult_mortality) + 1)
    if mortality.relative_to_table == 0.0:
        return total
    ageing = mortality.ageing
    of_adult_life = (TO_AGE - FROM_AGE) * mean_exponential(ageing * (TO_AGE - FROM_AGE))
    at_first_age = -np.log1p(-adult_mortality) / of_adult_life
    years = np.arange(len(adult_mortality)) / 12.0
    in_a_month = np.exp(ageing * (years - FROM_AGE)) * mean_exponential(ageing / 12.0) / 12.0
    np.cumsum(at_first_age * in_a_month, out=total[1:])
    return total


@compiled
def month_of_death(u: float, birth_month: int, since: int, hazard: np.ndarray, mortality: np.record) -> int:
    """Return the month of the run, ``since`` or later, in which somebody dies, NEVER if she outlives the run.

    ``u`` is her uniform draw, and somebody dies at all.  At higher rates the same draw never lets her live longer.
    """
    borne = -math.log(u) * math.exp(mortality.ageing * birth_month / 12.0) / mortality.relative_to_table
    end = np.searchsorted(hazard, hazard[since] + borne)
    return max(end - 1, since) if end < len(hazard) else NEVER


def expected_deaths(cohorts: Iterable[Cohort], hazard: np.ndarray, mortality: Mortality) -> np.ndarray:
    """Return how many of those whom cohorts still follow have died on average before each month, and after the last."""
    dead = np.zeros(len(hazard))
    if hazard[-1] <= 0.0:
        return dead
    for persons, birth_month, since, until in cohorts:
        own = mortality.relative_to_table * math.exp(-mortality.ageing * birth_month / 12.0)
        dead[since:until] -= persons * np.expm1(-own * (hazard[since:until] - hazard[since]))
    return dead
