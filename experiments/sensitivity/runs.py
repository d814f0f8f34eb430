"""Runs of the points of samples: each without reform and with every reform, one past and as many futures.

Runs go through the runner and its store: they are found again after any interruption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.engine.streams import replicate_seed
from abm.measures import AT_END, GRADUATES
from abm.posterior import Posterior
from abm.reforms import HostTightening, PublicSalaryParity, ReturnIncentive
from abm.reforms.base import Reform
from abm.reforms.prices import decade_of_rule_of_law
from abm.scenario import Scenario
from abm.sweep.arms import Arm
from abm.sweep.design import Run, pack_scenario
from abm.sweep.own_reforms import known_reforms
from abm.sweep.runner import series_of
from abm.sweep.shared_past import together
from abm.sweep.store import Store, key_of
from experiments.calibration.unknowns import columns, values
from experiments.calibration.waves import SCENARIO, rounded
from experiments.sensitivity.inputs import LUCK, varied
from experiments.sensitivity.samples import Sample
from experiments.study.levers import TWO_YEARS, start_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COURTS",
    "NOTHING",
    "OUTCOMES",
    "PLANS",
    "carried_out",
    "column_of",
    "run_again",
    "world_of",
]

END = "2050-12"
NOTHING, COURTS, PAY, RETURNS, ABROAD = "no reform", "rule of law", "public pay", "paid returns", "fewer offers abroad"
PLANS = (COURTS, PAY, RETURNS, ABROAD)  # the last is no reform at home: a door to compare with
FEWER = 0.5  # of the offers abroad; assumption
DIGITS = 2  # after the point, of thousands of persons
OUTCOMES = {
    "net brain gain": ("net_brain_gain", "cumulative"),
    "at home at the end": ("graduates_at_home", AT_END),
    "at work at the end": ("graduates_at_work", AT_END),
}


def world_of(graduates: int) -> Scenario:
    """Return the scenario that is varied, with so many simulated graduates."""
    return Scenario.load(SCENARIO).replace({"end": END, "graduates": graduates})


def plans(world: Scenario) -> dict[str, tuple[Reform, ...]]:
    """Return what is in force in each run of a point, no reform first."""
    start = start_of(world)
    return {
        NOTHING: (),
        COURTS: (decade_of_rule_of_law(world, start),),
        PAY: (PublicSalaryParity(start=start, target=1.0),),
        RETURNS: (ReturnIncentive(start=start, months_of_pay=float(TWO_YEARS)),),
        ABROAD: (HostTightening(start=start, offers=FEWER),),
    }


def column_of(plan: str, outcome: str) -> str:
    """Return the column of an outcome: its level without reform, or the effect of a reform on it."""
    return f"{plan}: {outcome}"


def carried_out(
    samples: Sequence[Sample], seed: int, world: Scenario, store: Store, where: Mapping[str, Any]
) -> pd.DataFrame:
    """Do the runs of samples that the store does not have, and return a row for each point.

    Returns
    -------
    DataFrame
        ``sample``, ``block``, ``luck`` and ``seed`` of the point, the scores of the unknowns by name, and outcomes in
        thousands, rounded: without reform, and what each reform adds.

    Raises
    ------
    SweepError
        If a run fails.
    KeyboardInterrupt
        If it was interrupted.
    """
    import pandas as pd

    rows = [row for sample in samples for row in _rows(sample)]
    known = [one.name for one in varied()]
    lucks: dict[tuple[object, ...], int] = {}
    for row in rows:
        drawn = lucks.setdefault((row["sample"], row["block"], row[LUCK]), len(lucks))
        row["seed"] = replicate_seed(seed, drawn)
    scores = np.array([[row[name] for name in known] for row in rows])
    points = _points(scores)
    ready = plans(world)
    families = [_family(world, points, place, int(row["seed"]), ready) for place, row in enumerate(rows)]
    found = iter(series_of([run for family in families for run in family], store, **where))
    for row in rows:
        series = {plan: next(found) for plan in ready}
        row |= _numbers({plan: {name: np.asarray(of) for name, of in years.items()} for plan, years in series.items()})
    head = ["sample", "block", LUCK, "seed"]
    return pd.DataFrame(rows)[[*head, *known, *(column_of(plan, outcome) for plan in ready for outcome in OUTCOMES)]]


def _rows(sample: Sample) -> list[dict[str, Any]]:
    """Return a row for each point of a sample: where it stands, its luck, and its scores."""
    from scipy.special import ndtri

    scores, luck = rounded(ndtri(sample.shares[:, :-1])), np.round(sample.shares[:, -1], 6)
    known = [one.name for one in varied()]
    return [
        {"sample": sample.name, "block": place // sample.block, LUCK: float(luck[place])}
        | dict(zip(known, map(float, scores[place]), strict=True))
        for place in range(len(scores))
    ]


def _points(scores: np.ndarray) -> Posterior:
    """Return the values of points, as a posterior has them."""
    found = columns(values(scores, varied()), varied())
    rows = np.column_stack(list(found.values()))
    return Posterior("points of a sample", "", tuple(found), rows, tuple(range(len(rows))))


def _family(
    world: Scenario, points: Posterior, place: int, seed: int, ready: Mapping[str, tuple[Reform, ...]]
) -> list[Run]:
    """Return the runs of a point under every plan: of one scenario and one seed, so that they share their past."""
    changes = points.overrides(world, place)
    scenario = world.replace(changes)
    text, packed = scenario.to_toml(), pack_scenario(scenario)
    return [
        Run(
            key_of(text, known_reforms(text, reforms).known, seed),
            Arm(f"point {place}, {plan}", {"point": str(place), "plan": plan}, overrides=changes, reforms=reforms),
            0,
            seed,
            packed,
        )
        for plan, reforms in ready.items()
    ]


def _numbers(series: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, float]:
    """Return the outcomes of a point's runs by their columns, in thousands, rounded."""
    found = {}
    for plan, years in series.items():
        for name, outcome in OUTCOMES.items():
            level = _of(outcome, years)
            number = level if plan == NOTHING else level - _of(outcome, series[NOTHING])
            found[column_of(plan, name)] = round(number / GRADUATES.divide_by, DIGITS)
    return found


def _of(outcome: tuple[str, str], years: Mapping[str, np.ndarray]) -> float:
    from abm.analysis.effects import Outcome

    found = Outcome(*outcome)
    return found.of(np.asarray(years[found.measure], dtype=float), np.asarray(years["months"], dtype=float))


def run_again(row: pd.Series, graduates: int) -> str:
    """Return what differs if the runs of a row of the table are made again, a sentence, or nothing."""
    world = world_of(graduates)
    scores = row[[one.name for one in varied()]].to_numpy(dtype=float)[None]
    ready = plans(world)
    scenario = world.replace(_points(scores).overrides(world, 0))
    series: dict[str, Mapping[str, np.ndarray]] = {}
    for place, found in together(scenario, list(ready.values()), int(row["seed"])):
        if isinstance(found, BaseException):
            raise found
        series[list(ready)[place]] = found
    off = [name for name, number in _numbers(series).items() if number != row[name]]
    return f"sample {row['sample']}, block {row['block']}: {', '.join(off)} is another" if off else ""
