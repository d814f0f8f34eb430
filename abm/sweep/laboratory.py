"""A sweep in one call, for a script or a notebook of one's own: design in, tables and a figure out."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from abm.checks import whole
from abm.scenario import Scenario, shown
from abm.sweep.arms import Arm, Design
from abm.sweep.design import DesignError, Run, plan
from abm.sweep.draws import Draws
from abm.sweep.posterior_draws import PosteriorDraws
from abm.sweep.progress import note_plan
from abm.sweep.runner import Simulate, Sweep, do_runs, simulate_years
from abm.sweep.store import Store, StoreError
from abm.sweep.work import measured_by

if TYPE_CHECKING:  # workers import this package and need no tables
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from abm.analysis.effects import Outcome

__all__ = ["Result", "run"]

MOST_ROWS = 60  # that a notebook shows


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """What a sweep found.

    Attributes
    ----------
    runs : DataFrame
        A row for each run and year: the factors, ``replicate``, ``seed``, ``status``, ``error``, ``digest`` (of the
        run's rows), ``year``, ``months`` and the measures, to the bit; a failed run has one row with its error.
    arms : sequence of Arm
        The design's arms; the first is the baseline.
    sweep : Sweep
        How many runs were found, succeeded and failed.
    """

    runs: pd.DataFrame
    arms: Sequence[Arm]
    sweep: Sweep

    def __repr__(self) -> str:
        return (
            f"Result of {self.sweep.n_runs:,} runs of {len(self.arms):,} arms: "
            f"{self.sweep.n_found + self.sweep.n_succeeded:,} succeeded, {self.sweep.n_failed:,} failed"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: how many runs there are, and their effects where these can be computed."""
        try:
            table = self.effects()
        except ValueError as error:  # such as runs that measure something else
            return f"<p>{html.escape(repr(self))}; {html.escape(str(error))}</p>"
        shown_rows = table[table["window"] == "cumulative"] if len(table) > MOST_ROWS else table
        return f"<p>{html.escape(repr(self))}</p>{shown_rows.to_html(index=False, max_rows=MOST_ROWS)}"

    def effects(self, outcomes: Sequence[Outcome] | None = None, *, since: int | None = None) -> pd.DataFrame:
        """Return each arm's level and its paired difference from the baseline, with 95 % intervals.

        Parameters
        ----------
        outcomes : sequence of Outcome, optional
            What to compute; else :data:`abm.analysis.effects.OUTCOMES`.
        since : int, optional
            First year that counts.

        Raises
        ------
        ValueError
            If a measure is not in the table or no run of the baseline succeeded.
        """
        from abm.analysis.checked_runs import check_columns
        from abm.analysis.effects import OUTCOMES, effects
        from abm.sweep.table import successful

        check_columns(self.runs, ["status"])
        baseline = self.arms[0].levels
        asked = OUTCOMES if outcomes is None else outcomes
        return effects(successful(self.runs), list(baseline), baseline, outcomes=asked, since=since)

    def plot(
        self,
        measure: str = "net_brain_gain",
        window: str = "last years",
        *,
        since: int | None = None,
        ax: Axes | None = None,
    ) -> Figure:
        """Return a figure of every arm's effect on a measure, with its 95 % interval.

        Parameters
        ----------
        measure : str
            A column of ``runs``.
        window : str
            ``cumulative``, ``yearly``, ``last years`` or ``mean``, as :class:`abm.analysis.effects.Outcome` has them.
        since : int, optional
            First year that counts.
        ax : matplotlib Axes, optional
            Where to draw, in a figure of one's own, which is returned; else in a new one.
        """
        from abm.analysis.design_figures import effect_dots
        from abm.analysis.effects import Outcome

        outcome = Outcome(measure, window)
        rows, baseline = self.effects([outcome], since=since), self.arms[0].levels
        is_baseline = [all(row[name] == level for name, level in baseline.items()) for _, row in rows.iterrows()]
        rows = rows[~np.array(is_baseline, dtype=bool)]  # its effect on itself is no news
        names = [
            ", ".join(f"{name} = {_short(row[name])}" for name in self.arms[0].levels) for _, row in rows.iterrows()
        ]
        unit = f"{measure}, {window}" + (f" ({outcome.unit})" if outcome.unit else "")
        return effect_dots(
            rows.assign(name=names), title=f"Effects on {measure} against the baseline", unit=unit, ax=ax
        )


def run(
    design: Design,
    world: Scenario,
    *,
    replicates: int,
    seed: int = 1,
    store: str | Path | None = None,
    workers: int = 1,
    simulate: Simulate = simulate_years,
    time_limit: float | None = None,
    quiet: bool = False,
    draws: Draws | PosteriorDraws | None = None,
) -> Result:
    """Run every arm of a design and return what came out.

    Workers need no ``if __name__ == "__main__"`` in the script that calls this: they never import it.

    Parameters
    ----------
    design : Design
        What to run.
    world : Scenario
        What all arms start from.
    replicates : int
        Runs of each arm; two or more give intervals.
    seed : int
        Seed of the whole sweep.
    store : path, optional
        File that keeps every finished run: called again, also after a crash or with a larger design, only missing runs
        are done. Without one, nothing is kept.
    workers : int
        Local processes; results do not depend on it.
    simulate : callable
        Does one run, as :func:`~abm.sweep.runner.run_sweep` takes it; a store keeps runs of others apart, by its code
        and all that this names (:func:`abm.sweep.own_code.own_digest`).
    time_limit : float, optional
        Seconds that one run may take; then it has failed.
    quiet : bool
        Whether to keep progress to oneself.
    draws : Draws or PosteriorDraws, optional
        Uncertain values, drawn anew for each replicate, or draws of a posterior, each for several.

    Raises
    ------
    DesignError
        If the design cannot be run, or workers could not import what it is made of.
    StoreError, SweepError
        If the store cannot be used or the sweep cannot go on.
    KeyboardInterrupt
        After Ctrl-C; finished runs are in the store.
    """
    if not isinstance(design, Design):
        raise DesignError(f"the design is {shown(design)}, but must be one of abm.sweep, such as FullFactorial")
    if store is not None and not isinstance(store, (str, Path)):
        raise StoreError(f"the store is {shown(store)}, but must be the path of a file")
    workers = whole("workers", workers, 1, error=DesignError)
    arms = design.arms()
    kept = store is not None
    measured = measured_by(simulate, kept=kept)
    runs = plan(world, arms, replicates=replicates, seed=seed, measured=measured, draws=draws, kept=kept)
    if workers > 1 or time_limit is not None:
        _check_importable(arms, simulate)
    with _path_of(store) as path, Store(path) as opened:
        note_plan(path, runs, "abm.sweep.run")
        sweep = do_runs(runs, opened, workers=workers, simulate=simulate, time_limit=time_limit, quiet=quiet)
        if sweep.interrupted:
            raise KeyboardInterrupt
        return _result(runs, arms, opened, sweep)


def _result(runs: Sequence[Run], arms: Sequence[Arm], store: Store, sweep: Sweep) -> Result:
    from abm.sweep.table import runs_frame

    return Result(runs_frame(runs, store), arms, sweep)


@contextmanager
def _path_of(store: str | Path | None) -> Iterator[Path]:
    """Yield the path of the store, in a folder that is gone afterwards if none is asked for."""
    if store is not None:
        yield Path(store)
        return
    with tempfile.TemporaryDirectory(prefix="brain-gain-") as folder:
        yield Path(folder) / "runs.sqlite"


def _check_importable(arms: Sequence[Arm], simulate: Simulate) -> None:
    """Refuse what is defined in the script or notebook itself, where workers cannot find it."""
    made_of = {type(reform) for arm in arms for reform in arm.reforms} | {simulate}
    for thing in sorted(made_of, key=lambda thing: thing.__qualname__):
        if thing.__module__ == "__main__" or "<locals>" in thing.__qualname__:
            raise DesignError(
                f"{thing.__qualname__} is defined in the script or notebook itself, where worker processes cannot "
                "import it; put it at the top of a module of its own, or use workers=1"
            )


def _short(level: object) -> str:
    return f"{level:.4g}" if isinstance(level, float) else str(level)
