"""Calibration of Kazakhstan since 2010: what was observed up to 2021 says this of what nobody knows, and no more.

Run it with ``python -m experiments run calibration``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import abm
from abm.scenario import SCENARIO_FOLDER
from experiments.calibration import fit as fitting
from experiments.calibration.targets import DEPARTURES, FIRST, LAST
from experiments.calibration.unknowns import KAPPA, PRIORS, unknowns
from experiments.calibration.waves import SCENARIO
from experiments.study.contrasts import paragraph
from experiments.study.estimate import Estimate, Found, Made
from experiments.study.experiment import Drawn
from experiments.study.tables import markdown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from experiments.calibration.fit import Belief, Fit

__all__ = ["EXPERIMENT"]

DATA = Path(abm.__file__).parent / "data"
TABLES = ("migration", "diaspora", "us_visas", "labour_market")  # what the targets are read from
SPOKEN, SILENT = 0.25, 0.10  # of the variance: above it the data spoke, below it they are silent


def inputs() -> list[Path]:
    """Return the files that it reads."""
    scenarios = [SCENARIO_FOLDER / f"{name}.toml" for name in ("kazakhstan", SCENARIO)]
    return [PRIORS, *scenarios, *(DATA / f"{name}.csv" for name in TABLES)]


def missing() -> str:
    """Return why it cannot be made here, or nothing."""
    return "" if PRIORS.is_file() else f"{PRIORS}: the priors of the weights are missing; publish prior first"


def answer(points: pd.DataFrame) -> Found:
    """Return what is published of the runs of all waves."""
    from experiments.calibration.tables import coverage_of, posterior_of, targets_of, unknowns_of

    found, belief = fitting.fit(points), fitting.believed(points)
    unknown, target = unknowns_of(found, belief), targets_of(found)
    tables = {
        "unknowns.csv": unknown,
        "targets.csv": target,
        "coverage.csv": coverage_of(belief),
        "posterior.csv": posterior_of(found),
    }
    return Found(_report(found, belief, unknown, target), tables, lambda: _figures(found, belief, unknown, target))


def _report(found: Fit, belief: Belief, unknown: pd.DataFrame, target: pd.DataFrame) -> str:
    n_points = (fitting.N_PRIOR, fitting.N_SECOND, fitting.N_TRUTHS)
    lines = [
        "What does the past say of what nobody knows?",
        "",
        *paragraph(
            f"Kazakhstan from {FIRST} to {LAST}, {fitting.GRADUATES:,} simulated graduates. {n_points[0]:,} runs at",
            f"points spread over the priors, and {n_points[1]:,} over what these leave, each with luck of its own,",
            "teach a quadratic regression what a run has of every target; its error, of runs left out, counts.",
            "The posterior of the unknowns is sampled by elliptical slices. What may be between the model and what was",
            "observed (spread) is an assumption: shares of graduates were seen once, ethnicity is that of all who",
            "leave, stay rates are those of all nationalities, and the model has no yearly effects.",
        ),
        "",
        *markdown(_target_rows(target)),
        "",
        *paragraph(*_meaning(unknown, target)),
        "",
        *markdown(_unknown_rows(unknown)),
        "",
        *paragraph(*_belief(belief, unknown)),
        "",
        *paragraph(*_second_method(unknown)),
        "",
        *paragraph(
            "**What it cannot say.** What was not observed cannot be fitted: nobody counted who returned, or how far",
            "flows answer a reform, so that what reforms bring hangs on priors as before: of the weight of rule of law",
            "from the world, of credibility, posts and pay from nothing but assumptions. The moving costs' priors are",
            "centred where they were once set by hand on the same departures. Dated doors are unknowns without a sign.",
            "The share of graduates abroad in 2010, the stock at home in 2021 and all that came after 2021 are not",
            "fitted. posterior.csv has "
            f"{fitting.N_DRAWS} draws of {len(unknowns())} unknowns, as ``--draws`` reads them.",
        ),
    ]
    return "\n".join(lines) + "\n"


def _cell(row: pd.Series, which: str) -> str:
    return f"{row[f'{which}_p50']:.3g} [{row[f'{which}_p05']:.3g}, {row[f'{which}_p95']:.3g}]"


def _target_rows(target: pd.DataFrame) -> list[tuple[str, ...]]:
    heads = ("fitted", "when", "unit", "observed", "runs of the prior", "model", "statistic", "inside")
    rows = [
        (
            *(row["target"], row["when"], row["unit"], f"{row['observed']:.3g}"),
            *(_cell(row, which) for which in ("prior", "model", "statistic")),
            "yes" if row["inside_90"] else "NO",
        )
        for _, row in target.iterrows()
    ]
    return [heads, *rows]


def _unknown_rows(unknown: pd.DataFrame) -> list[tuple[str, ...]]:
    heads = ("unknown", "prior", "posterior", "variance gone", "known truths: gone", "50 % held", "90 % held")
    rows = [
        (
            *(row["unknown"], _cell(row, "prior"), _cell(row, "posterior")),
            *(f"{100 * max(row[name], 0.0):.0f} %" for name in ("contraction", "contraction_of_known_truths")),
            *(f"{100 * row[name]:.0f} %" for name in ("coverage_50", "coverage_90")),
        )
        for _, row in unknown.iterrows()
    ]
    return [heads, *rows]


def _meaning(unknown: pd.DataFrame, target: pd.DataFrame) -> list[str]:
    """Say what is identified, what is not, and what is missed."""
    ordered = unknown.sort_values("contraction", ascending=False, kind="stable")
    spoken = [f"{row['unknown']} ({100 * row['contraction']:.0f} %)" for _, row in ordered.iterrows()]
    n_spoken = int((ordered["contraction"] >= SPOKEN).sum())
    silent = list(ordered[ordered["contraction"] < SILENT]["unknown"])
    missed = [f"{row['target']}, {row['when']}" for _, row in target[~target["inside_90"]].iterrows()]
    law = unknown.set_index("unknown").loc["decision.rule_of_law_weight"]
    return [
        f"**What it means.** The data speak of {'; '.join(spoken[:n_spoken])}:",
        "so much of the prior's variance is gone.",
        f"They are silent (less than {100 * SILENT:.0f} %) on {', '.join(silent)}." if silent else "",
        f"The weight of rule of law is {_cell(law, 'posterior')} after, {_cell(law, 'prior')} before.",
        f"Outside their 90 % intervals: {'; '.join(missed)}."
        if missed
        else "All that was fitted is inside its interval.",
        f"Years of {DEPARTURES} share one level; their shape is fitted by doors and {KAPPA} as far as it is at all.",
    ]


def _belief(belief: Belief, unknown: pd.DataFrame) -> list[str]:
    """Say whether intervals hold what they promise."""
    pooled = {share: 100.0 * found.mean() for share, found in belief.covered.items()}
    worst = {share: (unknown[f"coverage_{round(100 * share)}"]) for share in pooled}
    said = [
        f"of {100 * share:.0f} % intervals {pooled[share]:.1f} % held the truth (each unknown "
        f"{100 * worst[share].min():.0f} to {100 * worst[share].max():.0f} %)"
        for share in pooled
    ]
    return [
        f"**Can it be believed?** {len(belief.ranks)} made-up worlds, runs at points drawn from the prior with the",
        f"error of what is observed drawn too, were calibrated in the same way: {'; '.join(said)}. They are as wide",
        "as the prior where the data are silent, so the variance that is gone stands beside them: on average "
        f"{100 * float(belief.contraction.mean()):.0f} %.",
    ]


def _second_method(unknown: pd.DataFrame) -> list[str]:
    """Say how far a second method is from the first."""
    off = (unknown["regression_abc_score"] - unknown["first_wave_score"]).abs()
    ratio = unknown["regression_abc_deviation"] / unknown["first_wave_deviation"]
    worst = unknown.loc[off.idxmax(), "unknown"]
    return [
        "**A second method.** Approximate Bayesian computation with regression, which has no emulator, sees the runs",
        f"of the prior alone. Against the posterior of these its means are {off.mean():.2f} of a prior standard",
        f"deviation off on average, at most {off.max():.2f} ({worst}); its standard deviations are",
        f"{ratio.median():.2f} times as large ({ratio.min():.2f} to {ratio.max():.2f}).",
    ]


def _others(found: Fit, target: pd.DataFrame) -> pd.DataFrame:
    """Return all targets but departures with how far runs and posterior are off, in standard deviations."""
    import numpy as np

    from experiments.calibration.tables import predicted
    from experiments.calibration.targets import targets

    model, _ = predicted(found)

    def off(numbers: np.ndarray) -> dict[str, np.ndarray]:
        known = targets()
        scaled = (numbers - np.array([one.observed for one in known])) / np.array([one.spread for one in known])
        return {f"off_p{round(100 * at):02d}": np.quantile(scaled, at, axis=0) for at in (0.05, 0.5, 0.95)}

    prior = {f"prior_{name}": value for name, value in off(found.prior_emulator.outputs).items()}
    return target.assign(**off(model), **prior)[target["target"] != DEPARTURES]


def _figures(found: Fit, belief: Belief, unknown: pd.DataFrame, target: pd.DataFrame) -> Iterable[Drawn]:
    from experiments.calibration import picture

    yield "unknowns", picture.unknowns(found, unknown["contraction"].to_numpy())
    yield "departures", picture.departures(target[target["target"] == DEPARTURES])
    yield "others", picture.others(_others(found, target))
    yield "joint", picture.joint(found)
    yield "coverage", picture.coverage(unknown)
    yield "ranks", picture.rank_histograms(belief)


EXPERIMENT = Estimate(
    "calibration",
    "What was observed of Kazakhstan up to 2021, and what it says of what nobody knows: a posterior",
    inputs=inputs,
    answer=answer,
    made=Made(fitting.made, fitting.again),
    missing=missing,
    order=158,
)
