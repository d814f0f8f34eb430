"""A scenario as monthly paths, before any reform: what reforms may change, and what they look at.

Country 0 is home, countries 1..K are the destinations in the scenario's order.  All paths are known before a run
starts, because nothing a graduate does feeds back on them; what does feed back (filled posts) is in :mod:`abm.labour`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from abm.codes import DEGREES, HOME, MOST_GROUPS, OBLIGATIONS, SCHOLARSHIP, SECTORS
from abm.institutions import Announcement, Revocation, RuleOfLawPath, rule_of_law_path
from abm.months import month_number
from abm.mortality import Cohort, expected_deaths, hazard_by_month
from abm.parameters import Destination, Home, Series
from abm.scenario import Scenario, ScenarioError
from abm.wording import shown

__all__ = ["Paths", "annuity", "series_by_month"]

COUNTRY = np.dtype(
    [
        ("ln_wage", np.float64),  # log mean graduate wage, log of the scenario's unit per month
        ("ln_wage_memory", np.float64),  # mean of ln_wage over the years that are remembered, less that of the month
        ("ln_wage_answer", np.float64),  # home: what its answer to the number of graduates adds (filled in by a run)
        ("wage_growth", np.float64),  # expected, per year
        ("rule_of_law", np.float64),  # index points (home: actual)
        ("offer_rate", np.float64),  # per year (home: filled in by the labour market)
        ("permit_prob", np.float64),  # probability per application
        ("study_place_rate", np.float64),  # per year
        ("moving_cost", np.float64),  # utility
        ("moving_cost_with_offer", np.float64),  # home: of returning to a job already found, utility
        ("offer_ties_gain", np.float64),  # rise of the offer rate per tie there, share
        ("affinity_spread", np.float64),  # utility
        ("transfer_loss", np.float64),  # share of the wage
        ("return_to_ability", np.float64),  # log points (home: as far as merit counts)
        ("ln_mean_ratio", np.float64),  # home: log wage of a post picked at random, relative to the mean before reforms
        ("unemployment", np.float64),  # share, in the long run
        ("job_finding_prob", np.float64),  # per month (home: filled in by the labour market)
        ("separation_prob", np.float64),  # per month
        ("graduate_job_share", np.float64),  # share
        ("mean_match", np.float64),  # log of the mean pay of new jobs, relative to one of graduate level and mean luck
        (
            "ln_sector_ratio",
            np.float64,
            (len(SECTORS),),
        ),  # home: log wage by sector, relative to the mean before reforms
        ("obligation_months", np.int64, (len(OBLIGATIONS),)),  # home: work owed, by OBLIGATIONS
        (
            "repayment",
            np.float64,
            (len(OBLIGATIONS),),
        ),  # home: owed on breaking an obligation, unit of wages times months
        ("pursuit_prob", np.float64, (len(OBLIGATIONS),)),  # home: chance that repayment is pursued with success
        ("service_place_prob", np.float64),  # home: chance in a year of a place to serve
        ("service_pay", np.float64),  # home: pay of such a place over public pay
        ("service_cost", np.float64),  # home: cost of moving there, utility
        ("reserve_months", np.int64),  # home: how long one is in the personnel reserve
        ("appointment_prob", np.float64),  # home: chance of a public post after that
        ("posting_rate", np.float64),  # places for posts there, to a graduate at work of mean ability, per year
        ("posting_months", np.int64),  # how long such a post lasts
        ("post_study_months", np.int64, (2,)),  # other fields, science
        ("work_permit_months", np.int64),
        ("settlement_months", np.int64),
        ("moving_offset", np.float64),  # added to the utility of moving there (home: a subsidy, without an offer)
        ("moving_offset_with_offer", np.float64),  # home: a subsidy to who comes to a job already found; else the same
        ("living_offset", np.float64),  # added to the utility of staying there
        ("open_share", np.float64),  # of people, who can cross the border in a month
        ("moving_sum", np.float64),  # abroad: needed up front to move there, unit of wages times months
        ("return_sum", np.float64),  # home: paid to who comes home without an offer, unit of wages times months
        ("return_sum_with_offer", np.float64),  # home: to who comes home to a job already found
        ("tax_cut_months", np.int64),  # home: how long who comes home without an offer is let off a part of the tax
        ("tax_cut_months_with_offer", np.int64),  # home: who comes home to a job already found
        ("coming_sum", np.float64),  # home: paid to a foreign specialist who comes, unit of wages times months
        ("permit_prob_masters", np.float64),  # won by masters and doctors in a draw of their own, per application
        ("sponsor_prob", np.float64, (len(DEGREES),)),  # that an employer applies for who took a degree there
        ("exempt_share", np.float64, (len(DEGREES),)),  # of employers that need not win a permit for her
        ("group_affinity", np.float64, (MOST_GROUPS,)),  # of each group but everybody else to a destination, utility
        ("group_rule_of_law_weight", np.float64, (MOST_GROUPS,)),  # likewise, a factor
        ("free_entry", np.bool_),
        ("permits_by_degree", np.bool_),  # whether a permit that is not won by permit_prob may be won otherwise
    ]
)


def series_by_month(
    series: Series, first_month: int, n_months: int, *, before: int = 0, growth: float = 0.0, trend: float = 0.0
) -> np.ndarray:
    """Return a yearly series by month: linear between mid-years, then carried on by yearly growth or trend.

    ``before`` so many months stand ahead of the first one; a constant grows until the first month as it does after it.
    """
    months = np.arange(-before, n_months)
    if series.is_constant:
        values = np.full(before + n_months, series.values[0])
        beyond = months / 12.0
    else:
        years = (months + first_month + 0.5) / 12.0
        middle = np.array(series.years) + 0.5
        values = np.interp(years, middle, np.array(series.values))
        beyond = np.maximum(years - middle[-1], 0.0)
    return values * np.exp(np.log1p(growth) * beyond) + trend * beyond


def annuity(monthly_factor: float, months: int) -> np.ndarray:
    """Return the sums 1 + q + ... + q**(n-1) for n = 0..months, shape (months + 1,)."""
    return np.concatenate(([0.0], np.cumsum(monthly_factor ** np.arange(months))))


class Paths:
    """The monthly paths of a scenario, which reforms change in place; simulated persons stand for ``weight`` each.

    Attributes
    ----------
    weight : float
        Persons that one simulated graduate stands for.
    market_pay : ndarray, shape (months,)
        Home's mean pay of graduates, US dollars a month at the market rate.
    market_usd : ndarray, shape (months,)
        US dollars at the market rate that a unit of pay is worth, the unit in which graduates compare incomes: home's
        mean pay is known in both.
    ln_usual_pay : float
        Log of what an average job, and as much time out of work as there was, paid at home in the first month.
    usual_return_to_ability : float
        Log-wage gain at home from one standard deviation of ability, before any reform.
    names : tuple of str
        Of the countries, home first.
    groups : tuple of str
        Of the groups, in the scenario's order; everybody else has no name.
    countries : recarray of COUNTRY, shape (months, K + 1)
        Wages, institutions, offers and jobs in each country.
    permits_per_year : ndarray, shape (months, K + 1)
        Permits that may be given, persons a year; infinite without a cap.
    diaspora, students : ndarray, shape (K + 1,)
        Graduates and students abroad at the start, simulated persons.
    student_degrees : ndarray, shape (K + 1, 2)
        Shares of those who study there straight from school who finish with a master's degree, and with a doctorate.
    horizon_months : int
        Months of income that graduates count, if their career is not shorter.
    hazard : ndarray, shape (months + 1,)
        Hazard of dying summed up to each month, at the rates of the table (:func:`abm.mortality.hazard_by_month`).
    announcements, revocations : list
        Promises of rule of law, and what takes them back.

    Raises
    ------
    ScenarioError
        If the scenario is none, or cannot be run.
    """

    rule_of_law: RuleOfLawPath  # home's institutions by month, once all promises are made

    def __init__(self, scenario: Scenario) -> None:
        if not isinstance(scenario, Scenario):
            raise ScenarioError(f"{shown(scenario)} is not a scenario: Scenario.load and Scenario.from_toml read one")
        scenario = self.scenario = scenario.checked()
        self.first_month = scenario.first_month
        self.n_months = scenario.n_months
        self.names = ("home", *(key for key, _ in scenario.destinations))
        self.n_countries = len(self.names)
        self.groups = tuple(key for key, _ in scenario.groups)
        self.speed_limit = scenario.home.rule_of_law.speed_limit
        self.announcements: list[Announcement] = []
        self.revocations: list[Revocation] = []
        self.weight = float(self._at_start(scenario.home.graduates)) / scenario.graduates
        self._read_countries()
        self._read_people()
        self._read_levers()
        self._tabulate_discounting()

    @property
    def labels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The destinations and the groups by name: what measures (:mod:`abm.measures`) are declared for."""
        return self.names[1:], self.groups

    def _at_start(self, series: Series) -> float:
        return float(series_by_month(series, self.first_month, 1)[0])

    def _path(self, series: Series, growth: float = 0.0, trend: float = 0.0) -> np.ndarray:
        return series_by_month(series, self.first_month, self.n_months, growth=growth, trend=trend)

    def _wage(self, country: Home | Destination, before: int = 0) -> np.ndarray:
        market = self.scenario.decision.income_basis == "market"
        wage, growth = country.wage_market if market else country.wage, country.wage_growth
        return series_by_month(wage, self.first_month, self.n_months, before=before, growth=growth)

    def _wage_memory(self, country: Home | Destination) -> np.ndarray:
        """Return by how much the mean of the log wage over the months remembered, this one included, is above it."""
        before = max(round(12 * self.scenario.decision.income_memory_years) - 1, 0)
        ln_wage = np.log(self._wage(country, before))
        remembered = np.lib.stride_tricks.sliding_window_view(ln_wage, before + 1).mean(axis=1)
        return np.asarray(remembered - ln_wage[before:])

    def _read_countries(self) -> None:
        scenario = self.scenario
        self.countries = self._empty_countries()
        self._read_home(self.countries[:, HOME])
        self.market_pay = self._path(scenario.home.wage_market, growth=scenario.home.wage_growth)
        self.market_usd = self.market_pay / self._wage(scenario.home)
        self.usual_return_to_ability = scenario.labour.merit * scenario.labour.return_to_ability
        for country, (_, destination) in enumerate(scenario.destinations, start=1):
            self._read_destination(self.countries[:, country], destination)
        self._read_groups()
        level, labour = self.countries.graduate_job_share, scenario.labour
        mean_pay = level + (1.0 - level) * math.exp(-labour.underemployment_loss)
        self.countries.mean_match = np.log(mean_pay) + 0.5 * labour.match_spread**2
        start, idle = self.countries[0, HOME], 1.0 - scenario.decision.fallback_ratio
        self.ln_usual_pay = float(start.ln_wage + start.mean_match + math.log1p(-idle * start.unemployment))
        odds = (1.0 - self.countries.unemployment) / np.maximum(self.countries.unemployment, 1e-6)
        self.countries.job_finding_prob = np.minimum(self.countries.separation_prob * odds, 1.0)
        destinations = [destination for _, destination in scenario.destinations]
        self.permits_per_year: np.ndarray = self._always([math.inf, *(d.permits_per_year for d in destinations)])
        self.diaspora = np.array([0.0, *(self._at_start(d.diaspora) for d in destinations)]) / self.weight
        self.student_degrees = np.array(
            [(0.0, 0.0), *((d.students_master_share, d.students_doctorate_share) for d in destinations)]
        )
        self.diaspora_years = np.array([0.0, *(d.diaspora_years for d in destinations)])
        self.students = np.array([0.0, *(self._at_start(d.students) for d in destinations)]) / self.weight

    def _empty_countries(self) -> Any:
        return np.zeros((self.n_months, self.n_countries), dtype=COUNTRY).view(np.recarray)

    def _read_home(self, rows: Any) -> None:
        home, labour = self.scenario.home, self.scenario.labour
        rows.ln_wage, rows.ln_wage_memory = np.log(self._wage(home)), self._wage_memory(home)
        rows.wage_growth = home.wage_growth
        rows.permit_prob = 1.0
        rows.moving_cost = rows.moving_cost_with_offer = self.scenario.decision.return_cost
        rows.offer_ties_gain = self.scenario.decision.offer_ties_gain
        rows.unemployment = self._path(home.unemployment)
        rows.separation_prob = -np.expm1(-labour.separation_rate / 12.0)
        rows.graduate_job_share = labour.graduate_job_share
        rows.free_entry = True
        rows.open_share = 1.0
        education = self.scenario.education
        rows.obligation_months[:, SCHOLARSHIP] = education.obligation_months
        rows.repayment[:, SCHOLARSHIP] = education.repayment
        rows.pursuit_prob[:, SCHOLARSHIP] = education.pursuit_prob
        region = self.scenario.region
        rows.service_place_prob, rows.service_pay, rows.service_cost = region.place_prob, region.pay, region.moving_cost

    def _read_destination(self, rows: Any, destination: Destination) -> None:
        rows.ln_wage, rows.ln_wage_memory = np.log(self._wage(destination)), self._wage_memory(destination)
        rows.rule_of_law = self._path(destination.rule_of_law)
        rows.permit_prob = self._path(destination.permit_prob)
        rows.unemployment = self._path(destination.unemployment)
        rows.separation_prob = -np.expm1(-destination.separation_rate / 12.0)
        rows.post_study_months = (destination.post_study_months, destination.post_study_months_science)
        rows.free_entry = destination.entry == "free"
        rows.permit_prob_masters = self._path(destination.permit_prob_masters)
        rows.sponsor_prob = [getattr(destination, f"sponsor_prob_{degree}") for degree in DEGREES]
        rows.exempt_share = [getattr(destination, f"exempt_share_{degree}") for degree in DEGREES]
        rows.permits_by_degree = (rows.permit_prob_masters > 0.0) | (rows.exempt_share > 0.0).any(axis=1)
        rows.moving_cost_with_offer = destination.moving_cost
        rows.moving_sum = destination.moving_sum / self.market_usd
        rows.offer_ties_gain = self.scenario.decision.offer_ties_gain
        for name in (
            "wage_growth",
            "offer_rate",
            "study_place_rate",
            "moving_cost",
            "affinity_spread",
            "transfer_loss",
            "return_to_ability",
            "graduate_job_share",
            "work_permit_months",
            "settlement_months",
        ):
            rows[name] = getattr(destination, name)
        self._open_doors(rows, destination)

    def _open_doors(self, rows: Any, destination: Destination) -> None:
        """Add up, by month, what the doors of a destination do."""
        rows.open_share = 1.0
        months = self.first_month + np.arange(self.n_months)
        for _, door in destination.doors:
            since = month_number(door.since) if door.since else months[0]
            until = month_number(door.until) if door.until else months[-1]
            now = (months >= since) & (months <= until)
            driven = door.weight * np.log(self._path(door.observed) / door.observed.values[0])
            rows.moving_offset[now] += (door.offset + driven + door.living_offset)[now]
            rows.living_offset[now] += door.living_offset
            rows.open_share[now] *= door.open_share
        rows.moving_offset_with_offer = rows.moving_offset

    def _read_groups(self) -> None:
        """Read what destinations are to groups."""
        self.countries.group_rule_of_law_weight = 1.0
        for place, (_, group) in enumerate(self.scenario.groups):
            for name, there in group.destinations:
                country = self.countries[:, self.names.index(name)]
                country.group_affinity[:, place] = there.affinity
                country.group_rule_of_law_weight[:, place] = there.rule_of_law_weight

    def _read_people(self) -> None:
        scenario, education = self.scenario, self.scenario.education
        cohorts = self._path(education.graduates_per_year, growth=education.growth)
        self.graduates_rate = cohorts * (1.0 - education.second_degree_share) / 12.0 / self.weight
        self.student_rates = [
            self._path(destination.students) / education.study_months / self.weight
            for _, destination in scenario.destinations
        ]
        self.ln_outside_wage = self._outside_wage()
        self.hazard = hazard_by_month(self._path(scenario.mortality.adult_mortality), scenario.mortality)

    def _outside_wage(self) -> np.ndarray:
        """Return what foreign specialists earn in their own country, log by month.

        It keeps its ratio to home's pay as that was observed, up to the month in which reforms may begin; from there on
        it grows by itself.
        """
        months, past = np.arange(self.n_months), self.scenario.past_months
        growth = np.log1p(self.scenario.home.wage_growth) * np.maximum(months - past, 0) / 12.0
        ratio = math.log(self.scenario.foreign_specialists.outside_wage_ratio)
        wage: np.ndarray = self.countries[np.minimum(months, past), HOME].ln_wage + ratio + growth
        return wage

    def _read_levers(self) -> None:
        """Read what only reforms let vary by month (beside what is in ``countries``)."""
        labour, education = self.scenario.labour, self.scenario.education
        specialists = self.scenario.foreign_specialists
        self.public_wage_ratio = self._always(labour.public_wage_ratio)
        self.additional_private_jobs = np.zeros(self.n_months)
        self.additional_private_posts = np.zeros(self.n_months)
        self.merit = self._always(labour.merit)
        self.return_to_ability = self._always(labour.return_to_ability)
        self.oil_price = self._path(labour.oil_price)
        self.oil_exposure = np.ones(self.n_months)
        self.remote_search = self._always(labour.remote_search)
        self.tax_cut = np.zeros(self.n_months)
        self.return_usd, self.return_usd_with_offer = np.zeros(self.n_months), np.zeros(self.n_months)
        self.return_pay_months, self.return_pay_months_with_offer = np.zeros(self.n_months), np.zeros(self.n_months)
        self.coming_usd, self.coming_pay_months = np.zeros(self.n_months), np.zeros(self.n_months)
        self.coming_cost = self._always(specialists.moving_cost)
        self.candidates_per_year = self._always(specialists.candidates_per_year)
        self.scholarship_share = self._always(education.scholarship_share)
        self.grantee_share = np.zeros(self.n_months)
        self.enrolment = np.ones(self.n_months)
        self.reserve_places_per_year = np.zeros(self.n_months)
        self.reserve_pay = self._always(labour.public_wage_ratio)
        self.reserve_merit = self._always(labour.merit)
        self.reserve_age = np.zeros(self.n_months)
        self.master_share = self._always(education.master_share)
        self.doctorate_share = self._always(education.doctorate_share)

    def _always(self, values: float | list[float]) -> np.ndarray:
        """Return a path that is the same in every month."""
        return np.repeat(np.array(values, dtype=float)[None], self.n_months, axis=0)

    def _tabulate_discounting(self) -> None:
        """Tabulate, by remaining months of the career, the discounted sums that permanent income needs."""
        decision = self.scenario.decision
        months = round(12 * (decision.retirement_age - 15.0))
        self.horizon_months = round(12 * decision.planning_horizon)
        self.monthly_discount = math.exp(-math.log1p(decision.discount_rate) / 12.0)
        self.annuity = annuity(self.monthly_discount, months)
        divisor = np.maximum(self.annuity, 1e-300)
        monthly_growth = (1.0 + self.countries[0].wage_growth) ** (1.0 / 12.0)
        self.growth = np.stack([annuity(self.monthly_discount * g, months) / divisor for g in monthly_growth])
        fading = math.exp(-1.0 / (12.0 * decision.assimilation_years))
        factors = self.monthly_discount * monthly_growth * fading
        self.fade = np.stack([annuity(factor, months) / divisor for factor in factors])

    def base_rule_of_law(self) -> np.ndarray:
        """Return rule of law at home by month without any reform, index points."""
        rule = self.scenario.home.rule_of_law
        if rule.start is not None:
            path = rule.start + rule.trend * np.arange(self.n_months) / 12.0
        else:
            path = self._path(rule.observed, trend=rule.trend)
        return np.clip(path, -2.5, 2.5)

    def rule_of_law_path(self) -> RuleOfLawPath:
        """Return rule of law at home under the promises made so far.

        They are looked ahead to over one horizon for all, as people of all ages pass beliefs on to each other: the
        planning horizon, at most a whole career.
        """
        scenario = self.scenario
        career_months = round(12 * (scenario.decision.retirement_age - scenario.education.graduation_age))
        return rule_of_law_path(
            self.base_rule_of_law(),
            self.announcements,
            self.revocations,
            trend=scenario.home.rule_of_law.trend,
            speed_limit=self.speed_limit,
            horizon_months=min(career_months, self.horizon_months),
            beliefs=scenario.beliefs,
        )

    def observed_until(self) -> int:
        """Return the last month of the run in a year for which unemployment at home is observed; at least the first."""
        observed = self.scenario.home.unemployment
        last = -1 if observed.is_constant else 12 * observed.last_year + 11 - self.first_month
        return max(last, 0)

    def graduate_supply(self) -> np.ndarray:
        """Return home's working graduates by month if nobody ever moved, simulated persons: posts are sized by it."""
        return self.workforce()[:-1]

    def workforce(self) -> np.ndarray:
        """Return home's working graduates if nobody ever moved, before each month and after the last, on average."""
        scenario, education = self.scenario, self.scenario.education
        career = scenario.decision.retirement_age - education.graduation_age
        months = np.arange(self.n_months + 1)
        remaining = np.maximum(1.0 - months / 12.0 / career, 0.0)
        stayers = scenario.graduates * share_younger(remaining, education.age_tilt)
        joined = np.concatenate(([0.0], np.cumsum(self.graduates_rate)))
        retired_months = months - round(12 * career)
        retired = np.where(retired_months > 0, joined[np.maximum(retired_months, 0)], 0.0)
        return stayers + joined - retired - expected_deaths(self._cohorts(), self.hazard, scenario.mortality)

    def _cohorts(self) -> Iterator[Cohort]:
        """Yield home's graduates by month of birth: those of the start, then each month's, until they retire."""
        scenario, education = self.scenario, self.scenario.education
        months = 12 * (scenario.decision.retirement_age - education.graduation_age)
        age, after_last = round(12 * education.graduation_age), self.n_months + 1
        behind = np.append(np.arange(math.ceil(months)), months) / months
        younger = share_younger(behind, education.age_tilt)
        for month, share in enumerate(np.diff(younger).tolist()):
            until = min(math.ceil(months - month), after_last)
            yield Cohort(scenario.graduates * share, -(month + 1) - age, 0, until)
        for month, persons in enumerate(self.graduates_rate.tolist()):
            yield Cohort(persons, month - age, month + 1, min(month + 1 + round(months), after_last))


def share_younger(career_share: np.ndarray, tilt: float) -> np.ndarray:
    """Return the share of initial graduates in the first ``career_share`` of their career (density 1 - tilt * x)."""
    return (career_share - 0.5 * tilt * career_share**2) / (1.0 - 0.5 * tilt)
