r"""Rule of law at home: what is announced, what is delivered, and how much of a promise graduates believe.

Without a reform rule of law R follows its base path B.  An announcement promises a level T, to be approached at v index
points a year; with fidelity f and phased in by the share m(t), R gains on B

.. math:: R_{t+1} - B_{t+1} = R_t - B_t + f\, m_t \min(v / 12 - (B_{t+1} - B_t),\; T - R_t)

for as long as R is below T: the promised speed takes the place of the trend, and is never above the speed limit.
*Credibility* q follows the share of the promise that was delivered, d = (R - B) / (P - B) with P the promised path:
quickly down, slowly up.  Graduates expect R + q (T - R).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Announcement", "RuleOfLawPath", "rule_of_law_path"]


@dataclass(frozen=True)
class Announcement:
    """A promise: from month ``start`` of the run, rise to ``target`` at ``speed`` index points a year."""

    start: int
    target: float
    speed: float
    ramp_months: int
    fidelity: float

    def phased_in(self, month: int) -> float:
        """Return the share of the promised speed that is due in a month."""
        return min((month - self.start + 1) / (self.ramp_months + 1), 1.0)

    def promised(self, month: int, level_at_start: float) -> float:
        """Return the level promised for a month, given the level when the promise was made or the run began."""
        months_at_full_speed = sum(self.phased_in(m) for m in range(max(self.start, 0), month))
        return min(max(self.target, level_at_start), level_at_start + self.speed * months_at_full_speed / 12)


@dataclass(frozen=True)
class RuleOfLawPath:
    """Monthly paths, each of shape (months,): index points, and credibility as a share."""

    actual: np.ndarray
    announced: np.ndarray
    credibility: np.ndarray
    expected: np.ndarray


def rule_of_law_path(
    base: np.ndarray,
    announcements: list[Announcement],
    *,
    speed_limit: float,
    credibility_start: float,
    credibility_gain: float,
    credibility_loss: float,
) -> RuleOfLawPath:
    """Return the paths of actual, announced and expected rule of law and of credibility.

    Parameters
    ----------
    base : ndarray, shape (months,)
        Path without any reform, index points.
    announcements : list of Announcement
        Promises; the highest target and the largest delivery in force count.
    speed_limit : float
        Largest gain on the base path plus its own trend, index points a year.
    credibility_start, credibility_gain, credibility_loss : float
        Credibility before any delivery (share), and its yearly rates upwards and downwards.
    """
    n_months = len(base)
    actual, announced = base.copy(), base.copy()
    credibility = np.full(n_months, credibility_start)
    level_at_start = {announcement: 0.0 for announcement in announcements}
    gained, belief = 0.0, credibility_start
    for month in range(n_months):
        actual[month] = min(base[month] + gained, 2.5)
        active = [announcement for announcement in announcements if month >= announcement.start]
        for announcement in active:
            if month == max(announcement.start, 0):
                level_at_start[announcement] = actual[month]
        announced[month] = max([announcement.target for announcement in active] + [actual[month]])
        belief = _next_credibility(
            belief,
            actual[month] - base[month],
            max([a.promised(month, level_at_start[a]) for a in active] + [base[month]]) - base[month],
            credibility_gain,
            credibility_loss,
        )
        credibility[month] = belief
        own_trend = base[min(month + 1, n_months - 1)] - base[month]
        steps = [_step(announcement, month, actual[month], own_trend, speed_limit) for announcement in active]
        gained += max([*steps, 0.0])
    return RuleOfLawPath(actual, announced, credibility, actual + credibility * (announced - actual))


def _step(announcement: Announcement, month: int, level: float, own_trend: float, speed_limit: float) -> float:
    """Return the gain on the base path in one month: promised speed in place of the trend, carried out in part."""
    if announcement.speed == 0.0:
        return 0.0
    promised = max(min(announcement.speed, speed_limit) / 12 - own_trend, 0.0)
    return announcement.fidelity * announcement.phased_in(month) * min(promised, max(announcement.target - level, 0.0))


def _next_credibility(belief: float, delivered: float, promised: float, gain: float, loss: float) -> float:
    """Move credibility towards the delivered share of what was promised by now; without a promise it stays."""
    if promised <= 1e-9:
        return belief
    share = min(max(delivered / promised, 0.0), 1.0)
    rate = gain if share > belief else loss
    return belief + (share - belief) * -np.expm1(-rate / 12)
