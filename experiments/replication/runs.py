"""Runs of the model of Gürsoy and Badur by this project's runner: kept in its store, shared out, found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.engine.streams import replicate_seed
from abm.sweep.arms import Arm
from abm.sweep.design import Run, pack_text
from abm.sweep.runner import series_of
from abm.sweep.store import Store, key_of
from abm.sweep.work import measured_by, of_another_model
from experiments.replication.fast import TICKS, run_ticks
from experiments.replication.settings import Setting, label_of

if TYPE_CHECKING:
    from abm.reforms.base import Reform

__all__ = ["abroad_by_tick", "plan_settings"]

ENDED = {1: "fewer than 33 live at home, too few for a year's births", 2: "all links there are are of a newborn"}


@of_another_model(Setting.from_text)
def simulate_setting(setting: Setting, reforms: Sequence[Reform], seed: int) -> Mapping[str, np.ndarray]:
    """Return how many live abroad at the end of each year, and how many left in it; the model knows no reforms.

    Raises
    ------
    RuntimeError
        Where the authors' program would have ended with an error.
    """
    abroad, left = np.zeros(TICKS, dtype=np.int64), np.zeros(TICKS, dtype=np.int64)
    if wrong := run_ticks(setting.levels(), seed, abroad, left):
        raise RuntimeError(ENDED[wrong])
    return {"year": np.arange(1, TICKS + 1), "abroad": abroad, "left": left}


def plan_settings(settings: Sequence[Setting], replicates: int, seed: int) -> list[Run]:
    """Return the runs of some settings, replicate by replicate; settings share their luck."""
    measured = measured_by(simulate_setting)
    arms = [Arm(f"{each.network}, {label_of(each)}", {"setting": place}) for place, each in enumerate(settings)]
    texts = [each.to_text() for each in settings]
    return [
        Run(key_of(text, (), luck, measured), arm, replicate, luck, pack_text(text), measured)
        for replicate, luck in enumerate(replicate_seed(seed, replicate) for replicate in range(replicates))
        for arm, text in zip(arms, texts, strict=True)
    ]


def abroad_by_tick(runs: Sequence[Run], store: Path, workers: int, *, quiet: bool) -> np.ndarray:
    """Do whatever runs are not in the store yet, and return how many live abroad, shape (arms, replicates, TICKS).

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C; finished runs are in the store.
    SweepError
        If a run failed.
    """
    with Store(store) as opened:
        series = series_of(runs, opened, workers=workers, simulate=simulate_setting, quiet=quiet)
    places: list[Any] = [(run.arm.levels["setting"], run.replicate) for run in runs]
    found = np.empty((*(np.max(places, axis=0) + 1), TICKS), dtype=np.int64)
    for place, years in zip(places, series, strict=True):
        found[place] = years["abroad"]
    return found
