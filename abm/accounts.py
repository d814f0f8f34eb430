"""The accounts: stocks and flows of every month, closed to the person, and what they add up to.

Everything is counted in whole simulated persons and in whole units of human capital, so that no sum depends on its
order; multiplying by the run's weight gives persons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from abm.checks import whole
from abm.codes import (
    ARRIVAL,
    DEATH,
    DEATH_IN_RETIREMENT,
    DEPARTURE,
    EMIGRANT,
    EMPLOYED,
    EVENTS,
    FLOWS,
    HOME,
    JOB_SEEKER,
    NEW_GRADUATE,
    NEW_STUDENT,
    ONWARD,
    RESERVE_APPOINTMENT,
    RETIRED,
    RETIREMENT,
    RETURN_EARLY,
    RETURN_LATE,
    RETURN_TIES,
    SECTORS,
    SERVICE_OWED,
    STAGES,
    STUDENT,
    STUDENT_HOME,
    STUDENT_STAYING,
    UNIT,
)
from abm.engine.compiled import compiled
from abm.engine.tally import ABILITY, BELIEF, CAPITAL_AT_WORK, COLUMNS, HUMAN_CAPITAL, POSTS, SECTOR_ABILITY
from abm.environment import Environment
from abm.measures import columns, monthly
from abm.scenario import month_name

__all__ = ["PILLARS", "Accounts", "AccountsError", "balances", "in_order"]

PILLARS = ("gain", "train", "circulation", "linkage")
N_STAGES = len(STAGES)
RETURNS = (RETURN_LATE, RETURN_EARLY, RETURN_TIES)

COUNTED_EVENTS = (NEW_GRADUATE, RETIREMENT, DEATH, *range(SERVICE_OWED, RESERVE_APPOINTMENT + 1))
COUNTED_FLOWS = (EMIGRANT, STUDENT_HOME, STUDENT_STAYING, ARRIVAL, DEPARTURE, ONWARD)

# of whom the yearly table says how able they are on average
MOVERS = {"emigrants": (EMIGRANT,), "returns": RETURNS, "foreign_arrivals": (ARRIVAL,)}

# which flows make up each pillar of Talent Portfolio Theory, and with which sign
PILLAR_FLOWS = {
    "gain": ((RETURN_LATE, 1), (ARRIVAL, 1), (DEPARTURE, -1)),
    "train": ((STUDENT_HOME, 1), (STUDENT_STAYING, -1)),
    "circulation": ((RETURN_EARLY, 1), (EMIGRANT, -1)),
    "linkage": ((RETURN_TIES, 1),),
}


class AccountsError(RuntimeError):
    """Accounts that do not balance: a fault of the model itself."""


@compiled
def balances(
    before: np.ndarray,
    stocks: np.ndarray,
    tally: np.ndarray,
    moves: np.ndarray,
    entered: np.ndarray,
    deaths: np.ndarray,
    events: np.ndarray,
) -> bool:
    """Enter the stocks of a month; return whether moves, newcomers, retirements and deaths make up the change."""
    n_entered, dead, missing = 0, 0, 0
    retired = events[RETIREMENT] - events[DEATH_IN_RETIREMENT]
    for country in range(len(stocks)):
        gained = entered[country] - deaths[country]
        for move in moves:
            gained += int(move.destination == country) - int(move.origin_country == country)
        for stage in range(N_STAGES):
            stocks[country, stage] = tally[country, stage]
            gained -= stocks[country, stage] - before[country, stage]
        missing += abs(gained)
        n_entered += entered[country]
        dead += deaths[country]
        retired -= stocks[country, RETIRED] - before[country, RETIRED]
    all_entered = n_entered == events[NEW_GRADUATE] + events[NEW_STUDENT]
    return missing == 0 and retired == 0 and all_entered and dead == events[DEATH]


class Accounts:
    """Monthly stocks and flows of one run.

    Attributes
    ----------
    stocks : ndarray of int64, shape (months, countries, stages)
        Simulated persons at the end of each month.
    flows, flows_human_capital, flows_ability : ndarray of int64, shape (months, flows, countries)
        Moves by flow and by the foreign country (home for foreign specialists), their human capital and their ability.
    flows_by_group : ndarray of int64, shape (months, groups, flows, countries)
        Moves of each group but everybody else, likewise.
    by_group : ndarray of int64, shape (months, countries, groups)
        Graduates of each group but everybody else who work or look for work at the end of the month.
    employed, sector_ability : ndarray of int64, shape (months, sectors)
        Who works at home at the end of the month, and their ability.
    human_capital_at_work : ndarray of int64, shape (months,)
        Human capital of those who work at home at the end of the month.
    wage_bill, public_cost, borne_by_others : ndarray of int64, shape (months,)
        What graduates at work at home are paid before tax, in months in which anything depends on it, what reforms cost
        the public purse, and how much of that graduates do not pay; whole US cents of simulated persons.
    tax_rate : ndarray, shape (months,)
        The tax on graduates' pay, share.
    emigrants_by_sector : ndarray of int64, shape (months, sectors)
        Who left a job at home in the sector to live abroad.
    events : ndarray of int64, shape (months, events)
        Counts of :data:`abm.codes.EVENTS`.
    entered, deaths : ndarray of int64, shape (months, countries)
        Who appears in each country, and who dies there, students and the retired too.
    records : list of recarray of MOVE
        Every move of every month.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        months, countries, groups = environment.n_months, environment.n_countries, len(environment.groups)
        self.n_closed = 0
        self.stocks = np.zeros((months, countries, N_STAGES), dtype=np.int64)
        self.human_capital = np.zeros((months, countries), dtype=np.int64)
        self.human_capital_at_work = np.zeros(months, dtype=np.int64)
        self.ability = np.zeros((months, countries), dtype=np.int64)
        self.belief = np.zeros((months, countries), dtype=np.int64)
        self.flows = np.zeros((months, len(FLOWS), countries), dtype=np.int64)
        self.flows_human_capital, self.flows_ability = np.zeros_like(self.flows), np.zeros_like(self.flows)
        self.flows_by_group = np.zeros((months, groups, len(FLOWS), countries), dtype=np.int64)
        self.by_group = np.zeros((months, countries, groups), dtype=np.int64)
        self.employed = np.zeros((months, len(SECTORS)), dtype=np.int64)
        self.sector_ability, self.emigrants_by_sector = np.zeros_like(self.employed), np.zeros_like(self.employed)
        self.events = np.zeros((months, len(EVENTS)), dtype=np.int64)
        self.entered = np.zeros((months, countries), dtype=np.int64)
        self.deaths = np.zeros_like(self.entered)
        self.job_finding_prob = np.zeros(months)
        self.vacancies = np.zeros(months)
        self.wage_bill = np.zeros(months, dtype=np.int64)
        self.public_cost, self.borne_by_others = np.zeros_like(self.wage_bill), np.zeros_like(self.wage_bill)
        self.tax_rate = np.zeros(months)
        self.records: list[np.recarray] = []
        self.opening = np.zeros((countries, N_STAGES), dtype=np.int64)

    def open(self, census: np.ndarray) -> None:
        """Enter the tally of who is there before the first month."""
        self.opening[:] = census[:, :N_STAGES]

    def budget(self, month: int, wage_bill: int, cost: int, borne_by_others: int, tax_rate: float) -> None:
        """Enter the budget of a month, in whole US cents of simulated persons.

        Raises
        ------
        AccountsError
            If what graduates pay of their wages and what others bear are not, to the cent, what reforms cost.
        """
        self.wage_bill[month], self.public_cost[month], self.borne_by_others[month] = wage_bill, cost, borne_by_others
        self.tax_rate[month] = tax_rate
        paid = round(tax_rate * wage_bill)
        if paid + borne_by_others != cost:
            raise AccountsError(
                f"{month_name(self.environment.first_month + month)}: the budget does not balance: graduates pay "
                f"{paid:,} cents of {wage_bill:,} and others {borne_by_others:,}, but reforms cost {cost:,}"
            )

    def close(self, month: int, moves: np.ndarray, tally: np.ndarray, take_census: Callable[[], np.ndarray]) -> None:
        """Enter the moves of a month and the tally at its end, and compare them.

        In December and in the last month everybody is counted anew by ``take_census``, and compared with the tally.

        Raises
        ------
        AccountsError
            If a single person is missing or counted twice.
        """
        self.records.append(moves.view(np.recarray))
        self.human_capital[month] = tally[:, HUMAN_CAPITAL]
        self.human_capital_at_work[month] = tally[HOME, CAPITAL_AT_WORK]
        self.ability[month] = tally[:, ABILITY]
        self.belief[month] = tally[:, BELIEF]
        self.employed[month] = tally[HOME, POSTS:SECTOR_ABILITY]
        self.sector_ability[month] = tally[HOME, SECTOR_ABILITY:COLUMNS]
        self.by_group[month] = tally[:, COLUMNS:]
        left = moves["sector"][moves["flow"] == EMIGRANT]
        self.emigrants_by_sector[month] = np.bincount(left + 1, minlength=len(SECTORS) + 1)[1:]
        before = self.opening if month == 0 else self.stocks[month - 1]
        crossed = moves, self.entered[month], self.deaths[month]
        if not balances(before, self.stocks[month], tally, *crossed, self.events[month]):
            raise AccountsError(self._imbalance(month, before))
        calendar = self.environment.first_month + month
        if calendar % 12 == 11 or month == self.environment.n_months - 1:
            counted = take_census()
            if not np.array_equal(counted, tally):
                raise AccountsError(
                    f"{month_name(calendar)}: a census counts {counted.tolist()} (by country; persons by stage, human "
                    "capital, that of those at work, ability, beliefs, posts filled and the ability of those who fill "
                    "them by sector, graduates by group), but "
                    f"the running tally is {tally.tolist()}"
                )
        self.n_closed = month + 1

    def _imbalance(self, month: int, before: np.ndarray) -> str:
        stocks, events = self.stocks[month], dict(zip(EVENTS, self.events[month].tolist(), strict=True))
        return (
            f"{month_name(self.environment.first_month + month)}: the accounts do not balance: by country "
            f"({', '.join(self.environment.names)}) there were {before.sum(axis=1).tolist()} persons, "
            f"{self.entered[month].tolist()} entered, {len(self.records[-1])} moved and {self.deaths[month].tolist()} "
            "died, and now there are "
            f"{stocks.sum(axis=1).tolist()}; {before[:, RETIRED].sum()} were retired and {stocks[:, RETIRED].sum()} "
            f"are; events: {events}"
        )

    def monthly(self, since: int = 0) -> dict[str, np.ndarray]:
        """Return the series of the run by month, from month ``since`` of the run on.

        They are those that :mod:`abm.measures` declares, in that order.  Flows are in persons a month, stocks in
        persons at the end of the month; where nobody is, a mean is 0.

        Raises
        ------
        ValueError
            If ``since`` is no whole number from 0 on.
        AccountsError
            If what is computed is not what is declared.
        """
        since = whole("since", since, 0)
        rows = slice(since, self.n_closed)
        months = np.arange(since, self.n_closed) + self.environment.first_month
        computed = self._movements(rows) | self._levels(rows)
        names = np.array([month_name(int(month)) for month in months])
        return {"month": names} | in_order(computed, monthly(*self.environment.labels))

    def _movements(self, rows: slice) -> dict[str, np.ndarray]:
        """Return the flows of some months: events, moves, and what these add up to."""
        weight, flows = self.environment.weight, self.flows[rows].sum(axis=2)
        table = {EVENTS[event]: self.events[rows, event] * weight for event in COUNTED_EVENTS}
        table |= {FLOWS[flow]: flows[:, flow] * weight for flow in COUNTED_FLOWS}
        table["returns"] = flows[:, list(RETURNS)].sum(axis=1) * weight
        for country, name in enumerate(self.environment.names[1:], start=1):
            table[f"emigrants_to_{name}"] = self.flows[rows, EMIGRANT, country] * weight
            table[f"deaths_in_{name}"] = self.deaths[rows, country] * weight
            table[f"returns_from_{name}"] = self.flows[rows][:, list(RETURNS), country].sum(axis=1) * weight
        for place, group in enumerate(self.environment.groups):
            of_group = self.flows_by_group[rows, place]
            table[f"emigrants_of_{group}"] = of_group[:, EMIGRANT].sum(axis=1) * weight
            table[f"returns_of_{group}"] = of_group[:, list(RETURNS)].sum(axis=(1, 2)) * weight
            for country, name in enumerate(self.environment.names[1:], start=1):
                table[f"emigrants_of_{group}_to_{name}"] = of_group[:, EMIGRANT, country] * weight
        for sector, name in enumerate(SECTORS):
            table[f"emigrants_from_{name}"] = self.emigrants_by_sector[rows, sector] * weight
        for pillar in PILLARS:
            table[f"pillar_{pillar}"] = _pillar(flows, pillar) * weight
        table["net_brain_gain"] = np.sum([_pillar(flows, pillar) for pillar in PILLARS], axis=0) * weight
        capital = self.flows_human_capital[rows].sum(axis=2)
        gain = np.sum([_pillar(capital, pillar) for pillar in PILLARS], axis=0)
        table["net_human_capital_gain"] = gain * weight / UNIT
        table["public_cost"] = self.public_cost[rows] * (weight / 100.0)
        return table

    def _levels(self, rows: slice) -> dict[str, np.ndarray]:
        """Return, at the end of some months, who is where, how able and of what belief, and how the world is."""
        weight = self.environment.weight
        working = self.stocks[rows, :, EMPLOYED] + self.stocks[rows, :, JOB_SEEKER]
        at_home, abroad = working[:, HOME], working[:, 1:].sum(axis=1)
        path = self.environment.rule_of_law
        table = {
            "graduates_at_home": at_home * weight,
            "graduates_abroad": abroad * weight,
            "students_abroad": self.stocks[rows, 1:, STUDENT].sum(axis=1) * weight,
            "human_capital_at_home": self.human_capital[rows, HOME] * weight / UNIT,
            "graduates_at_work": self.stocks[rows, HOME, EMPLOYED] * weight,
            "human_capital_at_work": self.human_capital_at_work[rows] * weight / UNIT,
            "tax_rate": self.tax_rate[rows],
            "unemployment_rate": _ratio(self.stocks[rows, HOME, JOB_SEEKER], at_home),
            "mean_ability_at_home": _ratio(self.ability[rows, HOME] / UNIT, at_home),
            "mean_ability_abroad": _ratio(self.ability[rows, 1:].sum(axis=1) / UNIT, abroad),
            "rule_of_law": path.actual[rows],
            "announced_rule_of_law": path.announced[rows],
            "expected_rule_of_law": path.expected[rows],
            "credibility": path.credibility[rows],
            "mean_perceived_rule_of_law": _ratio(self.belief[rows, HOME] / UNIT, at_home),
            "job_finding_prob": self.job_finding_prob[rows],
            "vacancies": self.vacancies[rows] * weight,
        }
        for country, name in enumerate(self.environment.names[1:], start=1):
            table[f"graduates_in_{name}"] = working[:, country] * weight
        for place, group in enumerate(self.environment.groups):
            by_country = self.by_group[rows, :, place]
            table[f"graduates_at_home_of_{group}"] = by_country[:, HOME] * weight
            table[f"graduates_abroad_of_{group}"] = by_country[:, 1:].sum(axis=1) * weight
            for country, name in enumerate(self.environment.names[1:], start=1):
                table[f"graduates_of_{group}_in_{name}"] = by_country[:, country] * weight
        for sector, name in enumerate(SECTORS):
            employed = self.employed[rows, sector]
            table[f"employed_in_{name}"] = employed * weight
            table[f"mean_ability_in_{name}"] = _ratio(self.sector_ability[rows, sector] / UNIT, employed)
        return table

    def counted(self) -> dict[str, np.ndarray]:
        """Return the series by calendar year, of the months in which reforms may be in force (``reforms_from``)."""
        return self.yearly(since=self.environment.scenario.past_months)

    def yearly(self, since: int = 0) -> dict[str, np.ndarray]:
        """Return the series by calendar year: flows in persons a year, stocks and levels as means of the months.

        They are those from month ``since`` of the run on, so that the first year may be part of one.

        How the months of a year add up, and of which flow and stock a rate is made, is declared in
        :mod:`abm.measures`.  Rates are per person-year: emigrants over the mean number of graduates at home, returns
        over the mean number abroad.

        Raises
        ------
        AccountsError
            If what is computed is not what is declared.
        """
        by_month, declared = self.monthly(since), columns(*self.environment.labels)
        months = np.arange(since, self.n_closed) + self.environment.first_month
        years, position = np.unique(months // 12, return_inverse=True)
        counts = np.bincount(position)
        computed: dict[str, np.ndarray] = {}
        for name in monthly(*self.environment.labels):
            total = np.bincount(position, weights=by_month[name])
            computed[name] = total if declared[name].adds_up else total / counts
        for name, measure in declared.items():
            if measure.ratio is not None:
                flow, stock = (computed[part] for part in measure.ratio)
                computed[name] = _ratio(flow * 12 / counts, stock)
        for mover, flows in MOVERS.items():
            persons, ability = (
                np.bincount(position, weights=part[since : self.n_closed][:, list(flows)].sum(axis=(1, 2)))
                for part in (self.flows, self.flows_ability)
            )
            computed[f"mean_ability_of_{mover}"] = _ratio(ability / UNIT, persons)
        return {"year": years, "months": counts} | in_order(computed, declared)


def in_order(computed: Mapping[str, np.ndarray], declared: Iterable[str]) -> dict[str, np.ndarray]:
    """Return series in the order in which they are declared.

    Raises
    ------
    AccountsError
        If one is declared and not computed, or computed and not declared.
    """
    names = list(declared)
    if computed.keys() == set(names):
        return {name: computed[name] for name in names}
    missing = [f"{name} is declared in abm/measures.py, but not computed" for name in names if name not in computed]
    unknown = [f"{name} is computed, but not declared in abm/measures.py" for name in computed if name not in names]
    raise AccountsError("; ".join([*missing, *unknown]))


def _pillar(flows: np.ndarray, pillar: str) -> np.ndarray:
    """Return a pillar's sum of flows, given an array of shape (months, flows)."""
    total: np.ndarray = np.sum([sign * flows[:, flow] for flow, sign in PILLAR_FLOWS[pillar]], axis=0)
    return total


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, and 0 where there is nobody to take part of."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
