"""What ties do: how many returns are counted through ties, and how many fewer there would be without them.

Run it with ``python -m experiments run referrals``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from abm.measures import GRADUATES
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import EMIGRANTS, RETURNS, ByYear, Comparison, Findings
from experiments.study.conduct import run
from experiments.study.contrasts import contrast, difference, over_all_years, paragraph, shown
from experiments.study.experiment import Experiment, Results
from experiments.study.sections import section, table_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT"]

WITH, NO_REFERRALS, NO_EASE, NO_TIES = (
    "ties as they are",
    "ties bring no offers",
    "ties make no move easier",
    "ties are worth nothing",
)
SWITCHED_OFF = {
    NO_REFERRALS: ("decision.offer_ties_gain",),
    NO_EASE: ("decision.ties_discount",),
    NO_TIES: ("decision.offer_ties_gain", "decision.ties_discount", "decision.ties_weight"),
}


def design(world: Scenario) -> Plans:
    """Return the same world with what ties do switched off, one thing after the other; no reform anywhere."""
    without = {plan: dict.fromkeys(names, 0.0) for plan, names in SWITCHED_OFF.items()}
    return Plans.of(dict.fromkeys((WITH, *SWITCHED_OFF), ()), elsewhere=without)


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return [
        f"Over {years} net brain gain differs from that of the world as it is: where ties bring no offers, by",
        f"{effects[NO_REFERRALS]} graduates; where they make no move easier, by {effects[NO_EASE]}; where they",
        f"are worth nothing at all, by {effects[NO_TIES]}.",
    ]


def _findings(results: Results) -> Sequence[str]:
    """Say how many returns are counted through ties, and how many there are because of them."""
    returns, emigrants = (over_all_years(results, name) / GRADUATES.divide_by for name in ("returns", "emigrants"))
    counted = over_all_years(results, "pillar_linkage") / GRADUATES.divide_by
    table = table_of(
        (WITH, *SWITCHED_OFF),
        {
            "returns": lambda plan: shown(contrast(returns, {plan: 1.0}), say=plain),
            "of them counted through ties": lambda plan: shown(contrast(counted, {plan: 1.0}), say=plain),
            "returns against ties as they are": lambda plan: _against(returns, plan),
            "emigrants against ties as they are": lambda plan: _against(emigrants, plan),
        },
    )
    count, because = contrast(counted, {WITH: 1.0}), difference(returns, WITH, NO_REFERRALS)
    return section(
        paragraph(
            f"**A count is not a cause**, {GRADUATES.short} over all years. A return is counted through ties where the",
            "draw that brought its offer would have brought none without the ties. What ties change is the difference",
            "from the same graduates with the same luck whose ties bring no offers: who has one through a tie might",
            "have come without it, later or without any offer, and ties bring offers abroad too.",
        ),
        table,
        f"{shown(count, say=plain)} {GRADUATES.word} returns are counted through ties; {shown(because)} more come",
        "home than where ties bring no offers.",
    )


def _against(table: pd.DataFrame, plan: str) -> str:
    return "" if plan == WITH else shown(difference(table, plan, WITH))


EXPERIMENT = Experiment(
    name="referrals",
    description="How many returns are counted through ties, and how many fewer there would be without them",
    order=105,
    design=design,
    runs=over_the_posterior("pillar_linkage"),
    answer=Comparison(
        question="How many come home because of those they know, and how many are only counted so?",
        method=["What ties do is switched off, with the same graduates and the same luck; there is no reform."],
        meaning=_meaning,
        limits=[
            "What a tie brings and saves are assumptions, and who knows whom among these graduates has not been",
            "observed. Beliefs are heard from ties in all of these worlds.",
        ],
        by_year=ByYear(paths=[RETURNS, EMIGRANTS]),
        findings=Findings(lines=_findings),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
