"""Worlds that tests share: one without frictions, whose outcomes are known in closed form."""

from __future__ import annotations

from typing import Any

from abm.scenario import Scenario
from experiments.verification.worlds import FRICTIONLESS_DESTINATION, frictionless, in_groups

__all__ = [
    "BY_DEGREE",
    "DISTINCT",
    "DISTINCT_DESTINATIONS",
    "DOORS",
    "FRICTIONLESS_DESTINATION",
    "GROUPS",
    "MORTAL",
    "distinct",
    "frictionless",
    "grouped",
    "with_doors",
]

# doors that open and shut, follow a driver, and move those who live there too; borders open to a few, or to nobody
DOORS: dict[str, dict[str, dict[str, Any]]] = {
    "russia": {
        "programme": {"since": "2026-07", "until": "2027-09", "offset": 0.6},
        "shock": {"since": "2027-02", "living_offset": -0.5, "offset": -0.2},
        "borders": {"since": "2026-10", "until": "2027-06", "open_share": 0.4},
    },
    "germany": {
        "admitted": {"observed": {"2025": 2.0, "2026": 3.0, "2027": 9.0}, "weight": 0.8},
        "borders": {"since": "2027-01", "until": "2027-05", "open_share": 0.0},
    },
    "other_oecd": {"quarantine": {"until": "2027-03", "open_share": 0.5}},
}


def with_doors(world: Scenario) -> Scenario:
    """Return a scenario of Kazakhstan's destinations with :data:`DOORS`."""
    table = world.to_dict()
    for name, doors in DOORS.items():
        table["destinations"][name]["doors"] = doors
    return Scenario.from_dict(table, world.name)


# every number unlike its neighbours and unlike its default, so that none can stand in for another; months are told
# from years, and home from a destination, by more than any luck
DISTINCT: dict[str, Any] = {
    "start": "2026-04",
    "end": "2037-12",
    "home.graduates": {2024: 300_000.0, 2030: 420_000.0},
    "home.wage": {2020: 1700.0, 2023: 2300.0, 2025: 2450.0},
    "home.wage_market": {2021: 800.0, 2024: 1250.0},
    "home.wage_growth": 0.023,
    "home.unemployment": {2024: 0.11, 2029: 0.06},
    "home.rule_of_law.observed": {2020: -0.62, 2024: -0.41},
    "home.rule_of_law.trend": 0.031,
    "decision.income_weight": 1.3,
    "decision.income_weight_spread": 0.6,
    "decision.rule_of_law_weight": 0.42,
    "decision.rule_of_law_weight_spread": 0.9,
    "decision.home_attachment": 0.7,
    "decision.home_attachment_spread": 1.1,
    "decision.discount_rate": 0.07,
    "decision.assimilation_years": 6.0,
    "decision.retirement_age": 61.5,
    "education.graduates_per_year": {2023: 9_000.0, 2028: 12_600.0},
    "education.growth": 0.04,
    "education.master_share": 0.22,
    "education.doctorate_share": 0.05,
    "education.science_share": 0.31,
    "education.scholarship_share": 0.17,
    "education.graduation_age": 23.5,
    "education.age_tilt": 0.8,
    "education.study_months": 40,
    "household.partner_share": 0.73,
    "household.partner_age": 27.5,
    "household.partner_age_spread": 5.0,
    "household.first_child_years": 2.5,
    "household.next_child_prob": 0.64,
    "beliefs.start_spread": 0.24,
    "labour.extractive_share": 0.09,
    "labour.public_share": 0.27,
    "labour.extractive_wage_ratio": 2.3,
    "labour.public_wage_ratio": 0.7,
    "labour.merit": 0.6,
    "labour.return_to_ability": 0.35,
    "labour.graduate_job_share": 0.71,
    "labour.underemployment_loss": 0.37,
    "labour.match_spread": 0.19,
    "labour.separation_rate": 0.4,
    "labour.vacancy_rate": 0.05,
    "labour.oil_price": {2025: 1.4, 2028: 0.8},
    "labour.oil_elasticity_extractive": 0.45,
    "labour.oil_elasticity_private": 0.13,
    "human_capital.ability_spread": 0.33,
    "human_capital.experience_gain": 0.013,
    "human_capital.experience_gain_abroad": 0.021,
    "foreign_specialists.candidates_per_year": 2_600.0,
    "foreign_specialists.outside_wage_ratio": 0.83,
    "network.kind": "none",
}
# who may stay depends on degrees: chances of a sponsor and of an exempt employer, and a second draw for masters
BY_DEGREE: dict[str, Any] = {
    "permit_prob": 0.35,
    "permit_prob_masters": 0.2,
    "sponsor_prob_bachelor": 0.35,
    "sponsor_prob_master": 0.85,
    "sponsor_prob_doctorate": 0.97,
    "exempt_share_bachelor": 0.05,
    "exempt_share_master": 0.1,
    "exempt_share_doctorate": 0.6,
}
DISTINCT_DESTINATIONS: dict[str, dict[str, Any]] = {
    "near": {
        "rule_of_law": {2021: -0.95, 2025: -0.77},
        "wage": {2019: 2600.0, 2024: 3100.0},
        "wage_market": {2022: 1350.0, 2023: 1500.0},
        "wage_growth": 0.014,
        "unemployment": {2020: 0.2, 2027: 0.13},
        "separation_rate": 0.55,
        "graduate_job_share": 0.81,
        "return_to_ability": 0.18,
        "offer_rate": 0.44,
        "entry": "free",
        "moving_cost": 5.3,
        "affinity_spread": 1.15,
        "transfer_loss": 0.06,
        "diaspora": {2020: 30_000.0, 2032: 66_000.0},
        "diaspora_years": 6.0,
        "students": {2022: 14_000.0, 2032: 9_000.0},
    },
    "far": {
        "rule_of_law": {2020: 1.55, 2024: 1.31},
        "wage": {2018: 6100.0, 2022: 7600.0, 2023: 7400.0},
        "wage_market": {2018: 6300.0, 2022: 7900.0},
        "wage_growth": 0.037,
        "unemployment": {2022: 0.03, 2028: 0.06},
        "separation_rate": 0.25,
        "graduate_job_share": 0.52,
        "return_to_ability": 0.29,
        "offer_rate": 0.07,
        "entry": "permit",
        "permit_prob": {2025: 0.33, 2031: 0.57},
        "permit_prob_masters": {2024: 0.11, 2030: 0.19},
        "sponsor_prob_bachelor": 0.31,
        "sponsor_prob_master": 0.83,
        "sponsor_prob_doctorate": 0.96,
        "exempt_share_bachelor": 0.03,
        "exempt_share_master": 0.12,
        "exempt_share_doctorate": 0.61,
        "permits_per_year": 3_900.0,
        "post_study_months": 13,
        "post_study_months_science": 29,
        "work_permit_months": 50,
        "settlement_months": 67,
        "study_place_rate": 0.034,
        "moving_cost": 4.7,
        "affinity_spread": 0.65,
        "transfer_loss": 0.27,
        "diaspora": {2024: 21_000.0, 2028: 28_000.0},
        "diaspora_years": 14.0,
        "students": {2024: 5_000.0, 2030: 8_000.0},
    },
}


# deaths that a small run has by the dozen, at rates that fall from year to year
MORTAL: dict[str, Any] = {
    "mortality.adult_mortality": {"2024": 0.7, "2030": 0.45},
    "mortality.relative_to_table": 0.8,
    "mortality.ageing": 0.07,
}


def distinct(changes: dict[str, Any] | None = None, *, graduates: int = 60_000) -> Scenario:
    """Return a world of two destinations in which every number is unlike all others, and nobody knows anybody."""
    table = Scenario.load("two-country").to_dict()
    table["destinations"] = {name: table["destinations"]["abroad"] for name in DISTINCT_DESTINATIONS}
    own = {
        f"destinations.{name}.{key}": value
        for name, values in DISTINCT_DESTINATIONS.items()
        for key, value in values.items()
    }
    values = DISTINCT | own | {"graduates": graduates} | (changes or {})
    plain = {name: _by_year(value) if isinstance(value, dict) else value for name, value in values.items()}
    return Scenario.from_dict(table, "distinct").replace(plain)


def _by_year(series: dict[int, float]) -> dict[str, float]:
    return {str(year): value for year, value in series.items()}


# two groups that differ from everybody else, and from each other, in all that a group can
GROUPS: dict[str, Any] = {
    "eastern": {
        "name": "Easterners",
        "share": {"2000": 0.4, "2030": 0.2},
        "tie_share": 0.6,
        "destinations": {
            "russia": {"affinity": 2.5, "rule_of_law_weight": 0.3, "diaspora_share": 0.8, "students_share": 0.9},
            "germany": {"affinity": -1.5},
        },
    },
    "western": {
        "name": "Westerners",
        "share": 0.1,
        "destinations": {"germany": {"affinity": 2.0, "rule_of_law_weight": 1.6}},
    },
}


def grouped(world: Scenario, groups: dict[str, Any] | None = None) -> Scenario:
    """Return a world with groups, those of :data:`GROUPS` unless others are given."""
    return in_groups(world, GROUPS if groups is None else groups)
