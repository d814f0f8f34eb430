"""Turkey, Georgia and Ireland: Kazakhstan's behaviour, draw by draw, and a level fitted to what came before."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from abm.measures import GRADUATES
from abm.official import simulate_official
from abm.scenario import Scenario
from experiments.predicting import nulls as null
from experiments.predicting.bench import Bench, Table, Task
from experiments.predicting.draws import Draws
from experiments.predicting.level import Figure, Level, levels, miss, shifted
from experiments.predicting.spread import FLOW, KNOWN, STOCK, normals, ratio_misfit
from experiments.predicting.table import AS_IT_IS, LAW_ZERO, NETWORK_OFF, Forecast, Quantity, Samples
from experiments.study.observed import series

__all__ = ["COUNTRIES", "VARIANTS", "forecast"]

VARIANTS = {
    AS_IT_IS: {},
    NETWORK_OFF: {"decision.ties_weight": 0.0},
    LAW_ZERO: {"decision.rule_of_law_weight": 0.0},
}
IN_OECD = ("greece", "germany", "united_states")  # of Georgia's destinations
OF_AGE = 0.9  # of graduates from Georgia in the OECD, of working age (ge-diaspora)
GRADUATES_AMONG_NATIONALS = 0.4  # of those who leave Ireland, and come back (ie-departures, assumption)
ARRIVE = "graduates who arrive in the OECD, mean of five years"
SHARE = "share abroad of home graduates of six to fifteen years before"
LEAVE_GEORGIA, LEAVE_IRELAND = "graduates who leave, mean of five years", "graduates who leave, mean of two years"
THOUSAND = 1000.0


@dataclass(frozen=True)
class History:
    """A country whose history is predicted.

    Parameters
    ----------
    scenario, country : str
        The scenario's name and the country's.
    fitted_until : str
        The last month of what its level is fitted to.
    figures : sequence of Figure
        What that is.
    quantities : sequence of Quantity
        What is predicted.
    nulls : callable
        Returns the nulls of a quantity, given how many draws there are.
    """

    scenario: str
    country: str
    fitted_until: str
    figures: Sequence[Figure]
    quantities: Sequence[Quantity]
    nulls: Callable[[Quantity, int], Samples]


def _at(table: Table, name: str, years: Sequence[int]) -> np.ndarray:
    """Return a series in some years."""
    return np.asarray(table[name], dtype=float)[np.searchsorted(table["year"], years)]


def _known(name: str, country: str, year: int) -> float:
    return series("histories", name, country)[year]


# Turkey


def _share(table: Table, draw: int, years: Sequence[int]) -> np.ndarray:
    return _at(table, "home_degrees_abroad", years) / np.maximum(_at(table, "home_degrees", years), 1.0)


def _arrivals(table: Table, draw: int) -> float:
    years = range(2011, 2016)
    return float((_at(table, "emigrants", years) + _at(table, "students_staying", years)).mean())


def _turkey_nulls(quantity: Quantity, n_draws: int) -> Samples:
    """Return a share that stays; as many abroad of cohorts that grow; and the share that pay of ten years makes."""
    years, known, yearly = list(quantity.years), _known(SHARE, "Turkey", 2015), null.stock_change(2010)
    world = Scenario.load("turkey")
    cohorts = null.yearly_means(world.education.graduates_per_year, range(2000, 2020))
    asked = np.array([cohorts[year - 15 - 2000 : year - 5 - 2000].sum() for year in (2015, *years)])
    wage = null.yearly_means(world.home.wage_market, range(2005, 2025))
    past = np.array([np.log(wage[year - 9 - 2005 : year + 1 - 2005]).mean() for year in (2015, *years)])
    elasticity = null.departures_on_wage().draws(n_draws)
    same = null.repeated(known, n_draws)
    found = {
        "constant_number": {year: same * asked[0] / asked[k] for k, year in enumerate(years, start=1)},
        "constant_rate": dict.fromkeys(years, same),
        "usd_wage": {year: same * np.exp(elasticity * (past[k] - past[0])) for k, year in enumerate(years, start=1)},
    }
    return {name: null.walked(of, 2015, yearly) for name, of in found.items()}


TURKEY = History(
    "turkey",
    "Turkey",
    "2015-12",
    (
        # the run has degrees since 2005 only, of the last ten years half
        Figure(
            SHARE,
            _known(SHARE, "Turkey", 2015),
            0.2,
            lambda t, d: float(_share(t, d, [2015])[0]),
            "turkstat-brain-drain",
        ),
        # of all who were born there, in destinations that report the length of stay
        Figure(ARRIVE, _known(ARRIVE, "Turkey", 2015), 0.3, _arrivals, "tr-arrivals"),
    ),
    (
        Quantity(
            "Turkey",
            "share of home graduates abroad",
            "of those with a first degree of 6 to 15 years before from a university at home, who lives abroad and "
            "has for three years, at the end of the year (the statistic: citizens, abroad for three of five years)",
            "share",
            range(2016, 2025),
            functools.partial(_share, years=range(2016, 2025)),
            lambda year: STOCK,
        ),
    ),
    _turkey_nulls,
)


# Georgia

GEORGIA_YEARS = (2005, 2010, 2015)


def _abroad(table: Table, years: Sequence[int]) -> np.ndarray:
    """Return Georgia's graduates in the OECD, of all ages."""
    return np.sum([_at(table, f"graduates_in_{name}", years) for name in IN_OECD], axis=0) / OF_AGE


def _rate(table: Table, draw: int, years: Sequence[int]) -> np.ndarray:
    abroad = _abroad(table, years)
    return np.asarray(abroad / (abroad + _at(table, "graduates_at_home", years)))


def _relative_rate(table: Table, draw: int, years: Sequence[int]) -> np.ndarray:
    rates = _rate(table, draw, (2000, *years))
    return np.asarray(rates[1:] / rates[0])


def _leave_for_oecd(table: Table, draw: int) -> float:
    years = (2000, 2001)
    return float(np.sum([_at(table, f"emigrants_to_{name}", years).mean() for name in IN_OECD]))


def _georgia_nulls(quantity: Quantity, n_draws: int) -> Samples:
    """Return stock and rate of 2000 carried on, the flow of 1995-2000 carried on, and that flow as pay makes it."""
    world, years = Scenario.load("georgia"), list(quantity.years)
    home, rate = float(world.home.graduates.values[0]), EMIGRATION_RATE_2000
    stock, flow = rate / (1.0 - rate) * home, _known(LEAVE_GEORGIA, "Georgia", 2000)
    wage = np.log(null.yearly_means(world.home.wage_market, range(2000, 2016)))
    elasticity = null.departures_on_wage().draws(n_draws)
    by_wage = np.cumsum(np.exp(elasticity[..., None] * (wage[1:] - wage[0])), axis=-1)
    stocks = {
        "constant_number": {year: null.repeated(stock, n_draws) for year in years},
        "constant_rate": {year: null.repeated(stock, n_draws) for year in years},
        "carried_on": {year: null.repeated(stock + flow * (year - 2000), n_draws) for year in years},
        "usd_wage": {year: stock + flow * by_wage[..., year - 2001] for year in years},
    }
    off = {name: null.walked(of, 2000, null.stock_change(2000)) for name, of in stocks.items()}

    def said(abroad: np.ndarray) -> np.ndarray:
        if quantity.name == GRADUATES_IN_OECD:
            return abroad / THOUSAND
        share = abroad / (abroad + home)
        return np.asarray(share / rate if quantity.unit == "ratio" else share)

    return {name: {year: said(each) for year, each in of.items()} for name, of in off.items()}


EMIGRATION_RATE_2000 = 0.06355  # iab, of the high-skilled in 2000, from which the scenario begins
GRADUATES_IN_OECD = "graduates in the OECD"
RATE = (
    "emigrants among all tertiary-educated aged 25 and over, in the OECD: those in the model's three destinations "
    "there, of all ages (a tenth is past working age), over them and who is at home, whose number in 2000 is assumed"
)
GEORGIA = History(
    "georgia",
    "Georgia",
    "2001-12",
    (Figure(LEAVE_GEORGIA, _known(LEAVE_GEORGIA, "Georgia", 2000), 0.3, _leave_for_oecd, "ge-departures"),),
    (
        Quantity(
            "Georgia",
            "emigration rate",
            RATE,
            "share",
            GEORGIA_YEARS,
            functools.partial(_rate, years=GEORGIA_YEARS),
            lambda year: STOCK,
        ),
        Quantity(
            "Georgia",
            "emigration rate, relative to 2000",
            RATE + "; over that of 2000",
            "ratio",
            GEORGIA_YEARS,
            functools.partial(_relative_rate, years=GEORGIA_YEARS),
            lambda year: STOCK,
        ),
        Quantity(
            "Georgia",
            GRADUATES_IN_OECD,
            "born in Georgia, with tertiary education, in the OECD without Russia, of all ages, at the end of the year",
            GRADUATES.word,
            (2015,),
            lambda table, draw: _abroad(table, (2015,)) / THOUSAND,
            lambda year: STOCK,
        ),
    ),
    _georgia_nulls,
)


# Ireland

IRELAND_YEARS = range(2008, 2025)
LEFT, CAME = "left_to_april", "came_to_april"


def _index(table: Table, draw: int, name: str) -> np.ndarray:
    flow = _at(table, name, IRELAND_YEARS)
    return np.asarray(flow[1:] / max(flow[0], 1.0))


def _level(table: Table, draw: int, name: str, share: float) -> np.ndarray:
    return np.asarray(_at(table, name, IRELAND_YEARS) / share / THOUSAND)


def _leave_ireland(table: Table, draw: int) -> float:
    years = (2006, 2007)
    return float((_at(table, "emigrants", years) + _at(table, "students_staying", years)).mean())


def _ireland_nulls(quantity: Quantity, n_draws: int) -> Samples:
    """Return as many as before, as many of those at home, and as pay has it; of who comes back but the first."""
    years, world = list(quantity.years), Scenario.load("ireland")
    is_index, leaves = quantity.unit == "ratio", "leav" in quantity.name
    since = years[0] - 1 if is_index else 2007
    if not is_index and not leaves:
        return {}  # no figure before 2008 is known of who came back
    all_of = 1.0 if "graduate" in quantity.name else GRADUATES_AMONG_NATIONALS
    first = 1.0 if is_index else _known(LEAVE_IRELAND, "Ireland", 2007) / all_of / THOUSAND
    home = null.yearly_means(world.home.graduates, [since, *years])
    wage = np.log(null.yearly_means(world.home.wage_market, [since, *years]))
    elasticity = null.departures_on_wage().draws(n_draws)
    found = {"constant_number": {year: null.repeated(first, n_draws) for year in years}}
    if leaves:
        found["constant_rate"] = {
            year: null.repeated(first * home[k] / home[0], n_draws) for k, year in enumerate(years, start=1)
        }
        found["usd_wage"] = {
            year: first * np.exp(elasticity * (wage[k] - wage[0])) for k, year in enumerate(years, start=1)
        }
    return {name: null.walked(of, since, null.yearly_change()) for name, of in found.items()}


def _irish(what: str, flow: str) -> list[Quantity]:
    """Return the quantities of one direction: an index, graduates, and all nationals by a stated share of graduates."""
    year_to_april = "in the twelve months to April of the year"
    return [
        Quantity(
            "Ireland",
            f"nationals {what}, index",
            f"graduates {what} {year_to_april}, over those of 2008; nationals are taken to move alike",
            "ratio",
            IRELAND_YEARS[1:],
            functools.partial(_index, name=flow),
            lambda year: ratio_misfit(IRELAND_YEARS[0]),
        ),
        Quantity(
            "Ireland",
            f"graduate nationals {what}",
            f"graduates {what} {year_to_april}",
            f"{GRADUATES.word} a year",
            IRELAND_YEARS,
            functools.partial(_level, name=flow, share=1.0),
            lambda year: FLOW,
        ),
        Quantity(
            "Ireland",
            f"nationals {what}",
            f"nationals of all schooling {what} {year_to_april}: graduates over their share, "
            f"{GRADUATES_AMONG_NATIONALS:g} (assumed)",
            f"{GRADUATES.word} a year",
            IRELAND_YEARS,
            functools.partial(_level, name=flow, share=GRADUATES_AMONG_NATIONALS),
            lambda year: FLOW,
        ),
    ]


IRELAND = History(
    "ireland",
    "Ireland",
    "2007-12",
    (
        # a third of all who left, and two fifths of these, are assumed
        Figure(LEAVE_IRELAND, _known(LEAVE_IRELAND, "Ireland", 2007), 0.3, _leave_ireland, "ie-departures"),
    ),
    [*_irish("leaving", LEFT), *_irish("returning", CAME)],
    _ireland_nulls,
)
COUNTRIES = (TURKEY, GEORGIA, IRELAND)


def forecast(bench: Bench, draws: Draws, history: History, variant: str, size: tuple[int, int]) -> Forecast:
    """Return the runs of a country's draws at their levels.

    Parameters
    ----------
    bench : Bench
        Where they are done.
    draws : Draws
        Of the posterior.
    history : History
        The country.
    variant : str
        Which of :data:`VARIANTS`.
    size : tuple of int
        Simulated graduates, and runs of each draw.
    """
    graduates, n_seeds = size
    base = Scenario.load(history.scenario).replace({"graduates": graduates})
    worlds = [base.replace(said | VARIANTS[variant]) for said in draws.behaviour(base)]
    short = [world.replace({"end": history.fitted_until}) for world in worlds]
    scores = np.stack([normals(KNOWN, len(draws), year=k)[:, 0] for k in range(len(history.figures))], axis=1)

    def missed(table: Table, draw: int) -> float:
        return miss(table, history.figures, scores[draw], draw)

    name = f"{history.country} {variant or 'as it is'}"
    found: list[Level] = levels(bench, short, missed, simulate_official, name, 1)
    tasks = [
        Task(f"{name}, draw {k}, run {r}", shifted(worlds[k], level.shift), 1 + k + r * len(draws))
        for k, level in enumerate(found)
        for r in range(n_seeds)
    ]
    tables = bench.tables(tasks, simulate_official)
    by_draw = [tables[k * n_seeds : (k + 1) * n_seeds] for k in range(len(draws))]
    return Forecast(by_draw, found, draws.n_parameters(behaviour=True, doors=False) + 1, 0)
