"""A run: one month is one page, in the order of ``docs/model.md``.  Knows nothing of Mesa, sweeps or figures."""

from __future__ import annotations

import copy
import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from abm.accounts import Accounts, balances
from abm.checks import seed as checked_seed
from abm.decision import CHOICE
from abm.engine.cache import announce_compiling, is_kept
from abm.engine.generators import build
from abm.engine.tally import census, empty_tally
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.graduates import create
from abm.human_capital import update_human_capital
from abm.labour import Applications, market_of
from abm.life_course import Found, job_seekers
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
from abm.moves import MOVE, Books
from abm.network import Network, NetworkError, Ties, count_ties
from abm.outlook import outlook_of
from abm.reforms.base import Reform
from abm.reforms.given import reforms_of
from abm.roster import Roster, enrol, with_classmates
from abm.rules import rules_of
from abm.scenario import Scenario, shown

__all__ = ["Simulation", "is_compiled"]

BLOCK_KINDS = ("stochastic_block", "homophilous")

# the smallest parts of a phase to hand to a thread, a tenth of a millisecond of work or more: rows are passed over
# quickly, applicants take a few dozen nanoseconds, reviewers a hundred and more
FEWEST_ROWS = 65_536
FEWEST = {SETTLE: FEWEST_ROWS, APPLY: 8_192, HIRE: 8_192, CONSIDER: 1_024}


def is_compiled() -> bool:
    """Return whether a run was ever completed with these sources here: closing the accounts is compiled last."""
    return is_kept(balances)


class Simulation:
    """One run of a scenario under reforms.

    Parameters
    ----------
    scenario : Scenario
        The world.
    reforms : Reform or sequence of Reform, optional
        What is changed in it.
    seed : int
        Seed of all draws, 0 <= seed < 2**63: the same seed is the same luck for everybody, whatever the reforms.
    threads : int
        Threads to share the work; the result is the same bits for any number.
    network : Network, optional
        Ties of one's own in place of the scenario's, one node for each graduate, student and newcomer in the order of
        graduation.

    Raises
    ------
    ScenarioError, ReformError, NetworkError, ValueError
        If one of them is something else, or cannot be.

    Notes
    -----
    A run can be pickled and copied, also between two months: the copy goes on to the same bits.
    """

    def __init__(
        self,
        scenario: Scenario,
        reforms: Reform | Sequence[Reform] | None = (),
        *,
        seed: int = 0,
        threads: int = 1,
        network: Network | None = None,
    ) -> None:
        self.workers = Workers(threads)
        self.reforms, self.seed = reforms_of(reforms), checked_seed(seed)
        if network is not None and not isinstance(network, Network):
            raise NetworkError(
                f"network is {shown(network)}, but must be a Network, as Network.from_networkx makes one"
            )
        self.environment = Environment(scenario, self.reforms)
        self.scenario = self.environment.scenario
        if not is_compiled():
            announce_compiling()
        self.rules = rules_of(self.environment, self.seed)
        roster, row = enrol(self.environment, self.rules, self.workers)
        self.n_networked = len(row)
        # the network before the graduates, whose memory is then free for building it
        self.network = self._network(network, roster, row)
        self.graduates = create(self.environment, roster, self.rules, self.workers)
        person = self.graduates.person
        country = person.country[: self.n_networked].copy()
        self.ties = count_ties(self.network, country, self.environment.n_countries, self.workers)
        self.labour = market_of(self.environment)
        self.accounts = Accounts(self.environment)
        self.quota = np.full(self.environment.n_countries, np.inf)
        update_human_capital(person, 0, len(person), 0, self.rules[0])
        self.tally = self._census()
        self.accounts.open(self.tally)
        self.state = self._state(self._lists())
        self.month = 0

    def __repr__(self) -> str:
        plan = f"{len(self.reforms)} reforms" if len(self.reforms) != 1 else type(self.reforms[0]).__name__
        return (
            f"Simulation of {self.scenario.name!r} under {plan}, seed {self.seed}: "
            f"{self.month:,} of {self.environment.n_months:,} months are run"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return f"<p>{html.escape(repr(self))}</p>"

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy, here or in another process, goes on from to the same bits; threads start anew."""
        state = {name: value for name, value in self.__dict__.items() if name not in ("workers", "state")}
        lists = self.state.lists
        # beyond the job-seekers, who are listed from month to month, a month finds its lists empty
        return state | {
            "threads": self.workers.threads,
            "seekers": lists.seekers[: lists.lengths[SEEKERS]].copy(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Go on where the original stood."""
        threads, seekers = state.pop("threads"), state.pop("seekers")
        self.__dict__.update(state)
        self.workers = Workers(threads)
        lists = self._room()
        lists.seekers[: len(seekers)], lists.lengths[SEEKERS] = seekers, len(seekers)
        self.state = self._state(lists)

    def __copy__(self) -> Simulation:
        """Return a copy of its own: two runs that shared the same people would run one another's months."""
        return copy.deepcopy(self)

    def _state(self, lists: Lists) -> State:
        review_month = self.graduates.person["review_month"][: self.n_networked]
        starts = np.zeros(13, dtype=np.int64)
        np.cumsum(np.bincount(review_month, minlength=12), out=starts[1:])
        return State(
            self.graduates,
            Ties(self.network.first, self.network.neighbour, self.ties),
            review_month_starts=starts,
            countries=self.environment.countries.view(np.ndarray),
            market=self.labour,
            outlook=outlook_of(self.environment),
            rules=self.rules.view(np.ndarray),
            permits=self.environment.permits,
            quota=self.quota,
            books=self._books(),
            lists=lists,
        )

    def _books(self) -> Books:
        kept = self.accounts
        return Books(self.tally, kept.events, kept.entered, kept.flows, kept.flows_human_capital, kept.flows_ability)

    def _lists(self) -> Lists:
        """Return the lists before the first month, the job-seekers on theirs."""
        lists, n = self._room(), len(self.graduates.person)
        lists.lengths[SEEKERS] = job_seekers(self.graduates.person, np.arange(n, dtype=np.int32), lists.seekers)
        return lists

    def _room(self) -> Lists:
        """Return empty lists with room for as many as there are; only what is used takes memory."""
        n = len(self.graduates.person)
        rows = np.empty((8, n), dtype=np.int32)
        return Lists(
            found=Found(*rows[:5]),
            reviewers=rows[5],
            seekers=rows[6],
            applications=Applications(
                rows[7], sectors=np.empty(n, dtype=np.int8), scores=np.empty(n), room=np.empty(n)
            ),
            formed=np.empty(n, dtype=np.float32),
            choices=np.empty(n, dtype=CHOICE),
            moves=np.empty(n, dtype=MOVE),
            lengths=np.zeros(5, dtype=np.int64),
        )

    def _network(self, own: Network | None, roster: Roster, row: np.ndarray) -> Network:
        """Return the scenario's network, or one's own, by row."""
        n_additional = int(self.environment.additional_graduates.sum())
        n_usual = len(row) - n_additional
        by_graduation = own if own is not None else self._build_network(roster.graduation[row[:n_usual]])
        if by_graduation.n_persons != n_usual:
            raise NetworkError(
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

        def work(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
            counts, tally = np.zeros((1, PART), dtype=np.int64), np.zeros_like(self.tally)
            run_phase(self.state, self.month, phase, first, last, counts, tally)
            return counts, tally

        parts = self.workers.share(n, work, FEWEST[phase])
        for _, tally in parts:
            self.tally += tally
        return np.concatenate([counts for counts, _ in parts])

    def _census(self) -> np.ndarray:
        """Return a tally of everybody, counted anew."""

        def work(first: int, last: int) -> np.ndarray:
            tally = empty_tally(self.environment.n_countries)
            census(self.graduates, first, last, tally)
            return tally

        total: np.ndarray = np.sum(self.workers.share(len(self.graduates.person), work, FEWEST_ROWS), axis=0)
        return total
