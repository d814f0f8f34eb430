"""What designs are evidence of: kinds that are pooled, with what falsifications find, and the priors that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.gravity.designs import BOTH, DESIGNS, RECENT_DIASPORA, Design
from experiments.gravity.estimator import Fit, ratio
from experiments.gravity.pooling import Evidence, Pooled, gamma_of, kept_above_zero, pooled
from experiments.study.priors import DIGITS, OUTCOME, PARAMETER, Prior

__all__ = ["falsified", "home_sides", "kinds", "priors"]

LAW, HOME_INCOME = "decision.rule_of_law_weight", "decision.home_income_weight"
DIASPORA = "diaspora elasticity of departures"
# times that the standard error of a diaspora's elasticity is taken, as what once drew it still draws; assumption
DOUBTED = 2.0


def kinds(fits: Mapping[str, Fit]) -> list[Evidence]:
    """Return what each kind of evidence says of rule of law over income."""
    families = dict.fromkeys(design.family for design in DESIGNS if design.family)
    return [_kind(family, fits) for family in families]


def _kind(family: str, fits: Mapping[str, Fit]) -> Evidence:
    ratios = [ratio(fits[design.name], "law", "income") for design in DESIGNS if design.family == family]
    value, error = np.mean(ratios, axis=0)
    found = [falsified(design, fits) for design in DESIGNS if design.tests == family]
    return Evidence(family, float(value), float(error), float(np.sqrt(np.mean(np.square(found)))))


def falsified(design: Design, fits: Mapping[str, Fit]) -> float:
    """Return the coefficient of what should not matter over that of income in the kind's own designs."""
    own = [fits[other.name].coefficients["income"] for other in DESIGNS if _is_beside(other, design)]
    return float(fits[design.name].coefficients[design.tested] / np.mean(own))


def _is_beside(other: Design, falsification: Design) -> bool:
    """Return whether a design is of the same rows and the same way of estimating as a falsification of its kind."""
    alike = other.panel == falsification.panel and other.model.method == falsification.model.method
    return alike and other.family == falsification.tests


def home_sides(fits: Mapping[str, Fit]) -> list[Evidence]:
    """Return how much income at home weighs over income at the destination, by source."""
    found = {name: ratio(fit, "income_home", "income_abroad") for name, fit in fits.items() if name.startswith(BOTH)}
    return [Evidence(name, *said) for name, said in found.items()]


def priors(fits: Mapping[str, Fit]) -> list[Prior]:
    """Return the priors that follow: of two weights, and of an elasticity that runs must show."""
    elasticity, error = fits[RECENT_DIASPORA].coefficients["diaspora"], fits[RECENT_DIASPORA].error("diaspora")
    said = "recent graduates (DIOC) by settled emigrants, its standard error doubled"
    return [
        _prior(LAW, kinds(fits), "decision.income_weight", "four kinds of evidence by random effects, kept above 0"),
        _prior(HOME_INCOME, home_sides(fits), "", "researchers by random effects over two sources, kept above 0"),
        Prior(DIASPORA, *_rounded(gamma_of(float(elasticity), DOUBTED * error)), OUTCOME, "", said),
    ]


def _prior(name: str, evidence: Sequence[Evidence], relative_to: str, source: str) -> Prior:
    law: Pooled = pooled(evidence)
    return Prior(name, *_rounded(gamma_of(*kept_above_zero(law))), PARAMETER, relative_to, source)


def _rounded(law: tuple[float, float]) -> tuple[float, float]:
    """Return shape and scale as they are published, so that whoever reads them has the law that is drawn and told."""
    return round(law[0], DIGITS), round(law[1], DIGITS)
