"""Programmes to start from: those that are spoken of in Kazakhstan, shocks, and several at once.

Each is a list of reforms at their classes' own strengths unless something has to be said; reforms that this version of
the model does not have are left out, and a preset of none of its reforms is not offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from abm.reforms import KINDS, Reform
from abm.scenario import Scenario, month_name, month_number

__all__ = ["COURTS", "NOTHING", "PORTFOLIO", "presets"]

NOTHING = "No reform"
COURTS = "Courts: new standards, open selection of judges, jury trials"
PORTFOLIO = "A portfolio: all pillars together"
LAW: Mapping[str, Any] = {"speed": 0.108, "target": 0.65}  # ten years as fast as Georgia 2002-2012 (wgi-fastest)


@dataclass(frozen=True)
class Preset:
    """A programme: its name, what it is about, and its reforms with what is said of each."""

    name: str
    about: str
    reforms: Mapping[str, Mapping[str, Any]]

    def plan(self, world: Scenario) -> tuple[Reform, ...]:
        """Return its reforms; they begin when reforms may, or where the run does not hold a start, with it."""
        return tuple(
            KINDS[name](**{"start": "2026-01"} | _within(values, world))
            for name, values in self.reforms.items()
            if name in KINDS
        )


def _within(values: Mapping[str, Any], world: Scenario) -> dict[str, Any]:
    """Return values with a start that the run holds; a start some years later stays as many years later."""
    start = str(values.get("start", "2026-01"))
    later = month_number(start) - month_number("2026-01")
    first, last = world.first_month + world.past_months, world.first_month + world.n_months - 1
    if world.reforms_from is not None or not first <= month_number(start) <= last:
        start = month_name(min(first + max(later, 0), last))
    return dict(values) | {"start": start}


ALL = (
    Preset(NOTHING, "The country as it is: both runs are the same.", {}),
    Preset(
        COURTS,
        "Rule of law rises for ten years as fast as it ever did anywhere (Georgia, 2002-2012).",
        {"JudicialReform": LAW},
    ),
    Preset(
        "Merit: recruitment by ability, less corruption", "Ability counts more in hiring and pay.", {"MeritReform": {}}
    ),
    Preset("Public pay on a par with private pay", "Within three years.", {"PublicSalaryParity": {"ramp_months": 36}}),
    Preset("New engines of growth beside oil", "More private graduate jobs.", {"Diversification": {}}),
    Preset("Presidential Personnel Reserve", "Posts in public service for the able young.", {"PersonnelReserve": {}}),
    Preset(
        "Serpin-2050: work owed after a free degree, hardly kept",
        "Grants that oblige, without placement, housing or follow-up: 17 % had complied by 2023.",
        {"ServiceObligation": {}},
    ),
    Preset(
        "Serpin-2050 with placement, housing and follow-up",
        "The same grants, and what was missing (strengths are assumptions).",
        {"ServiceObligation": {"placement": 0.9, "housing": 1.5, "follow_up": 0.8}},
    ),
    Preset(
        "Bonded scholarships abroad",
        "More students abroad on a scholarship that obliges to work at home.",
        {"BondedScholarship": {}},
    ),
    Preset(
        "Brain Gain initiative",
        "Incentives to return, and foreign specialists invited.",
        {"ReturnIncentive": {}, "ForeignTalentVisa": {}},
    ),
    Preset(
        "Brain Korea 21: research degrees at home",
        "More doctorates and master's degrees.",
        {"GraduateResearchFunding": {"masters": 0.05}},
    ),
    Preset(
        "Global Irish: the diaspora kept in touch",
        "Ties bring offers, and investment.",
        {"DiasporaEngagement": {"posts_per_thousand": 20.0}},
    ),
    Preset("Rotation of talent", "Posts abroad for a time, with a return.", {"CirculationScheme": {}}),
    Preset(
        "A promise broken: courts, taken back after three years",
        "The same promise of rule of law, reversed in 2029.",
        {"JudicialReform": LAW, "Reversal": {"start": "2029-01"}},
    ),
    Preset(
        "Doors abroad close",
        "Half the job offers, fewer permits, half a year to stay after a degree.",
        {
            "HostTightening": {
                "offers": 0.5,
                "permit_prob": 0.54,
                "post_study_months": 6,
                "post_study_months_science": 6,
            }
        },
    ),
    Preset("The oil price halves", "And finds back by itself over some years.", {"OilPriceShock": {}}),
    Preset(
        PORTFOLIO,
        "Courts, merit, pay, jobs, return, diaspora, research and rotation together, as one would invest.",
        {
            "JudicialReform": LAW,
            "MeritReform": {},
            "PublicSalaryParity": {"ramp_months": 36},
            "Diversification": {},
            "ReturnIncentive": {},
            "DiasporaEngagement": {},
            "GraduateResearchFunding": {},
            "CirculationScheme": {},
        },
    ),
)


def presets() -> dict[str, Preset]:
    """Return the presets that this version of the model can carry out, by name."""
    return {
        preset.name: preset for preset in ALL if not preset.reforms or any(name in KINDS for name in preset.reforms)
    }
