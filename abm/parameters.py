"""Every parameter of a scenario, declared once: meaning, unit, allowed range, default and where the default comes from.

A default's ``source`` is either a key of ``data/sources.toml`` or the word *assumption* with its reason, and holds in
any country.  Parameters without a default are facts of a country, which only a scenario file can know.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "NETWORK_KINDS",
    "REPLACED",
    "Beliefs",
    "CostShare",
    "Costs",
    "Decision",
    "Destination",
    "Door",
    "Education",
    "ForeignSpecialists",
    "Group",
    "GroupAbroad",
    "Home",
    "Household",
    "HumanCapital",
    "Labour",
    "Mortality",
    "NetworkParameters",
    "Region",
    "Series",
    "TreasuryParameters",
    "parameter",
]

INFINITY = float("inf")
# parameters of earlier versions, and what says now what they said
REPLACED = {
    "labour.matching_efficiency": (
        "follows from home.unemployment, labour.vacancy_rate and labour.separation_rate, with which it has to agree; "
        "leave it out, and state these"
    )
}
NETWORK_KINDS = (
    "none",
    "complete",
    "ring",
    "watts_strogatz",
    "small_world",
    "barabasi_albert",
    "erdos_renyi",
    "stochastic_block",
    "homophilous",
)


@dataclass(frozen=True)
class Series:
    """A yearly series: each value belongs to the middle of its year; linear in between, constant outside."""

    years: tuple[int, ...]
    values: tuple[float, ...]

    @staticmethod
    def constant(value: float) -> Series:
        """Return the series that is ``value`` in every year."""
        return Series((0,), (float(value),))

    @property
    def is_constant(self) -> bool:
        """Return whether the series was given as a single number."""
        return self.years == (0,)

    @property
    def last_year(self) -> int:
        """Return the last year with a value (0 for a constant)."""
        return self.years[-1]


def parameter(
    default: Any = dataclasses.MISSING,
    *,
    meaning: str,
    unit: str,
    low: float = -INFINITY,
    high: float = INFINITY,
    source: str = "",
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare a parameter; ``low`` and ``high`` are the allowed range, ends included."""
    metadata = {"meaning": meaning, "unit": unit, "low": low, "high": high, "source": source, "choices": choices}
    if default is dataclasses.MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class RuleOfLaw:
    """Rule of law at home, on the scale of the Worldwide Governance Indicators (RL.EST)."""

    observed: Series = parameter(meaning="estimate of rule of law at home", unit="index points", low=-2.5, high=2.5)
    start: float | None = parameter(
        None,
        meaning="level in the first month; left out, it is the observed level carried on by the trend",
        unit="index points",
        low=-2.5,
        high=2.5,
        source="assumption: the observed series is the best estimate of where a run starts",
    )
    trend: float = parameter(
        meaning="yearly change after the last observation, without any reform",
        unit="index points per year",
        low=-0.3,
        high=0.3,
    )
    own_best: float | None = parameter(
        None,
        meaning="fastest change that the country has kept up for ten years or more; left out, no speed is called so",
        unit="index points per year",
        low=0.0,
        high=1.0,
        source="assumption: none unless the scenario names one",
    )
    speed_limit: float = parameter(
        0.108,
        meaning="fastest change that any reform can bring about",
        unit="index points per year",
        low=0.0,
        high=1.0,
        source="wgi-fastest",
    )


@dataclass(frozen=True, kw_only=True)
class Home:
    """The country whose graduates are followed."""

    name: str = parameter(meaning="name of the country, as printed in tables", unit="text")
    graduates: Series = parameter(meaning="graduates of working age who live at home", unit="persons", low=1.0)
    rule_of_law: RuleOfLaw = parameter(meaning="rule of law at home", unit="table")
    wage: Series = parameter(
        meaning="mean wage of graduates at purchasing-power parity", unit="USD PPP per month", low=1.0
    )
    wage_market: Series = parameter(
        meaning="mean wage of graduates at the market exchange rate", unit="USD per month", low=1.0
    )
    wage_growth: float = parameter(
        meaning="real growth of wages after the last observation, and the growth graduates expect",
        unit="per year",
        low=-0.1,
        high=0.15,
    )
    unemployment: Series = parameter(
        meaning="unemployment rate of graduates that the home economy's demand would leave without migration",
        unit="share",
        low=0.0,
        high=0.5,
    )


@dataclass(frozen=True, kw_only=True)
class Door:
    """Something that makes moving to a country, or living there, easier or harder for a time (a rule, a shock)."""

    since: str | None = parameter(
        None,
        meaning="first month of it; left out, it was there before the run",
        unit="month",
        source="assumption: in force all the time unless the scenario names a month",
    )
    until: str | None = parameter(
        None,
        meaning="last month of it; left out, it is there for good",
        unit="month",
        source="assumption: in force all the time unless the scenario names a month",
    )
    offset: float = parameter(
        0.0,
        meaning="what it adds to the utility of moving there; below 0 it shuts a door",
        unit="utility (logit scale)",
        low=-10.0,
        high=10.0,
        source="assumption: nothing; normal with mean 0 and standard deviation .25; swept from -.5 to .5",
    )
    observed: Series = parameter(
        Series.constant(1.0),
        meaning="a driver of it, such as how many are admitted",
        unit="any, above 0",
        low=1e-9,
        high=1e12,
        source="assumption: no driver unless the scenario names one",
    )
    weight: float = parameter(
        0.0,
        meaning="what a log point of that driver, relative to its first year, adds to the utility of moving there",
        unit="utility per log point",
        low=-10.0,
        high=10.0,
        source="assumption: nothing; with 1 a rare move is as frequent as the driver is large; swept from 0 to 1",
    )
    living_offset: float = parameter(
        0.0,
        meaning="what it adds to the utility of living there, of who moves there and of who is there already (a shock)",
        unit="utility (logit scale)",
        low=-10.0,
        high=10.0,
        source="assumption: nothing; normal with mean 0 and standard deviation .25; swept from -.5 to .5",
    )
    open_share: float = parameter(
        1.0,
        meaning="share of people who can cross the country's border in either direction (0: nobody can)",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: borders are open unless the scenario says otherwise",
    )


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A country graduates may leave for."""

    name: str = parameter(meaning="name of the country, as printed in tables", unit="text")
    rule_of_law: Series = parameter(meaning="estimate of rule of law", unit="index points", low=-2.5, high=2.5)
    wage: Series = parameter(
        meaning="mean wage of graduates at purchasing-power parity", unit="USD PPP per month", low=1.0
    )
    wage_market: Series = parameter(
        meaning="mean wage of graduates at the market exchange rate", unit="USD per month", low=1.0
    )
    wage_growth: float = parameter(
        0.01,
        meaning="real growth of wages after the last observation, and the growth graduates expect",
        unit="per year",
        low=-0.1,
        high=0.15,
        source="assumption: about the OECD average since 2000; swept",
    )
    unemployment: Series = parameter(
        meaning="unemployment rate of graduates in the long run", unit="share", low=0.0, high=0.5
    )
    separation_rate: float = parameter(
        0.15,
        meaning="yearly rate at which jobs end",
        unit="per year",
        low=0.0,
        high=5.0,
        source="assumption: a job lasts between six and seven years",
    )
    graduate_job_share: float = parameter(
        0.59,
        meaning="share of jobs found there that are at graduate level",
        unit="share",
        low=0.0,
        high=1.0,
        source="nyfed-graduates",
    )
    return_to_ability: float = parameter(
        0.20,
        meaning="log-wage gain from one standard deviation of ability",
        unit="log points",
        low=0.0,
        high=2.0,
        source="assumption: returns to skill of 0.1-0.3 per standard deviation are usual in OECD surveys; swept",
    )
    offer_rate: float = parameter(
        meaning="job offers a graduate of mean ability without ties there receives from abroad",
        unit="per year",
        low=0.0,
        high=50.0,
    )
    entry: str = parameter(
        "permit",
        meaning="whether an offer and a permit are needed, or entry is free",
        unit="text",
        choices=("free", "permit"),
        source="assumption: most destinations ask for a permit",
    )
    permit_prob: Series = parameter(
        Series.constant(1.0),
        meaning="probability that an applicant with an offer wins a permit (a lottery where there is one)",
        unit="probability per application",
        low=0.0,
        high=1.0,
        source="assumption: no lottery unless the scenario names one",
    )
    permit_prob_masters: Series = parameter(
        Series.constant(0.0),
        meaning="probability that who has a master's degree or a doctorate, and did not win so, wins in another draw",
        unit="probability per application",
        low=0.0,
        high=1.0,
        source="assumption: no draw of their own unless the scenario names one",
    )
    sponsor_prob_bachelor: float = parameter(
        1.0,
        meaning="chance that the employer of who took a bachelor's degree there applies for a permit for her",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: every employer does unless the scenario says otherwise",
    )
    sponsor_prob_master: float = parameter(
        1.0,
        meaning="the same with a master's degree",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: every employer does unless the scenario says otherwise",
    )
    sponsor_prob_doctorate: float = parameter(
        1.0,
        meaning="the same with a doctorate",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: every employer does unless the scenario says otherwise",
    )
    exempt_share_bachelor: float = parameter(
        0.0,
        meaning="share of those with a bachelor's degree whose employer is exempt from the lottery",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: no employer is unless the scenario says otherwise",
    )
    exempt_share_master: float = parameter(
        0.0,
        meaning="the same of those with a master's degree",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: no employer is unless the scenario says otherwise",
    )
    exempt_share_doctorate: float = parameter(
        0.0,
        meaning="the same of those with a doctorate",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: no employer is unless the scenario says otherwise",
    )
    permits_per_year: float = parameter(
        INFINITY,
        meaning="cap on permits given to graduates of the home country",
        unit="persons per year",
        low=0.0,
        source="assumption: no cap by nationality unless the scenario names one",
    )
    post_study_months: int = parameter(
        12,
        meaning="months a graduate of a local university may stay to work without a work permit",
        unit="months",
        low=0,
        high=240,
        source="opt-months",
    )
    post_study_months_science: int = parameter(
        12,
        meaning="the same for graduates of science and engineering",
        unit="months",
        low=0,
        high=240,
        source="opt-months",
    )
    work_permit_months: int = parameter(
        72,
        meaning="length of a work permit",
        unit="months",
        low=1,
        high=600,
        source="assumption: two terms of three years, as in the United States",
    )
    settlement_months: int = parameter(
        60,
        meaning="months of residence on a work permit after which a graduate is settled",
        unit="months",
        low=0,
        high=600,
        source="assumption: five years is the most frequent rule",
    )
    study_place_rate: float = parameter(
        0.0,
        meaning="places for further study that an eligible graduate of mean ability is offered",
        unit="per year",
        low=0.0,
        high=10.0,
        source="assumption: none unless the scenario names a rate",
    )
    moving_cost: float = parameter(
        meaning="cost of moving there at 25, alone and without ties: distance, language, culture",
        unit="utility (logit scale)",
        low=-20.0,
        high=50.0,
    )
    moving_sum: float = parameter(
        0.0,
        meaning="money that moving there from home takes up front; who can neither have saved nor be given it stays",
        unit="USD",
        low=0.0,
        high=1e7,
        source="assumption: nobody is short of money unless the scenario names a sum; fees, fares and first rents are "
        "some 1-10 thousand; swept",
    )
    affinity_spread: float = parameter(
        0.0,
        meaning="standard deviation between persons of that cost (language, kin, citizenship)",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: none unless the scenario names one",
    )
    transfer_loss: float = parameter(
        0.2,
        meaning="share of the wage lost on arrival because skills and degrees carry over badly",
        unit="share",
        low=0.0,
        high=0.95,
        source="assumption: immigrants start 10-30 % below natives of equal schooling; swept",
    )
    diaspora: Series = parameter(meaning="graduates of working age from home who live there", unit="persons", low=0.0)
    diaspora_years: float = parameter(
        10.0,
        meaning="mean years since the diaspora left home",
        unit="years",
        low=0.0,
        high=60.0,
        source="assumption: diasporas of working age left between one and thirty years ago",
    )
    registration_prob: Series = parameter(
        Series.constant(1.0),
        meaning="probability that who settles there is entered in home's register as departed, by when she went",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: a register sees everybody unless the scenario says otherwise",
    )
    registration_years: float = parameter(
        0.0,
        meaning="mean time from going to being entered, exponential",
        unit="years",
        low=0.0,
        high=20.0,
        source="assumption: entered on leaving unless the scenario says otherwise",
    )
    students: Series = parameter(
        meaning="students from home enrolled there straight from school", unit="persons", low=0.0
    )
    students_master_share: float = parameter(
        0.0,
        meaning="share of them who finish with a master's degree",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: a first degree unless the scenario says otherwise",
    )
    students_doctorate_share: float = parameter(
        0.0,
        meaning="share of them who finish with a doctorate",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: none unless the scenario says otherwise",
    )
    doors: tuple[tuple[str, Door], ...] = parameter(
        (),
        meaning="what makes moving there easier or harder for a time",
        unit="table",
        source="assumption: nothing unless the scenario names it",
    )


@dataclass(frozen=True, kw_only=True)
class CostShare:
    """What a reform costs a year, as a share of the yearly pay of home's graduates as last observed."""

    share: float = parameter(meaning="yearly cost once fully in force", unit="share of pay", low=0.0, high=10.0)
    low: float = parameter(meaning="low end of its plausible range", unit="share of pay", low=0.0, high=10.0)
    high: float = parameter(meaning="high end of its plausible range", unit="share of pay", low=0.0, high=10.0)


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What reforms cost in this country, by kind; what is paid to persons by a reform of pay is computed instead."""

    judicial_reform: CostShare = parameter(meaning="cost of a promise of rule of law and its delivery", unit="table")
    merit_reform: CostShare = parameter(meaning="cost of merit in hiring and pay", unit="table")
    diversification: CostShare = parameter(meaning="cost of additional private posts", unit="table")
    foreign_talent_visa: CostShare = parameter(
        meaning="cost of inviting foreign specialists, but what they are paid", unit="table"
    )
    return_incentive: CostShare = parameter(
        meaning="cost of an incentive to return, but what is paid to those who do", unit="table"
    )
    bonded_scholarship: CostShare = parameter(meaning="cost of scholarships abroad", unit="table")
    graduate_research_funding: CostShare = parameter(meaning="cost of degrees funded at home", unit="table")
    service_obligation: CostShare = parameter(meaning="cost of grants that oblige to serve", unit="table")
    circulation_scheme: CostShare = parameter(meaning="cost of posts abroad for a time", unit="table")
    diaspora_engagement: CostShare = parameter(meaning="cost of ties with the diaspora", unit="table")


@dataclass(frozen=True, kw_only=True)
class Education:
    """New graduates at home, and study abroad."""

    graduates_per_year: Series = parameter(
        meaning="persons who finish higher education at home", unit="persons per year", low=0.0
    )
    growth: float = parameter(
        0.0,
        meaning="yearly growth of that number after the last observation",
        unit="per year",
        low=-0.2,
        high=0.2,
        source="assumption: constant cohorts; swept",
    )
    second_degree_share: float = parameter(
        0.0,
        meaning="share of those who finish in a year who had a degree before, and are no new graduates",
        unit="share",
        low=0.0,
        high=0.9,
        source="assumption: first degrees only unless the scenario says otherwise",
    )
    master_share: float = parameter(
        meaning="share of new graduates with a master's degree",
        unit="share",
        low=0.0,
        high=1.0,
    )
    doctorate_share: float = parameter(
        meaning="share of new graduates with a doctorate",
        unit="share",
        low=0.0,
        high=1.0,
    )
    science_share: float = parameter(
        meaning="share of graduates in science and engineering",
        unit="share",
        low=0.0,
        high=1.0,
    )
    graduation_age: float = parameter(
        22.0,
        meaning="age at the first degree",
        unit="years",
        low=18.0,
        high=35.0,
        source="assumption: school until 18 and four years of study",
    )
    age_tilt: float = parameter(
        meaning="how much rarer the oldest graduates are than the youngest at the start (0: equal, 1: none left)",
        unit="share",
        low=0.0,
        high=1.0,
    )
    study_months: int = parameter(
        48,
        meaning="length of a first degree abroad",
        unit="months",
        low=1,
        high=120,
        source="assumption: a four-year bachelor's degree",
    )
    master_months: int = parameter(
        24,
        meaning="length of a master's degree abroad",
        unit="months",
        low=1,
        high=120,
        source="assumption: the usual two years",
    )
    doctorate_months: int = parameter(
        60,
        meaning="length of a doctorate abroad",
        unit="months",
        low=1,
        high=120,
        source="assumption: about five years",
    )
    degree_premium: float = parameter(
        0.15,
        meaning="log-wage gain from each degree above the bachelor's",
        unit="log points",
        low=0.0,
        high=1.0,
        source="assumption: master's graduates earn some 15 % more than bachelors in OECD countries",
    )
    oldest_student: float = parameter(
        32.0,
        meaning="age after which nobody goes abroad for further study",
        unit="years",
        low=18.0,
        high=60.0,
        source="assumption",
    )
    stipend_ratio: float = parameter(
        0.3,
        meaning="income of a student as a share of the local graduate wage",
        unit="ratio",
        low=0.01,
        high=1.0,
        source="assumption: about a third of the graduate wage",
    )
    scholarship_share: float = parameter(
        meaning="share of students abroad on a bonded scholarship of the home state",
        unit="share",
        low=0.0,
        high=1.0,
    )
    obligation_months: int = parameter(
        meaning="months of work at home that a bonded scholar owes",
        unit="months",
        low=0,
        high=240,
    )
    repayment: float = parameter(
        meaning="sum a bonded scholar repays on breaking the obligation",
        unit="USD PPP",
        low=0.0,
        high=1e10,
    )
    pursuit_prob: float = parameter(
        meaning="chance that repayment is pursued with success",
        unit="probability",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Tastes and costs in the choice of a country (random utility, mixed logit)."""

    income_basis: str = parameter(
        "ppp",
        meaning="which wages graduates compare",
        unit="text",
        choices=("ppp", "market"),
        source="assumption: people compare what wages buy",
    )
    income_weight: float = parameter(
        1.0,
        meaning="mean weight of log permanent income",
        unit="utility per log point",
        low=0.0,
        high=20.0,
        source="assumption: elasticities of migration to income of 0.5-1.5 are usual; sets the scale, swept",
    )
    income_weight_spread: float = parameter(
        0.25,
        meaning="standard deviation of the log of that weight between persons",
        unit="log points",
        low=0.0,
        high=2.0,
        source="assumption: moderate heterogeneity; swept",
    )
    home_income_weight: float = parameter(
        1.0,
        meaning="weight of income at home, as far as it differs from that of an average job at the start, over abroad",
        unit="ratio",
        low=0.0,
        high=3.0,
        source="assumption: one weight for all income; across countries pay at home moves people by .1-.45, pay abroad "
        "by .8-1.3, so from .1 to 1; swept",
    )
    rule_of_law_weight: float = parameter(
        0.33,
        meaning="mean weight of one point of rule of law",
        unit="utility per index point",
        low=0.0,
        high=20.0,
        source="assumption: cross-country designs find between 0 and 0.7 of the weight of income; swept",
    )
    rule_of_law_weight_spread: float = parameter(
        0.5,
        meaning="standard deviation of the log of that weight between persons",
        unit="log points",
        low=0.0,
        high=2.0,
        source="assumption: tastes for institutions differ more than tastes for income; swept",
    )
    home_attachment: float = parameter(
        0.4,
        meaning="mean utility of living at home because it is home",
        unit="utility (logit scale)",
        low=-20.0,
        high=20.0,
        source="assumption: only moving cost plus attachment shows in departures; the split shows in returns; swept",
    )
    home_attachment_spread: float = parameter(
        0.5,
        meaning="standard deviation between persons of that attachment",
        unit="utility (logit scale)",
        low=0.0,
        high=10.0,
        source="assumption: swept",
    )
    ties_weight: float = parameter(
        0.25,
        meaning="weight of the ties a person has in a country (of log(1 + ties), or of the share of ties)",
        unit="utility (logit scale)",
        low=0.0,
        high=50.0,
        source="assumption: network elasticities of migration of 0.2-0.4 are usual; swept",
    )
    exposure: str = parameter(
        "log_ties",
        meaning="how ties enter: log(1 + ties) or the share of one's ties",
        unit="text",
        choices=("log_ties", "share"),
        source="assumption: diminishing returns to ties",
    )
    discount_rate: float = parameter(
        0.05,
        meaning="rate at which graduates discount future income",
        unit="per year",
        low=0.0,
        high=1.0,
        source="assumption: the usual 5 % a year",
    )
    planning_horizon: float = parameter(
        65.0,
        meaning="years of income that graduates count, after what they are committed to; at most their career",
        unit="years",
        low=1.0,
        high=65.0,
        source="assumption: the whole career, as 65 years are for everybody; swept from 1 to 25 in equal ratios",
    )
    income_memory_years: float = parameter(
        0.0,
        meaning="years over whose mean graduates know how pay elsewhere compares with pay where they live; 0: as today",
        unit="years",
        low=0.0,
        high=20.0,
        source="assumption: as it compares today; swept from 1 to 5, as exchange rates swing for some years",
    )
    saving_share: float = parameter(
        0.1,
        meaning="share of her pay at home that somebody can have put aside since her first degree, for moving",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: a tenth of pay, of a range of .03 to .3; matters where there is a moving_sum; swept",
    )
    family_support_share: float = parameter(
        0.3,
        meaning="share of graduates whose family gives them what it takes to move",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: of a range of 0 to .7; matters where there is a moving_sum; swept",
    )
    assimilation_years: float = parameter(
        8.0,
        meaning="years abroad in which the wage lost on arrival falls to a third (by the factor e)",
        unit="years",
        low=0.1,
        high=100.0,
        source="assumption: earnings gaps of immigrants close over ten to fifteen years; swept",
    )
    fallback_ratio: float = parameter(
        0.35,
        meaning="income without a job as a share of the wage with one",
        unit="ratio",
        low=0.001,
        high=1.0,
        source="assumption: informal work and family",
    )
    return_cost: float = parameter(
        2.4,
        meaning="cost of moving home for someone of 25, alone",
        unit="utility (logit scale)",
        low=-20.0,
        high=50.0,
        source="assumption: below the cost of leaving, as language and kin are known; swept",
    )
    age_cost: float = parameter(
        0.35,
        meaning="rise of the moving cost for each ten years of age above 25",
        unit="utility per decade",
        low=0.0,
        high=10.0,
        source="assumption: migration rates fall by about a third per decade of age",
    )
    partner_cost: float = parameter(
        0.3,
        meaning="rise of the moving cost with a partner",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: swept",
    )
    child_cost: float = parameter(
        0.15,
        meaning="rise of the moving cost per child under school age (6)",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: swept",
    )
    school_child_cost: float = parameter(
        0.35,
        meaning="rise of the moving cost per child of 6 to 12, times the share of its life spent here",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: swept",
    )
    teenager_cost: float = parameter(
        0.6,
        meaning="rise of the moving cost per child of 13 to 17, times the share of its life spent here",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: swept",
    )
    place_cost: float = parameter(
        1.3,
        meaning="rise of the cost of leaving a country abroad with log(1 + years lived there since graduation)",
        unit="utility per log year",
        low=0.0,
        high=20.0,
        source="assumption: duration dependence of return, steep in the first years; swept",
    )
    broken_obligation_cost: float = parameter(
        0.0,
        meaning="what kin and guarantors would lose if she broke what she owes, beside the claim on her",
        unit="utility (logit scale)",
        low=0.0,
        high=20.0,
        source="assumption: nothing beside the claim; from 0 to 3, as where parents pledge their home; swept",
    )
    ties_discount: float = parameter(
        0.25,
        meaning="share of the moving cost that many ties at the destination take away",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: ties lower the cost of moving, by at most a quarter; swept",
    )
    offer_ties_gain: float = parameter(
        0.1,
        meaning="rise of the offer rate per tie at the place of the job (referrals)",
        unit="share per tie",
        low=0.0,
        high=10.0,
        source="assumption: a third to a half of jobs are found through contacts; swept",
    )
    offer_ability_gain: float = parameter(
        0.35,
        meaning="rise of the log offer rate per standard deviation of ability",
        unit="log points",
        low=0.0,
        high=5.0,
        source="assumption: positive selection of skilled emigrants; swept",
    )
    offer_degree_gain: float = parameter(
        0.5,
        meaning="rise of the log offer rate per degree above the bachelor's",
        unit="log points",
        low=0.0,
        high=5.0,
        source="assumption: stay rates abroad rise with the degree; swept",
    )
    retirement_age: float = parameter(
        meaning="age at retirement",
        unit="years",
        low=40.0,
        high=80.0,
    )


@dataclass(frozen=True, kw_only=True)
class Beliefs:
    """What graduates believe about rule of law at home, and how they learn (DeGroot learning with a public signal)."""

    signal_weight: float = parameter(
        0.35,
        meaning="weight of the public signal at a yearly review",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: beliefs follow institutions with a lag of two to three years; swept",
    )
    neighbour_weight: float = parameter(
        0.25,
        meaning="weight of the mean belief of one's ties at a yearly review",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: swept",
    )
    signal_noise: float = parameter(
        0.085,
        meaning="standard deviation of a person's signal",
        unit="index points",
        low=0.0,
        high=2.0,
        source="assumption: the estimate moves about so much from year to year where little happens; swept",
    )
    start_spread: float = parameter(
        0.15,
        meaning="standard deviation of beliefs at the start",
        unit="index points",
        low=0.0,
        high=2.0,
        source="assumption: about the standard error of the indicator itself",
    )
    credibility_start: float = parameter(
        0.3,
        meaning="share of an announced improvement that graduates believe before anything is delivered",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: announcements have often been reversed; swept",
    )
    credibility_gain: float = parameter(
        0.15,
        meaning="yearly rate at which credibility moves up to the delivered share of what was announced",
        unit="per year",
        low=0.0,
        high=12.0,
        source="assumption: trust is built over years; swept",
    )
    credibility_loss: float = parameter(
        0.9,
        meaning="yearly rate at which credibility falls to that share when it is below",
        unit="per year",
        low=0.0,
        high=12.0,
        source="assumption: a reversal destroys trust faster than delivery builds it; swept",
    )


@dataclass(frozen=True, kw_only=True)
class Labour:
    """The home labour market for graduates."""

    extractive_share: float = parameter(
        meaning="share of graduate posts in extraction (oil, gas, mining)",
        unit="share",
        low=0.0,
        high=1.0,
    )
    public_share: float = parameter(
        meaning="share of graduate posts in the public sector (civil service, education, health)",
        unit="share",
        low=0.0,
        high=1.0,
    )
    extractive_wage_ratio: float = parameter(
        meaning="wage in extraction relative to the private sector",
        unit="ratio",
        low=0.01,
        high=20.0,
    )
    public_wage_ratio: float = parameter(
        meaning="wage in the public sector relative to the private sector",
        unit="ratio",
        low=0.01,
        high=20.0,
    )
    merit: float = parameter(
        0.5,
        meaning="weight of ability against connections in hiring and pay",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: half and half; swept",
    )
    return_to_ability: float = parameter(
        0.25,
        meaning="log-wage gain from one standard deviation of ability under full merit",
        unit="log points",
        low=0.0,
        high=2.0,
        source="assumption: as abroad once merit is full; swept",
    )
    experience_return: float = parameter(
        0.018,
        meaning="log-wage gain from a year of experience, up to thirty years, everywhere",
        unit="log points per year",
        low=0.0,
        high=0.2,
        source="assumption: starting pay of graduates near 0.7-0.75 of the average wage",
    )
    graduate_job_share: float = parameter(
        meaning="share of jobs found at home that are at graduate level",
        unit="share",
        low=0.0,
        high=1.0,
    )
    underemployment_loss: float = parameter(
        0.25,
        meaning="log-wage loss in a job below graduate level, everywhere",
        unit="log points",
        low=0.0,
        high=3.0,
        source="assumption: mismatch costs a fifth to a quarter of pay in OECD surveys",
    )
    match_spread: float = parameter(
        0.25,
        meaning="standard deviation of log wages between jobs for the same person, everywhere",
        unit="log points",
        low=0.0,
        high=2.0,
        source="assumption: about half of the spread of log wages is between persons",
    )
    separation_rate: float = parameter(
        meaning="yearly rate at which jobs end",
        unit="per year",
        low=0.0,
        high=5.0,
    )
    vacancy_rate: float = parameter(
        meaning="vacant posts as a share of all posts when demand and supply balance",
        unit="share",
        low=0.0,
        high=0.5,
    )
    posts_elasticity_extractive: float = parameter(
        0.0,
        meaning="elasticity of extractive posts to the graduates at home, relative to those if nobody had moved",
        unit="ratio",
        low=0.0,
        high=2.0,
        source="assumption: deposits and the oil price decide how many posts there are; swept",
    )
    posts_elasticity_private: float = parameter(
        0.75,
        meaning="elasticity of private posts to the graduates at home, relative to those if nobody had moved",
        unit="ratio",
        low=0.0,
        high=2.0,
        source="assumption: between a half and one in the long run, as firms go where they find whom to hire; swept",
    )
    posts_elasticity_public: float = parameter(
        0.0,
        meaning="elasticity of public posts to the graduates at home, relative to those if nobody had moved",
        unit="ratio",
        low=0.0,
        high=2.0,
        source="assumption: the state's posts are set by its plan of posts and not by who is there; swept",
    )
    posts_adjustment: float = parameter(
        0.25,
        meaning="rate at which posts adjust to the number of graduates (1000: at once)",
        unit="per year",
        low=0.0,
        high=1000.0,
        source="assumption: firms take some four years to build what more graduates work with; swept",
    )
    wage_elasticity: float = parameter(
        0.1,
        meaning="fall of log pay at home per log point of more graduates there (below 0: they raise one another's)",
        unit="ratio",
        low=-1.0,
        high=2.0,
        source="assumption: between -0.1, with spill-overs of human capital, and 0.4 of one skill group alone; swept",
    )
    remote_search: float = parameter(
        0.3,
        meaning="rate of offers from home to graduates abroad relative to the job-finding rate of seekers at home",
        unit="ratio",
        low=0.0,
        high=10.0,
        source="assumption: searching from abroad is about a third as effective; swept",
    )
    sector_taste: float = parameter(
        1.0,
        meaning="elasticity of applications to a sector's wage",
        unit="ratio",
        low=0.0,
        high=20.0,
        source="assumption: applications are proportional to posts and to pay",
    )
    on_the_job_search_rate: float = parameter(
        0.2,
        meaning="share of graduates in work who, at their yearly review, also apply for a post in another sector",
        unit="share per year",
        low=0.0,
        high=1.0,
        source="assumption: swept",
    )
    hiring_luck: float = parameter(
        1.0,
        meaning="spread of luck in hiring relative to merit and connections",
        unit="ratio",
        low=0.01,
        high=50.0,
        source="assumption: as important as either",
    )
    oil_price: Series = parameter(
        Series.constant(1.0),
        meaning="oil price relative to its long-run level",
        unit="ratio",
        low=0.01,
        high=20.0,
        source="assumption: the long-run level throughout; shocks are scenarios",
    )
    oil_elasticity_extractive: float = parameter(
        0.5,
        meaning="elasticity of extractive posts to the oil price",
        unit="ratio",
        low=0.0,
        high=5.0,
        source="assumption: swept",
    )
    oil_elasticity_private: float = parameter(
        0.1,
        meaning="elasticity of private posts to the oil price",
        unit="ratio",
        low=0.0,
        high=5.0,
        source="assumption: swept",
    )


@dataclass(frozen=True, kw_only=True)
class TreasuryParameters:
    """Who pays for reforms."""

    financing: str = parameter(
        "none",
        meaning="whether graduates bear their share of what reforms cost, by a tax on their pay, or nobody pays",
        unit="text",
        choices=("none", "tax"),
        source="assumption: what a reform does by itself is asked first; swept",
    )
    graduates_share: float = parameter(
        meaning="share of what reforms cost that graduates at home bear where it is financed; others bear the rest",
        unit="share",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class HumanCapital:
    """What a graduate can do: h = exp(spread * ability + experience gains)."""

    ability_spread: float = parameter(
        0.3,
        meaning="log human capital per standard deviation of ability",
        unit="log points",
        low=0.0,
        high=2.0,
        source="assumption: return to cognitive skill near full merit",
    )
    experience_gain: float = parameter(
        0.01,
        meaning="log gain from a year of work, up to thirty years",
        unit="log points per year",
        low=0.0,
        high=0.2,
        source="assumption: half of the wage profile",
    )
    experience_gain_abroad: float = parameter(
        0.01,
        meaning="further log gain from a year spent abroad, up to ten years",
        unit="log points per year",
        low=0.0,
        high=0.2,
        source="assumption: returnees earn 5-15 % more than stayers of equal schooling",
    )


@dataclass(frozen=True, kw_only=True)
class Mortality:
    """How graduates die: rates by year and age."""

    adult_mortality: Series = parameter(
        Series.constant(0.0),
        meaning="chance of dying between the ages of 15 and 60 at the rates of the year, as a life table of all has it",
        unit="probability",
        low=0.0,
        high=0.95,
        source="assumption: nobody dies, as in earlier versions",
    )
    relative_to_table: float = parameter(
        0.4,
        meaning="death rates of graduates over those of the table, here one of men",
        unit="ratio",
        low=0.0,
        high=2.0,
        source="graduate-mortality",
    )
    ageing: float = parameter(
        0.085,
        meaning="rise of the log death rate with a year of age (Gompertz)",
        unit="log points per year",
        low=0.0,
        high=0.2,
        source="assumption: adult death rates double about every eight years of age; .05 to .11",
    )


@dataclass(frozen=True, kw_only=True)
class Household:
    """Partners and children."""

    partner_share: float = parameter(
        0.85,
        meaning="share of graduates who ever live with a partner",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption",
    )
    partner_age: float = parameter(
        26.0,
        meaning="mean age at first partnership",
        unit="years",
        low=18.0,
        high=60.0,
        source="assumption: the mean age at first marriage is between 25 and 28",
    )
    partner_age_spread: float = parameter(
        3.0,
        meaning="standard deviation of that age",
        unit="years",
        low=0.0,
        high=20.0,
        source="assumption",
    )
    first_child_years: float = parameter(
        1.5,
        meaning="mean years from partnership to first child beyond nine months; half the mean years between children",
        unit="years",
        low=0.1,
        high=20.0,
        source="assumption",
    )
    next_child_prob: float = parameter(
        0.8,
        meaning="probability of a first child, and of a further one after each (three at the most are followed)",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: about two children per couple",
    )


@dataclass(frozen=True, kw_only=True)
class NetworkParameters:
    """Who knows whom among graduates: kin, classmates, colleagues."""

    kind: str = parameter(
        "small_world",
        meaning="law of the network",
        unit="text",
        choices=NETWORK_KINDS,
        source="assumption: classmates and kin know each other, and a few ties go anywhere",
    )
    mean_degree: int = parameter(
        10,
        meaning="mean number of ties",
        unit="ties",
        low=0,
        high=1000,
        source="assumption: close ties with whom one would discuss moving; swept",
    )
    rewiring: float = parameter(
        0.1,
        meaning="share of ties that go to anybody",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: the small-world range",
    )
    homophily: float = parameter(
        0.8,
        meaning="share of ties inside one's own block (homophilous and stochastic_block only)",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption",
    )
    kin_group: int = parameter(
        25,
        meaning="neighbours on the ring who share the chance of having left before the start",
        unit="persons",
        low=1,
        high=100000,
        source="assumption: migration runs in families and schools",
    )
    kin_spread: float = parameter(
        1.5,
        meaning="standard deviation of the log of that chance between such groups",
        unit="log points",
        low=0.0,
        high=10.0,
        source="assumption: strongly clustered; swept",
    )


@dataclass(frozen=True, kw_only=True)
class GroupAbroad:
    """A destination as it is to a group; it stands under the destination's name, and what it leaves out is usual."""

    affinity: float = parameter(
        0.0,
        meaning="how much less than others the group minds going there, beside a person's own affinity",
        unit="utility",
        low=-20.0,
        high=20.0,
        source="assumption: none unless the scenario states one",
    )
    rule_of_law_weight: float = parameter(
        1.0,
        meaning="factor on the weight of the difference in rule of law between there and home",
        unit="ratio",
        low=0.0,
        high=2.0,
        source="assumption: all weigh it alike unless the scenario says otherwise",
    )
    diaspora_share: float | None = parameter(
        None,
        meaning="share of the graduates who live there at the start that is of the group; left out, that of all",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: the diaspora is composed as the country is",
    )
    students_share: float | None = parameter(
        None,
        meaning="share of those who study there for a first degree that is of the group; left out, that of all",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: students abroad are composed as those at home",
    )
    registration_prob: float | None = parameter(
        None,
        meaning="chance that home's register enters one of the group who settles there; left out, that of all",
        unit="probability",
        low=0.0,
        high=1.0,
        source="assumption: entered as others are",
    )


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group by language, kin or citizenship."""

    name: str = parameter(meaning="name of the group, as printed", unit="text")
    share: Series = parameter(
        meaning="share of home's graduates that is of the group, by the year in which they finish",
        unit="share",
        low=0.0,
        high=1.0,
    )
    tie_share: float = parameter(
        0.0,
        meaning="share of what would be ties to others that is kept within the group",
        unit="share",
        low=0.0,
        high=1.0,
        source="assumption: none unless the scenario states one",
    )
    destinations: tuple[tuple[str, GroupAbroad], ...] = parameter(
        (), meaning="destinations that are not the same to the group", unit="table", source="assumption: all are"
    )


@dataclass(frozen=True, kw_only=True)
class ForeignSpecialists:
    """Graduates of other countries who may come to work at home."""

    candidates_per_year: float = parameter(
        meaning="foreign specialists a year who consider coming",
        unit="persons per year",
        low=0.0,
        high=1e7,
    )
    outside_wage_ratio: float = parameter(
        meaning="wage in their own country relative to the mean graduate wage at home, at the start of the run",
        unit="ratio",
        low=0.01,
        high=20.0,
    )
    outside_rule_of_law: float = parameter(
        meaning="rule of law in their own country",
        unit="index points",
        low=-2.5,
        high=2.5,
    )
    moving_cost: float = parameter(
        2.0,
        meaning="cost of coming",
        unit="utility (logit scale)",
        low=-20.0,
        high=50.0,
        source="assumption: about one candidate in eight comes; swept",
    )
    return_cost: float = parameter(
        2.5,
        meaning="cost of leaving again, net of missing one's own country",
        unit="utility (logit scale)",
        low=-20.0,
        high=50.0,
        source="assumption: a stay of several years; swept",
    )


@dataclass(frozen=True, kw_only=True)
class Region:
    """The part of the country in which those who owe service are to work: labour-scarce, and unloved."""

    place_prob: float = parameter(
        0.25,
        meaning="chance in a year that somebody who is to serve finds a graduate post there by herself",
        unit="probability per year",
        low=0.0,
        high=1.0,
        source="assumption: thin job markets, less than half of the 0.60-0.67 who find work in a year; swept",
    )
    pay: float = parameter(
        1.0,
        meaning="pay of a place to serve relative to public pay elsewhere",
        unit="ratio",
        low=0.1,
        high=10.0,
        source="assumption: one pay scale for the whole country",
    )
    moving_cost: float = parameter(
        2.0,
        meaning="cost of moving there, for want of housing above all",
        unit="utility (logit scale)",
        low=-20.0,
        high=50.0,
        source="assumption: less than the cost of the nearest move abroad; swept",
    )
