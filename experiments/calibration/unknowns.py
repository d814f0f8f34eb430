"""What nobody knows of Kazakhstan since 2010: each unknown with its prior, and the scenario values that it becomes.

An unknown is drawn as a standard normal score (where it stands in its prior), so that designs, samplers and emulators
share one space; its value is the quantile of the prior there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import experiments
from experiments.study.priors import read_priors

__all__ = ["KAPPA", "LAG", "PRIORS", "Unknown", "columns", "fitted", "unknowns", "values"]

PRIORS = Path(experiments.__file__).parent.parent / "results" / "prior" / "priors.csv"
LAW, INCOME, HOME_INCOME = "decision.rule_of_law_weight", "decision.income_weight", "decision.home_income_weight"
KAPPA, LAG = "observation.kappa", "destinations.russia.registration_years"
FAR = ("united_states", "germany", "other_oecd")
EVERYWHERE = ("russia", *FAR)


@dataclass(frozen=True)
class Unknown:
    """A number that nobody knows.

    Parameters
    ----------
    name : str
        What it is called in tables: the parameter's own name where there is one.
    law, moments : str and tuple of float
        Its prior: ``uniform`` or ``log-uniform`` (ends), ``normal`` (mean, standard deviation), ``gamma`` (shape,
        scale), ``beta`` (two shapes, and what the share is divided by) or ``half`` (0 with probability one half, else
        uniform up to the end).
    source : str
        Where the prior comes from.
    becomes : sequence of str
        The scenario parameters that it is the value of; left out, the one of its name.  A name that ends in `` x``
        multiplies what the scenario states.
    times : str
        An unknown that its value is multiplied by.
    fitted : bool
        Whether what was observed can say anything of it; else it is drawn from its prior.
    """

    name: str
    law: str
    moments: tuple[float, ...]
    source: str
    becomes: Sequence[str] = ()
    times: str = ""
    fitted: bool = True

    @property
    def short(self) -> str:
        """Return the name in figures: without the path that no other needs to be told apart by."""
        parts = self.name.removeprefix("decision.").removeprefix("observation.").split(".")
        return " ".join([*parts[1:-1], parts[-1]] if parts[0] in ("destinations", "groups") else parts).replace(
            "_", " "
        )

    @property
    def parameters(self) -> Sequence[str]:
        """Return the columns of a posterior that hold its value."""
        return self.becomes or (self.name,)

    def quantile(self, share: np.ndarray) -> np.ndarray:
        """Return the values that shares of the prior lie below."""
        from scipy import stats

        first = self.moments[0]
        if self.law == "uniform":
            return np.asarray(first + share * (self.moments[1] - first))
        if self.law == "log-uniform":
            return np.asarray(first * (self.moments[1] / first) ** share)
        if self.law == "normal":
            return np.asarray(stats.norm(*self.moments).ppf(share))
        if self.law == "gamma":
            return np.asarray(stats.gamma(first, scale=self.moments[1]).ppf(share))
        if self.law == "beta":
            return np.asarray(stats.beta(*self.moments[:2]).ppf(share) / self.moments[2])
        if self.law == "half":
            return np.maximum(2.0 * share - 1.0, 0.0) * first
        raise ValueError(f"{self.name} has the law '{self.law}', which is none of those that are known")

    @property
    def said(self) -> str:
        """Return the prior as tables print it."""
        numbers = [f"{number:g}" for number in self.moments]
        if self.law == "half":
            return f"0 or, as likely, U(0, {numbers[0]})"
        over = f" / {numbers[2]}" if self.law == "beta" and self.moments[2] != 1.0 else ""
        return f"{self.law}({', '.join(numbers[:2])}){over}"


def _at(places: Sequence[str], what: str) -> tuple[str, ...]:
    return tuple(f"destinations.{place}.{what}" for place in places)


def _weights() -> list[Unknown]:
    found = read_priors(PRIORS)
    law, home = found[LAW], found[HOME_INCOME]
    return [
        Unknown(LAW, "gamma", (law.shape, law.scale), "results/prior: over the weight of income", times=INCOME),
        Unknown(HOME_INCOME, "gamma", (home.shape, home.scale), "results/prior"),
    ]


@functools.cache
def unknowns() -> tuple[Unknown, ...]:
    """Return all unknowns, those that are fitted first."""
    by_hand = "assumption: the cost was set once by hand to the order of departures; s.d. .8 is a factor of 2.2"
    door = "assumption: a known rule of unknown effect, as likely to open as to shut"
    stay = "assumption: around the values that were set by hand for the lottery's years"
    costs = {"russia": 7.6, "germany": 7.1, "other_oecd": 6.3, "united_states": 6.6}
    return (
        *_weights(),
        Unknown(INCOME, "uniform", (0.5, 1.5), "assumption: one, by half more or less"),
        Unknown("decision.ties_weight", "uniform", (0.1, 0.5), "assumption: as in the portfolio's draws"),
        Unknown("decision.return_cost", "uniform", (1.5, 3.5), "assumption: as in the portfolio's draws"),
        Unknown("decision.income_memory_years", "uniform", (1.0, 5.0), "assumption: movers see a mean of some years"),
        Unknown("decision.planning_horizon", "log-uniform", (1.0, 25.0), "assumption: a year to half a career"),
        *(Unknown(f"destinations.{key}.moving_cost", "normal", (at, 0.8), by_hand) for key, at in costs.items()),
        Unknown(
            "years of the diaspora in the OECD x",
            "log-uniform",
            (0.7, 3.0),
            "assumption: how long those of 2010 had been there is stated by nobody",
            becomes=_at(FAR, "diaspora_years x"),
        ),
        Unknown("groups.slavs.share x", "beta", (29.0, 87.0, 0.25), "assumption: .25 of graduates, s.d. .04"),
        Unknown(
            "groups.slavs.destinations.russia.affinity",
            "normal",
            (3.6, 0.5),
            "assumption: departures 67 times as frequent as among Kazakhs, s.d. .5 in the log",
        ),
        Unknown(
            "groups.slavs.destinations.russia.rule_of_law_weight",
            "half",
            (1.0,),
            "assumption: what draws kin is no index, as likely as not",
        ),
        Unknown(
            "groups.germans.destinations.germany.affinity",
            "normal",
            (4.9, 0.7),
            "assumption: 1.9 % of them leave a year",
        ),
        Unknown("destinations.united_states.sponsor_prob_bachelor", "uniform", (0.05, 0.6), stay),
        Unknown("destinations.united_states.sponsor_prob_master", "uniform", (0.4, 1.0), stay),
        Unknown("destinations.united_states.exempt_share_doctorate", "uniform", (0.1, 0.9), stay),
        Unknown("destinations.russia.doors.compatriots_programme.offset", "normal", (0.0, 0.25), door),
        Unknown("destinations.russia.doors.native_speakers_and_union.offset", "normal", (0.0, 0.25), door),
        Unknown("destinations.germany.doors.resettlers.weight", "normal", (0.0, 0.25), door),
        Unknown("destinations.russia.registration_prob", "beta", (22.0, 3.0, 1.0), "assumption: around .88"),
        Unknown(
            "registration far away",
            "uniform",
            (0.08, 0.30),
            "assumption: who goes far is seldom entered",
            becomes=_at(FAR, "registration_prob"),
        ),
        Unknown(
            "registration years",
            "uniform",
            (0.5, 3.0),
            "assumption: half a year to three",
            becomes=_at(EVERYWHERE, "registration_years"),
        ),
        Unknown(KAPPA, "uniform", (0.0, 1.0), "assumption: how far graduates' share of departures follows their stock"),
        Unknown(
            "beliefs.credibility_start", "uniform", (0.1, 0.5), "assumption: as in the portfolio's draws", fitted=False
        ),
        Unknown(
            "labour.posts_elasticity_private",
            "uniform",
            (0.5, 1.0),
            "assumption: as in the portfolio's draws",
            fitted=False,
        ),
        Unknown(
            "labour.wage_elasticity", "uniform", (-0.1, 0.4), "assumption: as in the portfolio's draws", fitted=False
        ),
    )


def fitted() -> tuple[Unknown, ...]:
    """Return the unknowns that what was observed can say something of."""
    return tuple(one for one in unknowns() if one.fitted)


def values(scores: np.ndarray, of: Sequence[Unknown]) -> np.ndarray:
    """Return the values of unknowns at standard normal scores, both with a row for each point.

    What is multiplied by another is multiplied.
    """
    from scipy.special import ndtr

    shares = ndtr(scores)
    found = np.column_stack([one.quantile(share) for one, share in zip(of, shares.T, strict=True)])
    names = [one.name for one in of]
    times = [(place, names.index(one.times)) for place, one in enumerate(of) if one.times]
    for place, other in times:
        found[:, place] *= found[:, other]
    return found


def columns(points: np.ndarray, of: Sequence[Unknown]) -> dict[str, np.ndarray]:
    """Return the values of unknowns by the columns of a posterior: one for each scenario parameter."""
    return {parameter: column for one, column in zip(of, points.T, strict=True) for parameter in one.parameters}
