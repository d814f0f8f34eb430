"""More and better graduate training at home: whether the country keeps what it trains, or pays for what others use.

Run it with ``python -m experiments run brain-korea``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from abm.codes import SECTORS
from abm.measures import CAPITAL, GRADUATES
from abm.reforms.prices import decade_of_rule_of_law, diversification, research_funding
from abm.scenario import Scenario
from abm.sweep.plans import Plans
from experiments.study.comparison import EMIGRANTS, UNEMPLOYMENT, ByYear, Comparison, Findings
from experiments.study.conduct import run
from experiments.study.contrasts import (
    at_end,
    change,
    change_of,
    difference,
    over_all_years,
    paragraph,
    ratio_of_contrasts,
    shown,
)
from experiments.study.experiment import Drawn, Experiment, Results
from experiments.study.levers import start_of
from experiments.study.sections import Seen, dots_of_differences, section, seen, table_of
from experiments.study.since_2010 import over_the_posterior
from experiments.study.tables import plain

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["EXPERIMENT"]

DOCTORATES, MANY_DOCTORATES = 0.004, 0.02  # half as many again, and more than three times as many; assumptions
MASTERS = 0.1  # assumption: every tenth new graduate more
COHORT = 0.1  # assumption: a tenth more graduates
POSTS = 0.1  # assumption: a tenth more private posts
NOTHING, FEW, MANY, DEGREES, MORE, MORE_JOBS, MORE_LAW, JOBS, LAW = (
    "no reform",
    "half as many doctorates again",
    "three and a half times the doctorates",
    "a tenth more masters",
    "a tenth more graduates",
    "a tenth more graduates, and private posts",
    "a tenth more graduates, and rule of law",
    "a tenth more private posts alone",
    "rule of law alone",
)


def design(world: Scenario) -> Plans:
    """Return the plans: higher degrees, larger cohorts, and these with posts or with rule of law."""
    start = start_of(world)
    more, jobs = research_funding(world, start, graduates=COHORT), diversification(world, start, POSTS)
    law = decade_of_rule_of_law(world, start)
    return Plans.of(
        {
            NOTHING: (),
            FEW: (research_funding(world, start, doctorates=DOCTORATES),),
            MANY: (research_funding(world, start, doctorates=MANY_DOCTORATES),),
            DEGREES: (research_funding(world, start, masters=MASTERS),),
            MORE: (more,),
            MORE_JOBS: (more, jobs),
            MORE_LAW: (more, law),
            JOBS: (jobs,),
            LAW: (law,),
        }
    )


# each plan beside the same without its training
TRAINED = {FEW: NOTHING, MANY: NOTHING, DEGREES: NOTHING, MORE: NOTHING, MORE_JOBS: JOBS, MORE_LAW: LAW}
LARGER = (MORE, MORE_JOBS, MORE_LAW)
CAPITAL_AT_HOME = "human_capital_at_home"


def _findings(results: Results) -> Sequence[str]:
    home, capital = at_end(results, "graduates_at_home"), at_end(results, CAPITAL_AT_HOME)
    trained, gone = over_all_years(results, "new_graduates"), over_all_years(results, "emigrants")
    idle = at_end(results, "unemployment_rate")
    at_work = sum(at_end(results, f"employed_in_{sector}") for sector in SECTORS)
    kept = {plan: ratio_of_contrasts(home, trained, {plan: 1.0, TRAINED[plan]: -1.0}) for plan in LARGER}
    net = {plan: difference(capital, plan, without) for plan, without in TRAINED.items()}

    def more(table: pd.DataFrame, unit: float = GRADUATES.divide_by) -> Callable[[str], str]:
        return lambda plan: shown(difference(table, plan, TRAINED[plan]), unit)

    return section(
        ["**Kept or lost.** Each plan beside the same without its training, at the end of the run or over all years:"],
        table_of(
            TRAINED.keys(),
            {
                f"trained more, {GRADUATES.short}": more(trained),
                f"at home more at the end, {GRADUATES.short}": more(home),
                f"at work there, {GRADUATES.short}": more(at_work),
                f"human capital at home, {GRADUATES.short}": more(capital),
                f"departures more, {GRADUATES.short}": more(gone),
                "unemployment, % points": more(idle, 0.01),
            },
        ),
        f"Of a hundred graduates trained more, {shown(kept[MORE], 0.01, plain)} are at home more at the end; with",
        f"a tenth more private posts {shown(kept[MORE_JOBS], 0.01, plain)}, with rule of law",
        f"{shown(kept[MORE_LAW], 0.01, plain)}. The others have left, or others left because of them; it is all",
        "one to the country. With more doctorates human capital at home",
        f"{change(net[FEW], CAPITAL.divide_by, f' {CAPITAL.word} mean graduates')} for half as many again, and",
        f"{change_of(net[MANY], CAPITAL_AT_HOME)} for three and a half times as many; with more masters it",
        f"{change_of(net[DEGREES], CAPITAL_AT_HOME)}: a degree brings offers from abroad, and in the model no",
        "human capital by itself.",
        _verdict(net[MORE].low, ratio_of_contrasts(at_work, trained, {MORE: 1.0, NOTHING: -1.0})),
    )


def _verdict(capital_low: float, at_work: Interval) -> str:
    """Return whether training more is a gain to the country all the same, and to how many who are trained."""
    gain = "is a gain for the country in human capital" if capital_low > 0.0 else "is not shown to be a gain"
    return (
        f"Training more {gain}, but where nothing makes posts for those who are trained, a hundred of them add only "
        f"{shown(at_work, 0.01, plain)} people at work."
    )


def _figures(results: Results) -> Iterator[Drawn]:
    measures = (
        seen("graduates_at_home", at_end(results, "graduates_at_home"), 1),
        seen("emigrants", over_all_years(results, "emigrants"), -1, "cumulative"),
        Seen("unemployment, % points", at_end(results, "unemployment_rate"), 0.01, -1),
    )
    title = "What more training at home does, beside the same without it"
    yield "kept_or_lost", dots_of_differences(TRAINED, measures, title=title)


def _meaning(effects: Mapping[str, str], years: str) -> Sequence[str]:
    return paragraph(
        f"Over {years} more doctorates change net brain gain, which counts moves and not training, by {effects[FEW]}",
        f"graduates, many more by {effects[MANY]}, more masters by {effects[DEGREES]}, a tenth more graduates by",
        f"{effects[MORE]}: with higher degrees, and with fewer posts for each, more leave. With posts",
        f"({effects[MORE_JOBS]}) or rule of law ({effects[MORE_LAW]}) training stands on other ground:",
    )


EXPERIMENT = Experiment(
    name="brain-korea",
    description="More doctorates, masters and graduates at home: beneficial brain drain, or a subsidised one?",
    levels_of_kazakhstan="Rises of the share of doctorates by 0.004 and 0.02, set beside 0.008,",
    order=70,
    design=design,
    runs=over_the_posterior(
        "new_graduates",
        "unemployment_rate",
        "human_capital_at_home",
        *(f"employed_in_{sector}" for sector in SECTORS),
    ),
    answer=Comparison(
        question="Is more graduate training at home a gain, or does the country pay for what others use?",
        method=paragraph(
            "Doctorates and masters raise the degrees of some new graduates; a tenth more graduates are people beside",
            "those who would graduate anyway, whom private posts follow in part and in time. Against each stands the",
            "same world without the training.",
        ),
        meaning=_meaning,
        limits=paragraph(
            "In the model degrees raise pay and offers from abroad, and add nothing to what others at home can do: no",
            "research, no firms, no better teaching, which is what Brain Korea 21 was for. Nor does the hope to leave",
            "make anybody study, the channel by which brain drain can benefit a country. How far posts",
            "follow graduates is an assumption; the more they do, the more of those trained find work at home.",
        ),
        against={MORE_JOBS: JOBS, MORE_LAW: LAW},
        findings=Findings(_findings, _figures),
        by_year=ByYear(paths=[EMIGRANTS, UNEMPLOYMENT], plans=(NOTHING, MANY, DEGREES, MORE, MORE_JOBS, MORE_LAW)),
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
