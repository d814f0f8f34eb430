r"""Posts and wages at home that answer to how many graduates there are.

With N the graduates who work or look for work at home at the end of the month before, and N0 those there would be if
nobody had moved,

.. math::
   r_t = \frac{N_t / N^0_t}{N_{t_0} / N^0_{t_0}}, \qquad
   J_{st} = J^0_{st} e^{\eta_s x_t}, \qquad
   x_t = x_{t-1} + (\ln r_t - x_{t-1}) (1 - e^{-a / 12}), \qquad
   \ln w_{st} = \dots - \epsilon \ln r_t .

Up to :math:`t_0`, the last month in which unemployment at home was observed, posts are as observation has them and r is
1: who had moved by then is in the observed numbers already.
"""

from __future__ import annotations

import math

import numpy as np

from abm.codes import EXTRACTIVE, HOME, PRIVATE, RESERVE
from abm.engine.compiled import compiled, inlined
from abm.labour import ADJUSTED, GRADUATES, LN_SUPPLY, REFERENCE, Market
from abm.life_course import Now

__all__ = ["answer_supply", "application_limits"]


@inlined
def adjusted(x: float, target: float, rate: float) -> float:
    """Return where x comes to in a month that it moves towards a target at a rate a year."""
    return x - (target - x) * math.expm1(-rate / 12.0)


@compiled
def application_limits(posts: np.ndarray, pull: np.ndarray, limits: np.ndarray) -> None:
    """Write the upper limits of the sectors' parts of the unit interval: applications go by posts and their pull.

    Where there is no post in any sector all apply to the last.
    """
    total = 0.0
    for sector in range(len(posts)):
        total += posts[sector] * pull[sector]
    limit = 0.0
    for sector in range(len(posts)):
        limit += posts[sector] * pull[sector] / total if total > 0.0 else 0.0
        limits[sector] = limit


@inlined
def elasticity_of(sector: int, labour: np.record) -> float:
    """Return the long-run elasticity of a sector's posts to the number of graduates."""
    if sector == EXTRACTIVE:
        return labour.posts_elasticity_extractive
    return labour.posts_elasticity_private if sector == PRIVATE else labour.posts_elasticity_public


@compiled
def answer_supply(market: Market, now: Now) -> None:
    """Let this month's posts, and the sectors' parts of applications, follow the graduates at home, and wages too."""
    month, labour, answer = now.month, now.rules.labour, market.answer
    graduates, if_nobody_moved = answer[GRADUATES], market.supply[month]
    if graduates > 0.0 and if_nobody_moved > 0.0:
        ln_ratio = math.log(graduates / if_nobody_moved)
        if month <= market.observed_until:
            answer[REFERENCE] = ln_ratio
        answer[LN_SUPPLY] = ln_ratio - answer[REFERENCE]
    answer[ADJUSTED] = adjusted(answer[ADJUSTED], answer[LN_SUPPLY], labour.posts_adjustment)
    for sector in range(RESERVE):
        factor = math.exp(elasticity_of(sector, labour) * answer[ADJUSTED])
        market.posts[sector] = market.base_posts[month, sector] * factor
    application_limits(market.posts, market.pull[month], market.limits)
    now.countries[HOME].ln_wage_answer = -labour.wage_elasticity * answer[LN_SUPPLY]
