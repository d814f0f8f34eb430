"""What each month is like at home and in each destination: a scenario's paths, changed by reforms and carried out."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from abm.codes import HOME, PRIVATE, RESERVE
from abm.matching import Economy, Workforce, application_shares, matching_efficiency
from abm.paths import Paths
from abm.reforms.base import Reform
from abm.reforms.composition import compose
from abm.reforms.given import reforms_of
from abm.reforms.spending import asserted_costs
from abm.scenario import Scenario, ScenarioError

__all__ = ["Environment"]

LARGEST_POPULATION = 200_000_000


class Environment(Paths):
    """The paths of a run's environment, after its reforms: those that they change, and what the rules read of them.

    Attributes (beside those of :class:`abm.paths.Paths`)
    ------------------------------------------------------
    acts : list of Act
        What each of the reforms says that it does.
    asserted_cost : ndarray, shape (months,)
        What is spent on the reforms by what they are asserted to cost, USD a month.
    rule_of_law : RuleOfLawPath
        Home's institutions by month.
    countries : recarray of COUNTRY, shape (months, K + 1)
        Wages, institutions, offers, permits and jobs in each country.
    payment, payment_with_offer, coming_payment : ndarray, shape (months,)
        What is paid to one person on coming home, without an offer and with one, and to a foreign specialist, USD.
    permits : ndarray, shape (months, K + 1)
        Permits a month that may be given, simulated persons; infinite without a cap.
    posts : ndarray, shape (months, 3)
        Graduate posts by sector (but the reserve), simulated persons.
    reserve_places : ndarray, shape (months,)
        Places in the personnel reserve that are filled a month, simulated persons.
    matching_efficiency : ndarray, shape (months,)
        Hires from one vacancy and one applicant that leave unemployment as given (:mod:`abm.matching`).
    start_shares : ndarray, shape (3,)
        Shares of the sectors among those who work at home before the first month.
    additional_rate : ndarray, shape (months,)
        New graduates whom reforms add, simulated persons a month; whole ones makes :mod:`abm.heads`.
    candidates_rates : ndarray, shape (months, 2)
        Foreign specialists who consider coming, without reforms and added by them, simulated persons a month.
    n_persons : float
        How many may ever appear, simulated persons.
    """

    def __init__(self, scenario: Scenario, reforms: Reform | Sequence[Reform] | None = ()) -> None:
        super().__init__(scenario)
        self._solve_matching()
        self.acts = compose(self, reforms_of(reforms))
        self._count_newcomers()
        self._carry_out()

    @functools.cached_property
    def asserted_cost(self) -> np.ndarray:
        """What is spent on the reforms by what they are asserted to cost, USD a month for the country, by month.

        It is reckoned when it is first asked for (:mod:`abm.reforms.spending`).
        """
        spent: np.ndarray = asserted_costs(self.scenario, [act.reform for act in self.acts])[:, 1].copy()
        return spent

    def _solve_matching(self) -> None:
        """Find how well posts and people match without any reform, and who works where before the first month."""
        labour = self.scenario.labour
        private_share = 1.0 - labour.extractive_share - labour.public_share
        shares = np.array([labour.extractive_share, private_share, labour.public_share])
        pay = np.array([labour.extractive_wage_ratio, 1.0, labour.public_wage_ratio])
        home = self.countries[:, HOME]
        economy = Economy(
            post_shares=tuple(shares.tolist()),
            application_shares=tuple(application_shares(shares, np.log(pay), labour.sector_taste).tolist()),
            pay=tuple(pay.tolist()),
            vacancy_rate=labour.vacancy_rate,
            separation_prob=float(home.separation_prob[0]),
            search_prob=labour.on_the_job_search_rate / 12.0,
            score_spread=math.hypot(labour.merit, 1.0 - labour.merit) / labour.hiring_luck,
        )
        paths = (home.unemployment, self.workforce(), self.graduates_rate)
        found = matching_efficiency(economy, Workforce(*(path.tobytes() for path in paths)), self.scenario.name)
        self.base_shares, self.start_shares = shares, found.start_shares.copy()
        self.matching_efficiency = found.efficiency.copy()
        home.job_finding_prob = found.finding_prob

    def _count_newcomers(self) -> None:
        """Reckon who is to come, but refuse a run of more persons than a machine can hold."""
        candidates = self.scenario.foreign_specialists.candidates_per_year
        usual, more = self._always(candidates), self.candidates_per_year - candidates
        # apart, so that candidates whom a reform adds change the months of no other
        self.candidates_rates: np.ndarray = np.stack([usual, more], axis=1) / 12.0 / self.weight
        self.additional_rate = self.graduates_rate * (self.enrolment - 1.0)
        rates = [self.graduates_rate, self.additional_rate, self.candidates_rates, *self.student_rates]
        start = self.scenario.graduates + self.diaspora.sum() + self.students.sum()
        self.n_persons = float(start + sum(rate.sum() for rate in rates))
        if self.n_persons > LARGEST_POPULATION:
            raise ScenarioError(
                f"{self.scenario.name}: a run of {self.n_persons:.3g} persons, at home, abroad and to come, is more "
                f"than {LARGEST_POPULATION:,}; graduates ({self.scenario.graduates:,}) must be fewer, or diaspora, "
                "students and cohorts smaller"
            )

    def _carry_out(self) -> None:
        """Turn what the reforms changed into the paths the rules read."""
        labour = self.scenario.labour
        self.rule_of_law = self.rule_of_law_path()
        self.countries[:, HOME].rule_of_law = self.rule_of_law.actual
        shares = self.base_shares
        base_ratio = np.array([labour.extractive_wage_ratio, 1.0, labour.public_wage_ratio])
        private_level = 1.0 / float(shares @ base_ratio)
        ones = np.ones(self.n_months)
        ratio = np.stack([ones * labour.extractive_wage_ratio, ones, self.public_wage_ratio, self.reserve_pay], axis=1)
        self.ln_sector_ratio = np.log(private_level * ratio)
        oil, elasticity = self.oil_price, labour.oil_elasticity_private
        # in two factors, so that full exposure is the scenario's elasticity to the bit
        oil_in_private = oil**elasticity * oil ** (elasticity * (self.oil_exposure - 1.0))
        demand = np.stack(
            [
                oil**labour.oil_elasticity_extractive,
                oil_in_private * np.maximum(1.0 + self.additional_private_jobs, 0.0),
                ones,
            ],
            axis=1,
        )
        filled = self.graduate_supply() * (1.0 - self.countries[:, HOME].unemployment)
        self.posts: np.ndarray = filled[:, None] / (1.0 - labour.vacancy_rate) * shares * demand
        self.posts[:, PRIVATE] += self.additional_private_posts / self.weight
        total = self.posts.sum(axis=1, keepdims=True)
        post_shares = np.where(total > 0.0, self.posts / np.maximum(total, 1e-300), shares)
        mean_ratio = (post_shares * np.exp(self.ln_sector_ratio[:, :RESERVE])).sum(axis=1)
        self.countries[:, HOME].ln_mean_ratio = np.log(mean_ratio)
        self.countries[:, HOME].ln_sector_ratio = self.ln_sector_ratio
        self.countries[:, HOME].return_to_ability = self.merit * self.return_to_ability
        self._pay_those_who_come()
        self.permits = self.permits_per_year / 12.0 / self.weight
        self.reserve_places = self.reserve_places_per_year / 12.0 / self.weight

    def _pay_those_who_come(self) -> None:
        """Turn sums and months of pay into what one person gets: in USD, and in the unit of the wages she compares."""
        rows, pay = self.countries[:, HOME], self.market_pay
        self.payment = self.return_usd + self.return_pay_months * pay
        self.payment_with_offer = self.return_usd_with_offer + self.return_pay_months_with_offer * pay
        self.coming_payment = self.coming_usd + self.coming_pay_months * pay
        self.pays_sums = bool(np.any(self.payment + self.payment_with_offer + self.coming_payment > 0.0))
        rows.return_sum = self.payment / self.market_usd
        rows.return_sum_with_offer = self.payment_with_offer / self.market_usd
        rows.coming_sum = self.coming_payment / self.market_usd
