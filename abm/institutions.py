r"""Rule of law at home: what is announced, what is delivered, and how much of a promise graduates believe.

Without a reform rule of law R follows its base path B.  An announcement promises a level T, to be approached at v index
points a year; with fidelity f and phased in by the share m(t), R gains on B

.. math:: R_{t+1} - B_{t+1} = R_t - B_t + f\, m_t \min(v / 12 - (B_{t+1} - B_t),\; T - R_t)

for as long as R is below T: the promised speed takes the place of the trend, and is never above the speed limit.
*Credibility* q follows the share of the promise that was delivered, d = (R - B) / (P - B) with P the promised path:
quickly down, slowly up.  Graduates expect R + q (T - R).

A revocation takes back what was announced before it: nothing more is delivered, R falls back to B at a stated speed,
and a promise that was taken back counts as not delivered at all (d = 0) until another is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["ALWAYS", "Announcement", "Revocation", "RuleOfLawPath", "rule_of_law_path"]

ALWAYS = 1_000_000  # a last month that no run reaches


@dataclass(frozen=True)
class Announcement:
    """A promise: from month ``start`` of the run to ``last``, rise to ``target`` at ``speed`` index points a year.

    ``decay`` is the share of its strength that the delivery loses each year, once phased in; the promise loses none.
    """

    start: int
    target: float
    speed: float
    ramp_months: int
    fidelity: float
    last: int = ALWAYS
    decay: float = 0.0

    def phased_in(self, month: int) -> float:
        """Return the share of the promised speed that is due in a month."""
        return min((month - self.start + 1) / (self.ramp_months + 1), 1.0)

    def kept_up(self, month: int) -> float:
        """Return the share of its strength that a fading delivery still has in a month."""
        return float((1.0 - self.decay) ** (max(month - self.start - self.ramp_months, 0) / 12))

    def promised(self, months_at_full_speed: float, level_at_start: float) -> float:
        """Return the level promised after so many months, given the level when the promise was made or the run began.

        The months are added up one by one by the caller: Python's own ``sum`` rounds differently from 3.12 on.
        """
        return min(max(self.target, level_at_start), level_at_start + self.speed * months_at_full_speed / 12)


@dataclass(frozen=True)
class Revocation:
    """The taking back, in month ``start`` of the run, of all that was announced before; nothing by itself.

    ``losses`` holds how much of what was delivered is lost, by month of the run, index points a year.
    """

    start: int
    last: int
    losses: np.ndarray


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
    revocations: list[Revocation] | None = None,
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
    revocations : list of Revocation, optional
        What takes promises back; the fastest fall in force counts, and only while no promise is in force.
    speed_limit : float
        Largest gain on the base path plus its own trend, and largest loss of what was gained, index points a year.
    credibility_start, credibility_gain, credibility_loss : float
        Credibility before any delivery (share), and its yearly rates upwards and downwards.
    """
    n_months = len(base)
    actual, announced = base.copy(), base.copy()
    credibility = np.full(n_months, credibility_start)
    level_at_start = {announcement: 0.0 for announcement in announcements}
    months_at_full_speed = dict.fromkeys(announcements, 0.0)
    gained, belief = 0.0, credibility_start
    for month in range(n_months):
        actual[month] = min(base[month] + gained, 2.5)
        begun = [revocation for revocation in revocations or [] if month >= revocation.start]
        active = [a for a in announcements if a.start <= month <= a.last and not _revoked(a, begun)]
        for announcement in active:
            if month == max(announcement.start, 0):
                level_at_start[announcement] = actual[month]
        announced[month] = max([announcement.target for announcement in active] + [actual[month]])
        falling = [r for r in begun if month <= r.last and not active and _takes_back(r, announcements)]
        if falling:
            belief = _next_credibility(belief, 0.0, 1.0, credibility_gain, credibility_loss)
        else:
            belief = _next_credibility(
                belief,
                actual[month] - base[month],
                max([a.promised(months_at_full_speed[a], level_at_start[a]) for a in active] + [base[month]])
                - base[month],
                credibility_gain,
                credibility_loss,
            )
        credibility[month] = belief
        for announcement in set(active):  # the same announcement twice is one
            months_at_full_speed[announcement] += announcement.phased_in(month)
        own_trend = base[min(month + 1, n_months - 1)] - base[month]
        steps = [_step(announcement, month, actual[month], own_trend, speed_limit) for announcement in active]
        gained += max([*steps, 0.0])
        if falling:
            gained = max(gained - min(max(r.losses[month] for r in falling), speed_limit) / 12, 0.0)
    return RuleOfLawPath(actual, announced, credibility, actual + credibility * (announced - actual))


def _revoked(announcement: Announcement, begun: list[Revocation]) -> bool:
    """Return whether an announcement was made before one of the revocations that have begun."""
    return any(announcement.start < revocation.start for revocation in begun)


def _takes_back(revocation: Revocation, announcements: list[Announcement]) -> bool:
    """Return whether there was anything to take back: a promise then in force."""
    return any(a.start < revocation.start <= a.last for a in announcements)


def _step(announcement: Announcement, month: int, level: float, own_trend: float, speed_limit: float) -> float:
    """Return the gain on the base path in one month: promised speed in place of the trend, carried out in part."""
    if announcement.speed == 0.0:
        return 0.0
    promised = max(min(announcement.speed, speed_limit) / 12 - own_trend, 0.0)
    strength = announcement.fidelity * announcement.phased_in(month) * announcement.kept_up(month)
    return strength * min(promised, max(announcement.target - level, 0.0))


def _next_credibility(belief: float, delivered: float, promised: float, gain: float, loss: float) -> float:
    """Move credibility towards the delivered share of what was promised by now; without a promise it stays."""
    if promised <= 1e-9:
        return belief
    share = min(max(delivered / promised, 0.0), 1.0)
    rate = gain if share > belief else loss
    return belief + (share - belief) * -np.expm1(-rate / 12)
