"""What a sweep runs: every combination of some levels, and the runs of the arms of any design.

Replicates of all arms share their seeds (common random numbers), so an arm minus the baseline is the effect of the
reforms on the same people with the same luck.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from abm.checks import LARGEST_SEED, whole
from abm.checks import seed as checked_seed
from abm.engine.streams import replicate_seed
from abm.environment import Environment
from abm.reforms.base import ReformError
from abm.scenario import Scenario, ScenarioError, shown
from abm.sweep.arms import Arm, Design, refuse
from abm.sweep.draws import Draws
from abm.sweep.factors import DesignError, Factor, Level
from abm.sweep.own_reforms import Known, known_reforms
from abm.sweep.posterior_draws import PosteriorDraws
from abm.sweep.store import key_of

__all__ = [
    "LARGEST_SEED",
    "Arm",
    "DesignError",
    "Factor",
    "FullFactorial",
    "Run",
    "pack_scenario",
    "pack_text",
    "plan",
    "unpack_scenario",
]

LARGEST_SWEEP = 5_000_000  # runs: about a kilobyte of memory each, and weeks of a large machine


@dataclass(frozen=True)
class FullFactorial(Design):
    """Every combination of the levels of some factors; the first arm is the baseline."""

    factors: Sequence[Factor]

    kind: ClassVar[str] = "full"
    title: ClassVar[str] = "a full factorial"

    def __len__(self) -> int:
        return math.prod(len(factor.values) for factor in self.factors)

    def points(self) -> list[tuple[Level, ...]]:
        """Return every combination, the last factor varying fastest."""
        return list(itertools.product(*(factor.values for factor in self.factors)))


def pack_scenario(scenario: Scenario) -> bytes:
    """Return a scenario as compressed TOML."""
    return pack_text(scenario.to_toml())


def pack_text(text: str) -> bytes:
    """Return a text that a run's world is read from, compressed."""
    return zlib.compress(text.encode(), level=1)


def unpack_scenario(packed: bytes) -> str:
    """Return the TOML of a scenario that was packed."""
    return zlib.decompress(packed).decode()


@dataclass(frozen=True)
class Run:
    """One run of one arm: all that a worker needs, and the key its result is kept under."""

    key: str
    arm: Arm
    replicate: int
    seed: int
    packed: bytes  # the scenario: a design of ten thousand points holds as many
    measured: str = ""  # beyond the accounts, as the key has it
    said: tuple[str, ...] = ()  # what reforms of one's own say in the scenario, as the key has it

    @property
    def scenario(self) -> str:
        """The scenario as TOML."""
        return unpack_scenario(self.packed)

    @property
    def name(self) -> str:
        """The key as published tables have it."""
        return self.key[:16]


def plan(
    world: Scenario,
    arms: Sequence[Arm],
    *,
    replicates: int,
    seed: int,
    measured: str = "",
    draws: Draws | PosteriorDraws | None = None,
    kept: bool = True,
) -> list[Run]:
    """Return the runs of a sweep after checking every arm, replicate by replicate, so that early results pair up.

    Parameters
    ----------
    world : Scenario
        What all arms start from.
    arms : sequence of Arm
        The arms; the first is the baseline.
    replicates : int
        Runs of each arm.
    seed : int
        Seed of the whole sweep; a replicate's seed follows from it and from the replicate's number alone.
    measured : str
        What is measured beyond the accounts, if anything: part of the keys of the runs.
    draws : Draws or PosteriorDraws, optional
        Uncertain values, drawn from each replicate's seed or from a posterior; runs carry what was drawn, or the
        number of the draw, as further levels.
    kept : bool
        Whether another sweep may find the runs; keys of runs that are not kept need not hold in another session.

    Raises
    ------
    DesignError
        If an arm cannot be run or the numbers make no sense.
    """
    if not isinstance(world, Scenario):
        raise DesignError(f"the world is {shown(world)}, but must be a scenario: Scenario.load reads one")
    try:
        world = world.checked()
    except ScenarioError as error:
        raise DesignError(f"the world cannot be run: {error}") from None
    if isinstance(arms, Design) or not isinstance(arms, Sequence) or not all(isinstance(arm, Arm) for arm in arms):
        raise DesignError(f"the arms are {shown(arms)}, but must be those that a design's arms() returns")
    replicates = whole("replicates", replicates, 1, error=DesignError)
    seed = checked_seed(seed, DesignError)
    if draws is not None and not isinstance(draws, Draws | PosteriorDraws):
        raise DesignError(f"draws is {shown(draws)}, but must be of the class Draws or PosteriorDraws")
    if isinstance(draws, PosteriorDraws) and replicates != draws.n_replicates:
        raise DesignError(
            f"there are {replicates:,} replicates, but {len(draws.posterior):,} draws with {draws.seeds:,} seeds each "
            f"are {draws.n_replicates:,}"
        )
    if not isinstance(measured, str):
        raise DesignError(f"measured is {shown(measured)}, but must be text")
    if len(arms) * replicates > LARGEST_SWEEP:
        raise DesignError(
            f"{len(arms):,} arms with {replicates:,} replicates are {len(arms) * replicates:,} runs, but at most "
            f"{LARGEST_SWEEP:,} are allowed"
        )
    labels = [arm.label for arm in arms]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise DesignError(f"a design has the point '{twice}' twice, but every arm must differ from the others")
    if arms:
        # all arms of a design vary the same
        _refuse_taken_names(world, arms[0])
    if draws is not None:
        _refuse_taken_names(world, draws.for_replicate(0, seed))
    luck = [replicate_seed(seed, replicate) for replicate in range(replicates)]
    if draws is not None:
        return _drawn_runs(world, arms, luck, draws, measured=measured, kept=kept)
    by_arm = [
        _runs_of(arm, packed, dict(enumerate(luck)), measured=measured, kept=kept)
        for arm, packed in zip(arms, _checked(world, arms), strict=True)
    ]
    return [runs[replicate] for replicate in range(replicates) for runs in by_arm]


def _refuse_taken_names(world: Scenario, arm: Arm) -> None:
    """Refuse factors that a reader, or a table, would take for something else that has the name already."""
    from abm.accounts import Accounts

    taken = dict.fromkeys(Accounts(Environment(world)).yearly(), "a measure of the accounts")
    # to vary a parameter is what its name is for; a factor that makes a reform of its levels means something else
    taken |= {name: "a parameter of the scenario" for name, _ in world.parameters() if name not in arm.overrides}
    for name in arm.levels:
        if name in taken:
            raise DesignError(
                f"a factor is named '{name}', which is {taken[name]}, so the two could not be told apart: give it "
                "another name"
            )


def _runs_of(arm: Arm, packed: bytes, luck: Mapping[int, int], *, measured: str, kept: bool) -> list[Run]:
    """Return the runs of an arm with some seeds, by replicate."""
    scenario = unpack_scenario(packed)
    known, said = _known(scenario, arm, measured, kept)
    return [
        Run(key_of(scenario, known, seed, measured), arm, replicate, seed, packed, measured, said)
        for replicate, seed in luck.items()
    ]


def _known(scenario: str, arm: Arm, measured: str, kept: bool) -> Known:
    try:
        return known_reforms(scenario, arm.reforms, measured, kept=kept)
    except (ScenarioError, ReformError) as error:
        raise DesignError(f"{arm.name} cannot be run: {error}") from None


def _drawn_runs(
    world: Scenario,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    draws: Draws | PosteriorDraws,
    *,
    measured: str,
    kept: bool,
) -> list[Run]:
    """Return the runs of every replicate in its own draw of the uncertain values, having checked arms and draws."""
    for arm in arms:
        both = sorted({*arm.overrides, *arm.levels} & set(draws.names))
        if both:
            raise DesignError(f"{arm.name} sets {both[0]}, which is also drawn anew for each replicate")
    _checked(world, arms)
    runs: list[Run] = []
    before: Arm | None = None
    packed: dict[tuple[Any, ...], bytes] = {}
    for replicate, seed in enumerate(seeds):
        drawn = draws.for_replicate(replicate, seed)
        if drawn is not before:
            # one arm is enough for what a draw may spoil, and all arms have been checked without it
            _checked(world, [_with_draw(arms[0], drawn)])
            before, packed = drawn, {}
        for arm in (_with_draw(arm, drawn) for arm in arms):
            shared = tuple(map(repr, arm.overrides.items()))
            if shared not in packed:
                packed[shared] = pack_scenario(world.replace(arm.overrides))
            runs += _runs_of(arm, packed[shared], {replicate: seed}, measured=measured, kept=kept)
    return runs


def _with_draw(arm: Arm, drawn: Arm) -> Arm:
    return dataclasses.replace(
        arm,
        levels={**arm.levels, **drawn.levels},
        overrides={**drawn.overrides, **arm.overrides},  # what an arm states holds in it, whatever is drawn
        reforms=(*arm.reforms, *drawn.reforms),
    )


def _checked(world: Scenario, arms: Sequence[Arm]) -> list[bytes]:
    """Return every arm's scenario, packed, having built its environment; a scenario that arms share is made once."""
    sharing: dict[tuple[Any, ...], list[int]] = {}
    for position, arm in enumerate(arms):
        sharing.setdefault(tuple(map(repr, arm.overrides.items())), []).append(position)
    packed = [b""] * len(arms)
    problems: dict[int, Exception] = {}
    for positions in sharing.values():
        overrides = arms[positions[0]].overrides
        try:
            scenario = world.replace(overrides) if overrides else world
            text = pack_scenario(scenario)
        except ScenarioError as error:
            problems |= {position: error for position in positions}
            continue
        for position in positions:
            packed[position] = text
            try:
                Environment(scenario, arms[position].reforms)
            except (ScenarioError, ReformError) as error:
                problems[position] = error
    refuse(f"{arms[position].name} cannot be run: {problems[position]}" for position in sorted(problems))
    return packed
