"""Kazakhstan: registered departures and where they go, what an incentive to return changes, and who breaks a bond."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.measures import GRADUATES
from abm.observations import simulate_observed
from abm.official import simulate_official
from abm.reforms import ReturnIncentive
from abm.scenario import Scenario
from abm.sweep.runner import Simulate, simulate_years
from experiments.predicting import nulls as null
from experiments.predicting.bench import Bench, Table, Task
from experiments.predicting.draws import Draws
from experiments.predicting.level import Figure, Level, levels, miss, shifted
from experiments.predicting.spread import CHOICE, FLOW, GRADUATE_FLOW, KNOWN, NO_MISFIT, NULL, REPEATS, SHARE, normals
from experiments.predicting.table import LAW_ZERO, NETWORK_OFF, Forecast, Quantity, Samples
from experiments.study.levers import TWO_YEARS
from experiments.study.observed import series
from experiments.study.since_2010 import FROM_2010

__all__ = ["FITTED", "YEARS", "departures", "forecasts", "incentives", "scholars"]

WITH_DOORS, WITHOUT_DOORS = "with dated doors", "without dated doors"
# which numbers a variant changes, and whether doors are in it; all but the first have a level of their own
CHANGES: Mapping[str, tuple[dict[str, float], bool]] = {
    WITH_DOORS: ({}, True),
    WITHOUT_DOORS: ({}, False),
    NETWORK_OFF: ({"decision.ties_weight": 0.0}, True),
    LAW_ZERO: ({"decision.rule_of_law_weight": 0.0}, True),
}
YEARS, FITTED, LAST = range(2020, 2026), range(2013, 2020), 2019  # the register has filled by 2013
FAR = {"Germany": ("germany",), "other destinations": ("united_states", "other_oecd")}
OECD = ("united_states", "germany", "other_oecd")
SCHOLARS, SCHOLARS_SINCE = (
    0.3,
    2014,
)  # of students abroad, so that there are enough to count; of degrees two years before
MORE_OFFERS = 5.0
REFORMS_FROM, FIRST_YEARS = "2026-01", range(2026, 2031)
PLANS: Mapping[str, tuple[ReturnIncentive, ...]] = {
    "no incentive": (),
    "two years' pay for any return, no offer needed": (ReturnIncentive(start=REFORMS_FROM, months_of_pay=TWO_YEARS),),
    "two years' pay for returning to a job offer": (
        ReturnIncentive(start=REFORMS_FROM, months_of_pay=TWO_YEARS, only_with_offer=True),
    ),
    "five times the job offers, no pay": (
        ReturnIncentive(start=REFORMS_FROM, months_of_pay=0.0, only_with_offer=True, offers=MORE_OFFERS),
    ),
    "two years' pay for returning to a job offer, five times the offers": (
        ReturnIncentive(start=REFORMS_FROM, months_of_pay=TWO_YEARS, only_with_offer=True, offers=MORE_OFFERS),
    ),
}
ONLY_AS_IT_IS: Mapping[str, tuple[ReturnIncentive, ...]] = {"": ()}
LARGER = 2  # times the graduates of a fit of levels, as flows of one register are few
THOUSAND = 1000.0


@dataclass(frozen=True)
class Part:
    """Some of the predictions of Kazakhstan: what is predicted, by which runs, and the nulls that need none.

    Parameters
    ----------
    quantities : sequence of Quantity
        What is predicted.
    changes : mapping
        Of the scenario, for these runs.
    simulate : callable
        Does a run.
    plans : mapping
        Reforms, by name; the series of all of a draw's plans are put side by side, those of a further plan under its
        name and a stroke.
    nulls : callable
        Returns the nulls of a quantity.
    variants : sequence of str
        Which of :data:`CHANGES` are run.
    """

    quantities: Sequence[Quantity]
    changes: Mapping[str, Any]
    simulate: Simulate
    nulls: Callable[[Quantity, Draws], Samples]
    plans: Mapping[str, tuple[ReturnIncentive, ...]]
    variants: Sequence[str]


def _at(table: Table, name: str, years: Sequence[int]) -> np.ndarray:
    return np.asarray(table[name], dtype=float)[np.searchsorted(table["year"], years)]


def _registered(table: Table, years: Sequence[int], countries: Sequence[str]) -> np.ndarray:
    """Return what home's register enters of graduates who leave for some countries."""
    found: np.ndarray = np.sum([_at(table, f"registered_to_{name}", years) for name in countries], axis=0)
    return found


def _share(table: Table, draw: int, countries: Sequence[str]) -> np.ndarray:
    every = _registered(table, YEARS, ("russia", *OECD))
    return np.asarray(_registered(table, YEARS, countries) / np.maximum(every, 1.0))


def departures(draws: Draws) -> Part:
    """Return registered departures of 2020-2025 and their destinations."""

    def graduates(table: Table, draw: int) -> np.ndarray:
        return _registered(table, YEARS, ("russia", *OECD)) / THOUSAND

    def everybody(table: Table, draw: int) -> np.ndarray:
        return np.asarray(graduates(table, draw) / draws.share_of_graduates(draw, YEARS))

    entered = "entered in home's register of departures in the year"
    of = functools.partial(Quantity, "Kazakhstan", years=YEARS)
    found = [
        of(
            "registered departures of graduates",
            f"graduates {entered}",
            f"{GRADUATES.word} a year",
            read=graduates,
            misfit=lambda y: GRADUATE_FLOW,
        ),
        of(
            "registered departures, all schooling",
            f"all ages and schooling, {entered}: graduates over their share, .27 since 2022, before that in proportion "
            "to their share of the people to the power kappa",
            f"{GRADUATES.word} a year",
            read=everybody,
            misfit=lambda y: FLOW,
        ),
    ]
    for name, countries in {"Russia": ("russia",), **FAR}.items():
        read = functools.partial(_share, countries=countries)
        found.append(
            of(
                f"share of registered departures to {name}",
                f"of graduates {entered}",
                "share",
                read=read,
                misfit=lambda y: SHARE,
            )
        )
    changes = {"end": "2025-12", "reforms_from": "2025-12"}
    return Part(found, changes, simulate_observed, _departure_nulls, ONLY_AS_IT_IS, tuple(CHANGES))


def _departure_nulls(quantity: Quantity, draws: Draws) -> Samples:
    """Return the number of 2019, as many of those at home, and what pay in dollars makes of them; the share of 2017."""
    if quantity.unit == "share":
        return _direction_nulls(quantity, draws)
    known, world = series("migration", "registered departures"), Scenario.load(FROM_2010)
    asked = [LAST, *YEARS]
    home, wage = (null.yearly_means(each, asked) for each in (world.home.graduates, world.home.wage_market))
    share = np.array([draws.share_of_graduates(draw, asked) for draw in range(len(draws))])
    if "graduates" not in quantity.name:
        share = np.ones_like(share)
    last = known[LAST] / THOUSAND
    counts = {
        "constant_number": {year: null.repeated(last * share[:, 0], len(draws)) for year in YEARS},
        "constant_rate": {
            year: null.repeated(last * home[k] / home[0] * share[:, 0], len(draws))
            for k, year in enumerate(YEARS, start=1)
        },
    }
    found = {name: null.walked(of, LAST, null.yearly_change()) for name, of in counts.items()}
    follows = null.departures_on_wage()
    mean_wage = np.log(null.yearly_means(world.home.wage_market, null.ON_WAGE)).mean()
    mean_log = np.log([known[year] for year in null.ON_WAGE]).mean() - np.log(THOUSAND)
    found["usd_wage"] = {
        year: (
            share[:, [k]]
            * np.exp(
                mean_log
                + follows.draws(len(draws)) * (np.log(wage[k]) - mean_wage)
                + follows.residual * normals(NULL, len(draws), REPEATS, year)
            )
        ).ravel()
        for k, year in enumerate(YEARS, start=1)
    }
    return found


def _direction_nulls(quantity: Quantity, draws: Draws) -> Samples:
    """Return the share that went to the Commonwealth of Independent States in 2017, all ages and schooling."""
    if "Russia" not in quantity.name:
        return {}
    known, cis = (
        series("migration", "registered departures"),
        series("migration", "departures to the Commonwealth of Independent States"),
    )
    half = series("migration", "share of departures to the Commonwealth of Independent States, January-July")
    seen = {**half, **{year: cis[year] / known[year] for year in cis}}
    years = sorted(seen)
    logits = np.log([seen[year] / (1.0 - seen[year]) for year in years])
    yearly = float(np.sqrt(np.mean(np.diff(logits) ** 2 / np.diff(years))))
    found = {
        year: 1.0
        / (1.0 + np.exp(-logits[-1] - yearly * np.sqrt(year - years[-1]) * normals(NULL, len(draws), REPEATS, year)))
        for year in YEARS
    }
    return {"constant_number": (same := {year: each.ravel() for year, each in found.items()}), "constant_rate": same}


def incentives() -> Part:
    """Return by how much an incentive changes how many come home in its first five years."""
    base, *offers = PLANS

    def change(table: Table, draw: int, plan: str) -> np.ndarray:
        came = [
            sum(_at(table, f"{begins}{name}", FIRST_YEARS).sum() for name in ("returns", "students_home"))
            for begins in ("", f"{plan}/")
        ]
        return np.array([came[1] / max(came[0], 1.0) - 1.0])

    definition = (
        "graduates who come home, students with a new degree among them, over 2026-2030 under the incentive from 2026, "
        "over those without it, less one; pay is home's mean graduate pay at the time"
    )
    found = [
        Quantity(
            "Kazakhstan",
            f"change of return: {plan}",
            definition,
            "relative change",
            (2030,),
            functools.partial(change, plan=plan),
            lambda y: NO_MISFIT,
        )
        for plan in offers
    ]
    nothing = dict.fromkeys(("constant_number", "constant_rate"), {2030: np.zeros(1)})
    changes = {"end": "2030-12", "reforms_from": REFORMS_FROM}
    return Part(found, changes, simulate_years, lambda quantity, draws: nothing, PLANS, (WITH_DOORS,))


def scholars() -> Part:
    """Return who of bonded scholars has not come home two years after the degree."""
    years = range(SCHOLARS_SINCE, 2026)

    def away(table: Table, draw: int) -> np.ndarray:
        of, still = (
            sum(_at(table, f"scholars_{what}_{name}", years).sum() for name in OECD) for what in ("of", "away_from")
        )
        return np.array([still / max(of, 1.0)])

    quantity = Quantity(
        "Kazakhstan",
        "non-return of bonded scholars",
        "of scholars with a first degree of 2012-2023 in the OECD who owe five years of work at home or else their "
        "bond, the share who have not come home two years after the degree",
        "share",
        (2025,),
        away,
        lambda y: CHOICE,
    )
    changes = {"end": "2025-12", "reforms_from": "2025-12", "education.scholarship_share": SCHOLARS}
    return Part(
        [quantity],
        changes,
        simulate_official,
        lambda quantity, draws: {},
        ONLY_AS_IT_IS,
        (WITH_DOORS, NETWORK_OFF, LAW_ZERO),
    )


def forecasts(bench: Bench, draws: Draws, parts: Sequence[Part], size: tuple[int, int]) -> list[dict[str, Forecast]]:
    """Return the runs of each part by variant.

    Parameters
    ----------
    bench : Bench
        Where they are done.
    draws : Draws
        Of the posterior.
    parts : sequence of Part
        What they are for; those of no variant but the first are run as calibrated only.
    size : tuple of int
        Simulated graduates when levels are fitted, half of those of a prediction; and runs of each draw.
    """
    base = Scenario.load(FROM_2010).replace({"graduates": size[0]})
    found: list[dict[str, Forecast]] = [{} for _ in parts]
    for variant, (changes, doors) in CHANGES.items():
        said = [each | changes for each in draws.kazakhstan(base, doors=doors)]
        fitted = _levels(bench, draws, [base.replace(each) for each in said], variant) if variant != WITH_DOORS else []
        shifts = [level.shift for level in fitted] or [0.0] * len(draws)
        counts = draws.n_parameters(doors=doors) + bool(fitted), draws.n_doors() if doors else 0
        for part, of_part in zip(parts, found, strict=True):
            if variant not in part.variants:
                continue
            changed = {"graduates": LARGER * size[0]} | dict(part.changes)
            worlds = [shifted(base.replace(each | changed), shift) for each, shift in zip(said, shifts, strict=True)]
            of_part[variant] = Forecast(_runs(bench, part, worlds, variant, size[1]), fitted, *counts)
    return found


def _levels(bench: Bench, draws: Draws, worlds: Sequence[Scenario], variant: str) -> list[Level]:
    """Return the level of each draw in a variant: the mean of registered departures of graduates since 2013."""
    known = series("migration", "registered departures")
    counts = np.array([known[year] for year in FITTED])

    def read(table: Table, draw: int) -> float:
        entered = _registered(table, FITTED, ("russia", *OECD))
        observed = counts * draws.share_of_graduates(draw, FITTED)
        return float(np.exp(np.mean(np.log(np.maximum(entered, 1.0) / observed))))

    figures = [Figure("registered departures of graduates, 2013-2019, over those observed", 1.0, 0.12, read)]
    scores = normals(KNOWN, len(draws), year=9)
    short = [world.replace({"end": "2019-12", "reforms_from": "2019-12"}) for world in worlds]

    def missed(table: Table, draw: int) -> float:
        return miss(table, figures, scores[draw], draw)

    return levels(bench, short, missed, simulate_observed, f"Kazakhstan {variant}", 1)


def _runs(bench: Bench, part: Part, worlds: Sequence[Scenario], variant: str, n_seeds: int) -> list[list[Table]]:
    """Return a table for each draw and seed, with the series of all plans."""
    plans = list(part.plans.items())
    tasks = [
        Task(f"Kazakhstan {variant}, draw {k}, run {r}, {plan}", world, 1 + k + r * len(worlds), reforms)
        for k, world in enumerate(worlds)
        for r in range(n_seeds)
        for plan, reforms in plans
    ]
    tables = bench.tables(tasks, part.simulate)
    joined: list[Table] = []
    for first in range(0, len(tables), len(plans)):
        table = dict(tables[first])
        for (plan, _), other in zip(plans[1:], tables[first + 1 : first + len(plans)], strict=True):
            table |= {f"{plan}/{name}": values for name, values in other.items()}
        joined.append(table)
    return [joined[k * n_seeds : (k + 1) * n_seeds] for k in range(len(worlds))]
