"""Who emigrates, who returns, and which reforms change that: an agent-based model of graduates.

Names are fetched when they are first asked for, so that a worker that only simulates never imports Mesa.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "EmigrationModel": "abm.model",
    "Graduate": "abm.model",
    "Scenario": "abm.scenario",
    "ScenarioError": "abm.scenario",
    "Simulation": "abm.simulation",
    "Network": "abm.network",
    "reforms": "abm.reforms",
}

__all__ = [
    "EmigrationModel",
    "Graduate",
    "Network",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "__version__",
    "reforms",
]

if TYPE_CHECKING:
    from abm import reforms
    from abm.model import EmigrationModel, Graduate
    from abm.network import Network
    from abm.scenario import Scenario, ScenarioError
    from abm.simulation import Simulation


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'abm' has no attribute '{name}'; it offers {', '.join(__all__)}")
    module = import_module(_WHERE[name])
    return module if name == "reforms" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
