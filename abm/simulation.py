"""A run: one month is one page, in the order of ``docs/model.md``.  Knows nothing of Mesa, sweeps or figures."""

from __future__ import annotations

import copy
import functools
import html
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.accounts import Accounts, balances
from abm.carried import carried, carry_on, copied, same_rows
from abm.checks import seed as checked_seed
from abm.codes import EMPLOYED, HOME, JOB_SEEKER
from abm.decision import CHOICE
from abm.engine.cache import announce_compiling, is_kept
from abm.engine.compiled import for_types_of
from abm.engine.tally import census, empty_tally
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.incentives import sums_paid
from abm.labour import GRADUATES, Applications, market_of
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
    PAY,
    REVIEWERS,
    SEEKERS,
    SETTLE,
    Lists,
    State,
    run_phase,
)
from abm.moves import MOVE, Books
from abm.network import Network, NetworkError, Ties
from abm.outlook import outlook_of
from abm.past import refuse_another_past
from abm.reforms.base import Reform, ReformError
from abm.reforms.given import reforms_of
from abm.rules import rules_of
from abm.saved import check, damaged, read, save
from abm.scenario import Scenario, month_name, shown
from abm.setup import Population, same_people, same_traits, set_up, set_up_persons
from abm.treasury import treasury_of

__all__ = ["FEWEST", "Simulation", "is_compiled"]

# the smallest parts of a phase to hand to a thread, a tenth of a millisecond of work or more: rows are passed over
# quickly, applicants take a few dozen nanoseconds, reviewers a hundred and more
FEWEST_ROWS = 65_536
FEWEST = {SETTLE: FEWEST_ROWS, APPLY: 8_192, HIRE: 8_192, PAY: FEWEST_ROWS, CONSIDER: 1_024}


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
        chosen, number = reforms_of(reforms), checked_seed(seed)
        workers = Workers(threads)
        if network is not None and not isinstance(network, Network):
            raise NetworkError(
                f"network is {shown(network)}, but must be a Network, as Network.from_networkx makes one"
            )
        self._place(Environment(scenario, chosen), chosen, number, workers, network)
        self._begin(set_up(self.environment, self.seed, network, self.workers))

    @classmethod
    def within(cls, environment: Environment, reforms: tuple[Reform, ...], seed: int) -> Simulation:
        """Return the run in an environment that callers have built of its reforms; from now on it is the run's own."""
        run = object.__new__(cls)
        run._place(environment, reforms, seed, Workers(1), None)
        run._begin(set_up(environment, seed, None, run.workers))
        return run

    def _place(
        self,
        environment: Environment,
        reforms: tuple[Reform, ...],
        seed: int,
        workers: Workers,
        network: Network | None,
    ) -> None:
        """Keep what the run is of."""
        self.environment, self.scenario, self.reforms = environment, environment.scenario, reforms
        self.seed, self.workers, self.own_network = seed, workers, network
        if not is_compiled():
            announce_compiling()

    def _begin(self, population: Population) -> None:
        """Stand before the first month with these persons and their network."""
        self.graduates, self.network, self.ties, self.introductions = population
        self.n_networked = self.network.n_persons
        self.rules = rules_of(self.environment, self.seed)
        self.labour = market_of(self.environment, self.seed)
        self.treasury = treasury_of(self.environment)
        self.accounts = Accounts(self.environment)
        self.quota = np.full(self.environment.n_countries, np.inf)
        self.tally = self._census()
        self.labour.answer[GRADUATES] = self.tally[HOME, [JOB_SEEKER, EMPLOYED]].sum()
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
        state = {name: value for name, value in self.__dict__.items() if name not in ("workers", "state", "_run_phase")}
        # beyond the job-seekers, who are listed from month to month, a month finds its lists empty
        return state | {"threads": self.workers.threads, "seekers": self.seekers.copy()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Go on where the original stood."""
        threads, seekers = state.pop("threads"), state.pop("seekers")
        self.__dict__.update(state)
        self.workers = Workers(threads)
        self.state = self._state(self._room())
        self.list_seekers(seekers)

    def __copy__(self) -> Simulation:
        """Return a copy of its own: two runs that shared the same people would run one another's months."""
        return self.copy()

    def copy(self) -> Simulation:
        """Return a run that goes on from here by itself, to the same bits."""
        # nobody can change them
        shared = (self.scenario, self.reforms, self.network, self.own_network, self.introductions)
        return copy.deepcopy(self, {id(thing): thing for thing in shared})

    def branch(self, reforms: Reform | Sequence[Reform] | None = ()) -> Simulation:
        """Return a run that goes on from here under other reforms, and leave this one as it is.

        It is, to the bit, the run of the same scenario and seed that has had these reforms from its beginning.

        Parameters
        ----------
        reforms : Reform or sequence of Reform, optional
            All reforms of the new run, in place of those of this one: those that have acted are among them as they
            were, the others begin in the month in which this run stands, ``self.month``, or later.

        Raises
        ------
        ReformError
            If the months that have been run would have been others under these reforms.
        """
        chosen = reforms_of(reforms)
        environment = Environment(self.scenario, chosen)
        refuse_another_past(self.environment, self.reforms, environment, chosen, self.month)
        return self.branched(chosen, environment)

    def branched(self, reforms: tuple[Reform, ...], environment: Environment) -> Simulation:
        """Return what :meth:`branch` does, for callers who have built the environment and know that the past is equal.

        Runs share what neither can change, the network above all, where no reform adds people.
        """
        other = object.__new__(type(self))
        other._place(environment, reforms, self.seed, Workers(self.workers.threads), self.own_network)
        alike = same_people(self.environment, environment)
        made_alike = alike and same_traits(self.environment, environment)
        if made_alike:
            other._begin(Population(copied(self.graduates), self.network, self.ties.copy(), self.introductions))
        elif alike:
            made = set_up_persons(environment, self.introductions, self.seed, self.own_network, self.workers)
            other._begin(Population(made, self.network, self.ties.copy(), self.introductions))
        else:
            other._begin(set_up(environment, self.seed, self.own_network, self.workers))
        if self.month > 0:
            rows = None if made_alike else same_rows(self.graduates.person, other.graduates.person)
            carry_on(other, self.month, carried(self), rows)
        return other

    def save(self, path: str | Path) -> None:
        """Write the run, as it stands, to a file with which :meth:`load` goes on to the same bits.

        The file holds plain arrays, in numpy's format .npz, and whole or not at all: a process that is killed leaves
        what was there before.

        Raises
        ------
        SavedRunError
            If it cannot be written.
        ReformError
            If a reform is of a kind of one's own, which no file can say; :meth:`copy` and :meth:`branch` go on with it.
        """
        save(self, path)

    @staticmethod
    def load(path: str | Path, *, threads: int = 1) -> Simulation:
        """Return a run that was saved, to go on where it stood.

        Raises
        ------
        SavedRunError
            If there is no such file, or it is damaged, no saved run, or one of another version of the model.
        """
        plan, arrays = read(path)
        run = Simulation(plan.scenario, plan.reforms, seed=plan.seed, threads=threads, network=plan.network)
        check(path, plan.month, arrays, run)
        carry_on(run, plan.month, arrays)
        if not np.array_equal(run._census(), run.tally):
            damaged(path, "its tally is not that of its persons")
        return run

    @property
    def seekers(self) -> np.ndarray:
        """Rows that look for work at home, in the order in which they are listed from month to month."""
        lists = self.state.lists
        return lists.seekers[: lists.lengths[SEEKERS]]

    def list_seekers(self, rows: np.ndarray) -> None:
        """Put rows on the list of those who look for work at home."""
        lists = self.state.lists
        lists.seekers[: len(rows)], lists.lengths[SEEKERS] = rows, len(rows)

    def _state(self, lists: Lists) -> State:
        review_month = self.graduates.person["review_month"][: self.n_networked]
        starts = np.zeros(13, dtype=np.int64)
        np.cumsum(np.bincount(review_month, minlength=12), out=starts[1:])
        return State(
            self.graduates,
            Ties(self.network.first, self.network.neighbour, self.ties),
            self.introductions,
            review_month_starts=starts,
            countries=self.environment.countries.view(np.ndarray),
            market=self.labour,
            treasury=self.treasury,
            outlook=outlook_of(self.environment),
            rules=self.rules.view(np.ndarray),
            permits=self.environment.permits,
            quota=self.quota,
            books=self._books(),
            lists=lists,
        )

    def _books(self) -> Books:
        kept = self.accounts
        flows = kept.flows, kept.flows_human_capital, kept.flows_ability, kept.flows_by_group
        return Books(self.tally, kept.events, kept.entered, kept.deaths, *flows)

    def _lists(self) -> Lists:
        """Return the lists before the first month, the job-seekers on theirs."""
        lists, n = self._room(), len(self.graduates.person)
        lists.lengths[SEEKERS] = job_seekers(self.graduates.person, np.arange(n, dtype=np.int32), lists.seekers)
        return lists

    def _room(self) -> Lists:
        """Return empty lists with room for as many as there are; only what is used takes memory."""
        n = len(self.graduates.person)
        rows = np.empty((9, n), dtype=np.int32)
        return Lists(
            found=Found(*rows[:6]),
            reviewers=rows[6],
            seekers=rows[7],
            applications=Applications(
                rows[8], sectors=np.empty(n, dtype=np.int8), scores=np.empty(n), room=np.empty(n)
            ),
            formed=np.empty(n, dtype=np.float32),
            choices=np.empty(n, dtype=CHOICE),
            moves=np.zeros(n, dtype=MOVE),
            lengths=np.zeros(5, dtype=np.int64),
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
        self._refuse_beyond_all_pay()  # who was refused cannot go on
        t, accounts, state = self.month, self.accounts, self.state
        n_rows = len(self.graduates.event_month)
        if self.workers.threads == 1:
            self._run_phase(state, t, ALL, 0, n_rows, np.zeros((1, PART), dtype=np.int64), self.tally)
        else:
            lengths, settled = state.lists.lengths, self._share(SETTLE, n_rows)
            self._run_phase(state, t, GATHER, 0, 0, settled, self.tally)
            self._share(APPLY, int(lengths[APPLICANTS]))
            self._run_phase(state, t, AWARD, 0, 0, settled, self.tally)
            counted = self._share(HIRE, int(lengths[APPLICANTS]))
            if self.treasury.pays[t]:
                counted = np.concatenate([counted, self._share(PAY, n_rows)])
            self._run_phase(state, t, INFORM, 0, 0, counted, self.tally)
            self._share(CONSIDER, int(lengths[REVIEWERS]))
            self._run_phase(state, t, CONCLUDE, 0, 0, settled, self.tally)
        accounts.job_finding_prob[t] = self.labour.job_finding_prob[0]
        accounts.vacancies[t] = self.labour.vacancies.sum()
        if self.treasury.pays[t] or self.treasury.asserted[t]:
            self._refuse_beyond_all_pay()
            wage_bill, cost, borne_by_others = self.treasury.budget.tolist()
            accounts.budget(t, wage_bill, cost, borne_by_others, float(self.treasury.tax[0]))
        moves = state.lists.moves[: state.lists.lengths[MOVES]]
        self.treasury.due[0] = sums_paid(moves, self.environment, t)
        accounts.close(t, moves[np.argsort(moves["person"])], self.tally, self._census)
        self.month += 1

    def _refuse_beyond_all_pay(self) -> None:
        """Refuse reforms whose tax would take all that graduates are paid."""
        tax = self.treasury.tax[0]
        if not tax < 1.0:
            burden = f"is {tax:.0%} of all their pay" if math.isfinite(tax) else "falls on nobody: none is at work"
            raise ReformError(
                f"{self.scenario.name}: in {month_name(self.environment.first_month + self.month)} the share of what "
                f"reforms cost that graduates bear {burden}; reforms must cost less, or treasury.graduates_share be "
                "smaller"
            )

    @functools.cached_property
    def _run_phase(self) -> Callable[..., None]:
        """Return :func:`run_phase` for this run's state, whose types stay what they are."""
        return for_types_of(run_phase, self.state, 0, ALL, 0, 0, np.zeros((1, PART), dtype=np.int64), self.tally)

    def _share(self, phase: int, n: int) -> np.ndarray:
        """Let the threads share a phase that goes through ``n`` rows or entries; return what each part counted."""
        run = self._run_phase

        def work(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
            counts, tally = np.zeros((1, PART), dtype=np.int64), np.zeros_like(self.tally)
            run(self.state, self.month, phase, first, last, counts, tally)
            return counts, tally

        parts = self.workers.share(n, work, FEWEST[phase])
        for _, tally in parts:
            self.tally += tally
        return np.concatenate([counts for counts, _ in parts])

    def _census(self) -> np.ndarray:
        """Return a tally of everybody, counted anew."""

        def work(first: int, last: int) -> np.ndarray:
            tally = empty_tally(self.environment.n_countries, len(self.environment.groups))
            census(self.graduates, first, last, tally)
            return tally

        total: np.ndarray = np.sum(self.workers.share(len(self.graduates.person), work, FEWEST_ROWS), axis=0)
        return total
