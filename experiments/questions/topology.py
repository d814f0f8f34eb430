"""The same reforms over different networks, to see whether it matters who knows whom.

Run it with ``python -m experiments run topology``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from abm.measures import GRADUATES, measure
from abm.reforms import PublicSalaryParity
from abm.reforms.base import Reform
from abm.reforms.prices import decade_of_rule_of_law, diaspora_engagement
from abm.scenario import Scenario
from abm.sweep.design import Factor, FullFactorial
from experiments.study.comparison import GAIN, total_effects
from experiments.study.conduct import run
from experiments.study.experiment import Drawn, Experiment, Results, Runs
from experiments.study.levers import start_of
from experiments.study.remarks import remark_lines
from experiments.study.report import Report, years_of
from experiments.study.tables import REPORTED, cost_lines, cost_table, interval, markdown, own_baselines
from experiments.study.worlds import differences

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COURTS", "EXPERIMENT", "NETWORKS", "NONE", "PAY", "design"]

NETWORK, REFORM = "network.kind", "reform"
NETWORKS = {
    "small_world": "small world (the model's own)",
    "ring": "ring (classmates only)",
    "homophilous": "homophilous (cohorts)",
    "erdos_renyi": "random",
    "barabasi_albert": "scale-free (a few know many)",
    "none": "no ties at all",
}
NONE, COURTS, PAY, DIASPORA = "none", "rule of law", "public pay", "diaspora"


def design(world: Scenario) -> FullFactorial:
    """Return every network with every reform alone; in each network the runs without reform are its baseline."""
    start = start_of(world)
    reforms: dict[Any, Reform | None] = {
        NONE: None,
        COURTS: decade_of_rule_of_law(world, start),
        PAY: PublicSalaryParity(start=start, target=1.0),
        DIASPORA: diaspora_engagement(world, start, tie_offers=3.0),
    }
    return FullFactorial(
        (
            Factor(name=NETWORK, values=tuple(NETWORKS), meaning="law by which graduates know each other"),
            Factor(name=REFORM, values=tuple(reforms), reform=lambda name: reforms[name], meaning="the one in force"),
        )
    )


LIMITS = (
    "Who knows whom among these graduates has not been observed; these are laws, not data. Ties",
    "are drawn once and kept, so no reform makes or ends a tie. Clusters of those who left before the start are made",
    "along the ring, not along the network drawn here, so only on the ring and the small world do kin who left know",
    "each other. Mean degree and the weight of ties are assumptions of their own.",
)


def _effects(results: Results) -> pd.DataFrame:
    return total_effects(results).set_index([NETWORK, REFORM])


def _differences(results: Results) -> pd.DataFrame:
    """Return, by network and reform, the effect less that in the first network, with its interval over replicates."""
    return differences(results, (NETWORK, REFORM), list(NETWORKS), (COURTS, PAY, DIASPORA), without=NONE)


def _table(results: Results) -> list[str]:
    effects, differences = _effects(results), _differences(results)
    heads = [f"{reform}: {what}" for reform in (COURTS, PAY, DIASPORA) for what in ("effect", "difference")]
    rows: list[tuple[str, ...]] = [("network", "without reform", *heads)]
    for network, name in NETWORKS.items():
        if (network, NONE) not in effects.index:
            continue
        row = [name, _cell(effects.loc[(network, NONE)], "mean")]
        for reform in (COURTS, PAY, DIASPORA):
            known = (network, reform) in effects.index
            row.append(_cell(effects.loc[(network, reform)], "effect") if known else "")
            compared = known and (network, reform) in differences.index
            row.append(_cell(differences.loc[(network, reform)], "effect") if compared else "")
        rows.append(tuple(row))
    return markdown(rows)


def _cell(row: pd.Series, centre: str) -> str:
    ends = ("mean_low", "mean_high") if centre == "mean" else ("low", "high")
    return interval(*(GRADUATES.scaled(row[column]) for column in (centre, *ends)))


def _meaning(results: Results) -> Sequence[str]:
    effects, differences = _effects(results), _differences(results)
    levels = GRADUATES.scaled(effects.xs(NONE, level=REFORM)["mean"])
    lines = [
        f"Without reform net brain gain over {years_of(results)} is from {levels.min():+.0f} {GRADUATES.printed}",
        f"({NETWORKS[str(levels.idxmin())]}) to {levels.max():+.0f} ({NETWORKS[str(levels.idxmax())]}).",
        "Against that, in the same network,",
    ]
    for reform in (COURTS, PAY, DIASPORA):
        mine = GRADUATES.scaled(effects.xs(reform, level=REFORM)["effect"])
        low, high = str(mine.idxmin()), str(mine.idxmax())
        end = "." if reform == DIASPORA else ";"
        lines += [f"{reform} brings {mine[low]:+.0f} ({NETWORKS[low]}) to {mine[high]:+.0f} ({NETWORKS[high]}){end}"]
    beyond = differences[(differences["low"] > 0.0) | (differences["high"] < 0.0)]
    lines += [
        f"Of {len(differences)} differences between effects here and in the model's own network {len(beyond)} are",
        f"beyond chance at 95 % (one in twenty would be by chance alone){':' if len(beyond) else '.'}",
    ]
    named = [
        f"{reform} with {NETWORKS[str(network)]}, {_cell(row, 'effect')}"
        for (network, reform), row in beyond.iterrows()
    ]
    return [*lines, ";\n".join(named) + "."] if named else lines


def _figures(results: Results) -> Iterator[Drawn]:
    """Draw each reform's effect by network, and net brain gain without reform by year and network."""
    from abm.analysis import figures as draw
    from abm.analysis.design_figures import effect_panels

    rows = _effects(results).reset_index()
    rows = rows[rows[REFORM] != NONE].sort_values(REFORM, key=lambda names: names.map([COURTS, PAY, DIASPORA].index))
    figure = effect_panels(
        rows.assign(name=rows[NETWORK].map(NETWORKS)),
        panel=REFORM,
        title=f"What each reform brings over {years_of(results)}, by who knows whom",
        unit=f"{GRADUATES.printed} more than without it in the same network, with {results.interval}",
        note="shaded: the interval in the model's own network",
        divide_by=GRADUATES.divide_by,
    )
    yield "effects_by_network", figure
    runs = results.runs[results.runs[REFORM] == NONE]
    figure = draw.time_paths(
        {name: runs[runs[NETWORK] == network] for network, name in NETWORKS.items()},
        GAIN,
        title="Net brain gain without reform, by who knows whom",
        unit=measure(GAIN).printed_unit(),
    )
    yield "net_brain_gain_by_network", figure


EXPERIMENT = Experiment(
    name="topology",
    description="The same reforms over different networks: ring, scale-free, random, homophilous, none",
    order=130,
    design=design,
    runs=Runs(graduates=10_000, within=(NETWORK,), measures=REPORTED),
    answer=Report(
        question="Does it matter for reforms who knows whom?",
        method=lambda results: [
            f"The same reforms over networks of the same mean degree ({results.world.network.mean_degree} ties), but",
            "for the last, which has none. Effects are net brain gain over all years less that without reform in the",
            "same network; differences are of these effects, against the model's own network, replicate by replicate.",
            f"All is in {GRADUATES.printed}. Reforms: rule of law rising for ten years at the fastest speed on record;",
            "public pay on a par with private pay; a diaspora policy that makes each tie at home three times as",
            "helpful in finding a job there.",
        ],
        blocks=lambda results: [
            _table(results),
            cost_lines(results, own_baselines(results, NETWORK)),
            remark_lines(results.world, results.arms),
        ],
        meaning=_meaning,
        limits=LIMITS,
        figures=_figures,
        tables=lambda results: {
            "costs.csv": cost_table(results, own_baselines(results, NETWORK)),
            "differences.csv": _differences(results).reset_index(),
        },
    ),
)


if __name__ == "__main__":
    run(EXPERIMENT)
