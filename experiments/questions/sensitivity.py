"""Which of the things that nobody knows decide what reforms bring, how much is luck, and when reforms fail.

Run it with ``python -m experiments run sensitivity``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from abm.scenario import SCENARIO_FOLDER
from experiments.calibration.unknowns import PRIORS
from experiments.calibration.waves import SCENARIO
from experiments.sensitivity import samples, study
from experiments.sensitivity.inputs import LUCK
from experiments.sensitivity.runs import NOTHING
from experiments.study.contrasts import paragraph
from experiments.study.estimate import Estimate, Found, Made
from experiments.study.experiment import Drawn
from experiments.study.tables import markdown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPERIMENT"]


def inputs() -> list[Path]:
    """Return the files that it reads."""
    return [PRIORS, *(SCENARIO_FOLDER / f"{name}.toml" for name in ("kazakhstan", SCENARIO))]


def missing() -> str:
    """Return why it cannot be made here, or nothing."""
    if said := samples.missing():
        return said
    return "" if PRIORS.is_file() else f"{PRIORS}: the priors of the weights are missing; publish prior first"


def answer(points: pd.DataFrame) -> Found:
    """Return what is published of the runs of all samples."""
    effects, shares = study.screened(points), study.shared(points)
    conditions = study.conditions(points)
    tables = {
        "screening.csv": effects,
        "indices.csv": shares,
        "conditions.csv": conditions,
    }
    return Found(_report(points, shares, conditions), tables, lambda: _figures(effects, shares))


def _report(points: pd.DataFrame, shares: pd.DataFrame, conditions: pd.DataFrame) -> str:
    n = points["sample"].value_counts()
    lines = [
        "What decides what reforms bring?",
        "",
        *paragraph(
            f"{len(points):,} points of what is unknown, each a world of {study.GRADUATES:,} graduates from 2010 to",
            f"2050, without reform and with each from 2026: {n[samples.SCREENING]:,} on Morris's trajectories,",
            f"{n[samples.IN_GROUPS]:,} and {n[samples.LEADING]:,} by Saltelli's design, for groups of unknowns and for",
            "those that moved most one by one. Luck is an input like the others. Shares are of the variance of the",
            f"rank of net brain gain ({NOTHING}) or of what a reform adds to it: alone / with all others, and halves",
            "of 95 % intervals.",
        ),
        "",
        *markdown(_rows(shares[shares["sample"] == samples.IN_GROUPS])),
        "",
        *markdown(_rows(shares[shares["sample"] == samples.LEADING])),
        "",
        *markdown(_condition_rows(conditions)),
        "",
        *paragraph(*_meaning(shares)),
        "",
        *paragraph(
            "**What it cannot say.** Shares are of the variance under these priors: a narrower prior has a smaller",
            "one. Samples are small, and an index may lie outside 0 to 1 by its error. Luck is that of so small a",
            "world; it falls with its size. A reform fails if its effect has the other sign than its median, or is",
            f"less than {study.HALF:g} of it. Boxes are found in half of the points and judged in the other, which",
            "come from other rows of the design; where there are too few cases, none is looked for.",
        ),
    ]
    return "\n".join(lines) + "\n"


def _rows(shares: pd.DataFrame) -> list[tuple[str, ...]]:
    plans = list(dict.fromkeys(shares["plan"]))
    rows: list[tuple[str, ...]] = [("share of variance", *plans)]
    for name in dict.fromkeys(shares["input"]):
        own = shares[shares["input"] == name].set_index("plan")
        rows.append((str(name), *(_cell(own.loc[plan]) for plan in plans)))
    return rows


def _cell(row: pd.Series) -> str:
    return f"{row['S1']:.2f} ± {row['S1_conf']:.2f} / {row['ST']:.2f} ± {row['ST_conf']:.2f}"


def _condition_rows(conditions: pd.DataFrame) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("reform", "fails if it", "share of points", "where", "coverage", "density")]
    for (plan, said), those in conditions.groupby(["plan", "fails"], sort=False):
        limits = [f"{one['input']} {one['limit']} {one['value']:.3g}" for _, one in those.iterrows() if one["input"]]
        head = those.iloc[0]
        known = head["coverage"] == head["coverage"]
        judged = tuple(f"{head[name]:.2f}" if known else "" for name in ("coverage", "density"))
        where = "; ".join(limits) or ("no box holds" if known else "too few cases")
        rows.append((str(plan), str(said), f"{100 * head['share']:.1f} %", where, *judged))
    return rows


def _meaning(shares: pd.DataFrame) -> list[str]:
    """Say what decides most, and how much luck does."""
    said = ["**What it means.**"]
    own = shares[(shares["sample"] == samples.LEADING) & ~shares["input"].isin([LUCK, "all others"])]
    luck = shares[(shares["sample"] == samples.LEADING) & (shares["input"] == LUCK)].set_index("plan")
    for plan, rows in own.groupby("plan", sort=False):
        most = rows.sort_values("ST", ascending=False, kind="stable").iloc[:2]
        names = " and ".join(f"{row['input']} ({row['ST']:.2f})" for _, row in most.iterrows())
        said.append(f"*{plan}*: most by {names}; luck {luck.loc[plan, 'ST']:.2f}.")
    return said


def _figures(effects: pd.DataFrame, shares: pd.DataFrame) -> Iterable[Drawn]:
    from experiments.sensitivity import picture

    yield "screening", picture.effects(effects)
    for sample, title in (
        (samples.IN_GROUPS, "Shares of the variance of the rank of net brain gain: groups of unknowns, and luck"),
        (samples.LEADING, "Shares of the variance of the rank of net brain gain: what moves it most, and luck"),
    ):
        yield sample, picture.shares(shares[shares["sample"] == sample], title)


EXPERIMENT = Estimate(
    "sensitivity",
    "Which of the things that nobody knows decide what reforms bring, how much is luck, and when reforms fail",
    inputs=inputs,
    answer=answer,
    made=Made(study.made, study.again),
    missing=missing,
    libraries=("SALib",),
    order=163,
)
