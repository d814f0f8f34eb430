"""What a graduate can do: h = exp(spread * ability + experience + what was learned abroad)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from abm.codes import HOME, UNIT
from abm.engine.compiled import compiled
from abm.scenario import Scenario

__all__ = [
    "HumanCapitalRules",
    "human_capital",
    "human_capital_of",
    "human_capital_rules",
    "update_human_capital",
]


class HumanCapitalRules(NamedTuple):
    """The parameters of human capital, per month where they are rates."""

    ability_spread: float
    experience_gain: float
    experience_gain_abroad: float


def human_capital_rules(scenario: Scenario) -> HumanCapitalRules:
    """Return the parameters of human capital of a scenario."""
    given = scenario.human_capital
    return HumanCapitalRules(given.ability_spread, given.experience_gain / 12.0, given.experience_gain_abroad / 12.0)


@compiled
def human_capital(ability: float, months_of_work: int, months_abroad: int, rules: HumanCapitalRules) -> float:
    """Return human capital; experience counts for thirty years at the most, experience abroad for ten."""
    gain = rules.experience_gain * min(max(months_of_work, 0), 360)
    gain += rules.experience_gain_abroad * min(months_abroad, 120)
    return math.exp(rules.ability_spread * ability + gain)


@compiled
def human_capital_of(person: np.record, month: int, rules: HumanCapitalRules) -> int:
    """Return a person's human capital in a month, in whole 1/4096."""
    abroad = person.months_abroad
    if person.country > HOME:
        abroad += month - person.arrival_month
    months_of_work = month - person.career_month
    return int(round(human_capital(float(person.ability), months_of_work, abroad, rules) * UNIT))


@compiled
def update_human_capital(persons: np.ndarray, first: int, last: int, month: int, rules: HumanCapitalRules) -> None:
    """Bring the human capital of rows ``first`` to ``last`` up to date."""
    for i in range(first, last):
        persons[i].human_capital = human_capital_of(persons[i], month, rules)
