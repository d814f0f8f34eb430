r"""Rule of law at home: what is announced, what is delivered, and how much of a promise graduates believe.

Without a reform rule of law R follows its base path B.  An announcement promises a level T, to be approached at v index
points a year; with fidelity f and phased in by the share m(t), R gains on B

.. math:: R_{t+1} - B_{t+1} = R_t - B_t + f\, m_t \min(v / 12 - (B_{t+1} - B_t),\; T - R_t)

for as long as R is below T: the promised speed takes the place of the trend, and is never above the speed limit.

A promise is a path A: that which R would take from its level on the day of the announcement up to the target, if all
were carried out (f = 1) and B followed the scenario's trend b from then on.  Ahead of today it goes on with the trend
beyond the target, and beyond an end, as R does; but today A is at most the target, which is all that was promised.
A speed of no more than the trend, or a path that does not leave the trend within the planning
horizon as its target is reached already, promises nothing: it is neither delivered, believed nor broken.

Over a planning horizon of H months graduates expect, of the highest of the paths in force,

.. math:: R_t + q_t \frac{1}{H} \sum_{k=1}^{H} \max(A_{t+k} - (R_t + b k / 12), 0):

what it adds to the trend from today's level on.  No later observation enters.  *Credibility* q follows the share of the
promise that was delivered since its announcement, d = (R - B') / (A - B') with B' the base path moved to R on that day:
quickly down, slowly up, and only while A is above B'.

A revocation takes back what was announced before it: nothing more is delivered, R falls back to B at a stated speed,
and a promise that was taken back counts as not delivered at all (d = 0) until another is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from abm.parameters import Beliefs

__all__ = ["ALWAYS", "Announcement", "Revocation", "RuleOfLawPath", "rule_of_law_path"]

ALWAYS = 1_000_000  # a last month that no run reaches
NOTHING = 1e-9  # index points, and index points a year: less than that is rounding
LOWEST, HIGHEST = -2.5, 2.5  # ends of the scale of rule of law


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

    def outruns(self, trend: float) -> bool:
        """Return whether its speed is above a trend, index points a year; 0 outruns none, not even a falling one."""
        return self.speed > 0.0 and self.speed - trend > NOTHING

    def phased_in(self, month: int) -> float:
        """Return the share of the promised speed that is due in a month."""
        return min((month - self.start + 1) / (self.ramp_months + 1), 1.0)

    def kept_up(self, month: int) -> float:
        """Return the share of its strength that a fading delivery still has in a month."""
        return float((1.0 - self.decay) ** (max(month - self.start - self.ramp_months, 0) / 12))

    def due(self, month: int, level: float, trend: float, speed_limit: float) -> float:
        """Return the gain on a trend (index points a month) promised for a month, at a level; 0 after its end."""
        beyond_trend = min(self.speed, speed_limit) / 12 - trend
        if beyond_trend <= NOTHING / 12 or month > self.last:
            return 0.0
        return self.phased_in(month) * min(beyond_trend, max(self.target - level, 0.0))

    def path(self, first: int, level: float, trend: float, speed_limit: float, months: int) -> np.ndarray:
        """Return the level that is promised for each of so many months of the run, none before ``first``."""
        promised = np.full(months, -np.inf)
        for month in range(first, months):
            promised[month] = level
            gain = self.due(month, level, trend / 12, speed_limit)
            if gain == 0.0 and (month > self.last or trend >= 0.0):  # nor will there be any later
                promised[month:] = np.clip(level + trend / 12 * np.arange(months - month), LOWEST, HIGHEST)
                break
            level = min(max(level + trend / 12 + gain, LOWEST), HIGHEST)
        return promised


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
    """Monthly paths, each of shape (months,): index points, and credibility as a share.

    ``announced`` is the level promised for the month itself, by the highest of the paths in force, and at least the
    actual level; ``expected`` looks ahead.
    """

    actual: np.ndarray
    announced: np.ndarray
    credibility: np.ndarray
    expected: np.ndarray


class _Promise:
    """An announcement as a path from the level of its first month in the run, in force until month ``until``."""

    def __init__(self, announcement: Announcement, until: int) -> None:
        self.announcement, self.until = announcement, until
        self.first = max(announcement.start, 0)  # one that began before the run counts as made in its first month
        self.path = np.empty(0)  # by month of the run, and beyond its end
        self.level_at_start = self.base_at_start = self.ceiling = 0.0
        self.binds = False

    def begin(self, level: float, base: float, path: np.ndarray, ahead: np.ndarray) -> None:
        """Fix the path, on the day of the announcement; it binds if it leaves the trend within the horizon."""
        self.level_at_start, self.base_at_start, self.path = level, base, path
        self.ceiling = max(self.announcement.target, level)
        beyond = path[self.first + 1 : self.first + 1 + len(ahead)] - np.maximum(level + ahead, LOWEST)
        self.binds = bool(np.any(beyond > NOTHING))

    def stands(self, month: int) -> bool:
        """Return whether it is in force and promises anything."""
        return self.binds and self.first <= month <= self.until

    def today(self, month: int) -> float:
        """Return the level promised for a month, in the month itself."""
        return float(min(self.path[month], self.ceiling))

    def as_seen_from(self, first: int, end: int, ahead: np.ndarray) -> np.ndarray:
        """Return the levels promised for the months after each from ``first`` to before ``end``, one row each.

        Beyond the target the trend counts from today on: a promise kept late has no more to give than its target.
        """
        horizon = len(ahead)
        rows = sliding_window_view(self.path[first + 1 : end + horizon], horizon)
        return np.minimum(rows, self.ceiling + np.maximum(ahead, 0.0))

    def kept(self, month: int, level: float, base: float) -> tuple[float, float]:
        """Return what was delivered and what was announced since its first month, beyond the base path since then."""
        trend_since = base - self.base_at_start
        return level - self.level_at_start - trend_since, self.today(month) - self.level_at_start - trend_since


def rule_of_law_path(
    base: np.ndarray,
    announcements: Sequence[Announcement],
    revocations: Sequence[Revocation] = (),
    *,
    trend: float,
    speed_limit: float,
    horizon_months: int,
    beliefs: Beliefs,
) -> RuleOfLawPath:
    """Return the paths of actual, announced and expected rule of law and of credibility.

    A month depends on no later month of ``base``, and on no announcement or revocation that is made later.

    Parameters
    ----------
    base : ndarray, shape (months,)
        Path without any reform, index points.
    announcements : sequence of Announcement
        Promises; of those in force the highest path and the largest delivery count.
    revocations : sequence of Revocation
        What takes promises back; the fastest fall in force counts, and only while no promise is in force.
    trend : float
        How the base path is expected to go on from any month, index points a year.
    speed_limit : float
        Largest gain on the base path plus its own trend, and largest loss of what was gained, index points a year.
    horizon_months : int
        Planning horizon over which a promise is looked ahead to, months.
    beliefs : Beliefs
        Credibility before any delivery (share), and its yearly rates upwards and downwards.
    """
    n_months = len(base)
    ahead = trend / 12 * np.arange(1, horizon_months + 1)
    promises = _promises(announcements, revocations, trend)
    actual, announced, credibility = base.copy(), base.copy(), np.zeros(n_months)
    gained, belief = 0.0, beliefs.credibility_start
    for month in range(n_months):
        actual[month] = level = min(base[month] + gained, HIGHEST)
        for promise in promises:
            if month == promise.first:
                path = promise.announcement.path(month, level, trend, speed_limit, n_months + horizon_months)
                promise.begin(level, base[month], path, ahead)
        standing = [promise for promise in promises if promise.stands(month)]
        falling = (
            [] if standing else [r for r in revocations if r.start <= month <= r.last and _takes_back(r, promises)]
        )
        if standing:
            highest = max(standing, key=lambda promise: promise.today(month))  # of equal ones the first that was made
            announced[month] = max(highest.today(month), level)
            belief = _next_credibility(belief, *highest.kept(month, level, base[month]), beliefs)
        else:
            announced[month] = level
            belief = _next_credibility(belief, 0.0, 1.0, beliefs) if falling else belief
        credibility[month] = belief
        own_trend = base[min(month + 1, n_months - 1)] - base[month]
        made = [promise.announcement for promise in standing]
        gained += max(
            [a.fidelity * a.kept_up(month) * a.due(month, level, own_trend, speed_limit) for a in made] or [0]
        )
        if falling:
            gained = max(gained - min(max(r.losses[month] for r in falling), speed_limit) / 12, 0.0)
    expected = np.minimum(actual + credibility * _mean_beyond_trend(promises, actual, ahead), HIGHEST)
    return RuleOfLawPath(actual, announced, credibility, expected)


def _promises(announcements: Sequence[Announcement], revocations: Sequence[Revocation], trend: float) -> list[_Promise]:
    """Return what promises more than the trend, in the order in which it is made; the same twice is one."""
    found = []
    for announcement in dict.fromkeys(announcements):
        if announcement.outruns(trend):
            taken_back = [r.start - 1 for r in revocations if r.start > announcement.start]
            found.append(_Promise(announcement, min([announcement.last, *taken_back])))
    return sorted(found, key=lambda promise: promise.first)


def _takes_back(revocation: Revocation, promises: list[_Promise]) -> bool:
    """Return whether there was anything to take back: a promise of something, then in force."""
    return any(p.binds and p.announcement.start < revocation.start <= p.announcement.last for p in promises)


def _mean_beyond_trend(promises: list[_Promise], actual: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Return by how much the promises in force exceed the trend from each month's level, on average over the horizon.

    Months with the same promises are taken together; each month's sum is its own, whatever others there are.
    """
    n_months, horizon = len(actual), len(ahead)
    mean = np.zeros(n_months)
    edges = {min(max(month, 0), n_months) for promise in promises for month in (promise.first, promise.until + 1)}
    for first, end in pairwise(sorted(edges)):
        promised = [promise.as_seen_from(first, end, ahead) for promise in promises if promise.stands(first)]
        if promised:
            highest = promised[0] if len(promised) == 1 else np.maximum.reduce(promised)
            without = actual[first:end, None] + ahead  # may go beyond the highest level, where no promise does
            beyond = np.subtract(highest, np.maximum(without, LOWEST, out=without), out=without)
            mean[first:end] = np.maximum(beyond, 0.0, out=beyond).sum(axis=1) / horizon
    return mean


def _next_credibility(belief: float, delivered: float, promised: float, beliefs: Beliefs) -> float:
    """Move credibility towards the delivered share of what was promised by now; without a promise it stays."""
    if promised <= NOTHING:
        return belief
    share = min(max(delivered / promised, 0.0), 1.0)
    rate = beliefs.credibility_gain if share > belief else beliefs.credibility_loss
    return belief + (share - belief) * -np.expm1(-rate / 12)
