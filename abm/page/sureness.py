"""How sure the answer is, in a sentence: what the country's balance comes to without the plan and with it.

All numbers are of the pairs of runs that are there (:mod:`abm.page.bands`): one that is shown, which is chance as much
as anything, or many.  Nothing here knows of the page, or of how the runs were made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.analysis.effects import LAST_YEARS, Outcome
from abm.analysis.timing import SPAN, turning_year
from abm.measures import AT_END, GRADUATES, MONEY
from abm.page.bands import Pairs, Range, range_of

__all__ = ["CHANCE", "DRAWS", "Answer", "Money", "answer_of", "basis_of", "sentence_of", "verdict_of"]

CHANCE, DRAWS = "chance", "draws"  # what pairs differ in: luck alone, or draws of the parameters as well
BALANCE = Outcome("net_brain_gain", "last years")
AT_WORK = Outcome("graduates_at_work", AT_END)
COST = Outcome("public_cost", "yearly")


class Money(NamedTuple):
    """What a plan is asserted to cost a year, USD, and the plausible range of that."""

    low: float
    stated: float
    high: float


@dataclass(frozen=True)
class Answer:
    """What pairs of runs say of a plan; persons are persons, money is USD.

    Attributes
    ----------
    country : str
        Its name.
    pairs : int
        How many there are.
    differ : str
        In what they differ, :data:`CHANCE` or :data:`DRAWS`.
    first : int
        The first year.
    years : tuple of int
        The years at the end that the balance is a mean of: first and last.
    has_plan : bool
        Whether anything is changed in the second run.
    without, under, gap : Range
        Net brain gain a year without the plan, with it, and what the plan adds.
    turned, turned_without : tuple
        For each pair the year in which the balance with the plan, and without, turns to a gain and stays so on
        average; None where it does not.  Empty where there are too few years to speak of it.
    work : Range
        How many more are at work at home in the last year.
    cost : Range
        What is paid for the plan a year, on average over all years.
    asserted : Money
        The part of that which is asserted, not computed.
    graduate_year : Range
        What a graduate-year gained costs; nan where none is, in some of the pairs' range.
    """

    country: str
    pairs: int
    differ: str
    first: int
    years: tuple[int, int]
    has_plan: bool
    without: Range
    under: Range
    gap: Range
    turned: tuple[int | None, ...]
    turned_without: tuple[int | None, ...]
    work: Range
    cost: Range
    asserted: Money
    graduate_year: Range


def answer_of(pairs: Pairs, country: str, *, differ: str = CHANCE, has_plan: bool = True, asserted: Money) -> Answer:
    """Return what pairs say of a plan; see :class:`Answer`."""
    lately = pairs.years[-LAST_YEARS:]
    ever = len(pairs.years) >= SPAN
    return Answer(
        country=country,
        pairs=len(pairs),
        differ=differ,
        first=int(pairs.years[0]),
        years=(int(lately[0]), int(lately[-1])),
        has_plan=has_plan,
        without=_range(pairs, BALANCE, 0),
        under=_range(pairs, BALANCE, 1),
        gap=_range(pairs, BALANCE),
        turned=_turned(pairs, 1) if ever else (),
        turned_without=_turned(pairs, 0) if ever else (),
        work=_range(pairs, AT_WORK),
        cost=_range(pairs, COST),
        asserted=asserted,
        graduate_year=_graduate_year(pairs),
    )


def _range(pairs: Pairs, outcome: Outcome, arm: int | None = None) -> Range:
    """Return the range of an outcome over the pairs: of one arm, or of the gap."""
    values = pairs.gap(outcome.measure) if arm is None else pairs.values[outcome.measure][:, arm]
    return range_of([outcome.of(of_pair, pairs.months) for of_pair in values])


def _turned(pairs: Pairs, arm: int) -> tuple[int | None, ...]:
    return tuple(turning_year(pairs.years, balance) for balance in pairs.values[BALANCE.measure][:, arm])


def _graduate_year(pairs: Pairs) -> Range:
    """Return what a graduate-year gained costs, pair by pair, where the range of those gained is above 0."""
    gained = (pairs.gap("graduates_at_home") * pairs.months / 12.0).sum(axis=1)
    spent = pairs.gap(COST.measure).sum(axis=1)
    if (gained <= 0.0).any() or (range_of(gained).known and range_of(gained).sign < 1):
        return Range(math.nan, math.nan, math.nan)
    return range_of(spent / gained)


def verdict_of(answer: Answer) -> str:
    """Return what the country's balance does, with the plan if there is one: gain, loss, or even.

    It is even where chance alone may have made it, as it may while there are too few pairs.
    """
    return {1: "gain", 0: "even", -1: "loss"}[answer.under.sign]


def sentence_of(answer: Answer) -> str:
    """Return the answer in words: what is lost or gained without the plan and with it, when it turns, at what cost."""
    parts = [_balances(answer)]
    if answer.has_plan:
        parts.append(_change(answer))
        parts.append(_turning(answer))
        parts.append(_gained(answer))
    said = " ".join(part for part in parts if part)
    if answer.pairs > 1:
        return said
    return f"In one run of chance, which is no answer yet: {said[0].lower()}{said[1:]}"


def basis_of(answer: Answer) -> str:
    """Return in words what the numbers are of."""
    if answer.pairs == 1:
        return "One run of chance, the same luck without and with the plan: another run gives other numbers."
    known = answer.under.known
    brackets = "; in brackets, where nine of ten further ones lie" if known else "; too few to say how far others lie"
    if answer.differ == DRAWS:
        return (
            f"The middle of {answer.pairs} draws of what the past leaves open, chance included{brackets}. Each draw is "
            "run without and with the plan under the same luck. They are draws of the posterior that comes with this "
            "scenario, fitted to what was observed up to 2021; the one run shown has the scenario's own values."
        )
    return (
        f"The middle of {answer.pairs} pairs of runs of chance, the same luck without and with the plan{brackets}. "
        "The parameters are those of the scenario, not calibrated: how far these may be off is not in the brackets."
    )


def _balances(answer: Answer) -> str:
    scale = _scale(answer.without, answer.under)
    when = f"by {answer.years[1]}"
    without = _balance(answer.without, scale)
    if not answer.has_plan:
        return f"As it is {answer.country} {without.whole} {when}. No reform is chosen."
    under = _balance(answer.under, scale)
    with_it = under.number if without.verb == under.verb else f"it {under.part}"
    return f"Without reform {answer.country} {without.whole} {when}; with this plan {with_it}."


class _Said(NamedTuple):
    """A balance in words: its verb, its number, both, and both with the unit by the year."""

    verb: str
    number: str
    part: str
    whole: str


def _balance(value: Range, scale: _Scale) -> _Said:
    """Return how a balance is said: a loss as a positive number, and ends of either kind as what they are."""
    if value.middle == 0.0 and not (value.known and value.low < value.high):
        verb = "neither loses nor gains"
        return _Said(verb, "neither", verb, f"{verb} {scale.unit}")
    verb, size = ("loses", _turned_over(value)) if value.middle < 0.0 else ("gains", value)
    number, ends = _bracketed(size, scale), ""
    if value.known and value.sign == 0:
        low, number, high = _in_digits(Range(-value.low, size.middle, value.high), scale)
        ends = f" (from a loss of {low} to a gain of {high})"
    return _Said(verb, f"{number}{ends}", f"{verb} {number}{ends}", f"{verb} {number} {scale.unit} a year{ends}")


def _change(answer: Answer) -> str:
    """Say what the plan adds, pair by pair, or that it cannot be told from chance."""
    gap = answer.gap
    if gap.known and gap.sign == 0:
        return "What the plan adds to that cannot be told from chance."
    if not gap.known:
        return ""
    size, verb = (gap, "adds") if gap.sign > 0 else (_turned_over(gap), "takes away")
    scale = _scale(answer.without, answer.under)
    return f"The plan {verb} {_bracketed(size, scale)}."


def _turning(answer: Answer) -> str:
    """Say when a loss turns to a gain with the plan and without, or in how many of the pairs it does not."""
    start, last = answer.first, answer.years[1]
    if not answer.turned or all(year == start for year in (*answer.turned, *answer.turned_without)):
        return ""  # too few years to speak of it, or no loss
    if not any(answer.turned):
        if answer.pairs == 1:
            return f"Loss has not turned to gain by {last}."
        return f"Loss turns to gain by {last} in none of {answer.pairs}."
    by_itself = f"; without reform {_when(answer.turned_without, last)}" if any(answer.turned_without) else ""
    return f"Loss turns to gain {_when(answer.turned, last)}{by_itself}."


def _when(turned: Sequence[int | None], last: int) -> str:
    """Return the middle year with the earliest and the latest, and in how many of the pairs it does not come."""
    years = [year for year in turned if year is not None]
    first, middle, latest = min(years), int(np.median(years)), max(years)
    when = f"in {middle}" if first == latest else f"in {middle} ({first} to {latest})"
    never = len(turned) - len(years)
    return f"in {len(years)} of {len(turned)}, {when}, and in {never} not by {last}" if never else when


def _gained(answer: Answer) -> str:
    """Say how many more are at work, and what that costs."""
    return f"{_at_work(answer)}{_costs(answer)}."


def _at_work(answer: Answer) -> str:
    work = answer.work
    if work.known and work.sign == 0:
        return (
            "Whether it keeps more at work cannot be told from chance" if any(work) else "It keeps nobody more at work"
        )
    if work.middle == 0.0:
        return "It keeps nobody more at work"
    size, word = (work, "more") if work.middle > 0.0 else (_turned_over(work), "fewer")
    scale = _scale(size)
    of_them = f"{scale.word} {word}".strip()
    return f"It {'keeps' if word == 'more' else 'leaves'} {_bracketed(size, scale)} {of_them} at work"


def _costs(answer: Answer) -> str:
    cost = answer.cost
    if not cost.middle > 0.0:
        return "; nothing says what it costs"
    divide_by, unit = (MONEY.divide_by, MONEY.printed) if cost.middle >= MONEY.divide_by else (1.0, MONEY.name)
    text = f"; it costs {_money(Range(*(end / divide_by for end in cost)))} {unit} a year"
    low, stated, high = answer.asserted
    if high > low:
        ends = (_digits((cost.middle + end - stated) / divide_by) for end in (low, high))
        text += f" ({' to '.join(ends)} plausible)"
    each = answer.graduate_year
    if answer.pairs == 1:
        return text
    if math.isnan(each.middle):
        return f"{text}, and no graduate-year gained at home can be told from chance"
    return f"{text}, {_money(each)} USD a graduate-year gained at home"


class _Scale(NamedTuple):
    """In what persons are said: by how many they are divided, that in a word, and the unit."""

    divide_by: float
    word: str
    unit: str


def _scale(*values: Range) -> _Scale:
    """Return thousands where a number comes to one, else persons."""
    largest = max((abs(end) for value in values for end in value if not math.isnan(end)), default=0.0)
    if largest >= GRADUATES.divide_by:
        return _Scale(GRADUATES.divide_by, GRADUATES.word, GRADUATES.printed)
    return _Scale(1.0, "", GRADUATES.said)


def _turned_over(value: Range) -> Range:
    return Range(-value.high, -value.middle, -value.low)


def _bracketed(value: Range, scale: _Scale) -> str:
    """Return a number with its range in brackets."""
    low, middle, high = _in_digits(value, scale)
    return middle if not value.known or value.low == value.high else f"{middle} [{low}, {high}]"


def _in_digits(value: Range, scale: _Scale) -> list[str]:
    """Return the numbers of a range, all with as many decimals as two digits of the largest take."""
    ends = [end / scale.divide_by for end in value]
    decimals = _decimals(max(abs(end) for end in ends if not math.isnan(end)), 2)
    return [_fixed(end, decimals) for end in ends]


def _fixed(value: float, decimals: int) -> str:
    """Return a number with some decimals, more if it would read as 0."""
    if math.isnan(value):
        return ""
    if value and not round(value, decimals):
        decimals = _decimals(abs(value), 1)
    return f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _decimals(largest: float, digits: int) -> int:
    return max(0, digits - 1 - math.floor(math.log10(largest))) if largest > 0.0 else 0


def _money(value: Range) -> str:
    """Return a sum with three digits that matter, and its range where there is any to speak of."""
    middle = _digits(value.middle)
    if not value.known or value.high - value.low < 0.01 * abs(value.middle):
        return middle
    return f"{middle} [{_digits(value.low)}, {_digits(value.high)}]"


def _digits(value: float) -> str:
    """Return a number rounded to three digits that matter, in full."""
    if value == 0.0:
        return "0"
    places = _decimals(abs(value), 3) - max(0, math.floor(math.log10(abs(value))) - 2)
    text = f"{round(value, places):,.{max(places, 0)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\N{MINUS SIGN}")
