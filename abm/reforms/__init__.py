"""Policy instruments: small objects that change the environment graduates decide in, and compose.

Kinds are found in :mod:`abm.reforms.kinds`; what speaks of whole environments is fetched when it is first asked for,
because an environment needs the reforms.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from abm.reforms.base import Change, Reform, ReformError, costing
from abm.reforms.files import KINDS, dump, dumps, load, loads

if TYPE_CHECKING:  # so that editors and type checkers know their parameters; one that is not here is found all the same
    from abm.reforms.kinds.bonded_scholarship import BondedScholarship as BondedScholarship
    from abm.reforms.kinds.circulation_scheme import CirculationScheme as CirculationScheme
    from abm.reforms.kinds.diaspora_engagement import DiasporaEngagement as DiasporaEngagement
    from abm.reforms.kinds.diversification import Diversification as Diversification
    from abm.reforms.kinds.foreign_talent_visa import ForeignTalentVisa as ForeignTalentVisa
    from abm.reforms.kinds.graduate_research_funding import GraduateResearchFunding as GraduateResearchFunding
    from abm.reforms.kinds.host_tightening import HostTightening as HostTightening
    from abm.reforms.kinds.judicial_reform import JudicialReform as JudicialReform
    from abm.reforms.kinds.merit_reform import MeritReform as MeritReform
    from abm.reforms.kinds.oil_price_shock import OilPriceShock as OilPriceShock
    from abm.reforms.kinds.personnel_reserve import PersonnelReserve as PersonnelReserve
    from abm.reforms.kinds.public_salary_parity import PublicSalaryParity as PublicSalaryParity
    from abm.reforms.kinds.return_incentive import ReturnIncentive as ReturnIncentive
    from abm.reforms.kinds.reversal import Reversal as Reversal
    from abm.reforms.kinds.service_obligation import ServiceObligation as ServiceObligation

_ELSEWHERE = {"Remark": "abm.plans.remark", "remarks": "abm.plans.remark", "describe": "abm.plans.table"}

__all__ = ["KINDS", "Change", "Reform", "ReformError", "costing", "dump", "dumps", "load", "loads"]
__all__.extend((*KINDS, *_ELSEWHERE))


def __getattr__(name: str) -> Any:
    if name in KINDS:
        return KINDS[name]
    if name in _ELSEWHERE:
        return getattr(import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module 'abm.reforms' has no attribute '{name}'; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
