"""Policy instruments: small objects that change the environment graduates decide in, and compose."""

from abm.reforms.base import Change, Reform, ReformError
from abm.reforms.circulation import CirculationScheme
from abm.reforms.files import KINDS, dump, dumps, load, loads
from abm.reforms.gain import (
    Diversification,
    ForeignTalentVisa,
    PersonnelReserve,
    PublicSalaryParity,
    ReturnIncentive,
)
from abm.reforms.institutions import JudicialReform, MeritReform, Reversal
from abm.reforms.linkage import DiasporaEngagement
from abm.reforms.remark import Remark, remarks
from abm.reforms.shocks import HostTightening, OilPriceShock
from abm.reforms.table import describe
from abm.reforms.train import BondedScholarship, GraduateResearchFunding, ServiceObligation

__all__ = [
    "Change",
    "Reform",
    "Remark",
    "remarks",
    "ReformError",
    "JudicialReform",
    "MeritReform",
    "Reversal",
    "PublicSalaryParity",
    "PersonnelReserve",
    "Diversification",
    "ReturnIncentive",
    "ForeignTalentVisa",
    "GraduateResearchFunding",
    "ServiceObligation",
    "BondedScholarship",
    "CirculationScheme",
    "DiasporaEngagement",
    "OilPriceShock",
    "HostTightening",
    "KINDS",
    "load",
    "loads",
    "dump",
    "dumps",
    "describe",
]
