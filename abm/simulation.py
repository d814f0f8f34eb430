"""A run: one month is one page, in the order of ``docs/model.md``.  Knows nothing of Mesa, sweeps or figures."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from abm.accounts import Accounts
from abm.decision import CHOICE, rules_of
from abm.environment import Environment
from abm.generators import build
from abm.graduates import Roster, create, enrol, with_classmates
from abm.human_capital import human_capital_rules, update_human_capital
from abm.labour import market_of
from abm.life_course import job_seekers, life_course_of
from abm.month import (
    ALL,
    APPLICANTS,
    APPLY,
    AWARD,
    CONCLUDE,
    CONSIDER,
    GATHER,
    HIRE,
    INFORM,
    MOVES,
    PART,
    REVIEWERS,
    SEEKERS,
    SETTLE,
    Lists,
    State,
    run_phase,
)
from abm.moves import MOVE
from abm.network import Network, count_ties
from abm.reforms.base import Reform
from abm.review import belief_rules, outlook_of
from abm.scenario import Scenario
from abm.tally import census, empty_tally
from abm.workers import Workers

__all__ = ["Simulation"]

BLOCK_KINDS = ("stochastic_block", "homophilous")

# the smallest parts of a phase to hand to a thread, a tenth of a millisecond of work or more: rows are passed over
# quickly, applicants take a few dozen nanoseconds, reviewers a hundred and more
FEWEST_ROWS = 65_536
FEWEST = {SETTLE: FEWEST_ROWS, APPLY: 8_192, HIRE: 8_192, CONSIDER: 1_024}


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
        self.workers, self._adding = Workers(threads), threading.Lock()
        self.scenario, self.reforms, self.seed = scenario, tuple(reforms), int(seed)
        self.environment = Environment(scenario, self.reforms)
        roster, row = enrol(self.environment, self.seed, self.workers)
        self.n_networked = len(row)
        # the network before the graduates, whose memory is then free for building it
        self.network = self._network(network, roster, row)
        self.graduates = create(self.environment, roster, self.seed, self.workers)
        person = self.graduates.person
        country = person.country[: self.n_networked].copy()
        self.ties = count_ties(self.network, country, self.environment.n_countries, self.workers)
        self.rules = rules_of(self.environment, self.seed)
        self.human_capital_rules = human_capital_rules(scenario)
        self.life = life_course_of(self.environment, self.seed)
        self.labour = market_of(self.environment, self.seed)
        self.accounts = Accounts(self.environment)
        self.quota = np.full(self.environment.n_countries, np.inf)
        update_human_capital(person, 0, len(person), 0, self.human_capital_rules)
        self.tally = self._census()
        self.accounts.open(self.tally)
        self.state = self._state()
        self.month = 0

    def _state(self) -> State:
        review_month = self.graduates.person["review_month"][: self.n_networked]
        starts = np.zeros(13, dtype=np.int64)
        np.cumsum(np.bincount(review_month, minlength=12), out=starts[1:])
        return State(
            self.graduates,
            self.network.first,
            self.network.neighbour,
            self.ties,
            review_month_starts=starts,
            countries=self.environment.countries.view(np.ndarray),
            market=self.labour,
            outlook=outlook_of(self.environment),
            rules=self.rules.view(np.ndarray),
            hearing=belief_rules(self.scenario).view(np.ndarray),
            life=self.life,
            capital=self.human_capital_rules,
            permits=self.environment.permits,
            quota=self.quota,
            tally=self.tally,
            events=self.accounts.events,
            entered=self.accounts.entered,
            flows=self.accounts.flows,
            flows_human_capital=self.accounts.flows_human_capital,
            flows_ability=self.accounts.flows_ability,
            lists=self._lists(),
        )

    def _lists(self) -> Lists:
        """Return room for as many as there are; only what is used takes memory."""
        n = len(self.graduates.person)
        due, found, on_the_job, new_seekers, newcomers, reviewers, seekers, applicants = np.empty(
            (8, n), dtype=np.int32
        )
        lengths = np.zeros(5, dtype=np.int64)
        lengths[SEEKERS] = job_seekers(self.graduates.person, np.arange(n, dtype=np.int32), seekers)
        return Lists(
            due,
            found,
            on_the_job,
            new_seekers,
            newcomers,
            reviewers,
            seekers,
            applicants,
            sectors=np.empty(n, dtype=np.int8),
            scores=np.empty(n),
            room=np.empty(n),
            formed=np.empty(n, dtype=np.float32),
            choices=np.empty(n, dtype=CHOICE),
            moves=np.empty(n, dtype=MOVE),
            lengths=lengths,
        )

    def _network(self, own: Network | None, roster: Roster, row: np.ndarray) -> Network:
        """Return the scenario's network, or one's own, by row."""
        n_additional = int(self.environment.additional_graduates.sum())
        n_usual = len(row) - n_additional
        by_graduation = own if own is not None else self._build_network(roster.graduation[row[:n_usual]])
        if by_graduation.n_persons != n_usual:
            raise ValueError(
                f"the network has {by_graduation.n_persons:,} persons, but this run needs one for each of its "
                f"{n_usual:,} graduates, students and newcomers"
            )
        if n_additional:
            by_graduation = with_classmates(by_graduation, roster.ordered(row), n_additional, self.seed)
        return by_graduation.renamed(row, self.workers)

    def _build_network(self, graduation: np.ndarray) -> Network:
        """Build the scenario's network of those who graduate in these months; blocks are of the same ten years."""
        given = self.scenario.network
        return build(
            given.kind,
            len(graduation),
            mean_degree=given.mean_degree,
            rewiring=given.rewiring,
            homophily=given.homophily,
            blocks=np.floor(graduation).astype(np.int64) // 120 if given.kind in BLOCK_KINDS else None,
            seed=self.seed,
            workers=self.workers,
        )

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
        t, accounts, state = self.month, self.accounts, self.state
        n_rows = len(self.graduates.event_month)
        if self.workers.threads == 1:
            run_phase(state, t, ALL, 0, n_rows, np.zeros((1, PART), dtype=np.int64), self.tally)
        else:
            lengths, settled = state.lists.lengths, self._share(SETTLE, n_rows)
            run_phase(state, t, GATHER, 0, 0, settled, self.tally)
            self._share(APPLY, int(lengths[APPLICANTS]))
            run_phase(state, t, AWARD, 0, 0, settled, self.tally)
            run_phase(state, t, INFORM, 0, 0, self._share(HIRE, int(lengths[APPLICANTS])), self.tally)
            self._share(CONSIDER, int(lengths[REVIEWERS]))
            run_phase(state, t, CONCLUDE, 0, 0, settled, self.tally)
        accounts.job_finding_prob[t] = self.labour.job_finding_prob[0]
        accounts.vacancies[t] = self.labour.vacancies.sum()
        moves = state.lists.moves[: state.lists.lengths[MOVES]]
        accounts.close(t, moves[np.argsort(moves["person"])], self.tally, self._census)
        self.month += 1

    def _share(self, phase: int, n: int) -> np.ndarray:
        """Let the threads share a phase that goes through ``n`` rows or entries; return what each part counted."""

        def work(first: int, last: int) -> np.ndarray:
            counts, tally = np.zeros((1, PART), dtype=np.int64), np.zeros_like(self.tally)
            run_phase(self.state, self.month, phase, first, last, counts, tally)
            with self._adding:
                self.tally += tally
            return counts

        return np.concatenate(self.workers.share(n, work, FEWEST[phase]))

    def _census(self) -> np.ndarray:
        """Return a tally of everybody, counted anew."""

        def work(first: int, last: int) -> np.ndarray:
            tally = empty_tally(self.environment.n_countries)
            census(self.graduates, first, last, tally)
            return tally

        total: np.ndarray = np.sum(self.workers.share(len(self.graduates.person), work, FEWEST_ROWS), axis=0)
        return total
