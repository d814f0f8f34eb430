"""Did it do anything: reforms that change nothing, overlap their like, or are paid for twice, each in a sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

import abm.reforms as kinds
from abm.environment import Environment
from abm.parameters import parameter
from abm.reforms import KINDS, Change, Reform, describe, remarks
from abm.reforms.effect import differ
from abm.scenario import Scenario
from abm.sweep.arms import Arm
from experiments.study.remarks import MOST_PLANS, remark_lines

WORLD = Scenario.load("kazakhstan").replace({"end": "2040-12"})
BASE = Environment(WORLD)


def said(*plan: Reform, world: Scenario = WORLD) -> list[str]:
    return [remark.sentence for remark in remarks(world, plan)]


QUIET: dict[str, tuple[Sequence[Reform], str]] = {
    "pay below what it is": (
        [kinds.PublicSalaryParity(target=0.4)],
        "pay is 0.6 already, and 0.4 is not above it.",
    ),
    "merit below what it is": ([kinds.MeritReform(target=0.3)], "is 0.5 already, and 0.3 is not above it; its cost"),
    "permits where entry is free": (
        [kinds.HostTightening(destination="russia", permit_prob=0.0)],
        "entry to russia is free, so nobody there needs a permit",
    ),
    "stays after a degree where entry is free": (
        [kinds.HostTightening(destination="russia", post_study_months=0)],
        "entry to russia is free",
    ),
    "hosts as they are": ([kinds.HostTightening()], "all that it adds is 0, and all that it multiplies by is 1"),
    "grants to nobody": ([kinds.ServiceObligation(share=0.0, placement=1.0)], "owe service for a grant is 0"),
    "a reserve without places": (
        [kinds.PersonnelReserve(places=0.0)],
        "places in the personnel reserve filled a year is 0",
    ),
    "posts abroad without places": ([kinds.CirculationScheme(places=0.0)], "is 0"),
    "scholarships on no better terms": ([kinds.BondedScholarship(share=0.0, months=1, pursuit=0.0)], "is 60 already"),
    "independence of an oil price that stands still": (
        [kinds.Diversification(private_jobs=0.0, less_exposure=0.5)],
        "oil price relative to its long-run level is 1",
    ),
    "over before it begins": (
        [kinds.Diversification(start="2016-01", end="2017-12")],
        "ends with 2017-12, before the run",
    ),
    "nothing to take back": ([kinds.Reversal()], "there is nothing to take back"),
    "taken back already": (
        [
            kinds.JudicialReform(target=0.5),
            kinds.Reversal(start="2028-01"),
            kinds.Reversal(start="2030-01", speed=0.01),
        ],
        "there is nothing to take back",
    ),
    "a promise without speed": ([kinds.JudicialReform(target=1.5, speed=0.0)], "a speed of 0 index points a year"),
    "a promise of the trend": ([kinds.JudicialReform(target=1.5, speed=0.01)], "a speed of 0.01 index points a year"),
    "a promise of less than there is": ([kinds.JudicialReform(target=-1.0)], "rule of law is -0.401 already, and -1"),
    "nothing carried out": (
        [kinds.MeritReform(fidelity=0.0)],
        "(fidelity 0); what it costs is spent all the same",
    ),
    "faded before it begins": ([kinds.PublicSalaryParity(start="2020-01", decay=1.0)], "(decay 1 a year)"),
}


@pytest.mark.parametrize("name", QUIET)
def test_a_reform_that_changes_nothing_is_told_in_one_sentence_that_says_why(name: str) -> None:
    plan, reason = QUIET[name]
    (sentence,) = said(*plan)
    assert reason in sentence and " changes nothing: " in sentence
    assert sentence.startswith(f"{plan[-1].label} ") and sentence.endswith(".") and sentence.isprintable()
    assert not differ(Environment(WORLD, plan), Environment(WORLD, plan[:-1]))


def test_several_quiet_reforms_are_told_one_by_one() -> None:
    plan = [reform for reforms, _ in QUIET.values() if len(reforms) == 1 for reform in reforms]
    found = remarks(WORLD, plan)
    assert [remark.position for remark in found] == list(range(len(plan)))


@pytest.mark.parametrize("kind", [name for name in KINDS if name not in ("Reversal", "HostTightening")])
def test_of_a_reform_that_acts_nothing_is_said(kind: str) -> None:
    assert said(KINDS[kind]() if kind != "JudicialReform" else kinds.JudicialReform(target=0.5)) == []


def test_what_acts_only_through_another_is_not_idle() -> None:
    help_alone, grants = kinds.ServiceObligation(share=0.0, placement=1.0), kinds.ServiceObligation(share=0.02)
    assert said(help_alone, grants) == []
    assert said(kinds.OilPriceShock(), kinds.Diversification(private_jobs=0.0, less_exposure=0.5)) == []
    assert said(kinds.JudicialReform(target=0.5), kinds.Reversal(start="2028-01")) == []
    assert said(kinds.JudicialReform(target=0.5, fidelity=0.0)) == []  # it is believed at first


def test_a_reform_that_stands_there_twice_is_told_once_and_the_dearer_one_is_kept() -> None:
    assert said(kinds.MeritReform(), kinds.MeritReform()) == [
        "MeritReform from 2026-01 (number 2) adds nothing to MeritReform from 2026-01 (number 1): of the "
        "weight of ability against connections in hiring and pay the highest level counts; its cost is not counted."
    ]
    cheap, dear = kinds.MeritReform(cost_usd_per_year=1e6), kinds.MeritReform()
    assert [remark.position for remark in remarks(WORLD, [cheap, dear])] == [0]


def test_amounts_add_up_so_that_nothing_is_said_of_them() -> None:
    assert said(kinds.Diversification(), kinds.Diversification()) == []
    assert (
        said(kinds.ForeignTalentVisa(), kinds.ForeignTalentVisa(), kinds.ReturnIncentive(), kinds.ReturnIncentive())
        == []
    )


def test_a_step_of_two_reforms_is_told_only_where_both_stay_in_force() -> None:
    first = kinds.MeritReform(target=0.8, start="2027-01", end="2029-12")
    second = kinds.MeritReform(target=1.0, start="2030-01")
    assert said(first, second) == []
    (sentence,) = said(dataclasses.replace(first, end=None), second)
    assert sentence == (
        "From 2030-01 to 2040-12 MeritReform from 2027-01 adds nothing to MeritReform from 2030-01: of the weight of "
        "ability against connections in hiring and pay the highest level counts; one bill is paid, the larger."
    )


def test_two_promises_at_a_time_are_told_of_the_later_one() -> None:
    (sentence,) = said(kinds.JudicialReform(target=0.5), kinds.JudicialReform(target=0.2, start="2028-01", speed=0.1))
    assert sentence.startswith(
        "From 2028-01 to 2040-12 JudicialReform from 2028-01 stands beside JudicialReform from 2026"
    )
    assert "the highest path and the fastest step count" in sentence


def test_of_a_reform_that_acts_each_parameter_that_makes_no_difference_is_told() -> None:
    assert said(kinds.HostTightening(destination="russia", offers=0.5, permit_prob=0.0)) == [
        "HostTightening from 2026-01: permit_prob = 0.0 comes to the same as 1.0."
    ]
    assert said(kinds.MeritReform(target=0.9, return_to_ability=0.1)) == [
        "MeritReform from 2026-01: return_to_ability = 0.1 comes to the same as leaving it out."
    ]
    assert said(kinds.BondedScholarship(months=12)) == [
        "BondedScholarship from 2026-01: months = 12 comes to the same as leaving it out."
    ]
    assert said(kinds.HostTightening(destination="germany", offers=0.5, permit_prob=0.0, permits_per_year=10.0)) == []
    assert said(kinds.MeritReform(target=0.9, return_to_ability=0.4, ramp_months=3, end="2099-12", fidelity=0.5)) == []
    # a speed that this world would refuse is no reason to refuse the plan
    slow = WORLD.replace({"home.rule_of_law.speed_limit": 0.03})
    assert said(kinds.JudicialReform(target=0.5, speed=0.025), world=slow) == []


@dataclasses.dataclass(frozen=True, kw_only=True)
class OpenDoors(Reform):
    """A reform of one's own, in one country."""

    country: int = parameter(1, meaning="which", unit="number", low=0, high=99, source="assumption: a test")

    def changes(self, environment: Environment) -> Sequence[Change]:
        """Return more permits there."""
        return [Change("permit_prob", 0.5, self.country)]


def test_kinds_of_ones_own_are_told_too() -> None:
    free, asked = BASE.names.index("russia"), BASE.names.index("germany")
    assert said(OpenDoors(country=asked)) == []
    (sentence,) = said(OpenDoors(country=free))
    assert (
        sentence == "OpenDoors from 2026-01 changes nothing: entry to russia is free, so nobody there needs a permit."
    )


def test_the_table_of_a_plan_ends_with_what_does_nothing() -> None:
    plan = [kinds.PublicSalaryParity(target=0.4), kinds.Diversification()]
    assert describe(WORLD, plan).endswith(f"\n\n{said(*plan)[0]}\n")
    assert "nothing" not in describe(WORLD, [kinds.Diversification()])


def arms(*targets: float) -> list[Arm]:
    return [Arm(f"target = {t:g}", {"target": t}, reforms=(kinds.PublicSalaryParity(target=t),)) for t in targets]


def test_arms_that_do_nothing_are_named_with_their_levels() -> None:
    assert remark_lines(WORLD, arms(0.7, 0.8)) == []
    lines = remark_lines(WORLD, arms(0.7, 0.4, 0.6))
    assert len(lines) == 4 and lines[2].startswith("- PublicSalaryParity from 2026-01 changes nothing: the public pay")
    assert "0.4 is not above it" in lines[2] and lines[2].endswith("(target = 0.4)")
    assert lines[3].endswith("(target = 0.6)")


def test_an_arm_is_looked_at_in_its_own_world() -> None:
    (arm,) = arms(0.7)
    better_paid = dataclasses.replace(arm, overrides={"labour.public_wage_ratio": 0.8})
    assert remark_lines(WORLD, [arm]) == []
    assert "pay is 0.8 already, and 0.7 is not above it" in remark_lines(WORLD, [better_paid])[2]


def test_many_arms_take_a_few_lines() -> None:
    many = [dataclasses.replace(arm, label=f"arm {n}") for n, arm in enumerate(arms(*([0.4] * 3000)))]
    assert remark_lines(WORLD, many)[2].endswith("(arm 0; arm 1; arm 2; and 2,997 more arms)")
    short = WORLD.replace({"end": "2026-12"})
    lines = remark_lines(short, arms(*(0.1 + n / 10_000 for n in range(MOST_PLANS + 10))))
    assert len(lines) < 15 and lines[-1].startswith("- 10 arms were not looked at")
