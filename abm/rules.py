"""The parameters that rules read: one record for a run, its fields the parameters that are declared.

A rule reads a parameter by the name it has in a scenario file: ``rules.decision.age_cost``,
``rules.labour.match_spread``.  So a new parameter is declared in :mod:`abm.parameters` and used in a rule; nothing here
knows it.  Its unit is the declared one: a rule that wants months says ``12.0 * rules.decision.assimilation_years``.

What changes over the months, by itself or by a reform, is not a parameter of a rule but a column of the month's
countries (:mod:`abm.environment`): there a rule looks for it, though the scenario's first value stands here too.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import numpy as np

from abm.environment import Environment
from abm.parameters import Costs
from abm.scenario import Scenario

__all__ = ["ABILITIES", "RULES", "rules_of"]

# limits of bins of ability, beyond whose ends no normal draw falls
ABILITIES = np.arange(-8.5, 8.5 + 1 / 32, 1 / 16)


def _parameters_of(section: type) -> np.dtype:
    """Return the record of a section: its numbers, and the place among the allowed ones of what is chosen by name."""
    kinds = typing.get_type_hints(section)
    fields: list[tuple[str, type]] = []
    for item in dataclasses.fields(section):
        if kinds[item.name] is float:
            fields.append((item.name, np.float64))
        elif kinds[item.name] is int or item.metadata["choices"]:
            fields.append((item.name, np.int64))
    return np.dtype(fields)


SECTIONS = {
    name: _parameters_of(section)
    for name, section in typing.get_type_hints(Scenario).items()
    if dataclasses.is_dataclass(section) and isinstance(section, type) and section is not Costs
}

RULES = np.dtype(
    [
        *SECTIONS.items(),
        # what more than one rule needs in another form, or what needs more than one month's numbers
        ("seed", np.int64),
        ("retirement_months", np.int64),  # age
        ("horizon_months", np.int64),  # of income that are counted, if the career is not shorter
        ("monthly_discount", np.float64),
        ("rule_of_law_at_start", np.float64),  # at home, in the first month, index points
        ("ln_usual_pay", np.float64),  # at home in the first month, before any reform
        ("usual_return_to_ability", np.float64),  # likewise, log points
        ("degree_gain", np.float64, (3,)),  # by which a degree multiplies the rate of offers
        ("ability_gain_ceiling", np.float64, (len(ABILITIES) - 1,)),  # of a person whose ability falls into a bin
    ]
)


def rules_of(environment: Environment, seed: int) -> np.recarray:
    """Return the parameters of a run, one record of RULES.

    Parameters
    ----------
    environment : Environment
        The scenario, under its reforms.
    seed : int
        Seed of all draws.

    Returns
    -------
    recarray of RULES, shape (1,)
        A record for each section of the scenario, in declared units, and what is derived from them.
    """
    scenario, rules = environment.scenario, np.zeros(1, dtype=RULES).view(np.recarray)
    for name, parameters in SECTIONS.items():
        for parameter in parameters.names or ():
            rules[name][parameter] = _number(getattr(scenario, name), parameter)
    decision = scenario.decision
    rules["seed"] = seed
    rules["retirement_months"] = round(12 * decision.retirement_age)
    rules["horizon_months"] = environment.horizon_months
    rules["monthly_discount"] = environment.monthly_discount
    rules["rule_of_law_at_start"] = environment.rule_of_law.actual[0]
    rules["ln_usual_pay"] = environment.ln_usual_pay
    rules["usual_return_to_ability"] = environment.usual_return_to_ability
    rules["degree_gain"] = np.exp(decision.offer_degree_gain * np.arange(3))
    rules["ability_gain_ceiling"] = _highest_in_bins(np.exp(decision.offer_ability_gain * ABILITIES))
    return rules


def _number(section: Any, name: str) -> float:
    """Return a parameter as rules read it: of what is chosen by name its place among the choices."""
    value = getattr(section, name)
    if not isinstance(value, str):
        return float(value) if isinstance(value, float) else int(value)
    item = next(item for item in dataclasses.fields(section) if item.name == name)
    return int(item.metadata["choices"].index(value))


def _highest_in_bins(at_limits: np.ndarray) -> np.ndarray:
    """Return the highest value in each bin of a monotone function given at the limits, with room for rounding."""
    highest: np.ndarray = np.maximum(at_limits[:-1], at_limits[1:]) * (1.0 + 1e-12)
    return highest
