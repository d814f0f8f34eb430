"""From ``--draws N`` to draws of a posterior that the arms of an experiment share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from abm.posterior import Posterior, PosteriorError
from abm.scenario import Scenario
from abm.sweep.draws import Draws
from abm.sweep.posterior_draws import FEWEST_SEEDS, PosteriorDraws
from experiments.study.options import UsageError, replaced

__all__ = ["posterior_draws"]


def _posterior_of(options: argparse.Namespace, world: Scenario, usual: int | None) -> Posterior | None:
    """Return the posterior that the options name, as many of its draws as they say; None if they ask for none.

    Raises
    ------
    UsageError
        If there is none, or it has fewer draws.
    """
    asked = options.draws
    if asked is None and options.posterior is None:
        if usual is None or options.replicates_given or not Posterior.is_bundled(world.name):
            return None
        asked = usual
    if asked == 0:
        if options.posterior is not None:
            raise UsageError("--draws 0 draws nothing, but --posterior names what to draw of: leave one of them out")
        return None
    try:
        found = Posterior.bundled(world.name) if options.posterior is None else Posterior.read(options.posterior)
        return found if asked is None else found.select(asked)
    except PosteriorError as error:
        raise UsageError(str(error)) from None


def posterior_draws(
    options: argparse.Namespace,
    world: Scenario,
    others: Draws | None,
    *,
    usual: int | None = None,
    stated: Iterable[str] = (),
) -> PosteriorDraws | None:
    """Return what the replicates of an experiment draw of a posterior; None where the options ask for none.

    Parameters
    ----------
    options : Namespace
        Of the command line.
    world : Scenario
        What the arms start from.
    others : Draws, optional
        What the experiment draws itself.
    usual : int, optional
        How many draws of a bundled posterior the experiment takes where the options say nothing.
    stated : iterable of str
        Parameters that a file states beneath the command line.

    Raises
    ------
    UsageError
        If there is no such posterior, or it draws what is set for all runs.
    DesignError
        If the scenario does not allow a draw.
    """
    posterior = _posterior_of(options, world, usual)
    if posterior is None:
        return None
    drawn = set(posterior.parameters())
    for name in (*replaced(options), *stated):
        if name in drawn:
            raise UsageError(
                f"{name} is set for all runs, but {posterior.where} draws it: leave it out, or say --draws 0"
            )
    seeds = options.replicates if options.replicates_given else FEWEST_SEEDS
    return PosteriorDraws(posterior, world, seeds, options.seed, others)
