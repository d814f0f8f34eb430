"""Social interaction on the complete graph: the fixed point s = logistic(V + g s) and its hysteresis.

With exposure as the share of ties, the gain from going abroad is v + w (s - (1 - s)) when a share s lives there, so
that V = v - w and g = 2 w (Brock and Durlauf, 2001, "Discrete choice with social interactions", Review of Economic
Studies).
"""

from __future__ import annotations

import math

import pytest
from worlds import frictionless

from abm.simulation import Simulation
from experiments.verification.social import equilibria

N = 1_200


def share_abroad(v: float, w: float, *, start_abroad: int = 0, years: int = 12) -> float:
    """Run the complete graph and return the share abroad over the last five years, each month."""
    world = frictionless(
        {
            "end": f"{2025 + years}-12",
            "network.kind": "complete",
            "decision.exposure": "share",
            "decision.ties_weight": w,
            "decision.rule_of_law_weight": 0.0,
        },
        graduates=N - start_abroad,
        destinations={"abroad": {"wage": 2000.0 * math.exp(v), "diaspora": float(start_abroad)}},
    )
    simulation = Simulation(world, seed=2).run()
    stocks = simulation.accounts.stocks.sum(axis=2)[-60:]
    return float(stocks[:, 1].sum() / stocks.sum())


def test_one_equilibrium_where_ties_matter_little() -> None:
    """g = 2 < 4: one fixed point, found within 0.02 (s.e. of 60 months of 1,200 persons about 0.005)."""
    (expected,) = equilibria(-0.5, 1.0)
    assert share_abroad(-0.5, 1.0) == pytest.approx(expected, abs=0.02)


def test_two_stable_equilibria_where_ties_matter_much() -> None:
    """g = 6 > 4 and v = 0: from home one stays near the low fixed point, from abroad near the high one."""
    low, middle, high = equilibria(0.0, 3.0)
    assert share_abroad(0.0, 3.0) == pytest.approx(low, abs=0.02)
    assert share_abroad(0.0, 3.0, start_abroad=N - 1) == pytest.approx(high, abs=0.02)
    assert low < middle < high


def test_hysteresis_when_the_gain_is_swept_up_and_down() -> None:
    """With g = 6 the share follows the low branch up, jumps, and follows the high branch down again."""
    years, top = 24, 2.0
    half = years // 2
    path = [top * (k / half) - 1.0 for k in range(half + 1)] + [top * (1 - k / half) - 1.0 for k in range(1, half + 1)]
    wage = {2026 + k: 2000.0 * math.exp(v) for k, v in enumerate(path)}
    world = frictionless(
        {
            "end": f"{2026 + years}-12",
            "network.kind": "complete",
            "decision.exposure": "share",
            "decision.ties_weight": 3.0,
            "decision.rule_of_law_weight": 0.0,
            "destinations.abroad.wage": {str(year): value for year, value in wage.items()},
        },
        graduates=N,
    )
    simulation = Simulation(world, seed=2).run()
    working = simulation.accounts.stocks[:, :, 2:4].sum(axis=2)
    share = working[:, 1] / working.sum(axis=1)
    up, down = share[12 * 6], share[12 * (years - 6)]
    assert path[6] == pytest.approx(path[years - 6], abs=1e-12)
    assert up < 0.2
    assert down > 0.8
