"""What a report says over draws of a posterior: how sure each effect is, what of that is luck, and what ranks first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from abm.measures import AT_END, measure
from experiments.study.contrasts import paragraph
from experiments.study.experiment import Results
from experiments.study.tables import level_names, markdown, signed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["beats", "mean_over_seeds", "over_draws_lines"]

HEADLINES = (("net_brain_gain", "cumulative"), ("graduates_at_work", AT_END))
MOST_ARMS = 40  # in a table; of more the first and the last by what they bring
MOST_RANKED = 6  # arms of which each is compared with the next
SURE = 0.9  # share of the draws in which a sign or a rank must hold


def mean_over_seeds(table: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Return a table of runs with the draws as its replicates: for each arm, draw and year the mean over its seeds.

    Whatever counts replicates of it counts draws, which are independent; runs of one draw are not.  The column ``draw``
    stays, for intervals that are over draws.

    Parameters
    ----------
    table : DataFrame
        A row for each successful run and year, with a column ``draw``.
    factors : sequence of str
        Columns that tell arms apart.
    """
    from abm.sweep.table import measures_of

    measures = measures_of(table, [*factors, "draw"])
    keys = [*factors, "replicate", "draw", "year"]
    grouped = table.assign(replicate=table["draw"]).groupby(keys, sort=False, dropna=False)
    kept = [name for name in ("months",) if name in table]
    texts = [name for name in measures if table[name].dtype.kind not in "biuf"]
    whole = {name: "first" for name in (*kept, *texts)} | {name: "mean" for name in measures if name not in texts}
    # copied, as columns that are made one by one lie apart in memory
    return grouped.agg(whole).copy().reset_index().copy()


def over_draws_lines(results: Results) -> list[str]:
    """Return the section on draws: a table for each headline, what holds, and what does not; nothing without draws."""
    if results.draws is None:
        return []
    n, posterior = int(results.effects["draws"].max()), results.draws.posterior
    lines = [
        "",
        *paragraph(
            f"**Over the draws.** {n} draws of the posterior {posterior.where}, and the luck of {results.draws.seeds}",
            "runs for each, paired: the same draw and the same luck with and without. The interval is the middle 90 %",
            "of what is expected under the draws, luck taken out; the share due to the draws is that of the variance",
            "of a single run's effect, the rest of which is luck. *Pairing saves* is how many times the runs it would",
            "take to know the effect under a draw as well if both arms had luck of their own. *Above 0* and *highest*",
            "count draws; the highest is that of all arms of a world, its baseline included. Where replicates are",
            "counted above, these are draws.",
        ),
    ]
    if stated := results.draws.stated_by(results.arms):
        lines += ["", *paragraph(f"Arms that state {', '.join(stated)} themselves have that under every draw.")]
    for name, window in HEADLINES:
        rows = results.effects[(results.effects["measure"] == name) & (results.effects["window"] == window)]
        if len(rows):
            lines += ["", f"Effects on {measure(name).head(window)}:", "", *_table(results, rows)]
            lines += ["", *(line for said in _sentences(results, rows, name, window) for line in _item(said))]
    return lines


def _item(said: str) -> list[str]:
    """Return a sentence as an item of a list."""
    first, *others = paragraph(said)
    return [f"- {first}", *(f"  {line}" for line in others)]


def _table(results: Results, rows: pd.DataFrame) -> list[str]:
    """Return a row for each arm that is no baseline of its world."""
    names = list(results.arms[0].levels)
    said = level_names(results.arms)
    unit = measure(rows["measure"].iloc[0]).divide_by
    arms = _compared(results, rows)
    if len(arms) > MOST_ARMS:
        ordered = arms.sort_values("effect", ascending=False, kind="stable")
        arms = ordered.iloc[[*range(MOST_ARMS // 2), *range(len(ordered) - MOST_ARMS // 2, len(ordered))]]
    cells = [
        (*names, "mean", "median", "90 % interval", "due to the draws, %", "pairing saves", "above 0 in", "highest in")
    ]
    for _, row in arms.iterrows():
        ends = [signed(row[end] / unit) for end in ("effect", "median", "low", "high")]
        share = "" if row["share_of_draws"] != row["share_of_draws"] else f"{100 * row['share_of_draws']:.0f}"
        counts = [_of(row[column], row["draws"]) for column in ("positive", "highest")]
        own = [said[name][row[name]] for name in names]
        saved = "" if row["variance_ratio"] != row["variance_ratio"] else f"{row['variance_ratio']:.0f} times"
        cells.append((*own, ends[0], ends[1], f"{ends[2]} to {ends[3]}", share, saved, *counts))
    return markdown(cells)


def _compared(results: Results, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of arms that are compared with another."""
    first, within = results.arms[0].levels, results.within
    same = [
        all(row[name] == level for name, level in first.items() if name not in within) for _, row in rows.iterrows()
    ]
    return rows[[not each for each in same]]


def _of(share: float, draws: float) -> str:
    """Return a share of draws as a count of them."""
    return "" if share != share else f"{share * draws:.0f} of {draws:.0f}"


def _sentences(results: Results, rows: pd.DataFrame, name: str, window: str) -> Iterator[str]:
    """Yield, by world, in how many draws each of the first arms beats the next, and then which signs do not hold."""
    values, draws = _values(results, name, window)
    for world, arms in _by_world(results, _compared(results, rows)):
        ranked = sorted(arms, key=lambda arm: -float(values[arm].mean()))[:MOST_RANKED]
        said = [
            f"{_called(results, one)} beats {_called(results, other)} in {_beats(values, draws, one, other)}"
            for one, other in zip(ranked, ranked[1:], strict=False)
        ]
        if said:
            yield f"{f'In the world *{world}*: ' if world else ''}{'; '.join(said)} draws."
    unsure = [
        f"{_label(results, row)} ({_of(row['positive'], row['draws'])} above 0)"
        for _, row in _compared(results, rows).iterrows()
        if 1 - SURE < row["positive"] < SURE
    ]
    if unsure:
        more = f"; and {len(unsure) - MOST_RANKED} more" if len(unsure) > MOST_RANKED else ""
        yield f"Signs that hold in fewer than nine of ten draws: {'; '.join(unsure[:MOST_RANKED])}{more}."
    elif len(_compared(results, rows)):
        yield "Every sign holds in nine of ten draws or more."


def _values(results: Results, name: str, window: str) -> tuple[dict[tuple[Any, ...], Any], Any]:
    """Return an outcome by arm, of the replicates that all arms have, and the draw of each of these."""
    from abm.analysis.effects import Outcome, outcomes_by_run

    outcome, names = Outcome(name, window), list(results.arms[0].levels)
    table = outcomes_by_run(results.single, names, outcomes=[outcome])[outcome].unstack("replicate")
    table = table.dropna(axis="columns")
    of_draw = results.single.drop_duplicates("replicate").set_index("replicate")["draw"]
    keys = [key if isinstance(key, tuple) else (key,) for key in table.index]
    return dict(zip(keys, table.to_numpy(float), strict=True)), of_draw.loc[table.columns].to_numpy()


def beats(results: Results, outcome: tuple[str, str], one: str, other: str) -> str:
    """Return in how many draws a plan is expected to bring more of an outcome than another, as ``83 of 100``.

    Parameters
    ----------
    results : Results
        Of an experiment that compares plans, over draws of a posterior.
    outcome : pair of str
        Measure and window.
    one, other : str
        The plans.
    """
    values, draws = _values(results, *outcome)
    return _beats(values, draws, (one,), (other,))


def _beats(values: Mapping[tuple[Any, ...], Any], draws: Any, one: tuple[Any, ...], other: tuple[Any, ...]) -> str:
    import numpy as np

    from abm.analysis.over_draws import share_above

    return _of(share_above(values, draws, one, other), len(np.unique(draws)))


def _by_world(results: Results, rows: pd.DataFrame) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Yield the arms of each world by their levels; a design without worlds is one of no name."""
    names = list(results.arms[0].levels)
    worlds: dict[str, list[tuple[Any, ...]]] = {}
    for _, row in rows.iterrows():
        world = ", ".join(str(row[name]) for name in results.within)
        worlds.setdefault(world, []).append(tuple(row[name] for name in names))
    yield from worlds.items()


def _label(results: Results, row: Mapping[str, Any]) -> str:
    """Return what a sentence calls an arm, its world included."""
    worlds = ", ".join(str(row[name]) for name in results.within)
    called = _called(results, tuple(row[name] for name in results.arms[0].levels))
    return f"{called} in *{worlds}*" if worlds else called


def _called(results: Results, levels: tuple[Any, ...]) -> str:
    """Return what a sentence calls an arm of a world: its level, or several with the names of their factors."""
    said = level_names(results.arms)
    own = [(name, said[name][level]) for name, level in zip(results.arms[0].levels, levels, strict=True)]
    own = [(name, level) for name, level in own if name not in results.within]
    return f"*{own[0][1]}*" if len(own) == 1 else f"*{', '.join(f'{name} = {level}' for name, level in own)}*"
