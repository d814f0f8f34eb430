"""Moments of every drawn trait: what is drawn once for a person has the mean and the spread that its law says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from abm.codes import EXTRACTIVE, NEVER, PUBLIC
from abm.person import PERSON
from abm.simulation import Simulation
from experiments.verification.case import Case, Family, Sample
from experiments.verification.worlds import frictionless

__all__ = ["FAMILY"]

PERSONS = 400_000
# the numbers of the laws, each of which the planted error multiplies
LAWS: Mapping[str, float] = {
    "decision.income_weight": 1.3,
    "decision.income_weight_spread": 0.6,
    "decision.rule_of_law_weight": 0.42,
    "decision.rule_of_law_weight_spread": 0.9,
    "decision.home_attachment": 0.7,
    "decision.home_attachment_spread": 1.1,
    "education.science_share": 0.31,
    "education.master_share": 0.22,
    "education.doctorate_share": 0.05,
    "household.partner_share": 0.73,
    "household.partner_age": 27.5,
    "household.partner_age_spread": 5.0,
    "household.first_child_years": 2.5,
    "household.next_child_prob": 0.64,
    "beliefs.start_spread": 0.24,
    "labour.match_spread": 0.19,
    "labour.underemployment_loss": 0.37,
    "labour.graduate_job_share": 0.71,
    "labour.extractive_share": 0.09,
    "labour.public_share": 0.27,
}
LAW_AT_HOME, ADULT, CHILDREN = -0.5, 18.0 * 12.0, 3


class Moment(NamedTuple):
    """A mean over persons: what is averaged, and mean and standard deviation of its law."""

    name: str
    values: np.ndarray
    mean: float
    deviation: float


def _moments(name: str, values: np.ndarray, mean: float, deviation: float) -> Iterator[Moment]:
    """Yield mean and variance of what is normal."""
    yield Moment(f"{name}: mean", values, mean, deviation)
    yield Moment(f"{name}: variance", (values - mean) ** 2, deviation**2, math.sqrt(2.0) * deviation**2)


def _share(name: str, flags: np.ndarray, share: float) -> Moment:
    return Moment(name, flags, share, math.sqrt(share * (1.0 - share)))


def _of_lognormal(name: str, values: np.ndarray, mean: float, spread: float) -> Iterator[Moment]:
    """Yield the mean, and mean and variance of the logarithm."""
    yield Moment(f"{name}: mean", values, mean, mean * math.sqrt(math.exp(spread**2) - 1.0))
    yield from _moments(f"{name}, log", np.log(values), math.log(mean) - spread**2 / 2.0, spread)


def _tastes(person: np.recarray, law: Mapping[str, float]) -> Iterator[Moment]:
    for trait in ("ability", "connections"):
        yield from _moments(trait, person[trait].astype(float), 0.0, 1.0)
    for trait in ("income_weight", "rule_of_law_weight"):
        name = f"decision.{trait}"
        yield from _of_lognormal(trait.replace("_", " "), person[trait].astype(float), law[name], law[f"{name}_spread"])
    attachment = person.home_attachment.astype(float)
    name = "decision.home_attachment"
    yield from _moments("home attachment", attachment, law[name], law[f"{name}_spread"])


def _education(person: np.recarray, law: Mapping[str, float]) -> Iterator[Moment]:
    yield _share("science degree", person.science == 1, law["education.science_share"])
    yield _share("master's degree", person.degree == 1, law["education.master_share"])
    yield _share("doctorate", person.degree == 2, law["education.doctorate_share"])
    yield Moment("month of review", person.review_month.astype(float), 5.5, math.sqrt(143.0 / 12.0))


def _family(person: np.recarray, law: Mapping[str, float]) -> Iterator[Moment]:
    yield _share("has a partner", person.partner_month != NEVER, law["household.partner_share"])
    couples = person[person.partner_month != NEVER]
    age = couples.partner_month.astype(float) - couples.birth_month
    mean, spread = 12.0 * law["household.partner_age"], 12.0 * law["household.partner_age_spread"]
    yield Moment("age at which a partner is found, months", age, *_adult(mean, spread))
    chance = law["household.next_child_prob"]
    children = (couples.child_month != NEVER).sum(axis=1)
    for n in range(CHILDREN + 1):
        share = chance**n * (1.0 - chance if n < CHILDREN else 1.0)
        yield _share(f"children: {n}", children == n, share)
    first = couples[(children > 0) & (age > ADULT)]  # whose month is told in fractions, evenly
    wait = 12.0 * law["household.first_child_years"]
    waited = first.child_month[:, 0].astype(float) - first.partner_month
    yield Moment("wait for a first child, months", waited, 9.0 + wait, math.sqrt(wait**2 + 1.0 / 6.0))


def _adult(mean: float, spread: float) -> tuple[float, float]:
    """Return mean and standard deviation of whole months of a normal age that is 18 years at least."""
    law, low = NormalDist(mean, spread), ADULT
    young, density = law.cdf(low), law.pdf(low) * spread
    first = low * young + mean * (1.0 - young) + spread * density
    second = low**2 * young + (mean**2 + spread**2) * (1.0 - young) + spread * (mean + low) * density
    return first - 0.5 * (1.0 - young), math.sqrt(second - first**2 + 1.0 / 12.0)


def _jobs(person: np.recarray, law: Mapping[str, float]) -> Iterator[Moment]:
    yield _share("works in extraction", person.sector == EXTRACTIVE, law["labour.extractive_share"])
    yield _share("works in the public sector", person.sector == PUBLIC, law["labour.public_share"])
    spread, loss, level = (
        law[f"labour.{name}"] for name in ("match_spread", "underemployment_loss", "graduate_job_share")
    )
    below = 1.0 - level
    deviation = math.sqrt(spread**2 + loss**2 * level * below)
    match = person.match.astype(float)
    yield Moment("match: mean", match, -loss * below, deviation)
    raw = [1.0, 0.0, spread**2, 0.0, 3.0 * spread**4]  # of the normal part
    second, fourth = (
        sum(
            part * math.comb(k, j) * raw[j] * shift ** (k - j)
            for part, shift in ((level, loss * below), (below, -loss * level))
            for j in range(k + 1)
        )
        for k in (2, 4)
    )
    yield Moment("match: variance", (match + loss * below) ** 2, second, math.sqrt(fourth - second**2))


def _all(person: np.recarray, belief: np.ndarray, law: Mapping[str, float]) -> list[Moment]:
    """Return the moments of a population that has not begun to live."""
    believed = _moments("belief", belief.astype(float), LAW_AT_HOME, law["beliefs.start_spread"])
    parts = (_tastes, _education, _family, _jobs)
    return [*(moment for part in parts for moment in part(person, law)), *believed]


def _world(error: float, n: int) -> Any:
    """Return a world in which all that can be is drawn; nobody is out of work or abroad."""
    values = {name: value * error for name, value in LAWS.items()}
    return frictionless({"end": "2026-01", "home.rule_of_law.observed": LAW_AT_HOME} | values, graduates=n)


def _case() -> Case:
    moments = _all(np.zeros(0, dtype=PERSON).view(np.recarray), np.zeros(0), LAWS)  # of nobody: laws and names
    exact = np.array([moment.mean for moment in moments])

    def simulate(error: float, seed: int, n: int) -> Sample:
        people = Simulation(_world(error, n), seed=seed).graduates
        found = _all(people.person, people.belief, LAWS)
        values = np.array([moment.values.mean(dtype=float) for moment in found])
        errors = np.array([moment.deviation / math.sqrt(len(moment.values)) for moment in found])
        return Sample(values, errors)

    return Case("one population", [moment.name for moment in moments], lambda n: exact, simulate, PERSONS)


FAMILY = Family(
    name="traits",
    form="means and variances of the laws from which persons are drawn",
    planted="every number of the laws",
    cases=(_case(),),
    title="Traits: means and variances of what is drawn of 400,000 persons",
    xlabel="",
    ylabel="",
)
