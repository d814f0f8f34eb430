"""A run: one month is one page, in the order of ``docs/model.md``.  Knows nothing of Mesa, sweeps or figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from abm.accounts import Accounts
from abm.decision import CHOICE, rules_of, tabulate_outlook
from abm.environment import HOME, Environment, Month
from abm.graduates import create
from abm.human_capital import human_capital_rules, update_human_capital
from abm.labour import HomeLabourMarket
from abm.life_course import EVENTS, job_seekers, life_course_of, periodic_reviewers, settle_events
from abm.moves import MOVE, apply_quotas, carry_out
from abm.network import Network, build, count_ties, introduce
from abm.reforms.base import Reform
from abm.review import belief_rules, review
from abm.scenario import Scenario
from abm.workers import Workers

__all__ = ["Simulation"]


class Simulation:
    """One run of a scenario under reforms.

    Parameters
    ----------
    scenario : Scenario
        The world.
    reforms : sequence of Reform
        What is changed in it.
    seed : int
        Seed of all draws, 0 <= seed < 2**63: the same seed is the same luck for everybody, whatever the reforms.
    threads : int
        Threads to share the work; the result is the same bits for any number.
    network : Network, optional
        Ties of one's own in place of the scenario's, one node for each graduate, student and newcomer in the order of
        graduation.
    """

    def __init__(
        self,
        scenario: Scenario,
        reforms: Sequence[Reform] = (),
        *,
        seed: int = 0,
        threads: int = 1,
        network: Network | None = None,
    ) -> None:
        if not 0 <= seed < 2**63:
            raise ValueError(f"seed is {seed}, but must be a whole number from 0 to 2**63 - 1")
        self.workers = Workers(threads)
        self.scenario, self.reforms, self.seed = scenario, tuple(reforms), int(seed)
        self.environment = Environment(scenario, self.reforms)
        self.graduates, row = create(self.environment, self.seed, self.workers)
        self.n_networked = len(row)
        by_graduation = network if network is not None else self._build_network(row)
        if by_graduation.n_persons != self.n_networked:
            raise ValueError(
                f"the network has {by_graduation.n_persons:,} persons, but this run needs one for each of its "
                f"{self.n_networked:,} graduates, students and newcomers"
            )
        self.network = by_graduation.renamed(row)
        person = self.graduates.person
        self.ties = count_ties(self.network, person.country[: self.n_networked].copy(), self.environment.n_countries)
        self.rules = rules_of(self.environment, self.seed)
        self.outlook = np.zeros((self.environment.n_countries, 2, len(self.environment.annuity)))
        self._tabulated = np.full((self.environment.n_countries, 2), np.nan)
        self.belief_rules = belief_rules(scenario)
        self.human_capital_rules = human_capital_rules(scenario)
        self.life = life_course_of(self.environment, self.seed)
        self.labour = HomeLabourMarket(self.environment, self.seed, self.workers)
        self.accounts = Accounts(self.environment)
        self.quota = np.where(np.isfinite(self.environment.permits), 0.0, np.inf)
        update_human_capital(person, 0, len(person), 0, self.human_capital_rules)
        self.tally = self.accounts.open(self.graduates)
        rows = np.arange(len(person), dtype=np.int32)
        self.by_review_month = [rows[person.review_month == month] for month in range(12)]
        self.seekers = self._seekers_among(rows)
        self._room = np.empty((5, len(rows)), dtype=np.int32)  # for lists of rows; only what is used takes memory
        self._home = self.environment.countries.view(np.ndarray)[:, HOME]
        self.month = 0

    def _build_network(self, row: np.ndarray) -> Network:
        given = self.scenario.network
        return build(
            given.kind,
            self.n_networked,
            mean_degree=given.mean_degree,
            rewiring=given.rewiring,
            homophily=given.homophily,
            blocks=self._blocks(row) if given.kind == "stochastic_block" else None,
            seed=self.seed,
        )

    def _blocks(self, row: np.ndarray) -> np.ndarray:
        """Return a block for each person: those who graduate within the same ten years."""
        career_month: np.ndarray = self.graduates.person.career_month[row].astype(np.int64)
        return career_month // 120

    @property
    def finished(self) -> bool:
        """Return whether the last month has been run."""
        return self.month >= self.environment.n_months

    def run(self) -> Simulation:
        """Run to the end of the scenario."""
        while not self.finished:
            self.step()
        return self

    def step(self) -> None:
        """Run one month."""
        if self.finished:
            raise ValueError(f"the run has reached the end of its scenario, {self.scenario.end}")
        t, people = self.month, self.graduates
        month = self.environment.month(t)  # 1 institutions, 2 reforms
        reviewers, seekers = self._settle_events(month)  # 9 life course, 5 who reviews
        self.labour.clear(people, seekers, reviewers, self.tally, month, self.life)  # 3 jobs at home
        self.seekers = self._seekers_among(seekers)
        self._tell_of_home_labour_market(t)
        choices = self._review(reviewers, month)  # 4 perception, 6 aspiration, 7 capability
        moves = self._move(reviewers, choices, month)  # 8 move
        self.accounts.job_finding_prob[t] = self.labour.job_finding_prob
        self.accounts.vacancies[t] = self.labour.vacancies.sum()
        self.accounts.close(t, moves, self.tally, people)  # 10 accounts
        self.month += 1

    def _tell_of_home_labour_market(self, t: int) -> None:
        """Let this month's graduates know home's chance of finding work and rate of offers abroad, as they now are."""
        finding = self.labour.job_finding_prob
        self._home["job_finding_prob"][t] = min(finding, 1.0 - self._home["separation_prob"][t])
        self._home["offer_rate"][t] = 12.0 * finding * self.scenario.labour.remote_search

    def _seekers_among(self, listed: np.ndarray) -> np.ndarray:
        found = np.empty(len(listed), dtype=np.int32)
        return found[: job_seekers(self.graduates, listed, found)]

    def _settle_events(self, month: Month) -> tuple[np.ndarray, np.ndarray]:
        """Settle what is due; return who reviews and who looks for work at home."""
        t, people, listed, lists = month.month, self.graduates, self._room[0], self._room[1:4]

        def settle(first: int, last: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
            tally, counts = np.zeros_like(self.tally), np.zeros(len(EVENTS), dtype=np.int64)
            lengths = settle_events(
                people, first, last, t, month.countries, self.life, self.human_capital_rules, listed, *lists, tally, counts
            )
            return [out[first : first + n] for out, n in zip(lists, lengths, strict=True)], tally, counts

        parts = self.workers.share(len(people.event_month), settle)
        for _, tally, counts in parts:
            self.tally += tally
            self.accounts.events[t] += counts
        sooner, seekers, newcomers = zip(*(part[0] for part in parts), strict=True)
        self._introduce(np.concatenate(newcomers))
        reviewers = np.concatenate((*self._list_periodic(t), *sooner))
        return reviewers, np.concatenate((self._seekers_among(self.seekers), *seekers))

    def _list_periodic(self, t: int) -> list[np.ndarray]:
        listed, out = self.by_review_month[t % 12], self._room[4]

        def find(first: int, last: int) -> np.ndarray:
            return out[first : first + periodic_reviewers(self.graduates, listed, first, last, out)]

        return self.workers.share(len(listed), find)

    def _introduce(self, newcomers: np.ndarray) -> None:
        """Let the ties of newcomers know where they live."""
        country = self.graduates.person["country"][newcomers]
        self.accounts.entered[self.month] = np.bincount(country, minlength=self.environment.n_countries)
        introduce(self.network.first, self.network.neighbour, self.ties, newcomers, country)

    def _review(self, reviewers: np.ndarray, month: Month) -> np.ndarray:
        n = len(reviewers)
        choices = np.empty(n, dtype=CHOICE)
        formed = np.empty(n, dtype=np.float32)
        tabulate_outlook(
            month.countries,
            month.annuity,
            month.growth,
            self.environment.monthly_discount,
            self.scenario.decision.fallback_ratio,
            self._tabulated,
            self.outlook,
        )

        def consider(first: int, last: int) -> np.ndarray:
            tally = np.zeros_like(self.tally)
            review(
                self.graduates,
                reviewers,
                first,
                last,
                self.network.first,
                self.network.neighbour,
                self.ties,
                month,
                self.outlook,
                self.rules,
                self.belief_rules,
                self.human_capital_rules,
                formed,
                choices,
                tally,
            )
            return tally

        for tally in self.workers.share(n, consider):
            self.tally += tally
        self.graduates.belief[reviewers] = formed
        return choices

    def _move(self, reviewers: np.ndarray, choices: np.ndarray, month: Month) -> np.ndarray:
        """Hold choices to the quotas, carry them out, and return the moves, an array of MOVE."""
        t = month.month
        self.quota += self.environment.permits
        apply_quotas(self.graduates, reviewers, choices, self.quota, t, self.seed)
        moves = np.empty(len(reviewers), dtype=MOVE)
        seekers = np.empty(len(reviewers), dtype=np.int32)
        n_moves, n_seekers = carry_out(
            self.graduates,
            reviewers,
            choices,
            t,
            month.countries,
            self.life,
            self.rules,
            self.labour.limits[t],
            self.network.first,
            self.network.neighbour,
            self.ties,
            moves,
            seekers,
            self.tally,
            self.accounts.flows[t],
            self.accounts.flows_human_capital[t],
        )
        self.seekers = np.concatenate((self.seekers, seekers[:n_seekers]))
        return moves[:n_moves].copy()
