"""What each month is like at home and in each destination: a scenario's paths, changed by reforms and carried out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from abm.codes import HOME, PRIVATE, RESERVE
from abm.paths import Paths
from abm.reforms.base import Reform
from abm.reforms.composition import compose
from abm.reforms.given import reforms_of
from abm.reforms.spending import asserted_costs
from abm.scenario import Scenario, ScenarioError

__all__ = ["Environment", "whole_persons"]

LARGEST_POPULATION = 200_000_000


def whole_persons(rate: np.ndarray) -> np.ndarray:
    """Return whole persons a month (int64) whose running total never strays from the running total of ``rate``."""
    total = np.floor(np.cumsum(rate) + 1e-9).astype(np.int64)
    return np.diff(total, prepend=0)


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
    home_graduates, additional_graduates, candidates : ndarray of int64, shape (months,)
        New graduates, those whom a reform adds, and foreign specialists who consider coming, simulated persons.
    student_entrants : ndarray of int64, shape (months, K + 1)
        School leavers who go abroad to study, simulated persons.
    """

    def __init__(self, scenario: Scenario, reforms: Reform | Sequence[Reform] | None = ()) -> None:
        super().__init__(scenario)
        self.acts = compose(self, reforms_of(reforms))
        self._asserted: tuple[np.ndarray] | None = None
        self._count_newcomers()
        self._carry_out()

    @property
    def asserted_cost(self) -> np.ndarray:
        """What is spent on the reforms by what they are asserted to cost, USD a month for the country, by month.

        It is reckoned when it is first asked for (:mod:`abm.reforms.spending`).
        """
        if self._asserted is None:
            self._asserted = (asserted_costs(self.scenario, [act.reform for act in self.acts])[:, 1],)
        return self._asserted[0]

    def _count_newcomers(self) -> None:
        """Turn rates into whole persons, but refuse a run of more persons than a machine can hold."""
        candidates = self.scenario.foreign_specialists.candidates_per_year
        usual, more = self._always(candidates), self.candidates_per_year - candidates
        candidates_rates = [rate / 12.0 / self.weight for rate in (usual, more)]
        additional = self.graduates_rate * (self.enrolment - 1.0)
        rates = [self.graduates_rate, additional, *candidates_rates, *self.student_rates]
        rows = self.scenario.graduates + self.diaspora.sum() + self.students.sum() + sum(rate.sum() for rate in rates)
        if rows > LARGEST_POPULATION:
            raise ScenarioError(
                f"{self.scenario.name}: a run of {rows:.3g} persons, at home, abroad and to come, is more than "
                f"{LARGEST_POPULATION:,}; graduates ({self.scenario.graduates:,}) must be fewer, or diaspora, students "
                "and cohorts smaller"
            )
        self.home_graduates = whole_persons(self.graduates_rate)
        self.additional_graduates = whole_persons(additional)
        # counted apart, so that candidates whom a reform adds change the months of no other
        self.candidates = whole_persons(candidates_rates[0]) + whole_persons(candidates_rates[1])
        nobody = np.zeros(self.n_months, dtype=np.int64)
        self.student_entrants = np.stack([nobody, *(whole_persons(rate) for rate in self.student_rates)], axis=1)

    def _carry_out(self) -> None:
        """Turn what the reforms changed into the paths the rules read."""
        labour = self.scenario.labour
        self.rule_of_law = self.rule_of_law_path()
        self.countries[:, HOME].rule_of_law = self.rule_of_law.actual
        private_share = 1.0 - labour.extractive_share - labour.public_share
        shares = np.array([labour.extractive_share, private_share, labour.public_share])
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
        self.base_shares = shares
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
        home, rows = self.scenario.home, self.countries[:, HOME]
        pay = self._path(home.wage_market, growth=home.wage_growth)
        self.payment = self.return_usd + self.return_pay_months * pay
        self.payment_with_offer = self.return_usd_with_offer + self.return_pay_months_with_offer * pay
        self.coming_payment = self.coming_usd + self.coming_pay_months * pay
        self.pays_sums = bool(np.any(self.payment + self.payment_with_offer + self.coming_payment > 0.0))
        per_usd = np.exp(rows.ln_wage) / pay
        rows.return_sum, rows.return_sum_with_offer = self.payment * per_usd, self.payment_with_offer * per_usd
        rows.coming_sum = self.coming_payment * per_usd
