r"""Keyed random draws: every draw is a pure function of (seed, person, month, purpose).

The generator is Philox 4x32 with ten rounds (Salmon, Moraes, Dror and Shaw, 2011, "Parallel random numbers: as easy as
1, 2, 3", SC'11).  Its 64-bit key is the run's seed; its 128-bit counter is

====== =============================================================================================================
word   content
====== =============================================================================================================
0      the person's rank within the cohort (the parameter's checksum where a parameter is drawn: ``sweep/draws.py``)
1      the person's cohort: ``(group << 16) | month`` (see ``roster.py``)
2      the month of the run
3      ``(purpose << 8) | alternative`` (the alternative is a country or a child, else 0)
====== =============================================================================================================

Nothing is consumed, so no draw depends on any other: a person meets the same luck with and without a reform, in one
thread or two, and adding a purpose reshuffles nobody.  Continuous laws come by the inverse of their distribution
function, so that a changed parameter moves a draw and never exchanges it for another one.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from abm.engine.compiled import allocating, compiled, inlined

__all__ = [
    "HIGHEST_DRAW",
    "Purpose",
    "geometric_months",
    "gumbel",
    "gumbel_bounds",
    "gumbel_quantile",
    "logistic",
    "logistic_quantile",
    "normal_ceiling",
    "normal_quantile",
    "normal_quantiles",
    "philox",
    "replicate_seed",
    "standard_normal",
    "standard_normals",
    "uniform",
    "uniforms",
    "uniforms_by_month",
]


HIGHEST_DRAW = 8.3  # which no standard normal draw reaches


class _Purposes(NamedTuple):
    """What a draw is for.  Numbers are part of every published result: add new ones, never renumber."""

    ABILITY: int = 1
    INCOME_TASTE: int = 2
    RULE_OF_LAW_TASTE: int = 3
    HOME_ATTACHMENT: int = 4
    CONNECTIONS: int = 5
    REVIEW_MONTH: int = 6
    AGE: int = 7
    PARTNER: int = 8
    CHILD: int = 9
    DEGREE: int = 10
    PLACE: int = 11
    YEARS_ABROAD: int = 12
    EMPLOYED_AT_START: int = 13
    SECTOR_AT_START: int = 14
    BELIEF: int = 15
    SIGNAL: int = 16
    TASTE_SHOCK: int = 17
    OFFER: int = 18
    OFFER_WAGE: int = 19
    PERMIT: int = 20
    STUDY_PLACE: int = 21
    SECTOR_APPLIED: int = 22
    HIRING_LUCK: int = 23
    GRADUATE_LEVEL: int = 24
    SEPARATION: int = 25
    JOB_FINDING: int = 26
    MATCH: int = 27
    QUOTA: int = 28
    SCHOLARSHIP: int = 29
    ON_THE_JOB_SEARCH: int = 30
    NETWORK: int = 31
    AFFINITY: int = 32
    FOREIGN_CANDIDATE: int = 33
    STUDY_LENGTH: int = 34
    COMMUNITY: int = 35
    PUBLIC_TASTE: int = 36
    GRANT: int = 37
    SERVICE_PLACE: int = 38
    POSTING: int = 39
    RESERVE: int = 40
    APPOINTMENT: int = 41
    CLASSMATE: int = 42
    UNCERTAIN: int = 43
    SPONSOR: int = 48
    REGISTRATION: int = 50
    WHOLE_PERSONS: int = 60
    FAMILY_SUPPORT: int = 61
    DEATH: int = 62
    BORDER: int = 64
    KIN_STRATUM: int = 70
    HERITAGE: int = 75
    TIES_WITHIN: int = 76
    ADVANTAGE_ABROAD: int = 80  # from here on of another model, experiments/replication
    YEARS_WORKED: int = 81
    TURNOVER: int = 82
    ACTING_ORDER: int = 83
    ATTEMPT: int = 84
    TIE: int = 85
    TIES_WANTED: int = 86
    PREDICTION: int = 90


Purpose = _Purposes()

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_EXPONENT = np.uint64(0x4330000000000000)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)


@inlined
def philox(
    counter_0: np.uint64,
    counter_1: np.uint64,
    counter_2: np.uint64,
    counter_3: np.uint64,
    key_0: np.uint64,
    key_1: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four 32-bit words (as uint64) of Philox 4x32-10 for one counter and key (32-bit words as uint64)."""
    c0, c1, c2, c3 = np.uint64(counter_0), np.uint64(counter_1), np.uint64(counter_2), np.uint64(counter_3)
    k0, k1 = np.uint64(key_0), np.uint64(key_1)
    for _ in range(10):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = (product_1 >> _SHIFT) ^ c1 ^ k0
        c1 = product_1 & _LOW
        c2 = (product_0 >> _SHIFT) ^ c3 ^ k1
        c3 = product_0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@inlined
def uniform(seed: int, rank: int, cohort: int, month: int, purpose: int, alternative: int) -> float:
    """Return the uniform draw on the open interval (0, 1) that belongs to this person, month and purpose.

    Parameters
    ----------
    seed : int
        Seed of the run, 0 <= seed < 2**63.
    rank, cohort : int
        The person's identity.
    month : int
        Month of the run, 0 for traits fixed for life.
    purpose, alternative : int
        One of :data:`Purpose`, and which country or child the draw is about (0 where there is only one).

    Returns
    -------
    float
        The midpoint of one of 2**52 equal intervals, so neither 0 nor 1.
    """
    seed_bits = np.uint64(seed)
    w0, w1, _w2, _w3 = philox(
        np.uint64(rank),
        np.uint64(cohort),
        np.uint64(month),
        np.uint64((purpose << 8) | int(alternative)),
        seed_bits & _LOW,
        seed_bits >> _SHIFT,
    )
    bits = np.uint64((w0 << _SHIFT) | w1) >> np.uint64(12)
    # as the fraction of a number between 2**52 and 2**53 the bits need no conversion, for which there is no vector code
    return (np.uint64(bits | _EXPONENT).view(np.float64) - 4503599627370496.0 + 0.5) * 2.220446049250313e-16


@inlined
def _central_quantile(q: float) -> float:
    """Return the standard normal quantile of 0.5 + q for abs(q) <= 0.425."""
    r = 0.180625 - q * q
    numerator = 2.5090809287301226727e3
    numerator = numerator * r + 3.3430575583588128105e4
    numerator = numerator * r + 6.7265770927008700853e4
    numerator = numerator * r + 4.5921953931549871457e4
    numerator = numerator * r + 1.3731693765509461125e4
    numerator = numerator * r + 1.9715909503065514427e3
    numerator = numerator * r + 1.3314166789178437745e2
    numerator = numerator * r + 3.3871328727963666080e0
    denominator = 5.2264952788528545610e3
    denominator = denominator * r + 2.8729085735721942674e4
    denominator = denominator * r + 3.9307895800092710610e4
    denominator = denominator * r + 2.1213794301586595867e4
    denominator = denominator * r + 5.3941960214247511077e3
    denominator = denominator * r + 6.8718700749205790830e2
    denominator = denominator * r + 4.2313330701600911252e1
    denominator = denominator * r + 1.0
    return q * numerator / denominator


@compiled
def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile, by Wichura (1988), algorithm AS 241, accurate to about 1e-16."""
    q = probability - 0.5
    if abs(q) <= 0.425:
        return _central_quantile(q)
    tail = probability if q < 0.0 else 1.0 - probability
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        r -= 1.6
        numerator = 7.74545014278341407640e-4
        numerator = numerator * r + 2.27238449892691845833e-2
        numerator = numerator * r + 2.41780725177450611770e-1
        numerator = numerator * r + 1.27045825245236838258e0
        numerator = numerator * r + 3.64784832476320460504e0
        numerator = numerator * r + 5.76949722146069140550e0
        numerator = numerator * r + 4.63033784615654529590e0
        numerator = numerator * r + 1.42343711074968357734e0
        denominator = 1.05075007164441684324e-9
        denominator = denominator * r + 5.47593808499534494600e-4
        denominator = denominator * r + 1.51986665636164571966e-2
        denominator = denominator * r + 1.48103976427480074590e-1
        denominator = denominator * r + 6.89767334985100004550e-1
        denominator = denominator * r + 1.67638483018380384940e0
        denominator = denominator * r + 2.05319162663775882187e0
        denominator = denominator * r + 1.0
    else:
        r -= 5.0
        numerator = 2.01033439929228813265e-7
        numerator = numerator * r + 2.71155556874348757815e-5
        numerator = numerator * r + 1.24266094738807843860e-3
        numerator = numerator * r + 2.65321895265761230930e-2
        numerator = numerator * r + 2.96560571828504891230e-1
        numerator = numerator * r + 1.78482653991729133580e0
        numerator = numerator * r + 5.46378491116411436990e0
        numerator = numerator * r + 6.65790464350110377720e0
        denominator = 2.04426310338993978564e-15
        denominator = denominator * r + 1.42151175831644588870e-7
        denominator = denominator * r + 1.84631831751005468180e-5
        denominator = denominator * r + 7.86869131145613259100e-4
        denominator = denominator * r + 1.48753612908506148525e-2
        denominator = denominator * r + 1.36929880922735805310e-1
        denominator = denominator * r + 5.99832206555887937690e-1
        denominator = denominator * r + 1.0
    value = numerator / denominator
    return -value if q < 0.0 else value


@compiled
def standard_normal(seed: int, rank: int, cohort: int, month: int, purpose: int, alternative: int) -> float:
    """Return the standard normal draw of this key, by inverse distribution function."""
    return normal_quantile(uniform(seed, rank, cohort, month, purpose, alternative))


@inlined
def gumbel_quantile(probability: float) -> float:
    """Return the quantile of the standard Gumbel (type I extreme value) law: the taste shock of the logit model."""
    return -math.log(-math.log(probability))


_BINS = 512
# the quantile at the limits of equal bins, with room for rounding; the outermost are those of the extreme draws
_GUMBEL_LIMITS = np.array(
    [-math.log(-math.log(min(max(limit / _BINS, 2.0**-54), 1.0 - 2.0**-53))) for limit in range(_BINS + 1)]
)
_GUMBEL_FLOOR, _GUMBEL_CEILING = _GUMBEL_LIMITS[:-1] - 1e-9, _GUMBEL_LIMITS[1:] + 1e-9


@inlined
def gumbel_bounds(probability: float) -> tuple[float, float]:
    """Return numbers just below and above the Gumbel quantile, from a table: many a comparison needs no logarithm."""
    place = int(probability * _BINS) & (_BINS - 1)  # it is one already; so the compiler knows that it is not negative
    return _GUMBEL_FLOOR[place], _GUMBEL_CEILING[place]


_NORMAL_CEILING = np.array([NormalDist().inv_cdf(limit / _BINS) for limit in range(1, _BINS)] + [8.3]) + 1e-9


@inlined
def normal_ceiling(probability: float) -> float:
    """Return a number just above the standard normal quantile, from a table."""
    return _NORMAL_CEILING[int(probability * _BINS) & (_BINS - 1)]


@compiled
def gumbel(seed: int, rank: int, cohort: int, month: int, purpose: int, alternative: int) -> float:
    """Return the standard Gumbel draw of this key."""
    return gumbel_quantile(uniform(seed, rank, cohort, month, purpose, alternative))


@compiled
def uniforms(
    seed: int, rank: np.ndarray, cohort: np.ndarray, month: int, purpose: int, alternative: int, out: np.ndarray
) -> None:
    """Write the uniform draws of many persons, the same as :func:`uniform` gives to each, into ``out``."""
    for k in range(len(out)):
        out[k] = uniform(seed, rank[k], cohort[k], month, purpose, alternative)


@compiled
def uniforms_by_month(
    seed: int, rank: np.ndarray, cohort: np.ndarray, month: np.ndarray, purpose: int, alternative: int, out: np.ndarray
) -> None:
    """Write the uniform draws of many persons, each of a ``month`` of her own, into ``out``; see :func:`uniforms`."""
    for k in range(len(out)):
        out[k] = uniform(seed, rank[k], cohort[k], month[k], purpose, alternative)


@allocating
def standard_normals(
    seed: int, rank: np.ndarray, cohort: np.ndarray, month: int, purpose: int, alternative: int, out: np.ndarray
) -> None:
    """Write the standard normal draws of many persons, the same as :func:`standard_normal` gives, into ``out``."""
    draw = np.empty(len(out))
    uniforms(seed, rank, cohort, month, purpose, alternative, draw)
    normal_quantiles(draw, out)


@allocating
def normal_quantiles(draw: np.ndarray, out: np.ndarray) -> None:
    """Write the standard normal quantiles of many uniform draws into ``out``, an array apart from them."""
    tails, n = np.empty(len(out), dtype=np.int64), 0
    for k in range(len(out)):
        out[k] = _central_quantile(draw[k] - 0.5)
    for k in range(len(out)):
        # listed without a guess whether this is one of them, which would often be wrong
        tails[n] = k
        n += abs(draw[k] - 0.5) > 0.425
    for k in tails[:n]:
        out[k] = normal_quantile(draw[k])


@inlined
def logistic_quantile(probability: float) -> float:
    """Return the quantile of the standard logistic law."""
    return math.log(probability / (1.0 - probability))


@compiled
def logistic(seed: int, rank: int, cohort: int, month: int, purpose: int, alternative: int) -> float:
    """Return the standard logistic draw of this key."""
    return logistic_quantile(uniform(seed, rank, cohort, month, purpose, alternative))


@compiled
def geometric_months(monthly_prob: float, u: float) -> int:
    """Return how many months (>= 1) pass until an event of this monthly probability, from one uniform draw ``u``."""
    if monthly_prob >= 1.0:
        return 1
    if monthly_prob <= 0.0:
        return 30_000
    months = 1.0 + math.floor(math.log(u) / math.log1p(-monthly_prob))
    return int(min(months, 30_000.0))


def replicate_seed(root_seed: int, replicate: int) -> int:
    """Return the seed of a replicate: the same for every arm of a sweep, so that arms share their luck.

    Parameters
    ----------
    root_seed : int
        Seed of the whole experiment, 0 <= root_seed < 2**63.
    replicate : int
        Number of the replicate, from 0.
    """
    w0, w1, _, _ = philox(
        np.uint64(replicate),
        np.uint64(0),
        np.uint64(0),
        np.uint64(0),
        np.uint64(root_seed & 0xFFFFFFFF),
        np.uint64(root_seed >> 32),
    )
    return int((int(w0) << 31) ^ int(w1)) & (2**63 - 1)
