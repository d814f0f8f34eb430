"""The tiles above the charts: a gap each, of the runs that are shown, and what many pairs are sure of."""

from __future__ import annotations

from dataclasses import dataclass

import solara

from abm.measures import GRADUATES, measure
from abm.page.bands import Pairs, Range
from abm.page.figures import signed
from abm.page.pair import Both

__all__ = ["UNDER", "Sure", "Tile", "shown_of", "sure_of"]

FEW = 20  # simulated graduates, whom chance moves as it likes
GAP, UNDER = 2, 1  # what a tile's colour is of: what the reform adds, or the country's balance with it


@dataclass(frozen=True)
class Shown:
    """What a tile shows of the one pair of runs.

    What the gap is of has a sign if it is a ``balance``, and none if it is a number of people or a sum; of a sum more
    is not ``welcome``.
    """

    title: str
    unit: str
    gap: float
    under: float
    without: float
    simulated: int = 0  # graduates that the gap is of, where they are few
    welcome: bool = True
    balance: bool = True


def shown_of(title: str, unit: str, both: Both, months: int, weight: float = 1.0) -> Shown:
    """Return what a tile shows of a series by now, each simulated graduate of which stands for ``weight``."""
    gap, under, without = (float(line[-1]) if months else 0.0 for line in (both.gap, both.under, both.without))
    simulated = round(abs(gap) / weight) if weight > 1.0 and unit == GRADUATES.said else 0
    return Shown(title, unit, gap, under, without, simulated if simulated <= FEW else 0)


@dataclass(frozen=True)
class Sure:
    """What many pairs say of a tile: the range of the gap by the end of a year, and which way the colour goes."""

    gap: Range
    year: int
    sign: int  # of what the colour is of; 0 where chance may have made it
    pairs: int


def sure_of(pairs: Pairs | None, name: str, months: int, *, of: int = GAP, scale: float = 1.0) -> Sure | None:
    """Return what many pairs say, of the last whole year that is shown; None where they say nothing yet."""
    years = pairs.whole_years(months) if pairs is not None else 0
    if pairs is None or not years:
        return None
    declared = measure(name)
    bands = pairs.so_far(name) if declared.adds_up else pairs.over_years(declared)
    at = years if declared.adds_up else years - 1  # what adds up begins at nothing
    ranges = [Range(*(float(line[at]) / scale for line in (band.low, band.middle, band.high))) for band in bands]
    return Sure(ranges[GAP], int(pairs.years[years - 1]), ranges[of].sign, len(pairs)) if ranges[GAP].known else None


@solara.component
def Tile(shown: Shown, sure: Sure | None) -> None:
    """Show one gap: of the runs that are shown and, before that, of many pairs as soon as they say anything.

    The colour is of what many pairs are sure of: of a balance whether the country gains or loses with the reform.
    """
    sign = sure.sign if sure is not None else 0
    kind = "even" if not sign else "gain" if (sign > 0) == shown.welcome else "loss"
    classes = ["page-tile", f"page-{kind}"]
    classes += ["page-tile-sure"] if sure is not None else []
    classes += ["page-tile-balance"] if shown.balance else []
    with solara.Div(classes=classes):
        solara.v.Html(tag="div", class_="page-tile-title", children=[shown.title])
        if sure is not None:
            solara.v.Html(tag="div", class_="page-told", children=[_arrowed(sure.gap.middle) + _range(sure.gap)])
            solara.v.Html(tag="div", class_="page-note page-tile-said", children=[_said(shown, sure)])
        solara.v.Html(tag="div", class_="page-tile-gap", children=[_arrowed(shown.gap)])
        solara.v.Html(tag="div", class_="page-note", children=[f"{_word(shown)}, in one run of chance"])
        solara.v.Html(tag="div", class_="page-note", children=[_levels(shown)])


def _levels(shown: Shown) -> str:
    ends = (signed(end) if shown.balance else signed(end).removeprefix("+") for end in (shown.under, shown.without))
    return "with reform {}, without {}".format(*ends)


def _arrowed(gap: float) -> str:
    arrow = "\N{BLACK UP-POINTING TRIANGLE}" if gap > 0 else "\N{BLACK DOWN-POINTING TRIANGLE}" if gap < 0 else "="
    return f"{arrow} {signed(gap)}"


def _range(gap: Range) -> str:
    return f" [{signed(gap.low)}, {signed(gap.high)}]" if gap.low < gap.high else ""


def _word(shown: Shown) -> str:
    """Return in words which way the gap goes, and of how many simulated graduates it is where they are few."""
    word = f"more {shown.unit}" if shown.gap > 0 else f"fewer {shown.unit}" if shown.gap < 0 else "no difference yet"
    if not shown.simulated:
        return word
    return f"{word} ({shown.simulated} simulated graduate{'s' if shown.simulated > 1 else ''})"


def _said(shown: Shown, sure: Sure) -> str:
    """Return what the range is of, whether chance may have made it, and what the country's balance does."""
    text = f"{shown.unit}, {sure.pairs} pairs, by the end of {sure.year}"
    if sure.gap.sign == 0 and sure.gap.low < sure.gap.high:
        text += "; cannot be told from chance"
    if not shown.balance or not sure.sign:
        return text
    return f"{text}; with the reform the country {'gains' if sure.sign > 0 else 'still loses'}"
