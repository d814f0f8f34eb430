"""A run: one month is one page, in the order of ``docs/model.md``.  Knows nothing of Mesa, sweeps or figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from abm.accounts import Accounts
from abm.decision import Choice, decide, rules_of
from abm.environment import HOME, Environment, Month
from abm.graduates import create
from abm.human_capital import human_capital_rules, update_human_capital
from abm.labour import HomeLabourMarket, application_limits
from abm.life_course import EVENTS, LifeCourse, life_course_of, settle_events
from abm.moves import apply_quotas, carry_out, empty_record
from abm.network import Network, build, count_ties, introduce
from abm.perception import form_beliefs
from abm.reforms.base import Reform
from abm.scenario import Scenario

__all__ = ["Simulation"]

SMALLEST_CHUNK = 4096


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
        rows.
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
        if threads < 1:
            raise ValueError(f"threads is {threads}, but must be at least 1")
        self.scenario, self.reforms, self.seed, self.threads = scenario, tuple(reforms), int(seed), threads
        self.environment = Environment(scenario, self.reforms)
        self.graduates, self.n_networked = create(self.environment, self.seed)
        self.network = network if network is not None else self._build_network()
        if self.network.n_persons != self.n_networked:
            raise ValueError(
                f"the network has {self.network.n_persons:,} persons, but this run needs one for each of its "
                f"{self.n_networked:,} graduates, students and newcomers"
            )
        self.ties = count_ties(self.network, self.graduates.country[: self.n_networked], self.environment.n_countries)
        self.degrees = np.zeros(len(self.graduates.stage), dtype=np.int32)
        self.degrees[: self.n_networked] = self.network.degrees()
        self.rules = rules_of(self.environment, self.seed)
        self.human_capital_rules = human_capital_rules(scenario)
        self.life = life_course_of(self.environment, self.seed)
        self.labour = HomeLabourMarket(self.environment, self.seed)
        self.accounts = Accounts(self.environment)
        self.quota = np.where(np.isfinite(self.environment.permits), 0.0, np.inf)
        everybody = np.arange(len(self.graduates.stage), dtype=np.int32)
        update_human_capital(self.graduates, everybody, 0, self.human_capital_rules)
        self.accounts.open(self.graduates)
        self._lists = np.empty((3, len(everybody)), dtype=np.int32)
        self.month = 0

    def _build_network(self) -> Network:
        given = self.scenario.network
        return build(
            given.kind,
            self.n_networked,
            mean_degree=given.mean_degree,
            rewiring=given.rewiring,
            homophily=given.homophily,
            blocks=self._blocks() if given.kind == "stochastic_block" else None,
            seed=self.seed,
        )

    def _blocks(self) -> np.ndarray:
        """Return a block for each person: those who graduate within the same ten years."""
        return (self.graduates.person.career_month[: self.n_networked].astype(np.int64) // 120).astype(np.int64)

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
        life = self.life
        reviewers, seekers, entrants, filled = self._settle_events(month, life)  # 9 life course, 5 who reviews
        self._introduce(entrants)
        self.labour.clear(people, seekers, reviewers, filled, month, life)  # 3 jobs at home
        month = self._with_home_labour_market(month)
        self._perceive(reviewers, month)  # 4 perception
        update_human_capital(people, reviewers, t, self.human_capital_rules)
        update_human_capital(people, entrants, t, self.human_capital_rules)
        choice = self._decide(reviewers, month)  # 6 aspiration, 7 capability
        self._move(reviewers, choice, month, life)  # 8 move
        self.accounts.job_finding_prob[t] = self.labour.job_finding_prob
        self.accounts.vacancies[t] = self.labour.vacancies.sum()
        self.accounts.close(t, people)  # 10 accounts
        self.month += 1

    def _with_home_labour_market(self, month: Month) -> Month:
        """Return the month with home's chance of finding work and rate of offers abroad, as the market now has them."""
        countries = month.countries.copy()
        finding = self.labour.job_finding_prob
        countries[HOME].job_finding_prob = min(finding, 1.0 - countries[HOME].separation_prob)
        countries[HOME].offer_rate = 12.0 * finding * self.scenario.labour.remote_search
        return month._replace(countries=countries)

    def _chunks(self, n: int) -> list[tuple[int, int]]:
        """Split 0..n into one part a thread, not smaller than is worth a thread."""
        parts = max(1, min(self.threads, n // SMALLEST_CHUNK))
        limits = np.linspace(0, n, parts + 1).astype(int)
        return [(int(a), int(b)) for a, b in zip(limits[:-1], limits[1:], strict=True)]

    def _share(self, n: int, work: Callable[[int, int], tuple[int, ...] | None]) -> list[tuple[int, ...] | None]:
        """Do ``work(first, last)`` on the parts of 0..n, in threads if there are several; results in order."""
        chunks = self._chunks(n)
        if len(chunks) == 1:
            return [work(*chunks[0])]
        with ThreadPoolExecutor(len(chunks)) as pool:
            return list(pool.map(lambda chunk: work(*chunk), chunks))

    def _settle_events(self, month: Month, life: LifeCourse) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        n, t = len(self.graduates.stage), month.month
        chunks = self._chunks(n)
        counts = {first: np.zeros(len(EVENTS), dtype=np.int64) for first, _ in chunks}
        filled = {first: np.zeros(3, dtype=np.int64) for first, _ in chunks}

        def settle(first: int, last: int) -> tuple[int, ...]:
            found: tuple[int, ...] = settle_events(
                self.graduates,
                first,
                last,
                t,
                month.countries,
                life,
                self._lists[0],
                self._lists[1],
                self._lists[2],
                filled[first],
                counts[first],
            )
            return found

        lengths = self._share(n, settle)
        self.accounts.events[t] = sum(counts.values())
        lists = []
        for position in range(3):
            parts = [
                self._lists[position, first : first + length[position]]
                for (first, _), length in zip(chunks, lengths, strict=True)
                if length is not None
            ]
            lists.append(np.concatenate(parts))
        return lists[0], lists[1], lists[2], sum(filled.values(), np.zeros(3, dtype=np.int64))

    def _introduce(self, entrants: np.ndarray) -> None:
        """Let the ties of newcomers know where they live."""
        country = self.graduates.country[entrants]
        np.add.at(self.accounts.entered[self.month], country, 1)
        introduce(self.network.first, self.network.neighbour, self.ties, entrants, country)

    def _perceive(self, reviewers: np.ndarray, month: Month) -> None:
        beliefs = self.scenario.beliefs
        formed = np.empty(len(reviewers), dtype=np.float32)
        weights = (beliefs.signal_weight, beliefs.neighbour_weight)

        def perceive(first: int, last: int) -> None:
            form_beliefs(
                self.graduates,
                reviewers,
                first,
                last,
                self.n_networked,
                self.network.first,
                self.network.neighbour,
                month.month,
                month.expected_rule_of_law,
                beliefs.signal_noise,
                weights,
                self.seed,
                formed,
            )

        self._share(len(reviewers), perceive)
        self.graduates.person.belief[reviewers] = formed

    def _decide(self, reviewers: np.ndarray, month: Month) -> Choice:
        n = len(reviewers)
        choice = Choice(
            np.zeros(n, dtype=np.int8),
            np.zeros(n, dtype=np.uint8),
            np.zeros(n, dtype=np.float32),
            np.zeros(n, dtype=np.uint8),
        )

        def choose(first: int, last: int) -> None:
            decide(self.graduates, reviewers, first, last, self.ties, self.degrees, month, self.rules, choice)

        self._share(n, choose)
        return choice

    def _move(self, reviewers: np.ndarray, choice: Choice, month: Month, life: LifeCourse) -> None:
        t, environment = month.month, self.environment
        self.quota += environment.permits
        apply_quotas(self.graduates, reviewers, choice, self.quota, t, self.seed)
        record = empty_record(len(reviewers))
        taste = self.scenario.labour.sector_taste
        n = carry_out(
            self.graduates,
            reviewers,
            choice,
            t,
            month.countries,
            life,
            self.rules,
            application_limits(environment.posts[t], month.ln_sector_ratio, taste),
            self.n_networked,
            self.network.first,
            self.network.neighbour,
            self.ties,
            record,
        )
        self.accounts.record(t, record._replace(**{name: getattr(record, name)[:n].copy() for name in record._fields}))
