"""Policy instruments: small objects that change the environment graduates decide in, and compose."""

from abm.reforms.base import Reform, ReformError
from abm.reforms.jobs import Diversification
from abm.reforms.rule_of_law import JudicialReform
from abm.reforms.salaries import PublicSalaryParity

__all__ = ["Reform", "ReformError", "JudicialReform", "PublicSalaryParity", "Diversification"]
