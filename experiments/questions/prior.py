"""What moves of researchers and graduates between countries say of the weights: gravity estimates, and priors of them.

It runs no model.  Run it with ``python -m experiments run prior``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.scenario import Scenario
from experiments.study.estimate import Estimate, Found
from experiments.study.experiment import Drawn
from experiments.study.priors import DIGITS, Prior, frame

if TYPE_CHECKING:
    import pandas as pd

    from experiments.gravity.designs import Design
    from experiments.gravity.estimator import Fit

__all__ = ["EXPERIMENT"]

Dropped = Mapping[str, tuple[float, float]]
NO_NUMBER = "-"
READING = """\
Researchers: moves a year between pairs of countries, 1997-2022 (Scopus) and 1997-2021 (OpenAlex), over researchers
at the origin the year before, with pair and destination-year effects (origin side) or pair and origin-year effects
(destination side); gaps are of the year before. Graduates: emigrants of 1995-2010 in twenty rich countries (IAB),
by year, with population, distance, border, language and colony, then emigrants of five years before, or with origin
effects; and those who came to the OECD within five years up to 2015/16 (DIOC). PPML unless OLS is said; errors
clustered by origin, on the destination side by origin and destination. No ratio where income's coefficient is below
its own standard error. Without one origin: the lowest and highest ratio when each is left out, of researchers each
of the ten with most movers. Two things were chosen by us after the first look: the lag of a year, and which of two
usual sets of geography comes first; the other set has its row."""
FALSIFICATIONS = """\
Rule of law two years after a move cannot be its reason. On the destination side it takes all of the effect in
Scopus, so that countries to which researchers come are those that improve, for whatever reason; on the origin side
it takes a part. What the low-educated do says how much of a cross-section is not about graduates. Each kind's
variance is increased by the square of what its falsifications find."""
WHAT_IT_IS_NOT = """\
The law of a weight is that of the next kind of evidence, by random effects over the kinds above (spread between
kinds half-normal with scale .25, an assumption), of which nothing is kept below 0 (an assumption: no graduate is
drawn by lawlessness), as the gamma law with the same mean and standard deviation. The earlier estimate suggested
Gamma(1.6, scale .16), of mean .26 with 95 % below .65.

**None of this is the effect of a reform.** Rule of law moves little within a country, by about as much as its own
standard error, so that estimates within countries are biased to zero, perhaps by half; cross-sections compare
countries that differ in everything. Researchers are not graduates, moves are read from affiliations, an origin is
the last one (so flows hold returns), and income is GDP per head, not a graduate's pay. The diaspora's elasticity is
an outcome that runs must show, not a parameter; what once drew a diaspora still draws."""


def inputs() -> list[Path]:
    """Return the tables that are read."""
    from experiments.gravity.tables import TABLES, path_of

    return [path_of(name) for name in TABLES]


def missing() -> str:
    """Return why nothing can be estimated here; nothing if all is there."""
    from experiments.gravity.estimator import missing

    return missing()


def answer() -> Found:
    """Estimate every design and return what is published."""
    from experiments.gravity.designs import DESIGNS, dropped, estimates, panels
    from experiments.gravity.evidence import priors

    rows = panels()
    fits = estimates(rows)
    ranges = {design.name: dropped(rows[design.panel], design.model) for design in DESIGNS if design.family}
    follow = priors(fits)
    tables = {"estimates.csv": _estimates(fits, ranges), "priors.csv": frame(follow)}
    return Found("\n".join(_report(fits, ranges, follow)), tables, lambda: _figures(fits, follow))


def _estimates(fits: Mapping[str, Fit], ranges: Dropped) -> pd.DataFrame:
    """Return a row for each design and term, and for each ratio."""
    import pandas as pd

    from experiments.gravity.designs import DESIGNS

    rows = [row for design in DESIGNS for row in _rows(design, fits[design.name], ranges.get(design.name))]
    return pd.DataFrame(rows)


def _rows(design: Design, fit: Fit, dropped: tuple[float, float] | None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a design."""
    from experiments.gravity.estimator import ratio

    model, earlier = design.model, design.earlier
    said: dict[str, tuple[float, float | None]] = {}
    if earlier:
        said |= {"income": (earlier.income, None), "law": (earlier.law, None)}
        said["law / income"] = (earlier.ratio, earlier.error)
    found = {name: (fit.coefficients[name], fit.error(name)) for name in model.terms}
    if "law" in model.terms:
        found["law / income"] = ratio(fit, "law", "income")
    for term, (value, error) in found.items():
        before, its_error = said.get(term, (None, None))
        lowest, highest = dropped if dropped and term == "law / income" else (None, None)
        yield {
            "design": design.name,
            "evidence": design.family,
            "method": model.method,
            "effects": " + ".join(model.effects),
            "clusters": " + ".join(model.clusters),
            "term": term,
            "estimate": value,
            "standard_error": error,
            "rows": fit.n_rows,
            "n_clusters": fit.n_clusters,
            "lowest_without_one": lowest,
            "highest_without_one": highest,
            "earlier": before,
            "earlier_error": its_error,
        }


def _report(fits: Mapping[str, Fit], ranges: Dropped, follow: list[Prior]) -> Iterator[str]:
    """Yield the lines of the report."""
    from experiments.study.tables import markdown

    yield from _opening(follow[0])
    yield from markdown(_kind_rows(fits))
    yield from ("", *_meaning(follow), "")
    yield "Every design (standard errors in parentheses; the last columns are an earlier estimate, to check ours by):"
    yield from ("", *markdown(_design_rows(fits, ranges)), "", READING, "")
    yield "What should not matter, and whether it does (over the coefficient of income; near 0 is well):"
    yield from ("", *markdown(_falsification_rows(fits)), "", FALSIFICATIONS, "")
    yield "Both sides of income, each with a coefficient of its own (researchers, pair and year effects):"
    yield from ("", *markdown(_side_rows(fits)), "")
    yield "The priors that follow (priors.csv, which `experiments/study/priors.py` reads):"
    yield from ("", *markdown(_prior_rows(follow)), "", WHAT_IT_IS_NOT, "")


def _opening(law: Prior) -> list[str]:
    low, middle, high = (law.quantile(share) for share in (0.05, 0.5, 0.95))
    return [
        "Gravity of researchers and graduates between countries, without the model: what a point of rule of law",
        f"(RL.EST) weighs over a log of income. The prior that follows has its mean at {law.mean:.2f} and its middle",
        f"at {middle:.2f}, with nine tenths between {low:.2f} and {high:.2f}.",
        "",
    ]


def _kind_rows(fits: Mapping[str, Fit]) -> list[tuple[str, ...]]:
    from experiments.gravity.evidence import kinds

    heads = ("kind of evidence", "law over income (s.e.)", "what its falsification finds", "s.d. with it")
    rows = [
        (kind.name, f"{kind.value:.2f} ({kind.error:.2f})", f"{kind.allowance:.2f}", f"{kind.variance**0.5:.2f}")
        for kind in kinds(fits)
    ]
    return [heads, *rows]


def _meaning(follow: list[Prior]) -> list[str]:
    law, home = follow[:2]
    as_pay = 100.0 * math.expm1(law.mean)
    return [
        "**What it means.** A point of rule of law (in 2023 Kazakhstan stood at -0.45, the United States at 1.33)",
        f"weighs about as much as pay that is {as_pay:.0f} % higher, and may weigh nothing for all these data say.",
        f"Income at home moves people {home.mean:.2f} times as much as income abroad",
        f"({home.quantile(0.05):.2f} to {home.quantile(0.95):.2f} with nine tenths).",
    ]


def _design_rows(fits: Mapping[str, Fit], ranges: Dropped) -> list[tuple[str, ...]]:
    from experiments.gravity.designs import DESIGNS

    heads = (
        *("design", "rows", "income", "rule of law", "law over income", "without one origin"),
        *("earlier: income", "law", "ratio", "why it differs"),
    )
    own = [design for design in DESIGNS if "law" in design.model.terms and not design.tests]
    return [heads, *(_design_row(each, fits[each.name], ranges) for each in own)]


def _design_row(design: Design, fit: Fit, ranges: Dropped) -> tuple[str, ...]:
    from experiments.gravity.estimator import ratio

    income, law = ((fit.coefficients[name], fit.error(name)) for name in ("income", "law"))
    ends = ranges.get(design.name)
    before = ("", "", "", "")
    if design.earlier:
        said = design.earlier
        before = (f"{said.income:.2f}", f"{said.law:.2f}", _with_error(said.ratio, said.error), said.why)
    return (
        *(design.name, f"{fit.n_rows:,}", _with_error(*income), _with_error(*law)),
        _with_error(*ratio(fit, "law", "income")),
        f"{ends[0]:.2f} to {ends[1]:.2f}" if ends else "",
        *before,
    )


def _with_error(value: float, error: float) -> str:
    """Return a number with its standard error, or a dash where there is none."""
    return f"{value:.2f} ({error:.2f})" if value == value else NO_NUMBER


def _falsification_rows(fits: Mapping[str, Fit]) -> list[tuple[str, ...]]:
    from experiments.gravity.designs import DESIGNS
    from experiments.gravity.evidence import falsified

    named = {"law_later": "rule of law two years after the move", "law": "rule of law, for the low-educated"}
    rows = []
    for design in DESIGNS:
        if design.tests:
            fit = fits[design.name]
            value, error = fit.coefficients[design.tested], fit.error(design.tested)
            over = f"{falsified(design, fits):.2f}"
            beside = _with_error(fit.coefficients["law"], fit.error("law")) if design.tested != "law" else ""
            cells = (named[design.tested], _with_error(value, error), f"{value / error:.1f}", over, beside)
            rows.append((design.name, *cells))
    heads = (
        "falsification",
        "what should not matter",
        "coefficient",
        "t",
        "over income",
        "rule of law before, beside it",
    )
    return [heads, *rows]


def _side_rows(fits: Mapping[str, Fit]) -> list[tuple[str, ...]]:
    from experiments.gravity.designs import BOTH
    from experiments.gravity.evidence import home_sides

    heads = ("source", "income at home", "income abroad", "law at home", "law abroad", "income: home over abroad")
    terms = ("income_home", "income_abroad", "law_home", "law_abroad")
    rows = []
    for side in home_sides(fits):
        fit = fits[side.name]
        cells = [_with_error(fit.coefficients[term], fit.error(term)) for term in terms]
        rows.append((side.name.removeprefix(f"{BOTH}: "), *cells, _with_error(side.value, side.error)))
    return [heads, *rows]


def _prior_rows(follow: list[Prior]) -> list[tuple[str, ...]]:
    heads = ("of", "times", "law", "mean", "5 %", "50 %", "95 %", "from")
    rows = [
        (
            *(each.name, each.relative_to, f"Gamma({each.shape:.2f}, scale {each.scale:.3f})", f"{each.mean:.2f}"),
            *(f"{each.quantile(share):.2f}" for share in (0.05, 0.5, 0.95)),
            each.source,
        )
        for each in follow
    ]
    return [heads, *rows]


def _figures(fits: Mapping[str, Fit], follow: list[Prior]) -> Iterable[Drawn]:
    import numpy as np

    from experiments.gravity.designs import DESIGNS
    from experiments.gravity.estimator import ratio
    from experiments.gravity.picture import forest

    # rounded, so that the last bits, which may differ from one estimation to the next, are not in the picture
    own = [design for design in DESIGNS if "law" in design.model.terms and not design.tests]
    ratios = {design.name: np.round(ratio(fits[design.name], "law", "income"), DIGITS) for design in own}
    drawn = {design.name: (*ratios[design.name].tolist(), bool(design.family)) for design in own}
    known = {name: each for name, each in drawn.items() if each[0] == each[0]}
    decision = Scenario.load("kazakhstan").decision
    shipped = decision.rule_of_law_weight / decision.income_weight
    yield "ratio", forest(list(known), list(known.values()), follow[0], shipped)


EXPERIMENT = Estimate(
    "prior",
    "What moves between countries say of rule of law against income (no runs)",
    inputs=inputs,
    answer=answer,
    missing=missing,
    libraries=("pyfixest",),
    order=145,
)
