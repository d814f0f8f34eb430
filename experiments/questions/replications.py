"""The brain drain of Gürsoy and Badur (2021) replicated: forty settings, exact where agents decide alone, beside ours.

Run it with ``python -m experiments run replications``.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.measures import GRADUATES
from abm.scenario import SCENARIO_FOLDER
from experiments.replication.exact import expected
from experiments.replication.fast import TICKS
from experiments.replication.ours import AS_IT_IS, REPLICATES, share_abroad
from experiments.replication.runs import abroad_by_tick, plan_settings
from experiments.replication.settings import NETWORKS, SLIDERS, Setting, label_of, settings
from experiments.study.conduct import STORE
from experiments.study.contrasts import paragraph
from experiments.study.estimate import Estimate, Found
from experiments.study.experiment import Drawn
from experiments.study.tables import markdown

if TYPE_CHECKING:
    import pandas as pd

    from abm.analysis.effects import Interval

__all__ = ["EXPERIMENT", "relative_change", "stocks"]

SEEDS, SEED = 400, 1
OURS_STORE = f"{STORE}-ours"
FEW = 3.0  # standard errors within which a mean of runs should be of the exact value
NONE, RANDOM, PREFERENTIAL = NETWORKS


class Contrast(NamedTuple):
    """A change that can be made in one of the two models or in both; ``theirs`` is against random links as they are."""

    name: str
    theirs: Setting | None = None
    ours: str = ""


CONTRASTS = (
    Contrast("nobody counts whom she knows", Setting(NONE), "ties count for nothing"),
    Contrast("links by preference, not by chance", Setting(PREFERENTIAL)),
    Contrast("three times the links", Setting(RANDOM, links_per_node=30)),
    Contrast("a higher barrier (.15; moving costs 1 more)", Setting(RANDOM, threshold=0.15), "moving costs 1 more"),
    Contrast("no barrier (0)", Setting(RANDOM, threshold=0.0)),
    Contrast("abroad gains on home (G* = .5; pay stands still)", Setting(gap_end=0.5), "pay at home stands still"),
    Contrast(
        "home gains on abroad (G* = -.5; pay grows twice as fast)",
        Setting(gap_end=-0.5),
        "pay at home grows twice as fast",
    ),
    Contrast("failing discourages less (luckCoef .75)", Setting(luck_coef=0.75)),
    Contrast("failing discourages more (luckCoef .25)", Setting(luck_coef=0.25)),
    Contrast("half the job offers", None, "half the job offers"),
    Contrast("half the permits", None, "half the permits"),
    Contrast("nobody chooses to return", None, "nobody chooses to return"),
)


def stocks(asked: Sequence[Setting], abroad: np.ndarray) -> pd.DataFrame:
    """Return a row for each setting: those abroad after the last tick, over runs, and what they should be.

    Parameters
    ----------
    asked : sequence of Setting
        The settings.
    abroad : ndarray, shape (settings, replicates, TICKS)
        How many live abroad.
    """
    import pandas as pd

    rows = []
    for setting, runs in zip(asked, abroad[:, :, -1], strict=True):
        low, high = np.quantile(runs, [0.05, 0.95])
        alone = setting.network == NONE
        mean, sd = (float(each[-1]) for each in expected(setting)) if alone else (np.nan, np.nan)
        error = sd / np.sqrt(len(runs))
        row: dict[str, object] = {"network": setting.network, "setting": label_of(setting)}
        row |= {name: float(getattr(setting, name)) for name in SLIDERS}
        row |= {"mean": runs.mean(), "standard_error": runs.std(ddof=1) / np.sqrt(len(runs)), "sd": runs.std(ddof=1)}
        row |= {"low": low, "high": high, "exact": mean, "exact_sd": sd}
        row["errors_off"] = (runs.mean() - mean) / error if error else runs.mean() - mean
        rows.append(row)
    return pd.DataFrame(rows)


def relative_change(changed: np.ndarray, base: np.ndarray) -> Interval:
    """Return by which share a mean changes, replicate by replicate under the same luck, with its 95 % interval."""
    from abm.analysis.effects import mean_interval

    ratio = changed.mean() / base.mean()
    return mean_interval(ratio - 1.0 + (changed - ratio * base) / base.mean())


def contrasts(asked: Sequence[Setting], abroad: np.ndarray, ours: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each contrast: what it does to those abroad at the end in their model and in ours."""
    import pandas as pd

    base = abroad[list(asked).index(Setting()), :, -1]
    shares = {name: rows.sort_values("replicate")["share"].to_numpy() for name, rows in ours.groupby("world")}
    rows = []
    for each in CONTRASTS:
        row: dict[str, object] = {"contrast": each.name}
        if each.theirs is not None:
            found = relative_change(abroad[list(asked).index(each.theirs), :, -1], base)
            row |= {"theirs": found.mean, "theirs_low": found.low, "theirs_high": found.high}
        if each.ours:
            found = relative_change(shares[each.ours], shares[AS_IT_IS])
            row |= {"ours": found.mean, "ours_low": found.low, "ours_high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)


def answer(asked: Namespace, store: Path | None) -> Found:
    """Do the runs that a store does not have yet, all of them where there is none, and lay both models side by side."""
    if store is None:
        with tempfile.TemporaryDirectory(prefix="brain-gain-") as folder:
            return answer(asked, Path(folder) / STORE)
    forty = settings()
    abroad = abroad_by_tick(plan_settings(forty, SEEDS, SEED), store, asked.workers, quiet=asked.quiet)
    ours = share_abroad(store.with_name(OURS_STORE), asked.workers, quiet=asked.quiet)
    table, beside = stocks(forty, abroad), contrasts(forty, abroad, ours)
    tables = {"replications.csv": table, "contrasts.csv": beside}
    defaults = {network: abroad[forty.index(Setting(network))] for network in NETWORKS}
    return Found(_report(table, beside, ours), tables, lambda: _figures(table, beside, defaults))


def _report(table: pd.DataFrame, beside: pd.DataFrame, ours: pd.DataFrame) -> str:
    exact = table[table["network"] == NONE]
    furthest = float(exact["errors_off"].abs().max())
    verdict = "every one" if furthest <= FEW else "NOT every one"
    blocks = [
        ["Does a published model of brain drain come out of its description, and what does ours say differently?"],
        paragraph(
            "Gürsoy and Badur (2021), doi 10.1109/TCSS.2021.3066074, written afresh from a description of",
            "their program:",
            f"a {GRADUATES.word} skilled persons, {TICKS} years, {len(table)} settings of their sliders with {SEEDS}",
            "seeds each, all of",
            "them sharing their luck. How many live abroad at the end, with the standard error of the mean",
            "and the spread of a",
            "single run. Where nobody knows anybody the expectation is computed without a draw;",
            f"{verdict} of {len(exact)} means is within {FEW:g} standard errors of it (the furthest is",
            f"{furthest:.2f} off; as they share their luck, they err together).",
            "What is not said of a setting stands at the authors' default.",
        ),
        markdown(_stock_rows(table)),
        paragraph(
            "The same change in both, as far as both can make it: what it does to those abroad at the end,",
            "in per cent, with",
            "95 % intervals. Theirs is against random links with all sliders at their defaults; ours is the",
            "small world",
            f"two-country with 2,000 graduates over {TICKS} years, {REPLICATES} replicates, and those abroad",
            "are a share of graduates.",
            f"As it is that is {100 * ours[ours['world'] == AS_IT_IS]['share'].mean():.1f} %; every figure of",
            "that world is invented.",
        ),
        markdown(_contrast_rows(beside)),
        *_meaning(table, beside, ours),
        *_limits(),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _stock_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("network", "setting", "abroad", "s.e.", "sd of a run", "exact", "s.e. off")]
    for _, row in table.iterrows():
        exact = ("", "") if np.isnan(row["exact"]) else (f"{row['exact']:.4f}", f"{row['errors_off']:+.2f}")
        numbers = (f"{row['mean']:.2f}", f"{row['standard_error']:.2f}", f"{row['sd']:.1f}", *exact)
        rows.append((row["network"], row["setting"], *numbers))
    return rows


def _contrast_rows(beside: pd.DataFrame) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("change", "Gürsoy and Badur", "ours")]
    for _, row in beside.iterrows():
        rows.append((row["contrast"], *(_per_cent(row, whose) for whose in ("theirs", "ours"))))
    return rows


def _per_cent(row: pd.Series, whose: str) -> str:
    if np.isnan(row[whose]):
        return "cannot be asked"
    low, high = row[f"{whose}_low"], row[f"{whose}_high"]
    return f"{100 * row[whose]:+.0f} [{100 * low:+.0f}, {100 * high:+.0f}]"


def _meaning(table: pd.DataFrame, beside: pd.DataFrame, ours: pd.DataFrame) -> list[list[str]]:
    """Return what both models say, and why they differ, as paragraphs."""
    at = table.set_index(["network", "setting"])["mean"]
    does = beside.set_index("contrast")
    theirs = {each.name: f"{100 * does['theirs'][each.name]:+.0f} %" for each in CONTRASTS if each.theirs}
    mine = {each.name: f"{100 * does['ours'][each.name]:+.0f} %" for each in CONTRASTS if each.ours}
    names = [each.name for each in CONTRASTS]
    stay = ours[ours["world"] == "nobody chooses to return"]["returns"].mean()
    came = ours[ours["world"] == AS_IT_IS]["returns"].mean()
    return [
        paragraph(
            "**What it means.** In their model nearly all emigration comes of whom one knows abroad: of 1,000 persons",
            f"{at[NONE, 'defaults']:.0f} are abroad without links, {at[RANDOM, 'defaults']:.0f} with random ones and",
            f"{at[PREFERENTIAL, 'defaults']:.0f} with links by preference, so that how links are made hardly",
            "matters and",
            f"that there are some matters most. In ours ties are one term of several ({mine[names[0]]}",
            "without them):",
            "the first acquaintance abroad adds networkCoef ln 2 / 20 = .033 to a score that is .018 for",
            "the average person, and there is no offer to wait for.",
        ),
        paragraph(
            f"A barrier works both ways there. At .15 nobody ever leaves ({theirs[names[3]]}): the largest",
            "private advantage",
            "without a gap gives a score of .076, nobody is the first to go, and so nobody is ever known abroad.",
            f"Taken away altogether it does not raise emigration but changes it by {theirs[names[4]]} with",
            "random links, though",
            f"without links by {100 * (at[NONE, 'threshold = 0'] / at[NONE, 'defaults'] - 1):+.0f} %: those",
            "who may try early, when",
            "nobody is abroad, fail, and their luck is spent when the network would carry them. A failed try",
            "multiplies",
            "all later chances by luckCoef for life; at .75 in place of .45 emigration changes by",
            f"{theirs[names[7]]}. In ours a",
            "refused permit or an offer that does not come spends nothing, and costs of moving act smoothly",
            f"({mine[names[3]]}",
            "for one unit of utility more).",
        ),
        paragraph(
            "A gap that opens or closes matters in both, by chance of the ends chosen alike in size",
            f"({theirs[names[5]]} and",
            f"{theirs[names[6]]} there,",
            f"{mine[names[5]]} and {mine[names[6]]} here), but not for one reason: theirs is a number added",
            "to taste, ours is pay.",
            "Their agents have no wage, no job to find, no permit and no rule of law, so nothing of what a",
            "government",
            "does can be asked of them.",
        ),
        paragraph(
            "Emigration there is absorbing: a stock falls by deaths alone. In ours",
            f"{came:.0f} return in {TICKS} years to a country of 2,000. If nobody chose to, those abroad would be",
            f"{mine[names[11]]}, and still",
            f"{stay:.0f} would come home, as their stay had ended. A model without return therefore says too",
            "much of who is lost, and",
            "nothing of what brings them back.",
        ),
    ]


def _limits() -> list[list[str]]:
    return [
        paragraph(
            "**What it cannot say.** The result tables of the article were not at hand, so this replicates",
            "the description of the",
            "program, not its printed numbers. Two things were left open there and are chosen: children are",
            "born one after the",
            "other, each with her links before the next; a person of whom all links there are is drawn again.",
            "Contrasts of the two models are of one kind, not of one size: a slider's end is no unit of utility.",
        ),
        paragraph(
            "**Biondo, Pluchino and Rapisarda (2013)** say that return after brain drain depends on the",
            "ratio of risk aversion to the",
            "initial expectation of life abroad: likeliest where the first far exceeds the second, hardest",
            "to predict where they",
            "are alike. Our model cannot be asked. Its graduates have no risk aversion of their own, as",
            "income counts by its",
            "logarithm for everybody (their weights of income differ, which is taste), and no expectation of",
            "life abroad that",
            "could be disappointed: pay and rule of law there are known, and only promises at home are",
            "learned about. To call",
            "attachment to home and affinity by those names would test words.",
        ),
    ]


def _figures(table: pd.DataFrame, beside: pd.DataFrame, defaults: dict[str, np.ndarray]) -> Iterable[Drawn]:
    from experiments.replication import picture

    yield (
        "abroad_by_year",
        picture.by_year(
            defaults, expected(Setting(NONE)).mean, title="Gürsoy and Badur (2021): whom one knows makes the drain"
        ),
    )
    yield "settings", picture.by_setting(table, title="Forty settings, 400 runs each, and the exact values")
    parts = [
        beside.rename(columns={whose: "effect", f"{whose}_low": "low", f"{whose}_high": "high"})[
            ["effect", "low", "high"]
        ]
        for whose in ("theirs", "ours")
    ]
    yield (
        "contrasts",
        picture.side_by_side(list(beside["contrast"]), *parts, title="The same changes in two models of brain drain"),
    )


EXPERIMENT = Estimate(
    "replications",
    "A published model of brain drain (Gürsoy and Badur, 2021) replicated, exact where it can be, and beside ours",
    inputs=lambda: [SCENARIO_FOLDER / "two-country.toml"],
    answer=answer,
    keeps_runs=True,
    order=161,
)
