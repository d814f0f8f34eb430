"""The study: screening, indices, and the conditions under which reforms fail, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.analysis.boxes import found_box
from abm.sweep.store import Store
from experiments.sensitivity.indices import elementary, sobol
from experiments.sensitivity.inputs import LUCK, group_of, names, varied
from experiments.sensitivity.runs import COURTS, NOTHING, PLANS, carried_out, column_of, run_again, world_of
from experiments.sensitivity.samples import (
    IN_GROUPS,
    LEADING,
    SCREENING,
    in_groups,
    labels,
    leading,
    screening,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GRADUATES", "HALF", "N_FIRST", "again", "cases", "conditions", "first", "made", "screened", "shared"]

GRADUATES = 10_000
TRAJECTORIES, N_GROUPS, N_LEADING, N_FIRST = 8, 32, 64, 8  # the last: unknowns that have indices of their own
SEED = 30  # of luck
GAIN = "net brain gain"
ASKED = {plan: column_of(plan, GAIN) for plan in (NOTHING, *PLANS)}  # what indices are of
HALF = 0.5  # of a reform's median effect: below it a reform fails
LEAST_CASES = 10


def made(store: Store, where: Mapping[str, Any]) -> pd.DataFrame:
    """Do the runs of all samples that a store does not have, and return a row for each point."""
    import pandas as pd

    world = world_of(GRADUATES)
    begun = carried_out([screening(TRAJECTORIES), in_groups(N_GROUPS)], SEED, world, store, where)
    chosen = first(screened(begun))
    rest = carried_out([leading(N_LEADING, chosen)], SEED + 1, world, store, where)
    return pd.concat([begun, rest], ignore_index=True)


def again(row: pd.Series) -> str:
    """Return what differs if the runs of a row of the published table are made again, or nothing."""
    return run_again(row, GRADUATES)


def screened(points: pd.DataFrame) -> pd.DataFrame:
    """Return elementary effects: a row for each plan and input, in thousands over the middle of the input's prior."""
    import pandas as pd

    rows = points[points["sample"] == SCREENING]
    inputs = names()
    shares = np.column_stack([rows[[one.name for one in varied()]].to_numpy(float), rows[LUCK].to_numpy(float)])
    tables = []
    for plan, column in ASKED.items():
        found = elementary(shares, rows[column].to_numpy(float), inputs)
        own = pd.DataFrame({"plan": plan, "input": inputs} | found)
        tables.append(own.assign(group=[group_of(name) for name in inputs]))
    return pd.concat(tables, ignore_index=True)


def first(effects: pd.DataFrame) -> list[str]:
    """Return the unknowns that matter most: by the mean over plans of each one's share of all elementary effects."""
    share = effects["mu_star"] / effects.groupby("plan")["mu_star"].transform("sum").clip(lower=1e-12)
    mean = share.groupby(effects["input"]).mean().drop(LUCK)
    return [str(name) for name in mean.sort_values(ascending=False, kind="stable").index[:N_FIRST]]


def shared(points: pd.DataFrame) -> pd.DataFrame:
    """Return Sobol indices with 95 % intervals: of groups of inputs, and of those that matter one by one.

    They are of the ranks of outcomes: a few points at which hardly anything costs to move have most of the variance
    itself, of which samples of this size cannot tell whose it is.
    """
    import pandas as pd

    known = {IN_GROUPS: [group_of(name) for name in names()], LEADING: labels(first(screened(points)))}
    tables = []
    for sample, of in known.items():
        rows = points[points["sample"] == sample]
        for plan, column in ASKED.items():
            inputs, found = sobol(_ranks(rows[column].to_numpy(float)), of)
            tables.append(pd.DataFrame({"sample": sample, "plan": plan, "input": inputs} | found))
    return pd.concat(tables, ignore_index=True)


def _ranks(numbers: np.ndarray) -> np.ndarray:
    """Return the rank of each number, from 0 to 1, those alike sharing one."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(numbers) - 0.5) / len(numbers))


def _saltelli(points: pd.DataFrame) -> pd.DataFrame:
    return points[points["sample"] != SCREENING]


def cases(points: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """Return where each reform fails, in each way that counts as failing, by the reform and what is said of it."""
    effect = {plan: points[column_of(plan, GAIN)].to_numpy(float) for plan in PLANS}
    found = {}
    for plan, own in effect.items():
        found[plan, "has the wrong sign"] = np.sign(own) != np.sign(np.median(own))
        found[plan, "does less than half of its median"] = np.abs(own) < HALF * np.abs(np.median(own))
        if plan not in (COURTS, PLANS[-1]):
            found[COURTS, f"brings less than {plan}"] = effect[COURTS] < own
    return found


def conditions(points: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions under which reforms fail: a row for each limit of each box, and one for a box without any.

    Boxes are found in blocks with even numbers and judged in those with odd ones.  A way to fail that has fewer than
    ten cases in either half, or fewer than ten that are none, has no box.
    """
    import pandas as pd

    rows = _saltelli(points)
    scores = rows[[one.name for one in varied()]].to_numpy(float)
    even = rows["block"].to_numpy(int) % 2 == 0
    found = []
    for (plan, said), fails in cases(rows).items():
        head = {"plan": plan, "fails": said, "share": fails.mean()}
        if min(min(part.sum(), (~part).sum()) for part in (fails[even], fails[~even])) < LEAST_CASES:
            found.append(head | {"input": "", "limit": "", "value": np.nan, "coverage": np.nan, "density": np.nan})
            continue
        box = found_box(scores[even], fails[even])
        coverage, density = box.judged(scores[~even], fails[~even])
        if density <= fails[~even].mean():  # no better than any point: what it found was noise
            found.append(head | {"input": "", "limit": "", "value": np.nan, "coverage": coverage, "density": density})
            continue
        limits = [("at least", box.low), ("at most", box.high)]
        found += [
            head
            | {"input": varied()[column].name, "limit": which, "value": _value(column, score)}
            | {"coverage": coverage, "density": density}
            for which, those in limits
            for column, score in those.items()
        ] or [head | {"input": "", "limit": "", "value": np.nan, "coverage": coverage, "density": density}]
    return pd.DataFrame(found)


def _value(column: int, score: float) -> float:
    """Return the value of an unknown at a score; of one that another multiplies, over that other."""
    from scipy.special import ndtr

    return float(varied()[column].quantile(np.array([ndtr(score)]))[0])
