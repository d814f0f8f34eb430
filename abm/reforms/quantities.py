"""What reforms may change: every quantity once, with its unit, its range, and the rule by which reforms combine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from abm.codes import HOME, POSTING, SCHOLARSHIP, SERVICE
from abm.paths import Paths

__all__ = ["QUANTITIES", "Place", "Quantity", "Rule", "combined"]


class Rule(Enum):
    """How several reforms of one quantity combine; none of the rules depends on their order."""

    ADD = "the amounts add up"
    MULTIPLY = "the factors multiply"
    HIGHEST = "the highest level counts; none is lowered"
    REPLACE = "the level is set; two at a time are a conflict"


class Place(Enum):
    """Which countries have a quantity: what ``country`` of a change may be."""

    NONE = "it has no country"
    HOME = "only home has it"
    ABROAD = "each destination has its own"


@dataclass(frozen=True)
class Path:
    """Where a quantity stands among the paths: one, or one for each destination, to be changed in place."""

    place: Place
    read: Callable[[Paths, int], Any]

    def __call__(self, paths: Paths, country: int) -> Any:
        """Return the path of a country by month."""
        return self.read(paths, country)


@dataclass(frozen=True)
class Quantity:
    """A monthly path that reforms may change.

    ``concerns`` names another quantity: while that has its value of ``absent``, this one concerns nobody.
    """

    meaning: str
    unit: str
    rule: Rule
    low: float
    high: float
    path: Path
    is_term: bool = False  # in force or not, whatever the strength: half an obligation is not half as long
    concerns: str = ""
    absent: float = 0.0  # the value at which there is none of it
    by_permit: bool = False  # concerns nobody where entry is free

    @property
    def values(self) -> tuple[float, float]:
        """The least and the largest value that a change may have: an amount, a factor or a level, as the rule says."""
        if self.rule is Rule.ADD:
            return -INFINITY, INFINITY
        return (0.0, INFINITY) if self.rule is Rule.MULTIPLY else (self.low, self.high)


def _home(column: str, *part: int) -> Path:
    return Path(Place.HOME, lambda paths, country: paths.countries[column][(slice(None), HOME, *part)])


def _abroad(column: str, *part: int) -> Path:
    return Path(Place.ABROAD, lambda paths, country: paths.countries[column][(slice(None), country, *part)])


def _own(name: str) -> Path:
    return Path(Place.NONE, lambda paths, country: getattr(paths, name))


INFINITY = math.inf
QUANTITIES: dict[str, Quantity] = {
    "public_wage_ratio": Quantity(
        "public pay over private pay", "ratio", Rule.HIGHEST, 0.0, 20.0, _own("public_wage_ratio")
    ),
    "merit": Quantity(
        "weight of ability against connections in hiring and pay", "share", Rule.HIGHEST, 0.0, 1.0, _own("merit")
    ),
    "return_to_ability": Quantity(
        "log-wage gain at home from one standard deviation of ability under full merit",
        "log points",
        Rule.HIGHEST,
        0.0,
        2.0,
        _own("return_to_ability"),
        concerns="merit",
    ),
    "private_jobs": Quantity(
        "additional private posts as a share of those there would be anyway",
        "share",
        Rule.ADD,
        -1.0,
        INFINITY,
        _own("additional_private_jobs"),
    ),
    "private_posts": Quantity(
        "additional private posts", "persons", Rule.ADD, 0.0, INFINITY, _own("additional_private_posts")
    ),
    "oil_price": Quantity(
        "oil price relative to its long-run level", "ratio", Rule.MULTIPLY, 0.01, 20.0, _own("oil_price"), absent=1.0
    ),
    "oil_exposure": Quantity(
        "exposure of private posts to the oil price, relative to that before reforms",
        "ratio",
        Rule.MULTIPLY,
        0.0,
        1.0,
        _own("oil_exposure"),
        concerns="oil_price",
    ),
    "return_cost": Quantity(
        "cost of moving home without an offer", "utility", Rule.ADD, -INFINITY, INFINITY, _home("moving_cost")
    ),
    "return_cost_with_offer": Quantity(
        "cost of moving home to a job already found",
        "utility",
        Rule.ADD,
        -INFINITY,
        INFINITY,
        _home("moving_cost_with_offer"),
    ),
    "remote_search": Quantity(
        "rate of offers from home to people abroad, relative to the rate at which seekers at home find work",
        "ratio",
        Rule.MULTIPLY,
        0.0,
        100.0,
        _own("remote_search"),
    ),
    "home_offer_ties_gain": Quantity(
        "rise of the rate of offers from home per tie there",
        "share per tie",
        Rule.MULTIPLY,
        0.0,
        100.0,
        _home("offer_ties_gain"),
        concerns="remote_search",
    ),
    "candidates_per_year": Quantity(
        "foreign specialists a year who consider coming",
        "persons per year",
        Rule.MULTIPLY,
        0.0,
        INFINITY,
        _own("candidates_per_year"),
    ),
    "coming_cost": Quantity(
        "cost of coming, for foreign specialists",
        "utility",
        Rule.ADD,
        -INFINITY,
        INFINITY,
        _own("coming_cost"),
        concerns="candidates_per_year",
    ),
    "master_share": Quantity(
        "share of new graduates at home with a master's degree", "share", Rule.ADD, 0.0, 1.0, _own("master_share")
    ),
    "doctorate_share": Quantity(
        "share of new graduates at home with a doctorate", "share", Rule.ADD, 0.0, 1.0, _own("doctorate_share")
    ),
    "enrolment": Quantity(
        "new graduates at home relative to those there would be anyway",
        "ratio",
        Rule.MULTIPLY,
        1.0,
        10.0,
        _own("enrolment"),
    ),
    "grantee_share": Quantity(
        "share of new graduates at home who owe service for a grant", "share", Rule.ADD, 0.0, 1.0, _own("grantee_share")
    ),
    "service_months": Quantity(
        "months of service owed",
        "months",
        Rule.HIGHEST,
        0.0,
        240.0,
        _home("obligation_months", SERVICE),
        True,
        concerns="grantee_share",
    ),
    "service_repayment": Quantity(
        "sum owed for service not rendered",
        "USD PPP",
        Rule.HIGHEST,
        0.0,
        1e10,
        _home("repayment", SERVICE),
        True,
        concerns="grantee_share",
    ),
    "service_pursuit": Quantity(
        "chance that it is claimed with success",
        "probability",
        Rule.HIGHEST,
        0.0,
        1.0,
        _home("pursuit_prob", SERVICE),
        concerns="grantee_share",
    ),
    "service_place_prob": Quantity(
        "chance of a place to serve",
        "probability per year",
        Rule.HIGHEST,
        0.0,
        1.0,
        _home("service_place_prob"),
        concerns="grantee_share",
    ),
    "service_pay": Quantity(
        "pay of a place to serve relative to public pay",
        "ratio",
        Rule.HIGHEST,
        0.0,
        20.0,
        _home("service_pay"),
        concerns="grantee_share",
    ),
    "service_cost": Quantity(
        "cost of moving to a place to serve",
        "utility",
        Rule.ADD,
        -INFINITY,
        INFINITY,
        _home("service_cost"),
        concerns="grantee_share",
    ),
    "scholarship_share": Quantity(
        "share of students abroad on a bonded scholarship", "share", Rule.ADD, 0.0, 1.0, _own("scholarship_share")
    ),
    "scholarship_months": Quantity(
        "months of work at home that a bonded scholar owes",
        "months",
        Rule.HIGHEST,
        0.0,
        240.0,
        _home("obligation_months", SCHOLARSHIP),
        True,
        concerns="scholarship_share",
    ),
    "scholarship_repayment": Quantity(
        "sum a bonded scholar repays on breaking the obligation",
        "USD PPP",
        Rule.HIGHEST,
        0.0,
        1e10,
        _home("repayment", SCHOLARSHIP),
        True,
        concerns="scholarship_share",
    ),
    "scholarship_pursuit": Quantity(
        "chance that it is claimed with success",
        "probability",
        Rule.HIGHEST,
        0.0,
        1.0,
        _home("pursuit_prob", SCHOLARSHIP),
        concerns="scholarship_share",
    ),
    "reserve_places": Quantity(
        "places in the personnel reserve filled a year",
        "persons per year",
        Rule.ADD,
        0.0,
        INFINITY,
        _own("reserve_places_per_year"),
    ),
    "reserve_pay": Quantity(
        "pay in the personnel reserve over private pay",
        "ratio",
        Rule.REPLACE,
        0.01,
        20.0,
        _own("reserve_pay"),
        concerns="reserve_places",
    ),
    "reserve_merit": Quantity(
        "weight of ability against connections in choosing for the reserve",
        "share",
        Rule.REPLACE,
        0.0,
        1.0,
        _own("reserve_merit"),
        concerns="reserve_places",
    ),
    "reserve_age": Quantity(
        "age below which one may enter the reserve",
        "years",
        Rule.REPLACE,
        0.0,
        100.0,
        _own("reserve_age"),
        True,
        concerns="reserve_places",
    ),
    "reserve_months": Quantity(
        "months in the reserve",
        "months",
        Rule.REPLACE,
        0.0,
        240.0,
        _home("reserve_months"),
        True,
        concerns="reserve_places",
    ),
    "appointment_prob": Quantity(
        "chance of a public post after the reserve",
        "probability",
        Rule.REPLACE,
        0.0,
        1.0,
        _home("appointment_prob"),
        concerns="reserve_places",
    ),
    "posting_rate": Quantity(
        "posts abroad for a time, offered to a graduate at work of mean ability",
        "per year",
        Rule.ADD,
        0.0,
        100.0,
        _abroad("posting_rate"),
        by_permit=True,
    ),
    "posting_months": Quantity(
        "months that such a post lasts",
        "months",
        Rule.HIGHEST,
        0.0,
        240.0,
        _abroad("posting_months"),
        True,
        concerns="posting_rate",
        by_permit=True,
    ),
    "posting_repayment": Quantity(
        "sum owed by those who do not come back from it",
        "USD PPP",
        Rule.HIGHEST,
        0.0,
        1e10,
        _home("repayment", POSTING),
        True,
        concerns="posting_rate",
    ),
    "posting_pursuit": Quantity(
        "chance that it is claimed with success",
        "probability",
        Rule.HIGHEST,
        0.0,
        1.0,
        _home("pursuit_prob", POSTING),
        concerns="posting_rate",
    ),
    "offer_rate": Quantity(
        "job offers from abroad to a graduate of mean ability without ties there",
        "per year",
        Rule.MULTIPLY,
        0.0,
        500.0,
        _abroad("offer_rate"),
    ),
    "permit_prob": Quantity(
        "chance that an applicant wins a permit",
        "probability per application",
        Rule.MULTIPLY,
        0.0,
        1.0,
        _abroad("permit_prob"),
        by_permit=True,
    ),
    "permits_per_year": Quantity(
        "cap on permits for graduates of the home country",
        "persons per year",
        Rule.REPLACE,
        0.0,
        INFINITY,
        Path(Place.ABROAD, lambda paths, country: paths.permits_per_year[:, country]),
        by_permit=True,
    ),
    "post_study_months": Quantity(
        "months a graduate of a university there may stay without a work permit",
        "months",
        Rule.REPLACE,
        0.0,
        240.0,
        _abroad("post_study_months", 0),
        by_permit=True,
    ),
    "post_study_months_science": Quantity(
        "months a graduate of science or engineering may stay there without a work permit",
        "months",
        Rule.REPLACE,
        0.0,
        240.0,
        _abroad("post_study_months", 1),
        by_permit=True,
    ),
}


def combined(quantity: Quantity, base: np.ndarray, parts: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Return a path under several reforms, each its strength by month and its value at full strength.

    Months in which none has any strength keep the base path to the bit, and the order of the parts does not matter:
    they are added or multiplied by size.
    """
    strengths = np.array([strength for strength, _ in parts])
    if quantity.is_term:
        strengths = (strengths > 0.0).astype(float)
    values = np.array([value for _, value in parts])[:, None]
    if quantity.rule is Rule.ADD:
        path = base + np.sort(strengths * values, axis=0).cumsum(axis=0)[-1]
    elif quantity.rule is Rule.MULTIPLY:
        path = base * np.sort(1.0 + strengths * (values - 1.0), axis=0).cumprod(axis=0)[-1]
    elif quantity.rule is Rule.HIGHEST:
        path = (base + strengths * np.maximum(values - base, 0.0)).max(axis=0)
    else:
        path = _replaced(base, strengths, values)
    in_force = np.any(strengths > 0.0, axis=0)
    return np.where(in_force, np.clip(path, quantity.low, quantity.high), base)


def _replaced(base: np.ndarray, strengths: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the way from the base path to the level that is set; from no limit at all, a limit closes in on it."""
    chosen = strengths.argmax(axis=0)
    strength, value = strengths.max(axis=0), values[chosen, 0]
    finite = np.where(np.isfinite(base), base, 0.0)
    closing_in = value / np.where(strength > 0.0, strength, 1.0)
    return np.where(np.isfinite(base), finite + strength * (value - finite), closing_in)
