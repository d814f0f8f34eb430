"""Did every arm do anything?  The lines of a report on reforms that change nothing, or nothing that others do not."""

from __future__ import annotations

from collections.abc import Sequence

from abm.reforms import remarks
from abm.scenario import Scenario
from abm.sweep.arms import Arm

__all__ = ["MOST_PLANS", "remark_lines"]

MOST_PLANS = 1000  # that are looked at, a few milliseconds each
MOST_SENTENCES, MOST_ARMS = 8, 3  # that are told


def remark_lines(world: Scenario, arms: Sequence[Arm]) -> list[str]:
    """Return which reforms of which arms add nothing, a line for each sentence; none where all of them do something.

    A plan that stands in several arms is looked at once.
    """
    said: dict[str, list[str]] = {}
    by_plan: dict[str, list[str]] = {}
    left_out = 0
    for arm in arms:
        plan = repr((dict(arm.overrides), arm.reforms))
        if plan not in by_plan:
            if len(by_plan) == MOST_PLANS:
                left_out += 1
                continue
            its_world = world.replace(arm.overrides) if arm.overrides else world
            by_plan[plan] = [remark.sentence for remark in remarks(its_world, arm.reforms)]
        for sentence in by_plan[plan]:
            said.setdefault(sentence, []).append(arm.label)
    if not said:
        return []
    lines = ["Not every reform does something that would not be so without it:", ""]
    lines += [f"- {sentence} ({_named(labels)})" for sentence, labels in list(said.items())[:MOST_SENTENCES]]
    if more := {label for labels in list(said.values())[MOST_SENTENCES:] for label in labels}:
        lines += [f"- The like is so in {len(more):,} more arms."]
    if left_out:
        lines += [f"- {left_out:,} arms were not looked at: these are of the first {MOST_PLANS:,} plans."]
    return lines


def _named(labels: Sequence[str]) -> str:
    """Return the first few arms and how many more there are."""
    more = len(labels) - MOST_ARMS
    return "; ".join(labels[:MOST_ARMS]) + (f"; and {more:,} more arms" if more > 0 else "")
