"""The measures: every series that the accounts hand out, declared once, with its meaning, unit and kind.

Accounts, Mesa's data collector, tables, figures, page, export and documentation ask here what a series is called, what
it counts and how it is printed.  A new measure is one declaration here and the line of ``accounts.py`` that computes
it.  Over replicates every measure is averaged, with the interval of :func:`abm.analysis.effects.mean_interval`.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from abm.codes import SECTORS
from abm.measuring import AT_END, FLOW, LEVEL, MEAN, RATE, STOCK, WINDOWS, Measure, MeasureError, Unit

# what a measure is, and the windows and kinds there are, are asked for here too
__all__ = [
    "AT_END",
    "CAPITAL",
    "FLOW",
    "GRADUATES",
    "MEASURES",
    "MONEY",
    "RATE",
    "STOCK",
    "WINDOWS",
    "Measure",
    "MeasureError",
    "columns",
    "in_documentation",
    "known_among",
    "measure",
    "monthly",
]


def _counted(what: str) -> Unit:
    """Return the unit of a number of many, printed in thousands."""
    return Unit(what, short="thousands", word="thousand", divide_by=1000.0)


def _share(whole: str, short: str = "") -> Unit:
    """Return the unit of a share of something, printed in per cent of it."""
    return Unit("share", printed=f"% of {whole}", short=short, word="percentage points", divide_by=0.01)


def _per_thousand(where: str) -> Unit:
    """Return the unit of a rate per person-year, printed per thousand persons and year."""
    printed, short = f"per 1,000 graduates {where}", f"per 1,000 {where}"
    return Unit("per person-year", printed=printed, short=short, word="per 1,000", divide_by=0.001)


GRADUATES, POSTS, CASES = _counted("graduates"), _counted("posts"), _counted("persons")
CAPITAL = dataclasses.replace(GRADUATES, name="units of human capital", said="mean new graduates' worth", printed="")
INDEX = Unit("RL.EST index points")
DEVIATIONS = Unit("standard deviations", short="sd")
MONEY = Unit("USD", word="million", divide_by=1e6)


def _stock(name: str, label: str, meaning: str, unit: Unit = GRADUATES, **more: Any) -> Measure:
    return Measure(name=name, label=label, meaning=meaning, unit=unit, kind=STOCK, **more)


def _flow(name: str, label: str, meaning: str, unit: Unit = GRADUATES, **more: Any) -> Measure:
    return Measure(name=name, label=label, meaning=meaning, unit=unit, kind=FLOW, **more)


def _level(name: str, label: str, meaning: str, unit: Unit, **more: Any) -> Measure:
    return Measure(name=name, label=label, meaning=meaning, unit=unit, kind=LEVEL, **more)


def _ability(name: str, label: str, of_whom: str, **more: Any) -> Measure:
    meaning = f"mean ability of {of_whom} (0: that of all new graduates); 0 where there is nobody"
    return Measure(name=name, label=label, meaning=meaning, unit=DEVIATIONS, kind=MEAN, **more)


GAIN_WINDOWS = ("cumulative", "yearly", "last years")
STOCK_WINDOWS = ("mean", AT_END)
# of whom the yearly table says how able they are on average
MOVERS = {"emigrants": "those who leave", "returns": "those who come home", "foreign_arrivals": "foreign arrivals"}

# in the order of the columns; neighbours that are there by the same thing alternate, country by country
MEASURES = (
    _stock(
        "graduates_at_home",
        "graduates at home",
        "graduates who work or look for work at home, foreign specialists too",
        effects=STOCK_WINDOWS,
        tabled=AT_END,
        view="stocks",
    ),
    _stock("graduates_abroad", "graduates abroad", "graduates who work or look for work abroad", view="stocks"),
    _stock(
        "students_abroad",
        "students abroad",
        "those who study abroad for a first degree",
        _counted("students"),
        view="stocks",
    ),
    _stock(
        "graduates_in_{country}",
        "graduates in {country}",
        "graduates who work or look for work in a destination",
        by="country",
    ),
    _flow("new_graduates", "new graduates", "home-educated newcomers"),
    _flow("new_retirements", "retirements", "those who retire, at home and abroad"),
    _flow("deaths", "deaths", "those who die, at home and abroad, students and the retired too", CASES),
    _flow("service_owed", "service owed", "graduates who come to owe service in a region", CASES),
    _flow("service_begun", "service begun", "graduates who begin the service they owe", CASES),
    _flow("service_met", "service met", "graduates who have served for as long as they owed", CASES),
    _flow("scholarships_owed", "scholarships owed", "scholars who come to owe years at home", CASES),
    _flow("scholarships_begun", "scholarships begun", "scholars who begin the years they owe", CASES),
    _flow("scholarships_met", "scholarships met", "scholars who have worked at home for as long as they owed", CASES),
    _flow("postings_begun", "postings begun", "graduates who go to a post abroad for a time", CASES),
    _flow("postings_met", "postings met", "graduates who come back from such a post", CASES),
    _flow("reserve_entrants", "entrants of the reserve", "graduates who enter the personnel reserve", CASES),
    _flow("reserve_appointments", "appointments from the reserve", "members of the reserve who are appointed", CASES),
    _flow(
        "emigrants", "emigrants", "graduates who leave home, for work or further study; foreign specialists excluded"
    ),
    _flow("returns", "returns", "graduates who come home from abroad: through ties, within five years, or after years"),
    _flow(
        "students_home",
        "students home",
        "students who choose home with their first degree abroad",
        _counted("students"),
    ),
    _flow("students_staying", "students staying", "students who choose to stay abroad with it", _counted("students")),
    _flow("foreign_arrivals", "foreign arrivals", "foreign specialists who come"),
    _flow("foreign_departures", "foreign departures", "foreign specialists who leave"),
    _flow("onward_moves", "onward moves", "graduates who move from one destination to another"),
    _flow("emigrants_to_{country}", "emigrants to {country}", "graduates who leave for a destination", by="country"),
    _flow(
        "returns_from_{country}", "returns from {country}", "graduates who come home from a destination", by="country"
    ),
    _flow("deaths_in_{country}", "deaths in {country}", "those who die in a destination", CASES, by="country"),
    _stock(
        "graduates_at_home_of_{group}",
        "{group} at home",
        "graduates of a group who work or look for work at home",
        by="group",
    ),
    _stock(
        "graduates_abroad_of_{group}",
        "{group} abroad",
        "graduates of a group who work or look for work abroad",
        by="group",
    ),
    _flow("emigrants_of_{group}", "emigrants of {group}", "emigrants of a group", by="group"),
    _flow("returns_of_{group}", "returns of {group}", "graduates of a group who come home from abroad", by="group"),
    _stock(
        "graduates_of_{group}_in_{country}",
        "{group} in {country}",
        "graduates of a group who work or look for work in a destination",
        by="group and country",
    ),
    _flow(
        "emigrants_of_{group}_to_{country}",
        "emigrants of {group} to {country}",
        "graduates of a group who leave for a destination",
        by="group and country",
    ),
    _flow("pillar_gain", "gain: from abroad, after years", "returns after years + arrivals - departures"),
    _flow("pillar_train", "train: students home or not", "students home - students staying"),
    _flow("pillar_circulation", "circulation: out and soon back", "returns within five years - emigrants"),
    _flow("pillar_linkage", "linkage: home through ties", "returns through ties"),
    _flow(
        "net_brain_gain",
        "net brain gain",
        "the sum of the four pillars",
        effects=GAIN_WINDOWS,
        tabled="last years",
        view="rates",
    ),
    _flow(
        "net_human_capital_gain",
        "net human capital gain",
        "the same sum, each move weighted by the human capital of who moves",
        CAPITAL,
        symbol="$h$",
        effects=GAIN_WINDOWS,
        tabled="last years",
    ),
    _stock(
        "human_capital_at_home",
        "human capital at home",
        "human capital of graduates at home, as of each one's last review, at most a year old",
        CAPITAL,
        symbol="$h$",
        view="stocks",
    ),
    _stock(
        "graduates_at_work",
        "graduates at work",
        "graduates who work at home, foreign specialists and those in the personnel reserve too",
        effects=STOCK_WINDOWS,
        tabled=AT_END,
        view="stocks",
    ),
    _stock(
        "human_capital_at_work",
        "human capital at work",
        "human capital of graduates who work at home, as of each one's last review",
        CAPITAL,
        symbol="$h$",
        effects=STOCK_WINDOWS,
        tabled=AT_END,
        view="stocks",
    ),
    _flow(
        "public_cost",
        "public cost",
        "what reforms cost the public purse: raises of pay, what is paid and let off for coming home, asserted costs",
        MONEY,
        effects=("cumulative", "yearly"),
        tabled="yearly",
        view="rates",
    ),
    _level(
        "tax_rate",
        "tax",
        "the share of their pay that graduates at home give for the reforms",
        _share("graduates' pay"),
        effects=("mean",),
        tabled="mean",
        view="rates",
    ),
    _level(
        "unemployment_rate",
        "unemployment",
        "job-seekers over graduates at home at the end of the month",
        _share("graduates at home", "% of graduates"),
        view="rates",
    ),
    _ability("mean_ability_at_home", "mean ability at home", "graduates at home"),
    _ability("mean_ability_abroad", "mean ability abroad", "graduates abroad"),
    _stock("employed_in_{sector}", "employed in {sector} jobs", "graduates who work at home in a sector", by="sector"),
    _ability(
        "mean_ability_in_{sector}", "mean ability in {sector} jobs", "those who work at home in a sector", by="sector"
    ),
    _flow(
        "emigrants_from_{sector}",
        "emigrants from {sector} jobs",
        "graduates who leave a job in a sector to live abroad",
        by="sector",
    ),
    _level("rule_of_law", "rule of law", "rule of law at home as it is delivered", INDEX, symbol="$R$"),
    _level(
        "announced_rule_of_law",
        "announced rule of law",
        "the same as it is promised for the month",
        INDEX,
        symbol="$R^A$",
    ),
    _level(
        "expected_rule_of_law",
        "expected rule of law",
        "the same as promise and credibility let it be expected",
        INDEX,
        symbol="$R^e$",
    ),
    _level("credibility", "credibility", "how far a promise is believed", _share("a promise"), symbol="$q$"),
    _level(
        "mean_perceived_rule_of_law",
        "perceived rule of law",
        "mean belief that graduates at home have of rule of law",
        INDEX,
    ),
    _level(
        "job_finding_prob",
        "chance of a job",
        "a job-seeker's chance of a job within the month, as reckoned with",
        _share("job-seekers"),
    ),
    _stock("vacancies", "vacant posts", "posts open at home before the month's hires", POSTS),
    Measure(
        name="emigration_rate",
        label="emigration",
        meaning="emigrants per graduate-year at home",
        unit=_per_thousand("at home"),
        kind=RATE,
        yearly_only=True,
        ratio=("emigrants", "graduates_at_home"),
        effects=("mean",),
        tabled="mean",
        view="rates",
    ),
    Measure(
        name="return_rate",
        label="return",
        meaning="returns per graduate-year abroad",
        unit=_per_thousand("abroad"),
        kind=RATE,
        yearly_only=True,
        ratio=("returns", "graduates_abroad"),
        effects=("mean",),
        tabled="mean",
        view="rates",
    ),
    *(
        _ability(f"mean_ability_of_{flow}", f"mean ability of {whom}", whom, yearly_only=True)
        for flow, whom in MOVERS.items()
    ),
)


def _places(by: str, countries: Sequence[str], groups: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield what measures are there for each of, by what stands in their names."""
    parts = {"country": countries, "sector": SECTORS, "group": groups}
    names = by.split(" and ")
    yield from (dict(zip(names, values, strict=True)) for values in itertools.product(*(parts[name] for name in names)))


def _spread(countries: Sequence[str], groups: Sequence[str]) -> Iterator[Measure]:
    """Yield the measures of a world in the order of their columns, one for every country, sector and group."""
    for by, neighbours in itertools.groupby(MEASURES, key=lambda each: each.by):
        together = list(neighbours)
        if not by:
            yield from together
            continue
        for place in _places(by, countries, groups):
            said = {part: name.replace("_", " ") for part, name in place.items()}
            for each in together:
                name, label = each.name.format(**place), each.label.format(**said)
                yield dataclasses.replace(each, name=name, label=label)


@lru_cache(maxsize=64)
def _of_world(countries: tuple[str, ...], groups: tuple[str, ...]) -> Mapping[str, Measure]:
    return MappingProxyType({each.name: each for each in _spread(countries, groups)})


def columns(countries: Iterable[str], groups: Iterable[str] = ()) -> Mapping[str, Measure]:
    """Return the measures of the yearly table by name, in the order of its columns.

    Parameters
    ----------
    countries, groups : iterable of str
        The destinations and the groups of the world, by key.
    """
    return _of_world(tuple(countries), tuple(groups))


@lru_cache(maxsize=64)
def _monthly(countries: tuple[str, ...], groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name, each in _of_world(countries, groups).items() if not each.yearly_only)


def monthly(countries: Iterable[str], groups: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of the monthly series in the order of their columns."""
    return _monthly(tuple(countries), tuple(groups))


def measure(name: str, countries: Iterable[str] = (), groups: Iterable[str] = ()) -> Measure:
    """Return what is declared of a series; one that is not declared has its name for a label, and no unit.

    Parameters
    ----------
    name : str
        The series, such as a column of the table of runs.
    countries, groups : iterable of str
        The destinations and the groups of the world, by key; without them, a measure by country or by group is none
        that is declared.
    """
    return columns(countries, groups).get(name) or Measure(name=name, label=name)


def known_among(names: Iterable[str]) -> dict[str, Measure]:
    """Return those columns of a table that are declared.

    The table's countries are those that two measures by country name, and so with its groups: one measure of one's own
    may begin like those by country, and a measure declared later is not in an older table.
    """
    present = list(names)
    known = columns(_named_twice(present, "country"), _named_twice(present, "group"))
    return {name: known[name] for name in present if name in known}


def _named_twice(names: Sequence[str], by: str) -> list[str]:
    """Return the countries, or the groups, that two of the columns or more name."""
    starts = [each.name.removesuffix(f"{{{by}}}") for each in MEASURES if each.by == by]
    named = Counter(name.removeprefix(start) for start in starts for name in names if name.startswith(start))
    return sorted(part for part, times in named.items() if times > 1)


def in_documentation() -> list[str]:
    """Return the lines of the documentation's table of measures, as Markdown."""
    lines = ["| measure | what | unit | kind | a year is |", "|---|---|---|---|---|"]
    over = {"sum": "the sum of its months", "mean": "the mean of its months", "ratio": "flow over mean stock"}
    for each in MEASURES:
        name = each.name.replace("{", "<").replace("}", ">")
        kind = "" if each.kind is None else each.kind.name
        year = "" if each.kind is None else over[each.kind.over_months]
        if each.yearly_only and each.ratio is None:
            year = "over all who move in it"
        unit = each.unit_over("month" if not each.yearly_only else "yearly")
        what = f"{each.meaning}, {each.symbol}" if each.symbol else each.meaning
        lines.append(f"| `{name}` | {what} | {unit} | {kind} | {year} |")
    return lines
