"""What looks implausible in a country that can be run: relations between its numbers, each with the reason for it.

None of these is an error.  They are there to find a wrong unit, a wrong row of a table or a digit too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from abm.parameters import Series
from abm.scenario import Scenario

__all__ = ["RELATIONS", "Doubt", "doubts"]

# all assumptions, wide enough for what countries have had
LARGEST_COHORT, SMALLEST_COHORT = 0.15, 0.005  # new graduates a year, of the stock
MOST_CANDIDATES = 0.1  # foreign specialists a year who consider coming, of the stock
MOST_STUDENTS = 1.0 / 3.0  # who begin studies abroad in a year, of new graduates at home
MOST_UNEMPLOYED = 0.4
LEAST_PAY, MOST_PAY = 50.0, 20_000.0  # USD (PPP) per month
MARKET_ABOVE_PPP = 1.6
FASTEST_GROWTH = 0.1  # of wages, per year
LARGEST_JUMP = 1.6  # of pay or of a stock, from one year to the next
FASTEST_TREND = 0.05  # of rule of law, index points a year
YEARS_AHEAD = 5


class Doubt(NamedTuple):
    """A value that looks implausible: the key, and a sentence that says why."""

    name: str
    sentence: str


def doubts(world: Scenario) -> list[Doubt]:
    """Return what looks implausible in a scenario."""
    return [doubt for find in RELATIONS for doubt in find(world)]


def _countries(world: Scenario, key: str) -> Iterator[tuple[str, Series]]:
    """Yield a series of home and of each destination, by its dotted name."""
    yield f"home.{key}", getattr(world.home, key)
    for name, destination in world.destinations:
        yield f"destinations.{name}.{key}", getattr(destination, key)


def _cohorts(world: Scenario) -> Iterator[Doubt]:
    share = world.education.graduates_per_year.values[-1] / world.home.graduates.values[-1]
    said = f"is {share:.1%} of home.graduates a year"
    if share > LARGEST_COHORT:
        reason = f"more than {LARGEST_COHORT:.0%} would double the stock within a few years: are these students?"
        yield Doubt("education.graduates_per_year", f"{said}; {reason}")
    elif share < SMALLEST_COHORT:
        reason = f"with less than {SMALLEST_COHORT:.1%} those who retire are not replaced: are three digits missing?"
        yield Doubt("education.graduates_per_year", f"{said}; {reason}")


def _diaspora(world: Scenario) -> Iterator[Doubt]:
    home = world.home.graduates.values[-1]
    abroad = sum(destination.diaspora.values[-1] for _, destination in world.destinations)
    if abroad > home:
        yield Doubt(
            "destinations.*.diaspora",
            f"add up to {abroad:,.0f}, more than the {home:,.0f} of home.graduates: graduates are asked for, not all "
            "who were born at home",
        )


def _students(world: Scenario) -> Iterator[Doubt]:
    cohort = world.education.graduates_per_year.values[-1]
    begin = sum(destination.students.values[-1] for _, destination in world.destinations)
    begin *= 12.0 / world.education.study_months
    if begin > MOST_STUDENTS * cohort:
        yield Doubt(
            "destinations.*.students",
            f"mean that {begin:,.0f} begin studies abroad in a year, more than a third of the {cohort:,.0f} of "
            "education.graduates_per_year: students straight from school are asked for",
        )


def _candidates(world: Scenario) -> Iterator[Doubt]:
    share = world.foreign_specialists.candidates_per_year / world.home.graduates.values[-1]
    if share > MOST_CANDIDATES:
        yield Doubt(
            "foreign_specialists.candidates_per_year",
            f"is {share:.0%} of home.graduates a year; more than {MOST_CANDIDATES:.0%} would make foreigners the most "
            "of all graduates: is this another country's number?",
        )


def _unemployment(world: Scenario) -> Iterator[Doubt]:
    for name, series in _countries(world, "unemployment"):
        if (highest := max(series.values)) > MOST_UNEMPLOYED:
            yield Doubt(name, f"is up to {highest:g}; graduates have hardly anywhere had more than {MOST_UNEMPLOYED:g}")


def _pay(world: Scenario) -> Iterator[Doubt]:
    for key in ("wage", "wage_market"):
        for name, series in _countries(world, key):
            if (lowest := min(series.values)) < LEAST_PAY:
                yield Doubt(
                    name, f"is {lowest:g} USD a month; below {LEAST_PAY:g} it may be pay by the hour or the day"
                )
            if (highest := max(series.values)) > MOST_PAY:
                yield Doubt(
                    name, f"is {highest:,.0f} USD a month; above {MOST_PAY:,.0f} it may be a year's pay, or no dollars"
                )


def _price_levels(world: Scenario) -> Iterator[Doubt]:
    pairs = zip(_countries(world, "wage_market"), _countries(world, "wage"), strict=True)
    for (name, market), (other, wage) in pairs:
        ratio = market.values[-1] / wage.values[-1]
        if ratio > MARKET_ABOVE_PPP:
            yield Doubt(
                name,
                f"is {ratio:.1f} times {other}; prices are nowhere so far above those of the United States: are the "
                "two exchanged, or is one of them in national money?",
            )


def _growth(world: Scenario) -> Iterator[Doubt]:
    rates = [("home.wage_growth", world.home.wage_growth)]
    rates += [(f"destinations.{name}.wage_growth", country.wage_growth) for name, country in world.destinations]
    for name, rate in rates:
        if rate > FASTEST_GROWTH:
            yield Doubt(
                name,
                f"is {rate:g} a year, for ever; no country kept up more than {FASTEST_GROWTH:g} in real terms for a "
                "generation: is inflation in it?",
            )


def _jumps(world: Scenario) -> Iterator[Doubt]:
    for key in ("wage", "wage_market"):
        for name, series in _countries(world, key):
            steps = list(zip(series.years, series.values, strict=True))
            for (before, low), (year, high) in zip(steps, steps[1:], strict=False):
                ratio = max(low, high) / min(low, high)
                if ratio > LARGEST_JUMP ** (year - before):
                    yield Doubt(
                        name,
                        f"goes from {low:g} in {before} to {high:g} in {year}: is this a change of unit or of source?",
                    )


def _trend(world: Scenario) -> Iterator[Doubt]:
    trend = world.home.rule_of_law.trend
    if abs(trend) > FASTEST_TREND:
        yield Doubt(
            "home.rule_of_law.trend",
            f"is {trend:g} index points a year, for ever; few countries kept up {FASTEST_TREND:g} for ten years",
        )


def _old_observations(world: Scenario) -> Iterator[Doubt]:
    start = int(world.start[:4])
    followed = ("home.graduates", "home.wage", "home.rule_of_law.observed", "education.graduates_per_year")
    for name in followed:
        series = world.get(name)
        if not series.is_constant and start - series.last_year > YEARS_AHEAD:
            yield Doubt(
                name,
                f"ends in {series.last_year}, but the run starts in {start}: what happens in more than {YEARS_AHEAD} "
                "years that nobody has observed is only carried on",
            )


def _more_simulated(world: Scenario) -> Iterator[Doubt]:
    persons = world.home.graduates.values[-1]
    if world.graduates > persons:
        yield Doubt(
            "graduates",
            f"is {world.graduates:,}, more than the {persons:,.0f} persons there are: are three digits missing?",
        )


RELATIONS: tuple[Callable[[Scenario], Iterator[Doubt]], ...] = (
    _cohorts,
    _diaspora,
    _students,
    _candidates,
    _unemployment,
    _pay,
    _price_levels,
    _growth,
    _jumps,
    _trend,
    _old_observations,
    _more_simulated,
)
