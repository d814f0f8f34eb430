r"""Rule of law at home: what is announced, what is delivered, and how much of a promise graduates believe.

Without a reform rule of law R follows its base path B.  An announcement promises a level T, to be approached at v index
points a year; with fidelity f and phased in by the share m(t), R gains on B

.. math:: R_{t+1} - B_{t+1} = R_t - B_t + f\, m_t \min(v / 12 - (B_{t+1} - B_t),\; T - R_t)

for as long as R is below T: the promised speed takes the place of the trend, and is never above the speed limit.

A promise is worth at most what its speed adds to the trend over the whole career of a graduate, c years long:

.. math:: A_t = \min(T,\; R_t + c \max(v - b, 0))

with b the mean trend of B from the announcement to the end of the run, index points a year.  Speed 0, or any up to the
trend, promises nothing: it is neither believed nor broken.  *Credibility* q follows the share of the promise that was
delivered, d = (R - B) / (P - B) with P the promised path: quickly down, slowly up.  Graduates expect R + q (A - R).

A revocation takes back what was announced before it: nothing more is delivered, R falls back to B at a stated speed,
and a promise that was taken back counts as not delivered at all (d = 0) until another is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from abm.parameters import Beliefs

__all__ = ["ALWAYS", "Announcement", "Revocation", "RuleOfLawPath", "rule_of_law_path"]

ALWAYS = 1_000_000  # a last month that no run reaches
NOTHING = 1e-9  # index points, and index points a year: less than that is rounding


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
        return min(self.target, level_at_start + self.speed * months_at_full_speed / 12)

    def worth(self, base: np.ndarray, career_years: float) -> float:
        """Return the index points that it is worth at most: what its speed adds to the base trend over a career."""
        if self.speed == 0.0 or len(base) < 2:
            return 0.0  # even where the base path falls, to stand still is not promised by a speed of 0
        last = len(base) - 1
        first = min(max(self.start, 0), last - 1)  # one announced in the last month is held against the last step
        beyond_trend = self.speed - 12 * float(base[last] - base[first]) / (last - first)
        return beyond_trend * career_years if beyond_trend > NOTHING else 0.0


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
    career_years: float,
    beliefs: Beliefs,
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
    career_years : float
        Length of a whole career, years.
    beliefs : Beliefs
        Credibility before any delivery (share), and its yearly rates upwards and downwards.
    """
    n_months = len(base)
    actual, announced, credibility = base.copy(), base.copy(), np.zeros(n_months)
    worth = {announcement: announcement.worth(base, career_years) for announcement in announcements}
    promises = [announcement for announcement in announcements if worth[announcement] > 0.0]
    level_at_start = dict.fromkeys(promises, 0.0)
    months_at_full_speed = dict.fromkeys(promises, 0.0)
    gained, belief = 0.0, beliefs.credibility_start
    for month in range(n_months):
        actual[month] = level = min(base[month] + gained, 2.5)
        begun = [revocation for revocation in revocations or [] if month >= revocation.start]
        active = [a for a in announcements if a.start <= month <= a.last and not _revoked(a, begun)]
        promised = [announcement for announcement in active if worth[announcement] > 0.0]
        for promise in promised:
            if month == max(promise.start, 0):
                level_at_start[promise] = level
        announced[month] = max([*(min(a.target, level + worth[a]) for a in promised), level])
        falling = [r for r in begun if month <= r.last and not promised and _takes_back(r, promises)]
        if falling:
            belief = _next_credibility(belief, 0.0, 1.0, beliefs)
        else:
            due = max([*(a.promised(months_at_full_speed[a], level_at_start[a]) for a in promised), base[month]])
            belief = _next_credibility(belief, level - base[month], due - base[month], beliefs)
        credibility[month] = belief
        for promise in set(promised):  # the same announcement twice is one
            months_at_full_speed[promise] += promise.phased_in(month)
        own_trend = base[min(month + 1, n_months - 1)] - base[month]
        gained += max([*(_step(announcement, month, level, own_trend, speed_limit) for announcement in active), 0.0])
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
    promised = min(announcement.speed, speed_limit) / 12 - own_trend
    if promised <= NOTHING / 12:
        return 0.0
    strength = announcement.fidelity * announcement.phased_in(month) * announcement.kept_up(month)
    return strength * min(promised, max(announcement.target - level, 0.0))


def _next_credibility(belief: float, delivered: float, promised: float, beliefs: Beliefs) -> float:
    """Move credibility towards the delivered share of what was promised by now; without a promise it stays."""
    if promised <= NOTHING:
        return belief
    share = min(max(delivered / promised, 0.0), 1.0)
    rate = beliefs.credibility_gain if share > belief else beliefs.credibility_loss
    return belief + (share - belief) * -np.expm1(-rate / 12)
